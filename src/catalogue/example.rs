//! A pattern's worked example: from its lines to a spec, and to the code of each column.

use crate::emit::Options;
use crate::emit::framework::Columns;
use crate::hash::HashMap;
use crate::ir::infer::Configuration;
use crate::ir::lower::lower;
use crate::ops::Pattern;
use crate::span::Sources;
use crate::translate::translate;

/// The model that a worked example is: `y = image[3, 32, 32] -> relu` has the input `image[3, 32, 32]` and the output `y`.
///
/// Lines before the last one make what the last one takes; a `block` and a `shared` instance are what they are in a spec.
#[must_use]
pub fn spec(lines: &[String]) -> String {
    let (mut inputs, mut body, mut outputs, mut blocks) = (Vec::new(), String::new(), String::new(), String::new());
    let mut inside = false;
    for line in lines {
        inside |= line.starts_with("block ");
        if inside {
            blocks.push_str(&format!("{line}\n"));
            inside = line != "}";
            continue;
        }
        if line.starts_with("shared ") {
            body.push_str(&format!("    {line}\n"));
            continue;
        }
        let (targets, flow) = line.split_once(" = ").unwrap_or(("y", line));
        let (head, stages) = flow.split_at(flow.find(" -> ").unwrap_or(flow.len()));
        let head = taken_out(head, &mut inputs);
        body.push_str(&format!("    {targets} = {head}{stages}\n"));
        let names = targets.trim_matches(['(', ')']).split(", ").filter(|name| *name != "_");
        outputs = names.collect::<Vec<_>>().join(", ");
    }
    format!("model Example: ({}) -> ({outputs}) {{\n{body}}}\n{blocks}", inputs.join(", "))
}

/// What flows, with names alone; the tensors that have a shape are inputs.
fn taken_out(head: &str, inputs: &mut Vec<String>) -> String {
    let mut text = String::new();
    let mut rest = head;
    while let Some(open) = rest.find('[') {
        let close = rest[open..].find(']').map_or(rest.len(), |at| open + at + 1);
        let name = rest[..open].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        // The kind and the bound belong to the input: up to the next sign that can't.
        let kind = rest[close..].find([',', ')', '+', '-', '*', '/']).map_or(rest.len(), |at| close + at);
        let kind = close + rest[close..kind].trim_end().len();
        inputs.push(rest[name..kind].to_owned());
        text.push_str(&rest[..open]);
        rest = &rest[kind..];
    }
    text + rest
}

/// The code of each column for the example: the lines that come from it, or why there are none.
pub(super) fn translated(pattern: &Pattern, columns: &Columns) -> HashMap<String, Result<String, String>> {
    if pattern.example.is_empty() {
        return HashMap::default();
    }
    let mut sources = Sources::default();
    let main = sources.add("example.arch", spec(&pattern.example));
    let (program, findings) = lower(main, &mut sources, &mut |_, path| Err(format!("there is no `{path}`")));
    let all: Vec<_> = columns.frameworks.iter().collect();
    let configuration = Configuration::default();
    let translations = match &program {
        Some(program) => translate(program, &configuration, &all, &sources, &Options::default()),
        None => Err(findings),
    };
    let translations = match translations {
        Ok(translations) => translations,
        Err(findings) => {
            let reason = findings.first().map_or_else(String::new, |finding| finding.message.clone());
            return columns.names().into_iter().map(|id| (id.to_owned(), Err(reason.clone()))).collect();
        }
    };
    let own = |code: crate::emit::Emitted| {
        let lines: Vec<_> = code.lines.iter().filter(|line| line.origin.is_some()).collect();
        let blanks = |text: &str| text.len() - text.trim_start_matches(' ').len();
        let common = lines.iter().map(|line| blanks(&line.text)).min().unwrap_or(0);
        lines.iter().map(|line| line.text.get(common..).unwrap_or("")).collect::<Vec<_>>().join("\n")
    };
    translations
        .into_iter()
        .map(|(column, code)| {
            let reason = |findings: Vec<crate::diagnostic::Diagnostic>| {
                findings.first().map_or_else(String::new, |finding| finding.message.clone())
            };
            (column.id.clone(), code.map(own).map_err(reason))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> String {
        spec(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_shape_makes_an_input() {
        assert_eq!(
            of(&["y = image[3, 32, 32] -> conv(16, 3x3)"]),
            "model Example: (image[3, 32, 32]) -> (y) {\n    y = image -> conv(16, 3x3)\n}\n"
        );
        assert_eq!(
            of(&["y = (a[4, 8], b[4, 8]) -> concat"]),
            "model Example: (a[4, 8], b[4, 8]) -> (y) {\n    y = (a, b) -> concat\n}\n"
        );
        assert_eq!(
            of(&["y = a[4, 8] * b[4, 8] - 1"]),
            "model Example: (a[4, 8], b[4, 8]) -> (y) {\n    y = a * b - 1\n}\n"
        );
        assert_eq!(
            of(&["y = tokens[12] int < 100 -> embedding(100, 8)"]),
            "model Example: (tokens[12] int < 100) -> (y) {\n    y = tokens -> embedding(100, 8)\n}\n"
        );
    }

    #[test]
    fn the_last_line_gives_the_outputs() {
        assert_eq!(
            of(&["(top, places) = image[3, 8, 8] -> max_pool(2x2)", "y = (top, places) -> max_unpool(2x2)"]),
            "model Example: (image[3, 8, 8]) -> (y) {\n    (top, places) = image -> max_pool(2x2)\n    y = (top, places) -> max_unpool(2x2)\n}\n"
        );
        assert!(of(&["(_, last) = words[20, 64] -> lstm(128)"]).contains("-> (last) {"));
    }
}
