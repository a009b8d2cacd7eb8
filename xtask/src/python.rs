//! The Python side of the chores: `uv`, and ruff over what is generated and what is written by hand.
//!
//! Architecture Invariant: nothing is installed outside of `target`, and no version but a pinned one decides whether code passes.

use super::stages::Log;
use super::{Done, binary, root};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The linter of the generated code, pinned: another version may format another way.
const RUFF: &str = "ruff@0.17.6";
/// The rules that generated code keeps. `SIM108` is left out: an `if` of the spec stays an `if`.
const RULES: [&str; 4] = ["--select", "E,F,W,I,B,UP,SIM,C4", "--ignore", "SIM108"];

/// The Python that is written by hand, besides the columns' runners.
const OWN: [&str; 2] = ["templates/harness.py", "tests/references"];

/// The head of a file shows one call of the model: with fifteen outputs, it does not fit into a hundred columns.
const MANY_OUTPUTS: &str = "signals_*.py:E501,volumes_*.py:E501";

/// Ruff over what every column makes of every spec, and over the runners.
pub(super) fn lint_python(log: &Log) -> Done {
    let out = root().join("target/generated");
    let _ = fs::remove_dir_all(&out);
    let mut specs = Vec::new();
    for folder in ["src/ops/cases", "tests/specs", "zoo"] {
        for entry in fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))? {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.extension().is_some_and(|extension| extension == "arch") {
                specs.push(path);
            }
        }
    }
    for spec in &specs {
        // What a column refuses is written down and asserted by the tests of the specs; here the others count.
        let mut emit = Command::new(binary());
        emit.args(["emit", "--to", "all", "--keep-going", "--out"]).arg(&out).arg(spec);
        emit.output().map_err(|error| format!("{}: {error}", binary().display()))?;
    }
    let files = fs::read_dir(&out).map_err(|error| format!("{}: {error}", out.display()))?.count();
    log.say(&format!("{files} files of {} specs", specs.len()));
    if files < 4 * specs.len() {
        return Err(format!("{} specs should give more than {files} files", specs.len()));
    }
    let runners = fs::read_dir("templates").map_err(|error| error.to_string())?.flatten();
    let runners = runners.map(|entry| entry.path().join("run.py")).filter(|path| path.is_file());
    let runners: Vec<OsString> = runners.map(Into::into).chain(OWN.map(Into::into)).collect();
    let uvx = uv("uvx")?;
    let ruff = |words: &[&str], rules: &[&str], files: &[&OsStr]| {
        log.run(Command::new(&uvx).arg(RUFF).args(words).args(rules).args(files))
    };
    let generated = [out.as_os_str()];
    let runners: Vec<&OsStr> = runners.iter().map(OsString::as_os_str).collect();
    ruff(&["format", "--isolated", "--check", "--line-length", "100"], &[], &generated)?;
    ruff(&["check", "--isolated", "--line-length", "100", "--per-file-ignores", MANY_OUTPUTS], &RULES, &generated)?;
    ruff(&["check", "--isolated", "--line-length", "120"], &RULES, &runners)
}

/// The path with the folder of `uv` before the others: the program looks for it there.
pub(super) fn tools_on_path() -> Result<OsString, String> {
    let folder = uv("uv")?.parent().map(Path::to_owned).unwrap_or_default();
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(folder).chain(env::split_paths(&path))).map_err(|error| error.to_string())
}

/// `uv` or `uvx`: that on the path, or one in a folder of the build's own, installed at the first use.
fn uv(program: &str) -> Result<PathBuf, String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock();
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
        super::run(Command::new(python).args(["-m", "venv"]).arg(&tools))?;
        super::run(Command::new(folder.join("python")).args(["-m", "pip", "install", "--quiet", "uv"]))?;
    }
    Ok(file)
}
