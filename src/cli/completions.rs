//! `hexapla completions`.

use super::context::Context;
use super::{Cli, Outcome, Status};
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla completions bash > ~/.local/share/bash-completion/completions/hexapla
  hexapla completions zsh > \"${fpath[1]}/_hexapla\"
  hexapla completions fish > ~/.config/fish/completions/hexapla.fish")]
pub struct Arguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    // Into memory first: the generator panics where the output is closed.
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), "hexapla", &mut script);
    context.content(&String::from_utf8_lossy(&script))?;
    Ok(Status::Fine)
}
