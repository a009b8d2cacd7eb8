//! The documentation, tested as code is.
//!
//! - Every block ` ```arch ` is parsed; a whole spec is checked, generated in every column, and has the formatter's style.
//! - `arch,error E0402` must give that code and no other; `arch,file blocks.arch` is a file that later blocks of the page use.
//! - A comment `<!-- in: (n = 3): x[8] -> y -->` above a block says in which model its lines stand.
//! - Every block ` ```console ` is run: `$ command` with what it prints. `console,python` needs a framework and `console,long` a while:
//!   there only the command is looked at.
//! - What stands between `<!-- generated: name -->` and `<!-- end -->` is made here.
//!
//! `UPDATE_DOCS=1 cargo test --test docs` writes what is generated, printed and formatted into the files.

mod support;

use clap::{CommandFactory, Parser};
use hexapla::catalogue::{self, Entry, short_rule, signature};
use hexapla::diagnostic::Diagnostic;
use hexapla::emit::framework::{Columns, Form, Framework, FreeSizes, MapLayout, Operator, Shapes, Status};
use hexapla::emit::{Options, lines_of_code};
use hexapla::ir::analyse;
use hexapla::ir::infer::Configuration;
use hexapla::ir::{Node, NodeKind, Program, Quantity};
use hexapla::ops::{Pattern, library};
use hexapla::project::Spec;
use hexapla::report::patterns;
use hexapla::report::text::{listed, short, wrap_words};
use hexapla::span::FileId;
use hexapla::syntax::ast::ItemKind;
use hexapla::syntax::{parse, print};
use hexapla::{cli, embedded, translate, zoo};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The pages, and whether all their examples are looked at.
const PAGES: [&str; 10] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/language.md",
    "docs/patterns/README.md",
    "docs/columns.md",
    "docs/zoo.md",
    "docs/reliability.md",
    "SECURITY.md",
];

/// Tests that write the same page must not do so at once.
static PEN: Mutex<()> = Mutex::new(());

fn updating() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

fn read(page: &str) -> String {
    fs::read_to_string(Path::new(support::ROOT).join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// Compares a page with what it should be, or makes it so.
fn settle(page: &str, change: impl FnOnce(&str) -> String) {
    let _pen = PEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let old = read(page);
    let new = change(&old);
    if old == new {
        return;
    }
    if updating() {
        fs::write(Path::new(support::ROOT).join(page), new).unwrap_or_else(|error| panic!("{page}: {error}"));
        return;
    }
    let difference = similar::TextDiff::from_lines(&old, &new);
    panic!(
        "{page} is not current; `UPDATE_DOCS=1 cargo test --test docs` makes it so:\n{}",
        difference.unified_diff().context_radius(2)
    );
}

// --------------------------------------------------------------------------------------------------------------- blocks

/// A block of code in a page.
#[derive(Clone, Debug)]
struct Block {
    /// `README.md:12`.
    place: String,
    /// What stands behind the opening fence.
    info: String,
    /// The comment above it, `in: ..`.
    context: Option<String>,
    /// Its lines.
    text: String,
    /// Where its lines lie in the page.
    range: std::ops::Range<usize>,
    /// How far in it stands, as part of a list.
    indent: usize,
}

impl Block {
    /// The language, and what follows it.
    fn kind(&self) -> (&str, &str) {
        self.info.split_once(',').unwrap_or((&self.info, ""))
    }

    /// The error that it shows.
    fn error(&self) -> Option<&str> {
        self.kind().1.strip_prefix("error ")
    }

    /// The file that it is.
    fn file(&self) -> Option<&str> {
        self.kind().1.strip_prefix("file ")
    }
}

fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let (mut context, mut at) = (None, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let (indent, bare) = unindented(line);
        match (&mut open, bare.strip_prefix("```")) {
            (Some(_), Some("")) => {
                let mut block = open.take().expect("it is open");
                block.range.end = at;
                let inner = text[block.range.clone()].lines();
                block.text = inner.map(|line| format!("{}\n", line.get(block.indent..).unwrap_or_default())).collect();
                blocks.push(block);
            }
            (Some(block), Some(_)) => panic!("{page}:{}: a block within the block of {}", number + 1, block.place),
            (Some(_), None) => {}
            (None, Some(info)) => {
                let start = at + line.len();
                let place = format!("{page}:{}", number + 1);
                let (info, context) = (info.to_owned(), context.take());
                open = Some(Block { place, info, context, text: String::new(), range: start..start, indent });
            }
            (None, None) => {
                let comment = bare.strip_prefix("<!-- in: ").and_then(|rest| rest.strip_suffix(" -->"));
                context = comment.map(str::to_owned).or(context.filter(|_| bare.is_empty()));
            }
        }
        at += line.len();
    }
    assert!(
        open.is_none(),
        "{page}: the block of {} is never closed",
        open.map_or_else(String::new, |block| block.place)
    );
    blocks
}

/// Rewrites the blocks of a page; `None` leaves a block as it is.
fn rewritten(page: &str, text: &str, mut change: impl FnMut(&Block) -> Option<String>) -> String {
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for block in blocks(page, text) {
        new.push_str(&text[at..block.range.start]);
        match change(&block) {
            Some(changed) => changed.lines().for_each(|line| new.push_str(&further(block.indent, line))),
            None => new.push_str(&text[block.range.clone()]),
        }
        at = block.range.end;
    }
    new.push_str(&text[at..]);
    new
}

// ------------------------------------------------------------------------------------------------------------- examples

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    /// With a model.
    Spec,
    /// Blocks, defaults, imports.
    Items,
    /// Declarations of patterns.
    Patterns,
    /// Lines of a body.
    Lines,
}

