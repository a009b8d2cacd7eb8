//! The comparison: which columns agree, and at which line one parts from the others.
//!
//! # The reference
//!
//! **With an oracle**, a column that is the readable definition of every operator, its values are the reference: a column that
//! differs from the formula is named, though the frameworks should outvote the formula. But an oracle is a program too.
//! Where three columns or more have agreed with it up to a point, and there agree with each other and not with it, the oracle
//! alone is named; it is overruled, and no reference from there on, since what it computes further is made of what was
//! wrong. Columns that have parted before have no voice in this. An oracle that gives another shape, NaN or infinity
//! loses its place at once.
//!
//! **Without one**, no column is right by decree. The reference of a tap is, element by element, the **median** of what the
//! columns gave: with five columns, or three, a single wrong one lies at an end of the order wherever it is off, so that the
//! median is a value of the right ones and the wrong column alone is named. (A mean would spread its error over
//! all.) With four, the median is the mean of the middle two, which are right ones too.
//!
//! Only columns that run in `float64` form the median, where there are two of them or more; else all do, and the
//! tolerance of `float32` holds for all.
//!
//! With **two** columns, none of which is an oracle, there is no majority: each is measured against the other, and if they
//! differ, both are reported as differing. Where the two are the only `float64` ones and others ran in `float32`, these decide
//! which of the two is right, if they agree with exactly one. With one column there is nothing to compare: it is reported as
//! not run, never as agreeing.
//!
//! # The error
//!
//! max |a - reference| / scale, where the scale is the largest |reference| of the tap (1 for a tap of zeros). A
//! column agrees up to [`Precision::tolerance`]. Another shape than the spec's, NaN and infinity never agree. Positions
//! (of a max pool) must be equal; their reference is the majority, and their error is 0 or 1.
//!
//! # Plain and tapped
//!
//! The program with taps is not quite the program that the user gets, so the plain one is run too. Their outputs must
//! be equal up to 1e-12 (`float64`) or 1e-6 (`float32`) of the scale. Bit for bit would be too much to ask of
//! frameworks that compile graphs: a value that is also fetched is not fused with its successor, which moves the last
//! digit. A program that the taps change in any other way is off by far more.
//!
//! Architecture Invariant: pure. Arrays come in, a report comes out; no file is read, nothing is printed.

use crate::hash::IndexMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::array::Array;
use super::job::{Mode, Precision};
use super::run::Times;

/// What a column gave at a point.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The column.
    pub column: &'a str,
    /// What it runs in.
    pub precision: Precision,
    /// The values, canonical and with batch.
    pub array: &'a Array,
}

/// A column's deviation from the reference at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// The error relative to the scale; none where it is no number (another shape, NaN, infinity).
    pub error: Option<f64>,
    /// The largest error that is allowed here.
    pub tolerance: f64,
    /// What is wrong, if anything.
    pub fault: Option<Fault>,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The error is beyond the tolerance.
    Value,
    /// The shape is not the spec's.
    Shape,
    /// There are NaN or infinite elements.
    NotFinite,
    /// Positions differ.
    Positions,
}

/// How many columns it takes to overrule an oracle.
const JURY: usize = 3;

