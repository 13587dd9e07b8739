//! A heap in a line of text: `CACHE = dict; CACHE['a'] = app.Row; CACHE['a'].block = bytes 9000`.
//!
//! A statement gives a place what it holds: a new object of a type, with its bytes if they matter, or what another
//! place holds. Places are names of `__main__`; their items, entries `['k']`, attributes `.name` and members `{0}`;
//! modules of the user's, `app = module`; and local variables of functions that run, `work().rows = list`. A function
//! tells what it does with names: `def use = CACHE reads tests`.

use std::collections::BTreeMap;

use heapview_snapshot::{NameKind, Origin, RootKind, Uses};

use crate::classes::add_classes;
use crate::sketch::{Held, MAIN, MAIN_DICT, Sketch};

/// Bytes of an object of which nothing is said.
const SIZE: u64 = 64;

/// What functions do, in a word.
const DOES: [(&str, Uses); 8] = [
    ("reads", Uses::READ),
    ("stores", Uses::STORE),
    ("adds", Uses::ADD),
    ("tests", Uses::CONTAINS),
    ("loops", Uses::ITERATE),
    ("counts", Uses::LEN),
    ("takes", Uses::TAKE),
    ("gives", Uses::ESCAPE),
];

/// A heap, and where in it what is.
#[derive(Clone, Debug)]
pub struct Story {
    sketch: Sketch,
    /// Numbers of objects by the text of a place that holds them.
    places: BTreeMap<String, u64>,
    /// The dict of the names of a module.
    names: BTreeMap<String, u64>,
    next: u64,
}

impl Story {
    /// # Panics
    ///
    /// If the text is none, with what is wrong in it.
    pub fn new(text: &str) -> Self {
        let mut story = Self {
            sketch: Sketch::new(&[]),
            places: BTreeMap::from([("__main__".to_owned(), MAIN)]),
            names: BTreeMap::new(),
            next: MAIN_DICT + 1,
        };
        let statements = text.split([';', '\n']).map(str::trim).filter(|statement| !statement.is_empty());
        for statement in statements {
            let (place, value) = statement
                .split_once('=')
                .unwrap_or_else(|| panic!("expected `place = what it holds`, found `{statement}`"));
            match place.trim().strip_prefix("def ") {
                Some(name) => story.function(name.trim(), value.trim()),
                None => story.put(place.trim(), value.trim()),
            }
        }
        add_classes(&mut story.sketch);
        story
    }

    /// The heap, to be written.
    pub fn sketch(&self) -> &Sketch {
        &self.sketch
    }

    /// The number of what the place holds.
    ///
    /// # Panics
    ///
    /// If nothing was said of the place.
    pub fn at(&self, place: &str) -> u64 {
        *self.places.get(place).unwrap_or_else(|| panic!("nothing was said of `{place}`"))
    }

    fn put(&mut self, place: &str, value: &str) {
        if value == "module" {
            return self.module(place);
        }
        let held = match self.places.get(value) {
            Some(known) => *known,
            None => self.new_object(value),
        };
        self.hold(place, held);
        self.places.insert(place.to_owned(), held);
    }

    fn new_number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn new_object(&mut self, value: &str) -> u64 {
        let number = self.new_number();
        let (type_name, size) = match value.split_once(' ') {
            Some((type_name, size)) => (type_name, size.parse().expect("bytes behind the type")),
            None => (value, SIZE),
        };
        self.sketch.object(number, type_name, size, &[]);
        number
    }

    fn module(&mut self, name: &str) {
        let (module, dict) = (self.new_number(), self.new_number());
        self.sketch.object(module, "module", 72, &[Held::Dict(dict)]).preview(module, name, false);
        self.sketch.object(dict, "dict", 184, &[]);
        self.sketch.add_root(RootKind::Module, module, name, Origin::User);
        self.places.insert(name.to_owned(), module);
        self.names.insert(name.to_owned(), dict);
    }

    /// Lets the place hold the object: its last step, from what the place before it holds.
    fn hold(&mut self, place: &str, held: u64) {
        if let Some(before) = place.strip_suffix(']') {
            let (holder, key) = before.rsplit_once('[').expect("a bracket that opens");
            let holder = self.at(holder);
            match key.parse() {
                Ok(at) => self.sketch.hold(holder, Held::Item(at, held)),
                Err(_) => self.sketch.hold(holder, Held::Key(key.trim_matches('\''), held)),
            }
        } else if let Some(before) = place.strip_suffix('}') {
            let (holder, _) = before.rsplit_once('{').expect("a brace that opens");
            self.sketch.hold(self.at(holder), Held::Member(held));
        } else if let Some((function, name)) = place.split_once("().") {
            let frame = self.frame(function);
            self.sketch.hold(frame, Held::Local(name, held));
        } else if let Some((holder, name)) = place.rsplit_once('.') {
            match self.names.get(holder) {
                Some(dict) => self.sketch.hold(*dict, Held::Key(name, held)),
                None => self.sketch.hold(self.at(holder), Held::Attribute(name, held)),
            }
        } else {
            self.sketch.hold(MAIN_DICT, Held::Key(place, held));
        }
    }

    /// The frame of a function that runs.
    fn frame(&mut self, function: &str) -> u64 {
        let place = format!("{function}()");
        if let Some(known) = self.places.get(&place) {
            return *known;
        }
        let (frame, code) = (self.new_number(), self.new_number());
        let name = self.sketch.text(function);
        self.sketch.object(code, "code", 200, &[Held::Slot("co_name", name)]).preview(code, function, false);
        self.sketch.object(frame, "frame", 400, &[Held::Slot("f_code", code)]);
        self.sketch.function(frame, function);
        self.sketch.add_root(RootKind::Frame, frame, "", Origin::User);
        self.places.insert(place, frame);
        frame
    }

    /// A function of `__main__`, and what it does with one name.
    fn function(&mut self, name: &str, does: &str) {
        let mut words = does.split_whitespace();
        let read = words.next().expect("a name that the function reads");
        let uses = words.fold(Uses::default(), |uses, word| {
            let of_word = DOES.iter().find(|(known, _)| *known == word);
            uses.with(of_word.unwrap_or_else(|| panic!("expected what a function does, found `{word}`")).1)
        });
        let (function, code, names) = (self.new_number(), self.new_number(), self.new_number());
        let (text, of_function) = (self.sketch.text(read), self.sketch.text(name));
        self.sketch.object(names, "tuple", 48, &[Held::Item(0, text)]);
        let of_code = [Held::Slot("co_name", of_function), Held::Slot("co_names", names)];
        self.sketch.object(code, "code", 200, &of_code).preview(code, name, false);
        let held = [Held::Slot("__code__", code), Held::Slot("__globals__", MAIN_DICT)];
        self.sketch.object(function, "function", 150, &held);
        self.sketch.code_use(code, NameKind::Global, read, uses);
        self.hold(name, function);
        self.places.insert(name.to_owned(), function);
    }
}
