//! `hexapla diff`.

use super::context::Context;
use super::shared::{Checked, FormatArgument, Settings, selected};
use super::{Outcome, Status};
use crate::diff::align;
use crate::emit::Options;
use crate::failure::Failure;
use crate::report::side_by_side;
use crate::translate::translate;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Show columns side by side, row by row: what each line of the spec became
///
/// Under each line of the spec stands the code that came from it, and a note where the frameworks differ silently. Two columns
/// stand beside each other; more (without a choice: all) stand below each other.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla diff enet.arch pytorch keras
  hexapla diff enet.arch                  all columns, stacked
  hexapla diff enet.arch --format json | jq '.rows[] | select(.line == 12)'")]
pub struct Arguments {
    /// The spec (`-` is standard input)
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// The columns (see `hexapla columns`)
    #[arg(value_name = "COLUMN", value_delimiter = ',')]
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
    context.draw(&checked.findings, sources);
    let options = Options { spec: checked.spec.file_name(), line_refs: false };
    let translations = match translate(program, &checked.configuration, &frameworks, sources, &options) {
        Ok(translations) => translations,
        Err(findings) => {
            context.draw(&findings, sources);
            return Ok(Status::Wrong);
        }
    };
    let mut status = Status::Fine;
    let mut codes = Vec::new();
    for (framework, translation) in &translations {
        match translation {
            Ok(code) => codes.push((*framework, code)),
            Err(findings) => {
                context.draw(findings, sources);
                status = Status::Wrong;
            }
        }
    }
    // The columns that can express it are shown all the same.
    let diff = align(program, sources, &codes).map_err(|error| Failure::new(error.to_string()))?;
    if arguments.format.json() {
        let mut value = side_by_side::to_json(&diff);
        value["spec"] = json!(sources.file(checked.spec.main).name);
        value["model"] = json!(program.model);
        context.print_json(&value)?;
    } else if !codes.is_empty() {
        context.print(&side_by_side::render(&diff, context.width(), context.color()))?;
    }
    Ok(status)
}
