//! The index file: same answers as without, and none of its faults is seen by anyone.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use heapview_analysis::paths::{Limits, root_paths};
use heapview_analysis::{Heap, IndexUse, Page, Silent, dominators, histogram, object, summary};
use heapview_snapshot::*;
use proptest::prelude::*;

const N_OBJECTS: u64 = 300;

/// A snapshot in a folder of its own, with a folder for caches.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(seed: u64) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.write(seed);
        place
    }

    fn write(&self, seed: u64) {
        let mut writer = SnapshotWriter::create(&self.path()).unwrap();
        let types: Vec<TypeIx> = ["list", "dict", "str"]
            .iter()
            .map(|name| writer.add_type(&TypeRow::named("builtins", name, Address::new(0x100))))
            .collect();
        let label = writer.intern("main");
        let address = |number: u64| Address::new(0x7000 + number % N_OBJECTS * 48);
        for number in 0..N_OBJECTS {
            for edge in 0..number * seed % 4 {
                writer.edge(EdgeKind::Item, edge as u32, address(number * 7 + edge * seed + 1));
            }
            writer.object(&ObjectRecord {
                address: address(number),
                type_ix: types[number as usize % 3],
                shallow_size: if number == 5 { 5 << 32 } else { 40 + number },
                refcount: (number % 5) as u32,
                flags: if number % 40 == 3 { ObjectFlags::IMMORTAL } else { ObjectFlags::TRACKED },
                preview: Some(Preview { text: "x", truncated: false }),
            });
        }
        writer.root(Root::new(RootKind::Module, address(0), label));
        for greenlet in [20, 150, 299] {
            writer.root(Root::new(RootKind::Greenlet, address(greenlet), label));
        }
        writer.finish(Meta::default()).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("snap.rkyv")
    }

    fn index(&self) -> PathBuf {
        self.folder.path().join("snap.rkyv.idx")
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn open(&self) -> Heap {
        let index_use = IndexUse::Kept { cache_folder: Some(self.cache()) };
        Heap::open_with(&self.path(), &index_use, &Silent).unwrap()
    }

    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// Everything that can be asked, as text.
fn answers(heap: &Heap) -> String {
    let page = Page { start: 0, len: 50 };
    let mut text = format!("{:?}\n{:?}\n", summary::summary(heap), histogram::histogram(heap, None));
    let _ = write!(text, "{:?}\n{:?}\n", heap.roots(), dominators::children(heap, None, page));
    for ix in heap.objects() {
        let _ = writeln!(text, "{:?}", object::report(heap, ix));
        let _ = writeln!(text, "{:?}", object::referrers(heap, ix, page));
        let _ = writeln!(text, "{:?}", object::referents(heap, ix, page));
        let _ = writeln!(text, "{:?}", dominators::children(heap, Some(ix), page));
        let _ = writeln!(text, "{:?}", root_paths(heap, ix, Limits { max_paths: 10 }));
    }
    text
}

fn fresh(path: &Path) -> String {
    answers(&Heap::open(path, &Silent).unwrap())
}

#[test]
fn answers_from_an_index_are_those_without() {
    let place = Place::new(3);
    let first = place.open();
    assert!(first.save_index().unwrap());
    let again = place.open();
    assert!(!again.wants_index(), "the index was not taken");
    assert_eq!(answers(&first), answers(&again));
    assert_eq!(fresh(&place.path()), answers(&again));
    assert_eq!(place.files(), ["snap.rkyv", "snap.rkyv.idx"]);
}

#[cfg(unix)]
#[test]
fn the_index_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new(3);
    place.open().save_index().unwrap();
    assert_eq!(place.index().metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn without_use_of_an_index_nothing_is_written() {
    let place = Place::new(3);
    let heap = Heap::open(&place.path(), &Silent).unwrap();
    assert!(!heap.save_index().unwrap());
    assert_eq!(place.files(), ["snap.rkyv"]);
}

#[test]
fn an_index_of_another_snapshot_is_not_taken() {
    let place = Place::new(3);
    place.open().save_index().unwrap();
    place.write(5);
    let heap = place.open();
    assert!(heap.wants_index());
    assert_eq!(answers(&heap), fresh(&place.path()));
    assert!(heap.save_index().unwrap());
    assert!(!place.open().wants_index(), "it was not written anew");
}

#[test]
fn a_snapshot_that_was_written_to_is_checked_again() {
    let place = Place::new(3);
    place.open().save_index().unwrap();
    let mut bytes = fs::read(place.path()).unwrap();
    bytes[100] ^= 1;
    fs::write(place.path(), bytes).unwrap();
    let index_use = IndexUse::Kept { cache_folder: None };
    let error = Heap::open_with(&place.path(), &index_use, &Silent).unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
}

#[test]
fn a_damaged_index_is_as_good_as_none() {
    let place = Place::new(3);
    place.open().save_index().unwrap();
    let whole = fs::read(place.index()).unwrap();
    let expected = fresh(&place.path());
    for at in (0..whole.len()).step_by(37).chain(0..100).chain(whole.len() - 100..whole.len()) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(place.index(), bytes).unwrap();
        assert!(place.open().wants_index(), "a flip at {at} was not seen");
    }
    for len in [0, 1, 8, 50, 96, 200, whole.len() / 2, whole.len() - 1] {
        fs::write(place.index(), &whole[..len]).unwrap();
        let heap = place.open();
        assert!(heap.wants_index(), "{len} bytes were taken for an index");
        assert_eq!(answers(&heap), expected);
    }
    fs::write(place.index(), &whole).unwrap();
    assert!(!place.open().wants_index());
}

#[test]
fn an_index_that_cannot_stand_beside_its_snapshot_goes_to_the_cache() {
    let place = Place::new(3);
    // As a folder that may not be written to, for root as well.
    fs::create_dir(place.index()).unwrap();
    assert!(place.open().save_index().unwrap());
    assert_eq!(fs::read_dir(place.cache()).unwrap().count(), 1);
    let again = place.open();
    assert!(!again.wants_index());
    assert_eq!(answers(&again), fresh(&place.path()));
}

#[test]
fn many_may_open_and_write_at_once() {
    let place = Place::new(3);
    let expected = fresh(&place.path());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let heap = place.open();
                    assert_eq!(answers(&heap), expected);
                    heap.save_index().unwrap();
                }
            });
        }
    });
    assert_eq!(place.files(), ["snap.rkyv", "snap.rkyv.idx"]);
}

