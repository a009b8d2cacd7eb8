//! Arguments and steps that several commands share.

use super::context::Context;
use super::{Outcome, Status};
use crate::diagnostic::{Diagnostic, similar_names};
use crate::emit::framework::{Columns, Framework};
use crate::emit::{Forms, forms};
use crate::failure::Failure;
use crate::ir::Program;
use crate::ir::analyse::{Summary, check};
use crate::ir::infer::{Configuration, free_dims};
use crate::limits;
use crate::ops::Value;
use crate::output::{Edited, Over, Refusal, Written};
use crate::project::Spec;
use crate::report::changes::unified;
use crate::report::diagnostics;
use crate::report::text::{count, listed};
use crate::syntax::ast::ExprKind;
use crate::translate;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// For eyes or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For eyes
    #[default]
    Text,
    /// For programs
    Json,
}

/// `--format`.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct FormatArgument {
    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

impl FormatArgument {
    /// Whether data is asked for.
    pub fn json(self) -> bool {
        self.format == Format::Json
    }
}

/// `--set`.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// Set a hyperparameter of the model (`classes=10`, `dropout=0.2`, `bias=false`) or a free size (`H=64`)
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

impl Settings {
    /// What is set, for this program.
    ///
    /// # Errors
    /// A value that is none, a name that the model does not have, or a value of another kind than the spec's.
    pub fn configuration(&self, program: &Program) -> Result<Configuration, Failure> {
        let mut configuration = Configuration::default();
        for text in &self.set {
            let Some((name, value)) = text.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
                return Err(Failure::new(format!("`--set {text}` sets nothing"))
                    .help(format!("write `--set {text}=VALUE`, such as `--set {text}=10`")));
            };
            set(&mut configuration, program, name, value)?;
        }
        Ok(configuration)
    }
}

fn set(configuration: &mut Configuration, program: &Program, name: &str, text: &str) -> Result<(), Failure> {
    let model = program.model();
    let free = free_dims(model);
    let value = value(text).ok_or_else(|| {
        Failure::new(format!("`--set {name}={text}`: `{text}` is no value"))
            .help("a value is a whole number, a number with a fraction, `true` or `false`")
    })?;
    if free.iter().any(|dim| dim.name == name) {
        return match value.as_int() {
            Some(size) if (1..=limits::SIZE).contains(&size) => {
                configuration.sizes.insert(name.to_owned(), size);
                Ok(())
            }
            _ => Err(Failure::new(format!("`--set {name}={text}`: a size is a whole number of at least 1"))),
        };
    }
    let Some(parameter) = model.parameter(name) else {
        let known: Vec<&str> = model
            .parameters
            .iter()
            .map(|parameter| &parameter.name)
            .chain(free.iter().map(|dim| &dim.name))
            .map(String::as_str)
            .collect();
        let failure = Failure::new(format!(
            "`--set {name}={text}`: `{}` has no hyperparameter or free size `{name}`",
            model.name
        ));
        let near = similar_names(name, known.iter().copied());
        return Err(match (near.first(), known.as_slice()) {
            (Some(near), _) => failure.help(format!("did you mean `{near}`?")),
            (None, []) => failure.help("it has none at all"),
            (None, known) => failure.help(format!("it has {}", listed(known))),
        });
    };
    let wanted = match parameter.default.as_ref().map(|default| &default.kind) {
        Some(ExprKind::Int(_)) if !matches!(value, Value::Int(_)) => Some("a whole number"),
        Some(ExprKind::Float { .. }) if matches!(value, Value::Bool(_)) => Some("a number"),
        Some(ExprKind::Bool(_)) if !matches!(value, Value::Bool(_)) => Some("`true` or `false`"),
        _ => None,
    };
    // `dropout = 0` is a whole number in the spec as well; what it may be is up to the pattern that takes it.
    let zero = matches!(parameter.default.as_ref().map(|default| &default.kind), Some(ExprKind::Int(0 | 1)));
    match wanted {
        Some(wanted) if !(zero && matches!(value, Value::Float(_))) => {
            Err(Failure::new(format!("`--set {name}={text}`: `{name}` is {wanted} in the spec")))
        }
        _ => {
            configuration.set.insert(name.to_owned(), value);
            Ok(())
        }
    }
}

