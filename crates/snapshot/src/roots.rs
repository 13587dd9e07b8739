//! Roots: where liveness starts.

use rkyv::{Archive, Serialize};

use crate::ids::{Address, StrIx};

/// Why an object is alive without any object holding it.
///
/// References held from C that nobody accounts for are not listed here: the engine finds them by comparing
/// reference counts with the references in the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum RootKind {
    /// An entry of `sys.modules`. Label: its key.
    Module = 0,
    /// The `builtins` module. Label: `builtins`.
    Builtin = 1,
    /// A frame of a running thread. Label: `function() at file:line`.
    Frame = 2,
    /// Held by the interpreter itself. Label: by which part.
    Interpreter = 3,
    /// A type that lives in a shared library's data. Label: its name.
    StaticType = 4,
    /// An object whose reference count is frozen.
    Immortal = 5,
    /// A member of `gc.garbage`.
    GcGarbage = 6,
    /// A function registered with `atexit`.
    Atexit = 7,
    /// A greenlet that waits for its turn, which the collector never takes: a root where nothing else reaches it.
    /// Label: the name of its outermost function, in quotes.
    Greenlet = 8,
}

impl RootKind {
    pub const ALL: [Self; 9] = [
        Self::Module,
        Self::Builtin,
        Self::Frame,
        Self::Interpreter,
        Self::StaticType,
        Self::Immortal,
        Self::GcGarbage,
        Self::Atexit,
        Self::Greenlet,
    ];

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// Whose code a module is, by where its file lies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[repr(u8)]
pub enum Origin {
    /// Nobody knows: a module made at run time, or no module at all.
    #[default]
    Unknown = 0,
    /// The user's: `__main__`, and files outside of the folders below.
    User = 1,
    /// Installed: below `site-packages` or `dist-packages`.
    Installed = 2,
    /// Below the standard library's folder.
    StandardLibrary = 3,
    /// Without a file: built into the interpreter, or frozen.
    Builtin = 4,
}

impl Origin {
    pub const ALL: [Self; 5] =
        [Self::Unknown, Self::User, Self::Installed, Self::StandardLibrary, Self::Builtin];

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// One root: an object and the reason why it lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Root {
    pub kind: RootKind,
    pub object: Address,
    /// See [`RootKind`] for its meaning.
    pub label: StrIx,
    /// The thread of a [`RootKind::Frame`]; the empty string otherwise.
    pub thread: StrIx,
    /// Of a [`RootKind::Module`], [`RootKind::Builtin`] or [`RootKind::Frame`]; [`Origin::Unknown`] otherwise.
    pub origin: Origin,
}

/// The roots, column by column.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct RootTable {
    pub kinds: Vec<u8>,
    pub objects: Vec<u64>,
    pub labels: Vec<u32>,
    pub threads: Vec<u32>,
    pub origins: Vec<u8>,
}

impl RootTable {
    pub fn has_room(&mut self) -> bool {
        self.objects.try_reserve(1).is_ok()
            && self.labels.try_reserve(1).is_ok()
            && self.threads.try_reserve(1).is_ok()
    }

    pub fn push(&mut self, root: Root) {
        self.kinds.push(root.kind.code());
        self.objects.push(root.object.get());
        self.labels.push(root.label.get());
        self.threads.push(root.thread.get());
        self.origins.push(root.origin.code());
    }
}
