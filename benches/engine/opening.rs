//! From the name of a snapshot to the browser's first screen, and paths of the objects with most holders.

use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use heapview_analysis::paths::{Limits, root_paths};
use heapview_analysis::{Heap, IndexUse, Progress, Silent, histogram, paths, summary};
use heapview_snapshot::ObjectIx;
use serde_json::{Value, json};

use crate::clock::{Watch, timed};

const N_HUBS: usize = 20;
const N_SAMPLED: usize = 200;

fn kept() -> IndexUse {
    IndexUse::Kept { cache_folder: None }
}

/// Opens without an index, and writes one.
pub(crate) fn first(path: &Path) -> Value {
    let phases = Phases { began: Instant::now(), seen: Mutex::default() };
    let watch = Watch::start();
    let (open_wall, open_cpu, heap) = timed(|| Heap::open_with(path, &kept(), &phases).expect("a snapshot"));
    let (screen_wall, screen_cpu, ()) = timed(|| first_screen(&heap));
    let peak = watch.stop();
    let (save_wall, _, saved) = timed(|| heap.save_index().expect("room for an index"));
    assert!(saved, "there was an index: remove it first");
    let (slowest, slowest_hub) = slowest_paths(&heap);
    json!({
        "n_objects": heap.n_objects(),
        "n_references": heap.snapshot().n_edges(),
        "wall_s": open_wall + screen_wall,
        "cpu_s": open_cpu + screen_cpu,
        "first_screen_s": screen_wall,
        "phases": phases.seconds(),
        "save_index_s": save_wall,
        "peak_bytes_per_object": peak as f64 / heap.n_objects() as f64,
        "slowest_10_paths_ms": slowest * 1e3,
        "slowest_10_paths_of_hub_ms": slowest_hub * 1e3,
    })
}

/// What the browser shows first: the summary, the types, and paths to the biggest objects.
fn first_screen(heap: &Heap) {
    let summary = summary::summary(heap);
    let _ = histogram::histogram(heap, None);
    for object in &summary.biggest {
        let _ = paths::path_to_root(heap, *object);
    }
}

/// CPU seconds of the slowest answer: over objects from everywhere, and over those with most holders.
fn slowest_paths(heap: &Heap) -> (f64, f64) {
    let mut objects: Vec<ObjectIx> = heap.objects().collect();
    let step = (objects.len() / N_SAMPLED).max(1);
    let slowest = |objects: &mut dyn Iterator<Item = ObjectIx>| {
        objects
            .map(|object| timed(|| root_paths(heap, object, Limits { max_paths: 10 })).1)
            .fold(0.0, f64::max)
    };
    let of_all = slowest(&mut objects.iter().copied().step_by(step));
    let n_hubs = N_HUBS.min(objects.len());
    objects.sort_by_key(|object| std::cmp::Reverse(heap.n_referrers(*object)));
    (of_all, slowest(&mut objects.into_iter().take(n_hubs)))
}

/// When each phase of an opening began.
struct Phases {
    began: Instant,
    seen: Mutex<Vec<(String, f64)>>,
}

impl Progress for Phases {
    fn advance(&self, name: &str, _done: u64, _total: u64) {
        let mut seen = self.seen.lock().expect("no panics");
        if seen.last().is_none_or(|(last, _)| last != name) {
            seen.push((name.to_owned(), self.began.elapsed().as_secs_f64()));
        }
    }
}

impl Phases {
    fn seconds(&self) -> Value {
        let seen = self.seen.lock().expect("no panics");
        seen.iter().map(|(name, began)| json!([name, began])).collect()
    }
}

/// Opens again, with the index that the opening before has written.
pub(crate) fn again(path: &Path) -> Value {
    let watch = Watch::start();
    let (mut walls, mut cpus): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        let (wall, cpu, heap) = timed(|| {
            let heap = Heap::open_with(path, &kept(), &Silent).expect("a snapshot");
            first_screen(&heap);
            heap
        });
        walls.push(wall);
        cpus.push(cpu);
        assert!(!heap.save_index().expect("nothing to do"), "there is no index: open it first");
    }
    let peak = watch.stop();
    for seconds in [&mut walls, &mut cpus] {
        seconds.sort_by(f64::total_cmp);
    }
    json!({
        "reopen_best_ms": walls[0] * 1e3,
        "reopen_median_ms": walls[walls.len() / 2] * 1e3,
        "reopen_cpu_ms": cpus[cpus.len() / 2] * 1e3,
        "peak_bytes": peak,
    })
}
