//! What passed before need not run again: which experiments a run leaves out, and why that is safe.
//!
//! `tests/frameworks/verified.json` names, for each stage, the experiments that passed, each with a fingerprint of all that decides its
//! result: the programs without comments and docstrings, the inputs and weights that are drawn, the runner, and the environment. A run
//! takes the experiments whose fingerprint is not there, and a tenth of the others. Which tenth, the number of commits decides, so ten
//! commits in a row run everything. `--all` runs everything at once. The file is written when a stage ends: commit it.
//!
//! Architecture Invariant: a fingerprint is noted only after every check of its experiment passed. Nothing here judges a result.

use crate::support::{ROOT, python};
use crate::{Fault, Selection};
use hexapla::catalogue::fingerprint;
use hexapla::verify::{Column, Experiment, Program};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// The file, from the root of the repository.
const FILE: &str = "tests/frameworks/verified.json";

/// How many runs it takes until everything was run.
const TURNS: u64 = 10;

/// For each stage: the names of experiments with their fingerprints.
type Stages = BTreeMap<String, BTreeMap<String, String>>;

/// A stage's part of the file.
pub struct Ledger<'s> {
    stage: &'static str,
    selection: &'s Selection,
    /// Fingerprints of today's experiments.
    today: BTreeMap<String, String>,
    chosen: BTreeSet<String>,
    /// A folder whose name is another one in each run; it does not count.
    volatile: String,
}

impl<'s> Ledger<'s> {
    /// That of a stage.
    pub fn new(stage: &'static str, selection: &'s Selection) -> Self {
        Self { stage, selection, today: BTreeMap::new(), chosen: BTreeSet::new(), volatile: String::new() }
    }

    /// The same for a stage whose texts contain a folder that is made for the run.
    pub fn with_volatile(self, folder: &Path) -> Self {
        Self { volatile: folder.display().to_string(), ..self }
    }

    /// The experiments that are to run. Those of one name go together.
    pub fn select(&mut self, experiments: Vec<Experiment>, columns: &[Column]) -> Vec<Experiment> {
        let runners = runners(columns);
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for experiment in &experiments {
            describe(experiment, &runners, texts.entry(self.neutral(&experiment.spec)).or_default());
        }
        self.today = texts.into_iter().map(|(name, text)| (name, fingerprint(&self.neutral(&text)))).collect();
        let noted = read().remove(self.stage).unwrap_or_default();
        let wanted = |name: &String, today: &String| match self.selection {
            Selection::All => true,
            Selection::Named(words) => words.iter().any(|word| name.contains(word.as_str())),
            Selection::Turn(turn) => noted.get(name) != Some(today) || in_turn(name, *turn),
        };
        self.chosen =
            self.today.iter().filter(|(name, today)| wanted(name, today)).map(|(name, _)| name.clone()).collect();
        let changed = self.chosen.iter().filter(|name| noted.get(*name) != self.today.get(*name)).count();
        println!("{}: {} of {} run, {changed} of them new or changed", self.stage, self.chosen.len(), self.today.len());
        experiments.into_iter().filter(|experiment| self.runs(&experiment.spec)).collect()
    }

    /// Whether an experiment of this name was chosen.
    pub fn runs(&self, name: &str) -> bool {
        self.chosen.contains(&self.neutral(name))
    }

    /// Notes the chosen experiments that have no fault; none of them if there is a fault that is nobody's.
    pub fn note(self, faults: &[Fault]) -> Result<(), String> {
        if faults.iter().any(|fault| fault.of.is_none()) {
            return Ok(());
        }
        let faulty: BTreeSet<String> =
            faults.iter().filter_map(|fault| fault.of.as_deref()).map(|name| self.neutral(name)).collect();
        let mut stages = read();
        let noted = stages.entry(self.stage.to_owned()).or_default();
        noted.retain(|name, _| self.today.contains_key(name) && !faulty.contains(name));
        for name in self.chosen.iter().filter(|name| !faulty.contains(*name)) {
            noted.insert(name.clone(), self.today[name].clone());
        }
        let text = serde_json::to_string_pretty(&stages).expect("names and fingerprints are JSON") + "\n";
        std::fs::write(Path::new(ROOT).join(FILE), text).map_err(|error| format!("{FILE}: {error}"))
    }

    /// A text without the name of the volatile folder.
    fn neutral(&self, text: &str) -> String {
        if self.volatile.is_empty() { text.to_owned() } else { text.replace(&self.volatile, "FOLDER") }
    }
}

fn read() -> Stages {
    let text = std::fs::read_to_string(Path::new(ROOT).join(FILE)).unwrap_or_else(|_| "{}".to_owned());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{FILE}: {error}"))
}

/// Whether a name is in the part that is run in this turn.
fn in_turn(name: &str, turn: u64) -> bool {
    let number = u64::from_str_radix(&fingerprint(name), 16).expect("a fingerprint is hexadecimal");
    number % TURNS == turn % TURNS
}

/// What runs the programs of each column: its scripts, and the folder of its environment, whose name says what is installed.
fn runners(columns: &[Column]) -> BTreeMap<&str, String> {
    let of = |column: &Column| {
        let place = match &column.place {
            Ok(place) => {
                place.python.ancestors().nth(2).and_then(Path::file_name).map(|name| name.display().to_string())
            }
            Err(reason) => Some(reason.clone()),
        };
        let files: String =
            column.files.iter().map(|(name, text)| format!("{name}\n{}\n", python::bare(text))).collect();
        fingerprint(&format!("{place:?} {:?} {files}", column.precision))
    };
    columns.iter().map(|column| (column.id.as_str(), of(column))).collect()
}

/// All that decides the result of an experiment.
fn describe(experiment: &Experiment, runners: &BTreeMap<&str, String>, text: &mut String) {
    let Experiment { mode, batch, inputs, weights, taps, outputs, .. } = experiment;
    let _ = writeln!(text, "{mode:?} {batch} {inputs:?} {weights:?} {taps:?} {outputs:?}");
    for (column, program) in &experiment.programs {
        let runner = runners.get(column.as_str()).map_or("", String::as_str);
        let _ = match program {
            Program::Unsupported(reason) => writeln!(text, "{column} {reason}"),
            Program::Emitted(code) => writeln!(
                text,
                "{column} {runner} {} {:?} {:?} {:?}\n{}\n{}",
                code.model,
                code.arguments,
                code.weights,
                code.taps,
                python::bare(&code.plain),
                python::bare(&code.tapped)
            ),
        };
    }
}
