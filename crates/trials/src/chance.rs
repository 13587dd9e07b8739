//! Numbers that look like chance, the same for the same seed: splitmix64.

/// A source of numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `limit`, or 0.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.number() % limit as u64) as usize }
    }

    /// One of some; they must not be empty.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// True in one of so many cases.
    pub fn rarely(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    /// A number of the kind that breaks things: small, large, a power of two or its neighbour, or any.
    pub fn odd_number(&mut self) -> u64 {
        match self.below(6) {
            0 => self.below(4) as u64,
            1 => u64::MAX - self.below(4) as u64,
            2 => (1u64 << self.below(64)).wrapping_add(self.below(3) as u64).wrapping_sub(1),
            3 => self.below(300) as u64,
            4 => u64::from(u32::MAX) - self.below(3) as u64,
            _ => self.number(),
        }
    }
}
