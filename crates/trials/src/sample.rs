//! Heaps to try things on: small ones with everything in them, larger ones like a service's.

use std::path::Path;

use heapview_snapshot::{
    Address, CodeUse, Collector, EdgeKind, Generation, Ledger, Location, MallocSizes, Meta, NameKind,
    ObjectFlags, ObjectRecord, Package, Preview, Resident, Root, RootKind, SiteFrame, SnapshotWriter, StrIx,
    Thread, TypeFlags, TypeIx, TypeRow, Uses,
};

use crate::chance::Chance;

/// What kind of snapshot is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub n_objects: u64,
    pub is_packed: bool,
    pub has_sites: bool,
    pub seed: u64,
}

/// Type names with their flags, and how often an object is of that type in one of a hundred.
const TYPES: [(&str, &str, TypeFlags, u64); 16] = [
    ("builtins", "module", TypeFlags::GC, 1),
    ("builtins", "dict", TypeFlags::DICT_SUBCLASS, 14),
    ("builtins", "list", TypeFlags::LIST_SUBCLASS, 14),
    ("builtins", "tuple", TypeFlags::TUPLE_SUBCLASS, 10),
    ("builtins", "str", TypeFlags::from_bits(0), 25),
    ("builtins", "bytes", TypeFlags::from_bits(0), 5),
    ("builtins", "int", TypeFlags::from_bits(0), 5),
    ("builtins", "set", TypeFlags::GC, 3),
    ("builtins", "function", TypeFlags::GC, 4),
    ("builtins", "code", TypeFlags::from_bits(0), 2),
    ("builtins", "cell", TypeFlags::GC, 3),
    ("builtins", "frame", TypeFlags::GC, 1),
    ("builtins", "type", TypeFlags::TYPE_SUBCLASS, 2),
    ("app.models", "Node", TypeFlags::HEAP_TYPE, 8),
    ("functools", "_lru_cache_wrapper", TypeFlags::GC, 1),
    ("", "numpy data", TypeFlags::SYNTHETIC, 2),
];

const NAMES: [&str; 24] = [
    "",
    "__main__",
    "app",
    "cache",
    "next",
    "parent",
    "__dict__",
    "__closure__",
    "__code__",
    "__globals__",
    "__self__",
    "__mro__",
    "cell_contents",
    "co_freevars",
    "link",
    "root",
    "_private",
    "sys.modules",
    "work() at app/work.py:12",
    "MainThread",
    "app/work.py",
    "größe",
    "a b",
    "f_locals",
];

/// Writes a heap of everything: each kind of reference, of root and of type, some of them where they make no sense.
pub fn write(path: &Path, shape: Shape) {
    let mut chance = Chance::new(shape.seed);
    let mut writer = SnapshotWriter::create(path).expect("room for a snapshot");
    if shape.is_packed {
        writer.compress();
    }
    let types: Vec<TypeIx> = (0..)
        .zip(TYPES)
        .map(|(number, (module, name, flags, _))| {
            let of_object = if flags.contains(TypeFlags::SYNTHETIC) { 0 } else { address(number).get() };
            writer.add_type(&TypeRow {
                flags,
                basic_size: 24,
                ..TypeRow::named(module, name, Address::new(of_object))
            })
        })
        .collect();
    let names: Vec<StrIx> = NAMES.iter().map(|name| writer.intern(name)).collect();
    let sites: Vec<_> = (1..4u32)
        .map(|n_frames| {
            let frame = |line| SiteFrame { file: names[20], line };
            writer.add_site(&(0..n_frames).map(frame).collect::<Vec<_>>())
        })
        .collect();
    if shape.has_sites {
        let kinds =
            [NameKind::Global, NameKind::Attribute, NameKind::Closure, NameKind::Called, NameKind::Element];
        for number in 0..12u64 {
            let uses = if chance.rarely(2) { Uses::ADD } else { Uses::STORE.with(Uses::CONTAINS) };
            let (kind, name) = (*chance.one(&kinds), *chance.one(&names));
            writer.code_use(CodeUse { code: Address::new(0x1000 + number * 64), kind, name, uses });
        }
    }
    for number in 0..shape.n_objects {
        if shape.has_sites {
            let site = (!chance.rarely(3)).then(|| *chance.one(&sites));
            writer.object_site(site);
        }
        object(&mut writer, &mut chance, number, shape.n_objects, &types, &names);
    }
    for (number, kind) in (0..).zip(RootKind::ALL.iter().copied()) {
        writer.root(Root::new(kind, address(number), names[1 + number as usize]));
    }
    let frame = Root::new(RootKind::Frame, address(chance.number() % (shape.n_objects + 2)), names[18]);
    writer.root(Root { thread: Some(Thread { ident: 1, name: names[19] }), file: names[17], ..frame });
    for number in 0..9 {
        let object = address(chance.number() % (shape.n_objects + 2));
        let [function, file] = [0, 1].map(|_| *chance.one(&names));
        writer.location(Location { object, function, file, first_line: number, line: number * 3 });
    }
    if !chance.rarely(3) {
        writer.ledger(&ledger());
    }
    let meta = Meta {
        python_version: "3.12.1".into(),
        platform: "linux x86_64".into(),
        previews: chance.one(&["short", "full", "none"]).to_string(),
        is_redacted: chance.rarely(8),
        warnings: vec!["a warning".into()],
        ..Meta::default()
    };
    writer.finish(meta).expect("room for a snapshot");
}

