//! The one door out of the GIL: the long engine call runs detached, and Ctrl-C stops it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use heapview_analysis::{AnalysisError, Heap, Progress};
use pyo3::prelude::*;

use crate::error::{HeapviewError, analysis_error};

/// Opens a heap without the GIL; a signal whose handler raises, such as Ctrl-C, cancels it.
pub fn open(py: Python<'_>, path: &Path) -> PyResult<Heap> {
    let signals = Signals::default();
    let opened = py.detach(|| Heap::open(path, &signals));
    let raised = signals.raised.into_inner().unwrap_or_else(PoisonError::into_inner);
    match (opened, raised) {
        (_, Some(raised)) => Err(raised),
        (Ok(heap), None) => Ok(heap),
        (Err(error), None) => Err(analysis_error(path, &error)),
    }
}

/// Asks an open heap without the GIL; a signal whose handler raises, such as Ctrl-C, cancels it.
pub fn run<T: Send>(
    py: Python<'_>,
    ask: impl FnOnce(&dyn Progress) -> Result<T, AnalysisError> + Send,
) -> PyResult<T> {
    let signals = Signals::default();
    let answer = py.detach(|| ask(&signals));
    let raised = signals.raised.into_inner().unwrap_or_else(PoisonError::into_inner);
    match (answer, raised) {
        (_, Some(raised)) => Err(raised),
        (answer, None) => answer.map_err(|error| HeapviewError::new_err(error.to_string())),
    }
}

/// Lets Python run its signal handlers now and then; what one raises ends the work.
#[derive(Default)]
struct Signals {
    raised: Mutex<Option<PyErr>>,
}

impl Progress for Signals {
    fn advance(&self, _name: &str, _done: u64, _total: u64) {}

    fn cancelled(&self) -> bool {
        let Err(error) = Python::attach(|py: Python<'_>| -> PyResult<()> { py.check_signals() }) else {
            return false;
        };
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        true
    }
}
