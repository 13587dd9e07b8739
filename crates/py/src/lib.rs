//! The extension module `heapview._heapview`: conversion only, no logic.

mod dump;
mod error;
mod gil;
mod json;
mod object_set;
mod path;
mod plan;
mod shown;
mod snapshot;
mod workers;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _heapview {
    #[pymodule_export]
    use super::dump::{DumpHandle, DumpResult, heapdump, use_adapters};
    #[pymodule_export]
    use super::error::HeapviewError;
    #[pymodule_export]
    use super::object_set::ObjectSet;
    #[pymodule_export]
    use super::plan::FreePlan;
    #[pymodule_export]
    use super::shown::printable_text;
    #[pymodule_export]
    use super::snapshot::{HeapObject, RootPath, Snapshot, diff, load};

    use pyo3::prelude::*;

    /// Run the command line `argv`, program name first; return the exit code.
    #[pyfunction]
    fn main(py: Python<'_>, argv: Vec<std::ffi::OsString>) -> u8 {
        py.detach(|| heapview_cli::run_with(argv))
    }

    #[pymodule_init]
    #[expect(clippy::unnecessary_wraps, reason = "pyo3 0.28, which 3.13t needs, wants a result here")]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::dump::prepare(module.py());
        Ok(())
    }
}
