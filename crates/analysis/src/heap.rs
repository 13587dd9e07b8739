//! An open heap: the snapshot, its graph, and what every question needs. The engine's front door.

use std::path::Path;
use std::sync::{Mutex, OnceLock};

use heapview_graph::{CheapestTree, Dominator, DominatorTree, HeapGraph, NodeIx, retained_sizes};
use heapview_snapshot::{ObjectIx, Snapshot};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::attributes::TypeAttributes;
use crate::costs::{EdgeCosts, root_cost};
use crate::error::AnalysisError;
use crate::patterns::PatternTree;
use crate::progress::Progress;
use crate::reference::{Label, Reference};
use crate::roots::{HeapRoot, heap_roots, node, object};

/// Objects resolved by one task.
const TASK: usize = 1 << 14;

/// A snapshot with its graph, roots, dominators, retained sizes and best paths. Never changes; answers are read
/// from any thread.
#[derive(Debug)]
pub struct Heap {
    snapshot: Snapshot,
    graph: HeapGraph,
    roots: Vec<HeapRoot>,
    /// Position in `roots` of the cheapest root of an object.
    root_of: FxHashMap<ObjectIx, usize>,
    tree: DominatorTree,
    retained: Vec<u64>,
    total_size: u64,
    cheapest: CheapestTree,
    edge_costs: Vec<u8>,
    patterns: OnceLock<PatternTree>,
    modules: OnceLock<FxHashMap<String, ObjectIx>>,
    main_globals: OnceLock<FxHashMap<String, ObjectIx>>,
    pub(crate) attributes: Mutex<FxHashMap<ObjectIx, TypeAttributes>>,
}

