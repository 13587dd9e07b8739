//! `heapdump()`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use heapview_dumper::{Adapter, Child, DumpError, DumpOptions, DumpReport, Dumper, PreviewLength};
use pyo3::exceptions::{PyTimeoutError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::error::dump_error;
use crate::path::path_given;
use crate::shown::Shown;

/// The dumper, or why there is none: the rest of the library works all the same.
static DUMPER: PyOnceLock<Result<Dumper, PyErr>> = PyOnceLock::new();

/// The registry: type name to its two functions. It belongs to `heapview._registry`.
static ADAPTERS: PyOnceLock<Py<PyDict>> = PyOnceLock::new();

/// Take the adapters of all dumps from this dict, now and later.
#[pyfunction]
#[pyo3(name = "_use_adapters", signature = (adapters, /))]
pub(crate) fn use_adapters(adapters: Bound<'_, PyDict>) {
    let _ = ADAPTERS.set(adapters.py(), adapters.unbind());
}

fn adapters(py: Python<'_>) -> PyResult<Vec<Adapter<'_>>> {
    let Some(registry) = ADAPTERS.get(py) else { return Ok(Vec::new()) };
    let rows = registry.bind(py).iter().map(|(type_name, functions)| {
        let (buffers, references) = functions.extract()?;
        Ok(Adapter { type_name: type_name.extract()?, buffers, references })
    });
    rows.collect()
}

/// Learns the interpreter's layouts, once, when the module is imported.
pub(crate) fn prepare(py: Python<'_>) {
    DUMPER.get_or_init(py, || Dumper::new(py));
}

/// Write every object and reference of this interpreter to a snapshot file.
///
/// Nothing is imported and the heap is not changed. No code of yours runs meanwhile, but for adapters that you
/// registered: they are asked before the walk begins. The file gets mode 0600
/// and stands under its name only when it is whole. What dumps into the same folder have left that were killed is
/// removed.
///
/// In a `str` a leading `~/` is the home folder; links are followed. A snapshot or an empty file that has the name is
/// replaced, any other file only with `overwrite`. What is no regular file, and what the kernel keeps under `/proc`,
/// `/sys` and `/dev`, is refused.
///
/// `previews` says how much of values is written: "none", "short" (64 characters) or "full" (4,096); names that stand in
/// code always are. With `redact` texts are replaced by a hash with a secret salt, the same for equal texts; floats, and
/// numbers of more than four digits, are left out. With either no command line is written: see the table in the README.
/// `compress` makes the file two to four times smaller. With `fork` a child process writes the
/// snapshot while this one goes on; the handle returned waits for it. Nobody needs to: the child keeps nothing open
/// that is this process's, is not among its children for `os.wait()` and SIGCHLD, and leaves no zombie.
#[pyfunction]
#[pyo3(signature = (path, /, *, previews = "short", redact = false, compress = false, fork = false, overwrite = false))]
#[expect(clippy::fn_params_excessive_bools, reason = "they are keywords of Python")]
pub(crate) fn heapdump<'py>(
    py: Python<'py>,
    path: &Bound<'py, PyAny>,
    previews: &str,
    redact: bool,
    compress: bool,
    fork: bool,
    overwrite: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let dumper = DUMPER.get_or_init(py, || Dumper::new(py)).as_ref().map_err(|error| error.clone_ref(py))?;
    let previews = PreviewLength::from_name(previews).ok_or_else(|| {
        PyValueError::new_err(format!("previews: expected 'none', 'short' or 'full', found '{previews}'"))
    })?;
    let options = DumpOptions { previews, redact, compress, overwrite };
    let path = path_given(path)?;
    if fork {
        // The file's name means the same to the child, whatever becomes of the working directory.
        let path = std::path::absolute(&path).unwrap_or(path);
        let child = dumper
            .dump_in_child(py, &path, adapters(py)?, options)
            .map_err(|error| dump_error(&path, error))?;
        let (pid, pause_seconds) = (child.pid(), child.pause_seconds());
        let handle = DumpHandle { path, pid, pause_seconds, child };
        return Ok(Bound::new(py, handle)?.into_any());
    }
    let report = dumper.dump(py, &path, adapters(py)?, options).map_err(|error| dump_error(&path, error))?;
    Ok(Bound::new(py, DumpResult::new(path, report))?.into_any())
}

/// A dump at work in a child process.
#[pyclass(frozen, module = "heapview")]
pub struct DumpHandle {
    #[pyo3(get)]
    path: PathBuf,
    /// The child process.
    #[pyo3(get)]
    pid: u32,
    /// Seconds that the call took; since then the child has been at work.
    #[pyo3(get)]
    pause_seconds: f64,
    child: Child,
}

#[pymethods]
impl DumpHandle {
    /// Whether the child has ended, well or not.
    fn done(&self, py: Python<'_>) -> bool {
        self.poll(py, Duration::ZERO).is_some()
    }

    /// Wait for the snapshot to stand under its name, at most `timeout` seconds; what went wrong in the child is
    /// raised here.
    #[pyo3(signature = (timeout = None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<DumpResult> {
        /// How often a signal such as Ctrl-C is looked for.
        const SLICE: Duration = Duration::from_millis(50);
        let start = Instant::now();
        loop {
            if let Some(outcome) = self.poll(py, SLICE) {
                let report = outcome.map_err(|error| dump_error(&self.path, error))?;
                return Ok(DumpResult::new(self.path.clone(), report));
            }
            py.check_signals()?;
            if timeout.is_some_and(|timeout| start.elapsed().as_secs_f64() >= timeout) {
                let text = format!("{}: still being written", self.path.display());
                return Err(PyTimeoutError::new_err(Shown::line(text).into_text()));
            }
        }
    }

    fn __repr__(&self, py: Python<'_>) -> Shown {
        let state = if self.done(py) { "done" } else { "at work" };
        Shown::line(format!("<heapview dump of {} by process {}: {state}>", self.path.display(), self.pid))
    }
}

impl DumpHandle {
    fn poll(&self, py: Python<'_>, timeout: Duration) -> Option<Result<DumpReport, DumpError>> {
        py.detach(|| self.child.wait(timeout))
    }
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

impl DumpResult {
    fn new(path: PathBuf, report: DumpReport) -> Self {
        Self {
            path,
            n_objects: report.n_objects,
            n_edges: report.n_edges,
            file_size: report.file_size,
            pause_seconds: report.pause_seconds,
            warnings: report.warnings,
        }
    }
}

#[pymethods]
impl DumpResult {
    fn __repr__(&self) -> Shown {
        Shown::line(format!(
            "<heapview snapshot {}: {} objects, {} references, {} in {:.2} s>",
            self.path.display(),
            self.n_objects,
            self.n_edges,
            heapview_render::size(self.file_size),
            self.pause_seconds
        ))
    }
}
