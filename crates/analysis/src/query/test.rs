//! A query made ready for one heap: every name looked up, cheap conditions before costly ones.

use std::sync::OnceLock;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

use heapview_graph::NodeSet;
use heapview_snapshot::{EdgeKind, ObjectIx, TypeFlags, TypeRow};

use super::ast::{Comparison, Expr, Field, Flag, Number, Term, Text};
use super::glob::{Answer, Glob, PathGlob};
use crate::heap::Heap;
use crate::path::path_expr;
use crate::roots::{node, object};

/// Longer paths are compared by their pattern alone: a linked list has a million of them.
const MAX_PATH_LEN: usize = 256;

/// What is asked of each object.
pub(super) enum Test {
    Type(Vec<bool>),
    Flag(Flag),
    Object(Option<ObjectIx>),
    Number(Number, Comparison, u64),
    /// One of two: exact, or contained.
    Preview(Text),
    Site(SiteTest),
    Referrer(Vec<bool>),
    Referent(Vec<bool>),
    Dominated(NodeSet),
    Path(PathTest),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

pub(super) struct SiteTest {
    file: Glob,
    line: Option<u32>,
}

pub(super) struct PathTest {
    glob: PathGlob,
    /// What each path pattern of the heap says, as [`Answer::code`]; 0 where nobody has asked yet.
    answers: OnceLock<Vec<AtomicU8>>,
}

impl Test {
    pub(super) fn new(heap: &Heap, expr: &Expr) -> Self {
        match expr {
            Expr::Term(term) => Self::of_term(heap, term),
            Expr::Not(inner) => Self::Not(Box::new(Self::new(heap, inner))),
            Expr::All(parts) => Self::All(Self::ordered(heap, parts)),
            Expr::Any(parts) => Self::Any(Self::ordered(heap, parts)),
        }
    }

    fn ordered(heap: &Heap, parts: &[Expr]) -> Vec<Self> {
        let mut tests: Vec<Self> = parts.iter().map(|part| Self::new(heap, part)).collect();
        tests.sort_by_key(Self::cost);
        tests
    }

    fn of_term(heap: &Heap, term: &Term) -> Self {
        let of_types = |text: &Text| types_called(heap, text);
        match term {
            Term::Flag(flag) => Self::Flag(*flag),
            Term::Id(id) => Self::Object(Some(*id)),
            Term::Address(address) => Self::Object(heap.snapshot().find(*address)),
            Term::Number(number, comparison, value) => Self::Number(*number, *comparison, *value),
            Term::Text(Field::Type, text) => Self::Type(of_types(text)),
            Term::Text(Field::Module, text) => {
                Self::Type(heap.snapshot().types().iter().map(|row| is_in_module(row, text)).collect())
            }
            Term::Text(Field::Referrer, text) => Self::Referrer(of_types(text)),
            Term::Text(Field::Referent, text) => Self::Referent(of_types(text)),
            Term::Text(Field::Dominator, text) => Self::Dominated(dominated(heap, &of_types(text))),
            Term::Text(Field::Path, text) => Self::Path(PathTest {
                glob: PathGlob::new(&text.text, text.contains),
                answers: OnceLock::new(),
            }),
            Term::Text(Field::Preview, text) => Self::Preview(text.clone()),
            Term::Text(Field::Site, text) => Self::Site(SiteTest::new(text)),
        }
    }

    /// How long one answer takes, roughly.
    fn cost(&self) -> u8 {
        match self {
            Self::Type(_) | Self::Flag(_) | Self::Object(_) | Self::Dominated(_) => 0,
            Self::Number(Number::Len, ..) => 2,
            Self::Number(..) => 1,
            Self::Preview(_) | Self::Site(_) => 3,
            Self::Referrer(_) | Self::Referent(_) => 5,
            Self::Path(_) => 9,
            Self::Not(inner) => inner.cost(),
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::cost).max().unwrap_or(0),
        }
    }

