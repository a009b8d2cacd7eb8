//! What the test targets share: where the specs are, and how they are read.

#![allow(dead_code, reason = "each target uses a part of it")]

pub mod cases;
pub mod golden;
pub mod naive;
pub mod python;

use hexapla::diagnostic::Diagnostic;
use hexapla::embedded;
use hexapla::emit::framework::{Columns, Framework};
use hexapla::ir::Program;
use hexapla::ir::infer::Configuration;
use hexapla::ops::Value;
use hexapla::project::Spec;
use hexapla::span::Sources;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the repository. Tests run in it, so that the paths in messages are the same on every machine.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The folder of the specs by which patterns are verified, one for each pattern.
pub const CASES: &str = "src/ops/cases";

/// The folder of the snapshots of generated code.
pub const SNAPSHOTS: &str = "snapshots";

/// The one spec that is not written as the formatter would.
pub const UNTIDY: &str = "untidy";

/// What names the snapshot of that spec as the formatter writes it, in the place of a spec.
pub const FORMATTED: &str = "untidy_formatted.arch";

/// The folders whose `.arch` files are specs with a model. Files in folders below them are there to be imported.
pub const FOLDERS: [&str; 3] = [CASES, "tests/specs", "zoo"];

/// The specs, as paths from the root of the repository, in the order of their names.
pub fn specs() -> Vec<PathBuf> {
    let found: Vec<PathBuf> = FOLDERS.iter().flat_map(|folder| files(Path::new(folder), "arch", false)).collect();
    let mut names: Vec<&str> = found.iter().map(|path| stem(path)).collect();
    names.sort_unstable();
    // A report of all of them speaks of each by its name.
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two specs have one name: {names:?}");
    found
}

/// The files of a folder that end in `.extension`, sorted; with those of the folders in it if wanted.
pub fn files(folder: &Path, extension: &str, below: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries =
        fs::read_dir(Path::new(ROOT).join(folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
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

/// All files below a folder.
pub fn everything(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder can be read to its end").path());
    paths.flat_map(|path| if path.is_dir() { everything(&path) } else { vec![path] }).collect()
}

/// The name of a spec without folder and ending.
pub fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).expect("specs have names")
}

/// The snapshot of a spec: its summary and its code in every column. The names of patterns are a space of their own.
pub fn snapshot(spec: &Path) -> PathBuf {
    let folder = if spec.starts_with(CASES) { "patterns" } else { "specs" };
    Path::new(ROOT).join(SNAPSHOTS).join(folder).join(format!("{}.snap", stem(spec)))
}

/// The snapshot of what the files of a column have in common.
pub fn column_snapshot(column: &Framework) -> PathBuf {
    Path::new(ROOT).join(SNAPSHOTS).join("columns").join(format!("{}.snap", column.id))
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
        text.push_str(&format!(
            "{}[{}]{place}: {}\n",
            if finding.is_error() { "error" } else { "warning" },
            finding.code,
            finding.message
        ));
        for help in &finding.help {
            text.push_str(&format!("  help: {help}\n"));
        }
    }
    text
}

/// The built-in columns.
pub fn columns() -> Columns {
    embedded::columns().unwrap_or_else(|error| panic!("{error}"))
}

/// A spec with its hyperparameters and sizes set.
pub struct Configured {
    /// The file's name, and what is set.
    pub name: String,
    /// What is set.
    pub configuration: Configuration,
}

/// The configurations in which a spec is verified: its own defaults first (or what `tests/specs/reduced.txt` has in their place), then
/// those of its lines `// also: deep=false, width=12`.
pub fn configurations(path: &Path) -> Vec<Configured> {
    let name = path.file_name().and_then(|name| name.to_str()).expect("specs have names");
    let text =
        fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let also = text.lines().filter_map(|line| line.trim().strip_prefix("// also: "));
    let reduced = reduced(name);
    let own = match &reduced {
        Some(values) => configured(name, values),
        None => Configured { name: name.to_owned(), configuration: Configuration::default() },
    };
    std::iter::once(own).chain(also.map(|values| configured(name, values))).collect()
}

/// With what a spec is verified in the place of its own values, from the lines `spec values` of `tests/specs/reduced.txt`.
fn reduced(spec: &str) -> Option<String> {
    let text =
        fs::read_to_string(Path::new(ROOT).join("tests/specs/reduced.txt")).expect("tests/specs/reduced.txt is there");
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    lines.into_iter().find(|(name, _)| *name == spec).map(|(_, values)| values.to_owned())
}

/// A spec with `deep=false, width=12`.
fn configured(spec: &str, values: &str) -> Configured {
    let mut configuration = Configuration::default();
    for pair in values.split(", ") {
        let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("{spec}: `{pair}` sets nothing"));
        let size = name.starts_with(|c: char| c.is_ascii_uppercase());
        match (value.parse::<i64>(), value.parse::<f64>(), value.parse::<bool>()) {
            (Ok(number), _, _) if size => drop(configuration.sizes.insert(name.to_owned(), number)),
            (Ok(number), _, _) => drop(configuration.set.insert(name.to_owned(), Value::int(number))),
            (_, Ok(number), _) => drop(configuration.set.insert(name.to_owned(), Value::Float(number))),
            (_, _, Ok(flag)) => drop(configuration.set.insert(name.to_owned(), Value::Bool(flag))),
            _ => panic!("{spec}: `{pair}` is no number and no flag"),
        }
    }
    Configured { name: format!("{spec} with {values}"), configuration }
}

/// A column that cannot write a spec.
pub struct Refusal {
    /// The column.
    pub column: String,
    /// A part of the reason that it gives.
    pub reason: String,
    /// Whether it writes it once the free sizes have numbers.
    pub unsized_only: bool,
}

/// The columns that refuse a spec, from the lines `spec column [unsized] reason` of `tests/specs/refusals.txt`.
pub fn refusals(spec: &str) -> Vec<Refusal> {
    let text = fs::read_to_string(Path::new(ROOT).join("tests/specs/refusals.txt"))
        .expect("tests/specs/refusals.txt is there");
    let file = spec.split(' ').next().unwrap_or(spec);
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let [name, column, reason] = words[..] else { panic!("refusals.txt: `{line}` is not `spec column reason`") };
        if name == file {
            let unsized_only = reason.starts_with("unsized ");
            let reason = reason.strip_prefix("unsized ").unwrap_or(reason).to_owned();
            found.push(Refusal { column: column.to_owned(), reason, unsized_only });
        }
    }
    found
}
