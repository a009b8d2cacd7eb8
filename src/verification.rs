//! From a program to a verification: what is drawn, run and compared.
//!
//! The floor below ([`crate::verify`]) knows neither specs nor frameworks; this module makes its plain data from a program and its columns.

use crate::diagnostic::Diagnostic;
use crate::emit::framework::{Columns, Framework};
use crate::emit::{Emitted, Options as EmitOptions, emit, prepare};
use crate::hash::IndexMap;
use crate::ir::analyse::{Plan, PlannedTap, plan};
use crate::ir::infer::{Configuration, free_dims};
use crate::ir::{Program, transform};
use crate::ops::{DataType, Layout, Tensor, Value};
use crate::span::Sources;
use crate::verify::environment::{Environment, Requirements, Uv, cache_folder, ensure_all};
use crate::verify::job::{Kind, Mode, Precision};
use crate::verify::{
    Column, Emitted as Program2, Experiment, InputTensor, OutputTensor, Place, Program as ColumnProgram, TapPoint,
    Values, WeightArray, WeightGroup,
};
use std::path::Path;

/// A spec that is ready to be verified.
#[derive(Debug)]
pub struct Spec<'a> {
    /// Its name in the report.
    pub name: String,
    /// The program.
    pub program: &'a Program,
    /// Its sources.
    pub sources: &'a Sources,
    /// What was set by the user.
    pub configuration: Configuration,
}

/// How many samples a batch has.
const BATCH: usize = 3;

/// The sizes that are tried for free dimensions, until the network accepts them: odd and even, and not square.
const SCALES: [i64; 5] = [1, 2, 4, 8, 16];

/// Picks sizes for free dimensions: small, different from each other, and such as the spec asks for.
///
/// # Errors
/// What is wrong with the program at the largest sizes that were tried.
pub fn sizes(program: &Program, configuration: &Configuration) -> Result<Configuration, Vec<Diagnostic>> {
    let free = free_dims(program.model());
    let mut last = Vec::new();
    for scale in SCALES {
        let mut tried = configuration.clone();
        for (at, dim) in free.iter().enumerate() {
            if tried.sizes.contains_key(&dim.name) {
                continue;
            }
            let in_map = program.model().inputs.iter().filter_map(|input| Some((input, input.shape.as_ref()?))).any(|(input, shape)| {
                input.layout.map_or(shape.dims.len() >= 3, |layout| layout == Layout::Map)
                    && shape.dims.iter().any(
                        |declared| matches!(&declared.value.kind, crate::syntax::ast::ExprKind::Name(name) if *name == dim.name),
                    )
            });
            let wanted = scale * if in_map { 45 + 17 * at as i64 } else { 9 + 4 * at as i64 };
            let size = (wanted - dim.remainder + dim.divisor - 1).div_euclid(dim.divisor) * dim.divisor + dim.remainder;
            tried.sizes.insert(dim.name.clone(), size);
        }
        match plan(program, &tried) {
            Ok(_) => return Ok(tried),
            Err(findings) => last = findings,
        }
        if free.is_empty() {
            break;
        }
    }
    Err(last)
}

/// The experiments of a spec: inference, and training where the network knows the difference.
///
/// # Errors
/// What keeps the program from being run at all. What a single column can't express is part of its experiment.
pub fn experiments(spec: &Spec<'_>, columns: &[&Framework]) -> Result<Vec<Experiment>, Vec<Diagnostic>> {
    let configuration = sizes(spec.program, &spec.configuration)?;
    let plan = plan(spec.program, &configuration)?;
    let mut modes = vec![Mode::Inference];
    if plan.depends_on_training {
        modes.push(Mode::Training);
    }
    modes.into_iter().map(|mode| experiment(spec, columns, &configuration, &plan, mode)).collect()
}

