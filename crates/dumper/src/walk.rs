//! Walks the heap: every tracked object, and every other object that can be reached, each once.

use heapview_snapshot::{
    Address, AddressSet, EdgeKind, ObjectFlags, ObjectRecord, Preview, RootKind, SnapshotWriter, StrIx,
    TypeFlags, TypeIx, TypeRow,
};

use crate::adapters::numpy;
use crate::cpython::{self, Clip, Facts, Raw, ThreadFrame};
use crate::multiset::Multiset;
use crate::names::Names;
use crate::previews;
use crate::references::{self, Sink};
use crate::shallow;
use crate::type_facts::{Shape, TypeTable};

/// The state of one walk. All of it lives outside the Python heap; nothing of it grows with the references.
pub struct Walk<'a> {
    facts: &'a Facts,
    types: TypeTable,
    out: Output<'a>,
    rest: Multiset,
    clip: Clip,
    buffer_type: Option<TypeIx>,
    frame_type: Option<TypeIx>,
    /// Static types met: roots by themselves.
    static_types: Vec<Raw>,
}

/// Where references go, and what was found through them.
struct Output<'a> {
    writer: &'a mut SnapshotWriter,
    names: Names,
    /// Every object that has been written or will be.
    seen: AddressSet,
    /// Found and not yet written; tracked objects are not here, since their enumeration brings them.
    found: Vec<Raw>,
    buffers: Vec<numpy::Buffer>,
}

impl Sink for Output<'_> {
    fn names(&mut self) -> (&mut Names, &mut SnapshotWriter) {
        (&mut self.names, self.writer)
    }

    fn reference(&mut self, kind: EdgeKind, label: u32, referent: Raw) {
        self.writer.edge(kind, label, address(referent));
        // What a weak reference shows is alive, but may be on its way out: strong references will tell.
        if kind.is_strong() && self.seen.insert(referent.address() as u64) {
            self.found.push(referent);
        }
    }

    fn buffer(&mut self, buffer: numpy::Buffer) {
        let place = buffer_address(buffer);
        self.writer.edge(EdgeKind::Buffer, 0, place);
        if self.seen.insert(place.get()) {
            self.buffers.push(buffer);
        }
    }
}

impl<'a> Walk<'a> {
    pub fn new(facts: &'a Facts, writer: &'a mut SnapshotWriter) -> Self {
        Self {
            facts,
            types: TypeTable::default(),
            out: Output {
                writer,
                names: Names::default(),
                seen: AddressSet::new(),
                found: Vec::new(),
                buffers: Vec::new(),
            },
            rest: Multiset::default(),
            clip: Clip::default(),
            buffer_type: None,
            frame_type: None,
            static_types: Vec::new(),
        }
    }

    /// Writes every tracked object and all that it reaches. O(objects + references).
    pub fn tracked_objects(&mut self) {
        // Two passes: references to tracked objects must not pile up as found, so all are marked first.
        cpython::tracked_objects(self.facts, |object| {
            self.out.seen.insert(object.address() as u64);
        });
        let held = cpython::held(self.facts);
        cpython::tracked_objects(self.facts, |object| {
            self.write(object, held);
            self.write_found();
        });
    }

    /// Writes `object` and all that it reaches, unless that has been done.
    pub fn reach(&mut self, object: Raw) {
        if self.out.seen.insert(object.address() as u64) {
            self.out.found.push(object);
            self.write_found();
        }
    }

    /// Adds a root that is an object.
    pub fn root(&mut self, kind: RootKind, object: Raw, label: &str, thread: &str) {
        self.reach(object);
        let label = self.out.writer.intern(label);
        let thread = self.out.writer.intern(thread);
        self.out.writer.root(kind, address(object), label, thread);
    }

    /// Adds a running frame as a root: the frame object, or a synthetic object where there is none.
    pub fn frame_root(&mut self, frame: ThreadFrame, thread: &str) {
        let label = cpython::describe(self.facts, frame);
        if frame.is_object {
            self.root(RootKind::Frame, frame.frame, &label, thread);
            return;
        }
        if !self.out.seen.insert(frame.frame.address() as u64) {
            return;
        }
        references::frame_references(self.facts, frame, &mut self.out);
        let type_ix = synthetic_type(self.out.writer, &mut self.frame_type, "running frame");
        self.out.writer.object(&ObjectRecord {
            address: address(frame.frame),
            type_ix,
            shallow_size: 0,
            refcount: 1,
            flags: ObjectFlags::SYNTHETIC,
            preview: Some(Preview { text: &label, truncated: false }),
        });
        self.write_found();
        let label = self.out.writer.intern(&label);
        let thread = self.out.writer.intern(thread);
        self.out.writer.root(RootKind::Frame, address(frame.frame), label, thread);
    }

