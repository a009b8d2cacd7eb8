//! The generated specs of the benchmarks are fine specs, and a longer one takes as much longer as it is long.

#[path = "../benches/chains/mod.rs"]
mod chains;
mod support;

use chains::{Names, chain};
use cpu_time::ThreadTime;
use hexapla::emit::Options;
use hexapla::emit::framework::Columns;
use hexapla::ir::analyse::check;
use hexapla::ir::infer::Configuration;
use hexapla::project::Spec;
use hexapla::translate::{select, translate};
use std::path::Path;
use std::time::Duration;

fn spec(lines: usize, names: Names) -> Spec {
    Spec::from_text(Path::new("chain.arch"), chain(lines, names))
}

/// Checks a chain and writes it in every column.
fn through_every_stage(lines: usize, names: Names, columns: &Columns) {
    let spec = spec(lines, names);
    let program = support::program(&spec);
    let (_, wrong) = check(program, &Configuration::default());
    assert!(wrong.is_empty(), "{}", support::findings(&wrong, &spec.sources));
    let all = select(columns, &["all".into()]).expect("`all` is always a choice");
    let codes = translate(program, &Configuration::default(), &all, &spec.sources, &Options::default());
    for (column, code) in codes.unwrap_or_else(|wrong| panic!("{}", support::findings(&wrong, &spec.sources))) {
        let code = code.unwrap_or_else(|wrong| panic!("{}", support::findings(&wrong, &spec.sources)));
        assert!(code.lines.len() > lines / 2, "{}: {lines} lines became {}", column.id, code.lines.len());
    }
}

#[test]
fn chains_are_fine_specs_in_every_column() {
    let columns = support::columns();
    for names in Names::ALL {
        for lines in [12, 13, 21, 22, 100, 305] {
            through_every_stage(lines, names, &columns);
        }
    }
}

#[test]
fn chains_have_as_many_lines_as_they_say() {
    for names in Names::ALL {
        for lines in [12, 13, 25, 1_000] {
            let text = chain(lines, names);
            let inside = text.lines().skip_while(|line| !line.starts_with("model")).skip(1);
            assert_eq!(inside.take_while(|line| *line != "}").count(), lines, "{}:\n{text}", names.word());
        }
    }
}

#[test]
fn time_grows_with_the_length_and_not_with_its_square() {
    let columns = support::columns();
    // A thread alone, whose processor time is measured: others may use the machine, too.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    let quickest = |lines: usize, names: Names, runs: usize| {
        let run = || {
            alone.install(|| {
                let since = ThreadTime::now();
                through_every_stage(lines, names, &columns);
                since.elapsed()
            })
        };
        (0..runs).map(|_| run()).min().unwrap_or(Duration::ZERO)
    };
    for names in Names::ALL {
        let (short, long) = (quickest(200, names, 5), quickest(2_000, names, 2));
        // Ten times as many lines; the square would be a hundred times as long.
        assert!(long < short * 40, "{}: 200 lines take {short:.1?}, 2,000 take {long:.1?}", names.word());
    }
}
