//! What a C function reads of its first argument, from its machine code: getters of compiled classes tell no offsets.
//!
//! The function is followed from its start to its returns, through the first of its branches. Who asks compares with
//! what the object's traversal reports.

use iced_x86::Register;
use iced_x86::{
    Code, Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, OpAccess, OpKind,
};

use super::getters::Loads;

/// A getter that does more than this is none that simply gives a field.
const MAX_INSTRUCTIONS: usize = 60;
/// Jumps that are followed: a getter may be another one's tail, or test the field first.
const MAX_JUMPS: usize = 4;
const PAGE: usize = 4096;
/// No instruction is longer.
const MAX_LEN: usize = 15;

/// What a register holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Held {
    /// The first argument.
    Argument,
    /// The word at this offset of what it points to.
    Word(isize),
}

/// What the function at `address` reads.
///
/// # Safety
/// `address` is that of a function of this process.
pub(super) unsafe fn loads(address: usize) -> Loads {
    let mut found = Loads::default();
    let mut factory = InstructionInfoFactory::new();
    // Where a path goes on, and what is in its registers there. A branch may be taken, or not.
    let mut paths = vec![(address, vec![(Register::RDI, Held::Argument)])];
    let (mut n_jumps, mut n_instructions) = (0, 0);
    while let Some((mut at, mut registers)) = paths.pop() {
        while found.returned.is_none() && n_instructions < MAX_INSTRUCTIONS {
            n_instructions += 1;
            // SAFETY: the caller's; and what the code goes on to is code.
            let Some(instruction) = (unsafe { instruction_at(at) }) else { break };
            match instruction.flow_control() {
                FlowControl::Return => {
                    found.returned = registers.iter().find_map(|(register, held)| match held {
                        Held::Word(offset) if *register == Register::RAX => Some(*offset),
                        _ => None,
                    });
                    break;
                }
                FlowControl::UnconditionalBranch if n_jumps < MAX_JUMPS => {
                    n_jumps += 1;
                    at = instruction.near_branch_target() as usize;
                    continue;
                }
                FlowControl::ConditionalBranch if n_jumps < MAX_JUMPS => {
                    n_jumps += 1;
                    paths.push((instruction.near_branch_target() as usize, registers.clone()));
                }
                FlowControl::Next | FlowControl::ConditionalBranch => {}
                FlowControl::Call | FlowControl::IndirectCall => {
                    registers.retain(|(register, _)| is_kept_by_calls(*register));
                }
                _ => break,
            }
            let moved = moved(&instruction, &registers);
            if let Some(Held::Word(offset)) = moved
                && !found.offsets.contains(&offset)
            {
                found.offsets.push(offset);
            }
            for used in factory.info(&instruction).used_registers() {
                let is_written = matches!(
                    used.access(),
                    OpAccess::Write | OpAccess::ReadWrite | OpAccess::CondWrite | OpAccess::ReadCondWrite
                );
                registers.retain(|(register, _)| !is_written || *register != used.register().full_register());
            }
            if let Some(held) = moved {
                registers.push((instruction.op0_register(), held));
            }
            at = instruction.next_ip() as usize;
        }
    }
    found
}

/// What the instruction moves into a register, if that is known.
fn moved(instruction: &Instruction, registers: &[(Register, Held)]) -> Option<Held> {
    let held = |register| registers.iter().find(|(known, _)| *known == register).map(|(_, held)| *held);
    if !matches!(instruction.code(), Code::Mov_r64_rm64 | Code::Mov_rm64_r64)
        || instruction.op0_kind() != OpKind::Register
    {
        return None;
    }
    if instruction.op1_kind() == OpKind::Register {
        return held(instruction.op1_register());
    }
    let is_of_argument = instruction.memory_index() == Register::None
        && held(instruction.memory_base()) == Some(Held::Argument);
    is_of_argument.then(|| Held::Word(instruction.memory_displacement64() as isize))
}

fn is_kept_by_calls(register: Register) -> bool {
    matches!(
        register,
        Register::RBX | Register::RBP | Register::R12 | Register::R13 | Register::R14 | Register::R15
    )
}

