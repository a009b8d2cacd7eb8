//! Expressions on hyperparameters, and names that mean nothing.

use super::*;

impl Body<'_, '_> {
    /// Resolves a hyperparameter expression: every name in it must be known, or be one of the words. Whether it is fine.
    pub(super) fn scalar(&mut self, expr: &Expr, words: &[&str]) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => match self.find(name) {
                Some((what, origin)) => {
                    self.touch(name);
                    match what {
                        What::Number => true,
                        What::Doubtful => false,
                        What::Tensor => {
                            self.findings.push(
                                Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{name}` is a tensor, but a hyperparameter is needed"))
                                    .at(expr.span, "tensors flow through arrows")
                                    .because(origin, "a tensor from here")
                                    .help(format!("its sizes are hyperparameters: `{name}.channels`, `{name}.height`, `{name}.features`, ..")),
                            );
                            false
                        }
                    }
                }
                None if words.contains(&name.as_str()) => true,
                None => {
                    self.unknown(name, expr.span, Wanted::Number);
                    false
                }
            },
            ExprKind::Attribute { tensor, .. } => match self.find(&tensor.text) {
                Some((what, origin)) => match what {
                    What::Tensor => {
                        self.measure(&tensor.text);
                        true
                    }
                    What::Doubtful => {
                        self.touch(&tensor.text);
                        false
                    }
                    What::Number => {
                        self.touch(&tensor.text);
                        self.findings.push(
                            Diagnostic::error(
                                codes::TENSOR_OR_NUMBER,
                                format!("`{}` is a hyperparameter: it has no sizes", tensor.text),
                            )
                            .at(tensor.span, "not a tensor")
                            .because(origin, "a number from here"),
                        );
                        false
                    }
                },
                None => {
                    self.unknown(&tensor.text, tensor.span, Wanted::Tensor);
                    false
                }
            },
            ExprKind::List(items) => {
                let mut fine = true;
                for item in items {
                    fine &= self.scalar(item, words);
                }
                fine
            }
            ExprKind::Call(name, items) => self.function(name, items, expr.span),
            ExprKind::Splat(inner) | ExprKind::Unary(_, inner) => self.scalar(inner, words),
            ExprKind::Binary(_, left, right) => {
                let left = self.scalar(left, words);
                self.scalar(right, words) && left
            }
            ExprKind::Choice { condition, then, otherwise } => {
                let condition = self.scalar(condition, &[]);
                let then = self.scalar(then, words);
                self.scalar(otherwise, words) && then && condition
            }
            ExprKind::Str(text) => {
                let plain = text.trim();
                let number = plain.parse::<f64>().is_ok()
                    && plain.bytes().all(|byte| byte.is_ascii_digit() || b".e-".contains(&byte));
                let mut finding = Diagnostic::error(codes::WRONG_TYPE, "a text is not a value of a hyperparameter")
                    .at(expr.span, "in quotation marks");
                if number || words.contains(&plain) {
                    finding = finding.fix("write it without quotation marks", expr.span, plain);
                } else if !words.is_empty() {
                    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                    finding =
                        finding.help(format!("words stand without quotation marks; here they are {}", listed(&words)));
                } else {
                    finding = finding.help("words and numbers stand without quotation marks");
                }
                self.findings.push(finding);
                false
            }
            ExprKind::Int(_)
            | ExprKind::Float { .. }
            | ExprKind::Quantity { .. }
            | ExprKind::Bool(_)
            | ExprKind::Size(_) => true,
        }
    }

    pub(super) fn function(&mut self, name: &Name, items: &[Expr], span: Span) -> bool {
        if FUNCTIONS.iter().any(|(function, _)| *function == name.text && *function != "given") {
            let mut fine = true;
            for item in items {
                fine &= self.scalar(item, &[]);
            }
            return fine;
        }
        if self.applied(name, items, span) {
            return false;
        }
        for item in items {
            self.mark(item);
        }
        let functions = || FUNCTIONS.iter().map(|(function, _)| *function).filter(|function| *function != "given");
        let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no function `{}`", name.text))
            .at(name.span, "not a function");
        finding = match (name.text.as_str(), items) {
            ("ceil", [Expr { kind: ExprKind::Binary(BinaryOp::Divide, left, right), .. }]) => {
                let (left, right) = (print::expression(left), print::expression(right));
                finding.help(format!("the quotient rounded up is `floor(({left} + {right} - 1) / {right})`"))
            }
            ("int" | "round" | "trunc", _) => finding.help("the quotient rounded down is written `floor(a / b)`"),
            ("len", _) => finding.fix("did you mean `length`?", name.span, "length"),
            ("prod", _) => finding.fix("did you mean `product`?", name.span, "product"),
            ("given", _) => finding
                .help("`given` belongs to the declarations of patterns; give the hyperparameter a default and compare"),
            (other, _) => match similar_names(other, functions()).first() {
                Some(near) => finding.fix(format!("did you mean `{near}`?"), name.span, *near),
                None => {
                    let known: Vec<String> = functions().take(8).map(|name| format!("`{name}`")).collect();
                    finding.help(format!("there are `floor(a / b)`, {}", listed(&known)))
                }
            },
        };
        self.findings.push(finding);
        false
    }

    /// Whether an unknown name is silently taken: it was reported, or stands in a line that could not be read.
    pub(super) fn silent(&self, name: &str) -> bool {
        self.reported.contains(name) || self.doubts.lines(self.span).any(|words| words.contains(name))
    }

    /// Reports a name that means nothing.
    /// The list that `patchxpatch` or `kx1` stands for, if its parts are hyperparameters and numbers.
    fn computed_size(&mut self, name: &str) -> Option<String> {
        let is_size = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) || self.what(part) == Some(What::Number)
        };
        let (left, right) = name
            .match_indices('x')
            .map(|(at, _)| (&name[..at], &name[at + 1..]))
            .find(|(left, right)| is_size(left) && is_size(right))?;
        let list = format!("[{left}, {right}]");
        for part in [left, right] {
            self.touch(part);
        }
        Some(list)
    }

    pub(super) fn unknown(&mut self, name: &str, span: Span, wanted: Wanted) {
        if self.silent(name) {
            return;
        }
        let what = match wanted {
            Wanted::Tensor => "tensor",
            Wanted::Number => "hyperparameter",
            Wanted::Either => "tensor or hyperparameter",
        };
        if let Some((binding, ending)) = self.ended(name, wanted) {
            let message = match ending {
                Ending::Branch => format!("`{name}` has a value in one branch only"),
                Ending::Round => format!("`{name}` ends with each round"),
            };
            let (here, help) = match ending {
                Ending::Branch => ("has no value here if the other branch is taken", "assign it in every branch"),
                Ending::Round => (
                    "has no value behind the `repeat`",
                    "to carry it out of the loop, assign it before the `repeat` as well",
                ),
            };
            let finding = Diagnostic::error(codes::UNKNOWN_NAME, message)
                .at(span, here)
                .because(binding.span, ending_text(ending))
                .help(help);
            self.findings.push(finding);
            self.reported.insert(name.to_owned());
            return;
        }
        if !self.loops.is_empty() && self.targets.iter().any(|target| target == name) {
            let finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` has no value in the first round"))
                .at(span, "only the rounds behind the first one find a value here")
                .help("assign it before the `repeat` as well: a sum begins with its first term");
            self.findings.push(finding);
            self.reported.insert(name.to_owned());
            return;
        }
        let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no {what} `{name}`"));
        if let Some(list) = self.computed_size(name) {
            self.reported.insert(name.to_owned());
            self.findings.push(finding.at(span, "a size such as `3x3` is written with digits").fix(
                format!("write the list `{list}`"),
                span,
                list,
            ));
            return;
        }
        let fits = |binding: &Binding| match wanted {
            Wanted::Tensor => binding.what == What::Tensor,
            Wanted::Number => binding.what == What::Number,
            Wanted::Either => true,
        };
        if let Some(first) = self.guess(name, &[], fits) {
            self.touch(&first);
            finding = finding.at(span, "not defined here").fix(format!("did you mean `{first}`?"), span, first);
            self.findings.push(finding);
            return;
        }
        self.reported.insert(name.to_owned());
        if let Some(later) = assigned_at(&self.definition.body, name).filter(|later| later.start > span.start) {
            self.findings.push(
                Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` is used before it has a value"))
                    .at(span, "not known yet")
                    .because(later, "assigned here"),
            );
            return;
        }
        finding = finding.at(span, "not defined here");
        if self.is_callee(name) {
            finding =
                finding.help(format!("`{name}` is a pattern or block: it stands behind an arrow, as in `x -> {name}`"));
        } else {
            let known = self.bindings().filter(|binding| fits(binding)).map(|binding| binding.name.as_str());
            let mut known: Vec<&str> = known.take(9).collect();
            known.sort_unstable();
            if !known.is_empty() && known.len() <= 8 {
                finding = finding.help(format!(
                    "known here: {}",
                    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                ));
            }
        }
        self.findings.push(finding);
    }
}
