//! Statements of Python, as far as generated code uses them.
//!
//! Architecture Invariant: as for expressions, no node holds code as text.

use super::tree::{BinaryOperator, Comments, Expr, Hole, Item, Layout, Origins, Parameter};
use crate::span::Span;
use std::rc::Rc;

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it comes from.
    pub origins: Origins,
    /// The blank lines above it and its comments.
    pub blank_lines: usize,
    /// The comments above it and behind it.
    pub comments: Comments,
    /// The place in the spec that its first line tells.
    pub reference: Option<String>,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// Nothing but its comments.
    Remark,
    /// An expression whose value is not kept.
    Expression(Expr),
    /// A docstring, from quotes to quotes as it stands in the file.
    Docstring(Rc<str>),
    /// `a = b, c = value`: the targets, each behind the other, and the value.
    Assign(Vec<Expr>, Expr),
    /// `target += value`.
    AugmentedAssign(Expr, BinaryOperator, Expr),
    /// `return value`.
    Return(Option<Expr>),
    /// `raise value`.
    Raise(Option<Expr>),
    /// `pass`, `break` or `continue`.
    Word(&'static str),
    /// `global a, b` or `nonlocal a, b`: the word and the names.
    Scope(&'static str, Vec<Rc<str>>),
    /// `import a.b as c`, `from a import b, c`: the module that names come from, and the names as they are written.
    Import {
        /// The module behind `from`.
        from: Option<Rc<str>>,
        /// Each name with the one that it gets, if it is another one.
        names: Vec<(Rc<str>, Option<Rc<str>>)>,
        /// How they stand.
        layout: Layout,
    },
    /// `if`, `elif`, `else`.
    If(Vec<Arm>),
    /// `for target in iterable:`.
    For(Expr, Expr, Vec<Statement>),
    /// `while condition:`.
    While(Expr, Vec<Statement>),
    /// `with value as target:`.
    With(Vec<(Expr, Option<Expr>)>, Vec<Statement>),
    /// A function.
    Function {
        /// What stands above it, each behind an `@`.
        decorators: Vec<Item>,
        /// Its name.
        name: Rc<str>,
        /// What it takes.
        parameters: Vec<Parameter>,
        /// How they stand.
        layout: Layout,
        /// What it does.
        body: Vec<Statement>,
    },
    /// A class.
    Class {
        /// What stands above it, each behind an `@`.
        decorators: Vec<Item>,
        /// Its name.
        name: Rc<str>,
        /// Its bases, and keywords.
        bases: Rc<[Item]>,
        /// What it holds.
        body: Vec<Statement>,
    },
}

/// An arm of an `if`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// When it is taken; an `else` has none.
    pub condition: Option<Expr>,
    /// What it does.
    pub body: Vec<Statement>,
    /// The comments above its first line and behind it. Those of the first arm are those of the statement.
    pub comments: Comments,
    /// Where it comes from.
    pub origins: Origins,
    /// The place in the spec that its first line tells.
    pub reference: Option<String>,
}

impl From<StatementKind> for Statement {
    fn from(kind: StatementKind) -> Self {
        Self { kind, origins: Origins::None, blank_lines: 0, comments: Comments::default(), reference: None }
    }
}

impl Statement {
    /// A statement that comes from a place, if it comes from any.
    #[must_use]
    pub fn new(kind: StatementKind, origin: Option<Span>) -> Self {
        Self { origins: origin.into(), ..kind.into() }
    }

    /// `target = value`.
    #[must_use]
    pub fn assign(target: Expr, value: Expr, origin: Option<Span>) -> Self {
        Self::new(StatementKind::Assign(vec![target], value), origin)
    }

    /// `if condition:` and what it does.
    #[must_use]
    pub fn only_if(condition: Expr, body: Vec<Self>, origin: Option<Span>) -> Self {
        Self::new(StatementKind::If(vec![Arm::new(Some(condition), body, origin)]), origin)
    }

    /// Whether it is nothing but comments.
    #[must_use]
    pub fn is_remark(&self) -> bool {
        matches!(self.kind, StatementKind::Remark)
    }

