//! While the snapshot is being opened: what is done, how far it is, how long it may take.

use heapview_render as render;

use crate::model::Loading;
use crate::view::canvas::{Canvas, span};

pub fn view(loading: &Loading, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let opening = &loading.opening;
    let y = (canvas.height() / 2).saturating_sub(2);
    canvas.text(y, &format!("  Opening {}", loading.name), theme.strong());
    let done = match opening.done {
        done if done > 0 && opening.total == 0 => format!(": {}", render::count(done)),
        _ => String::new(),
    };
    let phase = if opening.phase.is_empty() { "starting" } else { &opening.phase };
    canvas.text(y + 1, &format!("  {phase}{done}"), theme.plain());
    if opening.total > 0 {
        let width = canvas.width().saturating_sub(24).clamp(1, 60);
        let share = render::percent(opening.done, opening.total);
        let left = match seconds_left(opening.done, opening.total, opening.elapsed_ms) {
            Some(seconds) => format!(", {seconds} s left"),
            None => String::new(),
        };
        canvas.line(
            y + 2,
            vec![
                span("  ", theme.plain()),
                span(theme.bar_text(opening.done, opening.total, width), theme.bar()),
                span(format!(" {share}{left}"), theme.plain()),
            ],
        );
    }
    canvas.text(y + 4, "  q cancels", theme.dim());
}

/// An estimate for this phase, once there is ground for one.
fn seconds_left(done: u64, total: u64, elapsed_ms: u64) -> Option<u64> {
    if done == 0 || elapsed_ms < 1_000 {
        return None;
    }
    let left_ms = u128::from(elapsed_ms) * u128::from(total.saturating_sub(done)) / u128::from(done);
    u64::try_from(left_ms.div_ceil(1_000)).ok()
}