fn what(text: &str) -> What {
    let begins = |words: &[&str]| text.lines().any(|line| words.iter().any(|word| line.starts_with(word)));
    if begins(&["model "]) {
        What::Spec
    } else if begins(&["pattern "]) {
        What::Patterns
    } else if begins(&["block ", "import ", "defaults "]) {
        What::Items
    } else {
        What::Lines
    }
}

/// The text as a file, and whether that is a whole spec.
fn whole(block: &Block) -> (String, bool) {
    match (what(&block.text), &block.context) {
        (What::Spec, _) => (block.text.clone(), true),
        (What::Items | What::Patterns, _) => (block.text.clone(), false),
        (What::Lines, Some(header)) => {
            (format!("model Example{}{header} {{\n{}}}\n", separator(header), indented(&block.text)), true)
        }
        (What::Lines, None) => (format!("block example: x -> x {{\n{}}}\n", indented(&block.text)), false),
    }
}

fn separator(header: &str) -> &'static str {
    if header.starts_with('(') && header.contains("): ") { "" } else { ": " }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}

/// Everything that is found in a spec, on the way to every column.
fn findings(spec: &Spec, columns: &Columns) -> Vec<Diagnostic> {
    let mut found = spec.findings.clone();
    let Some(program) = &spec.program else { return found };
    let configuration = Configuration::default();
    found.extend(analyse::check(program, &configuration).1);
    if found.is_empty() {
        let all: Vec<&Framework> = columns.frameworks.iter().collect();
        match translate::translate(program, &configuration, &all, &spec.sources, &Options::default()) {
            Ok(translations) => found.extend(translations.into_iter().filter_map(|(_, code)| code.err()).flatten()),
            Err(wrong) => found.extend(wrong),
        }
    }
    found
}

fn told(findings: &[Diagnostic]) -> String {
    findings.iter().map(|finding| format!("  {}: {}\n", finding.code, finding.message)).collect()
}

/// Looks at one example; what is wrong with it, if something is.
fn example(block: &Block, folder: &Path, columns: &Columns) -> Result<(), String> {
    let (text, is_spec) = whole(block);
    if let Some(name) = block.file() {
        fs::write(folder.join(name), &text).map_err(|error| error.to_string())?;
    }
    let (file, parsed) = parse::parse(FileId(0), &text);
    if what(&block.text) == What::Patterns {
        for item in &file.items {
            if let ItemKind::Pattern(pattern) = &item.kind {
                Pattern::new(pattern, "example").map_err(|finding| told(&[*finding]))?;
            }
        }
    }
    let found =
        if is_spec { findings(&Spec::from_text(&folder.join("example.arch"), text.clone()), columns) } else { parsed };
    match block.error() {
        None if found.is_empty() => Ok(()),
        None => Err(told(&found)),
        Some(code) if found.is_empty() => Err(format!("  {code} is not given\n")),
        Some(code) if found.iter().any(|finding| finding.code != code) => Err(told(&found)),
        Some(_) => Ok(()),
    }
}

