//! What every command needs: the two output streams, and the columns.

use crate::diagnostic::Diagnostic;
use crate::embedded;
use crate::emit::framework::{Columns, Files, FrameworkError};
use crate::failure::Failure;
use crate::foreign::{in_json, on_terminal, visible};
use crate::input;
use crate::limits;
use crate::project::Imports;
use crate::report::diagnostics;
use crate::report::text::{BAD, PLACE, STRONG, paint};
use crate::span::Sources;
use anstream::AutoStream;
use clap::ColorChoice;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Where a command writes, and which columns there are.
pub struct Context {
    out: anstream::ColorChoice,
    err: anstream::ColorChoice,
    templates: Option<PathBuf>,
    /// Where the specs may import from.
    pub imports: Imports,
}

impl Context {
    /// Looks at the streams once.
    pub fn new(color: ColorChoice, templates: Option<PathBuf>, imports: Imports) -> Self {
        let wanted = match color {
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
            ColorChoice::Auto => anstream::ColorChoice::Auto,
        };
        wanted.write_global();
        Self { out: AutoStream::choice(&io::stdout()), err: AutoStream::choice(&io::stderr()), templates, imports }
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

    /// Shows a view on standard output: its own colours pass, and no other command to a terminal.
    ///
    /// # Errors
    /// A closed stream ([`Failure::Closed`]) or a full disk behind it.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut stream = AutoStream::new(io::stdout().lock(), self.out);
        written(stream.write_all(on_terminal(text, self.color()).as_bytes()).and_then(|()| stream.flush()))
    }

    /// Writes content, such as a formatted spec, to standard output: unchanged, unless that is a terminal.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn content(&self, text: &str) -> Result<(), Failure> {
        let mut stream = io::stdout().lock();
        let text = if stream.is_terminal() { on_terminal(text, false) } else { text.into() };
        written(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
    }

    /// Writes data to standard output.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn print_json(&self, value: &Value) -> Result<(), Failure> {
        self.json_text(&format!("{value:#}\n"))
    }

    /// Writes JSON that is a text already to standard output.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub fn json_text(&self, json: &str) -> Result<(), Failure> {
        self.content(&in_json(json))
    }

    /// Says something on the side, without colours, on standard error. Nobody need be listening.
    pub fn say(&self, text: &str) {
        self.mutter(text, false);
    }

    /// Writes to standard error.
    fn mutter(&self, text: &str, color: bool) {
        let _ = AutoStream::new(io::stderr().lock(), self.err).write_all(on_terminal(text, color).as_bytes());
    }

    /// Draws diagnostics on standard error.
    pub fn draw(&self, findings: &[Diagnostic], sources: &Sources) {
        if !findings.is_empty() {
            self.mutter(&(diagnostics::render(findings, sources, self.error_color()) + "\n"), self.error_color());
        }
    }

    /// Says why something could not be done.
    pub fn fail(&self, failure: &Failure) {
        if let Failure::Undone { message, help } = failure {
            let color = self.error_color();
            // What other programs said has several lines.
            let shown = |text: &str| text.lines().map(visible).collect::<Vec<_>>().join("\n");
            let message = paint(&format!(": {}", shown(message)), STRONG, color);
            let mut text = format!("{}{message}\n", paint("error", BAD.bold(), color));
            for help in help {
                text.push_str(&format!("  {}: {}\n", paint("help", PLACE.bold(), color), shown(help)));
            }
            self.mutter(&text, color);
        }
    }

    /// What `--templates` brings: in a verification, all of it becomes Python that runs.
    ///
    /// # Errors
    /// A folder that can't be read.
    pub fn brought(&self) -> Result<Option<Brought>, Failure> {
        let Some(folder) = &self.templates else { return Ok(None) };
        let files = read_templates(folder)?;
        let columns = files.keys().filter_map(|path| path.split_once('/')).map(|(column, _)| column.to_owned());
        Ok(Some(Brought { folder: folder.clone(), columns: columns.collect() }))
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

/// A folder of columns that the user named, and the columns that it brings files for.
pub struct Brought {
    /// The folder.
    pub folder: PathBuf,
    /// The columns' ids.
    pub columns: BTreeSet<String>,
}

/// A stream's answer.
fn written(result: io::Result<()>) -> Result<(), Failure> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::Closed,
        _ => Failure::io("write to", Path::new("standard output"), &error),
    })
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
                for (inner, path) in entries(&path)?.into_iter().filter(|(_, path)| !path.is_dir()) {
                    files.insert(format!("{column}/{name}/{inner}").into(), text(folder, &path)?.into());
                }
            } else {
                files.insert(format!("{column}/{name}").into(), text(folder, &path)?.into());
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

/// What is wrong in a template is shown: so it must lie in the folder that was named.
fn text(folder: &Path, path: &Path) -> Result<String, Failure> {
    let text = input::text_within(folder, path, limits::TEMPLATE_BYTES)?;
    text.ok_or_else(|| Failure::io("read", path, &io::ErrorKind::NotFound.into()))
}
