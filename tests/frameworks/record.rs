//! Writes what a verification of the patterns' cases and of the zoo finds into `src/ops/verified.json` and `zoo/verified.json`, which the
//! catalogue and the table of the zoo show.
//!
//! It runs by name alone: `cargo xtask frameworks record [pattern or network..]`; without names, what is not recorded as it is today. That the record is of today's code is asserted without
//! a framework, by `cargo test --test record`, which tells the command for what is stale.

use crate::support::{self, cases};
use crate::{Fault, Faults, Selection, log};
use hexapla::catalogue::Verified;
use hexapla::embedded;
use hexapla::verification::{self, experiments};
use hexapla::verify::compare::Status;
use hexapla::verify::{Options, verify};
use std::fs;

/// Verifies what is named, else what is not recorded as it is today; with `--all` everything. What was found replaces what was recorded.
pub fn run(selection: &Selection) -> Faults {
    let columns = support::columns();
    let frameworks: Vec<_> = columns.frameworks.iter().collect();
    let mut faults = Faults::new();
    let everything = cases::subjects();
    let subjects: Vec<_> = match selection {
        Selection::All => everything.iter().collect(),
        Selection::Named(names) => everything.iter().filter(|subject| names.contains(&subject.name)).collect(),
        Selection::Turn(_) => cases::stale(&everything, &columns),
    };
    if let Selection::Named(names) = selection
        && let Some(unknown) = names.iter().find(|name| !subjects.iter().any(|subject| subject.name == **name))
    {
        return vec![format!("there is no pattern and no network `{unknown}`").into()];
    }
    if subjects.is_empty() {
        println!("record: everything is recorded as it is today");
        return vec![];
    }
    let mut all = Vec::new();
    for subject in &subjects {
        let planned = verification::Spec {
            name: subject.name.clone(),
            program: support::program(&subject.spec),
            sources: &subject.spec.sources,
            configuration: subject.configuration.clone(),
        };
        match experiments(&planned, &frameworks) {
            Ok(found) => all.extend(found),
            Err(findings) => faults.push(support::findings(&findings, &subject.spec.sources).into()),
        }
    }
    let say = |column: &str, words: &str| eprintln!("{column:12} {words}");
    let places = verification::columns(&frameworks, embedded::HARNESS, &say);
    let report = match verify(&all, &places, &Options::default(), &log) {
        Ok(report) => report,
        Err(error) => return vec![error.to_string().into()],
    };
    for file in cases::FILES {
        let mut record = cases::recorded(file);
        record.retain(|name, _| everything.iter().any(|subject| subject.file == file && subject.name == *name));
        for subject in subjects.iter().filter(|subject| subject.file == file) {
            let mut cells = hexapla::hash::IndexMap::default();
            for framework in &frameworks {
                let found: Vec<_> = (report.specs.iter().filter(|spec| spec.spec == subject.name))
                    .filter_map(|spec| Some((spec.mode, spec.columns.get(&framework.id)?)))
                    .collect();
                let Ok(code) = cases::fingerprint(subject, framework) else { continue };
                if found.is_empty() || found.iter().any(|(_, column)| column.status != Status::Agrees) {
                    let text = format!("`{}` does not agree in {}", subject.name, framework.id);
                    faults.push(Fault::of(&subject.name, text));
                    continue;
                }
                let mut modes: Vec<String> = found.iter().map(|(mode, _)| format!("{mode:?}").to_lowercase()).collect();
                if found.iter().any(|(_, column)| column.gradients > 0) {
                    modes.push("gradients".to_owned());
                }
                let error = found.iter().filter_map(|(_, column)| column.max_error).fold(0.0, f64::max);
                let verified = Verified {
                    precision: framework.settings.precision.clone(),
                    // One digit: the others are another machine's.
                    max_error: format!("{error:.0e}").parse().expect("a number is written"),
                    version: found.iter().find_map(|(_, column)| column.version.clone()).unwrap_or_default(),
                    modes,
                    code,
                };
                cells.insert(framework.id.clone(), verified);
            }
            record.insert(subject.name.clone(), cells);
        }
        record.sort_unstable_keys();
        let text = serde_json::to_string_pretty(&record).expect("it can be written") + "\n";
        if let Err(error) = fs::write(file, text) {
            faults.push(format!("{file}: {error}").into());
        }
    }
    faults
}
