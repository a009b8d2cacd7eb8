//! A program as one straight line: blocks inlined, loops written out, branches decided, hyperparameters replaced by their values.
//!
//! This is what `emit --flat` writes. Structure is lost on purpose; every line keeps its place in the spec.

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
    let mut flattener = Flattener { program, lines: Vec::new(), stages: 0 };
    let mut frame = Frame::new(values, "");
    for (declared, stream) in model.inputs.iter().zip(inputs) {
        let Some(tensor) = stream.tensor else { continue };
        bind_sizes(declared, &tensor, &mut frame);
        frame.enter(&declared.name, declared.name.clone(), tensor, declared.span);
    }
    flattener.body(&model.body, &mut frame).map_err(|finding| vec![*finding])?;
    let outputs = model
        .outputs
        .iter()
        .map(|(name, span)| (frame.tensors.get(name).map_or_else(|| name.clone(), |bound| bound.flat.clone()), *span))
        .collect();
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
    /// Its name in the flat program.
    flat: String,
    tensor: Tensor,
    origin: Span,
    /// What stood before new names where it was first assigned: what a loop hands on keeps its name.
    prefix: Rc<str>,
}

/// What a definition has in scope.
struct Frame {
    values: Scoped<Value>,
    tensors: Scoped<Bound>,
    /// Stands before the names of this instance.
    prefix: Rc<str>,
    /// The names that outputs get at once, where nothing speaks against it.
    renamed: HashMap<String, String>,
}

impl Frame {
    fn new(values: HashMap<String, Value>, prefix: &str) -> Self {
        let values = values.into_iter().collect();
        Self { values, tensors: Scoped::default(), prefix: prefix.into(), renamed: HashMap::default() }
    }

    /// A tensor that enters, under the name that it has in the flat program.
    fn enter(&mut self, name: &str, flat: String, tensor: Tensor, origin: Span) {
        let prefix = Rc::clone(&self.prefix);
        self.tensors.insert(name.to_owned(), Bound { flat, tensor, origin, prefix });
    }

