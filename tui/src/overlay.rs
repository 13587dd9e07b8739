//! What can lie on top of a screen: help, the warnings of the dump, the prompt.

use crate::keymap::{Group, KEYMAP};
use crate::layout::Room;
use crate::list::Step;
use crate::prompt::Prompt;
use heapview_render::text;

/// One thing on top of the screen; the keys go to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Overlay {
    /// Scrolled down by so many lines.
    Help {
        top: usize,
    },
    Warnings {
        top: usize,
    },
    Prompt(Prompt),
}

/// One line of the help screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum HelpLine {
    Title(&'static str),
    /// The keys, and what they do; on the lines that go on with the same meaning, no keys.
    Key {
        shown: &'static str,
        help: String,
    },
    Empty,
}

/// Cells for the keys in front of their meaning.
pub(crate) const KEYS_WIDTH: usize = 13;

/// The help screen, made from the keymap, in lines of at most `width` cells.
pub(crate) fn help_lines(width: usize) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for group in Group::ALL.iter().copied() {
        if !lines.is_empty() {
            lines.push(HelpLine::Empty);
        }
        lines.push(HelpLine::Title(group.title()));
        for binding in KEYMAP.iter().filter(|binding| binding.group == group) {
            lines.extend(key_lines(binding.shown, binding.help, width));
        }
    }
    for (title, of_title) in [("Paths", PATHS), ("Mouse", MOUSE)] {
        lines.extend([HelpLine::Empty, HelpLine::Title(title)]);
        for (shown, help) in of_title {
            lines.extend(key_lines(shown, help, width));
        }
    }
    lines
}

/// How paths are to be read.
const PATHS: [(&str, &str); 3] = [
    ("Out[5]", "Python: evaluated in the process it gives the very object"),
    ("f.<cache>[0]", "what stands in <...> is no Python; / takes the path all the same"),
    ("S[*].rows", "the paths of many objects: * is any one key, .** any number of steps"),
];

/// What the keymap does not list.
const MOUSE: [(&str, &str); 3] = [
    ("Click", "choose a row, or a screen by its title; a second click opens the row"),
    ("Wheel", "scroll, here too"),
    ("Shift", "held down, lets the terminal select text as it does elsewhere"),
];

fn key_lines(shown: &'static str, help: &str, width: usize) -> impl Iterator<Item = HelpLine> {
    let wrapped = text::wrap(help, width.saturating_sub(KEYS_WIDTH));
    let line = move |(place, help)| HelpLine::Key { shown: if place == 0 { shown } else { "" }, help };
    wrapped.into_iter().enumerate().map(line)
}

/// The warnings as lines of at most `width` cells, each warning led in by a dash.
pub(crate) fn warning_lines(warnings: &[String], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for warning in warnings {
        let wrapped = text::wrap(warning, width.saturating_sub(2));
        let led_in = wrapped.iter().enumerate().map(|(place, line)| match place {
            0 => format!("- {line}"),
            _ => format!("  {line}"),
        });
        lines.extend(led_in);
    }
    lines
}

/// The inside of the frame that an overlay is drawn in.
pub(crate) fn inside(terminal: Room) -> Room {
    Room { width: terminal.width.saturating_sub(4), height: terminal.height.saturating_sub(2) }
}

/// Scrolls `n_lines` of text in a window of `window` lines.
pub(crate) fn scrolled(top: usize, step: Step, n_lines: usize, window: usize) -> usize {
    let page = window.saturating_sub(1).max(1);
    let top = match step {
        Step::Up => top.saturating_sub(1),
        Step::Down => top + 1,
        Step::PageUp => top.saturating_sub(page),
        Step::PageDown => top + page,
        Step::First => 0,
        Step::Last => n_lines,
    };
    top.min(n_lines.saturating_sub(window))
}
