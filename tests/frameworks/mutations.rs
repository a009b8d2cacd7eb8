//! The verification sees: one place of one template is changed at a time, and the report must name the line and the column, and no other.
//!
//! Every mutation is a trap that people fall into when they translate by hand. All of them are run in one batch: in the experiment of a
//! mutation, one column's program is written by the changed templates.

use crate::{Faults, log, support};
use hexapla::embedded;
use hexapla::emit::framework::{Columns, Files};
use hexapla::ir::infer::Configuration;
use hexapla::ir::lower::lower;
use hexapla::span::Sources;
use hexapla::verification::{self, experiments};
use hexapla::verify::compare::Status;
use hexapla::verify::job::Mode;
use hexapla::verify::{Experiment, Options, verify};
use std::borrow::Cow;

/// A change of one file of a column that is seen at one line of a spec.
struct Mutation {
    /// What goes wrong, in words.
    what: &'static str,
    column: &'static str,
    /// In the column's folder.
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// The body of a model with the input `x[4, 9, 8]`, `s[5, 6]` and the output `y`. The first line of it is line 2.
    body: &'static [&'static str],
    /// The line that must be named.
    line: usize,
    mode: Mode,
}

const MUTATIONS: &[Mutation] = &[
    Mutation {
        what: "a dilation is dropped",
        column: "pytorch",
        file: "ops.toml",
        from: r#"{%- if dilation | unique | join(sep=",") != "1" %}, dilation={{ dilation | pair }}{% endif %}"#,
        to: "",
        body: &["a = x -> conv(3, 3x3)", "b = a -> conv(5, 3x3, dilation=2)", "y = b -> tanh"],
        line: 3,
        mode: Mode::Inference,
    },
    Mutation {
        what: "kernels are flipped",
        column: "theano",
        file: "helpers/conv2d.py",
        from: "filter_flip=False",
        to: "filter_flip=True",
        body: &["a = x -> conv(3, 1x1) -> tanh", "y = a -> relu", "    -> conv(5, 3x2)", "    -> sigmoid"],
        line: 4,
        mode: Mode::Inference,
    },
    Mutation {
        what: "the framework's own eps",
        column: "keras",
        file: "ops.toml",
        from: "BatchNorm(momentum={{ decay }}, epsilon={{ eps }})",
        to: "BatchNorm(momentum={{ decay }}, epsilon=1e-3)",
        body: &["a = x -> tanh", "b = a -> batch_norm(eps=1e-5)", "y = b -> relu"],
        line: 3,
        mode: Mode::Inference,
    },
    Mutation {
        what: "flattened in the column's own layout",
        column: "tensorflow",
        file: "helpers/flatten.py",
        from: "tf.einsum(\"b...c->bc...\", x)",
        to: "x",
        body: &["a = x -> relu", "b = a -> max_pool(2x2)", "c = b -> flatten", "y = c -> dense(3)"],
        line: 4,
        mode: Mode::Inference,
    },
    Mutation {
        what: "the gates of an LSTM in another order",
        column: "tflearn",
        file: "run.py",
        from: "return np.concatenate([i, g, f, o], axis=-1)",
        to: "return np.concatenate([i, f, g, o], axis=-1)",
        body: &["a = s -> dense(6)", "(_, b) = a -> lstm(4)", "y = b -> tanh"],
        line: 3,
        mode: Mode::Inference,
    },
    Mutation {
        what: "SAME at stride 2 in the place of one zero on both sides",
        column: "tensorflow",
        file: "ops.toml",
        from: "stride={{ stride }}{% endif %}, padding=\n{%- if padding.kind == \"same\" %}\"SAME\"",
        to: "stride={{ stride }}{% endif %}, padding=\n{%- if padding.kind == \"same\" or padding.kind == \"symmetric\" %}\"SAME\"",
        body: &["a = x -> conv(3, 3x3)", "y = a -> conv(5, 3x3, stride=2, padding=1)", "    -> tanh"],
        line: 3,
        mode: Mode::Inference,
    },
    Mutation {
        what: "a biased running variance",
        column: "keras",
        file: "helpers/BatchNorm.py",
        from: "kept + added * count / (count - 1)",
        to: "kept + added",
        body: &["a = x -> conv(3, 3x3)", "b = a -> tanh", "y = b -> batch_norm"],
        line: 4,
        mode: Mode::Training,
    },
    Mutation {
        what: "the share that is kept where the share that is replaced is asked for",
        column: "pytorch",
        file: "ops.toml",
        from: "{{ decay | complement }}",
        to: "{{ decay }}",
        body: &["a = x -> relu", "b = a -> batch_norm(decay=0.8)", "y = b -> tanh"],
        line: 3,
        mode: Mode::Training,
    },
    Mutation {
        what: "the border counts in a mean",
        column: "pytorch",
        file: "ops.toml",
        from: ", count_include_pad=False",
        to: "",
        body: &["a = x -> relu", "b = a -> avg_pool(3x3, stride=2, padding=1)", "y = b -> tanh"],
        line: 3,
        mode: Mode::Inference,
    },
    Mutation {
        what: "zeros at the border win over negative values",
        column: "keras",
        file: "ops.toml",
        from: "constant_values=-math.inf",
        to: "constant_values=0",
        body: &["a = x -> tanh", "b = -a * a - 0.1 -> max_pool(3x3, stride=2, padding=1)", "y = b -> tanh"],
        line: 3,
        mode: Mode::Inference,
    },
    Mutation {
        what: "the cut of a transposed convolution is dropped",
        column: "theano",
        file: "ops.toml",
        from: "{{ kernel | tuple }}, padding={{ padding | tuple }}",
        to: "{{ kernel | tuple }}, padding=(0, 0)",
        body: &[
            "a = x -> tanh",
            "b = a -> conv_transpose(3, 3x3, stride=2, padding=1, output_padding=1)",
            "y = b -> tanh",
        ],
        line: 3,
        mode: Mode::Inference,
    },
    Mutation {
        what: "the places of maxima without the start of each image",
        column: "tensorflow",
        file: "helpers/max_unpool.py",
        from: "start = tf.range(batch) * tf.reduce_prod(shape[1:])",
        to: "start = tf.range(batch) * 0",
        body: &[
            "c = x -> center_crop(8, 8)",
            "(p, i) = c -> max_pool(2x2)",
            "b = (p, i) -> max_unpool(2x2)",
            "y = b -> tanh",
        ],
        line: 4,
        mode: Mode::Inference,
    },
    Mutation {
        what: "corners aligned",
        column: "pytorch",
        file: "ops.toml",
        from: "align_corners=False",
        to: "align_corners=True",
        body: &["a = x -> relu", "b = a -> upsample(2, bilinear)", "y = b -> tanh"],
        line: 3,
        mode: Mode::Inference,
    },
    Mutation {
        what: "key and value exchanged",
        column: "keras",
        file: "ops.toml",
        from: "({{ query }}, {{ value }}{% if key != value %}, key={{ key }}{% endif %})",
        to: "({{ query }}, {{ key }}{% if key != value %}, key={{ value }}{% endif %})",
        body: &["a = s -> tanh", "k = s -> sigmoid", "y = (s, k, a) -> multi_head_attention(2)"],
        line: 4,
        mode: Mode::Inference,
    },
    Mutation {
        what: "the framework's own slope",
        column: "theano",
        file: "ops.toml",
        from: "T.nnet.relu({{ x }}, alpha={{ slope }})",
        to: "T.nnet.relu({{ x }}, alpha=0.01)",
        body: &["a = x -> tanh", "y = a -> leaky_relu(0.2)"],
        line: 3,
        mode: Mode::Inference,
    },
    Mutation {
        // The reference of all others: that they agree with each other is what names it.
        what: "the definition itself is wrong",
        column: "numpy",
        file: "helpers/layer_norm.py",
        from: "x.var(axis=-1, keepdims=True)",
        to: "x.var(axis=-1, keepdims=True, ddof=1)",
        body: &["a = s -> tanh", "b = a -> layer_norm(eps=1e-2)", "y = b -> relu"],
        line: 3,
        mode: Mode::Inference,
    },
];

