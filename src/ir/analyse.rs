//! What can be asked of a program: does it hold, what does it cost, what does each definition look like on its own, and which weights
//! and values will a run of it meet.

use super::infer::{
    Configuration, EnterEvent, LineEvent, Mode, Observer, PatternEvent, Walked, configure, free_dims, walk, walk_model,
};
use super::*;
use crate::diagnostic::{Diagnostic, codes};
use crate::dim::Dim;
use crate::ops::evaluate::{Scope, evaluate};
use crate::ops::{Applied, DataType, Flow as Stream, Tensor, Value, Weight};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind, Name, Relation};
use std::collections::HashMap;

/// One line of a model with its cost.
#[derive(Clone, Debug)]
pub struct LineSummary {
    /// Where it stands.
    pub span: Span,
    /// The name that it assigns.
    pub name: String,
    /// What it gives (in a loop: in the last round).
    pub tensor: Tensor,
    /// Trainable parameters of all that it applies.
    pub params: Dim,
    /// Multiply-accumulates of all that it applies.
    pub macs: Dim,
}

/// A model with its cost.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The lines of the model, in order.
    pub lines: Vec<LineSummary>,
    /// All trainable parameters.
    pub params: i64,
    /// All multiply-accumulates for one sample; symbolic where a size is free and has no default.
    pub macs: Dim,
    /// What leaves the model.
    pub outputs: Vec<Tensor>,
    /// How many patterns are applied, all blocks unrolled.
    pub applications: usize,
}

impl Default for Dim {
    fn default() -> Self {
        Self::ZERO
    }
}

/// Collects a [`Summary`].
#[derive(Default)]
struct Summarise {
    lines: IndexMap<(Span, usize), LineSummary>,
    params: Dim,
    macs: Dim,
    pending: (Dim, Dim),
    applications: usize,
}

impl Observer for Summarise {
    fn pattern(&mut self, event: &PatternEvent<'_>) {
        self.applications += 1;
        let mut params = Dim::ZERO;
        if !event.shared_again {
            for weight in event.applied.weights.iter().filter(|weight| weight.trainable) {
                params = sum(&params, &size(weight));
            }
        }
        self.pending.0 = sum(&self.pending.0, &params);
        self.pending.1 = sum(&self.pending.1, &event.applied.macs);
        self.params = sum(&self.params, &params);
        self.macs = sum(&self.macs, &event.applied.macs);
    }

    fn line(&mut self, event: &LineEvent<'_>) {
        if event.depth > 0 {
            return;
        }
        let (params, macs) = std::mem::take(&mut self.pending);
        let entry = self.lines.entry((event.span, event.slot)).or_insert_with(|| LineSummary {
            span: event.span,
            name: event.name.to_owned(),
            tensor: event.tensor.clone(),
            params: Dim::ZERO,
            macs: Dim::ZERO,
        });
        entry.tensor = event.tensor.clone();
        entry.params = sum(&entry.params, &params);
        entry.macs = sum(&entry.macs, &macs);
    }
}

fn sum(a: &Dim, b: &Dim) -> Dim {
    a.add(b).unwrap_or(Dim::Constant(i64::MAX))
}

fn size(weight: &Weight) -> Dim {
    weight.shape.iter().try_fold(Dim::ONE, |product, size| product.multiply(size)).unwrap_or(Dim::Constant(i64::MAX))
}

/// Summarises a model in a configuration.
///
/// # Errors
/// Everything that is wrong with the program in this configuration.
pub fn summarise(program: &Program, configuration: &Configuration) -> Result<Summary, Vec<Diagnostic>> {
    let (summary, walked) = summarised(program, configuration, false)?;
    if walked.findings.iter().any(Diagnostic::is_error) { Err(walked.findings) } else { Ok(summary) }
}

