//! What reading an attribute or an element of a value does with it, and what it gives.

use heapview_snapshot::{NameKind, Uses};

use crate::machine::Machine;
use crate::methods::method;
use crate::notes::element;
use crate::value::{Key, Kind, Value};

impl Machine<'_> {
    /// An attribute, or a method that is about to be called.
    pub(crate) fn attribute(&mut self, number: usize, is_called: bool) {
        let owner = self.pop();
        self.notes.demand(owner);
        let name = self.names.get(number).map_or("", String::as_str);
        let (uses, is_get) = (method(name, 1), name == "get");
        if let Value::Element(key) = owner
            && is_get
        {
            self.notes.note(Value::Of(key), Uses::READ);
        }
        // A method that is not known may change it.
        if uses.map_or(is_called, |uses| uses.has(Uses::CHANGING)) {
            self.notes.mutate(owner);
            if is_called && uses.is_none() {
                self.notes.note(owner, Uses::METHOD);
            }
        }
        let known = match owner {
            Value::Of(key) => Some(key),
            Value::Element(of) | Value::Gotten(of) => element(of),
            _ => None,
        };
        match (uses, known) {
            (Some(_), Some(key)) if is_called => self.push(Value::Method(key, number)),
            (Some(uses), _) if !is_called => {
                // Whoever calls it later may count on what it gives.
                self.notes.note(owner, if uses.is_only(Uses::ADD) { uses } else { Uses::ESCAPE });
                self.read(NameKind::Attribute, number);
            }
            _ => {
                let key = Key { kind: Kind::Named(NameKind::Attribute), number };
                self.notes.note(owner, Uses::FIELD);
                self.notes.field(key, owner);
                if is_called {
                    // What is called is no container.
                    self.notes.note(Value::Of(key), Uses::LEN);
                    self.push(Value::Callee(key));
                } else {
                    self.push_key(key);
                }
            }
        }
        if is_called {
            self.push(Value::Other);
        }
    }

    /// `X[k]`.
    pub(crate) fn subscript(&mut self) {
        self.escape_top();
        let container = self.pop();
        self.notes.demand(container);
        self.notes.note(container, Uses::READ);
        if let Value::Of(key) = container {
            self.stack.ask(key);
        }
        match container {
            Value::Of(key) => self.push(Value::Element(key)),
            // Names of a module, asked for by texts.
            Value::Element(key) => {
                self.notes.note(Value::Of(key), Uses::READ);
                self.push(Value::Other);
            }
            _ => self.push(Value::Other),
        }
    }

    /// `X += more`.
    pub(crate) fn in_place(&mut self) {
        let (more, container) = (self.pop(), self.pop());
        self.notes.note(more, Uses::ITERATE);
        self.notes.demand(container);
        self.notes.mutate(container);
        self.notes.note(container, Uses::ADD);
        self.push(Value::Other);
    }
}
