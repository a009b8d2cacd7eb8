//! Python as text, as far as templates see it: hyperparameters, identifiers, docstrings.
//!
//! Architecture Invariant: nothing of a framework stands here. All columns are Python.

use crate::code::print::{WIDTH, width};
use crate::foreign;
use crate::hash::{HashSet, IndexSet};
use crate::syntax::ast::{BinaryOp, UnaryOp};
use std::sync::LazyLock;

/// Walks code, telling the depth of brackets before each byte that is not inside a string.
fn walk(text: &str, visit: &mut dyn FnMut(usize, u8, usize)) {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            byte @ (b'(' | b'[' | b'{') => {
                visit(at, byte, depth);
                depth += 1;
            }
            byte @ (b')' | b']' | b'}') => {
                depth = depth.saturating_sub(1);
                visit(at, byte, depth);
            }
            byte => visit(at, byte, depth),
        }
        at += 1;
    }
}

/// How strongly the outermost operator of an expression holds together.
#[must_use]
pub fn strength(text: &str) -> Strength {
    if text.is_empty() {
        return Strength::Choice;
    }
    let mut weakest = Strength::Atom;
    if text.bytes().all(|byte| NAMES[usize::from(byte)]) {
        return weakest;
    }
    walk(text, &mut |at, byte, depth| {
        if depth > 0 || !byte.is_ascii() {
            return;
        }
        let rest = &text[at..];
        let word = |word: &str| rest[1..].strip_prefix(word).is_some_and(|rest| rest.starts_with(' '));
        let any = |words: &[&str]| words.iter().any(|found| word(found));
        let found = match byte {
            b'-' if at == 0 => Strength::Sign,
            b'n' if at == 0 && rest.starts_with("not ") => Strength::Not,
            b'*' if rest.starts_with("**") => Strength::Power,
            b' ' if any(&["+", "-"]) => Strength::Sum,
            b' ' if any(&["*", "/", "//", "%", "@"]) => Strength::Product,
            b' ' if any(&["==", "!=", "<", "<=", ">", ">=", "is", "in", "&", "|", "^"]) => Strength::Compare,
            b' ' if word("and") => Strength::And,
            b' ' if word("or") => Strength::Or,
            b' ' if any(&["if", "else", "for"]) => Strength::Choice,
            b',' | b':' => Strength::Choice,
            _ => return,
        };
        weakest = weakest.min(found);
    });
    weakest
}

/// Whether an expression can stand next to a dot, a bracket or any operator as it is.
#[must_use]
pub fn is_atomic(text: &str) -> bool {
    strength(text) == Strength::Atom
}

/// The expression with parentheses, unless it can stand next to a dot, a bracket or any operator as it is.
#[must_use]
pub fn operand(text: &str) -> String {
    if is_atomic(text) { text.to_owned() } else { format!("({text})") }
}

/// The expression as what stands to the left or right of an operator that binds so strongly: with parentheses where Python would
/// compute in another order without them.
#[must_use]
pub fn side(text: &str, operator: Strength, right: bool) -> String {
    let found = strength(text);
    let holds = if right { found > operator && !text.starts_with('-') } else { found >= operator };
    if holds { text.to_owned() } else { format!("({text})") }
}

/// What is left to 1: a number where it is one, and nothing twice.
#[must_use]
pub fn complement(text: &str) -> String {
    if let Ok(number) = text.parse::<f64>() {
        // The digits that were written, not those that binary fractions add.
        let rounded = ((1.0 - number) * 1e12).round() / 1e12;
        return rounded.to_string();
    }
    match text.strip_prefix("1 - ") {
        Some(rest) if strength(rest) > Strength::Sum => rest.to_owned(),
        _ => format!("1 - {}", side(text, Strength::Sum, true)),
    }
}

/// A power, without blanks where both sides are names, attributes or numbers.
#[must_use]
pub fn power(base: &str, exponent: &str) -> String {
    let simple = |text: &str| {
        let text = text.strip_prefix('-').unwrap_or(text);
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
    };
    if simple(base) && simple(exponent) { format!("{base}**{exponent}") } else { format!("{base} ** {exponent}") }
}

