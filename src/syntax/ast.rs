//! The syntax tree of a spec: what was written, nothing resolved.
//!
//! Every node keeps its span; comments and blank lines are kept where they stand, so that the formatter can print them and the
//! emitters can carry them over.
//!
//! Architecture Invariant: no meaning here. Whether a name is a tensor, a hyperparameter or a pattern is decided in `ir::lower`.

use crate::span::Span;

/// A name with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The identifier: a letter, then letters, digits and underscores; `_` where a value is discarded.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A `// comment` without its slashes, the blank behind them and blanks at its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// The text.
    pub text: String,
    /// Where it stands, slashes included.
    pub span: Span,
}

/// What stands above a statement or item.
#[derive(Clone, Debug, PartialEq)]
pub enum Leading {
    /// A comment on its own line.
    Comment(Comment),
    /// One or more blank lines (printed as one).
    Blank,
}

/// A parsed file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Everything in it, in order. What could not be parsed is missing (and was reported).
    pub items: Vec<Item>,
    /// Comments behind the last item.
    pub end: Vec<Leading>,
}

/// A top-level item.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Comments and blank lines above it.
    pub leading: Vec<Leading>,
    /// The item.
    pub kind: ItemKind,
    /// From its first to its last character, doc comment excluded.
    pub span: Span,
}

/// The kinds of top-level items.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `import a, b from "file.arch"` or `import "file.arch"`.
    Import(Import),
    /// `defaults { batch_norm(eps=1e-3) }`.
    Defaults(Defaults),
    /// `model` or `block`.
    Definition(Definition),
    /// `pattern`: the declaration of an operator, in the standard library.
    Pattern(Pattern),
}

/// `import a, b from "file.arch"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The names to bring in; empty for all blocks of the file.
    pub names: Vec<Name>,
    /// The path as written.
    pub path: String,
    /// Where the path stands, quotes included.
    pub path_span: Span,
    /// The comment behind it.
    pub trailing: Option<Comment>,
}

/// `defaults { .. }`: the file's own defaults of pattern parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// One entry a line.
    pub entries: Vec<DefaultsEntry>,
    /// Comments behind the last entry.
    pub end: Vec<Leading>,
}

/// One line of `defaults`.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultsEntry {
    /// Comments and blank lines above it.
    pub leading: Vec<Leading>,
    /// The pattern.
    pub name: Name,
    /// Its new defaults, all named.
    pub arguments: Vec<Argument>,
    /// The comment behind it.
    pub trailing: Option<Comment>,
}

/// Model or block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionKind {
    /// `model`: what is generated, with concrete inputs.
    Model,
    /// `block`: what models and blocks are made of.
    Block,
}

/// `model NAME(parameters): inputs -> outputs { body }`, `block ..`.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Model or block.
    pub kind: DefinitionKind,
    /// The lines of the doc comment, without `///` and one blank.
    pub doc: Vec<String>,
    /// Its name.
    pub name: Name,
    /// The hyperparameters.
    pub parameters: Vec<Parameter>,
    /// The tensors that enter.
    pub inputs: Vec<Input>,
    /// Whether the inputs stand in parentheses.
    pub inputs_tuple: bool,
    /// The tensors that leave.
    pub outputs: Vec<Name>,
    /// The lines.
    pub body: Vec<Statement>,
    /// Comments behind the last statement.
    pub end: Vec<Leading>,
    /// From the keyword to the closing parenthesis or the outputs: what an error points at.
    pub header: Span,
}

/// A hyperparameter: `name`, `name = default`, `name: type = default`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// The type, where it is written: `int`, `float`, `bool`, and for patterns `window`, `padding`, `axis`, ... or `choice(a, b)`.
    pub ty: Option<ParameterType>,
    /// The default; required if missing.
    pub default: Option<Expr>,
    /// The doc comment above it, without slashes, its lines joined by line breaks (patterns document their parameters so).
    pub doc: Option<String>,
}

/// The type of a parameter as written.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterType {
    /// `int`, `window`, `choice`, ...
    pub name: Name,
    /// The alternatives of `choice(none, tanh)`.
    pub alternatives: Vec<Name>,
}

/// A tensor that enters: `x`, `image[3, H = 512, W = 512]`, `tokens[T] int < vocabulary`.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: Name,
    /// Its shape, where it is written.
    pub shape: Option<Shape>,
    /// `int` behind the shape, and for patterns `map`, `plain`, `indices`.
    pub kind: Option<Name>,
    /// The exclusive upper bound of an integer input: `int < vocabulary`.
    pub bound: Option<Expr>,
    /// `...xs`: any number of tensors (patterns only).
    pub variadic: bool,
    /// `key = query`: what is taken when it is not given (patterns only).
    pub default: Option<Name>,
}

