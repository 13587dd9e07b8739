//! Who counts on what is in a container: what the user's code does with it, under all the names that lead to it.

use heapview_snapshot::{CodeUse, EdgeKind, NameKind, ObjectIx, StrIx, Uses};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::aliases::session;
use crate::heap::Heap;
use crate::mentions::inner_code;
use crate::reference::{Label, Reference};
use crate::roots::object;

/// What only adds to a container, or does without what it asks for.
const WRITING: Uses =
    Uses::ADD.with(Uses::STORE).with(Uses::LEN).with(Uses::FIELD).with(Uses::DROP).with(Uses::CATCHES);
/// What looks before it takes.
const LOOKING: Uses = Uses::CONTAINS.with(Uses::GET).with(Uses::CATCHES);
/// What changes an object.
const CHANGING: Uses = Uses::ADD.with(Uses::STORE).with(Uses::TAKE).with(Uses::DROP).with(Uses::MUTATE);
/// What makes room for more.
const EVICTING: Uses = Uses::DROP.with(Uses::TAKE);
/// Functions by whose answer any name can be read.
const NAMESPACES: [&str; 3] = ["globals", "locals", "vars"];
/// Letters of a part of a name that code puts together.
const SHORTEST_PART: usize = 3;
/// Functions that read attributes by texts.
const BY_TEXT: [&str; 5] = ["getattr", "hasattr", "delattr", "attrgetter", "__dict__"];
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

/// What a weak container refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WeakContainer {
    Keys,
    Values,
    Set,
}

/// All that code of the user's does with names.
#[derive(Default, Debug)]
pub(crate) struct Readers {
    by_name: FxHashMap<(NameKind, String), Vec<(ObjectIx, Uses)>>,
    /// By code, names of closure variables.
    closure_names: FxHashMap<ObjectIx, Vec<String>>,
    /// The namespace that code reads global names from, where functions tell.
    globals: FxHashMap<ObjectIx, ObjectIx>,
    /// Global names that the code of a module which runs is still to read.
    running: FxHashSet<String>,
    /// What an interactive session keeps results in.
    session: FxHashSet<ObjectIx>,
    /// Texts in code that may read attributes by them.
    texts: FxHashSet<String>,
    /// All texts, if code reads attributes by texts that it is given.
    all_texts: FxHashSet<String>,
    /// Namespaces in which some code asks for names by texts; `None` where it cannot be told in which.
    searched: FxHashSet<Option<ObjectIx>>,
    is_known: bool,
}

/// Under what a container is known to code.
#[derive(Default)]
struct Names {
    all: FxHashSet<(NameKind, String)>,
    /// The code of the functions that share it as a closure variable.
    sharing: FxHashSet<ObjectIx>,
    /// The namespaces in which it has a global name.
    namespaces: FxHashSet<ObjectIx>,
    /// It belongs to a class or to a module that was imported: who never fills it has it for others to look at.
    is_declared: bool,
}

