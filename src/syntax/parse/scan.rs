//! Cuts a text into lines of the language, and gives each the normal form in which the grammar reads it.
//!
//! The scanner knows blanks, comments, strings, brackets and line ends, and nothing of what a line says. What is
//! wrong with these (a bracket that is never closed, a line that ends behind an arrow) it reports itself, because
//! only it sees the neighbouring lines.
//!
//! Architecture Invariant: every byte is looked at a bounded number of times, whatever the text: an open bracket is
//! given up where a line begins that can only be a new one, and never by searching to the end of the file and
//! starting over.

use super::limits;
use crate::diagnostic::{Diagnostic, codes, more_errors};
use crate::span::{FileId, Span};
use crate::syntax::ast::Comment;
use std::ops::Range;

/// Where a line of the language ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// At the end of a line of text, or of the text.
    Line,
    /// At a `{`, which is not consumed.
    Open,
    /// At a `}`, which is not consumed.
    Close,
}

/// One line of the language; its normal form is given by [`Scanner::normal`].
#[derive(Debug)]
pub(super) struct Line {
    /// Where its normal form lies among those of the lines that are kept.
    pub range: Range<usize>,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte, comments excluded.
    pub end: usize,
    /// What ended it.
    pub stop: Stop,
    /// Comments inside of it.
    pub comments: Vec<Comment>,
    /// The comment behind it.
    pub trailing: Option<Comment>,
    /// Whether an error was reported that makes it pointless to read on.
    pub broken: bool,
}

/// What stands above a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lead {
    /// `// text`.
    Comment(Comment),
    /// `/// text`.
    Doc(Comment),
    /// Blank lines.
    Blank,
}

/// Collects findings up to a limit.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Diagnostic>,
    full: bool,
}

impl Findings {
    /// Adds a finding, or notes that there are more.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < limits::ERRORS {
            self.list.push(diagnostic);
        } else {
            self.full = true;
        }
    }

    /// Whether no further finding will be kept, so that none need be made.
    pub fn is_full(&mut self) -> bool {
        if self.list.len() >= limits::ERRORS {
            self.full = true;
        }
        self.full
    }

    /// The findings in the order of their places.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| diagnostic.primary().map_or(0, |span| span.start));
        if self.full {
            self.list.push(more_errors(&self.list));
        }
        self.list
    }
}

/// The state of reading one text.
pub(super) struct Scanner<'a> {
    /// The id of the text.
    pub file: FileId,
    /// The text.
    pub text: &'a str,
    /// Where reading goes on.
    pub pos: usize,
    /// What was found wrong.
    pub findings: Findings,
    normal: Vec<u8>,
    origin: Vec<u32>,
    /// Where the normal form of the line that is being read begins.
    begin: usize,
}

/// Words that begin an item.
pub(super) const ITEM_WORDS: &[&str] = &["model", "block", "pattern", "import", "defaults"];
/// Words that begin a line of a body (besides `if` and `else`, which also stand inside of lines).
pub(super) const LINE_WORDS: &[&str] = &["repeat", "shared", "require", "claim"];
/// Words that are kept for a coming version.
pub(super) const RESERVED_WORDS: &[&str] = &["train"];
/// The other words of the language.
pub(super) const OTHER_WORDS: &[&str] = &["extern", "from", "as", "if", "else", "true", "false", "and", "or", "not"];

