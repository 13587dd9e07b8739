//! What a call does with what it is given, and what it gives.

use heapview_snapshot::{NameKind, Uses};

use crate::machine::Machine;
use crate::methods::{CHANGING_FIRST, COPYING, GOING_THROUGH, LOOKING, NAMESPACES, SHOWING, method};
use crate::notes::Habit;
use crate::value::{Key, Kind, MAX_MOVED, Value, called};

impl Machine<'_> {
    /// A call with so many arguments of what lies below them.
    pub(crate) fn call(&mut self, n_arguments: usize, n_below: usize, has_names: bool) {
        if has_names {
            self.escape_top();
        }
        let arguments: Vec<Value> = (0..n_arguments.min(MAX_MOVED)).map(|_| self.pop()).collect();
        let callee = self.callee(n_below);
        self.notes.demand(callee);
        let function = self.name_of(callee);
        let result = self.result(callee, &function, &arguments);
        let is_builtin = matches!(callee, Value::Of(Key { kind: Kind::Named(NameKind::Global), .. }));
        let mut of_arguments = if is_builtin { of_arguments(&function) } else { Uses::ESCAPE };
        let is_of_call = |value: &Value| matches!(value, Value::Of(Key { kind: Kind::Called(_), .. }));
        if function == "id" && arguments.iter().any(is_of_call) {
            // Another object that is equal will not do.
            of_arguments = of_arguments.with(Uses::MUTATE);
        }
        if CHANGING_FIRST.contains(&function.as_str()) && matches!(arguments.last(), Some(Value::Of(_))) {
            of_arguments = of_arguments.with(Uses::TAKE);
        }
        if function == "getattr" && !matches!(arguments.iter().rev().nth(1), Some(Value::Constant)) {
            self.notes.has(Habit::AsksForAny);
        }
        if n_arguments == 0 && is_of_call(&result) {
            self.notes.note(result, Uses::BARE);
        }
        for argument in arguments {
            match argument {
                Value::Of(_) => self.notes.note(argument, of_arguments),
                Value::Length(_) if SHOWING.contains(&function.as_str()) => {}
                Value::Length(_) => self.notes.demand(argument),
                _ => self.notes.escape(argument),
            }
        }
        if let Value::Gotten(key) | Value::Element(key) = result {
            self.stack.ask(key);
        }
        self.push(result);
    }

    fn callee(&mut self, n_below: usize) -> Value {
        // A function is not what its result is made of.
        let mut taken = Vec::with_capacity(n_below);
        for _ in 0..n_below {
            let is_function = matches!(
                self.stack.last(1).next(),
                Some(Value::Of(Key {
                    kind: Kind::Local | Kind::Named(NameKind::Closure | NameKind::Global),
                    ..
                }))
            );
            taken.push(if is_function { self.stack.pop_apart() } else { self.pop() });
        }
        match taken.as_slice() {
            [own, callee] if self.has_null_above() => {
                self.notes.escape(*own);
                *callee
            }
            values => *values
                .iter()
                .find(|value| !matches!(value, Value::Other | Value::Constant))
                .unwrap_or(&Value::Other),
        }
    }

    /// The name of the global function or the method that is called; empty if it has none.
    fn name_of(&self, callee: Value) -> String {
        match callee {
            Value::Of(Key { kind: Kind::Named(NameKind::Global | NameKind::Attribute), number })
            | Value::Callee(Key { number, .. })
            | Value::Method(_, number) => self.names.get(number).cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Notes the call, and says what it gives.
    fn result(&mut self, callee: Value, function: &str, arguments: &[Value]) -> Value {
        match callee {
            Value::Method(key, _) => {
                let uses = method(function, arguments.len()).unwrap_or(Uses::ESCAPE);
                self.notes.note(Value::Of(key), uses);
                match (function, arguments.len()) {
                    ("get", 1) | ("pop", 2) => Value::Gotten(key),
                    ("get" | "setdefault", _) => Value::Element(key),
                    ("__len__", _) => Value::Length(key),
                    _ => Value::Other,
                }
            }
            Value::Of(key) => {
                // What is called is no container.
                self.notes.note(callee, Uses::LEN);
                if key.kind == Kind::Local && !self.notes.is_looped(key.number) {
                    return Value::Other;
                }
                if key.kind == Kind::Named(NameKind::Global) {
                    of_builtin(key, function, arguments).unwrap_or_else(|| called(key))
                } else {
                    called(key)
                }
            }
            Value::Callee(key) | Value::Element(key) | Value::Gotten(key) => called(key),
            _ => Value::Other,
        }
    }
}

/// What a builtin function of this name gives; `None` if there is none.
fn of_builtin(function: Key, name: &str, arguments: &[Value]) -> Option<Value> {
    let of_argument = |make: fn(Key) -> Value| match arguments {
        [Value::Of(key)] => make(*key),
        _ => Value::Other,
    };
    match name {
        "type" => None,
        "len" => Some(of_argument(Value::Length)),
        _ if COPYING.contains(&name) => Some(of_argument(Value::Element)),
        _ if NAMESPACES.contains(&name) && arguments.is_empty() => Some(Value::Element(function)),
        _ => (of_arguments(name) != Uses::ESCAPE).then_some(Value::Other),
    }
}

/// What a builtin function of this name does with what it is given.
fn of_arguments(function: &str) -> Uses {
    match function {
        "bool" => Uses::COUNT,
        _ if LOOKING.contains(&function) => Uses::LEN,
        _ if GOING_THROUGH.contains(&function) || COPYING.contains(&function) => Uses::ITERATE,
        _ => Uses::ESCAPE,
    }
}
