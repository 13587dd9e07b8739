//! Snapshots as Python sees them. Objects of a snapshot hold the snapshot, never live Python objects.

use std::path::PathBuf;
use std::sync::Arc;

use heapview_analysis::cycles::{CycleOptions, cycles};
use heapview_analysis::{
    Heap, IndexUse, Page, diff as differences, duplicates, free, object, paths, selection, sites, summary,
    top, waste,
};
use heapview_render::{
    cycles_json, duplicates_json, json, object_label, reference_label, root_kind_label, waste_json,
};
use heapview_snapshot::{Address, ObjectIx};
use pyo3::prelude::*;

use crate::error::selector_error;
use crate::gil;
use crate::json::to_python;
use crate::object_set::{ObjectSet, histogram_rows, parsed, size_named};
use crate::path::path_given;
use crate::plan::FreePlan;
use crate::shown::Shown;

/// Open the snapshot at `path`.
///
/// In a `str` a leading `~/` is the home folder. With `index`, what takes long is kept in `path` + `.idx`, or in the
/// user's cache folder, for the next time.
#[pyfunction]
#[pyo3(signature = (path, /, *, index = true))]
pub fn load(py: Python<'_>, path: &Bound<'_, PyAny>, index: bool) -> PyResult<Snapshot> {
    let path = path_given(path)?;
    let kept = || IndexUse::Kept { cache_folder: heapview_cli::cache_folder() };
    let index_use = if index { kept() } else { IndexUse::None };
    let heap = Arc::new(gil::open(py, &path, &index_use)?);
    gil::save_index(py, Arc::clone(&heap))?;
    Ok(Snapshot { heap, path })
}

/// Compare two snapshots by type; types that grew most come first. Sizes are bytes.
#[pyfunction]
#[pyo3(signature = (baseline, current, /))]
pub fn diff<'py>(py: Python<'py>, baseline: &Snapshot, current: &Snapshot) -> PyResult<Bound<'py, PyAny>> {
    let answer = py.detach(|| json::diff_json(&differences::diff(&baseline.heap, &current.heap), usize::MAX));
    to_python(py, &answer["rows"])
}

/// An open snapshot.
#[pyclass(frozen, module = "heapview")]
pub struct Snapshot {
    heap: Arc<Heap>,
    path: PathBuf,
}

#[pymethods]
impl Snapshot {
    /// Number of objects.
    #[getter]
    fn n_objects(&self) -> usize {
        self.heap.n_objects()
    }

