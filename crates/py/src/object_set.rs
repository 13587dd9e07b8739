//! Sets of objects as Python sees them: each can be filtered again.

use std::sync::Arc;

use heapview_analysis::histogram::{GroupBy, group_histogram, histogram};
use heapview_analysis::query::{Expr, Field, Query, Term, Text, evaluate};
use heapview_analysis::selection::Selection;
use heapview_analysis::top::{By, top_of};
use heapview_analysis::{Heap, free, patterns, sites};
use heapview_render::{
    histogram_json, json, object_set_html, object_set_label, patterns_json, query_error_lines,
};
use heapview_snapshot::ObjectIx;
use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PySlice;
use serde_json::Value;

use crate::error::heapview_error;
use crate::gil;
use crate::json::to_python;
use crate::plan::FreePlan;
use crate::shown::Shown;
use crate::snapshot::HeapObject;

/// Some objects of one snapshot, in an order that means something. Sizes are bytes.
#[pyclass(frozen, sequence, module = "heapview")]
pub struct ObjectSet {
    heap: Arc<Heap>,
    selection: Arc<Selection>,
    /// What the query said of itself, such as that no type is called so.
    notes: Vec<String>,
}

/// Reads the query; what is wrong with it is told with carets under the place.
pub(crate) fn parsed(query: &str) -> PyResult<Query> {
    query.parse().map_err(|error| heapview_error(query_error_lines(query, &error)))
}

/// Counts objects of a heap, or of some of it, into so many rows.
type Rows = fn(&Heap, Option<&Selection>, usize) -> Value;

fn by_group(heap: &Heap, of: Option<&Selection>, by: GroupBy, limit: usize) -> Value {
    histogram_json(&group_histogram(heap, of, by), by, limit)
}

/// Counts objects by `by`.
pub(crate) fn histogram_rows<'py>(
    py: Python<'py>,
    heap: &Heap,
    of: Option<Arc<Selection>>,
    limit: Option<usize>,
    by: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let limit = limit.unwrap_or(usize::MAX);
    let rows: Rows = match by {
        "type" => |heap, of, limit| by_group(heap, of, GroupBy::Type, limit),
        "site" => |heap, of, limit| json::site_histogram_json(&sites::histogram(heap, of), limit),
        "module" => |heap, of, limit| by_group(heap, of, GroupBy::Module, limit),
        "referrer" => |heap, of, limit| by_group(heap, of, GroupBy::Referrer, limit),
        other => {
            return Err(PyValueError::new_err(format!(
                "expected by='type', 'module', 'referrer' or 'site', found {other:?}"
            )));
        }
    };
    let answer = gil::run(py, heap, move |heap| rows(heap, of.as_deref(), limit))?;
    to_python(py, &answer["rows"])
}

/// What counts as large.
pub(crate) fn size_named(by: &str) -> PyResult<By> {
    match by {
        "retained" => Ok(By::Retained),
        "shallow" => Ok(By::Shallow),
        other => {
            Err(PyValueError::new_err(format!("expected by='retained' or by='shallow', found {other:?}")))
        }
    }
}

impl ObjectSet {
    pub fn new(heap: &Arc<Heap>, objects: Vec<ObjectIx>) -> Self {
        Self { heap: Arc::clone(heap), selection: Arc::new(Selection { objects }), notes: Vec::new() }
    }

    /// The objects for which `query` holds: of all, or of those in `within`.
    pub fn matching(
        py: Python<'_>,
        heap: &Arc<Heap>,
        query: Query,
        within: Option<Arc<Selection>>,
    ) -> PyResult<Self> {
        let matches = gil::run(py, heap, move |heap| evaluate(heap, &query, within.as_deref()))?;
        Ok(Self { notes: matches.notes, ..Self::new(heap, matches.selection.objects) })
    }

    fn object(&self, ix: ObjectIx) -> HeapObject {
        HeapObject::new(&self.heap, ix)
    }
}

#[pymethods]
impl ObjectSet {
    fn __len__(&self) -> usize {
        self.selection.objects.len()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let objects = &self.selection.objects;
        if let Ok(slice) = index.cast::<PySlice>() {
            let part = slice.indices(objects.len() as isize)?;
            let mut chosen = Vec::with_capacity(part.slicelength);
            let mut at = part.start;
            for _ in 0..part.slicelength {
                chosen.push(objects[at as usize]);
                at += part.step;
            }
            return Ok(Bound::new(py, Self::new(&self.heap, chosen))?.into_any());
        }
        let Ok(index) = index.extract::<isize>() else {
            return Err(PyTypeError::new_err("expected an index or a slice"));
        };
        let from_start = if index < 0 { index.checked_add(objects.len() as isize) } else { Some(index) };
        let found = from_start.and_then(|at| objects.get(usize::try_from(at).ok()?));
        let found = found.ok_or_else(|| {
            PyIndexError::new_err(format!("expected an index below {}, found {index}", objects.len()))
        })?;
        Ok(Bound::new(py, self.object(*found))?.into_any())
    }

