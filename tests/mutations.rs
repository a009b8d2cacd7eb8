//! Ten thousand specs that nobody would write: whatever stands in a file, nothing panics, hangs or eats memory.
//!
//! The texts of `zoo` and `tests/specs` are changed at random: characters, words, numbers, brackets and lines are lost, doubled, exchanged,
//! made huge or negative, or taken over from other specs, the wrong ones of `tests/errors` included. Each text is read, formatted, checked
//! and drawn with its findings; what still is a program is written in every column, and what is written must be whole as Python's words.
//!
//! The same cases come at every run. `MUTATIONS_CASE=1234 cargo test --test mutations` runs one of them and shows its text;
//! `MUTATIONS_CASES=100000` runs more. A case that ends the process (a stack that overflows, memory that is refused) is the number in
//! `target/tmp/mutations-*.txt`.

mod support;

use cpu_time::ThreadTime;
use hexapla::diagnostic::Diagnostic;
use hexapla::emit::framework::Columns;
use hexapla::emit::{Options, emit, prepare};
use hexapla::ir::infer::Configuration;
use hexapla::ir::{analyse, dump, flatten, lower::lower, transform};
use hexapla::report::{diagnostics, summary};
use hexapla::span::Sources;
use hexapla::syntax::{parse, print};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::panic;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use support::python;

const CASES: u64 = 10_000;
/// What a case may cost, in the time of a processor.
const PROCESSOR_TIME: Duration = Duration::from_secs(5);
/// A case that is not done after this time never ends. It is no measurement: a busy machine may be slow.
const PATIENCE: Duration = Duration::from_secs(600);
/// Bytes that may be held at once: a case needs a few MiB.
const MEMORY: usize = 512 << 20;

/// The case that a thread is at, and since when.
type Busy = Mutex<Option<(u64, Instant)>>;

// ------------------------------------------------------------------------------------------------------------- memory

/// The system's allocator, with an end. A test that is refused memory ends the process: that is the failure.
struct Bounded;

