//! What a whole process takes: start, read, check, write the files of all columns.
//!
//! Architecture Invariant: every figure of `docs/benchmarks.md` is put there by this chore; none is typed.

#[path = "../../benches/chains/mod.rs"]
mod chains;

use super::{Done, cargo, root, run};
use chains::{Names, chain};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

/// The page with the figures.
const PAGE: &str = "docs/benchmarks.md";
/// The lengths of the chains, with how many processes are timed.
const LENGTHS: [(usize, usize); 4] = [(100, 21), (1_000, 21), (10_000, 7), (100_000, 3)];

/// Another program is compared in so many pairs.
const PAIRS: usize = 41;

/// Times whole processes; with `--write` the single stages as well, and puts all figures into the page. With `--against`, times pairs of
/// processes instead: this program, and another one.
pub(super) fn bench(words: &[String]) -> Done {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (other, write) = match words[..] {
        [] => (None, false),
        ["--write"] => (None, true),
        ["--against", program] => (Some(program), false),
        ["--against", program, "--write"] | ["--write", "--against", program] => (Some(program), true),
        _ => return Err("`cargo xtask bench` takes `--against PROGRAM`, `--write`, both or nothing".into()),
    };
    run(&mut cargo(&["build", "--release", "--quiet"]))?;
    let program = root().join("target/release").join(format!("hexapla{}", env::consts::EXE_SUFFIX));
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut parts = Vec::new();
    if let Some(other) = other {
        let table = pairs(&program, Path::new(other), &folder)?;
        println!("{table}");
        parts.push(("pairs", table));
    } else {
        let table = processes(&program, &folder)?;
        println!("{table}");
        parts.push(("processes", table));
    }
    if !write {
        return Ok(());
    }
    if other.is_none() {
        let stages = output(cargo(&["bench", "--quiet", "--bench", "stages"]).stderr(Stdio::inherit()))?;
        println!("{stages}");
        parts.push(("machine", machine()));
        parts.push(("stages", format!("```text\n{}\n```\n", stages.trim())));
    }
    let mut page = fs::read_to_string(PAGE).map_err(|error| format!("{PAGE}: {error}"))?;
    for (name, text) in parts {
        page = filled(&page, name, &text)?;
    }
    fs::write(PAGE, page).map_err(|error| format!("{PAGE}: {error}"))
}

/// Two programs in turn, so that both meet the same noise: the medians, and the median of the pairs' ratios.
fn pairs(program: &Path, other: &Path, folder: &Path) -> Result<String, String> {
    let mut table = String::from("| spec | other | this | ratio |\n|---|---:|---:|---:|\n");
    let mut specs = vec![("ENet".to_owned(), PathBuf::from("zoo/enet.arch"))];
    for names in Names::ALL {
        specs.push((format!("1,000 lines, {}", names.word()), written(1_000, names, folder)?));
    }
    for (name, spec) in specs {
        let once = |program| one(program, &spec, folder);
        once(other)?;
        once(program)?;
        let (mut others, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            let (before, after) = (once(other)?, once(program)?);
            others.push(before);
            ours.push(after);
            ratios.push(after.as_secs_f64() / before.as_secs_f64());
        }
        others.sort_unstable();
        ours.sort_unstable();
        ratios.sort_unstable_by(f64::total_cmp);
        let middle = PAIRS / 2;
        let (others, ours) = (amount(others[middle]), amount(ours[middle]));
        let _ = writeln!(table, "| {name} | {others} | {ours} | {:.3} |", ratios[middle]);
    }
    Ok(table)
}

