//! The IR as JSON.
//!
//! `{"hexapla_ir": 1, "spec", "model", "definitions": [..]}`. Every definition, line, stage, comment, attribute and span is there, in the
//! order of the program (callees before their callers). Expressions are given as they are written, with their value in the paper's
//! configuration where there is one.
//!
//! The version counts up when something is renamed or removed, not when something is added.
//!
//! Architecture Invariant: a view. It adds nothing that could not be found out from the program.
