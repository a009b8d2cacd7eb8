//! A flat program computes what the structured one does: every spec that can be flattened, in the column of the definition.
//!
//! Both get the same weights, in the order in which each makes them, and the same inputs; their outputs must be equal.

use crate::frameworks::ledger::Ledger;
use crate::support;
use crate::{Fault, Faults, Selection, log};
use hexapla::embedded;
use hexapla::ir::flatten::flatten;
use hexapla::ir::infer::Configuration;
use hexapla::verification::{self, experiments};
use hexapla::verify::compare::Status;
use hexapla::verify::{Emitted, Experiment, Options, Program, verify};

/// The column that runs the flat programs.
const FLAT: &str = "flat";

/// Runs the chosen specs.
pub fn run(selection: &Selection) -> Faults {
    let columns = support::columns();
    let Some(definition) = columns.frameworks.iter().find(|column| column.settings.oracle) else {
        return vec!["no column is the definition".into()];
    };
    let (mut faults, mut all, mut refused) = (Faults::new(), Vec::new(), 0);
    for path in support::specs() {
        let opened = support::open(&path);
        let program = support::program(&opened);
        for configured in support::configurations(&path) {
            let Ok(flat) = flatten(program, &configured.configuration) else {
                refused += 1;
                continue;
            };
            let planned = |program, configuration| {
                let spec = verification::Spec {
                    name: configured.name.clone(),
                    program,
                    sources: &opened.sources,
                    configuration,
                };
                experiments(&spec, &[definition]).map_err(|findings| support::findings(&findings, &opened.sources))
            };
            // The flat program has no hyperparameters left.
            let sizes = Configuration { sizes: configured.configuration.sizes.clone(), ..Configuration::default() };
            let both = planned(program, configured.configuration.clone())
                .and_then(|structured| Ok((structured, planned(&flat, sizes)?)));
            match both {
                Ok((structured, flat)) => {
                    let pairs = structured.into_iter().zip(flat);
                    all.extend(pairs.map(|(structured, flat)| joined(structured, flat, &definition.id)));
                }
                Err(said) => faults.push(Fault::of(&configured.name, format!("{}:\n{said}", configured.name))),
            }
        }
    }
    let say = |column: &str, words: &str| eprintln!("{column:12} {words}");
    let mut places = verification::columns(&[definition], embedded::HARNESS, &say);
    if let [place] = places.as_slice() {
        let flat = hexapla::verify::Column { id: FLAT.to_owned(), oracle: false, ..place.clone() };
        places.push(flat);
    }
    let mut ledger = Ledger::new("flat", selection);
    let all = ledger.select(all, &places);
    let options =
        Options { gradients: false, keep: std::env::var_os("HEXAPLA_KEEP").map(Into::into), ..Options::default() };
    let report = match verify(&all, &places, &options, &log) {
        Ok(report) => report,
        Err(error) => return vec![error.to_string().into()],
    };
    for spec in &report.specs {
        for (name, column) in spec.columns.iter().filter(|(_, column)| column.status != Status::Agrees) {
            let said = column.reason.clone().unwrap_or_default();
            let details = column.details.as_ref().map_or_else(String::new, |details| format!("\n{details}"));
            let text = format!("{} ({:?}), {name}: {said}{details}", spec.spec, spec.mode);
            faults.push(Fault::of(&spec.spec, text));
        }
    }
    println!("flat: {} experiments, {refused} specs cannot be flattened", report.specs.len());
    faults.extend(ledger.note(&faults).err().map(Fault::from));
    faults
}

/// The experiment of the structured program, in which the flat one is a column beside it.
fn joined(mut structured: Experiment, mut flat: Experiment, definition: &str) -> Experiment {
    if let Some(Program::Emitted(code)) = flat.programs.shift_remove(definition) {
        // It has lines of its own, which are not compared.
        let code = Emitted { tapped: code.plain.clone(), taps: Some(vec![]), ..code };
        structured.programs.insert(FLAT.to_owned(), Program::Emitted(code));
    }
    structured
}
