//! The columns of a spec beside each other: two of them side by side, more one below the other.

use super::text::{DIM, PLACE, STRONG, WARN, listed, pad, paint, width, wrap_code, wrap_words};
use crate::diff::{Diff, Note, Row};
use crate::foreign::visible;
use serde_json::{Value, json};

/// Where a text starts behind the number of its line.
const GUTTER: usize = 6;

/// Draws the rows for a terminal of this width.
///
/// A note is told in full where its operator first appears, and referred to where it appears again.
#[must_use]
pub fn render(diff: &Diff, wide: usize, color: bool) -> String {
    let page = Page { diff, width: wide, color };
    let mut text = String::new();
    if let [left, right] = diff.columns.as_slice() {
        text.push_str(&page.heads(&left.1, &right.1));
    }
    let mut told: Vec<(&Note, &Row)> = Vec::new();
    let mut file = diff.rows.first().map_or("", |row| row.file.as_str());
    for (at, row) in diff.rows.iter().enumerate() {
        if row.file != file {
            file = &row.file;
            text.push_str(&format!("\n{}\n", paint(&visible(file), PLACE, color)));
        }
        if at > 0 {
            text.push('\n');
        }
        page.row(row, &mut told, &mut text);
    }
    text
}

struct Page<'a> {
    diff: &'a Diff,
    width: usize,
    color: bool,
}

impl<'a> Page<'a> {
    /// The width of one of two columns.
    fn half(&self) -> usize {
        (self.width.saturating_sub(GUTTER + 3) / 2).max(16)
    }

    fn heads(&self, left: &str, right: &str) -> String {
        let half = self.half();
        let (left, right) = (pad(&paint(left, STRONG, self.color), half), paint(right, STRONG, self.color));
        let bar = paint("│", DIM, self.color);
        let rule = format!("{}┼{}", "─".repeat(GUTTER + half + 1), "─".repeat(half + 1));
        format!("{}{left} {bar} {right}\n{}\n", " ".repeat(GUTTER), paint(&rule, DIM, self.color))
    }

    fn row(&self, row: &'a Row, told: &mut Vec<(&'a Note, &'a Row)>, text: &mut String) {
        let number = paint(&format!("{:>4}  ", row.line), DIM, self.color);
        for (at, part) in wrap_code(&visible(&row.spec), self.width - GUTTER).into_iter().enumerate() {
            let gutter = if at == 0 { number.clone() } else { " ".repeat(GUTTER) };
            text.push_str(&format!("{gutter}{}\n", paint(&part, STRONG, self.color)));
        }
        if let [left, right] = row.cells.as_slice() {
            self.beside(left, right, text);
        } else {
            self.below(row, text);
        }
        self.notes(row, told, text);
    }

