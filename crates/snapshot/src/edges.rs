//! References between objects: what kind each is, and what its label means.

use std::mem::offset_of;
use std::ops::Range;
use strum::{FromRepr, VariantArray};

use rkyv::{Archive, Serialize};

use crate::archive::{Bytes, Root, Span};
use crate::columns::{AddressColumn, LabelColumn};
use crate::ids::{Address, StrIx};
use crate::spans::{AddressSpans, LabelSpans};

/// How one object holds another; decides what [`Edge::label`] means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, VariantArray, FromRepr)]
#[repr(u8)]
pub enum EdgeKind {
    /// An attribute stored inside the instance (inline values, CPython 3.11+). Label: its name.
    Attribute = 0,
    /// Read through a descriptor of the type: `fn.__code__`, `cell.cell_contents`, `__slots__`. Label: its name.
    Slot = 1,
    /// An element of a list or tuple. Label: its index; `u32::MAX` when the index does not fit.
    Item = 2,
    /// A key of a dict. No label.
    DictKey = 3,
    /// A value of a dict; its key is the reference right before it, always a [`EdgeKind::DictKey`].
    /// Label: [`Edge::PRIVATE_KEY`] when the key is a string that begins with an underscore, else 0.
    DictValue = 4,
    /// A member of a set or frozenset. No label.
    SetMember = 5,
    /// The `__dict__` of an instance, module, function or type. No label.
    InstanceDict = 6,
    /// `type(obj)`, written for types on the heap only. No label.
    Type = 7,
    /// A local variable of a frame. Label: its name.
    Local = 8,
    /// A temporary on a frame's value stack. Label: its position.
    Stack = 9,
    /// A named field that no Python expression reads. Label: its name.
    Internal = 10,
    /// Reported by `tp_traverse` and not named. Label: offset in the object in words, `u32::MAX` if unknown.
    Unnamed = 11,
    /// Memory outside the object that belongs to it, such as a numpy array's data. No label.
    Buffer = 12,
    /// A weak or borrowed reference: keeps nothing alive and counts for nothing. Label: its name.
    Weak = 13,
}

impl EdgeKind {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The kind written as `code`, or `None` for a code this version does not know.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::from_repr(code)
    }

    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Whether the reference keeps its referent alive.
    pub const fn is_strong(self) -> bool {
        !matches!(self, Self::Weak)
    }

    /// Whether [`Edge::label`] is a position in the string table.
    pub const fn label_is_string(self) -> bool {
        matches!(self, Self::Attribute | Self::Slot | Self::Local | Self::Internal | Self::Weak)
    }
}

/// One reference of one object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    pub kind: EdgeKind,
    /// See [`EdgeKind`] for its meaning.
    pub label: u32,
    pub target: Address,
}

impl Edge {
    /// [`EdgeKind::DictValue`] label: the key is a string that begins with an underscore.
    pub const PRIVATE_KEY: u32 = 1;

    /// The label as a position in the string table, for the kinds that have such a label.
    pub fn label_ix(&self) -> Option<StrIx> {
        self.kind.label_is_string().then_some(StrIx::new(self.label))
    }
}

/// References of one edge chunk, column by column.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct EdgeChunk {
    pub targets: AddressColumn,
    pub kinds: Vec<u8>,
    pub labels: LabelColumn,
}

impl EdgeChunk {
    /// Rows in every chunk but the last.
    pub(crate) const ROWS: usize = 1 << 17;

    pub(crate) fn len(&self) -> usize {
        self.targets.len()
    }

    pub(crate) fn push(&mut self, edge: Edge) {
        self.targets.push(edge.target.get());
        self.kinds.push(edge.kind.code());
        self.labels.push(edge.label);
    }

    pub(crate) fn clear(&mut self) {
        self.targets.clear();
        self.kinds.clear();
        self.labels.clear();
    }
}

/// Where the columns of one edge chunk lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EdgeSpans {
    pub targets: AddressSpans,
    pub kinds: Span<u8>,
    pub labels: LabelSpans,
}

impl EdgeSpans {
    /// Bytes at the end of an archive that [`EdgeSpans::new`] takes.
    pub(crate) const ROOT: usize = size_of::<ArchivedEdgeChunk>();

    /// The columns of an archive of `len` bytes that ends with `bytes`; `None` if they do not lie in it.
    pub(crate) fn new(bytes: &[u8], len: usize) -> Option<Self> {
        let root = Root::new::<ArchivedEdgeChunk>(bytes, len)?;
        Some(Self {
            targets: root.addresses(offset_of!(ArchivedEdgeChunk, targets))?,
            kinds: root.span(offset_of!(ArchivedEdgeChunk, kinds))?,
            labels: root.labels(offset_of!(ArchivedEdgeChunk, labels))?,
        })
    }

    /// Rows of each column.
    pub(crate) fn lengths(&self) -> [usize; 3] {
        [self.targets.len(), self.kinds.len(), self.labels.len()]
    }

    /// The references in `rows`. Finds out once where they are: best for some hundred.
    pub(crate) fn edges<'a>(&self, bytes: impl Bytes<'a>, rows: Range<usize>) -> impl Iterator<Item = Edge> {
        let spans = *self;
        let kinds = spans.kinds.raw(bytes, rows.clone());
        let (labels, places) =
            (spans.labels.raw(bytes, rows.clone()), spans.targets.raw(bytes, rows.clone()));
        kinds.iter().enumerate().map(move |(nth, code)| Edge {
            kind: EdgeKind::from_code(*code).unwrap_or(EdgeKind::Unnamed),
            label: spans.labels.of_raw(bytes, rows.start + nth, labels, nth),
            target: Address::new(spans.targets.of_raw(bytes, rows.start + nth, places, nth)),
        })
    }

    /// The reference in `row`; one to nowhere if there is no such row.
    pub(crate) fn edge<'a>(&self, bytes: impl Bytes<'a>, row: usize) -> Edge {
        Edge {
            kind: EdgeKind::from_code(self.kinds.at(bytes, row)).unwrap_or(EdgeKind::Unnamed),
            label: self.labels.get(bytes, row),
            target: Address::new(self.targets.get(bytes, row)),
        }
    }
}
