//! Goes over the heap before the walk and writes nothing: which objects must adapters be asked about?

use std::rc::Rc;

use heapview_snapshot::{AddressSet, EdgeKind, SnapshotWriter};
use pyo3::ffi;
use pyo3::prelude::*;
use rustc_hash::FxHashMap;

use crate::adapters::asked::Found;
use crate::adapters::{Buffer, Libraries, arrow, greenlet};
use crate::cpython::{self, FREE_THREADED, Facts, Raw, Thread, ThreadFrame};
use crate::modules;
use crate::multiset::Multiset;
use crate::names::Names;
use crate::probe::LazyPages;
use crate::references::{self, Sink};
use crate::reserve;
use crate::type_facts::{self, Shape, TypeTable};

/// Memory that others may borrow: at least this many bytes.
const LARGE: u64 = 4096;

/// What a scan found. Nothing in it is alive for longer than the GIL is held; on free-threaded builds, where there
/// is none, each object and each block's owner is held once more.
#[derive(Default)]
pub(crate) struct Findings {
    /// Objects to ask about, each with the position of its adapter.
    pub objects: Vec<(Raw, usize)>,
    /// Large memory that the walk will see without asking.
    pub blocks: Vec<Block>,
    /// Where objects are.
    pub seen: AddressSet,
}

/// A stretch of memory and what the walk makes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub start: u64,
    pub end: u64,
    pub owner: Owner,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    /// The content of a `bytes` object.
    Bytes(Raw),
    /// A buffer that the walk reads raw.
    Buffer(Buffer),
}

struct Scan<'a> {
    facts: &'a Facts,
    /// Takes the names of types and fields, which nobody will read.
    scratch: &'a mut SnapshotWriter,
    names: Names,
    types: TypeTable,
    adapters: &'a FxHashMap<String, usize>,
    adapter_of_type: FxHashMap<usize, Option<usize>>,
    unvisited: Vec<Raw>,
    rest: Multiset,
    pages: LazyPages,
    findings: Findings,
}

/// Finds every live object of the types in `adapters` or of types derived from them.
/// O(objects + references), less than the walk: nothing is sized or written.
pub(crate) fn scan(
    facts: &Facts,
    libraries: &Libraries,
    scratch: &mut SnapshotWriter,
    adapters: &FxHashMap<String, usize>,
) -> Findings {
    let mut scan = Scan {
        facts,
        scratch,
        names: Names::default(),
        types: TypeTable::new(libraries),
        adapters,
        adapter_of_type: FxHashMap::default(),
        unvisited: Vec::new(),
        rest: Multiset::default(),
        pages: LazyPages::default(),
        findings: Findings::default(),
    };
    if FREE_THREADED {
        let visit = |scan: &mut Scan<'_>, object: Raw| {
            if !reserve::is_spent() && scan.findings.seen.insert(object.address() as u64) {
                scan.visit(object, 0);
                scan.visit_found();
            }
        };
        cpython::in_one_stop(facts, &mut scan, Scan::roots, visit);
    } else {
        cpython::tracked_objects(facts, |object, _| {
            if reserve::is_spent() {
                return;
            }
            scan.findings.seen.insert(object.address() as u64);
        });
        let held = cpython::held(facts);
        cpython::tracked_objects(facts, |object, _| {
            if !reserve::is_spent() {
                scan.visit(object, held);
                scan.visit_found();
            }
        });
        scan.roots();
    }
    scan.findings.blocks.sort_unstable_by_key(|block| block.start);
    scan.findings
}

impl Sink for Scan<'_> {
    fn names(&mut self) -> (&mut Names, &mut SnapshotWriter) {
        (&mut self.names, self.scratch)
    }

    fn reference(&mut self, kind: EdgeKind, _label: u32, referent: Raw) {
        if kind.is_strong()
            && !reserve::is_spent()
            && self.findings.seen.insert(referent.address() as u64)
            && self.unvisited.try_reserve(1).is_ok()
        {
            self.unvisited.push(referent);
        }
    }

    fn buffer(&mut self, buffer: Buffer) {
        self.block(buffer.address, buffer.size, Owner::Buffer(buffer));
    }

    fn left_out(&mut self, _sentence: String) {}

    fn tree_of(&mut self, _document: Raw) {}

    fn frames_of(&mut self, greenlet: Raw) -> Vec<ThreadFrame> {
        let found = greenlet::frames(self.facts, greenlet, self.pages.get()).frames;
        for frame in &found {
            self.frame(*frame);
        }
        found
    }

    fn asked(&self, _object: Raw) -> Option<Rc<Found>> {
        None
    }

    fn label(&mut self, _position: usize) -> u32 {
        0
    }
}

