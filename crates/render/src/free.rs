//! How to free something: the lines to paste, and what they give, in words.

use heapview_analysis::Heap;
use heapview_analysis::free::{Cut, FreePlan, Outcome, Statement};
use serde_json::{Value, json};

use crate::garbage::collection_words;
use crate::json::object_json;
use crate::label::object_label;
use crate::number::{count, size};
use crate::printable::printable;

/// Characters after which a `del` goes on in a line of its own.
const WIDEST: usize = 88;
/// Places without a line that are named.
const MAX_WORDS: usize = 12;
/// Lines that are named although they free nothing yet.
const MAX_VAIN: usize = 8;
/// Libraries that are named.
const MAX_OWNERS: usize = 5;

/// The lines of Python that free what can be freed by code; none if nothing can.
pub fn code_lines(plan: &FreePlan) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut deleted: Option<String> = None;
    for cut in &plan.cuts {
        match &cut.statement {
            Statement::Delete(expression) => {
                deleted = Some(match deleted.take() {
                    Some(line) if line.len() + expression.len() < WIDEST => format!("{line}, {expression}"),
                    Some(line) => {
                        lines.push(line);
                        format!("del {expression}")
                    }
                    None => format!("del {expression}"),
                });
            }
            Statement::Run(more) => {
                lines.extend(deleted.take());
                lines.extend(more.iter().cloned());
            }
            Statement::Advice(_) => {}
        }
    }
    lines.extend(deleted);
    let mut imports = plan.imports.clone();
    if plan.n_garbage > 0 || (!lines.is_empty() && plan.by_code.waiting_size > 0) {
        let collects = plan.collection.lines();
        lines.retain(|line| !collects.contains(line));
        lines.extend(collects);
        imports.push("gc".to_owned());
    }
    for name in &plan.shadowed {
        for line in &mut lines {
            *line = imported_in_place(line, name, '.', &format!("__import__('{name}')"));
        }
    }
    for name in &plan.shadowed_builtins {
        for line in &mut lines {
            *line = imported_in_place(line, name, '(', &format!("__import__('builtins').{name}"));
        }
    }
    imports.retain(|name| !plan.shadowed.contains(name));
    imports.sort();
    imports.dedup();
    if !imports.is_empty() {
        lines.insert(0, format!("import {}", imports.join(", ")));
    }
    lines
}

/// The line with `imported` where it says `name` and then `next`: the program has the name for something else.
fn imported_in_place(line: &str, name: &str, next: char, imported: &str) -> String {
    let mut changed = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(&format!("{name}{next}")) {
        let before = rest[..at].chars().next_back().or_else(|| changed.chars().next_back());
        let is_word = !before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.'));
        changed.push_str(&rest[..at]);
        changed.push_str(if is_word { imported } else { name });
        rest = &rest[at + name.len()..];
    }
    changed + rest
}

/// What is left to do where there is no line for it: equal words once, with a count, the first of many, and what is
/// the libraries' own in one line.
pub fn advice_lines(plan: &FreePlan) -> Vec<String> {
    let mut lines: Vec<(&str, usize)> = Vec::new();
    let mut owned: Vec<(&str, &str, usize)> = Vec::new();
    let mut vain: Vec<&str> = Vec::new();
    for cut in &plan.cuts {
        let Statement::Advice(advice) = &cut.statement else { continue };
        if advice.is_vain {
            vain.push(&advice.text);
            continue;
        }
        match &advice.owner {
            Some(owner) => match owned.iter_mut().find(|known| known.0 == owner) {
                Some(known) => known.2 += 1,
                None => owned.push((owner, &advice.text, 1)),
            },
            None => match lines.iter_mut().find(|known| known.0 == advice.text) {
                Some(known) => known.1 += 1,
                None => lines.push((&advice.text, 1)),
            },
        }
    }
    let n_more = lines.len().saturating_sub(MAX_WORDS);
    let times = |(text, times): &(&str, usize)| match times {
        1 => (*text).to_owned(),
        times => format!("{text} ({} times)", count(*times as u64)),
    };
    let mut words: Vec<String> = lines.iter().take(MAX_WORDS).map(times).collect();
    if n_more > 0 {
        words.push(format!("and {} more places (--json names them all)", count(n_more as u64)));
    }
    owned.sort_by_key(|(owner, _, n_places)| (std::cmp::Reverse(*n_places), *owner));
    match owned.as_slice() {
        [] => {}
        [(owner, text, 1)] => words.push(format!("{text}: {owner}'s own, left alone")),
        [(_, text, _), ..] => {
            let n_places: usize = owned.iter().map(|(_, _, n_places)| n_places).sum();
            let owners: Vec<&str> = owned.iter().take(MAX_OWNERS).map(|(owner, _, _)| *owner).collect();
            let more = if owned.len() > MAX_OWNERS { " and others" } else { "" };
            words.push(format!(
                "{text} and {} more places: {}'s{more} own, left alone",
                count(n_places as u64 - 1),
                owners.join("'s, ")
            ));
        }
    }
    words.extend(vain_line(&vain));
    words
}

/// Lines that free nothing yet, as one.
fn vain_line(vain: &[&str]) -> Option<String> {
    let mut shown: Vec<String> = Vec::new();
    for line in vain.iter().take(MAX_VAIN) {
        match (shown.last_mut(), line.strip_prefix("del ")) {
            (Some(last), Some(name)) if last.starts_with("del ") => last.extend([", ", name]),
            _ => shown.push((*line).to_owned()),
        }
    }
    let more = match vain.len().saturating_sub(MAX_VAIN) {
        0 => String::new(),
        n_more => format!("; and {} more (--json names them all)", count(n_more as u64)),
    };
    (!shown.is_empty()).then(|| format!("and only when that has let go: {}{more}", shown.join("; ")))
}

