//! One operator as a column's code: its template with its values.

use super::framework::{Framework, Operator};
use super::holes::{self, Filling, Marks, Rendered};
use super::render::{Compiled, Renderer};
use super::scope::{Emission, Place, Scope};
use crate::code::{Expr as Code, Statement};
use crate::diagnostic::{Diagnostic, codes};
use crate::dim::Dim;
use crate::hash::{HashMap, HashSet};
use crate::ir::{Program, Stage, StageKind};
use crate::ops::{Applied, Layout, ParameterType, Pattern, Value};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use tera::Context;

/// An operator of a column with its templates compiled.
#[derive(Debug)]
pub struct Ready {
    /// The entry.
    pub entry: Arc<Operator>,
    layers: Vec<Compiled>,
    expr: Option<Compiled>,
    lines: Vec<Compiled>,
    stages: Vec<Compiled>,
    /// Whether its application names the layer itself.
    pub own: bool,
}

impl Ready {
    /// Whether it is a layer that can stand in a row of layers.
    #[must_use]
    pub fn chains(&self) -> bool {
        !self.layers.is_empty() && !self.own
    }

    /// Whether it can be applied without a layer.
    #[must_use]
    pub fn is_function(&self) -> bool {
        !self.own
            && (self.expr.is_some() || !self.stages.is_empty() || (!self.lines.is_empty() && self.layers.is_empty()))
    }

    /// Whether it has a layer at all.
    #[must_use]
    pub fn has_layer(&self) -> bool {
        !self.layers.is_empty()
    }
}

/// What an application gives.
#[derive(Clone, Debug)]
pub enum Application {
    /// An expression.
    Expr(Code),
    /// Statements that assign the outputs.
    Lines(Vec<Statement>),
    /// So many steps, to be asked for one after the other.
    Stages(usize),
}

/// What an operator is applied to and gives.
#[derive(Clone, Debug, Default)]
pub struct Wiring<'w> {
    /// The tensors that enter.
    pub inputs: &'w [Code],
    /// The variables to assign, in the order of the pattern's outputs; `None` where one is not needed.
    pub outputs: &'w [Option<String>],
    /// The layer.
    pub layer: Option<&'w Code>,
    /// The activation that its layer applies.
    pub activation: Option<&'w str>,
}

/// Renders operators of one column.
pub struct Operators<'a> {
    framework: &'a Framework,
    /// The templates.
    pub renderer: &'a mut Renderer,
    ready: HashMap<String, Rc<Ready>>,
    known: HashMap<Key, Vec<Known>>,
}

/// A template, and either what the pattern became (its address) or a flag.
type Key = (usize, usize);

/// What was rendered and read before.
struct Known {
    form: holes::Form,
    place: Place,
    arguments: Vec<(usize, Expr)>,
    rendered: Rendered,
}

/// Reads what a template gave.
type Reader = fn(&str) -> Result<Rendered, String>;

/// The name of the operator that reports values.
pub const TAP: &str = "tap";

impl<'a> Operators<'a> {
    /// The operators of a column.
    #[must_use]
    pub fn new(framework: &'a Framework, renderer: &'a mut Renderer) -> Self {
        Self { framework, renderer, ready: HashMap::default(), known: HashMap::default() }
    }

    /// Renders a skeleton of the column.
    ///
    /// # Errors
    /// A missing skeleton, or what Tera says.
    pub fn skeleton(&mut self, file: &str, context: &Context) -> Result<String, String> {
        let text = self.framework.file(file).ok_or_else(|| format!("{file} is missing"))?;
        let compiled = self.renderer.compile(text)?;
        self.renderer.render_exactly(&compiled, context)
    }

    fn broken(&self, name: &str, reason: &str, span: Span) -> Box<Diagnostic> {
        let column = &self.framework.settings.name;
        Box::new(
            Diagnostic::error(codes::UNSUPPORTED, format!("{column}: `{name}` cannot be written: {reason}"))
                .at(span, "asked for here"),
        )
    }

