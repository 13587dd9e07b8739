//! What a walk writes: records of objects, and the list of objects found and not yet written.

use std::rc::Rc;

use heapview_snapshot::{
    Address, AddressSet, EdgeKind, ObjectFlags, ObjectRecord, Origin, Root, RootKind, SnapshotWriter, Thread,
    TypeFlags, TypeIx, TypeRow,
};

use crate::adapters::asked::{Asked, Found};
use crate::adapters::{Buffer, Libraries, greenlet, lxml};
use crate::attribute_names::AttributeNames;
use crate::cpython::{self, Facts, Raw, ThreadFrame};
use crate::locations::Locations;
use crate::names::Names;
use crate::options::DumpOptions;
use crate::previews::Previews;
use crate::probe::LazyPages;
use crate::references::{self, Sink};
use crate::reserve;
use crate::secrets::Secrets;
use crate::shallow;
use crate::sites::{Block, Blocks};
use crate::type_facts::{Extra, Items, Shape, TypeFacts, TypeTable};
use crate::uses::CodeUses;

/// Objects found that are fetched from memory while others are written: a walk over a large heap mostly waits for
/// memory.
const ARRIVING: usize = 16;

/// A thread by its number and its name, which is empty where it is not known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadName<'a> {
    pub ident: u64,
    pub name: &'a str,
}

/// The writer and what must be remembered until the end; nothing of it grows with the references.
pub(crate) struct Output<'a> {
    facts: &'a Facts,
    asked: &'a Asked<'a>,
    writer: &'a mut SnapshotWriter,
    names: Names,
    types: TypeTable,
    previews: Previews,
    /// Every object that has been written or will be.
    seen: AddressSet,
    /// Found just now, and on their way into the processor's cache: the oldest is at `turn`.
    arriving: [Option<Raw>; ARRIVING],
    turn: usize,
    /// Found and not yet written. Leaves are written as they are found, tracked objects are enumerated.
    found: Vec<Raw>,
    /// Static types met: roots by themselves.
    static_types: Vec<Raw>,
    buffers: Vec<Buffer>,
    /// By kind of buffer.
    buffer_types: Vec<Option<TypeIx>>,
    running_type: Option<TypeIx>,
    suspended_type: Option<TypeIx>,
    /// Frames of greenlets, to be written after the object that holds them.
    frames: Vec<ThreadFrame>,
    pages: LazyPages,
    /// Suspended greenlets, and those of them whose outer frames could not be found.
    n_greenlets: u64,
    n_cut_stacks: u64,
    /// Lists that are being sorted.
    n_sorted: u64,
    /// What could not be read, one sentence each.
    warnings: Vec<String>,
    uses: CodeUses<'a>,
    locations: Locations,
    /// Only while allocations are traced.
    blocks: Option<Blocks>,
}

impl Sink for Output<'_> {
    fn names(&mut self) -> (&mut Names, &mut SnapshotWriter) {
        (&mut self.names, self.writer)
    }

    fn reference(&mut self, kind: EdgeKind, label: u32, referent: Raw) {
        if reserve::is_spent() {
            return;
        }
        self.writer.edge(kind, label, address(referent));
        // What a weak reference shows is alive, but may be on its way out: strong references will tell.
        if kind.is_strong() {
            self.find(referent);
        }
    }

    fn buffer(&mut self, buffer: Buffer) {
        let place = buffer_address(buffer);
        self.writer.edge(EdgeKind::Buffer, 0, place);
        if self.seen.insert(place.get()) && self.buffers.try_reserve(1).is_ok() {
            self.buffers.push(buffer);
        }
    }

    fn left_out(&mut self, sentence: String) {
        if !self.warnings.contains(&sentence) {
            self.warnings.push(sentence);
        }
    }

    fn tree_of(&mut self, document: Raw) {
        if let Some(buffer) = lxml::tree(document) {
            self.buffer(buffer);
        }
    }

    fn frames_of(&mut self, greenlet: Raw) -> Vec<ThreadFrame> {
        let found = greenlet::frames(self.facts, greenlet, self.pages.get());
        self.n_greenlets += u64::from(!found.frames.is_empty());
        self.n_cut_stacks += u64::from(!found.is_whole);
        let Some(name) = greenlet::name(self.facts, &found.frames) else { return found.frames };
        for (position, frame) in found.frames.iter().enumerate() {
            let is_outermost = position + 1 == found.frames.len();
            let label = greenlet::frame_label(self.facts, &name, *frame, is_outermost);
            let label = self.writer.intern(&label).get();
            if frame.is_object {
                self.reference(EdgeKind::Internal, label, frame.frame);
            } else {
                self.writer.edge(EdgeKind::Internal, label, address(frame.frame));
                if self.starts_frame(frame.frame) {
                    self.frames.push(*frame);
                }
            }
        }
        self.root(RootKind::Greenlet, greenlet, &name, None);
        found.frames
    }

    fn asked(&self, object: Raw) -> Option<Rc<Found>> {
        self.asked.of(object)
    }

    fn label(&mut self, position: usize) -> u32 {
        self.writer.intern(&self.asked.labels[position]).get()
    }
}

