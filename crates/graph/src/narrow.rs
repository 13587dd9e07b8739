//! Numbers of which nearly all fit into a byte.

use rayon::prelude::*;

use crate::column::Column;

/// Stands for a number in the list of wide ones.
const WIDE: u8 = u8::MAX;
/// Rows checked by one task.
const TASK: usize = 1 << 14;

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

    /// A column that was made before; `None` unless each byte that stands for a wide number has one, in order.
    /// O(numbers).
    pub fn from_parts(parts: NarrowParts<Column<u8>, Column<u32>>) -> Option<Self> {
        let NarrowParts { narrow, wide_rows, wide } = parts;
        let is_marked = |row: &u32| narrow.get(*row as usize) == Some(&WIDE);
        let n_marked = narrow
            .par_chunks(TASK)
            .map(|part| part.iter().map(|byte| usize::from(*byte == WIDE)).sum::<usize>());
        let is_sound = wide_rows.len() == wide.len()
            && n_marked.sum::<usize>() == wide.len()
            && wide_rows.is_sorted_by(|row, next| row < next)
            && wide_rows.iter().all(is_marked);
        is_sound.then_some(Self { narrow, wide_rows, wide })
    }

    /// What [`NarrowColumn::from_parts`] takes.
    pub fn parts(&self) -> NarrowParts<&[u8], &[u32]> {
        NarrowParts { narrow: &self.narrow, wide_rows: &self.wide_rows, wide: &self.wide }
    }

    pub fn len(&self) -> usize {
        self.narrow.len()
    }

    pub fn is_empty(&self) -> bool {
        self.narrow.is_empty()
    }

    /// The number in `row`. O(1), and a binary search for those that are wide.
    pub fn get(&self, row: usize) -> u32 {
        match self.narrow[row] {
            WIDE => self.wide_rows.binary_search(&(row as u32)).map_or(u32::from(WIDE), |at| self.wide[at]),
            number => u32::from(number),
        }
    }

    /// All numbers, by row. O(1) for each.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let mut wide = self.wide.iter();
        self.narrow.iter().map(move |byte| match *byte {
            WIDE => wide.next().copied().unwrap_or(u32::from(WIDE)),
            number => u32::from(number),
        })
    }

    /// Whether all numbers lie in 1 ..= the number of rows from their own to the last. O(numbers) on all threads.
    pub(crate) fn are_runs(&self) -> bool {
        let n_rows = self.narrow.len();
        let fits = |row: usize, number: u32| number > 0 && number as usize <= n_rows - row;
        self.narrow.par_chunks(TASK).enumerate().all(|(task, part)| {
            // What stands in the list is looked at below.
            let left = n_rows - task * TASK;
            let is_sound =
                |(at, byte): (usize, &u8)| *byte != 0 && (*byte == WIDE || *byte as usize <= left - at);
            part.iter().enumerate().fold(true, |sound, row| sound & is_sound(row))
        }) && self.wide_rows.iter().zip(&*self.wide).all(|(row, number)| fits(*row as usize, *number))
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
    fn a_column_that_contradicts_itself_is_refused() {
        for (narrow, rows, wide) in [
            (&[255, 1][..], &[][..], &[][..]),
            (&[255, 1], &[1], &[300]),
            (&[255, 255], &[1, 0], &[300, 300]),
            (&[255, 255], &[0, 0], &[300, 300]),
            (&[255, 1], &[0, 7], &[300, 300]),
            (&[255, 1], &[0], &[]),
        ] {
            assert!(NarrowColumn::from_parts(parts(narrow, rows, wide)).is_none(), "{narrow:?} {rows:?}");
        }
    }

    #[test]
    fn runs_end_inside_the_column() {
        let are_runs = |narrow: &[u8], rows: &[u32], wide: &[u32]| {
            NarrowColumn::from_parts(parts(narrow, rows, wide)).unwrap().are_runs()
        };
        assert!(are_runs(&[3, 2, 1], &[], &[]));
        for narrow in [[4, 1, 1], [1, 3, 1], [1, 1, 2], [0, 1, 1]] {
            assert!(!are_runs(&narrow, &[], &[]), "{narrow:?}");
        }
        let mut long = vec![1u8; 300];
        long[0] = 255;
        assert!(are_runs(&long, &[0], &[300]) && !are_runs(&long, &[0], &[301]));
    }
}
