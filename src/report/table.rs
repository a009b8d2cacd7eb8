//! Tables of plain text.

use super::text::{DIM, STRONG, paint, width};

/// Where the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows under headings; columns are two blanks apart.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    Cells(Vec<String>),
    Rule,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(columns: &[(&str, Align)]) -> Self {
        Self { columns: columns.iter().map(|(name, align)| ((*name).to_owned(), *align)).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(Row::Cells(cells.into_iter().map(Into::into).collect()));
    }

    /// Adds a line between rows.
    pub fn rule(&mut self) {
        self.rows.push(Row::Rule);
    }

    /// Draws it.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let mut widths: Vec<usize> = self.columns.iter().map(|(name, _)| width(name)).collect();
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            for (widest, cell) in widths.iter_mut().zip(cells) {
                *widest = (*widest).max(width(cell));
            }
        }
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells
                .iter()
                .zip(&widths)
                .zip(&self.columns)
                .map(|((cell, widest), (_, align))| {
                    let blanks = " ".repeat(widest - width(cell));
                    if *align == Align::Left { format!("{cell}{blanks}") } else { format!("{blanks}{cell}") }
                })
                .collect();
            cells.join("  ").trim_end().to_owned()
        };
        let heads: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let mut text = paint(&line(&heads), STRONG, color) + "\n";
        let total = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        for row in &self.rows {
            match row {
                Row::Cells(cells) => text.push_str(&line(cells)),
                Row::Rule => text.push_str(&paint(&"─".repeat(total), DIM, color)),
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right() {
        let mut table = Table::new(&[("name", Align::Left), ("size", Align::Right)]);
        table.row(["a", "1"]);
        table.row(["long one", "1,000"]);
        table.rule();
        table.row(["", "1,001"]);
        assert_eq!(
            table.render(false),
            "name       size\na             1\nlong one  1,000\n───────────────\n          1,001\n"
        );
    }
}
