//! The file as a whole: what is written is read, and what is damaged is refused in one sentence.

use std::fs;
use std::path::{Path, PathBuf};

use heapview_snapshot::*;
use proptest::prelude::*;

const BASE: u64 = 0x7f00_0000_0000;

fn address(ix: u64) -> Address {
    Address::new(BASE + ix * 16)
}

/// `n_objects` objects; object `i` holds `i % 7` others. Enough of them make several chunks of both columns.
fn write(path: &Path, n_objects: u64) {
    fill(SnapshotWriter::create(path).unwrap(), n_objects);
}

fn fill(mut writer: SnapshotWriter, n_objects: u64) {
    let types =
        ["list", "str"].map(|name| writer.add_type(&TypeRow::named("builtins", name, Address::new(8))));
    let label = writer.intern("cache");
    for ix in 0..n_objects {
        for item in 0..ix % 7 {
            writer.edge(EdgeKind::Item, item as u32, address((ix + item) % n_objects));
        }
        if ix % 7 == 6 {
            writer.edge(EdgeKind::Slot, label.get(), address(0));
        }
        let text = format!("größe {ix}");
        writer.object(&ObjectRecord {
            address: address(ix),
            type_ix: types[(ix % 2) as usize],
            shallow_size: if ix == 3 { 5 << 30 } else { ix },
            refcount: ix as u32,
            flags: ObjectFlags::TRACKED,
            preview: (ix % 2 == 1).then_some(Preview { text: &text, truncated: ix % 3 == 0 }),
        });
    }
    let main = writer.intern("__main__");
    writer.root(Root::new(RootKind::Module, address(0), main));
    let thread = Some(Thread { ident: 0x7f00, name: main });
    writer.root(Root { thread, file: main, ..Root::new(RootKind::Frame, address(1), StrIx::new(0)) });
    for ix in (0..n_objects.min(5)).rev() {
        let (object, line) = (address(ix), ix as u32);
        writer.location(Location { object, function: main, file: main, first_line: 1, line });
    }
    let meta = Meta { python_version: "3.12.1".into(), warnings: vec!["one".into()], ..Meta::default() };
    writer.finish(meta).unwrap();
}

fn sample(n_objects: u64) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snap.rkyv");
    write(&path, n_objects);
    (folder, path)
}

#[test]
fn every_row_of_many_chunks_is_read_back() {
    let n_objects = 100_000;
    let (_folder, path) = sample(n_objects);
    let snapshot = Snapshot::open(&path).unwrap();
    assert_eq!(snapshot.n_objects() as u64, n_objects);
    let mut n_edges = 0;
    for ix in 0..n_objects {
        let object = ObjectIx::new(ix as u32);
        assert_eq!(snapshot.find(address(ix)), Some(object));
        assert_eq!(snapshot.address(object), address(ix));
        assert_eq!(snapshot.shallow_size(object), if ix == 3 { 5 << 30 } else { ix });
        assert_eq!(snapshot.refcount(object), ix as u32);
        assert_eq!(snapshot.type_of(object).name, ["list", "str"][(ix % 2) as usize]);
        let text = format!("größe {ix}");
        let preview = Preview { text: &text, truncated: ix % 3 == 0 };
        assert_eq!(snapshot.preview(object), (ix % 2 == 1).then_some(preview));
        let edges: Vec<Edge> = snapshot.edges(object).collect();
        n_edges += edges.len() as u64;
        assert_eq!(edges.len() as u64, ix % 7 + u64::from(ix % 7 == 6));
        for (item, edge) in (0..ix % 7).zip(&edges) {
            assert_eq!((edge.kind, edge.label), (EdgeKind::Item, item as u32));
            assert_eq!(edge.target, address((ix + item) % n_objects));
        }
        if ix % 7 == 6 {
            assert_eq!(snapshot.edge_label(&edges[6]), Some("cache"));
        }
    }
    assert_eq!(snapshot.n_edges(), n_edges);
    assert_eq!(snapshot.string(snapshot.roots()[0].label), "__main__");
    assert_eq!(snapshot.roots()[0].thread, None);
    let frame = snapshot.roots()[1];
    let thread = frame.thread.unwrap();
    assert_eq!((thread.ident, snapshot.string(thread.name)), (0x7f00, "__main__"));
    assert_eq!(snapshot.string(frame.file), "__main__");
    let location = snapshot.location(ObjectIx::new(3)).unwrap();
    assert_eq!((snapshot.string(location.file), location.first_line, location.line), ("__main__", 1, 3));
    assert_eq!(snapshot.location(ObjectIx::new(5)), None);
    assert_eq!(snapshot.meta().python_version, "3.12.1");
    assert_eq!(snapshot.find(Address::new(BASE + 8)), None);
}

#[test]
fn the_file_is_private_and_whole_or_absent() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, path) = sample(10);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let unfinished = folder.path().join("unfinished.rkyv");
    let mut writer = SnapshotWriter::create(&unfinished).unwrap();
    writer.edge(EdgeKind::Item, 0, address(1));
    drop(writer);
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["snap.rkyv"]);
}

