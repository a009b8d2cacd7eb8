//! From the syntax tree to the IR: names are resolved, defaults of the file filled in, imports followed.
//!
//! Everything that can be said without knowing a shape is said here: unknown and duplicate names, wrong hyperparameters of blocks and
//! patterns, values that nothing uses, blocks that contain themselves.
//!
//! Architecture Invariant: files are read by the caller's loader, not here.

mod expressions;
mod files;
mod findings;
mod header;
mod lines;
mod names;
mod scope;
mod stages;
mod structure;

use super::scoped::{Changes, Scoped};
use super::*;
use crate::diagnostic::{Diagnostic, codes, more_errors, similar_names};
use crate::hash::{HashMap, HashSet};
use crate::limits;
use crate::ops::evaluate::{FUNCTIONS, Scope, evaluate};
use crate::ops::{Layout, OWN, ParameterType, Value, library};
use crate::span::{FileId, Sources};
use crate::syntax::ast::{self, BinaryOp, ExprKind, ItemKind, Leading, Name, StatementKind};
use crate::syntax::{parse, print};
use files::{Doubts, Files, Read};
use findings::{
    given_twice, listed, parameter_names, too_many, too_wide, unknown_argument, unknown_name_of, unknown_pattern,
};
use names::{Names, NoNames, names_of, patterns_of};
use scope::{Binding, Body, Ending, Join, Late, Loop, Role, SharedName, Wanted, What, poison};
use std::cell::RefCell;
use structure::{assigned_at, ending_text};

/// Finds an imported file: the name of the importing file and the path as written give the file's name and text. The text of a file that
/// was given before may be left out.
pub type Loader<'a> = &'a mut dyn FnMut(&str, &str) -> Result<(String, String), String>;

/// Parses and lowers a spec with everything that it imports.
///
/// The program is missing if there is an error among the findings. Then what is left of it is still walked, so that one run tells the
/// mistakes in its shapes as well.
pub fn lower(main: FileId, sources: &mut Sources, loader: Loader<'_>) -> (Option<Program>, Vec<Diagnostic>) {
    let mut files = Files::default();
    files.read(main, sources, loader);
    let Files { mut findings, read, doubts, .. } = files;
    let program = resolve(main, &read, doubts, &mut findings);
    let program = if findings.iter().any(Diagnostic::is_error) {
        if let Some(program) = program {
            // What is wrong at a place that was complained about already is most likely a consequence.
            let known: Vec<Option<Span>> = findings.iter().map(Diagnostic::primary).collect();
            findings
                .extend(analyse::shapes(&program).into_iter().filter(|finding| !known.contains(&finding.primary())));
        }
        None
    } else {
        program
    };
    findings.sort_by_key(|finding| finding.primary().map(|span| (span.file, span.start)));
    findings.dedup_by(|next, first| {
        next.code == first.code && next.primary() == first.primary() && next.message == first.message
    });
    if findings.len() > limits::ERRORS {
        findings.truncate(limits::ERRORS);
        findings.push(more_errors(&findings));
    }
    (program, findings)
}

/// The definitions of every file, with their keys in the program.
type Own<'a> = HashMap<FileId, Vec<(&'a ast::Definition, &'a ast::Item, String)>>;

/// Gives each definition a key: its name, or where two files have the same one, with a number behind it. The main file's keep theirs.
fn keyed<'a>(main: FileId, files: &'a [Read]) -> Own<'a> {
    let definitions = |read: &'a Read| {
        read.tree.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Definition(definition) => Some((definition, item)),
            _ => None,
        })
    };
    let mut taken: HashSet<String> =
        files.iter().flat_map(definitions).map(|(definition, _)| definition.name.text.clone()).collect();
    let mut given: HashSet<String> = HashSet::default();
    let mut numbers: HashMap<&str, usize> = HashMap::default();
    let mut own = Own::default();
    let mut order: Vec<&Read> = files.iter().collect();
    order.sort_by_key(|read| read.id != main);
    for read in order {
        let mut here: HashSet<&str> = HashSet::default();
        let entry = own.entry(read.id).or_default();
        for (definition, item) in definitions(read) {
            let name = &definition.name.text;
            let mut key = name.clone();
            // A second one in the same file is a mistake, which `names_of` reports; any key will do.
            let number = numbers.entry(name).or_insert(2);
            while given.contains(&key) || (key != *name && taken.contains(&key)) || (key == *name && !here.insert(name))
            {
                key = format!("{name}_{number}");
                *number += 1;
            }
            given.insert(key.clone());
            taken.insert(key.clone());
            entry.push((definition, item, key));
        }
    }
    own
}

fn resolve(main: FileId, files: &[Read], mut doubts: Doubts, findings: &mut Vec<Diagnostic>) -> Option<Program> {
    let own = keyed(main, files);
    let declared = patterns_of(files, findings);
    let wide: Vec<Diagnostic> =
        own.values().flatten().filter_map(|(definition, _, _)| too_wide(definition)).take(limits::ERRORS).collect();
    if !wide.is_empty() {
        findings.extend(wide);
        return None;
    }
    let mut lowered: IndexMap<String, Definition> = IndexMap::default();
    let mut stages = 0;
    let mut whole = true;
    for read in files {
        let names = names_of(read, &own, &declared, &mut doubts, findings);
        for (definition, item, key) in &own[&read.id] {
            let mut body = Body {
                names: &names,
                doubts: &doubts,
                stages: &mut stages,
                definition,
                span: item.span,
                told: findings.len(),
                findings: Vec::new(),
                guesses: 0,
                late: Vec::new(),
                scope: Scoped::default(),
                made: 0,
                ended: HashMap::default(),
                excused: HashSet::default(),
                reported: HashSet::default(),
                shared: IndexMap::default(),
                loops: Vec::new(),
                nested: 0,
                targets: Vec::new(),
                joins: Vec::new(),
                incomplete: doubts.broken(item.span),
                walkable: true,
            };
            let mut definition = body.definition(key);
            definition.comments = lines::comments(&item.leading);
            whole &= body.walkable;
            findings.append(&mut body.findings);
            lowered.insert(key.clone(), definition);
        }
        let used = names.used.into_inner();
        for (import, name) in
            read.imports.iter().flat_map(|(import, _)| import.names.iter().map(move |name| (import, name)))
        {
            let known =
                names.blocks.contains_key(name.text.as_str()) || names.patterns.contains_key(name.text.as_str());
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
    whole.then_some(Program { model, definitions, stages, memory: Default::default() })
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
                        (None, Some(item)) => {
                            finding.at(Span { end: item.span.start, ..item.span }, "nothing is defined here")
                        }
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
    let mut marks: HashMap<String, Mark> = HashMap::default();
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
                        Diagnostic::error(
                            codes::RECURSION,
                            format!("`{callee}` contains itself: {}", circle.join(" -> ")),
                        )
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

#[cfg(test)]
mod tests;
