//! Every line of every spec has the same value in every column.

use crate::frameworks::ledger::Ledger;
use crate::support;
use crate::{Fault, Faults, Selection, log};
use hexapla::embedded;
use hexapla::verification::{self, experiments};
use hexapla::verify::compare::{Cause, Status};
use hexapla::verify::{Options, verify};

/// Where TensorFlow has no gradient on a CPU, in double precision: of convolutions with groups, or with both a stride and a dilation.
const WITHOUT_GRADIENTS: &[(&str, &str)] = &[
    ("grouped_conv.arch", "tensorflow"),
    ("hyperparameters.arch", "tensorflow"),
    ("library_maps.arch", "tensorflow"),
    ("ranks.arch", "tensorflow"),
    ("resnext50.arch", "tensorflow"),
    ("signals.arch", "tensorflow"),
];

/// Runs the chosen specs in all columns, in one batch.
pub fn run(selection: &Selection) -> Faults {
    let columns = support::columns();
    let frameworks: Vec<_> = columns.frameworks.iter().collect();
    let (mut faults, mut all) = (Faults::new(), Vec::new());
    for path in support::specs() {
        let mut configurations = support::configurations(&path);
        if let Selection::Named(words) = selection {
            configurations.retain(|configured| words.iter().any(|word| configured.name.contains(word.as_str())));
        }
        if configurations.is_empty() {
            continue;
        }
        let opened = support::open(&path);
        let Some(program) = opened.program.as_ref().filter(|_| opened.findings.is_empty()) else {
            faults.push(support::findings(&opened.findings, &opened.sources).into());
            continue;
        };
        for configured in configurations {
            let spec = verification::Spec {
                name: configured.name,
                program,
                sources: &opened.sources,
                configuration: configured.configuration,
            };
            match experiments(&spec, &frameworks) {
                Ok(found) => all.extend(found),
                Err(findings) => faults.push(Fault::of(
                    &spec.name,
                    format!("{}:\n{}", spec.name, support::findings(&findings, &opened.sources)),
                )),
            }
        }
    }
    if all.is_empty() {
        faults.push("no spec has such a name".into());
        return faults;
    }
    let say = |column: &str, words: &str| eprintln!("{column:12} {words}");
    let places = verification::columns(&frameworks, embedded::HARNESS, &say);
    let mut ledger = Ledger::new("agreement", selection);
    let all = ledger.select(all, &places);
    let options = Options { keep: std::env::var_os("HEXAPLA_KEEP").map(Into::into), ..Options::default() };
    let report = match verify(&all, &places, &options, &log) {
        Ok(report) => report,
        Err(error) => return vec![error.to_string().into()],
    };
    let mut largest: f64 = 0.0;
    let mut gradients = 0;
    for spec in &report.specs {
        let most = spec.columns.values().map(|column| column.gradients).max().unwrap_or(0);
        gradients += most;
        // The oracle's are differences, which take too long for a large model.
        for (name, column) in spec.columns.iter().filter(|(_, column)| !column.reference) {
            let file = spec.spec.split(' ').next().unwrap_or_default();
            let excused = WITHOUT_GRADIENTS.contains(&(file, name.as_str()));
            if most > 0 && column.status == Status::Agrees && (column.gradients == most) == excused {
                let text = format!(
                    "{} ({:?}) in {name}: {} of {most} gradients are compared, which is {}",
                    spec.spec,
                    spec.mode,
                    column.gradients,
                    if excused { "not what WITHOUT_GRADIENTS says" } else { "fewer than in other columns" }
                );
                faults.push(Fault::of(&spec.spec, text));
            }
        }
        let refused = support::refusals(&spec.spec);
        for (name, column) in &spec.columns {
            let expected = refused.iter().find(|refusal| refusal.column == *name && !refusal.unsized_only);
            let said = column.reason.clone().unwrap_or_default();
            let fault = match (column.status, column.cause, expected) {
                (Status::Agrees, _, None) => {
                    largest = largest.max(column.max_error.unwrap_or(f64::INFINITY));
                    continue;
                }
                (Status::NotRun, Some(Cause::Unsupported), Some(refusal)) if said.contains(&refusal.reason) => continue,
                (Status::Agrees, _, Some(_)) => {
                    "it agrees, but tests/specs/refusals.txt says that it cannot be written".to_owned()
                }
                _ => said,
            };
            let details = column.details.as_ref().map_or_else(String::new, |details| format!("\n{details}"));
            let text = format!("{} ({:?}) in {name}: {fault}{details}", spec.spec, spec.mode);
            faults.push(Fault::of(&spec.spec, text));
        }
    }
    // In one mode or the other: a network of the zoo has weights, and something must have been compared of them.
    for path in support::specs().iter().filter(|path| path.starts_with("zoo")) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("specs have names");
        let own = || report.specs.iter().filter(|spec| spec.spec.split(' ').next() == Some(name));
        let compared = own().flat_map(|spec| spec.columns.values()).any(|column| column.gradients > 0);
        if own().next().is_some() && !compared {
            faults.push(Fault::of(name, format!("{name}: no gradient is compared in any mode")));
        }
    }
    let mut seconds: Vec<(&str, f64, &str)> = Vec::new();
    for spec in &report.specs {
        seconds.extend(
            spec.columns
                .iter()
                .map(|(name, column)| (name.as_str(), column.seconds.unwrap_or(0.0), spec.spec.as_str())),
        );
    }
    seconds.sort_by(|a, b| b.1.total_cmp(&a.1));
    for place in &places {
        let of_column: Vec<_> = seconds.iter().filter(|(name, _, _)| *name == place.id).collect();
        let total: f64 = of_column.iter().map(|(_, seconds, _)| seconds).sum();
        let slowest: Vec<String> =
            of_column.iter().take(4).map(|(_, seconds, spec)| format!("{spec} {seconds:.0} s")).collect();
        println!("{:12} {total:4.0} s, of which {}", place.id, slowest.join(", "));
    }
    let lines: usize = report.specs.iter().map(|spec| spec.lines.len()).sum();
    println!(
        "agreement: {} experiments, {lines} lines, {gradients} gradients, largest error {largest:.1e}",
        report.specs.len()
    );
    faults.extend(ledger.note(&faults).err().map(Fault::from));
    faults
}
