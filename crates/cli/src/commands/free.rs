//! `heapview free`: what to do so that an object goes, and how many bytes that gives.

use heapview_analysis::Heap;
use heapview_analysis::free::{FreePlan, free, what_if};
use heapview_render::{advice_lines, code_lines, count, json, object_label, outcome_lines, size};
use heapview_snapshot::ObjectIx;

use super::{Selected, explain, selected};
use crate::args;
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Free, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let heap = session.open(&args.source.snapshot)?;
    let found = match selected(&heap, &args.selector) {
        Selected::Objects(objects) => objects,
        Selected::Nothing(error) => return Ok(explain(&args.selector, &error)),
    };
    let objects = if args.all { &found[..] } else { &found[..1] };
    let plan = if args.cut.is_empty() {
        free(&heap, objects)
    } else {
        for cut in &args.cut {
            if let Err(error) = what_if(&heap, objects, std::slice::from_ref(cut)) {
                return Ok(explain(cut, &error));
            }
        }
        what_if(&heap, objects, &args.cut).unwrap_or_default()
    };
    let is_enough = plan.is_garbage() || (!plan.cuts.is_empty() && plan.by_all.n_staying == 0);
    if args.json {
        let mut value = heapview_render::free_json(&heap, &plan);
        value["object"] = json::object_json(&heap, objects[0]);
        value["n_selected"] = found.len().into();
        output.json(&value)?;
    } else {
        print(&heap, objects, &plan, output)?;
        if objects.len() < found.len() {
            let others = count((found.len() - 1) as u64);
            output.line(&format!(
                "the largest of those named; {others} more are left (--all frees them together)"
            ))?;
        }
    }
    Ok(if is_enough { 0 } else { crate::NOTHING })
}

fn print(heap: &Heap, objects: &[ObjectIx], plan: &FreePlan, output: &mut Output) -> anyhow::Result<()> {
    let what = match objects {
        [single] => format!("{} keeps", object_label(heap, *single)),
        several => format!("{} objects keep", count(several.len() as u64)),
    };
    output.title(&format!("{what} {} alive", size(plan.retained_size)))?;
    let sections = [("To free this:", code_lines(plan)), ("Without a safe line:", advice_lines(plan))];
    for (title, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        output.line("")?;
        output.title(title)?;
        for line in lines {
            output.line(&format!("    {line}"))?;
        }
    }
    output.line("")?;
    for line in outcome_lines(heap, plan) {
        output.line(&line)?;
    }
    Ok(())
}
