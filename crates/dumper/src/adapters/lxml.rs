//! `lxml.etree._Document`: the tree of nodes behind it, which belongs to libxml2.
//!
//! libxml2 knows nothing of the GIL: a tree may change while it is read. So nothing in it is trusted: memory is read
//! where it is there, a node must name its document, and none is taken twice.

use heapview_snapshot::AddressSet;

use super::{Buffer, BufferKind};
use crate::cpython::{self, Access, HEAD, Raw, TypeFields};
use crate::probe::Pages;

/// `tp_name` of the type.
pub(crate) const DOCUMENT: &str = "lxml.etree._Document";

/// Believed only where the traversal reports what lies there.
pub(crate) const FIELDS: &[TypeFields] = &[
    ("lxml.etree._Element", &[("_doc", 16, Access::Internal), ("_tag", 32, Access::Internal)]),
    // Behind a `str`, which became shorter with 3.12.
    (
        "lxml.etree._ElementUnicodeResult",
        &[("_parent", 64, Access::Internal), ("_parent", 80, Access::Internal)],
    ),
];

// Structs of libxml2, the same in all versions 2:
// https://gitlab.gnome.org/GNOME/libxml2/-/blob/v2.14.6/include/libxml/tree.h
const TYPE: u64 = 8;
const CHILDREN: u64 = 24;
const NEXT: u64 = 48;
const OWNER: u64 = 64;
const CONTENT: u64 = 80;
/// Short texts stand here, in the node.
const PROPERTIES: u64 = 88;
const NAMESPACES: u64 = 96;
/// Of a namespace.
const HREF: u64 = 16;
const PREFIX: u64 = 24;

/// Bytes of the structs.
const NODE: u64 = 120;
const ATTRIBUTE: u64 = 96;
const NAMESPACE: u64 = 48;
const TREE: u64 = 176;

/// `xmlElementType`.
const IS_ELEMENT: u64 = 1;
const IS_ATTRIBUTE: u64 = 2;
const IS_TEXT: u64 = 3;
const IS_CDATA: u64 = 4;
const IS_ENTITY_REFERENCE: u64 = 5;
const IS_INSTRUCTION: u64 = 7;
const IS_COMMENT: u64 = 8;
const IS_DOCUMENT: u64 = 9;
const IS_HTML_DOCUMENT: u64 = 13;

/// An element declares no more namespaces; elsewhere a list may lead back into itself.
const MAX_NAMESPACES: usize = 1000;
/// What `malloc` adds to a block, and what its sizes are multiples of.
const OVERHEAD: u64 = 8;
const ALIGNMENT: u64 = 16;
const IS_GLIBC: bool = cfg!(all(target_os = "linux", target_env = "gnu"));

/// The tree of a document: what freeing it gives back, at least. Names and short texts lie in a table that all
/// documents of a thread share, and what a document type declares is left out. O(nodes).
pub(crate) fn tree(document: Raw) -> Option<Buffer> {
    let mut pages = Pages::new()?;
    let n_words = cpython::sizes(cpython::type_of(document)).0 / 8;
    let mut fields = (HEAD as u64 / 8..n_words).map(|word| document.field::<u64>(word as isize * 8));
    let address = fields.find(|address| is_tree(&mut pages, *address))?;
    let mut tree = Tree { pages, address, seen: AddressSet::new(), unvisited: Vec::new(), size: block(TREE) };
    tree.follow(address + CHILDREN);
    while let Some(node) = tree.unvisited.pop() {
        tree.node(node);
    }
    Some(Buffer { address, size: tree.size, kind: BufferKind::LXML })
}

/// Whether a document of libxml2's starts at `address`: it names itself as its document.
fn is_tree(pages: &mut Pages, address: u64) -> bool {
    let is_document = |word| matches!(word & u64::from(u32::MAX), IS_DOCUMENT | IS_HTML_DOCUMENT);
    address != 0
        && pages.word(address.wrapping_add(TYPE)).is_some_and(is_document)
        && pages.word(address.wrapping_add(OWNER)) == Some(address)
}

struct Tree {
    pages: Pages,
    /// Of the document.
    address: u64,
    seen: AddressSet,
    unvisited: Vec<u64>,
    size: u64,
}

