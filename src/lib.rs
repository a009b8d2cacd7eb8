//! Hexapla: write a neural network once, as its paper's table, and get equivalent code in five frameworks, proven line by line.
//!
//! A spec goes through these stages, each a module that imports from those above it only:
//!
//! | floor | module | what becomes of the spec |
//! |---|---|---|
//! | 0 | [`span`], [`diagnostic`], [`dim`], [`limits`], [`hash`], [`foreign`] | places in texts, findings as data, symbolic sizes; maps; text that others wrote |
//! | 1 | [`syntax`] | a text becomes a tree ([`syntax::parse`]), a tree becomes a formatted text |
//! | 2 | [`ops`] | the declared operators: shapes, weights and cost of each, by its own declaration |
//! | 3 | [`ir`] | a tree becomes a program: names resolved, shapes inferred, claims checked |
//! | 4 | [`code`] | generated code as a tree: a text is parsed into it, lines are printed from it |
//! | 5 | [`emit`] | a program becomes the code of a column, each line tagged with its origin |
//! | 6 | [`embedded`], [`translate`], [`diff`], [`catalogue`], [`suitability`], [`report`] | the built-in columns; several of them at once; aligned by lines; pattern by pattern; which one suits; views |
//! | 7 | [`failure`], [`input`], [`output`], [`project`], [`snapshot`], [`verification`], [`verify`], [`zoo`] | what is read and written, and by which limits; specs; golden files; runs of the real frameworks; the papers that come along |
//! | 8 | [`cli`] | the commands |
//!
//! ```
//! use hexapla::{emit::framework::Columns, ir, project::Spec, translate};
//!
//! let text = "model Net: x[8] -> y {\n    y = x -> dense(10) -> relu\n}\n";
//! let spec = Spec::from_text("net.arch".as_ref(), text.into());
//! let program = spec.program.expect("the spec is right");
//! let configuration = ir::infer::Configuration::default();
//! let (summary, findings) = ir::analyse::check(&program, &configuration);
//! assert!(findings.is_empty());
//! assert_eq!(summary.expect("there is no finding").params, 90);
//!
//! let columns = hexapla::embedded::columns().expect("the built-in columns are in order");
//! let chosen = translate::select(&columns, &["all".into()]).expect("`all` is always a choice");
//! let options = hexapla::emit::Options { spec: "net.arch".into(), line_refs: false };
//! let codes = translate::translate(&program, &configuration, &chosen, &spec.sources, &options).expect("it can be written");
//! assert!(codes.iter().all(|(column, code)| code.as_ref().is_ok_and(|code| code.column == column.id)));
//! ```
//!
//! Architecture Invariant: floors 0 to 6 do no I/O, so that the same core can run in an editor or a browser.

#![warn(clippy::disallowed_macros, clippy::disallowed_methods)]

pub mod catalogue;
#[allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "floor 8 talks to the user")]
pub mod cli;
pub mod code;
pub mod diagnostic;
pub mod diff;
pub mod dim;
pub mod embedded;
pub mod emit;
pub mod failure;
pub mod foreign;
pub mod hash;
#[allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "floor 7 reads files")]
pub mod input;
pub mod ir;
pub mod limits;
pub mod ops;
#[allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "floor 7 writes files")]
pub mod output;
#[allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "floor 7 reads specs")]
pub mod project;
pub mod report;
#[allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "floor 7 keeps golden files")]
pub mod snapshot;
pub mod span;
pub mod suitability;
pub mod syntax;
pub mod translate;
pub mod verification;
#[allow(clippy::disallowed_macros, clippy::disallowed_methods, reason = "floor 7 runs the frameworks")]
pub mod verify;
pub mod zoo;
