//! libFuzzer on queries, selectors and paths.
#![no_main]

use heapview_analysis::{Heap, Silent};
use heapview_trials::sample::Shape;
use heapview_trials::targets::{self, Desk};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static HEAP: Heap = {
        let desk = Desk::new();
        desk.sample(Shape { n_objects: 150, is_packed: false, has_sites: true, seed: 3 });
        Heap::open(&desk.path(), &Silent).expect("a sound snapshot")
    };
}

fuzz_target!(|text: &str| {
    targets::query(text);
    HEAP.with(|heap| {
        targets::selector(heap, text);
        targets::evaluated(heap, text);
    });
});
