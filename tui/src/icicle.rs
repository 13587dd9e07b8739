//! The biggest objects and what they keep alive, as strips of cells below each other: how wide, and where.

/// Narrower than this, a strip would say nothing.
const NARROWEST: usize = 4;
/// No terminal is so wide that a smaller part of the heap than one in so many gets a strip.
pub const SMALLEST_PART: u64 = 100;

/// An object and the biggest of those that it immediately dominates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// Where the object is.
    pub path: String,
    /// Its retained size in bytes.
    pub size: u64,
    pub inner: Vec<Block>,
}

/// Where one object is drawn in its row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Strip<'a> {
    pub block: &'a Block,
    pub x: usize,
    pub width: usize,
}

/// `n_levels` rows of strips: each as wide as its share of `whole`, and no wider than the one above. Objects too
/// small to be seen have none.
pub fn strips(blocks: &[Block], whole: u64, width: usize, n_levels: usize) -> Vec<Vec<Strip<'_>>> {
    let mut levels = vec![Vec::new(); n_levels];
    lay(blocks, whole, (0, width), &mut levels);
    levels
}

fn lay<'a>(blocks: &'a [Block], whole: u64, (begin, width): (usize, usize), levels: &mut [Vec<Strip<'a>>]) {
    let Some((level, below)) = levels.split_first_mut() else { return };
    let mut used = 0;
    for block in blocks {
        let share = u128::from(block.size) * width as u128 / u128::from(whole.max(1));
        let share = usize::try_from(share).unwrap_or(width).min(width - used);
        if share < NARROWEST {
            continue;
        }
        let x = begin + used;
        level.push(Strip { block, x, width: share });
        lay(&block.inner, block.size, (x, share), below);
        used += share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(size: u64, inner: Vec<Block>) -> Block {
        Block { path: String::new(), size, inner }
    }

    #[test]
    fn strips_are_as_wide_as_their_share_and_lie_below_their_holder() {
        let blocks = [block(50, vec![block(25, vec![])]), block(30, vec![block(30, vec![])])];
        let place = |rows: &[Strip<'_>]| rows.iter().map(|strip| (strip.x, strip.width)).collect::<Vec<_>>();
        let levels = strips(&blocks, 100, 40, 2);
        assert_eq!(place(&levels[0]), [(0, 20), (20, 12)]);
        assert_eq!(place(&levels[1]), [(0, 10), (20, 12)]);
    }

    #[test]
    fn sizes_that_do_not_add_up_stay_inside() {
        let blocks = [block(u64::MAX, vec![]), block(u64::MAX, vec![]), block(1, vec![])];
        let levels = strips(&blocks, 1, 40, 1);
        assert_eq!(levels[0], [Strip { block: &blocks[0], x: 0, width: 40 }]);
        assert!(strips(&blocks, 0, 0, 3).iter().all(Vec::is_empty));
    }
}