/// Bytes that are held now. One number for all threads: counting is what the test would spend its time on otherwise.
static HELD: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator as it is, or refused as the trait allows.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if HELD.fetch_add(layout.size(), Ordering::Relaxed) > MEMORY {
            return std::ptr::null_mut();
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if HELD.fetch_add(size, Ordering::Relaxed) > MEMORY {
            return std::ptr::null_mut();
        }
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

// ------------------------------------------------------------------------------------------------------------- chance

/// SplitMix64: the same numbers on every machine and in every version.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if there is none.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

// ---------------------------------------------------------------------------------------------------------- mutations

/// Texts to change, and texts to take lines from.
struct Corpus {
    /// Name and text of each spec.
    specs: Vec<(String, String)>,
    /// The files that they import, by the path as it is written.
    imports: Vec<(String, String)>,
    /// Lines of all specs, right and wrong.
    lines: Vec<String>,
}

fn corpus() -> Corpus {
    let read = |path: &Path| {
        let text =
            fs::read_to_string(Path::new(support::ROOT).join(path)).expect("the repository's own files are texts");
        (path.display().to_string().replace('\\', "/"), text)
    };
    // What `extern` lines say is Python of the user's own: broken there, it is broken in the code.
    let specs: Vec<(String, String)> =
        support::specs().iter().map(|path| read(path)).filter(|(_, text)| !text.contains("    extern ")).collect();
    let imports = support::files(Path::new("tests/specs/imports"), "arch", true)
        .iter()
        .map(|path| read(path))
        .map(|(name, text)| (name.trim_start_matches("tests/specs/").to_owned(), text))
        .collect();
    let wrong = support::files(Path::new("tests/errors"), "arch", false);
    let wrong = wrong.iter().map(|path| read(path).1);
    let texts = specs.iter().map(|(_, text)| text.clone()).chain(wrong);
    // A line of some hundred thousand characters is a test of its own.
    let lines = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    let fits = |line: &String| !line.trim().is_empty() && line.len() < 500 && !line.contains(" extern ");
    let lines = lines.filter(fits).collect();
    Corpus { specs, imports, lines }
}

/// Characters that are rare in specs, or mean something in the language, in Python or to a terminal.
const CHARACTERS: &[&str] = &[
    " ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\0",
    "\u{b}",
    "\u{c}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{2029}",
    "\u{202e}",
    "\u{feff}",
    "\u{e200}",
    "\u{e100}0\u{e101}",
    "é",
    "日本",
    "𝔘",
    "e\u{301}",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "\\u2028",
    "{{",
    "}}",
    "{%",
    "%}",
    "#",
    "//",
    "///",
    "->",
    "=",
    "==",
    "!=",
    "<",
    "<=",
    "~",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    ".",
    "...",
    ",",
    ":",
    "_",
    "?",
    "@",
    "$",
    "&",
    "|",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "x",
    "0",
    "1e",
    "3x3",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "100",
    "1000",
    "65536",
    "1000000",
    "2000001",
    "1099511627776",
    "1099511627777",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999999",
    "-1",
    "-2",
    "-9223372036854775808",
    "0.0",
    "0.5",
    "1.5",
    "1e-3",
    "1e308",
    "1e309",
    "1e-400",
    "-0.1",
    "3x3",
    "1x0",
    "7x7x7",
    "2.5M",
    "1,000",
    "true",
    "same",
    "[1, 2]",
    "[]",
    "H",
    "H / 2",
];

const WORDS: &[&str] = &[
    "model",
    "block",
    "pattern",
    "import",
    "from",
    "defaults",
    "shared",
    "repeat",
    "as",
    "if",
    "else",
    "require",
    "claim",
    "true",
    "false",
    "and",
    "or",
    "not",
    "scan",
    "while",
    "train",
    "extern",
    "int",
    "map",
    "plain",
    "params",
    "macs",
    "identity",
    "conv",
    "dense",
    "concat",
    "flatten",
    "relu",
    "dropout",
    "max_pool",
    "upsample",
    "lstm",
    "batch_norm",
    "reshape",
    "transpose",
    "embedding",
    "max_unpool",
    "x",
    "y",
    "H",
    "W",
    "lambda",
    "None",
    "self",
    "super",
    "range",
    "training",
    "forward",
    "net",
    "max",
    "sum",
    "floor",
];

/// The names, numbers and signs of a text, as byte ranges.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        if first.is_whitespace() {
            continue;
        }
        let mut end = start + first.len_utf8();
        if first.is_alphanumeric() || first == '_' {
            while let Some((at, next)) = characters.next_if(|(_, next)| next.is_alphanumeric() || *next == '_') {
                end = at + next.len_utf8();
            }
        }
        found.push((start, end));
    }
    found
}

fn lines(text: &str) -> Vec<String> {
    text.split('\n').map(str::to_owned).collect()
}

/// The nearest place at or before `at` on which a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Changes a text at one place.
fn mutate(text: &str, corpus: &Corpus, chance: &mut Chance) -> String {
    let mut text = text.to_owned();
    match chance.below(8) {
        0 => characters(&mut text, chance),
        1 | 2 => a_word(&mut text, chance),
        3 => exchanged(&mut text, chance),
        4 => a_number(&mut text, chance),
        5 => brackets(&mut text, chance),
        6 => a_line(&mut text, corpus, chance),
        _ => whole(&mut text, corpus, chance),
    }
    text
}

fn characters(text: &mut String, chance: &mut Chance) {
    let at = boundary(text, chance.below(text.len() + 1));
    let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
    match chance.below(4) {
        0 => text.replace_range(at..end, ""),
        1 => {
            let again = text[at..end].to_owned();
            text.insert_str(at, &again);
        }
        2 => text.insert_str(at, chance.pick(CHARACTERS)),
        _ => {
            let mut swapped: Vec<char> = text[at..].chars().take(2).collect();
            let length: usize = swapped.iter().map(|c| c.len_utf8()).sum();
            swapped.reverse();
            text.replace_range(at..at + length, &swapped.into_iter().collect::<String>());
        }
    }
}

