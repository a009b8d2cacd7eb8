//! Turns what the grammar matched into the syntax tree.
//!
//! What the grammar lets through and the language does not (a keyword as a name, a comparison of a comparison, a
//! number that does not fit) is reported here; the tree is built all the same where that makes sense, so that one
//! line can have several findings.
//!
//! Architecture Invariant: every expression that is built has a height of at most [`limits::HEIGHT`], so whoever
//! walks the tree may recurse.

use super::explain::shorten;
use super::scan::{ITEM_WORDS, LINE_WORDS, OTHER_WORDS, RESERVED_WORDS};
use super::{Rule, limits};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::{FileId, Span};
use crate::syntax::ast::*;
use pest::iterators::{Pair, Pairs};

type Node<'i> = Pair<'i, Rule>;

/// Builds the parts of one line.
pub(super) struct Builder<'a> {
    /// The file.
    file: FileId,
    /// The whole text.
    text: &'a str,
    /// For each byte of the line's normal form, its offset in the text.
    origin: &'a [u32],
    /// Comments inside the line, in order; `None` where a stage has taken one.
    comments: Vec<Option<Comment>>,
    /// The first comment that may still belong to a stage.
    next_comment: usize,
    /// What was found wrong.
    findings: Vec<Diagnostic>,
    // Whether the line was found to be nested too deeply.
    too_deep: bool,
    // How many operators and brackets are being built.
    depth: u32,
}

/// An expression with the height of its tree.
struct Tall {
    expr: Expr,
    height: u32,
}

impl<'a> Builder<'a> {
    /// A builder for a line with this origin and these comments.
    pub fn new(file: FileId, text: &'a str, origin: &'a [u32], comments: Vec<Comment>) -> Self {
        let comments = comments.into_iter().map(Some).collect();
        Self { file, text, origin, comments, next_comment: 0, findings: Vec::new(), too_deep: false, depth: 0 }
    }

    /// The comments that no stage has taken, and the findings.
    pub fn finish(self) -> (Vec<Comment>, Vec<Diagnostic>) {
        (self.comments.into_iter().flatten().collect(), self.findings)
    }

    fn span(&self, node: &Node) -> Span {
        let span = node.as_span();
        let (start, end) = (span.start(), span.end());
        let at = |index: usize| self.origin.get(index).map_or(0, |offset| *offset as usize);
        if start >= end {
            return Span::new(self.file, at(start), at(start));
        }
        Span::new(self.file, at(start), at(end - 1) + 1)
    }

    /// The span of an operator, without its blanks.
    fn sign(&self, node: &Node) -> Span {
        let span = node.as_span();
        let at = |index: usize| self.origin.get(index).map_or(0, |offset| *offset as usize);
        Span::new(self.file, at(span.start() + 1), at(span.end().saturating_sub(2)) + 1)
    }

    /// A name that may not be a word of the language.
    fn name(&mut self, node: &Node) -> Name {
        let name = Name { text: node.as_str().to_string(), span: self.span(node) };
        self.check_name(&name);
        name
    }

    fn check_name(&mut self, name: &Name) {
        let text = name.text.as_str();
        // All words of the language are short and in lower case.
        if text.len() > 8 || !text.as_bytes().first().is_some_and(u8::is_ascii_lowercase) {
            return;
        }
        if RESERVED_WORDS.contains(&text) {
            self.findings.push(reserved(text, name.span));
        } else if [ITEM_WORDS, LINE_WORDS, OTHER_WORDS].iter().any(|words| words.contains(&text)) {
            self.findings.push(
                Diagnostic::error(codes::SYNTAX, format!("`{text}` is a word of the language and cannot be a name"))
                    .at(name.span, "used as a name here")
                    .fix("choose another name, such as this", name.span, format!("{text}_")),
            );
        }
    }

    // -------- headers

