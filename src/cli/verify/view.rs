//! The result of a verification.

use crate::foreign::visible;
use crate::hash::HashSet;
use crate::report::table::{Align, Table};
use crate::report::text::{BAD, DIM, GOOD, PLACE, STRONG, WARN, count, paint};
use crate::verify::compare::{Cause, ColumnReport, Report, SpecReport, Status};
use crate::verify::job::{Mode, Precision};
use serde_json::{Value, json};

/// Draws the report: a table for each spec and mode, and below it what is to be said of columns that don't agree.
///
/// `line` gives the text of a spec's line, where it is known.
#[must_use]
pub fn render(report: &Report, line: &dyn Fn(&str, usize) -> Option<String>, color: bool) -> String {
    let mut told = HashSet::default();
    let parts: Vec<String> = report.specs.iter().map(|spec| one(spec, line, &mut told, color)).collect();
    let mut text = parts.join("\n");
    if !report.specs.is_empty() {
        text.push('\n');
        text.push_str(&total(report, color));
    }
    text
}

/// One experiment. What is wrong with an environment is `told` once, for all experiments and all columns that lack the same.
fn one<'r>(
    spec: &'r SpecReport,
    line: &dyn Fn(&str, usize) -> Option<String>,
    told: &mut HashSet<&'r str>,
    color: bool,
) -> String {
    let lines = count(spec.lines.len(), "line", "lines");
    let gradients = spec.columns.values().map(|column| column.gradients).max().unwrap_or(0);
    let gradients =
        if gradients == 0 { String::new() } else { format!(" and {}", count(gradients, "gradient", "gradients")) };
    let spec_name = paint(&visible(&spec.spec), STRONG, color);
    let mut text = format!("{spec_name}, {}: {lines}{gradients} compared\n\n", mode(spec.mode));
    let mut table = Table::new(&[
        ("column", Align::Left),
        ("version", Align::Left),
        ("precision", Align::Left),
        ("result", Align::Left),
        ("largest error", Align::Right),
        ("time", Align::Right),
    ]);
    for (name, column) in &spec.columns {
        table.row([
            visible(name).into_owned(),
            column.version.as_deref().map_or_else(|| "-".into(), |version| visible(version).into_owned()),
            precision(column.precision).to_owned(),
            verdict(column, color),
            // Where nothing was compared there is no error, nor by itself, and where it is no number it can't be shown as one.
            column
                .max_error
                .filter(|_| !is_reference(column))
                .map_or_else(|| "-".into(), |error| format!("{error:.1e}")),
            column.seconds.map_or_else(|| "-".into(), |seconds| format!("{seconds:.1} s")),
        ]);
    }
    text.push_str(&table.render(color));
    for (name, column) in spec.columns.iter().filter(|(_, column)| column.status != Status::Agrees) {
        let style = if column.status == Status::Differs { BAD } else { WARN };
        let reason = column.reason.as_deref().unwrap_or("no reason is known");
        let mut names = vec![paint(&visible(name), style, color)];
        if column.cause == Some(Cause::Environment) {
            if !told.insert(reason) {
                continue;
            }
            let alike = spec.columns.iter().filter(|(_, other)| other.reason.as_deref() == Some(reason));
            names = alike.map(|(name, _)| paint(&visible(name), style, color)).collect();
        }
        text.push_str(&format!("\n{}: {}\n", names.join(", "), visible(reason).replace('␊', "\n    ")));
        if let Some(found) = column.first.as_ref().and_then(|first| Some((first.line, line(&spec.spec, first.line)?))) {
            text.push_str(&format!(
                "    {}  {}\n",
                paint(&format!("{}:{}", visible(&spec.spec), found.0), PLACE, color),
                visible(found.1.trim())
            ));
        }
        for line in column.details.iter().flat_map(|details| details.lines()) {
            text.push_str(&format!("    {}\n", paint(&visible(line), DIM, color)));
        }
    }
    text
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Inference => "inference",
        Mode::Training => "training",
    }
}

fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::Float32 => "float32",
        Precision::Float64 => "float64",
    }
}

/// Whether the other columns were compared with it, and nothing else is to be said of it.
fn is_reference(column: &ColumnReport) -> bool {
    column.reference && column.status == Status::Agrees
}

fn verdict(column: &ColumnReport, color: bool) -> String {
    match (column.status, &column.first, column.cause) {
        _ if is_reference(column) => paint("is the reference", GOOD, color),
        (Status::Agrees, _, _) => paint("agrees", GOOD, color),
        (Status::Differs, Some(first), _) => paint(&format!("differs from line {}", first.line), BAD, color),
        (Status::Differs, None, _) => paint("differs", BAD, color),
        (Status::NotRun, _, Some(Cause::Unsupported)) => paint("not run: unsupported", WARN, color),
        (Status::NotRun, _, Some(Cause::Environment)) => paint("not run: no environment", WARN, color),
        (Status::NotRun, _, Some(Cause::Failed)) => paint("not run: failed", WARN, color),
        (Status::NotRun, _, Some(Cause::Alone)) => paint("not compared", WARN, color),
        (Status::NotRun, _, _) => paint("not run", WARN, color),
    }
}

