//! Definitions as classes: layers in the constructor, their use in the call.
//!
//! The rules of style, the same for every column of this form:
//! - a row of layers is one attribute; it has the line's name where the whole line is that row and the name says something (`y` does
//!   not), else that of the block or of its main operator: the first that multiplies, or has weights, or stands first;
//! - functions stand in the call: `F.relu(a + b)`;
//! - an `if` whose arms are rows of layers for one value chooses the layer in the constructor and is one line in the call;
//! - a `repeat` that is a row of layers is one layer; else its layers are a list, and the call has the loop;
//! - hyperparameters that the call needs are kept as attributes, and no others.

use super::operator::{Code, Operators, Ready, Wiring};
use super::python::{self, Item, Py, Statement};
use super::scope::{Emission, Place, Scope};
use super::{Interface, Interfaces, Sections};
use crate::diagnostic::{Diagnostic, codes};
use crate::hash::{HashMap, HashSet};
use crate::ir::{Arm, Flow, Node, NodeKind, Operand, Stage, StageKind, Target};
use crate::span::Span;
use crate::syntax::ast::Expr;
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
    wishes: Vec<Wish>,
    /// How often each value is assigned.
    bound: HashMap<String, usize>,
    mode: bool,
    /// The shared instances.
    shared: HashMap<String, Shared<'a>>,
    /// In the body of a loop: where its layers are collected.
    rounds: Vec<Round>,
    /// How many loops had layers of their own so far.
    loops: usize,
    /// Comments for the next layer that is made.
    of_layer: Vec<String>,
    /// Comments for the next statement of the call.
    of_call: Vec<String>,
}

/// A name that a layer wants.
struct Wish {
    name: String,
    /// Whether it may be numbered.
    numbered: bool,
    /// The loop whose layers it is one of; 0 for an attribute.
    group: usize,
}

/// An instance that is used more than once.
#[derive(Clone)]
struct Shared<'a> {
    stages: &'a [Stage],
    span: Span,
    /// Where it is declared among the constructor's statements.
    at: usize,
    /// The comments above its declaration and behind it.
    comments: (Vec<String>, Vec<String>),
    /// Its attribute and whether it depends on the mode, once it is made.
    layer: Option<(String, bool)>,
}

/// What an arm of an `if` adds to the constructor and to the call.
struct WrittenArm<'e> {
    arm: &'e Arm,
    init: Vec<Statement>,
    call: Vec<Statement>,
}

/// A line that is nothing but layers for one value.
struct Chain<'e> {
    target: &'e str,
    input: &'e str,
    stages: &'e [Stage],
    line: &'e Node,
    /// The comments above the line and behind it, as far as they stand on lines of their own.
    comments: Vec<String>,
}

