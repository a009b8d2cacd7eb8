//! Whatever a spec says, there is a verdict within some seconds of processor time and a gibibyte.
//!
//! The kernel is the judge of the time, by `ulimit -t`: it counts what the processor did, so a busy machine fails no case. `HEXAPLA_FUZZ=1000`
//! tries as many random specs as that, `HEXAPLA_FUZZ_SEED` others than the usual ones.

use super::*;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Seconds of processor time. A program that is not optimised may take longer.
const SECONDS: u64 = if cfg!(debug_assertions) { 20 } else { 5 };
const MEMORY: u64 = 1 << 30;
/// What is said of a spec stays readable, or at least small.
const WORDS: usize = 8 << 20;

/// The most memory that a process has had, where the system tells.
fn peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
}

fn judge(place: &Place, name: &str, arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -t {SECONDS}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_hexapla")]);
    command.args(arguments).current_dir(place.0.path()).env("HEXAPLA_CACHE", place.path("cache"));
    let child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sh is there");
    let pid = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let mut most = 0;
    let output = loop {
        match receiver.recv_timeout(Duration::from_millis(5)) {
            Ok(output) => break output.expect("it is a child"),
            Err(_) => most = most.max(peak(pid).unwrap_or(0)),
        }
    };
    let words = output.stdout.len().max(output.stderr.len());
    let ran = Ran::from(output);
    let first: String = ran.err.chars().take(300).collect();
    let told = format!("{name}: {arguments:?}: {:?}, {} MiB, {words} bytes of output: {first}", ran.status, most >> 20);
    let verdict = matches!(ran.status, Some(0..=2)) && !ran.err.contains("panicked");
    if verdict && most <= MEMORY && words <= WORDS { Ok(()) } else { Err(told) }
}

/// Judges many specs, some at once.
fn judge_all(count: usize, spec: &(dyn Fn(usize) -> (String, String) + Sync)) {
    let next = AtomicUsize::new(0);
    let wrong: Vec<String> = thread::scope(|scope| {
        let worker = || {
            let mut wrong = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= count {
                    return wrong;
                }
                let (name, text) = spec(at);
                let place = Place::new();
                place.write("m.arch", &text);
                let emit = ["emit", "m.arch", "--to", "all", "--keep-going", "--out", "out"];
                let flat = ["emit", "m.arch", "--to", "keras", "--flat"];
                let commands = [&emit[..], &flat, &["check", "m.arch", "--format", "json"], &["fmt", "m.arch"]];
                wrong.extend(commands.iter().filter_map(|command| {
                    let told = judge(&place, &name, command).err()?;
                    if let Ok(folder) = std::env::var("HEXAPLA_FUZZ_KEEP") {
                        let _ = fs::write(Path::new(&folder).join(format!("{name}.arch")), &text);
                    }
                    Some(told)
                }));
            }
        };
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("it does not panic")).collect()
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn model(head: &str, body: &str) -> String {
    format!("model M: {head} {{\n{body}\n}}\n")
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|at| line(at) + "\n").collect()
}

/// `count` bodies within each other.
fn nested(count: usize, open: impl Fn(usize) -> String, inside: &str) -> String {
    lines(count, open) + inside + "\n" + &"}\n".repeat(count)
}

/// Blocks of which each applies the one before it.
fn tower(count: usize, head: &str, first: &str, next: impl Fn(usize) -> String) -> String {
    let last = format!("model M: x[8] -> y {{\n    y = x -> b{count}\n}}\n");
    let blocks = lines(count, |at| format!("block b{}: {head} {{\n{}\n}}\n", at + 1, next(at)));
    format!("block b0: {head} {{\n{first}\n}}\n\n{blocks}{last}")
}

