//! The stack of code that is read and not run: each value with the sources that it was made of, as taint analysis has
//! them. A source is an argument of the code, or a container whose elements were asked for.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::value::{Key, MAX_MOVED, Value};

/// A set of sources, one bit each.
pub(crate) type Sources = u128;
/// Arguments come first; those after these are one.
const MAX_ARGUMENTS: usize = 48;
/// Names come behind them; those after these are one.
const MAX_NAMED: usize = 80;

#[derive(Default)]
pub(crate) struct Stack {
    values: Vec<(Value, Sources)>,
    /// Of all that this instruction has taken.
    taken: Sources,
    /// Of what was forgotten and may still be taken.
    forgotten: Sources,
    of_locals: FxHashMap<usize, Sources>,
    named: Vec<Key>,
    /// Local variables that functions inside share.
    cells: FxHashSet<usize>,
}

impl Stack {
    /// Another instruction begins.
    pub(crate) fn begin(&mut self) {
        self.taken = 0;
    }

    /// A statement has ended if nothing is left: what was forgotten before is nobody's any more.
    pub(crate) fn end(&mut self) {
        if self.values.is_empty() {
            self.forgotten = 0;
        }
    }

    /// What it gives is made of all that the instruction has taken.
    pub(crate) fn push(&mut self, value: Value) {
        self.values.push((value, self.taken));
    }

    /// Below what is known lie values of which nothing is known.
    pub(crate) fn pop(&mut self) -> Value {
        let (value, sources) = self.values.pop().unwrap_or((Value::Other, self.forgotten));
        self.taken |= sources;
        value
    }

    /// As [`Self::pop`], with the sources of this value alone.
    pub(crate) fn pop_with_sources(&mut self) -> (Value, Sources) {
        let before = std::mem::take(&mut self.taken);
        let value = self.pop();
        let sources = self.taken;
        self.taken |= before;
        (value, sources)
    }

    /// The value is taken, and what the instruction gives is not made of it.
    pub(crate) fn pop_apart(&mut self) -> Value {
        let before = self.taken;
        let value = self.pop();
        self.taken = before;
        value
    }

    /// A value that will not be found any more.
    pub(crate) fn forget(&mut self) -> Option<Value> {
        let (value, sources) = self.values.pop()?;
        self.forgotten |= sources;
        Some(value)
    }

    /// The local variable is what was taken.
    pub(crate) fn store(&mut self, local: usize) {
        if self.values.is_empty() {
            // Another branch may have left something else for it.
            self.taken |= self.forgotten;
        }
        *self.of_locals.entry(local).or_default() |= self.taken;
    }

    /// The local variable is read: what code never sets is an argument.
    pub(crate) fn load(&mut self, local: usize) {
        self.taken = self.of_locals.get(&local).copied().unwrap_or_else(|| of_argument(local));
    }

    /// The local variable is shared from now on.
    pub(crate) fn share(&mut self, local: usize) {
        self.cells.insert(local);
    }

    /// As [`Self::load`], of a variable that functions share.
    pub(crate) fn load_shared(&mut self, local: usize) {
        if self.cells.contains(&local) {
            self.load(local);
        }
    }

    /// What is given is made of what has the name.
    pub(crate) fn ask(&mut self, name: Key) {
        self.taken |= self.of_name(name);
    }

    /// The name as a source.
    pub(crate) fn of_name(&mut self, name: Key) -> Sources {
        let known = self.named.iter().position(|known| *known == name);
        let number = known.unwrap_or_else(|| {
            self.named.push(name);
            self.named.len() - 1
        });
        1 << (MAX_ARGUMENTS + number.min(MAX_NAMED - 1))
    }

    /// The values on top, the last one last.
    pub(crate) fn last(&self, n_values: usize) -> impl Iterator<Item = Value> + '_ {
        let start = self.values.len().saturating_sub(n_values);
        self.values[start..].iter().map(|(value, _)| *value)
    }

    pub(crate) fn copy(&mut self, nth: usize) {
        let at = self.values.len().checked_sub(nth);
        let found = at.and_then(|at| self.values.get(at)).copied();
        self.values.push(found.unwrap_or((Value::Other, self.forgotten)));
    }

    pub(crate) fn swap(&mut self, nth: usize) {
        let nth = nth.min(MAX_MOVED);
        while self.values.len() < nth.max(1) {
            self.values.insert(0, (Value::Other, self.forgotten));
        }
        let last = self.values.len() - 1;
        self.values.swap(last, last + 1 - nth.max(1));
    }
}

/// An argument as a source.
pub(crate) fn of_argument(local: usize) -> Sources {
    1 << local.min(MAX_ARGUMENTS - 1)
}

/// The arguments among sources.
pub(crate) fn arguments(sources: Sources) -> Sources {
    sources & ((1 << MAX_ARGUMENTS) - 1)
}
