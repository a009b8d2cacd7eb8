//! Python text: expressions, identifiers, docstrings, and lines as `ruff format` breaks them.
//!
//! Architecture Invariant: nothing of a framework stands here. All columns are Python.

use crate::hash::{HashSet, IndexSet};
use crate::span::Span;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The width that generated code keeps.
pub const WIDTH: usize = 100;

/// A piece of an expression that can be broken over lines.
#[derive(Clone, Debug)]
pub enum Py {
    /// Text on one line, broken at its brackets if it must be.
    Text(String),
    /// `open item, item close`.
    Group {
        /// Up to and with the opening bracket.
        open: String,
        /// What stands inside.
        items: Vec<Item>,
        /// From the closing bracket on.
        close: String,
        /// Whether items are separated by commas (else by blanks: a comprehension).
        comma: bool,
        /// Whether each item has a line of its own in any case.
        explode: bool,
    },
}

/// An item of a group.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its text.
    pub value: Py,
    /// The line of the spec that it comes from, if not that of the whole.
    pub origin: Option<Span>,
    /// Comments on lines of their own above it.
    pub above: Vec<String>,
    /// A comment behind it.
    pub comment: Option<String>,
}

impl Item {
    /// An item without comments.
    #[must_use]
    pub fn new(value: Py, origin: Option<Span>) -> Self {
        Self { value, origin, above: Vec::new(), comment: None }
    }

    /// Whether it has comments.
    #[must_use]
    pub fn is_commented(&self) -> bool {
        self.comment.is_some() || !self.above.is_empty()
    }
}

impl Py {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// All on one line.
    #[must_use]
    pub fn flat(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Group { open, items, close, comma, .. } => {
                let mut text = open.clone();
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        text.push_str(if *comma { ", " } else { " " });
                    }
                    text.push_str(&item.value.flat());
                }
                text.push_str(close);
                Cow::Owned(text)
            }
        }
    }

    fn must_explode(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Group { items, explode, .. } => {
                *explode || items.iter().any(|item| item.is_commented() || item.value.must_explode())
            }
        }
    }

    /// Rewrites every text in it.
    pub fn map(&mut self, change: &mut dyn FnMut(&str) -> String) {
        match self {
            Self::Text(text) => *text = change(text),
            Self::Group { open, items, close, .. } => {
                *open = change(open);
                *close = change(close);
                items.iter_mut().for_each(|item| item.value.map(change));
            }
        }
    }
}

/// A line of generated code with the line of the spec that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text, indentation included.
    pub text: String,
    /// Where it comes from.
    pub origin: Option<Span>,
}

/// One statement before it is broken into lines.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Levels of indentation, relative to the section's.
    pub indent: usize,
    /// `name = `, `return `, or a whole line.
    pub head: String,
    /// The expression; empty text for a line without one.
    pub value: Py,
    /// Where it comes from.
    pub origin: Option<Span>,
    /// Whether a blank line stands above it and its comments.
    pub paragraph: bool,
    /// Comments on lines of their own above it.
    pub above: Vec<String>,
    /// The comment behind it.
    pub comment: Option<String>,
    /// The place in the spec that its first line tells.
    pub reference: Option<String>,
}

impl Statement {
    /// `head` and `value` at a level.
    pub fn new(indent: usize, head: impl Into<String>, value: Py, origin: Option<Span>) -> Self {
        Self {
            indent,
            head: head.into(),
            value,
            origin,
            paragraph: false,
            above: Vec::new(),
            comment: None,
            reference: None,
        }
    }

    /// A line of text.
    pub fn line(indent: usize, text: impl Into<String>, origin: Option<Span>) -> Self {
        Self::new(indent, text, Py::text(""), origin)
    }

    /// Whether it is nothing but comments, or a blank line.
    #[must_use]
    pub fn is_remark(&self) -> bool {
        self.head.is_empty() && matches!(&self.value, Py::Text(text) if text.is_empty())
    }

