//! The standard library of patterns.
//!
//! The declarations are embedded as text. Finding one costs a scan for `pattern NAME`; only the patterns that a spec uses are parsed.

use super::{DECLARATIONS, Pattern};
use crate::diagnostic::Diagnostic;
use crate::hash::HashMap;
use crate::syntax::{ast::ItemKind, parse};
use memchr::memmem;
use std::sync::{Arc, OnceLock, RwLock};

/// The families, in the order in which they are listed.
const FAMILIES: &[(&str, &str)] = &[
    ("convolution", include_str!("patterns/convolution.arch")),
    ("dense", include_str!("patterns/dense.arch")),
    ("activation", include_str!("patterns/activation.arch")),
    ("pooling", include_str!("patterns/pooling.arch")),
    ("normalisation", include_str!("patterns/normalisation.arch")),
    ("regularisation", include_str!("patterns/regularisation.arch")),
    ("recurrent", include_str!("patterns/recurrent.arch")),
    ("loop", include_str!("patterns/loop.arch")),
    ("attention", include_str!("patterns/attention.arch")),
    ("tensor", include_str!("patterns/tensor.arch")),
];

/// What a header begins with, behind the doc comment.
const HEADER: &[u8] = b"\npattern ";

/// A declaration that has not been read yet.
struct Entry {
    family: &'static str,
    text: &'static str,
}

fn entries() -> &'static (Vec<&'static str>, HashMap<&'static str, Entry>) {
    static ENTRIES: OnceLock<(Vec<&'static str>, HashMap<&'static str, Entry>)> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let (mut names, mut entries) = (Vec::new(), HashMap::default());
        for (family, text) in FAMILIES {
            for text in declarations(text) {
                let Some(at) = memmem::find(text.as_bytes(), HEADER) else { continue };
                let header = &text[at + HEADER.len()..];
                let end = header.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(header.len());
                names.push(&header[..end]);
                entries.insert(&header[..end], Entry { family, text });
            }
        }
        (names, entries)
    })
}

/// The declarations of a file: each begins with its doc comment, behind an empty line. A declaration has no such line inside, and it
/// need not have a body.
fn declarations(text: &str) -> impl Iterator<Item = &str> {
    let ends = memmem::find_iter(text.as_bytes(), b"\n\n").chain([text.len()]);
    ends.scan(0, |start, end| Some(&text[std::mem::replace(start, end)..end]))
}

/// The names of all patterns, family by family.
#[must_use]
pub fn names() -> &'static [&'static str] {
    &entries().0
}

/// The pattern that is called like this elsewhere: what its declaration lists behind `Elsewhere:`, and its own name in another
/// spelling (`Conv2d`, `batchNorm`).
#[must_use]
pub fn elsewhere(name: &str) -> Option<&'static str> {
    let (names, entries) = entries();
    let listed = |pattern: &&&str, same: &dyn Fn(&str) -> bool| {
        let lines = entries
            .get(**pattern)
            .map_or("", |entry| entry.text)
            .lines()
            .map_while(|line| line.strip_prefix("///").or(line.is_empty().then_some("")));
        lines
            .filter_map(|line| line.trim().strip_prefix("Elsewhere: "))
            .flat_map(|words| words.trim_end_matches('.').split(", "))
            .any(same)
    };
    let wanted = plain(name);
    let exactly = names.iter().find(|pattern| listed(pattern, &|word| word == name));
    let nearly =
        || names.iter().find(|pattern| plain(pattern) == wanted || listed(pattern, &|word| plain(word) == wanted));
    exactly.or_else(nearly).copied()
}

/// A name without what frameworks spell differently: case, underlines, the number of axes.
#[must_use]
pub fn plain(name: &str) -> String {
    let mut plain: String = name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    for axes in ["1d", "2d", "3d"] {
        if plain.len() > 2 {
            plain = plain.replace(axes, "");
        }
    }
    plain
}

/// The pattern of this name, if there is one.
///
/// # Panics
/// Never for the embedded library: a test reads every declaration in it.
#[must_use]
pub fn pattern(name: &str) -> Option<Arc<Pattern>> {
    static READ: OnceLock<RwLock<HashMap<String, Arc<Pattern>>>> = OnceLock::new();
    let read = READ.get_or_init(Default::default);
    if let Some(pattern) = read.read().ok()?.get(name) {
        return Some(Arc::clone(pattern));
    }
    let entry = entries().1.get(name)?;
    let pattern =
        Arc::new(declared(entry).unwrap_or_else(|findings| panic!("the declaration of `{name}`: {findings:?}")));
    read.write().ok()?.insert(name.to_owned(), Arc::clone(&pattern));
    Some(pattern)
}

fn declared(entry: &Entry) -> Result<Pattern, Vec<Diagnostic>> {
    // The spans of a declaration are never shown: findings are reported where a spec applies the pattern.
    let (file, findings) = parse::parse(DECLARATIONS, entry.text);
    if !findings.is_empty() {
        return Err(findings);
    }
    let declaration = file.items.iter().find_map(|item| match &item.kind {
        ItemKind::Pattern(pattern) => Some(pattern),
        _ => None,
    });
    let declaration = declaration.ok_or_else(Vec::new)?;
    Pattern::new(declaration, entry.family).map_err(|finding| vec![*finding])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declaration_is_found_and_can_be_read() {
        let declared: usize = FAMILIES
            .iter()
            .map(|(_, text)| text.matches("\npattern ").count() + usize::from(text.starts_with("pattern ")))
            .sum();
        assert_eq!(names().len(), declared);
        for name in names() {
            let pattern = pattern(name).unwrap_or_else(|| panic!("{name} cannot be read"));
            assert_eq!(&pattern.name, name);
            assert!(!pattern.doc.is_empty(), "{name} has no doc");
            for parameter in &pattern.parameters {
                assert!(parameter.doc.is_some(), "{name}: {} has no doc", parameter.name);
            }
        }
    }
}
