//! From the IR to the code of a column.
//!
//! Every line of output is tagged with the line of the spec that it comes from, so that columns can be set side by side and findings of a
//! verification can be told by the spec's lines.
//!
//! Architecture Invariant: what a framework is like stands in its folder. Here is only what all columns share: Python, classes and
//! functions, and the order of things in a file.

mod class;
pub mod framework;
mod function;
mod holes;
mod operator;
pub mod python;
pub mod render;
mod scope;

use crate::code::{
    Comments, Comparison, Constant, Expr as Code, ExprKind as CodeKind, Item, Line, Statement, StatementKind, parse,
    print,
};
use crate::diagnostic::{Diagnostic, codes};
use crate::dim::{Dim, Notation, PARAMETER};
use crate::foreign;
use crate::hash::{HashMap, HashSet, IndexMap, IndexSet};
use crate::ir::analyse::{self, Form, Summary};
use crate::ir::infer::{Configuration, free_dims};
use crate::ir::{BlockArgument, Definition, Flow, Node, NodeKind, Operand, Program, Stage};
use crate::ops::{Layout, Tensor, Value};
use crate::span::{Sources, Span};
use crate::syntax::ast::{DefinitionKind, Expr};
use class::ClassWriter;
use framework::{Form as CodeForm, Framework, Helper, MapLayout, Shapes};
use function::FunctionWriter;
use holes::Rendered;
use operator::{Application, Operators, Wiring};
use scope::{Emission, Place, Scope};
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;
use tera::Context;

/// What may be asked of an emission.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the spec's file, for the head of the generated one.
    pub spec: String,
    /// Put the spec's line behind each line.
    pub line_refs: bool,
}

/// The code of one column.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// The column.
    pub column: String,
    /// The file's name.
    pub file: String,
    /// The name that the file exposes.
    pub model: String,
    /// The lines with their origins.
    pub lines: Vec<Line>,
    /// The helpers among the lines, in their order.
    pub helpers: Vec<Printed>,
    /// The sizes that became keyword parameters of the model, with their defaults.
    pub size_parameters: Vec<(String, Option<i64>)>,
}

/// A helper as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// Its name among those of the column.
    pub name: String,
    /// Which of the file's lines are its own.
    pub lines: Range<usize>,
}

impl Emitted {
    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.lines.len() * 60);
        for line in &self.lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }
}

/// A program that is ready to be emitted in every column.
pub struct Prepared<'a> {
    program: &'a Program,
    forms: Forms,
    configuration: &'a Configuration,
}

/// What is known of each definition on its own, by its name.
pub type Forms = IndexMap<String, Form>;

/// Prepares a program.
///
/// # Errors
/// What keeps it from being written as classes and functions.
pub fn prepare<'a>(program: &'a Program, configuration: &'a Configuration) -> Result<Prepared<'a>, Vec<Diagnostic>> {
    Ok(prepared(program, configuration, forms(program, configuration, None)?))
}

/// Prepares a program whose definitions were looked at before.
#[must_use]
pub fn prepared<'a>(program: &'a Program, configuration: &'a Configuration, forms: Forms) -> Prepared<'a> {
    Prepared { program, forms, configuration }
}

/// Looks at each definition on its own; faster with what a check in this configuration found.
///
/// # Errors
/// What keeps one from being written as a class or function.
pub fn forms(
    program: &Program,
    configuration: &Configuration,
    summary: Option<&Summary>,
) -> Result<Forms, Vec<Diagnostic>> {
    let mut sized = configuration.clone();
    // A size without a default needs some number for the look at one instance.
    for dim in free_dims(program.model()) {
        if dim.default.is_none() && !sized.sizes.contains_key(&dim.name) {
            sized.symbolic = true;
        }
    }
    analyse::forms(program, &sized, summary)
}

/// Compiles the templates of a column that a program will want, so that its emission finds them: a third of the work, and none of it
/// needs to know whether the program is right.
pub fn warm(program: &Program, framework: &Framework) {
    let mut renderer = framework.renderer();
    operator::compile(program, framework, &mut renderer);
    framework.keep(renderer);
}

/// How a definition is used by others.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    name: String,
    dims: IndexMap<String, String>,
    mode: bool,
    inputs: usize,
    outputs: usize,
    /// The names of the spec's inputs.
    input_names: Vec<String>,
    /// The sizes that the header names: the input's position and the axis.
    named_sizes: HashMap<String, (usize, usize)>,
    /// Whether the order of the parameters is another one than in the spec.
    reordered: bool,
}

type Interfaces = HashMap<String, Interface>;

/// The code of a definition before its skeleton.
pub(crate) struct Sections {
    init: Vec<Statement>,
    body: Vec<Statement>,
    dims: IndexMap<String, String>,
    mode: bool,
}

/// A free size in the example of a file's head, where the spec has none.
const EXAMPLE: i64 = 64;

/// Marks the origin of a line, or the first or last line of a helper, until the file is complete.
const MARK: char = '\u{E200}';

/// What stands between two marks before a helper's number, on its first line and on its last.
const FIRST: char = '<';
const LAST: char = '>';

/// Emits a prepared program in a column.
///
/// # Errors
/// What the column can't express, by the spec's lines.
pub fn emit(
    prepared: &Prepared<'_>,
    framework: &Framework,
    sources: &Sources,
    options: &Options,
) -> Result<Emitted, Vec<Diagnostic>> {
    let names = names(prepared, framework);
    let model = &prepared.program.model;
    let blocks = names.iter().filter(|(name, _)| *name != model).map(|(_, python)| python.clone()).collect();
    let mut renderer = framework.renderer();
    operator::compile(prepared.program, framework, &mut renderer);
    let writer = FileWriter {
        prepared,
        framework,
        sources,
        options,
        operators: Operators::new(framework, &mut renderer),
        origins: Vec::new(),
        names,
        blocks: Rc::new(blocks),
    };
    let written = writer.write();
    framework.keep(renderer);
    written
}

struct FileWriter<'a> {
    prepared: &'a Prepared<'a>,
    framework: &'a Framework,
    sources: &'a Sources,
    options: &'a Options,
    operators: Operators<'a>,
    origins: Vec<Span>,
    /// What each definition is called.
    names: IndexMap<String, String>,
    /// What the blocks are called.
    blocks: Rc<HashSet<String>>,
}

