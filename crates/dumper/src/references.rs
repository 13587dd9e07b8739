//! The references of one object, each with its label.

use std::rc::Rc;

use heapview_snapshot::{EdgeKind, SnapshotWriter};

use crate::adapters::asked::Found;
use crate::adapters::{Buffer, greenlet};
use crate::cpython::{self, Facts, HEAD, Raw, ThreadFrame};
use crate::extras::extras;
use crate::multiset::Multiset;
use crate::names::Names;
use crate::type_facts::{Extra, Items, Shape, TypeFacts};

/// `Edge::label` of an unnamed reference whose place in the object is not known.
const UNKNOWN_OFFSET: u32 = u32::MAX;
/// Objects with more unnamed referents than this are not searched for their places.
const MAX_SEARCHED: usize = 64;

/// Takes the references of an object in order.
pub(crate) trait Sink {
    /// Names that labels are taken from, and where they go.
    fn names(&mut self) -> (&mut Names, &mut SnapshotWriter);
    /// One reference.
    fn reference(&mut self, kind: EdgeKind, label: u32, referent: Raw);
    /// Memory outside the object that it owns.
    fn buffer(&mut self, buffer: Buffer);
    /// Something that could not be read, one sentence.
    fn left_out(&mut self, sentence: String);
    /// The tree that an lxml document owns, which takes time to measure.
    fn tree_of(&mut self, document: Raw);
    /// The frames of a greenlet that waits for its turn, which lie outside of all objects.
    fn frames_of(&mut self, greenlet: Raw) -> Vec<ThreadFrame>;
    /// What adapters said of the object before the walk.
    fn asked(&self, object: Raw) -> Option<Rc<Found>>;
    /// The label of a reference that an adapter named.
    fn label(&mut self, position: usize) -> u32;
}

/// Gives all references of `object` to `sink`. `rest` is scratch space.
pub(crate) fn references(
    facts: &Facts,
    of_type: &TypeFacts,
    object: Raw,
    rest: &mut Multiset,
    sink: &mut dyn Sink,
) {
    match of_type.shape {
        Shape::Leaf => {}
        Shape::List => {
            items(cpython::list_items(object), |index, item| sink.reference(EdgeKind::Item, index, item));
        }
        Shape::Tuple => {
            items(cpython::tuple_items(object), |index, item| sink.reference(EdgeKind::Item, index, item));
        }
        // The table of interned strings holds none of them.
        Shape::Dict if facts.interned == Some(object.address()) => {
            let label = sink.names().1.intern("interned").get();
            cpython::dict_items(object, |key, value| {
                sink.reference(EdgeKind::Weak, label, key);
                sink.reference(EdgeKind::Weak, label, value);
            });
        }
        Shape::Dict => cpython::dict_items(object, |key, value| entry(facts, key, value, sink)),
        Shape::Set => {
            rest.clear();
            if let Some(function) = of_type.traverse {
                cpython::traverse(object, function, &mut rest.few);
            }
            for member in rest.drain() {
                reference_to(member, EdgeKind::SetMember, 0, sink);
            }
        }
        Shape::Type => type_references(facts, of_type, object, rest, sink),
        Shape::Object => object_references(facts, of_type, object, rest, sink),
    }
}

/// References of an interpreter frame (3.11+), which is no object.
pub(crate) fn frame_references(facts: &Facts, frame: ThreadFrame, sink: &mut dyn Sink) {
    cpython::locals(facts, frame, |name, value| {
        let kind = if value.is_owned { EdgeKind::Local } else { EdgeKind::Weak };
        named(facts, kind, name, value.object, sink);
    });
    cpython::stack(facts, frame, |position, value| {
        if value.is_owned {
            sink.reference(EdgeKind::Stack, position, value.object);
        }
    });
    for (name, value) in cpython::frame_fields(facts, frame.frame) {
        let kind = if value.is_owned { EdgeKind::Internal } else { EdgeKind::Weak };
        let label = sink.names().1.intern(name).get();
        sink.reference(kind, label, value.object);
    }
}

/// The dict whose keys are names of the object's attributes.
pub(crate) fn namespace(facts: &Facts, of_type: &TypeFacts, object: Raw) -> Option<Raw> {
    match of_type.shape {
        Shape::Type => cpython::type_dict(facts, object),
        Shape::Object => {
            let field = of_type.fields.iter().find(|field| field.kind == EdgeKind::InstanceDict);
            let in_field =
                field.filter(|field| !field.is_reported).and_then(|field| object.object(field.offset));
            in_field.or_else(|| cpython::dict(facts, of_type.dict_place, of_type.type_object, object))
        }
        _ => None,
    }
    .filter(|dict| cpython::is_dict(*dict))
}

