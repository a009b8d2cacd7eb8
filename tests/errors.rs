//! Every wrong spec of tests/errors has its messages as a snapshot: what a user reads.
//!
//! A spec is read, checked and emitted in every column; what is found on the way is drawn as the command line draws it. Files in
//! tests/errors/imports are parts of others and have no snapshot of their own.

use cpu_time::ThreadTime;
use hexapla::diagnostic::Diagnostic;
use hexapla::emit::framework::Columns;
use hexapla::emit::{Options, emit, prepare};
use hexapla::ir::analyse;
use hexapla::ir::infer::Configuration;
use hexapla::project::Spec;
use hexapla::report::diagnostics;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn columns() -> Columns {
    hexapla::embedded::columns().expect("the built-in columns can be read")
}

/// What is found in a spec: at the first step that finds anything.
fn findings(spec: &Spec, columns: &Columns) -> Vec<(String, Vec<Diagnostic>)> {
    let mut found = vec![(String::new(), spec.findings.clone())];
    let Some(program) = &spec.program else { return found };
    let configuration = Configuration::default();
    let (summary, checked) = analyse::check(program, &configuration);
    found[0].1.extend(checked);
    if summary.is_none() {
        return found;
    }
    let prepared = match prepare(program, &configuration) {
        Ok(prepared) => prepared,
        Err(wrong) => {
            found.push(("emitted".into(), wrong));
            return found;
        }
    };
    for column in &columns.frameworks {
        if let Err(wrong) =
            emit(&prepared, column, &spec.sources, &Options { spec: spec.file_name(), line_refs: false })
        {
            found.push((column.id.clone(), wrong));
        }
    }
    found
}

fn rendered(name: &str, columns: &Columns) -> String {
    // Relative to the folder, so that messages show the file's name alone.
    let spec = Spec::open(Path::new(name)).expect("it can be read");
    let mut text = String::new();
    for (step, findings) in findings(&spec, columns) {
        if !findings.is_empty() {
            let heading = if step.is_empty() { String::new() } else { format!("---- {step}\n") };
            let _ = writeln!(text, "{heading}{}", diagnostics::render(&findings, &spec.sources, false));
        }
    }
    text.trim_end().to_owned()
}

/// What reading and judging a spec may cost, in the time of a processor: others may use the machine, too.
const PROCESSOR_TIME: Duration = Duration::from_secs(5);

#[test]
fn every_mistake_has_its_message() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/errors");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".arch"))
        .collect();
    names.sort();
    assert!(names.len() > 100, "only {} specs", names.len());
    std::env::set_current_dir(&folder).expect("it is a folder");
    let columns = columns();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder.join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let (mut silent, mut slow) = (Vec::new(), Vec::new());
    settings.bind(|| {
        for name in &names {
            let start = ThreadTime::now();
            let text = rendered(name, &columns);
            let time = start.elapsed();
            if time > PROCESSOR_TIME {
                slow.push((name.clone(), time));
            }
            if text.is_empty() {
                silent.push(name.clone());
                continue;
            }
            insta::assert_snapshot!(name.trim_end_matches(".arch"), text);
        }
    });
    assert_eq!(silent, Vec::<String>::new(), "specs without a message");
    assert_eq!(slow, Vec::new(), "specs that take too long");
}
