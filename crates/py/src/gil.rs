//! The one door out of the GIL: a question runs on a thread of its own, and this one looks after signals meanwhile.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use heapview_analysis::{AnalysisError, Cancel, Heap, IndexUse, Progress, ask};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyList};

use crate::error::{analysis_error, heapview_error};
use crate::workers;

/// How often a signal such as Ctrl-C is looked for.
const SLICE: Duration = Duration::from_millis(50);
/// Objects made for Python between two looks at signals, where another thread may run as well.
const BATCH: usize = 1 << 12;

/// Opens a heap without the GIL; a signal whose handler raises, such as Ctrl-C, cancels it.
pub(crate) fn open(py: Python<'_>, path: &Path, index_use: IndexUse) -> PyResult<Heap> {
    let cancel = Cancel::new();
    let listener = Listener(cancel.clone());
    let opened = wait(py, &cancel, {
        let path = path.to_owned();
        move || Heap::open_with(&path, &index_use, &listener)
    })?;
    opened.map_err(|error| analysis_error(path, &error))
}

/// Asks an open heap without the GIL; a signal whose handler raises, such as Ctrl-C, ends the waiting at once. The work
/// then stops as soon as it looks at its token, and leaves nothing behind.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    heap: &Heap,
    question: impl FnOnce(&Heap) -> T + Send + 'static,
) -> PyResult<T> {
    let cancel = Cancel::new();
    let heap = heap.cancelled_by(&cancel);
    wait(py, &cancel, move || ask(|| question(&heap)))?.map_err(|error| question_error(&error))
}

/// Asks an open heap what takes no time: nothing is cancelled, and the GIL is kept.
pub(crate) fn look<T>(question: impl FnOnce() -> T) -> PyResult<T> {
    ask(question).map_err(|error| question_error(&error))
}

/// As [`look`], for what takes a little: the GIL is given up.
pub(crate) fn look_detached<T: Send>(py: Python<'_>, question: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| ask(question)).map_err(|error| question_error(&error))
}

/// A list of many objects. Signals are looked at while it grows, and other threads run.
pub(crate) fn list<'py, T>(
    py: Python<'py>,
    items: impl IntoIterator<Item = T>,
    make: impl Fn(T) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for (made, item) in items.into_iter().enumerate() {
        if made % BATCH == BATCH - 1 {
            py.check_signals()?;
            py.detach(|| ());
        }
        list.append(make(item)?)?;
    }
    Ok(list)
}

fn question_error(error: &AnalysisError) -> PyErr {
    heapview_error([error.to_string()])
}

/// Waits for `work` on another thread, and lets Python run its signal handlers meanwhile. What one raises is returned at
/// once, and `cancel` taken back.
fn wait<T: Send + 'static>(
    py: Python<'_>,
    cancel: &Cancel,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    let (sender, answer) = channel();
    let job = move || {
        // Nobody listens any more when a signal came before.
        let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
    };
    workers::spawn(Box::new(job))?;
    let answer = Mutex::new(answer);
    loop {
        let waited = py.detach(|| {
            let answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
            answer.recv_timeout(SLICE)
        });
        match waited {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(RecvTimeoutError::Timeout) => py.check_signals().inspect_err(|_| cancel.cancel())?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(heapview_error(["a thread broke down: please report it"]));
            }
        }
    }
}

/// Writes a missing index on a thread of its own; the interpreter waits for it before it ends.
pub(crate) fn save_index(py: Python<'_>, heap: Arc<Heap>) -> PyResult<()> {
    if !heap.wants_index() {
        return Ok(());
    }
    // Without it the next opening takes longer; that is all.
    let writing = Mutex::new(Some(thread::spawn(move || ask(|| heap.save_index()).is_ok())));
    let wait = PyCFunction::new_closure(py, None, None, move |arguments, _| {
        let writing = writing.lock().unwrap_or_else(PoisonError::into_inner).take();
        arguments.py().detach(|| writing.is_none_or(|writing| writing.join().unwrap_or(false)))
    })?;
    py.import("atexit")?.call_method1("register", (wait,))?;
    Ok(())
}

/// Whose token ends an opening.
struct Listener(Cancel);

impl Progress for Listener {
    fn advance(&self, _name: &str, _done: u64, _total: u64) {}

    fn cancel(&self) -> Cancel {
        self.0.clone()
    }
}
