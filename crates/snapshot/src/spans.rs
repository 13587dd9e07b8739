//! Where the columns of an archive lie, and their values read from there.

use std::ops::Range;

use crate::address_set::GRANULE;
use crate::archive::{Bytes, Root, Span, Value};
use crate::columns::{
    ArchivedAddressColumn, ArchivedByteColumn, ArchivedLabelColumn, ArchivedShortColumn, ArchivedTextColumn,
    ArchivedWide, PLACE_BITS, SEGMENT_BITS, STRIDE, WIDE,
};

impl Root<'_> {
    pub(crate) fn bytes(&self, offset: usize) -> Option<ByteSpans> {
        Some(ByteSpans {
            values: self.span(offset + std::mem::offset_of!(ArchivedByteColumn, values))?,
            wide: self.span(offset + std::mem::offset_of!(ArchivedByteColumn, wide))?,
        })
    }

    pub(crate) fn shorts(&self, offset: usize) -> Option<ShortSpans> {
        Some(ShortSpans {
            values: self.span(offset + std::mem::offset_of!(ArchivedShortColumn, values))?,
            wide: self.span(offset + std::mem::offset_of!(ArchivedShortColumn, wide))?,
        })
    }

    pub(crate) fn addresses(&self, offset: usize) -> Option<AddressSpans> {
        Some(AddressSpans {
            segments: self.span(offset + std::mem::offset_of!(ArchivedAddressColumn, segments))?,
            places: self.span(offset + std::mem::offset_of!(ArchivedAddressColumn, places))?,
            wide: self.span(offset + std::mem::offset_of!(ArchivedAddressColumn, wide))?,
        })
    }

    pub(crate) fn labels(&self, offset: usize) -> Option<LabelSpans> {
        Some(LabelSpans {
            short: self.shorts(offset + std::mem::offset_of!(ArchivedLabelColumn, short))?,
            long: self.span(offset + std::mem::offset_of!(ArchivedLabelColumn, long))?,
        })
    }

    pub(crate) fn texts(&self, offset: usize) -> Option<TextSpans> {
        Some(TextSpans {
            lengths: self.bytes(offset + std::mem::offset_of!(ArchivedTextColumn, lengths))?,
            starts: self.span(offset + std::mem::offset_of!(ArchivedTextColumn, starts))?,
            text: self.span(offset + std::mem::offset_of!(ArchivedTextColumn, text))?,
        })
    }
}

/// A row and its value.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct WideRow {
    row: u32,
    value: u64,
}

impl Value for WideRow {
    const LEN: usize = size_of::<ArchivedWide>();

    fn read(bytes: &[u8]) -> Self {
        const { assert!(std::mem::offset_of!(ArchivedWide, row) == 0) };
        let value = bytes.get(std::mem::offset_of!(ArchivedWide, value)..).unwrap_or_default();
        Self { row: u32::read(bytes), value: u64::read(value) }
    }

    fn at<'a>(bytes: impl Bytes<'a>, place: usize) -> Self {
        Self::read(&bytes.array::<{ size_of::<ArchivedWide>() }>(place))
    }
}

macro_rules! narrow_spans {
    ($(#[$doc:meta])* $name:ident($narrow:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name {
            values: Span<$narrow>,
            wide: Span<WideRow>,
        }

        impl $name {
            /// The value in `row`. O(1), and a binary search for the few that are wide.
            #[inline]
            pub(crate) fn get<'a>(self, bytes: impl Bytes<'a>, row: usize) -> u64 {
                self.full(bytes, row, self.values.at(bytes, row))
            }

            /// The value in `row`, where the column has `narrow`.
            #[inline]
            fn full<'a>(self, bytes: impl Bytes<'a>, row: usize, narrow: $narrow) -> u64 {
                if narrow == <$narrow>::MAX { wide_value(self.wide, bytes, row) } else { u64::from(narrow) }
            }

            /// All values.
            pub(crate) fn iter<'a>(self, bytes: impl Bytes<'a>) -> impl Iterator<Item = u64> {
                let values = self.values.values(bytes).enumerate();
                values.map(move |(row, narrow)| self.full(bytes, row, narrow))
            }

            /// All values, of which none stays in memory.
            pub(crate) fn copied<'a>(self, bytes: impl Bytes<'a>) -> Vec<u64> {
                let values = self.values.copied(bytes).into_iter().enumerate();
                values.map(|(row, narrow)| self.full(bytes, row, narrow)).collect()
            }

            pub(crate) fn len(self) -> usize {
                self.values.len()
            }

            pub(crate) fn is_sound<'a>(self, bytes: impl Bytes<'a>) -> bool {
                is_ascending(self.wide, bytes)
            }
        }
    };
}

