//! Suspended greenlets: roots where nothing else reaches them, and nothing that a collection takes.

mod opened;

use heapview_analysis::free::free;
use heapview_analysis::paths::path_to_root;
use heapview_analysis::{Heap, HeapRootKind};
use heapview_snapshot::RootKind;

use heapview_testkit::{Held, Sketch};
use opened::{at, open};

const FRAME: &str = "greenlet 'handle' at app.py:3";

/// A pool with a greenlet, one that only its own frame holds, and a cycle of nobody's.
fn heap() -> Heap {
    let mut sketch = Sketch::new(&[("POOL", 2)]);
    sketch.object(2, "list", 56, &[Held::Item(0, 3)]);
    sketch.object(3, "greenlet.greenlet", 40, &[Held::Internal(FRAME, 4)]).greenlet(3);
    sketch.object(4, "frame", 0, &[Held::Internal("rows", 5)]);
    sketch.object(5, "list", 1000, &[]);
    sketch.object(6, "greenlet.greenlet", 40, &[Held::Internal(FRAME, 7)]).greenlet(6);
    sketch.object(7, "frame", 0, &[Held::Internal("me", 6), Held::Internal("rows", 8)]);
    sketch.object(8, "list", 2000, &[]);
    sketch.object(9, "list", 56, &[Held::Item(0, 9)]);
    open(&sketch)
}

#[test]
fn a_greenlet_is_a_root_where_nothing_else_reaches_it() {
    let heap = heap();
    let roots: Vec<_> =
        heap.roots().iter().filter(|root| root.kind == HeapRootKind::Named(RootKind::Greenlet)).collect();
    assert_eq!(roots.iter().map(|root| root.object).collect::<Vec<_>>(), [at(&heap, 6)]);
    let text = |number| path_to_root(&heap, at(&heap, number)).map(|path| path.path.to_string());
    assert!(text(5).unwrap().starts_with("POOL[0].<greenlet 'handle' at app.py:3>"), "{:?}", text(5));
    assert!(text(8).unwrap().contains("suspended greenlet 'handle'"), "{:?}", text(8));
    assert_eq!(text(9), None);
    assert_eq!(heap.retained_size(at(&heap, 3)), 1040);
    assert_eq!(heap.retained_size(at(&heap, 6)), 2040);
}

#[test]
fn no_cut_frees_a_greenlet_that_holds_itself() {
    let mut sketch = Sketch::new(&[("POOL", 2)]);
    sketch.object(2, "list", 56, &[Held::Item(0, 3)]);
    sketch.object(3, "greenlet.greenlet", 40, &[Held::Internal(FRAME, 4)]).greenlet(3);
    sketch.object(4, "frame", 0, &[Held::Internal("me", 3), Held::Internal("rows", 5)]);
    sketch.object(5, "list", 1000, &[]);
    let heap = open(&sketch);
    let plan = free(&heap, &[at(&heap, 3)]);
    assert_eq!(plan.by_code.freed_size, 0, "{plan:?}");
    assert_eq!(plan.by_code.n_staying, 1, "{plan:?}");
}
