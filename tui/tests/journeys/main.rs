//! Journeys: keys in, state and screens out, with an executor that answers at once instead of threads.

mod any_keys;
mod busy_heap;
mod findings;
mod heap;
mod hostile;
mod keeping;
mod looks;
mod odd_heaps;
mod pilot;
mod queries;
mod sizes;

use crossterm::event::{MouseButton, MouseEventKind};
use heapview_tui::message::Message;
use heapview_tui::screens::Screen;
use heapview_tui::tab::Tab;
use pilot::Pilot;

#[test]
fn from_the_start_to_the_reason_in_one_key() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    insta::assert_snapshot!("overview", pilot.screen());
    pilot.keys("p");
    let Screen::Paths(paths) = pilot.shown() else { panic!("it will show the paths") };
    assert_eq!(
        paths.chosen_path().map(|path| path.path.to_string()).as_deref(),
        Some("Out[5]"),
        "it will lead with the cache"
    );
    insta::assert_snapshot!("paths", pilot.screen());
}

#[test]
fn the_first_hint_leads_to_something() {
    let mut pilot = Pilot::on(&heap::notebook(), 200, 50);
    assert!(pilot.screen().contains("p says why it is alive and how to free it"), "{}", pilot.screen());
    let mut pilot = Pilot::on(&odd_heaps::module(), 200, 50);
    assert!(pilot.screen().contains("p says why it is alive"), "{}", pilot.screen());
    assert!(!pilot.screen().contains("how to free it"), "{}", pilot.screen());
    pilot.keys("p");
    assert!(pilot.screen().contains("it cannot be freed"), "{}", pilot.screen());
}

#[test]
fn the_histogram_says_that_its_sizes_are_bounds() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    for keys in ["2", "b", "b"] {
        pilot.keys(keys);
        assert!(pilot.screen().contains(" retained \u{2265}"), "{}", pilot.screen());
    }
    let mut pilot = Pilot::on(&heap::notebook(), 60, 15);
    pilot.keys("2");
    assert!(pilot.ascii_screen().contains(" retained >"), "{}", pilot.ascii_screen());
}

#[test]
fn the_path_is_copied() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("p y");
    assert_eq!(pilot.copied(), Some("Out[5]"), "it will copy what frees the array");
    insta::assert_snapshot!("copied", pilot.screen());
    pilot.keys("Y");
    assert!(pilot.copied().is_some_and(|address| address.starts_with("0x7f")), "{:?}", pilot.copied());
}

#[test]
fn from_a_path_to_the_object_that_holds_on() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("p enter end up enter");
    let Screen::Object(object) = pilot.shown() else { panic!("it will show an object") };
    assert_eq!(pilot.name_of(object.object), "dict", "it will be the Out dict, which holds the array");
    insta::assert_snapshot!("object", pilot.screen());
    pilot.keys("backspace");
    assert_eq!(pilot.tab(), Tab::Paths, "it will be back at the path");
    pilot.keys("backspace ]");
    assert_eq!(pilot.tab(), Tab::Paths, "it will go forward again");
}

#[test]
fn the_line_that_made_an_object_is_shown() {
    for (width, height) in [(100, 30), (80, 24)] {
        let mut pilot = Pilot::on(&odd_heaps::traced(), width, height);
        pilot.keys("enter");
        let screen = pilot.screen();
        assert!(screen.contains("app.py:12, from '/srv/main\\x1b.py':40"), "{screen}");
    }
    let mut pilot = Pilot::on(&odd_heaps::traced(), 100, 30);
    pilot.keys("enter");
    insta::assert_snapshot!("traced_object", pilot.screen());
}

#[test]
fn references_are_walked_both_ways() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("enter");
    let Screen::Object(array) = pilot.shown() else { panic!("it will show an object") };
    let array = array.object;
    assert_eq!(pilot.name_of(array), "numpy.ndarray", "it will begin with the biggest object");
    pilot.keys("enter right");
    let Screen::Object(holder) = pilot.shown() else { panic!("it will show the holder") };
    assert_ne!(holder.object, array, "it will have walked to a referrer");
    pilot.keys("enter backspace backspace");
    let Screen::Object(object) = pilot.shown() else { panic!("it will show an object") };
    assert_eq!(object.object, array, "it will be back where it began");
}

