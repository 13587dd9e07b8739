//! What `tracemalloc` remembers of each block of memory; nothing is imported for it.
//!
//! An answer is made of Python objects, so it may be asked for only when no enumeration runs and the collector is
//! paused. They are given back at once; a handful stay in CPython's free lists.

use std::ffi::c_uint;

use pyo3::ffi;

use super::raw::Raw;
use super::{Clip, Facts, strings, thread_frames};

/// The domain of Python's own allocators.
pub(crate) const PYTHON_DOMAIN: c_uint = 0;
/// Nobody allocates in it, so nothing can be taken out of it.
const NOBODYS_DOMAIN: c_uint = 0x4856_4945;
/// Frames kept of one traceback.
const MAX_FRAMES: isize = 16;

/// Whether allocations are traced right now and their sites can be read.
pub(crate) fn is_tracing(facts: &Facts) -> bool {
    let Some(untrack) = facts.symbols.untrack_memory else { return false };
    // The documented way to ask without making an object: -2 when nothing is traced, else 0.
    // https://docs.python.org/3/c-api/memory.html#c.PyTraceMalloc_Untrack
    // SAFETY: the GIL is held; a domain without blocks stays as it is.
    facts.strings && facts.symbols.traceback.is_some() && unsafe { untrack(NOBODYS_DOMAIN, 0) } == 0
}

/// While this lives, the thread seems to run no Python code.
pub(crate) struct HiddenFrames {
    place: Raw,
    frame: usize,
}

/// Hides our callers from `tracemalloc`, which would look up their lines for every tuple of every answer: on
/// 3.11 to 3.13 that makes a dump ten times slower. `None` where frames cannot be read.
///
/// No Python code and no collection may run meanwhile.
pub(crate) fn hide_frames(facts: &Facts) -> Option<HiddenFrames> {
    // SAFETY: the GIL is held, so there is a thread state.
    let thread = unsafe { Raw::new(ffi::PyThreadState_Get() as usize) }?;
    let offsets = match (&facts.layout.old_frames, &facts.layout.frames) {
        (Some(layout), _) => std::slice::from_ref(&layout.thread_frame),
        (None, layout) => layout.as_ref()?.from_thread,
    };
    let innermost = *thread_frames(facts, thread).first()?;
    // SAFETY: both only read; they return borrowed references.
    let is_current = unsafe {
        match &facts.layout.frames {
            None => ffi::PyEval_GetFrame() as usize == innermost.frame.address(),
            Some(layout) => {
                innermost.frame.read::<usize>(layout.globals) == ffi::PyEval_GetGlobals() as usize
            }
        }
    };
    let (last, before) = offsets.split_last().filter(|_| is_current)?;
    let holder = before.iter().try_fold(thread, |from, offset| from.pointer(*offset))?;
    // SAFETY: the field lies in the thread state, or in the C frame that it names.
    let place = unsafe { Raw::new(holder.address().wrapping_add_signed(*last)) }?;
    let hidden = HiddenFrames { frame: place.read(0), place };
    hidden.put(0);
    Some(hidden)
}

impl HiddenFrames {
    fn put(&self, frame: usize) {
        // SAFETY: the thread's pointer to its current frame, which CPython said lies there; null is what a thread
        // without Python code has. Only this thread writes it.
        unsafe { (self.place.address() as *mut usize).write(frame) };
    }
}

impl Drop for HiddenFrames {
    fn drop(&mut self) {
        self.put(self.frame);
    }
}

/// Calls `frame` with file and line of each frame that was running when the block that starts at `block` was
/// allocated, most recent first; not at all if that was not traced. The collector must be paused.
pub(crate) fn traceback(
    facts: &Facts,
    domain: c_uint,
    block: u64,
    clip: &mut Clip,
    mut frame: impl FnMut(&str, u32),
) {
    let Some(traceback) = facts.symbols.traceback else { return };
    // SAFETY: the GIL is held; any number may be asked for. The answer, a new reference, is `None` or a tuple of
    // tuples (file, line), in 3.9 to 3.15. What is borrowed from it is used before it is given back: in 3.15 the
    // files' names go with it.
    unsafe {
        let answer = traceback(domain, block as usize);
        if answer.is_null() {
            ffi::PyErr_Clear();
            return;
        }
        if ffi::PyTuple_Check(answer) != 0 {
            for place in 0..ffi::PyTuple_Size(answer).min(MAX_FRAMES) {
                let row = ffi::PyTuple_GetItem(answer, place);
                if ffi::PyTuple_Check(row) == 0 || ffi::PyTuple_Size(row) < 2 {
                    break;
                }
                let line = ffi::PyLong_AsLongLong(ffi::PyTuple_GetItem(row, 1));
                let Some(file) = Raw::new(ffi::PyTuple_GetItem(row, 0) as usize) else { break };
                strings::clip(facts, file, usize::MAX, clip);
                frame(&clip.text, u32::try_from(line).unwrap_or(0));
            }
        }
        ffi::Py_DECREF(answer);
    }
}
