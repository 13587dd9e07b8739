//! Where objects were allocated, as far as the dumped process traced it.

use std::cmp::Reverse;

use heapview_snapshot::{ObjectIx, SiteFrame};
use rustc_hash::FxHashMap;

use crate::heap::Heap;
use crate::selection::{Selection, membership};

/// A line of source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceLine {
    pub file: String,
    pub line: u32,
}

/// What was allocated at one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteRow {
    /// `None` for what was not traced.
    pub line: Option<SourceLine>,
    pub n_objects: u64,
    /// Bytes of the objects themselves.
    pub shallow_size: u64,
}

/// All lines, largest shallow size first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteHistogram {
    pub rows: Vec<SiteRow>,
    pub n_objects: u64,
    pub shallow_size: u64,
}

/// The lines that were running when the object was made, most recent first; empty if that is not known.
pub fn allocated_at(heap: &Heap, object: ObjectIx) -> Vec<SourceLine> {
    let snapshot = heap.snapshot();
    let frames = snapshot.site(object).into_iter().flat_map(|site| snapshot.site_frames(site));
    frames.map(|frame| source_line(heap, frame)).collect()
}

/// Counts all objects, or those of a selection, by the line that was running when they were made. O(objects).
pub fn histogram(heap: &Heap, of: Option<&Selection>) -> SiteHistogram {
    let snapshot = heap.snapshot();
    let mut rows: FxHashMap<Option<SiteFrame>, (u64, u64)> = FxHashMap::default();
    let is_selected = membership(heap, of);
    for object in heap.objects().filter(|object| is_selected(*object)) {
        let frame = snapshot.site(object).and_then(|site| snapshot.site_frames(site).next());
        let (n_objects, shallow_size) = rows.entry(frame).or_default();
        *n_objects += 1;
        *shallow_size += heap.shallow_size(object);
    }
    let mut rows: Vec<SiteRow> = rows
        .into_iter()
        .map(|(frame, (n_objects, shallow_size))| SiteRow {
            line: frame.map(|frame| source_line(heap, frame)),
            n_objects,
            shallow_size,
        })
        .collect();
    rows.sort_by_cached_key(|row| {
        (Reverse(row.shallow_size), row.line.as_ref().map(|line| (line.file.clone(), line.line)))
    });
    SiteHistogram {
        n_objects: rows.iter().map(|row| row.n_objects).sum(),
        shallow_size: rows.iter().map(|row| row.shallow_size).sum(),
        rows,
    }
}

fn source_line(heap: &Heap, frame: SiteFrame) -> SourceLine {
    SourceLine { file: heap.snapshot().string(frame.file).to_owned(), line: frame.line }
}
