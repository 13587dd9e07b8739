//! Cython: what its functions, generators and coroutines hold, which they declare no members for.
//!
//! Every extension brings types of its own, in a module called after the version of Cython. Their names are those of
//! CPython's types and their layouts are not; which one a function has is told by its size and by where its
//! `__dict__` is kept, and a function of another size gets no names.

use crate::cpython::{self, Access, DictPlace, Facts, Raw, SHIFT};

/// Behind a `PyCMethodObject`: <https://github.com/cython/cython/blob/3.1.4/Cython/Utility/CythonFunction.c>
const CLASS: isize = SHIFT + 56;
const AFTER_METHOD: isize = SHIFT + 64;
const OF_FUNCTION: [&str; 6] =
    ["func_name", "func_qualname", "func_doc", "func_globals", "func_code", "func_closure"];

/// What follows these: the bytes up to the end, and where the default values and the annotations lie in them.
struct Defaults {
    size: u64,
    tuple: isize,
    keywords: isize,
    annotations: isize,
}

const DEFAULTS: [Defaults; 3] = [
    // Since 3.3, which needs no mark of coroutines.
    Defaults { size: 48, tuple: 16, keywords: 24, annotations: 40 },
    // 3.1 and 3.2.
    Defaults { size: 56, tuple: 16, keywords: 24, annotations: 40 },
    // 3.0, which counts the objects among the dynamic defaults.
    Defaults { size: 72, tuple: 32, keywords: 40, annotations: 56 },
];

/// In all versions a C function comes first, then the closure:
/// <https://github.com/cython/cython/blob/3.1.4/Cython/Utility/Coroutine.c>
const CLOSURE: isize = SHIFT + 24;
const COROUTINE: isize = SHIFT + 16;

/// Fields of an instance of `base` that traversals report; none if it is no type of Cython's, `None` if it is no such
/// type at all.
pub(crate) fn fields(facts: &Facts, base: Raw) -> Option<Vec<(&'static str, isize, Access)>> {
    let (module, name) = cpython::c_name(base).split_once('.')?;
    if !module.starts_with("_cython_") {
        return None;
    }
    Some(match name {
        "cython_function_or_method" => of_function(facts, base),
        "fused_cython_function" => {
            let size = cpython::base_chain(base).nth(1).map_or(0, |function| cpython::sizes(function).0);
            vec![("signatures", size as isize, Access::Internal)]
        }
        "generator" | "coroutine" | "iterable_coroutine" | "async_generator" => {
            vec![("closure", CLOSURE, Access::Internal)]
        }
        "coroutine_wrapper" => vec![("coroutine", COROUTINE, Access::Internal)],
        _ => Vec::new(),
    })
}

fn of_function(facts: &Facts, function: Raw) -> Vec<(&'static str, isize, Access)> {
    let start = match cpython::dict_place(facts, function) {
        DictPlace::Managed => AFTER_METHOD,
        DictPlace::At(offset) if offset as isize == AFTER_METHOD => AFTER_METHOD + 8,
        _ => return Vec::new(),
    };
    let end = start + 8 * OF_FUNCTION.len() as isize;
    let (size, _) = cpython::sizes(function);
    let Some(defaults) = DEFAULTS.iter().find(|defaults| end as u64 + defaults.size == size) else {
        return Vec::new();
    };
    let of_function = OF_FUNCTION.iter().zip((start..).step_by(8)).map(|(name, offset)| (*name, offset));
    let rest = [
        ("class", CLASS),
        ("dynamic defaults", end),
        ("defaults_tuple", end + defaults.tuple),
        ("defaults_kwdict", end + defaults.keywords),
        ("func_annotations", end + defaults.annotations),
    ];
    of_function.chain(rest).map(|(name, offset)| (name, offset, Access::Internal)).collect()
}