#[test]
fn the_histogram_is_sorted_and_leads_to_objects() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("2");
    insta::assert_snapshot!("histogram", pilot.screen());
    pilot.keys("s s");
    let Screen::Histogram(histogram) = pilot.shown() else { panic!("it will show the histogram") };
    let counts: Vec<_> = (0..5).filter_map(|at| histogram.row(at)).map(|row| row.n_objects).collect();
    assert!(counts.is_sorted_by(|left, right| left >= right), "it will be sorted by number: {counts:?}");
    pilot.keys("enter");
    insta::assert_snapshot!("objects_of_a_type", pilot.screen());
    pilot.keys("enter t");
    assert!(matches!(pilot.shown(), Screen::Objects(_)), "it will list the objects of the same type");
}

#[test]
fn the_dominator_tree_opens_and_closes() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("3 right right right");
    insta::assert_snapshot!("dominators", pilot.screen());
    let n_rows = |pilot: &Pilot| match pilot.shown() {
        Screen::Dominators(screen) => screen.tree().map_or(0, |tree| tree.lines().len()),
        _ => 0,
    };
    let n_open = n_rows(&pilot);
    pilot.keys("home left");
    assert!(n_rows(&pilot) < n_open, "it will show fewer rows");
    pilot.keys("1 d");
    insta::assert_snapshot!("dominators_of_the_array", pilot.screen());
}

#[test]
fn a_hub_is_paged() {
    let mut pilot = Pilot::on(&odd_heaps::hub(100_000), 100, 30);
    pilot.keys("3 right right right right right end up up up");
    insta::assert_snapshot!("hub_in_the_tree", pilot.screen());
    pilot.keys("1 enter right end");
    insta::assert_snapshot!("hub_as_an_object", pilot.screen());
}

#[test]
fn an_empty_heap_says_so() {
    let mut pilot = Pilot::on(&odd_heaps::empty(), 80, 12);
    insta::assert_snapshot!("empty_overview", pilot.screen());
    pilot.keys("enter p d t o y");
    assert_eq!(pilot.tab(), Tab::Overview, "it will stay: there is no object to show");
    pilot.keys("2 enter 3 right enter");
    insta::assert_snapshot!("empty_dominators", pilot.screen());
}

#[test]
fn garbage_is_told_from_what_is_alive() {
    let mut pilot = Pilot::on(&odd_heaps::garbage(), 80, 16);
    insta::assert_snapshot!("garbage_overview", pilot.screen());
    pilot.keys("2 enter enter");
    insta::assert_snapshot!("garbage_object", pilot.screen());
    pilot.keys("p");
    insta::assert_snapshot!("garbage_paths", pilot.screen());
    pilot.keys("d");
    insta::assert_snapshot!("garbage_dominators", pilot.screen());
}

#[test]
fn objects_met_again_say_so() {
    let mut pilot = Pilot::on(&odd_heaps::garbage(), 100, 30);
    pilot.keys("2 enter enter");
    assert!(!pilot.screen().contains("again"), "{}", pilot.screen());
    pilot.keys("enter");
    assert!(pilot.screen().contains("list (1) @0 (again: you came through it)"), "{}", pilot.screen());
    pilot.keys("backspace");
    assert!(!pilot.screen().contains("again"), "it will be forgotten with the way back");
}

#[test]
fn a_small_terminal_is_enough() {
    let mut pilot = Pilot::on(&heap::notebook(), 60, 15);
    insta::assert_snapshot!("small_overview", pilot.screen());
    pilot.keys("2");
    insta::assert_snapshot!("small_histogram", pilot.screen());
    pilot.keys("3");
    insta::assert_snapshot!("small_dominators", pilot.screen());
    pilot.keys("1 p");
    insta::assert_snapshot!("small_paths", pilot.screen());
    pilot.keys("enter");
    insta::assert_snapshot!("small_steps", pilot.screen());
    pilot.keys("o");
    insta::assert_snapshot!("small_object", pilot.screen());
    pilot.keys("right");
    insta::assert_snapshot!("small_referents", pilot.screen());
    pilot.keys("?");
    insta::assert_snapshot!("small_help", pilot.screen());
}

