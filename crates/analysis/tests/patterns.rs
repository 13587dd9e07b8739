//! Path patterns, and objects grouped by them, by module and by referrer.

mod opened;

use heapview_analysis::Heap;
use heapview_analysis::histogram::{GroupBy, group_histogram, of_group};
use heapview_analysis::patterns::patterns;
use heapview_analysis::query::evaluate;
use heapview_analysis::selection::{Selection, select};
use heapview_testkit::{Held, Sketch};
use opened::{at, open};

fn all(heap: &Heap) -> Selection {
    Selection { objects: heap.objects().collect() }
}

/// `objects pattern type` of each row.
fn rows(heap: &Heap, query: &str) -> Vec<String> {
    let selection = evaluate(heap, &query.parse().unwrap(), None).selection;
    let answer = patterns(heap, &selection, 100);
    assert_eq!(answer.n_objects, selection.objects.len() as u64);
    let row = |row: &heapview_analysis::patterns::PatternRow| {
        let pattern = row.pattern.as_ref().map_or_else(|| "unreachable".to_owned(), ToString::to_string);
        format!("{} {pattern} {}", row.n_objects, row.type_name.as_deref().unwrap_or("several"))
    };
    let mut rows: Vec<String> = answer.rows.iter().map(row).collect();
    rows.sort();
    rows
}

/// Sessions in a dict, each with a history that all share an object with the next.
fn sessions(n: u64) -> Heap {
    let mut sketch = Sketch::new(&[("SESSIONS", 10)]);
    let entries: Vec<Held<'_>> = (0..n).map(|nth| Held::Entry(1000 + nth, 2000 + nth)).collect();
    sketch.object(10, "dict", 500, &entries);
    for nth in 0..n {
        sketch.object(1000 + nth, "str", 60, &[]).preview(1000 + nth, &format!("user-{nth}"), false);
        sketch.object(2000 + nth, "app.Session", 48, &[Held::Attribute("history", 3000 + nth)]);
        let next = 4000 + (nth + 1) % n;
        sketch.object(3000 + nth, "list", 100, &[Held::Item(0, 4000 + nth), Held::Item(1, next)]);
        sketch.object(4000 + nth, "dict", 1000, &[]);
    }
    open(&sketch)
}

#[test]
fn many_paths_become_one_pattern() {
    let heap = sessions(50);
    assert_eq!(rows(&heap, "list"), ["50 SESSIONS[*].<history> list"]);
    assert_eq!(rows(&heap, "Session"), ["50 SESSIONS[*] app.Session"]);
    assert!(rows(&heap, "dict").contains(&"50 SESSIONS[*].<history>[*] dict".to_owned()));
}

#[test]
fn retained_sizes_of_groups_are_those_of_the_set() {
    let heap = sessions(50);
    let answer = patterns(&heap, &all(&heap), 100);
    for row in &answer.rows {
        let of_pattern = |pattern: &str| {
            let query = format!("path:\"{pattern}\"").parse().unwrap();
            evaluate(&heap, &query, None).selection.objects
        };
        let pattern = row.pattern.as_ref().unwrap().to_string();
        let members = of_pattern(&pattern);
        assert_eq!(select(&heap, &pattern).unwrap().objects.len(), members.len());
        assert_eq!(members.len() as u64, row.n_objects, "{row:?}");
        assert!(row.retained_is_exact);
        assert_eq!(heap.retained_size_of_set(&members), row.retained_size, "{row:?}");
    }
    // Each dict is held by two lists: no single list retains one, all lists together retain all.
    let pattern = "SESSIONS[*].<history>".parse().ok();
    let lists = answer.rows.iter().find(|row| row.pattern == pattern).unwrap();
    assert_eq!(lists.retained_size, 50 * 1100);
    assert_eq!(answer.shallow_size, heap.total_size());
}

#[test]
fn what_is_cut_says_so() {
    let heap = sessions(3);
    let answer = patterns(&heap, &all(&heap), 2);
    assert_eq!((answer.rows.len(), answer.truncated), (2, true));
    assert!(answer.n_patterns > 2);
    assert_eq!(answer.n_objects, heap.n_objects() as u64);
}

#[test]
fn a_tree_is_one_pattern_at_all_depths() {
    let mut sketch = Sketch::new(&[("TREE", 10)]);
    // Each node has a list of its two children; 10 -> 11, 12 -> 13, 14, 15, 16.
    for node in 10..17u64 {
        let children: Vec<Held<'_>> = (0..2u64)
            .map(|nth| (nth, 2 * node - 9 + nth))
            .filter(|(_, child)| *child < 17)
            .map(|(nth, child)| Held::Item(nth as u32, child))
            .collect();
        sketch.object(node, "app.Node", 48, &[Held::Attribute("children", node + 100)]);
        sketch.object(node + 100, "list", 80, &children);
    }
    let heap = open(&sketch);
    assert_eq!(rows(&heap, "Node"), ["7 TREE.** app.Node"]);
    assert_eq!(rows(&heap, "list"), ["7 TREE.**.<children> list"]);
    assert_eq!(found(&heap, "list path:TREE.children"), 1);
    assert_eq!(found(&heap, "list path:TREE.children[1].children"), 1);
    assert_eq!(found(&heap, "list path:TREE*children"), 7);
    assert_eq!(found(&heap, "list path:TREE.**.children"), 7);
}

