//! Paths to roots: what keeps an object alive, best first.

use heapview_graph::{Detour, NodeIx, Path};
use heapview_snapshot::ObjectIx;

use crate::aliases::merged;
use crate::heap::Heap;
use crate::path::{PathExpr, path_expr};
use crate::reference::{LastFound, Reference};
use crate::roots::{HeapRoot, node, object};

/// Holders of one object that are looked at; the cheapest come first.
const MAX_HOLDERS: usize = 4096;
/// Objects looked at in the search for ways around the object itself.
const DETOUR_LIMIT: usize = 200_000;
/// References of holders that are read once there are enough paths.
const MAX_READ: usize = 1_000_000;

/// References looked at for each path that is wanted: those of one keeper are shown as one.
const MAX_ALIASES: usize = 4;

/// How much of the answer is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    pub max_paths: usize,
}

/// A chain of references from a root to an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RootPath {
    pub root: HeapRoot,
    /// From the root to the object; empty if the object is the root.
    pub steps: Vec<Reference>,
    /// The path as people read it: `Out[5]`. If it [is an expression](PathExpr::is_expression), its evaluation in
    /// the live process gives the very object.
    pub path: PathExpr,
    /// How hard it is to act on; lower is better.
    pub cost: u32,
    /// Other paths to the same object whose last reference is of the same keeper: `_5` beside `Out[5]`.
    pub aliases: Vec<PathExpr>,
}

/// Paths to one object, best first, one for each keeper of it; a keeper's other references are aliases.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RootPaths {
    pub paths: Vec<RootPath>,
    /// There are more paths than these.
    pub truncated: bool,
}

/// The best path to an object; `None` if it is unreachable. O(length).
pub fn path_to_root(heap: &Heap, object: ObjectIx) -> Option<RootPath> {
    let path = heap.cheapest_tree().path(heap.graph(), node(object))?;
    Some(path_of(heap, &path, None))
}

/// Whether [`path_to_root`] takes no time. O(1).
pub fn path_is_short(heap: &Heap, object: ObjectIx) -> bool {
    const SHORT: usize = 256;
    let cheapest = heap.cheapest_tree();
    std::iter::successors(Some(node(object)), |at| cheapest.parent(*at)).take(SHORT).count() < SHORT
}

/// For each strong reference to the object that lives without the object itself, the best path through it.
///
/// Holders are asked in the order of what a path to them costs, until no other can be better than those found. Of
/// objects with very many holders or very long ones the answer may be `truncated` before.
pub fn root_paths(heap: &Heap, of: ObjectIx, limits: Limits) -> RootPaths {
    let mut answer = RootPaths::default();
    if let Some(root) = heap.root_of(of) {
        let path = Path { root: node(root.object), edges: Vec::new() };
        answer.paths.push(path_of(heap, &path, None));
    }
    let found = candidates(heap, of, limits.max_paths.saturating_mul(MAX_ALIASES));
    answer.truncated = found.is_truncated;
    answer
        .paths
        .extend(found.best.into_iter().map(|candidate| path_of(heap, &candidate.path, Some(candidate.last))));
    let rank = |path: &RootPath| (path.cost, path.steps.len());
    answer.paths.sort_by(|one, other| rank(one).cmp(&rank(other)).then_with(|| one.path.cmp(&other.path)));
    answer.paths = merged(heap, answer.paths);
    answer.truncated |= answer.paths.len() > limits.max_paths;
    answer.paths.truncate(limits.max_paths);
    answer
}

/// A path to a holder, and the holder's reference with its cost.
struct Candidate {
    path: Path,
    last: (Reference, u32),
    cost: u32,
}

struct Candidates {
    /// The cheapest, of those that cost the same the shortest.
    best: Vec<Candidate>,
    is_truncated: bool,
}

fn candidates(heap: &Heap, of: ObjectIx, max_paths: usize) -> Candidates {
    let cheapest = heap.cheapest_tree();
    let cost_of = |holder: &NodeIx| (cheapest.cost(*holder).unwrap_or(u32::MAX), *holder);
    let mut holders: Vec<NodeIx> = heap.graph().incoming(node(of)).collect();
    holders.dedup();
    let mut is_truncated = holders.len() > MAX_HOLDERS;
    if is_truncated {
        holders.select_nth_unstable_by_key(MAX_HOLDERS, cost_of);
        holders.truncate(MAX_HOLDERS);
    }
    holders.sort_unstable_by_key(cost_of);
    let mut best: Vec<Candidate> = Vec::new();
    let (mut n_read, mut n_detour) = (0usize, 0usize);
    for holder in holders {
        heap.check();
        let least = cost_of(&holder).0;
        let is_full = best.len() >= max_paths;
        if is_full && best.last().is_none_or(|worst| worst.cost <= least || n_read > MAX_READ) {
            is_truncated = true;
            break;
        }
        let path = match path_without(heap, holder, node(of), &mut n_detour) {
            Detour::Found(path) => path,
            Detour::None => continue,
            Detour::LimitReached => {
                is_truncated = true;
                continue;
            }
        };
        n_read += heap.n_referents(object(holder));
        let is_detour = cheapest.passes(holder, node(of));
        let cost = if is_detour { cost_of_path(heap, &path, object(holder)) } else { least };
        let mut references: Vec<(Reference, u32)> = heap.costed_references_to(object(holder), of).collect();
        references.dedup();
        // The path may be a million references long: most holders have one reference, and need no copy.
        let of_each = std::iter::repeat_n(path, references.len());
        best.extend(of_each.zip(references).map(|(path, last)| Candidate {
            path,
            cost: cost.saturating_add(last.1),
            last,
        }));
        best.sort_by_key(|candidate| (candidate.cost, candidate.path.edges.len()));
        is_truncated |= best.len() > max_paths;
        best.truncate(max_paths);
    }
    Candidates { best, is_truncated }
}

