//! Specs on disk.
//!
//! A [`Spec`] is a spec that was read with everything that it imports; the core below gets texts and never sees a path.
//!
//! Architecture Invariant: specs are read here alone. What is read as a spec is called `.arch` where links have led to it, and what a spec
//! imports lies in its folder or in one that [`Imports`] allows: so no excerpt of another file is in a message.

use crate::diagnostic::Diagnostic;
use crate::embedded;
use crate::failure::Failure;
use crate::hash::HashMap;
use crate::input::{self, named};
use crate::ir::Program;
use crate::ir::lower::lower;
use crate::limits;
use crate::report::text::listed;
use crate::span::{FileId, Sources};
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// A spec that was read and lowered.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Where it lies, as it was given; `-` for standard input.
    pub path: PathBuf,
    /// Its text and those of its imports.
    pub sources: Sources,
    /// Its own text.
    pub main: FileId,
    /// What it says; missing if there is an error among the findings.
    pub program: Option<Program>,
    /// What was found while it was read.
    pub findings: Vec<Diagnostic>,
}

/// Where imports may lie besides the library of blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imports {
    /// The folder that takes the place of the spec's own, where a project has one.
    pub root: Option<PathBuf>,
    /// Further folders.
    pub allowed: Vec<PathBuf>,
}

impl Spec {
    /// Reads a spec and what it imports from its own folder. `-` is standard input.
    ///
    /// # Errors
    /// A file that can't be read. What is wrong in it is among the findings, as is an import that can't be found.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Self::open_with(path, &Imports::default())
    }

    /// Reads a spec and what it imports from where that is allowed. `-` is standard input.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(path: &Path, imports: &Imports) -> Result<Self, Failure> {
        let text = read_spec(path)?;
        Ok(Self::of_text(path, text, imports))
    }

    /// A spec whose text is at hand; imports are looked up beside `path`.
    #[must_use]
    pub fn from_text(path: &Path, text: String) -> Self {
        Self::of_text(path, text, &Imports::default())
    }

    fn of_text(path: &Path, text: String, imports: &Imports) -> Self {
        let mut sources = Sources::default();
        let name = shown(path);
        let main = sources.add(name.clone(), text);
        let mut loader = Loader::new(path, &name, imports);
        let (program, findings) = lower(main, &mut sources, &mut |importing, wanted| loader.load(importing, wanted));
        Self { path: path.to_owned(), sources, main, program, findings }
    }

    /// The name of its file, without folders: `enet.arch`.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.path.file_name().map_or_else(|| shown(&self.path), |name| name.to_string_lossy().into_owned())
    }

    /// The name of its file without `.arch`.
    #[must_use]
    pub fn stem(&self) -> String {
        if is_stdin(&self.path) {
            return "stdin".into();
        }
        self.path.file_stem().map_or_else(|| "spec".into(), |stem| stem.to_string_lossy().into_owned())
    }

    /// The folder that it lies in, to be joined with something; empty for the current one.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

/// Whether this stands for standard input.
#[must_use]
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn shown(path: &Path) -> String {
    if is_stdin(path) { "<stdin>".into() } else { path.display().to_string() }
}

/// The text of a spec; `-` is standard input.
///
/// # Errors
/// A file that is not there, is no regular file, is not called `.arch`, can't be read or is no text.
pub fn read_spec(path: &Path) -> Result<String, Failure> {
    if is_stdin(path) {
        return read_text(io::stdin().lock(), Path::new("<stdin>"));
    }
    let place = fs::canonicalize(path).map_err(|error| {
        let failure = Failure::io("read", path, &error);
        if error.kind() == io::ErrorKind::NotFound { suggest(failure, path) } else { failure }
    })?;
    if place.is_dir() {
        let pattern = path.join("*.arch");
        return Err(Failure::new(format!("`{}` is a folder, not a spec", path.display()))
            .help(format!("name the specs in it: `{}`", pattern.display())));
    }
    let file = input::open(path)?;
    if !is_spec(&place) {
        let name = path.display();
        let failure = match is_spec(path) {
            true => Failure::new(format!("`{name}` is a link to `{}`, which is not called `.arch`", place.display())),
            false => Failure::new(format!("`{name}` is not called `.arch`")),
        };
        return Err(failure.help("the name of a spec ends in `.arch`; `-` reads one from standard input"));
    }
    read_text(file, path)
}

