//! The catalogue: what is known of each pattern, gathered from its declaration, the columns' entries and the last verification.
//!
//! A cell (a pattern in a column) is generated: the pattern's worked example is translated by the templates that translate
//! models, so a cell can't say anything else than what `emit` writes.
//!
//! Architecture Invariant: pure functions of the declarations and the columns. How it is shown is decided in [`crate::report`].

mod example;
mod search;
mod words;

pub use example::spec as example_spec;
pub use search::search;
pub use words::{declared, shape_rule, short_rule, signature, takes, weights};

use crate::embedded;
use crate::emit::framework::{Columns, Framework, FrameworkError, Status};
use crate::hash::IndexMap;
use crate::ops::gotchas::{self, Gotcha};
use crate::ops::{Pattern, library};
use crate::syntax::ast::FactKind;
use crate::syntax::print;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A pattern with all that is known of it.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is listed with.
    pub family: String,
    /// What it computes and where that comes from.
    pub doc: String,
    /// How it is written: `conv(filters, kernel, stride=1)`.
    pub signature: String,
    /// What enters and what leaves.
    pub shapes: String,
    /// Its hyperparameters.
    pub parameters: Vec<Parameter>,
    /// Its weights in their canonical layout.
    pub weights: Vec<String>,
    /// What must hold.
    pub required: Vec<String>,
    /// What is asked where frameworks differ: when, and the choices.
    pub asked: Vec<Asked>,
    /// The multiply-accumulates of one sample.
    pub macs: Option<String>,
    /// What training changes.
    pub training: Option<String>,
    /// What it is called in frameworks.
    pub elsewhere: Vec<String>,
    /// Where it comes from: the sentences of its description that name a paper.
    pub source: String,
    /// The lines of its worked example.
    pub example: Vec<String>,
    /// What frameworks do differently here without telling.
    pub gotchas: Vec<&'static Gotcha>,
    /// Its code in each column.
    pub columns: IndexMap<String, Cell>,
}

/// A hyperparameter.
#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it accepts.
    pub takes: String,
    /// Its default; required if there is none.
    pub default: Option<String>,
    /// What it means.
    pub doc: String,
    /// What it is called in frameworks.
    pub elsewhere: Vec<String>,
}

/// A question that the language asks.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// When it is asked.
    pub when: String,
    /// What may be written.
    pub choices: Vec<String>,
}

/// A pattern in a column.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// The column's shown name.
    pub framework: String,
    /// Whether the framework has it.
    pub status: Support,
    /// Why it can't be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code of the worked example.
    pub code: String,
    /// What differs silently from other columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where the framework says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What the last verification found; nothing if it was never verified.
    pub verified: Option<Verified>,
}

/// Whether a framework has a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// It has.
    Builtin,
    /// It is made of others.
    Composed,
    /// It can't be written there.
    Refused,
}

impl Support {
    /// For people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Builtin => "built-in",
            Self::Composed => "composed",
            Self::Refused => "refused",
        }
    }
}

/// What a verification of a pattern's cases found in a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// `float64` or `float32`.
    pub precision: String,
    /// The largest error of any line, relative to the line's largest value.
    pub max_error: f64,
    /// The version that ran.
    pub version: String,
    /// What was compared: `inference`, `training`, `gradients`.
    pub modes: Vec<String>,
    /// A hash of the code that ran: a cell whose code is another one by now has to be verified again.
    pub code: String,
}

/// The record of the last verification, by pattern and column.
pub type Record = IndexMap<String, IndexMap<String, Verified>>;

/// A short name of a text: FNV-1a, in 64 bits. It tells a changed text from an unchanged one, and is no protection against anyone.
#[must_use]
pub fn fingerprint(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// The record that came with the program.
///
/// # Panics
/// Never: a test reads the embedded record.
#[must_use]
pub fn record() -> &'static Record {
    static RECORD: OnceLock<Record> = OnceLock::new();
    RECORD.get_or_init(|| serde_json::from_str(embedded::VERIFIED).expect("a test reads it"))
}

/// The catalogue: every pattern in these columns, family by family.
///
/// # Errors
/// An entry of a column that can't be read.
pub fn catalogue(columns: &Columns) -> Result<Vec<Entry>, FrameworkError> {
    library::names().iter().filter_map(|name| library::pattern(name)).map(|pattern| entry(&pattern, columns)).collect()
}

