//! How long each stage takes, for ENet and for chains of 100 to 100,000 lines.
//!
//! `cargo bench --bench stages` runs all of it, `cargo bench --bench stages -- emit` one stage. What a whole process takes is measured by
//! `cargo xtask bench`.

mod chains;

use chains::{Names, chain};
use divan::Bencher;
use divan::counter::ItemsCount;
use hexapla::emit::Options;
use hexapla::ir::Program;
use hexapla::ir::analyse::check;
use hexapla::ir::infer::Configuration;
use hexapla::project::Spec;
use hexapla::span::FileId;
use hexapla::syntax::parse::parse;
use hexapla::{embedded, translate};
use std::fmt;
use std::path::Path;

fn main() {
    divan::main();
}

/// A spec to be measured.
#[derive(Clone, Copy)]
enum Case {
    /// The zoo's.
    Enet,
    /// A generated one, of so many lines.
    Chain(usize, Names),
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enet => f.pad("ENet"),
            // Sorted as text, the sizes stay in order.
            Self::Chain(lines, names) => f.pad(&format!("{:<10} {lines:>6}", names.word())),
        }
    }
}

impl Case {
    fn text(self) -> String {
        match self {
            Self::Enet => embedded::zoo().find(|(name, _)| *name == "enet").map(|(_, text)| text.to_owned()),
            Self::Chain(lines, names) => Some(chain(lines, names)),
        }
        .expect("ENet is in the zoo")
    }

    fn spec(self) -> Spec {
        Spec::from_text(Path::new("bench.arch"), self.text())
    }
}

/// ENet, and chains of every kind and length.
fn cases() -> Vec<Case> {
    let lengths = [100, 1_000, 10_000, 100_000];
    let chains = Names::ALL.into_iter().flat_map(|names| lengths.map(|lines| Case::Chain(lines, names)));
    std::iter::once(Case::Enet).chain(chains).collect()
}

fn program(spec: &Spec) -> &Program {
    spec.program.as_ref().unwrap_or_else(|| panic!("{:?}", spec.findings))
}

/// Runs one stage as often as there is time for, at least once, and counts the lines of text that it gets through in a second.
fn measured<T>(bencher: Bencher<'_, '_>, text: &str, stage: impl Fn() -> T + Sync) {
    bencher.counter(ItemsCount::new(text.lines().count())).bench(stage);
}

/// A text becomes a tree.
#[divan::bench(args = cases(), sample_size = 1, max_time = 2)]
fn parsing(bencher: Bencher<'_, '_>, case: Case) {
    let text = case.text();
    measured(bencher, &text, || parse(FileId::default(), &text));
}

/// A text becomes a program: parsing, names, imports.
#[divan::bench(args = cases(), sample_size = 1, max_time = 2)]
fn lowering(bencher: Bencher<'_, '_>, case: Case) {
    let text = case.text();
    measured(bencher, &text, || Spec::from_text(Path::new("bench.arch"), text.clone()));
}

/// Shapes, weights, cost and claims of a program.
#[divan::bench(args = cases(), sample_size = 1, max_time = 2)]
fn inference(bencher: Bencher<'_, '_>, case: Case) {
    let (spec, configuration) = (case.spec(), Configuration::default());
    measured(bencher, &spec.sources.file(spec.main).text, || check(program(&spec), &configuration));
}

/// A program becomes the code of every column.
#[divan::bench(args = cases(), sample_size = 1, max_time = 2)]
fn emission(bencher: Bencher<'_, '_>, case: Case) {
    let (spec, configuration, options) = (case.spec(), Configuration::default(), Options::default());
    let columns = embedded::columns().expect("the built-in columns can be read");
    let all = translate::select(&columns, &["all".into()]).expect("`all` is always a choice");
    measured(bencher, &spec.sources.file(spec.main).text, || {
        let codes = translate::translate(program(&spec), &configuration, &all, &spec.sources, &options);
        codes
            .expect("chains can be written")
            .into_iter()
            .map(|(_, code)| code.expect("in every column").text())
            .collect::<Vec<_>>()
    });
}
