//! `hexapla test`.

use super::context::Context;
use super::shared::{Checked, FormatArgument, Settings, selected};
use super::{Outcome, Status};
use crate::emit::Options;
use crate::emit::framework::Framework;
use crate::failure::Failure;
use crate::foreign::visible;
use crate::output::{Refusal, write_all};
use crate::project::Spec;
use crate::report::changes::{hunks, render};
use crate::report::diagnostics;
use crate::report::text::{BAD, GOOD, count, paint};
use crate::snapshot::{Comparison, Verdict, compare, output, stale};
use crate::span::Sources;
use crate::translate::translate;
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Compare every column's code with its golden file, and show what changed by the lines of the spec
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla test specs/*.arch
  hexapla test enet.arch --accept         what changed is right: rewrite the golden files
  hexapla test enet.arch --format json")]
pub struct Arguments {
    /// The specs
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<PathBuf>,
    /// Only these columns
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    /// Rewrite the golden files that changed or are missing
    #[arg(long)]
    accept: bool,
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let columns = context.columns()?;
    let frameworks = selected(&columns, &arguments.columns)?;
    let mut status = Status::Fine;
    let mut tested = Vec::new();
    for path in &arguments.specs {
        tested.push(match test(path, &frameworks, arguments, context) {
            Ok(done) => done,
            Err(Failure::Closed) => return Err(Failure::Closed),
            Err(failure) => {
                context.fail(&failure);
                let name = path.display().to_string();
                Tested::Not(Status::Undone, json!({ "spec": name, "ok": false, "failure": failure.to_string() }))
            }
        });
    }
    if arguments.accept {
        accept(&mut tested)?;
    }
    let mut entries = Vec::new();
    let (mut failed, mut changed) = (0, false);
    for one in tested {
        let (one, entry) = told(one, arguments, context)?;
        if one != Status::Fine {
            failed += 1;
            changed |= entry["acceptable"] == json!(true);
        }
        status = status.max(one);
        entries.push(entry);
    }
    if arguments.format.json() {
        context.print_json(&json!({ "specs": entries }))?;
    } else if failed > 0 {
        let specs = count(arguments.specs.len(), "spec", "specs");
        let mut failure = Failure::new(format!("{failed} of {specs} failed"));
        if changed {
            failure = failure.help("if the changes are right, the same command with `--accept` takes them over");
        }
        context.fail(&failure);
    }
    Ok(status)
}

/// What came of a spec.
enum Tested {
    /// It was compared.
    Compared {
        spec: Spec,
        comparisons: Vec<Comparison>,
        /// The golden files that were rewritten.
        accepted: Vec<PathBuf>,
    },
    /// It was not, and why was said.
    Not(Status, Value),
}

fn test(path: &Path, frameworks: &[&Framework], arguments: &Arguments, context: &Context) -> Result<Tested, Failure> {
    let checked = Checked::open(path, &Settings::default(), context)?;
    let spec = &checked.spec;
    let (sources, name) = (&spec.sources, spec.path.display().to_string());
    let wrong = |findings| {
        let entry = json!({ "spec": name, "ok": false, "diagnostics": diagnostics::to_json(findings, sources) });
        Tested::Not(Status::Wrong, entry)
    };
    let Some((program, _)) = checked.fine() else {
        if !arguments.format.json() {
            checked.draw(context);
        }
        return Ok(wrong(&checked.findings));
    };
    let options = Options { spec: spec.file_name(), line_refs: false };
    let translations = match translate(program, &checked.configuration, frameworks, sources, &options) {
        Ok(translations) => translations,
        Err(findings) => {
            if !arguments.format.json() {
                context.draw(&findings, sources);
            }
            return Ok(wrong(&findings));
        }
    };
    let mut comparisons = compare(spec, translations)?;
    if arguments.columns.is_empty() {
        comparisons.extend(stale(spec, frameworks)?);
    }
    Ok(Tested::Compared { spec: checked.spec, comparisons, accepted: Vec::new() })
}

/// Rewrites the golden files that changed or are missing, after the places of all were looked at.
fn accept(tested: &mut [Tested]) -> Result<(), Failure> {
    let mut outputs = Vec::new();
    for one in tested.iter_mut() {
        let Tested::Compared { spec, comparisons, accepted } = one else { continue };
        for comparison in comparisons {
            if let Verdict::Changed { new, .. } | Verdict::Missing(new) = &comparison.verdict {
                outputs.extend(output(spec, &comparison.path, new)?);
                accepted.push(comparison.path.clone());
                comparison.verdict = Verdict::Same;
            }
        }
    }
    write_all(outputs).map(drop).map_err(Refusal::failure)
}

fn told(tested: Tested, arguments: &Arguments, context: &Context) -> Result<(Status, Value), Failure> {
    let (spec, comparisons, accepted) = match tested {
        Tested::Compared { spec, comparisons, accepted } => (spec, comparisons, accepted),
        Tested::Not(status, entry) => return Ok((status, entry)),
    };
    let (sources, name) = (&spec.sources, spec.path.display().to_string());
    let fine = comparisons.iter().all(|comparison| comparison.verdict.passes());
    let accepted: Vec<String> = accepted.iter().map(|path| path.display().to_string()).collect();
    if !arguments.format.json() {
        for path in &accepted {
            context.say(&format!("accepted {path}\n"));
        }
        context.print(&shown(&name, &comparisons, sources, context.color()))?;
    }
    let acceptable = |verdict: &Verdict| matches!(verdict, Verdict::Changed { .. } | Verdict::Missing(_));
    let acceptable = comparisons.iter().any(|comparison| acceptable(&comparison.verdict));
    let columns: serde_json::Map<String, Value> =
        comparisons.iter().map(|comparison| (comparison.column.clone(), entry(comparison, sources))).collect();
    let entry = json!({ "spec": name, "ok": fine, "acceptable": acceptable, "accepted": accepted, "columns": columns });
    Ok((if fine { Status::Fine } else { Status::Wrong }, entry))
}

/// What came out for a spec.
fn shown(spec: &str, comparisons: &[Comparison], sources: &Sources, color: bool) -> String {
    let mut text = String::new();
    let spec = visible(spec);
    for comparison in comparisons {
        let path = comparison.path.display().to_string();
        let path = visible(&path);
        let told = match &comparison.verdict {
            Verdict::Same => continue,
            Verdict::Changed { old, new } => {
                format!("differs from {path}\n\n{}", render(&hunks(old, new, sources), color))
            }
            Verdict::Missing(_) => format!("has no golden file {path}; `hexapla snapshot {spec}` writes it\n"),
            Verdict::Refused(findings) => format!("cannot express it, and has no golden file: {}\n", first(findings)),
            Verdict::Lost(findings) => {
                format!("has the golden file {path}, but can't express the spec any more: {}\n", first(findings))
            }
            Verdict::Stale => {
                format!("is no column, but has the golden file {path}: give its `--templates`, or remove the file\n")
            }
        };
        let style = if comparison.verdict.passes() { GOOD } else { BAD };
        text.push_str(&format!("{spec}: {} {told}", paint(&visible(&comparison.column), style, color)));
    }
    let same: Vec<&Comparison> =
        comparisons.iter().filter(|comparison| matches!(comparison.verdict, Verdict::Same)).collect();
    if !same.is_empty() {
        let columns = count(same.len(), "column is", "columns are");
        text.push_str(&format!(
            "{spec}: {}\n",
            paint(&format!("{columns} as in {}", crate::snapshot::FOLDER), GOOD, color)
        ));
    }
    text
}

fn first(findings: &[crate::diagnostic::Diagnostic]) -> std::borrow::Cow<'_, str> {
    visible(findings.first().map_or("", |finding| finding.message.as_str()))
}

fn entry(comparison: &Comparison, sources: &Sources) -> Value {
    let mut entry = json!({
        "status": comparison.verdict.word(),
        "path": comparison.path.display().to_string(),
    });
    match &comparison.verdict {
        Verdict::Changed { old, new } => entry["hunks"] = json!(hunks(old, new, sources)),
        Verdict::Refused(findings) | Verdict::Lost(findings) => {
            entry["diagnostics"] = diagnostics::to_json(findings, sources)
        }
        Verdict::Same | Verdict::Missing(_) | Verdict::Stale => {}
    }
    entry
}
