//! The columns of a spec set side by side: which lines of each column's code come from which line of the spec, and what is to be said
//! of the operators on it.
//!
//! Rows stand in the order of the spec, its imports behind it. What comes from no line of the spec (imports, helpers, the skeletons of
//! classes and functions) is in no row.
//!
//! Architecture Invariant: a pure function of emitted code. How rows are drawn is decided in [`crate::report::side_by_side`].

use crate::emit::Emitted;
use crate::emit::framework::{Framework, FrameworkError};
use crate::ir::Program;
use crate::span::{FileId, Sources, Span};
use serde::Serialize;
use std::collections::BTreeMap;

/// The columns of a spec, aligned by its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The columns' ids and shown names.
    pub columns: Vec<(String, String)>,
    /// The lines of the spec that have code somewhere.
    pub rows: Vec<Row>,
}

/// A line of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The file that it stands in.
    pub file: String,
    /// Its number.
    pub line: u32,
    /// Its text, without indentation.
    pub spec: String,
    /// The code of each column, in the order of [`Diff::columns`]; each run of lines without its common indentation.
    pub cells: Vec<Vec<String>>,
    /// What is to be said of its operators.
    pub notes: Vec<Note>,
}

/// What differs silently between the columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The column.
    pub column: String,
    /// The operator.
    pub operator: String,
    /// What is to be said.
    pub text: String,
    /// Where the framework says so.
    pub source: Option<String>,
}

/// A line of a spec; orders as the spec does.
type Place = (FileId, u32);

/// Aligns columns.
///
/// # Errors
/// An entry of `ops.toml` that can't be read.
pub fn align(program: &Program, sources: &Sources, codes: &[(&Framework, &Emitted)]) -> Result<Diff, FrameworkError> {
    let place = |span: Span| (span.file, sources.line(span));
    let mut rows: BTreeMap<Place, Vec<Vec<String>>> = BTreeMap::new();
    for (at, (_, code)) in codes.iter().enumerate() {
        let mut lines = code.lines.iter().peekable();
        while let Some(line) = lines.next() {
            let Some(origin) = line.origin.map(place) else { continue };
            let mut run = vec![line.text.as_str()];
            while let Some(next) = lines.next_if(|next| next.origin.map(place) == Some(origin)) {
                run.push(&next.text);
            }
            let cells = rows.entry(origin).or_insert_with(|| vec![Vec::new(); codes.len()]);
            cells[at].extend(dedented(&run));
        }
    }
    let operators = operators(program, sources);
    let mut aligned = Vec::with_capacity(rows.len());
    for (place, cells) in rows {
        let mut notes = Vec::new();
        for (framework, _) in codes {
            for operator in operators.get(&place).into_iter().flatten() {
                let Some(entry) = framework.operator(operator)? else { continue };
                if let Some(text) = &entry.note {
                    let (column, operator) = (framework.id.clone(), operator.clone());
                    notes.push(Note { column, operator, text: text.trim().to_owned(), source: entry.source.clone() });
                }
            }
        }
        let file = sources.file(place.0);
        let spec = file.line_text(place.1).trim().to_owned();
        aligned.push(Row { file: file.name.clone(), line: place.1, spec, cells, notes });
    }
    let columns = codes.iter().map(|(framework, _)| (framework.id.clone(), framework.settings.name.clone())).collect();
    Ok(Diff { columns, rows: aligned })
}

/// Lines without the indentation that all of them have.
fn dedented(lines: &[&str]) -> Vec<String> {
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let common = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| blanks(line)).min().unwrap_or(0);
    lines.iter().map(|line| line.get(common..).unwrap_or("").to_owned()).collect()
}

/// The operators on each line, each once, in order.
fn operators(program: &Program, sources: &Sources) -> BTreeMap<Place, Vec<String>> {
    let mut found: BTreeMap<Place, Vec<String>> = BTreeMap::new();
    program.each_pattern(&mut |stage, pattern| {
        let names = found.entry((stage.span.file, sources.line(stage.span))).or_default();
        if !names.contains(&pattern.name) {
            names.push(pattern.name.clone());
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::infer::Configuration;
    use crate::ir::lower::lower;
    use crate::translate::{select, translate};

    const SPEC: &str = "\
/// A small one.
model M: image[3, 8, 8] -> y {
    // A comment
    a = image -> conv(4, 3x3) -> relu
    y = a + a -> flatten
          -> dense(10)
}
";

    #[test]
    fn every_line_has_its_code_in_every_column() {
        let mut sources = Sources::default();
        let main = sources.add("m.arch", SPEC);
        let (program, findings) = lower(main, &mut sources, &mut |_, _| Err("none".into()));
        let program = program.unwrap_or_else(|| panic!("{findings:?}"));
        let columns = crate::embedded::columns().expect("the built-in columns can be read");
        let all = select(&columns, &["all".into()]).expect("all is a choice");
        let translations = translate(&program, &Configuration::default(), &all, &sources, &Default::default())
            .expect("it can be emitted");
        let codes: Vec<_> = translations
            .iter()
            .map(|(column, code)| (*column, code.as_ref().unwrap_or_else(|wrong| panic!("{wrong:?}"))))
            .collect();
        let diff = align(&program, &sources, &codes).expect("the entries can be read");
        assert_eq!(diff.columns.len(), all.len());
        let lines: Vec<(u32, &str)> = diff.rows.iter().map(|row| (row.line, row.spec.as_str())).collect();
        assert_eq!(lines, [(4, "a = image -> conv(4, 3x3) -> relu"), (5, "y = a + a -> flatten"), (6, "-> dense(10)")]);
        for row in &diff.rows {
            for (cell, (column, _)) in row.cells.iter().zip(&diff.columns) {
                assert!(!cell.is_empty(), "{column} has nothing for line {}", row.line);
                assert!(!cell[0].starts_with(' '), "{cell:?}");
            }
        }
        let noted = |line: usize, operator: &str| diff.rows[line].notes.iter().any(|note| note.operator == operator);
        assert!(noted(0, "conv") && !noted(1, "conv") && noted(2, "dense") && !noted(0, "dense"));
    }

    #[test]
    fn only_common_indentation_goes() {
        assert_eq!(dedented(&["    a(", "        b,", "", "    )"]), ["a(", "    b,", "", ")"]);
    }
}
