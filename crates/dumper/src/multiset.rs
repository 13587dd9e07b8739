//! The referents that `tp_traverse` reported and that have no label yet.

use rustc_hash::FxHashMap;

/// Up to this many a linear search beats a table.
const FEW: usize = 32;

/// A multiset of addresses, filled by a traversal and emptied by labelling.
#[derive(Debug, Default)]
pub(crate) struct Multiset {
    pub few: Vec<usize>,
    many: FxHashMap<usize, u32>,
}

impl Multiset {
    /// Empties the set for the next object; the caller then fills `few` and calls [`Multiset::seal`].
    pub(crate) fn clear(&mut self) {
        self.few.clear();
        // Not `clear`: an empty table that was once large costs its capacity with every drain.
        self.many = FxHashMap::default();
    }

    /// To be called once after filling: an object with many referents gets a table.
    pub(crate) fn seal(&mut self) {
        if self.few.len() > FEW {
            if self.many.try_reserve(self.few.len()).is_err() {
                self.few.clear();
            }
            for address in self.few.drain(..) {
                *self.many.entry(address).or_insert(0) += 1;
            }
        }
    }

    /// Takes out one occurrence; false when there is none.
    pub(crate) fn take(&mut self, address: usize) -> bool {
        if let Some(count) = self.many.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.many.remove(&address);
            }
            return true;
        }
        match self.few.iter().position(|known| *known == address) {
            Some(position) => {
                self.few.swap_remove(position);
                true
            }
            None => false,
        }
    }

    /// Takes out all that is left.
    pub(crate) fn drain(&mut self) -> Vec<usize> {
        if self.few.is_empty() && self.many.is_empty() {
            // Nearly always: `few` keeps its memory then.
            return Vec::new();
        }
        let mut rest = std::mem::take(&mut self.few);
        for (address, count) in std::mem::take(&mut self.many) {
            if rest.try_reserve(count as usize).is_err() {
                break;
            }
            rest.extend(std::iter::repeat_n(address, count as usize));
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_each_occurrence_once_whether_few_or_many() {
        for n_copies in [1, 20] {
            let mut set = Multiset::default();
            set.clear();
            for _ in 0..n_copies {
                set.few.extend([8, 16, 24]);
            }
            set.seal();
            for _ in 0..n_copies {
                assert!(set.take(16));
            }
            assert!(!set.take(16));
            assert!(!set.take(32));
            let mut rest = set.drain();
            rest.sort_unstable();
            assert_eq!(rest.len(), 2 * n_copies);
            assert!(rest.iter().all(|address| matches!(address, 8 | 24)));
        }
    }
}
