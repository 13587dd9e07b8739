//! The query language: which objects, in one line. Shared by command line, browser and Python.
//!
//! Terms stand side by side and all must hold; `or`, `not` (or a leading `-`) and parentheses combine them:
//!
//! ```text
//! type:DataFrame retained>10MB module:myapp referrer:dict path:"CACHE[*]"
//! (type:dict or type:list) not reachable preview~"SELECT"
//! ```
//!
//! | term | holds for objects |
//! | --- | --- |
//! | `type:NAME`, or `NAME` alone | of that type: `module.qualname`, the qualname, or its last part |
//! | `module:NAME` | whose type comes from that module or one below it |
//! | `retained>10MB`, `shallow` | of that size in bytes; units are binary, `kB` and `KiB` both mean 1,024 |
//! | `len>100`, `refcount`, `referrers`, `referents` | with that many items, or references |
//! | `generation=2` | tracked by the collector in that generation |
//! | `@1a2b`, `0x7f..` | with that id or address |
//! | `referrer:TYPE`, `referent:TYPE` | that some object of that type holds; that hold one |
//! | `dominator:TYPE` | that go when some object of that type goes |
//! | `path:"CACHE[*].rows"` | whose best path is this |
//! | `preview:"text"`, `preview~"text"` | whose value is, or contains, this text |
//! | `site:"app.py:12"` | allocated there, if that was traced |
//! | `reachable`, `unreachable`, `root`, `tracked`, `immortal`, `synthetic` | of which that is so |
//!
//! `*` stands for any text, in a path's `[*]` for any one key. `~` instead of `:` means "contains".

mod ast;
mod error;
mod evaluate;
mod glob;
mod names;
mod parse;
mod scanner;
mod test;

pub use ast::{Comparison, Expr, Field, Flag, Number, Query, Term, Text};
pub use error::QueryError;
pub use evaluate::{Matches, evaluate};
