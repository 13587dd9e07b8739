//! What code does with what it reads under a name: whether it asks for elements that must be there, or only adds some.

use rkyv::{Archive, Serialize};
use strum::FromRepr;

use crate::ids::{Address, StrIx};

/// Where a name is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, FromRepr)]
#[repr(u8)]
pub enum NameKind {
    /// Among the globals and builtins.
    Global = 0,
    /// On some object.
    Attribute = 1,
    /// Among the variables of the functions around.
    Closure = 2,
    /// Among any of these, and called: the uses are those of what that gave.
    Called = 3,
    /// The code's first argument, which it changes or gives to other code: its own instance, where it is a method. The
    /// name is the code's.
    First = 4,
    /// Among any of the first three, and asked for an element: the uses are those of the element.
    Element = 5,
    /// Among any of the first three, and measured: the code gives its length back, as it is or in a text.
    Given = 6,
    /// Another argument of the code's, which it changes. The name is the code's.
    Argument = 7,
    /// A module that the code imports.
    Import = 8,
    /// The code has handlers, or `with`: something of it runs also when it ends in the middle. The name is the code's.
    Handler = 9,
    /// A local variable that a loop sets, and called: the uses are those of what that gave. The name is the code's.
    LocalCalled = 10,
    /// Among any of the first three, and the code stores in it what is not made of the key alone: of another argument,
    /// or of an element or a global name that was something else before. Of the code's own name: what it returns is made
    /// of a global name that it changes.
    Unkeyed = 11,
    /// Among any of the first three, and called for what it does: nobody uses what that gave.
    Command = 12,
}

impl NameKind {
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::from_repr(code)
    }
}

/// What is done with a container, as a set.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Uses(u16);

impl Uses {
    /// `X[k]`: it must be there.
    pub const READ: Self = Self(1);
    /// `X[k] = value`.
    pub const STORE: Self = Self(1 << 1);
    /// `X.append(value)`, `X += more`.
    pub const ADD: Self = Self(1 << 2);
    /// `k in X`.
    pub const CONTAINS: Self = Self(1 << 3);
    /// `len(X)` that is shown or given back, `X is None`.
    pub const LEN: Self = Self(1 << 4);
    /// `for item in X`, `X.items()`, `sorted(X)`.
    pub const ITERATE: Self = Self(1 << 5);
    /// `X.get(k)`.
    pub const GET: Self = Self(1 << 6);
    /// `X.pop()`, `X.popleft()`, `del X[k]`: it must be there.
    pub const TAKE: Self = Self(1 << 7);
    /// `X.pop(k, None)`, `X.clear()`, `del X[:9]`.
    pub const DROP: Self = Self(1 << 8);
    /// Anything else: it is given to other code, returned, compared, kept.
    pub const ESCAPE: Self = Self(1 << 9);
    /// The code has a handler for `KeyError`, or one that takes it, too.
    pub const CATCHES: Self = Self(1 << 10);
    /// `X[k].append(value)`, `X[k] += 1`, `X.name = value`: its elements, or its attributes, are changed in place.
    pub const MUTATE: Self = Self(1 << 11);
    /// What changes a container.
    pub const CHANGING: Self = Self::ADD.with(Self::STORE).with(Self::TAKE).with(Self::DROP);
    /// What tells that an object was changed.
    pub const CHANGED: Self = Self::CHANGING.with(Self::MUTATE);
    /// `X.name`: an attribute that is no method of a container.
    pub const FIELD: Self = Self(1 << 12);
    /// `X.name()`: a method that is not one of a container's, and may change it.
    pub const METHOD: Self = Self(1 << 13);
    /// `X()`: of what calling it gives, that it was called without arguments.
    pub const BARE: Self = Self(1 << 14);
    /// `global X; X = value`, `o.x = value`: of a global name, or that of an attribute.
    pub const REBIND: Self = Self::BARE;
    /// `if X`, `len(X) > 9`: what happens rests on how many elements there are.
    pub const COUNT: Self = Self(1 << 15);

    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of `others` is among them.
    pub const fn has(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether there is nothing but some of `others`.
    pub const fn is_only(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    pub(crate) fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

/// What one code object does with what it reads under one name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeUse {
    pub code: Address,
    pub kind: NameKind,
    pub name: StrIx,
    pub uses: Uses,
}

/// One row for each name that a code object of the user's reads.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct UseTable {
    pub codes: Vec<u64>,
    pub kinds: Vec<u8>,
    pub names: Vec<u32>,
    pub uses: Vec<u16>,
}

impl UseTable {
    /// False if there is no memory for it.
    #[must_use]
    pub(crate) fn push(&mut self, row: CodeUse) -> bool {
        let has_room = self.codes.try_reserve(1).is_ok()
            && self.kinds.try_reserve(1).is_ok()
            && self.names.try_reserve(1).is_ok()
            && self.uses.try_reserve(1).is_ok();
        if has_room {
            self.codes.push(row.code.get());
            self.kinds.push(row.kind as u8);
            self.names.push(row.name.get());
            self.uses.push(row.uses.0);
        }
        has_room
    }
}
