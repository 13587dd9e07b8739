//! Draws the paths to an object, and the steps of the chosen path.

use heapview_analysis::paths::RootPaths;
use heapview_render as render;

use crate::layout::{Focus, Panes, Room};
use crate::model::Ready;
use crate::screens::{FreeLine, PathsScreen};
use crate::view::canvas::{Canvas, List, counted, left, path_spans, right, span};
use crate::view::columns::object_name;
use heapview_render::text;

const SIZE: usize = 10;

pub(super) fn view(screen: &PathsScreen, ready: &Ready, body: Room, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let layout = screen.layout(body);
    to_free(screen, &mut canvas.part(layout.x, layout.y, layout.note));
    if layout.x > 0 {
        let mut gap = canvas.part(layout.x - 1, 0, Room { width: 1, height: body.height });
        (0..usize::from(body.height)).for_each(|y| gap.text(y, theme.gap(), theme.dim()));
    }
    let mut canvas = canvas.part(0, 0, layout.lists);
    let Some(paths) = screen.paths() else {
        canvas.text(1, " looking for paths...", theme.dim());
        return;
    };
    if paths.paths.is_empty() {
        let words =
            format!("No path from any root: {}.", render::unreachable_label(&ready.heap, screen.object));
        let width = canvas.width().saturating_sub(2);
        for (y, line) in text::wrap(&words, width).into_iter().enumerate() {
            canvas.text(1 + y, &format!(" {line}"), theme.plain());
        }
        return;
    }
    match screen.panes(body) {
        Panes::Stacked { upper, lower } => {
            path_list(screen, paths, &mut canvas.part(0, 0, upper));
            steps(screen, ready, &mut canvas.part(0, upper.height, lower));
        }
        Panes::Beside { .. } | Panes::One(_) => match screen.focus {
            Focus::First => path_list(screen, paths, &mut canvas),
            Focus::Second => steps(screen, ready, &mut canvas),
        },
    }
}

/// What to paste and what it gives; lines without room are counted.
fn to_free(screen: &PathsScreen, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let has_code = screen.free_words().is_some_and(|words| !words.code.is_empty());
    canvas.text(0, if has_code { " To free this (c copies)" } else { " To free this" }, theme.dim());
    let lines = screen.free_lines(canvas.width());
    let room = canvas.height().saturating_sub(1);
    let n_shown = if lines.len() > room { room.saturating_sub(1) } else { room };
    let n_more = lines.len().saturating_sub(n_shown);
    for (y, line) in lines.into_iter().take(n_shown).enumerate() {
        match line {
            FreeLine::Code(text) => canvas.text(1 + y, &format!("   {text}"), theme.strong()),
            FreeLine::Outcome(text) => canvas.text(1 + y, &format!(" {text}"), theme.plain()),
            FreeLine::Advice(text) => canvas.text(1 + y, &format!(" {text}"), theme.dim()),
        }
    }
    if n_more > 0 {
        canvas.text(1 + n_shown, &format!(" ... {}", counted(n_more, "more line")), theme.dim());
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
        let Some((path, texts)) = paths.paths.get(at).zip(screen.path_text(at)) else { return Vec::new() };
        let root = render::root_label(&path.root);
        let root = format!("  from {}", text::fit(&root, width / 3));
        let room = width.saturating_sub(text::width(&root));
        let mut spans = path_spans(&left(&shown(texts, room), room), theme);
        spans.push(span(root, theme.dim()));
        spans
    });
}

fn steps(screen: &PathsScreen, ready: &Ready, canvas: &mut Canvas<'_>) {
    let (theme, heap) = (canvas.theme, &ready.heap);
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
            span(format!("  {}", left(&object_name(ready, object), room)), theme.plain()),
        ]
    });
}

/// The path, and the other names of its keeper where there is room for them.
fn shown((path, aliases): &(String, String), room: usize) -> String {
    if aliases.is_empty() || text::width(path) + 12 > room {
        return text::fit_middle(path, room);
    }
    text::fit(&format!("{path}  also {aliases}"), room)
}