impl<'a> Output<'a> {
    pub(crate) fn new(
        facts: &'a Facts,
        libraries: &Libraries,
        asked: &'a Asked<'a>,
        writer: &'a mut SnapshotWriter,
        options: DumpOptions,
        why_no_sites: Option<&'static str>,
    ) -> Self {
        let secrets = Secrets::of(options);
        if facts.frames {
            writer.tells_uses();
        }
        let wants_sites = why_no_sites.is_none() && cpython::is_tracing(facts);
        let warnings = why_no_sites.map(str::to_owned).into_iter().collect();
        Self {
            facts,
            asked,
            writer,
            names: Names::new(secrets.clone()),
            types: TypeTable::new(libraries),
            previews: Previews::new(options, secrets),
            seen: AddressSet::new(),
            arriving: [None; ARRIVING],
            turn: 0,
            found: Vec::new(),
            static_types: Vec::new(),
            buffers: Vec::new(),
            buffer_types: vec![None; asked.kinds.len()],
            running_type: None,
            suspended_type: None,
            frames: Vec::new(),
            pages: LazyPages::default(),
            n_greenlets: 0,
            n_cut_stacks: 0,
            n_sorted: 0,
            warnings,
            uses: CodeUses::new(facts),
            locations: Locations::default(),
            blocks: wants_sites.then(Blocks::default),
        }
    }

    /// Whether [`Output::note_names`] is to be called with every tracked object before anything is written.
    pub(crate) fn wants_names(&self) -> bool {
        self.previews.want_names()
    }

    /// Notes the names of the object's attributes, which are written whatever the options say.
    pub(crate) fn note_names(&mut self, object: Raw) {
        let of_type = self.type_of(object);
        if let Some(dict) = references::namespace(self.facts, &of_type, object) {
            let names = self.previews.names();
            cpython::dict_items(dict, |key, _| names.note(self.facts, key));
        }
    }

    /// The names of attributes, as noted.
    pub(crate) fn names_of_attributes(&mut self) -> &mut AttributeNames {
        self.previews.names()
    }

    /// What could not be read, and the blocks of what was written, if allocations are traced.
    pub(crate) fn end(mut self) -> (Vec<String>, Option<Blocks>) {
        self.warnings.extend(greenlet::warning(self.facts, self.n_greenlets, self.n_cut_stacks));
        if self.n_sorted > 0 {
            let are =
                if self.n_sorted == 1 { "1 list is".into() } else { format!("{} lists are", self.n_sorted) };
            let warning = format!("{are} being sorted: C holds the elements until that is done");
            self.warnings.push(warning);
        }
        (self.warnings, self.blocks)
    }

    /// Whether the object has been written or will be.
    pub(crate) fn knows(&self, object: Raw) -> bool {
        self.seen.contains(object.address() as u64)
    }

