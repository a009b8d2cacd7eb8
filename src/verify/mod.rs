//! Verification: every column runs in its real framework, with the same weights and inputs, and the value of every line
//! is compared.
//!
//! | module          | what it does                                                             |
//! |-----------------|--------------------------------------------------------------------------|
//! | [`children`]    | processes that end with all that they started                             |
//! | [`signals`]     | what happens when the program is told to end                              |
//! | [`environment`] | makes the columns' Python environments, and says what is missing          |
//! | [`draw`]        | draws weights and inputs from a seed                                      |
//! | [`mod@array`]   | arrays and `.npz` files                                                   |
//! | `npy`           | the head of each array in such a file                                     |
//! | [`job`]         | the file that a column's runner reads                                     |
//! | [`run`]         | the columns' processes, side by side                                      |
//! | [`progress`]    | bars on the terminal                                                      |
//! | [`compare`]     | the judgement, pure                                                       |
//!
//! The other half is Python: `templates/harness.py`, shared, and each column's `run.py`.
//!
//! [`verify`] puts them together: it takes [`Experiment`]s, which are plain data that the floors below make of a spec,
//! and gives a [`Report`].
//!
//! Architecture Invariant: this floor knows no framework, no operator and no syntax tree. What differs from column to
//! column comes in as data; what is emitted comes in as text. And nothing passes that was not run: an experiment that
//! could not be made, started or read is `not-run`, with its reason.

pub mod array;
pub mod children;
pub mod compare;
pub mod draw;
pub mod environment;
pub mod job;
pub mod memory;
mod npy;
pub mod progress;
pub mod run;
pub mod signals;

use crate::failure::Failure;
use crate::hash::{HashMap, IndexMap};
use crate::output;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use array::{Array, Npz, write_npz};
use compare::{Absence, Cause, Comparison, Point, Reading, Report, SpecReport, What};
use job::{Case, ElementType, Input, Job, Kind, Mode, Output, Precision, Tap, Weights};
use run::{ColumnOutcome, Event, Limits, Runner, Times};

/// One spec in one mode, with one choice of hyperparameters and sizes: what all columns share, and each one's program.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// The spec's name in the report.
    pub spec: String,
    /// What the programs are run for.
    pub mode: Mode,
    /// The number of examples in a batch.
    pub batch: usize,
    /// The inputs, in the order of the model's signature.
    pub inputs: Vec<InputTensor>,
    /// The operators that own weights, in program order.
    pub weights: Vec<WeightGroup>,
    /// The points of the program that are compared, in program order.
    pub taps: Vec<TapPoint>,
    /// The model's outputs, in order.
    pub outputs: Vec<OutputTensor>,
    /// Each column's program, by the column's id. A column without one is reported as not run.
    pub programs: IndexMap<String, Program>,
}

/// An input of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputTensor {
    /// Its name in the spec.
    pub name: String,
    /// Its layout.
    pub kind: Kind,
    /// The canonical shape, without batch.
    pub shape: Vec<usize>,
    /// What it holds.
    pub values: Values,
}

/// What an input holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Real numbers, in the column's precision.
    Real,
    /// Whole numbers in 0..bound.
    Whole {
        /// The bound.
        bound: u64,
        /// As `int64` rather than `int32`.
        wide: bool,
    },
}

/// The weights of one operator of the program.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightGroup {
    /// The operator.
    pub op: String,
    /// Where in the program, such as `stage1[0].reduce.conv`: it should be unique, since it chooses the numbers drawn.
    pub name: String,
    /// The line of the spec.
    pub line: usize,
    /// The operator's parameters, for the columns' custom maps.
    pub attributes: IndexMap<String, Value>,
    /// The canonical weights that are present.
    pub arrays: Vec<WeightArray>,
}

