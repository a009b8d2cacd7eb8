//! From text to tree.
//!
//! The text is cut into lines of the language (`scan`), each line is matched by the grammar (`grammar/arch.pest`)
//! and built into the tree (`build`); a line that does not match is explained (`explain`) and left out. So one run
//! finds every error of a file, and everything else is still in the tree.
//!
//! Architecture Invariant: pest stays inside this module. No text makes it panic, overflow the stack or take more
//! than linear time; what exceeds the [`limits`] is refused with a finding.

mod build;
mod explain;
mod scan;

use crate::diagnostic::{Diagnostic, codes, grouped, similar_names};
use crate::span::{FileId, Span};
use crate::syntax::ast::*;
use build::Builder;
use explain::Place;
use pest::Parser as _;
use scan::{ITEM_WORDS, LINE_WORDS, Lead, Line, RESERVED_WORDS, Scanner, Stop, first_word, plain};

/// What protects the machine from a text, besides [`crate::limits`].
pub mod limits {
    pub use crate::limits::{ERRORS, LINE_BYTES, NESTING, SOURCE_BYTES, SOURCE_LINES};

    /// How high the tree of one expression may be: `a + b + c` is 3 high.
    pub const HEIGHT: u32 = 256;
    /// How far to look back for the beginning of a line.
    pub(super) const INDENTATION: usize = 1024;
    /// How many assignments are matched at once, which is quicker than one after the other.
    pub(super) const BATCH: usize = 32;
}

#[derive(pest_derive::Parser)]
#[grammar = "grammar/arch.pest"]
struct Grammar;

/// Reads a text.
///
/// The tree holds everything that could be read, the findings what is wrong with the rest, in the order of the
/// text.
#[must_use]
pub fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    if text.len() > limits::SOURCE_BYTES {
        let message = format!(
            "the file has {:.1} MiB; at most {} MiB are read",
            text.len() as f64 / f64::from(1 << 20),
            limits::SOURCE_BYTES >> 20
        );
        let diagnostic = Diagnostic::error(codes::TOO_LARGE, message)
            .at(Span::new(file, 0, 0), "")
            .help("a spec is a text of some hundred lines: is this one?");
        return (File::default(), vec![diagnostic]);
    }
    if memchr::memchr_iter(b'\n', text.as_bytes()).nth(limits::SOURCE_LINES).is_some() {
        let message = format!("the file has more than {} lines", grouped(limits::SOURCE_LINES as i64));
        let diagnostic = Diagnostic::error(codes::TOO_LARGE, message)
            .at(Span::new(file, 0, 0), "")
            .help("a spec is a text of some hundred lines: is this one?");
        return (File::default(), vec![diagnostic]);
    }
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
        if end - start > limits::LINE_BYTES {
            let message = format!("a line has more than {} bytes", grouped(limits::LINE_BYTES as i64));
            let diagnostic = Diagnostic::error(codes::TOO_LARGE, message)
                .at(Span::new(file, start, start), "")
                .help("a long list goes on in the next line, inside of its brackets");
            return (File::default(), vec![diagnostic]);
        }
        start = end + 1;
    }
    let mut parser = Parser { scan: Scanner::new(file, text), suspect: None, unclosed: false, stray: None };
    let file = parser.file();
    (file, parser.scan.findings.finish())
}

/// An opening brace.
#[derive(Clone, Copy, Debug)]
struct Brace {
    /// Where it stands.
    at: usize,
    /// How far its line is indented.
    indentation: usize,
    /// Whether it is there at all: a body whose brace was forgotten ends where the indentation does.
    written: bool,
}

struct Parser<'a> {
    scan: Scanner<'a>,
    /// A brace of the current item whose closing brace is indented otherwise.
    suspect: Option<Brace>,
    /// Whether a missing closing brace was reported for the current item.
    unclosed: bool,
    /// The closing brace that ended the last item.
    stray: Option<usize>,
}