    /// The entry of a stage's operator.
    ///
    /// # Errors
    /// An operator that the column can't express, with its reason.
    pub fn get(&mut self, stage: &Stage) -> Emission<Rc<Ready>> {
        let (name, span) = (name_of(stage), stage.span);
        if let Some(ready) = self.ready.get(name) {
            return Ok(Rc::clone(ready));
        }
        let entry = match &stage.kind {
            StageKind::Pattern { pattern, .. } => self.framework.entry(pattern),
            _ => self.framework.operator(name),
        };
        let entry = entry.map_err(|error| self.broken(name, &error.to_string(), span))?;
        let Some(entry) = entry else {
            let own = matches!(&stage.kind, StageKind::Pattern { pattern, .. } if pattern.is_own());
            let reason = if own {
                format!("its declaration has no line `extern {} = \"..\"`", self.framework.id)
            } else {
                "this column has no entry for it".to_owned()
            };
            return Err(self.broken(name, &reason, span));
        };
        if let Some(reason) = &entry.unsupported {
            return Err(self.broken(name, reason, span));
        }
        let mut compile = |text: &String| self.renderer.compile(text);
        let compiled = (|| {
            let layers = entry.layer.iter().map(&mut compile).collect::<Result<Vec<_>, _>>()?;
            let expr = entry.expr.as_ref().map(&mut compile).transpose()?;
            let lines = entry.lines.iter().map(&mut compile).collect::<Result<Vec<_>, _>>()?;
            let stages = entry.stages.iter().map(&mut compile).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, String>((layers, expr, lines, stages))
        })();
        let (layers, expr, lines, stages) = compiled.map_err(|reason| self.broken(name, &reason, span))?;
        let own = expr.iter().chain(&lines).any(|compiled| compiled.variables.contains("layer"));
        let ready = Rc::new(Ready { entry, layers, expr, lines, stages, own });
        self.ready.insert(name.to_owned(), Rc::clone(&ready));
        Ok(ready)
    }

    /// The layers that a stage constructs.
    ///
    /// # Errors
    /// A template that refuses, or a size that the code can't know.
    pub fn layers(&mut self, stage: &Stage, scope: &mut Scope<'_>) -> Emission<Vec<Code>> {
        let ready = self.get(stage)?;
        let mut layers = Vec::with_capacity(ready.layers.len());
        for template in &ready.layers {
            layers.extend(self.expression(stage, template, &Wiring::default(), scope, Place::Init)?);
        }
        Ok(layers)
    }

    /// The application of a stage.
    ///
    /// # Errors
    /// A template that refuses, or a size that the code can't know.
    pub fn apply(
        &mut self,
        stage: &Stage,
        wiring: &Wiring<'_>,
        scope: &mut Scope<'_>,
        place: Place,
    ) -> Emission<Application> {
        let ready = self.get(stage)?;
        let several = wiring.outputs.iter().skip(1).any(Option::is_some);
        if !ready.lines.is_empty() && (several || (ready.expr.is_none() && ready.stages.is_empty())) {
            let mut lines = Vec::new();
            for template in &ready.lines {
                let rendered = self.rendered(stage, template, wiring, scope, place, Rendered::statements)?;
                if let Rendered::Statements(statements) = rendered {
                    lines.extend(statements);
                }
            }
            lines.iter_mut().for_each(|statement| statement.come_from(stage.span));
            return Ok(Application::Lines(lines));
        }
        if !ready.stages.is_empty() {
            return Ok(Application::Stages(ready.stages.len()));
        }
        let Some(template) = &ready.expr else {
            return Err(self.broken(name_of(stage), "its entry has no application", stage.span));
        };
        match self.expression(stage, template, wiring, scope, place)? {
            Some(expr) => Ok(Application::Expr(expr)),
            None => Err(self.broken(name_of(stage), "its entry gives nothing", stage.span)),
        }
    }

    /// One step of an application; nothing if it is not needed.
    ///
    /// # Errors
    /// As [`Operators::apply`].
    pub fn step(
        &mut self,
        stage: &Stage,
        at: usize,
        wiring: &Wiring<'_>,
        scope: &mut Scope<'_>,
        place: Place,
    ) -> Emission<Option<Code>> {
        let ready = self.get(stage)?;
        self.expression(stage, &ready.stages[at], wiring, scope, place)
    }

