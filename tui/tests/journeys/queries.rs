//! Journeys through the prompt: selectors, queries, and what is wrong with them.

use heapview_analysis::paths::path_to_root;
use heapview_tui::screens::Screen;

use crate::pilot::Pilot;
use crate::{heap, odd_heaps};

fn asked(pilot: &mut Pilot, text: &str) {
    pilot.keys("/");
    pilot.type_text(text);
    pilot.keys("enter");
}

#[test]
fn a_query_lists_objects_with_what_they_retain_together() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("/");
    pilot.type_text("type:str retained>=289kB");
    assert!(pilot.screen().contains("4 objects match so far"), "it will count while one types");
    pilot.keys("enter");
    let Screen::Objects(objects) = pilot.shown() else { panic!("it will list objects") };
    assert_eq!(objects.objects().map(<[_]>::len), Some(4));
    let sum: u64 = (296..300).map(|at| 49 + 1_000 * at).sum();
    assert_eq!(objects.retained_size(), Some(sum), "it will be exact");
    insta::assert_snapshot!("query", pilot.screen());
}

#[test]
fn found_objects_are_sorted_by_any_column() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    asked(&mut pilot, "shallow>=100 shallow<300000 type:*");
    let sizes = |pilot: &Pilot| match pilot.shown() {
        Screen::Objects(screen) => (0..200).filter_map(|at| screen.row(at)).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let by_retained = sizes(&pilot);
    pilot.keys("s");
    assert_ne!(sizes(&pilot), by_retained, "a list retains more than any text in it");
    pilot.keys("s");
    insta::assert_snapshot!("objects_by_type", pilot.screen());
    pilot.keys("s r");
    let turned = sizes(&pilot);
    assert_ne!(turned.first(), by_retained.first());
}

#[test]
fn what_is_wrong_with_a_query_is_shown_with_a_caret() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    asked(&mut pilot, "type:dict retaind>10MB");
    let screen = pilot.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let (text, carets) = (lines[28], lines[29]);
    assert_eq!(carets.find('^'), text.find("retaind"), "{screen}");
    insta::assert_snapshot!("query_error", screen);
    let mut pilot = Pilot::on(&heap::notebook(), 60, 15);
    asked(&mut pilot, &format!("{}retaind>10MB", "type:dict ".repeat(8)));
    insta::assert_snapshot!("small_query_error", pilot.screen());
}

#[test]
fn paths_go_on_working() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    asked(&mut pilot, "app.cache['recent']");
    let Screen::Object(object) = pilot.shown() else { panic!("it will show the one object") };
    assert_eq!(pilot.name_of(object.object), "list");
    asked(&mut pilot, "app.cache['resent']");
    assert!(pilot.screen().contains("resent"), "it will say what is not there: {}", pilot.screen());
    pilot.keys("esc");
    asked(&mut pilot, "list referents>1");
    assert!(matches!(pilot.shown(), Screen::Objects(_)), "it will take a type and a term as a query");
}

#[test]
fn every_path_that_is_shown_can_be_typed() {
    for file in [heap::notebook(), odd_heaps::with_ledger()] {
        let mut pilot = Pilot::on(&file, 200, 50);
        let heap = pilot.heap();
        let mut n_words = 0;
        for object in heap.objects().filter(|object| heap.is_reachable(*object)) {
            let Some(path) = path_to_root(&heap, object) else { continue };
            n_words += usize::from(!path.path.is_expression());
            pilot.keys("1");
            asked(&mut pilot, &path.path.to_string());
            let Screen::Object(screen) = pilot.shown() else { panic!("it will show {}", path.path) };
            assert_eq!(screen.object, object, "{}", path.path);
        }
        assert!(n_words > 5, "{n_words}");
    }
}

#[test]
fn a_typed_pattern_lists_its_objects() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    asked(&mut pilot, "texts[*]");
    let Screen::Objects(objects) = pilot.shown() else { panic!("it will list objects") };
    assert_eq!(objects.objects().map(<[_]>::len), Some(300));
    pilot.keys("1");
    asked(&mut pilot, "texts.<no such words>");
    let screen = pilot.screen();
    assert!(screen.contains("'texts' (list) holds nothing as <no such words>"), "{screen}");
}
