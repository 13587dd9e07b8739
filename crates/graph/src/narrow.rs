//! Numbers of which nearly all fit into a byte.

use crate::column::Column;

/// Stands for a number in the list of wide ones.
const WIDE: u8 = u8::MAX;

/// One byte for each number; those of 255 and more stand in a list, ascending by row.
#[derive(Debug)]
pub struct NarrowColumn {
    narrow: Column<u8>,
    wide_rows: Column<u32>,
    wide: Column<u32>,
}

/// The arrays of a [`NarrowColumn`], for keeping them in a file.
#[derive(Debug)]
pub struct NarrowParts<B, N> {
    pub narrow: B,
    pub wide_rows: N,
    pub wide: N,
}

impl NarrowColumn {
    /// O(numbers).
    pub(crate) fn new(numbers: &[u32]) -> Self {
        let is_wide = |number: &u32| *number >= u32::from(WIDE);
        let n_wide = numbers.iter().filter(|number| is_wide(number)).count();
        let (mut wide_rows, mut wide) = (Vec::with_capacity(n_wide), Vec::with_capacity(n_wide));
        for (row, number) in (0u32..).zip(numbers).filter(|(_, number)| is_wide(number)) {
            wide_rows.push(row);
            wide.push(*number);
        }
        let narrow: Vec<u8> = numbers.iter().map(|number| u8::try_from(*number).unwrap_or(WIDE)).collect();
        Self { narrow: narrow.into(), wide_rows: wide_rows.into(), wide: wide.into() }
    }

    /// A column that was made before; `None` if there are not as many rows as wide numbers. What its parts say is not
    /// looked at: numbers may be wrong, but there are as many.
    pub fn from_parts(parts: NarrowParts<Column<u8>, Column<u32>>) -> Option<Self> {
        let NarrowParts { narrow, wide_rows, wide } = parts;
        (wide_rows.len() == wide.len()).then_some(Self { narrow, wide_rows, wide })
    }

    /// What [`NarrowColumn::from_parts`] takes.
    pub fn parts(&self) -> NarrowParts<&[u8], &[u32]> {
        NarrowParts { narrow: self.narrow.all(), wide_rows: self.wide_rows.all(), wide: self.wide.all() }
    }

    pub fn len(&self) -> usize {
        self.narrow.len()
    }

    pub fn is_empty(&self) -> bool {
        self.narrow.is_empty()
    }

    /// The number in `row`, 0 if there is no such row. O(1), and a binary search for those that are wide.
    pub fn get(&self, row: usize) -> u32 {
        match self.narrow.get(row) {
            Some(WIDE) => self.wide(row).unwrap_or(u32::from(WIDE)),
            Some(number) => u32::from(number),
            None => 0,
        }
    }

    #[cold]
    fn wide(&self, row: usize) -> Option<u32> {
        let (mut low, mut high) = (0, self.wide_rows.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.wide_rows.get(middle)?.cmp(&(row as u32)) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.wide.get(middle),
            }
        }
        None
    }

    /// All numbers, by row. O(1) for each.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let mut wide = self.wide.all().iter();
        self.narrow.all().iter().map(move |byte| match *byte {
            WIDE => wide.next().copied().unwrap_or(u32::from(WIDE)),
            number => u32::from(number),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(narrow: &[u8], rows: &[u32], wide: &[u32]) -> NarrowParts<Column<u8>, Column<u32>> {
        NarrowParts {
            narrow: narrow.to_vec().into(),
            wide_rows: rows.to_vec().into(),
            wide: wide.to_vec().into(),
        }
    }

    #[test]
    fn numbers_come_back_whatever_their_width() {
        let numbers = [254, 1, 255, 70_000, 0, 256];
        let column = NarrowColumn::new(&numbers);
        assert_eq!((0..6).map(|row| column.get(row)).collect::<Vec<_>>(), numbers);
        assert_eq!(column.iter().collect::<Vec<_>>(), numbers);
        let NarrowParts { narrow, wide_rows, wide } = column.parts();
        assert_eq!((narrow, wide_rows), (&[254, 1, 255, 255, 0, 255][..], &[2, 3, 5][..]));
        assert!(NarrowColumn::from_parts(parts(narrow, wide_rows, wide)).is_some());
    }

    #[test]
    fn a_column_that_contradicts_itself_still_has_numbers() {
        for (narrow, rows, wide) in [
            (&[255, 1][..], &[][..], &[][..]),
            (&[255, 1], &[1], &[300]),
            (&[255, 255], &[1, 0], &[300, 300]),
            (&[255, 255], &[0, 0], &[300, 300]),
            (&[255, 1], &[0, 7], &[300, 300]),
        ] {
            let column = NarrowColumn::from_parts(parts(narrow, rows, wide)).unwrap();
            assert_eq!(column.get(2), 0);
            assert!((0..2).all(|row| [1, 255, 300].contains(&column.get(row))), "{narrow:?} {rows:?}");
            assert!(column.iter().all(|number| [1, 255, 300].contains(&number)), "{narrow:?} {rows:?}");
        }
        assert!(NarrowColumn::from_parts(parts(&[255, 1], &[0], &[])).is_none());
    }
}
