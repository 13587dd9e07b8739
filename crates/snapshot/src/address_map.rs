//! From an address to the object there: the paged bitmap with the number of set bits before each word.

use std::thread;

use rustc_hash::FxHashMap;

use crate::address_set::{AddressSet, GRANULE, PAGE_BITS, WORDS, place};
use crate::ids::{Address, ObjectIx};
use crate::index::{Index, IndexSection, IndexValues};

type Column<T> = Box<dyn AsRef<[T]> + Send + Sync>;

/// Finds objects by address in O(1) with about 6 bytes per object (measured 5x faster to build than a hash map).
pub(crate) struct AddressMap {
    page_of: FxHashMap<u64, u32>,
    /// Key of each page.
    pages: Vec<u64>,
    /// The bits of all pages, page by page.
    words: Column<u64>,
    /// Addresses before each word.
    ranks: Column<u32>,
    by_rank: Column<u32>,
}

impl AddressMap {
    /// Maps `addresses[i]` to object `i`. An address that is misaligned or occurs twice is returned as the error.
    pub fn new(addresses: impl Iterator<Item = u64> + Clone) -> Result<Self, Address> {
        let mut set = AddressSet::new();
        for address in addresses.clone() {
            if address % GRANULE != 0 || !set.insert(address) {
                return Err(Address::new(address));
            }
        }
        let n_objects = set.len() as usize;
        let (page_of, boxed) = set.into_pages();
        let mut pages = vec![0; boxed.len()];
        for (key, page) in &page_of {
            pages[*page as usize] = *key;
        }
        let mut words = Vec::with_capacity(boxed.len() * WORDS);
        // One by one, so that no page is there twice for long.
        for page in boxed {
            words.extend_from_slice(&page.0[..]);
        }
        let mut rank = 0;
        let ranks = words.iter().map(|word: &u64| {
            rank += word.count_ones();
            rank - word.count_ones()
        });
        let ranks: Vec<u32> = ranks.collect();
        let mut by_rank = vec![0u32; n_objects];
        let mut block = Vec::with_capacity(TOGETHER);
        let mut ix = 0;
        let mut addresses = addresses.peekable();
        while addresses.peek().is_some() {
            block.clear();
            block.extend(addresses.by_ref().take(TOGETHER));
            for rank in ranks_of(&page_of, &words, &ranks, &block) {
                if let Some(slot) = by_rank.get_mut(rank) {
                    *slot = ix;
                }
                ix += 1;
            }
        }
        Ok(Self {
            page_of,
            pages,
            words: Box::new(words),
            ranks: Box::new(ranks),
            by_rank: Box::new(by_rank),
        })
    }

    /// The map of an index; `None` if the index does not hold one of `n_objects`.
    pub fn from_index(index: &Index, n_objects: usize) -> Option<Self> {
        let pages = index.column::<u64>(IndexSection::AddressPages)?.as_ref().to_vec();
        let words = index.column::<u64>(IndexSection::AddressWords)?;
        let ranks = index.column::<u32>(IndexSection::AddressRanks)?;
        let by_rank = index.column::<u32>(IndexSection::AddressObjects)?;
        let n_words = pages.len().checked_mul(WORDS)?;
        let is_sound = words.as_ref().len() == n_words
            && ranks.as_ref().len() == n_words
            && by_rank.as_ref().len() == n_objects
            && are_below(by_rank.as_ref(), n_objects);
        if !is_sound {
            return None;
        }
        let page_of = pages.iter().enumerate().map(|(page, key)| (*key, page as u32)).collect();
        Some(Self {
            page_of,
            pages,
            words: Box::new(words),
            ranks: Box::new(ranks),
            by_rank: Box::new(by_rank),
        })
    }

