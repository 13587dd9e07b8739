//! `heapview object`: one object, what it holds and what holds it.

use heapview_analysis::object::{References, referents, referrers, report};
use heapview_analysis::paths::path_to_root;
use heapview_analysis::surroundings::{Reach, surroundings};
use heapview_analysis::{Heap, Page, Reference};
use heapview_render::{
    Column, Table, count, dot, json, object_label, reference_label, size, source_line_label,
    unreachable_label,
};
use heapview_snapshot::{ObjectFlags, ObjectIx};

use super::{Selected, explain, selected};
use crate::args::{self, Format};
use crate::output::Output;
use crate::session::Session;

pub(crate) fn run(args: &args::Object, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let heap = session.open(&args.source.snapshot)?;
    let objects = match selected(&heap, &args.selector) {
        Selected::Objects(objects) => objects,
        Selected::Nothing(error) => return Ok(explain(&args.selector, &error)),
    };
    let object = objects[0];
    if args.format == Format::Dot {
        let reach = Reach { max_paths: args.limit, depth: args.depth, max_referents: args.limit };
        output.lines(&dot(&heap, &surroundings(&heap, object, reach)))?;
        return Ok(0);
    }
    let page = Page { start: 0, len: args.limit };
    let (holds, held_by) = (referents(&heap, object, page), referrers(&heap, object, page));
    if args.json || args.format == Format::Json {
        let mut value = json::listed_object_json(&heap, object);
        value["n_selected"] = objects.len().into();
        value["referents"] = json::references_json(&heap, &holds, |reference| reference.to);
        value["referrers"] = json::references_json(&heap, &held_by, |reference| reference.from);
        output.json(&value)?;
        return Ok(0);
    }
    let report = report(&heap, object);
    output.title(&object_label(&heap, object))?;
    let mut line = |title: &str, text: String| output.fact(title, &text);
    if objects.len() > 1 {
        line("selected", format!("the largest of {} objects", count(objects.len() as u64)))?;
    }
    line("address", report.address.to_string())?;
    line("retained", size(report.retained_size))?;
    line("shallow", size(report.shallow_size))?;
    if report.external_size > 0 {
        line("data", size(report.external_size))?;
    }
    let immortal = if report.is_immortal { " (immortal)" } else { "" };
    line("refcount", format!("{}{immortal}", count(u64::from(report.refcount))))?;
    let collector = match report.generation {
        None => "not tracked".to_owned(),
        Some(ObjectFlags::FROZEN) => "frozen by gc.freeze()".to_owned(),
        Some(generation) => format!("tracked, generation {generation}"),
    };
    line("collector", collector)?;
    match path_to_root(&heap, object) {
        Some(path) => output.path("path         ", &path.path.to_string())?,
        None => output.fact("path", &unreachable_label(&heap, object))?,
    }
    let mut line = |title: &str, text: String| output.fact(title, &text);
    if let Some(dominator) = report.dominator {
        line("dominator", object_label(&heap, dominator))?;
    }
    if let Some(place) = &report.source {
        line("source", format!("{} in {}", place.call(), place.whole()))?;
    }
    for (place, at) in report.allocated_at.iter().enumerate() {
        let (title, from) = if place == 0 { ("allocated", "") } else { ("", "from ") };
        line(title, format!("{from}{}", source_line_label(at)))?;
    }
    output.line("")?;
    output.title(&format!("Holds {}", count(holds.total as u64)))?;
    references(&heap, &holds, |reference| reference.to, output)?;
    output.line("")?;
    output.title(&format!("Held by {}", count(held_by.total as u64)))?;
    references(&heap, &held_by, |reference| reference.from, output)?;
    Ok(0)
}

/// One reference a line: what it is called, the object at its other end, and where that is found.
fn references(
    heap: &Heap,
    references: &References,
    other: fn(&Reference) -> ObjectIx,
    output: &mut Output,
) -> anyhow::Result<()> {
    if references.rows.is_empty() {
        return Ok(());
    }
    let mut table = Table::new([
        Column::right("retained"),
        Column::left("as"),
        Column::path("object"),
        Column::path("path"),
    ]);
    for reference in &references.rows {
        let object = other(reference);
        table.rows.push(vec![
            size(heap.retained_size(object)),
            reference_label(heap, reference),
            object_label(heap, object),
            path_to_root(heap, object).map_or_else(String::new, |path| path.path.to_string()),
        ]);
    }
    output.table(&table)?;
    output.more(references.total - references.rows.len())?;
    Ok(())
}
