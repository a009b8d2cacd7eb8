//! The catalogue of patterns: as a table, a page for each pattern, and the pages of the documentation.

use super::table::{Align, Table};
use super::text::{DIM, GOOD, PLACE, STRONG, WARN, paint, shortened, wrap_words};
use crate::catalogue::{Cell, Entry, Support, Verified};
use crate::foreign::visible;
use crate::ops::gotchas::{Gotcha, Severity};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The signs of the table.
const SIGNS: [(Support, &str); 3] = [(Support::Builtin, "●"), (Support::Composed, "○"), (Support::Refused, "-")];

fn sign(support: Support) -> &'static str {
    SIGNS.iter().find(|(other, _)| *other == support).map_or("", |(_, sign)| sign)
}

/// The title of a family.
#[must_use]
pub fn title(family: &str) -> String {
    let mut letters = family.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first sentence of a text.
#[must_use]
pub fn first_sentence(doc: &str) -> String {
    let text = doc.replace('\n', " ");
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    text[..end].to_owned()
}

/// The families, in order, each with its patterns.
pub fn families<'e>(entries: &[&'e Entry]) -> Vec<(&'e str, Vec<&'e Entry>)> {
    let mut families: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for entry in entries {
        match families.iter_mut().find(|(family, _)| *family == entry.family) {
            Some((_, of_it)) => of_it.push(entry),
            None => families.push((&entry.family, vec![entry])),
        }
    }
    families
}

/// The list: a row for each pattern, a sign for each column.
#[must_use]
pub fn list(entries: &[&Entry], wide: usize, color: bool) -> String {
    let Some(first) = entries.first() else { return String::new() };
    let columns: Vec<&str> = first.columns.values().map(|cell| cell.framework.as_str()).collect();
    let longest = entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    let taken = longest + 2 + columns.iter().map(|column| column.len() + 2).sum::<usize>();
    let room = wide.saturating_sub(taken).max(24);
    let mut text = String::new();
    for (family, of_it) in families(entries) {
        let mut heads = vec![(title(family), Align::Left)];
        heads.extend(columns.iter().map(|column| (visible(column).into_owned(), Align::Left)));
        heads.push((String::new(), Align::Left));
        let heads: Vec<(&str, Align)> = heads.iter().map(|(head, align)| (head.as_str(), *align)).collect();
        let mut table = Table::new(&heads);
        for entry in of_it {
            let mut row = vec![format!("{:longest$}", entry.name)];
            row.extend(entry.columns.values().map(|cell| sign(cell.status).to_owned()));
            row.push(shortened(&first_sentence(&entry.doc), room));
            table.row(row);
        }
        text.push_str(&table.render(color));
        text.push('\n');
    }
    let legend: Vec<String> = SIGNS.iter().map(|(support, sign)| format!("{sign} {}", support.word())).collect();
    let legend = format!("{}. `hexapla patterns NAME` shows one in full.", legend.join(", "));
    text.push_str(&paint(&legend, DIM, color));
    text.push('\n');
    text
}

/// One pattern in full.
#[must_use]
pub fn page(entry: &Entry, wide: usize, color: bool) -> String {
    let wrapped = |text: &str| wrap_words(text, wide).join("\n");
    let mut text = format!("{}\n", paint(&entry.signature, STRONG, color));
    let _ = writeln!(text, "{}\n", paint(&entry.shapes, PLACE, color));
    let _ = writeln!(text, "{}", wrapped(&entry.doc.replace('\n', " ")));
    if !entry.elsewhere.is_empty() {
        let _ = writeln!(text, "{}", wrapped(&format!("Elsewhere: {}.", entry.elsewhere.join(", "))));
    }
    if !entry.parameters.is_empty() {
        let mut table = Table::new(&[
            ("parameter", Align::Left),
            ("takes", Align::Left),
            ("default", Align::Left),
            ("", Align::Left),
        ]);
        let longest = entry.parameters.iter().map(|parameter| parameter.name.len() + parameter.takes.len()).max();
        let room = wide.saturating_sub(longest.unwrap_or(0) + 18).max(30);
        for parameter in &entry.parameters {
            let default = parameter.default.clone().unwrap_or_else(|| "required".into());
            for (at, line) in wrap_words(&parameter.doc, room).into_iter().enumerate() {
                match at {
                    0 => table.row([parameter.name.clone(), parameter.takes.replace('`', ""), default.clone(), line]),
                    _ => table.row([String::new(), String::new(), String::new(), line]),
                }
            }
        }
        let _ = write!(text, "\n{}", table.render(color));
    }
    let facts = facts(entry);
    if !facts.is_empty() {
        text.push('\n');
        for fact in facts {
            let _ = writeln!(text, "{}", wrapped(&fact));
        }
    }
    for gotcha in &entry.gotchas {
        let _ = writeln!(text, "\n{} ({})", paint(&gotcha.id, WARN, color), gotcha.severity.word());
        for line in wrap_words(&gotcha.says, wide.saturating_sub(4)) {
            let _ = writeln!(text, "    {line}");
        }
    }
    if !entry.gotchas.is_empty() {
        let _ = writeln!(text, "    {}", paint("`hexapla explain` tells more of each", DIM, color));
    }
    let _ = writeln!(text, "\n{}", paint(&entry.example.join("\n"), STRONG, color));
    for cell in entry.columns.values() {
        let _ = write!(text, "\n{}\n", head(cell, color));
        for line in cell.code.lines() {
            let _ = writeln!(text, "    {}", visible(line));
        }
        for said in cell.reason.iter().chain(&cell.note) {
            for line in wrap_words(&visible(said), wide.saturating_sub(4)) {
                let _ = writeln!(text, "    {}", paint(&line, DIM, color));
            }
        }
    }
    text
}

