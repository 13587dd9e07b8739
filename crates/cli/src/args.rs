//! What was typed: commands and their arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// What keeps this memory alive, and what do I do to free it?
///
/// `heapview SNAP` opens the browser. Snapshots are written by `heapview.heapdump(path)` in Python, or by
/// `%heapdump path` in a notebook.
#[derive(Parser, Debug)]
#[command(name = "heapview", version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
#[command(
    after_help = "SELECTOR names objects: @1a2b (an id), 0x7f.. (an address), Out[5] or app.CACHE['k'] \
                        (a path), type:NAME (all of a type, largest first).\n\n\
                        A path is Python that gives the very object in the process, but for what stands in <...>: \
                        f.<cache>['k'] is in the cache of f, and <load() at app.py:9>.<local 'x'> is a variable of a \
                        running function. Every path that is printed is a SELECTOR; S[*].rows names all objects of a \
                        pattern.\n\n\
                        QUERY says which objects: type:DataFrame retained>10MB module:app referrer:dict \
                        path:\"CACHE[*]\" preview~\"SELECT\" unreachable. All terms must hold; `or`, `not` and \
                        parentheses combine them; * is any text, ~ means contains, units are binary."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Snapshot to browse
    pub snapshot: Option<PathBuf>,
    /// When to colour the output
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Draw the browser with ASCII only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Print rows whole, whatever the width of the terminal
    #[arg(long, global = true)]
    pub wide: bool,
    /// Neither read nor write the index that makes a snapshot open at once
    #[arg(long, global = true)]
    pub no_index: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Open the browser
    Browse(Browse),
    /// Show totals, roots, and the objects where memory sits
    Summary(Summary),
    /// List the largest objects
    Top(Top),
    /// Count objects and bytes by type, or by where they were allocated
    Histogram(Histogram),
    /// List the objects for which a query holds
    Query(Query),
    /// Group objects by the pattern of their paths: SESSIONS[*].history
    Patterns(Patterns),
    /// Show objects that keep each other alive
    Cycles(Cycles),
    /// Show equal texts that are objects of their own
    Duplicates(Savings),
    /// Show containers that take more memory than they need
    Waste(Savings),
    /// Show one object, what it holds and what holds it
    Object(Object),
    /// Show what keeps an object alive, best path first
    Paths(Paths),
    /// Show what to do so that an object goes, and how many bytes that gives
    Free(Free),
    /// Show what an object dominates: what would go with it
    Tree(Tree),
    /// Compare two snapshots by type
    Diff(Diff),
}

/// The snapshot to read.
#[derive(Args, Debug)]
pub(crate) struct Source {
    /// Snapshot file
    pub snapshot: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Summary {
    #[command(flatten)]
    pub source: Source,
    /// Objects to list
    #[arg(long, default_value_t = 10)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Top {
    #[command(flatten)]
    pub source: Source,
    /// What counts as large
    #[arg(long, value_enum, default_value_t = Size::Retained)]
    pub by: Size,
    /// Only objects for which this QUERY holds
    #[arg(long = "where", value_name = "QUERY")]
    pub query: Option<String>,
    /// Objects to list
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Size {
    /// Bytes freed if the object went
    Retained,
    /// Bytes of the object itself
    Shallow,
}

#[derive(Args, Debug)]
pub(crate) struct Histogram {
    #[command(flatten)]
    pub source: Source,
    /// What to count by
    #[arg(long, value_enum, default_value_t = Group::Type)]
    pub by: Group,
    /// Only objects for which this QUERY holds
    #[arg(long = "where", value_name = "QUERY")]
    pub query: Option<String>,
    /// Rows to list
    #[arg(long, default_value_t = 30)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Group {
    /// Type of the object
    Type,
    /// Module of the type
    Module,
    /// What holds the object on its best path
    Referrer,
    /// Line that allocated it, if `tracemalloc` was tracing
    Site,
}

#[derive(Args, Debug)]
pub(crate) struct Query {
    #[command(flatten)]
    pub source: Source,
    /// Query, such as 'type:dict retained>10MB'
    #[arg(value_name = "QUERY")]
    pub text: String,
    /// What comes first
    #[arg(long, value_enum, default_value_t = Sort::Retained)]
    pub sort: Sort,
    /// Objects to list
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sort {
    /// Bytes freed if the object went, most first
    Retained,
    /// Bytes of the object itself, most first
    Shallow,
    /// Lowest address first
    Address,
}

#[derive(Args, Debug)]
pub(crate) struct Patterns {
    #[command(flatten)]
    pub source: Source,
    /// Query, such as dict or 'type:dict retained>1MB'; without it, all objects
    pub query: Option<String>,
    /// Patterns to list
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Cycles {
    #[command(flatten)]
    pub source: Source,
    /// Only those that no root reaches: garbage that waits for the collector
    #[arg(long)]
    pub garbage: bool,
    /// Kinds of cycles to list
    #[arg(long, default_value_t = 10)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Savings {
    #[command(flatten)]
    pub source: Source,
    /// Rows to list
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Object {
    #[command(flatten)]
    pub source: Source,
    /// Object to show; of several the first
    pub selector: String,
    /// References to list in each direction
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// With --format dot: levels below the object
    #[arg(long, default_value_t = 1)]
    pub depth: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    Text,
    Json,
    /// A drawing of what keeps it and what it holds, for Graphviz: `| dot -Tsvg`
    Dot,
}

#[derive(Args, Debug)]
pub(crate) struct Paths {
    #[command(flatten)]
    pub source: Source,
    /// Object whose holders to show; of several the first
    pub selector: String,
    /// Paths to list
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Free {
    #[command(flatten)]
    pub source: Source,
    /// Object to free; of several the first
    pub selector: String,
    /// Free all objects that the selector names, together
    #[arg(long)]
    pub all: bool,
    /// Try this cut instead: a path whose last step is cut, such as Out[5]; may be given several times
    #[arg(long, value_name = "PATH")]
    pub cut: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Tree {
    #[command(flatten)]
    pub source: Source,
    /// Object to start from; without it, what no single object dominates
    pub selector: Option<String>,
    /// Levels to show
    #[arg(long, default_value_t = 3)]
    pub depth: usize,
    /// Objects to list on each level
    #[arg(long, default_value_t = 10)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// The earlier snapshot
    pub baseline: PathBuf,
    /// The later snapshot
    pub current: PathBuf,
    /// Types to list
    #[arg(long, default_value_t = 30)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Browse {
    #[command(flatten)]
    pub source: Source,
    /// An earlier snapshot to compare with
    #[arg(long, value_name = "BASELINE")]
    pub baseline: Option<PathBuf>,
}
