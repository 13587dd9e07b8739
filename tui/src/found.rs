//! A list of objects that the engine found.

use heapview_snapshot::ObjectIx;

/// Objects, largest retained size first.
#[derive(Debug)]
pub struct Found {
    pub objects: Vec<ObjectIx>,
    /// Bytes that would go if all of them went; not computed for lists of a whole type.
    pub retained_size: Option<u64>,
}
