//! What a name in a stage can mean: blocks, imports, and the defaults of a file.

use super::*;

/// What a name in a stage can mean, for one file.
pub(super) struct Names<'a> {
    /// The blocks with their keys in the program.
    pub(super) blocks: HashMap<&'a str, (&'a ast::Definition, String)>,
    /// The patterns that this file declares or imports.
    pub(super) patterns: HashMap<&'a str, Arc<Pattern>>,
    pub(super) defaults: HashMap<&'a str, Vec<&'a ast::Argument>>,
    /// Which of the blocks and patterns a line uses.
    pub(super) used: RefCell<HashSet<String>>,
}

/// The patterns that each file declares.
pub(super) type Declared<'a> = HashMap<FileId, Vec<(&'a Name, Arc<Pattern>)>>;

/// Reads the patterns that files declare. No two of a program have one name, nor that of a pattern of the language: a column's code
/// for a pattern is found by its name.
pub(super) fn patterns_of<'a>(files: &'a [Read], findings: &mut Vec<Diagnostic>) -> Declared<'a> {
    let mut declared = Declared::default();
    let mut first: HashMap<&str, Span> = HashMap::default();
    for read in files {
        for item in &read.tree.items {
            let ItemKind::Pattern(pattern) = &item.kind else { continue };
            let name = &pattern.name;
            if library::names().contains(&name.text.as_str()) {
                let message = format!("`{}` is a pattern of the language", name.text);
                findings.push(
                    Diagnostic::error(codes::DUPLICATE_NAME, message)
                        .at(name.span, "declared again here")
                        .help("give it another name"),
                );
                continue;
            }
            if let Some(first) = first.insert(&name.text, name.span) {
                let message = format!("the pattern `{}` is declared twice", name.text);
                findings.push(
                    Diagnostic::error(codes::DUPLICATE_NAME, message)
                        .at(name.span, "again here")
                        .because(first, "first here"),
                );
                continue;
            }
            match Pattern::new(pattern, OWN) {
                Ok(pattern) => {
                    findings.extend(pattern.check_externals().err().into_iter().flatten());
                    declared.entry(read.id).or_default().push((name, Arc::new(pattern)));
                }
                Err(finding) => findings.push(*finding),
            }
        }
    }
    declared
}

pub(super) fn names_of<'a>(
    read: &'a Read,
    own: &Own<'a>,
    declared: &Declared<'a>,
    doubts: &mut Doubts,
    findings: &mut Vec<Diagnostic>,
) -> Names<'a> {
    let mut patterns: HashMap<&str, Arc<Pattern>> = HashMap::default();
    let of = |file: &FileId| declared.get(file).map_or(&[][..], Vec::as_slice);
    for (import, file) in &read.imports {
        let wanted = |name: &Name| import.names.is_empty() || import.names.iter().any(|other| other.text == name.text);
        patterns.extend(
            of(file)
                .iter()
                .filter(|(name, _)| wanted(name))
                .map(|(name, found)| (name.text.as_str(), Arc::clone(found))),
        );
    }
    patterns.extend(of(&read.id).iter().map(|(name, found)| (name.text.as_str(), Arc::clone(found))));
    let mut blocks: HashMap<&str, (&ast::Definition, String)> = HashMap::default();
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
        for name in import.names.iter().filter(|name| !of(file).iter().any(|(other, _)| other.text == name.text)) {
            let Some((definition, _, key)) = theirs.iter().find(|(definition, _, _)| definition.name.text == name.text)
            else {
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
                doubts.missing(read.id, &name.text);
                findings.push(finding);
                continue;
            };
            if definition.kind == DefinitionKind::Model {
                let message = format!("`{}` of `{}` is a model: only blocks are imported", name.text, import.path);
                doubts.missing(read.id, &name.text);
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
    let mut defaults: HashMap<&str, Vec<&ast::Argument>> = HashMap::default();
    for item in &read.tree.items {
        let ItemKind::Defaults(group) = &item.kind else { continue };
        for entry in &group.entries {
            let name = entry.name.text.as_str();
            let Some(pattern) = patterns.get(name).cloned().or_else(|| library::pattern(name)) else {
                findings.push(match blocks.get(name) {
                    Some((block, _)) => Diagnostic::error(
                        codes::UNKNOWN_PATTERN,
                        format!("`{name}` is a block: its defaults stand in its own header"),
                    )
                    .at(entry.name.span, "not a pattern")
                    .because(block.name.span, "the block"),
                    None => unknown_pattern(&entry.name, "pattern", &[]),
                });
                continue;
            };
            let known = defaults.entry(name).or_default();
            for argument in &entry.arguments {
                if findings.len() >= limits::ERRORS {
                    break;
                }
                // A default without its name was reported by the grammar.
                let Some(parameter) = &argument.name else { continue };
                let Some(position) = pattern.parameter(&parameter.text) else {
                    findings.push(unknown_argument(&pattern, parameter));
                    continue;
                };
                if let Some(other) =
                    known.iter().find(|other| other.name.as_ref().is_some_and(|other| other.text == parameter.text))
                {
                    let message = format!("the default of `{}` of `{name}` is set twice", parameter.text);
                    let first = other.name.as_ref().map_or(other.value.span, |name| name.span);
                    findings.push(
                        Diagnostic::error(codes::DUPLICATE_NAME, message)
                            .at(parameter.span, "again here")
                            .because(first, "first here"),
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
    Names { blocks, patterns, defaults, used: RefCell::default() }
}

/// Whether a default of the file is a value of its parameter's type, without any name but the type's words.
pub(super) fn constant(pattern: &Pattern, position: usize, value: &Expr) -> Result<(), Box<Diagnostic>> {
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
pub(super) struct NoNames;

impl Scope for NoNames {
    fn value(&self, _: &str) -> Option<Value> {
        None
    }
    fn attribute(&self, tensor: &Name, _: &Name) -> Result<Value, Diagnostic> {
        Err(Diagnostic::error(codes::TENSOR_OR_NUMBER, "a default of the file cannot depend on a tensor")
            .at(tensor.span, "a tensor"))
    }
}
