//! A declared operator, and what becomes of it when it is applied.

use super::evaluate::{Outcome, Scope, evaluate, list};
use super::value::{DataType, Layout, Loop, ParameterType, Tensor, Value, shape_text};
use crate::diagnostic::{Diagnostic, codes, grouped};
use crate::dim::Dim;
use crate::hash::HashMap;
use crate::span::{FileId, Span};
use crate::syntax::ast::{self, Expr, ExprKind, FactKind, Name};

/// The file of the declarations, which no one but this library reads: a finding never speaks of a place in it.
pub const DECLARATIONS: FileId = FileId(u32::MAX);

/// The family of patterns that a spec declares.
pub const OWN: &str = "own";

/// What an `extern` line may give of a column's entry, beside the expression that applies it.
const EXTERN_KEYS: [&str; 3] = ["layer", "weights", "attribute"];

/// An operator: its declaration, read once.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Its name.
    pub name: String,
    /// The group of patterns it is listed with: the file that declares it.
    pub family: String,
    /// The lines of its doc comment.
    pub doc: Vec<String>,
    /// What it is called in frameworks.
    pub elsewhere: Vec<String>,
    /// A worked example, a line each: `y = image[3, 32, 32] -> conv(16, 3x3)`. A shape says that the tensor enters.
    pub example: Vec<String>,
    /// Its hyperparameters.
    pub parameters: Vec<Parameter>,
    /// What enters.
    pub inputs: Vec<ast::Input>,
    /// What leaves.
    pub outputs: Vec<ast::PatternOutput>,
    /// Constraints, weights, cost.
    pub facts: Vec<ast::Fact>,
}

/// A hyperparameter of a pattern.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it accepts.
    pub ty: ParameterType,
    /// Its documented default; required if missing.
    pub default: Option<Expr>,
    /// What it means.
    pub doc: Option<String>,
    /// What it is called in frameworks.
    pub elsewhere: Vec<String>,
}

/// A doc comment with what it says in lines of their own.
#[derive(Default)]
struct Doc {
    /// What is left.
    lines: Vec<String>,
    /// What the thing is called elsewhere: the lines `Elsewhere: a, b.`
    elsewhere: Vec<String>,
    /// The lines `Example: y = x[8] -> relu`.
    example: Vec<String>,
}

impl Doc {
    fn read<'d>(text: impl Iterator<Item = &'d str>) -> Self {
        let mut doc = Self::default();
        for line in text {
            if let Some(list) = line.strip_prefix("Elsewhere: ") {
                doc.elsewhere.extend(list.trim_end_matches('.').split(", ").map(str::to_owned));
            } else if let Some(example) = line.strip_prefix("Example: ") {
                doc.example.push(example.to_owned());
            } else {
                doc.lines.push(line.to_owned());
            }
        }
        doc
    }
}

/// A hyperparameter given by the caller.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Which parameter, by position in [`Pattern::parameters`].
    pub parameter: usize,
    /// Its value.
    pub value: Value,
    /// Where it was written.
    pub span: Span,
}

/// What flows into a pattern.
#[derive(Clone, Debug)]
pub struct Flow {
    /// What it is called where it comes from, for messages.
    pub name: String,
    /// Its type; `None` for a plain number in tensor arithmetic.
    pub tensor: Option<Tensor>,
    /// Where it was made.
    pub origin: Span,
}

/// One application of a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The tensors.
    pub inputs: &'a [Flow],
    /// The hyperparameters that were written.
    pub arguments: &'a [Argument],
    /// Where the pattern is applied.
    pub span: Span,
    /// Whether sizes must be proven equal; see [`Scope::strict`].
    pub strict: bool,
}

/// A weight that an application brings with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// Its canonical name.
    pub name: String,
    /// Its canonical shape.
    pub shape: Vec<Dim>,
    /// Whether training updates it; running statistics are not trained.
    pub trainable: bool,
    /// What it starts as; `None` where it is drawn.
    pub initial: Option<f64>,
}

/// What an application gives.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The tensors that leave, all that the pattern has.
    pub outputs: Vec<Tensor>,
    /// Its weights.
    pub weights: Vec<Weight>,
    /// Multiply-accumulates for one sample.
    pub macs: Dim,
    /// The values of all parameters, defaults included, in declared order.
    pub arguments: Vec<Value>,
    /// The dimensions that the declaration names: `C`, `S`, ...
    pub dims: Vec<(String, Value)>,
}

impl Pattern {
    /// Reads a declaration of family `family`.
    ///
    /// # Errors
    /// A parameter without a type, or of a type that does not exist.
    pub fn new(declaration: &ast::Pattern, family: &str) -> Outcome<Self> {
        let parameters = declaration.parameters.iter().map(|parameter| {
            let ty = parameter.ty.as_ref().and_then(ParameterType::from_ast).ok_or_else(|| {
                let message = format!("the parameter `{}` needs a type", parameter.name.text);
                Box::new(Diagnostic::error(codes::WRONG_TYPE, message).at(parameter.name.span, "no such type"))
            })?;
            let Doc { lines: doc, elsewhere, .. } = Doc::read(parameter.doc.iter().flat_map(|doc| doc.lines()));
            Ok(Parameter {
                name: parameter.name.text.clone(),
                ty,
                default: parameter.default.clone(),
                doc: (!doc.is_empty()).then(|| doc.join("\n")),
                elsewhere,
            })
        });
        for fact in &declaration.facts {
            if let FactKind::Loop(word) = &fact.kind
                && Loop::from_word(&word.text).is_none()
            {
                let message = format!("there is no loop `{}`", word.text);
                let finding = Diagnostic::error(codes::UNKNOWN_NAME, message);
                return Err(Box::new(finding.at(word.span, "`each`, `times` or `while` are known")));
            }
        }
        let Doc { lines: doc, elsewhere, example } = Doc::read(declaration.doc.iter().map(String::as_str));
        Ok(Self {
            name: declaration.name.text.clone(),
            family: family.to_owned(),
            doc,
            elsewhere,
            example,
            parameters: parameters.collect::<Outcome<_>>()?,
            inputs: declaration.inputs.clone(),
            outputs: declaration.outputs.clone(),
            facts: declaration.facts.clone(),
        })
    }

