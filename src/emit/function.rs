//! Definitions as functions of their tensors: one statement a stage, loops and branches where the spec has them.

use super::operator::{Code, Operators, Wiring};
use super::python::{self, Py, Statement};
use super::scope::{Emission, Place, Scope};
use super::{Interfaces, Sections};
use crate::diagnostic::{Diagnostic, codes};
use crate::ir::{Arm, Flow, Node, NodeKind, Operand, Stage, StageKind};
use crate::span::Span;
use crate::syntax::ast::{DefinitionKind, Expr};

/// Writes one definition.
pub(super) struct FunctionWriter<'w, 'a> {
    pub operators: &'w mut Operators<'a>,
    pub scope: Scope<'a>,
    pub interfaces: &'w Interfaces,
    body: Vec<Statement>,
    indent: usize,
    mode: bool,
    /// Whether what flows is the arithmetic that a line begins with.
    arithmetic: bool,
    /// Requirements stand before the tensors are used.
    checks: Vec<Statement>,
    /// Comments for the next statement.
    comments: Vec<String>,
}

/// What flows between the stages of a line.
struct Current {
    exprs: Vec<String>,
    plain: bool,
    /// Whether it may be nested in the next expression.
    nests: bool,
    origin: Span,
}

impl<'w, 'a> FunctionWriter<'w, 'a> {
    pub fn new(operators: &'w mut Operators<'a>, scope: Scope<'a>, interfaces: &'w Interfaces) -> Self {
        Self {
            operators,
            scope,
            interfaces,
            body: Vec::new(),
            indent: 0,
            mode: false,
            arithmetic: false,
            checks: Vec::new(),
            comments: Vec::new(),
        }
    }

    /// Writes the body.
    pub fn write(mut self) -> Emission<Sections> {
        let definition = self.scope.definition;
        self.lines(&definition.body)?;
        let outputs: Vec<String> = definition.outputs.iter().map(|(name, _)| self.scope.variable(name)).collect();
        // Where the skeleton of the model wraps its outputs, only blocks return theirs.
        if definition.kind == DefinitionKind::Block || !self.scope.framework.settings.model_ends {
            super::fold_return(&mut self.body, &outputs);
        }
        // A model's inputs may need them, so they stand before those.
        let mut init = super::computed_defaults(&mut self.scope, Place::Function)?;
        let mut body: Vec<Statement> =
            if definition.kind == DefinitionKind::Model { Vec::new() } else { std::mem::take(&mut init) };
        let sizes = self
            .scope
            .free_sizes()
            .into_iter()
            .map(|(name, read)| Statement::new(0, format!("{name} = "), Py::text(read), None));
        body.extend(sizes);
        body.extend(self.checks);
        body.extend(self.body);
        super::begin(&mut body);
        super::settle_locals(&mut body, &self.scope);
        Ok(Sections { init, body, dims: self.scope.dims, mode: self.mode })
    }

    fn push(&mut self, head: String, value: String, origin: Span) {
        let mut statement = Statement::new(self.indent, head, Py::text(value), Some(origin));
        self.comments.drain(..).for_each(|comment| statement.say(comment));
        self.body.push(statement);
    }

    fn lines(&mut self, body: &'a [Node]) -> Emission<()> {
        for node in body {
            let start = self.body.len();
            self.node(node)?;
            let above = python::comments(&node.comments);
            let made = self.body.len() > start;
            if !made && !above.is_empty() && matches!(node.kind, NodeKind::Flow(_)) {
                self.body.push(Statement::line(self.indent, "", Some(node.span)));
            }
            // A blank line in front is no part of it.
            let code = self.body.iter().skip(start).position(|statement| !statement.is_remark()).unwrap_or(0);
            let start = start + code;
            if let Some(statement) = self.body.get_mut(start) {
                statement.above.splice(..0, above);
                statement.paragraph = node.paragraph;
            }
            // A loop tells its own.
            let trailing = python::comments(node.trailing.as_ref().filter(|_| made));
            if !matches!(node.kind, NodeKind::Claim { .. } | NodeKind::Repeat { .. })
                && let Some(statement) = self.body.get_mut(start)
            {
                trailing.into_iter().for_each(|comment| statement.say(comment));
            }
        }
        Ok(())
    }

