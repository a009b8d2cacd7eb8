//! Nothing is forgotten: every operator has a line or a written reason in every column, and no template drops a parameter.
//!
//! Each pattern is applied in every context that its other parameters can make (each at its default or at another value), on every kind
//! of tensor that it takes. One parameter at a time is given a value that stands nowhere else, and that value must turn up in the lines
//! that the application became: once as a number, once as the name of a hyperparameter. What has no text of its own (a flag, a word, an
//! axis) must make a difference.

mod support;

use hexapla::emit::framework::{Columns, Framework};
use hexapla::emit::{Emitted, Options, emit, prepare};
use hexapla::ir::infer::Configuration;
use hexapla::ir::lower::lower;
use hexapla::ops::{Loop, ParameterType, Pattern, library};
use hexapla::span::Sources;
use hexapla::syntax::ast::FactKind;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The operators of a column that are no patterns.
const NO_PATTERNS: [&str; 1] = ["tap"];

/// Values that turn up in another form: column, pattern, parameter, the value, what must stand there.
const DERIVED: &[(&str, &str, &str, &str, &str)] = &[
    // PyTorch's momentum is the share that is replaced.
    ("pytorch", "batch_norm", "decay", "0.4375", "0.5625"),
    // The table has as many rows as there are units.
    ("keras", "tied_dense", "units", "127", "TiedDense(step)"),
    ("keras", "tied_dense", "units", "first", "TiedDense(step)"),
    ("pytorch", "tied_dense", "units", "127", "self.step.weight"),
    ("pytorch", "tied_dense", "units", "first", "self.step.weight"),
    ("tensorflow", "tied_dense", "units", "127", "self.step.table"),
    ("tensorflow", "tied_dense", "units", "first", "self.step.table"),
    ("pytorch", "tied_dense", "table", "another", "self.another.weight"),
    ("tensorflow", "tied_dense", "table", "another", "self.another.table"),
];

/// What a column refuses: column, pattern, a part of its reason. A reason that nobody gives any more is a failure.
const REFUSED: &[(&str, &str, &str)] = &[
    ("keras", "conv", "Keras can't pad `same` at a stride and a dilation above 1"),
    ("keras", "avg_pool", "an average pooling pads both sides alike"),
    ("pytorch", "max_pool", "`padding` is one number for each axis"),
    ("pytorch", "avg_pool", "`padding` is one number for each axis"),
    ("keras", "max_pool", "without padding, and for windows that don't overlap"),
    ("tensorflow", "conv", "TensorFlow has no convolution of volumes with both a stride and a dilation"),
    ("pytorch", "batch_norm", "`scale` and `shift` must be written out"),
    ("keras", "max_pool", "`ceil` must be written out"),
    ("numpy", "max_pool", "`ceil` must be written out"),
    ("tensorflow", "max_pool", "`ceil` must be written out"),
    ("tflearn", "max_pool", "`ceil` must be written out"),
    ("theano", "max_pool", "`ceil` must be written out"),
    ("numpy", "max_pool", "without `ceil` only"),
    ("tensorflow", "max_pool", "without `ceil` only"),
    ("tflearn", "max_pool", "without `ceil` only"),
    ("theano", "max_pool", "without `ceil` only"),
    ("tensorflow", "max_pool", "the indices of a max pooling of volumes are there for windows that don't overlap only"),
    ("tensorflow", "max_pool", "the indices of a max pooling are there without padding only"),
    ("tflearn", "max_pool", "the indices of a max pooling are there without padding only"),
    ("tflearn", "max_pool", "the indices of a max pooling of volumes are there for windows that don't overlap only"),
    (
        "theano",
        "max_pool",
        "the indices of a max pooling are there without padding, and for windows that don't overlap",
    ),
];

/// How many faults are told.
const SHOWN: usize = 40;

/// The features (or channels) of all tensors: a multiple of the sentinels for `groups` and `heads`.
const FEATURES: &str = "404";

/// A way to give a value to a parameter.
#[derive(Clone, Debug)]
struct Choice {
    /// As it stands in the spec.
    text: String,
    /// What must stand in the code; nothing if it only must make a difference.
    needles: Vec<String>,
}

fn choice(text: &str, needles: &[&str]) -> Choice {
    Choice { text: text.to_owned(), needles: needles.iter().map(|&needle| needle.to_owned()).collect() }
}

