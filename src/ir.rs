//! The pattern IR: a spec with its names resolved and everything else kept.
//!
//! ## Laws
//! - Lowering never forgets: every attribute, span, comment, block, loop and branch of the spec is still here. Emission may refuse.
//! - A [`Stage`] has an id that is unique in its [`Program`]; what is found out about it is kept beside the tree, under that id.
//! - Shapes are not stored in the tree. [`infer`] computes them, for a block on its own with symbols and for each instance with numbers,
//!   by the same rules.
//! - The IR serialises to JSON under a version ([`dump`]).

pub mod analyse;
pub mod dump;
pub mod flatten;
pub mod infer;
pub mod lower;
mod scoped;
pub mod transform;
mod visit;

use crate::hash::IndexMap;
use crate::ops::{Layout, Memory, ParameterType, Pattern};
use crate::span::Span;
use crate::syntax::ast::{DefinitionKind, Expr, Relation, Shape};
use std::sync::{Arc, Mutex};

/// A lowered spec: one model and the blocks it is made of.
#[derive(Clone, Debug)]
pub struct Program {
    /// The model's name, a key of `definitions`.
    pub model: String,
    /// The model and all blocks, callees before their callers.
    pub definitions: IndexMap<String, Definition>,
    /// How many stages there are; ids run from 0.
    pub stages: usize,
    /// What patterns gave in it: a program is walked several times, and each walk meets the same applications.
    pub(crate) memory: Arc<Mutex<Memory>>,
}

impl Program {
    /// The model.
    ///
    /// # Panics
    /// Never: lowering gives no program without its model.
    #[must_use]
    pub fn model(&self) -> &Definition {
        &self.definitions[&self.model]
    }
}

/// A model or a block.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Model or block.
    pub kind: DefinitionKind,
    /// Its name.
    pub name: String,
    /// The lines of its doc comment.
    pub doc: Vec<String>,
    /// Its hyperparameters.
    pub parameters: Vec<Parameter>,
    /// The tensors that enter.
    pub inputs: Vec<Input>,
    /// The tensors that leave, with the place where they are named.
    pub outputs: Vec<(String, Span)>,
    /// Its lines.
    pub body: Vec<Node>,
    /// Its head, for messages.
    pub header: Span,
    /// The comments above it.
    pub comments: Vec<String>,
}

impl Definition {
    /// The parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

/// A hyperparameter of a model or block.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type, where it is written.
    pub ty: Option<ParameterType>,
    /// Its default; required if missing.
    pub default: Option<Expr>,
    /// Where it is declared.
    pub span: Span,
}

/// A tensor that enters.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its shape; always there for a model.
    pub shape: Option<Shape>,
    /// Whether its elements are integers.
    pub int: bool,
    /// What its axes are, where that is written: `signal[8, L] map`. Else three axes or more of real numbers are a map.
    pub layout: Option<Layout>,
    /// The exclusive upper bound of its integers.
    pub bound: Option<Expr>,
    /// Where it is declared.
    pub span: Span,
}

/// A line of a body.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub kind: NodeKind,
    /// Where it stands.
    pub span: Span,
    /// The comments above it.
    pub comments: Vec<String>,
    /// The comment behind it.
    pub trailing: Option<String>,
    /// Whether a blank line stands above it.
    pub paragraph: bool,
}

/// The kinds of lines.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A hyperparameter computed from others.
    Let {
        /// Its name.
        name: String,
        /// Its value.
        value: Expr,
    },
    /// Tensors that flow through stages.
    Flow(Flow),
    /// An instance that is used more than once, with one set of weights.
    Shared {
        /// Its name.
        name: String,
        /// What it is made of.
        stages: Vec<Stage>,
    },
    /// A body that is applied several times, with weights of its own each time.
    Repeat {
        /// The group's name.
        label: String,
        /// The name of the round's number.
        index: Option<String>,
        /// How often.
        count: Expr,
        /// The lines.
        body: Vec<Node>,
        /// The tensors that one round hands to the next.
        carried: Vec<String>,
    },
    /// A choice by hyperparameters.
    If {
        /// Conditions with their lines; the last one may have none.
        arms: Vec<Arm>,
        /// The tensors that every arm defines and that are used behind it.
        joined: Vec<String>,
    },
    /// A condition that must hold.
    Require {
        /// The condition.
        condition: Expr,
        /// What to say if it does not.
        message: Option<String>,
    },
    /// A figure of the paper.
    Claim {
        /// `params` or `macs`.
        quantity: Quantity,
        /// The row that the figure belongs to: a line of the model, or a loop. Without one it is the whole model's.
        row: Option<Row>,
        /// How it is compared.
        relation: Relation,
        /// The figure.
        value: Expr,
    },
    /// Nothing but the comments at the end of a body.
    Remark,
}

