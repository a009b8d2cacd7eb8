//! The IR as JSON.
//!
//! `{"hexapla_ir": 1, "spec", "model", "definitions": [..]}`. Every definition, line, stage, comment, attribute and span is there, in the
//! order of the program (callees before their callers). Expressions are given as the formatter writes them, with their value in the paper's
//! configuration where there is one.
//!
//! The version counts up when something is renamed or removed, not when something is added.
//!
//! Architecture Invariant: a view. It adds nothing that could not be found out from the program.

use super::analyse::{Form, forms};
use super::infer::{Configuration, Observer, configure, free_dims, walk_model};
use super::{Arm, BlockArgument, Definition, Flow, Input, Node, NodeKind, Operand, Program, Stage, StageId, StageKind};
use crate::diagnostic::Diagnostic;
use crate::hash::{HashMap, IndexMap};
use crate::ops::evaluate::{Scope, evaluate};
use crate::ops::{Applied, Flow as Stream, Tensor, Value};
use crate::span::{Sources, Span};
use crate::syntax::ast::{self, DefinitionKind, Expr, Name, Relation};
use crate::syntax::print;
use serde_json::{Map, Value as Json, json};

/// The version of the format.
pub const VERSION: u32 = 1;

/// How many different shapes are listed for a stage that is met in many places.
const INSTANCES: usize = 32;

/// The program as JSON.
#[must_use]
pub fn dump(program: &Program, configuration: &Configuration, sources: &Sources) -> Json {
    let mut met = Met::default();
    // What is wrong in this configuration is told by a check; here the shapes are then not known.
    let _ = walk_model(program, configuration, false, &mut met);
    let forms = forms(program, configuration, None).unwrap_or_default();
    let values = configure(program, configuration).map(|(values, _)| values).unwrap_or_default();
    let dump = Dump { sources, forms: &forms, met: &met };
    let definitions: Vec<Json> = program
        .definitions
        .iter()
        .map(|(name, definition)| {
            let values = if *name == program.model { values.clone() } else { HashMap::default() };
            dump.definition(name, definition, values)
        })
        .collect();
    json!({
        "hexapla_ir": VERSION,
        "files": sources.iter().map(|(_, file)| &file.name).collect::<Vec<_>>(),
        "model": program.model,
        "sizes": free_dims(program.model()).into_iter().map(|dim| json!({
            "name": dim.name,
            "default": dim.default,
            "divisor": dim.divisor,
            "remainder": dim.remainder,
            "span": dump.span(dim.span),
        })).collect::<Vec<_>>(),
        "definitions": definitions,
    })
}

/// The shapes that each stage meets in a configuration, each pair once.
#[derive(Default)]
struct Met(HashMap<StageId, Vec<Meeting>>);

/// What entered a stage and what left it.
type Meeting = (Vec<Option<Tensor>>, Vec<Tensor>);

impl Observer for Met {
    fn stage(&mut self, _: usize, id: StageId, inputs: &[Stream], outputs: &[Tensor]) {
        let seen = self.0.entry(id).or_default();
        let inputs = || inputs.iter().map(|stream| &stream.tensor);
        let known = seen.iter().any(|(before, after)| after == outputs && before.iter().eq(inputs()));
        if !known && seen.len() < INSTANCES {
            seen.push((inputs().cloned().collect(), outputs.to_vec()));
        }
    }
}

struct Dump<'a> {
    sources: &'a Sources,
    forms: &'a IndexMap<String, Form>,
    met: &'a Met,
}

/// A definition that is being written: what its names stand for.
struct Frame<'a> {
    form: Option<&'a Form>,
    values: HashMap<String, Value>,
}

impl Scope for Frame<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }
    fn attribute(&self, _: &Name, _: &Name) -> Result<Value, Diagnostic> {
        Ok(Value::Unknown)
    }
}

impl<'a> Dump<'a> {
    fn span(&self, span: Span) -> Json {
        let file = self.sources.file(span.file);
        let ((line, column), (end_line, end_column)) = (file.line_column(span.start), file.line_column(span.end));
        json!({ "file": file.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column })
    }