    /// What [`AddressMap::from_index`] takes.
    pub fn columns(&self) -> [(IndexSection, IndexValues<'_>); 4] {
        [
            (IndexSection::AddressPages, IndexValues::U64(&self.pages)),
            (IndexSection::AddressWords, IndexValues::U64((*self.words).as_ref())),
            (IndexSection::AddressRanks, IndexValues::U32((*self.ranks).as_ref())),
            (IndexSection::AddressObjects, IndexValues::U32((*self.by_rank).as_ref())),
        ]
    }

    pub fn get(&self, address: Address) -> Option<ObjectIx> {
        let (at, bit) = bit_of(&self.page_of, address.get());
        self.at_rank(rank_at((*self.words).as_ref(), (*self.ranks).as_ref(), at, bit))
    }

    /// What [`AddressMap::get`] says of each address.
    pub fn get_all(&self, addresses: &[u64], found: &mut Vec<Option<ObjectIx>>) {
        let (words, ranks) = ((*self.words).as_ref(), (*self.ranks).as_ref());
        for block in addresses.chunks(TOGETHER) {
            found.extend(ranks_of(&self.page_of, words, ranks, block).map(|rank| self.at_rank(rank)));
        }
    }

    fn at_rank(&self, rank: usize) -> Option<ObjectIx> {
        (*self.by_rank).as_ref().get(rank).copied().map(ObjectIx::new)
    }
}

impl std::fmt::Debug for AddressMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AddressMap of {} pages", self.pages.len())
    }
}

/// Whether all values are less than `limit`; on all processors.
fn are_below(values: &[u32], limit: usize) -> bool {
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let n_threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let are_below = |part: &[u32]| part.iter().filter(|value| **value >= limit).count() == 0;
    thread::scope(|scope| {
        let parts = values.chunks(values.len().div_ceil(n_threads).max(1 << 16));
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || are_below(part))).collect();
        threads.into_iter().all(|thread| thread.join().unwrap_or(false))
    })
}

/// Addresses looked up together. Each look waits for memory twice; in loops without a way out of the middle the
/// processor waits for many at once.
const TOGETHER: usize = 64;
const NOWHERE: usize = usize::MAX;

/// For each of at most [`TOGETHER`] addresses how many in the map are smaller; [`NOWHERE`] for those not in it.
fn ranks_of(
    page_of: &FxHashMap<u64, u32>,
    words: &[u64],
    ranks: &[u32],
    addresses: &[u64],
) -> impl Iterator<Item = usize> {
    let mut found = [(NOWHERE, 0); TOGETHER];
    for (found, address) in found.iter_mut().zip(addresses) {
        *found = bit_of(page_of, *address);
    }
    for (at, bit) in found.iter_mut().take(addresses.len()) {
        *at = rank_at(words, ranks, *at, *bit);
    }
    found.into_iter().take(addresses.len()).map(|(rank, _)| rank)
}

/// The word that has the address's bit, and the bit.
fn bit_of(page_of: &FxHashMap<u64, u32>, address: u64) -> (usize, u64) {
    const { assert!(1 << PAGE_BITS == WORDS as u64 * 64 * GRANULE) };
    let (key, word, bit) = place(address);
    match page_of.get(&key) {
        Some(page) if address.is_multiple_of(GRANULE) => (*page as usize * WORDS + word, bit),
        _ => (NOWHERE, 0),
    }
}

fn rank_at(words: &[u64], ranks: &[u32], at: usize, bit: u64) -> usize {
    let (word, rank) = (words.get(at).copied().unwrap_or(0), ranks.get(at).copied().unwrap_or(0));
    let below = (word & bit.wrapping_sub(1)).count_ones() as usize;
    if word & bit == 0 { NOWHERE } else { rank as usize + below }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_every_object_and_no_other(
            granules in proptest::collection::hash_set(0u64..100_000, 0..500)
        ) {
            let addresses: Vec<u64> = granules.iter().map(|granule| granule * GRANULE + (1 << 33)).collect();
            let map = AddressMap::new(addresses.iter().copied()).unwrap();
            let (mut found, mut asked) = (Vec::new(), addresses.clone());
            asked.extend(addresses.iter().flat_map(|address| [address + 1, address + GRANULE, address << 9]));
            map.get_all(&asked, &mut found);
            let one_by_one: Vec<_> = asked.iter().map(|address| map.get(Address::new(*address))).collect();
            prop_assert_eq!(found, one_by_one);
            for (ix, address) in addresses.iter().enumerate() {
                prop_assert_eq!(map.get(Address::new(*address)), Some(ObjectIx::new(ix as u32)));
                prop_assert_eq!(map.get(Address::new(address + 1)), None);
                let next = address + GRANULE;
                if !addresses.contains(&next) {
                    prop_assert_eq!(map.get(Address::new(next)), None);
                }
            }
        }
    }

    #[test]
    fn refuses_what_would_be_ambiguous() {
        assert_eq!(AddressMap::new([16, 32, 16].into_iter()).unwrap_err(), Address::new(16));
        assert_eq!(AddressMap::new([16, 33].into_iter()).unwrap_err(), Address::new(33));
    }
}
