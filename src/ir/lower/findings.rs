//! The wording of findings about patterns, blocks and their hyperparameters.

use super::*;

pub(super) fn parameter_names(pattern: &Pattern) -> Vec<&str> {
    pattern.parameters.iter().map(|parameter| parameter.name.as_str()).collect()
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

pub(super) fn unknown_pattern(name: &Name, what: &str, own: &[&str]) -> Diagnostic {
    let finding = Diagnostic::error(codes::UNKNOWN_PATTERN, format!("there is no {what} `{}`", name.text))
        .at(name.span, "not known");
    let near = similar_names(&name.text, own.iter().copied().chain(library::names().iter().copied()));
    // The exact word of another framework is a better guess than a similar word of this language.
    let sure = near.first().filter(|near| library::plain(near) == library::plain(&name.text)).copied();
    let Some(first) = sure.or_else(|| library::elsewhere(&name.text)).or_else(|| near.first().copied()) else {
        return finding.help("`hexapla patterns` lists them; what is missing there is composed as a `block`");
    };
    let mut finding = finding.fix(format!("did you mean `{first}`?"), name.span, first);
    if let Some(window) = window_in(&name.text) {
        finding = finding.help(format!("the size of a window stands in parentheses: `{first}(.., {window})`"));
    }
    let others: Vec<String> = near.iter().filter(|near| **near != first).map(|near| format!("`{near}`")).collect();
    if sure.is_some() || others.is_empty() { finding } else { finding.help(format!("similar: {}", others.join(", "))) }
}

/// The size that a name ends with, as in `conv3x3`.
fn window_in(name: &str) -> Option<&str> {
    let size = &name[name.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'x').len()..];
    let size = size.trim_start_matches('x');
    size.split_once('x').filter(|(left, right)| !left.is_empty() && !right.is_empty()).map(|_| size)
}

/// A hyperparameter that a pattern does not have.
pub(super) fn unknown_argument(pattern: &Pattern, name: &Name) -> Diagnostic {
    let elsewhere = pattern.elsewhere(&name.text);
    let docs: Vec<(&str, &str)> = pattern
        .parameters
        .iter()
        .filter_map(|parameter| Some((parameter.name.as_str(), parameter.doc.as_deref()?)))
        .collect();
    unknown_name_of(&pattern.name, name, &parameter_names(pattern), &docs, elsewhere)
}

/// What frameworks set in a layer and a spec says otherwise, or not at all.
pub(super) const HABITS: &[(&[&str], &str)] = &[
    (&["activation", "activation_fn", "nonlinearity"], "an activation is a stage of its own: `-> relu`"),
    (
        &[
            "in_channels",
            "in_features",
            "input_size",
            "input_dim",
            "input_shape",
            "incoming",
            "nb_in",
            "num_features",
            "normalized_shape",
        ],
        "the sizes of the input are known from what flows in: leave it away",
    ),
    (&["name", "scope"], "a layer is called after its line: leave it away"),
    (
        &["inplace", "data_format", "dtype", "device", "trainable", "restore", "reuse"],
        "how it is computed is no part of a spec: leave it away",
    ),
    (
        &[
            "weights_init",
            "bias_init",
            "kernel_initializer",
            "bias_initializer",
            "regularizer",
            "weight_decay",
            "kernel_regularizer",
        ],
        "how it is trained is no part of this version of the language: leave it away",
    ),
    (
        &["return_sequences", "return_state", "return_seq"],
        "all steps, the last one and the state leave as several tensors: `(all, last, state) = ..`; discard with `_`",
    ),
    // Not a mere word for something else: a number taken over would mean the opposite.
    (
        &["momentum"],
        "`decay` is the share of the running statistics that is kept at each step; `momentum` is the same in some frameworks, and one minus it in others",
    ),
    (&["keep_prob", "keep"], "`rate` is the share that is dropped, one minus the share that is kept"),
    (
        &["dim", "dims"],
        "axes are counted without the batch: `axis=0` are the channels of a map, where a framework writes `dim=1`",
    ),
    (&["batch_first", "batch_size", "timesteps"], "shapes are written without the batch: leave it away"),
];

pub(super) fn unknown_name_of(
    callee: &str,
    name: &Name,
    known: &[&str],
    docs: &[(&str, &str)],
    elsewhere: Option<&str>,
) -> Diagnostic {
    let finding =
        Diagnostic::error(codes::UNKNOWN_ARGUMENT, format!("`{callee}` has no hyperparameter `{}`", name.text))
            .at(name.span, "not known");
    if let Some(meant) = elsewhere {
        let doc = docs.iter().find(|(parameter, _)| *parameter == meant).map(|(_, doc)| *doc);
        let finding = match doc {
            Some(doc) => finding.help(format!("`{meant}`: {doc}")),
            None => finding,
        };
        return finding.fix(format!("did you mean `{meant}`?"), name.span, meant);
    }
    let near = similar_names(&name.text, known.iter().copied());
    if let Some(near) = near.first() {
        return finding.fix(format!("did you mean `{near}`?"), name.span, *near);
    }
    if let Some((_, help)) = HABITS.iter().find(|(names, _)| names.contains(&name.text.as_str())) {
        return finding.help(*help);
    }
    if known.is_empty() {
        finding.help(format!("`{callee}` has none"))
    } else {
        finding.help(format!("it has {}", listed(&known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())))
    }
}

pub(super) fn too_many(callee: &str, span: Span, known: &[&str]) -> Diagnostic {
    let message = match known.len() {
        0 => format!("`{callee}` has no hyperparameters"),
        1 => format!("`{callee}` has one hyperparameter"),
        count => format!("`{callee}` has {count} hyperparameters"),
    };
    let finding = Diagnostic::error(codes::UNKNOWN_ARGUMENT, message).at(span, "one too many");
    if known.is_empty() {
        finding
    } else {
        finding
            .help(format!("in order: {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")))
    }
}

pub(super) fn given_twice(callee: &str, name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, format!("`{name}` of `{callee}` is given twice"))
        .at(span, "again here")
        .because(first, "first here")
}

/// A header that is longer than any paper's, and would make every look at it long.
pub(super) fn too_wide(definition: &ast::Definition) -> Option<Diagnostic> {
    let name = &definition.name.text;
    let parameters =
        definition.parameters.get(limits::HEADER).map(|parameter| ("hyperparameters", parameter.name.span));
    let inputs = || definition.inputs.get(limits::HEADER).map(|input| ("inputs", input.name.span));
    let outputs = || definition.outputs.get(limits::HEADER).map(|output| ("outputs", output.span));
    let sizes = || {
        let shapes = definition.inputs.iter().filter_map(|input| input.shape.as_ref());
        shapes.flat_map(|shape| &shape.dims).nth(limits::HEADER).map(|dim| ("sizes of inputs", dim.value.span))
    };
    let (what, span) = parameters.or_else(inputs).or_else(outputs).or_else(sizes)?;
    let message = format!("`{name}` has more than {} {what}", limits::HEADER);
    Some(Diagnostic::error(codes::LIMIT, message).at(span, "one too many"))
}
