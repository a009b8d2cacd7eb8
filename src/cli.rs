//! The command line.
//!
//! One module for each command: its arguments with their help, and a function that does the work with what the floors below offer.
//! Exit status: 0 all is well; 1 the spec (a snapshot, a line) is wrong; 2 it could not be done.
//!
//! Architecture Invariant: thin. Nothing is computed here that another program could want; what is shown is drawn in `report`.

mod check;
mod columns;
mod compare;
mod completions;
mod context;
mod diff;
mod doctor;
mod emit;
mod explain;
mod fmt;
mod ir;
mod new;
mod patterns;
mod shared;
mod snapshot;
mod summary;
mod test;
mod verify;
mod zoo;

use crate::failure::Failure;
use crate::foreign::visible;
use crate::project::Imports;
use clap::{Args, ColorChoice, Parser, Subcommand};
use context::Context;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a neural network once, as its paper's table; get equivalent code in five frameworks, proven line by line.
#[derive(Debug, Parser)]
#[command(name = "hexapla", version, max_term_width = 100, arg_required_else_help = true, propagate_version = false)]
#[command(after_help = "\
Examples:
  hexapla new mynet                       a commented spec to start from
  hexapla check mynet.arch                names, shapes, parameters and claims
  hexapla emit mynet.arch --to pytorch    its code in one column
  hexapla diff mynet.arch pytorch keras   two columns side by side, line by line
  hexapla verify mynet.arch               run all columns and compare every line

Exit status: 0 all is well, 1 the spec (a snapshot, a line) is wrong, 2 it could not be done.")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Global {
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    color: ColorChoice,
    /// A folder of columns (one folder each, as in Hexapla's templates/): its files come before the built-in ones
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    templates: Option<PathBuf>,
    /// A folder from which specs may import as well: imports stay in the spec's own folder without it
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    allow_imports: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Arguments),
    Check(check::Arguments),
    Summary(summary::Arguments),
    Ir(ir::Arguments),
    Emit(emit::Arguments),
    Diff(diff::Arguments),
    Verify(verify::Arguments),
    Snapshot(snapshot::Arguments),
    Test(test::Arguments),
    Fmt(fmt::Arguments),
    Explain(explain::Arguments),
    Patterns(patterns::Arguments),
    Zoo(zoo::Arguments),
    Compare(compare::Arguments),
    Columns(columns::Arguments),
    Doctor(doctor::Arguments),
    Completions(completions::Arguments),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    /// All is well.
    Fine = 0,
    /// The spec, a snapshot or a line is wrong.
    Wrong = 1,
    /// Something could not be done.
    Undone = 2,
}

/// What a command gives.
type Outcome = Result<Status, Failure>;

/// Runs the program with these arguments, the first being its own name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // A message repeats what it is about, and a shell's `*` makes an argument of any file's name.
            let shown = arguments.iter().map(|argument| visible(&argument.to_string_lossy()).into_owned());
            let error = Cli::try_parse_from(shown).err().unwrap_or(error);
            // Whoever closed the output does not want to read it.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let Global { color, templates, allow_imports } = cli.global;
    let context = Context::new(color, templates, Imports { root: None, allowed: allow_imports });
    let outcome = match &cli.command {
        Command::New(arguments) => new::run(arguments, &context),
        Command::Check(arguments) => check::run(arguments, &context),
        Command::Summary(arguments) => summary::run(arguments, &context),
        Command::Ir(arguments) => ir::run(arguments, &context),
        Command::Emit(arguments) => emit::run(arguments, &context),
        Command::Diff(arguments) => diff::run(arguments, &context),
        Command::Verify(arguments) => verify::run(arguments, &context),
        Command::Snapshot(arguments) => snapshot::run(arguments, &context),
        Command::Test(arguments) => test::run(arguments, &context),
        Command::Fmt(arguments) => fmt::run(arguments, &context),
        Command::Explain(arguments) => explain::run(arguments, &context),
        Command::Patterns(arguments) => patterns::run(arguments, &context),
        Command::Zoo(arguments) => zoo::run(arguments, &context),
        Command::Compare(arguments) => compare::run(arguments, &context),
        Command::Columns(arguments) => columns::run(arguments, &context),
        Command::Doctor(arguments) => doctor::run(arguments, &context),
        Command::Completions(arguments) => completions::run(arguments, &context),
    };
    let status = outcome.unwrap_or_else(|failure| match failure {
        Failure::Closed => Status::Fine,
        failure => {
            context.fail(&failure);
            Status::Undone
        }
    });
    ExitCode::from(status as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent_and_every_command_has_examples() {
        let command = Cli::command();
        command.clone().debug_assert();
        for command in command.get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:\n  hexapla "), "`{}` has no examples", command.get_name());
            assert!(command.get_about().is_some(), "`{}` has no description", command.get_name());
        }
    }
}
