//! Frames of running threads, of generators, and frame objects: function, line, local variables.

use super::Facts;
use super::layout::{FrameLayout, StackTop};
use super::raw::Raw;
use super::strings;
use super::tuple_items;

/// `owner` of a frame that stands for C code: only its first two fields mean anything (3.12+).
const OWNED_BY_C_STACK: u8 = 3;
/// A stack reference of 3.14+ that is no pointer.
const TAG_INTEGER: usize = 3;
const TAG_BORROWED: usize = 1;

/// A frame of a running thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadFrame {
    pub frame: Raw,
    /// It is a frame object (before 3.11) and not an interpreter's own structure.
    pub is_object: bool,
    pub code: Raw,
}

/// Frames of the thread whose state is at `thread`, from the innermost.
pub(crate) fn thread_frames(facts: &Facts, thread: Raw) -> Vec<ThreadFrame> {
    if !facts.frames {
        return Vec::new();
    }
    let mut frames = Vec::new();
    if let Some(layout) = &facts.layout.old_frames {
        let mut next = thread.pointer(layout.thread_frame);
        while let Some(frame) = next {
            if let Some(code) = frame.pointer(layout.code)
                && frames.try_reserve(1).is_ok()
            {
                frames.push(ThreadFrame { frame, is_object: true, code });
            }
            next = frame.pointer(layout.back);
        }
    }
    if let Some(layout) = &facts.layout.frames {
        let mut next = layout.from_thread.iter().try_fold(thread, |from, offset| from.pointer(*offset));
        while let Some(frame) = next {
            if let Some(code) = code(layout, frame)
                && frames.try_reserve(1).is_ok()
            {
                frames.push(ThreadFrame { frame, is_object: false, code });
            }
            next = frame.pointer(layout.previous);
        }
    }
    frames
}

/// The file of the code that the frame runs, as the code names it.
pub(crate) fn file(facts: &Facts, frame: ThreadFrame) -> Option<String> {
    text_of_code(facts, frame, facts.layout.code.filename)
}

/// The name of a code object's file, and the line where its function begins.
pub(crate) fn code_place(facts: &Facts, code: Raw) -> Option<(Raw, u32)> {
    let layout = &facts.layout.code;
    let first_line = code.read::<i32>(layout.first_line);
    Some((code.pointer(layout.filename)?, u32::try_from(first_line).unwrap_or(0)))
}

/// The line that the frame runs, or goes on from; 0 if it is not known.
pub(crate) fn current_line(facts: &Facts, frame: ThreadFrame) -> u32 {
    u32::try_from(line(facts, frame)).unwrap_or(0)
}

/// `function() at file.py:12`.
pub(crate) fn describe(facts: &Facts, frame: ThreadFrame) -> String {
    let name = function_name(facts, frame);
    let call = if name.starts_with('<') { name } else { format!("{name}()") };
    format!("{call} at {}", place(facts, frame))
}

/// The qualified name of the function that a frame runs; before 3.11 its bare name.
pub(crate) fn function_name(facts: &Facts, frame: ThreadFrame) -> String {
    let layout = &facts.layout.code;
    let name = layout.qualname.and_then(|offset| text_of_code(facts, frame, offset));
    name.or_else(|| text_of_code(facts, frame, layout.name)).unwrap_or_else(|| "?".into())
}

/// `file.py:12`.
pub(crate) fn place(facts: &Facts, frame: ThreadFrame) -> String {
    let file = file(facts, frame).unwrap_or_else(|| "?".into());
    format!("{}:{}", file.rsplit('/').next().unwrap_or(&file), line(facts, frame))
}

fn text_of_code(facts: &Facts, frame: ThreadFrame, offset: isize) -> Option<String> {
    strings::text(facts, frame.code.pointer(offset)?)
}

/// What a frame has in one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slot {
    pub object: Raw,
    /// The place counts as a reference; it may borrow the object from a place that does.
    pub is_owned: bool,
}

/// What the field with a frame's object is called.
pub(crate) const FRAME_OBJECT: &str = "frame object";

/// Object-valued fields of an interpreter frame (3.11+) besides its local variables.
pub(crate) fn fields(facts: &Facts, frame: Raw) -> impl Iterator<Item = (&'static str, Slot)> {
    let offsets = facts.layout.frames.as_ref().map(|layout| {
        [
            ("f_code", layout.code, true),
            ("f_func", layout.function, true),
            ("f_globals", layout.globals, false),
            ("f_builtins", layout.builtins, false),
            ("f_locals", layout.locals, true),
            (FRAME_OBJECT, layout.frame_object, true),
        ]
        .map(|(name, offset, is_owned)| (name, slot(layout, frame, offset), is_owned))
    });
    offsets.into_iter().flatten().filter_map(|(name, slot, is_owned)| {
        slot.map(|slot| (name, Slot { is_owned: is_owned && slot.is_owned, ..slot }))
    })
}

/// Calls `local` with name and value of each local variable, cell and free variable of a frame.
pub(crate) fn locals(facts: &Facts, frame: ThreadFrame, mut local: impl FnMut(Raw, Slot)) {
    for (index, name) in local_names(facts, frame).enumerate() {
        let value = match (&facts.layout.old_frames, &facts.layout.frames) {
            (Some(layout), _) => {
                let value = frame.frame.pointer(layout.fast_locals + index as isize * 8);
                value.map(|object| Slot { object, is_owned: true })
            }
            (None, Some(layout)) => slot(layout, frame.frame, layout.fast_locals + index as isize * 8),
            (None, None) => None,
        };
        if let (Some(name), Some(value)) = (name, value) {
            local(name, value);
        }
    }
}

