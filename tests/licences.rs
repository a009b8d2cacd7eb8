//! What the program is built of: licences that allow it, one source, and no crate twice without a reason.
//!
//! All of it is asked of `cargo metadata`, without a network. Advisories need one, and are a command of their own: see CONTRIBUTING.md.

use serde_json::Value;
use spdx::{Expression, ParseMode};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Licences under which a crate may be used by a program that is MIT and Apache-2.0: permissive ones.
const LICENCES: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// How the one source of crates ends, in the words of `cargo metadata`.
const CRATES_IO: &str = "/crates.io-index";

/// Crates of which there are two, and who still needs the older one.
const TWICE: [(&str, &str); 8] = [
    ("bit-set", "fancy-regex, for datatest-stable in the tests, wants 0.8"),
    ("bit-vec", "as bit-set"),
    ("getrandom", "as rand"),
    ("rand", "phf_generator, for ruff_python_parser in the tests, wants 0.8"),
    ("rand_core", "as rand"),
    ("shlex", "trycmd, in the tests, wants 1"),
    ("similar", "insta, in the tests, wants 2"),
    ("syn", "divan-macros, for the benchmarks, wants 2"),
];

/// What is built here. What other systems need may not have been fetched.
fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc is beside cargo");
    let version = String::from_utf8_lossy(&rustc.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host]);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn what_it_is_built_of_is_known() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("a list");
    assert!(packages.len() > 50);
    let mut wrong = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let (name, version) = (text("name"), text("version"));
        versions.entry(name).or_default().insert(version);
        // Members of the workspace have no source.
        if !package["source"].is_null() && !text("source").ends_with(CRATES_IO) {
            wrong.push(format!("{name} {version} comes from {}", text("source")));
        }
        match Expression::parse_mode(text("license"), ParseMode::LAX) {
            Ok(licence) if licence.evaluate(|wanted| allowed(&wanted.license)) => {}
            Ok(_) => wrong.push(format!("{name} {version} has the licence {}", text("license"))),
            Err(error) => wrong.push(format!("{name} {version}: {error}")),
        }
    }
    let twice: BTreeSet<&str> = versions.iter().filter(|(_, found)| found.len() > 1).map(|(name, _)| *name).collect();
    let known: BTreeSet<&str> = TWICE.iter().map(|(name, _)| *name).collect();
    wrong.extend(twice.difference(&known).map(|name| format!("{name} is there twice: {:?}", versions[name])));
    wrong.extend(known.difference(&twice).map(|name| format!("{name} is there once: take it off the list")));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn allowed(licence: &spdx::LicenseItem) -> bool {
    licence.id().is_some_and(|id| LICENCES.contains(&id.name))
}