fn address(number: u64) -> Address {
    // Two regions, as of small blocks and of large ones.
    let region = if number.is_multiple_of(7) { 0x7fff_0000_0000 } else { 0x7f00_0000_0000 };
    Address::new(region + number * 64)
}

fn object(
    writer: &mut SnapshotWriter,
    chance: &mut Chance,
    number: u64,
    n_objects: u64,
    types: &[TypeIx],
    names: &[StrIx],
) {
    let mut drawn = chance.below(100) as u64;
    let mut kind = match number {
        0 => 0,
        1 | 2 => 1,
        _ => TYPES
            .iter()
            .position(|(.., share)| {
                let is_it = drawn < *share;
                drawn = drawn.saturating_sub(*share);
                is_it
            })
            .unwrap_or(4),
    };
    if (3..16).contains(&number) {
        kind = number as usize;
    }
    let target = |chance: &mut Chance| address(chance.number() % (n_objects + 1));
    let n_edges = if chance.rarely(30) { chance.below(300) } else { chance.below(6) };
    match TYPES[kind].1 {
        "module" | "Node" | "type" if !chance.rarely(4) => {
            writer.edge(EdgeKind::InstanceDict, 0, address((number + 1) % n_objects.max(1)));
        }
        "dict" => {
            for _ in 0..n_edges {
                let (key, value) = (target(chance), target(chance));
                writer.edge(EdgeKind::DictKey, 0, key);
                writer.edge(EdgeKind::DictValue, u32::from(chance.rarely(5)), value);
            }
        }
        "list" | "tuple" => {
            for item in 0..n_edges {
                let held = target(chance);
                writer.edge(EdgeKind::Item, if chance.rarely(50) { u32::MAX } else { item as u32 }, held);
            }
        }
        "set" => (0..n_edges).for_each(|_| writer.edge(EdgeKind::SetMember, 0, target(chance))),
        "str" | "bytes" | "int" | "numpy data" => {}
        _ => {
            for _ in 0..n_edges {
                let kind = *chance.one(&[
                    EdgeKind::Attribute,
                    EdgeKind::Slot,
                    EdgeKind::Local,
                    EdgeKind::Internal,
                    EdgeKind::Weak,
                    EdgeKind::Type,
                    EdgeKind::Stack,
                    EdgeKind::Unnamed,
                    EdgeKind::Buffer,
                ]);
                let label =
                    if kind.label_is_string() { chance.one(names).get() } else { chance.below(9) as u32 };
                writer.edge(kind, label, target(chance));
            }
        }
    }
    let text = match TYPES[kind].1 {
        "int" => format!("{}", chance.below(1000)),
        "str" if chance.rarely(2) => chance.one(&NAMES).to_string(),
        "str" | "bytes" => format!("text {} größe", chance.below(40)),
        "module" | "type" | "function" | "code" => chance.one(&NAMES).to_string(),
        _ => String::new(),
    };
    let flags = ObjectFlags::from_bits(match chance.below(20) {
        0 => ObjectFlags::IMMORTAL.bits(),
        1 => ObjectFlags::DEFERRED.with(ObjectFlags::TRACKED).bits(),
        2 => 0,
        _ => ObjectFlags::TRACKED.with_generation(chance.below(4) as u8).bits(),
    });
    let flags = if TYPES[kind].2.contains(TypeFlags::SYNTHETIC) { ObjectFlags::SYNTHETIC } else { flags };
    writer.object(&ObjectRecord {
        address: address(number),
        type_ix: types[kind],
        shallow_size: if chance.rarely(40) { 5 << 32 } else { 16 + chance.below(500) as u64 },
        refcount: if chance.rarely(40) { u32::MAX } else { chance.below(8) as u32 },
        flags,
        preview: Some(Preview { text: &text, truncated: chance.rarely(9) }).filter(|_| !text.is_empty()),
    });
}

