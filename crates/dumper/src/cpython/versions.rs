//! Struct layouts of CPython by version. The only file with version numbers in it.
//!
//! Offsets are in bytes on 64-bit builds with the GIL (`free_threaded` has the others), taken with `offsetof` from the headers of 3.9.18, 3.10.13,
//! 3.11.7, 3.12.1, 3.13.0, 3.14.10 and 3.15.2. Patch releases may differ: the self-test checks each group on known
//! objects and switches off what disagrees.

mod free_threaded;

use super::fields::{
    COMMON, FIELDS_39, FIELDS_310, FIELDS_311, FIELDS_312, FIELDS_314, FROM_311, FROM_313, FROM_315,
    UP_TO_312, UP_TO_314,
};
use super::layout::{
    AtexitLayout, CodeLayout, FrameLayout, HeapTypeLayout, Immortal, InterpreterLayout, KeysLayout, Layout,
    ManagedDict, OldFrameLayout, OtherInterpreters, StackTop, StrLayout, ThreadLayout, Version,
};
use super::object::FREE_THREADED;
use super::opcodes::{
    OPCODES_39, OPCODES_310, OPCODES_311, OPCODES_312, OPCODES_313, OPCODES_314, OPCODES_315,
};

const PY39: Version = Version(309);
const PY310: Version = Version(310);
const PY311: Version = Version(311);
const PY312: Version = Version(312);
const PY313: Version = Version(313);
const PY314: Version = Version(314);
const PY315: Version = Version(315);

const STR_WITH_WSTR: StrLayout = StrLayout {
    ascii_data: 48,
    compact_data: 72,
    any_data: 72,
    utf8_length: 48,
    utf8: 56,
    interned_bits: 2,
    wstr: Some((40, 64)),
};
const STR: StrLayout = StrLayout {
    ascii_data: 40,
    compact_data: 56,
    any_data: 56,
    utf8_length: 40,
    utf8: 48,
    interned_bits: 2,
    wstr: None,
};

const OLD_CODE: CodeLayout = CodeLayout {
    name: 112,
    filename: 104,
    names: 64,
    bytes: Some(48),
    qualname: None,
    first_line: 40,
    local_names: &[72, 88, 80],
    instructions: None,
    copies: None,
};
const CODE_311: CodeLayout = CodeLayout {
    name: 120,
    filename: 112,
    names: 32,
    bytes: None,
    qualname: Some(128),
    first_line: 72,
    local_names: &[96],
    instructions: Some(184),
    copies: None,
};
const CODE_312: CodeLayout = CodeLayout { first_line: 68, instructions: Some(192), ..CODE_311 };
const CODE_313: CodeLayout = CodeLayout { instructions: Some(200), ..CODE_312 };
const CODE_314: CodeLayout = CodeLayout { instructions: Some(208), ..CODE_313 };

const FRAMES_311: FrameLayout = FrameLayout {
    code: 32,
    previous: 48,
    function: 0,
    globals: 8,
    builtins: 16,
    locals: 24,
    frame_object: 40,
    instruction: 56,
    copy: None,
    owner: 69,
    fast_locals: 72,
    stack: StackTop::Count(64),
    is_tagged: false,
    may_be_on_c_stack: false,
    from_thread: &[56, 8],
    generator_state: 75,
    generator_finished: 4,
    generator_frame: 80,
    frame_object_frame: 24,
};
const FRAMES_312: FrameLayout = FrameLayout {
    code: 0,
    previous: 8,
    function: 16,
    globals: 24,
    builtins: 32,
    locals: 40,
    frame_object: 48,
    owner: 70,
    may_be_on_c_stack: true,
    from_thread: &[56, 0],
    generator_state: 67,
    generator_frame: 72,
    ..FRAMES_311
};
const FRAMES_313: FrameLayout = FrameLayout { from_thread: &[72], ..FRAMES_312 };
const FRAMES_314: FrameLayout =
    FrameLayout { owner: 74, fast_locals: 80, stack: StackTop::Pointer(64), is_tagged: true, ..FRAMES_313 };
const FRAMES_315: FrameLayout = FrameLayout { generator_finished: 5, ..FRAMES_314 };