/// An example in the formatter's style.
fn formatted(block: &Block) -> Option<String> {
    let (text, _) = whole(block);
    let (file, findings) = parse::parse(FileId(0), &text);
    if !findings.is_empty() {
        return None;
    }
    let printed = print::print(&file);
    if what(&block.text) != What::Lines {
        return Some(printed);
    }
    let lines: Vec<&str> = printed.lines().collect();
    let body = lines.get(1..lines.len() - 1)?;
    Some(body.iter().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect())
}

#[test]
fn every_example_is_right_or_wrong_as_it_says() {
    let columns = support::columns();
    let mut wrong = String::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for page in PAGES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for block in blocks(page, &read(page)) {
            if block.kind().0 != "arch" {
                continue;
            }
            *counts.entry(page).or_default() += 1;
            if let Err(reason) = example(&block, folder.path(), &columns) {
                let _ = write!(wrong, "{}:\n{reason}", block.place);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(counts["docs/language.md"] > 40 && counts["README.md"] > 0, "{counts:?}");
}

#[test]
fn every_example_has_the_style_of_the_formatter() {
    for page in PAGES {
        settle(page, |text| {
            rewritten(page, text, |block| {
                if block.kind().0 == "arch" && block.error().is_none() { formatted(block) } else { None }
            })
        });
    }
}

#[test]
fn every_block_has_a_language() {
    for page in PAGES {
        for block in blocks(page, &read(page)) {
            let known = ["arch", "console", "sh", "text", "toml", "python", "jinja", "rust", "json"];
            assert!(known.contains(&block.kind().0), "{}: a block of `{}`", block.place, block.info);
        }
    }
}

/// Every link to a file leads to one, and every link to a heading of the page as well.
#[test]
fn links_lead_somewhere() {
    let mut wrong = String::new();
    for page in PAGES {
        let text = read(page);
        let folder = Path::new(page).parent().expect("pages lie in folders");
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default();
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let there = if file.is_empty() { PathBuf::from(page) } else { folder.join(file) };
            let found = Path::new(support::ROOT).join(&there);
            if !found.exists() {
                let _ = writeln!(wrong, "{page}: {target} leads nowhere");
            } else if !heading.is_empty() {
                let text = fs::read_to_string(&found).unwrap_or_default();
                let headings = text.lines().filter(|line| line.starts_with('#')).map(anchor);
                if !headings.into_iter().any(|found| found == heading) {
                    let _ = writeln!(wrong, "{page}: {target}: there is no such heading");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The name that a heading has in links.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter_map(|c| if c == ' ' { Some('-') } else { (c.is_alphanumeric() || "-_".contains(c)).then_some(c) })
        .collect()
}

// ------------------------------------------------------------------------------------------------------------- commands

/// A command of a block with what is printed behind it.
struct Run {
    command: String,
    output: String,
}

fn runs(block: &Block) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), runs.last_mut()) {
            (Some(command), _) => runs.push(Run { command: command.to_owned(), output: String::new() }),
            (None, Some(run)) if run.command.ends_with('\\') => {
                run.command.pop();
                run.command.push_str(line.trim_start());
            }
            (None, Some(run)) => {
                run.output.push_str(line);
                run.output.push('\n');
            }
            (None, None) => panic!("{}: a block of a console begins with `$ `", block.place),
        }
    }
    runs
}

/// The arguments of hexapla in a command; `None` if it is another program's.
fn arguments(command: &str) -> Option<Vec<String>> {
    let command = command.split(" | ").next().unwrap_or(command).split(" > ").next().unwrap_or(command);
    let words: Vec<String> = command.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect();
    let rest = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["hexapla", ..] => 1,
        ["cargo", "run", "--release", "--", ..] => 4,
        ["cargo", "run", "-q", "--", ..] => 4,
        _ => return None,
    };
    Some(words[rest..].to_vec())
}

