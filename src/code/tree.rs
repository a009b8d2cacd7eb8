//! Expressions of Python, as far as generated code uses them.
//!
//! Children are shared, so that a tree is cloned for the price of its root.
//!
//! Architecture Invariant: no node holds code as text. Names, numbers and the words of strings, comments and docstrings are text.

use crate::span::Span;
use std::rc::Rc;

/// The places of the spec that a node comes from, in the order in which they were joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// It comes from no place.
    #[default]
    None,
    /// It comes from one place.
    One(Span),
    /// It was made of nodes that come from several.
    Several(Rc<Vec<Span>>),
}

impl Origins {
    /// The last one: what a printed line is told to come from.
    #[must_use]
    pub fn last(&self) -> Option<Span> {
        match self {
            Self::None => None,
            Self::One(span) => Some(*span),
            Self::Several(spans) => spans.last().copied(),
        }
    }
}

impl From<Option<Span>> for Origins {
    fn from(span: Option<Span>) -> Self {
        span.map_or(Self::None, Self::One)
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it comes from.
    pub origins: Origins,
    /// Whether it stands in parentheses that precedence does not ask for: readers are helped by some.
    pub parenthesised: bool,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A name.
    Name(Rc<str>),
    /// What is put in later.
    Hole(Hole),
    /// A number, as it was written.
    Number(Rc<str>),
    /// The text that a string literal stands for.
    Str(Rc<str>),
    /// An f-string.
    Formatted(Rc<[Part]>),
    /// `True`, `False`, `None` or `...`.
    Constant(Constant),
    /// `value.name`.
    Attribute(Rc<Expr>, Rc<str>),
    /// `value[index]`.
    Subscript(Rc<Expr>, Rc<Expr>),
    /// `start:stop:step`, as an index or in the tuple of one.
    Slice {
        /// Where it begins.
        start: Option<Rc<Expr>>,
        /// Where it ends.
        stop: Option<Rc<Expr>>,
        /// Every how many positions.
        step: Option<Rc<Expr>>,
    },
    /// `function(arguments)`.
    Call {
        /// What is called.
        function: Rc<Expr>,
        /// With what.
        arguments: Rc<[Item]>,
        /// How they stand.
        layout: Layout,
    },
    /// A prefix operator.
    Unary(UnaryOperator, Rc<Expr>),
    /// An operator of arithmetic between two expressions.
    Binary(Rc<Expr>, BinaryOperator, Rc<Expr>),
    /// `a < b <= c`.
    Compare(Rc<Expr>, Rc<[(Comparison, Expr)]>),
    /// `a and b and c`; at least two.
    Boolean(BooleanOperator, Rc<[Expr]>),
    /// `value if condition else otherwise`.
    Conditional {
        /// The value if the condition holds.
        value: Rc<Expr>,
        /// The condition.
        condition: Rc<Expr>,
        /// The value if it does not.
        otherwise: Rc<Expr>,
    },
    /// `lambda parameters: body`.
    Lambda(Rc<[Parameter]>, Rc<Expr>),
    /// `(a, b)`; without parentheses where it may stand so and `bare` says so.
    Tuple {
        /// What it holds.
        items: Rc<[Item]>,
        /// How they stand.
        layout: Layout,
        /// Whether it goes without parentheses.
        bare: bool,
    },
    /// `[a, b]`.
    List(Rc<[Item]>, Layout),
    /// `{key: value}`.
    Dict(Rc<[Item]>, Layout),
    /// `{a, b}`; never empty.
    Set(Rc<[Item]>, Layout),
    /// `[element for target in iterable]`, and the same in other brackets or as a function's only argument.
    Comprehension {
        /// The brackets: `[` of a list, `{` of a set or dict, `(` of a generator.
        bracket: char,
        /// What each round gives.
        element: Rc<Item>,
        /// The loops; at least one.
        clauses: Rc<[Clause]>,
    },
}

/// A place in a tree that something is put in later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Which one: two holes of one number are filled with the same.
    pub number: u32,
    /// The columns that are reckoned for it while it is open.
    pub width: u32,
}

/// A piece of an f-string.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text.
    Text(Rc<str>),
    /// A value, with what stands behind it in its braces: `!r`, `:.3f`.
    Value(Expr, Rc<str>),
}

