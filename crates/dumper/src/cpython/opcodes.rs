//! What each instruction of CPython's does to the stack, one letter for an opcode, specialized and instrumented ones
//! included. `tests/tools/opcodes.py` prints the rows of a version; `uses.rs` says what the letters mean.
//!
//! <https://github.com/python/cpython/blob/3.14/Python/bytecodes.c>

use super::frame::ThreadFrame;
use super::raw::Raw;
use super::{Facts, content, object, tuple_items};

/// What the instructions of one version do.
#[derive(Debug)]
pub(crate) struct Opcodes {
    /// `#` where it cannot be told.
    letters: &'static [u8; 256],
    /// Units behind the instruction that belong to it, as a hexadecimal digit.
    caches: &'static [u8; 256],
    /// Bits before the name in the argument of what loads a global, or an attribute.
    pub global_shift: u8,
    pub attribute_shift: u8,
    /// And of a module.
    pub import_shift: u8,
    /// Places on the stack that an iterator takes.
    pub n_of_iterator: usize,
    /// Closure variables are numbered as the local ones are.
    has_one_table: bool,
}

/// One instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    /// In bytes.
    pub offset: usize,
    pub letter: u8,
    pub argument: usize,
    /// Behind it and its caches, in bytes.
    pub next: usize,
}

impl Opcodes {
    /// The instructions in `code`, without those that only lengthen the argument of the next one.
    pub(crate) fn instructions<'a>(&'a self, code: &'a [u8]) -> impl Iterator<Item = Instruction> + 'a {
        let (mut at, mut more) = (0, 0usize);
        std::iter::from_fn(move || {
            loop {
                let (opcode, argument) = (*code.get(at)?, *code.get(at + 1)?);
                let letter = self.letters[opcode as usize];
                let n_caches = (self.caches[opcode as usize] as char).to_digit(16).unwrap_or(0) as usize;
                let (offset, argument) = (at, more << 8 | argument as usize);
                at += 2 + 2 * n_caches;
                if letter == b'x' {
                    more = argument & 0xff_ffff;
                    continue;
                }
                more = 0;
                return Some(Instruction { offset, letter, argument, next: at });
            }
        })
    }
}

/// The instructions of a code object as bytes; `None` where they are not found.
pub(crate) fn code_bytes<'a>(facts: &Facts, code: Raw) -> Option<&'a [u8]> {
    let layout = &facts.layout.code;
    match layout.instructions {
        // Their number is the size of the object.
        Some(start) => Some(code.bytes(start, 2 * usize::try_from(object::var_size(code)).ok()?)),
        None => content(facts, code.pointer(layout.bytes?)?),
    }
}

/// The names of a code object's globals and attributes, by their numbers.
pub(crate) fn code_names(facts: &Facts, code: Raw) -> impl Iterator<Item = Option<Raw>> {
    code.pointer(facts.layout.code.names).into_iter().flat_map(tuple_items)
}

/// The names of its closure variables, by their numbers.
pub(crate) fn closure_names(facts: &Facts, code: Raw) -> impl Iterator<Item = Option<Raw>> {
    let tables = facts.layout.code.local_names;
    let n_before = usize::from(!facts.layout.opcodes.has_one_table && tables.len() > 1);
    tables[n_before..].iter().filter_map(move |offset| code.pointer(*offset)).flat_map(tuple_items)
}

/// The file of a code object, and its name.
pub(crate) fn code_file_and_name(facts: &Facts, code: Raw) -> Option<(Raw, Raw)> {
    let layout = &facts.layout.code;
    Some((code.pointer(layout.filename)?, code.pointer(layout.name)?))
}

/// How far a running frame is in its code, in bytes.
pub(crate) fn position(facts: &Facts, frame: ThreadFrame) -> Option<usize> {
    if frame.is_object {
        let layout = facts.layout.old_frames.as_ref()?;
        let at: i32 = frame.frame.read(layout.last_instruction);
        return Some(usize::try_from(at).unwrap_or(0) * layout.unit);
    }
    let start = super::frame::instructions(facts, frame)?;
    let at: usize = frame.frame.read(facts.layout.frames.as_ref()?.instruction);
    at.checked_sub(start)
}

pub(super) const OPCODES_39: Opcodes = Opcodes {
    letters: b"#t8R56.##n11!##122#22#222[2222##################....v#.+22#2]-22\
        2222I1ec.1s2222+##or.n1n#.enz>.AtGn#cNTTTDa=qcjeeJppgi?##Xw#fln#\
        ##r(Qy#cdYn##K.vxeehd#####v9CT##mMeeee##########################\
        ################################################################",
    caches: b"0000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000000",
    global_shift: 0,
    attribute_shift: 0,
    import_shift: 0,
    n_of_iterator: 1,
    has_one_table: false,
};

pub(super) const OPCODES_310: Opcodes = Opcodes {
    letters: b"#t8R56.##n11!##122#22#222[2222.....##############...v#.+22#2]-22\
        2222I1ec.1s2222+##or.n1n#.enz>.AtGn.cNTTTDa=qcjeeJppgi?.#Xw#fln#\
        #nr(Qy#cdYn##K.vxeehd###0#v9CT##mMeeee##########################\
        ################################################################",
    caches: b"0000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000000",
    global_shift: 0,
    attribute_shift: 0,
    import_shift: 0,
    n_of_iterator: 1,
    has_one_table: false,
};

