//! What may be cut from outside by a line of Python, what only in words, and what not at all.
//!
//! A line cuts where the program itself would cut: it takes elements out of the user's own containers, deletes a
//! name of the session, empties caches and finished frames by their own methods. It never rebinds a name of a module,
//! and never touches a class, a function, a closure, or anything that a library's object or module holds.

use heapview_snapshot::{EdgeKind, ObjectIx, RootKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;

use super::along::Along;
use super::endings::Endings;
use super::ownership::{Container, Ownership};
use super::pointers::Pointers;
use super::results;
use super::weak;
use crate::heap::Heap;
use crate::readers::Reading;
use crate::reference::{Label, Reference};
use crate::roots::{HeapRootKind, greenlets, node, object};

/// How a reference can be cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ease {
    /// By a line; what that costs besides what each cut does.
    Line(u64),
    /// A person may find a way.
    Words,
    Never,
}

/// An exception that loses its traceback, members of a set.
const ODD: u64 = 60;
/// The locals of a frame that has finished.
const FRAME: u64 = 4;

/// Names by which code comes to the variables of finished frames.
const FRAME_READERS: [&str; 4] = ["tb_frame", "f_locals", "walk_tb", "getinnerframes"];
/// Names by which code comes to where an exception was raised, or to what it was raised for.
const REPORTS: [&str; 9] = [
    "__traceback__",
    "__cause__",
    "__context__",
    "format_exception",
    "print_exception",
    "TracebackException",
    "format_tb",
    "print_tb",
    "extract_tb",
];

pub(super) struct Eases<'a> {
    heap: &'a Heap,
    pub ownership: Ownership<'a>,
    wanted: FxHashSet<ObjectIx>,
    modules: FxHashSet<ObjectIx>,
    module_table: Option<ObjectIx>,
    garbage: Option<ObjectIx>,
    frames: FxHashSet<ObjectIx>,
    greenlets: FxHashSet<ObjectIx>,
    /// These, and what dominates one of them.
    keepers: FxHashSet<ObjectIx>,
    /// What code reads through weak references, and what goes only together with one of these.
    counted_on: FxHashSet<ObjectIx>,
    endings: Endings<'a>,
    pointers: Pointers<'a>,
    places: RefCell<FxHashMap<ObjectIx, Option<Ease>>>,
    along: RefCell<Option<Along>>,
}

impl<'a> Eases<'a> {
    pub(super) fn new(heap: &'a Heap, wanted: &[ObjectIx]) -> Self {
        let of_kind =
            |kind: RootKind| heap.roots().iter().filter(move |root| root.kind == HeapRootKind::Named(kind));
        let module_table = of_kind(RootKind::Interpreter).find(|root| root.label == "sys.modules");
        let greenlets: FxHashSet<ObjectIx> =
            greenlets(heap.snapshot()).into_iter().map(|root| root.object).collect();
        let at_work: FxHashSet<ObjectIx> = greenlets.iter().copied().chain(pending_tasks(heap)).collect();
        let ownership = Ownership::new(heap);
        let weak = weak::weak_references(heap);
        Self {
            heap,
            counted_on: weak::counted_on(heap, &ownership, &weak),
            endings: Endings::new(heap, &ownership, &weak),
            pointers: Pointers::new(heap, &ownership),
            ownership,
            wanted: wanted.iter().copied().collect(),
            modules: heap.modules_by_name().map(|(_, module)| module).collect(),
            module_table: module_table.map(|root| root.object),
            garbage: of_kind(RootKind::GcGarbage).map(|root| root.object).next(),
            frames: of_kind(RootKind::Frame).map(|root| root.object).collect(),
            keepers: keepers(heap, &at_work),
            greenlets,
            places: RefCell::default(),
            along: RefCell::default(),
        }
    }

    pub(super) fn is_wanted(&self, object: ObjectIx) -> bool {
        self.wanted.contains(&object)
    }

    /// Whether it is a suspended greenlet.
    pub(super) fn is_greenlet(&self, object: ObjectIx) -> bool {
        self.greenlets.contains(&object)
    }

    /// Whether something goes with the object that is still needed: a suspended greenlet or a pending task, which
    /// would end in the middle of its work, or what code reads through a weak reference.
    fn is_needed(&self, object: ObjectIx) -> bool {
        self.keepers.contains(&object)
            || self.is_read_weakly(object)
            || self.is_known_to_c(object)
            || self.has_effects(object)
    }

    /// Whether something elsewhere changes when the object goes, such as a file on the disk.
    pub(super) fn has_effects(&self, object: ObjectIx) -> bool {
        self.endings.has_effects(&self.ownership, object)
    }

    /// Whether C code may have the object's address, which keeps nothing alive.
    pub(super) fn is_known_to_c(&self, object: ObjectIx) -> bool {
        self.pointers.may_lead_to(object)
    }

