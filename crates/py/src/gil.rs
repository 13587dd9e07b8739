//! The one door out of the GIL: the long engine call runs detached, and Ctrl-C stops it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use heapview_analysis::{AnalysisError, Heap, IndexUse, Progress};
use pyo3::prelude::*;
use pyo3::types::PyCFunction;

use crate::error::{analysis_error, heapview_error};

/// Opens a heap without the GIL; a signal whose handler raises, such as Ctrl-C, cancels it.
pub fn open(py: Python<'_>, path: &Path, index_use: &IndexUse) -> PyResult<Heap> {
    let signals = Signals::default();
    let opened = py.detach(|| Heap::open_with(path, index_use, &signals));
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
        (answer, None) => answer.map_err(|error| heapview_error([error.to_string()])),
    }
}

/// Writes a missing index on a thread of its own; the interpreter waits for it before it ends.
pub fn save_index(py: Python<'_>, heap: Arc<Heap>) -> PyResult<()> {
    if !heap.wants_index() {
        return Ok(());
    }
    // Without it the next opening takes longer; that is all.
    let writing = Mutex::new(Some(thread::spawn(move || heap.save_index().is_ok())));
    let wait = PyCFunction::new_closure(py, None, None, move |arguments, _| {
        let writing = writing.lock().unwrap_or_else(PoisonError::into_inner).take();
        arguments.py().detach(|| writing.is_none_or(|writing| writing.join().unwrap_or(false)))
    })?;
    py.import("atexit")?.call_method1("register", (wait,))?;
    Ok(())
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
