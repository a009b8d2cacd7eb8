//! The job that a column's runner reads: `job.json`, as `templates/harness.py` documents it.
//!
//! Architecture Invariant: these types are the file and nothing more. They hold no behaviour of a run and no arrays;
//! those travel beside them in `.npz` files.

use crate::foreign::in_json;
use crate::hash::IndexMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One process's work: a batch of cases.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Job {
    /// The cases, served in order.
    pub cases: Vec<Case>,
}

impl Job {
    /// The text of the file.
    pub fn text(&self) -> io::Result<String> {
        Ok(in_json(&serde_json::to_string_pretty(self)?).into_owned())
    }
}

/// One program, run once plain and once tapped. Paths are relative to the job's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The case's name in progress events, unique in the job.
    pub id: String,
    /// The class or function that the files define.
    pub model: String,
    /// The plain file.
    pub module: String,
    /// The same program with a tap behind each line.
    pub tapped: String,
    /// Which behaviour of dropout, batch normalisation and the like.
    pub mode: Mode,
    /// The float type of the run.
    pub dtype: Precision,
    /// The model's hyperparameters.
    pub arguments: IndexMap<String, Value>,
    /// The inputs, in the order of the model's signature.
    pub inputs: Vec<Input>,
    /// The operators that own weights, in program order.
    pub weights: Vec<Weights>,
    /// The taps, in program order.
    pub taps: Vec<Tap>,
    /// The model's outputs, in order.
    pub outputs: Vec<Output>,
    /// Whether gradients are asked for.
    #[serde(default)]
    pub gradients: bool,
    /// The file with inputs and weights.
    pub data: String,
    /// The file to write.
    pub result: String,
}

/// What the model is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Running statistics are used; dropout is the identity.
    Inference,
    /// Statistics of the batch are used, running ones are updated; every dropout rate is emitted as 0.
    Training,
}

/// The float type that a column is verified in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// IEEE 754 single precision.
    Float32,
    /// IEEE 754 double precision.
    Float64,
}

impl Precision {
    /// The largest error, relative to the line's scale, at which a column agrees.
    pub fn tolerance(self) -> f64 {
        match self {
            Self::Float32 => 1e-5,
            Self::Float64 => 1e-9,
        }
    }
}

/// How a tensor is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Channels and space: the columns keep it in their native layout.
    Map,
    /// The same axes everywhere.
    Plain,
    /// A map of positions, as a max pool returns it: compared exactly, as positions y * W + x.
    Indices,
}

/// The element type of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ElementType {
    /// `float64`.
    Float64,
    /// `float32`.
    Float32,
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
}

/// An input; its array is `input/<name>` of the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its name in the spec.
    pub name: String,
    /// Its layout.
    pub kind: Kind,
    /// The type that the program gets.
    pub dtype: ElementType,
}

/// The weights of one operator of the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// The operator.
    pub op: String,
    /// The place in the program, for messages.
    pub name: String,
    /// The column's variables in order of creation, each with its permutation (`kernel hwio->oihw`).
    pub spec: Vec<String>,
    /// Canonical weight to key in the data; an absent weight (`bias=false`) is left out.
    pub arrays: IndexMap<String, String>,
    /// The operator's parameters, for custom maps.
    pub attributes: IndexMap<String, Value>,
    /// The canonical weights that training updates and that are no parameters.
    #[serde(default)]
    pub state: Vec<String>,
}

/// A tap: the k-th one of the run is the k-th entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tap {
    /// The line of the spec.
    pub line: usize,
    /// Which output of the line.
    pub slot: usize,
    /// Its layout.
    pub kind: Kind,
    /// The canonical shape, without batch.
    pub shape: Vec<usize>,
    /// For indices: the pooling window.
    pub window: Option<Vec<usize>>,
    /// For indices: the plane before pooling; shape * window where it is not given.
    #[serde(default)]
    pub plane: Option<Vec<usize>>,
}

/// An output of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its name in the spec.
    pub name: String,
    /// Its layout.
    pub kind: Kind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_reads_as_documented() -> Result<(), Box<dyn std::error::Error>> {
        // The example at the top of templates/harness.py, one case long.
        let text = r#"{"cases": [{"id": "lenet5/inference", "model": "LeNet5", "module": "lenet5.py",
          "tapped": "lenet5_tapped.py", "mode": "inference", "dtype": "float64", "arguments": {"classes": 10},
          "inputs": [{"name": "image", "kind": "map", "dtype": "float64"}],
          "weights": [{"op": "dense", "name": "LeNet5.conv", "spec": ["kernel io->oi", "bias"],
            "arrays": {"kernel": "weight/0/kernel", "bias": "weight/0/bias"}, "attributes": {"units": 10}, "state": []}],
          "taps": [{"line": 12, "slot": 0, "kind": "indices", "shape": [6, 28, 28], "window": [2, 2], "plane": null}],
          "outputs": [{"name": "logits", "kind": "plain"}], "gradients": true, "data": "case.npz", "result": "result.npz"}]}"#;
        let job: Job = serde_json::from_str(text)?;
        let written: Value = serde_json::from_str(&job.text()?)?;
        assert_eq!(written, serde_json::from_str::<Value>(text)?);
        Ok(())
    }
}