/// Calls `visit` with each identifier of code: not in strings or comments, and not behind a dot or before a keyword's `=`.
pub fn identifiers(text: &str, visit: &mut dyn FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at.min(bytes.len())..].iter().position(|byte| MEANS[usize::from(*byte)]) {
        at += found;
        match bytes[at] {
            b'#' => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            quote @ (b'"' | b'\'') => {
                let triple = bytes[at..].starts_with(&[quote; 3]);
                let formatted = at > 0 && bytes[at - 1] == b'f' && !triple;
                let start = at;
                at += if triple { 3 } else { 1 };
                while at < bytes.len()
                    && !(if triple { bytes[at..].starts_with(&[quote; 3]) } else { bytes[at] == quote })
                {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                if formatted {
                    // Names in the braces of an f-string are code.
                    for part in text[start..at.min(text.len())].split('{').skip(1) {
                        identifiers(part.split('}').next().unwrap_or(""), visit);
                    }
                }
                at += if triple { 3 } else { 1 };
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                let start = at;
                at += bytes[at..].iter().position(|byte| !NAMES[usize::from(*byte)]).unwrap_or(bytes.len() - at);
                let behind_dot = start > 0 && bytes[start - 1] == b'.';
                let keyword = bytes.get(at) == Some(&b'=') && bytes.get(at + 1) != Some(&b'=');
                if !behind_dot && !keyword {
                    visit(&text[start..at]);
                }
            }
            // A digit.
            _ => {
                while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'.') {
                    at += 1;
                }
            }
        }
    }
}

/// The bytes of names.
static NAMES: [bool; 256] = letters_digits_and(b"_");

/// The bytes that begin a name, a number, a string or a comment.
static MEANS: [bool; 256] = letters_digits_and(b"_#\"'");

const fn letters_digits_and(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
}

/// The identifiers in a text, each once, as [`identifiers`] meets them.
#[must_use]
pub fn names_in(text: &str) -> IndexSet<String> {
    let mut names = IndexSet::default();
    identifiers(text, &mut |name| {
        if !names.contains(name) {
            names.insert(name.to_owned());
        }
    });
    names
}

/// [`RESERVED`], to look names up.
static TAKEN: LazyLock<HashSet<&str>> = LazyLock::new(|| RESERVED.iter().copied().collect());

/// Words that can't be names in Python, and built-in functions that generated code uses.
const RESERVED: &[&str] = &[
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "match",
    "case",
    "type",
    "print",
    "range",
    "len",
    "min",
    "max",
    "sum",
    "all",
    "any",
    "enumerate",
    "zip",
    "int",
    "float",
    "bool",
    "list",
    "dict",
    "tuple",
    "set",
    "str",
    "super",
    "self",
    "ValueError",
    "isinstance",
    "sqrt",
    "math",
    "abs",
    "round",
    "object",
    "property",
    "input",
    "id",
    "map",
    "filter",
    "next",
    "iter",
    "hash",
    "vars",
    "dir",
];

/// A name as Python (and the column) can have it: with an underscore behind it where it is taken.
///
/// A name that ends so already gets another one: `lambda` and `lambda_` stay two names.
#[must_use]
pub fn identifier(name: &str, reserved: &dyn Fn(&str) -> bool) -> String {
    let stem = name.trim_end_matches('_');
    if TAKEN.contains(stem) || reserved(stem) { format!("{name}_") } else { name.to_owned() }
}

/// `initial_block` as the name of a class: `InitialBlock`. A name that has capitals already keeps them.
#[must_use]
pub fn class_name(name: &str) -> String {
    name.split('_')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
        })
        .collect()
}

/// A text as part of a docstring's line: without line breaks, and with quotes and backslashes that mean themselves.
#[must_use]
pub fn in_docstring(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"").trim_end().to_owned()
}

