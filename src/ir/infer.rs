//! Shapes, weights and cost of a program.
//!
//! One evaluator walks the lines of a definition. It is used in three ways:
//! - **concretely**, every block unrolled at every call, with the paper's sizes: claims, summaries, the plan of a verification;
//! - **soundly**, the same with free sizes (`H`, `T`) left symbolic: what holds then holds for every size that the `require`s admit;
//! - **openly**, a definition on its own with symbols for its hyperparameters and input sizes: what the generated class or function needs.
//!   There, two sizes that may be equal count as equal, for the concrete walk has looked at every instance.
//!
//! Architecture Invariant: no rule about an operator stands here; all come from its declaration.

mod loops;
mod shared;

use super::scoped::{Changes, Scoped};
use super::*;
use crate::diagnostic::{Diagnostic, codes, grouped, similar_names};
use crate::dim::{Dim, gcd};
use crate::hash::{HashMap, HashSet};
use crate::limits;
use crate::ops::evaluate::{Scope, evaluate};
use crate::ops::{
    Applied, Argument, DataType, Flow as Stream, Layout, Memory, ParameterType, Request, STAGE, Tensor, Value, filled,
    shape_text,
};
use crate::syntax::ast::{self, BinaryOp, ExprKind, Name};
use crate::syntax::print;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::PoisonError;

/// What is told while a program is walked; every method has an empty default.
pub trait Observer {
    /// Whether it wants to know what instances are called: their names are made for it alone.
    fn wants_paths(&self) -> bool {
        false
    }
    /// A pattern was applied.
    fn pattern(&mut self, event: &PatternEvent<'_>) {
        let _ = event;
    }
    /// A line of the spec is complete, or one of its targets is.
    fn line(&mut self, event: &LineEvent<'_>) {
        let _ = event;
    }
    /// A definition is entered.
    fn enter(&mut self, event: &EnterEvent<'_>) {
        let _ = event;
    }
    /// The type of the tensor in `tensor.attribute` at `span` was looked up.
    fn attribute(&mut self, depth: usize, span: Span, tensor: &Tensor, value: &Value) {
        let _ = (depth, span, tensor, value);
    }
    /// A stage met these tensors and gave those (blocks, shared instances and choices too).
    fn stage(&mut self, depth: usize, id: StageId, inputs: &[Stream], outputs: &[Tensor]) {
        let _ = (depth, id, inputs, outputs);
    }
    /// A condition was decided, or not.
    fn condition(&mut self, depth: usize, span: Span, value: &Value) {
        let _ = (depth, span, value);
    }
}

/// An observer that looks away.
pub struct Nothing;
impl Observer for Nothing {}

/// A pattern was applied.
#[derive(Debug)]
pub struct PatternEvent<'a> {
    /// How many definitions deep, 0 in the model.
    pub depth: usize,
    /// Instance names from the model down, joined by dots; empty for an observer that does not want them.
    pub path: &'a str,
    /// The stage.
    pub id: StageId,
    /// The operator.
    pub pattern: &'a Arc<Pattern>,
    /// What became of it.
    pub applied: &'a Arc<Applied>,
    /// What entered.
    pub inputs: &'a [Stream],
    /// Whether its weights exist already, because it belongs to a shared instance.
    pub shared_again: bool,
    /// The line of the model that this is part of.
    pub model_span: Span,
    /// In a loop: how many rounds there are, at most.
    pub rounds: Option<&'a Dim>,
}

/// A line of the spec is complete.
#[derive(Debug)]
pub struct LineEvent<'a> {
    /// How many definitions deep, 0 in the model.
    pub depth: usize,
    /// Where it stands: the stage that ends the line.
    pub span: Span,
    /// Where it begins: its name, or its first stage where the flow goes on from the line above.
    pub start: Span,
    /// Which of the line's targets, 0 for the first.
    pub slot: usize,
    /// The name that the line assigns.
    pub name: &'a str,
    /// What it is.
    pub tensor: &'a Tensor,
    /// Whether this is the end of a flow, rather than of one line of it.
    pub last: bool,
}

/// A definition is entered.
#[derive(Debug)]
pub struct EnterEvent<'a> {
    /// How deep it lies, 0 for the model.
    pub depth: usize,
    /// Its name.
    pub definition: &'a str,
    /// Its hyperparameters.
    pub values: &'a HashMap<String, Value>,
    /// What enters it.
    pub inputs: &'a [Stream],
    /// Where it is used, for a block.
    pub site: Option<Span>,
}

/// How sizes without a number are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Sizes must be provably equal; loops are unrolled, conditions decided.
    Strict,
    /// Sizes must not be provably different; loops are looked at once, undecided branches both.
    Open,
}

/// Where the walk is, for messages.
struct Site {
    what: String,
    span: Span,
}

/// Which shape claims are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claims {
    /// None.
    None,
    /// Those that speak of free sizes, and so of all of them.
    Free,
    /// All. One that does not hold is believed from then on: the paper is likely to be right.
    Believed,
    /// All. One that does not hold is forgotten.
    Checked,
}

/// A tensor in scope; `None` in place of the tensor after an error, so that one mistake is reported once.
#[derive(Clone)]
struct Slot {
    tensor: Option<Tensor>,
    origin: Span,
}

/// A walk that asks what another padding would give.
struct Trial {
    /// The padding of every pattern that leaves it to the default.
    padding: Value,
    /// Which patterns those are, with their defaults, where these are others.
    used: Vec<(String, String)>,
}

/// The paddings that are tried.
const PADDINGS: [&str; 4] = ["0", "1", "2", "same"];
/// How many applications such a trial may have.
const TRIAL: u64 = 10_000;

/// What a definition has in scope.
#[derive(Clone)]
struct Frame<'p> {
    definition: &'p Definition,
    values: Scoped<Value>,
    tensors: Scoped<Slot>,
    shared: HashMap<String, (&'p [Stage], bool)>,
    path: String,
    instances: HashMap<String, usize>,
    /// Hyperparameters without a value, because of an error.
    poisoned: HashSet<String>,
}

/// The names of a frame, as a scope for expressions.
struct Names<'a> {
    frame: &'a Frame<'a>,
    mode: Mode,
    seen: RefCell<Vec<(Span, Tensor, Value)>>,
    /// Whether something was asked for that has no value because of an error.
    poisoned: Cell<bool>,
}

impl Scope for Names<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        // What lowering could not make out has no name at all.
        if name.is_empty() || self.frame.poisoned.contains(name) {
            self.poisoned.set(true);
            return Some(Value::Unknown);
        }
        self.frame.values.get(name).cloned()
    }

    fn attribute(&self, tensor: &Name, attribute: &Name) -> Result<Value, Diagnostic> {
        let Some(Slot { tensor: Some(found), origin }) = self.frame.tensors.get(&tensor.text) else {
            self.poisoned.set(true);
            return Ok(Value::Unknown);
        };
        match found.axis(&attribute.text) {
            Some(axis) => {
                let value = Value::Int(found.dims[axis].clone());
                self.seen.borrow_mut().push((attribute.span, found.clone(), value.clone()));
                Ok(value)
            }
            None => {
                let known: Vec<&str> = (0..found.dims.len()).filter_map(|axis| found.axis_name(axis)).collect();
                let message = format!("`{}` has no `{}`", tensor.text, attribute.text);
                let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, message)
                    .at(attribute.span, "no such size")
                    .because(*origin, format!("`{}` is {found}, {}", tensor.text, kind_of(found)));
                if let Some(near) = similar_names(&attribute.text, known.iter().copied()).first() {
                    finding = finding.fix(format!("did you mean `{near}`?"), attribute.span, *near);
                } else if attribute.text == "shape" {
                    finding = finding.help("sizes are taken one by one: `x.channels`, `x.height`, `x.features`, ..");
                } else if !known.is_empty() {
                    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                    finding = finding.help(format!("it has {}", known.join(", ")));
                }
                Err(finding)
            }
        }
    }

    fn strict(&self) -> bool {
        self.mode == Mode::Strict
    }
}

/// Walks a program.
pub struct Walker<'p, 'o> {
    program: &'p Program,
    mode: Mode,
    observer: &'o mut dyn Observer,
    memory: Arc<Mutex<Memory>>,
    findings: Vec<Diagnostic>,
    budget: u64,
    depth: usize,
    sites: Vec<Site>,
    model_span: Span,
    claims: Claims,
    /// The least that each definition costs, in applications.
    least: Rc<HashMap<&'p str, u64>>,
    /// How many loops deep.
    rounds: usize,
    /// Whether this only asks what another padding would give.
    trial: Option<Trial>,
    /// In a loop that applies an instance again and again: how often.
    times: Option<Dim>,
    /// The blocks that such loops apply.
    in_loops: Rc<HashSet<String>>,
    /// Whether only the sizes that come out matter, as in the trial of a loop's round.
    silent: bool,
    /// What blocks gave in silence. A loop has its rounds tried before it is walked, so loops of blocks of loops would double it each time.
    tried: Rc<RefCell<Vec<Tried>>>,
}

/// What a block gives for some hyperparameters and inputs.
struct Tried {
    name: String,
    values: HashMap<String, Value>,
    inputs: Vec<Option<Tensor>>,
    outputs: Option<Vec<Tensor>>,
}

/// The totals of a walk.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    /// The outputs, if the walk got there.
    pub outputs: Option<Vec<Tensor>>,
    /// What was found on the way.
    pub findings: Vec<Diagnostic>,
}

/// Walks `definition` with these hyperparameters and inputs. Shape claims are checked if `claims` is set.
pub fn walk<'p>(
    program: &'p Program,
    definition: &'p Definition,
    values: HashMap<String, Value>,
    inputs: Vec<Stream>,
    mode: Mode,
    claims: bool,
    observer: &mut dyn Observer,
) -> Walked {
    let claims = if claims { Claims::Believed } else { Claims::None };
    walk_claims(program, definition, values, inputs, mode, claims, observer)
}

