//! The naive translations that the tests in the real frameworks make are changes of what is generated today.

mod support;

use hexapla::emit::{Options, emit, prepare};
use hexapla::ir::infer::Configuration;
use support::naive;

#[test]
fn every_naive_translation_is_another_one() {
    let columns = support::columns();
    let mut same = Vec::new();
    for change in naive::all() {
        let (program, sources) = naive::program(&change).unwrap_or_else(|said| panic!("{}:\n{said}", change.what));
        let configuration = Configuration::default();
        let prepared = prepare(&program, &configuration)
            .unwrap_or_else(|found| panic!("{}: {}", change.what, support::findings(&found, &sources)));
        let changed = naive::columns(&change);
        let text = |columns: &hexapla::emit::framework::Columns| {
            let column = columns.get(&change.column).unwrap_or_else(|| panic!("{}: no such column", change.what));
            emit(&prepared, column, &sources, &Options::default())
                .unwrap_or_else(|found| panic!("{}: {}", change.what, support::findings(&found, &sources)))
                .text()
        };
        // A change of the runner shows when it runs.
        if change.file != "run.py" && text(&columns) == text(&changed) {
            same.push(change.what.clone());
        }
    }
    assert!(same.is_empty(), "these change nothing: {same:#?}");
}
