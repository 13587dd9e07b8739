//! What no line is given for, in words: the place, and why.

use heapview_snapshot::{EdgeKind, ObjectIx, Origin, RootKind};

use super::ease::{Eases, is_lru_cache};
use super::results;
use super::statement::{Found, Statement};
use crate::heap::Heap;
use crate::paths::RootPath;
use crate::readers::{Reading, is_top_level};
use crate::reference::{Label, Reference};
use crate::roots::HeapRootKind;

/// What no line is given for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advice {
    /// The place, and what to know about it.
    pub text: String,
    /// The package whose own object it is: better left alone.
    pub owner: Option<String>,
    /// A line that frees nothing as long as the other places hold it: its text is that line.
    pub is_vain: bool,
}

impl Advice {
    pub(super) fn words(text: String) -> Statement {
        Statement::Advice(Self { text, owner: None, is_vain: false })
    }

    pub(super) fn vain(line: String) -> Statement {
        Statement::Advice(Self { text: line, owner: None, is_vain: true })
    }
}

/// The best path to what is to be cut, and why there is no line for it.
pub(super) fn advice(heap: &Heap, eases: &Eases<'_>, path: &RootPath, cut: Reference) -> Found {
    let owner = owner(heap, eases, path);
    let is_frame = path.root.kind == HeapRootKind::Named(RootKind::Frame);
    let local = path.steps.iter().find(|step| step.kind == EdgeKind::Local).filter(|_| is_frame);
    let name = |reference: &Reference| match reference.label {
        Label::Name(name) => heap.snapshot().string(name),
        _ => "?",
    };
    let text = path.path.to_string();
    let words = match (local, eases.ownership.namespace(cut.from)) {
        _ if path.steps.iter().any(|step| eases.is_greenlet(step.from)) => {
            format!("{text}: goes when the function returns, or when the greenlet is killed")
        }
        (Some(local), _) if path.steps.len() == 1 => {
            format!("{text}: goes when the function returns, or with `del {}` in it", name(local))
        }
        (Some(_), _) => format!("{text}: goes when the function returns"),
        (None, Some(("__main__", _))) => {
            format!("{text}: functions of __main__ mention this name and may still read it")
        }
        (None, Some((module, Origin::User))) => {
            format!("{text}: a name of the module {module}, which its code may still read")
        }
        _ if eases.is_read_weakly(cut.to) => {
            format!("{text}: code reads it, or what goes with it, through a weak reference")
        }
        _ if eases.has_effects(cut.to) => {
            format!(
                "{text}: something happens when it goes: code runs, a file or connection is closed, or \
                     its `id()` becomes another's"
            )
        }
        _ if eases.is_known_to_c(cut.to) => format!("{text}: C code may have its address"),
        _ => match reader(heap, eases, cut.from).or_else(|| reason(heap, path).map(str::to_owned)) {
            Some(reason) => format!("{text}: {reason}"),
            None => text,
        },
    };
    Found { passes: local.is_some() || is_passing(path), ..Found::words(words, owner, path.cost) }
}

/// Which code counts on what is in the container, or in the cache of a function, if that is known.
pub(super) fn reader(heap: &Heap, eases: &Eases<'_>, container: ObjectIx) -> Option<String> {
    let (reading, does) = if is_lru_cache(heap, container) {
        (results::reading(heap, &eases.ownership, container), "changes what it gives")
    } else {
        eases.ownership.container(container)?;
        (eases.ownership.reading(container), "looks at its elements")
    };
    let Reading::Somebody(Some(code)) = reading else { return None };
    let is_of_itself = |function| heap.named_referent(function, EdgeKind::Slot, "__code__") == Some(code);
    let does = if heap.references(container).any(|held| is_of_itself(held.to)) {
        "may give something else each time"
    } else {
        does
    };
    let function = heap.snapshot().preview(code).map_or("code", |preview| preview.text);
    let who = match function {
        _ if is_top_level(function) => "the code that runs now",
        _ if function.starts_with('<') => "a function without a name",
        _ => return Some(format!("{function}() {does}")),
    };
    Some(format!("{who} {does}"))
}

/// Why the last step of a path is never cut by a line, where its kind says it.
fn reason(heap: &Heap, path: &RootPath) -> Option<&'static str> {
    let [before @ .., last] = path.steps.as_slice() else { return None };
    let is_of_dict = before.last().is_some_and(|step| step.kind == EdgeKind::InstanceDict);
    let holder = if is_of_dict { before.last()?.from } else { last.from };
    match last.kind {
        _ if heap.is_type(holder) => Some("an attribute of a class, which code may still read"),
        _ if heap.is_exactly(holder, "cell") => Some("a variable that a function keeps, and may still read"),
        _ if ["function", "method", "functools.partial"].iter().any(|name| heap.is_exactly(holder, name)) => {
            Some("a part of a function, which may still be called")
        }
        EdgeKind::Attribute | EdgeKind::Slot | EdgeKind::InstanceDict => {
            Some("an attribute, which code may still read")
        }
        EdgeKind::DictValue if is_of_dict => Some("an attribute, which code may still read"),
        EdgeKind::Item if heap.is_exactly(holder, "tuple") => {
            Some("an item of a tuple, which cannot be changed")
        }
        _ => None,
    }
}

/// Whether the path starts where something lets go by itself some day.
fn is_passing(path: &RootPath) -> bool {
    matches!(path.root.kind, HeapRootKind::Unexplained { .. } | HeapRootKind::Named(RootKind::Frame))
}

/// The package that owns the path's object: the one whose name it starts from, if that is not the user's.
pub(super) fn owner(heap: &Heap, eases: &Eases<'_>, path: &RootPath) -> Option<String> {
    let is_module = matches!(path.root.kind, HeapRootKind::Named(RootKind::Module | RootKind::Builtin));
    if !is_module {
        return None;
    }
    // A path that goes through an object of the user's tells of something that the user has handed over.
    let passes_user = path.steps.iter().any(|step| {
        heap.type_object(step.to).is_some_and(|class| eases.ownership.class_is_users(class))
            || (heap.is_exactly(step.to, "function") && eases.ownership.function_is_users(step.to))
    });
    let origin = eases.ownership.origin(&path.root.label);
    let is_theirs = matches!(origin, Origin::Installed | Origin::StandardLibrary | Origin::Builtin);
    (is_theirs && !passes_user).then(|| path.root.label.split('.').next().unwrap_or_default().to_owned())
}
