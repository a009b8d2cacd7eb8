//! The columns' processes: one for each column serves a whole batch of cases, several run side by side.
//!
//! A runner prints an event a line (see `templates/harness.py`); here they become outcomes. Whatever a process does,
//! each of its cases gets exactly one outcome: a case that raises an error does not stop the others; a process that
//! dies or hangs costs the case it was at, and is started again for the rest.
//!
//! Architecture Invariant: nothing is compared here, and no result is read. An outcome says that a result file was
//! written, or why not.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::children::Group;
use super::job::Job;
use crate::output;

/// How many lines of a process's stderr are kept for a failure.
const TAIL: usize = 15;

/// How long a process may take to end after its last case, and its stderr to be read.
const GRACE: Duration = Duration::from_secs(10);

/// One column's process.
#[derive(Debug, Clone)]
pub struct Runner {
    /// The column's id.
    pub column: String,
    /// The environment's Python.
    pub python: PathBuf,
    /// The column's script; `harness.py` lies beside it.
    pub script: PathBuf,
    /// The folder of the job and of the files that it names.
    pub folder: PathBuf,
    /// A folder that outlives the run, for what the framework compiles.
    pub scratch: PathBuf,
    /// The work.
    pub job: Job,
}

/// Limits of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many processes run at once; at least 1.
    pub processes: usize,
    /// How long a process may be silent: while it imports its framework, and within each case.
    pub silence: Duration,
}

impl Default for Limits {
    /// As many processes as the machine has cores (2 where it does not tell), ten minutes of silence.
    fn default() -> Self {
        let processes = thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { processes, silence: Duration::from_secs(600) }
    }
}

/// What happens during a run, for a progress bar or a log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event<'a> {
    /// A process starts, or starts again after a loss.
    Starting {
        /// The column.
        column: &'a str,
        /// How many cases it has to serve.
        cases: usize,
    },
    /// The framework is imported.
    Started {
        /// The column.
        column: &'a str,
        /// The version of the framework.
        version: &'a str,
    },
    /// A case begins.
    Begun {
        /// The column.
        column: &'a str,
        /// The case.
        case: &'a str,
    },
    /// A case has its outcome.
    Done {
        /// The column.
        column: &'a str,
        /// The case.
        case: &'a str,
        /// Why there is no result, if there is none.
        failure: Option<&'a Failure>,
    },
    /// All cases of a column have their outcomes.
    Finished {
        /// The column.
        column: &'a str,
    },
}

/// Why a case has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// An error was raised in Python.
    #[error("{error}")]
    Raised {
        /// The last line of the traceback.
        error: String,
        /// The whole of it.
        traceback: String,
    },
    /// The process ended in the middle of the case.
    #[error("the process {how} in the middle of the case{}", Shown(.output))]
    Died {
        /// How it ended.
        how: String,
        /// The last lines of its stderr.
        output: String,
    },
    /// The process was silent for too long.
    #[error("no sign of life for {seconds} s{}", Shown(.output))]
    TimedOut {
        /// The limit.
        seconds: u64,
        /// The last lines of its stderr.
        output: String,
    },
    /// The process ended, or fell silent, before its first case.
    #[error("the runner did not start: {how}{}", Shown(.output))]
    NotStarted {
        /// What happened.
        how: String,
        /// The last lines of its stderr.
        output: String,
    },
}

impl Failure {
    /// The lines behind the message: a traceback or the end of stderr; may be empty.
    pub fn details(&self) -> &str {
        match self {
            Self::Raised { traceback, .. } => traceback,
            Self::Died { output, .. } | Self::TimedOut { output, .. } | Self::NotStarted { output, .. } => output,
        }
    }
}

/// The last line of an output, as the end of a sentence.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.lines().rfind(|line| !line.trim().is_empty()) {
            Some(line) => write!(f, "; its last words: {}", line.trim()),
            None => Ok(()),
        }
    }
}

/// How long a case took, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Times {
    /// In all: two passes, the values of each line, the gradients.
    pub all: f64,
    /// To build the model and give it its weights, once.
    pub build: Option<f64>,
    /// The first pass; in a framework that compiles a graph, with that.
    pub pass: Option<f64>,
}

impl From<f64> for Times {
    fn from(all: f64) -> Self {
        Self { all, ..Self::default() }
    }
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How long it took.
    pub times: Times,
    /// None if the result was written.
    pub failure: Option<Failure>,
}

/// What came of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnOutcome {
    /// The column.
    pub column: String,
    /// The version of the framework that ran; none if it never started.
    pub version: Option<String>,
    /// One outcome for each case of the job, in its order.
    pub cases: Vec<Outcome>,
}