/// Calls `temporary` with position and value of each temporary on the frame's value stack (3.11+), if the frame's
/// state says where the stack ends.
pub(crate) fn stack(facts: &Facts, frame: ThreadFrame, mut temporary: impl FnMut(u32, Slot)) {
    /// No frame of a sane program is larger.
    const MAX_DEPTH: isize = 1 << 16;
    let Some(layout) = facts.layout.frames.as_ref().filter(|_| !frame.is_object) else { return };
    let n_locals = local_names(facts, frame).count() as isize;
    let end = match layout.stack {
        StackTop::Count(offset) => frame.frame.read::<i32>(offset) as isize,
        StackTop::Pointer(offset) => match frame.frame.read::<usize>(offset) {
            0 => return,
            pointer => (pointer as isize - frame.frame.address() as isize - layout.fast_locals) / 8,
        },
    };
    if !(n_locals..n_locals + MAX_DEPTH).contains(&end) {
        return;
    }
    for index in n_locals..end {
        if let Some(value) = slot(layout, frame.frame, layout.fast_locals + index * 8) {
            temporary((index - n_locals) as u32, value);
        }
    }
}

fn local_names(facts: &Facts, frame: ThreadFrame) -> impl Iterator<Item = Option<Raw>> {
    let tuples = facts.layout.code.local_names.iter().filter_map(move |offset| frame.code.pointer(*offset));
    tuples.flat_map(tuple_items)
}

fn slot(layout: &FrameLayout, frame: Raw, offset: isize) -> Option<Slot> {
    if !layout.is_tagged {
        return frame.pointer(offset).map(|object| Slot { object, is_owned: true });
    }
    let bits: usize = frame.read(offset);
    if bits & layout.tag() == TAG_INTEGER {
        return None;
    }
    // SAFETY: without its tag a stack reference is null or a live object.
    let object = unsafe { Raw::new(bits & !layout.tag()) }?;
    Some(Slot { object, is_owned: bits & TAG_BORROWED == 0 })
}

/// The frame inside a generator, coroutine or async generator that has not finished (3.11+).
pub(crate) fn generator_frame(facts: &Facts, generator: Raw) -> Option<ThreadFrame> {
    let layout = facts.layout.frames.as_ref().filter(|_| facts.frames)?;
    if generator.read::<i8>(layout.generator_state) >= layout.generator_finished {
        return None;
    }
    // SAFETY: the frame is a part of the generator.
    let frame = unsafe { Raw::new(generator.address() + layout.generator_frame as usize) }?;
    Some(ThreadFrame { frame, is_object: false, code: code(layout, frame)? })
}

/// The interpreter frame behind a frame object (3.11+), or the frame object itself before.
pub(crate) fn frame_of_object(facts: &Facts, object: Raw) -> Option<ThreadFrame> {
    if !facts.frames {
        return None;
    }
    if let Some(layout) = &facts.layout.old_frames {
        return Some(ThreadFrame { frame: object, is_object: true, code: object.pointer(layout.code)? });
    }
    let layout = facts.layout.frames.as_ref()?;
    let frame = object.pointer(layout.frame_object_frame)?;
    Some(ThreadFrame { frame, is_object: false, code: code(layout, frame)? })
}

fn code(layout: &FrameLayout, frame: Raw) -> Option<Raw> {
    if frame.read::<u8>(layout.owner) >= OWNED_BY_C_STACK {
        return None;
    }
    let code = slot(layout, frame, layout.code)?.object;
    super::typeobject::is_exactly(code, "code").then_some(code)
}

fn line(facts: &Facts, frame: ThreadFrame) -> i32 {
    if frame.is_object {
        // SAFETY: a frame object of this thread or of one that waits for the GIL; the call only computes.
        return unsafe { pyo3::ffi::PyFrame_GetLineNumber(frame.frame.as_ptr().cast()) };
    }
    let first_line: i32 = frame.code.read(facts.layout.code.first_line);
    let offset = facts.layout.frames.zip(instructions(facts, frame)).map(|(layout, instructions)| {
        let instruction: usize = frame.frame.read(layout.instruction);
        instruction as i64 - instructions as i64
    });
    match (offset, facts.symbols.code_line) {
        (Some(offset @ 0..=0x7fff_ffff), Some(code_line)) => {
            // SAFETY: reads the code's line table; an offset outside gives -1.
            let line = unsafe { code_line(frame.code.as_ptr(), offset as i32) };
            if line > 0 { line } else { first_line }
        }
        _ => first_line,
    }
}

/// Where the instructions begin that the frame runs: those of the code, or its thread's copy of them.
pub(super) fn instructions(facts: &Facts, frame: ThreadFrame) -> Option<usize> {
    let copies = facts.layout.code.copies.and_then(|copies| frame.code.pointer(copies));
    let copy = facts.layout.frames.and_then(|layout| layout.copy).map(|copy| frame.frame.read::<i32>(copy));
    if let (Some(copies), Some(copy)) = (copies, copy) {
        let n_copies: isize = copies.read(0);
        return (0..n_copies).contains(&(copy as isize)).then(|| copies.read(8 + copy as isize * 8));
    }
    Some(frame.code.address() + facts.layout.code.instructions? as usize)
}
