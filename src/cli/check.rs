//! `hexapla check`.

use super::context::Context;
use super::shared::{Checked, FormatArgument, Settings};
use super::{Outcome, Status};
use crate::failure::Failure;
use crate::foreign::visible;
use crate::ir::Program;
use crate::ir::infer::Configuration;
use crate::report::text::{GOOD, count, paint};
use crate::report::{diagnostics, summary};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Check specs: grammar, names, shapes for every admissible size, and the paper's claims
///
/// One line for each spec that holds. Everything that is wrong is told at once, with the line and what to do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla check enet.arch
  hexapla check zoo/*.arch --format json
  hexapla check enet.arch --set classes=3 --set H=256")]
pub struct Arguments {
    /// The specs (`-` is standard input)
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let mut status = Status::Fine;
    let (mut entries, mut errors, mut wrong) = (Vec::new(), 0, 0);
    for path in &arguments.specs {
        let checked = match Checked::open(path, &arguments.settings, context) {
            Ok(checked) => checked,
            Err(Failure::Closed) => return Err(Failure::Closed),
            Err(failure) => {
                status = Status::Undone;
                context.fail(&failure);
                entries
                    .push(json!({ "spec": path.display().to_string(), "ok": false, "failure": failure.to_string() }));
                continue;
            }
        };
        if checked.fine().is_none() {
            status = status.max(Status::Wrong);
            wrong += 1;
        }
        errors += checked.findings.iter().filter(|finding| finding.is_error()).count();
        if arguments.format.json() {
            entries.push(entry(&checked));
        } else {
            context.draw(&checked.findings, &checked.spec.sources);
            if let Some(line) = line(&checked, context.color()) {
                context.print(&line)?;
            }
        }
    }
    if arguments.format.json() {
        context.print_json(&json!({ "specs": entries }))?;
    } else if errors > 0 {
        let specs = if arguments.specs.len() == 1 {
            String::new()
        } else {
            format!(" in {} of {} specs", wrong, arguments.specs.len())
        };
        context.fail(&Failure::new(format!("{}{specs}", count(errors, "error", "errors"))));
    }
    Ok(status)
}

/// With which values claims were tested. They are the paper's, and so they are tested with the defaults of the model, which are the
/// paper's as well.
enum Tested {
    /// With those that are summarised.
    Here,
    /// With the defaults; the summary is of other values.
    AtDefaults,
    /// Not at all: a hyperparameter has no default.
    Nowhere,
}

impl Tested {
    fn of(program: &Program, configuration: &Configuration) -> Self {
        if configuration.set.is_empty() && configuration.sizes.is_empty() {
            Self::Here
        } else if program.model().parameters.iter().all(|parameter| parameter.default.is_some()) {
            Self::AtDefaults
        } else {
            Self::Nowhere
        }
    }
}

/// `enet.arch: ENet, 364,311 parameters, 1.96 G multiply-accumulates, 43 lines, 14 claims hold`.
fn line(checked: &Checked, color: bool) -> Option<String> {
    let (program, cost) = checked.fine()?;
    let counts = summary::counts(program, &checked.spec.sources);
    let claims = match (counts.claims, Tested::of(program, &checked.configuration)) {
        (0, _) => "no claims".to_owned(),
        (1, Tested::Here) => "1 claim holds".to_owned(),
        (claims, Tested::Here) => format!("{claims} claims hold"),
        (1, Tested::AtDefaults) => "1 claim holds at the defaults".to_owned(),
        (claims, Tested::AtDefaults) => format!("{claims} claims hold at the defaults"),
        (claims, Tested::Nowhere) => format!("{} not tested", count(claims, "claim", "claims")),
    };
    Some(format!(
        "{}: {}, {}, {}, {claims}\n",
        visible(&checked.spec.sources.file(checked.spec.main).name),
        paint(&program.model, GOOD, color),
        summary::cost(cost),
        count(counts.lines, "line", "lines"),
    ))
}

fn entry(checked: &Checked) -> Value {
    let name = &checked.spec.sources.file(checked.spec.main).name;
    let fine = checked.fine();
    let mut entry = json!({ "spec": name, "ok": fine.is_some() });
    if let Some((program, cost)) = fine {
        let counts = summary::counts(program, &checked.spec.sources);
        entry["model"] = json!(program.model);
        entry["params"] = json!(cost.params);
        entry["macs"] = json!(cost.macs);
        entry["lines"] = json!(counts.lines);
        entry["claims"] = json!(counts.claims);
        entry["claims_hold"] = match Tested::of(program, &checked.configuration) {
            Tested::Here => json!("at these values"),
            Tested::AtDefaults => json!("at the defaults"),
            Tested::Nowhere => Value::Null,
        };
    }
    entry["diagnostics"] = diagnostics::to_json(&checked.findings, &checked.spec.sources);
    entry
}