const KEYS: KeysLayout = KeysLayout { log2_index_bytes: 9, kind: 10, n_entries: 24, indices: 32 };

const INTERPRETER_39: InterpreterLayout = InterpreterLayout {
    enabled: 628,
    generations: 640,
    permanent: 720,
    collections: Some(744),
    garbage: 824,
    callbacks: 832,
    modules: 856,
    importlib: 888,
    sysdict: 872,
    builtins: 880,
    dict: 1376,
    codecs: [912, 920, 928],
    forkers: [3456, 3464, 3472],
    atexit: AtexitLayout::InModule,
    audit_hooks: 3536,
    monitoring: None,
    others: Some(OtherInterpreters { next: 0, id: 24, gil: None }),
    interned: None,
};
const INTERPRETER_310: InterpreterLayout = InterpreterLayout {
    dict: 1344,
    forkers: [3424, 3432, 3440],
    atexit: AtexitLayout::Array(3488),
    audit_hooks: 3504,
    ..INTERPRETER_39
};
const INTERPRETER_311: InterpreterLayout = InterpreterLayout {
    enabled: 660,
    generations: 672,
    permanent: 752,
    collections: Some(776),
    garbage: 856,
    callbacks: 864,
    modules: 888,
    importlib: 920,
    sysdict: 904,
    builtins: 912,
    dict: 1400,
    codecs: [936, 944, 952],
    forkers: [3480, 3488, 3496],
    atexit: AtexitLayout::Array(3536),
    audit_hooks: 3552,
    monitoring: None,
    others: Some(OtherInterpreters { next: 0, id: 48, gil: None }),
    interned: None,
};
const INTERPRETER_312: InterpreterLayout = InterpreterLayout {
    enabled: 124,
    generations: 136,
    permanent: 216,
    collections: Some(240),
    garbage: 320,
    callbacks: 328,
    modules: 944,
    importlib: 960,
    sysdict: 352,
    builtins: 360,
    dict: 1720,
    codecs: [1248, 1256, 1264],
    forkers: [3872, 3880, 3888],
    atexit: AtexitLayout::Array(3944),
    audit_hooks: 267_208,
    monitoring: Some((381_784, 17)),
    others: Some(OtherInterpreters { next: 0, id: 8, gil: Some(384) }),
    interned: Some(382_936),
};
const INTERPRETER_313: InterpreterLayout = InterpreterLayout {
    enabled: 7412,
    generations: 7424,
    permanent: 7504,
    collections: Some(7528),
    garbage: 7608,
    callbacks: 7616,
    modules: 7656,
    importlib: 7672,
    sysdict: 7640,
    builtins: 7648,
    dict: 8448,
    codecs: [7960, 7968, 7976],
    forkers: [10632, 10640, 10648],
    atexit: AtexitLayout::Array(10712),
    audit_hooks: 10_808,
    monitoring: Some((193_176, 17)),
    others: Some(OtherInterpreters { next: 7264, id: 7272, gil: Some(16) }),
    interned: Some(194_328),
};
const INTERPRETER_314: InterpreterLayout = InterpreterLayout {
    enabled: 7420,
    generations: 7432,
    permanent: 7504,
    collections: Some(7528),
    garbage: 7608,
    callbacks: 7616,
    modules: 7688,
    importlib: 7704,
    sysdict: 7672,
    builtins: 7680,
    dict: 8496,
    codecs: [8000, 8008, 8016],
    forkers: [10696, 10704, 10712],
    atexit: AtexitLayout::List(10792),
    audit_hooks: 10_912,
    monitoring: Some((223_280, 19)),
    others: Some(OtherInterpreters { next: 7272, id: 7280, gil: Some(16) }),
    interned: Some(224_624),
};
const INTERPRETER_315: InterpreterLayout = InterpreterLayout {
    enabled: 7400,
    generations: 7408,
    permanent: 7480,
    collections: None,
    garbage: 7528,
    callbacks: 7536,
    modules: 7592,
    importlib: 7608,
    sysdict: 7576,
    builtins: 7584,
    dict: 8448,
    codecs: [7952, 7960, 7968],
    forkers: [10672, 10680, 10688],
    atexit: AtexitLayout::List(10768),
    audit_hooks: 10_888,
    monitoring: Some((223_552, 19)),
    others: Some(OtherInterpreters { next: 7264, id: 7272, gil: Some(16) }),
    interned: Some(224_896),
};

