//! The tree of path patterns: every reachable object belongs to one node.

use std::collections::VecDeque;

use heapview_graph::NodeIx;
use heapview_snapshot::{EdgeKind, ObjectIx, TypeIx};
use rustc_hash::FxHashMap;

use super::step::{Keys, Step, has_class, opened};
use crate::heap::Heap;
use crate::reference::Reference;
use crate::roots::{HeapRoot, HeapRootKind, HeapThread, node, object};

const NONE: u32 = u32::MAX;
/// Steps of a pattern; what lies deeper is one node for each type.
const MAX_DEPTH: u32 = 48;
/// Steps that may repeat as a whole, such as `['next'][0]`, and how often before they are one.
const MAX_PERIOD_LEN: usize = 4;

/// One pattern, for objects of one type.
#[derive(Clone, Debug)]
pub(super) struct PatternNode {
    /// [`NONE`] for roots.
    pub parent: u32,
    pub depth: u32,
    pub type_ix: TypeIx,
    /// `None` for roots, and for what lies too deep.
    pub step: Option<Step>,
    /// The reference of which the step was made.
    pub reference: Option<Reference>,
    /// The first object found here.
    pub example: ObjectIx,
    /// Objects of the same structure lie deeper and belong here too.
    pub is_repeated: bool,
    /// The first node with the same pattern, for objects of whichever type.
    pub canonical: u32,
}

/// All patterns of a heap. 8 bytes per object.
#[derive(Debug)]
pub(crate) struct PatternTree {
    pub(super) nodes: Vec<PatternNode>,
    /// Node of each object; [`NONE`] for unreachable ones.
    of: Vec<u32>,
    /// Which of its holder's references leads to the object on its best path.
    place: Vec<u32>,
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Root(
        std::mem::Discriminant<HeapRootKind>,
        Option<heapview_snapshot::RootKind>,
        String,
        Option<HeapThread>,
        TypeIx,
    ),
    Step(u32, Step, TypeIx),
    Deep(u32, TypeIx),
}

impl PatternTree {
    /// Follows the tree of best paths from the roots down. O(objects + references).
    pub(crate) fn new(heap: &Heap) -> Self {
        let n_objects = heap.n_objects();
        let mut build = Build {
            heap,
            tree: Self { nodes: Vec::new(), of: vec![NONE; n_objects], place: vec![NONE; n_objects] },
            known: FxHashMap::default(),
            keys: Keys::default(),
        };
        let mut queue: VecDeque<ObjectIx> = VecDeque::new();
        for root in heap.objects() {
            if heap.is_reachable(root) && heap.cheapest_tree().parent(node(root)).is_none() {
                build.tree.of[root.index()] = build.root(root);
                queue.push_back(root);
            }
        }
        while let Some(holder) = queue.pop_front() {
            build.children(holder, &mut queue);
        }
        build.tree.name_canonical();
        build.tree
    }

    /// The node of an object; `None` if it is unreachable.
    pub(crate) fn of(&self, object: ObjectIx) -> Option<u32> {
        Some(self.of[object.index()]).filter(|node| *node != NONE)
    }

    pub(crate) fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The first node with the same pattern, for objects of whichever type.
    pub(crate) fn canonical(&self, node: u32) -> u32 {
        self.node(node).canonical
    }

    pub(super) fn node(&self, node: u32) -> &PatternNode {
        &self.nodes[node as usize]
    }

    /// The nodes from a root to this one.
    pub(super) fn chain(&self, node: u32) -> Vec<u32> {
        let mut chain = vec![node];
        let mut at = node;
        while self.node(at).parent != NONE {
            at = self.node(at).parent;
            chain.push(at);
        }
        chain.reverse();
        chain
    }

    /// The best path to an object: its root and its references; `None` if it is longer than `most`, or if there is
    /// none. O(length).
    pub(crate) fn exact_path(
        &self,
        heap: &Heap,
        of: ObjectIx,
        most: usize,
    ) -> Option<(HeapRoot, Vec<Reference>)> {
        self.of(of)?;
        let mut steps = Vec::new();
        let mut at = of;
        while let Some(holder) = heap.cheapest_tree().parent(node(at)).map(object) {
            if steps.len() >= most {
                return None;
            }
            steps.push(heap.reference_at(holder, self.place[at.index()])?);
            at = holder;
        }
        steps.reverse();
        let root = heap.root_of(at).cloned().unwrap_or_else(|| HeapRoot::unknown(at));
        Some((root, steps))
    }

    fn name_canonical(&mut self) {
        let mut known: FxHashMap<(u32, Option<Step>, u32), u32> = FxHashMap::default();
        for at in 0..self.nodes.len() as u32 {
            let row = self.node(at);
            let (parent, step) = (row.parent, row.step);
            let canonical = if parent == NONE {
                at
            } else {
                let above = self.node(parent).canonical;
                *known.entry((above, step, u32::from(step.is_none()))).or_insert(at)
            };
            let is_repeated = self.node(at).is_repeated;
            self.nodes[at as usize].canonical = canonical;
            self.nodes[canonical as usize].is_repeated |= is_repeated;
        }
    }
}