/// What a parameter is given.
#[derive(Debug)]
struct Values {
    /// If it has no default, the value where others are looked at.
    base: Option<&'static str>,
    /// Another value for the contexts of the others; none if there is no context to make.
    other: Option<&'static str>,
    /// Values that stand nowhere else.
    sentinels: Vec<Choice>,
    /// Names of hyperparameters with their values, in the place of a sentinel.
    symbolic: Vec<(Choice, &'static str)>,
}

fn values(pattern: &str, parameter: &str, ty: &ParameterType) -> Values {
    let number = |base, other, sentinel: &'static str| Values {
        base: Some(base),
        other: Some(other),
        sentinels: vec![choice(sentinel, &[sentinel])],
        symbolic: vec![(choice("first", &["first"]), sentinel)],
    };
    let only = |base, sentinels: Vec<Choice>| Values { base: Some(base), other: None, sentinels, symbolic: vec![] };
    match (pattern, parameter) {
        // Divisible by the groups, and a divisor of the features.
        ("conv", "filters") => number(FEATURES, "8", "206"),
        ("conv", "groups") => number("1", "2", "101"),
        ("multi_head_attention", "heads") => number("2", "4", "101"),
        ("reshape", "shape") => {
            only("[404, 14]", vec![choice("[101, 56]", &["101", "56"]), choice("[56, 101]", &["101", "56"])])
        }
        ("transpose", "axes") => only("[0, 1]", vec![choice("[1, 0]", &[])]),
        ("group_norm" | "channel_shuffle", "groups") => number("2", "4", "101"),
        // Squares of them divide the channels, they themselves the sizes.
        ("pixel_shuffle" | "pixel_unshuffle", "scale") => number("1", "1", "2"),
        ("to_map", "height") => number("2", "1", "7"),
        ("unflatten", "shape") => only("[101, 2, 2]", vec![choice("[2, 202, 1]", &["202"])]),
        ("maxout", "pieces") => number("2", "4", "101"),
        ("einsum", "equation") => {
            only("\"ij,jk->ik\"", vec![choice("\"ij,jk->ki\"", &[]), choice("\"ij,ki->jk\"", &[])])
        }
        // Two parts of 404.
        ("split", "sizes") => Values {
            symbolic: vec![(choice("[first, 404 - first]", &["first"]), "127")],
            ..only("[101, 303]", vec![choice("[127, 277]", &["127"]), choice("[277, 127]", &["277"])])
        },
        // Rows for all integers that there are.
        ("scatter_add", "length") => number("7", "14", "127"),
        ("expand_dims", "axis") => only("0", vec![choice("1", &[]), choice("-1", &[])]),
        ("rrelu", "high") => number("0.75", "0.875", "0.9375"),
        ("upsample", "mode") => only("bilinear", vec![choice("nearest", &[])]),
        ("zeros" | "ones", "shape") => only("[7]", vec![choice("[127, 131]", &["127", "131"])]),
        // As many as there are sequences.
        ("scan", "over") => only("1", vec![choice("2", &[])]),
        // Within the shortest axis.
        ("slice", "start") => number("1", "2", "9"),
        ("slice", "stop") => number("12", "13", "11"),
        ("learned_positions", "length") => number("64", "32", "127"),
        ("clip", "high") => number("0.75", "0.875", "0.9375"),
        // The padding must be smaller than the kernel, the output padding than the stride.
        ("conv_transpose", "kernel") => Values { other: Some("[157, 163]"), ..values("", "", ty) },
        ("conv_transpose", "stride") => Values { other: Some("[149, 151]"), ..values("", "", ty) },
        ("conv_transpose", "padding") => Values { base: Some("0"), ..values("", "", ty) },
        ("conv_transpose", "output_padding") => Values {
            base: Some("0"),
            other: Some("[1, 0]"),
            sentinels: vec![choice("[101, 103]", &["101", "103"])],
            symbolic: vec![(choice("[first, second]", &["first", "second"]), "107")],
        },
        _ => match ty {
            ParameterType::Int => number("7", "3", "127"),
            ParameterType::Float => number("0.25", "0.125", "0.4375"),
            ParameterType::Bool => Values {
                base: Some("true"),
                other: Some("false"),
                sentinels: vec![choice("false", &[])],
                symbolic: vec![(choice("flag", &["flag"]), "")],
            },
            ParameterType::Window => Values {
                base: Some("3"),
                other: Some("[2, 4]"),
                sentinels: vec![
                    choice("127", &["127"]),
                    choice("[127, 131]", &["127", "131"]),
                    choice("[131, 5]", &["131", "5"]),
                ],
                symbolic: vec![
                    (choice("first", &["first"]), "127"),
                    (choice("[first, second]", &["first", "second"]), "127"),
                    (choice("[5, second]", &["second"]), "127"),
                ],
            },
            ParameterType::Padding => Values {
                base: Some("0"),
                other: Some("same"),
                sentinels: vec![
                    choice("same", &[]),
                    choice("1", &[]),
                    choice("127", &["127"]),
                    choice("[127, 131]", &["127", "131"]),
                    choice("[[127, 131], [137, 139]]", &["127", "131", "137", "139"]),
                ],
                symbolic: vec![
                    (choice("first", &["first"]), "127"),
                    (choice("[first, second]", &["first", "second"]), "127"),
                    (choice("[[first, 3], [4, second]]", &["first", "second"]), "127"),
                ],
            },
            ParameterType::Axis => only("0", vec![choice("1", &[]), choice("-1", &[])]),
            ParameterType::Choice(words) => {
                let (first, rest) = words.split_first().expect("a choice has words");
                // Words live as long as the library.
                let base: &'static str = Box::leak(first.clone().into_boxed_str());
                only(base, rest.iter().map(|word| choice(word, &[])).collect())
            }
            ParameterType::Instance(_) => only("step", vec![choice("another", &["another"])]),
            ParameterType::Axes | ParameterType::Shape | ParameterType::Text => {
                panic!("{pattern}: `{parameter}` needs values here")
            }
        },
    }
}

