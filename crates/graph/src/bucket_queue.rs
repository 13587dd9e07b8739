//! Nodes that wait, by a small cost: the queue of Dial's form of Dijkstra's algorithm.

/// Costs are bytes, so what waits lies within this many buckets.
const N_BUCKETS: usize = 256;
/// Nodes in one block: a bucket that grew by copying would need its memory twice, and leave holes.
const BLOCK: usize = 1 << 12;

/// A bucket for each cost modulo 256. Memory is that of the nodes that wait at one time: blocks are used again.
pub(crate) struct BucketQueue {
    /// Of each bucket the blocks in use; all but the last are full.
    buckets: Vec<Vec<Vec<u32>>>,
    spare: Vec<Vec<u32>>,
    len: usize,
}

impl BucketQueue {
    pub(crate) fn new() -> Self {
        Self { buckets: vec![Vec::new(); N_BUCKETS], spare: Vec::new(), len: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The cost must be less than 256 above the least in the queue.
    pub(crate) fn push(&mut self, cost: u32, node: u32) {
        self.len += 1;
        let bucket = &mut self.buckets[cost as usize % N_BUCKETS];
        match bucket.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(node),
            _ => {
                let mut block = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(BLOCK));
                block.push(node);
                bucket.push(block);
            }
        }
    }

    /// Some node of that cost.
    pub(crate) fn pop(&mut self, cost: u32) -> Option<u32> {
        let bucket = &mut self.buckets[cost as usize % N_BUCKETS];
        let block = bucket.last_mut()?;
        let node = block.pop();
        if block.is_empty() {
            self.spare.extend(bucket.pop());
        }
        self.len -= usize::from(node.is_some());
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_waits_and_uses_its_blocks_again() {
        let mut queue = BucketQueue::new();
        for round in 0..3 {
            for node in 0..10_000 {
                queue.push(round * 200 + node % 2, node);
            }
            for parity in 0..2 {
                let mut nodes: Vec<u32> = std::iter::from_fn(|| queue.pop(round * 200 + parity)).collect();
                nodes.sort_unstable();
                assert_eq!(nodes, (0..10_000).filter(|node| node % 2 == parity).collect::<Vec<u32>>());
            }
            assert!(queue.is_empty());
            assert_eq!(queue.spare.len(), 4, "two for each bucket");
        }
    }
}
