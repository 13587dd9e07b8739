//! libFuzzer on the reader: any bytes as a snapshot, and every question about what opens.
#![no_main]

use heapview_trials::chance::Chance;
use heapview_trials::container::SnapshotParts;
use heapview_trials::mutate;
use heapview_trials::targets::Desk;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

thread_local! {
    static DESK: Desk = Desk::new();
}

fuzz_target!(|file: &[u8]| {
    DESK.with(|desk| desk.reader(file));
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut chance = Chance::new(seed.into());
    let parts = SnapshotParts::of(&data[..size]).filter(|_| !chance.rarely(20));
    let Some(mut parts) = parts else { return fuzzer_mutate(data, size, max_size) };
    mutate::snapshot(&mut parts, &mut chance, &[]);
    let file = parts.to_file();
    if file.len() > max_size {
        return size;
    }
    data[..file.len()].copy_from_slice(&file);
    file.len()
});