impl Readers {
    /// O(rows).
    pub(crate) fn new(heap: &Heap) -> Self {
        let Some(rows) = heap.snapshot().uses() else {
            return Self { session: session(heap), ..Self::default() };
        };
        let mut readers = Self {
            is_known: true,
            session: session(heap),
            globals: globals_of_code(heap),
            ..Self::default()
        };
        let mut codes: FxHashSet<ObjectIx> = FxHashSet::default();
        // Where a text comes from elsewhere, it may come from anywhere.
        let mut everywhere: FxHashSet<String> = FxHashSet::default();
        let mut is_made_up = false;
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
            if *kind == NameKind::Closure {
                readers.closure_names.entry(code).or_default().push(name.to_owned());
            }
            if codes.insert(code) {
                everywhere.extend(texts_of_code(heap, code).map(str::to_owned));
            }
            if BY_TEXT.contains(&name) {
                let texts: Vec<String> = texts_of_code(heap, code).map(str::to_owned).collect();
                is_made_up |= texts.is_empty();
                readers.texts.extend(texts);
            }
            readers.by_name.entry((*kind, name.to_owned())).or_default().push((code, *uses));
        }
        if is_made_up {
            readers.all_texts = everywhere;
        }
        readers
    }

    /// Whether code may read an attribute by its name as a text, or by one that it puts together.
    fn is_by_text(&self, names: &Names) -> bool {
        let is_part = |name: &str| {
            self.texts.iter().any(|text| text.len() >= SHORTEST_PART && name.contains(text.as_str()))
        };
        let is_given = |name: &str| names.namespaces.is_empty() && self.all_texts.contains(name);
        names.all.iter().any(|(kind, name)| {
            *kind == NameKind::Attribute && (self.texts.contains(name) || is_part(name) || is_given(name))
        })
    }

    /// Whether code that runs at the top of a module is still to read the global name, or may ask for it by a text.
    pub(crate) fn may_read_global(&self, heap: &Heap, name: &str) -> bool {
        let main = heap.module("__main__").and_then(|main| heap.attribute_dict(main));
        self.running.contains(name) || self.is_searched(main)
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
            let is_mentioned = names.all.iter().any(|(_, name)| mentions.is_in_users(name));
            return if is_mentioned { Reading::Somebody(None) } else { Reading::Nobody };
        }
        if names.namespaces.iter().any(|namespace| self.is_searched(Some(*namespace))) {
            return Reading::Somebody(None);
        }
        if names.is_declared && rows().next().is_none() {
            return Reading::Somebody(None);
        }
        if !PLAIN.contains(&heap.type_name(container)) || self.is_by_text(&names) {
            return Reading::Somebody(None);
        }
        let is_dict = !["list", "set", "collections.deque"].contains(&heap.type_name(container));
        // A position of a list must be there to be written to.
        let writing = |uses: Uses| uses.is_only(WRITING) && (is_dict || !uses.has(Uses::STORE));
        if rows().all(|(_, uses)| writing(uses)) {
            return Reading::Nobody;
        }
        let goes_on = |code: ObjectIx, uses: Uses| {
            let remakes = is_dict && remakes(uses) && !self.counts_on_first(heap, code);
            (writing(uses) || remakes || is_ring(uses, is_dict)) && !is_at_work(heap, code)
        };
        match rows().find(|(code, uses)| !goes_on(*code, *uses)) {
            Some((reader, _)) => Reading::Somebody(Some(reader)),
            None => Reading::Again,
        }
    }

    /// Whether some code counts on what a weak container shows, while somebody keeps it. O(as [`Self::of`]).
    pub(crate) fn counts_on_weak(&self, heap: &Heap, container: ObjectIx, kind: WeakContainer) -> bool {
        let Some(names) = self.names(heap, container) else { return true };
        if !self.is_known || names.namespaces.iter().any(|namespace| self.is_searched(Some(*namespace))) {
            return true;
        }
        self.rows(&names).any(|(_, uses)| match kind {
            WeakContainer::Values => !uses.is_only(WRITING) && !remakes(uses),
            // Whoever asks for one has it.
            WeakContainer::Keys => uses.has(Uses::ITERATE.with(Uses::ESCAPE)),
            WeakContainer::Set => !uses.is_only(WRITING.with(Uses::CONTAINS)),
        })
    }

    /// Whether some code calls a weak reference, or an element of a container of such, and does not look whether it
    /// gave anything. O(as [`Self::of`]).
    pub(crate) fn counts_on_referent(&self, heap: &Heap, of: ObjectIx) -> bool {
        let called = self.names(heap, of).map(|names| self.called(&names)).unwrap_or_default();
        called.iter().any(|(_, uses)| uses.has(Uses::BARE) && !uses.has(Uses::LEN))
    }

    /// The code that changes what the function gives, which is a class's of the user's or not: made again it would
    /// be without the changes. O(as [`Self::of`]).
    pub(crate) fn changes_results(&self, heap: &Heap, function: ObjectIx, is_users: bool) -> Reading {
        let Some(names) = self.names(heap, function) else { return Reading::Somebody(None) };
        let changing = if is_users { CHANGING.with(Uses::METHOD) } else { CHANGING };
        let called = self.called(&names);
        match called.into_iter().find(|(_, uses)| uses.has(changing)) {
            Some((code, _)) => Reading::Somebody(Some(code)),
            None => Reading::Nobody,
        }
    }

    /// What code does with an object of these names.
    fn rows<'a>(&'a self, names: &'a Names) -> impl Iterator<Item = (ObjectIx, Uses)> + 'a {
        let is_other = |kind: NameKind, code: ObjectIx| match kind {
            NameKind::Global => {
                self.globals.get(&code).is_some_and(|globals| !names.namespaces.contains(globals))
            }
            NameKind::Closure => !names.sharing.contains(&code),
            NameKind::Attribute | NameKind::Called => false,
        };
        let of_names = names.all.iter().filter_map(|name| Some((name.0, self.by_name.get(name)?)));
        of_names.flat_map(move |(kind, rows)| {
            rows.iter().copied().filter(move |(code, _)| !is_other(kind, *code))
        })
    }

    /// What code does with what calling an object of these names, or an element of it, gives.
    fn called(&self, names: &Names) -> Vec<(ObjectIx, Uses)> {
        let callers: FxHashSet<ObjectIx> = self.rows(names).map(|(code, _)| code).collect();
        let texts: FxHashSet<&String> = names.all.iter().map(|(_, name)| name).collect();
        let rows = texts.into_iter().filter_map(|name| self.by_name.get(&(NameKind::Called, name.clone())));
        rows.flatten().copied().filter(|(code, _)| callers.contains(code)).collect()
    }

    /// Whether the code makes what is not there and calls itself for that: the first elements may be somebody else's.
    fn counts_on_first(&self, heap: &Heap, code: ObjectIx) -> bool {
        let name = name_of_code(heap, code);
        [NameKind::Global, NameKind::Attribute, NameKind::Closure]
            .into_iter()
            .filter_map(|kind| self.by_name.get(&(kind, name.to_owned())))
            .any(|rows| rows.iter().any(|(caller, _)| *caller == code))
    }

    /// The names under which code finds the container; `None` if it may come to it in other ways.
    fn names(&self, heap: &Heap, container: ObjectIx) -> Option<Names> {
        let mut names = Names::default();
        let mut holders: Vec<ObjectIx> =
            heap.graph().incoming(crate::roots::node(container)).map(object).collect();
        holders.sort_unstable();
        holders.dedup();
        for holder in holders {
            for (reference, _) in heap.costed_references_to(holder, container) {
                self.add_names(heap, &reference, &mut names)?;
            }
        }
        Some(names)
    }

    fn add_names(&self, heap: &Heap, reference: &Reference, names: &mut Names) -> Option<()> {
        let holder = reference.from;
        if self.session.contains(&holder) {
            return Some(());
        }
        if heap.is_exactly(holder, "cell") {
            return self.add_closure_names(heap, holder, names);
        }
        match (reference.kind, reference.label) {
            (EdgeKind::DictValue, Label::Key(key)) => {
                let name = heap.exact_text(key)?.to_owned();
                if let Some((module, _)) = heap.namespaces().of_dict(holder) {
                    names.is_declared |= module != "__main__";
                    names.namespaces.insert(holder);
                    names.all.insert((NameKind::Global, name.clone()));
                } else {
                    names.is_declared |= heap.is_type(heap.owner_of_dict(holder)?);
                }
                names.all.insert((NameKind::Attribute, name));
            }
            (EdgeKind::Attribute | EdgeKind::Slot, Label::Name(name))
                if heap.is_instance_of_python_class(holder) =>
            {
                names.all.insert((NameKind::Attribute, heap.snapshot().string(name).to_owned()));
            }
            _ => return None,
        }
        Some(())
    }

    /// All closure variables of the functions that have the cell.
    fn add_closure_names(&self, heap: &Heap, cell: ObjectIx, names: &mut Names) -> Option<()> {
        for closure in heap.graph().incoming(crate::roots::node(cell)).map(object) {
            if !heap.is_exactly(closure, "tuple") {
                return None;
            }
            for function in heap.graph().incoming(crate::roots::node(closure)).map(object) {
                let code = heap.named_referent(function, EdgeKind::Slot, "__code__")?;
                let mut pending = vec![code];
                while let Some(code) = pending.pop() {
                    if names.sharing.insert(code) {
                        pending.extend(inner_code(heap, code));
                    }
                }
                let of_code = self.closure_names.get(&code).into_iter().flatten();
                names.all.extend(of_code.map(|name| (NameKind::Closure, name.clone())));
            }
        }
        Some(())
    }
}