    /// Whether a name occurs in its code.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        mentions(&format!("{}{}", self.head, self.value.flat()), name)
    }

    /// Puts a comment behind it, and what stood there above it.
    pub fn say(&mut self, comment: String) {
        self.above.extend(self.comment.replace(comment));
    }

    /// Breaks the statement into lines, `base` levels deep.
    #[must_use]
    pub fn lines(&self, base: usize) -> Vec<Line> {
        let indent = 4 * (base + self.indent);
        let pad = " ".repeat(indent);
        let line = |text: String, origin| Line { text, origin };
        let above = self.above.iter().flat_map(|comment| comment_lines(comment, &pad));
        let mut lines: Vec<Line> = above.map(|text| line(text, self.origin)).collect();
        if self.paragraph {
            lines.insert(0, line(String::new(), None));
        }
        if self.is_remark() && !self.above.is_empty() {
            return lines;
        }
        let mut broken = Vec::new();
        print(&self.value, Frame { indent, origin: self.origin, bracketed: false }, &self.head, "", &mut broken);
        let fits = |line: &Line, text: &str| width(&line.text) + width(text) + 4 <= WIDTH;
        let mut comments: Vec<&str> = Vec::new();
        match (&self.comment, &self.reference, broken.as_mut_slice()) {
            (Some(comment), Some(reference), [only]) if fits(only, &format!("{comment} ({reference})")) => {
                only.text.push_str(&format!("  # {comment} ({reference})"));
            }
            (Some(comment), None, [only]) if fits(only, comment) => only.text.push_str(&format!("  # {comment}")),
            (comment, reference, broken) => {
                comments.extend(comment.as_deref());
                match (reference, broken) {
                    (Some(reference), [first, ..]) if fits(first, reference) => {
                        first.text.push_str(&format!("  # {reference}"));
                    }
                    (reference, _) => comments.extend(reference.as_deref()),
                }
            }
        }
        for comment in comments {
            lines.extend(comment_lines(comment, &pad).into_iter().map(|text| line(text, self.origin)));
        }
        lines.extend(broken);
        lines
    }
}

fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// A comment on lines of its own, broken between words.
#[must_use]
pub fn comment_lines(comment: &str, pad: &str) -> Vec<String> {
    let room = WIDTH.saturating_sub(width(pad) + 2).max(20);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in comment.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) > room {
            lines.push(format!("{pad}# {line}").trim_end().to_owned());
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(format!("{pad}# {line}").trim_end().to_owned());
    lines
}

/// Where something is printed.
#[derive(Clone, Copy)]
struct Frame {
    indent: usize,
    origin: Option<Span>,
    /// Whether it stands in brackets already, so that lines may break anywhere.
    bracketed: bool,
}

/// Prints `head` + `value` + `tail`.
fn print(value: &Py, frame: Frame, head: &str, tail: &str, lines: &mut Vec<Line>) {
    let Frame { indent, origin, .. } = frame;
    if !value.must_explode() {
        let flat = value.flat();
        if indent + width(head) + width(&flat) + width(tail) <= WIDTH {
            let mut text = String::with_capacity(indent + head.len() + flat.len() + tail.len());
            text.extend(std::iter::repeat_n(' ', indent));
            [head, &flat, tail].iter().for_each(|part| text.push_str(part));
            text.truncate(text.trim_end().len());
            lines.push(Line { text, origin });
            return;
        }
    }
    let pad = " ".repeat(indent);
    match value {
        Py::Text(text) => {
            if let Some(parts) = choice(text) {
                return print_choice(&parts, frame, head, tail, lines);
            }
            if let (true, Some(terms)) = (frame.bracketed && head.is_empty(), terms(text)) {
                let last = terms.len() - 1;
                for (at, term) in terms.into_iter().enumerate() {
                    print(&Py::Text(term), frame, "", if at == last { tail } else { "" }, lines);
                }
                return;
            }
            let parts = split_top_level(text, ", ");
            if parts.len() > 1 && (head == "return " || head.ends_with(" = ")) {
                // A tuple that is broken gets parentheses.
                let items = parts.into_iter().map(|part| Item {
                    value: Py::Text(part),
                    above: Vec::new(),
                    origin: None,
                    comment: None,
                });
                let (open, close) = ("(".to_owned(), ")".to_owned());
                let tuple = Py::Group { open, items: items.collect(), close, comma: true, explode: true };
                return print_group(&tuple, frame, head, tail, lines);
            }
            match grouped(text, WIDTH.saturating_sub(indent + width(head))) {
                Some(group) => print_group(&group, frame, head, tail, lines),
                None => lines.push(Line { text: format!("{pad}{head}{text}{tail}"), origin }),
            }
        }
        Py::Group { .. } => print_group(value, frame, head, tail, lines),
    }
}

/// The terms of a sum, each with its operator: `a`, `+ b`, `- c`. None of another expression.
fn terms(text: &str) -> Option<Vec<String>> {
    let (mut terms, mut start) = (Vec::new(), 0);
    walk(text, &mut |at, byte, depth| {
        if depth == 0 && byte == b' ' && [" + ", " - "].iter().any(|operator| text[at..].starts_with(operator)) {
            terms.push(text[start..at].to_owned());
            start = at + 1;
        }
    });
    terms.push(text[start..].to_owned());
    (terms.len() > 1 && strength(text) == Strength::Sum).then_some(terms)
}

/// The parts of `a if c else b`: `a`, `if c`, `else b`.
fn choice(text: &str) -> Option<[String; 3]> {
    let then = split_top_level(text, " if ");
    let [value, rest] = <[String; 2]>::try_from(then).ok()?;
    let arms = split_top_level(&rest, " else ");
    let [condition, otherwise] = <[String; 2]>::try_from(arms).ok()?;
    Some([value, format!("if {condition}"), format!("else {otherwise}")])
}

