//! Where code is: functions, files and lines of code objects, and of the frames that run them or wait.

use rkyv::{Archive, Serialize};

use crate::ids::{Address, StrIx};

/// The place in the source of one code object, frame, generator, coroutine or asynchronous generator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Location {
    pub object: Address,
    /// The function's qualified name; before CPython 3.11 its bare one. Empty where the object's preview is the name.
    pub function: StrIx,
    /// The whole name of the file, as the code names it.
    pub file: StrIx,
    /// The line where the function begins, from 1; 0 if it is not known.
    pub first_line: u32,
    /// The line that runs, or that it goes on from; 0 if it does neither, or if that is not known.
    pub line: u32,
}

/// The locations, column by column.
#[derive(Archive, Serialize, Default, Debug)]
pub(crate) struct LocationTable {
    pub objects: Vec<u64>,
    pub functions: Vec<u32>,
    pub files: Vec<u32>,
    pub first_lines: Vec<u32>,
    pub lines: Vec<u32>,
}

impl LocationTable {
    /// False if there is no memory for it.
    #[must_use]
    pub(crate) fn push(&mut self, row: Location) -> bool {
        let columns = [&mut self.functions, &mut self.files, &mut self.first_lines, &mut self.lines];
        let has_room = self.objects.try_reserve(1).is_ok()
            && columns.into_iter().all(|column| column.try_reserve(1).is_ok());
        if has_room {
            self.objects.push(row.object.get());
            self.functions.push(row.function.get());
            self.files.push(row.file.get());
            self.first_lines.push(row.first_line);
            self.lines.push(row.line);
        }
        has_room
    }
}
