//! What could not be done, as opposed to what is wrong with a spec (that is a [`crate::diagnostic::Diagnostic`]).
//!
//! A missing file, a misspelt column, a full disk: one sentence that says what, and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

/// Why a command could not do its work; exit status 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Something is in the way.
    Undone {
        /// What, in one sentence without a full stop.
        message: String,
        /// What to do about it, a sentence each.
        help: Vec<String>,
    },
    /// Nobody reads the output any more (`hexapla ir x.arch | head`): no reason to complain.
    Closed,
}

impl Failure {
    /// A failure with a sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Undone { message: message.into(), help: Vec::new() }
    }

    /// Adds a sentence of help.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        if let Self::Undone { help, .. } = &mut self {
            help.push(text.into());
        }
        self
    }

    /// A file operation that failed: `doing` is a phrase such as "read" or "write to".
    #[must_use]
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::NotFound => Self::new(format!("cannot {doing} `{path}`: there is no such file or folder")),
            io::ErrorKind::PermissionDenied => Self::new(format!("cannot {doing} `{path}`: it is not permitted")),
            io::ErrorKind::StorageFull => Self::new(format!("cannot {doing} `{path}`: the disk is full")),
            io::ErrorKind::ReadOnlyFilesystem => {
                Self::new(format!("cannot {doing} `{path}`: the file system is read-only"))
            }
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                Self::new(format!("cannot {doing} `{path}`: a file is where a folder should be"))
            }
            io::ErrorKind::IsADirectory => Self::new(format!("cannot {doing} `{path}`: it is a folder")),
            _ => Self::new(format!("cannot {doing} `{path}`: {error}")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undone { message, .. } => f.write_str(message),
            Self::Closed => f.write_str("the output was closed"),
        }
    }
}

impl std::error::Error for Failure {}
