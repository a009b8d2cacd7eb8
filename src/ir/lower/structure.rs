//! Loops and choices.

use super::*;

impl Body<'_, '_> {
    pub(super) fn repeat(&mut self, repeat: &ast::Repeat) -> NodeKind {
        if self.loops.len() == limits::LOOPS {
            let message = format!("loops are nested more than {} deep", limits::LOOPS);
            let finding = Diagnostic::error(codes::LIMIT, message).at(repeat.label.span, "this one is too deep");
            self.findings.push(finding.help("a block of its own may hold the inner ones"));
        }
        let counted = self.scalar(&repeat.count, &[]);
        let assigned = assigned(&repeat.body);
        let known = assigned.iter().filter_map(|name| self.scope.get(name));
        let mut carried: Vec<(usize, String)> = known
            .filter(|binding| binding.what != What::Number)
            .map(|binding| (binding.made, binding.name.clone()))
            .collect();
        carried.sort_unstable();
        let carried: Vec<String> = carried.into_iter().map(|(_, name)| name).collect();
        self.loops.push(Loop::default());
        self.scope.mark();
        if let Some(index) = &repeat.index {
            self.declare(index, What::Number, Role::Silent);
        }
        self.nested += 1;
        let body = self.lines(&repeat.body, &repeat.end);
        self.nested -= 1;
        let early = self.loops.pop().unwrap_or_default().early;
        let mut changed: Vec<(Binding, Option<Binding>)> = Vec::new();
        for (name, before) in self.scope.keep() {
            changed.extend(self.scope.get(&name).map(|now| (now.clone(), before)));
        }
        changed.sort_by_key(|(now, _)| now.made);
        for (now, before) in changed {
            match before {
                Some(before) => {
                    if let Some(binding) = self.scope.get_mut(&now.name) {
                        binding.depth = now.depth.min(before.depth);
                    }
                }
                // What is new in the body ends with it.
                None => {
                    self.scope.remove(&now.name);
                    self.end(now, Ending::Round);
                }
            }
        }
        // What the next round reads first is of use, whatever comes behind the loop.
        carried.iter().filter(|name| early.contains(*name)).for_each(|name| self.touch(name));
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
        let reported = self.late.len();
        let mut arms = Vec::new();
        let mut ends: Vec<Changes<Binding>> = Vec::new();
        for (at, arm) in branches.arms.iter().chain(&branches.otherwise).enumerate() {
            self.scope.mark();
            self.nested += 1;
            let body = self.lines(&arm.body, &arm.end);
            self.nested -= 1;
            let condition = match &arm.condition {
                Some(condition) if !conditions.get(at).copied().unwrap_or(true) => Some(poison(condition.span)),
                condition => condition.clone(),
            };
            let trailing = arm.trailing.as_ref().map(|comment| comment.text.clone());
            arms.push(Arm { condition, body, span: arm.span, trailing });
            ends.push(self.scope.undo());
        }
        if branches.otherwise.is_none() {
            ends.push(Changes::default());
        }
        self.passed(&ends, reported);
        let joined = self.join(&ends, arms.first().map_or(span, |arm| arm.span));
        NodeKind::If { arms, joined }
    }

    /// What the arms of an `if` did to the names from before it that they did not assign.
    fn passed(&mut self, ends: &[Changes<Binding>], reported: usize) {
        let mut names: Vec<&String> = ends.iter().flat_map(HashMap::keys).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let Some(before) = self.scope.get(name).cloned() else { continue };
            let same: Vec<&Binding> = ends
                .iter()
                .filter_map(|end| at_end(end, name, Some(&before)))
                .filter(|binding| binding.span == before.span)
                .collect();
            let lost = |late: &Late| late.binding == before.span && late.overwritten;
            let overwritten = self.late[reported..].iter().filter(|late| lost(late)).count();
            // An arm that assigned it anew without a complaint had used it before.
            let elsewhere = ends.len() - same.len() > overwritten;
            let used = before.used
                || elsewhere
                || same.iter().any(|binding| binding.used)
                || (!same.is_empty() && overwritten > 0);
            if overwritten > 0 {
                // One complaint is enough.
                let mut first = true;
                let behind = self.late.split_off(reported);
                let kept = behind.into_iter().filter(|late| !lost(late) || (!used && std::mem::take(&mut first)));
                self.late.extend(kept);
            }
            let what = match same.first() {
                Some(_) if same.iter().any(|binding| binding.what == What::Doubtful) => What::Doubtful,
                Some(first) => first.what,
                None => before.what,
            };
            let measured = before.measured || same.iter().any(|binding| binding.measured);
            if let Some(binding) = self.scope.get_mut(name) {
                *binding = Binding { used, what, measured, ..before };
            }
        }
    }

    /// Brings into scope what every arm of an `if` has assigned; gives the tensors among them.
    fn join(&mut self, ends: &[Changes<Binding>], place: Span) -> Vec<String> {
        let mut names: Vec<&str> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::default();
        for end in ends {
            let is_new =
                |binding: &&Binding| self.scope.get(&binding.name).is_none_or(|before| before.span != binding.span);
            let mut new: Vec<&Binding> = end.values().flatten().filter(is_new).collect();
            new.sort_unstable_by_key(|binding| binding.made);
            names.extend(new.into_iter().map(|binding| binding.name.as_str()).filter(|name| seen.insert(name)));
        }
        let mut joined = Vec::new();
        for name in names {
            let before = self.scope.get(name).cloned();
            let made: Vec<&Binding> = ends.iter().filter_map(|end| at_end(end, name, before.as_ref())).collect();
            let is_new = |binding: &&Binding| before.as_ref().is_none_or(|before| before.span != binding.span);
            let new: Vec<&Binding> = made.iter().copied().filter(is_new).collect();
            let Some(first) = new.first() else { continue };
            if made.len() < ends.len() {
                // Local to its arm.
                new.into_iter().for_each(|binding| self.end(binding.clone(), Ending::Branch));
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
            let behind = made.iter().filter_map(|binding| binding.join).collect();
            self.joins.push(Join { place, name: name.to_owned(), behind, needed: false });
            self.bind(Binding {
                what,
                used: new.iter().any(|binding| binding.used),
                measured: made.iter().any(|binding| binding.measured),
                depth: made.iter().map(|binding| binding.depth).max().unwrap_or(0),
                join: Some(self.joins.len() - 1),
                ..(*first).clone()
            });
        }
        joined
    }
}

/// What a name stands for at the end of an arm.
fn at_end<'e>(end: &'e Changes<Binding>, name: &str, before: Option<&'e Binding>) -> Option<&'e Binding> {
    match end.get(name) {
        Some(changed) => changed.as_ref(),
        None => before,
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
    let mut names = HashSet::default();
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
