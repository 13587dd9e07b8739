//! What code does with what it reads under names, as far as it is found out.

use heapview_snapshot::{NameKind, Uses};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::stack::{Sources, arguments, of_argument};
use crate::value::{Key, Kind, Value};

/// Local variables that stand for local variables are followed so often.
const MAX_DEPTH: usize = 4;

/// What code does whatever names it reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Habit {
    /// It asks for attributes by patterns of classes.
    Matches,
    /// It asks for attributes by names that it makes or is given.
    AsksForAny,
    /// It does something also when it ends in the middle.
    Handles,
}

/// `X[key] = value`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    pub container: Key,
    /// The container's elements as a source.
    pub own: Sources,
    pub of_key: Sources,
    pub of_value: Sources,
}

#[derive(Default)]
pub(crate) struct Notes {
    uses: FxHashMap<Key, Uses>,
    /// Names, and local variables that stand for what was read under them.
    aliases: Vec<(Key, usize)>,
    /// The same of elements.
    elements: Vec<(Key, usize)>,
    /// Attributes, and what they were read of.
    fields: Vec<(Key, Key)>,
    catches: bool,
    /// Names on whose number of elements a condition rests that has not been decided.
    condition: Vec<Key>,
    /// The instruction before was a jump.
    jumped: bool,
    /// Local variables that are such a number.
    lengths: FxHashMap<usize, Key>,
    pub habits: FxHashSet<Habit>,
    /// Numbers of the names of modules that it imports.
    pub imports: Vec<usize>,
    /// Names of what it gives the length of.
    pub given: FxHashSet<Key>,
    pub stores: Vec<Store>,
    /// Global names that the code gives something else, as sources, and what it returns is made of.
    pub rebound: Sources,
    pub returned: Sources,
    /// What is called for what it does, and not for what it gives.
    pub commands: FxHashSet<Key>,
    /// Local variables that loops set.
    looped: FxHashSet<usize>,
    /// Local variables that it sets: the others are arguments.
    stored: FxHashSet<usize>,
}

impl Notes {
    pub(crate) fn note(&mut self, value: Value, more: Uses) {
        let key = match value {
            Value::Of(key) => Some(key),
            Value::Element(of) | Value::Gotten(of) => element(of),
            _ => None,
        };
        if let Some(key) = key {
            let uses = self.uses.entry(key).or_default();
            *uses = uses.with(more);
        }
    }

    /// The value goes where it is not followed.
    pub(crate) fn escape(&mut self, value: Value) {
        match value {
            Value::Of(_) | Value::Element(_) | Value::Gotten(_) => self.note(value, Uses::ESCAPE),
            Value::Method(_, number) => {
                let attribute = Key { kind: Kind::Named(NameKind::Attribute), number };
                self.note(Value::Of(attribute), Uses::ESCAPE);
            }
            _ => {}
        }
    }

    /// `None` will not do, and neither will another number.
    pub(crate) fn demand(&mut self, value: Value) {
        match value {
            Value::Gotten(key) => self.note(Value::Of(key), Uses::ESCAPE),
            Value::Length(key) => self.condition.push(key),
            _ => {}
        }
    }

    /// What happens rests on whether it is empty.
    pub(crate) fn count(&mut self, value: Value) {
        match value {
            Value::Of(_) | Value::Element(_) | Value::Gotten(_) => self.note(value, Uses::COUNT),
            Value::Length(key) => self.condition.push(key),
            _ => {}
        }
    }

    /// The value is given back.
    pub(crate) fn give(&mut self, value: Value) {
        if let Value::Length(key) | Value::LengthText(key) = value {
            self.given.insert(key);
        }
    }

    pub(crate) fn has(&mut self, habit: Habit) {
        self.habits.insert(habit);
    }

    pub(crate) fn import(&mut self, number: usize) {
        self.imports.push(number);
    }

    /// Whether the local variable is an argument, as far as the code tells.
    pub(crate) fn is_argument(&self, local: usize) -> bool {
        !self.stored.contains(&local)
    }

    /// Whether what it returns is made of something that it changes.
    pub(crate) fn returns_rebound(&self) -> bool {
        self.returned & self.rebound != 0
    }

