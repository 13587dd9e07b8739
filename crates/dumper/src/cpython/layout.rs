//! What a struct layout of CPython consists of; `versions` has one for each version.

use pyo3::prelude::*;

use super::fields::TypeFields;
use super::opcodes::Opcodes;

/// `major * 100 + minor`, such as 312.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Version(pub u32);

impl Version {
    /// The interpreter's.
    pub(crate) fn running(py: Python<'_>) -> Self {
        let info = py.version_info();
        Self(u32::from(info.major) * 100 + u32::from(info.minor))
    }
}

/// Whether the interpreter was built with `--with-pydebug`: what has assertions also counts all references.
pub(super) fn is_debug_build(py: Python<'_>) -> PyResult<bool> {
    py.import("sys")?.hasattr("gettotalrefcount")
}

/// Where an instance keeps its attributes, besides a plain `tp_dictoffset`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ManagedDict {
    /// Before 3.11: there is none.
    Absent,
    /// 3.11: a pointer to the values at word -4, the dict at word -3.
    TwoWords,
    /// 3.12: one word at -3 that is a dict, or a pointer to the values less one.
    Tagged,
    /// 3.13: values inside the object at its basic size; the dict at this word before the object.
    Inline(isize),
}

/// `str` objects. <https://github.com/python/cpython/blob/3.12/Include/cpython/unicodeobject.h>
#[derive(Clone, Copy, Debug)]
pub(crate) struct StrLayout {
    pub ascii_data: isize,
    pub compact_data: isize,
    /// Pointer to the data of a `str` that is not compact (a subclass's).
    pub any_data: isize,
    pub utf8_length: isize,
    pub utf8: isize,
    /// In the word of flags: bits that say whether the string is interned. Width, compact and ASCII follow.
    pub interned_bits: u32,
    /// Before 3.12: the `wchar_t` copy and its length.
    pub wstr: Option<(isize, isize)>,
}

/// Interpreter frames since 3.11. <https://github.com/python/cpython/blob/3.12/Include/internal/pycore_frame.h>
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameLayout {
    pub code: isize,
    pub previous: isize,
    pub function: isize,
    pub globals: isize,
    pub builtins: isize,
    pub locals: isize,
    pub frame_object: isize,
    pub instruction: isize,
    /// Which of the code's copies of its instructions it is in, where there may be several.
    pub copy: Option<isize>,
    pub owner: isize,
    pub fast_locals: isize,
    pub stack: StackTop,
    /// 3.14+: locals, stack, code and function are tagged: bit 0 says borrowed, 3 a plain integer.
    pub is_tagged: bool,
    /// 3.12+: there are frames on the C stack, which stand for C code.
    pub may_be_on_c_stack: bool,
    /// From the thread state to its current frame: offsets to follow.
    pub from_thread: &'static [isize],
    /// In a generator: its state byte, the state of one that has finished, and its frame.
    pub generator_state: isize,
    pub generator_finished: i8,
    pub generator_frame: isize,
    /// In a frame object: the pointer to its interpreter frame.
    pub frame_object_frame: isize,
}

impl FrameLayout {
    /// The bits of a reference that are no part of its address.
    pub(crate) fn tag(&self) -> usize {
        const TAG: usize = 3;
        if self.is_tagged { TAG } else { 0 }
    }
}

/// Where the value stack of an interpreter frame ends; unknown while the frame runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StackTop {
    /// 3.11 to 3.13: `int` at this offset, counted from the first local; negative while the frame runs.
    Count(isize),
    /// 3.14+: a pointer at this offset, written before every call that may look at the frame; null otherwise.
    Pointer(isize),
}

/// Frame objects before 3.11.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OldFrameLayout {
    pub thread_frame: isize,
    pub code: isize,
    pub back: isize,
    pub fast_locals: isize,
    /// `f_lasti`, and of how many bytes it counts.
    pub last_instruction: isize,
    pub unit: usize,
}

/// Code objects: what frames need of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CodeLayout {
    pub name: isize,
    pub filename: isize,
    /// `co_names`.
    pub names: isize,
    /// `co_code`, where it is an object.
    pub bytes: Option<isize>,
    pub qualname: Option<isize>,
    pub first_line: isize,
    /// Tuples of local names in the order of the frame's slots.
    pub local_names: &'static [isize],
    /// 3.11+: where the instructions begin.
    pub instructions: Option<isize>,
    /// Free-threaded builds since 3.14 have a copy of the instructions for each thread: their number, then where
    /// each begins.
    pub copies: Option<isize>,
}

