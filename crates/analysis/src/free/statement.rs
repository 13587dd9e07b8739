//! A cut as lines of Python where that can be vouched for, as advice elsewhere.

use heapview_snapshot::{EdgeKind, ObjectIx};

use super::advice::{Advice, advice, owner, reader};
use super::ease::{Ease, Eases, is_lru_cache};
use super::emptying::Emptying;
use super::loops::{CLEAR_FRAMES, Through};
use super::naming::{Named, named};
use crate::heap::Heap;
use crate::path::{PathExpr, path_expr, python_path};
use crate::reference::Reference;
use crate::roots::HeapRoot;

/// What to do to cut references.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Statement {
    /// `del` this expression.
    Delete(String),
    /// Lines of Python.
    Run(Vec<String>),
    /// Words: there is no line that is sure to do it and to do no harm.
    Advice(Advice),
}

/// A statement, what else its lines need, and how hard its path is to act on.
pub(super) struct Found {
    pub statement: Statement,
    /// Names that the lines start from, and modules that they use.
    pub names: Vec<String>,
    pub cost: u32,
    /// The traceback whose frames' variables the lines clear.
    pub traceback: Option<ObjectIx>,
    /// A function that runs holds it, and lets go when it returns.
    pub passes: bool,
    /// The elements of containers that the line's path leads through.
    pub elements: Vec<Through>,
}

impl Found {
    pub(super) fn line(statement: Statement, names: Vec<String>) -> Self {
        Self { statement, names, cost: 0, traceback: None, passes: false, elements: Vec::new() }
    }

    /// The line, with the elements that `before` leads through on the way to what `line` begins with.
    fn through(self, heap: &Heap, eases: &Eases<'_>, root: &HeapRoot, before: &[Reference]) -> Self {
        let elements = Through::all(heap, eases, root, before, &self.statement);
        Self { elements, ..self }
    }

    pub(super) fn words(text: impl Into<String>, owner: Option<String>, cost: u32) -> Self {
        let statement = Statement::Advice(Advice { text: text.into(), owner, is_vain: false });
        Self { statement, names: Vec::new(), cost, traceback: None, passes: false, elements: Vec::new() }
    }
}

/// The statement that takes `cut` out of the place that holds them all.
pub(super) fn of_place(
    heap: &Heap,
    eases: &Eases<'_>,
    cut: &[(Reference, u32)],
    is_blocked: &dyn Fn(ObjectIx) -> bool,
) -> (Found, Option<Emptying>) {
    let holder = cut[0].0.from;
    let references: Vec<Reference> = cut.iter().map(|(reference, _)| *reference).collect();
    let is_open = matches!(eases.of_place(holder), Some(Ease::Line(_)));
    if eases.is_garbage_list(holder) {
        return (garbage_list(), None);
    }
    let emptying = eases
        .ownership
        .container(holder)
        .and_then(|container| Emptying::new(heap, holder, container, &references));
    let may_go = references.iter().all(|reference| eases.may_go_along(reference.to));
    let found = named(heap, cut[0], is_blocked, &|root, steps| {
        let emptying = emptying.as_ref().filter(|_| is_open && may_go)?;
        let path = python_path(heap, root, &steps[..steps.len() - 1])?;
        let lines = emptying.lines(heap, &path.to_string())?;
        let line = Found::line(Statement::Run(lines), vec![first_name(&path)]);
        Some(line.through(heap, eases, root, &steps[..steps.len() - 1]))
    });
    let found = match found {
        Named::Line(line, cost) => Found { cost, ..line },
        Named::Words(path) if cut.len() == 1 => advice(heap, eases, &path, cut[0].0),
        Named::Words(path) => {
            let place = path_expr(heap, &path.root, &path.steps[..path.steps.len() - 1]);
            let of = emptying.as_ref().map_or(String::new(), |all| {
                if all.is_whole() { String::new() } else { format!(" of {}", all.n_elements) }
            });
            let n_cut = emptying.as_ref().map_or(cut.len(), Emptying::n_cut);
            let why = reader(heap, eases, holder).map_or(String::new(), |why| format!("; {why}"));
            let text = format!("{place}: {n_cut}{of} elements{why}");
            Found::words(text, owner(heap, eases, &path), path.cost)
        }
        Named::Nowhere => Found::words("a path could not be found", None, u32::MAX),
    };
    (found, emptying)
}

/// The statement that cuts one reference of a holder that is no place.
pub(super) fn of_reference(
    heap: &Heap,
    eases: &Eases<'_>,
    cut: (Reference, u32),
    is_blocked: &dyn Fn(ObjectIx) -> bool,
) -> Found {
    let reference = &cut.0;
    let may_go = if is_lru_cache(heap, reference.from) {
        is_used_for_many(heap, reference.from)
    } else {
        eases.may_go_along(reference.to)
    };
    let is_open = matches!(eases.of_reference(reference), Ease::Line(_)) && may_go;
    let line = |root: &HeapRoot, steps: &[Reference]| {
        if is_open { line_for(heap, eases, root, steps) } else { None }
    };
    match named(heap, cut, is_blocked, &line) {
        Named::Line(line, cost) => Found { cost, ..line },
        Named::Words(path) => advice(heap, eases, &path, cut.0),
        Named::Nowhere => Found::words("a path could not be found", None, u32::MAX),
    }
}

