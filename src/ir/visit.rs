//! Every application of a pattern in a program, wherever it stands.
//!
//! Architecture Invariant: looks at each place of the text once; nothing is unrolled.

use super::{Flow, Node, NodeKind, Operand, Program, Stage, StageKind};
use crate::ops::Pattern;

impl Program {
    /// Calls `found` with every application of a pattern, definition by definition, in the order of the text.
    pub fn each_pattern(&self, found: &mut dyn FnMut(&Stage, &Pattern)) {
        for definition in self.definitions.values() {
            of_body(&definition.body, found);
        }
    }
}

fn of_body(body: &[Node], found: &mut dyn FnMut(&Stage, &Pattern)) {
    for node in body {
        match &node.kind {
            NodeKind::Flow(Flow { inputs, stages, .. }) => {
                inputs.iter().for_each(|operand| of_operand(operand, found));
                stages.iter().for_each(|stage| of_stage(stage, found));
            }
            NodeKind::Shared { stages, .. } => stages.iter().for_each(|stage| of_stage(stage, found)),
            NodeKind::Repeat { body, .. } => of_body(body, found),
            NodeKind::If { arms, .. } => arms.iter().for_each(|arm| of_body(&arm.body, found)),
            NodeKind::Let { .. } | NodeKind::Require { .. } | NodeKind::Claim { .. } | NodeKind::Remark => {}
        }
    }
}

fn of_operand(operand: &Operand, found: &mut dyn FnMut(&Stage, &Pattern)) {
    if let Operand::Arithmetic { stage, left, right } = operand {
        of_operand(left, found);
        of_operand(right, found);
        of_stage(stage, found);
    }
}

fn of_stage(stage: &Stage, found: &mut dyn FnMut(&Stage, &Pattern)) {
    match &stage.kind {
        StageKind::Pattern { pattern, .. } => found(stage, pattern),
        StageKind::Choice { then, otherwise, .. } => {
            of_stage(then, found);
            of_stage(otherwise, found);
        }
        StageKind::Block { .. } | StageKind::Shared { .. } | StageKind::Identity | StageKind::Tap { .. } => {}
    }
}
