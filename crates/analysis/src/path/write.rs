//! From a root and its references to a path.

use std::sync::Arc;

use heapview_snapshot::{EdgeKind, ObjectIx, RootKind};

use super::expr::{Anchor, Part, PathExpr, Words, tame};
use super::well_known::{is_gc_garbage, is_get_ipython, module_by_name};
use super::words::{
    LINK, LRU_LINK, collection, name_of, part_of_step, place_of_type, root_words, words_of_root,
};
use crate::heap::Heap;
use crate::literal::{is_identifier, quoted};
use crate::lookups::Lookups;
use crate::reference::{Label, Reference};
use crate::roots::{HeapRoot, HeapRootKind};

/// The path that starts at `root` and follows `steps`.
///
/// If it [is an expression](PathExpr::is_expression), its evaluation in the live process, with the names of
/// `__main__` over those of the imported top-level modules, gives the very object. O(steps).
pub fn path_expr(heap: &Heap, root: &HeapRoot, steps: &[Reference]) -> PathExpr {
    written(heap, root, steps, Style::Shown)
}

/// As [`path_expr`], in Python wherever there is some, also where people rather read words; `None` elsewhere.
pub(crate) fn python_path(heap: &Heap, root: &HeapRoot, steps: &[Reference]) -> Option<PathExpr> {
    Some(written(heap, root, steps, Style::Python)).filter(PathExpr::is_expression)
}

fn written(heap: &Heap, root: &HeapRoot, steps: &[Reference], style: Style) -> PathExpr {
    let mut writer = Writer::new(heap, style);
    let rest = writer.start(root, steps);
    writer.follow(rest);
    writer.path
}

/// A path some of whose steps are open, and how many steps its anchor and each of its parts end after.
pub(crate) struct PatternPath {
    pub path: PathExpr,
    anchor_end: usize,
    ends: Vec<usize>,
}

impl PatternPath {
    /// Says that behind the first `n_steps` the same structure goes on, unless no part ends there.
    pub(crate) fn deepen(&mut self, n_steps: usize) {
        let n_parts = self.ends.iter().take_while(|end| **end <= n_steps).count();
        let is_deep = n_parts.checked_sub(1).is_some_and(|last| self.path.parts[last] == Part::Deeper);
        if n_steps < self.anchor_end || is_deep {
            return;
        }
        self.path.parts.insert(n_parts, Part::Deeper);
        self.ends.insert(n_parts, n_steps);
    }
}

/// The pattern of paths like the one that starts at `root`.
pub(crate) fn rooted_pattern(heap: &Heap, root: &HeapRoot, steps: &[Reference]) -> PatternPath {
    let mut writer = Writer::new(heap, Style::Pattern);
    let rest = writer.start(root, steps);
    let anchor_end = steps.len() - rest.len();
    let mut ends = vec![anchor_end; writer.path.parts.len()];
    ends.extend(writer.follow(rest).into_iter().map(|end| end + anchor_end));
    PatternPath { path: writer.path, anchor_end, ends }
}

/// The pattern from an object on, which is called by its type.
pub(crate) fn anchored_pattern(heap: &Heap, at: ObjectIx, steps: &[Reference]) -> PatternPath {
    let mut writer = Writer::new(heap, Style::Pattern);
    writer.begin_in_words(place_of_type(heap, at));
    let ends = writer.follow(steps);
    PatternPath { path: writer.path, anchor_end: 0, ends }
}

const LAZY_IMPORT: &str = "lazy_import";

/// What the path is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// People read it.
    Shown,
    /// It stands for many.
    Pattern,
    /// It becomes a line to run.
    Python,
}

pub(super) struct Writer<'a> {
    pub(super) heap: &'a Heap,
    pub(super) lookups: Lookups<'a>,
    path: PathExpr,
    is_expression: bool,
    pub(super) style: Style,
    /// The name written last: nodes of a chain share theirs.
    last_name: Option<(&'a str, Arc<str>)>,
    /// Modules may be imported when their name is read: since CPython 3.15.
    may_be_lazy: bool,
}

impl<'a> Writer<'a> {
    fn new(heap: &'a Heap, style: Style) -> Self {
        Self {
            heap,
            lookups: Lookups::new(heap),
            path: PathExpr { anchor: Anchor::Name("".into()), parts: Vec::new() },
            is_expression: true,
            style,
            last_name: None,
            may_be_lazy: heap.snapshot().types().iter().any(|row| &*row.name == LAZY_IMPORT),
        }
    }

