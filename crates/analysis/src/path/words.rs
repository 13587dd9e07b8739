//! What has no Python in words: roots, and references. Words are written and found again by the same functions.

use std::borrow::Cow;

use heapview_snapshot::{EdgeKind, ObjectIx, RootKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::expr::{LOCAL, Part, Words, tame, tame_label};
use crate::heap::Heap;
use crate::literal::quoted;
use crate::lookups::{Special, special};
use crate::reference::{Label, Reference};
use crate::roots::{HeapRoot, HeapRootKind, HeapThread, node, object};

pub(super) const LRU_LINK: &str = "functools._lru_list_elem";
/// The link of an `lru_cache` itself, whose entry is the result in it.
pub(super) const LINK: &str = "link";
const CONTEXT_VARIABLE: &str = "contextvar ";
const FRAME_OF: &str = "frame of ";
const THREAD: &str = "thread ";
/// Objects looked through for one context variable, and tracebacks for one frame.
const MAX_LOOKED_AT: usize = 100_000;

/// Which root each words name, where they name one.
#[derive(Debug)]
pub(crate) struct Anchors(FxHashMap<String, ObjectIx>);

impl Anchors {
    /// O(roots).
    pub(crate) fn new(heap: &Heap) -> Self {
        let mut first = FxHashMap::default();
        for root in heap.roots().iter().filter(|root| may_be_named(root)) {
            // A path begins with the best of an object's roots.
            if heap.root_of(root.object) == Some(root) {
                first.entry(root_words(heap, root)).or_insert(root.object);
            }
        }
        Self(first)
    }
}

fn may_be_named(root: &HeapRoot) -> bool {
    matches!(
        root.kind,
        HeapRootKind::Named(
            RootKind::Frame
                | RootKind::StaticType
                | RootKind::Interpreter
                | RootKind::OtherModule
                | RootKind::GcGarbage
                | RootKind::Greenlet
        )
    )
}

/// The words for a root, which name it alone.
pub(super) fn words_of_root(heap: &Heap, root: &HeapRoot) -> Words {
    let text = root_words(heap, root);
    let is_alone = may_be_named(root) && heap.anchors().0.get(&text) == Some(&root.object);
    Words { text: text.into(), id: (!is_alone).then_some(root.object) }
}

/// The words for all roots like this one.
pub(super) fn root_words(heap: &Heap, root: &HeapRoot) -> String {
    let type_name = || tame(heap.type_name(root.object));
    let label = || if root.label.is_empty() { type_name() } else { tame_label(&root.label) };
    let mut words = match root.kind {
        HeapRootKind::Unexplained { .. } => format!("held from C: {}", type_name()),
        HeapRootKind::Named(RootKind::Frame | RootKind::GcGarbage) => label().into_owned(),
        HeapRootKind::Named(RootKind::Module | RootKind::Builtin) => format!("module {}", label()),
        HeapRootKind::Named(RootKind::StaticType) => format!("static type {}", label()),
        HeapRootKind::Named(RootKind::Immortal) => format!("immortal {}", type_name()),
        HeapRootKind::Named(RootKind::Atexit) => format!("atexit {}", label()),
        HeapRootKind::Named(RootKind::Greenlet) => format!("suspended greenlet {}", label()),
        HeapRootKind::Named(RootKind::Interpreter | RootKind::OtherModule) => {
            format!("interpreter {}", label())
        }
    };
    if let Some(thread) = &root.thread {
        words.extend([", ", &words_of_thread(thread)]);
    }
    words
}

/// The root that words name.
pub(super) fn root_called(heap: &Heap, words: &Words) -> Option<ObjectIx> {
    match words.id {
        None => heap.anchors().0.get(&*words.text).copied(),
        Some(id) if id.index() >= heap.n_objects() => None,
        Some(id) => {
            heap.root_of(id).filter(|root| root_words(heap, root) == *words.text).map(|root| root.object)
        }
    }
}

/// An object by its type, as the beginning of patterns that tell no more of it.
pub(crate) fn place_of_type(heap: &Heap, of: ObjectIx) -> Words {
    Words::of(tame(heap.type_name(of)))
}

/// What [`collection`] gives.
pub(super) const COLLECTIONS: [&str; 3] = ["keys", "members", "stack"];

/// What is told apart by a subscript of its own, as in `SESSIONS.<keys>['k']`.
pub(super) fn collection(kind: EdgeKind) -> Option<&'static str> {
    match kind {
        EdgeKind::DictKey => Some("keys"),
        EdgeKind::SetMember => Some("members"),
        EdgeKind::Stack => Some("stack"),
        _ => None,
    }
}

