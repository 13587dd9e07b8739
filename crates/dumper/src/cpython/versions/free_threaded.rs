//! Struct layouts of free-threaded CPython, taken with `offsetof` from the headers of 3.13.15 and 3.14.10.
//!
//! Objects are laid out as in the build of the same version with the GIL, behind a longer head: the tables here add
//! [`SHIFT`]. The interpreter state has offsets of its own.

use super::super::object::SHIFT;
use super::{
    AtexitLayout, CODE_313, CodeLayout, FRAMES_313, FRAMES_314, FrameLayout, HeapTypeLayout, INTERPRETER_313,
    INTERPRETER_314, InterpreterLayout, Layout, ManagedDict, PY313, PY314, PYTHON_313, PYTHON_314, STR,
    StrLayout, THREADS_313, ThreadLayout,
};

const STR_313T: StrLayout = StrLayout {
    ascii_data: SHIFT + STR.ascii_data,
    compact_data: SHIFT + STR.compact_data,
    any_data: SHIFT + STR.any_data,
    utf8_length: SHIFT + STR.utf8_length,
    utf8: SHIFT + STR.utf8,
    ..STR
};
/// The word's first byte is read and written by itself.
const STR_314T: StrLayout = StrLayout { interned_bits: 8, ..STR_313T };

const CODE_313T: CodeLayout = CodeLayout {
    name: SHIFT + CODE_313.name,
    filename: SHIFT + CODE_313.filename,
    qualname: Some(SHIFT + 128),
    names: SHIFT + CODE_313.names,
    bytes: None,
    first_line: SHIFT + CODE_313.first_line,
    local_names: &[SHIFT + 96],
    instructions: Some(SHIFT + 200),
    copies: None,
};
const CODE_314T: CodeLayout = CodeLayout { instructions: Some(232), copies: Some(224), ..CODE_313T };

/// A frame of the interpreter's is no object and has no head; those that lead to one have.
const fn frames(frames: FrameLayout) -> FrameLayout {
    FrameLayout {
        generator_state: SHIFT + frames.generator_state,
        generator_frame: SHIFT + frames.generator_frame,
        frame_object_frame: SHIFT + frames.frame_object_frame,
        ..frames
    }
}

const fn heap_types(types: HeapTypeLayout) -> HeapTypeLayout {
    HeapTypeLayout {
        name: SHIFT + types.name,
        slots: SHIFT + types.slots,
        qualname: SHIFT + types.qualname,
        cached_keys: SHIFT + types.cached_keys,
        module: SHIFT + types.module,
    }
}

const PYTHON_313T: Layout = Layout {
    version: PY313,
    managed_dict: ManagedDict::Inline(-1),
    strings: STR_313T,
    frames: Some(frames(FRAMES_313)),
    code: CODE_313T,
    heap_types: heap_types(PYTHON_313.heap_types),
    interpreter: InterpreterLayout {
        modules: 7664,
        importlib: 7680,
        sysdict: 7648,
        builtins: 7656,
        dict: 8464,
        codecs: [7976, 7984, 7992],
        forkers: [10648, 10656, 10664],
        atexit: AtexitLayout::Array(10728),
        others: None,
        interned: Some(197_416),
        ..INTERPRETER_313
    },
    threads: ThreadLayout { list: Some((7344, 8)), ..THREADS_313 },
    deferred_count: 1,
    ..PYTHON_313
};

/// A frame has the number of its thread's copy of the instructions before the field that says who owns it.
const FRAMES_314T: FrameLayout = FrameLayout { owner: 78, copy: Some(72), ..frames(FRAMES_314) };
/// <https://github.com/python/cpython/blob/3.14/Include/internal/pycore_object.h> (`_Py_REF_DEFERRED`)
const DEFERRED_314: i64 = i64::MAX / 8;

const PYTHON_314T: Layout = Layout {
    version: PY314,
    managed_dict: ManagedDict::Inline(-1),
    strings: STR_314T,
    frames: Some(FRAMES_314T),
    code: CODE_314T,
    heap_types: heap_types(PYTHON_314.heap_types),
    interpreter: InterpreterLayout {
        modules: 7712,
        importlib: 7728,
        sysdict: 7696,
        builtins: 7704,
        dict: 8536,
        codecs: [8032, 8040, 8048],
        forkers: [10736, 10744, 10752],
        atexit: AtexitLayout::List(10840),
        others: None,
        interned: Some(230_424),
        ..INTERPRETER_314
    },
    threads: ThreadLayout { list: Some((7344, 8)), ..THREADS_313 },
    deferred_count: DEFERRED_314,
    ..PYTHON_314
};

impl Layout {
    /// The layouts of a free-threaded `version`; if they are known.
    pub(super) fn of_free_threaded(version: super::Version) -> Option<Layout> {
        [PYTHON_313T, PYTHON_314T].into_iter().find(|layout| layout.version == version)
    }
}
