//! Where liveness starts: modules, builtins, frames of every thread, static types, the interpreter's own tables.

use heapview_snapshot::RootKind;

use crate::cpython::{self, Facts, Interpreter, Raw, Thread};
use crate::origins::Origins;
use crate::output::ThreadName;
use crate::secrets;
use crate::walk::Walk;

/// Writes all roots and what only they reach.
pub(crate) fn write(facts: &Facts, walk: &mut Walk<'_>) {
    let mut thread_names = Vec::new();
    for of in walk.interpreters() {
        Roots { facts, of }.write(walk, &mut thread_names);
    }
    walk.asked_roots();
    // Its references count for nothing, but it is an object as others are.
    if let Some(interned) = cpython::interned_strings(facts) {
        walk.root(RootKind::Interpreter, interned, "interned strings", None);
    }
    walk.static_types();
}

/// The roots of one interpreter. Those of another one than that which runs are called by its number: their names
/// are no Python here.
struct Roots<'a> {
    facts: &'a Facts,
    of: Interpreter,
}

impl Roots<'_> {
    /// `thread_names`: those known so far. A thread that runs code of several interpreters is one to its people.
    fn write(&self, walk: &mut Walk<'_>, thread_names: &mut Vec<(u64, String)>) {
        let (facts, of) = (self.facts, self.of);
        let mut names = Vec::new();
        if let Some(modules) = cpython::modules(facts, of) {
            self.root(walk, modules, "sys.modules", None);
            cpython::dict_items(modules, |key, module| {
                let is_module = !cpython::is_exactly(module, "NoneType");
                if let Some(name) = cpython::text(facts, key).filter(|_| is_module) {
                    names.push((name, module));
                }
            });
        }
        thread_names.extend(names_of_threads(facts, &names));
        if walk.wants_names() {
            // What the program called a thread is a value.
            thread_names.retain(|(_, name)| secrets::is_standard_thread_name(name));
        }
        let origins = Origins::new(facts, &names);
        self.modules(walk, &names, &origins);
        for Thread { state, ident } in cpython::threads_of(facts, of) {
            let known = thread_names.iter().find(|(known, _)| *known == ident).map(|(_, name)| name.as_str());
            let name = match (known, of.other()) {
                (known, None) => known.unwrap_or_default().to_owned(),
                (Some(name), Some(id)) => format!("{name} of interpreter {id}"),
                (None, Some(id)) => format!("{ident:#x} of interpreter {id}"),
            };
            let thread = ThreadName { ident, name: &name };
            for frame in cpython::thread_frames(facts, state) {
                walk.frame_root(frame, thread, origins.of_frame(frame));
            }
            for (part, held) in cpython::held_by_thread(facts, state) {
                self.root(walk, held, part, Some(thread));
            }
            let local_key = cpython::thread_local_key(facts, state).map(|held| ("thread-local key", held));
            for (part, held) in cpython::trace_hooks(facts, state).chain(local_key) {
                if walk.knows(held) {
                    self.root(walk, held, part, Some(thread));
                }
            }
        }
        for (part, held) in cpython::held_by_interpreter(facts, of) {
            self.root(walk, held, part, None);
        }
        for (part, held) in cpython::callbacks(facts, of) {
            self.root(walk, held, &part, None);
        }
        if let Some(hooks) = cpython::audit_hooks(facts, of)
            && cpython::list_items(hooks).flatten().all(|hook| walk.knows(hook))
        {
            self.root(walk, hooks, "sys.addaudithook", None);
        }
        if let Some(garbage) = cpython::garbage(facts, of) {
            match of.other() {
                None => walk.root(RootKind::GcGarbage, garbage, "gc.garbage", None),
                Some(_) => self.root(walk, garbage, "gc.garbage", None),
            }
        }
        for handler in cpython::exit_handlers(facts, of) {
            match of.other() {
                None => walk.root(RootKind::Atexit, handler, "", None),
                Some(_) => self.root(walk, handler, "atexit", None),
            }
        }
    }

    fn modules(&self, walk: &mut Walk<'_>, modules: &[(String, Raw)], origins: &Origins<'_>) {
        for (name, module) in modules {
            let module = *module;
            if let Some(id) = self.of.other() {
                walk.root(RootKind::OtherModule, module, &format!("{id}: module {name}"), None);
                continue;
            }
            let kind = if name == "builtins" { RootKind::Builtin } else { RootKind::Module };
            let file = origins.file(module).unwrap_or_default();
            walk.module_root(kind, module, name, &file, origins.of(name, &file, module));
        }
    }

    fn root(&self, walk: &mut Walk<'_>, object: Raw, part: &str, thread: Option<ThreadName<'_>>) {
        match self.of.other() {
            None => walk.root(RootKind::Interpreter, object, part, thread),
            Some(id) => walk.root(RootKind::Interpreter, object, &format!("{id}: {part}"), thread),
        }
    }
}

/// Identifiers and names of `threading`'s threads, read from its table of active ones.
fn names_of_threads(facts: &Facts, modules: &[(String, Raw)]) -> Vec<(u64, String)> {
    let Some((_, threading)) = modules.iter().find(|(name, _)| name == "threading") else {
        return Vec::new();
    };
    let Some(active) = cpython::attribute(facts, *threading, "_active") else { return Vec::new() };
    let mut names = Vec::new();
    if cpython::is_exactly(active, "dict") {
        cpython::dict_items(active, |ident, thread| {
            let name = cpython::attribute(facts, thread, "_name").and_then(|name| cpython::text(facts, name));
            if cpython::is_exactly(ident, "int")
                && let cpython::Int::Small(ident) = cpython::int(facts, ident)
                && let Some(name) = name
            {
                names.push((ident as u64, name));
            }
        });
    }
    names
}