fn a_word(text: &mut String, chance: &mut Chance) {
    let words = words(text);
    let (Some(&(start, end)), Some(&(first, last))) =
        (words.get(chance.below(words.len())), words.get(chance.below(words.len())))
    else {
        return;
    };
    match chance.below(5) {
        0 => text.replace_range(start..end, ""),
        1 => {
            let again = format!(" {}", &text[start..end]);
            text.insert_str(end, &again);
        }
        2 => {
            let other = text[first..last].to_owned();
            text.replace_range(start..end, &other);
        }
        3 => text.replace_range(start..end, chance.pick(WORDS)),
        _ => text.insert_str(start, &format!("{} ", chance.pick(WORDS))),
    }
}

/// Two names change places, at one place or everywhere.
fn exchanged(text: &mut String, chance: &mut Chance) {
    let is_name = |range: &(usize, usize)| text[range.0..].starts_with(|c: char| c.is_alphabetic());
    let names: Vec<(usize, usize)> = words(text).into_iter().filter(is_name).collect();
    if names.is_empty() {
        return;
    }
    let (one, other) = (names[chance.below(names.len())], names[chance.below(names.len())]);
    let (one_name, other_name) = (text[one.0..one.1].to_owned(), text[other.0..other.1].to_owned());
    let everywhere = chance.below(2) == 0;
    let new = if chance.below(4) == 0 { chance.pick(WORDS).to_owned() } else { other_name.clone() };
    for &(start, end) in names.iter().rev() {
        let name = &text[start..end];
        if name == one_name && (everywhere || (start, end) == one) {
            text.replace_range(start..end, &new);
        } else if name == other_name && (everywhere || (start, end) == other) {
            text.replace_range(start..end, &one_name);
        }
    }
}

fn a_number(text: &mut String, chance: &mut Chance) {
    let is_number = |range: &(usize, usize)| text[range.0..].starts_with(|c: char| c.is_ascii_digit());
    let numbers: Vec<(usize, usize)> = words(text).into_iter().filter(is_number).collect();
    if numbers.is_empty() {
        return;
    }
    let (start, end) = numbers[chance.below(numbers.len())];
    let old = text[start..end].to_owned();
    let new = match chance.below(4) {
        0 => format!("-{old}"),
        1 => format!("{old}{old}"),
        _ => chance.pick(NUMBERS).to_owned(),
    };
    text.replace_range(start..end, &new);
}

fn brackets(text: &mut String, chance: &mut Chance) {
    let places: Vec<usize> = text.char_indices().filter(|(_, c)| "()[]{}".contains(*c)).map(|(at, _)| at).collect();
    if places.is_empty() {
        return;
    }
    let at = places[chance.below(places.len())];
    let bracket = text[at..=at].to_owned();
    match chance.below(4) {
        0 | 1 => text.replace_range(at..=at, ""),
        2 => text.replace_range(at..=at, chance.pick(&["(", ")", "[", "]", "{", "}"])),
        _ => text.insert_str(at, &bracket.repeat([1, 2, 70, 300, 5000][chance.below(5)])),
    }
}

fn a_line(text: &mut String, corpus: &Corpus, chance: &mut Chance) {
    let mut all = lines(text);
    let (at, other) = (chance.below(all.len()), chance.below(all.len()));
    match chance.below(5) {
        0 => drop(all.remove(at)),
        1 => {
            let line = all[at].clone();
            all.insert(at, line);
        }
        2 => all.swap(at, other),
        3 => {
            let line = all.remove(at);
            all.insert(other.min(all.len()), line);
        }
        _ => {
            let line = corpus.lines[chance.below(corpus.lines.len())].clone();
            if chance.below(2) == 0 {
                all[at] = line;
            } else {
                all.insert(at, line);
            }
        }
    }
    *text = all.join("\n");
}

