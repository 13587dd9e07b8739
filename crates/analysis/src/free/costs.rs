//! What it costs a person to cut a reference: the less one can act on it, and the more goes along, the more.

use heapview_graph::{NodeIx, PathEdge, UNCUTTABLE};
use heapview_snapshot::{EdgeKind, ObjectIx, RootKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;

use crate::heap::Heap;
use crate::reference::{Label, Reference};
use crate::roots::{HeapRootKind, node, object};

/// Any reference that is cut; two of them cost more than one that is a little harder.
const EACH: u64 = 16;
/// For each doubling of the bytes that go along.
const ALONG: u64 = 8;
/// For each doubling of the references that go along: a container is not given up for a few of its elements.
const ALONG_REFERENCES: u64 = 32;
/// A generator that is closed, an entry of a cache that goes with all others, a cell that is emptied.
const ODD: u64 = 60;
/// A function or a class, without which the program is not the same.
const DEFINITION: u64 = 30;
/// What can be said in words only: an entry without a literal key, a local variable of a running function.
const WORDS: u64 = 5_000;
/// A root that would have to let go.
const ROOT: u64 = 1_000_000;

pub(super) struct Costs<'a> {
    heap: &'a Heap,
    wanted: FxHashSet<ObjectIx>,
    wanted_size: u64,
    modules: FxHashSet<ObjectIx>,
    module_dicts: FxHashSet<ObjectIx>,
    frames: FxHashSet<ObjectIx>,
    /// References found to have no code.
    avoided: FxHashSet<usize>,
    known: RefCell<FxHashMap<usize, u64>>,
}

impl<'a> Costs<'a> {
    pub fn new(heap: &'a Heap, wanted: &[ObjectIx], wanted_size: u64) -> Self {
        let modules: FxHashSet<ObjectIx> = heap.modules_by_name().map(|(_, module)| module).collect();
        let mut module_dicts: FxHashSet<ObjectIx> =
            modules.iter().filter_map(|module| heap.attribute_dict(*module)).collect();
        let of_kind =
            |kind: RootKind| heap.roots().iter().filter(move |root| root.kind == HeapRootKind::Named(kind));
        module_dicts.extend(
            of_kind(RootKind::Interpreter).filter(|root| root.label == "sys.modules").map(|root| root.object),
        );
        Self {
            heap,
            wanted: wanted.iter().copied().collect(),
            wanted_size,
            modules,
            module_dicts,
            frames: of_kind(RootKind::Frame).map(|root| root.object).collect(),
            avoided: FxHashSet::default(),
            known: RefCell::default(),
        }
    }

    /// From now on the reference counts as one for which there are only words; false if it did already.
    pub fn avoid(&mut self, edge: PathEdge) -> bool {
        let is_new = self.of_edge(edge) < WORDS && self.avoided.insert(edge.edge);
        if is_new {
            self.known.borrow_mut().insert(edge.edge, WORDS);
        }
        is_new
    }

    /// 0 for what is no root.
    pub fn of_root(&self, at: NodeIx) -> u64 {
        match self.heap.root_of(object(at)).map(|root| root.kind) {
            None => 0,
            // These let go some day: functions return, handlers run, C code finishes.
            Some(
                HeapRootKind::Unexplained { .. }
                | HeapRootKind::Named(RootKind::Frame | RootKind::GcGarbage | RootKind::Atexit),
            ) => ROOT,
            Some(HeapRootKind::Named(_)) => UNCUTTABLE,
        }
    }

    pub fn of_edge(&self, edge: PathEdge) -> u64 {
        if let Some(cost) = self.known.borrow().get(&edge.edge) {
            return *cost;
        }
        let cost = self.heap.reference_of_edge(edge).map_or(UNCUTTABLE, |(reference, on_path)| {
            let cost = self.of_reference(&reference);
            if cost >= UNCUTTABLE {
                return UNCUTTABLE;
            }
            // Goes with `cache_clear()`, which the reference to the cache's dict has paid for.
            if self.name(&reference) == "link" && is_lru_cache(self.heap, reference.from) {
                return 1;
            }
            EACH + cost + u64::from(on_path) + self.along(reference.to)
        });
        self.known.borrow_mut().insert(edge.edge, cost);
        cost
    }

