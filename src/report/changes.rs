//! What changed in generated code, by the lines of the spec.

use super::text::{BAD, DIM, GOOD, PLACE, STRONG, paint};
use crate::emit::Emitted;
use crate::foreign::visible;
use crate::span::{Sources, Span};
use serde::Serialize;
use similar::DiffOp;
use similar::algorithms::{Capture, Compact, Replace, myers};
use std::ops::Range;

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 2;

/// How many stand around a change between two files.
const AROUND: usize = 1;

/// How many lines of one change, or of a difference between two files, are drawn.
const SHOWN: usize = 500;

/// How many lines of the spec are named above a change.
const HEADS: usize = 4;

/// Lines that changed, and those around them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hunk {
    /// The lines of the spec that the changed lines come from; empty for imports, helpers and the like.
    pub spec: Vec<SpecLine>,
    /// The number of the first line in the old text, from 1.
    pub old: usize,
    /// The number of the first line in the new one, from 1.
    pub new: usize,
    /// The lines.
    pub lines: Vec<ChangedLine>,
}

/// A line of a spec.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SpecLine {
    /// The file.
    pub file: String,
    /// The number.
    pub line: u32,
    /// The text, without indentation.
    pub text: String,
}

/// A line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedLine {
    /// What became of it.
    pub change: Change,
    /// Its text.
    pub text: String,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Nothing.
    Kept,
    /// It went.
    Removed,
    /// It came.
    Added,
}

/// What changed between a golden text and the code of today; empty if they are the same (but for the ends of lines).
#[must_use]
pub fn hunks(old: &str, code: &Emitted, sources: &Sources) -> Vec<Hunk> {
    let old: Vec<&str> = old.lines().map(str::trim_end).collect();
    let new: Vec<&str> = code.lines.iter().map(|line| line.text.as_str()).collect();
    groups(&old, &new, CONTEXT).iter().map(|group| hunk(group, &old, &new, code, sources)).collect()
}

/// What became of lines, in groups with as much context as wanted.
///
/// This is `similar::capture_diff_slices` for one algorithm: that function compiles all six, in each crate that calls it.
#[must_use]
pub fn groups(old: &[&str], new: &[&str], context: usize) -> Vec<Vec<DiffOp>> {
    let mut hook = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut hook, old, 0..old.len(), new, 0..new.len());
    similar::group_diff_ops(hook.into_inner().into_inner().into_ops(), context)
}

fn hunk(group: &[DiffOp], old: &[&str], new: &[&str], code: &Emitted, sources: &Sources) -> Hunk {
    let mut lines = Vec::new();
    let mut spec: Vec<SpecLine> = Vec::new();
    let line = |change, text: &&str| ChangedLine { change, text: (*text).to_owned() };
    for op in group {
        if let DiffOp::Equal { .. } = op {
            lines.extend(new[op.new_range()].iter().map(|text| line(Change::Kept, text)));
            continue;
        }
        lines.extend(old[op.old_range()].iter().map(|text| line(Change::Removed, text)));
        lines.extend(new[op.new_range()].iter().map(|text| line(Change::Added, text)));
        for origin in origins(op, code) {
            let file = sources.file(origin.file);
            let number = sources.line(origin);
            let place =
                SpecLine { file: file.name.clone(), line: number, text: file.line_text(number).trim().to_owned() };
            if !spec.contains(&place) {
                spec.push(place);
            }
        }
    }
    let start = |range: std::ops::Range<usize>| range.start + 1;
    Hunk {
        spec,
        old: group.first().map_or(1, |op| start(op.old_range())),
        new: group.first().map_or(1, |op| start(op.new_range())),
        lines,
    }
}

/// The lines of the spec that a change belongs to: those of what came, else of what stands before what went.
fn origins(op: &DiffOp, code: &Emitted) -> Vec<Span> {
    let range = op.new_range();
    let came: Vec<Span> = code.lines[range.clone()].iter().filter_map(|line| line.origin).collect();
    if !came.is_empty() || !range.is_empty() {
        return came;
    }
    let before = range.start.checked_sub(1).and_then(|at| code.lines[at].origin);
    before.or_else(|| code.lines.get(range.start)?.origin).into_iter().collect()
}