fn head(cell: &Cell, color: bool) -> String {
    let style = if cell.status == Support::Builtin { GOOD } else { WARN };
    let status = paint(cell.status.word(), style, color);
    let verified = cell.verified.as_ref().map_or_else(String::new, |found| format!(", {}", verified(found)));
    format!("{}: {status}{verified}", paint(&visible(&cell.framework), STRONG, color))
}

/// `verified in float64 with 2.15.0, inference and training, largest error 8.8e-16`.
fn verified(found: &Verified) -> String {
    format!(
        "verified in {} with {}, {}, largest error {:.1e}",
        found.precision,
        found.version,
        super::text::listed(&found.modes),
        found.max_error
    )
}

/// What else a declaration says, a sentence each.
pub(super) fn facts(entry: &Entry) -> Vec<String> {
    let code = |text: &String| format!("`{text}`");
    let mut facts = Vec::new();
    if !entry.weights.is_empty() {
        facts.push(format!("Weights: {}.", entry.weights.join(", ")));
    }
    if !entry.required.is_empty() {
        let required: Vec<String> = entry.required.iter().map(code).collect();
        facts.push(format!("Required: {}.", required.join(", ")));
    }
    for asked in &entry.asked {
        let choices: Vec<String> = asked.choices.iter().map(code).collect();
        facts.push(format!("Asked when `{}`: {}.", asked.when, choices.join(", ")));
    }
    if let Some(macs) = &entry.macs {
        facts.push(format!("Multiply-accumulates: `{macs}`."));
    }
    facts.extend(entry.training.clone());
    facts
}

/// The list as data.
#[must_use]
pub fn to_json(entries: &[&Entry]) -> Value {
    json!(entries)
}

// ------------------------------------------------------------------------------------------------------------ documentation

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The page of a family, in Markdown.
#[must_use]
pub fn family_page(family: &str, entries: &[&Entry]) -> String {
    let mut text = format!("# {}\n\n", title(family));
    let links: Vec<String> = entries.iter().map(|entry| format!("[{0}](#{0})", entry.name)).collect();
    let _ = writeln!(text, "{}\n\nHow to read this page is said in [the index](README.md).", links.join(", "));
    for entry in entries {
        let _ = write!(text, "\n## {}\n\n{}\n\n", entry.name, entry.doc);
        let _ = write!(text, "```text\n{}\n{}\n```\n", entry.signature, entry.shapes);
        if !entry.parameters.is_empty() {
            text.push_str("\n| parameter | takes | default | |\n|---|---|---|---|\n");
            for parameter in &entry.parameters {
                let default =
                    parameter.default.as_ref().map_or_else(|| "required".into(), |value| format!("`{value}`"));
                let doc = cell(&parameter.doc);
                let _ = writeln!(text, "| `{}` | {} | {default} | {doc} |", parameter.name, parameter.takes);
            }
        }
        for fact in facts(entry) {
            let _ = write!(text, "\n{fact}\n");
        }
        if !entry.elsewhere.is_empty() {
            let _ = write!(text, "\nElsewhere: {}.\n", entry.elsewhere.join(", "));
        }
        for gotcha in &entry.gotchas {
            let id = &gotcha.id;
            let _ = write!(text, "\n[{id}](../gotchas.md#{id}): {}\n", gotcha.says);
        }
        let _ = write!(text, "\n```text\n{}\n```\n", entry.example.join("\n"));
        for cell in entry.columns.values() {
            let verified = cell.verified.as_ref().map_or_else(String::new, |found| format!(", {}", verified(found)));
            let _ = write!(text, "\n**{}**: {}{verified}\n", cell.framework, cell.status.word());
            if !cell.code.is_empty() {
                let _ = write!(text, "\n```python\n{}\n```\n", cell.code);
            }
            for said in cell.reason.iter().chain(&cell.note) {
                let source = match &cell.source {
                    Some(source) if source.starts_with("http") => format!(" ([source]({source}))"),
                    Some(source) => format!(" (`{source}`)"),
                    None => String::new(),
                };
                let _ = write!(text, "\n{said}{source}\n");
            }
        }
    }
    text
}

