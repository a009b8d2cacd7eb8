//! Expressions, as deep as they stand in each other.
//!
//! Architecture Invariant: nothing is read twice, so that the time grows with the length of the text alone.

use super::{EXPRESSION_WORDS, HOLE, Parsed, Parser, as_hole, is_keyword, layout, settled};
use crate::code::tree::{
    BinaryOperator, BooleanOperator, Clause, Comments, Comparison, Constant, Expr, ExprKind, Hole, Item, Key, Layout,
    Origins, Parameter, Part, Precedence, UnaryOperator,
};
use std::rc::Rc;

/// What stands between brackets.
pub(super) enum Inside {
    /// Items, and whether a comma stands behind the last one.
    Items(Rc<[Item]>, bool),
    /// A comprehension.
    Comprehension(ExprKind),
}

impl<'t> Parser<'t> {
    pub(super) fn tuple_or_expression(&mut self) -> Parsed<Expr> {
        let first = self.starred()?;
        self.skip();
        if self.peek() != b',' {
            return match first.key {
                Key::None => Ok(first.value),
                _ => self.error("a star is only allowed in a list of values"),
            };
        }
        let mut items = vec![first];
        while self.eat(",") {
            self.skip();
            if !self.begins_expression() {
                break;
            }
            items.push(self.starred()?);
            self.skip();
        }
        Ok(ExprKind::Tuple { items: items.into(), layout: Layout::Fit, bare: true }.into())
    }

    /// Whether an expression can begin here.
    pub(super) fn begins_expression(&self) -> bool {
        match self.peek() {
            b'(' | b'[' | b'{' | b'"' | b'\'' | b'-' | b'+' | b'~' | b'*' => true,
            b'.' => self.rest().starts_with(b"..."),
            byte => {
                let word = self.word();
                byte.is_ascii_digit() || !word.is_empty() && (!is_keyword(word) || EXPRESSION_WORDS.contains(&word))
            }
        }
    }

