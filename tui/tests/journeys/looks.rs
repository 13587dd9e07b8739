//! How all screens look: on light and on dark terminals, without colours, without Unicode.

use heapview_tui::view::Theme;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;

use crate::busy_heap::busy;
use crate::heap;
use crate::odd_heaps;
use crate::pilot::Pilot;

/// The way to each screen and overlay; a word of several letters is typed.
const WAYS: [&[&str]; 16] = [
    &[],
    &["p"],
    &["p", "enter"],
    &["enter"],
    &["enter", "right"],
    &["2"],
    &["2", "b", "b", "enter"],
    &["d", "right"],
    &["6"],
    &["7"],
    &["8"],
    &["9"],
    &["0", "m"],
    &["?"],
    &["w"],
    &["/", "type:dict retaind>1", "enter"],
];

/// Shows every screen of several heaps in three sizes.
fn each_screen(mut check: impl FnMut(&mut Pilot, &str)) {
    for file in
        [heap::notebook(), odd_heaps::with_ledger(), busy(30), odd_heaps::empty(), odd_heaps::garbage()]
    {
        for (width, height) in [(60, 15), (80, 24), (200, 50)] {
            let mut pilot = Pilot::comparing(&busy(3), &file, width, height);
            for way in WAYS {
                pilot.keys("esc esc 1 home");
                for words in way {
                    if words.len() > 6 { pilot.type_text(words) } else { pilot.keys(words) }
                }
                check(&mut pilot, &format!("{way:?} at {width}x{height}"));
            }
        }
    }
    for (width, height) in [(60, 15), (200, 50)] {
        check(&mut Pilot::loading(width, height), "opening");
    }
}

#[test]
fn every_text_is_readable_on_light_and_on_dark_terminals() {
    each_screen(|pilot, way| {
        for cell in &pilot.buffer(Theme { colour: true, ascii: false }).content {
            // The terminal's own foreground, or a colour that is neither near white nor near black, on its background.
            assert!(
                [Color::Reset, Color::Cyan, Color::Red, Color::Magenta].contains(&cell.fg),
                "{way}: {cell:?}"
            );
            assert_eq!(cell.bg, Color::Reset, "{way}: {cell:?}");
        }
    });
}

#[test]
fn nothing_is_said_by_colour_alone() {
    each_screen(|pilot, way| {
        let coloured = pilot.buffer(Theme { colour: true, ascii: false });
        let plain = pilot.buffer(Theme { colour: false, ascii: false });
        for (coloured, plain) in coloured.content.iter().zip(&plain.content) {
            assert_eq!((coloured.symbol(), coloured.modifier), (plain.symbol(), plain.modifier), "{way}");
            assert_eq!(plain.fg, Color::Reset, "{way}: {plain:?}");
        }
    });
}

#[test]
fn without_unicode_every_cell_is_ascii_and_the_numbers_are_the_same() {
    each_screen(|pilot, way| {
        let drawn = pilot.buffer(Theme { colour: false, ascii: true });
        for cell in &drawn.content {
            assert!(cell.symbol().is_ascii(), "{way}: {cell:?}");
        }
        let whole = pilot.buffer(Theme { colour: false, ascii: false });
        let digits = |buffer: &Buffer| -> String {
            let symbols = buffer.content.iter().map(Cell::symbol);
            symbols.filter(|symbol| symbol.chars().all(|letter| letter.is_ascii_digit())).collect()
        };
        assert_eq!(digits(&drawn), digits(&whole), "{way}");
    });
}