/// Measure the readings of one point against each other. `shape` is what the spec says, with batch; `exact` is for
/// positions. None for a reading that has no other to be compared with.
pub fn measure(readings: &[Reading<'_>], shape: &[usize], exact: bool) -> Vec<Option<Measurement>> {
    measure_at_scale(readings, shape, exact, 0.0)
}

/// The same, where no scale is below `least`.
fn measure_at_scale(readings: &[Reading<'_>], shape: &[usize], exact: bool, least: f64) -> Vec<Option<Measurement>> {
    let values: Vec<Option<Vec<f64>>> = readings.iter().map(|reading| value(reading, shape)).collect();
    let select = |wanted: &dyn Fn(Precision) -> bool| -> Vec<&[f64]> {
        let pairs = readings.iter().zip(&values).filter(|(reading, _)| wanted(reading.precision));
        pairs.filter_map(|(_, values)| values.as_deref()).collect()
    };
    let doubles = select(&|precision| precision == Precision::Float64);
    let singles = select(&|precision| precision == Precision::Float32);
    let comparable = doubles.len() + singles.len() >= 2;
    let in_double = doubles.len() >= 2;
    let basis = if in_double { doubles } else { select(&|_| true) };
    let floor = if in_double { Precision::Float64 } else { Precision::Float32 }.tolerance();
    let in_basis = |reading: &Reading<'_>| !in_double || reading.precision == Precision::Float64;

    let (reference, stretch) = match (exact, basis.as_slice()) {
        (true, basis) => (majority(basis), 1.0),
        (false, &[a, b]) => match (supported(a, &singles), supported(b, &singles)) {
            (true, false) if in_double => (a.to_vec(), 1.0),
            (false, true) if in_double => (b.to_vec(), 1.0),
            // The median lies midway: the error is the whole distance.
            _ => (median(&basis), 2.0),
        },
        (false, basis) => (median(basis), 1.0),
    };
    let one = |(reading, values): (&Reading<'_>, &Option<Vec<f64>>)| {
        let stretch = if in_basis(reading) { stretch } else { 1.0 };
        match values {
            Some(_) if !comparable => None,
            values => {
                let measured = against(&reference, reading, values.as_deref(), (floor, least), stretch, exact);
                Some(measured)
            }
        }
    };
    readings.iter().zip(&values).map(one).collect()
}

/// Measure the readings of one point against that of the oracle; none if it is no reference: its shape is not the spec's, or
/// it is not finite.
fn measure_by(
    oracle: &Reading<'_>,
    readings: &[Reading<'_>],
    shape: &[usize],
    exact: bool,
) -> Option<Vec<Option<Measurement>>> {
    let reference = value(oracle, shape).filter(|values| values.iter().all(|x| x.is_finite()))?;
    let floor = oracle.precision.tolerance();
    let one = |reading: &Reading<'_>| {
        Some(against(&reference, reading, value(reading, shape).as_deref(), (floor, 0.0), 1.0, exact))
    };
    Some(readings.iter().map(one).collect())
}

/// The values of a reading; none where the shape is not the spec's.
fn value(reading: &Reading<'_>, shape: &[usize]) -> Option<Vec<f64>> {
    (reading.array.shape == shape).then(|| reading.array.to_f64())
}

/// Measure one reading against the reference: no tolerance is below `floor`, no scale below `least`, and the error counts `stretch` times.
fn against(
    reference: &[f64],
    reading: &Reading<'_>,
    values: Option<&[f64]>,
    (floor, least): (f64, f64),
    stretch: f64,
    exact: bool,
) -> Measurement {
    let tolerance = if exact { 0.0 } else { reading.precision.tolerance().max(floor) };
    let found = |error, fault| Measurement { error, tolerance, fault };
    let Some(values) = values else {
        return found(None, Some(Fault::Shape));
    };
    if exact {
        let equal = values == reference;
        return found(Some(f64::from(!equal)), (!equal).then_some(Fault::Positions));
    }
    if values.iter().any(|x| !x.is_finite()) {
        return found(None, Some(Fault::NotFinite));
    }
    let error = deviation_at_scale(values, reference, least).map(|error| error * stretch);
    let agrees = error.is_some_and(|error| error <= tolerance);
    found(error, (!agrees).then_some(Fault::Value))
}

/// The elementwise median; of an even number the mean of the middle two. NaN sorts to an end.
fn median(columns: &[&[f64]]) -> Vec<f64> {
    let len = columns.first().map_or(0, |column| column.len());
    let mut sorted = Vec::with_capacity(columns.len());
    let mut at = |i: usize| {
        sorted.clear();
        sorted.extend(columns.iter().map(|column| column[i]));
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
    };
    (0..len).map(&mut at).collect()
}

/// Elementwise what more than half of the columns say; NaN, equal to nothing, where no value has a majority.
fn majority(columns: &[&[f64]]) -> Vec<f64> {
    let len = columns.first().map_or(0, |column| column.len());
    let votes = |i: usize, x: f64| columns.iter().filter(|column| column[i] == x).count();
    let at = |i: usize| {
        let mut candidates = columns.iter().map(|column| column[i]);
        candidates.find(|&x| 2 * votes(i, x) > columns.len()).unwrap_or(f64::NAN)
    };
    (0..len).map(at).collect()
}

/// Whether a `float32` column agrees with this `float64` one.
fn supported(double: &[f64], singles: &[&[f64]]) -> bool {
    let near = |single: &&[f64]| deviation(single, double);
    singles.iter().filter_map(near).any(|error| error <= Precision::Float32.tolerance())
}

/// The largest distance to the reference relative to its scale; none if it is not finite.
fn deviation(values: &[f64], reference: &[f64]) -> Option<f64> {
    deviation_at_scale(values, reference, 0.0)
}

fn deviation_at_scale(values: &[f64], reference: &[f64], least: f64) -> Option<f64> {
    let scale = reference.iter().fold(least, |scale: f64, x| scale.max(x.abs()));
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let mut largest = 0.0;
    for (value, reference) in values.iter().zip(reference) {
        let distance = (value - reference).abs();
        // `max` would pass over NaN.
        if !distance.is_finite() {
            return None;
        }
        largest = f64::max(largest, distance);
    }
    Some(largest / scale).filter(|error| error.is_finite())
}

/// A point of the program that columns are compared at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point<'a> {
    /// The line of the spec.
    pub line: usize,
    /// The name that the line gives, for the reader.
    pub name: &'a str,
    /// Where in the program, if the line runs more than once (`stage1[2].reduce`); may be empty.
    pub path: &'a str,
    /// What of the line.
    pub what: What<'a>,
    /// The canonical shape with batch.
    pub shape: &'a [usize],
    /// Whether it holds positions, which must be equal.
    pub exact: bool,
}

/// What is compared at a [`Point`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What<'a> {
    /// A value of the line.
    Value,
    /// A running statistic after a training step.
    State(&'a str),
    /// An output of the model.
    Output(&'a str),
    /// The gradient of the outputs' weighted sum.
    Gradient {
        /// With respect to what.
        of: &'a str,
        /// How large the gradients of the whole model are. One that is zero but for rounding, such as that of a bias in front of a
        /// batch normalisation, has no scale of its own.
        scale: f64,
    },
}

/// A gradient is measured by at least this share of the largest one of the model.
const LEAST_SHARE: f64 = 1e-3;

/// The results of all specs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// One entry for each spec and mode.
    pub specs: Vec<SpecReport>,
}

/// The result of one spec in one mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpecReport {
    /// The spec.
    pub spec: String,
    /// What it was run for.
    pub mode: Mode,
    /// Each column's result.
    pub columns: IndexMap<String, ColumnReport>,
    /// The lines that were compared, in the order of the spec.
    pub lines: Vec<LineReport>,
}

