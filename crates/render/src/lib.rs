//! Words and shapes for answers: numbers, labels, tables, JSON. Shared by command line, browser and Python.
//!
//! Nothing is computed, sorted or searched here; how something is called is decided here and nowhere else.

mod free;
mod label;
mod ledger;
mod number;
mod site;
mod table;

pub mod json;

pub use free::{advice_lines, code_lines, free_json, outcome_lines};
pub use label::{object_label, reference_label, root_kind_label, root_label, value_label};
pub use ledger::{ledger_facts, memory_table};
pub use number::{count, count_delta, duration, percent, size, size_delta, time};
pub use site::{site_label, site_table, source_line_label};
pub use table::{Align, Column, Table};
