//! Struct layouts of CPython by version, as data. The only file with version numbers in it.
//!
//! Offsets are in bytes on 64-bit builds with the GIL, taken with `offsetof` from the headers of 3.9.18, 3.10.13,
//! 3.11.7, 3.12.1 and 3.13.0. Patch releases may differ: the self-test checks each group on known objects and
//! switches off what disagrees.

use super::fields::{FIELDS_39, FIELDS_310, FIELDS_311, FIELDS_312, FIELDS_313, Named};

/// `major * 100 + minor`, such as 312.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version(pub u32);

const PY310: Version = Version(310);
const PY311: Version = Version(311);
const PY312: Version = Version(312);
const PY313: Version = Version(313);
const PY39: Version = Version(309);

/// Where an instance keeps its attributes, besides a plain `tp_dictoffset`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ManagedDict {
    /// Before 3.11: there is none.
    Absent,
    /// 3.11: a pointer to the values at word -4, the dict at word -3.
    TwoWords,
    /// 3.12: one word at -3 that is a dict, or a pointer to the values less one.
    Tagged,
    /// 3.13: values inside the object at its basic size; the dict at word -3.
    Inline,
}

/// `str` objects. <https://github.com/python/cpython/blob/3.12/Include/cpython/unicodeobject.h>
#[derive(Clone, Copy, Debug)]
pub struct StrLayout {
    pub ascii_data: isize,
    pub compact_data: isize,
    /// Pointer to the data of a `str` that is not compact (a subclass's).
    pub any_data: isize,
    pub utf8_length: isize,
    pub utf8: isize,
    /// Before 3.12: the `wchar_t` copy and its length.
    pub wstr: Option<(isize, isize)>,
}

/// Interpreter frames since 3.11. <https://github.com/python/cpython/blob/3.12/Include/internal/pycore_frame.h>
#[derive(Clone, Copy, Debug)]
pub struct FrameLayout {
    pub code: isize,
    pub previous: isize,
    pub function: isize,
    pub globals: isize,
    pub builtins: isize,
    pub locals: isize,
    pub frame_object: isize,
    pub instruction: isize,
    pub owner: isize,
    pub fast_locals: isize,
    /// From the thread state to its current frame: offsets to follow.
    pub from_thread: &'static [isize],
    /// In a generator: its state byte and its frame.
    pub generator_state: isize,
    pub generator_frame: isize,
    /// In a frame object: the pointer to its interpreter frame.
    pub frame_object_frame: isize,
}

/// Frame objects before 3.11.
#[derive(Clone, Copy, Debug)]
pub struct OldFrameLayout {
    pub thread_frame: isize,
    pub code: isize,
    pub back: isize,
    pub fast_locals: isize,
}

/// Code objects: what frames need of them.
#[derive(Clone, Copy, Debug)]
pub struct CodeLayout {
    pub name: isize,
    pub filename: isize,
    pub qualname: Option<isize>,
    pub first_line: isize,
    /// Tuples of local names in the order of the frame's slots.
    pub local_names: &'static [isize],
    /// 3.11+: where the instructions begin.
    pub instructions: Option<isize>,
}

/// Heap types. <https://github.com/python/cpython/blob/3.12/Include/cpython/object.h>
#[derive(Clone, Copy, Debug)]
pub struct HeapTypeLayout {
    pub name: isize,
    pub slots: isize,
    pub qualname: isize,
    pub cached_keys: isize,
    pub module: isize,
}

/// The dict keys object, 3.11+: entries follow the index table.
#[derive(Clone, Copy, Debug)]
pub struct KeysLayout {
    pub log2_index_bytes: isize,
    pub kind: isize,
    pub n_entries: isize,
    pub indices: isize,
}

/// Enumeration by the collector's own lists, before 3.12: generation heads in the interpreter state.
#[derive(Clone, Copy, Debug)]
pub struct GcListLayout {
    pub generations: isize,
    pub permanent: isize,
}

/// All layouts of one version.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub version: Version,
    pub managed_dict: ManagedDict,
    pub strings: StrLayout,
    /// 3.12+: an int's sign and digit count share one word.
    pub tagged_int: bool,
    /// Digits that every int has, 0 among them.
    pub least_digits: u64,
    pub frames: Option<FrameLayout>,
    pub old_frames: Option<OldFrameLayout>,
    pub code: CodeLayout,
    pub heap_types: HeapTypeLayout,
    pub keys: Option<KeysLayout>,
    pub gc_lists: Option<GcListLayout>,
    pub thread_id: isize,
    /// 3.12+: static builtin types keep dict and subclasses in the interpreter state.
    pub has_static_builtin: bool,
    pub immortal: Immortal,
    pub fields: &'static [(&'static str, &'static [Named])],
}

/// How an immortal object is recognised by its reference count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Immortal {
    Never,
    /// 3.11: static objects start at this count.
    Count(u64),
    /// 3.12+: the sign bit of the lower half. <https://peps.python.org/pep-0683/>
    SignBit,
}