/// One canonical weight.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightArray {
    /// Its name in the operator's declaration.
    pub name: String,
    /// The canonical shape.
    pub shape: Vec<usize>,
    /// The value that it starts from by its declaration; 0 if that is random.
    pub initial: f64,
    /// Whether it must be positive, as a variance must.
    pub positive: bool,
    /// Whether it is a running statistic, which training updates, and no parameter.
    pub state: bool,
}

/// A point of the program that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapPoint {
    /// The line of the spec.
    pub line: usize,
    /// Which output of the line.
    pub slot: usize,
    /// The name that the line gives it, for the report.
    pub name: String,
    /// Where in the program, if the line runs more than once; may be empty.
    pub path: String,
    /// Its layout; [`Kind::Indices`] is compared exactly.
    pub kind: Kind,
    /// The canonical shape, without batch.
    pub shape: Vec<usize>,
    /// For indices: the pooling window.
    pub window: Option<Vec<usize>>,
    /// For indices: the plane before pooling, where it is not shape * window.
    pub plane: Option<Vec<usize>>,
}

/// An output of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputTensor {
    /// Its name in the spec.
    pub name: String,
    /// The line that makes it.
    pub line: usize,
    /// Its layout.
    pub kind: Kind,
    /// The canonical shape, without batch.
    pub shape: Vec<usize>,
}

/// A column's program for an experiment.
#[derive(Debug, Clone, PartialEq)]
pub enum Program {
    /// It was emitted.
    Emitted(Emitted),
    /// It could not be: the framework can't do something; the reason names the line.
    Unsupported(String),
}

/// An emitted program.
#[derive(Debug, Clone, PartialEq)]
pub struct Emitted {
    /// The class or function to call.
    pub model: String,
    /// The text of the file as the user gets it (in training mode: with all dropout rates 0).
    pub plain: String,
    /// The same with a tap behind each line.
    pub tapped: String,
    /// The hyperparameters to call it with.
    pub arguments: IndexMap<String, Value>,
    /// For each of the experiment's weight groups: the column's variables in order of creation.
    pub weights: Vec<Vec<String>>,
    /// Which of the experiment's taps this program makes, in order; all of them if not given.
    pub taps: Option<Vec<usize>>,
}

/// A column, as far as running it goes.
#[derive(Debug, Clone)]
pub struct Column {
    /// The id, the name of its folder.
    pub id: String,
    /// What it is verified in.
    pub precision: Precision,
    /// Whether its values are the reference of the others.
    pub oracle: bool,
    /// The files of its runner by name: `run.py`, `harness.py` and what else `run.py` imports.
    pub files: Vec<(String, String)>,
    /// Where it can run, or why it can't.
    pub place: Result<Place, String>,
}

/// Where a column can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The Python of its environment.
    pub python: PathBuf,
    /// A folder that outlives the run, for what the framework compiles.
    pub scratch: PathBuf,
}

impl From<&environment::Environment> for Place {
    fn from(environment: &environment::Environment) -> Self {
        Self { python: environment.python(), scratch: environment.scratch() }
    }
}

/// How a verification is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The seed of all weights and inputs.
    pub seed: u64,
    /// How many processes at once, and how long they may be silent.
    pub limits: Limits,
    /// Whether gradients are compared as well.
    pub gradients: bool,
    /// A folder for jobs, programs and results, which then stays; else a temporary one is used.
    pub keep: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, limits: Limits::default(), gradients: true, keep: None }
    }
}

fn at<'p>(doing: &'p str, path: &'p Path) -> impl FnOnce(io::Error) -> Failure + use<'p> {
    move |error| Failure::io(doing, path, &error)
}