fn ledger() -> Ledger {
    Ledger {
        python: "3.12.1 (main)".into(),
        system: "Linux 6.1.0 x86_64".into(),
        argv: Some(vec!["app.py".into(), String::new()]),
        n_threads: Some(3),
        resident: Resident { rss: Some(5 << 30), swap: Some(0), ..Resident::default() },
        malloc: Some(MallocSizes { in_use: 1 << 20, free: 2 << 20, mmapped: 3 }),
        pymalloc: None,
        collector: Some(Collector {
            debug_flags: 0,
            is_enabled: true,
            counts: vec![512, 3, 1],
            thresholds: vec![700, 10, 10],
            generations: vec![Generation { collections: 7, collected: 8, uncollectable: 9 }; 3],
        }),
        packages: vec![Package { name: "numpy".into(), version: "2.0.1".into() }],
        distributions: vec![Package { name: "pillow".into(), version: "11.0".into() }],
    }
}

/// Writes a heap like a service's: a module whose dict holds lists of texts, and nodes that hold each other.
pub fn write_service(path: &Path, n_objects: u64, is_packed: bool) {
    let mut writer = SnapshotWriter::create(path).expect("room for a snapshot");
    if is_packed {
        writer.compress();
    }
    let types: Vec<TypeIx> = ["module", "dict", "list", "str", "Node"]
        .iter()
        .map(|name| writer.add_type(&TypeRow::named("builtins", name, Address::new(0x100))))
        .collect();
    let [label, next, file] = ["__main__", "next", "app.py"].map(|text| writer.intern(text));
    let sites = [1, 2].map(|line| writer.add_site(&[SiteFrame { file, line }]));
    let address = |number: u64| Address::new(0x7f00_0000 + number * 64);
    let n_lists = n_objects / 100;
    for number in 0..n_objects {
        let mut text = format!("text {}", number % 1000);
        let kind = match number {
            0 => {
                writer.edge(EdgeKind::InstanceDict, 0, address(1));
                0
            }
            1 => {
                for list in 0..n_lists {
                    writer.edge(EdgeKind::DictKey, 0, address(n_lists + 2 + list));
                    writer.edge(EdgeKind::DictValue, 0, address(2 + list));
                }
                1
            }
            _ if number < 2 + n_lists => {
                for item in 0..90 {
                    writer.edge(EdgeKind::Item, item, address((number * 97 + u64::from(item)) % n_objects));
                }
                2
            }
            _ if number < 2 + 2 * n_lists => {
                text = format!("key{number}");
                3
            }
            _ if number % 3 == 0 => {
                writer.edge(EdgeKind::Slot, next.get(), address((number * 7 + 3) % n_objects));
                text.clear();
                4
            }
            _ => 3,
        };
        writer.object_site((number % 3 > 0).then(|| sites[number as usize % 3 - 1]));
        writer.object(&ObjectRecord {
            address: address(number),
            type_ix: types[kind],
            shallow_size: 48 + number % 17,
            refcount: (number % 5) as u32,
            flags: ObjectFlags::TRACKED,
            preview: (kind == 3).then_some(Preview { text: &text, truncated: number % 11 == 0 }),
        });
    }
    writer.root(Root::new(RootKind::Module, address(0), label));
    let meta = Meta { previews: "short".into(), python_version: "3.12.1".into(), ..Meta::default() };
    writer.finish(meta).expect("room for a snapshot");
}
