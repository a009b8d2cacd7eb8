//! What the test targets share: where the specs are, and how they are read.

#![allow(dead_code, reason = "each target uses a part of it")]

use hexapla::diagnostic::Diagnostic;
use hexapla::embedded;
use hexapla::emit::framework::{Columns, Files};
use hexapla::ir::Program;
use hexapla::ir::infer::Configuration;
use hexapla::ops::Value;
use hexapla::project::Spec;
use hexapla::span::Sources;
use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the repository. Tests run in it, so that the paths in messages are the same on every machine.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The folders whose `.arch` files are specs with a model. Files in folders below them are there to be imported.
pub const FOLDERS: [&str; 2] = ["tests/specs", "zoo"];

/// The specs, as paths from the root of the repository, in the order of their names.
pub fn specs() -> Vec<PathBuf> {
    FOLDERS.iter().flat_map(|folder| files(Path::new(folder), "arch", false)).collect()
}

/// The files of a folder that end in `.extension`, sorted; with those of the folders in it if wanted.
pub fn files(folder: &Path, extension: &str, below: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(Path::new(ROOT).join(folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("a folder can be read to its end");
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            if below {
                found.extend(files(&path, extension, true));
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The name of a spec without folder and ending.
pub fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).expect("specs have names")
}

/// A spec that must be in order.
pub fn open(path: &Path) -> Spec {
    Spec::open(path).unwrap_or_else(|failure| panic!("{}: {failure}", path.display()))
}

/// The program of a spec that must have no findings, not even warnings.
pub fn program(spec: &Spec) -> &Program {
    assert!(spec.findings.is_empty(), "{}\n{}", spec.path.display(), findings(&spec.findings, &spec.sources));
    spec.program.as_ref().expect("a spec without findings has a program")
}

/// Findings, a line each.
pub fn findings(findings: &[Diagnostic], sources: &Sources) -> String {
    let mut text = String::new();
    for finding in findings {
        let place = finding.primary().map_or_else(String::new, |span| format!(" at {}", sources.location(span)));
        text.push_str(&format!("{}[{}]{place}: {}\n", if finding.is_error() { "error" } else { "warning" }, finding.code, finding.message));
        for help in &finding.help {
            text.push_str(&format!("  help: {help}\n"));
        }
    }
    text
}

/// The built-in columns.
pub fn columns() -> Columns {
    Columns::new(embedded::templates()).unwrap_or_else(|error| panic!("{error}"))
}

/// The files of one built-in column under another name, one place in one of them changed.
pub fn mutated(column: &str, name: &str, file: &str, from: &str, to: &str) -> Files {
    let templates = embedded::templates();
    let prefix = format!("{column}/");
    let mut files: Files = templates
        .iter()
        .filter_map(|(path, text)| Some((format!("{name}/{}", path.strip_prefix(&prefix)?), text.clone())))
        .collect();
    let path = format!("{name}/{file}");
    let text = files.get(&path).unwrap_or_else(|| panic!("templates/{column}/{file} is not there"));
    assert_eq!(text.matches(from).count(), 1, "templates/{column}/{file} has `{from}` not once");
    files.insert(path, Cow::Owned(text.replace(from, to)));
    files
}

/// A spec with its hyperparameters and sizes set.
pub struct Configured {
    /// The file's name, and what is set.
    pub name: String,
    /// What is set.
    pub configuration: Configuration,
}

/// The configurations in which a spec is verified: its own defaults first, then those of its lines `// also: deep=false, width=12`.
pub fn configurations(path: &Path) -> Vec<Configured> {
    let name = path.file_name().and_then(|name| name.to_str()).expect("specs have names");
    let text = fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut all = vec![Configured { name: name.to_owned(), configuration: Configuration::default() }];
    for also in text.lines().filter_map(|line| line.trim().strip_prefix("// also: ")) {
        let mut configuration = Configuration::default();
        for pair in also.split(", ") {
            let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("{}: `{pair}` sets nothing", path.display()));
            let size = name.starts_with(|c: char| c.is_ascii_uppercase());
            match (value.parse::<i64>(), value.parse::<f64>(), value.parse::<bool>()) {
                (Ok(number), _, _) if size => drop(configuration.sizes.insert(name.to_owned(), number)),
                (Ok(number), _, _) => drop(configuration.set.insert(name.to_owned(), Value::int(number))),
                (_, Ok(number), _) => drop(configuration.set.insert(name.to_owned(), Value::Float(number))),
                (_, _, Ok(flag)) => drop(configuration.set.insert(name.to_owned(), Value::Bool(flag))),
                _ => panic!("{}: `{pair}` is no number and no flag", path.display()),
            }
        }
        all.push(Configured { name: format!("{name} with {also}"), configuration });
    }
    all
}

/// The columns that a spec can't be written in, each with a part of its reason: the lines `spec column reason` of `tests/specs/refusals.txt`.
pub fn refusals(spec: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(ROOT).join("tests/specs/refusals.txt")).expect("tests/specs/refusals.txt is there");
    let entries = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_else(|| panic!("refusals.txt: `{line}` has no reason")).to_owned();
        (word(), word(), word())
    });
    let file = spec.split(' ').next().unwrap_or(spec);
    entries.filter(|(name, _, _)| name == file).map(|(_, column, reason)| (column, reason)).collect()
}
