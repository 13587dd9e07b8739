//! The file while it grows: archives chunks, packs them if that is wanted, and remembers where each lies.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rkyv::rancor::{self, fail};
use rkyv::ser::allocator::ArenaHandle;
use rkyv::ser::{Positional, Writer};
use rkyv::{api::high::HighSerializer, util::with_arena};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

use crate::container::{self, CHUNK_ALIGN, Encoding, Entry, LONGEST_CHUNK, SectionKind};
use crate::destination::Destination;
use crate::error::SnapshotError;
use crate::partial;

/// How the hidden names of all snapshots begin that are not yet whole.
const FAMILY: &str = ".heapview-";

/// A snapshot under its temporary name; dropped before [`ChunkFile::close`], it is removed.
#[derive(Debug)]
pub(crate) struct ChunkFile {
    destination: Destination,
    file: NamedTempFile,
    position: u64,
    entries: Vec<Entry>,
    buffer: Buffer,
    compressor: Option<Compressor>,
    /// The first failure; later calls do nothing, [`ChunkFile::close`] returns it.
    failure: Option<io::Error>,
}

/// Takes an archive. One of long texts is large: where it finds no memory there is an error and not the end.
#[derive(Default, Debug)]
pub(crate) struct Buffer(Vec<u8>);

impl Positional for Buffer {
    fn pos(&self) -> usize {
        self.0.len()
    }
}

impl Writer<rancor::Error> for Buffer {
    fn write(&mut self, bytes: &[u8]) -> Result<(), rancor::Error> {
        if let Err(error) = self.0.try_reserve(bytes.len()) {
            fail!(error);
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// zstd's compressor, which has no `Debug`.
struct Compressor(zstd::bulk::Compressor<'static>);

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compressor")
    }
}

impl ChunkFile {
    /// Starts a file that will stand where `path` leads; over a file that is no snapshot only if it `overwrites`.
    pub fn create(path: &Path, overwrites: bool) -> Result<Self, SnapshotError> {
        let destination = Destination::new(path, overwrites)?;
        let file = partial::create(destination.folder(), FAMILY, &partial_prefix(std::process::id()))?;
        let mut created = Self {
            destination,
            file,
            position: 0,
            entries: Vec::new(),
            buffer: Buffer::default(),
            compressor: None,
            failure: None,
        };
        created.write(&container::header());
        Ok(created)
    }

    /// A file that every write to fails.
    #[cfg(test)]
    pub fn unwritable(path: &Path) -> Self {
        let created = Self::create(path, false).unwrap();
        let (_, place) = created.file.into_parts();
        let file = NamedTempFile::from_parts(File::open(&place).unwrap(), place);
        Self { file, ..created }
    }

    /// Packs the chunks written from now on, where there is memory for that.
    pub fn compress(&mut self) {
        // The fastest level; higher ones gain a tenth and take three times as long.
        self.compressor = zstd::bulk::Compressor::new(1).ok().map(Compressor);
    }

    /// Archives `content` and writes it at the next aligned position.
    pub fn chunk<T>(&mut self, kind: SectionKind, n_rows: usize, content: &T)
    where
        T: for<'a> rkyv::Serialize<HighSerializer<Buffer, ArenaHandle<'a>, rancor::Error>>,
    {
        if self.failure.is_some() {
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.0.clear();
        let archived = with_arena(|arena| {
            rkyv::api::high::to_bytes_in_with_alloc::<_, _, rancor::Error>(content, buffer, arena.acquire())
        });
        match archived {
            Ok(Buffer(bytes)) => {
                let plain_len = bytes.len() as u64;
                let packed = self.pack(&bytes);
                let stored = packed.as_deref().unwrap_or(&bytes);
                let padding = self.position.next_multiple_of(CHUNK_ALIGN) - self.position;
                self.write(&[0; CHUNK_ALIGN as usize][..padding as usize]);
                self.entries.push(Entry {
                    kind,
                    encoding: if packed.is_some() { Encoding::Zstd } else { Encoding::Plain },
                    offset: self.position,
                    len: stored.len() as u64,
                    plain_len,
                    n_rows: n_rows as u64,
                    checksum: xxh3_64(stored),
                });
                self.write(stored);
                self.buffer = Buffer(bytes);
            }
            // The one thing that can happen.
            Err(_) => self.fail(io::ErrorKind::OutOfMemory.into()),
        }
    }

    /// Whether a chunk of this kind has been written.
    pub fn has(&self, kind: SectionKind) -> bool {
        self.entries.iter().any(|entry| entry.kind == kind)
    }

    /// Ends the writing; the first failure counts.
    pub fn fail(&mut self, failure: io::Error) {
        self.failure.get_or_insert(failure);
    }

    pub fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Writes the directory: the file is whole then.
    pub fn close(mut self) -> Result<WholeFile, SnapshotError> {
        let directory = container::directory(&self.entries, self.position);
        self.write(&directory);
        match self.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(WholeFile { destination: self.destination, file: self.file, size: self.position }),
        }
    }

    /// The archive packed, if that is wanted, makes it shorter, and finds the memory that it takes.
    fn pack(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let compressor = self.compressor.as_mut().filter(|_| bytes.len() as u64 <= LONGEST_CHUNK)?;
        let mut packed = Vec::new();
        packed.try_reserve_exact(zstd::zstd_safe::compress_bound(bytes.len())).ok()?;
        compressor.0.compress_to_buffer(bytes, &mut packed).ok()?;
        (packed.len() < bytes.len()).then_some(packed)
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.failure.is_none()
            && let Err(error) = self.file.as_file_mut().write_all(bytes)
        {
            self.failure = Some(error);
        }
        self.position += bytes.len() as u64;
    }
}

/// A snapshot that is whole and still has its temporary name; dropped, it is removed.
#[derive(Debug)]
pub struct WholeFile {
    destination: Destination,
    file: NamedTempFile,
    size: u64,
}

impl WholeFile {
    /// Waits until the disk has the file and gives it its final name. Returns its size in bytes.
    pub fn publish(self) -> Result<u64, SnapshotError> {
        self.file.as_file().sync_all()?;
        // Whatever has come there meanwhile.
        self.destination.check()?;
        self.file.persist(self.destination.path()).map_err(|failed| failed.error)?;
        sync_folder(self.destination.folder())?;
        Ok(self.size)
    }
}

/// How the names begin under which the process `pid` writes snapshots that are not yet whole.
pub fn partial_prefix(pid: u32) -> String {
    format!("{FAMILY}{pid}-")
}

/// Makes the new name itself durable; a folder that cannot be opened for that is no reason to fail.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        Err(_) => Ok(()),
    }
}
