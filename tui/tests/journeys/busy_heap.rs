//! A heap with something for every analysis: cycles, equal texts, empty containers, and two threads at work.

use heapview_snapshot::{
    Address, EdgeKind, Location, ObjectFlags, ObjectRecord, Root, RootKind, Thread, TypeRow,
};

use crate::heap::{File, Held, Sketch, address};

/// With `n_nodes` nodes in a ring that each know the next and the one before.
pub(crate) fn busy(n_nodes: u64) -> File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = Sketch::new(&folder);
    frames(&mut sketch);
    let names = [Held::Key("ring", 300, 1_000), Held::Key("names", 301, 3), Held::Key("rows", 302, 4)];
    sketch.object(0, "module", 72, Some("__main__"), &[Held::Dict(1)]);
    sketch.object(1, "dict", 232, None, &names);
    let texts: Vec<_> = (0..20).map(|at| Held::Item(at, 100 + u64::from(at))).collect();
    sketch.object(3, "list", 216, None, &texts);
    for at in 0..20 {
        let text = if at % 2 == 0 { "Europe/Berlin" } else { "America/New_York" };
        sketch.object(100 + at, "str", 62, Some(text), &[]);
    }
    let dicts: Vec<_> = (0..12).map(|at| Held::Item(at, 150 + u64::from(at))).collect();
    sketch.object(4, "list", 152, None, &dicts);
    for at in 0..12 {
        sketch.object(150 + at, "dict", 64, None, &[]);
    }
    for at in 0..n_nodes {
        let (next, before) = ((at + 1) % n_nodes, (at + n_nodes - 1) % n_nodes);
        let held = [Held::Attribute("next", 1_000 + next), Held::Attribute("before", 1_000 + before)];
        sketch.n_referrers.insert(1_000 + at, if at == 0 { 3 } else { 2 });
        sketch.object(1_000 + at, "app.Node", 48, None, &held);
    }
    for (number, other) in [(30, 31), (31, 30)] {
        sketch.n_referrers.insert(number, 1);
        sketch.object(number, "app.Session", 4_096, None, &[Held::Attribute("peer", other)]);
    }
    sketch.finish(folder)
}

/// So many texts, each there twice.
pub(crate) fn repeated(n_texts: u32) -> File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = Sketch::new(&folder);
    sketch.object(0, "module", 72, Some("__main__"), &[Held::Dict(1)]);
    sketch.object(1, "dict", 232, None, &[Held::Key("texts", 2, 3)]);
    let items: Vec<_> = (0..2 * n_texts).map(|at| Held::Item(at, 10 + u64::from(at))).collect();
    sketch.object(3, "list", 800_056, None, &items);
    for at in 0..2 * n_texts {
        sketch.object(10 + u64::from(at), "str", 60, Some(&format!("text {}", at / 2)), &[]);
    }
    sketch.finish(folder)
}

/// Number, place in the source, thread, and the local variables with the numbers of their values.
type Frame = (u64, (&'static str, &'static str, u32), (u64, &'static str), &'static [(&'static str, u64)]);

fn frames(sketch: &mut Sketch) {
    let type_ix = sketch.writer.add_type(&TypeRow::named("builtins", "frame", Address::new(4_096)));
    let all: [Frame; 3] = [
        (41, ("load", "/srv/app.py", 9), (1, "MainThread"), &[("names", 3), ("row", 150)]),
        (40, ("main", "/srv/app.py", 3), (1, "MainThread"), &[("rows", 4)]),
        (42, ("serve", "/srv/server.py", 77), (2, "worker-1"), &[]),
    ];
    for (number, place, thread, locals) in all {
        for (name, to) in locals {
            let name = sketch.writer.intern(name).get();
            sketch.writer.edge(EdgeKind::Local, name, address(*to));
            *sketch.n_referrers.entry(*to).or_default() += 1;
        }
        sketch.writer.object(&ObjectRecord {
            address: address(number),
            type_ix,
            shallow_size: 120,
            refcount: 1,
            flags: ObjectFlags::TRACKED,
            preview: None,
        });
        run(sketch, number, place, thread);
    }
}

/// Makes an object the frame of a running thread: its function, file and line; the thread's number and name.
pub(crate) fn run(
    sketch: &mut Sketch,
    number: u64,
    (function, file, line): (&str, &str, u32),
    (ident, name): (u64, &str),
) {
    let [none, function, file, name] = ["", function, file, name].map(|text| sketch.writer.intern(text));
    let object = address(number);
    sketch.writer.location(Location { object, function, file, first_line: 1, line });
    let thread = Some(Thread { ident, name });
    sketch.writer.root(Root { thread, ..Root::new(RootKind::Frame, object, none) });
}