/// A column's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnReport {
    /// The verdict.
    pub status: Status,
    /// What it runs in.
    pub precision: Precision,
    /// Whether it is the oracle that the other columns were compared with, and was not overruled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reference: bool,
    /// The largest error of all lines; none if it was not run or if a line has no number.
    pub max_error: Option<f64>,
    /// The version of the framework that ran.
    pub version: Option<String>,
    /// How long it took.
    pub seconds: Option<f64>,
    /// How long of it to build the model once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_seconds: Option<f64>,
    /// How long of it a first pass; in a framework that compiles a graph, with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass_seconds: Option<f64>,
    /// How many gradients were compared.
    #[serde(default)]
    pub gradients: usize,
    /// Why it does not agree, as a code.
    pub cause: Option<Cause>,
    /// Why it does not agree, in a sentence.
    pub reason: Option<String>,
    /// What stands behind the reason: a traceback, or the end of the runner's output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Where it first parts from the others, in the order of the program.
    pub first: Option<Difference>,
}

/// Why a column has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// As a code.
    pub cause: Cause,
    /// In a sentence.
    pub reason: String,
    /// What stands behind it; may be empty.
    pub details: String,
}

/// The verdict on a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every line agrees.
    Agrees,
    /// A line differs, or the plain program from the tapped one.
    Differs,
    /// There is no result, or none to compare it with.
    NotRun,
}

/// Why a column does not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A line has another value.
    Line,
    /// The plain program gives other outputs than the tapped one.
    Plain,
    /// The framework can't do what the spec asks: nothing was emitted.
    Unsupported,
    /// There is no environment to run it in.
    Environment,
    /// It failed while it ran.
    Failed,
    /// There is no other column to compare it with.
    Alone,
}

/// Where a column parts from the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The line of the spec.
    pub line: usize,
    /// The name that the line gives.
    pub name: String,
    /// Where in the program; may be empty.
    pub path: String,
    /// A running statistic or an output, if it is not the line's value.
    pub what: Option<String>,
    /// In what way.
    pub fault: Fault,
    /// The error, if it is a number.
    pub error: Option<f64>,
    /// The shape that the column gave.
    pub shape: Vec<usize>,
}

/// The errors of one line: where it was tapped more than once, the largest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineReport {
    /// The line of the spec.
    pub line: usize,
    /// The name that it gives.
    pub name: String,
    /// Each column's error; null where it is no number.
    pub error: IndexMap<String, Option<f64>>,
}

/// What a whole report comes to, for the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All columns of all specs agree.
    Agrees,
    /// A column differs.
    Differs,
    /// None differs, but one could not be run (or there was nothing to run).
    NotRun,
}

impl Verdict {
    /// 0, 1, 2.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Agrees => 0,
            Self::Differs => 1,
            Self::NotRun => 2,
        }
    }
}

impl Report {
    /// The verdict on everything. A report of nothing has not run.
    pub fn verdict(&self) -> Verdict {
        let has = |status| {
            let mut columns = self.specs.iter().flat_map(|spec| spec.columns.values());
            columns.any(|column| column.status == status)
        };
        let empty = self.specs.iter().any(|spec| spec.columns.is_empty());
        match (has(Status::Differs), has(Status::NotRun), has(Status::Agrees)) {
            (true, _, _) => Verdict::Differs,
            (false, false, true) if !empty => Verdict::Agrees,
            _ => Verdict::NotRun,
        }
    }
}

/// Gathers the points of one spec into its report. Points come in the order of the program.
#[derive(Debug)]
pub struct Comparison {
    report: SpecReport,
    /// For each column: how many points were compared, and the first that lacked a partner.
    progress: IndexMap<String, Progress>,
    /// The column whose values are the reference, until it is overruled.
    oracle: Option<String>,
}

#[derive(Debug, Default)]
struct Progress {
    compared: usize,
    alone: Option<usize>,
}

impl Comparison {
    /// Begin the report of a spec.
    pub fn new(spec: &str, mode: Mode) -> Self {
        let (columns, lines) = (IndexMap::default(), vec![]);
        let report = SpecReport { spec: spec.to_owned(), mode, columns, lines };
        Self { report, progress: IndexMap::default(), oracle: None }
    }

    /// Add a column that has a result. What becomes of it the points will tell.
    pub fn add(&mut self, column: &str, precision: Precision, version: Option<&str>, times: impl Into<Times>) {
        let times = times.into();
        let report = ColumnReport {
            status: Status::Agrees,
            precision,
            reference: false,
            max_error: None,
            version: version.map(str::to_owned),
            seconds: Some(times.all),
            build_seconds: times.build,
            pass_seconds: times.pass,
            gradients: 0,
            cause: None,
            reason: None,
            details: None,
            first: None,
        };
        self.report.columns.insert(column.to_owned(), report);
        self.progress.insert(column.to_owned(), Progress::default());
    }

    /// Make a column that was added the oracle. The first one is, if there are several.
    pub fn trust(&mut self, column: &str) {
        self.oracle.get_or_insert_with(|| column.to_owned());
    }

    /// Add a column that has no result, or take back one that turned out to have none that can be read.
    pub fn add_absent(&mut self, column: &str, precision: Precision, version: Option<&str>, absence: Absence) {
        let known = self.report.columns.get(column).and_then(|column| column.version.clone());
        let report = ColumnReport {
            status: Status::NotRun,
            precision,
            reference: false,
            max_error: None,
            version: version.map(str::to_owned).or(known),
            seconds: None,
            build_seconds: None,
            pass_seconds: None,
            gradients: 0,
            cause: Some(absence.cause),
            reason: Some(absence.reason),
            details: Some(absence.details).filter(|details| !details.is_empty()),
            first: None,
        };
        self.report.columns.insert(column.to_owned(), report);
        self.progress.shift_remove(column);
        self.oracle.take_if(|oracle| oracle == column);
        for line in &mut self.report.lines {
            line.error.shift_remove(column);
        }
    }