const DICT: &str = "dict";
const CONTEXT: &str = "context";
const FIRST_ITERATION: &str = "asyncgen first iteration hook";
const FINALIZER: &str = "asyncgen finalizer hook";
const HANDLED: &str = "exception being handled";
const TRACE: &str = "sys.settrace";
const PROFILE: &str = "sys.setprofile";

const THREADS_39: ThreadLayout = ThreadLayout {
    id: 176,
    list: None,
    held: &[(DICT, 152), (CONTEXT, 240), (FIRST_ITERATION, 224), (FINALIZER, 232), (HANDLED, 120)],
    hooks: &[(TRACE, 80), (PROFILE, 72)],
    local_key: None,
};
const THREADS_311: ThreadLayout = ThreadLayout {
    id: 152,
    list: None,
    held: &[(DICT, 128), (CONTEXT, 224), (FIRST_ITERATION, 208), (FINALIZER, 216), (HANDLED, 320)],
    hooks: &[(TRACE, 88), (PROFILE, 80)],
    local_key: None,
};
const THREADS_312: ThreadLayout = ThreadLayout {
    id: 136,
    list: None,
    held: &[(DICT, 112), (CONTEXT, 208), (FIRST_ITERATION, 192), (FINALIZER, 200), (HANDLED, 256)],
    hooks: &[(TRACE, 88), (PROFILE, 80)],
    local_key: None,
};
const THREADS_313: ThreadLayout = ThreadLayout {
    id: 152,
    list: None,
    held: &[(DICT, 128), (CONTEXT, 208), (FIRST_ITERATION, 192), (FINALIZER, 200), (HANDLED, 256)],
    hooks: &[(TRACE, 104), (PROFILE, 96)],
    local_key: None,
};
const THREADS_315: ThreadLayout = ThreadLayout {
    id: 176,
    list: None,
    held: &[(DICT, 152), (CONTEXT, 232), (FIRST_ITERATION, 216), (FINALIZER, 224), (HANDLED, 288)],
    hooks: &[(TRACE, 128), (PROFILE, 120)],
    local_key: None,
};