/// How tensors enter a pattern: the model's inputs, lines that come first, and what flows.
struct Entrance {
    inputs: String,
    before: String,
    flow: String,
    /// What follows: in a chain of layers a pattern may be another thing than alone.
    after: &'static str,
    /// How many axes the first one has, without the batch; the parameters that name axes must fit.
    rank: usize,
    /// How many numbers a window has.
    spatial: usize,
}

impl Entrance {
    /// A value for a parameter, which was written for two spatial axes, with a number for each axis of this map.
    fn fitted(&self, pattern: &Pattern, parameter: &str, value: &str) -> String {
        let ty = &pattern.parameters.iter().find(|found| found.name == parameter).expect("a parameter").ty;
        let list = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
        let (Some(list), ParameterType::Window | ParameterType::Padding) = (list, ty) else { return value.to_owned() };
        let pairs = list.starts_with('[');
        let third = match (parameter, pairs) {
            (_, true) => "[1, 0]",
            ("output_padding", _) => "0",
            ("padding", _) => "1",
            _ => "5",
        };
        match self.spatial {
            1 if pairs => format!("[{}]]", list.split(']').next().unwrap_or(list)),
            1 => format!("[{}]", list.split(',').next().unwrap_or(list)),
            3 => format!("[{list}, {third}]"),
            _ => value.to_owned(),
        }
    }
}

/// The blocks that a loop applies.
const ROUNDS: &str = "
block over: (a, b) -> y {
    c = a -> dense(3)
    d = b -> flatten -> dense(3)
    y = c + d
}

block times: h -> h {
    h = h -> dense(h.features)
}

block on: h -> (more, h) {
    more = h -> dense(1)
    h    = h -> dense(h.features)
}
";

