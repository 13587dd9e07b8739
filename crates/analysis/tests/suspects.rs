//! Leak suspects: where a big share spreads out below one object.

mod opened;

use heapview_analysis::Heap;
use heapview_analysis::suspects::suspects;
use heapview_testkit::{Held, Sketch};
use opened::{at, numbers, open};

/// A registry that holds one cache of many sessions, a big text, and small things.
fn leaking() -> Heap {
    let mut sketch = Sketch::new(&[("registry", 10), ("text", 20), ("small", 30)]);
    sketch.object(10, "app.Registry", 48, &[Held::Attribute("cache", 11)]);
    let entries: Vec<Held<'_>> = (0..50).map(|at| Held::Item(at, 100 + u64::from(at))).collect();
    sketch.object(11, "list", 500, &entries);
    for number in 100..150 {
        sketch.object(number, "app.Session", 1_000, &[]);
    }
    sketch.object(20, "str", 30_000, &[]);
    sketch.object(30, "tuple", 60, &[]);
    sketch.object(40, "list", 1_000_000, &[Held::Item(0, 40)]);
    open(&sketch)
}

#[test]
fn a_suspect_is_where_memory_spreads_out_not_what_leads_there() {
    let heap = leaking();
    let found = suspects(&heap, 100);
    let objects: Vec<_> = found.rows.iter().map(|row| row.object).collect();
    assert_eq!(objects, [at(&heap, 11), at(&heap, 20)], "{:?}", numbers(&heap, &objects));
    let cache = found.rows[0];
    assert_eq!((cache.retained_size, cache.n_below, cache.largest_below), (50_500, 50, 1_000));
    let main = cache.main_type.unwrap();
    assert_eq!((main.n_objects, main.retained_size), (50, 50_000));
    assert_eq!(found.rows[1].main_type, None, "all of the text is the text itself");
}

#[test]
fn shares_are_of_what_is_alive_and_small_ones_are_no_suspects() {
    let heap = leaking();
    let found = suspects(&heap, 100);
    // The list of a megabyte holds only itself: no root reaches it.
    assert_eq!(found.reachable_size, heap.total_size() - 1_000_000);
    assert_eq!(suspects(&heap, 2).rows.len(), 1);
    assert_eq!(suspects(&heap, 1).rows, [], "the module and its names are no suspects");
    assert!(suspects(&heap, 0).rows.is_empty());
}