/// The layers of a loop's body.
#[derive(Default)]
struct Round {
    layers: Vec<(usize, Item)>,
    depth: usize,
    /// The number of the loop.
    group: usize,
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
            shared: HashMap::default(),
            rounds: Vec::new(),
            loops: 0,
            of_layer: Vec::new(),
            of_call: Vec::new(),
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
        super::begin(&mut call);
        super::settle_locals(&mut init, &self.scope);
        Ok(Sections { init, body: call, dims: self.scope.dims, mode: self.mode })
    }

    /// `return`, folded with the line that makes the value where there is one.
    fn outputs(&mut self) {
        let outputs: Vec<String> =
            self.scope.definition.outputs.iter().map(|(name, _)| self.scope.variable(name)).collect();
        super::fold_return(&mut self.call, &outputs);
    }

    /// Chooses the names of the attributes, and of the layers of each loop.
    fn names(&self) -> Vec<String> {
        let mut wanted: HashMap<(usize, &str), usize> = HashMap::default();
        let mut taken: HashSet<(usize, String)> = self.scope.stored.iter().map(|name| (0, name.clone())).collect();
        for wish in &self.wishes {
            if wish.numbered {
                *wanted.entry((wish.group, &wish.name)).or_default() += 1;
            } else {
                taken.insert((wish.group, wish.name.clone()));
            }
        }
        let mut counts: HashMap<(usize, &str), usize> = HashMap::default();
        self.wishes
            .iter()
            .map(|Wish { name, numbered, group }| {
                let single = self.scope.attribute(name);
                let key = (*group, name.as_str());
                if !numbered || wanted[&key] == 1 && !taken.contains(&(*group, single.clone())) {
                    return single;
                }
                let count = counts.entry(key).or_default();
                loop {
                    *count += 1;
                    let candidate = format!("{name}{count}");
                    if !taken.contains(&(*group, candidate.clone()))
                        && !wanted.contains_key(&(*group, candidate.as_str()))
                    {
                        return candidate;
                    }
                }
            })
            .collect()
    }

    /// A name for a layer of the loop around, or for an attribute.
    fn wish(&mut self, name: &str, numbered: bool) -> String {
        let group = self.rounds.last().map_or(0, |round| round.group);
        self.wish_in(group, name, numbered)
    }

    fn wish_in(&mut self, group: usize, name: &str, numbered: bool) -> String {
        self.wishes.push(Wish { name: name.to_owned(), numbered, group });
        format!("{OPEN}{}{CLOSE}", self.wishes.len() - 1)
    }

    fn push_call(&mut self, head: String, value: Py, origin: Span) {
        let mut statement = Statement::new(self.indent_call, head, value, Some(origin));
        self.of_call.drain(..).for_each(|comment| statement.say(comment));
        self.call.push(statement);
    }

    fn push_init(&mut self, head: String, value: Py, origin: Span) {
        let mut statement = Statement::new(self.indent_init, head, value, Some(origin));
        self.of_layer.drain(..).for_each(|comment| statement.say(comment));
        self.init.push(statement);
    }

    fn body(&mut self, body: &'a [Node]) -> Emission<()> {
        for node in body {
            let (inits, calls) = (self.init.len(), self.call.len());
            self.node(node)?;
            let above = python::comments(&node.comments);
            let made = self.call.len() > calls || self.init.len() > inits;
            if !made && !above.is_empty() && matches!(node.kind, NodeKind::Flow(_)) {
                self.push_call(String::new(), Py::text(""), node.span);
            }
            let first = if self.call.len() > calls { self.call.get_mut(calls) } else { self.init.get_mut(inits) };
            if let Some(statement) = first {
                statement.above.splice(..0, above);
            }
            if let Some(statement) = self.call.get_mut(calls) {
                statement.paragraph = node.paragraph;
            }
            for trailing in python::comments(&node.trailing) {
                let first = if self.init.len() > inits { self.init.get_mut(inits) } else { self.call.get_mut(calls) };
                if let Some(statement) = first.filter(|_| made) {
                    statement.say(trailing);
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
                let comments = (python::comments(&node.comments), python::comments(&node.trailing));
                let shared = Shared { stages, span: node.span, at: self.init.len(), comments, layer: None };
                self.shared.insert(name.clone(), shared);
                Ok(())
            }
            NodeKind::Repeat { label, index, count, body, .. } => {
                self.repeat(node, label, index.as_deref(), count, body)
            }
            NodeKind::If { arms, .. } => self.branches(arms, node.span),
            NodeKind::Require { condition, message } => super::require(
                &mut self.scope,
                self.operators,
                condition,
                message.as_deref(),
                node.span,
                &mut self.init,
                &mut self.call,
            ),
            NodeKind::Claim { .. } => Ok(()),
            NodeKind::Remark => {
                self.push_call(String::new(), Py::text(""), node.span);
                Ok(())
            }
        }
    }

    fn ready(&mut self, stage: &Stage) -> Emission<Rc<Ready>> {
        self.operators.get(stage)
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
            [Target { name: Some(name), .. }] if self.names_layers(name) => Some(name.clone()),
            _ => None,
        };
        let store = super::store(flow, &self.scope);
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
            let spec_name = single.as_deref().filter(|_| alone || trimmed);
            let calls = self.call.len();
            assigned = self.piece(piece, &mut current, &outputs, spec_name, &store, at == last)?;
            // A row of layers has the comments of its stages beside them.
            if let Piece::Function(stage) | Piece::Own(stage) | Piece::Block(stage) | Piece::Shared(stage) = piece {
                let comments = python::comments(&stage.comment);
                let done = current.plain && self.call.len() > calls;
                match self.call.last_mut() {
                    Some(statement) if done => {
                        comments.into_iter().for_each(|comment| statement.say(comment));
                    }
                    _ => self.of_call.extend(comments),
                }
            }
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

    /// Whether layers can have a value's name: it is assigned once, and is more than a letter.
    fn names_layers(&self, name: &str) -> bool {
        self.bound.get(name) == Some(&1) && name.len() > 1
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
                    Some(name) => self.wish(&self.scope.variable(name), false),
                    None => {
                        let base = self.base(self.main(stages))?;
                        self.wish(&base, true)
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
                        Some(name) => self.wish(&self.scope.variable(name), false),
                        None => {
                            let base = self.base(stage)?;
                            self.wish(&base, true)
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
                    Some(name) => self.wish(&self.scope.variable(name), false),
                    None => self.wish(&self.scope.variable(callee), true),
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
        let Some(Shared { stages, span, at, comments, layer }) = self.shared.get(name).cloned() else {
            return Ok((String::new(), false));
        };
        if let Some(known) = layer {
            return Ok(known);
        }
        // A block alone may take and give several tensors.
        let (value, mode) = match stages {
            [stage @ Stage { kind: StageKind::Block { name, .. }, .. }] => {
                let interface = self.interface(name, stage.span)?;
                (Py::text(self.instance(stage, &interface)?), interface.mode)
            }
            stages => self.chain(stages, false)?,
        };
        let placeholder = self.wish_in(0, &self.scope.variable(name), false);
        let mut statement = Statement::new(0, format!("self.{placeholder} = "), value, Some(span));
        statement.above = comments.0;
        self.of_layer.drain(..).chain(comments.1).for_each(|comment| statement.say(comment));
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

    /// Makes the instance that a loop applies.
    fn make_instance(&mut self, stage: &Stage) -> Emission<()> {
        if let Some(name) = stage.instance() {
            let (layer, _) = self.shared_layer(name)?;
            self.scope.instances.insert(name.to_owned(), layer);
        }
        Ok(())
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
        if !current.plain && crowded(&current.exprs, next.len()) {
            self.store(current, store, span);
        }
    }

    fn store(&mut self, current: &mut Current, store: &str, span: Span) {
        if current.exprs.len() > 1 {
            for (name, value) in super::separated(&mut current.exprs, store, &self.scope) {
                self.push_call(format!("{name} = "), Py::text(value), span);
            }
            current.plain = true;
            return;
        }
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
                let nests = ready.entry.nest || matches!(stage.kind, StageKind::Tap { .. });
                if !current.plain && (!nests || crowded(&current.exprs, 0)) {
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
        self.make_instance(stage)?;
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
        self.make_instance(stage)?;
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
                let mut item = Item::new(value, None);
                item.above.append(&mut self.of_layer);
                round.layers.push((self.wishes.len() - 1, item));
                format!("{OPEN}r{}{CLOSE}{name}{OPEN}e{CLOSE}", round.depth)
            }
            None => {
                self.push_init(format!("self.{name} = "), value, origin);
                format!("self.{name}")
            }
        }
    }

    /// The stage that a row of layers is named after.
    fn main<'s>(&self, stages: &[&'s Stage]) -> &'s Stage {
        let mut main = stages[0];
        for stage in stages {
            if self.weight(stage) > self.weight(main) {
                main = stage;
            }
        }
        main
    }

    /// How much a stage says of a row: 2 if it multiplies, 1 if it has weights.
    fn weight(&self, stage: &Stage) -> u8 {
        match &stage.kind {
            StageKind::Pattern { .. } => self.scope.form.applied.get(&stage.id).map_or(0, |applied| {
                if applied.macs.constant() == Some(0) { u8::from(!applied.weights.is_empty()) } else { 2 }
            }),
            StageKind::Choice { then, otherwise, .. } => self.weight(then).max(self.weight(otherwise)),
            _ => 0,
        }
    }

    /// What the attribute of a layer is called if the line has no name for it.
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
                let mut item = Item::new(Py::text(text), Some(stage.span));
                item.comment = python::comments(&stage.comment).pop();
                items.push(item);
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

    fn sequential(&mut self, mut items: Vec<Item>, explode: bool) -> Py {
        let containers = &self.scope.framework.settings.containers;
        match items.len() {
            0 => Py::text(containers.identity.clone()),
            1 => {
                let item = items.remove(0);
                self.of_layer.extend(item.comment);
                item.value
            }
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

    /// The line of a body that is nothing but `name = input -> layers`.
    fn only_chain(&mut self, body: &'a [Node]) -> Emission<Option<Chain<'a>>> {
        let (line, remarks) = match body {
            [line] => (line, None),
            [line, Node { kind: NodeKind::Remark, comments, .. }] => (line, Some(comments)),
            _ => return Ok(None),
        };
        let NodeKind::Flow(flow) = &line.kind else { return Ok(None) };
        let ([Target { name: Some(target), .. }], [Operand::Tensor { name: input, .. }]) =
            (flow.targets.as_slice(), flow.inputs.as_slice())
        else {
            return Ok(None);
        };
        for stage in &flow.stages {
            if !self.is_layer(stage, true)? {
                return Ok(None);
            }
        }
        let comments = python::comments(line.comments.iter().chain(remarks.into_iter().flatten()));
        Ok(Some(Chain { target, input, stages: &flow.stages, line, comments }))
    }

    fn branches(&mut self, arms: &'a [Arm], span: Span) -> Emission<()> {
        let mut chains = Vec::new();
        for arm in arms {
            chains.push(self.only_chain(&arm.body)?);
        }
        let complete = arms.last().is_some_and(|arm| arm.condition.is_none());
        let chains: Option<Vec<_>> = chains.into_iter().collect();
        if let Some(chains) = chains.filter(|chains| {
            complete && chains.iter().all(|chain| (chain.target, chain.input) == (chains[0].target, chains[0].input))
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
        let mut parts: Vec<WrittenArm<'a>> = Vec::new();
        for arm in arms {
            self.indent_init += 1;
            self.indent_call += 1;
            let written = self.body(&arm.body);
            self.indent_init -= 1;
            self.indent_call -= 1;
            written?;
            let init = self.init.split_off(base_init);
            let call = self.call.split_off(base_call);
            parts.push(WrittenArm { arm, init, call });
        }
        for place in [Place::Init, Place::Call] {
            let of = |part: &WrittenArm<'_>| if place == Place::Init { part.init.clone() } else { part.call.clone() };
            let mut bodies: Vec<Vec<Statement>> = parts.iter().map(of).collect();
            // Arms at the end that do nothing say nothing.
            while bodies.last().is_some_and(|body| body.iter().all(Statement::is_remark)) {
                bodies.pop();
            }
            let indent = if place == Place::Init { self.indent_init } else { self.indent_call };
            let mut statements = Vec::new();
            for (at, (body, WrittenArm { arm, init, .. })) in bodies.into_iter().zip(&parts).enumerate() {
                let mut head = self.arm_head(arm, at, place, indent)?;
                if place == Place::Call && !init.is_empty() {
                    // It stands in the constructor.
                    head.comment = None;
                }
                statements.push(head);
                let nothing = body.iter().all(Statement::is_remark);
                statements.extend(body);
                if nothing {
                    statements.push(Statement::line(indent + 1, "pass", Some(arm.span)));
                }
            }
            if place == Place::Init { self.init.extend(statements) } else { self.call.extend(statements) }
        }
        Ok(())
    }

    /// The line that an arm begins with.
    fn arm_head(&mut self, arm: &Arm, at: usize, place: Place, indent: usize) -> Emission<Statement> {
        let head = match &arm.condition {
            Some(condition) => {
                let condition = self.scope.expression(condition, place)?;
                format!("{} {condition}:", if at == 0 { "if" } else { "elif" })
            }
            None => "else:".into(),
        };
        let mut head = Statement::line(indent, head, Some(arm.span));
        head.comment = python::comments(&arm.trailing).pop();
        Ok(head)
    }

    /// An `if` whose arms are layers for one value.
    fn choice_of_layers(&mut self, arms: &'a [Arm], chains: &[Chain<'a>], span: Span) -> Emission<()> {
        let Chain { target, input, .. } = chains[0];
        let mut values = Vec::new();
        let mut comments = Vec::new();
        let mut mode = false;
        for chain in chains {
            let (value, needs_mode) = self.chain(chain.stages, false)?;
            mode |= needs_mode;
            values.push(value);
            comments.push([chain.comments.clone(), std::mem::take(&mut self.of_layer)].concat());
        }
        if mode {
            // A bare function can't be told the mode.
            for (value, chain) in values.iter_mut().zip(chains) {
                if let [stage] = chain.stages {
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
        let named = self.names_layers(target);
        let variable = self.scope.variable(target);
        let first = chains.iter().map(|chain| chain.stages.iter().collect::<Vec<_>>()).find(|row| !row.is_empty());
        let base = match first {
            Some(row) if !named => self.base(self.main(&row))?,
            _ => variable.clone(),
        };
        let name = self.wish(&base, !named);
        let layer = if self.rounds.is_empty() {
            for (at, ((arm, chain), (value, comments))) in
                arms.iter().zip(chains).zip(values.into_iter().zip(comments)).enumerate()
            {
                let head = self.arm_head(arm, at, Place::Init, self.indent_init)?;
                self.init.push(head);
                let head = format!("self.{name} = ");
                let mut statement = Statement::new(self.indent_init + 1, head, value, Some(chain.line.span));
                statement.above = comments;
                statement.comment = python::comments(&chain.line.trailing).pop();
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
            for (arm, chain) in arms.iter().zip(chains) {
                self.of_layer.extend(python::comments(arm.trailing.iter().chain(&chain.line.trailing)));
            }
            self.of_layer.extend(comments.concat());
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
        self.loops += 1;
        self.rounds.push(Round { group: self.loops, ..Round::default() });
        self.indent_call += 1;
        let call_start = self.call.len();
        let init_start = self.init.len();
        let written = self.body(body);
        self.indent_call -= 1;
        let round = self.rounds.pop().unwrap_or_default();
        let counter_used = {
            let counter = self.scope.variable(index.unwrap_or(label));
            self.call[call_start..].iter().any(|statement| statement.mentions(&counter))
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
        let counter = self.scope.variable(index.unwrap_or(label));
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
            [(_, only)] => Item { origin: body.first().map(|node| node.span), ..only.clone() },
            several => {
                let items = several
                    .iter()
                    .map(|(wish, item)| {
                        let key = format!("\"{OPEN}{wish}{CLOSE}\": ");
                        let value = match item.value.clone() {
                            Py::Text(text) => Py::Text(format!("{key}{text}")),
                            Py::Group { open, items, close, comma, explode } => {
                                Py::Group { open: format!("{key}{open}"), items, close, comma, explode }
                            }
                        };
                        Item { value, ..item.clone() }
                    })
                    .collect();
                let braces = Py::Group { open: "{".into(), items, close: "}".into(), comma: true, explode: true };
                let value = if dict.is_empty() {
                    braces
                } else {
                    let items = vec![Item::new(braces, None)];
                    Py::Group { open: format!("{dict}("), items, close: ")".into(), comma: true, explode: false }
                };
                Item::new(value, body.first().map(|node| node.span))
            }
        };
        let in_elements = python::mentions(&element.value.flat(), &counter);
        let name = self.wish(&self.scope.variable(label), false);
        let clause = format!("for {} in range({rounds_init})", if in_elements { &counter } else { "_" });
        let items = vec![element, Item::new(Py::text(clause), Some(node.span))];
        let (open, close) = if list.is_empty() { ("[".to_owned(), "]") } else { (format!("{list}("), ")") };
        let value = Py::Group { open, items, close: close.into(), comma: false, explode: false };
        self.push_init(format!("self.{name} = "), value, node.span);
        // The loop's variable is the label, unless a value of that name flows inside.
        let variable = if counter_used && index.is_none() {
            format!("{}_layers", self.scope.variable(label))
        } else {
            self.scope.variable(label)
        };
        let variable = if self.bound.contains_key(&variable) { format!("{variable}_layer") } else { variable };
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
        let (body, remarks) = match body {
            [body @ .., Node { kind: NodeKind::Remark, comments, .. }] => (body, python::comments(comments)),
            body => (body, Vec::new()),
        };
        let mut lines: Vec<Chain<'a>> = Vec::new();
        for line in body {
            let Some(chain) = self.only_chain(std::slice::from_ref(line))? else { return Ok(None) };
            let value = lines.first().map_or(chain.target, |first| first.target);
            if chain.target != chain.input || value != chain.target || chain.stages.is_empty() {
                return Ok(None);
            }
            lines.push(chain);
        }
        let Some(value) = lines.first().map(|line| line.target) else { return Ok(None) };
        self.scope.counters.push(index.unwrap_or(label).to_owned());
        let container = format!("{}(", self.scope.framework.settings.containers.sequential);
        let mut several = lines.len() > 1;
        let mut items = Vec::new();
        let mut mode = false;
        let mut failed = None;
        for Chain { stages, line, comments, .. } in lines {
            match self.chain(stages, false) {
                Ok((layer, needs_mode)) => {
                    mode |= needs_mode;
                    // A row in a row is one row.
                    let mut row = match layer {
                        Py::Group { open, items, explode, .. } if open == container => {
                            several |= explode;
                            items
                        }
                        layer => vec![Item::new(layer, Some(line.span))],
                    };
                    if let Some(first) = row.first_mut() {
                        first.above = comments;
                        first.above.append(&mut self.of_layer);
                    }
                    if let Some(last) = row.last_mut() {
                        last.comment = last.comment.take().or_else(|| python::comments(&line.trailing).pop());
                    }
                    items.append(&mut row);
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
        let counter = self.scope.variable(index.unwrap_or(label));
        let rounds = self.scope.expression(count, Place::Init)?;
        let row =
            |items, explode| Py::Group { open: container.clone(), items, close: ")".into(), comma: true, explode };
        let element = match items.len() {
            1 => Item { origin: None, ..items.remove(0) },
            _ => Item::new(row(items, several), None),
        };
        let used = python::mentions(&element.value.flat(), &counter);
        let clause = format!("for {} in range({rounds})", if used { &counter } else { "_" });
        let mut clause = Item::new(Py::text(clause), Some(node.span));
        clause.above = remarks;
        let comprehension = Py::Group {
            open: "*[".into(),
            items: vec![element, clause],
            close: "]".into(),
            comma: false,
            explode: false,
        };
        let all = row(vec![Item::new(comprehension, None)], false);
        let name = self.wish(&self.scope.variable(label), false);
        let layer = self.place_layer(&name, all, node.span);
        self.mode |= mode;
        let variable = self.scope.variable(value);
        let text = self.call_text(&layer, std::slice::from_ref(&variable), mode)?;
        self.push_call(format!("{variable} = "), Py::text(text), node.span);
        Ok(Some(()))
    }
}

/// Whether expressions are too much to be put into another one: too long, or three calls within each other already.
fn crowded(exprs: &[String], more: usize) -> bool {
    let length: usize = exprs.iter().map(String::len).sum::<usize>() + more;
    length > 62 || exprs.iter().any(|expr| python::calls(expr) > 2)
}

/// The variables that a line's last piece assigns.
fn outputs(targets: &[Target], scope: &Scope<'_>) -> Vec<Option<String>> {
    targets.iter().map(|target| target.name.as_ref().map(|name| scope.variable(name))).collect()
}

fn plain_item(text: String, stage: &Stage) -> Item {
    Item::new(Py::text(text), Some(stage.span))
}

fn not_expressible(span: Span, help: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(codes::NOT_EXPRESSIBLE, "this cannot be written as layers of a class")
            .at(span, "here")
            .help(help),
    )
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
    let mut counts = HashMap::default();
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
                let mut most: HashMap<String, usize> = HashMap::default();
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