    /// Adds the static types met so far, and what they hold, as roots.
    pub fn static_types(&mut self) {
        let none = StrIx::new(0);
        while let Some(type_object) = self.static_types.pop() {
            self.reach(type_object);
            let label = self.out.writer.intern(cpython::c_name(type_object));
            self.out.writer.root(RootKind::StaticType, address(type_object), label, none);
        }
    }

    fn type_position(&mut self, object: Raw) -> usize {
        let type_object = cpython::type_of(object);
        let (position, is_new) = self.types.position(self.facts, self.out.writer, type_object);
        if is_new && !cpython::is_heap_type(type_object) {
            self.static_types.push(type_object);
        }
        position
    }

    fn write_found(&mut self) {
        while let Some(object) = self.out.found.pop() {
            self.write(object, 0);
        }
    }

    /// Writes one object with its references; `held` references to it are the walk's own.
    fn write(&mut self, object: Raw, held: u32) {
        let type_object = cpython::type_of(object);
        let position = self.type_position(object);
        let of_type = self.types.get(position);
        let first_found = self.out.found.len();
        references::references(self.facts, of_type, object, &mut self.rest, &mut self.out);
        let (count, is_immortal) = cpython::refcount(&self.facts.layout, object);
        let is_tracked = cpython::is_gc(type_object, object) && cpython::is_tracked(object);
        let flags = [(is_tracked, ObjectFlags::TRACKED), (is_immortal, ObjectFlags::IMMORTAL)]
            .into_iter()
            .filter(|(holds, _)| *holds)
            .fold(ObjectFlags::default(), |all, (_, flag)| all.with(flag));
        let has_preview = previews::preview(self.facts, of_type, object, &mut self.clip);
        self.out.writer.object(&ObjectRecord {
            address: address(object),
            type_ix: of_type.type_ix,
            shallow_size: shallow::shallow_size(self.facts, of_type, object),
            refcount: if is_immortal { count } else { count.saturating_sub(held) },
            flags,
            preview: has_preview.then_some(Preview { text: &self.clip.text, truncated: self.clip.truncated }),
        });
        self.write_buffers();
        self.write_leaves(first_found);
    }

    /// Writes the leaves among what was just found: a list of a million ints then leaves no million behind.
    fn write_leaves(&mut self, first_found: usize) {
        let mut kept = first_found;
        for place in first_found..self.out.found.len() {
            let object = self.out.found[place];
            let position = self.type_position(object);
            if self.types.get(position).shape != Shape::Leaf {
                self.out.found[kept] = object;
                kept += 1;
                continue;
            }
            self.write_leaf(position, object);
        }
        self.out.found.truncate(kept);
    }

    fn write_leaf(&mut self, position: usize, object: Raw) {
        let of_type = self.types.get(position);
        let (refcount, is_immortal) = cpython::refcount(&self.facts.layout, object);
        let has_preview = previews::preview(self.facts, of_type, object, &mut self.clip);
        self.out.writer.leaf(&ObjectRecord {
            address: address(object),
            type_ix: of_type.type_ix,
            shallow_size: shallow::shallow_size(self.facts, of_type, object),
            refcount,
            flags: if is_immortal { ObjectFlags::IMMORTAL } else { ObjectFlags::default() },
            preview: has_preview.then_some(Preview { text: &self.clip.text, truncated: self.clip.truncated }),
        });
    }

    fn write_buffers(&mut self) {
        while let Some(buffer) = self.out.buffers.pop() {
            let type_ix = synthetic_type(self.out.writer, &mut self.buffer_type, "numpy data");
            self.out.writer.leaf(&ObjectRecord {
                address: buffer_address(buffer),
                type_ix,
                shallow_size: buffer.size,
                refcount: 1,
                flags: ObjectFlags::SYNTHETIC,
                preview: None,
            });
        }
    }
}

fn address(object: Raw) -> Address {
    Address::new(object.address() as u64)
}

/// Buffers may start anywhere; the file wants multiples of eight.
fn buffer_address(buffer: numpy::Buffer) -> Address {
    Address::new(buffer.address as u64 & !(heapview_snapshot::GRANULE - 1))
}

fn synthetic_type(writer: &mut SnapshotWriter, known: &mut Option<TypeIx>, name: &str) -> TypeIx {
    *known.get_or_insert_with(|| {
        writer.add_type(&TypeRow { flags: TypeFlags::SYNTHETIC, ..TypeRow::named("", name, Address::new(0)) })
    })
}