/// Run all experiments in all columns and compare. The report has one entry for each experiment, in order, and in it one
/// for each column.
pub fn verify(
    experiments: &[Experiment],
    columns: &[Column],
    options: &Options,
    events: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Report, Failure> {
    let (temporary, _unfinished);
    let folder = match &options.keep {
        Some(folder) => {
            fs::create_dir_all(folder).map_err(at("make the folder", folder))?;
            std::path::absolute(folder).map_err(at("find", folder))?
        }
        None => {
            let parent = std::env::temp_dir();
            let made = tempfile::Builder::new().prefix("hexapla-").tempdir_in(&parent);
            temporary = made.map_err(at("make a folder in", &parent))?;
            _unfinished = signals::Unfinished::new(temporary.path());
            temporary.path().to_owned()
        }
    };
    for (serial, experiment) in experiments.iter().enumerate() {
        let path = folder.join(data_name(serial));
        output::admit(&folder, &path)?;
        write_data(experiment, options.seed, &path).map_err(at("write", &path))?;
    }
    let mut runners = vec![];
    for column in columns {
        runners.extend(lay_out(experiments, column, &folder, options.gradients)?);
    }
    let outcomes = run::run_all(&runners, options.limits, events);
    let judge = |serial| judge(serial, experiments, columns, &outcomes, &folder);
    Ok(Report { specs: (0..experiments.len()).map(judge).collect() })
}

fn data_name(serial: usize) -> String {
    format!("data-{serial}.npz")
}

fn result_name(serial: usize) -> String {
    format!("result-{serial}.npz")
}

/// The shape with the batch in front.
fn batched(batch: usize, shape: &[usize]) -> Vec<usize> {
    [&[batch], shape].concat()
}

/// Draw an experiment's numbers and write them.
fn write_data(experiment: &Experiment, seed: u64, path: &Path) -> io::Result<()> {
    let mut arrays: Vec<(String, Array)> = vec![];
    for input in &experiment.inputs {
        let key = format!("input/{}", input.name);
        let shape = batched(experiment.batch, &input.shape);
        let array = match input.values {
            Values::Real => draw::reals(seed, &key, &shape),
            Values::Whole { bound, wide } => draw::integers(seed, &key, &shape, bound, wide),
        };
        arrays.push((key, array));
    }
    let mut seen: HashMap<&str, usize> = HashMap::default();
    for (k, group) in experiment.weights.iter().enumerate() {
        // Two groups of one name must not share their numbers: to exchange them would go unnoticed.
        let count = seen.entry(&group.name).or_default();
        *count += 1;
        for WeightArray { name, shape, initial, positive, .. } in &group.arrays {
            let stream = format!("weight/{}/{count}/{name}", group.name);
            let array = draw::weight(seed, &stream, shape, *initial, *positive);
            arrays.push((weight_key(k, name), array));
        }
    }
    write_npz(path, arrays.iter().map(|(key, array)| (key.as_str(), array)))
}

fn weight_key(group: usize, name: &str) -> String {
    format!("weight/{group}/{name}")
}

/// Gradients are what a network is trained by: they are compared in training mode, where the network has one that differs.
fn is_for_gradients(experiment: &Experiment, experiments: &[Experiment]) -> bool {
    let trains = |other: &Experiment| other.spec == experiment.spec && other.mode == Mode::Training;
    experiment.mode == Mode::Training || !experiments.iter().any(trains)
}

/// Write a column's runner, programs and job; none if there is nothing that it can run.
fn lay_out(
    experiments: &[Experiment],
    column: &Column,
    folder: &Path,
    gradients: bool,
) -> Result<Option<Runner>, Failure> {
    let Ok(place) = &column.place else { return Ok(None) };
    let (root, folder) = (folder, folder.join(&column.id));
    let write = |name: &str, text: &str| output::write(root, &folder.join(name), text);
    let mut cases = vec![];
    for (serial, experiment) in experiments.iter().enumerate() {
        let Some(program) = emitted(experiment, column) else { continue };
        // No name of a spec becomes a name of a file here: it could be that of a Python module.
        let (module, tapped) = (format!("case_{serial}.py"), format!("case_{serial}_tapped.py"));
        // In a kept folder an old result must not pass for a new one.
        let old = folder.join(result_name(serial));
        output::admit(root, &old)?;
        if old.exists() {
            fs::remove_file(&old).map_err(at("remove", &old))?;
        }
        write(&module, &program.plain)?;
        write(&tapped, &program.tapped)?;
        let gradients = gradients && is_for_gradients(experiment, experiments);
        cases.push(Case { gradients, ..case(serial, experiment, column, program, module, tapped) });
    }
    if cases.is_empty() {
        return Ok(None);
    }
    for (name, text) in &column.files {
        write(name, text)?;
    }
    Ok(Some(Runner {
        column: column.id.clone(),
        python: place.python.clone(),
        script: folder.join("run.py"),
        folder,
        scratch: place.scratch.clone(),
        job: Job { cases },
    }))
}

fn emitted<'a>(experiment: &'a Experiment, column: &Column) -> Option<&'a Emitted> {
    match experiment.programs.get(&column.id) {
        Some(Program::Emitted(program)) => Some(program),
        Some(Program::Unsupported(_)) | None => None,
    }
}

