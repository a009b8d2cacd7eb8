//! `hexapla snapshot`.

use super::context::Context;
use super::shared::{Checked, Settings, selected};
use super::{Outcome, Status};
use crate::emit::Options;
use crate::emit::framework::Framework;
use crate::failure::Failure;
use crate::output::{Output, Refusal, write_all};
use crate::report::text::{count, listed};
use crate::snapshot::{output, path};
use crate::translate::translate;
use clap::Args;
use std::path::{Path, PathBuf};

/// Write golden files of every column's code, under snapshots/ beside the spec
///
/// `hexapla test` compares with them. Keep them with your specs under version control: a new version of Hexapla, of a template or
/// of the spec then shows what it changes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla snapshot enet.arch
  hexapla snapshot specs/*.arch --columns pytorch,keras")]
pub struct Arguments {
    /// The specs
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<PathBuf>,
    /// Only these columns
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    /// Write the other columns where one can't express the spec
    #[arg(long)]
    keep_going: bool,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let columns = context.columns()?;
    let frameworks = selected(&columns, &arguments.columns)?;
    let mut status = Status::Fine;
    let mut planned = Vec::new();
    for spec in &arguments.specs {
        match plan(spec, &frameworks, arguments.keep_going, context) {
            Ok((one, found)) => {
                status = status.max(one);
                planned.extend(found);
            }
            Err(failure) => {
                context.fail(&failure);
                status = Status::Undone;
            }
        }
    }
    // The places of all are looked at before the first is written.
    write_all(planned.iter().flat_map(|plan| plan.outputs.clone()).collect()).map_err(Refusal::failure)?;
    for Plan { spec, folder, outputs, total } in planned {
        let files = count(total, "golden file", "golden files");
        let what = match outputs.len() {
            0 => format!("{files} as before"),
            written => format!("{written} of {files} written"),
        };
        context.say(&format!("{}: {what} in {}\n", spec.display(), folder.display()));
    }
    Ok(status)
}

/// The golden files of a spec that are to be written.
struct Plan {
    spec: PathBuf,
    folder: PathBuf,
    outputs: Vec<Output>,
    /// How many there are, with those that are there already.
    total: usize,
}

fn plan(
    path_of_spec: &Path,
    frameworks: &[&Framework],
    keep_going: bool,
    context: &Context,
) -> Result<(Status, Option<Plan>), Failure> {
    let checked = Checked::open(path_of_spec, &Settings::default(), context)?;
    let spec = &checked.spec;
    let sources = &spec.sources;
    let Some((program, _)) = checked.fine() else {
        checked.draw(context);
        return Ok((Status::Wrong, None));
    };
    context.draw(&checked.findings, sources);
    let options = Options { spec: spec.file_name(), line_refs: false };
    let translations = match translate(program, &checked.configuration, frameworks, sources, &options) {
        Ok(translations) => translations,
        Err(findings) => {
            context.draw(&findings, sources);
            return Ok((Status::Wrong, None));
        }
    };
    let mut refused: Vec<&str> = Vec::new();
    for (framework, findings) in
        translations.iter().filter_map(|(framework, code)| Some((framework, code.as_ref().err()?)))
    {
        context.draw(findings, sources);
        refused.push(&framework.settings.name);
    }
    if !refused.is_empty() && !keep_going {
        let failure = Failure::new(format!("{} cannot express `{}`", listed(&refused), spec.path.display()));
        context
            .fail(&failure.help(
                "nothing was written; `--keep-going` writes the other columns, `--columns` names those to write",
            ));
        return Ok((Status::Wrong, None));
    }
    let mut outputs = Vec::new();
    let mut total = 0;
    for (framework, code) in &translations {
        if let Ok(code) = code {
            total += 1;
            outputs.extend(output(spec, &path(spec, framework), code)?);
        }
    }
    let status = if refused.is_empty() { Status::Fine } else { Status::Wrong };
    let folder = spec.folder().join(crate::snapshot::FOLDER);
    Ok((status, Some(Plan { spec: spec.path.clone(), folder, outputs, total })))
}
