//! The names of a flat program's tensors.
//!
//! A flat program is a straight line, so it is known exactly from which line to which one a tensor is needed. Two tensors have one name
//! only where the first one is not read any more when the second one is made.
//!
//! Architecture Invariant: names are all that changes here; lines are neither moved nor joined, and only lines that give a tensor its
//! own name are dropped.

use super::{Flow, Node, NodeKind, Operand};
use crate::hash::{HashMap, HashSet};
use crate::span::Span;

/// The tensors of a program by their numbers, with what each may be called.
#[derive(Default)]
pub(super) struct Names(Vec<Vec<String>>);

/// From the line that makes a tensor to the last one that reads it; lines count from 1, inputs are there at 0.
#[derive(Clone, Copy)]
struct Life {
    made: usize,
    read: usize,
}

impl Life {
    /// Whether both are needed at once. A line reads before it makes.
    fn meets(self, other: Self) -> bool {
        self.made == other.made || (self.made < other.read && other.made < self.read)
    }
}

impl Names {
    /// A tensor that a line makes, which should have this name.
    pub fn made(&mut self, wish: String) -> String {
        self.0.push(vec![wish]);
        (self.0.len() - 1).to_string()
    }

    /// How many tensors there are so far.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// A better name for a tensor, unless it is one of the first `before`.
    pub fn prefer(&mut self, number: &str, wish: &str, before: usize) {
        let number = number.parse::<usize>().ok().filter(|number| *number >= before);
        if let Some(wishes) = number.and_then(|number| self.0.get_mut(number)) {
            wishes.insert(0, wish.to_owned());
        }
    }

    /// An input of the model.
    pub fn input(&mut self, name: &str) -> String {
        self.made(name.to_owned())
    }

    /// Puts names in the place of the numbers. None of `sizes` is taken: they are names of the program, too.
    pub fn choose<'s>(
        self,
        lines: &mut Vec<Node>,
        outputs: &mut [(String, Span)],
        sizes: impl Iterator<Item = &'s str>,
    ) {
        let mut lives: HashMap<String, Life> = HashMap::default();
        for (at, line) in lines.iter().enumerate() {
            let NodeKind::Flow(flow) = &line.kind else { continue };
            let line = at + 1;
            for input in &flow.inputs {
                read(input, &mut |name| lives.entry(name.to_owned()).or_insert(Life { made: 0, read: 0 }).read = line);
            }
            for name in flow.targets.iter().filter_map(|target| target.name.as_ref()) {
                lives.insert(name.clone(), Life { made: line, read: line });
            }
        }
        let end = lines.len() + 1;
        for (name, _) in outputs.iter() {
            lives.entry(name.clone()).or_insert(Life { made: 0, read: 0 }).read = end;
        }

        let sizes: HashSet<&str> = sizes.collect();
        let mut taken: HashMap<String, Vec<Life>> = HashMap::default();
        let mut chosen: HashMap<String, String> = HashMap::default();
        for (number, wishes) in self.0.into_iter().enumerate() {
            let number = number.to_string();
            let Some(&life) = lives.get(&number) else { continue };
            let last = wishes.last().cloned().unwrap_or_else(|| "value".to_owned());
            let numbered = (2..).map(|count: usize| format!("{last}_{count}"));
            let free = |name: &String| {
                !sizes.contains(name.as_str())
                    && taken.get(name).is_none_or(|lives| !lives.iter().any(|other| life.meets(*other)))
            };
            if let Some(name) = wishes.into_iter().chain(numbered).find(free) {
                taken.entry(name.clone()).or_default().push(life);
                chosen.insert(number, name);
            }
        }

        for (name, _) in outputs {
            rename(name, &chosen);
        }
        for line in lines.iter_mut() {
            let NodeKind::Flow(flow) = &mut line.kind else { continue };
            flow.targets.iter_mut().filter_map(|target| target.name.as_mut()).for_each(|name| rename(name, &chosen));
            flow.inputs.iter_mut().for_each(|input| renamed(input, &chosen));
        }
        lines.retain(|line| !matches!(&line.kind, NodeKind::Flow(flow) if is_itself(flow)));
    }
}

/// Whether a line gives a tensor the name that it has.
fn is_itself(flow: &Flow) -> bool {
    match (flow.inputs.as_slice(), flow.targets.as_slice()) {
        ([Operand::Tensor { name, .. }], [target]) => flow.stages.is_empty() && target.name.as_ref() == Some(name),
        _ => false,
    }
}

fn read(operand: &Operand, each: &mut dyn FnMut(&str)) {
    match operand {
        Operand::Tensor { name, .. } => each(name),
        Operand::Number(_) => {}
        Operand::Arithmetic { left, right, .. } => {
            read(left, each);
            read(right, each);
        }
    }
}

fn renamed(operand: &mut Operand, chosen: &HashMap<String, String>) {
    match operand {
        Operand::Tensor { name, .. } => rename(name, chosen),
        Operand::Number(_) => {}
        Operand::Arithmetic { left, right, .. } => {
            renamed(left, chosen);
            renamed(right, chosen);
        }
    }
}

fn rename(name: &mut String, chosen: &HashMap<String, String>) {
    if let Some(found) = chosen.get(name) {
        name.clone_from(found);
    }
}