    /// Whether the user's code reads it, or something that goes with it, through a weak reference.
    pub(super) fn is_read_weakly(&self, object: ObjectIx) -> bool {
        self.counted_on.contains(&object)
    }

    /// Whether it is the list `gc.garbage`.
    pub(super) fn is_garbage_list(&self, object: ObjectIx) -> bool {
        self.garbage == Some(object)
    }

    /// Of a place, whose elements go by one line or one sentence: a container that holds no names.
    pub(super) fn of_place(&self, holder: ObjectIx) -> Option<Ease> {
        if let Some(known) = self.places.borrow().get(&holder) {
            return *known;
        }
        let ease = self.place(holder);
        self.places.borrow_mut().insert(holder, ease);
        ease
    }

    fn place(&self, holder: ObjectIx) -> Option<Ease> {
        let heap = self.heap;
        let container = self.ownership.container(holder)?;
        if self.is_garbage_list(holder) {
            return Some(Ease::Line(0));
        }
        if self.module_table == Some(holder) {
            return Some(Ease::Never);
        }
        let is_namespace = self.ownership.namespace(holder).is_some()
            || self.ownership.is_session(holder)
            || heap.owner_of_dict(holder).is_some()
            || self.frame_of_locals(holder).is_some();
        if is_namespace {
            return None;
        }
        if self.is_in_lru_cache(holder) {
            return Some(Ease::Never);
        }
        let mut elements = heap.strong_references(holder).filter(|element| element.kind != EdgeKind::Type);
        if elements.any(|element| self.is_needed(element.to)) {
            return Some(Ease::Words);
        }
        if !self.ownership.container_is_users(holder) {
            return Some(Ease::Words);
        }
        if matches!(self.ownership.reading(holder), Reading::Somebody(_)) {
            return Some(Ease::Words);
        }
        Some(Ease::Line(if container == Container::Set { ODD / 2 } else { 0 }))
    }

    /// Of a reference whose holder is no place.
    pub(super) fn of_reference(&self, reference: &Reference) -> Ease {
        let heap = self.heap;
        let from = reference.from;
        if self.modules.contains(&reference.to) && !self.is_wanted(reference.to) {
            return Ease::Never;
        }
        if self.is_needed(reference.to) {
            return Ease::Words;
        }
        match reference.kind {
            EdgeKind::DictKey | EdgeKind::DictValue => self.of_entry(from, reference),
            EdgeKind::Attribute | EdgeKind::Slot => self.of_attribute(from, reference),
            EdgeKind::Local | EdgeKind::Stack if self.is_over(from) => Ease::Line(FRAME),
            EdgeKind::Local | EdgeKind::Stack => Ease::Words,
            EdgeKind::Internal
                if is_lru_cache(heap, from) && matches!(self.name(reference), "cache" | "link") =>
            {
                match results::reading(heap, &self.ownership, from) {
                    Reading::Somebody(_) => Ease::Words,
                    Reading::Nobody | Reading::Again => Ease::Line(0),
                }
            }
            _ => Ease::Never,
        }
    }

    fn of_entry(&self, dict: ObjectIx, entry: &Reference) -> Ease {
        let heap = self.heap;
        let Label::Key(key) = entry.label else { return Ease::Never };
        let name = heap.exact_text(key);
        if let Some((module, _)) = self.ownership.namespace(dict) {
            let Some(name) = name.filter(|name| !is_dunder(name)) else { return Ease::Never };
            return match module {
                "__main__" if self.ownership.is_session(dict) && is_session_name(name) => Ease::Line(0),
                "__main__" if self.is_definition(entry.to) => Ease::Words,
                "__main__" if !self.ownership.is_mentioned_in_main(name) => Ease::Line(0),
                _ => Ease::Words,
            };
        }
        if self.ownership.is_session(dict) {
            return Ease::Line(0);
        }
        if self.frame_of_locals(dict).is_some_and(|frame| self.is_over(frame)) {
            return Ease::Line(FRAME);
        }
        match (heap.owner_of_dict(dict), name) {
            (Some(owner), Some(name)) if heap.is_type(owner) || heap.is_exactly(owner, "function") => {
                if is_dunder(name) {
                    Ease::Never
                } else {
                    Ease::Words
                }
            }
            (Some(owner), Some(_)) => self.of_instance(owner),
            _ => Ease::Words,
        }
    }

    fn of_attribute(&self, holder: ObjectIx, reference: &Reference) -> Ease {
        let heap = self.heap;
        let name = self.name(reference);
        match name {
            "__traceback__" | "__cause__" | "__context__" if self.mentions_any(&REPORTS) => {
                return Ease::Words;
            }
            "__traceback__" | "__cause__" | "__context__" => return Ease::Line(ODD),
            _ if is_dunder(name) || heap.is_type(holder) => return Ease::Never,
            _ => {}
        }
        if reference.kind == EdgeKind::Slot && !heap.slot_is_of_python_class(holder, name) {
            return Ease::Never;
        }
        self.of_instance(holder)
    }

