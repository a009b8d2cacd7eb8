//! Every application of a pattern in a program, wherever it stands.
//!
//! Architecture Invariant: looks at each place of the text once; nothing is unrolled.

use super::{Definition, Expr, Flow, Node, NodeKind, Operand, Program, Stage, StageKind};
use crate::hash::HashSet;
use crate::ops::{ParameterType, Pattern};
use crate::syntax::ast::ExprKind;

impl Program {
    /// Calls `found` with every application of a pattern, definition by definition, in the order of the text.
    pub fn each_pattern(&self, found: &mut dyn FnMut(&Stage, &Pattern)) {
        for definition in self.definitions.values() {
            of_body(&definition.body, found);
        }
    }
}

impl Definition {
    /// Calls `found` with every name that the definition gives: of hyperparameters, tensors, loops and instances.
    pub fn each_name(&self, found: &mut dyn FnMut(&str)) {
        self.parameters.iter().for_each(|parameter| found(&parameter.name));
        self.inputs.iter().for_each(|input| found(&input.name));
        names_of(&self.body, found);
    }
}

fn names_of(body: &[Node], found: &mut dyn FnMut(&str)) {
    for node in body {
        match &node.kind {
            NodeKind::Let { name, .. } | NodeKind::Shared { name, .. } => found(name),
            NodeKind::Flow(flow) => {
                flow.targets.iter().filter_map(|target| target.name.as_deref()).for_each(&mut *found)
            }
            NodeKind::Repeat { label, index, body, .. } => {
                found(label);
                index.iter().for_each(|index| found(index));
                names_of(body, found);
            }
            NodeKind::If { arms, .. } => arms.iter().for_each(|arm| names_of(&arm.body, found)),
            NodeKind::Require { .. } | NodeKind::Claim { .. } | NodeKind::Remark => {}
        }
    }
}

impl Program {
    /// The blocks that loops apply: a round's values can't be told from outside where a framework stages the loop in its graph.
    #[must_use]
    pub fn in_loops(&self) -> HashSet<String> {
        let mut found = HashSet::default();
        for definition in self.definitions.values() {
            let mut applied: HashSet<&str> = HashSet::default();
            stages_of(&definition.body, &mut |stage| applied.extend(stage.looped()));
            if applied.is_empty() {
                continue;
            }
            let shared = definition.body.iter().filter_map(|node| match &node.kind {
                NodeKind::Shared { name, stages } if applied.contains(name.as_str()) => Some(stages),
                _ => None,
            });
            shared.flatten().for_each(|stage| blocks_of(stage, &mut |name| self.add_with_inner(name, &mut found)));
        }
        found
    }

    fn add_with_inner(&self, name: &str, found: &mut HashSet<String>) {
        if !found.insert(name.to_owned()) {
            return;
        }
        if let Some(definition) = self.definitions.get(name) {
            stages_of(&definition.body, &mut |stage| {
                blocks_of(stage, &mut |inner| self.add_with_inner(inner, found));
            });
        }
    }
}

impl Stage {
    /// Whether a hyperparameter of it is a size of this tensor, or made of one.
    #[must_use]
    pub fn reads(&self, tensor: &str) -> bool {
        match &self.kind {
            StageKind::Pattern { arguments, .. } => arguments.iter().any(|(_, value)| reads(value, tensor)),
            StageKind::Block { arguments, .. } => arguments.iter().any(|argument| reads(&argument.value, tensor)),
            StageKind::Choice { condition, then, otherwise } => {
                reads(condition, tensor) || then.reads(tensor) || otherwise.reads(tensor)
            }
            StageKind::Shared { .. } | StageKind::Identity | StageKind::Tap { .. } => false,
        }
    }

    /// The shared instance that it applies again and again, if it is a loop.
    #[must_use]
    pub fn looped(&self) -> Option<&str> {
        match &self.kind {
            StageKind::Pattern { pattern, .. } if pattern.loops().is_some() => self.instance(),
            _ => None,
        }
    }

    /// The shared instance that it names among its hyperparameters.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        let StageKind::Pattern { pattern, arguments } = &self.kind else { return None };
        arguments.iter().find_map(|(at, expr)| match (&pattern.parameters[*at].ty, &expr.kind) {
            (ParameterType::Instance(_), ExprKind::Name(name)) => Some(name.as_str()),
            _ => None,
        })
    }
}

fn reads(expr: &Expr, name: &str) -> bool {
    match &expr.kind {
        ExprKind::Attribute { tensor, .. } => tensor.text == name,
        ExprKind::List(items) | ExprKind::Call(_, items) => items.iter().any(|item| reads(item, name)),
        ExprKind::Splat(inner) | ExprKind::Unary(_, inner) => reads(inner, name),
        ExprKind::Binary(_, left, right) => reads(left, name) || reads(right, name),
        ExprKind::Choice { condition, then, otherwise } => {
            [condition, then, otherwise].iter().any(|part| reads(part, name))
        }
        _ => false,
    }
}

fn blocks_of<'s>(stage: &'s Stage, found: &mut dyn FnMut(&'s str)) {
    match &stage.kind {
        StageKind::Block { name, .. } => found(name),
        StageKind::Choice { then, otherwise, .. } => {
            blocks_of(then, found);
            blocks_of(otherwise, found);
        }
        _ => {}
    }
}

/// Calls `found` with every stage of a body, but for arithmetic.
fn stages_of<'s>(body: &'s [Node], found: &mut dyn FnMut(&'s Stage)) {
    for node in body {
        match &node.kind {
            NodeKind::Flow(Flow { stages, .. }) | NodeKind::Shared { stages, .. } => {
                stages.iter().for_each(&mut *found)
            }
            NodeKind::Repeat { body, .. } => stages_of(body, found),
            NodeKind::If { arms, .. } => arms.iter().for_each(|arm| stages_of(&arm.body, found)),
            NodeKind::Let { .. } | NodeKind::Require { .. } | NodeKind::Claim { .. } | NodeKind::Remark => {}
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
