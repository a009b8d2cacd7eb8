//! `hexapla fmt`.

use super::context::Context;
use super::{Outcome, Status};
use crate::diagnostic::Diagnostic;
use crate::failure::Failure;
use crate::project::{self, is_stdin, read_spec};
use crate::report::changes::groups;
use crate::report::text::{BAD, DIM, GOOD, count, harmless, paint};
use crate::span::Sources;
use crate::syntax::{parse, print};
use clap::Args;
use similar::DiffOp;
use std::ops::Range;
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
            context.print(&difference(path, &old, &new, context.color()))?;
        }
    } else if is_stdin(path) {
        context.print(&new)?;
    } else if changed {
        project::write(path, &new)?;
    }
    Ok(if changed { Formatted::Changed } else { Formatted::Same })
}

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 1;

/// A unified diff, as `diff -u` writes it.
fn difference(path: &Path, old: &str, new: &str, color: bool) -> String {
    // With their ends: a missing newline at the end of a file, or another end of line, is a change as well.
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let name = path.display();
    let mut text = String::new();
    let mut put = |line: &str, style| {
        text.push_str(&paint(&harmless(line.trim_end_matches(['\r', '\n'])), style, color));
        text.push('\n');
        if line.starts_with(['+', '-', ' ']) && !line.ends_with('\n') {
            text.push_str(&paint("\\ No newline at end of file", DIM, color));
            text.push('\n');
        }
    };
    put(&format!("--- {name}\n"), BAD);
    put(&format!("+++ {name}\n"), GOOD);
    for group in groups(&old, &new, CONTEXT) {
        let span = |range: fn(&DiffOp) -> Range<usize>| {
            let (first, last) = (group.first().map(range), group.last().map(range));
            lines_of(first.map_or(0, |range| range.start)..last.map_or(0, |range| range.end))
        };
        put(&format!("@@ -{} +{} @@\n", span(DiffOp::old_range), span(DiffOp::new_range)), DIM);
        for op in &group {
            if let DiffOp::Equal { .. } = op {
                new[op.new_range()].iter().for_each(|line| put(&format!(" {line}"), DIM));
            } else {
                old[op.old_range()].iter().for_each(|line| put(&format!("-{line}"), BAD));
                new[op.new_range()].iter().for_each(|line| put(&format!("+{line}"), GOOD));
            }
        }
    }
    text
}

/// Lines in the head of a hunk: the first, and how many if it is not one. No lines are counted from the one before them.
fn lines_of(range: Range<usize>) -> String {
    match range.len() {
        1 => (range.start + 1).to_string(),
        0 => format!("{},0", range.start),
        count => format!("{},{count}", range.start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library's diff has the same lines; it is not in the program, as it takes longer to compile than the rest of it.
    #[test]
    fn the_diff_is_a_unified_one() {
        let long: String = (0..40).map(|number| format!("line {number}\n")).collect();
        for (old, new) in [
            ("a\nb\nc\nd\n", "a\nb\nC\nd\n"),
            ("a\nb", "a\nb\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("", "a\n"),
            ("a\nb\n", ""),
            ("a\n\n\nb\n", "a\nb\n"),
            ("b\nc\n", "a\nb\nc\nd\n"),
            (&long, &long.replace("line 7\n", "").replace("line 30", "line thirty")),
        ] {
            let right = similar::TextDiff::from_lines(old, new);
            let right = right.unified_diff().context_radius(CONTEXT).header("a.arch", "a.arch").to_string();
            let right: String = right.lines().map(|line| format!("{line}\n")).collect();
            assert_eq!(difference(Path::new("a.arch"), old, new, false), right);
        }
    }
}