    /// Who was dumped and when.
    #[getter]
    fn meta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut answer = json::summary_json(
            &self.heap,
            &summary::Summary { biggest: Vec::new(), ..summary::summary(&self.heap) },
        );
        if let Some(entries) = answer.as_object_mut() {
            for of_the_heap in
                ["biggest", "roots", "ledger", "unreachable_size", "n_unreachable", "total_size", "n_types"]
            {
                entries.remove(of_the_heap);
            }
        }
        to_python(py, &answer)
    }

    /// Return the objects that `selector` names: `@1a2b`, `0x7f..`, `type:NAME`, or a path as it is printed.
    ///
    /// Such as `Out[5]`, `quote.<cache>['k']`, or `SESSIONS[*].history` for all objects of this pattern.
    /// Raise `HeapviewError` if it names nothing.
    #[pyo3(signature = (selector, /))]
    fn find(&self, py: Python<'_>, selector: &str) -> PyResult<Vec<HeapObject>> {
        let found = py.detach(|| selection::select(&self.heap, selector));
        Ok(self.objects_at(found.map_err(|error| selector_error(&error))?.objects))
    }

    /// Return totals, roots, and the objects where memory sits.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let answer = py.detach(|| json::summary_json(&self.heap, &summary::summary(&self.heap)));
        to_python(py, &answer)
    }

    /// All objects, in the order of the file.
    #[getter]
    fn objects(&self) -> ObjectSet {
        ObjectSet::new(&self.heap, self.heap.objects().collect())
    }

    /// Return the objects for which `query` holds, largest retained size first.
    ///
    /// Such as `'type:DataFrame retained>10MB'` or `'path:"CACHE[*]" or unreachable'`: see the README. Raise
    /// `HeapviewError` for a text that is no query.
    #[pyo3(signature = (query, /))]
    fn query(&self, py: Python<'_>, query: &str) -> PyResult<ObjectSet> {
        ObjectSet::matching(py, &self.heap, &parsed(query)?, None)
    }

    /// Count objects and bytes by `"type"`, `"module"` or `"referrer"`, largest retained size first, or by the line
    /// (`"site"`) that allocated them, largest shallow size first.
    ///
    /// What goes with a whole type is `retained_size_at_least`: what several objects of it hold together comes on top,
    /// and `snapshot.query("type:NAME").retained_size` is exact.
    #[pyo3(signature = (limit = None, by = "type"))]
    fn histogram<'py>(&self, py: Python<'py>, limit: Option<usize>, by: &str) -> PyResult<Bound<'py, PyAny>> {
        histogram_rows(py, &self.heap, None, limit, by)
    }

    /// Find objects that keep each other alive, in kinds made of the same types; those that retain most first.
    ///
    /// Modules and types are left out. `garbage`: only those that wait for the collector.
    #[pyo3(signature = (limit = 10, garbage = false))]
    fn cycles<'py>(&self, py: Python<'py>, limit: usize, garbage: bool) -> PyResult<Bound<'py, PyAny>> {
        let options = CycleOptions { only_garbage: garbage, limit };
        let report = gil::run(py, |progress| cycles(&self.heap, options, progress))?;
        to_python(py, &cycles_json(&self.heap, &report)["rows"])
    }

    /// Find equal `str` and `bytes` objects; those first by which most would be saved.
    ///
    /// Where `is_certain` is false, only the beginning and the size are known to be the same.
    #[pyo3(signature = (limit = 20))]
    fn duplicates<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &py.detach(|| duplicates_json(&duplicates::duplicates(&self.heap, limit)))["rows"])
    }

    /// Find containers that take more memory than they need, by kind and place; most to be saved first.
    #[pyo3(signature = (limit = 20))]
    fn waste<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &py.detach(|| waste_json(&waste::waste(&self.heap, limit)))["rows"])
    }

    /// Return the largest objects, by `"retained"` or `"shallow"` size.
    #[pyo3(signature = (limit = 20, by = "retained"))]
    fn top(&self, py: Python<'_>, limit: usize, by: &str) -> PyResult<Vec<HeapObject>> {
        let by = size_named(by)?;
        let found = py.detach(|| top::top(&self.heap, by, limit));
        Ok(self.objects_at(found))
    }

    /// Every reference of the object at `address`: kind, label, address of the referent. For tests.
    fn _edges(&self, address: u64) -> Option<Vec<(String, String, u64)>> {
        let snapshot = self.heap.snapshot();
        let object = snapshot.find(Address::new(address))?;
        let edge = |edge: heapview_snapshot::Edge| {
            let label = snapshot.edge_label(&edge).map_or_else(|| edge.label.to_string(), str::to_owned);
            (format!("{:?}", edge.kind), label, edge.target.get())
        };
        Some(snapshot.edges(object).map(edge).collect())
    }

    /// Addresses of all objects. For tests.
    fn _addresses(&self) -> Vec<u64> {
        self.heap.objects().map(|object| self.heap.snapshot().address(object).get()).collect()
    }

    fn __repr__(&self) -> Shown {
        Shown::line(format!(
            "<heapview snapshot {}: {} objects, {}>",
            self.path.display(),
            heapview_render::count(self.heap.n_objects() as u64),
            heapview_render::size(self.heap.total_size())
        ))
    }
}

impl Snapshot {
    fn objects_at(&self, found: Vec<ObjectIx>) -> Vec<HeapObject> {
        found.into_iter().map(|ix| HeapObject { heap: Arc::clone(&self.heap), ix }).collect()
    }
}

/// One object of a snapshot. Sizes are bytes.
#[pyclass(frozen, module = "heapview")]
pub struct HeapObject {
    heap: Arc<Heap>,
    ix: ObjectIx,
}

#[pymethods]
impl HeapObject {
    /// The id that commands take, such as `@1a2b`; valid for this snapshot.
    #[getter]
    fn id(&self) -> String {
        self.ix.to_string()
    }

    /// `id(obj)` at dump time.
    #[getter]
    fn address(&self) -> u64 {
        self.heap.snapshot().address(self.ix).get()
    }

    #[getter]
    fn type_name(&self) -> &str {
        self.heap.type_name(self.ix)
    }

    /// Bytes of the object itself.
    #[getter]
    fn shallow_size(&self) -> u64 {
        self.heap.shallow_size(self.ix)
    }

    /// Bytes that would be freed if the object became unreachable.
    #[getter]
    fn retained_size(&self) -> u64 {
        self.heap.retained_size(self.ix)
    }

    /// Reference count at dump time.
    #[getter]
    fn refcount(&self) -> u32 {
        self.heap.snapshot().refcount(self.ix)
    }

