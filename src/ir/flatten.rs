//! A program as one straight line: blocks inlined, loops written out, branches decided, hyperparameters replaced by their values.
//!
//! This is what `emit --flat` writes. Structure is lost on purpose; every line keeps its place in the spec.
//!
//! Each assignment makes a tensor with a number for its name, so a block can't overwrite what its caller still reads, and outputs that
//! change places are no assignments at all. The names come last (`flatten::names`).
//!
//! Architecture Invariant: no name is chosen here, and no tensor is assigned twice.

mod names;

use super::infer::{Configuration, configure};
use super::scoped::Scoped;
use super::*;
use crate::diagnostic::{Diagnostic, codes};
use crate::dim::Dim;
use crate::hash::HashMap;
use crate::limits;
use crate::ops::evaluate::{Outcome, Scope, evaluate};
use crate::ops::{Argument, Flow as Stream, Request, Tensor, Value};
use crate::syntax::ast::{ExprKind, Name};
use crate::syntax::print;
use names::Names;
use std::rc::Rc;

/// Flattens a program in a configuration.
///
/// # Errors
/// Everything that is wrong with the program in this configuration, and what can't be flattened: shared instances.
pub fn flatten(program: &Program, configuration: &Configuration) -> Result<Program, Vec<Diagnostic>> {
    // Free sizes stay free: the flat program serves all of them.
    let free = Configuration { symbolic: true, ..configuration.clone() };
    let (values, inputs) = configure(program, &free)?;
    let model = program.model();
    let mut flattener = Flattener { program, lines: Vec::new(), stages: 0, tensors: Names::default() };
    let mut frame = Frame::new(values, "");
    for (declared, stream) in model.inputs.iter().zip(inputs) {
        let Some(tensor) = stream.tensor else { continue };
        bind_sizes(declared, &tensor, &mut frame);
        let flat = flattener.tensors.input(&declared.name);
        frame.enter(&declared.name, flat, tensor, declared.span);
    }
    flattener.body(&model.body, &mut frame).map_err(|finding| vec![*finding])?;
    let mut outputs: Vec<(String, Span)> = model
        .outputs
        .iter()
        .map(|(name, span)| (frame.tensors.get(name).map_or_else(|| name.clone(), |bound| bound.flat.clone()), *span))
        .collect();
    let sizes = model.inputs.iter().flat_map(|input| &input.shape).flat_map(|shape| &shape.dims);
    let sizes = sizes.filter_map(|dim| match &dim.value.kind {
        ExprKind::Name(name) => Some(name.as_str()),
        _ => None,
    });
    flattener.tensors.choose(&mut flattener.lines, &mut outputs, sizes);
    // The sizes of the inputs are the model's own; numbers stand where hyperparameters stood.
    let inputs = model
        .inputs
        .iter()
        .map(|input| {
            let mut input = input.clone();
            for dim in input.shape.iter_mut().flat_map(|shape| &mut shape.dims) {
                let free = matches!(&dim.value.kind, ExprKind::Name(name) if model.parameter(name).is_none());
                if !free && let Ok(value) = evaluate(&dim.value, &frame) {
                    dim.value = literal(&value, &dim.value);
                }
            }
            if let Some(bound) = &mut input.bound
                && let Ok(value) = evaluate(bound, &frame)
            {
                *bound = literal(&value, bound);
            }
            input
        })
        .collect();
    let definition = Definition { parameters: Vec::new(), inputs, outputs, body: flattener.lines, ..model.clone() };
    let mut definitions = IndexMap::default();
    definitions.insert(model.name.clone(), definition);
    Ok(Program { model: program.model.clone(), definitions, stages: flattener.stages, memory: Default::default() })
}

fn bind_sizes(declared: &Input, tensor: &Tensor, frame: &mut Frame) {
    for (dim, size) in declared.shape.iter().flat_map(|shape| &shape.dims).zip(&tensor.dims) {
        if let ExprKind::Name(name) = &dim.value.kind
            && !frame.values.contains(name)
        {
            frame.values.insert(name.clone(), Value::Int(size.clone()));
        }
    }
}

/// A tensor in scope.
#[derive(Clone)]
struct Bound {
    /// Its number in the flat program.
    flat: String,
    tensor: Tensor,
    origin: Span,
    /// What came before new names where it was first assigned: what a loop hands on keeps its name.
    prefix: Rc<str>,
}

