//! The formatter: from tree to text.
//!
//! The canonical style:
//! - 4 blanks for each body; a line has at most [`WIDTH`] columns; one blank line at most, and one between two
//!   items.
//! - The `=` of a *run* of lines stand under each other. A run is all assignments of a body between two blank
//!   lines, those inside of its `repeat`s included; the body of an arm of an `if` has runs of its own. (So the
//!   shapes of a paper's table stand under each other, whether or not a row is repeated.) A target that ends beyond
//!   column [`ALIGNED`] stays out of it.
//! - A pipeline stays broken where it was broken, and is broken further where it is too wide: always before an
//!   arrow, which then stands under the first arrow of the pipeline, or under its source where even the first arrow
//!   is on a line of its own.
//! - The comments behind the lines of one item stand under each other, two blanks behind the widest of these
//!   lines; a line that is wider than [`COMMENTED`] stays out of it.
//! - `name = value` in headers and shapes, `name=value` in arguments; the figures of claims have their commas.
//!
//! Architecture Invariant: the text parses to the tree it was made of, but for spans and for breaks that the width
//! asks for; and printing that again changes nothing. Comments are never lost.

use super::ast::*;
use crate::diagnostic::grouped;
use std::collections::VecDeque;
use std::fmt::Write as _;

/// The most columns of a line.
pub const WIDTH: usize = 110;
/// Up to this column the `=` of a run are aligned.
pub const ALIGNED: usize = 48;
/// Up to this width, a line takes part in the alignment of comments.
pub const COMMENTED: usize = 84;

const INDENT: usize = 4;

/// The text of a tree, in the canonical style.
#[must_use]
pub fn print(file: &File) -> String {
    let mut text = String::new();
    for (index, item) in file.items.iter().enumerate() {
        let imports = index > 0
            && matches!((&file.items[index - 1].kind, &item.kind), (ItemKind::Import(_), ItemKind::Import(_)));
        if index > 0 && !imports {
            text.push('\n');
        }
        let mut rows = Rows::default();
        // Between two items a blank line stands anyway.
        let skip = usize::from((index == 0 || !imports) && item.leading.first() == Some(&Leading::Blank));
        rows.leading(0, &item.leading[skip..]);
        rows.item(&item.kind);
        rows.write(&mut text);
    }
    let mut rows = Rows::default();
    let skip = usize::from(file.items.is_empty() && file.end.first() == Some(&Leading::Blank));
    rows.leading(0, &file.end[skip..]);
    rows.write(&mut text);
    text
}

/// An expression as it is written outside of claims.
#[must_use]
pub fn expression(expr: &Expr) -> String {
    let mut text = String::new();
    write_expr(&mut text, expr, CHOICE, false);
    text
}

/// A shape with its brackets: `[3, H = 512, W]`.
#[must_use]
pub fn shape(shape: &Shape) -> String {
    let dims: Vec<String> = shape.dims.iter().map(dim).collect();
    format!("[{}]", dims.join(", "))
}

/// One line, with the comment behind it.
struct Row {
    text: String,
    comment: Option<String>,
}

/// The lines of one item.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    /// For each assignment that is still to be printed, in order, its run.
    order: VecDeque<usize>,
    /// For each run, the column of its `=`.
    runs: Vec<usize>,
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn comment_text(text: &str) -> String {
    if text.is_empty() {
        "//".to_string()
    } else if text.starts_with("//") {
        // A row of slashes stays one.
        format!("//{text}")
    } else {
        format!("// {text}")
    }
}

impl Rows {
    fn push(&mut self, indent: usize, text: &str, comment: Option<&Comment>) {
        let comment = comment.map(|comment| comment_text(&comment.text));
        self.rows.push(Row { text: format!("{:indent$}{text}", ""), comment });
    }

    fn blank(&mut self) {
        self.rows.push(Row { text: String::new(), comment: None });
    }

    fn leading(&mut self, indent: usize, leading: &[Leading]) {
        for lead in leading {
            match lead {
                Leading::Blank => self.blank(),
                Leading::Comment(comment) => self.push(indent, &comment_text(&comment.text), None),
            }
        }
    }