    /// Whether an answer may take the targets of all references.
    pub(super) fn follows_references(&self) -> bool {
        match self {
            Self::Path(_) => true,
            Self::Not(inner) => inner.follows_references(),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::follows_references),
            _ => false,
        }
    }

    pub(super) fn holds(&self, heap: &Heap, at: ObjectIx) -> bool {
        match self {
            Self::Type(types) => types[heap.snapshot().type_ix(at).index()],
            Self::Flag(flag) => flag_holds(heap, *flag, at),
            Self::Object(wanted) => *wanted == Some(at),
            Self::Number(number, comparison, value) => {
                number_of(heap, *number, at).is_some_and(|found| comparison.holds(found, *value))
            }
            Self::Preview(text) => heap.snapshot().preview(at).is_some_and(|preview| {
                if text.contains {
                    preview.text.contains(&text.text)
                } else {
                    !preview.truncated && preview.text == text.text
                }
            }),
            Self::Site(site) => site.holds(heap, at),
            Self::Referrer(types) => heap.graph().incoming(node(at)).map(object).any(|holder| {
                types[heap.snapshot().type_ix(holder).index()] || is_dict_of(heap, holder, types)
            }),
            Self::Referent(types) => heap.strong_references(at).any(|reference| {
                let is_wanted = |object| types[heap.snapshot().type_ix(object).index()];
                is_wanted(reference.to)
                    || (reference.kind == EdgeKind::InstanceDict
                        && heap.strong_references(reference.to).any(|entry| is_wanted(entry.to)))
            }),
            Self::Dominated(below) => below.contains(node(at)),
            Self::Path(path) => path.holds(heap, at),
            Self::Not(inner) => !inner.holds(heap, at),
            Self::All(parts) => parts.iter().all(|part| part.holds(heap, at)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(heap, at)),
        }
    }
}

impl SiteTest {
    fn new(text: &Text) -> Self {
        let line = text.text.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
        let (file, line) = line.map_or((text.text.as_str(), None), |(file, line)| (file, Some(line)));
        let file = if text.contains { format!("*{file}*") } else { file.to_owned() };
        Self { file: Glob::of_name(&file), line }
    }

    /// The innermost line decides. A file may be called by the last parts of its path.
    fn holds(&self, heap: &Heap, at: ObjectIx) -> bool {
        let snapshot = heap.snapshot();
        let Some(frame) = snapshot.site(at).and_then(|site| snapshot.site_frames(site).next()) else {
            return false;
        };
        if self.line.is_some_and(|line| line != frame.line) {
            return false;
        }
        let file = snapshot.string(frame.file);
        let mut parts = file.match_indices(['/', '\\']).map(|(place, _)| &file[place + 1..]);
        self.file.matches(file) || parts.any(|part| self.file.matches(part))
    }
}

impl PathTest {
    fn holds(&self, heap: &Heap, at: ObjectIx) -> bool {
        let tree = heap.pattern_tree();
        let Some(place) = tree.of(at) else { return false };
        let answers = self.answers.get_or_init(|| (0..tree.n_nodes()).map(|_| AtomicU8::new(0)).collect());
        let known = &answers[place as usize];
        let answer = Answer::from_code(known.load(Relaxed)).unwrap_or_else(|| {
            let answer = self.glob.answer(&tree.path(heap, place));
            known.store(answer.code(), Relaxed);
            answer
        });
        match answer {
            Answer::None => false,
            Answer::All => true,
            Answer::Some => tree
                .exact_path(heap, at, MAX_PATH_LEN)
                .is_some_and(|(root, steps)| self.glob.matches(&path_expr(heap, &root, &steps))),
        }
    }
}

