//! What every command needs: the two output streams, and the columns.

use crate::diagnostic::Diagnostic;
use crate::embedded;
use crate::emit::framework::{Columns, Files, FrameworkError};
use crate::failure::Failure;
use crate::report::diagnostics;
use crate::report::text::{BAD, PLACE, STRONG, paint};
use crate::span::Sources;
use anstream::AutoStream;
use clap::ColorChoice;
use serde_json::Value;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a command writes, and which columns there are.
pub struct Context {
    out: anstream::ColorChoice,
    err: anstream::ColorChoice,
    templates: Option<PathBuf>,
}

impl Context {
    /// Looks at the streams once.
    pub fn new(color: ColorChoice, templates: Option<PathBuf>) -> Self {
        let wanted = match color {
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
            ColorChoice::Auto => anstream::ColorChoice::Auto,
        };
        wanted.write_global();
        Self { out: AutoStream::choice(&io::stdout()), err: AutoStream::choice(&io::stderr()), templates }
    }

    /// Whether standard output is coloured.
    pub fn color(&self) -> bool {
        self.out != anstream::ColorChoice::Never
    }

    /// Whether standard error is coloured.
    pub fn error_color(&self) -> bool {
        self.err != anstream::ColorChoice::Never
    }

    /// The width of the terminal: `COLUMNS` if it is set, 100 where there is none.
    pub fn width(&self) -> usize {
        let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let found = || terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
        set.filter(|width| *width > 0).or_else(found).unwrap_or(100).clamp(40, 400)
    }

    /// Writes to standard output.
    ///
    /// # Errors
    /// A closed stream ([`Failure::Closed`]) or a full disk behind it.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut stream = AutoStream::new(io::stdout().lock(), self.out);
        let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::io("write to", Path::new("standard output"), &error),
        })
    }

    /// Writes data to standard output.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn print_json(&self, value: &Value) -> Result<(), Failure> {
        self.print(&format!("{value:#}\n"))
    }

    /// Says something on the side, on standard error. Nobody need be listening.
    pub fn say(&self, text: &str) {
        let _ = AutoStream::new(io::stderr().lock(), self.err).write_all(text.as_bytes());
    }

    /// Draws diagnostics on standard error.
    pub fn draw(&self, findings: &[Diagnostic], sources: &Sources) {
        if !findings.is_empty() {
            self.say(&(diagnostics::render(findings, sources, self.error_color()) + "\n"));
        }
    }

    /// Says why something could not be done.
    pub fn fail(&self, failure: &Failure) {
        if let Failure::Undone { message, help } = failure {
            let color = self.error_color();
            let mut text =
                format!("{}{}\n", paint("error", BAD.bold(), color), paint(&format!(": {message}"), STRONG, color));
            for help in help {
                text.push_str(&format!("  {}: {help}\n", paint("help", PLACE.bold(), color)));
            }
            self.say(&text);
        }
    }

    /// The columns: the built-in ones, and those of `--templates`.
    ///
    /// # Errors
    /// A folder that can't be read, or a column that is not complete.
    pub fn columns(&self) -> Result<Columns, Failure> {
        let columns = match &self.templates {
            None => embedded::columns(),
            Some(folder) => {
                let mut files = embedded::templates();
                for (path, text) in read_templates(folder)? {
                    // The entries of a column's operators come before the built-in ones, one by one; other files as a whole.
                    let text = match files.get(&path) {
                        Some(known) if path.ends_with("/ops.toml") => format!("{known}\n{text}").into(),
                        _ => text,
                    };
                    files.insert(path, text);
                }
                Columns::new(files)
            }
        };
        columns.map_err(|error| {
            let (FrameworkError::Missing { column, file } | FrameworkError::Invalid { column, file, .. }) = &error;
            let place =
                self.templates.as_deref().map_or_else(|| PathBuf::from("templates"), |folder| folder.to_owned());
            let place = place.join(column).join(file);
            match &error {
                FrameworkError::Missing { .. } => {
                    Failure::new(format!("the column `{column}` has no `{}`", place.display())).help(
                        "a column is a folder with framework.toml, ops.toml, file.tera, block.tera and model.tera",
                    )
                }
                FrameworkError::Invalid { reason, .. } => {
                    Failure::new(format!("`{}` cannot be read: {}", place.display(), reason.trim_end()))
                }
            }
        })
    }
}

/// The files of a folder of columns, by paths such as `jax/ops.toml`.
fn read_templates(folder: &Path) -> Result<Files, Failure> {
    let columns = entries(folder)?;
    if folder.join("framework.toml").is_file() {
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return Err(Failure::new(format!("`{}` is a column itself, not a folder of columns", folder.display()))
            .help(format!("give the folder that it lies in: `--templates {}`", parent.display())));
    }
    let mut files = Files::new();
    for (column, path) in columns.into_iter().filter(|(_, path)| path.is_dir()) {
        for (name, path) in entries(&path)? {
            if path.is_dir() {
                for (inner, path) in entries(&path)?.into_iter().filter(|(_, path)| path.is_file()) {
                    files.insert(format!("{column}/{name}/{inner}").into(), text(&path)?.into());
                }
            } else {
                files.insert(format!("{column}/{name}").into(), text(&path)?.into());
            }
        }
    }
    if files.is_empty() {
        return Err(Failure::new(format!("there is no column in `{}`", folder.display()))
            .help("a column is a folder with framework.toml, ops.toml, file.tera, block.tera and model.tera"));
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let failed = |error: io::Error| Failure::io("read the folder", folder, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if let Ok(name) = entry.file_name().into_string()
            && !embedded::is_debris(&name)
        {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))
}
