//! `hexapla fmt`.

use super::context::Context;
use super::{Outcome, Status};
use crate::diagnostic::Diagnostic;
use crate::failure::Failure;
use crate::output::{Output, Over, Refusal, write_all};
use crate::project::{is_stdin, read_spec};
use crate::report::changes::unified;
use crate::report::text::count;
use crate::span::Sources;
use crate::syntax::{parse, print};
use clap::Args;
use std::path::{Path, PathBuf};

/// Format specs
///
/// A spec with an error is left as it is. `-` formats standard input to standard output.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla fmt enet.arch
  hexapla fmt specs/*.arch --check        change nothing; status 1 and a diff if something would change
  hexapla fmt - < enet.arch")]
pub struct Arguments {
    /// The specs
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<PathBuf>,
    /// Only say what would change
    #[arg(long)]
    check: bool,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let mut status = Status::Fine;
    let (mut formatted, mut same) = (0, 0);
    for path in &arguments.specs {
        let one = match format(path, arguments.check, context) {
            Ok(one) => one,
            Err(Failure::Closed) => return Err(Failure::Closed),
            Err(failure) => {
                context.fail(&failure);
                status = Status::Undone;
                continue;
            }
        };
        match one {
            Formatted::Same => same += 1,
            Formatted::Changed => {
                formatted += 1;
                if arguments.check {
                    status = status.max(Status::Wrong);
                }
            }
            Formatted::Refused => status = status.max(Status::Wrong),
        }
    }
    if !arguments.specs.iter().any(|path| is_stdin(path)) {
        let what = if arguments.check { "would be formatted" } else { "formatted" };
        context.say(&format!("{} {what}, {same} left as they were\n", count(formatted, "spec", "specs")));
    }
    Ok(status)
}

enum Formatted {
    Same,
    Changed,
    Refused,
}

fn format(path: &Path, check: bool, context: &Context) -> Result<Formatted, Failure> {
    let old = read_spec(path)?;
    let mut sources = Sources::default();
    let id = sources.add(path.display().to_string(), old.as_str());
    let (file, findings) = parse::parse(id, &old);
    context.draw(&findings, &sources);
    if findings.iter().any(Diagnostic::is_error) {
        return Ok(Formatted::Refused);
    }
    let new = print::print(&file);
    let changed = new != old;
    if check {
        if changed {
            context.print(&unified(&path.display().to_string(), &old, &new, context.color()))?;
        }
    } else if is_stdin(path) {
        context.content(&new)?;
    } else if changed {
        write_all(vec![Output::at(path, new, Over::Itself)]).map_err(Refusal::failure)?;
    }
    Ok(if changed { Formatted::Changed } else { Formatted::Same })
}
