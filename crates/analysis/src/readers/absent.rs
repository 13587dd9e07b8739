//! Code that is not there yet: modules that a function imports when it is called.

use heapview_snapshot::ObjectIx;
use rustc_hash::FxHashSet;

use super::Readers;
use super::names::Names;
use crate::heap::Heap;

impl Readers {
    /// The namespaces that modules may know which are imported by code and not loaded, and belong neither to Python nor
    /// to what is installed: that of the importing code, and those of the modules which it knows. None where the
    /// interpreter has no list of its own modules, as up to 3.9. O(modules + imports).
    pub(super) fn known_to_absent(&self, heap: &Heap, imported: &[(&str, ObjectIx)]) -> FxHashSet<ObjectIx> {
        let mut known = FxHashSet::default();
        let sys = heap.module("sys").and_then(|sys| heap.attribute_dict(sys));
        let Some(own) = sys.and_then(|dict| heap.dict_value(dict, "stdlib_module_names")) else {
            return known;
        };
        let own: FxHashSet<&str> = heap.references(own).filter_map(|name| heap.exact_text(name.to)).collect();
        let plain = |name: &str| name.to_lowercase().replace('-', "_");
        let installed = heap.snapshot().ledger().into_iter().flat_map(|ledger| &ledger.distributions);
        let installed: FxHashSet<String> = installed.map(|one| plain(&one.name)).collect();
        let loaded: FxHashSet<&str> = heap
            .modules_by_name()
            .flat_map(|(module, _)| [module, module.rsplit('.').next().unwrap_or(module)])
            .collect();
        let is_absent = |name: &str| {
            let top = name.split('.').next().unwrap_or_default();
            !top.is_empty()
                && !own.contains(top)
                && !installed.contains(&plain(top))
                && !loaded.contains(name)
        };
        for (_, importer) in imported.iter().filter(|(name, _)| is_absent(name)) {
            let Some(namespace) = self.globals.get(importer).filter(|one| known.insert(**one)) else {
                continue;
            };
            let values = heap.strong_references(*namespace).map(|one| one.to);
            let modules = values.filter(|value| heap.is_exactly(*value, "module"));
            known.extend(modules.filter_map(|module| heap.attribute_dict(module)));
        }
        known
    }

    /// Whether code that is not loaded yet may come to what has the names.
    pub(super) fn may_be_read_later(&self, names: &Names) -> bool {
        let of_code = |(code, _): (ObjectIx, _)| self.globals.get(&code).copied();
        !self.awaited.is_empty()
            && names
                .namespaces
                .iter()
                .copied()
                .chain(self.rows(names).filter_map(of_code))
                .any(|namespace| self.awaited.contains(&namespace))
    }
}
