//! The files of a spec: reading them, following imports, and what could not be read.

use super::*;
use crate::diagnostic::grouped;

/// A file with what it imports.
pub(super) struct Read {
    pub(super) id: FileId,
    pub(super) name: String,
    pub(super) tree: ast::File,
    pub(super) imports: Vec<(ast::Import, FileId)>,
}

/// What could not be read, and may be why something else is missing.
#[derive(Default)]
pub(super) struct Doubts {
    /// The names in lines that the grammar refused, by file, each with the place of its line.
    pub(super) words: HashMap<FileId, Vec<(Span, HashSet<String>)>>,
    /// Names that an import should have brought, by file.
    pub(super) imported: HashMap<FileId, HashSet<String>>,
    /// Files that import all of a file that could not be read.
    pub(super) wholly: HashSet<FileId>,
}

impl Doubts {
    /// Remembers the words of the lines that a finding of the grammar speaks of.
    pub(super) fn unreadable(&mut self, finding: &Diagnostic, text: &str) {
        let Some(primary) = finding.primary() else { return };
        let labels = finding.labels.iter().filter(|label| label.primary).map(|label| label.span);
        let (first, last) =
            labels.fold((primary.start, primary.end), |(a, b), span| (a.min(span.start), b.max(span.end)));
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

    /// Remembers a name that an import should have brought: its uses are not reported again.
    pub(super) fn missing(&mut self, file: FileId, name: &str) {
        self.imported.entry(file).or_default().insert(name.to_owned());
    }

    /// Whether a line within a span could not be read.
    pub(super) fn broken(&self, within: Span) -> bool {
        self.lines(within).next().is_some()
    }

    pub(super) fn lines(&self, within: Span) -> impl Iterator<Item = &HashSet<String>> {
        let lines = self.words.get(&within.file).into_iter().flatten();
        lines.filter(move |(line, _)| line.start < within.end && line.end > within.start).map(|(_, words)| words)
    }

    /// Whether a pattern or block of this name may be missing because something could not be read.
    pub(super) fn callee(&self, file: FileId, name: &str) -> bool {
        self.wholly.contains(&file)
            || self.imported.get(&file).is_some_and(|names| names.contains(name))
            || self.words.get(&file).into_iter().flatten().any(|(_, words)| words.contains(name))
    }
}

/// The files of one spec, imported ones first.
#[derive(Default)]
pub(super) struct Files {
    pub(super) findings: Vec<Diagnostic>,
    pub(super) read: Vec<Read>,
    pub(super) stack: Vec<(FileId, String)>,
    pub(super) doubts: Doubts,
    /// How many bytes were read.
    bytes: usize,
    /// How many lines imported something.
    lines: usize,
}

impl Files {
    pub(super) fn read(&mut self, id: FileId, sources: &mut Sources, loader: Loader<'_>) {
        let name = sources.file(id).name.clone();
        self.bytes += sources.file(id).text.len();
        let (tree, findings) = parse::parse(id, &sources.file(id).text);
        for finding in &findings {
            self.doubts.unreadable(finding, &sources.file(id).text);
        }
        self.findings.extend(findings);
        self.stack.push((id, name.clone()));
        let mut imports = Vec::new();
        for item in &tree.items {
            let ItemKind::Import(import) = &item.kind else { continue };
            self.lines += 1;
            if self.lines > limits::IMPORT_LINES {
                let message = format!("more than {} lines import something", grouped(limits::IMPORT_LINES as i64));
                let finding = Diagnostic::error(codes::LIMIT, message).at(import.path_span, "this one is too many");
                self.fail(id, import, finding);
                break;
            }
            match loader(&name, &import.path) {
                Err(reason) => {
                    let missing = reason.starts_with("there is no");
                    let mut finding =
                        Diagnostic::error(codes::IMPORT, format!("`{}` cannot be imported: {reason}", import.path))
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
                            let finding =
                                Diagnostic::error(codes::LIMIT, message).at(import.path_span, "this one is too many");
                            self.fail(id, import, finding);
                            continue;
                        }
                        None if self.bytes + text.len() > limits::SOURCE_BYTES => {
                            // No further one is read either.
                            self.bytes = limits::SOURCE_BYTES + 1;
                            let most = limits::SOURCE_BYTES >> 20;
                            let message = format!("the files have more than {most} MiB together");
                            let finding =
                                Diagnostic::error(codes::LIMIT, message).at(import.path_span, "this one is too much");
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
    pub(super) fn fail(&mut self, file: FileId, import: &ast::Import, finding: Diagnostic) {
        self.findings.push(finding);
        if import.names.is_empty() {
            self.doubts.wholly.insert(file);
        }
        self.doubts.imported.entry(file).or_default().extend(import.names.iter().map(|name| name.text.clone()));
    }
}
