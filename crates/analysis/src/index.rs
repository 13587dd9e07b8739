//! What is kept of an open heap in the index file, and the heap taken from there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use std::ops::Range;

use heapview_graph::{
    CheapestTree, Column, DominatorTree, HeapGraph, NarrowParts, NodeIx, Numbers, PathParts, TreeParts,
};
use heapview_snapshot::{
    Index, IndexColumn, IndexSection as Section, IndexValues, Number, ObjectIx, RootKind, Snapshot, TypeIx,
};
use rustc_hash::FxHashMap;

use crate::heap::{Engine, Heap};
use crate::histogram::{Histogram, HistogramRow};
use crate::references::resolved_targets;
use crate::retained::RetainedSizes;
use crate::roots::{HeapRoot, HeapRootKind, greenlets, named_roots};
use crate::totals::Totals;

/// Whether an index is read and written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum IndexUse {
    /// Neither.
    #[default]
    None,
    /// One is read from beside the snapshot or from the cache folder. [`Heap::save_index`] writes it to the cache
    /// folder if it cannot stand beside the snapshot.
    Kept { cache_folder: Option<PathBuf> },
}

impl IndexUse {
    /// One that is kept beside the snapshot, or else in the user's cache folder: `$XDG_CACHE_HOME/heapview`, or
    /// `~/.cache/heapview`.
    pub fn kept() -> Self {
        let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
        Self::Kept { cache_folder: caches.map(|caches| caches.join("heapview")) }
    }

    pub(crate) fn open(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<(Snapshot, Option<Index>), heapview_snapshot::SnapshotError> {
        match self {
            Self::None => Snapshot::open_with(path, progress).map(|snapshot| (snapshot, None)),
            Self::Kept { cache_folder } => Snapshot::open_indexed(path, cache_folder.as_deref(), progress),
        }
    }
}

impl Heap {
    /// Whether [`Heap::save_index`] would write one.
    pub fn wants_index(&self) -> bool {
        self.wants_an_index()
    }

