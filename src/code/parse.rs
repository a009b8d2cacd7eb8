//! A parser for the subset of Python that generated code is written in.
//!
//! Expressions: names, numbers, strings and f-strings, attributes, subscripts and slices, calls with keywords and stars, all operators of
//! arithmetic, comparison and logic, `a if c else b`, `lambda`, tuples, lists, dicts, sets and comprehensions. Statements: assignments
//! (also chained, to tuples, and with an operator), `return`, `raise`, `pass`, `break`, `continue`, `global`, `nonlocal`, `import`, `if`,
//! `for`, `while`, `with`, `def`, `class` and docstrings. Not: `await`, `yield`, `:=`, annotations, `try`, `match`, `del`, `assert`,
//! `else` of a loop, several statements on a line, literals next to each other, bytes, raw strings, backslashes at the ends of lines.
//!
//! Architecture Invariant: it never panics and never guesses. What lies outside of the subset is an error with its place.

mod expressions;
mod statements;

use super::statement::Statement;
use super::tree::{Expr, ExprKind, Item, Layout, Precedence};
use std::rc::Rc;

/// How deep brackets, operators and blocks may stand within each other.
const DEPTH: usize = 120;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at byte {at}")]
pub struct Error {
    /// The byte of the text.
    pub at: usize,
    /// What was expected or is not allowed.
    pub reason: String,
}

type Parsed<T> = Result<T, Error>;

/// The letter that the name of a hole begins with; its number follows. It is a letter to Python as well, but no name of a spec has it.
const HOLE: char = 'ǁ';

/// The name by which a text has a hole.
#[must_use]
pub fn hole(number: u32) -> String {
    format!("{HOLE}{number}")
}

/// The number of the hole that a text is the name of.
#[must_use]
pub fn as_hole(text: &str) -> Option<u32> {
    text.strip_prefix(HOLE)?.parse().ok()
}

/// The next hole in a text that is no code: what stands in front of it, its number, and what stands behind it.
#[must_use]
pub fn next_hole(text: &str) -> Option<(&str, u32, &str)> {
    let (before, rest) = text.split_once(HOLE)?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    Some((before, rest[..digits].parse().ok()?, &rest[digits..]))
}

/// Reads one expression; a tuple may stand without parentheses.
///
/// # Errors
/// What is not in the subset.
pub fn expression(text: &str) -> Parsed<Expr> {
    // Most are names and numbers.
    if let Some(kind) = plain(text) {
        return Ok(kind.into());
    }
    let mut parser = Parser::new(text);
    // A text of its own may be broken over lines anywhere.
    parser.brackets = 1;
    parser.skip();
    let expr = parser.tuple_or_expression()?;
    parser.skip();
    parser.end()?;
    Ok(expr)
}

/// Reads the statements of a file or a block, at the left margin.
///
/// # Errors
/// What is not in the subset.
pub fn statements(text: &str) -> Parsed<Vec<Statement>> {
    let mut parser = Parser::new(text);
    let statements = parser.block(0)?;
    parser.end()?;
    Ok(statements)
}

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// How many brackets are open: within them lines may end anywhere.
    brackets: usize,
    depth: usize,
    /// Comments within brackets that belong to no item yet, with whether each has a line of its own.
    remarks: Vec<(String, bool)>,
    /// The items of the brackets that are open.
    items: Vec<Item>,
    /// The comment behind the first line of the statement that is read, where that line ends with an opening bracket.
    reference: Option<String>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            brackets: 0,
            depth: 0,
            remarks: Vec::new(),
            items: Vec::new(),
            reference: None,
        }
    }

    fn error<T>(&self, reason: impl Into<String>) -> Parsed<T> {
        Err(Error { at: self.at, reason: reason.into() })
    }

    fn end(&self) -> Parsed<()> {
        if self.at < self.bytes.len() { self.error("something stands behind the end") } else { Ok(()) }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH {
            return self.error("this stands too deep within other things");
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'t [u8] {
        &self.bytes[self.at..]
    }

    /// Skips blanks, and in brackets the ends of lines and comments as well.
    #[inline]
    fn skip(&mut self) {
        if matches!(self.peek(), b' ' | b'\t' | b'\x0c' | b'\n' | b'\r' | b'#') {
            self.skip_all();
        }
    }

    fn skip_all(&mut self) {
        let mut own_line = false;
        loop {
            match self.peek() {
                b' ' | b'\t' | b'\x0c' => self.at += 1,
                b'\n' | b'\r' if self.brackets > 0 => {
                    own_line = true;
                    self.at += 1;
                }
                b'#' if self.brackets > 0 => {
                    let comment = self.comment();
                    self.remarks.push((comment, own_line));
                }
                _ => return,
            }
        }
    }

    /// The text of the comment that stands here.
    fn comment(&mut self) -> String {
        let rest = &self.text[self.at..];
        let line = rest.find('\n').map_or(rest, |end| &rest[..end]);
        self.at += line.len();
        let text = line.trim_end().trim_start_matches('#');
        text.strip_prefix(' ').unwrap_or(text).to_owned()
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Parsed<()> {
        if self.eat(token) { Ok(()) } else { self.error(format!("`{token}` is expected")) }
    }

    /// The name or keyword that stands here; empty if there is none.
    fn word(&self) -> &'t str {
        let rest = self.rest();
        if rest.first().is_some_and(u8::is_ascii_digit) {
            return "";
        }
        let end = rest.iter().position(|byte| !IN_NAMES[usize::from(*byte)]).unwrap_or(rest.len());
        let word = &self.text[self.at..self.at + end];
        if word.is_ascii() {
            return word;
        }
        &word[..word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len())]
    }

    fn keyword(&mut self, wanted: &str) -> bool {
        let found = self.peek() == wanted.as_bytes()[0] && self.word() == wanted;
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn name(&mut self) -> Parsed<Rc<str>> {
        let word = self.word();
        if word.is_empty() || is_keyword(word) {
            return self.error("a name is expected");
        }
        self.at += word.len();
        Ok(word.into())
    }
}

/// An expression where only what binds at least so strongly can stand: parentheses that precedence asks for are not kept, for the
/// printer writes them anyway.
fn settled(expr: Expr, least: Precedence) -> Expr {
    let parenthesised = expr.parenthesised && !expr.needs_parentheses(least);
    Expr { parenthesised, ..expr }
}

/// The bytes that names are made of; those of letters beyond ASCII are looked at again.
static IN_NAMES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let found = byte as u8;
        table[byte] = found.is_ascii_alphanumeric() || found == b'_' || !found.is_ascii();
        byte += 1;
    }
    table
};

/// A text that is nothing but a name or a whole number.
fn plain(text: &str) -> Option<ExprKind> {
    let bytes = text.as_bytes();
    let first = bytes.first()?;
    if first.is_ascii_digit() {
        let number = bytes.iter().all(u8::is_ascii_digit) && (bytes.len() == 1 || *first != b'0');
        return number.then(|| ExprKind::Number(text.into()));
    }
    let name = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') && !is_keyword(text);
    name.then(|| ExprKind::Name(text.into()))
}

/// How items stand: a comma behind the last one asks for lines of their own.
fn layout(comma: bool) -> Layout {
    if comma { Layout::Exploded } else { Layout::Fit }
}

/// The keywords that an expression can begin with.
const EXPRESSION_WORDS: &[&str] = &["False", "None", "True", "lambda", "not"];

/// Whether a word is no name.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "False"
            | "None"
            | "True"
            | "and"
            | "as"
            | "assert"
            | "async"
            | "await"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
    )
}
