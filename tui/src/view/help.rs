//! What lies over a screen: the help, made from the keymap, and the warnings of the dump.

use crate::layout::Room;
use crate::overlay::{self, HelpLine, KEYS_WIDTH};
use crate::view::canvas::{Canvas, left, span};

pub(super) fn help(top: usize, terminal: Room, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let inside = overlay::inside(terminal);
    let lines = overlay::help_lines(usize::from(inside.width));
    frame("Help", top, lines.len(), terminal, canvas);
    let mut canvas = canvas.part(2, 1, inside);
    for (y, line) in lines.iter().skip(top).take(usize::from(inside.height)).enumerate() {
        match line {
            HelpLine::Title(title) => canvas.text(y, title, theme.strong()),
            HelpLine::Key { shown, help } => {
                canvas.line(
                    y,
                    vec![span(left(shown, KEYS_WIDTH), theme.strong()), span(help.clone(), theme.plain())],
                );
            }
            HelpLine::Empty => {}
        }
    }
}

pub(super) fn warnings(warnings: &[String], top: usize, terminal: Room, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let inside = overlay::inside(terminal);
    let lines = overlay::warning_lines(warnings, usize::from(inside.width));
    frame("Warnings of the dump", top, lines.len(), terminal, canvas);
    let mut canvas = canvas.part(2, 1, inside);
    for (y, line) in lines.iter().skip(top).take(usize::from(inside.height)).enumerate() {
        canvas.text(y, line, theme.plain());
    }
}

/// Clears the screen and draws a title above, and below what is out of sight.
fn frame(title: &str, top: usize, n_lines: usize, terminal: Room, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    canvas.clear();
    let width = usize::from(terminal.width);
    canvas.text(0, &left(&format!(" {title}"), width), theme.chosen());
    let n_seen = usize::from(overlay::inside(terminal).height);
    let n_below = n_lines.saturating_sub(top + n_seen);
    let more = match n_below {
        0 => String::new(),
        1 => "... 1 more line below   ".to_owned(),
        _ => format!("... {n_below} more lines below   "),
    };
    let y = usize::from(terminal.height.saturating_sub(1));
    canvas.text(y, &format!(" {more}Esc closes"), theme.dim());
}
