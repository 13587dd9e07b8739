//! A small heap written with the snapshot's own writer: a notebook that keeps an array in `Out`.

use std::collections::BTreeMap;

use heapview_snapshot::{
    Address, EdgeKind, Meta, ObjectFlags, ObjectRecord, Preview, Root, RootKind, SnapshotWriter, TypeIx,
    TypeRow,
};
use tempfile::TempDir;

/// A snapshot in a folder that lives as long as this value.
pub(crate) struct File {
    pub folder: TempDir,
}

impl File {
    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("snap.rkyv")
    }
}

/// Writes objects one by one; references may lead to objects not written yet.
pub(crate) struct Sketch {
    pub writer: SnapshotWriter,
    types: BTreeMap<&'static str, TypeIx>,
    pub n_referrers: BTreeMap<u64, u32>,
}

/// A reference: its kind, its text if it has one, its number if it has one, and the number of its referent.
pub(crate) enum Held<'a> {
    Key(&'a str, u64, u64),
    Item(u32, u64),
    Attribute(&'a str, u64),
    Dict(u64),
    Buffer(u64),
}

pub(crate) fn address(number: u64) -> Address {
    Address::new(0x7f00_0000_0000 + number * 64)
}

impl Sketch {
    pub(crate) fn new(folder: &TempDir) -> Self {
        let writer = SnapshotWriter::create(&folder.path().join("snap.rkyv")).unwrap();
        Self { writer, types: BTreeMap::new(), n_referrers: BTreeMap::new() }
    }

    pub(crate) fn object(
        &mut self,
        number: u64,
        type_name: &'static str,
        size: u64,
        text: Option<&str>,
        held: &[Held<'_>],
    ) {
        for reference in held {
            let (kind, label, to) = match *reference {
                Held::Key(text, key, value) => {
                    self.reference(EdgeKind::DictKey, 0, key);
                    (EdgeKind::DictValue, u32::from(text.starts_with('_')), value)
                }
                Held::Item(at, to) => (EdgeKind::Item, at, to),
                Held::Attribute(name, to) => (EdgeKind::Attribute, self.writer.intern(name).get(), to),
                Held::Dict(to) => (EdgeKind::InstanceDict, 0, to),
                Held::Buffer(to) => (EdgeKind::Buffer, 0, to),
            };
            self.reference(kind, label, to);
        }
        let (module, name) = type_name.rsplit_once('.').unwrap_or(("builtins", type_name));
        let next = Address::new(8 * (1 + self.types.len() as u64));
        let writer = &mut self.writer;
        let type_ix = *self
            .types
            .entry(type_name)
            .or_insert_with(|| writer.add_type(&TypeRow::named(module, name, next)));
        writer.object(&ObjectRecord {
            address: address(number),
            type_ix,
            shallow_size: size,
            // Every object here is written after those that hold it.
            refcount: self.n_referrers.get(&number).copied().unwrap_or(1),
            flags: if type_name == "buffer" { ObjectFlags::SYNTHETIC } else { ObjectFlags::TRACKED },
            preview: text.map(|text| Preview { text, truncated: false }),
        });
        for reference in held {
            if let Held::Key(text, key, _) = reference
                && *self.n_referrers.get(key).unwrap_or(&0) == 1
            {
                self.object(
                    *key,
                    if text.parse::<u32>().is_ok() { "int" } else { "str" },
                    60,
                    Some(text),
                    &[],
                );
            }
        }
    }

    fn reference(&mut self, kind: EdgeKind, label: u32, to: u64) {
        self.writer.edge(kind, label, address(to));
        *self.n_referrers.entry(to).or_default() += 1;
    }

    pub(crate) fn finish(mut self, folder: TempDir) -> File {
        let main = self.writer.intern("__main__");
        self.writer.root(Root::new(RootKind::Module, address(0), main));
        let meta = Meta {
            heapview_version: "0.1.0".into(),
            python_version: "3.12.1".into(),
            platform: "linux x86_64".into(),
            executable: "/usr/bin/python3".into(),
            pid: 4242,
            created_unix_ms: 1_790_000_000_000,
            pause_us: 153_000,
            warnings: vec![
                "no layout is known for this build of numpy; the sizes of its arrays are those of `__sizeof__`"
                    .into(),
            ],
            ..Meta::default()
        };
        self.writer.finish(meta).unwrap();
        File { folder }
    }
}

/// A notebook whose cell 5 showed an array of 200 MB; its name was deleted afterwards.
pub(crate) fn notebook() -> File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = Sketch::new(&folder);
    sketch.object(0, "module", 72, Some("__main__"), &[Held::Dict(1)]);
    let names = [
        Held::Key("Out", 100, 2),
        Held::Key("_5", 101, 3),
        Held::Key("_", 102, 3),
        Held::Key("texts", 103, 5),
        Held::Key("app", 104, 6),
        Held::Key("loop", 105, 8),
    ];
    sketch.object(1, "dict", 4_704, None, &names);
    sketch.object(2, "dict", 232, None, &[Held::Key("5", 110, 3)]);
    sketch.object(3, "numpy.ndarray", 128, Some("float64 (25000000,)"), &[Held::Buffer(4)]);
    sketch.object(4, "buffer", 200_000_000, None, &[]);
    let texts: Vec<_> = (0..300).map(|at| Held::Item(at, 1_000 + u64::from(at))).collect();
    sketch.object(5, "list", 2_456, None, &texts);
    for at in 0..300 {
        let text = match at {
            0 => "two\nlines and a \u{6f22}\u{5b57}".to_owned(),
            _ => format!("text number {at} ").repeat(1 + at as usize % 7),
        };
        sketch.object(1_000 + at, "str", 49 + 1_000 * at, Some(&text), &[]);
    }
    sketch.object(6, "app.Application", 56, None, &[Held::Attribute("cache", 7)]);
    sketch.object(7, "dict", 360, None, &[Held::Key("recent", 120, 5)]);
    sketch.object(8, "list", 64, None, &[Held::Item(0, 8), Held::Item(1, 9)]);
    sketch.object(9, "list", 64, None, &[Held::Item(0, 8)]);
    sketch.finish(folder)
}
