//! `hexapla explain`.

use super::context::Context;
use super::shared::FormatArgument;
use super::{Outcome, Status};
use crate::diagnostic::{codes, similar_names};
use crate::embedded;
use crate::failure::Failure;
use crate::ops::gotchas;
use crate::report::{page, patterns};
use clap::Args;
use serde_json::json;

/// Explain an error code (what it means, an example, how to mend it), or what frameworks do differently without telling
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla explain E0402
  hexapla explain same-is-asymmetric
  hexapla explain                         all codes")]
pub struct Arguments {
    /// The code that stands in brackets behind `error`, or the name of a trap as `hexapla patterns conv` shows it
    #[arg(value_name = "CODE")]
    code: Option<String>,
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let Some(code) = &arguments.code else {
        let list: Vec<(&str, &str)> = embedded::pages().map(|(code, text)| (code, page::title(text))).collect();
        if arguments.format.json() {
            let codes: Vec<_> = list.iter().map(|(code, title)| json!({ "code": code, "title": title })).collect();
            context.print_json(&json!({ "codes": codes, "gotchas": gotchas::all() }))?;
        } else {
            let traps: Vec<(&str, &str)> =
                gotchas::all().iter().map(|gotcha| (gotcha.id.as_str(), gotcha.says.as_str())).collect();
            context.print(&page::list(&list, context.color()))?;
            context.print("\n")?;
            context.print(&page::list(&traps, context.color()))?;
        }
        return Ok(Status::Fine);
    };
    if let Some(gotcha) = gotchas::all().iter().find(|gotcha| gotcha.id == code.trim()) {
        if arguments.format.json() {
            context.print_json(&json!(gotcha))?;
        } else {
            context.print(&patterns::gotcha(gotcha, context.width().min(100), context.color()))?;
        }
        return Ok(Status::Fine);
    }
    let wanted = normal(code);
    let Some((code, text)) = embedded::pages().find(|(code, _)| *code == wanted) else {
        let failure = Failure::new(format!("there is no error code `{code}`"));
        if let Some(near) = similar_names(code, gotchas::all().iter().map(|gotcha| gotcha.id.as_str())).first() {
            return Err(failure.help(format!("did you mean `{near}`? `hexapla explain` lists all of them")));
        }
        return Err(match similar_names(&wanted, codes::ALL.iter().copied()).first() {
            Some(near) => failure.help(format!("did you mean `{near}`? `hexapla explain` lists all codes")),
            None => failure.help("a code looks like E0402; `hexapla explain` lists all of them"),
        });
    };
    if arguments.format.json() {
        context.print_json(&json!({ "code": code, "title": page::title(text), "text": text }))?;
    } else {
        context.print(&page::render(text, context.width().min(100), context.color()))?;
    }
    Ok(Status::Fine)
}

/// `e402`, `0402` and `error[E0402]` mean E0402.
fn normal(code: &str) -> String {
    let code = code.trim().trim_start_matches("error").trim_matches(['[', ']', ':']);
    let digits = code.trim_start_matches(['e', 'E']);
    if !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("E{digits:0>4}")
    } else {
        code.to_uppercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_may_be_written_in_short() {
        assert_eq!(
            ["e402", "402", "E0402", "error[E0402]:", "xyz"].map(normal),
            ["E0402", "E0402", "E0402", "E0402", "XYZ"]
        );
    }

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let pages: Vec<&str> = embedded::pages().map(|(code, _)| code).collect();
        assert_eq!(pages, codes::ALL);
    }
}
