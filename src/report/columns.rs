//! The list of columns.

use super::table::{Align, Table};
use crate::foreign::visible;
use serde::Serialize;
use serde_json::{Value, json};

/// What is shown of a column.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// What `--to` takes.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The version that its code is verified with.
    pub version: String,
    /// What it is verified in.
    pub precision: String,
    /// How many patterns the framework has.
    pub builtin: usize,
    /// How many are made of others.
    pub composed: usize,
    /// Those that it can't express.
    pub unsupported: Vec<String>,
}

/// The table.
#[must_use]
pub fn render(columns: &[Column], color: bool) -> String {
    let mut table = Table::new(&[
        ("column", Align::Left),
        ("framework", Align::Left),
        ("version", Align::Left),
        ("verified in", Align::Left),
        ("built-in", Align::Right),
        ("composed", Align::Right),
        ("unsupported", Align::Left),
    ]);
    for column in columns {
        let without = match column.unsupported.as_slice() {
            [] => "-".to_owned(),
            few @ ([_] | [_, _] | [_, _, _]) => few.join(", "),
            many => format!("{} patterns", many.len()),
        };
        table.row([
            visible(&column.id).into_owned(),
            visible(&column.name).into_owned(),
            visible(&column.version).into_owned(),
            visible(&column.precision).into_owned(),
            column.builtin.to_string(),
            column.composed.to_string(),
            without,
        ]);
    }
    table.render(color)
}

/// The same as data.
#[must_use]
pub fn to_json(columns: &[Column]) -> Value {
    json!({ "columns": columns })
}
