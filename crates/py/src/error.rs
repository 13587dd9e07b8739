//! The one mapping from Rust errors to Python exceptions.

use std::path::Path;

use heapview_analysis::AnalysisError;
use heapview_analysis::selection::SelectorError;
use heapview_dumper::DumpError;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::shown::Shown;

create_exception!(_heapview, HeapviewError, PyException, "What heapview expected and what it found instead.");

/// An error in lines that name no more than a terminal can show.
pub(crate) fn heapview_error(lines: impl IntoIterator<Item = impl AsRef<str>>) -> PyErr {
    HeapviewError::new_err(Shown::lines(lines).into_text())
}

/// `path: what went wrong`; what interrupted the dump goes on unchanged.
pub(crate) fn dump_error(path: &Path, error: DumpError) -> PyErr {
    match error {
        DumpError::Interrupted(error) => error,
        error => heapview_error([format!("{}: {error}", path.display())]),
    }
}

/// `path: what went wrong`.
pub(crate) fn analysis_error(path: &Path, error: &AnalysisError) -> PyErr {
    heapview_error([format!("{}: {error}", path.display())])
}

/// Why a selector names nothing.
pub(crate) fn selector_error(error: &SelectorError) -> PyErr {
    heapview_error([error.to_string()])
}