/// Something happens to a large part of the text.
fn whole(text: &mut String, corpus: &Corpus, chance: &mut Chance) {
    let at = boundary(text, chance.below(text.len() + 1));
    match chance.below(8) {
        0 => text.truncate(at),
        1 => *text = text[at..].to_owned(),
        2 => *text = text.replace('\n', "\r\n"),
        3 => *text = text.replace("    ", "\t"),
        4 => text.push_str(&text.clone()),
        5 => {
            // The head of one, the rest of another.
            let (_, other) = &corpus.specs[chance.below(corpus.specs.len())];
            let from = boundary(other, chance.below(other.len() + 1));
            text.truncate(at);
            text.push_str(&other[from..]);
        }
        6 => {
            // A line as often as there are stages in a deep network, or as lines in none.
            let mut all = lines(text);
            let at = chance.below(all.len());
            let line = format!("{}\n", all[at]);
            all[at] = line.repeat([10, 100, 1000][chance.below(3)]);
            *text = all.join("\n");
        }
        _ => {
            let part = text[at..].chars().take(chance.below(40)).collect::<String>();
            text.insert_str(at, &part.repeat(chance.below(50)));
        }
    }
}

/// The text of a case, with the name of the spec that it was made from.
fn case(number: u64, corpus: &Corpus) -> (String, String) {
    let mut chance = Chance(number.wrapping_mul(0xD1B5_4A32_D192_ED03));
    chance.next();
    let (name, text) = &corpus.specs[number as usize % corpus.specs.len()];
    let mut text = text.clone();
    for _ in 0..[1, 1, 1, 2, 2, 3, 5][chance.below(7)] {
        text = mutate(&text, corpus, &mut chance);
    }
    (name.clone(), text)
}

// ------------------------------------------------------------------------------------------------------------- stages

/// What became of a text.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    lowered: bool,
    checked: bool,
    written: usize,
    refused: usize,
}

/// Puts a text through all stages.
///
/// # Panics
/// If something panics on the way, or is said or written that can't be right.
fn stages(number: u64, name: &str, text: &str, corpus: &Corpus, columns: &Columns) -> Fate {
    let mut fate = Fate::default();
    let mut sources = Sources::default();
    let main = sources.add(name, text);
    let (tree, wrong) = parse::parse(main, text);
    formatted(&tree, wrong.is_empty());

    let mut loader = |_: &str, wanted: &str| {
        let found = corpus.imports.iter().find(|(name, _)| name.ends_with(wanted));
        found.cloned().ok_or_else(|| format!("there is no file `{wanted}`"))
    };
    let (program, findings) = lower(main, &mut sources, &mut loader);
    told(&findings, &sources);
    let Some(program) = program else {
        assert!(findings.iter().any(Diagnostic::is_error), "there is no program, and nothing says why");
        return fate;
    };
    fate.lowered = true;
    let configuration = Configuration::default();
    let (found, findings) = analyse::check(&program, &configuration);
    told(&findings, &sources);
    let Some(found) = found else {
        assert!(findings.iter().any(Diagnostic::is_error), "there is no summary, and nothing says why");
        return fate;
    };
    fate.checked = true;
    let _ = summary::render(&program, &found, &sources, false);
    let _ = dump::dump(&program, &configuration, &sources).to_string();
    let mut programs = Vec::new();
    match number % 3 {
        0 => programs.push(transform::without_randomness(&transform::with_taps(&program, &sources))),
        1 if found.applications < 1000 => match flatten::flatten(&program, &configuration) {
            Ok(flat) => programs.push(flat),
            Err(findings) => told(&findings, &sources),
        },
        _ => {}
    }
    programs.push(program);
    for program in &programs {
        let prepared = match prepare(program, &configuration) {
            Ok(prepared) => prepared,
            Err(findings) => {
                told(&findings, &sources);
                continue;
            }
        };
        let options = Options { spec: "mutated.arch".into(), line_refs: false };
        for column in &columns.frameworks {
            match emit(&prepared, column, &sources, &options) {
                Err(findings) => {
                    assert!(findings.iter().any(Diagnostic::is_error), "{} refuses and does not say why", column.id);
                    told(&findings, &sources);
                    fate.refused += 1;
                }
                Ok(code) => {
                    let text = code.text();
                    if let Err(reason) = python::tokens(&text) {
                        panic!("{}: {reason} in\n{text}", column.id);
                    }
                    fate.written += 1;
                }
            }
        }
    }
    fate
}

