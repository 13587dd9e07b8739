//! Two heaps compared by type.

use std::collections::BTreeMap;

use crate::heap::Heap;
use crate::histogram::histogram;

/// One type on both sides. Sizes are bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DiffRow {
    pub type_name: String,
    pub baseline_objects: u64,
    pub current_objects: u64,
    pub baseline_size: u64,
    pub current_size: u64,
}

impl DiffRow {
    /// Objects more than in the baseline.
    pub fn objects_delta(&self) -> i64 {
        delta(self.baseline_objects, self.current_objects)
    }

    /// Bytes more than in the baseline.
    pub fn size_delta(&self) -> i64 {
        delta(self.baseline_size, self.current_size)
    }
}

/// An index may say anything of its snapshot: sums end where numbers do.
fn add(sum: &mut u64, part: u64) {
    *sum = sum.saturating_add(part);
}

fn delta(baseline: u64, current: u64) -> i64 {
    let [baseline, current] = [baseline, current].map(|size| i64::try_from(size).unwrap_or(i64::MAX));
    current - baseline
}

/// How the heap changed from the baseline to the current snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Diff {
    /// Types that changed, by how many bytes they grew, most first.
    pub rows: Vec<DiffRow>,
    pub total: DiffRow,
}

/// Compares shallow sizes and counts by type name: exact, whatever addresses were reused. O(objects).
pub fn diff(baseline: &Heap, current: &Heap) -> Diff {
    let mut rows: BTreeMap<String, DiffRow> = BTreeMap::new();
    let mut total = DiffRow { type_name: "total".to_owned(), ..DiffRow::default() };
    for row in histogram(baseline, None).rows {
        let entry = rows.entry(row.name).or_default();
        add(&mut entry.baseline_objects, row.n_objects);
        add(&mut entry.baseline_size, row.shallow_size);
        add(&mut total.baseline_objects, row.n_objects);
        add(&mut total.baseline_size, row.shallow_size);
    }
    for row in histogram(current, None).rows {
        let entry = rows.entry(row.name).or_default();
        add(&mut entry.current_objects, row.n_objects);
        add(&mut entry.current_size, row.shallow_size);
        add(&mut total.current_objects, row.n_objects);
        add(&mut total.current_size, row.shallow_size);
    }
    let mut rows: Vec<DiffRow> = rows
        .into_iter()
        .map(|(type_name, row)| DiffRow { type_name, ..row })
        .filter(|row| row.objects_delta() != 0 || row.size_delta() != 0)
        .collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.size_delta()), std::cmp::Reverse(row.objects_delta())));
    Diff { rows, total }
}

#[cfg(test)]
mod tests {
    use super::diff;
    use crate::testing::Told;

    #[test]
    fn types_that_grew_come_first_with_what_they_grew_by() {
        let before = Told::new("LOG = list; LOG[0] = app.Row 100; gone = app.Old 50");
        let after = Told::new("LOG = list; LOG[0] = app.Row 100; LOG[1] = app.Row 300; LOG[2] = app.New 10");
        let answer = diff(&before.heap, &after.heap);
        let of = |name: &str| {
            let row = answer.rows.iter().find(|row| row.type_name == name);
            row.map(|row| (row.objects_delta(), row.size_delta()))
        };
        assert_eq!(answer.rows[0].type_name, "app.Row");
        assert_eq!(of("app.Row"), Some((1, 300)));
        assert_eq!(of("app.New"), Some((1, 10)));
        assert_eq!(of("app.Old"), Some((-1, -50)));
        assert_eq!(of("list"), None);
    }
}
