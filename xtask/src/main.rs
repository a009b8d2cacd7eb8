//! The project's own chores: `cargo xtask test` is what the README names and what CI runs.
//!
//! Architecture Invariant: nothing of the product is decided here. Each chore is a command that a person could type; this puts them in
//! order, installs the two Python tools that they need, and says how long each took.

mod bench;
mod chores;
mod python;
mod stages;

use python::tools_on_path;
use stages::Log;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
cargo xtask <COMMAND>

  test          all checks: fmt, clippy, the Rust tests, rustdoc, ruff, and the real frameworks. Of the experiments that passed
                before with the same code, a tenth is run again
                  --all          every experiment
                  --from STAGE   the stages before this one passed in an earlier run
  try           writes and verifies the cases of a pattern by the templates as they are on disk: PATTERN [COLUMN..]
  lint-python   ruff over the code of every spec in every column, and over the runners
  frameworks    the tests in the real frameworks [--all] [agreement | mutations | chance | injection | record..] [SPEC..]
  references    compares generated models with those that libraries ship [NAME..], and adds a line to docs/reliability.md
  docs          writes the generated parts of the documentation anew
  snapshots     accepts the snapshots that the last tests left for review
  bench         times whole processes of a release build; --against PROGRAM times pairs, this program and another one; --write puts
                the figures into docs/benchmarks.md

Examples:
  cargo xtask test --all --from agreement
  cargo xtask try conv keras
  cargo xtask frameworks resnet";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let (chore, rest) = words.split_first().map_or(("", &[][..]), |(chore, rest)| (chore.as_str(), rest));
    env::set_current_dir(root()).expect("the repository is there");
    let done = match chore {
        "test" => stages::test(rest),
        "try" => chores::try_pattern(rest),
        "lint-python" => run(&mut cargo(&["build", "--quiet"]))
            .and_then(|()| Log::new("python-lint"))
            .and_then(|log| python::lint_python(&log).inspect_err(|_| println!("{}", log.text()))),
        "frameworks" => frameworks(rest),
        "references" => chores::references(rest),
        "docs" => run(cargo(&["test", "--quiet", "--test", "docs"]).env("UPDATE_DOCS", "1")),
        "snapshots" => run(cargo(&["test", "--no-fail-fast"]).env("INSTA_UPDATE", "always").env("TRYCMD", "overwrite")),
        "bench" => bench::bench(rest),
        _ => {
            println!("{HELP}");
            return if chore.is_empty() || chore == "--help" { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a chore was done, or why not.
type Done = Result<(), String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}

/// The tests that run all frameworks.
fn frameworks(words: &[String]) -> Done {
    run(cargo(&["test", "--test", "frameworks", "--"]).args(words).env("PATH", tools_on_path()?))
}

/// The program, as `cargo build` leaves it.
fn binary() -> PathBuf {
    root().join("target/debug").join(format!("hexapla{}", env::consts::EXE_SUFFIX))
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs a command in the foreground.
fn run(command: &mut Command) -> Done {
    let status = command.status().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed", command.get_program().display())) }
}
