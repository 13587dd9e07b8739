//! Cycles of known heaps, and duplicates and waste where only a snapshot can set the scene.

mod opened;

use heapview_analysis::Heap;
use heapview_analysis::cycles::{CycleOptions, CycleReport, cycles};
use heapview_analysis::duplicates::duplicates;
use heapview_analysis::waste::{WasteKind, waste};
use heapview_testkit::{Held, Sketch};
use opened::{at, open};

fn all(heap: &Heap) -> CycleReport {
    cycles(heap, CycleOptions { only_garbage: false, limit: 100 })
}

/// A parent and a child that hold each other, `n` times; the pairs are in a list if `alive`.
fn pairs(n: u64, alive: bool) -> Heap {
    let mut sketch = Sketch::new(if alive { &[("PAIRS", 10)] } else { &[] });
    if alive {
        let items: Vec<Held<'_>> = (0..n).map(|nth| Held::Item(nth as u32, 100 + nth)).collect();
        sketch.object(10, "list", 100, &items);
    }
    for nth in 0..n {
        let (parent, child) = (100 + nth, 1000 + nth);
        sketch.object(parent, "app.Parent", 50, &[Held::Dict(2000 + nth)]);
        sketch.object(2000 + nth, "dict", 100, &[Held::Key("child", child), Held::Key("data", 3000 + nth)]);
        sketch.object(child, "app.Child", 60, &[Held::Attribute("parent", parent)]);
        sketch.object(3000 + nth, "bytes", 1000, &[]).preview(3000 + nth, "data", true);
    }
    open(&sketch)
}

#[test]
fn cycles_of_one_kind_are_one_row() {
    for alive in [true, false] {
        let heap = pairs(30, alive);
        let report = all(&heap);
        let [row] = &report.rows[..] else { panic!("{report:?}") };
        assert_eq!((report.n_cycles, report.n_objects, report.n_kinds, report.truncated), (30, 90, 1, false));
        assert_eq!((row.n_cycles, row.n_objects, row.n_largest), (30, 90, 3));
        assert_eq!(row.is_garbage, !alive);
        assert_eq!(row.shallow_size, 30 * 210);
        let keys = "child".len() as u64 + "data".len() as u64 + 2 * 49;
        assert_eq!((row.retained_size, row.retained_is_exact), (30 * 1210 + keys, true));
        assert_eq!(row.links, ["app.Child.parent", "app.Parent.child"]);
        assert_eq!(row.example.len(), 3);
        assert!(row.example.windows(2).all(|steps| steps[0].to == steps[1].from));
        assert_eq!(row.example[0].from, row.example[2].to);
        let only_garbage = CycleOptions { only_garbage: true, limit: 0 };
        let garbage = cycles(&heap, only_garbage);
        assert_eq!(garbage.n_cycles, if alive { 0 } else { 30 });
        assert_eq!(garbage.truncated, !alive);
    }
}

#[test]
fn modules_and_types_are_no_cycle_unless_they_are_garbage() {
    let mut sketch = Sketch::new(&[("f", 10), ("C", 20)]);
    // A function whose globals are the module's dict, a class that holds itself, and one that nobody holds.
    sketch.object(10, "function", 100, &[Held::Internal("func_globals", 1)]);
    sketch.object(20, "type", 900, &[Held::Internal("tp_mro", 21)]);
    sketch.object(21, "tuple", 50, &[Held::Item(0, 20)]);
    sketch.object(30, "type", 900, &[Held::Internal("tp_mro", 31)]);
    sketch.object(31, "tuple", 50, &[Held::Item(0, 30)]);
    let heap = open(&sketch);
    let report = all(&heap);
    let [row] = &report.rows[..] else { panic!("{report:?}") };
    assert!(row.is_garbage);
    assert_eq!(row.types.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["tuple", "type"]);
}

#[test]
fn an_object_that_holds_itself_is_a_cycle() {
    let mut sketch = Sketch::new(&[("OWN", 10)]);
    sketch.object(10, "list", 56, &[Held::Item(0, 10), Held::Item(1, 10)]);
    let heap = open(&sketch);
    let report = all(&heap);
    assert_eq!((report.n_cycles, report.n_objects), (1, 1));
    assert_eq!(report.rows[0].example.len(), 1);
    assert_eq!(report.rows[0].links, ["list[*]"]);
    assert_eq!(report.rows[0].example[0].from, at(&heap, 10));
}

#[test]
fn texts_that_the_snapshot_does_not_hold_are_not_called_equal() {
    let mut sketch = Sketch::new(&[("TEXTS", 10)]);
    let items: Vec<Held<'_>> = (0..9u32).map(|nth| Held::Item(nth, 20 + u64::from(nth))).collect();
    sketch.object(10, "list", 100, &items);
    // Equal, one of which caches its bytes; cut, alike but for one; of other types; not written.
    for (number, type_name, size, text, is_cut) in [
        (20, "str", 60, "same", false),
        (21, "str", 70, "same", false),
        (22, "str", 500, "long", true),
        (23, "str", 500, "long", true),
        (24, "str", 501, "long", true),
        (25, "bytes", 60, "same", false),
        (26, "app.Text", 60, "same", false),
        (27, "str", 80, "", true),
        (28, "str", 80, "", true),
    ] {
        sketch.object(number, type_name, size, &[]).preview(number, text, is_cut);
    }
    let answer = duplicates(&open(&sketch), 10);
    let rows: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (row.text.as_str(), row.n_objects, row.saved_size, row.is_certain))
        .collect();
    assert_eq!(rows, [("long", 2, 500, false), ("same", 2, 60, true)]);
    assert_eq!((answer.saved_size, answer.uncertain_size, answer.n_surplus), (60, 500, 2));
    assert_eq!(answer.n_unknown, 2);
    assert_eq!(answer.rows[1].place, Some(("TEXTS[*]".parse().unwrap(), 2)));
}

#[test]
fn savings_never_go_below_zero_whatever_the_sizes_say() {
    let mut sketch = Sketch::new(&[("ODD", 10)]);
    let items: Vec<Held<'_>> = (0..4u32).map(|nth| Held::Item(nth, 20 + u64::from(nth))).collect();
    sketch.object(10, "list", 0, &items);
    sketch.object(20, "list", u64::from(u32::MAX), &[]);
    sketch.object(21, "dict", 0, &[Held::Key("only", 23)]);
    sketch.object(22, "set", 3, &[Held::Member(23)]);
    sketch.object(23, "dict", 1, &[]);
    let answer = waste(&open(&sketch), 10);
    assert_eq!(answer.rows[0].kind, WasteKind::SpareList);
    assert!(answer.rows.iter().all(|row| row.saved_size <= row.shallow_size));
    assert!(!answer.truncated);
}
