//! The cases of a pattern, and what becomes of them in a column.

use super::findings;
use hexapla::catalogue::fingerprint as hash;
use hexapla::embedded;
use hexapla::emit::framework::Framework;
use hexapla::emit::{Options, emit, prepare};
use hexapla::ir::infer::Configuration;
use hexapla::project::Spec;
use std::path::Path;

/// The spec that verifies a pattern.
pub fn spec(pattern: &str) -> Option<Spec> {
    let (name, text) = embedded::cases().find(|(name, _)| *name == pattern)?;
    Some(Spec::from_text(Path::new(&format!("{name}.arch")), text.to_owned()))
}

/// A fingerprint of the code that a pattern's cases have in a column.
///
/// # Errors
/// Why the column can't write them.
pub fn fingerprint(pattern: &str, column: &Framework) -> Result<String, String> {
    let spec = spec(pattern).ok_or_else(|| format!("`{pattern}` has no cases"))?;
    let configuration = Configuration::default();
    let told = |found: Vec<_>| findings(&found, &spec.sources);
    let prepared = prepare(super::program(&spec), &configuration).map_err(told)?;
    let code = emit(&prepared, column, &spec.sources, &Options::default()).map_err(told)?;
    Ok(hash(&code.text()))
}
