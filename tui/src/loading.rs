//! A snapshot is being opened: how far that is, and how long it may still take.

use crate::findings::Baseline;
use crate::message::Opening;

/// The stages of opening, as the engine calls them; what it does in words; its part of the whole, in percent, as
/// measured on eleven million objects.
const STAGES: [(&str, &str, u64); 5] = [
    ("reading", "reading and checking the file", 22),
    ("references", "linking references", 38),
    ("roots", "looking for what is held from C", 4),
    ("dominators", "finding what keeps what alive", 23),
    ("paths", "finding a path to every object", 13),
];
/// Of which the parts above are parts.
const WHOLE: u64 = 100;
/// What is told as done of all, so many parts.
pub const PARTS: u64 = 1_000;

/// Before so many milliseconds, nothing can be said of the rest.
const GROUND_MS: u64 = 300;
/// Before so many of [`PARTS`].
const GROUND_PARTS: u64 = 50;

/// While there is no heap, this is all there is to show.
pub struct Loading {
    /// Name of the file, for people.
    pub name: String,
    /// What the engine said last.
    pub opening: Opening,
    /// Since the beginning, in milliseconds.
    pub elapsed_ms: u64,
    /// What to compare with: opened first.
    pub baseline: Option<Baseline>,
}

impl Loading {
    pub fn new(name: String) -> Self {
        Self { name, opening: Opening::default(), elapsed_ms: 0, baseline: None }
    }

    /// Takes what the engine said.
    pub fn accept(&mut self, opening: Opening) {
        self.elapsed_ms = self.elapsed_ms.max(opening.elapsed_ms);
        self.opening = opening;
    }

    /// What is being done, in words.
    pub fn stage(&self) -> &str {
        let phase = self.opening.phase.as_str();
        let known = STAGES.iter().find(|(name, ..)| *name == phase);
        known.map_or(if phase.is_empty() { "starting" } else { phase }, |(_, words, _)| words)
    }

    /// How much is done, of [`PARTS`]. Between two words of the engine it goes on with the time, up to the end of the
    /// stage.
    pub fn n_done(&self) -> u64 {
        let (said, most) = self.said();
        match self.whole_ms() {
            Some(whole_ms) => (self.elapsed_ms.saturating_mul(PARTS) / whole_ms.max(1)).clamp(said, most),
            None => said,
        }
    }

    /// Seconds that opening may still take, once there is ground for an estimate.
    pub fn seconds_left(&self) -> Option<u64> {
        let left_ms = self.whole_ms()?.saturating_sub(self.elapsed_ms);
        Some(left_ms.div_ceil(1_000).max(1))
    }

    /// How long all of it takes, if the stages take their usual parts.
    fn whole_ms(&self) -> Option<u64> {
        let (said, _) = self.said();
        let at_ms = self.opening.elapsed_ms;
        let has_ground = at_ms >= GROUND_MS && said >= GROUND_PARTS;
        has_ground.then(|| at_ms.saturating_mul(PARTS) / said)
    }

    /// How much was done when the engine spoke last, and how much will be at the end of its stage, of [`PARTS`].
    fn said(&self) -> (u64, u64) {
        let Opening { phase, done, total, file, .. } = &self.opening;
        let Some(at) = STAGES.iter().position(|(name, ..)| name == phase) else { return (0, 0) };
        let begin: u64 = STAGES[..at].iter().map(|(.., part)| part).sum();
        let (.., part) = STAGES[at];
        // The steps behind the first stage are counted, not measured.
        let inside = match at {
            0 if *total > 0 => part * (*done).min(*total) / total,
            1.. if done == total => part,
            _ => 0,
        };
        let of_all = |percent: u64| {
            let bytes =
                u128::from(file.before) * u128::from(WHOLE) + u128::from(file.size) * u128::from(percent);
            let parts = bytes * u128::from(PARTS) / (u128::from(file.all.max(1)) * u128::from(WHOLE));
            u64::try_from(parts).unwrap_or(PARTS).min(PARTS)
        };
        (of_all(begin + inside), of_all(begin + part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::FilePart;

    fn opening(phase: &str, (done, total): (u64, u64), elapsed_ms: u64, file: FilePart) -> Loading {
        let mut loading = Loading::new(String::new());
        loading.accept(Opening { phase: phase.into(), done, total, elapsed_ms, file });
        loading
    }

    const ONLY: FilePart = FilePart { before: 0, size: 7, all: 7 };

    #[test]
    fn parts_of_stages_add_up() {
        assert_eq!(STAGES.iter().map(|(.., part)| part).sum::<u64>(), WHOLE);
        assert_eq!(opening("reading", (5, 10), 0, ONLY).n_done(), 110);
        assert_eq!(opening("dominators", (2, 4), 0, ONLY).n_done(), 640);
        assert_eq!(opening("paths", (3, 4), 0, ONLY).n_done(), 870);
        assert_eq!(opening("paths", (4, 4), 0, FilePart { before: 30, size: 10, all: 40 }).n_done(), PARTS);
        assert_eq!(opening("paths", (4, 4), 0, FilePart { before: 0, size: 1, all: 0 }).n_done(), PARTS);
        assert_eq!(opening("something", (4, 4), 9_000, ONLY).n_done(), 0);
    }

    #[test]
    fn an_estimate_needs_ground_and_goes_on_with_the_time() {
        assert_eq!(opening("reading", (1, 10), 9_000, ONLY).seconds_left(), None, "too little is done");
        assert_eq!(opening("dominators", (2, 4), 200, ONLY).seconds_left(), None, "too early");
        let mut loading = opening("dominators", (2, 4), 5_000, ONLY);
        assert_eq!((loading.n_done(), loading.seconds_left()), (640, Some(3)));
        loading.elapsed_ms = 6_500;
        assert_eq!((loading.n_done(), loading.seconds_left()), (832, Some(2)));
        loading.elapsed_ms = 60_000;
        assert_eq!((loading.n_done(), loading.seconds_left()), (870, Some(1)), "no farther than its stage");
        let second = opening("reading", (0, 10), 5_000, FilePart { before: 1, size: 1, all: 2 });
        assert_eq!(
            (second.n_done(), second.seconds_left()),
            (500, Some(5)),
            "the first of two files is open"
        );
    }
}
