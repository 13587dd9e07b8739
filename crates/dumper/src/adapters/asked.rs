//! What adapters answered before the walk: plain numbers, outside the Python heap.

use std::collections::hash_map::Entry;
use std::rc::Rc;

use heapview_snapshot::EdgeKind;
use pyo3::prelude::*;
use rustc_hash::FxHashMap;

use super::{BUFFER_NAMES, Buffer, BufferKind};
use crate::cpython::Raw;

/// What one object holds out of the walk's sight.
#[derive(Clone, Default, Debug)]
pub(crate) struct Found {
    pub buffers: Vec<Buffer>,
    /// Python objects that hold the memory which this one uses.
    pub holders: Vec<Raw>,
    /// Objects that it refers to, each with a position among [`Asked::labels`].
    pub references: Vec<(EdgeKind, usize, Raw)>,
}

/// All answers, and the objects that must live until the walk is over.
#[derive(Debug)]
pub(crate) struct Asked<'py> {
    found: FxHashMap<usize, Rc<Found>>,
    /// References that we hold ourselves, by address.
    held: FxHashMap<usize, u32>,
    /// Names of buffers by [`BufferKind`].
    pub kinds: Vec<String>,
    /// Names of references.
    pub labels: Vec<String>,
    /// What C holds and was asked for, each with its name.
    pub roots: Vec<(String, Raw)>,
    /// What went wrong, one sentence each.
    pub warnings: Vec<String>,
    alive: Vec<Bound<'py, PyAny>>,
}

impl<'py> Asked<'py> {
    /// No answers.
    pub(crate) fn nothing() -> Self {
        Self {
            found: FxHashMap::default(),
            held: FxHashMap::default(),
            kinds: BUFFER_NAMES.map(str::to_owned).to_vec(),
            labels: Vec::new(),
            roots: Vec::new(),
            warnings: Vec::new(),
            alive: Vec::new(),
        }
    }

    /// What adapters said of `object`. O(1).
    pub(crate) fn of(&self, object: Raw) -> Option<Rc<Found>> {
        if self.found.is_empty() { None } else { self.found.get(&object.address()).cloned() }
    }

    /// How many of the references to `object` are ours. O(1).
    pub(crate) fn held(&self, object: Raw) -> u32 {
        if self.held.is_empty() { 0 } else { self.held.get(&object.address()).copied().unwrap_or(0) }
    }

    /// Adds an answer; `object` lives until all answers are dropped.
    pub(crate) fn add(&mut self, object: &Bound<'py, PyAny>, found: Found) {
        if let Some(raw) = raw(object)
            && self.found.try_reserve(1).is_ok()
            && self.hold(object.clone()).is_some()
        {
            match self.found.entry(raw.address()) {
                Entry::Vacant(free) => {
                    free.insert(Rc::new(found));
                }
                Entry::Occupied(mut known) => {
                    let known = Rc::make_mut(known.get_mut());
                    known.buffers.extend(found.buffers);
                    known.holders.extend(found.holders);
                    known.references.extend(found.references);
                }
            }
        }
    }

    /// Keeps an object alive; without memory for that, nothing. The walk takes our reference off its count.
    pub(crate) fn hold(&mut self, object: Bound<'py, PyAny>) -> Option<Raw> {
        let raw = raw(&object)?;
        self.held.try_reserve(1).ok()?;
        self.alive.try_reserve(1).ok()?;
        *self.held.entry(raw.address()).or_insert(0) += 1;
        self.alive.push(object);
        Some(raw)
    }

    /// The kind of buffer called `name`.
    pub(crate) fn kind(&mut self, name: &str) -> BufferKind {
        BufferKind(position(&mut self.kinds, name) as u32)
    }

    /// The position of a reference's name.
    pub(crate) fn label(&mut self, name: &str) -> usize {
        position(&mut self.labels, name)
    }
}

fn raw(object: &Bound<'_, PyAny>) -> Option<Raw> {
    // SAFETY: the object lives as long as `Asked`, which outlives the walk.
    unsafe { Raw::new(object.as_ptr() as usize) }
}

/// Adapters use a handful of names.
fn position(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}
