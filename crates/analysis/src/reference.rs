//! References of objects with their labels, as the file has them and resolved to objects.

use heapview_snapshot::{Address, Edge, EdgeKind, ObjectIx, Snapshot, StrIx};

use crate::heap::Heap;

/// What stands between an object and its referent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Label {
    /// An attribute, slot, local variable, or internal field, by name; the kind tells which.
    Name(StrIx),
    /// An index in a list, tuple or value stack; `None` if it is not known.
    Index(Option<u32>),
    /// A dict's value, by its key.
    Key(ObjectIx),
    /// A word offset in the object; `None` if it is not known.
    Offset(Option<u32>),
    /// The kind says it all.
    None,
}

/// One object holding another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Reference {
    pub from: ObjectIx,
    pub to: ObjectIx,
    pub kind: EdgeKind,
    pub label: Label,
}

/// A part of a long list: rows `start .. start + len`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    pub start: usize,
    pub len: usize,
}

impl Page {
    /// Every row.
    pub const ALL: Self = Self { start: 0, len: usize::MAX };

    /// The rows of the page as they are once all are sorted. No two rows are equal, or it does not matter which comes
    /// first. O(rows) and the sorting of the page itself.
    pub(crate) fn of_sorted<T: Ord>(self, rows: &mut [T]) -> &[T] {
        let end = self.start.saturating_add(self.len).min(rows.len());
        if self.start >= end {
            return &[];
        }
        if end < rows.len() {
            rows.select_nth_unstable(end);
        }
        let (_, _, above) = rows[..end].select_nth_unstable(self.start);
        above.sort_unstable();
        &rows[self.start..end]
    }

    /// The rows of the page.
    pub fn of<T>(self, rows: &[T]) -> &[T] {
        let start = self.start.min(rows.len());
        &rows[start..start + self.len.min(rows.len() - start)]
    }
}

