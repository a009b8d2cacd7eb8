//! Names, hyperparameter expressions and sizes as a column's Python.

use super::framework::{Framework, Shapes};
use super::python::{self, Strength};
use crate::code::{Expr as Code, Statement, parse};
use crate::diagnostic::{Diagnostic, codes};
use crate::dim::{Atom, Dim, Notation, PARAMETER};
use crate::hash::{HashMap, HashSet, IndexMap, IndexSet};
use crate::ir::analyse::Form;
use crate::ir::{Definition, infer};
use crate::ops::{Layout, Tensor, Value};
use crate::span::Span;
use crate::syntax::ast::{BinaryOp, DefinitionKind, Expr, ExprKind, UnaryOp};
use std::cell::OnceCell;
use std::rc::Rc;

/// Where a piece of code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where layers are made: hyperparameters are plain names, sizes are known.
    Init,
    /// Where a class is called: hyperparameters are attributes.
    Call,
    /// In a function: hyperparameters are plain names, tensors are at hand.
    Function,
}

/// A finding that ends the emission of a definition.
pub type Emission<T> = Result<T, Box<Diagnostic>>;

/// What a definition has to offer to the code inside it, and what that code asked for.
pub struct Scope<'a> {
    /// The column.
    pub framework: &'a Framework,
    /// The definition.
    pub definition: &'a Definition,
    /// What is known of it on its own.
    pub form: &'a Form,
    /// The sizes of inputs that the code needs to be told, by symbol.
    pub dims: IndexMap<String, String>,
    /// The hyperparameters that the call of a class needs.
    pub stored: IndexSet<String>,
    /// The sizes that the code reads from tensors.
    pub free: IndexSet<String>,
    /// The counters of the loops around.
    pub counters: Vec<String>,
    /// Whether each local hyperparameter is an integer.
    pub locals: IndexMap<String, bool>,
    /// Whether comparisons are of sizes that only tensors know.
    pub symbolic: bool,
    /// The names that the definition gives, as variables; gathered when they are first asked for.
    names: OnceCell<HashSet<String>>,
    /// What each shared instance is called, where that is not its name.
    pub instances: HashMap<String, Code>,
    /// The names of the file's blocks: a variable of that name would hide one.
    pub blocks: Rc<HashSet<String>>,
}

impl<'a> Scope<'a> {
    /// The scope of a definition.
    pub fn new(
        framework: &'a Framework,
        definition: &'a Definition,
        form: &'a Form,
        blocks: &Rc<HashSet<String>>,
    ) -> Self {
        Self {
            framework,
            definition,
            form,
            dims: IndexMap::default(),
            stored: IndexSet::default(),
            free: IndexSet::default(),
            counters: Vec::new(),
            locals: IndexMap::default(),
            symbolic: false,
            names: OnceCell::new(),
            instances: HashMap::default(),
            blocks: Rc::clone(blocks),
        }
    }