const STR_WITH_WSTR: StrLayout = StrLayout {
    ascii_data: 48,
    compact_data: 72,
    any_data: 72,
    utf8_length: 48,
    utf8: 56,
    wstr: Some((40, 64)),
};
const STR: StrLayout =
    StrLayout { ascii_data: 40, compact_data: 56, any_data: 56, utf8_length: 40, utf8: 48, wstr: None };

const OLD_CODE: CodeLayout = CodeLayout {
    name: 112,
    filename: 104,
    qualname: None,
    first_line: 40,
    local_names: &[72, 88, 80],
    instructions: None,
};
const CODE_311: CodeLayout = CodeLayout {
    name: 120,
    filename: 112,
    qualname: Some(128),
    first_line: 72,
    local_names: &[96],
    instructions: Some(184),
};
const CODE_312: CodeLayout = CodeLayout { first_line: 68, instructions: Some(192), ..CODE_311 };
const CODE_313: CodeLayout = CodeLayout { instructions: Some(200), ..CODE_312 };

const FRAMES_311: FrameLayout = FrameLayout {
    code: 32,
    previous: 48,
    function: 0,
    globals: 8,
    builtins: 16,
    locals: 24,
    frame_object: 40,
    instruction: 56,
    owner: 69,
    fast_locals: 72,
    from_thread: &[56, 8],
    generator_state: 75,
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
    instruction: 56,
    owner: 70,
    fast_locals: 72,
    from_thread: &[56, 0],
    generator_state: 67,
    generator_frame: 72,
    frame_object_frame: 24,
};
const FRAMES_313: FrameLayout = FrameLayout { from_thread: &[72], ..FRAMES_312 };

const KEYS: KeysLayout = KeysLayout { log2_index_bytes: 9, kind: 10, n_entries: 24, indices: 32 };

const PYTHON_39: Layout = Layout {
    version: PY39,
    managed_dict: ManagedDict::Absent,
    strings: STR_WITH_WSTR,
    tagged_int: false,
    least_digits: 0,
    frames: None,
    old_frames: Some(OldFrameLayout { thread_frame: 24, code: 32, back: 24, fast_locals: 360 }),
    code: OLD_CODE,
    heap_types: HeapTypeLayout { name: 840, slots: 848, qualname: 856, cached_keys: 864, module: 872 },
    keys: None,
    gc_lists: Some(GcListLayout { generations: 616 + 24, permanent: 616 + 24 + 3 * 24 + 8 }),
    thread_id: 176,
    has_static_builtin: false,
    immortal: Immortal::Never,
    fields: FIELDS_39,
};
const PYTHON_310: Layout = Layout {
    version: PY310,
    old_frames: Some(OldFrameLayout { thread_frame: 24, code: 32, back: 24, fast_locals: 352 }),
    heap_types: HeapTypeLayout { name: 848, slots: 856, qualname: 864, cached_keys: 872, module: 880 },
    fields: FIELDS_310,
    ..PYTHON_39
};
const PYTHON_311: Layout = Layout {
    version: PY311,
    managed_dict: ManagedDict::TwoWords,
    frames: Some(FRAMES_311),
    old_frames: None,
    code: CODE_311,
    keys: Some(KEYS),
    gc_lists: Some(GcListLayout { generations: 648 + 24, permanent: 648 + 24 + 3 * 24 + 8 }),
    thread_id: 152,
    immortal: Immortal::Count(999_999_999),
    least_digits: 1,
    fields: FIELDS_311,
    ..PYTHON_310
};
const PYTHON_312: Layout = Layout {
    version: PY312,
    managed_dict: ManagedDict::Tagged,
    strings: STR,
    tagged_int: true,
    frames: Some(FRAMES_312),
    code: CODE_312,
    heap_types: HeapTypeLayout { name: 856, slots: 864, qualname: 872, cached_keys: 880, module: 888 },
    gc_lists: None,
    thread_id: 136,
    has_static_builtin: true,
    immortal: Immortal::SignBit,
    fields: FIELDS_312,
    ..PYTHON_311
};
const PYTHON_313: Layout = Layout {
    version: PY313,
    managed_dict: ManagedDict::Inline,
    frames: Some(FRAMES_313),
    code: CODE_313,
    thread_id: 152,
    fields: FIELDS_313,
    ..PYTHON_312
};

impl Layout {
    /// The layouts of `version`, if they are known.
    pub fn of(version: Version) -> Option<Layout> {
        [PYTHON_39, PYTHON_310, PYTHON_311, PYTHON_312, PYTHON_313]
            .into_iter()
            .find(|layout| layout.version == version)
    }

    /// The newest layouts known: for a newer interpreter, with all but the self-tested groups switched off.
    pub fn newest() -> Layout {
        PYTHON_313
    }
}