    /// Writes the index, so that the snapshot opens at once the next time; true if it was written. Does nothing if
    /// the heap came from an index, or was opened without use of one. Another process sees all of it or nothing.
    /// O(objects + references); takes about as many bytes as the snapshot twice.
    pub fn save_index(&self) -> io::Result<bool> {
        if !self.wants_an_index() {
            return Ok(false);
        }
        let (graph, tree, cheapest) =
            (self.graph(), self.dominator_tree().parts(), self.cheapest_tree().parts());
        let n_named = named_roots(self.snapshot()).len();
        let held_from_c = &self.roots()[n_named..];
        let root_objects: Vec<u32> = held_from_c.iter().map(|root| root.object.get()).collect();
        let root_references: Vec<u32> = held_from_c
            .iter()
            .map(|root| match root.kind {
                HeapRootKind::Named(_) => 0,
                HeapRootKind::Unexplained { n_references } => n_references,
            })
            .collect();
        let totals = self.totals();
        let rows = &totals.histogram.rows;
        let types: Vec<u32> = rows.iter().filter_map(|row| row.type_ix.map(TypeIx::get)).collect();
        let counts: Vec<u64> = rows.iter().map(|row| row.n_objects).collect();
        let shallow: Vec<u64> = rows.iter().map(|row| row.shallow_size).collect();
        let retained: Vec<u64> = rows.iter().map(|row| row.retained_size).collect();
        let sums = [self.total_size(), totals.buffers_size, totals.n_unreachable, totals.unreachable_size];
        let (wide_objects, wide_sizes) = self.retained_sizes().wide();
        let columns = [
            (Section::OutOffsets, IndexValues::U32(graph.out_offsets())),
            (Section::InOffsets, IndexValues::U32(graph.in_offsets())),
            (Section::InSources, IndexValues::U32(graph.sources())),
            (Section::TreeOrder, IndexValues::U32(tree.order)),
            (Section::TreePosition, IndexValues::U32(tree.position)),
            (Section::TreeDominator, IndexValues::U32(tree.dominator)),
            (Section::TreeSubtree, IndexValues::U8(tree.n_subtree.narrow)),
            (Section::TreeWideSubtreePlaces, IndexValues::U32(tree.n_subtree.wide_rows)),
            (Section::TreeWideSubtrees, IndexValues::U32(tree.n_subtree.wide)),
            (Section::Retained, IndexValues::U32(self.retained_sizes().narrow())),
            (Section::RetainedWideObjects, IndexValues::U32(&wide_objects)),
            (Section::RetainedWideSizes, IndexValues::U64(&wide_sizes)),
            (Section::PathCost, IndexValues::U32(cheapest.cost)),
            (Section::PathParent, IndexValues::U32(cheapest.parent)),
            (Section::PathEdge, IndexValues::U32(cheapest.edge)),
            (Section::RootObjects, IndexValues::U32(&root_objects)),
            (Section::RootReferences, IndexValues::U32(&root_references)),
            (Section::HistogramTypes, IndexValues::U32(&types)),
            (Section::HistogramCounts, IndexValues::U64(&counts)),
            (Section::HistogramShallow, IndexValues::U64(&shallow)),
            (Section::HistogramRetained, IndexValues::U64(&retained)),
            (Section::Totals, IndexValues::U64(&sums)),
        ];
        self.snapshot().write_index(&columns)?;
        Ok(true)
    }
}

/// The heap as the index has it; `None` if its columns do not fit together. O(roots + types): all else is read when it
/// is asked for, and what it means is looked at then.
pub(crate) fn from_index(snapshot: &Arc<Snapshot>, index: &Index) -> Option<Engine> {
    let n_objects = snapshot.n_objects();
    let resolver = Arc::clone(snapshot);
    let graph = HeapGraph::from_parts(
        column(index, Section::OutOffsets)?,
        column(index, Section::InOffsets)?,
        column(index, Section::InSources)?,
        Box::new(move || resolved_targets(&resolver)),
    )
    .filter(|graph| graph.n_nodes() == n_objects)?;
    let sums = index.column::<u64>(Section::Totals)?;
    let [total_size, buffers_size, n_unreachable, unreachable_size] = *sums.all() else { return None };
    let histogram = histogram(snapshot, index)?;
    Some(Engine {
        graph,
        roots: roots(snapshot, index)?,
        tree: tree(index, n_objects)?,
        retained: RetainedSizes::from_parts(
            column(index, Section::Retained)?,
            index.column::<u32>(Section::RetainedWideObjects)?.all(),
            index.column::<u64>(Section::RetainedWideSizes)?.all(),
            n_objects,
        )?,
        cheapest: cheapest(index, n_objects)?,
        total_size,
        totals: Some(Totals { buffers_size, n_unreachable, unreachable_size, histogram }),
    })
}

fn tree(index: &Index, n_objects: usize) -> Option<DominatorTree> {
    let parts = TreeParts {
        order: column(index, Section::TreeOrder)?,
        position: column(index, Section::TreePosition)?,
        dominator: column(index, Section::TreeDominator)?,
        n_subtree: NarrowParts {
            narrow: column(index, Section::TreeSubtree)?,
            wide_rows: column(index, Section::TreeWideSubtreePlaces)?,
            wide: column(index, Section::TreeWideSubtrees)?,
        },
    };
    if parts.position.len() == n_objects { DominatorTree::from_parts(parts) } else { None }
}

fn cheapest(index: &Index, n_objects: usize) -> Option<CheapestTree> {
    let parts = PathParts {
        cost: column(index, Section::PathCost)?,
        parent: column(index, Section::PathParent)?,
        edge: column(index, Section::PathEdge)?,
    };
    CheapestTree::from_parts(parts, n_objects)
}

fn roots(snapshot: &Snapshot, index: &Index) -> Option<Vec<HeapRoot>> {
    let mut roots = named_roots(snapshot);
    let mut greenlets: FxHashMap<ObjectIx, HeapRoot> =
        greenlets(snapshot).into_iter().map(|root| (root.object, root)).collect();
    let objects = index.column::<u32>(Section::RootObjects)?;
    let references = index.column::<u32>(Section::RootReferences)?;
    if objects.len() != references.len() {
        return None;
    }
    for (object, n_references) in objects.all().iter().zip(references.all()) {
        if *object as usize >= snapshot.n_objects() {
            return None;
        }
        let object = ObjectIx::new(*object);
        roots.push(match (*n_references, greenlets.remove(&object)) {
            (0, Some(greenlet)) => greenlet,
            (0, None) => {
                HeapRoot { kind: HeapRootKind::Named(RootKind::Immortal), ..HeapRoot::unknown(object) }
            }
            (n_references, _) => {
                HeapRoot { kind: HeapRootKind::Unexplained { n_references }, ..HeapRoot::unknown(object) }
            }
        });
    }
    Some(roots)
}

fn histogram(snapshot: &Snapshot, index: &Index) -> Option<Histogram> {
    let types = index.column::<u32>(Section::HistogramTypes)?;
    let [counts, shallow, retained] =
        [Section::HistogramCounts, Section::HistogramShallow, Section::HistogramRetained]
            .map(|section| index.column::<u64>(section));
    let (counts, shallow, retained) = (counts?, shallow?, retained?);
    let mut rows = Vec::with_capacity(types.len());
    for (row, type_ix) in types.all().iter().enumerate() {
        rows.push(HistogramRow {
            name: snapshot.types().get(*type_ix as usize)?.name.clone(),
            type_ix: Some(TypeIx::new(*type_ix)),
            n_objects: counts.get(row)?,
            shallow_size: shallow.get(row)?,
            retained_size: retained.get(row)?,
        });
    }
    Some(Histogram::of_rows(rows))
}

/// A column of the index as the graph takes it.
struct OfIndex<T>(IndexColumn<T>);

impl<T: Number> Numbers<T> for OfIndex<T> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn slice(&self, range: Range<usize>) -> &[T] {
        self.0.slice(range)
    }

    fn to_vec(&self) -> Vec<T> {
        self.0.to_vec()
    }
}

fn column<T: Number>(index: &Index, section: Section) -> Option<Column<T>> {
    Some(Column::kept(Box::new(OfIndex(index.column::<T>(section)?))))
}

/// The nodes of roots.
pub(crate) fn nodes(roots: &[HeapRoot]) -> Vec<NodeIx> {
    roots.iter().map(|root| crate::roots::node(root.object)).collect()
}
