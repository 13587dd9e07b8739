//! Damaged snapshots with sound checksums, lying indexes and odd texts, in the same order in every run.
//! `HEAPVIEW_SECONDS` says for how long each kind is tried, instead of a number of times; `HEAPVIEW_SEED` where chance
//! begins.
#![cfg(unix)]

use std::io::{Write as _, stderr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use heapview_analysis::{Heap, Silent};
use heapview_trials::chance::Chance;
use heapview_trials::container::{IndexParts, SnapshotParts};
use heapview_trials::mutate;
use heapview_trials::sample::Shape;
use heapview_trials::targets::{self, Desk};

/// Longer than this no input may take, however slow the machine.
const PATIENCE: Duration = Duration::from_mins(2);

const MAX_FAILED: usize = 10;

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(default)
}

const SHAPES: [Shape; 6] = [
    Shape { n_objects: 0, is_packed: false, has_sites: false, seed: 1 },
    Shape { n_objects: 20, is_packed: false, has_sites: true, seed: 2 },
    Shape { n_objects: 150, is_packed: false, has_sites: true, seed: 3 },
    Shape { n_objects: 150, is_packed: true, has_sites: true, seed: 4 },
    Shape { n_objects: 400, is_packed: false, has_sites: false, seed: 5 },
    Shape { n_objects: 60, is_packed: true, has_sites: false, seed: 6 },
];

/// What came of many inputs.
struct Tried {
    n_tries: u64,
    /// Those that were taken for what they claim to be.
    n_opened: u64,
}

/// Runs `attempt` so many times, or as long as was asked for; `input` is what is kept of one that fails.
fn try_all(name: &str, n_tries: u64, mut attempt: impl FnMut(&mut Chance, &mut Vec<u8>) -> bool) -> Tried {
    let began = AtomicU64::new(0);
    let clock = Instant::now();
    let seconds = number("HEAPVIEW_SECONDS", 0);
    let goes_on = |done: u64| match seconds {
        0 => done < n_tries,
        seconds => clock.elapsed() < Duration::from_secs(seconds),
    };
    let first = number("HEAPVIEW_SEED", 0);
    let is_over = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while is_over.load(Ordering::Relaxed) == 0 {
                thread::park_timeout(Duration::from_millis(200));
                let since = clock.elapsed().as_millis() as u64 - began.load(Ordering::Relaxed);
                if u128::from(since) > PATIENCE.as_millis() {
                    let _ = writeln!(stderr(), "{name}: one input took more than {PATIENCE:?}");
                    process::abort();
                }
            }
        });
        let (mut tried, mut failed) = (Tried { n_tries: 0, n_opened: 0 }, Vec::new());
        while goes_on(tried.n_tries) {
            let seed = first + tried.n_tries;
            tried.n_tries += 1;
            began.store(clock.elapsed().as_millis() as u64, Ordering::Relaxed);
            let (mut chance, mut input) = (Chance::new(seed), Vec::new());
            if let Ok(is_open) = catch_unwind(AssertUnwindSafe(|| attempt(&mut chance, &mut input))) {
                tried.n_opened += u64::from(is_open);
                continue;
            }
            // The panic has been printed. A few are told: they rarely are the same.
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{seed}"));
            let _ = fs::write(&path, &input);
            failed.push(seed);
            if failed.len() == MAX_FAILED {
                break;
            }
        }
        is_over.store(1, Ordering::Relaxed);
        assert!(failed.is_empty(), "{name}: seeds {failed:?} failed; their inputs are in target/tmp");
        let Tried { n_tries, n_opened } = tried;
        // Past what the test runner keeps to itself when all is well.
        let _ = writeln!(
            stderr(),
            "\nfuzz {name}: {n_tries} executions in {:.0} s, {n_opened} opened",
            clock.elapsed().as_secs_f64()
        );
        tried
    })
}

fn samples(desk: &Desk) -> Vec<SnapshotParts> {
    SHAPES.iter().map(|shape| targets::parts(&desk.sample(*shape))).collect()
}

#[test]
fn damaged_snapshots_with_sound_checksums() {
    let desk = Desk::new();
    let samples = samples(&desk);
    let tried = try_all("reader", 1_500, |chance, input| {
        let mut parts = chance.one(&samples).clone();
        mutate::snapshot(&mut parts, chance, &samples);
        *input = parts.to_file();
        if chance.rarely(20) {
            mutate::bytes(input, chance);
        }
        desk.reader(input)
    });
    assert!(tried.n_opened > tried.n_tries / 75, "hardly anything was opened");
}

#[test]
fn lying_indexes() {
    let desk = Desk::new();
    let known: Vec<(SnapshotParts, IndexParts)> = SHAPES
        .iter()
        .map(|shape| {
            let file = desk.sample(*shape);
            (targets::parts(&file), desk.sample_index(&file))
        })
        .collect();
    let tried = try_all("index", 1_000, |chance, input| {
        let (mut parts, mut index) = chance.one(&known).clone();
        // Values that nobody checks: the index says that somebody has.
        if !chance.rarely(3) {
            mutate::snapshot(&mut parts, chance, &[]);
        }
        if !chance.rarely(3) {
            mutate::index(&mut index, chance);
        }
        *input = parts.to_file();
        desk.index_of(input, &index)
    });
    assert!(tried.n_opened > tried.n_tries / 10, "hardly any index was taken");
}

#[test]
fn several_chunks() {
    let desk = Desk::new();
    let shape = Shape { n_objects: 33_000, is_packed: false, has_sites: true, seed: 7 };
    let sample = targets::parts(&desk.sample(shape));
    assert!(sample.chunks.iter().filter(|chunk| chunk.section == 2).count() == 2);
    let tried = try_all("chunks", 12, |chance, input| {
        let mut parts = sample.clone();
        mutate::snapshot(&mut parts, chance, &[]);
        *input = parts.to_file();
        // What opens is asked elsewhere: this many objects take long.
        fs::write(desk.path(), &*input).unwrap();
        Heap::open(&desk.path(), &Silent).is_ok()
    });
    assert!(tried.n_opened < tried.n_tries, "no damage was seen");
}

#[test]
fn odd_texts() {
    let desk = Desk::new();
    desk.sample(SHAPES[2]);
    let heap = Heap::open(&desk.path(), &Silent).unwrap();
    try_all("texts", 60_000, |chance, input| {
        let text = mutate::text(chance);
        *input = text.clone().into_bytes();
        targets::query(&text);
        if chance.rarely(4) {
            targets::selector(&heap, &text);
        }
        if chance.rarely(40) {
            targets::evaluated(&heap, &text);
        }
        true
    });
}
