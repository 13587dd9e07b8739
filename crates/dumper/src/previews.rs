//! Bounded text of values, for builtin types only and without running any code of theirs.

use std::fmt::Write as _;

use crate::adapters::numpy;
use crate::cpython::{self, Clip, Facts, Int, Raw};
use crate::type_facts::{PreviewRule, TypeFacts};

/// Characters kept of a text.
pub const LENGTH: usize = 64;

/// Writes the preview of `object` into `clip`; false when its type has none.
pub fn preview(facts: &Facts, type_facts: &TypeFacts, object: Raw, clip: &mut Clip) -> bool {
    clip.text.clear();
    clip.truncated = false;
    match type_facts.preview_rule {
        PreviewRule::None => return false,
        PreviewRule::Str => cpython::clip(facts, object, LENGTH, clip),
        PreviewRule::Bytes => cpython::clip_bytes(object, LENGTH, clip),
        PreviewRule::Bool | PreviewRule::Int if !facts.ints => return false,
        PreviewRule::Bool => {
            clip.text.push_str(if cpython::int(facts, object) == Int::Small(0) { "False" } else { "True" });
        }
        PreviewRule::Int => match cpython::int(facts, object) {
            Int::Small(value) => drop(write!(clip.text, "{value}")),
            Int::Large { n_digits } => {
                let _ = write!(clip.text, "about {} bits", n_digits * 30);
                clip.truncated = true;
            }
        },
        PreviewRule::Float => drop(write!(clip.text, "{:?}", cpython::float(object))),
        PreviewRule::Type => {
            let module = cpython::type_module(facts, object);
            if !matches!(module.as_str(), "" | "builtins") {
                clip.text = module + ".";
            }
            match cpython::qualname(facts, object) {
                Some(name) => clip.text.push_str(&name),
                None => clip.text.push_str(cpython::c_name(object).rsplit('.').next().unwrap_or_default()),
            }
        }
        PreviewRule::Module => {
            let Some(name) = module_name(facts, object) else { return false };
            clip.text = name;
        }
        PreviewRule::Name(offset) => match object.object(offset) {
            Some(name) => cpython::clip(facts, name, LENGTH, clip),
            None => return false,
        },
        PreviewRule::Array => match numpy::describe(object) {
            Some(text) => clip.text = text,
            None => return false,
        },
    }
    true
}

/// `__name__` in the module's dict, if that is a plain `str`.
fn module_name(facts: &Facts, module: Raw) -> Option<String> {
    const MD_DICT: isize = 16;
    let mut name = None;
    cpython::dict_items(module.object(MD_DICT)?, |key, value| {
        if name.is_none() && cpython::equals(facts, key, "__name__") {
            name = cpython::text(facts, value);
        }
    });
    name
}
