//! `hexapla emit`.

use super::context::Context;
use super::shared::{Checked, Force, FormatArgument, Settings, selected, settled};
use super::{Outcome, Status};
use crate::emit::{Emitted, Options, forms, prepared};
use crate::failure::Failure;
use crate::hash::HashMap;
use crate::ir::flatten::flatten;
use crate::ir::infer::Configuration;
use crate::output::{Output, write_all};
use crate::project::{Spec, is_stdin};
use crate::report::text::{count, listed};
use crate::translate::{translate, write};
use clap::Args;
use std::path::{Path, PathBuf};

/// Generate the code of one or more columns
///
/// One column goes to standard output, or with `--out` to a file; several columns need `--out`. All columns are generated before
/// the first file is written. Files are named after the spec and the column: `enet_pytorch.py`. A file begins with the hash of its
/// lines: one that was edited since, or that Hexapla did not write, is left, with the difference shown and status 1.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla emit enet.arch --to pytorch > enet.py
  hexapla emit enet.arch --to pytorch,keras --out generated/
  hexapla emit enet.arch --to all --out generated/ --keep-going
  hexapla emit enet.arch --to theano --set classes=3 --set H=64 --line-refs")]
pub struct Arguments {
    /// The spec (`-` is standard input)
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// The columns, separated by commas, or `all` (see `hexapla columns`)
    #[arg(long, required = true, value_name = "COLUMN", value_delimiter = ',', num_args = 1)]
    to: Vec<String>,
    /// The folder to write to, made if need be; for one column also a file (`enet.py`), or `-` for standard output
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: Force,
    #[command(flatten)]
    settings: Settings,
    /// Write blocks and loops out instead of keeping them as classes, functions and loops
    #[arg(long)]
    flat: bool,
    /// Put the spec's line behind each line: `# enet.arch:12`
    #[arg(long)]
    line_refs: bool,
    /// Write the other columns where one can't express the spec
    #[arg(long)]
    keep_going: bool,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    // All of it takes a few milliseconds: this thread works as well, instead of waiting for one that has yet to wake. A pool that is there
    // already does no harm.
    let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
    let (spec, columns) = rayon::join(|| Spec::open_with(&arguments.spec, &context.imports), || context.columns());
    let out = arguments.out.as_deref().filter(|out| !is_stdin(out));
    let columns = columns?;
    let frameworks = selected(&columns, &arguments.to)?;
    let several = frameworks.len() > 1;
    if several && out.is_none() {
        let names: Vec<&str> = frameworks.iter().map(|framework| framework.id.as_str()).collect();
        return Err(Failure::new(format!("{} columns don't fit on standard output: {}", names.len(), listed(&names)))
            .help("say where the files go: `--out DIR`"));
    }
    if let Some(out) = out.filter(|out| several && is_file_name(out)) {
        return Err(Failure::new(format!(
            "{} columns don't fit into the one file `{}`",
            frameworks.len(),
            out.display()
        ))
        .help("give a folder: `--out DIR`"));
    }
    let (checked, seen) = Checked::to_write(spec?, &arguments.settings, &frameworks)?;
    let Some((program, _)) = checked.fine() else {
        return checked.refuse(context, FormatArgument::default());
    };
    let sources = &checked.spec.sources;
    context.draw(&checked.findings, sources);
    let options = Options { spec: checked.spec.file_name(), line_refs: arguments.line_refs };
    let translations = if arguments.flat {
        // The values are in the flat program already.
        let configuration = Configuration { set: HashMap::default(), ..checked.configuration.clone() };
        flatten(program, &checked.configuration)
            .and_then(|flat| translate(&flat, &configuration, &frameworks, sources, &options))
    } else {
        let forms = seen.unwrap_or_else(|| forms(program, &checked.configuration, checked.summary.as_ref()));
        forms.map(|forms| write(&prepared(program, &checked.configuration, forms), &frameworks, sources, &options))
    };
    let translations = match translations {
        Ok(translations) => translations,
        Err(findings) => {
            context.draw(&findings, sources);
            return Ok(Status::Wrong);
        }
    };
    let (mut emitted, mut refused): (Vec<Emitted>, Vec<&str>) = (Vec::new(), Vec::new());
    for (framework, translation) in translations {
        match translation {
            Ok(code) => emitted.push(code),
            Err(findings) => {
                context.draw(&findings, sources);
                refused.push(&framework.settings.name);
            }
        }
    }
    if !refused.is_empty() {
        let mut failure =
            Failure::new(format!("{} cannot express `{}`", listed(&refused), checked.spec.path.display()));
        if !emitted.is_empty() && !arguments.keep_going {
            failure = failure.help("nothing was written; `--keep-going` writes the other columns");
        }
        context.fail(&failure);
        if !arguments.keep_going {
            return Ok(Status::Wrong);
        }
    }
    match out {
        None => emitted.iter().try_for_each(|code| context.content(&code.text()))?,
        Some(out) => {
            let output = |code: &Emitted| match is_file_name(out) {
                true => Output::at(out, code.text(), arguments.force.over()),
                false => {
                    let path = out.join(file_name(&checked.spec.stem(), code));
                    Output::below(out, &path, code.text(), arguments.force.over())
                }
            };
            let Some(written) = settled(write_all(emitted.iter().map(output).collect()), context)? else {
                return Ok(Status::Wrong);
            };
            for (code, written) in emitted.iter().zip(written) {
                let what = if written.changed { "wrote" } else { "unchanged:" };
                let lines = count(code.lines.len(), "line", "lines");
                context.say(&format!("{what} {} ({lines})\n", written.path.display()));
            }
        }
    }
    Ok(if refused.is_empty() { Status::Fine } else { Status::Wrong })
}

/// Whether `--out` names a file rather than a folder.
fn is_file_name(out: &Path) -> bool {
    out.extension().is_some_and(|extension| extension == "py") && !out.is_dir()
}

/// `enet_pytorch.py`: a name that Python can import.
fn file_name(stem: &str, code: &Emitted) -> String {
    let mut name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        name.insert(0, '_');
    }
    let ending = Path::new(&code.file).extension().and_then(|ending| ending.to_str()).unwrap_or("py");
    format!("{name}_{}.{ending}", code.column)
}
