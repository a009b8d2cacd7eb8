//! What can be said about a spec, as plain data.
//!
//! A [`Diagnostic`] holds a stable code, one sentence, the spans it speaks of and what can be done about it. How it looks on a
//! terminal or as JSON is decided in `report`; the long explanation of each code lives in [`codes`].
//!
//! Architecture Invariant: nothing here prints, and no other module invents a code: each is a constant of [`codes`].

pub mod codes;

use crate::span::Span;
use serde::Serialize;

/// A whole number as messages and specs write it: `11,689,512`.
#[must_use]
pub fn grouped(value: impl Into<i128>) -> String {
    let value: i128 = value.into();
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The spec is refused.
    Error,
    /// The spec is accepted; something deserves a look.
    Warning,
}

/// A span with what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there; may be empty.
    pub text: String,
    /// Whether this is where the problem shows, rather than one of its causes.
    pub primary: bool,
}

/// An edit that would mend the problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What the edit does, as an imperative.
    pub title: String,
    /// The text to replace; empty to insert.
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The stable code, `E0103`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence that says what is wrong, with names, shapes and numbers; no full stop.
    pub message: String,
    /// The places, the primary one first.
    pub labels: Vec<Label>,
    /// What to do, a sentence each.
    pub help: Vec<String>,
    /// Edits that can be applied.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// An error with a code of [`codes`].
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// A warning with a code of [`codes`].
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Adds the place where the problem shows.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into(), primary: true });
        self
    }

    /// Adds a place that explains the problem.
    #[must_use]
    pub fn because(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into(), primary: false });
        self
    }

    /// Adds a sentence of help.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds an edit.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.fixes.push(Fix { title: title.into(), span, replacement: replacement.into() });
        self
    }

    /// Whether this refuses the spec.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The span of the first primary label, if there is one.
    #[must_use]
    pub fn primary(&self) -> Option<Span> {
        self.labels.iter().find(|label| label.primary).map(|label| label.span)
    }
}

/// Says that there are findings behind these that are not told.
#[must_use]
pub fn more_errors(told: &[Diagnostic]) -> Diagnostic {
    let last = told.last().and_then(Diagnostic::primary).unwrap_or_default();
    let message = format!("there are more than {} errors; the others are not shown", told.len());
    Diagnostic::error(codes::TOO_LARGE, message)
        .at(last, "the last one that is shown")
        .help("mend these first, or check that this file is a spec at all")
}

/// Picks the names most similar to `wanted`, at most three, the nearest first.
///
/// A name counts when it differs by at most a third of its letters, or contains the other as a whole.
pub fn similar_names<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted_lower = wanted.to_lowercase();
    let mut scored: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            // One letter is always "one edit away" from another: no help.
            if name.len().min(wanted.len()) <= 1 {
                return None;
            }
            let lower = name.to_lowercase();
            let contains = wanted.len() >= 3 && (lower.contains(&wanted_lower) || wanted_lower.contains(&lower));
            let most = (wanted.len().max(name.len()) / 3).max(1);
            // The difference of the lengths takes as many edits, and costs nothing to tell.
            let letters = |text: &str| text.chars().take(EDITED).count();
            if !contains && letters(&wanted_lower).abs_diff(letters(&lower)) > most {
                return None;
            }
            let distance = edit_distance(&wanted_lower, &lower);
            (contains || distance <= most).then_some((distance, name))
        })
        .collect();
    scored.sort();
    scored.dedup();
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// How many letters of a name are compared.
const EDITED: usize = 64;

/// Levenshtein distance with adjacent transpositions counted as one edit.
fn edit_distance(left: &str, right: &str) -> usize {
    let letters = |text: &str| -> Vec<char> { text.chars().take(EDITED).collect() };
    let (left, right) = (letters(left), letters(right));
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=right.len()).collect());
    let mut row = Vec::with_capacity(last.len());
    for (i, letter) in left.iter().enumerate() {
        row.clear();
        row.push(i + 1);
        for (j, other) in right.iter().enumerate() {
            let mut best = (last[j + 1] + 1).min(row[j] + 1).min(last[j] + usize::from(letter != other));
            if i > 0 && j > 0 && *letter == right[j - 1] && left[i - 1] == *other {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        // The row of two letters ago makes room for the next one.
        row = std::mem::replace(&mut before, std::mem::replace(&mut last, row));
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_near_and_sorted() {
        assert_eq!(similar_names("batchnorm", ["batch_norm", "layer_norm", "conv"]), ["batch_norm"]);
        assert_eq!(similar_names("covn", ["conv", "dense"]), ["conv"]);
        assert_eq!(similar_names("pad", ["padding", "kernel"]), ["padding"]);
        assert!(similar_names("x", ["y", "z"]).is_empty());
        assert_eq!(similar_names("kernal_size", ["kernel", "stride"]), [""; 0]);
        assert_eq!(similar_names("kernel_size", ["kernel", "stride"]), ["kernel"]);
    }

    #[test]
    fn edits_are_counted() {
        for (left, right, edits) in
            [("", "", 0), ("", "ab", 2), ("ab", "ba", 1), ("abcd", "acbd", 1), ("ca", "abc", 3), ("conv", "convs", 1)]
        {
            assert_eq!((edit_distance(left, right), edit_distance(right, left)), (edits, edits), "{left} {right}");
        }
    }
}