/// The commands that stand in pages beside hexapla's own.
fn known_elsewhere(command: &str) -> bool {
    let xtask = read("xtask/src/main.rs");
    let alias = fs::read_to_string(Path::new(support::ROOT).join(".cargo/config.toml")).unwrap_or_default();
    match command.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["cargo", "xtask", task, ..] => alias.contains("xtask") && xtask.to_lowercase().contains(task),
        ["cargo", "test", rest @ ..] => rest
            .windows(2)
            .all(|pair| pair[0] != "--test" || Path::new(support::ROOT).join(format!("tests/{}.rs", pair[1])).exists()),
        ["cargo", "bench" | "doc" | "fmt" | "clippy" | "build" | "install", ..] | ["cargo", "insta", "review"] => true,
        ["UPDATE_DOCS=1", "cargo", "test", "--test", "docs"] => true,
        ["python3", "-m", "pip", "install", "uv"] => true,
        ["git", "clone", ..] | ["cd", _] | ["sed", ..] => true,
        _ => false,
    }
}

/// Runs the commands of the pages, each page in a folder of its own with the zoo and its own files in it.
#[cfg(unix)]
#[test]
fn every_command_prints_what_it_says() {
    let mut wrong = String::new();
    for page in PAGES {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(&Path::new(support::ROOT).join("zoo"), &folder.path().join("zoo"));
        copy(&Path::new(support::ROOT).join("examples"), &folder.path().join("examples"));
        settle(page, |text| {
            rewritten(page, text, |block| {
                if let Some(name) = block.file() {
                    fs::write(folder.path().join(name), &block.text).expect("a file can be written");
                }
                let (kind, flags) = block.kind();
                if kind == "sh" {
                    for line in block.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                        check_command(block, line, &mut wrong);
                    }
                }
                if kind != "console" {
                    return None;
                }
                let mut text = String::new();
                for run in runs(block) {
                    check_command(block, &run.command, &mut wrong);
                    let _ = writeln!(text, "$ {}", run.command);
                    if flags.is_empty() {
                        text.push_str(&printed(&run.command, folder.path()));
                    } else {
                        text.push_str(&run.output);
                    }
                }
                Some(text)
            })
        });
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Whether the command is one that exists, with options that exist.
fn check_command(block: &Block, command: &str, wrong: &mut String) {
    let command = command.split("  #").next().unwrap_or(command).trim();
    match arguments(command) {
        Some(arguments) => {
            let all = std::iter::once("hexapla".to_owned()).chain(arguments);
            if let Err(error) = cli::Cli::try_parse_from(all)
                && error.exit_code() != 0
            {
                let _ = writeln!(wrong, "{}: {command}\n{error}", block.place);
            }
        }
        None if known_elsewhere(command) => {}
        None => {
            let _ = writeln!(wrong, "{}: `{command}` is not known", block.place);
        }
    }
}

#[cfg(unix)]
fn copy(from: &Path, to: &Path) {
    let Ok(entries) = fs::read_dir(from) else { return };
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in entries.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a file can be copied");
        }
    }
}

/// What a command prints: both streams, in the order in which they were written.
#[cfg(unix)]
fn printed(command: &str, folder: &Path) -> String {
    let binary = env!("CARGO_BIN_EXE_hexapla");
    let line = command.split("  #").next().unwrap_or(command).trim();
    let line =
        line.strip_prefix("cargo run --release -- ").map_or_else(|| line.to_owned(), |rest| format!("hexapla {rest}"));
    let output = Command::new("sh")
        .args(["-c", &format!("hexapla() {{ '{binary}' \"$@\"; }}; {{ {line}; }} 2>&1")])
        .current_dir(folder)
        .env("COLUMNS", "108")
        .env("NO_COLOR", "1")
        // What was verified on this machine is no part of the documentation.
        .env("HEXAPLA_CACHE", "/nonexistent/hexapla")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap_or_else(|error| panic!("{command}: {error}"));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Every command of the program is spoken of in the README.
#[test]
fn the_readme_names_every_command() {
    let readme = read("README.md");
    for command in cli::Cli::command().get_subcommands() {
        let name = command.get_name();
        assert!(readme.contains(&format!("hexapla {name}")), "README.md does not speak of `hexapla {name}`");
    }
}

// ---------------------------------------------------------------------------------------------------- generated sections

/// Puts generated text into a page, as far in as the comment that asks for it.
fn filled(page: &str, text: &str) -> String {
    let mut new = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        new.push_str(line);
        let (indent, bare) = unindented(line);
        let Some(name) = bare.strip_prefix("<!-- generated: ").and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        let end = lines.find(|line| line.trim() == "<!-- end -->");
        let end = end.unwrap_or_else(|| panic!("{page}: the section `{name}` has no end"));
        new.push('\n');
        for line in section(name).trim().lines() {
            new.push_str(&further(indent, line));
        }
        let _ = write!(new, "\n{end}");
    }
    new
}

