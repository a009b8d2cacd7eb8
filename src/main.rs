//! The `hexapla` program; see the library for what it is made of.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A tree of small texts and sizes is made and dropped in a few milliseconds: a fifth of that was the system's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    hexapla::cli::run(std::env::args_os())
}