/// The formatter gives a text that can be read, and that it leaves as it is.
fn formatted(tree: &hexapla::syntax::ast::File, right: bool) {
    let once = print::print(tree);
    let mut sources = Sources::default();
    let (again, wrong) = parse::parse(sources.add("formatted", once.as_str()), &once);
    if right {
        assert!(wrong.is_empty(), "formatted, it can't be read:\n{}\n{once}", support::findings(&wrong, &sources));
        assert!(print::print(&again) == once, "formatted twice, it is another text:\n{once}");
    }
}

/// Findings can be drawn, have a message and a place.
fn told(findings: &[Diagnostic], sources: &Sources) {
    for finding in findings {
        assert!(!finding.message.trim().is_empty(), "a finding without a message: {finding:?}");
        let Some(place) = finding.primary() else { panic!("a finding without a place: {finding:?}") };
        let text = &sources.file(place.file).text;
        assert!(text.get(place.range()).is_some(), "a finding outside of the text: {finding:?}");
    }
    // Some hundred are drawn as thousands are.
    let shown = &findings[..findings.len().min(50)];
    let _ = diagnostics::render(shown, sources, false);
    let _ = diagnostics::to_json(shown, sources).to_string();
}

/// What became of a text, or how it panicked.
fn fault(number: u64, name: &str, text: &str, corpus: &Corpus, columns: &Columns) -> Result<Fate, String> {
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| stages(number, name, text, corpus, columns)));
    result.map_err(|_| PANIC.with(Cell::take))
}

thread_local! {
    static PANIC: Cell<String> = const { Cell::new(String::new()) };
}