/// A built-in value that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// `True`.
    True,
    /// `False`.
    False,
    /// `None`.
    None,
    /// `...`.
    Ellipsis,
}

/// An item of a call, a tuple, a list, a dict or a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What stands in front of the value.
    pub key: Key,
    /// The value.
    pub value: Expr,
    /// The comments above it and behind it.
    pub comments: Comments,
}

/// What stands in front of an item's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// Nothing.
    None,
    /// `name=`.
    Keyword(Rc<str>),
    /// `*`.
    Star,
    /// `**`.
    DoubleStar,
    /// `key: `, in a dict.
    Entry(Rc<Expr>),
}

/// How the items of brackets stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// On one line if they fit, else on the line between the brackets, else an item a line.
    #[default]
    Fit,
    /// On one line if they fit, else an item a line.
    Rows,
    /// An item a line in any case: what a trailing comma asks a formatter for.
    Exploded,
}

/// `for target in iterable if condition`.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// What is bound.
    pub target: Expr,
    /// What is gone through.
    pub iterable: Expr,
    /// Which rounds count.
    pub conditions: Vec<Expr>,
    /// The comments above it and behind it.
    pub comments: Comments,
    /// Where it comes from.
    pub origins: Origins,
}

/// The comments of a node, without their `#`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments(Option<Rc<(Vec<String>, Option<String>)>>);

impl Comments {
    /// Comments on lines of their own above, and one behind.
    #[must_use]
    pub fn new(above: Vec<String>, behind: Option<String>) -> Self {
        Self((!above.is_empty() || behind.is_some()).then(|| Rc::new((above, behind))))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Those above.
    #[must_use]
    pub fn above(&self) -> &[String] {
        self.0.as_ref().map_or(&[], |comments| &comments.0)
    }

    /// The one behind.
    #[must_use]
    pub fn behind(&self) -> Option<&str> {
        self.0.as_ref()?.1.as_deref()
    }

    /// Puts others above those that are there.
    pub fn put_above(&mut self, mut above: Vec<String>) {
        if !above.is_empty() {
            above.extend_from_slice(self.above());
            *self = Self::new(above, self.behind().map(str::to_owned));
        }
    }

    /// Puts one behind, and what stood there above.
    pub fn say(&mut self, comment: String) {
        let mut above = self.above().to_vec();
        above.extend(self.behind().map(str::to_owned));
        *self = Self::new(above, Some(comment));
    }

    /// Takes away the one behind.
    pub fn hush(&mut self) {
        *self = Self::new(self.above().to_vec(), None);
    }
}

/// A prefix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `+`
    Plus,
    /// `~`
    Invert,
    /// `not`
    Not,
}

/// An operator of arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `//`
    FloorDivide,
    /// `%`
    Remainder,
    /// `@`
    MatrixMultiply,
    /// `**`
    Power,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
}

/// An operator that compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

/// An operator on truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BooleanOperator {
    /// `and`
    And,
    /// `or`
    Or,
}

/// How strongly an expression holds together, from the weakest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precedence {
    /// What stands between commas: a tuple without parentheses, a slice.
    Commas,
    /// `a if c else b`, `lambda: a`.
    Choice,
    /// `or`
    Or,
    /// `and`
    And,
    /// `not`
    Not,
    /// Comparisons.
    Compare,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `&`
    BitAnd,
    /// `<<`, `>>`
    Shift,
    /// `+`, `-`
    Sum,
    /// `*`, `/`, `//`, `%`, `@`
    Product,
    /// The prefixes `-`, `+`, `~`.
    Sign,
    /// `**`
    Power,
    /// Names, numbers, calls, and what has brackets of its own.
    Atom,
}

impl Precedence {
    /// The next stronger one.
    #[must_use]
    pub fn next(self) -> Self {
        use Precedence::*;
        match self {
            Commas => Choice,
            Choice => Or,
            Or => And,
            And => Not,
            Not => Compare,
            Compare => BitOr,
            BitOr => BitXor,
            BitXor => BitAnd,
            BitAnd => Shift,
            Shift => Sum,
            Sum => Product,
            Product => Sign,
            Sign => Power,
            Power | Atom => Atom,
        }
    }
}

