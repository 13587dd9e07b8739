//! Sizes of CPython's containers as functions of what they hold; bytes, with the collector's header.
//!
//! Sources: `Objects/listobject.c`, `Objects/dictobject.c` (`_PyDict_SizeOf`, `USABLE_FRACTION`), 3.9 to 3.15.

/// An object's own head, and the collector's before it. Free-threaded builds have one head as long as both together.
const HEADS: u64 = 32;
const COLLECTOR_HEAD: u64 = 16;
const POINTER: u64 = 8;
/// The basic size of tuples is 24 or 32 in builds with the GIL; in free-threaded builds it starts here.
const FREE_THREADED_TUPLE: u64 = 40;

/// An empty list, and the head of a dict.
const EMPTY_LIST: u64 = 56;
const EMPTY_DICT: u64 = 64;

/// The head of a dict's table of keys: until 3.10, and since 3.11.
const KEYS_HEADS: [u64; 2] = [40, 32];
/// An entry of the table: key and value, and with a hash unless all keys are `str`.
const ENTRIES: [u64; 2] = [16, 24];
const SMALLEST: u32 = 3;

pub(super) fn list(n_slots: u64) -> u64 {
    EMPTY_LIST + POINTER * n_slots
}

/// `basic_size`: that of the type, which has grown by a hash in 3.14.
pub(super) fn tuple(basic_size: u64, n_items: u64) -> u64 {
    let collector_head = if basic_size < FREE_THREADED_TUPLE { COLLECTOR_HEAD } else { 0 };
    collector_head + basic_size + POINTER * n_items
}

/// An instance whose class has `__slots__` and no room for weak references.
pub(super) fn slotted(n_attributes: u64) -> u64 {
    HEADS + POINTER * n_attributes
}

/// Slots that a list has, used or not.
pub(super) fn list_slots(shallow_size: u64) -> u64 {
    shallow_size.saturating_sub(EMPTY_LIST) / POINTER
}

/// How a dict's table is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct DictTable {
    log_size: u32,
    entry: u64,
    head: u64,
}

impl DictTable {
    /// The table of a dict of this size; `None` for dicts that share their keys, and for sizes unheard of.
    pub(super) fn of(shallow_size: u64) -> Option<Self> {
        // Several layouts never have the same size: heads differ by 8, entries by multiples of 40.
        KEYS_HEADS
            .into_iter()
            .flat_map(|head| ENTRIES.map(|entry| (head, entry)))
            .flat_map(|(head, entry)| (SMALLEST..40).map(move |log_size| Self { log_size, entry, head }))
            .find(|table| table.size() == shallow_size)
    }

    /// Entries that fit.
    pub(super) fn usable(self) -> u64 {
        (1 << self.log_size) * 2 / 3
    }

    fn size(self) -> u64 {
        let index = match self.log_size {
            ..8 => 1,
            8..16 => 2,
            16..32 => 4,
            _ => 8,
        };
        EMPTY_DICT + self.head + (index << self.log_size) + self.entry * self.usable()
    }

    /// The size of a dict made anew with `n_entries` of the same sort.
    pub(super) fn size_anew(self, n_entries: u64) -> u64 {
        if n_entries == 0 {
            return EMPTY_DICT;
        }
        let fits = |log_size: &u32| Self { log_size: *log_size, ..self }.usable() >= n_entries;
        let log_size = (SMALLEST..=self.log_size).find(fits).unwrap_or(self.log_size);
        Self { log_size, ..self }.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_that_sys_getsizeof_says() {
        // {"a": 1}: 232 on 3.9 and 3.10, 184 since; {1: 1}: 232 and 224.
        for (size, entries) in [(232, 5), (184, 5), (224, 5), (352, 10), (272, 10)] {
            assert_eq!(DictTable::of(size).map(DictTable::usable), Some(entries), "{size}");
        }
        // {n: n for n in range(100_000)} on 3.12.
        assert_eq!(DictTable::of(5_242_960).map(DictTable::usable), Some(174_762));
        assert_eq!(DictTable::of(5_242_960).map(|table| table.size_anew(1000)), Some(36_952));
        assert_eq!(DictTable::of(104), None);
        assert_eq!(list_slots(list(10)), 10);
        assert_eq!(tuple(24, 1), 48);
        // (1,) on free-threaded 3.13 and 3.14: 40 + 8 and 48 + 8.
        assert_eq!((tuple(40, 1), tuple(48, 1)), (48, 56));
    }

    #[test]
    fn a_size_has_one_layout() {
        let mut sizes: Vec<u64> = KEYS_HEADS
            .into_iter()
            .flat_map(|head| ENTRIES.map(|entry| (head, entry)))
            .flat_map(|(head, entry)| (3..30).map(move |log_size| DictTable { log_size, entry, head }.size()))
            .collect();
        let n_layouts = sizes.len();
        sizes.sort_unstable();
        sizes.dedup();
        assert_eq!(sizes.len(), n_layouts);
    }
}
