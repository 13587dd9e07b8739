//! A query as a tree. Its text parses to an equal tree.

use std::fmt;

use heapview_snapshot::{Address, ObjectIx};

/// Which objects are wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    pub expr: Expr,
}

/// Terms, combined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expr {
    Term(Term),
    Not(Box<Self>),
    /// All hold; at least two.
    All(Vec<Self>),
    /// One holds; at least two.
    Any(Vec<Self>),
}

/// One condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Term {
    Text(Field, Text),
    Number(Number, Comparison, u64),
    Flag(Flag),
    Id(ObjectIx),
    Address(Address),
}

/// A text that is compared, with `*` for any text, or that only has to be contained.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    pub text: String,
    /// Contained anywhere is enough; then `*` is no wildcard, except in a path.
    pub contains: bool,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As it is written in a query.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            pub(crate) fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }
        }
    };
}

words! {
    /// What a text is compared with.
    Field {
        Type = "type",
        Module = "module",
        /// The type of some object that holds it; an instance's `__dict__` counts as the instance too.
        Referrer = "referrer",
        /// The type of some object that it holds, directly or in its `__dict__`.
        Referent = "referent",
        /// The type of some object that dominates it, however far above.
        Dominator = "dominator",
        Path = "path",
        Preview = "preview",
        Site = "site",
    }
}

words! {
    /// What a number is compared with.
    Number {
        /// Bytes.
        Retained = "retained",
        /// Bytes.
        Shallow = "shallow",
        /// Items of a container, characters of a text.
        Len = "len",
        Refcount = "refcount",
        Referrers = "referrers",
        Referents = "referents",
        Generation = "generation",
    }
}

words! {
    /// What is so or not.
    Flag {
        Reachable = "reachable",
        Unreachable = "unreachable",
        Root = "root",
        Tracked = "tracked",
        Immortal = "immortal",
        Synthetic = "synthetic",
    }
}

words! {
    Comparison {
        Greater = ">",
        AtLeast = ">=",
        Less = "<",
        AtMost = "<=",
        Equal = "=",
        Unequal = "!=",
    }
}

impl Number {
    /// Whether the number is bytes and may have a unit.
    pub const fn is_size(self) -> bool {
        matches!(self, Self::Retained | Self::Shallow)
    }
}

impl Comparison {
    pub const fn holds(self, left: u64, right: u64) -> bool {
        match self {
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::Unequal => left != right,
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(term) => term.fmt(f),
            Self::Not(inner) => match &**inner {
                Self::All(_) | Self::Any(_) => write!(f, "not ({inner})"),
                _ => write!(f, "not {inner}"),
            },
            Self::All(parts) => {
                for (place, part) in parts.iter().enumerate() {
                    let space = if place == 0 { "" } else { " " };
                    match part {
                        Self::All(_) | Self::Any(_) => write!(f, "{space}({part})")?,
                        _ => write!(f, "{space}{part}")?,
                    }
                }
                Ok(())
            }
            Self::Any(parts) => {
                for (place, part) in parts.iter().enumerate() {
                    let or = if place == 0 { "" } else { " or " };
                    match part {
                        Self::Any(_) => write!(f, "{or}({part})")?,
                        _ => write!(f, "{or}{part}")?,
                    }
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(field, text) => {
                let operator = if text.contains { '~' } else { ':' };
                write!(f, "{}{operator}", field.word())?;
                write_text(f, &text.text)
            }
            Self::Number(number, comparison, value) => {
                write!(f, "{}{}", number.word(), comparison.word())?;
                if number.is_size() { write_size(f, *value) } else { write!(f, "{value}") }
            }
            Self::Flag(flag) => f.write_str(flag.word()),
            Self::Id(id) => id.fmt(f),
            Self::Address(address) => address.fmt(f),
        }
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let is_plain = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'*'));
    if is_plain {
        return f.write_str(text);
    }
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn write_size(f: &mut fmt::Formatter<'_>, bytes: u64) -> fmt::Result {
    let mut value = bytes;
    for unit in ["", "KiB", "MiB", "GiB", "TiB"] {
        if value == 0 || !value.is_multiple_of(1024) || unit == "TiB" {
            return write!(f, "{value}{unit}");
        }
        value /= 1024;
    }
    Ok(())
}