fn case(
    serial: usize,
    experiment: &Experiment,
    column: &Column,
    program: &Emitted,
    module: String,
    tapped: String,
) -> Case {
    let real = match column.precision {
        Precision::Float32 => ElementType::Float32,
        Precision::Float64 => ElementType::Float64,
    };
    let input = |input: &InputTensor| Input {
        name: input.name.clone(),
        kind: input.kind,
        dtype: match input.values {
            Values::Real => real,
            Values::Whole { wide: false, .. } => ElementType::Int32,
            Values::Whole { wide: true, .. } => ElementType::Int64,
        },
    };
    let weights = |(k, group): (usize, &WeightGroup)| Weights {
        op: group.op.clone(),
        name: group.name.clone(),
        spec: program.weights.get(k).cloned().unwrap_or_default(),
        arrays: group.arrays.iter().map(|a| (a.name.clone(), weight_key(k, &a.name))).collect(),
        attributes: group.attributes.clone(),
        state: group.arrays.iter().filter(|a| a.state).map(|a| a.name.clone()).collect(),
    };
    let tap = |&k: &usize| {
        let tap = experiment.taps.get(k)?;
        Some(Tap {
            line: tap.line,
            slot: tap.slot,
            kind: tap.kind,
            shape: tap.shape.clone(),
            window: tap.window.clone(),
            plane: tap.plane.clone(),
        })
    };
    let output = |output: &OutputTensor| Output { name: output.name.clone(), kind: output.kind };
    let mode = match experiment.mode {
        Mode::Inference => "inference",
        Mode::Training => "training",
    };
    Case {
        id: format!("{} {mode}", experiment.spec),
        model: program.model.clone(),
        module,
        tapped,
        mode: experiment.mode,
        dtype: column.precision,
        arguments: program.arguments.clone(),
        inputs: experiment.inputs.iter().map(input).collect(),
        weights: experiment.weights.iter().enumerate().map(weights).collect(),
        taps: tapped_by(experiment, program).iter().filter_map(tap).collect(),
        outputs: experiment.outputs.iter().map(output).collect(),
        gradients: false,
        data: format!("../{}", data_name(serial)),
        result: result_name(serial),
    }
}

/// The experiment's taps that a program makes, in order.
fn tapped_by(experiment: &Experiment, program: &Emitted) -> Vec<usize> {
    let count = experiment.taps.len();
    match &program.taps {
        Some(taps) => taps.iter().copied().filter(|&k| k < count).collect(),
        None => (0..count).collect(),
    }
}

/// A column's result, open.
struct Opened<'a> {
    column: &'a Column,
    npz: Npz,
    /// From the experiment's taps to the keys of this result.
    taps: HashMap<usize, String>,
}

