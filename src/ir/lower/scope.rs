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
    /// When it was made, counted in names.
    pub(super) made: usize,
    /// The `if` that it comes out of, as a position in [`Body::joins`].
    pub(super) join: Option<usize>,
}

/// A name that comes out of an `if`.
pub(super) struct Join {
    /// The `if`, known by the place of its first arm.
    pub(super) place: Span,
    pub(super) name: String,
    /// Those of its arms' values that come out of an `if` themselves.
    pub(super) behind: Vec<usize>,
    /// Whether anything uses it.
    pub(super) needed: bool,
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
    /// How many findings there were before.
    pub(super) told: usize,
    /// How many unknown names were compared with all that are known.
    pub(super) guesses: usize,
    pub(super) late: Vec<Late>,
    pub(super) scope: Scoped<Binding>,
    /// How many names were made.
    pub(super) made: usize,
    /// Names that ended with their branch or round.
    pub(super) ended: HashMap<String, Vec<(Binding, Ending)>>,
    /// Bindings of which it was said already why nothing uses them.
    pub(super) excused: HashSet<Span>,
    /// Unknown names that were reported.
    pub(super) reported: HashSet<String>,
    pub(super) shared: IndexMap<String, SharedName>,
    pub(super) loops: Vec<Loop>,
    /// How many loops and choices deep the current line is.
    pub(super) nested: usize,
    /// The targets of the current line.
    pub(super) targets: Vec<String>,
    /// What leaves the `if`s.
    pub(super) joins: Vec<Join>,
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
    /// Whether so much was found that nothing more would be told.
    pub(super) fn full(&self) -> bool {
        self.told + self.findings.len() >= limits::ERRORS
    }

    /// The name in scope that is most like one that is not, among those that `fits` admits.
    pub(super) fn guess(&mut self, name: &str, words: &[&str], fits: impl Fn(&Binding) -> bool) -> Option<String> {
        // Each costs a look at everything in scope.
        if self.guesses >= limits::GUESSES {
            return None;
        }
        self.guesses += 1;
        let known = self.bindings().filter(|binding| fits(binding)).map(|binding| binding.name.as_str());
        similar_names(name, known.chain(words.iter().copied())).first().map(|near| (*near).to_owned())
    }

    /// What a name stands for, with its place; nothing if it is unknown.
    pub(super) fn find(&self, name: &str) -> Option<(What, Span)> {
        self.scope.get(name).map(|binding| (binding.what, binding.span))
    }

    /// What a name stands for; nothing if it is unknown.
    pub(super) fn what(&self, name: &str) -> Option<What> {
        self.scope.get(name).map(|binding| binding.what)
    }

    /// The bindings in scope, in no order.
    pub(super) fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.scope.iter().map(|(_, binding)| binding)
    }

    /// Marks a name as used, if it is known.
    pub(super) fn touch(&mut self, name: &str) {
        self.meet(name);
        self.change(name, |binding| !binding.used, |binding| binding.used = true);
    }

    /// Notes that the sizes of a tensor are used, if it is known.
    pub(super) fn measure(&mut self, name: &str) {
        self.meet(name);
        self.change(name, |binding| !binding.measured, |binding| binding.measured = true);
    }

    /// From here on, which of two things a name stands for is anyone's guess.
    pub(super) fn doubt(&mut self, name: &str) {
        self.change(name, |_| true, |binding| binding.what = What::Doubtful);
    }

    /// Leaves the value of a name alone if nothing uses it: what should have used it could not be made out.
    pub(super) fn excuse(&mut self, name: &str) {
        self.change(name, |binding| !binding.used, |binding| binding.used = true);
    }

    /// Changes a name if there is something to change: what stays as it is costs nothing when an arm is left.
    fn change(&mut self, name: &str, due: impl FnOnce(&Binding) -> bool, change: impl FnOnce(&mut Binding)) {
        if self.scope.get(name).is_some_and(due)
            && let Some(binding) = self.scope.get_mut(name)
        {
            change(binding);
        }
    }

    /// What comes out of `if`s in this name is needed, and a loop around that has not assigned it yet reads the last round's.
    fn meet(&mut self, name: &str) {
        let Some(Binding { join, depth, .. }) = self.scope.get(name) else { return };
        let mut open: Vec<usize> = join.iter().copied().collect();
        // `x = x -> relu` hands `x` from round to round, but that alone is no use of it. `(x, skip) = x -> residual` is one, for `skip`.
        let only_itself = !self.targets.is_empty() && self.targets.iter().all(|target| target == name || target == "_");
        if !only_itself {
            for around in self.loops.iter_mut().skip(*depth) {
                if !around.early.contains(name) {
                    around.early.insert(name.to_owned());
                }
            }
        }
        while let Some(at) = open.pop() {
            let join = &mut self.joins[at];
            if !std::mem::replace(&mut join.needed, true) {
                open.extend(&join.behind);
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
        if let Some(previous) = self.scope.get(&name.text).cloned() {
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
                self.doubt(&name.text);
                return;
            }
            self.unused(&previous, Some(name.span));
        }
        self.bind(Binding {
            name: name.text.clone(),
            what,
            role,
            span: name.span,
            used: false,
            measured: false,
            depth: self.loops.len(),
            made: 0,
            join: None,
        });
    }

    /// Brings a name into scope, as the youngest one.
    pub(super) fn bind(&mut self, binding: Binding) {
        self.made += 1;
        self.scope.insert(binding.name.clone(), Binding { made: self.made, ..binding });
    }

    /// The name as it was before its branch or round ended; what is reported of it now explains why it was not used.
    pub(super) fn ended(&mut self, name: &str, wanted: Wanted) -> Option<(Binding, Ending)> {
        let fits = |binding: &Binding| match wanted {
            Wanted::Tensor => binding.what == What::Tensor,
            Wanted::Number => binding.what == What::Number,
            Wanted::Either => true,
        };
        let all = self.ended.get(name)?;
        let found = all.iter().rev().find(|(binding, _)| fits(binding))?.clone();
        self.excused.extend(all.iter().map(|(binding, _)| binding.span));
        Some(found)
    }

    /// A name ends with its branch or round.
    pub(super) fn end(&mut self, binding: Binding, ending: Ending) {
        self.unused(&binding, None);
        self.ended.entry(binding.name.clone()).or_default().push((binding, ending));
    }

    /// Leaves to an `if` only what is needed behind it.
    pub(super) fn only_needed(&self, body: &mut [Node]) {
        fn of_body(body: &mut [Node], needed: &HashSet<(Span, &str)>) {
            for node in body {
                match &mut node.kind {
                    NodeKind::Repeat { body, .. } => of_body(body, needed),
                    NodeKind::If { arms, joined } => {
                        let place = arms.first().map(|arm| arm.span);
                        joined.retain(|name| place.is_some_and(|place| needed.contains(&(place, name.as_str()))));
                        arms.iter_mut().for_each(|arm| of_body(&mut arm.body, needed));
                    }
                    _ => {}
                }
            }
        }
        let needed =
            self.joins.iter().filter(|join| join.needed).map(|join| (join.place, join.name.as_str())).collect();
        of_body(body, &needed);
    }
}
