//! `cargo xtask test`: the stages, which of them wait for which, and what came of them.
//!
//! Two stages run at a time, as most of them use one processor, or wait for a network. What a stage prints goes into a file in
//! `target/xtask`; the end of it is shown if the stage fails. A stage that prints nothing for ten minutes is ended.
//!
//! Architecture Invariant: a stage is a command that a person could type. A stage that did not run has not passed.

use super::python::{lint_python, tools_on_path};
use super::{Done, cargo, root};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How many stages run at once.
const AT_ONCE: usize = 2;
/// A stage that prints nothing for so long hangs.
const SILENCE: Duration = Duration::from_secs(600);
/// How often the terminal is told what is still running.
const PULSE: Duration = Duration::from_secs(60);
/// How many lines of a failed stage are shown.
const SHOWN: usize = 150;

/// What a run covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    /// Every experiment, not only those that changed and a tenth of the others.
    all: bool,
}

/// A part of the test.
struct Stage {
    name: &'static str,
    /// The stages that must have passed before.
    after: &'static [&'static str],
    run: fn(&Log, Scope) -> Done,
}

/// In the order in which they start where nothing else decides, which is that of `--from`.
const STAGES: [Stage; 12] = [
    Stage { name: "format", after: &[], run: |log, _| log.run(&mut cargo(&["fmt", "--all", "--check"])) },
    Stage { name: "program", after: &["format"], run: |log, _| log.run(&mut linted(&["build", "--bin", "hexapla"])) },
    Stage { name: "environments", after: &["program"], run: environments },
    Stage { name: "build", after: &["program"], run: build },
    Stage { name: "python-lint", after: &["program"], run: |log, _| lint_python(log) },
    Stage { name: "rust-tests", after: &["build"], run: rust_tests },
    Stage { name: "documentation", after: &["build"], run: documentation },
    Stage {
        name: "agreement",
        after: &["build", "environments"],
        run: |log, scope| frameworks(log, scope, "agreement"),
    },
    Stage { name: "flat", after: &["agreement"], run: |log, scope| frameworks(log, scope, "flat") },
    Stage { name: "mutations", after: &["flat"], run: |log, scope| frameworks(log, scope, "mutations") },
    Stage { name: "chance", after: &["mutations"], run: |log, scope| frameworks(log, scope, "chance") },
    Stage { name: "injection", after: &["chance"], run: |log, scope| frameworks(log, scope, "injection") },
];

/// What is made anew by every run: it passes at once where it passed before.
const ALWAYS: [&str; 3] = ["program", "environments", "build"];

/// Clippy's driver compiles, and so the lints and the tests share what they build. Only the members of the workspace go through it.
fn linted(arguments: &[&str]) -> Command {
    let mut command = cargo(arguments);
    // As `cargo clippy -- -D warnings` hands it on.
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings");
    command
}

/// Clippy, and everything that the next stages run.
fn build(log: &Log, _: Scope) -> Done {
    // `--all-targets` leaves the tests in the frameworks out, as `cargo test` does.
    log.run(&mut linted(&["test", "--no-run", "--workspace", "--all-targets"]))?;
    log.run(&mut linted(&["test", "--no-run", "--test", "frameworks"]))
}

fn environments(log: &Log, _: Scope) -> Done {
    let mut command = Command::new(super::binary());
    log.run(command.args(["doctor", "--install"]).env("PATH", tools_on_path()?))
}

fn rust_tests(log: &Log, _: Scope) -> Done {
    log.run(&mut linted(&["test", "--workspace", "--no-fail-fast"]))
}

