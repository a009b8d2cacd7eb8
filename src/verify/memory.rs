//! What the last verification of a spec found, kept in the cache: `hexapla compare` shows it.
//!
//! Architecture Invariant: a help for the eye. Nothing depends on it, and what can't be written or read is as if it had never been.

use super::compare::{ColumnReport, SpecReport, Status};
use super::environment::cache_folder;
use crate::catalogue::fingerprint;
use crate::foreign::in_json;
use crate::hash::IndexMap;
use crate::{input, limits, output};
use std::path::PathBuf;

/// What each column did, by its name.
pub type Remembered = IndexMap<String, ColumnReport>;

/// The file for a spec of which this is all that its numbers depend on: its texts, and what was set.
fn file(all: &str) -> Option<PathBuf> {
    Some(cache_folder().ok()?.join("verified").join(format!("{}.json", fingerprint(all))))
}

/// Keeps what a verification found: of each column its first experiment, or the first one in which it did not agree, with the largest
/// error of all. A later verification takes the place of this one, column by column.
pub fn remember<'r>(all: &str, reports: impl IntoIterator<Item = &'r SpecReport>) {
    let Some(path) = file(all) else { return };
    let mut known = recall(all);
    known.extend(summed_up(reports));
    let Ok(text) = serde_json::to_string_pretty(&known) else { return };
    if let Some(folder) = path.parent() {
        let _ = output::write(folder, &path, in_json(&text).as_ref());
    }
}

/// What the experiments of a spec say of each column.
fn summed_up<'r>(reports: impl IntoIterator<Item = &'r SpecReport>) -> Remembered {
    let mut found = Remembered::default();
    for (name, column) in reports.into_iter().flat_map(|report| &report.columns) {
        let Some(known) = found.get_mut(name) else {
            found.insert(name.clone(), column.clone());
            continue;
        };
        let error = known.max_error.into_iter().chain(column.max_error).reduce(f64::max);
        if known.status == Status::Agrees && column.status != Status::Agrees {
            *known = column.clone();
        }
        known.max_error = error;
    }
    found
}

/// What the last verification found; empty if there was none.
#[must_use]
pub fn recall(all: &str) -> Remembered {
    let text = file(all).and_then(|path| input::text(&path, limits::CACHE_BYTES).ok());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::compare::Comparison;
    use super::super::job::{Mode, Precision};
    use super::*;

    #[test]
    fn a_column_that_fails_in_training_alone_does_not_agree() {
        let experiment = |mode, of_a: Status| {
            let mut comparison = Comparison::new("net.arch", mode);
            for column in ["a", "b"] {
                comparison.add(column, Precision::Float64, None, 0.0);
            }
            let mut report = comparison.finish();
            report.columns["a"] = ColumnReport { status: of_a, max_error: Some(0.5), ..report.columns["a"].clone() };
            report.columns["b"].status = Status::Agrees;
            report
        };
        let both = [experiment(Mode::Inference, Status::Agrees), experiment(Mode::Training, Status::Differs)];
        let found = summed_up(&both);
        assert_eq!((found["a"].status, found["b"].status), (Status::Differs, Status::Agrees));
    }
}
