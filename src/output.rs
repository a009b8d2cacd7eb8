//! Files that are written.
//!
//! A file is written beside its place and then moved there, so that it is there as a whole or not at all. Before the first of several is
//! written, the places of all are looked at: what lies there has to be a regular file that may be written, and no link on the way may lead
//! out of the folder that was named. A generated file begins with a line that holds the hash of the others ([`Over::Generated`]): a file
//! that somebody edited is not overwritten unasked.
//!
//! Architecture Invariant: every file that the program writes is written here; what a framework writes in its own process is not. Within a
//! process that is about to end by a signal no writing begins, and one that has begun is finished (see [`crate::verify::signals`]).

use crate::catalogue::fingerprint;
use crate::failure::Failure;
use crate::input::{self, named};
use crate::limits;
use crate::report::text::listed;
use rayon::prelude::*;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// What may lie where a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Any regular file: golden files, the cache, the files of a run that is kept.
    Any,
    /// What was generated and not edited since, or anything if it is forced.
    Generated {
        /// Whether an edited file is overwritten too.
        force: bool,
    },
    /// The file that is rewritten: its mode, owner and hard links stay.
    Itself,
    /// Nothing.
    Nothing,
}

/// A file to be written.
#[derive(Clone, Debug)]
pub struct Output {
    /// The folder that the user named, which no link may leave. It may be a link itself.
    pub folder: PathBuf,
    /// Where the file goes, below the folder.
    pub path: PathBuf,
    /// What it holds.
    pub content: Vec<u8>,
    /// What may lie there.
    pub over: Over,
}

impl Output {
    /// A file whose folder is the one that it lies in.
    #[must_use]
    pub fn at(path: &Path, content: impl Into<Vec<u8>>, over: Over) -> Self {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self { folder, path: path.to_owned(), content: content.into(), over }
    }

    /// A file below a folder.
    #[must_use]
    pub fn below(folder: &Path, path: &Path, content: impl Into<Vec<u8>>, over: Over) -> Self {
        Self { folder: folder.to_owned(), path: path.to_owned(), content: content.into(), over }
    }
}

/// What became of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// Whether it was not the same before.
    pub changed: bool,
}

/// A file that is not overwritten, since somebody would lose something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// Where.
    pub path: PathBuf,
    /// What is there, without the line that holds the hash; missing if it is no text, or too much.
    pub old: Option<String>,
    /// What would be there.
    pub new: String,
    /// Whether it was generated at all.
    pub generated: bool,
}

/// Why nothing, or not everything, was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It can't be done.
    Failure(Failure),
    /// These files were edited; nothing was written.
    Edited(Vec<Edited>),
}