/// Compare what the columns gave for one experiment.
fn judge(
    serial: usize,
    experiments: &[Experiment],
    columns: &[Column],
    outcomes: &[ColumnOutcome],
    folder: &Path,
) -> SpecReport {
    let experiment = &experiments[serial];
    let mut comparison = Comparison::new(&experiment.spec, experiment.mode);
    let mut results = vec![];
    for column in columns {
        let outcome = outcomes.iter().find(|outcome| outcome.column == column.id);
        let version = outcome.and_then(|outcome| outcome.version.as_deref());
        match open(serial, experiments, column, outcome, folder) {
            Ok((result, times)) => {
                comparison.add(&column.id, column.precision, version, times);
                if column.oracle {
                    comparison.trust(&column.id);
                }
                results.push(result);
            }
            Err(absence) => {
                comparison.add_absent(&column.id, column.precision, version, absence);
            }
        }
    }

    for (k, tap) in experiment.taps.iter().enumerate() {
        let shape = batched(experiment.batch, &tap.shape);
        let point = Point {
            line: tap.line,
            name: &tap.name,
            path: &tap.path,
            what: What::Value,
            shape: &shape,
            exact: tap.kind == Kind::Indices,
        };
        let key = |result: &Opened<'_>| result.taps.get(&k).cloned();
        compare_at(&mut comparison, &mut results, point, key);
    }
    for output in &experiment.outputs {
        let shape = batched(experiment.batch, &output.shape);
        let point = Point {
            line: output.line,
            name: &output.name,
            path: "",
            what: What::Output(&output.name),
            shape: &shape,
            exact: output.kind == Kind::Indices,
        };
        let key = format!("output/{}", output.name);
        compare_at(&mut comparison, &mut results, point, |_| Some(key.clone()));
    }
    if experiment.mode == Mode::Training {
        for (k, group) in experiment.weights.iter().enumerate() {
            for weight in group.arrays.iter().filter(|weight| weight.state) {
                let point = Point {
                    line: group.line,
                    name: &group.op,
                    path: &group.name,
                    what: What::State(&weight.name),
                    shape: &weight.shape,
                    exact: false,
                };
                let key = format!("state/{k}/{}", weight.name);
                compare_at(&mut comparison, &mut results, point, |_| Some(key.clone()));
            }
        }
    }
    gradients(&mut comparison, &mut results, experiment);
    for result in &mut results {
        for output in &experiment.outputs {
            let mut read = |of: &str| result.npz.read(&format!("{of}/{}", output.name));
            match (read("plain"), read("output")) {
                (Ok(plain), Ok(tapped)) => {
                    comparison.plain(&result.column.id, &output.name, &plain, &tapped);
                }
                (Err(error), _) | (_, Err(error)) => lose(&mut comparison, result.column, &error),
            }
        }
    }
    comparison.finish()
}

/// How many numbers of a gradient are compared, as `templates/harness.py` takes them: of a longer one, each so-many-th.
const GRADIENTS: usize = 4096;

/// Compare what the columns gave as gradients of the outputs. A framework that has none gave none; the oracle has differences in their
/// place, which hold to fewer digits, and so is measured with the others rather than believed.
fn gradients(comparison: &mut Comparison, results: &mut Vec<Opened<'_>>, experiment: &Experiment) {
    let mut scales = vec![];
    for result in results.iter_mut().filter(|result| !result.column.oracle) {
        if result.npz.names().any(|name| name == "gradient/scale")
            && let Ok(scale) = result.npz.read("gradient/scale")
        {
            scales.extend(scale.to_f64());
        }
    }
    scales.sort_unstable_by(f64::total_cmp);
    // None asked for, or none to be had.
    let Some(&scale) = scales.get(scales.len() / 2) else { return };
    let line = experiment.taps.first().map_or(1, |tap| tap.line);
    let sampled = |shape: &[usize]| {
        let elements: usize = shape.iter().product();
        vec![elements.div_ceil(elements.div_ceil(GRADIENTS).max(1))]
    };
    let mut at = |key: String, line: usize, name: &str, path: &str, what: &str, shape: &[usize]| {
        let shape = sampled(shape);
        let point = Point { line, name, path, what: What::Gradient { of: what, scale }, shape: &shape, exact: false };
        compare_at(comparison, results, point, |result| {
            result.npz.names().any(|name| name == key).then(|| key.clone())
        });
    };
    for input in experiment.inputs.iter().filter(|input| input.values == Values::Real) {
        let shape = batched(experiment.batch, &input.shape);
        at(format!("gradient/input/{}", input.name), line, &input.name, "", "the input", &shape);
    }
    for (k, group) in experiment.weights.iter().enumerate() {
        for weight in group.arrays.iter().filter(|weight| !weight.state) {
            let key = format!("gradient/weight/{k}/{}", weight.name);
            at(key, group.line, &group.op, &group.name, &weight.name, &weight.shape);
        }
    }
}

