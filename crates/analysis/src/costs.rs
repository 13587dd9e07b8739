//! How well a person can act on a root or a reference: the lower the cost, the better.
//!
//! A path's cost is its root's plus its references'; the cheapest path is the one shown. `Out[5]` costs 2 and so
//! comes before `_5`, which is private, and before anything that leads through `__globals__` or a type's caches.

use heapview_graph::NodeSet;
use heapview_snapshot::{Edge, EdgeKind, ObjectIx, Origin, Root, RootKind, Snapshot};

use crate::roots::{HeapRoot, HeapRootKind, node};

const PRIVATE: u8 = 3;
/// More than any module costs as a root: a module is named by its own name, not by who imported it.
const TO_MODULE: u8 = 40;

/// Cost of starting at a root.
pub(crate) fn root_cost(root: &HeapRoot) -> u8 {
    match root.kind {
        HeapRootKind::Named(RootKind::Module) if root.label == "__main__" => 0,
        // Inside a library nobody can let go of a variable: any name of the user's own is better, however deep.
        HeapRootKind::Named(RootKind::Frame) => match root.origin {
            Origin::User | Origin::Unknown => 10,
            Origin::Installed => 60,
            Origin::StandardLibrary | Origin::Builtin => 64,
        },
        HeapRootKind::Named(RootKind::Module) if root.label.starts_with('_') => 20,
        HeapRootKind::Named(RootKind::Module) => 12,
        HeapRootKind::Named(RootKind::Builtin) => 25,
        HeapRootKind::Named(RootKind::Greenlet) => 50,
        // A module of another interpreter.
        HeapRootKind::Named(RootKind::OtherModule) => 14,
        HeapRootKind::Named(RootKind::GcGarbage | RootKind::Atexit) => 90,
        HeapRootKind::Named(RootKind::StaticType) => 100,
        HeapRootKind::Named(RootKind::Interpreter) => 120,
        HeapRootKind::Named(RootKind::Immortal) => 150,
        HeapRootKind::Unexplained { .. } => 200,
    }
}

/// Costs of references, with those that depend on names looked up once per name.
#[derive(Debug)]
pub(crate) struct EdgeCosts {
    of_name: Vec<u8>,
    of_internal: Vec<u8>,
    modules: NodeSet,
}

impl EdgeCosts {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let is_module = |root: &&Root| matches!(root.kind, RootKind::Module | RootKind::Builtin);
        let mut modules = NodeSet::new(snapshot.n_objects());
        for root in snapshot.roots().iter().filter(is_module) {
            if let Some(module) = snapshot.find(root.object) {
                modules.insert(node(module));
            }
        }
        Self {
            of_name: snapshot.strings().map(name_cost).collect(),
            of_internal: snapshot.strings().map(internal_cost).collect(),
            modules,
        }
    }

    /// Cost of a reference to `target`.
    pub(crate) fn of(&self, edge: &Edge, target: ObjectIx) -> u8 {
        if self.modules.contains(node(target)) { TO_MODULE } else { self.of_kind(edge) }
    }

    fn of_kind(&self, edge: &Edge) -> u8 {
        match edge.kind {
            EdgeKind::InstanceDict => 0,
            EdgeKind::DictValue if edge.label & Edge::PRIVATE_KEY != 0 => 1 + PRIVATE,
            EdgeKind::DictValue | EdgeKind::Item | EdgeKind::Local | EdgeKind::Buffer => 1,
            EdgeKind::Attribute | EdgeKind::Slot => {
                edge.label_ix().and_then(|label| self.of_name.get(label.index()).copied()).unwrap_or(1)
            }
            EdgeKind::SetMember => 2,
            EdgeKind::Stack => 4,
            EdgeKind::DictKey => 6,
            EdgeKind::Internal => {
                edge.label_ix().and_then(|label| self.of_internal.get(label.index()).copied()).unwrap_or(10)
            }
            EdgeKind::Unnamed | EdgeKind::Weak => 10,
            EdgeKind::Type => 12,
        }
    }
}

/// Fields without an expression: those that a person still thinks of as the thing itself are near.
fn internal_cost(name: &str) -> u8 {
    match name {
        "cache" | "result" | "variables" | "root" | "node" | "function" | "func_closure" => 2,
        "func_globals" | "f_globals" => 30,
        // The frames of a greenlet.
        _ if name.starts_with("greenlet '") => 2,
        _ => 10,
    }
}

fn name_cost(name: &str) -> u8 {
    match name {
        "__self__" | "__func__" | "__closure__" | "cell_contents" | "__wrapped__" | "__traceback__"
        | "tb_next" | "tb_frame" => 2,
        "__code__" | "__defaults__" | "__kwdefaults__" => 4,
        "__globals__" | "__builtins__" | "f_globals" | "f_builtins" | "f_back" => 30,
        "__mro__" | "__bases__" | "__base__" | "__objclass__" => 40,
        _ if name.starts_with("__") => 6,
        _ if name.starts_with('_') => 1 + PRIVATE,
        _ => 1,
    }
}