    /// Whether a column counts: it was added, and not taken back.
    pub fn counts(&self, column: &str) -> bool {
        self.progress.contains_key(column)
    }

    /// Compare what the columns gave at a point.
    pub fn point(&mut self, point: Point<'_>, readings: &[Reading<'_>]) {
        let measured = self.measured(&point, readings);
        for (reading, measurement) in readings.iter().zip(measured) {
            let column = self.report.columns.get_mut(reading.column);
            let (Some(column), Some(progress)) = (column, self.progress.get_mut(reading.column)) else {
                continue;
            };
            let Some(measurement) = measurement else {
                // Other columns may not tap this line at all; but if one did, and was of no use, that is a gap.
                if readings.len() > 1 {
                    progress.alone.get_or_insert(point.line);
                }
                continue;
            };
            column.max_error = match (progress.compared, column.max_error) {
                (0, _) => measurement.error,
                (_, largest) => larger(largest, measurement.error),
            };
            progress.compared += 1;
            if let What::Gradient { .. } = point.what {
                column.gradients += 1;
            }
            note(&mut self.report.lines, &point, reading.column, measurement.error);
            let Some(fault) = measurement.fault else { continue };
            if column.first.is_none() {
                let difference = Difference {
                    line: point.line,
                    name: point.name.to_owned(),
                    path: point.path.to_owned(),
                    what: match point.what {
                        What::Value => None,
                        What::State(name) => Some(format!("running {name}")),
                        What::Output(name) => Some(format!("output `{name}`")),
                        What::Gradient { of, .. } => Some(format!("gradient of {of}")),
                    },
                    fault,
                    error: measurement.error,
                    shape: reading.array.shape.clone(),
                };
                let reason = sentence(&difference, point.shape, measurement.tolerance);
                column.status = Status::Differs;
                column.cause = Some(Cause::Line);
                column.reason = Some(reason);
                column.first = Some(difference);
            }
        }
    }

    /// Measure by the oracle, as long as it is not overruled; else by each other.
    fn measured(&mut self, point: &Point<'_>, readings: &[Reading<'_>]) -> Vec<Option<Measurement>> {
        if let What::Gradient { scale, .. } = point.what {
            return measure_at_scale(readings, point.shape, point.exact, LEAST_SHARE * scale);
        }
        let by_each_other = |readings: &[Reading<'_>]| measure(readings, point.shape, point.exact);
        let is_oracle = |reading: &&Reading<'_>| self.oracle.as_deref() == Some(reading.column);
        let comparable = readings.iter().any(|other| !is_oracle(&other) && other.array.shape == point.shape);
        let Some(oracle) = readings.iter().find(is_oracle).filter(|_| comparable) else {
            return by_each_other(readings);
        };
        let faulty = |measured: &Option<Measurement>| measured.is_some_and(|found| found.fault.is_some());
        let by_oracle = measure_by(oracle, readings, point.shape, point.exact);
        if let Some(measured) = by_oracle {
            if !measured.iter().any(faulty) {
                return measured;
            }
            let agreed = |reading: &&Reading<'_>| {
                self.report.columns.get(reading.column).is_some_and(|column| column.status == Status::Agrees)
            };
            let jury = readings.iter().filter(|reading| !is_oracle(reading)).filter(agreed);
            // The oracle stands last.
            let court: Vec<Reading<'_>> = jury.chain([oracle]).copied().collect();
            let verdict: Vec<bool> = by_each_other(&court).iter().map(faulty).collect();
            let overruled = verdict
                .split_last()
                .is_some_and(|(oracle, jury)| jury.len() >= JURY && *oracle && !jury.contains(&true));
            if !overruled {
                return measured;
            }
        }
        self.oracle = None;
        by_each_other(readings)
    }

    /// Compare an output of a column's plain program with that of its tapped one.
    pub fn plain(&mut self, column: &str, output: &str, plain: &Array, tapped: &Array) {
        let Some(report) = self.report.columns.get_mut(column) else { return };
        let tolerance = match report.precision {
            Precision::Float64 => 1e-12,
            Precision::Float32 => 1e-6,
        };
        let by = if plain.shape == tapped.shape {
            // Where both are not finite in the same places they are the same; that is a fault of its own elsewhere.
            let (plain, tapped) = (plain.to_f64(), tapped.to_f64());
            let same = plain.iter().zip(&tapped).all(|(a, b)| a.to_bits() == b.to_bits());
            match deviation(&plain, &tapped) {
                _ if same => return,
                Some(error) if error <= tolerance => return,
                Some(error) => format!("by {error:.1e}"),
                None => "where one is not finite".to_owned(),
            }
        } else {
            format!("in shape: {:?} and {:?}", plain.shape, tapped.shape)
        };
        // Said even where a line differs too: a program that taps change tells nothing by its taps.
        report.status = Status::Differs;
        report.cause = Some(Cause::Plain);
        report.reason = Some(format!("the plain program and the tapped one give another `{output}`: they differ {by}"));
    }

    /// End the report.
    pub fn finish(mut self) -> SpecReport {
        for (column, progress) in &self.progress {
            let Some(report) = self.report.columns.get_mut(column) else { continue };
            if report.status != Status::Agrees {
                continue;
            }
            let reason = match progress {
                Progress { compared: 0, .. } => "there is no other column to compare it with".to_owned(),
                Progress { alone: Some(line), .. } => {
                    format!("at line {line} there is no other column to compare it with")
                }
                Progress { .. } => continue,
            };
            report.status = Status::NotRun;
            report.cause = Some(Cause::Alone);
            report.reason = Some(reason);
        }
        let oracle = self.oracle.as_ref().and_then(|oracle| self.report.columns.get_mut(oracle));
        if let Some(oracle) = oracle {
            oracle.reference = oracle.status != Status::NotRun;
        }
        self.report.lines.sort_by_key(|line| line.line);
        self.report
    }
}

