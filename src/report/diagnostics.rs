//! Diagnostics for eyes and for programs.
//!
//! [`render`] draws them as rustc does, with the lines they speak of; [`to_json`] gives the same as data, for
//! editors and agents.
//!
//! Architecture Invariant: a pure view. Nothing is decided, sorted out or left away here; what a diagnostic says
//! was said where it was made. Only as much of a text is handed to the drawing as a diagnostic speaks of, so that
//! many findings in a large text stay cheap.

use crate::diagnostic::{Diagnostic, Fix, Label, Severity};
use crate::foreign::visible_beyond_ascii;
use crate::span::{FileId, SourceFile, Sources, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet, normalize_untrusted_str};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::ops::Range;

/// Draws diagnostics one below the other, as rustc does; empty if there are none.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&renderer.render(&report(diagnostic, sources)));
        text.push('\n');
    }
    text
}

/// The groups of one diagnostic: itself with its labels and help, then each of its fixes.
fn report<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(visible_beyond_ascii(&diagnostic.message))
        .id(diagnostic.code)
        .elements(snippets(diagnostic, sources));
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(&visible_beyond_ascii(help))));
    }
    let mut groups = vec![group];
    for fix in &diagnostic.fixes {
        let file = sources.file(fix.span.file);
        let window = Window::around(file, [fix.span]);
        let patch = Patch::new(window.range(fix.span), visible_beyond_ascii(&fix.replacement));
        let path = visible_beyond_ascii(&file.name);
        let snippet = Snippet::source(window.shown()).line_start(window.line).path(path).patch(patch);
        let title = normalize_untrusted_str(&visible_beyond_ascii(&fix.title));
        groups.push(Level::HELP.secondary_title(title).element(snippet));
    }
    groups
}

/// One snippet for each file that the labels lie in, that of the first primary label first.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let mut files: Vec<FileId> = diagnostic.primary().map(|span| span.file).into_iter().collect();
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
        .into_iter()
        .map(|id| {
            let file = sources.file(id);
            let here = || diagnostic.labels.iter().filter(move |label| label.span.file == id);
            let window = Window::around(file, here().map(|label| label.span));
            let annotations = here().map(|label| {
                let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                let annotation = kind.span(window.range(label.span));
                if label.text.is_empty() { annotation } else { annotation.label(visible_beyond_ascii(&label.text)) }
            });
            let path = visible_beyond_ascii(&file.name);
            Snippet::source(window.shown()).line_start(window.line).path(path).annotations(annotations)
        })
        .collect()
}

/// Some lines of a text.
struct Window<'a> {
    text: &'a str,
    /// The number of the first of them.
    line: usize,
    /// The offset of its first byte.
    start: usize,
}

impl<'a> Window<'a> {
    /// The lines that hold the spans, and the two before and behind them.
    fn around(file: &'a SourceFile, spans: impl IntoIterator<Item = Span>) -> Self {
        let text = file.text.as_str();
        let (mut first, mut last) = (text.len(), 0);
        for span in spans {
            first = first.min(span.start as usize);
            last = last.max(span.end as usize);
        }
        let first = boundary(text, first.min(last));
        let last = boundary(text, last);
        let start = text[..first].rmatch_indices('\n').nth(2).map_or(0, |(at, _)| at + 1);
        let end = text[last..].match_indices('\n').nth(2).map_or(text.len(), |(at, _)| last + at);
        Self { text: &text[start..end], line: file.line(start as u32) as usize, start }
    }

    /// The lines as they are drawn.
    fn shown(&self) -> Cow<'a, str> {
        visible_beyond_ascii(self.text)
    }

    /// Where a span of the whole text lies in what is drawn.
    fn range(&self, span: Span) -> Range<usize> {
        let place = |offset: u32| {
            let at = boundary(self.text, (offset as usize).saturating_sub(self.start));
            visible_beyond_ascii(&self.text[..at]).len()
        };
        let start = place(span.start);
        start..place(span.end).max(start)
    }
}

