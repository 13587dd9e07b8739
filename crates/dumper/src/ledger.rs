//! Where the memory of the whole process is: asked of the kernel, the allocators and the collector.
//!
//! Runs before the walk, and before the dumper allocates anything to speak of.

use std::ffi::CStr;
use std::fs;

use heapview_snapshot::{Ledger, Package, Resident};
use pyo3::ffi;

use crate::cpython::{self, Clip, Facts, Raw};
use crate::distributions;
use crate::modules::{self, entry};
use crate::secrets::is_version;

/// Characters kept of a package's name and of its version.
const MAX_NAME_LEN: usize = 64;
/// Characters kept of an argument of the command line.
const MAX_ARGUMENT_LEN: usize = 1 << 16;

/// Asks for everything; what cannot be had stays absent. With `hides_values`, texts that the program may have made up
/// are left out: `sys.argv`, and a `__version__` that looks like none.
///
/// With it come the folders that installed modules were loaded from: what is in them is read later, without the GIL.
pub(crate) fn collect(facts: &Facts, hides_values: bool) -> (Ledger, Vec<String>) {
    // The allocators first: the fewer things are made before they are asked, the better.
    let malloc = cpython::malloc_sizes(&facts.symbols);
    let pymalloc = cpython::pymalloc_sizes(&facts.symbols);
    let status = ProcFile::read("/proc/self/status");
    let modules = top_level_modules(facts);
    // The standard library has Python's own version, whatever its parts say.
    let others = || modules.iter().filter(|(name, _)| !facts.standard_modules.contains(name));
    let folders = distributions::folders(facts, others().map(|(_, dict)| *dict));
    let ledger = Ledger {
        python: python_version(),
        system: system(),
        argv: if hides_values { None } else { argv(facts, &modules) },
        n_threads: status.number("Threads"),
        resident: resident(&status),
        malloc,
        pymalloc,
        collector: if facts.collector { cpython::collector(&facts.layout.interpreter) } else { None },
        packages: packages(facts, others(), hides_values),
        distributions: Vec::new(),
    };
    (ledger, folders)
}

/// A file of `/proc` made of lines `name: number kB`; empty where it cannot be read.
struct ProcFile(String);

impl ProcFile {
    fn read(path: &str) -> Self {
        Self(fs::read_to_string(path).unwrap_or_default())
    }

    fn number(&self, name: &str) -> Option<u64> {
        let mut fields = self.0.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = fields.find(|(field, _)| *field == name)?;
        value.split_ascii_whitespace().next()?.parse().ok()
    }

    fn size(&self, name: &str) -> Option<u64> {
        self.number(name)?.checked_mul(1024)
    }
}

/// From `smaps_rollup`, which is exact; where it is missing or forbidden, `status` has some of it.
fn resident(status: &ProcFile) -> Resident {
    let rollup = ProcFile::read("/proc/self/smaps_rollup");
    Resident {
        rss: rollup.size("Rss").or_else(|| status.size("VmRSS")),
        pss: rollup.size("Pss"),
        private_dirty: rollup.size("Private_Dirty"),
        anonymous: rollup.size("Anonymous").or_else(|| status.size("RssAnon")),
        swap: rollup.size("Swap").or_else(|| status.size("VmSwap")),
    }
}

/// `sys.version` in one line.
fn python_version() -> String {
    // SAFETY: a static text, unchanged since the interpreter started.
    let version = unsafe { CStr::from_ptr(ffi::Py_GetVersion()) }.to_string_lossy();
    version.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `Linux 6.1.0 x86_64`.
fn system() -> String {
    // SAFETY: `utsname` is made of texts, for which zeros are good; `uname` fills them and ends each with NUL.
    let names = unsafe {
        let mut names: libc::utsname = std::mem::zeroed();
        if libc::uname(&raw mut names) != 0 {
            return String::new();
        }
        names
    };
    let text = |field: &[std::ffi::c_char]| {
        let bytes: Vec<u8> = field.iter().map(|byte| *byte as u8).take_while(|byte| *byte != 0).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    [text(&names.sysname), text(&names.release), text(&names.machine)].join(" ")
}

/// Names without a dot and the modules' dicts, as `sys.modules` has them.
fn top_level_modules(facts: &Facts) -> Vec<(String, Raw)> {
    let Some(modules) = modules::modules() else { return Vec::new() };
    let mut found = Vec::new();
    cpython::dict_items(modules, |key, module| {
        let Some(dict) = modules::dict(module) else { return };
        let name = exact_text(facts, key, usize::MAX);
        if let Some(name) = name.filter(|name| !name.contains('.')) {
            found.push((name, dict));
        }
    });
    found
}

fn packages<'a>(
    facts: &Facts,
    modules: impl Iterator<Item = &'a (String, Raw)>,
    hides_values: bool,
) -> Vec<Package> {
    let package = |(name, dict): &(String, Raw)| {
        let version = exact_text(facts, entry(facts, *dict, "__version__")?, MAX_NAME_LEN)
            .filter(|version| !hides_values || is_version(version))?;
        Some(Package { name: name.chars().take(MAX_NAME_LEN).collect(), version })
    };
    let mut packages: Vec<Package> = modules.filter_map(package).collect();
    packages.sort_unstable();
    packages
}

/// `sys.argv`, which is any object the user likes by now: only a plain list is read.
fn argv(facts: &Facts, modules: &[(String, Raw)]) -> Option<Vec<String>> {
    let (_, sys) = modules.iter().find(|(name, _)| name == "sys")?;
    let argv = entry(facts, *sys, "argv").filter(|argv| cpython::is_exactly(*argv, "list"))?;
    let text = |item: Raw| {
        exact_text(facts, item, MAX_ARGUMENT_LEN)
            .unwrap_or_else(|| format!("<{}>", cpython::c_name(cpython::type_of(item))))
    };
    Some(cpython::list_items(argv).flatten().map(text).collect())
}

/// The first `limit` characters of a `str`; lone surrogates become U+FFFD. `None` for other objects, also for
/// instances of subclasses, and where texts cannot be read at all.
fn exact_text(facts: &Facts, object: Raw, limit: usize) -> Option<String> {
    if !facts.strings || !cpython::is_exactly(object, "str") {
        return None;
    }
    let mut clip = Clip::default();
    cpython::clip(facts, object, limit, &mut clip);
    Some(clip.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_proc_are_read() {
        let file =
            ProcFile("7f00-7fff ---p 00:00 0    [rollup]\nRss:     1768 kB\nThreads:\t4\nBad: kB\n".into());
        assert_eq!(file.size("Rss"), Some(1768 << 10));
        assert_eq!(file.number("Threads"), Some(4));
        assert_eq!(file.number("Bad"), None);
        assert_eq!(file.number("Pss"), None);
    }
}
