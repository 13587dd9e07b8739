//! The file while it grows: archives chunks, packs them if that is wanted, and remembers where each lies.

use std::fmt;
use std::io;

use rkyv::api::high::{HighSerializer, to_bytes_in_with_alloc};
use rkyv::rancor::{self, fail};
use rkyv::ser::allocator::{Arena, ArenaHandle};
use rkyv::ser::{Positional, Writer};
use xxhash_rust::xxh3::xxh3_64;

use crate::compressor::Compressor;
use crate::container::{self, CHUNK_ALIGN, Encoding, Entry, MAX_CHUNK_LEN, SectionKind};
use crate::destination::Destination;
use crate::error::SnapshotError;
use crate::partial::Partial;

/// A snapshot under its temporary name; dropped before [`ChunkFile::close`], it is removed.
#[derive(Debug)]
pub(crate) struct ChunkFile {
    destination: Destination,
    partial: Partial,
    position: u64,
    entries: Vec<Entry>,
    buffer: Buffer,
    scratch: Scratch,
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

/// What archiving needs for a moment. rkyv has one for each thread, for whose end the C library would allocate.
struct Scratch(Arena);

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch")
    }
}

impl ChunkFile {
    /// Starts a file that will stand there.
    pub(crate) fn create(destination: &Destination) -> Result<Self, SnapshotError> {
        let mut created = Self {
            destination: destination.clone(),
            partial: Partial::create(destination.folder(), destination.token())?,
            position: 0,
            entries: Vec::new(),
            buffer: Buffer::default(),
            scratch: Scratch(Arena::new()),
            compressor: None,
            failure: None,
        };
        created.write(&container::header());
        Ok(created)
    }

    /// A file that every write to fails.
    #[cfg(test)]
    pub(crate) fn unwritable(path: &std::path::Path) -> Self {
        let created = Self::create(&Destination::new(path, false).unwrap()).unwrap();
        Self { partial: created.partial.unwritable(), ..created }
    }

    /// Packs the chunks written from now on, where there is memory for that.
    pub(crate) fn compress(&mut self) {
        self.compressor = Compressor::new();
    }

    /// Archives `content` and writes it at the next aligned position.
    pub(crate) fn chunk<T>(&mut self, kind: SectionKind, n_rows: usize, content: &T)
    where
        T: for<'a> rkyv::Serialize<HighSerializer<Buffer, ArenaHandle<'a>, rancor::Error>>,
    {
        if self.failure.is_some() {
            return;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.0.clear();
        match to_bytes_in_with_alloc::<_, _, rancor::Error>(content, buffer, self.scratch.0.acquire()) {
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
    pub(crate) fn has(&self, kind: SectionKind) -> bool {
        self.entries.iter().any(|entry| entry.kind == kind)
    }

    /// Ends the writing; the first failure counts.
    pub(crate) fn fail(&mut self, failure: io::Error) {
        self.failure.get_or_insert(failure);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Writes the directory: the file is whole then.
    pub(crate) fn close(mut self) -> Result<WholeFile, SnapshotError> {
        let directory = container::directory(&self.entries, self.position);
        self.write(&directory);
        match self.failure {
            Some(failure) => Err(failure.into()),
            None => {
                Ok(WholeFile { destination: self.destination, partial: self.partial, size: self.position })
            }
        }
    }

    /// The archive packed, if that is wanted, makes it shorter, and finds the memory that it takes.
    fn pack(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let compressor = self.compressor.as_mut().filter(|_| bytes.len() as u64 <= MAX_CHUNK_LEN)?;
        let packed = compressor.compress(bytes)?;
        (packed.len() < bytes.len()).then_some(packed)
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.failure.is_none()
            && let Err(error) = self.partial.write_all(bytes)
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
    partial: Partial,
    size: u64,
}

impl WholeFile {
    /// Waits until the disk has the file and gives it its final name. Returns its size in bytes.
    pub fn publish(self) -> Result<u64, SnapshotError> {
        self.partial.publish(&self.destination)?;
        Ok(self.size)
    }
}
