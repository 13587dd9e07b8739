//! Where code is in the source: the locations of code objects, and of what runs them or waits in them.

use heapview_snapshot::{Address, Location, SnapshotWriter, StrIx};
use rustc_hash::FxHashMap;

use crate::cpython::{self, Facts, Raw, ThreadFrame};
use crate::type_facts::Extra;

/// Writes locations.
#[derive(Default, Debug)]
pub(crate) struct Locations {
    /// Names of files written so far, by the address of the `str` that code objects of one file share.
    files: FxHashMap<usize, StrIx>,
}

impl Locations {
    /// Writes where `object` is, if it is of a kind that is somewhere.
    pub(crate) fn of_object(
        &mut self,
        facts: &Facts,
        extra: Extra,
        object: Raw,
        writer: &mut SnapshotWriter,
    ) {
        let frame = match extra {
            Extra::Code => return self.of_code(facts, object, writer),
            Extra::Frame => cpython::frame_of_object(facts, object),
            Extra::Generator => cpython::generator_frame(facts, object),
            _ => None,
        };
        if let Some(frame) = frame {
            self.of_frame(facts, object, frame, writer);
        }
    }

    /// Writes where `object` is, which is `frame` or has it inside.
    pub(crate) fn of_frame(
        &mut self,
        facts: &Facts,
        object: Raw,
        frame: ThreadFrame,
        writer: &mut SnapshotWriter,
    ) {
        let Some((file, first_line)) = cpython::code_place(facts, frame.code) else { return };
        let function = writer.intern(&cpython::function_name(facts, frame));
        let file = self.file(facts, file, writer);
        let line = cpython::current_line(facts, frame);
        writer.location(Location { object: address(object), function, file, first_line, line });
    }

    /// A code object's preview is the function's name.
    fn of_code(&mut self, facts: &Facts, code: Raw, writer: &mut SnapshotWriter) {
        let Some((file, first_line)) = cpython::code_place(facts, code).filter(|_| facts.frames) else {
            return;
        };
        let (function, file) = (StrIx::new(0), self.file(facts, file, writer));
        writer.location(Location { object: address(code), function, file, first_line, line: 0 });
    }

    /// The whole name of a file in the table of texts.
    fn file(&mut self, facts: &Facts, name: Raw, writer: &mut SnapshotWriter) -> StrIx {
        if let Some(known) = self.files.get(&name.address()) {
            return *known;
        }
        let position = writer.intern(&cpython::text(facts, name).unwrap_or_default());
        if self.files.try_reserve(1).is_ok() {
            self.files.insert(name.address(), position);
        }
        position
    }
}

fn address(object: Raw) -> Address {
    Address::new(object.address() as u64)
}
