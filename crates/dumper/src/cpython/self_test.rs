//! Tests each layout group on objects whose content is known, and switches off the groups that disagree.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::fields::{Access, Named};
use super::gc_list::{Enumeration, find_generations, frozen_is_empty};
use super::instance::{DictPlace, dict, dict_place, inline_attributes};
use super::interned::find_interned;
use super::layout::ManagedDict;
use super::numbers::Int;
use super::object::{FREE_THREADED, SHIFT, traverse};
use super::raw::Raw;
use super::{
    Facts, cached_keys, collector, deque_items, frame, interpreter, interpreters, key_names, list_items,
    lru_cache, monitoring, numbers, strings, text, threads, type_of, typeobject, world,
};

const PROBES: &std::ffi::CStr = cr#"
class Probe:
    def __init__(self):
        self.first = "one"
        self.second = 2

def make():
    enclosed = ["enclosed"]
    def function(argument=1, *, keyword=2):
        "doc"
        return enclosed
    return function

def generate():
    kept = "kept"
    yield kept

def fail():
    raise ValueError("argument")

bare, made = Probe(), Probe()
made_dict = made.__dict__
bare_names = ("first", "second")
running = generate()
next(running)
try:
    fail()
except ValueError as error:
    caught = error
function = make()

import collections, functools
long_deque = collections.deque(range(1000, 1200))
long_deque.extendleft(range(2000, 2100))
long_deque.popleft()
deque_items = list(long_deque)

@functools.lru_cache(maxsize=8)
def cached(text):
    return ["result"]
cached_key = "key of the cache"
cached_result = cached(cached_key)

samples = {
    "function": function,
    "BaseException": caught,
    "code": function.__code__,
    "generator": running,
    "frame": running.gi_frame,
    "cell": function.__closure__[0],
    "method": bare.__init__,
    "builtin_function_or_method": len,
    "method-wrapper": (1).__add__,
    "module": __import__("sys"),
    "traceback": caught.__traceback__,
}
"#;

