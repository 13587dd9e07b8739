//! Draws the dominator tree.

use heapview_render as render;

use crate::command::Dominated;
use crate::model::Ready;
use crate::screens::DominatorsScreen;
use crate::tree::{Line, RowIx, Tree};
use crate::view::Theme;
use crate::view::canvas::{Canvas, List, counted, left, span};
use crate::view::columns::{SizeColumns, object_name};
use heapview_render::text;

pub(super) fn view(screen: &DominatorsScreen, ready: &Ready, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let Some(tree) = screen.tree() else {
        canvas.text(1, " looking for its dominators...", theme.dim());
        return;
    };
    let columns = SizeColumns::of(canvas.width(), theme);
    let mut titles = columns.titles();
    titles.push(span(
        match screen.n_above() {
            0 => "object".to_owned(),
            n_above => format!("object (below ... {})", counted(n_above, "more dominator")),
        },
        theme.plain(),
    ));
    let list = List { cursor: tree.cursor(), n_rows: tree.lines().len(), has_focus: true };
    canvas.list(titles, list, |at, width| {
        let Some(&line) = tree.lines().get(at) else { return Vec::new() };
        let room = width.saturating_sub(columns.width());
        let indent = indent(tree.line_depth(line), room);
        let mut spans = match line {
            Line::Row(row) => {
                tree.item(row).map_or_else(Vec::new, |item| columns.of_object(ready, item.object))
            }
            Line::More { .. } | Line::Waiting { .. } => {
                vec![span(" ".repeat(columns.width()), theme.plain())]
            }
        };
        let text = match line {
            Line::Row(row) => row_text(ready, tree, row, room, theme),
            Line::More { n_rows, .. } => format!("  ... {} more (Enter)", render::count(n_rows as u64)),
            Line::Waiting { .. } => "  ...".to_owned(),
        };
        spans.push(span(left(&format!("{indent}{text}"), room), theme.plain()));
        spans
    });
}

fn row_text(ready: &Ready, tree: &Tree<Dominated>, row: RowIx, room: usize, theme: Theme) -> String {
    let mark = match (tree.is_leaf(row), tree.is_open(row)) {
        (true, _) => "  ",
        (_, true) => theme.open(),
        (_, false) => theme.closed(),
    };
    let again = if tree.repeats_ancestor(row) { " (again: it is above, too)" } else { "" };
    let Some(item) = tree.item(row) else { return String::new() };
    let name = object_name(ready, item.object);
    let label = match (&item.reference, &item.path) {
        (Some(reference), _) => render::reference_label(&ready.heap, reference) + " ",
        // Modules and types are called by their paths already.
        (None, Some(path)) if !name.contains(&**path) => text::fit_middle(path, room * 2 / 5) + " ",
        (None, _) => String::new(),
    };
    format!("{mark}{label}{name}{again}")
}

/// Two cells a level, as long as the name keeps most of the room; deeper levels are told as a number.
fn indent(depth: usize, room: usize) -> String {
    let most = room / 6;
    if depth <= most {
        return "  ".repeat(depth);
    }
    let number = format!("({depth}) ");
    let gap = (2 * most).saturating_sub(number.len());
    format!("{}{number}", " ".repeat(gap))
}