/// The larger error, where none is larger than any.
fn larger(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a?.max(b?))
}

/// Enter an error into its line.
fn note(lines: &mut Vec<LineReport>, point: &Point<'_>, column: &str, error: Option<f64>) {
    let at = lines.iter().position(|line| line.line == point.line).unwrap_or_else(|| {
        let (name, errors) = (point.name.to_owned(), IndexMap::default());
        lines.push(LineReport { line: point.line, name, error: errors });
        lines.len() - 1
    });
    let errors = &mut lines[at].error;
    let largest = errors.get(column).map_or(error, |&largest| larger(largest, error));
    errors.insert(column.to_owned(), largest);
}

fn sentence(difference: &Difference, expected: &[usize], tolerance: f64) -> String {
    let Difference { line, name, path, what, fault, error, shape } = difference;
    let mut text = format!("line {line}, `{name}`");
    if !path.is_empty() {
        text.push_str(&format!(" in {path}"));
    }
    if let Some(what) = what {
        text.push_str(&format!(", {what}"));
    }
    // The batch is the reader's no concern.
    let inner = |shape: &[usize]| Shape(shape.get(1..).unwrap_or_default()).to_string();
    let wrong = match (fault, error) {
        (Fault::Shape, _) if shape.get(1..) == expected.get(1..) => "the batch is lost".to_owned(),
        (Fault::Shape, _) => {
            format!("the shape is {}, the spec's is {}", inner(shape), inner(expected))
        }
        (Fault::NotFinite, _) => "there are NaN or infinite values".to_owned(),
        (Fault::Positions, _) => "the positions of the maxima differ".to_owned(),
        (Fault::Value, Some(error)) => format!("off by {error:.1e} (allowed: {tolerance:.0e})"),
        (Fault::Value, None) => "the other columns' values are not finite".to_owned(),
    };
    format!("{text}: {wrong}")
}

