//! Generated code as its snapshots have it: what many files say is said once.
//!
//! The snapshot of a spec has a section for each column. What stands in the file of every column (the spec's documentation) has a section
//! of its own above them. What stands in many files of one column is in the column's snapshot, and a line of the spec's snapshot names it:
//!
//! | line                               | stands for                                                                        |
//! |------------------------------------|-----------------------------------------------------------------------------------|
//! | `# skeleton: NUMBER`               | some lines of `file.tera` without holes                                           |
//! | `# imports: LINE; LINE \| LINE`    | the end of the head and the import lines; `\|` is a blank line                    |
//! | `# helpers: NAME, NAME`            | these helpers, each with two blank lines behind it                                |
//! | `# helper: NAME`                   | this helper alone                                                                 |
//!
//! Architecture Invariant: folding loses nothing. Each folded file is unfolded again and must be the generated text, so what can't be
//! folded exactly stays as it is. Which lines are a helper's is known from the emitter, and each printed helper must have the text that
//! is in the column's snapshot.

use hexapla::emit::Emitted;
use hexapla::emit::framework::{Framework, Helper};

const SKELETON: &str = "# skeleton: ";
const IMPORTS: &str = "# imports: ";
const HELPERS: &str = "# helpers: ";
const HELPER: &str = "# helper: ";

/// What ends the docstring of a file.
const QUOTES: &str = "\"\"\"";

/// What the files of a column have in common.
pub struct Common<'a> {
    column: &'a Framework,
    /// With what its code is verified, as the heads say it: the name, the version.
    verified: String,
    /// The paragraphs of `file.tera` without holes.
    paragraphs: Vec<Vec<&'a str>>,
}

/// What the files of a spec have in common: their first lines, up to the one that tells with what the code is verified.
pub struct Head {
    spec: String,
    lines: Vec<String>,
}

impl Head {
    /// Takes it from the file of a column; none if its head is not as it should be.
    pub fn of(code: &Emitted, spec: &str, common: &Common<'_>) -> Option<Self> {
        let generated = generated(spec, &common.verified);
        let end = code.lines.iter().position(|line| line.text == generated)?;
        let lines = code.lines[..end].iter().map(|line| line.text.clone()).collect();
        Some(Self { spec: spec.to_owned(), lines })
    }

    /// Its section of the snapshot.
    pub fn text(&self) -> String {
        joined(&self.lines) + &generated(&self.spec, "{column}") + "\n"
    }

    /// The lines with which a file of this column begins.
    fn in_column(&self, common: &Common<'_>) -> Vec<String> {
        let mut lines = self.lines.clone();
        lines.extend([generated(&self.spec, &common.verified), String::new()]);
        lines
    }
}

/// The line of a head that tells the versions.
fn generated(spec: &str, verified: &str) -> String {
    format!("Generated from {spec}, verified with {verified}.")
}

fn joined<S: AsRef<str>>(lines: &[S]) -> String {
    lines.iter().fold(String::new(), |text, line| text + line.as_ref() + "\n")
}

impl<'a> Common<'a> {
    /// Of a column.
    pub fn new(column: &'a Framework) -> Self {
        let skeleton = column.file("file.tera").expect("a column has a skeleton of files");
        let prefix = generated("{{ spec }}", "");
        let prefix = prefix.trim_end_matches('.');
        let verified = skeleton.lines().find_map(|line| line.strip_prefix(prefix)?.strip_suffix('.'));
        let verified = verified
            .unwrap_or_else(|| panic!("templates/{}/file.tera has no line `{prefix}..`", column.id))
            .replace("{{ framework.name }}", &column.settings.name)
            .replace("{{ framework.version }}", &column.settings.version);
        let lines: Vec<&str> = skeleton.lines().collect();
        let paragraphs = lines
            .split(|line| line.contains(['{', '}']) || line.contains(QUOTES))
            .filter_map(|run| {
                let first = run.iter().position(|line| !line.is_empty())?;
                let last = run.iter().rposition(|line| !line.is_empty())?;
                // A line on its own takes the blank line behind it along.
                let last = if first == last { last + 1 } else { last };
                Some(run.get(first..=last)?.to_vec())
            })
            .collect();
        Self { column, verified, paragraphs }
    }

    /// The column's snapshot: all that the snapshots of specs only name.
    pub fn text(&self) -> String {
        let mut text = format!("verified with {}\n", self.verified);
        for (at, paragraph) in self.paragraphs.iter().enumerate() {
            text.push_str(&format!("----- skeleton: {}\n{}", at + 1, joined(paragraph)));
        }
        for helper in &self.column.helpers {
            text.push_str(&format!("----- helper: {}\n{}\n", helper.name, helper.text));
        }
        text
    }

