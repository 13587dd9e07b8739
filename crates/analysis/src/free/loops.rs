//! Lines that differ only in the element that they lead through, as one line over all these elements:
//! `[value.history.clear() for value in SESSIONS.values()]`.

use heapview_snapshot::{EdgeKind, ObjectIx};
use rustc_hash::FxHashMap;

use super::Cut;
use super::ease::Eases;
use super::emptying::{Emptying, MAX_LISTED};
use super::ownership::Container;
use super::statement::Statement;
use crate::heap::Heap;
use crate::literal::{literal, quoted};
use crate::path::python_path;
use crate::reference::{Label, Reference};
use crate::roots::HeapRoot;

/// So many lines of one form stand for themselves.
const MAX_ALIKE: usize = 4;

/// What clears the variables of a traceback's frames.
pub(super) const CLEAR_FRAMES: &str = "traceback.clear_frames(";

/// An element of a container that a line's path leads through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Through {
    /// The container's reference to the element.
    step: Reference,
    /// The container, in Python.
    container: String,
    /// What stands before the element in the line.
    start: &'static str,
    /// What follows the element in the line.
    rest: String,
}

impl Through {
    /// The elements on the way of `steps`, each with what follows it in the statement's only line.
    pub(super) fn all(
        heap: &Heap,
        eases: &Eases<'_>,
        root: &HeapRoot,
        steps: &[Reference],
        statement: &Statement,
    ) -> Vec<Self> {
        let Statement::Run(lines) = statement else { return Vec::new() };
        let [line] = lines.as_slice() else { return Vec::new() };
        let is_element = |step: &Reference| {
            matches!(step.kind, EdgeKind::DictValue | EdgeKind::Item) && eases.of_place(step.from).is_some()
        };
        let elements = (0..steps.len()).filter(|nth| is_element(&steps[*nth]));
        elements
            .filter_map(|nth| {
                let container = python_path(heap, root, &steps[..nth])?.to_string();
                let element = python_path(heap, root, &steps[..=nth])?.to_string();
                let inside = line.strip_prefix(CLEAR_FRAMES);
                let start = if inside.is_some() { CLEAR_FRAMES } else { "" };
                let rest = inside.unwrap_or(line).strip_prefix(element.as_str())?;
                let is_whole = rest.starts_with(['.', '[']) && !rest.contains(container.as_str());
                is_whole.then(|| Self { step: steps[nth], container, start, rest: rest.to_owned() })
            })
            .collect()
    }
}

/// The container, and what stands before and behind its element.
type Form<'a> = (ObjectIx, &'a str, &'a str);

/// Joins cuts whose lines differ only in one element. What is left of many lines of one form is said in words.
pub(super) fn joined(heap: &Heap, eases: &Eases<'_>, cuts: Vec<Cut>) -> Vec<Cut> {
    let mut cuts = cuts;
    loop {
        let mut forms: FxHashMap<Form<'_>, Vec<(usize, usize)>> = FxHashMap::default();
        for (at, cut) in cuts.iter().enumerate() {
            for (nth, through) in cut.elements.iter().enumerate() {
                forms.entry((through.step.from, through.start, &through.rest)).or_default().push((at, nth));
            }
        }
        let largest = forms.into_values().max_by_key(|places| (places.len(), std::cmp::Reverse(places[0])));
        let Some(places) = largest.filter(|places| places.len() > MAX_ALIKE) else { return cuts };
        let of_form: Vec<Through> = places.iter().map(|(at, nth)| cuts[*at].elements[*nth].clone()).collect();
        let statement = line(heap, eases, &of_form);
        let (mut rest, mut joined): (Vec<Cut>, Option<Cut>) = (Vec::new(), None);
        let mut of_it = places.iter().map(|(at, _)| *at).peekable();
        for (at, cut) in cuts.into_iter().enumerate() {
            if of_it.next_if(|first| *first == at).is_none() {
                rest.push(cut);
            } else if let Some(joined) = &mut joined {
                joined.references.extend(cut.references);
                joined.edges.extend(cut.edges);
                joined.emptied.extend(cut.emptied);
            } else {
                joined = Some(Cut { statement: statement.clone(), elements: Vec::new(), ..cut });
            }
        }
        rest.extend(joined);
        cuts = rest;
    }
}

/// One line for all; words if no line tells these elements from the others.
fn line(heap: &Heap, eases: &Eases<'_>, all: &[Through]) -> Statement {
    let Through { step, container: text, start, rest } = &all[0];
    let words =
        || super::advice::Advice::words(format!("{text}[*]{rest}: for {} of its elements", all.len()));
    let references: Vec<Reference> = all.iter().map(|through| through.step).collect();
    let Some(container) = eases.ownership.container(step.from) else { return words() };
    let Some(emptying) = Emptying::new(heap, step.from, container, &references) else { return words() };
    let is_dict = container == Container::Dict;
    let (name, source) = if is_dict { ("value", format!("{text}.values()")) } else { ("item", text.clone()) };
    let condition = if emptying.is_whole() {
        Some(String::new())
    } else {
        emptying.condition(name, true).map(|condition| format!(" if {condition}"))
    };
    if let Some(condition) = condition {
        let act = act(start, name, rest);
        return Statement::Run(vec![format!("[{act} for {name} in {source}{condition}][:0]")]);
    }
    let keys: Option<Vec<String>> = references
        .iter()
        .map(|reference| match reference.label {
            Label::Index(Some(index)) => Some(index.to_string()),
            Label::Key(key) => literal(heap, key),
            _ => None,
        })
        .collect();
    match keys.filter(|keys| keys.len() <= MAX_LISTED) {
        Some(keys) => {
            let act = act(start, &format!("{text}[key]"), rest);
            Statement::Run(vec![format!("[{act} for key in [{}]][:0]", keys.join(", "))])
        }
        None => words(),
    }
}

/// What the line does with one element, as an expression.
fn act(start: &str, element: &str, rest: &str) -> String {
    let assigned = rest.strip_suffix(" = None").and_then(|path| path.rsplit_once('.'));
    match assigned {
        Some((owner, name)) => format!("setattr({element}{owner}, {}, None)", quoted(name)),
        None => format!("{start}{element}{rest}"),
    }
}
