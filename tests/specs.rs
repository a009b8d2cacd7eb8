//! Every spec through every stage: what PRQL's integration tests do with its queries.
//!
//! | test       | stage                                                                                                       |
//! |------------|-------------------------------------------------------------------------------------------------------------|
//! | `reads`    | parse, format (idempotent, the same meaning), lower, the IR as JSON                                          |
//! | `checks`   | shapes for every admissible size, claims, the summary as a snapshot                                         |
//! | `emits`    | the code of every column as a snapshot, with the spec above it                                              |
//! | `variants` | with `--line-refs`, with taps, without randomness, and in every configuration of `// also:`, it emits as well |
//!
//! A column that cannot write a spec must say so in `specs/refusals.txt`. `cargo xtask snapshots accept` takes over what changed.

mod support;

use hexapla::diagnostic::Diagnostic;
use hexapla::emit::framework::Framework;
use hexapla::emit::{Emitted, Options, emit, forms, prepare, prepared};
use hexapla::ir::infer::Configuration;
use hexapla::ir::{Program, analyse, dump, transform};
use hexapla::project::Spec;
use hexapla::report::summary;
use hexapla::span::Sources;
use hexapla::syntax::{parse, print};
use serde_json::Value as Json;
use std::path::Path;
use support::{findings, open, program, stem};

/// The one spec that is not written as the formatter would.
const UNTIDY: &str = "untidy";

datatest_stable::harness! {
    { test = reads, root = "src/ops/cases", pattern = r"^[^/]+\.arch$" },
    { test = reads, root = "tests/specs", pattern = r"^[^/]+\.arch$" },
    { test = reads, root = "zoo", pattern = r"^[^/]+\.arch$" },
    { test = checks, root = "src/ops/cases", pattern = r"^[^/]+\.arch$" },
    { test = checks, root = "tests/specs", pattern = r"^[^/]+\.arch$" },
    { test = checks, root = "zoo", pattern = r"^[^/]+\.arch$" },
    { test = emits, root = "src/ops/cases", pattern = r"^[^/]+\.arch$" },
    { test = emits, root = "tests/specs", pattern = r"^[^/]+\.arch$" },
    { test = emits, root = "zoo", pattern = r"^[^/]+\.arch$" },
    { test = variants, root = "src/ops/cases", pattern = r"^[^/]+\.arch$" },
    { test = variants, root = "tests/specs", pattern = r"^[^/]+\.arch$" },
    { test = variants, root = "zoo", pattern = r"^[^/]+\.arch$" },
}

/// The harness gives a path from the crate's root or an absolute one, depending on how it is started.
fn relative(path: &Path) -> &Path {
    path.strip_prefix(support::ROOT).unwrap_or(path)
}

fn snapshot(spec: &Path, name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(support::snapshots(spec));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn reads(path: &Path) -> datatest_stable::Result<()> {
    let path = relative(path);
    let spec = open(path);
    let program = program(&spec);
    let text = &spec.sources.file(spec.main).text;

    let (tree, wrong) = parse::parse(spec.main, text);
    assert!(wrong.is_empty(), "{}", findings(&wrong, &spec.sources));
    let formatted = print::print(&tree);
    if stem(path) == UNTIDY {
        assert_ne!(formatted, *text, "{} is tidy: the formatter has nothing to do", path.display());
        snapshot(path, "formatted", &formatted);
    } else {
        similar_asserts(&formatted, text, "`hexapla fmt` would write it in another way");
    }
    let again = Spec::from_text(path, formatted.clone());
    let (tree, wrong) = parse::parse(again.main, &formatted);
    assert!(wrong.is_empty(), "{}", findings(&wrong, &again.sources));
    similar_asserts(&print::print(&tree), &formatted, "formatted twice, it is another text");

    let meaning =
        |program: &Program, sources: &Sources| without_places(dump::dump(program, &Configuration::default(), sources));
    let (before, after) = (meaning(program, &spec.sources), meaning(support::program(&again), &again.sources));
    let pretty = |json: &Json| serde_json::to_string_pretty(json).expect("a value can be written");
    similar_asserts(&pretty(&after), &pretty(&before), "formatted, it has another meaning");

    let json = dump::dump(program, &Configuration::default(), &spec.sources);
    assert_eq!(serde_json::from_str::<Json>(&json.to_string())?, json);
    assert_eq!(json["hexapla_ir"], dump::VERSION);
    Ok(())
}

fn similar_asserts(found: &str, expected: &str, what: &str) {
    if found != expected {
        let difference = similar::TextDiff::from_lines(expected, found);
        panic!("{what}:\n{}", difference.unified_diff().header("is", "would be"));
    }
}

/// The IR without the places where things stand, and without the breaks of pipelines: the formatter may add one where a line is too wide.
fn without_places(json: Json) -> Json {
    match json {
        Json::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| name != "span" && name != "line" && name != "line_end")
            .map(|(name, value)| (name, without_places(value)))
            .collect(),
        Json::Array(items) => items.into_iter().map(without_places).collect(),
        other => other,
    }
}

fn checks(path: &Path) -> datatest_stable::Result<()> {
    let path = relative(path);
    let spec = open(path);
    let program = program(&spec);
    let (found, wrong) = analyse::check(program, &Configuration::default());
    assert!(wrong.is_empty(), "{}", findings(&wrong, &spec.sources));
    let found = found.ok_or("no summary, though nothing is wrong")?;
    snapshot(path, "summary", &summary::render(program, &found, &spec.sources, false));
    Ok(())
}

