//! How an object, a reference, a root is named. The only place.

use heapview_analysis::{
    Heap, HeapRoot, HeapRootKind, HeapThread, Label, Reference, free_variable, is_identifier, literal, quoted,
};
use heapview_snapshot::{EdgeKind, ObjectIx, RootKind};

use crate::number::count;

/// Characters of a value shown in one line.
const MAX_VALUE_LEN: usize = 48;

/// One line: type, value or length, object id. `list (5) @1a2b`, `str 'hello…' @3`.
pub fn object_label(heap: &Heap, object: ObjectIx) -> String {
    match value_label(heap, object) {
        Some(value) => format!("{} {value} {object}", heap.type_name(object)),
        None => format!("{} {object}", heap.type_name(object)),
    }
}

/// The value or the length of an object, in one bounded line without control characters.
pub fn value_label(heap: &Heap, object: ObjectIx) -> Option<String> {
    if let Some(preview) = heap.snapshot().preview(object) {
        let is_cut = preview.truncated || preview.text.chars().count() > MAX_VALUE_LEN;
        let text: String = preview.text.chars().take(MAX_VALUE_LEN).collect();
        let ellipsis = if is_cut { "…" } else { "" };
        let plain = || {
            let escaped = quoted(&text);
            escaped[1..escaped.len() - 1].replace("\\'", "'")
        };
        return Some(match heap.type_name(object) {
            "str" => {
                let literal = quoted(&text);
                format!("{}{ellipsis}'", &literal[..literal.len() - 1])
            }
            "bytes" => format!("b'{text}{ellipsis}'"),
            _ => format!("{}{ellipsis}", plain()),
        });
    }
    if let Some(place) = heap.source_place(object).filter(|_| heap.snapshot().flags(object).is_synthetic()) {
        return Some(place.label());
    }
    let length = match heap.type_name(object) {
        "list" | "tuple" | "set" | "frozenset" => heap.snapshot().n_edges_of(object),
        "dict" => heap.snapshot().n_edges_of(object) / 2,
        _ => return None,
    };
    Some(format!("({})", count(length)))
}

/// What stands between holder and held: `.cache`, `[5]`, `['k']`, `local 'x'`.
pub fn reference_label(heap: &Heap, reference: &Reference) -> String {
    let name = || match reference.label {
        Label::Name(name) => heap.snapshot().string(name),
        _ => "?",
    };
    match reference.kind {
        EdgeKind::Attribute | EdgeKind::Slot => format!(".{}", name()),
        EdgeKind::Item => match reference.label {
            Label::Index(Some(index)) => match free_variable(heap, reference) {
                Some(name) => format!("[{index}] variable {}", quoted(name)),
                None => format!("[{index}]"),
            },
            _ => "[…]".to_owned(),
        },
        EdgeKind::DictValue => match reference.label {
            Label::Key(key) => literal(heap, key)
                .map_or_else(|| format!("[<{}>]", object_label(heap, key)), |key| format!("[{key}]")),
            _ => "[…]".to_owned(),
        },
        EdgeKind::DictKey => "key".to_owned(),
        EdgeKind::SetMember => "member".to_owned(),
        EdgeKind::InstanceDict => ".__dict__".to_owned(),
        EdgeKind::Type => "type".to_owned(),
        EdgeKind::Local => format!("local {}", quoted(name())),
        EdgeKind::Stack => "temporary".to_owned(),
        EdgeKind::Internal => format!("<{}>", name()),
        EdgeKind::Unnamed => match reference.label {
            Label::Offset(Some(word)) => format!("<+{:#x}>", u64::from(word) * 8),
            _ => "<unnamed>".to_owned(),
        },
        EdgeKind::Buffer => "data".to_owned(),
        EdgeKind::Weak => format!("weak {}", name()),
    }
}

/// Why a root lives, in words.
pub fn root_label(root: &HeapRoot) -> String {
    let thread =
        root.thread.as_ref().map_or_else(String::new, |thread| format!(" (thread {})", thread_label(thread)));
    match root.kind {
        HeapRootKind::Named(RootKind::Module) if !is_identifier(&root.label.replace('.', "_")) => {
            format!("module {}", quoted(&root.label))
        }
        HeapRootKind::Unexplained { n_references } => {
            let s = if n_references == 1 { "" } else { "s" };
            format!("held from C ({n_references} reference{s} nobody in Python accounts for)")
        }
        kind @ HeapRootKind::Named(_) if ["", root_kind_label(kind)].contains(&&*root.label) => {
            root_kind_label(kind).to_owned()
        }
        kind @ HeapRootKind::Named(_) => format!("{} {}{thread}", root_kind_label(kind), root.label),
    }
}

/// A thread by its name, or by its number where it has none.
pub fn thread_label(thread: &HeapThread) -> String {
    if thread.name.is_empty() { format!("{:#x}", thread.ident) } else { thread.name.clone() }
}

/// The kind of a root in one or two words.
pub fn root_kind_label(kind: HeapRootKind) -> &'static str {
    match kind {
        HeapRootKind::Named(RootKind::Module) => "module",
        HeapRootKind::Named(RootKind::Builtin) => "builtins",
        HeapRootKind::Named(RootKind::Frame) => "frame",
        HeapRootKind::Named(RootKind::Interpreter | RootKind::OtherModule) => "interpreter",
        HeapRootKind::Named(RootKind::StaticType) => "static type",
        HeapRootKind::Named(RootKind::Immortal) => "immortal",
        HeapRootKind::Named(RootKind::GcGarbage) => "gc.garbage",
        HeapRootKind::Named(RootKind::Atexit) => "atexit",
        HeapRootKind::Named(RootKind::Greenlet) => "suspended greenlet",
        HeapRootKind::Unexplained { .. } => "held from C",
    }
}
