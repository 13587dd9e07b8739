//! `heapdump()`.

use std::path::PathBuf;

use heapview_dumper::Dumper;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::error::dump_error;

static DUMPER: PyOnceLock<Dumper> = PyOnceLock::new();

/// Learns the interpreter's layouts, once, when the module is imported.
pub fn prepare(py: Python<'_>) -> PyResult<()> {
    DUMPER.get_or_try_init(py, || Dumper::new(py)).map(|_| ())
}

/// Write every object and reference of this interpreter to a snapshot file.
///
/// No code of yours runs meanwhile, nothing is imported, and the heap is not changed. The file gets mode 0600
/// and stands under its name only when it is whole.
#[pyfunction]
#[pyo3(signature = (path, /))]
pub fn heapdump(py: Python<'_>, path: PathBuf) -> PyResult<DumpResult> {
    let dumper = DUMPER.get(py).ok_or_else(|| PyRuntimeError::new_err("heapview was not initialised"))?;
    let report = dumper.dump(py, &path).map_err(|error| dump_error(&path, &error))?;
    Ok(DumpResult {
        path,
        n_objects: report.n_objects,
        n_edges: report.n_edges,
        file_size: report.file_size,
        pause_seconds: report.pause_seconds,
        warnings: report.warnings,
    })
}

/// What a dump did.
#[pyclass(frozen, get_all, module = "heapview")]
pub struct DumpResult {
    path: PathBuf,
    n_objects: u64,
    n_edges: u64,
    /// Bytes of the snapshot file.
    file_size: u64,
    /// Seconds the process stood still.
    pause_seconds: f64,
    /// What could not be seen or named, one sentence each.
    warnings: Vec<String>,
}

#[pymethods]
impl DumpResult {
    fn __repr__(&self) -> String {
        format!(
            "<heapview snapshot {}: {} objects, {} references, {} in {:.2} s>",
            self.path.display(),
            self.n_objects,
            self.n_edges,
            heapview_render::size(self.file_size),
            self.pause_seconds
        )
    }
}
