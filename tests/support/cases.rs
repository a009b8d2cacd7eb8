//! What is verified and recorded: the cases of a pattern, and the networks of the zoo; and what becomes of them in a column.

use super::{configurations, findings, open, python};
use hexapla::catalogue::{Record, fingerprint as hash};
use hexapla::embedded;
use hexapla::emit::framework::{Columns, Framework};
use hexapla::emit::{Options, emit, prepare};
use hexapla::ir::infer::Configuration;
use hexapla::ops::library;
use hexapla::project::Spec;
use std::path::Path;

/// Where the results of patterns and of networks are recorded.
pub const FILES: [&str; 2] = ["src/ops/verified.json", "zoo/verified.json"];

/// Something that is verified as a whole.
pub struct Subject {
    /// The pattern, or the network's file without `.arch`.
    pub name: String,
    /// The file of [`FILES`] that its result is recorded in.
    pub file: &'static str,
    /// Its spec.
    pub spec: Spec,
    /// With what it is verified.
    pub configuration: Configuration,
    /// The same in words; nothing if it is the spec as it stands.
    pub with: String,
}

/// All of them: the patterns, then the networks.
pub fn subjects() -> Vec<Subject> {
    let patterns = library::names().iter().map(|name| Subject {
        name: (*name).to_owned(),
        file: FILES[0],
        spec: spec(name).unwrap_or_else(|| panic!("`{name}` has no cases")),
        configuration: Configuration::default(),
        with: String::new(),
    });
    let networks = embedded::zoo().map(|(name, _)| {
        let path = format!("zoo/{name}.arch");
        let own = configurations(Path::new(&path)).swap_remove(0);
        Subject {
            name: name.to_owned(),
            file: FILES[1],
            spec: open(Path::new(&path)),
            configuration: own.configuration,
            with: own.name.split_once(" with ").map_or_else(String::new, |(_, with)| with.to_owned()),
        }
    });
    patterns.chain(networks).collect()
}

/// What is recorded in one of [`FILES`].
pub fn recorded(file: &str) -> Record {
    let text = std::fs::read_to_string(Path::new(super::ROOT).join(file)).unwrap_or_else(|_| "{}".to_owned());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The spec that verifies a pattern.
pub fn spec(pattern: &str) -> Option<Spec> {
    let (name, text) = embedded::cases().find(|(name, _)| *name == pattern)?;
    Some(Spec::from_text(Path::new(&format!("{name}.arch")), text.to_owned()))
}

/// A fingerprint of the code that a subject has in a column, without comments and docstrings, and of what it is verified with.
///
/// # Errors
/// Why the column can't write it.
pub fn fingerprint(subject: &Subject, column: &Framework) -> Result<String, String> {
    let spec = &subject.spec;
    let told = |found: Vec<_>| findings(&found, &spec.sources);
    let prepared = prepare(super::program(spec), &subject.configuration).map_err(told)?;
    let code = emit(&prepared, column, &spec.sources, &Options::default()).map_err(told)?;
    Ok(hash(&format!("{}{}", subject.with, python::bare(&code.text()))))
}

/// The subjects whose code or precision in some column is not what is recorded.
pub fn stale<'s>(subjects: &'s [Subject], columns: &Columns) -> Vec<&'s Subject> {
    let records = FILES.map(|file| (file, recorded(file)));
    let is_stale = |subject: &&Subject| {
        let (_, record) = records.iter().find(|(file, _)| *file == subject.file).expect("it is one of both");
        columns.frameworks.iter().any(|column| {
            // What can't be written can't be verified.
            let Ok(code) = fingerprint(subject, column) else { return false };
            let found = record.get(&subject.name).and_then(|columns| columns.get(&column.id));
            found.is_none_or(|found| found.code != code || found.precision != column.settings.precision)
        })
    };
    subjects.iter().filter(is_stale).collect()
}