/// A conditional expression that does not fit: in parentheses, an arm a line.
fn print_choice(parts: &[String; 3], frame: Frame, head: &str, tail: &str, lines: &mut Vec<Line>) {
    let Frame { indent, origin, bracketed } = frame;
    let pad = " ".repeat(indent);
    if bracketed && head.is_empty() {
        for (at, part) in parts.iter().enumerate() {
            let tail = if at == 2 { tail } else { "" };
            print(&Py::text(part), frame, "", tail, lines);
        }
        return;
    }
    lines.push(Line { text: format!("{pad}{head}("), origin });
    let inner = Frame { indent: indent + 4, origin, bracketed: true };
    let flat = parts.join(" ");
    if indent + 4 + width(&flat) <= WIDTH {
        lines.push(Line { text: format!("{pad}    {flat}"), origin });
    } else {
        parts.iter().for_each(|part| print(&Py::text(part), inner, "", "", lines));
    }
    lines.push(Line { text: format!("{pad}){tail}"), origin });
}

fn print_group(value: &Py, frame: Frame, head: &str, tail: &str, lines: &mut Vec<Line>) {
    let Py::Group { open, items, close, comma, explode } = value else { return };
    let Frame { indent, origin, .. } = frame;
    let pad = " ".repeat(indent);
    lines.push(Line { text: format!("{pad}{head}{open}"), origin });
    let separator = if *comma { ", " } else { " " };
    let inline = items.iter().map(|item| item.value.flat()).collect::<Vec<_>>().join(separator);
    // Items that are lines of the spec stay lines. Those of a list, a tuple or a dictionary never share one.
    let before = open.trim_end_matches(['(', '[', '{']).chars().next_back();
    let literal = items.len() > 1 && !before.is_some_and(|before| before.is_alphanumeric() || "_)]".contains(before));
    let own_lines = *comma && (literal || items.iter().all(|item| item.origin.is_some()));
    let one_line = !explode && !own_lines && !items.iter().any(|item| item.is_commented() || item.value.must_explode());
    if one_line && indent + 4 + width(&inline) <= WIDTH {
        lines.push(Line { text: format!("{pad}    {inline}"), origin });
    } else {
        // A single item has no trailing comma, unless it was asked to stand on its own line.
        let commas = *comma && (items.len() > 1 || *explode);
        for item in items {
            for comment in &item.above {
                let above = comment_lines(comment, &format!("{pad}    ")).into_iter();
                lines.extend(above.map(|text| Line { text, origin: item.origin.or(origin) }));
            }
            let before = lines.len();
            let inner = Frame { indent: indent + 4, origin: item.origin.or(origin), bracketed: true };
            print(&item.value, inner, "", if commas { "," } else { "" }, lines);
            if let Some(comment) = &item.comment {
                let behind = format!("  # {comment}");
                let last = lines.len() - 1;
                if last == before && width(&lines[last].text) + width(&behind) <= WIDTH {
                    lines[last].text.push_str(&behind);
                } else {
                    let above = comment_lines(comment, &format!("{pad}    "));
                    let above = above.into_iter().map(|text| Line { text, origin: item.origin.or(origin) });
                    lines.splice(before..before, above);
                }
            }
        }
    }
    lines.push(Line { text: format!("{pad}{close}{tail}"), origin });
}

/// Splits text at the last bracket whose head still fits in `room` columns.
fn grouped(text: &str, room: usize) -> Option<Py> {
    let pairs = top_level_brackets(text);
    let fitting =
        |pair: &&(usize, usize)| width(&text[..=pair.0]) <= room && !text[pair.0 + 1..pair.1].trim().is_empty();
    let (start, end) = *pairs.iter().rev().find(fitting)?;
    let body = &text[start + 1..end];
    let items = split_top_level(body, ", ");
    let comprehension = items.len() == 1 && split_top_level(body, " for ").len() > 1;
    let items: Vec<String> = if comprehension {
        let parts = split_top_level(body, " for ");
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_default();
        std::iter::once(first).chain(parts.map(|part| format!("for {part}"))).collect()
    } else {
        items
    };
    let items = items.into_iter().map(|item| Item::new(Py::Text(item), None)).collect();
    Some(Py::Group {
        open: text[..=start].to_owned(),
        items,
        close: text[end..].to_owned(),
        comma: !comprehension,
        explode: false,
    })
}

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

