//! Which framework suits a network, as a table.

use super::table::{Align, Table};
use super::text::{DIM, STRONG, count, listed, paint, wrap_words};
use crate::foreign::visible;
use crate::hash::IndexMap;
use crate::suitability::Suit;

/// What the last verification found in a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Seconds to build the model.
    pub build: Option<f64>,
    /// Seconds of the first pass.
    pub pass: Option<f64>,
    /// The largest error; none for the reference.
    pub error: Option<f64>,
    /// What became of it: `agrees`, `differs`, `is the reference`.
    pub verdict: &'static str,
}

/// The table, and what it can't hold.
#[must_use]
pub fn render(
    model: &str,
    suits: &IndexMap<String, Suit>,
    runs: &IndexMap<String, Run>,
    wide: usize,
    color: bool,
) -> String {
    let mut heads = vec![
        ("framework", Align::Left),
        ("lines", Align::Right),
        ("built in", Align::Right),
        ("composed", Align::Right),
        ("refused", Align::Right),
        ("traps", Align::Right),
    ];
    if !runs.is_empty() {
        heads.extend([
            ("build", Align::Right),
            ("first pass", Align::Right),
            ("largest error", Align::Right),
            ("verified", Align::Left),
        ]);
    }
    let mut table = Table::new(&heads);
    for (column, suit) in suits {
        let mut row = vec![
            visible(&suit.framework).into_owned(),
            suit.lines.map_or_else(|| "-".into(), |lines| lines.to_string()),
            suit.builtin.len().to_string(),
            suit.composed.len().to_string(),
            suit.refused.len().to_string(),
            suit.gotchas.len().to_string(),
        ];
        if !runs.is_empty() {
            let run = runs.get(column).cloned().unwrap_or_default();
            let seconds = |time: Option<f64>| time.map_or_else(|| "-".into(), |time| format!("{time:.2} s"));
            row.push(seconds(run.build));
            row.push(seconds(run.pass));
            row.push(run.error.map_or_else(|| "-".into(), |error| format!("{error:.1e}")));
            row.push(run.verdict.to_owned());
        }
        table.row(row);
    }
    let mut text = format!("{}\n\n{}", paint(model, STRONG, color), table.render(color));
    let mut paragraph = |words: &str| {
        text.push('\n');
        for line in wrap_words(&visible(words), wide) {
            text.push_str(&line);
            text.push('\n');
        }
    };
    for suit in suits.values() {
        let mut words = Vec::new();
        if !suit.composed.is_empty() {
            words.push(format!("composes {}", listed(&suit.composed)));
        }
        words.extend(suit.refused.iter().map(|(name, reason)| format!("has no {name}: {reason}")));
        words.extend(suit.reason.iter().map(|reason| format!("can't be written: {reason}")));
        if !words.is_empty() {
            paragraph(&format!("{} {}.", suit.framework, words.join("; ")));
        }
    }
    let known: Vec<&str> = suits.values().flat_map(|suit| suit.gotchas.iter().map(String::as_str)).collect();
    let mut names: Vec<&str> = Vec::new();
    known.into_iter().for_each(|name| {
        if !names.contains(&name) {
            names.push(name);
        }
    });
    if !names.is_empty() {
        paragraph(&format!(
            "{} on the way by hand: {}. `hexapla explain {}` tells of one.",
            count(names.len(), "trap", "traps"),
            names.join(", "),
            names[0]
        ));
    }
    if runs.is_empty() {
        text.push_str(&format!("\n{}\n", paint("`hexapla verify` adds times and errors.", DIM, color)));
    }
    text
}