fn documentation(log: &Log, _: Scope) -> Done {
    let mut command = cargo(&["doc", "--no-deps", "--document-private-items"]);
    log.run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn frameworks(log: &Log, scope: Scope, stage: &str) -> Done {
    let mut command = linted(&["test", "--test", "frameworks", "--"]);
    if scope.all {
        command.arg("--all");
    }
    log.run(command.arg(stage).env("PATH", tools_on_path()?))
}

/// Where a stage's output goes.
pub(super) struct Log {
    path: PathBuf,
    /// The file, and when the last line came.
    inner: Arc<Mutex<(File, Instant)>>,
}

impl Log {
    pub(super) fn new(stage: &str) -> Result<Self, String> {
        let folder = root().join("target/xtask");
        let path = folder.join(format!("{stage}.log"));
        let file = fs::create_dir_all(&folder).and_then(|()| File::create(&path));
        let file = file.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { path, inner: Arc::new(Mutex::new((file, Instant::now()))) })
    }

    /// Adds a line.
    pub(super) fn say(&self, line: &str) {
        write_line(&self.inner, line.as_bytes());
    }

    /// Runs a command; what it prints is added. One that prints nothing for too long is ended.
    pub(super) fn run(&self, command: &mut Command) -> Done {
        let name = command.get_program().display().to_string();
        self.say(&format!(
            "$ {name} {}",
            command.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        ));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        let readers: Vec<_> = streams
            .into_iter()
            .flatten()
            .map(|stream| {
                let inner = Arc::clone(&self.inner);
                thread::spawn(move || {
                    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                        write_line(&inner, &line);
                    }
                })
            })
            .collect();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => {}
                Err(error) => return Err(format!("{name}: {error}")),
            }
            if self.inner.lock().unwrap_or_else(PoisonError::into_inner).1.elapsed() > SILENCE {
                // Its children may hold the streams open: they are not waited for.
                let _ = child.kill();
                return Err(format!("it printed nothing for {} minutes, and was ended", SILENCE.as_secs() / 60));
            }
            thread::sleep(Duration::from_millis(100));
        };
        readers.into_iter().for_each(|reader| drop(reader.join()));
        if status.success() { Ok(()) } else { Err(format!("{name} ended with {status}")) }
    }

    /// What was written so far.
    pub(super) fn text(&self) -> String {
        fs::read(&self.path).map_or_else(|_| String::new(), |text| String::from_utf8_lossy(&text).into_owned())
    }
}

fn write_line(inner: &Mutex<(File, Instant)>, line: &[u8]) {
    let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
    inner.1 = Instant::now();
    // A log that cannot be written must not end the test.
    let _ = inner.0.write_all(line).and_then(|()| inner.0.write_all(b"\n"));
}

/// What came of a stage.
enum Fate {
    Running(Instant),
    Passed(Duration),
    Failed(Duration, String),
}

/// Runs the stages.
///
/// # Errors
/// Which of them failed, and which did not run.
pub(super) fn test(words: &[String]) -> Done {
    let (scope, from) = arguments(words)?;
    let first = from.map_or(Ok(0), |from| {
        let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        names
            .iter()
            .position(|name| *name == from)
            .ok_or(format!("expected one of {}, found `{from}`", names.join(", ")))
    })?;
    let skipped: BTreeSet<&str> =
        STAGES[..first].iter().map(|stage| stage.name).filter(|name| !ALWAYS.contains(name)).collect();
    tools_on_path()?;
    let since = Instant::now();
    let fates: Mutex<BTreeMap<&'static str, Fate>> = Mutex::new(BTreeMap::new());
    let changed = Condvar::new();
    thread::scope(|threads| {
        let worker = || {
            threads.spawn(|| {
                while let Some(stage) = next(&fates, &changed, &skipped) {
                    let began = Instant::now();
                    let fate = match perform(stage, scope) {
                        Ok(()) => Fate::Passed(began.elapsed()),
                        Err(reason) => Fate::Failed(began.elapsed(), reason),
                    };
                    fates.lock().unwrap_or_else(PoisonError::into_inner).insert(stage.name, fate);
                    changed.notify_all();
                }
            })
        };
        let workers: Vec<_> = (0..AT_ONCE).map(|_| worker()).collect();
        let mut told = Instant::now();
        while !workers.iter().all(|worker| worker.is_finished()) {
            thread::sleep(Duration::from_millis(100));
            if told.elapsed() > PULSE {
                told = Instant::now();
                let fates = fates.lock().unwrap_or_else(PoisonError::into_inner);
                println!("   {:14} {}", "running", running(&fates).join(", "));
            }
        }
    });
    let fates = fates.into_inner().unwrap_or_else(PoisonError::into_inner);
    conclude(&fates, &skipped, scope, since.elapsed())
}

fn arguments(words: &[String]) -> Result<(Scope, Option<&str>), String> {
    let (mut scope, mut from) = (Scope { all: false }, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--all" => scope.all = true,
            "--from" => from = Some(words.next().ok_or("expected the name of a stage after `--from`")?.as_str()),
            other => return Err(format!("expected `--all` or `--from STAGE`, found `{other}`")),
        }
    }
    Ok((scope, from))
}

