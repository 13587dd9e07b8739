//! Writes inputs that the search for others begins with: `corpus FOLDER` makes a folder for each target in it.

#[cfg(unix)]
fn main() {
    use std::fs;
    use std::path::PathBuf;

    use heapview_trials::chance::Chance;
    use heapview_trials::mutate;
    use heapview_trials::sample::Shape;
    use heapview_trials::targets::{self, Desk, Pair};

    let folder = PathBuf::from(std::env::args_os().nth(1).expect("the name of a folder"));
    for target in ["reader", "index", "texts"] {
        fs::create_dir_all(folder.join(target)).expect("room");
    }
    let desk = Desk::new();
    for (number, n_objects) in [0, 5, 20, 60, 120].into_iter().enumerate() {
        for (is_packed, has_sites) in [(false, false), (false, true), (true, true)] {
            let shape = Shape { n_objects, is_packed, has_sites, seed: number as u64 };
            let name = format!("sample-{n_objects}-{is_packed}-{has_sites}");
            let file = desk.sample(shape);
            fs::write(folder.join("reader").join(&name), &file).expect("room");
            let pair = Pair { snapshot: targets::parts(&file), index: desk.sample_index(&file) };
            fs::write(folder.join("index").join(&name), pair.to_bytes()).expect("room");
        }
    }
    for seed in 0..500 {
        let text = mutate::text(&mut Chance::new(seed));
        fs::write(folder.join("texts").join(format!("text-{seed}")), text).expect("room");
    }
}

#[cfg(not(unix))]
fn main() {}
