//! What the program carries with it: the columns' folders, the specs of papers and of patterns, the library of blocks, and the pages on error codes.
//!
//! Architecture Invariant: nothing is read at run time, so that the program is one file that works anywhere.

use crate::emit::framework::Files;
use include_dir::{Dir, include_dir};
use std::borrow::Cow;

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static ZOO: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/zoo");
static STD: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/std");
static CASES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/ops/cases");
static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/docs/errors");

/// What the last verification of the patterns found, as JSON: see [`crate::catalogue::Record`].
pub const VERIFIED: &str = include_str!("ops/verified.json");

/// Whether a file or folder of this name is left by some tool, and no part of a column.
#[must_use]
pub fn is_debris(name: &str) -> bool {
    name.starts_with('.') || name == "__pycache__" || name.ends_with(".pyc") || name.ends_with('~')
}

/// The files of all built-in columns, by paths such as `pytorch/ops.toml`.
#[must_use]
pub fn templates() -> Files {
    fn add(dir: &Dir<'static>, files: &mut Files) {
        let kept = |path: &std::path::Path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| !is_debris(name))
        };
        for file in dir.files().filter(|file| kept(file.path())) {
            if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
                files.insert(path.replace('\\', "/"), Cow::Borrowed(text));
            }
        }
        dir.dirs().filter(|dir| kept(dir.path())).for_each(|dir| add(dir, files));
    }
    let mut files = Files::new();
    add(&TEMPLATES, &mut files);
    files
}

/// The part of the verification that all columns share, in Python.
#[must_use]
pub fn harness() -> &'static str {
    TEMPLATES.get_file("harness.py").and_then(|file| file.contents_utf8()).unwrap_or_default()
}

/// The specs of papers: the name without `.arch`, and the text.
pub fn zoo() -> impl Iterator<Item = (&'static str, &'static str)> {
    texts(&ZOO, "arch")
}

/// What published variants the specs of papers have: `zoo/zoo.toml`.
#[must_use]
pub fn variants() -> &'static str {
    ZOO.get_file("zoo.toml").and_then(|file| file.contents_utf8()).unwrap_or_default()
}

/// The specs by which patterns are verified: the name without `.arch`, most often that of the one pattern, and the text.
pub fn cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    texts(&CASES, "arch")
}

/// The library of blocks, imported as `"std/residual"`: the name without `.arch`, and the text.
pub fn std() -> impl Iterator<Item = (&'static str, &'static str)> {
    texts(&STD, "arch")
}

/// The pages on error codes: the code and the text.
pub fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    texts(&PAGES, "md")
}

/// The files of a folder that end in `.extension`, in the order of their names.
fn texts(dir: &'static Dir<'static>, extension: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut found: Vec<_> = dir
        .files()
        .filter(|file| file.path().extension().is_some_and(|found| found == extension))
        .filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)))
        .collect();
    found.sort_unstable();
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_files_and_nothing_else() {
        let files = templates();
        assert!(files.contains_key("pytorch/ops.toml") && files.contains_key("theano/helpers/lstm.py"));
        assert!(files.keys().all(|path| !path.split('/').any(is_debris)), "{:?}", files.keys());
        assert!(harness().contains("def "));
    }

    #[test]
    fn the_zoo_is_sorted() {
        let names: Vec<&str> = zoo().map(|(name, _)| name).collect();
        assert!(names.is_sorted() && names.contains(&"enet"), "{names:?}");
    }
}
