//! Writes what a verification of the patterns' cases finds into `src/ops/verified.json`, which the catalogue shows.
//!
//! It runs by name alone: `cargo xtask frameworks record [pattern..]`. That the record is of today's code is asserted without a framework,
//! by `cargo test --test record`, which tells the command for what is stale.

use crate::support::{self, cases};
use crate::{Faults, log};
use hexapla::catalogue::{Record, Verified};
use hexapla::embedded;
use hexapla::ops::library;
use hexapla::verification::{self, experiments};
use hexapla::verify::compare::Status;
use hexapla::verify::{Options, verify};
use std::fs;

const FILE: &str = "src/ops/verified.json";

/// Verifies these patterns, or all, and puts what was found in the place of what was recorded.
pub fn run(chosen: &[String]) -> Faults {
    let columns = support::columns();
    let frameworks: Vec<_> = columns.frameworks.iter().collect();
    let mut faults = Faults::new();
    let names: Vec<&str> = library::names()
        .iter()
        .copied()
        .filter(|name| chosen.is_empty() || chosen.iter().any(|chosen| chosen == name))
        .collect();
    let mut all = Vec::new();
    for name in &names {
        let Some(spec) = cases::spec(name) else {
            faults.push(format!("`{name}` has no cases"));
            continue;
        };
        let planned = verification::Spec {
            name: (*name).to_owned(),
            program: support::program(&spec),
            sources: &spec.sources,
            configuration: Default::default(),
        };
        match experiments(&planned, &frameworks) {
            Ok(found) => all.extend(found),
            Err(findings) => faults.push(support::findings(&findings, &spec.sources)),
        }
    }
    let say = |column: &str, words: &str| eprintln!("{column:12} {words}");
    let places = verification::columns(&frameworks, embedded::harness(), &say);
    let report = match verify(&all, &places, &Options::default(), &log) {
        Ok(report) => report,
        Err(error) => return vec![error.to_string()],
    };
    let text = fs::read_to_string(FILE).unwrap_or_else(|_| "{}".to_owned());
    let mut record: Record = serde_json::from_str(&text).expect("it is JSON of this form");
    record.retain(|name, _| library::names().contains(&name.as_str()));
    for name in names {
        let mut cells = indexmap::IndexMap::new();
        for framework in &frameworks {
            let found: Vec<_> = (report.specs.iter().filter(|spec| spec.spec == name))
                .filter_map(|spec| Some((spec.mode, spec.columns.get(&framework.id)?)))
                .collect();
            let Ok(code) = cases::fingerprint(name, framework) else { continue };
            if found.is_empty() || found.iter().any(|(_, column)| column.status != Status::Agrees) {
                faults.push(format!("`{name}` does not agree in {}", framework.id));
                continue;
            }
            let mut modes: Vec<String> = found.iter().map(|(mode, _)| format!("{mode:?}").to_lowercase()).collect();
            if found.iter().any(|(_, column)| column.gradients > 0) {
                modes.push("gradients".to_owned());
            }
            let error = found.iter().filter_map(|(_, column)| column.max_error).fold(0.0, f64::max);
            let verified = Verified {
                precision: format!("{:?}", framework.settings.precision).to_lowercase(),
                // One digit: the others are another machine's.
                max_error: format!("{error:.0e}").parse().expect("a number is written"),
                version: found.iter().find_map(|(_, column)| column.version.clone()).unwrap_or_default(),
                modes,
                code,
            };
            cells.insert(framework.id.clone(), verified);
        }
        record.insert(name.to_owned(), cells);
    }
    record.sort_unstable_keys();
    let text = serde_json::to_string_pretty(&record).expect("it can be written") + "\n";
    if let Err(error) = fs::write(FILE, text) {
        faults.push(format!("{FILE}: {error}"));
    }
    faults
}
