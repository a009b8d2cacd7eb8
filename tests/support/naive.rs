//! Naive translations: a change of a column, and the smallest network that shows it.

use hexapla::embedded;
use hexapla::emit::framework::{Columns, Files};
use hexapla::ir::Program;
use hexapla::ir::lower::lower;
pub use hexapla::ops::gotchas::Naive;
use hexapla::ops::gotchas::{self, NaiveMode};
use hexapla::span::Sources;

/// Those of the traps, and some that are no difference between frameworks but plain mistakes.
pub fn all() -> Vec<Naive> {
    let mistake = |what: &str, column: &str, file: &str, (from, to): (&str, &str), body: &[&str], line| Naive {
        what: what.to_owned(),
        column: column.to_owned(),
        file: file.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        entry: None,
        body: body.iter().map(|line| (*line).to_owned()).collect(),
        blocks: Vec::new(),
        line,
        mode: NaiveMode::Inference,
        fails: false,
    };
    let mut all: Vec<Naive> = gotchas::all().iter().flat_map(|gotcha| gotcha.naive.iter().cloned()).collect();
    all.push(mistake(
        "a dilation is dropped",
        "pytorch",
        "ops.toml",
        (r#"{%- if dilation | unique | join(sep=",") != "1" %}, dilation={{ dilation | pair }}{% endif %}"#, ""),
        &["a = x -> conv(3, 3x3)", "b = a -> conv(5, 3x3, dilation=2)", "y = b -> tanh"],
        3,
    ));
    // The reference of all others: that they agree with each other is what names it.
    all.push(mistake(
        "the definition itself is wrong",
        "numpy",
        "helpers/layer_norm.py",
        ("x.var(axis=-1, keepdims=True)", "x.var(axis=-1, keepdims=True, ddof=1)"),
        &["a = s -> tanh", "b = a -> layer_norm(eps=1e-2)", "y = b -> relu"],
        3,
    ));
    all
}

/// The network.
pub fn spec(naive: &Naive) -> String {
    let used =
        |name: &str| naive.body.iter().any(|line| line.split(|c: char| !c.is_alphanumeric()).any(|word| word == name));
    let inputs: Vec<&str> = [("x", "x[4, 9, 8]"), ("s", "s[5, 6]")]
        .into_iter()
        .filter(|(name, _)| used(name))
        .map(|(_, input)| input)
        .collect();
    let lines: String = naive.body.iter().map(|line| format!("    {line}\n")).collect();
    let blocks: String = naive.blocks.iter().map(|line| format!("{line}\n")).collect();
    format!("model M: ({}) -> y {{\n{lines}}}\n{blocks}", inputs.join(", "))
}

/// The network, lowered.
///
/// # Errors
/// What is wrong with it.
pub fn program(naive: &Naive) -> Result<(Program, Sources), String> {
    let mut sources = Sources::default();
    let main = sources.add("naive.arch", spec(naive));
    let (program, findings) = lower(main, &mut sources, &mut |_, path| Err(format!("there is no `{path}`")));
    match program {
        Some(program) if findings.is_empty() => Ok((program, sources)),
        _ => Err(super::findings(&findings, &sources)),
    }
}

/// The columns, one of them changed.
pub fn columns(naive: &Naive) -> Columns {
    let mut files: Files = embedded::templates();
    let file = if naive.entry.is_some() { "ops.toml" } else { &naive.file };
    let path = format!("{}/{file}", naive.column);
    let text = files.get(path.as_str()).unwrap_or_else(|| panic!("templates/{path} is not there"));
    let text = match &naive.entry {
        // A later entry of a pattern stands in the place of an earlier one.
        Some(entry) => format!("{text}\n[{}]\n{entry}", pattern(naive)),
        None => {
            assert!(text.contains(&naive.from), "templates/{path} has no `{}`", naive.from);
            text.replace(&naive.from, &naive.to)
        }
    };
    files.insert(path.into(), text.into());
    Columns::new(files).unwrap_or_else(|error| panic!("{error}"))
}

/// The pattern that the line applies first.
fn pattern(naive: &Naive) -> &str {
    let line = &naive.body[naive.line - 2];
    let stage = line.split("-> ").nth(1).expect("something is applied");
    &stage[..stage.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(stage.len())]
}