/// Whether a byte may stand in a name.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The word at the start of `text`; empty if there is none.
pub(super) fn first_word(text: &str) -> &str {
    let end = text.bytes().position(|byte| !is_word(byte)).unwrap_or(text.len());
    &text[..end]
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning of `text`, behind a byte order mark.
    pub fn new(file: FileId, text: &'a str) -> Self {
        let pos = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { file, text, pos, findings: Findings::default(), normal: Vec::new(), origin: Vec::new(), begin: 0 }
    }

    /// The normal form of lines that were read, one after the other, since [`Scanner::forget`]; between two stands
    /// a line break.
    pub fn normal(&self, range: Range<usize>) -> &str {
        // Whole characters are copied, and blanks added: this stays UTF-8.
        self.normal.get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// For each byte of the normal form, its offset in the text.
    pub fn origin(&self, range: Range<usize>) -> &[u32] {
        self.origin.get(range).unwrap_or(&[])
    }

    /// Makes room for the normal forms of the next lines.
    pub fn forget(&mut self) {
        self.normal.clear();
        self.origin.clear();
    }

    /// A span of this file.
    pub fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The byte at which reading goes on.
    pub fn peek(&self) -> Option<u8> {
        self.byte(self.pos)
    }

    /// Offset of the end of the text's line that holds `at` (the line break, or the end of the text).
    pub fn line_end(&self, at: usize) -> usize {
        self.text.as_bytes()[at..].iter().position(|byte| *byte == b'\n').map_or(self.text.len(), |length| at + length)
    }

    /// How far the text's line that holds `at` is indented, and whether only blanks stand before `at`.
    pub fn indentation(&self, at: usize) -> (usize, bool) {
        // Bounded, so that a line of a million braces is not walked a million times.
        let bytes = self.text.as_bytes();
        let floor = at.saturating_sub(limits::INDENTATION);
        let start = bytes[floor..at].iter().rposition(|byte| *byte == b'\n').map_or(floor, |found| floor + found + 1);
        let blanks = bytes[start..at].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        (blanks, blanks == at - start)
    }

    /// Reads the comment at `at` (which may begin with `//` or `#`) and returns it with the offset behind it.
    fn comment(&mut self, at: usize) -> (Lead, usize) {
        let end = self.line_end(at);
        let mut body = &self.text[at..end];
        let mut doc = false;
        if let Some(rest) = body.strip_prefix('#') {
            let hashes = rest.len() - rest.trim_start_matches('#').len() + 1;
            let span = self.span(at, at + hashes);
            self.findings.push(
                Diagnostic::error(codes::SYNTAX, "a comment begins with `//`, not with `#`")
                    .at(span, "Python's comment sign")
                    .fix("write `//`", span, "//"),
            );
            body = rest.trim_start_matches('#');
        } else {
            body = &body[2..];
            if body.starts_with('/') && !body.starts_with("//") {
                doc = true;
                body = &body[1..];
            }
        }
        let text = body.strip_prefix([' ', '\t']).unwrap_or(body).trim_end();
        let trimmed = at + self.text[at..end].trim_end().len();
        let comment = Comment { text: text.to_string(), span: self.span(at, trimmed) };
        (if doc { Lead::Doc(comment) } else { Lead::Comment(comment) }, end)
    }

    fn at_comment(&self, at: usize) -> bool {
        match self.byte(at) {
            Some(b'/') => self.byte(at + 1) == Some(b'/'),
            Some(b'#') => true,
            _ => false,
        }
    }

    /// Reads what stands above the next line: comments, doc comments, blank lines.
    pub fn leading(&mut self) -> Vec<Lead> {
        let mut leads = Vec::new();
        let mut breaks = 0;
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.pos += 1,
                Some(b'\n') => {
                    breaks += 1;
                    self.pos += 1;
                }
                _ => {
                    if breaks >= 2 {
                        leads.push(Lead::Blank);
                    }
                    breaks = 0;
                    if !self.at_comment(self.pos) {
                        return leads;
                    }
                    let (lead, end) = self.comment(self.pos);
                    leads.push(lead);
                    self.pos = end;
                }
            }
        }
    }

    /// Reads a comment that stands on the rest of this text line.
    pub fn comment_here(&mut self) -> Option<Comment> {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
            self.pos += 1;
        }
        if !self.at_comment(self.pos) {
            return None;
        }
        let (lead, end) = self.comment(self.pos);
        self.pos = end;
        Some(plain(lead))
    }

    fn emit(&mut self, byte: u8, at: usize) {
        self.normal.push(byte);
        self.origin.push(at as u32);
    }

    /// Whether the line behind the line break at `at` can only be a line of its own, so that an open bracket was
    /// forgotten.
    fn begins_line(&self, at: usize) -> bool {
        let line = self.text[at + 1..self.line_end(at + 1)].trim();
        let word = first_word(line);
        if ITEM_WORDS.contains(&word) || LINE_WORDS.contains(&word) || RESERVED_WORDS.contains(&word) {
            let rest = line[word.len()..].trim_start();
            return rest.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '"' | '{' | '('));
        }
        // Behind a comma, `stride = 2` is an argument.
        self.last_is_operand() && is_assignment(line)
    }

    /// Reads one line of the language, from a byte that is neither a blank nor a brace.
    pub fn line(&mut self) -> Line {
        if !self.normal.is_empty() {
            self.emit(b'\n', self.pos);
        }
        let mut line = Line {
            range: self.normal.len()..self.normal.len(),
            start: self.pos,
            end: self.pos,
            stop: Stop::Line,
            comments: Vec::new(),
            trailing: None,
            broken: false,
        };
        self.begin = self.normal.len();
        let word = first_word(&self.text[self.pos..]);
        let header = ITEM_WORDS.contains(&word) || matches!(word, "require" | "ask");
        let mut brackets: Vec<(u8, usize)> = Vec::new();
        // Start of the current line of text, where it is not the first.
        let mut text_line = None;
        // Up to here the line is known to go on.
        let mut known = self.pos;
        let mut blank = false;
        let mut too_deep = false;
        loop {
            let at = self.pos;
            let Some(byte) = self.byte(at) else {
                break;
            };
            match byte {
                b' ' | b'\t' | b'\r' => {
                    blank = true;
                    self.pos += 1;
                    continue;
                }
                b'\n' => {
                    blank = true;
                    if brackets.is_empty() {
                        if at >= known {
                            match self.continues(&mut line, header) {
                                Some(next) => known = next,
                                None => break,
                            }
                        }
                    } else if self.begins_line(at) {
                        self.unclosed(&mut line, &brackets);
                        return self.finish(line);
                    }
                    self.pos += 1;
                    text_line = Some(at + 1);
                    continue;
                }
                b'/' | b'#' if self.at_comment(at) => {
                    blank = true;
                    let (lead, end) = self.comment(at);
                    match lead {
                        Lead::Doc(comment) if word == "pattern" && !brackets.is_empty() => {
                            // The doc comment of a parameter: its text is the grammar's.
                            let stop = comment.span.end as usize;
                            for (offset, byte) in self.text.as_bytes()[at..stop].iter().enumerate() {
                                self.normal.push(*byte);
                                self.origin.push((at + offset) as u32);
                            }
                            self.emit(b'\n', stop);
                        }
                        other => line.comments.push(plain(other)),
                    }
                    self.pos = end;
                    continue;
                }
                b'"' => {
                    self.string(&mut line);
                    blank = false;
                    line.end = self.pos;
                    continue;
                }
                b'{' | b'}' => {
                    line.stop = if byte == b'{' { Stop::Open } else { Stop::Close };
                    if !brackets.is_empty() {
                        self.unclosed(&mut line, &brackets);
                    }
                    return self.finish(line);
                }
                b'(' | b'[' => {
                    brackets.push((byte, at));
                    if brackets.len() > limits::NESTING && !too_deep {
                        too_deep = true;
                        line.broken = true;
                        let message = format!("brackets are nested more than {} deep", limits::NESTING);
                        self.findings.push(
                            Diagnostic::error(codes::TOO_LARGE, message)
                                .at(self.span(at, at + 1), "one too many")
                                .help("give a part of it a name on a line of its own"),
                        );
                    }
                }
                b')' | b']' => self.close(&mut line, &mut brackets, byte),
                b'-' if self.byte(at + 1) == Some(b'>') && !brackets.is_empty() => {
                    // No bracket holds an arrow. If this line of text begins like an assignment, a bracket above is
                    // open.
                    let begins = text_line.take().filter(|start| {
                        let first = self.text[*start..at].trim_start();
                        is_assignment(first) && brackets.last().is_some_and(|(_, open)| open < start)
                    });
                    if let Some(start) = begins {
                        self.pos = start - 1;
                        line.comments.retain(|comment| (comment.span.start as usize) < start);
                        self.unclosed(&mut line, &brackets);
                        return self.finish(line);
                    }
                }
                _ => {}
            }
            self.token(byte, blank);
            blank = false;
            line.end = self.pos;
        }
        if brackets.is_empty() {
            // A comment behind the last text line of this line is its own; one further down belongs to what
            // follows.
            if let Some(last) = line.comments.pop_if(|comment| comment.span.start as usize >= line.end) {
                line.trailing = Some(last);
            }
        } else {
            self.unclosed(&mut line, &brackets);
        }
        self.finish(line)
    }

    fn finish(&mut self, mut line: Line) -> Line {
        while self.normal.last() == Some(&b' ') {
            self.normal.pop();
            self.origin.pop();
        }
        line.range.end = self.normal.len();
        line
    }

    /// Copies the word, number or sign at `pos` into the normal form.
    fn token(&mut self, byte: u8, blank: bool) {
        let at = self.pos;
        let before = self.normal.last().copied();
        if !is_word(byte) {
            if self.operator(byte) {
                return;
            }
            // Two signs that were apart must not become one.
            let glue = blank
                && matches!(
                    (before, byte),
                    (Some(b'-' | b'=' | b'<' | b'>' | b'!'), b'>' | b'=') | (Some(b'.' | b'0'..=b'9'), b'.')
                );
            if glue {
                self.emit(b' ', at);
            }
            self.emit(byte, at);
            self.pos += 1;
            // The other bytes of a character that has several.
            while let Some(next @ 0x80..0xC0) = self.byte(self.pos) {
                self.emit(next, self.pos);
                self.pos += 1;
            }
            return;
        }
        if before.is_some_and(is_word) || (blank && before == Some(b'.') && byte.is_ascii_digit()) {
            self.emit(b' ', at);
        }
        let bytes = self.text.as_bytes();
        let mut end = at + 1;
        while end < bytes.len() && is_word(bytes[end]) {
            end += 1;
        }
        // 1e-3: the sign belongs to the number.
        if bytes[end - 1] == b'e'
            && matches!(bytes.get(end), Some(b'-' | b'+'))
            && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
            && bytes[at..end - 1].iter().all(u8::is_ascii_digit)
            && end - at > 1
        {
            end += 2;
            while end < bytes.len() && is_word(bytes[end]) {
                end += 1;
            }
        }
        let word = &bytes[at..end];
        let (before, after) = match word {
            b"if" | b"else" | b"and" | b"or" | b"as" | b"from" => (true, true),
            b"not" => (false, true),
            _ => (false, false),
        };
        if before && !matches!(self.normal.last(), None | Some(b' ' | b'\n')) {
            self.emit(b' ', at);
        }
        self.normal.extend_from_slice(word);
        self.origin.extend(at as u32..end as u32);
        if after {
            self.emit(b' ', end);
        }
        self.pos = end;
    }

    /// Copies the operator at `pos` with a blank on each side, if it is one that stands between two values.
    fn operator(&mut self, byte: u8) -> bool {
        let at = self.pos;
        let next = self.byte(at + 1);
        let length = match byte {
            b'=' | b'!' | b'<' | b'>' if next == Some(b'=') => 2,
            b'<' | b'>' | b'+' | b'*' | b'/' | b'%' | b'^' => 1,
            b'-' if next != Some(b'>') => 1,
            _ => return false,
        };
        // A sign before a value belongs to it. (What else stands here is a mistake, and stays as it is.)
        if !self.last_is_operand() {
            return false;
        }
        if matches!(&self.normal[self.begin..], b"require" | b"repeat" | b"ask") {
            return false;
        }
        self.emit(b' ', at);
        for offset in at..at + length {
            self.emit(self.text.as_bytes()[offset], offset);
        }
        self.pos = at + length;
        self.emit(b' ', at + length);
        true
    }

    /// Copies the string at `pos` into the normal form.
    fn string(&mut self, line: &mut Line) {
        let start = self.pos;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        loop {
            match bytes.get(end) {
                None | Some(b'\n') => {
                    if !line.broken {
                        let shown = start + self.text[start..end].trim_end().len();
                        self.findings.push(
                            Diagnostic::error(codes::SYNTAX, "this text is not closed by `\"` on its line")
                                .at(self.span(start, shown), "it begins here")
                                .help("a text stands between two `\"` on one line; inside of it `\\\"` is a quotation mark"),
                        );
                    }
                    line.broken = true;
                    break;
                }
                Some(b'"') => {
                    end += 1;
                    break;
                }
                Some(b'\\') if bytes.get(end + 1).is_some_and(|next| *next != b'\n') => end += 2,
                Some(_) => end += 1,
            }
        }
        // An escaped character may have several bytes.
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.normal.extend_from_slice(&bytes[start..end]);
        self.origin.extend(start as u32..end as u32);
        self.pos = end;
    }

    /// Takes the closing bracket at `pos` off the open ones.
    fn close(&mut self, line: &mut Line, brackets: &mut Vec<(u8, usize)>, byte: u8) {
        let at = self.pos;
        let span = self.span(at, at + 1);
        let Some((open, opened)) = brackets.pop() else {
            if !line.broken {
                let message = format!("this `{}` closes nothing", byte as char);
                let opening = if byte == b')' { '(' } else { '[' };
                self.findings.push(
                    Diagnostic::error(codes::SYNTAX, message).at(span, format!("no `{opening}` is open here")).fix(
                        "remove it",
                        span,
                        "",
                    ),
                );
            }
            line.broken = true;
            return;
        };
        let wanted = if open == b'(' { b')' } else { b']' };
        if byte != wanted && !line.broken {
            let message = format!("`{}` is closed by `{}`", open as char, byte as char);
            self.findings.push(
                Diagnostic::error(codes::SYNTAX, message)
                    .at(span, format!("expected `{}`", wanted as char))
                    .because(self.span(opened, opened + 1), "opened here")
                    .fix(format!("write `{}`", wanted as char), span, (wanted as char).to_string()),
            );
            line.broken = true;
        }
    }

    /// Reports the innermost open bracket.
    fn unclosed(&mut self, line: &mut Line, brackets: &[(u8, usize)]) {
        if line.broken {
            return;
        }
        line.broken = true;
        let Some((open, at)) = brackets.last().copied() else {
            return;
        };
        let closing = if open == b'(' { ')' } else { ']' };
        let mut diagnostic = Diagnostic::error(codes::SYNTAX, format!("this `{}` is never closed", open as char))
            .at(self.span(at, at + 1), format!("`{closing}` is missing"));
        let opened_line = at..self.line_end(at);
        if let Some(comment) = line.comments.iter().find(|comment| opened_line.contains(&(comment.span.start as usize)))
        {
            let body = &comment.text;
            if body.contains(closing) {
                diagnostic = diagnostic
                    .because(comment.span, "`//` begins a comment, which hides the rest of the line")
                    .help("there is no `//` operator: a quotient rounded down is written `floor(a / b)`");
            }
        }
        let end = self.span(line.end, line.end);
        self.findings.push(diagnostic.fix(format!("close it with `{closing}`"), end, closing.to_string()));
    }

    /// Whether the line so far ends with something that a value can end with.
    fn last_is_operand(&self) -> bool {
        self.normal.last().is_some_and(|last| is_word(*last) || matches!(last, b')' | b']' | b'"'))
    }

    /// At a line break outside of brackets: where the line of the language goes on behind it, if it does.
    fn continues(&mut self, line: &mut Line, header: bool) -> Option<usize> {
        // What follows, comments and blank lines aside.
        let mut at = self.pos;
        let next = loop {
            match self.byte(at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
                Some(_) if self.at_comment(at) => at = self.line_end(at),
                other => break other,
            }
        };
        match next {
            Some(b'-') if self.byte(at + 1) == Some(b'>') => return Some(at),
            Some(b'{') => return Some(at),
            None | Some(b'}') => return None,
            _ => {}
        }
        let normal = &self.normal[line.range.start..];
        if header && normal.ends_with(b":") {
            return Some(at);
        }
        let dangling = match normal {
            [.., b'-', b'>'] => "->",
            [.., b' ', b'+', b' '] => "+",
            [.., b' ', b'-', b' '] => "-",
            [.., b' ', b'*', b' '] => "*",
            [.., b' ', b'/', b' '] => "/",
            [.., b'='] => "=",
            [.., b','] => ",",
            [.., b' ', b'a', b'n', b'd', b' '] => "and",
            [.., b' ', b'o', b'r', b' '] => "or",
            _ => return None,
        };
        let start = self.text[at..].find('\n').map_or(&self.text[at..], |length| &self.text[at..at + length]);
        let word = first_word(start);
        if is_assignment(start)
            || ITEM_WORDS.contains(&word)
            || LINE_WORDS.contains(&word)
            || RESERVED_WORDS.contains(&word)
            || word == "if"
            || word == "else"
        {
            return None;
        }
        if !line.broken {
            let span = self.span(line.end - dangling.len(), line.end);
            let mut diagnostic = Diagnostic::error(codes::SYNTAX, format!("this line ends with `{dangling}`"));
            if dangling == "->" {
                diagnostic = diagnostic
                    .at(span, "a pipeline is broken before an arrow, not behind it")
                    .help("put this `->` at the beginning of the next line");
            } else {
                diagnostic = diagnostic
                    .at(span, "a line may end inside of brackets and before `->`, not here")
                    .help("put the value in parentheses, or all of it on one line");
            }
            self.findings.push(diagnostic);
        }
        Some(at)
    }

    /// Skips a body in braces, from its `{`, without reading its lines.
    pub fn skip_braces(&mut self) {
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'{' => depth += 1,
                b'}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        self.pos += 1;
                        return;
                    }
                }
                b'"' => {
                    let mut end = self.pos + 1;
                    while end < bytes.len() && !matches!(bytes[end], b'"' | b'\n') {
                        end += if bytes[end] == b'\\' { 2 } else { 1 };
                    }
                    self.pos = end.min(bytes.len().saturating_sub(1));
                }
                _ if self.at_comment(self.pos) => {
                    self.pos = self.line_end(self.pos);
                    continue;
                }
                _ => {}
            }
            self.pos += 1;
        }
    }
}

