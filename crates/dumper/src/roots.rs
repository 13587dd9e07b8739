//! Where liveness starts: modules, builtins, frames of every thread, static types, the interpreter's own tables.

use heapview_snapshot::RootKind;

use crate::cpython::{self, Facts, Raw, Thread};
use crate::modules::modules;
use crate::origins::Origins;
use crate::secrets;
use crate::walk::Walk;

/// Writes all roots and what only they reach.
pub fn write(facts: &Facts, walk: &mut Walk<'_>) {
    let modules = modules();
    let mut names = Vec::new();
    if let Some(modules) = modules {
        walk.root(RootKind::Interpreter, modules, "sys.modules", "");
        cpython::dict_items(modules, |key, module| {
            let is_module = !cpython::is_exactly(module, "NoneType");
            if let Some(name) = cpython::text(facts, key).filter(|_| is_module) {
                names.push((name, module));
            }
        });
    }
    let origins = Origins::new(facts, &names);
    let mut thread_names = thread_names(facts, &names);
    if walk.wants_names() {
        // What the program called a thread is a value.
        thread_names.retain(|(_, name)| secrets::is_standard_thread_name(name));
    }
    for (name, module) in names {
        let kind = if name == "builtins" { RootKind::Builtin } else { RootKind::Module };
        walk.module_root(kind, module, &name, origins.of(&name, module));
    }
    for Thread { state, ident } in cpython::threads(facts) {
        let name = thread_names.iter().find(|(known, _)| *known == ident);
        let name = name.map_or_else(|| format!("thread {ident:#x}"), |(_, name)| name.clone());
        for frame in cpython::thread_frames(facts, state) {
            walk.frame_root(frame, &name);
        }
        for (part, held) in cpython::held_by_thread(facts, state) {
            walk.root(RootKind::Interpreter, held, part, &name);
        }
    }
    // Its references count for nothing, but it is an object as others are.
    if let Some(interned) = cpython::interned_strings(facts) {
        walk.root(RootKind::Interpreter, interned, "interned strings", "");
    }
    for (part, held) in cpython::held_by_interpreter(facts) {
        walk.root(RootKind::Interpreter, held, part, "");
    }
    if let Some(garbage) = cpython::garbage(facts) {
        walk.root(RootKind::GcGarbage, garbage, "gc.garbage", "");
    }
    for handler in cpython::exit_handlers(facts) {
        walk.root(RootKind::Atexit, handler, "", "");
    }
    walk.static_types();
}

/// Identifiers and names of `threading`'s threads, read from its table of active ones.
fn thread_names(facts: &Facts, modules: &[(String, Raw)]) -> Vec<(u64, String)> {
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
