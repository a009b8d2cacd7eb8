//! Names in scope: what they stand for, whether they are used, and how they end.

use super::*;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Tensor,
    Number,
    /// Something that could not be made out and was reported; it passes for either.
    Doubtful,
}

/// Where a name comes from, which decides what to do about it if nothing uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A hyperparameter of the header.
    Parameter,
    /// A size that the header binds, or a counter: free to be ignored.
    Silent,
    /// A tensor that enters.
    Input,
    /// The only target of a line.
    Line,
    /// One of several targets of a line.
    Part,
}

/// A name in scope.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) name: String,
    pub(super) what: What,
    pub(super) role: Role,
    pub(super) span: Span,
    pub(super) used: bool,
    /// Whether only its sizes are used.
    pub(super) measured: bool,
    /// How many loops deep it was made.
    pub(super) depth: usize,
    /// The `if`s that it comes out of.
    pub(super) joins: Vec<Span>,
}

/// How a name went out of scope.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    Branch,
    Round,
}

/// What kind of name is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Tensor,
    Number,
    Either,
}

/// A loop around the current line.
#[derive(Default)]
pub(super) struct Loop {
    /// The tensors that are read before the round assigns them.
    pub(super) early: HashSet<String>,
}

/// A finding on a value that nothing uses; dropped if another one explains it.
pub(super) struct Late {
    pub(super) binding: Span,
    pub(super) overwritten: bool,
    pub(super) finding: Diagnostic,
}

/// Lowers one definition.
pub(super) struct Body<'a, 'f> {
    pub(super) names: &'a Names<'a>,
    pub(super) doubts: &'a Doubts,
    pub(super) stages: &'f mut usize,
    pub(super) definition: &'a ast::Definition,
    pub(super) span: Span,
    pub(super) findings: Vec<Diagnostic>,
    pub(super) late: Vec<Late>,
    pub(super) scope: Vec<Binding>,
    /// Names that ended with their branch or round.
    pub(super) ended: Vec<(Binding, Ending)>,
    /// Unknown names that were reported.
    pub(super) reported: HashSet<String>,
    pub(super) shared: IndexMap<String, SharedName>,
    pub(super) loops: Vec<Loop>,
    /// How many loops and choices deep the current line is.
    pub(super) nested: usize,
    /// The targets of the current line.
    pub(super) targets: Vec<String>,
    /// What is used of that which leaves an `if`.
    pub(super) needed: HashSet<(Span, String)>,
    /// Whether lines or outputs are missing, so that what nothing uses may be used there.
    pub(super) incomplete: bool,
    /// Whether shapes can be looked at in spite of what was found.
    pub(super) walkable: bool,
}

/// A shared instance.
pub(super) struct SharedName {
    pub(super) span: Span,
    pub(super) used: bool,
}

/// Stands for a value that could not be made out.
pub(super) fn poison(span: Span) -> Expr {
    Expr { kind: ExprKind::Name(String::new()), span }
}