/// What each definition is called in Python. Two blocks may differ in less than a class's name keeps, or be the private ones of two
/// files; the model is called from outside, and has the first choice.
fn names(prepared: &Prepared<'_>, framework: &Framework) -> IndexMap<String, String> {
    let program = prepared.program;
    let model = python::identifier(&program.model, &|name| framework.takes(name));
    let mut taken = HashSet::from_iter([model.clone()]);
    let mut names = IndexMap::default();
    for (name, definition) in &program.definitions {
        let plain = name.split('.').next().unwrap_or(name);
        let python = if definition.kind == DefinitionKind::Model {
            model.clone()
        } else {
            let class = framework.settings.form == CodeForm::Class;
            let name = if class { python::class_name(plain) } else { plain.to_owned() };
            let mut python = python::identifier(&name, &|name| framework.takes(name));
            while !taken.insert(python.clone()) {
                python.push('_');
            }
            python
        };
        names.insert(name.clone(), python);
    }
    names
}

impl<'a> FileWriter<'a> {
    fn write(mut self) -> Result<Emitted, Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let mut interfaces = Interfaces::default();
        let mut parts: Vec<Part> = Vec::new();
        let mut model_mode = false;
        let program = self.prepared.program;
        for (name, definition) in &program.definitions {
            let Some(form) = self.prepared.forms.get(name) else { continue };
            let scope = Scope::new(self.framework, definition, form, &self.blocks);
            let python_name = self.names[name].clone();
            let written = match self.framework.settings.form {
                CodeForm::Class => ClassWriter::new(&mut self.operators, scope, &interfaces).write(),
                CodeForm::Function => FunctionWriter::new(&mut self.operators, scope, &interfaces).write(),
            };
            let sections = match written {
                Ok(sections) => sections,
                Err(finding) => {
                    let finding = *finding;
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                    // What uses this block can't be judged.
                    interfaces.insert(
                        name.clone(),
                        self.interface(definition, form, python_name, IndexMap::default(), false),
                    );
                    continue;
                }
            };
            if name == &program.model {
                model_mode = sections.mode;
            }
            let interface = self.interface(definition, form, python_name, sections.dims.clone(), sections.mode);
            match self.skeleton(definition, form, &interface, &sections) {
                Ok(text) => {
                    parts.push(Part {
                        model: name == &program.model,
                        header: definition.header,
                        name: interface.name.clone(),
                        uses: python::names_in(&text),
                        text,
                    });
                }
                Err(reason) => findings.push(
                    Diagnostic::error(codes::UNSUPPORTED, format!("{}: {reason}", self.framework.settings.name))
                        .at(definition.header, "while this was written"),
                ),
            }
            interfaces.insert(name.clone(), interface);
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let parts = arranged(parts);
        let file = self.file(&parts, model_mode).map_err(|reason| {
            vec![
                Diagnostic::error(codes::UNSUPPORTED, format!("{}: {reason}", self.framework.settings.name))
                    .at(program.model().header, "while this was written"),
            ]
        })?;
        let (lines, helpers) = self.lines(&file);
        let model = self.names[&program.model].clone();
        let file = self.framework.settings.file.replace("{{ model }}", &snake(&model));
        let size_parameters = self.size_parameters();
        Ok(Emitted { column: self.framework.id.clone(), file, model, lines, helpers, size_parameters })
    }

    fn sizes_are_parameters(&self) -> bool {
        let form = self.prepared.forms.get(&self.prepared.program.model);
        self.framework.settings.free_sizes.are_parameters(form.is_some_and(|form| form.reads_free_sizes))
    }

    fn size_parameters(&self) -> Vec<(String, Option<i64>)> {
        if !self.sizes_are_parameters() {
            return Vec::new();
        }
        free_dims(self.prepared.program.model()).into_iter().map(|dim| (dim.name, dim.default)).collect()
    }

    fn interface(
        &self,
        definition: &Definition,
        form: &Form,
        name: String,
        dims: IndexMap<String, String>,
        mode: bool,
    ) -> Interface {
        let first_default = definition.parameters.iter().position(|parameter| parameter.default.is_some());
        let reordered = first_default
            .is_some_and(|at| definition.parameters[at..].iter().any(|parameter| parameter.default.is_none()));
        Interface {
            name,
            dims,
            mode,
            inputs: definition.inputs.len(),
            outputs: form.outputs.len().max(definition.outputs.len()),
            input_names: definition.inputs.iter().map(|input| input.name.clone()).collect(),
            named_sizes: named_sizes(definition),
            reordered,
        }
    }

    /// A place in the spec as it is told: `enet.arch:12`.
    fn place(&self, origin: Span) -> String {
        let location = self.sources.location(origin);
        // A file may have any name, and this one stands in a comment.
        python::comment(location.rsplit(['/', '\\']).next().unwrap_or(&location))
    }

    /// Tells the places of items that come from another line than what stands before them.
    fn refer_items(&self, items: &mut Rc<[Item]>, line: &mut u32) {
        for item in Rc::make_mut(items) {
            match item.value.origins.last() {
                Some(origin) if self.sources.line(origin) != *line => {
                    *line = self.sources.line(origin);
                    let place = self.place(origin);
                    let behind = Some(match item.comments.behind() {
                        Some(comment) => format!("{comment} ({place})"),
                        None => place,
                    });
                    item.comments = Comments::new(item.comments.above().to_vec(), behind);
                }
                _ => {}
            }
            self.refer_within(&mut item.value, line);
        }
    }

    fn refer_within(&self, value: &mut Code, line: &mut u32) {
        match &mut value.kind {
            CodeKind::Call { arguments, .. } => self.refer_items(arguments, line),
            CodeKind::Dict(items, _) => self.refer_items(items, line),
            CodeKind::Comprehension { element, .. } => self.refer_within(&mut Rc::make_mut(element).value, line),
            _ => {}
        }
    }

