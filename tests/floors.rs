//! A file imports only from its own floor and lower ones; the floors are the table in `src/lib.rs`.
//!
//! Looked at are the `use crate::..` and `crate::..` of code outside of tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The floor of each top-level module, from the table.
fn floors(table: &str) -> BTreeMap<String, u32> {
    let mut floors = BTreeMap::new();
    for line in table.lines() {
        let mut cells = line.trim_start_matches("//! ").split('|').skip(1);
        let Some(Ok(floor)) = cells.next().map(|cell| cell.trim().parse::<u32>()) else { continue };
        for module in cells.next().unwrap_or("").split('`').skip(1).step_by(2) {
            floors.insert(module.to_owned(), floor);
        }
    }
    floors
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_name() != Some("tests.rs".as_ref())
        {
            found.push(path);
        }
    }
}

/// The modules that code names behind `crate::`.
fn imported(code: &str) -> Vec<String> {
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    let names = code.match_indices("crate::").flat_map(|(at, found)| {
        let rest = &code[at + found.len()..];
        // `use crate::{a, b::c};` names several.
        let list = rest.strip_prefix('{').map_or(rest, |list| list.split(';').next().unwrap_or(list));
        let items: Vec<&str> = if rest.starts_with('{') { list.split(", ").collect() } else { vec![rest] };
        items
            .into_iter()
            .map(|item| item.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned())
            .collect::<Vec<_>>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn nothing_is_imported_from_above() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = fs::read_to_string(root.join("lib.rs")).expect("it is there");
    let floors = floors(&lib);
    let declared: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    for module in &declared {
        assert!(floors.contains_key(*module), "`{module}` stands on no floor: add it to the table in src/lib.rs");
    }
    assert_eq!(declared.len(), floors.len(), "the table names a module that is not there: {floors:?}");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for path in files {
        let relative = path.strip_prefix(&root).expect("it lies below").to_string_lossy().replace('\\', "/");
        let module = relative.split('/').next().unwrap_or("").trim_end_matches(".rs");
        let Some(own) = floors.get(module) else { continue };
        let text = fs::read_to_string(&path).expect("it is text");
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for name in imported(code) {
            if let Some(floor) = floors.get(&name).filter(|floor| *floor > own) {
                wrong.push(format!("{relative} (floor {own}) imports `{name}` (floor {floor})"));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_imported_is_found() {
    let code = "use crate::a::b;\nuse crate::{c, d::e};\n// crate::f\nlet x = crate::g::h();\n";
    assert_eq!(imported(code), ["a", "c", "d", "g"]);
}