/// All that is known of a pattern.
///
/// # Errors
/// An entry of a column that can't be read.
pub fn entry(pattern: &Pattern, columns: &Columns) -> Result<Entry, FrameworkError> {
    let codes = example::translated(pattern, columns);
    let cells = columns.frameworks.iter().map(|column| {
        let code = codes.get(&column.id).cloned().unwrap_or_else(|| Err("there is no worked example".to_owned()));
        Ok((column.id.clone(), cell(pattern, column, code)?))
    });
    let facts = |of: fn(&FactKind) -> Option<String>| pattern.facts.iter().find_map(|fact| of(&fact.kind));
    Ok(Entry {
        name: pattern.name.clone(),
        family: pattern.family.clone(),
        doc: pattern.doc.join("\n"),
        signature: signature(pattern),
        shapes: shape_rule(pattern),
        parameters: pattern
            .parameters
            .iter()
            .map(|parameter| Parameter {
                name: parameter.name.clone(),
                takes: takes(&parameter.ty),
                default: parameter.default.as_ref().map(print::expression),
                doc: parameter.doc.as_deref().unwrap_or_default().replace('\n', " "),
                elsewhere: parameter.elsewhere.clone(),
            })
            .collect(),
        weights: weights(pattern),
        required: pattern
            .facts
            .iter()
            .filter_map(|fact| match &fact.kind {
                FactKind::Require(require) => Some(print::expression(&require.condition)),
                _ => None,
            })
            .collect(),
        asked: pattern
            .facts
            .iter()
            .filter_map(|fact| match &fact.kind {
                FactKind::Ask { condition, choices, .. } => Some(Asked {
                    when: print::expression(condition),
                    choices: choices.iter().map(|(written, _)| written.clone()).collect(),
                }),
                _ => None,
            })
            .collect(),
        macs: facts(|fact| match fact {
            FactKind::Macs(cost) => Some(print::expression(cost)),
            _ => None,
        }),
        training: facts(words::training),
        elsewhere: pattern.elsewhere.clone(),
        source: words::source(&pattern.doc),
        example: pattern.example.clone(),
        gotchas: gotchas::of(&pattern.name).collect(),
        columns: cells.collect::<Result<_, FrameworkError>>()?,
    })
}

/// Whether a column has a pattern, and why not if it can't be written there.
///
/// # Errors
/// An entry that can't be read.
pub fn support(pattern: &Pattern, column: &Framework) -> Result<(Support, Option<String>), FrameworkError> {
    let operator = column.entry(pattern)?;
    let unsupported = operator
        .as_ref()
        .map_or_else(|| Some("this column has no entry for it".to_owned()), |operator| operator.unsupported.clone());
    Ok(match (unsupported, operator.as_ref().map(|operator| operator.status)) {
        (None, Some(Status::Builtin)) => (Support::Builtin, None),
        (None, Some(Status::Composed)) => (Support::Composed, None),
        (reason, _) => (Support::Refused, reason),
    })
}

fn cell(pattern: &Pattern, column: &Framework, code: Result<String, String>) -> Result<Cell, FrameworkError> {
    let operator = column.entry(pattern)?;
    let (status, unsupported) = support(pattern, column)?;
    let (code, refusal) = match code {
        Ok(code) => (code, None),
        Err(reason) => (String::new(), Some(reason)),
    };
    Ok(Cell {
        framework: column.settings.name.clone(),
        status,
        reason: unsupported.or(refusal),
        code,
        note: operator.as_ref().and_then(|operator| operator.note.as_ref()).map(|note| note.trim().to_owned()),
        source: operator.as_ref().and_then(|operator| operator.source.clone()),
        verified: record().get(&pattern.name).and_then(|columns| columns.get(&column.id)).cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_can_be_read_and_speaks_of_patterns() {
        let record: Record = serde_json::from_str(embedded::VERIFIED).expect("it is JSON of this form");
        for name in record.keys() {
            assert!(library::names().contains(&name.as_str()), "{name} is no pattern");
        }
    }

    #[test]
    fn a_cell_says_what_emit_writes() {
        let columns = embedded::columns().expect("the built-in columns can be read");
        let pattern = library::pattern("dense").expect("it is in the library");
        let entry = entry(&pattern, &columns).expect("the entries can be read");
        assert_eq!(entry.columns.len(), columns.frameworks.len());
        for (column, cell) in &entry.columns {
            assert!(cell.reason.is_none() && cell.code.contains("10"), "{column}: {cell:?}");
        }
    }
}
