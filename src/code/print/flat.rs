//! Code on one line: precedence, quotes and blanks.
//!
//! Architecture Invariant: it knows no width, and nothing of lines but what must not stand on one.

use crate::code::tree::{
    BinaryOperator, Clause, Constant, Expr, ExprKind, Item, Key, Layout, Parameter, Part, Precedence, UnaryOperator,
};
use std::fmt::Write as _;
use std::rc::Rc;

/// Code on one line.
#[derive(Default)]
pub(super) struct Flat {
    pub text: String,
    /// Whether something in it must not stand on one line.
    pub exploded: bool,
    /// Whether this stands in an f-string.
    formatted: bool,
}

impl Flat {
    /// A line that begins with a text.
    pub(super) fn of(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// An expression where only what binds at least so strongly can stand without parentheses.
    pub(super) fn expr(&mut self, expr: &Expr, least: Precedence) {
        if expr.parenthesised || expr.needs_parentheses(least) {
            self.text.push('(');
            self.bare(expr);
            self.text.push(')');
        } else {
            self.bare(expr);
        }
    }

    pub(super) fn bare(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(text) | ExprKind::Number(text) => self.push(text),
            ExprKind::Hole(hole) => self.text.extend(std::iter::repeat_n('_', hole.width as usize)),
            ExprKind::Str(text) => self.string(text),
            ExprKind::Formatted(parts) => self.format_string(parts),
            ExprKind::Constant(constant) => self.push(match constant {
                Constant::True => "True",
                Constant::False => "False",
                Constant::None => "None",
                Constant::Ellipsis => "...",
            }),
            ExprKind::Attribute(value, name) => {
                self.operand(value);
                self.text.push('.');
                self.push(name);
            }
            ExprKind::Subscript(value, index) => {
                self.operand(value);
                self.text.push('[');
                self.expr(index, Precedence::Commas);
                self.text.push(']');
            }
            ExprKind::Slice { start, stop, step } => self.slice([start, stop, step]),
            ExprKind::Call { function, arguments, layout } => {
                self.operand(function);
                self.text.push('(');
                match only_generator(arguments) {
                    Some((element, clauses)) => self.comprehension(element, clauses),
                    None => self.items(arguments, *layout),
                }
                self.text.push(')');
            }
            ExprKind::Unary(operator, operand) => {
                self.push(operator.text());
                self.expr(operand, operator.precedence());
            }
            ExprKind::Binary(left, operator, right) => {
                let sides = sides(*operator);
                self.expr(left, sides.0);
                self.push(between(left, *operator, right));
                self.expr(right, sides.1);
            }
            ExprKind::Compare(first, rest) => {
                self.expr(first, Precedence::BitOr);
                for (operator, operand) in rest.iter() {
                    self.spaced(operator.text());
                    self.expr(operand, Precedence::BitOr);
                }
            }
            ExprKind::Boolean(operator, operands) => {
                for (at, operand) in operands.iter().enumerate() {
                    if at > 0 {
                        self.spaced(operator.text());
                    }
                    self.expr(operand, operator.precedence().next());
                }
            }
            ExprKind::Conditional { value, condition, otherwise } => {
                self.expr(value, Precedence::Or);
                self.push(" if ");
                self.expr(condition, Precedence::Or);
                self.push(" else ");
                self.expr(otherwise, Precedence::Choice);
            }
            ExprKind::Lambda(parameters, body) => {
                self.lambda_head(parameters);
                self.expr(body, Precedence::Choice);
            }
            ExprKind::Tuple { items, layout, bare } => {
                // Where it can't do without, `expr` has written them.
                if !bare {
                    self.text.push('(');
                }
                self.items(items, *layout);
                if items.len() == 1 {
                    self.text.push(',');
                }
                if !bare {
                    self.text.push(')');
                }
            }
            ExprKind::List(items, layout) => self.enclosed("[", "]", items, *layout),
            ExprKind::Dict(items, layout) | ExprKind::Set(items, layout) => self.enclosed("{", "}", items, *layout),
            ExprKind::Comprehension { bracket, element, clauses } => {
                self.text.push(*bracket);
                self.comprehension(element, clauses);
                self.text.push(closing(*bracket));
            }
        }
    }

