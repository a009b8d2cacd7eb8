//! The lines of a body: assignments, claims, shared instances, tensor expressions.

use super::*;

impl Body<'_, '_> {
    /// The lines of a body, and what is said behind the last one.
    pub(super) fn lines(&mut self, statements: &[ast::Statement], end: &[Leading]) -> Vec<Node> {
        let mut nodes = Vec::with_capacity(statements.len());
        for statement in statements {
            if self.full() {
                // What nothing uses may be used by a line that is not looked at.
                self.incomplete = true;
                self.walkable = false;
                break;
            }
            nodes.extend(self.line(statement));
        }
        let first = end.iter().find_map(|leading| match leading {
            Leading::Comment(comment) => Some(comment.span),
            Leading::Blank => None,
        });
        if let Some(span) = first {
            nodes.push(Node {
                kind: NodeKind::Remark,
                span,
                comments: comments(end),
                trailing: None,
                paragraph: end.contains(&Leading::Blank),
            });
        }
        nodes
    }

    pub(super) fn line(&mut self, statement: &ast::Statement) -> Option<Node> {
        let comments = comments(&statement.leading);
        let mut trailing = statement.trailing.as_ref().map(|comment| comment.text.clone());
        let mut kind = match &statement.kind {
            StatementKind::Assign(assign) => {
                self.targets = assign.targets.iter().map(|target| target.name.text.clone()).collect();
                let kind = self.assign(assign, statement.span);
                self.targets.clear();
                kind
            }
            StatementKind::Shared(shared) => self.shared(shared),
            StatementKind::Repeat(repeat) => self.repeat(repeat),
            StatementKind::If(branches) => self.branches(branches, statement.span),
            StatementKind::Require(require) => {
                if !self.scalar(&require.condition, &[]) {
                    return None;
                }
                NodeKind::Require { condition: require.condition.clone(), message: require.message.clone() }
            }
            StatementKind::Claim(claim) => self.claim(claim)?,
        };
        // Behind a pipeline of several lines it speaks of the last.
        if let NodeKind::Flow(Flow { stages, .. }) | NodeKind::Shared { stages, .. } = &mut kind
            && let [before @ .., last] = stages.as_mut_slice()
            && before.iter().any(|stage| stage.line_end)
        {
            last.comment = trailing.take();
        }
        let paragraph = statement.leading.contains(&Leading::Blank);
        Some(Node { kind, span: statement.span, comments, trailing, paragraph })
    }

    pub(super) fn shared(&mut self, shared: &ast::Shared) -> NodeKind {
        let name = &shared.name.text;
        let stages = self.pipeline(&shared.stages).unwrap_or_default();
        let previous = self.find(name).map(|(_, span)| span).or_else(|| self.shared.get(name).map(|other| other.span));
        if let Some(previous) = previous {
            let finding = Diagnostic::error(codes::DUPLICATE_NAME, format!("`{name}` has a meaning already"))
                .at(shared.name.span, "the same name for a shared instance")
                .because(previous, "named here");
            self.findings.push(finding);
        } else {
            self.shared.insert(name.clone(), SharedName { span: shared.name.span, used: false });
        }
        NodeKind::Shared { name: name.clone(), stages }
    }

