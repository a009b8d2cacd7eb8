//! Which files beside those of a column are none of its own.
//!
//! Architecture Invariant: stands alone, as the build script reads the folders with it as well.

/// Whether a file or folder of this name is left by some tool, and no part of a column.
#[must_use]
pub fn is_debris(name: &str) -> bool {
    name.starts_with('.') || name == "__pycache__" || name.ends_with(".pyc") || name.ends_with('~')
}
