//! What is shown: views of data that was found elsewhere, for a terminal and as JSON.
//!
//! Architecture Invariant: pure functions from data to text. Nothing is read, written or decided here; whether there is colour and how
//! wide the terminal is come in as arguments.

pub mod catalogue;
pub mod changes;
pub mod columns;
pub mod compare;
pub mod diagnostics;
pub mod page;
pub mod patterns;
pub mod side_by_side;
pub mod summary;
pub mod table;
pub mod text;
pub mod zoo;
