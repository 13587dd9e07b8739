//! Who uses how many elements a container has.

use heapview_snapshot::{EdgeKind, NameKind, ObjectIx, Uses};
use rustc_hash::FxHashSet;

use super::names::Names;
use super::{Readers, name_of_code};
use crate::heap::Heap;

impl Readers {
    /// Code that gives back how many elements there are, where somebody uses what it gives.
    pub(super) fn measuring(&self, heap: &Heap, names: &Names) -> Option<ObjectIx> {
        const CALLED: Uses = Uses::LEN.with(Uses::CATCHES).with(Uses::REBIND);
        let giving = names.all.iter().filter_map(|(_, name)| self.giving_length.get(name)).flatten();
        let known: FxHashSet<ObjectIx> = self.rows(names).map(|(code, _)| code).collect();
        let is_used = |code: &&ObjectIx| {
            let name = name_of_code(heap, **code);
            let rows = |kind| self.by_name.get(&(kind, name.to_owned())).into_iter().flatten();
            let is_dunder = name.starts_with("__") && name.ends_with("__");
            is_dunder
                || rows(NameKind::Called).any(|(caller, _)| self.may_call(heap, *caller, name, **code))
                || rows(NameKind::Attribute).any(|(_, uses)| !uses.is_only(CALLED))
        };
        giving.into_iter().filter(|code| known.contains(code)).find(is_used).copied()
    }

    /// Whether `caller`, which calls something of this name, may call the code: under a global name of its own it may
    /// have another function.
    fn may_call(&self, heap: &Heap, caller: ObjectIx, name: &str, code: ObjectIx) -> bool {
        let globals = self.globals.get(&caller);
        let called = globals.and_then(|globals| heap.dict_value(*globals, name));
        let code_of = |function| heap.named_referent(function, EdgeKind::Slot, "__code__");
        called.and_then(code_of).is_none_or(|found| found == code)
    }
}
