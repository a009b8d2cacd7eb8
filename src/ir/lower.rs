//! From the syntax tree to the IR: names are resolved, defaults of the file filled in, imports followed.
//!
//! Everything that can be said without knowing a shape is said here: unknown and duplicate names, wrong hyperparameters of blocks and
//! patterns, values that nothing uses, blocks that contain themselves.
//!
//! Architecture Invariant: files are read by the caller's loader, not here.

use super::*;
use crate::diagnostic::{Diagnostic, codes, similar_names};
use crate::limits;
use crate::ops::evaluate::FUNCTIONS;
use crate::ops::{Layout, library};
use crate::span::{FileId, Sources};
use crate::syntax::ast::{self, BinaryOp, ExprKind, ItemKind, Leading, Name, StatementKind};
use crate::syntax::parse;
use std::collections::{HashMap, HashSet};

/// Finds an imported file: the name of the importing file and the path as written give the file's name and text.
pub type Loader<'a> = &'a mut dyn FnMut(&str, &str) -> Result<(String, String), String>;

/// Parses and lowers a spec with everything that it imports.
///
/// The program is missing if there is an error among the findings.
pub fn lower(main: FileId, sources: &mut Sources, loader: Loader<'_>) -> (Option<Program>, Vec<Diagnostic>) {
    let mut files = Files { findings: Vec::new(), read: Vec::new(), stack: Vec::new() };
    files.read(main, sources, loader);
    let mut findings = files.findings;
    let program = resolve(main, &files.read, &mut findings);
    findings.sort_by_key(|finding| finding.primary().map(|span| (span.file, span.start)));
    (program.filter(|_| !findings.iter().any(Diagnostic::is_error)), findings)
}

/// A file with what it imports.
struct Read {
    id: FileId,
    name: String,
    tree: ast::File,
    imports: Vec<(ast::Import, FileId)>,
}

/// The files of one spec, imported ones first.
struct Files {
    findings: Vec<Diagnostic>,
    read: Vec<Read>,
    stack: Vec<(FileId, String)>,
}

impl Files {
    fn read(&mut self, id: FileId, sources: &mut Sources, loader: Loader<'_>) {
        let name = sources.file(id).name.clone();
        let (tree, findings) = parse::parse(id, &sources.file(id).text);
        self.findings.extend(findings);
        self.stack.push((id, name.clone()));
        let mut imports = Vec::new();
        for item in &tree.items {
            let ItemKind::Import(import) = &item.kind else { continue };
            match loader(&name, &import.path) {
                Err(reason) => self.findings.push(
                    Diagnostic::error(codes::IMPORT, format!("`{}` cannot be imported: {reason}", import.path))
                        .at(import.path_span, "imported here")
                        .help("paths are relative to the file that imports"),
                ),
                Ok((found, _)) if self.stack.iter().any(|(_, open)| *open == found) => {
                    let cycle: Vec<&str> = self
                        .stack
                        .iter()
                        .skip_while(|(_, open)| *open != found)
                        .map(|(_, open)| open.as_str())
                        .chain([found.as_str()])
                        .collect();
                    self.findings.push(
                        Diagnostic::error(codes::IMPORT, format!("files import each other: {}", cycle.join(" -> ")))
                            .at(import.path_span, "closes the circle"),
                    );
                }
                Ok((found, text)) => {
                    let known = self.read.iter().find(|read| read.name == found).map(|read| read.id);
                    let file = known.unwrap_or_else(|| {
                        let file = sources.add(found, text);
                        if self.read.len() < limits::IMPORTS {
                            self.read(file, sources, loader);
                        } else {
                            let message = format!("more than {} files are imported", limits::IMPORTS);
                            self.findings.push(Diagnostic::error(codes::LIMIT, message).at(import.path_span, "this one is too many"));
                        }
                        file
                    });
                    imports.push((import.clone(), file));
                }
            }
        }
        self.stack.pop();
        self.read.push(Read { id, name, tree, imports });
    }
}

/// What a name in a stage can mean, for one file.
struct Names<'a> {
    blocks: HashMap<&'a str, (&'a ast::Definition, FileId)>,
    defaults: HashMap<&'a str, &'a [ast::Argument]>,
}

fn resolve(main: FileId, files: &[Read], findings: &mut Vec<Diagnostic>) -> Option<Program> {
    let mut own: HashMap<FileId, Vec<&ast::Definition>> = HashMap::new();
    for read in files {
        let definitions = read.tree.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Definition(definition) => Some(definition),
            _ => None,
        });
        own.insert(read.id, definitions.collect());
    }
    let mut lowered: IndexMap<String, (Definition, FileId)> = IndexMap::new();
    let mut stages = 0;
    for read in files {
        let names = names_of(read, &own, findings);
        for definition in &own[&read.id] {
            let mut body = Body {
                names: &names,
                findings,
                stages: &mut stages,
                scope: Vec::new(),
                shared: HashMap::new(),
                definition,
                attributes: HashSet::new(),
            };
            let definition = body.definition();
            // Names are unique in what a file sees; two files may each have a block of one name that the other never sees.
            lowered.entry(unique(&definition.name, read.id, &lowered)).or_insert((definition, read.id));
        }
        for item in &read.tree.items {
            if let ItemKind::Pattern(pattern) = &item.kind {
                findings.push(
                    Diagnostic::error(codes::RESERVED, "patterns of your own are kept for a coming version")
                        .at(pattern.name.span, "declares a pattern")
                        .help("compose it as a `block` of existing patterns"),
                );
            }
        }
    }
    let models: Vec<&ast::Definition> =
        own.get(&main)?.iter().copied().filter(|definition| definition.kind == DefinitionKind::Model).collect();
    let model = match models.as_slice() {
        [model] => model.name.text.clone(),
        [] => {
            if !findings.iter().any(Diagnostic::is_error) {
                let at = files.iter().find(|read| read.id == main).and_then(|read| read.tree.items.first());
                let mut finding = Diagnostic::error(codes::SYNTAX, "the spec has no model")
                    .help("`model Name: image[3, 224, 224] -> logits { .. }` says what to generate");
                finding = match at {
                    Some(item) => finding.at(item.span, "only blocks are defined here"),
                    None => finding.at(Span::new(main, 0, 0), "the file is empty"),
                };
                findings.push(finding);
            }
            return None;
        }
        [first, second, ..] => {
            findings.push(
                Diagnostic::error(codes::DUPLICATE_NAME, "the spec has more than one model")
                    .at(second.name.span, "a second model")
                    .because(first.name.span, "the first one")
                    .help("one file describes one model; blocks can be shared with `import`"),
            );
            return None;
        }
    };
    if findings.iter().any(Diagnostic::is_error) {
        return None;
    }
    let definitions = in_call_order(&model, lowered, findings)?;
    Some(Program { model, definitions, stages })
}

