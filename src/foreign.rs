//! Text that others wrote, on its way out: to a terminal, into a generated file, into JSON.
//!
//! A comment, a title, the name of a file or what a runner says may hold characters that a terminal obeys, that turn the direction of
//! writing, or that nobody sees. [`visible`] is for the eye and gives one line; [`written`] is for generated files and keeps the lines;
//! [`in_json`] writes the same text in JSON's own escapes; [`on_terminal`] is the last gate of the program's own output.
//!
//! Architecture Invariant: what these functions give holds no character of [`hides`]. Text that is content, such as a spec that is
//! formatted, does not pass through here on its way to a file or a pipe.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a reader would not see a character for what it is: control characters but for tab and line feed, marks of the direction of
/// writing, and what Unicode calls default ignorable (zero-width characters, tags, fillers). The two variation selectors that choose
/// between a text and an emoji are left, because they are common and change nothing else.
#[must_use]
pub fn hides(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && !matches!(c, '\t' | '\n');
    }
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// `<U+202E>`.
fn push_named(text: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = write!(text, "<U+{:04X}>", u32::from(c));
}

fn replaced(text: &str, meant: impl Fn(char) -> bool, mut push: impl FnMut(&mut String, char)) -> Cow<'_, str> {
    let Some(first) = text.find(&meant) else { return Cow::Borrowed(text) };
    let mut new = String::with_capacity(text.len() + 16);
    new.push_str(&text[..first]);
    for c in text[first..].chars() {
        if meant(c) { push(&mut new, c) } else { new.push(c) }
    }
    Cow::Owned(new)
}

/// Text in a line of a terminal: `␛` for a control character, `<U+202E>` for what else hides, blanks for a tab.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    replaced(
        text,
        |c| hides(c) || matches!(c, '\t' | '\n'),
        |text, c| match c {
            '\t' => text.push_str("    "),
            // The pictures of the control characters lie in Unicode in the same order.
            '\0'..='\u{1f}' => text.extend(char::from_u32(u32::from(c) + 0x2400)),
            c => push_named(text, c),
        },
    )
}

/// Text whose ASCII another shows, such as the renderer of diagnostics, which measures tabs and control characters by itself.
#[must_use]
pub fn visible_beyond_ascii(text: &str) -> Cow<'_, str> {
    replaced(text, |c| !c.is_ascii() && hides(c), push_named)
}

/// Text in a generated file, where it may have several lines.
#[must_use]
pub fn written(text: &str) -> Cow<'_, str> {
    replaced(text, hides, push_named)
}

/// JSON with its own escapes for what hides: the values stay the same. A line feed stands between values, never inside of a string.
#[must_use]
pub fn in_json(json: &str) -> Cow<'_, str> {
    replaced(json, hides, |text, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(text, "\\u{unit:04x}");
        }
    })
}

/// What a terminal gets of the program's own output: of escape sequences the colours alone, and those only if there is colour. Foreign text
/// should have passed [`visible`] before; this catches what was forgotten.
#[must_use]
pub fn on_terminal(text: &str, color: bool) -> Cow<'_, str> {
    if !text.contains(hides) {
        return Cow::Borrowed(text);
    }
    let mut new = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(hides) {
        new.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = if color { color_sequence(rest) } else { 0 };
        let length = if length > 0 {
            new.push_str(&rest[..length]);
            length
        } else {
            let length = rest.chars().next().map_or(rest.len(), char::len_utf8);
            new.push_str(&visible(&rest[..length]));
            length
        };
        rest = &rest[length..];
    }
    new.push_str(rest);
    Cow::Owned(new)
}

/// The length of the escape sequence that `text` begins with, if it sets a colour, bold, dim, italic or underlined, or takes them back.
fn color_sequence(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else { return 0 };
    let length = parameters.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if parameters.as_bytes().get(length) != Some(&b'm') {
        return 0;
    }
    let mut numbers = parameters[..length].split(';');
    while let Some(number) = numbers.next() {
        match number {
            "" | "0" | "1" | "2" | "3" | "4" | "22" | "23" | "24" | "39" => {}
            // One of 256 colours.
            "38" if numbers.next() == Some("5") && numbers.next().is_some_and(|color| color.parse::<u8>().is_ok()) => {}
            number if number.parse::<u8>().is_ok_and(|n| matches!(n, 30..=37 | 90..=97)) => {}
            _ => return 0,
        }
    }
    "\u{1b}[".len() + length + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "a\u{1b}[8mb\u{9b}31mc\u{202e}d\u{200b}e\u{e0041}f\u{7f}g\u{2028}h\u{feff}";

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible(ALL), "a␛[8mb<U+009B>31mc<U+202E>d<U+200B>e<U+E0041>f<U+007F>g<U+2028>h<U+FEFF>");
        assert_eq!(visible("a\tb\nc\r"), "a    b␊c␍");
        assert!(!written(ALL).contains(hides));
        assert_eq!(written("a\tb\nc\u{1b}"), "a\tb\nc<U+001B>");
        assert_eq!(written("été → 图 ❤\u{fe0f}"), "été → 图 ❤\u{fe0f}");
        assert!(matches!(written("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_says_the_same() {
        let json = serde_json::to_string(ALL).expect("a text");
        let escaped = in_json(&json);
        assert!(!escaped.contains(hides));
        assert_eq!(serde_json::from_str::<String>(&escaped).expect("still JSON"), ALL);
    }

    #[test]
    fn a_terminal_gets_colours_alone() {
        let own = "\u{1b}[1m\u{1b}[38;5;9mbad\u{1b}[0m\n";
        assert_eq!(on_terminal(own, true), own);
        assert_eq!(on_terminal(own, false), "␛[1m␛[38;5;9mbad␛[0m\n");
        for hostile in
            ["\u{1b}[8m", "\u{1b}[2J", "\u{1b}]0;x\u{7}", "\u{1b}[1;8m", "\u{1b}[38;2;1;1;1m", "\u{9b}31m", "\u{202e}"]
        {
            assert!(!on_terminal(hostile, true).contains(hides), "{hostile:?}");
        }
    }
}