fn summarised(program: &Program, configuration: &Configuration, claims: bool) -> Result<(Summary, Walked), Vec<Diagnostic>> {
    let mut collected = Summarise::default();
    let walked = walk_model(program, configuration, claims, &mut collected)?;
    let summary = Summary {
        lines: collected.lines.into_values().collect(),
        params: collected.params.constant().unwrap_or(i64::MAX),
        macs: collected.macs,
        outputs: walked.outputs.clone().unwrap_or_default(),
        applications: collected.applications,
    };
    Ok((summary, walked))
}

/// Checks a program: shapes with the paper's sizes and with free ones, and every claim. Claims are the paper's, so they are checked with
/// the model's own defaults; a configuration that changes them is checked for its shapes as well.
#[must_use]
pub fn check(program: &Program, configuration: &Configuration) -> (Option<Summary>, Vec<Diagnostic>) {
    let own = configuration.set.is_empty() && configuration.sizes.is_empty();
    let paper = Configuration::default();
    let mut findings = Vec::new();
    // Without a default for some hyperparameter there is no configuration of the paper's.
    let complete = program.model().parameters.iter().all(|parameter| parameter.default.is_some());
    let mut summary = None;
    if own || complete {
        match summarised(program, &paper, true) {
            Ok((found, walked)) => {
                findings.extend(walked.findings);
                if findings.is_empty() {
                    findings.extend(check_claims(program, &found));
                }
                summary = Some(found);
            }
            Err(wrong) => findings.extend(wrong),
        }
    }
    if !own && findings.is_empty() {
        match summarised(program, configuration, false) {
            Ok((found, walked)) => {
                findings.extend(walked.findings);
                summary = Some(found);
            }
            Err(wrong) => findings.extend(wrong),
        }
    }
    let free = free_dims(program.model());
    if free.iter().any(|dim| dim.default.is_some()) && findings.is_empty() {
        let symbolic = Configuration { symbolic: true, ..configuration.clone() };
        match walk_model(program, &symbolic, false, &mut super::infer::Nothing) {
            Ok(walked) => findings.extend(walked.findings.into_iter().map(|finding| for_all_sizes(finding, &free))),
            Err(wrong) => findings.extend(wrong),
        }
    }
    let summary = summary.filter(|_| !findings.iter().any(Diagnostic::is_error));
    (summary, findings)
}

/// Says that a finding is about free sizes, not about the paper's.
fn for_all_sizes(finding: Diagnostic, free: &[super::infer::FreeDim]) -> Diagnostic {
    let names: Vec<String> = free.iter().map(|dim| format!("`{}`", dim.name)).collect();
    finding.help(format!(
        "it holds at the size written in the header, but not for every {}: add a `require`, such as `require {} % 2 == 0`, or fix the size",
        names.join(" and "),
        free.first().map_or("H", |dim| dim.name.as_str()),
    ))
}

/// Values for the names in a claim.
struct ClaimScope(HashMap<String, Value>);

impl Scope for ClaimScope {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
    fn attribute(&self, tensor: &Name, _: &Name) -> Result<Value, Diagnostic> {
        Err(Diagnostic::error(codes::TENSOR_OR_NUMBER, "a claim is made of hyperparameters").at(tensor.span, "a tensor"))
    }
}

