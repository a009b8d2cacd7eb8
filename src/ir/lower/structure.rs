//! Loops and choices.

use super::*;

impl Body<'_, '_> {
    pub(super) fn repeat(&mut self, repeat: &ast::Repeat) -> NodeKind {
        let counted = self.scalar(&repeat.count, &[]);
        let outside: Vec<(String, usize)> =
            self.scope.iter().map(|binding| (binding.name.clone(), binding.depth)).collect();
        let tensors: HashSet<String> = self
            .scope
            .iter()
            .filter(|binding| binding.what != What::Number)
            .map(|binding| binding.name.clone())
            .collect();
        let assigned = assigned(&repeat.body);
        let carried: Vec<String> = self
            .scope
            .iter()
            .map(|binding| &binding.name)
            .filter(|name| tensors.contains(*name) && assigned.contains(*name))
            .cloned()
            .collect();
        self.loops.push(Loop::default());
        if let Some(index) = &repeat.index {
            self.declare(index, What::Number, Role::Silent);
        }
        self.nested += 1;
        let body = self.lines(&repeat.body);
        self.nested -= 1;
        let early = self.loops.pop().unwrap_or_default().early;
        // What the next round reads first is of use, whatever comes behind the loop.
        for name in &carried {
            if let Some(at) = self.find(name).filter(|_| early.contains(name)) {
                let depth = outside.iter().find(|(other, _)| other == name).map_or(0, |(_, depth)| *depth);
                self.scope[at].depth = depth;
                self.touch(at);
            }
        }
        // What is new in the body ends with it.
        let mut kept = Vec::new();
        for mut binding in std::mem::take(&mut self.scope) {
            match outside.iter().find(|(name, _)| *name == binding.name) {
                Some((_, depth)) => {
                    binding.depth = binding.depth.min(*depth);
                    kept.push(binding);
                }
                None => {
                    self.unused(&binding, None);
                    self.ended.push((binding, Ending::Round));
                }
            }
        }
        self.scope = kept;
        NodeKind::Repeat {
            label: repeat.label.text.clone(),
            index: repeat.index.as_ref().map(|index| index.text.clone()),
            count: if counted { repeat.count.clone() } else { poison(repeat.count.span) },
            body,
            carried,
        }
    }