fn walk_claims<'p>(
    program: &'p Program,
    definition: &'p Definition,
    values: HashMap<String, Value>,
    inputs: Vec<Stream>,
    mode: Mode,
    claims: Claims,
    observer: &mut dyn Observer,
) -> Walked {
    let mut least: HashMap<&str, u64> = HashMap::default();
    for (name, definition) in program.definitions.iter().filter(|_| mode == Mode::Strict) {
        let cost = least_of_body(&definition.body, &least);
        least.insert(name, cost);
    }
    let mut walker = Walker {
        program,
        mode,
        observer,
        memory: Arc::clone(&program.memory),
        findings: Vec::new(),
        budget: limits::APPLICATIONS,
        depth: 0,
        sites: Vec::new(),
        model_span: definition.header,
        claims,
        least: Rc::new(least),
        rounds: 0,
        trial: None,
        times: None,
        in_loops: Rc::new(program.in_loops()),
        silent: false,
        tried: Rc::default(),
    };
    let outputs = walker.definition(definition, values, inputs, String::new());
    Walked { outputs, findings: walker.findings }
}

/// How many applications lines stand for at least: loops whose count is no plain number count once, of branches the smallest counts.
fn least_of_body(body: &[Node], known: &HashMap<&str, u64>) -> u64 {
    fn of_stage(stage: &Stage, known: &HashMap<&str, u64>) -> u64 {
        match &stage.kind {
            StageKind::Block { name, .. } => known.get(name.as_str()).copied().unwrap_or(0).saturating_add(1),
            StageKind::Choice { then, otherwise, .. } => of_stage(then, known).min(of_stage(otherwise, known)),
            _ => 1,
        }
    }
    body.iter().fold(0_u64, |sum, node| {
        let cost = match &node.kind {
            NodeKind::Flow(flow) => {
                flow.stages.iter().fold(0_u64, |sum, stage| sum.saturating_add(of_stage(stage, known)))
            }
            NodeKind::Repeat { count: Expr { kind: ExprKind::Int(count), .. }, body, .. } => {
                let rounds = u64::try_from(*count).unwrap_or(0);
                rounds.saturating_mul(least_of_body(body, known).saturating_add(1))
            }
            NodeKind::If { arms, .. } if arms.last().is_some_and(|arm| arm.condition.is_none()) => {
                arms.iter().map(|arm| least_of_body(&arm.body, known)).min().unwrap_or(0)
            }
            _ => 0,
        };
        sum.saturating_add(cost)
    })
}

/// What a tensor is, in words.
fn kind_of(tensor: &Tensor) -> &'static str {
    match (&tensor.data, tensor.layout) {
        (DataType::Int { .. }, _) => "made of integers",
        (DataType::Indices { .. }, _) => "the indices of a max pooling",
        (DataType::Float, Layout::Map) => "a map",
        (DataType::Float, Layout::Plain) => "a plain tensor",
    }
}

