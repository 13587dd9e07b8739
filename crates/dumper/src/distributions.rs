//! Which distribution packages are installed where modules were loaded from, by the names of their metadata folders.
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>

use std::fs;
use std::path::Path;

use heapview_snapshot::Package;

use crate::cpython::{self, Facts, Raw};
use crate::modules;
use crate::origins::INSTALLED;

/// The folders that installed modules were loaded from; `dicts` are those of modules. O(entries of the dicts).
pub(crate) fn folders(facts: &Facts, dicts: impl Iterator<Item = Raw>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let files = dicts.filter_map(|dict| modules::entry(facts, dict, "__file__"));
    for file in files.filter_map(|file| cpython::text(facts, file)) {
        let Some(end) = INSTALLED.iter().find_map(|folder| end_of(&file, folder)) else { continue };
        if !found.iter().any(|known| *known == file[..end]) {
            found.push(file[..end].to_owned());
        }
    }
    found
}

/// Where the folder called `name` ends in the path of a file.
fn end_of(file: &str, name: &str) -> Option<usize> {
    let start = file.find(&format!("/{name}/"))?;
    Some(start + 1 + name.len())
}

/// What is installed in the folders, by name. O(entries of the folders).
pub(crate) fn installed(folders: &[String]) -> Vec<Package> {
    let entries = folders.iter().filter_map(|folder| fs::read_dir(Path::new(folder)).ok()).flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut found: Vec<Package> = names.filter_map(|name| package(&name)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// `numpy-2.0.1.dist-info`, `old_style-1.0-py3.9.egg-info`.
fn package(entry: &str) -> Option<Package> {
    let stem = entry.strip_suffix(".dist-info").or_else(|| entry.strip_suffix(".egg-info"))?;
    let mut parts = stem.split('-');
    let (name, version) = (parts.next()?, parts.next()?);
    Some(Package { name: name.to_owned(), version: version.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_folders_tell_name_and_version() {
        let found = |entry| package(entry).map(|package| (package.name, package.version));
        let expected = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        assert_eq!(found("numpy-2.0.1.dist-info"), expected("numpy", "2.0.1"));
        assert_eq!(found("old_style-1.0-py3.9.egg-info"), expected("old_style", "1.0"));
        assert_eq!(found("numpy"), None);
        assert_eq!(found("numpy.libs"), None);
        assert_eq!(found("broken.dist-info"), None);
    }

    #[test]
    fn a_folder_counts_only_whole() {
        assert_eq!(end_of("/v/lib/site-packages/numpy/__init__.py", "site-packages"), Some(20));
        assert_eq!(end_of("/v/lib/my-site-packages-2/x.py", "site-packages"), None);
    }
}