impl Refusal {
    /// As a failure, where no difference can be shown.
    #[must_use]
    pub fn failure(self) -> Failure {
        match self {
            Self::Failure(failure) => failure,
            Self::Edited(edited) => {
                let names: Vec<String> = edited.iter().map(|edited| format!("`{}`", edited.path.display())).collect();
                let were = if names.len() == 1 { "was" } else { "were" };
                let (whole, some) =
                    (edited.iter().all(|edited| !edited.generated), edited.iter().all(|edited| edited.generated));
                let what = match (whole, some) {
                    (true, _) => "not generated, or by an earlier version",
                    (_, true) => "edited after being generated",
                    _ => "edited or not generated",
                };
                Failure::new(format!("{} {were} {what}: nothing was written", listed(&names)))
                    .help("`--force` overwrites all that is there")
            }
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Writes some files, after the places of all were looked at.
///
/// # Errors
/// A place that is refused: then nothing was written. A writing that fails: then the failure says which files were written.
pub fn write_all(outputs: Vec<Output>) -> Result<Vec<Written>, Refusal> {
    let mut edited = Vec::new();
    let mut planned = Vec::with_capacity(outputs.len());
    for output in outputs {
        match plan(output)? {
            Plan::Write(place) => planned.push(place),
            Plan::Edited(found) => edited.push(found),
        }
    }
    if !edited.is_empty() {
        return Err(Refusal::Edited(edited));
    }
    let results: Vec<Result<(), Failure>> = planned.par_iter().map(carry_out).collect();
    if let Some(failure) = results.iter().find_map(|result| result.as_ref().err()) {
        let done = |wanted: bool| -> Vec<String> {
            let of = planned.iter().zip(&results).filter(|(_, result)| result.is_ok() == wanted);
            of.map(|(place, _)| format!("`{}`", place.path.display())).collect()
        };
        let failure = failure.clone();
        let failure = if planned.len() == 1 {
            failure
        } else {
            let (written, missing) = (done(true), done(false));
            let failure = if written.is_empty() {
                failure.help("nothing was written")
            } else {
                failure.help(format!("written: {}", listed(&written)))
            };
            failure.help(format!("not written: {}", listed(&missing)))
        };
        return Err(failure.into());
    }
    Ok(planned.into_iter().map(|place| Written { changed: !place.same, path: place.path }).collect())
}

/// Writes one file over any other, below a folder. Gives `false` if it was there already, the same.
///
/// # Errors
/// As [`write_all`].
pub fn write(folder: &Path, path: &Path, content: impl Into<Vec<u8>>) -> Result<bool, Failure> {
    let output = Output::below(folder, path, content, Over::Any);
    let written = write_all(vec![output]).map_err(Refusal::failure)?;
    Ok(written.iter().any(|written| written.changed))
}

/// Looks at a place that another part of the program writes to by itself, such as an archive of arrays.
///
/// # Errors
/// A place that is refused.
pub fn admit(folder: &Path, path: &Path) -> Result<(), Failure> {
    look(folder, path).map(drop)
}

// --------------------------------------------------------------------------------------------------------------- before

/// A place that was looked at.
struct Found {
    /// Where the file is written: what the last link leads to.
    place: PathBuf,
    /// What lies there.
    old: Option<Metadata>,
}

/// An output whose place was looked at.
struct Planned {
    path: PathBuf,
    found: Found,
    content: Vec<u8>,
    over: Over,
    /// Whether it is there already.
    same: bool,
}

enum Plan {
    Write(Planned),
    Edited(Edited),
}

fn look(folder: &Path, path: &Path) -> Result<Found, Failure> {
    if let Some(out) = input::leaves(folder, path) {
        return Err(out.failure("write", folder));
    }
    let failed = |error: &io::Error| Failure::io("write", path, error);
    let place = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Found { place: path.to_owned(), old: None });
        }
        Err(error) => return Err(failed(&error)),
        Ok(metadata) if metadata.is_symlink() => fs::canonicalize(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                Failure::new(format!("cannot write `{}`: it is a link to nothing", path.display()))
            }
            _ => failed(&error),
        })?,
        Ok(_) => path.to_owned(),
    };
    let old = fs::metadata(&place).map_err(|error| failed(&error))?;
    let kind = old.file_type();
    if !kind.is_file() {
        let failure =
            Failure::new(format!("cannot write `{}`: it is {}, not a file", path.display(), input::what(kind)));
        return Err(if kind.is_dir() {
            failure
        } else {
            failure.help("`-` writes to standard output, which may be a pipe")
        });
    }
    let refused = |help: Option<String>| {
        let failure = Failure::new(format!("cannot write `{}`: it is read-only", path.display()));
        help.map_or(failure.clone(), |help| failure.help(help))
    };
    // The superuser may write it all the same, and whoever owns the folder could replace it; but somebody did not want that.
    if old.permissions().readonly() {
        return Err(refused(cfg!(unix).then(|| format!("`chmod u+w {}` allows it", path.display()))));
    }
    match OpenOptions::new().write(true).open(&place) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(refused(None)),
        Err(error) => Err(failed(&error)),
        Ok(_) => Ok(Found { place, old: Some(old) }),
    }
}

fn plan(output: Output) -> Result<Plan, Failure> {
    let Output { folder, path, mut content, over } = output;
    let found = look(&folder, &path)?;
    let Some(old) = &found.old else {
        if let Over::Generated { .. } = over {
            content = marked(&path, content);
        }
        return Ok(Plan::Write(Planned { path, found, content, over, same: false }));
    };
    let failed = |error: io::Error| Failure::io("read", &path, &error);
    match over {
        Over::Nothing => return Err(there_already(&path)),
        Over::Generated { force } => {
            let body = content;
            content = marked(&path, body.clone());
            let most = limits::GENERATED_BYTES;
            let there = if old.len() > most as u64 { None } else { Some(read(&found.place, most).map_err(failed)?) };
            let there = there.and_then(|bytes| String::from_utf8(bytes).ok());
            let state = there.as_deref().map_or(State::Foreign, |there| state(&path, there, &body));
            if !force && !matches!(state, State::Whole) {
                let old = there.map(|there| unmarked(&path, &there).1.to_owned());
                let new = String::from_utf8_lossy(&body).into_owned();
                return Ok(Plan::Edited(Edited { path, old, new, generated: matches!(state, State::Changed) }));
            }
        }
        Over::Any | Over::Itself => {}
    }
    // Lengths first: what is there may be large.
    let same = old.len() == content.len() as u64 && read(&found.place, content.len()).map_err(failed)? == content;
    Ok(Plan::Write(Planned { path, found, content, over, same }))
}

fn there_already(path: &Path) -> Failure {
    Failure::new(format!("`{}` is there already", path.display())).help("choose another name, or remove it first")
}