    /// Whether a spec declares it, rather than the library.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.family == OWN
    }

    /// Looks at its `extern` lines.
    ///
    /// # Errors
    /// A line that gives what is not known, or that holds statements.
    pub fn check_externals(&self) -> Result<(), Vec<Diagnostic>> {
        let wrong: Vec<Diagnostic> =
            self.facts.iter().filter_map(|fact| check_external(fact).err()).map(|finding| *finding).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// The position of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|parameter| parameter.name == name)
    }

    /// The parameter that frameworks call like this.
    #[must_use]
    pub fn elsewhere(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|parameter| parameter.elsewhere.iter().any(|other| other == name));
        found.map(|parameter| parameter.name.as_str())
    }

    /// Says that a parameter without a default has no value.
    #[must_use]
    pub fn missing(&self, position: usize, span: Span) -> Diagnostic {
        let parameter = &self.parameters[position];
        let name = &parameter.name;
        let mut finding = Diagnostic::error(codes::MISSING_ARGUMENT, format!("`{}` needs `{name}`", self.name))
            .at(span, format!("`{name}` is missing: {}", parameter.ty.expects()));
        if let Some(doc) = &parameter.doc {
            finding = finding.help(format!("`{name}`: {}", doc.replace('\n', " ")));
        }
        finding
    }

    /// The parameter that takes the randomness out of it where it is 0, or what the other one is.
    #[must_use]
    pub fn random(&self) -> Option<(usize, Option<usize>)> {
        self.facts.iter().find_map(|fact| match &fact.kind {
            FactKind::Random(name, calm) => {
                Some((self.parameter(&name.text)?, calm.as_ref().and_then(|calm| self.parameter(&calm.text))))
            }
            _ => None,
        })
    }

    /// Whether it behaves differently in training mode.
    #[must_use]
    pub fn depends_on_training(&self) -> bool {
        self.facts.iter().any(|fact| matches!(fact.kind, FactKind::Training | FactKind::Random(..)))
    }

    /// How it applies an instance again and again, if it is a loop.
    #[must_use]
    pub fn loops(&self) -> Option<Loop> {
        self.facts.iter().find_map(|fact| match &fact.kind {
            FactKind::Loop(word) => Loop::from_word(&word.text),
            _ => None,
        })
    }

    /// The fewest and the most tensors that enter.
    #[must_use]
    pub fn arity(&self) -> (usize, usize) {
        let required = self.inputs.iter().filter(|input| input.default.is_none()).count();
        if self.inputs.iter().any(|input| input.variadic) {
            (required.max(2), usize::MAX)
        } else {
            (required, self.inputs.len())
        }
    }

    /// Which tensor enters at a position where `count` are given: an input that is not given takes that of its default.
    #[must_use]
    pub fn source(&self, position: usize, count: usize) -> Option<usize> {
        let mut at = position;
        while at >= count {
            let default = self.inputs.get(at)?.default.as_ref()?;
            // A default stands before it, so this ends.
            at = self.inputs[..at].iter().position(|input| input.name.text == default.text)?;
        }
        Some(at)
    }

    /// The declared input that the tensor at `position` enters through.
    #[must_use]
    pub fn input(&self, position: usize) -> Option<&ast::Input> {
        self.inputs.get(position).or_else(|| self.inputs.last().filter(|input| input.variadic))
    }

    /// Applies the pattern.
    ///
    /// # Errors
    /// Everything that is wrong with the tensors or the hyperparameters; the first finding of each kind.
    pub fn apply(&self, request: Request<'_>) -> Result<Applied, Vec<Diagnostic>> {
        self.applied(request, true).map_err(|mut findings| {
            for label in findings.iter_mut().flat_map(|finding| &mut finding.labels) {
                if label.span.file == DECLARATIONS {
                    label.span = request.span;
                }
            }
            findings
        })
    }

    fn applied(&self, request: Request<'_>, asking: bool) -> Result<Applied, Vec<Diagnostic>> {
        let mut application = Application::new(self, request);
        application.bind_inputs().map_err(|diagnostic| vec![*diagnostic])?;
        application.bind_arguments()?;
        application.keep_promises().map_err(|diagnostic| vec![*diagnostic])?;
        application.finish(asking).map_err(|diagnostic| vec![*diagnostic])
    }
}