    /// A spec's name as a variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> String {
        python::identifier(name, &|name| self.framework.takes(name) || self.blocks.contains(name))
    }

    /// Whether the definition gives a variable of this name.
    #[must_use]
    pub fn gives(&self, variable: &str) -> bool {
        let names = self.names.get_or_init(|| {
            let mut names = HashSet::default();
            self.definition.each_name(&mut |name| {
                names.insert(self.variable(name));
            });
            names
        });
        names.contains(variable)
    }

    /// A spec's name as an attribute of a class.
    #[must_use]
    pub fn attribute(&self, name: &str) -> String {
        // As many underscores more as no attribute of the framework has: `requires_grad_` is one of them.
        let stem = name.trim_end_matches('_');
        let longest = self.framework.settings.reserved_attributes.iter().filter_map(|reserved| {
            let rest = reserved.strip_prefix(stem)?;
            rest.chars().all(|c| c == '_').then_some(rest.len())
        });
        let more = longest.max().map_or(0, |longest| longest + 1);
        format!("{name}{}", "_".repeat(more))
    }

    /// A shared instance, where it is applied.
    #[must_use]
    pub fn instance(&self, name: &str) -> Code {
        self.instances.get(name).cloned().unwrap_or_else(|| Code::name(self.variable(name)))
    }

    fn hyperparameter(&mut self, name: &str, place: Place) -> String {
        let variable = self.variable(name);
        if place == Place::Call && !self.counters.iter().any(|counter| counter == name) {
            self.stored.insert(name.to_owned());
            format!("self.{}", self.attribute(&variable))
        } else {
            variable
        }
    }

    /// Whether the name is a size bound by the header.
    fn is_size(&self, name: &str) -> bool {
        self.definition.parameter(name).is_none()
            && self
                .definition
                .inputs
                .iter()
                .filter_map(|input| input.shape.as_ref())
                .flat_map(|shape| &shape.dims)
                .any(|dim| matches!(&dim.value.kind, ExprKind::Name(found) if found == name))
    }

    fn size_name(&mut self, name: &str, place: Place, span: Span) -> Emission<String> {
        let model = self.definition.kind == DefinitionKind::Model;
        let settings = &self.framework.settings;
        let variable = self.variable(name);
        if model && settings.free_sizes.are_parameters(self.form.reads_free_sizes) {
            return Ok(variable);
        }
        let explicit = settings.shapes == Shapes::Explicit;
        match place {
            Place::Init if model => Err(Box::new(
                Diagnostic::error(
                    codes::NOT_EXPRESSIBLE,
                    format!("a layer of `{}` depends on the free size `{name}`", self.definition.name),
                )
                .at(span, format!("{} must know this size when the layer is made", settings.name))
                .help(format!("fix the size in the header, or make `{name}` a hyperparameter of the model")),
            )),
            Place::Init => {
                self.dims.insert(name.to_owned(), variable.clone());
                Ok(variable)
            }
            Place::Function if explicit && !model => {
                self.dims.insert(name.to_owned(), variable.clone());
                Ok(variable)
            }
            Place::Call | Place::Function => {
                self.free.insert(name.to_owned());
                Ok(variable)
            }
        }
    }

    /// The argument that tells a class the size of an axis of its input: `in_channels`.
    fn dim_argument(&self, symbol: &str) -> String {
        let (input, attribute) = symbol.split_once('.').unwrap_or(("", symbol));
        let tensors = self.form.inputs.iter().filter(|stream| stream.tensor.is_some()).count();
        // The first input is the input; only sizes of the others say whose they are.
        let first = self.definition.inputs.first().is_some_and(|first| first.name == input);
        let name = if tensors <= 1 || first { format!("in_{attribute}") } else { format!("{input}_{attribute}") };
        let mut argument = name;
        // The spec's own names come first.
        while self.gives(&argument) || self.dims.iter().any(|(other, known)| other != symbol && *known == argument) {
            argument.push('_');
        }
        argument
    }

    fn symbol(&mut self, symbol: &str, place: Place, span: Span) -> Emission<String> {
        if let Some(name) = symbol.strip_prefix(PARAMETER) {
            return Ok(self.hyperparameter(name, place));
        }
        let Some((input, attribute)) = symbol.split_once('.') else {
            return self.size_name(symbol, place, span);
        };
        let explicit = self.framework.settings.shapes == Shapes::Explicit;
        if explicit {
            let argument = self.dim_argument(symbol);
            self.dims.insert(symbol.to_owned(), argument.clone());
            if place == Place::Call {
                self.stored.insert(argument.clone());
                return Ok(format!("self.{argument}"));
            }
            return Ok(argument);
        }
        let tensor =
            self.form.inputs.iter().find(|stream| stream.name == input).and_then(|stream| stream.tensor.clone());
        let axis = tensor.as_ref().and_then(|tensor| tensor.axis(attribute).or_else(|| attribute.parse().ok()));
        match (tensor, axis) {
            (Some(tensor), Some(axis)) => Ok(self.read_size(&self.variable(input), &tensor, axis, false)),
            _ => Ok(self.dim_argument(symbol)),
        }
    }

    /// What reads a size of a tensor.
    #[must_use]
    pub fn read_size(&self, variable: &str, tensor: &Tensor, axis: usize, free: bool) -> String {
        let settings = &self.framework.settings;
        let rank = tensor.dims.len();
        let native = settings.native_axis(axis, rank, tensor.layout);
        // The last axis reads best from the end where channels stand last.
        let last = native == rank && settings.native_axis(0, rank, Layout::Map) == rank && tensor.layout == Layout::Map;
        let native = if last || (tensor.layout == Layout::Plain && native == rank) {
            "-1".to_owned()
        } else {
            native.to_string()
        };
        let template = if free { settings.free_dim.as_ref().unwrap_or(&settings.dim) } else { &settings.dim };
        template.replace("{{ x }}", variable).replace("{{ axis }}", &native)
    }

    /// A size as text.
    ///
    /// # Errors
    /// A size that the code can't know at this place.
    pub fn size(&mut self, dim: &Dim, place: Place, span: Span) -> Emission<String> {
        if let Some(value) = dim.constant() {
            return Ok(value.to_string());
        }
        if dim.has_unknown() {
            return Err(Box::new(
                Diagnostic::error(
                    codes::NOT_EXPRESSIBLE,
                    "the size of a layer changes from round to round in a way that no formula gives".to_owned(),
                )
                .at(span, "its input changes its size in the loop around")
                .help("a size may stay, grow by a fixed amount or by a fixed factor; `--flat` writes every round out"),
            ));
        }
        let mut symbols: Vec<String> = Vec::new();
        collect_symbols(dim, &mut symbols);
        let mut texts: HashMap<String, String> = HashMap::default();
        for symbol in symbols {
            let text = self.symbol(&symbol, place, span)?;
            texts.insert(symbol, text);
        }
        let symbol = |name: &str| texts.get(name).cloned().unwrap_or_else(|| name.to_owned());
        Ok(dim.print(&Notation { symbol: &symbol, divide: "//", power: &python::power }))
    }

    /// A hyperparameter expression as text.
    ///
    /// # Errors
    /// A size that the code can't know at this place.
    pub fn expression(&mut self, expr: &Expr, place: Place) -> Emission<String> {
        Ok(self.printed(expr, place)?.0)
    }

    /// A hyperparameter expression as code.
    ///
    /// # Errors
    /// As [`Scope::expression`].
    pub fn code(&mut self, expr: &Expr, place: Place) -> Emission<Code> {
        let text = self.expression(expr, place)?;
        self.read(&text, expr.span)
    }

    /// The opposite of a condition as code.
    ///
    /// # Errors
    /// As [`Scope::expression`].
    pub fn negated(&mut self, expr: &Expr, place: Place) -> Emission<Code> {
        let text = self.negation(expr, place)?;
        self.read(&text, expr.span)
    }

    /// The statement that reads neighbouring free sizes, from the text that [`Scope::free_sizes`] gives.
    ///
    /// # Errors
    /// What is not in the subset of Python.
    pub fn size_read(&self, names: &str, read: &str) -> Emission<Statement> {
        let span = self.definition.header;
        Ok(Statement::assign(self.read(names, span)?, self.read(read, span)?, None))
    }

    /// Text of the column's as code.
    ///
    /// # Errors
    /// What is not in the subset of Python.
    pub fn read(&self, text: &str, span: Span) -> Emission<Code> {
        parse::expression(text).map_err(|error| {
            let column = &self.framework.settings.name;
            let what = format!("{column}: this gives what cannot be read: {error}: `{text}`");
            Box::new(Diagnostic::error(codes::UNSUPPORTED, what).at(span, "written here"))
        })
    }

    /// What gives the value of a hyperparameter or a size; nothing for any other name, and where the code can't know it.
    pub fn value_of(&mut self, name: &str, place: Place) -> Option<String> {
        if self.is_size(name) {
            return self.size_name(name, place, self.definition.header).ok();
        }
        let known = self.definition.parameter(name).is_some() || self.locals.contains_key(name);
        known.then(|| self.hyperparameter(name, place))
    }

    fn at_least(&mut self, expr: &Expr, place: Place, strength: Strength) -> Emission<String> {
        let (text, found) = self.printed(expr, place)?;
        Ok(if found < strength { format!("({text})") } else { text })
    }

    fn printed(&mut self, expr: &Expr, place: Place) -> Emission<(String, Strength)> {
        let atom = |text: String| Ok((text, Strength::Atom));
        match &expr.kind {
            ExprKind::Int(value) if *value < 0 => Ok((value.to_string(), Strength::Sign)),
            ExprKind::Int(value) => atom(value.to_string()),
            ExprKind::Float { text, .. } => atom(text.clone()),
            ExprKind::Quantity { value, .. } => atom(value.to_string()),
            ExprKind::Bool(value) => atom(if *value { "True" } else { "False" }.to_owned()),
            ExprKind::Size(sizes) => {
                atom(format!("({})", sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
            }
            ExprKind::Str(text) => atom(format!("{text:?}")),
            ExprKind::Name(name) if self.is_size(name) => atom(self.size_name(name, place, expr.span)?),
            ExprKind::Name(name) => atom(self.hyperparameter(name, place)),
            ExprKind::Attribute { tensor, attribute } => {
                let (found, value) = match self.form.attributes.get(&attribute.span) {
                    Some((found, value)) => (found.clone(), value.clone()),
                    None => return atom(format!("{}_{}", tensor.text, attribute.text)),
                };
                if let Value::Int(Dim::Constant(size)) = value {
                    return atom(size.to_string());
                }
                let explicit = self.framework.settings.shapes == Shapes::Explicit;
                match (&value, found.axis(&attribute.text)) {
                    (Value::Int(dim), _) if place == Place::Init || (explicit && place == Place::Function) => {
                        let text = self.size(dim, place, expr.span)?;
                        let strength = python::strength(&text);
                        Ok((text, strength))
                    }
                    (_, Some(axis)) => atom(self.read_size(&self.variable(&tensor.text), &found, axis, false)),
                    _ => atom(format!("{}_{}", tensor.text, attribute.text)),
                }
            }
            ExprKind::List(items) => {
                let items: Vec<String> =
                    items.iter().map(|item| self.expression(item, place)).collect::<Emission<_>>()?;
                atom(match items.as_slice() {
                    [single] => format!("({single},)"),
                    items => format!("({})", items.join(", ")),
                })
            }
            ExprKind::Splat(inner) => self.printed(inner, place),
            ExprKind::Unary(op, inner) => {
                if *op == UnaryOp::Not {
                    return Ok((self.negation(inner, place)?, Strength::Not));
                }
                let (sign, strength) = python::unary(*op);
                Ok((format!("{sign}{}", self.at_least(inner, place, strength)?), strength))
            }
            ExprKind::Binary(op, left, right) => {
                let floor = self.is_int(left) && self.is_int(right);
                let (sign, strength) = python::binary(*op, floor);
                let (left_strength, right_strength) = match strength {
                    // A chain of comparisons would mean something else in Python.
                    Strength::Compare => (Strength::Sum, Strength::Sum),
                    Strength::Power => (Strength::Atom, Strength::Power),
                    Strength::Sum if *op == BinaryOp::Subtract => (Strength::Sum, Strength::Product),
                    Strength::Product => (Strength::Product, Strength::Sign),
                    other => (other, other),
                };
                let left = self.at_least(left, place, left_strength)?;
                let right = self.at_least(right, place, right_strength)?;
                if let (true, Some(template)) = (self.symbolic, self.framework.settings.comparisons.get(sign)) {
                    return atom(template.replace("{{ left }}", &left).replace("{{ right }}", &right));
                }
                let text = match strength {
                    Strength::Power => python::power(&left, &right),
                    _ => format!("{left} {sign} {right}"),
                };
                Ok((text, strength))
            }
            ExprKind::Call(name, items) => {
                let items: Vec<String> =
                    items.iter().map(|item| self.expression(item, place)).collect::<Emission<_>>()?;
                match name.text.as_str() {
                    "sqrt" => Ok((python::power(&python::operand(&items.join(", ")), "0.5"), Strength::Power)),
                    "product" => atom(format!("math.prod({})", items.join(", "))),
                    "length" => atom(format!("len({})", items.join(", "))),
                    other => atom(format!("{other}({})", items.join(", "))),
                }
            }
            ExprKind::Choice { condition, then, otherwise } => {
                let then = self.at_least(then, place, Strength::Or)?;
                let condition = self.at_least(condition, place, Strength::Or)?;
                let otherwise = self.at_least(otherwise, place, Strength::Choice)?;
                Ok((format!("{then} if {condition} else {otherwise}"), Strength::Choice))
            }
        }
    }

    /// The opposite of a condition, as people write it.
    ///
    /// # Errors
    /// As [`Scope::expression`].
    pub fn negation(&mut self, expr: &Expr, place: Place) -> Emission<String> {
        if let ExprKind::Binary(op, left, right) = &expr.kind
            && let Some(opposite) = python::opposite(*op)
        {
            let turned = Expr { kind: ExprKind::Binary(opposite, left.clone(), right.clone()), span: expr.span };
            return self.expression(&turned, place);
        }
        if let (true, Some(template)) = (self.symbolic, self.framework.settings.comparisons.get("not")) {
            return Ok(template.replace("{{ left }}", &self.expression(expr, place)?));
        }
        Ok(format!("not {}", self.at_least(expr, place, Strength::Not)?))
    }

    /// Whether an expression gives an integer.
    pub fn is_int(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Int(_) | ExprKind::Attribute { .. } => true,
            ExprKind::Name(name) => {
                if let Some(parameter) = self.definition.parameter(name) {
                    let default = parameter
                        .default
                        .as_ref()
                        .is_none_or(|default| !matches!(default.kind, ExprKind::Float { .. }));
                    return default && matches!(self.form.sample.get(name), Some(Value::Int(_)));
                }
                self.locals.get(name).copied().unwrap_or(true)
            }
            ExprKind::Unary(_, inner) | ExprKind::Splat(inner) => self.is_int(inner),
            ExprKind::Binary(_, left, right) => self.is_int(left) && self.is_int(right),
            ExprKind::Call(name, items) => name.text != "sqrt" && items.iter().all(|item| self.is_int(item)),
            ExprKind::List(items) => items.iter().all(|item| self.is_int(item)),
            ExprKind::Choice { then, otherwise, .. } => self.is_int(then) && self.is_int(otherwise),
            _ => false,
        }
    }

    /// The statements that read free sizes, for those that the code asked for: the names, and what reads them.
    #[must_use]
    pub fn free_sizes(&self) -> Vec<(String, String)> {
        let settings = &self.framework.settings;
        // The input, the axis and the name.
        let mut asked: Vec<(usize, usize, &str)> = Vec::new();
        for name in &self.free {
            let place = self.definition.inputs.iter().enumerate().find_map(|(at, input)| {
                let mut dims = input.shape.iter().flat_map(|shape| &shape.dims);
                let axis = dims.position(|dim| matches!(&dim.value.kind, ExprKind::Name(found) if found == name))?;
                Some((at, axis))
            });
            asked.extend(place.map(|(at, axis)| (at, axis, name.as_str())));
        }
        asked.sort_unstable();
        let mut found = Vec::new();
        let mut rest = asked.as_slice();
        while let Some((input, axis, name)) = rest.first() {
            let (Some(declared), Some(tensor)) = (
                self.definition.inputs.get(*input),
                self.form.inputs.get(*input).and_then(|stream| stream.tensor.as_ref()),
            ) else {
                rest = &rest[1..];
                continue;
            };
            let variable = self.variable(&declared.name);
            let run = rest.iter().enumerate().take_while(|(at, next)| (next.0, next.1) == (*input, axis + at)).count();
            let names: Vec<String> = rest[..run].iter().map(|(_, _, name)| self.variable(name)).collect();
            match &settings.free_dims {
                Some(template) if run > 1 => {
                    let native = |axis| settings.native_axis(axis, tensor.dims.len(), tensor.layout);
                    let (first, last) = (native(*axis), native(axis + run - 1));
                    let end = if last == tensor.dims.len() { String::new() } else { (last + 1).to_string() };
                    let read = template.replace("{{ x }}", &variable).replace("{{ axes }}", &format!("{first}:{end}"));
                    found.push((names.join(", "), read));
                    rest = &rest[run..];
                }
                _ => {
                    found.push((self.variable(name), self.read_size(&variable, tensor, *axis, true)));
                    rest = &rest[1..];
                }
            }
        }
        found
    }

    /// Whether a condition speaks of sizes that only tensors know.
    #[must_use]
    pub fn on_sizes(&self, expr: &Expr) -> bool {
        let mut found = false;
        infer::collect(expr, &mut |name| found |= self.is_size(name));
        found
    }
}

/// The symbols in a size.
fn collect_symbols(dim: &Dim, symbols: &mut Vec<String>) {
    for (monomial, _) in dim.terms() {
        for (atom, _) in monomial {
            match atom {
                Atom::Symbol { name, .. } => {
                    if !symbols.iter().any(|other| **other == *name) {
                        symbols.push(name.to_string());
                    }
                }
                Atom::Unknown(_) => {}
                Atom::Floor(a, b)
                | Atom::Quotient(a, b)
                | Atom::Power(a, b)
                | Atom::Max(a, b)
                | Atom::Min(a, b)
                | Atom::Remainder(a, b) => {
                    collect_symbols(&a, symbols);
                    collect_symbols(&b, symbols);
                }
            }
        }
    }
}