impl Tree {
    /// Counts a node, and takes note of those that it leads to.
    fn node(&mut self, node: u64) {
        if self.pages.word(node.wrapping_add(OWNER)) != Some(self.address) || !self.seen.insert(node) {
            return;
        }
        let Some(kind) = self.pages.word(node + TYPE) else { return };
        self.follow(node + NEXT);
        self.size += match kind & u64::from(u32::MAX) {
            IS_ELEMENT => {
                self.follow(node + PROPERTIES);
                self.follow(node + CHILDREN);
                self.block(node, NODE) + self.namespaces(node + NAMESPACES)
            }
            IS_ATTRIBUTE => {
                self.follow(node + CHILDREN);
                self.block(node, ATTRIBUTE)
            }
            IS_TEXT | IS_CDATA | IS_INSTRUCTION | IS_COMMENT => {
                self.block(node, NODE) + self.text(node + CONTENT)
            }
            // What it stands for belongs to the document type.
            IS_ENTITY_REFERENCE => self.block(node, NODE),
            _ => 0,
        };
    }

    fn follow(&mut self, place: u64) {
        self.unvisited.extend(self.pages.word(place).filter(|node| *node != 0));
    }

    /// Bytes of the namespaces in the list at `place`.
    fn namespaces(&mut self, place: u64) -> u64 {
        let mut size = 0;
        let mut next = self.pages.word(place);
        for _ in 0..MAX_NAMESPACES {
            let Some(namespace) = next.filter(|namespace| *namespace != 0) else { break };
            let Some(after) = self.pages.word(namespace) else { break };
            size += self.block(namespace, NAMESPACE)
                + self.text(namespace.wrapping_add(HREF))
                + self.text(namespace.wrapping_add(PREFIX));
            next = Some(after);
        }
        size
    }

    /// Bytes of the block of a struct of this size.
    fn block(&mut self, address: u64, size: u64) -> u64 {
        let least = block(size);
        // glibc gives more where what is left of a free block would be too small for another.
        let own = if IS_GLIBC { self.own_block(address) } else { None };
        own.filter(|own| (least..=least + ALIGNMENT).contains(own)).unwrap_or(least)
    }

    /// Bytes of the text that the pointer at `place` names, if it has a block of its own.
    fn text(&mut self, place: u64) -> u64 {
        self.pages.word(place).and_then(|text| self.own_block(text)).unwrap_or(0)
    }

    /// Bytes of the block that starts at `address`, if one does: glibc writes the size in front of it, and behind it, in
    /// front of the next, that it is in use. <https://sourceware.org/glibc/wiki/MallocInternals>
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn own_block(&mut self, address: u64) -> Option<u64> {
        const FLAGS: u64 = 7;
        const IN_USE: u64 = 1;
        const IS_MAPPED: u64 = 2;
        const LEAST: u64 = 32;
        const MAX_COUNT: u64 = 1 << 40;
        const PAGE: u64 = 4096;
        if address < LEAST || !address.is_multiple_of(ALIGNMENT) {
            return None;
        }
        let head = self.pages.word(address - OVERHEAD)?;
        let size = head & !FLAGS;
        if !(LEAST..MAX_COUNT).contains(&size) || !size.is_multiple_of(ALIGNMENT) {
            return None;
        }
        if head & IS_MAPPED != 0 {
            // All pages of the mapping; from glibc 2.43 on without the head.
            let whole = size.next_multiple_of(PAGE);
            let is_block = whole - size <= 2 * OVERHEAD && (address - 2 * OVERHEAD).is_multiple_of(PAGE);
            return is_block.then_some(whole);
        }
        let is_block = self.pages.word((address - OVERHEAD).checked_add(size)?)? & IN_USE != 0;
        is_block.then_some(size)
    }

    /// Bytes of a text that is too long for the table of names.
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    fn own_block(&mut self, address: u64) -> Option<u64> {
        const MAX_SHARED_LEN: u64 = 60;
        const MAX_COUNT: u64 = 1 << 40;
        let mut word = address & !7;
        while word.saturating_sub(address) < MAX_COUNT {
            let bytes = self.pages.word(word)?.to_ne_bytes();
            let is_end = |(place, byte): &(u64, u8)| *byte == 0 && *place >= address;
            if let Some((end, _)) = (word..).zip(bytes).find(is_end) {
                return (end - address >= MAX_SHARED_LEN).then(|| block(end - address + 1));
            }
            word = word.checked_add(8)?;
        }
        None
    }
}

/// Bytes of the block that `malloc` gives for `size`.
fn block(size: u64) -> u64 {
    (size + OVERHEAD).next_multiple_of(ALIGNMENT)
}