    /// What stands in front of a dot, a bracket or a call.
    pub(super) fn operand(&mut self, expr: &Expr) {
        if matches!(expr.kind, ExprKind::Number(_)) && !expr.parenthesised {
            self.text.push('(');
            self.bare(expr);
            self.text.push(')');
        } else {
            self.expr(expr, Precedence::Atom);
        }
    }

    pub(super) fn spaced(&mut self, operator: &str) {
        self.text.push(' ');
        self.push(operator);
        self.text.push(' ');
    }

    pub(super) fn enclosed(&mut self, open: &str, close: &str, items: &[Item], layout: Layout) {
        self.push(open);
        self.items(items, layout);
        self.push(close);
    }

    pub(super) fn items(&mut self, items: &[Item], layout: Layout) {
        self.exploded |= layout == Layout::Exploded && !items.is_empty();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.item(item);
        }
    }

    pub(super) fn item(&mut self, item: &Item) {
        self.exploded |= !item.comments.is_empty();
        self.key(&item.key);
        self.expr(&item.value, least(item));
    }

    /// What stands in front of an item's value.
    pub(super) fn key(&mut self, key: &Key) {
        match key {
            Key::None => {}
            Key::Keyword(name) => {
                self.push(name);
                self.text.push('=');
            }
            Key::Star => self.push("*"),
            Key::DoubleStar => self.push("**"),
            Key::Entry(key) => {
                self.expr(key, Precedence::Choice);
                self.push(": ");
            }
        }
    }

    pub(super) fn comprehension(&mut self, element: &Item, clauses: &[Clause]) {
        self.item(element);
        for clause in clauses {
            self.exploded |= !clause.comments.is_empty();
            self.text.push(' ');
            self.clause(clause);
        }
    }

    pub(super) fn clause(&mut self, clause: &Clause) {
        self.push("for ");
        self.expr(&clause.target, Precedence::Commas);
        self.push(" in ");
        self.expr(&clause.iterable, Precedence::Or);
        for condition in &clause.conditions {
            self.push(" if ");
            self.expr(condition, Precedence::Or);
        }
    }

    /// With blanks around the colons where a part is more than a name or a number.
    pub(super) fn slice(&mut self, parts: [&Option<Rc<Expr>>; 3]) {
        let [start, stop, step] = parts.map(Option::as_deref);
        let apart = parts.iter().any(|part| part.as_deref().is_some_and(|part| !is_plain(part)));
        if let Some(start) = start {
            self.expr(start, Precedence::Choice);
            self.push(if apart { " " } else { "" });
        }
        self.text.push(':');
        if let Some(stop) = stop {
            self.push(if apart { " " } else { "" });
            self.expr(stop, Precedence::Choice);
        }
        if let Some(step) = step {
            self.push(if apart && stop.is_some() { " :" } else { ":" });
            self.push(if apart { " " } else { "" });
            self.expr(step, Precedence::Choice);
        }
    }

    pub(super) fn lambda_head(&mut self, parameters: &[Parameter]) {
        self.push("lambda");
        for (at, parameter) in parameters.iter().enumerate() {
            self.push(if at > 0 { ", " } else { " " });
            self.parameter(parameter);
        }
        self.push(": ");
    }

    pub(super) fn parameter(&mut self, parameter: &Parameter) {
        self.push(&parameter.name);
        if let Some(default) = &parameter.default {
            self.text.push('=');
            self.expr(default, Precedence::Choice);
        }
    }

    pub(super) fn string(&mut self, text: &str) {
        // The quotes that need fewer backslashes; those of an f-string are not allowed in it.
        let count = |quote| text.matches(quote).count();
        let quote = if self.formatted || count('"') > count('\'') { '\'' } else { '"' };
        self.text.push(quote);
        self.escaped(text, quote);
        self.text.push(quote);
    }

    pub(super) fn escaped(&mut self, text: &str, quote: char) {
        for found in text.chars() {
            match found {
                '\\' => self.push("\\\\"),
                '\n' => self.push("\\n"),
                '\t' => self.push("\\t"),
                '\r' => self.push("\\r"),
                found if found == quote => {
                    self.text.push('\\');
                    self.text.push(found);
                }
                found if found.is_ascii_control() => {
                    let _ = write!(self.text, "\\x{:02x}", u32::from(found));
                }
                found => self.text.push(found),
            }
        }
    }

    pub(super) fn format_string(&mut self, parts: &[Part]) {
        let quote = if self.formatted { '\'' } else { '"' };
        self.text.push('f');
        self.text.push(quote);
        for part in parts {
            match part {
                Part::Text(text) => self.escaped(&text.replace('{', "{{").replace('}', "}}"), quote),
                Part::Value(value, behind) => {
                    self.text.push('{');
                    let start = self.text.len();
                    let outer = std::mem::replace(&mut self.formatted, true);
                    self.expr(value, Precedence::Or);
                    self.formatted = outer;
                    if self.text[start..].starts_with('{') {
                        self.text.insert(start, ' ');
                    }
                    self.push(behind);
                    self.text.push('}');
                }
            }
        }
        self.text.push(quote);
    }
}

