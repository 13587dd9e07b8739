//! Draws the paths to an object, and the steps of the chosen path.

use heapview_analysis::Heap;
use heapview_analysis::paths::RootPaths;
use heapview_render as render;

use crate::layout::{Focus, Panes, Room};
use crate::screens::PathsScreen;
use crate::text;
use crate::view::canvas::{Canvas, List, counted, left, right, span};

const SIZE: usize = 10;

pub fn view(screen: &PathsScreen, heap: &Heap, body: Room, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let Some(paths) = screen.paths() else {
        canvas.text(1, " looking for paths...", theme.dim());
        return;
    };
    if paths.paths.is_empty() {
        canvas.text(
            1,
            " No path from any root: it is unreachable, and the next collection frees it.",
            theme.plain(),
        );
        return;
    }
    match screen.layout(body) {
        Panes::Stacked { upper, lower } => {
            path_list(screen, paths, &mut canvas.part(0, 0, upper));
            steps(screen, heap, &mut canvas.part(0, upper.height, lower));
        }
        Panes::Beside { .. } | Panes::One(_) => match screen.focus {
            Focus::First => path_list(screen, paths, canvas),
            Focus::Second => steps(screen, heap, canvas),
        },
    }
}

fn path_list(screen: &PathsScreen, paths: &RootPaths, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let more = if paths.truncated { ", and more that were not searched" } else { "" };
    let titles =
        vec![span(format!("{}, best first{more}", counted(paths.paths.len(), "path")), theme.plain())];
    let list = List {
        cursor: screen.path_cursor(),
        n_rows: paths.paths.len(),
        has_focus: screen.focus == Focus::First,
    };
    canvas.list(titles, list, |at, width| {
        let Some(path) = paths.paths.get(at) else { return Vec::new() };
        let root = render::root_label(&path.root);
        let root = format!("  from {}", text::fit(&root, width / 3));
        let room = width.saturating_sub(text::width(&root));
        vec![span(left(&text::fit_middle(&path.text, room), room), theme.plain()), span(root, theme.dim())]
    });
}

fn steps(screen: &PathsScreen, heap: &Heap, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let Some(path) = screen.chosen_path() else { return };
    let label_width = (canvas.width() / 4).clamp(8, 32);
    let titles = vec![
        span(right("retained", SIZE), theme.plain()),
        span("  step by step: each holds the next", theme.plain()),
    ];
    let list = List {
        cursor: screen.step_cursor(),
        n_rows: screen.n_steps(),
        has_focus: screen.focus == Focus::Second,
    };
    canvas.list(titles, list, |at, width| {
        let Some(object) = screen.step_object(at) else { return Vec::new() };
        let label = match at.checked_sub(1).and_then(|step| path.steps.get(step)) {
            None => render::root_label(&path.root),
            Some(step) => render::reference_label(heap, step),
        };
        let room = width.saturating_sub(SIZE + label_width + 4);
        vec![
            span(right(&render::size(heap.retained_size(object)), SIZE), theme.plain()),
            span(format!("  {}", left(&label, label_width)), theme.plain()),
            span(format!("  {}", left(&render::object_label(heap, object), room)), theme.plain()),
        ]
    });
}
