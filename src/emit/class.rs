//! Definitions as classes: layers in the constructor, their use in the call.
//!
//! The rules of style, the same for every column of this form:
//! - a row of layers is one attribute; it has the line's name where the whole line is that row and the name says something (`y` does
//!   not), else that of the block or of its main operator: the first that multiplies, or has weights, or stands first;
//! - functions stand in the call: `F.relu(a + b)`;
//! - an `if` whose arms are rows of layers for one value chooses the layer in the constructor and is one line in the call;
//! - a `repeat` that is a row of layers is one layer; else its layers are a list, and the call has the loop;
//! - hyperparameters that the call needs are kept as attributes, and no others.

use super::operator::{Application, Operators, Ready, Wiring};
use super::python;
use super::scope::{Emission, Place, Scope};
use super::{Interface, Interfaces, Sections};
use crate::code::{
    Arm as CodeArm, Clause, Comments, Expr as Code, ExprKind as CodeKind, Hole, Item, Key, Layout, Origins, Statement,
    StatementKind, print,
};
use crate::diagnostic::{Diagnostic, codes};
use crate::hash::{HashMap, HashSet};
use crate::ir::{Arm, Flow, Node, NodeKind, Operand, Stage, StageKind, Target};
use crate::span::Span;
use crate::syntax::ast::Expr;
use std::rc::Rc;

/// The numbers of the holes. The name of a layer is chosen when all are known: one hole stands for the attribute, one for the name as a
/// key of a dict, and one for the layer of a loop's round, which the loop fills.
const KEYS: u32 = 1 << 24;
const ROUNDS: u32 = 2 << 24;

/// The columns that are reckoned for a layer whose name is not chosen yet.
const ATTRIBUTE_WIDTH: u32 = 11;
const ROUND_WIDTH: u32 = 21;

/// The hole for a layer that was wished for; `kind` says what of it.
fn hole(kind: u32, wish: usize) -> Code {
    let digits = wish.checked_ilog10().unwrap_or(0) + 1;
    let width = digits + if kind == ROUNDS { ROUND_WIDTH } else { ATTRIBUTE_WIDTH };
    // A definition has no millions of layers: its lines are limited.
    CodeKind::Hole(Hole { number: kind + u32::try_from(wish).unwrap_or(KEYS - 1), width }).into()
}

/// Writes one definition.
pub(super) struct ClassWriter<'w, 'a> {
    pub operators: &'w mut Operators<'a>,
    pub scope: Scope<'a>,
    pub interfaces: &'w Interfaces,
    init: Vec<Statement>,
    call: Vec<Statement>,
    /// How many `if`s stand around.
    depth: usize,
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
    layer: Option<(Code, bool)>,
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
    exprs: Vec<Code>,
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
            depth: 0,
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
        let fill = |hole: Hole| {
            let name = names.get((hole.number & (KEYS - 1)) as usize)?;
            Some(match hole.number & !(KEYS - 1) {
                KEYS => CodeKind::Str(name.as_str().into()).into(),
                _ => Code::name("self").attribute(name),
            })
        };
        self.init.iter_mut().chain(&mut self.call).for_each(|statement| statement.fill(&fill));
        let mut init = super::computed_defaults(&mut self.scope, Place::Init)?;
        for name in &self.scope.stored.clone() {
            // A local is stored where it is computed.
            if !self.scope.locals.contains_key(name) {
                let variable = self.scope.variable(name);
                let attribute = Code::name("self").attribute(&self.scope.attribute(&variable));
                init.push(Statement::assign(attribute, Code::name(variable), None));
            }
        }
        init.extend(self.init);
        let mut call: Vec<Statement> = self
            .scope
            .free_sizes()
            .into_iter()
            .map(|(names, read)| self.scope.size_read(&names, &read))
            .collect::<Emission<_>>()?;
        call.extend(self.call);
        super::begin(&mut call, false);
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

    /// Wishes a name for a layer of the loop around, or for an attribute. Its number.
    fn wish(&mut self, name: &str, numbered: bool) -> usize {
        let group = self.rounds.last().map_or(0, |round| round.group);
        self.wish_in(group, name, numbered)
    }