/// The best path to `holder` that does not lead through `without`. `n_looked` counts what all detours looked at.
fn path_without(heap: &Heap, holder: NodeIx, without: NodeIx, n_looked: &mut usize) -> Detour {
    let tree = heap.dominator_tree();
    if !tree.is_reachable(holder) || tree.dominates(without, holder) {
        return Detour::None;
    }
    let cheapest = heap.cheapest_tree();
    if !cheapest.passes(holder, without) {
        return cheapest.path(heap.graph(), holder).map_or(Detour::None, Detour::Found);
    }
    if *n_looked >= DETOUR_LIMIT {
        return Detour::LimitReached;
    }
    cheapest.path_avoiding(heap.graph(), holder, without, DETOUR_LIMIT, n_looked, heap.cancel())
}

/// What the references and the root of a path to `end` cost together.
fn cost_of_path(heap: &Heap, path: &Path, end: ObjectIx) -> u32 {
    let root = heap.root_of(object(path.root)).map_or(0, |root| u32::from(crate::costs::root_cost(root)));
    references_of(heap, path, Some(end)).fold(root, |sum, (_, cost)| sum.saturating_add(cost))
}

/// The references of a path and what each costs. Where all but the last end is known from the path itself.
fn references_of(heap: &Heap, path: &Path, end: Option<ObjectIx>) -> impl Iterator<Item = (Reference, u32)> {
    let ends = path.edges.iter().skip(1).map(|next| Some(object(next.from))).chain([end]);
    let mut keys = LastFound::default();
    path.edges.iter().zip(ends).filter_map(move |(step, to)| {
        let nth = step.edge - heap.graph().out_edges(step.from).start;
        heap.costed_reference_to(object(step.from), nth, to, &mut keys)
    })
}

/// The path as a value, with one reference more and its cost.
pub(crate) fn path_of(heap: &Heap, edges: &Path, last: Option<(Reference, u32)>) -> RootPath {
    let at_root = object(edges.root);
    // Every path of the trees starts at a root of the heap.
    let root = heap.root_of(at_root).cloned().unwrap_or_else(|| HeapRoot::unknown(at_root));
    let mut cost = u32::from(crate::costs::root_cost(&root));
    let mut steps = Vec::with_capacity(edges.edges.len() + 1);
    let end = last.map(|(reference, _)| reference.from);
    for (reference, edge_cost) in references_of(heap, edges, end).chain(last) {
        heap.check_in(steps.len());
        cost = cost.saturating_add(edge_cost);
        steps.push(reference);
    }
    let path = path_expr(heap, &root, &steps);
    RootPath { root, steps, path, cost, aliases: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::{Limits, path_to_root, root_paths};
    use crate::selection::select;
    use crate::testing::Told;

    /// All paths to what the place holds, the aliases of one behind it.
    fn paths(told: &Told, place: &str) -> Vec<String> {
        let found = root_paths(&told.heap, told.at(place), Limits { max_paths: 10 });
        let texts = found.paths.iter().flat_map(|path| std::iter::once(&path.path).chain(&path.aliases));
        texts.map(ToString::to_string).collect()
    }

    #[test]
    fn paths_are_written_as_python_reads_them() {
        let table = [
            ("Out = list; Out[5] = ndarray", "Out[5]", "Out[5]"),
            ("CACHE = dict; CACHE['k'] = bytes", "CACHE['k']", "CACHE['k']"),
            ("CACHE = dict; CACHE['it\"s'] = bytes", "CACHE['it\"s']", "CACHE['it\"s']"),
            (
                "app = module; app.STATE = app.State; app.STATE.rows = list",
                "app.STATE.rows",
                "app.STATE.rows",
            ),
            ("SEEN = set; SEEN{0} = app.Row", "SEEN{0}", "SEEN.<members>[<app.Row @3>]"),
            ("work().rows = list", "work().rows", "<work() at main.py:2>.<local 'rows'>"),
            (
                "one = list; one[0] = list; one[0][0] = list; one[0][0][7] = bytes",
                "one[0][0][7]",
                "one[0][0][7]",
            ),
        ];
        for (story, place, expected) in table {
            let told = Told::new(story);
            assert_eq!(paths(&told, place), [expected], "{story}");
        }
    }

    #[test]
    fn every_path_leads_back_to_its_object() {
        let told = Told::new(
            "app = module; app.STATE = app.State; app.STATE.rows = list; app.STATE.rows[1] = dict; \
             app.STATE.rows[1]['k'] = set; app.STATE.rows[1]['k']{0} = app.Row; other = app.STATE.rows[1]; \
             work().rows = app.STATE.rows",
        );
        for object in told.heap.objects() {
            let Some(path) = path_to_root(&told.heap, object) else { continue };
            let text = path.path.to_string();
            let found = select(&told.heap, &text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(found.objects.contains(&object), "{text}");
        }
    }

    #[test]
    fn names_of_one_keeper_are_aliases_and_others_are_paths() {
        let told = Told::new("a = list; b = a; HELD = dict; HELD['a'] = a");
        assert_eq!(paths(&told, "a"), ["a", "b", "HELD['a']"]);
        let found = root_paths(&told.heap, told.at("a"), Limits { max_paths: 10 });
        assert_eq!(found.paths.len(), 2);
    }
}