    /// What a name that is assigned is called in the flat program.
    fn flat_name(&self, name: &str) -> String {
        if let Some(renamed) = self.renamed.get(name) {
            return renamed.clone();
        }
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
        let store = frame.flat_name(&first);
        let mut pending: Vec<Stage> = Vec::new();
        let last = flow.stages.len().saturating_sub(1);
        let targets: Vec<Target> = flow
            .targets
            .iter()
            .map(|target| Target { name: target.name.as_ref().map(|name| frame.flat_name(name)), ..target.clone() })
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
                        .map(|tensor| stream(&store, tensor, stage.span))
                        .collect();
                }
                StageKind::Block { name, arguments } => {
                    // What flowed so far gets a name, for the block's lines use it more than once.
                    let entering = self.settle(&mut operands, &mut pending, &streams, &store, node);
                    let outputs = if at == last { targets.clone() } else { vec![target(&store, stage.span)] };
                    let start = self.lines.len();
                    let tensors = self.inline(name, arguments, &entering, &outputs, stage.span, frame)?;
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
                    operands = outputs
                        .iter()
                        .map(|target| Operand::Tensor {
                            name: target.name.clone().unwrap_or_else(|| "_".into()),
                            span: stage.span,
                        })
                        .collect();
                    streams = tensors.into_iter().map(|tensor| stream(&store, tensor, stage.span)).collect();
                    if at == last {
                        self.assign(&flow.targets, &targets, &streams, frame);
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        let line = Flow { targets: targets.clone(), inputs: operands, stages: pending };
        let alias = matches!((line.inputs.as_slice(), line.targets.as_slice(), line.stages.is_empty()),
            ([Operand::Tensor { name, .. }], [Target { name: Some(target), .. }], true) if name == target);
        if !alias {
            self.lines.push(Node {
                kind: NodeKind::Flow(line),
                span: node.span,
                comments: node.comments.clone(),
                trailing: node.trailing.clone(),
                paragraph: node.paragraph,
            });
        }
        self.assign(&flow.targets, &targets, &streams, frame);
        Ok(())
    }

    fn assign(&self, targets: &[Target], flat: &[Target], streams: &[Stream], frame: &mut Frame) {
        for ((target, flat), stream) in targets.iter().zip(flat).zip(streams) {
            if let (Some(name), Some(flat), Some(tensor)) = (&target.name, &flat.name, &stream.tensor) {
                let prefix = frame.tensors.get(name).map_or(&frame.prefix, |bound| &bound.prefix);
                let (flat, tensor, prefix) = (flat.clone(), tensor.clone(), Rc::clone(prefix));
                frame.tensors.insert(name.clone(), Bound { flat, tensor, origin: target.span, prefix });
            }
        }
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
        store: &str,
        node: &Node,
    ) -> Vec<(String, Tensor, Span)> {
        let names = operands.iter().all(|operand| matches!(operand, Operand::Tensor { .. }));
        if !names || !pending.is_empty() {
            let flow = Flow {
                targets: vec![target(store, node.span)],
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
            *operands = vec![Operand::Tensor { name: store.to_owned(), span: node.span }];
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

    fn inline(
        &mut self,
        name: &str,
        arguments: &[BlockArgument],
        entering: &[(String, Tensor, Span)],
        outputs: &[Target],
        span: Span,
        frame: &Frame,
    ) -> Outcome<Vec<Tensor>> {
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
        let first = outputs.iter().find_map(|target| target.name.clone()).unwrap_or_else(|| name.to_owned());
        let mut inner = Frame::new(values, &format!("{first}_"));
        for (declared, (flat, tensor, origin)) in definition.inputs.iter().zip(entering) {
            bind_sizes(declared, tensor, &mut inner);
            inner.enter(&declared.name, flat.clone(), tensor.clone(), *origin);
        }
        // An output that the last line makes can have its outer name at once.
        let made_last: Vec<&str> = match definition.body.last() {
            Some(Node { kind: NodeKind::Flow(flow), .. }) => {
                flow.targets.iter().filter_map(|target| target.name.as_deref()).collect()
            }
            _ => Vec::new(),
        };
        for ((output, _), target) in definition.outputs.iter().zip(outputs) {
            let only_once = definition.body.iter().filter(|node| assigns(node, output)).count() == 1;
            if let (true, true, Some(flat)) = (only_once, made_last.contains(&output.as_str()), &target.name) {
                inner.renamed.insert(output.clone(), flat.clone());
            }
        }
        self.body(&definition.body, &mut inner)?;
        let mut tensors = Vec::new();
        for ((output, place), target) in definition.outputs.iter().zip(outputs) {
            let Some(bound) = inner.tensors.get(output) else { continue };
            if let Some(flat) = target.name.as_ref().filter(|flat| **flat != bound.flat) {
                let flow = Flow {
                    targets: vec![Target { name: Some(flat.clone()), claim: None, span }],
                    inputs: vec![Operand::Tensor { name: bound.flat.clone(), span: *place }],
                    stages: Vec::new(),
                };
                self.lines.push(Node {
                    kind: NodeKind::Flow(flow),
                    span,
                    comments: Vec::new(),
                    trailing: None,
                    paragraph: false,
                });
            }
            tensors.push(bound.tensor.clone());
        }
        Ok(tensors)
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

fn target(name: &str, span: Span) -> Target {
    Target { name: Some(name.to_owned()), claim: None, span }
}

fn stream(name: &str, tensor: Tensor, origin: Span) -> Stream {
    Stream { name: name.to_owned(), tensor: Some(tensor), origin }
}

fn assigns(node: &Node, name: &str) -> bool {
    match &node.kind {
        NodeKind::Flow(flow) => flow.targets.iter().any(|target| target.name.as_deref() == Some(name)),
        NodeKind::Repeat { body, .. } => body.iter().any(|node| assigns(node, name)),
        NodeKind::If { arms, .. } => arms.iter().any(|arm| arm.body.iter().any(|node| assigns(node, name))),
        _ => false,
    }
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
