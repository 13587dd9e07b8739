//! From an address to the object there: the paged bitmap with the number of set bits before each word.

use rustc_hash::FxHashMap;

use crate::address_set::{AddressSet, GRANULE, PAGE_BITS, WORDS, place};
use crate::ids::{Address, ObjectIx};
use crate::index::{Index, IndexSection, IndexValues};
use crate::index_column::Stored;

/// Finds objects by address in O(1) with about 6 bytes per object (measured 5x faster to build than a hash map), or,
/// where objects lie so far apart that pages would be mostly empty, in O(log objects) with 12.
#[derive(Debug)]
pub(crate) enum AddressMap {
    Paged(PagedMap),
    Sorted(SortedMap),
}

/// Bytes of pages that are mostly empty: as much as a file may claim by objects that are far apart.
const MAX_SPARSE: usize = 16 << 20;
/// Bytes of pages for each object in a file of any size.
const MAX_PER_OBJECT: usize = 64;

impl AddressMap {
    /// Maps the `i`th address of all blocks to object `i`. An address that is misaligned or occurs twice is returned as the
    /// error.
    pub(crate) fn new(blocks: impl Iterator<Item = Vec<u64>> + Clone) -> Result<Self, Address> {
        let mut set = AddressSet::new();
        let mut n_objects = 0usize;
        for block in blocks.clone() {
            for address in &block {
                if address % GRANULE != 0 || !set.insert(*address) {
                    return Err(Address::new(*address));
                }
            }
            n_objects += block.len();
            if set.n_pages() * WORDS * 8 > MAX_SPARSE + n_objects * MAX_PER_OBJECT {
                drop(set);
                return SortedMap::new(blocks.flatten()).map(Self::Sorted);
            }
        }
        Ok(Self::Paged(PagedMap::new(set, blocks)))
    }

    /// The map of an index; `None` if the index does not hold one of `n_objects`.
    pub(crate) fn from_index(index: &Index, n_objects: usize) -> Option<Self> {
        match index.column::<u64>(IndexSection::AddressPages) {
            Some(_) => PagedMap::from_index(index, n_objects).map(Self::Paged),
            None => SortedMap::from_index(index, n_objects).map(Self::Sorted),
        }
    }

    /// What [`AddressMap::from_index`] takes.
    pub(crate) fn columns(&self) -> Vec<(IndexSection, IndexValues<'_>)> {
        match self {
            Self::Paged(map) => map.columns().to_vec(),
            Self::Sorted(map) => map.columns().to_vec(),
        }
    }

    pub(crate) fn get(&self, address: Address) -> Option<ObjectIx> {
        match self {
            Self::Paged(map) => map.get(address),
            Self::Sorted(map) => map.get(address),
        }
    }

    /// What [`AddressMap::get`] says of each address.
    pub(crate) fn get_all(&self, addresses: &[u64], found: &mut Vec<Option<ObjectIx>>) {
        match self {
            Self::Paged(map) => map.get_all(addresses, found),
            Self::Sorted(map) => {
                found.extend(addresses.iter().map(|address| map.get(Address::new(*address))));
            }
        }
    }
}

/// A bit for each eight bytes of the pages that objects are in.
#[derive(Debug)]
pub(crate) struct PagedMap {
    page_of: FxHashMap<u64, u32>,
    /// Key of each page.
    pages: Vec<u64>,
    /// The bits of all pages, page by page.
    words: Stored<u64>,
    /// Addresses before each word.
    ranks: Stored<u32>,
    by_rank: Stored<u32>,
    n_objects: usize,
}

impl PagedMap {
    fn new(set: AddressSet, blocks: impl Iterator<Item = Vec<u64>>) -> Self {
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
        let mut ix = 0;
        for addresses in blocks {
            for together in addresses.chunks(TOGETHER) {
                for rank in ranks_of(&page_of, &words, &ranks, together) {
                    if let Some(slot) = by_rank.get_mut(rank) {
                        *slot = ix;
                    }
                    ix += 1;
                }
            }
        }
        let [ranks, by_rank] = [ranks, by_rank].map(Stored::Owned);
        Self { page_of, pages, words: Stored::Owned(words), ranks, by_rank, n_objects }
    }

    fn from_index(index: &Index, n_objects: usize) -> Option<Self> {
        let pages = index.column::<u64>(IndexSection::AddressPages)?.all().to_vec();
        let words = index.column::<u64>(IndexSection::AddressWords)?;
        let ranks = index.column::<u32>(IndexSection::AddressRanks)?;
        let by_rank = index.column::<u32>(IndexSection::AddressObjects)?;
        let n_words = pages.len().checked_mul(WORDS)?;
        if words.len() != n_words || ranks.len() != n_words || by_rank.len() != n_objects {
            return None;
        }
        let page_of = pages.iter().enumerate().map(|(page, key)| (*key, page as u32)).collect();
        let [ranks, by_rank] = [ranks, by_rank].map(Stored::InFile);
        Some(Self { page_of, pages, words: Stored::InFile(words), ranks, by_rank, n_objects })
    }

