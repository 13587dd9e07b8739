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
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyList;

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
pub(crate) fn load(py: Python<'_>, path: &Bound<'_, PyAny>, index: bool) -> PyResult<Snapshot> {
    let path = path_given(path)?;
    let index_use = if index { IndexUse::kept() } else { IndexUse::None };
    let heap = Arc::new(gil::open(py, &path, index_use)?);
    gil::save_index(py, Arc::clone(&heap))?;
    Ok(Snapshot { heap, path })
}

/// Compare two snapshots by type; types that grew most come first. Sizes are bytes.
#[pyfunction]
#[pyo3(signature = (baseline, current, /))]
pub(crate) fn diff<'py>(
    py: Python<'py>,
    baseline: &Snapshot,
    current: &Snapshot,
) -> PyResult<Bound<'py, PyAny>> {
    let baseline = Heap::clone(&baseline.heap);
    let answer = gil::run(py, &current.heap, move |current| {
        json::diff_json(&differences::diff(&baseline.cancelled_by(current.cancel()), current), usize::MAX)
    })?;
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
        to_python(py, &json::meta_json(&self.heap))
    }

    /// Return the objects that `selector` names: `@1a2b`, `0x7f..`, `type:NAME`, or a path as it is printed.
    ///
    /// Such as `Out[5]`, `quote.<cache>['k']`, or `SESSIONS[*].history` for all objects of this pattern.
    /// Raise `HeapviewError` if it names nothing.
    #[pyo3(signature = (selector, /))]
    fn find<'py>(&self, py: Python<'py>, selector: String) -> PyResult<Bound<'py, PyList>> {
        let found = gil::run(py, &self.heap, move |heap| selection::select(heap, &selector))?;
        self.objects_at(py, found.map_err(|error| selector_error(&error))?.objects)
    }

    /// Return totals, roots, and the objects where memory sits.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let answer = gil::run(py, &self.heap, |heap| json::summary_json(heap, &summary::summary(heap)))?;
        to_python(py, &answer)
    }

    /// All objects, in the order of the file.
    #[getter]
    fn objects(&self, py: Python<'_>) -> ObjectSet {
        ObjectSet::new(&self.heap, py.detach(|| self.heap.objects().collect()))
    }

    /// Return the objects for which `query` holds, largest retained size first.
    ///
    /// Such as `'type:DataFrame retained>10MB'` or `'path:"CACHE[*]" or unreachable'`: see the README. Raise
    /// `HeapviewError` for a text that is no query.
    #[pyo3(signature = (query, /))]
    fn query(&self, py: Python<'_>, query: &str) -> PyResult<ObjectSet> {
        ObjectSet::matching(py, &self.heap, parsed(query)?, None)
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
        let answer = gil::run(py, &self.heap, move |heap| cycles_json(heap, &cycles(heap, options)))?;
        to_python(py, &answer["rows"])
    }

    /// Find equal `str` and `bytes` objects; those first by which most would be saved.
    ///
    /// Where `is_certain` is false, only the beginning and the size are known to be the same.
    #[pyo3(signature = (limit = 20))]
    fn duplicates<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyAny>> {
        let answer =
            gil::run(py, &self.heap, move |heap| duplicates_json(&duplicates::duplicates(heap, limit)))?;
        to_python(py, &answer["rows"])
    }

    /// Find containers that take more memory than they need, by kind and place; most to be saved first.
    #[pyo3(signature = (limit = 20))]
    fn waste<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyAny>> {
        let answer = gil::run(py, &self.heap, move |heap| waste_json(&waste::waste(heap, limit)))?;
        to_python(py, &answer["rows"])
    }

    /// Return the largest objects, by `"retained"` or `"shallow"` size.
    #[pyo3(signature = (limit = 20, by = "retained"))]
    fn top<'py>(&self, py: Python<'py>, limit: usize, by: &str) -> PyResult<Bound<'py, PyList>> {
        let by = size_named(by)?;
        let found = gil::run(py, &self.heap, move |heap| top::top(heap, by, limit))?;
        self.objects_at(py, found)
    }

    /// Every reference of the object at `address`: kind, label, address of the referent. For tests.
    fn _edges(&self, address: u64) -> PyResult<Option<Vec<(String, String, u64)>>> {
        let snapshot = self.heap.snapshot();
        let edge = |edge: heapview_snapshot::Edge| {
            let label = snapshot.edge_label(&edge).map_or_else(|| edge.label.to_string(), str::to_owned);
            (format!("{:?}", edge.kind), label, edge.target.get())
        };
        gil::look(|| {
            let object = snapshot.find(Address::new(address))?;
            Some(snapshot.edges(object).map(edge).collect())
        })
    }

    /// Addresses of all objects. For tests.
    fn _addresses(&self) -> PyResult<Vec<u64>> {
        gil::look(|| self.heap.objects().map(|object| self.heap.snapshot().address(object).get()).collect())
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
    fn objects_at<'py>(&self, py: Python<'py>, found: Vec<ObjectIx>) -> PyResult<Bound<'py, PyList>> {
        gil::list(py, found, |ix| HeapObject::new(&self.heap, ix).into_bound_py_any(py))
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
    fn address(&self) -> PyResult<u64> {
        gil::look(|| self.heap.snapshot().address(self.ix).get())
    }

    #[getter]
    fn type_name(&self) -> PyResult<&str> {
        gil::look(|| self.heap.type_name(self.ix))
    }

    /// Bytes of the object itself.
    #[getter]
    fn shallow_size(&self) -> PyResult<u64> {
        gil::look(|| self.heap.shallow_size(self.ix))
    }

    /// Bytes that would be freed if the object became unreachable.
    #[getter]
    fn retained_size(&self) -> PyResult<u64> {
        gil::look(|| self.heap.retained_size(self.ix))
    }

    /// Reference count at dump time.
    #[getter]
    fn refcount(&self) -> PyResult<u32> {
        gil::look(|| self.heap.snapshot().refcount(self.ix))
    }

    /// The collector's generation, 0 to 2, or 3 after `gc.freeze()`; `None` if the collector does not track it.
    #[getter]
    fn generation(&self) -> PyResult<Option<u8>> {
        let flags = gil::look(|| self.heap.snapshot().flags(self.ix))?;
        Ok(flags.is_tracked().then(|| flags.generation()))
    }

    /// Bounded text of the value.
    #[getter]
    fn preview(&self) -> PyResult<Option<&str>> {
        gil::look(|| self.heap.snapshot().preview(self.ix).map(|preview| preview.text))
    }

    /// Whether any root reaches the object; if not it waits for the collector.
    #[getter]
    fn is_reachable(&self) -> PyResult<bool> {
        gil::look(|| self.heap.is_reachable(self.ix))
    }

    /// File and line where the object was allocated, then their callers; empty if `tracemalloc` did not trace it.
    #[getter]
    fn allocated_at(&self) -> PyResult<Vec<(String, u32)>> {
        let lines = gil::look(|| sites::allocated_at(&self.heap, self.ix))?;
        Ok(lines.into_iter().map(|at| (at.file, at.line)).collect())
    }

    /// Function, file and line of code and of what runs it: a function, a frame, a generator, a coroutine, a task.
    ///
    /// The line is the one that runs, or that it goes on from; of what does neither, where the function begins.
    #[getter]
    fn source(&self) -> PyResult<Option<(String, String, u32)>> {
        let place = gil::look(|| self.heap.source_place(self.ix))?;
        Ok(place.map(|place| {
            let line = place.current_line();
            (place.function, place.file, line)
        }))
    }

    /// The closest object that every path from the roots passes through.
    #[getter]
    fn dominator(&self) -> PyResult<Option<Self>> {
        Ok(gil::look(|| self.heap.dominator(self.ix))?.map(|ix| self.other(ix)))
    }

    /// Return what the object holds, with labels, largest retained size first.
    fn referents<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let ix = self.ix;
        let question = move |heap: &Heap| {
            let found = object::referents(heap, ix, Page::ALL);
            found.rows.iter().map(|row| (reference_label(heap, row), row.to)).collect()
        };
        self.labelled(py, gil::look(|| object::referents_are_few(&self.heap, ix))?, question)
    }

    /// Return what holds the object, with labels, largest retained size first.
    fn referrers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let ix = self.ix;
        let question = move |heap: &Heap| {
            let found = object::referrers(heap, ix, Page::ALL);
            found.rows.iter().map(|row| (reference_label(heap, row), row.from)).collect()
        };
        self.labelled(py, gil::look(|| object::referrers_are_few(&self.heap, ix))?, question)
    }

    /// Return what keeps the object alive, best path first, one for each distinct reference to it.
    #[pyo3(signature = (limit = 10))]
    fn paths(&self, py: Python<'_>, limit: usize) -> PyResult<Vec<RootPath>> {
        let (ix, limits) = (self.ix, paths::Limits { max_paths: limit });
        let found = gil::run(py, &self.heap, move |heap| paths::root_paths(heap, ix, limits))?;
        Ok(found.paths.into_iter().map(RootPath::from).collect())
    }

    /// Return the best path to the object, or `None` if it is unreachable.
    fn path_to_root(&self, py: Python<'_>) -> PyResult<Option<RootPath>> {
        let ix = self.ix;
        let found = if gil::look(|| paths::path_is_short(&self.heap, ix))? {
            gil::look_detached(py, || paths::path_to_root(&self.heap, ix))?
        } else {
            gil::run(py, &self.heap, move |heap| paths::path_to_root(heap, ix))?
        };
        Ok(found.map(RootPath::from))
    }

    /// Return what to do so that the object goes, and how many bytes that gives.
    ///
    /// The smallest set of references to cut, closest to the object, tried in the snapshot before it is shown.
    fn how_to_free(&self, py: Python<'_>) -> PyResult<FreePlan> {
        let ix = self.ix;
        gil::run(py, &self.heap, move |heap| FreePlan::new(heap, &free::free(heap, &[ix])))
    }

    fn __repr__(&self) -> PyResult<Shown> {
        gil::look(|| Shown::line(format!("<{}>", object_label(&self.heap, self.ix))))
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

    /// Labels and objects. Where these are few, no other thread is worth the while.
    fn labelled<'py>(
        &self,
        py: Python<'py>,
        are_few: bool,
        question: impl FnOnce(&Heap) -> Vec<(String, ObjectIx)> + Send + 'static,
    ) -> PyResult<Bound<'py, PyList>> {
        let rows = if are_few {
            gil::look_detached(py, || question(&self.heap))?
        } else {
            gil::run(py, &self.heap, question)?
        };
        gil::list(py, rows, |(label, ix)| (label, self.other(ix)).into_bound_py_any(py))
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
            text: path.path.to_string(),
            is_expression: path.path.is_expression(),
            aliases: path.aliases.iter().map(|alias| (alias.to_string(), alias.is_expression())).collect(),
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