/// What a definition has in scope.
struct Frame {
    values: Scoped<Value>,
    tensors: Scoped<Bound>,
    /// Comes before the names of this instance.
    prefix: Rc<str>,
}

impl Frame {
    fn new(values: HashMap<String, Value>, prefix: &str) -> Self {
        let values = values.into_iter().collect();
        Self { values, tensors: Scoped::default(), prefix: prefix.into() }
    }

    /// A tensor that enters, under the name that it has in the flat program.
    fn enter(&mut self, name: &str, flat: String, tensor: Tensor, origin: Span) {
        let prefix = Rc::clone(&self.prefix);
        self.tensors.insert(name.to_owned(), Bound { flat, tensor, origin, prefix });
    }

    /// What a name that is assigned should be called in the flat program.
    fn wish(&self, name: &str) -> String {
        let prefix = self.tensors.get(name).map_or(&self.prefix, |bound| &bound.prefix);
        format!("{prefix}{name}")
    }
}

impl Scope for Frame {
    fn value(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }

    fn attribute(&self, tensor: &Name, attribute: &Name) -> Result<Value, Diagnostic> {
        let found = self.tensors.get(&tensor.text).map(|bound| &bound.tensor);
        match found.and_then(|found| Some(found.dims[found.axis(&attribute.text)?].clone())) {
            Some(size) => Ok(Value::Int(size)),
            None => {
                let message = format!("`{}` has no `{}`", tensor.text, attribute.text);
                Err(Diagnostic::error(codes::UNKNOWN_NAME, message).at(attribute.span, "no such dimension"))
            }
        }
    }
}

struct Flattener<'p> {
    program: &'p Program,
    lines: Vec<Node>,
    stages: usize,
    tensors: Names,
}

