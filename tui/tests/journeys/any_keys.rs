//! Whatever is pressed or clicked in whatever size: nothing panics, and the cursor stays on a row that exists.

use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use heapview_analysis::{Heap, Silent};
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
    let mouse = vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
        MouseEventKind::Down(MouseButton::Right),
    ];
    prop_oneof![
        20 => prop::sample::select(keys).prop_map(Event::Key),
        6 => (prop::sample::select(mouse), 0_u16..310, 0_u16..105, any::<bool>()).prop_map(
            |(kind, column, row, is_near)| {
                // Most clicks should find a row.
                let (column, row) = if is_near { (column % 60, row % 24) } else { (column, row) };
                Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
            }
        ),
        1 => (0_u16..30, 0_u16..20).prop_map(|(width, height)| Event::Resize(width, height)),
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

/// `n_cases` runs of at most 120 events each on one heap.
fn drive(heap: &Arc<Heap>, n_cases: u32) {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(n_cases) });
    let result = runner.run(&prop::collection::vec(events(), 1..120), |events| {
        check(&mut Pilot::over(Arc::clone(heap), 100, 30), &events)
    });
    result.unwrap();
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
        odd_heaps::with_ledger(),
    ] {
        drive(&Arc::new(Heap::open(&file.path(), &Silent).unwrap()), 30);
    }
}

/// The same on a snapshot of a live process: `HEAPVIEW_SNAPSHOT=snap.rkyv cargo test -- --ignored`.
#[test]
#[ignore = "takes a snapshot of your own"]
fn any_keys_on_a_real_snapshot_keep_the_cursor_in_range() {
    let path = std::env::var_os("HEAPVIEW_SNAPSHOT").expect("HEAPVIEW_SNAPSHOT names a snapshot");
    drive(&Arc::new(Heap::open(path.as_ref(), &Silent).unwrap()), 30);
}
