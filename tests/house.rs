//! The rules of the house as tests: who may import whom, doorplates, file sizes, words in their places.

use std::fs;
use std::path::{Path, PathBuf};

/// Each crate and the crates of ours that it may name in `[dependencies]`.
const MAY_IMPORT: [(&str, &[&str]); 10] = [
    ("crates/snapshot", &[]),
    ("crates/graph", &[]),
    ("crates/analysis", &["snapshot", "graph"]),
    ("crates/render", &["analysis", "snapshot"]),
    ("tui", &["render", "analysis", "snapshot"]),
    ("crates/cli", &["tui", "render", "analysis", "snapshot"]),
    ("crates/dumper", &["snapshot"]),
    ("crates/py", &["dumper", "analysis", "render", "cli", "snapshot"]),
    ("crates/testkit", &["snapshot"]),
    ("crates/trials", &["render", "analysis", "snapshot"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `folder` with this ending, relative to the root, without what was built.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if entry.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == ending) {
                found.push(entry.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn rust_files() -> Vec<PathBuf> {
    ["src", "crates", "tui", "tests"].iter().flat_map(|folder| files(folder, "rs")).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")))
}

#[test]
fn crates_import_only_what_they_may() {
    for (folder, allowed) in MAY_IMPORT {
        let manifest = read(&Path::new(folder).join("Cargo.toml"));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        for line in dependencies.lines().filter(|line| line.starts_with("heapview-")) {
            let name = line["heapview-".len()..].split(['.', ' ', '=']).next().unwrap();
            assert!(allowed.contains(&name), "{folder} may not import {name}");
        }
    }
}

#[test]
fn every_crate_is_in_the_table() {
    let listed: Vec<&str> = MAY_IMPORT.iter().map(|(folder, _)| *folder).collect();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = format!("crates/{}", entry.unwrap().file_name().to_string_lossy());
        assert!(listed.contains(&folder.as_str()), "{folder} has no line in the table of imports");
    }
}

#[test]
fn every_file_has_a_doorplate() {
    for path in rust_files() {
        assert!(read(&path).starts_with("//! "), "{} lacks a first line //!", path.display());
    }
    for path in ["python", "tests", "samples", "benches"].iter().flat_map(|folder| files(folder, "py")) {
        assert!(read(&path).starts_with("\"\"\""), "{} lacks a docstring", path.display());
    }
}

#[test]
fn files_are_small() {
    for path in rust_files() {
        let limit = if is_test(&path) { 800 } else { 450 };
        let n_lines = read(&path).lines().count();
        assert!(n_lines <= limit, "{} has {n_lines} lines", path.display());
    }
}

#[test]
fn words_stay_in_their_rooms() {
    // What, where it may stand.
    let rooms: [(&str, &[&str]); 6] = [
        (
            "petgraph::",
            &[
                "crates/graph/",
                "crates/analysis/src/lib.rs",
                "crates/analysis/src/surroundings.rs",
                "crates/render/src/dot.rs",
            ],
        ),
        ("rkyv::", &["crates/snapshot/"]),
        ("ratatui::", &["tui/"]),
        ("clap::", &["crates/cli/"]),
        ("pyo3::", &["crates/dumper/", "crates/py/"]),
        ("Version(3", &["crates/dumper/src/cpython/"]),
    ];
    for path in rust_files().iter().filter(|path| !is_test(path)) {
        let text = read(path);
        for (word, allowed) in rooms {
            let name = path.to_string_lossy();
            let is_allowed = allowed.iter().any(|room| name.starts_with(room));
            assert!(is_allowed || !text.contains(word), "{name} names {word}");
        }
        for word in ["println!", "todo!", "unimplemented!", "dbg!"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn limits_are_called_by_one_word() {
    for path in rust_files() {
        for word in ["MOST", "LONGEST", "DEEPEST"].map(|word| format!("const {word}")) {
            assert!(!read(&path).contains(&word), "{}: limits are MAX_*, not {word}", path.display());
        }
    }
}

/// Unsafe code stays where it is explained; everybody else forbids it.
#[test]
fn crates_without_unsafe_code_say_so() {
    for root in [
        "src/main.rs",
        "crates/analysis/src/lib.rs",
        "crates/cli/src/lib.rs",
        "crates/render/src/lib.rs",
        "crates/testkit/src/lib.rs",
        "crates/trials/src/lib.rs",
        "tui/src/lib.rs",
    ] {
        assert!(
            read(Path::new(root)).contains("#![forbid(unsafe_code)]"),
            "{root} does not forbid unsafe code"
        );
    }
}

/// What is data in the file is not taken out of words again: a path is a value, a frame has its place in the source.
#[test]
fn no_text_is_taken_apart_that_was_made_of_data() {
    let marks = [
        "split_once(\" at \")",
        "starts_with(\"<module>\")",
        "starts_with(\"0x\")",
        "contains(\": module \")",
    ];
    for path in rust_files().iter().filter(|path| !is_test(path)) {
        let name = path.to_string_lossy();
        // Addresses that people type.
        if name.ends_with("selection.rs") || name.ends_with("query/parse.rs") || name.ends_with("ids.rs") {
            continue;
        }
        let text = read(path);
        for mark in marks {
            assert!(!text.contains(mark), "{name} has {mark}");
        }
        let may_lex = ["path/", "query/glob.rs", "query/scanner.rs"].iter().any(|room| name.contains(room));
        for word in ["without_brackets(", "key_len("] {
            assert!(may_lex || !text.contains(word), "{name} reads the text of a path: {word}");
        }
    }
}

/// What no root reaches is called one thing, and what the collector does with it is said in one place.
#[test]
fn garbage_has_one_home() {
    for room in ["crates/render/src", "crates/cli/src", "tui/src"] {
        for path in files(room, "rs") {
            let text = read(&path);
            let is_home = path.ends_with("garbage.rs");
            for word in ["\"unreachable\"", "\"unreachable ", "\"unreachable:", "next collection"] {
                assert!(is_home || !text.contains(word), "{} says {word}", path.display());
            }
        }
    }
}

/// Names of the heap must not act on a terminal: whatever is shown passes the one place that makes text printable.
#[test]
fn all_that_is_shown_is_made_printable() {
    // Where, what, and the only files that may hold it.
    let doors: [(&str, &[&str], &[&str]); 5] = [
        ("crates/cli/src", &["stdout", "stderr()", "write!", "writeln!", ".print()"], &["output.rs"]),
        ("tui/src", &["Span::styled", "Span::raw", "Span::from", "Line::from", "Line::raw"], &["canvas.rs"]),
        ("tui/src", &["set_string", "set_line", "set_span", "set_symbol"], &["canvas.rs", "ascii.rs"]),
        ("crates/py/src", &["HeapviewError::new_err"], &["error.rs"]),
        ("crates", &["to_writer", "serde_json::to_string", "to_vec_pretty"], &[]),
    ];
    for (folder, words, allowed) in doors {
        for path in files(folder, "rs").iter().filter(|path| !is_test(path)) {
            let is_door = allowed.iter().any(|door| path.ends_with(door));
            for line in read(path).lines().filter(|line| !is_door && !line.trim_start().starts_with("//")) {
                let found = words.iter().find(|word| line.contains(**word) && !line.contains("use_stderr()"));
                assert!(found.is_none(), "{} writes past its door: {line}", path.display());
            }
        }
    }
    for path in files("crates/py/src", "rs") {
        for line in read(&path).lines().filter(|line| line.contains("fn __") || line.contains("fn _repr_")) {
            let is_text =
                ["__repr__", "__str__", "__format__", "_repr_"].iter().any(|name| line.contains(name));
            let is_shown = line.contains("-> Shown") || line.contains("-> PyResult<Shown>");
            assert!(!is_text || is_shown, "{}: {line}", path.display());
        }
    }
    for path in files("python", "py") {
        let text = read(&path);
        for printed in text.lines().filter(|line| line.contains("print(")) {
            assert!(printed.contains("_printable"), "{}: {printed}", path.display());
        }
    }
}

#[test]
fn every_command_is_in_the_readme() {
    let readme = read(Path::new("README.md"));
    let args = read(Path::new("crates/cli/src/args.rs"));
    let commands = args.split("enum Command {").nth(1).unwrap().split('}').next().unwrap();
    let names =
        commands.lines().filter_map(|line| line.trim().split_once('(')).map(|(name, _)| name.to_lowercase());
    let mut n_commands = 0;
    for name in names.filter(|name| name.chars().all(char::is_alphabetic)) {
        assert!(readme.contains(&format!("`heapview {name} ")), "README.md does not list {name}");
        n_commands += 1;
    }
    assert!(n_commands >= 8);
}

#[test]
fn every_key_is_in_the_readme() {
    let readme = read(Path::new("README.md"));
    let table: Vec<String> = heapview_tui::keymap::KEYMAP
        .iter()
        .map(|binding| format!("| `{}` | {} |", binding.shown, binding.help))
        .collect();
    assert!(readme.contains(&table.join("\n")), "README.md should list the keys so:\n{}", table.join("\n"));
}
