//! The verification sees: one place of one template is changed at a time, and the report must name the line and the column, and no other.
//!
//! Every change is a trap that people fall into when they translate by hand: most are the naive translations of `src/ops/gotchas.toml`.
//! All of them are run in one batch: in the experiment of a change, one column's program is written by the changed templates.

use crate::frameworks::ledger::Ledger;
use crate::support::naive::{Naive, all};
use crate::{Fault, Faults, Selection, log, support};
use hexapla::embedded;
use hexapla::ir::infer::Configuration;
use hexapla::ops::gotchas::NaiveMode;
use hexapla::verification::{self, experiments};
use hexapla::verify::compare::Status;
use hexapla::verify::job::Mode;
use hexapla::verify::{Experiment, Options, verify};

/// The name of a column of its own, for a change of the runner.
fn own_column(naive: &Naive) -> Option<String> {
    (naive.file == "run.py").then(|| format!("{}-changed", naive.column))
}

fn mode(naive: &Naive) -> Mode {
    match naive.mode {
        NaiveMode::Inference => Mode::Inference,
        NaiveMode::Training => Mode::Training,
    }
}

fn planned(naive: &Naive, faults: &mut Faults) -> Vec<Experiment> {
    let (program, sources) = match support::naive::program(naive) {
        Ok(found) => found,
        Err(said) => {
            faults.push(Fault::of(&naive.what, format!("{}: the spec is wrong:\n{said}", naive.what)));
            return vec![];
        }
    };
    let spec = verification::Spec {
        name: naive.what.clone(),
        program: &program,
        sources: &sources,
        configuration: Configuration::default(),
    };
    let columns = support::naive::columns(naive);
    let frameworks: Vec<_> = columns.frameworks.iter().collect();
    let mut found = experiments(&spec, &frameworks).unwrap_or_else(|wrong| {
        let text = format!("{}: {}", naive.what, support::findings(&wrong, &sources));
        faults.push(Fault::of(&naive.what, text));
        vec![]
    });
    for experiment in &mut found {
        if let Some(own) = own_column(naive)
            && let Some(program) = experiment.programs.shift_remove(&naive.column)
        {
            experiment.programs.insert(own, program);
        }
    }
    found
}

/// Runs the chosen mutations.
pub fn run(selection: &Selection) -> Faults {
    let mut faults = Faults::new();
    let mut changes = all();
    let planned: Vec<Experiment> = changes.iter().flat_map(|naive| planned(naive, &mut faults)).collect();
    let built_in = support::columns();
    let frameworks: Vec<_> = built_in.frameworks.iter().collect();
    let say = |column: &str, words: &str| eprintln!("{column:12} {words}");
    let mut places = verification::columns(&frameworks, embedded::HARNESS, &say);
    for naive in &changes {
        let Some(own) = own_column(naive) else { continue };
        let columns = support::naive::columns(naive);
        let text = columns.get(&naive.column).and_then(|column| column.file(&naive.file)).unwrap_or_default();
        let mut place = places.iter().find(|place| place.id == naive.column).expect("the column is there").clone();
        place.id = own;
        place.files.retain(|(name, _)| *name != naive.file);
        place.files.push((naive.file.clone(), text.to_owned()));
        places.push(place);
    }
    let mut ledger = Ledger::new("mutations", selection);
    let planned = ledger.select(planned, &places);
    changes.retain(|naive| ledger.runs(&naive.what));
    let report = match verify(&planned, &places, &Options { gradients: false, ..Options::default() }, &log) {
        Ok(report) => report,
        Err(error) => return vec![error.to_string().into()],
    };
    for naive in &changes {
        let wrong = own_column(naive).unwrap_or_else(|| naive.column.clone());
        let mut seen = false;
        for (spec, experiment) in report.specs.iter().zip(&planned).filter(|(spec, _)| spec.spec == naive.what) {
            for (name, column) in spec.columns.iter().filter(|(name, _)| experiment.programs.contains_key(*name)) {
                let line = column.first.as_ref().map(|first| first.line);
                let expected = *name == wrong && spec.mode == mode(naive);
                let fine = match column.status {
                    Status::Differs => *name == wrong && line == Some(naive.line) && !naive.fails,
                    Status::Agrees => !expected,
                    Status::NotRun => *name == wrong && naive.fails,
                };
                seen |= expected && fine;
                if !fine {
                    let (status, said) = (column.status, column.reason.clone().unwrap_or_default());
                    let text = format!(
                        "{}: line {} of {wrong} must differ in {:?}; {name} in {:?}: {status:?} {said}\n{}",
                        naive.what,
                        naive.line,
                        mode(naive),
                        spec.mode,
                        support::naive::spec(naive)
                    );
                    faults.push(Fault::of(&naive.what, text));
                }
            }
        }
        if !seen && !faults.iter().any(|fault| fault.of.as_ref() == Some(&naive.what)) {
            faults.push(Fault::of(&naive.what, format!("{}: it was not run in {:?}", naive.what, mode(naive))));
        }
    }
    println!(
        "mutations: {} of {} are seen at their line",
        changes.len() - faults.len().min(changes.len()),
        changes.len()
    );
    faults.extend(ledger.note(&faults).err().map(Fault::from));
    faults
}