fn entrances(pattern: &Pattern) -> Vec<Entrance> {
    if let Some(kind) = pattern.loops() {
        let (inputs, flow, block) = match kind {
            Loop::Each => ("x0[14, 404], x1[14, 404]", "(x0, x1)", "over"),
            Loop::Times => ("x0[404]", "x0", "times"),
            Loop::While => ("x0[404]", "x0", "on"),
        };
        // `body` is put into both lines by the caller.
        let before = format!("shared BODY = {block}");
        let (inputs, flow) = (inputs.to_owned(), flow.to_owned());
        return vec![Entrance { inputs, before, flow, after: "", rank: 2, spatial: 2 }];
    }
    if pattern.name == "max_unpool" {
        // `kernel` is put into both lines by the caller.
        let inputs = "x[1, 499110, 998220]".to_owned(); // divisible by every kernel
        let before = "(u, i) = x -> max_pool(KERNEL)".to_owned();
        return vec![Entrance { inputs, before, flow: "(u, i)".into(), after: "", rank: 3, spatial: 2 }];
    }
    if pattern.name == "tied_dense" {
        // So is what the table is called and how many rows it has.
        let (inputs, flow) = ("t[14] int".to_owned(), "x".to_owned());
        let before = "shared TABLE = embedding(UNITS, 404)\n    x = t -> TABLE".to_owned();
        return vec![Entrance { inputs, before, flow, after: "", rank: 2, spatial: 2 }];
    }
    // What these take fits together, or is of a size of its own.
    let own = match pattern.name.as_str() {
        "einsum" => Some(("x0[14, 404], x1[404, 14]", "(x0, x1)", 2)),
        "split" => Some(("x0[404, 404]", "x0", 2)),
        "unstack" => Some(("x0[2, 2]", "x0", 2)),
        "squeeze" => Some(("x0[1, 1]", "x0", 2)),
        "take_along" => Some(("x0[404], x1[7] int < 7", "(x0, x1)", 1)),
        "scatter_add" => Some(("x0[7, 404], x1[7] int < 7", "(x0, x1)", 2)),
        "relative_bias" => Some(("x0[8, 14, 404] plain", "x0", 3)),
        _ => None,
    };
    if let Some((inputs, flow, rank)) = own {
        let (inputs, flow) = (inputs.to_owned(), flow.to_owned());
        return vec![Entrance { inputs, before: String::new(), flow, after: "", rank, spatial: 2 }];
    }
    let kind = |at: usize| pattern.inputs.get(at).and_then(|input| input.kind.as_ref()).map(|kind| kind.text.as_str());
    let fixed = pattern.inputs[0]
        .shape
        .as_ref()
        .filter(|shape| shape.dims.iter().all(|dim| !dim.splat))
        .map(|shape| shape.dims.len());
    let least_rank =
        pattern.inputs[0].shape.as_ref().map_or(0, |shape| shape.dims.iter().filter(|dim| !dim.splat).count());
    let maps = [("[404, 1022, 2026]", 3), ("[404, 1022] map", 2), ("[404, 308, 312, 314]", 4)];
    let plain = [("[14, 404]", 2), ("[404]", 1)];
    let shapes: Vec<(&str, usize)> = match kind(0) {
        Some("map") => maps.to_vec(),
        Some(_) => plain.to_vec(),
        None => maps[..1].iter().chain(&plain).copied().collect(),
    };
    let shapes: Vec<(&str, usize)> = shapes
        .into_iter()
        .filter(|(_, rank)| fixed.is_none_or(|fixed| fixed == *rank))
        .filter(|(_, rank)| least_rank <= *rank)
        .filter(|(_, rank)| !matches!(pattern.name.as_str(), "reshape" | "transpose") || *rank == 2)
        .collect();
    let mut all = Vec::new();
    for (shape, rank) in shapes {
        let spatial = if kind(0) == Some("map") { rank - 1 } else { 2 };
        let int = if kind(0) == Some("int") { " int < 7" } else { "" };
        let variadic = pattern.inputs[0].variadic;
        // A state is as large as a hyperparameter says: it enters in the pattern's own cases.
        let of_own_size = |input: &hexapla::syntax::ast::Input| {
            let names = |dim: &hexapla::syntax::ast::Dim| matches!(&dim.value.kind, hexapla::syntax::ast::ExprKind::Name(name) if pattern.parameter(name).is_some());
            input.shape.as_ref().is_some_and(|shape| shape.dims.iter().any(names))
        };
        let most = if variadic { 3 } else { pattern.inputs.iter().take_while(|input| !of_own_size(input)).count() };
        let least = if variadic { 2 } else { pattern.inputs.iter().filter(|input| input.default.is_none()).count() };
        for count in least..=most {
            let names: Vec<String> = (0..count).map(|at| format!("x{at}")).collect();
            // An input whose rank is declared has it, whatever the first one has.
            let own = |at: usize| {
                let declared = pattern.inputs.get(at).filter(|input| !input.variadic)?.shape.as_ref()?;
                let fixed: Vec<_> = declared.dims.iter().filter(|dim| !dim.splat).collect();
                let whole = fixed.len() == declared.dims.len() || (fixed.len() > 1 && pattern.inputs.len() > 1);
                let plain = whole && kind(at) == Some("plain");
                // Lengths of sequences are called T and M in declarations.
                let size = |dim: &hexapla::syntax::ast::Dim| match &dim.value.kind {
                    hexapla::syntax::ast::ExprKind::Name(name) if name == "T" || name == "M" => "14",
                    _ => FEATURES,
                };
                plain.then(|| format!("[{}]", fixed.into_iter().map(size).collect::<Vec<_>>().join(", ")))
            };
            let inputs: Vec<String> = names
                .iter()
                .enumerate()
                .map(|(at, name)| match (at, kind(at)) {
                    (1.., Some("int")) => format!("{name}[7] int < 7"),
                    _ => format!("{name}{}{int}", own(at).unwrap_or_else(|| shape.to_owned())),
                })
                .collect();
            let flow = if count == 1 { names[0].clone() } else { format!("({})", names.join(", ")) };
            let inputs = inputs.join(", ");
            if count == 1 && int.is_empty() && pattern.outputs.len() == 1 {
                let (inputs, flow) = (inputs.clone(), format!("{flow} -> batch_norm"));
                all.push(Entrance { inputs, before: String::new(), flow, after: " -> batch_norm", rank, spatial });
            }
            all.push(Entrance { inputs, before: String::new(), flow, after: "", rank, spatial });
        }
    }
    assert!(!all.is_empty(), "{}: no tensor of these tests can enter it", pattern.name);
    all
}

