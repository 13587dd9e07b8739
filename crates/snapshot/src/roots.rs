//! Roots: where liveness starts.

use rkyv::{Archive, Serialize};
use strum::{FromRepr, VariantArray};

use crate::ids::{Address, StrIx};

/// Why an object is alive without any object holding it.
///
/// References held from C that nobody accounts for are not listed here: the engine finds them by comparing
/// reference counts with the references in the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, VariantArray, FromRepr)]
#[repr(u8)]
pub enum RootKind {
    /// An entry of `sys.modules`. Label: its key.
    Module = 0,
    /// The `builtins` module. Label: `builtins`.
    Builtin = 1,
    /// A frame of a running thread. It has no label: see [`Location`](crate::Location).
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
    /// An entry of `sys.modules` of another interpreter of the process. Label: its number and key, `2: module app`.
    OtherModule = 9,
}

impl RootKind {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn from_code(code: u8) -> Option<Self> {
        Self::from_repr(code)
    }

    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// Whose code a module is, by where its file lies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, VariantArray, FromRepr)]
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
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn from_code(code: u8) -> Option<Self> {
        Self::from_repr(code)
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
    /// The thread that holds it, if one does.
    pub thread: Option<Thread>,
    /// Of a [`RootKind::Module`] or [`RootKind::Builtin`]: the name of its file; the empty string otherwise, and where
    /// it has none.
    pub file: StrIx,
    /// Of a [`RootKind::Module`], [`RootKind::Builtin`] or [`RootKind::Frame`]; [`Origin::Unknown`] otherwise.
    pub origin: Origin,
}

impl Root {
    /// A root that no thread holds, and of which no more is known.
    pub fn new(kind: RootKind, object: Address, label: StrIx) -> Self {
        Self { kind, object, label, thread: None, file: StrIx::new(0), origin: Origin::Unknown }
    }
}

/// A thread of the process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Thread {
    /// `threading.get_ident()` in it; never 0.
    pub ident: u64,
    /// `threading`'s name of it; the empty string where that is not known.
    pub name: StrIx,
}

/// The roots, column by column.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct RootTable {
    pub kinds: Vec<u8>,
    pub objects: Vec<u64>,
    pub labels: Vec<u32>,
    /// Identifiers of threads; 0 where no thread holds the root.
    pub idents: Vec<u64>,
    /// Names of threads.
    pub threads: Vec<u32>,
    pub files: Vec<u32>,
    pub origins: Vec<u8>,
}

impl RootTable {
    pub(crate) fn has_room(&mut self) -> bool {
        self.objects.try_reserve(1).is_ok()
            && self.labels.try_reserve(1).is_ok()
            && self.idents.try_reserve(1).is_ok()
            && self.threads.try_reserve(1).is_ok()
            && self.files.try_reserve(1).is_ok()
    }

    pub(crate) fn push(&mut self, root: Root) {
        self.kinds.push(root.kind.code());
        self.objects.push(root.object.get());
        self.labels.push(root.label.get());
        self.idents.push(root.thread.map_or(0, |thread| thread.ident));
        self.threads.push(root.thread.map_or(0, |thread| thread.name.get()));
        self.files.push(root.file.get());
        self.origins.push(root.origin.code());
    }
}
