//! Measures the engine: `engine graph real SNAP`, `engine graph synthetic NODES`, `engine adversarial`,
//! `engine open SNAP`, `engine reopen SNAP`. Each run prints one line of JSON; benches/README.md says what is what.

mod clock;
mod graphs;
mod opening;
mod stages;

use std::path::Path;

const USAGE: &str =
    "expected: graph real SNAP | graph synthetic NODES | adversarial [NODES] | open SNAP | reopen SNAP";

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["graph", "real", path] => print(&stages::measure(&graphs::of_snapshot(Path::new(path)))),
        ["graph", "synthetic", n_nodes] => print(&stages::measure(&graphs::synthetic(number(n_nodes)))),
        ["adversarial"] => stages::adversarial(10_000_000).iter().for_each(print),
        ["adversarial", n_nodes] => stages::adversarial(number(n_nodes)).iter().for_each(print),
        ["open", path] => print(&opening::first(Path::new(path))),
        ["reopen", path] => print(&opening::again(Path::new(path))),
        // `cargo test` and a bare `cargo bench` come here.
        _ => print(&serde_json::json!({ "usage": USAGE })),
    }
}

fn number(text: &str) -> u32 {
    text.parse().expect("a number of nodes")
}

#[expect(clippy::print_stdout, reason = "the result")]
fn print(row: &serde_json::Value) {
    println!("{row}");
}