/// Words for one reference that needs no subscript.
fn words_of<'a>(heap: &'a Heap, reference: &Reference) -> Cow<'a, str> {
    let name = || name_of(heap, reference);
    match reference.kind {
        EdgeKind::InstanceDict => "__dict__".into(),
        EdgeKind::Type => "type".into(),
        EdgeKind::Local => format!("{LOCAL}{}", quoted(name())).into(),
        EdgeKind::Buffer => "data".into(),
        EdgeKind::Unnamed => match reference.label {
            Label::Offset(Some(word)) => format!("+{:#x}", u64::from(word) * 8).into(),
            _ => "unnamed".into(),
        },
        EdgeKind::Internal => tame_label(name()),
        EdgeKind::Attribute | EdgeKind::Slot | EdgeKind::Weak => tame(name()),
        EdgeKind::DictKey | EdgeKind::SetMember | EdgeKind::Stack | EdgeKind::Item | EdgeKind::DictValue => {
            collection(reference.kind).unwrap_or("item").into()
        }
    }
}

/// A step in words that need no subscript, which lead from its holder to its referent alone; in patterns to any.
pub(super) fn part_of_step(heap: &Heap, step: &Reference, is_pattern: bool) -> Part {
    let text = words_of(heap, step);
    let is_alone = is_pattern
        || called(heap, step.from, &Words::of(&*text)).next().is_some_and(|first| first.to == step.to);
    if is_alone && step.kind == EdgeKind::Local {
        return Part::Local(name_of(heap, step).into());
    }
    Part::words(Words { id: (!is_alone).then_some(step.to), text: text.into() })
}

/// The references of `holder` that the words name, in file order; after them what more than one step leads to.
pub(super) fn called<'a>(
    heap: &'a Heap,
    holder: ObjectIx,
    words: &'a Words,
) -> impl Iterator<Item = Reference> + 'a {
    let wanted = &*words.text;
    let may_be = |reference: &Reference| {
        !matches!(reference.kind, EdgeKind::Item | EdgeKind::DictValue)
            && collection(reference.kind).is_none()
    };
    let is_it = move |reference: &Reference| words.id.is_none_or(|id| id == reference.to);
    let one_step = heap
        .strong_references(holder)
        .filter(move |reference| may_be(reference) && is_it(reference))
        .filter(move |reference| words_of(heap, reference) == wanted);
    let several: Vec<Reference> = if wanted.starts_with(CONTEXT_VARIABLE) {
        variables(heap, holder)
            .filter(|entry| variable_words(heap, entry).as_deref() == Some(wanted))
            .collect()
    } else if wanted.starts_with(THREAD) {
        let dicts = heap.strong_references(holder).find(|step| is_into_threads(heap, step));
        let entries = dicts.into_iter().flat_map(|dicts| heap.strong_references(dicts.to));
        entries.filter(|entry| thread_words(heap, entry).as_deref() == Some(wanted)).collect()
    } else if wanted.starts_with(FRAME_OF) {
        frames(heap, holder)
            .into_iter()
            .filter(|frame| frame_words(heap, frame.to).as_deref() == Some(wanted))
            .collect()
    } else if special(heap, holder) == Special::Task {
        let coroutines = heap.strong_references(holder);
        coroutines.filter(|step| task_words(heap, step).as_deref() == Some(wanted)).collect()
    } else {
        Vec::new()
    };
    one_step.chain(several.into_iter().filter(is_it))
}

/// The words for several steps at once, `last` of which is the last; `holder` is where the first starts.
pub(super) fn words_of_several(heap: &Heap, holder: ObjectIx, text: String, last: &Reference) -> Words {
    let words = Words { text: text.into(), id: None };
    // A coroutine stands for the frame object that its variables are in up to 3.10.
    let is_it = |first: Reference| first.to == last.to || (first.to == last.from && first.from == holder);
    let is_alone = called(heap, holder, &words).next().is_some_and(is_it);
    Words { id: (!is_alone).then_some(last.to), ..words }
}

/// `asyncio task 'fetch'`: from a task to its coroutine, by which people know it.
pub(super) fn task_words(heap: &Heap, step: &Reference) -> Option<String> {
    if special(heap, step.from) != Special::Task || heap.type_name(step.to) != "coroutine" {
        return None;
    }
    let name = heap.snapshot().preview(step.to)?.text;
    Some(format!("asyncio task {}", quoted(name)))
}