/// How far in a line stands, and the line without that and without blanks at its end.
fn unindented(line: &str) -> (usize, &str) {
    let bare = line.trim_start_matches(' ');
    (line.len() - bare.len(), bare.trim_end())
}

fn further(indent: usize, line: &str) -> String {
    if line.is_empty() { "\n".to_owned() } else { format!("{}{line}\n", " ".repeat(indent)) }
}

fn section(name: &str) -> String {
    match name {
        "patterns" => pattern_table(),
        "coverage" => patterns::coverage(&entries().iter().collect::<Vec<_>>()),
        "families" => families(),
        "library" => library_table(),
        "columns" => column_table(),
        "notes" => notes(),
        "zoo" => zoo_table(),
        "zoo variants" => zoo_variants(),
        "zoo references" => zoo_references(),
        "zoo names" => zoo_names(),
        "enet in two columns" => enet_in_two_columns(),
        "framework.toml" => key_table("Settings"),
        "ops.toml" => key_table("Operator"),
        "stages" => stages(),
        other => match other.strip_prefix("file ") {
            Some(path) => file(path),
            None => panic!("there is no generated section `{other}`"),
        },
    }
}

#[test]
fn generated_sections_are_current() {
    for page in PAGES {
        settle(page, |text| filled(page, text));
    }
}

/// The folder of the catalogue: an index, which is written by hand, and a page for each family.
const CATALOGUE: &str = "docs/patterns";

#[test]
fn the_pages_of_the_catalogue_are_current() {
    let entries = entries();
    let all: Vec<&Entry> = entries.iter().collect();
    let mut expected = vec![Path::new(CATALOGUE).join("README.md")];
    for (family, of_it) in patterns::families(&all) {
        let page = format!("{CATALOGUE}/{family}.md");
        let path = Path::new(support::ROOT).join(&page);
        if updating() && !path.exists() {
            fs::write(&path, "").unwrap_or_else(|error| panic!("{page}: {error}"));
        }
        settle(&page, |_| patterns::family_page(family, &of_it));
        expected.push(page.into());
    }
    expected.sort();
    assert_eq!(support::files(Path::new(CATALOGUE), "md", false), expected, "a page of no family");
}

#[test]
fn the_page_of_the_traps_is_current() {
    settle("docs/gotchas.md", |_| patterns::gotchas(hexapla::ops::gotchas::all()));
}

fn entries() -> Vec<Entry> {
    catalogue::catalogue(&support::columns()).unwrap_or_else(|error| panic!("{error}"))
}

/// The families with links to their pages.
fn families() -> String {
    let entries = entries();
    let all: Vec<&Entry> = entries.iter().collect();
    let mut text = String::new();
    for (family, of_it) in patterns::families(&all) {
        let names: Vec<String> = of_it.iter().map(|entry| format!("[{0}]({family}.md#{0})", entry.name)).collect();
        let _ = writeln!(text, "- [{}]({family}.md): {}", patterns::title(family), names.join(", "));
    }
    text
}