/// The code of a column; none if it is refused, as `refusals.txt` must know.
fn written(
    spec: &Spec,
    program: &Program,
    configuration: &Configuration,
    column: &Framework,
    line_refs: bool,
) -> Result<Emitted, Vec<Diagnostic>> {
    let options = Options { spec: spec.file_name(), line_refs };
    let prepared =
        prepare(program, configuration).unwrap_or_else(|wrong| panic!("{}", findings(&wrong, &spec.sources)));
    let result = emit(&prepared, column, &spec.sources, &options);
    let refusal = support::refusals(&spec.file_name())
        .into_iter()
        .find(|refusal| refusal.column == column.id && (!refusal.unsized_only || configuration.sizes.is_empty()));
    match (&result, refusal) {
        (Ok(_), None) => {}
        (Ok(_), Some(refusal)) => {
            panic!("{} is written now: take `{}` out of tests/specs/refusals.txt", column.settings.name, refusal.reason)
        }
        (Err(wrong), refusal) => {
            let said = findings(wrong, &spec.sources);
            let expected = refusal.is_some_and(|refusal| said.contains(&refusal.reason));
            assert!(
                expected,
                "{} refuses, and tests/specs/refusals.txt does not know of it:\n{said}",
                column.settings.name
            );
        }
    }
    result
}

fn emits(path: &Path) -> datatest_stable::Result<()> {
    let path = relative(path);
    let spec = open(path);
    let program = program(&spec);
    let configuration = Configuration::default();
    // What a check found on the way spares the emission two walks, and must not show.
    let (summary, _) = analyse::check(program, &configuration);
    let spared = forms(program, &configuration, summary.as_ref());
    let spared = spared.map_err(|wrong| findings(&wrong, &spec.sources))?;
    let options = Options { spec: spec.file_name(), line_refs: false };
    let mut changed = Vec::new();
    for column in &support::columns().frameworks {
        let result = written(&spec, program, &configuration, column, false);
        let (file, output) = match &result {
            Ok(code) => (code.file.clone(), code.text()),
            Err(wrong) => ("refused".to_owned(), findings(wrong, &spec.sources)),
        };
        if let Ok(code) = &result {
            let again = prepared(program, &configuration, spared.clone());
            let again = emit(&again, column, &spec.sources, &options).map(|again| again.text());
            assert_eq!(again, Ok(code.text()), "{}: a second time, it is written in another way", column.settings.name);
            let strays: Vec<_> =
                code.lines.iter().filter_map(|line| line.origin).filter(|span| spec.sources.line(*span) == 0).collect();
            assert!(strays.is_empty(), "{}: lines from nowhere: {strays:?}", column.settings.name);
        }
        let mut text = String::new();
        for (_, source) in spec.sources.iter() {
            text.push_str(&format!("----- {}\n{}\n", source.name, source.text));
        }
        text.push_str(&format!("----- {}: {file}\n{output}", column.settings.name));
        // Every column is looked at before the test fails.
        if std::panic::catch_unwind(|| snapshot(path, &column.id, &text)).is_err() {
            changed.push(column.settings.name.clone());
        }
    }
    if changed.is_empty() { Ok(()) } else { Err(format!("changed in {}", changed.join(", ")).into()) }
}

fn variants(path: &Path) -> datatest_stable::Result<()> {
    let path = relative(path);
    let spec = open(path);
    let program = program(&spec);
    let tapped = transform::with_taps(program, &spec.sources);
    let calm = transform::without_randomness(&tapped);
    for configured in support::configurations(path) {
        let (summary, wrong) = analyse::check(program, &configured.configuration);
        assert!(wrong.is_empty(), "{}:\n{}", configured.name, findings(&wrong, &spec.sources));
        let spared = forms(program, &configured.configuration, summary.as_ref());
        let spared = spared.map_err(|wrong| findings(&wrong, &spec.sources))?;
        let spared = prepared(program, &configured.configuration, spared);
        let options = Options { spec: spec.file_name(), line_refs: false };
        for column in &support::columns().frameworks {
            let Ok(plain) = written(&spec, program, &configured.configuration, column, false) else { continue };
            let again = emit(&spared, column, &spec.sources, &options).map(|again| again.text());
            assert_eq!(again, Ok(plain.text()), "{}: {}", configured.name, column.settings.name);
            let refs = written(&spec, program, &configured.configuration, column, true)
                .map_err(|wrong| findings(&wrong, &spec.sources))?;
            // Behind a line that comes from the spec stands its place there.
            let place = format!("{}:", spec.file_name());
            let (told, untold): (Vec<_>, Vec<_>) =
                refs.text().lines().map(str::to_owned).partition(|line| line.contains(&place));
            assert!(
                told.len() > 1,
                "{}: no line tells where it comes from:\n{}",
                column.settings.name,
                untold.join("\n")
            );
            for (program, taps) in [(&tapped, "with taps"), (&calm, "with taps, without randomness")] {
                let code = written(&spec, program, &configured.configuration, column, false)
                    .map_err(|wrong| format!("{taps}: {}", findings(&wrong, &spec.sources)))?;
                let count = |text: &str| text.matches("tap(").count() + text.matches("Tap(").count();
                assert!(
                    count(&code.text()) > count(&plain.text()),
                    "{}: nothing is tapped {taps}",
                    column.settings.name
                );
            }
        }
    }
    Ok(())
}
