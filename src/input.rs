//! Files that are read: regular ones, up to a size, and where a folder was named, within that folder.
//!
//! A repository of a stranger may hold a link to any file of the user's, a pipe that nobody writes to, or a device without an end. None of
//! them is opened: a pipe is read by the name `-`, which is standard input.
//!
//! Architecture Invariant: every file that the program reads by itself passes [`open`], so that no reading waits and none is without a
//! limit. (The results of a verification are read as archives, by [`crate::verify`].)

use crate::failure::Failure;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// What a file is that is no regular one: `a pipe`.
#[must_use]
pub fn what(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "no regular file" }
}

/// Opens a regular file.
///
/// # Errors
/// A file that is not there or can't be opened, and what is no regular file: it is not opened at all.
pub fn open(path: &Path) -> Result<File, Failure> {
    let failed = |error: &io::Error| Failure::io("read", path, error);
    let kind = fs::metadata(path).map_err(|error| failed(&error))?.file_type();
    if !kind.is_file() {
        let failure = Failure::new(format!("cannot read `{}`: it is {}, not a file", path.display(), what(kind)));
        return Err(if kind.is_dir() {
            failure
        } else {
            failure.help("`-` reads from standard input, which may be a pipe")
        });
    }
    File::open(path).map_err(|error| failed(&error))
}

/// The bytes of a reader, at most one more than `most`.
///
/// # Errors
/// As the reader's.
pub fn bounded(reader: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file of at most `most` bytes.
///
/// # Errors
/// As [`open`]; a file that is larger, or no text.
pub fn text(path: &Path, most: usize) -> Result<String, Failure> {
    let bytes = bounded(open(path)?, most).map_err(|error| Failure::io("read", path, &error))?;
    if bytes.len() > most {
        return Err(Failure::new(format!("cannot read `{}`: it has more than {} MiB", path.display(), most >> 20)));
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("cannot read `{}`: it is no text in UTF-8", path.display())))
}

/// The text of a file that has to lie in a folder, wherever links lead; `None` if there is none.
///
/// # Errors
/// As [`text`], and a link that leaves the folder.
pub fn text_within(folder: &Path, path: &Path, most: usize) -> Result<Option<String>, Failure> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    if let Some(out) = leaves(folder, path) {
        return Err(out.failure("read", folder));
    }
    text(path, most).map(Some)
}

/// A link that leads out of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Out {
    /// The link.
    pub link: PathBuf,
    /// Where it leads.
    pub to: PathBuf,
}

impl Out {
    /// As the reason for which something is not read or written.
    #[must_use]
    pub fn failure(&self, doing: &str, folder: &Path) -> Failure {
        let (link, to) = (self.link.display(), self.to.display());
        Failure::new(format!(
            "will not {doing} through `{link}`: it is a link to `{to}`, out of `{}`",
            named(folder).display()
        ))
        .help("name the place itself, if that is meant; else remove the link")
    }
}

/// A folder, to be joined with something or to be named: `.` for the current one.
#[must_use]
pub fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// The link by which a path below a folder leads out of it, if one does. What is not there leads nowhere.
#[must_use]
pub fn leaves(folder: &Path, path: &Path) -> Option<Out> {
    let root = fs::canonicalize(named(folder)).ok()?;
    let below: Vec<&Path> =
        path.ancestors().take_while(|part| *part != folder && !part.as_os_str().is_empty()).collect();
    below.into_iter().rev().find_map(|part| {
        let to = fs::canonicalize(part).or_else(|_| fs::read_link(part).map(|to| beside(part, &to))).ok()?;
        (!to.starts_with(&root)).then(|| Out { link: part.to_owned(), to })
    })
}

/// Where a link that leads to nothing leads, as far as that can be told.
fn beside(link: &Path, to: &Path) -> PathBuf {
    absolute(&link.parent().unwrap_or(Path::new("")).join(to))
}

/// Where a path leads whose end is not there: from the deepest folder that is, by the words of the path.
#[must_use]
pub fn absolute(path: &Path) -> PathBuf {
    let mut place = fs::canonicalize(".").unwrap_or_default();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(place.pop()),
            other => {
                place.push(other);
                place = fs::canonicalize(&place).unwrap_or(place);
            }
        }
    }
    place
}