impl UnaryOperator {
    /// As it is written, with the blank that belongs to it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Negate => "-",
            Self::Plus => "+",
            Self::Invert => "~",
            Self::Not => "not ",
        }
    }

    /// How strongly it binds.
    #[must_use]
    pub fn precedence(self) -> Precedence {
        if self == Self::Not { Precedence::Not } else { Precedence::Sign }
    }
}

impl BinaryOperator {
    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::FloorDivide => "//",
            Self::Remainder => "%",
            Self::MatrixMultiply => "@",
            Self::Power => "**",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "^",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
        }
    }

    /// How strongly it binds.
    #[must_use]
    pub fn precedence(self) -> Precedence {
        match self {
            Self::Add | Self::Subtract => Precedence::Sum,
            Self::Multiply | Self::Divide | Self::FloorDivide | Self::Remainder | Self::MatrixMultiply => {
                Precedence::Product
            }
            Self::Power => Precedence::Power,
            Self::BitAnd => Precedence::BitAnd,
            Self::BitOr => Precedence::BitOr,
            Self::BitXor => Precedence::BitXor,
            Self::ShiftLeft | Self::ShiftRight => Precedence::Shift,
        }
    }
}

impl Comparison {
    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }
}

impl BooleanOperator {
    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
        }
    }

    /// How strongly it binds.
    #[must_use]
    pub fn precedence(self) -> Precedence {
        match self {
            Self::And => Precedence::And,
            Self::Or => Precedence::Or,
        }
    }
}

impl From<ExprKind> for Expr {
    fn from(kind: ExprKind) -> Self {
        Self { kind, origins: Origins::None, parenthesised: false }
    }
}

impl From<Expr> for Item {
    fn from(value: Expr) -> Self {
        Self { key: Key::None, value, comments: Comments::default() }
    }
}

impl Expr {
    /// A name.
    pub fn name(name: impl Into<Rc<str>>) -> Self {
        ExprKind::Name(name.into()).into()
    }

    /// A name, or the attributes of one: `a.b.c`.
    #[must_use]
    pub fn path(path: &str) -> Self {
        let mut names = path.split('.');
        let first = Self::name(names.next().unwrap_or_default());
        names.fold(first, |value, name| value.attribute(name))
    }

    /// A whole number.
    #[must_use]
    pub fn number(number: usize) -> Self {
        ExprKind::Number(number.to_string().into()).into()
    }

    /// `self.name`.
    #[must_use]
    pub fn attribute(self, name: &str) -> Self {
        ExprKind::Attribute(Rc::new(self), name.into()).into()
    }

    /// This, called.
    #[must_use]
    pub fn call(self, arguments: Vec<Item>) -> Self {
        self.call_in(arguments, Layout::Fit)
    }

    /// This, called with arguments that stand in a certain way.
    #[must_use]
    pub fn call_in(self, arguments: Vec<Item>, layout: Layout) -> Self {
        ExprKind::Call { function: Rc::new(self), arguments: arguments.into(), layout }.into()
    }

    /// Values with commas between them and no brackets around; a single one is itself.
    #[must_use]
    pub fn several(mut values: Vec<Self>) -> Self {
        if values.len() == 1
            && let Some(only) = values.pop()
        {
            return only;
        }
        let items = values.into_iter().map(Item::from).collect();
        ExprKind::Tuple { items, layout: Layout::Fit, bare: true }.into()
    }

    /// `value if condition else otherwise`.
    #[must_use]
    pub fn conditional(value: Self, condition: Self, otherwise: Self) -> Self {
        let (value, condition, otherwise) = (Rc::new(value), Rc::new(condition), Rc::new(otherwise));
        ExprKind::Conditional { value, condition, otherwise }.into()
    }

    /// This in parentheses, if it is more than an atom.
    #[must_use]
    pub fn in_parentheses(self) -> Self {
        let parenthesised = self.precedence() < Precedence::Atom;
        Self { parenthesised, ..self }
    }