struct Build<'a> {
    heap: &'a Heap,
    tree: PatternTree,
    known: FxHashMap<Key, u32>,
    keys: Keys<'a>,
}

impl Build<'_> {
    fn root(&mut self, at: ObjectIx) -> u32 {
        let type_ix = self.heap.snapshot().type_ix(at);
        let root = self.heap.root_of(at).cloned().unwrap_or_else(|| HeapRoot::unknown(at));
        let named = match root.kind {
            HeapRootKind::Named(kind) => Some(kind),
            HeapRootKind::Unexplained { .. } => None,
        };
        let key = Key::Root(std::mem::discriminant(&root.kind), named, root.label, root.thread, type_ix);
        self.node(
            key,
            PatternNode {
                parent: NONE,
                depth: 0,
                type_ix,
                step: None,
                reference: None,
                example: at,
                is_repeated: false,
                canonical: NONE,
            },
        )
    }

    /// Places all objects whose best path has `holder` as its last step.
    fn children(&mut self, holder: ObjectIx, queue: &mut VecDeque<ObjectIx>) {
        let cheapest = self.heap.cheapest_tree();
        let is_child = |target: u32, nth: usize| {
            let target = NodeIx::new(target);
            cheapest.parent(target) == Some(node(holder)) && cheapest.edge(target) == Some(nth as u32)
        };
        let targets = self.heap.graph().out(node(holder));
        let Some(last) = (0..targets.len()).rev().find(|nth| is_child(targets[*nth], *nth)) else { return };
        let parent = self.tree.of[holder.index()];
        let is_attribute_dict =
            self.tree.node(parent).step.is_some_and(|step| step.kind == EdgeKind::InstanceDict);
        let mut nth = 0;
        for (place, reference) in self.heap.placed_references(holder) {
            if !reference.kind.is_strong() {
                continue;
            }
            if is_child(reference.to.get(), nth) {
                let step = self.keys.step(self.heap, &reference, is_attribute_dict);
                self.tree.of[reference.to.index()] = self.child(parent, step, reference);
                self.tree.place[reference.to.index()] = place;
                queue.push_back(reference.to);
            }
            if nth == last {
                break;
            }
            nth += 1;
        }
    }

    fn child(&mut self, parent: u32, step: Step, reference: Reference) -> u32 {
        let type_ix = self.heap.snapshot().type_ix(reference.to);
        let key = Key::Step(parent, step, type_ix);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        if let Some(above) = self.same_structure(parent, step, type_ix, reference.to) {
            self.tree.nodes[above as usize].is_repeated = true;
            self.known.insert(key, above);
            return above;
        }
        let depth = self.tree.node(parent).depth + 1;
        let row = PatternNode {
            parent,
            depth,
            type_ix,
            step: Some(step),
            reference: Some(opened(step, reference)),
            example: reference.to,
            is_repeated: false,
            canonical: NONE,
        };
        if depth < MAX_DEPTH {
            return self.node(key, row);
        }
        let above = if depth == MAX_DEPTH { parent } else { self.tree.node(parent).parent };
        let row = PatternNode { parent: above, depth: MAX_DEPTH, step: None, reference: None, ..row };
        let deep = self.node(Key::Deep(above, type_ix), row);
        self.known.insert(key, deep);
        deep
    }

    fn node(&mut self, key: Key, row: PatternNode) -> u32 {
        *self.known.entry(key).or_insert_with(|| {
            self.tree.nodes.push(row);
            self.tree.nodes.len() as u32 - 1
        })
    }

    /// The node above that an object at this step belongs to: of the same class, or where the same steps have been
    /// taken twice already.
    fn same_structure(&self, parent: u32, step: Step, type_ix: TypeIx, example: ObjectIx) -> Option<u32> {
        let above = |mut at: u32, n_steps: usize| {
            for _ in 0..n_steps {
                at = self.tree.nodes.get(at as usize)?.parent;
            }
            self.tree.nodes.get(at as usize).map(|row| (at, row))
        };
        if has_class(self.heap, example) {
            let mut at = parent;
            while at != NONE {
                if self.tree.node(at).type_ix == type_ix {
                    return Some(at);
                }
                at = self.tree.node(at).parent;
            }
            return None;
        }
        (1..=MAX_PERIOD_LEN).find_map(|period| {
            // Counted from the new step, which is number 0, towards the root.
            let nth_step = |nth: usize| match nth.checked_sub(1) {
                None => Some(step),
                Some(before) => above(parent, before)?.1.step,
            };
            let repeats = (0..2 * period).all(|nth| {
                let one = nth_step(nth);
                one.is_some() && one == nth_step(nth + period)
            });
            let (at, row) = above(parent, period - 1)?;
            (repeats && row.type_ix == type_ix).then_some(at)
        })
    }
}
