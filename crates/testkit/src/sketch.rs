//! A heap as it is built: objects by number, and what each holds.

use std::collections::BTreeMap;
use std::path::Path;

use heapview_snapshot::{
    Address, CodeUse, EdgeKind, Location, Meta, NameKind, ObjectFlags, ObjectRecord, Origin, Preview, Root,
    RootKind, SnapshotError, SnapshotWriter, TypeFlags, TypeRow, Uses,
};

/// Keys that are texts have numbers from here on.
const FIRST_KEY: u64 = 1_000_000_000;
/// The address of object 0; each further one lies 64 bytes on.
const FIRST: u64 = 0x7f00_0000_0000;
/// The number of the module `__main__`.
pub(crate) const MAIN: u64 = 0;
/// The number of the dict of its names.
pub(crate) const MAIN_DICT: u64 = 1;

/// A reference of an object; objects are named by number.
#[derive(Clone, Copy, Debug)]
pub enum Held<'a> {
    /// A dict's entry: the key's text, and the value.
    Key(&'a str, u64),
    /// A dict's entry whose key is the object.
    Entry(u64, u64),
    Item(u32, u64),
    Member(u64),
    Attribute(&'a str, u64),
    Slot(&'a str, u64),
    Internal(&'a str, u64),
    Local(&'a str, u64),
    Weak(&'a str, u64),
    Dict(u64),
    Type(u64),
}

#[derive(Clone, Debug)]
struct Edge {
    kind: EdgeKind,
    at: u32,
    name: Option<String>,
    to: u64,
}

#[derive(Clone, Debug)]
struct Row {
    type_name: String,
    size: u64,
    preview: Option<(String, bool)>,
    held: Vec<Edge>,
}

/// Objects by number; number 0 is the module `__main__` and 1 its dict.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    rows: BTreeMap<u64, Row>,
    keys: BTreeMap<String, u64>,
    roots: Vec<(RootKind, u64, String, Origin)>,
    /// Numbers of the objects that types are.
    classes: BTreeMap<String, u64>,
    uses: Vec<(u64, NameKind, String, Uses)>,
    /// Names of the functions that code objects and frames are of.
    functions: Vec<(u64, String)>,
}

impl Sketch {
    /// A heap whose `__main__` has these globals.
    pub fn new(globals: &[(&str, u64)]) -> Self {
        let mut sketch = Self::default();
        let globals: Vec<Held<'_>> = globals.iter().map(|(name, object)| Held::Key(name, *object)).collect();
        sketch.object(MAIN, "module", 72, &[Held::Dict(MAIN_DICT)]).preview(MAIN, "__main__", false);
        sketch.object(MAIN_DICT, "dict", 184, &globals);
        sketch.root(RootKind::Module, MAIN, "__main__", Origin::User)
    }

    /// Adds an object, or puts another in the place of the one with this number.
    pub fn object(&mut self, number: u64, type_name: &str, size: u64, held: &[Held<'_>]) -> &mut Self {
        let row = Row { type_name: type_name.to_owned(), size, preview: None, held: Vec::new() };
        self.rows.insert(number, row);
        for reference in held {
            self.hold(number, *reference);
        }
        self
    }

    /// Adds a reference.
    ///
    /// # Panics
    ///
    /// If there is no such object yet.
    pub fn hold(&mut self, number: u64, reference: Held<'_>) {
        let named = |kind, name: &str, to| vec![Edge { kind, at: 0, name: Some(name.to_owned()), to }];
        let plain = |kind, at, to| Edge { kind, at, name: None, to };
        let entry =
            |key, at, value| vec![plain(EdgeKind::DictKey, 0, key), plain(EdgeKind::DictValue, at, value)];
        let edges = match reference {
            Held::Key(text, value) => entry(self.text(text), u32::from(text.starts_with('_')), value),
            Held::Entry(key, value) => entry(key, 0, value),
            Held::Item(at, to) => vec![plain(EdgeKind::Item, at, to)],
            Held::Member(to) => vec![plain(EdgeKind::SetMember, 0, to)],
            Held::Attribute(name, to) => named(EdgeKind::Attribute, name, to),
            Held::Slot(name, to) => named(EdgeKind::Slot, name, to),
            Held::Internal(name, to) => named(EdgeKind::Internal, name, to),
            Held::Local(name, to) => named(EdgeKind::Local, name, to),
            Held::Weak(name, to) => named(EdgeKind::Weak, name, to),
            Held::Dict(to) => vec![plain(EdgeKind::InstanceDict, 0, to)],
            Held::Type(to) => vec![plain(EdgeKind::Type, 0, to)],
        };
        self.rows.get_mut(&number).expect("an object holds").held.extend(edges);
    }

    /// The number of a text; equal ones are one object.
    pub fn text(&mut self, text: &str) -> u64 {
        let next = FIRST_KEY + self.keys.len() as u64;
        *self.keys.entry(text.to_owned()).or_insert(next)
    }

    /// # Panics
    ///
    /// If there is no such object yet.
    pub fn preview(&mut self, number: u64, text: &str, truncated: bool) -> &mut Self {
        let row = self.rows.get_mut(&number).expect("what has a preview is there");
        row.preview = Some((text.to_owned(), truncated));
        self
    }

    /// Says that the object is a greenlet that waits for its turn.
    pub fn greenlet(&mut self, number: u64) -> &mut Self {
        self.roots.push((RootKind::Greenlet, number, "'handle'".to_owned(), Origin::Unknown));
        self
    }

    pub(crate) fn root(mut self, kind: RootKind, number: u64, label: &str, origin: Origin) -> Self {
        self.add_root(kind, number, label, origin);
        self
    }

    pub fn add_root(&mut self, kind: RootKind, number: u64, label: &str, origin: Origin) {
        self.roots.push((kind, number, label.to_owned(), origin));
    }

    /// Says which object a type is.
    pub fn class(&mut self, type_name: &str, number: u64) {
        self.classes.insert(type_name.to_owned(), number);
    }

    /// Says what a code object does with what it reads under a name.
    pub fn code_use(&mut self, code: u64, kind: NameKind, name: &str, uses: Uses) {
        self.uses.push((code, kind, name.to_owned(), uses));
    }

    /// Says of which function a frame or a code object is.
    pub fn function(&mut self, number: u64, name: &str) {
        self.functions.push((number, name.to_owned()));
    }

    /// The names of all types that objects have.
    pub(crate) fn type_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.rows.values().map(|row| row.type_name.clone()).collect();
        names.push("str".to_owned());
        names.sort();
        names.dedup();
        names
    }

    /// Writes the file. Objects are held by exactly the references given.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), SnapshotError> {
        let mut whole = self.clone();
        for (text, number) in &self.keys {
            whole.object(*number, "str", 49 + text.len() as u64, &[]).preview(*number, text, false);
        }
        whole.write_rows(path)
    }

    fn write_rows(&self, path: &Path) -> Result<(), SnapshotError> {
        let mut writer = SnapshotWriter::create(path)?;
        let mut n_referrers: BTreeMap<u64, u32> = BTreeMap::new();
        for edge in self.rows.values().flat_map(|row| &row.held).filter(|edge| edge.kind != EdgeKind::Weak) {
            *n_referrers.entry(edge.to).or_default() += 1;
        }
        let mut types = BTreeMap::new();
        for (number, row) in &self.rows {
            for edge in &row.held {
                let label = edge.name.as_ref().map_or(edge.at, |name| writer.intern(name).get());
                writer.edge(edge.kind, label, address(edge.to));
            }
            let next = 8 * (1 + types.len() as u64);
            let type_ix = *types.entry(&row.type_name).or_insert_with(|| {
                let of_object = self.classes.get(&row.type_name);
                let at = of_object.map_or(Address::new(next), |number| address(*number));
                writer.add_type(&type_row(&row.type_name, at))
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
        for (kind, number, label, origin) in &self.roots {
            let label = writer.intern(label);
            writer.root(Root { origin: *origin, ..Root::new(*kind, address(*number), label) });
        }
        for (number, name) in &self.functions {
            let (file, function) = (writer.intern("/app/main.py"), writer.intern(name));
            let object = address(*number);
            writer.location(Location { object, file, function, first_line: 1, line: 2 });
        }
        if !self.classes.is_empty() {
            writer.tells_uses();
        }
        for (code, kind, name, uses) in &self.uses {
            let name = writer.intern(name);
            writer.code_use(CodeUse { code: address(*code), kind: *kind, name, uses: *uses });
        }
        let meta = Meta { python_version: "3.12.1".into(), previews: "short".into(), ..Meta::default() };
        writer.finish(meta).map(|_| ())
    }
}

fn type_row(name: &str, at: Address) -> TypeRow {
    let (module, short) = name.rsplit_once('.').unwrap_or(("builtins", name));
    let flags = match name {
        "list" => TypeFlags::LIST_SUBCLASS,
        "tuple" => TypeFlags::TUPLE_SUBCLASS,
        "dict" => TypeFlags::DICT_SUBCLASS,
        "type" => TypeFlags::TYPE_SUBCLASS,
        name if name.contains('.') => TypeFlags::HEAP_TYPE,
        _ => TypeFlags::default(),
    };
    TypeRow { flags, ..TypeRow::named(module, short, at) }
}

/// Where the object with this number lies.
pub fn address(number: u64) -> Address {
    Address::new(FIRST + number * 64)
}
