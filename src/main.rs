//! The `hexapla` program; see the library for what it is made of.

use std::process::ExitCode;

fn main() -> ExitCode {
    hexapla::cli::run(std::env::args_os())
}