/// Whether a file has the name of a spec. What others contain is never shown.
fn is_spec(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "arch")
}

/// Reads at most one byte more than a spec may have: the parser refuses what is longer.
fn read_text(reader: impl Read, path: &Path) -> Result<String, Failure> {
    let bytes = input::bounded(reader, limits::SOURCE_BYTES).map_err(|error| Failure::io("read", path, &error))?;
    if bytes.len() > limits::SOURCE_BYTES {
        // Too long, and cut perhaps within a character: the parser says the former, so the latter must not be said.
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::new(format!(
            "`{}` is not text in UTF-8: line {line} has a byte that belongs to no character",
            path.display()
        ))
        .help("a spec is a text file; save it with the encoding UTF-8")
    })
}

/// Adds the files of the folder that are called much the same.
fn suggest(failure: Failure, path: &Path) -> Failure {
    let with_ending = path.with_extension("arch");
    if path.extension().is_none() && with_ending.is_file() {
        return failure.help(format!("did you mean `{}`?", with_ending.display()));
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(wanted) = path.file_name().and_then(|name| name.to_str()) else { return failure };
    let names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".arch"))
        .take(1000)
        .collect();
    match crate::diagnostic::similar_names(wanted, names.iter().map(String::as_str)).first() {
        Some(near) => failure.help(format!("did you mean `{}`?", path.with_file_name(near).display())),
        None if folder.is_dir() => failure.help("`hexapla new NAME` writes a spec to start from"),
        None => failure,
    }
}

/// Finds imported files, relative to the file that imports.
struct Loader {
    /// The name under which each file is known, by its place on the disk: one file has one name, however it is written.
    known: HashMap<PathBuf, String>,
    /// The folder that imports of standard input are relative to.
    stdin: bool,
    /// The folder that imports may lie in, as it is told.
    root: PathBuf,
    /// The places of the folders that imports may lie in.
    allowed: Vec<PathBuf>,
}

impl Loader {
    fn new(path: &Path, name: &str, imports: &Imports) -> Self {
        let mut known = HashMap::default();
        if let Ok(place) = fs::canonicalize(path) {
            known.insert(place, name.to_owned());
        }
        let own = path.parent().unwrap_or(Path::new(""));
        let root = named(imports.root.as_deref().unwrap_or(own)).to_owned();
        let folders = std::iter::once(&root).chain(&imports.allowed);
        let allowed = folders.filter_map(|folder| fs::canonicalize(folder).ok()).collect();
        Self { known, stdin: is_stdin(path), root, allowed }
    }

    fn load(&mut self, importing: &str, wanted: &str) -> Result<(String, String), String> {
        if let Some(name) = wanted.strip_prefix(STD) {
            return from_std(name);
        }
        let from = if self.stdin && importing == "<stdin>" { Path::new("") } else { Path::new(importing) };
        let path = tidy(&from.parent().unwrap_or(Path::new("")).join(wanted));
        let place = fs::canonicalize(&path);
        // Where it would lie, if it is not there: what is outside is not said to be there or not.
        let would = place.as_ref().map_or_else(|_| input::absolute(&path), Clone::clone);
        if !self.allowed.iter().any(|folder| would.starts_with(folder)) {
            let folder = would.parent().unwrap_or(Path::new("")).display();
            let root = self.root.display();
            return Err(format!(
                "it lies outside of `{root}`, the folder of the spec; `--allow-imports {folder}` allows it"
            ));
        }
        let place = place.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                let near = match suggest(Failure::new(""), &path) {
                    Failure::Undone { help, .. } => help.into_iter().find(|help| help.starts_with("did you mean")),
                    Failure::Closed => None,
                };
                let near = near.map_or_else(String::new, |near| format!("; {near}"));
                format!("there is no file `{}`{near}", path.display())
            }
            _ => error.to_string(),
        })?;
        // What was read before has its text already.
        if let Some(name) = self.known.get(&place) {
            return Ok((name.clone(), String::new()));
        }
        let text = read_spec(&path).map_err(|failure| failure.to_string())?;
        let name = path.display().to_string();
        self.known.insert(place, name.clone());
        Ok((name, text))
    }
}

