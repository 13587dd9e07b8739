//! The cyclic collector: its counters, read from the interpreter state, and its pauses.
//!
//! Calling `gc.get_count()` and `gc.get_stats()` instead would make containers: before 3.12 that may start a
//! collection, which runs code of the user's, and what was freed would stay in CPython's free lists.

use heapview_snapshot::{Collector, Generation};
use pyo3::prelude::*;

use super::Facts;
use super::interpreter::part;
use super::layout::InterpreterLayout;

const N_GENERATIONS: isize = 3;

// From the first generation; the same in 3.9 to 3.15:
// https://github.com/python/cpython/blob/3.12/Include/internal/pycore_gc.h
const SIZE_OF_GENERATION: isize = 24;
const THRESHOLD: isize = 16;
const COUNT: isize = 20;
// `debug` follows `enabled`.
const DEBUG: isize = 4;
const SIZE_OF_STATS: isize = 24;

/// What the collector counts right now.
pub(crate) fn collector(layout: &InterpreterLayout) -> Option<Collector> {
    let generations = part(layout.generations)?;
    let numbers = |offset: isize| {
        (0..N_GENERATIONS)
            .map(|generation| generations.read::<i32>(generation * SIZE_OF_GENERATION + offset))
            .map(|number| u64::try_from(number).ok())
            .collect::<Option<Vec<u64>>>()
    };
    let stats = |generation: isize| {
        let place = part(layout.collections? + generation * SIZE_OF_STATS)?;
        let number = |field: isize| u64::try_from(place.read::<i64>(field * 8)).ok();
        Some(Generation { collections: number(0)?, collected: number(1)?, uncollectable: number(2)? })
    };
    Some(Collector {
        is_enabled: part(layout.enabled)?.read::<i32>(0) != 0,
        debug_flags: part(layout.enabled)?.read::<u32>(DEBUG),
        counts: numbers(COUNT)?,
        thresholds: numbers(THRESHOLD)?,
        generations: match layout.collections {
            Some(_) => (0..N_GENERATIONS).map(stats).collect::<Option<_>>()?,
            None => Vec::new(),
        },
    })
}

/// The collector does not run while this lives.
pub(crate) struct PausedCollector<'a> {
    facts: &'a Facts,
    was_enabled: bool,
}

/// Keeps the collector from running, for the few places that make Python objects; `None` if that cannot be had.
pub(crate) fn pause_collector(facts: &Facts) -> Option<PausedCollector<'_>> {
    let was_enabled = match (facts.symbols.gc_disable, facts.symbols.gc_enable) {
        // SAFETY: sets a flag of the interpreter; the GIL is held.
        (Some(disable), Some(_)) => unsafe { disable() != 0 },
        _ => set_enabled(facts, false)?,
    };
    Some(PausedCollector { facts, was_enabled })
}

impl Drop for PausedCollector<'_> {
    fn drop(&mut self) {
        if !self.was_enabled {
            return;
        }
        match self.facts.symbols.gc_enable {
            // SAFETY: as for `pause_collector`.
            Some(enable) => drop(unsafe { enable() }),
            None => drop(set_enabled(self.facts, true)),
        }
    }
}

/// What `PyGC_Enable` and `PyGC_Disable` do, for 3.9, which lacks them; returns what was set before.
fn set_enabled(facts: &Facts, is_enabled: bool) -> Option<bool> {
    let flag = part(facts.layout.interpreter.enabled).filter(|_| facts.collector)?;
    let was_enabled = flag.read::<i32>(0) != 0;
    // SAFETY: an `int` of the interpreter state, where the self-test has found it; the GIL is held.
    unsafe { (flag.address() as *mut i32).write(i32::from(is_enabled)) };
    Some(was_enabled)
}

/// Whether what is read agrees with what `gc` says. For import time.
pub(super) fn is_sound(py: Python<'_>, layout: &InterpreterLayout) -> PyResult<bool> {
    let gc = py.import("gc")?;
    let (Some(before), is_enabled) = (collector(layout), gc.call_method0("isenabled")?.is_truthy()?) else {
        return Ok(false);
    };
    let debug_flags: u32 = gc.call_method0("get_debug")?.extract()?;
    let thresholds: Vec<u64> = gc.call_method0("get_threshold")?.extract()?;
    let mut said = Vec::new();
    for stats in gc.call_method0("get_stats")?.try_iter()? {
        let stats = stats?;
        let number = |name: &str| stats.get_item(name)?.extract::<u64>();
        said.push([number("collections")?, number("collected")?, number("uncollectable")?]);
    }
    // It may have run between the questions.
    let Some(after) = collector(layout) else { return Ok(false) };
    let lies_between = |((before, said), after): ((&Generation, &[u64; 3]), &Generation)| {
        let parts = |stats: &Generation| [stats.collections, stats.collected, stats.uncollectable];
        (0..3).all(|part| parts(before)[part] <= said[part] && said[part] <= parts(after)[part])
    };
    Ok(before.is_enabled == is_enabled
        && before.debug_flags == debug_flags
        && before.thresholds == thresholds
        && (layout.collections.is_none() || said.len() == before.generations.len())
        && before.generations.iter().zip(&said).zip(&after.generations).all(lies_between))
}