fn check_claims(program: &Program, summary: &Summary) -> Vec<Diagnostic> {
    let Ok((mut values, _)) = configure(program, &Configuration::default()) else { return Vec::new() };
    for dim in free_dims(program.model()) {
        if let Some(size) = dim.default {
            values.insert(dim.name, Value::int(size));
        }
    }
    let scope = ClaimScope(values);
    let mut findings = Vec::new();
    for node in &program.model().body {
        let NodeKind::Claim { quantity, relation, value } = &node.kind else { continue };
        let claimed = match evaluate(value, &scope) {
            Ok(claimed) => claimed,
            Err(finding) => {
                findings.push(*finding);
                continue;
            }
        };
        let Some(number) = claimed.as_number() else {
            let message = format!("a claim is a number, found `{claimed}`");
            findings.push(Diagnostic::error(codes::WRONG_TYPE, message).at(value.span, claimed.kind().to_owned()));
            continue;
        };
        let found = match quantity {
            Quantity::Params => Dim::Constant(summary.params),
            Quantity::Macs => summary.macs.clone(),
        };
        let Some(found) = found.constant() else {
            findings.push(
                Diagnostic::error(codes::CLAIM, format!("{} depend on free sizes: {found}", quantity.word()))
                    .at(node.span, "cannot be compared")
                    .help("give the free sizes of the header their value in the paper: `H = 224`"),
            );
            continue;
        };
        let unit = match &value.kind {
            ExprKind::Quantity { unit, .. } => *unit,
            _ => 1.0,
        };
        let difference = found as f64 - number;
        let holds = match relation {
            Relation::Equal => difference.abs() <= unit / 2.0 * (1.0 + 1e-9),
            Relation::About => difference.abs() <= 0.02 * number.abs(),
        };
        if !holds {
            findings.push(wrong_claim(*quantity, *relation, number, found, node.span, value, summary));
        }
    }
    findings
}

fn wrong_claim(
    quantity: Quantity,
    relation: Relation,
    claimed: f64,
    found: i64,
    span: Span,
    value: &Expr,
    summary: &Summary,
) -> Diagnostic {
    let word = quantity.word();
    let difference = found as f64 - claimed;
    let (sign, size) = if difference < 0.0 { ("fewer", -difference) } else { ("more", difference) };
    let mut finding = Diagnostic::error(
        codes::CLAIM,
        format!("{word} are claimed to be {}, but are {}", grouped(claimed.round() as i64), grouped(found)),
    )
    .at(span, format!("{} {sign} than claimed ({:.2} %)", grouped(size.round() as i64), 100.0 * size / claimed.abs().max(1.0)));
    if let (Relation::Equal, ExprKind::Quantity { text, .. }) = (relation, &value.kind) {
        finding = finding.help(format!("`=` compares at the precision written, {text}; `~` accepts 2 %"));
    }
    let mut lines: Vec<(&LineSummary, i64)> = summary
        .lines
        .iter()
        .filter_map(|line| {
            let cost = if quantity == Quantity::Params { &line.params } else { &line.macs };
            cost.constant().filter(|cost| *cost > 0).map(|cost| (line, cost))
        })
        .collect();
    lines.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
    for (line, cost) in lines.into_iter().take(3) {
        finding = finding.because(line.span, format!("{} of them", grouped(cost)));
    }
    finding
}

/// A number with commas: `11,689,512`.
#[must_use]
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// What a stage meets, in a definition on its own.
#[derive(Clone, Debug)]
pub struct StageForm {
    /// What enters it.
    pub inputs: Vec<Stream>,
    /// What leaves it.
    pub outputs: Vec<Tensor>,
}

/// A definition on its own, with symbols for its hyperparameters and for the sizes of its inputs.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// What enters it.
    pub inputs: Vec<Stream>,
    /// What leaves it.
    pub outputs: Vec<Tensor>,
    /// What each stage meets.
    pub stages: HashMap<StageId, StageForm>,
    /// What each pattern became.
    pub applied: HashMap<StageId, Applied>,
    /// The sizes that `tensor.attribute` stands for, by the attribute's place.
    pub attributes: HashMap<Span, (Tensor, Value)>,
    /// Hyperparameters as they are in one of its instances: their types.
    pub sample: HashMap<String, Value>,
}

impl Observer for Form {
    fn pattern(&mut self, event: &PatternEvent<'_>) {
        if event.depth == 0 {
            self.applied.insert(event.id, event.applied.clone());
        }
    }
    fn attribute(&mut self, depth: usize, span: Span, tensor: &Tensor, value: &Value) {
        if depth == 0 {
            self.attributes.insert(span, (tensor.clone(), value.clone()));
        }
    }
    fn stage(&mut self, depth: usize, id: StageId, inputs: &[Stream], outputs: &[Tensor]) {
        if depth == 0 {
            self.stages.insert(id, StageForm { inputs: inputs.to_vec(), outputs: outputs.to_vec() });
        }
    }
}

