//! A reference to cut as a line of Python, wherever that can be vouched for, as advice elsewhere.

use heapview_graph::path_clear_of;
use heapview_snapshot::{EdgeKind, ObjectIx};

use super::Cut;
use crate::heap::Heap;
use crate::literal::{is_identifier, literal, quoted};
use crate::path_text::path_text;
use crate::paths::{Limits, RootPath, path_of, root_paths};
use crate::reference::{Label, Reference};
use crate::roots::{HeapRoot, HeapRootKind, node, object};

/// Objects looked at for a path to a holder that the cut leaves alone.
const DETOUR_LIMIT: usize = 100_000;
/// Other paths to a holder that are tried if the best one is no Python.
const MOST_PATHS: usize = 16;

/// What to do to cut a reference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Statement {
    /// `del` this expression.
    Delete(String),
    /// A line of Python.
    Run(String),
    /// Words: there is no line that is sure to do it.
    Advice(String),
}

/// The statement that cuts a reference, and how hard its path is to act on, given what the reference itself costs. The holder is named by a path that
/// touches no object for which `is_blocked`.
pub(super) fn statement(
    heap: &Heap,
    (reference, on_path): (Reference, u32),
    is_blocked: &dyn Fn(ObjectIx) -> bool,
) -> (Statement, u32) {
    let blocked = |node| is_blocked(object(node));
    let is_root = |node| heap.root_of(object(node)).is_some();
    let holder = node(reference.from);
    let clear = path_clear_of(heap.graph(), heap.cheapest_tree(), holder, &blocked, &is_root, DETOUR_LIMIT);
    let first = clear.map(|path| path_of(heap, &path, Some((reference, on_path))));
    let mut advice = None;
    if let Some(path) = first {
        let found = of_path(heap, &path.root, &path.steps);
        if !matches!(found, Statement::Advice(_)) {
            return (found, path.cost);
        }
        advice = Some((found, path.cost));
    }
    let others = root_paths(heap, reference.from, Limits { max_paths: MOST_PATHS }).paths;
    let is_clear =
        |path: &RootPath| !is_blocked(path.root.object) && path.steps.iter().all(|step| !is_blocked(step.to));
    for path in others.into_iter().filter(is_clear) {
        let steps: Vec<Reference> = path.steps.iter().copied().chain([reference]).collect();
        let found = of_path(heap, &path.root, &steps);
        if !matches!(found, Statement::Advice(_)) {
            return (found, path.cost);
        }
    }
    advice.unwrap_or_else(|| (Statement::Advice("a path could not be found".to_owned()), u32::MAX))
}

/// What a root has to do to let go.
pub(super) fn of_root(heap: &Heap, root: &HeapRoot) -> Statement {
    Statement::Advice(path_text(heap, root, &[]).text)
}

/// The statement that cuts the last reference of an expression that a person has typed.
pub(super) fn of_expression(heap: &Heap, expression: &str, reference: &Reference) -> Statement {
    let is_global = heap.main_global(expression) == Some(reference.to);
    let is_attribute = !is_global && !expression.ends_with(']');
    if is_attribute {
        Statement::Run(format!("{expression} = None"))
    } else {
        Statement::Delete(expression.to_owned())
    }
}

/// The statement that cuts the last step of a path.
fn of_path(heap: &Heap, root: &HeapRoot, steps: &[Reference]) -> Statement {
    let Some((last, before)) = steps.split_last() else { return of_root(heap, root) };
    let whole = path_text(heap, root, steps);
    let holder = path_text(heap, root, before);
    let code = match last.kind {
        EdgeKind::DictValue => match before.last().filter(|step| step.kind == EdgeKind::InstanceDict) {
            Some(dict) => {
                let owner = path_text(heap, root, &before[..before.len() - 1]);
                whole
                    .is_expression
                    .then(|| namespace_entry(heap, dict.from, last, &whole.text, &owner.text))
                    .flatten()
            }
            None => (whole.is_expression && heap.deletes_plainly(last.from))
                .then(|| Statement::Delete(whole.text.clone())),
        },
        EdgeKind::Attribute | EdgeKind::Slot => {
            whole.is_expression.then(|| attribute(heap, last, &whole.text, &holder.text))
        }
        EdgeKind::Item => (whole.is_expression && heap.deletes_plainly(last.from))
            .then(|| Statement::Delete(whole.text.clone())),
        EdgeKind::SetMember => literal(heap, last.to)
            .filter(|_| holder.is_expression && heap.is_exactly(last.from, "set"))
            .map(|member| Statement::Run(format!("{}.discard({member})", holder.text))),
        EdgeKind::DictKey => literal(heap, last.to)
            .filter(|_| holder.is_expression && heap.deletes_plainly(last.from))
            .map(|key| Statement::Delete(format!("{}[{key}]", holder.text))),
        EdgeKind::Internal => {
            holder.is_expression.then(|| Statement::Run(format!("{}.cache_clear()", holder.text)))
        }
        EdgeKind::Local if heap.is_exactly(last.from, "generator") => {
            holder.is_expression.then(|| Statement::Run(format!("{}.close()", holder.text)))
        }
        _ => None,
    };
    code.unwrap_or_else(|| Statement::Advice(advice(heap, root, steps, &whole.text)))
}