/// The namespace of each code object that a function has, and of those among its constants.
fn globals_of_code(heap: &Heap) -> FxHashMap<ObjectIx, ObjectIx> {
    let mut globals: FxHashMap<ObjectIx, ObjectIx> = FxHashMap::default();
    for function in heap.objects().filter(|object| heap.is_exactly(*object, "function")) {
        let slot = |name| heap.named_referent(function, EdgeKind::Slot, name);
        let (Some(code), Some(of_function)) = (slot("__code__"), slot("__globals__")) else { continue };
        let mut pending = vec![code];
        while let Some(code) = pending.pop() {
            if globals.insert(code, of_function).is_none() {
                pending.extend(inner_code(heap, code));
            }
        }
    }
    globals
}

/// Whether code looks for what it wants in a dict and makes it where it is not there, every time. What takes another
/// element out, changes one in place, numbers them by the length, or only asks whether one is there, has another
/// answer without them.
fn remakes(uses: Uses) -> bool {
    let counts = uses.has(Uses::LEN) && !uses.has(EVICTING);
    uses.has(LOOKING)
        && uses.has(Uses::STORE)
        && uses.has(Uses::READ.with(Uses::GET))
        && !uses.has(Uses::ESCAPE.with(Uses::MUTATE))
        && (!uses.has(Uses::TAKE) || uses.has(Uses::LEN))
        && (!uses.has(Uses::ITERATE) || uses.has(EVICTING))
        && !counts
}

