//! Slow work that `update` asks for, and what comes back.

use std::ops::Range;
use std::sync::Arc;

use heapview_analysis::histogram::{GroupBy, Histogram};
use heapview_analysis::object::ObjectReport;
use heapview_analysis::paths::{RootPath, RootPaths};
use heapview_analysis::summary::Summary;
use heapview_analysis::{Heap, PathExpr, Reference};
use heapview_snapshot::{ObjectIx, TypeIx};

use crate::export::Export;
use crate::findings::{About, Findings};
use crate::found::Found;
use crate::icicle::Block;
use crate::refusal::Refusal;
use crate::table::Sort;
use crate::ticket::Ticket;
use crate::tree::{Item, Occurrence};

/// What `update` wants done.
pub enum Command {
    Ask {
        ticket: Ticket,
        heap: Arc<Heap>,
        question: Question,
    },
    /// Write a table to a file.
    Write {
        ticket: Ticket,
        heap: Arc<Heap>,
        export: Export,
    },
    /// Nobody waits for this answer any more.
    Cancel(Ticket),
    /// Hand a text to the clipboard of the terminal.
    Copy(String),
    Quit,
}

/// Rows of a long table. Equal to themselves only.
#[derive(Clone, Debug)]
pub enum Sortable {
    Objects(Arc<Found>),
    Histogram(Arc<Histogram>),
}

impl PartialEq for Sortable {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Objects(one), Self::Objects(other)) => Arc::ptr_eq(one, other),
            (Self::Histogram(one), Self::Histogram(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// A question to the engine. Of each kind only the newest matters.
#[derive(Clone, PartialEq, Debug)]
pub enum Question {
    Summary,
    Histogram(GroupBy),
    Object(ObjectIx),
    Referrers(ObjectIx, Range<usize>),
    Referents(ObjectIx, Range<usize>),
    /// The objects that an object immediately dominates; `None`: those that nothing dominates.
    Dominated(Option<ObjectIx>, Range<usize>),
    DominatorChain(ObjectIx),
    BestPath(ObjectIx),
    Paths(ObjectIx),
    /// What to cut so that an object goes.
    Free(ObjectIx),
    OfType(TypeIx),
    OfGroup(GroupBy, String),
    /// The objects that a selector names, or for which a query holds.
    Find(String),
    /// How many objects match what is typed so far.
    Count(String),
    Findings(About),
    /// In which order rows are to be shown.
    Order(Sortable, Sort),
}

/// A line of work: a newer question replaces one that waits in the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LaneKind {
    Summary,
    Histogram,
    Object,
    Referrers,
    Referents,
    Dominated,
    DominatorChain,
    BestPath,
    Paths,
    Free,
    OfType,
    OfGroup,
    Find,
    Count,
    Suspects,
    Cycles,
    Savings,
    Threads,
    Diff,
    Order,
}

impl Question {
    pub const fn lane(&self) -> LaneKind {
        match self {
            Self::Summary => LaneKind::Summary,
            Self::Histogram(_) => LaneKind::Histogram,
            Self::Object(_) => LaneKind::Object,
            Self::Referrers(..) => LaneKind::Referrers,
            Self::Referents(..) => LaneKind::Referents,
            Self::Dominated(..) => LaneKind::Dominated,
            Self::DominatorChain(_) => LaneKind::DominatorChain,
            Self::BestPath(_) => LaneKind::BestPath,
            Self::Paths(_) => LaneKind::Paths,
            Self::Free(_) => LaneKind::Free,
            Self::OfType(_) => LaneKind::OfType,
            Self::OfGroup(..) => LaneKind::OfGroup,
            Self::Find(_) => LaneKind::Find,
            Self::Count(_) => LaneKind::Count,
            Self::Findings(About::Suspects) => LaneKind::Suspects,
            Self::Findings(About::Cycles) => LaneKind::Cycles,
            Self::Findings(About::Savings) => LaneKind::Savings,
            Self::Findings(About::Threads) => LaneKind::Threads,
            Self::Findings(About::Diff(_)) => LaneKind::Diff,
            Self::Order(..) => LaneKind::Order,
        }
    }
}

/// What the engine says.
#[derive(Clone)]
pub enum Answer {
    Summary(Arc<Overview>),
    Histogram(Arc<Histogram>),
    Object(Arc<ObjectFacts>),
    References {
        rows: Vec<Reference>,
        total: usize,
    },
    Dominated {
        rows: Vec<Item<Dominated>>,
        total: usize,
    },
    DominatorChain(DominatorChain),
    BestPath(Arc<BestPath>),
    Paths(Arc<PathRows>),
    Free(Arc<FreeWords>),
    /// Objects, or why there are none.
    Found(Result<Arc<Found>, Refusal>),
    /// `None` if counting was not worth the work.
    Count(Option<u64>),
    Findings(Arc<Findings>),
    /// Positions of rows.
    Order(Vec<usize>),
}

/// What the overview tells.
pub struct Overview {
    pub summary: Summary,
    /// Where each of the summary's biggest objects is.
    pub paths: Vec<BestPath>,
    /// The biggest objects, and what they keep alive.
    pub blocks: Vec<Block>,
}

/// The best path to an object.
pub struct BestPath {
    /// `None` if the object is unreachable.
    pub path: Option<PathExpr>,
    /// The path in words. It may be millions of characters long: it is written once.
    pub text: String,
}

/// Paths to one object, and the text of each with its aliases.
pub struct PathRows {
    pub found: RootPaths,
    pub texts: Vec<(String, String)>,
}

impl PathRows {
    pub fn new(found: RootPaths) -> Self {
        let aliases =
            |path: &RootPath| path.aliases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let texts = found.paths.iter().map(|path| (path.path.to_string(), aliases(path))).collect();
        Self { found, texts }
    }
}

/// How to free an object, in words.
pub struct FreeWords {
    /// Lines of Python to paste; none if nothing can be freed by code.
    pub code: Vec<String>,
    /// What is left to do where there is no code for it.
    pub advice: Vec<String>,
    /// What comes of it.
    pub outcome: Vec<String>,
    /// There is something to do: a line, or words that are not about what a library keeps for itself.
    pub leads_on: bool,
}

/// What the object screen tells about its object.
pub struct ObjectFacts {
    pub report: ObjectReport,
    pub path: BestPath,
}

/// An object in the dominator tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dominated {
    pub object: ObjectIx,
    /// How its immediate dominator holds it, if it does so without others in between.
    pub reference: Option<Reference>,
    /// Where it is, in words, if it is not held so: its name says little then.
    pub path: Option<Arc<str>>,
}

impl Occurrence for Dominated {
    fn object(&self) -> ObjectIx {
        self.object
    }
}

/// Where an object hangs in the dominator tree.
#[derive(Clone)]
pub struct DominatorChain {
    /// Outermost first, the object itself last.
    pub links: Vec<Item<Dominated>>,
    /// Dominators left out above the first link.
    pub n_above: usize,
    /// Rows beside the first link.
    pub n_top: usize,
}