/// `[3, H = 512, W]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The dimensions.
    pub dims: Vec<Dim>,
    /// With its brackets.
    pub span: Span,
}

/// One dimension of a shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Dim {
    /// Its value, or the name it binds.
    pub value: Expr,
    /// `H = 512`: the size a free dimension has in the paper.
    pub default: Option<Expr>,
    /// `S...`: stands for any number of dimensions (patterns only).
    pub splat: bool,
}

/// A line of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Comments and blank lines above it.
    pub leading: Vec<Leading>,
    /// What it says.
    pub kind: StatementKind,
    /// The comment behind its last line (for `repeat`: behind the opening brace; none for `if`, whose arms have their own).
    pub trailing: Option<Comment>,
    /// From its first to its last character.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `y[64, 8, 8] = x -> conv(64, 3x3)`, `(a, b) = ..`, `mid = x.channels / 4`.
    Assign(Assign),
    /// `shared tower = conv(64, 3x3) -> relu`: one instance, used as a pattern, with one set of weights.
    Shared(Shared),
    /// `repeat 4 as stage { .. }`.
    Repeat(Repeat),
    /// `if .. { } else { }`.
    If(If),
    /// `require H % 8 == 0`.
    Require(Require),
    /// `claim params = 11.69M`.
    Claim(Claim),
}

/// `targets = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assign {
    /// What is assigned.
    pub targets: Vec<Target>,
    /// Whether the targets stand in parentheses.
    pub tuple: bool,
    /// What flows in.
    pub value: Pipeline,
}

/// `name` or `name[shape]`; the shape is a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The name, `_` to discard.
    pub name: Name,
    /// The claimed shape.
    pub shape: Option<Shape>,
}

/// `source -> stage -> stage`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Where it starts.
    pub source: Source,
    /// The stages behind the arrows; none in `y = x + z`.
    pub stages: Vec<Stage>,
}

/// The start of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// `(a, b)`, at least two.
    Tuple(Vec<Expr>),
    /// A name or arithmetic.
    Expr(Expr),
}

/// One stage of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What it applies.
    pub kind: StageKind,
    /// Without the arrow.
    pub span: Span,
    /// The comment behind it, where the pipeline is broken after this stage.
    pub trailing: Option<Comment>,
    /// Whether the line is broken before this stage's arrow.
    pub new_line: bool,
}

/// The kinds of stages.
#[derive(Clone, Debug, PartialEq)]
pub enum StageKind {
    /// `conv(64, 3x3)` or `relu`: a pattern, a block or a shared instance.
    Call(Call),
    /// `(relu if decoder else prelu)`.
    Choice {
        /// The condition, on hyperparameters.
        condition: Expr,
        /// Applied if it holds.
        then: Box<Stage>,
        /// Applied if not.
        otherwise: Box<Stage>,
    },
}

/// `name(arguments)`; `name` alone has none.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The callee.
    pub name: Name,
    /// Positional ones first.
    pub arguments: Vec<Argument>,
    /// Whether parentheses were written.
    pub parentheses: bool,
}

/// `value` or `name=value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The parameter, where it is named.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// `shared name = stages`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The instance's name.
    pub name: Name,
    /// What it is made of.
    pub stages: Vec<Stage>,
}

/// `repeat count as label[index] { body }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// How often.
    pub count: Expr,
    /// The group's name.
    pub label: Name,
    /// The name of the round's number, from 0.
    pub index: Option<Name>,
    /// The lines.
    pub body: Vec<Statement>,
    /// Comments behind the last one.
    pub end: Vec<Leading>,
}

/// `if a { } else if b { } else { }`.
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// Conditions with their bodies, the first that holds counts.
    pub arms: Vec<Arm>,
    /// The body of `else`.
    pub otherwise: Option<Arm>,
}

/// One arm of an `if`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The condition; `None` for `else`.
    pub condition: Option<Expr>,
    /// The lines.
    pub body: Vec<Statement>,
    /// The comment behind its opening brace.
    pub trailing: Option<Comment>,
    /// Comments behind the last line.
    pub end: Vec<Leading>,
    /// From the keyword to the closing brace.
    pub span: Span,
}

/// `require condition`.
#[derive(Clone, Debug, PartialEq)]
pub struct Require {
    /// What must hold.
    pub condition: Expr,
    /// `: "message"`, with `{name}` for values.
    pub message: Option<String>,
}

/// `claim params = 11.69M`, `claim macs(conv1) ~ 118M`.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// `params` or `macs`.
    pub quantity: Name,
    /// The row that the figure belongs to; without one it is the whole model's.
    pub row: Option<Name>,
    /// `=` or `~`.
    pub relation: Relation,
    /// The figure.
    pub value: Expr,
}

/// How a claim compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `=`: equal at the precision written.
    Equal,
    /// `~`: within 2 %.
    About,
}

