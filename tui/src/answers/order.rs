//! The order of long tables: a million rows take longer than a person waits for a key.

use heapview_analysis::Heap;
use heapview_render::HistogramColumn;

use crate::command::Sortable;
use crate::screens::{ObjectColumn, column_of};
use crate::table::Sort;

/// Positions of the rows in the order wanted, equal rows in their original order. O(rows log rows).
pub(super) fn order(heap: &Heap, rows: &Sortable, sort: Sort) -> Vec<usize> {
    match rows {
        Sortable::Objects(found) => {
            let objects = &found.objects;
            let text = |row: usize| heap.snapshot().preview(objects[row]).map(|preview| preview.text);
            match ObjectColumn::of(sort) {
                ObjectColumn::Retained => sorted(objects.len(), sort, |row| heap.retained_size(objects[row])),
                ObjectColumn::Shallow => sorted(objects.len(), sort, |row| heap.shallow_size(objects[row])),
                ObjectColumn::Object => {
                    sorted(objects.len(), sort, |row| (heap.type_name(objects[row]), text(row)))
                }
            }
        }
        Sortable::Histogram(histogram) => {
            let rows = &histogram.rows;
            match column_of(sort) {
                HistogramColumn::Retained => sorted(rows.len(), sort, |row| rows[row].retained_size),
                HistogramColumn::Shallow => sorted(rows.len(), sort, |row| rows[row].shallow_size),
                HistogramColumn::Objects => sorted(rows.len(), sort, |row| rows[row].n_objects),
                HistogramColumn::Name => sorted(rows.len(), sort, |row| rows[row].name.as_str()),
            }
        }
    }
}

/// Each key is fetched once: they lie all over the snapshot.
fn sorted<K: Ord>(n_rows: usize, sort: Sort, key: impl Fn(usize) -> K) -> Vec<usize> {
    let mut keyed: Vec<(K, usize)> = (0..n_rows).map(|row| (key(row), row)).collect();
    if sort.descending {
        keyed.sort_unstable_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    } else {
        keyed.sort_unstable();
    }
    keyed.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_rows_keep_their_order_both_ways() {
        let keys = [30, 10, 20, 10];
        let sorted = |descending| sorted(4, Sort { column: 0, descending }, |row| keys[row]);
        assert_eq!(sorted(true), [0, 2, 1, 3]);
        assert_eq!(sorted(false), [1, 3, 2, 0]);
    }
}
