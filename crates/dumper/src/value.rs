//! Values on the stack of code that is read and not run, as far as they are known.

use heapview_snapshot::NameKind;

/// Values that one instruction moves; code that says more was not made by a compiler.
pub(crate) const MAX_MOVED: usize = 1 << 12;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    Named(NameKind),
    /// What was called under a name, and gave this.
    Called(NameKind),
    /// An element of what was read under a name.
    Element(NameKind),
    Local,
    /// What was called as a local variable, and gave this.
    CalledLocal,
}

/// A name by its number in the code object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    pub kind: Kind,
    pub number: usize,
}

/// What is known of a value on the stack.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    Other,
    /// It stands in the code.
    Constant,
    /// It was read under a name.
    Of(Key),
    /// A method of what was read under a name, about to be called.
    Method(Key, usize),
    /// What was read under an attribute's name, about to be called.
    Callee(Key),
    /// What `X[k]` gave.
    Element(Key),
    /// What `X.get(k)` gave: it may be `None`.
    Gotten(Key),
    /// What `len(X)` gave.
    Length(Key),
    /// A text with what `len(X)` gave.
    LengthText(Key),
    /// What a loop gives.
    Item,
    Slice,
}

/// What calling something that was read under a name gave.
pub(crate) fn called(of: Key) -> Value {
    match of.kind {
        Kind::Named(kind) => Value::Of(Key { kind: Kind::Called(kind), ..of }),
        Kind::Local => Value::Of(Key { kind: Kind::CalledLocal, ..of }),
        Kind::Called(_) | Kind::Element(_) | Kind::CalledLocal => Value::Other,
    }
}