    /// Writes the root, and the first steps where they are one word with it; returns the steps that are left.
    fn start<'s>(&mut self, root: &HeapRoot, steps: &'s [Reference]) -> &'s [Reference] {
        match root.kind {
            HeapRootKind::Named(RootKind::Module | RootKind::Builtin) => {
                if root.label == "__main__"
                    && let [first, second, ..] = steps
                    && let Some(name) = self.folded_name(first, second)
                    && is_identifier(name)
                    && !self.is_lazy(second.to)
                {
                    if let Some(slot) = steps.get(2)
                        && is_get_ipython(self.heap, name, slot)
                    {
                        self.begin("get_ipython()");
                        return &steps[3..];
                    }
                    self.begin(name);
                    return &steps[2..];
                }
                self.module(&root.label, root.object);
            }
            HeapRootKind::Named(RootKind::Interpreter) if root.label == "sys.modules" => self.sys_modules(),
            HeapRootKind::Named(RootKind::GcGarbage) if is_gc_garbage(self.heap, root.object) => {
                self.begin("gc");
                self.push(Part::Attribute("garbage".into()));
            }
            _ => {
                let words = if self.is_pattern() {
                    Words::of(root_words(self.heap, root))
                } else {
                    words_of_root(self.heap, root)
                };
                self.begin_in_words(words);
            }
        }
        steps
    }

    pub(super) fn is_pattern(&self) -> bool {
        self.style == Style::Pattern
    }

    fn begin(&mut self, name: impl Into<Arc<str>>) {
        self.path.anchor = Anchor::Name(name.into());
    }

    fn begin_in_words(&mut self, words: Words) {
        self.path.anchor = Anchor::Words(Box::new(words));
        self.is_expression = false;
    }

    /// Writes all steps; returns after how many of them each part ends.
    fn follow(&mut self, steps: &[Reference]) -> Vec<usize> {
        let mut ends = Vec::new();
        let mut at = 0;
        while at < steps.len() {
            self.heap.check();
            let n_before = self.path.parts.len();
            let n_used = self.step(&steps[at..]);
            at += n_used;
            if self.may_be_lazy && self.is_lazy(steps[at - 1].to) {
                self.disclaim_last();
            }
            ends.resize(ends.len() + self.path.parts.len() - n_before, at);
        }
        ends
    }

    /// Writes the first step, or several that are one part; returns how many.
    fn step(&mut self, steps: &[Reference]) -> usize {
        let step = &steps[0];
        if let Some(n_used) = self.several(steps) {
            return n_used;
        }
        match step.kind {
            EdgeKind::InstanceDict => {
                if let Some(entry) = steps.get(1)
                    && let Some(name) = self.folded_name(step, entry)
                {
                    self.attribute(step.from, name, entry.to);
                    return 2;
                }
                let is_plain =
                    !self.heap.is_type(step.from) && self.lookups.slot_is_plain(step.from, "__dict__");
                self.push_if(is_plain, Part::Attribute("__dict__".into()), step);
            }
            EdgeKind::Attribute => {
                let name = name_of(self.heap, step);
                let is_plain = self.lookups.instance_attribute_is_plain(step.from, name);
                let part = self.named(name);
                self.push_if(is_plain, part, step);
            }
            EdgeKind::Slot => {
                let name = name_of(self.heap, step);
                // Of a static method in C, `__self__` reads as `None` and not as the type that it holds.
                let is_static = name == "__self__"
                    && self.heap.is_exactly(step.from, "builtin_function_or_method")
                    && self.heap.is_type(step.to);
                let is_plain = !is_static && self.lookups.slot_is_plain(step.from, name);
                let part = self.named(name);
                self.push_if(is_plain, part, step);
            }
            EdgeKind::Type => {
                let is_plain = self.is_expression && self.is_unshadowed("type");
                self.push_if(is_plain, Part::Type, step);
            }
            EdgeKind::Item => self.item(step),
            EdgeKind::DictValue => return self.entry(steps),
            EdgeKind::DictKey | EdgeKind::SetMember | EdgeKind::Stack => self.of_collection(step),
            _ => self.push_if(false, Part::Type, step),
        }
        1
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
            let part = self.named(name);
            return self.push(part);
        }
        // A class's `__dict__` is another object than its dict, but has the same entries.
        let dict_is_plain = self.lookups.slot_is_plain(object, "__dict__");
        self.push(if dict_is_plain {
            Part::Attribute("__dict__".into())
        } else {
            Part::words(Words::of("__dict__"))
        });
        self.push(Part::Key(quoted(name).into()));
    }

    fn item(&mut self, step: &Reference) {
        let is_plain = ["list", "tuple", "collections.deque"]
            .iter()
            .any(|container| self.lookups.subscript_is_plain(step.from, container));
        self.push(match step.label {
            Label::Index(Some(index)) if is_plain => Part::Index(index),
            Label::Index(Some(index)) => Part::entry(Words::of(index.to_string())),
            _ => self.unknown_key("item", step),
        });
    }

    /// `.<keys>['k']`: a key itself, a member of a set, a temporary of a frame.
    fn of_collection(&mut self, step: &Reference) {
        self.push(Part::words(Words::of(collection(step.kind).unwrap_or_default())));
        let part = match step.label {
            _ if self.is_pattern() => Part::AnyKey,
            Label::Index(Some(position)) => Part::Index(position),
            Label::Index(None) => self.unknown_key("item", step),
            _ => match self.lookups.literal(step.to).map(str::to_owned) {
                Some(literal) => Part::item(literal),
                None => Part::entry(self.by_id(step.to)),
            },
        };
        self.push(part);
    }

    /// A key that has no literal.
    fn by_id(&self, key: ObjectIx) -> Words {
        Words { text: tame(self.heap.type_name(key)).into(), id: Some(key) }
    }

    /// `['key']`; behind a link of an `lru_cache`, its result.
    fn entry(&mut self, steps: &[Reference]) -> usize {
        let step = &steps[0];
        let part = match step.label {
            Label::Key(key) => match self.lookups.literal(key).map(str::to_owned) {
                Some(literal) if self.lookups.subscript_is_plain(step.from, "dict") => Part::item(literal),
                Some(literal) => Part::entry(Words::of(literal)),
                None => Part::entry(self.by_id(key)),
            },
            _ => self.unknown_key("value", step),
        };
        self.push(part);
        if self.heap.type_name(step.to) != LRU_LINK {
            return 1;
        }
        let is_result =
            |next: &Reference| next.kind == EdgeKind::Internal && name_of(self.heap, next) == "result";
        if steps.get(1).is_some_and(is_result) {
            return 2;
        }
        self.push(Part::words(Words::of(LINK)));
        1
    }

    fn unknown_key(&self, what: &'static str, step: &Reference) -> Part {
        if self.is_pattern() {
            Part::AnyKey
        } else {
            Part::entry(Words { text: what.into(), id: Some(step.to) })
        }
    }

    /// A module by its name, if each part of the name leads to it, else by its entry in `sys.modules`.
    fn module(&mut self, name: &str, module: ObjectIx) {
        if module_by_name(self.heap, name) == Some(module) {
            let mut names = name.split('.').map(str::to_owned);
            self.begin(names.next().unwrap_or_default());
            names.for_each(|name| self.push(Part::Attribute(name.into())));
        } else {
            self.sys_modules();
            self.push(Part::Key(quoted(name).into()));
        }
    }

    fn sys_modules(&mut self) {
        let is_plain = module_by_name(self.heap, "sys").is_some();
        self.begin(if is_plain { "sys" } else { "__import__('sys')" });
        self.push(Part::Attribute("modules".into()));
    }

    /// The name under which a `__dict__` holds a value.
    fn folded_name(&self, dict: &Reference, entry: &Reference) -> Option<&'a str> {
        match (dict.kind, entry.kind, entry.label) {
            (EdgeKind::InstanceDict, EdgeKind::DictValue, Label::Key(key)) => self.heap.exact_text(key),
            _ => None,
        }
    }

    pub(super) fn is_slot(&self, step: &Reference, name: &str) -> bool {
        step.kind == EdgeKind::Slot && name_of(self.heap, step) == name
    }

    fn is_lazy(&self, object: ObjectIx) -> bool {
        self.may_be_lazy && self.heap.type_name(object) == LAZY_IMPORT
    }

    fn is_unshadowed(&self, builtin: &str) -> bool {
        self.heap.main_global(builtin).is_none() && self.heap.module(builtin).is_none()
    }

    /// The part if it is Python, else the step in words.
    fn push_if(&mut self, is_python: bool, part: Part, step: &Reference) {
        self.push(if is_python { part } else { part_of_step(self.heap, step, self.is_pattern()) });
    }

    /// `.name`.
    fn named(&mut self, name: &'a str) -> Part {
        let shared = match &self.last_name {
            Some((last, shared)) if std::ptr::eq(*last, name) => Arc::clone(shared),
            _ => Arc::from(name),
        };
        self.last_name = Some((name, Arc::clone(&shared)));
        Part::Attribute(shared)
    }

    pub(super) fn push(&mut self, part: Part) {
        self.is_expression &= part.is_python();
        self.path.parts.push(part);
    }

    /// Puts the last part into angle brackets.
    fn disclaim_last(&mut self) {
        let Some(last) = self.path.parts.pop() else { return };
        self.push(match last {
            Part::Attribute(name) => Part::words(Words::of(name)),
            Part::Key(key) => Part::entry(Words::of(key)),
            Part::Index(index) => Part::entry(Words::of(index.to_string())),
            other => other,
        });
    }
}