/// A key for a definition: its name, which `names_of` has made unambiguous for everyone who sees it.
fn unique(name: &str, file: FileId, taken: &IndexMap<String, (Definition, FileId)>) -> String {
    if taken.contains_key(name) { format!("{name}.{}", file.0) } else { name.to_owned() }
}

fn names_of<'a>(
    read: &'a Read,
    own: &HashMap<FileId, Vec<&'a ast::Definition>>,
    findings: &mut Vec<Diagnostic>,
) -> Names<'a> {
    let mut blocks: HashMap<&str, (&ast::Definition, FileId)> = HashMap::new();
    let mut add = |definition: &'a ast::Definition, file: FileId, at: Span, findings: &mut Vec<Diagnostic>| {
        if let Some((previous, previous_file)) = blocks.get(definition.name.text.as_str()) {
            if (previous.name.span, *previous_file) != (definition.name.span, file) {
                findings.push(
                    Diagnostic::error(codes::DUPLICATE_NAME, format!("`{}` is defined twice", definition.name.text))
                        .at(at, "again here")
                        .because(previous.name.span, "first here"),
                );
            }
            return;
        }
        // A block may have the name of a pattern; its own file means the block then.
        blocks.insert(&definition.name.text, (definition, file));
    };
    for (import, file) in &read.imports {
        let theirs = own.get(file).map_or(&[][..], Vec::as_slice);
        let block = |definition: &&&ast::Definition| definition.kind == DefinitionKind::Block;
        if import.names.is_empty() {
            for definition in theirs.iter().filter(block) {
                add(definition, *file, import.path_span, findings);
            }
        }
        for name in &import.names {
            match theirs.iter().filter(block).find(|definition| definition.name.text == name.text) {
                Some(definition) => add(definition, *file, name.span, findings),
                None => {
                    let message = format!("`{}` has no block `{}`", import.path, name.text);
                    let mut finding = Diagnostic::error(codes::IMPORT, message).at(name.span, "not found");
                    let known = theirs.iter().filter(block).map(|definition| definition.name.text.as_str());
                    if let Some(near) = similar_names(&name.text, known).first() {
                        finding = finding.fix(format!("did you mean `{near}`?"), name.span, *near);
                    }
                    findings.push(finding);
                }
            }
        }
    }
    for definition in &own[&read.id] {
        add(definition, read.id, definition.name.span, findings);
    }
    let mut defaults: HashMap<&str, &[ast::Argument]> = HashMap::new();
    for item in &read.tree.items {
        let ItemKind::Defaults(group) = &item.kind else { continue };
        for entry in &group.entries {
            let Some(pattern) = library::pattern(&entry.name.text) else {
                findings.push(unknown_pattern(&entry.name, library::names().iter().copied()));
                continue;
            };
            for argument in &entry.arguments {
                match &argument.name {
                    None => findings.push(
                        Diagnostic::error(codes::SYNTAX, "defaults are written with their names")
                            .at(argument.value.span, "which parameter is this?"),
                    ),
                    Some(name) if pattern.parameter(&name.text).is_none() => {
                        findings.push(unknown_argument(&pattern.name, name, &parameter_names(&pattern)));
                    }
                    Some(_) => {}
                }
            }
            if defaults.insert(&entry.name.text, &entry.arguments).is_some() {
                let message = format!("`{}` has defaults twice", entry.name.text);
                findings.push(Diagnostic::error(codes::DUPLICATE_NAME, message).at(entry.name.span, "again here"));
            }
        }
    }
    Names { blocks, defaults }
}

/// Drops what the model does not use and puts callees before their callers.
fn in_call_order(
    model: &str,
    mut lowered: IndexMap<String, (Definition, FileId)>,
    findings: &mut Vec<Diagnostic>,
) -> Option<IndexMap<String, Definition>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Open,
        Done,
    }
    let mut marks: HashMap<String, Mark> = HashMap::new();
    let mut order: Vec<String> = Vec::new();
    // An explicit stack: names come from the user, and so does the depth.
    let mut stack: Vec<(String, Vec<(String, Span)>)> = vec![(model.to_owned(), callees(&lowered.get(model)?.0.body))];
    marks.insert(model.to_owned(), Mark::Open);
    while let Some((name, pending)) = stack.last_mut() {
        match pending.pop() {
            None => {
                marks.insert(name.clone(), Mark::Done);
                order.push(name.clone());
                stack.pop();
            }
            Some((callee, span)) => match marks.get(&callee) {
                Some(Mark::Done) => {}
                Some(Mark::Open) => {
                    let circle: Vec<&str> = stack
                        .iter()
                        .map(|(open, _)| open.as_str())
                        .skip_while(|open| **open != callee)
                        .chain([callee.as_str()])
                        .collect();
                    findings.push(
                        Diagnostic::error(codes::RECURSION, format!("`{callee}` contains itself: {}", circle.join(" -> ")))
                            .at(span, "used here, inside itself")
                            .help("a fixed number of rounds is a `repeat`"),
                    );
                    return None;
                }
                None => {
                    marks.insert(callee.clone(), Mark::Open);
                    let body = callees(&lowered.get(&callee)?.0.body);
                    stack.push((callee, body));
                }
            },
        }
    }
    order.iter().map(|name| Some((name.clone(), lowered.swap_remove(name)?.0))).collect()
}