    pub(super) fn starred(&mut self) -> Parsed<Item> {
        let star = self.peek() == b'*' && !self.rest().starts_with(b"**");
        if star {
            self.at += 1;
            self.skip();
        }
        let value = if star { self.operators(Precedence::BitOr)? } else { self.expression()? };
        let value = settled(value, if star { Precedence::BitOr } else { Precedence::Choice });
        Ok(Item { key: if star { Key::Star } else { Key::None }, ..value.into() })
    }

    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.deeper(|parser| {
            if parser.peek() == b'l' && parser.keyword("lambda") {
                return parser.lambda();
            }
            let value = parser.operators(Precedence::Or)?;
            parser.skip();
            if !parser.keyword("if") {
                return Ok(value);
            }
            parser.skip();
            let condition = parser.operators(Precedence::Or)?;
            parser.skip();
            if !parser.keyword("else") {
                return parser.error("`else` is expected");
            }
            parser.skip();
            let otherwise = parser.expression()?;
            let kind = ExprKind::Conditional {
                value: Rc::new(settled(value, Precedence::Or)),
                condition: Rc::new(settled(condition, Precedence::Or)),
                otherwise: Rc::new(settled(otherwise, Precedence::Choice)),
            };
            Ok(kind.into())
        })
    }

    pub(super) fn lambda(&mut self) -> Parsed<Expr> {
        self.skip();
        let mut parameters = Vec::new();
        while self.peek() != b':' {
            parameters.push(self.parameter()?);
            self.skip();
            if !self.eat(",") {
                break;
            }
            self.skip();
        }
        self.expect(":")?;
        self.skip();
        let body = self.expression()?;
        Ok(ExprKind::Lambda(parameters.into(), Rc::new(settled(body, Precedence::Choice))).into())
    }

    pub(super) fn parameter(&mut self) -> Parsed<Parameter> {
        let start = self.at;
        let stars = self.eat("**") || self.eat("*");
        if !(stars && matches!(self.peek(), b',') || self.eat("/")) {
            self.name()?;
        }
        let name = self.text[start..self.at].into();
        self.skip();
        let default = if self.peek() == b'=' {
            self.at += 1;
            self.skip();
            Some(settled(self.expression()?, Precedence::Choice))
        } else {
            None
        };
        Ok(Parameter { name, default })
    }

    /// Operands and the operators between them that bind at least so strongly.
    pub(super) fn operators(&mut self, least: Precedence) -> Parsed<Expr> {
        let mut left = if least <= Precedence::Not && self.keyword("not") {
            self.deeper(|parser| {
                parser.skip();
                let operand = settled(parser.operators(Precedence::Not)?, Precedence::Not);
                Ok(ExprKind::Unary(UnaryOperator::Not, Rc::new(operand)).into())
            })?
        } else {
            self.unary()?
        };
        loop {
            self.skip();
            match self.peek() {
                b',' | b')' | b']' | b'}' | b':' | b'\n' | 0 => return Ok(left),
                b'a' if least <= Precedence::And && self.word() == "and" => {
                    left = self.boolean(BooleanOperator::And, left)?;
                }
                b'o' if least <= Precedence::Or && self.word() == "or" => {
                    left = self.boolean(BooleanOperator::Or, left)?;
                }
                b'=' | b'!' | b'<' | b'>' | b'i' | b'n' if self.binary_operator().is_none() => {
                    if least > Precedence::Compare {
                        return Ok(left);
                    }
                    let Some(compared) = self.comparison(&left)? else { return Ok(left) };
                    left = compared;
                }
                _ => {
                    let operator = self.binary_operator().filter(|operator| operator.precedence() >= least);
                    let Some(operator) = operator else { return Ok(left) };
                    self.at += operator.text().len();
                    self.skip();
                    let precedence = operator.precedence();
                    let right = self.deeper(|parser| parser.operators(precedence.next()))?;
                    let sides = (settled(left, precedence), settled(right, precedence.next()));
                    left = ExprKind::Binary(Rc::new(sides.0), operator, Rc::new(sides.1)).into();
                }
            }
        }
    }

    /// The operands behind the first one, each with its `and` or `or` in front.
    fn boolean(&mut self, operator: BooleanOperator, first: Expr) -> Parsed<Expr> {
        let least = operator.precedence().next();
        let mut operands = vec![settled(first, least)];
        loop {
            self.skip();
            if !self.keyword(operator.text()) {
                return Ok(ExprKind::Boolean(operator, operands.into()).into());
            }
            self.skip();
            operands.push(settled(self.operators(least)?, least));
        }
    }

    /// What an operand is compared with, if it is.
    fn comparison(&mut self, first: &Expr) -> Parsed<Option<Expr>> {
        let mut rest = Vec::new();
        loop {
            self.skip();
            let Some(operator) = self.comparison_operator() else { break };
            self.skip();
            rest.push((operator, settled(self.operators(Precedence::BitOr)?, Precedence::BitOr)));
        }
        let first = || Rc::new(settled(first.clone(), Precedence::BitOr));
        Ok((!rest.is_empty()).then(|| ExprKind::Compare(first(), rest.into()).into()))
    }

    pub(super) fn comparison_operator(&mut self) -> Option<Comparison> {
        let (operator, length) = match self.rest() {
            [b'=', b'=', ..] => (Comparison::Equal, 2),
            [b'!', b'=', ..] => (Comparison::NotEqual, 2),
            [b'<', b'=', ..] => (Comparison::LessEqual, 2),
            [b'>', b'=', ..] => (Comparison::GreaterEqual, 2),
            // `a <<= b` is a statement.
            [b'<', b'<', ..] | [b'>', b'>', ..] => return None,
            [b'<', ..] => (Comparison::Less, 1),
            [b'>', ..] => (Comparison::Greater, 1),
            [b'i' | b'n', ..] => return self.comparison_words(),
            _ => return None,
        };
        self.at += length;
        Some(operator)
    }

    pub(super) fn comparison_words(&mut self) -> Option<Comparison> {
        if self.keyword("in") {
            return Some(Comparison::In);
        }
        let start = self.at;
        if self.keyword("is") {
            self.skip();
            return Some(if self.keyword("not") { Comparison::IsNot } else { Comparison::Is });
        }
        if self.keyword("not") {
            self.skip();
            if self.keyword("in") {
                return Some(Comparison::NotIn);
            }
            self.at = start;
        }
        None
    }

    /// The operator that stands here; `**` is no operator between the others.
    pub(super) fn binary_operator(&self) -> Option<BinaryOperator> {
        let rest = self.rest();
        let operator = match rest.first()? {
            b'+' => BinaryOperator::Add,
            b'-' => BinaryOperator::Subtract,
            b'*' if !rest.starts_with(b"**") => BinaryOperator::Multiply,
            b'/' if rest.starts_with(b"//") => BinaryOperator::FloorDivide,
            b'/' => BinaryOperator::Divide,
            b'%' => BinaryOperator::Remainder,
            b'@' => BinaryOperator::MatrixMultiply,
            b'&' => BinaryOperator::BitAnd,
            b'|' => BinaryOperator::BitOr,
            b'^' => BinaryOperator::BitXor,
            b'<' if rest.starts_with(b"<<") => BinaryOperator::ShiftLeft,
            b'>' if rest.starts_with(b">>") => BinaryOperator::ShiftRight,
            _ => return None,
        };
        // `a += b` is a statement.
        (rest.get(operator.text().len()) != Some(&b'=')).then_some(operator)
    }

    pub(super) fn unary(&mut self) -> Parsed<Expr> {
        let operator = match self.peek() {
            b'-' => UnaryOperator::Negate,
            b'+' => UnaryOperator::Plus,
            b'~' => UnaryOperator::Invert,
            _ => return self.power(),
        };
        self.at += 1;
        self.deeper(|parser| {
            parser.skip();
            let operand = settled(parser.unary()?, Precedence::Sign);
            Ok(ExprKind::Unary(operator, Rc::new(operand)).into())
        })
    }

    pub(super) fn power(&mut self) -> Parsed<Expr> {
        let base = self.primary()?;
        self.skip();
        if !self.rest().starts_with(b"**") || self.rest().starts_with(b"**=") {
            return Ok(base);
        }
        self.at += 2;
        self.skip();
        let exponent = self.deeper(Self::unary)?;
        let (base, exponent) = (settled(base, Precedence::Atom), settled(exponent, Precedence::Sign));
        Ok(ExprKind::Binary(Rc::new(base), BinaryOperator::Power, Rc::new(exponent)).into())
    }

    /// An atom with the attributes, subscripts and calls behind it.
    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        let mut expr = self.atom()?;
        loop {
            self.skip();
            let value = |expr: Expr| {
                // A number in front of a dot has parentheses in any case.
                let parenthesised = expr.parenthesised && !matches!(expr.kind, ExprKind::Number(_));
                Rc::new(settled(Expr { parenthesised, ..expr }, Precedence::Atom))
            };
            expr = match self.peek() {
                b'.' => {
                    self.at += 1;
                    self.skip();
                    ExprKind::Attribute(value(expr), self.name()?).into()
                }
                b'(' => {
                    let (arguments, layout) = match self.bracketed(')', Self::argument)? {
                        Inside::Items(items, comma) => {
                            self.in_order(&items)?;
                            (items, layout(comma))
                        }
                        Inside::Comprehension(only) => (Rc::new([Expr::from(only).into()]) as Rc<[Item]>, Layout::Fit),
                    };
                    ExprKind::Call { function: value(expr), arguments, layout }.into()
                }
                b'[' => ExprKind::Subscript(value(expr), Rc::new(self.index()?)).into(),
                _ => return Ok(expr),
            };
        }
    }

    pub(super) fn atom(&mut self) -> Parsed<Expr> {
        match self.peek() {
            b'(' => self.parenthesised(),
            b'[' => Ok(match self.bracketed(']', Self::starred)? {
                Inside::Items(items, comma) => ExprKind::List(items, layout(comma)).into(),
                Inside::Comprehension(kind) => kind.into(),
            }),
            b'{' => self.braces(),
            b'"' | b'\'' => Ok(ExprKind::Str(self.string()?.into()).into()),
            b'.' if self.rest().starts_with(b"...") => {
                self.at += 3;
                Ok(ExprKind::Constant(Constant::Ellipsis).into())
            }
            b'0'..=b'9' | b'.' => self.number(),
            _ => {
                let word = self.word();
                let behind = self.bytes.get(self.at + word.len());
                if matches!(behind, Some(b'"' | b'\'')) {
                    return if word == "f" {
                        self.formatted()
                    } else {
                        self.error("a string of this kind is not allowed")
                    };
                }
                let constant = match word {
                    "True" => Constant::True,
                    "False" => Constant::False,
                    "None" => Constant::None,
                    _ if word.is_empty() || is_keyword(word) => return self.error("an expression is expected"),
                    _ => {
                        self.at += word.len();
                        let width = u32::try_from(word.len()).unwrap_or(0);
                        return match as_hole(word) {
                            Some(number) => Ok(ExprKind::Hole(Hole { number, width }).into()),
                            None if !word.is_ascii() && word.contains(HOLE) => {
                                self.error("a tensor or layer is joined to other letters")
                            }
                            None => Ok(Expr::name(word)),
                        };
                    }
                };
                self.at += word.len();
                Ok(ExprKind::Constant(constant).into())
            }
        }
    }

    pub(super) fn number(&mut self) -> Parsed<Expr> {
        let start = self.at;
        let digits = |parser: &mut Self, digit: fn(&u8) -> bool| {
            let before = parser.at;
            while digit(&parser.peek()) || parser.peek() == b'_' && parser.at > before {
                parser.at += 1;
            }
            parser.at > before
        };
        let mut right = true;
        if self.rest().starts_with(b"0x") {
            self.at += 2;
            right = digits(self, u8::is_ascii_hexdigit);
        } else {
            let whole = digits(self, u8::is_ascii_digit);
            let integer = self.at;
            let fraction = self.eat(".") && digits(self, u8::is_ascii_digit);
            right &= whole || fraction;
            // Zeros in front of a whole number would be another notation elsewhere.
            let leading =
                self.text[start..integer].starts_with('0') && self.text[start..integer].contains(|c: char| c != '0');
            right &= !leading || self.at > integer || matches!(self.peek(), b'e' | b'E');
            if matches!(self.peek(), b'e' | b'E') {
                self.at += 1;
                let _ = self.eat("-") || self.eat("+");
                right &= digits(self, u8::is_ascii_digit);
            }
        }
        if !right || self.peek().is_ascii_alphanumeric() || self.peek() == b'_' {
            self.at = start;
            return self.error("this is no number");
        }
        Ok(ExprKind::Number(self.text[start..self.at].into()).into())
    }

    /// The quotes that open a string here, and are consumed.
    pub(super) fn quotes(&mut self) -> Parsed<u8> {
        let quote = self.peek();
        if self.rest().starts_with(&[quote; 3]) {
            return self.error("a string in three quotes is only allowed as a docstring");
        }
        self.at += 1;
        Ok(quote)
    }

    pub(super) fn string(&mut self) -> Parsed<String> {
        let quote = self.quotes()?;
        // Most are words, and mean what they say.
        let plain =
            self.rest().iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_ -.".contains(byte)).count();
        let mut text = self.text[self.at..self.at + plain].to_owned();
        self.at += plain;
        loop {
            match self.text[self.at..].chars().next() {
                Some(found) if found == char::from(quote) => {
                    self.at += 1;
                    break;
                }
                Some('\\') => text.push(self.escape()?),
                None | Some('\n') => return self.error("this string has no end"),
                Some(HOLE) => return self.error("a tensor or layer stands in a string"),
                Some(found) => {
                    text.push(found);
                    self.at += found.len_utf8();
                }
            }
        }
        Ok(text)
    }

    pub(super) fn escape(&mut self) -> Parsed<char> {
        let meant = match self.bytes.get(self.at + 1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(&byte @ (b'\\' | b'"' | b'\'')) => char::from(byte),
            Some(b'x') => {
                let digits = self.text.get(self.at + 2..self.at + 4);
                let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                let Some(code) = code else { return self.error("two digits are expected behind `\\x`") };
                self.at += 2;
                char::from(code)
            }
            _ => return self.error("this escape in a string is not allowed"),
        };
        self.at += 2;
        Ok(meant)
    }

    pub(super) fn formatted(&mut self) -> Parsed<Expr> {
        self.at += 1;
        let quote = self.quotes()?;
        let (mut parts, mut text) = (Vec::new(), String::new());
        loop {
            match self.text[self.at..].chars().next() {
                Some(found) if found == char::from(quote) => {
                    self.at += 1;
                    break;
                }
                Some('\\') => text.push(self.escape()?),
                None | Some('\n') => return self.error("this string has no end"),
                Some(brace @ ('{' | '}')) if self.bytes.get(self.at + 1) == Some(&(brace as u8)) => {
                    text.push(brace);
                    self.at += 2;
                }
                Some('}') => return self.error("this brace was never opened"),
                Some('{') => {
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text).into()));
                    }
                    self.at += 1;
                    self.skip();
                    let value = settled(self.tuple_or_expression()?, Precedence::Or);
                    self.skip();
                    let rest = &self.text[self.at..];
                    let Some(end) = rest.find('}').filter(|end| !rest[..*end].contains(['{', '"', '\'', '\n'])) else {
                        return self.error("this brace has no end");
                    };
                    let behind = &rest[..end];
                    if !(behind.is_empty() || behind.starts_with(['!', ':'])) {
                        return self.error("`}` is expected");
                    }
                    parts.push(Part::Value(value, behind.into()));
                    self.at += end + 1;
                }
                Some(HOLE) => return self.error("a tensor or layer stands in a string"),
                Some(found) => {
                    text.push(found);
                    self.at += found.len_utf8();
                }
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text.into()));
        }
        Ok(ExprKind::Formatted(parts.into()).into())
    }

    /// What stands between brackets.
    pub(super) fn bracketed(&mut self, close: char, item: fn(&mut Self) -> Parsed<Item>) -> Parsed<Inside> {
        self.deeper(|parser| {
            let outer = std::mem::take(&mut parser.remarks);
            parser.brackets += 1;
            parser.at += 1;
            let first = parser.items.len();
            let mut comma = false;
            loop {
                parser.skip();
                let above = parser.attach(first);
                if parser.peek() == close as u8 {
                    if let Some(comment) = above.first() {
                        return parser.error(format!("the comment `{comment}` stands above nothing"));
                    }
                    break;
                }
                if parser.items.len() > first && !comma {
                    return parser.error(format!("`,` or `{close}` is expected"));
                }
                let mut next = item(parser)?;
                next.comments = Comments::new(above, None);
                parser.skip();
                let only = parser.items.len() == first;
                if only && matches!(next.key, Key::None | Key::Entry(_)) && parser.is_at_for() {
                    let inside = parser.comprehension(next, close)?;
                    parser.remarks.splice(..0, outer);
                    return Ok(inside);
                }
                comma = parser.eat(",");
                parser.items.push(next);
            }
            parser.at += 1;
            parser.brackets -= 1;
            parser.remarks.splice(..0, outer);
            Ok(Inside::Items(parser.items.drain(first..).collect(), comma))
        })
    }

    /// Gives the comment behind an item to it; those that are left stand above the next one. One behind an opening bracket is the
    /// statement's.
    fn attach(&mut self, first: usize) -> Vec<String> {
        if self.remarks.is_empty() {
            return Vec::new();
        }
        let (behind, above) = self.parted_remarks();
        if let Some(behind) = behind {
            match self.items[first..].last_mut() {
                Some(item) => item.comments.say(behind),
                None => self.reference = Some(behind),
            }
        }
        above
    }

    /// The remarks that wait: what stands behind the last item, and what has lines of its own.
    fn parted_remarks(&mut self) -> (Option<String>, Vec<String>) {
        let (behind, above): (Vec<_>, Vec<_>) = self.remarks.drain(..).partition(|(_, own_line)| !own_line);
        let behind: Vec<String> = behind.into_iter().map(|(text, _)| text).collect();
        let above = above.into_iter().map(|(text, _)| text).collect();
        ((!behind.is_empty()).then(|| behind.join(" ")), above)
    }

    /// Whether the `for` of a comprehension stands here.
    fn is_at_for(&self) -> bool {
        self.peek() == b'f' && self.word() == "for"
    }

    /// Arguments without names stand before those with names.
    pub(super) fn in_order(&self, arguments: &[Item]) -> Parsed<()> {
        let named = arguments.iter().position(|item| matches!(item.key, Key::Keyword(_) | Key::DoubleStar));
        match named {
            Some(at) if arguments[at..].iter().any(|item| item.key == Key::None) => {
                self.error("an argument without a name stands behind one with a name")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn argument(&mut self) -> Parsed<Item> {
        let key = if self.eat("**") {
            Key::DoubleStar
        } else if self.eat("*") {
            Key::Star
        } else {
            let word = self.word();
            let behind = &self.rest()[word.len()..];
            let blanks = behind.iter().take_while(|byte| **byte == b' ').count();
            match &behind[blanks..] {
                [b'=', b'=', ..] => Key::None,
                [b'=', ..] if !word.is_empty() && !is_keyword(word) => {
                    self.at += word.len() + blanks + 1;
                    Key::Keyword(word.into())
                }
                _ => Key::None,
            }
        };
        self.skip();
        let star = matches!(key, Key::Star | Key::DoubleStar);
        let value = settled(self.expression()?, if star { Precedence::BitOr } else { Precedence::Choice });
        Ok(Item { key, ..value.into() })
    }

    /// The index of a subscript, with its brackets.
    pub(super) fn index(&mut self) -> Parsed<Expr> {
        self.deeper(|parser| {
            parser.brackets += 1;
            parser.at += 1;
            parser.skip();
            let mut items = vec![parser.slice()?];
            parser.skip();
            let mut comma = false;
            while parser.eat(",") {
                comma = true;
                parser.skip();
                if parser.peek() == b']' {
                    break;
                }
                items.push(parser.slice()?);
                parser.skip();
            }
            parser.expect("]")?;
            parser.brackets -= 1;
            if !comma {
                let only = items.remove(0);
                return if only.key == Key::None { Ok(only.value) } else { parser.error("a star needs a comma") };
            }
            Ok(ExprKind::Tuple { items: items.into(), layout: Layout::Fit, bare: true }.into())
        })
    }

    pub(super) fn slice(&mut self) -> Parsed<Item> {
        let part = |parser: &mut Self| {
            parser.skip();
            if matches!(parser.peek(), b':' | b',' | b']') {
                return Ok(None);
            }
            let part = parser.expression()?;
            parser.skip();
            Ok(Some(Rc::new(settled(part, Precedence::Choice))))
        };
        if self.peek() == b'*' {
            return self.starred();
        }
        let start = part(self)?;
        if self.peek() != b':' {
            return match start {
                Some(index) => Ok(Rc::unwrap_or_clone(index).into()),
                None => self.error("an index is expected"),
            };
        }
        self.at += 1;
        let stop = part(self)?;
        let step = if self.eat(":") { part(self)? } else { None };
        Ok(Expr::from(ExprKind::Slice { start, stop, step }).into())
    }

    pub(super) fn parenthesised(&mut self) -> Parsed<Expr> {
        let (items, comma) = match self.bracketed(')', Self::starred)? {
            Inside::Items(items, comma) => (items, comma),
            Inside::Comprehension(generator) => return Ok(generator.into()),
        };
        // The comma of a single item makes it a tuple, and says nothing of lines.
        match &*items {
            [only] if !comma => {
                if only.key != Key::None {
                    return self.error("a star is only allowed in a list of values");
                }
                if !only.comments.is_empty() {
                    return self.error("a comment is not allowed in these parentheses");
                }
                Ok(Expr { parenthesised: true, ..only.value.clone() })
            }
            _ => {
                let layout = layout(comma && items.len() > 1);
                Ok(ExprKind::Tuple { items, layout, bare: false }.into())
            }
        }
    }

    /// The rest of a comprehension, from its `for` to its closing bracket.
    pub(super) fn comprehension(&mut self, mut element: Item, close: char) -> Parsed<Inside> {
        element.value = settled(element.value, Precedence::Choice);
        let (behind, above) = self.parted_remarks();
        if let Some(behind) = behind {
            element.comments.say(behind);
        }
        let mut clauses = self.clauses(close)?;
        if let Some(first) = clauses.first_mut() {
            first.comments = Comments::new(above, None);
        }
        self.at += 1;
        self.brackets -= 1;
        let bracket = match close {
            ']' => '[',
            '}' => '{',
            _ => '(',
        };
        Ok(Inside::Comprehension(ExprKind::Comprehension {
            bracket,
            element: Rc::new(element),
            clauses: clauses.into(),
        }))
    }

    /// The `for`s of a comprehension, which stand here, up to a closing bracket.
    pub(super) fn clauses(&mut self, close: char) -> Parsed<Vec<Clause>> {
        let mut clauses = Vec::new();
        while self.keyword("for") {
            self.skip();
            let target = self.targets()?;
            self.skip();
            if !self.keyword("in") {
                return self.error("`in` is expected");
            }
            self.skip();
            let iterable = settled(self.operators(Precedence::Or)?, Precedence::Or);
            let mut conditions = Vec::new();
            loop {
                self.skip();
                if !self.keyword("if") {
                    break;
                }
                self.skip();
                conditions.push(settled(self.operators(Precedence::Or)?, Precedence::Or));
            }
            clauses.push(Clause {
                target,
                iterable,
                conditions,
                comments: Comments::default(),
                origins: Origins::None,
            });
        }
        if self.peek() == close as u8 { Ok(clauses) } else { self.error(format!("`{close}` is expected")) }
    }

    /// What a loop binds: names, attributes, subscripts and tuples of them.
    pub(super) fn targets(&mut self) -> Parsed<Expr> {
        let mut items = Vec::new();
        let mut comma = false;
        while items.is_empty() || comma {
            if !self.begins_expression() {
                break;
            }
            let star = self.eat("*");
            let item = Item::from(self.primary()?);
            self.target(&item.value)?;
            items.push(Item { key: if star { Key::Star } else { Key::None }, ..item });
            self.skip();
            comma = self.eat(",");
            self.skip();
        }
        if items.len() == 1 && !comma && items[0].key == Key::None {
            return Ok(items.remove(0).value);
        }
        Ok(ExprKind::Tuple { items: items.into(), layout: Layout::Fit, bare: true }.into())
    }

    pub(super) fn braces(&mut self) -> Parsed<Expr> {
        let (items, comma) = match self.bracketed('}', Self::entry)? {
            Inside::Items(items, comma) => (items, comma),
            Inside::Comprehension(kind) => return Ok(kind.into()),
        };
        let layout = layout(comma);
        let dict = |item: &Item| matches!(item.key, Key::Entry(_) | Key::DoubleStar);
        if items.iter().all(dict) {
            Ok(ExprKind::Dict(items, layout).into())
        } else if items.iter().any(dict) {
            self.error("these braces are half of a dict and half of a set")
        } else {
            Ok(ExprKind::Set(items, layout).into())
        }
    }

    pub(super) fn entry(&mut self) -> Parsed<Item> {
        if self.eat("**") {
            let value = settled(self.operators(Precedence::BitOr)?, Precedence::BitOr);
            return Ok(Item { key: Key::DoubleStar, ..value.into() });
        }
        let key = self.starred()?;
        self.skip();
        if key.key != Key::None || !self.eat(":") {
            return Ok(key);
        }
        self.skip();
        let value = settled(self.expression()?, Precedence::Choice);
        Ok(Item { key: Key::Entry(Rc::new(settled(key.value, Precedence::Choice))), ..value.into() })
    }
}
