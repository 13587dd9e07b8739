//! Who counts on what is in a container: what the user's code does with it, under all the names that lead to it.

mod absent;
mod making;
mod measured;
mod names;
mod numbered;
mod results;
mod state;
mod texts;
mod weak;
mod wholes;

use heapview_snapshot::{CodeUse, EdgeKind, NameKind, ObjectIx, StrIx, Uses};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;

use crate::aliases::session;
use crate::heap::Heap;
use crate::mentions::inner_code;
use crate::roots::object;
use names::Names;
use texts::Texts;
pub(crate) use weak::WeakContainer;
use wholes::reads_wholes;

/// What only adds to a container, or does without what it asks for.
const WRITING: Uses = Uses::ADD
    .with(Uses::STORE)
    .with(Uses::LEN)
    .with(Uses::FIELD)
    .with(Uses::DROP)
    .with(Uses::CATCHES)
    .with(Uses::REBIND);
/// What looks before it takes.
const LOOKING: Uses = Uses::CONTAINS.with(Uses::GET).with(Uses::CATCHES);
/// What makes room for more.
const EVICTING: Uses = Uses::DROP.with(Uses::TAKE);
/// Functions by whose answer any name can be read.
const NAMESPACES: [&str; 3] = ["globals", "locals", "vars"];
/// Types whose methods are those of the builtin, and none else.
const PLAIN: [&str; 7] = [
    "list",
    "set",
    "dict",
    "collections.deque",
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
];

/// What becomes of code that knows a container when that is emptied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reading {
    /// Nothing: no living code ever looks at an element.
    Nobody,
    /// It goes on with fewer elements: they are made again where they are not there, or old ones are dropped anyway.
    Again,
    /// Some code may count on its elements; this one, if it is known.
    Somebody(Option<ObjectIx>),
}

/// A name that code reads, where it looks for it, and what it does with what it finds.
type Row = (NameKind, String, Uses);

/// All that code of the user's does with names.
#[derive(Default, Debug)]
pub(crate) struct Readers {
    by_name: FxHashMap<(NameKind, String), Vec<(ObjectIx, Uses)>>,
    by_code: FxHashMap<ObjectIx, Vec<Row>>,
    /// The functions that have a code object.
    functions: FxHashMap<ObjectIx, Vec<ObjectIx>>,
    /// The code of the user's that has the name.
    named: FxHashMap<String, Vec<ObjectIx>>,
    /// The code that changes its first argument, and that which gives it to other code.
    changing_first: FxHashSet<ObjectIx>,
    giving_first: FxHashSet<ObjectIx>,
    /// The code of a name that changes an argument, and whether that is the first.
    changing: FxHashMap<String, Vec<(ObjectIx, bool)>>,
    /// The code that sets attributes by texts.
    setting: FxHashSet<ObjectIx>,
    /// The code that gives the length of what has the name.
    giving_length: FxHashMap<String, Vec<ObjectIx>>,
    /// The code that does something also when it ends in the middle.
    handling: FxHashSet<ObjectIx>,
    /// The code that stores in what has the name something that is not made of the key alone.
    unkeyed: FxHashMap<ObjectIx, Vec<String>>,
    /// What code calls for what it does.
    commands: FxHashMap<ObjectIx, Vec<String>>,
    /// The code that calls local variables and uses what that gives.
    calling_locals: FxHashSet<ObjectIx>,
    /// Some code reads objects as wholes.
    reads_wholes: bool,
    /// What is known by its `id()`. Worked out when first asked for.
    numbered: OnceLock<Vec<ObjectIx>>,
    /// Namespaces that modules may read which code imports some day.
    awaited: FxHashSet<ObjectIx>,
    /// The namespace that code reads global names from, where functions tell.
    globals: FxHashMap<ObjectIx, ObjectIx>,
    /// Global names that the code of a module which runs is still to read.
    running: FxHashSet<String>,
    /// What an interactive session keeps results in.
    session: FxHashSet<ObjectIx>,
    /// Texts by which code may read attributes.
    texts: Texts,
    /// Namespaces in which some code asks for names by texts; `None` where it cannot be told in which.
    searched: FxHashSet<Option<ObjectIx>>,
    is_known: bool,
}