/// The subsets of the outputs that can be asked for.
fn targets(pattern: &Pattern) -> Vec<String> {
    if pattern.outputs[0].variadic {
        return vec!["(y0, y1)".to_owned(), "(y0, _)".to_owned()];
    }
    let count = pattern.outputs.len();
    let one = |mask: usize| -> Vec<String> {
        (0..count).map(|at| if mask & (1 << at) == 0 { "_".to_owned() } else { format!("y{at}") }).collect()
    };
    let masks = (1..1usize << count).map(one);
    masks.map(|names| if count == 1 { names[0].clone() } else { format!("({})", names.join(", ")) }).collect()
}

/// The code of a column for a spec: the lines of the application, or why there are none.
type Code = Result<String, String>;

/// The code of a spec by column.
type Codes = Arc<Vec<(String, Code)>>;

struct Emitter {
    columns: Columns,
    /// The names of helpers that were printed, by column.
    printed: BTreeMap<String, BTreeSet<String>>,
    /// Refusals that were met.
    refused: BTreeSet<usize>,
    emitted: usize,
    /// What was written, by the text of the spec.
    known_codes: HashMap<String, Option<Codes>>,
}

impl Emitter {
    fn new() -> Self {
        Self {
            columns: support::columns(),
            printed: BTreeMap::new(),
            refused: BTreeSet::new(),
            emitted: 0,
            known_codes: HashMap::new(),
        }
    }

    /// The spec in every column; nothing if the spec itself makes no sense, as not every context does. Contexts of different parameters
    /// are often the same spec, which is written once.
    fn emit(&mut self, text: &str, line: u32) -> Option<Codes> {
        if let Some(known) = self.known_codes.get(text) {
            return known.clone();
        }
        let codes = self.write(text, line).map(Arc::new);
        self.known_codes.insert(text.to_owned(), codes.clone());
        codes
    }

    fn write(&mut self, text: &str, line: u32) -> Option<Vec<(String, Code)>> {
        let mut sources = Sources::default();
        let main = sources.add("coverage.arch", text);
        let (program, _) = lower(main, &mut sources, &mut |_, path| Err(format!("there is no `{path}`")));
        let program = program?;
        let configuration = Configuration::default();
        let prepared = prepare(&program, &configuration).ok()?;
        let mut codes = Vec::new();
        for column in &self.columns.frameworks {
            let code = match emit(&prepared, column, &sources, &Options::default()) {
                Ok(code) => {
                    note(&mut self.printed, column, &code);
                    let lines =
                        code.lines.iter().filter(|found| found.origin.is_some_and(|span| sources.line(span) == line));
                    Ok(lines.map(|found| format!("{}\n", found.text)).collect())
                }
                Err(wrong) => Err(support::findings(&wrong, &sources)),
            };
            self.emitted += 1;
            codes.push((column.id.clone(), code));
        }
        Some(codes)
    }

    /// Whether a refusal is one of those that are known.
    fn known(&mut self, column: &str, pattern: &str, said: &str) -> bool {
        let at =
            REFUSED.iter().position(|(of, name, reason)| *of == column && *name == pattern && said.contains(reason));
        self.refused.extend(at);
        at.is_some()
    }
}

fn note(printed: &mut BTreeMap<String, BTreeSet<String>>, column: &Framework, code: &Emitted) {
    let names = column
        .helpers
        .iter()
        .filter(|helper| code.helpers.iter().any(|printed| printed.name == helper.name))
        .flat_map(|helper| helper.names.iter().cloned());
    printed.entry(column.id.clone()).or_default().extend(names);
}

