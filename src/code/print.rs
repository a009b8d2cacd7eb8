//! The printer: precedence, quotes, and lines of 100 columns as `ruff format` breaks them.
//!
//! What fits on a line stands on one. Else the last brackets that can be broken are: their content goes on a line of its own if it fits
//! there, and else an item a line, each printed by the same rule.
//!
//! Architecture Invariant: it decides how code looks, and nothing of what it says: `parse(print(tree))` is the tree.

mod flat;

use super::statement::{Statement, StatementKind};
use super::tree::{BinaryOperator, Clause, Comments, Expr, ExprKind, Item, Key, Layout, Parameter, Precedence};
use crate::span::Span;
use flat::{Flat, between, closing, least, only_generator, sides};
use std::fmt::Write as _;
use std::rc::Rc;

/// The width that generated code keeps.
pub const WIDTH: usize = 100;

/// The columns of a level.
const INDENT: usize = 4;

/// A line of generated code with the place of the spec that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text, indentation included.
    pub text: String,
    /// Where it comes from.
    pub origin: Option<Span>,
}

/// The columns that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// An expression on one line, as a statement's value.
#[must_use]
pub fn flat(expr: &Expr) -> String {
    let mut line = Flat::default();
    line.expr(expr, Precedence::Commas);
    line.text
}

