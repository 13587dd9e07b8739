//! Elements of one container taken out by one line: all of them, those of some types, or those under some keys.

use heapview_snapshot::{EdgeKind, ObjectIx};
use rustc_hash::{FxHashMap, FxHashSet};

use super::ownership::Container;
use crate::heap::Heap;
use crate::literal::{is_identifier, literal, quoted};
use crate::reference::{Label, Reference};

/// Elements named one by one, each by a line or an index of its own.
const MAX_NAMED: usize = 8;
/// Elements whose keys or indices stand in one line.
pub(super) const MAX_LISTED: usize = 64;
/// Types that one line tells apart.
const MAX_TYPES: usize = 3;

/// Elements of a container that are to go.
pub(super) struct Emptying {
    container: Container,
    /// Keys of a dict, members of a set, or elements of a list.
    elements: Vec<ObjectIx>,
    /// Of all that the container holds.
    pub n_elements: usize,
    /// Elements of a list or deque that stay.
    staying: Vec<ObjectIx>,
    /// The types that all elements to go have, and no other.
    types: Option<Vec<String>>,
}

impl Emptying {
    /// `cut`: those of the container's references that are to go. `None` if one is no element, or has no place that can
    /// be written.
    pub(super) fn new(
        heap: &Heap,
        holder: ObjectIx,
        container: Container,
        cut: &[Reference],
    ) -> Option<Self> {
        let mut all: Vec<Element> = Vec::new();
        let mut goes: FxHashSet<(ObjectIx, Option<u32>)> = FxHashSet::default();
        for reference in cut {
            goes.insert(Element::of(reference)?.identity());
        }
        for reference in heap.strong_references(holder) {
            if matches!(reference.kind, EdgeKind::Item | EdgeKind::DictValue | EdgeKind::SetMember) {
                all.push(Element::of(&reference)?);
            }
        }
        let mut elements: Vec<&Element> = all.iter().filter(|one| goes.contains(&one.identity())).collect();
        elements.sort_unstable_by_key(|element| element.index);
        Some(Self {
            container,
            n_elements: all.len(),
            types: types(heap, &all, &goes),
            staying: all
                .iter()
                .filter(|one| one.index.is_some() && !goes.contains(&one.identity()))
                .map(|one| one.value)
                .collect(),
            elements: elements.iter().map(|element| element.key).collect(),
        })
    }

    pub(super) fn n_cut(&self) -> usize {
        self.elements.len()
    }

    /// Whether every element goes.
    pub(super) fn is_whole(&self) -> bool {
        self.n_cut() == self.n_elements
    }

    /// Whether the lines move what comes after an element.
    pub(super) fn moves_others(&self) -> bool {
        matches!(self.container, Container::List | Container::Deque) && !self.is_whole()
    }

    /// The lines that take the elements out of what `text` names; `None` if there are none that name just these.
    pub(super) fn lines(&self, heap: &Heap, text: &str) -> Option<Vec<String>> {
        if self.is_whole() {
            return Some(vec![format!("{text}.clear()")]);
        }
        match self.container {
            Container::List => {
                let condition = self.staying(heap)?;
                Some(vec![format!("{text}[:] = [item for item in {text} if {condition}]")])
            }
            Container::Deque => {
                // What stays is known before anything goes.
                let condition = self.staying(heap)?;
                let kept = format!("[item for item in {text} if {condition}]");
                Some(vec![format!("[({text}.clear(), {text}.extend(kept)) for kept in [{kept}]][:0]")])
            }
            Container::Dict => self.of_dict(heap, text),
            Container::Set => self.of_set(heap, text),
        }
    }

    /// The condition on `item` that holds for just the elements that stay. Positions would be other ones by the time
    /// that the line is run.
    fn staying(&self, heap: &Heap) -> Option<String> {
        self.condition("item", false).or_else(|| {
            if self.n_cut() > MAX_NAMED {
                return self.owners(heap);
            }
            Some(match self.addresses(heap).as_slice() {
                [single] => format!("id(item) != {single}"),
                several => format!("id(item) not in ({})", several.join(", ")),
            })
        })
    }

    fn addresses(&self, heap: &Heap) -> Vec<String> {
        self.elements.iter().map(|one| heap.snapshot().address(*one).to_string()).collect()
    }

    /// As [`Self::staying`], for bound methods of which just those of some types go.
    fn owners(&self, heap: &Heap) -> Option<String> {
        let owner = |method: ObjectIx| {
            let owner = heap.named_referent(method, EdgeKind::Slot, "__self__")?;
            heap.is_exactly(method, "method").then(|| last_name(heap.type_name(owner)))
        };
        let going: Option<FxHashSet<&str>> = self.elements.iter().map(|one| owner(*one)).collect();
        let going = going.filter(|names| names.len() == 1 && names.iter().all(|name| is_identifier(name)))?;
        let name = going.into_iter().next()?;
        let stays = self.staying.iter().all(|one| owner(*one) != Some(name));
        stays.then(|| format!("type(getattr(item, '__self__', None)).__name__ != {}", quoted(name)))
    }

