//! Shallow sizes in bytes, without calling Python code.

use crate::adapters::numpy;
use crate::cpython::{self, Facts, Raw};
use crate::type_facts::TypeFacts;
use crate::type_rules::SizeRule;

/// No object is larger.
const ADDRESS_SPACE: u64 = 1 << 47;

/// What `sys.getsizeof` says for builtin types; basic size, items, and the values of attributes for all others,
/// whose own `__sizeof__` is not called. O(1).
pub(crate) fn shallow_size(facts: &Facts, type_facts: &TypeFacts, object: Raw) -> u64 {
    let generic = || {
        let n_items = if type_facts.item_size == 0 { 0 } else { cpython::var_size(object).unsigned_abs() };
        let items = type_facts.item_size.saturating_mul(n_items);
        // Some types state an item size and keep something else where others keep the number of items.
        type_facts.basic_size + if items < ADDRESS_SPACE { items } else { 0 }
    };
    let size = match type_facts.size_rule {
        SizeRule::Generic => generic(),
        SizeRule::Str => cpython::str_size(facts, object, type_facts.basic_size).unwrap_or_else(generic),
        SizeRule::Int => cpython::int_size(facts, object),
        SizeRule::List => type_facts.basic_size + cpython::list_capacity(object) * 8,
        SizeRule::Array => generic() + numpy::shape_size(object),
        SizeRule::Native(function) => cpython::call_sizeof(function, object).unwrap_or_else(generic),
    };
    let values = if type_facts.has_inline_attributes {
        cpython::values_size(facts, type_facts.type_object, object)
    } else {
        0
    };
    size + pre_header(type_facts, object) + values
}

/// Bytes before the object that belong to its block.
pub(crate) fn pre_header(type_facts: &TypeFacts, object: Raw) -> u64 {
    let is_static_type = type_facts.shape == crate::type_facts::Shape::Type && !cpython::is_heap_type(object);
    if is_static_type { 0 } else { type_facts.pre_header }
}
