//! `FreePlan`: what to do so that an object goes, as Python sees it.

use heapview_analysis::Heap;
use heapview_analysis::free;
use heapview_render::{advice_lines, code_lines, outcome_lines};
use pyo3::prelude::*;

use crate::shown::Shown;

/// What to do so that an object goes, and what that gives. Sizes are bytes.
#[pyclass(frozen, get_all, module = "heapview")]
pub struct FreePlan {
    /// Lines of Python that free what code can free; may be empty.
    code: Vec<String>,
    /// What no line does that is sure to do no harm.
    advice: Vec<String>,
    /// What comes of it, in sentences.
    outcome: Vec<String>,
    /// Bytes freed by running `code`.
    freed_size: u64,
    /// Of these, bytes that only `gc.collect()` frees, the last line of `code`.
    waiting_size: u64,
    /// Bytes freed if the advice is followed as well.
    freed_size_with_advice: u64,
    /// Whether `code` alone frees the object.
    is_complete: bool,
    /// The search for references was given up: there are too many.
    truncated: bool,
}

impl FreePlan {
    pub fn new(heap: &Heap, plan: &free::FreePlan) -> Self {
        let code = code_lines(plan);
        Self {
            advice: advice_lines(plan),
            outcome: outcome_lines(heap, plan),
            freed_size: plan.by_code.freed_size,
            waiting_size: plan.by_code.waiting_size,
            freed_size_with_advice: plan.by_all.freed_size,
            is_complete: plan.is_complete() && !code.is_empty(),
            truncated: plan.truncated,
            code,
        }
    }
}

#[pymethods]
impl FreePlan {
    fn __str__(&self) -> Shown {
        let advice = self.advice.iter().map(|line| format!("# {line}"));
        let outcome = self.outcome.iter().map(|line| format!("# {line}"));
        Shown::lines(self.code.iter().cloned().chain(advice).chain(outcome))
    }

    fn __repr__(&self) -> Shown {
        let lines: Vec<&str> = self.code.iter().chain(&self.outcome).map(String::as_str).collect();
        Shown::line(format!("<plan: {}>", lines.join("; ")))
    }
}