    /// Tells the places of statements.
    fn refer(&self, statements: &mut [Statement]) {
        for statement in statements {
            let place = statement.origins.last().map(|origin| self.place(origin));
            if let StatementKind::Function { decorators, .. } = &mut statement.kind {
                for decorator in decorators.iter_mut() {
                    let behind = match (decorator.comments.behind(), &place) {
                        (Some(comment), Some(place)) => Some(format!("{comment} ({place})")),
                        (comment, place) => comment.map(str::to_owned).or_else(|| place.clone()),
                    };
                    decorator.comments = Comments::new(decorator.comments.above().to_vec(), behind);
                }
            }
            if let Some(origin) = statement.origins.last() {
                let mut line = self.sources.line(origin);
                statement.each_expr_mut(&mut |value| self.refer_within(value, &mut line));
            }
            if let StatementKind::If(arms) = &mut statement.kind {
                for arm in arms {
                    arm.reference = arm.origins.last().map(|origin| self.place(origin));
                }
            }
            statement.reference = match &statement.kind {
                StatementKind::If(arms) => arms.first().and_then(|arm| arm.reference.clone()),
                StatementKind::Remark => None,
                _ => place,
            };
            statement.bodies_mut().for_each(|body| self.refer(body));
        }
    }

    fn marked(&mut self, statements: &[Statement], level: usize) -> String {
        let lines = if self.options.line_refs {
            let mut statements = statements.to_vec();
            self.refer(&mut statements);
            print::statements(&statements, level)
        } else {
            print::statements(statements, level)
        };
        let mut text = String::with_capacity(lines.len() * print::WIDTH);
        for line in lines {
            text.push_str(&line.text);
            if let Some(origin) = line.origin {
                let _ = write!(text, "{MARK}{}{MARK}", self.origins.len());
                self.origins.push(origin);
            }
            text.push('\n');
        }
        text
    }

    fn skeleton(
        &mut self,
        definition: &Definition,
        form: &Form,
        interface: &Interface,
        sections: &Sections,
    ) -> Result<String, String> {
        let settings = &self.framework.settings;
        let model = definition.kind == DefinitionKind::Model;
        let base = if settings.form == CodeForm::Class { 2 } else { 1 };
        let mut context = Context::new();
        context.insert("name", &interface.name);
        let (doc, indent) = (&definition.doc, 4 * (base - 1).max(1));
        context.insert("doc", &python::docstring(doc, indent));
        let init = self.marked(&sections.init, base);
        let body = self.marked(&sections.body, base);
        context.insert("init", &init);
        context.insert("body", &body);
        context.insert("mode", &sections.mode);
        context.insert("dims", &sections.dims.values().collect::<Vec<_>>());
        let outputs: Vec<String> = definition.outputs.iter().map(|(name, _)| self.variable(name)).collect();
        context.insert("parameters", &self.parameters(definition, form)?);
        if model {
            context.insert("inputs", &self.inputs(definition, form));
            context.insert("requires", &size_requirements(definition, form, self.framework, &self.blocks));
            let outputs: Vec<serde_json::Value> = outputs
                .iter()
                .zip(&form.outputs)
                .map(|(name, tensor)| serde_json::json!({"name": name, "sizes": self.sizes(tensor)}))
                .collect();
            context.insert("outputs", &outputs);
        } else {
            let inputs: Vec<String> = definition.inputs.iter().map(|input| self.variable(&input.name)).collect();
            context.insert("inputs", &inputs);
            context.insert("outputs", &outputs);
        }
        let text = self.operators.skeleton(if model { "model.tera" } else { "block.tera" }, &context)?;
        let comments: String = python::comments(&definition.comments)
            .iter()
            .flat_map(|text| print::comment_lines(text, ""))
            .map(|line| line + "\n")
            .collect();
        Ok(comments + &wrap_long(&text))
    }

    fn variable(&self, name: &str) -> String {
        python::identifier(name, &|name| self.framework.takes(name) || self.blocks.contains(name))
    }

    /// The parameters of a definition, required ones first; for a model with the values that were set and the free sizes.
    fn parameters(&self, definition: &Definition, form: &Form) -> Result<Vec<serde_json::Value>, String> {
        let mut scope = Scope::new(self.framework, definition, form, &self.blocks);
        let model = definition.kind == DefinitionKind::Model;
        let (mut required, mut optional) = (Vec::new(), Vec::new());
        for parameter in &definition.parameters {
            let name = self.variable(&parameter.name);
            let set = self.prepared.configuration.set.get(&parameter.name).filter(|_| model);
            let default = match (set, &parameter.default) {
                (Some(value), _) => Some(literal(value)),
                (None, Some(default)) if is_computed(default) => Some("None".to_owned()),
                (None, Some(default)) => {
                    Some(scope.expression(default, Place::Init).map_err(|finding| finding.message)?)
                }
                (None, None) => None,
            };
            match default {
                Some(default) => optional.push(serde_json::json!({"name": name, "default": default})),
                None => required.push(serde_json::json!({"name": name})),
            }
        }
        required.append(&mut optional);
        if model {
            for (name, default) in self.size_parameters() {
                let name = self.variable(&name);
                let size = self.prepared.configuration.sizes.get(&name).copied().or(default);
                let Some(size) = size else {
                    return Err(format!(
                        "the free size `{name}` needs a number here: write `{name} = 64` in the header"
                    ));
                };
                required.push(serde_json::json!({"name": name, "default": size.to_string()}));
            }
        }
        Ok(required)
    }

    /// The sizes of a tensor in the column's order, as code, with the batch. A free size that only tensors know keeps its name.
    fn sizes(&self, tensor: &Tensor) -> Vec<String> {
        let symbol = |name: &str| self.variable(name.trim_start_matches(PARAMETER));
        let notation = Notation { symbol: &symbol, divide: "//", power: &python::power };
        let print = |dim: &Dim| if dim.has_unknown() { "?".to_owned() } else { dim.print(&notation) };
        let mut sizes: Vec<String> = tensor.dims.iter().map(print).collect();
        if self.framework.settings.layout == MapLayout::ChannelsLast
            && tensor.layout == Layout::Map
            && !sizes.is_empty()
        {
            sizes.rotate_left(1);
        }
        sizes.insert(0, "B".into());
        sizes
    }

