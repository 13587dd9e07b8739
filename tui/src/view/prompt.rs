//! The line that one types a selector into.

use crate::overlay::{Prompt, PromptState};
use crate::text;
use crate::view::canvas::{Canvas, span};

pub fn view(prompt: &Prompt, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    canvas.clear();
    let (remark, style) = match &prompt.state {
        PromptState::Typing => ("@1a2b, 0x7f.., app.CACHE['k'] or type:NAME", theme.dim()),
        PromptState::Searching(_) => ("searching...", theme.dim()),
        PromptState::Failed(reason) => (reason.as_str(), theme.notice()),
    };
    canvas.text(0, &format!(" {remark}"), style);
    let hint = "Enter searches, Esc closes ";
    if text::width(remark) + hint.len() + 4 <= canvas.width() {
        canvas.right_text(0, hint, theme.dim());
    }
    // While typing, the end of a long text is what one wants to see.
    let room = canvas.width().saturating_sub(8);
    let mut begin = 0;
    while text::width(&prompt.text[begin..]) > room {
        begin += prompt.text[begin..].chars().next().map_or(1, char::len_utf8);
    }
    canvas.line(
        1,
        vec![
            span(" Find: ", theme.strong()),
            span(prompt.text[begin..].to_owned(), theme.plain()),
            span(" ", theme.chosen()),
        ],
    );
}