/// `All 5 columns agree in 2 experiments.`
fn total(report: &Report, color: bool) -> String {
    let columns = || report.specs.iter().flat_map(|spec| spec.columns.values());
    let of = |status: Status| columns().filter(|column| column.status == status).count();
    let experiments = count(report.specs.len(), "experiment", "experiments");
    match (of(Status::Differs), of(Status::NotRun)) {
        (0, 0) => paint(&format!("all columns agree in {experiments}"), GOOD, color) + "\n",
        (0, not) => {
            paint(&format!("no column differs, but {not} of {} could not be compared", columns().count()), WARN, color)
                + "\n"
        }
        (differ, _) => paint(&format!("{differ} of {} differ", columns().count()), BAD, color) + "\n",
    }
}

/// The same as data; `exit` is the program's exit status.
#[must_use]
pub fn to_json(report: &Report, seed: u64) -> Value {
    json!({ "seed": seed, "exit": report.verdict().exit_status(), "specs": report.specs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::IndexMap;
    use crate::verify::compare::{Difference, Fault, LineReport};

    fn column(status: Status) -> ColumnReport {
        ColumnReport {
            status,
            precision: Precision::Float64,
            reference: false,
            max_error: Some(3e-16),
            version: Some("1.2".into()),
            seconds: Some(1.25),
            build_seconds: None,
            pass_seconds: None,
            gradients: 0,
            cause: None,
            reason: None,
            details: None,
            first: None,
        }
    }

    fn report() -> Report {
        let differs = ColumnReport {
            max_error: Some(0.25),
            cause: Some(Cause::Line),
            reason: Some("line 7, `y`: off by 2.5e-1 (allowed: 1e-9)".into()),
            first: Some(Difference {
                line: 7,
                name: "y".into(),
                path: String::new(),
                what: None,
                fault: Fault::Value,
                error: Some(0.25),
                shape: vec![3, 4],
            }),
            ..column(Status::Differs)
        };
        let absent = ColumnReport {
            max_error: None,
            version: None,
            seconds: None,
            cause: Some(Cause::Failed),
            reason: Some("it raised an error".into()),
            details: Some("Traceback\nValueError: \u{1b}[31mno".into()),
            ..column(Status::NotRun)
        };
        let columns = [("one", column(Status::Agrees)), ("two", differs), ("three", absent)];
        let lines = vec![LineReport { line: 7, name: "y".into(), error: IndexMap::default() }];
        let columns = columns.map(|(name, report)| (name.to_owned(), report)).into_iter().collect();
        Report { specs: vec![SpecReport { spec: "m.arch".into(), mode: Mode::Training, columns, lines }] }
    }

    #[test]
    fn the_line_that_differs_is_named_and_shown() {
        let text = render(&report(), &|_, line| Some(format!("    y = line {line}")), false);
        insta::assert_snapshot!(text, @r#"
            m.arch, training: 1 line compared

            column  version  precision  result               largest error   time
            one     1.2      float64    agrees                     3.0e-16  1.2 s
            two     1.2      float64    differs from line 7         2.5e-1  1.2 s
            three   -        float64    not run: failed                  -      -

            two: line 7, `y`: off by 2.5e-1 (allowed: 1e-9)
                m.arch:7  y = line 7

            three: it raised an error
                Traceback
                ValueError: ␛[31mno

            1 of 3 differ
        "#);
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn the_reference_has_no_error() {
        let mut report = report();
        report.specs[0].columns["one"].reference = true;
        let text = render(&report, &|_, _| None, false);
        assert!(text.contains("\none     1.2      float64    is the reference                 -  1.2 s\n"), "{text}");
        assert_eq!(to_json(&report, 7)["specs"][0]["columns"]["one"]["reference"], json!(true));
    }

    #[test]
    fn the_last_line_sums_up() {
        let mut report = report();
        let last = |report: &Report| render(report, &|_, _| None, false).lines().last().map(str::to_owned);
        assert_eq!(last(&report).as_deref(), Some("1 of 3 differ"));
        report.specs[0].columns.shift_remove("two");
        assert_eq!(last(&report).as_deref(), Some("no column differs, but 1 of 2 could not be compared"));
        report.specs[0].columns.shift_remove("three");
        assert_eq!(last(&report).as_deref(), Some("all columns agree in 1 experiment"));
        assert_eq!((&to_json(&report, 7)["exit"], &to_json(&report, 7)["seed"]), (&json!(0), &json!(7)));
    }
}