/// The blocks that come with the program: what each is, by the first sentence of its documentation.
fn library_table() -> String {
    let mut text = "| file | block | what it is |\n|---|---|---|\n".to_owned();
    for (file, spec) in hexapla::embedded::std() {
        let mut doc: Vec<&str> = Vec::new();
        // A header may go on on the next line.
        let spec = spec.replace(":\n        ", ": ");
        for line in spec.lines() {
            if let Some(said) = line.strip_prefix("/// ") {
                doc.push(said);
                continue;
            }
            if let Some((header, _)) = line.strip_prefix("block ").and_then(|line| line.rsplit_once(" {"))
                && !doc.is_empty()
            {
                let said = doc.join(" ");
                let _ = writeln!(text, "| `std/{file}` | `{}` | {} |", cell(header), cell(&said));
            }
            doc.clear();
        }
    }
    text
}

fn pattern(name: &str) -> std::sync::Arc<Pattern> {
    library::pattern(name).unwrap_or_else(|| panic!("{name} is in the library"))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn pattern_table() -> String {
    let mut text = String::new();
    let mut family = String::new();
    for name in library::names() {
        let pattern = pattern(name);
        if pattern.family != family {
            family.clone_from(&pattern.family);
            let _ = write!(text, "\n**{}**\n\n| pattern | shapes | |\n|---|---|---|\n", patterns::title(&family));
        }
        let rule = cell(&short_rule(&pattern));
        let _ = writeln!(
            text,
            "| `{}` | `{rule}` | {} |",
            cell(&signature(&pattern)),
            cell(&patterns::first_sentence(&pattern.doc.join(" ")))
        );
    }
    text
}

fn entry(column: &Framework, operator: &str) -> Option<std::sync::Arc<Operator>> {
    column.operator(operator).unwrap_or_else(|error| panic!("{error}"))
}

fn status(column: &Framework, operator: &str) -> &'static str {
    match entry(column, operator).as_deref() {
        None => "missing",
        Some(entry) if entry.unsupported.is_some() => "not possible",
        Some(entry) if entry.status == Status::Builtin => "built-in",
        Some(_) => "composed",
    }
}