/// The coverage table, in Markdown: pattern by column, with the largest error of the last verification.
#[must_use]
pub fn coverage(entries: &[&Entry]) -> String {
    let Some(first) = entries.first() else { return String::new() };
    let names: Vec<&str> = first.columns.values().map(|cell| cell.framework.as_str()).collect();
    let mut text = format!("| pattern | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for entry in entries {
        let cells = entry.columns.values().map(|cell| {
            let error = cell.verified.as_ref().map_or_else(String::new, |found| {
                let single = if found.precision == "float64" { "" } else { " in float32" };
                format!(" {:.0e}{single}", found.max_error)
            });
            format!("{}{error}", cell.status.word())
        });
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(text, "| [{0}]({1}.md#{0}) | {2} |", entry.name, entry.family, cells.join(" | "));
    }
    text
}

/// The page of all traps, in Markdown.
#[must_use]
pub fn gotchas(all: &[Gotcha]) -> String {
    let severe = all.iter().filter(|gotcha| gotcha.severity == Severity::Severe).count();
    let shown = all.iter().filter(|gotcha| !gotcha.naive.is_empty()).count();
    let mut text = format!(
        "# What frameworks do differently without telling\n\n{} traps for those who translate line by line, {severe} of them severe. For {shown} of them the tests in the real frameworks make\nthe naive translation and assert that the verification names its line. `hexapla explain ID` prints one.\n",
        all.len()
    );
    for gotcha in all {
        let _ = write!(text, "\n## {}\n\n{} {}\n", gotcha.id, gotcha.says, gotcha.ignored);
        let _ = write!(text, "\nWhat the columns do: {}\n", gotcha.emitted);
        if !gotcha.patterns.is_empty() {
            let names: Vec<String> = gotcha.patterns.iter().map(|name| format!("`{name}`")).collect();
            let _ = write!(text, "\nConcerns {}. ", names.join(", "));
        } else {
            text.push('\n');
        }
        let source = if gotcha.source.starts_with("http") {
            format!("[Source]({})", gotcha.source)
        } else {
            format!("Source: {}", gotcha.source)
        };
        let _ = writeln!(text, "{source}. {}.", title(gotcha.severity.word()));
        for naive in &gotcha.naive {
            let _ = write!(text, "\nShown by: {}, in `{}`.\n", naive.what, naive.column);
        }
        if let Some(because) = &gotcha.because {
            let _ = write!(text, "\nNot shown: {because}.\n");
        }
    }
    text
}

/// One trap, for the terminal.
#[must_use]
pub fn gotcha(gotcha: &Gotcha, wide: usize, color: bool) -> String {
    let mut text = format!("{} ({})\n", paint(&gotcha.id, STRONG, color), gotcha.severity.word());
    let because = gotcha.because.as_ref().map(|because| format!("Not shown by a test: {because}."));
    let parts = [
        Some(gotcha.says.clone()),
        Some(format!("If ignored: {}", gotcha.ignored)),
        Some(format!("What the columns do: {}", gotcha.emitted)),
        (!gotcha.patterns.is_empty()).then(|| format!("Concerns {}.", gotcha.patterns.join(", "))),
        (!gotcha.naive.is_empty()).then(|| {
            let shown: Vec<&str> = gotcha.naive.iter().map(|naive| naive.what.as_str()).collect();
            format!("Shown by the tests: {}.", shown.join("; "))
        }),
        because,
        Some(format!("Source: {}", gotcha.source)),
    ];
    for part in parts.into_iter().flatten() {
        let _ = write!(text, "\n{}\n", wrap_words(&part, wide).join("\n"));
    }
    text
}