    fn helper(&self, name: &str) -> &'a Helper {
        let helper = self.column.helpers.iter().find(|helper| helper.name == name);
        helper.unwrap_or_else(|| panic!("templates/{}/helpers/{name}.py is not there", self.column.id))
    }

    /// Asserts that each helper is printed as it stands in the column's snapshot.
    pub fn assert_helpers(&self, code: &Emitted) {
        for printed in &code.helpers {
            let lines: Vec<&str> = code.lines[printed.lines.clone()].iter().map(|line| line.text.as_str()).collect();
            let expected = &self.helper(&printed.name).text;
            assert_eq!(lines.join("\n"), **expected, "{}: `{}` is not printed as it is", self.column.id, printed.name);
        }
    }

    /// A file as its section of the spec's snapshot.
    pub fn folded(&self, code: &Emitted, head: Option<&Head>) -> String {
        self.assert_helpers(code);
        let lines: Vec<&str> = code.lines.iter().map(|line| line.text.as_str()).collect();
        let definition = |line: &&str| ["def ", "class ", "@", "#"].iter().any(|start| line.starts_with(start));
        let end = match code.helpers.first() {
            Some(helper) => helper.lines.start,
            None => lines.iter().position(definition).unwrap_or(lines.len()),
        };
        let mut folded = self.folded_head(&lines[..end], head);
        let mut at = end;
        let mut open = false;
        for helper in &code.helpers {
            folded.extend(lines[at..helper.lines.start].iter().map(|line| (*line).to_owned()));
            open &= at == helper.lines.start;
            at = helper.lines.end;
            let spaced = lines[at..].starts_with(&["", ""]);
            match folded.last_mut() {
                Some(before) if open && spaced => before.push_str(&format!(", {}", helper.name)),
                _ => folded.push(format!("{}{}", if spaced { HELPERS } else { HELPER }, helper.name)),
            }
            at += if spaced { 2 } else { 0 };
            open = spaced;
        }
        folded.extend(lines[at..].iter().map(|line| (*line).to_owned()));
        let folded = joined(&folded);
        let again = self.unfolded(&folded, head);
        assert_eq!(again, code.text(), "{}: unfolded, it is another text:\n{folded}", self.column.id);
        folded
    }

    /// What stands above the helpers and definitions.
    fn folded_head(&self, mut lines: &[&str], head: Option<&Head>) -> Vec<String> {
        if let Some(start) = head.map(|head| head.in_column(self)).filter(|start| lines.starts_with(&refs(start))) {
            lines = &lines[start.len()..];
        }
        let mut folded: Vec<String> = Vec::new();
        while let Some((first, rest)) = lines.split_first() {
            match self.paragraphs.iter().position(|paragraph| lines.starts_with(paragraph)) {
                Some(at) => {
                    folded.push(format!("{SKELETON}{}", at + 1));
                    lines = &lines[self.paragraphs[at].len()..];
                }
                None => {
                    folded.push((*first).to_owned());
                    lines = rest;
                }
            }
        }
        let Some(quotes) = folded.iter().rposition(|line| line == QUOTES) else { return folded };
        let imports = imports(&folded[quotes + 1..]);
        let exact = |line: &String| read_imports(line).is_some_and(|lines| lines == folded[quotes..]);
        if let Some(imports) = imports.filter(exact) {
            folded.truncate(quotes);
            folded.push(imports);
        }
        folded
    }

    /// The file of a section.
    fn unfolded(&self, section: &str, head: Option<&Head>) -> String {
        let paragraph = |line: String| {
            let number = line.strip_prefix(SKELETON).and_then(|number| number.parse::<usize>().ok());
            let numbered = number.and_then(|number| self.paragraphs.get(number.checked_sub(1)?));
            numbered.map_or_else(|| line.clone() + "\n", |paragraph| joined(paragraph))
        };
        let mut text = String::new();
        if let Some(head) = head.filter(|_| !section.starts_with(QUOTES)) {
            text.push_str(&joined(&head.in_column(self)));
        }
        for line in section.lines() {
            if let Some(lines) = read_imports(line) {
                text.extend(lines.into_iter().map(paragraph));
            } else if let Some(names) = line.strip_prefix(HELPERS) {
                text.extend(names.split(", ").map(|name| format!("{}\n\n\n", self.helper(name).text)));
            } else if let Some(name) = line.strip_prefix(HELPER) {
                text.push_str(&format!("{}\n", self.helper(name).text));
            } else {
                text.push_str(&paragraph(line.to_owned()));
            }
        }
        text
    }
}

fn refs(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// The lines behind the head's quotes as one: a blank line, the imports, two blank lines. If there is only one, that is said.
fn imports(lines: &[String]) -> Option<String> {
    let lines = refs(lines);
    let (lines, end) = match lines.as_slice() {
        ["", lines @ .., "", ""] => (lines, ""),
        ["", lines @ .., ""] => (lines, " |"),
        _ => return None,
    };
    let groups: Vec<String> = lines.split(|line| line.is_empty()).map(|group| group.join("; ")).collect();
    Some(format!("{IMPORTS}{}{end}", groups.join(" | ")))
}

/// The lines for which one with all imports stands, from the head's quotes on.
fn read_imports(line: &str) -> Option<Vec<String>> {
    let line = line.strip_prefix(IMPORTS)?;
    let (line, blank) = line.strip_suffix(" |").map_or((line, 2), |line| (line, 1));
    let groups: Vec<String> = line.split(" | ").map(|group| group.replace("; ", "\n")).collect();
    let text = format!("{QUOTES}\n\n{}{}", groups.join("\n\n"), "\n".repeat(blank));
    Some(text.split('\n').map(str::to_owned).collect())
}