/// How strongly an item's value has to bind. Only the items of an index are slices.
pub(super) fn least(item: &Item) -> Precedence {
    match (&item.key, &item.value.kind) {
        (Key::Star | Key::DoubleStar, _) => Precedence::BitOr,
        (_, ExprKind::Slice { .. }) => Precedence::Commas,
        _ => Precedence::Choice,
    }
}

/// How strongly what stands left and right of an operator has to bind.
pub(super) fn sides(operator: BinaryOperator) -> (Precedence, Precedence) {
    match operator.precedence() {
        Precedence::Power => (Precedence::Atom, Precedence::Sign),
        precedence => (precedence, precedence.next()),
    }
}

/// An operator with the blanks around it. A power of names and numbers has none.
pub(super) fn between(left: &Expr, operator: BinaryOperator, right: &Expr) -> &'static str {
    match operator {
        BinaryOperator::Add => " + ",
        BinaryOperator::Subtract => " - ",
        BinaryOperator::Multiply => " * ",
        BinaryOperator::Divide => " / ",
        BinaryOperator::FloorDivide => " // ",
        BinaryOperator::Remainder => " % ",
        BinaryOperator::MatrixMultiply => " @ ",
        BinaryOperator::Power if is_power_operand(left) && is_power_operand(right) => "**",
        BinaryOperator::Power => " ** ",
        BinaryOperator::BitAnd => " & ",
        BinaryOperator::BitOr => " | ",
        BinaryOperator::BitXor => " ^ ",
        BinaryOperator::ShiftLeft => " << ",
        BinaryOperator::ShiftRight => " >> ",
    }
}

/// Whether a power has no blanks at this operand: a name, a number, an attribute of a name, or one of them with a sign.
pub(super) fn is_power_operand(expr: &Expr) -> bool {
    pub(super) fn is_path(expr: &Expr) -> bool {
        !expr.parenthesised
            && match &expr.kind {
                ExprKind::Name(_) => true,
                ExprKind::Attribute(value, _) => is_path(value),
                _ => false,
            }
    }
    match &expr.kind {
        _ if expr.parenthesised => false,
        ExprKind::Unary(UnaryOperator::Not, _) => false,
        ExprKind::Unary(_, operand) => {
            is_path(operand) || matches!(operand.kind, ExprKind::Number(_)) && !operand.parenthesised
        }
        ExprKind::Number(_) => true,
        _ => is_path(expr),
    }
}

/// Whether a slice has no blanks at this part: a name, a literal, or one of them with a sign.
pub(super) fn is_plain(expr: &Expr) -> bool {
    match &expr.kind {
        _ if expr.parenthesised => false,
        ExprKind::Name(_) | ExprKind::Number(_) | ExprKind::Str(_) | ExprKind::Constant(_) => true,
        ExprKind::Unary(_, operand) => is_plain(operand),
        _ => false,
    }
}

/// The comprehension that is all that a call takes, so that the call's parentheses are its own.
pub(super) fn only_generator(arguments: &[Item]) -> Option<(&Item, &[Clause])> {
    let [Item { key: Key::None, value: Expr { kind, parenthesised: false, .. }, comments }] = arguments else {
        return None;
    };
    match kind {
        ExprKind::Comprehension { bracket: '(', element, clauses } if comments.is_empty() => Some((element, clauses)),
        _ => None,
    }
}

pub(super) fn closing(bracket: char) -> char {
    match bracket {
        '[' => ']',
        '{' => '}',
        _ => ')',
    }
}
