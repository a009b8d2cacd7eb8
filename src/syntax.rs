//! Text to tree and back: the grammar (`grammar/arch.pest`), the parser and the formatter.
//!
//! Architecture Invariant: pest stays inside [`parse`]; no other module sees one of its types.

pub mod ast;
pub mod parse;
pub mod print;
