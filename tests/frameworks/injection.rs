//! What stands in a spec never becomes code other than as itself.
//!
//! Every word that means something in Python or in a column (keywords, built-ins, modules, helpers, attributes of the frameworks' classes)
//! is the name of everything a spec can name, and every text is written so as to break out of a comment, a docstring or a string. All of
//! it is run, tapped, in the real frameworks: it must agree, and a file that the texts try to make must not be there. So that this can
//! fail, a last program makes that file by its own `extern` line, as it is allowed to.

use crate::frameworks::ledger::Ledger;
use crate::{Fault, Faults, Selection, log, support};
use hexapla::embedded;
use hexapla::emit::framework::Columns;
use hexapla::ir::infer::Configuration;
use hexapla::ir::lower::lower;
use hexapla::span::Sources;
use hexapla::verification::{self, experiments};
use hexapla::verify::compare::Status;
use hexapla::verify::{Experiment, Options, verify};
use std::collections::BTreeSet;
use std::path::Path;

/// Python's own words, and the built-ins and dunder-less names that generated code or a reader might count on.
const PYTHON: &[&str] = &[
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "match",
    "case",
    "type",
    "abs",
    "all",
    "any",
    "bool",
    "dict",
    "enumerate",
    "eval",
    "exec",
    "float",
    "getattr",
    "globals",
    "input",
    "int",
    "isinstance",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "object",
    "open",
    "print",
    "property",
    "range",
    "reversed",
    "self",
    "set",
    "setattr",
    "slice",
    "sorted",
    "str",
    "sum",
    "super",
    "tuple",
    "vars",
    "zip",
    "os",
    "sys",
    "forward",
    "call",
    "build",
    "weights",
    "layers",
    "model",
    "value",
    "x",
    "y",
    "net",
    "theta",
    "training",
    "step",
    "keras",
    "theano",
    "torch",
    "tensorflow",
    "tflearn",
    "numpy",
    "harness",
    "run",
    "main",
    "T",
    "F",
    "nn",
    "K",
    "e",
];

/// Texts that would end a docstring, a comment, a string, a template or an f-string, and do `PAYLOAD` then.
const TEXTS: &[&str] = &[
    r#"""""#,
    r#"""" + PAYLOAD"#,
    r#"\"\"\" PAYLOAD"#,
    r#"'''"#,
    r#"ends with a quote ""#,
    r#"ends with a backslash \"#,
    r#"\N{BULLET} \x22\x22\x22 \u0022 \042"#,
    "{PAYLOAD} {{ PAYLOAD }} {% raw %} {# no #}",
    "${PAYLOAD} `PAYLOAD` %s %(x)s %d {0} {}",
    "\u{2028}PAYLOAD\u{85}PAYLOAD\u{b}PAYLOAD\u{c}PAYLOAD",
    "PAYLOAD",
    "\u{202e}PAYLOAD\u{2066}",
    "# type: ignore # noqa",
];