/// The lines of a docstring at `indent` columns, without its quotes; quotes and backslashes are escaped.
///
/// A single line fits with both quotes. Several keep their breaks where they fit; what does not fit flows into the next line.
#[must_use]
pub fn docstring(doc: &[String], indent: usize) -> Vec<String> {
    let mut doc: Vec<String> = doc.iter().map(|line| in_docstring(line)).collect();
    while doc.last().is_some_and(String::is_empty) {
        doc.pop();
    }
    let room = WIDTH.saturating_sub(indent);
    let mut lines: Vec<String> = Vec::new();
    // What did not fit into a line begins the next one of its paragraph.
    let mut carried = String::new();
    for (at, text) in doc.iter().enumerate() {
        if text.is_empty() && !carried.is_empty() {
            lines.push(std::mem::take(&mut carried));
        }
        let text = if carried.is_empty() { text.clone() } else { format!("{} {text}", std::mem::take(&mut carried)) };
        // The first line follows the opening quotes, and the only one precedes the closing ones.
        let quotes = usize::from(lines.is_empty()) * 3 + usize::from(doc.len() == 1) * 3;
        if width(&text) + quotes <= room {
            lines.push(text);
            continue;
        }
        let mut pieces = broken_at(&text, if lines.is_empty() { room - 3 } else { room }, room);
        // A text that only just overflows moves a word: the closing quotes stand on a line of their own then.
        if lines.is_empty()
            && doc.len() == 1
            && pieces.len() == 1
            && let Some((before, after)) = pieces[0].clone().rsplit_once(' ')
        {
            pieces = vec![before.to_owned(), after.to_owned()];
        }
        if at + 1 < doc.len() && pieces.len() > 1 {
            carried = pieces.pop().unwrap_or_default();
        }
        lines.append(&mut pieces);
    }
    if let Some(last) = lines.last_mut() {
        // A quote just before the closing quotes would end the string early.
        if last.ends_with('"') {
            last.insert(last.len() - 1, '\\');
        }
    }
    lines
}

/// Text broken between words into lines of at most `room` columns; the first stands behind opening quotes. A name stays with the
/// brackets behind it, and what stands in brackets together, where a line can hold them.
#[must_use]
pub fn broken(text: &str, room: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut depth = 0usize;
    for word in text.split_whitespace() {
        let holds = |last: &String| width(last) + 1 + width(word) < room.saturating_sub(3);
        match words.last_mut().filter(|last| (depth > 0 || word.starts_with('[')) && holds(last)) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
        depth = (depth + word.matches('[').count()).saturating_sub(word.matches(']').count());
    }
    filled(words.iter().map(String::as_str), room.saturating_sub(3), room)
}

fn broken_at(text: &str, first: usize, room: usize) -> Vec<String> {
    filled(text.split_whitespace(), first, room)
}

/// Fills lines with words.
fn filled<'w>(words: impl Iterator<Item = &'w str>, first: usize, room: usize) -> Vec<String> {
    let (mut lines, mut line): (Vec<String>, String) = (Vec::new(), String::new());
    for word in words {
        let limit = if lines.is_empty() { first } else { room };
        if !line.is_empty() && width(&line) + 1 + width(word) > limit {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// Those of some comments that say anything.
pub fn comments<'c>(texts: impl IntoIterator<Item = &'c String>) -> Vec<String> {
    texts.into_iter().map(|text| comment(text)).filter(|text| !text.is_empty()).collect()
}

/// Text for a comment: one line, no control characters.
#[must_use]
pub fn comment(text: &str) -> String {
    one_line(text).trim().to_owned()
}

/// Text of a spec on one line, in which what hides is written out.
fn one_line(text: &str) -> String {
    let text: String =
        text.chars().filter(|c| !is_mark(*c)).map(|c| if matches!(c, '\t' | '\n') { ' ' } else { c }).collect();
    foreign::written(&text).into_owned()
}

/// A sentence of the spec with names in braces, whose values are put in when it is said.
///
/// Architecture Invariant: of what stands in braces only names that the definition knows become code; everything else is text.
#[derive(Clone, Debug)]
pub struct Sentence(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Name(String),
}

impl Sentence {
    /// Without names.
    #[must_use]
    pub fn plain(text: String) -> Self {
        Self(vec![Part::Text(text)])
    }

    /// With the names that stand in braces.
    #[must_use]
    pub fn of(message: &str) -> Self {
        let message = comment(message);
        let (mut parts, mut text, mut rest) = (Vec::new(), String::new(), message.as_str());
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let word = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            match after.split_once('}').filter(|(name, _)| word(name)) {
                Some((name, behind)) => {
                    parts.extend([Part::Text(std::mem::take(&mut text)), Part::Name(name.to_owned())]);
                    rest = behind;
                }
                None => {
                    text.push('{');
                    rest = after;
                }
            }
        }
        text.push_str(rest);
        parts.push(Part::Text(text));
        Self(parts)
    }

    /// Goes on with a text and the value of a name.
    pub fn push(&mut self, text: &str, name: &str) {
        self.0.extend([Part::Text(text.to_owned()), Part::Name(name.to_owned())]);
    }

    /// The inside of a string literal that says no values, only their names.
    #[must_use]
    pub fn text(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => quoted(text),
            Part::Name(name) => name.clone(),
        });
        parts.collect()
    }

    /// As a string literal; `value` gives the code for a name, or nothing where it is none of the definition's.
    pub fn literal(&self, value: &mut dyn FnMut(&str) -> Option<String>) -> String {
        let (mut plain, mut formatted, mut values) = (String::new(), String::new(), false);
        for part in &self.0 {
            let text = match part {
                Part::Text(text) => text.clone(),
                Part::Name(name) => match value(name) {
                    Some(code) => {
                        formatted.push_str(&format!("{{{code}}}"));
                        values = true;
                        continue;
                    }
                    None => format!("{{{name}}}"),
                },
            };
            plain.push_str(&quoted(&text));
            formatted.push_str(&quoted(&text).replace('{', "{{").replace('}', "}}"));
        }
        if values { format!("f\"{formatted}\"") } else { format!("\"{plain}\"") }
    }
}

