//! Where an object is in the source: code, and what runs it.

use heapview_snapshot::{EdgeKind, Location, ObjectIx, Snapshot};

use crate::heap::Heap;

/// A place in the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourcePlace {
    /// The function's qualified name, before CPython 3.11 its bare one: `Session.load`, `<module>`.
    pub function: String,
    /// The whole name of the file, as the code names it.
    pub file: String,
    /// The line where the function begins, from 1; 0 if it is not known.
    pub first_line: u32,
    /// The line that runs, or that it goes on from; 0 if it does neither, or if that is not known.
    pub line: u32,
}

/// What leads from a generator or a coroutine to its frame, if that is an object, and to its code.
const INSIDE: [&str; 6] = ["gi_frame", "cr_frame", "ag_frame", "gi_code", "cr_code", "ag_code"];

impl Heap {
    /// Where a code object, a frame, a function, a generator or a coroutine is in the source; of a task of asyncio's
    /// where its coroutine is. O(references of the object + log code objects).
    pub fn source_place(&self, object: ObjectIx) -> Option<SourcePlace> {
        if let Some(location) = self.snapshot().location(object) {
            return Some(place(self.snapshot(), object, location));
        }
        let inside = || {
            let slot = |name: &&str| self.named_referent(object, EdgeKind::Slot, name);
            INSIDE.iter().find_map(slot).or_else(|| slot(&"__code__"))
        };
        let coroutine = || {
            let is_task = crate::lookups::special(self, object) == crate::lookups::Special::Task;
            let mut held = self.strong_references(object).filter(|_| is_task);
            held.find(|step| self.type_name(step.to) == "coroutine").map(|step| step.to)
        };
        let next = inside().or_else(coroutine)?;
        if let Some(location) = self.snapshot().location(next) {
            return Some(place(self.snapshot(), next, location));
        }
        let code = INSIDE.iter().find_map(|name| self.named_referent(next, EdgeKind::Slot, name))?;
        Some(place(self.snapshot(), code, self.snapshot().location(code)?))
    }
}

/// A location of the file with its texts.
pub(crate) fn place(snapshot: &Snapshot, object: ObjectIx, location: &Location) -> SourcePlace {
    let function = match snapshot.string(location.function) {
        "" => snapshot.preview(object).map_or("", |preview| preview.text),
        function => function,
    };
    SourcePlace {
        function: function.to_owned(),
        file: snapshot.string(location.file).to_owned(),
        first_line: location.first_line,
        line: location.line,
    }
}

impl SourcePlace {
    /// The last part of the file's name.
    pub fn file_name(&self) -> &str {
        self.file.rsplit(['/', '\\']).next().unwrap_or(&self.file)
    }

    /// The code of a module, which no function calls.
    pub fn is_module(&self) -> bool {
        self.function == "<module>"
    }

    /// The line that runs, else that where the function begins.
    pub fn current_line(&self) -> u32 {
        if self.line == 0 { self.first_line } else { self.line }
    }

    /// `load()`, `<module>`.
    pub fn call(&self) -> String {
        format!("{}{}", self.function, if self.function.starts_with('<') { "" } else { "()" })
    }

    /// `app.py:12`.
    pub fn file_and_line(&self) -> String {
        format!("{}:{}", self.file_name(), self.current_line())
    }

    /// `/srv/app.py:12`.
    pub fn whole(&self) -> String {
        format!("{}:{}", self.file, self.current_line())
    }

    /// `load() at app.py:12`, `<module> at app.py:3`.
    pub fn label(&self) -> String {
        format!("{} at {}", self.call(), self.file_and_line())
    }
}