    /// Adds the rows to the text, comments aligned.
    fn write(self, text: &mut String) {
        let widest = self
            .rows
            .iter()
            .filter(|row| row.comment.is_some())
            .map(|row| width(&row.text))
            .filter(|width| *width <= COMMENTED)
            .max()
            .unwrap_or(0);
        for row in self.rows {
            text.push_str(&row.text);
            if let Some(comment) = row.comment {
                let gap = (widest + 2).saturating_sub(width(&row.text)).max(2);
                let _ = write!(text, "{:gap$}{comment}", "");
            }
            text.push('\n');
        }
    }

    fn doc(&mut self, indent: usize, lines: &[String]) {
        for line in lines {
            let text = if line.is_empty() { "///".to_string() } else { format!("/// {line}") };
            self.push(indent, &text, None);
        }
    }

    // -------- items

    fn item(&mut self, kind: &ItemKind) {
        match kind {
            ItemKind::Import(import) => {
                let path = quoted(&import.path);
                let text = if import.names.is_empty() {
                    format!("import {path}")
                } else {
                    format!("import {} from {path}", names(&import.names))
                };
                self.push(0, &text, import.trailing.as_ref());
            }
            ItemKind::Defaults(defaults) => {
                self.push(0, "defaults {", None);
                for entry in &defaults.entries {
                    self.leading(INDENT, &entry.leading);
                    let call = Call { name: entry.name.clone(), arguments: entry.arguments.clone(), parentheses: true };
                    let text = call_text(&call, INDENT);
                    self.lines(INDENT, &text, entry.trailing.as_ref());
                }
                self.leading(INDENT, &defaults.end);
                self.push(0, "}", None);
            }
            ItemKind::Definition(definition) => self.definition(definition),
            ItemKind::Pattern(pattern) => self.pattern(pattern),
        }
    }

    /// A text that may have several lines, with a comment behind the last one.
    fn lines(&mut self, indent: usize, text: &str, comment: Option<&Comment>) {
        let mut lines = text.split('\n').peekable();
        let mut first = true;
        while let Some(line) = lines.next() {
            let last = lines.peek().is_none();
            // Further lines bring their own indentation.
            self.push(if first { indent } else { 0 }, line, comment.filter(|_| last));
            first = false;
        }
    }

    fn definition(&mut self, definition: &Definition) {
        self.doc(0, &definition.doc);
        let word = match definition.kind {
            DefinitionKind::Model => "model",
            DefinitionKind::Block => "block",
        };
        let inputs = Flow::new(definition.inputs.iter().map(input), definition.inputs_tuple);
        let outputs = Flow::new(definition.outputs.iter().map(|name| name.text.clone()), false);
        self.header(word, &definition.name, &definition.parameters, &inputs, &outputs, " {");
        self.plan(&definition.body, INDENT);
        self.body(&definition.body, INDENT);
        self.leading(INDENT, &definition.end);
        self.push(0, "}", None);
    }

    fn header(&mut self, word: &str, name: &Name, parameters: &[Parameter], inputs: &Flow, outputs: &Flow, end: &str) {
        let flow = format!("{} -> {}{end}", inputs.one, outputs.one);
        if parameters.iter().any(|parameter| parameter.doc.is_some()) {
            self.push(0, &format!("{word} {}(", name.text), None);
            for parameter in parameters {
                if let Some(doc) = &parameter.doc {
                    let doc: Vec<String> = doc.split('\n').map(str::to_string).collect();
                    self.doc(INDENT, &doc);
                }
                self.push(INDENT, &format!("{},", parameter_text(parameter)), None);
            }
            if width(&flow) + 3 <= WIDTH {
                self.push(0, &format!("): {flow}"), None);
            } else if width(&inputs.one) + 3 <= WIDTH {
                self.push(0, &format!("): {}", inputs.one), None);
                self.flow(None, outputs, end);
            } else {
                self.push(0, "):", None);
                self.flow(Some(inputs), outputs, end);
            }
            return;
        }
        let head = format!("{word} {}", name.text);
        let parameters: Vec<String> = parameters.iter().map(parameter_text).collect();
        let list = if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
        let one = format!("{head}{list}: {flow}");
        if width(&one) <= WIDTH {
            self.push(0, &one, None);
            return;
        }
        let head = if width(&head) + width(&list) < WIDTH {
            format!("{head}{list}:")
        } else {
            let column = width(&head) + 1;
            format!("{head}({}):", fill(&parameters, column, 2))
        };
        self.lines(0, &head, None);
        self.flow(Some(inputs), outputs, end);
    }