/// An entry of the dict that holds the names of a module, a class or an instance.
fn namespace_entry(
    heap: &Heap,
    owner: ObjectIx,
    entry: &Reference,
    whole: &str,
    owner_text: &str,
) -> Option<Statement> {
    let Label::Key(key) = entry.label else { return None };
    let name = heap.exact_text(key)?;
    if whole == name {
        return Some(Statement::Delete(whole.to_owned()));
    }
    if heap.is_type(owner) {
        // A class's `__dict__` cannot be changed, its attributes can, unless it is a static type.
        let is_open = is_identifier(name) && heap.is_python_class(owner);
        return is_open.then(|| Statement::Run(format!("{owner_text}.{name} = None")));
    }
    if whole.ends_with(']') {
        return Some(Statement::Delete(whole.to_owned()));
    }
    if heap.assigns_plainly(owner) {
        return Some(Statement::Run(format!("{whole} = None")));
    }
    heap.dict_attribute_is_plain(owner)
        .then(|| Statement::Delete(format!("{owner_text}.__dict__[{}]", quoted(name))))
}

fn attribute(heap: &Heap, reference: &Reference, whole: &str, holder: &str) -> Statement {
    let name = match reference.label {
        Label::Name(name) => heap.snapshot().string(name),
        _ => "",
    };
    if name == "cell_contents" {
        Statement::Delete(whole.to_owned())
    } else if heap.assigns_plainly(reference.from) {
        Statement::Run(format!("{whole} = None"))
    } else {
        // A frozen dataclass refuses `obj.name = None`.
        Statement::Run(format!("object.__setattr__({holder}, {}, None)", quoted(name)))
    }
}

fn advice(heap: &Heap, root: &HeapRoot, steps: &[Reference], text: &str) -> String {
    let is_frame = root.kind == HeapRootKind::Named(heapview_snapshot::RootKind::Frame);
    match steps {
        [local] if is_frame && local.kind == EdgeKind::Local => {
            let name = match local.label {
                Label::Name(name) => heap.snapshot().string(name),
                _ => "?",
            };
            format!("{text}: goes when the function returns, or with `del {name}` in it")
        }
        [_] if is_frame => format!("{text}: goes when the function returns"),
        _ => text.to_owned(),
    }
}

/// The cuts so that each statement still names what it names when those before it have run: elements of lists come
/// last and from the end, for deleting one moves those after it. What is no code comes after all code.
pub(super) fn in_order(mut cuts: Vec<Cut>) -> Vec<Cut> {
    let is_element =
        |cut: &Cut| cut.reference.is_some_and(|reference| reference.kind == EdgeKind::Item) && cut.is_code();
    cuts.sort_by_cached_key(|cut| {
        let text = match &cut.statement {
            Statement::Delete(text) | Statement::Run(text) | Statement::Advice(text) => text.clone(),
        };
        let from_the_end = if is_element(cut) { indices(&text) } else { Vec::new() };
        (!cut.is_code(), is_element(cut), std::cmp::Reverse(from_the_end), cut.cost, text)
    });
    cuts.dedup_by(|one, other| one.statement == other.statement && one.is_code());
    cuts
}

fn indices(text: &str) -> Vec<u64> {
    text.split('[').filter_map(|part| part.split(']').next()?.parse().ok()).collect()
}

/// Modules that statements start from and that are no names of `__main__`.
pub(super) fn imports(heap: &Heap, cuts: &[Cut]) -> Vec<String> {
    let mut imports: Vec<String> = cuts
        .iter()
        .filter_map(|cut| match &cut.statement {
            Statement::Delete(text) => Some(text.as_str()),
            Statement::Run(text) => Some(text.strip_prefix("object.__setattr__(").unwrap_or(text)),
            Statement::Advice(_) => None,
        })
        .filter_map(|text| text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).next())
        .filter(|name| heap.main_global(name).is_none() && heap.module(name).is_some())
        .map(str::to_owned)
        .collect();
    imports.sort();
    imports.dedup();
    imports
}
