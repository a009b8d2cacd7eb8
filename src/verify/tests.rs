//! A verification from end to end, with runners written in the shell: each hands in results that the test has made.
#![cfg(unix)]

use super::compare::{Status, Verdict};
use super::*;

/// Hands in `made/<column>-<result>` for each case; fails where there is none.
const RUNNER: &str = r#"
    echo '{"event":"start","version":"2.0","python":"3","cases":1}'
    column=$(basename "$PWD")
    grep -E '"(id|result)":' "$1" | sed 's/.*: "\(.*\)".*/\1/' | while read -r id && read -r result; do
        echo "{\"event\":\"begin\",\"id\":\"$id\"}"
        if cp "../made/$column-$result" "$result" 2>copy.log; then
            status='"ok","error":null'
        else
            status='"failed","error":"KeyError: weights"'
        fi
        echo "{\"event\":\"case\",\"id\":\"$id\",\"seconds\":0.1,\"traceback\":null,\"status\":$status}"
    done
"#;

fn column(id: &str) -> Column {
    Column {
        id: id.to_owned(),
        precision: Precision::Float64,
        oracle: false,
        files: vec![("run.py".to_owned(), RUNNER.to_owned())],
        place: Ok(Place { python: PathBuf::from("sh"), scratch: PathBuf::new() }),
    }
}

fn emitted_for(columns: &[&str]) -> IndexMap<String, Program> {
    let program = Emitted {
        model: "Net".to_owned(),
        plain: "plain".to_owned(),
        tapped: "tapped".to_owned(),
        arguments: IndexMap::default(),
        weights: vec![vec!["scale".to_owned(), "mean".to_owned()]],
        taps: None,
    };
    columns.iter().map(|id| ((*id).to_owned(), Program::Emitted(program.clone()))).collect()
}

fn experiment(spec: &str, columns: &[&str]) -> Experiment {
    let weight =
        |name: &str, state| WeightArray { name: name.to_owned(), shape: vec![3], initial: 1.0, positive: false, state };
    let tap = |line: usize, path: &str| TapPoint {
        line,
        slot: 0,
        name: "x".to_owned(),
        path: path.to_owned(),
        kind: Kind::Plain,
        shape: vec![2],
        window: None,
        plane: None,
    };
    Experiment {
        spec: spec.to_owned(),
        mode: Mode::Training,
        batch: 1,
        inputs: vec![InputTensor { name: "image".to_owned(), kind: Kind::Plain, shape: vec![2], values: Values::Real }],
        weights: vec![WeightGroup {
            op: "batch_norm".to_owned(),
            name: "norm".to_owned(),
            line: 5,
            attributes: IndexMap::default(),
            arrays: vec![weight("scale", false), weight("mean", true)],
        }],
        taps: vec![tap(5, "first"), tap(5, "second"), tap(6, "")],
        outputs: vec![OutputTensor { name: "y".to_owned(), line: 6, kind: Kind::Plain, shape: vec![2] }],
        programs: emitted_for(columns),
    }
}

/// Make a column's result: all ones, but for the changes; NaN leaves an array out.
fn make(folder: &Path, column: &str, serial: usize, changes: &[(&str, f64)]) -> io::Result<()> {
    let keys = ["tap/0", "tap/1", "tap/2", "output/y", "plain/y", "state/0/mean"];
    let array = |key: &str| {
        let change = changes.iter().find(|(name, _)| *name == key).map_or(0.0, |(_, by)| *by);
        if key.starts_with("state") {
            Array::float64([3], vec![1.0, 1.0, 1.0 + change])
        } else {
            Array::float64([1, 2], vec![1.0, 1.0 + change])
        }
    };
    let arrays: Vec<_> = keys.iter().map(|key| (*key, array(key))).collect();
    let kept = arrays.iter().filter(|(key, _)| !changes.iter().any(|(name, by)| name == key && by.is_nan()));
    fs::create_dir_all(folder.join("made"))?;
    let path = folder.join("made").join(format!("{column}-{}", result_name(serial)));
    write_npz(&path, kept.map(|(key, array)| (*key, array)))
}

fn verified(folder: &Path, experiments: &[Experiment], columns: &[Column]) -> Report {
    let options = Options { keep: Some(folder.to_owned()), ..Options::default() };
    verify(experiments, columns, &options, &|_| ()).expect("a folder that can be written")
}

