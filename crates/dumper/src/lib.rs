//! Reads a live CPython heap and writes it to a snapshot.
//!
//! # Design constraints
//! - The target process is sacred: no code of the user's runs, nothing is imported, no `__dict__` is made, no
//!   reference count stays changed. All bookkeeping lives outside the Python heap. The one exception is `ask`,
//!   before the walk: adapters written in Python, if objects of their types are alive.
//! - The graph is never held: objects and references go to the file as they are found.
//! - Struct offsets and version checks live in `cpython` alone.

mod adapters;
mod ask;
mod attribute_names;
mod child;
mod cpython;
mod error;
mod fork;
mod ledger;
mod multiset;
mod names;
mod options;
mod origins;
mod output;
mod places;
mod previews;
mod probe;
mod references;
mod reserve;
mod roots;
mod scan;
mod second_thread;
mod secrets;
mod shallow;
mod signals;
mod sites;
mod sqlite;
mod type_facts;
mod type_rules;
mod walk;

use std::path::Path;
use std::sync::Mutex;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use heapview_snapshot::{Ledger, Meta, SnapshotWriter, WholeFile};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt as _;

use crate::adapters::asked::Asked;
use crate::cpython::FREE_THREADED;
use crate::walk::Walk;

pub use ask::Adapter;
pub use error::DumpError;
pub use fork::Child;
pub use options::{DumpOptions, PreviewLength};

/// Held by the one dump that walks the heap.
static ONLY: Mutex<()> = Mutex::new(());

/// Dumps the interpreter it was made in.
#[derive(Debug)]
pub struct Dumper {
    facts: cpython::Facts,
    python_version: String,
    executable: String,
}

/// What a finished dump did.
#[derive(Clone, Debug)]
pub struct DumpReport {
    pub n_objects: u64,
    pub n_edges: u64,
    /// Bytes of the snapshot.
    pub file_size: u64,
    /// How long the process stood still, in seconds.
    pub pause_seconds: f64,
    /// What could not be seen or named, one sentence each.
    pub warnings: Vec<String>,
}

/// When a dump began, and whose heap it is if not that of the process that writes.
#[derive(Clone, Copy, Debug)]
struct Moment {
    start: Instant,
    parent: Option<u32>,
}

impl Dumper {
    /// Finds out what this interpreter is and tests the layouts on objects of its own. For import time: it runs a
    /// few lines of Python.
    pub fn new(py: Python<'_>) -> PyResult<Self> {
        let version = py.version_info();
        let sys = py.import("sys")?;
        if FREE_THREADED && !cpython::Facts::is_known(py) {
            // Not even the heads of objects need be where they are in the versions known.
            return Err(PyRuntimeError::new_err(format!(
                "the free-threaded build of CPython {}.{} cannot be dumped: this heapview does not know it",
                version.major, version.minor
            )));
        }
        Ok(Self {
            facts: cpython::Facts::detect(py)?,
            python_version: format!("{}.{}.{}", version.major, version.minor, version.patch),
            executable: sys.getattr("executable")?.extract::<Option<String>>()?.unwrap_or_default(),
        })
    }

    /// Writes a snapshot of the whole heap to `path`. The GIL is held while the heap is read, or the world stopped
    /// while it is walked: no other thread runs Python code. It is free while the disk takes the file.
    ///
    /// Adapters are asked first, if their modules are loaded and objects of their types are alive; after that no
    /// Python code runs. O(objects + references); about three bytes of memory per object besides a few megabytes, and eight
    /// more while `tracemalloc` is tracing.
    pub fn dump(
        &self,
        py: Python<'_>,
        path: &Path,
        adapters: Vec<Adapter<'_>>,
        options: DumpOptions,
    ) -> Result<DumpReport, DumpError> {
        let start = Instant::now();
        let ledger = self.ledger(options);
        let asked = ask::ask(py, &self.facts, path, adapters, options)?;
        // What is held back for want of memory serves one dump. Threads that wait here do so detached.
        let only = ONLY.lock_py_attached(py);
        let (file, report) = self.write(path, options, &ledger, &asked, Moment { start, parent: None })?;
        drop(only);
        drop(asked);
        let file_size = py.detach(|| file.publish())?;
        Ok(DumpReport { file_size, ..report })
    }

    /// As [`Dumper::dump`], in a child process: this one stands still only while it forks.
    ///
    /// The child writes what the heap was at that moment. It runs no Python code and ends without any; adapters
    /// are asked before.
    pub fn dump_in_child(
        &self,
        py: Python<'_>,
        path: &Path,
        adapters: Vec<Adapter<'_>>,
        options: DumpOptions,
    ) -> Result<Child, DumpError> {
        if FREE_THREADED {
            // The child would be left with the locks of threads that it does not have.
            return Err(DumpError::Unsupported("fork=True does not work on free-threaded builds of CPython"));
        }
        let start = Instant::now();
        let ledger = self.ledger(options);
        let asked = ask::ask(py, &self.facts, path, adapters, options)?;
        let moment = Moment { start, parent: Some(std::process::id()) };
        Child::fork(path, start, || {
            let (file, report) = self.write(path, options, &ledger, &asked, moment)?;
            Ok(DumpReport { file_size: file.publish()?, ..report })
        })
    }