fn top_level_brackets(text: &str) -> Vec<(usize, usize)> {
    let (mut pairs, mut open) = (Vec::new(), None);
    walk(text, &mut |at, byte, depth| match byte {
        b'(' | b'[' | b'{' if depth == 0 => open = Some(at),
        b')' | b']' | b'}' if depth == 0 => {
            if let Some(start) = open.take() {
                pairs.push((start, at));
            }
        }
        _ => {}
    });
    pairs
}

/// How many calls stand within each other at most.
#[must_use]
pub fn calls(text: &str) -> usize {
    let (mut open, mut most) = (Vec::new(), 0);
    walk(text, &mut |at, byte, _| match byte {
        b'(' | b'[' | b'{' => {
            // A bracket behind a name, a bracket or a string is a call; others group.
            let before = text[..at].bytes().next_back();
            open.push(
                byte == b'('
                    && before
                        .is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"_)]".contains(&byte)),
            );
            most = most.max(open.iter().filter(|call| **call).count());
        }
        b')' | b']' | b'}' => {
            open.pop();
        }
        _ => {}
    });
    most
}

/// Splits code at a separator outside of brackets and strings.
#[must_use]
pub fn split_top_level(text: &str, separator: &str) -> Vec<String> {
    let (mut parts, mut start) = (Vec::new(), 0);
    walk(text, &mut |at, _, depth| {
        if depth == 0 && at >= start && text.as_bytes()[at..].starts_with(separator.as_bytes()) {
            parts.push(text[start..at].to_owned());
            start = at + separator.len();
        }
    });
    parts.push(text[start..].to_owned());
    parts
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

/// What is applied to a variable, if nothing else is done: `Dense(6)` in `Dense(6)(x)`.
#[must_use]
pub fn applied<'t>(text: &'t str, variable: &str) -> Option<&'t str> {
    let layer = text.strip_suffix(&format!("({variable})")).filter(|layer| layer.ends_with(')') && is_atomic(layer))?;
    (!mentions(layer, variable)).then_some(layer)
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

/// Whether a name occurs in code.
#[must_use]
pub fn mentions(code: &str, wanted: &str) -> bool {
    let mut found = false;
    if code.contains(wanted) {
        identifiers(code, &mut |name| found |= name == wanted);
    }
    found
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
    let text: String = text.chars().filter(|c| !c.is_control() && !is_mark(*c)).collect();
    text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"").trim_end().to_owned()
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
    text.chars().filter(|c| !c.is_control() && !is_mark(*c)).collect::<String>().trim().to_owned()
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

    fn broken(head: &str, text: &str) -> Vec<String> {
        Statement::new(2, head, Py::text(text), None).lines(0).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn short_statements_stay_on_one_line() {
        assert_eq!(broken("x = ", "f(a, b)"), ["        x = f(a, b)"]);
    }

    #[test]
    fn long_calls_break_first_inside_and_then_at_every_comma() {
        let inner = "a".repeat(60);
        assert_eq!(
            broken("x = ", &format!("function({inner}, second_argument, third=3)(x)")),
            [
                "        x = function(".to_owned(),
                format!("            {inner}, second_argument, third=3"),
                "        )(x)".to_owned()
            ]
        );
        let lines = broken("x = ", &format!("function({inner}, {inner})"));
        assert_eq!(lines[1], format!("            {inner},"));
        assert_eq!(lines[3], "        )");
    }

    #[test]
    fn a_sum_within_brackets_breaks_at_its_operators() {
        let long = "first_of_all * (second + third)";
        assert_eq!(
            broken("x = ", &format!("Dense({long} + 2 * {long} - {long}, 1024, activation=\"relu\")(another_name)")),
            [
                "        x = Dense(".to_owned(),
                format!("            {long}"),
                format!("            + 2 * {long}"),
                format!("            - {long},"),
                "            1024,".to_owned(),
                "            activation=\"relu\",".to_owned(),
                "        )(another_name)".to_owned(),
            ]
        );
    }

    #[test]
    fn identifiers_skip_strings_attributes_and_keywords() {
        let mut found = Vec::new();
        identifiers("a = torch.nn(b, \"c\", d=e)  # f\ng(f\"{h} i\")", &mut |name| found.push(name.to_owned()));
        assert_eq!(found, ["a", "torch", "b", "e", "g", "f", "h"]);
    }

    #[test]
    fn a_layer_is_what_is_applied() {
        assert_eq!(applied("Dense(6, bias=False)(x)", "x"), Some("Dense(6, bias=False)"));
        let others = ["f(x)", "f(x)(x)", "a + Dense(6)(x)", "f(Dense(6)(x))"];
        assert_eq!(others.map(|text| applied(text, "x")), [None; 4]);
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
    fn calls_within_calls_are_counted() {
        assert_eq!(calls("a + (b - c)"), 0);
        assert_eq!(calls("f(a, (b, c))[0]"), 1);
        assert_eq!(calls("f(g([h(a)]))(b)"), 3);
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