fn read(place: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(place)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

// -------------------------------------------------------------------------------------------------------------- the mark

/// What the first line of a generated file says, before the hash and behind it.
const MARK: (&str, &str) = ("hexapla: the hash of the lines below is ", "; an edited file is not overwritten");

/// How a line of comment begins and ends in a file of this name; nothing where that is not known.
fn comment(path: &Path) -> Option<(&'static str, &'static str)> {
    match path.extension()?.to_str()? {
        "py" => Some(("# ", "")),
        "html" => Some(("<!-- ", " -->")),
        _ => None,
    }
}

/// What somebody would lose if a file was overwritten.
enum State {
    /// Nothing: it is as it was generated, or empty, or what would be written.
    Whole,
    /// What was edited since.
    Changed,
    /// All of it: it was not generated, or before there was a hash.
    Foreign,
}

fn state(path: &Path, there: &str, body: &[u8]) -> State {
    let (hash, rest) = unmarked(path, there);
    match hash {
        Some(hash) if hash == hash_of(rest) => State::Whole,
        Some(_) => State::Changed,
        None if rest.is_empty() || rest.lines().eq(String::from_utf8_lossy(body).lines()) => State::Whole,
        None => State::Foreign,
    }
}

/// A checkout may change the ends of the lines: they don't count.
fn hash_of(text: &str) -> String {
    fingerprint(&text.lines().flat_map(|line| [line, "\n"]).collect::<String>())
}

fn marked(path: &Path, body: Vec<u8>) -> Vec<u8> {
    let (Some((open, close)), Ok(text)) = (comment(path), std::str::from_utf8(&body)) else { return body };
    format!("{open}{}{}{}{close}\n{text}", MARK.0, hash_of(text), MARK.1).into_bytes()
}

/// The hash in a file's first line, and the lines below.
fn unmarked<'t>(path: &Path, text: &'t str) -> (Option<&'t str>, &'t str) {
    let hash = || {
        let (open, _) = comment(path)?;
        let rest = text.strip_prefix(open)?.strip_prefix(MARK.0)?;
        let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
        Some((line.get(..16)?, below))
    };
    hash().map_or((None, text), |(hash, below)| (Some(hash), below))
}

// --------------------------------------------------------------------------------------------------------------- writing

/// Held for reading while a file is written, and for writing by whoever ends the process.
static WRITING: RwLock<()> = RwLock::new(());

/// Waits until no file is being written, and keeps it so for ever: the process is about to end.
pub fn stop() {
    if let Ok(guard) = WRITING.write() {
        std::mem::forget(guard);
    }
}

fn writing() -> RwLockReadGuard<'static, ()> {
    WRITING.read().unwrap_or_else(PoisonError::into_inner)
}

fn carry_out(planned: &Planned) -> Result<(), Failure> {
    if planned.same {
        return Ok(());
    }
    let _guard = writing();
    let failed = |error: &io::Error| Failure::io("write", &planned.path, error);
    let place = &planned.found.place;
    let folder = place.parent().map_or(Path::new("."), named);
    fs::create_dir_all(folder).map_err(|error| Failure::io("make the folder", folder, &error))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hexapla-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What the umask leaves of it; an existing file keeps its own.
        let permissions =
            planned.found.old.as_ref().map_or_else(|| fs::Permissions::from_mode(0o666), Metadata::permissions);
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(folder).map_err(|error| failed(&error))?;
    file.write_all(&planned.content).map_err(|error| failed(&error))?;
    if planned.over == Over::Itself && !takes_the_place(file.as_file(), planned.found.old.as_ref()) {
        return in_place(planned, file);
    }
    let moved = if planned.over == Over::Nothing { file.persist_noclobber(place) } else { file.persist(place) };
    moved.map(drop).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists if planned.over == Over::Nothing => there_already(&planned.path),
        _ => failed(&error.error),
    })
}

/// Gives the new file the mode and the owner of the old one. `false` if something of the old one would be lost in its place.
fn takes_the_place(new: &File, old: Option<&Metadata>) -> bool {
    let Some(old) = old else { return true };
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        if old.nlink() > 1 {
            return false;
        }
        let owned = new.metadata().is_ok_and(|new| (new.uid(), new.gid()) == (old.uid(), old.gid()));
        if !owned && fchown(new, Some(old.uid()), Some(old.gid())).is_err() {
            return false;
        }
    }
    // After the owner: a change of owner may take bits away.
    new.set_permissions(old.permissions()).is_ok()
}

/// Writes into the file that is there. What is to be written lies beside it until that is done.
fn in_place(planned: &Planned, whole: tempfile::NamedTempFile) -> Result<(), Failure> {
    let write = || {
        let mut file = OpenOptions::new().write(true).open(&planned.found.place)?;
        file.write_all(&planned.content)?;
        file.set_len(planned.content.len() as u64)?;
        file.sync_all()
    };
    write().map_err(|error| {
        let failure = Failure::io("write", &planned.path, &error);
        match whole.keep() {
            Ok((_, kept)) => failure.help(format!("what should be in it is in `{}`", kept.display())),
            Err(_) => failure,
        }
    })
}
