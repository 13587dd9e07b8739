//! Questions that nobody wants the answer of any more stop, and leave nothing half done behind.

use std::thread;
use std::time::{Duration, Instant};

use heapview_analysis::{AnalysisError, Cancel, Heap, IndexUse, Progress, Silent, ask};
use heapview_snapshot::ObjectIx;
use heapview_trials::chance::Chance;
use heapview_trials::questions::{OF_ALL, OF_ONE, Question};
use heapview_trials::sample::write_service;

const N_OBJECTS: u64 = 20_000;
const OBJECT: ObjectIx = ObjectIx::new(700);

fn questions() -> impl Iterator<Item = (&'static str, Question)> {
    OF_ALL.into_iter().chain(OF_ONE)
}

/// A token that is taken back after a while, as whoever listens to progress gives it.
struct Impatient(Cancel);

impl Progress for Impatient {
    fn advance(&self, _name: &str, _done: u64, _total: u64) {}

    fn cancel(&self) -> Cancel {
        self.0.clone()
    }
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        write_service(&place.folder.path().join("snap.rkyv"), N_OBJECTS, false);
        place
    }

    fn open(&self, index_use: &IndexUse, progress: &dyn Progress) -> Result<Heap, AnalysisError> {
        Heap::open_with(&self.folder.path().join("snap.rkyv"), index_use, progress)
    }
}

fn kept() -> IndexUse {
    IndexUse::Kept { cache_folder: None }
}

#[test]
fn a_question_that_was_stopped_is_answered_as_if_it_had_never_been_asked() {
    let place = Place::new();
    let heap = place.open(&kept(), &Silent).unwrap();
    heap.save_index().unwrap();
    let expected: Vec<(String, Duration)> = questions()
        .map(|(_, question)| {
            let begin = Instant::now();
            (question(&heap, OBJECT), begin.elapsed())
        })
        .collect();
    let mut chance = Chance::new(1);
    let mut n_stopped = 0;
    for (number, (name, question)) in questions().enumerate() {
        let (answer, took) = &expected[number];
        for round in 0..4 {
            // Cold: what is worked out once is worked out in this question. With an index, and without.
            let index_use = if round % 2 == 0 { kept() } else { IndexUse::None };
            let heap = place.open(&index_use, &Silent).unwrap();
            let cancel = Cancel::new();
            if round == 0 {
                cancel.cancel();
            }
            thread::scope(|scope| {
                let handle = heap.cancelled_by(&cancel);
                let asking = scope.spawn(move || ask(|| question(&handle, OBJECT)));
                thread::sleep(Duration::from_nanos(chance.number() % (took.as_nanos() as u64 + 1)));
                cancel.cancel();
                match asking.join().expect("no panic") {
                    Ok(found) => assert!(&found == answer, "{name}: another answer"),
                    Err(AnalysisError::Cancelled) => n_stopped += 1,
                    Err(error) => panic!("{name}: {error}"),
                }
            });
            // Another handle of the same heap, which may have been asked half.
            assert!(&question(&heap, OBJECT) == answer, "{name}: another answer after it was stopped");
        }
    }
    assert!(n_stopped > questions().count(), "{n_stopped} were stopped");
}

#[test]
fn an_opening_that_was_stopped_leaves_nothing() {
    let place = Place::new();
    let begin = Instant::now();
    place.open(&IndexUse::None, &Silent).unwrap();
    let took = begin.elapsed();
    let mut chance = Chance::new(2);
    let mut n_stopped = 0;
    for round in 0..12 {
        let cancel = Cancel::new();
        if round == 0 {
            cancel.cancel();
        }
        thread::scope(|scope| {
            let opening = scope.spawn(|| place.open(&kept(), &Impatient(cancel.clone())));
            thread::sleep(Duration::from_nanos(chance.number() % (took.as_nanos() as u64)));
            cancel.cancel();
            match opening.join().expect("no panic") {
                Ok(heap) => assert_eq!(heap.n_objects() as u64, N_OBJECTS),
                Err(AnalysisError::Cancelled) => n_stopped += 1,
                Err(error) => panic!("{error}"),
            }
        });
    }
    assert!(n_stopped > 0);
    assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 1);
}
