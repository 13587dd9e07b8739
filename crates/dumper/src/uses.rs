//! What the user's code does with what it reads under names: whether a container may lose elements without anybody
//! noticing.

use heapview_snapshot::{Address, CodeUse, NameKind, Origin, SnapshotWriter, Uses};
use rustc_hash::FxHashMap;

use crate::cpython::{self, Facts, Instruction, Raw, ThreadFrame};
use crate::machine::Machine;
use crate::names::Names;
use crate::notes::Habit;
use crate::origins::Origins;
use crate::value::{Key, Kind};

/// Whoever matches by classes reads attributes that the classes name there, or that stand in its constants.
const MATCHED: &str = "__match_args__";

/// Whoever asks for attributes by names that are made may read all there are.
const ALL: &str = "__dict__";
/// What is done with what one only looks at.
const LOOKED_AT: Uses = Uses::LEN.with(Uses::COUNT).with(Uses::CATCHES).with(Uses::BARE);

/// Writes what the code of the user's does.
pub(crate) struct CodeUses<'a> {
    facts: &'a Facts,
    origins: Origins<'a>,
    /// Whether code of a file, by the address of its name, is the user's.
    files: FxHashMap<usize, bool>,
}

impl<'a> CodeUses<'a> {
    pub(crate) fn new(facts: &'a Facts) -> Self {
        Self { facts, origins: Origins::running(facts), files: FxHashMap::default() }
    }

    /// Writes the uses of a code object that anybody may call. That of a module runs once: see [`Self::running`].
    pub(crate) fn of(&mut self, code: Raw, names: &mut Names, writer: &mut SnapshotWriter) {
        if let Some(name) = self.name_of_users(code)
            && !is_top_level(&name)
        {
            self.write(code, 0, names, writer);
        }
    }

    /// Writes the uses that a frame which runs the code of a module is still to come to.
    pub(crate) fn running(&mut self, frame: ThreadFrame, names: &mut Names, writer: &mut SnapshotWriter) {
        if let Some(name) = self.name_of_users(frame.code)
            && is_top_level(&name)
        {
            let position = cpython::position_in_code(self.facts, frame).unwrap_or(0);
            self.write(frame.code, position, names, writer);
        }
    }

    /// The name of a code object of the user's.
    fn name_of_users(&mut self, code: Raw) -> Option<String> {
        if !self.facts.frames {
            return None;
        }
        let (file, name) = cpython::code_file_and_name(self.facts, code)?;
        let is_users = self.is_users(file)?;
        let name = cpython::text(self.facts, name).filter(|_| is_users)?;
        // Methods that `dataclass` makes look at all fields and count on none.
        let is_made = name.starts_with("__") && cpython::equals(self.facts, file, "<string>");
        (!is_made).then_some(name)
    }

    fn is_users(&mut self, file: Raw) -> Option<bool> {
        if let Some(known) = self.files.get(&file.address()) {
            return Some(*known);
        }
        let is_users = self.origins.of_code(&cpython::text(self.facts, file)?) == Origin::User;
        if self.files.try_reserve(1).is_ok() {
            self.files.insert(file.address(), is_users);
        }
        Some(is_users)
    }

