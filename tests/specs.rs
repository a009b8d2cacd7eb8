//! Every spec through every stage: what PRQL's integration tests do with its queries.
//!
//! | test       | stage                                                                                                       |
//! |------------|-------------------------------------------------------------------------------------------------------------|
//! | `reads`    | parse, format (idempotent, the same meaning), lower, the IR as JSON                                          |
//! | `emits`    | shapes for every admissible size, claims, the summary and the code of every column as one snapshot           |
//! | `variants` | with `--line-refs`, with taps, without randomness, and in every configuration of `// also:`, it emits as well |
//! | `columns`  | what the files of a column have in common as a snapshot: its helpers, the versions                           |
//!
//! A column that cannot write a spec must say so in `specs/refusals.txt`. `cargo xtask snapshots` takes over what changed.
//!
//! Architecture Invariant: every line of generated code is compared with a snapshot. What many files say is in one of them, and the others
//! name it: see [`support::golden`].

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
use support::golden::{Common, Head};
use support::{FORMATTED, UNTIDY, findings, open, program, stem};

datatest_stable::harness! {
    { test = reads, root = "src/ops/cases", pattern = r"^[^/]+\.arch$" },
    { test = reads, root = "tests/specs", pattern = r"^[^/]+\.arch$" },
    { test = reads, root = "zoo", pattern = r"^[^/]+\.arch$" },
    { test = emits, root = "src/ops/cases", pattern = r"^[^/]+\.arch$" },
    { test = emits, root = "tests/specs", pattern = r"^[^/]+\.arch$" },
    { test = emits, root = "zoo", pattern = r"^[^/]+\.arch$" },
    { test = variants, root = "src/ops/cases", pattern = r"^[^/]+\.arch$" },
    { test = variants, root = "tests/specs", pattern = r"^[^/]+\.arch$" },
    { test = variants, root = "zoo", pattern = r"^[^/]+\.arch$" },
    { test = columns, root = "templates", pattern = r"^[^/]+/framework\.toml$" },
}

/// The harness gives a path from the crate's root or an absolute one, depending on how it is started.
fn relative(path: &Path) -> &Path {
    path.strip_prefix(support::ROOT).unwrap_or(path)
}

/// Compares a text with its snapshot.
fn snapshot(file: &Path, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(file.parent().expect("it lies in a folder"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(stem(file), text));
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
        snapshot(&support::snapshot(Path::new(FORMATTED)), &formatted);
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
    if let Ok(code) = &result {
        Common::new(column).assert_helpers(code);
    }
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
    let (found, wrong) = analyse::check(program, &configuration);
    assert!(wrong.is_empty(), "{}", findings(&wrong, &spec.sources));
    let found = found.ok_or("no summary, though nothing is wrong")?;
    // What a check found on the way spares the emission two walks, and must not show.
    let spared = forms(program, &configuration, Some(&found));
    let spared = spared.map_err(|wrong| findings(&wrong, &spec.sources))?;
    let options = Options { spec: spec.file_name(), line_refs: false };
    let mut text = String::new();
    if path.starts_with(support::CASES) {
        let source = &spec.sources.file(spec.main).text;
        text.push_str(&format!("----- {}\n{source}", spec.file_name()));
    }
    text.push_str(&format!("----- summary\n{}", summary::render(program, &found, &spec.sources, false)));
    let mut head = None;
    for column in &support::columns().frameworks {
        let name = &column.settings.name;
        let code = match written(&spec, program, &configuration, column, false) {
            Ok(code) => code,
            Err(wrong) => {
                text.push_str(&format!("----- {name}: refused\n{}", findings(&wrong, &spec.sources)));
                continue;
            }
        };
        let again = prepared(program, &configuration, spared.clone());
        let again = emit(&again, column, &spec.sources, &options).map(|again| again.text());
        assert_eq!(again, Ok(code.text()), "{name}: a second time, it is written in another way");
        let strays: Vec<_> =
            code.lines.iter().filter_map(|line| line.origin).filter(|span| spec.sources.line(*span) == 0).collect();
        assert!(strays.is_empty(), "{name}: lines from nowhere: {strays:?}");
        let common = Common::new(column);
        if head.is_none() {
            head = Head::of(&code, &spec.file_name(), &common);
            text.extend(head.iter().map(|head| format!("----- every column\n{}", head.text())));
        }
        text.push_str(&format!("----- {name}: {}\n{}", code.file, common.folded(&code, head.as_ref())));
    }
    snapshot(&support::snapshot(path), &text);
    Ok(())
}

/// The snapshot of a column has what those of the specs only name.
fn columns(path: &Path) -> datatest_stable::Result<()> {
    let id = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).ok_or("a column has a folder")?;
    let columns = support::columns();
    let column = columns.get(id).ok_or("it is no column of the program")?;
    snapshot(&support::column_snapshot(column), &Common::new(column).text());
    Ok(())
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
