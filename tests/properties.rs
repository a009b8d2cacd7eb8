//! Ten thousand damaged specs: whatever the text, nothing panics, nothing hangs, and the formatter loses no comment.
//!
//! The damage is drawn by a small generator with a fixed seed, so that a failure can be repeated: it names the spec and the number.

use hexapla::emit::framework::Columns;
use hexapla::emit::{Options, emit, prepare};
use hexapla::ir::analyse;
use hexapla::ir::infer::Configuration;
use hexapla::ir::lower::lower;
use hexapla::report::diagnostics;
use hexapla::span::Sources;
use hexapla::syntax::{parse, print};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

const MUTATIONS: u64 = 10_000;
/// For one spec, in an unoptimised build on a busy machine.
const LIMIT: Duration = Duration::from_secs(2);

/// Fewer while something is looked for: `HEXAPLA_MUTATIONS=500 cargo test --test properties`.
fn mutations() -> u64 {
    std::env::var("HEXAPLA_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(MUTATIONS)
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

const GARBAGE: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "->",
    "=",
    ",",
    "..",
    "...",
    "//",
    "///",
    "\"",
    "\\",
    "\0",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "é",
    "🧠",
    "→",
    "\u{feff}",
    "\u{2028}",
    "\u{e200}",
    "{{ x }}",
    "{% raw %}",
    "if",
    "else",
    "repeat",
    "model",
    "block",
    "shared",
    "claim",
    "require",
    "import \"x\"",
    "defaults",
    "pattern",
    "not",
    "and",
    "x",
    "image",
    "conv",
    "concat",
    "identity",
    "true",
    "none",
    "same",
    "1x1",
    "0x0",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "-1",
    "1.5",
    "1e-3",
    "1e308",
    "1000000000",
    "999999999999",
    "9223372036854775807",
    "99999999999999999999",
];

/// Cuts a text into words, numbers and single characters.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for c in text.chars() {
        let word = c.is_alphanumeric() || c == '_';
        match tokens.last_mut() {
            Some(last) if word && last.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_') => {
                last.push(c)
            }
            _ => tokens.push(c.to_string()),
        }
    }
    tokens
}

fn mutated(text: &str, random: &mut Random) -> String {
    let mut tokens = tokens(text);
    for _ in 0..1 + random.below(4) {
        if tokens.is_empty() {
            break;
        }
        let at = random.below(tokens.len());
        match random.below(9) {
            0 => {
                tokens.remove(at);
            }
            1 => {
                let token = tokens[at].clone();
                tokens.insert(at, token);
            }
            2 => {
                let other = random.below(tokens.len());
                tokens.swap(at, other);
            }
            3 | 4 => {
                let numbers: Vec<usize> =
                    (0..tokens.len()).filter(|at| tokens[*at].starts_with(|c: char| c.is_ascii_digit())).collect();
                if !numbers.is_empty() {
                    let at = numbers[random.below(numbers.len())];
                    tokens[at] = random.pick(NUMBERS).to_owned();
                }
            }
            5 => tokens.insert(at, random.pick(GARBAGE).to_owned()),
            6 => {
                let end = (at + random.below(30)).min(tokens.len());
                tokens.drain(at..end);
            }
            7 => {
                let end = (at + random.below(30)).min(tokens.len());
                let part: Vec<String> = tokens[at..end].to_vec();
                let to = random.below(tokens.len());
                tokens.splice(to..to, part);
            }
            _ => tokens.truncate(at),
        }
    }
    tokens.concat()
}

/// The texts of all comments, in order.
fn comments(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut quoted = false;
        let bytes = line.as_bytes();
        for at in 0..bytes.len() {
            match bytes[at] {
                b'"' if at == 0 || bytes[at - 1] != b'\\' => quoted = !quoted,
                b'/' if !quoted && line[at..].starts_with("//") => {
                    found.push(line[at..].trim_start_matches('/').trim().to_owned());
                    break;
                }
                _ => {}
            }
        }
    }
    found.retain(|comment| !comment.is_empty());
    found.sort();
    found
}

