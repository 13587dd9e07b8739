//! A machine that goes through the instructions of a code object once, in their order, with a stack that knows of each
//! value under which name it was read. Where it cannot follow, at a jump or an instruction that it does not know,
//! whatever lies on the stack counts as given away. It is an abstract interpretation without joins: cheap, and on the
//! safe side.

use heapview_snapshot::{NameKind, Uses};

use crate::cpython::{Instruction, Opcodes};
use crate::methods::{ABSENCES, IN_PLACE, SUBSCRIPT};
use crate::notes::{Habit, Notes, Store};
use crate::stack::Stack;
use crate::value::{Key, Kind, MAX_MOVED, Value};

/// Instructions that end a statement: what is stored, or thrown away.
const ENDING: [u8; 7] = *b"lLtA]Ge";

pub(crate) struct Machine<'a> {
    opcodes: &'a Opcodes,
    pub(crate) names: Vec<String>,
    pub(crate) stack: Stack,
    pub(crate) notes: Notes,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(opcodes: &'a Opcodes, names: Vec<String>) -> Self {
        Self { opcodes, names, stack: Stack::default(), notes: Notes::default() }
    }

    /// Goes through the instructions from `start` on.
    pub(crate) fn run(&mut self, code: &[u8], start: usize) {
        for one in self.opcodes.instructions(code).filter(|one| one.offset >= start) {
            if one.letter == b'#' {
                return self.give_up();
            }
            self.stack.begin();
            self.step(&one);
            if ENDING.contains(&one.letter) {
                self.stack.end();
            }
        }
        self.forget_stack();
    }

    /// What was found out.
    pub(crate) fn notes(self) -> Notes {
        self.notes
    }

    /// What cannot be read may do anything with every name.
    fn give_up(&mut self) {
        for number in 0..self.names.len() {
            for kind in [NameKind::Global, NameKind::Attribute] {
                self.notes.note(Value::Of(Key { kind: Kind::Named(kind), number }), Uses::ESCAPE);
            }
        }
    }

    fn step(&mut self, one: &Instruction) {
        let argument = one.argument;
        let is_assertion = one.letter == b's' && argument == 0;
        // A number that is asserted is checked, and nothing else rests on it. Since 3.14 a jump that is not taken has
        // an instruction of its own.
        if one.letter != b'n' {
            self.notes.decide(is_assertion);
        }
        match one.letter {
            b'n' => {}
            b'w' => self.notes.has(Habit::Handles),
            b'v' => {
                self.notes.has(Habit::Handles);
                self.forget_stack();
            }
            b'r' => {
                let (value, sources) = self.stack.pop_with_sources();
                self.notes.returned |= sources;
                self.notes.give(value);
                self.notes.escape(value);
                self.forget_stack();
            }
            b'q' => {
                self.escape_all(2);
                self.notes.import(argument >> self.opcodes.import_shift);
                self.push(Value::Other);
            }
            b'c' => self.push(Value::Constant),
            b's' => self.push(Value::Other),
            b'>' => self.push(Value::Item),
            b'g' => {
                let shift = self.opcodes.global_shift;
                let has_null = shift > 0 && argument & 1 == 1;
                if has_null && !self.has_null_above() {
                    self.push(Value::Other);
                }
                self.read(NameKind::Global, argument >> shift);
                if has_null && self.has_null_above() {
                    self.push(Value::Other);
                }
            }
            b'N' => self.read(NameKind::Global, argument),
            b'd' => {
                self.stack.load_shared(argument);
                self.read(NameKind::Closure, argument);
            }
            b'V' => self.stack.share(argument),
            b'f' => self.local(argument),
            b'F' => {
                self.local(argument >> 4);
                self.local(argument & 15);
            }
            b'a' => {
                let shift = self.opcodes.attribute_shift;
                self.attribute(argument >> shift, shift > 0 && argument & 1 == 1);
            }
            b'm' => self.attribute(argument, true),
            b'S' => {
                // What a base class has of the instance is the instance's own.
                self.pop();
                (0..2).for_each(|_| self.escape_top());
                self.read(NameKind::Attribute, argument >> 2);
                if argument & 1 == 1 {
                    self.push(Value::Other);
                }
            }
            b'l' => self.store_local(argument),
            b'L' => {
                self.store_local(argument >> 4);
                self.store_local(argument & 15);
            }
            b'k' => {
                self.store_local(argument >> 4);
                self.local(argument & 15);
            }
            b'e' => self.escape_top(),
            b'G' => {
                self.escape_top();
                let key = Key { kind: Kind::Named(NameKind::Global), number: argument };
                self.notes.note(Value::Of(key), Uses::REBIND);
                self.notes.rebound |= self.stack.of_name(key);
            }
            b'h' => self.escape_all(2),
            b'A' => {
                let owner = self.pop();
                self.notes.mutate(owner);
                self.notes.note(owner, Uses::MUTATE);
                let key = Key { kind: Kind::Named(NameKind::Attribute), number: argument };
                self.notes.note(Value::Of(key), Uses::REBIND);
                self.escape_top();
            }
            b'[' => self.subscript(),
            b']' => {
                let (key, of_key) = self.stack.pop_with_sources();
                let container = self.pop();
                self.notes.escape(key);
                self.notes.demand(container);
                self.notes.mutate(container);
                self.notes.note(container, if matches!(key, Value::Slice) { Uses::ADD } else { Uses::STORE });
                let (value, of_value) = self.stack.pop_with_sources();
                self.notes.escape(value);
                if let Value::Of(container) = container {
                    let own = self.stack.of_name(container);
                    self.notes.stores.push(Store { container, own, of_key, of_value });
                }
            }
            b'-' => {
                let (key, container) = (self.pop(), self.pop());
                self.notes.demand(container);
                self.notes.mutate(container);
                self.notes.note(container, if matches!(key, Value::Slice) { Uses::DROP } else { Uses::TAKE });
            }
            b':' => {
                self.escape_all(2);
                let container = self.pop();
                self.notes.demand(container);
                self.notes.note(container, Uses::ITERATE);
                self.push(Value::Other);
            }
            b';' => {
                self.escape_all(2);
                let container = self.pop();
                self.notes.note(container, Uses::ADD.with(Uses::DROP));
                self.escape_top();
            }
            b'b' if argument == SUBSCRIPT => self.subscript(),
            b'b' if IN_PLACE.contains(&argument) => self.in_place(),
            b'+' => self.in_place(),
            b'b' | b'2' | b'=' => {
                self.demand_of_both();
                self.escape_all(2);
                self.push(Value::Other);
            }
            b'?' => {
                let container = self.pop();
                self.notes.demand(container);
                self.notes.note(container, Uses::CONTAINS);
                self.escape_top();
                self.push(Value::Other);
            }
            b'i' => {
                self.look_at_top();
                self.look_at_top();
                self.push(Value::Other);
            }
            b'!' => {
                self.count_top();
                self.push(Value::Other);
            }
            b'0' => {
                self.notes.has(Habit::Matches);
                self.forget_stack();
            }
            b'1' => {
                self.escape_top();
                self.push(Value::Other);
            }
            b'o' => self.format(1),
            b'O' => self.format(2),
            b'E' => {
                self.look_at_top();
                self.match_exception();
                self.push(Value::Other);
            }
            b'X' => {
                self.look_at_top();
                self.look_at_top();
                self.match_exception();
            }
            b'p' | b'P' => {
                self.count_top();
                self.notes.jump();
            }
            b'u' | b'U' => self.look_at_top(),
            b't' => {
                let value = self.pop();
                self.notes.note(value, Uses::LEN);
                if let Value::Of(key @ Key { kind: Kind::Called(_), .. }) = value {
                    self.notes.commands.insert(key);
                }
            }
            b'Y' => {
                self.escape_top();
                let key = Key { kind: Kind::Named(NameKind::Closure), number: argument };
                self.notes.note(Value::Of(key), Uses::REBIND);
            }
            b'I' => {
                let container = self.pop();
                self.notes.demand(container);
                self.notes.note(container, Uses::ITERATE);
                (0..self.opcodes.n_of_iterator).for_each(|_| self.push(Value::Other));
            }
            b'(' => self.call(argument, 1, false),
            b'M' | b'3' => self.call(argument, 2, false),
            b'K' => self.call(argument, 1, true),
            b'W' => self.call(argument, 2, true),
            b'T' => self.build(argument),
            b'D' => self.build_table(2 * argument),
            b'C' => self.build_table(argument + 1),
            b'9' => self.format(1 + usize::from(argument & 4 != 0)),
            b'H' => self.build(1 + (argument & 15).count_ones() as usize),
            b'Q' => self.build(2 + (argument & 15).count_ones() as usize),
            b'y' => {
                self.escape_all(argument);
                self.push(Value::Slice);
            }
            b'z' => {
                let container = self.pop();
                self.notes.demand(container);
                self.notes.note(container, Uses::READ);
                (0..argument.min(MAX_MOVED)).for_each(|_| self.push(Value::Other));
            }
            b'4' => self.stack.copy(argument),
            b'5' => self.stack.copy(1),
            b'6' => {
                self.stack.copy(2);
                self.stack.copy(2);
            }
            b'7' => self.stack.swap(argument),
            b'8' => self.stack.swap(2),
            b'R' => {
                self.stack.swap(2);
                self.stack.swap(3);
                self.stack.swap(2);
            }
            _ => self.forget_stack(),
        }
    }

    /// Of 3.15: what is called lies below its instance, and so does a generator expression below what it goes through.
    pub(crate) fn has_null_above(&self) -> bool {
        self.opcodes.n_of_iterator == 2
    }

    pub(crate) fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    pub(crate) fn pop(&mut self) -> Value {
        self.stack.pop()
    }

    pub(crate) fn read(&mut self, kind: NameKind, number: usize) {
        let key = Key { kind: Kind::Named(kind), number };
        if kind == NameKind::Global {
            self.stack.ask(key);
        }
        self.push_key(key);
    }

    fn local(&mut self, number: usize) {
        self.stack.load(number);
        if let Some(known) = self.notes.local(number) {
            return self.push(known);
        }
        self.push_key(Key { kind: Kind::Local, number });
    }

    pub(crate) fn push_key(&mut self, key: Key) {
        self.notes.note(Value::Of(key), Uses::default());
        self.push(Value::Of(key));
    }

    pub(crate) fn escape_top(&mut self) {
        let value = self.pop();
        self.notes.escape(value);
    }

    fn escape_all(&mut self, n_values: usize) {
        (0..n_values.min(MAX_MOVED)).for_each(|_| self.escape_top());
    }

    fn forget_stack(&mut self) {
        while let Some(value) = self.stack.forget() {
            self.notes.escape(value);
        }
    }

    fn demand_of_both(&mut self) {
        let both: Vec<Value> = self.stack.last(2).collect();
        for value in both {
            self.notes.demand(value);
        }
    }

    fn count_top(&mut self) {
        let value = self.pop();
        self.notes.count(value);
    }

    fn look_at_top(&mut self) {
        let value = self.pop();
        self.notes.note(value, Uses::LEN);
    }

    fn match_exception(&mut self) {
        if self.names.iter().any(|name| ABSENCES.contains(&name.as_str())) {
            self.notes.catch();
        }
    }

    fn store_local(&mut self, number: usize) {
        let (value, _) = self.stack.pop_with_sources();
        self.stack.store(number);
        self.notes.keep(value, number);
    }

    /// What has a length for a part stands for it.
    fn build(&mut self, n_parts: usize) {
        let mut whole = Value::Other;
        for _ in 0..n_parts.min(MAX_MOVED) {
            let part = self.pop();
            if matches!(part, Value::Length(_) | Value::LengthText(_)) {
                self.notes.give(whole);
                whole = part;
            }
            self.notes.escape(part);
        }
        self.push(whole);
    }

    /// A length in a text is shown; where that is given back it may be somebody's name.
    fn format(&mut self, n_parts: usize) {
        self.build(n_parts);
        let built = self.stack.last(1).next();
        if let Some(Value::Length(key)) = built {
            self.pop();
            self.push(Value::LengthText(key));
        }
    }

    /// What stands in a table under a name is shown to somebody.
    fn build_table(&mut self, n_parts: usize) {
        self.escape_all(n_parts);
        self.push(Value::Other);
    }
}