const PYTHON_39: Layout = Layout {
    version: PY39,
    opcodes: &OPCODES_39,
    managed_dict: ManagedDict::Absent,
    strings: STR_WITH_WSTR,
    tagged_int: false,
    least_digits: 0,
    frames: None,
    old_frames: Some(OldFrameLayout {
        thread_frame: 24,
        code: 32,
        back: 24,
        fast_locals: 360,
        last_instruction: 104,
        unit: 1,
    }),
    code: OLD_CODE,
    heap_types: HeapTypeLayout { name: 840, slots: 848, qualname: 856, cached_keys: 864, module: 872 },
    keys: None,
    interpreter: INTERPRETER_39,
    threads: THREADS_39,
    has_static_builtin: false,
    immortal: Immortal::Never,
    narrow_refcount: false,
    deferred_count: 0,
    fields: &[COMMON, UP_TO_312, UP_TO_314, FIELDS_39],
};
const PYTHON_310: Layout = Layout {
    version: PY310,
    opcodes: &OPCODES_310,
    old_frames: Some(OldFrameLayout {
        thread_frame: 24,
        code: 32,
        back: 24,
        fast_locals: 352,
        last_instruction: 96,
        unit: 2,
    }),
    heap_types: HeapTypeLayout { name: 848, slots: 856, qualname: 864, cached_keys: 872, module: 880 },
    interpreter: INTERPRETER_310,
    fields: &[COMMON, UP_TO_312, UP_TO_314, FIELDS_310],
    ..PYTHON_39
};
const PYTHON_311: Layout = Layout {
    version: PY311,
    opcodes: &OPCODES_311,
    managed_dict: ManagedDict::TwoWords,
    frames: Some(FRAMES_311),
    old_frames: None,
    code: CODE_311,
    keys: Some(KEYS),
    interpreter: INTERPRETER_311,
    threads: THREADS_311,
    immortal: Immortal::Count(999_999_999),
    least_digits: 1,
    fields: &[COMMON, UP_TO_312, UP_TO_314, FROM_311, FIELDS_311],
    ..PYTHON_310
};
const PYTHON_312: Layout = Layout {
    version: PY312,
    opcodes: &OPCODES_312,
    managed_dict: ManagedDict::Tagged,
    strings: STR,
    tagged_int: true,
    frames: Some(FRAMES_312),
    code: CODE_312,
    heap_types: HeapTypeLayout { name: 856, slots: 864, qualname: 872, cached_keys: 880, module: 888 },
    interpreter: INTERPRETER_312,
    threads: THREADS_312,
    has_static_builtin: true,
    immortal: Immortal::SignBit,
    fields: &[COMMON, UP_TO_312, UP_TO_314, FROM_311, FIELDS_312],
    ..PYTHON_311
};
const PYTHON_313: Layout = Layout {
    version: PY313,
    opcodes: &OPCODES_313,
    managed_dict: ManagedDict::Inline(-3),
    frames: Some(FRAMES_313),
    code: CODE_313,
    interpreter: INTERPRETER_313,
    threads: ThreadLayout { local_key: Some(288), ..THREADS_313 },
    fields: &[COMMON, FROM_313, UP_TO_314, FROM_311, FIELDS_312],
    ..PYTHON_312
};
const PYTHON_314: Layout = Layout {
    version: PY314,
    opcodes: &OPCODES_314,
    frames: Some(FRAMES_314),
    code: CODE_314,
    interpreter: INTERPRETER_314,
    threads: THREADS_313,
    narrow_refcount: true,
    fields: &[COMMON, FROM_313, UP_TO_314, FROM_311, FIELDS_314],
    ..PYTHON_313
};
const PYTHON_315: Layout = Layout {
    version: PY315,
    opcodes: &OPCODES_315,
    frames: Some(FRAMES_315),
    heap_types: HeapTypeLayout { name: 864, slots: 872, qualname: 880, cached_keys: 888, module: 896 },
    interpreter: INTERPRETER_315,
    threads: THREADS_315,
    fields: &[COMMON, FROM_313, FROM_315, FROM_311, FIELDS_314],
    ..PYTHON_314
};

impl Layout {
    /// The layouts of `version`, if they are known.
    pub(crate) fn of(version: Version, is_debug: bool) -> Option<Layout> {
        let known = if FREE_THREADED {
            Layout::of_free_threaded(version)
        } else {
            [PYTHON_39, PYTHON_310, PYTHON_311, PYTHON_312, PYTHON_313, PYTHON_314, PYTHON_315]
                .into_iter()
                .find(|layout| layout.version == version)
        };
        known.map(|layout| if is_debug { layout.of_debug_build() } else { layout })
    }

    /// Debug builds count all references, and keep the count in the interpreter state: what lies behind it lies
    /// further back. Objects are laid out as always. Taken with `offsetof` from the headers of 3.13.15, 3.14.10 and
    /// 3.15.2.
    fn of_debug_build(self) -> Layout {
        const COUNT: isize = 8;
        if self.version < PY313 {
            return self;
        }
        let there = self.interpreter;
        let interpreter = InterpreterLayout {
            dict: there.dict + COUNT,
            forkers: there.forkers.map(|offset| offset + COUNT),
            audit_hooks: there.audit_hooks + COUNT,
            atexit: match there.atexit {
                AtexitLayout::InModule => AtexitLayout::InModule,
                AtexitLayout::Array(offset) => AtexitLayout::Array(offset + COUNT),
                AtexitLayout::List(offset) => AtexitLayout::List(offset + COUNT),
            },
            ..there
        };
        Layout { interpreter, ..self }
    }

    /// The newest layouts known: for a newer interpreter, with all but the self-tested groups switched off.
    pub(crate) fn newest() -> Layout {
        PYTHON_315
    }
}