/// For each type whether it is called so: by its whole name, its qualname, or the last part of that.
pub(super) fn types_called(heap: &Heap, text: &Text) -> Vec<bool> {
    let glob = Glob::of_name(&text.text);
    let is_called = |row: &TypeRow| {
        if text.contains {
            return row.name.contains(&text.text);
        }
        let last = row.qualname.rsplit('.').next().unwrap_or_default();
        glob.matches(&row.name) || glob.matches(&row.qualname) || glob.matches(last)
    };
    heap.snapshot().types().iter().map(is_called).collect()
}

fn is_in_module(row: &TypeRow, text: &Text) -> bool {
    let module = if row.module.is_empty() { "builtins" } else { &row.module };
    if text.contains {
        return module.contains(&text.text);
    }
    let glob = Glob::of_name(&text.text);
    let mut ends = module.match_indices('.').map(|(end, _)| &module[..end]);
    glob.matches(module) || ends.any(|above| glob.matches(above))
}

fn flag_holds(heap: &Heap, flag: Flag, at: ObjectIx) -> bool {
    let flags = heap.snapshot().flags(at);
    match flag {
        Flag::Reachable => heap.is_reachable(at),
        Flag::Unreachable => !heap.is_reachable(at),
        Flag::Root => heap.root_of(at).is_some(),
        Flag::Tracked => flags.is_tracked(),
        Flag::Immortal => flags.is_immortal(),
        Flag::Synthetic => flags.is_synthetic(),
    }
}

fn number_of(heap: &Heap, number: Number, at: ObjectIx) -> Option<u64> {
    Some(match number {
        Number::Retained => heap.retained_size(at),
        Number::Shallow => heap.shallow_size(at),
        Number::Refcount => u64::from(heap.snapshot().refcount(at)),
        Number::Referrers => heap.n_referrers(at) as u64,
        Number::Referents => heap.n_referents(at) as u64,
        Number::Generation => {
            let flags = heap.snapshot().flags(at);
            u64::from(Some(flags.generation()).filter(|_| flags.is_tracked())?)
        }
        Number::Len => length(heap, at)?,
    })
}

/// `len(obj)` as far as the snapshot tells: of containers, and of texts that are not cut.
pub(super) fn length(heap: &Heap, at: ObjectIx) -> Option<u64> {
    let row = heap.snapshot().type_of(at);
    let has = |flag| row.flags.contains(flag);
    let count = |kind| heap.references(at).filter(|reference| reference.kind == kind).count() as u64;
    if has(TypeFlags::LIST_SUBCLASS) || has(TypeFlags::TUPLE_SUBCLASS) || row.name == "collections.deque" {
        return Some(count(EdgeKind::Item));
    }
    if has(TypeFlags::DICT_SUBCLASS) {
        return Some(count(EdgeKind::DictValue));
    }
    match row.name.as_str() {
        "set" | "frozenset" => Some(count(EdgeKind::SetMember)),
        "str" => heap.exact_text(at).map(|text| text.chars().count() as u64),
        "bytes" => heap.shallow_size(at).checked_sub(BYTES_HEAD),
        _ => None,
    }
}

/// `sys.getsizeof(b"")`.
pub(crate) const BYTES_HEAD: u64 = 33;

/// Whether `dict` is the `__dict__` of an object of one of `types`.
fn is_dict_of(heap: &Heap, dict: ObjectIx, types: &[bool]) -> bool {
    heap.is_exactly(dict, "dict")
        && heap.graph().incoming(node(dict)).map(object).any(|owner| {
            types[heap.snapshot().type_ix(owner).index()] && heap.attribute_dict(owner) == Some(dict)
        })
}

/// What objects of `types` dominate, themselves not included unless another of them does. O(objects).
fn dominated(heap: &Heap, types: &[bool]) -> NodeSet {
    let tree = heap.dominator_tree();
    let mut below = NodeSet::new(heap.n_objects());
    let mut end = 0;
    for (position, (at, n_below)) in tree.subtrees().enumerate() {
        if position < end {
            below.insert(at);
        }
        if types[heap.snapshot().type_ix(object(at)).index()] {
            end = end.max(position + n_below);
        }
    }
    below
}