/// Draws hunks, each below the lines of the spec that it comes from.
#[must_use]
pub fn render(hunks: &[Hunk], color: bool) -> String {
    let mut text = String::new();
    for hunk in hunks {
        for place in hunk.spec.iter().take(HEADS) {
            let at = paint(&visible(&format!("{}:{}", place.file, place.line)), PLACE, color);
            text.push_str(&format!("  {at}  {}\n", paint(&visible(&place.text), STRONG, color)));
        }
        match hunk.spec.len() {
            0 => text.push_str(&format!("  {}\n", paint("(from no line of the spec)", DIM, color))),
            more if more > HEADS => {
                text.push_str(&format!(
                    "  {}\n",
                    paint(&format!("(and {} more lines of the spec)", more - HEADS), DIM, color)
                ));
            }
            _ => {}
        }
        for line in hunk.lines.iter().take(SHOWN) {
            let (sign, style) = match line.change {
                Change::Kept => (' ', DIM),
                Change::Removed => ('-', BAD),
                Change::Added => ('+', GOOD),
            };
            let line = format!("{sign} {}", visible(&line.text));
            let line = format!("    {}", paint(line.trim_end(), style, color));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        if hunk.lines.len() > SHOWN {
            let more = format!("    ({} more lines)\n", hunk.lines.len() - SHOWN);
            text.push_str(&paint(&more, DIM, color));
        }
        text.push('\n');
    }
    text
}

/// A unified diff, as `diff -u` writes it, of the first lines where there are many.
#[must_use]
pub fn unified(name: &str, old: &str, new: &str, color: bool) -> String {
    // With their ends: a missing newline at the end of a file, or another end of line, is a change as well.
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let mut drawn = 0;
    let mut text = String::new();
    let mut put = |line: &str, style| {
        drawn += 1;
        if drawn > SHOWN {
            return;
        }
        text.push_str(&paint(&visible(line.trim_end_matches(['\r', '\n'])), style, color));
        text.push('\n');
        if line.starts_with(['+', '-', ' ']) && !line.ends_with('\n') {
            text.push_str(&paint("\\ No newline at end of file", DIM, color));
            text.push('\n');
        }
    };
    put(&format!("--- {name}\n"), BAD);
    put(&format!("+++ {name}\n"), GOOD);
    for group in groups(&old, &new, AROUND) {
        let span = |range: fn(&DiffOp) -> Range<usize>| {
            let (first, last) = (group.first().map(range), group.last().map(range));
            lines_of(first.map_or(0, |range| range.start)..last.map_or(0, |range| range.end))
        };
        put(&format!("@@ -{} +{} @@\n", span(DiffOp::old_range), span(DiffOp::new_range)), DIM);
        for op in &group {
            if let DiffOp::Equal { .. } = op {
                new[op.new_range()].iter().for_each(|line| put(&format!(" {line}"), DIM));
            } else {
                old[op.old_range()].iter().for_each(|line| put(&format!("-{line}"), BAD));
                new[op.new_range()].iter().for_each(|line| put(&format!("+{line}"), GOOD));
            }
        }
    }
    if drawn > SHOWN {
        text.push_str(&paint(&format!("({} more lines)\n", drawn - SHOWN), DIM, color));
    }
    text
}

/// Lines in the head of a hunk: the first, and how many if it is not one. No lines are counted from the one before them.
fn lines_of(range: Range<usize>) -> String {
    match range.len() {
        1 => (range.start + 1).to_string(),
        0 => format!("{},0", range.start),
        count => format!("{},{count}", range.start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Line;

    fn code(sources: &mut Sources) -> Emitted {
        let spec = sources.add("m.arch", "model M: x[3] -> y {\n    a = x -> relu\n    y = a -> tanh\n}\n");
        let at = |start: usize| Some(Span::new(spec, start, start + 1));
        let lines = [
            ("import f", None),
            ("", None),
            ("def m(x):", None),
            ("    a = f.relu(x)", at(26)),
            ("    return f.tanh(a)", at(44)),
        ];
        Emitted {
            column: "f".into(),
            file: "m.py".into(),
            model: "M".into(),
            lines: lines.map(|(text, origin)| Line { text: text.into(), origin }).into(),
            helpers: Vec::new(),
            size_parameters: Vec::new(),
        }
    }

    #[test]
    fn a_change_is_headed_by_its_line() {
        let mut sources = Sources::default();
        let code = code(&mut sources);
        assert_eq!(hunks(&code.text(), &code, &sources), []);
        assert_eq!(hunks(&code.text().replace('\n', "\r\n"), &code, &sources), []);
        let found = hunks(&code.text().replace("tanh", "sigmoid"), &code, &sources);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].spec, [SpecLine { file: "m.arch".into(), line: 3, text: "y = a -> tanh".into() }]);
        assert_eq!((found[0].old, found[0].new), (3, 3));
        assert_eq!(
            render(&found, false),
            "  m.arch:3  y = a -> tanh\n      def m(x):\n          a = f.relu(x)\n    -     return f.sigmoid(a)\n    +     return f.tanh(a)\n\n"
        );
    }

    #[test]
    fn what_went_and_what_comes_from_no_line_have_heads_too() {
        let mut sources = Sources::default();
        let code = code(&mut sources);
        let went = hunks(&code.text().replace("    return", "    b = g(a)\n    return"), &code, &sources);
        assert_eq!(went[0].spec[0].line, 2);
        let import = hunks(&code.text().replace("import f", "import g"), &code, &sources);
        assert_eq!(import[0].spec, []);
        assert!(render(&import, false).contains("from no line of the spec"));
    }

    /// A library's diff has the same lines; it is not in the program, as it takes longer to compile than the rest of it.
    #[test]
    fn the_diff_is_a_unified_one() {
        let long: String = (0..40).map(|number| format!("line {number}\n")).collect();
        for (old, new) in [
            ("a\nb\nc\nd\n", "a\nb\nC\nd\n"),
            ("a\nb", "a\nb\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("", "a\n"),
            ("a\nb\n", ""),
            ("a\n\n\nb\n", "a\nb\n"),
            ("b\nc\n", "a\nb\nc\nd\n"),
            (&long, &long.replace("line 7\n", "").replace("line 30", "line thirty")),
        ] {
            let right = similar::TextDiff::from_lines(old, new);
            let right = right.unified_diff().context_radius(AROUND).header("a.arch", "a.arch").to_string();
            let right: String = right.lines().map(|line| format!("{line}\n")).collect();
            assert_eq!(unified("a.arch", old, new, false), right);
        }
    }
}
