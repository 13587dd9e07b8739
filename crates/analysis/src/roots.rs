//! Roots of an open heap: those of the file, and what is held from C.

use heapview_graph::{Cancel, HeapGraph, NodeIx, NodeSet, extend_reachable};
use heapview_snapshot::{ObjectIx, Origin, RootKind, Snapshot};

use crate::location::place;

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
    /// Key in `sys.modules`, of a frame [`SourcePlace::label`], or what the kind needs; may be empty.
    pub label: String,
    /// The thread that holds it, if one does.
    pub thread: Option<HeapThread>,
    /// The file of a module; empty otherwise, and where it has none.
    pub file: String,
    /// Whose code a module is or a frame runs; unknown for all else.
    pub origin: Origin,
}

/// A thread of the process.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct HeapThread {
    /// `threading.get_ident()` in it.
    pub ident: u64,
    /// `threading`'s name of it; empty where that is not known.
    pub name: String,
}

impl HeapRoot {
    /// A root of which nothing is known.
    pub(crate) fn unknown(object: ObjectIx) -> Self {
        Self::of_kind(HeapRootKind::Unexplained { n_references: 0 }, object)
    }

    /// A root of which no more is known.
    fn of_kind(kind: HeapRootKind, object: ObjectIx) -> Self {
        let (label, file) = (String::new(), String::new());
        Self { kind, object, label, thread: None, file, origin: Origin::Unknown }
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
        roots.push(HeapRoot::of_kind(kind, object));
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
        let object = snapshot.find(root.object)?;
        let label = match snapshot.location(object).filter(|_| root.kind == RootKind::Frame) {
            Some(location) => place(snapshot, object, location).label(),
            None => snapshot.string(root.label).to_owned(),
        };
        Some(HeapRoot {
            kind: HeapRootKind::Named(root.kind),
            object,
            label,
            thread: root.thread.map(|thread| HeapThread {
                ident: thread.ident,
                name: snapshot.string(thread.name).to_owned(),
            }),
            file: snapshot.string(root.file).to_owned(),
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
