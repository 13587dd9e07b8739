//! Journeys through what the analyses find: cycles, savings, threads, differences.

use heapview_tui::screens::{Screen, Source};

use crate::busy_heap::{busy, repeated};
use crate::heap;
use crate::odd_heaps;
use crate::pilot::Pilot;

fn n_listed(pilot: &Pilot) -> Option<usize> {
    match pilot.shown() {
        Screen::Objects(screen) => screen.objects().map(<[_]>::len),
        _ => None,
    }
}

#[test]
fn cycles_lead_to_their_objects() {
    let mut pilot = Pilot::on(&busy(40), 100, 30);
    pilot.keys("6");
    insta::assert_snapshot!("cycles", pilot.screen());
    assert!(pilot.screen().contains("garbage"), "it will say what waits for the collector");
    pilot.keys("s s r");
    let Screen::Findings(findings) = pilot.shown() else { panic!("it will show the cycles") };
    let n_objects = findings.chosen_row().and_then(|row| row.cells[2].number);
    assert_eq!(n_objects, Some(40), "it will be sorted by what there is, downwards");
    pilot.keys("enter");
    assert_eq!(n_listed(&pilot), Some(40), "it will list the objects of the cycle");
    insta::assert_snapshot!("cycle_objects", pilot.screen());
    pilot.keys("backspace p");
    assert!(matches!(pilot.shown(), Screen::Paths(_)), "it will show why the cycle is alive");
}

#[test]
fn savings_lead_to_what_is_there_too_often() {
    let mut pilot = Pilot::on(&busy(3), 100, 30);
    pilot.keys("7");
    insta::assert_snapshot!("savings", pilot.screen());
    let Screen::Findings(screen) = pilot.shown() else { panic!("it will show the savings") };
    let rows = &screen.findings().unwrap().rows;
    let saved: Vec<_> = rows.iter().map(|row| row.cells[0].number).collect();
    assert!(saved.is_sorted_by(|left, right| left >= right), "most first: {saved:?}");
    let at = rows.iter().position(|row| row.cells[2].text.contains("New_York")).unwrap();
    pilot.keys(&["down"].repeat(at).join(" "));
    pilot.keys("enter");
    assert_eq!(n_listed(&pilot), Some(10), "it will list the equal texts");
}

#[test]
fn long_tables_are_scrolled_and_say_what_they_leave_out() {
    let mut pilot = Pilot::on(&repeated(2_100), 100, 30);
    pilot.keys("7");
    assert!(pilot.screen().contains("Truncated to 2,001 of 2,101 rows"), "{}", pilot.screen());
    pilot.keys("end pgup");
    let Screen::Findings(screen) = pilot.shown() else { panic!("it will show the savings") };
    let n_rows = screen.table().len();
    assert!(n_rows >= 2_000 && screen.table().cursor().at > n_rows - 30);
}

#[test]
fn threads_are_shown_with_what_their_variables_hold() {
    let mut pilot = Pilot::on(&busy(3), 100, 30);
    pilot.keys("8");
    insta::assert_snapshot!("threads", pilot.screen());
    pilot.keys("down down enter");
    let Screen::Object(object) = pilot.shown() else { panic!("it will show an object") };
    assert_eq!(pilot.name_of(object.object), "list", "it will be what the variable holds");
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("8");
    assert!(pilot.screen().contains("no frames"), "it will say that there are none");
}

#[test]
fn two_snapshots_are_compared() {
    let mut pilot = Pilot::on(&busy(3), 100, 30);
    pilot.keys("9");
    insta::assert_snapshot!("no_baseline", pilot.screen());
    let mut pilot = Pilot::comparing(&busy(3), &busy(500), 100, 30);
    pilot.keys("9");
    insta::assert_snapshot!("diff", pilot.screen());
    pilot.keys("enter");
    assert_eq!(n_listed(&pilot), Some(500), "it will list the nodes of the current snapshot");
    let Screen::Objects(objects) = pilot.shown() else { return };
    assert_eq!(objects.source, Source::Selector("type:app.Node".into()));
    let mut pilot = Pilot::comparing(&busy(500), &odd_heaps::empty(), 100, 30);
    pilot.keys("9 r enter");
    assert!(matches!(pilot.shown(), Screen::Findings(_)), "what has gone cannot be listed");
}

#[test]
fn suspects_lead_to_what_holds_a_big_share() {
    let mut pilot = Pilot::on(&odd_heaps::with_ledger(), 100, 30);
    pilot.keys("0");
    insta::assert_snapshot!("suspects", pilot.screen());
    let Screen::Findings(screen) = pilot.shown() else { panic!("it will show the suspects") };
    let sizes: Vec<_> = screen.findings().unwrap().rows.iter().map(|row| row.cells[0].number).collect();
    assert!(sizes.len() > 2 && sizes.is_sorted_by(|left, right| left >= right), "largest first: {sizes:?}");
    pilot.keys("enter");
    let Screen::Object(object) = pilot.shown() else { panic!("it will show the object") };
    assert_eq!(pilot.name_of(object.object), "numpy.ndarray");
    pilot.keys("backspace p");
    let Screen::Paths(paths) = pilot.shown() else { panic!("it will show its paths") };
    assert_eq!(paths.chosen_path().map(|path| path.path.to_string()).as_deref(), Some("table"));
    let mut pilot = Pilot::on(&odd_heaps::garbage(), 100, 30);
    pilot.keys("0");
    assert!(pilot.screen().contains("No object holds 1 %"), "{}", pilot.screen());
}

#[test]
fn findings_fit_into_a_small_terminal() {
    let mut pilot = Pilot::comparing(&busy(3), &busy(40), 60, 15);
    for (key, name) in [("6", "cycles"), ("7", "savings"), ("8", "threads"), ("9", "diff"), ("0", "suspects")]
    {
        pilot.keys(key);
        insta::assert_snapshot!(format!("small_{name}"), pilot.screen());
    }
    for (width, height) in [(300, 100), (10, 5), (1, 1)] {
        let mut pilot = Pilot::comparing(&busy(3), &busy(40), width, height);
        for key in ["6", "7", "8", "9", "0", "end", "s", "r"] {
            pilot.keys(key);
            pilot.screen();
        }
    }
}