    /// Containers in which the code stores what is not made of the key alone: of another argument, or of an element that
    /// was there before.
    pub(crate) fn unkeyed(&self) -> FxHashSet<Key> {
        let is_instance = |container: Key| container.kind == Kind::Named(NameKind::Attribute);
        let mut found = FxHashSet::default();
        for store in &self.stores {
            let mut names = vec![store.container];
            if store.container.kind == Kind::Local {
                let aliases = self.aliases.iter().filter(|(_, local)| *local == store.container.number);
                names.extend(aliases.map(|(key, _)| *key));
            }
            for name in names {
                let allowed = store.of_key | if is_instance(name) { of_argument(0) } else { 0 };
                let is_remade = store.of_value & store.own != 0;
                let is_counted = store.of_value & self.rebound != 0;
                if is_remade || is_counted || arguments(store.of_value & !allowed) != 0 {
                    found.insert(name);
                }
            }
        }
        found
    }

    /// Whether a loop sets the local variable.
    pub(crate) fn is_looped(&self, local: usize) -> bool {
        self.looped.contains(&local)
    }

    /// A jump follows a condition.
    pub(crate) fn jump(&mut self) {
        self.jumped = true;
    }

    /// After a jump: whether it was that of an assertion, or one on which rests what happens.
    pub(crate) fn decide(&mut self, is_assertion: bool) {
        if self.jumped {
            self.jumped = false;
            if is_assertion {
                self.condition.clear();
            }
            self.decide_all();
        }
    }

    fn decide_all(&mut self) {
        for key in std::mem::take(&mut self.condition) {
            self.note(Value::Of(key), Uses::COUNT);
        }
    }

    /// What a local variable is.
    pub(crate) fn local(&self, number: usize) -> Option<Value> {
        self.lengths.get(&number).map(|key| Value::Length(*key))
    }

    /// An attribute was read of the value.
    pub(crate) fn field(&mut self, attribute: Key, of: Value) {
        match of {
            // Of a module, or of an object that has a name for itself.
            Value::Of(owner) if owner.kind == Kind::Named(NameKind::Global) => {}
            Value::Of(owner) | Value::Element(owner) | Value::Gotten(owner) => {
                self.fields.push((attribute, owner));
            }
            _ => {}
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
        self.stored.insert(local);
        match value {
            Value::Of(key) => self.aliases.push((key, local)),
            Value::Element(key) | Value::Gotten(key) => self.elements.push((key, local)),
            Value::Length(key) => {
                self.lengths.insert(local, key);
                return;
            }
            Value::Item => _ = self.looped.insert(local),
            other => self.escape(other),
        }
        self.lengths.remove(&local);
    }

    /// The code has a handler for a missing element.
    pub(crate) fn catch(&mut self) {
        self.catches = true;
    }

    /// All uses, those of local variables under the names that they stand for.
    pub(crate) fn uses(&mut self) -> FxHashMap<Key, Uses> {
        self.decide_all();
        for _ in 0..MAX_DEPTH {
            for (attribute, owner) in &self.fields {
                let changed = self.uses.get(attribute).is_some_and(|uses| uses.has(Uses::CHANGED));
                let uses = self.uses.entry(*owner).or_default();
                if changed {
                    *uses = uses.with(Uses::MUTATE);
                }
            }
        }
        for (key, local) in &self.elements {
            let of_local = self.uses.get(&Key { kind: Kind::Local, number: *local });
            if of_local.is_some_and(|uses| uses.has(Uses::CHANGED.with(Uses::METHOD))) {
                let uses = self.uses.entry(*key).or_default();
                *uses = uses.with(Uses::MUTATE);
            }
        }
        for (of, local) in std::mem::take(&mut self.elements) {
            self.aliases.extend(element(of).map(|key| (key, local)));
        }
        for _ in 0..MAX_DEPTH {
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
        std::mem::take(&mut self.uses)
    }
}

/// What stands for the elements of what was read under a name.
pub(crate) fn element(of: Key) -> Option<Key> {
    match of.kind {
        Kind::Named(kind) => Some(Key { kind: Kind::Element(kind), ..of }),
        _ => None,
    }
}
