//! Frames of running threads, of generators, and frame objects: function, line, local variables.

use super::Facts;
use super::layout::FrameLayout;
use super::raw::Raw;
use super::strings;
use super::tuple_items;

/// `owner` of a frame that stands for C code: only its first two fields mean anything (3.12+).
const OWNED_BY_C_STACK: u8 = 3;
/// `gi_frame_state` of a generator that has finished.
const STATE_CLEARED: i8 = 4;

/// A frame of a running thread.
#[derive(Clone, Copy, Debug)]
pub struct ThreadFrame {
    pub frame: Raw,
    /// It is a frame object (before 3.11) and not an interpreter's own structure.
    pub is_object: bool,
    pub code: Raw,
}

/// Frames of the thread whose state is at `thread`, from the innermost.
pub fn thread_frames(facts: &Facts, thread: Raw) -> Vec<ThreadFrame> {
    if !facts.frames {
        return Vec::new();
    }
    let mut frames = Vec::new();
    if let Some(layout) = &facts.layout.old_frames {
        let mut next = thread.pointer(layout.thread_frame);
        while let Some(frame) = next {
            if let Some(code) = frame.pointer(layout.code) {
                frames.push(ThreadFrame { frame, is_object: true, code });
            }
            next = frame.pointer(layout.back);
        }
    }
    if let Some(layout) = &facts.layout.frames {
        let mut next = layout.from_thread.iter().try_fold(thread, |from, offset| from.pointer(*offset));
        while let Some(frame) = next {
            if let Some(code) = code(layout, frame) {
                frames.push(ThreadFrame { frame, is_object: false, code });
            }
            next = frame.pointer(layout.previous);
        }
    }
    frames
}

/// `function() at file.py:12`.
pub fn describe(facts: &Facts, frame: ThreadFrame) -> String {
    let layout = &facts.layout.code;
    let text = |offset| frame.code.pointer(offset).and_then(|string| strings::text(facts, string));
    let name = layout.qualname.and_then(text).or_else(|| text(layout.name)).unwrap_or_else(|| "?".into());
    let file = text(layout.filename).unwrap_or_else(|| "?".into());
    let file = file.rsplit('/').next().unwrap_or(&file);
    let call = if name.starts_with('<') { name } else { format!("{name}()") };
    format!("{call} at {file}:{}", line(facts, frame))
}

/// Object-valued fields of an interpreter frame (3.11+) besides its local variables.
pub fn fields(facts: &Facts, frame: Raw) -> impl Iterator<Item = (&'static str, Raw)> {
    let offsets = facts.layout.frames.map(|layout| {
        [
            ("f_code", layout.code),
            ("f_func", layout.function),
            ("f_globals", layout.globals),
            ("f_builtins", layout.builtins),
            ("f_locals", layout.locals),
            ("frame object", layout.frame_object),
        ]
    });
    offsets.into_iter().flatten().filter_map(move |(name, offset)| Some((name, frame.pointer(offset)?)))
}

/// Calls `local` with name and value of each local variable, cell and free variable of a frame.
pub fn locals(facts: &Facts, frame: ThreadFrame, mut local: impl FnMut(Raw, Raw)) {
    let first = match (&facts.layout.old_frames, &facts.layout.frames) {
        (Some(layout), _) => layout.fast_locals,
        (None, Some(layout)) => layout.fast_locals,
        (None, None) => return,
    };
    let names = facts.layout.code.local_names.iter().filter_map(|offset| frame.code.pointer(*offset));
    for (index, name) in names.flat_map(tuple_items).enumerate() {
        if let (Some(name), Some(value)) = (name, frame.frame.pointer(first + index as isize * 8)) {
            local(name, value);
        }
    }
}

/// The frame inside a generator, coroutine or async generator that has not finished (3.11+).
pub fn generator_frame(facts: &Facts, generator: Raw) -> Option<ThreadFrame> {
    let layout = facts.layout.frames.as_ref().filter(|_| facts.frames)?;
    if generator.read::<i8>(layout.generator_state) >= STATE_CLEARED {
        return None;
    }
    // SAFETY: the frame is a part of the generator.
    let frame = unsafe { Raw::new(generator.address() + layout.generator_frame as usize) }?;
    Some(ThreadFrame { frame, is_object: false, code: code(layout, frame)? })
}

/// The interpreter frame behind a frame object (3.11+), or the frame object itself before.
pub fn frame_of_object(facts: &Facts, object: Raw) -> Option<ThreadFrame> {
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
    frame.pointer(layout.code).filter(|code| super::typeobject::is_exactly(*code, "code"))
}

fn line(facts: &Facts, frame: ThreadFrame) -> i32 {
    if frame.is_object {
        // SAFETY: a frame object of this thread or of one that waits for the GIL; the call only computes.
        return unsafe { pyo3::ffi::PyFrame_GetLineNumber(frame.frame.as_ptr().cast()) };
    }
    let first_line: i32 = frame.code.read(facts.layout.code.first_line);
    let offset = facts.layout.frames.zip(facts.layout.code.instructions).map(|(layout, instructions)| {
        let instruction: usize = frame.frame.read(layout.instruction);
        instruction as i64 - (frame.code.address() as i64 + instructions as i64)
    });
    match (offset, facts.symbols.code_line) {
        // SAFETY: reads the code's line table; an offset outside gives -1.
        (Some(offset @ 0..=0x7fff_ffff), Some(code_line)) => {
            match unsafe { code_line(frame.code.as_ptr(), offset as i32) } {
                line if line > 0 => line,
                _ => first_line,
            }
        }
        _ => first_line,
    }
}
