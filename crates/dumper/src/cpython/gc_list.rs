//! Enumerates the objects that the collector tracks.

use super::interpreters::Interpreter;
use super::layout::InterpreterLayout;
use super::object::{FREE_THREADED, GC_HEADER};
use super::raw::Raw;
use super::{Facts, world};

/// How tracked objects are found on this interpreter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Enumeration {
    /// The collector's own lists: sees frozen objects and generations, and takes no memory.
    Lists,
    /// `PyUnstable_GC_VisitObjects`, where the lists are not where they should be (3.12+).
    VisitObjects,
    /// Neither: only what the roots reach is seen.
    RootsOnly,
}

/// The generation of objects that `gc.freeze()` has set apart.
pub(crate) const FROZEN: u8 = 3;
/// Low bits of the links are flags of the collector's.
const FLAGS: usize = 3;

/// Calls `object` with each tracked object and its generation: 0 to 2, or [`FROZEN`] for those that `gc.freeze()` has
/// set apart; 0 where generations are not known. During the call its reference count is `held` too high.
///
/// On free-threaded builds other threads stand still during the calls, and only then.
pub(crate) fn tracked_objects<F: FnMut(Raw, u8)>(facts: &Facts, object: F) {
    if let Some(running) = Interpreter::running() {
        tracked_objects_of(facts, running, object);
    }
}

/// As [`tracked_objects`], of one interpreter; none of another one where the lists are not known.
pub(crate) fn tracked_objects_of<F: FnMut(Raw, u8)>(facts: &Facts, of: Interpreter, mut object: F) {
    match (facts.enumeration, facts.symbols.visit_objects) {
        (Enumeration::VisitObjects | Enumeration::RootsOnly, _) if of.other().is_some() => {}
        _ if FREE_THREADED => {
            world::in_one_stop(facts, &mut object, |_| {}, |object, found| object(found, 0));
        }
        (Enumeration::VisitObjects, Some(visit_objects)) => {
            world::visit(visit_objects, |found| {
                object(found, 0);
                true
            });
        }
        (Enumeration::Lists, _) => {
            for (generation, head) in list_heads(&facts.layout.interpreter, of).into_iter().enumerate() {
                let mut header = head.read::<usize>(0) & !FLAGS;
                while header != head.address() {
                    // SAFETY: a list of the collector holds headers of live objects; objects follow them.
                    let Some(node) = (unsafe { Raw::new(header) }) else { break };
                    // Nothing joins or leaves a list during a dump.
                    header = node.read::<usize>(0) & !FLAGS;
                    // SAFETY: as above.
                    let (found, next) =
                        unsafe { (Raw::new(node.address() + GC_HEADER as usize), Raw::new(header)) };
                    if let Some(next) = next {
                        next.prefetch();
                    }
                    if let Some(found) = found {
                        object(found, generation as u8);
                    }
                }
            }
        }
        _ => {}
    }
}

/// How much the enumeration itself adds to the count of the object it shows.
pub(crate) fn held(facts: &Facts) -> u32 {
    u32::from(facts.enumeration == Enumeration::VisitObjects && !FREE_THREADED)
}

/// Where the youngest generation is, as an offset in the interpreter state: the links of `young`, which was just made,
/// lead to its head. Maintenance releases have moved it by a few bytes (3.13.5).
pub(super) fn find_generations(layout: &InterpreterLayout, young: Raw) -> Option<isize> {
    /// More than the youngest generation ever has.
    const MAX_LEN: usize = 1 << 24;
    const MOVED_BY: isize = 16;
    if FREE_THREADED {
        return None;
    }
    let expected = super::interpreter::part(layout.generations)?.address();
    let first = young.address() - GC_HEADER as usize;
    let mut header = first;
    for _ in 0..MAX_LEN {
        let moved_by = header.wrapping_sub(expected) as isize;
        if moved_by.abs() <= MOVED_BY {
            return Some(layout.generations + moved_by);
        }
        // SAFETY: the links of tracked objects lead through live headers and back; null for untracked ones.
        header = unsafe { Raw::new(header) }?.read::<usize>(0) & !FLAGS;
        if header == first {
            return None;
        }
    }
    None
}

/// Whether the head of the frozen objects' list is where the layout says, as far as can be told while it is empty:
/// it leads to itself.
pub(super) fn frozen_is_empty(layout: &InterpreterLayout) -> bool {
    super::interpreter::part(layout.permanent).is_some_and(|head| head.read::<usize>(0) == head.address())
}

/// Young, middle, old and frozen objects.
fn list_heads(layout: &InterpreterLayout, of: Interpreter) -> Vec<Raw> {
    const SIZE_OF_GENERATION: isize = 24;
    let generations = (0..3).map(|generation| layout.generations + generation * SIZE_OF_GENERATION);
    let heads = generations.chain([layout.permanent]);
    heads.filter_map(|offset| of.part(offset)).collect()
}
