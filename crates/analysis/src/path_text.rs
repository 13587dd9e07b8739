//! A path in the words of Python: an expression wherever that can be vouched for, plain words elsewhere.

use std::borrow::Cow;
use std::fmt::Write as _;

use heapview_snapshot::{EdgeKind, ObjectIx, RootKind};

use crate::characters::escaped;
use crate::heap::Heap;
use crate::literal::{is_identifier, quoted};
use crate::lookups::{Lookups, Special};
use crate::reference::{Label, Reference};
use crate::roots::{HeapRoot, HeapRootKind};

/// A path as text. If `is_expression`, its evaluation in the live process, with the names of `__main__` over those
/// of the imported top-level modules, gives the very object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PathText {
    pub text: String,
    pub is_expression: bool,
}

/// The text of the path that starts at `root` and follows `steps`.
pub fn path_text(heap: &Heap, root: &HeapRoot, steps: &[Reference]) -> PathText {
    let mut writer = Writer { heap, lookups: Lookups::new(heap), text: String::new(), is_expression: true };
    let mut rest = writer.start(root, steps);
    while let Some(n_used) = writer.step(rest) {
        rest = &rest[n_used..];
    }
    // CPython 3.15 puts the module in its place when a lazily imported name is read.
    let may_be_lazy = heap.snapshot().types().iter().any(|row| &*row.name == LAZY_IMPORT);
    writer.claim(!may_be_lazy || steps.iter().all(|step| heap.type_name(step.to) != LAZY_IMPORT));
    if !root.thread.is_empty() {
        writer.words(&format!(" (thread {})", root.thread));
    }
    // Literals are escaped already; names that are words may be anything.
    match escaped(&writer.text) {
        Cow::Borrowed(_) => PathText { text: writer.text, is_expression: writer.is_expression },
        Cow::Owned(text) => PathText { text, is_expression: false },
    }
}

const LAZY_IMPORT: &str = "lazy_import";
const LRU_CACHE: &str = "functools._lru_cache_wrapper";
const LRU_LINK: &str = "functools._lru_list_elem";

struct Writer<'a> {
    heap: &'a Heap,
    lookups: Lookups<'a>,
    text: String,
    is_expression: bool,
}

