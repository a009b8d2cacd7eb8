//! Statements and the blocks that they stand in.
//!
//! Architecture Invariant: a comment is a statement's, an arm's or an item's, or it is an error; none is lost.

use super::expressions::Inside;
use super::{EXPRESSION_WORDS, Parsed, Parser, is_keyword};
use crate::code::statement::{Arm, Statement, StatementKind};
use crate::code::tree::{BinaryOperator, Comments, Expr, ExprKind, Item, Layout};
use std::rc::Rc;

/// What stands above a statement.
struct Above {
    blank_lines: usize,
    comments: Vec<String>,
}

impl Parser<'_> {
    /// An expression that a statement is made of. The printer puts parentheses around it where it breaks; none are kept.
    fn value(&mut self) -> Parsed<Expr> {
        let value = self.tuple_or_expression()?;
        Ok(Expr { parenthesised: false, ..value })
    }

    /// The statements that stand at an indentation, up to a line that stands less deep.
    pub(super) fn block(&mut self, indent: usize) -> Parsed<Vec<Statement>> {
        self.deeper(|parser| {
            let mut statements: Vec<Statement> = Vec::new();
            loop {
                let Some(mut above) = parser.above(indent, &mut statements)? else { return Ok(statements) };
                let comments = std::mem::take(&mut above.comments);
                let mut statement = parser.statement(indent)?;
                statement.blank_lines = above.blank_lines;
                let behind = statement.comments.behind().map(str::to_owned);
                statement.comments = Comments::new(comments, behind);
                statements.push(statement);
            }
        })
    }

    /// Reads blank lines and comments up to a statement at this indentation, which then stands here; nothing if the next one stands
    /// less deep.
    fn above(&mut self, indent: usize, statements: &mut Vec<Statement>) -> Parsed<Option<Above>> {
        let mut above = Above { blank_lines: 0, comments: Vec::new() };
        // The blank lines in front of what is less deep belong to it.
        let mut end = self.at;
        let mut remark = |above: &mut Above| {
            if !above.comments.is_empty() {
                let blank_lines = std::mem::take(&mut above.blank_lines);
                let comments = Comments::new(std::mem::take(&mut above.comments), None);
                statements.push(Statement { blank_lines, comments, ..StatementKind::Remark.into() });
            }
        };
        loop {
            let start = self.at;
            while self.peek() == b' ' {
                self.at += 1;
            }
            let depth = self.at - start;
            match self.peek() {
                b'\n' => {
                    remark(&mut above);
                    above.blank_lines += 1;
                    self.at += 1;
                }
                0 if self.at >= self.bytes.len() => {
                    remark(&mut above);
                    return Ok(None);
                }
                _ if depth < indent => {
                    remark(&mut above);
                    self.at = end;
                    return Ok(None);
                }
                b'#' if depth == indent => {
                    let comment = self.comment();
                    above.comments.push(comment);
                    self.eat("\n");
                    end = self.at;
                }
                _ if depth > indent => return self.error("this line stands too deep"),
                _ => return Ok(Some(above)),
            }
        }
    }

    fn statement(&mut self, indent: usize) -> Parsed<Statement> {
        self.remarks.clear();
        self.reference = None;
        let kind = match self.peek() {
            b'@' => return self.decorated(indent),
            b'"' if self.rest().starts_with(b"\"\"\"") => self.docstring()?,
            _ => match self.word() {
                "if" => return self.branches(indent),
                "for" => {
                    self.at += 3;
                    self.skip();
                    let target = self.targets()?;
                    self.skip();
                    if !self.keyword("in") {
                        return self.error("`in` is expected");
                    }
                    self.skip();
                    let iterable = self.value()?;
                    return self.with_body(indent, |body| StatementKind::For(target, iterable, body));
                }
                "while" => {
                    self.at += 5;
                    self.skip();
                    let condition = self.value()?;
                    return self.with_body(indent, |body| StatementKind::While(condition, body));
                }
                "with" => {
                    self.at += 4;
                    let contexts = self.contexts()?;
                    return self.with_body(indent, |body| StatementKind::With(contexts, body));
                }
                "def" | "class" => return self.definition(indent, Vec::new()),
                _ => self.simple()?,
            },
        };
        let mut statement = Statement::from(kind);
        let behind = self.line_end()?;
        self.refer(&mut statement, behind);
        Ok(statement)
    }

    /// Gives a statement the comment behind its end, and the one behind its first line.
    fn refer(&mut self, statement: &mut Statement, behind: Option<String>) {
        statement.comments = Comments::new(Vec::new(), behind);
        statement.reference = self.reference.take();
    }

    /// The end of a line, and the comment in front of it.
    fn line_end(&mut self) -> Parsed<Option<String>> {
        self.skip();
        let comment = (self.peek() == b'#').then(|| self.comment());
        if !self.eat("\n") && self.at < self.bytes.len() {
            return self.error("the end of the line is expected");
        }
        Ok(comment)
    }

    fn with_body(&mut self, indent: usize, make: impl FnOnce(Vec<Statement>) -> StatementKind) -> Parsed<Statement> {
        let (behind, body) = self.body(indent)?;
        let mut statement = Statement::from(make(body));
        statement.comments = Comments::new(Vec::new(), behind);
        Ok(statement)
    }

    /// `:`, a comment, and a deeper block.
    fn body(&mut self, indent: usize) -> Parsed<(Option<String>, Vec<Statement>)> {
        self.skip();
        self.expect(":")?;
        let behind = self.line_end()?;
        let first = self.text[self.at..].split('\n').find(|line| !line.trim().is_empty()).unwrap_or("");
        let deeper = first.len() - first.trim_start_matches(' ').len();
        if deeper <= indent {
            return self.error("a block is expected");
        }
        let body = self.block(deeper)?;
        Ok((behind, body))
    }

    fn docstring(&mut self) -> Parsed<StatementKind> {
        let start = self.at + 3;
        let mut at = start;
        while !self.bytes[at.min(self.bytes.len())..].starts_with(b"\"\"\"") {
            if at >= self.bytes.len() {
                return self.error("this docstring has no end");
            }
            at += if self.bytes[at] == b'\\' { 2 } else { 1 };
        }
        self.at = at + 3;
        Ok(StatementKind::Docstring(self.text[start..at].into()))
    }

    fn simple(&mut self) -> Parsed<StatementKind> {
        let word = self.word();
        match word {
            "return" | "raise" => {
                self.at += word.len();
                self.skip();
                let value = if self.begins_expression() { Some(self.value()?) } else { None };
                Ok(if word == "return" { StatementKind::Return(value) } else { StatementKind::Raise(value) })
            }
            "pass" | "break" | "continue" => {
                self.at += word.len();
                Ok(StatementKind::Word(match word {
                    "pass" => "pass",
                    "break" => "break",
                    _ => "continue",
                }))
            }
            "global" | "nonlocal" => {
                self.at += word.len();
                let mut names = Vec::new();
                loop {
                    self.skip();
                    names.push(self.name()?);
                    self.skip();
                    if !self.eat(",") {
                        break;
                    }
                }
                Ok(StatementKind::Scope(if word == "global" { "global" } else { "nonlocal" }, names))
            }
            "import" | "from" => self.import(),
            _ if !word.is_empty() && is_keyword(word) && !EXPRESSION_WORDS.contains(&word) => {
                self.error(format!("`{word}` is not allowed"))
            }
            _ => self.assignment(),
        }
    }

    fn assignment(&mut self) -> Parsed<StatementKind> {
        let first = self.value()?;
        self.skip();
        for (text, operator) in AUGMENTED {
            if self.eat(text) {
                self.target(&first)?;
                self.skip();
                return Ok(StatementKind::AugmentedAssign(first, *operator, self.value()?));
            }
        }
        let mut chain = vec![first];
        while self.peek() == b'=' {
            self.target(&chain[chain.len() - 1])?;
            self.at += 1;
            self.skip();
            chain.push(self.value()?);
            self.skip();
        }
        match chain.pop() {
            Some(value) if chain.is_empty() => Ok(StatementKind::Expression(value)),
            Some(value) => Ok(StatementKind::Assign(chain, value)),
            None => self.error("an expression is expected"),
        }
    }

    /// What is left of a `=` must be something that can be assigned.
    pub(super) fn target(&self, expr: &Expr) -> Parsed<()> {
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Subscript(..) => Ok(()),
            ExprKind::Tuple { items, .. } | ExprKind::List(items, _) => {
                items.iter().try_for_each(|item| self.target(&item.value))
            }
            ExprKind::Hole(_) => Ok(()),
            _ => self.error("nothing can be assigned to what stands in front of this"),
        }
    }

    fn dotted(&mut self) -> Parsed<Rc<str>> {
        let start = self.at;
        while self.eat(".") {}
        if self.at == start || !self.word().is_empty() && self.word() != "import" {
            self.name()?;
        }
        while self.peek() == b'.' {
            self.at += 1;
            self.name()?;
        }
        Ok(self.text[start..self.at].into())
    }

    fn import(&mut self) -> Parsed<StatementKind> {
        let from = if self.keyword("from") {
            self.skip();
            let module = self.dotted()?;
            self.skip();
            Some(module)
        } else {
            None
        };
        if !self.keyword("import") {
            return self.error("`import` is expected");
        }
        self.skip();
        let bracketed = from.is_some() && self.eat("(");
        self.brackets += usize::from(bracketed);
        let (mut names, mut comma) = (Vec::new(), true);
        loop {
            self.skip();
            if !comma || bracketed && self.peek() == b')' {
                break;
            }
            let name = if from.is_some() { self.name()? } else { self.dotted()? };
            self.skip();
            let renamed = if self.keyword("as") {
                self.skip();
                Some(self.name()?)
            } else {
                None
            };
            names.push((name, renamed));
            self.skip();
            comma = self.eat(",");
        }
        if bracketed {
            self.expect(")")?;
            self.brackets -= 1;
        }
        let layout = if bracketed && comma { Layout::Exploded } else { Layout::Fit };
        Ok(StatementKind::Import { from, names, layout })
    }

    fn branches(&mut self, indent: usize) -> Parsed<Statement> {
        let (mut arms, mut above): (Vec<Arm>, Vec<String>) = (Vec::new(), Vec::new());
        loop {
            let condition = if self.keyword("if") || self.keyword("elif") {
                self.skip();
                Some(self.value()?)
            } else {
                self.expect("else")?;
                None
            };
            let last = condition.is_none();
            let (behind, body) = self.body(indent)?;
            let comments = Comments::new(std::mem::take(&mut above), behind);
            arms.push(Arm { comments, ..Arm::new(condition, body, None) });
            // Another arm may follow, with comments above it.
            let start = self.at;
            loop {
                let line = self.at;
                while self.peek() == b' ' {
                    self.at += 1;
                }
                if self.at - line != indent || self.peek() != b'#' {
                    break;
                }
                let comment = self.comment();
                above.push(comment);
                self.eat("\n");
            }
            let column = self.at - self.text[..self.at].rfind('\n').map_or(0, |at| at + 1);
            if last || column != indent || !matches!(self.word(), "elif" | "else") {
                self.at = start;
                break;
            }
        }
        // The comments of the first arm are those of the statement.
        let comments = std::mem::take(&mut arms[0].comments);
        Ok(Statement { comments, ..StatementKind::If(arms).into() })
    }

    fn contexts(&mut self) -> Parsed<Vec<(Expr, Option<Expr>)>> {
        let mut contexts = Vec::new();
        loop {
            self.skip();
            let value = self.expression()?;
            self.skip();
            let target = if self.keyword("as") {
                self.skip();
                Some(self.primary()?)
            } else {
                None
            };
            contexts.push((value, target));
            self.skip();
            if !self.eat(",") {
                return Ok(contexts);
            }
        }
    }

    fn decorated(&mut self, indent: usize) -> Parsed<Statement> {
        let mut decorators = Vec::new();
        while self.eat("@") {
            let decorator = self.value()?;
            let comments = Comments::new(Vec::new(), self.line_end()?);
            decorators.push(Item { comments, ..decorator.into() });
            let pad = " ".repeat(indent);
            self.expect(&pad)?;
        }
        self.definition(indent, decorators)
    }

    fn definition(&mut self, indent: usize, decorators: Vec<Item>) -> Parsed<Statement> {
        if self.keyword("class") {
            self.skip();
            let name = self.name()?;
            self.skip();
            let bases: Rc<[Item]> = if self.peek() == b'(' {
                match self.bracketed(')', Self::argument)? {
                    Inside::Items(items, _) => items,
                    Inside::Comprehension(_) => return self.error("a class is made of no comprehension"),
                }
            } else {
                Rc::default()
            };
            return self.with_body(indent, |body| StatementKind::Class { decorators, name, bases, body });
        }
        if !self.keyword("def") {
            return self.error("`def` or `class` is expected");
        }
        self.skip();
        let name = self.name()?;
        self.skip();
        self.expect("(")?;
        self.brackets += 1;
        let (mut parameters, mut comma) = (Vec::new(), false);
        loop {
            self.skip();
            if self.eat(")") {
                break;
            }
            if !parameters.is_empty() && !comma {
                return self.error("`,` or `)` is expected");
            }
            parameters.push(self.parameter()?);
            self.skip();
            comma = self.eat(",");
        }
        self.brackets -= 1;
        let layout = if comma { Layout::Exploded } else { Layout::Fit };
        self.with_body(indent, |body| StatementKind::Function { decorators, name, parameters, layout, body })
    }
}

/// The statements with an operator, longest first.
const AUGMENTED: &[(&str, BinaryOperator)] = &[
    ("**=", BinaryOperator::Power),
    ("//=", BinaryOperator::FloorDivide),
    ("<<=", BinaryOperator::ShiftLeft),
    (">>=", BinaryOperator::ShiftRight),
    ("+=", BinaryOperator::Add),
    ("-=", BinaryOperator::Subtract),
    ("*=", BinaryOperator::Multiply),
    ("/=", BinaryOperator::Divide),
    ("%=", BinaryOperator::Remainder),
    ("@=", BinaryOperator::MatrixMultiply),
    ("&=", BinaryOperator::BitAnd),
    ("|=", BinaryOperator::BitOr),
    ("^=", BinaryOperator::BitXor),
];
