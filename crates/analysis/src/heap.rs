//! An open heap: the snapshot, its graph, and what every question needs. The engine's front door.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use heapview_graph::{Cancel, CheapestTree, Dominator, DominatorTree, HeapGraph, NodeIx, memory};
use heapview_snapshot::{ObjectIx, Snapshot};
use rustc_hash::FxHashMap;

use crate::ask::ask;
use crate::attributes::TypeAttributes;
use crate::costs::{EdgeCosts, root_cost};
use crate::error::AnalysisError;
use crate::garbage::Garbage;
use crate::index::{IndexUse, from_index, nodes};
use crate::namespaces::Namespaces;
use crate::path::Anchors;
use crate::patterns::PatternTree;
use crate::progress::Progress;
use crate::reference::Label;
use crate::references::Edges;
use crate::retained::RetainedSizes;
use crate::roots::{HeapRoot, heap_roots, node, object};
use crate::totals::Totals;

/// A snapshot with its graph, roots, dominators, retained sizes and best paths. Never changes; answers are read
/// from any thread. Clones are the same heap.
#[derive(Clone, Debug)]
pub struct Heap {
    facts: Arc<Facts>,
    /// Whoever asks by this handle may lose interest.
    cancel: Cancel,
}

/// What all handles of a heap have in common.
///
/// Some cells are filled with the help of the thread pool. What runs on the pool must not be the first to ask for one:
/// if all its threads wait for a cell, nobody is left to fill it.
#[derive(Debug)]
struct Facts {
    snapshot: Arc<Snapshot>,
    engine: Engine,
    /// Position in `roots` of the cheapest root of an object.
    root_of: FxHashMap<ObjectIx, usize>,
    edge_costs: EdgeCosts,
    /// An index is to be written, as there is none.
    wants_index: bool,
    totals: OnceLock<Totals>,
    garbage: OnceLock<Garbage>,
    namespaces: OnceLock<Namespaces>,
    patterns: OnceLock<PatternTree>,
    anchors: OnceLock<Anchors>,
    modules: OnceLock<FxHashMap<String, ObjectIx>>,
    main_globals: OnceLock<FxHashMap<String, ObjectIx>>,
    attributes: Mutex<FxHashMap<ObjectIx, TypeAttributes>>,
}

/// What is computed from a snapshot, or taken from its index.
#[derive(Debug)]
pub(crate) struct Engine {
    pub graph: HeapGraph,
    pub roots: Vec<HeapRoot>,
    pub tree: DominatorTree,
    pub retained: RetainedSizes,
    pub cheapest: CheapestTree,
    pub total_size: u64,
    /// `None` if they are still to be computed.
    pub totals: Option<Totals>,
}

impl Engine {
    /// O(references log objects); about 60 bytes per object besides what was read of the file.
    fn new(snapshot: &mut Arc<Snapshot>, costs: &EdgeCosts, progress: &dyn Progress) -> Self {
        let cancel = &progress.cancel();
        let step = |name: &str, done: u64| {
            progress.advance(name, done, 4);
            cancel.check();
        };
        step("references", 0);
        let mut edges = Edges::new(snapshot, costs, cancel);
        let edge_costs = std::mem::take(&mut edges.costs);
        let graph = HeapGraph::from_csr(edges.offsets(), edges.targets);
        step("roots", 1);
        let roots = heap_roots(snapshot, &graph, cancel);
        forget_read(snapshot);
        step("dominators", 2);
        let (tree, ()) = rayon::join(
            || DominatorTree::new(&graph, &nodes(&roots), cancel),
            || {
                graph.sources();
            },
        );
        // From here to the end memory is at its peak.
        memory::give_back();
        step("paths", 3);
        let root_costs: Vec<(NodeIx, u8)> =
            roots.iter().map(|root| (node(root.object), root_cost(root))).collect();
        let (cheapest, total_size) = rayon::join(
            || CheapestTree::new(&graph, &root_costs, &edge_costs, cancel),
            || snapshot.shallow_sizes().fold(0, u64::saturating_add),
        );
        drop(edge_costs);
        forget_read(snapshot);
        memory::give_back();
        // After the paths, not beside them.
        let garbage = Garbage::new(&graph, &tree, |object| snapshot.shallow_size(object), cancel);
        let retained = RetainedSizes::new(snapshot, &tree, &garbage);
        drop(garbage);
        forget_read(snapshot);
        progress.advance("paths", 4, 4);
        Self { graph, roots, tree, retained, cheapest, total_size, totals: None }
    }
}

/// Gives back the memory of what was read of the file: the engine goes through it in passes that are far apart.
fn forget_read(snapshot: &mut Arc<Snapshot>) {
    if let Some(snapshot) = Arc::get_mut(snapshot) {
        snapshot.forget_read();
    }
}

