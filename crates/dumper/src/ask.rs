//! Asks adapters written in Python, before the walk: the only part of a dump that runs Python code, and only when
//! objects of an adapter's type are alive.

use std::cell::Cell;
use std::path::Path;

use heapview_snapshot::{EdgeKind, SnapshotWriter};
use pyo3::exceptions::{PyException, PyMemoryError};
use pyo3::ffi;
use pyo3::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::adapters::asked::{Asked, Found};
use crate::adapters::{Buffer, Libraries};
use crate::cpython::{self, Facts, Raw};
use crate::error::DumpError;
use crate::options::DumpOptions;
use crate::places::Places;
use crate::reserve;
use crate::scan::{self, Block, Findings, Owner};
use crate::sqlite;
use crate::{handlers, modules};

/// Nothing is larger.
const ADDRESS_SPACE: u64 = 1 << 47;
/// An answer that goes on for longer is cut.
const MAX_ANSWERS: usize = 1_000_000;

/// Says what objects of one type hold outside themselves.
#[derive(Debug)]
pub struct Adapter<'py> {
    /// `module.qualname`.
    pub type_name: String,
    /// Takes an object; gives `(address, size)` or `(address, size, label)` for each piece of memory it owns.
    pub buffers: Option<Bound<'py, PyAny>>,
    /// Takes an object; gives `(label, object)` for each reference that the collector does not see.
    pub references: Option<Bound<'py, PyAny>>,
}

impl Adapter<'_> {
    /// Whether the module of the type, or a package around it, has been imported.
    fn is_loaded(&self, modules: &FxHashSet<String>) -> bool {
        let mut module = self.type_name.as_str();
        while let Some((package, _)) = module.rsplit_once('.') {
            if modules.contains(package) {
                return true;
            }
            module = package;
        }
        false
    }

    /// What its buffers are called if it does not say.
    fn default_kind(&self) -> String {
        let (library, rest) = self.type_name.split_once('.').unwrap_or((&self.type_name, ""));
        format!("{} data", if library == "__main__" { rest } else { library })
    }
}

thread_local! {
    static IS_ASKING: Cell<bool> = const { Cell::new(false) };
}

/// While it lives this thread asks: a dump inside an adapter asks nobody, or there would be no end.
struct Asking;

impl Asking {
    fn new() -> Option<Self> {
        // Not `then_some`: a value made and dropped would end the asking of others.
        (!IS_ASKING.replace(true)).then(|| Self)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        IS_ASKING.set(false);
    }
}

/// Finds the objects that adapters are for, and asks about each. What an adapter raises becomes a warning; only
/// what is no `Exception`, such as Ctrl-C, ends the dump.
pub(crate) fn ask<'py>(
    py: Python<'py>,
    facts: &Facts,
    path: &Path,
    mut adapters: Vec<Adapter<'py>>,
    options: DumpOptions,
) -> Result<Asked<'py>, DumpError> {
    let mut asked = Asked::nothing();
    handlers::ask(py, facts, &mut asked);
    let Some(_asking) = Asking::new() else { return Ok(asked) };
    sqlite::ask(py, facts, path, &mut asked)?;
    let modules = cpython::stopped(facts, || modules::names(facts)).unwrap_or_default();
    adapters.retain(|adapter| adapter.is_loaded(&modules));
    if adapters.is_empty() {
        return Ok(asked);
    }
    // Garbage that the collector finds while adapters run would not be in the snapshot.
    let _paused = cpython::pause_collector(facts);
    let positions = adapters.iter().enumerate();
    let positions: FxHashMap<String, usize> =
        positions.map(|(position, adapter)| (adapter.type_name.clone(), position)).collect();
    // A file that goes away unfinished; if it cannot be written, neither can the snapshot.
    let findings =
        scan::scan(facts, &Libraries::loaded(facts), &mut SnapshotWriter::create_over(path)?, &positions);
    let (mut objects, mut owners, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    let has_room = objects.try_reserve_exact(findings.objects.len()).is_ok()
        && owners.try_reserve_exact(findings.blocks.len()).is_ok()
        && answers.try_reserve_exact(findings.objects.len()).is_ok();
    // From here on other threads may run: what was found must not go away. Without room it is given back.
    let found = findings.objects.iter().map(|(object, at)| (scan::found(py, *object), *at));
    objects.extend(found.filter(|_| has_room));
    let found = findings.blocks.iter().filter_map(Block::owner).map(|owner| scan::found(py, owner));
    owners.extend(found.filter(|_| has_room));
    if objects.is_empty() {
        return Ok(asked);
    }

    let mut failures: Vec<(usize, String)> = vec![(0, String::new()); adapters.len()];
    for (object, at) in &objects {
        // What is written in C hears of Ctrl-C only here.
        py.check_signals()?;
        if reserve::is_spent() {
            return Ok(asked);
        }
        let adapter = &adapters[*at];
        let result = buffers(adapter, object).and_then(|buffers| Ok((buffers, references(adapter, object)?)));
        match result {
            Ok((buffers, references)) => answers.push((object, buffers, references)),
            Err(error) if !error.is_instance_of::<PyException>(py) => return Err(error.into()),
            Err(error) => {
                let (n_failures, first) = &mut failures[*at];
                *n_failures += 1;
                if first.is_empty() {
                    *first = sentence(py, &error, options)?;
                }
            }
        }
    }
    for (adapter, (n_failures, first)) in adapters.iter().zip(failures).filter(|(_, (n, _))| *n > 0) {
        let objects = if n_failures == 1 { "1 object".into() } else { format!("{n_failures} objects") };
        let name = &adapter.type_name;
        asked.warnings.push(format!("the adapter for {name} failed for {objects}, left out: {first}"));
    }
    collect(py, &findings, answers, &mut asked);
    Ok(asked)
}

