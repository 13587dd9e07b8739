//! The line that one types into, what became of it, and a caret under the place that is wrong.

use heapview_render as render;

use crate::prompt::{Prompt, PromptState, Purpose};
use crate::view::canvas::{Canvas, span};
use heapview_render::text;

fn lead(prompt: &Prompt) -> &'static str {
    match prompt.purpose {
        Purpose::Find => " Find: ",
        Purpose::Export => " Write to: ",
    }
}

/// Lines that the prompt needs.
pub(super) fn height(prompt: &Prompt) -> u16 {
    match &prompt.state {
        PromptState::Failed(refusal) if refusal.at.is_some() => 3,
        _ => 2,
    }
}

pub(super) fn view(prompt: &Prompt, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    canvas.clear();
    let (remark, style) = match &prompt.state {
        PromptState::Typing if prompt.purpose == Purpose::Export => {
            ("this table as a file: NAME.csv or NAME.json".to_owned(), theme.dim())
        }
        PromptState::Exists => ("the file exists; Enter again writes over it".to_owned(), theme.notice()),
        PromptState::Searching(_) if prompt.purpose == Purpose::Export => {
            ("writing...".to_owned(), theme.dim())
        }
        PromptState::Typing => {
            ("@1a2b, 0x7f.., app.CACHE['k'], type:dict retained>1MB".to_owned(), theme.dim())
        }
        PromptState::Counting(_) => ("counting...".to_owned(), theme.dim()),
        PromptState::Counted(0) => ("no object matches so far".to_owned(), theme.dim()),
        PromptState::Counted(1) => ("1 object matches so far".to_owned(), theme.dim()),
        PromptState::Counted(n_objects) => {
            (format!("{} objects match so far", render::count(*n_objects)), theme.dim())
        }
        PromptState::Searching(_) => ("searching...".to_owned(), theme.dim()),
        PromptState::Failed(refusal) => (refusal.message.clone(), theme.notice()),
    };
    canvas.text(0, &format!(" {remark}"), style);
    let hint = match prompt.state {
        _ if prompt.purpose == Purpose::Export => "Enter writes, Esc closes ",
        PromptState::Searching(_) => "Esc cancels ",
        _ => "Enter searches, Esc closes ",
    };
    if text::width(&remark) + hint.len() + 4 <= canvas.width() {
        canvas.right_text(0, hint, theme.dim());
    }
    let lead = lead(prompt);
    let room = canvas.width().saturating_sub(lead.len());
    let begin = begin(prompt, room.saturating_sub(1));
    canvas.line(
        1,
        vec![
            span(lead, theme.strong()),
            span(&prompt.text[begin..], theme.plain()),
            span(" ", theme.chosen()),
        ],
    );
    if let PromptState::Failed(refusal) = &prompt.state
        && let Some(at) = &refusal.at
        && let Some(before) = prompt.text.get(begin..at.start.max(begin))
    {
        let wrong = prompt.text.get(at.start..at.end).unwrap_or_default();
        let carets = "^".repeat(text::width(wrong).max(1));
        let gap = " ".repeat(lead.len() + text::width(before));
        canvas.line(2, vec![span(format!("{gap}{carets}"), theme.notice())]);
    }
}

/// Where the part of the text that is shown begins: its end is what one wants to see, or the place that is wrong.
fn begin(prompt: &Prompt, room: usize) -> usize {
    let wrong = match &prompt.state {
        PromptState::Failed(refusal) => refusal.at.as_ref().map(|at| at.start),
        _ => None,
    };
    let mut begin = 0;
    while text::width(&prompt.text[begin..]) > room {
        let next = begin + prompt.text[begin..].chars().next().map_or(1, char::len_utf8);
        if wrong.is_some_and(|wrong| next > wrong) {
            break;
        }
        begin = next;
    }
    begin
}