impl Flattener<'_> {
    fn body(&mut self, body: &[Node], frame: &mut Frame) -> Outcome<()> {
        for node in body {
            if self.stages as u64 > limits::APPLICATIONS {
                let message = format!("the flat program has more than {} operations", limits::APPLICATIONS);
                return Err(Box::new(
                    Diagnostic::error(codes::LIMIT, message).at(node.span, "the limit is reached here"),
                ));
            }
            match &node.kind {
                NodeKind::Let { name, value } => {
                    let value = evaluate(value, frame)?;
                    frame.values.insert(name.clone(), value);
                }
                NodeKind::Flow(flow) => self.flow(flow, node, frame)?,
                NodeKind::Shared { .. } => {
                    return Err(Box::new(
                        Diagnostic::error(codes::NOT_EXPRESSIBLE, "a shared instance cannot be flattened")
                            .at(node.span, "one set of weights, used more than once")
                            .help("emit without `--flat`"),
                    ));
                }
                NodeKind::Repeat { label, index, count, body, .. } => {
                    let rounds = evaluate(count, frame)?.as_int().unwrap_or(0);
                    let prefix = Rc::clone(&frame.prefix);
                    for round in 0..rounds {
                        frame.prefix = format!("{prefix}{label}_{round}_").into();
                        frame.values.mark();
                        frame.tensors.mark();
                        if let Some(index) = index {
                            frame.values.insert(index.clone(), Value::int(round));
                        }
                        self.body(body, frame)?;
                        frame.values.keep_known();
                        frame.tensors.keep_known();
                    }
                    frame.prefix = prefix;
                }
                NodeKind::If { arms, .. } => {
                    for arm in arms {
                        let holds = match &arm.condition {
                            Some(condition) => evaluate(condition, frame)? == Value::Bool(true),
                            None => true,
                        };
                        if holds {
                            self.body(&arm.body, frame)?;
                            break;
                        }
                    }
                }
                NodeKind::Require { condition, .. } => {
                    // What speaks of free sizes is still a question when the program runs.
                    let mut on_sizes = false;
                    super::infer::collect(condition, &mut |name| {
                        on_sizes |= frame.values.get(name).is_some_and(symbolic)
                    });
                    if on_sizes && frame.prefix.is_empty() {
                        self.lines.push(node.clone());
                    }
                }
                NodeKind::Claim { .. } | NodeKind::Remark => {}
            }
        }
        Ok(())
    }

    fn flow(&mut self, flow: &Flow, node: &Node, frame: &mut Frame) -> Outcome<()> {
        let mut streams = Vec::new();
        let mut operands = Vec::new();
        for operand in &flow.inputs {
            let (stream, operand) = self.operand(operand, frame)?;
            streams.push(stream);
            operands.push(operand);
        }
        let first = flow.targets.iter().find_map(|target| target.name.clone()).unwrap_or_else(|| "value".into());
        let wish = frame.wish(&first);
        let mut pending: Vec<Stage> = Vec::new();
        let last = flow.stages.len().saturating_sub(1);
        let targets: Vec<Target> = flow
            .targets
            .iter()
            .map(|target| {
                let name = target.name.as_ref().map(|name| self.tensors.made(frame.wish(name)));
                Target { name, ..target.clone() }
            })
            .collect();
        for (at, stage) in flow.stages.iter().enumerate() {
            let chosen = self.chosen(stage, frame)?;
            let wanted = if at == last { flow.targets.len() } else { 1 };
            match &chosen.kind {
                StageKind::Pattern { pattern, arguments } => {
                    let (constants, values) = self.arguments(arguments, frame)?;
                    let request = Request { inputs: &streams, arguments: &values, span: stage.span, strict: true };
                    let applied = pattern.apply(request).map_err(|findings| first_of(findings, stage.span))?;
                    let kind = StageKind::Pattern { pattern: Arc::clone(pattern), arguments: constants };
                    pending.push(self.stage(kind, stage));
                    streams = applied
                        .outputs
                        .into_iter()
                        .take(wanted)
                        .map(|tensor| stream(&first, tensor, stage.span))
                        .collect();
                }
                StageKind::Block { name, arguments } => {
                    // What flowed so far gets a name, for the block's lines use it more than once.
                    let entering = self.settle(&mut operands, &mut pending, &streams, &wish, node);
                    let called: Vec<Option<String>> = if at == last {
                        flow.targets.iter().map(|target| target.name.as_ref().map(|name| frame.wish(name))).collect()
                    } else {
                        vec![Some(wish.clone())]
                    };
                    let start = self.lines.len();
                    let made = self.inline(name, arguments, &entering, &called, frame)?;
                    if let Some(first) = self.lines.get_mut(start) {
                        // Its lines are a paragraph that says where they come from.
                        let mut heading = call_text(name, arguments, frame)?;
                        for comment in stage.comment.iter().chain(node.trailing.as_ref().filter(|_| at == last)) {
                            heading.push_str(&format!(": {comment}"));
                        }
                        let mut above = if at == 0 { node.comments.clone() } else { Vec::new() };
                        above.push(heading);
                        first.comments.splice(..0, above);
                        first.paragraph = true;
                    }
                    if at == last {
                        let named = flow.targets.iter().zip(made);
                        named.for_each(|(target, (flat, tensor))| bind(target, flat, tensor, frame));
                        return Ok(());
                    }
                    operands =
                        made.iter().map(|(flat, _)| Operand::Tensor { name: flat.clone(), span: stage.span }).collect();
                    streams = made.into_iter().map(|(flat, tensor)| stream(&flat, tensor, stage.span)).collect();
                }
                _ => {}
            }
        }
        // Another name for a tensor is no line, unless the model itself says so.
        if let ([Operand::Tensor { name, .. }], [target], [stream], true) =
            (operands.as_slice(), flow.targets.as_slice(), streams.as_slice(), pending.is_empty())
            && let Some(tensor) = &stream.tensor
            && !(flow.stages.is_empty() && frame.prefix.is_empty())
        {
            bind(target, name.clone(), tensor.clone(), frame);
            return Ok(());
        }
        self.lines.push(Node {
            kind: NodeKind::Flow(Flow { targets: targets.clone(), inputs: operands, stages: pending }),
            span: node.span,
            comments: node.comments.clone(),
            trailing: node.trailing.clone(),
            paragraph: node.paragraph,
        });
        for ((target, flat), stream) in flow.targets.iter().zip(targets).zip(streams) {
            if let (Some(flat), Some(tensor)) = (flat.name, stream.tensor) {
                bind(target, flat, tensor, frame);
            }
        }
        Ok(())
    }

    /// The stage that a choice comes down to.
    fn chosen<'s>(&self, stage: &'s Stage, frame: &Frame) -> Outcome<&'s Stage> {
        let mut stage = stage;
        while let StageKind::Choice { condition, then, otherwise } = &stage.kind {
            stage = if evaluate(condition, frame)? == Value::Bool(true) { then } else { otherwise };
        }
        Ok(stage)
    }

    fn stage(&mut self, kind: StageKind, from: &Stage) -> Stage {
        self.stages += 1;
        Stage { id: self.stages - 1, kind, span: from.span, comment: from.comment.clone(), line_end: from.line_end }
    }

    /// Writes what flowed so far as a line of its own, if it is more than names.
    fn settle(
        &mut self,
        operands: &mut Vec<Operand>,
        pending: &mut Vec<Stage>,
        streams: &[Stream],
        wish: &str,
        node: &Node,
    ) -> Vec<(String, Tensor, Span)> {
        let names = operands.iter().all(|operand| matches!(operand, Operand::Tensor { .. }));
        if !names || !pending.is_empty() {
            let store = self.tensors.made(wish.to_owned());
            let flow = Flow {
                targets: vec![Target { name: Some(store.clone()), claim: None, span: node.span }],
                inputs: std::mem::take(operands),
                stages: std::mem::take(pending),
            };
            self.lines.push(Node {
                kind: NodeKind::Flow(flow),
                span: node.span,
                comments: Vec::new(),
                trailing: None,
                paragraph: false,
            });
            *operands = vec![Operand::Tensor { name: store, span: node.span }];
        }
        operands
            .iter()
            .zip(streams)
            .filter_map(|(operand, stream)| match (operand, &stream.tensor) {
                (Operand::Tensor { name, .. }, Some(tensor)) => Some((name.clone(), tensor.clone(), stream.origin)),
                _ => None,
            })
            .collect()
    }

    /// Writes the lines of a block; its outputs, for which the caller has the names `called`.
    fn inline(
        &mut self,
        name: &str,
        arguments: &[BlockArgument],
        entering: &[(String, Tensor, Span)],
        called: &[Option<String>],
        frame: &Frame,
    ) -> Outcome<Vec<(String, Tensor)>> {
        let program = self.program;
        let definition = &program.definitions[name];
        let mut values = HashMap::default();
        for argument in arguments {
            values.insert(argument.name.clone(), evaluate(&argument.value, frame)?);
        }
        for parameter in &definition.parameters {
            if let (false, Some(default)) = (values.contains_key(&parameter.name), &parameter.default) {
                let value = evaluate(default, &Frame::new(values.clone(), ""))?;
                values.insert(parameter.name.clone(), value);
            }
        }
        let first = called.iter().flatten().next().cloned().unwrap_or_else(|| name.to_owned());
        let mut inner = Frame::new(values, &format!("{first}_"));
        for (declared, (flat, tensor, origin)) in definition.inputs.iter().zip(entering) {
            bind_sizes(declared, tensor, &mut inner);
            inner.enter(&declared.name, flat.clone(), tensor.clone(), *origin);
        }
        let before = self.tensors.count();
        self.body(&definition.body, &mut inner)?;
        let outputs = definition.outputs.iter().filter_map(|(output, _)| inner.tensors.get(output));
        let outputs: Vec<(String, Tensor)> = outputs.map(|bound| (bound.flat.clone(), bound.tensor.clone())).collect();
        for ((flat, _), wish) in outputs.iter().zip(called) {
            if let Some(wish) = wish {
                self.tensors.prefer(flat, wish, before);
            }
        }
        Ok(outputs)
    }

    fn operand(&mut self, operand: &Operand, frame: &Frame) -> Outcome<(Stream, Operand)> {
        match operand {
            Operand::Tensor { name, span } => match frame.tensors.get(name) {
                Some(bound) => Ok((
                    Stream { name: bound.flat.clone(), tensor: Some(bound.tensor.clone()), origin: bound.origin },
                    Operand::Tensor { name: bound.flat.clone(), span: *span },
                )),
                None => Err(Box::new(
                    Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no tensor `{name}`"))
                        .at(*span, "not defined here"),
                )),
            },
            Operand::Number(expr) => {
                let value = evaluate(expr, frame)?;
                Ok((
                    Stream { name: "number".into(), tensor: None, origin: expr.span },
                    Operand::Number(literal(&value, expr)),
                ))
            }
            Operand::Arithmetic { stage, left, right } => {
                let (left_stream, left) = self.operand(left, frame)?;
                let (right_stream, right) = self.operand(right, frame)?;
                let StageKind::Pattern { pattern, .. } = &stage.kind else {
                    return Ok((left_stream, left));
                };
                let inputs = [left_stream, right_stream];
                let request = Request { inputs: &inputs, arguments: &[], span: stage.span, strict: true };
                let applied = pattern.apply(request).map_err(|findings| first_of(findings, stage.span))?;
                let kind = StageKind::Pattern { pattern: Arc::clone(pattern), arguments: Vec::new() };
                let flat = self.stage(kind, stage);
                let tensor = applied.outputs.into_iter().next();
                Ok((
                    Stream { name: pattern.name.clone(), tensor, origin: stage.span },
                    Operand::Arithmetic { stage: Box::new(flat), left: Box::new(left), right: Box::new(right) },
                ))
            }
        }
    }

    #[expect(clippy::type_complexity, reason = "the same arguments twice: as text and as values")]
    fn arguments(&self, arguments: &[(usize, Expr)], frame: &Frame) -> Outcome<(Vec<(usize, Expr)>, Vec<Argument>)> {
        let (mut constants, mut values) = (Vec::new(), Vec::new());
        for (parameter, expr) in arguments {
            let value = evaluate(expr, frame)?;
            if symbolic(&value) {
                let message = format!("this hyperparameter depends on a free size: {value}");
                return Err(Box::new(
                    Diagnostic::error(codes::NOT_EXPRESSIBLE, message)
                        .at(expr.span, "has no number in a flat program")
                        .help("fix the size with `--set`, or emit without `--flat`"),
                ));
            }
            constants.push((*parameter, literal(&value, expr)));
            values.push(Argument { parameter: *parameter, value, span: expr.span });
        }
        Ok((constants, values))
    }
}