/// Text for the inside of a string literal in double quotes.
#[must_use]
pub fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "'")
}

/// The characters that mark origins while a file is put together; they never reach the output.
#[must_use]
pub fn is_mark(c: char) -> bool {
    ('\u{E000}'..='\u{F8FF}').contains(&c)
}

/// How strongly an expression holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// `a if c else b`.
    Choice,
    /// `or`.
    Or,
    /// `and`.
    And,
    /// `not`.
    Not,
    /// Comparisons.
    Compare,
    /// `+`, `-`.
    Sum,
    /// `*`, `/`, `//`, `%`.
    Product,
    /// Unary minus.
    Sign,
    /// `**`.
    Power,
    /// Names, numbers, calls.
    Atom,
}

/// The operator's text and strength.
#[must_use]
pub fn binary(op: BinaryOp, floor: bool) -> (&'static str, Strength) {
    match op {
        BinaryOp::Add => ("+", Strength::Sum),
        BinaryOp::Subtract => ("-", Strength::Sum),
        BinaryOp::Multiply => ("*", Strength::Product),
        BinaryOp::Divide => (if floor { "//" } else { "/" }, Strength::Product),
        BinaryOp::FloorDivide => ("//", Strength::Product),
        BinaryOp::Remainder => ("%", Strength::Product),
        BinaryOp::Power => ("**", Strength::Power),
        BinaryOp::Equal => ("==", Strength::Compare),
        BinaryOp::NotEqual => ("!=", Strength::Compare),
        BinaryOp::Less => ("<", Strength::Compare),
        BinaryOp::LessEqual => ("<=", Strength::Compare),
        BinaryOp::Greater => (">", Strength::Compare),
        BinaryOp::GreaterEqual => (">=", Strength::Compare),
        BinaryOp::And => ("and", Strength::And),
        BinaryOp::Or => ("or", Strength::Or),
    }
}

/// The prefix operator's text and strength.
#[must_use]
pub fn unary(op: UnaryOp) -> (&'static str, Strength) {
    match op {
        UnaryOp::Negate => ("-", Strength::Sign),
        UnaryOp::Not => ("not ", Strength::Not),
    }
}