    fn inputs(&self, definition: &Definition, form: &Form) -> Vec<serde_json::Value> {
        let free = free_dims(definition);
        let parameters = self.sizes_are_parameters();
        let mut numbers = Configuration { symbolic: false, ..self.prepared.configuration.clone() };
        for dim in &free {
            // The example needs a number where the paper has none.
            if dim.default.is_none() {
                numbers
                    .sizes
                    .entry(dim.name.clone())
                    .or_insert((EXAMPLE + dim.divisor - 1) / dim.divisor * dim.divisor);
            }
        }
        let example = analyse::entering(self.prepared.program, &numbers);
        let mut list = Vec::new();
        for (at, (input, stream)) in definition.inputs.iter().zip(&form.inputs).enumerate() {
            let Some(tensor) = &stream.tensor else { continue };
            let sizes = self.sizes(tensor);
            let is_free = |size: &str| free.iter().any(|dim| self.variable(&dim.name) == *size);
            let shape: Vec<String> = sizes
                .iter()
                .skip(1)
                .map(|size| if is_free(size) && !parameters { "None".into() } else { size.clone() })
                .collect();
            let mut numbers: Vec<String> = match &example {
                Ok((inputs, _)) => inputs.get(at).map(|tensor| self.sizes(tensor)).unwrap_or_default(),
                Err(_) => sizes.clone(),
            };
            if let Some(batch) = numbers.first_mut() {
                *batch = "2".into();
            }
            let below = example
                .as_ref()
                .ok()
                .and_then(|(_, bounds)| bounds.get(&input.name))
                .map_or_else(|| "2".into(), ToString::to_string);
            list.push(serde_json::json!({
                "name": self.variable(&input.name),
                "rebound": assigns(&definition.body, &input.name),
                "kind": tensor.layout.word(),
                "dtype": if tensor.data.is_int() { "int" } else { "float" },
                "rank": tensor.dims.len(),
                "shape": shape,
                "sizes": sizes,
                "example": numbers,
                "below": below,
            }));
        }
        list
    }

    fn file(&mut self, parts: &[Part], mode: bool) -> Result<String, String> {
        let program = self.prepared.program;
        let definition = program.model();
        let form = &self.prepared.forms[&program.model];
        let settings = &self.framework.settings;
        let helpers = self.used_helpers(parts);
        let mut context = Context::new();
        let doc =
            if definition.doc.is_empty() { vec![format!("{}.", definition.name)] } else { definition.doc.clone() };
        let doc = python::docstring(&doc, 0);
        context.insert("doc", &doc);
        context.insert("title", doc.first().map_or("", String::as_str));
        context.insert("spec", &python::in_docstring(&self.options.spec));
        context.insert("framework", &serde_json::json!({"name": settings.name, "version": settings.version}));
        context.insert("name", &self.names[&program.model]);
        context.insert("mode", &mode);
        context.insert("parameters", &self.parameters(definition, form)?);
        context.insert("inputs", &self.inputs(definition, form));
        let outputs: Vec<serde_json::Value> = definition
            .outputs
            .iter()
            .zip(&form.outputs)
            .map(|((name, _), tensor)| serde_json::json!({"name": self.variable(name), "sizes": self.sizes(tensor)}))
            .collect();
        context.insert("outputs", &outputs);
        let helper_texts: Vec<String> =
            helpers.iter().map(|at| marked_helper(*at, &self.framework.helpers[*at].text)).collect();
        let helper_texts: Vec<&str> = helper_texts.iter().map(String::as_str).collect();
        let helpers: Vec<&Helper> = helpers.iter().map(|at| &self.framework.helpers[*at]).collect();
        let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        let all: Vec<&str> = [helper_texts.as_slice(), &texts].concat();
        // What the skeleton itself needs counts as well.
        let head = self.framework.file("file.tera").unwrap_or_default();
        let head = python::names_in(head.rsplit_once("{{ imports").map_or("", |(_, code)| code));
        let used: Vec<&IndexSet<String>> = helpers
            .iter()
            .map(|helper| helper.uses())
            .chain(parts.iter().map(|part| &part.uses))
            .chain([&head])
            .collect();
        let imports = settings.imports.iter().filter(|(name, _)| used.iter().any(|used| used.contains(*name)));
        let imports: Vec<&str> = imports.map(|(_, line)| line.as_str()).collect();
        context.insert("imports", &grouped_imports(&imports));
        context.insert("helpers", &helper_texts);
        context.insert("blocks", &texts[..texts.len().saturating_sub(1)]);
        context.insert("model_text", texts.last().copied().unwrap_or_default());
        context.insert("parts", &all);
        let text = self.operators.skeleton("file.tera", &context)?;
        // The example in the head may be long; everything behind it was wrapped as it was made.
        let Some(end) = text.get(3..).and_then(|rest| rest.find("\"\"\"")) else { return Ok(text) };
        let (head, rest) = text.split_at(end + 3);
        Ok(format!(
            "{}{rest}",
            wrap_long(head).trim_end_matches('\n').to_owned() + if head.ends_with('\n') { "\n" } else { "" }
        ))
    }

    /// The helpers that the parts need, each behind those that it needs itself.
    fn used_helpers(&self, parts: &[Part]) -> Vec<usize> {
        fn visit(at: usize, framework: &Framework, order: &mut Vec<usize>, open: &mut Vec<usize>) {
            if order.contains(&at) || open.contains(&at) {
                return;
            }
            open.push(at);
            for name in framework.helpers[at].uses() {
                if let Some(other) = framework.defined.get(name) {
                    visit(*other, framework, order, open);
                }
            }
            open.pop();
            order.push(at);
        }
        let mut wanted: IndexSet<usize> = IndexSet::default();
        for name in parts.iter().flat_map(|part| &part.uses) {
            wanted.extend(self.framework.defined.get(name));
        }
        wanted.sort_unstable();
        let mut order = Vec::new();
        for at in wanted {
            visit(at, self.framework, &mut order, &mut Vec::new());
        }
        order
    }