impl Parser<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.scan.findings.push(diagnostic);
    }

    fn span(&self, start: usize, end: usize) -> Span {
        self.scan.span(start, end)
    }

    // -------- items

    fn file(&mut self) -> File {
        let mut file = File::default();
        let mut outside = false;
        loop {
            let leads = self.scan.leading();
            let Some(byte) = self.scan.peek() else {
                file.end = tidy(comments(leads), file.items.is_empty(), true);
                return file;
            };
            let first = file.items.is_empty();
            if byte == b'}' {
                self.stray_brace(outside);
                outside = true;
                if let Some(comment) = self.scan.comment_here() {
                    file.end.push(Leading::Comment(comment));
                }
                continue;
            }
            let count = file.items.len();
            if let Some((kind, mut leading, span)) = self.item(leads, 0, &mut outside) {
                // Comments behind a stray brace, kept for the next item.
                leading.splice(0..0, file.end.drain(..));
                file.items.push(Item { leading: tidy(leading, first, false), kind, span });
            }
            debug_assert!(file.items.len() <= count + 1);
        }
    }

    fn stray_brace(&mut self, repeated: bool) {
        let at = self.scan.pos;
        self.scan.pos += 1;
        if repeated {
            return;
        }
        let mut diagnostic = Diagnostic::error(codes::SYNTAX, "this `}` closes nothing")
            .at(self.span(at, at + 1), "no body is open here");
        if let Some(brace) = self.suspect.take() {
            diagnostic =
                diagnostic.because(self.span(brace.at, brace.at + 1), "this body was closed before; too early?");
        } else if let Some(last) = self.stray.take() {
            diagnostic = diagnostic.because(self.span(last, last + 1), "the body was closed here");
        }
        self.report(diagnostic.fix("remove it", self.span(at, at + 1), ""));
    }

    /// Reads one item, with what stands above it; none if it could not be read.
    fn item(&mut self, leads: Vec<Lead>, depth: usize, outside: &mut bool) -> Option<(ItemKind, Vec<Leading>, Span)> {
        let start = self.scan.pos;
        let (indentation, _) = self.scan.indentation(start);
        self.scan.forget();
        let mut line = self.scan.line();
        let (mut leading, doc) = split_docs(leads);
        let text = self.scan.text;
        let written = first_word(&text[start..line.end]);
        let word = self.item_word(written, &line);
        let header = self.span(line.start, line.end);
        if !ITEM_WORDS.contains(&word) {
            self.outside(&line, written, outside, depth);
            return None;
        }
        *outside = false;
        self.suspect = None;
        self.unclosed = false;
        let kind = match word {
            "import" => {
                let trailing = line.trailing.take();
                self.no_body(&line, "an `import` has no body");
                let import = self.build(&mut line, Place::Import, |builder, node| Some(builder.import(node, trailing)));
                self.undocumented(doc, "an `import`", &mut leading);
                import.map(ItemKind::Import)
            }
            "defaults" => {
                self.undocumented(doc, "`defaults`", &mut leading);
                if self.scan.normal(line.range.clone()) != "defaults" && !line.broken {
                    self.explain(&line, Place::Defaults, None);
                }
                let mut defaults = Defaults { entries: Vec::new(), end: Vec::new() };
                if self.opens(&mut line, indentation, "defaults") {
                    self.defaults_body(&mut line, indentation, &mut defaults);
                }
                Some(ItemKind::Defaults(defaults))
            }
            "pattern" => {
                let pattern =
                    self.build(&mut line, Place::Pattern, |builder, node| Some(builder.pattern(node, header)));
                let mut facts = (Vec::new(), Vec::new());
                let trailing = line.trailing.take();
                if line.stop == Stop::Open {
                    facts = self.facts(&mut line, indentation);
                }
                leading.extend(trailing.map(Leading::Comment));
                pattern.map(|pattern| {
                    ItemKind::Pattern(Pattern { doc: texts(doc), facts: facts.0, end: facts.1, ..pattern })
                })
            }
            _ => {
                let kind = if word == "model" { DefinitionKind::Model } else { DefinitionKind::Block };
                let place = if word == "model" { Place::Model } else { Place::Block };
                let definition =
                    self.build(&mut line, place, |builder, node| Some(builder.definition(node, kind, header)));
                let mut body = (Vec::new(), Vec::new());
                if self.opens(&mut line, indentation, word) {
                    body = self.body(&mut line, indentation, depth);
                }
                definition.map(|definition| {
                    ItemKind::Definition(Definition { doc: texts(doc), body: body.0, end: body.1, ..definition })
                })
            }
        };
        // Comments inside of the header stand above the item.
        leading.extend(line.comments.drain(..).map(Leading::Comment));
        leading.extend(line.trailing.take().map(Leading::Comment));
        let end = if line.stop == Stop::Line { line.end } else { self.scan.pos.max(line.end) };
        kind.map(|kind| (kind, leading, self.span(start, end)))
    }

    /// Documentation above an item that has none: it would be lost.
    fn undocumented(&mut self, doc: Vec<Comment>, item: &str, leading: &mut Vec<Leading>) {
        if let (Some(first), Some(last)) = (doc.first(), doc.last()) {
            let span = self.span(first.span.start as usize, last.span.end as usize);
            self.report(
                Diagnostic::error(codes::SYNTAX, "this doc comment documents nothing")
                    .at(span, format!("{item} has no documentation"))
                    .help("a doc comment goes directly above its `model`, `block` or `pattern`; any other comment begins with `//`"),
            );
        }
        leading.extend(doc.into_iter().map(Leading::Comment));
    }

    /// The word that begins an item, a typing error in it mended.
    fn item_word<'w>(&mut self, written: &'w str, line: &Line) -> &'w str {
        let rest = self.scan.text[line.start + written.len()..line.end].trim_start();
        let named = rest.starts_with(|first: char| first.is_ascii_alphabetic());
        if ITEM_WORDS.contains(&written) || !named || line.stop != Stop::Open {
            return written;
        }
        // Only what has the form of a header, and only a word that begins one.
        let meant = match written {
            "def" | "fn" | "func" | "function" | "layer" => Some("block"),
            "class" | "module" | "net" | "network" => Some("model"),
            _ => similar_names(written, ["model", "block", "pattern"]).first().copied(),
        };
        let Some(meant) = meant.filter(|_| rest.contains("->") && rest.contains(':')) else {
            return written;
        };
        let span = self.span(line.start, line.start + written.len());
        self.report(
            Diagnostic::error(codes::SYNTAX, format!("`{written}` begins no item"))
                .at(span, format!("did you mean `{meant}`?"))
                .fix(format!("write `{meant}`"), span, meant),
        );
        // Read as what it is likely to be; the rule is chosen by this word, the text is replaced in `build`.
        meant
    }

    /// Something that is not an item, at the top of the file.
    fn outside(&mut self, line: &Line, word: &str, outside: &mut bool, depth: usize) {
        let span = self.span(line.start, line.end);
        if RESERVED_WORDS.contains(&word) {
            self.report(build::reserved(word, self.span(line.start, line.start + word.len())));
            if line.stop == Stop::Open {
                self.scan.skip_braces();
            }
            return;
        }
        if !line.broken && !*outside {
            let diagnostic = match explain::foreign(word, self.scan.text, span) {
                Some(diagnostic) => diagnostic,
                None => {
                    let mut diagnostic =
                        Diagnostic::error(codes::SYNTAX, "this line stands outside of any `model` or `block`")
                            .at(span, "expected `model`, `block`, `import` or `defaults`");
                    if let Some(last) = self.stray {
                        diagnostic =
                            diagnostic.because(self.span(last, last + 1), "the last body ends here; too early?");
                    }
                    diagnostic.help("lines stand inside of the braces of `model NAME: input -> output { .. }`")
                }
            };
            self.report(diagnostic);
        }
        *outside = true;
        if line.stop == Stop::Open {
            // What is inside is looked at for errors, and dropped.
            let (indentation, _) = self.scan.indentation(line.start);
            let mut line = Line { range: 0..0, comments: Vec::new(), trailing: None, ..*line };
            self.body(&mut line, indentation, depth);
        }
        // A `}` is left for the caller, which knows that it closes nothing.
    }

    /// Whether a body follows; reports its brace if it is missing but the lines are there.
    fn opens(&mut self, line: &mut Line, indentation: usize, what: &str) -> bool {
        if line.stop == Stop::Open {
            return true;
        }
        if line.broken && line.stop == Stop::Line {
            // The header is unreadable, and its brace probably part of what was skipped.
            return self.indented_line_follows(indentation) && !what.is_empty();
        }
        line.broken = true;
        let place = self.span(line.end, line.end);
        let example = match what {
            "model" | "block" => format!("`{what} NAME: input -> output {{ .. }}`"),
            "repeat" => "`repeat 4 as stage { .. }`".to_string(),
            "defaults" => "`defaults { batch_norm(eps=1e-3) }`".to_string(),
            "ask" => "`ask CONDITION: \"question\" { \"choice\" = \"meaning\" }`".to_string(),
            _ => format!("`{what} .. {{ .. }}`"),
        };
        self.report(
            Diagnostic::error(codes::SYNTAX, format!("the body of this `{what}` is missing"))
                .at(place, "expected `{`")
                .help(format!("the lines of a body stand in braces: {example}"))
                .fix("open the body", place, " {"),
        );
        self.indented_line_follows(indentation)
    }

    /// Whether the next line is indented more than this.
    fn indented_line_follows(&self, indentation: usize) -> bool {
        let rest = &self.scan.text[self.scan.pos..];
        let next = rest.lines().skip(1).find(|line| !line.trim().is_empty());
        next.is_some_and(|next| next.len() - next.trim_start().len() > indentation)
    }

    fn no_body(&mut self, line: &Line, message: &str) {
        if line.stop != Stop::Open {
            return;
        }
        let at = self.scan.pos;
        self.report(
            Diagnostic::error(codes::SYNTAX, message)
                .at(self.span(at, at + 1), "unexpected `{`")
                .because(self.span(line.start, line.end), "behind this line"),
        );
        self.scan.skip_braces();
    }

    // -------- bodies

    /// Consumes the `{` of a body and what stands behind it on its line.
    fn open(&mut self, line: &mut Line, indentation: usize) -> (Brace, Option<Comment>) {
        let at = self.scan.pos;
        let brace = if line.stop == Stop::Open {
            self.scan.pos += 1;
            Brace { at, indentation, written: true }
        } else {
            Brace { at: line.start, indentation, written: false }
        };
        // From now on the line ends with its body.
        line.stop = Stop::Open;
        (brace, self.scan.comment_here())
    }

    /// At a `}`, or where it is missing: whether the body ends here. Adds a comment behind the brace to `end`.
    fn closes(&mut self, brace: Brace, end: &mut Vec<Leading>) -> bool {
        let at = self.scan.pos;
        if !brace.written {
            let (indentation, _) = self.scan.indentation(at);
            let brace_here = self.scan.peek() == Some(b'}') && indentation == brace.indentation;
            if self.scan.peek().is_none() || indentation <= brace.indentation && !brace_here {
                return true;
            }
        }
        match self.scan.peek() {
            None => {
                self.missing_brace(brace, None);
                true
            }
            Some(b'}') => {
                let (indentation, alone) = self.scan.indentation(at);
                if alone && indentation != brace.indentation && self.suspect.is_none() {
                    self.suspect = Some(brace);
                }
                self.scan.pos += 1;
                self.stray = Some(at);
                end.pop_if(|last| *last == Leading::Blank);
                end.extend(self.scan.comment_here().map(Leading::Comment));
                true
            }
            Some(_) => {
                let rest = &self.scan.text[at..];
                let word = first_word(rest);
                let (indentation, _) = self.scan.indentation(at);
                let named = rest[word.len()..]
                    .trim_start()
                    .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '{' | '"'));
                let item = ITEM_WORDS.contains(&word) && named;
                if item && (indentation <= brace.indentation || indentation == 0) {
                    self.missing_brace(brace, Some(self.span(at, at + word.len())));
                    return true;
                }
                false
            }
        }
    }

    fn missing_brace(&mut self, brace: Brace, next: Option<Span>) {
        if self.unclosed {
            return;
        }
        self.unclosed = true;
        let suspect = self.suspect.take();
        let place = suspect.unwrap_or(brace).at;
        let mut diagnostic = Diagnostic::error(codes::SYNTAX, "this `{` is never closed").at(
            self.span(place, place + 1),
            if suspect.is_some() { "the `}` that would close it is indented otherwise" } else { "`}` is missing" },
        );
        if let Some(next) = next {
            diagnostic = diagnostic.because(next, "here the next item begins already");
        } else {
            let end = self.scan.text.trim_end().len();
            diagnostic = diagnostic.because(self.span(end, end), "here the file ends");
        }
        self.report(diagnostic.help("each body ends with a `}` on a line of its own"));
    }

    /// Reads a body of statements, from its brace.
    fn body(&mut self, line: &mut Line, indentation: usize, depth: usize) -> (Vec<Statement>, Vec<Leading>) {
        let (brace, comment) = self.open(line, indentation);
        let mut body: Vec<Statement> = Vec::new();
        let mut batch = Batch::new();
        let mut leading: Vec<Leading> = comment.map(Leading::Comment).into_iter().collect();
        if line.trailing.is_none() && matches!(leading.as_slice(), [Leading::Comment(_)]) {
            // The caller keeps it, if it has a place for it.
            line.trailing = leading.pop().and_then(|lead| match lead {
                Leading::Comment(comment) => Some(comment),
                Leading::Blank => None,
            });
        }
        loop {
            leading.extend(comments(self.scan.leading()));
            if self.closes(brace, &mut leading) {
                self.flush(&mut batch, &mut body, &mut leading);
                let empty = body.is_empty();
                return (body, tidy(leading, empty, true));
            }
            let above = std::mem::take(&mut leading);
            let word = first_word(&self.scan.text[self.scan.pos..]);
            let plain = !is_keyword(word);
            if !plain || batch.is_empty() || batch.len() >= limits::BATCH {
                self.flush(&mut batch, &mut body, &mut leading);
                self.scan.forget();
            }
            let line = self.scan.line();
            if plain && !line.broken && line.stop != Stop::Open {
                batch.push((above, line));
                continue;
            }
            self.flush(&mut batch, &mut body, &mut leading);
            leading.extend(above);
            let above = std::mem::take(&mut leading);
            self.statement(line, above, depth, &mut body, &mut leading);
        }
    }

    /// Builds the assignments that were read since the last other line. Most of a spec is assignments, and to match
    /// many at once is quicker; if one of them is wrong, they are matched one by one.
    fn flush(&mut self, batch: &mut Batch, body: &mut Vec<Statement>, rest: &mut Vec<Leading>) {
        let (Some((_, first)), Some((_, last))) = (batch.first(), batch.last()) else {
            return;
        };
        let range = first.range.start..last.range.end;
        // What stood above a line that could not be read goes above the next one.
        let mut lost = Vec::new();
        let parsed = if self.scan.findings.is_full() {
            None
        } else {
            Grammar::parse(Rule::assignments, self.scan.normal(range.clone())).ok()
        };
        let nodes = parsed.and_then(|mut pairs| pairs.next());
        if let Some(nodes) = nodes {
            let mut findings = Vec::new();
            for ((above, mut line), node) in batch.drain(..).zip(nodes.into_inner()) {
                let comments = std::mem::take(&mut line.comments);
                let mut builder =
                    Builder::new(self.scan.file, self.scan.text, self.scan.origin(range.clone()), comments);
                let kind = Some(StatementKind::Assign(builder.assignment(node)));
                let (comments, mut found) = builder.finish();
                line.comments = comments;
                findings.append(&mut found);
                findings.extend(explain::hidden_division(self.scan.text, &line, Place::Assignment));
                finish(&self.scan, line, above, kind, body, &mut lost);
            }
            findings.into_iter().for_each(|finding| self.report(finding));
        } else {
            for (mut above, mut line) in batch.drain(..) {
                above.splice(0..0, lost.drain(..));
                let kind = self.build(&mut line, Place::Assignment, assignment).map(StatementKind::Assign);
                finish(&self.scan, line, above, kind, body, &mut lost);
            }
        }
        rest.splice(0..0, lost);
    }

    /// Builds the statement that begins with a line. What it leaves behind for the next one goes to `rest`.
    fn statement(
        &mut self,
        mut line: Line,
        mut leading: Vec<Leading>,
        depth: usize,
        body: &mut Vec<Statement>,
        rest: &mut Vec<Leading>,
    ) {
        let start = line.start;
        let (indentation, _) = self.scan.indentation(start);
        let written = first_word(&self.scan.text[start..line.end]);
        let word = self.line_word(written, &line);
        // What follows the word in the normal form.
        let next = self.scan.normal(line.range.clone()).as_bytes().get(word.len()).copied();
        let mut inner = None;
        let kind = match word {
            "repeat" => {
                let header = self.build(&mut line, Place::Repeat, |builder, node| builder.repeat(node));
                let mut content = (Vec::new(), Vec::new());
                if self.opens(&mut line, indentation, "repeat") {
                    content = self.nested(&mut line, indentation, depth);
                }
                match header {
                    Some((count, label, index)) => {
                        let (body, end) = content;
                        Some(StatementKind::Repeat(Repeat { count, label, index, body, end }))
                    }
                    None => {
                        inner = Some(content);
                        None
                    }
                }
            }
            "if" => self.condition(&mut line, indentation, depth, &mut leading, &mut inner),
            "else" => {
                self.report(
                    Diagnostic::error(codes::SYNTAX, "this `else` belongs to no `if`")
                        .at(self.span(start, start + 4), "no `if` stands directly before it")
                        .help("`else` follows the `}` of its `if`: `if a > 1 { .. } else { .. }`"),
                );
                if line.stop == Stop::Open {
                    inner = Some(self.nested(&mut line, indentation, depth));
                }
                None
            }
            "require" => {
                self.no_body(&line, "a `require` has no body");
                let built = self.build(&mut line, Place::Require, |builder, node| builder.expr_and_string(node));
                built.map(|(condition, message)| StatementKind::Require(Require { condition, message }))
            }
            "claim" => {
                self.no_body(&line, "a `claim` has no body");
                self.build(&mut line, Place::Claim, |builder, node| builder.claim(node)).map(StatementKind::Claim)
            }
            "shared" => {
                self.no_body(&line, "a `shared` instance has no body");
                let built = self.build(&mut line, Place::Shared, |builder, node| Some(builder.shared(node)));
                built.map(StatementKind::Shared)
            }
            _ if ITEM_WORDS.contains(&word) && !matches!(next, Some(b'=' | b'[' | b',' | b'.' | b'(')) => {
                self.nested_item(&line, word, depth);
                None
            }
            _ if RESERVED_WORDS.contains(&word) && !matches!(next, Some(b'=' | b'[' | b',')) => {
                self.report(build::reserved(word, self.span(start, start + word.len())));
                if line.stop == Stop::Open {
                    self.scan.skip_braces();
                }
                None
            }
            _ => {
                let built = self.build(&mut line, Place::Assignment, assignment);
                if line.stop == Stop::Open {
                    // A header that is none: its lines are kept, as lines of the body around.
                    if !line.broken {
                        self.no_body(&line, "an assignment has no body");
                    } else {
                        inner = Some(self.nested(&mut line, indentation, depth));
                    }
                }
                built.map(StatementKind::Assign)
            }
        };
        finish(&self.scan, line, leading, kind, body, rest);
        if let Some((statements, end)) = inner {
            body.extend(statements);
            rest.extend(end);
        }
    }

    /// A body inside of a body.
    fn nested(&mut self, line: &mut Line, indentation: usize, depth: usize) -> (Vec<Statement>, Vec<Leading>) {
        if depth + 1 < limits::NESTING {
            return self.body(line, indentation, depth + 1);
        }
        let at = self.scan.pos;
        self.report(
            Diagnostic::error(codes::TOO_LARGE, format!("bodies are nested more than {} deep", limits::NESTING))
                .at(self.span(at, at + 1), "one too many")
                .help("make a block of what is inside"),
        );
        self.scan.skip_braces();
        (Vec::new(), Vec::new())
    }

    /// `if`, from its first condition to the end of its last arm.
    fn condition(
        &mut self,
        line: &mut Line,
        indentation: usize,
        depth: usize,
        leading: &mut Vec<Leading>,
        inner: &mut Option<(Vec<Statement>, Vec<Leading>)>,
    ) -> Option<StatementKind> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        let mut broken = false;
        let mut start = line.start;
        let first = start;
        let mut lost = (Vec::new(), Vec::new());
        loop {
            let alone = self.scan.normal(line.range.clone()) == "else";
            let condition = if alone {
                None
            } else {
                let condition = self.build(line, Place::If, |builder, node| builder.only_expr(node));
                broken |= condition.is_none();
                condition
            };
            let mut content = (Vec::new(), Vec::new());
            let opened = self.opens(line, indentation, if alone { "else" } else { "if" });
            if opened {
                content = self.nested(line, indentation, depth);
            }
            let trailing = line.trailing.take();
            leading.extend(line.comments.drain(..).map(Leading::Comment));
            let arm =
                Arm { condition, body: content.0, trailing, end: content.1, span: self.span(start, self.scan.pos) };
            if broken {
                lost.0.extend(arm.body);
                lost.1.extend(arm.trailing.map(Leading::Comment));
                lost.1.extend(arm.end);
            } else if alone {
                otherwise = Some(arm);
            } else {
                arms.push(arm);
            }
            // An `else` behind the brace, on its line or the next.
            let rest = &self.scan.text[self.scan.pos..];
            let next = rest.trim_start();
            if alone || !opened || first_word(next) != "else" {
                break;
            }
            self.scan.pos += rest.len() - next.len();
            start = self.scan.pos;
            self.scan.pos += "else".len();
            while matches!(self.scan.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.scan.pos += 1;
            }
            let following = first_word(&self.scan.text[self.scan.pos..]);
            if following != "if" {
                self.scan.pos = start;
            }
            self.scan.forget();
            *line = self.scan.line();
            if following != "if" && self.scan.normal(line.range.clone()) != "else" {
                self.explain_else(line, start);
                line.broken = true;
                broken = true;
            }
        }
        // The line at hand is that of the last arm; the statement begins with the first.
        line.start = first;
        if !broken {
            return Some(StatementKind::If(If { arms, otherwise }));
        }
        // The lines of all arms are kept, as lines of the body around.
        for arm in arms.into_iter().chain(otherwise) {
            lost.0.extend(arm.body);
            lost.1.extend(arm.end);
        }
        *inner = Some(lost);
        None
    }

    fn explain_else(&mut self, line: &Line, start: usize) {
        if line.broken {
            return;
        }
        let rest = self.span(start + 4, line.end);
        let word = self.scan.text[start + 4..line.end].trim();
        let diagnostic = Diagnostic::error(codes::SYNTAX, "`else` stands before `if` or `{`");
        self.report(if word.starts_with(':') {
            diagnostic.at(rest, "a body stands in braces").fix("write a brace", rest, " {")
        } else {
            diagnostic.at(rest, "unexpected").help("a second condition is written `else if a > 1 { .. }`")
        });
    }

    /// An item inside of a body.
    fn nested_item(&mut self, line: &Line, word: &str, depth: usize) {
        self.report(
            Diagnostic::error(codes::SYNTAX, format!("a `{word}` cannot stand inside of a body"))
                .at(self.span(line.start, line.start + word.len()), "move it out of the braces")
                .help("or is the `}` of the body around it missing?"),
        );
        if line.stop == Stop::Open {
            if depth + 1 < limits::NESTING && matches!(word, "model" | "block") {
                let (indentation, _) = self.scan.indentation(line.start);
                let mut line = Line { range: 0..0, comments: Vec::new(), trailing: None, ..*line };
                self.body(&mut line, indentation, depth + 1);
            } else {
                self.scan.skip_braces();
            }
        }
    }

    /// The word that begins a statement, a typing error in it mended.
    fn line_word<'w>(&mut self, written: &'w str, line: &Line) -> &'w str {
        if LINE_WORDS.contains(&written) || matches!(written, "if" | "else") {
            // `repeat = ..`: a keyword as a name.
            let rest = self.scan.text[line.start + written.len()..line.end].trim_start();
            return if rest.starts_with('=') && !rest.starts_with("==") { "" } else { written };
        }
        let rest = self.scan.text[line.start + written.len()..line.end].trim_start();
        if line.stop != Stop::Open || !rest.contains(" as ") || written.is_empty() || rest.starts_with('=') {
            return written;
        }
        match similar_names(written, ["repeat"]).first() {
            Some(_) => {
                let span = self.span(line.start, line.start + written.len());
                self.report(
                    Diagnostic::error(codes::SYNTAX, format!("`{written}` begins no line"))
                        .at(span, "did you mean `repeat`?")
                        .fix("write `repeat`", span, "repeat"),
                );
                "repeat"
            }
            None => written,
        }
    }

    /// Reads the body of a pattern.
    fn facts(&mut self, line: &mut Line, indentation: usize) -> (Vec<Fact>, Vec<Leading>) {
        let (brace, comment) = self.open(line, indentation);
        let mut facts: Vec<Fact> = Vec::new();
        let mut leading: Vec<Leading> = comment.map(Leading::Comment).into_iter().collect();
        loop {
            leading.extend(comments(self.scan.leading()));
            if self.closes(brace, &mut leading) {
                let empty = facts.is_empty();
                return (facts, tidy(leading, empty, true));
            }
            let mut above = tidy(std::mem::take(&mut leading), facts.is_empty(), false);
            let start = self.scan.pos;
            let (indentation, _) = self.scan.indentation(start);
            self.scan.forget();
            let mut line = self.scan.line();
            let kind = self.fact(&mut line, indentation, &mut above);
            above.extend(line.comments.drain(..).map(Leading::Comment));
            match kind {
                Some(kind) => {
                    let end = if line.stop == Stop::Open { self.scan.pos } else { line.end };
                    let span = self.span(start, self.scan.text[..end].trim_end().len().max(line.end));
                    facts.push(Fact { leading: above, kind, trailing: line.trailing, span });
                }
                None => {
                    leading = above;
                    leading.extend(line.trailing.map(Leading::Comment));
                }
            }
        }
    }

    fn fact(&mut self, line: &mut Line, indentation: usize, above: &mut Vec<Leading>) -> Option<FactKind> {
        let normal = self.scan.normal(line.range.clone());
        let word = first_word(normal);
        let rest = &normal[word.len()..];
        let (start, text) = (line.start, self.scan.text);
        let word = first_word(&text[start..start + word.len()]);
        match word {
            "ask" if !rest.starts_with('=') => {
                let header = self.build(line, Place::Ask, |builder, node| builder.expr_and_string(node));
                let mut choices = Vec::new();
                if self.opens(line, indentation, "ask") {
                    self.choices(line, indentation, &mut choices, above);
                }
                let (condition, question) = header?;
                Some(FactKind::Ask { condition, question: question.unwrap_or_default(), choices })
            }
            _ if line.stop == Stop::Open => {
                let message = "a line of a pattern has no body, but for `ask`";
                if !line.broken {
                    self.no_body(line, message);
                } else {
                    self.scan.skip_braces();
                }
                line.stop = Stop::Line;
                None
            }
            "require" => {
                let built = self.build(line, Place::Require, |builder, node| builder.expr_and_string(node));
                built.map(|(condition, message)| FactKind::Require(Require { condition, message }))
            }
            "weight" | "state" if rest.starts_with(' ') => {
                self.build(line, Place::Weight, |builder, node| builder.weight(node))
            }
            "random" if rest.starts_with(' ') => self.build(line, Place::Random, |builder, node| builder.random(node)),
            "loop" if rest.starts_with(' ') => self.build(line, Place::Loop, |builder, node| builder.loops(node)),
            "extern" if rest.starts_with(' ') => {
                self.build(line, Place::Extern, |builder, node| builder.external(node))
            }
            "training" if rest.is_empty() => Some(FactKind::Training),
            "macs" => self.build(line, Place::Macs, |builder, node| builder.only_expr(node)).map(FactKind::Macs),
            _ if RESERVED_WORDS.contains(&word) => {
                self.report(build::reserved(word, self.span(start, start + word.len())));
                None
            }
            _ => self.build(line, Place::Let, |builder, node| builder.let_line(node)),
        }
    }

    /// The choices of an `ask`. Comments between them are moved above the `ask`.
    fn choices(
        &mut self,
        line: &mut Line,
        indentation: usize,
        choices: &mut Vec<(String, String)>,
        above: &mut Vec<Leading>,
    ) {
        let (brace, comment) = self.open(line, indentation);
        line.trailing = comment;
        loop {
            let mut lost = comments(self.scan.leading());
            let closed = self.closes(brace, &mut lost);
            above.extend(lost.into_iter().filter(|lead| *lead != Leading::Blank));
            if closed {
                return;
            }
            self.scan.forget();
            let mut choice = self.scan.line();
            if choice.stop == Stop::Open {
                self.no_body(&choice, "a choice has no body");
                choice.stop = Stop::Line;
                choice.broken = true;
            }
            if let Some(pair) = self.build(&mut choice, Place::Choice, |builder, node| builder.ask_line(node)) {
                choices.push(pair);
            }
            above.extend(choice.comments.into_iter().chain(choice.trailing).map(Leading::Comment));
        }
    }

    fn defaults_body(&mut self, line: &mut Line, indentation: usize, defaults: &mut Defaults) {
        let (brace, comment) = self.open(line, indentation);
        let mut leading: Vec<Leading> = comment.map(Leading::Comment).into_iter().collect();
        loop {
            leading.extend(comments(self.scan.leading()));
            if self.closes(brace, &mut leading) {
                defaults.end = tidy(leading, defaults.entries.is_empty(), true);
                return;
            }
            let mut above = tidy(std::mem::take(&mut leading), defaults.entries.is_empty(), false);
            self.scan.forget();
            let mut entry = self.scan.line();
            let built =
                self.build(&mut entry, Place::DefaultsEntry, |builder, node| Some(builder.defaults_entry(node)));
            above.extend(entry.comments.drain(..).map(Leading::Comment));
            if entry.stop == Stop::Open {
                self.no_body(&entry, "an entry of `defaults` has no body");
            }
            match built {
                Some((name, arguments)) => {
                    defaults.entries.push(DefaultsEntry { leading: above, name, arguments, trailing: entry.trailing });
                }
                None => {
                    leading = above;
                    leading.extend(entry.trailing.map(Leading::Comment));
                }
            }
        }
    }

    // -------- lines

    /// Matches the line that was read last, and builds it.
    fn build<T>(
        &mut self,
        line: &mut Line,
        place: Place,
        build: impl FnOnce(&mut Builder, pest::iterators::Pair<Rule>) -> Option<T>,
    ) -> Option<T> {
        if line.broken || self.scan.findings.is_full() {
            line.broken = true;
            return None;
        }
        let normal = self.scan.normal(line.range.clone());
        let (rule, mended) = place.rule(normal);
        let shift = mended.as_ref().map_or(0, |mended| mended.len() as isize - normal.len() as isize);
        let error = match Grammar::parse(rule, mended.as_deref().unwrap_or(normal)) {
            Ok(mut pairs) => {
                let node = pairs.next()?;
                let comments = std::mem::take(&mut line.comments);
                let origin = self.scan.origin(line.range.clone());
                let moved = if shift == 0 { None } else { Some(shifted(origin, shift)) };
                let origin = moved.as_deref().unwrap_or(origin);
                let mut builder = Builder::new(self.scan.file, self.scan.text, origin, comments);
                let built = build(&mut builder, node);
                let (comments, findings) = builder.finish();
                line.comments = comments;
                findings.into_iter().for_each(|finding| self.report(finding));
                if let Some(finding) = explain::hidden_division(self.scan.text, line, place) {
                    self.report(finding);
                }
                return built;
            }
            Err(error) => error,
        };
        let at = match error.location {
            pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
        };
        let rules = match error.variant {
            pest::error::ErrorVariant::ParsingError { positives, .. } => positives,
            pest::error::ErrorVariant::CustomError { .. } => {
                // pest has found that the stack is nearly used up.
                self.report(
                    Diagnostic::error(codes::TOO_LARGE, "this line is nested too deeply to be read on this machine")
                        .at(self.span(line.start, line.end), "too deep")
                        .help("give a part of it a name on a line of its own"),
                );
                line.broken = true;
                return None;
            }
        };
        self.explain(line, place, Some((at.saturating_add_signed(-shift), rules)));
        line.broken = true;
        None
    }

    /// Reports why a line does not match.
    fn explain(&mut self, line: &Line, place: Place, failure: Option<(usize, Vec<Rule>)>) {
        let (at, rules) = failure.unwrap_or_default();
        let at = self.scan.origin(line.range.clone()).get(at).map_or(line.end, |offset| *offset as usize);
        let diagnostic = explain::explain(self.scan.file, self.scan.text, line, place, at, &rules);
        self.report(diagnostic);
    }
}