fn experiment(
    spec: &Spec<'_>,
    columns: &[&Framework],
    configuration: &Configuration,
    plan: &Plan,
    mode: Mode,
) -> Result<Experiment, Vec<Diagnostic>> {
    let program = match mode {
        Mode::Inference => spec.program.clone(),
        Mode::Training => transform::without_randomness(spec.program),
    };
    let tapped = transform::with_taps(&program, spec.sources);
    let plain = prepare(&program, configuration)?;
    let with_taps = prepare(&tapped, configuration)?;
    let options = EmitOptions { spec: spec.name.clone(), line_refs: false };
    let mut programs = IndexMap::default();
    for framework in columns {
        let both = emit(&plain, framework, spec.sources, &options)
            .and_then(|plain| Ok((plain, emit(&with_taps, framework, spec.sources, &options)?)));
        let code = match both {
            Ok((plain, tapped)) => column_program(framework, plan, configuration, &plain, &tapped),
            Err(findings) => ColumnProgram::Unsupported(reason(&findings, spec.sources)),
        };
        programs.insert(framework.id.clone(), code);
    }
    let model = spec.program.model();
    let inputs = model.inputs.iter().zip(&plan.inputs).map(|(input, tensor)| InputTensor {
        name: input.name.clone(),
        kind: kind(tensor),
        shape: numbers(tensor),
        values: if input.int {
            Values::Whole { bound: plan.bounds.get(&input.name).map_or(2, |bound| *bound as u64), wide: false }
        } else {
            Values::Real
        },
    });
    let outputs = model.outputs.iter().zip(&plan.outputs).map(|((name, span), tensor)| OutputTensor {
        name: name.clone(),
        line: plan
            .taps
            .iter()
            .rev()
            .find(|tap| tap.name == *name)
            .map_or_else(|| spec.sources.line(*span), |tap| spec.sources.line(tap.span)) as usize,
        kind: kind(tensor),
        shape: numbers(tensor),
    });
    Ok(Experiment {
        spec: spec.name.clone(),
        mode,
        batch: BATCH,
        inputs: inputs.collect(),
        weights: weight_groups(plan, spec.sources),
        taps: plan.taps.iter().map(|tap| tap_point(tap, spec.sources)).collect(),
        outputs: outputs.collect(),
        programs,
    })
}

fn reason(findings: &[Diagnostic], sources: &Sources) -> String {
    findings
        .iter()
        .map(|finding| match finding.primary() {
            Some(span) => format!("{}: {}", sources.location(span), finding.message),
            None => finding.message.clone(),
        })
        .collect::<Vec<_>>()
        .join("; ")
}

fn column_program(
    framework: &Framework,
    plan: &Plan,
    configuration: &Configuration,
    plain: &Emitted,
    tapped: &Emitted,
) -> ColumnProgram {
    let mut weights = Vec::with_capacity(plan.weights.len());
    for group in &plan.weights {
        match framework.entry(&group.pattern) {
            Ok(Some(entry)) => weights.push(entry.weights.clone()),
            _ => return ColumnProgram::Unsupported(format!("`{}` has no entry", group.pattern.name)),
        }
    }
    let mut arguments = IndexMap::default();
    for (name, default) in &plain.size_parameters {
        if let Some(size) = configuration.sizes.get(name).copied().or(*default) {
            arguments.insert(name.clone(), size.into());
        }
    }
    ColumnProgram::Emitted(Program2 {
        model: plain.model.clone(),
        plain: plain.text(),
        tapped: tapped.text(),
        arguments,
        weights,
        taps: None,
    })
}

fn weight_groups(plan: &Plan, sources: &Sources) -> Vec<WeightGroup> {
    let groups = plan.weights.iter().map(|group| WeightGroup {
        op: group.pattern.name.clone(),
        name: group.path.clone(),
        line: sources.line(group.span) as usize,
        attributes: group
            .pattern
            .parameters
            .iter()
            .zip(&group.arguments)
            .map(|(parameter, value)| (parameter.name.clone(), serde_json::to_value(value).unwrap_or_default()))
            .collect(),
        arrays: group
            .weights
            .iter()
            .map(|weight| WeightArray {
                name: weight.name.clone(),
                shape: weight.shape.iter().map(|size| size.constant().unwrap_or(1).max(0) as usize).collect(),
                initial: weight.initial.unwrap_or(0.0),
                positive: !weight.trainable && weight.initial.is_some_and(|initial| initial > 0.0),
                state: !weight.trainable,
            })
            .collect(),
    });
    groups.collect()
}

