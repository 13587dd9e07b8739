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

/// Sizes of each of `n_groups` groups. O(objects), on two threads.
pub(crate) fn group_sizes(
    heap: &Heap,
    n_groups: usize,
    group_of: impl Fn(ObjectIx) -> Option<u32> + Sync,
) -> Vec<GroupSizes> {
    let (mut groups, retained) = rayon::join(
        || {
            let mut groups = vec![GroupSizes::default(); n_groups];
            for (object, shallow_size) in heap.objects().zip(heap.snapshot().shallow_sizes()) {
                let Some(group) = group_of(object) else { continue };
                let group = &mut groups[group as usize];
                group.n_objects += 1;
                group.shallow_size = group.shallow_size.saturating_add(shallow_size);
            }
            groups
        },
        || retained_sizes(heap, n_groups, &group_of),
    );
    for (group, retained) in groups.iter_mut().zip(retained) {
        group.retained_size = group.retained_size.saturating_add(retained);
    }
    if heap.dominator_tree().n_reachable() < heap.n_objects() {
        heap.garbage().add_retained(&group_of, |group, size| groups[group as usize].retained_size += size);
    }
    groups
}

/// Of each group, the retained sizes of those that no other object of the group dominates.
fn retained_sizes(heap: &Heap, n_groups: usize, group_of: impl Fn(ObjectIx) -> Option<u32>) -> Vec<u64> {
    let mut sizes = vec![0; n_groups];
    // Dominators come before what they dominate and each subtree is one run: a stack of runs tells whether an
    // object lies below one of its own group.
    let mut n_open = vec![0u32; n_groups];
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (position, (node, n_below)) in heap.dominator_tree().subtrees().enumerate() {
        heap.check_in(position);
        while let Some((_, group)) = open.pop_if(|(end, _)| *end <= position) {
            n_open[group] -= 1;
        }
        let Some(group) = group_of(object(node)).map(|group| group as usize) else { continue };
        if n_open[group] == 0 {
            sizes[group] = u64::saturating_add(sizes[group], heap.retained_size(object(node)));
        }
        // Nothing lies below a leaf.
        if n_below > 1 {
            n_open[group] += 1;
            open.push((position + n_below, group));
        }
    }
    sizes
}
