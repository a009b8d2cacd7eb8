//! What is random while training is so in every column, and as its formula says.
//!
//! Frameworks draw their own numbers, so these can't be compared one by one. Each pattern is applied to thousands of numbers, and what it
//! did to each is looked at: dropped or kept, by how much it is scaled, of all of a channel or of a sample alike, and how often, which
//! may be off by five standard deviations. So that this can fail, TFLearn's share kept is exchanged for the share dropped, and whole
//! channels for single numbers: both must be seen.

use crate::frameworks::ledger::Ledger;
use crate::support::naive;
use crate::{Fault, Faults, Selection, log, support};
use hexapla::embedded;
use hexapla::emit::framework::Columns;
use hexapla::ops::gotchas::NaiveMode;
use hexapla::verification::{self, experiments};
use hexapla::verify::array::Npz;
use hexapla::verify::job::Mode;
use hexapla::verify::{Experiment, Options, verify};
use std::path::Path;

/// How far from what is expected a share or a mean may be.
const DEVIATIONS: f64 = 5.0;

/// What a pattern does, to one unit (a number, a channel, a sample) of the input.
enum Law {
    /// Nothing is left of it with this probability; else it is divided by one minus that.
    Dropped(f64),
    /// It is added a normal number of this deviation.
    Added(f64),
    /// It is multiplied by a normal number of mean 1 and this deviation.
    Multiplied(f64),
    /// It becomes one number with this probability, and is scaled and shifted by two others else; mean and variance stay.
    Saturated(f64),
    /// It is multiplied by a number between these two if it is below zero, and stays as it is else.
    Sloped(f64, f64),
}

struct Case {
    line: &'static str,
    input: &'static str,
    batch: usize,
    /// How many neighbouring numbers share their fate.
    unit: usize,
    law: Law,
}

const CASES: &[Case] = &[
    Case { line: "dropout(0.3)", input: "x[2000]", batch: 3, unit: 1, law: Law::Dropped(0.3) },
    Case { line: "spatial_dropout(0.3)", input: "x[2000, 2, 3]", batch: 3, unit: 6, law: Law::Dropped(0.3) },
    Case { line: "drop_path(0.3)", input: "x[3]", batch: 4000, unit: 3, law: Law::Dropped(0.3) },
    Case { line: "gaussian_noise(0.5)", input: "x[2000]", batch: 3, unit: 1, law: Law::Added(0.5) },
    Case { line: "gaussian_dropout(0.2)", input: "x[2000]", batch: 3, unit: 1, law: Law::Multiplied(0.5) },
    Case { line: "alpha_dropout(0.3)", input: "x[2000]", batch: 3, unit: 1, law: Law::Saturated(0.3) },
    Case { line: "rrelu(0.25, 0.75)", input: "x[2000]", batch: 3, unit: 1, law: Law::Sloped(0.25, 0.75) },
    // The features of the one step that there is.
    Case { line: "sequence_dropout(0.3)", input: "x[1, 2000]", batch: 3, unit: 1, law: Law::Dropped(0.3) },
];

impl Case {
    fn experiment(&self, name: &str, columns: &Columns) -> Result<Experiment, String> {
        let text = format!("model M: {} -> y {{\n    y = x -> {}\n}}\n", self.input, self.line);
        let mut sources = hexapla::span::Sources::default();
        let main = sources.add("chance.arch", text);
        let (program, findings) =
            hexapla::ir::lower::lower(main, &mut sources, &mut |_, path| Err(format!("there is no `{path}`")));
        let told = |found: &[_]| support::findings(found, &sources);
        let program = program.ok_or_else(|| told(&findings))?;
        let spec = verification::Spec {
            name: name.to_owned(),
            program: &program,
            sources: &sources,
            configuration: Default::default(),
        };
        let frameworks: Vec<_> = columns.frameworks.iter().collect();
        let mut found = experiments(&spec, &frameworks).map_err(|found| told(&found))?;
        // That of inference has the rates as they are; run for training, they act.
        found.retain(|experiment| experiment.mode == Mode::Inference);
        let experiment = found.pop().ok_or("there is no experiment")?;
        Ok(Experiment { mode: Mode::Training, batch: self.batch, ..experiment })
    }

