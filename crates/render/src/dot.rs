//! A part of the reference graph in Graphviz's language.

use heapview_analysis::surroundings::Surroundings;
use heapview_analysis::{Heap, Reference};
use heapview_snapshot::ObjectIx;
use petgraph::dot::{Config, Dot};
use petgraph::graph::{DiGraph, EdgeReference, NodeIndex};

use crate::label::{object_label, reference_label, root_label};
use crate::number::{count, size};
use crate::printable::printable;

type Shown<'a> = &'a DiGraph<ObjectIx, Reference>;

/// A digraph: objects with what they keep alive, references by what they are called, roots with why they live. Says in
/// comments what is left out. O(objects shown).
pub fn dot(heap: &Heap, shown: &Surroundings) -> String {
    let label = |text: &str| format!("label = {}", quoted(text));
    let of_object = |_: Shown<'_>, (node, object): (NodeIndex, &ObjectIx)| {
        let root = shown.roots.iter().find(|(at, _)| *at == node).map(|(_, root)| root_label(root));
        let lines = [root, Some(object_label(heap, *object)), Some(size(heap.retained_size(*object)))];
        let lines: Vec<String> = lines.into_iter().flatten().collect();
        let emphasis = if node == shown.center { ", style = bold" } else { "" };
        format!("{}{emphasis}", label(&lines.join("\n")))
    };
    let of_reference = |_: Shown<'_>, edge: EdgeReference<'_, Reference>| {
        let kind = if edge.weight().kind.is_strong() { "" } else { ", style = dashed" };
        format!("{}{kind}", label(&reference_label(heap, edge.weight())))
    };
    let config = [Config::NodeNoLabel, Config::EdgeNoLabel, Config::GraphContentOnly];
    let drawing = Dot::with_attr_getters(&shown.graph, &config, &of_reference, &of_object);
    let mut left_out = Vec::new();
    if shown.n_left_out > 0 {
        left_out.push(format!("    // {} more references (--limit)\n", count(shown.n_left_out as u64)));
    }
    if shown.truncated {
        left_out.push("    // more paths (--limit)\n".to_owned());
    }
    format!(
        "digraph heapview {{\n    node [shape = box, fontname = monospace]\n{}{drawing:?}}}\n",
        left_out.concat()
    )
}

/// A quoted text; its lines are drawn as lines.
fn quoted(text: &str) -> String {
    let lines = text.split('\n').map(|line| printable(line).replace('\\', "\\\\").replace('"', "\\\""));
    format!("\"{}\"", lines.collect::<Vec<_>>().join("\\n"))
}