impl<'p> Walker<'p, '_> {
    fn report(&mut self, mut finding: Diagnostic) {
        // Many instances of one block repeat one mistake; the first tells it.
        let repeated =
            self.findings.iter().any(|other| other.code == finding.code && other.primary() == finding.primary());
        if repeated || self.findings.len() >= limits::CONSEQUENCES {
            return;
        }
        // Where that is, from the inside out; of a long way the innermost and the outermost steps.
        let count = self.sites.len();
        for (at, site) in self.sites.iter().enumerate().rev().filter(|(at, _)| *at == 0 || at + 2 >= count) {
            let skipped =
                if at == 0 && count > 3 { format!("{} blocks further out, ", count - 1) } else { String::new() };
            finding = finding.because(site.span, format!("{skipped}{}", site.what));
        }
        self.findings.push(finding);
    }

    /// A walker at the same place that keeps to itself what it finds.
    fn beside<'q>(&self, observer: &'q mut dyn Observer, trial: Option<Trial>) -> Walker<'p, 'q> {
        Walker {
            program: self.program,
            mode: self.mode,
            observer,
            memory: Arc::clone(&self.memory),
            findings: Vec::new(),
            budget: self.budget,
            depth: self.depth,
            sites: Vec::new(),
            model_span: self.model_span,
            claims: Claims::None,
            least: Rc::clone(&self.least),
            rounds: self.rounds,
            // A trial of paddings asks for more than sizes.
            silent: self.silent && trial.is_none(),
            trial,
            times: self.times.clone(),
            in_loops: Rc::clone(&self.in_loops),
            tried: Rc::clone(&self.tried),
        }
    }

    fn evaluate(&mut self, expr: &Expr, frame: &Frame<'_>) -> Option<Value> {
        self.evaluate_for(expr, frame, true)
    }

    /// Evaluates an expression; the observer need not know what only a claim reads.
    fn evaluate_for(&mut self, expr: &Expr, frame: &Frame<'_>, observed: bool) -> Option<Value> {
        let names = Names { frame, mode: self.mode, seen: Default::default(), poisoned: Default::default() };
        let result = evaluate(expr, &names);
        if names.poisoned.get() && self.mode == Mode::Strict {
            return None;
        }
        for (span, tensor, value) in names.seen.into_inner().into_iter().filter(|_| observed) {
            self.observer.attribute(self.depth, span, &tensor, &value);
        }
        match result {
            Ok(value) => Some(value),
            Err(finding) => {
                self.report(*finding);
                None
            }
        }
    }

    fn definition(
        &mut self,
        definition: &'p Definition,
        values: HashMap<String, Value>,
        inputs: Vec<Stream>,
        path: String,
    ) -> Option<Vec<Tensor>> {
        self.observer.enter(&EnterEvent {
            depth: self.depth,
            definition: &definition.name,
            values: &values,
            inputs: &inputs,
            site: self.sites.last().map(|site| site.span),
        });
        let mut frame = Frame {
            definition,
            values: values.into_iter().collect(),
            tensors: Scoped::default(),
            shared: HashMap::default(),
            path,
            instances: HashMap::default(),
            poisoned: HashSet::default(),
        };
        if self.depth == 0 && self.mode == Mode::Strict && !self.affordable(definition) {
            return None;
        }
        if inputs.len() != definition.inputs.len() {
            let (name, wanted, found) = (&definition.name, definition.inputs.len(), inputs.len());
            let count = |count: usize| if count == 1 { "one tensor".to_owned() } else { format!("{count} tensors") };
            let names: Vec<String> = definition.inputs.iter().map(|input| format!("`{}`", input.name)).collect();
            let mut finding = Diagnostic::error(
                codes::WRONG_INPUT,
                format!(
                    "`{name}` takes {}, found {}",
                    count(wanted),
                    if found == 1 { "one".to_owned() } else { found.to_string() }
                ),
            );
            if let Some(site) = self.sites.pop() {
                let enter = if found == 1 { "one enters here".to_owned() } else { format!("{found} enter here") };
                finding = finding.at(site.span, enter);
                let first = definition.inputs.first().map_or(definition.header, |input| input.span);
                let last = definition.inputs.last().map_or(definition.header, |input| input.span);
                finding = finding.because(first.to(last), format!("declared with {}", names.join(", ")));
                if wanted > 1 {
                    finding = finding.help(format!(
                        "several tensors enter in parentheses: `({}) -> {name}`",
                        names.join(", ").replace('`', "")
                    ));
                }
                self.report(finding);
                self.sites.push(site);
            }
            return None;
        }
        for (declared, stream) in definition.inputs.iter().zip(&inputs) {
            if let Some(tensor) = &stream.tensor {
                self.enter_input(declared, tensor, stream.origin, &mut frame)?;
            }
            frame.tensors.insert(declared.name.clone(), Slot { tensor: stream.tensor.clone(), origin: declared.span });
        }
        self.body(&definition.body, &mut frame);
        definition.outputs.iter().map(|(name, _)| frame.tensors.get(name)?.tensor.clone()).collect()
    }

    /// Binds the dimensions that an input names, and checks those that it fixes.
    fn enter_input(&mut self, declared: &Input, tensor: &Tensor, origin: Span, frame: &mut Frame<'p>) -> Option<()> {
        if declared.int != tensor.data.is_int() && !matches!(tensor.data, DataType::Indices { .. }) {
            let (wanted, found) =
                if declared.int { ("integers", "real numbers") } else { ("real numbers", "integers") };
            let message =
                format!("`{}` takes {wanted} as `{}`, but {found} enter", frame.definition.name, declared.name);
            let finding = Diagnostic::error(codes::WRONG_INPUT, message)
                .at(declared.span, format!("declared for {wanted}"))
                .because(origin, format!("{found} from here"));
            self.report(if declared.int {
                finding
            } else {
                finding.help(format!("write `{} int` in the header, if integers are meant", declared.name))
            });
            return None;
        }
        if let Some(layout) = declared.layout.filter(|layout| *layout != tensor.layout) {
            let word = |layout| if layout == Layout::Map { "a map" } else { "a plain tensor" };
            let message = format!(
                "`{}` takes {} as `{}`, but {} enters",
                frame.definition.name,
                word(layout),
                declared.name,
                word(tensor.layout)
            );
            self.report(
                Diagnostic::error(codes::WRONG_INPUT, message)
                    .at(declared.span, format!("declared as `{}`", layout.word()))
                    .because(origin, format!("{tensor} from here")),
            );
            return None;
        }
        let Some(shape) = &declared.shape else { return Some(()) };
        if shape.dims.len() != tensor.dims.len() {
            let message = format!(
                "`{}` declares `{}` with {}, but {tensor} enters",
                frame.definition.name,
                declared.name,
                if shape.dims.len() == 1 { "1 axis".to_owned() } else { format!("{} axes", shape.dims.len()) }
            );
            self.report(
                Diagnostic::error(codes::WRONG_INPUT, message)
                    .at(shape.span, "declared here")
                    .because(origin, format!("{tensor} from here")),
            );
            return None;
        }
        for (axis, (dim, size)) in shape.dims.iter().zip(&tensor.dims).enumerate() {
            match &dim.value.kind {
                ExprKind::Name(name) if !frame.values.contains(name) => {
                    frame.values.insert(name.clone(), Value::Int(size.clone()));
                }
                _ => {
                    let wanted = self.evaluate(&dim.value, frame)?;
                    if let Value::Int(wanted) = &wanted
                        && self.differ(wanted, size)
                    {
                        let word = tensor.axis_name(axis).map_or_else(|| format!("axis {axis}"), str::to_owned);
                        let callee = &frame.definition.name;
                        let (message, label) = match &dim.value.kind {
                            ExprKind::Name(name) => (
                                format!(
                                    "`{callee}` takes the same size for each `{name}` of `{}`, but {tensor} enters",
                                    declared.name
                                ),
                                format!("its {word} is {size}, but `{name}` is {wanted} already"),
                            ),
                            _ => (
                                format!(
                                    "`{callee}` takes {wanted} as the {word} of `{}`, but {tensor} enters",
                                    declared.name
                                ),
                                format!("{wanted} is declared, {size} enters"),
                            ),
                        };
                        self.report(
                            Diagnostic::error(codes::SHAPE_MISMATCH, message)
                                .at(dim.value.span, label)
                                .because(origin, format!("{tensor} from here")),
                        );
                        return None;
                    }
                }
            }
        }
        Some(())
    }

    fn differ(&self, a: &Dim, b: &Dim) -> bool {
        match self.mode {
            Mode::Strict => a != b,
            Mode::Open => a.surely_differs(b),
        }
    }

    fn body(&mut self, body: &'p [Node], frame: &mut Frame<'p>) {
        for node in body {
            if self.budget == 0 {
                return;
            }
            if self.depth == 0 {
                self.model_span = node.span;
            }
            self.node(node, frame);
        }
    }

    fn node(&mut self, node: &'p Node, frame: &mut Frame<'p>) {
        match &node.kind {
            NodeKind::Let { name, value } => {
                let result = self.evaluate(value, frame);
                if result.is_none() && self.mode == Mode::Strict {
                    frame.poisoned.insert(name.clone());
                    return;
                }
                let result = result.unwrap_or(Value::Unknown);
                // On its own, a definition keeps the name: `mid` reads better than what it stands for.
                let result = match (self.mode, result) {
                    // Which number it is depends on the instance; that it is a whole one does not.
                    (Mode::Open, Value::Unknown) if self.depth == 0 && self.rounds == 0 && is_whole(value, frame) => {
                        Value::Int(Dim::parameter(name))
                    }
                    (Mode::Open, Value::Int(dim))
                        if dim.constant().is_none() && self.depth == 0 && self.rounds == 0 =>
                    {
                        Value::Int(Dim::parameter(name))
                    }
                    (_, result) => result,
                };
                frame.values.insert(name.clone(), result);
            }
            NodeKind::Flow(flow) => self.flow(flow, node.span, frame),
            NodeKind::Shared { name, stages } => {
                frame.shared.insert(name.clone(), (stages, false));
            }
            NodeKind::Repeat { label, index, count, body, carried } => {
                self.repeat(label, index.as_deref(), count, body, carried, frame);
            }
            NodeKind::If { arms, joined } => self.branches(arms, joined, frame),
            NodeKind::Require { condition, message } => {
                match self.evaluate(condition, frame) {
                    Some(Value::Bool(false)) => self.unmet(condition, message.as_deref(), frame),
                    // Of sizes: an assumption, taken into account where they were made.
                    Some(Value::Bool(true) | Value::Unknown) | None => {}
                    Some(other) => self.not_a_condition(condition.span, &other),
                }
            }
            NodeKind::Claim { .. } | NodeKind::Remark => {}
        }
    }

    /// Reports a requirement that does not hold.
    fn unmet(&mut self, condition: &Expr, message: Option<&str>, frame: &Frame<'p>) {
        let written = print::expression(condition);
        let values: Vec<String> =
            mentioned(condition, frame).iter().map(|(name, value)| format!("`{name}` is {value}")).collect();
        let values = values.join(", ");
        let finding = match message {
            Some(message) => {
                let text = filled(message, &|name| frame.values.get(name).map(ToString::to_string));
                Diagnostic::error(codes::REQUIREMENT, text)
                    .at(condition.span, if values.is_empty() { "does not hold".into() } else { values })
            }
            None => {
                let message = if values.is_empty() { String::new() } else { format!(": {values}") };
                Diagnostic::error(codes::REQUIREMENT, format!("`{written}` does not hold{message}"))
                    .at(condition.span, "required here")
            }
        };
        let sizes = if self.depth == 0 { admissible(condition, frame) } else { Vec::new() };
        self.report(if sizes.is_empty() {
            finding
        } else {
            finding.help(format!("the nearest: {}", sizes.join(", ")))
        });
    }

    /// Whether a definition can be walked within the limits, as far as that can be told beforehand.
    fn affordable(&mut self, definition: &'p Definition) -> bool {
        let least = self.least.get(definition.name.as_str()).copied().unwrap_or(0);
        if least <= limits::APPLICATIONS {
            return true;
        }
        // The line that alone is too much, or most of it.
        let cost = |node: &&Node| least_of_body(std::slice::from_ref(*node), &self.least);
        let largest = definition.body.iter().max_by_key(cost);
        let span = largest.map_or(definition.header, |node| match &node.kind {
            NodeKind::Repeat { count, .. } => count.span,
            _ => node.span,
        });
        let share = largest.map_or(0, |node| cost(&node));
        let at_least = if least == u64::MAX { String::new() } else { format!("{} operations, ", grouped(least)) };
        let label = if share == u64::MAX { "without end".to_owned() } else { format!("{} of them", grouped(share)) };
        let message =
            format!("the network has {at_least}more than the {} that are accepted", grouped(limits::APPLICATIONS));
        self.findings.push(
            Diagnostic::error(codes::LIMIT, message)
                .at(span, label)
                .help("repetitions, and blocks within blocks, multiply: is a number wrong?"),
        );
        false
    }

    fn flow(&mut self, flow: &'p Flow, span: Span, frame: &mut Frame<'p>) {
        // A line without a source could not be made out.
        let mut streams: Option<Vec<Stream>> = (!flow.inputs.is_empty()).then(|| Vec::with_capacity(flow.inputs.len()));
        for operand in &flow.inputs {
            let stream = self.operand(operand, frame);
            streams = match (streams, stream) {
                (Some(mut streams), Some(stream)) => {
                    streams.push(stream);
                    Some(streams)
                }
                _ => None,
            };
        }
        let name = flow.targets.iter().find_map(|target| target.name.as_deref()).unwrap_or("_");
        let wanted = flow.targets.len();
        // The values of a round have no names outside of it.
        let observed = !self.in_loops.contains(&frame.definition.name);
        let mut end = span;
        let mut start = flow.targets.first().map_or(span, |target| target.span);
        for (at, stage) in flow.stages.iter().enumerate() {
            let last = at + 1 == flow.stages.len();
            streams = streams.and_then(|inputs| self.stage(stage, inputs, if last { wanted } else { 1 }, name, frame));
            streams = streams.filter(|found| last || self.goes_on(stage, flow.stages.get(at + 1), found.len()));
            end = stage.span;
            if let (Some(streams), true) = (&mut streams, stage.line_end && !last)
                && let [Stream { tensor: Some(tensor), .. }] = streams.as_slice()
            {
                let event =
                    LineEvent { depth: self.depth, span: stage.span, start, slot: 0, name, tensor, last: false };
                if observed {
                    self.observer.line(&event);
                }
            }
            if let (true, Some(next)) = (stage.line_end, flow.stages.get(at + 1)) {
                start = next.span;
            }
        }
        if let Some(found) = &streams
            && found.len() != wanted
        {
            let message = match (found.len(), wanted) {
                (1, _) => format!("{wanted} names for one tensor"),
                (found, 1) => format!("one name for {found} tensors"),
                (found, _) => format!("{wanted} names for {found} tensors"),
            };
            let gives = match (flow.stages.last(), found.len()) {
                (Some(stage), 1) => format!("`{}` gives one tensor", label(stage)),
                (Some(stage), found) => format!("`{}` gives {found} tensors", label(stage)),
                (None, 1) => "one tensor".to_owned(),
                (None, found) => format!("{found} tensors"),
            };
            let mut finding = Diagnostic::error(codes::WRONG_INPUT, message).at(end, gives);
            if let (Some(first), Some(last)) = (flow.targets.first(), flow.targets.last()) {
                let place = first.span.to(last.span);
                finding =
                    finding.because(place, if wanted == 1 { "one name".to_owned() } else { format!("{wanted} names") });
            }
            if wanted == 1 {
                let names = vec!["_"; found.len() - 1].join(", ");
                finding = finding
                    .help(format!("name each one, and discard with `_` what is not needed: `(a, {names}) = ..`"));
            }
            self.report(finding);
            streams = None;
        }
        for (slot, target) in flow.targets.iter().enumerate() {
            let mut tensor =
                streams.as_ref().and_then(|streams| streams.get(slot)).and_then(|stream| stream.tensor.clone());
            if let (Some(found), Some(claim), true) = (&tensor, &target.claim, self.claims != Claims::None) {
                let first = slot == 0 && self.trial.is_none();
                match self.check_claim(claim, found, target, end, first.then_some(flow), frame) {
                    Some(believed) if self.claims == Claims::Believed => tensor = Some(believed),
                    _ => {}
                }
            }
            if let Some(name) = &target.name {
                if let Some(tensor) = tensor.as_ref().filter(|_| observed) {
                    let event = LineEvent { depth: self.depth, span: end, start, slot, name, tensor, last: true };
                    self.observer.line(&event);
                }
                frame.tensors.insert(name.clone(), Slot { tensor, origin: target.span });
            }
        }
    }

    /// Checks the shape that a line claims; if it is another one, and as good a shape, gives the tensor as it is claimed to be.
    fn check_claim(
        &mut self,
        claim: &ast::Shape,
        tensor: &Tensor,
        target: &Target,
        end: Span,
        flow: Option<&'p Flow>,
        frame: &Frame<'p>,
    ) -> Option<Tensor> {
        let mut claimed = Vec::new();
        for dim in &claim.dims {
            match self.evaluate_for(&dim.value, frame, false)? {
                Value::Int(size) => claimed.push(size),
                Value::Unknown => return None,
                other => {
                    let message = format!("a size is a whole number, found {}", other.kind());
                    self.report(
                        Diagnostic::error(codes::WRONG_TYPE, message)
                            .at(dim.value.span, format!("`{other}` is no size")),
                    );
                    return None;
                }
            }
        }
        let name = target.name.as_deref().unwrap_or("_");
        let of_all = self.claims == Claims::Free;
        let wrong = |(a, b): &(&Dim, &Dim)| (!of_all || a.constant().is_none()) && self.differ(a, b);
        let other_rank = claimed.len() != tensor.dims.len();
        let contradicted = (other_rank && !of_all) || claimed.iter().zip(&tensor.dims).any(|pair| wrong(&pair));
        if !contradicted {
            return None;
        }
        let message = format!("`{name}` is claimed to be {}, but is {tensor}", shape_text(&claimed));
        let mut finding = Diagnostic::error(codes::SHAPE_CLAIM, message)
            .at(claim.span, "claimed here")
            .because(end, format!("gives {tensor}"));
        if other_rank {
            let axes = |count: usize| if count == 1 { "1 axis".to_owned() } else { format!("{count} axes") };
            let how =
                if tensor.layout == Layout::Map { "channels first, without the batch" } else { "without the batch" };
            // `[1024, 1, 1]`, as papers write what a global pooling gives.
            let behind = claimed.strip_prefix(tensor.dims.as_slice());
            let of_one = behind.is_some_and(|sizes| sizes.iter().all(|size| *size == Dim::ONE));
            let (wanted, found) = (axes(claimed.len()), axes(tensor.dims.len()));
            finding = finding.help(if of_one {
                format!("{wanted} claimed, {found} found: axes of size 1 are not kept, claim `{name}{tensor}`")
            } else {
                format!("{wanted} claimed, {found} found; shapes are written {how}")
            });
            self.report(finding);
            return None;
        }
        let mut channels_last = tensor.dims.clone();
        channels_last.rotate_left(1);
        if tensor.layout == Layout::Map && claimed == channels_last {
            finding = finding.help(format!("shapes are written channels first: `{name}{tensor}`"));
        } else {
            let pairs = claimed.iter().zip(&tensor.dims).enumerate().filter(|(_, pair)| wrong(pair));
            let axes: Vec<String> = pairs
                .map(|(axis, (a, b))| {
                    let axis = tensor.axis_name(axis).map_or_else(|| format!("axis {axis}"), str::to_owned);
                    format!("{axis}: {a} claimed, {b} found")
                })
                .collect();
            finding = finding.help(axes.join("; "));
            if let Some(help) = flow.and_then(|flow| self.other_padding(flow, &claimed, frame)) {
                finding = finding.help(help);
            }
        }
        self.report(finding);
        Some(Tensor { dims: claimed, ..tensor.clone() })
    }

    /// Whether a line would give the claimed shape if its paddings were others than the defaults, and what to write then.
    fn other_padding(&mut self, flow: &'p Flow, claimed: &[Dim], frame: &Frame<'p>) -> Option<String> {
        let mut fitting = Vec::new();
        let mut patterns: Vec<(String, String)> = Vec::new();
        for text in PADDINGS {
            let padding = text.parse().map_or_else(|_| Value::Word(text.to_owned()), Value::int);
            let mut quiet = Nothing;
            let mut walker = self.beside(&mut quiet, Some(Trial { padding, used: Vec::new() }));
            walker.budget = walker.budget.min(TRIAL);
            let tensor = walker.first_of(flow, frame);
            let used = walker.trial.map_or_else(Vec::new, |trial| trial.used);
            if !used.is_empty() && tensor.is_some_and(|tensor| tensor.dims == claimed) {
                fitting.push(format!("`padding={text}`"));
                patterns.extend(used.into_iter().filter(|pattern| !patterns.contains(pattern)).collect::<Vec<_>>());
            }
        }
        if fitting.is_empty() {
            return None;
        }
        let defaults: Vec<String> =
            patterns.iter().map(|(pattern, default)| format!("`{default}` is the default of `{pattern}`")).collect();
        Some(format!("{}; with {} it would be as claimed", defaults.join(", "), fitting.join(" or ")))
    }

    /// What a line gives first.
    fn first_of(&mut self, flow: &'p Flow, frame: &Frame<'p>) -> Option<Tensor> {
        let mut frame = frame.clone();
        let mut streams = Vec::with_capacity(flow.inputs.len());
        for operand in &flow.inputs {
            streams.push(self.operand(operand, &mut frame)?);
        }
        for (at, stage) in flow.stages.iter().enumerate() {
            let wanted = if at + 1 == flow.stages.len() { flow.targets.len() } else { 1 };
            streams = self.stage(stage, streams, wanted, "", &mut frame)?;
        }
        streams.into_iter().next()?.tensor.filter(|_| self.findings.is_empty())
    }

    /// Whether a line can go on behind a stage: what gives several tensors has no name for each.
    fn goes_on(&mut self, stage: &Stage, next: Option<&Stage>, count: usize) -> bool {
        if count == 1 {
            return true;
        }
        let gives = label(stage);
        let mut finding =
            Diagnostic::error(codes::WRONG_INPUT, format!("`{gives}` gives {count} tensors in the middle of a line"))
                .at(stage.span, format!("{count} tensors leave here"));
        if let Some(next) = next {
            let names = (0..count.min(3)).map(|at| ["a", "b", "c"][at]).collect::<Vec<_>>().join(", ");
            let names = if count > 3 { format!("({names}, ..)") } else { format!("({names})") };
            finding = finding.because(next.span, "goes on here").help(format!(
                "name them on a line of their own, `{names} = .. -> {gives}`, and go on with `{names} -> {}`",
                label(next)
            ));
        }
        self.report(finding);
        false
    }

    fn operand(&mut self, operand: &'p Operand, frame: &mut Frame<'p>) -> Option<Stream> {
        match operand {
            Operand::Tensor { name, .. } => {
                let slot = frame.tensors.get(name)?;
                Some(Stream { name: name.clone(), tensor: Some(slot.tensor.clone()?), origin: slot.origin })
            }
            Operand::Number(expr) => match self.evaluate(expr, frame)? {
                Value::Int(_) | Value::Float(_) | Value::Unknown => {
                    Some(Stream { name: "number".into(), tensor: None, origin: expr.span })
                }
                other => {
                    let message = format!("a tensor and {} make no sum or product", other.kind());
                    self.report(
                        Diagnostic::error(codes::WRONG_TYPE, message)
                            .at(expr.span, format!("expected a tensor or a number, found `{other}`")),
                    );
                    None
                }
            },
            Operand::Arithmetic { stage, left, right } => {
                let (left, right) = (self.operand(left, frame), self.operand(right, frame));
                let streams = self.stage(stage, vec![left?, right?], 1, "", frame)?;
                streams.into_iter().next()
            }
        }
    }

    fn stage(
        &mut self,
        stage: &'p Stage,
        inputs: Vec<Stream>,
        wanted: usize,
        name: &str,
        frame: &mut Frame<'p>,
    ) -> Option<Vec<Stream>> {
        let outputs = self.apply(stage, &inputs, wanted, name, frame)?;
        self.observer.stage(self.depth, stage.id, &inputs, &outputs);
        Some(
            outputs
                .into_iter()
                .map(|tensor| Stream { name: [STAGE, label(stage)].concat(), tensor: Some(tensor), origin: stage.span })
                .collect(),
        )
    }

    fn apply(
        &mut self,
        stage: &'p Stage,
        inputs: &[Stream],
        wanted: usize,
        name: &str,
        frame: &mut Frame<'p>,
    ) -> Option<Vec<Tensor>> {
        match &stage.kind {
            StageKind::Pattern { pattern, arguments } => {
                let path = self.instance(frame, name, &pattern.name);
                if let Some(kind) = pattern.loops() {
                    return self.looped(stage, (pattern, arguments), kind, inputs, &path, frame);
                }
                let applied = self.pattern(stage, pattern, arguments, inputs, &path, false, frame)?;
                let outputs = applied.outputs.as_slice();
                let required = if pattern.outputs.iter().any(|output| output.variadic) {
                    outputs.len()
                } else {
                    pattern.outputs.iter().filter(|output| !output.optional).count()
                };
                Some(if wanted >= required { outputs.get(..wanted).unwrap_or(outputs) } else { outputs }.to_vec())
            }
            StageKind::Block { name: callee, arguments } => {
                let definition = self.program.definitions.get(callee)?;
                let values = self.block_values(definition, arguments, stage.span, frame)?;
                if self.silent {
                    let tried = self.tried.borrow();
                    let same = |known: &&Tried| {
                        known.name == *callee
                            && known.values == values
                            && known.inputs.len() == inputs.len()
                            && known.inputs.iter().zip(inputs).all(|(known, input)| *known == input.tensor)
                    };
                    if let Some(known) = tried.iter().rev().find(same) {
                        return known.outputs.clone();
                    }
                }
                let tensors = || inputs.iter().map(|input| input.tensor.clone()).collect();
                let asked = self.silent.then(|| (values.clone(), tensors()));
                let path = self.instance(frame, name, callee);
                if self.depth >= limits::BLOCK_DEPTH {
                    let message = format!("blocks are nested more than {} deep", limits::BLOCK_DEPTH);
                    self.report(Diagnostic::error(codes::LIMIT, message).at(stage.span, "here"));
                    self.budget = 0;
                    return None;
                }
                self.spend(stage.span)?;
                self.depth += 1;
                self.sites.push(Site { what: format!("in `{callee}`, used here"), span: stage.span });
                let outputs = self.definition(definition, values, inputs.to_vec(), path);
                self.sites.pop();
                self.depth -= 1;
                if let Some((values, inputs)) = asked.filter(|_| self.budget > 0) {
                    let outputs = outputs.clone();
                    self.tried.borrow_mut().push(Tried { name: callee.clone(), values, inputs, outputs });
                }
                outputs
            }
            StageKind::Shared { name: shared } => self.shared(shared, inputs, wanted, frame),
            StageKind::Identity | StageKind::Tap { .. } => {
                if inputs.len() == 1 {
                    return inputs.iter().map(|stream| stream.tensor.clone()).collect();
                }
                let message = format!("`identity` takes one tensor, found {}", inputs.len());
                self.report(
                    Diagnostic::error(codes::WRONG_INPUT, message)
                        .at(stage.span, format!("{} enter here", inputs.len())),
                );
                None
            }
            StageKind::Choice { condition, then, otherwise } => {
                let value = self.evaluate(condition, frame)?;
                self.observer.condition(self.depth, condition.span, &value);
                match value {
                    Value::Bool(true) => self.apply(then, inputs, wanted, name, frame).inspect(|outputs| {
                        self.observer.stage(self.depth, then.id, inputs, outputs);
                    }),
                    Value::Bool(false) => self.apply(otherwise, inputs, wanted, name, frame).inspect(|outputs| {
                        self.observer.stage(self.depth, otherwise.id, inputs, outputs);
                    }),
                    Value::Unknown => {
                        let first = self.apply(then, inputs, wanted, name, frame)?;
                        self.observer.stage(self.depth, then.id, inputs, &first);
                        let second = self.apply(otherwise, inputs, wanted, name, frame)?;
                        self.observer.stage(self.depth, otherwise.id, inputs, &second);
                        self.same_branches("the two patterns", &first, &second, then.span, otherwise.span)?;
                        Some(first)
                    }
                    other => {
                        self.not_a_condition(condition.span, &other);
                        None
                    }
                }
            }
        }
    }

    /// The name of a new instance in a frame: the line's name and the pattern's, numbered where that is not unique.
    fn instance(&self, frame: &mut Frame<'_>, name: &str, callee: &str) -> String {
        if !self.observer.wants_paths() {
            return String::new();
        }
        let own = if name.is_empty() || name == callee { callee.to_owned() } else { format!("{name}.{callee}") };
        let path = join(&frame.path, &own);
        let count = frame.instances.entry(path.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { path } else { format!("{path}_{count}") }
    }

    fn spend(&mut self, span: Span) -> Option<()> {
        if self.budget <= 1 {
            if self.budget == 1 {
                let most = grouped(limits::APPLICATIONS);
                let message = match self.mode {
                    Mode::Strict => format!("the network has more than {most} operations"),
                    // A body is looked at more than once for each loop around it.
                    Mode::Open => format!("loops within loops take more than {most} steps to be written"),
                };
                self.findings.push(
                    Diagnostic::error(codes::LIMIT, message)
                        .at(span, "the limit is reached here")
                        .help("repetitions, and blocks within blocks, multiply: is a number wrong?"),
                );
            }
            self.budget = 0;
            return None;
        }
        self.budget -= 1;
        Some(())
    }

    #[expect(clippy::too_many_arguments, reason = "one application has this many facts")]
    fn pattern(
        &mut self,
        stage: &'p Stage,
        pattern: &'p Arc<Pattern>,
        arguments: &'p [(usize, Expr)],
        inputs: &[Stream],
        path: &str,
        shared_again: bool,
        frame: &Frame<'p>,
    ) -> Option<Arc<Applied>> {
        self.spend(stage.span)?;
        let mut values = Vec::with_capacity(arguments.len());
        let mut complete = true;
        for (parameter, expr) in arguments {
            let value = match &pattern.parameters[*parameter].ty {
                ParameterType::Instance(Some(wanted)) => self.shared_values(pattern, wanted, expr, frame),
                _ => self.evaluate(expr, frame),
            };
            match value {
                Some(value) => values.push(Argument { parameter: *parameter, value, span: expr.span }),
                None => complete = false,
            }
        }
        if !complete {
            return None;
        }
        if let Some(trial) = &mut self.trial {
            for (parameter, declared) in pattern.parameters.iter().enumerate() {
                let given = arguments.iter().any(|(given, _)| *given == parameter);
                if let (ParameterType::Padding, Some(default), false) = (&declared.ty, &declared.default, given) {
                    values.push(Argument { parameter, value: trial.padding.clone(), span: stage.span });
                    let default = print::expression(default);
                    let same = default == trial.padding.to_string();
                    let used = (pattern.name.clone(), format!("{}={default}", declared.name));
                    if !same && !trial.used.contains(&used) {
                        trial.used.push(used);
                    }
                }
            }
        }
        let request = Request { inputs, arguments: &values, span: stage.span, strict: self.mode == Mode::Strict };
        if self.times.is_some() && pattern.depends_on_training() {
            let message = format!("`{}` behaves differently in training, and no loop can carry that", pattern.name);
            let finding = Diagnostic::error(codes::NOT_EXPRESSIBLE, message).at(stage.span, "applied in every round");
            self.report(finding.help("apply it to the whole sequence, before or behind the loop"));
            return None;
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let applied = memory.apply(pattern, request);
        drop(memory);
        match applied {
            Ok(applied) => {
                let event = PatternEvent {
                    depth: self.depth,
                    path,
                    id: stage.id,
                    pattern,
                    applied: &applied,
                    inputs,
                    shared_again,
                    model_span: if self.depth == 0 && stage.span != self.model_span {
                        stage.span
                    } else {
                        self.model_span
                    },
                    rounds: self.times.as_ref(),
                };
                self.observer.pattern(&event);
                Some(applied)
            }
            Err(findings) => {
                findings.into_iter().for_each(|finding| self.report(finding));
                None
            }
        }
    }

    fn block_values(
        &mut self,
        definition: &'p Definition,
        arguments: &'p [BlockArgument],
        span: Span,
        frame: &Frame<'p>,
    ) -> Option<HashMap<String, Value>> {
        let mut values = HashMap::with_capacity_and_hasher(definition.parameters.len() + 2, Default::default());
        for argument in arguments {
            let value = self.evaluate(&argument.value, frame)?;
            let parameter = definition.parameter(&argument.name);
            if let Some((parameter, ty)) = parameter.and_then(|parameter| Some((parameter, parameter.ty.as_ref()?)))
                && ty.coerce(&value, 0, 0).is_none()
            {
                let message = format!("`{}` of `{}` takes {}", parameter.name, definition.name, ty.expects());
                self.report(
                    Diagnostic::error(codes::WRONG_TYPE, message)
                        .at(argument.value.span, format!("found {}, `{value}`", value.kind()))
                        .because(parameter.span, "declared here"),
                );
                return None;
            }
            values.insert(argument.name.clone(), value);
        }
        self.defaults(definition, &mut values, span)?;
        Some(values)
    }

    /// Fills in the defaults of a definition, in order.
    fn defaults(&mut self, definition: &'p Definition, values: &mut HashMap<String, Value>, span: Span) -> Option<()> {
        for parameter in &definition.parameters {
            if values.contains_key(&parameter.name) {
                continue;
            }
            let Some(default) = &parameter.default else {
                let message = format!("`{}` needs `{}`", definition.name, parameter.name);
                self.report(
                    Diagnostic::error(codes::MISSING_ARGUMENT, message)
                        .at(span, format!("`{}` is missing", parameter.name)),
                );
                return None;
            };
            let value = evaluate(default, &Plain(values));
            match value {
                Ok(value) => {
                    values.insert(parameter.name.clone(), value);
                }
                Err(finding) => {
                    self.report(*finding);
                    return None;
                }
            }
        }
        Some(())
    }

    fn not_a_condition(&mut self, span: Span, value: &Value) {
        let message = format!("a condition is true or false, found {}", value.kind());
        let finding = Diagnostic::error(codes::WRONG_TYPE, message).at(span, format!("this is {value}"));
        self.report(match value {
            Value::Int(_) | Value::Float(_) => finding.help("compare it: `n > 0`"),
            _ => finding,
        });
    }

    fn same_branches(
        &mut self,
        what: &str,
        first: &[Tensor],
        second: &[Tensor],
        here: Span,
        there: Span,
    ) -> Option<()> {
        let differ = first.len() != second.len()
            || first.iter().zip(second).any(|(a, b)| {
                a.layout != b.layout
                    || a.dims.len() != b.dims.len()
                    || a.dims.iter().zip(&b.dims).any(|(a, b)| a.surely_differs(b))
            });
        if !differ {
            return Some(());
        }
        let shapes = |tensors: &[Tensor]| tensors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        self.report(
            Diagnostic::error(
                codes::BRANCHES_DIFFER,
                format!("{what} give different shapes: {} and {}", shapes(first), shapes(second)),
            )
            .at(there, format!("gives {}", shapes(second)))
            .because(here, format!("gives {}", shapes(first))),
        );
        None
    }

    fn branches(&mut self, arms: &'p [Arm], joined: &'p [String], frame: &mut Frame<'p>) {
        let mut open: Vec<&'p Arm> = Vec::new();
        for arm in arms {
            let value = match &arm.condition {
                None => Value::Bool(true),
                Some(condition) => {
                    let Some(value) = self.evaluate(condition, frame) else {
                        self.poison(joined, arm.span, frame);
                        return;
                    };
                    self.observer.condition(self.depth, condition.span, &value);
                    value
                }
            };
            match value {
                Value::Bool(true) => {
                    open.push(arm);
                    break;
                }
                Value::Bool(false) => {}
                Value::Unknown => open.push(arm),
                other => {
                    self.not_a_condition(arm.condition.as_ref().map_or(arm.span, |condition| condition.span), &other);
                    self.poison(joined, arm.span, frame);
                    return;
                }
            }
        }
        if let [only] = open.as_slice() {
            let decided = only.condition.is_none() || self.mode == Mode::Strict || arms.len() == 1;
            if decided || open.len() == 1 {
                self.body(&only.body, frame);
                return;
            }
        }
        let mut ends: Vec<Changes<Slot>> = Vec::new();
        for arm in &open {
            frame.tensors.mark();
            self.body(&arm.body, frame);
            ends.push(frame.tensors.undo());
        }
        for name in joined {
            let before = frame.tensors.get(name).cloned();
            let slots = ends.iter().filter_map(|end| end.get(name).map_or(before.as_ref(), Option::as_ref));
            let slots: Vec<&Slot> = slots.collect();
            let tensors: Option<Vec<&Tensor>> = slots.iter().map(|slot| slot.tensor.as_ref()).collect();
            let (Some(tensors), Some(first)) = (tensors, slots.first()) else { continue };
            for (tensor, slot) in tensors.iter().zip(&slots).skip(1) {
                let what = format!("the branches of this `if`, in `{name}`,");
                self.same_branches(
                    &what,
                    std::slice::from_ref(tensors[0]),
                    std::slice::from_ref(tensor),
                    first.origin,
                    slot.origin,
                );
            }
            // The arm that fixes its sizes by symbols of its own tells more than one that passes its input on.
            let best = slots.iter().copied().min_by_key(|slot| passed_on(slot)).unwrap_or(first);
            frame.tensors.insert(name.clone(), best.clone());
        }
    }

    fn poison(&mut self, names: &[String], origin: Span, frame: &mut Frame<'p>) {
        for name in names {
            frame.tensors.insert(name.clone(), Slot { tensor: None, origin });
        }
    }

    fn repeat(
        &mut self,
        label: &str,
        index: Option<&str>,
        count: &'p Expr,
        body: &'p [Node],
        carried: &[String],
        frame: &mut Frame<'p>,
    ) {
        let Some(rounds) = self.evaluate(count, frame) else {
            // How often is unknown; a mistake inside of it is none the less.
            if self.mode == Mode::Strict {
                self.rounds_of(label, index, 1, body, count.span, frame);
            }
            self.poison(carried, count.span, frame);
            return;
        };
        let rounds = match rounds {
            Value::Int(rounds) => rounds,
            Value::Unknown => Dim::unknown(count.span.start),
            other => {
                let message = format!("a number of rounds is a whole number, found {}", other.kind());
                self.report(Diagnostic::error(codes::WRONG_TYPE, message).at(count.span, format!("this is {other}")));
                if self.mode == Mode::Strict {
                    self.rounds_of(label, index, 1, body, count.span, frame);
                }
                self.poison(carried, count.span, frame);
                return;
            }
        };
        if let Some(rounds) = rounds.constant()
            && rounds < 0
        {
            let message = "a number of rounds cannot be negative";
            self.report(Diagnostic::error(codes::BAD_VALUE, message).at(count.span, format!("this is {rounds}")));
            return;
        }
        if self.mode == Mode::Strict {
            let Some(rounds) = rounds.constant() else {
                let message = format!("the number of rounds, {rounds}, is not known");
                self.report(
                    Diagnostic::error(codes::NOT_EXPRESSIBLE, message)
                        .at(count.span, "depends on a free size")
                        .help("a loop over a free size is kept for a coming version"),
                );
                self.poison(carried, count.span, frame);
                return;
            };
            self.rounds_of(label, index, rounds, body, count.span, frame);
        } else {
            let path = std::mem::take(&mut frame.path);
            frame.tensors.mark();
            if self.observer.wants_paths() {
                frame.path = join(&path, label);
            }
            self.open_repeat(label, index, &rounds, body, carried, frame);
            frame.path = path;
            frame.tensors.keep_known();
        }
    }

    /// Walks a known number of rounds.
    fn rounds_of(
        &mut self,
        label: &str,
        index: Option<&str>,
        rounds: i64,
        body: &'p [Node],
        place: Span,
        frame: &mut Frame<'p>,
    ) {
        let least =
            least_of_body(body, &self.least).saturating_add(1).saturating_mul(u64::try_from(rounds).unwrap_or(0));
        if least > self.budget {
            if self.budget > 0 {
                let rounds = grouped(rounds);
                let message = format!("the network has more than {} operations", grouped(limits::APPLICATIONS));
                let finding = Diagnostic::error(codes::LIMIT, message)
                    .at(place, format!("{rounds} rounds"))
                    .help("repetitions, and blocks within blocks, multiply: is a number wrong?");
                self.report(finding);
            }
            self.budget = 0;
            return;
        }
        let path = frame.path.clone();
        frame.tensors.mark();
        for round in 0..rounds {
            if self.spend(place).is_none() {
                break;
            }
            if self.observer.wants_paths() {
                frame.path = join(&path, &format!("{label}.{round}"));
            }
            let instances = std::mem::take(&mut frame.instances);
            if round > 0 {
                self.sites.push(Site { what: format!("in round {} of `{label}`", round + 1), span: place });
            }
            let findings = self.findings.len();
            self.round(index, Value::int(round), body, frame);
            if round > 0 {
                self.sites.pop();
            }
            frame.instances = instances;
            if self.findings.len() > findings {
                break;
            }
        }
        frame.path = path;
        frame.tensors.keep_known();
    }

    fn round(&mut self, index: Option<&str>, value: Value, body: &'p [Node], frame: &mut Frame<'p>) {
        frame.values.mark();
        self.rounds += 1;
        if let Some(index) = index {
            frame.values.insert(index.to_owned(), value);
        }
        if self.depth == 0 {
            let span = self.model_span;
            for node in body {
                self.model_span = node.span;
                self.node(node, frame);
            }
            self.model_span = span;
        } else {
            self.body(body, frame);
        }
        frame.values.keep_known();
        self.rounds -= 1;
    }

    /// Finds the sizes of the carried tensors as a function of the round, from what one round does to them: they stay, grow by a fixed
    /// amount, or by a fixed factor. What follows no such rule becomes unknown.
    fn open_repeat(
        &mut self,
        label: &str,
        index: Option<&str>,
        rounds: &Dim,
        body: &'p [Node],
        carried: &[String],
        frame: &mut Frame<'p>,
    ) {
        let Some(place) = body.first().map(|node| node.span) else { return };
        if self.spend(place).is_none() {
            return;
        }
        let counter = Dim::parameter(index.unwrap_or(label));
        let round = Value::Int(counter.clone());
        let start: HashMap<String, Slot> =
            carried.iter().filter_map(|name| Some((name.clone(), frame.tensors.get(name)?.clone()))).collect();
        // What is found out in a trial is not told: only the last walk, with the right sizes, counts.
        let trial = |walker: &mut Self, frame: &mut Frame<'p>| {
            let mut silent = Nothing;
            let mut inner = walker.beside(&mut silent, None);
            inner.silent = true;
            frame.tensors.mark();
            inner.round(index, round.clone(), body, frame);
            let left = inner.budget;
            if left == 0 && walker.budget > 0 {
                // What a trial has to say is not told, but that it is given up has to be.
                walker.budget = 1;
                walker.spend(place);
            }
            walker.budget = left;
            let after = carried.iter().filter_map(|name| Some((name.clone(), frame.tensors.get(name)?.clone())));
            let after: HashMap<String, Slot> = after.collect();
            frame.tensors.undo();
            after
        };
        let after = trial(self, frame);
        // Every law that the first round leaves open is tried; one that does not lead from any round to the next is dropped.
        let mut laws: HashMap<(String, usize), Vec<Law>> = HashMap::default();
        for (name, slot) in &start {
            let next = after.get(name).and_then(|slot| slot.tensor.as_ref());
            let (Some(tensor), Some(next)) = (&slot.tensor, next) else { continue };
            if tensor.dims.len() == next.dims.len() {
                for (axis, (size, next)) in tensor.dims.iter().zip(&next.dims).enumerate() {
                    laws.insert((name.clone(), axis), Law::candidates(size, next, &counter));
                }
            }
        }
        let at_round = |laws: &HashMap<(String, usize), Vec<Law>>, round: &Dim| {
            let mut slots = start.clone();
            for (name, slot) in &mut slots {
                for (axis, size) in slot.tensor.iter_mut().flat_map(|tensor| tensor.dims.iter_mut().enumerate()) {
                    if let Some(laws) = laws.get(&(name.clone(), axis)) {
                        let law = laws.first().unwrap_or(&Law::None);
                        *size = law.at(size, round).unwrap_or_else(|| Dim::unknown(1000 + axis as u32));
                    }
                }
            }
            slots
        };
        let changes =
            |laws: &HashMap<(String, usize), Vec<Law>>| laws.values().any(|laws| laws.first() != Some(&Law::Same));
        let next_round = counter.add(&Dim::ONE).unwrap_or(Dim::ONE);
        while changes(&laws) {
            at_round(&laws, &counter).into_iter().for_each(|(name, slot)| frame.tensors.insert(name, slot));
            let found = trial(self, frame);
            let expected = at_round(&laws, &next_round);
            let mut dropped = false;
            for ((name, axis), candidates) in &mut laws {
                let size = |slots: &HashMap<String, Slot>| slots.get(name)?.tensor.as_ref()?.dims.get(*axis).cloned();
                if !candidates.is_empty() && size(&found) != size(&expected) {
                    candidates.remove(0);
                    dropped = true;
                }
            }
            if !dropped {
                break;
            }
        }
        self.round(index, round, body, frame);
        for (name, slot) in start {
            let Some(mut tensor) = slot.tensor else { continue };
            for (axis, size) in tensor.dims.iter_mut().enumerate() {
                if let Some(laws) = laws.get(&(name.clone(), axis)) {
                    *size = laws
                        .first()
                        .unwrap_or(&Law::None)
                        .at(size, rounds)
                        .unwrap_or_else(|| Dim::unknown(2000 + axis as u32));
                }
            }
            let origin = frame.tensors.get(&name).map_or(slot.origin, |slot| slot.origin);
            frame.tensors.insert(name, Slot { tensor: Some(tensor), origin });
        }
    }
}