    fn __iter__(&self) -> ObjectIterator {
        ObjectIterator {
            heap: Arc::clone(&self.heap),
            selection: Arc::clone(&self.selection),
            next: 0.into(),
        }
    }

    fn __contains__(&self, py: Python<'_>, object: &HeapObject) -> bool {
        object.is_of(&self.heap) && py.detach(|| self.selection.objects.contains(&object.ix()))
    }

    /// Bytes of the objects themselves.
    #[getter]
    fn shallow_size(&self, py: Python<'_>) -> PyResult<u64> {
        let selection = Arc::clone(&self.selection);
        gil::run(py, &self.heap, move |heap| heap.shallow_size_of_set(&selection.objects))
    }

    /// Bytes that would be freed if all of them became unreachable at once. Takes a walk of the heap.
    #[getter]
    fn retained_size(&self, py: Python<'_>) -> PyResult<u64> {
        let selection = Arc::clone(&self.selection);
        gil::run(py, &self.heap, move |heap| heap.retained_size_of_set(&selection.objects))
    }

    /// Return the `n` largest of them, by `"retained"` or `"shallow"` size.
    #[pyo3(signature = (n = 10, by = "retained"))]
    fn largest(&self, py: Python<'_>, n: usize, by: &str) -> PyResult<Self> {
        let by = size_named(by)?;
        let selection = Arc::clone(&self.selection);
        let largest = gil::run(py, &self.heap, move |heap| top_of(heap, &selection, by, n))?;
        Ok(Self::new(&self.heap, largest))
    }

    /// Return those of a type: its whole name, or the last part of it; `*` stands for any text.
    #[pyo3(signature = (name, /))]
    fn of_type(&self, py: Python<'_>, name: &str) -> PyResult<Self> {
        let text = Text { text: name.to_owned(), contains: false };
        let query = Query { expr: Expr::Term(Term::Text(Field::Type, text)) };
        Self::matching(py, &self.heap, query, Some(Arc::clone(&self.selection)))
    }

    /// Return those for which a query holds, such as `"retained>1MB not referrer:dict"`.
    #[pyo3(signature = (query, /))]
    fn query(&self, py: Python<'_>, query: &str) -> PyResult<Self> {
        Self::matching(py, &self.heap, parsed(query)?, Some(Arc::clone(&self.selection)))
    }

    /// Count them by `"type"`, `"module"`, `"referrer"` or `"site"`; what goes with all of a type at least is
    /// `retained_size_at_least`.
    #[pyo3(signature = (limit = None, by = "type"))]
    fn histogram<'py>(&self, py: Python<'py>, limit: Option<usize>, by: &str) -> PyResult<Bound<'py, PyAny>> {
        histogram_rows(py, &self.heap, Some(Arc::clone(&self.selection)), limit, by)
    }

    /// Group them by the pattern of their best paths, such as `SESSIONS[*].history`; those that retain most first.
    #[pyo3(signature = (limit = 20))]
    fn patterns<'py>(&self, py: Python<'py>, limit: usize) -> PyResult<Bound<'py, PyAny>> {
        let selection = Arc::clone(&self.selection);
        let answer = gil::run(py, &self.heap, move |heap| {
            patterns_json(&patterns::patterns(heap, &selection, limit))
        })?;
        to_python(py, &answer["rows"])
    }

    /// Return what to do so that all of them go together, and how many bytes that gives: one plan, in which what one
    /// place holds is one line. `ValueError` if there are none.
    fn how_to_free(&self, py: Python<'_>) -> PyResult<FreePlan> {
        if self.selection.objects.is_empty() {
            return Err(PyValueError::new_err("expected a set with objects in it, found an empty one"));
        }
        let selection = Arc::clone(&self.selection);
        gil::run(py, &self.heap, move |heap| FreePlan::new(heap, &free::free(heap, &selection.objects)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<Shown> {
        let selection = Arc::clone(&self.selection);
        let label =
            gil::run(py, &self.heap, move |heap| object_set_label(heap, &histogram(heap, Some(&selection))))?;
        let notes = self.notes.iter().fold(String::new(), |notes, note| notes + "; " + note);
        Ok(Shown::line(format!("<{label}{notes}>")))
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<Shown> {
        let selection = Arc::clone(&self.selection);
        gil::run(py, &self.heap, move |heap| {
            let counted = histogram(heap, Some(&selection));
            Shown::line(object_set_html(heap, &counted, &selection.objects))
        })
    }
}

/// Goes through a set.
#[pyclass(frozen, module = "heapview")]
pub struct ObjectIterator {
    heap: Arc<Heap>,
    selection: Arc<Selection>,
    next: std::sync::atomic::AtomicUsize,
}

#[pymethods]
impl ObjectIterator {
    fn __iter__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __next__(&self) -> Option<HeapObject> {
        let at = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.selection.objects.get(at).map(|ix| HeapObject::new(&self.heap, *ix))
    }
}