fn refusal(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.rkyv");
    fs::write(&path, bytes).unwrap();
    Snapshot::open(&path).expect_err("it is not a whole snapshot").to_string()
}

#[test]
fn each_kind_of_bad_file_has_its_sentence() {
    let (folder, path) = sample(1000);
    let good = fs::read(&path).unwrap();
    assert!(refusal(b"").contains("empty file"));
    assert!(refusal(b"hello, I am a text\n").contains("not a heapview snapshot"));
    assert!(refusal(&good[..good.len() / 2]).contains("truncated"));
    assert!(refusal(&good[..12]).contains("truncated"));
    let mut newer = good.clone();
    newer[8] = 99;
    assert!(refusal(&newer).contains("format version 99 is newer than version 4"));
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    assert!(refusal(&flipped).contains("does not match its checksum"));
    assert!(matches!(Snapshot::open(folder.path()), Err(SnapshotError::IsDirectory)));
    assert!(matches!(Snapshot::open(&folder.path().join("absent")), Err(SnapshotError::Io(_))));
}

#[test]
fn a_compressed_file_reads_the_same_and_is_shorter() {
    let (folder, plain_path) = sample(40_000);
    let packed_path = folder.path().join("packed.rkyv");
    let mut writer = SnapshotWriter::create(&packed_path).unwrap();
    writer.compress();
    fill(writer, 40_000);
    let (plain, packed) = (Snapshot::open(&plain_path).unwrap(), Snapshot::open(&packed_path).unwrap());
    assert!(packed.file_size() * 2 < plain.file_size());
    assert_eq!(packed.n_edges(), plain.n_edges());
    for index in 0..plain.n_objects() as u32 {
        let ix = ObjectIx::new(index);
        assert_eq!(packed.address(ix), plain.address(ix));
        assert_eq!(packed.preview(ix), plain.preview(ix));
        assert!(packed.edges(ix).eq(plain.edges(ix)));
    }
    let good = fs::read(&packed_path).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    assert!(refusal(&flipped).contains("does not match its checksum"));
}

#[test]
fn the_ledger_is_optional_and_read_back() {
    let (folder, without) = sample(1);
    assert_eq!(Snapshot::open(&without).unwrap().ledger(), None);

    let ledger = Ledger {
        python: "3.12.1 (main)".into(),
        system: "Linux 6.1.0 x86_64".into(),
        argv: Some(vec!["größe.py".into(), String::new()]),
        n_threads: Some(3),
        resident: Resident { rss: Some(5 << 40), swap: Some(0), ..Resident::default() },
        malloc: Some(MallocSizes { in_use: 1, free: 2, mmapped: u64::MAX }),
        pymalloc: None,
        collector: Some(Collector {
            debug_flags: 32,
            is_enabled: true,
            counts: vec![512, 3, 1],
            thresholds: vec![700, 10, 10],
            generations: vec![Generation { collections: 7, collected: 8, uncollectable: 9 }; 3],
        }),
        packages: vec![Package { name: "numpy".into(), version: "2.0.1".into() }],
        distributions: Vec::new(),
    };
    for ledger in [ledger, Ledger::default()] {
        let with = folder.path().join("with.rkyv");
        let mut writer = SnapshotWriter::create(&with).unwrap();
        writer.ledger(&Ledger { n_threads: Some(99), ..Ledger::default() });
        writer.ledger(&ledger);
        writer.finish(Meta::default()).unwrap();
        assert_eq!(Snapshot::open(&with).unwrap().ledger(), Some(&ledger));
    }
}

/// `n_objects` objects; of each three the first has no site, the others have one of two.
fn with_sites(
    n_objects: u64,
    n_sites_said: u64,
    damage: impl FnOnce(&mut SnapshotWriter),
) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sites.rkyv");
    let mut writer = SnapshotWriter::create(&path).unwrap();
    let type_ix = writer.add_type(&TypeRow::named("builtins", "int", Address::new(8)));
    let [app, main] = ["größe/app.py", "main.py"].map(|name| writer.intern(name));
    let frames = [SiteFrame { file: app, line: 12 }, SiteFrame { file: main, line: u32::MAX }];
    let sites = [writer.add_site(&frames), writer.add_site(&frames[1..])];
    for ix in 0..n_objects {
        writer.leaf(&ObjectRecord {
            address: address(ix),
            type_ix,
            shallow_size: 28,
            refcount: 1,
            flags: ObjectFlags::default(),
            preview: None,
        });
    }
    for ix in 0..n_sites_said {
        writer.object_site((ix % 3 > 0).then(|| sites[ix as usize % 3 - 1]));
    }
    damage(&mut writer);
    writer.finish(Meta::default()).unwrap();
    (folder, path)
}

