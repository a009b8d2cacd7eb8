//! A model line by line: names, shapes, parameters, multiply-accumulates.

use super::table::{Align, Table};
use super::text::{STRONG, paint, short};
use crate::diagnostic::grouped;
use crate::dim::Dim;
use crate::foreign::visible;
use crate::ir::analyse::Summary;
use crate::ir::{Node, NodeKind, Program, Stage};
use crate::span::Sources;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The table with its totals.
#[must_use]
pub fn render(program: &Program, summary: &Summary, sources: &Sources, color: bool) -> String {
    let mut table = Table::new(&[
        ("line", Align::Right),
        ("name", Align::Left),
        ("shape", Align::Left),
        ("parameters", Align::Right),
        ("multiply-accumulates", Align::Right),
    ]);
    for line in &summary.lines {
        table.row([
            sources.line(line.span).to_string(),
            line.name.clone(),
            line.tensor.to_string(),
            amount(&line.params),
            amount(&line.macs),
        ]);
    }
    table.rule();
    let outputs: Vec<String> = summary.outputs.iter().map(ToString::to_string).collect();
    table.row([String::new(), String::new(), outputs.join(", "), grouped(summary.params), amount(&summary.macs)]);
    let title = paint(&program.model, STRONG, color);
    let doc = visible(program.model().doc.first().map_or("", String::as_str));
    let head = match doc.strip_prefix(&program.model) {
        // The paper's title often begins with the name.
        Some(rest) if !rest.starts_with(char::is_alphanumeric) => format!("{title}{rest}"),
        _ if doc.is_empty() => title,
        _ => format!("{title}: {doc}"),
    };
    format!("{head}\n\n{}", table.render(color))
}

fn amount(dim: &Dim) -> String {
    match dim.constant() {
        Some(0) => "-".into(),
        Some(number) => grouped(number),
        None => dim.to_string(),
    }
}

/// The same as data: `model`, `params`, `macs`, `lines`, `outputs`.
#[must_use]
pub fn to_json(program: &Program, summary: &Summary, sources: &Sources) -> Value {
    let lines: Vec<Value> = summary
        .lines
        .iter()
        .map(|line| {
            json!({
                "line": sources.line(line.span),
                "name": line.name,
                "shape": line.tensor.dims,
                "params": line.params,
                "macs": line.macs,
            })
        })
        .collect();
    let names = program.model().outputs.iter().map(|(name, _)| name);
    let outputs: Vec<Value> =
        names.zip(&summary.outputs).map(|(name, tensor)| json!({ "name": name, "shape": tensor.dims })).collect();
    json!({
        "model": program.model,
        "params": summary.params,
        "macs": summary.macs,
        "applications": summary.applications,
        "outputs": outputs,
        "lines": lines,
    })
}

/// How many lines of tensors, and how many claims, a spec has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines of the text on which tensors flow.
    pub lines: usize,
    /// Shapes on the left side, and `claim`s.
    pub claims: usize,
}

/// Counts what the program, its blocks included, consists of.
#[must_use]
pub fn counts(program: &Program, sources: &Sources) -> Counts {
    fn of_stages(stages: &[Stage], sources: &Sources, lines: &mut BTreeSet<(u32, u32)>) {
        lines.extend(stages.iter().map(|stage| (stage.span.file.0, sources.line(stage.span))));
    }
    fn of_body(body: &[Node], sources: &Sources, lines: &mut BTreeSet<(u32, u32)>, claims: &mut usize) {
        for node in body {
            match &node.kind {
                NodeKind::Flow(flow) => {
                    lines.insert((node.span.file.0, sources.line(node.span)));
                    of_stages(&flow.stages, sources, lines);
                    *claims += flow.targets.iter().filter(|target| target.claim.is_some()).count();
                }
                NodeKind::Shared { stages, .. } => of_stages(stages, sources, lines),
                NodeKind::Repeat { body, .. } => of_body(body, sources, lines, claims),
                NodeKind::If { arms, .. } => arms.iter().for_each(|arm| of_body(&arm.body, sources, lines, claims)),
                NodeKind::Claim { .. } => *claims += 1,
                NodeKind::Let { .. } | NodeKind::Require { .. } | NodeKind::Remark => {}
            }
        }
    }
    let (mut lines, mut claims) = (BTreeSet::new(), 0);
    for definition in program.definitions.values() {
        of_body(&definition.body, sources, &mut lines, &mut claims);
    }
    Counts { lines: lines.len(), claims }
}

/// `364,311 parameters, 1.96 G multiply-accumulates`.
#[must_use]
pub fn cost(summary: &Summary) -> String {
    let macs = summary.macs.constant().map_or_else(|| summary.macs.to_string(), short);
    format!("{} parameters, {macs} multiply-accumulates", grouped(summary.params))
}