    fn node(&mut self, node: &'a Node) -> Emission<()> {
        match &node.kind {
            NodeKind::Let { name, value } => {
                let text = self.scope.expression(value, Place::Function)?;
                let int = self.scope.is_int(value);
                self.scope.locals.insert(name.clone(), int);
                let variable = self.scope.variable(name);
                self.push(format!("{variable} = "), text, node.span);
                Ok(())
            }
            NodeKind::Flow(flow) => self.flow(flow, node.span),
            NodeKind::Shared { name, stages } => self.shared(name, stages, node.span),
            NodeKind::Repeat { label, index, count, body, .. } => {
                self.repeat(node, label, index.as_deref(), count, body)
            }
            NodeKind::If { arms, .. } => self.branches(arms),
            NodeKind::Require { condition, message } => {
                let mut init = Vec::new();
                let mut call = Vec::new();
                super::require(
                    &mut self.scope,
                    self.operators,
                    condition,
                    message.as_deref(),
                    node.span,
                    &mut init,
                    &mut call,
                )?;
                self.checks.extend(init);
                self.checks.extend(call);
                Ok(())
            }
            NodeKind::Claim { .. } => Ok(()),
            NodeKind::Remark => {
                self.body.push(Statement::line(self.indent, "", Some(node.span)));
                Ok(())
            }
        }
    }

    fn flow(&mut self, flow: &'a Flow, span: Span) -> Emission<()> {
        let mut exprs = Vec::with_capacity(flow.inputs.len());
        for input in &flow.inputs {
            exprs.push(super::operand(self.operators, &mut self.scope, input, Place::Function)?);
        }
        let plain = flow.inputs.iter().all(|input| matches!(input, Operand::Tensor { .. }));
        let mut current = Current { exprs, plain, nests: !plain, origin: span };
        self.arithmetic = !plain;
        let store = super::store(flow, &self.scope);
        let outputs: Vec<Option<String>> =
            flow.targets.iter().map(|target| target.name.as_ref().map(|name| self.scope.variable(name))).collect();
        let last = flow.stages.len().saturating_sub(1);
        let mut assigned = false;
        let mut fused = false;
        for (at, stage) in flow.stages.iter().enumerate() {
            if std::mem::take(&mut fused) {
                continue;
            }
            let statements = self.body.len();
            let activation = self.fused(stage, flow.stages.get(at + 1))?;
            fused = activation.is_some();
            let end = at + usize::from(fused) == last;
            let wanted = if end { outputs.clone() } else { vec![Some(store.clone())] };
            assigned = self.stage(stage, &mut current, &wanted, &store, end, activation.as_deref())?;
            self.comment_on(stage, current.plain && self.body.len() > statements);
        }
        if !assigned {
            let left: Vec<String> = outputs.iter().map(|output| output.clone().unwrap_or_else(|| "_".into())).collect();
            self.assign(&left.join(", "), &mut current);
        }
        Ok(())
    }

    /// The comment of a stage, behind the statement that ends with it: one that is done, or one to come.
    fn comment_on(&mut self, stage: &Stage, done: bool) {
        let comments = python::comments(&stage.comment);
        match self.body.last_mut() {
            Some(statement) if done => comments.into_iter().for_each(|comment| statement.say(comment)),
            _ => self.comments.extend(comments),
        }
    }

    /// The activation that the layer of a stage applies itself, if it stands right behind it on the same line; one with a comment
    /// keeps a statement for it.
    fn fused(&mut self, stage: &Stage, next: Option<&Stage>) -> Emission<Option<String>> {
        let (StageKind::Pattern { .. }, Some(next)) = (&stage.kind, next) else { return Ok(None) };
        let StageKind::Pattern { .. } = &next.kind else { return Ok(None) };
        if stage.line_end || next.comment.is_some() || !self.operators.get(stage)?.entry.fusable {
            return Ok(None);
        }
        Ok(self.operators.get(next)?.entry.fuse.clone())
    }

    /// Gives what flows a name.
    fn assign(&mut self, name: &str, current: &mut Current) {
        if current.exprs.len() > 1 && !name.contains(", ") {
            for (name, value) in super::separated(&mut current.exprs, name, &self.scope) {
                self.push(format!("{name} = "), value, current.origin);
            }
            current.plain = true;
            current.nests = false;
            self.arithmetic = false;
            return;
        }
        let value = current.exprs.join(", ");
        if value != name {
            self.push(format!("{name} = "), value, current.origin);
        }
        current.exprs = vec![name.to_owned()];
        current.plain = true;
        current.nests = false;
        self.arithmetic = false;
    }

    fn fits(&self, store: &str, text: &str) -> bool {
        4 + 4 * self.indent + store.len() + 3 + text.len() <= python::WIDTH
    }

