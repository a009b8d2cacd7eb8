//! Applications that were worked out before.
//!
//! What a pattern gives depends on nothing but the types of its tensors and the values of its hyperparameters, and a network applies
//! the same few again and again. Findings are not remembered: they speak of places.

use super::pattern::{Applied, Pattern, Request};
use super::value::{DataType, Tensor, Value};
use crate::diagnostic::Diagnostic;
use crate::hash::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

/// What patterns gave.
#[derive(Debug, Default)]
pub struct Memory {
    state: foldhash::fast::RandomState,
    known: HashMap<u64, Vec<Known>>,
}

#[derive(Debug)]
struct Known {
    pattern: Arc<Pattern>,
    strict: bool,
    inputs: Vec<Option<Tensor>>,
    arguments: Vec<(usize, Value)>,
    applied: Arc<Applied>,
}

impl Known {
    fn fits(&self, pattern: &Arc<Pattern>, request: &Request<'_>) -> bool {
        let arguments = request.arguments.iter().map(|argument| (argument.parameter, &argument.value));
        Arc::ptr_eq(&self.pattern, pattern)
            && self.strict == request.strict
            && self.inputs.iter().eq(request.inputs.iter().map(|flow| &flow.tensor))
            && self.arguments.iter().map(|(parameter, value)| (*parameter, value)).eq(arguments)
    }
}

impl Memory {
    /// As [`Pattern::apply`].
    ///
    /// # Errors
    /// As [`Pattern::apply`].
    pub fn apply(&mut self, pattern: &Arc<Pattern>, request: Request<'_>) -> Result<Arc<Applied>, Vec<Diagnostic>> {
        let key = self.key(pattern, &request);
        let known = self.known.get(&key).and_then(|known| known.iter().find(|known| known.fits(pattern, &request)));
        if let Some(known) = known {
            return Ok(Arc::clone(&known.applied));
        }
        let applied = Arc::new(pattern.apply(request)?);
        // A size that nothing is known of is named after its place.
        let unknown = |tensor: &Tensor| tensor.dims.iter().any(crate::dim::Dim::has_unknown);
        if !applied.outputs.iter().any(unknown)
            && !applied.weights.iter().flat_map(|weight| &weight.shape).any(crate::dim::Dim::has_unknown)
        {
            self.known.entry(key).or_default().push(Known {
                pattern: Arc::clone(pattern),
                strict: request.strict,
                inputs: request.inputs.iter().map(|flow| flow.tensor.clone()).collect(),
                arguments: request
                    .arguments
                    .iter()
                    .map(|argument| (argument.parameter, argument.value.clone()))
                    .collect(),
                applied: Arc::clone(&applied),
            });
        }
        Ok(applied)
    }

    fn key(&self, pattern: &Arc<Pattern>, request: &Request<'_>) -> u64 {
        let mut state = self.state.build_hasher();
        (Arc::as_ptr(pattern).addr(), request.strict, request.inputs.len()).hash(&mut state);
        for flow in request.inputs {
            match &flow.tensor {
                None => state.write_u8(0),
                Some(Tensor { dims, layout, data }) => {
                    (dims, layout).hash(&mut state);
                    match data {
                        DataType::Float => state.write_u8(1),
                        DataType::Int { bound } => (2_u8, bound).hash(&mut state),
                        DataType::Indices { window, plane } => {
                            window.iter().chain(plane).for_each(|value| hash(value, &mut state))
                        }
                    }
                }
            }
        }
        for argument in request.arguments {
            state.write_usize(argument.parameter);
            hash(&argument.value, &mut state);
        }
        state.finish()
    }
}

fn hash(value: &Value, state: &mut impl Hasher) {
    match value {
        Value::Int(dim) => dim.hash(state),
        Value::Float(value) => state.write_u64(value.to_bits()),
        Value::Bool(value) => state.write_u8(u8::from(*value)),
        Value::Word(word) => word.hash(state),
        Value::List(values) => {
            state.write_usize(values.len());
            values.iter().for_each(|value| hash(value, state));
        }
        Value::Unknown => state.write_u8(2),
    }
}