    fn write(&self, code: Raw, position: usize, names: &mut Names, writer: &mut SnapshotWriter) {
        let facts = self.facts;
        let Some(bytes) = cpython::code_bytes(facts, code) else { return };
        let of_code: Vec<Option<Raw>> = cpython::code_names(facts, code).collect();
        let texts = of_code.iter().map(|name| name.and_then(|name| cpython::text(facts, name)));
        let mut machine = Machine::new(facts.layout.opcodes, texts.map(Option::unwrap_or_default).collect());
        let start = if position > 0 { loop_start(facts, bytes, position) } else { 0 };
        machine.run(bytes, start);
        let closure: Vec<Option<Raw>> = cpython::closure_names(facts, code).collect();
        let mut notes = machine.notes();
        let own_name = cpython::code_file_and_name(facts, code).map(|(_, name)| name);
        let address = Address::new(code.address() as u64);
        let mut write = |writer: &mut SnapshotWriter, kind, name: Option<Raw>, uses| {
            if let Some(name) = name {
                let name = names.label(facts, writer, name);
                writer.code_use(CodeUse { code: address, kind, name, uses });
            }
        };
        for habit in std::mem::take(&mut notes.habits) {
            let (name, uses) = match habit {
                Habit::Matches => (MATCHED, Uses::ESCAPE),
                Habit::AsksForAny => (ALL, Uses::ITERATE),
                Habit::Handles => {
                    write(writer, NameKind::Handler, own_name, Uses::default());
                    continue;
                }
            };
            let name = writer.intern(name);
            writer.code_use(CodeUse { code: address, kind: NameKind::Attribute, name, uses });
        }
        for number in &notes.imports {
            write(writer, NameKind::Import, of_code.get(*number).copied().flatten(), Uses::default());
        }
        let name_of = |key: Key| match key.kind {
            Kind::Local | Kind::CalledLocal => own_name,
            Kind::Named(NameKind::Closure)
            | Kind::Called(NameKind::Closure)
            | Kind::Element(NameKind::Closure) => closure.get(key.number).copied().flatten(),
            Kind::Named(_) | Kind::Called(_) | Kind::Element(_) => of_code.get(key.number).copied().flatten(),
        };
        for key in notes.given.iter().filter(|key| matches!(key.kind, Kind::Named(_))) {
            write(writer, NameKind::Given, name_of(*key), Uses::LEN);
        }
        for key in notes.unkeyed().into_iter().filter(|key| matches!(key.kind, Kind::Named(_))) {
            write(writer, NameKind::Unkeyed, name_of(key), Uses::STORE);
        }
        if notes.returns_rebound() {
            write(writer, NameKind::Unkeyed, own_name, Uses::STORE);
        }
        for key in std::mem::take(&mut notes.commands) {
            write(writer, NameKind::Command, name_of(key), Uses::LEN);
        }
        for (key, uses) in notes.uses() {
            let kind = match key.kind {
                Kind::Named(kind) => kind,
                // What was called gave something, which nobody uses.
                Kind::Called(_) | Kind::CalledLocal
                    if uses.is_only(Uses::LEN.with(Uses::CATCHES).with(Uses::BARE)) =>
                {
                    continue;
                }
                Kind::Called(_) => NameKind::Called,
                Kind::Element(_) => NameKind::Element,
                Kind::CalledLocal if uses.is_only(LOOKED_AT) => continue,
                Kind::CalledLocal => NameKind::LocalCalled,
                Kind::Local if !notes.is_argument(key.number) => continue,
                Kind::Local if key.number == 0 && uses.has(Uses::CHANGED.with(Uses::ESCAPE)) => {
                    NameKind::First
                }
                Kind::Local if uses.has(Uses::CHANGED) => NameKind::Argument,
                Kind::Local => continue,
            };
            write(writer, kind, name_of(key), uses);
        }
    }
}

/// The code of a module, or of a cell of a notebook.
fn is_top_level(name: &str) -> bool {
    name == "<module>" || name.starts_with("<cell line")
}

/// Where the code that may still run begins: at `position`, or at the head of the outermost loop around it.
fn loop_start(facts: &Facts, code: &[u8], position: usize) -> usize {
    let unit = facts.layout.old_frames.as_ref().map(|layout| layout.unit);
    let target = |one: &Instruction| match (one.letter, unit) {
        (b'J' | b'p', Some(unit)) => Some(one.argument * unit),
        (b'J' | b'P' | b'U', None) => one.next.checked_sub(2 * one.argument),
        _ => None,
    };
    let after = facts.layout.opcodes.instructions(code).filter(|one| one.offset >= position);
    after.filter_map(|one| target(&one)).min().map_or(position, |start| start.min(position))
}