    /// This without what asks for lines of its own: comments, and layouts.
    #[must_use]
    pub fn on_one_line(self) -> Self {
        match self.kind {
            ExprKind::Call { function, arguments, .. } => {
                let plain = |item: &Item| Item {
                    value: item.value.clone().on_one_line(),
                    comments: Comments::default(),
                    key: item.key.clone(),
                };
                let arguments = arguments.iter().map(plain).collect();
                Self { kind: ExprKind::Call { function, arguments, layout: Layout::Fit }, ..self }
            }
            _ => self,
        }
    }

    /// The name that this is, if it is one.
    #[must_use]
    pub fn as_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// Calls `visit` with each expression directly in this one.
    pub fn each_child<'e>(&'e self, visit: &mut dyn FnMut(&'e Self)) {
        fn items<'e>(items: &'e [Item], visit: &mut dyn FnMut(&'e Expr)) {
            for item in items {
                if let Key::Entry(key) = &item.key {
                    visit(key);
                }
                visit(&item.value);
            }
        }
        match &self.kind {
            ExprKind::Name(_) | ExprKind::Hole(_) | ExprKind::Number(_) | ExprKind::Str(_) | ExprKind::Constant(_) => {}
            ExprKind::Formatted(parts) => {
                for part in parts.iter() {
                    if let Part::Value(value, _) = part {
                        visit(value);
                    }
                }
            }
            ExprKind::Attribute(value, _) | ExprKind::Unary(_, value) => visit(value),
            ExprKind::Subscript(left, right) | ExprKind::Binary(left, _, right) => {
                visit(left);
                visit(right);
            }
            ExprKind::Slice { start, stop, step } => {
                [start, stop, step].into_iter().flatten().for_each(|part| visit(part))
            }
            ExprKind::Call { function, arguments, .. } => {
                visit(function);
                items(arguments, visit);
            }
            ExprKind::Compare(first, rest) => {
                visit(first);
                rest.iter().for_each(|(_, operand)| visit(operand));
            }
            ExprKind::Boolean(_, operands) => operands.iter().for_each(visit),
            ExprKind::Conditional { value, condition, otherwise } => {
                visit(value);
                visit(condition);
                visit(otherwise);
            }
            ExprKind::Lambda(parameters, body) => {
                parameters.iter().filter_map(|parameter| parameter.default.as_ref()).for_each(&mut *visit);
                visit(body);
            }
            ExprKind::Tuple { items: list, .. }
            | ExprKind::List(list, _)
            | ExprKind::Dict(list, _)
            | ExprKind::Set(list, _) => items(list, visit),
            ExprKind::Comprehension { element, clauses, .. } => {
                items(std::slice::from_ref(element), visit);
                for clause in clauses.iter() {
                    visit(&clause.target);
                    visit(&clause.iterable);
                    clause.conditions.iter().for_each(&mut *visit);
                }
            }
        }
    }

    /// Calls `visit` with each name in it.
    pub fn each_name<'e>(&'e self, visit: &mut dyn FnMut(&'e str)) {
        match &self.kind {
            ExprKind::Name(name) => return visit(name),
            ExprKind::Lambda(parameters, _) => {
                parameters.iter().for_each(|parameter| visit(parameter.name.trim_start_matches('*')))
            }
            _ => {}
        }
        self.each_child(&mut |child| child.each_name(visit));
    }

    /// Whether a name occurs in it.
    #[must_use]
    pub fn mentions(&self, wanted: &str) -> bool {
        let mut found = false;
        self.each_name(&mut |name| found |= name == wanted);
        found
    }

    /// Whether it is printed with a sign in front.
    #[must_use]
    pub fn begins_with_sign(&self) -> bool {
        !self.parenthesised
            && match &self.kind {
                ExprKind::Unary(operator, _) => *operator != UnaryOperator::Not,
                ExprKind::Binary(left, operator, _) => *operator != BinaryOperator::Power && left.begins_with_sign(),
                ExprKind::Compare(first, _) => first.begins_with_sign(),
                ExprKind::Boolean(_, operands) => operands.first().is_some_and(Self::begins_with_sign),
                ExprKind::Conditional { value, .. } => value.begins_with_sign(),
                _ => false,
            }
    }