impl Heap {
    /// References of an object, in file order, weak ones included. O(1) to start.
    pub fn references(&self, from: ObjectIx) -> impl Iterator<Item = Reference> + '_ {
        self.edges_and_references(from).map(|(_, _, reference)| reference)
    }

    /// As [`Heap::references`], each with its place among the references in the file.
    pub(crate) fn placed_references(&self, from: ObjectIx) -> impl Iterator<Item = (u32, Reference)> + '_ {
        self.edges_and_references(from).map(|(place, _, reference)| (place, reference))
    }

    fn edges_and_references(&self, from: ObjectIx) -> impl Iterator<Item = (u32, Edge, Reference)> + '_ {
        let mut key = None;
        self.snapshot().edges(from).zip(0u32..).filter_map(move |(edge, place)| {
            self.check_in(place as usize);
            let to = self.snapshot().find(edge.target);
            let of_key = if edge.kind == EdgeKind::DictKey { to } else { None };
            let key = std::mem::replace(&mut key, of_key);
            Some((place, edge, labelled(from, &edge, to?, key)))
        })
    }

    /// The reference at a place that [`Heap::placed_references`] gave. O(1).
    pub(crate) fn reference_at(&self, from: ObjectIx, place: u32) -> Option<Reference> {
        let (edge, key) = self.edge_and_key(from, u64::from(place), &mut LastFound::default())?;
        Some(labelled(from, &edge, self.snapshot().find(edge.target)?, key))
    }

    /// A reference as the file has it, and the key of a dict's value.
    fn edge_and_key(
        &self,
        from: ObjectIx,
        place: u64,
        keys: &mut LastFound,
    ) -> Option<(Edge, Option<ObjectIx>)> {
        let snapshot = self.snapshot();
        let edge = snapshot.edge(from, place)?;
        let mut key = || {
            let before = snapshot.edge(from, place.checked_sub(1)?)?;
            if before.kind == EdgeKind::DictKey { keys.find(snapshot, before.target) } else { None }
        };
        Some((edge, if edge.kind == EdgeKind::DictValue { key() } else { None }))
    }

    /// Strong references and what each costs on a path, in the order of the graph's edges.
    pub(crate) fn costed_references(&self, from: ObjectIx) -> impl Iterator<Item = (Reference, u32)> + '_ {
        self.edges_and_references(from)
            .filter(|(_, edge, _)| edge.kind.is_strong())
            .map(|(_, edge, reference)| (reference, u32::from(self.edge_costs().of(&edge, reference.to))))
    }

    /// Those of [`Heap::costed_references`] that end at `to`. Looks for no other object.
    pub(crate) fn costed_references_to(
        &self,
        from: ObjectIx,
        to: ObjectIx,
    ) -> impl Iterator<Item = (Reference, u32)> + '_ {
        let address = self.snapshot().address(to);
        let mut key = None;
        self.snapshot().edges(from).enumerate().filter_map(move |(place, edge)| {
            self.check_in(place);
            let of_key = (edge.kind == EdgeKind::DictKey).then_some(edge.target);
            let key = std::mem::replace(&mut key, of_key);
            if edge.target != address || !edge.kind.is_strong() {
                return None;
            }
            let key = key.and_then(|key| self.snapshot().find(key));
            Some((labelled(from, &edge, to, key), u32::from(self.edge_costs().of(&edge, to))))
        })
    }

    /// The strong reference that is the graph's edge number `nth` of the object, and its cost. O(1) for objects whose
    /// references all are edges, O(references) for others.
    pub(crate) fn costed_reference(&self, from: ObjectIx, nth: usize) -> Option<(Reference, u32)> {
        self.costed_reference_to(from, nth, None, &mut LastFound::default())
    }

    /// As [`Heap::costed_reference`]; who knows where the reference ends saves the search for the object there.
    pub(crate) fn costed_reference_to(
        &self,
        from: ObjectIx,
        nth: usize,
        to: Option<ObjectIx>,
        keys: &mut LastFound,
    ) -> Option<(Reference, u32)> {
        if self.snapshot().n_edges_of(from) != self.n_referents(from) as u64 {
            return self.costed_references(from).nth(nth);
        }
        let (edge, key) = self.edge_and_key(from, nth as u64, keys)?;
        let to = to.or_else(|| self.snapshot().find(edge.target))?;
        Some((labelled(from, &edge, to, key), u32::from(self.edge_costs().of(&edge, to))))
    }

    /// References that keep their referent alive; they correspond to the graph's edges one by one.
    pub fn strong_references(&self, from: ObjectIx) -> impl Iterator<Item = Reference> + '_ {
        self.references(from).filter(|reference| reference.kind.is_strong())
    }

    /// The object that `object` holds by a reference of this kind and name.
    pub fn named_referent(&self, object: ObjectIx, kind: EdgeKind, name: &str) -> Option<ObjectIx> {
        self.references(object)
            .find(|reference| {
                reference.kind == kind
                    && matches!(reference.label, Label::Name(label) if self.snapshot().string(label) == name)
            })
            .map(|reference| reference.to)
    }

    /// The dict that holds the object's attributes, if it has been made.
    pub fn attribute_dict(&self, object: ObjectIx) -> Option<ObjectIx> {
        self.references(object)
            .find(|reference| reference.kind == EdgeKind::InstanceDict)
            .map(|reference| reference.to)
    }

    /// The value that a dict holds under the `str` `key`. O(entries).
    pub fn dict_value(&self, dict: ObjectIx, key: &str) -> Option<ObjectIx> {
        self.references(dict).find_map(|reference| match (reference.kind, reference.label) {
            (EdgeKind::DictValue, Label::Key(found)) if self.exact_text(found) == Some(key) => {
                Some(reference.to)
            }
            _ => None,
        })
    }

    /// The whole text of an exact `str` object; `None` for other objects and for texts that the preview cuts.
    pub fn exact_text(&self, object: ObjectIx) -> Option<&str> {
        if !self.is_exactly(object, "str") {
            return None;
        }
        self.snapshot().preview(object).filter(|preview| !preview.truncated).map(|preview| preview.text)
    }
}

/// The object found last: nodes of a chain share the key that they hold each other by.
#[derive(Default)]
pub(crate) struct LastFound(Option<(Address, Option<ObjectIx>)>);

impl LastFound {
    fn find(&mut self, snapshot: &Snapshot, address: Address) -> Option<ObjectIx> {
        match self.0 {
            Some((last, object)) if last == address => object,
            _ => {
                let object = snapshot.find(address);
                self.0 = Some((address, object));
                object
            }
        }
    }
}

/// `key` is the referent of the reference before, if that is a dict's key.
fn labelled(from: ObjectIx, edge: &Edge, to: ObjectIx, key: Option<ObjectIx>) -> Reference {
    let known = |label: u32| Some(label).filter(|label| *label != u32::MAX);
    let label = match edge.kind {
        EdgeKind::DictValue => key.map_or(Label::None, Label::Key),
        EdgeKind::Item | EdgeKind::Stack => Label::Index(known(edge.label)),
        EdgeKind::Unnamed => Label::Offset(known(edge.label)),
        _ => edge.label_ix().map_or(Label::None, Label::Name),
    };
    Reference { from, to, kind: edge.kind, label }
}
