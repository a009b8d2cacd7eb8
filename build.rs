//! What the program carries with it is made ready here: the files of the columns as texts, and their tables as JSON, which is read
//! in a tenth of the time that TOML takes.
//!
//! Architecture Invariant: nothing is decided here. What the tables mean is known to `src/emit/framework.rs`; a test compares what
//! it makes of these with what it makes of the files.

#[path = "src/embedded/debris.rs"]
mod debris;

use debris::is_debris;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    // Specs and pages are embedded as they are: a file that comes or goes there asks for a new build.
    for folder in ["templates", "zoo", "docs/errors", "src/ops/cases", "src/std"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("templates");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("columns.rs");
    let columns: String =
        entries(&root).into_iter().filter(|path| path.is_dir()).map(|folder| column(&folder)).collect();
    fs::write(out, format!("&[\n{columns}]\n")).expect("cargo made the folder");
}

/// A `BuiltIn` as an expression.
fn column(folder: &Path) -> String {
    let mut files = Vec::new();
    collect(folder, "", &mut files);
    let settings = json(&table(&folder.join("framework.toml")).into());
    let operators = table(&folder.join("ops.toml"))
        .iter()
        .fold(String::new(), |list, (name, entry)| list + &format!("({name:?}, {:?}), ", json(entry)));
    let files = files.iter().fold(String::new(), |mut list, (name, path)| {
        let _ = write!(list, "({name:?}, include_str!({path:?})), ");
        list
    });
    let id = name(folder);
    format!("BuiltIn {{ id: {id:?}, settings: {settings:?}, operators: &[{operators}], files: &[{files}] }},\n")
}

fn table(path: &Path) -> toml::Table {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(value: &toml::Value) -> String {
    serde_json::to_string(value).expect("JSON has all that TOML has but dates, and there are none")
}

/// The files of a folder and of those in it, by their paths in it.
fn collect(folder: &Path, before: &str, found: &mut Vec<(String, PathBuf)>) {
    for path in entries(folder) {
        let name = format!("{before}{}", name(&path));
        if path.is_dir() {
            collect(&path, &format!("{name}/"), found);
        } else {
            found.push((name, path));
        }
    }
}

/// What is in a folder, but for what tools leave there, in the order of the names.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    entries.retain(|path| !is_debris(&name(path)));
    entries.sort();
    entries
}

fn name(path: &Path) -> String {
    path.file_name().expect("it is in a folder").to_string_lossy().into_owned()
}