    /// Inputs and outputs on lines of their own.
    fn flow(&mut self, inputs: Option<&Flow>, outputs: &Flow, end: &str) {
        let indent = 2 * INDENT;
        if let Some(inputs) = inputs {
            let one = format!("{} -> {}{end}", inputs.one, outputs.one);
            if indent + width(&one) <= WIDTH {
                self.push(indent, &one, None);
                return;
            }
            self.lines(indent, &inputs.at(indent, 0), None);
        }
        let outputs = outputs.at(indent + 3, width(end));
        self.lines(indent, &format!("-> {outputs}{end}"), None);
    }

    fn pattern(&mut self, pattern: &Pattern) {
        self.doc(0, &pattern.doc);
        let inputs = Flow::new(pattern.inputs.iter().map(input), false);
        let outputs = Flow::new(pattern.outputs.iter().map(pattern_output), false);
        let bare = pattern.facts.is_empty() && pattern.end.is_empty();
        let end = if bare { "" } else { " {" };
        self.header("pattern", &pattern.name, &pattern.parameters, &inputs, &outputs, end);
        if bare {
            return;
        }
        let mut column = 0;
        for (index, fact) in pattern.facts.iter().enumerate() {
            self.leading(INDENT, &fact.leading);
            if index == 0 || !is_value(&pattern.facts[index - 1]) || breaks_run(&fact.leading) {
                column = pattern.facts[index..]
                    .iter()
                    .enumerate()
                    .take_while(|(offset, fact)| is_value(fact) && (*offset == 0 || !breaks_run(&fact.leading)))
                    .map(|(_, fact)| INDENT + width(fact_name(fact)))
                    .filter(|column| *column <= ALIGNED)
                    .max()
                    .unwrap_or(0);
            }
            self.fact(fact, column);
        }
        self.leading(INDENT, &pattern.end);
        self.push(0, "}", None);
    }

    fn fact(&mut self, fact: &Fact, column: usize) {
        let text = match &fact.kind {
            FactKind::Let(_, value) | FactKind::Macs(value) => {
                let name = fact_name(fact);
                let pad = column.saturating_sub(INDENT + width(name));
                format!("{name}{:pad$} = {}", "", expression(value))
            }
            FactKind::Require(require) => require_text(require, INDENT),
            FactKind::Ask { condition, question, choices } => {
                let head = with_message(format!("ask {}", expression(condition)), question, " {", INDENT);
                self.lines(INDENT, &head, fact.trailing.as_ref());
                let widest = choices.iter().map(|(choice, _)| width(&quoted(choice))).max().unwrap_or(0);
                for (choice, meaning) in choices {
                    let choice = quoted(choice);
                    let pad = widest - width(&choice);
                    self.push(2 * INDENT, &format!("{choice}{:pad$} = {}", "", quoted(meaning)), None);
                }
                self.push(INDENT, "}", None);
                return;
            }
            FactKind::Weight { name, trainable, shape: dims, initial, condition } => {
                let word = if *trainable { "weight" } else { "state" };
                let mut text = format!("{word} {}{}", name.text, shape(dims));
                if let Some(initial) = initial {
                    text.push_str(" = ");
                    write_expr(&mut text, initial, OR, false);
                }
                if let Some(condition) = condition {
                    let _ = write!(text, " if {}", expression(condition));
                }
                text
            }
            FactKind::Random(name, None) => format!("random {}", name.text),
            FactKind::Random(name, Some(calm)) => format!("random {} = {}", name.text, calm.text),
            FactKind::Loop(name) => format!("loop {}", name.text),
            FactKind::Training => "training".to_string(),
            FactKind::Extern { column, key, text } => {
                let key = key.as_ref().map_or_else(String::new, |key| format!(" {}", key.text));
                format!("extern {}{key} = {}", column.text, quoted(text))
            }
        };
        self.lines(INDENT, &text, fact.trailing.as_ref());
    }

    // -------- bodies

    /// Finds the runs of a definition's body, and the column of each.
    fn plan(&mut self, body: &[Statement], indent: usize) {
        self.runs = vec![0];
        let mut run = 0;
        self.plan_body(body, indent, &mut run);
    }

