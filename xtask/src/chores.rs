//! Chores with an end of their own: what they proved is a dated line of docs/reliability.md.
//!
//! Architecture Invariant: a line is written only by the chore that found what it says.

use super::{Done, binary, cargo, run, tools_on_path};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// The page, and the line of its table after which the newest result goes.
const PAGE: &str = "docs/reliability.md";
const TABLE: &str = "|---|---|---|\n";

/// Generated models against those that libraries ship.
pub(super) fn references(words: &[String]) -> Done {
    let mut tests = cargo(&["test", "--test", "frameworks", "--", "references"]);
    let found = told(tests.args(words).env("PATH", tools_on_path()?), "references: ")?;
    // A part of them proves nothing of the others.
    if words.is_empty() { record("references", &found) } else { Ok(()) }
}

/// Runs a command in the foreground; the last line that it prints with this beginning, without it.
fn told(command: &mut Command, beginning: &str) -> Result<String, String> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let stdout = child.stdout.take().ok_or("the chore has no output")?;
    let mut last = None;
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        println!("{line}");
        if let Some(found) = line.strip_prefix(beginning).filter(|found| !found.starts_with("ok (")) {
            last = Some(found.to_owned());
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("the chore ended with {status}"));
    }
    last.ok_or_else(|| "the chore did not say what it found".to_owned())
}

/// Adds a line to the page: the commit with its day, the command and what it proved.
fn record(chore: &str, found: &str) -> Done {
    let commit = Command::new("git")
        .args(["log", "-1", "--format=%cs, %h"])
        .output()
        .map_err(|error| format!("git: {error}"))?;
    let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    let page = fs::read_to_string(PAGE).map_err(|error| format!("{PAGE}: {error}"))?;
    let (before, after) =
        page.split_once(TABLE).ok_or_else(|| format!("{PAGE}: the table of the chores is not there"))?;
    let text = format!("{before}{TABLE}| {commit} | `cargo xtask {chore}` | {found} |\n{after}");
    fs::write(PAGE, text).map_err(|error| format!("{PAGE}: {error}"))
}

/// The cases of a pattern, written and verified by the templates on disk: the program need not be built for them.
pub(super) fn try_pattern(words: &[String]) -> Done {
    let [pattern, columns @ ..] = words else {
        return Err("expected the name of a pattern, as in `cargo xtask try conv keras`".into());
    };
    // For declarations and messages; where nothing changed but templates, it is there already.
    run(&mut cargo(&["build", "--quiet", "--bin", "hexapla"]))?;
    let mut verify = Command::new(binary());
    verify.args(["verify", "--templates", "templates", "--pattern", pattern]).env("PATH", tools_on_path()?);
    if !columns.is_empty() {
        verify.args(["--columns", &columns.join(",")]);
    }
    let mut emit = Command::new(binary());
    emit.args(["emit", "--templates", "templates", "--keep-going", "--to"]);
    emit.arg(if columns.is_empty() { "all".to_owned() } else { columns.join(",") });
    let folder = super::root().join("target/try");
    run(emit.arg("--out").arg(&folder).arg(format!("src/ops/cases/{pattern}.arch")))?;
    run(&mut verify)
}
