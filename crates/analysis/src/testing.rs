//! Heaps for the tests of this crate, from a line of text.

use heapview_snapshot::ObjectIx;
use heapview_testkit::{Story, address};

use crate::heap::Heap;
use crate::progress::Silent;

/// A heap, opened, and where in it what is.
pub(crate) struct Told {
    pub heap: Heap,
    story: Story,
}

impl Told {
    pub(crate) fn new(text: &str) -> Self {
        let story = Story::new(text);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snap.rkyv");
        story.sketch().write(&path).unwrap();
        Self { heap: Heap::open(&path, &Silent).unwrap(), story }
    }

    /// What the place holds.
    pub(crate) fn at(&self, place: &str) -> ObjectIx {
        self.heap.snapshot().find(address(self.story.at(place))).unwrap()
    }
}
