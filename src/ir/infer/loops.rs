//! Loops over time, a number of rounds, or until the data say so: one shared instance that is applied again and again.
//!
//! A round takes first what the loop runs over, then what stays the same, then what is carried from round to round; it gives first what
//! is new in this round, then what is carried, in the same order. What is carried is what the block calls by one name as input and output.
//!
//! Architecture Invariant: what a column makes of a loop stands in its folder. Here is only which tensors a round meets.

use super::*;
use crate::ops::Loop;

/// What a round takes and gives.
struct Round<'p> {
    /// What the instance is made of; `None` for a row of stages, which carries nothing.
    block: Option<&'p Definition>,
    /// How many of the last inputs and outputs are carried.
    carried: usize,
}

impl<'p> Walker<'p, '_> {
    /// Applies a loop.
    pub(super) fn looped(
        &mut self,
        stage: &'p Stage,
        (pattern, arguments): (&'p Arc<Pattern>, &'p [(usize, Expr)]),
        kind: Loop,
        inputs: &[Stream],
        path: &str,
        frame: &mut Frame<'p>,
    ) -> Option<Vec<Tensor>> {
        self.spend(stage.span)?;
        let (body, numbers) = self.loop_arguments(pattern, arguments, frame)?;
        let (stages, _) = *frame.shared.get(&body)?;
        let round = self.round_of(stages, kind, stage.span)?;
        let over = if kind == Loop::Each { self.sequences(pattern, &numbers, inputs, &round, stage.span)? } else { 0 };
        let steps =
            inputs.first().filter(|_| over > 0).and_then(|stream| stream.tensor.as_ref()?.dims.first().cloned());
        let rounds = steps.clone().or_else(|| numbers.iter().find_map(|value| value.as_dim().cloned()));
        let entering: Vec<Stream> = inputs
            .iter()
            .enumerate()
            .map(|(at, stream)| {
                let mut stream = stream.clone();
                if let Some(tensor) = stream.tensor.as_mut().filter(|_| at < over) {
                    tensor.dims.remove(0);
                }
                stream
            })
            .collect();

        let before = self.times.clone();
        let once = before.clone().unwrap_or(Dim::ONE);
        self.times = Some(rounds.and_then(|rounds| once.multiply(&rounds)).unwrap_or(once));
        self.sites.push(Site { what: format!("in the loop of `{}`", pattern.name), span: stage.span });
        let wanted = round.block.map_or(1, |block| block.outputs.len());
        let outputs = self.shared(&body, &entering, wanted, frame);
        self.sites.pop();
        self.times = before;
        let outputs = outputs?;

        let (new, carried) = outputs.split_at(outputs.len().checked_sub(round.carried)?);
        self.carries_on(&entering, carried, &round, stage.span)?;
        let mut given = match kind {
            Loop::Each => self.stacked(pattern, new, steps.as_ref()?, stage.span)?,
            Loop::While => self.condition_of_loop(new, &round, stage.span)?,
            Loop::Times => Vec::new(),
        };
        given.extend_from_slice(carried);
        let applied = Applied {
            outputs: given.clone(),
            weights: Vec::new(),
            macs: Dim::ZERO,
            arguments: pattern
                .parameters
                .iter()
                .enumerate()
                .map(|(at, parameter)| match parameter.ty {
                    ParameterType::Instance(_) => Value::Word(body.clone()),
                    _ => numbers[at].clone(),
                })
                .collect(),
            dims: vec![
                ("over".to_owned(), Value::int(over as i64)),
                ("carried".to_owned(), Value::int(round.carried as i64)),
                ("new".to_owned(), Value::int(new.len() as i64)),
            ],
        };
        let event = PatternEvent {
            depth: self.depth,
            path,
            id: stage.id,
            pattern,
            applied: &Arc::new(applied),
            inputs,
            shared_again: false,
            model_span: if self.depth == 0 { stage.span } else { self.model_span },
            rounds: self.times.as_ref(),
        };
        self.observer.pattern(&event);
        Some(given)
    }

    /// The instance's name, and the values of the other parameters.
    fn loop_arguments(
        &mut self,
        pattern: &'p Pattern,
        arguments: &'p [(usize, Expr)],
        frame: &Frame<'p>,
    ) -> Option<(String, Vec<Value>)> {
        let mut body = None;
        let mut values = Vec::with_capacity(pattern.parameters.len());
        for (at, parameter) in pattern.parameters.iter().enumerate() {
            let written = arguments.iter().find(|(given, _)| *given == at).map(|(_, expr)| expr);
            let expr = written.or(parameter.default.as_ref())?;
            if let (ParameterType::Instance(_), ExprKind::Name(name)) = (&parameter.ty, &expr.kind) {
                body = Some(name.clone());
                values.push(Value::Unknown);
                continue;
            }
            let value = self.evaluate(expr, frame)?;
            let fits = parameter.ty.coerce(&value, 0, 0).is_some()
                && value.as_int().is_none_or(|value| (1..=limits::SIZE).contains(&value));
            if !fits {
                let message = format!("`{}` of `{}` is a whole number of at least 1", parameter.name, pattern.name);
                let finding = Diagnostic::error(codes::BAD_VALUE, message);
                self.report(finding.at(expr.span, format!("found {}, `{value}`", value.kind())));
                return None;
            }
            values.push(value);
        }
        Some((body?, values))
    }

    /// What a round carries.
    fn round_of(&mut self, stages: &'p [Stage], kind: Loop, span: Span) -> Option<Round<'p>> {
        let block = match stages {
            [Stage { kind: StageKind::Block { name, .. }, .. }] => Some(self.program.definitions.get(name)?),
            _ => None,
        };
        let Some(definition) = block else {
            if kind != Loop::Each {
                let message = "this loop hands tensors from round to round: what it applies is a block";
                let finding = Diagnostic::error(codes::WRONG_INPUT, message).at(span, "a row of patterns is applied");
                self.report(finding.help("an output that has the name of an input is handed on: `block step: h -> h`"));
                return None;
            }
            return Some(Round { block: None, carried: 0 });
        };
        let is_input = |name: &str| definition.inputs.iter().any(|input| input.name == name);
        let carried: Vec<&str> =
            definition.outputs.iter().map(|(name, _)| name.as_str()).filter(|name| is_input(name)).collect();
        let last_inputs = definition.inputs.iter().rev().map(|input| input.name.as_str());
        let last_outputs = definition.outputs.iter().rev().map(|(name, _)| name.as_str());
        let at_the_end = |names: &mut dyn Iterator<Item = &'p str>| {
            carried.iter().rev().zip(names).all(|(carried, name)| *carried == name)
        };
        if !at_the_end(&mut last_inputs.into_iter()) || !at_the_end(&mut last_outputs.into_iter()) {
            let message = format!(
                "what a loop hands on stands last among inputs and outputs, in the same order: {}",
                carried.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            );
            let finding = Diagnostic::error(codes::WRONG_INPUT, message).at(definition.header, "declared here");
            self.report(finding.because(span, "applied in a loop"));
            return None;
        }
        let new = definition.outputs.len() - carried.len();
        let wrong = match kind {
            Loop::Each => None,
            Loop::Times if new > 0 => {
                Some("each output of the block is handed to the next round: its name is an input")
            }
            Loop::While if new != 1 => {
                Some("the first output of the block tells whether to go on, the others are inputs of the next round")
            }
            Loop::Times | Loop::While if carried.is_empty() => {
                Some("a loop needs what is handed from round to round: an output with the name of an input")
            }
            Loop::Times | Loop::While => None,
        };
        if let Some(message) = wrong {
            let finding = Diagnostic::error(codes::WRONG_INPUT, message).at(definition.header, "declared here");
            self.report(finding.because(span, "applied in a loop"));
            return None;
        }
        Some(Round { block, carried: carried.len() })
    }

    /// How many of the inputs are sequences, all of one length.
    fn sequences(
        &mut self,
        pattern: &Pattern,
        numbers: &[Value],
        inputs: &[Stream],
        round: &Round<'p>,
        span: Span,
    ) -> Option<usize> {
        let over = numbers.iter().find_map(Value::as_int).and_then(|over| usize::try_from(over).ok());
        let Some(over) = over.filter(|over| over + round.carried <= inputs.len()) else {
            let message = format!(
                "`{}` runs over the first tensors, and {} enter, of which {} are handed from round to round",
                pattern.name,
                inputs.len(),
                round.carried
            );
            self.report(Diagnostic::error(codes::WRONG_INPUT, message).at(span, "here"));
            return None;
        };
        let mut first: Option<(&Stream, &Dim)> = None;
        for stream in &inputs[..over] {
            let tensor = stream.tensor.as_ref()?;
            let (Layout::Plain, [steps, _, ..]) = (tensor.layout, tensor.dims.as_slice()) else {
                let message = format!("`{}` runs along the first axis of `[T, D]`, but {tensor} enters", pattern.name);
                let mut finding = Diagnostic::error(codes::WRONG_INPUT, message).at(span, "runs over it here");
                if stream.origin != span {
                    finding = finding.because(stream.origin, format!("{tensor}, {}", kind_of(tensor)));
                }
                self.report(finding.help("`to_sequence` makes a sequence of a map's positions"));
                return None;
            };
            if let Some((other, length)) = first
                && self.differ(length, steps)
            {
                let message =
                    format!("`{}` runs over sequences of one length, found {length} and {steps}", pattern.name);
                let finding = Diagnostic::error(codes::SHAPE_MISMATCH, message).at(span, "runs over both here");
                self.report(
                    finding
                        .because(other.origin, format!("{length} steps"))
                        .because(stream.origin, format!("{steps} steps")),
                );
                return None;
            }
            first = first.or(Some((stream, steps)));
        }
        Some(over)
    }

    /// Whether what is handed on stays of one kind.
    fn carries_on(&mut self, entering: &[Stream], carried: &[Tensor], round: &Round<'p>, span: Span) -> Option<()> {
        let before = &entering[entering.len().checked_sub(carried.len())?..];
        for (at, (stream, after)) in before.iter().zip(carried).enumerate() {
            let tensor = stream.tensor.as_ref()?;
            let same = tensor.layout == after.layout
                && tensor.data.is_int() == after.data.is_int()
                && tensor.dims.len() == after.dims.len()
                && !tensor.dims.iter().zip(&after.dims).any(|(a, b)| self.differ(a, b));
            if same {
                continue;
            }
            let output = round.block.and_then(|block| block.outputs.get(block.outputs.len() - carried.len() + at));
            let name = output.map_or("_", |(name, _)| name.as_str());
            let message = format!("`{name}` enters the loop as {tensor}, and a round gives {after}");
            let mut finding = Diagnostic::error(codes::SHAPE_MISMATCH, message).at(span, "handed from round to round");
            if stream.origin != span {
                finding = finding.because(stream.origin, format!("{tensor} from here"));
            }
            if let Some((_, origin)) = output {
                finding = finding.because(*origin, format!("{after} from here"));
            }
            self.report(finding);
            return None;
        }
        Some(())
    }

    /// What the rounds give, one behind the other along a new first axis.
    fn stacked(&mut self, pattern: &Pattern, new: &[Tensor], steps: &Dim, span: Span) -> Option<Vec<Tensor>> {
        if let Some(map) = new.iter().find(|tensor| tensor.layout == Layout::Map) {
            let message = format!("`{}` gives sequences, but a round gives {map}, a map", pattern.name);
            let finding = Diagnostic::error(codes::WRONG_INPUT, message).at(span, "here");
            self.report(finding.help("`flatten` or `global_avg_pool` make a vector of a map"));
            return None;
        }
        let stack = |tensor: &Tensor| {
            let dims = std::iter::once(steps).chain(&tensor.dims).cloned().collect();
            Tensor { dims, ..tensor.clone() }
        };
        Some(new.iter().map(stack).collect())
    }

    /// The condition of a loop is one number for each sample; it does not leave the loop.
    fn condition_of_loop(&mut self, new: &[Tensor], round: &Round<'p>, span: Span) -> Option<Vec<Tensor>> {
        let [condition] = new else { return None };
        if condition.data == DataType::Float && condition.dims.as_slice() == [Dim::ONE] {
            return Some(Vec::new());
        }
        let message = format!("whether to go on is one number, [1], but {condition} was found");
        let mut finding = Diagnostic::error(codes::SHAPE_MISMATCH, message).at(span, "goes on while it is above 0");
        if let Some((_, origin)) = round.block.and_then(|block| block.outputs.first()) {
            finding = finding.because(*origin, format!("{condition} from here"));
        }
        self.report(finding.help("`dense(1)` makes one number of features"));
        None
    }
}
