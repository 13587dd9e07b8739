//! The process ledger: where the memory of the whole process is, as its allocators and the kernel count it.

use rkyv::{Archive, Deserialize, Serialize};

/// What was asked of the kernel, the allocators and the collector right before the walk. Sizes are bytes; what
/// could not be had is absent, never 0.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, Default, Debug)]
pub struct Ledger {
    /// `sys.version` as the interpreter was built.
    pub python: String,
    /// Kernel name, release and machine.
    pub system: String,
    /// `sys.argv`, if it was a list; an item that is no plain `str` stands as the name of its type in `<>`.
    pub argv: Option<Vec<String>>,
    /// Threads of the process, with those that never ran Python.
    pub n_threads: Option<u64>,
    pub resident: Resident,
    pub malloc: Option<MallocSizes>,
    pub pymalloc: Option<PymallocSizes>,
    pub collector: Option<Collector>,
    /// Top-level modules that state a version, by name.
    pub packages: Vec<Package>,
    /// What is installed in the folders that modules were loaded from, as their metadata calls it, by name.
    pub distributions: Vec<Package>,
}

/// The process as the kernel sees it.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Resident {
    /// Memory in RAM, shared pages in full.
    pub rss: Option<u64>,
    /// Memory in RAM, each shared page divided by those who share it.
    pub pss: Option<u64>,
    /// Pages that this process alone has written.
    pub private_dirty: Option<u64>,
    /// Memory in RAM that no file backs.
    pub anonymous: Option<u64>,
    pub swap: Option<u64>,
}

/// The C library's allocator, which also serves Python's blocks above 512 bytes.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct MallocSizes {
    /// Blocks in use, without `mmapped`.
    pub in_use: u64,
    /// Free blocks; not all of them need be in RAM.
    pub free: u64,
    /// Large blocks with a mapping of their own, all in use.
    pub mmapped: u64,
}

/// Python's allocator of small blocks.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PymallocSizes {
    /// Everything that it holds from the system; headers and rounding are in neither of the parts.
    pub arenas: u64,
    pub in_use: u64,
    pub free: u64,
}

/// The cyclic garbage collector.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, Default, Debug)]
pub struct Collector {
    pub is_enabled: bool,
    /// `gc.get_debug()`.
    pub debug_flags: u32,
    /// `gc.get_count()`, youngest generation first.
    pub counts: Vec<u64>,
    /// `gc.get_threshold()`.
    pub thresholds: Vec<u64>,
    pub generations: Vec<Generation>,
}

/// What the collector has done in one generation since the process began: how often it ran, and numbers of objects.
#[derive(Archive, Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Generation {
    pub collections: u64,
    pub collected: u64,
    pub uncollectable: u64,
}

/// A top-level module and its `__version__`, at most 64 characters each; or a distribution package.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Package {
    pub name: String,
    pub version: String,
}
