//! Snapshots and indexes taken apart and put together again with sound checksums: whoever only flips bytes never gets
//! past the first checksum. FORMAT.md says where everything is.

use xxhash_rust::xxh3::xxh3_64;

/// Bytes from the start of the file to the first chunk, and from the end of the directory to the end of the file.
const HEADER: usize = 32;
const TRAILER: usize = 40;
const ENTRY: usize = 48;
const ALIGN: usize = 16;

/// One chunk of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chunk {
    pub section: u32,
    /// 0 plain, 1 zstd.
    pub encoding: u32,
    pub n_rows: u64,
    /// What the directory says of the archive's length, if that is not its length.
    pub claimed_len: Option<u64>,
    /// Not packed.
    pub archive: Vec<u8>,
}

/// A snapshot as its chunks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SnapshotParts {
    pub header: [u8; HEADER],
    pub chunks: Vec<Chunk>,
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

impl SnapshotParts {
    /// `None` if the bytes are no snapshot.
    pub fn of(file: &[u8]) -> Option<Self> {
        let header = *file.first_chunk::<HEADER>()?;
        let trailer = file.len().checked_sub(TRAILER)?;
        let (start, len) = (u64_at(file, trailer)? as usize, u64_at(file, trailer + 8)? as usize);
        let directory = file.get(start..start.checked_add(len)?)?;
        let mut chunks = Vec::new();
        for entry in directory.chunks_exact(ENTRY) {
            let (offset, len) = (u64_at(entry, 8)? as usize, u64_at(entry, 16)? as usize);
            let stored = file.get(offset..offset.checked_add(len)?)?;
            let plain_len = u64_at(entry, 24)?;
            let encoding = u32_at(entry, 4)?;
            let archive = match encoding {
                1 => zstd::bulk::decompress(stored, usize::try_from(plain_len).ok()?.min(1 << 24)).ok()?,
                _ => stored.to_vec(),
            };
            let claimed_len = (plain_len != archive.len() as u64).then_some(plain_len);
            chunks.push(Chunk {
                section: u32_at(entry, 0)?,
                encoding,
                n_rows: u64_at(entry, 32)?,
                claimed_len,
                archive,
            });
        }
        Some(Self { header, chunks })
    }

    /// The file, with all checksums as they must be.
    pub fn to_file(&self) -> Vec<u8> {
        let mut file = self.header.to_vec();
        let checksum = xxh3_64(&file[..24]);
        file[24..].copy_from_slice(&checksum.to_le_bytes());
        let mut directory = Vec::new();
        for chunk in &self.chunks {
            file.resize(file.len().next_multiple_of(ALIGN), 0);
            let packed = (chunk.encoding == 1).then(|| zstd::bulk::compress(&chunk.archive, 1));
            let stored = packed.and_then(Result::ok).unwrap_or_else(|| chunk.archive.clone());
            directory.extend_from_slice(&chunk.section.to_le_bytes());
            directory.extend_from_slice(&chunk.encoding.to_le_bytes());
            let plain_len = chunk.claimed_len.unwrap_or(chunk.archive.len() as u64);
            for value in [file.len() as u64, stored.len() as u64, plain_len, chunk.n_rows, xxh3_64(&stored)] {
                directory.extend_from_slice(&value.to_le_bytes());
            }
            file.extend_from_slice(&stored);
        }
        finish(file, &directory)
    }
}

/// Appends the directory and the trailer.
pub fn finish(mut file: Vec<u8>, directory: &[u8]) -> Vec<u8> {
    let start = file.len() as u64;
    file.extend_from_slice(directory);
    let len = directory.len() as u64;
    for value in [start, len, xxh3_64(directory), start + len + TRAILER as u64] {
        file.extend_from_slice(&value.to_le_bytes());
    }
    file.extend_from_slice(b"\r\nWEIVH\x89");
    file
}

/// The checksum of a snapshot's directory, and the checksums of all its pieces in the order of an index.
pub fn checksums(file: &[u8]) -> Option<(u64, Vec<u64>)> {
    let trailer = file.len().checked_sub(TRAILER)?;
    let (start, len) = (u64_at(file, trailer)? as usize, u64_at(file, trailer + 8)? as usize);
    let directory = file.get(start..start.checked_add(len)?)?;
    let mut pieces = Vec::new();
    for section in [2, 3, 9] {
        for entry in directory.chunks_exact(ENTRY).filter(|entry| u32_at(entry, 0) == Some(section)) {
            let (offset, len) = (u64_at(entry, 8)? as usize, u64_at(entry, 16)? as usize);
            if u32_at(entry, 4)? == 0 {
                pieces.extend(file.get(offset..offset.checked_add(len)?)?.chunks(PIECE).map(xxh3_64));
            }
        }
    }
    Some((u64_at(file, trailer + 16)?, pieces))
}

