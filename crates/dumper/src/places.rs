//! Where the snapshot puts buffers of which only numbers are known.
//!
//! Addresses are unique in a snapshot, and what an adapter calls an address may be any number.

use heapview_snapshot::{AddressSet, GRANULE};
use rustc_hash::{FxHashMap, FxHashSet};

/// Above all addresses that an object can have; buffers without a usable address of their own go here.
const RESERVED: u64 = 1 << 56;
/// Below and above these there are no objects.
const LOWEST: u64 = 4096;
const HIGHEST: u64 = 1 << 47;

/// Gives each buffer a place, the same whenever it is asked for.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    /// Where objects are.
    objects: &'a AddressSet,
    place_of: FxHashMap<u64, u64>,
    taken: FxHashSet<u64>,
    n_reserved: u64,
}

impl<'a> Places<'a> {
    pub(crate) fn new(objects: &'a AddressSet) -> Self {
        Self { objects, place_of: FxHashMap::default(), taken: FxHashSet::default(), n_reserved: 0 }
    }

    /// The place of the buffer with this address or key: its own address, rounded down, if that is free; `None`
    /// without memory to remember it. O(1).
    pub(crate) fn place(&mut self, key: u64) -> Option<u64> {
        if let Some(known) = self.place_of.get(&key) {
            return Some(*known);
        }
        self.place_of.try_reserve(1).ok()?;
        self.taken.try_reserve(1).ok()?;
        let own = key & !(GRANULE - 1);
        let is_free =
            (LOWEST..HIGHEST).contains(&own) && !self.objects.contains(own) && self.taken.insert(own);
        let place = if is_free {
            own
        } else {
            self.n_reserved += 1;
            RESERVED + (self.n_reserved - 1) * GRANULE
        };
        self.place_of.insert(key, place);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_buffers_share_a_place_nor_one_with_an_object() {
        let mut objects = AddressSet::new();
        objects.insert(0x10000);
        let mut places = Places::new(&objects);
        let keys = [0, 1, 7, 8, 0x10000, 0x10004, 0x20000, 0x20001, 0x20008, u64::MAX];
        let found: Vec<u64> = keys.iter().filter_map(|key| places.place(*key)).collect();
        assert_eq!(found.iter().collect::<FxHashSet<_>>().len(), keys.len());
        assert!(found.iter().all(|place| place.is_multiple_of(GRANULE) && !objects.contains(*place)));
        assert_eq!(found[6], 0x20000);
        assert_eq!(found, keys.map(|key| places.place(key).unwrap()));
    }
}