    fn definition(&self, key: &str, definition: &Definition, mut values: HashMap<String, Value>) -> Json {
        for parameter in &definition.parameters {
            values.entry(parameter.name.clone()).or_insert(Value::Unknown);
        }
        let mut frame = Frame { form: self.forms.get(key), values };
        let parameters: Vec<Json> = definition
            .parameters
            .iter()
            .map(|parameter| {
                json!({
                    "name": parameter.name,
                    "default": parameter.default.as_ref().map(|default| self.expr(default, &frame)),
                    "span": self.span(parameter.span),
                })
            })
            .collect();
        let inputs: Vec<Json> =
            definition.inputs.iter().enumerate().map(|(at, input)| self.input(at, input, &frame)).collect();
        for dim in definition.inputs.iter().filter_map(|input| input.shape.as_ref()).flat_map(|shape| &shape.dims) {
            if let ast::ExprKind::Name(name) = &dim.value.kind {
                frame.values.entry(name.clone()).or_insert(Value::Unknown);
            }
        }
        let outputs: Vec<Json> = definition
            .outputs
            .iter()
            .enumerate()
            .map(|(at, (name, span))| {
                let form = frame.form.and_then(|form| form.outputs.get(at));
                json!({ "name": name, "form": form, "span": self.span(*span) })
            })
            .collect();
        json!({
            "name": key,
            "kind": match definition.kind { DefinitionKind::Model => "model", DefinitionKind::Block => "block" },
            "doc": definition.doc,
            "parameters": parameters,
            "inputs": inputs,
            "outputs": outputs,
            "body": self.body(&definition.body, &mut frame),
            "span": self.span(definition.header),
        })
    }

    fn input(&self, at: usize, input: &Input, frame: &Frame<'_>) -> Json {
        let form = frame.form.and_then(|form| form.inputs.get(at)).and_then(|stream| stream.tensor.as_ref());
        json!({
            "name": input.name,
            "shape": input.shape.as_ref().map(print::shape),
            "int": input.int,
            "bound": input.bound.as_ref().map(|bound| self.expr(bound, frame)),
            "form": form,
            "span": self.span(input.span),
        })
    }

    fn expr(&self, expr: &Expr, frame: &Frame<'_>) -> Json {
        let mut value = json!({ "text": print::expression(expr) });
        if let Some(known) = evaluate(expr, frame).ok().filter(is_known) {
            value["value"] = json!(known);
        }
        value["span"] = self.span(expr.span);
        value
    }

    fn body(&self, body: &[Node], frame: &mut Frame<'_>) -> Vec<Json> {
        body.iter().map(|node| self.node(node, frame)).collect()
    }