    pub(super) fn claim(&mut self, claim: &ast::Claim) -> Option<NodeKind> {
        let quantity = match claim.quantity.text.as_str() {
            "params" => Quantity::Params,
            "macs" => Quantity::Macs,
            other => {
                let span = claim.quantity.span;
                let finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("nothing can be claimed of `{other}`"))
                    .at(span, "expected `params` or `macs`");
                let finding = match other.to_lowercase().as_str() {
                    "parameters" | "param" | "parameter" | "weights" | "size" => {
                        finding.fix("did you mean `params`?", span, "params")
                    }
                    "mac" | "madds" | "mults" | "multiplications" => finding.fix("did you mean `macs`?", span, "macs"),
                    "flops" | "flop" | "gflops" | "operations" | "ops" => {
                        finding.help("`macs` are multiply-accumulates: a paper's FLOPs are the same or twice as many")
                    }
                    "shape" => finding.help("the shape of a line is claimed at its name: `x[64, 56, 56] = ..`"),
                    other => match similar_names(other, ["params", "macs"]).first() {
                        Some(near) => finding.fix(format!("did you mean `{near}`?"), span, *near),
                        None => finding.help("the shape of a line is claimed at its name: `x[64, 56, 56] = ..`"),
                    },
                };
                self.findings.push(finding);
                self.scalar(&claim.value, &[]);
                return None;
            }
        };
        let fine = self.scalar(&claim.value, &[]);
        if self.nested > 0 {
            self.findings.push(
                Diagnostic::error(codes::CLAIM, format!("the {} of the whole model are claimed", quantity.word()))
                    .at(claim.quantity.span, "inside of a `repeat` or `if`")
                    .help("write the claim at the end of the model, outside of its loops and choices"),
            );
            return None;
        }
        if self.definition.kind == DefinitionKind::Block {
            self.findings.push(
                Diagnostic::error(
                    codes::CLAIM,
                    format!("the {} of a block are no figure of their own", quantity.word()),
                )
                .at(claim.quantity.span, "a claim in a block")
                .help("they depend on what enters; write the claim into the model"),
            );
            return None;
        }
        let row = match &claim.row {
            Some(name) => Some(self.row(name, quantity)?),
            None => None,
        };
        fine.then(|| NodeKind::Claim { quantity, row, relation: claim.relation, value: claim.value.clone() })
    }

    /// The one line or loop of the model that has this name.
    fn row(&mut self, name: &Name, quantity: Quantity) -> Option<Row> {
        let mut rows = Vec::new();
        rows_of(&self.definition.body, &mut rows);
        let found: Vec<_> = rows.iter().filter(|(other, _)| other.text == name.text).collect();
        let finding = match found.as_slice() {
            [(_, span)] => return Some(Row { name: name.text.clone(), span: *span }),
            [] => {
                let message = format!("no line of this model is called `{}`", name.text);
                let finding = Diagnostic::error(codes::UNKNOWN_NAME, message);
                match similar_names(&name.text, rows.iter().map(|(other, _)| other.text.as_str())).first() {
                    Some(near) => {
                        finding.at(name.span, "not found").fix(format!("did you mean `{near}`?"), name.span, *near)
                    }
                    None => finding.at(name.span, "not found").help(format!(
                        "claim the {} of a line by the name that it assigns, of a `repeat` by its label",
                        quantity.word()
                    )),
                }
            }
            [(first, _), (second, _), ..] => {
                let message = format!("several lines are called `{}`", name.text);
                Diagnostic::error(codes::CLAIM, message)
                    .at(name.span, "which of them?")
                    .because(first.span, "this one")
                    .because(second.span, "or this one")
                    .help("give each row of the table a name of its own")
            }
        };
        self.findings.push(finding);
        None
    }

    pub(super) fn assign(&mut self, assign: &ast::Assign, span: Span) -> NodeKind {
        let inputs: Vec<&Expr> = match &assign.value.source {
            ast::Source::Tuple(items) => items.iter().collect(),
            ast::Source::Expr(single) => vec![single],
        };
        if let ([Expr { kind: ExprKind::Call(name, arguments), span: call }], []) =
            (inputs.as_slice(), assign.value.stages.as_slice())
            && self.applied(name, arguments, *call)
        {
            return self.poisoned(assign);
        }
        let whats: Vec<What> = inputs.iter().map(|input| self.what_of(input)).collect();
        if assign.value.stages.is_empty() && !whats.contains(&What::Tensor) {
            return self.local(assign, &inputs, span);
        }
        let operands: Vec<Option<Operand>> = inputs.iter().map(|input| self.operand(input, true)).collect();
        let stages = self.pipeline(&assign.value.stages);
        let claims: Vec<Option<Shape>> = assign.targets.iter().map(|target| self.shape_claim(target)).collect();
        let mut targets = Vec::new();
        for (at, (target, claim)) in assign.targets.iter().zip(claims).enumerate() {
            targets.push(Target { name: self.target(assign, at), claim, span: target.name.span });
        }
        if assign.targets.iter().all(|target| target.name.text == "_") {
            self.findings.push(
                Diagnostic::error(codes::UNUSED, "this line keeps nothing of what it computes")
                    .at(span, "all of it is discarded with `_`")
                    .help("give what is needed a name, or remove the line"),
            );
        }
        let operands: Option<Vec<Operand>> = operands.into_iter().collect();
        match (operands, stages) {
            (Some(inputs), Some(stages)) => NodeKind::Flow(Flow { targets, inputs, stages }),
            // A flow without a source: its targets are poisoned.
            _ => NodeKind::Flow(Flow { targets, inputs: Vec::new(), stages: Vec::new() }),
        }
    }

    /// Declares a target of a line that computes tensors; its name, unless it is discarded.
    pub(super) fn target(&mut self, assign: &ast::Assign, at: usize) -> Option<String> {
        let name = &assign.targets[at].name;
        if name.text == "_" {
            return None;
        }
        if let Some(first) = assign.targets[..at].iter().find(|other| other.name.text == name.text) {
            self.findings.push(
                Diagnostic::error(codes::DUPLICATE_NAME, format!("`{}` is assigned twice in one line", name.text))
                    .at(name.span, "again here")
                    .because(first.name.span, "first here"),
            );
            self.doubt(&name.text);
            return None;
        }
        let role = if assign.targets.len() > 1 { Role::Part } else { Role::Line };
        self.declare(name, What::Tensor, role);
        Some(name.text.clone())
    }

    pub(super) fn shape_claim(&mut self, target: &ast::Target) -> Option<Shape> {
        let shape = target.shape.as_ref()?;
        let mut fine = true;
        for dim in &shape.dims {
            fine &= self.scalar(&dim.value, &[]);
        }
        fine.then(|| shape.clone())
    }

    /// A line whose value could not be made out: its names are known, and nothing else about them.
    pub(super) fn poisoned(&mut self, assign: &ast::Assign) -> NodeKind {
        for target in &assign.targets {
            self.shape_claim(target);
            if target.name.text != "_" {
                self.excuse(&target.name.text);
                self.declare(&target.name, What::Doubtful, Role::Line);
            }
        }
        let targets = assign.targets.iter().map(|target| Target {
            name: (target.name.text != "_").then(|| target.name.text.clone()),
            claim: None,
            span: target.name.span,
        });
        NodeKind::Flow(Flow { targets: targets.collect(), inputs: Vec::new(), stages: Vec::new() })
    }

    /// `relu(x)` and `conv(x, 64, 3x3)`: a pattern applied as a function. Reports it, if it is one.
    pub(super) fn applied(&mut self, name: &Name, arguments: &[Expr], span: Span) -> bool {
        let callee = name.text.as_str();
        let meant = if self.is_callee(callee) {
            callee.to_owned()
        } else {
            match library::elsewhere(callee) {
                Some(pattern) => pattern.to_owned(),
                None => return false,
            }
        };
        if FUNCTIONS.iter().any(|(function, _)| *function == callee) {
            return false;
        }
        // A name whose line could not be made out is a tensor here: nothing else would stand first.
        let tensor = |argument: &&Expr| match &argument.kind {
            ExprKind::Name(name) => match self.what(name) {
                Some(what) => what != What::Number,
                None => !self.is_callee(name),
            },
            _ => self.what_of(argument) == What::Tensor,
        };
        let tensors = arguments.iter().take_while(tensor).count();
        let (first, rest) = arguments.split_at(tensors);
        for argument in arguments {
            self.mark(argument);
        }
        let text = |items: &[Expr]| items.iter().map(print::expression).collect::<Vec<_>>().join(", ");
        let rest = if rest.is_empty() { String::new() } else { format!("({})", text(rest)) };
        let mut finding = Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{callee}` is applied like a function"))
            .at(span, "tensors flow through arrows");
        let _ = self.names.used.borrow_mut().insert(meant.clone());
        finding = match first {
            [] => finding.help(format!("write `x -> {meant}{rest}`")),
            [single] => {
                finding.fix("write it behind an arrow", span, format!("{} -> {meant}{rest}", print::expression(single)))
            }
            several => finding.fix("write it behind an arrow", span, format!("({}) -> {meant}{rest}", text(several))),
        };
        self.findings.push(finding);
        true
    }

    /// `[a, b] -> concat`: reports it if all of the list are tensors.
    fn tensors(&mut self, items: &[Expr], span: Span) -> bool {
        let whats: Vec<What> = items.iter().map(|item| self.what_of(item)).collect();
        if !whats.contains(&What::Tensor) || whats.contains(&What::Number) {
            return false;
        }
        let text = items.iter().map(print::expression).collect::<Vec<_>>().join(", ");
        items.iter().for_each(|item| self.mark(item));
        let written = if items.len() == 1 { text } else { format!("({text})") };
        let finding = Diagnostic::error(codes::TENSOR_OR_NUMBER, "several tensors enter in parentheses")
            .at(span, "a list holds sizes and other hyperparameters")
            .fix(format!("write `{written}`"), span, written);
        self.findings.push(finding);
        true
    }

    pub(super) fn is_callee(&self, name: &str) -> bool {
        self.shared.contains_key(name)
            || self.names.blocks.contains_key(name)
            || self.names.patterns.contains_key(name)
            || library::names().contains(&name)
    }

    /// Marks every known name of an expression as used.
    pub(super) fn mark(&mut self, expr: &Expr) {
        let mut names = Vec::new();
        infer::collect(expr, &mut |name| names.push(name.to_owned()));
        names.iter().for_each(|name| self.touch(name));
    }

    /// `mid = x.channels / 4`.
    pub(super) fn local(&mut self, assign: &ast::Assign, inputs: &[&Expr], span: Span) -> NodeKind {
        let mut fine = true;
        for input in inputs {
            if self.chosen(assign, input) {
                fine = false;
                continue;
            }
            fine &= match &input.kind {
                // A word alone may as well be a tensor.
                ExprKind::Name(name) if self.find(name).is_none() => {
                    self.unknown(name, input.span, Wanted::Either);
                    false
                }
                _ => self.scalar(input, &[]),
            };
        }
        if !fine {
            return self.poisoned(assign);
        }
        match (assign.targets.as_slice(), inputs) {
            ([target], [value]) if target.name.text != "_" => {
                if let Some(shape) = &target.shape {
                    self.findings.push(
                        Diagnostic::error(
                            codes::TENSOR_OR_NUMBER,
                            format!("`{}` is a hyperparameter: it has no shape", target.name.text),
                        )
                        .at(shape.span, "a shape is claimed")
                        .because(value.span, "no tensor flows here"),
                    );
                    return self.poisoned(assign);
                }
                self.declare(&target.name, What::Number, Role::Line);
                NodeKind::Let { name: target.name.text.clone(), value: (*value).clone() }
            }
            ([_], [_]) => {
                self.findings.push(
                    Diagnostic::error(codes::UNUSED, "this line keeps nothing of what it computes")
                        .at(span, "discarded with `_`")
                        .help("give it a name, or remove the line"),
                );
                self.poisoned(assign)
            }
            _ => {
                let message = if assign.targets.len() > 1 {
                    "hyperparameters are assigned one by one"
                } else {
                    "several values cannot become one hyperparameter"
                };
                self.findings.push(
                    Diagnostic::error(codes::TENSOR_OR_NUMBER, message)
                        .at(span, "no tensor flows here")
                        .help("write one line for each: `mid = width / 4`"),
                );
                self.poisoned(assign)
            }
        }
    }

    /// `y = a if deep else b`, with tensors: reports it.
    fn chosen(&mut self, assign: &ast::Assign, expr: &Expr) -> bool {
        let ExprKind::Choice { condition, then, otherwise } = &expr.kind else { return false };
        if ![then, otherwise].iter().any(|arm| self.what_of(arm) == What::Tensor) {
            return false;
        }
        [condition, then, otherwise].iter().for_each(|part| self.mark(part));
        let name = assign.targets.first().map_or("y", |target| target.name.text.as_str());
        let text = |expr: &Expr| print::expression(expr);
        let finding = Diagnostic::error(codes::TENSOR_OR_NUMBER, "lines choose between tensors, not an expression")
            .at(expr.span, "tensors cannot stand in it")
            .help(format!(
                "write `if {} {{`, `{name} = {}`, `}} else {{`, `{name} = {}` and `}}`, each on a line of its own",
                text(condition),
                text(then),
                text(otherwise)
            ));
        self.findings.push(finding);
        true
    }

    /// What an expression stands for, as far as that can be told without looking closely.
    pub(super) fn what_of(&self, expr: &Expr) -> What {
        match &expr.kind {
            ExprKind::Name(name) => self.what(name).unwrap_or(What::Doubtful),
            ExprKind::Unary(_, inner) => self.what_of(inner),
            ExprKind::Binary(_, left, right) => match (self.what_of(left), self.what_of(right)) {
                (What::Tensor, _) | (_, What::Tensor) => What::Tensor,
                (What::Doubtful, _) | (_, What::Doubtful) => What::Doubtful,
                _ => What::Number,
            },
            _ => What::Number,
        }
    }

    pub(super) fn stage_id(&mut self) -> StageId {
        *self.stages += 1;
        *self.stages - 1
    }

    /// A tensor expression; `alone` if it is not an operand of arithmetic.
    pub(super) fn operand(&mut self, expr: &Expr, alone: bool) -> Option<Operand> {
        let what = self.what_of(expr);
        if what != What::Tensor {
            match &expr.kind {
                ExprKind::Name(name) => match self.find(name) {
                    Some(_) if what == What::Doubtful => {
                        self.touch(name);
                        return None;
                    }
                    // A single word that means nothing is most likely a tensor with a typing error.
                    None => {
                        self.unknown(name, expr.span, if alone { Wanted::Tensor } else { Wanted::Either });
                        return None;
                    }
                    Some(_) => {}
                },
                ExprKind::Call(name, arguments) if self.applied(name, arguments, expr.span) => return None,
                ExprKind::List(items) if alone && self.tensors(items, expr.span) => return None,
                _ => {}
            }
            if !self.scalar(expr, &[]) {
                return None;
            }
            if alone {
                let mut finding = Diagnostic::error(codes::TENSOR_OR_NUMBER, "only tensors flow through a pipeline")
                    .at(expr.span, "this is a hyperparameter");
                if let ExprKind::Name(name) = &expr.kind
                    && let Some((_, origin)) = self.find(name)
                {
                    finding = finding.because(origin, "from here");
                }
                self.findings.push(finding.help("hyperparameters sit in parentheses: `x -> conv(64, 3x3)`"));
                return None;
            }
            return Some(Operand::Number(expr.clone()));
        }
        match &expr.kind {
            ExprKind::Name(name) => {
                self.touch(name);
                Some(Operand::Tensor { name: name.clone(), span: expr.span })
            }
            ExprKind::Unary(ast::UnaryOp::Negate, inner) => {
                let minus = Operand::Number(Expr { kind: ExprKind::Int(-1), span: expr.span });
                let inner = self.operand(inner, false)?;
                self.arithmetic("multiply", minus, inner, expr.span)
            }
            ExprKind::Binary(op, left, right) => {
                let name = match op {
                    BinaryOp::Add => "add",
                    BinaryOp::Subtract => "subtract",
                    BinaryOp::Multiply => "multiply",
                    BinaryOp::Divide => "divide",
                    _ => {
                        self.mark(expr);
                        self.findings.push(
                            Diagnostic::error(
                                codes::TENSOR_OR_NUMBER,
                                "tensors can be added, subtracted, multiplied and divided",
                            )
                            .at(expr.span, "this operator is for hyperparameters"),
                        );
                        return None;
                    }
                };
                let (left, right) = (self.operand(left, false), self.operand(right, false));
                self.arithmetic(name, left?, right?, expr.span)
            }
            _ => {
                self.mark(expr);
                self.findings.push(
                    Diagnostic::error(codes::TENSOR_OR_NUMBER, "`not` is for hyperparameters")
                        .at(expr.span, "this is a tensor"),
                );
                None
            }
        }
    }

    pub(super) fn arithmetic(&mut self, name: &str, left: Operand, right: Operand, span: Span) -> Option<Operand> {
        let kind = StageKind::Pattern { pattern: library::pattern(name)?, arguments: Vec::new() };
        let stage = Box::new(Stage { id: self.stage_id(), kind, span, comment: None, line_end: false });
        Some(Operand::Arithmetic { stage, left: Box::new(left), right: Box::new(right) })
    }
}

/// The texts of comments.
pub(super) fn comments(leading: &[Leading]) -> Vec<String> {
    let text = |leading: &Leading| match leading {
        Leading::Comment(comment) => Some(comment.text.clone()),
        Leading::Blank => None,
    };
    leading.iter().filter_map(text).collect()
}

/// The lines and loops of a body by their names, with all that belongs to them.
fn rows_of<'a>(body: &'a [ast::Statement], rows: &mut Vec<(&'a Name, Span)>) {
    for statement in body {
        match &statement.kind {
            StatementKind::Assign(assign) => {
                rows.extend(assign.targets.iter().map(|target| (&target.name, statement.span)));
            }
            StatementKind::Repeat(repeat) => {
                rows.push((&repeat.label, statement.span));
                rows_of(&repeat.body, rows);
            }
            StatementKind::If(branches) => {
                branches.arms.iter().chain(&branches.otherwise).for_each(|arm| rows_of(&arm.body, rows));
            }
            _ => {}
        }
    }
}