impl Scan<'_> {
    /// What is not tracked may be held by the interpreter alone: modules, and variables of running frames.
    fn roots(&mut self) {
        if let Some(modules) = modules::modules() {
            self.reference(EdgeKind::Internal, 0, modules);
        }
        for Thread { state, .. } in cpython::threads(self.facts) {
            for frame in cpython::thread_frames(self.facts, state) {
                self.frame(frame);
            }
        }
        self.visit_found();
    }

    fn frame(&mut self, frame: ThreadFrame) {
        if frame.is_object {
            self.reference(EdgeKind::Internal, 0, frame.frame);
        } else {
            references::frame_references(self.facts, frame, self);
        }
    }

    fn visit_found(&mut self) {
        while let Some(object) = self.unvisited.pop().filter(|_| !reserve::is_spent()) {
            self.visit(object, 0);
        }
    }

    fn visit(&mut self, object: Raw, held: u32) {
        let type_object = cpython::type_of(object);
        let (of_type, _) = self.types.facts_of(self.facts, self.scratch, type_object);
        if of_type.shape == Shape::Leaf {
            if cpython::is_exactly(object, "bytes") {
                let size = cpython::var_size(object).unsigned_abs();
                self.block(
                    object.address() as u64 + cpython::BYTES_CONTENT as u64,
                    size,
                    Owner::Bytes(object),
                );
            }
            return;
        }
        if let Some(adapter) = self.adapter(type_object)
            // An object on its way out must not be brought back.
            && cpython::refcount(&self.facts.layout, object).0 > held
            && arrow::is_filled(object)
            && self.findings.objects.try_reserve(1).is_ok()
        {
            keep(object);
            self.findings.objects.push((object, adapter));
        }
        let mut rest = std::mem::take(&mut self.rest);
        references::references(self.facts, &of_type, object, &mut rest, self);
        self.rest = rest;
    }

    fn block(&mut self, start: u64, size: u64, owner: Owner) {
        if size >= LARGE && self.findings.blocks.try_reserve(1).is_ok() {
            let block = Block { start, end: start.saturating_add(size), owner };
            block.owner().into_iter().for_each(keep);
            self.findings.blocks.push(block);
        }
    }

    /// The adapter of the first type in the order of inheritance that has one.
    fn adapter(&mut self, type_object: Raw) -> Option<usize> {
        if let Some(known) = self.adapter_of_type.get(&type_object.address()) {
            return *known;
        }
        let bases = cpython::mro(type_object).into_iter();
        let name = |base| type_facts::type_name(self.facts, base);
        let adapter = bases.map(name).find_map(|name| self.adapters.get(&name).copied());
        if self.adapter_of_type.try_reserve(1).is_ok() {
            self.adapter_of_type.insert(type_object.address(), adapter);
        }
        adapter
    }
}

/// Before the world runs again an object must be held, or it may go away.
pub(crate) fn keep(object: Raw) {
    if FREE_THREADED {
        // SAFETY: alive, with a reference besides this one; the world is stopped.
        unsafe { ffi::Py_INCREF(object.as_ptr()) };
    }
}

/// An object that was found and, where there is no GIL, kept.
pub(crate) fn found(py: Python<'_>, object: Raw) -> Bound<'_, PyAny> {
    // SAFETY: found alive; no Python code has run since, or we hold it once more.
    unsafe {
        if FREE_THREADED {
            Bound::from_owned_ptr(py, object.as_ptr())
        } else {
            Bound::from_borrowed_ptr(py, object.as_ptr())
        }
    }
}
