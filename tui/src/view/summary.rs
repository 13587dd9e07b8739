//! Draws the overview: what to look at first, memory and totals above, the biggest objects below.

use heapview_analysis::summary::{RootsOfKind, Summary};
use heapview_render as render;

use crate::command::{BestPath, Overview};
use crate::icicle;
use crate::layout::Room;
use crate::model::Ready;
use crate::screens::{FactLine, SummaryScreen};
use crate::view::canvas::{Canvas, FACT_NAME, List, counted, left, path_spans, span};
use crate::view::columns::{SizeColumns, object_name};
use crate::view::ledger::LedgerBar;
use heapview_render::text;

/// With less room than this for name and path, only the name is shown; the status line has the path.
const WIDTH_WITH_PATH: usize = 48;
/// A strip of the icicle names the size if so many cells are left for the object.
const WIDTH_WITH_SIZE: usize = 8;

pub(super) fn view(screen: &SummaryScreen, ready: &Ready, body: Room, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let layout = screen.layout(body);
    let Some(overview) = screen.overview() else {
        canvas.text(1, " adding up...", theme.dim());
        return;
    };
    {
        let room = Room { width: body.width, height: layout.facts };
        let mut canvas = canvas.part(0, 0, room);
        for (y, line) in screen.fact_lines(body).into_iter().enumerate() {
            fact_line(line, y, screen, overview, ready, &mut canvas);
        }
    }
    let mut canvas = canvas.part(0, layout.facts, layout.list);
    let columns = SizeColumns::of(canvas.width(), theme);
    let mut titles = columns.titles();
    let room = canvas.width().saturating_sub(columns.width() + 1);
    let name_width = if room < WIDTH_WITH_PATH { room } else { (room * 2 / 5).min(50) };
    titles.push(span(left("biggest objects", name_width), theme.plain()));
    titles.push(span(if room < WIDTH_WITH_PATH { "" } else { "  path" }, theme.plain()));
    let biggest = screen.biggest();
    let list = List { cursor: screen.cursor(), n_rows: biggest.len(), has_focus: true };
    canvas.list(titles, list, |at, width| {
        let Some(&object) = biggest.get(at) else { return Vec::new() };
        let mut spans = columns.of_object(ready, object);
        let name = object_name(ready, object);
        let room = width.saturating_sub(columns.width());
        if room < WIDTH_WITH_PATH {
            spans.push(span(left(&name, room), theme.plain()));
        } else {
            let name_width = (room * 2 / 5).min(50);
            let path = overview.paths.get(at).map_or("", |path| &path.text);
            spans.push(span(left(&name, name_width), theme.plain()));
            spans.extend(path_spans(&format!("  {}", text::fit_middle(path, room - name_width - 2)), theme));
        }
        spans
    });
}

fn fact_line(
    line: FactLine,
    y: usize,
    screen: &SummaryScreen,
    overview: &Overview,
    ready: &Ready,
    canvas: &mut Canvas<'_>,
) {
    let summary = &overview.summary;
    let theme = canvas.theme;
    let width = canvas.width().saturating_sub(FACT_NAME + 1);
    match line {
        FactLine::LookFirst => {
            let words = look_first(overview, screen.biggest_can_go(), ready, width);
            canvas.fact(y, "look first", &words);
        }
        FactLine::Memory => {
            let name = span(format!(" {}", left("memory", FACT_NAME)), theme.dim());
            let bar = LedgerBar::of(summary, width, canvas.width().saturating_sub(1), theme).bar;
            canvas.line(y, [vec![name], bar].concat());
        }
        FactLine::Legend => {
            let legend_width = canvas.width().saturating_sub(1);
            let memory = LedgerBar::of(summary, width, legend_width, theme);
            let gap = if memory.fits_beside_name(legend_width) { FACT_NAME + 1 } else { 1 };
            canvas.line(y, [vec![span(" ".repeat(gap), theme.plain())], memory.legend].concat());
        }
        FactLine::Icicle(level) => icicle(level, y, overview, ready, canvas),
        FactLine::Unreachable => {
            let total =
                render::unreachable_total(&ready.heap, summary.n_unreachable, summary.unreachable_size);
            canvas.fact(y, render::UNREACHABLE, &total);
        }
        FactLine::Warning => {
            let warning = summary.meta.warnings.first().map_or("", String::as_str);
            canvas.fact(y, "warning", &format!("{warning} (w shows all)"));
        }
        FactLine::Roots => canvas.fact(y, "roots", &roots(summary)),
        FactLine::Holds => canvas.fact(
            y,
            "holds",
            &format!(
                "{}, {}; the file has {}",
                counted(summary.n_references as usize, "reference"),
                counted(summary.n_types, "type"),
                render::size(summary.file_size)
            ),
        ),
        FactLine::Process => {
            let meta = &summary.meta;
            canvas.fact(y, "process", &format!("{} {}, on {}", meta.pid, meta.executable, meta.platform));
        }
    }
}

/// The biggest object, where it is, and the key that says why; `can_go`: and what to do about it.
fn look_first(overview: &Overview, can_go: bool, ready: &Ready, width: usize) -> String {
    let Some(&object) = overview.summary.biggest.first() else {
        let is_empty = overview.summary.n_objects == 0;
        return if is_empty { "the heap is empty" } else { "no root reaches any object" }.to_owned();
    };
    let path = match overview.paths.first() {
        Some(BestPath { path: Some(_), text }) => text.clone(),
        _ => render::object_label(&ready.heap, object),
    };
    let size = render::size(ready.heap.retained_size(object));
    let advice = match width {
        0..70 => format!(", {size}: press p"),
        _ if can_go => format!(", {size}: p says why it is alive and how to free it"),
        _ => format!(", {size}: p says why it is alive"),
    };
    text::fit_middle(&path, width.saturating_sub(text::width(&advice))) + &advice
}

/// One level of the icicle: the whole width is the whole heap, and below each object is what it keeps alive.
fn icicle(level: usize, y: usize, overview: &Overview, ready: &Ready, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let width = canvas.width().saturating_sub(FACT_NAME + 1);
    let levels = icicle::strips(&overview.blocks, ready.total_size, width, level + 1);
    let name = match level {
        0 => "kept by",
        1 => "  through",
        _ => "    through",
    };
    let mut spans = vec![span(format!(" {}", left(name, FACT_NAME)), theme.dim())];
    let mut x = 0;
    for strip in levels.last().map_or(&[][..], Vec::as_slice) {
        spans.push(span(theme.rest().repeat(strip.x.saturating_sub(x)), theme.dim()));
        spans.push(span(theme.gap(), theme.bar()));
        let size = format!(" {}", render::size(strip.block.size));
        let room = strip.width - 1;
        // A size without the name of what it is the size of would tell nothing.
        let size = if room >= size.len() + WIDTH_WITH_SIZE { size } else { String::new() };
        // Of very little room, one piece is worth more than two.
        let label = match room - size.len() {
            room @ ..12 => text::fit(&strip.block.path, room),
            room => text::fit_middle(&strip.block.path, room),
        };
        spans.push(span(left(&(label + &size), room), theme.plain()));
        x = strip.x + strip.width;
    }
    spans.push(span(theme.rest().repeat(width.saturating_sub(x)), theme.dim()));
    canvas.line(y, spans);
}

fn roots(summary: &Summary) -> String {
    let kind = |roots: &RootsOfKind| {
        format!("{} {}", render::root_kind_label(roots.kind), render::count(roots.n_roots as u64))
    };
    let roots: Vec<String> = summary.roots.iter().map(kind).collect();
    if roots.is_empty() { "none".to_owned() } else { roots.join(", ") }
}