    fn node(&self, node: &Node, frame: &mut Frame<'_>) -> Json {
        let mut object = match &node.kind {
            NodeKind::Let { name, value } => {
                let known = evaluate(value, frame).ok().filter(is_known).unwrap_or(Value::Unknown);
                let object = json!({ "kind": "let", "name": name, "value": self.expr(value, frame) });
                frame.values.insert(name.clone(), known);
                object
            }
            NodeKind::Flow(flow) => self.flow(flow, frame),
            NodeKind::Shared { name, stages } => {
                json!({ "kind": "shared", "name": name, "stages": self.stages(stages, frame) })
            }
            NodeKind::Repeat { label, index, count, body, carried } => {
                let count = self.expr(count, frame);
                if let Some(index) = index {
                    frame.values.insert(index.clone(), Value::Unknown);
                }
                // What one round computes, another computes anew.
                for node in body {
                    if let NodeKind::Let { name, .. } = &node.kind {
                        frame.values.insert(name.clone(), Value::Unknown);
                    }
                }
                json!({
                    "kind": "repeat", "label": label, "index": index, "count": count, "carried": carried,
                    "body": self.body(body, frame),
                })
            }
            NodeKind::If { arms, joined } => {
                let arm = |arm: &Arm, frame: &mut Frame<'_>| {
                    json!({
                        "condition": arm.condition.as_ref().map(|condition| self.expr(condition, frame)),
                        "body": self.body(&arm.body, frame),
                        "span": self.span(arm.span),
                        "trailing": arm.trailing,
                    })
                };
                let arms: Vec<Json> = arms.iter().map(|one| arm(one, frame)).collect();
                json!({ "kind": "if", "joined": joined, "arms": arms })
            }
            NodeKind::Require { condition, message } => {
                json!({ "kind": "require", "condition": self.expr(condition, frame), "message": message })
            }
            NodeKind::Claim { quantity, row, relation, value } => json!({
                "kind": "claim",
                "quantity": quantity.word(),
                "row": row.as_ref().map(|row| &row.name),
                "relation": match relation { Relation::Equal => "=", Relation::About => "~" },
                "value": self.expr(value, frame),
            }),
            NodeKind::Remark => json!({ "kind": "remark" }),
        };
        object["span"] = self.span(node.span);
        object["comments"] = json!(node.comments);
        object["trailing"] = json!(node.trailing);
        object["paragraph"] = json!(node.paragraph);
        object
    }

    fn flow(&self, flow: &Flow, frame: &Frame<'_>) -> Json {
        let targets: Vec<Json> = flow
            .targets
            .iter()
            .map(|target| {
                let claim = target.claim.as_ref().map(|claim| {
                    json!({
                        "dims": claim.dims.iter().map(|dim| self.expr(&dim.value, frame)).collect::<Vec<_>>(),
                        "span": self.span(claim.span),
                    })
                });
                json!({ "name": target.name, "claim": claim, "span": self.span(target.span) })
            })
            .collect();
        let inputs: Vec<Json> = flow.inputs.iter().map(|operand| self.operand(operand, frame)).collect();
        json!({ "kind": "flow", "targets": targets, "inputs": inputs, "stages": self.stages(&flow.stages, frame) })
    }

    fn operand(&self, operand: &Operand, frame: &Frame<'_>) -> Json {
        match operand {
            Operand::Tensor { name, span } => json!({ "kind": "tensor", "name": name, "span": self.span(*span) }),
            Operand::Number(expr) => json!({ "kind": "number", "value": self.expr(expr, frame) }),
            Operand::Arithmetic { stage, left, right } => json!({
                "kind": "arithmetic",
                "stage": self.stage(stage, frame),
                "left": self.operand(left, frame),
                "right": self.operand(right, frame),
            }),
        }
    }

    fn stages(&self, stages: &[Stage], frame: &Frame<'_>) -> Vec<Json> {
        stages.iter().map(|stage| self.stage(stage, frame)).collect()
    }

    fn stage(&self, stage: &Stage, frame: &Frame<'_>) -> Json {
        let mut object = json!({ "id": stage.id });
        match &stage.kind {
            StageKind::Pattern { pattern, arguments } => {
                let written: Vec<Json> = arguments
                    .iter()
                    .map(|(at, value)| {
                        json!({ "name": pattern.parameters.get(*at).map(|one| &one.name), "value": self.expr(value, frame) })
                    })
                    .collect();
                object["kind"] = json!("pattern");
                object["pattern"] = json!(pattern.name);
                object["arguments"] = json!(written);
                if let Some(applied) = frame.form.and_then(|form| form.applied.get(&stage.id)) {
                    let names = pattern.parameters.iter().map(|parameter| parameter.name.as_str());
                    object["parameters"] = parameters(names, applied);
                    object["weights"] = weights(applied);
                    object["macs"] = json!(applied.macs);
                }
            }
            StageKind::Block { name, arguments } => {
                let argument = |argument: &BlockArgument| json!({ "name": argument.name, "value": self.expr(&argument.value, frame), "named": argument.named });
                object["kind"] = json!("block");
                object["block"] = json!(name);
                object["arguments"] = arguments.iter().map(argument).collect();
            }
            StageKind::Shared { name } => {
                object["kind"] = json!("shared");
                object["shared"] = json!(name);
            }
            StageKind::Identity => object["kind"] = json!("identity"),
            StageKind::Choice { condition, then, otherwise } => {
                object["kind"] = json!("choice");
                object["condition"] = self.expr(condition, frame);
                object["then"] = self.stage(then, frame);
                object["otherwise"] = self.stage(otherwise, frame);
            }
            StageKind::Tap { line, slot } => {
                object["kind"] = json!("tap");
                object["tap"] = json!({ "line": line, "slot": slot });
            }
        }
        if let Some(form) = frame.form.and_then(|form| form.stages.get(&stage.id)) {
            let inputs: Vec<_> = form.inputs.iter().map(|stream| &stream.tensor).collect();
            object["form"] = json!({ "inputs": inputs, "outputs": form.outputs });
        }
        if let Some(met) = self.met.0.get(&stage.id) {
            let met = met.iter().map(|(inputs, outputs)| json!({ "inputs": inputs, "outputs": outputs }));
            object["instances"] = met.collect();
        }
        object["comment"] = json!(stage.comment);
        object["line_end"] = json!(stage.line_end);
        object["span"] = self.span(stage.span);
        object
    }
}

