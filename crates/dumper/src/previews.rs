//! Bounded text of values, for builtin types only and without running any code of theirs.

use std::fmt::Write as _;

use heapview_snapshot::Preview;

use crate::adapters::pandas;
use crate::attribute_names::AttributeNames;
use crate::cpython::{self, Clip, Facts, Int, Raw};
use crate::options::{DumpOptions, PreviewLength};
use crate::secrets::Secrets;
use crate::type_facts::TypeFacts;
use crate::type_rules::PreviewRule;

/// Makes previews, one at a time.
#[derive(Debug)]
pub(crate) struct Previews {
    length: PreviewLength,
    secrets: Secrets,
    names: AttributeNames,
    clip: Clip,
}

impl Previews {
    pub(crate) fn new(options: DumpOptions, secrets: Secrets) -> Self {
        Self { length: options.previews, secrets, names: AttributeNames::new(), clip: Clip::default() }
    }

    /// Whether names of attributes have to be told from other texts.
    pub(crate) fn want_names(&self) -> bool {
        self.secrets.hides_values()
    }

    /// Names of attributes.
    pub(crate) fn names(&mut self) -> &mut AttributeNames {
        &mut self.names
    }

    /// The preview of `object`, if its type has one.
    pub(crate) fn preview(&mut self, facts: &Facts, of_type: &TypeFacts, object: Raw) -> Option<Preview<'_>> {
        self.clip.text.clear();
        self.clip.truncated = false;
        let rule = of_type.preview_rule;
        let is_text = matches!(rule, PreviewRule::Str | PreviewRule::Bytes);
        let is_name = self.want_names() && is_text && self.names.contains(facts, object);
        if is_name {
            cpython::clip(facts, object, PreviewLength::Short.limit(), &mut self.clip);
        } else if !is_written(self.length, rule) {
            // Or a text would look like an empty one.
            self.clip.truncated = is_text;
        } else if is_text && self.secrets.hides_values() {
            self.secrets.stand_in(facts, object, &mut self.clip.text);
            self.clip.truncated = true;
        } else if self.secrets.hides_number(facts, rule, object) {
            self.clip.text.push_str("redacted");
            self.clip.truncated = true;
        } else {
            describe(facts, of_type, object, self.length.limit(), &mut self.clip)?;
        }
        Some(Preview { text: &self.clip.text, truncated: self.clip.truncated })
    }
}

/// Names are always written.
fn is_written(length: PreviewLength, rule: PreviewRule) -> bool {
    length != PreviewLength::None
        || matches!(rule, PreviewRule::Type | PreviewRule::Module | PreviewRule::Name(_))
}

fn describe(facts: &Facts, of_type: &TypeFacts, object: Raw, limit: usize, clip: &mut Clip) -> Option<()> {
    match of_type.preview_rule {
        PreviewRule::None => return None,
        PreviewRule::Str => cpython::clip(facts, object, limit, clip),
        PreviewRule::Bytes => cpython::clip_bytes(object, limit, clip),
        PreviewRule::Bool | PreviewRule::Int if !facts.ints => return None,
        PreviewRule::Bool => {
            clip.text.push_str(if cpython::int(facts, object) == Int::Small(0) { "False" } else { "True" });
        }
        PreviewRule::Int => match cpython::int(facts, object) {
            // Nearly all fit, and 64 bits are written faster than 128.
            Int::Small(value) => match i64::try_from(value) {
                Ok(value) => clip.text.push_str(itoa::Buffer::new().format(value)),
                Err(_) => clip.text.push_str(itoa::Buffer::new().format(value)),
            },
            Int::Large { n_digits } => {
                let _ = write!(clip.text, "about {} bits", n_digits * 30);
                clip.truncated = true;
            }
        },
        PreviewRule::Float => {
            clip.text.push_str(zmij::Buffer::new().format(cpython::float(object)));
        }
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
        PreviewRule::Module => clip.text = module_name(facts, object)?,
        PreviewRule::Name(offset) => {
            let name = object.object(offset).filter(|name| cpython::is_str(*name))?;
            cpython::clip(facts, name, PreviewLength::Short.limit(), clip);
        }
        PreviewRule::Frame => clip.text = pandas::describe(facts, of_type.numpy.as_deref()?, object)?,
        PreviewRule::Array => clip.text = of_type.numpy.as_ref()?.describe(object)?,
    }
    Some(())
}

/// `__name__` in the module's dict, if that is a plain `str`.
fn module_name(facts: &Facts, module: Raw) -> Option<String> {
    let mut name = None;
    cpython::dict_items(module.object(cpython::MODULE_DICT)?, |key, value| {
        if name.is_none() && cpython::equals(facts, key, "__name__") {
            name = cpython::text(facts, value);
        }
    });
    name
}