impl Readers {
    /// O(rows).
    pub(crate) fn new(heap: &Heap) -> Self {
        let Some(rows) = heap.snapshot().uses() else {
            return Self { session: session(heap), ..Self::default() };
        };
        let mut readers = Self { is_known: true, session: session(heap), ..Self::default() };
        readers.find_functions(heap);
        let mut imported = Vec::new();
        let text = |name: StrIx| heap.snapshot().string(name);
        for CodeUse { code, kind, name, uses } in rows {
            let Some(code) = heap.snapshot().find(*code) else { continue };
            let name = text(*name);
            let asks = uses.has(Uses::READ.with(Uses::GET));
            if *kind == NameKind::Global && NAMESPACES.contains(&name) && asks {
                readers.searched.insert(readers.globals.get(&code).copied());
            }
            if *kind == NameKind::Global && is_top_level(name_of_code(heap, code)) {
                readers.running.insert(name.to_owned());
            }
            if readers.take_note_of_code(code, *kind, name, *uses) {
                continue;
            }
            if *kind == NameKind::Import {
                imported.push((name, code));
                continue;
            }
            readers.by_code.entry(code).or_default().push((*kind, name.to_owned(), *uses));
            readers.by_name.entry((*kind, name.to_owned())).or_default().push((code, *uses));
        }
        readers.texts = Texts::new(heap, &readers.by_code, &readers.globals, &readers.giving_first);
        for code in readers.by_code.keys().filter(|code| readers.functions.contains_key(*code)) {
            readers.named.entry(name_of_code(heap, *code).to_owned()).or_default().push(*code);
        }
        readers.awaited = readers.known_to_absent(heap, &imported);
        readers.reads_wholes = readers.by_code.iter().any(|(code, rows)| reads_wholes(heap, *code, rows));
        readers.setting =
            readers.by_code.iter().filter(|(_, rows)| sets(rows)).map(|(code, _)| *code).collect();
        readers
    }

    /// Whether the row is about code itself.
    fn take_note_of_code(&mut self, code: ObjectIx, kind: NameKind, name: &str, uses: Uses) -> bool {
        match kind {
            NameKind::First | NameKind::Argument => {
                let is_first = kind == NameKind::First;
                if is_first && uses.has(Uses::ESCAPE) {
                    self.giving_first.insert(code);
                }
                if uses.has(Uses::CHANGED) {
                    self.changing.entry(name.to_owned()).or_default().push((code, is_first));
                    if is_first {
                        self.changing_first.insert(code);
                    }
                }
            }
            NameKind::Unkeyed => self.unkeyed.entry(code).or_default().push(name.to_owned()),
            NameKind::Command => self.commands.entry(code).or_default().push(name.to_owned()),
            NameKind::LocalCalled => _ = self.calling_locals.insert(code),
            NameKind::Handler => _ = self.handling.insert(code),
            NameKind::Given => self.giving_length.entry(name.to_owned()).or_default().push(code),
            _ => return false,
        }
        true
    }

    /// The functions of all code objects, and the namespaces of these and of those among their constants.
    fn find_functions(&mut self, heap: &Heap) {
        for function in heap.objects().filter(|object| heap.is_exactly(*object, "function")) {
            let slot = |name| heap.named_referent(function, EdgeKind::Slot, name);
            let (Some(code), Some(globals)) = (slot("__code__"), slot("__globals__")) else { continue };
            self.functions.entry(code).or_default().push(function);
            let mut pending = vec![code];
            while let Some(code) = pending.pop() {
                if self.globals.insert(code, globals).is_none() {
                    pending.extend(inner_code(heap, code));
                }
            }
        }
    }

    /// Whether code that runs at the top of a module is still to read the global name, or may ask for it by a text.
    pub(crate) fn may_read_global(&self, heap: &Heap, name: &str) -> bool {
        let main = heap.module("__main__").and_then(|main| heap.attribute_dict(main));
        self.running.contains(name)
            || self.is_searched(main)
            || self.texts.may_evaluate(name)
            || main.is_some_and(|main| self.awaited.contains(&main))
    }

    /// Whether code reads an attribute of this name, of whatever.
    pub(crate) fn reads_attribute(&self, name: &str) -> bool {
        self.by_name.contains_key(&(NameKind::Attribute, name.to_owned()))
    }

    /// All that the code does with names.
    pub(crate) fn uses_of_code(&self, code: ObjectIx) -> Vec<(NameKind, Uses)> {
        let rows = self.by_code.get(&code).into_iter().flatten();
        rows.map(|(kind, _, uses)| (*kind, *uses)).collect()
    }

    fn is_searched(&self, namespace: Option<ObjectIx>) -> bool {
        self.searched.contains(&None) || self.searched.contains(&namespace)
    }

