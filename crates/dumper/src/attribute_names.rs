//! Which texts are names of attributes: those are written whatever the options say.

use std::hash::{BuildHasher as _, RandomState};

use heapview_snapshot::AddressSet;
use rustc_hash::FxHashSet;

use crate::cpython::{self, FREE_THREADED, Facts, Raw};

/// The objects that are names, by address.
#[derive(Debug)]
pub(crate) struct AttributeNames {
    addresses: AddressSet,
    /// Free-threaded builds: the world runs between the notes and the walk, and another text may take the place of one
    /// that was noted. So what a name says is noted too.
    contents: FxHashSet<u64>,
    salt: RandomState,
}

impl AttributeNames {
    pub(crate) fn new() -> Self {
        Self { addresses: AddressSet::new(), contents: FxHashSet::default(), salt: RandomState::new() }
    }

    /// Notes that `key` is the name of an attribute, if it could stand in source code: what could not is a value.
    pub(crate) fn note(&mut self, facts: &Facts, key: Raw) {
        if self.addresses.contains(key.address() as u64) || !cpython::is_identifier(facts, key) {
            return;
        }
        self.addresses.insert(key.address() as u64);
        if FREE_THREADED
            && cpython::is_exactly(key, "str")
            && let Some(content) = self.content(facts, key)
            && self.contents.try_reserve(1).is_ok()
        {
            self.contents.insert(content);
        }
    }

    /// Whether `text`, a `str` or `bytes` object, is such a name.
    pub(crate) fn contains(&self, facts: &Facts, text: Raw) -> bool {
        self.addresses.contains(text.address() as u64)
            && (!FREE_THREADED
                || self.content(facts, text).is_some_and(|content| self.contents.contains(&content)))
    }

    fn content(&self, facts: &Facts, text: Raw) -> Option<u64> {
        Some(self.salt.hash_one(cpython::content(facts, text)?))
    }
}
