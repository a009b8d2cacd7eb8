//! What a build has to compile, by `Cargo.lock`.

use std::collections::BTreeSet;

/// Crates that were here once, and took more time to compile than what they did was worth.
const HEAVY: [(&str, &str); 9] = [
    ("aes", "the archives of results are not encrypted"),
    ("bzip2-sys", "the archives of results are stored"),
    ("comfy-table", "`report::table` draws tables"),
    ("flate2", "the archives of results are stored"),
    ("npyz", "`verify::npy` reads the heads of arrays"),
    ("num-bigint", "no number is longer than 64 bits"),
    ("py_literal", "`verify::npy` reads the heads of arrays"),
    ("time", "the archives of results have no dates"),
    ("zstd-sys", "the archives of results are stored"),
];

#[test]
fn the_build_stays_light() {
    let lock: toml::Table = include_str!("../Cargo.lock").parse().expect("cargo wrote it");
    let packages = lock["package"].as_array().expect("it is a list");
    let names: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    assert!(names.contains("hexapla") && names.contains("zip"), "the file is read: {names:?}");
    for (name, why) in HEAVY {
        assert!(!names.contains(name), "`{name}` came back (`cargo tree --invert {name}` says by what), but {why}");
    }
}