/// Looks at an `extern` line. Its text may name values, and no more: whoever reads it sees what becomes of it.
fn check_external(fact: &ast::Fact) -> Outcome<()> {
    let FactKind::Extern { key, text, .. } = &fact.kind else { return Ok(()) };
    if let Some(key) = key.as_ref().filter(|key| !EXTERN_KEYS.contains(&key.text.as_str())) {
        let message = format!("`extern` gives no `{}`", key.text);
        let finding = Diagnostic::error(codes::UNKNOWN_ARGUMENT, message).at(key.span, "not known");
        return Err(Box::new(
            finding.help(format!("it may give {}, or the expression itself", EXTERN_KEYS.join(", "))),
        ));
    }
    if text.contains("{%") || text.contains("{#") {
        let finding = Diagnostic::error(codes::SYNTAX, "an `extern` line has no statements of templates")
            .at(fact.span, "`{%` or `{#` stands in it");
        return Err(Box::new(finding.help("values stand in it as `{{ name }}`, filters as in `{{ kernel | tuple }}`")));
    }
    Ok(())
}

/// The state of one application.
struct Application<'a> {
    pattern: &'a Pattern,
    request: Request<'a>,
    values: HashMap<String, Value>,
    dims: Vec<(String, Value)>,
    /// Sizes of inputs that are those of hyperparameters.
    promised: Vec<(String, Value, Flow)>,
    spatial: usize,
    rank: usize,
}

impl Scope for Application<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }

    fn attribute(&self, tensor: &Name, attribute: &Name) -> Result<Value, Diagnostic> {
        let flow = self.flow(&tensor.text).and_then(|flow| flow.tensor.as_ref());
        match (flow.map(|tensor| &tensor.data), attribute.text.as_str(), flow) {
            (Some(DataType::Indices { window, .. }), "window", _) => Ok(Value::List(window.clone())),
            (Some(DataType::Indices { plane, .. }), "plane", _) => Ok(Value::List(plane.clone())),
            (Some(DataType::Int { bound }), "bound", _) => Ok(bound.clone().map_or(Value::Unknown, Value::Int)),
            (_, "is_map", Some(tensor)) => Ok(Value::Bool(tensor.layout == Layout::Map)),
            // Channels of a map, features of anything else.
            (_, "channels", Some(tensor)) if !tensor.dims.is_empty() => {
                let axis = if tensor.layout == Layout::Map { 0 } else { tensor.dims.len() - 1 };
                Ok(Value::Int(tensor.dims[axis].clone()))
            }
            _ => {
                let message =
                    format!("`{}` cannot be applied here: its input has no {}", self.pattern.name, attribute.text);
                Err(Diagnostic::error(codes::WRONG_INPUT, message).at(self.request.span, "applied here"))
            }
        }
    }

    fn given(&self, name: &str) -> bool {
        if let Some(position) = self.pattern.inputs.iter().position(|input| input.name.text == name) {
            return position < self.request.inputs.len();
        }
        let parameter = self.pattern.parameter(name);
        self.request.arguments.iter().any(|argument| Some(argument.parameter) == parameter)
    }

    fn strict(&self) -> bool {
        self.request.strict
    }
}

/// What flows, in words: "`x` is [3, 32, 32]", or what a stage gives.
fn described(flow: &Flow) -> String {
    let mut tensor = flow.tensor.as_ref().map(ToString::to_string).unwrap_or_default();
    if let Some(Tensor { data: DataType::Int { bound: Some(bound) }, .. }) = &flow.tensor {
        tensor.push_str(&format!(" int < {bound}"));
    }
    match flow.name.strip_prefix(STAGE) {
        Some(stage) => format!("`{stage}` gives {tensor}"),
        None => format!("`{}` is {tensor}", flow.name),
    }
}

/// What flows, by its name.
fn named(flow: &Flow) -> String {
    match flow.name.strip_prefix(STAGE) {
        Some(stage) => format!("what `{stage}` gives"),
        None => format!("`{}`", flow.name),
    }
}

const FLATTEN: &str =
    "`flatten` or `global_avg_pool` make a vector of a map; `to_sequence` makes a sequence of its positions";

/// Marks the name of a [`Flow`] that has none of its own, because it comes straight from a stage.
pub const STAGE: &str = "-> ";

/// `1 axis`, `2 axes`.
fn axes(count: usize) -> String {
    if count == 1 { "1 axis".to_owned() } else { format!("{count} axes") }
}

impl<'a> Application<'a> {
    fn new(pattern: &'a Pattern, request: Request<'a>) -> Self {
        let first = request.inputs.iter().find_map(|flow| flow.tensor.as_ref());
        let rank = first.map_or(0, |tensor| tensor.dims.len());
        Self {
            pattern,
            request,
            values: HashMap::default(),
            dims: Vec::new(),
            promised: Vec::new(),
            spatial: rank.saturating_sub(1),
            rank,
        }
    }

    fn flow(&self, input: &str) -> Option<&Flow> {
        let position = self.pattern.inputs.iter().position(|declared| declared.name.text == input)?;
        self.request.inputs.get(position)
    }

    fn error(&self, code: &'static str, message: String, text: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(code, message).at(self.request.span, text))
    }

    /// Adds where each tensor comes from.
    fn with_origins(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        for flow in self.request.inputs {
            let known = diagnostic.labels.iter().any(|label| label.span == flow.origin);
            if flow.tensor.is_some() && flow.origin != self.request.span && !known {
                diagnostic = diagnostic.because(flow.origin, described(flow));
            }
        }
        diagnostic
    }

