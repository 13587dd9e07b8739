//! References that only the layout of a type tells: those of frames, caches, contexts, arrays, weak references.

use heapview_snapshot::EdgeKind;

use crate::adapters::{ctypes, mmap};
use crate::cpython::{self, Facts, HamtEntry, Raw, SHIFT, Slot, ThreadFrame};
use crate::multiset::Multiset;
use crate::references::{Sink, entry, internal, items, named};
use crate::type_facts::{Extra, TypeFacts};

/// Gives what the object holds besides attributes and items. `rest` has what its traversal reports.
pub(crate) fn extras(
    facts: &Facts,
    of_type: &TypeFacts,
    object: Raw,
    rest: &mut Multiset,
    sink: &mut dyn Sink,
) {
    match of_type.extra {
        Extra::None | Extra::Module | Extra::Code | Extra::OrderedDict | Extra::Dtype => {}
        Extra::Weakref => weak_reference(object, rest, sink),
        Extra::Generator => {
            if let Some(frame) = cpython::generator_frame(facts, object) {
                traversed_locals(facts, frame, rest, sink);
            }
        }
        Extra::Frame => {
            if let Some(frame) = cpython::frame_of_object(facts, object) {
                traversed_locals(facts, frame, rest, sink);
            }
        }
        Extra::Deque => items(cpython::deque_items(object), |index, item| {
            rest.take(item.address());
            sink.reference(EdgeKind::Item, index, item);
        }),
        Extra::LruCache => {
            let Some(link_type) = facts.lru_link_type else { return };
            // What the links hold is theirs: the traversal reports it as the wrapper's.
            for link in cpython::lru_links(link_type, object) {
                // Held twice, by the dict and by the list of links, which no traversal tells.
                internal("link", link, sink);
                rest.take(link.address());
                rest.take(link_type);
                for held in [cpython::LINK_KEY, cpython::LINK_RESULT] {
                    link.object(held).map(|held| rest.take(held.address()));
                }
            }
        }
        Extra::LruLink => {
            for (name, offset) in [("key", cpython::LINK_KEY), ("result", cpython::LINK_RESULT)] {
                if let Some(held) = object.object(offset) {
                    internal(name, held, sink);
                }
            }
        }
        Extra::Hamt => cpython::hamt_entries(object, |found| match found {
            HamtEntry::Variable { name, value } => {
                if rest.take(name.address()) && rest.take(value.address()) {
                    entry(facts, name, value, sink);
                }
            }
            HamtEntry::Node(node) => {
                if rest.take(node.address()) {
                    internal("node", node, sink);
                }
            }
        }),
        Extra::Array => {
            let Some(numpy) = &of_type.numpy else { return };
            numpy.data(object).into_iter().for_each(|buffer| sink.buffer(buffer));
            let left_out = numpy.elements(facts, object, |index, element| {
                sink.reference(EdgeKind::Item, index, element);
            });
            if let Some(sentence) = left_out {
                sink.left_out(sentence);
            }
        }
        Extra::Texts => {
            let Some(numpy) = &of_type.numpy else { return };
            match numpy.texts(facts, object) {
                Ok(texts) => texts.into_iter().for_each(|buffer| sink.buffer(buffer)),
                Err(sentence) => sink.left_out(sentence),
            }
        }
        Extra::Mmap => mmap::buffer(object).into_iter().for_each(|buffer| sink.buffer(buffer)),
        Extra::Document => sink.tree_of(object),
        Extra::Greenlet => {
            let frames = sink.frames_of(object);
            for frame in frames {
                forget_reported(facts, frame, rest);
            }
        }
        Extra::Ctypes => ctypes::buffer(object).into_iter().for_each(|buffer| sink.buffer(buffer)),
    }
}

/// Local variables that the object's own traversal reports: a frame object whose frame still runs holds none.
fn traversed_locals(facts: &Facts, frame: ThreadFrame, rest: &mut Multiset, sink: &mut dyn Sink) {
    cpython::locals(facts, frame, |name, value| {
        if rest.take(value.object.address()) {
            named(facts, EdgeKind::Local, name, value.object, sink);
        }
    });
    cpython::stack(facts, frame, |position, value| {
        if rest.take(value.object.address()) {
            sink.reference(EdgeKind::Stack, position, value.object);
        }
    });
    for (name, value) in cpython::frame_fields(facts, frame.frame).filter(|_| !frame.is_object) {
        if rest.take(value.object.address()) {
            internal(name, value.object, sink);
        }
    }
}

/// `PyWeakReference`: the referent, which it does not hold, and the callback, which it does.
fn weak_reference(object: Raw, rest: &mut Multiset, sink: &mut dyn Sink) {
    const REFERENT: isize = SHIFT + 16;
    const CALLBACK: isize = SHIFT + 24;
    // A dead reference points at None.
    if let Some(referent) = object.object(REFERENT)
        && !cpython::is_exactly(referent, "NoneType")
    {
        let label = sink.names().1.intern("referent").get();
        sink.reference(EdgeKind::Weak, label, referent);
    }
    if let Some(callback) = object.object(CALLBACK)
        && rest.take(callback.address())
    {
        let label = sink.names().1.intern("__callback__").get();
        sink.reference(EdgeKind::Slot, label, callback);
    }
}

/// Since CPython 3.15 a greenlet reports what its frames hold as its own.
fn forget_reported(facts: &Facts, frame: ThreadFrame, rest: &mut Multiset) {
    let fields = || cpython::frame_fields(facts, frame.frame).filter(|(_, value)| value.is_owned);
    let is_its_object = |(name, value): (&str, Slot)| (name == cpython::FRAME_OBJECT).then_some(value.object);
    if frame.is_object || !fields().find_map(is_its_object).is_some_and(|object| rest.take(object.address()))
    {
        return;
    }
    let mut forget = |value: Slot| {
        if value.is_owned {
            rest.take(value.object.address());
        }
    };
    fields().for_each(|(_, value)| forget(value));
    cpython::locals(facts, frame, |_, value| forget(value));
    cpython::stack(facts, frame, |_, value| forget(value));
}
