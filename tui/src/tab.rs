//! The screens that a number key leads to.

use strum::VariantArray;

/// The screens that a number key leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, VariantArray)]
pub enum Tab {
    Overview,
    Histogram,
    Dominators,
    Object,
    Paths,
    Cycles,
    Savings,
    Threads,
    Diff,
    Suspects,
}

impl Tab {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Histogram => "Histogram",
            Self::Dominators => "Dominators",
            Self::Object => "Object",
            Self::Paths => "Paths",
            Self::Cycles => "Cycles",
            Self::Savings => "Savings",
            Self::Threads => "Threads",
            Self::Diff => "Diff",
            Self::Suspects => "Suspects",
        }
    }

    /// The title where there is no room for all.
    pub const fn short_title(self) -> &'static str {
        match self {
            Self::Overview => "Over",
            Self::Histogram => "Hist",
            Self::Dominators => "Dom",
            Self::Object => "Obj",
            Self::Paths => "Path",
            Self::Cycles => "Cycl",
            Self::Savings => "Save",
            Self::Threads => "Thr",
            Self::Diff => "Diff",
            Self::Suspects => "Susp",
        }
    }

    /// The digit that leads to it.
    pub const fn digit(self) -> usize {
        (self as usize + 1) % 10
    }

    /// The next one, the first after the last.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    #[must_use]
    pub fn previous(self) -> Self {
        Self::ALL[(self as usize + Self::ALL.len() - 1) % Self::ALL.len()]
    }
}