/// A shape as the spec writes it.
struct Shape<'a>(&'a [usize]);

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.0.iter().map(usize::to_string).collect();
        write!(f, "[{}]", sizes.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Precision::{Float32, Float64};

    const FIVE: [&str; 5] = ["a", "b", "c", "d", "e"];

    fn point(line: usize, shape: &[usize]) -> Point<'_> {
        Point { line, name: "x", path: "", what: What::Value, shape, exact: false }
    }

    fn readings<'a>(columns: &[(&'a str, Precision, &'a Array)]) -> Vec<Reading<'a>> {
        let one = |&(column, precision, array)| Reading { column, precision, array };
        columns.iter().map(one).collect()
    }

    /// Compare one-dimensional values of several columns, at one line a step.
    fn compare(columns: &[(&str, Precision)], steps: &[&[&[f64]]]) -> SpecReport {
        compare_by(None, columns, steps)
    }

    /// The same with an oracle.
    fn compare_by(oracle: Option<&str>, columns: &[(&str, Precision)], steps: &[&[&[f64]]]) -> SpecReport {
        let mut comparison = Comparison::new("net", Mode::Inference);
        for &(column, precision) in columns {
            comparison.add(column, precision, Some("1.0"), 0.5);
        }
        if let Some(oracle) = oracle {
            comparison.trust(oracle);
        }
        for (i, step) in steps.iter().enumerate() {
            let arrays: Vec<Array> = step.iter().map(|v| Array::float64([1, v.len()], v.to_vec())).collect();
            let all: Vec<_> = columns.iter().zip(&arrays).map(|(&(c, p), a)| (c, p, a)).collect();
            comparison.point(point(i + 1, &[1, step[0].len()]), &readings(&all));
        }
        comparison.finish()
    }

    fn statuses(report: &SpecReport) -> Vec<Status> {
        report.columns.values().map(|column| column.status).collect()
    }

    #[test]
    fn a_median_names_the_one_wrong_column() {
        let right: &[f64] = &[1.0, -2.0, 3.0, 0.5];
        // It is off to either side: neither drags the reference along.
        let wrong: &[f64] = &[1.0, -2.5, 3.5, 0.5];
        for position in 0..5 {
            let mut values = [right; 5];
            values[position] = wrong;
            let report = compare(&FIVE.map(|c| (c, Float64)), &[&[right; 5], &values]);
            for (i, column) in report.columns.values().enumerate() {
                if i == position {
                    assert_eq!(column.status, Status::Differs);
                    assert_eq!(column.first.as_ref().map(|first| first.line), Some(2));
                    assert!(column.max_error.is_some_and(|error| (error - 0.5 / 3.0).abs() < 1e-12));
                    let reason = "line 2, `x`: off by 1.7e-1 (allowed: 1e-9)";
                    assert_eq!(column.reason.as_deref(), Some(reason));
                } else {
                    assert_eq!((column.status, column.max_error), (Status::Agrees, Some(0.0)));
                }
            }
        }
    }

    #[test]
    fn an_oracle_is_the_reference() {
        let (right, wrong): (&[f64], &[f64]) = (&[1.0, 2.0], &[1.0, 2.5]);
        // Against one, against two that are wrong alike, and against four of which three are wrong alike.
        let rows: [&[&[f64]]; 3] = [&[right, wrong], &[right, wrong, wrong], &[right, wrong, right, wrong, wrong]];
        for row in rows {
            let columns = FIVE.map(|c| (c, Float64));
            let report = compare_by(Some("a"), &columns[..row.len()], &[row]);
            for ((name, column), values) in report.columns.iter().zip(row) {
                let expected = if *values == wrong { Status::Differs } else { Status::Agrees };
                assert_eq!((column.status, column.reference), (expected, name == "a"), "{name}");
            }
            assert_eq!(report.columns["a"].max_error, Some(0.0));
            assert_eq!(report.columns["b"].max_error, Some(0.25), "the whole distance, not that to a median");
        }
        // It need not come first, and a column in single precision is held to its own tolerance.
        let columns = [("a", Float32), ("b", Float64)];
        let report = compare_by(Some("b"), &columns, &[&[&[1.0 + 9e-6], &[1.0]]]);
        assert_eq!(statuses(&report), [Status::Agrees; 2]);
        let report = compare_by(Some("b"), &columns, &[&[&[1.0 + 2e-5], &[1.0]]]);
        assert_eq!(statuses(&report), [Status::Differs, Status::Agrees]);
    }

    #[test]
    fn three_that_agree_overrule_an_oracle() {
        let (right, wrong, other): (&[f64], &[f64], &[f64]) = (&[1.0, 2.0], &[1.0, 2.5], &[1.5, 2.0]);
        let columns = FIVE.map(|c| (c, Float64));
        // It loses its place: what it makes of its own mistake is no reference for the lines behind.
        let steps: [&[&[f64]]; 3] =
            [&[right; 5], &[wrong, right, right, right, right], &[wrong, right, right, right, other]];
        let report = compare_by(Some("a"), &columns, &steps);
        let (agrees, differs) = (Status::Agrees, Status::Differs);
        assert_eq!(statuses(&report), [differs, agrees, agrees, agrees, differs]);
        let first = |name: &str| report.columns[name].first.as_ref().map(|first| first.line);
        assert_eq!((first("a"), first("e")), (Some(2), Some(3)));
        assert!(report.columns.values().all(|column| !column.reference));

        // Two are too few; so are three of which one had parted before.
        let report = compare_by(Some("a"), &columns[..3], &[&[wrong, right, right]]);
        assert_eq!(statuses(&report), [agrees, differs, differs]);
        let steps: [&[&[f64]]; 2] = [&[right, right, right, other], &[wrong, right, right, right]];
        let report = compare_by(Some("a"), &columns[..4], &steps);
        assert_eq!(statuses(&report), [agrees, differs, differs, differs]);
        // A column that had parted does not save the oracle either.
        let steps: [&[&[f64]]; 2] = [&[right, right, right, right, other], &[wrong, right, right, right, other]];
        let report = compare_by(Some("a"), &columns, &steps);
        assert_eq!(statuses(&report), [differs, agrees, agrees, agrees, differs]);
        assert_eq!(report.columns["a"].first.as_ref().map(|first| first.line), Some(2));
    }

    #[test]
    fn an_oracle_must_say_something() {
        let right: &[f64] = &[1.0];
        for bad in [f64::NAN, f64::INFINITY] {
            let columns = FIVE.map(|c| (c, Float64));
            let report = compare_by(Some("a"), &columns, &[&[&[bad], right, right, right, right], &[right; 5]]);
            assert_eq!(report.columns["a"].first.as_ref().map(|first| first.fault), Some(Fault::NotFinite));
            assert_eq!(statuses(&report)[1..], [Status::Agrees; 4]);
            // What is not finite agrees with nothing, not even with an oracle that is not.
            let like: &[f64] = &[bad];
            let report = compare_by(Some("a"), &columns, &[&[like; 5]]);
            assert_eq!(statuses(&report), [Status::Differs; 5]);
        }
        // Alone it has not been compared, and one that was taken back is none.
        let report = compare_by(Some("a"), &[("a", Float64)], &[&[right]]);
        assert_eq!((statuses(&report)[0], report.columns["a"].reference), (Status::NotRun, false));
        let mut comparison = Comparison::new("net", Mode::Inference);
        for column in ["a", "b", "c"] {
            comparison.add(column, Float64, None, 0.0);
        }
        comparison.trust("a");
        let absence = Absence { cause: Cause::Failed, reason: "it failed".to_owned(), details: String::new() };
        comparison.add_absent("a", Float64, None, absence);
        let (one, two) = (Array::float64([1, 1], vec![1.0]), Array::float64([1, 1], vec![2.0]));
        comparison.point(point(1, &[1, 1]), &readings(&[("b", Float64, &one), ("c", Float64, &two)]));
        assert_eq!(statuses(&comparison.finish()), [Status::NotRun, Status::Differs, Status::Differs]);
    }

    #[test]
    fn an_oracle_has_positions_too() {
        let right = Array::int64([1, 3], vec![0, 5, 9]);
        let wrong = Array::int64([1, 3], vec![0, 5, 8]);
        let at = Point { exact: true, ..point(2, &[1, 3]) };
        for (others, expected) in [(2, [Status::Agrees, Status::Differs]), (3, [Status::Differs, Status::Agrees])] {
            let mut comparison = Comparison::new("net", Mode::Inference);
            for column in &FIVE[..=others] {
                comparison.add(column, Float64, None, 0.0);
            }
            comparison.trust("a");
            let of = |column| if column == "a" { &wrong } else { &right };
            let all: Vec<_> = FIVE[..=others].iter().map(|&column| (column, Float64, of(column))).collect();
            comparison.point(at, &readings(&all));
            let report = comparison.finish();
            assert_eq!(statuses(&report)[..2], expected);
        }
    }

    #[test]
    fn four_and_three_columns_name_it_too() {
        let (right, wrong): (&[f64], &[f64]) = (&[1.0, 2.0], &[1.0, 2.1]);
        let four = compare(
            &[("a", Float64), ("b", Float64), ("c", Float64), ("d", Float64)],
            &[&[right, right, wrong, right]],
        );
        assert_eq!(statuses(&four), [Status::Agrees, Status::Agrees, Status::Differs, Status::Agrees]);
        let three = compare(&[("a", Float64), ("b", Float64), ("c", Float64)], &[&[wrong, right, right]]);
        assert_eq!(statuses(&three), [Status::Differs, Status::Agrees, Status::Agrees]);
    }

    #[test]
    fn two_columns_that_differ_both_differ() {
        let report = compare(&[("a", Float64), ("b", Float64)], &[&[&[1.0], &[1.0 + 1.5e-9]]]);
        assert_eq!(statuses(&report), [Status::Differs, Status::Differs]);
        let report = compare(&[("a", Float64), ("b", Float64)], &[&[&[1.0], &[1.0 + 0.5e-9]]]);
        assert_eq!(statuses(&report), [Status::Agrees, Status::Agrees]);
    }

    #[test]
    fn a_single_precision_column_decides_between_two() {
        let columns = [("a", Float64), ("b", Float64), ("c", Float32)];
        let report = compare(&columns, &[&[&[1.0, 2.0], &[1.0, 2.01], &[1.0, 2.000_001]]]);
        assert_eq!(statuses(&report), [Status::Agrees, Status::Differs, Status::Agrees]);
        // It agrees with neither: nobody knows.
        let report = compare(&columns, &[&[&[1.0, 2.0], &[1.0, 2.01], &[1.0, 3.0]]]);
        assert_eq!(statuses(&report), [Status::Differs; 3]);
    }

    #[test]
    fn single_precision_is_held_to_its_own_tolerance() {
        let columns = [("a", Float64), ("b", Float64), ("c", Float32)];
        let report = compare(&columns, &[&[&[1.0], &[1.0], &[1.0 + 9e-6]]]);
        assert_eq!(statuses(&report), [Status::Agrees; 3]);
        let report = compare(&columns, &[&[&[1.0], &[1.0], &[1.0 + 2e-5]]]);
        assert_eq!(statuses(&report), [Status::Agrees, Status::Agrees, Status::Differs]);
        // Fewer than two in double precision: all form the reference, at the tolerance of single precision.
        let report = compare(&[("a", Float64), ("c", Float32)], &[&[&[1.0], &[1.0 + 9e-6]]]);
        assert_eq!(statuses(&report), [Status::Agrees; 2]);
    }

    #[test]
    fn one_column_alone_never_agrees() {
        let report = compare(&[("a", Float64)], &[&[&[1.0]]]);
        assert_eq!(statuses(&report), [Status::NotRun]);
        assert_eq!(report.columns["a"].cause, Some(Cause::Alone));
        assert!(report.lines.is_empty());
        let none = compare(&[("a", Float64), ("b", Float64)], &[]);
        assert_eq!(statuses(&none), [Status::NotRun; 2]);
    }

    #[test]
    fn nothing_that_is_not_finite_agrees() {
        for bad in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let report = compare(&FIVE.map(|c| (c, Float64)), &[&[&[1.0], &[1.0], &[bad], &[1.0], &[1.0]]]);
            let column = &report.columns["c"];
            assert_eq!((column.status, column.max_error), (Status::Differs, None));
            assert_eq!(report.columns["a"].status, Status::Agrees);
            assert_eq!(report.lines[0].error["c"], None);
            // Not even with its like.
            let like: &[f64] = &[bad];
            let report = compare(&FIVE.map(|c| (c, Float64)), &[&[like; 5]]);
            assert_eq!(statuses(&report), [Status::Differs; 5]);
        }
    }

    #[test]
    fn lines_of_zeros_and_of_small_values_keep_their_scale() {
        let columns = FIVE.map(|c| (c, Float64));
        let zeros: &[f64] = &[0.0, 0.0];
        let report = compare(&columns, &[&[zeros; 5]]);
        assert_eq!(statuses(&report), [Status::Agrees; 5]);
        let small: &[f64] = &[1e-12];
        let report = compare(&columns, &[&[small, small, &[2e-12], small, small]]);
        assert_eq!(report.columns["c"].status, Status::Differs);
    }

    #[test]
    fn shapes_must_be_the_specs() {
        let right = Array::float64([2, 3, 4], vec![1.0; 24]);
        let turned = Array::float64([2, 4, 3], vec![1.0; 24]);
        let mut comparison = Comparison::new("net", Mode::Inference);
        for column in ["a", "b", "c"] {
            comparison.add(column, Float64, None, 0.0);
        }
        let all = readings(&[("a", Float64, &right), ("b", Float64, &turned), ("c", Float64, &right)]);
        comparison.point(Point { path: "stage1[0]", ..point(4, &[2, 3, 4]) }, &all);
        let report = comparison.finish();
        assert_eq!(statuses(&report), [Status::Agrees, Status::Differs, Status::Agrees]);
        let reason = "line 4, `x` in stage1[0]: the shape is [4, 3], the spec's is [3, 4]";
        assert_eq!(report.columns["b"].reason.as_deref(), Some(reason));

        // A column whose only partner has another shape has not been compared.
        let mut comparison = Comparison::new("net", Mode::Inference);
        comparison.add("a", Float64, None, 0.0);
        comparison.add("b", Float64, None, 0.0);
        comparison.point(point(3, &[2, 3, 4]), &readings(&[("a", Float64, &right), ("b", Float64, &right)]));
        comparison.point(point(4, &[2, 3, 4]), &all[..2]);
        let report = comparison.finish();
        assert_eq!(statuses(&report), [Status::NotRun, Status::Differs]);
    }

    #[test]
    fn positions_are_equal_or_not() {
        let right = Array::int64([1, 3], vec![0, 5, 9]);
        let wrong = Array::int64([1, 3], vec![0, 5, 8]);
        let at = Point { exact: true, ..point(2, &[1, 3]) };
        let mut comparison = Comparison::new("net", Mode::Inference);
        for column in ["a", "b", "c"] {
            comparison.add(column, Float64, None, 0.0);
        }
        comparison.point(at, &readings(&[("a", Float64, &wrong), ("b", Float64, &right), ("c", Float64, &right)]));
        let report = comparison.finish();
        assert_eq!(statuses(&report), [Status::Differs, Status::Agrees, Status::Agrees]);
        assert_eq!(report.lines[0].error["a"], Some(1.0));
        let two = measure(&readings(&[("a", Float64, &wrong), ("b", Float64, &right)]), &[1, 3], true);
        assert!(two.iter().flatten().all(|m| m.fault == Some(Fault::Positions)));
    }

    #[test]
    fn several_taps_on_a_line_give_the_largest_error() {
        let (zero, off) = (Array::float64([1, 1], vec![1.0]), Array::float64([1, 1], vec![1.25]));
        let mut comparison = Comparison::new("net", Mode::Training);
        for column in ["a", "b", "c"] {
            comparison.add(column, Float64, None, 0.0);
        }
        for (path, third) in [("first", &zero), ("second", &off), ("third", &zero)] {
            let all = readings(&[("a", Float64, &zero), ("b", Float64, &zero), ("c", Float64, third)]);
            comparison.point(Point { path, ..point(7, &[1, 1]) }, &all);
        }
        let all = readings(&[("a", Float64, &zero), ("b", Float64, &zero), ("c", Float64, &zero)]);
        comparison.point(Point { what: What::State("mean"), ..point(3, &[1, 1]) }, &all);
        let report = comparison.finish();
        let lines: Vec<usize> = report.lines.iter().map(|line| line.line).collect();
        assert_eq!(lines, [3, 7]);
        assert_eq!(report.lines[1].error["c"], Some(0.25));
        assert_eq!(report.columns["c"].first.as_ref().map(|first| first.path.as_str()), Some("second"));
    }

    #[test]
    fn a_program_that_taps_change_is_a_failure_of_its_own() {
        let tapped = Array::float64([1, 1], vec![1.0]);
        for (plain, agrees) in [(1.0, true), (1.0 + 1e-13, true), (1.0 + 1e-11, false), (f64::NAN, false)] {
            let mut comparison = Comparison::new("net", Mode::Inference);
            for column in ["a", "b"] {
                comparison.add(column, Float64, None, 0.0);
            }
            comparison.point(point(1, &[1, 1]), &readings(&[("a", Float64, &tapped), ("b", Float64, &tapped)]));
            comparison.plain("a", "y", &Array::float64([1, 1], vec![plain]), &tapped);
            let column = &comparison.finish().columns["a"];
            assert_eq!(column.status == Status::Agrees, agrees);
            assert_eq!(column.cause, (!agrees).then_some(Cause::Plain));
        }
    }

    #[test]
    fn the_report_reads_as_documented() -> Result<(), serde_json::Error> {
        let mut report = compare(&[("a", Float64), ("b", Float64)], &[&[&[1.0], &[1.0]]]);
        report.columns.insert("c".to_owned(), {
            let mut comparison = Comparison::new("net", Mode::Inference);
            let (cause, reason) = (Cause::Environment, "`uv` was not found".to_owned());
            comparison.add_absent("c", Float32, None, Absence { cause, reason, details: String::new() });
            comparison.finish().columns["c"].clone()
        });
        let report = Report { specs: vec![report] };
        assert_eq!(report.verdict(), Verdict::NotRun);
        let json = serde_json::to_value(&report)?;
        let spec = &json["specs"][0];
        assert_eq!(spec["spec"], "net");
        assert_eq!(spec["columns"]["a"]["status"], "agrees");
        assert_eq!(spec["columns"]["a"]["precision"], "float64");
        assert_eq!(spec["columns"]["a"]["max_error"], 0.0);
        assert_eq!(spec["columns"]["a"]["version"], "1.0");
        assert_eq!(spec["columns"]["c"]["status"], "not-run");
        assert_eq!(spec["lines"][0], serde_json::json!({"line": 1, "name": "x", "error": {"a": 0.0, "b": 0.0}}));
        assert_eq!(serde_json::from_value::<Report>(json)?, report);
        Ok(())
    }

    #[test]
    fn verdicts_and_exit_statuses() {
        let of =
            |values: &[&[f64]]| Report { specs: vec![compare(&FIVE.map(|c| (c, Float64))[..values.len()], &[values])] };
        assert_eq!(of(&[&[1.0], &[1.0]]).verdict().exit_status(), 0);
        assert_eq!(of(&[&[1.0], &[1.0], &[2.0]]).verdict().exit_status(), 1);
        assert_eq!(of(&[&[1.0]]).verdict().exit_status(), 2);
        assert_eq!(Report::default().verdict().exit_status(), 2);
    }
}
