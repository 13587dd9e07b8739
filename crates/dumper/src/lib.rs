//! Reads a live CPython heap and writes it to a snapshot.
//!
//! # Design constraints
//! - The target process is sacred: no code of the user's runs, nothing is imported, no `__dict__` is made, no
//!   reference count stays changed. All bookkeeping lives outside the Python heap.
//! - The graph is never held: objects and references go to the file as they are found.
//! - Struct offsets and version checks live in `cpython` alone.

mod adapters;
mod cpython;
mod error;
mod ledger;
mod multiset;
mod names;
mod output;
mod previews;
mod references;
mod roots;
mod shallow;
mod type_facts;
mod walk;

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use heapview_snapshot::{Meta, SnapshotWriter};
use pyo3::prelude::*;

pub use error::DumpError;

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

impl Dumper {
    /// Finds out what this interpreter is and tests the layouts on objects of its own. For import time: it runs a
    /// few lines of Python.
    pub fn new(py: Python<'_>) -> PyResult<Self> {
        let version = py.version_info();
        let sys = py.import("sys")?;
        Ok(Self {
            facts: cpython::Facts::detect(py)?,
            python_version: format!("{}.{}.{}", version.major, version.minor, version.patch),
            executable: sys.getattr("executable")?.extract::<Option<String>>()?.unwrap_or_default(),
        })
    }

    /// Writes a snapshot of the whole heap to `path`. The GIL is held throughout: no thread runs Python code.
    ///
    /// O(objects + references); about one byte of memory per object besides a few megabytes.
    pub fn dump(&self, _py: Python<'_>, path: &Path) -> Result<DumpReport, DumpError> {
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start = Instant::now();
        let ledger = ledger::collect(&self.facts, true);
        let mut writer = SnapshotWriter::create(path)?;
        writer.ledger(&ledger);
        let mut walk = walk::Walk::new(&self.facts, &mut writer);
        walk.tracked_objects();
        roots::write(&self.facts, &mut walk);
        drop(walk);
        let pause = start.elapsed();
        let (n_objects, n_edges) = (writer.n_objects(), writer.n_edges());
        let file_size = writer.finish(Meta {
            heapview_version: env!("CARGO_PKG_VERSION").to_owned(),
            python_version: self.python_version.clone(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            executable: self.executable.clone(),
            pid: std::process::id(),
            created_unix_ms: created.as_millis() as u64,
            pause_us: pause.as_micros() as u64,
            warnings: self.facts.warnings.clone(),
            ..Meta::default()
        })?;
        Ok(DumpReport {
            n_objects,
            n_edges,
            file_size,
            pause_seconds: start.elapsed().as_secs_f64(),
            warnings: self.facts.warnings.clone(),
        })
    }
}