    pub(super) fn branches(&mut self, branches: &ast::If, span: Span) -> NodeKind {
        let conditions: Vec<bool> = branches
            .arms
            .iter()
            .map(|arm| arm.condition.as_ref().is_none_or(|condition| self.scalar(condition, &[])))
            .collect();
        let before = std::mem::take(&mut self.scope);
        let reported = self.late.len();
        let mut arms = Vec::new();
        let mut ends: Vec<Vec<Binding>> = Vec::new();
        for (at, arm) in branches.arms.iter().chain(&branches.otherwise).enumerate() {
            self.scope.clone_from(&before);
            self.nested += 1;
            let body = self.lines(&arm.body);
            self.nested -= 1;
            let condition = match &arm.condition {
                Some(condition) if !conditions.get(at).copied().unwrap_or(true) => Some(poison(condition.span)),
                condition => condition.clone(),
            };
            arms.push(Arm { condition, body, span: arm.span });
            ends.push(std::mem::take(&mut self.scope));
        }
        if branches.otherwise.is_none() {
            ends.push(before.clone());
        }
        let same = |binding: &Binding, other: &Binding| binding.name == other.name && binding.span == other.span;
        let identity = arms.first().map_or(span, |arm| arm.span);
        let mut scope = Vec::new();
        for old in &before {
            let mut old = old.clone();
            let kept = ends.iter().filter(|end| end.iter().any(|binding| same(binding, &old))).count();
            let used = ends.iter().flatten().any(|binding| same(binding, &old) && binding.used);
            old.measured |= ends.iter().flatten().any(|binding| same(binding, &old) && binding.measured);
            let lost = |late: &Late| late.binding == old.span && late.overwritten;
            let overwritten = self.late[reported..].iter().filter(|late| lost(late)).count();
            // An arm that assigned it anew without a complaint had used it before.
            let elsewhere = ends.len() - kept > overwritten;
            old.used |= used || elsewhere || (kept > 0 && overwritten > 0);
            let mut first = true;
            let mut at = 0;
            self.late.retain(|late| {
                at += 1;

                at <= reported || !lost(late) || (!old.used && std::mem::take(&mut first))
            });
            if let Some(binding) = ends.iter().flatten().find(|binding| same(binding, &old)) {
                old.what = if ends.iter().flatten().any(|other| same(other, &old) && other.what == What::Doubtful) {
                    What::Doubtful
                } else {
                    binding.what
                };
            }
            scope.push(old);
        }
        let mut names: Vec<&str> = Vec::new();
        for binding in ends.iter().flatten() {
            if !before.iter().any(|other| same(other, binding)) && !names.contains(&binding.name.as_str()) {
                names.push(&binding.name);
            }
        }
        let mut joined = Vec::new();
        for name in names {
            let made: Vec<&Binding> = ends.iter().flatten().filter(|binding| binding.name == name).collect();
            let new: Vec<&Binding> =
                made.iter().copied().filter(|binding| !before.iter().any(|other| same(other, binding))).collect();
            let Some(first) = new.first() else { continue };
            if made.len() < ends.len() {
                // Local to its arm.
                for binding in new {
                    self.unused(binding, None);
                    self.ended.push((binding.clone(), Ending::Branch));
                }
                continue;
            }
            let mut what = first.what;
            if let Some(other) = made.iter().find(|other| other.what != first.what) {
                if ![first.what, other.what].contains(&What::Doubtful) {
                    let kind = |what| if what == What::Tensor { "a tensor" } else { "a hyperparameter" };
                    self.findings.push(
                        Diagnostic::error(
                            codes::TENSOR_OR_NUMBER,
                            format!("`{name}` is a tensor in one branch and a hyperparameter in another"),
                        )
                        .at(other.span, kind(other.what))
                        .because(first.span, kind(first.what)),
                    );
                }
                what = What::Doubtful;
            }
            if what != What::Number {
                joined.push(name.to_owned());
            }
            let mut joins: Vec<Span> = made.iter().flat_map(|binding| binding.joins.iter().copied()).collect();
            joins.push(identity);
            scope.retain(|binding: &Binding| binding.name != name);
            scope.push(Binding {
                what,
                used: new.iter().any(|binding| binding.used),
                measured: made.iter().any(|binding| binding.measured),
                depth: made.iter().map(|binding| binding.depth).max().unwrap_or(0),
                joins,
                ..(*first).clone()
            });
        }
        self.scope = scope;
        NodeKind::If { arms, joined }
    }
}

pub(super) fn ending_text(ending: Ending) -> &'static str {
    match ending {
        Ending::Branch => "assigned in this branch only",
        Ending::Round => "assigned inside of the `repeat` only",
    }
}

/// Where a name is first assigned.
pub(super) fn assigned_at(body: &[ast::Statement], name: &str) -> Option<Span> {
    body.iter().find_map(|statement| match &statement.kind {
        StatementKind::Assign(assign) => {
            assign.targets.iter().find(|target| target.name.text == name).map(|target| target.name.span)
        }
        StatementKind::Repeat(repeat) => assigned_at(&repeat.body, name),
        StatementKind::If(branches) => {
            branches.arms.iter().chain(&branches.otherwise).find_map(|arm| assigned_at(&arm.body, name))
        }
        _ => None,
    })
}

/// The names that lines assign.
pub(super) fn assigned(body: &[ast::Statement]) -> HashSet<String> {
    let mut names = HashSet::new();
    for statement in body {
        match &statement.kind {
            StatementKind::Assign(assign) => names.extend(assign.targets.iter().map(|target| target.name.text.clone())),
            StatementKind::Repeat(repeat) => names.extend(assigned(&repeat.body)),
            StatementKind::If(branches) => {
                branches.arms.iter().chain(&branches.otherwise).for_each(|arm| names.extend(assigned(&arm.body)));
            }
            _ => {}
        }
    }
    names
}