/// How a size changes from round to round.
#[derive(Clone, Debug, PartialEq)]
enum Law {
    Same,
    Plus(Dim),
    Times(i64),
    None,
}

impl Law {
    /// What may lead from the first size to the second, the likeliest first.
    fn candidates(size: &Dim, next: &Dim, counter: &Dim) -> Vec<Self> {
        if size == next {
            return vec![Self::Same];
        }
        let mut laws = Vec::new();
        if let Some(amount) = next.subtract(size) {
            // An amount that depends on the round is no fixed one.
            if !amount.has_unknown() && !amount.any_atom(&|atom| is_symbol(atom, counter)) {
                laws.push(Self::Plus(amount));
            }
        }
        if let (Some((_, a)), Some((_, b))) = (size.terms().first(), next.terms().first()) {
            let factor = if b.checked_rem(*a) == Some(0) { b / a } else { 0 };
            if size.multiply(&Dim::Constant(factor)).as_ref() == Some(next) {
                laws.push(Self::Times(factor));
            }
        }
        laws
    }

    fn at(&self, first: &Dim, round: &Dim) -> Option<Dim> {
        match self {
            Self::Same => Some(first.clone()),
            Self::Plus(amount) => first.add(&round.multiply(amount)?),
            Self::Times(factor) => first.multiply(&Dim::Constant(*factor).power(round)?),
            Self::None => None,
        }
    }
}

