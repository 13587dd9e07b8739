//! The names under which an object is known to code.

use heapview_snapshot::{EdgeKind, NameKind, ObjectIx};
use rustc_hash::FxHashSet;

use super::{PLAIN, Readers};
use crate::closures::free_variable;
use crate::heap::Heap;
use crate::mentions::inner_code;
use crate::reference::{Label, Reference};
use crate::roots::{node, object};

/// Under what a container is known to code.
#[derive(Default)]
pub(super) struct Names {
    pub all: FxHashSet<(NameKind, String)>,
    /// The code of the functions that share it as a closure variable.
    pub sharing: FxHashSet<ObjectIx>,
    /// The namespaces in which it has a global name.
    pub namespaces: FxHashSet<ObjectIx>,
    /// It belongs to a class or to a module that was imported: who never fills it has it for others to look at.
    pub is_declared: bool,
    /// Containers of which it is an element.
    pub outer: FxHashSet<ObjectIx>,
}

impl Readers {
    /// The names under which code finds the container; `None` if it may come to it in other ways.
    pub(super) fn names(&self, heap: &Heap, container: ObjectIx) -> Option<Names> {
        let mut names = Names::default();
        let mut holders: Vec<ObjectIx> = heap.graph().incoming(node(container)).map(object).collect();
        holders.sort_unstable();
        holders.dedup();
        for holder in holders {
            for (reference, _) in heap.costed_references_to(holder, container) {
                self.add_names(heap, &reference, &mut names)?;
            }
        }
        Some(names)
    }

    fn add_names(&self, heap: &Heap, reference: &Reference, names: &mut Names) -> Option<()> {
        let holder = reference.from;
        if self.session.contains(&holder) {
            return Some(());
        }
        if heap.is_exactly(holder, "cell") {
            return Self::add_closure_names(heap, holder, names);
        }
        match (reference.kind, reference.label) {
            (EdgeKind::DictValue, Label::Key(key)) => {
                let owner = || heap.owner_of_dict(holder);
                if heap.namespaces().of_dict(holder).is_none() && owner().is_none() {
                    names.outer.insert(holder);
                    return Some(());
                }
                let name = heap.exact_text(key)?.to_owned();
                if let Some((module, _)) = heap.namespaces().of_dict(holder) {
                    names.is_declared |= module != "__main__";
                    names.namespaces.insert(holder);
                    names.all.insert((NameKind::Global, name.clone()));
                } else {
                    names.is_declared |= heap.is_type(heap.owner_of_dict(holder)?);
                }
                names.all.insert((NameKind::Attribute, name));
            }
            (EdgeKind::Attribute | EdgeKind::Slot, Label::Name(name))
                if heap.is_instance_of_python_class(holder) =>
            {
                names.all.insert((NameKind::Attribute, heap.snapshot().string(name).to_owned()));
            }
            (EdgeKind::DictValue | EdgeKind::Item, _) if is_container(heap, holder) => {
                names.outer.insert(holder);
            }
            _ => return None,
        }
        Some(())
    }

    /// The closure variable that the cell is, in all functions that have it.
    fn add_closure_names(heap: &Heap, cell: ObjectIx, names: &mut Names) -> Option<()> {
        for closure in heap.graph().incoming(node(cell)).map(object) {
            for (reference, _) in heap.costed_references_to(closure, cell) {
                names.all.insert((NameKind::Closure, free_variable(heap, &reference)?.to_owned()));
            }
            for function in heap.graph().incoming(node(closure)).map(object) {
                let code = heap.named_referent(function, EdgeKind::Slot, "__code__")?;
                let mut pending = vec![code];
                while let Some(code) = pending.pop() {
                    if names.sharing.insert(code) {
                        pending.extend(inner_code(heap, code));
                    }
                }
            }
        }
        Some(())
    }
}

/// Whether elements of it are read as those of a builtin container.
fn is_container(heap: &Heap, holder: ObjectIx) -> bool {
    PLAIN.contains(&heap.type_name(holder)) && heap.namespaces().of_dict(holder).is_none()
}