fn found(heap: &Heap, query: &str) -> usize {
    evaluate(heap, &query.parse().unwrap(), None).selection.objects.len()
}

#[test]
fn nested_builtins_are_one_pattern_from_the_third_level_on() {
    let mut sketch = Sketch::new(&[("HEAD", 10)]);
    for link in 10..5000u64 {
        let rest = if link < 4999 { vec![Held::Item(0, 9), Held::Item(1, link + 1)] } else { Vec::new() };
        sketch.object(link, "tuple", 56, &rest);
    }
    sketch.object(9, "int", 28, &[]).preview(9, "1", false);
    let heap = open(&sketch);
    let tuples = rows(&heap, "tuple");
    assert!(tuples.len() <= 4, "{tuples:?}");
    assert!(tuples.iter().any(|row| row.contains("HEAD[1]") && row.contains(".** tuple")), "{tuples:?}");
}

#[test]
fn a_record_keeps_its_keys_and_a_table_does_not() {
    let mut sketch = Sketch::new(&[("CONFIG", 10), ("ROWS", 11)]);
    sketch.object(10, "dict", 100, &[Held::Key("handlers", 20), Held::Key("not a name", 21)]);
    sketch.object(11, "list", 100, &[Held::Item(0, 22), Held::Item(1, 23)]);
    for number in 20..22 {
        sketch.object(number, "list", 10, &[]);
    }
    sketch.object(22, "tuple", 10, &[Held::Item(0, 24), Held::Item(1, 25)]);
    sketch.object(23, "tuple", 10, &[Held::Item(0, 26), Held::Item(1, 27)]);
    for number in 24..28 {
        sketch.object(number, "float", 24, &[]);
    }
    let heap = open(&sketch);
    assert_eq!(rows(&heap, "path~CONFIG[ list"), ["1 CONFIG['handlers'] list", "1 CONFIG[*] list"]);
    assert_eq!(rows(&heap, "float"), ["2 ROWS[*][0] float", "2 ROWS[*][1] float"]);
}

#[test]
fn unreachable_objects_are_a_group_of_their_own() {
    let mut sketch = Sketch::new(&[]);
    sketch.object(40, "list", 56, &[Held::Item(0, 41)]).object(41, "list", 60, &[Held::Item(0, 40)]);
    let heap = open(&sketch);
    assert_eq!(rows(&heap, "list"), ["2 unreachable list"]);
    let answer = patterns(&heap, &all(&heap), 10);
    let row = answer.rows.iter().find(|row| row.pattern.is_none()).unwrap();
    assert_eq!((row.retained_size, row.shallow_size), (116, 116));
}

#[test]
fn groups_by_referrer_name_the_nearest_holder_that_is_no_container() {
    let heap = sessions(20);
    let names = |by| -> Vec<(String, u64)> {
        let histogram = group_histogram(&heap, None, by);
        assert_eq!(histogram.n_objects, heap.n_objects() as u64);
        assert_eq!(histogram.shallow_size, heap.total_size());
        histogram.rows.into_iter().map(|row| (row.name, row.n_objects)).collect()
    };
    let by_referrer = names(GroupBy::Referrer);
    for expected in [
        ("SESSIONS[*]", 20),
        ("<app.Session>.<history>", 20),
        ("<app.Session>.<history>[*]", 20),
        ("SESSIONS.<keys>[*]", 20),
    ] {
        assert!(by_referrer.contains(&(expected.0.to_owned(), expected.1)), "{expected:?} {by_referrer:?}");
    }
    for (name, n_objects) in &by_referrer {
        let named = select(&heap, name).unwrap().objects;
        assert!(named == of_group(&heap, GroupBy::Referrer, name).objects || *n_objects > 1, "{name}");
        assert!(*n_objects == 1 || named.len() as u64 == *n_objects, "{name}");
    }
    for by in [GroupBy::Referrer, GroupBy::Module] {
        for (name, n_objects) in names(by) {
            assert_eq!(of_group(&heap, by, &name).objects.len() as u64, n_objects, "{name}");
        }
    }
    assert!(of_group(&heap, GroupBy::Module, "no such module").objects.is_empty());
    assert!(names(GroupBy::Module).contains(&("app".to_owned(), 20)));
    let only = Selection { objects: vec![at(&heap, 2000)] };
    assert_eq!(group_histogram(&heap, Some(&only), GroupBy::Module).n_objects, 1);
}
