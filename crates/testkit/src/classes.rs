//! The classes of a sketch as objects: without them nobody can say what `obj.name` gives.

use heapview_snapshot::{Origin, RootKind};

use crate::sketch::{Held, Sketch};

/// Classes have numbers from here on, each with what belongs to it.
const FIRST_CLASS: u64 = 1_000_000;
const EACH: u64 = 100;
/// What the classes of builtin containers define themselves.
const CONTAINERS: [&str; 6] =
    ["list", "dict", "set", "tuple", "collections.deque", "collections.OrderedDict"];
const OF_CONTAINERS: [&str; 4] = ["__getitem__", "__delitem__", "__setitem__", "clear"];
/// What `object` and `type` define.
const OF_OBJECTS: [&str; 2] = ["__getattribute__", "__setattr__"];

/// Whether it was made by a `class` statement.
fn is_of_python(name: &str) -> bool {
    name.contains('.') && !CONTAINERS.contains(&name)
}

/// Adds an object for each type: its method resolution order, and the names that it defines.
pub(crate) fn add_classes(sketch: &mut Sketch) {
    let mut names = sketch.type_names();
    for name in ["type", "object", "dict", "tuple", "str", "wrapper_descriptor", "method_descriptor"] {
        names.push(name.to_owned());
    }
    names.push("getset_descriptor".to_owned());
    names.sort();
    names.dedup();
    for (nth, name) in names.iter().enumerate() {
        sketch.class(name, number(nth));
    }
    let base = names.iter().position(|name| name == "object").map_or(0, number);
    for (nth, name) in names.iter().enumerate() {
        add(sketch, number(nth), name, base);
    }
}

fn number(nth: usize) -> u64 {
    FIRST_CLASS + EACH * nth as u64
}

fn add(sketch: &mut Sketch, class: u64, name: &str, base: u64) {
    let (mro, dict, first_value) = (class + 1, class + 2, class + 10);
    sketch.object(class, "type", 1000, &[Held::Slot("__mro__", mro), Held::Dict(dict)]);
    sketch.preview(class, name, false);
    sketch.object(mro, "tuple", 56, &[Held::Item(0, class)]);
    sketch.object(dict, "dict", 184, &[]);
    if class != base {
        sketch.hold(mro, Held::Item(1, base));
    }
    let (defined, of_kind): (&[&str], &str) = match name {
        "object" | "type" => (&OF_OBJECTS, "wrapper_descriptor"),
        _ if CONTAINERS.contains(&name) => (&OF_CONTAINERS, "method_descriptor"),
        _ if is_of_python(name) => (&["__weakref__", "__dict__"], "getset_descriptor"),
        _ => (&[], ""),
    };
    for (value, defined) in (first_value..).zip(defined) {
        sketch.object(value, of_kind, 64, &[]);
        sketch.hold(dict, Held::Key(defined, value));
    }
    if let Some((module, short)) = name.rsplit_once('.').filter(|_| is_of_python(name)) {
        let (module, short) = (sketch.text(module), sketch.text(short));
        sketch.hold(class, Held::Slot("__qualname__", short));
        sketch.hold(dict, Held::Key("__module__", module));
    }
    sketch.add_root(RootKind::StaticType, class, name, Origin::Unknown);
}
