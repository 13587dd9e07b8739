//! Sizes of groups of objects: by type, by module, by holder, by path.

use heapview_snapshot::ObjectIx;

use crate::heap::Heap;
use crate::roots::object;

/// What belongs to one group.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct GroupSizes {
    pub n_objects: u64,
    /// Bytes of the objects themselves.
    pub shallow_size: u64,
    /// Bytes that go at least when all of the group goes: retained sizes of those that no other object of the
    /// group dominates.
    pub retained_size: u64,
}

/// Sizes of each of `n_groups` groups. O(objects).
pub(crate) fn group_sizes(
    heap: &Heap,
    n_groups: usize,
    group_of: impl Fn(ObjectIx) -> Option<u32>,
) -> Vec<GroupSizes> {
    let mut groups = vec![GroupSizes::default(); n_groups];
    for object in heap.objects() {
        let Some(group) = group_of(object) else { continue };
        let group = &mut groups[group as usize];
        group.n_objects += 1;
        group.shallow_size += heap.shallow_size(object);
        if !heap.is_reachable(object) {
            group.retained_size += heap.shallow_size(object);
        }
    }
    // Dominators come before what they dominate and each subtree is one run: a stack of runs tells whether an
    // object lies below one of its own group.
    let tree = heap.dominator_tree();
    let mut n_open = vec![0u32; n_groups];
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (position, node) in tree.preorder().enumerate() {
        while let Some((_, group)) = open.pop_if(|(end, _)| *end <= position) {
            n_open[group] -= 1;
        }
        let Some(group) = group_of(object(node)).map(|group| group as usize) else { continue };
        if n_open[group] == 0 {
            groups[group].retained_size += heap.retained_size(object(node));
        }
        n_open[group] += 1;
        open.push((position + tree.subtree(node).len(), group));
    }
    groups
}
