//! Draws a list of objects.

use heapview_render as render;

use crate::model::Ready;
use crate::screens::ObjectsScreen;
use crate::view::canvas::{Canvas, List, left, right, span};
use crate::view::columns::SizeColumns;

const SHALLOW: usize = 10;

pub fn view(screen: &ObjectsScreen, ready: &Ready, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let Some(objects) = screen.objects() else {
        canvas.text(1, " collecting the objects...", theme.dim());
        return;
    };
    let columns = SizeColumns::of(canvas.width(), theme);
    let mut titles = columns.titles();
    titles.push(span(right("shallow", SHALLOW), theme.plain()));
    titles.push(span("  object", theme.plain()));
    let list = List { cursor: screen.cursor(), n_rows: objects.len(), has_focus: true };
    canvas.list(titles, list, |at, width| {
        let Some(&object) = objects.get(at) else { return Vec::new() };
        let mut spans = columns.of_object(ready, object);
        let name = render::object_label(&ready.heap, object);
        spans.push(span(right(&render::size(ready.heap.shallow_size(object)), SHALLOW), theme.plain()));
        let used = columns.width() + SHALLOW + 2;
        spans.push(span(format!("  {}", left(&name, width.saturating_sub(used))), theme.plain()));
        spans
    });
}
