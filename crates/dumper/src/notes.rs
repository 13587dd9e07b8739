//! What code does with what it reads under names, as far as it is found out.

use heapview_snapshot::{NameKind, Uses};
use rustc_hash::FxHashMap;

use crate::value::{Key, Kind, Value};

/// What changes a container.
pub(crate) const CHANGING: Uses = Uses::ADD.with(Uses::STORE).with(Uses::TAKE).with(Uses::DROP);
/// Local variables that stand for local variables are followed so often.
const DEEPEST: usize = 4;

#[derive(Default)]
pub(crate) struct Notes {
    uses: FxHashMap<Key, Uses>,
    /// Names, and local variables that stand for what was read under them.
    aliases: Vec<(Key, usize)>,
    /// The same of elements.
    elements: Vec<(Key, usize)>,
    catches: bool,
}

impl Notes {
    pub(crate) fn note(&mut self, value: Value, more: Uses) {
        if let Value::Of(key) = value {
            let uses = self.uses.entry(key).or_default();
            *uses = uses.with(more);
        }
    }

    /// The value goes where it is not followed.
    pub(crate) fn escape(&mut self, value: Value) {
        match value {
            Value::Of(_) => self.note(value, Uses::ESCAPE),
            Value::Method(_, number) => {
                let attribute = Key { kind: Kind::Named(NameKind::Attribute), number };
                self.note(Value::Of(attribute), Uses::ESCAPE);
            }
            Value::Other | Value::Callee(_) | Value::Element(_) | Value::Gotten(_) | Value::Slice => {}
        }
    }

    /// `None` will not do.
    pub(crate) fn demand(&mut self, value: Value) {
        if let Value::Gotten(key) = value {
            self.note(Value::Of(key), Uses::ESCAPE);
        }
    }

    /// What an element is changed by.
    pub(crate) fn mutate(&mut self, value: Value) {
        if let Value::Element(key) | Value::Gotten(key) = value {
            self.note(Value::Of(key), Uses::MUTATE);
        }
    }

    /// The local variable stands for the value from now on.
    pub(crate) fn keep(&mut self, value: Value, local: usize) {
        match value {
            Value::Of(key) => self.aliases.push((key, local)),
            Value::Element(key) | Value::Gotten(key) => self.elements.push((key, local)),
            other => self.escape(other),
        }
    }

    /// The code has a handler for a missing element.
    pub(crate) fn catch(&mut self) {
        self.catches = true;
    }

    /// All uses, those of local variables under the names that they stand for.
    pub(crate) fn uses(mut self) -> FxHashMap<Key, Uses> {
        for (key, local) in &self.elements {
            let of_local = self.uses.get(&Key { kind: Kind::Local, number: *local });
            if of_local.is_some_and(|uses| uses.has(CHANGING.with(Uses::MUTATE).with(Uses::METHOD))) {
                let uses = self.uses.entry(*key).or_default();
                *uses = uses.with(Uses::MUTATE);
            }
        }
        for _ in 0..DEEPEST {
            for (key, local) in &self.aliases {
                let of_local = self.uses.get(&Key { kind: Kind::Local, number: *local }).copied();
                let uses = self.uses.entry(*key).or_default();
                *uses = uses.with(of_local.unwrap_or_default());
            }
        }
        for uses in self.uses.values_mut() {
            if uses.is_only(Uses::default()) {
                *uses = Uses::ESCAPE;
            }
            if self.catches {
                *uses = uses.with(Uses::CATCHES);
            }
        }
        self.uses
    }
}
