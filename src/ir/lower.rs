//! From the syntax tree to the IR: names are resolved, defaults of the file filled in, imports followed.
//!
//! Everything that can be said without knowing a shape is said here: unknown and duplicate names, wrong hyperparameters of blocks and
//! patterns, values that nothing uses, blocks that contain themselves.
//!
//! Architecture Invariant: files are read by the caller's loader, not here.

use super::*;
use crate::diagnostic::{Diagnostic, codes, similar_names};
use crate::limits;
use crate::ops::evaluate::{FUNCTIONS, Scope, evaluate};
use crate::ops::{Layout, ParameterType, Value, library};
use crate::span::{FileId, Sources};
use crate::syntax::ast::{self, BinaryOp, ExprKind, ItemKind, Leading, Name, StatementKind};
use crate::syntax::{parse, print};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// Finds an imported file: the name of the importing file and the path as written give the file's name and text.
pub type Loader<'a> = &'a mut dyn FnMut(&str, &str) -> Result<(String, String), String>;

/// Parses and lowers a spec with everything that it imports.
///
/// The program is missing if there is an error among the findings. Then what is left of it is still walked, so that one run tells the
/// mistakes in its shapes as well.
pub fn lower(main: FileId, sources: &mut Sources, loader: Loader<'_>) -> (Option<Program>, Vec<Diagnostic>) {
    let mut files = Files::default();
    files.read(main, sources, loader);
    let Files { mut findings, read, doubts, .. } = files;
    let program = resolve(main, &read, &doubts, &mut findings);
    let program = if findings.iter().any(Diagnostic::is_error) {
        if let Some(program) = program {
            findings.extend(analyse::shapes(&program));
        }
        None
    } else {
        program
    };
    findings.sort_by_key(|finding| finding.primary().map(|span| (span.file, span.start)));
    findings.dedup_by(|next, first| next.code == first.code && next.primary() == first.primary() && next.message == first.message);
    (program, findings)
}

/// A file with what it imports.
struct Read {
    id: FileId,
    name: String,
    tree: ast::File,
    imports: Vec<(ast::Import, FileId)>,
}

/// What could not be read, and may be why something else is missing.
#[derive(Default)]
struct Doubts {
    /// The names in lines that the grammar refused, by file, each with the place of its line.
    words: HashMap<FileId, Vec<(Span, HashSet<String>)>>,
    /// Names that an import should have brought, by file.
    imported: HashMap<FileId, HashSet<String>>,
    /// Files that import all of a file that could not be read.
    wholly: HashSet<FileId>,
}

impl Doubts {
    /// Remembers the words of the lines that a finding of the grammar speaks of.
    fn unreadable(&mut self, finding: &Diagnostic, text: &str) {
        let Some(primary) = finding.primary() else { return };
        let labels = finding.labels.iter().filter(|label| label.primary).map(|label| label.span);
        let (first, last) = labels.fold((primary.start, primary.end), |(a, b), span| (a.min(span.start), b.max(span.end)));
        let floor = |at: u32| {
            let mut at = (at as usize).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (first, last) = (floor(first), floor(last));
        let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let mut end = text[last..].find('\n').map_or(text.len(), |at| last + at);
        // The pipeline may go on below.
        while let Some(next) = text[end..].strip_prefix('\n') {
            if !next.trim_start_matches([' ', '\t']).starts_with("->") {
                break;
            }
            end += 1 + next.find('\n').unwrap_or(next.len());
        }
        let words = text[start..end].split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let words = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        self.words.entry(primary.file).or_default().push((Span::new(primary.file, start, end), words));
    }

    /// Whether a line within a span could not be read.
    fn broken(&self, within: Span) -> bool {
        self.lines(within).next().is_some()
    }

    fn lines(&self, within: Span) -> impl Iterator<Item = &HashSet<String>> {
        let lines = self.words.get(&within.file).into_iter().flatten();
        lines.filter(move |(line, _)| line.start < within.end && line.end > within.start).map(|(_, words)| words)
    }

    /// Whether a pattern or block of this name may be missing because something could not be read.
    fn callee(&self, file: FileId, name: &str) -> bool {
        self.wholly.contains(&file)
            || self.imported.get(&file).is_some_and(|names| names.contains(name))
            || self.words.get(&file).into_iter().flatten().any(|(_, words)| words.contains(name))
    }
}

/// The files of one spec, imported ones first.
#[derive(Default)]
struct Files {
    findings: Vec<Diagnostic>,
    read: Vec<Read>,
    stack: Vec<(FileId, String)>,
    doubts: Doubts,
}

impl Files {
    fn read(&mut self, id: FileId, sources: &mut Sources, loader: Loader<'_>) {
        let name = sources.file(id).name.clone();
        let (tree, findings) = parse::parse(id, &sources.file(id).text);
        for finding in &findings {
            self.doubts.unreadable(finding, &sources.file(id).text);
        }
        self.findings.extend(findings);
        self.stack.push((id, name.clone()));
        let mut imports = Vec::new();
        for item in &tree.items {
            let ItemKind::Import(import) = &item.kind else { continue };
            match loader(&name, &import.path) {
                Err(reason) => {
                    let missing = reason.starts_with("there is no");
                    let mut finding = Diagnostic::error(codes::IMPORT, format!("`{}` cannot be imported: {reason}", import.path))
                        .at(import.path_span, "imported here");
                    if missing {
                        finding = finding.help("paths are relative to the file that imports");
                    }
                    self.fail(id, import, finding);
                }
                Ok((found, _)) if self.stack.iter().any(|(_, open)| *open == found) => {
                    let cycle: Vec<&str> = self
                        .stack
                        .iter()
                        .skip_while(|(_, open)| *open != found)
                        .map(|(_, open)| open.as_str())
                        .chain([found.as_str()])
                        .collect();
                    let finding = if cycle.len() == 2 {
                        Diagnostic::error(codes::IMPORT, format!("`{found}` imports itself"))
                            .at(import.path_span, "the file that this stands in")
                            .help("the blocks of a file are known in all of it; remove this line")
                    } else {
                        Diagnostic::error(codes::IMPORT, format!("files import each other: {}", cycle.join(" -> ")))
                            .at(import.path_span, "closes the circle")
                            .help("put what both need into a third file")
                    };
                    self.fail(id, import, finding);
                }
                Ok((found, text)) => {
                    let known = self.read.iter().find(|read| read.name == found).map(|read| read.id);
                    let file = match known {
                        Some(file) => file,
                        None if self.read.len() + self.stack.len() >= limits::IMPORTS => {
                            let message = format!("more than {} files are imported", limits::IMPORTS);
                            let finding = Diagnostic::error(codes::LIMIT, message).at(import.path_span, "this one is too many");
                            self.fail(id, import, finding);
                            continue;
                        }
                        None => {
                            let file = sources.add(found, text);
                            self.read(file, sources, loader);
                            file
                        }
                    };
                    imports.push((import.clone(), file));
                }
            }
        }
        self.stack.pop();
        self.read.push(Read { id, name, tree, imports });
    }

    /// Reports an import that fails; what it should have brought is not reported again.
    fn fail(&mut self, file: FileId, import: &ast::Import, finding: Diagnostic) {
        self.findings.push(finding);
        if import.names.is_empty() {
            self.doubts.wholly.insert(file);
        }
        self.doubts.imported.entry(file).or_default().extend(import.names.iter().map(|name| name.text.clone()));
    }
}

/// What a name in a stage can mean, for one file.
struct Names<'a> {
    /// The blocks with their keys in the program.
    blocks: HashMap<&'a str, (&'a ast::Definition, String)>,
    defaults: HashMap<&'a str, Vec<&'a ast::Argument>>,
    /// Which of the blocks a line uses.
    used: RefCell<HashSet<String>>,
}

/// The definitions of every file, with their keys in the program.
type Own<'a> = HashMap<FileId, Vec<(&'a ast::Definition, Span, String)>>;