    /// How many calls stand within each other at most.
    #[must_use]
    pub fn calls(&self) -> usize {
        let mut most = 0;
        match &self.kind {
            ExprKind::Call { function, arguments, .. } => {
                most = arguments.iter().map(|item| item.value.calls()).max().unwrap_or(0) + 1;
                most = most.max(function.calls());
            }
            _ => self.each_child(&mut |child| most = most.max(child.calls())),
        }
        most
    }

    /// This with its holes filled, as far as `fill` knows them. What has none is shared.
    ///
    /// A filler keeps the parentheses that stood around its hole if it is more than an atom, and gets some behind an operator if it begins
    /// with a sign.
    #[must_use]
    pub fn filled(&self, fill: &dyn Fn(Hole) -> Option<Self>) -> Self {
        self.refilled(fill).unwrap_or_else(|| self.clone())
    }

    /// This with its holes filled; nothing if there is none.
    fn refilled(&self, fill: &dyn Fn(Hole) -> Option<Self>) -> Option<Self> {
        let one = |expr: &Rc<Self>| expr.refilled(fill).map(Rc::new);
        let both = |left: &Rc<Self>, right: &Rc<Self>| match (one(left), one(right)) {
            (None, None) => None,
            (new_left, new_right) => {
                Some((new_left.unwrap_or_else(|| Rc::clone(left)), new_right.unwrap_or_else(|| Rc::clone(right))))
            }
        };
        let kind = match &self.kind {
            ExprKind::Hole(hole) => {
                let filler = fill(*hole)?;
                return Some(if self.parenthesised { filler.in_parentheses() } else { filler });
            }
            ExprKind::Name(_) | ExprKind::Number(_) | ExprKind::Str(_) | ExprKind::Constant(_) => return None,
            ExprKind::Formatted(parts) => ExprKind::Formatted(refilled_list(parts, |part| match part {
                Part::Text(_) => None,
                Part::Value(value, behind) => Some(Part::Value(value.refilled(fill)?, Rc::clone(behind))),
            })?),
            ExprKind::Attribute(value, name) => ExprKind::Attribute(one(value)?, Rc::clone(name)),
            ExprKind::Unary(operator, value) => ExprKind::Unary(*operator, one(value)?),
            ExprKind::Subscript(value, index) => {
                let (value, index) = both(value, index)?;
                ExprKind::Subscript(value, index)
            }
            ExprKind::Binary(left, operator, right) => {
                let (new_left, mut new_right) = both(left, right)?;
                let hole = matches!(right.kind, ExprKind::Hole(_)) && *operator != BinaryOperator::Power;
                if hole && new_right.begins_with_sign() {
                    Rc::make_mut(&mut new_right).parenthesised = true;
                }
                ExprKind::Binary(new_left, *operator, new_right)
            }
            ExprKind::Slice { start, stop, step } => {
                let part =
                    |part: &Option<Rc<Self>>| part.as_ref().map(|part| one(part).unwrap_or_else(|| Rc::clone(part)));
                ExprKind::Slice { start: part(start), stop: part(stop), step: part(step) }
            }
            ExprKind::Call { function, arguments, layout } => {
                let (called, new) = (one(function), refilled_items(arguments, fill));
                if called.is_none() && new.is_none() {
                    return None;
                }
                ExprKind::Call {
                    function: called.unwrap_or_else(|| Rc::clone(function)),
                    arguments: new.unwrap_or_else(|| Rc::clone(arguments)),
                    layout: *layout,
                }
            }
            ExprKind::Compare(first, rest) => {
                let (head, new) =
                    (one(first), refilled_list(rest, |(operator, operand)| Some((*operator, operand.refilled(fill)?))));
                if head.is_none() && new.is_none() {
                    return None;
                }
                ExprKind::Compare(head.unwrap_or_else(|| Rc::clone(first)), new.unwrap_or_else(|| Rc::clone(rest)))
            }
            ExprKind::Boolean(operator, operands) => {
                ExprKind::Boolean(*operator, refilled_list(operands, |operand| operand.refilled(fill))?)
            }
            ExprKind::Conditional { value, condition, otherwise } => {
                let part = |part: &Rc<Self>| one(part).unwrap_or_else(|| Rc::clone(part));
                ExprKind::Conditional { value: part(value), condition: part(condition), otherwise: part(otherwise) }
            }
            ExprKind::Lambda(parameters, body) => {
                let filled = refilled_list(parameters, |parameter| {
                    let default = parameter.default.as_ref()?.refilled(fill)?;
                    Some(Parameter { name: Rc::clone(&parameter.name), default: Some(default) })
                });
                let inner = one(body);
                if filled.is_none() && inner.is_none() {
                    return None;
                }
                let parameters = filled.unwrap_or_else(|| Rc::clone(parameters));
                ExprKind::Lambda(parameters, inner.unwrap_or_else(|| Rc::clone(body)))
            }
            ExprKind::Tuple { items, layout, bare } => {
                ExprKind::Tuple { items: refilled_items(items, fill)?, layout: *layout, bare: *bare }
            }
            ExprKind::List(items, layout) => ExprKind::List(refilled_items(items, fill)?, *layout),
            ExprKind::Dict(items, layout) => ExprKind::Dict(refilled_items(items, fill)?, *layout),
            ExprKind::Set(items, layout) => ExprKind::Set(refilled_items(items, fill)?, *layout),
            ExprKind::Comprehension { bracket, element, clauses } => {
                let element = element.refilled(fill).map_or_else(|| Rc::clone(element), Rc::new);
                let clauses = clauses.iter().map(|clause| Clause {
                    target: clause.target.filled(fill),
                    iterable: clause.iterable.filled(fill),
                    conditions: clause.conditions.iter().map(|condition| condition.filled(fill)).collect(),
                    ..clause.clone()
                });
                ExprKind::Comprehension { bracket: *bracket, element, clauses: clauses.collect() }
            }
        };
        Some(Self { kind, origins: self.origins.clone(), parenthesised: self.parenthesised })
    }