fn is_symbol(atom: &crate::dim::Atom, symbol: &Dim) -> bool {
    symbol.terms().iter().flat_map(|(monomial, _)| monomial).any(|(other, _)| other == atom)
}

/// Whether an expression gives a whole number, whichever it is.
fn is_whole(expr: &Expr, frame: &Frame<'_>) -> bool {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Attribute { .. } => true,
        ExprKind::Name(name) => matches!(frame.values.get(name), Some(Value::Int(_))),
        ExprKind::Unary(ast::UnaryOp::Negate, inner) => is_whole(inner, frame),
        ExprKind::Binary(
            BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::FloorDivide
            | BinaryOp::Remainder
            | BinaryOp::Power,
            left,
            right,
        ) => is_whole(left, frame) && is_whole(right, frame),
        ExprKind::Call(name, items) => name.text != "sqrt" && items.iter().all(|item| is_whole(item, frame)),
        ExprKind::Choice { then, otherwise, .. } => is_whole(then, frame) && is_whole(otherwise, frame),
        _ => false,
    }
}

/// Passes on that an instance was met before.
struct Again<'o>(&'o mut dyn Observer);

impl Observer for Again<'_> {
    fn wants_paths(&self) -> bool {
        self.0.wants_paths()
    }
    fn pattern(&mut self, event: &PatternEvent<'_>) {
        self.0.pattern(&PatternEvent { shared_again: true, ..*event });
    }
    fn line(&mut self, event: &LineEvent<'_>) {
        self.0.line(event);
    }
    fn enter(&mut self, event: &EnterEvent<'_>) {
        self.0.enter(event);
    }
    fn attribute(&mut self, depth: usize, span: Span, tensor: &Tensor, value: &Value) {
        self.0.attribute(depth, span, tensor, value);
    }
    fn stage(&mut self, depth: usize, id: StageId, inputs: &[Stream], outputs: &[Tensor]) {
        self.0.stage(depth, id, inputs, outputs);
    }
}