/// Remembers the first instance of each definition.
#[derive(Default)]
struct Samples(HashMap<String, (HashMap<String, Value>, Vec<Stream>)>, Vec<(String, Vec<Stream>)>);

impl Observer for Samples {
    fn enter(&mut self, event: &EnterEvent<'_>) {
        let kinds = |streams: &[Stream]| -> Vec<_> {
            streams
                .iter()
                .map(|stream| stream.tensor.as_ref().map(|tensor| (tensor.layout, tensor.dims.len(), tensor.data == DataType::Int)))
                .collect()
        };
        match self.0.get(event.definition) {
            None => {
                self.0.insert(event.definition.to_owned(), (event.values.clone(), event.inputs.to_vec()));
            }
            Some((_, first)) if kinds(first) != kinds(event.inputs) => {
                self.1.push((event.definition.to_owned(), event.inputs.to_vec()));
            }
            Some(_) => {}
        }
    }
}

/// Looks at every definition on its own, in the order of the program.
///
/// # Errors
/// A block whose instances are so different that one class or function can't serve them all.
pub fn forms(program: &Program, configuration: &Configuration) -> Result<IndexMap<String, Form>, Vec<Diagnostic>> {
    let mut samples = Samples::default();
    walk_model(program, configuration, false, &mut samples)?;
    let mut findings = Vec::new();
    for (name, inputs) in &samples.1 {
        let definition = &program.definitions[name];
        let shapes: Vec<String> = inputs.iter().filter_map(|stream| stream.tensor.as_ref().map(ToString::to_string)).collect();
        let mut finding = Diagnostic::error(
            codes::NOT_EXPRESSIBLE,
            format!("`{name}` is used with tensors of different kinds: one class or function cannot serve both"),
        )
        .at(definition.header, format!("also met {}", shapes.join(", ")));
        if let Some(origin) = inputs.first() {
            finding = finding.because(origin.origin, "from here");
        }
        findings.push(finding.help("write two blocks"));
    }
    let mut forms = IndexMap::new();
    for (name, definition) in &program.definitions {
        let Some((values, streams)) = samples.0.get(name) else { continue };
        let mut form = Form { sample: values.clone(), ..Form::default() };
        let symbols: HashMap<String, Value> = values
            .iter()
            .filter(|(name, _)| definition.parameter(name).is_some())
            .map(|(name, value)| {
                let value = match value {
                    Value::Int(_) => Value::Int(Dim::parameter(name)),
                    Value::Float(_) | Value::Bool(_) | Value::Word(_) | Value::List(_) | Value::Unknown => Value::Unknown,
                };
                (name.clone(), value)
            })
            .collect();
        let free = if definition.kind == DefinitionKind::Model { free_dims(definition) } else { Vec::new() };
        let inputs = definition.inputs.iter().zip(streams).map(|(declared, stream)| {
            let tensor = stream.tensor.as_ref().map(|tensor| {
                let dims = (0..tensor.dims.len()).map(|axis| symbolic_size(declared, tensor, axis, &symbols, &free)).collect();
                Tensor { dims, ..tensor.clone() }
            });
            Stream { name: declared.name.clone(), tensor, origin: declared.span }
        });
        form.inputs = inputs.collect();
        let inputs = form.inputs.clone();
        let walked = walk(program, definition, symbols, inputs, Mode::Open, false, &mut form);
        findings.extend(walked.findings);
        form.outputs = walked.outputs.unwrap_or_default();
        forms.insert(name.clone(), form);
    }
    if findings.iter().any(Diagnostic::is_error) { Err(findings) } else { Ok(forms) }
}