/// One application, written out.
fn spec(
    pattern: &Pattern,
    entrance: &Entrance,
    targets: &str,
    arguments: &[(String, String)],
    parameters: &str,
) -> (String, u32) {
    let given: Vec<String> = arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let given = if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) };
    let kernel = arguments.iter().find(|(name, _)| name == "kernel").map_or("2", |(_, value)| value.as_str());
    let body = arguments.iter().find(|(name, _)| name == "body").map_or("step", |(_, value)| value.as_str());
    let units = arguments.iter().find(|(name, _)| name == "units").map_or("7", |(_, value)| value.as_str());
    let table = arguments.iter().find(|(name, _)| name == "table").map_or("step", |(_, value)| value.as_str());
    let before = entrance.before.replace("KERNEL", kernel).replace("BODY", body);
    let before = before.replace("TABLE", table).replace("UNITS", units);
    let rounds: String = ROUNDS
        .split_inclusive("\n}\n")
        .filter(|block| block.contains(&format!("block {}:", before.rsplit(' ').next().unwrap_or(""))))
        .collect();
    let outputs: Vec<&str> = targets.trim_matches(['(', ')']).split(", ").filter(|name| *name != "_").collect();
    let text = format!(
        "model M{parameters}: ({}) -> ({}) {{\n    {before}\n    {targets} = {} -> {}{given}{}\n}}\n{rounds}",
        entrance.inputs,
        outputs.join(", "),
        entrance.flow,
        pattern.name,
        entrance.after,
    );
    (text, 2 + before.lines().count().max(1) as u32)
}

/// The base values of all parameters but one, with up to two of them changed to other values; of maps that are no images, one.
fn contexts(pattern: &Pattern, entrance: &Entrance, all: &[Values], except: usize) -> Vec<Vec<(String, String)>> {
    let most = if entrance.spatial == 2 { 2 } else { 1 };
    let mut contexts: Vec<(usize, Vec<(String, String)>)> = vec![(0, vec![])];
    for (at, parameter) in pattern.parameters.iter().enumerate() {
        if at == except {
            continue;
        }
        // A default is left away; but for a padding the language may ask.
        let base = all[at].base.filter(|_| parameter.default.is_none() || parameter.ty == ParameterType::Padding);
        let mut grown = Vec::new();
        for (changed, context) in contexts {
            let with = |value: &str| {
                let added = (parameter.name.clone(), entrance.fitted(pattern, &parameter.name, value));
                context.iter().cloned().chain([added]).collect::<Vec<_>>()
            };
            grown.push((changed, base.map_or_else(|| context.clone(), with)));
            if changed < most {
                grown.extend(all[at].other.map(|other| (changed + 1, with(other))));
            }
        }
        contexts = grown;
    }
    contexts.into_iter().map(|(_, context)| context).collect()
}

fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.match_indices(word).any(|(at, _)| {
        // A name may be an attribute: `self.first`.
        let before = text[..at].chars().next_back();
        let attribute = before == Some('.') && !word.starts_with(|c: char| c.is_ascii_digit());
        (attribute || !before.is_some_and(part)) && !text[at + word.len()..].chars().next().is_some_and(part)
    })
}

/// What was found by applying every pattern in every way.
struct Sweep {
    emitter: Emitter,
    faults: Vec<String>,
}

/// The sweep, made once for all tests.
fn sweep() -> &'static Sweep {
    static SWEEP: OnceLock<Sweep> = OnceLock::new();
    SWEEP.get_or_init(|| {
        // Every so-many-th pattern for each thread: one is as much work as another.
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let parts: Vec<(Emitter, Vec<String>)> = std::thread::scope(|scope| {
            let part = |first: usize| {
                scope.spawn(move || {
                    let mut emitter = Emitter::new();
                    let names: Vec<&str> = library::names().iter().skip(first).step_by(threads).copied().collect();
                    let faults = apply_everything(&names, &mut emitter);
                    (emitter, faults)
                })
            };
            let running: Vec<_> = (0..threads).map(part).collect();
            running.into_iter().map(|thread| thread.join().expect("its faults are told above")).collect()
        });
        let mut parts = parts.into_iter();
        let (mut emitter, mut faults) = parts.next().expect("there is a thread");
        for (other, more) in parts {
            for (column, names) in other.printed {
                emitter.printed.entry(column).or_default().extend(names);
            }
            emitter.refused.extend(other.refused);
            emitter.emitted += other.emitted;
            faults.extend(more);
        }
        faults.extend(kept_refusals(&emitter));
        Sweep { emitter, faults }
    })
}

/// The refusals that nobody gives any more.
fn kept_refusals(emitter: &Emitter) -> Vec<String> {
    let gone = REFUSED.iter().enumerate().filter(|(at, _)| !emitter.refused.contains(at));
    gone.map(|(_, (column, pattern, reason))| {
        format!("{column} does not refuse `{pattern}` by \"{reason}\" any more: take it out of REFUSED")
    })
    .collect()
}