const SECTIONS: [IndexSection; 19] = [
    IndexSection::OutOffsets,
    IndexSection::InOffsets,
    IndexSection::InSources,
    IndexSection::TreeOrder,
    IndexSection::TreePosition,
    IndexSection::TreeDominator,
    IndexSection::TreeSubtree,
    IndexSection::TreeWideSubtreePlaces,
    IndexSection::TreeWideSubtrees,
    IndexSection::Retained,
    IndexSection::RetainedWideObjects,
    IndexSection::PathCost,
    IndexSection::PathParent,
    IndexSection::PathEdge,
    IndexSection::RootObjects,
    IndexSection::RootReferences,
    IndexSection::HistogramTypes,
    IndexSection::HistogramCounts,
    IndexSection::Totals,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Somebody makes an index with sound checksums and lies in it: answers may be wrong, but there are answers.
    #[test]
    fn lies_do_no_harm(lies in proptest::collection::vec((0usize..19, 0usize..1200, prop_oneof![0u32..310, any::<u32>()]), 1..6)) {
        let place = Place::new(3);
        place.open().save_index().unwrap();
        let (snapshot, index) = Snapshot::open_indexed(&place.path(), None, &mut |_, _| true).unwrap();
        let index = index.unwrap();
        let mut bytes: Vec<(IndexSection, Vec<u8>)> = Vec::new();
        let mut narrow: Vec<(IndexSection, Vec<u32>)> = Vec::new();
        let mut wide: Vec<(IndexSection, Vec<u64>)> = Vec::new();
        for section in SECTIONS.into_iter().chain([IndexSection::RetainedWideSizes, IndexSection::HistogramShallow, IndexSection::HistogramRetained]) {
            if let Some(column) = index.column::<u32>(section) {
                narrow.push((section, column.all().to_vec()));
            } else if let Some(column) = index.column::<u8>(section) {
                bytes.push((section, column.all().to_vec()));
            } else {
                wide.push((section, index.column::<u64>(section).unwrap().all().to_vec()));
            }
        }
        for (section, at, value) in lies {
            if let Some((_, column)) = narrow.iter_mut().find(|(known, _)| *known == SECTIONS[section]) && !column.is_empty() {
                let at = at % column.len();
                column[at] = value;
            }
            if let Some((_, column)) = bytes.iter_mut().find(|(known, _)| *known == SECTIONS[section]) && !column.is_empty() {
                let at = at % column.len();
                column[at] = value as u8;
            }
        }
        let columns: Vec<_> = narrow.iter().map(|(section, column)| (*section, IndexValues::U32(column)))
            .chain(bytes.iter().map(|(section, column)| (*section, IndexValues::U8(column))))
            .chain(wide.iter().map(|(section, column)| (*section, IndexValues::U64(column)))).collect();
        snapshot.write_index(&columns).unwrap();
        let heap = place.open();
        prop_assert!(!answers(&heap).is_empty());
    }
}