    /// What was asked for before the walk, each with its name.
    pub(crate) fn asked_roots(&self) -> &'a [(String, Raw)] {
        &self.asked.roots
    }

    /// Notes that `object` will be written by its enumeration: finding it again changes nothing.
    pub(crate) fn will_be_written(&mut self, object: Raw) {
        if !self.has_failed() {
            self.seen.insert(object.address() as u64);
        }
    }

    /// Whether memory ran out or the file cannot be written: the walk then comes to its end.
    pub(crate) fn has_failed(&self) -> bool {
        reserve::is_spent() || self.writer.has_failed()
    }

    /// Takes note of an object, which is looked at when it has had time to come from memory.
    pub(crate) fn find(&mut self, object: Raw) {
        if self.has_failed() || !self.seen.insert(object.address() as u64) {
            return;
        }
        object.prefetch();
        let arrived = self.arriving[self.turn].replace(object);
        self.turn = (self.turn + 1) % ARRIVING;
        if let Some(arrived) = arrived {
            self.arrived(arrived);
        }
    }

    /// A leaf is written at once, so that a list of a million ints leaves no million behind.
    fn arrived(&mut self, object: Raw) {
        let of_type = self.type_of(object);
        if of_type.shape == Shape::Leaf {
            let (refcount, flags) = self.count_and_flags(&of_type, object, 0);
            self.record(&of_type, object, refcount, flags, true);
        } else if self.found.try_reserve(1).is_ok() {
            self.found.push(object);
        }
    }

    /// The next object that was found and is not yet written; `None` if all that are left are still on their way.
    pub(crate) fn next_found(&mut self) -> Option<Raw> {
        if self.has_failed() { None } else { self.found.pop() }
    }

    /// Waits for the objects that are on their way; false if there were none.
    pub(crate) fn all_arrive(&mut self) -> bool {
        let arriving = std::mem::take(&mut self.arriving);
        let mut n_arrived = 0;
        for object in arriving.into_iter().flatten().take_while(|_| !reserve::is_spent()) {
            self.arrived(object);
            n_arrived += 1;
        }
        n_arrived > 0 && !self.has_failed()
    }

    pub(crate) fn next_static_type(&mut self) -> Option<Raw> {
        if self.has_failed() { None } else { self.static_types.pop() }
    }

    /// What is known of the object's type.
    pub(crate) fn type_of(&mut self, object: Raw) -> Rc<TypeFacts> {
        let type_object = cpython::type_of(object);
        let (facts, is_new) = self.types.facts_of(self.facts, self.writer, type_object);
        if is_new && !facts.is_heap_type {
            self.static_types.push(type_object);
        }
        if is_new && let Err(sentence) = self.types.libraries().adapter(self.facts, type_object) {
            self.left_out(sentence);
        }
        facts
    }

    /// Writes the record of an object whose references have just been given; `held` references to it are the
    /// walk's own.
    pub(crate) fn object(&mut self, of_type: &TypeFacts, object: Raw, held: u32, generation: u8) {
        let (refcount, flags) = self.count_and_flags(of_type, object, held);
        self.record(of_type, object, refcount, flags.with_generation(generation), false);
        if of_type.items == Items::List && cpython::is_being_sorted(object) {
            self.n_sorted += 1;
        }
        if of_type.extra == Extra::Code {
            self.uses.of(object, &mut self.names, self.writer);
        }
        if of_type.extra != Extra::None {
            self.locations.of_object(self.facts, of_type.extra, object, self.writer);
        }
        self.write_buffers();
    }

    /// Notes what the code of a module is still to do, while a frame runs it.
    pub(crate) fn running(&mut self, frame: ThreadFrame) {
        self.uses.running(frame, &mut self.names, self.writer);
    }

    /// A frame of a greenlet that was found and is still to be written.
    pub(crate) fn next_frame(&mut self) -> Option<ThreadFrame> {
        if self.has_failed() { None } else { self.frames.pop() }
    }

    /// Notes that a frame, for which there is no object, is being written; false if it was before.
    pub(crate) fn starts_frame(&mut self, frame: Raw) -> bool {
        self.seen.insert(frame.address() as u64)
    }

    /// Writes the record of a frame whose references have just been given.
    pub(crate) fn frame(&mut self, frame: ThreadFrame, is_running: bool) {
        if reserve::is_spent() {
            return;
        }
        self.locations.of_frame(self.facts, frame.frame, frame, self.writer);
        let type_ix = if is_running {
            synthetic_type(self.writer, &mut self.running_type, "running frame")
        } else {
            synthetic_type(self.writer, &mut self.suspended_type, "suspended frame")
        };
        self.writer.object(&ObjectRecord {
            address: address(frame.frame),
            type_ix,
            shallow_size: 0,
            refcount: 1,
            flags: ObjectFlags::SYNTHETIC,
            preview: None,
        });
    }

    pub(crate) fn root(&mut self, kind: RootKind, object: Raw, label: &str, thread: Option<ThreadName<'_>>) {
        if reserve::is_spent() {
            return;
        }
        let label = self.writer.intern(label);
        let thread = thread.map(|thread| self.thread(thread));
        self.writer.root(Root { thread, ..Root::new(kind, address(object), label) });
    }

    pub(crate) fn frame_root(&mut self, frame: Raw, thread: ThreadName<'_>, origin: Origin) {
        let (none, thread) = (self.writer.intern(""), Some(self.thread(thread)));
        self.writer.root(Root { thread, origin, ..Root::new(RootKind::Frame, address(frame), none) });
    }

    pub(crate) fn module_root(
        &mut self,
        kind: RootKind,
        module: Raw,
        name: &str,
        file: &str,
        origin: Origin,
    ) {
        let (name, file) = (self.writer.intern(name), self.writer.intern(file));
        self.writer.root(Root { file, origin, ..Root::new(kind, address(module), name) });
    }

    fn thread(&mut self, ThreadName { ident, name }: ThreadName<'_>) -> Thread {
        Thread { ident, name: self.writer.intern(name) }
    }

    fn count_and_flags(&self, of_type: &TypeFacts, object: Raw, held: u32) -> (u32, ObjectFlags) {
        let (count, is_immortal) = cpython::refcount(&self.facts.layout, object);
        let mut flags = ObjectFlags::default();
        if cpython::is_gc(of_type.type_object, object) && cpython::is_tracked(object) {
            flags = flags.with(ObjectFlags::TRACKED);
        }
        if is_immortal {
            return (count, flags.with(ObjectFlags::IMMORTAL));
        }
        if cpython::is_deferred(object) {
            flags = flags.with(ObjectFlags::DEFERRED);
        }
        (count.saturating_sub(held + self.asked.held(object)), flags)
    }

    fn record(&mut self, of_type: &TypeFacts, object: Raw, refcount: u32, flags: ObjectFlags, is_leaf: bool) {
        if reserve::is_spent() {
            return;
        }
        let record = ObjectRecord {
            address: address(object),
            type_ix: of_type.type_ix,
            shallow_size: shallow::shallow_size(self.facts, of_type, object),
            refcount,
            flags,
            preview: self.previews.preview(self.facts, of_type, object),
        };
        if let Some(blocks) = &mut self.blocks {
            let pre_header = shallow::pre_header(of_type, object);
            blocks.note(self.writer.n_objects(), record.address, Block::Object { pre_header });
        }
        if is_leaf { self.writer.leaf(&record) } else { self.writer.object(&record) }
    }

    fn write_buffers(&mut self) {
        while let Some(buffer) = self.buffers.pop() {
            let kind = buffer.kind.0 as usize;
            let type_ix = synthetic_type(self.writer, &mut self.buffer_types[kind], &self.asked.kinds[kind]);
            if let Some(blocks) = &mut self.blocks {
                blocks.note(self.writer.n_objects(), buffer_address(buffer), Block::Buffer);
            }
            self.writer.leaf(&ObjectRecord {
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
fn buffer_address(buffer: Buffer) -> Address {
    Address::new(buffer.address & !(heapview_snapshot::GRANULE - 1))
}

fn synthetic_type(writer: &mut SnapshotWriter, known: &mut Option<TypeIx>, name: &str) -> TypeIx {
    *known.get_or_insert_with(|| {
        writer.add_type(&TypeRow { flags: TypeFlags::SYNTHETIC, ..TypeRow::named("", name, Address::new(0)) })
    })
}
