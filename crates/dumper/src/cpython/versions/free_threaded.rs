//! Struct layouts of free-threaded CPython, taken with `offsetof` from the headers of 3.13.15.
//!
//! Objects are laid out as in the build of the same version with the GIL, behind a longer head: the tables here add
//! [`SHIFT`]. The interpreter state has offsets of its own.

use super::super::object::SHIFT;
use super::{
    AtexitLayout, CODE_313, CodeLayout, FRAMES_313, FrameLayout, HeapTypeLayout, INTERPRETER_313,
    InterpreterLayout, Layout, ManagedDict, PY313, PYTHON_313, STR, StrLayout, THREADS_313, ThreadLayout,
};

const PYTHON_313T: Layout = Layout {
    version: PY313,
    managed_dict: ManagedDict::Inline(-1),
    strings: StrLayout {
        ascii_data: SHIFT + STR.ascii_data,
        compact_data: SHIFT + STR.compact_data,
        any_data: SHIFT + STR.any_data,
        utf8_length: SHIFT + STR.utf8_length,
        utf8: SHIFT + STR.utf8,
        wstr: None,
    },
    // A frame of the interpreter's is no object and has no head; those that lead to one have.
    frames: Some(FrameLayout {
        generator_state: SHIFT + FRAMES_313.generator_state,
        generator_frame: SHIFT + FRAMES_313.generator_frame,
        frame_object_frame: SHIFT + FRAMES_313.frame_object_frame,
        ..FRAMES_313
    }),
    code: CodeLayout {
        name: SHIFT + CODE_313.name,
        filename: SHIFT + CODE_313.filename,
        qualname: Some(SHIFT + 128),
        first_line: SHIFT + CODE_313.first_line,
        local_names: &[SHIFT + 96],
        instructions: Some(SHIFT + 200),
    },
    heap_types: HeapTypeLayout {
        name: SHIFT + PYTHON_313.heap_types.name,
        slots: SHIFT + PYTHON_313.heap_types.slots,
        qualname: SHIFT + PYTHON_313.heap_types.qualname,
        cached_keys: SHIFT + PYTHON_313.heap_types.cached_keys,
        module: SHIFT + PYTHON_313.heap_types.module,
    },
    interpreter: InterpreterLayout {
        modules: 7664,
        importlib: 7680,
        sysdict: 7648,
        builtins: 7656,
        dict: 8464,
        codecs: [7976, 7984, 7992],
        forkers: [10648, 10656, 10664],
        atexit: AtexitLayout::Array(10728),
        interned: Some(197_416),
        ..INTERPRETER_313
    },
    threads: ThreadLayout { list: Some((7344, 8)), ..THREADS_313 },
    deferred_count: 1,
    ..PYTHON_313
};

impl Layout {
    /// The layouts of a free-threaded `version`; if they are known.
    pub(super) fn of_free_threaded(version: super::Version) -> Option<Layout> {
        [PYTHON_313T].into_iter().find(|layout| layout.version == version)
    }
}