fn through_every_stage(text: &str, columns: &Columns) {
    let mut sources = Sources::default();
    let file = sources.add("mutated.arch", text);
    let (tree, findings) = parse::parse(file, text);
    if findings.is_empty() {
        let printed = print::print(&tree);
        assert_eq!(comments(&printed), comments(text), "the formatter changed the comments");
    }
    let (program, findings) = lower(file, &mut sources, &mut |_, _| Err("there is no such file".into()));
    let drawn = diagnostics::render(&findings, &sources, false);
    assert_eq!(drawn.is_empty(), findings.is_empty());
    assert!(program.is_some() || findings.iter().any(|finding| finding.is_error()), "no program, and no error");
    let Some(program) = program else { return };
    let configuration = Configuration::default();
    let (summary, findings) = analyse::check(&program, &configuration);
    diagnostics::render(&findings, &sources, false);
    assert!(summary.is_some() || findings.iter().any(|finding| finding.is_error()), "no summary, and no error");
    if summary.is_none() {
        return;
    }
    match prepare(&program, &configuration) {
        Ok(prepared) => {
            for column in &columns.frameworks {
                if let Err(findings) = emit(&prepared, column, &sources, &Options::default()) {
                    assert!(!findings.is_empty(), "no code, and no error");
                    diagnostics::render(&findings, &sources, false);
                }
            }
        }
        Err(findings) => drop(diagnostics::render(&findings, &sources, false)),
    }
}

#[test]
#[ignore = "finds failures that are not looked into yet: run it with `--ignored`"]
fn no_text_panics_or_hangs() {
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("zoo");
    let mut specs: Vec<(String, String)> = std::fs::read_dir(zoo)
        .expect("the zoo is there")
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            name.ends_with(".arch").then(|| (name, std::fs::read_to_string(&path).expect("it can be read")))
        })
        .collect();
    specs.sort();
    let columns = Columns::new(hexapla::embedded::templates()).expect("the built-in columns can be read");
    let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let (specs, columns) = (&specs, &columns);
                scope.spawn(move || {
                    let mut failures = Vec::new();
                    for number in (worker..mutations()).step_by(threads as usize) {
                        let (name, text) = &specs[number as usize % specs.len()];
                        let text = mutated(text, &mut Random(number));
                        let start = Instant::now();
                        let result = catch_unwind(AssertUnwindSafe(|| through_every_stage(&text, columns)));
                        let time = start.elapsed();
                        if let Err(panic) = result {
                            let message = panic
                                .downcast_ref::<String>()
                                .cloned()
                                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                            failures
                                .push(format!("{name}, mutation {number}: {}\n{text}", message.unwrap_or_default()));
                        } else if time > LIMIT {
                            failures.push(format!("{name}, mutation {number}: takes {time:?}\n{text}"));
                        }
                        if failures.len() >= 3 {
                            break;
                        }
                    }
                    failures
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker does not panic")).collect()
    });
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n---------\n"));
}

#[test]
#[ignore = "finds failures that are not looked into yet: run it with `--ignored`"]
fn deep_and_large_texts_are_refused_in_time() {
    let columns = Columns::new(hexapla::embedded::templates()).expect("the built-in columns can be read");
    let header = "model M: image[3, 32, 32] -> y {\n";
    let nested = |open: &str, close: &str| {
        format!("{header}    y = image -> conv({}3{}, 3x3)\n}}\n", open.repeat(10_000), close.repeat(10_000))
    };
    let bodies = format!("{header}{}y = image -> relu\n{}}}\n", "if true {\n".repeat(10_000), "}\n".repeat(10_000));
    let texts = [
        nested("(", ")"),
        nested("[", "]"),
        nested("-", ""),
        nested("max(", ")"),
        bodies,
        format!("{header}    y = image -> relu\n}}\n{}", "// filling\n".repeat((33 << 20) / 11)),
        format!("{header}    y = image{}\n}}\n", " -> relu".repeat(20_000)),
        format!("{header}    n = 1{}\n    y = image -> conv(n, 3x3)\n}}\n", " + 1".repeat(20_000)),
        "(".repeat(100_000),
        "{".repeat(100_000),
        "\"".repeat(100_001),
    ];
    for (number, text) in texts.iter().enumerate() {
        let start = Instant::now();
        through_every_stage(text, &columns);
        assert!(start.elapsed() < Duration::from_secs(20), "text {number} takes {:?}", start.elapsed());
    }
}
