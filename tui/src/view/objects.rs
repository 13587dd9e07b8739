//! Draws a list of objects.

use heapview_render as render;

use crate::model::Ready;
use crate::screens::{ObjectColumn, ObjectsScreen};
use crate::view::canvas::{Canvas, List, left, right, span};
use crate::view::columns::{SizeColumns, object_name};

const SHALLOW: usize = 10;

pub(super) fn view(screen: &ObjectsScreen, ready: &Ready, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    if screen.objects().is_none() {
        let text = screen.refusal().unwrap_or("collecting the objects...");
        canvas.text(1, &format!(" {text}"), theme.dim());
        return;
    }
    let columns = SizeColumns::of(canvas.width(), theme);
    let mark = theme.sort_mark(screen.table().sort().descending);
    let marked = |title: &str, column: ObjectColumn| {
        if screen.sort_column() == column { format!("{title}{mark}") } else { title.to_owned() }
    };
    let mut titles = columns.titles_of(&marked("retained", ObjectColumn::Retained));
    titles.push(span(right(&marked("shallow", ObjectColumn::Shallow), SHALLOW), theme.plain()));
    titles.push(span(format!("  {}", marked("object", ObjectColumn::Object)), theme.plain()));
    let list = List { cursor: screen.cursor(), n_rows: screen.table().len(), has_focus: true };
    canvas.list(titles, list, |at, width| {
        let Some(object) = screen.row(at) else { return Vec::new() };
        let mut spans = columns.of_object(ready, object);
        let name = object_name(ready, object);
        spans.push(span(right(&render::size(ready.heap.shallow_size(object)), SHALLOW), theme.plain()));
        let used = columns.width() + SHALLOW + 2;
        spans.push(span(format!("  {}", left(&name, width.saturating_sub(used))), theme.plain()));
        spans
    });
}