impl<'a> Writer<'a> {
    /// Writes the root, and the first steps where they are one word with it; returns the steps that are left.
    fn start<'s>(&mut self, root: &HeapRoot, steps: &'s [Reference]) -> &'s [Reference] {
        match root.kind {
            HeapRootKind::Named(RootKind::Module | RootKind::Builtin) => {
                if root.label == "__main__"
                    && let [first, second, ..] = steps
                    && let Some(name) = self.folded_name(first, second)
                    && is_identifier(name)
                {
                    if let Some(slot) = steps.get(2)
                        && is_get_ipython(self.heap, name, slot)
                    {
                        self.text.push_str("get_ipython()");
                        return &steps[3..];
                    }
                    self.text.push_str(name);
                    return &steps[2..];
                }
                self.module(&root.label, root.object);
            }
            HeapRootKind::Named(RootKind::Interpreter) if root.label == "sys.modules" => self.sys_modules(),
            HeapRootKind::Named(RootKind::Frame) => {
                self.words(&root.label);
                if let Some(local) = steps.first().filter(|step| step.kind == EdgeKind::Local) {
                    let words = format!(", local {}", quoted(self.name(local)));
                    self.words(&words);
                    return &steps[1..];
                }
            }
            HeapRootKind::Named(kind) => {
                let what = match kind {
                    RootKind::StaticType => "static type",
                    RootKind::Immortal => "immortal",
                    RootKind::GcGarbage => "gc.garbage",
                    RootKind::Atexit => "atexit",
                    RootKind::Greenlet => "suspended greenlet",
                    _ => "interpreter",
                };
                let label =
                    if root.label.is_empty() { self.heap.type_name(root.object) } else { &root.label };
                self.words(&format!("{what} {label}"));
            }
            HeapRootKind::Unexplained { n_references } => {
                let s = if n_references == 1 { "" } else { "s" };
                self.words(&format!(
                    "held from C ({n_references} reference{s} nobody in Python accounts for)"
                ));
                if !steps.is_empty() {
                    let holder = format!(" -> {} {}", self.heap.type_name(root.object), root.object);
                    self.words(&holder);
                }
            }
        }
        steps
    }

    /// Writes the first step, or two that are one word; returns how many, `None` at the end.
    fn step(&mut self, steps: &[Reference]) -> Option<usize> {
        let step = steps.first()?;
        if let Some(n_used) = self.task(steps).or_else(|| self.traceback(steps)) {
            return Some(n_used);
        }
        match step.kind {
            EdgeKind::InstanceDict => {
                if let Some(entry) = steps.get(1)
                    && let Some(name) = self.folded_name(step, entry)
                {
                    self.attribute(step.from, name, entry.to);
                    return Some(2);
                }
                let is_plain =
                    !self.heap.is_type(step.from) && self.lookups.slot_is_plain(step.from, "__dict__");
                self.claim(is_plain);
                self.text.push_str(".__dict__");
            }
            EdgeKind::Attribute => {
                let name = self.name(step);
                let is_plain = self.lookups.instance_attribute_is_plain(step.from, name);
                self.claim(is_plain);
                self.text.push('.');
                self.text.push_str(name);
            }
            EdgeKind::Slot => {
                let name = self.name(step);
                // Of a static method in C, `__self__` reads as `None` and not as the type that it holds.
                let is_static = name == "__self__"
                    && self.heap.is_exactly(step.from, "builtin_function_or_method")
                    && self.heap.is_type(step.to);
                let is_plain = !is_static && self.lookups.slot_is_plain(step.from, name);
                self.claim(is_plain);
                self.text.push('.');
                self.text.push_str(name);
            }
            EdgeKind::Item => {
                let is_plain = ["list", "tuple", "collections.deque"]
                    .iter()
                    .any(|container| self.lookups.subscript_is_plain(step.from, container));
                match step.label {
                    Label::Index(Some(index)) => {
                        self.claim(is_plain);
                        let _ = write!(self.text, "[{index}]");
                    }
                    _ => self.words("[...]"),
                }
            }
            EdgeKind::DictValue => self.entry(step),
            EdgeKind::Type => {
                self.claim(self.is_unshadowed("type"));
                self.text = format!("type({})", self.text);
            }
            EdgeKind::DictKey => self.words(" key"),
            EdgeKind::SetMember => self.words(" member"),
            EdgeKind::Buffer => self.words(" data"),
            EdgeKind::Stack => self.words(" temporary"),
            EdgeKind::Local => {
                let words = format!(" local {}", quoted(self.name(step)));
                self.words(&words);
            }
            EdgeKind::Internal | EdgeKind::Weak => {
                let name = self.name(step);
                match (self.heap.type_name(step.from), name) {
                    (LRU_CACHE, "cache") => self.words(".cache"),
                    // An entry is a link that holds its result, a context a map of nodes: both say nothing more.
                    (LRU_LINK, "result") | ("hamt", "root") | (_, "variables" | "node") => self.words(""),
                    _ => self.words(&format!(".<{name}>")),
                }
            }
            EdgeKind::Unnamed => match step.label {
                Label::Offset(Some(word)) => self.words(&format!(".<+{:#x}>", word * 8)),
                _ => self.words(".<unnamed>"),
            },
        }
        Some(1)
    }

    /// `asyncio task 'fetch'`: whoever holds the task, it is by its coroutine that people know it.
    fn task(&mut self, steps: &[Reference]) -> Option<usize> {
        let step = steps.first()?;
        let is_task = self.lookups.special(step.from) == Special::Task;
        if !is_task || self.heap.type_name(step.to) != "coroutine" {
            return None;
        }
        let name = self.heap.snapshot().preview(step.to)?.text;
        self.text.clear();
        self.words(&format!("asyncio task {}", quoted(name)));
        // Up to 3.10 the variables are in a frame object.
        let is_frame = |next: &&Reference| next.kind == EdgeKind::Slot && self.name(next) == "cr_frame";
        Some(1 + usize::from(steps.get(1).as_ref().is_some_and(is_frame)))
    }

    /// `error -> train() local 'batch'`: from an exception through its traceback to a local variable.
    fn traceback(&mut self, steps: &[Reference]) -> Option<usize> {
        let name = |step: &Reference| match step.label {
            Label::Name(name) => self.heap.snapshot().string(name),
            _ => "",
        };
        let is_slot = |step: &&Reference, wanted: &str| step.kind == EdgeKind::Slot && name(step) == wanted;
        let first = steps.first()?;
        if self.lookups.special(first.from) != Special::Traceback && !is_slot(&first, "__traceback__") {
            return None;
        }
        let n_start = usize::from(is_slot(&first, "__traceback__"));
        let n_next = steps[n_start..].iter().take_while(|step| is_slot(step, "tb_next")).count();
        let rest = &steps[n_start + n_next..];
        let [frame, local, ..] = rest else { return None };
        if !is_slot(&frame, "tb_frame") || local.kind != EdgeKind::Local {
            return None;
        }
        // A member of the frame object up to 3.10, of the frame behind it since.
        let code = [EdgeKind::Slot, EdgeKind::Internal]
            .iter()
            .find_map(|kind| self.heap.named_referent(frame.to, *kind, "f_code"))?;
        let function = self.heap.snapshot().preview(code)?.text;
        let words = format!(" -> {function}() local {}", quoted(name(local)));
        self.words(&words);
        Some(n_start + n_next + 2)
    }

    /// `.name`, or the dict's entry where something on the type comes before it.
    fn attribute(&mut self, object: ObjectIx, name: &'a str, value: ObjectIx) {
        let is_dunder = name.starts_with("__") && name.ends_with("__");
        let is_plain = if self.heap.is_type(object) {
            is_identifier(name) && !is_dunder && self.heap.class_attribute_is_plain(object, name, value)
        } else {
            self.lookups.instance_attribute_is_plain(object, name)
        };
        if is_plain {
            self.text.push('.');
            self.text.push_str(name);
            return;
        }
        // A class's `__dict__` is another object than its dict, but has the same entries.
        let dict_is_plain = self.lookups.slot_is_plain(object, "__dict__");
        self.claim(dict_is_plain);
        self.text.extend([".__dict__[", &quoted(name), "]"]);
    }

    /// `['key']`.
    fn entry(&mut self, step: &Reference) {
        let Label::Key(key) = step.label else { return self.words("[...]") };
        if let Some(literal) = self.lookups.literal(key) {
            self.text.extend(["[", literal, "]"]);
            let is_plain = self.lookups.subscript_is_plain(step.from, "dict");
            return self.claim(is_plain);
        }
        if self.heap.type_name(key).ends_with("ContextVar") {
            let name = self.heap.snapshot().preview(key).map_or("?", |preview| preview.text);
            // The context of the running code needs no name.
            let is_current = self.text.starts_with("interpreter context");
            let space = if is_current { "" } else { " " };
            if is_current {
                self.text.clear();
            }
            self.words(&format!("{space}contextvar {}", quoted(name)));
        } else {
            let shown = format!("[<{} {key}>]", self.heap.type_name(key));
            self.words(&shown);
        }
    }

    /// A module by its name, if each part of the name leads to it, else by its entry in `sys.modules`.
    fn module(&mut self, name: &str, module: ObjectIx) {
        if module_by_name(self.heap, name) == Some(module) {
            self.text.push_str(name);
        } else {
            self.sys_modules();
            self.text.extend(["[", &quoted(name), "]"]);
        }
    }

    fn sys_modules(&mut self) {
        let is_plain = module_by_name(self.heap, "sys").is_some();
        self.text.push_str(if is_plain { "sys.modules" } else { "__import__('sys').modules" });
    }

    /// The name under which a `__dict__` holds a value.
    fn folded_name(&self, dict: &Reference, entry: &Reference) -> Option<&'a str> {
        match (dict.kind, entry.kind, entry.label) {
            (EdgeKind::InstanceDict, EdgeKind::DictValue, Label::Key(key)) => self.heap.exact_text(key),
            _ => None,
        }
    }

    fn name(&self, step: &Reference) -> &'a str {
        match step.label {
            Label::Name(name) => self.heap.snapshot().string(name),
            _ => "?",
        }
    }

    fn is_unshadowed(&self, builtin: &str) -> bool {
        self.heap.main_global(builtin).is_none() && self.heap.module(builtin).is_none()
    }

    /// Words that are no Python.
    fn words(&mut self, words: &str) {
        self.is_expression = false;
        self.text.push_str(words);
    }

    fn claim(&mut self, holds: bool) {
        self.is_expression &= holds;
    }
}

