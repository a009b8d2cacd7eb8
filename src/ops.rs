//! The operators.
//!
//! An operator is declared once, in the language itself, as a `pattern` (`src/ops/patterns/*.arch`): its doc, its parameters with types
//! and defaults, the shapes of what enters and leaves, its weights in their canonical layout, its constraints and its cost. This
//! module reads those declarations ([`library`]) and evaluates them ([`Pattern::apply`]), on numbers and on symbols alike. What a
//! formula can't say is a function of [`evaluate`].
//!
//! Architecture Invariant: no framework is known here, and no operator has Rust code of its own.

mod contraction;
pub mod evaluate;
pub mod gotchas;
pub mod library;
mod memory;
mod pattern;
mod value;

pub use memory::Memory;
pub use pattern::{Applied, Argument, DECLARATIONS, Flow, OWN, Parameter, Pattern, Request, STAGE, Weight, filled};
pub use value::{DataType, Layout, Loop, ParameterType, Tensor, Value, shape_text};
