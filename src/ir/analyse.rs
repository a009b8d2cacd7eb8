//! What can be asked of a program: does it hold, what does it cost, what does each definition look like on its own, and which weights
//! and values will a run of it meet.

use super::infer::{
    Configuration, EnterEvent, LineEvent, Mode, Observer, PatternEvent, Walked, configure, free_dims, walk, walk_model,
};
use super::*;
use crate::diagnostic::{Diagnostic, codes, grouped};
use crate::dim::Dim;
use crate::hash::HashMap;
use crate::limits;
use crate::ops::evaluate::{Scope, evaluate};
use crate::ops::{Applied, Flow as Stream, Tensor, Value, Weight};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind, Name, Relation};
use std::collections::BTreeMap;

/// One line of a model with its cost.
#[derive(Clone, Debug)]
pub struct LineSummary {
    /// Where it stands: the stage that ends it.
    pub span: Span,
    /// Where it begins.
    pub start: Span,
    /// The name that it assigns.
    pub name: String,
    /// What it gives (in a loop: in the last round).
    pub tensor: Tensor,
    /// Trainable parameters of all that it applies.
    pub params: Dim,
    /// Multiply-accumulates of all that it applies.
    pub macs: Dim,
}

impl LineSummary {
    fn cost(&self, quantity: Quantity) -> &Dim {
        match quantity {
            Quantity::Params => &self.params,
            Quantity::Macs => &self.macs,
        }
    }

    fn belongs_to(&self, row: &Row) -> bool {
        let (line, row) = (self.span, row.span);
        line.file == row.file && row.start <= line.start && line.end <= row.end
    }
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
    /// The elements of weights by pattern and weight, with whether they are trained: what a claim may have counted otherwise.
    pub kinds: IndexMap<(String, String), (Dim, bool)>,
    /// How each definition is used first.
    samples: Samples,
    /// Whether a free size is read as a number, where that was looked at.
    reads: Option<bool>,
}

impl Summary {
    /// The lines of a row of the paper's table.
    fn of<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a LineSummary> {
        self.lines.iter().filter(|line| line.belongs_to(row))
    }
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
    kinds: IndexMap<(String, String), (Dim, bool)>,
    samples: Samples,
    /// The first application with weights whose sizes are free, or beyond all counting.
    uncounted: Option<(Span, String, Vec<Dim>)>,
}

impl Observer for Summarise {
    fn pattern(&mut self, event: &PatternEvent<'_>) {
        self.applications += 1;
        let mut params = Dim::ZERO;
        if !event.shared_again {
            for weight in &event.applied.weights {
                let elements = weight.shape.iter().try_fold(Dim::ONE, |product, size| product.multiply(size));
                let known = elements.as_ref().and_then(Dim::constant).is_some();
                if !known && self.uncounted.is_none() {
                    self.uncounted = Some((event.model_span, event.pattern.name.clone(), weight.shape.clone()));
                }
                let elements = elements.unwrap_or(Dim::Constant(i64::MAX));
                if weight.trainable {
                    params = sum(&params, &elements);
                }
                let kind = (event.pattern.name.clone(), weight.name.clone());
                let entry = self.kinds.entry(kind).or_insert((Dim::ZERO, weight.trainable));
                entry.0 = sum(&entry.0, &elements);
            }
        }
        self.pending.0 = sum(&self.pending.0, &params);
        let macs = match event.rounds {
            Some(rounds) => event.applied.macs.multiply(rounds).unwrap_or(Dim::Constant(i64::MAX)),
            None => event.applied.macs.clone(),
        };
        self.pending.1 = sum(&self.pending.1, &macs);
        self.params = sum(&self.params, &params);
        self.macs = sum(&self.macs, &macs);
    }

    fn enter(&mut self, event: &EnterEvent<'_>) {
        self.samples.enter(event);
    }