fn object_references(
    facts: &Facts,
    of_type: &TypeFacts,
    object: Raw,
    rest: &mut Multiset,
    sink: &mut dyn Sink,
) {
    traverse(of_type, object, rest);
    match of_type.items {
        Items::None => {}
        Items::List => items(cpython::list_items(object), |index, item| {
            rest.take(item.address());
            sink.reference(EdgeKind::Item, index, item);
        }),
        Items::Tuple => items(cpython::tuple_items(object), |index, item| {
            rest.take(item.address());
            sink.reference(EdgeKind::Item, index, item);
        }),
        Items::Dict => cpython::dict_items(object, |key, value| {
            // Tables whose keys are all `str` are traversed by their values alone.
            rest.take(key.address());
            rest.take(value.address());
            entry(facts, key, value, sink);
            if of_type.extra == Extra::OrderedDict && rest.take(key.address()) {
                internal("order", key, sink);
            }
        }),
    }
    attributes(facts, of_type, object, rest, sink);
    extras(facts, of_type, object, rest, sink);
    answers(object, rest, sink);
    type_reference(of_type, rest, sink);
    match of_type.extra {
        Extra::Module => {
            let label = sink.names().1.intern("module state").get();
            for referent in rest.drain() {
                reference_to(referent, EdgeKind::Internal, label, sink);
            }
        }
        Extra::Greenlet => return greenlet_state(of_type, object, rest, sink),
        _ => {}
    }
    unnamed(of_type, object, rest, sink);
}

fn type_references(
    facts: &Facts,
    of_type: &TypeFacts,
    object: Raw,
    rest: &mut Multiset,
    sink: &mut dyn Sink,
) {
    traverse(of_type, object, rest);
    if let Some(dict) = cpython::type_dict(facts, object) {
        rest.take(dict.address());
        sink.reference(EdgeKind::InstanceDict, 0, dict);
    }
    for (name, is_slot, value) in cpython::own_fields(facts, object) {
        rest.take(value.address());
        let kind = if is_slot { EdgeKind::Slot } else { EdgeKind::Internal };
        let label = sink.names().1.intern(name).get();
        sink.reference(kind, label, value);
    }
    if let Some(keys) = cpython::cached_keys(facts, object) {
        cpython::key_names(facts, keys, |_, name| internal("attribute name", name, sink));
    }
    if of_type.is_heap_type {
        attributes(facts, of_type, object, rest, sink);
        type_reference(of_type, rest, sink);
    }
    // What is left a metaclass keeps in its own way, as that of ctypes does.
    let label = sink.names().1.intern("metaclass state").get();
    for referent in rest.drain() {
        reference_to(referent, EdgeKind::Internal, label, sink);
    }
}

/// Members and named fields, attributes kept without a dict, and the dict.
fn attributes(facts: &Facts, of_type: &TypeFacts, object: Raw, rest: &mut Multiset, sink: &mut dyn Sink) {
    // Named fields of struct sequences are their items, which have been given.
    let items_start = cpython::tuple_start();
    let items_end = match of_type.items {
        Items::Tuple => items_start + cpython::var_size(object) as isize * 8,
        _ => 0,
    };
    for field in of_type.fields.iter().filter(|field| !(items_start..items_end).contains(&field.offset)) {
        if let Some(value) = object.object(field.offset) {
            if !rest.take(value.address()) && field.is_reported {
                continue;
            }
            let label = if field.kind == EdgeKind::InstanceDict { 0 } else { field.label.get() };
            sink.reference(field.kind, label, value);
        }
    }
    if of_type.has_inline_attributes {
        cpython::inline_attributes(facts, of_type.type_object, object, |name, value| {
            rest.take(value.address());
            named(facts, EdgeKind::Attribute, name, value, sink);
        });
    }
    if let Some(dict) = cpython::dict(facts, of_type.dict_place, of_type.type_object, object) {
        rest.take(dict.address());
        sink.reference(EdgeKind::InstanceDict, 0, dict);
        if of_type.has_inline_attributes {
            // The traversal reports values that the dict shares with the object; they are the dict's.
            cpython::dict_items(dict, |_, value| {
                rest.take(value.address());
            });
        }
    }
}

/// What adapters said before the walk; they may name what the traversal reports.
fn answers(object: Raw, rest: &mut Multiset, sink: &mut dyn Sink) {
    let Some(found) = sink.asked(object) else { return };
    for buffer in &found.buffers {
        sink.buffer(*buffer);
    }
    for holder in &found.holders {
        rest.take(holder.address());
        sink.reference(EdgeKind::Buffer, 0, *holder);
    }
    for &(kind, position, referent) in &found.references {
        rest.take(referent.address());
        let label = sink.label(position);
        sink.reference(kind, label, referent);
    }
}