    fn of_dict(&self, heap: &Heap, text: &str) -> Option<Vec<String>> {
        let keys: Option<Vec<String>> = match self.n_cut() {
            0..=MAX_LISTED => self.elements.iter().map(|key| literal(heap, *key)).collect(),
            _ => None,
        };
        // The slice keeps a session from showing, and holding, what was taken out.
        if let Some([key]) = keys.as_deref() {
            return Some(vec![format!("[{text}.pop({key}, None)][:0]")]);
        }
        if let Some(keys) = keys.as_ref().filter(|keys| keys.len() <= MAX_NAMED) {
            return Some(vec![format!("[{text}.pop(key, None) for key in [{}]][:0]", keys.join(", "))]);
        }
        if let Some(condition) = self.condition("value", true) {
            let those = format!("[key for key, value in {text}.items() if {condition}]");
            return Some(vec![format!("[{text}.pop(key, None) for key in {those}][:0]")]);
        }
        keys.map(|keys| vec![format!("[{text}.pop(key, None) for key in [{}]][:0]", keys.join(", "))])
    }

    fn of_set(&self, heap: &Heap, text: &str) -> Option<Vec<String>> {
        if let Some(condition) = self.condition("item", true) {
            let those = format!("[item for item in {text} if {condition}]");
            return Some(vec![format!("{text}.difference_update({those})")]);
        }
        if self.n_cut() > MAX_LISTED {
            return None;
        }
        let members: Option<Vec<String>> = self.elements.iter().map(|one| literal(heap, *one)).collect();
        if let Some(members) = members {
            return Some(vec![format!("{text}.difference_update([{}])", members.join(", "))]);
        }
        let condition = match self.addresses(heap).as_slice() {
            [single] => format!("id(item) == {single}"),
            several if several.len() <= MAX_NAMED => format!("id(item) in ({})", several.join(", ")),
            _ => return None,
        };
        Some(vec![format!("{text}.difference_update([item for item in {text} if {condition}])")])
    }

    /// The condition on what `name` names that holds for just the elements to go, or for just the others.
    pub(super) fn condition(&self, name: &str, goes: bool) -> Option<String> {
        match self.types.as_deref()? {
            [single] => {
                let relation = if goes { "==" } else { "!=" };
                Some(format!("type({name}).__name__ {relation} {}", quoted(single)))
            }
            several => {
                let names: Vec<String> = several.iter().map(|one| quoted(one)).collect();
                let relation = if goes { "in" } else { "not in" };
                Some(format!("type({name}).__name__ {relation} ({})", names.join(", ")))
            }
        }
    }
}

/// An element as its container holds it.
struct Element {
    /// A dict's key; the element itself of other containers.
    key: ObjectIx,
    index: Option<u32>,
    value: ObjectIx,
}

impl Element {
    fn of(reference: &Reference) -> Option<Self> {
        let value = reference.to;
        match (reference.kind, reference.label) {
            (EdgeKind::Item, Label::Index(Some(index))) => {
                Some(Self { key: value, index: Some(index), value })
            }
            (EdgeKind::DictValue, Label::Key(key)) => Some(Self { key, index: None, value }),
            (EdgeKind::DictKey | EdgeKind::SetMember, _) => Some(Self { key: value, index: None, value }),
            _ => None,
        }
    }

    fn identity(&self) -> (ObjectIx, Option<u32>) {
        (self.key, self.index)
    }
}

/// The names of the types of the elements that go, if no other element has one of these.
fn types(heap: &Heap, all: &[Element], goes: &FxHashSet<(ObjectIx, Option<u32>)>) -> Option<Vec<String>> {
    let mut known: FxHashMap<_, &str> = FxHashMap::default();
    let mut name_of = |object: ObjectIx| {
        *known.entry(heap.snapshot().type_ix(object)).or_insert_with(|| last_name(heap.type_name(object)))
    };
    let (mut going, mut staying) = (FxHashSet::default(), FxHashSet::default());
    for element in all {
        let name = name_of(element.value);
        if goes.contains(&element.identity()) {
            going.insert(name)
        } else {
            staying.insert(name)
        };
    }
    let tells = going.len() <= MAX_TYPES && going.is_disjoint(&staying);
    let mut names: Vec<String> =
        going.into_iter().filter(|name| is_identifier(name)).map(str::to_owned).collect();
    names.sort();
    (tells && !names.is_empty()).then_some(names)
}

/// `__name__` of the type with this qualified name.
fn last_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
