//! Sketches of heaps opened by the engine.
#![allow(dead_code, reason = "each test file uses a part")]

use heapview_analysis::{Heap, Silent};
use heapview_snapshot::ObjectIx;
use heapview_testkit::{Sketch, address};

/// The heap of a sketch, which is written to a file and read again.
pub(crate) fn open(sketch: &Sketch) -> Heap {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snap.rkyv");
    sketch.write(&path).unwrap();
    Heap::open(&path, &Silent).unwrap()
}

/// The object with this number.
pub(crate) fn at(heap: &Heap, number: u64) -> ObjectIx {
    heap.snapshot().find(address(number)).unwrap()
}

/// Numbers of objects, in order of number.
pub(crate) fn numbers(heap: &Heap, objects: &[ObjectIx]) -> Vec<u64> {
    let number = |object: &ObjectIx| (heap.snapshot().address(*object).get() - address(0).get()) / 64;
    let mut numbers: Vec<u64> = objects.iter().map(number).collect();
    numbers.sort_unstable();
    numbers
}
