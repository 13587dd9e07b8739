//! Roots of an open heap: those of the file, and what is held from C.

use heapview_graph::{Cancel, HeapGraph, NodeIx, NodeSet, extend_reachable};
use heapview_snapshot::{ObjectIx, Origin, RootKind, Snapshot};

/// Why a root lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HeapRootKind {
    /// Named by the dumper.
    Named(RootKind),
    /// Its reference count exceeds the references found by this many: something in C holds it.
    Unexplained { n_references: u32 },
}

/// One root of the heap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeapRoot {
    pub kind: HeapRootKind,
    pub object: ObjectIx,
    /// Key in `sys.modules`, `function() at file:line`, or what the kind needs; may be empty.
    pub label: String,
    /// Thread of a frame; empty otherwise.
    pub thread: String,
    /// Whose code a module is or a frame runs; unknown for all else.
    pub origin: Origin,
}

impl HeapRoot {
    /// A root of which nothing is known.
    pub(crate) fn unknown(object: ObjectIx) -> Self {
        let kind = HeapRootKind::Unexplained { n_references: 0 };
        Self { kind, object, label: String::new(), thread: String::new(), origin: Origin::Unknown }
    }
}

/// All roots: the file's first; then, of what these do not reach, suspended greenlets, immortal objects and objects
/// with more references than the file explains, each with all it reaches before the next is looked at.
pub(crate) fn heap_roots(snapshot: &Snapshot, graph: &HeapGraph, cancel: &Cancel) -> Vec<HeapRoot> {
    let mut roots = named_roots(snapshot);
    let nobody = NodeSet::new(graph.n_nodes());
    let mut reached = NodeSet::new(graph.n_nodes());
    let nodes: Vec<NodeIx> = roots.iter().map(|root| node(root.object)).collect();
    extend_reachable(graph, &mut reached, &nodes, &nobody, cancel);
    let n_unexplained = |object: ObjectIx| {
        let n_found = u32::try_from(graph.n_incoming(node(object))).unwrap_or(u32::MAX);
        snapshot.refcount(object).saturating_sub(n_found)
    };
    // Those that somebody in C holds first: others may hang on them.
    let mut greenlets = greenlets(snapshot);
    greenlets.sort_by_key(|root| n_unexplained(root.object) == 0);
    for root in greenlets {
        if !reached.contains(node(root.object)) {
            extend_reachable(graph, &mut reached, &[node(root.object)], &nobody, cancel);
            roots.push(root);
        }
    }
    for object in (0..graph.n_nodes() as u32).map(ObjectIx::new) {
        cancel.check_in(object.index());
        if reached.contains(node(object)) || snapshot.flags(object).is_synthetic() {
            continue;
        }
        let n_references = n_unexplained(object);
        let kind = if snapshot.flags(object).is_immortal() {
            HeapRootKind::Named(RootKind::Immortal)
        } else if n_references > 0 {
            HeapRootKind::Unexplained { n_references }
        } else {
            continue;
        };
        roots.push(HeapRoot {
            kind,
            object,
            label: String::new(),
            thread: String::new(),
            origin: Origin::Unknown,
        });
        extend_reachable(graph, &mut reached, &[node(object)], &nobody, cancel);
    }
    roots
}

/// The roots that the file names, without those that are roots under a condition.
pub(crate) fn named_roots(snapshot: &Snapshot) -> Vec<HeapRoot> {
    roots_of_file(snapshot, |kind| kind != RootKind::Greenlet)
}

/// Suspended greenlets, which no collection takes: each is a root if nothing else reaches it.
pub(crate) fn greenlets(snapshot: &Snapshot) -> Vec<HeapRoot> {
    roots_of_file(snapshot, |kind| kind == RootKind::Greenlet)
}

fn roots_of_file(snapshot: &Snapshot, is_wanted: impl Fn(RootKind) -> bool) -> Vec<HeapRoot> {
    let known = snapshot.roots().iter().filter(|root| is_wanted(root.kind)).filter_map(|root| {
        Some(HeapRoot {
            kind: HeapRootKind::Named(root.kind),
            object: snapshot.find(root.object)?,
            label: snapshot.string(root.label).to_owned(),
            thread: snapshot.string(root.thread).to_owned(),
            origin: root.origin,
        })
    });
    known.collect()
}

/// Objects and nodes have the same positions.
pub(crate) fn node(object: ObjectIx) -> NodeIx {
    NodeIx::new(object.get())
}

pub(crate) fn object(node: NodeIx) -> ObjectIx {
    ObjectIx::new(node.get())
}