fn is_known(value: &Value) -> bool {
    match value {
        Value::Unknown => false,
        Value::Int(dim) => dim.constant().is_some(),
        Value::List(values) => values.iter().all(is_known),
        Value::Float(_) | Value::Bool(_) | Value::Word(_) => true,
    }
}

/// All hyperparameters of an application with their values, defaults included.
fn parameters<'n>(names: impl Iterator<Item = &'n str>, applied: &Applied) -> Json {
    let object: Map<String, Json> =
        names.zip(&applied.arguments).map(|(name, value)| (name.to_owned(), json!(value))).collect();
    Json::Object(object)
}

fn weights(applied: &Applied) -> Json {
    applied
        .weights
        .iter()
        .map(|weight| json!({ "name": weight.name, "shape": weight.shape, "trainable": weight.trainable, "initial": weight.initial }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::lower::lower;

    const SPEC: &str = "\
/// A doc comment.
model M(classes = 10): image[3, H = 8, 8] -> y {
    // Above.
    wide = 2 * classes
    (a, _) = image -> conv(wide, 3x3) -> max_pool(2x2) // behind
    repeat 2 as stage[i] {
        a = a -> same(deep=true)
    }
    y = a -> (relu if classes > 3 else tanh)
    claim params ~ 1k
}
block same(deep): x -> y {
    mid = x.channels
    if deep { y = x -> conv(mid, 1x1, bias=false) } else { y = x }
}
";

    fn dumped() -> Json {
        let mut sources = Sources::default();
        let main = sources.add("m.arch", SPEC);
        let (program, findings) = lower(main, &mut sources, &mut |_, _| Err("none".into()));
        let program = program.unwrap_or_else(|| panic!("{findings:?}"));
        dump(&program, &Configuration::default(), &sources)
    }

    #[test]
    fn everything_is_kept() {
        let dumped = dumped();
        assert_eq!(dumped["hexapla_ir"], json!(1));
        let [block, model] = dumped["definitions"].as_array().expect("a list").as_slice() else { panic!("{dumped:#}") };
        assert_eq!(
            (&block["name"], &model["name"], &model["doc"]),
            (&json!("same"), &json!("M"), &json!(["A doc comment."]))
        );
        let body = &model["body"];
        assert_eq!(body[0]["comments"], json!(["Above."]));
        assert_eq!(body[0]["value"]["text"], json!("2 * classes"));
        assert_eq!(body[0]["value"]["value"], json!(20));
        let conv = &body[1]["stages"][0];
        assert_eq!((&conv["pattern"], &conv["parameters"]["padding"]), (&json!("conv"), &json!("same")));
        assert_eq!(conv["arguments"][0]["value"]["value"], json!(20));
        assert_eq!(conv["instances"][0]["outputs"][0]["shape"], json!([20, 8, 8]));
        assert_eq!(conv["span"]["line"], json!(5));
        assert_eq!(body[1]["trailing"], json!("behind"));
        assert_eq!(body[2]["body"][0]["stages"][0]["arguments"][0]["value"]["value"], json!(true));
        assert_eq!(body[3]["stages"][0]["then"]["pattern"], json!("relu"));
        assert_eq!(body[4]["relation"], json!("~"));
    }

    #[test]
    fn a_block_has_symbols_and_instances() {
        let dumped = dumped();
        let stage = &dumped["definitions"][0]["body"][1]["arms"][0]["body"][0]["stages"][0];
        assert_eq!(stage["arguments"][0]["value"].get("value"), None, "`mid` is another number in each instance");
        assert_eq!(stage["form"]["outputs"][0]["shape"][0], json!("mid"));
        assert_eq!(stage["instances"].as_array().map(Vec::len), Some(1));
        assert_eq!(stage["instances"][0]["outputs"][0]["shape"], json!([20, 4, 4]));
    }
}
