//! What the user's code reads through weak references: it counts on whatever else keeps that.

use heapview_snapshot::{EdgeKind, ObjectIx, Origin, TypeIx};
use rustc_hash::{FxHashMap, FxHashSet};

use super::ownership::{Container, Ownership};
use crate::heap::Heap;
use crate::readers::WeakContainer;
use crate::roots::{node, object};

/// Dominators that are climbed from one weak reference.
const MAX_CLIMBED: usize = 256;
/// Holders of one weak reference that are looked at.
const MAX_HOLDERS: usize = 16;

/// What a weak reference is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weak {
    /// It is called for its referent.
    Reference,
    /// It is called for a method of its referent: a callback, whoever calls it.
    Method,
    /// It stands for its referent.
    Proxy,
}

/// A weak reference that lives, and what it leads to, which lives, too, and may go.
pub(super) struct WeakReference {
    pub reference: ObjectIx,
    pub referent: ObjectIx,
    kind: Weak,
}

/// All of them. O(objects).
pub(super) fn weak_references(heap: &Heap) -> Vec<WeakReference> {
    let mut kinds: FxHashMap<TypeIx, Option<Weak>> = FxHashMap::default();
    let mut found = Vec::new();
    for reference in heap.objects() {
        let of_type = heap.snapshot().type_ix(reference);
        let Some(kind) = *kinds.entry(of_type).or_insert_with(|| kind(heap, reference)) else { continue };
        let Some(referent) = heap.named_referent(reference, EdgeKind::Weak, "referent") else { continue };
        let is_alive = heap.is_reachable(reference) && heap.is_reachable(referent);
        if is_alive && !heap.is_type(referent) && !heap.is_exactly(referent, "module") {
            found.push(WeakReference { reference, referent, kind });
        }
    }
    found
}

/// What code reads through weak references, and what goes only together with one of these objects: cut above, a reader
/// would find nothing. Above both the object and the weak reference to it nobody is left who reads.
/// O(weak references).
pub(super) fn counted_on(
    heap: &Heap,
    ownership: &Ownership<'_>,
    weak: &[WeakReference],
) -> FxHashSet<ObjectIx> {
    let mut readers: FxHashMap<ObjectIx, bool> = FxHashMap::default();
    let mut counted_on = FxHashSet::default();
    for one in weak {
        let is_read = match one.kind {
            Weak::Method => true,
            Weak::Proxy => ownership.container_is_users(one.reference),
            Weak::Reference => {
                is_read(heap, ownership, one.reference, &mut readers)
                    || ((is_found_by_key(heap, ownership, one.reference) || is_librarys(heap, one))
                        && ownership.has_state(one.referent))
            }
        };
        if is_read {
            add_below_both(heap, one.reference, one.referent, &mut counted_on);
        }
    }
    counted_on
}

fn kind(heap: &Heap, reference: ObjectIx) -> Option<Weak> {
    match heap.type_name(reference) {
        "weakref.WeakMethod" => Some(Weak::Method),
        "weakref.ReferenceType" | "weakref.KeyedRef" | "weakref" => Some(Weak::Reference),
        "weakref.ProxyType" | "weakref.CallableProxyType" | "weakproxy" | "weakcallableproxy" => {
            Some(Weak::Proxy)
        }
        _ => None,
    }
}

/// Whether code of the user's reads what the weak reference leads to, and counts on finding something.
fn is_read(
    heap: &Heap,
    ownership: &Ownership<'_>,
    reference: ObjectIx,
    readers: &mut FxHashMap<ObjectIx, bool>,
) -> bool {
    let of = |asked: ObjectIx| match weak_container(heap, asked) {
        Some((container, kind)) => {
            ownership.container_is_users(container) && ownership.counts_on_weak(container, kind)
        }
        None => ownership.container_is_users(asked) && ownership.counts_on_referent(asked),
    };
    let holders = heap.graph().incoming(node(reference)).take(MAX_HOLDERS).map(object);
    let containers: Vec<ObjectIx> = holders
        .filter(|holder| {
            ownership.container(*holder).is_some() && heap.owner_of_dict(*holder).is_none()
                || heap.is_exactly(*holder, "tuple")
        })
        .filter(|holder| ownership.namespace(*holder).is_none())
        .collect();
    if containers.is_empty() {
        return of(reference);
    }
    containers.into_iter().any(|container| *readers.entry(container).or_insert_with(|| of(container)))
}

/// Whether a library's object has the weak reference, to give what it leads to back some day: an identity map.
fn is_librarys(heap: &Heap, one: &WeakReference) -> bool {
    heap.graph().incoming(node(one.reference)).take(MAX_HOLDERS).map(object).any(|holder| {
        let owner = heap.owner_of_dict(holder).unwrap_or(holder);
        heap.namespaces().origin(&heap.snapshot().type_of(owner).module) == Origin::Installed
    })
}

/// Whether the weak reference is a value of a dict of the user's, weak or not: who asks for it and makes what is gone
/// makes another.
fn is_found_by_key(heap: &Heap, ownership: &Ownership<'_>, reference: ObjectIx) -> bool {
    let dicts = heap.graph().incoming(node(reference)).take(MAX_HOLDERS).map(object);
    dicts.filter(|dict| ownership.container(*dict) == Some(Container::Dict)).any(|dict| {
        let is_value =
            heap.costed_references_to(dict, reference).any(|(one, _)| one.kind == EdgeKind::DictValue);
        let container = weak_container(heap, dict).map_or(dict, |(container, _)| container);
        is_value
            && heap.owner_of_dict(dict).is_none()
            && ownership.container_is_users(container)
            && ownership.asks_by_key(container)
    })
}

/// The weak container whose table it is.
fn weak_container(heap: &Heap, table: ObjectIx) -> Option<(ObjectIx, WeakContainer)> {
    let holders = heap.graph().incoming(node(table)).take(MAX_HOLDERS).map(object);
    let owners = holders.map(|holder| heap.owner_of_dict(holder).unwrap_or(holder));
    owners.into_iter().find_map(|owner| {
        let defines = |name| {
            let found = heap.class_attribute(owner, name).flatten()?;
            let module = heap.attribute_dict(found.class)?;
            let module = heap.exact_text(heap.dict_value(module, "__module__")?)?;
            matches!(module, "weakref" | "_weakrefset").then_some(())
        };
        let kind = [
            ("valuerefs", WeakContainer::Values),
            ("keyrefs", WeakContainer::Members),
            ("issuperset", WeakContainer::Members),
        ]
        .into_iter()
        .find_map(|(name, kind)| defines(name).map(|()| kind))?;
        Some((owner, kind))
    })
}

/// Adds `referent` and its dominators up to the first that `reference` goes with.
fn add_below_both(
    heap: &Heap,
    reference: ObjectIx,
    referent: ObjectIx,
    counted_on: &mut FxHashSet<ObjectIx>,
) {
    let climb =
        |from| std::iter::successors(Some(from), |at: &ObjectIx| heap.dominator(*at)).take(MAX_CLIMBED);
    let above_reference: FxHashSet<ObjectIx> = climb(reference).collect();
    counted_on.extend(climb(referent).take_while(|at| !above_reference.contains(at)));
}