fn apply_everything(names: &[&str], emitter: &mut Emitter) -> Vec<String> {
    let mut faults = Vec::new();
    for name in names {
        let pattern: Arc<Pattern> = library::pattern(name).expect("it is listed");
        let all: Vec<Values> =
            pattern.parameters.iter().map(|parameter| values(name, &parameter.name, &parameter.ty)).collect();
        let mut seen = vec![0usize; pattern.parameters.len()];
        for entrance in entrances(&pattern) {
            for targets in targets(&pattern) {
                // Without parameters there is still a line to write.
                if pattern.parameters.is_empty() {
                    let (text, line) = spec(&pattern, &entrance, &targets, &[], "");
                    let codes = emitter.emit(&text, line).unwrap_or_else(|| panic!("this spec is wrong:\n{text}"));
                    for (column, code) in codes.iter() {
                        match code {
                            Ok(code) if code.is_empty() => faults.push(format!("{column} writes nothing for\n{text}")),
                            Ok(_) => {}
                            Err(said) if emitter.known(column, name, said) => {}
                            Err(said) => faults.push(format!("{column} refuses\n{text}{said}")),
                        }
                    }
                }
                for (at, parameter) in pattern.parameters.iter().enumerate() {
                    for context in contexts(&pattern, &entrance, &all, at) {
                        seen[at] += look(
                            emitter,
                            &mut faults,
                            &pattern,
                            &entrance,
                            &targets,
                            &context,
                            &parameter.name,
                            &all[at],
                        );
                    }
                }
            }
        }
        for (parameter, seen) in pattern.parameters.iter().zip(seen) {
            assert!(seen > 0, "{name}: no context in which `{}` can be looked at", parameter.name);
        }
    }
    faults
}

#[test]
fn every_parameter_of_every_pattern_reaches_every_column() {
    let Sweep { emitter, faults } = sweep();
    println!("{} programs were written", emitter.emitted);
    let count = faults.len();
    assert!(faults.is_empty(), "{count} faults, the first ones:\n\n{}", faults[..count.min(SHOWN)].join("\n"));
}

/// Gives one parameter its values in one context; how many times that could be done.
#[expect(clippy::too_many_arguments, reason = "a loop body with a name")]
fn look(
    emitter: &mut Emitter,
    faults: &mut Vec<String>,
    pattern: &Pattern,
    entrance: &Entrance,
    targets: &str,
    context: &[(String, String)],
    parameter: &str,
    values: &Values,
) -> usize {
    let name = pattern.name.as_str();
    let with = |value: &str| -> Vec<(String, String)> {
        let value = entrance.fitted(pattern, parameter, value);
        context.iter().cloned().chain([(parameter.to_owned(), value)]).collect()
    };
    // With its base value, to see the difference.
    let (text, line) = spec(pattern, entrance, targets, &values.base.map_or_else(|| context.to_vec(), with), "");
    let Some(base) = emitter.emit(&text, line) else { return 0 };
    // The only axis of a vector is both the first and the last.
    let only_axis = entrance.rank == 1 && values.sentinels.iter().any(|sentinel| sentinel.text == "-1");
    let literal = values.sentinels.iter().filter(|_| !only_axis).map(|sentinel| (sentinel, ""));
    let symbolic = values.symbolic.iter().map(|(sentinel, value)| (sentinel, *value));
    let mut looked = 0;
    for (sentinel, value) in literal.chain(symbolic) {
        let given = entrance.fitted(pattern, parameter, &sentinel.text);
        let parameters: Vec<String> = [("first", value), ("second", "131"), ("flag", "false")]
            .into_iter()
            .filter(|(name, _)| given.contains(name))
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let parameters = if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
        let (text, line) = spec(pattern, entrance, targets, &with(&sentinel.text), &parameters);
        // Not everything fits together: a kernel larger than the map, a stride beside indices.
        let Some(codes) = emitter.emit(&text, line) else { continue };
        looked += 1;
        for ((column, code), (_, before)) in codes.iter().zip(base.iter()) {
            let code = match code {
                Ok(code) => code,
                Err(said) if emitter.known(column, name, said) => continue,
                Err(said) => {
                    faults.push(format!("{column} refuses\n{text}{said}"));
                    continue;
                }
            };
            let derived = DERIVED.iter().find(|(of, pattern, of_parameter, value, _)| {
                *of == *column && *pattern == name && *of_parameter == parameter && *value == sentinel.text
            });
            let needles: Vec<&str> = match derived {
                Some((.., text)) => vec![text],
                // What does not fit into fewer axes was left away.
                None => sentinel.needles.iter().map(String::as_str).filter(|needle| has_word(&given, needle)).collect(),
            };
            let missing: Vec<&&str> = needles.iter().filter(|needle| !has_word(code, needle)).collect();
            if !missing.is_empty() {
                faults.push(format!("{column} drops {missing:?} of `{parameter}` in\n{text}which became\n{code}"));
            } else if needles.is_empty() && before.as_ref() == Ok(code) {
                faults.push(format!(
                    "{column} makes no difference of `{parameter}={}` in\n{text}which became\n{code}",
                    sentinel.text
                ));
            }
        }
    }
    looked
}