/// How many sizes of a tensor are those of a definition's input.
fn passed_on(slot: &Slot) -> usize {
    let input =
        |dim: &Dim| dim.any_atom(&|atom| matches!(atom, crate::dim::Atom::Symbol { name, .. } if name.contains('.')));
    slot.tensor.as_ref().map_or(usize::MAX, |tensor| tensor.dims.iter().filter(|dim| input(dim)).count())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// What a stage is called in messages.
fn label(stage: &Stage) -> &str {
    match &stage.kind {
        StageKind::Pattern { pattern, .. } => &pattern.name,
        StageKind::Block { name, .. } | StageKind::Shared { name } => name,
        StageKind::Identity => "identity",
        StageKind::Choice { then, .. } => label(then),
        StageKind::Tap { .. } => "tap",
    }
}

/// The sizes next to those that a condition refuses, where it asks for a remainder: `H = 556 or 572`.
fn admissible(condition: &Expr, frame: &Frame<'_>) -> Vec<String> {
    let sizes = free_dims(frame.definition).into_iter().filter_map(|dim| {
        let Some(Value::Int(size)) = frame.values.get(&dim.name) else { return None };
        let size = size.constant()?;
        let (divisor, remainder) = congruences_of(condition, &dim.name)?;
        let below = size - (size - remainder).rem_euclid(divisor);
        let above = below.checked_add(divisor)?;
        let name = &dim.name;
        (below != size)
            .then(|| if below > 0 { format!("{name} = {below} or {above}") } else { format!("{name} = {above}") })
    });
    sizes.collect()
}

/// The hyperparameters that a condition speaks of, with their values.
fn mentioned(expr: &Expr, frame: &Frame<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(expr, &mut |name| {
        if let Some(value) = frame.values.get(name) {
            let pair = (name.to_owned(), value.to_string());
            if !found.contains(&pair) {
                found.push(pair);
            }
        }
    });
    found
}

/// Calls `visit` with every plain name in an expression.
pub fn collect(expr: &Expr, visit: &mut dyn FnMut(&str)) {
    match &expr.kind {
        ExprKind::Name(name) => visit(name),
        ExprKind::List(items) | ExprKind::Call(_, items) => items.iter().for_each(|item| collect(item, visit)),
        ExprKind::Splat(inner) | ExprKind::Unary(_, inner) => collect(inner, visit),
        ExprKind::Binary(_, left, right) => {
            collect(left, visit);
            collect(right, visit);
        }
        ExprKind::Choice { condition, then, otherwise } => {
            for part in [condition, then, otherwise] {
                collect(part, visit);
            }
        }
        _ => {}
    }
}

/// Hyperparameters alone, as a scope.
struct Plain<'a>(&'a HashMap<String, Value>);

