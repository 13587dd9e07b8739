//! The running threads: their frames, and what the local variables hold.

use heapview_analysis::{Heap, HeapRoot, HeapRootKind, HeapThread, Label, Reference, SourcePlace};
use heapview_render as render;
use heapview_snapshot::{EdgeKind, ObjectIx, RootKind};

use super::{counted, number, rest, truncated, wide_number};
use crate::findings::{Cell, Finding, Findings};
use crate::target::Target;

/// More rows than anyone reads: deep recursion has as many frames.
const MAX_ROWS: usize = 10_000;
/// Threads whose retained size is computed: each costs a walk of the heap.
const MAX_SIZED: usize = 16;

pub(super) fn findings(heap: &Heap) -> Findings {
    let threads = threads(heap);
    let n_frames: usize = threads.iter().map(|(_, frames)| frames.len()).sum();
    let mut rows = Vec::new();
    let mut n_all = 0;
    for (place, (thread, frames)) in threads.iter().enumerate() {
        let objects: Vec<ObjectIx> = frames.iter().map(|frame| frame.object).collect();
        let retained = (place < MAX_SIZED).then(|| heap.retained_size_of_set(&objects));
        rows.push(Finding {
            cells: vec![
                retained.map_or_else(|| Cell::text(""), |size| Cell::number(size, render::size)),
                Cell::number(heap.shallow_size_of_set(&objects), render::size),
                Cell::text(format!("thread {}", thread.map_or_else(String::new, render::thread_label))),
                Cell::text(format!("{}, innermost first", counted(frames.len(), "frame"))),
            ],
            ..Finding::default()
        });
        for frame in frames {
            let place = heap.source_place(frame.object);
            let call = place.as_ref().map_or_else(|| frame.label.clone(), SourcePlace::call);
            let line = place.map_or_else(String::new, |place| place.file_and_line());
            rows.push(row(heap, frame.object, format!("  {call}"), line));
            for local in locals(heap, frame) {
                let label = format!("    {}", render::reference_label(heap, &local));
                rows.push(row(heap, local.to, label, render::object_label(heap, local.to)));
            }
            // What does not fit is counted, not kept.
            n_all += rows.len().saturating_sub(MAX_ROWS);
            rows.truncate(MAX_ROWS);
        }
    }
    let title = format!(
        "{}{} in {}",
        truncated(rows.len(), rows.len() + n_all),
        counted(threads.len(), "thread"),
        counted(n_frames, "frame"),
    );
    Findings {
        title,
        nothing: "The snapshot has no frames: no Python code was running.",
        columns: vec![
            number("retained"),
            wide_number("shallow", 76),
            rest("frame and local variable", 1),
            rest("object", 1),
        ],
        rows,
        sorted_by: None,
    }
}

/// The frames by thread, both in the order of the file.
fn threads(heap: &Heap) -> Vec<(Option<&HeapThread>, Vec<&HeapRoot>)> {
    let mut threads: Vec<(Option<&HeapThread>, Vec<&HeapRoot>)> = Vec::new();
    for root in heap.roots().iter().filter(|root| root.kind == HeapRootKind::Named(RootKind::Frame)) {
        match threads.iter_mut().find(|(thread, _)| *thread == root.thread.as_ref()) {
            Some((_, frames)) => frames.push(root),
            None => threads.push((root.thread.as_ref(), vec![root])),
        }
    }
    threads
}

/// Local variables; those that the frame only borrows hold nothing, and are named all the same. Of a module they are
/// its globals.
fn locals<'a>(heap: &'a Heap, frame: &HeapRoot) -> impl Iterator<Item = Reference> + 'a {
    let is_module = heap.source_place(frame.object).is_some_and(|place| place.is_module());
    heap.references(frame.object).filter(move |reference| match (reference.kind, reference.label) {
        (EdgeKind::Local, _) => true,
        (EdgeKind::Weak, Label::Name(name)) => match heap.snapshot().string(name) {
            "f_globals" => is_module,
            "f_builtins" => false,
            _ => true,
        },
        _ => false,
    })
}

fn row(heap: &Heap, object: ObjectIx, label: String, held: String) -> Finding {
    Finding {
        cells: vec![
            Cell::number(heap.retained_size(object), render::size),
            Cell::number(heap.shallow_size(object), render::size),
            Cell::text(label),
            Cell::text(held),
        ],
        target: Some(Target::Object(object)),
        object: Some(object),
        ..Finding::default()
    }
}
