//! Columns that take as few bytes per row as the values in them allow, and still are read in place: see `spans.rs`.
//!
//! A value that does not fit goes to a short list beside its column, which is ascending by row.

use rkyv::{Archive, Serialize};

use crate::address_set::GRANULE;

/// A value that does not fit into its column; the column has its largest number in that row.
#[derive(Archive, Serialize, Clone, Copy, Debug)]
pub(crate) struct Wide {
    pub row: u32,
    pub value: u64,
}

macro_rules! narrow_column {
    ($(#[$doc:meta])* $name:ident($narrow:ty)) => {
        $(#[$doc])*
        #[derive(Archive, Serialize, Default, Debug)]
        pub(crate) struct $name {
            pub(crate) values: Vec<$narrow>,
            pub(crate) wide: Vec<Wide>,
        }

        impl $name {
            pub(crate) fn push(&mut self, value: u64) {
                match <$narrow>::try_from(value) {
                    Ok(narrow) if narrow != <$narrow>::MAX => self.values.push(narrow),
                    _ => {
                        self.wide.push(Wide { row: self.values.len() as u32, value });
                        self.values.push(<$narrow>::MAX);
                    }
                }
            }

            pub(crate) fn clear(&mut self) {
                self.values.clear();
                self.wide.clear();
            }
        }
    };
}

narrow_column! {
    /// One byte per row.
    ByteColumn(u8)
}
narrow_column! {
    /// Two bytes per row.
    ShortColumn(u16)
}

/// Addresses in four bytes each: a segment of two gigabytes, and the place in it in units of eight bytes.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct AddressColumn {
    /// Upper bits of the addresses, at most [`MAX_SEGMENTS`].
    pub segments: Vec<u64>,
    /// Four bits of segment, 28 bits of place; segment 15 stands for an address in `wide`.
    pub places: Vec<u32>,
    pub wide: Vec<Wide>,
}

pub(crate) const PLACE_BITS: u32 = 28;
pub(crate) const SEGMENT_BITS: u32 = PLACE_BITS + GRANULE.trailing_zeros();
pub(crate) const MAX_SEGMENTS: usize = 15;
pub(crate) const WIDE: u32 = 15 << PLACE_BITS;

impl AddressColumn {
    pub(crate) fn push(&mut self, address: u64) {
        let upper = address >> SEGMENT_BITS;
        let place = (address >> GRANULE.trailing_zeros()) as u32 & ((1 << PLACE_BITS) - 1);
        let known = self.segments.iter().position(|segment| *segment == upper);
        let segment = match known {
            Some(segment) => segment,
            None if self.segments.len() < MAX_SEGMENTS => {
                self.segments.push(upper);
                self.segments.len() - 1
            }
            None => MAX_SEGMENTS,
        };
        if segment == MAX_SEGMENTS || !address.is_multiple_of(GRANULE) {
            self.wide.push(Wide { row: self.places.len() as u32, value: address });
            self.places.push(WIDE);
        } else {
            self.places.push(((segment as u32) << PLACE_BITS) | place);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn clear(&mut self) {
        self.segments.clear();
        self.places.clear();
        self.wide.clear();
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
    pub(crate) fn push(&mut self, label: u32) {
        const MAX_WIDE: usize = 1 << 10;
        if !self.long.is_empty() {
            self.long.push(label);
            return;
        }
        self.short.push(u64::from(label));
        if self.short.wide.len() > MAX_WIDE {
            self.lengthen();
        }
    }

    pub(crate) fn clear(&mut self) {
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

/// Texts one after another; lengths of one byte each, and the start of every 64th.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct TextColumn {
    pub lengths: ByteColumn,
    pub starts: Vec<u32>,
    pub text: Vec<u8>,
}

/// Rows between two starts: few enough to add up on the way.
pub(crate) const STRIDE: usize = 64;

impl TextColumn {
    pub(crate) fn has_room_for(&mut self, len: usize) -> bool {
        self.text.try_reserve(len).is_ok()
    }

    /// Appends an empty text if `text` would make the column longer than 32 bits count.
    pub(crate) fn push(&mut self, text: &str) {
        if self.lengths.values.len().is_multiple_of(STRIDE) {
            self.starts.push(self.text.len() as u32);
        }
        let fits = u32::try_from(self.text.len() + text.len()).is_ok();
        let text = if fits { text } else { "" };
        self.text.extend_from_slice(text.as_bytes());
        self.lengths.push(text.len() as u64);
    }

    pub(crate) fn clear(&mut self) {
        self.lengths.clear();
        self.starts.clear();
        self.text.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use proptest::prelude::*;
    use rkyv::rancor::Error;

    use super::*;
    use crate::archive::Root;

    #[derive(Archive, Serialize)]
    struct Columns {
        bytes: ByteColumn,
        shorts: ShortColumn,
        addresses: AddressColumn,
        labels: LabelColumn,
        texts: TextColumn,
    }

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
            let columns = Columns { bytes, shorts, addresses, labels, texts: column };
            let archive = rkyv::to_bytes::<Error>(&columns).unwrap();
            rkyv::access::<ArchivedColumns, Error>(&archive).unwrap();
            let root = Root::new::<ArchivedColumns>(&archive, archive.len()).unwrap();
            let archive = &archive[..];
            let bytes = root.bytes(offset_of!(ArchivedColumns, bytes)).unwrap();
            let shorts = root.shorts(offset_of!(ArchivedColumns, shorts)).unwrap();
            let addresses = root.addresses(offset_of!(ArchivedColumns, addresses)).unwrap();
            let labels = root.labels(offset_of!(ArchivedColumns, labels)).unwrap();
            let column = root.texts(offset_of!(ArchivedColumns, texts)).unwrap();
            prop_assert!(bytes.is_sound(archive) && shorts.is_sound(archive) && addresses.is_sound(archive));
            prop_assert!(labels.is_sound(archive) && column.is_sound(archive));
            for (row, number) in numbers.iter().enumerate() {
                prop_assert_eq!(bytes.get(archive, row), *number);
                prop_assert_eq!(shorts.get(archive, row), *number);
                prop_assert_eq!(addresses.get(archive, row), *number);
                prop_assert_eq!(labels.get(archive, row), *number as u32);
            }
            for (row, text) in texts.iter().enumerate() {
                prop_assert_eq!(column.get(archive, row), text.as_bytes());
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