    /// `definition_header`.
    pub fn definition(&mut self, node: Node, kind: DefinitionKind, header: Span) -> Definition {
        let mut definition = Definition {
            kind,
            doc: Vec::new(),
            name: Name { text: String::new(), span: header },
            parameters: Vec::new(),
            inputs: Vec::new(),
            inputs_tuple: false,
            outputs: Vec::new(),
            body: Vec::new(),
            end: Vec::new(),
            header,
        };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => definition.name = self.name(&part),
                Rule::parameters => definition.parameters = self.parameters(part),
                Rule::inputs => {
                    definition.inputs_tuple = part.as_str().starts_with('(');
                    definition.inputs = self.inputs(part);
                }
                Rule::outputs => definition.outputs = part.into_inner().map(|name| self.name(&name)).collect(),
                _ => {}
            }
        }
        definition
    }

    /// `pattern_header`.
    pub fn pattern(&mut self, node: Node, header: Span) -> Pattern {
        let mut pattern = Pattern {
            doc: Vec::new(),
            name: Name { text: String::new(), span: header },
            parameters: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            facts: Vec::new(),
            end: Vec::new(),
        };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => pattern.name = self.name(&part),
                Rule::parameters => pattern.parameters = self.parameters(part),
                Rule::inputs => pattern.inputs = self.inputs(part),
                Rule::pattern_outputs => {
                    pattern.outputs = part.into_inner().map(|output| self.pattern_output(output)).collect();
                }
                _ => {}
            }
        }
        pattern
    }

    fn pattern_output(&mut self, node: Node) -> PatternOutput {
        let span = self.span(&node);
        let mut output = PatternOutput {
            name: Name { text: String::new(), span },
            optional: false,
            variadic: false,
            shape: None,
            kind: None,
        };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::splat => output.variadic = true,
                Rule::name => output.name = self.name(&part),
                Rule::optional => output.optional = true,
                Rule::shape => output.shape = Some(self.shape(part)),
                Rule::kind => output.kind = Some(self.name(&part)),
                _ => {}
            }
        }
        output
    }

    fn parameters(&mut self, node: Node) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for part in node.into_inner() {
            if part.as_rule() == Rule::parameter {
                parameters.push(self.parameter(part));
            } else {
                let span = self.span(&part);
                self.findings.push(
                    Diagnostic::error(codes::SYNTAX, "this doc comment documents nothing")
                        .at(span, "no parameter follows")
                        .help("a doc comment goes directly above its parameter; any other comment begins with `//`"),
                );
            }
        }
        parameters
    }

    fn parameter(&mut self, node: Node) -> Parameter {
        let span = self.span(&node);
        let mut docs: Vec<String> = Vec::new();
        let mut parameter = Parameter { name: Name { text: String::new(), span }, ty: None, default: None, doc: None };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::doc => docs.push(doc_text(part.as_str())),
                Rule::name => parameter.name = self.name(&part),
                Rule::parameter_type => parameter.ty = Some(self.parameter_type(part)),
                _ => parameter.default = Some(self.expr(part).expr),
            }
        }
        if !docs.is_empty() {
            parameter.doc = Some(docs.join("\n"));
        }
        parameter
    }

    fn parameter_type(&mut self, node: Node) -> ParameterType {
        let span = self.span(&node);
        let mut names = node.into_inner().map(|name| self.name(&name));
        let name = names.next().unwrap_or(Name { text: String::new(), span });
        ParameterType { name, alternatives: names.collect() }
    }

    fn inputs(&mut self, node: Node) -> Vec<Input> {
        node.into_inner().map(|input| self.input(input)).collect()
    }

    fn input(&mut self, node: Node) -> Input {
        let span = self.span(&node);
        let mut input = Input {
            name: Name { text: String::new(), span },
            shape: None,
            kind: None,
            bound: None,
            variadic: false,
            default: None,
        };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::splat => input.variadic = true,
                Rule::name => input.name = self.name(&part),
                Rule::shape => input.shape = Some(self.shape(part)),
                Rule::kind => input.kind = Some(self.name(&part)),
                Rule::bound => input.bound = Some(self.expr(part).expr),
                Rule::input_default => input.default = Some(self.name(&part)),
                _ => {}
            }
        }
        input
    }

    fn shape(&mut self, node: Node) -> Shape {
        let span = self.span(&node);
        Shape { dims: node.into_inner().map(|dim| self.dim(dim)).collect(), span }
    }

    fn dim(&mut self, node: Node) -> Dim {
        let span = self.span(&node);
        let mut dim = Dim { value: Expr { kind: ExprKind::Int(0), span }, default: None, splat: false };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::splat => dim.splat = true,
                Rule::size => {
                    for size in part.into_inner() {
                        dim.default = Some(self.expr(size).expr);
                    }
                }
                _ => dim.value = self.expr(part).expr,
            }
        }
        if let Some(default) = &dim.default
            && !matches!(dim.value.kind, ExprKind::Name(_))
        {
            self.findings.push(
                Diagnostic::error(codes::SYNTAX, "only a name can be given a size in a shape")
                    .at(dim.value.span, "this is not a name")
                    .because(default.span, "its size")
                    .help("write `H = 512` for a size that is free, and 512 alone for one that is fixed"),
            );
        }
        dim
    }

    /// `import_line`.
    pub fn import(&mut self, node: Node, trailing: Option<Comment>) -> Import {
        let mut import = Import { names: Vec::new(), path: String::new(), path_span: self.span(&node), trailing };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => {
                    let name = self.name(&part);
                    import.names.push(name);
                }
                Rule::string => {
                    import.path_span = self.span(&part);
                    import.path = self.string(&part);
                }
                _ => {}
            }
        }
        import
    }

    /// `defaults_line`.
    pub fn defaults_entry(&mut self, node: Node) -> (Name, Vec<Argument>) {
        let span = self.span(&node);
        let mut name = Name { text: String::new(), span };
        let mut arguments = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => name = self.name(&part),
                Rule::arguments => arguments = self.arguments(part),
                _ => {}
            }
        }
        for argument in arguments.iter().filter(|argument| argument.name.is_none()) {
            self.findings.push(
                Diagnostic::error(codes::SYNTAX, "a default is given by name")
                    .at(argument.value.span, "the parameter's name is missing")
                    .help(format!("write `{}(name=value)`", name.text)),
            );
        }
        (name, arguments)
    }

    // -------- lines

    /// `assignment`.
    pub fn assignment(&mut self, node: Node) -> Assign {
        let tuple = node.as_str().starts_with('(');
        let parts = node.into_inner();
        // Vectors of the right size, since most of a tree consists of these: a target, the source, the stages.
        let mut targets: Vec<Target> = Vec::with_capacity(1);
        let mut source = Source::Tuple(Vec::new());
        let mut stages = Vec::with_capacity(parts.len().saturating_sub(2));
        let mut end = 0;
        for part in parts {
            match part.as_rule() {
                Rule::name => targets.push(Target { name: self.name(&part), shape: None }),
                Rule::discard => {
                    targets.push(Target { name: Name { text: "_".into(), span: self.span(&part) }, shape: None });
                }
                Rule::shape => {
                    let claim = self.shape(part);
                    if let Some(target) = targets.last_mut() {
                        target.shape = Some(claim);
                    }
                }
                Rule::tuple => {
                    end = self.span(&part).end;
                    source = Source::Tuple(part.into_inner().map(|expr| self.expr(expr).expr).collect());
                }
                Rule::expr => {
                    let expr = self.expr(part).expr;
                    end = expr.span.end;
                    source = Source::Expr(expr);
                }
                Rule::stage => self.push_stage(part, &mut stages, end),
                _ => {}
            }
        }
        Assign { targets, tuple, value: Pipeline { source, stages } }
    }

    /// Adds a stage; `source_end` is the end of the pipeline's source, where it has one.
    fn push_stage(&mut self, node: Node, stages: &mut Vec<Stage>, source_end: u32) {
        let mut stage = self.stage(node);
        let before = stages.last().map_or(source_end, |last| last.span.end);
        // Between two stages stand an arrow, blanks and comments.
        let gap = self.text.get(before as usize..stage.span.start as usize).unwrap_or("");
        stage.new_line = (before != 0 || !stages.is_empty()) && gap.contains('\n');
        while let Some(comment) = self.comments.get_mut(self.next_comment) {
            let start = comment.as_ref().map_or(0, |comment| comment.span.start);
            if start >= stage.span.start {
                break;
            }
            // The first comment between two stages is that of the earlier one.
            if start >= before
                && let Some(last) = stages.last_mut().filter(|last| last.trailing.is_none())
            {
                last.trailing = comment.take();
            }
            self.next_comment += 1;
        }
        stages.push(stage);
    }

    fn stage(&mut self, node: Node) -> Stage {
        let span = self.span(&node);
        let mut call = Call { name: Name { text: String::new(), span }, arguments: Vec::new(), parentheses: false };
        let mut kind = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => call.name = self.name(&part),
                Rule::arguments => {
                    call.parentheses = true;
                    call.arguments = self.arguments(part);
                }
                Rule::choice => kind = self.choice(part),
                _ => {}
            }
        }
        Stage { kind: kind.unwrap_or(StageKind::Call(call)), span, trailing: None, new_line: false }
    }

    fn choice(&mut self, node: Node) -> Option<StageKind> {
        let mut condition = None;
        let mut stages = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::condition => condition = Some(self.expr(part).expr),
                _ => stages.push(self.stage(part)),
            }
        }
        let otherwise = Box::new(stages.pop()?);
        let then = Box::new(stages.pop()?);
        Some(StageKind::Choice { condition: condition?, then, otherwise })
    }

    fn arguments(&mut self, node: Node) -> Vec<Argument> {
        let parts = node.into_inner();
        let mut arguments: Vec<Argument> = Vec::with_capacity(parts.len());
        let mut name: Option<Name> = None;
        let mut named: Option<Span> = None;
        for part in parts {
            if part.as_rule() == Rule::name {
                name = Some(self.name(&part));
                continue;
            }
            let value = self.expr(part).expr;
            match (&name, named) {
                (Some(name), None) => named = Some(name.span.to(value.span)),
                (None, Some(first)) => self.findings.push(
                    Diagnostic::error(codes::SYNTAX, "a value without a name stands behind one with a name")
                        .at(value.span, "which parameter is this?")
                        .because(first, "from here on, each value needs its name")
                        .help("write `name=value`, or put the values without names first"),
                ),
                _ => {}
            }
            arguments.push(Argument { name: name.take(), value });
        }
        arguments
    }

    /// `shared_line`.
    pub fn shared(&mut self, node: Node) -> Shared {
        let span = self.span(&node);
        let mut shared = Shared { name: Name { text: String::new(), span }, stages: Vec::new() };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => shared.name = self.name(&part),
                Rule::stage => self.push_stage(part, &mut shared.stages, 0),
                _ => {}
            }
        }
        shared
    }

    /// `repeat_header`: the count, the label and the index.
    pub fn repeat(&mut self, node: Node) -> Option<(Expr, Name, Option<Name>)> {
        let mut count = None;
        let mut names = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::expr => count = Some(self.expr(part).expr),
                Rule::name => {
                    let name = self.name(&part);
                    names.push(name);
                }
                _ => {}
            }
        }
        let mut names = names.into_iter();
        Some((count?, names.next()?, names.next()))
    }

    /// The only expression of `if_header`, `macs_line`.
    pub fn only_expr(&mut self, node: Node) -> Option<Expr> {
        node.into_inner().find(|part| part.as_rule() == Rule::expr).map(|part| self.expr(part).expr)
    }

    /// `require_line`, `ask_header`: an expression and a text.
    pub fn expr_and_string(&mut self, node: Node) -> Option<(Expr, Option<String>)> {
        let mut expr = None;
        let mut string = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::expr => expr = Some(self.expr(part).expr),
                Rule::string => string = Some(self.string(&part)),
                _ => {}
            }
        }
        Some((expr?, string))
    }

    /// `claim_line`.
    pub fn claim(&mut self, node: Node) -> Option<Claim> {
        let mut quantity = None;
        let mut row = None;
        let mut relation = Relation::Equal;
        let mut value = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => quantity = Some(self.name(&part)),
                Rule::row_name => row = Some(self.name(&part)),
                Rule::relation if part.as_str() == "~" => relation = Relation::About,
                Rule::figures => value = Some(self.expr(part).expr),
                _ => {}
            }
        }
        Some(Claim { quantity: quantity?, row, relation, value: value? })
    }

    // -------- lines of patterns

    /// `let_line`.
    pub fn let_line(&mut self, node: Node) -> Option<FactKind> {
        let mut name = None;
        let mut value = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::expr => value = Some(self.expr(part).expr),
                _ => {}
            }
        }
        Some(FactKind::Let(name?, value?))
    }

    /// `ask_line`.
    pub fn ask_line(&mut self, node: Node) -> Option<(String, String)> {
        let mut strings = Vec::new();
        for part in node.into_inner().filter(|part| part.as_rule() == Rule::string) {
            let string = self.string(&part);
            strings.push(string);
        }
        let mut strings = strings.into_iter();
        Some((strings.next()?, strings.next()?))
    }

    /// `weight_line`.
    pub fn weight(&mut self, node: Node) -> Option<FactKind> {
        let mut weight_name = None;
        let mut trainable = true;
        let mut weight_shape = None;
        let mut initial = None;
        let mut condition = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::weight_word => trainable = part.as_str() == "weight",
                Rule::name => weight_name = Some(self.name(&part)),
                Rule::shape => weight_shape = Some(self.shape(part)),
                Rule::initial => initial = Some(self.expr(part).expr),
                Rule::expr => condition = Some(self.expr(part).expr),
                _ => {}
            }
        }
        Some(FactKind::Weight { name: weight_name?, trainable, shape: weight_shape?, initial, condition })
    }

    /// `random_line`.
    pub fn random(&mut self, node: Node) -> Option<FactKind> {
        let mut parts = node.into_inner();
        let name = parts.find(|part| part.as_rule() == Rule::name)?;
        let calm = parts.find(|part| part.as_rule() == Rule::input_default);
        Some(FactKind::Random(self.name(&name), calm.map(|part| self.name(&part))))
    }

    /// `loop_line`.
    pub fn loops(&mut self, node: Node) -> Option<FactKind> {
        let part = node.into_inner().find(|part| part.as_rule() == Rule::name)?;
        Some(FactKind::Loop(self.name(&part)))
    }

    /// `extern_line`.
    pub fn external(&mut self, node: Node) -> Option<FactKind> {
        let (mut column, mut key, mut text) = (None, None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => column = Some(self.name(&part)),
                Rule::extern_key => key = part.into_inner().next().map(|name| self.name(&name)),
                Rule::string => text = Some(self.string(&part)),
                _ => {}
            }
        }
        Some(FactKind::Extern { column: column?, key, text: text? })
    }

    // -------- expressions

    /// `expr`, `bound`, `figures`, `initial`, `condition`, `group`: a flat row of operators and operands, with
    /// conditions between.
    fn expr(&mut self, node: Node) -> Tall {
        let span = self.span(&node);
        let mut parts = node.into_inner();
        let first = self.binary(&mut parts, 0);
        if parts.peek().is_none() {
            return first;
        }
        // a if c else b if d else e: to the right.
        let mut values = vec![first];
        let mut conditions = Vec::new();
        while let Some(part) = parts.next() {
            if part.as_rule() == Rule::condition {
                conditions.push(self.expr(part));
                let value = self.binary(&mut parts, 0);
                values.push(value);
            }
        }
        let Some(mut result) = values.pop() else {
            return self.missing(span);
        };
        while let (Some(then), Some(condition)) = (values.pop(), conditions.pop()) {
            let height = 1 + result.height.max(then.height).max(condition.height);
            let span = then.expr.span.to(result.expr.span);
            let kind = ExprKind::Choice {
                condition: Box::new(condition.expr),
                then: Box::new(then.expr),
                otherwise: Box::new(result.expr),
            };
            result = self.tall(kind, span, height);
        }
        result
    }

    /// What stands where nothing could be built.
    fn missing(&self, span: Span) -> Tall {
        Tall { expr: Expr { kind: ExprKind::Int(0), span }, height: 1 }
    }

    /// An expression, unless it is too high: then one finding for the line.
    fn tall(&mut self, kind: ExprKind, span: Span, height: u32) -> Tall {
        if height <= limits::HEIGHT {
            return Tall { expr: Expr { kind, span }, height };
        }
        if !self.too_deep {
            self.too_deep = true;
            self.findings.push(
                Diagnostic::error(
                    codes::TOO_LARGE,
                    format!("this expression is more than {} operators high", limits::HEIGHT),
                )
                .at(span, "too long")
                .help("give a part of it a name on a line of its own"),
            );
        }
        self.missing(span)
    }

    /// Precedence climbing: operators that bind at least as tightly as `min`.
    fn binary(&mut self, parts: &mut Pairs<Rule>, min: u8) -> Tall {
        if self.depth > limits::HEIGHT {
            // Deeper than any tree that would be kept: what is left of this expression is passed over.
            let span = parts.peek().map_or(Span::new(self.file, 0, 0), |part| self.span(&part));
            while parts.next().is_some() {}
            return self.tall(ExprKind::Int(0), span, self.depth);
        }
        self.depth += 1;
        let result = self.operators(parts, min);
        self.depth -= 1;
        result
    }

    fn operators(&mut self, parts: &mut Pairs<Rule>, min: u8) -> Tall {
        let mut left = self.term(parts, min);
        let mut compared: Option<Span> = None;
        while let Some(next) = parts.peek() {
            if !matches!(next.as_rule(), Rule::infix | Rule::sum) {
                break;
            }
            let (op, power) = infix(next.as_str());
            if power < min {
                break;
            }
            parts.next();
            let right = self.binary(parts, if op == BinaryOp::Power { power } else { power + 1 });
            if is_comparison(op) {
                let sign = self.sign(&next);
                if let Some(first) = compared {
                    self.findings.push(
                        Diagnostic::error(codes::SYNTAX, "comparisons cannot be chained")
                            .at(sign, "the second comparison")
                            .because(first, "the first one")
                            .help("write `a < b and b < c`"),
                    );
                }
                compared = Some(sign);
            } else {
                compared = None;
            }
            let height = 1 + left.height.max(right.height);
            let span = left.expr.span.to(right.expr.span);
            left = self.tall(ExprKind::Binary(op, Box::new(left.expr), Box::new(right.expr)), span, height);
        }
        left
    }

    fn term(&mut self, parts: &mut Pairs<Rule>, min: u8) -> Tall {
        let Some(part) = parts.next() else {
            let end = self.origin.last().map_or(0, |last| *last as usize + 1);
            return self.missing(Span::new(self.file, end, end));
        };
        if part.as_rule() != Rule::prefix {
            return self.operand(part);
        }
        let span = self.span(&part);
        let (op, power) = if part.as_str() == "-" { (UnaryOp::Negate, NEGATE) } else { (UnaryOp::Not, NOT) };
        if op == UnaryOp::Not && min > NOT {
            let sign = Span { end: span.start + 3, ..span };
            self.findings.push(
                Diagnostic::error(codes::SYNTAX, "`not` binds less tightly than the operator before it")
                    .at(sign, "put this in parentheses: `(not ..)`"),
            );
        }
        let inner = self.binary(parts, power);
        let height = inner.height + 1;
        let span = span.to(inner.expr.span);
        self.tall(ExprKind::Unary(op, Box::new(inner.expr)), span, height)
    }

    fn operand(&mut self, node: Node) -> Tall {
        let span = self.span(&node);
        let mut height = 1;
        let kind = match node.as_rule() {
            Rule::group => {
                let mut inner = match node.into_inner().next() {
                    Some(inner) => self.expr(inner),
                    None => self.missing(span),
                };
                // With its parentheses.
                let around = Span { start: self.opening(span.start), end: self.closing(span.end), ..span };
                inner.expr.span = around;
                return inner;
            }
            Rule::figures => return self.expr(node),
            Rule::value => return self.value(node),
            Rule::number => self.number(node.as_str(), span),
            Rule::quantity => quantity(node.as_str()),
            Rule::thousands => {
                let digits: String = node.as_str().chars().filter(char::is_ascii_digit).collect();
                self.integer(&digits, span)
            }
            Rule::string => ExprKind::Str(self.string(&node)),
            Rule::list => {
                let mut elements = Vec::new();
                for element in node.into_inner() {
                    let element_span = self.span(&element);
                    let mut splat = false;
                    let mut value = None;
                    for part in element.into_inner() {
                        match part.as_rule() {
                            Rule::splat => splat = true,
                            _ => value = Some(self.expr(part)),
                        }
                    }
                    let Some(mut value) = value else {
                        continue;
                    };
                    if splat {
                        let above = value.height + 1;
                        value = self.tall(ExprKind::Splat(Box::new(value.expr)), element_span, above);
                    }
                    height = height.max(value.height + 1);
                    elements.push(value.expr);
                }
                ExprKind::List(elements)
            }
            _ => ExprKind::Int(0),
        };
        self.tall(kind, span, height)
    }

    /// The offset of the `(` before `start`; only blanks and comments lie between.
    fn opening(&self, start: u32) -> u32 {
        self.origin.partition_point(|offset| *offset < start).checked_sub(1).map_or(start, |before| self.origin[before])
    }

    /// The offset behind the `)` behind `end`.
    fn closing(&self, end: u32) -> u32 {
        self.origin.get(self.origin.partition_point(|offset| *offset < end)).map_or(end, |offset| *offset + 1)
    }

    fn value(&mut self, node: Node) -> Tall {
        let span = self.span(&node);
        let written = node.as_str();
        let mut parts = node.into_inner();
        let Some(head) = parts.next() else {
            return self.missing(span);
        };
        let Some(next) = parts.next() else {
            let kind = match written {
                "true" => ExprKind::Bool(true),
                "false" => ExprKind::Bool(false),
                "True" | "False" => {
                    let lower = written.to_lowercase();
                    self.findings.push(
                        Diagnostic::error(codes::SYNTAX, format!("`{written}` is Python; here it is `{lower}`"))
                            .at(span, "with a small letter")
                            .fix(format!("write `{lower}`"), span, lower),
                    );
                    ExprKind::Bool(written == "True")
                }
                "if" | "else" | "and" | "or" | "not" | "as" | "from" => {
                    self.findings.push(
                        Diagnostic::error(codes::SYNTAX, format!("`{written}` stands in the place of a value"))
                            .at(span, "expected a value"),
                    );
                    ExprKind::Name(written.to_string())
                }
                _ => {
                    let name = Name { text: written.to_string(), span };
                    self.check_name(&name);
                    ExprKind::Name(name.text)
                }
            };
            return self.tall(kind, span, 1);
        };
        let name = self.name(&head);
        if next.as_rule() == Rule::attribute {
            let attribute = Name { text: next.as_str().to_string(), span: self.span(&next) };
            return self.tall(ExprKind::Attribute { tensor: name, attribute }, span, 1);
        }
        let mut height = 1;
        let mut arguments = Vec::new();
        for part in std::iter::once(next).chain(parts) {
            let argument = self.expr(part);
            height = height.max(argument.height + 1);
            arguments.push(argument.expr);
        }
        // floor(a / b) is the quotient rounded down, an operator of its own.
        if name.text == "floor" && arguments.len() == 1 {
            match arguments.pop() {
                Some(Expr { kind: ExprKind::Binary(BinaryOp::Divide, left, right), .. }) => {
                    return self.tall(ExprKind::Binary(BinaryOp::FloorDivide, left, right), span, height);
                }
                Some(other) => arguments.push(other),
                None => {}
            }
        }
        self.tall(ExprKind::Call(name, arguments), span, height)
    }

    fn integer(&mut self, digits: &str, span: Span) -> ExprKind {
        if let Ok(value) = digits.parse() {
            return ExprKind::Int(value);
        }
        self.findings.push(
            Diagnostic::error(codes::SYNTAX, format!("{} is too large for an integer", shorten(digits)))
                .at(span, format!("the largest one is {}", i64::MAX)),
        );
        ExprKind::Int(0)
    }

    fn number(&mut self, written: &str, span: Span) -> ExprKind {
        if written.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.plain_integer(written, span);
        }
        if written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'x') {
            let sizes = written.split('x').map(|digits| if digits.is_empty() { Err(()) } else { Ok(digits) });
            if let Ok(sizes) = sizes.collect::<Result<Vec<&str>, ()>>() {
                let sizes = sizes.into_iter().map(|digits| match self.integer(digits, span) {
                    ExprKind::Int(size) => size,
                    _ => 0,
                });
                return ExprKind::Size(sizes.collect());
            }
        } else if let Ok(value) = written.parse::<f64>() {
            if !value.is_finite() {
                self.findings.push(
                    Diagnostic::error(codes::SYNTAX, format!("{} is too large for a number", shorten(written)))
                        .at(span, "larger than 1.7e308"),
                );
            }
            return ExprKind::Float { value: if value.is_finite() { value } else { 0.0 }, text: written.to_string() };
        }
        self.findings.push(
            Diagnostic::error(codes::SYNTAX, format!("`{}` is not a number", shorten(written)))
                .at(span, "expected such as 64, 0.5, 1e-3 or 3x3"),
        );
        ExprKind::Int(0)
    }

    fn plain_integer(&mut self, written: &str, span: Span) -> ExprKind {
        if written.len() > 1 && written.starts_with('0') {
            let before = &self.text[..span.start as usize];
            let grouped = written.len() == 3
                && before.strip_suffix(',').is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
            let message = format!("the number {} begins with a zero", shorten(written));
            let diagnostic = Diagnostic::error(codes::SYNTAX, message);
            self.findings.push(if grouped {
                diagnostic
                    .at(span, "is this a group of thousands?")
                    .help("a comma separates two values here; only a `claim` groups thousands by commas")
            } else {
                let plain = written.trim_start_matches('0');
                let plain = if plain.is_empty() { "0" } else { plain };
                diagnostic.at(span, "a zero in front").fix(format!("write {}", shorten(plain)), span, plain)
            });
        }
        self.integer(written, span)
    }

    /// The text between the quotation marks.
    fn string(&mut self, node: &Node) -> String {
        let written = node.as_str();
        let inner = &written[1..written.len() - 1];
        if !inner.contains('\\') {
            return inner.to_string();
        }
        let span = self.span(node);
        let mut text = String::with_capacity(inner.len());
        let mut chars = inner.char_indices();
        while let Some((_, letter)) = chars.next() {
            if letter != '\\' {
                text.push(letter);
                continue;
            }
            match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                Some((at, escaped)) => {
                    let start = span.start as usize + at;
                    let place = Span::new(self.file, start, start + 1 + escaped.len_utf8());
                    self.findings.push(
                        Diagnostic::error(codes::SYNTAX, format!("`\\{escaped}` means nothing in a text"))
                            .at(place, "only `\\\"` and `\\\\` are known")
                            .help("write `\\\\` for a backslash; in the path of a file, write `/`"),
                    );
                }
                None => {}
            }
        }
        text
    }
}