/// Runs all tests. An error here means that the probes themselves could not be made.
pub(super) fn run(py: Python<'_>, facts: &mut Facts) -> PyResult<()> {
    let probes = PyDict::new(py);
    py.run(PROBES, Some(&probes), None)?;
    let get = |name: &str| -> PyResult<Bound<'_, PyAny>> {
        probes.get_item(name)?.ok_or_else(|| pyo3::exceptions::PyKeyError::new_err(name.to_owned()))
    };

    facts.strings = check_strings(py, facts);
    facts.ints = check_ints(py, facts)?;
    let (class, bare, made) = (get("Probe")?, get("bare")?, get("made")?);
    facts.heap_types = facts.heap_types && check_heap_types(facts, raw(&class));
    facts.instances = facts.instances
        && facts.heap_types
        && check_instances(facts, raw(&bare), raw(&made), raw(&get("made_dict")?));
    // Where attributes cannot be read, the traversal must find them.
    facts.class_traverse = typeobject::traverse_function(raw(&class))
        .filter(|_| facts.instances)
        .map(|traverse| traverse as usize);
    facts.frames = facts.frames && check_frames(py, facts, raw(&get("running")?), raw(&get("samples")?))?;
    // Whoever replaced functions of `gc` or `atexit` must not make the import fail.
    let young = pyo3::types::PyList::empty(py);
    facts.enumeration = enumeration(facts, raw(&young));
    let layout = facts.layout.interpreter;
    facts.interpreter = facts.interpreter && interpreter::check(py, &layout).unwrap_or(false);
    facts.atexit = facts.interpreter && interpreter::check_atexit(py, &layout).unwrap_or(false);
    facts.audit_hooks = facts.interpreter && facts.audit_hooks && interpreter::check_audit_hooks(&layout);
    facts.others = facts.others && layout.others.is_none_or(|others| interpreters::check(py, others));
    facts.trace_hooks = facts.trace_hooks && threads::check_hooks(py, &facts.layout.threads).unwrap_or(false);
    if facts.interpreter {
        facts.monitoring = monitoring::find(py, &layout).unwrap_or(None);
        facts.interned = world::stopped(facts, || find_interned(&layout)).flatten();
    }
    check_deque(facts, raw(&get("long_deque")?), raw(&get("deque_items")?));
    check_lru_cache(facts, &get("cached")?, raw(&get("cached_key")?), raw(&get("cached_result")?));
    facts.collector = facts.interpreter && collector::is_sound(py, &layout).unwrap_or(false);
    for (group, works) in [
        ("text of strings", facts.strings),
        ("values of integers", facts.ints),
        ("names of classes", facts.heap_types),
        ("names of inline attributes", facts.instances),
        ("local variables of frames", facts.frames),
        ("what the interpreter itself holds", facts.interpreter),
        ("functions registered with atexit", facts.atexit),
        ("functions given to sys.addaudithook", facts.audit_hooks || FREE_THREADED),
        ("functions given to sys.settrace and sys.setprofile", facts.trace_hooks),
        ("callbacks of sys.monitoring", facts.monitoring.is_some() || layout.monitoring.is_none()),
        ("elements of deques", facts.deque_type.is_some()),
        ("entries of lru_cache", facts.lru_link_type.is_some()),
        ("counters of the collector", facts.collector),
    ] {
        if !works {
            facts
                .warnings
                .push(format!("{group}: this interpreter's layout is not the expected one; left out"));
        }
    }

    let samples = get("samples")?;
    let mut fields = std::mem::take(&mut facts.fields);
    let mut disagreeing = Vec::new();
    fields.retain(|(type_name, fields)| {
        let Ok(sample) = samples.get_item(type_name) else { return true };
        let agrees = check_fields(&sample, fields);
        if !agrees {
            disagreeing.push(format!(
                "fields of {type_name}: this interpreter's layout is not the expected one; left out"
            ));
        }
        agrees
    });
    facts.fields = fields;
    facts.warnings.append(&mut disagreeing);
    // The generator holds its frame, which would keep the probes alive in a cycle.
    get("running")?.call_method0("close")?;
    probes.clear();
    Ok(())
}

/// How tracked objects can be found; `young` was made a moment ago.
fn enumeration(facts: &mut Facts, young: Raw) -> Enumeration {
    let layout = &mut facts.layout.interpreter;
    if let Some(found) = find_generations(layout, young).filter(|_| facts.interpreter)
        && (found == layout.generations || frozen_is_empty(layout))
    {
        layout.generations = found;
        return Enumeration::Lists;
    }
    if facts.symbols.visit_objects.is_some() {
        return Enumeration::VisitObjects;
    }
    facts.warnings.push(
        "the collector's lists were not found: only what is reachable from the roots is here".to_owned(),
    );
    Enumeration::RootsOnly
}

fn raw(object: &Bound<'_, PyAny>) -> Raw {
    // SAFETY: the object is alive for as long as `object`, which outlives each check.
    unsafe { Raw::new(object.as_ptr() as usize) }.expect("a bound object is not null")
}

fn check_strings(py: Python<'_>, facts: &Facts) -> bool {
    ["", "plain", "größe", "日本語", "🐍 snake"].iter().all(|expected| {
        let object = pyo3::types::PyString::new(py, expected);
        text(facts, raw(&object)).as_deref() == Some(*expected)
    })
}

