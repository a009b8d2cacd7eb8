//! `hexapla verify`.

mod view;

use super::context::{Brought, Context};
use super::shared::{Checked, FormatArgument, Settings, selected};
use super::{Outcome, Status};
use crate::diagnostic::similar_names;
use crate::embedded;
use crate::emit::framework::Framework;
use crate::failure::Failure;
use crate::ir::Program as Ir;
use crate::project::Spec;
use crate::report::text::listed;
use crate::syntax::ast::FactKind;
use crate::verification::{self, experiments};
use crate::verify::memory::remember;
use crate::verify::progress::Bars;
use crate::verify::{self, Experiment, Options, Program, signals};
use clap::Args;
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Run every column in its real framework, with the same weights and inputs, and compare the value of every line
///
/// Each column runs in an environment of its own, which the first run makes with uv (`hexapla doctor` says how much that fetches).
/// The reference is the column that is the definition; another one that is named alone is compared with it.
/// The report names the first line from which a column differs. Free sizes are chosen odd and not square, unless they are set.
///
/// Exit status: 0 all agree, 1 a line differs (or a spec is wrong), 2 a column could not be run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hexapla verify enet.arch
  hexapla verify specs/*.arch --columns pytorch,keras
  hexapla verify enet.arch --seed 7 --set H=48 --set W=40
  hexapla verify enet.arch --keep run/    keep the programs, weights and results
  hexapla verify enet.arch --templates my-columns/ --allow-templates    columns of your own
  hexapla verify --pattern conv --columns theano    one column, against the definition
  hexapla verify --pattern all            every pattern, by the cases that come with it")]
pub struct Arguments {
    /// The specs
    #[arg(required_unless_present = "pattern", value_name = "SPEC")]
    specs: Vec<PathBuf>,
    /// Verify patterns, by the cases that come with each, or `all`
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', conflicts_with = "specs")]
    pattern: Vec<String>,
    /// Only these columns
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    /// Run the code that a spec brings along in `extern` lines: read it first
    #[arg(long)]
    allow_extern: bool,
    /// Run the columns that `--templates` brings along: read them first
    #[arg(long)]
    allow_templates: bool,
    /// What weights and inputs are drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Compare values alone, without the gradients of inputs and weights
    #[arg(long)]
    no_gradients: bool,
    #[command(flatten)]
    settings: Settings,
    /// Keep the programs, weights, inputs and results in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// How many columns run at once (without it: as many as there are processors)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    #[command(flatten)]
    format: FormatArgument,
}

/// Runs it.
pub fn run(arguments: &Arguments, context: &Context) -> Outcome {
    let columns = context.columns()?;
    let mut frameworks = selected(&columns, &arguments.columns)?;
    // A column alone is compared with the definition.
    if let ([only], Some(definition)) =
        (frameworks.as_slice(), columns.frameworks.iter().find(|framework| framework.settings.oracle))
        && only.id != definition.id
    {
        frameworks.push(definition);
    }
    if let [only] = frameworks.as_slice() {
        return Err(Failure::new(format!("{} alone has nothing to be compared with", only.settings.name))
            .help(format!("name at least two columns: `--columns {},..`", only.id)));
    }
    if let Some(Brought { folder, columns }) = context.brought()?.filter(|_| !arguments.allow_templates) {
        let own = frameworks.iter().filter(|framework| columns.contains(&framework.id));
        let own: Vec<String> = own.map(|framework| format!("`{}`", framework.id)).collect();
        if !own.is_empty() {
            let (folder, what) = (folder.display(), if own.len() == 1 { "the column" } else { "the columns" });
            return Err(Failure::new(format!("`{folder}` brings code of its own along, for {what} {}", listed(&own)))
                .help("read its files; if you trust them, `--allow-templates` runs them"));
        }
    }
    let mut status = Status::Fine;
    let (mut specs, mut planned) = (Vec::new(), Vec::new());
    let opened =
        arguments.specs.iter().map(|path| Spec::open_with(path, &context.imports)).chain(cases(&arguments.pattern)?);
    for spec in opened {
        // Nothing is fetched or run before every spec was looked at.
        let checked = match spec.and_then(|spec| Checked::new(spec, &arguments.settings)) {
            Ok(checked) => checked,
            Err(failure) => {
                context.fail(&failure);
                status = Status::Undone;
                continue;
            }
        };
        let Some((program, _)) = checked.fine() else {
            checked.draw(context);
            status = status.max(Status::Wrong);
            continue;
        };
        context.draw(&checked.findings, &checked.spec.sources);
        let external = externs(program);
        if !external.is_empty() && !arguments.allow_extern {
            let name = checked.spec.path.display();
            let failure =
                Failure::new(format!("`{name}` brings code of its own along, in the pattern {}", listed(&external)));
            context.fail(&failure.help("read its `extern` lines; if you trust them, `--allow-extern` runs them"));
            status = Status::Undone;
            continue;
        }
        let spec = verification::Spec {
            name: checked.spec.path.display().to_string(),
            program,
            sources: &checked.spec.sources,
            configuration: checked.configuration.clone(),
        };
        match experiments(&spec, &frameworks) {
            Ok(found) => planned.extend(found),
            Err(findings) => {
                context.draw(&findings, &checked.spec.sources);
                status = status.max(Status::Wrong);
            }
        }
        specs.push(checked);
    }
    if planned.is_empty() {
        return Ok(status.max(Status::Wrong));
    }
    signals::watch();
    let bars = bars(&planned, &frameworks);
    let terminal = std::io::stderr().is_terminal();
    let places = verification::columns(&frameworks, embedded::HARNESS, &|column, words| {
        if terminal {
            bars.say(column, words);
        } else {
            context.say(&format!("{column}: {}\n", words.trim()));
        }
    });
    let mut options = Options {
        seed: arguments.seed,
        gradients: !arguments.no_gradients,
        keep: arguments.keep.clone(),
        ..Options::default()
    };
    if let Some(jobs) = arguments.jobs {
        options.limits.processes = usize::from(jobs);
    }
    let report = verify::verify(&planned, &places, &options, &|event| bars.event(event));
    bars.clear();
    let report = report?;
    for checked in &specs {
        let name = checked.spec.path.display().to_string();
        remember(&checked.identity(), report.specs.iter().filter(|found| found.spec == name));
    }
    if arguments.format.json() {
        context.print_json(&view::to_json(&report, arguments.seed))?;
    } else {
        let line = |spec: &str, line: usize| line_of(&specs, spec, line);
        context.print(&view::render(&report, &line, context.color()))?;
    }
    Ok(status.max(match report.verdict().exit_status() {
        0 => Status::Fine,
        1 => Status::Wrong,
        _ => Status::Undone,
    }))
}

/// The patterns of a program whose code stands in the spec.
fn externs(program: &Ir) -> Vec<String> {
    let mut names = BTreeSet::new();
    program.each_pattern(&mut |_, pattern| {
        if pattern.facts.iter().any(|fact| matches!(fact.kind, FactKind::Extern { .. })) {
            names.insert(format!("`{}`", pattern.name));
        }
    });
    names.into_iter().collect()
}

/// The specs of these patterns.
fn cases(patterns: &[String]) -> Result<Vec<Result<Spec, Failure>>, Failure> {
    let mut specs = Vec::new();
    for name in patterns {
        let found: Vec<_> = embedded::cases().filter(|(case, _)| name == "all" || case == name).collect();
        if found.is_empty() {
            let failure = Failure::new(format!("there is no pattern `{name}`"));
            return Err(match similar_names(name, embedded::cases().map(|(case, _)| case)).first() {
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None => failure.help("`hexapla patterns` lists them"),
            });
        }
        specs.extend(
            found
                .into_iter()
                .map(|(case, text)| Ok(Spec::from_text(Path::new(&format!("{case}.arch")), text.to_owned()))),
        );
    }
    Ok(specs)
}

fn bars(planned: &[Experiment], frameworks: &[&Framework]) -> Bars {
    Bars::new(frameworks.iter().map(|framework| {
        let emitted =
            |experiment: &&Experiment| matches!(experiment.programs.get(&framework.id), Some(Program::Emitted(_)));
        (framework.id.as_str(), framework.settings.name.as_str(), planned.iter().filter(emitted).count())
    }))
}

/// The text of a line that the report names. With imports, the number alone does not say which file it is of.
fn line_of(specs: &[Checked], name: &str, line: usize) -> Option<String> {
    let spec = specs.iter().map(|checked| &checked.spec).find(|spec| spec.path.display().to_string() == name)?;
    let file = spec.sources.file(spec.main);
    (spec.sources.iter().count() == 1).then(|| file.line_text(line as u32).to_owned())
}