const PIECE: usize = 1 << 14;
const INDEX_HEADER: usize = 96;
const INDEX_ROW: usize = 24;

/// One column of an index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexColumn {
    pub section: u32,
    pub element_len: u32,
    /// What the table says of the number of numbers, if that is not how many there are.
    pub claimed_len: Option<u64>,
    pub bytes: Vec<u8>,
}

/// An index as its columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexParts {
    pub header: [u8; INDEX_HEADER],
    pub columns: Vec<IndexColumn>,
}

/// What ties an index to a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    pub len: u64,
    pub directory: u64,
    /// Inode, last write, last change.
    pub stamp: [u64; 3],
}

impl IndexParts {
    /// `None` if the bytes are no index.
    pub fn of(file: &[u8]) -> Option<Self> {
        let header = *file.first_chunk::<INDEX_HEADER>()?;
        let (n_columns, table) = (u32_at(&header, 12)? as usize, u64_at(&header, 56)? as usize);
        let rows = file.get(table..)?.get(..n_columns.checked_mul(INDEX_ROW)?)?;
        let columns = rows.chunks_exact(INDEX_ROW).map(|row| {
            let (element_len, len) = (u32_at(row, 4)?, u64_at(row, 16)?);
            let start = u64_at(row, 8)? as usize;
            let n_bytes = (len as usize).checked_mul(element_len as usize)?;
            let bytes = file.get(start..start.checked_add(n_bytes)?)?.to_vec();
            Some(IndexColumn { section: u32_at(row, 0)?, element_len, claimed_len: None, bytes })
        });
        Some(Self { header, columns: columns.collect::<Option<_>>()? })
    }

    /// The column of a section.
    pub fn column(&mut self, section: u32) -> Option<&mut IndexColumn> {
        self.columns.iter_mut().find(|column| column.section == section)
    }

    /// The file, with all checksums as they must be, for this snapshot.
    pub fn to_file(&self, key: Key) -> Vec<u8> {
        let mut file = vec![0; INDEX_HEADER];
        let mut table = Vec::new();
        for column in &self.columns {
            file.resize(file.len().next_multiple_of(64), 0);
            let n_numbers = column.bytes.len() as u64 / u64::from(column.element_len.max(1));
            table.extend_from_slice(&column.section.to_le_bytes());
            table.extend_from_slice(&column.element_len.to_le_bytes());
            for value in [file.len() as u64, column.claimed_len.unwrap_or(n_numbers)] {
                table.extend_from_slice(&value.to_le_bytes());
            }
            file.extend_from_slice(&column.bytes);
        }
        let sums: Vec<u64> = file[INDEX_HEADER..].chunks(PIECE).map(xxh3_64).collect();
        table.extend(sums.iter().flat_map(|sum| sum.to_le_bytes()));
        let mut header = self.header[..12].to_vec();
        header.extend_from_slice(&(self.columns.len() as u32).to_le_bytes());
        let [inode, modified, changed] = key.stamp;
        let (start, len, sum) = (file.len() as u64, table.len() as u64, xxh3_64(&table));
        for value in [key.len, key.directory, inode, modified, changed, start, len, sum, 0] {
            header.extend_from_slice(&value.to_le_bytes());
        }
        let sum = xxh3_64(&header);
        header.extend_from_slice(&sum.to_le_bytes());
        file[..INDEX_HEADER].copy_from_slice(&header);
        file.extend_from_slice(&table);
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Shape, write};

    #[test]
    fn what_is_taken_apart_is_put_together_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snap.rkyv");
        for is_packed in [false, true] {
            write(&path, Shape { n_objects: 200, is_packed, has_sites: true, seed: 1 });
            let file = std::fs::read(&path).unwrap();
            let parts = SnapshotParts::of(&file).unwrap();
            assert!(parts.chunks.len() >= 7);
            assert_eq!(parts.to_file(), file);
        }
    }
}
