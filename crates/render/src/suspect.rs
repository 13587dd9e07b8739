//! Words for leak suspects: what speaks for them.

use heapview_analysis::suspects::Suspect;
use heapview_analysis::{Heap, paths};

use crate::number::{count, percent, size};

/// Facts about a suspect, each with its name: where it is, and how what it retains spreads out below it.
pub fn suspect_lines(heap: &Heap, suspect: &Suspect, reachable_size: u64) -> Vec<(&'static str, String)> {
    let path =
        paths::path_to_root(heap, suspect.object).map_or_else(String::new, |path| path.path.to_string());
    let share = percent(suspect.retained_size, reachable_size);
    vec![
        ("path", path),
        ("retains", format!("{}, {share} of all that is alive", size(suspect.retained_size))),
        ("spreads", spread(heap, suspect)),
    ]
}

/// `20,000 objects right below it, the largest 1.2 KiB; 20,000 of them app.Session, 24.4 MiB`.
fn spread(heap: &Heap, suspect: &Suspect) -> String {
    let Some(main) = suspect.main_type else {
        return "all of it is the object itself".to_owned();
    };
    let type_name = heap.snapshot().types().get(main.type_ix.index()).map_or("?", |row| &row.name);
    let main_size = size(main.retained_size);
    match suspect.n_below {
        1 => format!("into 1 object right below it: {type_name}, {main_size}"),
        n_below => format!(
            "into {} objects right below it, none above {}; {} of them {type_name}, {main_size}",
            count(n_below),
            size(suspect.largest_below),
            count(main.n_objects),
        ),
    }
}
