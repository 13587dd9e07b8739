//! Small heaps written with the snapshot's own writer and opened by the engine.
#![allow(dead_code, reason = "each test file uses a part")]

use std::collections::BTreeMap;

use heapview_analysis::{Heap, Silent};
use heapview_snapshot::{
    Address, EdgeKind, Meta, ObjectFlags, ObjectIx, ObjectRecord, Preview, Root, RootKind, SnapshotWriter,
    TypeFlags, TypeRow,
};

/// A reference of an object; objects are named by number.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    /// A dict's entry: the key's text, and the value.
    Key(&'static str, u64),
    /// A dict's entry whose key is the object.
    Entry(u64, u64),
    Item(u32, u64),
    Member(u64),
    Attribute(&'static str, u64),
    Internal(&'static str, u64),
    Dict(u64),
    Type(u64),
}

#[derive(Debug)]
struct Row {
    type_name: &'static str,
    size: u64,
    preview: Option<(String, bool)>,
    held: Vec<(EdgeKind, u32, Option<&'static str>, u64)>,
}

/// Objects by number; number 0 is the module `__main__` and 1 its dict.
#[derive(Debug, Default)]
pub(crate) struct Sketch {
    rows: BTreeMap<u64, Row>,
    keys: BTreeMap<&'static str, u64>,
    globals: Vec<Held>,
    greenlets: Vec<u64>,
}

const FIRST_KEY: u64 = 1_000_000_000;

impl Sketch {
    /// A heap whose `__main__` has these globals.
    pub(crate) fn new(globals: &[(&'static str, u64)]) -> Self {
        let mut sketch = Self::default();
        let globals: Vec<Held> = globals.iter().map(|(name, object)| Held::Key(name, *object)).collect();
        sketch.object(0, "module", 72, &[Held::Dict(1)]).preview(0, "__main__", false);
        sketch.object(1, "dict", 184, &globals);
        sketch
    }

    pub(crate) fn object(
        &mut self,
        number: u64,
        type_name: &'static str,
        size: u64,
        held: &[Held],
    ) -> &mut Self {
        let mut references = Vec::new();
        for reference in held {
            match *reference {
                Held::Key(text, value) => {
                    let next = FIRST_KEY + self.keys.len() as u64;
                    let key = *self.keys.entry(text).or_insert(next);
                    references.push((EdgeKind::DictKey, 0, None, key));
                    references.push((EdgeKind::DictValue, u32::from(text.starts_with('_')), None, value));
                }
                Held::Entry(key, value) => {
                    references.push((EdgeKind::DictKey, 0, None, key));
                    references.push((EdgeKind::DictValue, 0, None, value));
                }
                Held::Item(at, to) => references.push((EdgeKind::Item, at, None, to)),
                Held::Member(to) => references.push((EdgeKind::SetMember, 0, None, to)),
                Held::Attribute(name, to) => references.push((EdgeKind::Attribute, 0, Some(name), to)),
                Held::Internal(name, to) => references.push((EdgeKind::Internal, 0, Some(name), to)),
                Held::Dict(to) => references.push((EdgeKind::InstanceDict, 0, None, to)),
                Held::Type(to) => references.push((EdgeKind::Type, 0, None, to)),
            }
        }
        self.rows.insert(number, Row { type_name, size, preview: None, held: references });
        self
    }

    pub(crate) fn preview(&mut self, number: u64, text: &str, truncated: bool) -> &mut Self {
        self.rows.get_mut(&number).unwrap().preview = Some((text.to_owned(), truncated));
        self
    }

    /// Says that the object is a greenlet that waits for its turn.
    pub(crate) fn greenlet(&mut self, number: u64) -> &mut Self {
        self.greenlets.push(number);
        self
    }

    /// Writes the file and opens it. Objects are held by exactly the references given.
    pub(crate) fn open(mut self) -> Heap {
        for (text, number) in std::mem::take(&mut self.keys) {
            self.object(number, "str", 49 + text.len() as u64, &[]).preview(number, text, false);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snap.rkyv");
        let mut writer = SnapshotWriter::create(&path).unwrap();
        let mut n_referrers: BTreeMap<u64, u32> = BTreeMap::new();
        for (.., to) in self.rows.values().flat_map(|row| &row.held) {
            *n_referrers.entry(*to).or_default() += 1;
        }
        let mut types = BTreeMap::new();
        for (number, row) in &self.rows {
            for (kind, label, name, to) in &row.held {
                let label = name.map_or(*label, |name| writer.intern(name).get());
                writer.edge(*kind, label, address(*to));
            }
            let next = 8 * (1 + types.len() as u64);
            let type_ix = *types.entry(row.type_name).or_insert_with(|| {
                let (module, name) = row.type_name.rsplit_once('.').unwrap_or(("builtins", row.type_name));
                let flags = match row.type_name {
                    "list" => TypeFlags::LIST_SUBCLASS,
                    "tuple" => TypeFlags::TUPLE_SUBCLASS,
                    "dict" => TypeFlags::DICT_SUBCLASS,
                    "type" => TypeFlags::TYPE_SUBCLASS,
                    name if name.contains('.') => TypeFlags::HEAP_TYPE,
                    _ => TypeFlags::default(),
                };
                writer.add_type(&TypeRow { flags, ..TypeRow::named(module, name, Address::new(next)) })
            });
            writer.object(&ObjectRecord {
                address: address(*number),
                type_ix,
                shallow_size: row.size,
                refcount: n_referrers.get(number).copied().unwrap_or(0),
                flags: ObjectFlags::TRACKED.with_generation(2),
                preview: row
                    .preview
                    .as_ref()
                    .map(|(text, truncated)| Preview { text, truncated: *truncated }),
            });
        }
        let main = writer.intern("__main__");
        writer.root(Root::new(RootKind::Module, address(0), main));
        for greenlet in &self.greenlets {
            let name = writer.intern("'handle'");
            writer.root(Root::new(RootKind::Greenlet, address(*greenlet), name));
        }
        let meta = Meta { python_version: "3.12.1".into(), previews: "short".into(), ..Meta::default() };
        writer.finish(meta).unwrap();
        Heap::open(&path, &Silent).unwrap()
    }
}

fn address(number: u64) -> Address {
    Address::new(0x7f00_0000_0000 + number * 64)
}

/// The object with this number.
pub(crate) fn at(heap: &Heap, number: u64) -> ObjectIx {
    heap.snapshot().find(address(number)).unwrap()
}

/// Numbers of objects, in order of number.
pub(crate) fn numbers(heap: &Heap, objects: &[ObjectIx]) -> Vec<u64> {
    let mut numbers: Vec<u64> = objects
        .iter()
        .map(|object| (heap.snapshot().address(*object).get() - 0x7f00_0000_0000) / 64)
        .collect();
    numbers.sort_unstable();
    numbers
}
