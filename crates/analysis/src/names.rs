//! Names that a person starts from: globals of `__main__`, modules, builtins.

use heapview_snapshot::{ObjectIx, RootKind};

use crate::heap::Heap;
use crate::roots::HeapRootKind;

impl Heap {
    /// The module that `sys.modules` holds under `name`.
    pub fn module(&self, name: &str) -> Option<ObjectIx> {
        self.modules().get(name).copied()
    }

    /// The value of a global of `__main__`.
    pub fn main_global(&self, name: &str) -> Option<ObjectIx> {
        self.main_globals().get(name).copied()
    }

    /// The value of a builtin.
    pub fn builtin(&self, name: &str) -> Option<ObjectIx> {
        self.dict_value(self.attribute_dict(self.module("builtins")?)?, name)
    }

    pub(crate) fn modules_by_name(&self) -> impl Iterator<Item = (&str, ObjectIx)> {
        self.roots().iter().filter_map(|root| match root.kind {
            HeapRootKind::Named(RootKind::Module | RootKind::Builtin) => {
                Some((root.label.as_str(), root.object))
            }
            _ => None,
        })
    }
}