    fn columns(&self) -> [(IndexSection, IndexValues<'_>); 4] {
        [
            (IndexSection::AddressPages, IndexValues::U64(&self.pages)),
            (IndexSection::AddressWords, IndexValues::U64(self.words.all())),
            (IndexSection::AddressRanks, IndexValues::U32(self.ranks.all())),
            (IndexSection::AddressObjects, IndexValues::U32(self.by_rank.all())),
        ]
    }

    fn get(&self, address: Address) -> Option<ObjectIx> {
        let (at, bit) = bit_of(&self.page_of, address.get());
        let word = self.words.get(at).filter(|word| word & bit != 0)?;
        let below = (word & bit.wrapping_sub(1)).count_ones() as usize;
        self.at_rank(self.by_rank.get(self.ranks.get(at)? as usize + below))
    }

    fn get_all(&self, addresses: &[u64], found: &mut Vec<Option<ObjectIx>>) {
        let (words, ranks, by_rank) = (self.words.all(), self.ranks.all(), self.by_rank.all());
        for block in addresses.chunks(TOGETHER) {
            let ranks = ranks_of(&self.page_of, words, ranks, block);
            found.extend(ranks.map(|rank| self.at_rank(by_rank.get(rank).copied())));
        }
    }

    /// An index may say anything.
    fn at_rank(&self, object: Option<u32>) -> Option<ObjectIx> {
        object.filter(|object| (*object as usize) < self.n_objects).map(ObjectIx::new)
    }
}

/// Addresses in order, and the object at each.
#[derive(Debug)]
pub(crate) struct SortedMap {
    addresses: Stored<u64>,
    objects: Stored<u32>,
}

impl SortedMap {
    fn new(addresses: impl Iterator<Item = u64>) -> Result<Self, Address> {
        let mut rows: Vec<(u64, u32)> = addresses.zip(0..).collect();
        rows.sort_unstable();
        let misaligned = rows.iter().find(|(address, _)| address % GRANULE != 0);
        let twice = rows.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| &pair[0]);
        if let Some((address, _)) = misaligned.or(twice) {
            return Err(Address::new(*address));
        }
        let (addresses, objects) = rows.into_iter().unzip();
        Ok(Self { addresses: Stored::Owned(addresses), objects: Stored::Owned(objects) })
    }

    fn from_index(index: &Index, n_objects: usize) -> Option<Self> {
        let addresses = index.column::<u64>(IndexSection::AddressesSorted)?;
        let objects = index.column::<u32>(IndexSection::AddressObjects)?;
        let is_sound = addresses.len() == n_objects && objects.len() == n_objects;
        is_sound.then_some(Self { addresses: Stored::InFile(addresses), objects: Stored::InFile(objects) })
    }

    fn columns(&self) -> [(IndexSection, IndexValues<'_>); 2] {
        [
            (IndexSection::AddressesSorted, IndexValues::U64(self.addresses.all())),
            (IndexSection::AddressObjects, IndexValues::U32(self.objects.all())),
        ]
    }

    fn get(&self, address: Address) -> Option<ObjectIx> {
        let (mut low, mut high) = (0, self.addresses.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.addresses.get(middle)?.cmp(&address.get()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let object = self.objects.get(middle)?;
                    return ((object as usize) < self.objects.len()).then_some(ObjectIx::new(object));
                }
            }
        }
        None
    }
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
            let map = AddressMap::new(addresses.chunks(100).map(<[u64]>::to_vec)).unwrap();
            let (mut found, mut asked) = (Vec::new(), addresses.clone());
            asked.extend(addresses.iter().flat_map(|address| [address + 1, address + GRANULE, address << 9]));
            map.get_all(&asked, &mut found);
            let one_by_one: Vec<_> = asked.iter().map(|address| map.get(Address::new(*address))).collect();
            prop_assert_eq!(&found, &one_by_one);
            let sorted = SortedMap::new(addresses.iter().copied()).unwrap();
            let by_search: Vec<_> = asked.iter().map(|address| sorted.get(Address::new(*address))).collect();
            prop_assert_eq!(&found, &by_search);
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
        assert_eq!(AddressMap::new([vec![16, 32], vec![16]].into_iter()).unwrap_err(), Address::new(16));
        assert_eq!(AddressMap::new([vec![16, 33]].into_iter()).unwrap_err(), Address::new(33));
        assert_eq!(SortedMap::new([32, 16, 32].into_iter()).unwrap_err(), Address::new(32));
        assert_eq!(SortedMap::new([16, 33].into_iter()).unwrap_err(), Address::new(33));
    }

    #[test]
    fn objects_far_apart_take_no_page_each() {
        let addresses = (0..10_000u64).map(|ix| (10_000 - ix) << 30);
        let map = AddressMap::new(addresses.clone().map(|address| vec![address])).unwrap();
        assert!(matches!(map, AddressMap::Sorted(_)));
        for (ix, address) in addresses.enumerate() {
            assert_eq!(map.get(Address::new(address)), Some(ObjectIx::new(ix as u32)));
            assert_eq!(map.get(Address::new(address + 8)), None);
        }
    }
}
