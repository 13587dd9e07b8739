//! Reads a live CPython heap and writes it to a snapshot.
//!
//! # Design constraints
//! - The target process is sacred: no code of the user's runs, nothing is imported, no `__dict__` is made, no
//!   reference count stays changed. All bookkeeping lives outside the Python heap. The one exception is `ask`,
//!   before the walk: adapters written in Python, if objects of their types are alive.
//! - The graph is never held: objects and references go to the file as they are found.
//! - Struct offsets and version checks live in `cpython` alone.

mod accesses;
mod adapters;
mod ask;
mod attribute_names;
mod calls;
mod child_memory;
mod child_process;
mod cpython;
mod descriptors;
mod distributions;
mod error;
mod extras;
mod fork;
mod handlers;
mod ledger;
mod locations;
mod machine;
mod methods;
mod modules;
mod multiset;
mod names;
mod notes;
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
mod stack;
mod type_facts;
mod type_rules;
mod uses;
mod value;
mod walk;

use std::path::Path;
use std::sync::Mutex;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use heapview_snapshot::{Destination, Ledger, Meta, SnapshotWriter, WholeFile};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt as _;

use crate::adapters::Libraries;
use crate::adapters::asked::Asked;
use crate::cpython::FREE_THREADED;
use crate::reserve::Reserve;
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
    /// If `tracemalloc` is tracing and cannot be asked.
    why_no_sites: Option<&'static str>,
}

/// What was found out before the walk.
#[derive(Debug)]
struct Before<'py> {
    ledger: Ledger,
    asked: Asked<'py>,
    libraries: Libraries,
}

impl Before<'_> {
    /// Where there is no memory for more.
    fn without_asking(facts: &cpython::Facts) -> Self {
        let mut asked = Asked::nothing();
        asked
            .warnings
            .push("memory was too short to ask adapters: what they would have said is left out".into());
        Self { ledger: Ledger::default(), asked, libraries: Libraries::loaded(facts) }
    }
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
        let destination = Destination::new(path, options.overwrite)?;
        py.detach(|| destination.remove_abandoned());
        let start = Instant::now();
        let reserve = Reserve::hold()?;
        let before = self.ask(py, destination.path(), adapters, options)?;
        // One walk at a time: each takes memory. Threads that wait here do so detached.
        let only = ONLY.lock_py_attached(py);
        let why_no_sites = self.why_no_sites(
            FREE_THREADED,
            "other threads go on before tracemalloc could be asked: allocation sites are left out",
        );
        let moment = Moment { start, parent: None, why_no_sites };
        let (file, report) = self.write(&destination, options, &before, moment, &reserve)?;
        drop(only);
        drop(before);
        let file_size = py.detach(|| file.publish())?;
        Ok(DumpReport { file_size, ..report })
    }

    /// As [`Dumper::dump`], in a child process: this one stands still only while it forks.
    ///
    /// The child writes what the heap was at that moment. It runs no Python code and ends without any; adapters
    /// are asked before. It has nothing of this process's open, and is no child that the program could wait for.
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
        let destination = Destination::new(path, options.overwrite)?;
        py.detach(|| destination.remove_abandoned());
        let (reserve, before) = match Reserve::hold() {
            Ok(reserve) => (Some(reserve), self.ask(py, destination.path(), adapters, options)?),
            // The child may have more.
            Err(_) => (None, Before::without_asking(&self.facts)),
        };
        // Asked here: in the child another thread's lock on its answers would never be given up.
        let why_no_sites =
            self.why_no_sites(true, "a child process cannot ask tracemalloc: allocation sites are left out");
        let moment = Moment { start, parent: Some(std::process::id()), why_no_sites };
        let child = Child::fork(&destination, start, reserve.is_none(), || {
            cpython::leave_malloc(&self.facts);
            reserve::raise_limits();
            let reserve = Reserve::hold()?;
            let (file, report) = self.write(&destination, options, &before, moment, &reserve)?;
            Ok(DumpReport { file_size: file.publish()?, ..report })
        });
        drop(reserve);
        child
    }

    fn ask<'py>(
        &self,
        py: Python<'py>,
        path: &Path,
        adapters: Vec<Adapter<'py>>,
        options: DumpOptions,
    ) -> Result<Before<'py>, DumpError> {
        let collected =
            cpython::stopped(&self.facts, || ledger::collect(&self.facts, options.hides_values()));
        let (mut ledger, folders) = collected.unwrap_or_default();
        ledger.distributions = py.detach(|| distributions::installed(&folders));
        let asked = match ask::ask(py, &self.facts, path, adapters, options) {
            Err(DumpError::Interrupted(raised)) => return Err(raised.into()),
            answer => reserve::check().map_err(DumpError::from).and(answer)?,
        };
        // After the adapters, which may have imported what they liked.
        let libraries = Libraries::loaded(&self.facts);
        Ok(Before { ledger, asked, libraries })
    }

    /// The reason, if it holds and sites would be written otherwise.
    fn why_no_sites(&self, holds: bool, reason: &'static str) -> Option<&'static str> {
        (holds && cpython::is_tracing(&self.facts)).then_some(reason)
    }

    fn write(
        &self,
        destination: &Destination,
        options: DumpOptions,
        before: &Before<'_>,
        moment: Moment,
        reserve: &Reserve,
    ) -> Result<(WholeFile, DumpReport), DumpError> {
        let Moment { start, parent, why_no_sites } = moment;
        let Before { ledger, asked, libraries } = before;
        let pause_of_parent = parent.map(|_| start.elapsed());
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut writer = SnapshotWriter::create_at(destination)?;
        if options.compress {
            writer.compress();
        }
        // A child of `fork` stops nobody: it writes by itself.
        if parent.is_none() && reserve.is_whole() {
            second_thread::start(&mut writer);
        }
        writer.ledger(ledger);
        let mut walk = Walk::new(&self.facts, libraries, asked, &mut writer, options, why_no_sites);
        if FREE_THREADED && walk.wants_names() {
            // An enumeration of its own, with notes on types that may be gone after it: a file that goes away.
            let mut scratch = SnapshotWriter::create_over(destination.path())?;
            let mut other = Walk::new(&self.facts, libraries, asked, &mut scratch, options, why_no_sites);
            other.note_names();
            walk.take_names_of(&mut other);
        }
        walk.heap();
        let mut warnings = self.facts.warnings.clone();
        warnings.extend_from_slice(&asked.warnings);
        let (mut of_walk, blocks) = walk.end();
        warnings.append(&mut of_walk);
        if let Some(blocks) = blocks.filter(|_| !reserve::is_spent()) {
            sites::write(&self.facts, &blocks, &mut writer);
        }
        reserve::check()?;
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
        });
        reserve::check()?;
        let file = file?;
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