/// Whether the cache has several entries: one alone may be the program's only pool or connection.
pub(super) fn is_used_for_many(heap: &Heap, cache: ObjectIx) -> bool {
    const ENTRY: usize = 2;
    let entries = heap.named_referent(cache, EdgeKind::Internal, "cache");
    entries.is_some_and(|entries| heap.n_referents(entries) > ENTRY)
}

/// What a root has to do to let go.
pub(super) fn of_root(heap: &Heap, root: &HeapRoot) -> Found {
    Found::words(path_expr(heap, root, &[]).to_string(), None, 0)
}

/// The statement that cuts the last reference of an expression that a person has typed.
pub(super) fn of_expression(heap: &Heap, eases: &Eases<'_>, path: &PathExpr, reference: &Reference) -> Found {
    let text = path.to_string();
    let is_open = match eases.of_place(reference.from) {
        Some(ease) => matches!(ease, Ease::Line(_)),
        None => matches!(eases.of_reference(reference), Ease::Line(_)),
    };
    if !is_open {
        return Found::words(text, None, 0);
    }
    let is_global = heap.main_global(&text) == Some(reference.to);
    let statement = if !is_global && !path.ends_with_item() {
        Statement::Run(vec![format!("{text} = None")])
    } else {
        Statement::Delete(text)
    };
    Found::line(statement, vec![first_name(path)])
}

/// `gc.garbage` is emptied whole, and what made it grow is switched off, or the next collection fills it again.
fn garbage_list() -> Found {
    let lines = ["gc.set_debug(gc.get_debug() & ~gc.DEBUG_SAVEALL)", "gc.garbage.clear()", "gc.collect()"];
    Found::line(Statement::Run(lines.map(str::to_owned).to_vec()), vec!["gc".to_owned()])
}

/// The lines that cut the last step of a path.
fn line_for(heap: &Heap, eases: &Eases<'_>, root: &HeapRoot, steps: &[Reference]) -> Option<Found> {
    let (last, before) = steps.split_last()?;
    let run = |line: String, path: &PathExpr| {
        Found::line(Statement::Run(vec![line]), vec![first_name(path)]).through(heap, eases, root, before)
    };
    match last.kind {
        EdgeKind::Local | EdgeKind::Stack if eases.is_finished_frame(last.from) => {
            clear_frames(heap, eases, root, before)
        }
        EdgeKind::DictValue | EdgeKind::DictKey if eases.frame_of_locals(last.from).is_some() => {
            clear_frames(heap, eases, root, before)
        }
        EdgeKind::Internal if is_lru_cache(heap, last.from) => {
            let path = python_path(heap, root, before)?;
            Some(run(format!("{path}.cache_clear()"), &path))
        }
        EdgeKind::DictValue => {
            let path = python_path(heap, root, steps)?;
            let is_name = eases.ownership.namespace(last.from).is_some();
            if is_name || path.ends_with_item() {
                return Some(Found::line(Statement::Delete(path.to_string()), vec![first_name(&path)]));
            }
            Some(run(format!("{path} = None"), &path))
        }
        EdgeKind::Attribute | EdgeKind::Slot => {
            let path = python_path(heap, root, steps)?;
            Some(run(format!("{path} = None"), &path))
        }
        _ => None,
    }
}

/// Clears the variables of finished frames, from the first traceback on the way.
fn clear_frames(heap: &Heap, eases: &Eases<'_>, root: &HeapRoot, steps: &[Reference]) -> Option<Found> {
    let first = steps.iter().position(|step| heap.type_name(step.to) == "traceback")?;
    let path = python_path(heap, root, &steps[..=first])?;
    let traceback = steps[first].to;
    let mut lines = vec![format!("{CLEAR_FRAMES}{path})")];
    let mut at = Some(traceback);
    while let Some(here) = at {
        let frame = heap.named_referent(here, EdgeKind::Slot, "tb_frame");
        if frame.is_some_and(|frame| eases.is_suspended_frame(frame)) {
            // It would be closed in the middle of its work.
            return None;
        }
        let copy = |frame| heap.named_referent(frame, EdgeKind::Internal, "f_locals");
        let has_copy = |frame| copy(frame).is_some_and(|copy| eases.frame_of_locals(copy).is_some());
        if frame.is_some_and(has_copy) {
            // Up to 3.12 what was read of a frame's variables stays until it is read again.
            lines.push(format!("[frame.f_locals for frame, _ in traceback.walk_tb({path})][:0]"));
            break;
        }
        at = heap.named_referent(here, EdgeKind::Slot, "tb_next").filter(|next| *next != here);
    }
    let names = vec![first_name(&path), "traceback".to_owned()];
    let line = Found::line(Statement::Run(lines), names).through(heap, eases, root, &steps[..=first]);
    Some(Found { traceback: Some(traceback), ..line })
}

/// The name that the path starts from. A path that is Python has one.
pub(super) fn first_name(path: &PathExpr) -> String {
    path.first_name().unwrap_or_default().to_owned()
}