/// Heap types. <https://github.com/python/cpython/blob/3.12/Include/cpython/object.h>
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeapTypeLayout {
    pub name: isize,
    pub slots: isize,
    pub qualname: isize,
    pub cached_keys: isize,
    pub module: isize,
}

/// The dict keys object, 3.11+: entries follow the index table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeysLayout {
    pub log2_index_bytes: isize,
    pub kind: isize,
    pub n_entries: isize,
    pub indices: isize,
}

/// Parts of the interpreter state: offsets of objects it holds, and of the collector's lists.
/// <https://github.com/python/cpython/blob/3.12/Include/internal/pycore_interp.h>
#[derive(Clone, Copy, Debug)]
pub(crate) struct InterpreterLayout {
    /// Whether collection is on.
    pub enabled: isize,
    /// Heads of the three generations, and of the frozen objects.
    pub generations: isize,
    pub permanent: isize,
    /// Three numbers for each generation; 3.15 keeps them elsewhere.
    pub collections: Option<isize>,
    pub garbage: isize,
    pub callbacks: isize,
    pub modules: isize,
    pub importlib: isize,
    pub sysdict: isize,
    pub builtins: isize,
    pub dict: isize,
    /// Search path, search cache and error handlers.
    pub codecs: [isize; 3],
    /// Functions to call before a fork, in the parent after it, in the child after it.
    pub forkers: [isize; 3],
    pub atexit: AtexitLayout,
    /// The list of functions given to `sys.addaudithook`.
    pub audit_hooks: isize,
    /// 3.12+: where about the callbacks of `sys.monitoring` are, and how many events there are.
    pub monitoring: Option<(isize, isize)>,
    /// `None` where other interpreters always run at the same time.
    pub others: Option<OtherInterpreters>,
    /// 3.12+: the dict of interned strings, whose references count for nothing.
    pub interned: Option<isize>,
}

/// In an interpreter's state: what leads to the next one and tells whether that stands still.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OtherInterpreters {
    pub next: isize,
    pub id: isize,
    /// 3.12+: the pointer to the GIL; before that there is one for all.
    pub gil: Option<isize>,
}

/// Where functions registered with `atexit` are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AtexitLayout {
    /// 3.9: in the state of the module, which its traversal reports.
    InModule,
    /// 3.10 to 3.13: an array of pointers to function, arguments and keywords; its length follows.
    Array(isize),
    /// 3.14+: a list of tuples.
    List(isize),
}

/// References held by a thread state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadLayout {
    pub id: isize,
    /// Free-threaded builds: the first state in the interpreter's, and the next in each. The function that gives
    /// the next takes a lock that is held while the world stands still.
    pub list: Option<(isize, isize)>,
    /// Name and offset of each.
    pub held: &'static [(&'static str, isize)],
    /// The same of the functions of `sys.settrace` and `sys.setprofile`.
    pub hooks: &'static [(&'static str, isize); 2],
    /// What stands for the thread in its `threading.local`s (`threading_local_key`), where that is known.
    pub local_key: Option<isize>,
}

/// All layouts of one version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
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
    pub opcodes: &'static Opcodes,
    pub heap_types: HeapTypeLayout,
    pub keys: Option<KeysLayout>,
    pub interpreter: InterpreterLayout,
    pub threads: ThreadLayout,
    /// 3.12+: static builtin types keep dict and subclasses in the interpreter state.
    pub has_static_builtin: bool,
    pub immortal: Immortal,
    /// 3.14+: the count has 32 bits, flags follow.
    pub narrow_refcount: bool,
    /// Free-threaded builds: what is added to a count that is deferred.
    pub deferred_count: i64,
    pub fields: &'static [&'static [TypeFields]],
}

/// How an immortal object is recognised by its reference count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Immortal {
    Never,
    /// 3.11: static objects start at this count.
    Count(u64),
    /// 3.12+: the sign bit of the lower half. <https://peps.python.org/pep-0683/>
    SignBit,
}