/// The blocks that lines use, in reverse order.
fn callees(body: &[Node]) -> Vec<(String, Span)> {
    fn of_stage(stage: &Stage, found: &mut Vec<(String, Span)>) {
        match &stage.kind {
            StageKind::Block { name, .. } => found.push((name.clone(), stage.span)),
            StageKind::Choice { then, otherwise, .. } => {
                of_stage(then, found);
                of_stage(otherwise, found);
            }
            _ => {}
        }
    }
    fn of_body(body: &[Node], found: &mut Vec<(String, Span)>) {
        for node in body {
            match &node.kind {
                NodeKind::Flow(Flow { stages, .. }) | NodeKind::Shared { stages, .. } => {
                    stages.iter().for_each(|stage| of_stage(stage, found));
                }
                NodeKind::Repeat { body, .. } => of_body(body, found),
                NodeKind::If { arms, .. } => arms.iter().for_each(|arm| of_body(&arm.body, found)),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    of_body(body, &mut found);
    found.reverse();
    found
}

/// What a name stands for inside a definition.
#[derive(Clone, Debug)]
struct Binding {
    name: String,
    tensor: bool,
    span: Span,
    used: bool,
    /// Inputs and dimensions may stay unused in silence where the header needs them.
    silent: bool,
}

/// Lowers one definition.
struct Body<'a, 'f> {
    names: &'a Names<'a>,
    findings: &'f mut Vec<Diagnostic>,
    stages: &'f mut usize,
    scope: Vec<Binding>,
    shared: HashMap<String, (Span, bool)>,
    definition: &'a ast::Definition,
    attributes: HashSet<String>,
}

impl Body<'_, '_> {
    fn definition(&mut self) -> Definition {
        let definition = self.definition;
        let mut parameters = Vec::new();
        for parameter in &definition.parameters {
            if let Some(default) = &parameter.default {
                // A default may use the parameters before it.
                self.scalars(default);
            }
            self.declare(&parameter.name, false, false);
            parameters.push(Parameter {
                name: parameter.name.text.clone(),
                default: parameter.default.clone(),
                span: parameter.name.span,
            });
        }
        let model = definition.kind == DefinitionKind::Model;
        let mut inputs = Vec::new();
        for input in &definition.inputs {
            let kind = input.kind.as_ref().map(|kind| kind.text.as_str());
            if let (Some(kind), false) = (&input.kind, matches!(kind, Some("int" | "map" | "plain") | None)) {
                let message = format!("an input is `int`, `map` or `plain`, not `{}`", kind.text);
                self.findings.push(Diagnostic::error(codes::WRONG_TYPE, message).at(kind.span, "not a kind of input"));
            }
            if model && input.shape.is_none() {
                let message = format!("the input `{}` of a model needs a shape", input.name.text);
                self.findings.push(
                    Diagnostic::error(codes::SYNTAX, message)
                        .at(input.name.span, "of which size?")
                        .help(format!("channels first, without the batch: `{}[3, H = 224, W = 224]`", input.name.text)),
                );
            }
            for dim in input.shape.iter().flat_map(|shape| &shape.dims) {
                match &dim.value.kind {
                    ExprKind::Name(name) if self.find(name).is_none() => {
                        self.declare(&Name { text: name.clone(), span: dim.value.span }, false, true);
                    }
                    _ => self.scalars(&dim.value),
                }
                if let Some(default) = &dim.default {
                    self.scalars(default);
                }
            }
            if let Some(bound) = &input.bound {
                self.scalars(bound);
            }
            inputs.push(Input {
                name: input.name.text.clone(),
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
            self.declare(&input.name, true, false);
        }
        let body = self.lines(&definition.body);
        let mut outputs = Vec::new();
        for output in &definition.outputs {
            match self.find(&output.text) {
                Some(at) if self.scope[at].tensor => self.scope[at].used = true,
                Some(at) => {
                    let span = self.scope[at].span;
                    self.findings.push(
                        Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("the output `{}` is a hyperparameter", output.text))
                            .at(output.span, "a tensor is needed")
                            .because(span, "a number from here"),
                    );
                }
                None => {
                    let mut finding = Diagnostic::error(
                        codes::UNKNOWN_NAME,
                        format!("the output `{}` is never assigned", output.text),
                    )
                    .at(output.span, "not defined at the end of the body");
                    let known = self.scope.iter().filter(|binding| binding.tensor).map(|binding| binding.name.as_str());
                    if let Some(near) = similar_names(&output.text, known).first() {
                        finding = finding.fix(format!("did you mean `{near}`?"), output.span, *near);
                    }
                    self.findings.push(finding);
                }
            }
            outputs.push((output.text.clone(), output.span));
        }
        let scope = std::mem::take(&mut self.scope);
        scope.iter().for_each(|binding| self.unused(binding));
        let shared = std::mem::take(&mut self.shared);
        for (name, (span, used)) in shared {
            if !used {
                self.findings.push(
                    Diagnostic::error(codes::UNUSED, format!("nothing flows through `{name}`")).at(span, "shared, but never applied"),
                );
            }
        }
        Definition {
            kind: definition.kind,
            name: definition.name.text.clone(),
            doc: definition.doc.clone(),
            parameters,
            inputs,
            outputs,
            body,
            header: definition.header,
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.scope.iter().rposition(|binding| binding.name == name)
    }

    fn unused(&mut self, binding: &Binding) {
        if binding.used || binding.silent {
            return;
        }
        let (what, help) = if binding.tensor {
            ("the value of", "use it, or write `_` in its place to discard it")
        } else {
            ("the hyperparameter", "remove it, or use it")
        };
        self.findings.push(
            Diagnostic::error(codes::UNUSED, format!("{what} `{}` is never used", binding.name))
                .at(binding.span, "never used behind this")
                .help(help),
        );
    }

    fn declare(&mut self, name: &Name, tensor: bool, silent: bool) {
        if let Some(at) = self.find(&name.text) {
            let previous = self.scope[at].clone();
            if !(tensor && previous.tensor) {
                let kind = |tensor| if tensor { "tensor" } else { "hyperparameter" };
                self.findings.push(
                    Diagnostic::error(
                        codes::DUPLICATE_NAME,
                        format!("`{}` is already the name of a {}", name.text, kind(previous.tensor)),
                    )
                    .at(name.span, format!("a {} of the same name", kind(tensor)))
                    .because(previous.span, "named here"),
                );
                return;
            }
            self.unused(&previous);
            self.scope.remove(at);
        }
        if let Some((span, _)) = self.shared.get(&name.text) {
            self.findings.push(
                Diagnostic::error(codes::DUPLICATE_NAME, format!("`{}` is already the name of a shared instance", name.text))
                    .at(name.span, "the same name")
                    .because(*span, "named here"),
            );
        }
        self.scope.push(Binding { name: name.text.clone(), tensor, span: name.span, used: false, silent });
    }

    fn lines(&mut self, statements: &[ast::Statement]) -> Vec<Node> {
        statements.iter().filter_map(|statement| self.line(statement)).collect()
    }

    fn line(&mut self, statement: &ast::Statement) -> Option<Node> {
        let comments = statement
            .leading
            .iter()
            .filter_map(|leading| match leading {
                Leading::Comment(comment) => Some(comment.text.clone()),
                Leading::Blank => None,
            })
            .collect();
        let trailing = statement.trailing.as_ref().map(|comment| comment.text.clone());
        let kind = match &statement.kind {
            StatementKind::Assign(assign) => self.assign(assign, statement.span)?,
            StatementKind::Shared(shared) => {
                let stages = self.pipeline(&shared.stages);
                if self.find(&shared.name.text).is_some() || self.shared.contains_key(&shared.name.text) {
                    let message = format!("`{}` is already taken", shared.name.text);
                    self.findings.push(Diagnostic::error(codes::DUPLICATE_NAME, message).at(shared.name.span, "the same name"));
                }
                self.shared.insert(shared.name.text.clone(), (shared.name.span, false));
                NodeKind::Shared { name: shared.name.text.clone(), stages }
            }
            StatementKind::Repeat(repeat) => self.repeat(repeat),
            StatementKind::If(branches) => self.branches(branches),
            StatementKind::Require(require) => {
                self.scalars(&require.condition);
                NodeKind::Require { condition: require.condition.clone(), message: require.message.clone() }
            }
            StatementKind::Claim(claim) => {
                let quantity = match claim.quantity.text.as_str() {
                    "params" => Quantity::Params,
                    "macs" => Quantity::Macs,
                    other => {
                        let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("nothing can be claimed of `{other}`"))
                            .at(claim.quantity.span, "`params` or `macs`")
                            .help("the shape of a line is claimed at its name: `x[64, 56, 56] = ..`");
                        if let Some(near) = similar_names(other, ["params", "macs", "parameters"]).first() {
                            let near = if *near == "parameters" { "params" } else { near };
                            finding = finding.fix(format!("did you mean `{near}`?"), claim.quantity.span, near);
                        }
                        self.findings.push(finding);
                        return None;
                    }
                };
                self.scalars(&claim.value);
                NodeKind::Claim { quantity, relation: claim.relation, value: claim.value.clone() }
            }
        };
        Some(Node { kind, span: statement.span, comments, trailing })
    }

    fn assign(&mut self, assign: &ast::Assign, span: Span) -> Option<NodeKind> {
        let inputs: Vec<&Expr> = match &assign.value.source {
            ast::Source::Tuple(items) => items.iter().collect(),
            ast::Source::Expr(single) => vec![single],
        };
        let tensors = inputs.iter().any(|input| self.has_tensor(input));
        if !tensors && assign.value.stages.is_empty() {
            return self.local(assign, &inputs, span);
        }
        let operands: Vec<Operand> = inputs.iter().filter_map(|input| self.operand(input, true)).collect();
        let stages = self.pipeline(&assign.value.stages);
        let known = operands.len() == inputs.len();
        let mut targets = Vec::new();
        for target in &assign.targets {
            for dim in target.shape.iter().flat_map(|shape| &shape.dims) {
                self.scalars(&dim.value);
            }
        }
        for (at, target) in assign.targets.iter().enumerate() {
            let name = (target.name.text != "_").then(|| target.name.text.clone());
            if let Some(name) = &name {
                if assign.targets[..at].iter().any(|other| other.name.text == *name) {
                    let message = format!("`{name}` is assigned twice in one line");
                    self.findings.push(Diagnostic::error(codes::DUPLICATE_NAME, message).at(target.name.span, "again here"));
                } else {
                    self.declare(&target.name, true, false);
                }
            }
            targets.push(Target { name, claim: target.shape.clone(), span: target.name.span });
        }
        if assign.targets.iter().all(|target| target.name.text == "_") {
            self.findings.push(Diagnostic::error(codes::UNUSED, "this line discards everything it computes").at(span, "nothing is kept"));
        }
        known.then_some(NodeKind::Flow(Flow { targets, inputs: operands, stages }))
    }

    /// `mid = x.channels / 4`.
    fn local(&mut self, assign: &ast::Assign, inputs: &[&Expr], span: Span) -> Option<NodeKind> {
        for input in inputs {
            self.scalars(input);
        }
        match (assign.targets.as_slice(), inputs) {
            ([target], [value]) if target.name.text != "_" => {
                if let Some(shape) = &target.shape {
                    self.findings.push(
                        Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{}` is a hyperparameter: it has no shape", target.name.text))
                            .at(shape.span, "a shape is claimed")
                            .because(value.span, "no tensor flows here"),
                    );
                }
                // An unknown name was reported; a second report that the value is of no use would confuse.
                self.declare(&target.name, false, false);
                Some(NodeKind::Let { name: target.name.text.clone(), value: (*value).clone() })
            }
            _ => {
                self.findings.push(
                    Diagnostic::error(codes::TENSOR_OR_NUMBER, "several values need a pattern that gives several tensors")
                        .at(span, "no tensor flows here"),
                );
                None
            }
        }
    }

    fn has_tensor(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => self.find(name).is_some_and(|at| self.scope[at].tensor),
            ExprKind::Unary(_, inner) => self.has_tensor(inner),
            ExprKind::Binary(_, left, right) => self.has_tensor(left) || self.has_tensor(right),
            _ => false,
        }
    }

    fn stage_id(&mut self) -> StageId {
        *self.stages += 1;
        *self.stages - 1
    }

    /// A tensor expression; `alone` if it is not an operand of arithmetic.
    fn operand(&mut self, expr: &Expr, alone: bool) -> Option<Operand> {
        if !self.has_tensor(expr) {
            // A single word that means nothing is most likely a tensor with a typing error.
            if let (true, ExprKind::Name(name)) = (alone, &expr.kind) {
                if self.find(name).is_none() {
                    self.unknown_name(name, expr.span, true);
                    return None;
                }
            }
            self.scalars(expr);
            if alone {
                self.findings.push(
                    Diagnostic::error(codes::TENSOR_OR_NUMBER, "a hyperparameter cannot flow through a pipeline")
                        .at(expr.span, "a tensor is needed here")
                        .help("hyperparameters sit in parentheses: `x -> conv(64, 3x3)`"),
                );
                return None;
            }
            return Some(Operand::Number(expr.clone()));
        }
        match &expr.kind {
            ExprKind::Name(name) => {
                let at = self.find(name)?;
                self.scope[at].used = true;
                Some(Operand::Tensor { name: name.clone(), span: expr.span })
            }
            ExprKind::Unary(ast::UnaryOp::Negate, inner) => {
                let minus = Operand::Number(Expr { kind: ExprKind::Int(-1), span: expr.span });
                let inner = self.operand(inner, false)?;
                self.arithmetic("multiply", minus, inner, expr.span)
            }
            ExprKind::Binary(op, left, right) => {
                let name = match op {
                    BinaryOp::Add => "add",
                    BinaryOp::Subtract => "subtract",
                    BinaryOp::Multiply => "multiply",
                    BinaryOp::Divide => "divide",
                    _ => {
                        self.findings.push(
                            Diagnostic::error(codes::TENSOR_OR_NUMBER, "tensors can be added, subtracted, multiplied and divided")
                                .at(expr.span, "this operator is for hyperparameters"),
                        );
                        return None;
                    }
                };
                let (left, right) = (self.operand(left, false), self.operand(right, false));
                self.arithmetic(name, left?, right?, expr.span)
            }
            _ => {
                self.findings.push(
                    Diagnostic::error(codes::TENSOR_OR_NUMBER, "this cannot be applied to a tensor").at(expr.span, "contains a tensor"),
                );
                None
            }
        }
    }

    fn arithmetic(&mut self, name: &str, left: Operand, right: Operand, span: Span) -> Option<Operand> {
        let kind = StageKind::Pattern { pattern: library::pattern(name)?, arguments: Vec::new() };
        let stage = Box::new(Stage { id: self.stage_id(), kind, span, comment: None, line_end: false });
        Some(Operand::Arithmetic { stage, left: Box::new(left), right: Box::new(right) })
    }

    fn pipeline(&mut self, stages: &[ast::Stage]) -> Vec<Stage> {
        let mut lowered: Vec<Stage> = stages.iter().filter_map(|stage| self.stage(stage)).collect();
        for at in 0..lowered.len() {
            lowered[at].line_end = at + 1 == lowered.len() || stages.get(at + 1).is_some_and(|next| next.new_line);
        }
        lowered
    }

    fn stage(&mut self, stage: &ast::Stage) -> Option<Stage> {
        let kind = match &stage.kind {
            ast::StageKind::Call(call) => self.call(call)?,
            ast::StageKind::Choice { condition, then, otherwise } => {
                self.scalars(condition);
                let (then, otherwise) = (self.stage(then), self.stage(otherwise));
                StageKind::Choice { condition: condition.clone(), then: Box::new(then?), otherwise: Box::new(otherwise?) }
            }
        };
        let comment = stage.trailing.as_ref().map(|comment| comment.text.clone());
        Some(Stage { id: self.stage_id(), kind, span: stage.span, comment, line_end: false })
    }

    fn call(&mut self, call: &ast::Call) -> Option<StageKind> {
        let name = call.name.text.as_str();
        if let Some((_, used)) = self.shared.get_mut(name) {
            *used = true;
            if let Some(argument) = call.arguments.first() {
                self.findings.push(
                    Diagnostic::error(codes::UNKNOWN_ARGUMENT, format!("`{name}` is a shared instance: it has its hyperparameters already"))
                        .at(argument.value.span, "not accepted here"),
                );
            }
            return Some(StageKind::Shared { name: name.to_owned() });
        }
        if name == "identity" {
            return Some(StageKind::Identity);
        }
        if let Some((definition, _)) = self.names.blocks.get(name).copied() {
            return self.block_call(call, definition);
        }
        let Some(pattern) = library::pattern(name) else {
            for argument in &call.arguments {
                self.scalars_or_words(&argument.value, &[]);
            }
            let names = library::names().iter().copied();
            let blocks = self.names.blocks.keys().copied().chain(self.shared.keys().map(String::as_str));
            let finding = match self.find(name) {
                Some(at) if self.scope[at].tensor => Diagnostic::error(
                    codes::TENSOR_OR_NUMBER,
                    format!("`{name}` is a tensor: tensors do not stand behind an arrow"),
                )
                .at(call.name.span, "a pattern or block is needed")
                .help(format!("several tensors enter in parentheses: `(a, {name}) -> concat`")),
                _ => unknown_pattern(&call.name, names.chain(blocks)),
            };
            self.findings.push(finding);
            return None;
        };
        let mut arguments: Vec<(usize, Expr)> = Vec::new();
        for (at, argument) in call.arguments.iter().enumerate() {
            let position = match &argument.name {
                Some(parameter) => pattern.parameter(&parameter.text),
                None => Some(at).filter(|at| *at < pattern.parameters.len()),
            };
            let Some(position) = position else {
                let names = parameter_names(&pattern);
                self.findings.push(match &argument.name {
                    Some(parameter) => unknown_argument(name, parameter, &names),
                    None => too_many(name, argument.value.span, &names),
                });
                self.scalars_or_words(&argument.value, &[]);
                continue;
            };
            let parameter = &pattern.parameters[position];
            self.scalars_or_words(&argument.value, &parameter.ty.words());
            if arguments.iter().any(|(other, _)| *other == position) {
                self.findings.push(given_twice(name, &parameter.name, argument.value.span));
                continue;
            }
            arguments.push((position, argument.value.clone()));
        }
        for default in self.names.defaults.get(name).copied().unwrap_or_default() {
            let position = default.name.as_ref().and_then(|parameter| pattern.parameter(&parameter.text));
            if let Some(position) = position.filter(|position| !arguments.iter().any(|(other, _)| other == position)) {
                arguments.push((position, default.value.clone()));
            }
        }
        Some(StageKind::Pattern { pattern, arguments })
    }

    fn block_call(&mut self, call: &ast::Call, definition: &ast::Definition) -> Option<StageKind> {
        let name = &call.name.text;
        if definition.kind == DefinitionKind::Model {
            self.findings.push(
                Diagnostic::error(codes::UNKNOWN_PATTERN, format!("`{name}` is a model: it cannot be a part of another"))
                    .at(call.name.span, "a pattern or block is needed")
                    .because(definition.name.span, "make this a `block`"),
            );
            return None;
        }
        let names: Vec<&str> = definition.parameters.iter().map(|parameter| parameter.name.text.as_str()).collect();
        let mut arguments: Vec<BlockArgument> = Vec::new();
        for (at, argument) in call.arguments.iter().enumerate() {
            self.scalars(&argument.value);
            let parameter = match &argument.name {
                Some(parameter) if names.contains(&parameter.text.as_str()) => parameter.text.clone(),
                Some(parameter) => {
                    self.findings.push(unknown_argument(name, parameter, &names));
                    continue;
                }
                None => match names.get(at) {
                    Some(parameter) => (*parameter).to_owned(),
                    None => {
                        self.findings.push(too_many(name, argument.value.span, &names));
                        continue;
                    }
                },
            };
            if arguments.iter().any(|other| other.name == parameter) {
                self.findings.push(given_twice(name, &parameter, argument.value.span));
                continue;
            }
            arguments.push(BlockArgument { name: parameter, value: argument.value.clone(), named: argument.name.is_some() });
        }
        for parameter in &definition.parameters {
            let given = arguments.iter().any(|argument| argument.name == parameter.name.text);
            if !given && parameter.default.is_none() {
                self.findings.push(
                    Diagnostic::error(codes::MISSING_ARGUMENT, format!("`{name}` needs `{}`", parameter.name.text))
                        .at(call.name.span, format!("`{}` is missing", parameter.name.text))
                        .because(parameter.name.span, "declared without a default"),
                );
            }
        }
        Some(StageKind::Block { name: name.clone(), arguments })
    }

    fn repeat(&mut self, repeat: &ast::Repeat) -> NodeKind {
        self.scalars(&repeat.count);
        let before: Vec<String> = self.scope.iter().filter(|binding| binding.tensor).map(|binding| binding.name.clone()).collect();
        let outside: HashSet<String> = self.scope.iter().map(|binding| binding.name.clone()).collect();
        if let Some(index) = &repeat.index {
            self.declare(index, false, true);
        }
        let assigned = assigned(&repeat.body);
        let carried: Vec<String> = before.into_iter().filter(|name| assigned.contains(name)).collect();
        // What the first round reads is what the last round leaves: reading it early is a use of the value assigned late.
        let read_before: HashMap<String, bool> =
            carried.iter().filter_map(|name| self.find(name).map(|at| (name.clone(), self.scope[at].used))).collect();
        for name in &carried {
            if let Some(at) = self.find(name) {
                self.scope[at].used = false;
            }
        }
        let mut reads: HashSet<String> = HashSet::new();
        let body: Vec<Node> = repeat
            .body
            .iter()
            .filter_map(|statement| {
                let node = self.line(statement);
                for name in &carried {
                    // Whether the value from before the loop (or from the previous round) was read by now.
                    if let Some(at) = self.find(name) {
                        if self.scope[at].used && !reads.contains(name) {
                            reads.insert(name.clone());
                        }
                    }
                }
                node
            })
            .collect();
        for name in &carried {
            if let Some(at) = self.find(name) {
                let handed_on = reads.contains(name) || read_before.get(name).copied().unwrap_or(false);
                if handed_on {
                    // Used by the next round, if not behind the loop.
                    self.scope[at].used = true;
                }
            }
        }
        // What is new in the body ends with it.
        if let Some(index) = &repeat.index {
            self.scope.retain(|binding| binding.tensor || binding.name != index.text || binding.span != index.span);
        }
        let (kept, ended) = std::mem::take(&mut self.scope).into_iter().partition(|binding| outside.contains(&binding.name));
        self.scope = kept;
        let ended: Vec<Binding> = ended;
        ended.iter().for_each(|binding| self.unused(binding));
        NodeKind::Repeat {
            label: repeat.label.text.clone(),
            index: repeat.index.as_ref().map(|index| index.text.clone()),
            count: repeat.count.clone(),
            body,
            carried,
        }
    }

    fn branches(&mut self, branches: &ast::If) -> NodeKind {
        for condition in branches.arms.iter().filter_map(|arm| arm.condition.as_ref()) {
            self.scalars(condition);
        }
        let before = self.scope.clone();
        let mut arms = Vec::new();
        let mut ends: Vec<Vec<Binding>> = Vec::new();
        for arm in branches.arms.iter().chain(&branches.otherwise) {
            self.scope.clone_from(&before);
            let body = self.lines(&arm.body);
            arms.push(Arm { condition: arm.condition.clone(), body, span: arm.span });
            ends.push(std::mem::take(&mut self.scope));
        }
        if branches.otherwise.is_none() {
            ends.push(before.clone());
        }
        let mut joined = Vec::new();
        let mut scope = before.clone();
        for (at, binding) in scope.iter_mut().enumerate() {
            // Used in one arm is used.
            binding.used |= ends.iter().any(|end| {
                end.iter().any(|other| other.name == binding.name && other.span == binding.span && other.used) || {
                    // Rebound in this arm: it was read before if it is not reported as unused there.
                    !end.iter().any(|other| other.name == binding.name && other.span == before[at].span)
                }
            });
        }
        let names: Vec<String> = {
            let mut names: Vec<String> = Vec::new();
            for binding in ends.iter().flatten() {
                let old = before.iter().any(|other| other.name == binding.name && other.span == binding.span);
                if !old && !names.contains(&binding.name) {
                    names.push(binding.name.clone());
                }
            }
            names
        };
        for name in names {
            let everywhere = ends.iter().all(|end| end.iter().any(|binding| binding.name == name));
            let Some(first) = ends.iter().flatten().find(|binding| {
                binding.name == name && !before.iter().any(|other| other.name == name && other.span == binding.span)
            }) else {
                continue;
            };
            let first = first.clone();
            if everywhere {
                if first.tensor {
                    joined.push(name.clone());
                }
                scope.retain(|binding| binding.name != name);
                scope.push(Binding { used: false, ..first });
            } else {
                // Local to its arm.
                for end in &ends {
                    if let Some(binding) = end.iter().find(|binding| binding.name == name) {
                        self.unused(&binding.clone());
                    }
                }
            }
        }
        self.scope = scope;
        NodeKind::If { arms, joined }
    }

    /// Resolves a hyperparameter expression: every name in it must be known.
    fn scalars(&mut self, expr: &Expr) {
        self.scalars_or_words(expr, &[]);
    }

    /// As [`Body::scalars`], but these words may stand for themselves.
    fn scalars_or_words(&mut self, expr: &Expr, words: &[&str]) {
        match &expr.kind {
            ExprKind::Name(name) => match self.find(name) {
                Some(at) if self.scope[at].tensor => {
                    let origin = self.scope[at].span;
                    self.scope[at].used = true;
                    self.findings.push(
                        Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{name}` is a tensor, a hyperparameter is needed"))
                            .at(expr.span, "tensors flow through arrows")
                            .because(origin, "a tensor from here")
                            .help(format!("its sizes are `{name}.channels`, `{name}.height`, `{name}.width`, `{name}.length`, `{name}.features`")),
                    );
                }
                Some(at) => self.scope[at].used = true,
                None if words.contains(&name.as_str()) => {}
                None if words.is_empty() => self.unknown_name(name, expr.span, false),
                // With words at hand the type check knows better what is meant.
                None => {
                    let known = self.scope.iter().filter(|binding| !binding.tensor).map(|binding| binding.name.as_str());
                    let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("nothing here is called `{name}`"))
                        .at(expr.span, "neither a hyperparameter nor a known word");
                    finding = finding.help(format!("the words are {}", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")));
                    if let Some(near) = similar_names(name, known.chain(words.iter().copied())).first() {
                        finding = finding.fix(format!("did you mean `{near}`?"), expr.span, *near);
                    }
                    self.findings.push(finding);
                }
            },
            ExprKind::Attribute { tensor, .. } => match self.find(&tensor.text) {
                Some(at) if self.scope[at].tensor => {
                    self.scope[at].used |= false;
                    self.attributes.insert(tensor.text.clone());
                }
                Some(_) => self.findings.push(
                    Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{}` is a hyperparameter: it has no sizes", tensor.text))
                        .at(tensor.span, "not a tensor"),
                ),
                None => self.unknown_name(&tensor.text, tensor.span, true),
            },
            ExprKind::List(items) => items.iter().for_each(|item| self.scalars_or_words(item, words)),
            ExprKind::Call(name, items) => {
                if !FUNCTIONS.iter().any(|(function, _)| *function == name.text && *function != "given") {
                    let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no function `{}`", name.text))
                        .at(name.span, "not a function");
                    if library::names().contains(&name.text.as_str()) || self.names.blocks.contains_key(name.text.as_str()) {
                        finding = finding.help(format!("patterns and blocks stand behind an arrow: `x -> {}(..)`", name.text));
                    } else if let Some(near) = similar_names(&name.text, FUNCTIONS.iter().map(|(function, _)| *function)).first() {
                        finding = finding.fix(format!("did you mean `{near}`?"), name.span, *near);
                    }
                    self.findings.push(finding);
                    return;
                }
                items.iter().for_each(|item| self.scalars(item));
            }
            ExprKind::Splat(inner) | ExprKind::Unary(_, inner) => self.scalars_or_words(inner, words),
            ExprKind::Binary(_, left, right) => {
                self.scalars_or_words(left, words);
                self.scalars_or_words(right, words);
            }
            ExprKind::Choice { condition, then, otherwise } => {
                self.scalars(condition);
                self.scalars_or_words(then, words);
                self.scalars_or_words(otherwise, words);
            }
            ExprKind::Str(_) => self.findings.push(
                Diagnostic::error(codes::WRONG_TYPE, "text is not a value of a hyperparameter")
                    .at(expr.span, "text")
                    .help("words are written without quotes: `padding=same`"),
            ),
            ExprKind::Int(_) | ExprKind::Float { .. } | ExprKind::Quantity { .. } | ExprKind::Bool(_) | ExprKind::Size(_) => {}
        }
    }

    fn unknown_name(&mut self, name: &str, span: Span, tensor: bool) {
        let what = if tensor { "tensor" } else { "hyperparameter" };
        let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no {what} `{name}`")).at(span, "not defined here");
        let known = self.scope.iter().filter(|binding| binding.tensor == tensor).map(|binding| binding.name.as_str());
        let near = similar_names(name, known);
        if let Some(first) = near.first() {
            finding = finding.fix(format!("did you mean `{first}`?"), span, *first);
        } else if tensor && library::names().contains(&name) {
            finding = finding.help(format!("`{name}` is a pattern: it stands behind an arrow, as in `x -> {name}`"));
        } else {
            let mut known: Vec<&str> =
                self.scope.iter().filter(|binding| binding.tensor == tensor).map(|binding| binding.name.as_str()).collect();
            known.sort_unstable();
            known.dedup();
            if !known.is_empty() && known.len() <= 8 {
                finding = finding.help(format!("in scope: {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")));
            }
        }
        self.findings.push(finding);
    }
}

/// The names that lines assign.
fn assigned(body: &[ast::Statement]) -> HashSet<String> {
    let mut names = HashSet::new();
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

fn parameter_names(pattern: &Pattern) -> Vec<&str> {
    pattern.parameters.iter().map(|parameter| parameter.name.as_str()).collect()
}

fn unknown_pattern<'a>(name: &Name, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let mut finding = Diagnostic::error(codes::UNKNOWN_PATTERN, format!("there is no pattern or block `{}`", name.text))
        .at(name.span, "not known");
    let near = similar_names(&name.text, known);
    if let Some(first) = near.first() {
        finding = finding.fix(format!("did you mean `{first}`?"), name.span, *first);
    }
    if near.len() > 1 {
        finding = finding.help(format!("similar: {}", near.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")));
    }
    finding
}

fn unknown_argument(callee: &str, name: &Name, known: &[&str]) -> Diagnostic {
    let mut finding = Diagnostic::error(codes::UNKNOWN_ARGUMENT, format!("`{callee}` has no hyperparameter `{}`", name.text))
        .at(name.span, "not known");
    if let Some(near) = similar_names(&name.text, known.iter().copied()).first() {
        finding = finding.fix(format!("did you mean `{near}`?"), name.span, *near);
    }
    if callee == "batch_norm" && name.text == "momentum" {
        return finding
            .help("`momentum` means two things: `decay` says which share of the running statistics is kept")
            .help("`decay=0.9` is PyTorch's `momentum=0.1`, Keras' `momentum=0.9`");
    }
    if known.is_empty() {
        finding.help(format!("`{callee}` has none"))
    } else {
        finding.help(format!("it has {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")))
    }
}

fn too_many(callee: &str, span: Span, known: &[&str]) -> Diagnostic {
    let message = match known.len() {
        0 => format!("`{callee}` has no hyperparameters"),
        1 => format!("`{callee}` has one hyperparameter"),
        count => format!("`{callee}` has {count} hyperparameters"),
    };
    let finding = Diagnostic::error(codes::UNKNOWN_ARGUMENT, message).at(span, "one too many");
    if known.is_empty() { finding } else { finding.help(format!("they are {}", known.join(", "))) }
}

fn given_twice(callee: &str, name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, format!("`{name}` of `{callee}` is given twice")).at(span, "again here")
}