    /// A layer or block applied to its inputs.
    ///
    /// # Errors
    /// A template that refuses.
    pub fn call(&mut self, layer: &Code, inputs: &[Code], mode: bool) -> Result<Code, String> {
        let settings = &self.framework.settings;
        let template = self.renderer.compile(&settings.call)?;
        let wiring = Wiring { inputs, outputs: &[], layer: Some(layer), activation: None };
        let filling = Filling { wiring: &wiring, instances: Vec::new() };
        let key = (template.id, usize::from(mode));
        let form = holes::Form::of(&wiring);
        let filled = match self.remembered(key, Place::Call, &[], &form) {
            Some(rendered) => rendered.filled(&filling),
            None => {
                let marks = form.marks();
                let mut context = Context::new();
                context.insert("mode", &mode);
                context.insert("training", &settings.training);
                context.insert("layer", &marks.layer);
                context.insert("inputs", &marks.inputs);
                let text = self.renderer.render(&template, &context)?;
                let rendered = Rendered::expression(&text)?;
                let filled = rendered.filled(&filling);
                let known = Known { form, place: Place::Call, arguments: Vec::new(), rendered };
                self.known.entry(key).or_default().push(known);
                filled
            }
        };
        match filled {
            Rendered::Expr(expr) => Ok(expr),
            _ => Err("`call` gives nothing".to_owned()),
        }
    }

    fn expression(
        &mut self,
        stage: &Stage,
        template: &Compiled,
        wiring: &Wiring<'_>,
        scope: &mut Scope<'_>,
        place: Place,
    ) -> Emission<Option<Code>> {
        Ok(match self.rendered(stage, template, wiring, scope, place, Rendered::expression)? {
            Rendered::Expr(expr) => Some(expr),
            _ => None,
        })
    }

    /// A template of a stage with its values, rendered and read now or before.
    fn rendered(
        &mut self,
        stage: &Stage,
        template: &Compiled,
        wiring: &Wiring<'_>,
        scope: &mut Scope<'_>,
        place: Place,
        read: Reader,
    ) -> Emission<Rendered> {
        let form = holes::Form::of(wiring);
        let of_definition = scope.form;
        let application = match &stage.kind {
            StageKind::Pattern { pattern, arguments } => {
                of_definition.applied.get(&stage.id).map(|applied| (pattern, arguments, applied))
            }
            _ => None,
        };
        let key = application.map(|(_, _, applied)| (template.id, Arc::as_ptr(applied).addr()));
        let mut filling = Filling { wiring, instances: Vec::new() };
        if let (Some(key), Some((_, arguments, _))) = (key, application)
            && let Some(rendered) = self.remembered(key, place, arguments, &form)
        {
            return Ok(rendered.filled(&filling));
        }
        let context = self.context(stage, template, &form.marks(), scope, place)?;
        if let Some((pattern, arguments, _)) = application {
            filling.instances = instances(pattern, arguments, scope);
        }
        let text = self.renderer.render(template, &context);
        let rendered = text.and_then(|text| read(&text));
        let rendered = rendered.map_err(|reason| self.broken(name_of(stage), &filling.message(&reason), stage.span))?;
        let filled = rendered.filled(&filling);
        if let (Some(key), Some((pattern, arguments, applied))) = (key, application)
            && filling.instances.is_empty()
            && is_closed(pattern, arguments, applied)
        {
            let known = Known { form, place, arguments: arguments.clone(), rendered };
            self.known.entry(key).or_default().push(known);
        }
        Ok(filled)
    }

    fn remembered(&self, key: Key, place: Place, arguments: &[(usize, Expr)], form: &holes::Form) -> Option<&Rendered> {
        let known =
            self.known.get(&key)?.iter().find(|known| {
                known.place == place && known.form == *form && same_arguments(&known.arguments, arguments)
            });
        known.map(|known| &known.rendered)
    }

