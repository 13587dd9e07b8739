//! Entries of `functools.lru_cache`: its dict leads to links, which hold key and result.
//!
//! <https://github.com/python/cpython/blob/3.12/Modules/_functoolsmodule.c> (`struct lru_list_elem`), the same in 3.9
//! to 3.15. Links are no objects of the collector's; the wrapper's traversal crosses them.

use super::object::SHIFT;
use super::raw::Raw;
use super::{containers, is_exactly, type_of};

const CACHE: isize = SHIFT + 72;
pub(crate) const LINK_KEY: isize = SHIFT + 40;
pub(crate) const LINK_RESULT: isize = SHIFT + 48;

/// The links of a wrapper's entries; those of a cache without bounds have none.
pub(crate) fn lru_links(link_type: usize, wrapper: Raw) -> Vec<Raw> {
    let mut links = Vec::new();
    if let Some(cache) = wrapper.pointer(CACHE)
        && is_exactly(cache, "dict")
    {
        containers::dict_items(cache, |_, value| {
            if type_of(value).address() == link_type && links.try_reserve(1).is_ok() {
                links.push(value);
            }
        });
    }
    links
}

/// Finds the type of links: by a wrapper whose one entry is known.
pub(super) fn link_type(wrapper: Raw, reported: &[usize], key: Raw, result: Raw) -> Option<usize> {
    let cache = wrapper.pointer(CACHE).filter(|cache| reported.contains(&cache.address()))?;
    let mut link = None;
    if is_exactly(cache, "dict") {
        containers::dict_items(cache, |known, value| link = (known == key).then_some(value));
    }
    let link = link?;
    let agrees = link.pointer(LINK_KEY) == Some(key) && link.pointer(LINK_RESULT) == Some(result);
    agrees.then(|| type_of(link).address())
}