    /// What is wrong with what a column did to the input.
    fn judge(&self, x: &[f64], y: &[f64]) -> Result<(), String> {
        let units = x.len() / self.unit;
        let near = |what: &str, found: f64, expected: f64, deviation: f64| {
            let off = (found - expected).abs() / (deviation / (units as f64).sqrt());
            if off <= DEVIATIONS { Ok(()) } else { Err(format!("{what} is {found:.4}, expected {expected:.4}")) }
        };
        let moments = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
            (mean, variance.sqrt())
        };
        let normal = |values: Vec<f64>, mean: f64, deviation: f64| {
            let (found, spread) = moments(&values);
            near("the mean", found, mean, deviation)?;
            near("the deviation", spread, deviation, deviation / 2_f64.sqrt())
        };
        let pairs = || x.iter().zip(y);
        match self.law {
            Law::Added(deviation) => normal(pairs().map(|(x, y)| y - x).collect(), 0.0, deviation),
            Law::Multiplied(deviation) => normal(pairs().map(|(x, y)| y / x).collect(), 1.0, deviation),
            Law::Dropped(rate) => {
                let mut dropped = 0;
                for (x, y) in x.chunks(self.unit).zip(y.chunks(self.unit)) {
                    let zeros = y.iter().filter(|y| **y == 0.0).count();
                    let scaled = x.iter().zip(y).all(|(x, y)| (y - x / (1.0 - rate)).abs() <= 1e-9 * x.abs());
                    match zeros {
                        0 if scaled => {}
                        all if all == self.unit => dropped += 1,
                        0 => return Err("what is kept is not divided by the share kept".to_owned()),
                        _ => return Err("only a part of what belongs together is dropped".to_owned()),
                    }
                }
                near("the share dropped", f64::from(dropped) / units as f64, rate, (rate * (1.0 - rate)).sqrt())
            }
            Law::Sloped(low, high) => {
                if !pairs().all(|(x, y)| if *x > 0.0 { x == y } else { (low..=high).contains(&(y / x)) }) {
                    return Err("a number is neither kept nor between the bounds".to_owned());
                }
                let slopes: Vec<f64> = pairs().filter(|(x, _)| **x < 0.0).map(|(x, y)| y / x).collect();
                let (mean, spread) = moments(&slopes);
                let deviation = (high - low) / 12_f64.sqrt();
                // Half of the numbers are below zero.
                near("the mean slope", mean, f64::midpoint(low, high), deviation * 2_f64.sqrt())?;
                near("the deviation of the slopes", spread, deviation, deviation)
            }
            Law::Saturated(rate) => {
                let least = -1.758_099_340_847_376_6_f64;
                let scale = 1.0 / ((1.0 - rate) * (1.0 + rate * least * least)).sqrt();
                let shift = -scale * rate * least;
                let is = |y: f64, value: f64| (y - (scale * value + shift)).abs() <= 1e-9;
                let saturated = y.iter().filter(|y| is(**y, least)).count();
                if !pairs().all(|(x, y)| is(*y, *x) || is(*y, least)) {
                    return Err("a number is neither kept nor saturated".to_owned());
                }
                near("the share saturated", saturated as f64 / units as f64, rate, (rate * (1.0 - rate)).sqrt())
            }
        }
    }
}

/// A change of a template that must be seen, in one case.
fn changes() -> [(&'static str, naive::Naive); 2] {
    let change = |what: &str, column: &str, from: &str, to: &str| naive::Naive {
        what: what.to_owned(),
        column: column.to_owned(),
        file: "ops.toml".to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        entry: None,
        body: Vec::new(),
        blocks: Vec::new(),
        line: 2,
        mode: NaiveMode::Training,
        fails: false,
    };
    let kept = change(
        "the share kept for the share dropped",
        "tflearn",
        "keep_prob=1 - {{ rate | operand }}",
        "keep_prob={{ rate | operand }}",
    );
    let single = change(
        "single numbers for whole channels",
        "pytorch",
        "nn.Dropout{{ rank }}d({{ rate }})",
        "nn.Dropout({{ rate }})",
    );
    [("dropout(0.3)", kept), ("spatial_dropout(0.3)", single)]
}

/// Runs the chosen cases.
pub fn run(selection: &Selection) -> Faults {
    judged(selection).unwrap_or_else(|said| vec![said.into()])
}

fn judged(selection: &Selection) -> Result<Faults, String> {
    let columns = support::columns();
    let changes = changes();
    // Each with its name, and the column that must be wrong.
    let mut looked: Vec<(String, &Case, Option<&str>)> =
        CASES.iter().map(|case| (case.line.to_owned(), case, None)).collect();
    let mut planned =
        CASES.iter().map(|case| case.experiment(case.line, &columns)).collect::<Result<Vec<Experiment>, _>>()?;
    for (line, change) in &changes {
        let case = CASES.iter().find(|case| case.line == *line).expect("it is one of them");
        planned.push(case.experiment(&change.what, &naive::columns(change))?);
        looked.push((change.what.clone(), case, Some(&change.column)));
    }
    let frameworks: Vec<_> = columns.frameworks.iter().collect();
    let say = |column: &str, words: &str| eprintln!("{column:12} {words}");
    let places = verification::columns(&frameworks, embedded::HARNESS, &say);
    let mut ledger = Ledger::new("chance", selection);
    let planned = ledger.select(planned, &places);
    looked.retain(|(name, _, _)| ledger.runs(name));

    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let options = Options { keep: Some(folder.path().to_owned()), gradients: false, ..Options::default() };
    verify(&planned, &places, &options, &log).map_err(|error| error.to_string())?;
    let read = |path: &Path, name: &str| {
        let mut npz = Npz::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
        npz.read(name).map(|array| array.to_f64()).map_err(|error| error.to_string())
    };
    let mut faults = Faults::new();
    for (serial, (name, case, expected)) in looked.iter().enumerate() {
        let x = read(&folder.path().join(format!("data-{serial}.npz")), "input/x")?;
        for column in &columns.frameworks {
            let path = folder.path().join(&column.id).join(format!("result-{serial}.npz"));
            let text = match read(&path, "output/y").map(|y| case.judge(&x, &y)) {
                Ok(Ok(())) if *expected == Some(column.id.as_str()) => format!("{name} is not seen in {}", column.id),
                Ok(Err(_)) if *expected == Some(column.id.as_str()) => continue,
                Ok(Ok(())) => continue,
                Ok(Err(said)) | Err(said) => format!("{}, {name}: {said}", column.id),
            };
            faults.push(Fault::of(name, text));
        }
    }
    println!("chance: {} laws and changes in {} columns", looked.len(), columns.frameworks.len());
    faults.extend(ledger.note(&faults).err().map(Fault::from));
    Ok(faults)
}