/// Adds a statement to its body. What a line that could not be read leaves behind (comments) goes to `rest`.
fn finish(
    scan: &Scanner,
    line: Line,
    mut leading: Vec<Leading>,
    kind: Option<StatementKind>,
    body: &mut Vec<Statement>,
    rest: &mut Vec<Leading>,
) {
    leading.extend(line.comments.into_iter().map(Leading::Comment));
    match kind {
        Some(kind) => {
            let end = if line.stop == Stop::Open { scan.text[..scan.pos].trim_end().len() } else { line.end };
            let span = scan.span(line.start, end.max(line.end));
            let leading = tidy(leading, body.is_empty(), false);
            body.push(Statement { leading, kind, trailing: line.trailing, span });
        }
        None => {
            rest.extend(leading);
            rest.extend(line.trailing.map(Leading::Comment));
        }
    }
}

/// Assignments that were read and not yet built, with what stands above them.
type Batch = Vec<(Vec<Leading>, Line)>;

/// Builds the only one of `assignments`.
fn assignment(builder: &mut Builder, node: pest::iterators::Pair<Rule>) -> Option<Assign> {
    node.into_inner().next().map(|node| builder.assignment(node))
}

/// Whether a word begins a line that is no assignment.
fn is_keyword(word: &str) -> bool {
    // All these words are short and in lower case.
    (2..=8).contains(&word.len())
        && (matches!(word, "if" | "else")
            || [LINE_WORDS, ITEM_WORDS, RESERVED_WORDS].iter().any(|words| words.contains(&word)))
}

