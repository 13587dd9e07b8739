//! Whose code a module is or a frame runs, told by where its file lies: what a later answer may touch depends on it.

use heapview_snapshot::Origin;

use crate::cpython::{self, Facts, Interpreter, Raw, ThreadFrame};

/// Folders below which packages are installed, whatever the environment is called.
pub(crate) const INSTALLED: [&str; 2] = ["site-packages", "dist-packages"];
/// What `__spec__.origin` says of modules without a file.
const WITHOUT_FILE: [&str; 2] = ["built-in", "frozen"];

/// Tells the origins of modules of one interpreter.
pub(crate) struct Origins<'a> {
    facts: &'a Facts,
    /// The standard library's folder, with the separator at its end.
    library: Option<String>,
}

impl<'a> Origins<'a> {
    /// `modules`: all entries of `sys.modules`.
    pub(crate) fn new(facts: &'a Facts, modules: &[(String, Raw)]) -> Self {
        let os = modules.iter().find(|(name, _)| name == "os");
        let file = os.and_then(|(_, module)| text_attribute(facts, *module, "__file__"));
        let library = file.and_then(|file| file.rfind(['/', '\\']).map(|end| file[..=end].to_owned()));
        Self { facts, library }
    }

    /// For the modules of the running interpreter.
    pub(crate) fn running(facts: &'a Facts) -> Self {
        let mut os = Vec::new();
        if let Some(modules) = Interpreter::running().and_then(|of| cpython::modules(facts, of)) {
            cpython::dict_items(modules, |key, module| {
                if cpython::equals(facts, key, "os") {
                    os.push(("os".to_owned(), module));
                }
            });
        }
        Self::new(facts, &os)
    }

    /// The file that a module names.
    pub(crate) fn file(&self, module: Raw) -> Option<String> {
        text_attribute(self.facts, module, "__file__")
    }

    /// The origin of the module that `sys.modules` has under `name`, with the file that it names.
    pub(crate) fn of(&self, name: &str, file: &str, module: Raw) -> Origin {
        if name == "__main__" {
            return Origin::User;
        }
        if !file.is_empty() {
            return self.of_file(file);
        }
        let spec = cpython::attribute(self.facts, module, "__spec__");
        let origin = spec.and_then(|spec| text_attribute(self.facts, spec, "origin"));
        match origin {
            Some(origin) if WITHOUT_FILE.contains(&origin.as_str()) => Origin::Builtin,
            Some(origin) if origin.contains(['/', '\\']) => self.of_file(&origin),
            _ => Origin::Unknown,
        }
    }

    /// The origin of the code that a frame runs.
    pub(crate) fn of_frame(&self, frame: ThreadFrame) -> Origin {
        match cpython::file(self.facts, frame) {
            Some(file) => self.of_code(&file),
            None => Origin::Unknown,
        }
    }

    /// The origin of code, by the file that it names.
    pub(crate) fn of_code(&self, file: &str) -> Origin {
        // What was typed or made at run time has no file, but somebody's name for it: `<stdin>`.
        if file.starts_with("<frozen ") { Origin::Builtin } else { self.of_file(file) }
    }

    fn of_file(&self, file: &str) -> Origin {
        let mut folders = file.split(['/', '\\']);
        if folders.any(|folder| INSTALLED.contains(&folder)) {
            Origin::Installed
        } else if self.library.as_ref().is_some_and(|library| file.starts_with(library)) {
            Origin::StandardLibrary
        } else {
            Origin::User
        }
    }
}

fn text_attribute(facts: &Facts, object: Raw, name: &str) -> Option<String> {
    cpython::text(facts, cpython::attribute(facts, object, name)?)
}
