//! Against code that is not ours: generated models with the weights of a library's own model give that model's output.
//!
//! `tests/references/pairs.toml` says what is compared. `tests/references/compare.py` does it, in the column's environment, to which
//! `tests/references/<column>.txt` adds packages; `tests/references/<column>_models.py` builds the references of a column.

use crate::{Faults, Selection, support};
use hexapla::emit::framework::Framework;
use hexapla::emit::{Options, emit, prepare};
use hexapla::ir::analyse::summarise;
use hexapla::ir::infer::Configuration;
use hexapla::ops::Value;
use hexapla::verify::environment::{Environment, Requirements, Uv, cache_folder};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// How far the outputs may be apart, relative to the largest. Both compute in float64.
const TOLERANCE: f64 = 1e-5;
/// How far they must be apart before the weights are copied: else nothing would be seen.
const UNTOUCHED: f64 = 1e-2;

/// What is compared with a reference.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    /// What the library calls it, for readers.
    #[serde(rename = "reference")]
    _reference: String,
    spec: String,
    #[serde(default)]
    set: BTreeMap<String, i64>,
    column: String,
}

/// What a script says of a pair.
#[derive(Deserialize)]
struct Outcome {
    name: String,
    /// Parameters of the reference.
    parameters: i64,
    /// Differences of the outputs, relative to the largest.
    untouched: f64,
    inference: f64,
    /// With the dropout at 0; where the column can be asked for it.
    training: Option<f64>,
    /// Of the running statistics after a step in training.
    state: Option<f64>,
}

/// Compares the pairs; those whose names contain one of the words, if there are any.
pub fn run(selection: &Selection) -> Faults {
    let text = std::fs::read_to_string("tests/references/pairs.toml").expect("the list of pairs is there");
    let mut pairs: toml::Table = toml::from_str(&text).expect("the list of pairs is TOML");
    if let Selection::Named(words) = selection {
        pairs.retain(|name, _| words.iter().any(|word| name.contains(word.as_str())));
    }
    let pairs: BTreeMap<String, Pair> = pairs
        .into_iter()
        .map(|(name, pair)| (name, pair.try_into().expect("a pair has a spec and a column")))
        .collect();
    let columns = support::columns();
    let (mut faults, mut compared, mut largest) = (Faults::new(), 0, 0.0_f64);
    for framework in columns.frameworks.iter() {
        let of_column: BTreeMap<&String, &Pair> =
            pairs.iter().filter(|(_, pair)| pair.column == framework.id).collect();
        match compare(framework, &of_column) {
            Ok((outcomes, fault)) => {
                faults.extend(fault.map(Into::into));
                for outcome in &outcomes {
                    faults.extend(judge(outcome, of_column[&outcome.name]).map(Into::into));
                    largest = largest.max(difference(outcome));
                }
                compared += outcomes.len();
            }
            Err(fault) => faults.push(format!("{}: {fault}", framework.id).into()),
        }
    }
    if compared < pairs.len() || pairs.is_empty() {
        faults.push(format!("{compared} of {} pairs were compared", pairs.len()).into());
    }
    println!(
        "references: {compared} models of other people, largest difference {largest:.1e}, {} faults",
        faults.len()
    );
    faults
}

/// The largest difference that must be none.
fn difference(outcome: &Outcome) -> f64 {
    let numbers = [Some(outcome.inference), outcome.training, outcome.state];
    // A number that is none must not be lost.
    numbers.into_iter().flatten().fold(0.0, |most: f64, one| if one.is_nan() { one } else { most.max(one) })
}

/// What is wrong with an outcome.
fn judge(outcome: &Outcome, pair: &Pair) -> Option<String> {
    let largest = difference(outcome);
    println!("references: {:28} {largest:.1e}  {} parameters", outcome.name, outcome.parameters);
    let spec = support::open(Path::new(&format!("zoo/{}.arch", pair.spec)));
    let ours = match summarise(support::program(&spec), &configuration(pair)) {
        Ok(summary) => summary.params,
        Err(found) => return Some(support::findings(&found, &spec.sources)),
    };
    if largest.is_nan() || largest > TOLERANCE {
        Some(format!("{}: the outputs differ by {largest:.1e}", outcome.name))
    } else if outcome.untouched.is_nan() || outcome.untouched <= UNTOUCHED {
        Some(format!("{}: they agree before the weights are copied, by {:.1e}", outcome.name, outcome.untouched))
    } else if ours != outcome.parameters {
        Some(format!("{}: the spec has {ours} parameters, the reference {}", outcome.name, outcome.parameters))
    } else {
        None
    }
}

fn configuration(pair: &Pair) -> Configuration {
    let set = pair.set.iter().map(|(name, value)| (name.clone(), Value::int(*value))).collect();
    Configuration { set, ..Configuration::default() }
}

/// Generates the models of a column, and runs its script on them. What went wrong with some of them stands beside the others.
fn compare(framework: &Framework, pairs: &BTreeMap<&String, &Pair>) -> Result<(Vec<Outcome>, Option<String>), String> {
    if pairs.is_empty() {
        return Ok((Vec::new(), None));
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut listed = Vec::new();
    for (name, pair) in pairs {
        let spec = support::open(Path::new(&format!("zoo/{}.arch", pair.spec)));
        let findings = |found: Vec<_>| support::findings(&found, &spec.sources);
        let configuration = configuration(pair);
        let prepared = prepare(support::program(&spec), &configuration).map_err(findings)?;
        let code = emit(&prepared, framework, &spec.sources, &Options::default()).map_err(findings)?;
        let file = folder.path().join(format!("{name}.py"));
        std::fs::write(&file, code.text()).map_err(|error| error.to_string())?;
        listed.push(serde_json::json!({
            "name": name, "file": file, "model": support::program(&spec).model, "arguments": pair.set,
        }));
    }
    let list = folder.path().join("pairs.json");
    std::fs::write(&list, serde_json::Value::from(listed).to_string()).map_err(|error| error.to_string())?;

    let script = Path::new("tests/references/compare.py");
    let environment = environment(framework)?;
    let mut child = Command::new(environment.python())
        .arg(script)
        .arg(&framework.id)
        .arg(&list)
        .env("PYTHONNOUSERSITE", "1")
        .env_remove("PYTHONPATH")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut outcomes = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("it was asked for")).lines() {
        let line = line.map_err(|error| error.to_string())?;
        let outcome: Outcome = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        eprintln!("{:12} {}", framework.id, outcome.name);
        outcomes.push(outcome);
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    let fault = (!status.success()).then(|| format!("{} {} ended with {status}", script.display(), framework.id));
    Ok((outcomes, fault))
}

/// The column's environment, with the packages of the references added.
fn environment(framework: &Framework) -> Result<Environment, String> {
    let download = &framework.settings.download;
    let added = std::fs::read_to_string(format!("tests/references/{}.txt", framework.id)).unwrap_or_default();
    let environment = Environment::new(
        &cache_folder().map_err(|error| error.to_string())?,
        Requirements {
            column: if added.is_empty() { framework.id.clone() } else { format!("{}-references", framework.id) },
            python: download.python.clone(),
            packages: format!("{}{added}", framework.file("requirements.txt").unwrap_or_default()),
            arguments: download.arguments.clone(),
            download: download.size.clone(),
        },
    );
    if !environment.is_ready() {
        let uv = Uv::find().map_err(|error| error.to_string())?;
        environment
            .ensure(&uv, &|words| eprintln!("{:12} {words}", framework.id))
            .map_err(|error| error.to_string())?;
    }
    Ok(environment)
}