/// The instruction at an address; `None` if there is none.
///
/// # Safety
/// Code leads there.
unsafe fn instruction_at(address: usize) -> Option<Instruction> {
    let to_end_of_page = PAGE - address % PAGE;
    // What begins on a page is on it to the page's end; only an instruction that goes on is read beyond.
    for len in [to_end_of_page.min(MAX_LEN), MAX_LEN] {
        // SAFETY: see above.
        let bytes = unsafe { std::slice::from_raw_parts(address as *const u8, len) };
        let mut decoder = Decoder::with_ip(64, bytes, address as u64, DecoderOptions::NONE);
        let instruction = decoder.decode();
        if !instruction.is_invalid() {
            return Some(instruction);
        }
        if decoder.last_error() != iced_x86::DecoderError::NoMoreBytes {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads_of(code: &[u8]) -> (Vec<isize>, Option<isize>) {
        // Something behind it, as code has.
        let mut page = code.to_vec();
        page.resize(code.len() + MAX_LEN, 0xcc);
        // SAFETY: the bytes are read, and end with instructions that stop the search.
        let found = unsafe { loads(page.as_ptr() as usize) };
        (found.offsets, found.returned)
    }

    #[test]
    fn the_field_of_a_getter_is_found() {
        // endbr64; mov rax, [rdi+0x28]; test rax, rax; je +3; add dword [rax], 1; ret
        let plain =
            [0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x8b, 0x47, 0x28, 0x48, 0x85, 0xc0, 0x74, 3, 0x83, 0, 1, 0xc3];
        assert_eq!(loads_of(&plain), (vec![0x28], Some(0x28)));
        // push rbx; mov rbx, rdi; mov rdi, [rdi+0x18]; call +0; mov rax, [rbx+0x110]; pop rbx; ret
        let kept = [
            0x53, 0x48, 0x89, 0xfb, 0x48, 0x8b, 0x7f, 0x18, 0xe8, 0, 0, 0, 0, 0x48, 0x8b, 0x83, 0x10, 1, 0,
            0, 0x5b, 0xc3,
        ];
        assert_eq!(loads_of(&kept), (vec![0x18, 0x110], Some(0x110)));
        // cmp qword [rdi+0x20], 0; mov rdi, [rdi+0x30]; mov rax, [rdi+0x40]; ret: the last is of another object
        let tested = [0x48, 0x83, 0x7f, 0x20, 0, 0x48, 0x8b, 0x7f, 0x30, 0x48, 0x8b, 0x47, 0x40, 0xc3];
        assert_eq!(loads_of(&tested), (vec![0x30], None));
        // mov rdx, [rdi+0x10]; mov rax, rdx; ret
        assert_eq!(loads_of(&[0x48, 0x8b, 0x57, 0x10, 0x48, 0x89, 0xd0, 0xc3]), (vec![0x10], Some(0x10)));
        // mov rax, [rdi+0x98]; test rax, rax; jne +3; xor eax, eax; ret; inc qword [rax]; ret
        let tested_first = [
            0x48, 0x8b, 0x87, 0x98, 0, 0, 0, 0x48, 0x85, 0xc0, 0x75, 3, 0x31, 0xc0, 0xc3, 0x48, 0xff, 0, 0xc3,
        ];
        assert_eq!(loads_of(&tested_first), (vec![0x98], Some(0x98)));
        // jmp +0; mov rax, [rdi+0x10]; ret
        assert_eq!(loads_of(&[0xeb, 0, 0x48, 0x8b, 0x47, 0x10, 0xc3]), (vec![0x10], Some(0x10)));
        // mov eax, [rdi+0x10]; lea rax, [rdi+0x18]; ret: no word of a reference
        assert_eq!(loads_of(&[0x8b, 0x47, 0x10, 0x48, 0x8d, 0x47, 0x18, 0xc3]), (vec![], None));
        assert_eq!(loads_of(&[0x06]), (vec![], None));
    }
}