pub(super) const OPCODES_311: Opcodes = Opcodes {
    letters: b"ntcbbbbbbn11!bb1b[[[[[333[====....xvE.Jaaaaacffgg...vv.gmmmm]-mm\
        nnnnI1ecnnscnnnnnnor.n1...enz>.AtGn7cNTTTDa=qcjeenppgi?.4nb.flnn\
        uur1HyJVcdYnJn.nxeehdnnn0AA9CTAAmleeeenl]]]3nUUPPzzzz###########\
        ################################################################",
    caches: b"00011111100001101444444444222200000000044444000550000005aaaa10aa\
        1111000011001111110000000000100400000000004200000100500001100001\
        00000000000001010000000004400044a0000010111400000111100000000000\
        0000000000000000000000000000000000000000000000000000000000000000",
    global_shift: 1,
    attribute_shift: 0,
    import_shift: 0,
    n_of_iterator: 1,
    has_one_table: true,
};

pub(super) const OPCODES_312: Opcodes = Opcodes {
    letters: b"ntc...bbbnb1!bb1b#b[[[[33[:;33....3vE.33333333333...vv..3===]->>\
        >>SSI1acaascaaaaaaarcnfcf.enz>.AtGn7cNTTTDa=qcjggAppgi?.4jb.flnf\
        uur1HyJVcdYnJS.fxeehAn1n0Al9CTl]]zeeeezz.##3n1211###############\
        #############################################Suun3r1.jJj>pp..###",
    caches: b"0000001110100110101111133100330000300033333333333000000031111011\
        1111009099009999999000000000110400000000009100044400400000110000\
        0000000000000100000040000400000111000011100300000000000000000000\
        0000000000000000000000000000000000000000000001000300000010000000",
    global_shift: 1,
    attribute_shift: 1,
    import_shift: 0,
    n_of_iterator: 1,
    has_one_table: true,
};

pub(super) const OPCODES_313: Opcodes = Opcodes {
    letters: b"nvvb:[.E.-....oO.#.I.1.scc1...n.tvccrn;]!11!.bCTDTyTT3.12W=?o4nt\
        nnnnee#x>1cqiJJjeeacdfffF11gNSVh0puupr.j.e2eAYlkLGe7.z1#########\
        #####################nbbbbbbb[[[[[33333333333333333333===??>>>>a\
        aaaaaaaaaaaggSSn.AAA]]!!!!!!zzz#############n..rj1S>3W.#jJppuu##",
    caches: b"0001010000000000000000000000000000000001300001000000030000110000\
        0000000010000100009000000004010001111000100040000000010000000000\
        0000000000000000000000111111111111333333333333333333331111111119\
        9999999999944110144411333333111000000000000000000011300001111100",
    global_shift: 1,
    attribute_shift: 1,
    import_shift: 0,
    n_of_iterator: 1,
    has_one_table: true,
};

pub(super) const OPCODES_314: Opcodes = Opcodes {
    letters: b"n:.b..E.-...oO..I#.1.cc1...nn..tvccrn;]!11!.b.TDTyTT312W=?o4ntnn\
        nnee.x>1cqiJJjeeascdfffFfF11gNc.SVh0puupr..e2eAYlkLGe7.z1#######\
        nbbbbbbbbbbbbbb33333333WWW333333333333===??>>>>JJaaaaaaaaaaaaacc\
        ggSSn.AAA]]!!!!!!zzz######################...>#jnppuunr1.S3W.J##",
    caches: b"0005000000000000000000000000000000000013000050000000300311000000\
        0000001000010000900000000000400010001111001000400000000100000000\
        0555555555555553333333333333333333333311111111111999999999999900\
        4411014441133333311100000000000000000000000001000111100001330100",
    global_shift: 1,
    attribute_shift: 1,
    import_shift: 0,
    n_of_iterator: 1,
    has_one_table: true,
};

pub(super) const OPCODES_315: Opcodes = Opcodes {
    letters: b"n:.b..E.-...oO...#.cc1...nn..tvccrn;]!11!.b.TDTyTT312W=?o4ntnnnn\
        ee.x>1IcqiJJjeeascdfffFfF11gNc.SVh0puupr..e2eAYlkLGe7.z1########\
        nbbbbbbbbbbbbbbb3333333..3WWW333333333333===??>>>>>IIJJaaaaaaaaa\
        aaaaggSSnn...AAA]]!!!!!!zzz##############...>#jnppuunr1.S3W.J###",
    caches: b"0005100000000000000000000000000000001300005000000030031100000000\
        0000101000100009000000000004000100011110010004000000001000000000\
        1555555555555555333333311333333333333333311111111111111999999999\
        9999441111111444113333331110000000000000000010001111100013311000",
    global_shift: 1,
    attribute_shift: 1,
    import_shift: 2,
    n_of_iterator: 2,
    has_one_table: true,
};
