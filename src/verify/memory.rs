//! What the last verification of a spec found, kept in the cache: `hexapla compare` shows it.
//!
//! Architecture Invariant: a help for the eye. Nothing depends on it, and what can't be written or read is as if it had never been.

use super::compare::{ColumnReport, SpecReport};
use super::environment::cache_folder;
use crate::catalogue::fingerprint;
use indexmap::IndexMap;
use std::fs;
use std::path::PathBuf;

/// What each column did, by its name.
pub type Remembered = IndexMap<String, ColumnReport>;

/// The file for a spec of which this is all that its numbers depend on: its texts, and what was set.
fn file(all: &str) -> Option<PathBuf> {
    Some(cache_folder().ok()?.join("verified").join(format!("{}.json", fingerprint(all))))
}

/// Keeps what a verification found. A later one of the same spec takes its place, column by column.
pub fn remember(all: &str, report: &SpecReport) {
    let Some(path) = file(all) else { return };
    let mut known = recall(all);
    known.extend(report.columns.clone());
    let Ok(text) = serde_json::to_string_pretty(&known) else { return };
    if let Some(folder) = path.parent() {
        let _ = fs::create_dir_all(folder);
        let fresh = path.with_extension("new");
        let _ = fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, &path));
    }
}

/// What the last verification found; empty if there was none.
#[must_use]
pub fn recall(all: &str) -> Remembered {
    let text = file(all).and_then(|path| fs::read_to_string(path).ok());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
