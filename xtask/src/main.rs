//! The project's own chores: `cargo xtask test` is what the README names and what CI runs.
//!
//! Architecture Invariant: nothing of the product is decided here. Each chore is a command that a person could type; this puts them in
//! order, installs the two Python tools that they need, and says how long each took.

mod bench;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// The linter of the generated code, pinned: another version may format another way.
const RUFF: &str = "ruff@0.17.6";
/// The rules that generated code keeps. `SIM108` is left out: an `if` of the spec stays an `if`.
const RULES: [&str; 4] = ["--select", "E,F,W,I,B,UP,SIM,C4", "--ignore", "SIM108"];

/// The Python that is written by hand, beside the columns' runners.
const OWN: [&str; 2] = ["templates/harness.py", "tests/references"];

/// The head of a file shows one call of the model: with fifteen outputs, it is no line of a hundred columns.
const MANY_OUTPUTS: &str = "signals_*.py:E501,volumes_*.py:E501";

const HELP: &str = "\
cargo xtask <CHORE>

  test          everything that follows, and fmt, clippy, the Rust tests, rustdoc
  lint-python   ruff over the code of every spec in every column, and over the runners
  frameworks    the tests in the real frameworks [stage..] [spec..]
  docs          writes the generated parts of the documentation anew
  snapshots     accepts the snapshots that the last tests left for review
  bench         times whole processes of a release build [--write puts the figures into docs/benchmarks.md]";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let (chore, rest) = words.split_first().map_or(("", &[][..]), |(chore, rest)| (chore.as_str(), rest));
    env::set_current_dir(root()).expect("the repository is there");
    let done = match chore {
        "test" => test(),
        "lint-python" => lint_python(),
        "frameworks" => frameworks(rest),
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

/// A part of a chore, with its name.
type Stage = (&'static str, fn() -> Done);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}

/// All stages, each with its time; the first that fails ends it.
fn test() -> Done {
    let stages: [Stage; 6] = [
        ("format", || run(&mut cargo(&["fmt", "--all", "--check"]))),
        // The tests in the frameworks are no default target, as `cargo test` needs no Python; `--all-targets` leaves them out, whatever
        // stands beside it.
        ("clippy", || {
            let rules = ["--", "-D", "warnings"];
            run(cargo(&["clippy", "--quiet", "--workspace", "--all-targets"]).args(rules))?;
            run(cargo(&["clippy", "--quiet", "--test", "frameworks"]).args(rules))
        }),
        ("rust tests", || run(&mut cargo(&["test", "--workspace", "--no-fail-fast"]))),
        ("rustdoc", || {
            run(cargo(&["doc", "--quiet", "--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings"))
        }),
        ("python lint", lint_python),
        ("frameworks", || frameworks(&[])),
    ];
    let mut times = Vec::new();
    for (name, stage) in stages {
        println!("\n== {name}");
        let since = Instant::now();
        let done = stage();
        times.push(format!(
            "{name:12} {:>5} s  {}",
            since.elapsed().as_secs(),
            if done.is_ok() { "passed" } else { "FAILED" }
        ));
        if done.is_err() {
            println!("\n{}", times.join("\n"));
            return done.map_err(|reason| format!("{name}: {reason}"));
        }
    }
    println!("\n{}\n\n{} passed, 0 failed", times.join("\n"), times.len());
    Ok(())
}

/// Ruff over what every column makes of every spec.
fn lint_python() -> Done {
    run(&mut cargo(&["build", "--quiet"]))?;
    let out = root().join("target/generated");
    let _ = fs::remove_dir_all(&out);
    let mut specs = 0;
    for folder in ["src/ops/cases", "tests/specs", "zoo"] {
        for entry in fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))? {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.extension().is_some_and(|extension| extension == "arch") {
                // What a column refuses is written down and asserted by the tests of the specs; here the others count.
                let mut emit = Command::new(binary());
                emit.args(["emit", "--to", "all", "--keep-going", "--out"]).arg(&out).arg(&path);
                emit.output().map_err(|error| format!("{}: {error}", path.display()))?;
                specs += 1;
            }
        }
    }
    let files = fs::read_dir(&out).map_err(|error| error.to_string())?.count();
    println!("{files} files of {specs} specs");
    if files < 4 * specs {
        return Err(format!("{specs} specs should give more than {files} files"));
    }
    let uvx = uv("uvx")?;
    let generated = [out.as_os_str().to_owned()];
    let runners: Vec<OsString> = fs::read_dir("templates")
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.path().join("run.py").into())
        .collect();
    let runners: Vec<OsString> =
        runners.into_iter().filter(|path| Path::new(path).is_file()).chain(OWN.map(Into::into)).collect();
    run(Command::new(&uvx).args([RUFF, "format", "--isolated", "--check", "--line-length", "100"]).args(&generated))?;
    run(Command::new(&uvx)
        .args([RUFF, "check", "--isolated", "--line-length", "100", "--per-file-ignores", MANY_OUTPUTS])
        .args(RULES)
        .args(&generated))?;
    run(Command::new(&uvx).args([RUFF, "check", "--isolated", "--line-length", "120"]).args(RULES).args(&runners))
}

/// The tests that run all frameworks.
fn frameworks(words: &[String]) -> Done {
    // The product looks for uv on the path.
    let folder = uv("uv")?.parent().map(Path::to_owned).unwrap_or_default();
    let path = env::var_os("PATH").unwrap_or_default();
    let path =
        env::join_paths(std::iter::once(folder).chain(env::split_paths(&path))).map_err(|error| error.to_string())?;
    run(cargo(&["test", "--test", "frameworks", "--"]).args(words).env("PATH", path))
}

fn binary() -> PathBuf {
    root().join("target/debug").join(format!("hexapla{}", env::consts::EXE_SUFFIX))
}

/// `uv` or `uvx`: that on the path, or one in a folder of the build's own, installed at the first use.
fn uv(program: &str) -> Result<PathBuf, String> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file());
    let answers =
        |file: &PathBuf| Command::new(file).arg("--version").output().is_ok_and(|output| output.status.success());
    if let Some(file) = found.filter(answers) {
        return Ok(file);
    }
    let tools = root().join("target/tools");
    let folder = tools.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let file = folder.join(&name);
    if !file.is_file() {
        let python = if cfg!(windows) { "python" } else { "python3" };
        run(Command::new(python).args(["-m", "venv"]).arg(&tools))?;
        run(Command::new(folder.join("python")).args(["-m", "pip", "install", "--quiet", "uv"]))?;
    }
    Ok(file)
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