/// What the path of an import from the library of blocks begins with. It stands before a folder of the same name.
const STD: &str = "std/";

/// A file of the library that comes with the program.
fn from_std(name: &str) -> Result<(String, String), String> {
    let plain = name.strip_suffix(".arch").unwrap_or(name);
    if let Some((_, text)) = embedded::std().find(|(known, _)| *known == plain) {
        return Ok((format!("{STD}{plain}.arch"), text.to_owned()));
    }
    let near = match crate::diagnostic::similar_names(plain, embedded::std().map(|(known, _)| known)).first() {
        Some(near) => format!("did you mean `{STD}{near}`?"),
        None => format!("it has {}", listed(&embedded::std().map(|(known, _)| known).collect::<Vec<_>>())),
    };
    Err(format!("the library of blocks has no `{plain}`; {near}"))
}

/// The path without `.` and without `folder/..`, if that is the same file.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidied.components().next_back(), Some(Component::Normal(_))) => {
                tidied.pop();
            }
            other => tidied.push(other),
        }
    }
    // `link/..` is where the link leads, not where it lies.
    match (fs::canonicalize(path), fs::canonicalize(&tidied)) {
        (Ok(there), Ok(here)) if there != here => path.to_owned(),
        _ => tidied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "import twice from \"parts/../blocks.arch\"\nimport once from \"./blocks.arch\"\n\
        model M: x[3, 8, 8] -> y {\n    y = x -> twice -> once\n}\n";
    const BLOCKS: &str =
        "block once: x -> y {\n    y = x -> relu\n}\n\nblock twice: x -> y {\n    y = x -> once -> once\n}\n";

    fn write(path: &Path, text: &str) -> std::io::Result<()> {
        fs::write(path, text)
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("parts")).expect("a folder in it");
        folder
    }

    #[test]
    fn imports_are_relative_and_one_file_has_one_name() {
        let folder = folder();
        let main = folder.path().join("main.arch");
        write(&main, MODEL).expect("written");
        write(&folder.path().join("blocks.arch"), BLOCKS).expect("written");
        let spec = Spec::open(&main).expect("it is there");
        assert_eq!(spec.findings, []);
        assert_eq!(spec.program.expect("no error").definitions.len(), 3);
        assert_eq!(
            spec.sources.iter().map(|(_, file)| file.name.as_str()).filter(|name| name.contains("..")).count(),
            0
        );
    }

    #[test]
    fn the_library_of_blocks_is_imported_by_name() {
        let with = |name: &str| {
            let text =
                format!("import basic from \"std/{name}\"\nmodel M: x[8, 6, 6] -> y {{\n    y = x -> basic(8)\n}}\n");
            Spec::from_text(Path::new("m.arch"), text)
        };
        assert_eq!(with("residual").findings, []);
        let wrong = with("residul").findings;
        assert!(wrong[0].message.contains("did you mean `std/residual`?"), "{wrong:?}");
    }

    #[test]
    fn files_that_import_each_other_are_told_so() {
        let folder = folder();
        write(
            &folder.path().join("a.arch"),
            "import b from \"parts/../b.arch\"\nmodel A: x[3] -> y {\n    y = x -> b\n}\n",
        )
        .expect("written");
        write(
            &folder.path().join("b.arch"),
            "import a from \"parts/../a.arch\"\nblock b: x -> y {\n    y = x -> relu\n}\n",
        )
        .expect("written");
        let spec = Spec::open(&folder.path().join("a.arch")).expect("it is there");
        assert!(
            spec.findings.iter().any(|finding| finding.message.contains("import each other")),
            "{:?}",
            spec.findings
        );
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let folder = folder();
        let of = |name: &str| match Spec::open(&folder.path().join(name)) {
            Err(Failure::Undone { message, help }) => (message, help),
            other => panic!("{other:?}"),
        };
        write(&folder.path().join("enet.arch"), MODEL).expect("written");
        fs::write(folder.path().join("bytes.arch"), b"// a\n\xff").expect("written");
        assert!(of("ent.arch").1[0].contains("enet.arch"));
        assert!(of("enet").1[0].contains("enet.arch"));
        assert!(of("parts").0.contains("is a folder"));
        assert!(of("bytes.arch").0.contains("line 2"));
    }
}