    fn context(
        &self,
        stage: &Stage,
        template: &Compiled,
        wiring: &Marks,
        scope: &mut Scope<'_>,
        place: Place,
    ) -> Emission<Context> {
        let mut context = Context::new();
        if let Some(layer) = &wiring.layer {
            context.insert("layer", layer);
        }
        if let Some(activation) = &wiring.activation {
            context.insert("activation", activation);
        }
        context.insert("training", &self.framework.settings.training);
        let (pattern, arguments) = match &stage.kind {
            StageKind::Pattern { pattern, arguments } => (pattern, arguments),
            StageKind::Tap { line, slot } => {
                context.insert("line", line);
                context.insert("slot", slot);
                context.insert("x", wiring.inputs.first().map_or("", String::as_str));
                return Ok(context);
            }
            _ => return Ok(context),
        };
        let form = scope.form;
        let Some(applied) = form.applied.get(&stage.id) else {
            return Err(self.broken(&pattern.name, "nothing is known of this line", stage.span));
        };
        let first =
            form.stages.get(&stage.id).and_then(|stage| stage.inputs.iter().find_map(|stream| stream.tensor.as_ref()));
        let (rank, layout) = first.map_or((0, Layout::Plain), |tensor| (tensor.dims.len(), tensor.layout));
        let allowed = &self.framework.settings.spatial_axes;
        if layout == Layout::Map && !allowed.is_empty() && !allowed.contains(&rank.saturating_sub(1)) {
            let counts: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            let reason = format!(
                "maps have {} spatial axes in this column, not {}",
                counts.join(" or "),
                rank.saturating_sub(1)
            );
            return Err(self.broken(&pattern.name, &reason, stage.span));
        }
        let writer =
            Parameters { framework: self.framework, pattern, arguments, rank, layout, values: &applied.arguments };
        for variable in template.variables.iter() {
            match variable.as_str() {
                "layer" | "training" | "activation" => {}
                "rank" => context.insert("rank", &rank.saturating_sub(1)),
                "ndim" => context.insert("ndim", &(rank + 1)),
                "kind" => context.insert("kind", layout.word()),
                "static" => context.insert("static", &writer.known()),
                "used" => {
                    let used: BTreeMap<&str, bool> = pattern
                        .outputs
                        .iter()
                        .enumerate()
                        .map(|(at, output)| {
                            (output.name.text.as_str(), wiring.outputs.get(at).is_some_and(Option::is_some))
                        })
                        .collect();
                    context.insert("used", &used);
                }
                "inputs" => context.insert("inputs", &wiring.inputs),
                // Of a loop: what it runs over, what stays, what is carried; and everything that it gives.
                "sequences" | "constants" | "states" if pattern.loops().is_some() => {
                    let count = |name: &str| {
                        let found = applied.dims.iter().find(|(dim, _)| dim == name);
                        found.and_then(|(_, value)| usize::try_from(value.as_int()?).ok()).unwrap_or(0)
                    };
                    let carried = wiring.inputs.len().saturating_sub(count("carried"));
                    let over = count("over").min(carried);
                    let part = match variable.as_str() {
                        "sequences" => &wiring.inputs[..over],
                        "constants" => &wiring.inputs[over..carried],
                        _ => &wiring.inputs[carried..],
                    };
                    context.insert(variable.clone(), part);
                }
                "outputs" => {
                    let outputs = wiring.outputs.iter().map(|output| output.as_deref().unwrap_or("_"));
                    context.insert("outputs", &outputs.collect::<Vec<_>>());
                }
                name => {
                    if let Some(position) = pattern.inputs.iter().position(|input| input.name.text == name) {
                        insert_input(&mut context, pattern, position, &wiring.inputs);
                    } else if let Some(position) = pattern.parameter(name) {
                        writer.insert(&mut context, position, scope, place)?;
                    } else if let Some(position) = pattern.outputs.iter().position(|output| output.name.text == name) {
                        let output = wiring.outputs.get(position).and_then(Option::as_deref).unwrap_or("_");
                        context.insert(name.to_owned(), output);
                    } else if let Some((_, value)) = applied.dims.iter().find(|(dim, _)| dim == name) {
                        insert_dim(&mut context, name, value, scope, place, stage.span)?;
                    }
                }
            }
        }
        Ok(context)
    }
}

