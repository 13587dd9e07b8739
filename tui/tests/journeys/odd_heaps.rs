//! Heaps that are unlike any notebook: empty, unreachable, or with a hub.

use heapview_snapshot::{Ledger, MallocSizes, Meta, PymallocSizes, Resident, SiteFrame, SnapshotWriter};

use crate::heap::{File, Held, Sketch};

/// Nothing at all: not even a root.
pub(crate) fn empty() -> File {
    let folder = tempfile::tempdir().unwrap();
    SnapshotWriter::create(&folder.path().join("snap.rkyv")).unwrap().finish(Meta::default()).unwrap();
    File { folder }
}

/// Two lists that hold each other, and no root: garbage that waits for the collector.
pub(crate) fn garbage() -> File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = Sketch::new(&folder);
    sketch.n_referrers.insert(1, 1);
    sketch.n_referrers.insert(2, 1);
    for (number, other) in [(1, 2), (2, 1)] {
        sketch.object(number, "list", 64, None, &[Held::Item(0, other)]);
        sketch.n_referrers.insert(other, 1);
    }
    sketch.finish(folder)
}

/// A module, and a type that it is large because of: nobody can free either.
pub(crate) fn module() -> File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = Sketch::new(&folder);
    sketch.object(0, "module", 1 << 20, Some("__main__"), &[Held::Dict(1)]);
    sketch.object(1, "dict", 232, None, &[]);
    sketch.finish(folder)
}

/// A list of so many objects.
pub(crate) fn hub(n_items: u32) -> File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = Sketch::new(&folder);
    sketch.object(0, "module", 72, Some("__main__"), &[Held::Dict(1)]);
    sketch.object(1, "dict", 232, None, &[Held::Key("hub", 2, 3)]);
    let items: Vec<_> = (0..n_items).map(|at| Held::Item(at, 10 + u64::from(at))).collect();
    sketch.object(3, "list", 800_056, None, &items);
    for at in 0..n_items {
        sketch.object(10 + u64::from(at), "float", 24, Some(&format!("{at}.5")), &[]);
    }
    sketch.finish(folder)
}

/// A text that a line of `app.py` made.
pub(crate) fn traced() -> File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = Sketch::new(&folder);
    sketch.object(0, "module", 72, Some("__main__"), &[Held::Dict(1)]);
    sketch.object(1, "dict", 232, None, &[Held::Key("text", 2, 3)]);
    sketch.object(3, "str", 800_056, Some("hello"), &[]);
    let frames = [("app.py", 12), ("/srv/main\u{1b}.py", 40)]
        .map(|(file, line)| SiteFrame { file: sketch.writer.intern(file), line });
    let site = sketch.writer.add_site(&frames);
    (1..sketch.writer.n_objects()).for_each(|_| sketch.writer.object_site(None));
    sketch.writer.object_site(Some(site));
    sketch.finish(folder)
}

/// A notebook whose dump states the memory of the whole process.
pub(crate) fn with_ledger() -> File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = Sketch::new(&folder);
    sketch.writer.ledger(&Ledger {
        resident: Resident { rss: Some(96 << 20), ..Resident::default() },
        malloc: Some(MallocSizes { in_use: 66 << 20, free: 12 << 20, mmapped: 0 }),
        pymalloc: Some(PymallocSizes { arenas: 2 << 20, in_use: 1 << 20, free: 1 << 20 }),
        ..Ledger::default()
    });
    sketch.object(0, "module", 72, Some("__main__"), &[Held::Dict(1)]);
    let names = [Held::Key("cache", 100, 2), Held::Key("table", 101, 20), Held::Key("texts", 102, 40)];
    sketch.object(1, "dict", 232, None, &names);
    sketch.object(2, "dict", 4_704, None, &[Held::Key("a", 110, 3), Held::Key("b", 111, 4)]);
    sketch.object(3, "list", 8 << 20, None, &[Held::Item(0, 5)]);
    sketch.object(4, "app.Session", 6 << 20, None, &[]);
    sketch.object(5, "bytes", 4 << 20, None, &[]);
    sketch.object(20, "numpy.ndarray", 128, Some("float64 (5242880,)"), &[Held::Buffer(21)]);
    sketch.object(21, "buffer", 40 << 20, None, &[]);
    sketch.object(40, "list", 1 << 20, None, &[]);
    sketch.finish(folder)
}
