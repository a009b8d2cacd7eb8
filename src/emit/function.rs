//! Definitions as functions of their tensors: one statement a stage, loops and branches where the spec has them.

use super::operator::{Application, Operators, Wiring};
use super::python;
use super::scope::{Emission, Place, Scope};
use super::{Interfaces, Sections};
use crate::code::{
    Arm as CodeArm, Expr as Code, ExprKind as CodeKind, Item, Key, Layout, Parameter, Statement, StatementKind, print,
};
use crate::diagnostic::{Diagnostic, codes};
use crate::ir::{Arm, BlockArgument, Flow, Node, NodeKind, Operand, Stage, StageKind};
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
    /// Whether a blank line stands above the next statement.
    apart: bool,
}

/// What flows between the stages of a line.
struct Current {
    exprs: Vec<Code>,
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
            apart: false,
        }
    }

    /// Writes the body.
    pub fn write(mut self) -> Emission<Sections> {
        let definition = self.scope.definition;
        self.lines(&definition.body)?;
        let outputs: Vec<String> = definition.outputs.iter().map(|(name, _)| self.scope.variable(name)).collect();
        // Where the skeleton of the model wraps its outputs, only blocks return theirs.
        if definition.kind == DefinitionKind::Block || !self.scope.framework.settings.model_ends {
            let before = self.body.len();
            super::fold_return(&mut self.body, &outputs);
            if let Some(statement) = self.body.get_mut(before) {
                statement.blank_lines = usize::from(self.apart);
            }
        }
        // A model's inputs may need them, so they stand before those.
        let mut init = super::computed_defaults(&mut self.scope, Place::Function)?;
        let mut body: Vec<Statement> =
            if definition.kind == DefinitionKind::Model { Vec::new() } else { std::mem::take(&mut init) };
        let sizes = self.scope.free_sizes().into_iter().map(|(names, read)| self.scope.size_read(&names, &read));
        body.extend(sizes.collect::<Emission<Vec<_>>>()?);
        body.extend(self.checks);
        body.extend(self.body);
        super::begin(&mut body, definition.kind == DefinitionKind::Model || !definition.doc.is_empty());
        super::settle_locals(&mut body, &self.scope);
        Ok(Sections { init, body, dims: self.scope.dims, mode: self.mode })
    }

    /// Adds a statement, with the comments that wait for one.
    fn push(&mut self, kind: StatementKind, origin: Option<Span>) {
        let mut statement = Statement::new(kind, origin);
        statement.blank_lines = usize::from(std::mem::take(&mut self.apart));
        self.body.push(statement);
    }

    fn push_assignment(&mut self, target: Code, value: Code, origin: Span) {
        self.push_said(StatementKind::Assign(vec![target], value), origin);
    }

    fn push_said(&mut self, kind: StatementKind, origin: Span) {
        self.push(kind, Some(origin));
        if let Some(statement) = self.body.last_mut() {
            self.comments.drain(..).for_each(|comment| statement.say(comment));
        }
    }

    /// What `write` adds to a body of its own, one level deeper.
    fn inner(&mut self, write: impl FnOnce(&mut Self) -> Emission<()>) -> Emission<Vec<Statement>> {
        let outer = std::mem::take(&mut self.body);
        self.indent += 1;
        let written = write(self);
        self.indent -= 1;
        let inner = std::mem::replace(&mut self.body, outer);
        written.map(|()| inner)
    }

    fn lines(&mut self, body: &'a [Node]) -> Emission<()> {
        for node in body {
            let start = self.body.len();
            self.node(node)?;
            let above = python::comments(&node.comments);
            let made = self.body.len() > start;
            if !made && !above.is_empty() && matches!(node.kind, NodeKind::Flow(_)) {
                self.push(StatementKind::Remark, Some(node.span));
            }
            if let Some(statement) = self.body.get_mut(start) {
                statement.comments.put_above(above);
                statement.blank_lines = statement.blank_lines.max(usize::from(node.paragraph));
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
                let code = self.scope.code(value, Place::Function)?;
                let int = self.scope.is_int(value);
                self.scope.locals.insert(name.clone(), int);
                let variable = self.scope.variable(name);
                self.push_assignment(Code::name(variable), code, node.span);
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
                self.push(StatementKind::Remark, Some(node.span));
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
            self.assign_all(&outputs, &mut current);
        }
        Ok(())
    }

    /// The comment of a stage, behind the statement that ends with it: one that is done, or one to come.
    fn comment_on(&mut self, stage: &Stage, done: bool) {
        let comments = python::comments(&stage.comment);
        match self.body.last_mut().map(Statement::innermost) {
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
        if current.exprs.len() > 1 {
            for (name, value) in super::separated(&mut current.exprs, name, &self.scope) {
                self.push_assignment(Code::name(name), value, current.origin);
            }
            current.plain = true;
            current.nests = false;
            self.arithmetic = false;
            return;
        }
        self.assign_to(Code::name(name), current);
    }

    /// Gives what flows the names of outputs.
    fn assign_all(&mut self, outputs: &[Option<String>], current: &mut Current) {
        match outputs {
            [only] => self.assign(only.as_deref().unwrap_or("_"), current),
            several => {
                let targets = super::variables(several.iter().map(|output| output.as_deref().unwrap_or("_")));
                self.assign_to(targets, current);
            }
        }
    }

    fn assign_to(&mut self, target: Code, current: &mut Current) {
        let value = Code::several(current.exprs.clone());
        if value != target {
            self.push_assignment(target.clone(), value, current.origin);
        }
        current.exprs = vec![target];
        current.plain = true;
        current.nests = false;
        self.arithmetic = false;
    }

    fn fits(&self, store: &str, value: &Code) -> bool {
        4 + 4 * self.indent + store.len() + 3 + print::flat(value).len() <= print::WIDTH
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
                let condition = self.scope.code(condition, Place::Function)?;
                match (self.arm(then, current), self.arm(otherwise, current)) {
                    (Ok(yes), Ok(no)) => {
                        self.replace(current, Code::conditional(yes, condition, no), stage.span, false);
                    }
                    // What takes several statements is chosen by an `if` of its own.
                    _ => {
                        let mut arms = Vec::new();
                        for (condition, arm) in [(Some(condition), then), (None, otherwise)] {
                            let exprs = current.exprs.clone();
                            let mut body = self.inner(|writer| {
                                let mut inner = Current { exprs, plain: true, nests: false, origin: stage.span };
                                writer.stage(arm, &mut inner, &[Some(store.to_owned())], store, true, None)?;
                                writer.assign(store, &mut inner);
                                Ok(())
                            })?;
                            if body.is_empty() {
                                body.push(super::pass(Some(stage.span)));
                            }
                            arms.push(CodeArm::new(condition, body, Some(stage.span)));
                        }
                        self.push(StatementKind::If(arms), Some(stage.span));
                        let exprs = vec![Code::name(store)];
                        *current = Current { exprs, plain: true, nests: false, origin: stage.span };
                    }
                }
                Ok(false)
            }
            StageKind::Block { name, arguments } => {
                if !current.plain {
                    self.assign(store, current);
                }
                let call = self.call(stage, name, arguments, current)?;
                self.replace(current, call, stage.span, false);
                Ok(self.unpack(current, outputs, last))
            }
            StageKind::Shared { name } => {
                if !current.plain {
                    self.assign(store, current);
                }
                let call = self.call_of_shared(name, current);
                self.replace(current, call, stage.span, false);
                Ok(self.unpack(current, outputs, last))
            }
            StageKind::Pattern { .. } | StageKind::Tap { .. } => {
                let ready = self.operators.get(stage)?;
                self.mode |= ready.entry.mode;
                let nests = ready.entry.nest && current.nests || ready.entry.wraps && self.arithmetic;
                if !current.plain && !nests {
                    self.assign(store, current);
                }
                let mut code = self.apply(stage, current, outputs, activation)?;
                // What does not fit on one line is taken apart.
                if let Application::Expr(expr) = &code
                    && !current.plain
                    && !self.fits(store, expr)
                {
                    self.assign(store, current);
                    code = self.apply(stage, current, outputs, activation)?;
                }
                match code {
                    Application::Stages(count) => {
                        for at in 0..count {
                            if !current.plain && self.step(stage, at, current, outputs)?.is_some() {
                                self.assign(store, current);
                            }
                            if let Some(expr) = self.step(stage, at, current, outputs)? {
                                self.replace(current, expr, stage.span, ready.entry.nest);
                            }
                        }
                        return Ok(self.unpack(current, outputs, last));
                    }
                    Application::Lines(lines) => {
                        if !current.plain {
                            self.assign(store, current);
                        }
                        let start = self.body.len();
                        self.body.extend(lines);
                        if let Some(first) = self.body.get_mut(start) {
                            first.blank_lines = usize::from(std::mem::take(&mut self.apart));
                        }
                        let first = outputs.first().and_then(Option::as_deref).unwrap_or("_");
                        let exprs = vec![Code::name(first)];
                        *current = Current { exprs, plain: true, nests: false, origin: stage.span };
                        return Ok(last);
                    }
                    Application::Expr(expr) => self.replace(current, expr, stage.span, ready.entry.nest),
                }
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

    /// A block, applied to what flows.
    fn call(&mut self, stage: &Stage, name: &str, arguments: &[BlockArgument], current: &Current) -> Emission<Code> {
        let interface = self.interfaces.get(name).cloned().ok_or_else(|| refused(stage.span))?;
        self.mode |= interface.mode;
        let leading = &self.scope.framework.settings.leading;
        let mut items = leading.iter().map(|name| self.scope.read(name, stage.span)).collect::<Emission<Vec<_>>>()?;
        items.extend(current.exprs.iter().cloned());
        let mut items: Vec<Item> = items.into_iter().map(Item::from).collect();
        items.extend(super::dims_of_call(&mut self.scope, stage, &interface, Place::Function)?);
        items.extend(super::arguments_of_call(&mut self.scope, arguments, &interface, Place::Function)?);
        Ok(Code::name(interface.name).call(items))
    }

    /// A shared instance, applied to what flows.
    fn call_of_shared(&self, name: &str, current: &Current) -> Code {
        Code::name(self.scope.variable(name)).call(current.exprs.iter().cloned().map(Item::from).collect())
    }

    fn step(
        &mut self,
        stage: &Stage,
        at: usize,
        current: &Current,
        outputs: &[Option<String>],
    ) -> Emission<Option<Code>> {
        let wiring = Wiring { inputs: &current.exprs, outputs, layer: None, activation: None };
        self.operators.step(stage, at, &wiring, &mut self.scope, Place::Function)
    }

    fn apply(
        &mut self,
        stage: &Stage,
        current: &Current,
        outputs: &[Option<String>],
        activation: Option<&str>,
    ) -> Emission<Application> {
        let wiring = Wiring { inputs: &current.exprs, outputs, layer: None, activation };
        self.operators.apply(stage, &wiring, &mut self.scope, Place::Function)
    }

    fn replace(&mut self, current: &mut Current, expr: Code, origin: Span, nests: bool) {
        self.arithmetic = false;
        *current = Current { exprs: vec![expr], plain: false, nests, origin };
    }

    fn unpack(&mut self, current: &mut Current, outputs: &[Option<String>], last: bool) -> bool {
        if !last || outputs.len() < 2 {
            return false;
        }
        self.assign_all(outputs, current);
        true
    }

    /// One arm of a choice between two stages.
    fn arm(&mut self, stage: &'a Stage, current: &Current) -> Emission<Code> {
        let flowing = |current: &Current| Code::several(current.exprs.clone());
        match &stage.kind {
            StageKind::Identity | StageKind::Tap { .. } => Ok(flowing(current)),
            StageKind::Block { name, arguments } => self.call(stage, name, arguments, current),
            StageKind::Shared { name } => Ok(self.call_of_shared(name, current)),
            StageKind::Choice { condition, then, otherwise } => {
                let condition = self.scope.code(condition, Place::Function)?;
                let (yes, no) = (self.arm(then, current)?, self.arm(otherwise, current)?);
                Ok(Code::conditional(yes, condition, no).in_parentheses())
            }
            StageKind::Pattern { .. } => {
                self.mode |= self.operators.get(stage)?.entry.mode;
                match self.apply(stage, current, &[Some("_".into())], None)? {
                    Application::Expr(expr) => Ok(expr),
                    Application::Lines(lines) => match lines.as_slice() {
                        [Statement { kind: StatementKind::Assign(targets, value), .. }]
                            if targets.as_slice() == [Code::name("_")] =>
                        {
                            Ok(value.clone())
                        }
                        _ => Err(refused(stage.span)),
                    },
                    Application::Stages(count) => {
                        let mut inner =
                            Current { exprs: current.exprs.clone(), plain: true, nests: false, origin: stage.span };
                        for at in 0..count {
                            if let Some(expr) = self.step(stage, at, &inner, &[Some("_".into())])? {
                                inner.exprs = vec![expr];
                            }
                        }
                        Ok(flowing(&inner))
                    }
                }
            }
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
        let decorator = self.scope.read(&decorator.replace("{{ name }}", &variable), span)?;
        let inputs = self.inputs_of(stages);
        let parameter = |name: &String| Parameter { name: name.as_str().into(), default: None };
        let parameters: Vec<Parameter> = inputs.iter().map(parameter).collect();
        let apart = std::mem::take(&mut self.apart);
        let body = self.inner(|writer| {
            let exprs = inputs.into_iter().map(Code::name).collect();
            let mut current = Current { exprs, plain: true, nests: false, origin: span };
            let last = stages.len().saturating_sub(1);
            for (at, stage) in stages.iter().enumerate() {
                let statements = writer.body.len();
                writer.stage(stage, &mut current, &[Some("x".into())], "x", at == last, None)?;
                writer.comment_on(stage, current.plain && writer.body.len() > statements);
            }
            let value = Code::several(current.exprs);
            if !writer.body.last_mut().is_some_and(|last| super::returned(last, &value)) {
                writer.push_said(StatementKind::Return(Some(value)), span);
            }
            Ok(())
        })?;
        // A single layer is shared by calling it again.
        if let [Statement { kind: StatementKind::Return(Some(value)), .. }] = body.as_slice()
            && let Some(layer) = applied(value, "x")
        {
            self.apart = apart;
            self.push_assignment(Code::name(variable), layer, span);
            return Ok(());
        }
        // A nested function stands apart.
        let definition = self.scope.definition;
        let docstring = definition.kind == DefinitionKind::Model || !definition.doc.is_empty();
        self.apart = apart || !self.body.is_empty() || docstring;
        let name = variable.into();
        let decorators = vec![Item::from(decorator)];
        let layout = Layout::Fit;
        self.push(StatementKind::Function { decorators, name, parameters, layout, body }, Some(span));
        self.apart = true;
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
        let rounds = self.scope.code(count, Place::Function)?;
        let counter_name = index.unwrap_or(label);
        self.scope.counters.push(counter_name.to_owned());
        let apart = std::mem::take(&mut self.apart);
        let written = self.inner(|writer| writer.lines(body));
        let apart_behind = std::mem::replace(&mut self.apart, apart);
        self.scope.counters.pop();
        let body = written?;
        let counter = self.scope.variable(counter_name);
        let used = body.iter().any(|statement| statement.mentions(&counter));
        if body.is_empty() {
            return Ok(());
        }
        let counter = if used { counter } else { "_".into() };
        let range = Code::name("range").call(vec![rounds.into()]);
        self.push(StatementKind::For(Code::name(counter), range, body), Some(node.span));
        self.apart = apart_behind;
        let mut note = if used && index.is_none() { Vec::new() } else { vec![label.to_owned()] };
        note.extend(python::comments(&node.trailing));
        if let (false, Some(statement)) = (note.is_empty(), self.body.last_mut()) {
            statement.say(note.join(": "));
        }
        Ok(())
    }

    fn branches(&mut self, arms: &'a [Arm]) -> Emission<()> {
        let (mut written, mut first_comment) = (Vec::new(), None);
        let apart = std::mem::take(&mut self.apart);
        for (at, arm) in arms.iter().enumerate() {
            let condition = match &arm.condition {
                Some(condition) => Some(self.scope.code(condition, Place::Function)?),
                None => None,
            };
            let mut body = self.inner(|writer| writer.lines(&arm.body))?;
            if body.iter().all(Statement::is_remark) {
                // Nothing to do, such as `x = x`.
                if arm.condition.is_none() {
                    continue;
                }
                body.push(super::pass(Some(arm.span)));
            }
            let comment = python::comments(&arm.trailing).pop();
            let mut new = CodeArm::new(condition, body, Some(arm.span));
            if at == 0 {
                first_comment = comment;
            } else if let Some(comment) = comment {
                new.comments.say(comment);
            }
            written.push(new);
        }
        let apart_behind = std::mem::replace(&mut self.apart, apart);
        let origin = written.first().and_then(|arm| arm.origins.last());
        self.push(StatementKind::If(written), origin);
        self.apart = apart_behind;
        if let (Some(comment), Some(statement)) = (first_comment, self.body.last_mut()) {
            statement.say(comment);
        }
        Ok(())
    }
}

/// What is applied to a variable, if nothing else is done: `Dense(6)` in `Dense(6)(x)`.
fn applied(value: &Code, variable: &str) -> Option<Code> {
    match &value.kind {
        CodeKind::Call { function, arguments, .. } => match (&function.kind, &**arguments) {
            (CodeKind::Call { .. }, [Item { key: Key::None, value, .. }])
                if value.as_name() == Some(variable) && !function.mentions(variable) =>
            {
                Some((**function).clone())
            }
            _ => None,
        },
        _ => None,
    }
}

fn refused(span: Span) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(codes::NOT_EXPRESSIBLE, "this cannot be written as one expression")
            .at(span, "here")
            .help("write an `if` around whole lines"),
    )
}
