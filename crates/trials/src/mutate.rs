//! Small changes to snapshots and indexes that leave everything around them sound.

use crate::chance::Chance;
use crate::container::{Chunk, IndexParts, SnapshotParts};

/// Changes a snapshot in some places; `others` lend their chunks.
pub fn snapshot(parts: &mut SnapshotParts, chance: &mut Chance, others: &[SnapshotParts]) {
    for _ in 0..=chance.below(4) {
        let at = chance.below(parts.chunks.len());
        let Some(chunk) = parts.chunks.get_mut(at) else { return };
        match chance.below(24) {
            0..=12 => bytes(&mut chunk.archive, chance),
            13..=16 => vector(&mut chunk.archive, chance),
            17 => chunk.n_rows = chance.odd_number(),
            18 => chunk.encoding = 1 - chunk.encoding.min(1),
            19 => {
                let copy = chunk.clone();
                parts.chunks.insert(chance.below(parts.chunks.len() + 1), copy);
            }
            20 => {
                parts.chunks.remove(at);
            }
            21 => {
                let other = chance.below(parts.chunks.len());
                parts.chunks.swap(at, other);
            }
            22 if !others.is_empty() => lend(chunk, chance.one(others), chance),
            23 => match chance.below(3) {
                0 => chunk.section = chance.below(12) as u32,
                1 => chunk.claimed_len = Some(chance.odd_number()),
                _ => chunk.encoding = chance.below(3) as u32,
            },
            _ => {
                let at = chance.below(24);
                parts.header[at] = chance.number() as u8;
            }
        }
    }
}

/// Takes the archive of a chunk of the same kind from another snapshot.
fn lend(chunk: &mut Chunk, from: &SnapshotParts, chance: &mut Chance) {
    let same: Vec<&Chunk> = from.chunks.iter().filter(|other| other.section == chunk.section).collect();
    if !same.is_empty() {
        let other = *chance.one(&same);
        (chunk.archive, chunk.n_rows) = (other.archive.clone(), other.n_rows);
    }
}

/// Changes an index in some places.
pub fn index(parts: &mut IndexParts, chance: &mut Chance) {
    for _ in 0..=chance.below(5) {
        let at = chance.below(parts.columns.len());
        let Some(column) = parts.columns.get_mut(at) else { return };
        match chance.below(20) {
            0..=15 => numbers(&mut column.bytes, column.element_len as usize, chance),
            16 => bytes(&mut column.bytes, chance),
            17 => column.claimed_len = Some(chance.odd_number()),
            18 => {
                parts.columns.remove(at);
            }
            _ => column.element_len = *chance.one(&[0, 1, 2, 4, 8]),
        }
    }
}

/// Changes some bytes: flips, overwrites, cuts, inserts, copies.
pub fn bytes(bytes: &mut Vec<u8>, chance: &mut Chance) {
    if bytes.is_empty() {
        bytes.push(chance.number() as u8);
        return;
    }
    let at = chance.below(bytes.len());
    match chance.below(10) {
        0..=2 => bytes[at] ^= 1 << chance.below(8),
        3 | 4 => bytes[at] = chance.odd_number() as u8,
        5 | 6 => {
            let value = chance.odd_number().to_le_bytes();
            let (len, step) = *chance.one(&[(2, 2), (4, 4), (8, 8), (8, 1)]);
            let at = at / step * step;
            for (place, byte) in bytes.iter_mut().skip(at).zip(&value[..len]) {
                *place = *byte;
            }
        }
        7 => {
            let end = (at + 1 + chance.below(16)).min(bytes.len());
            bytes.drain(at..end);
        }
        8 => {
            let more: Vec<u8> = (0..=chance.below(16)).map(|_| chance.number() as u8).collect();
            bytes.splice(at..at, more);
        }
        _ => {
            let from = chance.below(bytes.len());
            let len = (1 + chance.below(64)).min(bytes.len() - from).min(bytes.len() - at);
            bytes.copy_within(from..from + len, at);
        }
    }
}

/// Changes whole numbers: to odd ones, to their neighbours, to each other.
fn numbers(bytes: &mut [u8], len: usize, chance: &mut Chance) {
    let n_numbers = bytes.len() / len.max(1);
    if n_numbers == 0 || !matches!(len, 1 | 4 | 8) {
        return;
    }
    let at = chance.below(n_numbers) * len;
    let value = match chance.below(4) {
        0 => chance.odd_number(),
        1 => chance.below(n_numbers + 2) as u64,
        2 => {
            let mut number = [0; 8];
            number[..len].copy_from_slice(&bytes[at..at + len]);
            u64::from_le_bytes(number).wrapping_add(1).wrapping_sub(2 * chance.below(2) as u64)
        }
        _ => {
            let from = chance.below(n_numbers) * len;
            bytes.copy_within(from..from + len, at);
            return;
        }
    };
    bytes[at..at + len].copy_from_slice(&value.to_le_bytes()[..len]);
}

/// Changes where a vector of an archive lies or how long it is: these numbers stand in the last bytes.
fn vector(archive: &mut [u8], chance: &mut Chance) {
    /// The largest root has sixteen vectors of sixteen bytes.
    const ROOT: usize = 256;
    let start = archive.len().saturating_sub(ROOT);
    let root = &mut archive[start..];
    let at = chance.below(root.len() / 8) * 8;
    let Some(number) = root.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<8>()) else { return };
    let value = u64::from_le_bytes(*number);
    *number = match chance.below(3) {
        0 => chance.odd_number(),
        1 => value.wrapping_add(chance.odd_number()),
        _ => value.wrapping_sub(1 + chance.below(3) as u64),
    }
    .to_le_bytes();
}

/// Words that queries, selectors and paths are made of.
const WORDS: [&str; 72] = [
    "type:",
    "module:",
    "path:",
    "path~",
    "preview~",
    "referrer:",
    "referent:",
    "dominator:",
    "site:",
    "retained>",
    "shallow<=",
    "refcount=",
    "len!=",
    "generation==",
    "referrers>",
    "referents>",
    "count",
    "unreachable",
    "reachable",
    "root",
    "tracked",
    "immortal",
    "synthetic",
    "and",
    "or",
    "not",
    "-",
    "(",
    ")",
    "\"",
    "'",
    "\\",
    "*",
    "?",
    "**",
    "[",
    "]",
    "[*]",
    "{",
    "}",
    ".",
    ",",
    ":",
    "@",
    "@1a2b",
    "0x7f00",
    "0x",
    "1kB",
    "10MB",
    "1.5GiB",
    "99999999999999999999",
    "-1",
    "1e400",
    "Out",
    "__main__",
    "CACHE",
    "['key 7']",
    "[b'\\xff']",
    "[(1, 'a')]",
    "[True]",
    "[None]",
    "[1_000]",
    "[3.5]",
    "type(x)",
    "()",
    "\\u12",
    "\\x4",
    "\\N{DASH}",
    "größe",
    "\u{202e}",
    "\u{0}",
    " ",
];

/// A text that nearly is a query, a selector or a path.
pub fn text(chance: &mut Chance) -> String {
    let mut text = String::new();
    for _ in 0..chance.below(12) {
        match chance.below(8) {
            0..=4 => text.push_str(chance.one::<&str>(&WORDS)),
            5 => text.push(char::from(b' ' + chance.below(95) as u8)),
            6 => text.extend(char::from_u32(chance.below(0x11_0000) as u32)),
            _ => text.push(' '),
        }
    }
    if chance.rarely(6) && !text.is_empty() {
        // Deep, or long.
        text = text.repeat(1 + chance.below(200));
    }
    text
}