impl Heap {
    /// Opens the snapshot at `path` and computes what every answer needs, without an index.
    pub fn open(path: &Path, progress: &dyn Progress) -> Result<Self, AnalysisError> {
        Self::open_with(path, &IndexUse::None, progress)
    }

    /// Opens the snapshot at `path`. With an index for it: one pass over that. Else what every answer needs is
    /// computed: O(references log objects) time, about 60 bytes per object besides what was read of the file.
    pub fn open_with(
        path: &Path,
        index_use: &IndexUse,
        progress: &dyn Progress,
    ) -> Result<Self, AnalysisError> {
        // What goes wrong before the heap is open is told as an error of opening it; an index that somebody writes to
        // right now is as good as none.
        ask(|| Self::opened(path, index_use, progress)).unwrap_or_else(|error| match error {
            AnalysisError::Unreadable(unreadable) if unreadable.path == path => Err(unreadable.error.into()),
            AnalysisError::Unreadable(_) => Self::open_with(path, &IndexUse::None, progress),
            other => Err(other),
        })
    }

    fn opened(path: &Path, index_use: &IndexUse, progress: &dyn Progress) -> Result<Self, AnalysisError> {
        let (snapshot, index) = index_use.open(path, &mut |done, total| {
            progress.advance("reading", done, total);
            !progress.cancel().is_cancelled()
        })?;
        let mut snapshot = Arc::new(snapshot);
        let edge_costs = EdgeCosts::new(&snapshot);
        let known = index.and_then(|index| from_index(&snapshot, &index));
        let wants_index = known.is_none() && *index_use != IndexUse::None;
        let mut engine = match known {
            Some(engine) => engine,
            None => Engine::new(&mut snapshot, &edge_costs, progress),
        };
        let mut root_of: FxHashMap<ObjectIx, usize> = FxHashMap::default();
        for (position, root) in engine.roots.iter().enumerate() {
            let best = root_of.entry(root.object).or_insert(position);
            if root_cost(root) < root_cost(&engine.roots[*best]) {
                *best = position;
            }
        }
        let facts = Facts {
            totals: engine.totals.take().map_or_else(OnceLock::new, OnceLock::from),
            snapshot,
            engine,
            root_of,
            edge_costs,
            garbage: OnceLock::new(),
            namespaces: OnceLock::new(),
            patterns: OnceLock::new(),
            wants_index,
            anchors: OnceLock::new(),
            modules: OnceLock::new(),
            main_globals: OnceLock::new(),
            attributes: Mutex::default(),
        };
        Ok(Self { facts: Arc::new(facts), cancel: Cancel::NEVER })
    }

    /// A handle of the same heap whose questions end when the token is taken back: see [`ask()`].
    #[must_use]
    pub fn cancelled_by(&self, cancel: &Cancel) -> Self {
        Self { facts: Arc::clone(&self.facts), cancel: cancel.clone() }
    }

    /// Goes on, or ends the question if nobody wants its answer any more. For long loops.
    #[inline]
    pub(crate) fn check(&self) {
        self.cancel.check();
    }

    /// As [`Heap::check`], in some of the rounds of a loop.
    #[inline]
    pub(crate) fn check_in(&self, round: usize) {
        self.cancel.check_in(round);
    }

