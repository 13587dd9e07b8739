//! How to free something: the lines to paste, and what they give, in words.

use heapview_analysis::Heap;
use heapview_analysis::free::{FreePlan, Outcome, Statement};
use serde_json::{Value, json};

use crate::json::object_json;
use crate::label::object_label;
use crate::number::{count, size};

/// Characters after which a `del` goes on in a line of its own.
const WIDEST: usize = 88;

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
            Statement::Run(line) => {
                lines.extend(deleted.take());
                lines.push(line.clone());
            }
            Statement::Advice(_) => {}
        }
    }
    lines.extend(deleted);
    let collects = plan.is_garbage || (!lines.is_empty() && plan.by_code.waiting_size > 0);
    let imports: Vec<&str> =
        plan.imports.iter().map(String::as_str).chain(collects.then_some("gc")).collect();
    if !imports.is_empty() {
        lines.insert(0, format!("import {}", imports.join(", ")));
    }
    if collects {
        lines.push("gc.collect()".to_owned());
    }
    lines
}

/// What is left to do where there is no code for it.
pub fn advice_lines(plan: &FreePlan) -> Vec<String> {
    let advice = |statement: &Statement| match statement {
        Statement::Advice(words) => Some(words.clone()),
        _ => None,
    };
    plan.cuts.iter().filter_map(|cut| advice(&cut.statement)).collect()
}

/// What comes of the plan, in sentences.
pub fn outcome_lines(heap: &Heap, plan: &FreePlan) -> Vec<String> {
    let mut lines = Vec::new();
    if plan.truncated {
        lines.push("too many references hold it: the search was given up (truncated)".to_owned());
    } else if plan.cannot_be_freed {
        lines.push("it cannot be freed: what holds it cannot be cut from Python".to_owned());
    } else if plan.is_garbage {
        lines.push(format!("nothing holds it: {} go with the next collection", size(plan.retained_size)));
    }
    if plan.cuts.is_empty() {
        return lines;
    }
    let has_code = plan.cuts.iter().any(heapview_analysis::free::Cut::is_code);
    let has_advice = plan.cuts.iter().any(|cut| !cut.is_code());
    if has_code {
        lines.push(format!("frees {}", gain(&plan.by_code)));
    }
    if has_advice {
        let also = if has_code { "with what no line of code can do, " } else { "" };
        lines.push(format!("{also}frees {}", gain(&plan.by_all)));
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
    lines
}

fn gain(outcome: &Outcome) -> String {
    let objects = if outcome.n_freed == 1 { "object" } else { "objects" };
    let waiting = match outcome.waiting_size {
        0 => String::new(),
        waiting if waiting == outcome.freed_size => ", all of it by gc.collect()".to_owned(),
        waiting => format!(", {} of it by gc.collect()", size(waiting)),
    };
    let staying = match outcome.n_staying {
        0 => "",
        _ => "; the object itself stays",
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
                Statement::Run(text) | Statement::Advice(text) => text.clone(),
            };
            json!({
                "text": text,
                "is_code": cut.is_code(),
                "holder": cut.reference.map(|reference| reference.from.to_string()),
                "referent": cut.reference.map(|reference| reference.to.to_string()),
            })
        })
        .collect();
    json!({
        "code": code_lines(plan),
        "advice": advice_lines(plan),
        "cuts": cuts,
        "retained_size": plan.retained_size,
        "by_code": outcome_json(heap, &plan.by_code),
        "by_all": outcome_json(heap, &plan.by_all),
        "is_garbage": plan.is_garbage,
        "cannot_be_freed": plan.cannot_be_freed,
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