impl Mutation {
    fn spec(&self) -> String {
        let used = |name: &str| {
            self.body.iter().any(|line| line.split(|c: char| !c.is_alphanumeric()).any(|word| word == name))
        };
        let inputs: Vec<&str> = [("x", "x[4, 9, 8]"), ("s", "s[5, 6]")]
            .into_iter()
            .filter(|(name, _)| used(name))
            .map(|(_, input)| input)
            .collect();
        let lines: String = self.body.iter().map(|line| format!("    {line}\n")).collect();
        format!("model M: ({}) -> y {{\n{lines}}}\n", inputs.join(", "))
    }

    fn columns(&self) -> Columns {
        let mut files: Files = embedded::templates();
        let path = format!("{}/{}", self.column, self.file);
        let text = files.get(&path).unwrap_or_else(|| panic!("templates/{path} is not there"));
        assert!(text.contains(self.from), "templates/{path} has no `{}`", self.from);
        let text = text.replace(self.from, self.to);
        files.insert(path, Cow::Owned(text));
        Columns::new(files).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The name of a column of its own, for a change of the runner.
    fn own_column(&self) -> Option<String> {
        (self.file == "run.py").then(|| format!("{}-changed", self.column))
    }

    fn experiments(&self, faults: &mut Faults) -> Vec<Experiment> {
        let mut sources = Sources::default();
        let text = self.spec();
        let main = sources.add("mutation.arch", text.clone());
        let (program, findings) = lower(main, &mut sources, &mut |_, path| Err(format!("there is no `{path}`")));
        let Some(program) = program else {
            faults.push(format!("{}: the spec is wrong:\n{text}{}", self.what, support::findings(&findings, &sources)));
            return vec![];
        };
        let spec = verification::Spec {
            name: self.what.to_owned(),
            program: &program,
            sources: &sources,
            configuration: Configuration::default(),
        };
        let columns = self.columns();
        let frameworks: Vec<_> = columns.frameworks.iter().collect();
        let mut found = experiments(&spec, &frameworks).unwrap_or_else(|wrong| {
            faults.push(format!("{}: {}", self.what, support::findings(&wrong, &sources)));
            vec![]
        });
        for experiment in &mut found {
            if let Some(own) = self.own_column()
                && let Some(program) = experiment.programs.shift_remove(self.column)
            {
                experiment.programs.insert(own, program);
            }
        }
        found
    }
}

/// Runs all mutations.
pub fn run(_: &[String]) -> Faults {
    let mut faults = Faults::new();
    let all: Vec<Experiment> = MUTATIONS.iter().flat_map(|mutation| mutation.experiments(&mut faults)).collect();
    let built_in = support::columns();
    let frameworks: Vec<_> = built_in.frameworks.iter().collect();
    let say = |column: &str, words: &str| eprintln!("{column:12} {words}");
    let mut places = verification::columns(&frameworks, embedded::harness(), &say);
    for mutation in MUTATIONS {
        let Some(own) = mutation.own_column() else { continue };
        let columns = mutation.columns();
        let text = columns.get(mutation.column).and_then(|column| column.file(mutation.file)).unwrap_or_default();
        let mut place = places.iter().find(|place| place.id == mutation.column).expect("the column is there").clone();
        place.id = own;
        place.files.retain(|(name, _)| name != mutation.file);
        place.files.push((mutation.file.to_owned(), text.to_owned()));
        places.push(place);
    }
    let report = match verify(&all, &places, &Options::default(), &log) {
        Ok(report) => report,
        Err(error) => return vec![error.to_string()],
    };
    for mutation in MUTATIONS {
        let wrong = mutation.own_column().unwrap_or_else(|| mutation.column.to_owned());
        let mut seen = false;
        for (spec, experiment) in report.specs.iter().zip(&all).filter(|(spec, _)| spec.spec == mutation.what) {
            for (name, column) in spec.columns.iter().filter(|(name, _)| experiment.programs.contains_key(*name)) {
                let line = column.first.as_ref().map(|first| first.line);
                let expected = *name == wrong && spec.mode == mutation.mode;
                let fine = match column.status {
                    Status::Differs => *name == wrong && line == Some(mutation.line),
                    Status::Agrees => !expected,
                    Status::NotRun => false,
                };
                seen |= expected && fine;
                if !fine {
                    let (status, said) = (column.status, column.reason.clone().unwrap_or_default());
                    faults.push(format!(
                        "{}: line {} of {wrong} must differ in {:?}; {name} in {:?}: {status:?} {said}\n{}",
                        mutation.what,
                        mutation.line,
                        mutation.mode,
                        spec.mode,
                        mutation.spec()
                    ));
                }
            }
        }
        if !seen && !faults.iter().any(|fault| fault.starts_with(mutation.what)) {
            faults.push(format!("{}: it was not run in {:?}", mutation.what, mutation.mode));
        }
    }
    println!(
        "mutations: {} of {} are seen at their line",
        MUTATIONS.len() - faults.len().min(MUTATIONS.len()),
        MUTATIONS.len()
    );
    faults
}
