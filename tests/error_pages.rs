//! Every page of `docs/errors` is true: its wrong example gives exactly the message it shows, with its code, and its mended example gives
//! none.
//!
//! `HEXAPLA_BLESS=1 cargo test --test error_pages` writes the messages into the pages.

use hexapla::diagnostic::{Diagnostic, codes};
use hexapla::ir::analyse::check;
use hexapla::ir::infer::Configuration;
use hexapla::ir::lower::lower;
use hexapla::report::diagnostics::render;
use hexapla::span::Sources;
use hexapla::syntax::{parse, print};
use hexapla::{embedded, translate};
use std::fs;
use std::path::PathBuf;

/// A fenced block: what stands behind its fence, its text, and where that lies in the page.
struct Block<'a> {
    info: &'a str,
    text: &'a str,
    start: usize,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(fence) = page[at..].find("```").map(|found| at + found) {
        let start = page[fence..].find('\n').map(|end| fence + end + 1).expect("a fence is followed by a line");
        let end = page[start..].find("```").map(|end| start + end).expect("a fence is closed");
        blocks.push(Block { info: page[fence + 3..start].trim(), text: &page[start..end], start });
        at = end + 3;
    }
    blocks
}

/// Everything that can be said of a spec: as it is read, checked, and written in every column.
fn findings(text: &str, others: &[Block<'_>]) -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let main = sources.add("net.arch", text);
    let mut loader = |_: &str, wanted: &str| {
        let found = others.iter().find(|other| other.info.split(' ').nth(1) == Some(wanted));
        found
            .map(|other| (wanted.to_owned(), other.text.to_owned()))
            .ok_or_else(|| format!("there is no file `{wanted}`"))
    };
    let (program, mut findings) = lower(main, &mut sources, &mut loader);
    let Some(program) = program else { return (findings, sources) };
    let configuration = Configuration::default();
    findings.extend(check(&program, &configuration).1);
    if findings.is_empty() {
        let columns = embedded::columns().expect("the built-in columns can be read");
        let all: Vec<_> = columns.frameworks.iter().collect();
        match translate::translate(&program, &configuration, &all, &sources, &Default::default()) {
            Err(wrong) => findings.extend(wrong),
            Ok(translations) => findings.extend(translations.into_iter().filter_map(|(_, code)| code.err()).flatten()),
        }
    }
    (findings, sources)
}

fn check_page(code: &str, page: &str) -> Result<String, String> {
    if !page.starts_with(&format!("# {code}: ")) {
        return Err(format!("the page begins with `# {code}: ` and a title"));
    }
    if let Some(line) = page.lines().find(|line| line.contains(". ") && line.chars().count() > 140) {
        return Err(format!("a line is too long: {line}"));
    }
    let all = blocks(page);
    let [wrong, message, mended, others @ ..] = all.as_slice() else {
        return Err("a page has a wrong example, its message and a mended example".into());
    };
    if (wrong.info, message.info, mended.info) != ("arch", "text", "arch") {
        return Err(format!(
            "the blocks are arch, text, arch; found {}, {}, {}",
            wrong.info, message.info, mended.info
        ));
    }
    let (found, sources) = findings(wrong.text, others);
    if !found.iter().any(|finding| finding.code == code) {
        return Err(format!("the wrong example gives {found:#?}"));
    }
    let shown = render(&found, &sources, false);
    let (left, _) = findings(mended.text, others);
    if !left.is_empty() {
        return Err(format!("the mended example gives {left:#?}"));
    }
    let mut ids = Sources::default();
    let formatted = print::print(&parse::parse(ids.add("net.arch", mended.text), mended.text).0);
    if formatted != mended.text {
        return Err(format!("the mended example is not formatted; it should be\n{formatted}"));
    }
    let end = message.start + message.text.len();
    Ok(format!("{}{}{}", &page[..message.start], shown, &page[end..]))
}

#[test]
fn every_page_is_true() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/errors");
    let bless = std::env::var_os("HEXAPLA_BLESS").is_some();
    let mut wrong = Vec::new();
    for code in codes::ALL {
        let path = folder.join(format!("{code}.md"));
        let Ok(page) = fs::read_to_string(&path) else {
            wrong.push(format!("{code}: there is no page {}", path.display()));
            continue;
        };
        match check_page(code, &page) {
            Err(reason) => wrong.push(format!("{code}: {reason}")),
            Ok(right) if right != page && bless => fs::write(&path, right).expect("the page can be written"),
            Ok(right) if right != page => {
                let diff = similar::TextDiff::from_lines(page.as_str(), right.as_str());
                wrong.push(format!("{code}: the message is another one\n{}", diff.unified_diff()));
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn there_is_no_page_without_a_code() {
    let pages: Vec<&str> = embedded::pages().map(|(code, _)| code).collect();
    assert_eq!(pages, codes::ALL);
}