    /// Of an attribute of an instance.
    fn of_instance(&self, owner: ObjectIx) -> Ease {
        if self.ownership.is_session(owner) {
            return Ease::Line(0);
        }
        // That others live with `None` there does not say that this one does.
        Ease::Words
    }

    /// Functions, classes and modules, without which the program is not the same.
    pub(super) fn is_definition(&self, of: ObjectIx) -> bool {
        let heap = self.heap;
        heap.is_exactly(of, "function")
            || heap.is_exactly(of, "module")
            || heap.is_type(of)
            || is_lru_cache(heap, of)
    }

    /// A frame object that a generator, a coroutine or a greenlet goes on with.
    pub(super) fn is_suspended_frame(&self, frame: ObjectIx) -> bool {
        !self.frames.contains(&frame) && !self.is_finished_frame(frame)
    }

    /// Whether an object that was not asked about may go with what was: not if it keeps much more, and not if it is one
    /// of a kind, which the program can hardly do without.
    pub(super) fn may_go_along(&self, object: ObjectIx) -> bool {
        if self.is_wanted(object) {
            return true;
        }
        let mut along = self.along.borrow_mut();
        along.get_or_insert_with(|| Along::new(self.heap, &self.wanted)).may_go(self.heap, object)
    }

    /// Whether nobody goes on with the frame, nor looks at its variables.
    fn is_over(&self, frame: ObjectIx) -> bool {
        self.is_finished_frame(frame) && !self.mentions_any(&FRAME_READERS)
    }

    fn mentions_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.ownership.is_mentioned(name))
    }

    /// A frame object that no thread runs and no generator or suspended greenlet owns.
    pub(super) fn is_finished_frame(&self, frame: ObjectIx) -> bool {
        let heap = self.heap;
        let is_owned = |holder| {
            let holder = object(holder);
            matches!(heap.type_name(holder), "generator" | "coroutine" | "async_generator")
                || self.is_greenlet(holder)
        };
        heap.type_name(frame) == "frame"
            && !self.frames.contains(&frame)
            && !heap.graph().incoming(node(frame)).any(is_owned)
    }

    /// The frame object whose variables the dict is a copy of: `frame.f_locals` up to 3.12.
    pub(super) fn frame_of_locals(&self, dict: ObjectIx) -> Option<ObjectIx> {
        let heap = self.heap;
        if heap.type_name(dict) != "dict" || self.ownership.namespace(dict).is_some() {
            return None;
        }
        let mut holders = heap.graph().incoming(node(dict)).map(object);
        holders.find(|holder| {
            heap.type_name(*holder) == "frame"
                && heap.named_referent(*holder, EdgeKind::Internal, "f_locals") == Some(dict)
        })
    }

    fn is_in_lru_cache(&self, dict: ObjectIx) -> bool {
        let mut holders = self.heap.graph().incoming(node(dict));
        holders.next().is_some_and(|holder| is_lru_cache(self.heap, object(holder)))
    }

    fn name(&self, reference: &Reference) -> &'a str {
        match reference.label {
            Label::Name(name) => self.heap.snapshot().string(name),
            _ => "",
        }
    }
}

/// Tasks of asyncio whose coroutine waits: the loop knows them weakly.
fn pending_tasks(heap: &Heap) -> impl Iterator<Item = ObjectIx> + '_ {
    let is_task = |object: &ObjectIx| {
        heap.type_name(*object) == "_asyncio.Task" || heap.type_name(*object) == "asyncio.tasks.Task"
    };
    let waits = |coroutine: ObjectIx| {
        matches!(heap.type_name(coroutine), "coroutine" | "generator" | "async_generator")
            && heap.references(coroutine).any(|one| {
                // Up to 3.10 it has a frame object as long as it waits.
                matches!(one.kind, EdgeKind::Local | EdgeKind::Stack) || heap.type_name(one.to) == "frame"
            })
    };
    heap.objects().filter(is_task).filter(move |task| heap.references(*task).any(|held| waits(held.to)))
}

/// The objects, and all that dominate one of them. O(objects that dominate).
fn keepers(heap: &Heap, of: &FxHashSet<ObjectIx>) -> FxHashSet<ObjectIx> {
    let mut keepers = of.clone();
    for object in of {
        let mut at = heap.dominator(*object);
        while let Some(keeper) = at.filter(|keeper| keepers.insert(*keeper)) {
            at = heap.dominator(keeper);
        }
    }
    keepers
}

pub(super) fn is_lru_cache(heap: &Heap, of: ObjectIx) -> bool {
    heap.type_name(of) == "functools._lru_cache_wrapper"
}

fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// `_`, `__`, `___` and `_5`: what IPython gives the values of cells.
fn is_session_name(name: &str) -> bool {
    name.bytes().all(|byte| byte == b'_')
        || name.strip_prefix('_').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Heap {
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
