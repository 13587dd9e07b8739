//! Named fields of builtin types that declare no members for them, by version.
//!
//! The self-test compares each with what the attribute gives.

/// How a named field is reached from Python.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// `obj.name` gives exactly this object.
    Slot,
    /// No expression gives it.
    Internal,
    /// It is the object's `__dict__`.
    Dict,
}

/// A field of a builtin type: name, offset, access.
pub type Named = (&'static str, isize, Access);

use Access::{Dict, Internal, Slot};

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
    ("co_localsplusnames", 96, Internal),
    ("co_localspluskinds", 104, Internal),
    ("co_filename", 112, Slot),
    ("co_name", 120, Slot),
    ("co_qualname", 128, Slot),
    ("co_linetable", 136, Internal),
];
const DESCRIPTOR: &[Named] = &[("__qualname__", 32, Internal)];
const FRAME_OBJECT: &[Named] = &[("f_back", 16, Slot), ("f_trace", 32, Internal)];

macro_rules! fields {
    ($function:expr, $exception:expr, $code:expr, $generator:expr, $frame:expr, $property:expr) => {
        &[
            ("function", $function),
            ("BaseException", $exception),
            ("code", $code),
            ("generator", $generator),
            ("coroutine", $generator),
            ("async_generator", $generator),
            ("frame", $frame),
            ("property", $property),
            ("cell", &[("cell_contents", 16, Slot)]),
            ("method", &[("__func__", 16, Slot), ("__self__", 24, Slot)]),
            ("builtin_function_or_method", &[("__self__", 24, Slot), ("__module__", 32, Slot)]),
            ("method-wrapper", &[("descriptor", 16, Internal), ("__self__", 24, Slot)]),
            ("module", &[("__dict__", 16, Dict), ("md_name", 48, Internal)]),
            ("traceback", &[("tb_next", 16, Slot), ("tb_frame", 24, Slot)]),
            ("mappingproxy", &[("mapping", 16, Internal)]),
            ("method_descriptor", DESCRIPTOR),
            ("classmethod_descriptor", DESCRIPTOR),
            ("getset_descriptor", DESCRIPTOR),
            ("member_descriptor", DESCRIPTOR),
            ("wrapper_descriptor", DESCRIPTOR),
        ]
    };
}

pub const FIELDS_39: &[(&str, &[Named])] = fields!(
    FUNCTION_39,
    EXCEPTION_39,
    CODE_FIELDS_39,
    &[("gi_frame", 16, Slot), ("gi_code", 32, Slot), ("__name__", 48, Slot), ("__qualname__", 56, Slot)],
    &[
        ("f_back", 24, Slot),
        ("f_code", 32, Slot),
        ("f_builtins", 40, Slot),
        ("f_globals", 48, Slot),
        ("f_locals", 56, Internal),
        ("f_trace", 80, Internal)
    ],
    &[]
);
pub const FIELDS_310: &[(&str, &[Named])] = fields!(
    FUNCTION_310,
    EXCEPTION_39,
    CODE_FIELDS_39,
    &[("gi_frame", 16, Slot), ("gi_code", 24, Slot), ("__name__", 40, Slot), ("__qualname__", 48, Slot)],
    &[
        ("f_back", 24, Slot),
        ("f_code", 32, Slot),
        ("f_builtins", 40, Slot),
        ("f_globals", 48, Slot),
        ("f_locals", 56, Internal),
        ("f_trace", 72, Internal)
    ],
    &[]
);
pub const FIELDS_311: &[(&str, &[Named])] = fields!(
    FUNCTION_310,
    EXCEPTION_311,
    CODE_FIELDS_311,
    &[("__name__", 32, Slot), ("__qualname__", 40, Slot)],
    FRAME_OBJECT,
    &[]
);
pub const FIELDS_312: &[(&str, &[Named])] = fields!(
    FUNCTION_312,
    EXCEPTION_311,
    CODE_FIELDS_311,
    &[("__name__", 24, Slot), ("__qualname__", 32, Slot)],
    FRAME_OBJECT,
    &[]
);

pub const FIELDS_313: &[(&str, &[Named])] = fields!(
    FUNCTION_312,
    EXCEPTION_311,
    CODE_FIELDS_311,
    &[("__name__", 24, Slot), ("__qualname__", 32, Slot)],
    FRAME_OBJECT,
    &[("prop_name", 48, Internal)]
);
