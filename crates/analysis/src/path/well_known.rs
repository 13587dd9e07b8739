//! Objects that Python has a name for wherever it runs: modules, `gc.garbage`, IPython's shell.

use heapview_snapshot::{EdgeKind, ObjectIx};

use super::words::name_of;
use crate::heap::Heap;
use crate::literal::is_identifier;
use crate::reference::Reference;

/// The module that the dotted `name` evaluates to, where names of `__main__` come before imported modules.
pub(super) fn module_by_name(heap: &Heap, name: &str) -> Option<ObjectIx> {
    let mut parts = name.split('.');
    let top = parts.next().filter(|top| is_identifier(top))?;
    let mut module = heap.module(top)?;
    if heap.main_global(top).is_some_and(|global| global != module) {
        return None;
    }
    for part in parts {
        let dict = heap.attribute_dict(module)?;
        let is_plain = is_identifier(part) && heap.instance_attribute_is_plain(module, part);
        module = heap.dict_value(dict, part).filter(|_| is_plain)?;
    }
    Some(module)
}

/// Whether `gc.garbage` evaluates to the list.
pub(super) fn is_gc_garbage(heap: &Heap, list: ObjectIx) -> bool {
    module_by_name(heap, "gc").is_some_and(|gc| {
        let dict = heap.attribute_dict(gc);
        dict.and_then(|dict| heap.dict_value(dict, "garbage")) == Some(list)
            && heap.instance_attribute_is_plain(gc, "garbage")
    })
}

/// IPython puts a bound method of the shell into the user's names; calling it gives the shell.
pub(super) fn is_get_ipython(heap: &Heap, name: &str, slot: &Reference) -> bool {
    name == "get_ipython"
        && slot.kind == EdgeKind::Slot
        && name_of(heap, slot) == "__self__"
        && heap.is_exactly(slot.from, "method")
        && heap
            .named_referent(slot.from, EdgeKind::Slot, "__func__")
            .and_then(|function| heap.snapshot().preview(function))
            .is_some_and(|preview| preview.text == "InteractiveShell.get_ipython")
}
