//! Named fields of builtin types that declare no members for them.
//!
//! Offsets are those of builds with the GIL; free-threaded ones add [`SHIFT`](super::SHIFT) to each.
//! The self-test compares each `Slot` with what the attribute gives. A wrong `Internal` offset is harmless: such a
//! field is only used where the object's own traversal reports what lies there.

/// How a named field is reached from Python.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    /// `obj.name` gives exactly this object.
    Slot,
    /// `obj.name` gives exactly this object, where the traversal reports it.
    ReportedSlot,
    /// No expression gives it; the traversal reports it.
    Internal,
    /// No expression gives it, and no traversal reports it.
    Hidden,
    /// It is the object's `__dict__`.
    Dict,
}

/// A field of a builtin type: name, offset, access.
pub(super) type Named = (&'static str, isize, Access);

/// The fields of the type with this `tp_name`.
pub(crate) type TypeFields = (&'static str, &'static [Named]);

use Access::{Dict, Hidden, Internal, Slot};

const FUNCTION_39: &[Named] = &[
    ("__code__", 16, Slot),
    ("__globals__", 24, Slot),
    ("__defaults__", 32, Slot),
    ("__kwdefaults__", 40, Slot),
    ("__closure__", 48, Slot),
    ("__doc__", 56, Slot),
    ("__name__", 64, Slot),
    ("__dict__", 72, Dict),
    ("__module__", 88, Slot),
    ("__annotations__", 96, Internal),
    ("__qualname__", 104, Slot),
];
// The getter of __annotations__ may build a dict from the tuple that the compiler left: no expression.
const FUNCTION_310: &[Named] = &[
    ("__globals__", 16, Slot),
    ("__builtins__", 24, Slot),
    ("__name__", 32, Slot),
    ("__qualname__", 40, Slot),
    ("__code__", 48, Slot),
    ("__defaults__", 56, Slot),
    ("__kwdefaults__", 64, Slot),
    ("__closure__", 72, Slot),
    ("__doc__", 80, Slot),
    ("__dict__", 88, Dict),
    ("__module__", 104, Slot),
    ("__annotations__", 112, Internal),
];
const FUNCTION_312: &[Named] = &[
    ("__globals__", 16, Slot),
    ("__builtins__", 24, Slot),
    ("__name__", 32, Slot),
    ("__qualname__", 40, Slot),
    ("__code__", 48, Slot),
    ("__defaults__", 56, Slot),
    ("__kwdefaults__", 64, Slot),
    ("__closure__", 72, Slot),
    ("__doc__", 80, Slot),
    ("__dict__", 88, Dict),
    ("__module__", 104, Slot),
    ("__annotations__", 112, Internal),
    ("func_typeparams", 120, Internal),
];
const FUNCTION_314: &[Named] = &[
    ("__globals__", 16, Slot),
    ("__builtins__", 24, Slot),
    ("__name__", 32, Slot),
    ("__qualname__", 40, Slot),
    ("__code__", 48, Slot),
    ("__defaults__", 56, Slot),
    ("__kwdefaults__", 64, Slot),
    ("__closure__", 72, Slot),
    ("__doc__", 80, Slot),
    ("__dict__", 88, Dict),
    ("__module__", 104, Slot),
    ("__annotations__", 112, Internal),
    ("__annotate__", 120, Internal),
    ("func_typeparams", 128, Internal),
];
const EXCEPTION_39: &[Named] = &[
    ("__dict__", 16, Dict),
    ("args", 24, Slot),
    ("__traceback__", 32, Slot),
    ("__context__", 40, Slot),
    ("__cause__", 48, Slot),
];
const EXCEPTION_311: &[Named] = &[
    ("__dict__", 16, Dict),
    ("args", 24, Slot),
    ("notes", 32, Internal),
    ("__traceback__", 40, Slot),
    ("__context__", 48, Slot),
    ("__cause__", 56, Slot),
];
const CODE_FIELDS_39: &[Named] = &[
    ("co_code", 48, Slot),
    ("co_consts", 56, Slot),
    ("co_names", 64, Slot),
    ("co_varnames", 72, Slot),
    ("co_freevars", 80, Slot),
    ("co_cellvars", 88, Slot),
    ("co_filename", 104, Slot),
    ("co_name", 112, Slot),
];
const CODE_FIELDS_311: &[Named] = &[
    ("co_consts", 24, Slot),
    ("co_names", 32, Slot),
    ("co_exceptiontable", 40, Slot),
    ("co_localsplusnames", 96, Hidden),
    ("co_localspluskinds", 104, Hidden),
    ("co_filename", 112, Slot),
    ("co_name", 120, Slot),
    ("co_qualname", 128, Slot),
    ("co_linetable", 136, Hidden),
];
const DESCRIPTOR: &[Named] = &[("__qualname__", 32, Hidden)];
const SEQUENCE_ITERATOR: &[Named] = &[("sequence", 24, Internal)];
const DICT_ITERATOR: &[Named] = &[("dict", 16, Internal), ("result", 40, Internal)];
const DICT_VIEW: &[Named] = &[("mapping", 16, Internal)];
const FUNCTION_AND_ITERATOR: &[Named] = &[("function", 16, Internal), ("iterator", 24, Internal)];
const COMBINATIONS: &[Named] = &[("pool", 16, Internal), ("result", 32, Internal)];
// A context variable's node holds names and values in turn; `hamt.rs` reads those.
const CONTEXT: &[Named] = &[("previous", 16, Internal), ("variables", 24, Internal)];

/// The same in every version.
pub(super) const COMMON: &[TypeFields] = &[
    ("cell", &[("cell_contents", 16, Slot)]),
    ("method", &[("__func__", 16, Slot), ("__self__", 24, Slot)]),
    ("builtin_function_or_method", &[("__self__", 24, Slot), ("__module__", 32, Slot)]),
    ("method-wrapper", &[("descriptor", 16, Internal), ("__self__", 24, Slot)]),
    ("module", &[("__dict__", 16, Dict)]),
    ("traceback", &[("tb_next", 16, Slot), ("tb_frame", 24, Slot)]),
    ("mappingproxy", &[("mapping", 16, Internal)]),
    ("memoryview", &[("managed buffer", 24, Internal)]),
    ("managedbuffer", &[("obj", 40, Internal)]),
    ("pickle.PickleBuffer", &[("obj", 24, Internal)]),
    ("method_descriptor", DESCRIPTOR),
    ("classmethod_descriptor", DESCRIPTOR),
    ("getset_descriptor", DESCRIPTOR),
    ("member_descriptor", DESCRIPTOR),
    ("wrapper_descriptor", DESCRIPTOR),
    ("list_iterator", SEQUENCE_ITERATOR),
    ("list_reverseiterator", SEQUENCE_ITERATOR),
    ("tuple_iterator", SEQUENCE_ITERATOR),
    ("str_iterator", SEQUENCE_ITERATOR),
    ("str_ascii_iterator", SEQUENCE_ITERATOR),
    ("bytes_iterator", SEQUENCE_ITERATOR),
    ("bytearray_iterator", SEQUENCE_ITERATOR),
    ("iterator", SEQUENCE_ITERATOR),
    ("reversed", SEQUENCE_ITERATOR),
    ("set_iterator", &[("set", 16, Internal)]),
    ("dict_keyiterator", DICT_ITERATOR),
    ("dict_valueiterator", DICT_ITERATOR),
    ("dict_itemiterator", DICT_ITERATOR),
    ("dict_reversekeyiterator", DICT_ITERATOR),
    ("dict_reversevalueiterator", DICT_ITERATOR),
    ("dict_reverseitemiterator", DICT_ITERATOR),
    ("dict_keys", DICT_VIEW),
    ("dict_values", DICT_VIEW),
    ("dict_items", DICT_VIEW),
    ("callable_iterator", &[("callable", 16, Internal), ("sentinel", 24, Internal)]),
    ("enumerate", &[("iterator", 24, Internal), ("result", 32, Internal), ("index", 40, Internal)]),
    ("zip", &[("iterators", 24, Internal), ("result", 32, Internal)]),
    ("map", &[("iterators", 16, Internal), ("function", 24, Internal)]),
    ("filter", FUNCTION_AND_ITERATOR),
    ("range", &[("length", 40, Hidden)]),
    ("coroutine_wrapper", &[("coroutine", 16, Internal)]),
    ("Context", CONTEXT),
    ("_contextvars.Context", CONTEXT),
    ("ContextVar", CONTEXT_VARIABLE),
    ("_contextvars.ContextVar", CONTEXT_VARIABLE),
    ("Token", TOKEN),
    ("_contextvars.Token", TOKEN),
    ("hamt", &[("root", 16, Internal)]),
    ("_asyncio.Future", FUTURE),
    ("_asyncio.Task", FUTURE),
    ("functools._lru_cache_wrapper", LRU_CACHE),
    ("re.Pattern", &[("groupindex", 32, Internal), ("indexgroup", 40, Internal)]),
    ("property", &[("prop_name", 48, Internal)]),
    ("builtin_method", &[("class", 56, Internal)]),
    ("types.GenericAlias", &[("parameters", 32, Internal)]),
    ("types.UnionType", &[("parameters", 24, Internal)]),
    ("typing.TypeVar", &[("default", 56, Internal)]),
    ("_struct.Struct", &[("format", 40, Internal)]),
    (
        "_abc._abc_data",
        &[("registry", 16, Internal), ("cache", 24, Internal), ("negative cache", 32, Internal)],
    ),
    ("itertools.chain", &[("iterators", 16, Internal), ("current", 24, Internal)]),
    ("itertools.cycle", &[("iterator", 16, Internal), ("saved", 24, Internal)]),
    ("itertools.islice", &[("iterator", 16, Internal)]),
    ("itertools.repeat", &[("element", 16, Internal)]),
    ("itertools.count", &[("count", 24, Internal), ("step", 32, Internal)]),
    ("itertools.starmap", FUNCTION_AND_ITERATOR),
    ("itertools.takewhile", FUNCTION_AND_ITERATOR),
    ("itertools.dropwhile", FUNCTION_AND_ITERATOR),
    ("itertools.filterfalse", FUNCTION_AND_ITERATOR),
    ("itertools.combinations", COMBINATIONS),
    ("itertools.combinations_with_replacement", COMBINATIONS),
    ("itertools.permutations", COMBINATIONS),
    ("itertools.product", COMBINATIONS),
    ("itertools._tee", &[("data", 16, Internal)]),
    ("itertools._grouper", &[("parent", 16, Internal), ("key", 24, Internal)]),
    (
        "itertools.accumulate",
        &[
            ("total", 16, Internal),
            ("iterator", 24, Internal),
            ("function", 32, Internal),
            ("initial", 40, Internal),
        ],
    ),
    (
        "itertools.groupby",
        &[
            ("iterator", 16, Internal),
            ("key function", 24, Internal),
            ("target key", 32, Internal),
            ("current key", 40, Internal),
            ("current value", 48, Internal),
            ("current group", 56, Internal),
        ],
    ),
];

/// <https://github.com/python/cpython/blob/3.12/Modules/_functoolsmodule.c> (`struct lru_cache_object`)
const LRU_CACHE: &[Named] = &[
    ("cache", 72, Internal),
    ("function", 88, Internal),
    ("keyword mark", 112, Internal),
    ("cache_info type", 120, Internal),
    ("link type", 128, Internal),
];
const CONTEXT_VARIABLE: &[Named] = &[("name", 16, Slot), ("default", 24, Internal)];
const TOKEN: &[Named] = &[("context", 16, Internal), ("var", 24, Slot), ("old value", 32, Internal)];

/// Callbacks of a future: the first of them, and its context, have fields of their own.
/// <https://github.com/python/cpython/blob/3.12/Modules/_asynciomodule.c> (`FutureObj_HEAD`)
const FUTURE: &[Named] = &[
    ("_loop", 16, Internal),
    ("callback", 24, Internal),
    ("context", 32, Internal),
    ("callbacks", 40, Internal),
];

const GENERATOR_39: &[Named] =
    &[("gi_frame", 16, Slot), ("gi_code", 32, Slot), ("__name__", 48, Slot), ("__qualname__", 56, Slot)];
const GENERATOR_310: &[Named] =
    &[("gi_frame", 16, Slot), ("gi_code", 24, Slot), ("__name__", 40, Slot), ("__qualname__", 48, Slot)];
const GENERATOR_311: &[Named] = &[
    ("__name__", 32, Slot),
    ("__qualname__", 40, Slot),
    ("origin or finalizer", 48, Internal),
    ("exception", 56, Internal),
];
const GENERATOR_312: &[Named] = &[
    ("__name__", 24, Slot),
    ("__qualname__", 32, Slot),
    ("origin or finalizer", 40, Internal),
    ("exception", 48, Internal),
];

/// The same up to 3.12, and since 3.13: dicts by thread.
pub(super) const UP_TO_312: &[TypeFields] = &[(
    "_thread._local",
    &[("args", 24, Internal), ("keywords", 32, Internal), ("dict of thread", 48, Internal)],
)];
pub(super) const FROM_313: &[TypeFields] = &[(
    "_thread._local",
    &[
        ("args", 16, Internal),
        ("keywords", 24, Internal),
        ("dict of thread", 40, Internal),
        ("thread watchdogs", 48, Internal),
    ],
)];

/// The same up to 3.14, and since 3.15.
pub(super) const UP_TO_314: &[TypeFields] = &[("module", &[("md_name", 48, Hidden)])];
pub(super) const FROM_315: &[TypeFields] = &[("module", &[("md_name", 40, Hidden)])];

pub(super) const FIELDS_39: &[TypeFields] = &[
    ("function", FUNCTION_39),
    ("BaseException", EXCEPTION_39),
    ("code", CODE_FIELDS_39),
    ("generator", GENERATOR_39),
    ("coroutine", GENERATOR_39),
    ("async_generator", GENERATOR_39),
    (
        "frame",
        &[
            ("f_back", 24, Slot),
            ("f_code", 32, Slot),
            ("f_builtins", 40, Slot),
            ("f_globals", 48, Slot),
            ("f_locals", 56, Internal),
            ("f_trace", 80, Internal),
        ],
    ),
];
pub(super) const FIELDS_310: &[TypeFields] = &[
    ("function", FUNCTION_310),
    ("BaseException", EXCEPTION_39),
    ("code", CODE_FIELDS_39),
    ("generator", GENERATOR_310),
    ("coroutine", GENERATOR_310),
    ("async_generator", GENERATOR_310),
    (
        "frame",
        &[
            ("f_back", 24, Slot),
            ("f_code", 32, Slot),
            ("f_builtins", 40, Slot),
            ("f_globals", 48, Slot),
            ("f_locals", 56, Internal),
            ("f_trace", 72, Internal),
        ],
    ),
];
/// The same since 3.11.
pub(super) const FROM_311: &[TypeFields] = &[
    ("BaseException", EXCEPTION_311),
    ("code", CODE_FIELDS_311),
    ("frame", &[("f_back", 16, Slot), ("f_trace", 32, Internal)]),
];
pub(super) const FIELDS_311: &[TypeFields] = &[
    ("function", FUNCTION_310),
    ("generator", GENERATOR_311),
    ("coroutine", GENERATOR_311),
    ("async_generator", GENERATOR_311),
];
const GENERATORS_312: [TypeFields; 3] =
    [("generator", GENERATOR_312), ("coroutine", GENERATOR_312), ("async_generator", GENERATOR_312)];
pub(super) const FIELDS_312: &[TypeFields] =
    &[("function", FUNCTION_312), GENERATORS_312[0], GENERATORS_312[1], GENERATORS_312[2]];
pub(super) const FIELDS_314: &[TypeFields] =
    &[("function", FUNCTION_314), GENERATORS_312[0], GENERATORS_312[1], GENERATORS_312[2]];