fn value(text: &str) -> Option<Value> {
    match text {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ => {}
    }
    let digits = text.replace(['_', ','], "");
    if let Ok(whole) = digits.parse::<i64>() {
        return (whole.unsigned_abs() <= limits::SIZE as u64).then(|| Value::int(whole));
    }
    // Not `inf`, `nan` or `infinity`, which Rust reads as well.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    digits.parse::<f64>().ok().filter(|number| plain && number.is_finite()).map(Value::Float)
}

/// The columns of these names; all for none.
///
/// # Errors
/// A name that is no column.
pub fn selected<'a>(columns: &'a Columns, names: &[String]) -> Result<Vec<&'a Framework>, Failure> {
    let all = ["all".to_owned()];
    translate::select(columns, if names.is_empty() { &all } else { names }).map_err(|unknown| {
        let failure = Failure::new(format!("there is no column `{}`", unknown.name));
        match unknown.near.as_slice() {
            [] => failure.help(format!("there are {}, and `all`", listed(&columns.names()))),
            near => {
                let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
                failure.help(format!("did you mean {}?", near.join(" or ")))
            }
        }
    })
}

/// `--force`.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Force {
    /// Overwrite files that were edited, or that Hexapla did not write
    #[arg(long)]
    pub force: bool,
}

impl Force {
    /// What a generated file may be written over.
    pub fn over(self) -> Over {
        Over::Generated { force: self.force }
    }
}

/// What was written; `None` if a file was edited: then the difference was shown, and nothing was written.
///
/// # Errors
/// What could not be written.
pub fn settled(result: Result<Vec<Written>, Refusal>, context: &Context) -> Result<Option<Vec<Written>>, Failure> {
    match result {
        Ok(written) => Ok(Some(written)),
        Err(Refusal::Failure(failure)) => Err(failure),
        Err(Refusal::Edited(edited)) => {
            for Edited { path, old, new, .. } in &edited {
                if let Some(old) = old {
                    context.print(&unified(&path.display().to_string(), old, new, context.color()))?;
                }
            }
            context.fail(&Refusal::Edited(edited).failure());
            Ok(None)
        }
    }
}

/// What was seen of each definition, or what keeps one from being written.
pub type Seen = Result<Forms, Vec<Diagnostic>>;

/// What checks a program.
type Check<'c> = &'c mut dyn FnMut(&Program, &Configuration) -> (Option<Summary>, Vec<Diagnostic>);

/// A spec that was read and checked.
pub struct Checked {
    /// The spec.
    pub spec: Spec,
    /// What was set.
    pub configuration: Configuration,
    /// What was found, the reading included.
    pub findings: Vec<Diagnostic>,
    /// What it costs; missing if there is an error.
    pub summary: Option<Summary>,
}

impl Checked {
    /// Reads and checks a spec.
    ///
    /// # Errors
    /// A file that can't be read, or a setting that can't be made.
    pub fn open(path: &Path, settings: &Settings, context: &Context) -> Result<Self, Failure> {
        Self::new(Spec::open_with(path, &context.imports)?, settings)
    }

    /// Checks a spec.
    ///
    /// # Errors
    /// A setting that can't be made.
    pub fn new(spec: Spec, settings: &Settings) -> Result<Self, Failure> {
        Self::with(spec, settings, &mut check)
    }