/// The next stage that can start, once there is one; none if there will be none.
fn next(
    fates: &Mutex<BTreeMap<&'static str, Fate>>,
    changed: &Condvar,
    skipped: &BTreeSet<&str>,
) -> Option<&'static Stage> {
    let mut fates = fates.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let open = || STAGES.iter().filter(|stage| !skipped.contains(stage.name) && !fates.contains_key(stage.name));
        let passed = |name: &&str| skipped.contains(name) || matches!(fates.get(name), Some(Fate::Passed(_)));
        if let Some(stage) = open().find(|stage| stage.after.iter().all(passed)) {
            fates.insert(stage.name, Fate::Running(Instant::now()));
            return Some(stage);
        }
        if running(&fates).is_empty() {
            return None;
        }
        fates = changed.wait(fates).unwrap_or_else(PoisonError::into_inner);
    }
}

/// The stages that run now, each with its time.
fn running(fates: &BTreeMap<&str, Fate>) -> Vec<String> {
    let time = |(name, fate): (&&str, &Fate)| match fate {
        Fate::Running(since) => Some(format!("{name} ({} s)", since.elapsed().as_secs())),
        _ => None,
    };
    fates.iter().filter_map(time).collect()
}

fn perform(stage: &Stage, scope: Scope) -> Done {
    println!("== {:14} started", stage.name);
    let began = Instant::now();
    let log = Log::new(stage.name)?;
    let done = (stage.run)(&log, scope);
    let seconds = began.elapsed().as_secs();
    match &done {
        Ok(()) => println!("== {:14} passed in {seconds} s", stage.name),
        Err(reason) => {
            let text = log.text();
            let lines: Vec<&str> = text.lines().collect();
            let end = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
            println!(
                "== {:14} FAILED after {seconds} s: {reason}\n{end}\n   (all of it: {})",
                stage.name,
                log.path.display()
            );
        }
    }
    for line in said(&log.text()) {
        println!("   {:14} {line}", stage.name);
    }
    done
}

/// What a log says of what was covered.
fn said(text: &str) -> Vec<String> {
    const WORDS: [&str; 6] =
        [" run, ", "experiments, ", "installed in", "are seen at", " files of ", "laws and changes"];
    let told = text.lines().filter(|line| WORDS.iter().any(|word| line.contains(word)));
    let mut told: Vec<String> = told.map(str::to_owned).collect();
    let counts =
        text.lines().filter_map(|line| line.strip_prefix("test result: ")?.split(' ').nth(1)?.parse::<u64>().ok());
    let tests: u64 = counts.sum();
    if tests > 0 {
        told.push(format!("{tests} tests"));
    }
    told
}

/// The table at the end.
fn conclude(fates: &BTreeMap<&str, Fate>, skipped: &BTreeSet<&str>, scope: Scope, all: Duration) -> Done {
    println!();
    let (mut passed, mut failed) = (0, Vec::new());
    for stage in &STAGES {
        let (word, time) = match fates.get(stage.name) {
            Some(Fate::Passed(time)) => ("passed".to_owned(), Some(time)),
            Some(Fate::Failed(time, reason)) => (format!("FAILED: {reason}"), Some(time)),
            _ if skipped.contains(stage.name) => ("skipped: `--from` says that it passed before".to_owned(), None),
            _ => ("NOT RUN: a stage that it needs failed".to_owned(), None),
        };
        let time = time.map_or_else(String::new, |time| format!("{} s", time.as_secs()));
        println!("{:14} {time:>7}  {word}", stage.name);
        match fates.get(stage.name) {
            Some(Fate::Passed(_)) => passed += 1,
            _ if skipped.contains(stage.name) => {}
            _ => failed.push(stage.name),
        }
    }
    println!("{:14} {:>5} s\n", "all", all.as_secs());
    if !scope.all {
        println!(
            "Left out: the experiments that passed before with the same programs, inputs, runner and environment\n\
             (tests/frameworks/verified.json), but for the tenth of them that this commit chose; ten commits run all."
        );
    }
    println!("\n{passed} passed, {} failed", failed.len());
    if failed.is_empty() { Ok(()) } else { Err(failed.join(", ")) }
}
