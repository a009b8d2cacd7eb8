//! A spec in several columns at once, and the choice of columns by their names.
//!
//! Architecture Invariant: a pure function of the program and the columns; nothing is written anywhere.

use crate::diagnostic::{Diagnostic, similar_names};
use crate::emit::framework::{Columns, Framework};
use crate::emit::{Emitted, Options, Prepared, emit, prepare, warm};
use crate::ir::Program;
use crate::ir::infer::Configuration;
use crate::span::Sources;
use rayon::prelude::*;

/// The code of a column, or why it has none.
pub type Translation<'a> = (&'a Framework, Result<Emitted, Vec<Diagnostic>>);

/// Emits a program in these columns.
///
/// # Errors
/// What keeps it from being written in any column. What one column can't express is that column's result.
pub fn translate<'a>(
    program: &Program,
    configuration: &Configuration,
    columns: &[&'a Framework],
    sources: &Sources,
    options: &Options,
) -> Result<Vec<Translation<'a>>, Vec<Diagnostic>> {
    Ok(write(&prepare(program, configuration)?, columns, sources, options))
}

/// Emits a prepared program in these columns.
pub fn write<'a>(
    prepared: &Prepared<'_>,
    columns: &[&'a Framework],
    sources: &Sources,
    options: &Options,
) -> Vec<Translation<'a>> {
    columns.par_iter().map(|column| (*column, emit(prepared, column, sources, options))).collect()
}

/// Looks at a program while the templates that it will want of these columns are compiled.
pub fn while_warming<T: Send>(program: &Program, columns: &[&Framework], look: impl FnOnce() -> T + Send) -> T {
    rayon::join(look, || columns.par_iter().for_each(|column| warm(program, column))).0
}

/// A name that is no column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownColumn {
    /// The name.
    pub name: String,
    /// Columns that are called much the same.
    pub near: Vec<String>,
}

/// The columns of these names, each once, in the order given; all of them for `all`.
///
/// A column's shown name (that of `framework.toml`) is as good as its folder's, in any case.
///
/// # Errors
/// The first name that is no column.
pub fn select<'a>(columns: &'a Columns, names: &[String]) -> Result<Vec<&'a Framework>, UnknownColumn> {
    let mut selected: Vec<&Framework> = Vec::new();
    for name in names {
        let found: Vec<&Framework> = if name.eq_ignore_ascii_case("all") {
            columns.frameworks.iter().collect()
        } else {
            let same = |column: &&Framework| {
                column.id.eq_ignore_ascii_case(name) || column.settings.name.eq_ignore_ascii_case(name)
            };
            vec![columns.frameworks.iter().find(same).ok_or_else(|| unknown(columns, name))?]
        };
        for column in found {
            if !selected.iter().any(|other| other.id == column.id) {
                selected.push(column);
            }
        }
    }
    Ok(selected)
}

fn unknown(columns: &Columns, name: &str) -> UnknownColumn {
    // What people call a framework: its folder, its name, and the package that they import.
    let words = columns.frameworks.iter().flat_map(|column| {
        [&column.id, &column.settings.name, &column.settings.package].map(|word| (word.as_str(), column.id.as_str()))
    });
    let words: Vec<(&str, &str)> = words.collect();
    let mut near: Vec<String> = Vec::new();
    for word in similar_names(name, words.iter().map(|(word, _)| *word)) {
        for (_, id) in words.iter().filter(|(other, _)| *other == word) {
            if !near.iter().any(|known| known == id) {
                near.push((*id).to_owned());
            }
        }
    }
    UnknownColumn { name: name.to_owned(), near }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        crate::embedded::columns().expect("the built-in columns can be read")
    }

    fn ids(names: &[&str]) -> Result<Vec<String>, UnknownColumn> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Ok(select(&columns(), &names)?.iter().map(|column| column.id.clone()).collect())
    }

    #[test]
    fn columns_are_chosen_in_order_and_once() {
        let all = columns().names().len();
        assert_eq!(ids(&["theano", "PyTorch", "theano"]), Ok(vec!["theano".into(), "pytorch".into()]));
        assert_eq!(ids(&["all"]).map(|ids| ids.len()), Ok(all));
        assert_eq!(ids(&["keras", "all"]).map(|ids| (ids.len(), ids[0].clone())), Ok((all, "keras".into())));
    }

    #[test]
    fn a_misspelt_column_has_neighbours() {
        let near = |name: &str| ids(&[name]).expect_err("no such column").near;
        assert_eq!(near("pytroch"), ["pytorch"]);
        assert_eq!(near("torch"), ["pytorch"]);
        assert_eq!(near("xyz"), Vec::<String>::new());
    }
}