    /// Checks a spec and looks at each of its definitions on its own, while the templates that it will want of these columns are
    /// compiled. What was seen of the definitions is missing if there is an error.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn to_write(spec: Spec, settings: &Settings, columns: &[&Framework]) -> Result<(Self, Option<Seen>), Failure> {
        let mut seen = None;
        let checked = Self::with(spec, settings, &mut |program, configuration| {
            translate::while_warming(program, columns, || {
                let (summary, findings) = check(program, configuration);
                seen = summary.as_ref().map(|summary| forms(program, configuration, Some(summary)));
                (summary, findings)
            })
        })?;
        Ok((checked, seen))
    }

    fn with(spec: Spec, settings: &Settings, check: Check<'_>) -> Result<Self, Failure> {
        let mut findings = spec.findings.clone();
        let Some(program) = &spec.program else {
            return Ok(Self { spec, configuration: Configuration::default(), findings, summary: None });
        };
        let configuration = settings.configuration(program)?;
        let (summary, found) = check(program, &configuration);
        findings.extend(found);
        Ok(Self { spec, configuration, findings, summary })
    }

    /// The program and its cost, if there is no error.
    pub fn fine(&self) -> Option<(&Program, &Summary)> {
        if self.findings.iter().any(Diagnostic::is_error) {
            return None;
        }
        Some((self.spec.program.as_ref()?, self.summary.as_ref()?))
    }

    /// All that the numbers of a verification depend on: the texts, and what was set.
    pub fn identity(&self) -> String {
        let texts: Vec<&str> = self.spec.sources.iter().map(|(_, file)| file.text.as_str()).collect();
        // In an order that is the same in every process.
        let (set, sizes) = (&self.configuration.set, &self.configuration.sizes);
        let (set, sizes): (BTreeMap<_, _>, BTreeMap<_, _>) = (set.iter().collect(), sizes.iter().collect());
        format!("{}\n{set:?}\n{sizes:?}\n{}", env!("CARGO_PKG_VERSION"), texts.join("\n"))
    }

    /// Tells what is wrong with a spec that is not fine: drawn, or as data.
    ///
    /// # Errors
    /// As [`Context::print`].
    pub fn refuse(&self, context: &Context, format: FormatArgument) -> Outcome {
        if format.json() {
            let name = &self.spec.sources.file(self.spec.main).name;
            let findings = diagnostics::to_json(&self.findings, &self.spec.sources);
            context.print_json(&json!({ "spec": name, "diagnostics": findings }))?;
        } else {
            self.draw(context);
        }
        Ok(Status::Wrong)
    }

    /// Draws what was found, and counts the errors if there are any.
    pub fn draw(&self, context: &Context) {
        context.draw(&self.findings, &self.spec.sources);
        let errors = self.findings.iter().filter(|finding| finding.is_error()).count();
        if errors > 0 {
            context.fail(&Failure::new(format!(
                "{} in `{}`",
                count(errors, "error", "errors"),
                self.spec.path.display()
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "model M(classes = 10, dropout = 0.1, deep = false, rate = 0): x[3, H = 8, W] -> y {\n\
        require H % 2 == 0\n    y = x -> (conv(classes, 3x3) if deep else relu) -> dropout(dropout) -> dropout(rate)\n}\n";

    fn configuration(set: &str) -> Result<Configuration, String> {
        let spec = Spec::from_text(Path::new("m.arch"), SPEC.into());
        let program = spec.program.unwrap_or_else(|| panic!("{:?}", spec.findings));
        let settings = Settings { set: vec![set.to_owned()] };
        settings.configuration(&program).map_err(|failure| match failure {
            Failure::Undone { message, help } => format!("{message} | {}", help.join(" | ")),
            Failure::Closed => unreachable!("nothing is written"),
        })
    }

    #[test]
    fn settings_are_values_or_sizes() {
        let set = |text: &str, name: &str| configuration(text).expect("it is fine").set[name].clone();
        assert_eq!(set("classes=1_000", "classes"), Value::int(1000));
        assert_eq!(set("dropout = 0", "dropout"), Value::int(0));
        assert_eq!(set("dropout=1e-2", "dropout"), Value::Float(0.01));
        assert_eq!(set("rate=0.5", "rate"), Value::Float(0.5));
        assert_eq!(set("deep=true", "deep"), Value::Bool(true));
        assert_eq!(configuration("H=64").expect("it is fine").sizes["H"], 64);
        assert_eq!(configuration("W=64").expect("it is fine").sizes["W"], 64);
    }

    #[test]
    fn what_cannot_be_set_says_why() {
        let wrong = |text: &str| configuration(text).expect_err("it is wrong");
        assert!(wrong("classes").contains("classes=VALUE"));
        assert!(wrong("clases=3").contains("did you mean `classes`?"));
        assert!(wrong("q=3").contains("classes, dropout, deep, rate, H and W"));
        assert!(wrong("classes=many").contains("no value"));
        assert!(wrong("dropout=nan").contains("no value"));
        assert!(wrong("dropout=inf").contains("no value"));
        assert!(wrong("classes=2.5").contains("a whole number in the spec"));
        assert!(
            wrong("classes=99999999999999999999").contains("no value")
                || wrong("classes=99999999999999999999").contains("whole")
        );
        assert!(wrong("deep=1").contains("`true` or `false`"));
        assert!(wrong("H=0").contains("at least 1"));
        assert!(wrong("H=1.5").contains("at least 1"));
    }
}
