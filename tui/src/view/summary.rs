//! Draws the overview: totals above, the biggest objects below.

use heapview_analysis::Heap;
use heapview_analysis::summary::Summary;
use heapview_render as render;

use crate::layout::Room;
use crate::screens::SummaryScreen;
use crate::view::canvas::{Canvas, List, left, span};
use crate::view::columns::SizeColumns;

pub fn view(screen: &SummaryScreen, heap: &Heap, body: Room, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let layout = SummaryScreen::layout(body);
    let Some(summary) = screen.summary() else {
        canvas.text(1, " adding up...", theme.dim());
        return;
    };
    {
        let room = Room { width: body.width, height: layout.facts };
        let mut canvas = canvas.part(0, 0, room);
        for (y, (name, fact)) in facts(summary).into_iter().enumerate() {
            canvas.fact(y, name, &fact);
        }
    }
    let mut canvas = canvas.part(0, layout.facts, layout.list);
    let columns = SizeColumns::of(canvas.width(), theme);
    let mut titles = columns.titles();
    titles.push(span("biggest objects", theme.plain()));
    let biggest = screen.biggest();
    let list = List { cursor: screen.cursor(), n_rows: biggest.len(), has_focus: true };
    canvas.list(titles, list, |at, width| {
        let Some(&object) = biggest.get(at) else { return Vec::new() };
        let mut spans = columns.of_object(heap, object);
        let name = render::object_label(heap, object);
        spans.push(span(left(&name, width.saturating_sub(columns.width())), theme.plain()));
        spans
    });
}

/// The most telling first: in a small terminal only the first ones show.
fn facts(summary: &Summary) -> Vec<(&'static str, String)> {
    let meta = &summary.meta;
    let roots: Vec<String> = summary
        .roots
        .iter()
        .map(|roots| {
            format!("{} {}", render::root_kind_label(roots.kind), render::count(roots.n_roots as u64))
        })
        .collect();
    let unreachable = match summary.n_unreachable {
        0 => "nothing".to_owned(),
        n_objects => format!(
            "{} objects, {}: the next collection frees them",
            render::count(n_objects),
            render::size(summary.unreachable_size)
        ),
    };
    let mut facts = vec![
        (
            "holds",
            format!(
                "{} references, {} types; the file has {}",
                render::count(summary.n_references),
                render::count(summary.n_types as u64),
                render::size(summary.file_size)
            ),
        ),
        ("roots", roots.join(", ")),
        ("unreachable", unreachable),
        ("process", format!("{} {}, on {}", meta.pid, meta.executable, meta.platform)),
    ];
    if let Some(warning) = meta.warnings.first() {
        facts.push(("warning", format!("{warning} (w shows all)")));
    }
    facts
}