/// The nearest offset at or before `at` on which a character begins.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Diagnostics as data: an array of objects with `code`, `severity`, `message`, `labels`, `help` and `fixes`.
///
/// Lines and columns count from 1, columns in characters; `end` is the place behind the last character, `bytes` the
/// same range as byte offsets.
#[must_use]
pub fn to_json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let label = |label: &Label| {
        let mut value = place(label.span, sources);
        value["text"] = json!(label.text);
        value["primary"] = json!(label.primary);
        value
    };
    let fix = |fix: &Fix| {
        let mut value = json!({ "title": fix.title });
        if let (Some(value), Value::Object(place)) = (value.as_object_mut(), place(fix.span, sources)) {
            value.extend(place);
        }
        value["replacement"] = json!(fix.replacement);
        value
    };
    diagnostics
        .iter()
        .map(|diagnostic| {
            json!({
                "code": diagnostic.code,
                "severity": diagnostic.severity,
                "message": diagnostic.message,
                "labels": diagnostic.labels.iter().map(label).collect::<Vec<_>>(),
                "help": diagnostic.help,
                "fixes": diagnostic.fixes.iter().map(fix).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn place(span: Span, sources: &Sources) -> Value {
    let file = sources.file(span.file);
    let (line, column) = file.line_column(span.start);
    let (end_line, end_column) = file.line_column(span.end);
    json!({
        "file": file.name,
        "line": line,
        "column": column,
        "end": { "line": end_line, "column": end_column },
        "bytes": [span.start, span.end],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    fn example() -> (Vec<Diagnostic>, Sources) {
        let mut sources = Sources::default();
        let a = sources.add("a.arch", "model A: x -> y {\n    y = x -> covn(64)\n}\n");
        let b = sources.add("b.arch", "// é\nblock covnet: x -> y {\n}");
        let diagnostics = vec![
            Diagnostic::error(codes::UNKNOWN_PATTERN, "there is no pattern `covn`")
                .at(Span::new(a, 31, 35), "not known")
                .because(Span::new(b, 12, 18), "this is near")
                .help("look at the list of patterns")
                .fix("write `conv`", Span::new(a, 31, 35), "conv"),
            Diagnostic::warning(codes::UNUSED, "nothing uses this").at(Span::new(a, 39, 39), ""),
        ];
        (diagnostics, sources)
    }

    #[test]
    fn drawn_as_rustc_does() {
        let (diagnostics, sources) = example();
        insta::assert_snapshot!(render(&diagnostics, &sources, false), @r#"
        error[E0202]: there is no pattern `covn`
         --> a.arch:2:14
          |
        2 |     y = x -> covn(64)
          |              ^^^^ not known
          |
         ::: b.arch:2:7
          |
        2 | block covnet: x -> y {
          |       ------ this is near
          |
          = help: look at the list of patterns
        help: write `conv`
          |
        2 -     y = x -> covn(64)
        2 +     y = x -> conv(64)
          |

        warning[E0204]: nothing uses this
         --> a.arch:2:22
          |
        2 |     y = x -> covn(64)
          |                      ^
        "#);
    }

    #[test]
    fn colors_are_optional() {
        let (diagnostics, sources) = example();
        assert!(render(&diagnostics, &sources, true).contains("\u{1b}["));
        assert!(!render(&diagnostics, &sources, false).contains('\u{1b}'));
        assert_eq!(render(&[], &sources, true), "");
    }

    #[test]
    fn the_same_as_data() {
        let (diagnostics, sources) = example();
        insta::assert_json_snapshot!(to_json(&diagnostics[..1], &sources), @r#"
        [
          {
            "code": "E0202",
            "severity": "error",
            "message": "there is no pattern `covn`",
            "labels": [
              {
                "file": "a.arch",
                "line": 2,
                "column": 14,
                "end": {
                  "line": 2,
                  "column": 18
                },
                "bytes": [
                  31,
                  35
                ],
                "text": "not known",
                "primary": true
              },
              {
                "file": "b.arch",
                "line": 2,
                "column": 7,
                "end": {
                  "line": 2,
                  "column": 13
                },
                "bytes": [
                  12,
                  18
                ],
                "text": "this is near",
                "primary": false
              }
            ],
            "help": [
              "look at the list of patterns"
            ],
            "fixes": [
              {
                "title": "write `conv`",
                "file": "a.arch",
                "line": 2,
                "column": 14,
                "end": {
                  "line": 2,
                  "column": 18
                },
                "bytes": [
                  31,
                  35
                ],
                "replacement": "conv"
              }
            ]
          }
        ]
        "#);
    }

    #[test]
    fn odd_spans_are_drawn() {
        let mut sources = Sources::default();
        let id = sources.add("odd.arch", "é\u{1b}[31m\r\n\tx");
        let empty = sources.add("empty.arch", "");
        // Inside of a character, behind the end, empty, the wrong way round, in an empty text.
        let ends = [(1, 1), (0, 400), (400, 500), (5, 2), (0, 0)];
        for (start, end) in ends {
            for file in [id, empty] {
                let diagnostic = Diagnostic::error(codes::SYNTAX, "odd \u{1b}[31m")
                    .at(Span::new(file, start, end), "here")
                    .fix("mend \u{1b}[31m", Span::new(file, start, end), "y");
                assert!(!render(&[diagnostic], &sources, false).contains('\u{1b}'));
            }
        }
    }
}
