//! Programs made of programs: with every line reported, without randomness.

use super::*;
use crate::span::Sources;
use crate::syntax::ast::ExprKind;

/// Puts a tap behind every line: the same program, reporting each line's value.
#[must_use]
pub fn with_taps(program: &Program, sources: &Sources) -> Program {
    let mut program = program.clone();
    let mut next = program.stages;
    let in_loops = program.in_loops();
    for definition in program.definitions.values_mut().filter(|definition| !in_loops.contains(&definition.name)) {
        tap_body(&mut definition.body, sources, &mut next);
    }
    program.stages = next;
    program
}

fn tap(next: &mut usize, sources: &Sources, span: Span, slot: usize) -> Stage {
    *next += 1;
    let kind = StageKind::Tap { line: sources.line(span), slot };
    Stage { id: *next - 1, kind, span, comment: None, line_end: false }
}

fn tap_body(body: &mut Vec<Node>, sources: &Sources, next: &mut usize) {
    let mut tapped = Vec::with_capacity(body.len());
    for mut node in body.drain(..) {
        let mut behind = Vec::new();
        match &mut node.kind {
            NodeKind::Flow(flow) => {
                let end = flow.stages.last().map_or(node.span, |stage| stage.span);
                let mut stages = Vec::with_capacity(flow.stages.len() + 1);
                let count = flow.stages.len();
                for (at, stage) in flow.stages.drain(..).enumerate() {
                    let line_end = stage.line_end && at + 1 < count;
                    let span = stage.span;
                    stages.push(stage);
                    if line_end {
                        stages.push(tap(next, sources, span, 0));
                    }
                }
                flow.stages = stages;
                match flow.targets.as_slice() {
                    [Target { name: Some(_), .. }] => flow.stages.push(tap(next, sources, end, 0)),
                    targets => {
                        for (slot, target) in targets.iter().enumerate() {
                            let Some(name) = &target.name else { continue };
                            let flow = Flow {
                                targets: vec![Target { name: Some(name.clone()), claim: None, span: target.span }],
                                inputs: vec![Operand::Tensor { name: name.clone(), span: target.span }],
                                stages: vec![tap(next, sources, end, slot)],
                            };
                            behind.push(Node {
                                kind: NodeKind::Flow(flow),
                                span: node.span,
                                comments: Vec::new(),
                                trailing: None,
                                paragraph: false,
                            });
                        }
                    }
                }
            }
            NodeKind::Repeat { body, .. } => tap_body(body, sources, next),
            NodeKind::If { arms, .. } => arms.iter_mut().for_each(|arm| tap_body(&mut arm.body, sources, next)),
            NodeKind::Let { .. }
            | NodeKind::Shared { .. }
            | NodeKind::Require { .. }
            | NodeKind::Claim { .. }
            | NodeKind::Remark => {}
        }
        tapped.push(node);
        tapped.extend(behind);
    }
    *body = tapped;
}

/// Sets the parameter of every random pattern to 0, so that training mode can be compared.
#[must_use]
pub fn without_randomness(program: &Program) -> Program {
    let mut program = program.clone();
    for definition in program.definitions.values_mut() {
        calm_body(&mut definition.body);
    }
    program
}

fn calm_body(body: &mut [Node]) {
    for node in body {
        match &mut node.kind {
            NodeKind::Flow(Flow { stages, .. }) | NodeKind::Shared { stages, .. } => {
                stages.iter_mut().for_each(calm_stage)
            }
            NodeKind::Repeat { body, .. } => calm_body(body),
            NodeKind::If { arms, .. } => arms.iter_mut().for_each(|arm| calm_body(&mut arm.body)),
            NodeKind::Let { .. } | NodeKind::Require { .. } | NodeKind::Claim { .. } | NodeKind::Remark => {}
        }
    }
}

fn calm_stage(stage: &mut Stage) {
    match &mut stage.kind {
        StageKind::Pattern { pattern, arguments } => {
            if let Some((random, calm)) = pattern.random() {
                let zero = Expr { kind: ExprKind::Float { value: 0.0, text: "0.0".into() }, span: stage.span };
                let calm = calm.and_then(|calm| {
                    let written = arguments.iter().find(|(parameter, _)| *parameter == calm).map(|(_, expr)| expr);
                    written.or(pattern.parameters[calm].default.as_ref()).cloned()
                });
                arguments.retain(|(parameter, _)| *parameter != random);
                arguments.push((random, calm.unwrap_or(zero)));
            }
        }
        StageKind::Choice { then, otherwise, .. } => {
            calm_stage(then);
            calm_stage(otherwise);
        }
        _ => {}
    }
}