/// A row of the paper's table: a line of the model with its stages, or a loop with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// All of it.
    pub span: Span,
}

/// What a claim speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Trainable parameters.
    Params,
    /// Multiply-accumulates for one sample, without biases and normalisation.
    Macs,
}

impl Quantity {
    /// The word of the language.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Params => "params",
            Self::Macs => "macs",
        }
    }
}

/// One arm of an `if`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// The condition; `None` for `else`.
    pub condition: Option<Expr>,
    /// The lines.
    pub body: Vec<Node>,
    /// Where it stands.
    pub span: Span,
    /// The comment behind its opening brace.
    pub trailing: Option<String>,
}

/// `targets = inputs -> stages`.
#[derive(Clone, Debug)]
pub struct Flow {
    /// What is assigned.
    pub targets: Vec<Target>,
    /// What enters the first stage (or is assigned as it is).
    pub inputs: Vec<Operand>,
    /// The stages.
    pub stages: Vec<Stage>,
}

/// What a flow assigns.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name; `None` to discard the value.
    pub name: Option<String>,
    /// The claimed shape.
    pub claim: Option<Shape>,
    /// Where it stands.
    pub span: Span,
}

/// A tensor, a number, or arithmetic on them.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A tensor by name.
    Tensor {
        /// Its name.
        name: String,
        /// Where it is used.
        span: Span,
    },
    /// A hyperparameter expression, in arithmetic with a tensor.
    Number(Expr),
    /// `left op right`: the pattern `add`, `subtract`, `multiply` or `divide`.
    Arithmetic {
        /// The application; its stage has no arguments.
        stage: Box<Stage>,
        /// The left operand.
        left: Box<Operand>,
        /// The right operand.
        right: Box<Operand>,
    },
}

impl Operand {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Tensor { span, .. } => *span,
            Self::Number(expr) => expr.span,
            Self::Arithmetic { stage, .. } => stage.span,
        }
    }
}

/// Identifies a stage of a program.
pub type StageId = usize;

/// One application of a pattern, a block or a shared instance.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its identity.
    pub id: StageId,
    /// What it applies.
    pub kind: StageKind,
    /// Where it stands.
    pub span: Span,
    /// The comment behind it, where the line ends there.
    pub comment: Option<String>,
    /// Whether the line ends behind it (always true of a flow's last stage).
    pub line_end: bool,
}

/// The kinds of stages.
#[derive(Clone, Debug)]
pub enum StageKind {
    /// An operator.
    Pattern {
        /// Its declaration.
        pattern: Arc<Pattern>,
        /// What was written, and the file's defaults: the parameter's position with its value.
        arguments: Vec<(usize, Expr)>,
    },
    /// A block.
    Block {
        /// Its name.
        name: String,
        /// What was written: parameter and value, in the order written.
        arguments: Vec<BlockArgument>,
    },
    /// A shared instance of the same definition.
    Shared {
        /// Its name.
        name: String,
    },
    /// Nothing.
    Identity,
    /// One of two, by a hyperparameter.
    Choice {
        /// The condition.
        condition: Expr,
        /// Applied if it holds.
        then: Box<Stage>,
        /// Applied if not.
        otherwise: Box<Stage>,
    },
    /// Reports the value that passes, while the program is verified.
    Tap {
        /// The line of the spec.
        line: u32,
        /// Which of the line's targets.
        slot: usize,
    },
}

/// A hyperparameter given to a block.
#[derive(Clone, Debug)]
pub struct BlockArgument {
    /// Which one.
    pub name: String,
    /// Its value.
    pub value: Expr,
    /// Whether it was written as `name=value`.
    pub named: bool,
}