/// Removes what can be removed while the fault stays the same: halves, quarters, .. of the lines, then of the characters.
fn shortened(text: &str, fails: &dyn Fn(&str) -> bool) -> String {
    let mut best = text.to_owned();
    let mut tries = 400;
    for by_line in [true, false] {
        let pieces = |text: &str| -> Vec<String> {
            if by_line {
                text.split_inclusive('\n').map(str::to_owned).collect()
            } else {
                text.chars().map(String::from).collect()
            }
        };
        let mut size = pieces(&best).len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < pieces(&best).len() && tries > 0 {
                tries -= 1;
                let parts = pieces(&best);
                let end = (at + size).min(parts.len());
                let candidate: String = parts[..at].iter().chain(&parts[end..]).map(String::as_str).collect();
                if fails(&candidate) { best = candidate } else { at += size }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }
    best
}

// --------------------------------------------------------------------------------------------------------------- test

/// What the workers tell.
enum Report {
    Done(Fate, Duration),
    Fault { number: u64, name: String, text: String, reason: String },
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// A text as it can be pasted, its rare characters escaped.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for line in text.split('\n').take(60) {
        let line: String = line.chars().take(300).collect();
        let _ = writeln!(shown, "    {}", line.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'"));
    }
    shown
}

#[test]
fn nothing_panics_hangs_or_eats_memory() {
    let corpus = Arc::new(corpus());
    let columns = Arc::new(support::columns());
    let only = number("MUTATIONS_CASE");
    let cases = only.map_or_else(|| 0..number("MUTATIONS_CASES").unwrap_or(CASES), |only| only..only + 1);
    if let Some(only) = only {
        println!("case {only}:\n{}", case(only, &corpus).1);
    }
    let before = panic::take_hook();
    let main = thread::current().id();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == main {
            return before(info);
        }
        let message = info.payload_as_str().unwrap_or("it panicked").to_owned();
        let place = info.location().map_or_else(String::new, ToString::to_string);
        PANIC.with(|text| text.set(format!("{message} ({place})")));
    }));

    let next = Arc::new(AtomicU64::new(cases.start));
    let workers = thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
    // The case of each worker with the time at which it began.
    let busy: Arc<Vec<Busy>> = Arc::new((0..workers).map(|_| Mutex::new(None)).collect());
    let running = Arc::new(AtomicUsize::new(workers));
    let (sender, reports) = mpsc::channel();
    for worker in 0..workers {
        let (corpus, columns, next, busy, sender, running, end) = (
            Arc::clone(&corpus),
            Arc::clone(&columns),
            Arc::clone(&next),
            Arc::clone(&busy),
            sender.clone(),
            Arc::clone(&running),
            cases.end,
        );
        // Not joined: one that hangs would never end.
        thread::spawn(move || {
            let note = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mutations-{worker}.txt"));
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= end {
                    break;
                }
                let (since, cost) = (Instant::now(), ThreadTime::now());
                let _ = fs::write(&note, number.to_string());
                *busy[worker].lock().expect("nobody panics while it is held") = Some((number, since));
                let (name, text) = case(number, &corpus);
                let report = match fault(number, &name, &text, &corpus, &columns) {
                    Ok(_) if cost.elapsed() > PROCESSOR_TIME => Report::Fault {
                        number,
                        name,
                        text,
                        reason: format!("it takes {:.1?} of a processor", cost.elapsed()),
                    },
                    Ok(fate) => Report::Done(fate, cost.elapsed()),
                    Err(reason) => {
                        *busy[worker].lock().expect("nobody panics while it is held") = None;
                        let place = |reason: &str| reason.rsplit(" (").next().unwrap_or("").to_owned();
                        let fails = |text: &str| {
                            fault(number, &name, text, &corpus, &columns)
                                .is_err_and(|other| place(&other) == place(&reason))
                        };
                        let text = shortened(&text, &fails);
                        Report::Fault { number, name, text, reason }
                    }
                };
                if sender.send(report).is_err() {
                    return;
                }
            }
            *busy[worker].lock().expect("nobody panics while it is held") = None;
            let _ = fs::remove_file(note);
            running.fetch_sub(1, Ordering::Relaxed);
        });
    }
    drop(sender);

    let (mut done, mut lowered, mut checked, mut written, mut refused) = (0, 0, 0, 0, 0);
    let mut slowest = Duration::ZERO;
    let mut faults: Vec<String> = Vec::new();
    loop {
        match reports.recv_timeout(Duration::from_millis(200)) {
            Ok(Report::Done(fate, time)) => {
                done += 1;
                lowered += usize::from(fate.lowered);
                checked += usize::from(fate.checked);
                written += fate.written;
                refused += fate.refused;
                slowest = slowest.max(time);
            }
            Ok(Report::Fault { number, name, text, reason }) => {
                let reason: String = reason.chars().take(2000).collect();
                faults.push(format!(
                    "case {number}, made from {name}: {reason}\n{}    (MUTATIONS_CASE={number} cargo test --test mutations)",
                    shown(&text)
                ));
                if faults.len() >= 20 {
                    break;
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        for place in busy.iter() {
            let current = *place.lock().expect("nobody panics while it is held");
            if let Some((number, since)) = current.filter(|(_, since)| since.elapsed() > PATIENCE) {
                let (name, text) = case(number, &corpus);
                panic!(
                    "case {number}, made from {name}, is not done after {} s:\n{}    (MUTATIONS_CASE={number} cargo test --test mutations)",
                    since.elapsed().as_secs(),
                    shown(&text)
                );
            }
        }
    }
    println!(
        "{done} cases: {lowered} are programs, {checked} hold, {written} files were written and {refused} refused; the slowest took {} ms of a processor",
        slowest.as_millis()
    );
    assert!(faults.is_empty(), "{} faults\n\n{}", faults.len(), faults.join("\n\n"));
    assert!(
        only.is_some() || checked * 20 > done,
        "of {done} texts only {checked} still hold: too little reaches the columns"
    );
}