    /// Takes the marks out of a file.
    fn lines(&self, file: &str) -> (Vec<Line>, Vec<Printed>) {
        let mut lines: Vec<Line> = Vec::new();
        let (mut helpers, mut start) = (Vec::new(), 0);
        for raw in file.trim_end().lines() {
            let mut text = String::with_capacity(raw.len());
            let mut origin = None;
            let mut helper = None;
            let mut parts = raw.split(MARK);
            text.push_str(parts.next().unwrap_or(""));
            while let Some(mark) = parts.next() {
                let numbered = |number: &str| number.parse::<usize>().ok();
                if mark.starts_with(FIRST) {
                    start = lines.len();
                } else if let Some(number) = mark.strip_prefix(LAST) {
                    helper = numbered(number).and_then(|at| self.framework.helpers.get(at));
                } else {
                    origin = numbered(mark).and_then(|at| self.origins.get(at)).copied();
                }
                text.push_str(parts.next().unwrap_or(""));
            }
            // Inside of definitions one blank line is enough; skeletons and nested functions each bring theirs.
            while let (true, [.., before, last]) = (text.starts_with(' '), lines.as_slice())
                && before.text.is_empty()
                && last.text.is_empty()
            {
                lines.pop();
            }
            // What a spec brings was written out where it came in; templates and `extern` lines bring text as well.
            lines.push(Line { text: foreign::written(text.trim_end()).into_owned(), origin });
            if let Some(helper) = helper {
                helpers.push(Printed { name: helper.name.clone(), lines: start..lines.len() });
            }
        }
        (lines, helpers)
    }
}

/// A helper's text with marks on its first and last line.
fn marked_helper(at: usize, text: &str) -> String {
    let (first, rest) = text.split_at(text.find('\n').unwrap_or(text.len()));
    format!("{first}{MARK}{FIRST}{at}{MARK}{rest}{MARK}{LAST}{at}{MARK}")
}

/// A definition as it stands in the file.
struct Part {
    model: bool,
    header: Span,
    name: String,
    /// The identifiers in its text.
    uses: IndexSet<String>,
    text: String,
}

/// The definitions in the order of the spec, but each behind those that it uses, and the model last.
fn arranged(mut parts: Vec<Part>) -> Vec<Part> {
    fn visit(at: usize, parts: &[Part], order: &mut Vec<usize>) {
        if order.contains(&at) {
            return;
        }
        let uses = (0..parts.len()).filter(|other| *other != at && parts[at].uses.contains(&parts[*other].name));
        // Blocks never contain themselves; their depth is limited.
        uses.for_each(|other| visit(other, parts, order));
        order.push(at);
    }
    parts.sort_by_key(|part| (part.model, part.header.file, part.header.start));
    let mut order = Vec::with_capacity(parts.len());
    (0..parts.len()).for_each(|at| visit(at, &parts, &mut order));
    let mut parts: Vec<Option<Part>> = parts.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| parts[at].take()).collect()
}

/// Whether lines assign a value of this name.
fn assigns(body: &[Node], name: &str) -> bool {
    body.iter().any(|node| match &node.kind {
        NodeKind::Flow(flow) => flow.targets.iter().any(|target| target.name.as_deref() == Some(name)),
        NodeKind::Repeat { body, .. } => assigns(body, name),
        NodeKind::If { arms, .. } => arms.iter().any(|arm| assigns(&arm.body, name)),
        _ => false,
    })
}

/// The requirements on free sizes, in words.
fn size_requirements(
    definition: &Definition,
    form: &Form,
    framework: &Framework,
    blocks: &Rc<HashSet<String>>,
) -> Vec<String> {
    let mut scope = Scope::new(framework, definition, form, blocks);
    let conditions = definition.body.iter().filter_map(|node| match &node.kind {
        NodeKind::Require { condition, .. } => Some(condition),
        _ => None,
    });
    let on_sizes: Vec<&Expr> = conditions.filter(|condition| scope.on_sizes(condition)).collect();
    on_sizes.into_iter().filter_map(|condition| scope.expression(condition, Place::Function).ok()).collect()
}

/// Imports with a blank line between Python's own modules and the others.
fn grouped_imports(lines: &[&str]) -> Vec<String> {
    const OWN: &[&str] = &["math", "functools", "itertools", "collections", "typing", "sys", "os"];
    let module = |line: &str| line.split_whitespace().nth(1).unwrap_or("").split('.').next().unwrap_or("").to_owned();
    // Several names of one module share a line.
    let mut merged: Vec<String> = Vec::new();
    for line in lines {
        let same = line.split_once(" import ").filter(|_| line.starts_with("from ")).and_then(|(from, name)| {
            let last = merged.last_mut()?;
            last.starts_with(&format!("{from} import ")).then(|| last.push_str(&format!(", {name}")))
        });
        if same.is_none() {
            merged.push((*line).to_owned());
        }
    }
    let lines: Vec<&str> = merged.iter().map(String::as_str).collect();
    let (own, others): (Vec<&str>, Vec<&str>) = lines.iter().partition(|line| OWN.contains(&module(line).as_str()));
    let mut own = own;
    own.sort_by_key(|line| !line.starts_with("import "));
    let mut grouped: Vec<String> = own.iter().map(|line| (*line).to_owned()).collect();
    if !own.is_empty() && !others.is_empty() {
        grouped.push(String::new());
    }
    for line in others {
        match line.split_once(" import ") {
            Some((from, names)) if line.len() > print::WIDTH => {
                grouped.push(format!("{from} import ("));
                grouped.extend(names.split(", ").map(|name| format!("    {name},")));
                grouped.push(")".into());
            }
            _ => grouped.push(line.to_owned()),
        }
    }
    grouped
}

