//! The one table of keys: which key means what, and how it is explained. The help screen and the footer are
//! made from it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use strum::VariantArray;

use crate::list::Step;
use crate::message::Intent;
use crate::tab::Tab;

/// One key as a terminal reports it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    pub code: KeyCode,
    pub control: bool,
}

const fn key(code: KeyCode) -> Key {
    Key { code, control: false }
}

const fn letter(letter: char) -> Key {
    key(KeyCode::Char(letter))
}

const fn control(letter: char) -> Key {
    Key { code: KeyCode::Char(letter), control: true }
}

/// Under which heading the help screen lists a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, VariantArray)]
pub enum Group {
    Move,
    Walk,
    ChosenObject,
    Screens,
    Rest,
}

impl Group {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Walk => "Walk",
            Self::ChosenObject => "The chosen object",
            Self::Screens => "Screens",
            Self::Rest => "Also",
        }
    }
}

/// One line of the table.
pub struct Binding {
    pub keys: &'static [Key],
    pub intent: Intent,
    pub group: Group,
    /// The keys as people read them.
    pub shown: &'static str,
    /// What it does, as an imperative, for the help screen.
    pub help: &'static str,
    /// One or two words for the footer.
    pub short: &'static str,
    /// The screens whose footer names the key.
    pub footer: &'static [Tab],
}

impl Binding {
    const fn footer(mut self, short: &'static str, screens: &'static [Tab]) -> Self {
        self.short = short;
        self.footer = screens;
        self
    }
}

const fn bind(
    keys: &'static [Key],
    intent: Intent,
    group: Group,
    shown: &'static str,
    help: &'static str,
) -> Binding {
    Binding { keys, intent, group, shown, help, short: "", footer: &[] }
}

const EVERYWHERE: &[Tab] = Tab::ALL;
const ALL_BUT_HISTOGRAM: &[Tab] = &[Tab::Overview, Tab::Dominators, Tab::Object, Tab::Paths];

const SORTED: &[Tab] = &[Tab::Histogram, Tab::Cycles, Tab::Savings, Tab::Diff, Tab::Suspects];

