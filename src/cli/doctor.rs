//! `hexapla doctor`.

mod view;

use super::context::Context;
use super::shared::FormatArgument;
use super::{Outcome, Status};
use crate::emit::framework::Framework;
use crate::failure::Failure;
use crate::limits;
use crate::verification::environment;
use crate::verify::children;
use crate::verify::environment::{CACHE_VARIABLE, Uv, cache_folder};
use crate::verify::signals;
use clap::Args;
use std::env;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use view::{Examination, render, to_json};

/// Say what `verify` needs and what of it is there: uv, Python, each column's environment, the cache
///
/// Without `--install`, nothing is fetched or changed. The status is 2 if `verify` could not run any column, and with `--install` if it
/// could not run some column.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla doctor
  hexapla doctor --install
  hexapla doctor --format json")]
pub struct Arguments {
    /// Make the environments that are missing, as the first `verify` would
    #[arg(long)]
    install: bool,
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let columns = context.columns()?;
    let cache = cache_folder();
    let mut complete = true;
    if arguments.install
        && let Ok(cache) = &cache
    {
        signals::watch();
        for framework in &columns.frameworks {
            complete &= install(framework, cache, context);
        }
    }
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
    Ok(if examination.can_verify() && complete { Status::Fine } else { Status::Undone })
}

/// Makes the environment of a column if it is missing; whether it is there then.
fn install(framework: &Framework, cache: &Path, context: &Context) -> bool {
    let environment = environment(framework, cache);
    if environment.is_ready() {
        return true;
    }
    let since = Instant::now();
    let made = Uv::find()
        .and_then(|uv| environment.ensure(&uv, &|words| context.say(&format!("{}: {words}\n", framework.id))));
    match made {
        Ok(()) => {
            let megabytes = environment.size() / 1_000_000;
            context.say(&format!("{}: installed in {} s, {megabytes} MB\n", framework.id, since.elapsed().as_secs()));
            true
        }
        Err(error) => {
            context.fail(&Failure::new(error.to_string()));
            false
        }
    }
}

/// The version of the Python on the path, for information: uv finds or fetches the versions that it needs.
fn python() -> Option<String> {
    ["python3", "python"].into_iter().find_map(|name| {
        let soon = Duration::from_secs(limits::ANSWER_SECONDS);
        let answer = children::answer(Command::new(name).arg("--version"), soon).ok()??;
        let version = answer.stdout.trim().strip_prefix("Python ")?;
        answer.status.success().then(|| version.to_owned())
    })
}
