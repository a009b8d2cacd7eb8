//! The header of a definition: hyperparameters, inputs, outputs.

use super::*;

impl<'a> Body<'a, '_> {
    pub(super) fn definition(&mut self, key: &str) -> Definition {
        let definition = self.definition;
        let model = definition.kind == DefinitionKind::Model;
        let parameters = self.parameters();
        let inputs = self.inputs(model);
        let mut body = self.lines(&definition.body, &definition.end);
        let outputs = self.outputs();
        let mut left: Vec<Binding> = self.bindings().cloned().collect();
        left.sort_by_key(|binding| binding.made);
        left.iter().for_each(|binding| self.unused(binding, None));
        for (name, SharedName { span, used }) in &self.shared {
            if !used {
                let finding = Diagnostic::error(codes::UNUSED, format!("nothing flows through `{name}`"))
                    .at(*span, "shared, but never applied")
                    .help(format!("write `x -> {name}`, or remove it"));
                self.late.push(Late { binding: *span, overwritten: false, finding });
            }
        }
        if !self.incomplete {
            let late = std::mem::take(&mut self.late).into_iter();
            let unexplained = late.filter(|late| !self.excused.contains(&late.binding));
            self.findings.extend(unexplained.map(|late| late.finding));
        }
        self.only_needed(&mut body);
        Definition {
            kind: definition.kind,
            name: key.to_owned(),
            doc: definition.doc.clone(),
            parameters,
            inputs,
            outputs,
            body,
            header: definition.header,
            comments: Vec::new(),
        }
    }

    pub(super) fn parameters(&mut self) -> Vec<Parameter> {
        let definition = self.definition;
        let mut parameters = Vec::new();
        for (at, parameter) in definition.parameters.iter().enumerate() {
            let name = &parameter.name.text;
            if let Some(previous) = definition.parameters[..at].iter().find(|other| other.name.text == *name) {
                self.findings.push(
                    Diagnostic::error(codes::DUPLICATE_NAME, format!("two hyperparameters are called `{name}`"))
                        .at(parameter.name.span, "the second one")
                        .because(previous.name.span, "the first one"),
                );
                self.walkable = false;
                continue;
            }
            let ty = parameter.ty.as_ref().and_then(|ty| self.parameter_type(ty));
            if let Some(default) = &parameter.default {
                self.default(parameter, default, ty.as_ref(), &definition.parameters[at + 1..]);
            }
            self.declare(&parameter.name, What::Number, Role::Parameter);
            parameters.push(Parameter {
                name: name.clone(),
                ty,
                default: parameter.default.clone(),
                span: parameter.name.span,
            });
        }
        parameters
    }

    pub(super) fn parameter_type(&mut self, ty: &ast::ParameterType) -> Option<ParameterType> {
        let known = ["int", "float", "bool"];
        if known.contains(&ty.name.text.as_str()) && ty.alternatives.is_empty() {
            return ParameterType::from_ast(ty);
        }
        let kind = if self.definition.kind == DefinitionKind::Model { "model" } else { "block" };
        let message = format!("a hyperparameter of a {kind} cannot be of the type `{}`", ty.name.text);
        let mut finding =
            Diagnostic::error(codes::WRONG_TYPE, message).at(ty.name.span, "expected `int`, `float` or `bool`");
        let meant = match ty.name.text.to_lowercase().as_str() {
            "integer" | "i32" | "i64" | "long" | "size" => Some("int"),
            "real" | "double" | "number" | "f32" | "f64" => Some("float"),
            "boolean" | "flag" => Some("bool"),
            other => similar_names(other, known).first().copied(),
        };
        match meant {
            Some(meant) => finding = finding.fix(format!("did you mean `{meant}`?"), ty.name.span, meant),
            None => finding = finding.help("a type may be left away; then any value is accepted"),
        }
        self.findings.push(finding);
        None
    }

    /// Checks the default of a hyperparameter.
    pub(super) fn default(
        &mut self,
        parameter: &ast::Parameter,
        default: &Expr,
        ty: Option<&ParameterType>,
        later: &[ast::Parameter],
    ) {
        if let ExprKind::Name(name) = &default.kind
            && let (None, Some(later)) = (self.find(name), later.iter().find(|later| later.name.text == *name))
        {
            self.findings.push(
                Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    format!("the default of `{}` speaks of `{name}` too early", parameter.name.text),
                )
                .at(default.span, "not known yet")
                .because(later.name.span, "declared here")
                .help("a default may use the hyperparameters before it"),
            );
            self.walkable = false;
            return;
        }
        // A default may use the parameters before it.
        if !self.scalar(default, &[]) {
            self.walkable = false;
            return;
        }
        let mut names = false;
        infer::collect(default, &mut |_| names = true);
        if let (Some(ty), false) = (ty, names)
            && let Ok(value) = evaluate(default, &NoNames)
            && ty.coerce(&value, 0, 0).is_none()
        {
            let message =
                format!("`{}` is declared to be {}, but its default is {value}", parameter.name.text, ty.expects());
            let written = parameter.ty.as_ref().map_or(parameter.name.span, |ty| ty.name.span);
            self.findings.push(
                Diagnostic::error(codes::WRONG_TYPE, message)
                    .at(default.span, format!("this is {}", value.kind()))
                    .because(written, "declared here"),
            );
            self.walkable = false;
        }
    }

    /// Warns of `image[224, 224, 3]`: an image whose colours stand last.
    fn channels_last(&mut self, input: &ast::Input) {
        let Some([height, width, channels]) = input.shape.as_ref().map(|shape| shape.dims.as_slice()) else { return };
        let number = |dim: &ast::Dim| match (&dim.value.kind, dim.default.as_ref().map(|default| &default.kind)) {
            (ExprKind::Int(size), _) | (_, Some(ExprKind::Int(size))) => Some(*size),
            _ => None,
        };
        let (Some(rows), Some(columns), ExprKind::Int(last @ (1 | 3 | 4))) =
            (number(height), number(width), &channels.value.kind)
        else {
            return;
        };
        if rows < 16 || columns < 16 {
            return;
        }
        let text = |dim: &ast::Dim| {
            let default = dim.default.as_ref().map_or(String::new(), |size| format!(" = {}", print::expression(size)));
            format!("{}{default}", print::expression(&dim.value))
        };
        let (name, span) = (&input.name.text, input.shape.as_ref().map_or(input.name.span, |shape| shape.span));
        self.findings.push(
            Diagnostic::warning(
                codes::WRONG_INPUT,
                format!("`{name}` has {rows} channels, and {columns} rows of {last}"),
            )
            .at(span, "shapes are written channels first")
            .help(format!(
                "if this is an image, write `{name}[{last}, {}, {}]`",
                text(height),
                text(width)
            )),
        );
    }

    pub(super) fn inputs(&mut self, model: bool) -> Vec<Input> {
        let definition = self.definition;
        let mut inputs = Vec::new();
        for (at, input) in definition.inputs.iter().enumerate() {
            let name = &input.name.text;
            if let Some(previous) = definition.inputs[..at].iter().find(|other| other.name.text == *name) {
                self.findings.push(
                    Diagnostic::error(codes::DUPLICATE_NAME, format!("two inputs are called `{name}`"))
                        .at(input.name.span, "the second one")
                        .because(previous.name.span, "the first one"),
                );
                self.walkable = false;
            }
            let kind = input.kind.as_ref().map(|kind| kind.text.as_str());
            if let (Some(kind), false) = (&input.kind, matches!(kind, Some("int" | "map" | "plain") | None)) {
                let mut finding = Diagnostic::error(codes::WRONG_TYPE, format!("`{}` is no kind of input", kind.text))
                    .at(kind.span, "expected `int`, `map`, `plain`, or nothing");
                finding = match kind.text.as_str() {
                    "integer" | "ints" | "integers" | "long" | "int32" | "int64" | "token" | "tokens" | "index" => {
                        finding.fix("did you mean `int`?", kind.span, "int")
                    }
                    "float" | "real" | "float32" | "float64" | "double" => {
                        finding.help("inputs are real numbers unless `int` is written: remove it")
                    }
                    _ => finding.help("inputs are real numbers, or integers such as tokens: `tokens[T = 80] int`"),
                };
                self.findings.push(finding);
                self.walkable = false;
            }
            if model && input.shape.is_none() {
                let example = if kind == Some("int") { "[T = 80]" } else { "[3, H = 224, W = 224]" };
                self.findings.push(
                    Diagnostic::error(codes::SYNTAX, format!("the input `{name}` of a model needs a shape"))
                        .at(input.name.span, "of which size?")
                        .help(format!("channels first, without the batch: `{name}{example}`")),
                );
                self.walkable = false;
            }
            if model && kind.is_none_or(|kind| kind == "map") {
                self.channels_last(input);
            }
            for dim in input.shape.iter().flat_map(|shape| &shape.dims) {
                match &dim.value.kind {
                    ExprKind::Name(size) if self.find(size).is_none() => {
                        self.declare(&Name { text: size.clone(), span: dim.value.span }, What::Number, Role::Silent);
                    }
                    _ => self.walkable &= self.scalar(&dim.value, &[]),
                }
                if let Some(default) = &dim.default {
                    self.walkable &= self.scalar(default, &[]);
                }
            }
            if let Some(bound) = &input.bound {
                self.walkable &= self.scalar(bound, &[]);
            }
            inputs.push(Input {
                name: name.clone(),
                shape: input.shape.clone(),
                int: kind == Some("int"),
                layout: match kind {
                    Some("map") => Some(Layout::Map),
                    Some("plain") => Some(Layout::Plain),
                    _ => None,
                },
                bound: input.bound.clone(),
                span: input.name.span,
            });
        }
        for input in &definition.inputs {
            let first = self.scope.get(&input.name.text).is_none_or(|binding| binding.role != Role::Input);
            if first {
                self.declare(&input.name, What::Tensor, Role::Input);
            }
        }
        inputs
    }

    pub(super) fn outputs(&mut self) -> Vec<(String, Span)> {
        let definition = self.definition;
        let mut outputs = Vec::new();
        for output in &definition.outputs {
            let name = &output.text;
            outputs.push((name.clone(), output.span));
            match self.find(name) {
                Some((What::Tensor | What::Doubtful, _)) => self.touch(name),
                Some((What::Number, span)) => {
                    self.touch(name);
                    self.incomplete = true;
                    self.findings.push(
                        Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("the output `{name}` is a hyperparameter"))
                            .at(output.span, "a tensor is needed")
                            .because(span, "a number from here")
                            .help("a tensor comes from an input, through patterns: `y = x -> relu`"),
                    );
                }
                None if self.doubts.broken(self.span) => {}
                None => {
                    self.incomplete = true;
                    let mut finding =
                        Diagnostic::error(codes::UNKNOWN_NAME, format!("the output `{name}` is never assigned"))
                            .at(output.span, "has no value at the end of the body");
                    if let Some((binding, ending)) = self.ended(name, Wanted::Tensor) {
                        finding = finding.because(binding.span, ending_text(ending));
                        finding = finding.help(match ending {
                            Ending::Branch => "assign it in every branch",
                            Ending::Round => {
                                "assign it before the `repeat` as well: then each round goes on with the last one's"
                            }
                        });
                    } else {
                        let fits = |binding: &Binding| binding.what == What::Tensor && binding.role != Role::Input;
                        finding = match self.guess(name, &[], fits) {
                            Some(near) => finding.fix(format!("did you mean `{near}`?"), output.span, near),
                            None => finding.help(format!("write a line `{name} = ..` in the body")),
                        };
                    }
                    self.findings.push(finding);
                }
            }
        }
        outputs
    }
}