impl Scope for Plain<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }

    fn attribute(&self, tensor: &Name, _: &Name) -> Result<Value, Diagnostic> {
        let message = format!("`{}` is not known here", tensor.text);
        Err(Diagnostic::error(codes::UNKNOWN_NAME, message).at(tensor.span, "tensors have no value here"))
    }
}

/// The sizes of the model's free dimensions and its hyperparameters: one configuration of a model.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// Values that replace the defaults of the model's hyperparameters.
    pub set: HashMap<String, Value>,
    /// Sizes that replace the defaults of free dimensions.
    pub sizes: HashMap<String, i64>,
    /// Leave free dimensions symbolic even where they have a default.
    pub symbolic: bool,
}

/// A free dimension of a model.
#[derive(Clone, Debug)]
pub struct FreeDim {
    /// Its name.
    pub name: String,
    /// Its size in the paper.
    pub default: Option<i64>,
    /// What every size is divided by,
    pub divisor: i64,
    /// and what that must leave.
    pub remainder: i64,
    /// Where it is declared.
    pub span: Span,
}

/// The free dimensions of a model, in order.
#[must_use]
pub fn free_dims(model: &Definition) -> Vec<FreeDim> {
    let mut free: IndexMap<&str, FreeDim> = IndexMap::default();
    for dim in model.inputs.iter().filter_map(|input| input.shape.as_ref()).flat_map(|shape| &shape.dims) {
        let ExprKind::Name(name) = &dim.value.kind else { continue };
        if model.parameter(name).is_some() || free.contains_key(name.as_str()) {
            continue;
        }
        let default = dim.default.as_ref().and_then(|default| match default.kind {
            ExprKind::Int(value) => Some(value),
            _ => None,
        });
        free.insert(name, FreeDim { name: name.clone(), default, divisor: 1, remainder: 0, span: dim.value.span });
    }
    if !free.is_empty() {
        for node in &model.body {
            let NodeKind::Require { condition, .. } = &node.kind else { continue };
            congruences(condition, &mut |name, other| {
                if let Some(dim) = free.get_mut(name) {
                    let known = (dim.divisor, dim.remainder);
                    (dim.divisor, dim.remainder) = both(known, other).unwrap_or(known);
                }
            });
        }
    }
    free.into_values().collect()
}