/// What once hung, ate memory or said too much, and its relatives.
fn known() -> Vec<(&'static str, String)> {
    let plain = "x[8] -> y";
    let end = "y = x -> relu";
    let repeated = |count: &str| nested(50, |at| format!("repeat {count} as r{at} {{"), "x = x -> relu") + end;
    let with = |body: String| model(plain, &(body + end));
    vec![
        ("nested-0", model(plain, &repeated("0"))),
        ("nested-1", model(plain, &repeated("1"))),
        ("nested-2", model(plain, &repeated("2"))),
        ("nested-n", format!("model M(n = 0): x[8] -> y {{\n{}\n}}\n", repeated("n"))),
        ("deep-loops", with(nested(8, |at| format!("repeat 1 as r{at} {{"), &"x = x -> relu\n".repeat(1500)))),
        ("huge-of-none", with("repeat 1000000000 as r {\nrepeat 0 as s {\nx = x -> relu\n}\n}\n".into())),
        ("none-of-huge", with("repeat 0 as r {\nrepeat 1000000000 as s {\nx = x -> relu\n}\n}\n".into())),
        (
            "loops-of-blocks",
            tower(100, "x -> y", "y = x -> relu", |at| format!("repeat 1 as r {{\nx = x -> b{at}\n}}\ny = x -> relu")),
        ),
        ("doubling", tower(60, "x -> y", "y = x -> relu", |at| format!("y = x -> b{at} -> b{at}"))),
        (
            "instances",
            tower(60, "x[8] -> x", "x = x -> relu", |at| format!("shared s = b{at}\nx = x -> iterate(s, times=2)")),
        ),
        ("a-million-lines", with("x = x -> relu\n".repeat(1_000_000))),
        ("many-lines", with("x = x -> relu\n".repeat(49_000))),
        (
            "many-names",
            model(
                "a0[8] -> y",
                &(lines(20_000, |at| format!("a{} = a{at} -> dense(8)", at + 1)) + "y = a20000 -> relu"),
            ),
        ),
        ("many-requires", with("require 1 > 0\n".repeat(20_000))),
        (
            "many-branches",
            format!(
                "model M(n = 1): x[8] -> y {{\n{}{end}\n}}\n",
                lines(10_000, |at| format!("if n > {at} {{\nx = x -> relu\n}} else {{\nx = x -> tanh\n}}"))
            ),
        ),
        ("many-instances", with(lines(10_000, |at| format!("shared s{at} = dense(8)\nx = x -> s{at}")))),
        ("many-errors", with(lines(40_000, |at| format!("x = x -> conf{at}")))),
        ("many-unused", with(lines(40_000, |at| format!("a{at} = x -> relu")))),
        ("many-imports", "import \"nothing.arch\"\n".repeat(40_000) + &with(String::new())),
        ("imports-itself", "import \"m.arch\"\n".repeat(40_000) + &with(String::new())),
        ("many-sizes", model(&format!("x[{}] -> y", lines(20_000, |at| format!("A{at},"))), end)),
        ("many-blocks", tower(10_000, "x -> y", "y = x -> relu", |at| format!("y = x -> b{at}"))),
        ("many-tensors", with(format!("x = ({}) -> concat(axis=-1)\n", "x,\n".repeat(20_000) + "x"))),
        ("long-name", with(format!("{} = x -> relu\n", "a".repeat(8_000_000)))),
        ("long-names", with(lines(1_000, |at| format!("x = x -> {}{at}", "a".repeat(9_900))))),
        ("long-text", model(plain, &format!("require false: \"{}\"\n{end}", "{x}".repeat(2_000_000)))),
        ("long-comment", format!("// {}\n", "é".repeat(4_000_000)) + &with(String::new())),
        ("long-list", model(plain, &format!("y = x -> reshape([{}1])", "1,\n".repeat(40_000)))),
        ("long-sum", model(plain, &format!("y = x -> dense({}1)", "1 +\n".repeat(40_000)))),
        ("long-pipeline", model(plain, &format!("y = x{}", "\n-> relu".repeat(40_000)))),
        ("brackets", model(plain, &format!("y = x -> dense({}8{})", "(".repeat(4_000), ")".repeat(4_000)))),
        ("braces", "model M: x[8] -> y {\n".to_owned() + &"repeat 2 as a {\n".repeat(40_000)),
        (
            "products",
            model("x[A, B, C, D] -> y", &format!("y = x -> dense({}(A + B + C + D))", "(A + B + C + D) * ".repeat(30))),
        ),
        ("powers", with(lines(200, |at| format!("n{} = n{at} * n{at}", at + 1)).replace("n0 * n0", "3"))),
        ("doubled-sizes", model("x[N, 8] -> y", &("x = (x, x) -> concat(axis=1)\n".repeat(30) + end))),
    ]
}

#[test]
fn what_is_known_to_be_hostile_gets_a_verdict() {
    let known = known();
    judge_all(known.len(), &|at| (known[at].0.to_owned(), known[at].1.clone()));
}

/// Many files, each at most as large as one may be.
#[test]
fn many_large_imports_get_a_verdict() {
    let place = Place::new();
    let blank = format!("// {}\n", "a".repeat(9_000)).repeat(800);
    for at in 0..40 {
        place.write(&format!("f{at}.arch"), &format!("{blank}block c{at}: x -> y {{\n    y = x -> relu\n}}\n"));
    }
    place.write("m.arch", &(lines(40, |at| format!("import c{at} from \"f{at}.arch\"")) + SPEC));
    judge(&place, "imports", &["check", "m.arch"]).unwrap_or_else(|told| panic!("{told}"));
}

