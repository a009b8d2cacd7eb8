//! `hexapla summary`.

use super::context::Context;
use super::shared::{Checked, FormatArgument, Settings};
use super::{Outcome, Status};
use crate::report::{diagnostics, summary};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Show a model line by line: name, shape, parameters, multiply-accumulates, and their totals
///
/// A line in a loop counts all its rounds. Multiply-accumulates are those of one sample, without biases and normalisation.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla summary enet.arch
  hexapla summary enet.arch --set H=256 --set W=256
  hexapla summary enet.arch --format json | jq .params")]
pub struct Arguments {
    /// The spec (`-` is standard input)
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let checked = Checked::open(&arguments.spec, &arguments.settings, context)?;
    let sources = &checked.spec.sources;
    let Some((program, found)) = checked.fine() else {
        return checked.refuse(context, arguments.format);
    };
    if arguments.format.json() {
        let mut value = summary::to_json(program, found, sources);
        value["spec"] = json!(sources.file(checked.spec.main).name);
        value["diagnostics"] = diagnostics::to_json(&checked.findings, sources);
        context.print_json(&value)?;
    } else {
        context.draw(&checked.findings, sources);
        context.print(&summary::render(program, found, sources, context.color()))?;
    }
    Ok(Status::Fine)
}
