//! Which framework suits a network: for each column, how much of it is built in there and how long the code is.
//!
//! Architecture Invariant: a pure function of the program and the columns; nothing is weighed up for the reader.

use crate::catalogue::{Support, support};
use crate::diagnostic::Diagnostic;
use crate::emit::framework::{Framework, FrameworkError};
use crate::emit::{Options, lines_of_code};
use crate::hash::IndexMap;
use crate::ir::Program;
use crate::ir::infer::Configuration;
use crate::ops::Pattern;
use crate::ops::gotchas;
use crate::span::Sources;
use crate::translate::translate;
use serde::Serialize;

/// A network in a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suit {
    /// The column's shown name.
    pub framework: String,
    /// Lines of code, without comments and blank ones; none if it can't be written there.
    pub lines: Option<usize>,
    /// The patterns that the framework has.
    pub builtin: Vec<String>,
    /// Those that are composed of others.
    pub composed: Vec<String>,
    /// Those that can't be written, with the reason.
    pub refused: IndexMap<String, String>,
    /// Why it can't be written, if the reason is no single pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The traps that a translation by hand to this framework would have to know of: their names.
    pub gotchas: Vec<String>,
}

/// What suits in each of these columns, by its name.
///
/// # Errors
/// What keeps the program from being written in any column; an entry of a column that can't be read is told as a text.
pub fn suits(
    program: &Program,
    configuration: &Configuration,
    columns: &[&Framework],
    sources: &Sources,
) -> Result<Result<IndexMap<String, Suit>, FrameworkError>, Vec<Diagnostic>> {
    let mut patterns: IndexMap<String, Pattern> = IndexMap::default();
    program.each_pattern(&mut |_, pattern| {
        patterns.entry(pattern.name.clone()).or_insert_with(|| pattern.clone());
    });
    let translations = translate(program, configuration, columns, sources, &Options::default())?;
    let suit = |column: &Framework, code: Result<usize, String>| -> Result<Suit, FrameworkError> {
        let mut suit = Suit {
            framework: column.settings.name.clone(),
            lines: code.as_ref().ok().copied(),
            builtin: Vec::new(),
            composed: Vec::new(),
            refused: IndexMap::default(),
            reason: None,
            gotchas: Vec::new(),
        };
        for (name, pattern) in &patterns {
            match support(pattern, column)? {
                (Support::Builtin, _) => suit.builtin.push(name.clone()),
                (Support::Composed, _) => suit.composed.push(name.clone()),
                (Support::Refused, reason) => drop(suit.refused.insert(name.clone(), reason.unwrap_or_default())),
            }
        }
        suit.reason = code.err().filter(|_| suit.refused.is_empty());
        let concerns = |gotcha: &&gotchas::Gotcha| {
            gotcha.patterns.iter().any(|pattern| patterns.contains_key(pattern))
                && gotcha.naive.iter().any(|naive| naive.column == column.id)
        };
        suit.gotchas = gotchas::all().iter().filter(concerns).map(|gotcha| gotcha.id.clone()).collect();
        Ok(suit)
    };
    let all = translations.into_iter().map(|(column, code)| {
        let code = code.map(|code| lines_of_code(&code.text()));
        let code = code.map_err(|found| found.first().map(|found| found.message.clone()).unwrap_or_default());
        Ok((column.id.clone(), suit(column, code)?))
    });
    Ok(all.collect())
}