fn check_ints(py: Python<'_>, facts: &Facts) -> PyResult<bool> {
    for expected in [0i128, 1, 5, -7, 1 << 30, -(1 << 31), (1 << 59) + 12345, -(1 << 100) - 3] {
        let object = expected.into_pyobject(py)?.into_any();
        if numbers::int(facts, raw(&object)) != Int::Small(expected) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn check_heap_types(facts: &Facts, class: Raw) -> bool {
    if typeobject::qualname(facts, class).as_deref() != Some("Probe") {
        return false;
    }
    let mut names = Vec::new();
    if let (Some(keys), Some(_)) = (cached_keys(facts, class), facts.layout.keys) {
        key_names(facts, keys, |_, name| names.push(text(facts, name)));
    }
    facts.layout.keys.is_none() || names == ["first", "second"].map(|name| Some(name.to_owned()))
}

fn check_instances(facts: &Facts, bare: Raw, made: Raw, made_dict: Raw) -> bool {
    let class = type_of(bare);
    let place = dict_place(facts, class);
    if facts.layout.managed_dict == ManagedDict::Absent {
        return matches!(place, DictPlace::At(_)) && dict(facts, place, class, made) == Some(made_dict);
    }
    let mut attributes = Vec::new();
    inline_attributes(facts, class, bare, |name, value| attributes.push((text(facts, name), value)));
    let names: Vec<_> = attributes.iter().map(|(name, _)| name.as_deref()).collect();
    names == [Some("first"), Some("second")]
        && text(facts, attributes[0].1).as_deref() == Some("one")
        && numbers::int(facts, attributes[1].1) == Int::Small(2)
        && dict(facts, place, class, bare).is_none()
        && dict(facts, place, class, made) == Some(made_dict)
}

fn check_frames(py: Python<'_>, facts: &Facts, generator: Raw, samples: Raw) -> PyResult<bool> {
    let mut frame_object = None;
    super::dict_items(samples, |key, value| {
        if strings::equals(facts, key, "frame") {
            frame_object = Some(value);
        }
    });
    let of_generator = match facts.layout.old_frames {
        Some(_) => frame_object.and_then(|object| frame::frame_of_object(facts, object)),
        None => frame::generator_frame(facts, generator),
    };
    let of_object = frame_object.and_then(|object| frame::frame_of_object(facts, object));
    let (Some(of_generator), Some(of_object)) = (of_generator, of_object) else { return Ok(false) };
    if of_generator.frame != of_object.frame {
        return Ok(false);
    }
    let mut locals = Vec::new();
    frame::locals(facts, of_generator, |name, value| {
        locals.push((text(facts, name), text(facts, value.object)));
    });
    let described = frame::describe(facts, of_generator);
    if locals != [(Some("kept".into()), Some("kept".into()))]
        || !described.starts_with("generate() at ")
        || !described.ends_with(":16")
    {
        return Ok(false);
    }
    // This thread is among the threads, and when Python code runs below us its frames are found.
    let ident: u64 = py.import("_thread")?.call_method0("get_ident")?.extract()?;
    let threads = world::stopped(facts, || threads(facts)).unwrap_or_default();
    Ok(threads.iter().any(|thread| thread.ident == ident))
}

fn check_deque(facts: &mut Facts, deque: Raw, items: Raw) {
    let agrees = deque_items(deque).eq(list_items(items));
    facts.deque_type = agrees.then(|| type_of(deque).address());
}

fn check_lru_cache(facts: &mut Facts, wrapper: &Bound<'_, PyAny>, key: Raw, result: Raw) {
    let wrapper = raw(wrapper);
    let mut reported = Vec::new();
    if let Some(function) = typeobject::traverse_function(type_of(wrapper)) {
        traverse(wrapper, function, &mut reported);
    }
    facts.lru_link_type = lru_cache::link_type(wrapper, &reported, key, result);
    facts.lru_cache_type = facts.lru_link_type.map(|_| type_of(wrapper).address());
}

/// Whether each field that an expression gives holds what the expression gives.
fn check_fields(sample: &Bound<'_, PyAny>, fields: &[Named]) -> bool {
    fields.iter().filter(|(_, _, access)| *access == Access::Slot).all(|(name, offset, _)| {
        let Some(field) = raw(sample).pointer(SHIFT + offset) else { return true };
        // SAFETY: `field` was read from a live object; the getter returns the same object.
        sample.getattr(*name).is_ok_and(|value| value.as_ptr() == field.as_ptr())
    })
}