// -------------------------------------------------------------------------------------------------------------- at random

/// What a number may be in a spec that should be right but for its size, and in one that need not be.
const TAME: &str = "0 | 1 | 2 | 3 | 7 | 64 | 300 | 5000 | 299999 | n | m | n * m | floor(n / 2) | 2 ^ 8 | n + m";
const WILD: &str = "0 | 1 | 2 | 3 | 7 | 8 | 64 | 1000 | 299999 | 300001 | 1099511627776 | 9223372036854775807 | 99999999999999999999 | -1 | \
     0.5 | 1e308 | n | m | n * m | n ^ m | floor(n / m) | n % m | 2 ^ 62 | 2 ^ n | H | H * W | x.features | i | 1 / 0 | true | (3, 3) | 3x3 | \
     [1, 2] | same";

/// A random spec. Some are right in all but how much there is of what, and so get further than the others.
struct Maker {
    state: u64,
    tame: bool,
    deep: bool,
    /// Whether sizes have to stay.
    keeps: bool,
    text: String,
    /// What the lines may still cost: a spec is a large one, or a deep one.
    room: usize,
    names: usize,
}

impl Maker {
    /// Numbers of SplitMix64.
    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    fn number(&mut self) -> String {
        let known: Vec<&str> = if self.tame { TAME } else { WILD }.split(" | ").collect();
        let mut one = || self.pick(&known);
        let (a, b, c, d) = (one(), one(), one(), one());
        match self.below(8) {
            0 => format!("({a} + {b})"),
            1 if !self.tame => format!("({a} * {b})"),
            2 => format!("({a} if {b} > {c} else {d})"),
            _ => a.to_owned(),
        }
    }

    fn stage(&mut self, blocks: usize) -> String {
        if self.tame && self.keeps {
            return self.pick(&["relu", "tanh", "identity"]).to_owned();
        }
        if blocks > 0 && self.below(3) == 0 {
            return format!("b{}", self.below(blocks));
        }
        let number = self.number();
        match self.below(if self.tame { 3 } else { 16 }) {
            1 | 2 if self.tame => {
                self.pick(&["relu", "tanh", "identity", "(relu if n > 1 else tanh)", "dense(8)"]).to_owned()
            }
            0 if self.tame => format!("dense({number} + 1)"),
            0 => format!("dense({number})"),
            1 => format!("conv({number}, 3x3)"),
            2 => format!("conv(8, {number}x{number}, stride={})", self.number()),
            3 => format!("reshape([{number}, {}])", self.number()),
            4 => format!("split([{number}, {}], axis=1)", self.number()),
            5 => format!("max_pool({number})"),
            6 => "flatten".to_owned(),
            7 => "batch_norm".to_owned(),
            8 => format!("dropout({number})"),
            9 => format!("(relu if {number} > 1 else tanh)"),
            10 => format!("multi_head_attention({number})"),
            11 => format!("lstm({number})"),
            12 => format!("tile([{number}])"),
            _ => self.pick(&["relu", "tanh", "global_avg_pool", "softmax(axis=-1)", "identity"]).to_owned(),
        }
    }

    fn name(&mut self) -> String {
        self.names += 1;
        if self.tame {
            return "x".to_owned();
        }
        match self.below(40) {
            0 => "a".repeat(self.below(3000) + 1),
            1..10 => format!("t{}", self.below(4)),
            _ => self.pick(&["x", "x", "x", "y", "n"]).to_owned(),
        }
    }

