//! Enumerates the objects that the collector tracks.

use super::layout::InterpreterLayout;
use super::object::{FREE_THREADED, GC_HEADER};
use super::raw::Raw;
use super::{Facts, world};

/// How tracked objects are found on this interpreter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Enumeration {
    /// The collector's own lists: sees frozen objects and generations, and takes no memory.
    Lists,
    /// `PyUnstable_GC_VisitObjects`, where the lists are not where they should be (3.12+).
    VisitObjects,
    /// Neither: only what the roots reach is seen.
    RootsOnly,
}

/// The generation of objects that `gc.freeze()` has set apart.
pub const FROZEN: u8 = 3;
/// Low bits of the links are flags of the collector's.
const FLAGS: usize = 3;

/// Calls `object` with each tracked object and its generation: 0 to 2, or [`FROZEN`] for those that `gc.freeze()` has
/// set apart; 0 where generations are not known. During the call its reference count is `held` too high.
///
/// On free-threaded builds other threads stand still during the calls, and only then.
pub fn tracked_objects<F: FnMut(Raw, u8)>(facts: &Facts, mut object: F) {
    match (facts.enumeration, facts.symbols.visit_objects) {
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
            for (generation, head) in list_heads(&facts.layout.interpreter).into_iter().enumerate() {
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
pub fn held(facts: &Facts) -> u32 {
    u32::from(facts.enumeration == Enumeration::VisitObjects && !FREE_THREADED)
}

/// Whether the collector's lists are where the layout says: the links of an object that was just made lead to the
/// head of the youngest generation.
pub fn lists_are_sound(layout: &InterpreterLayout, young: Raw) -> bool {
    /// More than the youngest generation ever has.
    const LONGEST: usize = 1 << 24;
    if FREE_THREADED {
        return false;
    }
    let heads = list_heads(layout);
    let Some(expected) = heads.first() else { return false };
    let mut header = young.address() - GC_HEADER as usize;
    for _ in 0..LONGEST {
        if header == expected.address() {
            return true;
        }
        // SAFETY: the links of tracked objects lead through live headers and back; null for untracked ones.
        match unsafe { Raw::new(header) } {
            Some(node) => header = node.read::<usize>(0) & !FLAGS,
            None => return false,
        }
        if heads.iter().skip(1).any(|head| head.address() == header) {
            return false;
        }
        if header == young.address() - GC_HEADER as usize {
            return false;
        }
    }
    false
}

/// Young, middle, old and frozen objects.
fn list_heads(layout: &InterpreterLayout) -> Vec<Raw> {
    const SIZE_OF_GENERATION: isize = 24;
    let generations = (0..3).map(|generation| layout.generations + generation * SIZE_OF_GENERATION);
    let heads = generations.chain([layout.permanent]);
    heads.filter_map(super::interpreter::part).collect()
}