/// Gives each definition a key: its name, or where two files have the same one, with a number behind it. The main file's keep theirs.
fn keyed<'a>(main: FileId, files: &'a [Read]) -> Own<'a> {
    let definitions = |read: &'a Read| {
        read.tree.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Definition(definition) => Some((definition, item.span)),
            _ => None,
        })
    };
    let mut taken: HashSet<String> = files.iter().flat_map(definitions).map(|(definition, _)| definition.name.text.clone()).collect();
    let mut given: HashSet<String> = HashSet::new();
    let mut own = Own::new();
    let mut order: Vec<&Read> = files.iter().collect();
    order.sort_by_key(|read| read.id != main);
    for read in order {
        let mut here: HashSet<&str> = HashSet::new();
        let entry = own.entry(read.id).or_default();
        for (definition, span) in definitions(read) {
            let name = &definition.name.text;
            let mut key = name.clone();
            // A second one in the same file is a mistake, which `names_of` reports; any key will do.
            let mut number = 2;
            while given.contains(&key) || (key != *name && taken.contains(&key)) || (key == *name && !here.insert(name)) {
                key = format!("{name}_{number}");
                number += 1;
            }
            given.insert(key.clone());
            taken.insert(key.clone());
            entry.push((definition, span, key));
        }
    }
    own
}

fn resolve(main: FileId, files: &[Read], doubts: &Doubts, findings: &mut Vec<Diagnostic>) -> Option<Program> {
    let own = keyed(main, files);
    let mut lowered: IndexMap<String, Definition> = IndexMap::new();
    let mut stages = 0;
    let mut whole = true;
    for read in files {
        for item in &read.tree.items {
            if let ItemKind::Pattern(pattern) = &item.kind {
                findings.push(
                    Diagnostic::error(codes::RESERVED, "patterns of your own are kept for a coming version")
                        .at(pattern.name.span, "declares a pattern")
                        .help("compose it as a `block` of existing patterns"),
                );
            }
        }
        let names = names_of(read, &own, findings);
        for (definition, span, key) in &own[&read.id] {
            let mut body = Body {
                names: &names,
                doubts,
                stages: &mut stages,
                definition,
                span: *span,
                findings: Vec::new(),
                late: Vec::new(),
                scope: Vec::new(),
                ended: Vec::new(),
                reported: HashSet::new(),
                shared: IndexMap::new(),
                loops: Vec::new(),
                nested: 0,
                targets: Vec::new(),
                needed: HashSet::new(),
                incomplete: doubts.broken(*span),
                walkable: true,
            };
            let definition = body.definition(key);
            whole &= body.walkable;
            findings.append(&mut body.findings);
            lowered.insert(key.clone(), definition);
        }
        let used = names.used.into_inner();
        for (import, name) in read.imports.iter().flat_map(|(import, _)| import.names.iter().map(move |name| (import, name))) {
            let known = names.blocks.contains_key(name.text.as_str());
            if known && !used.contains(&name.text) {
                findings.push(
                    Diagnostic::warning(codes::UNUSED, format!("`{}` is imported but never used", name.text))
                        .at(name.span, format!("from \"{}\"", import.path))
                        .help("remove it from the import"),
                );
            }
        }
    }
    let model = model_of(main, files, &own, findings)?;
    let definitions = in_call_order(&model, lowered, findings)?;
    if !findings.iter().any(Diagnostic::is_error) {
        for (definition, _, key) in own.get(&main).into_iter().flatten() {
            if definition.kind == DefinitionKind::Block && !definitions.contains_key(key) {
                let name = &definition.name;
                findings.push(
                    Diagnostic::warning(codes::UNUSED, format!("the block `{}` is never used", name.text))
                        .at(name.span, format!("no line of `{model}` leads here")),
                );
            }
        }
    }
    whole.then_some(Program { model, definitions, stages })
}

/// The key of the one model that a spec has.
fn model_of(main: FileId, files: &[Read], own: &Own<'_>, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let models = own.get(&main)?.iter().filter(|(definition, _, _)| definition.kind == DefinitionKind::Model);
    let models: Vec<_> = models.collect();
    match models.as_slice() {
        [(_, _, key)] => return Some(key.clone()),
        [] => {
            if !findings.iter().any(Diagnostic::is_error) {
                let help = "a spec describes one model, such as `model Name: image[3, 224, 224] -> logits { .. }`";
                let first = own[&main].first();
                let other = files.iter().find(|read| read.id == main).and_then(|read| read.tree.items.first());
                let finding = Diagnostic::error(codes::SYNTAX, "this file has no model");
                findings.push(
                    match (first, other) {
                        (Some((block, _, _)), _) => finding.at(block.name.span, "only blocks are defined here"),
                        (None, Some(item)) => finding.at(Span { end: item.span.start, ..item.span }, "nothing is defined here"),
                        (None, None) => finding.at(Span::new(main, 0, 0), "nothing is defined here"),
                    }
                    .help(help),
                );
            }
        }
        [(first, _, _), (second, _, _), ..] => findings.push(
            Diagnostic::error(codes::DUPLICATE_NAME, "this file has more than one model")
                .at(second.name.span, "a second model")
                .because(first.name.span, "the first one")
                .help("one file describes one model; files share blocks with `import`"),
        ),
    }
    None
}

fn names_of<'a>(read: &'a Read, own: &Own<'a>, findings: &mut Vec<Diagnostic>) -> Names<'a> {
    let mut blocks: HashMap<&str, (&ast::Definition, String)> = HashMap::new();
    let mut add = |definition: &'a ast::Definition, key: &str, at: Span, findings: &mut Vec<Diagnostic>| {
        if let Some((previous, other)) = blocks.get(definition.name.text.as_str()) {
            if other != key {
                let name = &definition.name.text;
                let mut finding = Diagnostic::error(codes::DUPLICATE_NAME, format!("`{name}` is defined twice"));
                finding = if at == definition.name.span {
                    finding.at(at, "again here").because(previous.name.span, "first here")
                } else {
                    finding.at(at, "brings another one").because(previous.name.span, "first here")
                };
                if at.file != previous.name.span.file {
                    finding = finding.help("give one of them another name, or import only the names that are needed");
                }
                findings.push(finding);
            }
            return;
        }
        // A block may have the name of a pattern; its own file means the block then.
        blocks.insert(&definition.name.text, (definition, key.to_owned()));
    };
    for (import, file) in &read.imports {
        let theirs = own.get(file).map_or(&[][..], Vec::as_slice);
        let blocks = || theirs.iter().filter(|(definition, _, _)| definition.kind == DefinitionKind::Block);
        if import.names.is_empty() {
            for (definition, _, key) in blocks() {
                add(definition, key, import.path_span, findings);
            }
        }
        for name in &import.names {
            let Some((definition, _, key)) = theirs.iter().find(|(definition, _, _)| definition.name.text == name.text) else {
                let message = format!("`{}` has no block `{}`", import.path, name.text);
                let mut finding = Diagnostic::error(codes::IMPORT, message).at(name.span, "not found there");
                let known: Vec<&str> = blocks().map(|(definition, _, _)| definition.name.text.as_str()).collect();
                if let Some(near) = similar_names(&name.text, known.iter().copied()).first() {
                    finding = finding.fix(format!("did you mean `{near}`?"), name.span, *near);
                } else if known.is_empty() {
                    finding = finding.help("it has no blocks");
                } else if known.len() <= 12 {
                    finding = finding.help(format!("it has {}", listed(&known)));
                }
                findings.push(finding);
                continue;
            };
            if definition.kind == DefinitionKind::Model {
                let message = format!("`{}` of `{}` is a model: only blocks are imported", name.text, import.path);
                findings.push(
                    Diagnostic::error(codes::IMPORT, message)
                        .at(name.span, "not a block")
                        .because(definition.name.span, "a model; what it shares with others belongs into a `block`"),
                );
                continue;
            }
            add(definition, key, name.span, findings);
        }
    }
    for (definition, _, key) in &own[&read.id] {
        add(definition, key, definition.name.span, findings);
    }
    let mut defaults: HashMap<&str, Vec<&ast::Argument>> = HashMap::new();
    for item in &read.tree.items {
        let ItemKind::Defaults(group) = &item.kind else { continue };
        for entry in &group.entries {
            let name = entry.name.text.as_str();
            let Some(pattern) = library::pattern(name) else {
                findings.push(match blocks.get(name) {
                    Some((block, _)) => {
                        Diagnostic::error(codes::UNKNOWN_PATTERN, format!("`{name}` is a block: its defaults stand in its own header"))
                            .at(entry.name.span, "not a pattern")
                            .because(block.name.span, "the block")
                    }
                    None => unknown_pattern(&entry.name, "pattern", &[]),
                });
                continue;
            };
            let known = defaults.entry(name).or_default();
            for argument in &entry.arguments {
                // A default without its name was reported by the grammar.
                let Some(parameter) = &argument.name else { continue };
                let Some(position) = pattern.parameter(&parameter.text) else {
                    findings.push(unknown_argument(&pattern, parameter));
                    continue;
                };
                if let Some(other) = known.iter().find(|other| other.name.as_ref().is_some_and(|other| other.text == parameter.text)) {
                    let message = format!("the default of `{}` of `{name}` is set twice", parameter.text);
                    let first = other.name.as_ref().map_or(other.value.span, |name| name.span);
                    findings.push(
                        Diagnostic::error(codes::DUPLICATE_NAME, message).at(parameter.span, "again here").because(first, "first here"),
                    );
                    continue;
                }
                match constant(&pattern, position, &argument.value) {
                    Ok(()) => known.push(argument),
                    Err(finding) => findings.push(*finding),
                }
            }
        }
    }
    Names { blocks, defaults, used: RefCell::default() }
}

