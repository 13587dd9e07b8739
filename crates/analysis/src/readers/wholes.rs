//! Code that reads objects as wholes, whatever attributes they have: what saves, copies, compares and shows them.

use heapview_snapshot::{EdgeKind, NameKind, ObjectIx, Uses};

use super::texts::{owners, texts_of_code, tuples_of_code};
use super::{Readers, Row};
use crate::heap::Heap;

/// Functions and modules by which objects are read as wholes.
const FUNCTIONS: [&str; 20] = [
    "pickle",
    "cloudpickle",
    "dill",
    "joblib",
    "shelve",
    "multiprocessing",
    "ForkingPickler",
    "ProcessPoolExecutor",
    "jsonpickle",
    "copy",
    "deepcopy",
    "dataclasses",
    "asdict",
    "astuple",
    "fields",
    "replace",
    "getmembers",
    "Template",
    "Environment",
    "Context",
];
/// The same, as attributes.
const ATTRIBUTES: [&str; 12] = [
    "asdict",
    "astuple",
    "deepcopy",
    "getmembers",
    "from_object",
    "from_string",
    "from_orm",
    "model_validate",
    "get_template",
    "format",
    "substitute",
    "safe_substitute",
];
/// How names of functions begin that fill in templates.
const DRAWING: &str = "render";
/// What gives the attributes of an object, or the names of a module.
const NAMESPACES: [&str; 3] = ["vars", "dir", "__dict__"];
/// Methods that a dataclass has without saying them read all fields.
const FIELDS: &str = "__dataclass_fields__";

/// Whether the code reads objects as wholes.
pub(super) fn reads_wholes(heap: &Heap, code: ObjectIx, rows: &[Row]) -> bool {
    let has = |kind: NameKind, names: &[&str]| {
        rows.iter().any(|(known, name, _)| *known == kind && names.contains(&name.as_str()))
    };
    let mentions = |names: &[&str]| has(NameKind::Global, names) || has(NameKind::Attribute, names);
    let draws = || rows.iter().any(|(_, name, _)| name.starts_with(DRAWING));
    let writes_json = || {
        let mut words = tuples_of_code(heap, code).flat_map(|tuple| heap.references(tuple));
        mentions(&["dumps", "dump"]) && words.any(|word| heap.exact_text(word.to) == Some("default"))
    };
    let of_module = || {
        mentions(&["modules", "import_module"]) || texts_of_code(heap, code).any(|text| text == "__main__")
    };
    has(NameKind::Global, &FUNCTIONS)
        || (mentions(&NAMESPACES) && !of_module())
        || has(NameKind::Attribute, &ATTRIBUTES)
        || draws()
        || writes_json()
}

impl Readers {
    /// Whether the container may be read together with an object that it is an attribute of: some code reads objects as
    /// wholes, and this one is given to code that nobody follows.
    pub(super) fn is_read_as_part(&self, heap: &Heap, container: ObjectIx) -> bool {
        let of_instances = owners(heap, container).into_iter().filter(|owner| {
            heap.is_instance_of_python_class(*owner)
                || (heap.is_type(*owner) && heap.is_python_class(*owner))
                || heap.is_exactly(*owner, "function")
        });
        of_instances.into_iter().any(|owner| {
            let is_read = self.reads_wholes || heap.class_attribute(owner, FIELDS).flatten().is_some();
            is_read && self.is_given_away(heap, owner)
        })
    }

    /// Whether code gives the object to other code, keeps it, compares it or shows it.
    fn is_given_away(&self, heap: &Heap, object: ObjectIx) -> bool {
        let Some(names) = self.names(heap, object) else { return true };
        if names.all.is_empty() || !names.outer.is_empty() {
            return true;
        }
        let gives_itself = || {
            let class = heap.type_object(object).filter(|_| !heap.is_type(object));
            let attributes = class.and_then(|class| heap.type_attributes(class));
            attributes.is_some_and(|all| {
                all.values().any(|found| {
                    let code = heap.named_referent(found.value, EdgeKind::Slot, "__code__");
                    code.is_some_and(|code| self.giving_first.contains(&code))
                })
            })
        };
        self.rows(&names).any(|(_, uses)| uses.has(Uses::ESCAPE.with(Uses::ITERATE))) || gives_itself()
    }
}