    fn beside(&self, left: &[String], right: &[String], text: &mut String) {
        let half = self.half();
        let wrapped = |lines: &[String]| -> Vec<String> {
            lines.iter().flat_map(|line| wrap_code(&visible(line), half)).collect()
        };
        let (left, right) = (wrapped(left), wrapped(right));
        let bar = paint("│", DIM, self.color);
        for at in 0..left.len().max(right.len()) {
            let side = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
            let line = format!("{}{} {bar} {}", " ".repeat(GUTTER), pad(&side(&left), half), side(&right));
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }

    fn below(&self, row: &Row, text: &mut String) {
        let widest = self.diff.columns.iter().map(|(_, name)| width(name)).max().unwrap_or(0);
        for (cell, (_, name)) in row.cells.iter().zip(&self.diff.columns) {
            let room = self.width.saturating_sub(GUTTER + widest + 2);
            let mut head = paint(&pad(name, widest), PLACE, self.color);
            if cell.is_empty() {
                text.push_str(&format!("{}{head}  {}\n", " ".repeat(GUTTER), paint("-", DIM, self.color)));
            }
            for part in cell.iter().flat_map(|line| wrap_code(&visible(line), room)) {
                text.push_str(&format!("{}{head}  {part}\n", " ".repeat(GUTTER)));
                head = " ".repeat(widest);
            }
        }
    }

    fn notes(&self, row: &'a Row, told: &mut Vec<(&'a Note, &'a Row)>, text: &mut String) {
        let indent = " ".repeat(GUTTER);
        let mut again: Vec<(&str, u32)> = Vec::new();
        for note in &row.notes {
            if let Some((_, first)) =
                told.iter().find(|(other, _)| (&other.column, &other.operator) == (&note.column, &note.operator))
            {
                if !again.iter().any(|(operator, _)| *operator == note.operator) {
                    again.push((&note.operator, first.line));
                }
                continue;
            }
            told.push((note, row));
            let name =
                self.diff.columns.iter().find(|(id, _)| *id == note.column).map_or("", |(_, name)| name.as_str());
            let head = format!("note ({name}, {}): ", note.operator);
            let room = self.width.saturating_sub(GUTTER + 4).max(30);
            // The head is part of the prose for the breaking of lines, and painted afterwards.
            for (at, line) in wrap_words(&visible(&format!("{head}{}", note.text)), room).iter().enumerate() {
                let line = match line.strip_prefix(head.trim_end()) {
                    Some(rest) if at == 0 => format!("{}{rest}", paint(head.trim_end(), WARN, self.color)),
                    _ if at == 0 => line.clone(),
                    _ => format!("  {line}"),
                };
                text.push_str(&format!("{indent}{line}\n"));
            }
        }
        if !again.is_empty() {
            let operators: Vec<String> =
                again.iter().map(|(operator, line)| format!("{operator} (line {line})")).collect();
            let line = format!("see the notes on {}", listed(&operators));
            for line in wrap_words(&line, self.width.saturating_sub(GUTTER)) {
                text.push_str(&format!("{indent}{}\n", paint(&line, DIM, self.color)));
            }
        }
    }
}

/// The same as data: `columns`, and `rows` with `file`, `line`, `spec`, `columns` and `notes`.
#[must_use]
pub fn to_json(diff: &Diff) -> Value {
    let ids: Vec<&String> = diff.columns.iter().map(|(id, _)| id).collect();
    let row = |row: &Row| {
        let cells: serde_json::Map<String, Value> =
            ids.iter().zip(&row.cells).map(|(id, cell)| ((*id).clone(), json!(cell))).collect();
        json!({ "file": row.file, "line": row.line, "spec": row.spec, "columns": cells, "notes": row.notes })
    };
    json!({ "columns": ids, "rows": diff.rows.iter().map(row).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(columns: usize) -> Diff {
        let names = [("pytorch", "PyTorch"), ("keras", "Keras"), ("jax", "JAX")];
        let note =
            Note { column: "keras".into(), operator: "conv".into(), text: "Pads otherwise.".into(), source: None };
        let row = |line, code: [&[&str]; 3]| Row {
            file: "m.arch".into(),
            line,
            spec: "x = image -> conv(64, 3x3)".into(),
            cells: code[..columns].iter().map(|cell| cell.iter().map(|line| (*line).to_owned()).collect()).collect(),
            notes: vec![note.clone()],
        };
        Diff {
            columns: names[..columns].iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect(),
            rows: vec![
                row(
                    3,
                    [
                        &["self.x = nn.Conv2d(3, 64, 3, padding=\"same\")", "x = self.x(image)"],
                        &["x = Conv2D(64, 3)(image)"],
                        &[],
                    ],
                ),
                row(12, [&["x"], &["x"], &["x"]]),
            ],
        }
    }

    #[test]
    fn two_stand_side_by_side() {
        let text = render(&diff(2), 60, false);
        insta::assert_snapshot!(text, @r#"
                  PyTorch                   │ Keras
            ────────────────────────────────┼──────────────────────────
               3  x = image -> conv(64, 3x3)
                  self.x = nn.Conv2d(3, 64, │ x = Conv2D(64, 3)(image)
                    3, padding="same")      │
                  x = self.x(image)         │
                  note (Keras, conv): Pads otherwise.

              12  x = image -> conv(64, 3x3)
                  x                         │ x
                  see the notes on conv (line 3)
        "#);
        assert!(text.lines().all(|line| width(line) <= 60));
    }

    #[test]
    fn more_stand_one_below_the_other() {
        insta::assert_snapshot!(render(&diff(3), 60, false), @r#"
             3  x = image -> conv(64, 3x3)
                PyTorch  self.x = nn.Conv2d(3, 64, 3, padding="same")
                         x = self.x(image)
                Keras    x = Conv2D(64, 3)(image)
                JAX      -
                note (Keras, conv): Pads otherwise.

            12  x = image -> conv(64, 3x3)
                PyTorch  x
                Keras    x
                JAX      x
                see the notes on conv (line 3)
        "#);
    }

    #[test]
    fn the_same_as_data() {
        let value = to_json(&diff(2));
        assert_eq!(value["columns"], json!(["pytorch", "keras"]));
        assert_eq!(value["rows"][0]["line"], json!(3));
        assert_eq!(value["rows"][0]["columns"]["keras"], json!(["x = Conv2D(64, 3)(image)"]));
        assert_eq!(value["rows"][1]["notes"][0]["operator"], json!("conv"));
    }

    #[test]
    fn colour_changes_nothing_else() {
        let plain = render(&diff(2), 70, false);
        assert!(!plain.contains('\u{1b}'));
        assert_eq!(anstream::adapter::strip_str(&render(&diff(2), 70, true)).to_string(), plain);
    }
}
