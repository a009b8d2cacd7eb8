//! `hexapla ir`.

use super::context::Context;
use super::shared::{Checked, Format, FormatArgument, Settings};
use super::{Outcome, Status};
use crate::ir::dump::dump;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Print the intermediate representation as JSON: names resolved, shapes inferred, nothing lost
///
/// The format is versioned by its first key, `hexapla_ir`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla ir enet.arch > enet.json
  hexapla ir enet.arch | jq '.definitions[].name'
  hexapla ir enet.arch --set H=64 --set W=64 --compact")]
pub struct Arguments {
    /// The spec (`-` is standard input)
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    #[command(flatten)]
    settings: Settings,
    /// On one line
    #[arg(long)]
    compact: bool,
    /// How to show it: there is JSON only
    #[arg(long, value_name = "FORMAT", default_value = "json", hide = true)]
    format: Format,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let checked = Checked::open(&arguments.spec, &arguments.settings, context)?;
    let Some((program, _)) = checked.fine() else {
        return checked.refuse(context, FormatArgument::default());
    };
    let sources = &checked.spec.sources;
    context.draw(&checked.findings, sources);
    let mut value = dump(program, &checked.configuration, sources);
    value["spec"] = json!(sources.file(checked.spec.main).name);
    if arguments.compact {
        context.json_text(&format!("{value}\n"))?;
    } else {
        context.print_json(&value)?;
    }
    Ok(Status::Fine)
}
