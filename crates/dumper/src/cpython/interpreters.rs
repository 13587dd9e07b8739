//! The interpreters of this process: the running one, those that share its GIL, and those that run at the same time.
//!
//! An interpreter with a GIL of its own may go away while it is looked at, so what links interpreters is read where it
//! is there. One that shares the GIL stands still, and its heap is laid out as the running one's.

use pyo3::ffi;
use pyo3::prelude::*;

use super::Facts;
use super::gc_list::Enumeration;
use super::layout::OtherInterpreters;
use super::raw::Raw;
use crate::probe::Probe;

/// No process has more.
const MAX_COUNT: usize = 1 << 16;

/// An interpreter that stands still while the GIL is held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interpreter {
    state: Raw,
    /// As Python numbers it; `None` for the running one.
    other: Option<i64>,
}

impl Interpreter {
    /// The one that runs this.
    pub(crate) fn running() -> Option<Self> {
        // SAFETY: the GIL is held, so there is an interpreter, which outlives the dump.
        let state = unsafe { Raw::new(ffi::PyInterpreterState_Get() as usize) }?;
        Some(Self { state, other: None })
    }

    /// Its number, if it is not the running one.
    pub(crate) fn other(self) -> Option<i64> {
        self.other
    }

    /// The place `offset` bytes into the interpreter's state.
    pub(super) fn part(self, offset: isize) -> Option<Raw> {
        // SAFETY: a part of a state that stays while the GIL is held.
        unsafe { Raw::new(self.state.address().wrapping_add_signed(offset)) }
    }

    pub(super) fn as_ptr(self) -> *mut ffi::PyInterpreterState {
        self.state.as_ptr().cast()
    }
}

/// What there is besides the running interpreter.
#[derive(Clone, Default, Debug)]
pub(crate) struct Others {
    /// Those that share the GIL.
    pub sharing: Vec<Interpreter>,
    /// How many do not; `None` if there are others and how many is not known.
    pub n_apart: Option<usize>,
}

impl Others {
    /// What of them is not in a snapshot, one sentence each.
    pub(crate) fn warnings(&self, facts: &Facts) -> Vec<String> {
        let mut warnings = Vec::new();
        match self.n_apart {
            Some(0) => {}
            Some(1) => warnings.push(
                "1 other interpreter has a GIL of its own: its objects are not here, and count as native memory"
                    .to_owned(),
            ),
            Some(n) => warnings.push(format!(
                "{n} other interpreters have GILs of their own: their objects are not here, and count as native memory"
            )),
            None => warnings.push(
                "there are other interpreters: their objects are not here, and count as native memory".to_owned(),
            ),
        }
        let n_sharing = self.sharing.len();
        if n_sharing > 0 && facts.enumeration != Enumeration::Lists {
            let s = if n_sharing == 1 { "" } else { "s" };
            warnings.push(format!(
                "{n_sharing} other interpreter{s}: only what modules and threads reach is here"
            ));
        }
        warnings
    }
}

/// The interpreters besides the running one.
pub(crate) fn other_interpreters(facts: &Facts) -> Others {
    if is_alone(facts) {
        return Others { sharing: Vec::new(), n_apart: Some(0) };
    }
    let layout = facts.layout.interpreter.others.filter(|_| facts.others);
    layout.and_then(|layout| find(facts, layout)).unwrap_or_default()
}

fn is_alone(facts: &Facts) -> bool {
    let (Some(head), Some(next)) = (facts.symbols.interpreter_head, facts.symbols.interpreter_next) else {
        return true;
    };
    // SAFETY: the running interpreter stays; what follows it is not looked at.
    unsafe {
        let running = ffi::PyInterpreterState_Get();
        head() == running && next(running).is_null()
    }
}

fn find(facts: &Facts, layout: OtherInterpreters) -> Option<Others> {
    let running = Interpreter::running()?;
    let probe = Probe::new()?;
    let word = |state: usize, offset: isize| probe.word(state.wrapping_add_signed(offset));
    let gil = match layout.gil {
        Some(offset) => Some((offset, word(running.state.address(), offset).filter(|gil| *gil != 0)?)),
        None => None,
    };
    let (mut sharing, mut n_apart, mut is_running_there) = (Vec::new(), 0, false);
    // SAFETY: gives a pointer, which may be out of date as soon as it is given.
    let mut at = unsafe { facts.symbols.interpreter_head?() } as usize;
    for _ in 0..MAX_COUNT {
        if at == 0 {
            return is_running_there.then_some(Others { sharing, n_apart: Some(n_apart) });
        }
        if at == running.state.address() {
            is_running_there = true;
        } else if gil.is_none_or(|(offset, ours)| word(at, offset) == Some(ours)) {
            // SAFETY: an interpreter with our GIL goes away only with it.
            let state = unsafe { Raw::new(at) }?;
            sharing.push(Interpreter { state, other: Some(word(at, layout.id)? as i64) });
        } else {
            n_apart += 1;
        }
        at = word(at, layout.next)?;
    }
    None
}

/// Compares the layout with what CPython says of the running interpreter: its number, and that it has the GIL.
pub(super) fn check(_py: Python<'_>, layout: OtherInterpreters) -> bool {
    /// In the GIL: the thread that had it last, and whether one has it.
    const HOLDER: isize = 8;
    const IS_LOCKED: isize = 16;
    let Some(running) = Interpreter::running() else { return false };
    // SAFETY: the running interpreter, and the running thread.
    let (id, thread) =
        unsafe { (ffi::PyInterpreterState_GetID(running.as_ptr()), ffi::PyThreadState_Get() as usize) };
    let has_gil = layout.gil.is_none_or(|offset| {
        let gil = running.part(offset).map_or(0, |place| place.read::<usize>(0));
        let word = |probe: &Probe, offset: isize| probe.word(gil.wrapping_add_signed(offset));
        Probe::new().is_some_and(|probe| {
            let is_locked = word(&probe, IS_LOCKED).is_some_and(|bits| bits as u32 == 1);
            gil != 0 && is_locked && word(&probe, HOLDER) == Some(thread)
        })
    });
    running.part(layout.id).is_some_and(|place| place.read::<i64>(0) == id) && has_gil
}