    /// What is taken along besides the objects wanted.
    fn along(&self, referent: ObjectIx) -> u64 {
        if self.wanted.contains(&referent) {
            return 0;
        }
        let heap = self.heap;
        let times = heap.retained_size(referent) / self.wanted_size.max(1);
        let n_held = heap
            .n_referents(referent)
            .max(heap.attribute_dict(referent).map_or(0, |dict| heap.n_referents(dict)))
            as u64;
        ALONG * u64::from((times + 1).ilog2()) + ALONG_REFERENCES * u64::from((n_held + 1).ilog2())
    }

    fn of_reference(&self, reference: &Reference) -> u64 {
        let heap = self.heap;
        let from = reference.from;
        match reference.kind {
            _ if self.modules.contains(&reference.to) && !self.wanted.contains(&reference.to) => UNCUTTABLE,
            EdgeKind::DictValue | EdgeKind::DictKey if self.is_machinery(from, reference) => UNCUTTABLE,
            EdgeKind::DictKey | EdgeKind::SetMember => ODD,
            EdgeKind::Item if heap.is_exactly(from, "tuple") => UNCUTTABLE,
            EdgeKind::Attribute | EdgeKind::DictValue | EdgeKind::Item
                if self.is_definition(reference.to) =>
            {
                DEFINITION
            }
            EdgeKind::Attribute | EdgeKind::DictValue | EdgeKind::Item => 0,
            EdgeKind::Slot => match self.name(reference) {
                "__traceback__" | "__cause__" | "__context__" => 0,
                "__defaults__" | "__kwdefaults__" | "cell_contents" => ODD,
                name if heap.slot_is_of_python_class(from, name) => 0,
                _ => UNCUTTABLE,
            },
            EdgeKind::Local | EdgeKind::Stack if self.frames.contains(&from) => WORDS,
            EdgeKind::Local if heap.is_exactly(from, "generator") => ODD,
            EdgeKind::Local if matches!(heap.type_name(from), "coroutine" | "async_generator") => WORDS,
            // `cache_clear()` cuts both.
            EdgeKind::Internal
                if is_lru_cache(heap, from) && matches!(self.name(reference), "cache" | "link") =>
            {
                0
            }
            _ => UNCUTTABLE,
        }
    }

    /// Entries of a module that are not the user's, modules in `sys.modules`, and the dict inside an `lru_cache`.
    fn is_machinery(&self, dict: ObjectIx, entry: &Reference) -> bool {
        let heap = self.heap;
        if !self.module_dicts.contains(&dict) {
            let mut holders = heap.graph().incoming(node(dict)).iter();
            return holders.next().is_some_and(|holder| is_lru_cache(heap, object(NodeIx::new(*holder))));
        }
        let Label::Key(key) = entry.label else { return true };
        let is_dunder = |name: &str| name.len() > 4 && name.starts_with("__") && name.ends_with("__");
        heap.exact_text(key).is_none_or(is_dunder)
    }

    fn is_definition(&self, of: ObjectIx) -> bool {
        let is_code =
            self.heap.is_exactly(of, "function") || is_lru_cache(self.heap, of) || self.heap.is_type(of);
        is_code && !self.wanted.contains(&of)
    }

    fn name(&self, reference: &Reference) -> &str {
        match reference.label {
            Label::Name(name) => self.heap.snapshot().string(name),
            _ => "",
        }
    }
}

fn is_lru_cache(heap: &Heap, of: ObjectIx) -> bool {
    heap.type_name(of) == "functools._lru_cache_wrapper"
}

impl Heap {
    /// The strong reference that the graph's edge stands for, and its cost on a path.
    pub(crate) fn reference_of_edge(&self, edge: PathEdge) -> Option<(Reference, u32)> {
        let nth = edge.edge.checked_sub(self.graph().out_edges(edge.from).start)?;
        self.costed_reference(object(edge.from), nth)
    }

    /// Whether `name` is one of the `__slots__` of a class written in Python, which can be assigned.
    pub(crate) fn slot_is_of_python_class(&self, of: ObjectIx, name: &str) -> bool {
        self.slot_is_plain(of, name)
            && self.class_attribute(of, name).flatten().is_some_and(|found| {
                self.is_exactly(found.value, "member_descriptor")
                    && self
                        .attribute_dict(found.class)
                        .is_some_and(|dict| self.dict_value(dict, "__slots__").is_some())
            })
    }
}