/// Wraps the lines of a skeleton that are too long: signatures.
fn wrap_long(text: &str) -> String {
    let mut wrapped = String::with_capacity(text.len());
    for line in text.lines() {
        // What is marked was broken when it was made.
        if line.len() <= print::WIDTH || line.chars().count() <= print::WIDTH || line.contains(MARK) {
            wrapped.push_str(line);
            wrapped.push('\n');
            continue;
        }
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let doc = code.strip_prefix("\"\"\"").and_then(|code| code.strip_suffix("\"\"\""));
        if let Some(doc) = doc {
            // The text was escaped when it was made.
            let pad = " ".repeat(indent);
            let mut lines = python::broken(doc, print::WIDTH - indent);
            if lines.len() == 1 {
                // The closing quotes would be drawn up to a single line, and not fit.
                lines = python::broken(doc, doc.chars().count() + 2);
            }
            for (at, line) in lines.iter().enumerate() {
                wrapped.push_str(&format!("{pad}{}{line}\n", if at == 0 { "\"\"\"" } else { "" }));
            }
            wrapped.push_str(&format!("{pad}\"\"\"\n"));
            continue;
        }
        if let Some(doc) = code.strip_prefix("\"\"\"") {
            // The first line of a docstring that goes on.
            let pad = " ".repeat(indent);
            for (at, line) in python::broken(doc, print::WIDTH - indent).iter().enumerate() {
                wrapped.push_str(&format!("{pad}{}{line}\n", if at == 0 { "\"\"\"" } else { "" }));
            }
            continue;
        }
        if !(code.starts_with("def ") || code.starts_with("return ") || code.contains(" = ")) {
            wrapped.push_str(line);
            wrapped.push('\n');
            continue;
        }
        // The body of a function stands below.
        let function = code.starts_with("def ");
        let read = parse::statements(&if function { format!("{code}\n    pass\n") } else { code.to_owned() });
        let mut lines = read.map(|statements| print::statements(&statements, indent / 4)).unwrap_or_default();
        if function {
            lines.pop();
        }
        if lines.is_empty() {
            wrapped.push_str(line);
            wrapped.push('\n');
        }
        let pad = " ".repeat(indent % 4);
        for line in lines {
            wrapped.push_str(&pad);
            wrapped.push_str(&line.text);
            wrapped.push('\n');
        }
    }
    wrapped
}

/// The value of a hyperparameter as Python writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Word(word) => format!("{word:?}"),
        Value::List(items) => format!("({})", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// `ResNet18` as the name of a file: `resnet18`.
fn snake(name: &str) -> String {
    name.to_lowercase()
}

/// The hyperparameters of a block, for one of its calls; by name where their order is another one than in the spec.
fn arguments_of_call(
    scope: &mut Scope<'_>,
    arguments: &[BlockArgument],
    interface: &Interface,
    place: Place,
) -> Emission<Vec<Item>> {
    let mut items = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let value = scope.code(&argument.value, place)?;
        let named = argument.named || interface.reordered;
        items.push(if named { Item::keyword(&scope.variable(&argument.name), value) } else { value.into() });
    }
    Ok(items)
}

/// The sizes that a block needs to be told, for one of its calls.
fn dims_of_call(scope: &mut Scope<'_>, stage: &Stage, interface: &Interface, place: Place) -> Emission<Vec<Item>> {
    if scope.framework.settings.shapes == Shapes::Inferred || interface.dims.is_empty() {
        return Ok(Vec::new());
    }
    let form = scope.form;
    let Some(known) = form.stages.get(&stage.id) else { return Ok(Vec::new()) };
    let mut items = Vec::new();
    for symbol in interface.dims.keys() {
        let Some(size) = size_of(symbol, interface, known) else {
            return Err(Box::new(
                Diagnostic::error(codes::NOT_EXPRESSIBLE, format!("the size `{symbol}` of this call is not known"))
                    .at(stage.span, "needed by the block"),
            ));
        };
        let text = scope.size(&size, place, stage.span)?;
        items.push(scope.read(&text, stage.span)?.into());
    }
    Ok(items)
}

/// The sizes that a header names, with the input and the axis.
fn named_sizes(definition: &Definition) -> HashMap<String, (usize, usize)> {
    let mut named = HashMap::default();
    for (at, input) in definition.inputs.iter().enumerate() {
        for (axis, dim) in input.shape.iter().flat_map(|shape| &shape.dims).enumerate() {
            if let crate::syntax::ast::ExprKind::Name(name) = &dim.value.kind {
                named.entry(name.clone()).or_insert((at, axis));
            }
        }
    }
    named
}

fn size_of(symbol: &str, interface: &Interface, known: &analyse::StageForm) -> Option<Dim> {
    if let Some((at, axis)) = interface.named_sizes.get(symbol) {
        return known.inputs.get(*at)?.tensor.as_ref()?.dims.get(*axis).cloned();
    }
    let (input, attribute) = symbol.split_once('.')?;
    let at = interface.input_names.iter().position(|name| name == input)?;
    let tensor = known.inputs.get(at)?.tensor.as_ref()?;
    let axis = tensor.axis(attribute).or_else(|| attribute.parse().ok())?;
    tensor.dims.get(axis).cloned()
}

/// A tensor, a number, or arithmetic on them, as an expression.
fn operand(operators: &mut Operators<'_>, scope: &mut Scope<'_>, operand: &Operand, place: Place) -> Emission<Code> {
    match operand {
        Operand::Tensor { name, .. } => Ok(Code::name(scope.variable(name))),
        Operand::Number(expr) => scope.code(expr, place),
        Operand::Arithmetic { stage, left, right } => {
            let inputs =
                [self::operand(operators, scope, left, place)?, self::operand(operators, scope, right, place)?];
            let wiring = Wiring { inputs: &inputs, outputs: &[Some("_".into())], layer: None, activation: None };
            match operators.apply(stage, &wiring, scope, place)? {
                Application::Expr(expr) => Ok(expr),
                Application::Lines(_) | Application::Stages(_) => Err(Box::new(
                    Diagnostic::error(codes::UNSUPPORTED, "arithmetic must be one expression").at(stage.span, "here"),
                )),
            }
        }
    }
}

/// A layer or block applied to its inputs.
fn call(operators: &mut Operators<'_>, scope: &Scope<'_>, layer: &Code, inputs: &[Code], mode: bool) -> Emission<Code> {
    let broken = |reason: String| {
        Box::new(Diagnostic::error(codes::UNSUPPORTED, reason).at(scope.definition.header, "while this was written"))
    };
    operators.call(layer, inputs, mode).map_err(broken)
}