/// The comparison that holds exactly when `op` does not.
#[must_use]
pub fn opposite(op: BinaryOp) -> Option<BinaryOp> {
    Some(match op {
        BinaryOp::Equal => BinaryOp::NotEqual,
        BinaryOp::NotEqual => BinaryOp::Equal,
        BinaryOp::Less => BinaryOp::GreaterEqual,
        BinaryOp::GreaterEqual => BinaryOp::Less,
        BinaryOp::Greater => BinaryOp::LessEqual,
        BinaryOp::LessEqual => BinaryOp::Greater,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_skip_strings_attributes_and_keywords() {
        let mut found = Vec::new();
        identifiers("a = torch.nn(b, \"c\", d=e)  # f\ng(f\"{h} i\")", &mut |name| found.push(name.to_owned()));
        assert_eq!(found, ["a", "torch", "b", "e", "g", "f", "h"]);
    }

    #[test]
    fn two_names_stay_two_names() {
        let python = |name| identifier(name, &|name| name == "tf");
        assert_eq!(["lambda", "lambda_", "tf", "tf_"].map(python), ["lambda_", "lambda__", "tf_", "tf__"]);
        assert_eq!(["x", "x_"].map(python), ["x", "x_"]);
    }

    #[test]
    fn operands_get_parentheses_only_where_needed() {
        assert_eq!(operand("a + b"), "(a + b)");
        assert_eq!(operand("f(a + b)[0]"), "f(a + b)[0]");
        assert_eq!(operand("-a"), "(-a)");
        assert_eq!(operand("a**2"), "(a**2)");
        let around = |left: &str, sign: &str, right: &str| {
            let operator = strength(&format!("a {sign} b"));
            format!("{} {sign} {}", side(left, operator, false), side(right, operator, true))
        };
        assert_eq!(around("a * b", "+", "c / d"), "a * b + c / d");
        assert_eq!(around("a - b", "-", "c - d"), "a - b - (c - d)");
        assert_eq!(around("a + b", "*", "-c"), "(a + b) * (-c)");
        assert_eq!(around("-a", "*", "f(b + c)"), "-a * f(b + c)");
        assert_eq!(around("a / b", "/", "c * d"), "a / b / (c * d)");
        assert_eq!(around("a if b else c", "+", "not d"), "(a if b else c) + (not d)");
    }

    #[test]
    fn what_is_left_to_one() {
        assert_eq!(complement("0.9"), "0.1");
        assert_eq!(complement("0.99"), "0.01");
        assert_eq!(complement("decay"), "1 - decay");
        assert_eq!(complement("1 - rate"), "rate");
        assert_eq!(complement("1 - rate / 2"), "rate / 2");
        assert_eq!(complement("1 - a - b"), "1 - (1 - a - b)");
        assert_eq!(complement("a + b"), "1 - (a + b)");
    }

    #[test]
    fn powers_are_written_as_the_formatter_does() {
        assert_eq!(power("2", "i"), "2**i");
        assert_eq!(power("self.width", "-1"), "self.width**-1");
        assert_eq!(power("max(a, b)", "2"), "max(a, b) ** 2");
        assert_eq!(power("2", "(i + 1)"), "2 ** (i + 1)");
    }

    #[test]
    fn sentences_become_literals_and_only_known_names_become_code() {
        let literal =
            |message: &str| Sentence::of(message).literal(&mut |name| (name == "T").then(|| "self.T".to_owned()));
        assert_eq!(literal("too \"few\""), "\"too 'few'\"");
        assert_eq!(literal("{T} is {few}"), "f\"{self.T} is {{few}}\"");
        assert_eq!(literal("{few} \\ {exit()} {"), "\"{few} \\\\ {exit()} {\"");
        assert_eq!(literal("{T}{exit()}"), "f\"{self.T}{{exit()}}\"");
        assert_eq!(Sentence::of("{T} steps").text(), "T steps");
    }

    #[test]
    fn what_does_not_fit_flows_on_within_its_paragraph() {
        let (long, short) = ("word ".repeat(25).trim_end().to_owned(), "end of it.".to_owned());
        let doc = docstring(&[long.clone(), short.clone(), String::new(), long, String::new(), short], 0);
        let words = |count| "word ".repeat(count).trim_end().to_owned();
        let expected = [words(19), format!("{} end of it.", words(6)), "".into(), words(20), words(5), "".into()];
        assert_eq!(doc[..6], expected);
        assert_eq!(doc[6..], ["end of it."]);
    }

    #[test]
    fn shapes_stay_together() {
        assert_eq!(super::broken("a [B, 2, 3] -> b [B, 4].", 16), ["a [B, 2, 3]", "-> b [B, 4]."]);
        assert_eq!(super::broken("b [B, 4, 5, 6, 7, 8].", 12), ["b [B, 4,", "5, 6, 7, 8]."]);
    }

    #[test]
    fn docstrings_cannot_be_left() {
        let doc = docstring(&["say \"\"\" and \\ ".into(), "end\"".into()], 4);
        assert_eq!(doc, ["say \\\"\\\"\\\" and \\\\", "end\\\""]);
    }
}
