//! The interpreter's table of interned strings, whose references count for nothing: strings leave it when they die.
//! <https://github.com/python/cpython/blob/3.14/Objects/unicodeobject.c>

use pyo3::ffi;

use super::interpreter::part;
use super::layout::InterpreterLayout;
use super::object::HEAD;
use super::raw::Raw;
use super::{Facts, containers, is_exactly};
use crate::probe::Probe;

/// How far from its place the table is looked for. What lies before it, the allocator's state among it, changes its
/// length with patch releases.
const REACH: isize = 1024;
const WORD: isize = 8;

/// The table, where the self-test has found it.
pub(crate) fn interned_strings(facts: &Facts) -> Option<Raw> {
    let dict = facts.interned.filter(|_| facts.interpreter)?;
    // SAFETY: the self-test found a dict there, which lives as long as the interpreter.
    unsafe { Raw::new(dict) }
}

/// The address of the table: a dict in which each key is its own value. For import time.
pub(super) fn find_interned(layout: &InterpreterLayout) -> Option<usize> {
    let expected = part(layout.interned?)?.address() as isize;
    let probe = Probe::new()?;
    let nearby = (0..=REACH).step_by(WORD as usize).flat_map(|far| [expected + far, expected - far]);
    nearby.into_iter().find_map(|place| {
        let dict = probe.word(place as usize)? as isize;
        let is_dict = dict % WORD == 0
            && probe.word((dict + HEAD - WORD) as usize)? == &raw const ffi::PyDict_Type as usize;
        // SAFETY: what has a dict's type and is held by the interpreter state is a dict that lives as long.
        let dict = if is_dict { unsafe { Raw::new(dict as usize) } } else { None };
        dict.filter(|dict| is_table(*dict)).map(Raw::address)
    })
}

fn is_table(dict: Raw) -> bool {
    let (mut n_items, mut is_table) = (0u64, true);
    containers::dict_items(dict, |key, value| {
        n_items += 1;
        is_table &= key == value && is_exactly(key, "str");
    });
    is_table && n_items > 0
}