    fn ledger(&self, options: DumpOptions) -> Ledger {
        let hides_values = options.hides_values();
        cpython::stopped(&self.facts, || ledger::collect(&self.facts, hides_values)).unwrap_or_default()
    }

    fn write(
        &self,
        path: &Path,
        options: DumpOptions,
        ledger: &Ledger,
        asked: &Asked<'_>,
        moment: Moment,
    ) -> Result<(WholeFile, DumpReport), DumpError> {
        let Moment { start, parent } = moment;
        let pause_of_parent = parent.map(|_| start.elapsed());
        let _reserve = reserve::Reserve::hold().ok_or(DumpError::OutOfMemory)?;
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut writer = if options.overwrite {
            SnapshotWriter::create_over(path)?
        } else {
            SnapshotWriter::create(path)?
        };
        if options.compress {
            writer.compress()?;
        }
        // A child of `fork` stops nobody: it writes by itself.
        if parent.is_none() {
            second_thread::start(&mut writer);
        }
        writer.ledger(ledger);
        let why_no_sites = if FREE_THREADED {
            Some("other threads go on before tracemalloc could be asked: allocation sites are left out")
        } else {
            parent.map(|_| "a child process cannot ask tracemalloc: allocation sites are left out")
        };
        let mut walk = Walk::new(&self.facts, asked, &mut writer, options, why_no_sites);
        if FREE_THREADED && walk.wants_names() {
            // An enumeration of its own, with notes on types that may be gone after it: a file that goes away.
            let mut scratch = SnapshotWriter::create_over(path)?;
            let mut other = Walk::new(&self.facts, asked, &mut scratch, options, why_no_sites);
            other.note_names();
            walk.take_names_of(&mut other);
        }
        walk.heap();
        let mut warnings = self.facts.warnings.clone();
        warnings.extend_from_slice(&asked.warnings);
        let (mut of_walk, blocks) = walk.end();
        warnings.append(&mut of_walk);
        if reserve::is_spent() {
            return Err(DumpError::OutOfMemory);
        }
        if let Some(blocks) = blocks {
            sites::write(&self.facts, &blocks, &mut writer);
        }
        let pause = pause_of_parent.unwrap_or_else(|| start.elapsed());
        let (n_objects, n_edges) = (writer.n_objects(), writer.n_edges());
        let file = writer.close(Meta {
            heapview_version: env!("CARGO_PKG_VERSION").to_owned(),
            python_version: self.python_version.clone(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            executable: self.executable.clone(),
            pid: parent.unwrap_or_else(std::process::id),
            created_unix_ms: created.as_millis() as u64,
            pause_us: pause.as_micros() as u64,
            previews: options.previews.name().to_owned(),
            is_redacted: options.redact,
            warnings: warnings.clone(),
            ..Meta::default()
        })?;
        let pause_seconds = start.elapsed().as_secs_f64();
        Ok((file, DumpReport { n_objects, n_edges, file_size: 0, pause_seconds, warnings }))
    }
}

#[cfg(test)]
mod tests {
    use heapview_snapshot::{EdgeKind, Snapshot};

    use super::*;

    #[test]
    fn an_unknown_newer_python_is_dumped_with_fewer_names_and_a_warning() {
        Python::attach(|py| {
            let known = Dumper::new(py).unwrap();
            let unknown = Dumper { facts: cpython::Facts::of_unknown_version(py).unwrap(), ..known };
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("snap.rkyv");
            let report = unknown.dump(py, &path, Vec::new(), DumpOptions::default()).unwrap();
            assert!(report.warnings[0].contains("is not known to this heapview"), "{:?}", report.warnings);
            let snapshot = Snapshot::open(&path).unwrap();
            assert_eq!(snapshot.meta().warnings, report.warnings);
            assert!(snapshot.n_objects() > 1000);
            let kinds = |wanted| {
                let all = (0..snapshot.n_objects() as u32).map(heapview_snapshot::ObjectIx::new);
                all.flat_map(|ix| snapshot.edges(ix)).filter(|edge| edge.kind == wanted).count()
            };
            // Containers need no layout of their own; inline attributes and local variables do.
            assert!(kinds(EdgeKind::DictValue) > 1000);
            assert!(kinds(EdgeKind::Item) > 1000);
            assert_eq!(kinds(EdgeKind::Attribute) + kinds(EdgeKind::Local), 0);
        });
    }
}