fn column_table() -> String {
    let columns = support::columns();
    let mut text = String::from("| | ");
    let row = |text: &mut String, head: &str, value: &dyn Fn(&Framework) -> String| {
        let cells: Vec<String> = columns.frameworks.iter().map(value).collect();
        let _ = writeln!(text, "| {head} | {} |", cells.join(" | "));
    };
    let names: Vec<&str> = columns.frameworks.iter().map(|column| column.settings.name.as_str()).collect();
    let _ = write!(text, "{} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    row(&mut text, "name for `--to`", &|column| format!("`{}`", column.id));
    row(&mut text, "verified with", &|column| format!("{} {}", column.settings.package, column.settings.version));
    row(&mut text, "verified in", &|column| column.settings.precision.clone());
    row(&mut text, "a block becomes", &|column| match column.settings.form {
        Form::Class => "a class".into(),
        Form::Function => "a function".into(),
    });
    row(&mut text, "input sizes", &|column| match column.settings.shapes {
        Shapes::Explicit => "given to layers".into(),
        Shapes::Inferred => "found by layers".into(),
    });
    row(&mut text, "channels of a map", &|column| match column.settings.layout {
        MapLayout::ChannelsFirst => "first".into(),
        MapLayout::ChannelsLast => "last".into(),
    });
    row(&mut text, "free sizes", &|column| match column.settings.free_sizes {
        FreeSizes::Tensors => "read from tensors".into(),
        FreeSizes::Parameters => "keywords of the model".into(),
        FreeSizes::ParametersIfRead => "keywords of a model that must know one, else none".into(),
    });
    row(&mut text, "a first `verify` fetches", &|column| column.settings.download.size.clone());
    for (head, wanted) in [
        ("patterns built in", "built-in"),
        ("patterns composed", "composed"),
        ("patterns not possible", "not possible"),
    ] {
        let count = |column: &Framework| library::names().iter().filter(|name| status(column, name) == wanted).count();
        row(&mut text, head, &|column| count(column).to_string());
    }
    text
}

fn notes() -> String {
    let columns = support::columns();
    let mut text = String::new();
    for name in library::names() {
        let mut lines = String::new();
        for column in &columns.frameworks {
            let Some(entry) = entry(column, name) else { continue };
            let said = entry
                .unsupported
                .as_ref()
                .map(|reason| format!("not possible: {reason}"))
                .or_else(|| entry.note.clone());
            let Some(said) = said else { continue };
            let source = match &entry.source {
                Some(source) if source.starts_with("http") => format!(" ([source]({source}))"),
                Some(source) => format!(" (`{source}`)"),
                None => String::new(),
            };
            let _ = writeln!(lines, "- {}: {}{source}", column.settings.name, said.trim());
        }
        if !lines.is_empty() {
            let _ = write!(text, "\n### {name}\n\n{lines}");
        }
    }
    text
}

/// How many networks there are, and their names.
fn zoo_names() -> String {
    let names: Vec<String> = embedded::zoo().map(|(name, _)| format!("[{name}](zoo/{name}.arch)")).collect();
    wrap_words(&format!("{} specs: {}.", names.len(), listed(&names)), 120).join("\n")
}

/// The networks with the lines of their code in each column.
fn zoo_table() -> String {
    let columns = support::columns();
    let all: Vec<&Framework> = columns.frameworks.iter().collect();
    let names: Vec<&str> = all.iter().map(|column| column.settings.name.as_str()).collect();
    let recorded = support::cases::recorded("zoo/verified.json");
    let mut text = format!(
        "| network | paper | claimed | parameters | MACs | spec | {} | verified |\n|---|---|--:|--:|--:|--:|{}---|\n",
        names.join(" | "),
        "--:|".repeat(names.len())
    );
    for subject in support::cases::subjects().iter().filter(|subject| subject.file.starts_with("zoo/")) {
        let (spec, file) = (&subject.spec, subject.spec.file_name());
        let program = support::program(spec);
        let configuration = Configuration::default();
        let summary = analyse::summarise(program, &configuration).unwrap_or_else(|wrong| panic!("{}", told(&wrong)));
        let translations = translate::translate(program, &configuration, &all, &spec.sources, &Options::default());
        let counts: Vec<String> = translations
            .unwrap_or_else(|wrong| panic!("{}", told(&wrong)))
            .into_iter()
            .map(|(_, code)| code.map_or_else(|_| "-".into(), |code| lines_of_code(&code.text()).to_string()))
            .collect();
        let own = lines_of_code(&spec.sources.file(spec.main).text);
        let cited = zoo::citation(&program.model().doc).unwrap_or_else(|| panic!("{file} cites no paper"));
        let cells = recorded.get(&subject.name);
        let agreeing = cells.map_or(0, |cells| cells.len());
        let error = cells.map_or(0.0, |cells| cells.values().map(|cell| cell.max_error).fold(0.0, f64::max));
        let with = if subject.with.is_empty() { String::new() } else { format!(", with {}", subject.with) };
        let _ = writeln!(
            text,
            "| [{name}](../zoo/{file}) | {}, {} ({}) | {} | {} | {} | {own} | {} | {agreeing} columns, {error:.0e}{with} |",
            cell(&cited.paper),
            cited.published,
            cited.year,
            claimed(program, &spec.sources.file(spec.main).text),
            hexapla::diagnostic::grouped(summary.params),
            summary.macs.constant().map_or_else(|| "-".into(), short),
            counts.join(" | "),
            name = subject.name,
        );
    }
    text
}

/// The variants of the networks that have some.
fn zoo_variants() -> String {
    let mut text = "| variant | spec | set | parameters | MACs |\n|---|---|---|--:|--:|\n".to_owned();
    for variant in zoo::variants().iter().filter(|variant| variant.name != variant.spec) {
        let set: Vec<String> = variant.set.iter().map(|(name, value)| format!("`--set {name}={value}`")).collect();
        let _ = writeln!(
            text,
            "| {} | [{spec}](../zoo/{spec}.arch) | {} | {} | {} |",
            variant.name,
            set.join(" "),
            hexapla::diagnostic::grouped(variant.params),
            variant.macs.map_or_else(|| "-".into(), short),
            spec = variant.spec,
        );
    }
    text
}

/// The figure that a spec claims for its parameters, as it is written there.
fn claimed(program: &Program, text: &str) -> String {
    let of_all = |node: &Node| matches!(&node.kind, NodeKind::Claim { quantity: Quantity::Params, row: None, .. });
    let claim = program.model().body.iter().find(|node| of_all(node));
    let written = claim.map(|node| node.span.range().clone()).and_then(|range| text.get(range)).unwrap_or("-");
    written.trim_start_matches("claim params").trim().trim_start_matches('=').trim().to_owned()
}

/// What the references agree with.
fn zoo_references() -> String {
    let pairs: toml::Table = toml::from_str(&read("tests/references/pairs.toml")).expect("it is TOML");
    let mut text = "| reference | spec | column |\n|---|---|---|\n".to_owned();
    for pair in pairs.values() {
        let word = |key: &str| pair.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        let set = pair
            .get("set")
            .and_then(toml::Value::as_table)
            .map_or_else(String::new, |set| set.iter().map(|(name, value)| format!(", {name}={value}")).collect());
        let _ = writeln!(text, "| {} | {}{set} | {} |", word("reference"), word("spec"), word("column"));
    }
    text
}

/// The rows of ENet that are shown, out of what `hexapla diff` prints.
fn enet_in_two_columns() -> String {
    let spec = read("zoo/enet.arch");
    let line = |start: &str| {
        spec.lines().position(|line| line.trim_start().starts_with(start)).expect("it is in the spec") + 1
    };
    let parts = [
        line("initial[")..=line("x[64, 128, 128]       = x -> bottleneck(dropout=0.01)"),
        line("mid    = ")..=line("main = reduce -> conv(mid, 3x3"),
        line("(pool, indices)")..=line("shortcut        ="),
        line("shortcut = (pooled, indices)")..=line("shortcut = (pooled, indices)"),
    ];
    let command = "cargo run --release -- diff zoo/enet.arch pytorch keras";
    let drawn = printed(command, Path::new(support::ROOT));
    let (head, rows) = drawn.split_at(drawn.match_indices('\n').nth(1).expect("there is a head").0 + 1);
    let mut text = format!("```text\n{head}");
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            text.push_str("\n   ...\n\n");
        }
        let shown: Vec<&str> = rows
            .split("\n\n")
            .map(|row| row.trim_matches('\n'))
            .filter(|row| {
                row.split_whitespace()
                    .next()
                    .and_then(|word| word.parse().ok())
                    .is_some_and(|line| part.contains(&line))
            })
            .collect();
        assert!(!shown.is_empty(), "ENet has no rows at {part:?}");
        let _ = writeln!(text, "{}", shown.join("\n\n"));
    }
    text + "```"
}