/// A block's call as it is written, with numbers where hyperparameters stood.
fn call_text(name: &str, arguments: &[BlockArgument], frame: &Frame) -> Outcome<String> {
    let mut texts = Vec::with_capacity(arguments.len());
    for BlockArgument { name, value, named } in arguments {
        let text = print::expression(&literal(&evaluate(value, frame)?, value));
        texts.push(if *named { format!("{name}={text}") } else { text });
    }
    Ok(if texts.is_empty() { name.to_owned() } else { format!("{name}({})", texts.join(", ")) })
}

fn first_of(findings: Vec<Diagnostic>, span: Span) -> Box<Diagnostic> {
    let fallback = || Diagnostic::error(codes::NOT_EXPRESSIBLE, "this cannot be flattened").at(span, "here");
    Box::new(findings.into_iter().next().unwrap_or_else(fallback))
}

/// Puts a tensor into scope under the name of a target.
fn bind(target: &Target, flat: String, tensor: Tensor, frame: &mut Frame) {
    let Some(name) = &target.name else { return };
    let prefix = Rc::clone(frame.tensors.get(name).map_or(&frame.prefix, |bound| &bound.prefix));
    frame.tensors.insert(name.clone(), Bound { flat, tensor, origin: target.span, prefix });
}

fn stream(name: &str, tensor: Tensor, origin: Span) -> Stream {
    Stream { name: name.to_owned(), tensor: Some(tensor), origin }
}

