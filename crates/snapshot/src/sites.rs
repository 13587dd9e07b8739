//! Allocation sites: the lines of source that were running when an object was made.

use rkyv::{Archive, Serialize};

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
    pub fn has_room_for(&mut self, frames: &[SiteFrame]) -> bool {
        self.files.try_reserve(frames.len()).is_ok()
            && self.lines.try_reserve(frames.len()).is_ok()
            && self.ends.try_reserve(1).is_ok()
    }

    pub fn push(&mut self, frames: &[SiteFrame]) {
        self.files.extend(frames.iter().map(|frame| frame.file.get()));
        self.lines.extend(frames.iter().map(|frame| frame.line));
        self.ends.push(self.files.len() as u64);
    }
}

impl ArchivedSiteTable {
    /// The frames of a site that is in the table.
    pub fn frames(&self, site: usize) -> impl ExactSizeIterator<Item = SiteFrame> + '_ {
        let start = if site == 0 { 0 } else { self.ends[site - 1].to_native() };
        (start as usize..self.ends[site].to_native() as usize).map(|row| SiteFrame {
            file: StrIx::new(self.files[row].to_native()),
            line: self.lines[row].to_native(),
        })
    }
}

/// One row for each object, in the order of the objects: 0 where the site is unknown, else its position plus one.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct ObjectSiteChunk {
    pub sites: Vec<u32>,
}

impl ObjectSiteChunk {
    pub const ROWS: usize = ObjectChunk::ROWS;
}