impl Body<'_, '_> {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.scope.iter().rposition(|binding| binding.name == name)
    }

    /// What a name stands for; nothing if it is unknown.
    pub(super) fn what(&self, name: &str) -> Option<What> {
        self.find(name).map(|at| self.scope[at].what)
    }

    /// Marks a name as used.
    pub(super) fn touch(&mut self, at: usize) {
        let binding = &mut self.scope[at];
        binding.used = true;
        self.needed.extend(binding.joins.iter().map(|join| (*join, binding.name.clone())));
        // `x = x -> relu` hands `x` from round to round, but that alone is no use of it. `(x, skip) = x -> residual` is one, for `skip`.
        let only_itself =
            !self.targets.is_empty() && self.targets.iter().all(|name| *name == binding.name || name == "_");
        if !only_itself {
            for around in self.loops.iter_mut().skip(binding.depth) {
                around.early.insert(binding.name.clone());
            }
        }
    }

    /// Reports a value that nothing used; `again` is where its name is given anew.
    pub(super) fn unused(&mut self, binding: &Binding, again: Option<Span>) {
        // A name that was asked for before it had a value would be used, if that were mended.
        let asked = self.reported.contains(&binding.name);
        if binding.used || asked || binding.role == Role::Silent || binding.what == What::Doubtful {
            return;
        }
        let name = &binding.name;
        let span = binding.span;
        let kind = if self.definition.kind == DefinitionKind::Model { "model" } else { "block" };
        let error = |message: String| Diagnostic::error(codes::UNUSED, message);
        let finding = match (binding.role, again) {
            (Role::Input, _) if binding.measured => return,
            (_, Some(again)) => error(format!("this value of `{name}` is never used"))
                .at(span, "lost")
                .because(again, format!("`{name}` is assigned again before anything uses it"))
                .help(format!("use it before, or remove the line; each `{name}` counts from its line to the next")),
            (Role::Parameter, _) => error(format!("the hyperparameter `{name}` is never used"))
                .at(span, format!("no line of this {kind} uses it"))
                .help("use it, or remove it"),
            (Role::Input, _) => error(format!("the input `{name}` is never used"))
                .at(span, format!("no line of this {kind} uses it"))
                .help("use it, or remove it"),
            (Role::Part, _) => error(format!("`{name}` is never used"))
                .at(span, "nothing behind this line uses it")
                .fix("discard it with `_`", span, "_"),
            _ if binding.what == What::Number => error(format!("the hyperparameter `{name}` is never used"))
                .at(span, "nothing behind this line uses it")
                .help("use it, or remove the line"),
            _ if binding.measured => error(format!("only the sizes of `{name}` are used, never its values"))
                .at(span, "computed for nothing")
                .help("take the sizes from a tensor that is needed anyway, or write them down"),
            _ => error(format!("`{name}` is never used"))
                .at(span, "nothing behind this line uses it")
                .help("use it, or remove the line"),
        };
        self.late.push(Late { binding: span, overwritten: again.is_some(), finding });
    }

    pub(super) fn declare(&mut self, name: &Name, what: What, role: Role) {
        if let Some(SharedName { span, .. }) = self.shared.get(&name.text) {
            self.findings.push(
                Diagnostic::error(
                    codes::DUPLICATE_NAME,
                    format!("`{}` is already the name of a shared instance", name.text),
                )
                .at(name.span, "the same name")
                .because(*span, "named here"),
            );
        }
        if let Some(at) = self.find(&name.text) {
            let previous = self.scope[at].clone();
            let doubtful = [previous.what, what].contains(&What::Doubtful);
            if !doubtful && (previous.what, what) != (What::Tensor, What::Tensor) {
                let kind = |what| if what == What::Tensor { "tensor" } else { "hyperparameter" };
                let finding = if previous.what == what {
                    let how = if role == Role::Silent { "this name is taken" } else { "given again here" };
                    Diagnostic::error(codes::DUPLICATE_NAME, format!("the hyperparameter `{}` has its value already", name.text))
                        .at(name.span, how)
                        .because(previous.span, "given here")
                        .help("a tensor may get a new value line by line, a hyperparameter keeps its own: choose another name")
                } else {
                    let message = format!("`{}` is the name of a {} already", name.text, kind(previous.what));
                    Diagnostic::error(codes::DUPLICATE_NAME, message)
                        .at(name.span, format!("a {} of the same name", kind(what)))
                        .because(previous.span, format!("the {}", kind(previous.what)))
                        .help("choose another name for one of them")
                };
                self.findings.push(finding);
                // Which of the two is meant from here on is anyone's guess.
                self.scope[at].what = What::Doubtful;
                return;
            }
            self.unused(&previous, Some(name.span));
            self.scope.remove(at);
        }
        self.scope.push(Binding {
            name: name.text.clone(),
            what,
            role,
            span: name.span,
            used: false,
            measured: false,
            depth: self.loops.len(),
            joins: Vec::new(),
        });
    }

    /// The name as it was before its branch or round ended; what is reported of it now explains why it was not used.
    pub(super) fn ended(&mut self, name: &str, wanted: Wanted) -> Option<(Binding, Ending)> {
        let fits = |binding: &Binding| match wanted {
            Wanted::Tensor => binding.what == What::Tensor,
            Wanted::Number => binding.what == What::Number,
            Wanted::Either => true,
        };
        let found = self.ended.iter().rev().find(|(binding, _)| binding.name == name && fits(binding))?.clone();
        let spans: Vec<Span> =
            self.ended.iter().filter(|(binding, _)| binding.name == name).map(|(binding, _)| binding.span).collect();
        self.late.retain(|late| !spans.contains(&late.binding));
        Some(found)
    }

    /// Leaves to an `if` only what is needed behind it.
    pub(super) fn only_needed(&self, body: &mut [Node]) {
        for node in body {
            match &mut node.kind {
                NodeKind::Repeat { body, .. } => self.only_needed(body),
                NodeKind::If { arms, joined } => {
                    let identity = arms.first().map(|arm| arm.span);
                    joined.retain(|name| identity.is_some_and(|span| self.needed.contains(&(span, name.clone()))));
                    arms.iter_mut().for_each(|arm| self.only_needed(&mut arm.body));
                }
                _ => {}
            }
        }
    }
}