/// Whether code drops old elements when it adds new ones.
fn is_ring(uses: Uses, is_dict: bool) -> bool {
    let adds = uses.has(Uses::ADD) || (is_dict && uses.has(Uses::STORE));
    uses.is_only(WRITING.with(Uses::TAKE))
        && uses.has(Uses::LEN)
        && adds
        && (is_dict || !uses.has(Uses::STORE))
}

/// Whether some frame is in the middle of the code, and may have looked already.
fn is_at_work(heap: &Heap, code: ObjectIx) -> bool {
    const MOST_HOLDERS: usize = 4096;
    let holders = heap.graph().incoming(crate::roots::node(code)).take(MOST_HOLDERS).map(object);
    let is_frame = |holder: ObjectIx| {
        let name = heap.type_name(holder);
        name.contains("frame") || ["generator", "coroutine", "async_generator"].contains(&name)
    };
    holders.into_iter().any(is_frame)
}

/// The texts among the constants of a code object that may be parts of names.
fn texts_of_code(heap: &Heap, code: ObjectIx) -> impl Iterator<Item = &str> {
    let constants = heap.named_referent(code, EdgeKind::Slot, "co_consts");
    let constants = constants.into_iter().flat_map(|constants| heap.references(constants));
    let is_of_name = |text: &&str| text.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    constants.filter_map(|constant| heap.exact_text(constant.to)).filter(is_of_name)
}

fn name_of_code(heap: &Heap, code: ObjectIx) -> &str {
    let name = heap.named_referent(code, EdgeKind::Slot, "co_name");
    name.and_then(|name| heap.exact_text(name)).unwrap_or_default()
}

/// Whether this is the name of the code of a module, or of a cell of a notebook.
pub(crate) fn is_top_level(name: &str) -> bool {
    name == "<module>" || name.starts_with("<cell line")
}
