//! The tests that need the real frameworks. They run by `cargo xtask frameworks`, which is
//! `cargo test --test frameworks -- [stage..] [spec..]`; plain `cargo test` leaves them out, since the first run fetches the frameworks.
//!
//! | stage         | what is asserted                                                                                        |
//! |---------------|---------------------------------------------------------------------------------------------------------|
//! | `agreement`   | every line of every spec of `tests/specs` and `zoo` has the same value in every column, in one batch      |
//! | `chance`      | what is random while training is so in every column, as its formula says                                  |
//! | `injection`   | names and texts that mean something in Python or in a framework arrive as themselves                     |
//! | `mutations`   | the verification sees: one template is changed at a time, and the right line of the right column is named |
//! | `record`      | nothing: it writes what the cases of patterns give into the catalogue, and runs only if it is named          |
//! | `references`  | generated models of the zoo give the output of the models that libraries ship, with their weights           |
//!
//! Stages that are not named don't run; without a name all do. Any other word chooses the specs of `agreement` by their names.
//! A column that could not be run is a failure here. `HEXAPLA_KEEP=folder` keeps the generated programs and their results.

mod frameworks {
    pub mod agreement;
    pub mod chance;
    pub mod injection;
    pub mod mutations;
    pub mod record;
    pub mod references;
}
mod support;

use frameworks::{agreement, chance, injection, mutations, record, references};
use hexapla::verify::run::Event;
use std::process::ExitCode;
use std::time::Instant;

/// What a stage found wrong, a text each.
type Faults = Vec<String>;

/// A stage: its name, and what runs it with the words that choose a part of it.
type Stage = (&'static str, fn(&[String]) -> Faults);

fn main() -> ExitCode {
    std::env::set_current_dir(support::ROOT).expect("the repository is there");
    let words: Vec<String> = std::env::args().skip(1).collect();
    let stages: [Stage; 6] = [
        ("agreement", agreement::run),
        ("chance", chance::run),
        ("injection", injection::run),
        ("mutations", mutations::run),
        ("record", record::run),
        ("references", references::run),
    ];
    if let Some(option) = words.iter().find(|word| word.starts_with('-')) {
        eprintln!("`{option}` is no stage and no spec");
        return ExitCode::from(2);
    }
    let (chosen, specs): (Vec<String>, Vec<String>) =
        words.into_iter().partition(|word| stages.iter().any(|(name, _)| name == word));
    let mut failed = false;
    for (name, run) in stages {
        let wanted = if chosen.is_empty() {
            name != "record" && specs.is_empty() || name == "agreement"
        } else {
            chosen.iter().any(|word| word == name)
        };
        if !wanted {
            continue;
        }
        let since = Instant::now();
        let faults = run(&specs);
        let seconds = since.elapsed().as_secs();
        for fault in &faults {
            eprintln!("\n{name}: {fault}");
        }
        match faults.len() {
            0 => println!("{name}: ok ({seconds} s)"),
            count => println!("{name}: {count} FAILED ({seconds} s)"),
        }
        failed |= !faults.is_empty();
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
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
