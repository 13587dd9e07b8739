//! The lines around every screen: tabs, title, status, and the keys that matter here.

use heapview_analysis::histogram::GroupBy;
use heapview_render as render;

use crate::keymap::{Binding, KEYMAP};
use crate::layout::Focus;
use crate::model::Ready;
use crate::screens::{ObjectsScreen, Screen, Source};
use crate::tab::Tab;
use crate::tabs::tab_cells;
use crate::view::canvas::{Canvas, counted, path_spans, span};
use heapview_render::text;

/// The screens and their numbers; the one shown is lit.
pub(super) fn tabs(ready: &Ready, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let shown = ready.screen().tab();
    let mut spans = Vec::new();
    for cell in tab_cells(shown, canvas.width()) {
        let is_shown = cell.tab == shown;
        spans.push(span(cell.number, if is_shown { theme.chosen() } else { theme.strong() }));
        spans.push(span(cell.words, if is_shown { theme.chosen() } else { theme.plain() }));
    }
    let used: usize = spans.iter().map(ratatui::text::Span::width).sum();
    canvas.line(0, spans);
    let free = canvas.width().saturating_sub(used + 2);
    if free >= 12 {
        canvas.right_text(0, &format!("{} ", text::fit_middle(&ready.name, free)), theme.dim());
    }
}

/// What the screen is about.
pub(super) fn title(ready: &Ready, canvas: &mut Canvas<'_>) {
    let heap = &ready.heap;
    let title = match ready.screen() {
        Screen::Summary(_) => {
            let meta = heap.snapshot().meta();
            format!(
                "Python {}: {} objects, {} in all",
                meta.python_version,
                render::count(heap.n_objects() as u64),
                render::size(ready.total_size)
            )
        }
        Screen::Histogram(screen) => match screen.by() {
            GroupBy::Type => "Objects and sizes by type".to_owned(),
            GroupBy::Module => "Objects and sizes by the module of their type".to_owned(),
            GroupBy::Referrer => "Objects and sizes by what holds them".to_owned(),
        },
        Screen::Objects(screen) => match &screen.source {
            Source::Type(type_ix) => {
                let types = heap.snapshot().types();
                format!("All objects of type {}", types.get(type_ix.index()).map_or("?", |row| &row.name))
            }
            Source::Group(GroupBy::Type, name) => format!("All objects of type {name}"),
            Source::Group(GroupBy::Module, name) => format!("All objects of types in module {name}"),
            Source::Group(GroupBy::Referrer, name) => format!("All objects held as {name}"),
            Source::Bookmarks => "Marked objects".to_owned(),
            Source::Listed(title) => title.clone(),
            Source::Selector(selector) => found_title(screen, selector, canvas.width()),
        },
        Screen::Dominators(_) => "Dominator tree: what keeps how much alive".to_owned(),
        Screen::Object(screen) => render::object_label(heap, screen.object),
        Screen::Findings(screen) => match screen.findings() {
            Some(findings) => findings.title.clone(),
            None => screen.about.tab().title().to_owned(),
        },
        Screen::Paths(screen) if screen.focus == Focus::Second => match screen.chosen_path() {
            Some(path) => text::fit_middle(&path.path.to_string(), canvas.width().saturating_sub(1)),
            None => String::new(),
        },
        Screen::Paths(screen) => {
            format!("Why is it alive? Paths to {}", render::object_label(heap, screen.object))
        }
    };
    let theme = canvas.theme;
    canvas.text(0, &format!(" {title}"), theme.strong());
}

/// The query first, cut if need be: how many there are and what they retain together is never cut.
fn found_title(screen: &ObjectsScreen, selector: &str, width: usize) -> String {
    let n_objects = screen.objects().map_or(0, <[_]>::len);
    let sizes = match screen.retained_size() {
        Some(size) => format!(": {}, {} retained", counted(n_objects, "object"), render::size(size)),
        None => String::new(),
    };
    let room = width.saturating_sub(text::width(&sizes) + 11);
    format!("Found by {}{sizes}", text::fit_middle(selector, room))
}