/// What a requirement says sizes leave when they are divided, as pairs of divisor and remainder: `H % 8 == 0`, `(H - 12) % 16 == 0`, also
/// within `and`.
fn congruences(condition: &Expr, found: &mut dyn FnMut(&str, (i64, i64))) {
    const LARGEST: i64 = 1 << 30;
    let number = |expr: &Expr| match expr.kind {
        ExprKind::Int(number) if (0..LARGEST).contains(&number) => Some(number),
        _ => None,
    };
    // A size, and what is added to it.
    let size = |expr: &Expr| match &expr.kind {
        ExprKind::Name(name) => Some((name.clone(), 0)),
        ExprKind::Binary(op, left, right) => match (op, &left.kind) {
            (BinaryOp::Add, ExprKind::Name(name)) => Some((name.clone(), number(right)?)),
            (BinaryOp::Subtract, ExprKind::Name(name)) => Some((name.clone(), -number(right)?)),
            _ => None,
        },
        _ => None,
    };
    match &condition.kind {
        ExprKind::Binary(BinaryOp::And, left, right) => {
            congruences(left, found);
            congruences(right, found);
        }
        ExprKind::Binary(BinaryOp::Equal, left, right) => {
            let ExprKind::Binary(BinaryOp::Remainder, inner, divisor) = &left.kind else { return };
            if let (Some((name, offset)), Some(remainder), Some(divisor)) =
                (size(inner), number(right), number(divisor))
                && remainder < divisor
            {
                found(&name, (divisor, (remainder - offset).rem_euclid(divisor)));
            }
        }
        _ => {}
    }
}

/// What a requirement says one size leaves when it is divided.
fn congruences_of(condition: &Expr, name: &str) -> Option<(i64, i64)> {
    let mut known: Option<(i64, i64)> = None;
    congruences(condition, &mut |found, other| {
        if found == name {
            known = Some(known.map_or(other, |before| both(before, other).unwrap_or(before)));
        }
    });
    known
}

/// What holds for a size if both of these do; nothing if they contradict each other, or the numbers become too large.
fn both((divisor, remainder): (i64, i64), (other, rest): (i64, i64)) -> Option<(i64, i64)> {
    let common = gcd(divisor, other);
    let together = (divisor / common).checked_mul(other).filter(|product| *product < limits::SIZE)?;
    if (rest - remainder) % common != 0 {
        return None;
    }
    // The Chinese remainder theorem: the inverse of `divisor` modulo `other`, both without what they share.
    let (mut a, mut b) = (i128::from(divisor / common), i128::from(other / common));
    let modulus = b;
    let (mut inverse, mut next) = (1_i128, 0_i128);
    while b != 0 {
        (inverse, next) = (next, inverse - a / b * next);
        (a, b) = (b, a % b);
    }
    let steps = (i128::from((rest - remainder) / common) * inverse).rem_euclid(modulus.max(1));
    i64::try_from(i128::from(remainder) + i128::from(divisor) * steps).ok().map(|found| (together, found))
}

/// What a model starts from: its hyperparameters and what enters it.
pub type Start = (HashMap<String, Value>, Vec<Stream>);

/// The hyperparameters and inputs of a model in a configuration.
///
/// # Errors
/// Hyperparameters that don't exist or have no value, and inputs without a definite rank or size.
pub fn configure(program: &Program, configuration: &Configuration) -> Result<Start, Vec<Diagnostic>> {
    let model = program.model();
    let mut findings = Vec::new();
    let mut values: HashMap<String, Value> = configuration.set.clone();
    for name in configuration.set.keys() {
        if model.parameter(name).is_none() {
            let names: Vec<&str> = model.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            let mut finding =
                Diagnostic::error(codes::UNKNOWN_ARGUMENT, format!("`{}` has no hyperparameter `{name}`", model.name))
                    .at(model.header, "its hyperparameters are declared here");
            if let Some(near) = similar_names(name, names.iter().copied()).first() {
                finding = finding.help(format!("did you mean `{near}`?"));
            } else if !names.is_empty() {
                finding = finding.help(format!("it has {}", names.join(", ")));
            }
            findings.push(finding);
        }
    }
    for parameter in &model.parameters {
        if values.contains_key(&parameter.name) {
            continue;
        }
        match &parameter.default {
            None => findings.push(
                Diagnostic::error(
                    codes::MISSING_ARGUMENT,
                    format!("`{}` needs a value for `{}`", model.name, parameter.name),
                )
                .at(parameter.span, "declared without a default")
                .help(format!("write `{} = ..` here, or give it with `--set {}=..`", parameter.name, parameter.name)),
            ),
            Some(default) => match evaluate(default, &Plain(&values)) {
                Ok(Value::Word(word)) => findings.push(
                    Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no hyperparameter `{word}`"))
                        .at(default.span, "not defined here"),
                ),
                Ok(value) => {
                    values.insert(parameter.name.clone(), value);
                }
                Err(finding) => findings.push(*finding),
            },
        }
    }
    for parameter in &model.parameters {
        if let (Some(ty), Some(value)) = (&parameter.ty, values.get(&parameter.name))
            && ty.coerce(value, 0, 0).is_none()
        {
            let message = format!(
                "`{}` of `{}` takes {}, found {}, `{value}`",
                parameter.name,
                model.name,
                ty.expects(),
                value.kind()
            );
            findings.push(Diagnostic::error(codes::WRONG_TYPE, message).at(parameter.span, "declared here"));
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let free = free_dims(model);
    let mut scope = values.clone();
    for dim in &free {
        let size = configuration.sizes.get(&dim.name).copied().or(dim.default.filter(|_| !configuration.symbolic));
        let value = match size {
            Some(size) => Value::int(size),
            None => Value::Int(Dim::congruent(&dim.name, dim.divisor, dim.remainder)),
        };
        scope.insert(dim.name.clone(), value);
    }
    let mut inputs = Vec::new();
    for input in &model.inputs {
        let dims = input.shape.iter().flat_map(|shape| &shape.dims);
        let mut sizes = Vec::new();
        for dim in dims {
            match evaluate(&dim.value, &Plain(&scope)) {
                Ok(Value::Int(size)) if size.constant().is_none_or(|size| (1..=limits::SIZE).contains(&size)) => {
                    sizes.push(size)
                }
                Ok(Value::Int(size)) if size.constant().is_some_and(|size| size > limits::SIZE) => findings.push(
                    Diagnostic::error(codes::LIMIT, format!("the size {size} is larger than any machine could hold"))
                        .at(dim.value.span, format!("the largest one accepted is {}", grouped(limits::SIZE))),
                ),
                Ok(other) => findings.push(
                    Diagnostic::error(codes::BAD_VALUE, "a size is a whole number of at least 1")
                        .at(dim.value.span, format!("found {}, `{other}`", other.kind())),
                ),
                Err(finding) => findings.push(*finding),
            }
        }
        let mut below = None;
        if let Some(bound) = &input.bound {
            match evaluate(bound, &Plain(&scope)) {
                Ok(Value::Int(size)) if size.constant().is_some_and(|size| (1..=limits::SIZE).contains(&size)) => {
                    below = Some(size);
                }
                Ok(other) => findings.push(
                    Diagnostic::error(
                        codes::BAD_VALUE,
                        format!("the bound of `{}` is a whole number of at least 1", input.name),
                    )
                    .at(bound.span, format!("found {}, `{other}`", other.kind()))
                    .help("the integers run from 0 up to, and without, the bound"),
                ),
                Err(finding) => findings.push(*finding),
            }
        }
        let layout = input.layout.unwrap_or(if sizes.len() >= 3 && !input.int { Layout::Map } else { Layout::Plain });
        let data = if input.int { DataType::Int { bound: below } } else { DataType::Float };
        let tensor = Tensor { dims: sizes, layout, data };
        inputs.push(Stream { name: input.name.clone(), tensor: Some(tensor), origin: input.span });
    }
    if findings.is_empty() { Ok((values, inputs)) } else { Err(findings) }
}

/// Walks the model in a configuration. With `claims`, the shapes that lines claim are checked.
///
/// # Errors
/// What [`configure`] finds.
pub fn walk_model(
    program: &Program,
    configuration: &Configuration,
    claims: bool,
    observer: &mut dyn Observer,
) -> Result<Walked, Vec<Diagnostic>> {
    let (values, inputs) = configure(program, configuration)?;
    let walk = |claims: Claims, observer: &mut dyn Observer| {
        walk_claims(program, program.model(), values.clone(), inputs.clone(), Mode::Strict, claims, observer)
    };
    let wanted = match (claims, configuration.symbolic) {
        (false, _) => Claims::None,
        (true, false) => Claims::Believed,
        (true, true) => Claims::Free,
    };
    let mut walked = walk(wanted, observer);
    // A claim that does not hold: is the claim wrong, or what it speaks of? Whichever leaves fewer contradictions behind.
    if wanted == Claims::Believed && walked.findings.iter().any(|finding| finding.code == codes::SHAPE_CLAIM) {
        let other = walk(Claims::Checked, &mut Nothing);
        if other.findings.len() < walked.findings.len() {
            walked.findings = other.findings;
        }
    }
    if walked.outputs.is_none() && walked.findings.is_empty() {
        let message = "this model is beyond what Hexapla understands: please report it";
        walked
            .findings
            .push(Diagnostic::error(codes::NOT_EXPRESSIBLE, message).at(program.model().header, "no output was found"));
    }
    Ok(walked)
}