    fn bind(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value.clone());
        self.dims.push((name.to_owned(), value));
    }

    fn bind_inputs(&mut self) -> Outcome<()> {
        let (fewest, most) = self.pattern.arity();
        let count = self.request.inputs.len();
        let name = &self.pattern.name;
        if count < fewest || count > most {
            let wanted = match (fewest, most) {
                (1, 1) => "one tensor".to_owned(),
                (fewest, usize::MAX) => format!("at least {fewest} tensors"),
                (fewest, most) if fewest == most => format!("{fewest} tensors"),
                (fewest, most) if most == fewest + 1 => format!("{fewest} or {most} tensors"),
                (fewest, most) => format!("{fewest} to {most} tensors"),
            };
            let names: Vec<&str> = self.pattern.inputs.iter().map(|input| input.name.text.as_str()).collect();
            let (found, enter) = if count == 1 {
                ("one".to_owned(), "one enters here".to_owned())
            } else {
                (count.to_string(), format!("{count} enter here"))
            };
            let diagnostic = self.error(codes::WRONG_INPUT, format!("`{name}` takes {wanted}, found {found}"), enter);
            let diagnostic = self.with_origins(*diagnostic);
            let help = match (fewest, most) {
                (1, 1) => format!(
                    "join them first, as with `(a, b) -> concat -> {name}`, or apply `{name}` to each on a line of its own"
                ),
                (_, usize::MAX) => format!("several tensors enter in parentheses: `(a, b) -> {name}`"),
                _ => format!("they enter in parentheses, in this order: `({}) -> {name}`", names.join(", ")),
            };
            return Err(Box::new(diagnostic.help(help)));
        }
        let mut layout: Option<(Layout, &Flow)> = None;
        for (position, flow) in self.request.inputs.iter().enumerate() {
            let Some(declared) = self.pattern.input(position) else { continue };
            let Some(tensor) = &flow.tensor else { continue };
            self.check_kind(declared, flow, tensor)?;
            if declared.kind.is_none() {
                match layout {
                    Some((first, other)) if first != tensor.layout => {
                        let word = |layout| if layout == Layout::Map { "a map" } else { "plain" };
                        let message = format!(
                            "`{name}` takes tensors of one kind, but {} is {} and {} is {}",
                            named(other),
                            word(first),
                            named(flow),
                            word(tensor.layout)
                        );
                        let diagnostic = self.error(codes::WRONG_INPUT, message, "a map meets a plain tensor");
                        return Err(Box::new(self.with_origins(*diagnostic).help(FLATTEN)));
                    }
                    Some(_) => {}
                    None => layout = Some((tensor.layout, flow)),
                }
            }
            if let Some(shape) = &declared.shape {
                self.match_shape(shape, flow, tensor)?;
            }
        }
        for (position, declared) in self.pattern.inputs.iter().enumerate() {
            let shapes = |flows: &[Flow]| {
                let shape = |flow: &Flow| flow.tensor.as_ref().map(|tensor| Value::shape(&tensor.dims));
                flows.iter().filter_map(shape).collect::<Vec<_>>()
            };
            let value = if declared.variadic {
                Value::List(shapes(&self.request.inputs[position.min(count)..]))
            } else {
                let flow = self.pattern.source(position, count).and_then(|source| self.request.inputs.get(source));
                let Some(shape) = flow.and_then(|flow| shapes(std::slice::from_ref(flow)).pop()) else { continue };
                if let (true, Some(pattern), Some(flow)) = (position >= count, &declared.shape, flow) {
                    let (flow, tensor) = (flow.clone(), flow.tensor.clone());
                    if let Some(tensor) = tensor {
                        self.match_shape(pattern, &flow, &tensor)?;
                    }
                }
                shape
            };
            self.values.entry(declared.name.text.clone()).or_insert(value);
        }
        Ok(())
    }

    fn check_kind(&self, declared: &ast::Input, flow: &Flow, tensor: &Tensor) -> Outcome<()> {
        let wanted = declared.kind.as_ref().map_or("", |kind| kind.text.as_str());
        let fits = match wanted {
            "map" => tensor.layout == Layout::Map && tensor.data == DataType::Float,
            "plain" => tensor.layout == Layout::Plain && tensor.data == DataType::Float,
            "int" => tensor.data.is_int(),
            "indices" => matches!(tensor.data, DataType::Indices { .. }),
            _ => tensor.data == DataType::Float,
        };
        if fits {
            return Ok(());
        }
        let found = match (&tensor.data, tensor.layout) {
            (DataType::Int { .. }, _) => "made of integers",
            (DataType::Indices { .. }, _) => "where a max pooling found its maxima",
            (DataType::Float, Layout::Map) => "a map (channels first, then space)",
            (DataType::Float, Layout::Plain) => "a plain tensor",
        };
        let wanted = match wanted {
            "map" => "a map (channels first, then space)",
            "plain" => "a plain tensor",
            "int" => "integers",
            "indices" => "the indices of a max pooling",
            _ => "real numbers",
        };
        let message = format!("`{}` takes {wanted}, but {} is {found}", self.pattern.name, named(flow));
        let what = match (&tensor.data, tensor.layout) {
            (DataType::Int { .. }, _) => "integers enter here",
            (DataType::Indices { .. }, _) => "indices enter here",
            (_, Layout::Map) => "a map enters here",
            (_, Layout::Plain) => "a plain tensor enters here",
        };
        let diagnostic = self.with_origins(*self.error(codes::WRONG_INPUT, message, what));
        let maps = tensor.data == DataType::Float && tensor.layout == Layout::Map;
        let help = match wanted {
            "a plain tensor" if maps => Some(FLATTEN),
            "a map (channels first, then space)" if tensor.data == DataType::Float => {
                Some("an input with three axes is a map; behind `flatten` or `to_sequence` it no longer is one")
            }
            "integers" => Some("an input of integers is declared with `int`: `tokens[T = 80] int`"),
            "the indices of a max pooling" => {
                Some("they are its second output: `(small, indices) = x -> max_pool(2x2)`")
            }
            _ if tensor.data.is_int() => Some("`embedding` makes a vector of each integer"),
            _ => None,
        };
        Err(Box::new(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }))
    }

    fn match_shape(&mut self, shape: &ast::Shape, flow: &Flow, tensor: &Tensor) -> Outcome<()> {
        let splat = shape.dims.iter().position(|dim| dim.splat);
        let fixed = shape.dims.len() - usize::from(splat.is_some());
        let enough = if splat.is_some() { tensor.dims.len() >= fixed } else { tensor.dims.len() == fixed };
        if !enough {
            let wanted = declared_shape(shape);
            let message =
                format!("`{}` takes a tensor of the form {wanted}, but {}", self.pattern.name, described(flow));
            let diagnostic = self.error(
                codes::WRONG_INPUT,
                message,
                format!("a tensor with {} enters here", axes(tensor.dims.len())),
            );
            return Err(Box::new(self.with_origins(*diagnostic)));
        }
        let extra = tensor.dims.len() - fixed;
        let mut sizes = tensor.dims.iter();
        for dim in &shape.dims {
            let value = if dim.splat {
                Value::shape(&sizes.by_ref().take(extra).cloned().collect::<Vec<_>>())
            } else {
                // Counted above: there is a size for each dimension.
                Value::Int(sizes.next().cloned().unwrap_or(Dim::ONE))
            };
            match &dim.value.kind {
                // What a hyperparameter says is known later.
                ExprKind::Name(name) if self.pattern.parameter(name).is_some() => {
                    self.promised.push((name.clone(), value, flow.clone()));
                }
                ExprKind::Name(name) if !self.values.contains_key(name) => self.bind(name, value),
                _ => {
                    let wanted = evaluate(&dim.value, self)?;
                    self.require_equal(&wanted, &value, flow)?;
                }
            }
        }
        Ok(())
    }

    fn require_equal(&self, wanted: &Value, found: &Value, flow: &Flow) -> Outcome<()> {
        let differs = |a: &Value, b: &Value| match (a, b) {
            (Value::Int(a), Value::Int(b)) => a != b && (self.request.strict || a.surely_differs(b)),
            _ => false,
        };
        let unequal = match (wanted, found) {
            (Value::List(a), Value::List(b)) => a.len() != b.len() || a.iter().zip(b).any(|(a, b)| differs(a, b)),
            (a, b) => differs(a, b),
        };
        if !unequal {
            return Ok(());
        }
        let shapes: Vec<String> = self
            .request
            .inputs
            .iter()
            .filter_map(|flow| flow.tensor.as_ref().map(|tensor| format!("{} {tensor}", named(flow))))
            .collect();
        let message = format!("the shapes do not meet in `{}`: {}", self.pattern.name, shapes.join(" and "));
        let label = match (wanted, found, &flow.tensor) {
            (Value::List(a), Value::List(b), _) if a.len() != b.len() => {
                format!("{} against {}", axes(a.len()), axes(b.len()))
            }
            (Value::List(a), Value::List(b), Some(tensor)) => {
                let pairs = a.iter().zip(b).enumerate().filter(|(_, (a, b))| differs(a, b));
                let pairs: Vec<String> =
                    pairs.map(|(axis, (a, b))| format!("{}: {a} against {b}", axis_word(tensor, axis))).collect();
                pairs.join("; ")
            }
            _ => format!("expected {wanted}, but {} has {found} there", named(flow)),
        };
        let diagnostic = self.error(codes::SHAPE_MISMATCH, message, label);
        let mut diagnostic = self.with_origins(*diagnostic);
        if let (Value::List(_) | Value::Int(_), true) = (wanted, [wanted, found].iter().any(|value| symbolic(value))) {
            diagnostic = diagnostic.help(
                "sizes with names must be equal whatever their value; a line such as `require H % 8 == 0` makes rounding exact",
            );
        }
        Err(Box::new(diagnostic))
    }

    fn bind_arguments(&mut self) -> Result<(), Vec<Diagnostic>> {
        let pattern = self.pattern;
        let mut findings = Vec::new();
        for (position, parameter) in pattern.parameters.iter().enumerate() {
            let written = self.request.arguments.iter().find(|argument| argument.parameter == position);
            let (value, span) = match (written, &parameter.default) {
                (Some(argument), _) => (argument.value.clone(), argument.span),
                (None, Some(default)) => match evaluate(default, self) {
                    Ok(value) => (value, self.request.span),
                    Err(diagnostic) => {
                        findings.push(*diagnostic);
                        continue;
                    }
                },
                (None, None) => {
                    findings.push(pattern.missing(position, self.request.span));
                    self.values.insert(parameter.name.clone(), Value::Unknown);
                    continue;
                }
            };
            let value = match parameter.ty.coerce(&value, self.spatial, self.rank) {
                Some(value) => value,
                None => {
                    findings.push(self.wrong_type(parameter, &value, span));
                    Value::Unknown
                }
            };
            self.values.insert(parameter.name.clone(), value);
        }
        if findings.is_empty() { Ok(()) } else { Err(findings) }
    }

    /// Compares the sizes that hyperparameters have promised.
    fn keep_promises(&self) -> Outcome<()> {
        for (parameter, found, flow) in &self.promised {
            if let Some(wanted) = self.values.get(parameter) {
                self.require_equal(wanted, found, flow)?;
            }
        }
        Ok(())
    }

    fn wrong_type(&self, parameter: &Parameter, value: &Value, span: Span) -> Diagnostic {
        let (name, pattern) = (&parameter.name, &self.pattern.name);
        let expects = parameter.ty.expects();
        let numbers = |items: &[Value]| items.iter().all(|item| matches!(item, Value::Int(_)));
        let (message, label) = match value {
            Value::List(items)
                if matches!(parameter.ty, ParameterType::Window | ParameterType::Padding) && numbers(items) =>
            {
                (
                    format!(
                        "`{name}` of `{pattern}` has {}, but the input has {} of space",
                        sizes(items.len()),
                        axes(self.spatial)
                    ),
                    format!("expected {}, or a single number for all", sizes(self.spatial)),
                )
            }
            Value::Int(axis) if matches!(parameter.ty, ParameterType::Axis) => (
                format!("the input of `{pattern}` has no axis {axis}"),
                format!("it has {}, counted from 0 without the batch", axes(self.rank)),
            ),
            Value::List(items) if matches!(parameter.ty, ParameterType::Axes) && numbers(items) => (
                format!("the input of `{pattern}` has no such axes: {value}"),
                format!("it has {}, counted from 0 without the batch", axes(self.rank)),
            ),
            _ => (format!("`{name}` of `{pattern}` takes {expects}"), format!("found {}, `{value}`", value.kind())),
        };
        let mut diagnostic = Diagnostic::error(codes::WRONG_TYPE, message).at(span, label);
        if let Value::Word(word) = value
            && let Some(near) = crate::diagnostic::similar_names(word, parameter.ty.words()).first()
        {
            diagnostic = diagnostic.fix(format!("did you mean `{near}`?"), span, *near);
        }
        match (&parameter.ty, value) {
            (ParameterType::Bool, Value::Int(number)) => match number.constant() {
                Some(0) => diagnostic.fix("write `false`", span, "false"),
                Some(1) => diagnostic.fix("write `true`", span, "true"),
                _ => diagnostic,
            },
            (ParameterType::Axes | ParameterType::Shape, Value::Int(number)) => {
                diagnostic.fix("write a list", span, format!("[{number}]"))
            }
            (ParameterType::Padding, Value::List(items)) if self.spatial == 1 && items.len() == 2 => {
                diagnostic.help("the two ends of the one axis are a list of lists: `[[before, after]]`")
            }
            _ => diagnostic,
        }
    }

    fn finish(mut self, asking: bool) -> Outcome<Applied> {
        for fact in &self.pattern.facts {
            if let FactKind::Let(name, value) = &fact.kind {
                let value = evaluate(value, &self)?;
                self.bind(&name.text, value);
            }
        }
        // A question comes before a complaint: the answer may well settle it.
        for fact in &self.pattern.facts {
            if let FactKind::Ask { condition, question, choices } = &fact.kind
                && asking
                && evaluate(condition, &self)? == Value::Bool(true)
            {
                return Err(Box::new(self.question(question, choices)));
            }
        }
        let (mut constraints, mut weights, mut costs) = (Vec::new(), Vec::new(), Vec::new());
        for fact in &self.pattern.facts {
            match &fact.kind {
                FactKind::Require(require) => constraints.push(require),
                FactKind::Weight { name, trainable, shape, initial, condition } => {
                    weights.push((name, *trainable, shape, initial, condition));
                }
                FactKind::Macs(value) => costs.push(value),
                FactKind::Let(..)
                | FactKind::Ask { .. }
                | FactKind::Random(..)
                | FactKind::Loop(_)
                | FactKind::Training
                | FactKind::Extern { .. } => {}
            }
        }
        for require in constraints {
            if evaluate(&require.condition, &self)? == Value::Bool(false) {
                return Err(Box::new(self.refused(require)));
            }
        }
        let outputs = self.outputs()?;
        for (declared, tensor) in self.pattern.outputs.iter().zip(&outputs) {
            self.values.insert(declared.name.text.clone(), Value::shape(&tensor.dims));
        }
        let mut drawn = Vec::new();
        for (name, trainable, shape, initial, condition) in weights {
            let exists = match condition {
                Some(condition) => evaluate(condition, &self)? != Value::Bool(false),
                None => true,
            };
            if !exists {
                continue;
            }
            let items: Vec<Expr> = shape.dims.iter().map(as_item).collect();
            drawn.push(Weight {
                name: name.text.clone(),
                shape: self.sizes(&list(&items, &self)?),
                trainable,
                initial: match initial {
                    Some(initial) => evaluate(initial, &self)?.as_number(),
                    None => None,
                },
            });
        }
        let mut macs = Dim::ZERO;
        for cost in costs {
            if let Value::Int(cost) = evaluate(cost, &self)? {
                macs = macs.add(&cost).unwrap_or(macs);
            }
        }
        let arguments = self
            .pattern
            .parameters
            .iter()
            .map(|parameter| self.values.get(&parameter.name).cloned().unwrap_or(Value::Unknown))
            .collect();
        Ok(Applied { outputs, weights: drawn, macs, arguments, dims: self.dims })
    }

    /// The sizes of a list; what is not known is unknown.
    fn sizes(&self, values: &[Value]) -> Vec<Dim> {
        values
            .iter()
            .enumerate()
            .map(|(at, value)| {
                value.as_dim().cloned().unwrap_or_else(|| Dim::unknown(self.request.span.start.wrapping_add(at as u32)))
            })
            .collect()
    }

    fn outputs(&self) -> Outcome<Vec<Tensor>> {
        let first = self.request.inputs.iter().find_map(|flow| flow.tensor.as_ref());
        let mut outputs: Vec<Tensor> = Vec::with_capacity(self.pattern.outputs.len());
        for declared in &self.pattern.outputs {
            let shapes = match (&declared.shape, first) {
                (Some(shape), _) => {
                    let items: Vec<Expr> = shape.dims.iter().map(as_item).collect();
                    let values = list(&items, self).map_err(|diagnostic| self.told_of_inputs(*diagnostic))?;
                    if declared.variadic {
                        let of_one =
                            |value: &Value| if let Value::List(sizes) = value { self.sizes(sizes) } else { Vec::new() };
                        values.iter().map(of_one).collect()
                    } else {
                        vec![self.sizes(&values)]
                    }
                }
                (None, Some(first)) => vec![first.dims.clone()],
                (None, None) => vec![Vec::new()],
            };
            for dims in shapes {
                outputs.push(self.output(declared, dims, first)?);
            }
        }
        Ok(outputs)
    }

    /// What leaves through one declared output with these sizes.
    fn output(&self, declared: &ast::PatternOutput, dims: Vec<Dim>, first: Option<&Tensor>) -> Outcome<Tensor> {
        let layout = match declared.kind.as_ref().map(|kind| kind.text.as_str()) {
            Some("map" | "indices") => Layout::Map,
            Some("plain" | "int") => Layout::Plain,
            _ => first.map_or(Layout::Plain, |tensor| tensor.layout),
        };
        let known = |axis: usize| dims[axis].constant();
        if let Some(axis) = (0..dims.len()).find(|axis| known(*axis).is_some_and(|size| size < 1)) {
            let message = format!("`{}` would give {}", self.pattern.name, shape_text(&dims));
            let tensor = Tensor::float(dims.clone(), layout);
            let label = format!("nothing is left: its {} would be {}", axis_word(&tensor, axis), dims[axis]);
            let diagnostic = self.error(codes::SHAPE_MISMATCH, message, label);
            return Err(Box::new(self.with_origins(*diagnostic)));
        }
        let elements = dims.iter().filter_map(Dim::constant).try_fold(1_i64, i64::checked_mul);
        if elements.is_none_or(|elements| elements > crate::limits::SIZE) {
            let message =
                format!("`{}` would give {}, which no machine can hold", self.pattern.name, shape_text(&dims));
            let diagnostic =
                self.error(codes::LIMIT, message, format!("more than {} numbers", grouped(crate::limits::SIZE)));
            return Err(Box::new(self.with_origins(*diagnostic)));
        }
        let data = match declared.kind.as_ref().map(|kind| kind.text.as_str()) {
            Some("int") => DataType::Int { bound: None },
            Some("indices") => {
                let list = |name: &str| match self.values.get(name) {
                    Some(Value::List(items)) => items.clone(),
                    _ => Vec::new(),
                };
                DataType::Indices { window: list("kernel"), plane: list("S") }
            }
            _ => DataType::Float,
        };
        Ok(Tensor { dims, layout, data })
    }

    /// A finding of a shape formula, told of what the user wrote: where, and of which tensors.
    fn told_of_inputs(&self, mut diagnostic: Diagnostic) -> Box<Diagnostic> {
        for label in diagnostic.labels.iter_mut().filter(|label| label.primary) {
            label.span = self.request.span;
        }
        let first = self.request.inputs.iter().find_map(|flow| flow.tensor.as_ref());
        let fill = |text: &str| -> String {
            let mut filled = text.to_owned();
            for (at, flow) in self.request.inputs.iter().enumerate().filter(|_| text.contains(INPUT)) {
                let shape = flow.tensor.as_ref().map(ToString::to_string).unwrap_or_default();
                filled = filled.replace(&format!("{INPUT}{at}{INPUT}"), &format!("{} {shape}", named(flow)));
            }
            if let (Some(first), true) = (first, text.contains(AXIS)) {
                for axis in 0..first.dims.len() {
                    filled = filled.replace(&format!("{AXIS}{axis}{AXIS}"), &axis_word(first, axis));
                }
            }
            filled
        };
        diagnostic.message = fill(&diagnostic.message);
        for label in &mut diagnostic.labels {
            label.text = fill(&label.text);
        }
        Box::new(self.with_origins(diagnostic))
    }

    fn question(&self, question: &str, choices: &[(String, String)]) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(codes::AMBIGUOUS, self.filled(question))
            .at(self.request.span, "frameworks differ here, so it must be written");
        for (text, meaning) in choices {
            let (text, meaning) = (self.filled(text), self.filled(meaning));
            let given = self.chosen(&text).map(|shape| format!(" gives {shape}")).unwrap_or_default();
            diagnostic = diagnostic.help(format!("`{text}`{given}: {meaning}"));
        }
        self.with_origins(diagnostic)
    }

    /// What the pattern gives if a question is answered like this: `padding=1, output_padding=1`.
    fn chosen(&self, answer: &str) -> Option<String> {
        let mut arguments = self.request.arguments.to_vec();
        for part in answer.split(", ") {
            let (name, value) = part.split_once('=')?;
            let value = value.parse().map_or_else(|_| Value::Word(value.to_owned()), Value::int);
            arguments.push(Argument { parameter: self.pattern.parameter(name)?, value, span: self.request.span });
        }
        let applied = self.pattern.applied(Request { arguments: &arguments, ..self.request }, false).ok()?;
        applied.outputs.first().map(ToString::to_string)
    }

    fn refused(&self, require: &ast::Require) -> Diagnostic {
        let message = match &require.message {
            Some(message) => self.filled(message),
            None => format!("`{}` cannot be applied like this", self.pattern.name),
        };
        // The arguments that the condition speaks of are the places to look at, the last one above all.
        let name = |argument: &Argument| self.pattern.parameters[argument.parameter].name.as_str();
        let mut concerned: Vec<&Argument> =
            self.request.arguments.iter().filter(|argument| mentions(&require.condition, name(argument))).collect();
        concerned.sort_by_key(|argument| argument.span);
        let text = |argument: &Argument| format!("`{}` is {}", name(argument), self.shown(name(argument)));
        let error = Diagnostic::error(codes::BAD_VALUE, message);
        let mut diagnostic = match concerned.pop() {
            Some(last) => {
                error.at(last.span, if concerned.is_empty() { "not accepted".to_owned() } else { text(last) })
            }
            None => error.at(self.request.span, "not accepted"),
        };
        for argument in concerned {
            diagnostic = diagnostic.because(argument.span, text(argument));
        }
        // Where the tensors come from matters only if the condition speaks of them.
        let of_tensors = self.dims.iter().any(|(name, _)| mentions(&require.condition, name))
            || self.pattern.inputs.iter().any(|input| mentions(&require.condition, &input.name.text));
        if of_tensors { self.with_origins(diagnostic) } else { diagnostic }
    }

    /// Puts values into `{name}`.
    fn filled(&self, message: &str) -> String {
        filled(message, &|name| self.values.contains_key(name).then(|| self.shown(name)))
    }

    /// A value as the user would write it: one number where it is the same for each axis.
    fn shown(&self, name: &str) -> String {
        let parameter = self.pattern.parameter(name);
        let written = self
            .request
            .arguments
            .iter()
            .find(|argument| Some(argument.parameter) == parameter)
            .map(|argument| &argument.value);
        let Some(value) = written.or_else(|| self.values.get(name)) else { return name.to_owned() };
        let per_axis = parameter
            .is_some_and(|at| matches!(self.pattern.parameters[at].ty, ParameterType::Window | ParameterType::Padding));
        match value {
            Value::List(items)
                if per_axis
                    && written.is_some()
                    && items.iter().all(|item| item.as_int().is_some_and(|size| size >= 0)) =>
            {
                items.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
            }
            Value::List(items) if written.is_none() && !self.is_shape(name) => match items.split_first() {
                Some((first, rest)) if rest.iter().all(|item| item == first) => first.to_string(),
                _ => value.to_string(),
            },
            value => value.to_string(),
        }
    }

    /// Whether a name stands for the sizes of an input.
    fn is_shape(&self, name: &str) -> bool {
        let mut dims =
            self.pattern.inputs.iter().filter_map(|input| input.shape.as_ref()).flat_map(|shape| &shape.dims);
        dims.any(|dim| mentions(&dim.value, name)) || self.pattern.inputs.iter().any(|input| input.name.text == name)
    }
}