    /// What becomes of the code that knows the container. O(references to it + uses of its names).
    pub(crate) fn of(&self, heap: &Heap, container: ObjectIx) -> Reading {
        let Some(names) = self.names(heap, container) else { return Reading::Somebody(None) };
        let rows = || self.rows(&names);
        if !self.is_known {
            let mentions = heap.namespaces().mentions(heap);
            let is_mentioned =
                !names.outer.is_empty() || names.all.iter().any(|(_, name)| mentions.is_in_users(name));
            return if is_mentioned { Reading::Somebody(None) } else { Reading::Nobody };
        }
        if names.namespaces.iter().any(|namespace| self.is_searched(Some(*namespace))) {
            return Reading::Somebody(None);
        }
        if names.is_declared && rows().all(|(_, uses)| uses.is_only(Uses::REBIND)) {
            return Reading::Somebody(None);
        }
        if !PLAIN.contains(&heap.type_name(container)) || self.texts.may_name(heap, container, &names) {
            return Reading::Somebody(None);
        }
        if let Some(code) = self.measuring(heap, &names) {
            return Reading::Somebody(Some(code));
        }
        if self.is_read_otherwise(heap, container, &names) {
            return Reading::Somebody(None);
        }
        if !names.outer.iter().all(|outer| self.only_writes_elements(heap, *outer)) {
            return Reading::Somebody(None);
        }
        let is_dict = !["list", "set", "collections.deque"].contains(&heap.type_name(container));
        // A position of a list must be there to be written to.
        let writing = |code: ObjectIx, uses: Uses| {
            uses.is_only(WRITING)
                && (is_dict || !uses.has(Uses::STORE))
                && (!uses.has(Uses::DROP) || self.looks_at_most(code, &names))
        };
        if rows().all(|(code, uses)| writing(code, uses)) {
            return Reading::Nobody;
        }
        let goes_on = |code: ObjectIx, uses: Uses| {
            let remakes = is_dict
                && remakes(uses)
                && !self.stores_unkeyed(code, &names)
                && self.gives_the_same(heap, code, container, &names);
            // What one code puts there and another makes where it is not there need not be the same.
            let writing = writing(code, uses) && !(is_dict && uses.has(Uses::STORE.with(Uses::ADD)));
            (writing || remakes || is_ring(uses, is_dict)) && !is_at_work(heap, code)
        };
        match rows().find(|(code, uses)| !goes_on(*code, *uses)) {
            Some((reader, _)) => Reading::Somebody(Some(reader)),
            None => Reading::Again,
        }
    }

    /// Whether the code stores in a container of these names what is not made of the key alone.
    fn stores_unkeyed(&self, code: ObjectIx, names: &Names) -> bool {
        let stored = self.unkeyed.get(&code).into_iter().flatten();
        stored.into_iter().any(|name| names.all.iter().any(|(_, known)| known == name))
    }

    /// Whether code may come to the container without saying its name.
    fn is_read_otherwise(&self, heap: &Heap, container: ObjectIx, names: &Names) -> bool {
        let mentions = heap.namespaces().mentions(heap);
        let is_marked = |(kind, name): &(NameKind, String)| {
            *kind == NameKind::Global && mentions.is_marked(name) || self.texts.may_evaluate(name)
        };
        names.all.iter().any(is_marked)
            || self.is_read_as_part(heap, container)
            || self.may_be_read_later(names)
    }

    /// Whether something of the code runs also when it ends in the middle.
    pub(crate) fn handles(&self, code: ObjectIx) -> bool {
        self.handling.contains(&code)
    }

    /// Whether the code only looks whether there is an element in what it takes out of the container.
    fn looks_at_most(&self, code: ObjectIx, names: &Names) -> bool {
        const LOOKING: Uses = Uses::LEN.with(Uses::COUNT).with(Uses::CATCHES);
        self.uses_of_elements(code, names).iter().all(|uses| uses.is_only(LOOKING))
    }

    /// What the code does with elements of a container of these names.
    fn uses_of_elements(&self, code: ObjectIx, names: &Names) -> Vec<Uses> {
        let rows = self.by_code.get(&code).into_iter().flatten();
        let rows = rows.filter(|(kind, name, _)| {
            *kind == NameKind::Element && names.all.iter().any(|(_, known)| known == name)
        });
        rows.map(|(.., uses)| *uses).collect()
    }