/// Reads and compiles what a program will want of a column. What is wrong with an entry is told when it is used.
pub fn compile(program: &Program, framework: &Framework, renderer: &mut Renderer) {
    let mut entries = Vec::new();
    let mut seen = HashSet::default();
    program.each_pattern(&mut |_, pattern| {
        if !seen.contains(&pattern.name) {
            seen.insert(pattern.name.clone());
            entries.extend(framework.entry(pattern).ok().flatten());
        }
    });
    let texts = entries.iter().flat_map(|entry| {
        entry.layer.iter().chain(&entry.expr).chain(&entry.lines).chain(&entry.stages).map(String::as_str)
    });
    let skeletons = ["file.tera", "block.tera", "model.tera"].iter().filter_map(|file| framework.file(file));
    renderer.prepare(texts.chain(skeletons));
}

/// What the parameters stand for that are instances.
fn instances(pattern: &Pattern, arguments: &[(usize, Expr)], scope: &Scope<'_>) -> Vec<(usize, Code)> {
    let instance = |(position, expr): &(usize, Expr)| {
        let instance = matches!(pattern.parameters[*position].ty, ParameterType::Instance(_));
        match &expr.kind {
            ExprKind::Name(name) if instance => Some((*position, scope.instance(name))),
            _ => None,
        }
    };
    arguments.iter().filter_map(instance).collect()
}

fn name_of(stage: &Stage) -> &str {
    match &stage.kind {
        StageKind::Pattern { pattern, .. } => &pattern.name,
        _ => TAP,
    }
}

/// Whether the text of an application depends on nothing of the definition around it: no hyperparameter, no size that is not a number.
fn is_closed(pattern: &Pattern, arguments: &[(usize, Expr)], applied: &Applied) -> bool {
    // What a loop applies has another name in each definition.
    if pattern.loops().is_some() {
        return false;
    }
    let number = |value: &Value| value.as_int().is_some();
    let dims = applied.dims.iter().all(|(_, value)| match value {
        Value::List(items) => items.iter().all(number),
        value => number(value),
    });
    let defaults = pattern.parameters.iter().filter_map(|parameter| parameter.default.as_ref()).all(|default| {
        match &default.kind {
            // Another parameter, or a word.
            ExprKind::Name(_) => true,
            _ => is_literal(default),
        }
    });
    let word = |position: usize, expr: &Expr| matches!((&expr.kind, &applied.arguments[position]), (ExprKind::Name(name), Value::Word(word)) if name == word);
    dims && defaults && arguments.iter().all(|(position, expr)| is_literal(expr) || word(*position, expr))
}

fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Float { .. } | ExprKind::Bool(_) | ExprKind::Size(_) => true,
        ExprKind::List(items) => items.iter().all(is_literal),
        ExprKind::Unary(_, inner) => is_literal(inner),
        _ => false,
    }
}

fn same_arguments(some: &[(usize, Expr)], others: &[(usize, Expr)]) -> bool {
    some.len() == others.len()
        && some.iter().zip(others).all(|((a, some), (b, other))| a == b && same_literal(some, other))
}

/// Whether two are written the same; never of anything but literals and words.
fn same_literal(some: &Expr, other: &Expr) -> bool {
    match (&some.kind, &other.kind) {
        (ExprKind::Int(a), ExprKind::Int(b)) => a == b,
        (ExprKind::Float { text: a, .. }, ExprKind::Float { text: b, .. }) => a == b,
        (ExprKind::Bool(a), ExprKind::Bool(b)) => a == b,
        (ExprKind::Size(a), ExprKind::Size(b)) => a == b,
        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        (ExprKind::List(a), ExprKind::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_literal(a, b))
        }
        (ExprKind::Unary(a, some), ExprKind::Unary(b, other)) => a == b && same_literal(some, other),
        _ => false,
    }
}