/// The words of every column, as its folder has them.
fn words(columns: &Columns) -> Vec<String> {
    let mut words: BTreeSet<String> = PYTHON.iter().map(|word| (*word).to_owned()).collect();
    for column in &columns.frameworks {
        words.extend(column.settings.reserved.iter().cloned());
        words.extend(column.settings.reserved_attributes.iter().cloned());
        words.extend(column.settings.imports.keys().cloned());
        words.extend(column.defined.keys().cloned());
    }
    // What begins with an underline is no name of the language.
    words.retain(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    words.into_iter().collect()
}

/// The program that makes a file, as it is allowed to.
const CONTROL: &str = "the control";

/// How many of them a spec has: some frameworks walk their graphs by recursion.
const AT_ONCE: usize = 48;

/// Specs for each thing that can be named, in which everything of the kind has one of the words for its name.
fn named(words: &[String]) -> Vec<(String, String)> {
    let role = |what: &str, block: &dyn Fn(usize, &str) -> String| {
        let (mut lines, mut blocks) = (String::new(), String::new());
        for (at, word) in words.iter().enumerate() {
            lines.push_str(&format!("    x = x -> b{at}\n"));
            blocks.push_str(&block(at, word));
        }
        (what.to_owned(), format!("model Words: x[4] -> x {{\n{lines}}}\n{blocks}"))
    };
    vec![
        role("tensors", &|at, word| format!("block b{at}: q -> r {{\n    {word} = q * 0.5\n    r = q + {word}\n}}\n")),
        role("inputs", &|at, word| format!("block b{at}: {word} -> r {{\n    r = {word} -> tanh\n}}\n")),
        role("outputs", &|at, word| format!("block b{at}: q -> {word} {{\n    {word} = q -> tanh\n}}\n")),
        role("hyperparameters", &|at, word| {
            format!("block b{at}({word} = 0.25): q -> r {{\n    r = q * {word} -> leaky_relu({word})\n}}\n")
        }),
        role("loops", &|at, word| {
            format!("block b{at}: q -> q {{\n    repeat 2 as {word} {{\n        q = q -> tanh\n    }}\n}}\n")
        }),
        role("counters", &|at, word| {
            format!("block b{at}: q -> q {{\n    repeat 2 as round[{word}] {{\n        q = q + {word}\n    }}\n}}\n")
        }),
        role("shared", &|at, word| {
            format!("block b{at}: q -> q {{\n    shared {word} = dense(4)\n    q = q -> {word} -> tanh -> {word}\n}}\n")
        }),
        role("sizes", &|at, word| {
            format!("block b{at}: q -> r {{\n    {word} = q.features * 2\n    r = q -> dense({word}) -> dense(4)\n}}\n")
        }),
        {
            let lines: String = words.iter().map(|word| format!("    z = z -> {word}\n")).collect();
            let blocks: String =
                words.iter().map(|word| format!("block {word}: q -> q {{\n    q = q -> tanh\n}}\n")).collect();
            ("blocks".to_owned(), format!("model Words: z[4] -> z {{\n{lines}}}\n{blocks}"))
        },
    ]
}

/// A spec that has every text everywhere.
fn texts(payload: &str) -> String {
    let texts: Vec<String> = TEXTS.iter().map(|text| text.replace("PAYLOAD", payload)).collect();
    let docs = |indent: &str| texts.iter().map(|text| format!("{indent}/// {text}\n")).collect::<String>();
    let comments: String = texts.iter().map(|text| format!("    // {text}\n    x = x -> tanh // {text}\n")).collect();
    let escaped = |text: &String| text.replace('\\', "\\\\").replace('"', "\\\"");
    let requirements: String =
        texts.iter().map(|text| format!("    require n > 0: \"{{n}} {}\"\n", escaped(text))).collect();
    let sizes: String = texts.iter().map(|text| format!("    require T > 1: \"{{T}} {}\"\n", escaped(text))).collect();
    format!(
        "{}model Texts(n = 3): x[T = 5, 4] -> x {{\n{requirements}{sizes}{comments}    x = x -> inner\n}}\n\n{}block inner: x -> x {{\n{comments}}}\n",
        docs(""),
        docs("")
    )
}

/// The experiment of a text; what is wrong with it, if it is refused.
fn experiments_of(name: &str, text: &str, columns: &Columns) -> Result<Vec<Experiment>, String> {
    let mut sources = Sources::default();
    let main = sources.add("injection.arch", text.to_owned());
    let (program, findings) = lower(main, &mut sources, &mut |_, path| Err(format!("there is no `{path}`")));
    let Some(program) = program.filter(|_| findings.is_empty()) else {
        return Err(support::findings(&findings, &sources));
    };
    let frameworks: Vec<_> = columns.frameworks.iter().collect();
    let spec = verification::Spec {
        name: name.to_owned(),
        program: &program,
        sources: &sources,
        configuration: Configuration::default(),
    };
    experiments(&spec, &frameworks).map_err(|findings| support::findings(&findings, &sources))
}

/// The words that the language has for itself can't be names; all others can be.
fn accepted(words: Vec<String>, columns: &Columns, faults: &mut Faults) -> Vec<String> {
    let own = ["True", "False"];
    let kept = |word: &String| {
        let text = format!("model M: x[4] -> y {{\n    {word} = x -> tanh\n    y = {word} -> relu\n}}\n");
        match experiments_of("a word", &text, columns) {
            Ok(_) => true,
            Err(said) if said.contains("E0207") || said.contains("E0101") || said.contains("E0206") => false,
            Err(said) => {
                faults.push(
                    format!("`{word}` is neither accepted nor told to be a word of the language:\n{said}").into(),
                );
                false
            }
        }
    };
    words.into_iter().filter(|word| !own.contains(&word.as_str())).filter(kept).collect()
}

/// Runs the chosen programs.
pub fn run(selection: &Selection) -> Faults {
    let mut faults = Faults::new();
    let columns = support::columns();
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => return vec![error.to_string().into()],
    };
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (canary, control) = (file("canary"), file("control"));
    let makes = |path: &str| format!("__import__('pathlib').Path('{path}').touch()");

    let words = accepted(words(&columns), &columns, &mut faults);
    let mut all: Vec<Experiment> = Vec::new();
    let mut add = |name: &str, text: &str, faults: &mut Faults| match experiments_of(name, text, &columns) {
        Ok(found) => all.extend(found),
        Err(said) => faults.push(Fault::of(name, format!("{name}: {said}"))),
    };
    for words in words.chunks(AT_ONCE) {
        for (what, text) in named(words) {
            let (first, last) = (&words[0], &words[words.len() - 1]);
            add(&format!("{first} to {last} as {what}"), &text, &mut faults);
        }
    }
    for word in &words {
        add(
            &format!("a model named {word}"),
            &format!("model {word}: q[4] -> r {{\n    r = q -> tanh\n}}\n"),
            &mut faults,
        );
    }
    add("texts", &texts(&makes(&canary)), &mut faults);
    // The name of the file stands in the head of what is generated.
    for text in TEXTS {
        let name = text.replace("PAYLOAD", &makes(&canary));
        add(&name, "model M: x[4] -> y {\n    y = x -> tanh\n}\n", &mut faults);
        add(&format!("{name}\n{}\n", makes(&canary)), "model M: x[4] -> y {\n    y = x -> tanh\n}\n", &mut faults);
    }
    let own: String = columns
        .names()
        .iter()
        .map(|column| format!("    extern {column} = \"({} or 1) * {{{{ x }}}}\"\n", makes(&control)))
        .collect();
    let control_spec = format!("model M: x[4] -> y {{\n    y = x -> mine\n}}\n\npattern mine: x -> y {{\n{own}}}\n");
    add(CONTROL, &control_spec, &mut faults);

    let frameworks: Vec<_> = columns.frameworks.iter().collect();
    let say = |column: &str, words: &str| eprintln!("{column:12} {words}");
    let places = verification::columns(&frameworks, embedded::HARNESS, &say);
    let mut ledger = Ledger::new("injection", selection).with_volatile(folder.path());
    let controls: Vec<Experiment> = all.iter().filter(|experiment| experiment.spec == CONTROL).cloned().collect();
    let mut all = ledger.select(all, &places);
    // Without it, nothing shows that the others could have made a file.
    if !ledger.runs(CONTROL) {
        all.extend(controls);
    }
    let options =
        Options { gradients: false, keep: std::env::var_os("HEXAPLA_KEEP").map(Into::into), ..Options::default() };
    let report = match verify(&all, &places, &options, &log) {
        Ok(report) => report,
        Err(error) => return vec![error.to_string().into()],
    };
    for spec in &report.specs {
        for (name, column) in spec.columns.iter().filter(|(_, column)| column.status != Status::Agrees) {
            let said = column.reason.clone().unwrap_or_default();
            let details = column.details.as_ref().map_or_else(String::new, |details| format!("\n{details}"));
            faults.push(Fault::of(&spec.spec, format!("{} in {name}: {said}{details}", spec.spec)));
        }
    }
    if Path::new(&canary).exists() {
        faults.push("a text of a spec was run as code".into());
    }
    if !Path::new(&control).exists() {
        faults.push("the control made no file: this test could not fail".into());
    }
    println!("injection: {} words in {} programs", words.len(), report.specs.len());
    faults.extend(ledger.note(&faults).err().map(Fault::from));
    faults
}
