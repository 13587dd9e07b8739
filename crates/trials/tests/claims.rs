//! Files that claim more than they are: each is refused with one sentence before memory is taken for it.

use std::fs;

use heapview_snapshot::{Snapshot, SnapshotError};
use heapview_trials::container::{Chunk, SnapshotParts, finish};
use heapview_trials::sample::{Shape, write};

fn sample(is_packed: bool) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snap.rkyv");
    write(&path, Shape { n_objects: 2_000, is_packed, has_sites: true, seed: 1 });
    fs::read(path).unwrap()
}

fn refusal(file: &[u8]) -> SnapshotError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snap.rkyv");
    fs::write(&path, file).unwrap();
    let refusal = Snapshot::open(&path).expect_err("it claims too much");
    assert!(!refusal.to_string().contains('\n'));
    refusal
}

/// The file without its directory, and the directory.
fn opened(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let number = |at: usize| u64::from_le_bytes(*file[at..].first_chunk().unwrap()) as usize;
    let (start, len) = (number(file.len() - 40), number(file.len() - 32));
    (file[..start].to_vec(), file[start..start + len].to_vec())
}

#[test]
fn one_chunk_listed_a_hundred_times() {
    let (body, directory) = opened(&sample(true));
    let first = directory.chunks(48).find(|entry| entry[0] == 2).unwrap();
    let mut lying: Vec<u8> = first.repeat(100);
    // Each says that it comes to nearly a gigabyte.
    for entry in lying.chunks_mut(48) {
        entry[24..32].copy_from_slice(&((1u64 << 30) - 1).to_le_bytes());
        entry[32..40].copy_from_slice(&32_768u64.to_le_bytes());
    }
    lying.extend_from_slice(&directory);
    assert!(refusal(&finish(body, &lying)).to_string().contains("over another one"));
}

#[test]
fn chunks_that_overlap_in_part() {
    let (body, mut directory) = opened(&sample(false));
    let offset = u64::from_le_bytes(*directory[48 + 8..].first_chunk().unwrap());
    directory[48 + 8..48 + 16].copy_from_slice(&(offset - 16).to_le_bytes());
    assert!(refusal(&finish(body, &directory)).to_string().contains("over another one"));
}

/// Claims that each chunk of a section has this length when it is unpacked, and this many rows.
fn claiming(section: u32, len: u64, n_rows: u64) -> SnapshotParts {
    let mut parts = SnapshotParts::of(&sample(true)).unwrap();
    for chunk in parts.chunks.iter_mut().filter(|chunk| chunk.section == section) {
        (chunk.encoding, chunk.claimed_len, chunk.n_rows) = (1, Some(len), n_rows);
    }
    parts
}

#[test]
fn a_chunk_that_claims_more_than_its_rows_can_be() {
    for (section, len, n_rows) in [(2, 1 << 29, 1_000), (3, 1 << 24, 2_000), (9, 1 << 20, 2_000)] {
        let refusal = refusal(&claiming(section, len, n_rows).to_file()).to_string();
        assert!(refusal.contains("is longer than its"), "{refusal}");
    }
    for (section, len, n_rows) in [(2, u64::MAX, 1), (5, (1 << 30) + 1, 1), (1, u64::MAX, u64::MAX)] {
        let refusal = refusal(&claiming(section, len, n_rows).to_file()).to_string();
        assert!(refusal.contains("too long to be unpacked"), "{refusal}");
    }
    for (section, n_rows) in [(2, 32_769), (3, u64::MAX), (9, 1 << 40)] {
        let refusal = refusal(&claiming(section, 1 << 20, n_rows).to_file()).to_string();
        assert!(refusal.contains(&format!("has {n_rows} rows")), "{refusal}");
    }
}

#[test]
fn chunks_that_claim_more_together_than_any_machine_has() {
    let mut parts = SnapshotParts::of(&sample(true)).unwrap();
    let at = parts.chunks.iter().position(|chunk| chunk.section == 2).unwrap();
    let full =
        Chunk { encoding: 1, claimed_len: Some((1 << 30) - 1), n_rows: 32_768, ..parts.chunks[at].clone() };
    // Eight terabytes in half a gigabyte, or a tenth of that where the disk is small: no byte of them is there.
    parts.chunks.splice(at..at, vec![Chunk { archive: vec![0; 64], ..full }; 8 << 10]);
    let refusal = refusal(&parts.to_file());
    assert!(matches!(refusal, SnapshotError::TooLarge { .. } | SnapshotError::Damaged { .. }), "{refusal}");
    if cfg!(target_os = "linux") {
        assert!(matches!(refusal, SnapshotError::TooLarge { .. }), "{refusal}");
    }
}

#[test]
fn a_claim_that_is_a_lie_takes_no_memory() {
    // Within all limits, and the frame comes to a few bytes.
    let mut parts = claiming(2, 32 << 20, 2_000);
    let chunk = parts.chunks.iter_mut().find(|chunk| chunk.section == 2).unwrap();
    chunk.archive.truncate(100);
    assert!(refusal(&parts.to_file()).to_string().contains("cannot be unpacked"));
}

#[test]
fn a_name_that_every_type_has() {
    // A short file, and each row of its type table would have a copy of a long text.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snap.rkyv");
    let mut writer = heapview_snapshot::SnapshotWriter::create(&path).unwrap();
    let name = "n".repeat(1 << 20);
    for _ in 0..2_000 {
        let row = heapview_snapshot::TypeRow::named("", &name, heapview_snapshot::Address::new(0));
        writer.add_type(&row);
    }
    writer.finish(heapview_snapshot::Meta::default()).unwrap();
    let refusal = Snapshot::open(&path).unwrap_err().to_string();
    assert!(refusal.contains("too long"), "{refusal}");
}