fn insert_input(context: &mut Context, pattern: &Pattern, position: usize, inputs: &[String]) {
    let declared = &pattern.inputs[position];
    let name = declared.name.text.clone();
    if declared.variadic {
        context.insert(name, &inputs[position.min(inputs.len())..]);
        return;
    }
    let source = pattern.source(position, inputs.len()).and_then(|at| inputs.get(at));
    context.insert(name, source.map_or("", String::as_str));
}

fn insert_dim(
    context: &mut Context,
    name: &str,
    value: &Value,
    scope: &mut Scope<'_>,
    place: Place,
    span: Span,
) -> Emission<()> {
    match value {
        Value::Int(dim) => context.insert(name.to_owned(), &scope.size(dim, place, span)?),
        Value::List(items) => {
            let mut sizes = Vec::with_capacity(items.len());
            for item in items {
                let dim = item.as_dim().cloned().unwrap_or(Dim::ONE);
                sizes.push(scope.size(&dim, place, span)?);
            }
            context.insert(name.to_owned(), &sizes);
        }
        other => context.insert(name.to_owned(), &other.to_string()),
    }
    Ok(())
}

/// The hyperparameters of one application, as text.
struct Parameters<'a> {
    framework: &'a Framework,
    pattern: &'a Pattern,
    arguments: &'a [(usize, Expr)],
    rank: usize,
    layout: Layout,
    values: &'a [Value],
}

