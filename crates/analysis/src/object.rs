//! One object: facts, referents, referrers.

use std::cmp::Reverse;

use heapview_snapshot::{Address, EdgeKind, ObjectIx};
use rayon::prelude::*;

use crate::heap::Heap;
use crate::location::SourcePlace;
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
    /// Where it is in the source, if it is code or something that runs it.
    pub source: Option<SourcePlace>,
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
        source: heap.source_place(ix),
        allocated_at: allocated_at(heap, ix),
        n_referents: heap.n_referents(ix),
        n_referrers: heap.n_referrers(ix),
    }
}

/// What the object holds, largest retained size first, weak references last. O(references) for any page, which alone
/// is sorted.
pub fn referents(heap: &Heap, of: ObjectIx, page: Page) -> References {
    if page.len == 0 {
        return References { rows: Vec::new(), total: heap.references(of).count() };
    }
    // What is compared is looked up once: it lies anywhere in the file.
    let mut places: Vec<(bool, Reverse<u64>, u32)> = heap
        .placed_references(of)
        .map(|(place, row)| (!row.kind.is_strong(), Reverse(heap.retained_size(row.to)), place))
        .collect();
    let total = places.len();
    let shown = page.of_sorted(&mut places).iter();
    let rows = shown.filter_map(|(_, _, place)| heap.reference_at(of, *place)).collect();
    References { rows, total }
}

/// References that are read in no time.
const FEW: usize = 1 << 10;

/// Whether [`referents`] takes no time. O(1).
pub fn referents_are_few(heap: &Heap, of: ObjectIx) -> bool {
    heap.snapshot().n_edges_of(of) <= FEW as u64
}

/// Whether [`referrers`] takes no time: the references of all holders are read. O(1).
pub fn referrers_are_few(heap: &Heap, of: ObjectIx) -> bool {
    const FEW_HOLDERS: usize = 64;
    let holders = heap.graph().incoming(node(of)).map(object);
    holders.len() <= FEW_HOLDERS && holders.map(|holder| heap.n_referents(holder)).sum::<usize>() <= FEW
}

/// What holds the object, largest retained size first. O(references to the object), and the references of the objects
/// on the page, which alone is sorted.
pub fn referrers(heap: &Heap, of: ObjectIx, page: Page) -> References {
    let sources = heap.graph().incoming(node(of));
    let total = sources.len();
    if page.len == 0 {
        return References { rows: Vec::new(), total };
    }
    let sources: Vec<ObjectIx> = sources.map(object).collect();
    let sized = |source: ObjectIx| (Reverse(heap.retained_size(source)), source);
    let mut sources: Vec<(Reverse<u64>, ObjectIx)> =
        sources.into_par_iter().with_min_len(1 << 12).map(sized).collect();
    let shown = page.of_sorted(&mut sources).to_vec();
    // Parallel references stand together; those before the page's first row belong to the same source.
    let n_before = shown.first().map_or(0, |first| sources.iter().filter(|source| *source < first).count());
    let mut n_skipped = page.start.saturating_sub(n_before);
    let mut rows = Vec::with_capacity(shown.len());
    while let Some((_, source)) = shown.get(rows.len()) {
        let held = heap.strong_references(*source).filter(|reference| reference.to == of).skip(n_skipped);
        let n_known = rows.len();
        rows.extend(held.take(shown.len() - n_known));
        if rows.len() == n_known {
            break;
        }
        n_skipped = 0;
    }
    References { rows, total }
}
