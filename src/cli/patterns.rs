//! `hexapla patterns`.

use super::context::Context;
use super::shared::{Force, FormatArgument, settled};
use super::{Outcome, Status};
use crate::catalogue::{catalogue, search};
use crate::diagnostic::similar_names;
use crate::failure::Failure;
use crate::ops::library;
use crate::output::{Output, write_all};
use crate::report::{catalogue as html, patterns};
use clap::Args;
use std::path::PathBuf;

/// The catalogue of patterns: what there is, how each column writes it, whether it is built in there or composed
///
/// A name may be the language's, or that of any framework: `patterns BatchNorm2d`, `patterns conv2d_transpose`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla patterns                        all of them, by families
  hexapla patterns conv                   one in full, with its code in every column
  hexapla patterns BatchNorm2d            found by what a framework calls it
  hexapla patterns pooling                a family, or a word of a description
  hexapla patterns --html site/           one page with a search
  hexapla patterns --format json")]
pub struct Arguments {
    /// A pattern, a framework's name for one, a family, or a word
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Write the catalogue as a page of HTML into this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["name", "format"])]
    html: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let columns = context.columns()?;
    let entries = catalogue(&columns).map_err(|error| Failure::new(error.to_string()))?;
    if let Some(folder) = &arguments.html {
        let page = folder.join("index.html");
        let text = html::html(&entries.iter().collect::<Vec<_>>());
        let output = Output::below(folder, &page, text, arguments.force.over());
        if settled(write_all(vec![output]), context)?.is_none() {
            return Ok(Status::Wrong);
        }
        context.print(&format!("wrote {}\n", page.display()))?;
        return Ok(Status::Fine);
    }
    let chosen = match &arguments.name {
        Some(name) => search(&entries, name),
        None => entries.iter().collect(),
    };
    if let (Some(name), true) = (&arguments.name, chosen.is_empty()) {
        let failure = Failure::new(format!("no pattern is called `{name}`, here or in a framework"));
        return Err(match similar_names(name, library::names().iter().copied()).first() {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure.help("`hexapla patterns` lists all of them"),
        });
    }
    if arguments.format.json() {
        context.print_json(&patterns::to_json(&chosen))?;
        return Ok(Status::Fine);
    }
    let width = context.width();
    match (&arguments.name, chosen.as_slice()) {
        (Some(name), [first, ..]) if first.name == *name || chosen.len() == 1 => {
            context.print(&patterns::page(first, width.min(100), context.color()))?;
        }
        _ => context.print(&patterns::list(&chosen, width, context.color()))?,
    }
    Ok(Status::Fine)
}
