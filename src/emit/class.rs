//! Definitions as classes: layers in the constructor, their use in the call.
//!
//! The rules of style, the same for every column of this form:
//! - a row of layers is one attribute; it has the line's name where the whole line is that row, else that of its first operator or block;
//! - functions stand in the call: `F.relu(a + b)`;
//! - an `if` whose arms are rows of layers for one value chooses the layer in the constructor and is one line in the call;
//! - a `repeat` that is a row of layers is one layer; else its layers are a list, and the call has the loop;
//! - hyperparameters that the call needs are kept as attributes, and no others.

use super::operator::{Code, Operators, Ready, Wiring};
use super::python::{self, Item, Py, Statement};
use super::scope::{Emission, Place, Scope};
use super::{Interface, Interfaces, Sections};
use crate::diagnostic::{Diagnostic, codes};
use crate::ir::{Arm, Flow, Node, NodeKind, Operand, Stage, StageKind, Target};
use crate::span::Span;
use crate::syntax::ast::Expr;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Encloses the number of a name that is chosen when all are known.
const OPEN: char = '\u{E100}';
const CLOSE: char = '\u{E101}';

/// Writes one definition.
pub(super) struct ClassWriter<'w, 'a> {
    pub operators: &'w mut Operators<'a>,
    pub scope: Scope<'a>,
    pub interfaces: &'w Interfaces,
    init: Vec<Statement>,
    call: Vec<Statement>,
    indent_init: usize,
    indent_call: usize,
    /// The names that layers want.
    wishes: Vec<(String, Wish)>,
    /// How often each value is assigned.
    bound: HashMap<String, usize>,
    mode: bool,
    /// The shared instances.
    shared: HashMap<String, Shared<'a>>,
    /// In the body of a loop: where its layers are collected.
    rounds: Vec<Round>,
}

/// How a layer comes to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// It is the line's, which has it once: in another arm of an `if` it is the same.
    Line,
    /// It is that of a loop or of a shared instance.
    Group,
    /// It is that of an operator or a block, and has a number where there are several.
    Numbered,
}

/// An instance that is used more than once.
#[derive(Clone)]
struct Shared<'a> {
    stages: &'a [Stage],
    span: Span,
    /// Where it is declared among the constructor's statements.
    at: usize,
    /// Its attribute and whether it depends on the mode, once it is made.
    layer: Option<(String, bool)>,
}

/// One arm of an `if`: its condition and place, and what it adds to the constructor and to the call.
type WrittenArm<'e> = (Option<&'e Expr>, Span, Vec<Statement>, Vec<Statement>);

/// The layers of a loop's body.
#[derive(Default)]
struct Round {
    layers: Vec<(usize, Py)>,
    depth: usize,
}

