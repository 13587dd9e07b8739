//! `heapview paths`: what keeps an object alive, one path a line, best first.

use heapview_analysis::paths::{Limits, root_paths};
use heapview_render::{json, unreachable_label};

use super::{Selected, explain, selected};
use crate::args;
use crate::output::{Output, complain};
use crate::session::Session;

pub(crate) fn run(args: &args::Paths, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let heap = session.open(&args.source.snapshot)?;
    let objects = match selected(&heap, &args.selector) {
        Selected::Objects(objects) => objects,
        Selected::Nothing(error) => return Ok(explain(&args.selector, &error)),
    };
    let object = objects[0];
    let answer = root_paths(&heap, object, Limits { max_paths: args.limit });
    if args.json {
        let mut value = json::paths_json(&heap, &answer);
        value["object"] = json::object_json(&heap, object);
        value["n_selected"] = objects.len().into();
        output.json(&value)?;
    } else {
        for path in &answer.paths {
            output.path("", &path.path.to_string())?;
            if !path.aliases.is_empty() {
                let aliases: Vec<String> = path.aliases.iter().map(ToString::to_string).collect();
                output.path("    also ", &aliases.join(", "))?;
            }
        }
        if answer.truncated {
            output.line("... more (truncated; --limit)")?;
        }
    }
    if answer.paths.is_empty() && !args.json {
        complain(&[format!("no path to {object}: {}", unreachable_label(&heap, object))]);
    }
    Ok(if answer.paths.is_empty() { crate::NOTHING } else { 0 })
}