/// A requirement as code: on hyperparameters when things are made, on free sizes when they are used.
fn require(
    scope: &mut Scope<'_>,
    operators: &mut Operators<'_>,
    condition: &Expr,
    message: Option<&str>,
    span: Span,
    init: &mut Vec<Statement>,
    call: &mut Vec<Statement>,
) -> Emission<()> {
    let settings = &scope.framework.settings;
    let function = settings.form == CodeForm::Function;
    let parameters = settings.free_sizes.are_parameters(scope.form.reads_free_sizes);
    let sizes = scope.on_sizes(condition);
    let place = match (function, sizes) {
        (true, _) => Place::Function,
        (false, true) => Place::Call,
        (false, false) => Place::Init,
    };
    let plain_place = if function { Place::Function } else { Place::Init };
    // The requirement in the spec's own words.
    let words = Scope::new(scope.framework, scope.definition, scope.form, &scope.blocks)
        .expression(condition, Place::Function)?;
    let mut names: Vec<String> = Vec::new();
    crate::ir::infer::collect(condition, &mut |name| {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    });
    let sentence =
        message.map_or_else(|| python::Sentence::plain(format!("{words} is required")), python::Sentence::of);
    if sizes && (!parameters || settings.require.is_some()) {
        let Some(template) = settings.require.clone() else { return Ok(()) };
        scope.symbolic = !parameters;
        let negation = scope.negation(condition, place)?;
        let condition_text = scope.expression(condition, place)?;
        scope.symbolic = false;
        let broken =
            |reason: String| Box::new(Diagnostic::error(codes::UNSUPPORTED, reason).at(span, "this requirement"));
        let compiled = operators.renderer.compile(&template).map_err(broken)?;
        let mut context = Context::new();
        context.insert("condition", &condition_text);
        context.insert("negation", &negation);
        context.insert("text", &sentence.text());
        context.insert("message", &self::message(scope, &sentence, message.is_none().then_some(&names), place));
        let concerned = scope.definition.inputs.iter().find(|input| {
            let mut found = false;
            for dim in input.shape.iter().flat_map(|shape| &shape.dims) {
                if let crate::syntax::ast::ExprKind::Name(name) = &dim.value.kind {
                    found |= names.contains(name);
                }
            }
            found
        });
        context.insert("input", &concerned.map_or_else(String::new, |input| scope.variable(&input.name)));
        let rendered = operators.renderer.render(&compiled, &context).map_err(broken)?;
        if let Rendered::Statements(mut statements) = Rendered::statements(&rendered).map_err(broken)? {
            statements.iter_mut().for_each(|statement| statement.come_from(span));
            call.extend(statements);
        }
        return Ok(());
    }
    let negation = scope.negated(condition, plain_place)?;
    let text = self::message(scope, &sentence, message.is_none().then_some(&names), plain_place);
    let error = Code::name("ValueError").call(vec![scope.read(&text, span)?.into()]);
    let raise = Statement::new(StatementKind::Raise(Some(error)), Some(span));
    let target = if function { call } else { init };
    target.push(Statement::only_if(negation, vec![raise], Some(span)));
    Ok(())
}

/// What is said of a requirement that does not hold, as a literal: the spec's own sentence with the values that it asks for, or the
/// condition with the values that it speaks of.
fn message(scope: &mut Scope<'_>, sentence: &python::Sentence, names: Option<&Vec<String>>, place: Place) -> String {
    let mut sentence = sentence.clone();
    for (at, name) in names.into_iter().flatten().enumerate() {
        let before = if at == 0 { ": " } else { ", " };
        sentence.push(&format!("{before}{} = ", scope.variable(name)), name);
    }
    sentence.literal(&mut |name| scope.value_of(name, place))
}

/// Whether a default is made of other hyperparameters, so that it can't stand in the signature.
fn is_computed(default: &Expr) -> bool {
    let mut found = false;
    crate::ir::infer::collect(default, &mut |_| found = true);
    found
}

/// The statements that compute defaults which are made of other hyperparameters.
fn computed_defaults(scope: &mut Scope<'_>, place: Place) -> Emission<Vec<Statement>> {
    let mut statements = Vec::new();
    for parameter in &scope.definition.parameters {
        let Some(default) = parameter.default.as_ref().filter(|default| is_computed(default)) else { continue };
        let name = scope.variable(&parameter.name);
        let value = scope.code(default, place)?;
        let none = Code::from(CodeKind::Constant(Constant::None));
        let missing = CodeKind::Compare(Rc::new(Code::name(name.clone())), Rc::new([(Comparison::Is, none)]));
        let body = vec![Statement::assign(Code::name(name), value, Some(parameter.span))];
        statements.push(Statement::only_if(missing.into(), body, Some(parameter.span)));
    }
    Ok(statements)
}

/// Leaves no blank line at the beginning of a body, but for one between a docstring and a function.
fn begin(body: &mut [Statement], docstring: bool) {
    if let Some(first) = body.first_mut() {
        let function = matches!(first.kind, StatementKind::Function { .. });
        first.blank_lines = usize::from(docstring && function);
    }
}

/// What a line's value is called on its way: as what it becomes, unless a later stage still reads a size of the tensor that has this
/// name before the line: `h = (x, h) -> concat -> dense(h.features)`.
fn store(flow: &Flow, scope: &Scope<'_>) -> String {
    let Some(name) = flow.targets.iter().find_map(|target| target.name.as_deref()) else {
        return scope.variable("value");
    };
    let read_later = flow.stages.iter().skip(1).any(|stage| stage.reads(name));
    let mut variable = scope.variable(name);
    if read_later {
        variable.push_str("_next");
        while scope.gives(&variable) {
            variable.push('_');
        }
    }
    variable
}

/// Gives each expression among several inputs that is more than a name a variable of its own: the one that the line assigns where no
/// other input reads it, else a new one. What was assigned.
fn separated(exprs: &mut [Code], store: &str, scope: &Scope<'_>) -> Vec<(String, Code)> {
    let is_name = |expr: &Code| match &expr.kind {
        CodeKind::Name(_) => true,
        CodeKind::Number(text) => text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        _ => false,
    };
    let mut assigned: Vec<(String, Code)> = Vec::new();
    for at in 0..exprs.len() {
        if is_name(&exprs[at]) {
            continue;
        }
        let read =
            |variable: &str| exprs.iter().enumerate().any(|(other, expr)| other != at && expr.mentions(variable));
        let mut variable = store.to_owned();
        let mut number = 0;
        while read(&variable) || (number > 0 && (scope.gives(&variable) || scope.variable(&variable) != variable)) {
            number += 1;
            variable = format!("{store}{number}");
        }
        let value = std::mem::replace(&mut exprs[at], Code::name(variable.clone()));
        assigned.push((variable, value));
    }
    assigned
}

