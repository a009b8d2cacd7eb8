//! `hexapla columns`.

use super::context::Context;
use super::shared::FormatArgument;
use super::{Outcome, Status};
use crate::emit::framework::{Framework, Status as Has};
use crate::failure::Failure;
use crate::ops::library;
use crate::report::columns::{Column, render, to_json};
use clap::Args;

/// List the columns: the frameworks that a spec can be turned into
///
/// A column is a folder of templates; `--templates` adds your own.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla columns
  hexapla columns --templates my-columns/
  hexapla columns --format json")]
pub struct Arguments {
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let columns = context.columns()?;
    let listed: Vec<Column> = columns.frameworks.iter().map(column).collect::<Result<_, _>>()?;
    if arguments.format.json() {
        context.print_json(&to_json(&listed))?;
    } else {
        context.print(&render(&listed, context.color()))?;
    }
    Ok(Status::Fine)
}

fn column(framework: &Framework) -> Result<Column, Failure> {
    let (mut builtin, mut composed, mut unsupported) = (0, 0, Vec::new());
    for name in library::names() {
        let entry = framework.operator(name).map_err(|error| Failure::new(error.to_string()))?;
        match entry.as_deref() {
            Some(entry) if entry.unsupported.is_none() && entry.status == Has::Builtin => builtin += 1,
            Some(entry) if entry.unsupported.is_none() => composed += 1,
            _ => unsupported.push((*name).to_owned()),
        }
    }
    let settings = &framework.settings;
    Ok(Column {
        id: framework.id.clone(),
        name: settings.name.clone(),
        version: settings.version.clone(),
        precision: settings.precision.clone(),
        builtin,
        composed,
        unsupported,
    })
}
