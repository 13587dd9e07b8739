//! Columns that take as few bytes per row as the values in them allow, and still are read in place.
//!
//! A value that does not fit goes to a short list beside its column, which is ascending by row.

use std::ops::Range;

use rkyv::{Archive, Serialize};

use crate::address_set::GRANULE;

/// A value that does not fit into its column; the column has its largest number in that row.
#[derive(Archive, Serialize, Clone, Copy, Debug)]
pub(crate) struct Wide {
    pub row: u32,
    pub value: u64,
}

macro_rules! narrow_column {
    ($(#[$doc:meta])* $name:ident($narrow:ty), archived $archived:ident, |$stored:ident| $native:expr) => {
        $(#[$doc])*
        #[derive(Archive, Serialize, Default, Debug)]
        pub(crate) struct $name {
            pub values: Vec<$narrow>,
            pub wide: Vec<Wide>,
        }

        impl $name {
            pub fn push(&mut self, value: u64) {
                match <$narrow>::try_from(value) {
                    Ok(narrow) if narrow != <$narrow>::MAX => self.values.push(narrow),
                    _ => {
                        self.wide.push(Wide { row: self.values.len() as u32, value });
                        self.values.push(<$narrow>::MAX);
                    }
                }
            }

            pub fn clear(&mut self) {
                self.values.clear();
                self.wide.clear();
            }
        }

        impl $archived {
            /// The value in `row`. O(1), and a binary search for the few that are wide.
            pub fn get(&self, row: usize) -> u64 {
                let $stored = &self.values[row];
                let narrow = $native;
                if narrow == <$narrow>::MAX { wide_value(&self.wide, row) } else { u64::from(narrow) }
            }

            pub fn len(&self) -> usize {
                self.values.len()
            }

            pub fn is_sound(&self) -> bool {
                is_ascending(&self.wide)
            }
        }
    };
}

narrow_column! {
    /// One byte per row.
    ByteColumn(u8), archived ArchivedByteColumn, |stored| *stored
}
narrow_column! {
    /// Two bytes per row.
    ShortColumn(u16), archived ArchivedShortColumn, |stored| stored.to_native()
}

impl ArchivedByteColumn {
    /// The sum of the values in `rows`. O(rows), sixteen at a time where none is wide.
    pub fn sum(&self, rows: Range<usize>) -> u64 {
        let narrow = &self.values[rows.clone()];
        if narrow.contains(&u8::MAX) {
            return rows.map(|row| self.get(row)).fold(0, u64::saturating_add);
        }
        narrow.iter().map(|value| u64::from(*value)).sum()
    }
}

/// Addresses in four bytes each: a segment of two gigabytes, and the place in it in units of eight bytes.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct AddressColumn {
    /// Upper bits of the addresses, at most [`MOST_SEGMENTS`].
    pub segments: Vec<u64>,
    /// Four bits of segment, 28 bits of place; segment 15 stands for an address in `wide`.
    pub places: Vec<u32>,
    pub wide: Vec<Wide>,
}

const PLACE_BITS: u32 = 28;
const SEGMENT_BITS: u32 = PLACE_BITS + GRANULE.trailing_zeros();
pub(crate) const MOST_SEGMENTS: usize = 15;
const WIDE: u32 = 15 << PLACE_BITS;

impl AddressColumn {
    pub fn push(&mut self, address: u64) {
        let upper = address >> SEGMENT_BITS;
        let place = (address >> GRANULE.trailing_zeros()) as u32 & ((1 << PLACE_BITS) - 1);
        let known = self.segments.iter().position(|segment| *segment == upper);
        let segment = match known {
            Some(segment) => segment,
            None if self.segments.len() < MOST_SEGMENTS => {
                self.segments.push(upper);
                self.segments.len() - 1
            }
            None => MOST_SEGMENTS,
        };
        if segment == MOST_SEGMENTS || !address.is_multiple_of(GRANULE) {
            self.wide.push(Wide { row: self.places.len() as u32, value: address });
            self.places.push(WIDE);
        } else {
            self.places.push(((segment as u32) << PLACE_BITS) | place);
        }
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn clear(&mut self) {
        self.segments.clear();
        self.places.clear();
        self.wide.clear();
    }
}

impl ArchivedAddressColumn {
    /// The address in `row`; 0 for segments that do not exist, which the reader refuses. O(1).
    pub fn get(&self, row: usize) -> u64 {
        let place = self.places[row].to_native();
        if place >= WIDE {
            return wide_value(&self.wide, row);
        }
        let segment =
            self.segments.get((place >> PLACE_BITS) as usize).map_or(0, |segment| segment.to_native());
        (segment << SEGMENT_BITS) | (u64::from(place & ((1 << PLACE_BITS) - 1)) * GRANULE)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = u64> + Clone + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_sound(&self) -> bool {
        let n_segments = self.segments.len() as u32;
        is_ascending(&self.wide)
            && self.segments.iter().all(|segment| segment.to_native() < 1 << (u64::BITS - SEGMENT_BITS))
            && self
                .places
                .iter()
                .map(|place| place.to_native())
                .all(|place| place >= WIDE || place >> PLACE_BITS < n_segments)
    }
}

/// Labels of references: two bytes each, or four in chunks that have many large ones.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct LabelColumn {
    pub short: ShortColumn,
    /// If not empty, all labels; `short` is empty then.
    pub long: Vec<u32>,
}

impl LabelColumn {
    pub fn push(&mut self, label: u32) {
        const MOST_WIDE: usize = 1 << 10;
        if !self.long.is_empty() {
            self.long.push(label);
            return;
        }
        self.short.push(u64::from(label));
        if self.short.wide.len() > MOST_WIDE {
            self.lengthen();
        }
    }

    pub fn clear(&mut self) {
        self.short.clear();
        self.long.clear();
    }

    fn lengthen(&mut self) {
        let mut wide = self.short.wide.iter();
        let labels = self.short.values.iter().map(|value| match *value {
            u16::MAX => wide.next().map_or(u32::MAX, |wide| wide.value as u32),
            narrow => u32::from(narrow),
        });
        self.long.extend(labels);
        self.short.clear();
    }
}

impl ArchivedLabelColumn {
    /// The label in `row`. O(1), and a binary search for the few that are wide.
    pub fn get(&self, row: usize) -> u32 {
        match self.long.get(row) {
            Some(label) => label.to_native(),
            None => u32::try_from(self.short.get(row)).unwrap_or(u32::MAX),
        }
    }

    pub fn len(&self) -> usize {
        if self.long.is_empty() { self.short.len() } else { self.long.len() }
    }

    pub fn is_sound(&self) -> bool {
        self.short.is_sound() && (self.long.is_empty() || self.short.len() == 0)
    }
}

/// Texts one after another; lengths of one byte each, and the start of every 64th.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct TextColumn {
    pub lengths: ByteColumn,
    pub starts: Vec<u32>,
    pub text: Vec<u8>,
}

/// Rows between two starts: few enough to add up on the way.
const STRIDE: usize = 64;

impl TextColumn {
    pub fn has_room_for(&mut self, len: usize) -> bool {
        self.text.try_reserve(len).is_ok()
    }

    /// Appends an empty text if `text` would make the column longer than 32 bits count.
    pub fn push(&mut self, text: &str) {
        if self.lengths.values.len().is_multiple_of(STRIDE) {
            self.starts.push(self.text.len() as u32);
        }
        let fits = u32::try_from(self.text.len() + text.len()).is_ok();
        let text = if fits { text } else { "" };
        self.text.extend_from_slice(text.as_bytes());
        self.lengths.push(text.len() as u64);
    }

    pub fn clear(&mut self) {
        self.lengths.clear();
        self.starts.clear();
        self.text.clear();
    }
}

impl ArchivedTextColumn {
    /// The bytes in `row`: whole UTF-8 characters, if the column is sound. O(1).
    pub fn get(&self, row: usize) -> &[u8] {
        let before = self.lengths.sum(row / STRIDE * STRIDE..row);
        let start = self.starts.get(row / STRIDE).map_or(0, |start| u64::from(start.to_native()));
        let start = start.saturating_add(before);
        let end = start.saturating_add(self.lengths.get(row));
        let [start, end] = [start, end].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
        self.text.get(start..end).unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether all texts lie in the column, one after another, and are UTF-8.
    pub fn is_sound(&self) -> bool {
        let Ok(text) = std::str::from_utf8(&self.text) else { return false };
        if !self.lengths.is_sound() || self.starts.len() != self.len().div_ceil(STRIDE) {
            return false;
        }
        let mut end = 0u64;
        for row in 0..self.len() {
            if row.is_multiple_of(STRIDE) && u64::from(self.starts[row / STRIDE].to_native()) != end {
                return false;
            }
            end = end.saturating_add(self.lengths.get(row));
            if !usize::try_from(end).is_ok_and(|end| text.is_char_boundary(end)) {
                return false;
            }
        }
        end == text.len() as u64
    }
}

fn is_ascending(wide: &[ArchivedWide]) -> bool {
    wide.is_sorted_by(|one, next| one.row < next.row)
}

/// The value of `row`; the largest that the column itself could hold would do as well where none is listed, so an
/// unlisted row of a damaged file reads as 0.
fn wide_value(wide: &[ArchivedWide], row: usize) -> u64 {
    wide.binary_search_by_key(&row, |entry| entry.row.to_native() as usize)
        .map_or(0, |found| wide[found].value.to_native())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rkyv::rancor::Error;

    use super::*;

    fn numbers() -> impl Strategy<Value = Vec<u64>> {
        let number = prop_oneof![0u64..300, 250u64..260, 65_530u64..65_540, any::<u64>()];
        proptest::collection::vec(number, 0..200)
    }

    proptest! {
        #[test]
        fn columns_give_back_what_was_put_in(numbers in numbers(), texts in proptest::collection::vec(".{0,300}", 0..150)) {
            let (mut bytes, mut shorts) = (ByteColumn::default(), ShortColumn::default());
            let (mut addresses, mut labels) = (AddressColumn::default(), LabelColumn::default());
            let mut column = TextColumn::default();
            for number in &numbers {
                bytes.push(*number);
                shorts.push(*number);
                addresses.push(*number);
                labels.push(*number as u32);
            }
            for text in &texts {
                column.push(text);
            }
            let archive = rkyv::to_bytes::<Error>(&bytes).unwrap();
            let bytes = rkyv::access::<ArchivedByteColumn, Error>(&archive).unwrap();
            let archive = rkyv::to_bytes::<Error>(&shorts).unwrap();
            let shorts = rkyv::access::<ArchivedShortColumn, Error>(&archive).unwrap();
            let archive = rkyv::to_bytes::<Error>(&addresses).unwrap();
            let addresses = rkyv::access::<ArchivedAddressColumn, Error>(&archive).unwrap();
            let archive = rkyv::to_bytes::<Error>(&labels).unwrap();
            let labels = rkyv::access::<ArchivedLabelColumn, Error>(&archive).unwrap();
            let archive = rkyv::to_bytes::<Error>(&column).unwrap();
            let column = rkyv::access::<ArchivedTextColumn, Error>(&archive).unwrap();
            prop_assert!(bytes.is_sound() && shorts.is_sound() && addresses.is_sound());
            prop_assert!(labels.is_sound() && column.is_sound());
            for (row, number) in numbers.iter().enumerate() {
                prop_assert_eq!(bytes.get(row), *number);
                prop_assert_eq!(shorts.get(row), *number);
                prop_assert_eq!(addresses.get(row), *number);
                prop_assert_eq!(labels.get(row), *number as u32);
            }
            for (row, text) in texts.iter().enumerate() {
                prop_assert_eq!(column.get(row), text.as_bytes());
            }
        }
    }

    #[test]
    fn many_large_labels_make_the_column_long() {
        let mut labels = LabelColumn::default();
        (0..200_000u32).for_each(|label| labels.push(label));
        assert!(labels.short.values.is_empty());
        assert_eq!(labels.long.len(), 200_000);
        assert!(labels.long.iter().copied().eq(0..200_000));
    }
}
