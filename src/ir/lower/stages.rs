//! Stages: patterns, blocks and shared instances with their hyperparameters.

use super::*;

impl Body<'_, '_> {
    /// The stages; none if one of them could not be made out.
    pub(super) fn pipeline(&mut self, stages: &[ast::Stage]) -> Option<Vec<Stage>> {
        let lowered: Vec<Option<Stage>> = stages.iter().map(|stage| self.stage(stage)).collect();
        let mut lowered: Vec<Stage> = lowered.into_iter().collect::<Option<_>>()?;
        for at in 0..lowered.len() {
            lowered[at].line_end = at + 1 == lowered.len() || stages.get(at + 1).is_some_and(|next| next.new_line);
        }
        Some(lowered)
    }

    pub(super) fn stage(&mut self, stage: &ast::Stage) -> Option<Stage> {
        let kind = match &stage.kind {
            ast::StageKind::Call(call) => self.call(call)?,
            ast::StageKind::Choice { condition, then, otherwise } => {
                let fine = self.scalar(condition, &[]);
                let (then, otherwise) = (self.stage(then), self.stage(otherwise));
                let (then, otherwise) = (then?, otherwise?);
                if !fine {
                    return None;
                }
                StageKind::Choice { condition: condition.clone(), then: Box::new(then), otherwise: Box::new(otherwise) }
            }
        };
        let comment = stage.trailing.as_ref().map(|comment| comment.text.clone());
        Some(Stage { id: self.stage_id(), kind, span: stage.span, comment, line_end: false })
    }

    pub(super) fn call(&mut self, call: &ast::Call) -> Option<StageKind> {
        let name = call.name.text.as_str();
        if let Some(shared) = self.shared.get_mut(name) {
            shared.used = true;
            let declared = shared.span;
            if let Some(argument) = call.arguments.first() {
                self.findings.push(
                    Diagnostic::error(
                        codes::UNKNOWN_ARGUMENT,
                        format!("`{name}` is a shared instance: it has its hyperparameters already"),
                    )
                    .at(argument.value.span, "not accepted here")
                    .because(declared, "they are given here"),
                );
                return None;
            }
            return Some(StageKind::Shared { name: name.to_owned() });
        }
        if name == "identity" {
            if let Some(argument) = call.arguments.first() {
                self.findings.push(
                    Diagnostic::error(codes::UNKNOWN_ARGUMENT, "`identity` has no hyperparameters")
                        .at(argument.value.span, "not accepted"),
                );
                return None;
            }
            return Some(StageKind::Identity);
        }
        let names = self.names;
        if let Some((definition, key)) = names.blocks.get(name) {
            return self.block_call(call, definition, key);
        }
        let own = names.patterns.get(name);
        if own.is_some() {
            names.used.borrow_mut().insert(name.to_owned());
        }
        let Some(pattern) = own.cloned().or_else(|| library::pattern(name)) else {
            self.unknown_callee(call);
            return None;
        };
        let (mut fine, mut stranger) = (true, false);
        let mut arguments: Vec<(usize, Expr)> = Vec::new();
        let mut named: HashMap<usize, Span> = HashMap::default();
        for (at, argument) in call.arguments.iter().enumerate() {
            if self.full() {
                return None;
            }
            let position = match &argument.name {
                Some(parameter) => pattern.parameter(&parameter.text),
                None => Some(at).filter(|at| *at < pattern.parameters.len()),
            };
            let Some(position) = position else {
                let finding = match &argument.name {
                    Some(parameter) => unknown_argument(&pattern, parameter),
                    None => {
                        let finding = too_many(name, argument.value.span, &parameter_names(&pattern));
                        match pattern.parameters.last().map(|last| &last.ty) {
                            Some(ParameterType::Shape | ParameterType::Axes) => {
                                finding.help(format!("several numbers are one list: `{name}([1, 0])`"))
                            }
                            _ => finding,
                        }
                    }
                };
                // What a stranger to the language wrote there need not make sense in it.
                let known = finding.fixes.is_empty();
                self.findings.push(finding);
                if known {
                    self.mark(&argument.value);
                } else {
                    self.scalar_or_silent(&argument.value);
                }
                (fine, stranger) = (false, true);
                continue;
            };
            fine &= self.argument(&argument.value, &pattern, position);
            let place = argument.name.as_ref().map_or(argument.value.span, |name| name.span);
            if let Some(first) = named.insert(position, place) {
                self.findings.push(given_twice(name, &pattern.parameters[position].name, place, first));
                (fine, stranger) = (false, true);
                continue;
            }
            arguments.push((position, argument.value.clone()));
        }
        for default in self.names.defaults.get(name).into_iter().flatten() {
            let position = default.name.as_ref().and_then(|parameter| pattern.parameter(&parameter.text));
            if let Some(position) = position.filter(|position| !arguments.iter().any(|(other, _)| other == position)) {
                arguments.push((position, default.value.clone()));
            }
        }
        // With something unknown among them, what is missing is probably that.
        for (position, parameter) in pattern.parameters.iter().enumerate().filter(move |_| fine || !stranger) {
            if parameter.default.is_none() && !arguments.iter().any(|(other, _)| *other == position) {
                self.findings.push(pattern.missing(position, call.name.span));
                fine = false;
            }
        }
        fine.then_some(StageKind::Pattern { pattern, arguments })
    }