/// The keys of a TOML file with what `src/emit/framework.rs` says of them.
fn key_table(structure: &str) -> String {
    let source = read("src/emit/framework.rs");
    let mut text = String::from("| key | |\n|---|---|\n");
    let start = format!("pub struct {structure} {{");
    let body = source.split(&start).nth(1).and_then(|rest| rest.split("\n}").next()).expect("it is there");
    let (mut doc, mut optional) = (Vec::new(), false);
    for line in body.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("/// ") {
            doc.push(said.to_owned());
        } else if line.starts_with("#[serde(default") {
            optional = true;
        } else if let Some((name, ty)) = line.strip_prefix("pub ").and_then(|rest| rest.split_once(": ")) {
            let required = if optional || ty.starts_with("Option") { "" } else { " Required." };
            let _ = writeln!(text, "| `{name}` | {}{required} |", cell(&doc.join(" ")));
            (doc, optional) = (Vec::new(), false);
        }
    }
    text
}

/// The table of stages, as it stands in the crate's documentation.
fn stages() -> String {
    let source = read("src/lib.rs");
    let rows = source.lines().filter_map(|line| line.strip_prefix("//! ")).filter(|line| line.starts_with('|'));
    rows.map(|row| format!("{}\n", row.replace("[`", "`").replace("`]", "`"))).collect()
}

/// A file as a block of code.
fn file(path: &str) -> String {
    let language = match path.rsplit('.').next() {
        Some("py") => "python",
        Some("toml") => "toml",
        Some("tera") => "jinja",
        _ => "text",
    };
    format!("```{language}\n{}\n```", read(path).trim_end())
}