/// The table of whole processes, in Markdown.
fn processes(program: &Path, folder: &Path) -> Result<String, String> {
    let start = times(21, || timed(Command::new(program).arg("--version")))?;
    let enet = all_columns(program, Path::new("zoo/enet.arch"), folder, 21)?;
    let mut table = String::from("| spec |");
    Names::ALL.iter().for_each(|names| {
        let _ = write!(table, " {} |", names.word());
    });
    let _ = writeln!(table, "\n|---|{}", "---:|".repeat(Names::ALL.len()));
    let mut row = |name: &str, cells: &[String]| {
        let _ = writeln!(table, "| {name} | {} |", cells.join(" | "));
    };
    row("`hexapla --version`", &[shown(start), String::new(), String::new()]);
    row("ENet", &[shown(enet), String::new(), String::new()]);
    for (lines, runs) in LENGTHS {
        let mut cells = Vec::new();
        for names in Names::ALL {
            let spec = written(lines, names, folder)?;
            cells.push(shown(all_columns(program, &spec, folder, runs)?));
        }
        row(&format!("{} lines", grouped(lines)), &cells);
    }
    Ok(table)
}

/// The file of a chain.
fn written(lines: usize, names: Names, folder: &Path) -> Result<PathBuf, String> {
    let spec = folder.join(format!("{}_{lines}.arch", names.word()));
    fs::write(&spec, chain(lines, names)).map_err(|error| format!("{}: {error}", spec.display()))?;
    Ok(spec)
}

/// How long it takes to write a spec in all columns.
fn all_columns(program: &Path, spec: &Path, folder: &Path, runs: usize) -> Result<Times, String> {
    times(runs, || one(program, spec, folder))
}

/// How long one process takes to write a spec in all columns.
fn one(program: &Path, spec: &Path, folder: &Path) -> Result<Duration, String> {
    let out = folder.join("out");
    // Files that are there already would not be written again.
    let _ = fs::remove_dir_all(&out);
    timed(Command::new(program).arg("emit").arg(spec).args(["--to", "all", "--out"]).arg(&out))
}

/// What several runs took. A machine that is shared disturbs a run, and never helps it: so the fastest is told as well.
struct Times {
    median: Duration,
    fastest: Duration,
}

/// Times several runs, behind one that is not counted.
fn times(runs: usize, mut once: impl FnMut() -> Result<Duration, String>) -> Result<Times, String> {
    once()?;
    let mut times = (0..runs).map(|_| once()).collect::<Result<Vec<_>, _>>()?;
    times.sort_unstable();
    Ok(Times { median: times[times.len() / 2], fastest: times[0] })
}

fn timed(command: &mut Command) -> Result<Duration, String> {
    let since = Instant::now();
    output(command.stderr(Stdio::null())).map(|_| since.elapsed())
}

/// What a command prints.
fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().display().to_string();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{name} failed"))
    }
}

/// Where it was measured, in a sentence.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(env::consts::ARCH, |(_, model)| model.trim());
    let compiler = output(Command::new("rustc").arg("--version")).unwrap_or_default();
    let version: String = compiler.split(' ').take(2).collect::<Vec<_>>().join(" ");
    format!("{cores} cores of {model}, {}, {}.\n", env::consts::OS, version.trim())
}

fn shown(times: Times) -> String {
    format!("{} ({})", amount(times.median), amount(times.fastest))
}

fn amount(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        short if short < 99.95 => format!("{short:.1} ms"),
        middle if middle < 999.5 => format!("{middle:.0} ms"),
        long => format!("{:.2} s", long / 1e3),
    }
}

/// `100,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let (head, tail) = digits.split_at(digits.len().saturating_sub(3));
    if head.is_empty() { digits } else { format!("{head},{tail}") }
}

/// The page with other text between `<!-- measured: name -->` and the next `<!-- end -->`.
fn filled(page: &str, name: &str, text: &str) -> Result<String, String> {
    let open = format!("<!-- measured: {name} -->");
    let parts = page.split_once(&open).and_then(|(before, rest)| Some((before, rest.split_once("<!-- end -->")?.1)));
    let (before, after) = parts.ok_or_else(|| format!("{PAGE} has no place for `{name}`"))?;
    Ok(format!("{before}{open}\n\n{}\n\n<!-- end -->{after}", text.trim_end()))
}