/// An expression on hyperparameters, dimensions or tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `64`, `61,706` (in claims).
    Int(i64),
    /// `1e-3`, `0.5`; the text is kept for printing.
    Float {
        /// Its value.
        value: f64,
        /// As written.
        text: String,
    },
    /// `11.69M`, `1.8G`, `370k`: a figure of a claim.
    Quantity {
        /// Its value.
        value: f64,
        /// The unit of its last digit: 10,000 in `11.69M`.
        unit: f64,
        /// As written.
        text: String,
    },
    /// `true`, `false`.
    Bool(bool),
    /// `3x3`.
    Size(Vec<i64>),
    /// `"text"` (patterns only).
    Str(String),
    /// A name: tensor, hyperparameter, index, dimension, or a word such as `same`.
    Name(String),
    /// `x.channels`.
    Attribute {
        /// The tensor.
        tensor: Name,
        /// `channels`, `height`, `width`, `length`, `features`.
        attribute: Name,
    },
    /// `[1, n]`.
    List(Vec<Expr>),
    /// `value...` in a list (patterns only).
    Splat(Box<Expr>),
    /// `-a`, `not a`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `max(a, b)`: a function on hyperparameters.
    Call(Name, Vec<Expr>),
    /// `a if c else b`.
    Choice {
        /// The condition.
        condition: Box<Expr>,
        /// The value if it holds.
        then: Box<Expr>,
        /// The value if not.
        otherwise: Box<Expr>,
    },
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`.
    Negate,
    /// `not`.
    Not,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`: exact on integers.
    Divide,
    /// `floor(a / b)`: rounds down. (`//` begins a comment.)
    FloorDivide,
    /// `%`.
    Remainder,
    /// `^`.
    Power,
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `and`.
    And,
    /// `or`.
    Or,
}

/// `pattern NAME(parameters): inputs -> outputs { facts }`: the declaration of an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// The lines of the doc comment.
    pub doc: Vec<String>,
    /// Its name.
    pub name: Name,
    /// Typed parameters.
    pub parameters: Vec<Parameter>,
    /// The tensors that enter.
    pub inputs: Vec<Input>,
    /// The tensors that leave.
    pub outputs: Vec<PatternOutput>,
    /// Weights, constraints, cost.
    pub facts: Vec<Fact>,
    /// Comments behind the last fact.
    pub end: Vec<Leading>,
}

/// A tensor that leaves a pattern: `y[filters, S...] map`, `indices?[..]`.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternOutput {
    /// Its name.
    pub name: Name,
    /// `?`: may be left out by the caller.
    pub optional: bool,
    /// `...`: as many as its shape formula has shapes.
    pub variadic: bool,
    /// Its shape; `None` for that of the first input.
    pub shape: Option<Shape>,
    /// `map`, `plain`, `int`, `indices`; `None` for that of the first input.
    pub kind: Option<Name>,
}

/// A line of a pattern's body.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Comments and blank lines above it.
    pub leading: Vec<Leading>,
    /// What it says.
    pub kind: FactKind,
    /// The comment behind it (for `ask`: behind the opening brace).
    pub trailing: Option<Comment>,
    /// From its first to its last character.
    pub span: Span,
}

/// The kinds of lines in a pattern's body.
#[derive(Clone, Debug, PartialEq)]
pub enum FactKind {
    /// `half = C / 2`: a local value.
    Let(Name, Expr),
    /// `require C % groups == 0: "message"`.
    Require(Require),
    /// `ask condition: "question" { "padding=1" = "what it means" }`: refuses to guess.
    Ask {
        /// When the question arises.
        condition: Expr,
        /// The question, with `{name}` for values.
        question: String,
        /// What could be written, and what that means.
        choices: Vec<(String, String)>,
    },
    /// `weight kernel[..] = 0 if bias`, `state variance[..] = 1`.
    Weight {
        /// Its name.
        name: Name,
        /// Whether training updates it (`weight`) or the forward pass does (`state`).
        trainable: bool,
        /// Its canonical shape.
        shape: Shape,
        /// What it starts as; drawn with variance 1/fan-in where missing.
        initial: Option<Expr>,
        /// Whether it exists.
        condition: Option<Expr>,
    },
    /// `macs = ..`: multiply-accumulates of one sample.
    Macs(Expr),
    /// `random rate`: draws numbers in training mode, unless the named parameter is 0, or what the other one is: `random high = low`.
    Random(Name, Option<Name>),
    /// `loop each`: applies an instance again and again.
    Loop(Name),
    /// `training`: behaves differently in training mode.
    Training,
    /// `extern pytorch layer = "nn.Linear({{ D }}, {{ units }})"`: the user's own code for a column.
    Extern {
        /// The column.
        column: Name,
        /// What of its entry this is; what applies it if nothing is said.
        key: Option<Name>,
        /// The template.
        text: String,
    },
}