narrow_spans! {
    /// One byte per row.
    ByteSpans(u8)
}
narrow_spans! {
    /// Two bytes per row.
    ShortSpans(u16)
}

impl ByteSpans {
    /// The sum of the values in `rows`. O(rows), sixteen at a time where none is wide.
    pub(crate) fn sum<'a>(self, bytes: impl Bytes<'a>, rows: Range<usize>) -> u64 {
        let narrow = self.values.raw(bytes, rows.clone());
        if narrow.contains(&u8::MAX) {
            return rows.map(|row| self.get(bytes, row)).fold(0, u64::saturating_add);
        }
        narrow.iter().map(|value| u64::from(*value)).sum()
    }
}

/// Addresses in four bytes each: see [`crate::columns::AddressColumn`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddressSpans {
    segments: Span<u64>,
    places: Span<u32>,
    wide: Span<WideRow>,
}

impl AddressSpans {
    /// The address in `row`; in segment 0 for segments that do not exist, which the reader refuses. O(1).
    #[inline]
    pub(crate) fn get<'a>(self, bytes: impl Bytes<'a>, row: usize) -> u64 {
        self.address(bytes, row, self.places.at(bytes, row))
    }

    /// The address in `row`, where the column has `place`.
    #[inline]
    fn address<'a>(self, bytes: impl Bytes<'a>, row: usize, place: u32) -> u64 {
        if place >= WIDE {
            return wide_value(self.wide, bytes, row);
        }
        let segment = self.segments.at(bytes, (place >> PLACE_BITS) as usize);
        (segment << SEGMENT_BITS) | (u64::from(place & ((1 << PLACE_BITS) - 1)) * GRANULE)
    }

    /// All addresses, of which none stays in memory.
    pub(crate) fn copied<'a>(self, bytes: impl Bytes<'a>) -> Vec<u64> {
        let places = self.places.copied(bytes).into_iter().enumerate();
        places.map(|(row, place)| self.address(bytes, row, place)).collect()
    }

    /// The bytes of the places of some rows, which [`AddressSpans::of_raw`] takes.
    pub(crate) fn raw<'a>(self, bytes: impl Bytes<'a>, rows: Range<usize>) -> &'a [u8] {
        self.places.raw(bytes, rows)
    }

    /// The address in `row`, whose place is the number `nth` of `raw`.
    #[inline]
    pub(crate) fn of_raw<'a>(self, bytes: impl Bytes<'a>, row: usize, raw: &[u8], nth: usize) -> u64 {
        self.address(bytes, row, u32::read(raw.get(nth * 4..).unwrap_or_default()))
    }

    pub(crate) fn len(self) -> usize {
        self.places.len()
    }

    pub(crate) fn is_sound<'a>(self, bytes: impl Bytes<'a>) -> bool {
        let n_segments = self.segments.len() as u32;
        is_ascending(self.wide, bytes)
            && self.segments.values(bytes).all(|segment| segment < 1 << (u64::BITS - SEGMENT_BITS))
            && self.places.values(bytes).all(|place| place >= WIDE || place >> PLACE_BITS < n_segments)
    }
}

/// Labels of references: two bytes each, or four in chunks that have many large ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelSpans {
    short: ShortSpans,
    long: Span<u32>,
}

