//! A declaration in words: how a pattern is written, what enters and leaves, what it holds.

use crate::ops::{ParameterType, Pattern};
use crate::syntax::ast::{ExprKind, FactKind, Name, Shape};
use crate::syntax::print;

/// `conv(filters, kernel, stride=1)`.
#[must_use]
pub fn signature(pattern: &Pattern) -> String {
    if pattern.parameters.is_empty() {
        return pattern.name.clone();
    }
    let parameters = pattern.parameters.iter().map(|parameter| match &parameter.default {
        Some(default) => format!("{}={}", parameter.name, print::expression(default)),
        None => parameter.name.clone(),
    });
    format!("{}({})", pattern.name, parameters.collect::<Vec<_>>().join(", "))
}

/// A shape as it is declared, but for parentheses that tell what the dots belong to: `[C, (2 * S)...]`.
#[must_use]
pub fn declared(shape: &Shape) -> String {
    let dims = shape.dims.iter().map(|dim| {
        let text = print::expression(&dim.value);
        match (dim.splat, &dim.value.kind) {
            (true, ExprKind::Binary(..)) => format!("({text})..."),
            (true, _) => format!("{text}..."),
            (false, _) => text,
        }
    });
    format!("[{}]", dims.collect::<Vec<_>>().join(", "))
}

/// `x[C, S...] map -> y[filters, ..] map`.
#[must_use]
pub fn shape_rule(pattern: &Pattern) -> String {
    let tuple = |texts: Vec<String>| if texts.len() == 1 { texts.concat() } else { format!("({})", texts.join(", ")) };
    let shape = |shape: Option<&Shape>| shape.map_or_else(String::new, declared);
    let kind = |kind: Option<&Name>| kind.map_or_else(String::new, |kind| format!(" {}", kind.text));
    let inputs = pattern.inputs.iter().map(|input| {
        let default = input.default.as_ref().map_or_else(String::new, |default| format!(" = {}", default.text));
        let dots = if input.variadic { "..." } else { "" };
        format!("{dots}{}{}{}{default}", input.name.text, shape(input.shape.as_ref()), kind(input.kind.as_ref()))
    });
    let outputs = pattern.outputs.iter().map(|output| {
        let optional = if output.optional { "?" } else { "" };
        let dots = if output.variadic { "..." } else { "" };
        format!("{dots}{}{optional}{}{}", output.name.text, shape(output.shape.as_ref()), kind(output.kind.as_ref()))
    });
    format!("{} -> {}", tuple(inputs.collect()), tuple(outputs.collect()))
}

/// The rule with `S'` for sizes that have a formula of their own.
#[must_use]
pub fn short_rule(pattern: &Pattern) -> String {
    let mut rule = shape_rule(pattern);
    for function in ["convolved(", "transposed("] {
        while let Some(start) = rule.find(function) {
            let end = rule[start..].find(")...").map_or(rule.len(), |end| start + end + 1);
            rule.replace_range(start..end, "S'");
        }
    }
    rule
}

/// `kernel[3, 3, C, filters]`, and of running statistics that they are no parameters.
#[must_use]
pub fn weights(pattern: &Pattern) -> Vec<String> {
    let weight = |kind: &FactKind| match kind {
        FactKind::Weight { name, trainable, shape, initial, condition } => {
            let mut remarks = Vec::new();
            if !trainable {
                remarks.push("not trained".to_owned());
            }
            if let Some(initial) = initial {
                remarks.push(format!("starts at `{}`", print::expression(initial)));
            }
            if let Some(condition) = condition {
                remarks.push(format!("if `{}`", print::expression(condition)));
            }
            let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
            Some(format!("`{}{}`{remarks}", name.text, declared(shape)))
        }
        _ => None,
    };
    pattern.facts.iter().filter_map(|fact| weight(&fact.kind)).collect()
}

/// What a parameter of this type accepts.
#[must_use]
pub fn takes(ty: &ParameterType) -> String {
    match ty {
        ParameterType::Int => "whole number".into(),
        ParameterType::Float => "number".into(),
        ParameterType::Bool => "`true` or `false`".into(),
        ParameterType::Window => "window".into(),
        ParameterType::Padding => "padding".into(),
        ParameterType::Axis => "axis".into(),
        ParameterType::Axes => "axes".into(),
        ParameterType::Shape => "sizes".into(),
        ParameterType::Text => "text".into(),
        ParameterType::Instance(None) => "shared instance".into(),
        ParameterType::Instance(Some(pattern)) => format!("shared `{pattern}`"),
        ParameterType::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
    }
}

/// What training changes, if a fact speaks of it.
pub(super) fn training(fact: &FactKind) -> Option<String> {
    match fact {
        FactKind::Random(parameter, calm) => {
            let calm = calm.as_ref().map_or_else(|| "0".to_owned(), |calm| format!("`{}`", calm.text));
            Some(format!("Random in training, unless `{}` is {calm}.", parameter.text))
        }
        FactKind::Training => Some("Behaves differently in training.".into()),
        _ => None,
    }
}

/// The sentences that name a paper: those with a year.
pub(super) fn source(doc: &[String]) -> String {
    let year = |word: &str| {
        let digits = word.trim_matches(|c: char| !c.is_ascii_digit());
        digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
    };
    let text = doc.join(" ");
    let sentences = text.split_inclusive(". ").map(str::trim);
    sentences.filter(|sentence| sentence.split([' ', ':', ';']).any(year)).collect::<Vec<_>>().join(" ")
}