    /// Whether all code that asks the container for elements only adds to these, and no code lists it.
    fn only_writes_elements(&self, heap: &Heap, outer: ObjectIx) -> bool {
        const ASKING: Uses = Uses::READ.with(Uses::GET);
        const ALLOWED: Uses = WRITING.with(ASKING).with(Uses::CONTAINS).with(Uses::MUTATE);
        let Some(names) = self.names(heap, outer).filter(|names| names.outer.is_empty()) else {
            return false;
        };
        let is_searched = names.namespaces.iter().any(|namespace| self.is_searched(Some(*namespace)));
        if is_searched || self.texts.may_name(heap, outer, &names) {
            return false;
        }
        let adds = |uses: &Uses| uses.is_only(WRITING) && !uses.has(Uses::STORE.with(Uses::FIELD));
        let mut rows = self.rows(&names).peekable();
        rows.peek().is_some()
            && rows.all(|(code, uses)| {
                let elements = self.uses_of_elements(code, &names);
                uses.is_only(ALLOWED)
                    && elements.iter().all(adds)
                    && (!uses.has(ASKING) || !elements.is_empty())
            })
    }

    /// What code does with an object of these names.
    fn rows<'a>(&'a self, names: &'a Names) -> impl Iterator<Item = (ObjectIx, Uses)> + 'a {
        let is_other = |kind: NameKind, code: ObjectIx| match kind {
            NameKind::Global => {
                self.globals.get(&code).is_some_and(|globals| !names.namespaces.contains(globals))
            }
            NameKind::Closure => !names.sharing.contains(&code),
            _ => false,
        };
        let of_names = names.all.iter().filter_map(|name| Some((name.0, self.by_name.get(name)?)));
        of_names.flat_map(move |(kind, rows)| {
            rows.iter().copied().filter(move |(code, _)| !is_other(kind, *code))
        })
    }
}

/// Whether code looks for what it wants in a dict and makes it where it is not there, every time. What takes another
/// element out, changes one in place, numbers them by the length, or only asks whether one is there, has another
/// answer without them.
fn remakes(uses: Uses) -> bool {
    let counts = uses.has(Uses::LEN.with(Uses::COUNT)) && !uses.has(EVICTING);
    uses.has(LOOKING)
        && uses.has(Uses::STORE)
        && uses.has(Uses::READ.with(Uses::GET))
        && !uses.has(Uses::ESCAPE.with(Uses::MUTATE).with(Uses::METHOD))
        && (!uses.has(Uses::TAKE) || uses.has(Uses::LEN.with(Uses::COUNT)))
        && (!uses.has(Uses::ITERATE) || uses.has(EVICTING))
        && !counts
}

/// Whether code drops old elements when it adds new ones.
fn is_ring(uses: Uses, is_dict: bool) -> bool {
    let adds = uses.has(Uses::ADD) || (is_dict && uses.has(Uses::STORE));
    uses.is_only(WRITING.with(Uses::TAKE).with(Uses::COUNT))
        && uses.has(Uses::LEN.with(Uses::COUNT))
        && uses.has(EVICTING)
        && adds
        && (is_dict || !uses.has(Uses::STORE))
}

/// Whether code sets attributes by texts.
fn sets(rows: &[Row]) -> bool {
    const CHANGED: Uses = Uses::CHANGED.with(Uses::METHOD);
    rows.iter().any(|(kind, name, uses)| match kind {
        NameKind::Global => name == "setattr",
        NameKind::Attribute => name == "__setattr__" || (name == "__dict__" && uses.has(CHANGED)),
        NameKind::Called => name == "vars" && uses.has(CHANGED),
        _ => false,
    })
}

/// Whether some frame is in the middle of the code, and may have looked already.
fn is_at_work(heap: &Heap, code: ObjectIx) -> bool {
    const MAX_HOLDERS: usize = 4096;
    let holders = heap.graph().incoming(crate::roots::node(code)).take(MAX_HOLDERS).map(object);
    let is_frame = |holder: ObjectIx| {
        let name = heap.type_name(holder);
        name.contains("frame") || ["generator", "coroutine", "async_generator"].contains(&name)
    };
    holders.into_iter().any(is_frame)
}

fn name_of_code(heap: &Heap, code: ObjectIx) -> &str {
    let name = heap.named_referent(code, EdgeKind::Slot, "co_name");
    name.and_then(|name| heap.exact_text(name)).unwrap_or_default()
}

/// Whether this is the name of the code of a module, or of a cell of a notebook.
pub(crate) fn is_top_level(name: &str) -> bool {
    name == "<module>" || name.starts_with("<cell line")
}
