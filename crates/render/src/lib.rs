//! Words and shapes for answers: numbers, labels, tables, JSON. Shared by command line, browser and Python.
//!
//! Nothing is computed, sorted or searched here; how something is called is decided here and nowhere else.

#![forbid(unsafe_code)]

mod cycle;
mod dot;
mod free;
mod garbage;
mod histogram;
mod label;
mod ledger;
mod number;
mod object_set;
mod printable;
mod query;
mod site;
mod suspect;
mod table;
mod waste;

pub mod json;
pub mod text;

pub use cycle::{cycle_label, cycle_lines, cycles_json};
pub use dot::dot;
pub use free::{advice_lines, code_lines, free_json, outcome_lines};
pub use garbage::{UNREACHABLE, unreachable_label, unreachable_total};
pub use histogram::{HistogramColumn, histogram_json, histogram_table};
pub use label::{object_label, reference_label, root_kind_label, root_label, thread_label, value_label};
pub use ledger::{ledger_facts, memory_table};
pub use number::{count, count_delta, duration, percent, size, size_delta, time};
pub use object_set::{object_set_html, object_set_label};
pub use printable::{printable, printable_lines, shell_word};
pub use query::{marked_lines, matches_json, pattern_table, patterns_json, query_error_lines, set_label};
pub use site::{site_label, site_table, source_line_label};
pub use suspect::suspect_lines;
pub use table::{Align, Column, Cut, Table, TableLines};
pub use waste::{
    duplicate_label, duplicate_lines, duplicate_table, duplicates_json, waste_json, waste_label, waste_table,
    waste_total_table,
};