/// What comes of the plan, in sentences.
pub fn outcome_lines(heap: &Heap, plan: &FreePlan) -> Vec<String> {
    let mut lines = Vec::new();
    if plan.truncated {
        lines.push("too many references hold it: the search was given up (truncated)".to_owned());
    } else if plan.cannot_be_freed() {
        lines.push("it cannot be freed: what holds it cannot be cut from Python".to_owned());
    } else if plan.is_garbage() {
        lines.push(format!(
            "nothing holds it: {} {}",
            size(plan.retained_size),
            collection_words(plan.collection)
        ));
    } else {
        let of_wanted = |n: usize| format!("{} of {} objects", count(n as u64), count(plan.n_wanted as u64));
        if plan.n_garbage > 0 {
            lines.push(format!(
                "nothing holds {}: they {}",
                of_wanted(plan.n_garbage),
                collection_words(plan.collection)
            ));
        }
        if plan.n_stuck > 0 {
            lines.push(format!("{} cannot be freed", of_wanted(plan.n_stuck)));
        }
    }
    if plan.cuts.is_empty() {
        return lines;
    }
    let has_code = plan.cuts.iter().any(Cut::is_code);
    let has_advice = plan.cuts.iter().any(|cut| !cut.is_code());
    if has_code {
        lines.push(format!("frees {}", gain(plan, &plan.by_code)));
    }
    if has_advice {
        let also = if has_code { "with what has no safe line, it " } else { "" };
        lines.push(format!("{also}would free {}", gain(plan, &plan.by_all)));
    }
    if !plan.is_garbage() && plan.by_code.waiting_size > 0 && plan.collection.is_frozen {
        lines.push(
            "gc.freeze() has set some of it apart: no collection looks at that before gc.unfreeze()"
                .to_owned(),
        );
    }
    let outcome = if has_code && !has_advice { &plan.by_code } else { &plan.by_all };
    for held in &outcome.still_held {
        let s = if held.n_references == 1 { "" } else { "s" };
        lines.push(format!(
            "stays: {} keeps {}: {} reference{s} from C that nobody in Python accounts for",
            object_label(heap, held.object),
            size(held.size),
            held.n_references,
        ));
    }
    let n_more = outcome.n_still_held - outcome.still_held.len();
    if n_more > 0 {
        lines.push(format!("stays: {} more objects are held from C (truncated)", count(n_more as u64)));
    }
    lines.iter().map(|line| printable(line).into_owned()).collect()
}

fn gain(plan: &FreePlan, outcome: &Outcome) -> String {
    let objects = if outcome.n_freed == 1 { "object" } else { "objects" };
    let waiting = match outcome.waiting_size {
        0 => String::new(),
        waiting if waiting == outcome.freed_size => ", all of it by gc.collect()".to_owned(),
        waiting => format!(", {} of it by gc.collect()", size(waiting)),
    };
    let staying = match outcome.n_staying {
        0 => String::new(),
        _ if plan.n_wanted == 1 && plan.n_emptied == 1 => "; the object itself stays, emptied".to_owned(),
        _ if plan.n_wanted == 1 => "; the object itself stays".to_owned(),
        n_staying => {
            format!("; {} of {} objects stay", count(n_staying as u64), count(plan.n_wanted as u64))
        }
    };
    format!("{} ({} {objects}){waiting}{staying}", size(outcome.freed_size), count(outcome.n_freed))
}

pub fn free_json(heap: &Heap, plan: &FreePlan) -> Value {
    let cuts: Vec<Value> = plan
        .cuts
        .iter()
        .map(|cut| {
            let text = match &cut.statement {
                Statement::Delete(expression) => format!("del {expression}"),
                Statement::Run(lines) => lines.join("\n"),
                Statement::Advice(advice) => advice.text.clone(),
            };
            let first = cut.references.first();
            json!({
                "text": text,
                "is_code": cut.is_code(),
                "holder": first.map(|reference| reference.from.to_string()),
                "referent": first.map(|reference| reference.to.to_string()),
                "n_references": cut.references.len(),
            })
        })
        .collect();
    json!({
        "code": code_lines(plan),
        "advice": advice_lines(plan),
        "outcome": outcome_lines(heap, plan),
        "cuts": cuts,
        "retained_size": plan.retained_size,
        "n_wanted": plan.n_wanted,
        "n_garbage": plan.n_garbage,
        "n_stuck": plan.n_stuck,
        "by_code": outcome_json(heap, &plan.by_code),
        "by_all": outcome_json(heap, &plan.by_all),
        "is_complete": plan.is_complete(),
        "is_garbage": plan.is_garbage(),
        "cannot_be_freed": plan.cannot_be_freed(),
        "truncated": plan.truncated,
    })
}

fn outcome_json(heap: &Heap, outcome: &Outcome) -> Value {
    let held: Vec<Value> = outcome
        .still_held
        .iter()
        .map(|held| {
            json!({
                "object": object_json(heap, held.object),
                "n_references": held.n_references,
                "size": held.size,
            })
        })
        .collect();
    json!({
        "freed_size": outcome.freed_size,
        "n_freed": outcome.n_freed,
        "waiting_size": outcome.waiting_size,
        "n_staying": outcome.n_staying,
        "still_held": held,
        "n_still_held": outcome.n_still_held,
    })
}
