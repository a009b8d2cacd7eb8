//! Golden files of generated code: `snapshots/<spec>.<column>.py` beside the spec.
//!
//! A column that can't express the spec has no golden file. It gets one, and fails a test until it does, when it learns to; and a
//! column that had one and can't express the spec any more fails as well.
//!
//! Architecture Invariant: what the code is like is not looked at here; how a change is shown is decided in
//! [`crate::report::changes`].

use crate::diagnostic::Diagnostic;
use crate::emit::Emitted;
use crate::emit::framework::Framework;
use crate::failure::Failure;
use crate::input;
use crate::limits;
use crate::output::{Output, Over};
use crate::project::Spec;
use crate::translate::Translation;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder's name.
pub const FOLDER: &str = "snapshots";

/// Where the golden file of a spec's column lies.
#[must_use]
pub fn path(spec: &Spec, column: &Framework) -> PathBuf {
    spec.folder().join(FOLDER).join(format!("{}.{}.{}", spec.stem(), column.id, ending(column)))
}

fn ending(column: &Framework) -> &str {
    Path::new(&column.settings.file).extension().and_then(|ending| ending.to_str()).unwrap_or("py")
}

/// A column's code against its golden file.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The column.
    pub column: String,
    /// The golden file.
    pub path: PathBuf,
    /// What came out.
    pub verdict: Verdict,
}

/// What a comparison gave.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Nothing changed.
    Same,
    /// Something changed.
    Changed {
        /// The golden text.
        old: String,
        /// The code of today.
        new: Emitted,
    },
    /// There is no golden file.
    Missing(Emitted),
    /// The column can't express the spec, and there is no golden file.
    Refused(Vec<Diagnostic>),
    /// The column can't express the spec, but once could.
    Lost(Vec<Diagnostic>),
    /// A golden file of no column.
    Stale,
}

impl Verdict {
    /// Whether a test passes with it.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Same | Self::Refused(_))
    }

    /// A word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed { .. } => "changed",
            Self::Missing(_) => "missing",
            Self::Refused(_) => "refused",
            Self::Lost(_) => "lost",
            Self::Stale => "stale",
        }
    }
}

/// Compares a spec's code with its golden files.
///
/// # Errors
/// A golden file that is there and can't be read.
pub fn compare(spec: &Spec, translations: Vec<Translation<'_>>) -> Result<Vec<Comparison>, Failure> {
    translations
        .into_iter()
        .map(|(column, translation)| {
            let path = path(spec, column);
            let golden = read(spec, &path)?;
            let verdict = match (translation, golden) {
                (Ok(new), None) => Verdict::Missing(new),
                (Ok(new), Some(old)) if same(&old, &new) => Verdict::Same,
                (Ok(new), Some(old)) => Verdict::Changed { old, new },
                (Err(findings), None) => Verdict::Refused(findings),
                (Err(findings), Some(_)) => Verdict::Lost(findings),
            };
            Ok(Comparison { column: column.id.clone(), path, verdict })
        })
        .collect()
}

/// A checkout may have changed the ends of the lines.
fn same(old: &str, new: &Emitted) -> bool {
    old.lines().map(str::trim_end).eq(new.lines.iter().map(|line| line.text.as_str()))
}

/// A link must not lead out of the spec's folder: what lies there is shown as a difference.
fn read(spec: &Spec, path: &Path) -> Result<Option<String>, Failure> {
    input::text_within(spec.folder(), path, limits::GENERATED_BYTES)
}

/// The golden files of a spec that belong to none of these columns.
///
/// # Errors
/// A folder that is there and can't be read.
pub fn stale(spec: &Spec, columns: &[&Framework]) -> Result<Vec<Comparison>, Failure> {
    let folder = spec.folder().join(FOLDER);
    if let Some(out) = input::leaves(spec.folder(), &folder) {
        return Err(out.failure("read", spec.folder()));
    }
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::io("read the folder", &folder, &error)),
    };
    let stem = spec.stem();
    let mut found: Vec<Comparison> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let (column, ending) = name.strip_prefix(&stem)?.strip_prefix('.')?.split_once('.')?;
            // `enet.small.pytorch.py` is the golden file of another spec.
            let golden = !ending.contains('.') && !columns.iter().any(|known| known.id == column);
            let comparison =
                || Comparison { column: column.to_owned(), path: folder.join(&name), verdict: Verdict::Stale };
            golden.then(comparison)
        })
        .collect();
    found.sort_by(|a, b| a.column.cmp(&b.column));
    Ok(found)
}

/// A golden file to be written; `None` if it is there already, the same.
///
/// # Errors
/// A golden file that is there and can't be read.
pub fn output(spec: &Spec, path: &Path, code: &Emitted) -> Result<Option<Output>, Failure> {
    if read(spec, path)?.is_some_and(|old| same(&old, code)) {
        return Ok(None);
    }
    Ok(Some(Output::below(spec.folder(), path, code.text(), Over::Any)))
}
