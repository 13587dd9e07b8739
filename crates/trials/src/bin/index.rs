//! libFuzzer on snapshots with an index that says of them what it likes.
#![no_main]

use heapview_trials::chance::Chance;
use heapview_trials::mutate;
use heapview_trials::targets::{Desk, Pair};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

thread_local! {
    static DESK: Desk = Desk::new();
}

fuzz_target!(|input: &[u8]| {
    if let Some(pair) = Pair::of(input) {
        DESK.with(|desk| desk.index_of(&pair.snapshot.to_file(), &pair.index));
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut chance = Chance::new(seed.into());
    let Some(mut pair) = Pair::of(&data[..size]) else { return fuzzer_mutate(data, size, max_size) };
    if chance.rarely(2) {
        mutate::snapshot(&mut pair.snapshot, &mut chance, &[]);
    } else {
        mutate::index(&mut pair.index, &mut chance);
    }
    let input = pair.to_bytes();
    if input.len() > max_size {
        return size;
    }
    data[..input.len()].copy_from_slice(&input);
    input.len()
});
