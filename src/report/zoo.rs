//! The zoo as a table.

use super::table::{Align, Table};
use super::text::{DIM, paint, short, shortened};
use crate::diagnostic::grouped;

/// What the table shows of a network.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// Its name.
    pub name: &'a str,
    /// The title of its paper.
    pub paper: &'a str,
    /// When that came out.
    pub year: u16,
    /// Trainable parameters.
    pub params: i64,
    /// Multiply-accumulates; none if a size is open.
    pub macs: Option<i64>,
    /// Lines of the spec.
    pub lines: usize,
    /// How many patterns it is made of.
    pub patterns: usize,
}

/// The table, as wide as there is room for the titles.
#[must_use]
pub fn list(rows: &[Row<'_>], wide: usize, color: bool) -> String {
    let longest = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    // What the other columns take, with the blanks between them.
    let room = wide.saturating_sub(longest + 56).max(24);
    let mut table = Table::new(&[
        ("name", Align::Left),
        ("paper", Align::Left),
        ("year", Align::Left),
        ("parameters", Align::Right),
        ("MACs", Align::Right),
        ("lines", Align::Right),
        ("patterns", Align::Right),
    ]);
    for row in rows {
        table.row([
            row.name.to_owned(),
            shortened(row.paper, room),
            row.year.to_string(),
            grouped(row.params),
            row.macs.map_or_else(|| "-".into(), short),
            row.lines.to_string(),
            row.patterns.to_string(),
        ]);
    }
    let hint = "`hexapla zoo NAME` prints the spec of one, `hexapla new mynet --from NAME` begins with it.";
    format!("{}\n{}\n", table.render(color), paint(hint, DIM, color))
}