    fn stage(
        &mut self,
        stage: &'a Stage,
        current: &mut Current,
        outputs: &[Option<String>],
        store: &str,
        last: bool,
        activation: Option<&str>,
    ) -> Emission<bool> {
        match &stage.kind {
            StageKind::Identity => Ok(false),
            StageKind::Choice { condition, then, otherwise } => {
                if !current.plain {
                    self.assign(store, current);
                }
                let condition = self.scope.expression(condition, Place::Function)?;
                match (self.arm(then, current), self.arm(otherwise, current)) {
                    (Ok(yes), Ok(no)) => {
                        self.replace(current, format!("{yes} if {condition} else {no}"), stage.span, false);
                    }
                    // What takes several statements is chosen by an `if` of its own.
                    _ => {
                        for (head, arm) in [(format!("if {condition}:"), then), ("else:".to_owned(), otherwise)] {
                            self.body.push(Statement::line(self.indent, head, Some(stage.span)));
                            self.indent += 1;
                            let mut inner =
                                Current { exprs: current.exprs.clone(), plain: true, nests: false, origin: stage.span };
                            let start = self.body.len();
                            self.stage(arm, &mut inner, &[Some(store.to_owned())], store, true, None)?;
                            self.assign(store, &mut inner);
                            if self.body.len() == start {
                                self.body.push(Statement::line(self.indent, "pass", Some(stage.span)));
                            }
                            self.indent -= 1;
                        }
                        *current =
                            Current { exprs: vec![store.to_owned()], plain: true, nests: false, origin: stage.span };
                    }
                }
                Ok(false)
            }
            StageKind::Block { name, arguments } => {
                if !current.plain {
                    self.assign(store, current);
                }
                let interface = self.interfaces.get(name).cloned().ok_or_else(|| refused(stage.span))?;
                self.mode |= interface.mode;
                let mut texts = self.scope.framework.settings.leading.clone();
                texts.extend(current.exprs.iter().cloned());
                texts.extend(super::dims_of_call(&mut self.scope, stage, &interface, Place::Function)?);
                texts.extend(super::arguments_of_call(&mut self.scope, arguments, &interface, Place::Function)?);
                self.replace(current, format!("{}({})", interface.name, texts.join(", ")), stage.span, false);
                Ok(self.unpack(current, outputs, last))
            }
            StageKind::Shared { name } => {
                if !current.plain {
                    self.assign(store, current);
                }
                let text = format!("{}({})", self.scope.variable(name), current.exprs.join(", "));
                self.replace(current, text, stage.span, false);
                Ok(self.unpack(current, outputs, last))
            }
            StageKind::Pattern { .. } | StageKind::Tap { .. } => {
                let ready = self.operators.get(stage)?;
                self.mode |= ready.entry.mode;
                let nests = ready.entry.nest && current.nests || ready.entry.wraps && self.arithmetic;
                if !current.plain && !nests {
                    self.assign(store, current);
                }
                let code = self.apply(stage, current, outputs, activation)?;
                let (text, code) = match code {
                    Code::Stages(count) => {
                        for at in 0..count {
                            if !current.plain && !self.step(stage, at, current, outputs)?.is_empty() {
                                self.assign(store, current);
                            }
                            let text = self.step(stage, at, current, outputs)?;
                            if !text.is_empty() {
                                self.replace(current, text, stage.span, ready.entry.nest);
                            }
                        }
                        return Ok(self.unpack(current, outputs, last));
                    }
                    // What does not fit on one line is taken apart.
                    Code::Expr(text) if !current.plain && !self.fits(store, &text) => {
                        self.assign(store, current);
                        match self.apply(stage, current, outputs, activation)? {
                            Code::Expr(text) => (text, None),
                            Code::Lines(lines) => (String::new(), Some(lines)),
                            Code::Stages(_) => (String::new(), None),
                        }
                    }
                    Code::Expr(text) => (text, None),
                    Code::Lines(lines) => (String::new(), Some(lines)),
                };
                if let Some(lines) = code {
                    if !current.plain {
                        self.assign(store, current);
                    }
                    for line in lines {
                        self.push_line(&line, stage.span);
                    }
                    let first = outputs.first().cloned().flatten().unwrap_or_else(|| "_".into());
                    *current = Current { exprs: vec![first], plain: true, nests: false, origin: stage.span };
                    return Ok(last);
                }
                let nests = ready.entry.nest;
                self.replace(current, text, stage.span, nests);
                if let ([Some(only), rest @ ..], true) = (outputs, last && outputs.len() > 1)
                    && rest.iter().all(Option::is_none)
                {
                    // Only the first output is needed: the expression gives it alone.
                    let only = only.clone();
                    self.assign(&only, current);
                    return Ok(true);
                }
                Ok(self.unpack(current, outputs, last))
            }
        }
    }

