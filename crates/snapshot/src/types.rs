//! The types of the snapshot's objects.

use rkyv::{Archive, Serialize};

use crate::ids::{Address, StrIx};

/// Facts about a type that are either so or not.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TypeFlags(u32);

impl TypeFlags {
    /// Made at run time, by a class statement or by an extension; its instances hold it.
    pub const HEAP_TYPE: Self = Self(1);
    /// Its instances can be tracked by the collector.
    pub const GC: Self = Self(1 << 1);
    pub const LIST_SUBCLASS: Self = Self(1 << 2);
    pub const TUPLE_SUBCLASS: Self = Self(1 << 3);
    pub const DICT_SUBCLASS: Self = Self(1 << 4);
    /// A metaclass: its instances are types.
    pub const TYPE_SUBCLASS: Self = Self(1 << 5);
    /// Not a Python type: buffers and interpreter frames.
    pub const SYNTHETIC: Self = Self(1 << 6);

    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub const fn bits(self) -> u32 {
        self.0
    }

    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One type of the snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeRow {
    /// `module.qualname`, without the module for builtins: the name shown to people.
    pub name: String,
    pub module: String,
    pub qualname: String,
    /// Address of the type object; 0 for synthetic types.
    pub address: Address,
    /// Bytes of an instance without variable part.
    pub basic_size: u64,
    /// Bytes of each element of the variable part.
    pub item_size: u64,
    pub flags: TypeFlags,
}

impl TypeRow {
    /// A row that names itself: `module.qualname`, or `qualname` for builtins.
    pub fn named(module: &str, qualname: &str, address: Address) -> Self {
        let name = match module {
            "" | "builtins" => qualname.to_owned(),
            _ => format!("{module}.{qualname}"),
        };
        Self {
            name,
            module: module.to_owned(),
            qualname: qualname.to_owned(),
            address,
            basic_size: 0,
            item_size: 0,
            flags: TypeFlags::default(),
        }
    }
}

/// The type table, column by column.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct TypeTable {
    pub modules: Vec<u32>,
    pub qualnames: Vec<u32>,
    pub addresses: Vec<u64>,
    pub basic_sizes: Vec<u64>,
    pub item_sizes: Vec<u64>,
    pub flags: Vec<u32>,
}

impl TypeTable {
    pub(crate) fn has_room(&mut self) -> bool {
        [&mut self.addresses, &mut self.basic_sizes, &mut self.item_sizes]
            .into_iter()
            .all(|column| column.try_reserve(1).is_ok())
    }

    pub(crate) fn push(&mut self, row: &TypeRow, module: StrIx, qualname: StrIx) {
        self.modules.push(module.get());
        self.qualnames.push(qualname.get());
        self.addresses.push(row.address.get());
        self.basic_sizes.push(row.basic_size);
        self.item_sizes.push(row.item_size);
        self.flags.push(row.flags.bits());
    }
}
