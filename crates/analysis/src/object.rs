//! One object: facts, referents, referrers.

use heapview_snapshot::{Address, EdgeKind, ObjectIx};

use crate::heap::Heap;
use crate::reference::{Page, Reference};
use crate::roots::{node, object};
use crate::sites::{SourceLine, allocated_at};

/// What is known of one object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectReport {
    pub ix: ObjectIx,
    pub address: Address,
    pub type_name: String,
    /// Bytes of the object itself.
    pub shallow_size: u64,
    /// Bytes freed if it became unreachable.
    pub retained_size: u64,
    /// Bytes of the buffers that it holds outside its own block.
    pub external_size: u64,
    pub refcount: u32,
    /// Bounded text of its value, and whether that is cut.
    pub preview: Option<(String, bool)>,
    pub is_reachable: bool,
    /// The collector's generation, 0 to 2, or 3 for what `gc.freeze()` has set apart; `None` if it is not tracked.
    pub generation: Option<u8>,
    pub is_immortal: bool,
    pub dominator: Option<ObjectIx>,
    /// The lines that were running when it was made, most recent first; empty if that was not traced.
    pub allocated_at: Vec<SourceLine>,
    pub n_referents: usize,
    pub n_referrers: usize,
}

/// A part of an object's references, and how many there are in all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct References {
    pub rows: Vec<Reference>,
    pub total: usize,
}

/// O(references of the object).
pub fn report(heap: &Heap, ix: ObjectIx) -> ObjectReport {
    let snapshot = heap.snapshot();
    let flags = snapshot.flags(ix);
    ObjectReport {
        ix,
        address: snapshot.address(ix),
        type_name: heap.type_name(ix).to_owned(),
        shallow_size: heap.shallow_size(ix),
        retained_size: heap.retained_size(ix),
        external_size: heap
            .references(ix)
            .filter(|reference| reference.kind == EdgeKind::Buffer)
            .map(|reference| heap.shallow_size(reference.to))
            .sum(),
        refcount: snapshot.refcount(ix),
        preview: snapshot.preview(ix).map(|preview| (preview.text.to_owned(), preview.truncated)),
        is_reachable: heap.is_reachable(ix),
        generation: flags.is_tracked().then(|| flags.generation()),
        is_immortal: flags.is_immortal(),
        dominator: heap.dominator(ix),
        allocated_at: allocated_at(heap, ix),
        n_referents: heap.n_referents(ix),
        n_referrers: heap.n_referrers(ix),
    }
}

/// What the object holds, largest retained size first, weak references last. O(n log n) in their number.
pub fn referents(heap: &Heap, of: ObjectIx, page: Page) -> References {
    let mut rows: Vec<Reference> = heap.references(of).collect();
    rows.sort_by_key(|row| (!row.kind.is_strong(), std::cmp::Reverse(heap.retained_size(row.to))));
    References { rows: page.of(&rows).to_vec(), total: rows.len() }
}

/// What holds the object, largest retained size first. O(n log n) in their number, and the references of the
/// objects on the page.
pub fn referrers(heap: &Heap, of: ObjectIx, page: Page) -> References {
    let mut sources: Vec<ObjectIx> = heap
        .graph()
        .incoming(node(of))
        .iter()
        .map(|source| object(heapview_graph::NodeIx::new(*source)))
        .collect();
    sources.sort_by_key(|source| (std::cmp::Reverse(heap.retained_size(*source)), *source));
    let total = sources.len();
    // Parallel references stand together; those before the page's first row belong to the same source.
    let shown = page.of(&sources);
    let mut rows = Vec::with_capacity(shown.len());
    let mut at = page.start.min(total);
    while rows.len() < shown.len() {
        let source = sources[at];
        let first = sources[..at].iter().rposition(|other| *other != source).map_or(0, |before| before + 1);
        let mut held: Vec<Reference> =
            heap.strong_references(source).filter(|reference| reference.to == of).skip(at - first).collect();
        held.truncate(shown.len() - rows.len());
        if held.is_empty() {
            break;
        }
        at += held.len();
        rows.extend(held);
    }
    References { rows, total }
}
