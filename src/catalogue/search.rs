//! Finding a pattern by its name, by what a framework calls it, or by a word of what is said of it.

use super::Entry;
use crate::ops::library::plain;

/// The patterns that a word means, best first; none if nothing is like it.
///
/// A pattern's own name comes first, then the names that declarations list for other tools (`BatchNorm2d`, in any spelling), then
/// the names that a column's code for it uses (`F.max_pool2d`, `conv2d_transpose`), then words of its text.
#[must_use]
pub fn search<'e>(entries: &'e [Entry], word: &str) -> Vec<&'e Entry> {
    let wanted = plain(word.rsplit('.').next().unwrap_or(word));
    let named = |entry: &&Entry| entry.name == word || plain(&entry.name) == wanted;
    let listed = |entry: &&Entry| entry.elsewhere.iter().any(|name| name == word || plain(name) == wanted);
    let written = |entry: &&Entry| {
        let codes = entry.columns.values().map(|cell| cell.code.as_str());
        codes.flat_map(identifiers).any(|name| name == word || plain(name) == wanted)
    };
    let said = |entry: &&Entry| {
        let word = word.to_lowercase();
        entry.name.contains(&word) || entry.family == word || entry.doc.to_lowercase().contains(&word)
    };
    let tests: [&dyn Fn(&&Entry) -> bool; 4] = [&named, &listed, &written, &said];
    let mut found: Vec<&Entry> = Vec::new();
    for (at, test) in tests.iter().enumerate() {
        // A word of a text is only looked for where no name is meant.
        if at == 3 && !found.is_empty() {
            break;
        }
        for entry in entries.iter().filter(test) {
            if !found.iter().any(|other| other.name == entry.name) {
                found.push(entry);
            }
        }
    }
    found
}

/// The names in a piece of code.
fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|name| !name.is_empty())
}