    fn plan_body(&mut self, body: &[Statement], indent: usize, run: &mut usize) {
        for statement in body {
            if breaks_run(&statement.leading) {
                *run = self.new_run();
            }
            match &statement.kind {
                StatementKind::Assign(_) | StatementKind::Shared(_) => {
                    let column = indent + width(&left(&statement.kind));
                    if column <= ALIGNED {
                        self.runs[*run] = self.runs[*run].max(column);
                    }
                    self.order.push_back(*run);
                }
                StatementKind::Repeat(repeat) => self.plan_body(&repeat.body, indent + INDENT, run),
                StatementKind::If(branch) => {
                    for arm in branch.arms.iter().chain(&branch.otherwise) {
                        let mut own = self.new_run();
                        self.plan_body(&arm.body, indent + INDENT, &mut own);
                    }
                }
                StatementKind::Require(_) | StatementKind::Claim(_) => {}
            }
        }
    }

    fn new_run(&mut self) -> usize {
        self.runs.push(0);
        self.runs.len() - 1
    }

    fn body(&mut self, body: &[Statement], indent: usize) {
        let mut claims = 0;
        for (index, statement) in body.iter().enumerate() {
            self.leading(indent, &statement.leading);
            let comment = statement.trailing.as_ref();
            match &statement.kind {
                StatementKind::Assign(assign) => {
                    let head = self.aligned(&statement.kind, indent);
                    self.pipeline(&head, Some(&assign.value.source), &assign.value.stages, indent, comment);
                }
                StatementKind::Shared(shared) => {
                    let head = self.aligned(&statement.kind, indent);
                    self.pipeline(&head, None, &shared.stages, indent, comment);
                }
                StatementKind::Repeat(repeat) => {
                    let index = repeat.index.as_ref().map_or(String::new(), |index| format!("[{}]", index.text));
                    let head = format!("repeat {} as {}{index} {{", expression(&repeat.count), repeat.label.text);
                    self.push(indent, &head, comment);
                    self.body(&repeat.body, indent + INDENT);
                    self.leading(indent + INDENT, &repeat.end);
                    self.push(indent, "}", None);
                }
                StatementKind::If(branch) => self.branch(branch, indent, comment),
                StatementKind::Require(require) => self.lines(indent, &require_text(require, indent), comment),
                StatementKind::Claim(claim) => {
                    let follows = index > 0
                        && matches!(body[index - 1].kind, StatementKind::Claim(_))
                        && !breaks_run(&statement.leading);
                    if !follows {
                        claims = claim_run(&body[index..]);
                    }
                    let relation = match claim.relation {
                        Relation::Equal => "=",
                        Relation::About => "~",
                    };
                    let name = claimed(claim);
                    let mut text = format!("claim {name:claims$} {relation} ");
                    write_expr(&mut text, &claim.value, OR, true);
                    self.push(indent, &text, comment);
                }
            }
        }
    }

    fn branch(&mut self, branch: &If, indent: usize, comment: Option<&Comment>) {
        for (index, arm) in branch.arms.iter().chain(&branch.otherwise).enumerate() {
            let before = if index == 0 { "" } else { "} else " };
            let head = match &arm.condition {
                Some(condition) => format!("{before}if {} {{", expression(condition)),
                None => format!("{before}{{"),
            };
            // A tree that was not parsed may have the first arm's comment at the statement.
            let comment = arm.trailing.as_ref().or(comment.filter(|_| index == 0));
            self.push(indent, &head, comment);
            self.body(&arm.body, indent + INDENT);
            self.leading(indent + INDENT, &arm.end);
        }
        self.push(indent, "}", None);
    }

    /// The left side of an assignment with its ` = `.
    fn aligned(&mut self, kind: &StatementKind, indent: usize) -> String {
        let run = self.order.pop_front().unwrap_or(0);
        let left = left(kind);
        let column = self.runs.get(run).copied().unwrap_or(0);
        let pad = column.saturating_sub(indent + width(&left));
        format!("{left}{:pad$} = ", "")
    }

