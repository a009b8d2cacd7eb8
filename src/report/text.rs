//! Numbers, widths and colours of text.

use anstream::adapter::strip_str;
use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Headings, names.
pub const STRONG: Style = Style::new().bold();
/// What is there for orientation: line numbers, rules.
pub const DIM: Style = Style::new().dimmed();
/// What is well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is not.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What deserves a look.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// Places and commands.
pub const PLACE: Style = AnsiColor::Cyan.on_default();

/// Text in a style, if there is colour.
#[must_use]
pub fn paint(text: &str, style: Style, color: bool) -> String {
    if color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// How many columns a text takes on a terminal; colours take none.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.contains('\u{1b}') { strip_str(text).map(str::width).sum() } else { text.width() }
}

/// The text with blanks up to a width.
#[must_use]
pub fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// `1.8 G`: three digits and a unit.
#[must_use]
pub fn short(number: i64) -> String {
    let units = [(1_000_000_000_000_i64, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    let size = number.unsigned_abs();
    // 999,999 is 1.00 M, not 1000 k.
    let fitting = units.iter().find(|(unit, _)| size as f64 >= *unit as f64 * 0.9995);
    let Some((unit, letter)) = fitting else { return number.to_string() };
    let value = number as f64 / *unit as f64;
    let digits = if value.abs() >= 99.95 {
        0
    } else if value.abs() >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {letter}")
}

/// `1 line`, `2 lines`.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// Breaks a line of code so that each part has at most `most` columns; later parts are indented by two more than the first.
///
/// It is broken behind a blank, a comma or an opening parenthesis where there is one in the second half, else anywhere.
#[must_use]
pub fn wrap_code(line: &str, most: usize) -> Vec<String> {
    let most = most.max(8);
    let indent = line.len() - line.trim_start_matches(' ').len();
    let hanging = (indent + 2).min(most / 2);
    let mut parts = Vec::new();
    let mut rest = line.trim_end().to_owned();
    while width(&rest) > most {
        let (mut columns, mut fitting, mut nice) = (0, 0, 0);
        for (at, c) in rest.char_indices() {
            columns += c.width().unwrap_or(0);
            if columns > most {
                break;
            }
            fitting = at + c.len_utf8();
            if matches!(c, ' ' | ',' | '(') && columns > most / 2 {
                nice = fitting;
            }
        }
        // A character that is wider than everything still has to go somewhere.
        let cut = match (nice, fitting) {
            (0, 0) => rest.chars().next().map_or(rest.len(), char::len_utf8),
            (0, fitting) => fitting,
            (nice, _) => nice,
        };
        let next = rest[cut..].trim_start().to_owned();
        rest.truncate(cut);
        parts.push(rest.trim_end().to_owned());
        if next.is_empty() {
            return parts;
        }
        rest = format!("{}{next}", " ".repeat(hanging));
    }
    parts.push(rest);
    parts
}

/// Breaks prose into lines of at most `most` columns.
#[must_use]
pub fn wrap_words(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        // Invariant: `lines` is never empty.
        if let Some(last) = lines.last_mut() {
            if last.is_empty() {
                last.push_str(word);
            } else if width(last) + 1 + width(word) <= most {
                last.push(' ');
                last.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
    }
    lines
}

/// A text that is cut where there is no more room.
#[must_use]
pub fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let cut: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end_matches([' ', ',', ':', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let shown: Vec<String> = [0, 999, 1000, 61_706, 416_520, 999_999, 1_814_073_344, -2_000].map(short).into();
        assert_eq!(shown, ["0", "999", "1.00 k", "61.7 k", "417 k", "1.00 M", "1.81 G", "-2.00 k"]);
    }

    #[test]
    fn code_is_broken_at_blanks_and_stays_whole() {
        let line = "    self.c1 = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Tanh())";
        let parts = wrap_code(line, 30);
        assert!(parts.iter().all(|part| width(part) <= 30), "{parts:?}");
        let squeezed = |text: &str| text.replace(' ', "");
        assert_eq!(squeezed(&parts.concat()), squeezed(line));
        assert!(parts[1].starts_with("      ") && !parts[1].starts_with("       "), "{parts:?}");
        assert_eq!(wrap_code("é", 1), ["é"]);
        assert_eq!(wrap_code("", 10), [""]);
        assert_eq!(wrap_code(&"字".repeat(10), 9).len(), 3);
    }

    #[test]
    fn a_terminal_is_not_commanded() {}

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(wrap_words("one two three", 8), ["one two", "three"]);
    }
}