#[test]
fn a_large_terminal_is_filled() {
    let mut pilot = Pilot::on(&heap::notebook(), 200, 40);
    pilot.keys("p o");
    insta::assert_snapshot!("large_object", pilot.screen());
}

#[test]
fn objects_are_found_by_what_is_typed() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("/");
    pilot.type_text("type:nonesuch");
    pilot.keys("enter");
    insta::assert_snapshot!("nothing_found", pilot.screen());
    pilot.keys("esc /");
    pilot.type_text("type:dict");
    pilot.keys("enter");
    assert!(matches!(pilot.shown(), Screen::Objects(_)), "it will list the dicts");
    pilot.keys("/");
    pilot.type_text("@0");
    pilot.keys("enter");
    assert!(matches!(pilot.shown(), Screen::Object(_)), "it will show the one object");
}

#[test]
fn help_lists_every_key() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 50);
    pilot.keys("?");
    insta::assert_snapshot!("help", pilot.screen());
    pilot.keys("q");
    assert!(!pilot.has_quit(), "it will only close the help");
    pilot.keys("w");
    insta::assert_snapshot!("warnings", pilot.screen());
}

#[test]
fn tabs_lead_around() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    for tab in [Tab::Histogram, Tab::Dominators] {
        pilot.keys("tab");
        assert_eq!(pilot.tab(), tab);
    }
    pilot.keys("tab tab tab tab tab tab tab tab");
    assert_eq!(pilot.tab(), Tab::Overview, "it will come back round");
    pilot.keys("2 5");
    assert_eq!(pilot.tab(), Tab::Paths, "it will show the paths shown last");
}

#[test]
fn quitting_and_loading() {
    let mut pilot = Pilot::loading(100, 10);
    insta::assert_snapshot!("loading", pilot.screen());
    pilot.keys("j enter ?");
    assert!(!pilot.has_quit());
    for key in ["q", "esc", "^c"] {
        let mut pilot = Pilot::loading(100, 10);
        pilot.keys(key);
        assert!(pilot.has_quit(), "{key} will cancel");
    }
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("enter ^c");
    assert!(pilot.has_quit());
}

#[test]
fn opening_says_how_far_it_is_and_how_long_it_takes() {
    let mut pilot = Pilot::loading(60, 15);
    pilot.opening("reading", (1, 10), 100);
    let screen = pilot.screen();
    assert!(screen.contains("2 %") && !screen.contains("left"), "too early to tell:\n{screen}");
    pilot.opening("dominators", (2, 4), 5_000);
    assert!(pilot.screen().contains("5 s so far, about 3 s left"), "{}", pilot.screen());
    pilot.send(Message::Elapsed(6_000));
    let screen = pilot.screen();
    assert!(screen.contains("76 %") && screen.contains("about 2 s left"), "the time will go on:\n{screen}");
    insta::assert_snapshot!("small_loading", screen);
    for (width, height) in [(1, 1), (10, 3), (300, 100)] {
        Pilot::loading(width, height).screen();
    }
}

#[test]
fn the_lines_that_free_it_are_shown_and_copied() {
    for (width, height) in [(60, 15), (80, 24), (160, 40)] {
        let mut pilot = Pilot::on(&heap::notebook(), width, height);
        pilot.keys("p");
        let screen = pilot.screen();
        assert!(screen.contains("frees 190.7 MiB") && screen.contains("  del _, _5"), "{screen}");
        insta::assert_snapshot!(format!("to_free_{width}x{height}"), screen);
        pilot.keys("c");
        assert!(pilot.copied().is_some_and(|code| code.ends_with("del _, _5")), "{:?}", pilot.copied());
    }
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("c");
    assert_eq!(pilot.copied(), None, "it will only say where the lines are");
}