    /// A pipeline behind `head`, broken where it must be.
    fn pipeline(
        &mut self,
        head: &str,
        source: Option<&Source>,
        stages: &[Stage],
        indent: usize,
        comment: Option<&Comment>,
    ) {
        let mut text = head.to_string();
        let start = indent + width(head);
        let mut arrow_column = start;
        match source {
            Some(Source::Expr(expr)) => write_expr(&mut text, expr, CHOICE, false),
            Some(Source::Tuple(parts)) => {
                let parts: Vec<String> = parts.iter().map(expression).collect();
                let one = format!("({})", parts.join(", "));
                if start + width(&one) <= WIDTH {
                    text.push_str(&one);
                } else {
                    let _ = write!(text, "({})", fill(&parts, start + 1, 1));
                }
            }
            None => {}
        }
        let mut row_indent = indent;
        // How wide the current row is.
        let mut column = row_indent + width(text.rsplit('\n').next().unwrap_or(""));
        if text.contains('\n') {
            column -= row_indent;
        }
        let mut row_comment = None;
        for (index, stage) in stages.iter().enumerate() {
            let first = index == 0;
            let arrow = if first && source.is_none() { "" } else { "-> " };
            let one = stage_text(stage, usize::MAX);
            let broken = !first && (stage.new_line || stages[index - 1].trailing.is_some())
                || first && source.is_some() && stage.new_line;
            let gap = usize::from(!arrow.is_empty());
            let wide = column + gap + width(arrow) + width(&one) > WIDTH;
            if first && !broken {
                arrow_column = column + gap;
            }
            if broken || (wide || text.contains('\n')) && !first {
                self.lines(row_indent, &text, row_comment.take());
                row_indent = arrow_column;
                text = String::new();
                column = arrow_column;
            } else if gap == 1 {
                text.push(' ');
                column += 1;
            }
            text.push_str(arrow);
            column += width(arrow);
            let written = stage_text(stage, column);
            text.push_str(&written);
            column = match written.rsplit_once('\n') {
                Some((_, last)) => width(last),
                None => column + width(&written),
            };
            row_comment = stage.trailing.as_ref();
        }
        self.lines(row_indent, &text, comment.or(row_comment));
    }
}

/// Whether a run of aligned lines ends above this line.
fn breaks_run(leading: &[Leading]) -> bool {
    leading.contains(&Leading::Blank)
}

fn is_value(fact: &Fact) -> bool {
    matches!(fact.kind, FactKind::Let(..) | FactKind::Macs(_))
}

fn fact_name(fact: &Fact) -> &str {
    match &fact.kind {
        FactKind::Let(name, _) => &name.text,
        _ => "macs",
    }
}

/// What is claimed: `params`, `macs(conv1)`.
fn claimed(claim: &Claim) -> String {
    match &claim.row {
        Some(row) => format!("{}({})", claim.quantity.text, row.text),
        None => claim.quantity.text.clone(),
    }
}

/// How wide the quantities of the claims at the beginning of `body` are.
fn claim_run(body: &[Statement]) -> usize {
    let mut widest = 0;
    for (index, statement) in body.iter().enumerate() {
        match &statement.kind {
            StatementKind::Claim(claim) if index == 0 || !breaks_run(&statement.leading) => {
                widest = widest.max(width(&claimed(claim)));
            }
            _ => break,
        }
    }
    widest
}

/// What stands before the `=`.
fn left(kind: &StatementKind) -> String {
    match kind {
        StatementKind::Assign(assign) => {
            let targets: Vec<String> = assign.targets.iter().map(target).collect();
            tuple(targets, assign.tuple)
        }
        StatementKind::Shared(shared) => format!("shared {}", shared.name.text),
        _ => String::new(),
    }
}

fn names(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
    names.join(", ")
}

/// The inputs or outputs of a header.
struct Flow {
    /// On one line.
    one: String,
    parts: Vec<String>,
}

impl Flow {
    fn new(parts: impl Iterator<Item = String>, parentheses: bool) -> Self {
        let parts: Vec<String> = parts.collect();
        Self { one: tuple(parts.clone(), parentheses), parts }
    }

    /// Beginning at a column, on several lines if need be; `end` columns are kept free behind it.
    fn at(&self, column: usize, end: usize) -> String {
        if column + width(&self.one) + end <= WIDTH || !self.one.starts_with('(') {
            return self.one.clone();
        }
        format!("({})", fill(&self.parts, column + 1, end + 1))
    }
}

/// One part alone, or several in parentheses.
fn tuple(parts: Vec<String>, parentheses: bool) -> String {
    if parentheses || parts.len() != 1 { format!("({})", parts.join(", ")) } else { parts.concat() }
}

/// A list over several lines, each of which begins at `column`; `end` columns are kept free behind the last part.
fn fill(parts: &[String], column: usize, end: usize) -> String {
    let mut text = String::new();
    let mut at = column;
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        let need = width(part) + if last { end } else { 1 };
        if index > 0 {
            if at + 1 + need > WIDTH {
                let _ = write!(text, "\n{:column$}", "");
                at = column;
            } else {
                text.push(' ');
                at += 1;
            }
        }
        text.push_str(part);
        at += width(part);
        if !last {
            text.push(',');
            at += 1;
        }
    }
    text
}

