//! Allocation sites: the lines of source that were running when an object was made.

use std::mem::offset_of;

use rkyv::{Archive, Serialize};

use crate::archive::{Root, Span};
use crate::ids::StrIx;
use crate::objects::ObjectChunk;

/// One line of an allocation site.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SiteFrame {
    pub file: StrIx,
    pub line: u32,
}

/// The sites, each a run of frames, most recent first; site `i` ends at `ends[i]` and begins where the one before
/// ends.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct SiteTable {
    pub ends: Vec<u64>,
    pub files: Vec<u32>,
    pub lines: Vec<u32>,
}

impl SiteTable {
    pub(crate) fn has_room_for(&mut self, frames: &[SiteFrame]) -> bool {
        self.files.try_reserve(frames.len()).is_ok()
            && self.lines.try_reserve(frames.len()).is_ok()
            && self.ends.try_reserve(1).is_ok()
    }

    pub(crate) fn push(&mut self, frames: &[SiteFrame]) {
        self.files.extend(frames.iter().map(|frame| frame.file.get()));
        self.lines.extend(frames.iter().map(|frame| frame.line));
        self.ends.push(self.files.len() as u64);
    }
}

/// One row for each object, in the order of the objects: 0 where the site is unknown, else its position plus one.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct ObjectSiteChunk {
    pub sites: Vec<u32>,
}

impl ObjectSiteChunk {
    pub(crate) const ROWS: usize = ObjectChunk::ROWS;
}

/// Where the column of one chunk of object sites lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectSiteSpans {
    pub sites: Span<u32>,
}

impl ObjectSiteSpans {
    /// Bytes at the end of an archive that [`ObjectSiteSpans::new`] takes.
    pub(crate) const ROOT: usize = size_of::<ArchivedObjectSiteChunk>();

    /// The column of an archive of `len` bytes that ends with `bytes`; `None` if it does not lie in it.
    pub(crate) fn new(bytes: &[u8], len: usize) -> Option<Self> {
        let root = Root::new::<ArchivedObjectSiteChunk>(bytes, len)?;
        Some(Self { sites: root.span(offset_of!(ArchivedObjectSiteChunk, sites))? })
    }
}