/// The size of an axis of a definition's input: what the header says of it, or a symbol.
fn symbolic_size(
    declared: &Input,
    tensor: &Tensor,
    axis: usize,
    values: &HashMap<String, Value>,
    free: &[super::infer::FreeDim],
) -> Dim {
    let written = declared.shape.as_ref().and_then(|shape| shape.dims.get(axis));
    if let Some(ast::Dim { value, .. }) = written {
        if let ExprKind::Name(name) = &value.kind {
            if let Some(dim) = free.iter().find(|dim| dim.name == *name) {
                return Dim::multiple_of(name, dim.divisor);
            }
            if !values.contains_key(name) {
                return Dim::symbol(name);
            }
        }
        if let Ok(Value::Int(size)) = evaluate(value, &ClaimScope(values.clone())) {
            return size;
        }
    }
    let attribute = tensor.axis_name(axis).map_or_else(|| axis.to_string(), str::to_owned);
    Dim::symbol(&format!("{}.{attribute}", declared.name))
}

/// The weights of one application, in program order.
#[derive(Clone, Debug)]
pub struct PlannedWeights {
    /// The instance.
    pub path: String,
    /// The operator.
    pub pattern: Arc<Pattern>,
    /// Its weights.
    pub weights: Vec<Weight>,
    /// The values of all its parameters.
    pub arguments: Vec<Value>,
    /// Where it is applied.
    pub span: Span,
}

/// A value that a run reports.
#[derive(Clone, Debug)]
pub struct PlannedTap {
    /// The line of the spec.
    pub span: Span,
    /// Which of the line's targets.
    pub slot: usize,
    /// The name that the line assigns.
    pub name: String,
    /// What it is.
    pub tensor: Tensor,
}

/// What a run of a model meets, in program order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The weights of every instance.
    pub weights: Vec<PlannedWeights>,
    /// Every line, as often as it is run.
    pub taps: Vec<PlannedTap>,
    /// What leaves the model.
    pub outputs: Vec<Tensor>,
    /// What enters the model.
    pub inputs: Vec<Tensor>,
    /// The bounds of integer inputs, by name.
    pub bounds: HashMap<String, i64>,
    /// Whether something behaves differently in training mode.
    pub depends_on_training: bool,
}

impl Observer for Plan {
    fn pattern(&mut self, event: &PatternEvent<'_>) {
        self.depends_on_training |= event.pattern.depends_on_training();
        if !event.applied.weights.is_empty() && !event.shared_again {
            self.weights.push(PlannedWeights {
                path: event.path.to_owned(),
                pattern: Arc::clone(event.pattern),
                weights: event.applied.weights.clone(),
                arguments: event.applied.arguments.clone(),
                span: event.model_span,
            });
        }
    }
    fn line(&mut self, event: &LineEvent<'_>) {
        self.taps.push(PlannedTap {
            span: event.span,
            slot: event.slot,
            name: event.name.to_owned(),
            tensor: event.tensor.clone(),
        });
    }
}

/// Plans a run.
///
/// # Errors
/// Everything that is wrong with the program in this configuration.
pub fn plan(program: &Program, configuration: &Configuration) -> Result<Plan, Vec<Diagnostic>> {
    let mut plan = Plan::default();
    let (values, inputs) = configure(program, configuration)?;
    plan.inputs = inputs.iter().filter_map(|stream| stream.tensor.clone()).collect();
    for input in &program.model().inputs {
        if let Some(bound) = input.bound.as_ref().and_then(|bound| evaluate(bound, &ClaimScope(values.clone())).ok()) {
            plan.bounds.insert(input.name.clone(), bound.as_int().unwrap_or(1));
        }
    }
    let walked = walk_model(program, configuration, false, &mut plan)?;
    if walked.findings.iter().any(Diagnostic::is_error) {
        return Err(walked.findings);
    }
    plan.outputs = walked.outputs.unwrap_or_default();
    Ok(plan)
}