/// `contextvar 'request'`: an entry in the map of a context.
pub(super) fn variable_words(heap: &Heap, entry: &Reference) -> Option<String> {
    let Label::Key(key) = entry.label else { return None };
    if !is_in_context(heap, entry.from) || !heap.type_name(key).ends_with("ContextVar") {
        return None;
    }
    let name = heap.snapshot().preview(key).map_or("?", |preview| preview.text);
    Some(format!("{CONTEXT_VARIABLE}{}", quoted(name)))
}

/// Whether the step leads deeper into the map of a context.
pub(super) fn is_into_context(heap: &Heap, step: &Reference) -> bool {
    step.kind == EdgeKind::Internal && is_in_context(heap, step.to)
}

fn is_in_context(heap: &Heap, object: ObjectIx) -> bool {
    matches!(heap.type_name(object), "hamt" | "hamt_bitmap_node" | "hamt_array_node" | "hamt_collision_node")
}

/// All entries of the map of a context.
fn variables(heap: &Heap, context: ObjectIx) -> impl Iterator<Item = Reference> + '_ {
    let mut seen = FxHashSet::from_iter([context]);
    let mut nodes = vec![context];
    let mut at = 0;
    while at < nodes.len().min(MAX_LOOKED_AT) {
        let inner = heap.strong_references(nodes[at]).filter(|step| is_into_context(heap, step));
        let new: Vec<ObjectIx> = inner.map(|step| step.to).filter(|node| seen.insert(*node)).collect();
        nodes.extend(new);
        at += 1;
    }
    nodes
        .into_iter()
        .flat_map(|node| heap.strong_references(node).filter(|entry| entry.kind == EdgeKind::DictValue))
}

/// `thread 'worker'`: an entry in the dict that a `threading.local` has for each thread.
pub(super) fn thread_words(heap: &Heap, entry: &Reference) -> Option<String> {
    let Label::Key(key) = entry.label else { return None };
    let is_dummy = |object: &ObjectIx| heap.type_name(*object).ends_with("_localdummy");
    // Up to 3.12 the key is a weak reference to what the thread holds, since then that itself.
    let weak = || heap.references(key).find(|step| step.kind == EdgeKind::Weak).map(|step| step.to);
    let dummy = Some(key).filter(is_dummy).or_else(|| weak().filter(is_dummy))?;
    let holders = heap.graph().incoming(node(dummy)).map(object);
    let mut threads =
        std::iter::once(dummy).chain(holders).filter_map(|holder| heap.root_of(holder)?.thread.as_ref());
    Some(words_of_thread(threads.next()?))
}

fn words_of_thread(thread: &HeapThread) -> String {
    // Without a name there is only the number.
    match &*thread.name {
        "" => format!("{THREAD}{:#x}", thread.ident),
        name => format!("{THREAD}{}", quoted(name)),
    }
}

/// Whether the step leads to the dicts that a `threading.local` has for its threads.
pub(super) fn is_into_threads(heap: &Heap, step: &Reference) -> bool {
    step.kind == EdgeKind::Internal && name_of(heap, step) == "dict of thread"
}

/// `frame of load()`.
pub(super) fn frame_words(heap: &Heap, frame: ObjectIx) -> Option<String> {
    // A member of the frame object up to 3.10, of the frame behind it since.
    let code = [EdgeKind::Slot, EdgeKind::Internal]
        .iter()
        .find_map(|kind| heap.named_referent(frame, *kind, "f_code"))?;
    let function = heap.snapshot().preview(code)?.text;
    Some(format!("{FRAME_OF}{}()", tame(function)))
}

/// The frames that a traceback, or that of an exception, leads to: the outermost first.
fn frames(heap: &Heap, holder: ObjectIx) -> Vec<Reference> {
    let slot = |object, name: &str| {
        heap.strong_references(object).find(|step| step.kind == EdgeKind::Slot && name_of(heap, step) == name)
    };
    let mut frames = Vec::new();
    let mut at = slot(holder, "__traceback__").map_or(holder, |step| step.to);
    while frames.len() < MAX_LOOKED_AT {
        frames.extend(slot(at, "tb_frame"));
        match slot(at, "tb_next") {
            Some(next) => at = next.to,
            None => break,
        }
    }
    frames
}

/// The name of a reference that has one.
pub(super) fn name_of<'a>(heap: &'a Heap, reference: &Reference) -> &'a str {
    match reference.label {
        Label::Name(name) => heap.snapshot().string(name),
        _ => "?",
    }
}