    /// A value of an argument that is not known: only what is surely wrong in it is reported.
    pub(super) fn scalar_or_silent(&mut self, expr: &Expr) {
        let findings = self.findings.len();
        self.scalar(expr, &[]);
        self.findings.truncate(findings);
    }

    /// A text for a pattern's parameter, which is written where it is used; whether it is one.
    fn text(&mut self, expr: &Expr, pattern: &Pattern, parameter: &crate::ops::Parameter) -> bool {
        if matches!(expr.kind, ExprKind::Str(_)) {
            return true;
        }
        let message = format!("`{}` of `{}` takes {}", parameter.name, pattern.name, parameter.ty.expects());
        let finding = Diagnostic::error(codes::WRONG_TYPE, message).at(expr.span, "not in quotation marks");
        self.findings.push(match &parameter.doc {
            Some(doc) => finding.help(format!("`{}`: {doc}", parameter.name)),
            None => finding,
        });
        self.mark(expr);
        false
    }

    /// A value for a pattern's parameter; whether it is fine.
    pub(super) fn argument(&mut self, expr: &Expr, pattern: &Pattern, position: usize) -> bool {
        let parameter = &pattern.parameters[position];
        if matches!(parameter.ty, ParameterType::Instance(_)) {
            return self.instance(expr, pattern, parameter);
        }
        if parameter.ty == ParameterType::Text {
            return self.text(expr, pattern, parameter);
        }
        let words = parameter.ty.words();
        let (name, unknown) = match &expr.kind {
            ExprKind::Name(name) => (name, self.find(name).is_none() && !words.contains(&name.as_str())),
            _ => return self.scalar(expr, &words),
        };
        if !unknown {
            return self.scalar(expr, &words);
        }
        let near = self.guess(name, &words, |binding| binding.what == What::Number);
        let near =
            near.or_else(|| words.iter().find(|word| word.eq_ignore_ascii_case(name)).map(|word| (*word).to_owned()));
        if self.silent(name) || (words.is_empty() && near.is_some()) || self.ended.contains_key(name) {
            self.unknown(name, expr.span, Wanted::Number);
            return false;
        }
        let place = format!("`{}` of `{}`", parameter.name, pattern.name);
        let message = if words.is_empty() {
            format!("there is no hyperparameter `{name}`")
        } else {
            format!("`{name}` is not a value of {place}")
        };
        let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, message)
            .at(expr.span, format!("{place} takes {}", parameter.ty.expects()));
        if let Some(near) = near {
            self.touch(&near);
            finding = finding.fix(format!("did you mean `{near}`?"), expr.span, near);
        } else if let (Some(doc), false) = (&parameter.doc, words.is_empty()) {
            finding = finding.help(format!("`{}`: {doc}", parameter.name));
        }
        self.findings.push(finding);
        false
    }

    /// The name of the instance that a loop applies.
    fn instance(&mut self, expr: &Expr, pattern: &Pattern, parameter: &crate::ops::Parameter) -> bool {
        let found = match &expr.kind {
            ExprKind::Name(name) | ExprKind::Call(Name { text: name, .. }, _) => Some(name.as_str()),
            _ => None,
        };
        if let (ExprKind::Name(name), Some(shared)) = (&expr.kind, found.and_then(|name| self.shared.get_mut(name))) {
            shared.used = true;
            let _ = name;
            return true;
        }
        self.mark(expr);
        let message = format!("`{}` of `{}` is {}", parameter.name, pattern.name, parameter.ty.expects());
        let mut finding = Diagnostic::error(codes::WRONG_TYPE, message).at(expr.span, "no shared instance");
        if let Some(name) = found.filter(|name| self.is_callee(name)) {
            self.names.used.borrow_mut().insert(name.to_owned());
            finding = finding.help(format!(
                "write `shared step = {}` above, and `{}(step)` here",
                print::expression(expr),
                pattern.name
            ));
        } else if let Some(near) =
            found.and_then(|name| similar_names(name, self.shared.keys().map(String::as_str)).first().copied())
        {
            finding = finding.fix(format!("did you mean `{near}`?"), expr.span, near);
        }
        self.findings.push(finding);
        false
    }

    pub(super) fn unknown_callee(&mut self, call: &ast::Call) {
        let name = call.name.text.as_str();
        for argument in &call.arguments {
            self.mark(&argument.value);
        }
        if self.doubts.callee(call.name.span.file, name) {
            return;
        }
        let finding = match self.find(name) {
            Some((What::Tensor, origin)) => {
                self.touch(name);
                Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{name}` is a tensor: nothing flows through it"))
                    .at(call.name.span, "a pattern or block is needed")
                    .because(origin, "a tensor from here")
                    .help(format!("several tensors enter in parentheses: `(x, {name}) -> concat`"))
            }
            _ => {
                let blocks =
                    self.names.blocks.iter().filter(|(_, (definition, _))| definition.kind == DefinitionKind::Block);
                let own: Vec<&str> = blocks
                    .map(|(name, _)| *name)
                    .chain(self.names.patterns.keys().copied())
                    .chain(self.shared.keys().map(String::as_str))
                    .collect();
                let finding = unknown_pattern(&call.name, "pattern or block", &own);
                for fix in &finding.fixes {
                    if let Some(shared) = self.shared.get_mut(&fix.replacement) {
                        shared.used = true;
                    }
                    self.names.used.borrow_mut().insert(fix.replacement.clone());
                }
                finding
            }
        };
        self.findings.push(finding);
    }

    pub(super) fn block_call(
        &mut self,
        call: &ast::Call,
        definition: &ast::Definition,
        key: &str,
    ) -> Option<StageKind> {
        let name = &call.name.text;
        self.names.used.borrow_mut().insert(name.clone());
        if definition.kind == DefinitionKind::Model {
            let finding = Diagnostic::error(
                codes::UNKNOWN_PATTERN,
                format!("`{name}` is a model: nothing can be made of it here"),
            )
            .at(call.name.span, "a pattern or block is needed");
            self.findings.push(if std::ptr::eq(definition, self.definition) {
                finding.help("a model cannot contain itself")
            } else {
                finding.because(definition.name.span, "make this a `block`")
            });
            for argument in &call.arguments {
                self.mark(&argument.value);
            }
            return None;
        }
        let names: Vec<&str> = definition.parameters.iter().map(|parameter| parameter.name.text.as_str()).collect();
        let mut arguments: Vec<BlockArgument> = Vec::new();
        let mut given: HashMap<&str, Span> = HashMap::default();
        let mut fine = true;
        let mut stranger = false;
        for (at, argument) in call.arguments.iter().enumerate() {
            if self.full() {
                return None;
            }
            fine &= self.scalar(&argument.value, &[]);
            let parameter = match &argument.name {
                Some(parameter) => names.iter().copied().find(|name| *name == parameter.text),
                None => names.get(at).copied(),
            };
            let place = argument.name.as_ref().map_or(argument.value.span, |name| name.span);
            let Some(parameter) = parameter else {
                self.findings.push(match &argument.name {
                    Some(parameter) => unknown_name_of(name, parameter, &names, &[], None)
                        .because(definition.name.span, "declared here"),
                    None => too_many(name, argument.value.span, &names).because(definition.name.span, "declared here"),
                });
                (fine, stranger) = (false, true);
                continue;
            };
            if let Some(first) = given.insert(parameter, place) {
                self.findings.push(given_twice(name, parameter, place, first));
                fine = false;
                continue;
            }
            arguments.push(BlockArgument {
                name: parameter.to_owned(),
                value: argument.value.clone(),
                named: argument.name.is_some(),
            });
        }
        let missing: Vec<&ast::Parameter> = definition
            .parameters
            .iter()
            .filter(|parameter| parameter.default.is_none() && !given.contains_key(parameter.name.text.as_str()))
            .collect();
        // With something unknown among them, what is missing is probably that.
        if let (Some(first), false) = (missing.first(), stranger) {
            let words: Vec<String> = missing.iter().map(|parameter| format!("`{}`", parameter.name.text)).collect();
            let mut finding = Diagnostic::error(codes::MISSING_ARGUMENT, format!("`{name}` needs {}", listed(&words)))
                .at(call.name.span, if missing.len() == 1 { "has no value here" } else { "have no values here" });
            for parameter in &missing {
                finding = finding.because(parameter.name.span, "declared without a default");
            }
            let example: Vec<String> = missing.iter().map(|parameter| format!("{}=..", parameter.name.text)).collect();
            let _ = first;
            self.findings
                .push(finding.help(format!("write `{name}({})`, or give a default in the header", example.join(", "))));
            fine = false;
        }
        fine.then(|| StageKind::Block { name: key.to_owned(), arguments })
    }
}