/// Stands around the number of an input in the finding of a shape formula; it is replaced before anyone sees it.
pub(super) const INPUT: char = '\u{E300}';
/// The same for the number of an axis.
pub(super) const AXIS: char = '\u{E301}';

/// Puts values into `{name}`; what has none keeps its braces.
pub fn filled(message: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        match after.split_once('}').map(|(name, behind)| (value(name), behind)) {
            Some((Some(value), behind)) => {
                text.push_str(&value);
                rest = behind;
            }
            _ => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// What an axis is called: `height`, or `axis 2`.
fn axis_word(tensor: &Tensor, axis: usize) -> String {
    tensor.axis_name(axis).map_or_else(|| format!("axis {axis}"), str::to_owned)
}

/// `1 size`, `2 sizes`.
fn sizes(count: usize) -> String {
    if count == 1 { "1 size".to_owned() } else { format!("{count} sizes") }
}

/// A dimension of a declared shape as the item of a list.
fn as_item(dim: &ast::Dim) -> Expr {
    if dim.splat {
        Expr { kind: ExprKind::Splat(Box::new(dim.value.clone())), span: dim.value.span }
    } else {
        dim.value.clone()
    }
}

fn symbolic(value: &Value) -> bool {
    match value {
        Value::Int(dim) => dim.constant().is_none(),
        Value::List(values) => values.iter().any(symbolic),
        _ => false,
    }
}

/// Whether a name occurs in an expression.
fn mentions(expr: &Expr, name: &str) -> bool {
    match &expr.kind {
        ExprKind::Name(found) => found == name,
        ExprKind::Attribute { tensor, .. } => tensor.text == name,
        ExprKind::List(items) | ExprKind::Call(_, items) => items.iter().any(|item| mentions(item, name)),
        ExprKind::Splat(inner) | ExprKind::Unary(_, inner) => mentions(inner, name),
        ExprKind::Binary(_, left, right) => mentions(left, name) || mentions(right, name),
        ExprKind::Choice { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().any(|part| mentions(part, name))
        }
        _ => false,
    }
}

/// A declared shape as it was written: `[C, S...]`.
fn declared_shape(shape: &ast::Shape) -> String {
    let dims: Vec<String> = shape
        .dims
        .iter()
        .map(|dim| {
            let name = match &dim.value.kind {
                ExprKind::Name(name) => name.clone(),
                ExprKind::Int(value) => value.to_string(),
                _ => "..".to_owned(),
            };
            if dim.splat { format!("{name}...") } else { name }
        })
        .collect();
    format!("[{}]", dims.join(", "))
}