/// The lines of statements, so many levels deep.
#[must_use]
pub fn statements(statements: &[Statement], level: usize) -> Vec<Line> {
    let mut printer = Printer::default();
    printer.block(statements, INDENT * level);
    printer.lines
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

/// A piece of a line that may have to be broken.
#[derive(Clone)]
enum Segment<'e> {
    Text(&'e str),
    Expr(&'e Expr, Precedence),
    /// An expression whose parentheses are written by somebody else.
    Inside(&'e Expr),
    Clause(&'e Clause),
    Parameter(&'e Parameter),
    Key(&'e Key),
    /// Brackets that belong to a statement.
    Group(Group<'e>),
}

/// Brackets that can be broken.
#[derive(Clone)]
struct Group<'e> {
    open: char,
    items: Vec<Entry<'e>>,
    /// Whether items are separated by commas, else by blanks.
    comma: bool,
    layout: Layout,
    /// Whether these are the brackets of a literal: more than one item of it never share a line.
    literal: bool,
    /// Whether the only item has a comma behind it in any case.
    single: bool,
}

/// An item of a group.
#[derive(Clone)]
struct Entry<'e> {
    segments: Vec<Segment<'e>>,
    comments: Option<&'e Comments>,
    origin: Option<Span>,
}

/// A part of a line: text, or brackets that can be broken.
enum Piece<'e> {
    Text(String),
    Group(Group<'e>),
}

/// Where something is printed.
#[derive(Clone, Copy)]
struct Frame {
    indent: usize,
    origin: Option<Span>,
    /// Whether it stands in brackets already, so that lines may break anywhere.
    bracketed: bool,
}

impl<'e> Entry<'e> {
    fn of(segments: Vec<Segment<'e>>) -> Self {
        Self { segments, comments: None, origin: None }
    }

    fn item(item: &'e Item) -> Self {
        let value = Segment::Expr(&item.value, least(item));
        let segments = if item.key == Key::None { vec![value] } else { vec![Segment::Key(&item.key), value] };
        Self { segments, comments: Some(&item.comments), origin: item.value.origins.last() }
    }

    fn clause(clause: &'e Clause) -> Self {
        Self {
            segments: vec![Segment::Clause(clause)],
            comments: Some(&clause.comments),
            origin: clause.origins.last(),
        }
    }

    fn above(&self) -> &'e [String] {
        self.comments.map_or(&[], Comments::above)
    }

    fn behind(&self) -> Option<&'e str> {
        self.comments.and_then(Comments::behind)
    }
}

impl<'e> Group<'e> {
    fn of_items(open: char, items: &'e [Item], layout: Layout, literal: bool) -> Self {
        let single = literal && open == '(' && items.len() == 1;
        Self { open, items: items.iter().map(Entry::item).collect(), comma: true, layout, literal, single }
    }

    fn of_comprehension(open: char, element: &'e Item, clauses: &'e [Clause]) -> Self {
        let items = std::iter::once(Entry::item(element)).chain(clauses.iter().map(Entry::clause)).collect();
        Self { open, items, comma: false, layout: Layout::Fit, literal: false, single: false }
    }

    fn of_one(open: char, value: Segment<'e>) -> Self {
        let items = vec![Entry::of(vec![value])];
        Self { open, items, comma: true, layout: Layout::Fit, literal: false, single: false }
    }

    /// All on one line, without the brackets.
    fn write(&self, line: &mut Flat) {
        line.exploded |= self.layout == Layout::Exploded && !self.items.is_empty();
        for (at, item) in self.items.iter().enumerate() {
            if at > 0 {
                line.push(if self.comma { ", " } else { " " });
            }
            line.exploded |= item.comments.is_some_and(|comments| !comments.is_empty());
            write_segments(&item.segments, line);
        }
        if self.single {
            line.push(",");
        }
    }

    fn is_exploded(&self) -> bool {
        let mut line = Flat::default();
        self.write(&mut line);
        line.exploded
    }
}

fn write_segments(segments: &[Segment<'_>], line: &mut Flat) {
    for segment in segments {
        match segment {
            Segment::Text(text) => line.push(text),
            Segment::Expr(expr, least) => line.expr(expr, *least),
            Segment::Inside(expr) => line.bare(expr),
            Segment::Clause(clause) => line.clause(clause),
            Segment::Parameter(parameter) => line.parameter(parameter),
            Segment::Key(key) => line.key(key),
            Segment::Group(group) => {
                line.text.push(group.open);
                group.write(line);
                line.text.push(closing(group.open));
            }
        }
    }
}

/// Takes a line apart into text and the brackets at its top level.
#[derive(Default)]
struct Apart<'e> {
    pieces: Vec<Piece<'e>>,
}

impl<'e> Apart<'e> {
    fn text(&mut self, text: &str) {
        self.write(|line| line.push(text));
    }

    fn write(&mut self, write: impl FnOnce(&mut Flat)) {
        let mut line = Flat::default();
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            line.text = std::mem::take(last);
            write(&mut line);
            *last = line.text;
        } else {
            write(&mut line);
            self.pieces.push(Piece::Text(line.text));
        }
    }

    fn segments(&mut self, segments: &[Segment<'e>]) {
        for segment in segments {
            match segment {
                Segment::Text(text) => self.text(text),
                Segment::Expr(expr, least) => self.expr(expr, *least),
                Segment::Inside(expr) => self.bare(expr),
                Segment::Clause(clause) => {
                    self.text("for ");
                    self.expr(&clause.target, Precedence::Commas);
                    self.text(" in ");
                    self.expr(&clause.iterable, Precedence::Or);
                    for condition in &clause.conditions {
                        self.text(" if ");
                        self.expr(condition, Precedence::Or);
                    }
                }
                Segment::Parameter(parameter) => {
                    self.text(&parameter.name);
                    if let Some(default) = &parameter.default {
                        self.text("=");
                        self.expr(default, Precedence::Choice);
                    }
                }
                Segment::Key(key) => self.write(|line| line.key(key)),
                Segment::Group(group) => self.pieces.push(Piece::Group(group.clone())),
            }
        }
    }

    fn expr(&mut self, expr: &'e Expr, least: Precedence) {
        if expr.parenthesised || expr.needs_parentheses(least) {
            match &expr.kind {
                ExprKind::Tuple { items, layout, bare: true } => {
                    self.pieces.push(Piece::Group(Group::of_items('(', items, *layout, true)));
                }
                _ => self.pieces.push(Piece::Group(Group::of_one('(', Segment::Inside(expr)))),
            }
        } else {
            self.bare(expr);
        }
    }

    /// What stands in front of a dot, a bracket or a call.
    fn operand(&mut self, expr: &'e Expr) {
        if matches!(expr.kind, ExprKind::Number(_)) {
            self.write(|line| line.operand(expr));
        } else {
            self.expr(expr, Precedence::Atom);
        }
    }

    fn bare(&mut self, expr: &'e Expr) {
        match &expr.kind {
            ExprKind::Attribute(value, name) => {
                self.operand(value);
                self.write(|line| {
                    line.text.push('.');
                    line.push(name);
                });
            }
            ExprKind::Subscript(value, index) => {
                self.operand(value);
                let group = match &index.kind {
                    ExprKind::Tuple { items, layout, bare: true } if !index.parenthesised => {
                        Group { single: items.len() == 1, ..Group::of_items('[', items, *layout, false) }
                    }
                    _ => Group::of_one('[', Segment::Expr(index, Precedence::Commas)),
                };
                self.pieces.push(Piece::Group(group));
            }
            ExprKind::Call { function, arguments, layout } => {
                self.operand(function);
                self.pieces.push(Piece::Group(match only_generator(arguments) {
                    Some((element, clauses)) => Group::of_comprehension('(', element, clauses),
                    None => Group::of_items('(', arguments, *layout, false),
                }));
            }
            ExprKind::Unary(operator, operand) => {
                self.text(operator.text());
                self.expr(operand, operator.precedence());
            }
            ExprKind::Binary(left, operator, right) => {
                let sides = sides(*operator);
                self.expr(left, sides.0);
                self.text(between(left, *operator, right));
                self.expr(right, sides.1);
            }
            ExprKind::Compare(first, rest) => {
                self.expr(first, Precedence::BitOr);
                for (operator, operand) in rest.iter() {
                    self.write(|line| line.spaced(operator.text()));
                    self.expr(operand, Precedence::BitOr);
                }
            }
            ExprKind::Boolean(operator, operands) => {
                for (at, operand) in operands.iter().enumerate() {
                    if at > 0 {
                        self.write(|line| line.spaced(operator.text()));
                    }
                    self.expr(operand, operator.precedence().next());
                }
            }
            ExprKind::Conditional { value, condition, otherwise } => {
                self.expr(value, Precedence::Or);
                self.text(" if ");
                self.expr(condition, Precedence::Or);
                self.text(" else ");
                self.expr(otherwise, Precedence::Choice);
            }
            ExprKind::Lambda(parameters, body) => {
                self.write(|line| line.lambda_head(parameters));
                self.expr(body, Precedence::Choice);
            }
            ExprKind::Tuple { items, layout, bare: false } => {
                self.pieces.push(Piece::Group(Group::of_items('(', items, *layout, true)));
            }
            ExprKind::List(items, layout) => {
                self.pieces.push(Piece::Group(Group::of_items('[', items, *layout, true)));
            }
            ExprKind::Dict(items, layout) | ExprKind::Set(items, layout) => {
                self.pieces.push(Piece::Group(Group::of_items('{', items, *layout, true)));
            }
            ExprKind::Comprehension { bracket, element, clauses } => {
                self.pieces.push(Piece::Group(Group::of_comprehension(*bracket, element, clauses)));
            }
            ExprKind::Name(_)
            | ExprKind::Hole(_)
            | ExprKind::Number(_)
            | ExprKind::Str(_)
            | ExprKind::Formatted(_)
            | ExprKind::Constant(_)
            | ExprKind::Slice { .. }
            | ExprKind::Tuple { bare: true, .. } => self.write(|line| line.bare(expr)),
        }
    }
}

/// Prints lines.
#[derive(Default)]
struct Printer {
    lines: Vec<Line>,
}

impl Printer {
    fn push(&mut self, text: String, origin: Option<Span>) {
        self.lines.push(Line { text, origin });
    }

    /// Prints `head`, segments and `tail`.
    fn print(&mut self, segments: &[Segment<'_>], frame: Frame, head: &str, tail: &str) {
        let Frame { indent, origin, bracketed } = frame;
        let mut line = Flat::of(String::with_capacity(WIDTH + WIDTH / 4));
        line.text.extend(std::iter::repeat_n(' ', indent));
        line.push(head);
        write_segments(segments, &mut line);
        line.push(tail);
        if !line.exploded && width(&line.text) <= WIDTH {
            line.text.truncate(line.text.trim_end().len());
            return self.push(line.text, origin);
        }
        if let Some((before, last)) = single(segments) {
            match &last.kind {
                ExprKind::Conditional { value, condition, otherwise } => {
                    let arms = [
                        [before, Segment::Expr(value, Precedence::Or)],
                        [Segment::Text("if "), Segment::Expr(condition, Precedence::Or)],
                        [Segment::Text("else "), Segment::Expr(otherwise, Precedence::Choice)],
                    ];
                    return self.conditional(&arms, segments, frame, head, tail);
                }
                ExprKind::Binary(..)
                    if bracketed
                        && head.is_empty()
                        && last.precedence() == Precedence::Sum
                        && !matches!(before, Segment::Key(Key::Entry(_))) =>
                {
                    return self.sum(before, last, frame, tail);
                }
                ExprKind::Tuple { items, bare: true, .. } if head == "return " || head.ends_with(" = ") => {
                    // A tuple that is broken gets parentheses.
                    let group = Group::of_items('(', items, Layout::Exploded, true);
                    return self.group(&group, frame, &format!("{head}("), &format!("){tail}"));
                }
                _ => {}
            }
        }
        let mut apart = Apart::default();
        apart.segments(segments);
        match chosen(&apart.pieces, WIDTH.saturating_sub(indent + width(head))) {
            Some((at, group)) => {
                let mut before = Flat::default();
                before.push(head);
                write_pieces(&apart.pieces[..at], &mut before);
                before.text.push(group.open);
                let mut behind = Flat::default();
                behind.text.push(closing(group.open));
                write_pieces(&apart.pieces[at + 1..], &mut behind);
                behind.push(tail);
                self.group(group, frame, &before.text, &behind.text);
            }
            None => self.push(line.text, origin),
        }
    }

    /// A conditional expression that does not fit: in parentheses, an arm a line.
    fn conditional(
        &mut self,
        arms: &[[Segment<'_>; 2]; 3],
        whole: &[Segment<'_>],
        frame: Frame,
        head: &str,
        tail: &str,
    ) {
        let Frame { indent, origin, bracketed } = frame;
        if bracketed && head.is_empty() {
            for (at, arm) in arms.iter().enumerate() {
                self.print(arm, frame, "", if at == 2 { tail } else { "" });
            }
            return;
        }
        let pad = " ".repeat(indent);
        self.push(format!("{pad}{head}("), origin);
        let mut line = Flat::of(" ".repeat(indent + INDENT));
        write_segments(whole, &mut line);
        if !line.exploded && width(&line.text) <= WIDTH {
            self.push(line.text, origin);
        } else {
            let inner = Frame { indent: indent + INDENT, origin, bracketed: true };
            arms.iter().for_each(|arm| self.print(arm, inner, "", ""));
        }
        self.push(format!("{pad}){tail}"), origin);
    }

    /// A sum within brackets breaks at its operators.
    fn sum<'e>(&mut self, before: Segment<'e>, sum: &'e Expr, frame: Frame, tail: &str) {
        let mut terms: Vec<[Segment<'e>; 2]> = Vec::new();
        let mut rest = sum;
        while let ExprKind::Binary(left, operator @ (BinaryOperator::Add | BinaryOperator::Subtract), right) =
            &rest.kind
        {
            let operator = if *operator == BinaryOperator::Add { "+ " } else { "- " };
            terms.push([Segment::Text(operator), Segment::Expr(right, Precedence::Product)]);
            rest = left;
            if rest.parenthesised {
                break;
            }
        }
        terms.push([before, Segment::Expr(rest, Precedence::Sum)]);
        for (at, term) in terms.iter().enumerate().rev() {
            self.print(term, frame, "", if at == 0 { tail } else { "" });
        }
    }

    /// Brackets on several lines: `head` ends with the opening one, `tail` begins with the closing one.
    fn group(&mut self, group: &Group<'_>, frame: Frame, head: &str, tail: &str) {
        let Frame { indent, origin, .. } = frame;
        let pad = " ".repeat(indent);
        self.push(format!("{pad}{head}"), origin);
        let own_lines = group.comma && (group.literal && group.items.len() > 1 || group.layout != Layout::Fit);
        let mut line = Flat::of(" ".repeat(indent + INDENT));
        group.write(&mut line);
        if !own_lines && !line.exploded && width(&line.text) <= WIDTH {
            self.push(line.text, origin);
            self.push(format!("{pad}{tail}"), origin);
            return;
        }
        // A single item has no trailing comma, unless it was asked to stand on its own line.
        let commas = group.comma && (group.items.len() > 1 || group.layout == Layout::Exploded) || group.single;
        let inner_pad = " ".repeat(indent + INDENT);
        for item in &group.items {
            let place = item.origin.or(origin);
            for comment in item.above() {
                for text in comment_lines(comment, &inner_pad) {
                    self.push(text, place);
                }
            }
            let before = self.lines.len();
            let inner = Frame { indent: indent + INDENT, origin: place, bracketed: true };
            self.print(&item.segments, inner, "", if commas { "," } else { "" });
            let Some(comment) = item.behind() else { continue };
            match &mut self.lines[before..] {
                [only] if width(&only.text) + width(comment) + 4 <= WIDTH => {
                    let _ = write!(only.text, "  # {comment}");
                }
                _ => {
                    let above = comment_lines(comment, &inner_pad).into_iter();
                    self.lines.splice(before..before, above.map(|text| Line { text, origin: place }));
                }
            }
        }
        self.push(format!("{pad}{tail}"), origin);
    }

    // --------------------------------------------------------------------------------------------------- statements

    fn block(&mut self, statements: &[Statement], indent: usize) {
        statements.iter().for_each(|statement| self.statement(statement, indent));
    }

    fn statement(&mut self, statement: &Statement, indent: usize) {
        let origin = statement.origins.last();
        for _ in 0..statement.blank_lines {
            self.push(String::new(), None);
        }
        let pad = " ".repeat(indent);
        for comment in statement.comments.above() {
            for text in comment_lines(comment, &pad) {
                self.push(text, origin);
            }
        }
        let mut start = self.lines.len();
        let frame = Frame { indent, origin, bracketed: false };
        let commas = Precedence::Commas;
        let mut body: Option<&[Statement]> = None;
        match &statement.kind {
            StatementKind::Remark => return,
            StatementKind::Docstring(text) => {
                let text = format!("{pad}\"\"\"{text}\"\"\"");
                text.split('\n').for_each(|line| self.push(line.trim_end().to_owned(), origin));
            }
            StatementKind::Expression(value) => self.print(&[Segment::Expr(value, commas)], frame, "", ""),
            StatementKind::Assign(targets, value) => {
                let mut head = Flat::default();
                for target in targets {
                    head.expr(target, commas);
                    head.push(" = ");
                }
                if indent + width(&head.text) < WIDTH {
                    self.print(&[Segment::Expr(value, commas)], frame, &head.text, "");
                } else {
                    let target = |target| [Segment::Expr(target, commas), Segment::Text(" = ")];
                    let mut segments: Vec<Segment<'_>> = targets.iter().flat_map(target).collect();
                    segments.push(Segment::Expr(value, commas));
                    self.print(&segments, frame, "", "");
                }
            }
            StatementKind::AugmentedAssign(target, operator, value) => {
                let mut head = Flat::default();
                head.expr(target, commas);
                let _ = write!(head.text, " {}= ", operator.text());
                self.print(&[Segment::Expr(value, commas)], frame, &head.text, "");
            }
            StatementKind::Return(value) | StatementKind::Raise(value) => {
                let word = if matches!(statement.kind, StatementKind::Return(_)) { "return " } else { "raise " };
                let value: Vec<Segment<'_>> = value.iter().map(|value| Segment::Expr(value, commas)).collect();
                self.print(&value, frame, word, "");
            }
            StatementKind::Word(word) => self.print(&[], frame, word, ""),
            StatementKind::Scope(word, names) => self.print(&[], frame, &format!("{word} {}", names.join(", ")), ""),
            StatementKind::Import { from, names, layout } => self.import(from.as_deref(), names, *layout, frame),
            StatementKind::If(arms) => {
                for (at, arm) in arms.iter().enumerate() {
                    let origin = if at == 0 { origin } else { arm.origins.last() };
                    for comment in arm.comments.above() {
                        for text in comment_lines(comment, &pad) {
                            self.push(text, origin);
                        }
                    }
                    let start = self.lines.len();
                    let frame = Frame { origin, ..frame };
                    match &arm.condition {
                        Some(condition) => {
                            let word = if at == 0 { "if " } else { "elif " };
                            let segments = [Segment::Text(word), Segment::Expr(condition, Precedence::Choice)];
                            self.print(&segments, frame, "", ":");
                        }
                        None => self.print(&[], frame, "else", ":"),
                    }
                    let comments = if at == 0 { &statement.comments } else { &arm.comments };
                    let reference = if at == 0 { &statement.reference } else { &arm.reference };
                    self.remark(start, &pad, comments.behind(), reference.as_deref());
                    self.block(&arm.body, indent + INDENT);
                }
            }
            StatementKind::For(target, iterable, inner) => {
                let segments = [
                    Segment::Text("for "),
                    Segment::Expr(target, commas),
                    Segment::Text(" in "),
                    Segment::Expr(iterable, commas),
                ];
                self.print(&segments, frame, "", ":");
                body = Some(inner);
            }
            StatementKind::While(condition, inner) => {
                let segments = [Segment::Text("while "), Segment::Expr(condition, Precedence::Choice)];
                self.print(&segments, frame, "", ":");
                body = Some(inner);
            }
            StatementKind::With(contexts, inner) => {
                let mut segments = vec![Segment::Text("with ")];
                for (at, (value, target)) in contexts.iter().enumerate() {
                    if at > 0 {
                        segments.push(Segment::Text(", "));
                    }
                    segments.push(Segment::Expr(value, Precedence::Choice));
                    if let Some(target) = target {
                        segments.extend([Segment::Text(" as "), Segment::Expr(target, Precedence::Atom)]);
                    }
                }
                self.print(&segments, frame, "", ":");
                body = Some(inner);
            }
            StatementKind::Function { decorators, name, parameters, layout, body: inner } => {
                self.decorators(decorators, frame, &pad);
                start = self.lines.len();
                let entry = |parameter| Entry::of(vec![Segment::Parameter(parameter)]);
                let items = parameters.iter().map(entry).collect();
                let group = Group { open: '(', items, comma: true, layout: *layout, literal: false, single: false };
                let segments = [Segment::Text("def "), Segment::Text(name), Segment::Group(group)];
                self.print(&segments, frame, "", ":");
                body = Some(inner);
            }
            StatementKind::Class { decorators, name, bases, body: inner } => {
                self.decorators(decorators, frame, &pad);
                start = self.lines.len();
                let mut segments = vec![Segment::Text("class "), Segment::Text(name)];
                if !bases.is_empty() {
                    segments.push(Segment::Group(Group::of_items('(', bases, Layout::Fit, false)));
                }
                self.print(&segments, frame, "", ":");
                body = Some(inner);
            }
        }
        if !matches!(statement.kind, StatementKind::If(_)) {
            self.remark(start, &pad, statement.comments.behind(), statement.reference.as_deref());
        }
        if let Some(body) = body {
            self.block(body, indent + INDENT);
        }
    }

    fn decorators(&mut self, decorators: &[Item], frame: Frame, pad: &str) {
        for decorator in decorators {
            let start = self.lines.len();
            let origin = decorator.value.origins.last().or(frame.origin);
            self.print(&[Segment::Expr(&decorator.value, Precedence::Choice)], Frame { origin, ..frame }, "@", "");
            self.remark(start, pad, decorator.comments.behind(), None);
        }
    }

    fn import(&mut self, from: Option<&str>, names: &[(Rc<str>, Option<Rc<str>>)], layout: Layout, frame: Frame) {
        let name = |(name, renamed): &(Rc<str>, Option<Rc<str>>)| match renamed {
            Some(renamed) => format!("{name} as {renamed}"),
            None => name.to_string(),
        };
        let names: Vec<String> = names.iter().map(name).collect();
        let Some(from) = from else {
            return self.print(&[], frame, &format!("import {}", names.join(", ")), "");
        };
        let head = format!("from {from} import ");
        let line = format!("{head}{}", names.join(", "));
        if layout == Layout::Fit && frame.indent + width(&line) <= WIDTH {
            return self.print(&[], frame, &line, "");
        }
        let items = names.iter().map(|name| Entry::of(vec![Segment::Text(name)])).collect();
        let layout = Layout::Exploded;
        let group = Group { open: '(', items, comma: true, layout, literal: true, single: false };
        self.group(&group, frame, &format!("{head}("), ")");
    }

    /// Puts comments behind the first of the lines since `start`, or above it where there is no room.
    fn remark(&mut self, start: usize, pad: &str, comment: Option<&str>, reference: Option<&str>) {
        let fits = |line: &Line, text: &str| width(&line.text) + width(text) + 4 <= WIDTH;
        let mut above: Vec<&str> = Vec::new();
        match (comment, reference, &mut self.lines[start..]) {
            (None, None, _) => return,
            (Some(comment), Some(reference), [only]) if fits(only, &format!("{comment} ({reference})")) => {
                let _ = write!(only.text, "  # {comment} ({reference})");
            }
            (Some(comment), None, [only]) if fits(only, comment) => {
                let _ = write!(only.text, "  # {comment}");
            }
            (comment, reference, lines) => {
                above.extend(comment);
                match (reference, lines) {
                    (Some(reference), [first, ..]) if fits(first, reference) => {
                        let _ = write!(first.text, "  # {reference}");
                    }
                    (reference, _) => above.extend(reference),
                }
            }
        }
        let origin = self.lines.get(start).and_then(|line| line.origin);
        let texts = above.into_iter().flat_map(|comment| comment_lines(comment, pad));
        let lines: Vec<Line> = texts.map(|text| Line { text, origin }).collect();
        self.lines.splice(start..start, lines);
    }
}

/// The expression that a line is, and what stands in front of it.
fn single<'e>(segments: &[Segment<'e>]) -> Option<(Segment<'e>, &'e Expr)> {
    let (before, expr, least) = match segments {
        [Segment::Expr(expr, least)] => (Segment::Text(""), expr, least),
        [before @ (Segment::Text(_) | Segment::Key(_)), Segment::Expr(expr, least)] => (before.clone(), expr, least),
        _ => return None,
    };
    let enclosed = expr.parenthesised || expr.needs_parentheses(*least);
    (!enclosed).then_some((before, *expr))
}

/// The last brackets that something stands in and whose opening one has room; those that must be broken go before others.
fn chosen<'p, 'e>(pieces: &'p [Piece<'e>], room: usize) -> Option<(usize, &'p Group<'e>)> {
    let mut line = Flat::default();
    let mut found = None;
    for (at, piece) in pieces.iter().enumerate() {
        if let Piece::Group(group) = piece {
            let exploded = group.is_exploded();
            if !group.items.is_empty() && width(&line.text) < room || exploded {
                found = Some((at, group));
            }
            if exploded {
                break;
            }
        }
        write_pieces(std::slice::from_ref(piece), &mut line);
    }
    found
}

fn write_pieces(pieces: &[Piece<'_>], line: &mut Flat) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => line.push(text),
            Piece::Group(group) => {
                line.text.push(group.open);
                group.write(line);
                line.text.push(closing(group.open));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::parse;

    fn broken(text: &str) -> Vec<String> {
        let read = parse::statements(text).expect("it is in the subset");
        statements(&read, 2).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn short_statements_stay_on_one_line() {
        assert_eq!(broken("x = f( a,b )"), ["        x = f(a, b)"]);
    }

    #[test]
    fn long_calls_break_first_inside_and_then_at_every_comma() {
        let inner = "a".repeat(60);
        assert_eq!(
            broken(&format!("x = function({inner}, second_argument, third=3)(x)")),
            [
                "        x = function(".to_owned(),
                format!("            {inner}, second_argument, third=3"),
                "        )(x)".to_owned()
            ]
        );
        let lines = broken(&format!("x = function({inner}, {inner})"));
        assert_eq!(lines[1], format!("            {inner},"));
        assert_eq!(lines[3], "        )");
    }

    #[test]
    fn a_sum_within_brackets_breaks_at_its_operators() {
        let long = "first_of_all * (second + third)";
        assert_eq!(
            broken(&format!("x = Dense({long} + 2 * {long} - {long}, 1024, activation=\"relu\")(another_name)")),
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
    fn targets_that_do_not_fit_are_broken_before_the_value() {
        let names: Vec<String> = (0..20).map(|number| format!("name{number}")).collect();
        let lines = broken(&format!("[{}] = f(x)", names.join(", ")));
        assert_eq!((lines[0].as_str(), lines[1].as_str()), ("        [", "            name0,"));
        assert_eq!(lines[21], "        ] = f(x)");
    }

    #[test]
    fn powers_and_slices_have_blanks_where_they_are_more_than_names() {
        for text in
            ["2**i", "self.width**-1", "max(a, b) ** 2", "2 ** (i + 1)", "x[a:b]", "x[: self.a]", "x[a + 1 :: 2]"]
        {
            assert_eq!(flat(&parse::expression(text).expect("it is in the subset")), text);
        }
    }
}
