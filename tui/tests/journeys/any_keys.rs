//! Whatever is pressed in whatever size: nothing panics, and the cursor stays on a row that exists.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use heapview_tui::keymap::KEYMAP;
use heapview_tui::list::Cursor;
use heapview_tui::screens::Screen;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::busy_heap;
use crate::heap;
use crate::odd_heaps;
use crate::pilot::Pilot;

fn events() -> impl Strategy<Value = Event> {
    let keys: Vec<KeyEvent> = KEYMAP
        .iter()
        .flat_map(|binding| binding.keys)
        .filter(|key| !(key.control && key.code == KeyCode::Char('c')) && key.code != KeyCode::Char('q'))
        .map(|key| {
            KeyEvent::new(key.code, if key.control { KeyModifiers::CONTROL } else { KeyModifiers::NONE })
        })
        .collect();
    prop_oneof![
        20 => prop::sample::select(keys).prop_map(Event::Key),
        2 => (0_u16..320, 0_u16..110).prop_map(|(width, height)| Event::Resize(width, height)),
        1 => any::<char>().prop_map(|letter| Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)))
            .prop_filter("q quits", |event| !matches!(event, Event::Key(key) if key.code == KeyCode::Char('q'))),
    ]
}

/// The cursors of the screen shown, each with the length of its list.
fn cursors(screen: &Screen) -> Vec<(Cursor, usize)> {
    match screen {
        Screen::Summary(screen) => vec![(screen.cursor(), screen.biggest().len())],
        Screen::Histogram(screen) => vec![(screen.table().cursor(), screen.table().len())],
        Screen::Findings(screen) => vec![(screen.table().cursor(), screen.table().len())],
        Screen::Objects(screen) => vec![(screen.cursor(), screen.objects().map_or(0, <[_]>::len))],
        Screen::Dominators(screen) => {
            vec![(screen.cursor(), screen.tree().map_or(0, |tree| tree.lines().len()))]
        }
        Screen::Object(screen) => [screen.referrers(), screen.referents()]
            .map(|list| (list.cursor(), list.total().unwrap_or(0)))
            .to_vec(),
        Screen::Paths(screen) => vec![
            (screen.path_cursor(), screen.paths().map_or(0, |paths| paths.paths.len())),
            (screen.step_cursor(), screen.n_steps()),
        ],
    }
}

fn check(pilot: &mut Pilot, events: &[Event]) -> Result<(), TestCaseError> {
    for event in events {
        pilot.event(event);
        pilot.screen();
        for (cursor, n_rows) in cursors(pilot.shown()) {
            prop_assert!(cursor.at < n_rows.max(1), "{event:?}: {cursor:?} of {n_rows}");
            prop_assert!(cursor.top <= cursor.at, "{event:?}: {cursor:?}");
        }
    }
    prop_assert!(!pilot.has_quit());
    Ok(())
}

#[test]
fn any_keys_in_any_size_keep_the_cursor_in_range() {
    for file in [
        heap::notebook(),
        odd_heaps::hub(3_000),
        odd_heaps::empty(),
        odd_heaps::garbage(),
        odd_heaps::traced(),
        busy_heap::busy(50),
    ] {
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(30) });
        let result = runner.run(&prop::collection::vec(events(), 1..120), |events| {
            check(&mut Pilot::on(&file, 100, 30), &events)
        });
        result.unwrap();
    }
}