/// A comment, wherever it stands.
pub(super) fn plain(lead: Lead) -> Comment {
    match lead {
        Lead::Comment(comment) | Lead::Doc(comment) => comment,
        // Only `leading` makes blanks, and it does not come here.
        Lead::Blank => Comment { text: String::new(), span: Span::default() },
    }
}

/// Whether a line of text begins like `name = ..`, `name[..] = ..` or `(a, b) = ..`, and closes no bracket that it
/// did not open.
fn is_assignment(line: &str) -> bool {
    let bytes = line.as_bytes();
    let mut depth = 0i32;
    let mut equals = None;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => {
                depth -= 1;
                if depth < 0 {
                    return false;
                }
            }
            b'"' => return false,
            b'/' if bytes.get(at + 1) == Some(&b'/') => break,
            b'=' if depth == 0 && equals.is_none() => {
                let double =
                    bytes.get(at + 1) == Some(&b'=') || at > 0 && matches!(bytes[at - 1], b'=' | b'<' | b'>' | b'!');
                equals = Some((at, double));
            }
            _ => {}
        }
    }
    let Some((at, false)) = equals else {
        return false;
    };
    let target = line[..at].trim();
    let head = first_word(target);
    let after = target[head.len()..].trim_start();
    match head {
        "" => target.starts_with('(') && target.ends_with(')'),
        _ => {
            head.starts_with(|first: char| first.is_ascii_alphabetic()) && (after.is_empty() || after.starts_with('['))
        }
    }
}