#[test]
fn every_operator_has_a_line_or_a_reason_and_a_source() {
    let mut faults = Vec::new();
    for column in &support::columns().frameworks {
        for name in library::names().iter().chain(&NO_PATTERNS) {
            match column.operator(name) {
                Err(error) => faults.push(error.to_string()),
                Ok(None) => faults.push(format!(
                    "{}: `{name}` has no entry: write its line, or `unsupported = \"reason\"`",
                    column.id
                )),
                Ok(Some(entry)) => {
                    let lines = entry.expr.is_some()
                        || !entry.lines.is_empty()
                        || !entry.stages.is_empty()
                        || !entry.layer.is_empty();
                    match &entry.unsupported {
                        Some(reason) if reason.len() < 20 => {
                            faults.push(format!("{}: `{name}`: \"{reason}\" is no reason", column.id))
                        }
                        Some(_) if lines => {
                            faults.push(format!("{}: `{name}` has lines and is unsupported", column.id))
                        }
                        None if !lines => {
                            faults.push(format!("{}: `{name}` has neither a line nor a reason", column.id))
                        }
                        _ => {}
                    }
                    if entry.source.as_deref().is_none_or(|source| source.trim().is_empty()) {
                        faults.push(format!("{}: `{name}` has no source", column.id));
                    }
                }
            }
        }
        for name in column.operators() {
            if !library::names().contains(&name) && !NO_PATTERNS.contains(&name) {
                faults.push(format!("{}: `{name}` is no pattern", column.id));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_weight_has_its_map_in_every_column() {
    let mut faults = Vec::new();
    for column in &support::columns().frameworks {
        for name in library::names() {
            let pattern = library::pattern(name).expect("it is listed");
            let weights = pattern.facts.iter().filter_map(|fact| match &fact.kind {
                FactKind::Weight { name, .. } => Some(name.text.as_str()),
                _ => None,
            });
            let declared: BTreeSet<&str> = weights.collect();
            let Ok(Some(entry)) = column.operator(name) else { continue };
            let custom = entry.weights.iter().any(|weight| weight.starts_with('@'));
            let mapped: BTreeSet<&str> = entry.weights.iter().filter_map(|weight| weight.split(' ').next()).collect();
            if !custom && declared != mapped && entry.unsupported.is_none() {
                faults.push(format!("{}: `{name}` has the weights {declared:?}, its map {mapped:?}", column.id));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_snapshot_is_that_of_a_test() {
    let columns = support::columns();
    let specs = support::specs();
    let formatted = std::iter::once(support::snapshot(Path::new(support::FORMATTED)));
    let known: BTreeSet<PathBuf> = specs
        .iter()
        .map(|path| support::snapshot(path))
        .chain(columns.frameworks.iter().map(support::column_snapshot))
        .chain(formatted)
        .collect();
    assert_eq!(known.len(), specs.len() + columns.frameworks.len() + 1, "two specs share a snapshot");
    let folder = Path::new(support::ROOT).join(support::SNAPSHOTS);
    let found: BTreeSet<PathBuf> = support::everything(&folder)
        .into_iter()
        // What insta leaves for review.
        .filter(|path| path.extension().is_none_or(|extension| extension != "new"))
        .collect();
    let strays: Vec<&PathBuf> = found.difference(&known).collect();
    assert!(strays.is_empty(), "no test reads {strays:#?}: remove them, or name them as what they belong to");
}

#[test]
fn every_helper_is_printed_into_some_file() {
    let emitter = &sweep().emitter;
    let mut printed = emitter.printed.clone();
    for path in support::specs() {
        let opened = support::open(&path);
        let configuration = Configuration::default();
        let Ok(prepared) = prepare(support::program(&opened), &configuration) else { continue };
        for column in &emitter.columns.frameworks {
            if let Ok(code) = emit(&prepared, column, &opened.sources, &Options::default()) {
                note(&mut printed, column, &code);
            }
        }
    }
    let mut faults = Vec::new();
    for column in &emitter.columns.frameworks {
        for helper in
            column.defined.keys().filter(|name| !printed.get(&column.id).is_some_and(|printed| printed.contains(*name)))
        {
            faults.push(format!("templates/{}/helpers: nothing uses `{helper}`", column.id));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
