//! `hexapla compare`.

use super::context::Context;
use super::shared::{Checked, FormatArgument, Settings, selected};
use super::{Outcome, Status};
use crate::failure::Failure;
use crate::hash::IndexMap;
use crate::report::compare::{Run, render};
use crate::suitability::suits;
use crate::verify::compare::{ColumnReport, Status as Verdict};
use crate::verify::memory::recall;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Which framework suits a network: lines of code, what is built in, what has to be composed, the traps on the way
///
/// Where the spec was verified before, also how long a model took to be built and to be passed through once, in the sizes that the
/// verification chooses. In a framework that compiles a graph the first pass includes that.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla compare enet.arch
  hexapla compare enet.arch --columns pytorch,keras
  hexapla compare enet.arch --format json")]
pub struct Arguments {
    /// The spec (`-` is standard input)
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Only these columns
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let columns = context.columns()?;
    let frameworks = selected(&columns, &arguments.columns)?;
    let checked = Checked::open(&arguments.spec, &arguments.settings, context)?;
    let Some((program, _)) = checked.fine() else {
        return checked.refuse(context, arguments.format);
    };
    let sources = &checked.spec.sources;
    let suits = match suits(program, &checked.configuration, &frameworks, sources) {
        Ok(suits) => suits.map_err(|error| Failure::new(error.to_string()))?,
        Err(findings) => {
            context.draw(&findings, sources);
            return Ok(Status::Wrong);
        }
    };
    let known = recall(&checked.identity());
    if arguments.format.json() {
        let entries: IndexMap<&String, Value> = suits
            .iter()
            .map(|(name, suit)| {
                let mut entry = json!(suit);
                entry["verified"] = known.get(name).map_or(Value::Null, |column| json!(column));
                (name, entry)
            })
            .collect();
        context.print_json(&json!({ "model": program.model, "columns": entries }))?;
        return Ok(Status::Fine);
    }
    context.draw(&checked.findings, sources);
    let runs: IndexMap<String, Run> = known.iter().map(|(name, column)| (name.clone(), of(column))).collect();
    let width = context.width().min(100);
    context.print(&render(&program.model, &suits, &runs, width, context.color()))?;
    Ok(Status::Fine)
}

fn of(column: &ColumnReport) -> Run {
    let verdict = match column.status {
        _ if column.reference => "is the reference",
        Verdict::Agrees => "agrees",
        Verdict::Differs => "differs",
        Verdict::NotRun => "not run",
    };
    let error = column.max_error.filter(|_| !column.reference);
    Run { build: column.build_seconds, pass: column.pass_seconds, error, verdict }
}
