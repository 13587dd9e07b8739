//! Where objects were allocated, as far as `tracemalloc` traced it: noted during the walk, asked for after it.

use heapview_snapshot::{Address, SiteFrame, SiteIx, SnapshotWriter};
use rustc_hash::FxHashMap;

use crate::adapters::numpy;
use crate::cpython::{self, Clip, Facts};

/// The memory behind an object of the snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Block {
    /// Begins so many bytes before the object.
    Object { pre_header: u64 },
    /// Data of an array.
    Buffer,
}

/// The blocks of all objects in the order in which they are written: eight bytes for each object.
#[derive(Default, Debug)]
pub(crate) struct Blocks {
    /// Addresses are multiples of 8: the low bits say what lies there, all zeros that there is no block.
    rows: Vec<u64>,
}

impl Blocks {
    const KIND: u64 = 7;
    /// Kinds below this one count units of 16 bytes before the object.
    const BUFFER: u64 = 4;
    const UNIT: u64 = 16;

    /// Notes the block of the object that is the snapshot's `row`-th; rows passed over have none.
    pub(crate) fn note(&mut self, row: u64, address: Address, block: Block) {
        // Whoever asks for memory in vain learns elsewhere that there is none.
        if self.rows.try_reserve((row as usize + 1).saturating_sub(self.rows.len())).is_err() {
            return;
        }
        self.rows.resize(row as usize, 0);
        let kind = match block {
            Block::Object { pre_header } => (pre_header / Self::UNIT).min(Self::BUFFER - 1),
            Block::Buffer => Self::BUFFER,
        };
        self.rows.push(address.get() & !Self::KIND | kind);
    }

    fn row(&self, row: u64) -> Option<(u64, Block)> {
        let noted = *self.rows.get(row as usize)?;
        let (address, kind) = (noted & !Self::KIND, noted & Self::KIND);
        let block = match kind {
            Self::BUFFER => Block::Buffer,
            units => Block::Object { pre_header: units * Self::UNIT },
        };
        (address != 0).then_some((address, block))
    }
}

/// Looks every block up and writes the sites. Makes and drops Python objects: the walk must be over.
///
/// O(objects); 8 bytes of memory per object besides the table of sites.
pub(crate) fn write(facts: &Facts, blocks: &Blocks, writer: &mut SnapshotWriter) {
    let Some(_paused) = cpython::pause_collector(facts) else { return };
    let _hidden = cpython::hide_frames(facts);
    let mut sites: FxHashMap<Box<[SiteFrame]>, SiteIx> = FxHashMap::default();
    let mut frames = Vec::new();
    let mut clip = Clip::default();
    for row in 0..writer.n_objects() {
        frames.clear();
        if let Some((address, block)) = blocks.row(row) {
            let (domain, start) = match block {
                Block::Object { pre_header } => (cpython::PYTHON_DOMAIN, address - pre_header),
                Block::Buffer => (numpy::TRACE_DOMAIN, address),
            };
            cpython::traceback(facts, domain, start, &mut clip, |file, line| {
                frames.push(SiteFrame { file: writer.intern(file), line });
            });
        }
        let site = if frames.is_empty() {
            None
        } else if let Some(&known) = sites.get(frames.as_slice()) {
            Some(known)
        } else {
            if sites.try_reserve(1).is_err() {
                return;
            }
            let new = writer.add_site(&frames);
            sites.insert(frames.as_slice().into(), new);
            Some(new)
        };
        writer.object_site(site);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_kept_in_one_word_each() {
        let mut blocks = Blocks::default();
        let noted = [
            (0, 0x7f00_0000_1010, Block::Object { pre_header: 0 }),
            (1, 0x7f00_0000_2020, Block::Object { pre_header: 16 }),
            (4, 0x7f00_0000_3030, Block::Object { pre_header: 32 }),
            (5, 0x7f00_0000_4048, Block::Buffer),
        ];
        for (row, address, block) in noted {
            blocks.note(row, Address::new(address), block);
        }
        for (row, address, block) in noted {
            assert_eq!(blocks.row(row), Some((address, block)));
        }
        for row in [2, 3, 6] {
            assert_eq!(blocks.row(row), None);
        }
        assert_eq!(blocks.rows.len(), 6);
    }
}
