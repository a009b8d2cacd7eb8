//! Shared instances: one set of weights, applied in several places, or named as a hyperparameter.
//!
//! Architecture Invariant: an instance is walked as if it stood where it is applied; only its weights are those of its first use.

use super::*;
use crate::ops::Parameter;

impl<'p> Walker<'p, '_> {
    /// Applies a shared instance.
    pub(super) fn shared(
        &mut self,
        shared: &str,
        inputs: &[Stream],
        wanted: usize,
        frame: &mut Frame<'p>,
    ) -> Option<Vec<Tensor>> {
        let (stages, applied) = *frame.shared.get(shared)?;
        if stages.is_empty() {
            return None;
        }
        let mut streams = inputs.to_vec();
        let inner_path = join(&frame.path, shared);
        let path = std::mem::replace(&mut frame.path, inner_path);
        let instances = std::mem::take(&mut frame.instances);
        for (at, inner) in stages.iter().enumerate() {
            let last = at + 1 == stages.len();
            let result = self.shared_stage(inner, streams, if last { wanted } else { 1 }, applied, frame);
            match result {
                Some(next) => streams = next,
                None => {
                    frame.path = path;
                    frame.instances = instances;
                    return None;
                }
            }
        }
        frame.path = path;
        frame.instances = instances;
        frame.shared.insert(shared.to_owned(), (stages, true));
        streams.into_iter().map(|stream| stream.tensor).collect()
    }

    /// A stage of a shared instance: its weights are made once.
    fn shared_stage(
        &mut self,
        stage: &'p Stage,
        inputs: Vec<Stream>,
        wanted: usize,
        again: bool,
        frame: &mut Frame<'p>,
    ) -> Option<Vec<Stream>> {
        match (&stage.kind, again) {
            (StageKind::Pattern { pattern, arguments }, true) => {
                let path = self.instance(frame, "", &pattern.name);
                let applied = self.pattern(stage, pattern, arguments, &inputs, &path, true, frame)?;
                let outputs = applied.outputs.iter().take(wanted.max(1)).cloned();
                Some(
                    outputs
                        .map(|tensor| Stream {
                            name: [STAGE, label(stage)].concat(),
                            tensor: Some(tensor),
                            origin: stage.span,
                        })
                        .collect(),
                )
            }
            (StageKind::Block { .. }, true) => {
                let mut quiet = Again(self.observer);
                let mut walker = Walker {
                    program: self.program,
                    mode: self.mode,
                    observer: &mut quiet,
                    memory: Arc::clone(&self.memory),
                    findings: std::mem::take(&mut self.findings),
                    budget: self.budget,
                    depth: self.depth,
                    sites: std::mem::take(&mut self.sites),
                    model_span: self.model_span,
                    claims: self.claims,
                    least: Rc::clone(&self.least),
                    rounds: self.rounds,
                    trial: self.trial.take(),
                    times: self.times.clone(),
                    in_loops: Rc::clone(&self.in_loops),
                    silent: self.silent,
                    tried: Rc::clone(&self.tried),
                };
                let result = walker.stage(stage, inputs, wanted, "", frame);
                let Walker { findings, budget, sites, trial, .. } = walker;
                (self.findings, self.budget, self.sites, self.trial) = (findings, budget, sites, trial);
                result
            }
            _ => self.stage(stage, inputs, wanted, "", frame),
        }
    }

    /// A shared instance as a hyperparameter: the values of the hyperparameters of the one pattern that it is made of, in the
    /// order in which the pattern declares them.
    pub(super) fn shared_values(
        &mut self,
        pattern: &Pattern,
        wanted: &str,
        expr: &Expr,
        frame: &Frame<'p>,
    ) -> Option<Value> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        let (stages, applied) = *frame.shared.get(name)?;
        match stages {
            [Stage { kind: StageKind::Pattern { pattern: found, .. }, .. }] if found.name == wanted && !applied => {
                let message = format!("nothing has entered `{name}` yet, so it has no weights");
                let finding = Diagnostic::error(codes::WRONG_INPUT, message).at(expr.span, "its weights are used here");
                self.report(finding.help(format!("apply `{name}` above this line")));
                None
            }
            [Stage { kind: StageKind::Pattern { pattern: found, arguments }, .. }] if found.name == wanted => {
                let value = |(at, parameter): (usize, &'p Parameter)| {
                    let written = arguments.iter().find(|(given, _)| *given == at).map(|(_, expr)| expr);
                    self.evaluate(written.or(parameter.default.as_ref())?, frame)
                };
                found.parameters.iter().enumerate().map(value).collect::<Option<_>>().map(Value::List)
            }
            _ => {
                let message = format!("`{}` takes a shared instance of `{wanted}` alone", pattern.name);
                let made = stages.first().map(|stage| stage.span);
                let mut finding = Diagnostic::error(codes::WRONG_TYPE, message).at(expr.span, "it is another thing");
                if let Some(made) = made {
                    finding = finding.because(made, "made here");
                }
                self.report(finding.help(format!("write `shared {name} = {wanted}(..)`")));
                None
            }
        }
    }
}
