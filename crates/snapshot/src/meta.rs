//! Facts about the dump as a whole.

use rkyv::{Archive, Deserialize, Serialize};

/// Who was dumped, when, and how it went.
#[derive(Archive, Serialize, Deserialize, Clone, PartialEq, Eq, Default, Debug)]
pub struct Meta {
    /// Version of heapview that wrote the file.
    pub heapview_version: String,
    /// `sys.version`'s first word, such as `3.12.1`.
    pub python_version: String,
    /// Operating system and processor, such as `linux x86_64`.
    pub platform: String,
    /// `sys.executable`.
    pub executable: String,
    pub pid: u32,
    /// Start of the dump, milliseconds since 1970 in UTC.
    pub created_unix_ms: u64,
    /// How long the process stood still, in microseconds.
    pub pause_us: u64,
    /// Filled in by the writer.
    pub n_objects: u64,
    /// Filled in by the writer.
    pub n_edges: u64,
    /// How much of values was written: `none`, `short` or `full`.
    pub previews: String,
    /// Texts were replaced by salted hashes.
    pub is_redacted: bool,
    /// What the dumper could not see or name; one sentence each.
    pub warnings: Vec<String>,
}
