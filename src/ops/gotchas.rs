//! What frameworks do differently without telling, as data beside the operators: `gotchas.toml`.
//!
//! Architecture Invariant: nothing is decided by these entries. They are shown, and the tests in the real frameworks fall into each trap
//! on purpose.

use crate::hash::IndexMap;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A trap for those who translate word for word.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Gotcha {
    /// Its name: `same-is-asymmetric`.
    #[serde(default)]
    pub id: String,
    /// How much is lost by it.
    pub severity: Severity,
    /// The patterns that it concerns; none if it is of another matter than the network.
    pub patterns: Vec<String>,
    /// What is different, in a sentence.
    pub says: String,
    /// What happens to who does not know it.
    pub ignored: String,
    /// What the columns do about it.
    pub emitted: String,
    /// Where a framework or a paper says so.
    pub source: String,
    /// Why there is no naive translation to show it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Translations that fall into it.
    #[serde(default, skip_serializing)]
    pub naive: Vec<Naive>,
}

/// How much is lost by a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The numbers are visibly wrong, or nothing runs.
    Severe,
    /// Wrong in some cases, or while training.
    Medium,
}

impl Severity {
    /// For people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Severe => "severe",
            Self::Medium => "medium",
        }
    }
}

/// A translation that falls into a trap: a change of a column, and the smallest network that shows it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Naive {
    /// What is done, in words.
    pub what: String,
    /// In which column.
    pub column: String,
    /// The file of the column's folder that is changed,
    #[serde(default)]
    pub file: String,
    /// what stands there,
    #[serde(default)]
    pub from: String,
    /// and what a naive translator would write.
    #[serde(default)]
    pub to: String,
    /// Or the whole entry of the pattern that `line` applies.
    pub entry: Option<String>,
    /// The body of a model with the inputs `x[4, 9, 8]` and `s[5, 6]`, as far as they are used, and the output `y`. Its first line is line 2.
    pub body: Vec<String>,
    /// Blocks behind it.
    #[serde(default)]
    pub blocks: Vec<String>,
    /// The line that must be named.
    pub line: usize,
    /// In which mode it shows: inference if nothing is said.
    #[serde(default)]
    pub mode: NaiveMode,
    /// Whether nothing runs at all, rather than to another value.
    #[serde(default)]
    pub fails: bool,
}

/// In which mode a naive translation shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NaiveMode {
    /// While predicting.
    #[default]
    Inference,
    /// While training.
    Training,
}

/// All of them, in the order of the file.
///
/// # Panics
/// Never: a test reads the embedded file.
#[must_use]
pub fn all() -> &'static [Gotcha] {
    static ALL: OnceLock<Vec<Gotcha>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read: IndexMap<String, Gotcha> = toml::from_str(include_str!("gotchas.toml")).expect("a test reads it");
        read.into_iter().map(|(id, gotcha)| Gotcha { id, ..gotcha }).collect()
    })
}

/// Those that concern a pattern.
pub fn of(pattern: &str) -> impl Iterator<Item = &'static Gotcha> {
    all().iter().filter(move |gotcha| gotcha.patterns.iter().any(|name| name == pattern))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::library;

    #[test]
    fn each_concerns_patterns_that_exist_and_shows_itself_or_says_why_not() {
        for gotcha in all() {
            let id = &gotcha.id;
            assert!(id.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-'), "{id}");
            for pattern in &gotcha.patterns {
                assert!(library::names().contains(&pattern.as_str()), "{id}: `{pattern}` is no pattern");
            }
            assert!(gotcha.naive.is_empty() == gotcha.because.is_some(), "{id}: either `naive` or `because`");
            for naive in &gotcha.naive {
                assert!(naive.entry.is_some() == naive.from.is_empty(), "{id}: either `entry` or `from`");
            }
        }
    }

    #[test]
    fn no_severe_one_is_missing() {
        // As many as were known to be severe when the list was made: one may be added, none taken away.
        assert!(all().iter().filter(|gotcha| gotcha.severity == Severity::Severe).count() >= 41);
    }
}
