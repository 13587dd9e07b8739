//! Callbacks of `sys.monitoring` (3.12+), which the interpreter keeps in a table: a row for each tool, a column for
//! each event. <https://github.com/python/cpython/blob/3.12/Include/internal/pycore_interp.h>

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Facts;
use super::interpreter::part;
use super::interpreters::Interpreter;
use super::layout::InterpreterLayout;
use super::raw::Raw;
use crate::probe::Probe;

/// Six for Python code, two for `sys.setprofile` and `sys.settrace`.
const N_TOOLS: isize = 8;
const WORD: isize = 8;
/// How far from its place the table is looked for: as that of interned strings, it lies behind the allocator's state.
const REACH: isize = 1024;

/// Where the table is, and what the events are called.
#[derive(Clone, Debug)]
pub(crate) struct Monitoring {
    offset: isize,
    n_events: isize,
    names: Vec<(isize, String)>,
}

/// Callbacks with a name for each: `sys.monitoring tool 3 PY_START`.
pub(crate) fn callbacks(facts: &Facts, of: Interpreter) -> Vec<(String, Raw)> {
    let Some(table) = &facts.monitoring else { return Vec::new() };
    let mut found = Vec::new();
    for (tool, event) in (0..N_TOOLS).flat_map(|tool| (0..table.n_events).map(move |event| (tool, event))) {
        let place = of.part(table.offset + (tool * table.n_events + event) * WORD);
        if let Some(callback) = place.and_then(|place| place.pointer(0)) {
            let name = table.names.iter().find(|(known, _)| *known == event);
            let name = name.map_or_else(|| format!("event {event}"), |(_, name)| name.clone());
            found.push((format!("sys.monitoring tool {tool} {name}"), callback));
        }
    }
    found
}

/// Looks for the table: registers a callback of our own with a tool that nobody uses and finds it there. No event is
/// switched on, so it is never called.
pub(super) fn find(py: Python<'_>, layout: &InterpreterLayout) -> PyResult<Option<Monitoring>> {
    let Some((expected, n_events)) = layout.monitoring else { return Ok(None) };
    let monitoring = py.import("sys")?.getattr("monitoring")?;
    let Some(tool) = free_tool(&monitoring)? else { return Ok(None) };
    let names = names(&monitoring)?;
    let Some((event, _)) = names.first() else { return Ok(None) };
    let probe = py.eval(c"lambda *arguments: None", Some(&PyDict::new(py)), None)?;
    let register = monitoring.getattr("register_callback")?;
    let before = register.call1((tool, 1u32 << event, &probe))?;
    let row_and_column = (tool * n_events + event) * WORD;
    let places = (0..=REACH).step_by(WORD as usize).flat_map(|far| [expected + far, expected - far]);
    // The place may lie behind the end of the state.
    let memory = Probe::new();
    let word = |offset| memory.as_ref()?.word(part(offset)?.address());
    let offset =
        places.into_iter().find(|offset| word(offset + row_and_column) == Some(probe.as_ptr() as usize));
    register.call1((tool, 1u32 << event, before))?;
    Ok(offset.map(|offset| Monitoring { offset, n_events, names }))
}

/// A tool without a name: the last, which the documentation gives to nobody.
fn free_tool(monitoring: &Bound<'_, PyAny>) -> PyResult<Option<isize>> {
    const OF_PYTHON: [isize; 6] = [4, 3, 1, 2, 5, 0];
    for tool in OF_PYTHON {
        if monitoring.call_method1("get_tool", (tool,))?.is_none() {
            return Ok(Some(tool));
        }
    }
    Ok(None)
}

/// Positions and names of the events.
fn names(monitoring: &Bound<'_, PyAny>) -> PyResult<Vec<(isize, String)>> {
    let events = monitoring.getattr("events")?;
    let mut names = Vec::new();
    for name in events.dir()? {
        let name: String = name.extract()?;
        if let Ok(bits) = events.getattr(&*name)?.extract::<u32>()
            && bits.is_power_of_two()
        {
            names.push((bits.trailing_zeros() as isize, name));
        }
    }
    names.sort_unstable();
    Ok(names)
}
