//! A snapshot and its index are written to and cut while they are open and asked from several threads: an answer is that
//! of the old state, or there is one sentence. `HEAPVIEW_ROUNDS` says how many rounds are played for each case.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use heapview_analysis::{AnalysisError, Heap, IndexUse, Silent, ask};
use heapview_snapshot::{ObjectIx, SnapshotError};
use heapview_trials::chance::Chance;
use heapview_trials::questions::{OF_ALL, OF_ONE, Question};
use heapview_trials::sample::write_service;

/// Objects of the heap that is asked: its columns take many pieces of the files.
const N_OBJECTS: u64 = 30_000;
const N_THREADS: usize = 3;
/// Those that are asked about.
const OBJECTS: [u32; 4] = [1, 700, 15_000, 29_998];

const N_QUESTIONS: usize = OF_ALL.len() + OF_ONE.len();

fn question(number: usize) -> (&'static str, Question) {
    OF_ALL.get(number).copied().unwrap_or_else(|| OF_ONE[number - OF_ALL.len()])
}

fn rounds() -> usize {
    std::env::var("HEAPVIEW_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

/// What is done to a file that is open.
#[derive(Clone, Copy, Debug)]
enum Change {
    Empty,
    Half,
    /// `cp other file`: the same inode gets another content.
    Other(u64),
    Noise,
    /// Some of it is written anew, the rest stays.
    Part,
}

const CHANGES: [Change; 6] = [
    Change::Empty,
    Change::Half,
    Change::Other(N_OBJECTS * 2),
    Change::Other(500),
    Change::Noise,
    Change::Part,
];

impl Change {
    fn make(self, path: &Path, is_packed: bool, seed: u64) {
        let len = path.metadata().unwrap().len();
        let mut file = OpenOptions::new().write(true).open(path).unwrap();
        let mut chance = Chance::new(seed);
        match self {
            Self::Empty => file.set_len(0).unwrap(),
            Self::Half => file.set_len(len / 2).unwrap(),
            Self::Other(n_objects) => {
                let other = path.with_extension("other");
                write_service(&other, n_objects, is_packed);
                let bytes = fs::read(&other).unwrap();
                file.set_len(0).unwrap();
                for part in bytes.chunks(1 << 16) {
                    file.write_all(part).unwrap();
                }
            }
            Self::Noise => {
                for _ in 0..len.div_ceil(1 << 16) {
                    let bytes: Vec<u8> = (0..1 << 13).flat_map(|_| chance.number().to_le_bytes()).collect();
                    file.write_all(&bytes).unwrap();
                }
            }
            Self::Part => {
                for _ in 0..50 {
                    file.seek(SeekFrom::Start(chance.number() % len)).unwrap();
                    file.write_all(&chance.number().to_le_bytes()).unwrap();
                }
            }
        }
    }
}

struct Case {
    folder: tempfile::TempDir,
    is_packed: bool,
    /// Answers of a heap that nobody touches.
    expected: Vec<Vec<String>>,
    sample: Vec<u8>,
    index: Vec<u8>,
}

impl Case {
    fn new(is_packed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snap.rkyv");
        write_service(&path, N_OBJECTS, is_packed);
        let heap = Heap::open_with(&path, &Self::kept(), &Silent).unwrap();
        assert!(heap.save_index().unwrap());
        let expected = (0..N_QUESTIONS)
            .map(|number| OBJECTS.map(|object| question(number).1(&heap, ObjectIx::new(object))).to_vec())
            .collect();
        let [sample, index] =
            [&path, &folder.path().join("snap.rkyv.idx")].map(|path| fs::read(path).unwrap());
        Self { folder, is_packed, expected, sample, index }
    }

    fn kept() -> IndexUse {
        IndexUse::Kept { cache_folder: None }
    }

    /// Fresh files; the index takes the stamp of the fresh snapshot.
    fn fresh(&self, round: usize) -> [PathBuf; 2] {
        let path = self.folder.path().join(format!("round{round}.rkyv"));
        let index = self.folder.path().join(format!("round{round}.rkyv.idx"));
        fs::write(&path, &self.sample).unwrap();
        Heap::open_with(&path, &Self::kept(), &Silent).unwrap().save_index().unwrap();
        assert_eq!(index.metadata().unwrap().len(), self.index.len() as u64);
        [path, index]
    }

    /// Opens, asks from several threads, and makes the change meanwhile. Returns how often there was an answer, and how
    /// often the sentence.
    fn play(&self, round: usize, change: Change, victim: usize, uses_index: bool) -> (usize, usize) {
        let files = self.fresh(round);
        let index_use = if uses_index { Self::kept() } else { IndexUse::None };
        let heap = Heap::open_with(&files[0], &index_use, &Silent).unwrap();
        let (n_answers, n_sentences) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for thread in 0..N_THREADS {
                let (heap, is_over, n_answers, n_sentences) = (&heap, &is_over, &n_answers, &n_sentences);
                scope.spawn(move || {
                    let mut chance = Chance::new((round * N_THREADS + thread) as u64);
                    // A third of all after the change.
                    let mut left: Vec<usize> = (thread..N_QUESTIONS).step_by(N_THREADS).collect();
                    while !left.is_empty() {
                        let next = if is_over.load(Ordering::Relaxed) { left.pop() } else { None };
                        let number = next.unwrap_or_else(|| chance.below(N_QUESTIONS));
                        let (object, (name, question)) = (chance.below(OBJECTS.len()), question(number));
                        match ask(|| question(heap, ObjectIx::new(OBJECTS[object]))) {
                            Ok(answer) => {
                                assert!(answer == self.expected[number][object], "{change:?}: {name}");
                                n_answers.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(error) => {
                                let is_sentence = matches!(&error, AnalysisError::Unreadable(unreadable)
                                    if files_of(heap).contains(&unreadable.path)
                                        && matches!(unreadable.error, SnapshotError::Changed));
                                assert!(is_sentence, "{change:?}: {error}");
                                n_sentences.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    }
                });
            }
            thread::sleep(Duration::from_micros(Chance::new(round as u64).number() % 3000));
            change.make(&files[victim], self.is_packed, round as u64);
            is_over.store(true, Ordering::Relaxed);
        });
        // What is there now is opened or refused.
        if let Ok(heap) = Heap::open_with(&files[0], &index_use, &Silent) {
            let _ = ask(|| OF_ALL[0].1(&heap, ObjectIx::new(1)));
        }
        for file in &files {
            fs::remove_file(file).unwrap();
        }
        (n_answers.into_inner(), n_sentences.into_inner())
    }
}

fn files_of(heap: &Heap) -> [PathBuf; 2] {
    let path = heap.snapshot().path().to_owned();
    let mut index = path.clone().into_os_string();
    index.push(".idx");
    [path, index.into()]
}

fn play_all(is_packed: bool) {
    let case = Case::new(is_packed);
    let (mut n_answers, mut n_sentences, mut round) = (0, 0, 0);
    for _ in 0..rounds() {
        for change in CHANGES {
            for (victim, uses_index) in [(0, false), (0, true), (1, true)] {
                let (answers, sentences) = case.play(round, change, victim, uses_index);
                (n_answers, n_sentences, round) = (n_answers + answers, n_sentences + sentences, round + 1);
            }
        }
    }
    let _ =
        writeln!(stderr(), "{round} rounds: {n_answers} answers of the old state, {n_sentences} sentences");
    assert!(n_answers > 0 && n_sentences > 0, "one of the two never came");
}

#[test]
fn a_plain_snapshot_that_is_changed_while_it_is_open() {
    play_all(false);
}

#[test]
fn a_packed_snapshot_that_is_changed_while_it_is_open() {
    play_all(true);
}

#[test]
fn a_snapshot_that_is_changed_while_it_is_being_opened() {
    for is_packed in [false, true] {
        let case = Case::new(is_packed);
        for round in 0..rounds() * CHANGES.len() * 2 {
            let [path, index] = case.fresh(round);
            let change = CHANGES[round % CHANGES.len()];
            let uses_index = round >= CHANGES.len();
            let index_use = if uses_index { Case::kept() } else { IndexUse::None };
            thread::scope(|scope| {
                let opening = scope.spawn(|| Heap::open_with(&path, &index_use, &Silent));
                thread::sleep(Duration::from_micros(Chance::new(round as u64).number() % 30_000));
                change.make(if round % 4 == 3 { &index } else { &path }, is_packed, round as u64);
                match opening.join().expect("no panic") {
                    Ok(heap) => {
                        if let Ok(answer) = ask(|| OF_ONE[0].1(&heap, ObjectIx::new(OBJECTS[0]))) {
                            // That of the old state, or of the other snapshot if that was whole.
                            let is_other = matches!(change, Change::Other(_)) && answer.contains("dict");
                            assert!(is_other || answer == case.expected[OF_ALL.len()][0], "{change:?}");
                        }
                    }
                    Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
                }
            });
            for file in [path, index] {
                fs::remove_file(file).unwrap();
            }
        }
    }
}
