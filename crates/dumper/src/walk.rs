//! Walks the heap: every tracked object, and every other object that can be reached, each once.

use heapview_snapshot::{Origin, RootKind, SnapshotWriter};

use crate::adapters::Libraries;
use crate::adapters::asked::Asked;
use crate::cpython::{self, FREE_THREADED, Facts, Interpreter, Others, Raw, ThreadFrame};
use crate::multiset::Multiset;
use crate::options::DumpOptions;
use crate::output::{Output, ThreadName};
use crate::references;
use crate::roots;
use crate::sites::Blocks;

/// One walk over the heap. All its state lives outside the Python heap.
pub(crate) struct Walk<'a> {
    facts: &'a Facts,
    out: Output<'a>,
    rest: Multiset,
    others: Others,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        facts: &'a Facts,
        libraries: &Libraries,
        asked: &'a Asked<'a>,
        writer: &'a mut SnapshotWriter,
        options: DumpOptions,
        why_no_sites: Option<&'static str>,
    ) -> Self {
        let out = Output::new(facts, libraries, asked, writer, options, why_no_sites);
        Self { facts, out, rest: Multiset::default(), others: cpython::other_interpreters(facts) }
    }

    /// Writes the whole heap, and what it starts from. O(objects + references).
    pub(crate) fn heap(&mut self) {
        if FREE_THREADED {
            self.in_one_stop();
        } else {
            self.tracked_objects();
            roots::write(self.facts, self);
        }
    }

    /// Whether [`Walk::note_names`] is to be called before the heap is written.
    pub(crate) fn wants_names(&self) -> bool {
        self.out.wants_names()
    }

    /// Notes the names of all attributes.
    pub(crate) fn note_names(&mut self) {
        for of in self.interpreters() {
            cpython::tracked_objects_of(self.facts, of, |object, _| self.out.note_names(object));
        }
    }

    /// Takes the notes of another walk.
    pub(crate) fn take_names_of(&mut self, other: &mut Walk<'_>) {
        std::mem::swap(self.out.names_of_attributes(), other.out.names_of_attributes());
    }

    /// Other threads stand still during one enumeration only, so all is written during it. References to objects
    /// that are yet to come pile up as they are found: eight bytes for each at worst.
    fn in_one_stop(&mut self) {
        let facts = self.facts;
        // Which object is the last is not known while the world stands still: none may be on its way for long.
        let write_all = |walk: &mut Self, object| {
            walk.out.find(object);
            walk.write_rest();
            walk.static_types();
        };
        cpython::in_one_stop(facts, self, |walk| roots::write(facts, walk), write_all);
    }

    /// Writes every tracked object and all that it reaches.
    fn tracked_objects(&mut self) {
        // Two passes: references to tracked objects must not pile up as found, so all are marked first.
        for of in self.interpreters() {
            cpython::tracked_objects_of(self.facts, of, |object, _| self.out.will_be_written(object));
        }
        if self.wants_names() {
            self.note_names();
        }
        let held = cpython::held(self.facts);
        for of in self.interpreters() {
            cpython::tracked_objects_of(self.facts, of, |object, generation| {
                if self.out.has_failed() {
                    return;
                }
                self.write(object, held, generation);
                self.write_found();
            });
        }
        self.write_rest();
    }

    /// The running interpreter, and all that stand still with it.
    pub(crate) fn interpreters(&self) -> Vec<Interpreter> {
        Interpreter::running().into_iter().chain(self.others.sharing.iter().copied()).collect()
    }

    /// Whether there is an object, as far as the walk has come: all that are tracked are known before the roots, but
    /// on free-threaded builds.
    pub(crate) fn knows(&self, object: Raw) -> bool {
        FREE_THREADED || self.out.knows(object)
    }

    /// Adds what was asked for before the walk as roots.
    pub(crate) fn asked_roots(&mut self) {
        for (label, object) in self.out.asked_roots() {
            self.root(RootKind::Interpreter, *object, label, None);
        }
    }

    /// Adds a root that is an object, and writes what only it reaches.
    pub(crate) fn root(&mut self, kind: RootKind, object: Raw, label: &str, thread: Option<ThreadName<'_>>) {
        self.out.find(object);
        self.write_rest();
        self.out.root(kind, object, label, thread);
    }

    /// Adds an entry of `sys.modules` as a root.
    pub(crate) fn module_root(
        &mut self,
        kind: RootKind,
        module: Raw,
        name: &str,
        file: &str,
        origin: Origin,
    ) {
        self.out.find(module);
        self.write_rest();
        self.out.module_root(kind, module, name, file, origin);
    }

    /// Adds a running frame as a root: the frame object, or a synthetic object where there is none.
    pub(crate) fn frame_root(&mut self, frame: ThreadFrame, thread: ThreadName<'_>, origin: Origin) {
        self.out.running(frame);
        if frame.is_object {
            self.out.find(frame.frame);
        } else if self.out.starts_frame(frame.frame) {
            references::frame_references(self.facts, frame, &mut self.out);
            self.out.frame(frame, true);
        } else {
            return;
        }
        self.write_rest();
        self.out.frame_root(frame.frame, thread, origin);
    }

    /// Adds the static types met, and what they hold, as roots.
    pub(crate) fn static_types(&mut self) {
        while let Some(type_object) = self.out.next_static_type() {
            self.root(RootKind::StaticType, type_object, cpython::c_name(type_object), None);
        }
    }

    /// Ends the walk: what could not be read, one sentence each, and where each object lies, if allocations are
    /// traced.
    pub(crate) fn end(self) -> (Vec<String>, Option<Blocks>) {
        let (mut warnings, blocks) = self.out.end();
        warnings.extend(self.others.warnings(self.facts));
        (warnings, blocks)
    }

    /// Writes what was found, but for the few that were found last.
    fn write_found(&mut self) {
        while let Some(object) = self.out.next_found() {
            self.write(object, 0, 0);
        }
    }

    /// Writes all that was found.
    fn write_rest(&mut self) {
        self.write_found();
        while self.out.all_arrive() {
            self.write_found();
        }
    }

    fn write(&mut self, object: Raw, held: u32, generation: u8) {
        let of_type = self.out.type_of(object);
        references::references(self.facts, &of_type, object, &mut self.rest, &mut self.out);
        let generation = if cpython::is_frozen(object) { cpython::FROZEN } else { generation };
        self.out.object(&of_type, object, held, generation);
        while let Some(frame) = self.out.next_frame() {
            references::frame_references(self.facts, frame, &mut self.out);
            self.out.frame(frame, false);
        }
    }
}