    fn step(&mut self, stage: &Stage, at: usize, current: &Current, outputs: &[Option<String>]) -> Emission<String> {
        let wiring = Wiring { inputs: &current.exprs, outputs, layer: None, activation: None };
        self.operators.step(stage, at, &wiring, &mut self.scope, Place::Function)
    }

    fn apply(
        &mut self,
        stage: &Stage,
        current: &Current,
        outputs: &[Option<String>],
        activation: Option<&str>,
    ) -> Emission<Code> {
        let wiring = Wiring { inputs: &current.exprs, outputs, layer: None, activation };
        self.operators.apply(stage, &wiring, &mut self.scope, Place::Function)
    }

    fn replace(&mut self, current: &mut Current, text: String, origin: Span, nests: bool) {
        self.arithmetic = false;
        *current = Current { exprs: vec![text], plain: false, nests, origin };
    }

    fn unpack(&mut self, current: &mut Current, outputs: &[Option<String>], last: bool) -> bool {
        if !last || outputs.len() < 2 {
            return false;
        }
        let names: Vec<&str> = outputs.iter().map(|output| output.as_deref().unwrap_or("_")).collect();
        let names = names.join(", ");
        self.assign(&names, current);
        true
    }

    /// A line of a template: its own indentation is kept.
    fn push_line(&mut self, line: &str, origin: Span) {
        let text = line.trim_start();
        let levels = (line.len() - text.len()) / 4;
        let (head, value) = match python::split_top_level(text, " = ").as_slice() {
            [left, right] => (format!("{left} = "), right.clone()),
            _ => (String::new(), text.to_owned()),
        };
        self.body.push(Statement::new(self.indent + levels, head, Py::text(value), Some(origin)));
    }

    /// One arm of a choice between two stages.
    fn arm(&mut self, stage: &'a Stage, current: &Current) -> Emission<String> {
        match &stage.kind {
            StageKind::Identity => Ok(current.exprs.join(", ")),
            StageKind::Block { name, arguments } => {
                let interface = self.interfaces.get(name).cloned().ok_or_else(|| refused(stage.span))?;
                self.mode |= interface.mode;
                let mut texts = self.scope.framework.settings.leading.clone();
                texts.extend(current.exprs.iter().cloned());
                texts.extend(super::dims_of_call(&mut self.scope, stage, &interface, Place::Function)?);
                texts.extend(super::arguments_of_call(&mut self.scope, arguments, &interface, Place::Function)?);
                Ok(format!("{}({})", interface.name, texts.join(", ")))
            }
            StageKind::Shared { name } => Ok(format!("{}({})", self.scope.variable(name), current.exprs.join(", "))),
            StageKind::Choice { condition, then, otherwise } => {
                let condition = self.scope.expression(condition, Place::Function)?;
                let (yes, no) = (self.arm(then, current)?, self.arm(otherwise, current)?);
                Ok(format!("({yes} if {condition} else {no})"))
            }
            StageKind::Pattern { .. } => {
                self.mode |= self.operators.get(stage)?.entry.mode;
                match self.apply(stage, current, &[Some("_".into())], None)? {
                    Code::Expr(text) => Ok(text),
                    Code::Lines(lines) => match lines.as_slice() {
                        [only] => only.strip_prefix("_ = ").map(str::to_owned).ok_or_else(|| refused(stage.span)),
                        _ => Err(refused(stage.span)),
                    },
                    Code::Stages(count) => {
                        let mut inner =
                            Current { exprs: current.exprs.clone(), plain: true, nests: false, origin: stage.span };
                        for at in 0..count {
                            let text = self.step(stage, at, &inner, &[Some("_".into())])?;
                            if !text.is_empty() {
                                inner.exprs = vec![text];
                            }
                        }
                        Ok(inner.exprs.join(", "))
                    }
                }
            }
            StageKind::Tap { .. } => Ok(current.exprs.join(", ")),
        }
    }

    /// What a shared instance is applied to: what its block takes, where it begins with one.
    fn inputs_of(&self, stages: &[Stage]) -> Vec<String> {
        let block = stages.first().and_then(|stage| match &stage.kind {
            StageKind::Block { name, .. } => self.interfaces.get(name),
            _ => None,
        });
        match block {
            Some(block) if block.inputs > 1 => block.input_names.iter().map(|name| self.scope.variable(name)).collect(),
            _ => vec!["x".into()],
        }
    }