/// The module that the dotted `name` evaluates to, where names of `__main__` come before imported modules.
fn module_by_name(heap: &Heap, name: &str) -> Option<ObjectIx> {
    let mut parts = name.split('.');
    let top = parts.next().filter(|top| is_identifier(top))?;
    let mut module = heap.module(top)?;
    if heap.main_global(top).is_some_and(|global| global != module) {
        return None;
    }
    for part in parts {
        let dict = heap.attribute_dict(module)?;
        let is_plain = is_identifier(part) && heap.instance_attribute_is_plain(module, part);
        module = heap.dict_value(dict, part).filter(|_| is_plain)?;
    }
    Some(module)
}

/// IPython puts a bound method of the shell into the user's names; calling it gives the shell.
fn is_get_ipython(heap: &Heap, name: &str, slot: &Reference) -> bool {
    name == "get_ipython"
        && slot.kind == EdgeKind::Slot
        && matches!(slot.label, Label::Name(label) if heap.snapshot().string(label) == "__self__")
        && heap.is_exactly(slot.from, "method")
        && heap
            .named_referent(slot.from, EdgeKind::Slot, "__func__")
            .and_then(|function| heap.snapshot().preview(function))
            .is_some_and(|preview| preview.text == "InteractiveShell.get_ipython")
}