/// Whether a default of the file is a value of its parameter's type, without any name but the type's words.
fn constant(pattern: &Pattern, position: usize, value: &Expr) -> Result<(), Box<Diagnostic>> {
    let parameter = &pattern.parameters[position];
    let words = parameter.ty.words();
    let mut stranger = None;
    infer::collect(value, &mut |name| {
        if !words.contains(&name) && stranger.is_none() {
            stranger = Some(name.to_owned());
        }
    });
    if let Some(name) = stranger {
        let message = format!("a default of the file is a value, `{name}` is none");
        let expects = format!("`{}` of `{}` takes {}", parameter.name, pattern.name, parameter.ty.expects());
        return Err(Box::new(Diagnostic::error(codes::WRONG_TYPE, message).at(value.span, expects)));
    }
    evaluate(value, &NoNames).map(|_| ())
}

/// A scope without a name in it.
struct NoNames;

impl Scope for NoNames {
    fn value(&self, _: &str) -> Option<Value> {
        None
    }
    fn attribute(&self, tensor: &Name, _: &Name) -> Result<Value, Diagnostic> {
        Err(Diagnostic::error(codes::TENSOR_OR_NUMBER, "a default of the file cannot depend on a tensor").at(tensor.span, "a tensor"))
    }
}

/// Drops what the model does not use and puts callees before their callers.
fn in_call_order(
    model: &str,
    mut lowered: IndexMap<String, Definition>,
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
    let mut stack: Vec<(String, Vec<(String, Span)>)> = vec![(model.to_owned(), callees(&lowered.get(model)?.body))];
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
                    let body = callees(&lowered.get(&callee)?.body);
                    stack.push((callee, body));
                }
            },
        }
    }
    order.iter().map(|name| Some((name.clone(), lowered.swap_remove(name)?))).collect()
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

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Tensor,
    Number,
    /// Something that could not be made out and was reported; it passes for either.
    Doubtful,
}

/// Where a name comes from, which decides what to do about it if nothing uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
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
struct Binding {
    name: String,
    what: What,
    role: Role,
    span: Span,
    used: bool,
    /// Whether only its sizes are used.
    measured: bool,
    /// How many loops deep it was made.
    depth: usize,
    /// The `if`s that it comes out of.
    joins: Vec<Span>,
}

/// How a name went out of scope.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Branch,
    Round,
}

/// What kind of name is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Tensor,
    Number,
    Either,
}

/// A loop around the current line.
#[derive(Default)]
struct Loop {
    /// The tensors that are read before the round assigns them.
    early: HashSet<String>,
}

/// A finding on a value that nothing uses; dropped if another one explains it.
struct Late {
    binding: Span,
    overwritten: bool,
    finding: Diagnostic,
}

/// Lowers one definition.
struct Body<'a, 'f> {
    names: &'a Names<'a>,
    doubts: &'a Doubts,
    stages: &'f mut usize,
    definition: &'a ast::Definition,
    span: Span,
    findings: Vec<Diagnostic>,
    late: Vec<Late>,
    scope: Vec<Binding>,
    /// Names that ended with their branch or round.
    ended: Vec<(Binding, Ending)>,
    /// Unknown names that were reported.
    reported: HashSet<String>,
    shared: IndexMap<String, SharedName>,
    loops: Vec<Loop>,
    /// How many loops and choices deep the current line is.
    nested: usize,
    /// The targets of the current line.
    targets: Vec<String>,
    /// What is used of that which leaves an `if`.
    needed: HashSet<(Span, String)>,
    /// Whether lines or outputs are missing, so that what nothing uses may be used there.
    incomplete: bool,
    /// Whether shapes can be looked at in spite of what was found.
    walkable: bool,
}

/// A shared instance.
struct SharedName {
    span: Span,
    used: bool,
}

/// Stands for a value that could not be made out.
fn poison(span: Span) -> Expr {
    Expr { kind: ExprKind::Name(String::new()), span }
}

