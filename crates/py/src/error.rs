//! The one mapping from Rust errors to Python exceptions.

use std::path::Path;

use heapview_analysis::AnalysisError;
use heapview_analysis::selection::SelectorError;
use heapview_dumper::DumpError;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(_heapview, HeapviewError, PyException, "What heapview expected and what it found instead.");

/// `path: what went wrong`; what interrupted the dump goes on unchanged.
pub fn dump_error(path: &Path, error: DumpError) -> PyErr {
    match error {
        DumpError::Interrupted(error) => error,
        error => HeapviewError::new_err(format!("{}: {error}", path.display())),
    }
}

/// `path: what went wrong`.
pub fn analysis_error(path: &Path, error: &AnalysisError) -> PyErr {
    HeapviewError::new_err(format!("{}: {error}", path.display()))
}

/// Why a selector names nothing.
pub fn selector_error(error: &SelectorError) -> PyErr {
    HeapviewError::new_err(error.to_string())
}