    /// The collector's generation, 0 to 2, or 3 after `gc.freeze()`; `None` if the collector does not track it.
    #[getter]
    fn generation(&self) -> Option<u8> {
        let flags = self.heap.snapshot().flags(self.ix);
        flags.is_tracked().then(|| flags.generation())
    }

    /// Bounded text of the value.
    #[getter]
    fn preview(&self) -> Option<&str> {
        self.heap.snapshot().preview(self.ix).map(|preview| preview.text)
    }

    /// Whether any root reaches the object; if not it waits for the collector.
    #[getter]
    fn is_reachable(&self) -> bool {
        self.heap.is_reachable(self.ix)
    }

    /// File and line where the object was allocated, then their callers; empty if `tracemalloc` did not trace it.
    #[getter]
    fn allocated_at(&self) -> Vec<(String, u32)> {
        sites::allocated_at(&self.heap, self.ix).into_iter().map(|at| (at.file, at.line)).collect()
    }

    /// The closest object that every path from the roots passes through.
    #[getter]
    fn dominator(&self) -> Option<Self> {
        self.heap.dominator(self.ix).map(|ix| self.other(ix))
    }

    /// Return what the object holds, with labels, largest retained size first.
    fn referents(&self, py: Python<'_>) -> Vec<(String, Self)> {
        let found = py.detach(|| object::referents(&self.heap, self.ix, Page::ALL));
        found.rows.iter().map(|row| (reference_label(&self.heap, row), self.other(row.to))).collect()
    }

    /// Return what holds the object, with labels, largest retained size first.
    fn referrers(&self, py: Python<'_>) -> Vec<(String, Self)> {
        let found = py.detach(|| object::referrers(&self.heap, self.ix, Page::ALL));
        found.rows.iter().map(|row| (reference_label(&self.heap, row), self.other(row.from))).collect()
    }

    /// Return what keeps the object alive, best path first, one for each distinct reference to it.
    #[pyo3(signature = (limit = 10))]
    fn paths(&self, py: Python<'_>, limit: usize) -> Vec<RootPath> {
        let found = py.detach(|| paths::root_paths(&self.heap, self.ix, paths::Limits { max_paths: limit }));
        found.paths.into_iter().map(RootPath::from).collect()
    }

    /// Return the best path to the object, or `None` if it is unreachable.
    fn path_to_root(&self, py: Python<'_>) -> Option<RootPath> {
        py.detach(|| paths::path_to_root(&self.heap, self.ix)).map(RootPath::from)
    }

    /// Return what to do so that the object goes, and how many bytes that gives.
    ///
    /// The smallest set of references to cut, closest to the object, tried in the snapshot before it is shown.
    fn how_to_free(&self, py: Python<'_>) -> FreePlan {
        py.detach(|| FreePlan::new(&self.heap, &free::free(&self.heap, &[self.ix])))
    }

    fn __repr__(&self) -> Shown {
        Shown::line(format!("<{}>", object_label(&self.heap, self.ix)))
    }

    fn __eq__(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.heap, &other.heap) && self.ix == other.ix
    }

    fn __hash__(&self) -> u64 {
        u64::from(self.ix.get())
    }
}

impl HeapObject {
    pub fn new(heap: &Arc<Heap>, ix: ObjectIx) -> Self {
        Self { heap: Arc::clone(heap), ix }
    }

    pub fn ix(&self) -> ObjectIx {
        self.ix
    }

    pub fn is_of(&self, heap: &Arc<Heap>) -> bool {
        Arc::ptr_eq(&self.heap, heap)
    }

    fn other(&self, ix: ObjectIx) -> Self {
        Self { heap: Arc::clone(&self.heap), ix }
    }
}

/// A chain of references from a root to an object.
#[pyclass(frozen, get_all, module = "heapview")]
pub struct RootPath {
    /// The path in words, such as `Out[5]`.
    text: String,
    /// Whether `text`, evaluated in the dumped process, gives the very object; else it has words in `<...>`.
    is_expression: bool,
    /// Other names by which the same keeper holds the object, each with whether it is such an expression.
    aliases: Vec<(String, bool)>,
    /// Why the root lives, such as `module` or `frame`.
    root_kind: &'static str,
}

impl From<paths::RootPath> for RootPath {
    fn from(path: paths::RootPath) -> Self {
        Self {
            root_kind: root_kind_label(path.root.kind),
            text: path.text,
            is_expression: path.is_expression,
            aliases: path.aliases.into_iter().map(|alias| (alias.text, alias.is_expression)).collect(),
        }
    }
}

#[pymethods]
impl RootPath {
    fn __repr__(&self) -> Shown {
        Shown::line(format!("<path {}>", self.text))
    }

    fn __str__(&self) -> Shown {
        Shown::line(&self.text)
    }
}
