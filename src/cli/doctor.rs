//! `hexapla doctor`.

mod view;

use super::context::Context;
use super::shared::FormatArgument;
use super::{Outcome, Status};
use crate::verification::environment;
use crate::verify::environment::{CACHE_VARIABLE, Uv, cache_folder};
use clap::Args;
use std::env;
use std::process::{Command, Stdio};
use view::{Examination, render, to_json};

/// Say what `verify` needs and what of it is there: uv, Python, each column's environment, the cache
///
/// Nothing is fetched or changed. The status is 2 if `verify` could not run any column.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla doctor
  hexapla doctor --format json")]
pub struct Arguments {
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let columns = context.columns()?;
    let cache = cache_folder();
    let columns = match &cache {
        Ok(cache) => columns.frameworks.iter().map(|framework| environment(framework, cache).status()).collect(),
        Err(_) => Vec::new(),
    };
    let uv = Uv::find();
    let examination = Examination {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uv: uv.as_ref().map(|uv| uv.version.clone()).map_err(ToString::to_string),
        python: python(),
        moved: env::var_os(CACHE_VARIABLE).is_some_and(|value| !value.is_empty()),
        cache: cache.as_ref().map(|cache| cache.display().to_string()).map_err(ToString::to_string),
        columns,
    };
    if arguments.format.json() {
        context.print_json(&to_json(&examination))?;
    } else {
        context.print(&render(&examination, context.color()))?;
    }
    Ok(if examination.can_verify() { Status::Fine } else { Status::Undone })
}

/// The version of the Python on the path, for information: uv finds or fetches the versions that it needs.
fn python() -> Option<String> {
    ["python3", "python"].into_iter().find_map(|name| {
        let output = Command::new(name).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said.trim().strip_prefix("Python ")?;
        output.status.success().then(|| version.to_owned())
    })
}