fn target(target: &Target) -> String {
    let claim = target.shape.as_ref().map_or(String::new(), shape);
    format!("{}{claim}", target.name.text)
}

fn dim(dim: &Dim) -> String {
    let mut text = expression(&dim.value);
    if dim.splat {
        text.clear();
        write_expr(&mut text, &dim.value, ATOM, false);
        text.push_str("...");
    }
    if let Some(default) = &dim.default {
        let _ = write!(text, " = {}", expression(default));
    }
    text
}

fn input(input: &Input) -> String {
    let mut text = String::new();
    if input.variadic {
        text.push_str("...");
    }
    text.push_str(&input.name.text);
    if let Some(dims) = &input.shape {
        text.push_str(&shape(dims));
    }
    if let Some(kind) = &input.kind {
        let _ = write!(text, " {}", kind.text);
    }
    if let Some(bound) = &input.bound {
        text.push_str(" < ");
        write_expr(&mut text, bound, SUM, false);
    }
    if let Some(default) = &input.default {
        let _ = write!(text, " = {}", default.text);
    }
    text
}

fn pattern_output(output: &PatternOutput) -> String {
    let mut text = if output.variadic { "...".to_owned() } else { String::new() };
    text.push_str(&output.name.text);
    if output.optional {
        text.push('?');
    }
    if let Some(dims) = &output.shape {
        text.push_str(&shape(dims));
    }
    if let Some(kind) = &output.kind {
        let _ = write!(text, " {}", kind.text);
    }
    text
}

fn parameter_text(parameter: &Parameter) -> String {
    let mut text = parameter.name.text.clone();
    if let Some(ty) = &parameter.ty {
        let _ = write!(text, ": {}", ty.name.text);
        if !ty.alternatives.is_empty() {
            let _ = write!(text, "({})", names(&ty.alternatives));
        }
    }
    if let Some(default) = &parameter.default {
        let _ = write!(text, " = {}", expression(default));
    }
    text
}

fn require_text(require: &Require, indent: usize) -> String {
    let text = format!("require {}", expression(&require.condition));
    match &require.message {
        Some(message) => with_message(text, message, "", indent),
        None => text,
    }
}

/// A line with a message behind a `:`, on a line of its own if it is wide.
fn with_message(text: String, message: &str, end: &str, indent: usize) -> String {
    let message = quoted(message);
    if indent + width(&text) + 2 + width(&message) + width(end) <= WIDTH {
        format!("{text}: {message}{end}")
    } else {
        format!("{text}:\n{:gap$}{message}{end}", "", gap = indent + 2 * INDENT)
    }
}

fn argument(argument: &Argument) -> String {
    match &argument.name {
        Some(name) => format!("{}={}", name.text, expression(&argument.value)),
        None => expression(&argument.value),
    }
}

/// A stage that begins at `column`; at `usize::MAX`, on one line in any case.
fn stage_text(stage: &Stage, column: usize) -> String {
    match &stage.kind {
        StageKind::Call(call) => call_text(call, column),
        StageKind::Choice { condition, then, otherwise } => {
            let mut text = format!("({} if ", stage_text(then, usize::MAX));
            write_expr(&mut text, condition, OR, false);
            let _ = write!(text, " else {})", stage_text(otherwise, usize::MAX));
            text
        }
    }
}

fn call_text(call: &Call, column: usize) -> String {
    let name = &call.name.text;
    if call.arguments.is_empty() {
        return if call.parentheses { format!("{name}()") } else { name.clone() };
    }
    let arguments: Vec<String> = call.arguments.iter().map(argument).collect();
    let one = format!("{name}({})", arguments.join(", "));
    if column == usize::MAX || column + width(&one) <= WIDTH {
        return one;
    }
    format!("{name}({})", fill(&arguments, column + width(name) + 1, 1))
}

/// A text in quotation marks.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

// How tightly each form binds; the numbers are those of the parser.
const CHOICE: u8 = 0;
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const SUM: u8 = 5;
const PRODUCT: u8 = 6;
const NEGATION: u8 = 7;
const POWER: u8 = 8;
const ATOM: u8 = 9;

