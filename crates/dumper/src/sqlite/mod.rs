//! Asks sqlite how much memory each open connection holds: by calls, before the walk, and without ever waiting for a
//! thread that waits for the GIL.
//!
//! The counters wait for locks: that of the connection, and those of caches that it shares with others. Who is inside
//! sqlite with one of them may be waiting for the GIL, in a function written in Python. So the connections' locks are
//! all tried, with the GIL and without waiting; only who has them all knows that nobody is inside, and asks, now
//! without the GIL. Otherwise no connection is counted: which of them share a cache is not known.

mod library;

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use heapview_snapshot::SnapshotWriter;
use pyo3::prelude::*;

use self::library::{Library, Lock};
use crate::adapters::asked::{Asked, Found};
use crate::adapters::{Buffer, BufferKind, Libraries};
use crate::cpython::{self, Facts, Flags, Raw};
use crate::error::DumpError;
use crate::modules;
use crate::scan::{self, keep};

/// `tp_name` of the type.
const CONNECTION: &str = "sqlite3.Connection";
/// Where a connection keeps its `sqlite3 *`, null when it is closed: the first field in 3.9 to 3.15. What is no longer
/// null can be used: it is closed with the GIL (3.9, 3.10) or after it has become null.
/// <https://github.com/python/cpython/blob/3.14/Modules/_sqlite/connection.h>
const DB: isize = cpython::HEAD;

/// A connection may be in use for a moment only: so often is it tried, with a pause between.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(10);

/// Types remembered that are not those of connections.
const OTHERS: usize = 256;

/// Above all addresses that a block can have. The library's own might go to a block of somebody else's before the walk
/// is over, if a connection is closed meanwhile.
const OUTSIDE: u64 = 1 << 57;

/// Open connections, and the locks of those that nobody uses.
#[derive(Default)]
struct Search {
    connections: Vec<(Raw, usize)>,
    locks: Vec<Lock>,
}

/// Adds the memory of all open connections to the answers. O(tracked objects), if sqlite is loaded.
pub(crate) fn ask<'py>(
    py: Python<'py>,
    facts: &Facts,
    path: &Path,
    asked: &mut Asked<'py>,
) -> Result<(), DumpError> {
    if !Facts::is_known(py) {
        return Ok(());
    }
    let connection_type = cpython::stopped(facts, || connection_type(facts)).flatten();
    let Some((connection_type, version)) = connection_type else { return Ok(()) };
    // Other versions may have the name and not the fields.
    let library = Library::of(connection_type).filter(|library| library.version() == version);
    let (mut n_open, mut n_locked) = (0, 0);
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            py.detach(|| sleep(PAUSE));
        }
        let Search { connections, locks } = search(facts, path, connection_type, library.as_ref())?;
        let connections: Vec<_> =
            connections.into_iter().map(|(connection, db)| (scan::found(py, connection), db)).collect();
        (n_open, n_locked) = (connections.len(), locks.len());
        let Some(library) = library.filter(|_| n_open > 0) else { break };
        if n_locked == n_open {
            let all: Vec<usize> = connections.iter().map(|(_, db)| *db).collect();
            let sizes = py.detach(move || {
                let sizes: Vec<u64> = all.into_iter().map(|db| library.memory(db)).collect();
                drop(locks);
                sizes
            });
            for ((connection, _), size) in connections.iter().zip(sizes).filter(|(_, size)| *size > 0) {
                let address = OUTSIDE | connection.as_ptr() as u64;
                let buffers = vec![Buffer { address, size, kind: BufferKind::SQLITE }];
                asked.add(connection, Found { buffers, ..Found::default() });
            }
            return Ok(());
        }
        // Before the connections: one that only we hold would take its lock with it.
        drop(locks);
    }
    let n = if n_open == 1 { "1 sqlite connection".into() } else { format!("{n_open} sqlite connections") };
    if n_open > 0 && library.is_none() {
        asked.warnings.push(format!("{n}: the library of this build cannot be asked; left out"));
    } else if n_open > 0 {
        let n_busy = n_open - n_locked;
        asked.warnings.push(format!("{n}: {n_busy} in use by other threads; the memory of none is counted"));
    }
    Ok(())
}

/// The type of connections and the version of the library that its module was made for, if it is loaded.
fn connection_type(facts: &Facts) -> Option<(Raw, String)> {
    let contents = modules::contents(facts, "_sqlite3")?;
    let version = cpython::text(facts, modules::entry(facts, contents, "sqlite_version")?)?;
    let found = modules::entry(facts, contents, "Connection")?;
    let is_type = cpython::flags(cpython::type_of(found)).has(Flags::TYPE_SUBCLASS);
    let is_own = is_type
        && cpython::c_name(found) == CONNECTION
        && cpython::is_named_by_extension(facts, found)
        && cpython::sizes(found).0 >= DB as u64 + 8;
    is_own.then_some((found, version))
}

/// Finds the open connections and tries their locks.
fn search(
    facts: &Facts,
    path: &Path,
    connection_type: Raw,
    library: Option<&Library>,
) -> Result<Search, DumpError> {
    let mut search = Search::default();
    let is_connection = |type_object| cpython::base_chain(type_object).any(|base| base == connection_type);
    if cpython::flags(connection_type).has(Flags::HAVE_GC) {
        let held = cpython::held(facts);
        // Most objects are of a handful of types.
        let mut others = [0; OTHERS];
        cpython::tracked_objects(facts, |object, _| {
            let type_object = cpython::type_of(object);
            let other = &mut others[type_object.address() / 64 % OTHERS];
            if *other == type_object.address() {
                return;
            }
            if !is_connection(type_object) {
                *other = type_object.address();
                return;
            }
            // An object on its way out must not be brought back.
            if cpython::refcount(&facts.layout, object).0 > held && search.note(object, library) {
                keep(object);
            }
        });
    } else {
        // The collector of 3.9 does not know them.
        let positions = [(CONNECTION.to_owned(), 0)].into_iter().collect();
        let findings =
            scan::scan(facts, &Libraries::loaded(facts), &mut SnapshotWriter::create_over(path)?, &positions);
        let objects = findings.objects.into_iter().map(|(object, _)| object);
        for object in objects.filter(|object| is_connection(cpython::type_of(*object))) {
            search.note(object, library);
        }
    }
    Ok(search)
}

impl Search {
    /// Takes note of a connection and tries its lock; false if it is closed.
    fn note(&mut self, connection: Raw, library: Option<&Library>) -> bool {
        let db: usize = connection.field(DB);
        if db != 0 {
            self.connections.push((connection, db));
            self.locks.extend(library.and_then(|library| library.try_lock(db)));
        }
        db != 0
    }
}