    fn wish_in(&mut self, group: usize, name: &str, numbered: bool) -> usize {
        self.wishes.push(Wish { name: name.to_owned(), numbered, group });
        self.wishes.len() - 1
    }

    fn push_call(&mut self, kind: StatementKind, origin: Span) {
        let mut statement = Statement::new(kind, Some(origin));
        self.of_call.drain(..).for_each(|comment| statement.say(comment));
        self.call.push(statement);
    }

    fn assign_in_call(&mut self, target: Code, value: Code, origin: Span) {
        self.push_call(StatementKind::Assign(vec![target], value), origin);
    }

    fn assign_in_init(&mut self, target: Code, value: Code, origin: Span) {
        let mut statement = Statement::assign(target, value, Some(origin));
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
                self.push_call(StatementKind::Remark, node.span);
            }
            let first = if self.call.len() > calls { self.call.get_mut(calls) } else { self.init.get_mut(inits) };
            if let Some(statement) = first {
                statement.comments.put_above(above);
            }
            if let Some(statement) = self.call.get_mut(calls) {
                statement.blank_lines = usize::from(node.paragraph);
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
                let code = self.scope.code(value, Place::Init)?;
                let int = self.scope.is_int(value);
                self.scope.locals.insert(name.clone(), int);
                let variable = self.scope.variable(name);
                self.assign_in_init(Code::name(variable), code, node.span);
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
                self.push_call(StatementKind::Remark, node.span);
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
        let left: Vec<String> = flow
            .targets
            .iter()
            .map(|target| target.name.as_ref().map_or("_".to_owned(), |name| self.scope.variable(name)))
            .collect();
        let target = super::variables(left.iter().map(String::as_str));
        let value = Code::several(current.exprs);
        if target != value {
            self.assign_in_call(target, value, origin);
        }
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
                let layer = self.place_layer(name, value, stages[0].span);
                self.settle(current, store, stages[0].span, &layer);
                self.mode |= mode;
                let applied = self.call(&layer, &current.exprs, mode)?;
                *current = Current { exprs: vec![applied], plain: false };
                Ok(false)
            }
            Piece::Function(stage) => self.function(stage, current, outputs, store, last),
            Piece::Own(stage) => {
                let ready = self.ready(stage)?;
                let mut layer = None;
                if ready.has_layer() {
                    let layers = self.operators.layers(stage, &mut self.scope)?;
                    let items = layers.into_iter().map(|layer| item_of(layer, stage.span)).collect();
                    let value = self.sequential(items, false)?;
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
                    layer = Some(self.place_layer(name, value, stage.span));
                }
                if !current.plain {
                    self.store(current, store, stage.span);
                }
                self.mode |= ready.entry.mode;
                self.apply(stage, current, outputs, layer.as_ref(), last)
            }
            Piece::Block(stage) => {
                let StageKind::Block { name: callee, .. } = &stage.kind else { return Ok(false) };
                let interface = self.interface(callee, stage.span)?;
                let value = self.instance(stage, &interface)?;
                let name = match spec_name.filter(|_| outputs.len() == 1) {
                    Some(name) => self.wish(&self.scope.variable(name), false),
                    None => self.wish(&self.scope.variable(callee), true),
                };
                let layer = self.place_layer(name, value, stage.span);
                self.settle(current, store, stage.span, &layer);
                self.mode |= interface.mode;
                let applied = self.call(&layer, &current.exprs, interface.mode)?;
                *current = Current { exprs: vec![applied], plain: false };
                self.unpack(current, outputs, last, stage.span)
            }
            Piece::Shared(stage) => {
                let StageKind::Shared { name } = &stage.kind else { return Ok(false) };
                let (layer, mode) = self.shared_layer(name)?;
                self.settle(current, store, stage.span, &layer);
                let applied = self.call(&layer, &current.exprs, mode)?;
                *current = Current { exprs: vec![applied], plain: false };
                self.unpack(current, outputs, last, stage.span)
            }
        }
    }

    /// The attribute of a shared instance, made at its first use.
    fn shared_layer(&mut self, name: &str) -> Emission<(Code, bool)> {
        let Some(Shared { stages, span, at, comments, layer }) = self.shared.get(name).cloned() else {
            return Ok((Code::name(self.scope.variable(name)), false));
        };
        if let Some(known) = layer {
            return Ok(known);
        }
        // A block alone may take and give several tensors.
        let (value, mode) = match stages {
            [stage @ Stage { kind: StageKind::Block { name, .. }, .. }] => {
                let interface = self.interface(name, stage.span)?;
                (self.instance(stage, &interface)?, interface.mode)
            }
            stages => self.chain(stages, false)?,
        };
        let attribute = hole(0, self.wish_in(0, &self.scope.variable(name), false));
        let mut statement = Statement::assign(attribute.clone(), value, Some(span));
        statement.comments.put_above(comments.0);
        self.of_layer.drain(..).chain(comments.1).for_each(|comment| statement.say(comment));
        if self.depth == 0 && self.rounds.is_empty() {
            self.init.push(statement);
        } else {
            self.init.insert(at.min(self.init.len()), statement);
        }
        self.mode |= mode;
        let known = (attribute, mode);
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
        let targets = super::variables(outputs.iter().map(|output| output.as_deref().unwrap_or("_")));
        self.assign_in_call(targets, Code::several(current.exprs.clone()), span);
        Ok(true)
    }

    /// Gives what flows a name, where it would not fit into the next expression.
    fn settle(&mut self, current: &mut Current, store: &str, span: Span, next: &Code) {
        if !current.plain && crowded(&current.exprs, Some(next)) {
            self.store(current, store, span);
        }
    }

    fn store(&mut self, current: &mut Current, store: &str, span: Span) {
        if current.exprs.len() > 1 {
            for (name, value) in super::separated(&mut current.exprs, store, &self.scope) {
                self.assign_in_call(Code::name(name), value, span);
            }
            current.plain = true;
            return;
        }
        let (target, value) = (Code::name(store), Code::several(std::mem::take(&mut current.exprs)));
        if value != target {
            self.assign_in_call(target.clone(), value, span);
        }
        *current = Current { exprs: vec![target], plain: true };
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
                let condition = self.scope.code(condition, Place::Call)?;
                let (yes, no) = (self.function_code(then, current)?, self.function_code(otherwise, current)?);
                *current = Current { exprs: vec![Code::conditional(yes, condition, no)], plain: false };
                Ok(false)
            }
            _ => {
                let ready = self.ready(stage)?;
                let nests = ready.entry.nest || matches!(stage.kind, StageKind::Tap { .. });
                if !current.plain && (!nests || crowded(&current.exprs, None)) {
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

    fn function_code(&mut self, stage: &Stage, current: &Current) -> Emission<Code> {
        match &stage.kind {
            StageKind::Identity => return Ok(Code::several(current.exprs.clone())),
            StageKind::Choice { condition, then, otherwise } => {
                let condition = self.scope.code(condition, Place::Call)?;
                let (yes, no) = (self.function_code(then, current)?, self.function_code(otherwise, current)?);
                return Ok(Code::conditional(yes, condition, no).in_parentheses());
            }
            _ => {}
        }
        self.make_instance(stage)?;
        let wiring = Wiring { inputs: &current.exprs, outputs: &[Some("_".into())], layer: None, activation: None };
        match self.operators.apply(stage, &wiring, &mut self.scope, Place::Call)? {
            Application::Expr(expr) => Ok(expr),
            Application::Lines(_) | Application::Stages(_) => {
                Err(not_expressible(stage.span, "one of these patterns needs several lines"))
            }
        }
    }

    fn apply(
        &mut self,
        stage: &Stage,
        current: &mut Current,
        outputs: &[Option<String>],
        layer: Option<&Code>,
        last: bool,
    ) -> Emission<bool> {
        self.make_instance(stage)?;
        let wiring = Wiring { inputs: &current.exprs, outputs, layer, activation: None };
        match self.operators.apply(stage, &wiring, &mut self.scope, Place::Call)? {
            Application::Expr(expr) => {
                *current = Current { exprs: vec![expr], plain: false };
                let needed = outputs.iter().filter(|output| output.is_some()).count();
                if outputs.len() > 1 && needed == 1 && outputs[0].is_some() {
                    // Only the first output is needed: the expression gives it alone.
                    let name = outputs[0].clone().unwrap_or_default();
                    self.assign_in_call(Code::name(name), Code::several(current.exprs.clone()), stage.span);
                    return Ok(true);
                }
                self.unpack(current, outputs, last, stage.span)
            }
            Application::Stages(_) => Err(not_expressible(stage.span, "this column takes several steps for it")),
            Application::Lines(lines) => {
                self.call.extend(lines);
                let first = outputs.first().and_then(Option::as_deref).unwrap_or("_");
                *current = Current { exprs: vec![Code::name(first)], plain: true };
                Ok(last)
            }
        }
    }

    fn call(&mut self, layer: &Code, inputs: &[Code], mode: bool) -> Emission<Code> {
        super::call(self.operators, &self.scope, layer, inputs, mode)
    }

    /// Puts a layer where it belongs and says how the call names it.
    fn place_layer(&mut self, wish: usize, value: Code, origin: Span) -> Code {
        match self.rounds.last_mut() {
            Some(round) => {
                let comments = Comments::new(std::mem::take(&mut self.of_layer), None);
                round.layers.push((wish, Item { comments, ..value.into() }));
                hole(ROUNDS, wish)
            }
            None => {
                self.assign_in_init(hole(0, wish), value, origin);
                hole(0, wish)
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
    fn chain(&mut self, stages: &[Stage], explode: bool) -> Emission<(Code, bool)> {
        for stage in stages {
            if !self.is_layer(stage, true)? {
                return Err(not_expressible(stage.span, "this is no layer: write the lines as a block, and use that"));
            }
        }
        if stages.is_empty() {
            return Ok((self.identity()?, false));
        }
        let stages: Vec<&Stage> = stages.iter().collect();
        self.layers(&stages, explode)
    }

    /// A layer that passes its input on.
    fn identity(&self) -> Emission<Code> {
        self.scope.read(&self.scope.framework.settings.containers.identity, self.scope.definition.header)
    }

    fn layers(&mut self, stages: &[&Stage], explode: bool) -> Emission<(Code, bool)> {
        let mut items = Vec::new();
        let mut mode = false;
        let lines = stages.iter().filter(|stage| stage.line_end).count();
        for stage in stages {
            for (layer, needs_mode) in self.layers_of(stage)? {
                mode |= needs_mode;
                let comments = Comments::new(Vec::new(), python::comments(&stage.comment).pop());
                items.push(Item { comments, ..item_of(layer, stage.span) });
            }
        }
        Ok((self.sequential(items, explode || lines > 1)?, mode))
    }

    /// The layers of one stage, and whether they depend on the mode.
    fn layers_of(&mut self, stage: &Stage) -> Emission<Vec<(Code, bool)>> {
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
                let condition = self.scope.code(condition, Place::Init)?;
                let (yes, no) = (self.layers_of(then)?, self.layers_of(otherwise)?);
                let mode = yes.iter().chain(&no).any(|(_, mode)| *mode);
                let functions = (self.is_function(then)?, self.is_function(otherwise)?);
                let yes = self.one_layer(yes, functions.0 && mode)?;
                let no = self.one_layer(no, functions.1 && mode)?;
                Ok(vec![(Code::conditional(yes, condition, no), mode)])
            }
            StageKind::Shared { .. } => {
                Err(not_expressible(stage.span, "a shared instance cannot be part of a row of layers"))
            }
        }
    }

    /// Several layers as one; a function is wrapped where the other arm of a choice is told the mode.
    fn one_layer(&mut self, mut layers: Vec<(Code, bool)>, wrap: bool) -> Emission<Code> {
        let containers = &self.scope.framework.settings.containers;
        Ok(match layers.len() {
            0 => self.identity()?,
            1 => {
                let (only, _) = layers.remove(0);
                if wrap && !containers.function.is_empty() {
                    return Ok(Code::path(&containers.function).call(vec![only.into()]));
                }
                // A choice within a choice.
                match &only.kind {
                    CodeKind::Conditional { .. } => only.in_parentheses(),
                    _ => only,
                }
            }
            _ => {
                let items = layers.into_iter().map(|(layer, _)| layer.into()).collect();
                Code::path(&containers.sequential).call(items)
            }
        })
    }

    fn sequential(&mut self, mut items: Vec<Item>, explode: bool) -> Emission<Code> {
        let containers = &self.scope.framework.settings.containers;
        Ok(match items.len() {
            0 => self.identity()?,
            1 => {
                let item = items.remove(0);
                self.of_layer.extend(item.comments.behind().map(str::to_owned));
                Code { origins: Origins::None, ..item.value }
            }
            _ => row(&containers.sequential, items, explode),
        })
    }

    fn interface(&self, name: &str, span: Span) -> Emission<Interface> {
        self.interfaces.get(name).cloned().ok_or_else(|| not_expressible(span, "this block could not be written"))
    }

    /// An instance of a block: the class with its sizes and hyperparameters.
    fn instance(&mut self, stage: &Stage, interface: &Interface) -> Emission<Code> {
        let arguments = match &stage.kind {
            StageKind::Block { arguments, .. } => arguments.as_slice(),
            _ => &[],
        };
        let mut items = super::dims_of_call(&mut self.scope, stage, interface, Place::Init)?;
        items.extend(super::arguments_of_call(&mut self.scope, arguments, interface, Place::Init)?);
        Ok(Code::name(interface.name.as_str()).call(items))
    }

    fn operand(&mut self, operand: &'a Operand) -> Emission<Code> {
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
            self.depth += 1;
            let written = self.body(&arm.body);
            self.depth -= 1;
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
            let mut written = Vec::new();
            for (mut body, WrittenArm { arm, init, .. }) in bodies.into_iter().zip(&parts) {
                let mut new = self.arm(arm, place)?;
                if place == Place::Call && !init.is_empty() {
                    // It stands in the constructor.
                    new.comments = Comments::default();
                }
                if body.iter().all(Statement::is_remark) {
                    body.push(super::pass(Some(arm.span)));
                }
                written.push(CodeArm { body, ..new });
            }
            if let Some(statement) = choice(written) {
                if place == Place::Init { self.init.push(statement) } else { self.call.push(statement) }
            }
        }
        Ok(())
    }

    /// An arm without its body.
    fn arm(&mut self, arm: &Arm, place: Place) -> Emission<CodeArm> {
        let condition = match &arm.condition {
            Some(condition) => Some(self.scope.code(condition, place)?),
            None => None,
        };
        let comments = Comments::new(Vec::new(), python::comments(&arm.trailing).pop());
        Ok(CodeArm { comments, ..CodeArm::new(condition, Vec::new(), Some(arm.span)) })
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
                        let function = &self.scope.framework.settings.containers.function;
                        *value = Code::path(function).call(vec![value.clone().into()]);
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
            let mut written = Vec::new();
            for ((arm, chain), (value, comments)) in arms.iter().zip(chains).zip(values.into_iter().zip(comments)) {
                let new = self.arm(arm, Place::Init)?;
                let mut statement = Statement::assign(hole(0, name), value, Some(chain.line.span));
                statement.comments = Comments::new(comments, python::comments(&chain.line.trailing).pop());
                written.push(CodeArm { body: vec![statement], ..new });
            }
            self.init.extend(choice(written));
            hole(0, name)
        } else {
            let mut conditions = Vec::new();
            for condition in arms.iter().filter_map(|arm| arm.condition.as_ref()) {
                conditions.push(self.scope.code(condition, Place::Init)?);
            }
            // It stands within another layer, on one line.
            let mut values = values.into_iter().map(Code::on_one_line).rev();
            let chosen = values.next().map(|last| {
                let rest = values.zip(conditions.into_iter().rev());
                rest.fold(last, |otherwise, (value, condition)| Code::conditional(value, condition, otherwise))
            });
            for (arm, chain) in arms.iter().zip(chains) {
                self.of_layer.extend(python::comments(arm.trailing.iter().chain(&chain.line.trailing)));
            }
            self.of_layer.extend(comments.concat());
            let Some(value) = chosen else { return Ok(()) };
            self.place_layer(name, value, span)
        };
        self.mode |= mode;
        let applied = self.call(&layer, &[Code::name(self.scope.variable(input))], mode)?;
        self.assign_in_call(Code::name(variable), applied, span);
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
        let call_start = self.call.len();
        let init_start = self.init.len();
        let written = self.body(body);
        let round = self.rounds.pop().unwrap_or_default();
        self.scope.counters.pop();
        written?;
        if self.init.len() > init_start {
            // What is computed from the counter belongs into the loop, where the constructor has none.
            return Err(not_expressible(
                node.span,
                "a hyperparameter is computed in this loop: write its body as a block",
            ));
        }
        let mut inner: Vec<Statement> = self.call.split_off(call_start);
        let counter = self.scope.variable(index.unwrap_or(label));
        let counter_used = inner.iter().any(|statement| statement.mentions(&counter));
        let rounds_init = self.scope.code(count, Place::Init)?;
        let (list, dict) = {
            let containers = &self.scope.framework.settings.containers;
            (containers.list.clone(), containers.dict.clone())
        };
        if round.layers.is_empty() {
            let rounds = self.scope.code(count, Place::Call)?;
            let counter = Code::name(if counter_used { counter } else { "_".into() });
            let range = Code::name("range").call(vec![rounds.into()]);
            self.call.push(Statement::new(StatementKind::For(counter, range, inner), Some(node.span)));
            return Ok(());
        }
        let first = body.first().map(|node| node.span);
        let element = match round.layers.as_slice() {
            [(_, only)] => Item { value: Code { origins: first.into(), ..only.value.clone() }, ..only.clone() },
            several => {
                let entry =
                    |(wish, item): &(usize, Item)| Item { key: Key::Entry(Rc::new(hole(KEYS, *wish))), ..item.clone() };
                let braces = CodeKind::Dict(several.iter().map(entry).collect(), Layout::Exploded).into();
                let value = if dict.is_empty() { braces } else { Code::path(&dict).call(vec![Item::from(braces)]) };
                item_of(value, first)
            }
        };
        let in_elements = element.value.mentions(&counter);
        let name = self.wish(&self.scope.variable(label), false);
        let target = Code::name(if in_elements { counter.as_str() } else { "_" });
        let clause = clause(target, rounds_init, Vec::new(), node.span);
        let layers = comprehension(if list.is_empty() { '[' } else { '(' }, element, clause);
        let value = if list.is_empty() { layers } else { Code::path(&list).call(vec![layers.into()]) };
        self.assign_in_init(hole(0, name), value, node.span);
        // The loop's variable is the label, unless a value of that name flows inside.
        let variable = if counter_used && index.is_none() {
            format!("{}_layers", self.scope.variable(label))
        } else {
            self.scope.variable(label)
        };
        let variable = if self.bound.contains_key(&variable) { format!("{variable}_layer") } else { variable };
        let layers = hole(0, name);
        let (target, iterable) = if counter_used {
            let both = super::variables([counter.as_str(), &variable]);
            (both, Code::name("enumerate").call(vec![layers.into()]))
        } else {
            (Code::name(variable.as_str()), layers)
        };
        // `layer` is the only layer of a round, `layer["norm"]` one of several.
        let single = round.layers.len() == 1;
        let fill = |found: Hole| {
            let wish = found.number.checked_sub(ROUNDS)?;
            let layer = Code::name(variable.as_str());
            let key = || Rc::new(hole(KEYS, wish as usize));
            Some(if single { layer } else { CodeKind::Subscript(Rc::new(layer), key()).into() })
        };
        inner.iter_mut().for_each(|statement| statement.fill(&fill));
        self.call.push(Statement::new(StatementKind::For(target, iterable, inner), Some(node.span)));
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
        let container = self.scope.framework.settings.containers.sequential.clone();
        let sequential = Code::path(&container);
        let mut several = lines.len() > 1;
        let mut items: Vec<Item> = Vec::new();
        let mut mode = false;
        let mut failed = None;
        for Chain { stages, line, comments, .. } in lines {
            match self.chain(stages, false) {
                Ok((layer, needs_mode)) => {
                    mode |= needs_mode;
                    // A row in a row is one row.
                    let mut row = match &layer.kind {
                        CodeKind::Call { function, arguments, layout } if **function == sequential => {
                            several |= *layout == Layout::Exploded;
                            arguments.to_vec()
                        }
                        _ => vec![item_of(layer, line.span)],
                    };
                    if let Some(first) = row.first_mut() {
                        let above = [comments, std::mem::take(&mut self.of_layer)].concat();
                        first.comments = Comments::new(above, first.comments.behind().map(str::to_owned));
                    }
                    if let (Some(last), Some(comment)) = (row.last_mut(), python::comments(&line.trailing).pop())
                        && last.comments.behind().is_none()
                    {
                        last.comments.say(comment);
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
        let rounds = self.scope.code(count, Place::Init)?;
        let element = match items.len() {
            1 => {
                let only = items.remove(0);
                Item { value: Code { origins: Origins::None, ..only.value }, ..only }
            }
            _ => row(&container, items, several).into(),
        };
        let used = element.value.mentions(&counter);
        let target = Code::name(if used { counter.as_str() } else { "_" });
        let layers = comprehension('[', element, clause(target, rounds, remarks, node.span));
        let all = sequential.call(vec![Item { key: Key::Star, ..layers.into() }]);
        let name = self.wish(&self.scope.variable(label), false);
        let layer = self.place_layer(name, all, node.span);
        self.mode |= mode;
        let variable = Code::name(self.scope.variable(value));
        let applied = self.call(&layer, std::slice::from_ref(&variable), mode)?;
        self.assign_in_call(variable, applied, node.span);
        Ok(Some(()))
    }
}

/// An `if` with these arms; the comment of the first one is its own.
fn choice(mut arms: Vec<CodeArm>) -> Option<Statement> {
    let first = arms.first_mut()?;
    let comments = std::mem::take(&mut first.comments);
    let origins = first.origins.clone();
    Some(Statement { origins, comments, ..StatementKind::If(arms).into() })
}

/// An item that comes from a place.
fn item_of(value: Code, origin: impl Into<Option<Span>>) -> Item {
    Code { origins: origin.into().into(), ..value }.into()
}

/// A container with these layers: on lines of their own where they come from lines of the spec and do not fit on one.
fn row(container: &str, items: Vec<Item>, explode: bool) -> Code {
    let rows = items.iter().all(|item| item.value.origins.last().is_some());
    let layout = match (explode, rows) {
        (true, _) => Layout::Exploded,
        (false, true) => Layout::Rows,
        (false, false) => Layout::Fit,
    };
    Code::path(container).call_in(items, layout)
}

/// `for target in range(rounds)`, with comments above it.
fn clause(target: Code, rounds: Code, above: Vec<String>, origin: Span) -> Clause {
    Clause {
        target,
        iterable: Code::name("range").call(vec![rounds.into()]),
        conditions: Vec::new(),
        comments: Comments::new(above, None),
        origins: Origins::One(origin),
    }
}

fn comprehension(bracket: char, element: Item, clause: Clause) -> Code {
    CodeKind::Comprehension { bracket, element: Rc::new(element), clauses: Rc::new([clause]) }.into()
}

/// Whether expressions are too much to be put into another one: too long, or three calls within each other already.
fn crowded(exprs: &[Code], next: Option<&Code>) -> bool {
    let length: usize = exprs.iter().chain(next).map(|expr| print::flat(expr).len()).sum();
    length > 62 || exprs.iter().any(|expr| expr.calls() > 2)
}

/// The variables that a line's last piece assigns.
fn outputs(targets: &[Target], scope: &Scope<'_>) -> Vec<Option<String>> {
    targets.iter().map(|target| target.name.as_ref().map(|name| scope.variable(name))).collect()
}

fn not_expressible(span: Span, help: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(codes::NOT_EXPRESSIBLE, "this cannot be written as layers of a class")
            .at(span, "here")
            .help(help),
    )
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