/// The sign of an operator, and how tightly it binds.
fn operator(op: BinaryOp) -> (&'static str, u8) {
    match op {
        BinaryOp::Or => ("or", OR),
        BinaryOp::And => ("and", AND),
        BinaryOp::Equal => ("==", COMPARISON),
        BinaryOp::NotEqual => ("!=", COMPARISON),
        BinaryOp::Less => ("<", COMPARISON),
        BinaryOp::LessEqual => ("<=", COMPARISON),
        BinaryOp::Greater => (">", COMPARISON),
        BinaryOp::GreaterEqual => (">=", COMPARISON),
        BinaryOp::Add => ("+", SUM),
        BinaryOp::Subtract => ("-", SUM),
        BinaryOp::Multiply => ("*", PRODUCT),
        BinaryOp::Divide | BinaryOp::FloorDivide => ("/", PRODUCT),
        BinaryOp::Remainder => ("%", PRODUCT),
        BinaryOp::Power => ("^", POWER),
    }
}

/// Writes an expression, in parentheses if it binds less tightly than `min`; `figures` have commas.
fn write_expr(text: &mut String, expr: &Expr, min: u8, figures: bool) {
    let power = match &expr.kind {
        ExprKind::Choice { .. } => CHOICE,
        ExprKind::Binary(BinaryOp::FloorDivide, ..) => ATOM,
        ExprKind::Binary(op, ..) => operator(*op).1,
        ExprKind::Unary(UnaryOp::Not, _) => NOT,
        ExprKind::Unary(UnaryOp::Negate, _) => NEGATION,
        _ => ATOM,
    };
    if power < min {
        text.push('(');
        write_expr(text, expr, CHOICE, figures);
        text.push(')');
        return;
    }
    match &expr.kind {
        ExprKind::Int(value) if figures => text.push_str(&grouped(*value)),
        ExprKind::Int(value) => {
            let _ = write!(text, "{value}");
        }
        ExprKind::Float { text: written, .. } | ExprKind::Quantity { text: written, .. } => text.push_str(written),
        ExprKind::Bool(value) => {
            let _ = write!(text, "{value}");
        }
        ExprKind::Size(sizes) => {
            let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
            text.push_str(&sizes.join("x"));
        }
        ExprKind::Str(value) => text.push_str(&quoted(value)),
        ExprKind::Name(name) => text.push_str(name),
        ExprKind::Attribute { tensor, attribute } => {
            let _ = write!(text, "{}.{}", tensor.text, attribute.text);
        }
        ExprKind::List(elements) => {
            text.push('[');
            write_list(text, elements);
            text.push(']');
        }
        ExprKind::Splat(inner) => {
            write_expr(text, inner, ATOM, false);
            text.push_str("...");
        }
        ExprKind::Call(name, arguments) => {
            let _ = write!(text, "{}(", name.text);
            write_list(text, arguments);
            text.push(')');
        }
        ExprKind::Unary(op, inner) => {
            text.push_str(match op {
                UnaryOp::Negate => "-",
                UnaryOp::Not => "not ",
            });
            write_expr(text, inner, power, figures);
        }
        ExprKind::Binary(BinaryOp::FloorDivide, left, right) => {
            text.push_str("floor(");
            write_expr(text, left, PRODUCT, false);
            text.push_str(" / ");
            write_expr(text, right, PRODUCT + 1, false);
            text.push(')');
        }
        ExprKind::Binary(op, left, right) => {
            let (sign, power) = operator(*op);
            // To the left, but powers to the right and comparisons not at all.
            let (before, after) = match power {
                POWER => (power + 1, power),
                COMPARISON => (power + 1, power + 1),
                _ => (power, power + 1),
            };
            write_expr(text, left, before, figures);
            let _ = write!(text, " {sign} ");
            // A sign may stand behind any operator: a ^ -b.
            let negated = matches!(right.kind, ExprKind::Unary(UnaryOp::Negate, _));
            write_expr(text, right, if negated { NEGATION } else { after }, figures);
        }
        ExprKind::Choice { condition, then, otherwise } => {
            write_expr(text, then, OR, figures);
            text.push_str(" if ");
            write_expr(text, condition, OR, false);
            text.push_str(" else ");
            write_expr(text, otherwise, CHOICE, figures);
        }
    }
}

fn write_list(text: &mut String, elements: &[Expr]) {
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        write_expr(text, element, CHOICE, false);
    }
}

#[cfg(test)]
mod tests;