    fn shared(&mut self, name: &str, stages: &'a [Stage], span: Span) -> Emission<()> {
        let settings = &self.scope.framework.settings;
        let Some(decorator) = settings.shared.clone() else {
            return Err(Box::new(
                Diagnostic::error(
                    codes::UNSUPPORTED,
                    format!("{}: weights cannot be shared between calls", settings.name),
                )
                .at(span, "a shared instance"),
            ));
        };
        let variable = self.scope.variable(name);
        let decorator = decorator.replace("{{ name }}", &variable);
        // A nested function stands apart.
        let before = self.body.len();
        let blank = |statement: &Statement| statement.head.is_empty() && statement.value.flat().is_empty();
        let definition = self.scope.definition;
        let docstring = definition.kind == DefinitionKind::Model || !definition.doc.is_empty();
        if self.body.last().map_or(docstring, |last| !blank(last)) {
            self.body.push(Statement::line(0, "", None));
        }
        self.body.push(Statement::line(self.indent, format!("@{decorator}"), Some(span)));
        let inputs = self.inputs_of(stages);
        self.body.push(Statement::line(self.indent, format!("def {variable}({}):", inputs.join(", ")), Some(span)));
        self.indent += 1;
        let start = self.body.len();
        let mut current = Current { exprs: inputs, plain: true, nests: false, origin: span };
        let last = stages.len().saturating_sub(1);
        for (at, stage) in stages.iter().enumerate() {
            let statements = self.body.len();
            self.stage(stage, &mut current, &[Some("x".into())], "x", at == last, None)?;
            self.comment_on(stage, current.plain && self.body.len() > statements);
        }
        let value = current.exprs.join(", ");
        match self.body[start..].last_mut() {
            Some(last) if last.indent == self.indent && last.head == format!("{value} = ") => {
                last.head = "return ".into()
            }
            _ => self.push("return ".into(), value, span),
        }
        self.indent -= 1;
        // A single layer is shared by calling it again.
        if let [only] = &self.body[start..]
            && let Some(layer) = python::applied(&only.value.flat(), "x")
        {
            let layer = layer.to_owned();
            self.body.truncate(before);
            self.push(format!("{variable} = "), layer, span);
            return Ok(());
        }
        self.body.push(Statement::line(0, "", None));
        Ok(())
    }

    fn repeat(
        &mut self,
        node: &'a Node,
        label: &str,
        index: Option<&str>,
        count: &'a Expr,
        body: &'a [Node],
    ) -> Emission<()> {
        let rounds = self.scope.expression(count, Place::Function)?;
        let counter_name = index.unwrap_or(label);
        let at = self.body.len();
        self.body.push(Statement::line(self.indent, String::new(), Some(node.span)));
        self.scope.counters.push(counter_name.to_owned());
        self.indent += 1;
        let written = self.lines(body);
        self.indent -= 1;
        self.scope.counters.pop();
        written?;
        let counter = self.scope.variable(counter_name);
        let used = self.body[at + 1..].iter().any(|statement| statement.mentions(&counter));
        if self.body.len() == at + 1 {
            self.body.pop();
            return Ok(());
        }
        let counter = if used { counter } else { "_".into() };
        self.body[at].head = format!("for {counter} in range({rounds}):");
        let mut note = if used && index.is_none() { Vec::new() } else { vec![label.to_owned()] };
        note.extend(python::comments(&node.trailing));
        if !note.is_empty() {
            self.body[at].comment = Some(note.join(": "));
        }
        Ok(())
    }

    fn branches(&mut self, arms: &'a [Arm]) -> Emission<()> {
        for (at, arm) in arms.iter().enumerate() {
            let head = match &arm.condition {
                Some(condition) => {
                    let condition = self.scope.expression(condition, Place::Function)?;
                    format!("{} {condition}:", if at == 0 { "if" } else { "elif" })
                }
                None => "else:".into(),
            };
            let mut head = Statement::line(self.indent, head, Some(arm.span));
            head.comment = python::comments(&arm.trailing).pop();
            self.body.push(head);
            let start = self.body.len();
            self.indent += 1;
            let written = self.lines(&arm.body);
            if written.is_ok() && self.body[start..].iter().all(Statement::is_remark) {
                // Nothing to do, such as `x = x`.
                if arm.condition.is_none() {
                    self.body.truncate(start - 1);
                } else {
                    self.body.push(Statement::line(self.indent, "pass", Some(arm.span)));
                }
            }
            self.indent -= 1;
            written?;
        }
        Ok(())
    }
}

fn refused(span: Span) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(codes::NOT_EXPRESSIBLE, "this cannot be written as one expression")
            .at(span, "here")
            .help("write an `if` around whole lines"),
    )
}