    fn line(&mut self, depth: usize, blocks: usize) {
        if self.room == 0 {
            return;
        }
        self.room -= 1;
        // The others bring names that are never used, and claims that don't hold.
        let kinds = if self.tame { [0, 1, 2, 3, 4, 6, 8, 10, 11, 12] } else { [0, 3, 5, 6, 7, 8, 9, 10, 11, 12] };
        let kind = kinds[self.below(kinds.len())];
        let nests = self.deep || self.below(depth + 1) == 0;
        match kind {
            0..3 if nests => {
                let count = self.number();
                let _ = writeln!(self.text, "repeat {count} as r{depth} {{");
                self.inside(depth, blocks);
            }
            3..5 if nests => {
                let condition = self.number();
                let _ = writeln!(self.text, "if {condition} > 1 {{");
                self.inside(depth, blocks);
                if self.below(2) == 0 {
                    self.text.truncate(self.text.trim_end().len());
                    self.text.push_str(" else {\n");
                    self.inside(depth, blocks);
                }
            }
            5 => {
                let (name, number) = (self.pick(&["n", "m", "k"]), self.number());
                let _ = writeln!(self.text, "{name} = {number}");
            }
            6 if !self.keeps => {
                let times = 1 + self.below(12);
                let _ = writeln!(self.text, "{}", "x = (x, x) -> concat(axis=-1)\n".repeat(times).trim_end());
            }
            7 => {
                let number = self.number();
                let _ = writeln!(self.text, "require {number} > 0: \"{{n}} {{x}}\"");
            }
            8 if blocks > 1 || !self.tame => {
                // Every other block gives what it takes.
                let (number, block) = (self.number(), 1 + 2 * self.below((blocks / 2).max(1)));
                self.names += 1;
                let _ = writeln!(self.text, "shared s{} = b{block}", self.names);
                let _ = writeln!(self.text, "x = x -> iterate(s{}, times={number})", self.names);
            }
            9 => {
                let number = self.number();
                let _ = writeln!(self.text, "claim params = {number}");
            }
            _ => {
                let target = self.name();
                let shape = if !self.tame && self.below(4) == 0 {
                    format!("[{}, {}]", self.number(), self.number())
                } else {
                    String::new()
                };
                let stages: Vec<String> = (0..1 + self.below(4)).map(|_| self.stage(blocks)).collect();
                let many = if self.below(60) == 0 { self.below(2000) } else { 0 };
                let _ =
                    writeln!(self.text, "{target}{shape} = x -> {}{}", stages.join(" -> "), "\n-> relu".repeat(many));
            }
        }
    }

    fn inside(&mut self, depth: usize, blocks: usize) {
        self.text.push_str("x = x -> relu\n");
        for _ in 0..1 + self.below(3) {
            self.line(depth + 1, blocks);
        }
        self.text.push_str("}\n");
    }

    fn spec(seed: u64) -> String {
        let mut maker = Self {
            state: seed,
            tame: seed.is_multiple_of(2),
            deep: seed.is_multiple_of(9),
            keeps: false,
            text: String::new(),
            room: 0,
            names: 0,
        };
        let used = "require n >= 0\nrequire m >= 0";
        let blocks = match maker.below(4) {
            0 => maker.below(150),
            _ => maker.below(8),
        };
        let long = [3, 10, 30, 2000];
        for block in 0..blocks {
            let head = if block % 2 == 0 { "x -> y" } else { "x -> x" };
            maker.keeps = block % 2 == 1;
            let _ = writeln!(maker.text, "block b{block}(n = 1, m = 2): {head} {{\n{used}");
            maker.room = 3;
            for _ in 0..3 {
                maker.line(0, block);
            }
            maker.text.push_str(if block % 2 == 0 { "y = x -> relu\n}\n" } else { "x = x -> relu\n}\n" });
        }
        let (n, m) = if maker.tame { ("3".to_owned(), "4".to_owned()) } else { (maker.number(), maker.number()) };
        let shape = maker.pick(&["8", "N, 8", "3, 32, 32", "3, H, W", "3, H = 8, W = 8", "T, 16", "1099511627776"]);
        let shape = if maker.tame { "8" } else { shape };
        let _ = writeln!(maker.text, "model M(n = {n}, m = {m}): x[{shape}] -> y {{\n{used}");
        maker.keeps = false;
        maker.room = long[maker.below(long.len())];
        while maker.room > 0 {
            maker.line(0, blocks);
        }
        maker.text.push_str("y = x -> relu\n}\n");
        maker.text
    }
}

#[test]
fn random_structures_get_a_verdict() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (count, seed) = (asked("HEXAPLA_FUZZ").unwrap_or(40), asked("HEXAPLA_FUZZ_SEED").unwrap_or(0));
    judge_all(count as usize, &|at| {
        let seed = seed + at as u64;
        (format!("seed-{seed}"), Maker::spec(seed))
    });
}

/// Some of the random specs are accepted: else nothing behind the first error would have been tried.
#[test]
fn random_structures_are_not_all_wrong() {
    let place = Place::new();
    let mut arguments = vec!["check".to_owned()];
    for seed in (0..80).step_by(2) {
        place.write(&format!("seed{seed}.arch"), &Maker::spec(seed));
        arguments.push(format!("seed{seed}.arch"));
    }
    let ran = place.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        ran.out.lines().count() >= 8,
        "{}\n{}",
        ran.out,
        ran.err.lines().filter(|line| line.starts_with("error")).collect::<Vec<_>>().join("\n")
    );
}