/// Every key there is. The footer names keys in this order until its line is full.
pub const KEYMAP: &[Binding] = &[
    bind(
        &[key(KeyCode::Enter)],
        Intent::Enter,
        Group::Walk,
        "Enter",
        "open the chosen row: its object, its type, its steps, more rows",
    )
    .footer("open", EVERYWHERE),
    bind(
        &[key(KeyCode::Backspace), letter('[')],
        Intent::Back,
        Group::Walk,
        "Backspace [",
        "go back to the screen before",
    )
    .footer("back", &[Tab::Object, Tab::Paths, Tab::Dominators]),
    bind(&[letter(']')], Intent::Forward, Group::Walk, "]", "go forward again"),
    bind(
        &[letter('p')],
        Intent::ShowPaths,
        Group::ChosenObject,
        "p",
        "show the paths from the roots to it: why it is alive",
    )
    .footer("paths", &[Tab::Overview, Tab::Dominators, Tab::Object, Tab::Cycles, Tab::Savings, Tab::Threads, Tab::Suspects]),
    bind(
        &[letter('c')],
        Intent::CopyCode,
        Group::ChosenObject,
        "c",
        "copy the lines that free it (paths screen)",
    )
    .footer("copy code", &[Tab::Paths]),
    bind(
        &[letter('o')],
        Intent::ShowObject,
        Group::ChosenObject,
        "o",
        "show it with its referrers and referents",
    )
    .footer("object", &[Tab::Paths]),
    bind(
        &[letter('d')],
        Intent::ShowDominators,
        Group::ChosenObject,
        "d",
        "show it in the dominator tree: what it keeps alive, what keeps it alive",
    )
    .footer("dominators", &[Tab::Overview, Tab::Object, Tab::Paths]),
    bind(&[key(KeyCode::Up), letter('k')], Intent::Step(Step::Up), Group::Move, "\u{2191} k", "move up"),
    bind(
        &[key(KeyCode::Down), letter('j')],
        Intent::Step(Step::Down),
        Group::Move,
        "\u{2193} j",
        "move down",
    ),
    bind(
        &[key(KeyCode::PageUp), control('b'), control('u')],
        Intent::Step(Step::PageUp),
        Group::Move,
        "PgUp ^b",
        "move up a page",
    ),
    bind(
        &[key(KeyCode::PageDown), control('f'), control('d')],
        Intent::Step(Step::PageDown),
        Group::Move,
        "PgDn ^f",
        "move down a page",
    ),
    bind(
        &[key(KeyCode::Home), letter('g')],
        Intent::Step(Step::First),
        Group::Move,
        "Home g",
        "move to the first row",
    ),
    bind(
        &[key(KeyCode::End), letter('G')],
        Intent::Step(Step::Last),
        Group::Move,
        "End G",
        "move to the last row",
    ),
    bind(
        &[key(KeyCode::Left), letter('h')],
        Intent::Left,
        Group::Move,
        "\u{2190} h",
        "close the row, or move to the other list",
    ),
    bind(
        &[key(KeyCode::Right), letter('l')],
        Intent::Right,
        Group::Move,
        "\u{2192} l",
        "open the row in place, or move to the other list",
    )
    .footer("expand", &[Tab::Dominators]),
    bind(
        &[letter(' ')],
        Intent::Toggle,
        Group::Move,
        "Space",
        "open or close the row in place, or change lists",
    )
    .footer("other list", &[Tab::Object, Tab::Paths]),
    bind(&[letter('t')], Intent::ShowType, Group::ChosenObject, "t", "list all objects of its type")
        .footer("same type", ALL_BUT_HISTOGRAM),
    bind(
        &[letter('y')],
        Intent::Copy,
        Group::ChosenObject,
        "y",
        "copy its path, or its id where no path is shown (by OSC 52, over ssh too)",
    )
    .footer("copy", &[Tab::Paths, Tab::Object]),
    bind(&[letter('Y')], Intent::CopyAddress, Group::ChosenObject, "Y", "copy its address: what id() says of it"),
    bind(
        &[letter('m')],
        Intent::Mark,
        Group::ChosenObject,
        "m",
        "mark it with * in every list, to come back to it, or take the mark away",
    ),
    bind(&[letter('s')], Intent::SortNext, Group::Rest, "s", "sort by the next column")
        .footer("sort", SORTED),
    bind(&[letter('r')], Intent::SortReverse, Group::Rest, "r", "reverse the order")
        .footer("reverse", SORTED),
    bind(
        &[letter('b')],
        Intent::GroupNext,
        Group::Rest,
        "b",
        "group the histogram by type, by module, by what holds the objects",
    )
    .footer("group by", &[Tab::Histogram]),
    bind(
        &[letter('/')],
        Intent::Find,
        Group::Rest,
        "/",
        "find objects: @1a2b, 0x7f.., a path such as app.CACHE['k'], or a query such as type:dict retained>1MB",
    )
    .footer("find", &[Tab::Overview, Tab::Histogram]),
    bind(&[letter('M')], Intent::Bookmarks, Group::Rest, "M", "list the marked objects"),
    bind(
        &[letter('e')],
        Intent::Export,
        Group::Rest,
        "e",
        "write the table to a file, as CSV or JSON by the ending of its name",
    ),
    bind(&[letter('w')], Intent::Warnings, Group::Rest, "w", "read the warnings of the dump"),
    bind(
        &[letter('1')],
        Intent::Go(Tab::Overview),
        Group::Screens,
        "1",
        "overview: totals and the biggest objects",
    ),
    bind(
        &[letter('2')],
        Intent::Go(Tab::Histogram),
        Group::Screens,
        "2",
        "histogram: objects and sizes by type",
    ),
    bind(
        &[letter('3')],
        Intent::Go(Tab::Dominators),
        Group::Screens,
        "3",
        "dominators: what keeps how much alive, as a tree",
    ),
    bind(
        &[letter('4')],
        Intent::Go(Tab::Object),
        Group::Screens,
        "4",
        "object: the chosen one, or the one shown last",
    ),
    bind(
        &[letter('5')],
        Intent::Go(Tab::Paths),
        Group::Screens,
        "5",
        "paths: of the chosen object, or those shown last",
    ),
    bind(
        &[letter('6')],
        Intent::Go(Tab::Cycles),
        Group::Screens,
        "6",
        "cycles: objects that keep each other alive",
    ),
    bind(
        &[letter('7')],
        Intent::Go(Tab::Savings),
        Group::Screens,
        "7",
        "savings: equal texts, and containers that take more than they need",
    ),
    bind(
        &[letter('8')],
        Intent::Go(Tab::Threads),
        Group::Screens,
        "8",
        "threads: their frames, and what the local variables hold",
    ),
    bind(
        &[letter('9')],
        Intent::Go(Tab::Diff),
        Group::Screens,
        "9",
        "diff: what has changed since the snapshot given with --baseline",
    ),
    bind(
        &[letter('0')],
        Intent::Go(Tab::Suspects),
        Group::Screens,
        "0",
        "suspects: objects that alone keep a big share of the heap alive",
    ),
    bind(&[key(KeyCode::Tab)], Intent::NextTab, Group::Screens, "Tab", "next screen"),
    bind(&[key(KeyCode::BackTab)], Intent::PreviousTab, Group::Screens, "Shift-Tab", "previous screen"),
    bind(&[letter('?'), key(KeyCode::F(1))], Intent::Help, Group::Rest, "?", "show or hide this help")
        .footer("help", EVERYWHERE),
    bind(&[key(KeyCode::Esc)], Intent::Escape, Group::Walk, "Esc", "close what lies on top, or go back"),
    bind(&[letter('q')], Intent::Quit, Group::Rest, "q", "close what lies on top, or quit")
        .footer("quit", EVERYWHERE),
    bind(&[control('c')], Intent::Interrupt, Group::Rest, "^c", "quit at once"),
];

/// What a key means, wherever no text is being typed.
pub fn intent(event: KeyEvent) -> Option<Intent> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    if event.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    let pressed = Key { code: event.code, control };
    KEYMAP.iter().find(|binding| binding.keys.contains(&pressed)).map(|binding| binding.intent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_meanings() {
        let keys: Vec<Key> = KEYMAP.iter().flat_map(|binding| binding.keys.iter().copied()).collect();
        for (place, key) in keys.iter().enumerate() {
            assert!(!keys[..place].contains(key), "{key:?}");
        }
    }

    #[test]
    fn no_intent_is_listed_twice() {
        for (place, binding) in KEYMAP.iter().enumerate() {
            assert!(KEYMAP[..place].iter().all(|other| other.intent != binding.intent), "{}", binding.shown);
        }
    }

    #[test]
    fn a_shifted_letter_is_found_and_an_unknown_key_is_not() {
        let press = |code, modifiers| intent(KeyEvent::new(code, modifiers));
        assert_eq!(press(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Intent::Step(Step::Last)));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Intent::Interrupt));
        assert_eq!(press(KeyCode::Char('d'), KeyModifiers::CONTROL), Some(Intent::Step(Step::PageDown)));
        assert_eq!(press(KeyCode::Char('z'), KeyModifiers::NONE), None);
        assert_eq!(press(KeyCode::Char('q'), KeyModifiers::ALT), None);
    }
}