/// Instances hold their type when it was made at run time.
fn type_reference(of_type: &TypeFacts, rest: &mut Multiset, sink: &mut dyn Sink) {
    if of_type.is_heap_type {
        rest.take(of_type.type_object.address());
        sink.reference(EdgeKind::Type, 0, of_type.type_object);
    }
}

/// What the traversal reported and nothing has named: with its place in the object where it can be found.
fn unnamed(of_type: &TypeFacts, object: Raw, rest: &mut Multiset, sink: &mut dyn Sink) {
    for (referent, place) in places(of_type, object, &rest.drain()) {
        reference_to(referent, EdgeKind::Unnamed, place.unwrap_or(UNKNOWN_OFFSET), sink);
    }
}

/// As [`unnamed`]; what has no place in the object is in greenlet's own struct behind it.
fn greenlet_state(of_type: &TypeFacts, object: Raw, rest: &mut Multiset, sink: &mut dyn Sink) {
    let mut parent = greenlet::parent(object);
    for (referent, place) in places(of_type, object, &rest.drain()) {
        // SAFETY: reported by a traversal, so alive.
        let outside = unsafe { Raw::new(referent) }.filter(|_| place.is_none());
        let Some(outside) = outside else {
            reference_to(referent, EdgeKind::Unnamed, place.unwrap_or(UNKNOWN_OFFSET), sink);
            continue;
        };
        let (name, is_attribute) = greenlet::name_of(outside, &mut parent);
        let kind = if is_attribute { EdgeKind::Slot } else { EdgeKind::Internal };
        let label = sink.names().1.intern(name).get();
        reference_to(referent, kind, label, sink);
    }
}

/// The word of the object in which each referent stands, if it is known.
fn places(of_type: &TypeFacts, object: Raw, referents: &[usize]) -> Vec<(usize, Option<u32>)> {
    let n_words = if referents.len() <= MAX_SEARCHED { of_type.basic_size / 8 } else { 0 };
    let is_named = |word: u64| of_type.fields.iter().any(|field| field.offset == word as isize * 8);
    let words = |referent: usize| {
        (HEAD as u64 / 8..n_words)
            .filter(move |word| object.field::<usize>(*word as isize * 8) == referent && !is_named(*word))
    };
    let place = |(nth, referent): (usize, &usize)| {
        let is_same = |other: &&usize| *other == referent;
        // In more places than are reported, it is not known which of them hold it.
        let is_certain = words(*referent).count() <= referents.iter().filter(is_same).count();
        let word = words(*referent).nth(referents[..nth].iter().filter(is_same).count());
        (*referent, word.filter(|_| is_certain).map(|word| word as u32))
    };
    referents.iter().enumerate().map(place).collect()
}

fn traverse(of_type: &TypeFacts, object: Raw, rest: &mut Multiset) {
    rest.clear();
    if let Some(function) = of_type.traverse
        // One that waits for its turn is no object of the collector's, and has the same references.
        && (of_type.extra == Extra::Greenlet || cpython::is_gc(of_type.type_object, object))
    {
        cpython::traverse(object, function, &mut rest.few);
        rest.seal();
    }
}

pub(crate) fn items(items: impl Iterator<Item = Option<Raw>>, mut item: impl FnMut(u32, Raw)) {
    for (index, found) in items.enumerate() {
        if let Some(found) = found {
            item(u32::try_from(index).unwrap_or(u32::MAX), found);
        }
    }
}

pub(crate) fn entry(facts: &Facts, key: Raw, value: Raw, sink: &mut dyn Sink) {
    sink.reference(EdgeKind::DictKey, 0, key);
    sink.reference(EdgeKind::DictValue, u32::from(cpython::is_private(facts, key)), value);
}

pub(crate) fn named(facts: &Facts, kind: EdgeKind, name: Raw, value: Raw, sink: &mut dyn Sink) {
    let (names, writer) = sink.names();
    let label = match kind {
        EdgeKind::Attribute => names.attribute(facts, writer, name),
        _ => names.label(facts, writer, name),
    };
    sink.reference(kind, label.get(), value);
}

pub(crate) fn internal(name: &str, value: Raw, sink: &mut dyn Sink) {
    let label = sink.names().1.intern(name).get();
    sink.reference(EdgeKind::Internal, label, value);
}

fn reference_to(address: usize, kind: EdgeKind, label: u32, sink: &mut dyn Sink) {
    // SAFETY: reported by a traversal, so alive.
    if let Some(referent) = unsafe { Raw::new(address) } {
        sink.reference(kind, label, referent);
    }
}