const NOT: u8 = 3;
const NEGATE: u8 = 7;

/// An infix operator and how tightly it binds.
pub(crate) fn infix(sign: &str) -> (BinaryOp, u8) {
    match sign {
        " or " => (BinaryOp::Or, 1),
        " and " => (BinaryOp::And, 2),
        " == " => (BinaryOp::Equal, 4),
        " != " => (BinaryOp::NotEqual, 4),
        " < " => (BinaryOp::Less, 4),
        " <= " => (BinaryOp::LessEqual, 4),
        " > " => (BinaryOp::Greater, 4),
        " >= " => (BinaryOp::GreaterEqual, 4),
        " + " => (BinaryOp::Add, 5),
        " - " => (BinaryOp::Subtract, 5),
        " * " => (BinaryOp::Multiply, 6),
        " / " => (BinaryOp::Divide, 6),
        " % " => (BinaryOp::Remainder, 6),
        // The grammar knows no other sign than `^`.
        _ => (BinaryOp::Power, 8),
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
}

/// `11.69M`: its value, and the unit of its last digit.
fn quantity(written: &str) -> ExprKind {
    let (figure, exponent) = match written.as_bytes().last() {
        Some(b'k') => (&written[..written.len() - 1], 3),
        Some(b'M') => (&written[..written.len() - 1], 6),
        _ => (&written[..written.len() - 1], 9),
    };
    let decimals = figure.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
    // By way of decimal text, since 11.69 * 1e6 is not 11,690,000.
    let value = format!("{figure}e{exponent}").parse().unwrap_or(0.0);
    let unit = format!("1e{}", exponent - decimals).parse().unwrap_or(1.0);
    ExprKind::Quantity { value, unit, text: written.to_string() }
}

/// The text of a `/// doc comment`.
pub(super) fn doc_text(line: &str) -> String {
    let text = line.trim_start_matches('/').trim_end();
    text.strip_prefix([' ', '\t']).unwrap_or(text).to_string()
}

/// The finding for a word that is kept for a coming version.
pub(super) fn reserved(word: &str, span: Span) -> Diagnostic {
    let meaning = match word {
        "train" => "the loss, the optimiser and the schedule",
        _ => "patterns with a snippet of their own for each framework",
    };
    Diagnostic::error(codes::RESERVED, format!("`{word}` is kept for a coming version of the language"))
        .at(span, format!("will be for {meaning}"))
        .help("this version does not have it; as a name, choose another word")
}
