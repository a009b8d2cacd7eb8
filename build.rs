//! Templates, specs and pages are embedded in the program: a file that comes or goes there asks for a new build.

fn main() {
    for folder in ["templates", "zoo", "docs/errors", "src/ops/cases", "src/std"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