/// A row of stages that is written as one piece.
enum Piece<'p> {
    Layers(Vec<&'p Stage>),
    Function(&'p Stage),
    Own(&'p Stage),
    Block(&'p Stage),
    Shared(&'p Stage),
}

/// What flows between the pieces of a line.
struct Current {
    exprs: Vec<String>,
    /// Whether these are names, so that using one twice costs nothing.
    plain: bool,
}

impl<'w, 'a> ClassWriter<'w, 'a> {
    pub fn new(operators: &'w mut Operators<'a>, scope: Scope<'a>, interfaces: &'w Interfaces) -> Self {
        let bound = bindings(&scope.definition.body);
        Self {
            operators,
            scope,
            interfaces,
            init: Vec::new(),
            call: Vec::new(),
            indent_init: 0,
            indent_call: 0,
            wishes: Vec::new(),
            bound,
            mode: false,
            shared: HashMap::new(),
            rounds: Vec::new(),
        }
    }

    /// Writes the body.
    pub fn write(mut self) -> Emission<Sections> {
        let definition = self.scope.definition;
        self.body(&definition.body)?;
        self.outputs();
        let names = self.names();
        let named = |statement: &mut Statement| {
            statement.head = fill(&statement.head, &names);
            statement.value.map(&mut |text| fill(text, &names));
        };
        self.init.iter_mut().chain(&mut self.call).for_each(named);
        let mut init = super::computed_defaults(&mut self.scope, Place::Init)?;
        for name in &self.scope.stored.clone() {
            // A local is stored where it is computed.
            if !self.scope.locals.contains_key(name) {
                let variable = self.scope.variable(name);
                init.push(Statement::new(
                    0,
                    format!("self.{} = ", self.scope.attribute(&variable)),
                    Py::text(variable),
                    None,
                ));
            }
        }
        init.extend(self.init);
        let mut call: Vec<Statement> = self
            .scope
            .free_sizes()
            .into_iter()
            .map(|(name, read)| Statement::new(0, format!("{name} = "), Py::text(read), None))
            .collect();
        call.extend(self.call);
        super::drop_unused_locals(&mut init, &self.scope);
        Ok(Sections { init, body: call, dims: self.scope.dims, mode: self.mode })
    }

    /// `return`, folded with the line that makes the value where there is one.
    fn outputs(&mut self) {
        let outputs: Vec<String> =
            self.scope.definition.outputs.iter().map(|(name, _)| self.scope.variable(name)).collect();
        super::fold_return(&mut self.call, &outputs);
    }

    /// Chooses the attributes' names: hyperparameters have theirs, lines and loops come next, then what is only numbered.
    fn names(&self) -> Vec<String> {
        let mut wanted: HashMap<&str, usize> = HashMap::new();
        for (name, _) in self.wishes.iter().filter(|(_, wish)| *wish == Wish::Numbered) {
            *wanted.entry(name).or_default() += 1;
        }
        let stored = self.scope.stored.iter().map(|name| self.scope.attribute(&self.scope.variable(name)));
        let mut taken: HashSet<String> = stored.collect();
        let mut lines: HashMap<&str, String> = HashMap::new();
        let mut chosen: Vec<String> = vec![String::new(); self.wishes.len()];
        for wish in [Wish::Line, Wish::Group] {
            for ((name, _), chosen) in self.wishes.iter().zip(&mut chosen).filter(|((_, other), _)| *other == wish) {
                if let Some(known) = lines.get(name.as_str()).filter(|_| wish == Wish::Line) {
                    chosen.clone_from(known);
                    continue;
                }
                *chosen = self.scope.attribute(name);
                while taken.contains(chosen) {
                    chosen.push('_');
                }
                taken.insert(chosen.clone());
                lines.insert(name, chosen.clone());
            }
        }
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let numbered = self.wishes.iter().zip(&mut chosen).filter(|((_, wish), _)| *wish == Wish::Numbered);
        for ((name, _), chosen) in numbered {
            *chosen = self.scope.attribute(name);
            while wanted[name.as_str()] > 1 || taken.contains(chosen) {
                let count = counts.entry(name).or_default();
                *count += 1;
                *chosen = format!("{name}{count}");
                if !taken.contains(chosen) {
                    break;
                }
            }
            taken.insert(chosen.clone());
        }
        chosen
    }

    fn wish(&mut self, name: &str, wish: Wish) -> String {
        self.wishes.push((name.to_owned(), wish));
        format!("{OPEN}{}{CLOSE}", self.wishes.len() - 1)
    }

    fn push_call(&mut self, head: String, value: Py, origin: Span) {
        self.call.push(Statement::new(self.indent_call, head, value, Some(origin)));
    }

    fn push_init(&mut self, head: String, value: Py, origin: Span) {
        self.init.push(Statement::new(self.indent_init, head, value, Some(origin)));
    }

    fn body(&mut self, body: &'a [Node]) -> Emission<()> {
        for node in body {
            let (inits, calls) = (self.init.len(), self.call.len());
            self.node(node)?;
            let above: Vec<String> =
                node.comments.iter().map(|text| python::comment(text)).filter(|text| !text.is_empty()).collect();
            if let Some(statement) = self.call.get_mut(calls) {
                statement.above = above;
            } else if let Some(statement) = self.init.get_mut(inits) {
                statement.above = above;
            }
            if let Some(trailing) = &node.trailing {
                let text = python::comment(trailing);
                if !matches!(node.kind, NodeKind::Claim { .. }) && !text.is_empty() {
                    if let Some(statement) = self.init.get_mut(inits) {
                        statement.comment = Some(text);
                    } else if let Some(statement) = self.call.get_mut(calls) {
                        statement.comment = Some(text);
                    }
                }
            }
        }
        Ok(())
    }

    fn node(&mut self, node: &'a Node) -> Emission<()> {
        match &node.kind {
            NodeKind::Let { name, value } => {
                let text = self.scope.expression(value, Place::Init)?;
                let int = self.scope.is_int(value);
                self.scope.locals.insert(name.clone(), int);
                let variable = self.scope.variable(name);
                self.push_init(format!("{variable} = "), Py::text(text), node.span);
                Ok(())
            }
            NodeKind::Flow(flow) => self.flow(flow, node.span),
            NodeKind::Shared { name, stages } => {
                // It is made where it is first used: variables are matched in the order in which values meet them.
                self.shared.insert(name.clone(), Shared { stages, span: node.span, at: self.init.len(), layer: None });
                Ok(())
            }
            NodeKind::Repeat { label, index, count, body, .. } => {
                self.repeat(node, label, index.as_deref(), count, body)
            }
            NodeKind::If { arms, .. } => self.branches(arms, node.span),
            NodeKind::Require { condition, message } => {
                let checks = super::require(&mut self.scope, self.operators, condition, message.as_deref(), node.span)?;
                let checks = checks.indented(self.indent_init, self.indent_call);
                self.init.extend(checks.init);
                self.call.extend(checks.call);
                Ok(())
            }
            NodeKind::Claim { .. } => Ok(()),
        }
    }

    fn ready(&mut self, stage: &Stage) -> Emission<Rc<Ready>> {
        match &stage.kind {
            StageKind::Pattern { pattern, .. } => self.operators.get(&pattern.name, stage.span),
            _ => self.operators.get(super::operator::TAP, stage.span),
        }
    }

    /// Whether a stage can be an item of a row of layers; blocks only where `blocks` says so.
    fn is_layer(&mut self, stage: &Stage, blocks: bool) -> Emission<bool> {
        Ok(match &stage.kind {
            StageKind::Pattern { .. } | StageKind::Tap { .. } => self.ready(stage)?.chains(),
            StageKind::Identity => true,
            StageKind::Block { name, .. } => {
                let interface = self.interfaces.get(name);
                blocks && interface.is_some_and(|interface| interface.inputs == 1 && interface.outputs == 1)
            }
            StageKind::Shared { .. } => false,
            StageKind::Choice { then, otherwise, .. } => {
                self.is_layer(then, blocks)? && self.is_layer(otherwise, blocks)?
            }
        })
    }

    fn is_function(&mut self, stage: &Stage) -> Emission<bool> {
        Ok(match &stage.kind {
            StageKind::Pattern { .. } | StageKind::Tap { .. } => self.ready(stage)?.is_function(),
            StageKind::Identity => true,
            StageKind::Choice { then, otherwise, .. } => self.is_function(then)? && self.is_function(otherwise)?,
            StageKind::Block { .. } | StageKind::Shared { .. } => false,
        })
    }

    fn pieces<'p>(&mut self, stages: &'p [Stage], several_inputs: bool) -> Emission<Vec<Piece<'p>>> {
        let mut pieces: Vec<Piece<'p>> = Vec::new();
        let mut row: Vec<&'p Stage> = Vec::new();
        for (at, stage) in stages.iter().enumerate() {
            if matches!(stage.kind, StageKind::Identity) {
                continue;
            }
            if self.is_layer(stage, false)? {
                row.push(stage);
                // A container takes one tensor: what takes several stands alone.
                if at == 0 && several_inputs {
                    self.close_row(&mut row, &mut pieces)?;
                }
                continue;
            }
            self.close_row(&mut row, &mut pieces)?;
            pieces.push(match &stage.kind {
                StageKind::Block { .. } => Piece::Block(stage),
                StageKind::Shared { .. } => Piece::Shared(stage),
                _ if self.is_function(stage)? => Piece::Function(stage),
                _ => Piece::Own(stage),
            });
        }
        self.close_row(&mut row, &mut pieces)?;
        Ok(pieces)
    }

    fn close_row<'p>(&mut self, row: &mut Vec<&'p Stage>, pieces: &mut Vec<Piece<'p>>) -> Emission<()> {
        let mut row = std::mem::take(row);
        let mut functions = Vec::new();
        for stage in &row {
            functions.push(self.is_function(stage)?);
        }
        if functions.iter().all(|function| *function) {
            pieces.extend(row.into_iter().map(Piece::Function));
            return Ok(());
        }
        let (mut start, mut end) = (0, row.len());
        if self.scope.framework.settings.trim_functions {
            start = functions.iter().position(|function| !function).unwrap_or(0);
            end = functions.iter().rposition(|function| !function).map_or(row.len(), |at| at + 1);
        }
        let behind = row.split_off(end);
        let middle = row.split_off(start);
        pieces.extend(row.into_iter().map(Piece::Function));
        pieces.push(Piece::Layers(middle));
        pieces.extend(behind.into_iter().map(Piece::Function));
        Ok(())
    }

    fn flow(&mut self, flow: &'a Flow, span: Span) -> Emission<()> {
        let mut exprs = Vec::with_capacity(flow.inputs.len());
        for input in &flow.inputs {
            exprs.push(self.operand(input)?);
        }
        let plain = flow.inputs.iter().all(|input| matches!(input, Operand::Tensor { .. }));
        let own_line = plain;
        let mut current = Current { exprs, plain };
        let pieces = self.pieces(&flow.stages, flow.inputs.len() > 1)?;
        let single = match flow.targets.as_slice() {
            [Target { name: Some(name), .. }] => Some(name.clone()),
            _ => None,
        };
        let first = flow.targets.iter().find_map(|target| target.name.clone()).unwrap_or_default();
        let store = if first.is_empty() { self.scope.fresh("value") } else { self.scope.variable(&first) };
        let taps = |piece: &Piece<'_>| matches!(piece, Piece::Function(Stage { kind: StageKind::Tap { .. }, .. }));
        let weighty = pieces.iter().filter(|piece| !matches!(piece, Piece::Function(_))).count();
        let alone = weighty == 1 && pieces.iter().filter(|piece| !taps(piece)).count() == 1 && own_line;
        let last = pieces.len().saturating_sub(1);
        // A row of layers whose functions were taken into the call is still the whole line.
        let mut trimmed = self.scope.framework.settings.trim_functions && weighty == 1 && own_line;
        for stage in &flow.stages {
            trimmed &= self.is_layer(stage, false)?;
        }
        let mut assigned = false;
        for (at, piece) in pieces.iter().enumerate() {
            let outputs = if at == last { outputs(&flow.targets, &self.scope) } else { vec![Some(store.clone())] };
            let spec_name = single.as_deref().filter(|name| self.bound.get(*name) == Some(&1) && alone);
            let spec_name =
                spec_name.or_else(|| single.as_deref().filter(|name| trimmed && self.bound.get(*name) == Some(&1)));
            assigned = self.piece(piece, &mut current, &outputs, spec_name, &store, at == last)?;
        }
        if assigned {
            return Ok(());
        }
        let origin = flow.stages.first().map_or(span, |_| span);
        let left = flow
            .targets
            .iter()
            .map(|target| target.name.as_ref().map_or("_".to_owned(), |name| self.scope.variable(name)));
        let left: Vec<String> = left.collect();
        let value = current.exprs.join(", ");
        if left.len() == 1 && left[0] == value {
            return Ok(());
        }
        self.push_call(format!("{} = ", left.join(", ")), Py::text(value), origin);
        Ok(())
    }

    /// Writes a piece; true if it has assigned the line's targets itself.
    fn piece(
        &mut self,
        piece: &Piece<'_>,
        current: &mut Current,
        outputs: &[Option<String>],
        spec_name: Option<&str>,
        store: &str,
        last: bool,
    ) -> Emission<bool> {
        match piece {
            Piece::Layers(stages) => {
                let (value, mode) = self.layers(stages, false)?;
                let name = match spec_name {
                    Some(name) => self.wish(&self.scope.variable(name), Wish::Line),
                    None => {
                        let base = self.base(stages[0])?;
                        self.wish(&base, Wish::Numbered)
                    }
                };
                let layer = self.place_layer(&name, value, stages[0].span);
                self.settle(current, store, stages[0].span, &layer);
                self.mode |= mode;
                let text = self.call_text(&layer, &current.exprs, mode)?;
                *current = Current { exprs: vec![text], plain: false };
                Ok(false)
            }
            Piece::Function(stage) => self.function(stage, current, outputs, store, last),
            Piece::Own(stage) => {
                let ready = self.ready(stage)?;
                let mut layer = None;
                if ready.has_layer() {
                    let layers = self.operators.layers(stage, &mut self.scope)?;
                    let value =
                        self.sequential(layers.into_iter().map(|layer| plain_item(layer, stage)).collect(), false);
                    let spec = spec_name.filter(|_| {
                        outputs.iter().filter(|output| output.is_some()).count() == 1 && outputs.len() == 1
                    });
                    let name = match spec {
                        Some(name) => self.wish(&self.scope.variable(name), Wish::Line),
                        None => {
                            let base = self.base(stage)?;
                            self.wish(&base, Wish::Numbered)
                        }
                    };
                    layer = Some(self.place_layer(&name, value, stage.span));
                }
                if !current.plain {
                    self.store(current, store, stage.span);
                }
                self.mode |= ready.entry.mode;
                self.apply(stage, current, outputs, layer.as_deref(), last)
            }
            Piece::Block(stage) => {
                let StageKind::Block { name: callee, .. } = &stage.kind else { return Ok(false) };
                let interface = self.interface(callee, stage.span)?;
                let value = self.instance(stage, &interface)?;
                let name = match spec_name.filter(|_| outputs.len() == 1) {
                    Some(name) => self.wish(&self.scope.variable(name), Wish::Line),
                    None => self.wish(&self.scope.variable(callee), Wish::Numbered),
                };
                let layer = self.place_layer(&name, Py::text(value), stage.span);
                self.settle(current, store, stage.span, &layer);
                self.mode |= interface.mode;
                let text = self.call_text(&layer, &current.exprs, interface.mode)?;
                *current = Current { exprs: vec![text], plain: false };
                self.unpack(current, outputs, last, stage.span)
            }
            Piece::Shared(stage) => {
                let StageKind::Shared { name } = &stage.kind else { return Ok(false) };
                let (layer, mode) = self.shared_layer(name)?;
                self.settle(current, store, stage.span, &layer);
                let text = self.call_text(&layer, &current.exprs, mode)?;
                *current = Current { exprs: vec![text], plain: false };
                self.unpack(current, outputs, last, stage.span)
            }
        }
    }

    /// The attribute of a shared instance, made at its first use.
    fn shared_layer(&mut self, name: &str) -> Emission<(String, bool)> {
        let Some(Shared { stages, span, at, layer }) = self.shared.get(name).cloned() else {
            return Ok((String::new(), false));
        };
        if let Some(known) = layer {
            return Ok(known);
        }
        let (value, mode) = self.chain(stages, false)?;
        let placeholder = self.wish(&self.scope.variable(name), Wish::Group);
        let statement = Statement::new(0, format!("self.{placeholder} = "), value, Some(span));
        if self.indent_init == 0 && self.rounds.is_empty() {
            self.init.push(statement);
        } else {
            self.init.insert(at.min(self.init.len()), statement);
        }
        self.mode |= mode;
        let known = (format!("self.{placeholder}"), mode);
        if let Some(shared) = self.shared.get_mut(name) {
            shared.layer = Some(known.clone());
        }
        Ok(known)
    }

    /// Assigns several outputs of one expression.
    fn unpack(&mut self, current: &mut Current, outputs: &[Option<String>], last: bool, span: Span) -> Emission<bool> {
        if !last || outputs.len() < 2 {
            return Ok(false);
        }
        let names: Vec<&str> = outputs.iter().map(|output| output.as_deref().unwrap_or("_")).collect();
        self.push_call(format!("{} = ", names.join(", ")), Py::text(current.exprs.join(", ")), span);
        Ok(true)
    }

    /// Gives what flows a name, where it would not fit into the next expression.
    fn settle(&mut self, current: &mut Current, store: &str, span: Span, next: &str) {
        let length: usize = current.exprs.iter().map(String::len).sum::<usize>() + next.len();
        if !current.plain && length > 62 {
            self.store(current, store, span);
        }
    }

    fn store(&mut self, current: &mut Current, store: &str, span: Span) {
        let value = current.exprs.join(", ");
        if value != store {
            self.push_call(format!("{store} = "), Py::text(value), span);
        }
        *current = Current { exprs: vec![store.to_owned()], plain: true };
    }

    fn function(
        &mut self,
        stage: &Stage,
        current: &mut Current,
        outputs: &[Option<String>],
        store: &str,
        last: bool,
    ) -> Emission<bool> {
        match &stage.kind {
            StageKind::Choice { condition, then, otherwise } => {
                self.store_unless_plain(current, store, stage.span);
                let condition = self.scope.expression(condition, Place::Call)?;
                let (yes, no) = (self.function_text(then, current)?, self.function_text(otherwise, current)?);
                *current = Current { exprs: vec![format!("{yes} if {condition} else {no}")], plain: false };
                Ok(false)
            }
            _ => {
                let ready = self.ready(stage)?;
                let too_long = current.exprs.iter().map(String::len).sum::<usize>() > 62;
                if !current.plain && (!ready.entry.nest && !matches!(stage.kind, StageKind::Tap { .. }) || too_long) {
                    self.store(current, store, stage.span);
                }
                self.mode |= ready.entry.mode;
                self.apply(stage, current, outputs, None, last)
            }
        }
    }

    fn store_unless_plain(&mut self, current: &mut Current, store: &str, span: Span) {
        if !current.plain {
            self.store(current, store, span);
        }
    }

    fn function_text(&mut self, stage: &Stage, current: &Current) -> Emission<String> {
        match &stage.kind {
            StageKind::Identity => return Ok(current.exprs.join(", ")),
            StageKind::Choice { condition, then, otherwise } => {
                let condition = self.scope.expression(condition, Place::Call)?;
                let (yes, no) = (self.function_text(then, current)?, self.function_text(otherwise, current)?);
                return Ok(format!("({yes} if {condition} else {no})"));
            }
            _ => {}
        }
        let wiring = Wiring { inputs: &current.exprs, outputs: &[Some("_".into())], layer: None, activation: None };
        match self.operators.apply(stage, &wiring, &mut self.scope, Place::Call)? {
            Code::Expr(text) => Ok(text),
            Code::Lines(_) | Code::Stages(_) => {
                Err(not_expressible(stage.span, "one of these patterns needs several lines"))
            }
        }
    }

    fn apply(
        &mut self,
        stage: &Stage,
        current: &mut Current,
        outputs: &[Option<String>],
        layer: Option<&str>,
        last: bool,
    ) -> Emission<bool> {
        let wiring = Wiring { inputs: &current.exprs, outputs, layer, activation: None };
        match self.operators.apply(stage, &wiring, &mut self.scope, Place::Call)? {
            Code::Expr(text) => {
                *current = Current { exprs: vec![text], plain: false };
                let needed = outputs.iter().filter(|output| output.is_some()).count();
                if outputs.len() > 1 && needed == 1 && outputs[0].is_some() {
                    // Only the first output is needed: the expression gives it alone.
                    let name = outputs[0].clone().unwrap_or_default();
                    self.push_call(format!("{name} = "), Py::text(current.exprs.join(", ")), stage.span);
                    return Ok(true);
                }
                self.unpack(current, outputs, last, stage.span)
            }
            Code::Stages(_) => Err(not_expressible(stage.span, "this column takes several steps for it")),
            Code::Lines(lines) => {
                for line in lines {
                    self.push_line(&line, stage.span);
                }
                let first = outputs.first().cloned().flatten().unwrap_or_else(|| "_".into());
                *current = Current { exprs: vec![first], plain: true };
                Ok(last)
            }
        }
    }

    /// A line of a template: its own indentation is kept.
    fn push_line(&mut self, line: &str, origin: Span) {
        let text = line.trim_start();
        let levels = (line.len() - text.len()) / 4;
        let (head, value) = match python::split_top_level(text, " = ").as_slice() {
            [left, right] => (format!("{left} = "), right.clone()),
            _ => (String::new(), text.to_owned()),
        };
        self.call.push(Statement::new(self.indent_call + levels, head, Py::text(value), Some(origin)));
    }

    fn call_text(&mut self, layer: &str, inputs: &[String], mode: bool) -> Emission<String> {
        super::call_text(self.operators, &self.scope, layer, inputs, mode)
    }

    /// Puts a layer where it belongs and says how the call names it.
    fn place_layer(&mut self, name: &str, value: Py, origin: Span) -> String {
        match self.rounds.last_mut() {
            Some(round) => {
                round.layers.push((self.wishes.len() - 1, value));
                format!("{OPEN}r{}{CLOSE}{name}{OPEN}e{CLOSE}", round.depth)
            }
            None => {
                self.push_init(format!("self.{name} = "), value, origin);
                format!("self.{name}")
            }
        }
    }

    /// What the attribute of a row is called if the line has no name for it.
    fn base(&mut self, stage: &Stage) -> Emission<String> {
        Ok(match &stage.kind {
            StageKind::Pattern { pattern, .. } => {
                let ready = self.ready(stage)?;
                ready.entry.attribute.clone().unwrap_or_else(|| pattern.name.clone())
            }
            StageKind::Block { name, .. } | StageKind::Shared { name } => self.scope.variable(name),
            StageKind::Choice { then, otherwise, .. } => {
                let (first, second) = (self.base(then)?, self.base(otherwise)?);
                if first == second || matches!(otherwise.kind, StageKind::Identity) { first } else { second }
            }
            StageKind::Identity => "layer".into(),
            StageKind::Tap { .. } => "tap".into(),
        })
    }

    /// A row of layers as one expression.
    fn chain(&mut self, stages: &[Stage], explode: bool) -> Emission<(Py, bool)> {
        for stage in stages {
            if !self.is_layer(stage, true)? {
                return Err(not_expressible(stage.span, "this is no layer: write the lines as a block, and use that"));
            }
        }
        if stages.is_empty() {
            return Ok((Py::text(self.scope.framework.settings.containers.identity.clone()), false));
        }
        let stages: Vec<&Stage> = stages.iter().collect();
        self.layers(&stages, explode)
    }

    fn layers(&mut self, stages: &[&Stage], explode: bool) -> Emission<(Py, bool)> {
        let mut items = Vec::new();
        let mut mode = false;
        let lines = stages.iter().filter(|stage| stage.line_end).count();
        for stage in stages {
            for (text, needs_mode) in self.layer_texts(stage)? {
                mode |= needs_mode;
                let comment = stage.comment.as_ref().map(|text| python::comment(text)).filter(|text| !text.is_empty());
                items.push(Item { value: Py::text(text), origin: Some(stage.span), comment });
            }
        }
        Ok((self.sequential(items, explode || lines > 1), mode))
    }

    /// The layers of one stage, and whether they depend on the mode.
    fn layer_texts(&mut self, stage: &Stage) -> Emission<Vec<(String, bool)>> {
        match &stage.kind {
            StageKind::Pattern { .. } | StageKind::Tap { .. } => {
                let mode = self.ready(stage)?.entry.mode;
                Ok(self.operators.layers(stage, &mut self.scope)?.into_iter().map(|layer| (layer, mode)).collect())
            }
            StageKind::Block { name, .. } => {
                let interface = self.interface(name, stage.span)?;
                Ok(vec![(self.instance(stage, &interface)?, interface.mode)])
            }
            StageKind::Identity => Ok(Vec::new()),
            StageKind::Choice { condition, then, otherwise } => {
                let condition = self.scope.expression(condition, Place::Init)?;
                let (yes, no) = (self.layer_texts(then)?, self.layer_texts(otherwise)?);
                let mode = yes.iter().chain(&no).any(|(_, mode)| *mode);
                let functions = (self.is_function(then)?, self.is_function(otherwise)?);
                let yes = self.one_layer(yes, functions.0 && mode);
                let no = self.one_layer(no, functions.1 && mode);
                Ok(vec![(format!("{yes} if {condition} else {no}"), mode)])
            }
            StageKind::Shared { .. } => {
                Err(not_expressible(stage.span, "a shared instance cannot be part of a row of layers"))
            }
        }
    }

    /// Several layers as one; a function is wrapped where the other arm of a choice is told the mode.
    fn one_layer(&mut self, layers: Vec<(String, bool)>, wrap: bool) -> String {
        let containers = &self.scope.framework.settings.containers;
        match layers.as_slice() {
            [] => containers.identity.clone(),
            [(only, _)] if wrap && !containers.function.is_empty() => format!("{}({only})", containers.function),
            // A choice within a choice.
            [(only, _)] if only.contains(" if ") => format!("({only})"),
            [(only, _)] => only.clone(),
            several => {
                let texts: Vec<&str> = several.iter().map(|(text, _)| text.as_str()).collect();
                format!("{}({})", containers.sequential, texts.join(", "))
            }
        }
    }

    fn sequential(&self, mut items: Vec<Item>, explode: bool) -> Py {
        let containers = &self.scope.framework.settings.containers;
        match items.len() {
            0 => Py::text(containers.identity.clone()),
            1 if items[0].comment.is_none() => items.remove(0).value,
            _ => Py::Group {
                open: format!("{}(", containers.sequential),
                items,
                close: ")".into(),
                comma: true,
                explode,
            },
        }
    }

    fn interface(&self, name: &str, span: Span) -> Emission<Interface> {
        self.interfaces.get(name).cloned().ok_or_else(|| not_expressible(span, "this block could not be written"))
    }

    /// An instance of a block: the class with its sizes and hyperparameters.
    fn instance(&mut self, stage: &Stage, interface: &Interface) -> Emission<String> {
        let StageKind::Block { arguments, .. } = &stage.kind else { return Ok(String::new()) };
        let mut texts = super::dims_of_call(&mut self.scope, stage, interface, Place::Init)?;
        texts.extend(super::arguments_of_call(&mut self.scope, arguments, interface, Place::Init)?);
        Ok(format!("{}({})", interface.name, texts.join(", ")))
    }

    fn operand(&mut self, operand: &'a Operand) -> Emission<String> {
        super::operand(self.operators, &mut self.scope, operand, Place::Call)
    }

    /// The flow of a body that is nothing but `name = input -> layers`.
    fn only_chain(&mut self, body: &'a [Node]) -> Emission<Option<(&'a str, &'a str, &'a [Stage])>> {
        let [Node { kind: NodeKind::Flow(flow), comments, .. }] = body else { return Ok(None) };
        let ([Target { name: Some(target), .. }], [Operand::Tensor { name: input, .. }]) =
            (flow.targets.as_slice(), flow.inputs.as_slice())
        else {
            return Ok(None);
        };
        if !comments.is_empty() {
            return Ok(None);
        }
        for stage in &flow.stages {
            if !self.is_layer(stage, true)? {
                return Ok(None);
            }
        }
        Ok(Some((target, input, &flow.stages)))
    }

    fn branches(&mut self, arms: &'a [Arm], span: Span) -> Emission<()> {
        let mut chains = Vec::new();
        for arm in arms {
            chains.push(self.only_chain(&arm.body)?);
        }
        let complete = arms.last().is_some_and(|arm| arm.condition.is_none());
        let chains: Option<Vec<_>> = chains.into_iter().collect();
        if let Some(chains) = chains.filter(|chains| {
            complete && chains.iter().all(|(target, input, _)| (*target, *input) == (chains[0].0, chains[0].1))
        }) {
            return self.choice_of_layers(arms, &chains, span);
        }
        if !self.rounds.is_empty() {
            return Err(not_expressible(
                span,
                "an `if` in a loop must choose between layers: write the loop's body as a block",
            ));
        }
        // Anything else is an `if` in both places.
        let (base_init, base_call) = (self.init.len(), self.call.len());
        let mut parts: Vec<WrittenArm<'_>> = Vec::new();
        for arm in arms {
            self.indent_init += 1;
            self.indent_call += 1;
            let written = self.body(&arm.body);
            self.indent_init -= 1;
            self.indent_call -= 1;
            written?;
            let init = self.init.split_off(base_init);
            let call = self.call.split_off(base_call);
            parts.push((arm.condition.as_ref(), arm.span, init, call));
        }
        for place in [Place::Init, Place::Call] {
            let pick = |part: &WrittenArm<'_>| {
                if place == Place::Init { part.2.clone() } else { part.3.clone() }
            };
            if parts.iter().all(|part| pick(part).is_empty()) {
                continue;
            }
            let indent = if place == Place::Init { self.indent_init } else { self.indent_call };
            let mut statements = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                let body = pick(part);
                if body.is_empty() && part.0.is_none() {
                    continue;
                }
                let head = match part.0 {
                    Some(condition) => {
                        let condition = self.scope.expression(condition, place)?;
                        format!("{} {condition}:", if at == 0 { "if" } else { "elif" })
                    }
                    None => "else:".into(),
                };
                statements.push(Statement::line(indent, head, Some(part.1)));
                if body.is_empty() {
                    statements.push(Statement::line(indent + 1, "pass", Some(part.1)));
                }
                statements.extend(body);
            }
            if place == Place::Init { self.init.extend(statements) } else { self.call.extend(statements) }
        }
        Ok(())
    }

    /// An `if` whose arms are layers for one value.
    fn choice_of_layers(
        &mut self,
        arms: &'a [Arm],
        chains: &[(&'a str, &'a str, &'a [Stage])],
        span: Span,
    ) -> Emission<()> {
        let (target, input, _) = chains[0];
        let mut values = Vec::new();
        let mut mode = false;
        for (_, _, stages) in chains {
            let (value, needs_mode) = self.chain(stages, false)?;
            mode |= needs_mode;
            values.push(value);
        }
        if mode {
            // A bare function can't be told the mode.
            for (value, (_, _, stages)) in values.iter_mut().zip(chains) {
                if let [stage] = stages {
                    let wrap =
                        self.is_function(stage)? && !self.scope.framework.settings.containers.function.is_empty();
                    if wrap {
                        *value = Py::text(format!(
                            "{}({})",
                            self.scope.framework.settings.containers.function,
                            value.flat()
                        ));
                    }
                }
            }
        }
        let once = self.bound.get(target) == Some(&1);
        let variable = self.scope.variable(target);
        let base = match chains.iter().find_map(|(_, _, stages)| stages.first()) {
            Some(stage) if !once => self.base(stage)?,
            _ => variable.clone(),
        };
        let name = self.wish(&base, if once { Wish::Line } else { Wish::Numbered });
        let layer = if self.rounds.is_empty() {
            for (at, (arm, value)) in arms.iter().zip(values).enumerate() {
                let head = match &arm.condition {
                    Some(condition) => {
                        let condition = self.scope.expression(condition, Place::Init)?;
                        format!("{} {condition}:", if at == 0 { "if" } else { "elif" })
                    }
                    None => "else:".into(),
                };
                self.init.push(Statement::line(self.indent_init, head, Some(arm.span)));
                let origin = arm.body.first().map_or(arm.span, |node| node.span);
                let mut statement =
                    Statement::new(self.indent_init + 1, format!("self.{name} = "), value, Some(origin));
                statement.comment = arm
                    .body
                    .first()
                    .and_then(|node| node.trailing.as_ref())
                    .map(|text| python::comment(text))
                    .filter(|text| !text.is_empty());
                self.init.push(statement);
            }
            format!("self.{name}")
        } else {
            let mut text = String::new();
            for (arm, value) in arms.iter().zip(values) {
                text.push_str(&value.flat());
                if let Some(condition) = &arm.condition {
                    let condition = self.scope.expression(condition, Place::Init)?;
                    text.push_str(&format!(" if {condition} else "));
                }
            }
            self.place_layer(&name, Py::text(text), span)
        };
        self.mode |= mode;
        let text = self.call_text(&layer, &[self.scope.variable(input)], mode)?;
        self.push_call(format!("{variable} = "), Py::text(text), span);
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
        if let Some(()) = self.repeat_of_layers(node, label, index, count, body)? {
            return Ok(());
        }
        if !self.rounds.is_empty() {
            return Err(not_expressible(
                node.span,
                "a loop in a loop must be a row of layers: write the inner loop as a block",
            ));
        }
        self.scope.counters.push(index.unwrap_or(label).to_owned());
        self.rounds.push(Round { layers: Vec::new(), depth: 0 });
        self.indent_call += 1;
        let call_start = self.call.len();
        let init_start = self.init.len();
        let written = self.body(body);
        self.indent_call -= 1;
        let round = self.rounds.pop().unwrap_or_default();
        let counter_used = {
            let counter = self.scope.counter(index.unwrap_or(label));
            let mut used = false;
            for statement in &self.call[call_start..] {
                python::identifiers(&format!("{}{}", statement.head, statement.value.flat()), &mut |name| {
                    used |= name == counter
                });
            }
            used
        };
        self.scope.counters.pop();
        written?;
        if self.init.len() > init_start {
            // What is computed from the counter belongs into the loop, where the constructor has none.
            return Err(not_expressible(
                node.span,
                "a hyperparameter is computed in this loop: write its body as a block",
            ));
        }
        let counter = self.scope.counter(index.unwrap_or(label));
        let rounds_init = self.scope.expression(count, Place::Init)?;
        let inner: Vec<Statement> = self.call.split_off(call_start);
        let settings = &self.scope.framework.settings;
        let (list, dict) = (settings.containers.list.clone(), settings.containers.dict.clone());
        if round.layers.is_empty() {
            let rounds = self.scope.expression(count, Place::Call)?;
            let counter = if counter_used { counter } else { "_".into() };
            self.call.push(Statement::line(
                self.indent_call,
                format!("for {counter} in range({rounds}):"),
                Some(node.span),
            ));
            self.call.extend(inner);
            return Ok(());
        }
        let element = match round.layers.as_slice() {
            [(_, only)] => only.clone(),
            several => {
                let items = several
                    .iter()
                    .map(|(wish, value)| {
                        let key = format!("\"{OPEN}{wish}{CLOSE}\": ");
                        let value = match value.clone() {
                            Py::Text(text) => Py::Text(format!("{key}{text}")),
                            Py::Group { open, items, close, comma, explode } => {
                                Py::Group { open: format!("{key}{open}"), items, close, comma, explode }
                            }
                        };
                        Item { value, origin: None, comment: None }
                    })
                    .collect();
                let (open, close) = if dict.is_empty() { ("{".to_owned(), "}") } else { (format!("{dict}({{"), "})") };
                Py::Group { open, items, close: close.into(), comma: true, explode: true }
            }
        };
        let in_elements = mentions(&element.flat(), &counter);
        let name = self.wish(&self.scope.variable(label), Wish::Group);
        let clause = format!("for {} in range({rounds_init})", if in_elements { &counter } else { "_" });
        let items = vec![
            Item { value: element, origin: body.first().map(|node| node.span), comment: None },
            Item { value: Py::text(clause), origin: Some(node.span), comment: None },
        ];
        let (open, close) = if list.is_empty() { ("[".to_owned(), "]") } else { (format!("{list}("), ")") };
        let value = Py::Group { open, items, close: close.into(), comma: false, explode: false };
        self.push_init(format!("self.{name} = "), value, node.span);
        // The loop's variable is the label, unless a value of that name flows inside.
        let variable = self.scope.variable(label);
        let variable = match (counter_used && index.is_none(), self.bound.contains_key(label)) {
            (true, _) => self.scope.fresh(&format!("{variable}_layers")),
            (false, true) => self.scope.fresh(&format!("{variable}_layer")),
            (false, false) => variable,
        };
        let head = if counter_used {
            format!("for {counter}, {variable} in enumerate(self.{name}):")
        } else {
            format!("for {variable} in self.{name}:")
        };
        self.call.push(Statement::line(self.indent_call, head, Some(node.span)));
        let single = round.layers.len() == 1;
        for mut statement in inner {
            let replace = |text: &str| rounds_text(text, &variable, single);
            statement.head = replace(&statement.head);
            statement.value.map(&mut |text| replace(text));
            self.call.push(statement);
        }
        Ok(())
    }

    /// A loop whose every line is `v = v -> layers`, for one `v`.
    fn repeat_of_layers(
        &mut self,
        node: &'a Node,
        label: &str,
        index: Option<&str>,
        count: &'a Expr,
        body: &'a [Node],
    ) -> Emission<Option<()>> {
        let mut lines = Vec::new();
        let mut value: Option<&str> = None;
        for line in body {
            let Some((target, input, stages)) = self.only_chain(std::slice::from_ref(line))? else { return Ok(None) };
            if target != input || value.is_some_and(|value| value != target) || stages.is_empty() {
                return Ok(None);
            }
            value = Some(target);
            lines.push((line, stages));
        }
        let Some(value) = value else { return Ok(None) };
        self.scope.counters.push(index.unwrap_or(label).to_owned());
        let mut items = Vec::new();
        let mut mode = false;
        let mut failed = None;
        for (line, stages) in &lines {
            match self.chain(stages, false) {
                Ok((layer, needs_mode)) => {
                    mode |= needs_mode;
                    let comment =
                        line.trailing.as_ref().map(|text| python::comment(text)).filter(|text| !text.is_empty());
                    items.push(Item { value: layer, origin: Some(line.span), comment });
                }
                Err(finding) => {
                    failed = Some(finding);
                    break;
                }
            }
        }
        self.scope.counters.pop();
        if let Some(finding) = failed {
            return Err(finding);
        }
        let counter = self.scope.counter(index.unwrap_or(label));
        let rounds = self.scope.expression(count, Place::Init)?;
        let sequential = self.scope.framework.settings.containers.sequential.clone();
        let several = items.len() > 1;
        let element = if several || items[0].comment.is_some() {
            Py::Group { open: format!("{sequential}("), items, close: ")".into(), comma: true, explode: several }
        } else {
            items.remove(0).value
        };
        let used = mentions(&element.flat(), &counter);
        let clause = format!("for {} in range({rounds})", if used { &counter } else { "_" });
        let comprehension = Py::Group {
            open: "*[".into(),
            items: vec![
                Item { value: element, origin: None, comment: None },
                Item { value: Py::text(clause), origin: Some(node.span), comment: None },
            ],
            close: "]".into(),
            comma: false,
            explode: false,
        };
        let all = Py::Group {
            open: format!("{sequential}("),
            items: vec![Item { value: comprehension, origin: None, comment: None }],
            close: ")".into(),
            comma: true,
            explode: false,
        };
        let name = self.wish(&self.scope.variable(label), Wish::Group);
        let layer = self.place_layer(&name, all, node.span);
        self.mode |= mode;
        let variable = self.scope.variable(value);
        let text = self.call_text(&layer, std::slice::from_ref(&variable), mode)?;
        self.push_call(format!("{variable} = "), Py::text(text), node.span);
        Ok(Some(()))
    }
}

/// The variables that a line's last piece assigns.
fn outputs(targets: &[Target], scope: &Scope<'_>) -> Vec<Option<String>> {
    targets.iter().map(|target| target.name.as_ref().map(|name| scope.variable(name))).collect()
}

fn plain_item(text: String, stage: &Stage) -> Item {
    Item { value: Py::text(text), origin: Some(stage.span), comment: None }
}

fn not_expressible(span: Span, help: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(codes::NOT_EXPRESSIBLE, "this cannot be written as layers of a class")
            .at(span, "here")
            .help(help),
    )
}