#[test]
fn sites_are_optional_and_read_back() {
    let (_folder, without) = sample(10);
    let snapshot = Snapshot::open(&without).unwrap();
    assert_eq!((snapshot.n_sites(), snapshot.site(ObjectIx::new(3))), (0, None));

    // More than one chunk, a chunk that is full, none at all.
    for n_objects in [100_000, 32_768, 0] {
        let (_folder, path) = with_sites(n_objects, n_objects, |_| {});
        let snapshot = Snapshot::open(&path).unwrap();
        assert_eq!(snapshot.n_sites(), if n_objects == 0 { 0 } else { 2 });
        for ix in 0..n_objects {
            let frames: Option<Vec<(&str, u32)>> = snapshot.site(ObjectIx::new(ix as u32)).map(|site| {
                let frames = snapshot.site_frames(site);
                frames.map(|frame| (snapshot.string(frame.file), frame.line)).collect()
            });
            let expected = match ix % 3 {
                0 => None,
                1 => Some(vec![("größe/app.py", 12), ("main.py", u32::MAX)]),
                _ => Some(vec![("main.py", u32::MAX)]),
            };
            assert_eq!(frames, expected);
        }
    }
}

#[test]
fn sites_that_do_not_fit_are_refused() {
    let refused = |n_said, damage: fn(&mut SnapshotWriter)| {
        let (_folder, path) = with_sites(10, n_said, damage);
        Snapshot::open(&path).expect_err("its sites do not fit").to_string()
    };
    assert!(refused(9, |_| {}).contains("expected allocation sites of 10 objects, found 9"));
    assert!(refused(11, |_| {}).contains("expected allocation sites of 10 objects, found 11"));
    assert!(
        refused(9, |writer| writer.object_site(Some(SiteIx::new(2))))
            .contains("allocation site is not in the")
    );
    let no_frames = refused(10, |writer| {
        writer.add_site(&[]);
    });
    assert!(no_frames.contains("has no frames"));
    let no_text = refused(10, |writer| {
        writer.add_site(&[SiteFrame { file: StrIx::new(99), line: 1 }]);
    });
    assert!(no_text.contains("not in the string table"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_flipped_byte_among_the_sites_is_refused_or_harmless(position in 0usize..10_000, flip in 1u8..) {
        let (_folder, path) = with_sites(40, 40, |_| {});
        let mut bytes = fs::read(&path).unwrap();
        let position = position % bytes.len();
        bytes[position] ^= flip;
        fs::write(&path, &bytes).unwrap();
        if let Ok(snapshot) = Snapshot::open(&path) {
            let site = snapshot.site(ObjectIx::new(1)).expect("it was written");
            prop_assert_eq!(snapshot.site_frames(site).count(), 2);
        }
    }
}

#[test]
fn two_objects_cannot_share_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twice.rkyv");
    let mut writer = SnapshotWriter::create(&path).unwrap();
    let type_ix = writer.add_type(&TypeRow::named("builtins", "int", Address::new(8)));
    let record = ObjectRecord {
        address: address(1),
        type_ix,
        shallow_size: 28,
        refcount: 1,
        flags: ObjectFlags::default(),
        preview: None,
    };
    writer.leaf(&record);
    writer.leaf(&record);
    writer.finish(Meta::default()).unwrap();
    assert!(Snapshot::open(&path).unwrap_err().to_string().contains("belongs to two objects"));
}

#[test]
fn sizes_that_cannot_be_added_up_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.rkyv");
    let mut writer = SnapshotWriter::create(&path).unwrap();
    let type_ix = writer.add_type(&TypeRow::named("builtins", "int", Address::new(8)));
    for ix in 0..2 {
        writer.leaf(&ObjectRecord {
            address: address(ix),
            type_ix,
            shallow_size: i64::MAX as u64,
            refcount: 1,
            flags: ObjectFlags::default(),
            preview: None,
        });
    }
    writer.finish(Meta::default()).unwrap();
    assert!(Snapshot::open(&path).unwrap_err().to_string().contains("more bytes than 63 bits"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A flipped byte is either in the padding between chunks or it is noticed; nothing panics.
    #[test]
    fn a_flipped_byte_is_refused_or_harmless(position in 0usize..10_000, flip in 1u8..) {
        let (_folder, path) = sample(40);
        let mut bytes = fs::read(&path).unwrap();
        let position = position % bytes.len();
        bytes[position] ^= flip;
        fs::write(&path, &bytes).unwrap();
        if let Ok(snapshot) = Snapshot::open(&path) {
            prop_assert_eq!(snapshot.n_objects(), 40);
            for ix in 0..40 {
                prop_assert_eq!(snapshot.address(ObjectIx::new(ix)), address(u64::from(ix)));
            }
        }
    }

    #[test]
    fn a_cut_file_is_refused(keep in 0usize..10_000) {
        let (_folder, path) = sample(40);
        let bytes = fs::read(&path).unwrap();
        let keep = keep % bytes.len();
        fs::write(&path, &bytes[..keep]).unwrap();
        prop_assert!(Snapshot::open(&path).is_err());
    }
}
