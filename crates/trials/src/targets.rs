//! What is done with an input: everything that can be done with it, and none of it may panic, hang, or take much memory.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use heapview_analysis::query::{Query, evaluate};
use heapview_analysis::{Heap, IndexUse, Silent, ask, free, selection};
use heapview_render::query_error_lines;
use heapview_snapshot::ObjectIx;

use crate::chance::Chance;
use crate::container::{IndexParts, Key, SnapshotParts, checksums};
use crate::questions::ask_all;
use crate::sample::{Shape, write};

/// A folder in memory, with the files of one try.
pub struct Desk {
    folder: tempfile::TempDir,
}

impl Default for Desk {
    fn default() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Self { folder: folder.expect("a folder for files") }
    }
}

impl Desk {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("snap.rkyv")
    }

    fn index(&self) -> PathBuf {
        self.folder.path().join("snap.rkyv.idx")
    }

    /// A snapshot of this shape as bytes.
    pub fn sample(&self, shape: Shape) -> Vec<u8> {
        write(&self.path(), shape);
        fs::read(self.path()).expect("it was written")
    }

    /// The index of a sound snapshot.
    pub fn sample_index(&self, snapshot: &[u8]) -> IndexParts {
        let _ = fs::remove_file(self.index());
        fs::write(self.path(), snapshot).expect("room");
        let kept = IndexUse::Kept { cache_folder: None };
        let heap = Heap::open_with(&self.path(), &kept, &Silent).expect("a sound snapshot");
        assert!(heap.save_index().expect("room"));
        IndexParts::of(&fs::read(self.index()).expect("it was written")).expect("an index")
    }

    /// Opens `file` as a snapshot, and asks everything if that goes. Returns whether it did.
    pub fn reader(&self, file: &[u8]) -> bool {
        let _ = fs::remove_file(self.index());
        fs::write(self.path(), file).expect("room");
        self.ask(&IndexUse::None, file)
    }

    /// Opens a snapshot with an index for it, and asks everything. The index says of any snapshot that its values have
    /// been checked. Returns whether the index was taken.
    pub fn index_of(&self, snapshot: &[u8], index: &IndexParts) -> bool {
        fs::write(self.path(), snapshot).expect("room");
        let Some((directory, pieces)) = checksums(snapshot) else { return false };
        let metadata = self.path().metadata().expect("it was written");
        let nanoseconds = |seconds: i64, rest: i64| (seconds * 1_000_000_000 + rest).cast_unsigned();
        let stamp = [
            metadata.ino(),
            nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        ];
        let mut index = index.clone();
        if let Some(column) = index.column(7) {
            column.bytes = pieces.iter().flat_map(|sum| sum.to_le_bytes()).collect();
        }
        let key = Key { len: snapshot.len() as u64, directory, stamp };
        fs::write(self.index(), index.to_file(key)).expect("room");
        self.ask(&IndexUse::Kept { cache_folder: None }, snapshot)
    }

    fn ask(&self, index_use: &IndexUse, seed: &[u8]) -> bool {
        let heap = match Heap::open_with(&self.path(), index_use, &Silent) {
            Ok(heap) => heap,
            Err(error) => {
                let sentence = error.to_string();
                assert!(!sentence.is_empty() && !sentence.contains('\n'), "no sentence: {sentence:?}");
                return false;
            }
        };
        let mut chance = Chance::new(seed.len() as u64);
        let objects: Vec<ObjectIx> =
            (0..6).map(|_| ObjectIx::new(chance.below(heap.n_objects()) as u32)).collect();
        // What a lying index says of the snapshot may turn out to be none of it.
        let _ = ask(|| ask_all(&heap, &objects));
        !heap.wants_index()
    }
}

/// A snapshot that is taken apart, with which others are mixed.
pub fn parts(file: &[u8]) -> SnapshotParts {
    SnapshotParts::of(file).expect("a snapshot")
}

/// Reads `text` as a query, and tells what is wrong with it.
pub fn query(text: &str) {
    match text.parse::<Query>() {
        Ok(query) => {
            // What is printed is a query, and the same.
            let printed = query.to_string();
            assert_eq!(printed.parse::<Query>().as_ref(), Ok(&query), "{text:?} became {printed:?}");
        }
        Err(error) => {
            assert!(
                error.span.start <= error.span.end && error.span.end <= text.len() + 1,
                "{text:?}: {error:?}"
            );
            assert!(!query_error_lines(text, &error).is_empty());
        }
    }
}

/// Reads `text` as a selector, which may be a path, and as a reference to cut.
pub fn selector(heap: &Heap, text: &str) {
    if let Err(error) = selection::select(heap, text) {
        assert!(!error.to_string().is_empty());
        assert!(error.at.is_none_or(|at| text.trim().is_char_boundary(at)), "{text:?}: {error:?}");
    }
    let _ = free::what_if(heap, &[ObjectIx::new(0)], &[text.to_owned()]);
}

/// Asks a heap for the objects that `text` says.
pub fn evaluated(heap: &Heap, text: &str) {
    if let Ok(query) = text.parse::<Query>() {
        let _ = evaluate(heap, &query, None);
    }
}

/// A snapshot and its index as one input.
pub struct Pair {
    pub snapshot: SnapshotParts,
    pub index: IndexParts,
}

impl Pair {
    /// The length of the snapshot, the snapshot, the index.
    pub fn of(input: &[u8]) -> Option<Self> {
        let (len, rest) = input.split_first_chunk()?;
        let (snapshot, index) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        Some(Self { snapshot: SnapshotParts::of(snapshot)?, index: IndexParts::of(index)? })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let snapshot = self.snapshot.to_file();
        let key = Key { len: snapshot.len() as u64, directory: 0, stamp: [0; 3] };
        let mut input = (snapshot.len() as u32).to_le_bytes().to_vec();
        input.extend_from_slice(&snapshot);
        input.extend_from_slice(&self.index.to_file(key));
        input
    }
}