    fn line(&mut self, event: &LineEvent<'_>) {
        if event.depth > 0 {
            return;
        }
        let (params, macs) = std::mem::take(&mut self.pending);
        let entry = self.lines.entry((event.span, event.slot)).or_insert_with(|| LineSummary {
            span: event.span,
            start: event.start,
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

/// Summarises a model in a configuration.
///
/// # Errors
/// Everything that is wrong with the program in this configuration.
pub fn summarise(program: &Program, configuration: &Configuration) -> Result<Summary, Vec<Diagnostic>> {
    let (summary, walked) = summarised(program, configuration, false)?;
    if walked.findings.iter().any(Diagnostic::is_error) { Err(walked.findings) } else { Ok(summary) }
}

fn summarised(
    program: &Program,
    configuration: &Configuration,
    claims: bool,
) -> Result<(Summary, Walked), Vec<Diagnostic>> {
    let mut collected = Summarise::default();
    let mut walked = walk_model(program, configuration, claims, &mut collected)?;
    if let (Some((span, pattern, shape)), true) = (collected.uncounted, walked.findings.is_empty()) {
        walked.findings.push(uncounted(span, &pattern, &shape));
    } else if walked.findings.is_empty()
        && [&collected.params, &collected.macs].iter().any(|total| total.constant() == Some(i64::MAX))
    {
        let message = "this network is too large to be counted";
        walked.findings.push(
            Diagnostic::error(codes::LIMIT, message)
                .at(program.model().header, "its parameters or multiply-accumulates do not fit into 63 bits"),
        );
    }
    let summary = Summary {
        lines: collected.lines.into_values().collect(),
        params: collected.params.constant().unwrap_or(i64::MAX),
        macs: collected.macs,
        outputs: walked.outputs.clone().unwrap_or_default(),
        applications: collected.applications,
        kinds: collected.kinds,
        samples: collected.samples,
        reads: None,
    };
    Ok((summary, walked))
}

fn uncounted(span: Span, pattern: &str, shape: &[Dim]) -> Diagnostic {
    let text = crate::ops::shape_text(shape);
    if shape.iter().all(|size| size.constant().is_some()) {
        let message = format!("a weight of `{pattern}` would be {text}: too large to be counted");
        return Diagnostic::error(codes::LIMIT, message).at(span, "does not fit into 63 bits");
    }
    Diagnostic::error(codes::NOT_EXPRESSIBLE, format!("a weight of `{pattern}` depends on a free size: it is {text}"))
        .at(span, "weights have one size for all inputs")
        .help("give the size its value in the header, as in `H = 224`, or make the network independent of it, as with `global_avg_pool`")
}

/// What is wrong with the shapes of a program that has other errors as well: claims on the whole are left alone, and so is a model
/// whose hyperparameters have no values yet.
#[must_use]
pub fn shapes(program: &Program) -> Vec<Diagnostic> {
    if program.model().parameters.iter().any(|parameter| parameter.default.is_none()) {
        return Vec::new();
    }
    match walk_model(program, &Configuration::default(), true, &mut super::infer::Nothing) {
        Ok(walked) => walked.findings.into_iter().filter(|finding| finding.code != codes::NOT_EXPRESSIBLE).collect(),
        Err(wrong) => wrong,
    }
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
        let mut reads = Reads::default();
        match walk_model(program, &symbolic, true, &mut reads) {
            Ok(walked) => {
                if let Some(summary) = summary.as_mut().filter(|_| configuration.sizes.is_empty()) {
                    summary.reads = Some(reads.0);
                }
                let divisor = (!walked.findings.is_empty()).then(|| divisor(program, &symbolic, &free)).flatten();
                // One size that does not divide shows in many places: the first one tells it.
                findings
                    .extend(walked.findings.into_iter().take(1).map(|finding| for_all_sizes(finding, &free, divisor)));
            }
            Err(wrong) => findings.extend(wrong),
        }
    }
    let summary = summary.filter(|_| !findings.iter().any(Diagnostic::is_error));
    (summary, findings)
}

/// The smallest number by which free sizes have to leave what the paper's sizes leave, for a program to hold.
fn divisor(program: &Program, configuration: &Configuration, free: &[super::infer::FreeDim]) -> Option<i64> {
    let name = |kind| Expr { kind, span: Span::default() };
    [2, 4, 8, 16, 32, 64, 128, 256].into_iter().find(|divisor| {
        let mut program = program.clone();
        let model = program.model.clone();
        let Some(definition) = program.definitions.get_mut(&model) else { return false };
        for dim in free {
            let remainder = ExprKind::Binary(
                ast::BinaryOp::Remainder,
                Box::new(name(ExprKind::Name(dim.name.clone()))),
                Box::new(name(ExprKind::Int(*divisor))),
            );
            let left = ExprKind::Int(remainder_of_paper(dim, *divisor));
            let condition = ExprKind::Binary(ast::BinaryOp::Equal, Box::new(name(remainder)), Box::new(name(left)));
            let kind = NodeKind::Require { condition: name(condition), message: None };
            let node = Node { kind, span: Span::default(), comments: Vec::new(), trailing: None, paragraph: false };
            definition.body.insert(0, node);
        }
        let walked = walk_model(&program, configuration, true, &mut super::infer::Nothing);
        walked.is_ok_and(|walked| walked.findings.is_empty())
    })
}

/// What is left of the size in the paper when it is divided: any other size that leaves the same behaves alike.
fn remainder_of_paper(dim: &super::infer::FreeDim, divisor: i64) -> i64 {
    dim.default.unwrap_or(0).rem_euclid(divisor)
}

/// Says that a finding is about free sizes, not about the paper's.
fn for_all_sizes(mut finding: Diagnostic, free: &[super::infer::FreeDim], divisor: Option<i64>) -> Diagnostic {
    let names: Vec<String> = free.iter().map(|dim| format!("`{}`", dim.name)).collect();
    let names = names.join(" and ");
    finding.help.retain(|help| !help.starts_with("sizes with names"));
    finding.help(match divisor {
        Some(divisor) => {
            let line = |dim: &super::infer::FreeDim| {
                format!("`require {} % {divisor} == {}`", dim.name, remainder_of_paper(dim, divisor))
            };
            let lines: Vec<String> = free.iter().map(line).collect();
            format!("it holds at the size written in the header, but not for every {names}: add {}", lines.join(" and "))
        }
        None => format!("it holds at the size written in the header, but not for every {names}: fix the size, or make the sizes meet"),
    })
}

/// Values for the names in a claim.
struct ClaimScope(HashMap<String, Value>);

impl Scope for ClaimScope {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
    fn attribute(&self, tensor: &Name, _: &Name) -> Result<Value, Diagnostic> {
        Err(Diagnostic::error(codes::TENSOR_OR_NUMBER, "a claim is made of hyperparameters")
            .at(tensor.span, "a tensor"))
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
        let NodeKind::Claim { quantity, row, relation, value } = &node.kind else { continue };
        let claimed = match evaluate(value, &scope) {
            Ok(claimed) => claimed,
            Err(finding) => {
                findings.push(*finding);
                continue;
            }
        };
        let Some(number) = claimed.as_number() else {
            let message = format!("a claim is a number, found {}", claimed.kind());
            findings.push(Diagnostic::error(codes::WRONG_TYPE, message).at(value.span, format!("this is {claimed}")));
            continue;
        };
        let found = match (quantity, row) {
            (Quantity::Params, None) => Dim::Constant(summary.params),
            (Quantity::Macs, None) => summary.macs.clone(),
            (_, Some(row)) => summary.of(row).fold(Dim::ZERO, |total, line| sum(&total, line.cost(*quantity))),
        };
        let Some(found) = found.constant() else {
            let free = free_dims(program.model());
            let names: Vec<String> =
                free.iter().filter(|dim| dim.default.is_none()).map(|dim| format!("`{}`", dim.name)).collect();
            let mut finding = Diagnostic::error(
                codes::CLAIM,
                format!("the {} depend on {}: {found}", quantity.word(), names.join(" and ")),
            )
            .at(node.span, "cannot be compared with a number");
            for dim in free.iter().filter(|dim| dim.default.is_none()) {
                finding = finding.because(dim.span, "free, and without a value");
            }
            findings.push(finding.help("give each free size of the header its value in the paper, as in `H = 224`"));
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
        if !holds && findings.len() < limits::CONSEQUENCES {
            findings.push(wrong_claim(node, number, found, summary));
        }
    }
    findings
}

fn wrong_claim(node: &Node, claimed: f64, found: i64, summary: &Summary) -> Diagnostic {
    let NodeKind::Claim { quantity, row, relation, value } = &node.kind else {
        return Diagnostic::error(codes::CLAIM, "a claim does not hold").at(node.span, "claimed here");
    };
    let (quantity, span) = (*quantity, node.span);
    let word = quantity.word();
    let difference = found as f64 - claimed;
    let (sign, size) = if difference < 0.0 { ("fewer", -difference) } else { ("more", difference) };
    let share = 100.0 * size / claimed.abs().max(1.0);
    let share = match share {
        share if (0.01..1000.0).contains(&share) => format!(" ({share:.2} %)").replace(".00 %", " %"),
        _ => String::new(),
    };
    let mut finding = Diagnostic::error(
        codes::CLAIM,
        format!(
            "the {word}{} are claimed to be {}, but are {}",
            row.as_ref().map_or_else(String::new, |row| format!(" of `{}`", row.name)),
            grouped(claimed.round() as i64),
            grouped(found)
        ),
    )
    .at(span, format!("{} {sign} than claimed{share}", grouped(size.round() as i64)));
    if let Some(reason) = binary(value, found) {
        finding = finding.help(reason);
    } else if let Some(reason) = reason(quantity, claimed, found, summary).filter(|_| row.is_none()) {
        finding = finding.help(reason);
    }
    match (relation, &value.kind) {
        (Relation::Equal, ExprKind::Quantity { text, .. }) => {
            finding = finding.help(format!("`=` compares at the precision written, {text}; `~` accepts 2 %"));
        }
        (Relation::About, _) => finding = finding.help("`~` accepts 2 %"),
        _ => {}
    }
    let mut lines: Vec<(&LineSummary, i64)> = summary
        .lines
        .iter()
        .filter(|line| row.as_ref().is_none_or(|row| line.belongs_to(row)))
        .filter_map(|line| line.cost(quantity).constant().filter(|cost| *cost > 0).map(|cost| (line, cost)))
        .collect();
    lines.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
    for (line, cost) in lines.into_iter().take(3) {
        finding = finding.because(line.start, format!("{} of them", grouped(cost)));
    }
    finding
}

/// Some papers' K is 1,024, also where they count parameters.
fn binary(value: &Expr, found: i64) -> Option<String> {
    let ExprKind::Quantity { value: claimed, unit, text } = &value.kind else { return None };
    let power = match text.chars().last()? {
        'k' => 1,
        'M' => 2,
        _ => 3,
    };
    let ratio = 1.024_f64.powi(power);
    // A figure of one digit fits almost anything.
    let fits = claimed / unit >= 50.0 && (found as f64 - claimed * ratio).abs() <= unit * ratio / 2.0;
    let number = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let product = vec!["1,024"; power as usize].join(" * ");
    fits.then(|| format!("counted in units of 1,024 it holds: write `~ {number} * {product}`"))
}

/// What people count otherwise, if it is exactly the difference.
fn reason(quantity: Quantity, claimed: f64, found: i64, summary: &Summary) -> Option<String> {
    if quantity == Quantity::Macs {
        let ratio = claimed / found.max(1) as f64;
        return (1.96..=2.04).contains(&ratio).then(|| {
            "the claim is about twice as much: were multiplications and additions counted one by one, as FLOPs?"
                .to_owned()
        });
    }
    let missing = claimed.round() as i64 - found;
    let total = |wanted: &dyn Fn(&str, &str, bool) -> bool| {
        let kinds = summary.kinds.iter().filter(|((pattern, weight), (_, trained))| wanted(pattern, weight, *trained));
        kinds.map(|(_, (elements, _))| elements.constant()).try_fold(0_i64, |sum, elements| sum.checked_add(elements?))
    };
    let is = |amount: Option<i64>, difference: i64| difference > 0 && amount == Some(difference);
    if is(total(&|_, _, trained| !trained), missing) {
        return Some("the difference is exactly the running statistics, which are not trained: was the total of a framework's summary claimed?".into());
    }
    let biases = |weight: &str| weight == "bias" || weight.ends_with("_bias");
    if is(total(&|_, weight, _| biases(weight)), -missing) {
        return Some(
            "the difference is exactly the biases: does the paper leave them away (`bias=false`), or not count them?"
                .into(),
        );
    }
    for pattern in summary.kinds.keys().map(|(pattern, _)| pattern.as_str()).collect::<indexmap::IndexSet<_>>() {
        if is(total(&|other, _, trained| trained && other == pattern), -missing) {
            return Some(format!("the difference is exactly the parameters of every `{pattern}`"));
        }
        if is(total(&|other, weight, _| other == pattern && biases(weight)), -missing) {
            return Some(format!("the difference is exactly the biases of every `{pattern}`: `bias=false`?"));
        }
    }
    let line = summary
        .lines
        .iter()
        .find(|line| line.params.constant().is_some_and(|params| params == missing.abs() && params > 0))?;
    let how = if missing > 0 { "as if it were counted twice" } else { "as if it were not counted" };
    Some(format!("the difference is exactly the parameters of the line `{}`, {how}", line.name))
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
    pub applied: HashMap<StageId, Arc<Applied>>,
    /// The sizes that `tensor.attribute` stands for, by the attribute's place.
    pub attributes: HashMap<Span, (Tensor, Value)>,
    /// Hyperparameters as they are in one of its instances: their types.
    pub sample: HashMap<String, Value>,
    /// Whether a free size of the model decides how something is built, here or in any other definition.
    pub reads_free_sizes: bool,
}

/// Notices whether a free size is read as a number.
#[derive(Default)]
struct Reads(bool);

impl Observer for Reads {
    fn pattern(&mut self, event: &PatternEvent<'_>) {
        self.0 |= event.applied.arguments.iter().any(|value| !known(value));
    }
    fn attribute(&mut self, _: usize, _: Span, _: &Tensor, value: &Value) {
        self.0 |= !known(value);
    }
}

/// Whether a value is a known number, or made of such.
fn known(value: &Value) -> bool {
    match value {
        Value::Int(size) => size.constant().is_some(),
        Value::List(items) => items.iter().all(known),
        Value::Float(_) | Value::Bool(_) | Value::Word(_) => true,
        Value::Unknown => false,
    }
}

/// Whether a free size of the model decides how something is built: it is a hyperparameter somewhere, or a number in arithmetic.
fn reads_free_sizes(program: &Program, configuration: &Configuration, summary: Option<&Summary>) -> bool {
    let free = free_dims(program.model());
    if free.is_empty() {
        return false;
    }
    let read = summary.and_then(|summary| summary.reads).unwrap_or_else(|| {
        let symbolic = Configuration { symbolic: true, sizes: HashMap::default(), ..configuration.clone() };
        let mut reads = Reads::default();
        let _ = walk_model(program, &symbolic, false, &mut reads);
        reads.0
    });
    fn in_arithmetic(operand: &Operand, free: &[super::infer::FreeDim]) -> bool {
        match operand {
            Operand::Tensor { .. } => false,
            Operand::Number(expr) => {
                let mut found = false;
                super::infer::collect(expr, &mut |name| found |= free.iter().any(|dim| dim.name == name));
                found
            }
            Operand::Arithmetic { left, right, .. } => in_arithmetic(left, free) || in_arithmetic(right, free),
        }
    }
    fn in_body(body: &[Node], free: &[super::infer::FreeDim]) -> bool {
        body.iter().any(|node| match &node.kind {
            NodeKind::Flow(flow) => flow.inputs.iter().any(|operand| in_arithmetic(operand, free)),
            NodeKind::Repeat { body, .. } => in_body(body, free),
            NodeKind::If { arms, .. } => arms.iter().any(|arm| in_body(&arm.body, free)),
            _ => false,
        })
    }
    read || in_body(&program.model().body, &free)
}

impl Observer for Form {
    fn pattern(&mut self, event: &PatternEvent<'_>) {
        if event.depth == 0 {
            self.applied.insert(event.id, Arc::clone(event.applied));
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

/// How definitions are used.
#[derive(Clone, Debug, Default)]
struct Samples {
    /// Each definition's first instance.
    first: HashMap<String, Sample>,
    /// Definitions with inputs of another kind than those.
    others: IndexMap<String, Vec<Stream>>,
    /// Hyperparameters, by definition and name, that are a list in one place and a number or another list elsewhere.
    lists: BTreeMap<(String, String), (Value, Option<Span>)>,
}

/// An instance of a definition.
#[derive(Clone, Debug)]
struct Sample {
    values: HashMap<String, Value>,
    inputs: Vec<Stream>,
    /// Where it is used.
    site: Option<Span>,
}

impl Observer for Samples {
    fn enter(&mut self, event: &EnterEvent<'_>) {
        let kinds = |streams: &[Stream]| -> Vec<_> {
            streams
                .iter()
                .map(|stream| {
                    stream.tensor.as_ref().map(|tensor| (tensor.layout, tensor.dims.len(), tensor.data.is_int()))
                })
                .collect()
        };
        let Some(first) = self.first.get(event.definition) else {
            let EnterEvent { values, inputs, site, .. } = *event;
            let sample = Sample { values: values.clone(), inputs: inputs.to_vec(), site };
            self.first.insert(event.definition.to_owned(), sample);
            return;
        };
        if kinds(&first.inputs) != kinds(event.inputs) {
            self.others.entry(event.definition.to_owned()).or_insert_with(|| event.inputs.to_vec());
        }
        let items = |value: &Value| match value {
            Value::List(items) => Some(items.len()),
            _ => None,
        };
        for (name, value) in event.values {
            if first.values.get(name).is_some_and(|first| items(first) != items(value)) {
                let key = (event.definition.to_owned(), name.clone());
                self.lists.entry(key).or_insert_with(|| (value.clone(), event.site));
            }
        }
    }
}

/// Looks at every definition on its own, in the order of the program; how they are used is asked of the summary, if there is one in
/// this configuration.
///
/// # Errors
/// A block whose instances are so different that one class or function can't serve them all.
pub fn forms(
    program: &Program,
    configuration: &Configuration,
    summary: Option<&Summary>,
) -> Result<IndexMap<String, Form>, Vec<Diagnostic>> {
    let mut found = Samples::default();
    let samples = match summary {
        Some(summary) => &summary.samples,
        None => {
            walk_model(program, configuration, false, &mut found)?;
            &found
        }
    };
    let mut findings = Vec::new();
    for (name, inputs) in &samples.others {
        let definition = &program.definitions[name];
        let shapes: Vec<String> =
            inputs.iter().filter_map(|stream| stream.tensor.as_ref().map(ToString::to_string)).collect();
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
    for ((name, hyperparameter), (value, site)) in &samples.lists {
        let (definition, first) = (&program.definitions[name], &samples.first[name]);
        let Some(declared) = definition.parameter(hyperparameter) else { continue };
        let before = &first.values[hyperparameter];
        let message = format!(
            "`{hyperparameter}` of `{name}` is {before} in one place and {value} in another: one class or function cannot serve both"
        );
        let mut finding = Diagnostic::error(codes::NOT_EXPRESSIBLE, message)
            .at(declared.span, "a number everywhere, or a list of as many everywhere");
        for (value, site) in [(before, first.site), (value, *site)] {
            if let Some(site) = site {
                finding = finding.because(site, format!("{value} here"));
            }
        }
        findings.push(finding.help("write a list in each place, or two blocks"));
    }
    let mut forms = IndexMap::default();
    let reads_free_sizes = reads_free_sizes(program, configuration, summary);
    for (name, definition) in &program.definitions {
        let Some(Sample { values, inputs: streams, .. }) = samples.first.get(name) else { continue };
        let mut form = Form { sample: values.clone(), reads_free_sizes, ..Form::default() };
        let symbols: HashMap<String, Value> = values
            .iter()
            .filter(|(name, _)| definition.parameter(name).is_some())
            .map(|(name, value)| {
                let value = match value {
                    Value::Int(_) => Value::Int(Dim::parameter(name)),
                    Value::Float(_) | Value::Bool(_) | Value::Word(_) | Value::List(_) | Value::Unknown => {
                        Value::Unknown
                    }
                };
                (name.clone(), value)
            })
            .collect();
        let free = if definition.kind == DefinitionKind::Model { free_dims(definition) } else { Vec::new() };
        let inputs = definition.inputs.iter().zip(streams).map(|(declared, stream)| {
            let tensor = stream.tensor.as_ref().map(|tensor| {
                let dims =
                    (0..tensor.dims.len()).map(|axis| symbolic_size(declared, tensor, axis, &symbols, &free)).collect();
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
                return Dim::congruent(name, dim.divisor, dim.remainder);
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
    pub bounds: Bounds,
    /// Whether something behaves differently in training mode.
    pub depends_on_training: bool,
}

impl Observer for Plan {
    fn wants_paths(&self) -> bool {
        true
    }
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

/// What the integers of inputs are below, by the inputs' names.
pub type Bounds = HashMap<String, i64>;

/// What enters a model: the types of its inputs, and the bounds of those that are integers.
///
/// # Errors
/// What [`configure`] finds.
pub fn entering(program: &Program, configuration: &Configuration) -> Result<(Vec<Tensor>, Bounds), Vec<Diagnostic>> {
    let (values, inputs) = configure(program, configuration)?;
    let mut bounds = Bounds::default();
    for input in &program.model().inputs {
        if let Some(bound) = input.bound.as_ref().and_then(|bound| evaluate(bound, &ClaimScope(values.clone())).ok()) {
            bounds.insert(input.name.clone(), bound.as_int().unwrap_or(1));
        }
    }
    Ok((inputs.into_iter().filter_map(|stream| stream.tensor).collect(), bounds))
}

/// Plans a run.
///
/// # Errors
/// Everything that is wrong with the program in this configuration.
pub fn plan(program: &Program, configuration: &Configuration) -> Result<Plan, Vec<Diagnostic>> {
    let (inputs, bounds) = entering(program, configuration)?;
    let mut plan = Plan { inputs, bounds, ..Plan::default() };
    let walked = walk_model(program, configuration, false, &mut plan)?;
    if walked.findings.iter().any(Diagnostic::is_error) {
        return Err(walked.findings);
    }
    plan.outputs = walked.outputs.unwrap_or_default();
    Ok(plan)
}