    /// The name that it assigns, if it is an assignment of one.
    #[must_use]
    pub fn assigned(&self) -> Option<&str> {
        match &self.kind {
            StatementKind::Assign(targets, _) => match targets.as_slice() {
                [target] => target.as_name(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Puts a comment behind its first line, and what stood there above.
    pub fn say(&mut self, comment: String) {
        match self.decorator() {
            Some(first) => first.comments.say(comment),
            None => self.comments.say(comment),
        }
    }

    /// The decorator that it begins with.
    fn decorator(&mut self) -> Option<&mut Item> {
        match &mut self.kind {
            StatementKind::Function { decorators, .. } | StatementKind::Class { decorators, .. } => {
                decorators.first_mut()
            }
            _ => None,
        }
    }

    /// The blocks in it.
    pub fn bodies(&self) -> impl Iterator<Item = &Vec<Self>> {
        let (arms, body): (&[Arm], _) = match &self.kind {
            StatementKind::If(arms) => (arms, None),
            StatementKind::For(_, _, body)
            | StatementKind::While(_, body)
            | StatementKind::With(_, body)
            | StatementKind::Function { body, .. }
            | StatementKind::Class { body, .. } => (&[], Some(body)),
            _ => (&[], None),
        };
        arms.iter().map(|arm| &arm.body).chain(body)
    }

    /// The blocks in it.
    pub fn bodies_mut(&mut self) -> impl Iterator<Item = &mut Vec<Self>> {
        let (arms, body): (&mut [Arm], _) = match &mut self.kind {
            StatementKind::If(arms) => (arms, None),
            StatementKind::For(_, _, body)
            | StatementKind::While(_, body)
            | StatementKind::With(_, body)
            | StatementKind::Function { body, .. }
            | StatementKind::Class { body, .. } => (&mut [], Some(body)),
            _ => (&mut [], None),
        };
        arms.iter_mut().map(|arm| &mut arm.body).chain(body)
    }

    /// Calls `visit` with each expression of its own, not with those of the blocks in it.
    pub fn each_expr<'s>(&'s self, visit: &mut dyn FnMut(&'s Expr)) {
        match &self.kind {
            StatementKind::Remark
            | StatementKind::Docstring(_)
            | StatementKind::Word(_)
            | StatementKind::Scope(..)
            | StatementKind::Import { .. } => {}
            StatementKind::Expression(value) | StatementKind::While(value, _) => visit(value),
            StatementKind::Assign(targets, value) => {
                targets.iter().for_each(&mut *visit);
                visit(value);
            }
            StatementKind::AugmentedAssign(left, _, right) | StatementKind::For(left, right, _) => {
                visit(left);
                visit(right);
            }
            StatementKind::Return(value) | StatementKind::Raise(value) => value.iter().for_each(visit),
            StatementKind::If(arms) => arms.iter().filter_map(|arm| arm.condition.as_ref()).for_each(visit),
            StatementKind::With(contexts, _) => {
                for (value, target) in contexts {
                    visit(value);
                    target.iter().for_each(&mut *visit);
                }
            }
            StatementKind::Function { decorators, parameters, .. } => {
                decorators.iter().for_each(|item| visit(&item.value));
                parameters.iter().filter_map(|parameter| parameter.default.as_ref()).for_each(visit);
            }
            StatementKind::Class { decorators, bases, .. } => {
                decorators.iter().chain(bases.iter()).for_each(|item| visit(&item.value));
            }
        }
    }

    /// As [`Statement::each_expr`], to change them.
    pub fn each_expr_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        match &mut self.kind {
            StatementKind::Remark
            | StatementKind::Docstring(_)
            | StatementKind::Word(_)
            | StatementKind::Scope(..)
            | StatementKind::Import { .. } => {}
            StatementKind::Expression(value) | StatementKind::While(value, _) => visit(value),
            StatementKind::Assign(targets, value) => {
                targets.iter_mut().for_each(&mut *visit);
                visit(value);
            }
            StatementKind::AugmentedAssign(left, _, right) | StatementKind::For(left, right, _) => {
                visit(left);
                visit(right);
            }
            StatementKind::Return(value) | StatementKind::Raise(value) => value.iter_mut().for_each(visit),
            StatementKind::If(arms) => arms.iter_mut().filter_map(|arm| arm.condition.as_mut()).for_each(visit),
            StatementKind::With(contexts, _) => {
                for (value, target) in contexts {
                    visit(value);
                    target.iter_mut().for_each(&mut *visit);
                }
            }
            StatementKind::Function { decorators, parameters, .. } => {
                decorators.iter_mut().for_each(|item| visit(&mut item.value));
                parameters.iter_mut().filter_map(|parameter| parameter.default.as_mut()).for_each(visit);
            }
            StatementKind::Class { decorators, bases, .. } => {
                decorators.iter_mut().chain(Rc::make_mut(bases).iter_mut()).for_each(|item| visit(&mut item.value));
            }
        }
    }

    /// Calls `visit` with each name in it and in the blocks in it; not with the names that it defines as a function or class.
    pub fn each_name<'s>(&'s self, visit: &mut dyn FnMut(&'s str)) {
        self.each_expr(&mut |expr| expr.each_name(visit));
        self.bodies().flatten().for_each(|statement| statement.each_name(visit));
    }

    /// Whether a name occurs in it.
    #[must_use]
    pub fn mentions(&self, wanted: &str) -> bool {
        let mut found = false;
        self.each_name(&mut |name| found |= name == wanted);
        found
    }

    /// Fills holes, in the blocks in it as well.
    pub fn fill(&mut self, fill: &dyn Fn(Hole) -> Option<Expr>) {
        self.each_expr_mut(&mut |expr| *expr = expr.filled(fill));
        self.bodies_mut().flatten().for_each(|statement| statement.fill(fill));
    }

    /// Notes a place for what comes from none yet, in the blocks in it as well.
    pub fn come_from(&mut self, origin: Span) {
        if self.origins == Origins::None {
            self.origins = Origins::One(origin);
        }
        if let StatementKind::If(arms) = &mut self.kind {
            for arm in arms.iter_mut().filter(|arm| arm.origins == Origins::None) {
                arm.origins = Origins::One(origin);
            }
        }
        self.bodies_mut().flatten().for_each(|statement| statement.come_from(origin));
    }

    /// The last statement in it: its own, or that of its last block.
    pub fn innermost(&mut self) -> &mut Self {
        // Asked twice, for a block that is borrowed can't be given back.
        if self.bodies().last().is_some_and(|body| !body.is_empty()) {
            match self.bodies_mut().last().and_then(|body| body.last_mut()) {
                Some(last) => last.innermost(),
                None => unreachable!("the last block was just seen, and it is not empty"),
            }
        } else {
            self
        }
    }
}

impl Arm {
    /// An arm without comments.
    #[must_use]
    pub fn new(condition: Option<Expr>, body: Vec<Statement>, origin: Option<Span>) -> Self {
        Self { condition, body, comments: Comments::default(), origins: origin.into(), reference: None }
    }
}