impl Parameters<'_> {
    fn source(&self, position: usize) -> Option<&Expr> {
        let written = self.arguments.iter().find(|(parameter, _)| *parameter == position).map(|(_, expr)| expr);
        written.or(self.pattern.parameters[position].default.as_ref())
    }

    fn insert(&self, context: &mut Context, position: usize, scope: &mut Scope<'_>, place: Place) -> Emission<()> {
        let parameter = &self.pattern.parameters[position];
        let name = parameter.name.clone();
        let value = &self.values[position];
        match &parameter.ty {
            ParameterType::Window => context.insert(name, &self.window(position, scope, place)?),
            ParameterType::Padding => {
                let (kind, amount) = self.padding(position, scope, place)?;
                let mut map: BTreeMap<&str, tera::Value> = BTreeMap::new();
                map.insert("kind", tera::Value::from_serializable(&kind));
                map.insert("amount", amount);
                context.insert(name, &map);
            }
            ParameterType::Axis => context.insert(name, &self.native(value)),
            ParameterType::Axes => {
                let axes: Vec<String> = match value {
                    Value::List(axes) => axes.iter().map(|axis| self.native_positive(axis).to_string()).collect(),
                    _ => Vec::new(),
                };
                context.insert(name, &axes);
            }
            ParameterType::Shape => context.insert(name, &self.items(position, scope, place)?),
            ParameterType::Instance(_) => {
                if let Some(Expr { kind: ExprKind::Name(_), .. }) = self.source(position) {
                    context.insert(name, &holes::instance(position));
                }
            }
            ParameterType::Text => context.insert(name, &format!("\"{}\"", super::python::quoted(&value.to_string()))),
            ParameterType::Choice(_) => context.insert(name, &format!("\"{value}\"")),
            ParameterType::Int | ParameterType::Float | ParameterType::Bool => {
                let text = self.scalar(position, scope, place)?;
                context.insert(name, &text);
            }
        }
        Ok(())
    }

    fn scalar(&self, position: usize, scope: &mut Scope<'_>, place: Place) -> Emission<String> {
        match self.source(position) {
            Some(expr) => match self.other(expr) {
                Some(other) if other != position && !self.is_written(position) => self.scalar(other, scope, place),
                _ => scope.expression(expr, place),
            },
            None => Ok(String::new()),
        }
    }

    fn is_written(&self, position: usize) -> bool {
        self.arguments.iter().any(|(parameter, _)| *parameter == position)
    }

    /// The parameter that a default stands for: `stride = kernel`.
    fn other(&self, expr: &Expr) -> Option<usize> {
        match &expr.kind {
            ExprKind::Name(name) => self.pattern.parameter(name),
            _ => None,
        }
    }

    /// The items of a list, each as text.
    fn items(&self, position: usize, scope: &mut Scope<'_>, place: Place) -> Emission<Vec<String>> {
        let Some(expr) = self.source(position) else { return Ok(Vec::new()) };
        match &expr.kind {
            ExprKind::List(items) => items.iter().map(|item| scope.expression(item, place)).collect(),
            ExprKind::Size(sizes) => Ok(sizes.iter().map(ToString::to_string).collect()),
            _ => {
                let text = super::python::operand(&scope.expression(expr, place)?);
                let count = match &self.values[position] {
                    Value::List(items) => items.len(),
                    _ => 0,
                };
                Ok((0..count).map(|at| format!("{text}[{at}]")).collect())
            }
        }
    }

    /// One text for each spatial axis.
    fn window(&self, position: usize, scope: &mut Scope<'_>, place: Place) -> Emission<Vec<String>> {
        let Some(expr) = self.source(position) else { return Ok(Vec::new()) };
        if let (Some(other), false) = (self.other(expr), self.is_written(position)) {
            return self.window(other, scope, place);
        }
        let spatial = self.rank.saturating_sub(1);
        match &expr.kind {
            ExprKind::List(_) | ExprKind::Size(_) => self.items(position, scope, place),
            _ => Ok(vec![scope.expression(expr, place)?; spatial]),
        }
    }

    fn padding(&self, position: usize, scope: &mut Scope<'_>, place: Place) -> Emission<(&'static str, tera::Value)> {
        let none = || ("none", tera::Value::from_serializable(&vec!["0"; self.rank.saturating_sub(1)]));
        match &self.values[position] {
            Value::Word(_) => Ok(("same", tera::Value::from_serializable(&Vec::<String>::new()))),
            Value::List(items) if items.iter().all(|item| item.as_int() == Some(0)) => Ok(none()),
            Value::List(items) if items.iter().any(|item| matches!(item, Value::List(_))) => {
                let expr = self.source(position);
                let mut pairs: Vec<Vec<String>> = Vec::new();
                if let Some(Expr { kind: ExprKind::List(rows), .. }) = expr {
                    for row in rows {
                        match &row.kind {
                            ExprKind::List(pair) => {
                                pairs.push(
                                    pair.iter().map(|item| scope.expression(item, place)).collect::<Emission<_>>()?,
                                );
                            }
                            _ => pairs.push(vec![scope.expression(row, place)?; 2]),
                        }
                    }
                }
                if pairs.iter().flatten().all(|text| text == "0") {
                    return Ok(none());
                }
                if pairs.iter().all(|pair| pair.windows(2).all(|both| both[0] == both[1])) {
                    let sides: Vec<&String> = pairs.iter().filter_map(|pair| pair.first()).collect();
                    return Ok(("symmetric", tera::Value::from_serializable(&sides)));
                }
                Ok(("explicit", tera::Value::from_serializable(&pairs)))
            }
            _ => Ok(("symmetric", tera::Value::from_serializable(&self.window(position, scope, place)?))),
        }
    }

    fn native_positive(&self, axis: &Value) -> usize {
        let axis = axis.as_int().and_then(|axis| usize::try_from(axis).ok()).unwrap_or(0);
        self.framework.settings.native_axis(axis, self.rank, self.layout)
    }

    /// An axis with the batch; the last one is -1.
    fn native(&self, axis: &Value) -> String {
        let native = self.native_positive(axis);
        if native == self.rank { "-1".to_owned() } else { native.to_string() }
    }

    /// The values that are known when code is made.
    fn known(&self) -> BTreeMap<&str, serde_json::Value> {
        fn json(value: &Value) -> Option<serde_json::Value> {
            Some(match value {
                Value::Int(dim) => dim.constant()?.into(),
                Value::Float(value) => (*value).into(),
                Value::Bool(value) => (*value).into(),
                Value::Word(word) => word.clone().into(),
                Value::List(items) => items.iter().map(json).collect::<Option<Vec<_>>>()?.into(),
                Value::Unknown => return None,
            })
        }
        let parameters = self.pattern.parameters.iter().zip(self.values);
        parameters.filter_map(|(parameter, value)| Some((parameter.name.as_str(), json(value)?))).collect()
    }
}