impl Heap {
    /// Opens the snapshot at `path` and computes what every answer needs: O(references) time, about 70 bytes per
    /// object besides the mapped file.
    pub fn open(path: &Path, progress: &dyn Progress) -> Result<Self, AnalysisError> {
        let snapshot = Snapshot::open_with(path, &mut |done, total| {
            progress.advance("reading", done, total);
            !progress.cancelled()
        })?;
        let step = |name: &str, done: u64| {
            progress.advance(name, done, 4);
            if progress.cancelled() { Err(AnalysisError::Cancelled) } else { Ok(()) }
        };
        step("references", 0)?;
        let (graph, edge_costs) = graph(&snapshot);
        step("roots", 1)?;
        let roots = heap_roots(&snapshot, &graph);
        let nodes: Vec<NodeIx> = roots.iter().map(|root| node(root.object)).collect();
        step("dominators", 2)?;
        let tree = DominatorTree::new(&graph, &nodes);
        let shallow: Vec<u64> = (0..snapshot.n_objects() as u32)
            .into_par_iter()
            .map(|index| snapshot.shallow_size(ObjectIx::new(index)))
            .collect();
        let total_size = shallow.iter().fold(0, |total: u64, size| total.saturating_add(*size));
        let retained = retained_sizes(&tree, &shallow);
        step("paths", 3)?;
        let costs: Vec<(NodeIx, u8)> =
            roots.iter().map(|root| (node(root.object), root_cost(root))).collect();
        let cheapest = CheapestTree::new(&graph, &costs, &edge_costs);
        progress.advance("paths", 4, 4);
        let mut root_of: FxHashMap<ObjectIx, usize> = FxHashMap::default();
        for (position, root) in roots.iter().enumerate() {
            let best = root_of.entry(root.object).or_insert(position);
            if root_cost(root) < root_cost(&roots[*best]) {
                *best = position;
            }
        }
        Ok(Self {
            snapshot,
            graph,
            roots,
            root_of,
            tree,
            retained,
            total_size,
            cheapest,
            edge_costs,
            patterns: OnceLock::new(),
            modules: OnceLock::new(),
            main_globals: OnceLock::new(),
            attributes: Mutex::default(),
        })
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    pub fn n_objects(&self) -> usize {
        self.snapshot.n_objects()
    }

    /// All objects, in file order.
    pub fn objects(&self) -> impl DoubleEndedIterator<Item = ObjectIx> + ExactSizeIterator + Clone {
        (0..self.n_objects() as u32).map(ObjectIx::new)
    }

    pub fn roots(&self) -> &[HeapRoot] {
        &self.roots
    }

    /// The root that an object is, if it is one: the one a person can act on best.
    pub fn root_of(&self, object: ObjectIx) -> Option<&HeapRoot> {
        self.root_of.get(&object).map(|position| &self.roots[*position])
    }

    /// Bytes of the object itself.
    pub fn shallow_size(&self, object: ObjectIx) -> u64 {
        self.snapshot.shallow_size(object)
    }

    /// Bytes that would be freed if the object became unreachable; its shallow size if it is already.
    pub fn retained_size(&self, object: ObjectIx) -> u64 {
        self.retained[object.index()]
    }

    pub fn type_name(&self, object: ObjectIx) -> &str {
        &self.snapshot.type_of(object).name
    }

    pub fn is_reachable(&self, object: ObjectIx) -> bool {
        self.tree.is_reachable(node(object))
    }

    /// The immediate dominator; `None` for what only the super-root dominates, and for unreachable objects.
    pub fn dominator(&self, of: ObjectIx) -> Option<ObjectIx> {
        match self.tree.immediate_dominator(node(of)) {
            Dominator::Node(dominator) => Some(object(dominator)),
            Dominator::SuperRoot | Dominator::Unreachable => None,
        }
    }

    /// Strong references of the object.
    pub fn n_referents(&self, object: ObjectIx) -> usize {
        self.graph.out(node(object)).len()
    }

    /// Strong references to the object, from anywhere.
    pub fn n_referrers(&self, object: ObjectIx) -> usize {
        self.graph.incoming(node(object)).len()
    }

    /// Bytes of all objects.
    pub fn total_size(&self) -> u64 {
        self.total_size
    }

    pub(crate) fn graph(&self) -> &HeapGraph {
        &self.graph
    }

    pub(crate) fn dominator_tree(&self) -> &DominatorTree {
        &self.tree
    }

    pub(crate) fn cheapest_tree(&self) -> &CheapestTree {
        &self.cheapest
    }

    /// Cost of the graph's edge at this position.
    pub(crate) fn edge_cost(&self, edge: usize) -> u8 {
        self.edge_costs[edge]
    }

    /// Cost of one strong reference. O(references of its object).
    pub(crate) fn reference_cost(&self, reference: &Reference) -> u32 {
        let edges = self.graph.out_edges(node(reference.from));
        let nth = self.strong_references(reference.from).position(|known| known == *reference);
        nth.map_or(0, |nth| u32::from(self.edge_costs[edges.start + nth]))
    }

    /// Patterns of all best paths; computed when first asked for.
    pub(crate) fn pattern_tree(&self) -> &PatternTree {
        self.patterns.get_or_init(|| PatternTree::new(self))
    }

    pub(crate) fn modules(&self) -> &FxHashMap<String, ObjectIx> {
        self.modules
            .get_or_init(|| self.modules_by_name().map(|(name, module)| (name.to_owned(), module)).collect())
    }

    pub(crate) fn main_globals(&self) -> &FxHashMap<String, ObjectIx> {
        self.main_globals.get_or_init(|| {
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

    pub(crate) fn root_nodes(&self) -> Vec<NodeIx> {
        self.roots.iter().map(|root| node(root.object)).collect()
    }
}

/// The graph of strong references to objects in the file, in file order, and the cost of each.
fn graph(snapshot: &Snapshot) -> (HeapGraph, Vec<u8>) {
    let costs = EdgeCosts::new(snapshot);
    let n_objects = snapshot.n_objects();
    let parts: Vec<(Vec<u32>, Vec<u32>, Vec<u8>)> = (0..n_objects.div_ceil(TASK))
        .into_par_iter()
        .map(|task| {
            let (mut degrees, mut targets, mut edge_costs) =
                (Vec::with_capacity(TASK), Vec::new(), Vec::new());
            for index in task * TASK..n_objects.min((task + 1) * TASK) {
                let before = targets.len();
                for edge in snapshot.edges(ObjectIx::new(index as u32)) {
                    if edge.kind.is_strong()
                        && let Some(target) = snapshot.find(edge.target)
                    {
                        targets.push(target.get());
                        edge_costs.push(costs.of(&edge, target));
                    }
                }
                degrees.push((targets.len() - before) as u32);
            }
            (degrees, targets, edge_costs)
        })
        .collect();
    let n_edges = parts.iter().map(|(_, targets, _)| targets.len()).sum();
    let mut offsets = Vec::with_capacity(n_objects + 1);
    let mut targets = Vec::with_capacity(n_edges);
    let mut edge_costs = Vec::with_capacity(n_edges);
    offsets.push(0);
    let mut end = 0u64;
    for (degrees, part_targets, part_costs) in parts {
        offsets.extend(degrees.iter().map(|degree| {
            end += u64::from(*degree);
            end
        }));
        targets.extend(part_targets);
        edge_costs.extend(part_costs);
    }
    (HeapGraph::from_csr(offsets, targets), edge_costs)
}