impl<'a> Body<'a, '_> {
    fn definition(&mut self, key: &str) -> Definition {
        let definition = self.definition;
        let model = definition.kind == DefinitionKind::Model;
        let parameters = self.parameters();
        let inputs = self.inputs(model);
        let mut body = self.lines(&definition.body);
        let outputs = self.outputs();
        let scope = std::mem::take(&mut self.scope);
        scope.iter().for_each(|binding| self.unused(binding, None));
        for (name, SharedName { span, used }) in &self.shared {
            if !used {
                let finding = Diagnostic::error(codes::UNUSED, format!("nothing flows through `{name}`"))
                    .at(*span, "shared, but never applied")
                    .help(format!("write `x -> {name}`, or remove it"));
                self.late.push(Late { binding: *span, overwritten: false, finding });
            }
        }
        if !self.incomplete {
            let late = std::mem::take(&mut self.late);
            self.findings.extend(late.into_iter().map(|late| late.finding));
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
        }
    }

    fn parameters(&mut self) -> Vec<Parameter> {
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

    fn parameter_type(&mut self, ty: &ast::ParameterType) -> Option<ParameterType> {
        let known = ["int", "float", "bool"];
        if known.contains(&ty.name.text.as_str()) && ty.alternatives.is_empty() {
            return ParameterType::from_ast(ty);
        }
        let kind = if self.definition.kind == DefinitionKind::Model { "model" } else { "block" };
        let message = format!("a hyperparameter of a {kind} cannot be of the type `{}`", ty.name.text);
        let mut finding = Diagnostic::error(codes::WRONG_TYPE, message).at(ty.name.span, "expected `int`, `float` or `bool`");
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
    fn default(&mut self, parameter: &ast::Parameter, default: &Expr, ty: Option<&ParameterType>, later: &[ast::Parameter]) {
        if let ExprKind::Name(name) = &default.kind {
            if let (None, Some(later)) = (self.find(name), later.iter().find(|later| later.name.text == *name)) {
                self.findings.push(
                    Diagnostic::error(codes::UNKNOWN_NAME, format!("the default of `{}` speaks of `{name}` too early", parameter.name.text))
                        .at(default.span, "not known yet")
                        .because(later.name.span, "declared here")
                        .help("a default may use the hyperparameters before it"),
                );
                self.walkable = false;
                return;
            }
        }
        // A default may use the parameters before it.
        if !self.scalar(default, &[]) {
            self.walkable = false;
            return;
        }
        let mut names = false;
        infer::collect(default, &mut |_| names = true);
        if let (Some(ty), false) = (ty, names) {
            if let Ok(value) = evaluate(default, &NoNames) {
                if ty.coerce(&value, 0, 0).is_none() {
                    let message = format!("`{}` is declared to be {}, but its default is {value}", parameter.name.text, ty.expects());
                    let written = parameter.ty.as_ref().map_or(parameter.name.span, |ty| ty.name.span);
                    self.findings.push(
                        Diagnostic::error(codes::WRONG_TYPE, message)
                            .at(default.span, format!("this is {}", value.kind()))
                            .because(written, "declared here"),
                    );
                    self.walkable = false;
                }
            }
        }
    }

    fn inputs(&mut self, model: bool) -> Vec<Input> {
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
                    "float" | "real" | "float32" | "float64" | "double" => finding.help("inputs are real numbers unless `int` is written: remove it"),
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
            let first = self.find(&input.name.text).is_none_or(|at| self.scope[at].role != Role::Input);
            if first {
                self.declare(&input.name, What::Tensor, Role::Input);
            }
        }
        inputs
    }

    fn outputs(&mut self) -> Vec<(String, Span)> {
        let definition = self.definition;
        let mut outputs = Vec::new();
        for output in &definition.outputs {
            let name = &output.text;
            outputs.push((name.clone(), output.span));
            match self.find(name) {
                Some(at) if self.scope[at].what != What::Number => self.touch(at),
                Some(at) => {
                    let span = self.scope[at].span;
                    self.touch(at);
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
                    let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("the output `{name}` is never assigned"))
                        .at(output.span, "has no value at the end of the body");
                    if let Some((binding, ending)) = self.ended(name, Wanted::Tensor) {
                        finding = finding.because(binding.span, ending_text(ending));
                        finding = finding.help(match ending {
                            Ending::Branch => "assign it in every branch",
                            Ending::Round => "assign it before the `repeat` as well: then each round goes on with the last one's",
                        });
                    } else {
                        let known = self.scope.iter().filter(|binding| binding.what == What::Tensor && binding.role != Role::Input);
                        let near = similar_names(name, known.map(|binding| binding.name.as_str())).first().map(|near| (*near).to_owned());
                        finding = match near {
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

    // ---------------------------------------------------------------------------------------------------------- scope

    fn find(&self, name: &str) -> Option<usize> {
        self.scope.iter().rposition(|binding| binding.name == name)
    }

    /// What a name stands for; nothing if it is unknown.
    fn what(&self, name: &str) -> Option<What> {
        self.find(name).map(|at| self.scope[at].what)
    }

    fn is_tensor(&self, name: &str) -> bool {
        self.what(name) == Some(What::Tensor)
    }

    /// Marks a name as used.
    fn touch(&mut self, at: usize) {
        let binding = &mut self.scope[at];
        binding.used = true;
        self.needed.extend(binding.joins.iter().map(|join| (*join, binding.name.clone())));
        // `x = x -> relu` hands `x` from round to round, but that alone is no use of it.
        if !self.targets.contains(&binding.name) {
            for around in self.loops.iter_mut().skip(binding.depth) {
                around.early.insert(binding.name.clone());
            }
        }
    }

    /// Reports a value that nothing used; `again` is where its name is given anew.
    fn unused(&mut self, binding: &Binding, again: Option<Span>) {
        if binding.used || binding.role == Role::Silent || binding.what == What::Doubtful {
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

    fn declare(&mut self, name: &Name, what: What, role: Role) {
        if let Some(SharedName { span, .. }) = self.shared.get(&name.text) {
            self.findings.push(
                Diagnostic::error(codes::DUPLICATE_NAME, format!("`{}` is already the name of a shared instance", name.text))
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
    fn ended(&mut self, name: &str, wanted: Wanted) -> Option<(Binding, Ending)> {
        let fits = |binding: &Binding| match wanted {
            Wanted::Tensor => binding.what == What::Tensor,
            Wanted::Number => binding.what == What::Number,
            Wanted::Either => true,
        };
        let found = self.ended.iter().rev().find(|(binding, _)| binding.name == name && fits(binding))?.clone();
        let spans: Vec<Span> = self.ended.iter().filter(|(binding, _)| binding.name == name).map(|(binding, _)| binding.span).collect();
        self.late.retain(|late| !spans.contains(&late.binding));
        Some(found)
    }

    /// Leaves to an `if` only what is needed behind it.
    fn only_needed(&self, body: &mut [Node]) {
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

    // ---------------------------------------------------------------------------------------------------------- lines

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
            StatementKind::Assign(assign) => {
                self.targets = assign.targets.iter().map(|target| target.name.text.clone()).collect();
                let kind = self.assign(assign, statement.span);
                self.targets.clear();
                kind
            }
            StatementKind::Shared(shared) => self.shared(shared),
            StatementKind::Repeat(repeat) => self.repeat(repeat),
            StatementKind::If(branches) => self.branches(branches, statement.span),
            StatementKind::Require(require) => {
                if !self.scalar(&require.condition, &[]) {
                    return None;
                }
                NodeKind::Require { condition: require.condition.clone(), message: require.message.clone() }
            }
            StatementKind::Claim(claim) => self.claim(claim)?,
        };
        Some(Node { kind, span: statement.span, comments, trailing })
    }

    fn shared(&mut self, shared: &ast::Shared) -> NodeKind {
        let name = &shared.name.text;
        let stages = self.pipeline(&shared.stages).unwrap_or_default();
        let previous = self.find(name).map(|at| self.scope[at].span).or_else(|| self.shared.get(name).map(|other| other.span));
        if let Some(previous) = previous {
            let finding = Diagnostic::error(codes::DUPLICATE_NAME, format!("`{name}` has a meaning already"))
                .at(shared.name.span, "the same name for a shared instance")
                .because(previous, "named here");
            self.findings.push(finding);
        } else {
            self.shared.insert(name.clone(), SharedName { span: shared.name.span, used: false });
        }
        NodeKind::Shared { name: name.clone(), stages }
    }

    fn claim(&mut self, claim: &ast::Claim) -> Option<NodeKind> {
        let quantity = match claim.quantity.text.as_str() {
            "params" => Quantity::Params,
            "macs" => Quantity::Macs,
            other => {
                let span = claim.quantity.span;
                let finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("nothing can be claimed of `{other}`"))
                    .at(span, "expected `params` or `macs`");
                let finding = match other.to_lowercase().as_str() {
                    "parameters" | "param" | "parameter" | "weights" | "size" => finding.fix("did you mean `params`?", span, "params"),
                    "mac" | "madds" | "mults" | "multiplications" => finding.fix("did you mean `macs`?", span, "macs"),
                    "flops" | "flop" | "gflops" | "operations" | "ops" => {
                        finding.help("`macs` are multiply-accumulates: a paper's FLOPs are the same or twice as many")
                    }
                    "shape" => finding.help("the shape of a line is claimed at its name: `x[64, 56, 56] = ..`"),
                    other => match similar_names(other, ["params", "macs"]).first() {
                        Some(near) => finding.fix(format!("did you mean `{near}`?"), span, *near),
                        None => finding.help("the shape of a line is claimed at its name: `x[64, 56, 56] = ..`"),
                    },
                };
                self.findings.push(finding);
                self.scalar(&claim.value, &[]);
                return None;
            }
        };
        let fine = self.scalar(&claim.value, &[]);
        if self.nested > 0 {
            self.findings.push(
                Diagnostic::error(codes::CLAIM, format!("the {} of the whole model are claimed", quantity.word()))
                    .at(claim.quantity.span, "inside of a `repeat` or `if`")
                    .help("write the claim at the end of the model, outside of its loops and choices"),
            );
            return None;
        }
        if self.definition.kind == DefinitionKind::Block {
            self.findings.push(
                Diagnostic::error(codes::CLAIM, format!("the {} of a block are no figure of their own", quantity.word()))
                    .at(claim.quantity.span, "a claim in a block")
                    .help("they depend on what enters; write the claim into the model"),
            );
            return None;
        }
        fine.then(|| NodeKind::Claim { quantity, relation: claim.relation, value: claim.value.clone() })
    }

    fn assign(&mut self, assign: &ast::Assign, span: Span) -> NodeKind {
        let inputs: Vec<&Expr> = match &assign.value.source {
            ast::Source::Tuple(items) => items.iter().collect(),
            ast::Source::Expr(single) => vec![single],
        };
        if let ([Expr { kind: ExprKind::Call(name, arguments), span: call }], []) = (inputs.as_slice(), assign.value.stages.as_slice()) {
            if self.applied(name, arguments, *call) {
                return self.poisoned(assign);
            }
        }
        let whats: Vec<What> = inputs.iter().map(|input| self.what_of(input)).collect();
        if assign.value.stages.is_empty() && !whats.contains(&What::Tensor) {
            return self.local(assign, &inputs, span);
        }
        let operands: Vec<Option<Operand>> = inputs.iter().map(|input| self.operand(input, true)).collect();
        let stages = self.pipeline(&assign.value.stages);
        let claims: Vec<Option<Shape>> = assign.targets.iter().map(|target| self.shape_claim(target)).collect();
        let mut targets = Vec::new();
        for (at, (target, claim)) in assign.targets.iter().zip(claims).enumerate() {
            targets.push(Target { name: self.target(assign, at), claim, span: target.name.span });
        }
        if assign.targets.iter().all(|target| target.name.text == "_") {
            self.findings.push(
                Diagnostic::error(codes::UNUSED, "this line keeps nothing of what it computes")
                    .at(span, "all of it is discarded with `_`")
                    .help("give what is needed a name, or remove the line"),
            );
        }
        let operands: Option<Vec<Operand>> = operands.into_iter().collect();
        match (operands, stages) {
            (Some(inputs), Some(stages)) => NodeKind::Flow(Flow { targets, inputs, stages }),
            // A flow without a source: its targets are poisoned.
            _ => NodeKind::Flow(Flow { targets, inputs: Vec::new(), stages: Vec::new() }),
        }
    }

    /// Declares a target of a line that computes tensors; its name, unless it is discarded.
    fn target(&mut self, assign: &ast::Assign, at: usize) -> Option<String> {
        let name = &assign.targets[at].name;
        if name.text == "_" {
            return None;
        }
        if let Some(first) = assign.targets[..at].iter().find(|other| other.name.text == name.text) {
            self.findings.push(
                Diagnostic::error(codes::DUPLICATE_NAME, format!("`{}` is assigned twice in one line", name.text))
                    .at(name.span, "again here")
                    .because(first.name.span, "first here"),
            );
            if let Some(at) = self.find(&name.text) {
                self.scope[at].what = What::Doubtful;
            }
            return None;
        }
        let role = if assign.targets.len() > 1 { Role::Part } else { Role::Line };
        self.declare(name, What::Tensor, role);
        Some(name.text.clone())
    }

    fn shape_claim(&mut self, target: &ast::Target) -> Option<Shape> {
        let shape = target.shape.as_ref()?;
        let mut fine = true;
        for dim in &shape.dims {
            fine &= self.scalar(&dim.value, &[]);
        }
        fine.then(|| shape.clone())
    }

    /// A line whose value could not be made out: its names are known, and nothing else about them.
    fn poisoned(&mut self, assign: &ast::Assign) -> NodeKind {
        for target in &assign.targets {
            self.shape_claim(target);
            if target.name.text != "_" {
                let previous = self.find(&target.name.text);
                if let Some(at) = previous {
                    self.scope[at].used = true;
                }
                self.declare(&target.name, What::Doubtful, Role::Line);
            }
        }
        let targets = assign.targets.iter().map(|target| Target {
            name: (target.name.text != "_").then(|| target.name.text.clone()),
            claim: None,
            span: target.name.span,
        });
        NodeKind::Flow(Flow { targets: targets.collect(), inputs: Vec::new(), stages: Vec::new() })
    }

    /// `relu(x)` and `conv(x, 64, 3x3)`: a pattern applied as a function. Reports it, if it is one.
    fn applied(&mut self, name: &Name, arguments: &[Expr], span: Span) -> bool {
        let callee = name.text.as_str();
        let meant = if self.is_callee(callee) {
            callee.to_owned()
        } else {
            match library::elsewhere(callee) {
                Some(pattern) => pattern.to_owned(),
                None => return false,
            }
        };
        if FUNCTIONS.iter().any(|(function, _)| *function == callee) {
            return false;
        }
        let tensors = arguments.iter().take_while(|argument| self.what_of(argument) == What::Tensor).count();
        let (first, rest) = arguments.split_at(tensors);
        for argument in arguments {
            self.mark(argument);
        }
        let text = |items: &[Expr]| items.iter().map(print::expression).collect::<Vec<_>>().join(", ");
        let rest = if rest.is_empty() { String::new() } else { format!("({})", text(rest)) };
        let mut finding = Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{callee}` is applied like a function"))
            .at(span, "tensors flow through arrows");
        let _ = self.names.used.borrow_mut().insert(meant.clone());
        finding = match first {
            [] => finding.help(format!("write `x -> {meant}{rest}`")),
            [single] => finding.fix("write it behind an arrow", span, format!("{} -> {meant}{rest}", print::expression(single))),
            several => finding.fix("write it behind an arrow", span, format!("({}) -> {meant}{rest}", text(several))),
        };
        self.findings.push(finding);
        true
    }

    fn is_callee(&self, name: &str) -> bool {
        self.shared.contains_key(name) || self.names.blocks.contains_key(name) || library::names().contains(&name)
    }

    /// Marks every known name of an expression as used.
    fn mark(&mut self, expr: &Expr) {
        let mut names = Vec::new();
        infer::collect(expr, &mut |name| names.push(name.to_owned()));
        for name in names {
            if let Some(at) = self.find(&name) {
                self.touch(at);
            }
        }
    }

    /// `mid = x.channels / 4`.
    fn local(&mut self, assign: &ast::Assign, inputs: &[&Expr], span: Span) -> NodeKind {
        let mut fine = true;
        for input in inputs {
            fine &= match &input.kind {
                // A word alone may as well be a tensor.
                ExprKind::Name(name) if self.find(name).is_none() => {
                    self.unknown(name, input.span, Wanted::Either);
                    false
                }
                _ => self.scalar(input, &[]),
            };
        }
        if !fine {
            return self.poisoned(assign);
        }
        match (assign.targets.as_slice(), inputs) {
            ([target], [value]) if target.name.text != "_" => {
                if let Some(shape) = &target.shape {
                    self.findings.push(
                        Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{}` is a hyperparameter: it has no shape", target.name.text))
                            .at(shape.span, "a shape is claimed")
                            .because(value.span, "no tensor flows here"),
                    );
                    return self.poisoned(assign);
                }
                self.declare(&target.name, What::Number, Role::Line);
                NodeKind::Let { name: target.name.text.clone(), value: (*value).clone() }
            }
            ([_], [_]) => {
                self.findings.push(
                    Diagnostic::error(codes::UNUSED, "this line keeps nothing of what it computes")
                        .at(span, "discarded with `_`")
                        .help("give it a name, or remove the line"),
                );
                self.poisoned(assign)
            }
            _ => {
                let message = if assign.targets.len() > 1 {
                    "hyperparameters are assigned one by one"
                } else {
                    "several values cannot become one hyperparameter"
                };
                self.findings.push(
                    Diagnostic::error(codes::TENSOR_OR_NUMBER, message)
                        .at(span, "no tensor flows here")
                        .help("write one line for each: `mid = width / 4`"),
                );
                self.poisoned(assign)
            }
        }
    }

    /// What an expression stands for, as far as that can be told without looking closely.
    fn what_of(&self, expr: &Expr) -> What {
        match &expr.kind {
            ExprKind::Name(name) => self.what(name).unwrap_or(What::Doubtful),
            ExprKind::Unary(_, inner) => self.what_of(inner),
            ExprKind::Binary(_, left, right) => match (self.what_of(left), self.what_of(right)) {
                (What::Tensor, _) | (_, What::Tensor) => What::Tensor,
                (What::Doubtful, _) | (_, What::Doubtful) => What::Doubtful,
                _ => What::Number,
            },
            _ => What::Number,
        }
    }

    fn stage_id(&mut self) -> StageId {
        *self.stages += 1;
        *self.stages - 1
    }

    /// A tensor expression; `alone` if it is not an operand of arithmetic.
    fn operand(&mut self, expr: &Expr, alone: bool) -> Option<Operand> {
        let what = self.what_of(expr);
        if what != What::Tensor {
            match &expr.kind {
                ExprKind::Name(name) => match self.find(name) {
                    Some(at) if what == What::Doubtful => {
                        self.touch(at);
                        return None;
                    }
                    // A single word that means nothing is most likely a tensor with a typing error.
                    None => {
                        self.unknown(name, expr.span, if alone { Wanted::Tensor } else { Wanted::Either });
                        return None;
                    }
                    Some(_) => {}
                },
                ExprKind::Call(name, arguments) if self.applied(name, arguments, expr.span) => return None,
                _ => {}
            }
            if !self.scalar(expr, &[]) {
                return None;
            }
            if alone {
                let mut finding = Diagnostic::error(codes::TENSOR_OR_NUMBER, "only tensors flow through a pipeline")
                    .at(expr.span, "this is a hyperparameter");
                if let ExprKind::Name(name) = &expr.kind {
                    if let Some(at) = self.find(name) {
                        finding = finding.because(self.scope[at].span, "from here");
                    }
                }
                self.findings.push(finding.help("hyperparameters sit in parentheses: `x -> conv(64, 3x3)`"));
                return None;
            }
            return Some(Operand::Number(expr.clone()));
        }
        match &expr.kind {
            ExprKind::Name(name) => {
                let at = self.find(name)?;
                self.touch(at);
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
                        self.mark(expr);
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
                self.mark(expr);
                self.findings.push(
                    Diagnostic::error(codes::TENSOR_OR_NUMBER, "`not` is for hyperparameters").at(expr.span, "this is a tensor"),
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

    // --------------------------------------------------------------------------------------------------------- stages

    /// The stages; none if one of them could not be made out.
    fn pipeline(&mut self, stages: &[ast::Stage]) -> Option<Vec<Stage>> {
        let lowered: Vec<Option<Stage>> = stages.iter().map(|stage| self.stage(stage)).collect();
        let mut lowered: Vec<Stage> = lowered.into_iter().collect::<Option<_>>()?;
        for at in 0..lowered.len() {
            lowered[at].line_end = at + 1 == lowered.len() || stages.get(at + 1).is_some_and(|next| next.new_line);
        }
        Some(lowered)
    }

    fn stage(&mut self, stage: &ast::Stage) -> Option<Stage> {
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

    fn call(&mut self, call: &ast::Call) -> Option<StageKind> {
        let name = call.name.text.as_str();
        if let Some(shared) = self.shared.get_mut(name) {
            shared.used = true;
            let declared = shared.span;
            if let Some(argument) = call.arguments.first() {
                self.findings.push(
                    Diagnostic::error(codes::UNKNOWN_ARGUMENT, format!("`{name}` is a shared instance: it has its hyperparameters already"))
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
                    Diagnostic::error(codes::UNKNOWN_ARGUMENT, "`identity` has no hyperparameters").at(argument.value.span, "not accepted"),
                );
                return None;
            }
            return Some(StageKind::Identity);
        }
        let names = self.names;
        if let Some((definition, key)) = names.blocks.get(name) {
            return self.block_call(call, definition, key);
        }
        let Some(pattern) = library::pattern(name) else {
            self.unknown_callee(call);
            return None;
        };
        let (mut fine, mut stranger) = (true, false);
        let mut arguments: Vec<(usize, Expr)> = Vec::new();
        let mut named: HashMap<usize, Span> = HashMap::new();
        for (at, argument) in call.arguments.iter().enumerate() {
            let position = match &argument.name {
                Some(parameter) => pattern.parameter(&parameter.text),
                None => Some(at).filter(|at| *at < pattern.parameters.len()),
            };
            let Some(position) = position else {
                let finding = match &argument.name {
                    Some(parameter) => unknown_argument(&pattern, parameter),
                    None => too_many(name, argument.value.span, &parameter_names(&pattern)),
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
    fn scalar_or_silent(&mut self, expr: &Expr) {
        let findings = self.findings.len();
        self.scalar(expr, &[]);
        self.findings.truncate(findings);
    }

    /// A value for a pattern's parameter; whether it is fine.
    fn argument(&mut self, expr: &Expr, pattern: &Pattern, position: usize) -> bool {
        let parameter = &pattern.parameters[position];
        let words = parameter.ty.words();
        let (name, unknown) = match &expr.kind {
            ExprKind::Name(name) => (name, self.find(name).is_none() && !words.contains(&name.as_str())),
            _ => return self.scalar(expr, &words),
        };
        if !unknown {
            return self.scalar(expr, &words);
        }
        let numbers = self.scope.iter().filter(|binding| binding.what == What::Number).map(|binding| binding.name.as_str());
        let near = similar_names(name, numbers.chain(words.iter().copied())).first().map(|near| (*near).to_owned());
        let near = near.or_else(|| words.iter().find(|word| word.eq_ignore_ascii_case(name)).map(|word| (*word).to_owned()));
        if self.silent(name) || (words.is_empty() && near.is_some()) || self.ended.iter().any(|(binding, _)| binding.name == *name) {
            self.unknown(name, expr.span, Wanted::Number);
            return false;
        }
        let place = format!("`{}` of `{}`", parameter.name, pattern.name);
        let message = if words.is_empty() {
            format!("there is no hyperparameter `{name}`")
        } else {
            format!("`{name}` is not a value of {place}")
        };
        let mut finding =
            Diagnostic::error(codes::UNKNOWN_NAME, message).at(expr.span, format!("{place} takes {}", parameter.ty.expects()));
        if let Some(near) = near {
            if let Some(at) = self.find(&near) {
                self.touch(at);
            }
            finding = finding.fix(format!("did you mean `{near}`?"), expr.span, near);
        } else if let (Some(doc), false) = (&parameter.doc, words.is_empty()) {
            finding = finding.help(format!("`{}`: {doc}", parameter.name));
        }
        self.findings.push(finding);
        false
    }

    fn unknown_callee(&mut self, call: &ast::Call) {
        let name = call.name.text.as_str();
        for argument in &call.arguments {
            self.mark(&argument.value);
        }
        if self.doubts.callee(call.name.span.file, name) {
            return;
        }
        let finding = match self.find(name) {
            Some(at) if self.scope[at].what == What::Tensor => {
                let origin = self.scope[at].span;
                self.touch(at);
                Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{name}` is a tensor: nothing flows through it"))
                    .at(call.name.span, "a pattern or block is needed")
                    .because(origin, "a tensor from here")
                    .help(format!("several tensors enter in parentheses: `(x, {name}) -> concat`"))
            }
            _ => {
                let blocks = self.names.blocks.iter().filter(|(_, (definition, _))| definition.kind == DefinitionKind::Block);
                let own: Vec<&str> = blocks.map(|(name, _)| *name).chain(self.shared.keys().map(String::as_str)).collect();
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

    fn block_call(&mut self, call: &ast::Call, definition: &ast::Definition, key: &str) -> Option<StageKind> {
        let name = &call.name.text;
        self.names.used.borrow_mut().insert(name.clone());
        if definition.kind == DefinitionKind::Model {
            let finding = Diagnostic::error(codes::UNKNOWN_PATTERN, format!("`{name}` is a model: nothing can be made of it here"))
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
        let mut given: HashMap<&str, Span> = HashMap::new();
        let mut fine = true;
        let mut stranger = false;
        for (at, argument) in call.arguments.iter().enumerate() {
            fine &= self.scalar(&argument.value, &[]);
            let parameter = match &argument.name {
                Some(parameter) => names.iter().copied().find(|name| *name == parameter.text),
                None => names.get(at).copied(),
            };
            let place = argument.name.as_ref().map_or(argument.value.span, |name| name.span);
            let Some(parameter) = parameter else {
                self.findings.push(match &argument.name {
                    Some(parameter) => unknown_name_of(name, parameter, &names, &[], None).because(definition.name.span, "declared here"),
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
            self.findings.push(finding.help(format!("write `{name}({})`, or give a default in the header", example.join(", "))));
            fine = false;
        }
        fine.then(|| StageKind::Block { name: key.to_owned(), arguments })
    }

    // ----------------------------------------------------------------------------------------------- loops and choices

    fn repeat(&mut self, repeat: &ast::Repeat) -> NodeKind {
        let counted = self.scalar(&repeat.count, &[]);
        let outside: Vec<(String, usize)> = self.scope.iter().map(|binding| (binding.name.clone(), binding.depth)).collect();
        let tensors: HashSet<String> =
            self.scope.iter().filter(|binding| binding.what != What::Number).map(|binding| binding.name.clone()).collect();
        let assigned = assigned(&repeat.body);
        let carried: Vec<String> =
            self.scope.iter().map(|binding| &binding.name).filter(|name| tensors.contains(*name) && assigned.contains(*name)).cloned().collect();
        self.loops.push(Loop::default());
        if let Some(index) = &repeat.index {
            self.declare(index, What::Number, Role::Silent);
        }
        self.nested += 1;
        let body = self.lines(&repeat.body);
        self.nested -= 1;
        let early = self.loops.pop().unwrap_or_default().early;
        // What the next round reads first is of use, whatever comes behind the loop.
        for name in &carried {
            if let Some(at) = self.find(name).filter(|_| early.contains(name)) {
                let depth = outside.iter().find(|(other, _)| other == name).map_or(0, |(_, depth)| *depth);
                self.scope[at].depth = depth;
                self.touch(at);
            }
        }
        // What is new in the body ends with it.
        let mut kept = Vec::new();
        for mut binding in std::mem::take(&mut self.scope) {
            match outside.iter().find(|(name, _)| *name == binding.name) {
                Some((_, depth)) => {
                    binding.depth = binding.depth.min(*depth);
                    kept.push(binding);
                }
                None => {
                    self.unused(&binding, None);
                    self.ended.push((binding, Ending::Round));
                }
            }
        }
        self.scope = kept;
        NodeKind::Repeat {
            label: repeat.label.text.clone(),
            index: repeat.index.as_ref().map(|index| index.text.clone()),
            count: if counted { repeat.count.clone() } else { poison(repeat.count.span) },
            body,
            carried,
        }
    }

    fn branches(&mut self, branches: &ast::If, span: Span) -> NodeKind {
        let conditions: Vec<bool> =
            branches.arms.iter().map(|arm| arm.condition.as_ref().is_none_or(|condition| self.scalar(condition, &[]))).collect();
        let before = std::mem::take(&mut self.scope);
        let reported = self.late.len();
        let mut arms = Vec::new();
        let mut ends: Vec<Vec<Binding>> = Vec::new();
        for (at, arm) in branches.arms.iter().chain(&branches.otherwise).enumerate() {
            self.scope.clone_from(&before);
            self.nested += 1;
            let body = self.lines(&arm.body);
            self.nested -= 1;
            let condition = match &arm.condition {
                Some(condition) if !conditions.get(at).copied().unwrap_or(true) => Some(poison(condition.span)),
                condition => condition.clone(),
            };
            arms.push(Arm { condition, body, span: arm.span });
            ends.push(std::mem::take(&mut self.scope));
        }
        if branches.otherwise.is_none() {
            ends.push(before.clone());
        }
        let same = |binding: &Binding, other: &Binding| binding.name == other.name && binding.span == other.span;
        let identity = arms.first().map_or(span, |arm| arm.span);
        let mut scope = Vec::new();
        for old in &before {
            let mut old = old.clone();
            let kept = ends.iter().filter(|end| end.iter().any(|binding| same(binding, &old))).count();
            let used = ends.iter().flatten().any(|binding| same(binding, &old) && binding.used);
            old.measured |= ends.iter().flatten().any(|binding| same(binding, &old) && binding.measured);
            let lost = |late: &Late| late.binding == old.span && late.overwritten;
            let overwritten = self.late[reported..].iter().filter(|late| lost(late)).count();
            // An arm that assigned it anew without a complaint had used it before.
            let elsewhere = ends.len() - kept > overwritten;
            old.used |= used || elsewhere || (kept > 0 && overwritten > 0);
            let mut first = true;
            let mut at = 0;
            self.late.retain(|late| {
                at += 1;
                let keep = at <= reported || !lost(late) || (!old.used && std::mem::take(&mut first));
                keep
            });
            if let Some(binding) = ends.iter().flatten().find(|binding| same(binding, &old)) {
                old.what = if ends.iter().flatten().any(|other| same(other, &old) && other.what == What::Doubtful) {
                    What::Doubtful
                } else {
                    binding.what
                };
            }
            scope.push(old);
        }
        let mut names: Vec<&str> = Vec::new();
        for binding in ends.iter().flatten() {
            if !before.iter().any(|other| same(other, binding)) && !names.contains(&binding.name.as_str()) {
                names.push(&binding.name);
            }
        }
        let mut joined = Vec::new();
        for name in names {
            let made: Vec<&Binding> = ends.iter().flatten().filter(|binding| binding.name == name).collect();
            let new: Vec<&Binding> = made.iter().copied().filter(|binding| !before.iter().any(|other| same(other, binding))).collect();
            let Some(first) = new.first() else { continue };
            if made.len() < ends.len() {
                // Local to its arm.
                for binding in new {
                    self.unused(binding, None);
                    self.ended.push((binding.clone(), Ending::Branch));
                }
                continue;
            }
            let mut what = first.what;
            if let Some(other) = made.iter().find(|other| other.what != first.what) {
                if ![first.what, other.what].contains(&What::Doubtful) {
                    let kind = |what| if what == What::Tensor { "a tensor" } else { "a hyperparameter" };
                    self.findings.push(
                        Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{name}` is a tensor in one branch and a hyperparameter in another"))
                            .at(other.span, kind(other.what))
                            .because(first.span, kind(first.what)),
                    );
                }
                what = What::Doubtful;
            }
            if what != What::Number {
                joined.push(name.to_owned());
            }
            let mut joins: Vec<Span> = made.iter().flat_map(|binding| binding.joins.iter().copied()).collect();
            joins.push(identity);
            scope.retain(|binding: &Binding| binding.name != name);
            scope.push(Binding {
                what,
                used: new.iter().any(|binding| binding.used),
                measured: made.iter().any(|binding| binding.measured),
                depth: made.iter().map(|binding| binding.depth).max().unwrap_or(0),
                joins,
                ..(*first).clone()
            });
        }
        self.scope = scope;
        NodeKind::If { arms, joined }
    }

    // ---------------------------------------------------------------------------------------------------- expressions

    /// Resolves a hyperparameter expression: every name in it must be known, or be one of the words. Whether it is fine.
    fn scalar(&mut self, expr: &Expr, words: &[&str]) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => match self.find(name) {
                Some(at) => {
                    self.touch(at);
                    match self.scope[at].what {
                        What::Number => true,
                        What::Doubtful => false,
                        What::Tensor => {
                            let origin = self.scope[at].span;
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
                Some(at) => match self.scope[at].what {
                    What::Tensor => {
                        let used = self.scope[at].used;
                        self.touch(at);
                        self.scope[at].used = used;
                        self.scope[at].measured = true;
                        true
                    }
                    What::Doubtful => {
                        self.touch(at);
                        false
                    }
                    What::Number => {
                        let origin = self.scope[at].span;
                        self.touch(at);
                        self.findings.push(
                            Diagnostic::error(codes::TENSOR_OR_NUMBER, format!("`{}` is a hyperparameter: it has no sizes", tensor.text))
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
                let number = plain.parse::<f64>().is_ok() && plain.bytes().all(|byte| byte.is_ascii_digit() || b".e-".contains(&byte));
                let mut finding = Diagnostic::error(codes::WRONG_TYPE, "a text is not a value of a hyperparameter")
                    .at(expr.span, "in quotation marks");
                if number || words.contains(&plain) {
                    finding = finding.fix("write it without quotation marks", expr.span, plain);
                } else if !words.is_empty() {
                    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                    finding = finding.help(format!("words stand without quotation marks; here they are {}", listed(&words)));
                } else {
                    finding = finding.help("words and numbers stand without quotation marks");
                }
                self.findings.push(finding);
                false
            }
            ExprKind::Int(_) | ExprKind::Float { .. } | ExprKind::Quantity { .. } | ExprKind::Bool(_) | ExprKind::Size(_) => true,
        }
    }

    fn function(&mut self, name: &Name, items: &[Expr], span: Span) -> bool {
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
        let mut finding =
            Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no function `{}`", name.text)).at(name.span, "not a function");
        finding = match (name.text.as_str(), items) {
            ("ceil", [Expr { kind: ExprKind::Binary(BinaryOp::Divide, left, right), .. }]) => {
                let (left, right) = (print::expression(left), print::expression(right));
                finding.help(format!("the quotient rounded up is `floor(({left} + {right} - 1) / {right})`"))
            }
            ("int" | "round" | "trunc", _) => finding.help("the quotient rounded down is written `floor(a / b)`"),
            ("len", _) => finding.fix("did you mean `length`?", name.span, "length"),
            ("prod", _) => finding.fix("did you mean `product`?", name.span, "product"),
            ("given", _) => finding.help("`given` belongs to the declarations of patterns; give the hyperparameter a default and compare"),
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
    fn silent(&self, name: &str) -> bool {
        self.reported.contains(name) || self.doubts.lines(self.span).any(|words| words.contains(name))
    }

    /// Reports a name that means nothing.
    fn unknown(&mut self, name: &str, span: Span, wanted: Wanted) {
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
                Ending::Round => ("has no value behind the `repeat`", "to carry it out of the loop, assign it before the `repeat` as well"),
            };
            let finding = Diagnostic::error(codes::UNKNOWN_NAME, message).at(span, here).because(binding.span, ending_text(ending)).help(help);
            self.findings.push(finding);
            self.reported.insert(name.to_owned());
            return;
        }
        let mut finding = Diagnostic::error(codes::UNKNOWN_NAME, format!("there is no {what} `{name}`"));
        let fits = |binding: &&Binding| match wanted {
            Wanted::Tensor => binding.what == What::Tensor,
            Wanted::Number => binding.what == What::Number,
            Wanted::Either => true,
        };
        let near = similar_names(name, self.scope.iter().filter(fits).map(|binding| binding.name.as_str()));
        if let Some(first) = near.first().map(|near| (*near).to_owned()) {
            if let Some(at) = self.find(&first) {
                self.touch(at);
            }
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
            finding = finding.help(format!("`{name}` is a pattern or block: it stands behind an arrow, as in `x -> {name}`"));
        } else {
            let mut known: Vec<&str> = self.scope.iter().filter(fits).map(|binding| binding.name.as_str()).collect();
            known.sort_unstable();
            known.dedup();
            if !known.is_empty() && known.len() <= 8 {
                finding = finding.help(format!("known here: {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")));
            }
        }
        self.findings.push(finding);
    }
}

fn ending_text(ending: Ending) -> &'static str {
    match ending {
        Ending::Branch => "assigned in this branch only",
        Ending::Round => "assigned inside of the `repeat` only",
    }
}

/// Where a name is first assigned.
fn assigned_at(body: &[ast::Statement], name: &str) -> Option<Span> {
    body.iter().find_map(|statement| match &statement.kind {
        StatementKind::Assign(assign) => assign.targets.iter().find(|target| target.name.text == name).map(|target| target.name.span),
        StatementKind::Repeat(repeat) => assigned_at(&repeat.body, name),
        StatementKind::If(branches) => branches.arms.iter().chain(&branches.otherwise).find_map(|arm| assigned_at(&arm.body, name)),
        _ => None,
    })
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

/// `a`, `a and b`, `a, b and c`.
fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

fn unknown_pattern(name: &Name, what: &str, own: &[&str]) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::UNKNOWN_PATTERN, format!("there is no {what} `{}`", name.text)).at(name.span, "not known");
    let near = similar_names(&name.text, own.iter().copied().chain(library::names().iter().copied()));
    // The exact word of another framework is a better guess than a similar word of this language.
    let sure = near.first().filter(|near| library::plain(near) == library::plain(&name.text)).copied();
    let Some(first) = sure.or_else(|| library::elsewhere(&name.text)).or_else(|| near.first().copied()) else {
        return finding.help("docs/language.md lists the patterns; what is missing there is composed as a `block`");
    };
    let finding = finding.fix(format!("did you mean `{first}`?"), name.span, first);
    let others: Vec<String> = near.iter().filter(|near| **near != first).map(|near| format!("`{near}`")).collect();
    if sure.is_some() || others.is_empty() { finding } else { finding.help(format!("similar: {}", others.join(", "))) }
}

/// A hyperparameter that a pattern does not have.
fn unknown_argument(pattern: &Pattern, name: &Name) -> Diagnostic {
    let elsewhere = pattern.elsewhere(&name.text);
    let docs: Vec<(&str, &str)> =
        pattern.parameters.iter().filter_map(|parameter| Some((parameter.name.as_str(), parameter.doc.as_deref()?))).collect();
    unknown_name_of(&pattern.name, name, &parameter_names(pattern), &docs, elsewhere)
}

/// What frameworks set in a layer and a spec says otherwise, or not at all.
const HABITS: &[(&[&str], &str)] = &[
    (&["activation", "activation_fn", "nonlinearity"], "an activation is a stage of its own: `-> relu`"),
    (
        &["in_channels", "in_features", "input_size", "input_dim", "input_shape", "incoming", "nb_in", "num_features", "normalized_shape"],
        "the sizes of the input are known from what flows in: leave it away",
    ),
    (&["name", "scope"], "a layer is called after its line: leave it away"),
    (&["inplace", "data_format", "dtype", "device", "trainable", "restore", "reuse"], "how it is computed is no part of a spec: leave it away"),
    (
        &["weights_init", "bias_init", "kernel_initializer", "bias_initializer", "regularizer", "weight_decay", "kernel_regularizer"],
        "how it is trained is no part of this version of the language: leave it away",
    ),
    (
        &["return_sequences", "return_state", "return_seq"],
        "all steps, the last one and the state leave as several tensors: `(all, last, state) = ..`; discard with `_`",
    ),
    (&["batch_first", "batch_size", "timesteps"], "shapes are written without the batch: leave it away"),
];

fn unknown_name_of(callee: &str, name: &Name, known: &[&str], docs: &[(&str, &str)], elsewhere: Option<&str>) -> Diagnostic {
    let finding = Diagnostic::error(codes::UNKNOWN_ARGUMENT, format!("`{callee}` has no hyperparameter `{}`", name.text))
        .at(name.span, "not known");
    if let Some(meant) = elsewhere {
        let doc = docs.iter().find(|(parameter, _)| *parameter == meant).map(|(_, doc)| *doc);
        let finding = match doc {
            Some(doc) => finding.help(format!("`{meant}`: {doc}")),
            None => finding,
        };
        return finding.fix(format!("did you mean `{meant}`?"), name.span, meant);
    }
    let near = similar_names(&name.text, known.iter().copied());
    if let Some(near) = near.first() {
        return finding.fix(format!("did you mean `{near}`?"), name.span, *near);
    }
    if let Some((_, help)) = HABITS.iter().find(|(names, _)| names.contains(&name.text.as_str())) {
        return finding.help(*help);
    }
    if known.is_empty() {
        finding.help(format!("`{callee}` has none"))
    } else {
        finding.help(format!("it has {}", listed(&known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())))
    }
}

fn too_many(callee: &str, span: Span, known: &[&str]) -> Diagnostic {
    let message = match known.len() {
        0 => format!("`{callee}` has no hyperparameters"),
        1 => format!("`{callee}` has one hyperparameter"),
        count => format!("`{callee}` has {count} hyperparameters"),
    };
    let finding = Diagnostic::error(codes::UNKNOWN_ARGUMENT, message).at(span, "one too many");
    if known.is_empty() {
        finding
    } else {
        finding.help(format!("in order: {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")))
    }
}

fn given_twice(callee: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, format!("`{name}` of `{callee}` is given twice"))
        .at(span, "again here")
        .because(first, "first here")
}