/// Variables with commas between them, as targets or as a value.
fn variables<'n>(names: impl IntoIterator<Item = &'n str>) -> Code {
    Code::several(names.into_iter().map(Code::name).collect())
}

/// Ends a body with `return`, folded with the line that makes the value where there is one.
fn fold_return(body: &mut Vec<Statement>, outputs: &[String]) {
    let outputs = variables(outputs.iter().map(String::as_str));
    // Comments at the end stay behind.
    match body.iter_mut().rfind(|statement| !statement.is_remark()) {
        Some(last) => {
            if !returned(last, &outputs) {
                body.push(StatementKind::Return(Some(outputs)).into());
            }
        }
        None => body.push(StatementKind::Return(Some(outputs)).into()),
    }
}

/// Makes an assignment to these targets a `return` of its value; false if it is none.
fn returned(statement: &mut Statement, targets: &Code) -> bool {
    match &mut statement.kind {
        StatementKind::Assign(found, value) if found.as_slice() == std::slice::from_ref(targets) => {
            statement.kind = StatementKind::Return(Some(value.clone()));
            true
        }
        _ => false,
    }
}

/// What becomes of the line that computes a local hyperparameter.
#[derive(Clone)]
enum Fate {
    /// The column has no use for it, as when it reads sizes from tensors.
    Goes,
    /// Only the call reads it, as this attribute.
    Stored(Code),
    /// The call reads it as this attribute, and the constructor by its name.
    StoredToo(Code),
}

/// Drops the local hyperparameters that the column has no use for, and stores those that the call of a class needs.
fn settle_locals(statements: &mut Vec<Statement>, scope: &Scope<'_>) {
    if scope.locals.is_empty() {
        return;
    }
    let mut uses: HashMap<String, usize> = scope.locals.keys().map(|name| (scope.variable(name), 0)).collect();
    let mut assigned: HashMap<String, Vec<Code>> = HashMap::default();
    count_uses(statements, &mut uses, &mut assigned);
    let mut fates: HashMap<String, Fate> = HashMap::default();
    // The last one first: it may be all that uses another one.
    for name in scope.locals.keys().rev() {
        let variable = scope.variable(name);
        let unused = uses.get(&variable) == Some(&0);
        let fate = match (scope.stored.contains(name), unused) {
            (true, unused) => {
                let attribute = Code::name("self").attribute(&scope.attribute(&variable));
                if unused { Fate::Stored(attribute) } else { Fate::StoredToo(attribute) }
            }
            (false, true) => Fate::Goes,
            (false, false) => continue,
        };
        if matches!(fate, Fate::Goes) {
            for value in assigned.get(&variable).into_iter().flatten() {
                value.each_name(&mut |name| {
                    if let Some(count) = uses.get_mut(name) {
                        *count = count.saturating_sub(1);
                    }
                });
            }
        }
        fates.insert(variable, fate);
    }
    let gone = fates.values().any(|fate| matches!(fate, Fate::Goes));
    meet_fates(statements, &fates, gone);
}

/// Counts how often each local is read, and gathers what each is assigned.
fn count_uses(statements: &[Statement], uses: &mut HashMap<String, usize>, assigned: &mut HashMap<String, Vec<Code>>) {
    for statement in statements {
        let target = statement.assigned().filter(|name| uses.contains_key(*name));
        if let (Some(name), StatementKind::Assign(_, value)) = (target, &statement.kind) {
            assigned.entry(name.to_owned()).or_default().push(value.clone());
        }
        let skipped = usize::from(target.is_some());
        let mut at = 0;
        statement.each_expr(&mut |expr| {
            at += 1;
            // The target comes first.
            if at > skipped {
                expr.each_name(&mut |name| {
                    if let Some(count) = uses.get_mut(name) {
                        *count += 1;
                    }
                });
            }
        });
        statement.bodies().for_each(|body| count_uses(body, uses, assigned));
    }
}

fn meet_fates(statements: &mut Vec<Statement>, fates: &HashMap<String, Fate>, gone: bool) {
    let mut settled = Vec::with_capacity(statements.len());
    for mut statement in statements.drain(..) {
        statement.bodies_mut().for_each(|body| meet_fates(body, fates, gone));
        if gone && !without_empty_arms(&mut statement) {
            continue;
        }
        match statement.assigned().and_then(|name| Some((name.to_owned(), fates.get(name)?))) {
            None => settled.push(statement),
            Some((_, Fate::Goes)) => {}
            Some((_, Fate::Stored(attribute))) => {
                if let StatementKind::Assign(targets, _) = &mut statement.kind {
                    *targets = vec![attribute.clone()];
                }
                settled.push(statement);
            }
            Some((name, Fate::StoredToo(attribute))) => {
                let stored = Statement::assign(attribute.clone(), Code::name(name), statement.origins.last());
                settled.extend([statement, stored]);
            }
        }
    }
    *statements = settled;
}

/// Takes away the arms of an `if` in which nothing is left; one with another arm behind it gets a `pass`. False if no arm is left.
fn without_empty_arms(statement: &mut Statement) -> bool {
    let StatementKind::If(arms) = &mut statement.kind else { return true };
    while arms.last().is_some_and(|arm| arm.body.is_empty()) {
        arms.pop();
    }
    for arm in arms.iter_mut().filter(|arm| arm.body.is_empty()) {
        arm.body.push(pass(arm.origins.last()));
    }
    !arms.is_empty()
}

/// A statement that does nothing.
fn pass(origin: Option<Span>) -> Statement {
    Statement::new(StatementKind::Word("pass"), origin)
}

/// How many lines of a spec or of generated code are neither blank nor comments or docstrings.
#[must_use]
pub fn lines_of_code(text: &str) -> usize {
    let (mut count, mut inside) = (0, false);
    for line in text.lines().map(str::trim) {
        let quotes = line.matches("\"\"\"").count();
        let doc = inside || line.starts_with("\"\"\"");
        if quotes % 2 == 1 {
            inside = !inside;
        }
        count += usize::from(!doc && !line.is_empty() && !line.starts_with('#') && !line.starts_with("//"));
    }
    count
}
