//! Equations of indices, such as `ij,jk->ik`: which axes of several tensors are one, and which are summed over.
//!
//! The batch is no index: it stands in front of every tensor, as everywhere in the language.
//!
//! Architecture Invariant: what an equation means is known here, how a column writes it is not.

use super::evaluate::Outcome;
use super::pattern::INPUT;
use super::value::Value;
use crate::diagnostic::{Diagnostic, codes};
use crate::dim::Dim;
use crate::span::Span;

/// An equation that fits its tensors.
struct Contraction<'a> {
    /// The indices of each tensor.
    terms: Vec<&'a str>,
    /// Those of what it gives.
    leaving: &'a str,
    /// The size of each index.
    sizes: Vec<(char, Value)>,
}

/// The shape that an equation gives for tensors of these shapes.
///
/// # Errors
/// A text that is no equation, one that speaks of other tensors or axes than there are, or an index with two sizes.
pub fn contracted(shapes: &[Value], equation: &str, span: Span, strict: bool) -> Outcome<Value> {
    let contraction = Contraction::new(shapes, equation, span, strict)?;
    Ok(Value::List(contraction.leaving.chars().map(|index| contraction.size(index)).collect()))
}

/// The number of multiplications for each tensor that joins those before it.
///
/// # Errors
/// As [`contracted`].
pub fn multiplications(shapes: &[Value], equation: &str, span: Span, strict: bool) -> Outcome<Value> {
    let contraction = Contraction::new(shapes, equation, span, strict)?;
    let mut kept = contraction.terms[0].to_owned();
    let mut counts = Vec::with_capacity(shapes.len());
    for (at, term) in contraction.terms.iter().enumerate().skip(1) {
        kept.extend(term.chars().filter(|index| !kept.contains(*index)).collect::<Vec<_>>());
        counts.push(contraction.product(&kept));
        let later = |index: char| {
            contraction.terms[at + 1..].iter().chain([&contraction.leaving]).any(|term| term.contains(index))
        };
        kept.retain(later);
    }
    Ok(Value::List(counts))
}

impl<'a> Contraction<'a> {
    fn new(shapes: &[Value], equation: &'a str, span: Span, strict: bool) -> Outcome<Self> {
        let wrong = |message: String, label: &str| {
            let finding = Diagnostic::error(codes::BAD_VALUE, message).at(span, label);
            Box::new(finding.help(
                "an equation names the axes of each tensor by letters, without the batch: `\"ij,jk->ik\"` is a product of matrices",
            ))
        };
        let Some((entering, leaving)) = equation.split_once("->") else {
            return Err(wrong(format!("`{equation}` does not say what it gives"), "there is no `->` in it"));
        };
        let terms: Vec<&str> = entering.split(',').collect();
        for term in terms.iter().chain([&leaving]) {
            if let Some(other) = term.chars().find(|c| !c.is_ascii_lowercase()) {
                let label = format!("`{other}` is no small letter");
                return Err(wrong(format!("`{equation}` is no equation of indices"), &label));
            }
            if let Some(twice) = term.char_indices().find_map(|(at, c)| term[..at].contains(c).then_some(c)) {
                return Err(wrong(format!("`{term}` names the index `{twice}` twice"), "an axis for each letter"));
            }
        }
        if terms.len() != shapes.len() {
            let tensors = |count: usize| if count == 1 { "1 tensor".to_owned() } else { format!("{count} tensors") };
            let (wanted, found) = (tensors(terms.len()), shapes.len());
            let message =
                format!("`{equation}` speaks of {wanted}, but {found} {}", if found == 1 { "enters" } else { "enter" });
            return Err(wrong(message, "as many as there are terms in front of `->`"));
        }
        if leaving.is_empty() {
            return Err(wrong(format!("nothing is left of `{equation}`"), "at least one index stands behind `->`"));
        }
        if let Some(unknown) = leaving.chars().find(|c| !entering.contains(*c)) {
            let message = format!("`{unknown}` is an index of no tensor in `{equation}`");
            return Err(wrong(message, "its size is not known"));
        }
        let mut contraction = Self { terms, leaving, sizes: Vec::new() };
        for (at, shape) in shapes.iter().enumerate() {
            let Value::List(shape) = shape else { continue };
            let term = contraction.terms[at];
            if term.len() != shape.len() {
                let message = format!("`{term}` does not name every axis of {INPUT}{at}{INPUT}");
                return Err(wrong(message, &format!("{} letters for {} axes", term.len(), shape.len())));
            }
            for (index, size) in term.chars().zip(shape) {
                match (contraction.sizes.iter().find(|(known, _)| *known == index), size) {
                    (None, _) => contraction.sizes.push((index, size.clone())),
                    (Some((_, Value::Int(known))), Value::Int(size))
                        if known.surely_differs(size) || (strict && known != size) =>
                    {
                        let message = format!("the index `{index}` of `{equation}` has two sizes, {known} and {size}");
                        let finding = Diagnostic::error(codes::SHAPE_MISMATCH, message);
                        return Err(Box::new(finding.at(span, format!("{INPUT}{at}{INPUT} has {size} there"))));
                    }
                    (Some(_), _) => {}
                }
            }
        }
        Ok(contraction)
    }

    /// The product of the sizes of some indices.
    fn product(&self, indices: &str) -> Value {
        let product = indices.chars().try_fold(Dim::ONE, |product, index| product.multiply(self.size(index).as_dim()?));
        product.map_or(Value::Unknown, Value::Int)
    }

    fn size(&self, index: char) -> Value {
        self.sizes.iter().find(|(known, _)| *known == index).map_or(Value::Unknown, |(_, size)| size.clone())
    }
}