/// Run all columns, at most [`Limits::processes`] at once; the outcomes in the order of `runners`.
pub fn run_all(runners: &[Runner], limits: Limits, events: &(dyn Fn(Event<'_>) + Sync)) -> Vec<ColumnOutcome> {
    let next = AtomicUsize::new(0);
    let outcomes: Vec<Mutex<Option<ColumnOutcome>>> = runners.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..limits.processes.clamp(1, runners.len().max(1)) {
            scope.spawn(|| {
                while let Some((runner, slot)) = {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    runners.get(i).zip(outcomes.get(i))
                } {
                    let outcome = run(runner, limits, events);
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                }
            });
        }
    });
    let filled = |slot: Mutex<Option<ColumnOutcome>>| {
        // Invariant: the workers above take every index, and the scope waits for them.
        slot.into_inner().unwrap_or_else(PoisonError::into_inner).expect("every runner has run")
    };
    outcomes.into_iter().map(filled).collect()
}

/// Run one column.
pub fn run(runner: &Runner, limits: Limits, events: &(dyn Fn(Event<'_>) + Sync)) -> ColumnOutcome {
    let column = runner.column.as_str();
    let mut served = Served { outcomes: vec![None; runner.job.cases.len()], version: None };
    loop {
        let open: Vec<usize> = served.open().collect();
        if open.is_empty() {
            break;
        }
        events(Event::Starting { column, cases: open.len() });
        let Err(loss) = attempt(runner, &open, limits, events, &mut served) else {
            continue;
        };
        // Lost is the case in hand, or everything if none had begun: a second start would go no better. Either way
        // fewer cases are open than before, so that the loop ends.
        let lost = loss.case.map_or_else(|| served.open().collect(), |case| vec![case]);
        for case in lost {
            let id = &runner.job.cases[case].id;
            events(Event::Done { column, case: id, failure: Some(&loss.failure) });
            let outcome = Outcome { times: loss.seconds.into(), failure: Some(loss.failure.clone()) };
            served.outcomes[case] = Some(outcome);
        }
    }
    events(Event::Finished { column });
    ColumnOutcome {
        column: runner.column.clone(),
        version: served.version,
        cases: served.outcomes.into_iter().flatten().collect(), // All are filled: none is open.
    }
}

/// The outcomes so far.
struct Served {
    /// One for each case of the runner's job.
    outcomes: Vec<Option<Outcome>>,
    version: Option<String>,
}

impl Served {
    /// The cases without an outcome.
    fn open(&self) -> impl Iterator<Item = usize> {
        self.outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_none()).map(|(i, _)| i)
    }
}

/// What a process that ended too early leaves behind.
struct Loss {
    /// The case that it was at, if any.
    case: Option<usize>,
    /// How long that had taken.
    seconds: f64,
    failure: Failure,
}

/// A line that the runner prints.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Message {
    Start {
        version: String,
    },
    Begin {
        id: String,
    },
    Case {
        id: String,
        status: Verdict,
        seconds: f64,
        build_seconds: Option<f64>,
        pass_seconds: Option<f64>,
        error: Option<String>,
        traceback: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Ok,
    Failed,
}

/// Start a process for the open cases and listen until each has its outcome, or the process is lost.
fn attempt(
    runner: &Runner,
    open: &[usize],
    limits: Limits,
    events: &(dyn Fn(Event<'_>) + Sync),
    served: &mut Served,
) -> Result<(), Loss> {
    let column = runner.column.as_str();
    let mut waiting: VecDeque<usize> = open.iter().copied().collect();
    let mut process = Process::start(runner, open).map_err(|error| Loss {
        case: None,
        seconds: 0.0,
        failure: Failure::NotStarted { how: error.to_string(), output: String::new() },
    })?;
    let mut current: Option<(usize, Instant)> = None;
    // A runner answers its cases in their order.
    while let Some(&expected) = waiting.front() {
        let expected_id = &runner.job.cases[expected].id;
        match process.lines.recv_timeout(limits.silence) {
            Ok(line) => match serde_json::from_str(&line) {
                Ok(Message::Start { version }) => {
                    events(Event::Started { column, version: &version });
                    served.version = Some(version).filter(|version| !version.is_empty());
                }
                Ok(Message::Begin { id }) if id == *expected_id => {
                    events(Event::Begun { column, case: &id });
                    current = Some((expected, Instant::now()));
                }
                Ok(Message::Case { id, status, seconds, build_seconds, pass_seconds, error, traceback })
                    if id == *expected_id =>
                {
                    let failure = (status == Verdict::Failed).then(|| Failure::Raised {
                        error: error.unwrap_or_else(|| "it failed without a word".to_owned()),
                        traceback: traceback.unwrap_or_default(),
                    });
                    events(Event::Done { column, case: &id, failure: failure.as_ref() });
                    let times = Times { all: seconds, build: build_seconds, pass: pass_seconds };
                    served.outcomes[expected] = Some(Outcome { times, failure });
                    waiting.pop_front();
                    current = None;
                }
                // Something else was printed, before the harness took stdout for itself.
                _ => {}
            },
            Err(reason) => {
                let how = match reason {
                    RecvTimeoutError::Timeout => None,
                    RecvTimeoutError::Disconnected => Some(process.end()),
                };
                let output = process.last_words();
                let silence = limits.silence.as_secs();
                let failure = match (current, how) {
                    (None, None) => Failure::NotStarted { how: format!("no sign of life for {silence} s"), output },
                    (None, Some(how)) => Failure::NotStarted { how: format!("its process {how}"), output },
                    (Some(_), None) => Failure::TimedOut { seconds: silence, output },
                    (Some(_), Some(how)) => Failure::Died { how, output },
                };
                let seconds = current.map_or(0.0, |(_, since)| since.elapsed().as_secs_f64());
                return Err(Loss { case: current.map(|(case, _)| case), seconds, failure });
            }
        }
    }
    process.end();
    Ok(())
}

/// A running process, which ends when it is dropped, with all that it started.
struct Process {
    group: Group,
    lines: mpsc::Receiver<String>,
    stderr: thread::JoinHandle<()>,
    tail: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    fn start(runner: &Runner, open: &[usize]) -> io::Result<Self> {
        let cases = open.iter().map(|&case| runner.job.cases[case].clone()).collect();
        let path = runner.folder.join("job.json");
        output::write(&runner.folder, &path, Job { cases }.text()?).map_err(io::Error::other)?;
        let mut group = Group::start(&mut command(runner, &path))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", runner.python.display())))?;
        // Both are piped, by `command`.
        let (Some(stdout), Some(stderr)) = (group.stdout(), group.stderr()) else {
            return Err(io::Error::other("the process has no output"));
        };
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let read = BufReader::new(stdout).split(b'\n').map_while(Result::ok);
            for line in read {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
        let tail = Arc::new(Mutex::new(VecDeque::with_capacity(TAIL)));
        let kept = Arc::clone(&tail);
        let stderr = thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() == TAIL {
                    kept.pop_front();
                }
                kept.push_back(line);
            }
        });
        Ok(Self { group, lines, stderr, tail })
    }

    /// Wait for the end, for a while; -> how it ended.
    fn end(&mut self) -> String {
        match self.group.wait(GRACE) {
            Ok(Some(status)) => return ended(status),
            Ok(None) => {}
            Err(error) => return format!("is lost: {error}"),
        }
        self.kill();
        "closed its output and did not end".to_owned()
    }

    fn kill(&mut self) {
        // It fails only if it is lost already.
        let _ = self.group.end();
    }

    /// The last lines of stderr. A process that left the group may hold the pipe open: then what has come so far.
    fn last_words(&mut self) -> String {
        self.kill();
        let since = Instant::now();
        while !self.stderr.is_finished() && since.elapsed() < Duration::from_secs(1) {
            thread::sleep(Duration::from_millis(5));
        }
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

fn ended(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let hint = if signal == 9 { " (memory may have run out)" } else { "" };
        return format!("was ended by signal {signal}{hint}");
    }
    match status.code() {
        Some(code) => format!("ended with code {code}"),
        None => "ended".to_owned(),
    }
}

fn command(runner: &Runner, job: &Path) -> Command {
    let mut command = Command::new(&runner.python);
    command.arg(&runner.script).arg(job).current_dir(&runner.folder);
    // Nothing but the column's own environment is to be imported.
    for variable in ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "CONDA_PREFIX"] {
        command.env_remove(variable);
    }
    command.env("PYTHONNOUSERSITE", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("PYTHONIOENCODING", "utf-8").env("HEXAPLA_COLUMN_CACHE", &runner.scratch);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::job::{Case, Mode, Precision};
    use super::*;
    use std::fs;

    /// A runner in the shell: it does what the ids of its cases say.
    const SCRIPT: &str = r#"
        echo 'a word from the framework'
        echo "{\"event\":\"start\",\"version\":\"1.5\",\"python\":\"3\",\"cases\":1}"
        grep '"id"' "$1" | sed 's/.*: "\(.*\)".*/\1/' > ids
        [ -n "$(grep '^refuse' ids)" ] && { echo 'ImportError: no wheel' >&2; exit 1; }
        while read id; do
            echo "{\"event\":\"begin\",\"id\":\"$id\"}"
            status=ok; error=null
            case $id in
                die*) echo 'Segmentation fault' >&2; exit 3;;
                hang*) echo 'compiling' >&2; exec sleep 100;;
                raise*) status=failed; error='"ValueError: odd (at net.py:3: x)"';;
            esac
            echo "{\"event\":\"case\",\"id\":\"$id\",\"status\":\"$status\",\"seconds\":0.5,\"error\":$error,\"traceback\":$error}"
        done < ids
    "#;

    fn runner(folder: &Path, column: &str, ids: &[&str]) -> io::Result<Runner> {
        let folder = folder.join(column);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("run.sh"), SCRIPT)?;
        let case = |id: &&str| Case {
            id: (*id).to_owned(),
            model: String::new(),
            module: String::new(),
            tapped: String::new(),
            mode: Mode::Inference,
            dtype: Precision::Float64,
            arguments: Default::default(),
            inputs: vec![],
            weights: vec![],
            taps: vec![],
            outputs: vec![],
            gradients: false,
            data: String::new(),
            result: String::new(),
        };
        Ok(Runner {
            column: column.to_owned(),
            python: PathBuf::from("sh"),
            script: folder.join("run.sh"),
            scratch: folder.join("scratch"),
            folder,
            job: Job { cases: ids.iter().map(case).collect() },
        })
    }

    /// Nothing of the tests but the hang itself depends on how fast the machine is.
    fn limits(processes: usize) -> Limits {
        Limits { processes, ..Limits::default() }
    }

    fn words(outcome: &ColumnOutcome) -> Vec<String> {
        let word = |case: &Outcome| case.failure.as_ref().map_or("ok".to_owned(), ToString::to_string);
        outcome.cases.iter().map(word).collect()
    }

    #[test]
    fn each_case_gets_its_own_outcome() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let ids = ["one", "raise", "die", "two", "three"];
        let outcome = run(&runner(folder.path(), "a", &ids)?, limits(1), &|_| ());
        assert_eq!(outcome.version.as_deref(), Some("1.5"));
        assert_eq!(
            words(&outcome),
            [
                "ok",
                "ValueError: odd (at net.py:3: x)",
                "the process ended with code 3 in the middle of the case; its last words: Segmentation fault",
                "ok",
                "ok",
            ]
        );
        assert_eq!(outcome.cases[0].times.all, 0.5);
        Ok(())
    }

    #[test]
    fn a_case_that_hangs_is_ended_and_costs_no_other() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let runner = runner(folder.path(), "a", &["hang", "one"])?;
        // On a busy machine a healthy process may be silent for as long as a short limit: then a longer one is tried.
        for seconds in [1, 4, 16, 64] {
            let outcome = run(&runner, Limits { processes: 1, silence: Duration::from_secs(seconds) }, &|_| ());
            if words(&outcome)
                == [format!("no sign of life for {seconds} s; its last words: compiling"), "ok".to_owned()]
            {
                assert!(outcome.cases[0].times.all >= seconds as f64);
                return Ok(());
            }
        }
        panic!("a case that hangs for 100 s is not ended after 64");
    }

    #[test]
    fn a_runner_that_does_not_start_fails_all_its_cases() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let outcome = run(&runner(folder.path(), "a", &["one", "refuse"])?, limits(1), &|_| ());
        let message = "the runner did not start: its process ended with code 1; its last words: ImportError: no wheel";
        assert_eq!(words(&outcome), [message, message]);
        let mut absent = runner(folder.path(), "b", &["one"])?;
        absent.python = folder.path().join("no-python");
        let outcome = run(&absent, limits(1), &|_| ());
        assert!(matches!(outcome.cases[0].failure, Some(Failure::NotStarted { .. })));
        assert_eq!(outcome.version, None);
        Ok(())
    }

    #[test]
    fn columns_run_side_by_side_and_keep_their_order() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let columns = ["a", "b", "c"].map(|column| runner(folder.path(), column, &["one", "two"]));
        let runners = columns.into_iter().collect::<io::Result<Vec<_>>>()?;
        let log = Mutex::new(vec![]);
        let outcomes = run_all(&runners, limits(2), &|event| {
            let text = match event {
                Event::Starting { column, cases } => format!("{column} {cases}"),
                Event::Started { column, version } => format!("{column} is {version}"),
                Event::Begun { column, case } => format!("{column} {case}"),
                Event::Done { column, case, failure } => format!("{column} {case} {}", failure.is_none()),
                Event::Finished { column } => format!("{column} ends"),
            };
            log.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        });
        let names: Vec<&str> = outcomes.iter().map(|outcome| outcome.column.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let log = log.into_inner().unwrap_or_else(PoisonError::into_inner);
        let of_b: Vec<&String> = log.iter().filter(|line| line.starts_with('b')).collect();
        assert_eq!(of_b, ["b 2", "b is 1.5", "b one", "b one true", "b two", "b two true", "b ends"]);
        assert!(run_all(&[], limits(2), &|_| ()).is_empty());
        Ok(())
    }
}