/// Find and open a column's result for an experiment, or say why there is none.
fn open<'a>(
    serial: usize,
    experiments: &[Experiment],
    column: &'a Column,
    outcome: Option<&ColumnOutcome>,
    folder: &Path,
) -> Result<(Opened<'a>, Times), Absence> {
    let absence = |cause, reason: String| Absence { cause, reason, details: String::new() };
    let experiment = &experiments[serial];
    let program = match experiment.programs.get(&column.id) {
        Some(Program::Emitted(program)) => program,
        Some(Program::Unsupported(reason)) => return Err(absence(Cause::Unsupported, reason.clone())),
        None => return Err(absence(Cause::Unsupported, "no program was emitted for it".to_owned())),
    };
    if let Err(reason) = &column.place {
        return Err(absence(Cause::Environment, reason.clone()));
    }
    // The column served the experiments that it has programs for, in order.
    let number = experiments[..serial].iter().filter(|e| emitted(e, column).is_some()).count();
    let Some(outcome) = outcome.and_then(|outcome| outcome.cases.get(number)) else {
        return Err(absence(Cause::Failed, "its runner gave no answer".to_owned()));
    };
    if let Some(failure) = &outcome.failure {
        let (reason, details) = (failure.to_string(), failure.details().to_owned());
        return Err(Absence { cause: Cause::Failed, reason, details });
    }
    let path = folder.join(&column.id).join(result_name(serial));
    let npz = Npz::open(&path).map_err(|error| unreadable(&error))?;
    let taps = tapped_by(experiment, program);
    let taps = taps.into_iter().enumerate().map(|(k, tap)| (tap, format!("tap/{k}"))).collect();
    Ok((Opened { column, npz, taps }, outcome.times))
}

/// Read the arrays of one point and compare them. Only these are in memory.
fn compare_at(
    comparison: &mut Comparison,
    results: &mut Vec<Opened<'_>>,
    point: Point<'_>,
    key: impl Fn(&Opened<'_>) -> Option<String>,
) {
    let mut arrays = vec![];
    results.retain_mut(|result| {
        let Some(key) = key(result) else { return true };
        match result.npz.read(&key) {
            Ok(array) => {
                arrays.push((result.column, array));
                true
            }
            Err(error) => {
                lose(comparison, result.column, &error);
                false
            }
        }
    });
    let gradient = matches!(point.what, What::Gradient { .. });
    let reading = |(column, array)| {
        let column: &&Column = column;
        // Differences have half of the digits.
        let precision = if gradient && column.oracle { Precision::Float32 } else { column.precision };
        Reading { column: &column.id, precision, array }
    };
    let readings: Vec<Reading<'_>> = arrays.iter().map(|(column, array)| reading((column, array))).collect();
    comparison.point(point, &readings);
}

/// Take back a column whose result can't be read.
fn lose(comparison: &mut Comparison, column: &Column, error: &io::Error) {
    comparison.add_absent(&column.id, column.precision, None, unreadable(error));
}

fn unreadable(error: &io::Error) -> Absence {
    let reason = format!("its result can't be read: {error}");
    Absence { cause: Cause::Failed, reason, details: String::new() }
}

#[cfg(test)]
mod tests;