#[test]
fn a_verification_from_end_to_end() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let ids = ["a", "b", "c", "d"];
    // The first spec: all agree. The second: c is off in the second run of line 5; d can't do it, and still serves the
    // third.
    let mut second = experiment("two", &ids);
    second.programs.insert("d".to_owned(), Program::Unsupported("line 5: no batch_norm".to_owned()));
    let experiments = [experiment("one", &ids), second, experiment("three", &ids)];
    for id in ids {
        for serial in 0..3 {
            make(folder, id, serial, &[])?;
        }
    }
    make(folder, "c", 1, &[("tap/1", 0.5), ("tap/2", 0.1)])?;
    // The third: a's statistic is off, b failed, c's result lacks a tap, d's plain program is another.
    make(folder, "a", 2, &[("state/0/mean", 0.25)])?;
    fs::remove_file(folder.join("made").join("b-result-2.npz"))?;
    make(folder, "d", 2, &[("plain/y", 1e-3)])?;
    let mut columns = ids.map(column).to_vec();
    let mut absent = column("e");
    absent.place = Err("`uv` was not found".to_owned());
    columns.push(absent);

    let report = verified(folder, &experiments, &columns);
    assert_eq!(report.verdict(), Verdict::Differs);
    let [one, two, three] = report.specs.as_slice() else { panic!("three specs") };
    for id in ids {
        let column = &one.columns[id];
        assert_eq!((column.status, column.max_error), (Status::Agrees, Some(0.0)), "{column:?}");
        assert_eq!(column.version.as_deref(), Some("2.0"));
    }
    assert_eq!(one.columns["e"].status, Status::NotRun);
    assert_eq!(one.columns["e"].reason.as_deref(), Some("no program was emitted for it"));
    assert_eq!(one.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [5, 6]);

    let reason = |spec: &SpecReport, id: &str| spec.columns[id].reason.clone().unwrap_or_default();
    assert_eq!(two.columns["a"].status, Status::Agrees);
    assert_eq!(reason(two, "c"), "line 5, `x` in second: off by 5.0e-1 (allowed: 1e-9)");
    assert_eq!(
        (two.columns["d"].cause, reason(two, "d").as_str()),
        (Some(Cause::Unsupported), "line 5: no batch_norm")
    );

    assert_eq!(reason(three, "a"), "line 5, `batch_norm` in norm, running mean: off by 2.5e-1 (allowed: 1e-9)");
    assert_eq!((three.columns["b"].status, reason(three, "b").as_str()), (Status::NotRun, "KeyError: weights"));
    assert_eq!(three.columns["c"].status, Status::Agrees);
    assert_eq!(three.columns["d"].cause, Some(Cause::Plain));

    // The data is what every column gets.
    let mut data = Npz::open(&folder.join("data-0.npz"))?;
    let mut names: Vec<String> = data.names().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names, ["input/image", "weight/0/mean", "weight/0/scale"]);
    assert_eq!(data.read("input/image")?.shape, [1, 2]);
    assert_ne!(data.read("weight/0/mean")?, data.read("weight/0/scale")?);
    Ok(())
}

#[test]
fn a_result_that_lacks_something_is_no_result() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let ids = ["a", "b", "c"];
    for id in ids {
        make(folder.path(), id, 0, &[])?;
    }
    make(folder.path(), "c", 0, &[("tap/1", f64::NAN)])?;
    let report = verified(folder.path(), &[experiment("one", &ids)], &ids.map(column));
    let columns = &report.specs[0].columns;
    assert_eq!([columns["a"].status, columns["b"].status], [Status::Agrees; 2]);
    assert_eq!((columns["c"].status, columns["c"].cause), (Status::NotRun, Some(Cause::Failed)));
    let reason = "its result can't be read: the array `tap/1` is not in the file";
    assert_eq!(columns["c"].reason.as_deref(), Some(reason));
    assert!(report.specs[0].lines.iter().all(|line| !line.error.contains_key("c")));
    assert_eq!(report.verdict(), Verdict::NotRun);
    Ok(())
}

#[test]
fn groups_of_one_name_get_numbers_of_their_own() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut experiment = experiment("one", &[]);
    experiment.weights.push(experiment.weights[0].clone());
    let path = folder.path().join("data.npz");
    write_data(&experiment, 1, &path)?;
    let mut data = Npz::open(&path)?;
    assert_ne!(data.read("weight/0/scale")?, data.read("weight/1/scale")?);
    Ok(())
}
