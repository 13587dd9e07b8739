//! Objects that are known by their `id()`.

use heapview_snapshot::{Address, EdgeKind, ObjectIx};

use super::Readers;
use crate::heap::Heap;
use crate::roots::{node, object};

impl Readers {
    /// The objects whose addresses are keys of dicts or members of sets. O(objects), once.
    pub(crate) fn numbered(&self, heap: &Heap) -> &[ObjectIx] {
        self.numbered.get_or_init(|| numbered(heap).collect())
    }
}

fn numbered(heap: &Heap) -> impl Iterator<Item = ObjectIx> + '_ {
    const LEAST: u64 = 1 << 16;
    const MAX_HOLDERS: usize = 8;
    let is_key = |number: ObjectIx| {
        heap.graph().incoming(node(number)).take(MAX_HOLDERS).map(object).any(|holder| {
            heap.costed_references_to(holder, number)
                .any(|(reference, _)| matches!(reference.kind, EdgeKind::DictKey | EdgeKind::SetMember))
        })
    };
    heap.objects().filter(|number| heap.is_exactly(*number, "int")).filter_map(move |number| {
        let value: u64 = heap.snapshot().preview(number)?.text.parse().ok()?;
        let known = heap.snapshot().find(Address::new(value)).filter(|_| value > LEAST)?;
        is_key(number).then_some(known)
    })
}
