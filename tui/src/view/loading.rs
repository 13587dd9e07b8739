//! While the snapshot is being opened: what is done, how far it is, how long it may still take.

use crate::loading::{Loading, PARTS};
use crate::view::canvas::{Canvas, span};
use heapview_render::text;

pub(super) fn view(loading: &Loading, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let y = (canvas.height() / 2).saturating_sub(2);
    let file = &loading.opening.file;
    let of_two = match (file.size < file.all, file.before) {
        (false, _) => "",
        (true, 0) => ", the baseline first",
        (true, _) => "; the baseline is open",
    };
    canvas.text(y, &format!("  Opening {}{of_two}", loading.name), theme.strong());
    canvas.text(y + 1, &format!("  {}", loading.stage()), theme.plain());
    let share = format!(" {:>3} %", loading.n_done() * 100 / PARTS);
    let width = canvas.width().saturating_sub(text::width(&share) + 4).clamp(1, 60);
    canvas.line(
        y + 2,
        vec![
            span("  ", theme.plain()),
            span(theme.bar_text(loading.n_done(), PARTS, width), theme.bar()),
            span(share, theme.plain()),
        ],
    );
    let left = match loading.seconds_left() {
        Some(seconds) => format!(", about {seconds} s left"),
        None => String::new(),
    };
    canvas.text(y + 3, &format!("  {} s so far{left}", loading.elapsed_ms / 1_000), theme.plain());
    canvas.text(y + 5, "  q or Esc cancels", theme.dim());
}
