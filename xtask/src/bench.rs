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

/// Times whole processes; with `--write` the single stages as well, and puts all figures into the page.
pub(super) fn bench(words: &[String]) -> Done {
    let write = match words {
        [] => false,
        [word] if word == "--write" => true,
        _ => return Err("`cargo xtask bench` takes `--write` or nothing".into()),
    };
    run(&mut cargo(&["build", "--release", "--quiet"]))?;
    let program = root().join("target/release").join(format!("hexapla{}", env::consts::EXE_SUFFIX));
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let table = processes(&program, &folder)?;
    println!("{table}");
    if !write {
        return Ok(());
    }
    let stages = output(cargo(&["bench", "--quiet", "--bench", "stages"]).stderr(Stdio::inherit()))?;
    println!("{stages}");
    let stages = format!("```text\n{}\n```\n", stages.trim());
    let page = fs::read_to_string(PAGE).map_err(|error| format!("{PAGE}: {error}"))?;
    let page = filled(&page, "machine", &machine())?;
    let page = filled(&page, "processes", &table)?;
    let page = filled(&page, "stages", &stages)?;
    fs::write(PAGE, page).map_err(|error| format!("{PAGE}: {error}"))
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
            let spec = folder.join(format!("{}_{lines}.arch", names.word()));
            fs::write(&spec, chain(lines, names)).map_err(|error| format!("{}: {error}", spec.display()))?;
            cells.push(shown(all_columns(program, &spec, folder, runs)?));
        }
        row(&format!("{} lines", grouped(lines)), &cells);
    }
    Ok(table)
}

/// How long it takes to write a spec in all columns.
fn all_columns(program: &Path, spec: &Path, folder: &Path, runs: usize) -> Result<Times, String> {
    let out: PathBuf = folder.join("out");
    times(runs, || {
        // Files that are there already would not be written again.
        let _ = fs::remove_dir_all(&out);
        timed(Command::new(program).arg("emit").arg(spec).args(["--to", "all", "--out"]).arg(&out))
    })
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
