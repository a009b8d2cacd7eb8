//! What the program carries with it: the columns' folders, the specs of papers and of patterns, the library of blocks, and the pages on error codes.
//!
//! Architecture Invariant: nothing is read at run time, so that the program is one file that works anywhere.

mod debris;

use crate::emit::framework::{BuiltIn, Columns, Files, FrameworkError};
use include_dir::{Dir, include_dir};

pub use debris::is_debris;

/// What `build.rs` made of `templates/`.
static COLUMNS: &[BuiltIn] = include!(concat!(env!("OUT_DIR"), "/columns.rs"));
static ZOO: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/zoo");
static STD: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/std");
static CASES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/ops/cases");
static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/docs/errors");

/// What the last verification of the patterns found, as JSON: see [`crate::catalogue::Record`].
pub const VERIFIED: &str = include_str!("ops/verified.json");

/// The built-in columns.
///
/// # Errors
/// A folder that can't be read; a test reads all of them.
pub fn columns() -> Result<Columns, FrameworkError> {
    Columns::built_in(COLUMNS)
}

/// The files of all built-in columns, by paths such as `pytorch/ops.toml`, for those who want columns that differ from them.
#[must_use]
pub fn templates() -> Files {
    let path = |column: &BuiltIn, file: &str| format!("{}/{file}", column.id).into();
    let texts = COLUMNS
        .iter()
        .flat_map(|column| column.files.iter().map(move |(file, text)| (path(column, file), (*text).into())));
    texts.collect()
}

/// The part of the verification that all columns share, in Python.
pub const HARNESS: &str = include_str!("../templates/harness.py");

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
    use crate::emit::framework::Framework;
    use std::collections::BTreeSet;

    #[test]
    fn every_column_has_its_files_and_nothing_else() {
        let files = templates();
        assert!(files.contains_key("pytorch/ops.toml") && files.contains_key("theano/helpers/lstm.py"));
        assert!(files.keys().all(|path| !path.split('/').any(is_debris)), "{:?}", files.keys());
        assert!(HARNESS.contains("def "));
    }

    #[test]
    fn what_tools_leave_is_debris() {
        let names = ["run.py", "__pycache__", "run.cpython-311.pyc", ".DS_Store", "ops.toml~", "ops.toml"];
        assert_eq!(names.map(is_debris), [false, true, true, true, true, false]);
    }

    #[test]
    fn the_prepared_tables_say_what_the_files_say() {
        let (prepared, files) =
            (columns().expect("they can be read"), Columns::new(templates()).expect("they can be read"));
        assert_eq!(prepared.names(), files.names());
        for (prepared, files) in prepared.frameworks.iter().zip(&files.frameworks) {
            assert_eq!(prepared.settings, files.settings, "{}", prepared.id);
            let sorted = |column: &Framework| column.operators().map(str::to_owned).collect::<BTreeSet<String>>();
            assert_eq!(sorted(prepared), sorted(files), "{}", prepared.id);
            for name in prepared.operators() {
                assert_eq!(prepared.operator(name), files.operator(name), "{}: {name}", prepared.id);
            }
        }
    }

    #[test]
    fn the_zoo_is_sorted() {
        let names: Vec<&str> = zoo().map(|(name, _)| name).collect();
        assert!(names.is_sorted() && names.contains(&"enet"), "{names:?}");
    }
}
