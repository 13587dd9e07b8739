//! Draws the overview: totals above, the biggest objects below.

use heapview_analysis::summary::Summary;
use heapview_render as render;

use crate::command::BestPath;
use crate::layout::Room;
use crate::model::Ready;
use crate::screens::SummaryScreen;
use crate::text;
use crate::view::canvas::{Canvas, List, counted, left, span};
use crate::view::columns::SizeColumns;

/// With less room than this for name and path, only the name is shown; the status line has the path.
const WIDTH_WITH_PATH: usize = 48;

pub fn view(screen: &SummaryScreen, ready: &Ready, body: Room, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let layout = SummaryScreen::layout(body);
    let Some(overview) = screen.overview() else {
        canvas.text(1, " adding up...", theme.dim());
        return;
    };
    {
        let room = Room { width: body.width, height: layout.facts };
        let mut canvas = canvas.part(0, 0, room);
        for (y, (name, fact)) in facts(&overview.summary).into_iter().enumerate() {
            canvas.fact(y, name, &fact);
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
        let name = render::object_label(&ready.heap, object);
        let room = width.saturating_sub(columns.width());
        if room < WIDTH_WITH_PATH {
            spans.push(span(left(&name, room), theme.plain()));
        } else {
            let name_width = (room * 2 / 5).min(50);
            let path = overview.paths.get(at).map_or("", BestPath::text);
            spans.push(span(left(&name, name_width), theme.plain()));
            spans.push(span(format!("  {}", text::fit_middle(path, room - name_width - 2)), theme.plain()));
        }
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
    let roots = if roots.is_empty() { "none".to_owned() } else { roots.join(", ") };
    let unreachable = match summary.n_unreachable {
        0 => "nothing".to_owned(),
        n_objects => format!(
            "{}, {}: the next collection frees them",
            counted(n_objects as usize, "object"),
            render::size(summary.unreachable_size)
        ),
    };
    let mut facts = vec![
        (
            "holds",
            format!(
                "{}, {}; the file has {}",
                counted(summary.n_references as usize, "reference"),
                counted(summary.n_types, "type"),
                render::size(summary.file_size)
            ),
        ),
        ("roots", roots),
        ("unreachable", unreachable),
        ("process", format!("{} {}, on {}", meta.pid, meta.executable, meta.platform)),
    ];
    if let Some(warning) = meta.warnings.first() {
        facts.push(("warning", format!("{warning} (w shows all)")));
    }
    facts
}
