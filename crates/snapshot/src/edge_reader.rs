//! The references of an open snapshot: those of one object, and those between two positions among all.

use std::ops::Range;

use crate::edges::{Edge, EdgeChunk};
use crate::ids::ObjectIx;
use crate::objects::ObjectChunk;
use crate::reader::{STRIDE, Snapshot};

/// References read at once: most objects have fewer.
const TOGETHER: usize = 256;

impl Snapshot {
    pub fn n_edges_of(&self, ix: ObjectIx) -> u64 {
        let (spans, bytes, row) = self.object(ix);
        spans.n_edges.get(bytes, row).min(self.n_edges())
    }

    /// The references of an object in the order in which they were written. O(1) to start.
    pub fn edges(&self, ix: ObjectIx) -> impl Iterator<Item = Edge> + '_ {
        let first = self.first_edge(ix).min(self.n_edges()) as usize;
        let end = first.saturating_add(self.n_edges_of(ix) as usize).min(self.n_edges() as usize);
        self.edges_between(first, end)
    }

    /// Numbers of references of some objects, and where the first one stands among all references.
    pub fn edge_counts(&self, objects: Range<usize>) -> (u64, Vec<u64>) {
        let objects = objects.start..objects.end.min(self.n_objects());
        let first = objects.clone().next().map_or(0, |first| self.first_edge(ObjectIx::new(first as u32)));
        (first, objects.map(|object| self.n_edges_of(ObjectIx::new(object as u32))).collect())
    }

    /// Appends the references at some positions among all; fewer if there are not as many.
    pub fn extend_edges(&self, positions: Range<u64>, edges: &mut Vec<Edge>) {
        let (mut next, end) = (positions.start as usize, positions.end.min(self.n_edges()) as usize);
        while next < end {
            let start = next / EdgeChunk::ROWS * EdgeChunk::ROWS;
            let rows = next - start..(end - start).min(EdgeChunk::ROWS);
            let (spans, bytes) = self.columns.edges.chunks()[start / EdgeChunk::ROWS].open(&self.file);
            next = start + rows.end;
            edges.extend(spans.edges(bytes, rows));
        }
    }

    /// The object's reference number `nth`, as [`Snapshot::edges`] counts. O(1).
    pub fn edge(&self, ix: ObjectIx, nth: u64) -> Option<Edge> {
        let nth = Some(nth).filter(|nth| *nth < self.n_edges_of(ix))?;
        let position = self.first_edge(ix).checked_add(nth).filter(|position| *position < self.n_edges())?;
        let (chunk, row) = (position as usize / EdgeChunk::ROWS, position as usize % EdgeChunk::ROWS);
        let (spans, bytes) = self.columns.edges.chunks()[chunk].open(&self.file);
        Some(spans.edge(bytes, row))
    }

    /// The references at some positions among all.
    fn edges_between(&self, first: usize, end: usize) -> impl Iterator<Item = Edge> + '_ {
        // Blocks of references that lie in one chunk.
        const { assert!(EdgeChunk::ROWS.is_multiple_of(TOGETHER)) };
        let blocks = first / TOGETHER..end.div_ceil(TOGETHER);
        blocks.filter(move |_| first < end).flat_map(move |block| {
            let positions = first.max(block * TOGETHER)..end.min((block + 1) * TOGETHER);
            let start = positions.start / EdgeChunk::ROWS * EdgeChunk::ROWS;
            let (spans, bytes) = self.columns.edges.chunks()[start / EdgeChunk::ROWS].open(&self.file);
            spans.edges(bytes, positions.start - start..positions.end - start)
        })
    }

    fn first_edge(&self, ix: ObjectIx) -> u64 {
        // A stride lies in one chunk.
        const { assert!(ObjectChunk::ROWS.is_multiple_of(STRIDE)) };
        let (spans, bytes, row) = self.object(ix);
        let before = spans.n_edges.sum(bytes, row / STRIDE * STRIDE..row);
        self.first_edges.get(ix.index() / STRIDE).unwrap_or(0).saturating_add(before)
    }
}