/// Whether a name occurs in code.
fn mentions(code: &str, wanted: &str) -> bool {
    let mut found = false;
    python::identifiers(code, &mut |name| found |= name == wanted);
    found
}

/// Puts the chosen names into a text.
fn fill(text: &str, names: &[String]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        result.push_str(before);
        let Some((number, behind)) = after.split_once(CLOSE) else { break };
        if let Some(name) = number.parse::<usize>().ok().and_then(|at| names.get(at)) {
            result.push_str(name);
        }
        rest = behind;
    }
    result.push_str(rest);
    result
}

/// Puts the loop's variable into a text: `layer` for the only layer of a round, `layer["norm"]` for one of several.
fn rounds_text(text: &str, variable: &str, single: bool) -> String {
    let start = format!("{OPEN}r0{CLOSE}");
    let end = format!("{OPEN}e{CLOSE}");
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(&start) {
        result.push_str(before);
        let Some((name, behind)) = after.split_once(&end) else { break };
        if single {
            result.push_str(variable);
        } else {
            result.push_str(&format!("{variable}[\"{name}\"]"));
        }
        rest = behind;
    }
    result.push_str(rest);
    result
}

/// How often each value is assigned: the arms of an `if` count once together, taps not at all.
fn bindings(body: &[Node]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for node in body {
        match &node.kind {
            NodeKind::Flow(flow) => {
                let tap = !flow.stages.is_empty()
                    && flow.stages.iter().all(|stage| matches!(stage.kind, StageKind::Tap { .. }));
                if tap && matches!(flow.inputs.as_slice(), [Operand::Tensor { .. }]) {
                    let same = match (&flow.inputs[0], flow.targets.first()) {
                        (Operand::Tensor { name, .. }, Some(target)) => target.name.as_deref() == Some(name),
                        _ => false,
                    };
                    if same {
                        continue;
                    }
                }
                for name in flow.targets.iter().filter_map(|target| target.name.as_ref()) {
                    *counts.entry(name.clone()).or_default() += 1;
                }
            }
            NodeKind::Repeat { body, .. } => {
                for (name, count) in bindings(body) {
                    *counts.entry(name).or_default() += count + 1;
                }
            }
            NodeKind::If { arms, .. } => {
                let mut most: HashMap<String, usize> = HashMap::new();
                for arm in arms {
                    for (name, count) in bindings(&arm.body) {
                        let slot = most.entry(name).or_default();
                        *slot = (*slot).max(count);
                    }
                }
                for (name, count) in most {
                    *counts.entry(name).or_default() += count;
                }
            }
            _ => {}
        }
    }
    counts
}
