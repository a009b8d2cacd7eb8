//! Generated code as a tree, a parser that reads it and a printer that writes it.
//!
//! All columns generate Python. What a template or a writer gives is parsed once ([`parse`]), put together as a tree ([`tree`]), and
//! printed once ([`mod@print`]): precedence, quotes and lines are the printer's business, and nobody's before.
//!
//! The parser is our own. `ruff_python_parser` reads all of Python, but it is an internal crate by its own words, brings 93 others along,
//! and its tree has no holes, no comments and no origins, so that it would have to be made into this one anyway. As a
//! dev-dependency it is somebody else's opinion of what the printer writes.
//!
//! Architecture Invariant: nothing of a framework stands here, and nothing of a spec but the places that nodes come from.

pub mod parse;
pub mod print;
pub mod statement;
pub mod tree;

pub use print::Line;
pub use statement::{Arm, Statement, StatementKind};
pub use tree::{
    BinaryOperator, BooleanOperator, Clause, Comments, Comparison, Constant, Expr, ExprKind, Hole, Item, Key, Layout,
    Origins, Parameter, Part, Precedence, UnaryOperator,
};