impl LabelSpans {
    /// The label in `row`. O(1), and a binary search for the few that are wide.
    #[inline]
    pub(crate) fn get<'a>(self, bytes: impl Bytes<'a>, row: usize) -> u32 {
        self.of_raw(bytes, row, self.raw(bytes, row..row + 1), 0)
    }

    /// The bytes of the labels of some rows, which [`LabelSpans::of_raw`] takes.
    pub(crate) fn raw<'a>(self, bytes: impl Bytes<'a>, rows: Range<usize>) -> &'a [u8] {
        if self.long.len() > 0 { self.long.raw(bytes, rows) } else { self.short.values.raw(bytes, rows) }
    }

    /// The label in `row`, which is the number `nth` of `raw`.
    #[inline]
    pub(crate) fn of_raw<'a>(self, bytes: impl Bytes<'a>, row: usize, raw: &[u8], nth: usize) -> u32 {
        if self.long.len() > 0 {
            return u32::read(raw.get(nth * 4..).unwrap_or_default());
        }
        let narrow = u16::read(raw.get(nth * 2..).unwrap_or_default());
        u32::try_from(self.short.full(bytes, row, narrow)).unwrap_or(u32::MAX)
    }

    pub(crate) fn len(self) -> usize {
        if self.long.len() > 0 { self.long.len() } else { self.short.len() }
    }

    pub(crate) fn is_sound<'a>(self, bytes: impl Bytes<'a>) -> bool {
        self.short.is_sound(bytes) && (self.long.len() == 0 || self.short.len() == 0)
    }
}

/// Texts one after another; lengths of one byte each, and the start of every 64th.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextSpans {
    lengths: ByteSpans,
    starts: Span<u32>,
    text: Span<u8>,
}

impl TextSpans {
    /// The bytes in `row`: whole UTF-8 characters, if the column is sound. O(1).
    pub(crate) fn get<'a>(self, bytes: impl Bytes<'a>, row: usize) -> &'a [u8] {
        let before = self.lengths.sum(bytes, row / STRIDE * STRIDE..row);
        let start = u64::from(self.starts.at(bytes, row / STRIDE)).saturating_add(before);
        let end = start.saturating_add(self.lengths.get(bytes, row));
        let [start, end] = [start, end].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
        if end <= self.text.len() { self.text.raw(bytes, start..end) } else { &[] }
    }

    pub(crate) fn len(self) -> usize {
        self.lengths.len()
    }

    /// Whether all texts lie in the column, one after another, and are UTF-8.
    pub(crate) fn is_sound<'a>(self, bytes: impl Bytes<'a>) -> bool {
        let Ok(text) = std::str::from_utf8(self.text.raw(bytes, 0..self.text.len())) else { return false };
        if !self.lengths.is_sound(bytes) || self.starts.len() != self.len().div_ceil(STRIDE) {
            return false;
        }
        let mut end = 0u64;
        for (row, length) in self.lengths.iter(bytes).enumerate() {
            if row.is_multiple_of(STRIDE) && u64::from(self.starts.at(bytes, row / STRIDE)) != end {
                return false;
            }
            end = end.saturating_add(length);
            if !usize::try_from(end).is_ok_and(|end| text.is_char_boundary(end)) {
                return false;
            }
        }
        end == text.len() as u64
    }
}

fn is_ascending<'a>(wide: Span<WideRow>, bytes: impl Bytes<'a>) -> bool {
    wide.values(bytes).is_sorted_by(|one, next| one.row < next.row)
}

/// The value of `row`; the largest that the column itself could hold would do as well where none is listed, so an
/// unlisted row of a damaged file reads as 0.
#[cold]
fn wide_value<'a>(wide: Span<WideRow>, bytes: impl Bytes<'a>, row: usize) -> u64 {
    let (mut low, mut high) = (0, wide.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let found = wide.at(bytes, middle);
        match (found.row as usize).cmp(&row) {
            std::cmp::Ordering::Equal => return found.value,
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    0
}