/// A value as an expression; a number keeps the way it was written.
fn literal(value: &Value, from: &Expr) -> Expr {
    let kind = match (value, &from.kind) {
        (_, ExprKind::Int(_) | ExprKind::Float { .. } | ExprKind::Bool(_) | ExprKind::Size(_)) => from.kind.clone(),
        (Value::Int(Dim::Constant(value)), _) => ExprKind::Int(*value),
        (Value::Float(value), _) => ExprKind::Float { value: *value, text: value.to_string() },
        (Value::Bool(value), _) => ExprKind::Bool(*value),
        (Value::Word(word), _) => ExprKind::Name(word.clone()),
        (Value::List(items), ExprKind::List(parts)) if items.len() == parts.len() => {
            ExprKind::List(items.iter().zip(parts).map(|(item, part)| literal(item, part)).collect())
        }
        (Value::List(items), _) => {
            ExprKind::List(items.iter().map(|item| literal(item, &unknown(from.span))).collect())
        }
        (Value::Int(_) | Value::Unknown, _) => from.kind.clone(),
    };
    Expr { kind, span: from.span }
}

/// Whether a value depends on a free size.
fn symbolic(value: &Value) -> bool {
    match value {
        Value::Int(dim) => dim.constant().is_none(),
        Value::List(items) => items.iter().any(symbolic),
        _ => false,
    }
}

fn unknown(span: Span) -> Expr {
    Expr { kind: ExprKind::Name(String::new()), span }
}