/// Whether what begins with a digit is not a number.
fn bad_number(text: &str) -> bool {
    text.parse::<f64>().is_err()
}

/// An origin whose first word became longer or shorter.
fn shifted(origin: &[u32], shift: isize) -> Vec<u32> {
    let first = origin.first().copied().unwrap_or(0);
    if shift > 0 {
        std::iter::repeat_n(first, shift as usize).chain(origin.iter().copied()).collect()
    } else {
        origin.iter().copied().skip(shift.unsigned_abs()).collect()
    }
}

/// What stands above a line, doc comments as comments.
fn comments(leads: Vec<Lead>) -> Vec<Leading> {
    leads
        .into_iter()
        .map(|lead| match lead {
            Lead::Blank => Leading::Blank,
            other => Leading::Comment(plain(other)),
        })
        .collect()
}

/// What stands above an item, and its doc comment.
fn split_docs(leads: Vec<Lead>) -> (Vec<Leading>, Vec<Comment>) {
    let mut leading = Vec::new();
    let mut docs = Vec::new();
    for lead in leads {
        match lead {
            Lead::Comment(comment) => leading.push(Leading::Comment(comment)),
            Lead::Doc(comment) => docs.push(comment),
            // No blank line stands between a doc comment and its item.
            Lead::Blank if docs.is_empty() => leading.push(Leading::Blank),
            Lead::Blank => {}
        }
    }
    (leading, docs)
}

/// The lines of a doc comment.
fn texts(docs: Vec<Comment>) -> Vec<String> {
    docs.into_iter().map(|comment| comment.text).collect()
}

/// Leaves no blank line at the beginning or the end of a body, and never two.
fn tidy(mut leading: Vec<Leading>, first: bool, last: bool) -> Vec<Leading> {
    leading.dedup_by(|next, before| *next == Leading::Blank && *before == Leading::Blank);
    if first && leading.first() == Some(&Leading::Blank) {
        leading.remove(0);
    }
    if last && leading.last() == Some(&Leading::Blank) {
        leading.pop();
    }
    leading
}

#[cfg(test)]
mod tests;