/// `ValueError: what it says`; what it says is a value like others, and need not be told. The exception's own code runs
/// for that, and may be interrupted, too.
fn sentence(py: Python<'_>, error: &PyErr, options: DumpOptions) -> PyResult<String> {
    let name = error.get_type(py).name()?.to_string();
    if options.hides_values() {
        return Ok(name);
    }
    let whole = match error.value(py).str() {
        Ok(text) => format!("{name}: {}", text.to_string_lossy()),
        Err(raised) if !raised.is_instance_of::<PyException>(py) => return Err(raised),
        Err(_) => name,
    };
    Ok(match whole.char_indices().nth(options.previews.limit()) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    })
}

type BufferAnswer = (u64, u64, String);
type ReferenceAnswer<'py> = (String, Bound<'py, PyAny>);

fn buffers(adapter: &Adapter<'_>, object: &Bound<'_, PyAny>) -> PyResult<Vec<BufferAnswer>> {
    let Some(function) = &adapter.buffers else { return Ok(Vec::new()) };
    let kind = adapter.default_kind();
    let answers = function.call1((object,))?.try_iter()?.take(MAX_ANSWERS).map(|answer| {
        let answer = answer?;
        if answer.len()? == 2 {
            answer.extract().map(|(address, size)| (address, size, kind.clone()))
        } else {
            answer.extract()
        }
    });
    collected(answers)
}

fn references<'py>(
    adapter: &Adapter<'py>,
    object: &Bound<'py, PyAny>,
) -> PyResult<Vec<ReferenceAnswer<'py>>> {
    let Some(function) = &adapter.references else { return Ok(Vec::new()) };
    let answers = function.call1((object,))?.try_iter()?.take(MAX_ANSWERS);
    collected(answers.map(|answer| answer?.extract()))
}

/// All answers, or the first error.
fn collected<T>(answers: impl Iterator<Item = PyResult<T>>) -> PyResult<Vec<T>> {
    let mut all = Vec::new();
    for answer in answers {
        all.try_reserve(1).map_err(|_| PyMemoryError::new_err(()))?;
        all.push(answer?);
    }
    Ok(all)
}

/// Turns answers into what the walk will write.
fn collect<'py>(
    py: Python<'py>,
    findings: &Findings,
    answers: Vec<(&Bound<'py, PyAny>, Vec<BufferAnswer>, Vec<ReferenceAnswer<'py>>)>,
    asked: &mut Asked<'py>,
) {
    // The same memory may be said to be of several sizes, by slices of it.
    let mut sizes: FxHashMap<u64, u64> = FxHashMap::default();
    for (address, size, _) in answers.iter().flat_map(|(_, buffers, _)| buffers) {
        if sizes.try_reserve(1).is_err() {
            return;
        }
        let known = sizes.entry(*address).or_insert(0);
        *known = (*known).max(*size);
    }
    let mut places = Places::new(&findings.seen);
    for (object, buffers, references) in answers {
        let mut found = Found::default();
        for (address, size, name) in buffers {
            if found.holders.try_reserve(1).is_err() || found.buffers.try_reserve(1).is_err() {
                return;
            }
            match Block::around(&findings.blocks, address, size) {
                _ if !(1..ADDRESS_SPACE).contains(&size) => {}
                Some(Owner::Bytes(owner)) => found.holders.extend(asked.hold(bound(py, owner))),
                Some(Owner::Buffer(buffer)) => found.buffers.push(buffer),
                None => found.buffers.extend(places.place(address).map(|place| Buffer {
                    address: place,
                    size: sizes[&address].min(ADDRESS_SPACE),
                    kind: asked.kind(&name),
                })),
            }
        }
        for (name, referent) in references {
            let (kind, name) = match name.strip_prefix('.') {
                Some(attribute) => (EdgeKind::Slot, attribute),
                None => (EdgeKind::Internal, name.as_str()),
            };
            // An object that only we hold was made for the answer; what an attribute gives each time anew is
            // kept, even if by a counter of its library's own.
            // SAFETY: reads a field of a live object.
            let is_kept = kind == EdgeKind::Slot || unsafe { ffi::Py_REFCNT(referent.as_ptr()) } > 1;
            if is_kept && found.references.try_reserve(1).is_ok() {
                let label = asked.label(name);
                found.references.extend(asked.hold(referent).map(|referent| (kind, label, referent)));
            }
        }
        asked.add(object, found);
    }
}

impl Block {
    /// The owner of the block in which this memory lies.
    fn around(blocks: &[Block], address: u64, size: u64) -> Option<Owner> {
        let after = blocks.partition_point(|block| block.start <= address);
        let block = blocks.get(after.checked_sub(1)?)?;
        (address.saturating_add(size) <= block.end).then_some(block.owner)
    }

    pub(crate) fn owner(&self) -> Option<Raw> {
        match self.owner {
            Owner::Bytes(object) => Some(object),
            Owner::Buffer(_) => None,
        }
    }
}

fn bound(py: Python<'_>, object: Raw) -> Bound<'_, PyAny> {
    // SAFETY: found alive by the scan; no Python code has run since, or it is held by the caller.
    unsafe { Bound::from_borrowed_ptr(py, object.as_ptr()) }
}
