//! Text that Python prints: whatever `repr()`, `str()` and notebooks show passes here.

use std::convert::Infallible;

use heapview_render::printable;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Text in which no name of the heap acts on a terminal.
pub(crate) struct Shown(String);

impl Shown {
    pub(crate) fn line(text: impl AsRef<str>) -> Self {
        Self(printable(text.as_ref()).into_owned())
    }

    /// Each of `lines` is one line, whatever it holds.
    pub(crate) fn lines(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let lines: Vec<String> = lines.into_iter().map(|line| Self::line(line).0).collect();
        Self(lines.join("\n"))
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl<'py> IntoPyObject<'py> for Shown {
    type Target = PyString;
    type Output = Bound<'py, PyString>;
    type Error = Infallible;

    fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Infallible> {
        Ok(PyString::new(py, &self.0))
    }
}

/// Return `text` as a terminal can show it: with escapes for what would act on it or not be seen.
#[pyfunction]
#[pyo3(name = "_printable", signature = (text, /))]
pub(crate) fn printable_text(text: &Bound<'_, PyString>) -> Shown {
    Shown::line(text.to_string_lossy())
}