fn kind(tensor: &Tensor) -> Kind {
    match (&tensor.data, tensor.layout) {
        (DataType::Indices { .. }, _) => Kind::Indices,
        (_, Layout::Map) => Kind::Map,
        (_, Layout::Plain) => Kind::Plain,
    }
}

fn numbers(tensor: &Tensor) -> Vec<usize> {
    tensor.dims.iter().map(|size| size.constant().unwrap_or(1).max(0) as usize).collect()
}

fn tap_point(tap: &PlannedTap, sources: &Sources) -> TapPoint {
    let sizes = |values: &[Value]| -> Vec<usize> {
        values.iter().map(|value| value.as_int().unwrap_or(1).max(1) as usize).collect()
    };
    let (window, plane) = match &tap.tensor.data {
        DataType::Indices { window, plane } => (Some(sizes(window)), Some(sizes(plane))),
        _ => (None, None),
    };
    TapPoint {
        line: sources.line(tap.span) as usize,
        slot: tap.slot,
        name: tap.name.clone(),
        path: String::new(),
        kind: kind(&tap.tensor),
        shape: numbers(&tap.tensor),
        window,
        plane,
    }
}

/// The environment of a column.
#[must_use]
pub fn environment(framework: &Framework, cache: &Path) -> Environment {
    let download = &framework.settings.download;
    Environment::new(
        cache,
        Requirements {
            column: framework.id.clone(),
            python: download.python.clone(),
            packages: framework.file("requirements.txt").unwrap_or_default().to_owned(),
            arguments: download.arguments.clone(),
            download: download.size.clone(),
        },
    )
}

/// The columns with their runners: environments are made where they are missing, and what can't be made is the column's reason.
pub fn columns(frameworks: &[&Framework], harness: &str, progress: &dyn Fn(&str, &str)) -> Vec<Column> {
    let places: Vec<Result<Place, String>> = match cache_folder() {
        Err(error) => frameworks.iter().map(|_| Err(error.to_string())).collect(),
        Ok(cache) => {
            let environments: Vec<Environment> =
                frameworks.iter().map(|framework| environment(framework, &cache)).collect();
            let made: Vec<Result<(), String>> = if environments.iter().all(Environment::is_ready) {
                environments.iter().map(|_| Ok(())).collect()
            } else {
                match Uv::find() {
                    Err(error) => environments
                        .iter()
                        .map(|environment| if environment.is_ready() { Ok(()) } else { Err(error.to_string()) })
                        .collect(),
                    Ok(uv) => ensure_all(&environments, &uv, progress)
                        .into_iter()
                        .map(|result| result.map_err(|error| error.to_string()))
                        .collect(),
                }
            };
            environments.iter().zip(made).map(|(environment, made)| made.map(|()| Place::from(environment))).collect()
        }
    };
    frameworks
        .iter()
        .zip(places)
        .map(|(framework, place)| Column {
            id: framework.id.clone(),
            precision: if framework.settings.precision == "float32" { Precision::Float32 } else { Precision::Float64 },
            oracle: framework.settings.oracle,
            files: vec![
                ("run.py".into(), framework.file("run.py").unwrap_or_default().to_owned()),
                ("harness.py".into(), harness.to_owned()),
            ],
            place,
        })
        .collect()
}

/// The frameworks of these names, all if none is named.
///
/// # Errors
/// The first name that is no column.
pub fn selected<'a>(all: &'a Columns, names: &[String]) -> Result<Vec<&'a Framework>, String> {
    if names.is_empty() {
        return Ok(all.frameworks.iter().collect());
    }
    names.iter().map(|name| all.get(name).ok_or_else(|| name.clone())).collect()
}