/// Where the cursor is, and a remark on the last key.
pub(super) fn status(ready: &Ready, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let (at, n_rows, what) = position(ready.screen());
    let position = match n_rows {
        None => " waiting for the engine...".to_owned(),
        Some(0) => format!(" no {what}"),
        Some(n_rows) => {
            format!(" {what} {} of {}", render::count(at as u64 + 1), render::count(n_rows as u64))
        }
    };
    let n_warnings = ready.heap.snapshot().meta().warnings.len();
    let (remark, style) = match &ready.remark {
        Some(remark) => (format!("{remark} "), theme.strong()),
        None if ready.screen().is_sorting() => ("sorting... ".to_owned(), theme.strong()),
        None if n_warnings > 0 => (format!("{}: w ", counted(n_warnings, "warning")), theme.notice()),
        None => (String::new(), theme.plain()),
    };
    let free = canvas.width().saturating_sub(text::width(&position) + text::width(&remark) + 6);
    let path = match ready.path_of_row() {
        Some(path) if free > 8 => format!("   {}", text::fit_middle(&path.text, free)),
        _ => String::new(),
    };
    let mut spans = vec![span(position, theme.dim())];
    spans.extend(path_spans(&path, theme));
    canvas.line(0, spans);
    canvas.right_text(0, &remark, style);
}

/// Row, number of rows if it is known, and what a row is.
fn position(screen: &Screen) -> (usize, Option<usize>, &'static str) {
    match screen {
        Screen::Summary(screen) => {
            let n_rows = screen.overview().map(|_| screen.biggest().len());
            (screen.cursor().at, n_rows, "object")
        }
        Screen::Histogram(screen) => {
            let what = if screen.by() == GroupBy::Type { "type" } else { "group" };
            (screen.table().cursor().at, screen.is_known().then(|| screen.table().len()), what)
        }
        Screen::Findings(screen) if screen.lacks_baseline() => (0, Some(0), "baseline"),
        Screen::Findings(screen) => {
            (screen.table().cursor().at, screen.findings().map(|_| screen.table().len()), "row")
        }
        Screen::Objects(screen) => (screen.cursor().at, screen.objects().map(<[_]>::len), "object"),
        Screen::Dominators(screen) => {
            (screen.cursor().at, screen.tree().map(|tree| tree.lines().len()), "row")
        }
        Screen::Object(screen) => {
            let what = match screen.focus {
                Focus::First => "referrer",
                Focus::Second => "referent",
            };
            (screen.focused().cursor().at, screen.focused().total(), what)
        }
        Screen::Paths(screen) => match screen.focus {
            Focus::First => (screen.path_cursor().at, screen.paths().map(|paths| paths.paths.len()), "path"),
            Focus::Second => (screen.step_cursor().at, Some(screen.n_steps()), "step"),
        },
    }
}

/// As many keys as fit, made from the keymap; the last ones everywhere are help and quit.
pub(super) fn keys(ready: &Ready, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let tab = ready.screen().keys_of();
    let here: Vec<_> = KEYMAP.iter().filter(|binding| binding.footer.contains(&tab)).collect();
    let width = |shown: &str, short: &str| text::width(shown) + text::width(short) + 4;
    let shown = |binding: &Binding| binding.shown.split(' ').next().unwrap_or_default();
    let is_last = |binding: &Binding| binding.footer.len() == Tab::ALL.len() && binding.short != "open";
    let reserved: usize = here
        .iter()
        .filter(|binding| is_last(binding))
        .map(|binding| width(shown(binding), binding.short))
        .sum();
    let mut free = canvas.width().saturating_sub(reserved);
    let mut spans = Vec::new();
    for binding in here {
        let needed = width(shown(binding), binding.short);
        if !is_last(binding) {
            if needed > free {
                continue;
            }
            free -= needed;
        }
        spans.push(span(format!(" {} ", shown(binding)), theme.strong()));
        spans.push(span(format!("{}  ", binding.short), theme.plain()));
    }
    canvas.line(1, spans);
}
