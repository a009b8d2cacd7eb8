//! The tests that need the real frameworks. They run by `cargo xtask frameworks`, which is
//! `cargo test --test frameworks -- [stage..] [spec..]`; plain `cargo test` leaves them out, since the first run fetches the frameworks.
//!
//! | stage         | what is asserted                                                                                        |
//! |---------------|---------------------------------------------------------------------------------------------------------|
//! | `agreement`   | every line of every spec of `tests/specs` and `zoo` has the same value in every column, in one batch      |
//! | `chance`      | what is random while training is so in every column, as its formula says                                  |
//! | `flat`        | the program of `emit --flat` gives the output of the structured one                                      |
//! | `injection`   | names and texts that mean something in Python or in a framework arrive as themselves                     |
//! | `mutations`   | the verification sees: one template is changed at a time, and the right line of the right column is named |
//! | `record`      | nothing: it writes what the cases of patterns give into the catalogue, and runs only if it is named          |
//! | `references`  | generated models of the zoo give the output of the models that libraries ship, with their weights           |
//!
//! Stages that are not named don't run; without a name all but `record` and `references` do. Any other word chooses experiments of
//! `agreement` by their names. Of the experiments that passed before with the same code only a tenth is run again (see
//! `frameworks/ledger.rs`); `--all` runs all. A column that could not be run is a failure here. `HEXAPLA_KEEP=folder` keeps the
//! generated programs and their results.

mod frameworks {
    pub mod agreement;
    pub mod chance;
    pub mod flat;
    pub mod injection;
    pub mod ledger;
    pub mod mutations;
    pub mod record;
    pub mod references;
}
mod support;

use frameworks::{agreement, chance, flat, injection, mutations, record, references};
use hexapla::verify::run::Event;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// Something that a stage found wrong.
pub struct Fault {
    /// The experiment's name; none if it concerns the stage.
    pub of: Option<String>,
    /// What is wrong.
    pub text: String,
}

impl Fault {
    /// One of an experiment.
    pub fn of(name: &str, text: impl Into<String>) -> Self {
        Self { of: Some(name.to_owned()), text: text.into() }
    }
}

/// One of the stage.
impl<T: Into<String>> From<T> for Fault {
    fn from(text: T) -> Self {
        Self { of: None, text: text.into() }
    }
}

/// What a stage found wrong.
type Faults = Vec<Fault>;

/// Which experiments are run.
pub enum Selection {
    /// All.
    All,
    /// Those whose names contain one of these words.
    Named(Vec<String>),
    /// Those that did not pass before as they are today, and a part of the others that goes round with this number.
    Turn(u64),
}

/// A stage: its name, and what runs it.
type Stage = (&'static str, fn(&Selection) -> Faults);

/// The stages that run by name alone.
const BY_NAME: [&str; 2] = ["record", "references"];

fn main() -> ExitCode {
    std::env::set_current_dir(support::ROOT).expect("the repository is there");
    let stages: [Stage; 7] = [
        ("agreement", agreement::run),
        ("chance", chance::run),
        ("flat", flat::run),
        ("injection", injection::run),
        ("mutations", mutations::run),
        ("record", record::run),
        ("references", references::run),
    ];
    let (options, words): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word.starts_with('-'));
    if let Some(option) = options.iter().find(|option| *option != "--all") {
        eprintln!("expected `--all`, a stage or a part of a spec's name, found `{option}`");
        return ExitCode::from(2);
    }
    let (chosen, names): (Vec<String>, Vec<String>) =
        words.into_iter().partition(|word| stages.iter().any(|(name, _)| name == word));
    let named = !names.is_empty();
    let selection = match (options.is_empty(), named) {
        (_, true) => Selection::Named(names),
        (false, false) => Selection::All,
        (true, false) => Selection::Turn(commits()),
    };
    let mut failed = false;
    for (name, run) in stages {
        let wanted = if chosen.is_empty() {
            !BY_NAME.contains(&name) && !named || name == "agreement"
        } else {
            chosen.iter().any(|word| word == name)
        };
        if !wanted {
            continue;
        }
        let since = Instant::now();
        let faults = run(&selection);
        let seconds = since.elapsed().as_secs();
        for fault in &faults {
            eprintln!("\n{name}: {}", fault.text);
        }
        match faults.len() {
            0 => println!("{name}: ok ({seconds} s)"),
            count => println!("{name}: {count} FAILED ({seconds} s)"),
        }
        failed |= !faults.is_empty();
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The number of commits: it goes up by one where the tenth that is run should be another one. 0 outside of a repository.
fn commits() -> u64 {
    let count = Command::new("git").args(["rev-list", "--count", "HEAD"]).stderr(Stdio::null()).output();
    count.ok().and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok()).unwrap_or(0)
}

/// Tells on the terminal how far the columns are.
fn log(event: Event<'_>) {
    match event {
        Event::Starting { column, cases } => eprintln!("{column:12} {cases} cases"),
        Event::Started { column, version } => eprintln!("{column:12} {version} is there"),
        Event::Begun { .. } => {}
        Event::Done { column, case, failure: None } => eprintln!("{column:12} {case}"),
        Event::Done { column, case, failure: Some(failure) } => eprintln!("{column:12} {case}: {failure}"),
        Event::Finished { column } => eprintln!("{column:12} is done"),
    }
}
