//! Frames of a stack that has been set aside: that of a greenlet which waits for its turn.
//!
//! Its innermost frame object is known, and each frame names the one before. Since 3.12 some frames lie on the C
//! stack, which another greenlet is using now: greenlet 3.0.3 and later lead around them and give every other frame its
//! object. So a frame is believed if it and its object name each other, and what names it is read where it is there.
//! <https://github.com/python-greenlet/greenlet/blob/3.5.3/src/greenlet/TGreenlet.cpp> (`expose_frames`)

use super::Facts;
use super::frame::{ThreadFrame, frame_of_object};
use super::layout::FrameLayout;
use super::object::HEAD;
use super::raw::Raw;
use super::{is_exactly, type_of};
use crate::probe::Pages;

/// No program that lives has more frames.
const MAX_DEPTH: usize = 1 << 20;
/// From an object to its type.
const TYPE: isize = HEAD - 8;

/// Frames from the innermost, and whether none is missing.
#[derive(Clone, Default, Debug)]
pub(crate) struct SuspendedFrames {
    pub frames: Vec<ThreadFrame>,
    pub is_whole: bool,
}

/// The frames of the stack whose innermost frame object is `innermost`. O(frames).
pub(crate) fn suspended_frames(facts: &Facts, innermost: Raw, pages: Option<&mut Pages>) -> SuspendedFrames {
    let Some(first) = frame_of_object(facts, innermost).filter(|_| is_exactly(innermost, "frame")) else {
        return SuspendedFrames::default();
    };
    let mut found = SuspendedFrames { frames: vec![first], is_whole: true };
    if let Some(layout) = &facts.layout.old_frames {
        let outer = std::iter::successors(innermost.pointer(layout.back), |frame| frame.pointer(layout.back));
        found.frames.extend(outer.take(MAX_DEPTH).filter_map(|frame| frame_of_object(facts, frame)));
        return found;
    }
    let (Some(layout), Some(pages)) = (&facts.layout.frames, pages) else {
        return SuspendedFrames { is_whole: false, ..found };
    };
    let types = Types { frame: type_of(innermost).address(), code: type_of(first.code).address() };
    let mut last = first.frame;
    while let previous @ 1.. = last.read::<usize>(layout.previous) {
        let frame = types.frame_at(layout, previous, pages);
        let Some(frame) = frame.filter(|_| found.frames.len() < MAX_DEPTH) else {
            return SuspendedFrames { is_whole: false, ..found };
        };
        found.frames.push(frame);
        last = frame.frame;
    }
    found
}

struct Types {
    frame: usize,
    code: usize,
}

impl Types {
    /// The frame at `address`, if one is there.
    fn frame_at(&self, layout: &FrameLayout, address: usize, pages: &mut Pages) -> Option<ThreadFrame> {
        let mut word = |address: usize, offset: isize| {
            pages.word(address.wrapping_add_signed(offset) as u64).map(|word| word as usize)
        };
        if layout.may_be_on_c_stack {
            let object = word(address, layout.frame_object)?;
            let names_it =
                word(object, TYPE)? == self.frame && word(object, layout.frame_object_frame)? == address;
            names_it.then_some(())?;
        }
        let code = word(address, layout.code)? & !layout.tag();
        (word(code, TYPE)? == self.code).then_some(())?;
        // SAFETY: a frame that its own object names, or that no C stack can hold; its code is alive with it.
        let (frame, code) = unsafe { (Raw::new(address), Raw::new(code)) };
        Some(ThreadFrame { frame: frame?, is_object: false, code: code? })
    }
}
