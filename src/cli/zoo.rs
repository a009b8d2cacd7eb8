//! `hexapla zoo`.

use super::context::Context;
use super::new::nothing_of_the_name;
use super::shared::FormatArgument;
use super::{Outcome, Status};
use crate::report::zoo::{Row, list};
use crate::zoo;
use clap::Args;
use serde_json::json;

/// The networks of papers that come along: a table of them, or the spec of one
///
/// Multiply-accumulates are those of one sample at the paper's sizes, without biases and normalisation.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla zoo                             all of them
  hexapla zoo enet > enet.arch            the spec of one
  hexapla zoo resnet101                   a variant: the spec of its family, and what to set
  hexapla zoo --format json | jq '.[].name'")]
pub struct Arguments {
    /// A network
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    if let (Some(name), false) = (&arguments.name, arguments.format.json()) {
        let (text, set) = zoo::text(name).ok_or_else(|| nothing_of_the_name(name))?;
        context.content(text)?;
        if !set.is_empty() {
            let set: Vec<String> = set.iter().map(|(name, value)| format!("--set {name}={value}")).collect();
            context.say(&format!("`{name}` is this spec with {}\n", set.join(" ")));
        }
        return Ok(Status::Fine);
    }
    let mut variants = zoo::variants();
    if let Some(name) = &arguments.name {
        variants.retain(|variant| variant.name == *name || variant.spec == *name);
        if variants.is_empty() {
            return Err(nothing_of_the_name(name));
        }
    }
    if arguments.format.json() {
        context.print_json(&json!(variants))?;
        return Ok(Status::Fine);
    }
    let rows: Vec<Row<'_>> = variants
        .iter()
        .map(|variant| Row {
            name: &variant.name,
            paper: &variant.paper,
            year: variant.year,
            params: variant.params,
            macs: variant.macs,
            lines: variant.lines,
            patterns: variant.patterns.len(),
        })
        .collect();
    context.print(&list(&rows, context.width(), context.color()))?;
    Ok(Status::Fine)
}