#[test]
fn the_overview_shows_where_the_memory_of_the_process_is() {
    for (width, height) in [(60, 15), (80, 24), (160, 40)] {
        let mut pilot = Pilot::on(&odd_heaps::with_ledger(), width, height);
        let screen = pilot.screen();
        assert!(screen.contains("look first") && screen.contains("press p") | screen.contains("p says why"));
        let rest = if width > 60 { "16.0 MiB" } else { "24.0 MiB" };
        assert!(screen.contains(rest), "it will say what nobody explains:\n{screen}");
        let is_told = |line: &str| line.contains('\u{2591}');
        let told: Vec<bool> =
            screen.lines().skip_while(|line| !line.contains("memory")).take(2).map(is_told).collect();
        assert_eq!(told, [width > 60; 2], "bar and legend will show the same parts:\n{screen}");
        insta::assert_snapshot!(format!("ledger_{width}x{height}"), screen);
    }
    insta::assert_snapshot!("ledger_ascii", Pilot::on(&odd_heaps::with_ledger(), 100, 30).ascii_screen());
    assert!(Pilot::on(&heap::notebook(), 100, 30).screen().contains("how large the process was"));
}

#[test]
fn the_histogram_is_grouped_by_module_and_by_holder() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("2 b");
    insta::assert_snapshot!("by_module", pilot.screen());
    pilot.keys("b");
    insta::assert_snapshot!("by_referrer", pilot.screen());
    pilot.keys("down enter");
    insta::assert_snapshot!("objects_of_a_group", pilot.screen());
    pilot.keys("backspace b");
    assert!(pilot.screen().contains("by type"), "it will come back round");
    pilot.keys("1 b");
    assert_eq!(pilot.tab(), Tab::Overview, "it will only say where the histogram is");
}

#[test]
fn rows_are_clicked_and_the_wheel_scrolls() {
    let mut pilot = Pilot::on(&heap::notebook(), 160, 40);
    pilot.keys("2");
    pilot.click("app.Application");
    assert_eq!(pilot.tab(), Tab::Histogram, "the first click will only choose the row");
    pilot.click("app.Application");
    assert!(matches!(pilot.shown(), Screen::Objects(_)), "the second click will open it");
    pilot.click("app.Application @");
    let Screen::Object(screen) = pilot.shown() else { panic!("it will show the only object of the type") };
    assert_eq!(pilot.name_of(screen.object), "app.Application");
    pilot.click("cache");
    pilot.click("cache");
    let Screen::Object(screen) = pilot.shown() else { panic!("it will have gone to the other list") };
    assert_eq!(pilot.name_of(screen.object), "dict", "it will have opened what the attribute holds");

    pilot.keys("1 p");
    pilot.click("_  also _5");
    pilot.click("['_']");
    let Screen::Paths(paths) = pilot.shown() else { panic!("it will choose a step") };
    assert_eq!(paths.chosen_path().map(|path| path.path.to_string()).as_deref(), Some("_"));
    pilot.click("['_']");
    assert_eq!(pilot.tab(), Tab::Object, "it will open the step");

    pilot.click("3 Dominators");
    assert_eq!(pilot.tab(), Tab::Dominators, "a click on its title will show a screen");
    pilot.keys("1 home");
    pilot.mouse(MouseEventKind::ScrollDown, 5, 5);
    let Screen::Summary(screen) = pilot.shown() else { panic!("it will show the overview") };
    assert_eq!(screen.cursor().at, 3);
    pilot.mouse(MouseEventKind::ScrollUp, 5, 5);
    pilot.keys("?");
    pilot.mouse(MouseEventKind::ScrollDown, 5, 5);
    pilot.mouse(MouseEventKind::Down(MouseButton::Left), 5, 20);
    pilot.keys("esc");
    assert_eq!(pilot.tab(), Tab::Overview, "what lies below the help will not be clicked");
}