    /// How strongly it holds together, whatever stands around it.
    #[must_use]
    pub fn precedence(&self) -> Precedence {
        match &self.kind {
            ExprKind::Slice { .. } | ExprKind::Tuple { bare: true, .. } => Precedence::Commas,
            ExprKind::Conditional { .. } | ExprKind::Lambda(..) => Precedence::Choice,
            ExprKind::Boolean(operator, _) => operator.precedence(),
            ExprKind::Compare(..) => Precedence::Compare,
            ExprKind::Unary(operator, _) => operator.precedence(),
            ExprKind::Binary(_, operator, _) => operator.precedence(),
            _ => Precedence::Atom,
        }
    }

    /// Whether it needs parentheses where only what binds at least so strongly can stand.
    #[must_use]
    pub fn needs_parentheses(&self, least: Precedence) -> bool {
        self.precedence() < least
    }
}

impl Item {
    /// `name=value`.
    pub fn keyword(name: &str, value: Expr) -> Self {
        Self { key: Key::Keyword(name.into()), ..value.into() }
    }

    fn refilled(&self, fill: &dyn Fn(Hole) -> Option<Expr>) -> Option<Self> {
        let key = match &self.key {
            Key::Entry(key) => key.refilled(fill).map(|key| Key::Entry(Rc::new(key))),
            _ => None,
        };
        let value = self.value.refilled(fill);
        (key.is_some() || value.is_some()).then(|| Self {
            key: key.unwrap_or_else(|| self.key.clone()),
            value: value.unwrap_or_else(|| self.value.clone()),
            comments: self.comments.clone(),
        })
    }
}

fn refilled_items(items: &Rc<[Item]>, fill: &dyn Fn(Hole) -> Option<Expr>) -> Option<Rc<[Item]>> {
    refilled_list(items, |item| item.refilled(fill))
}

/// A list with those of its items replaced that have a hole; nothing if none has.
fn refilled_list<T: Clone>(items: &[T], refilled: impl Fn(&T) -> Option<T>) -> Option<Rc<[T]>> {
    let first = items.iter().enumerate().find_map(|(at, item)| Some((at, refilled(item)?)));
    let (at, new) = first?;
    let behind = items[at + 1..].iter().map(|item| refilled(item).unwrap_or_else(|| item.clone()));
    Some(items[..at].iter().cloned().chain(std::iter::once(new)).chain(behind).collect())
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, with its stars: `*args`; a star alone, or a `/`, ends a kind of parameters.
    pub name: Rc<str>,
    /// What it is if it is not given.
    pub default: Option<Expr>,
}