    /// The token that ends this handle's questions.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Whether two handles are of one heap.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.facts, &other.facts)
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.facts.snapshot
    }

    pub fn n_objects(&self) -> usize {
        self.facts.snapshot.n_objects()
    }

    /// All objects, in file order. Ends the question if nobody wants its answer any more.
    pub fn objects(&self) -> Objects<'_> {
        Objects { cancel: &self.cancel, left: 0..self.n_objects() as u32 }
    }

    pub fn roots(&self) -> &[HeapRoot] {
        &self.facts.engine.roots
    }

    /// The root that an object is, if it is one: the one a person can act on best.
    pub fn root_of(&self, object: ObjectIx) -> Option<&HeapRoot> {
        self.facts.root_of.get(&object).map(|position| &self.facts.engine.roots[*position])
    }

    /// Bytes of the object itself.
    pub fn shallow_size(&self, object: ObjectIx) -> u64 {
        self.facts.snapshot.shallow_size(object)
    }

    /// Bytes that would be freed if the object became unreachable. Of what is already: bytes that are freed with
    /// it, objects in a cycle being freed together.
    pub fn retained_size(&self, object: ObjectIx) -> u64 {
        self.facts.engine.retained.get(object)
    }

    pub fn type_name(&self, object: ObjectIx) -> &str {
        &self.facts.snapshot.type_of(object).name
    }

    pub fn is_reachable(&self, object: ObjectIx) -> bool {
        self.facts.engine.tree.is_reachable(node(object))
    }

    /// The immediate dominator; `None` for what only the super-root dominates, and for unreachable objects.
    pub fn dominator(&self, of: ObjectIx) -> Option<ObjectIx> {
        match self.facts.engine.tree.immediate_dominator(node(of)) {
            Dominator::Node(dominator) => Some(object(dominator)),
            Dominator::SuperRoot | Dominator::Unreachable => None,
        }
    }

    /// Strong references of the object.
    pub fn n_referents(&self, object: ObjectIx) -> usize {
        self.facts.engine.graph.n_out(node(object))
    }

    /// Strong references to the object, from anywhere.
    pub fn n_referrers(&self, object: ObjectIx) -> usize {
        self.facts.engine.graph.n_incoming(node(object))
    }

    /// Bytes of all objects.
    pub fn total_size(&self) -> u64 {
        self.facts.engine.total_size
    }

    /// The strong references between all objects, as a graph that petgraph's algorithms walk: node `i` is object `i`.
    /// Parallel references are one edge.
    pub fn graph(&self) -> &HeapGraph {
        &self.facts.engine.graph
    }

    pub(crate) fn dominator_tree(&self) -> &DominatorTree {
        &self.facts.engine.tree
    }

    pub(crate) fn cheapest_tree(&self) -> &CheapestTree {
        &self.facts.engine.cheapest
    }

    pub(crate) fn edge_costs(&self) -> &EdgeCosts {
        &self.facts.edge_costs
    }

    pub(crate) fn retained_sizes(&self) -> &RetainedSizes {
        &self.facts.engine.retained
    }

    /// Sums over all objects; computed when first asked for. O(objects).
    pub(crate) fn totals(&self) -> &Totals {
        self.facts.totals.get_or_init(|| Totals::new(self))
    }

    /// What no root reaches; computed when first asked for. O(garbage), and a look at every object.
    pub(crate) fn garbage(&self) -> &Garbage {
        self.facts.garbage.get_or_init(|| {
            let size_of = |object| self.shallow_size(object);
            Garbage::new(self.graph(), self.dominator_tree(), size_of, &self.cancel)
        })
    }

    /// Whose names are whose; computed when first asked for. O(modules).
    pub(crate) fn namespaces(&self) -> &Namespaces {
        self.facts.namespaces.get_or_init(|| Namespaces::new(self))
    }

    /// Patterns of all best paths; computed when first asked for.
    pub(crate) fn pattern_tree(&self) -> &PatternTree {
        self.facts.patterns.get_or_init(|| PatternTree::new(self))
    }

    /// Which roots words name; computed when first asked for.
    pub(crate) fn anchors(&self) -> &Anchors {
        self.facts.anchors.get_or_init(|| Anchors::new(self))
    }

    pub(crate) fn modules(&self) -> &FxHashMap<String, ObjectIx> {
        self.facts
            .modules
            .get_or_init(|| self.modules_by_name().map(|(name, module)| (name.to_owned(), module)).collect())
    }

    pub(crate) fn main_globals(&self) -> &FxHashMap<String, ObjectIx> {
        self.facts.main_globals.get_or_init(|| {
            let dict = self.module("__main__").and_then(|main| self.attribute_dict(main));
            dict.map_or_else(FxHashMap::default, |dict| {
                self.references(dict)
                    .filter_map(|entry| match entry.label {
                        Label::Key(key) => Some((self.exact_text(key)?.to_owned(), entry.to)),
                        _ => None,
                    })
                    .collect()
            })
        })
    }

    pub(crate) fn wants_an_index(&self) -> bool {
        self.facts.wants_index
    }

    pub(crate) fn attributes(&self) -> &Mutex<FxHashMap<ObjectIx, TypeAttributes>> {
        &self.facts.attributes
    }

    pub(crate) fn root_nodes(&self) -> Vec<NodeIx> {
        self.facts.engine.roots.iter().map(|root| node(root.object)).collect()
    }
}

/// All objects of a heap.
#[derive(Clone, Debug)]
pub struct Objects<'a> {
    cancel: &'a Cancel,
    left: Range<u32>,
}

impl Iterator for Objects<'_> {
    type Item = ObjectIx;

    #[inline]
    fn next(&mut self) -> Option<ObjectIx> {
        let object = self.left.next()?;
        self.cancel.check_in(object as usize);
        Some(ObjectIx::new(object))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl DoubleEndedIterator for Objects<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<ObjectIx> {
        let object = self.left.next_back()?;
        self.cancel.check_in(object as usize);
        Some(ObjectIx::new(object))
    }
}

impl ExactSizeIterator for Objects<'_> {}
