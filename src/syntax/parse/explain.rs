//! Says why a line does not follow the grammar, in the user's words.
//!
//! The grammar tells how far it came. What stands there, what stands before it and which brackets are open is
//! enough for a precise sentence; the mistakes that a stranger brings along from Python are known by their look.
//!
//! Architecture Invariant: nothing here decides whether a line is right. It is only asked about lines that are not,
//! so a wrong guess costs a less apt message and nothing else.

use super::Rule;
use super::scan::{ITEM_WORDS, LINE_WORDS, Line, OTHER_WORDS, RESERVED_WORDS, is_word};
use crate::diagnostic::{Diagnostic, codes, similar_names};
use crate::span::{FileId, Span};

/// What a line should have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Model,
    Block,
    Pattern,
    Import,
    Defaults,
    DefaultsEntry,
    Assignment,
    Shared,
    Repeat,
    If,
    Require,
    Claim,
    Ask,
    Choice,
    Weight,
    Random,
    Loop,
    Extern,
    Macs,
    Let,
}

impl Place {
    /// The rule of the grammar, and the normal form with a mistyped first word mended.
    pub fn rule(self, normal: &str) -> (Rule, Option<String>) {
        let (rule, word) = match self {
            Place::Model => (Rule::definition_header, "model"),
            Place::Block => (Rule::definition_header, "block"),
            Place::Pattern => (Rule::pattern_header, "pattern"),
            Place::Import => (Rule::import_line, "import"),
            Place::Defaults | Place::DefaultsEntry => (Rule::defaults_line, ""),
            Place::Assignment => (Rule::assignments, ""),
            Place::Shared => (Rule::shared_line, ""),
            Place::Repeat => (Rule::repeat_header, "repeat"),
            Place::If => (Rule::if_header, ""),
            Place::Require => (Rule::require_line, ""),
            Place::Claim => (Rule::claim_line, ""),
            Place::Ask => (Rule::ask_header, ""),
            Place::Choice => (Rule::ask_line, ""),
            Place::Weight => (Rule::weight_line, ""),
            Place::Random => (Rule::random_line, ""),
            Place::Loop => (Rule::loop_line, ""),
            Place::Extern => (Rule::extern_line, ""),
            Place::Macs => (Rule::macs_line, ""),
            Place::Let => (Rule::let_line, ""),
        };
        if normal.starts_with(word) {
            return (rule, None);
        }
        let written = super::first_word(normal);
        (rule, Some(format!("{word}{}", &normal[written.len()..])))
    }

    /// What the line is called, with its article.
    fn what(self) -> &'static str {
        match self {
            Place::Model => "the header of a model",
            Place::Block => "the header of a block",
            Place::Pattern => "the header of a pattern",
            Place::Import => "an import",
            Place::Defaults => "`defaults`",
            Place::DefaultsEntry => "an entry of `defaults`",
            Place::Assignment => "a line of a body",
            Place::Shared => "a shared instance",
            Place::Repeat => "the head of a `repeat`",
            Place::If => "a condition",
            Place::Require => "a requirement",
            Place::Claim => "a claim",
            Place::Ask => "a question",
            Place::Choice => "a choice",
            Place::Weight => "the declaration of a weight",
            Place::Random => "`random`",
            Place::Loop => "`loop`",
            Place::Extern => "the code for a column",
            Place::Macs => "`macs`",
            Place::Let => "a line of a pattern",
        }
    }

    /// How such a line looks.
    fn example(self) -> &'static str {
        match self {
            Place::Model => "model ResNet(classes = 1000): image[3, 224, 224] -> logits {",
            Place::Block => "block downsample(channels, dropout = 0.1): x -> (y, indices) {",
            Place::Pattern => "pattern softmax(axis: axis = -1): x -> y {",
            Place::Import => "import bottleneck from \"blocks.arch\"",
            Place::Defaults => "defaults {",
            Place::DefaultsEntry => "batch_norm(eps=1e-3)",
            Place::Assignment => "y[64, 56, 56] = x -> conv(64, 3x3) -> relu",
            Place::Shared => "shared tower = conv(64, 3x3) -> relu",
            Place::Repeat => "repeat 4 as stage {",
            Place::If => "if stride > 1 {",
            Place::Require => "require H % 8 == 0",
            Place::Claim => "claim params = 11,689,512",
            Place::Ask => "ask stride > 1: \"how is the border padded?\" {",
            Place::Choice => "\"padding=1\" = \"one row on each side\"",
            Place::Weight => "weight kernel[kernel..., C, filters]",
            Place::Random => "random rate",
            Place::Loop => "loop each",
            Place::Extern => "extern pytorch = \"torch.sigmoid({{ x }})\"",
            Place::Macs => "macs = product(S) * C",
            Place::Let => "half = C / 2",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    Text,
    Sign,
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
    end: usize,
}

impl Token<'_> {
    fn is(&self, sign: &str) -> bool {
        self.text == sign
    }

    /// Whether a value can end here.
    fn ends_value(&self) -> bool {
        match self.kind {
            Kind::Word => !matches!(self.text, "if" | "else" | "and" | "or" | "not" | "as" | "from"),
            Kind::Number | Kind::Text => true,
            Kind::Sign => matches!(self.text, ")" | "]"),
        }
    }
}

/// Signs of several letters, of this language or of others.
const SIGNS: &[&str] = &[
    "...", "===", "**=", "->", "==", "!=", "<=", ">=", "&&", "||", "**", ":=", "=>", "+=", "-=", "*=", "/=", "<-",
    "<>", "~=", "++", "--", "|>", "::",
];

/// What stands before a point in Python without being a tensor.
const MODULES: &[&str] =
    &["F", "K", "L", "T", "functional", "jnp", "keras", "layers", "nn", "np", "ops", "self", "tf", "tflearn", "torch"];

/// Cuts a line into words, numbers, texts and signs; comments are left out.
fn tokens(text: &str, start: usize, end: usize) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = start;
    while at < end {
        let byte = bytes[at];
        let rest = &text[at..end];
        let (kind, length) = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'/' if rest.starts_with("//") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'"' => {
                let mut length = 1;
                let inner = rest.as_bytes();
                while length < inner.len() && inner[length] != b'"' && inner[length] != b'\n' {
                    length += if inner[length] == b'\\' { 2 } else { 1 };
                }
                let mut length = (length + 1).min(rest.len());
                while !rest.is_char_boundary(length) {
                    length += 1;
                }
                (Kind::Text, length)
            }
            b'0'..=b'9' => (Kind::Number, number_length(rest)),
            b'.' if rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => {
                (Kind::Number, 1 + number_length(&rest[1..]))
            }
            _ if is_word(byte) => (Kind::Word, rest.bytes().position(|b| !is_word(b)).unwrap_or(rest.len())),
            _ => {
                let letter = rest.chars().next().map_or(1, char::len_utf8);
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(letter, |sign| sign.len());
                (Kind::Sign, sign)
            }
        };
        tokens.push(Token { kind, text: &rest[..length], start: at, end: at + length });
        at += length;
    }
    tokens
}

/// The length of what begins like a number, whatever follows without a blank.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut length = 0;
    while length < bytes.len() {
        let byte = bytes[length];
        let exponent = matches!(byte, b'+' | b'-')
            && length > 0
            && matches!(bytes[length - 1], b'e' | b'E')
            && bytes[..length - 1].iter().all(|b| b.is_ascii_digit() || *b == b'.')
            && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
        let point = byte == b'.' && bytes.get(length + 1) != Some(&b'.');
        if !is_word(byte) && !exponent && !point {
            break;
        }
        length += 1;
    }
    length
}

/// The state of explaining one line.
struct Explainer<'a> {
    file: FileId,
    text: &'a str,
    place: Place,
    tokens: Vec<Token<'a>>,
    /// The token that the grammar could not take; the number of tokens at the line's end.
    bad: usize,
    /// For each token, which bracket is open around it: its index plus one, or 0.
    open: Vec<usize>,
    start: usize,
    end: usize,
}

/// Explains why a line does not match; the grammar came as far as `at`, where it would have taken one of `rules`.
pub(super) fn explain(file: FileId, text: &str, line: &Line, place: Place, at: usize, rules: &[Rule]) -> Diagnostic {
    let tokens = tokens(text, line.start, line.end);
    let bad = tokens.iter().position(|token| token.end > at).unwrap_or(tokens.len());
    let mut open = Vec::with_capacity(tokens.len());
    let mut stack: Vec<usize> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        // The index of the innermost one, plus one; 0 is none. A closing bracket stands inside of what it closes.
        open.push(stack.last().map_or(0, |found| found + 1));
        if token.is(")") || token.is("]") {
            stack.pop();
        }
        if token.is("(") || token.is("[") {
            stack.push(index);
        }
    }
    open.push(0);
    let explainer = Explainer { file, text, place, tokens, bad, open, start: line.start, end: line.end };
    let special = explainer.foreign_sign().or_else(|| explainer.by_place()).or_else(|| explainer.by_neighbours());
    special.unwrap_or_else(|| explainer.generic(rules))
}

fn error(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::SYNTAX, message)
}

impl<'a> Explainer<'a> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn of(&self, token: &Token) -> Span {
        self.span(token.start, token.end)
    }

    fn found(&self) -> Option<Token<'a>> {
        self.tokens.get(self.bad).copied()
    }

    fn before(&self) -> Option<Token<'a>> {
        self.tokens.get(self.bad.checked_sub(1)?).copied()
    }

    /// The innermost bracket that is open at a token.
    fn bracket(&self, index: usize) -> Option<Token<'a>> {
        self.tokens.get(self.open.get(index)?.checked_sub(1)?).copied()
    }

    fn has(&self, sign: &str) -> bool {
        self.tokens.iter().any(|token| token.is(sign))
    }

    /// The first token outside of brackets with this text.
    fn outer(&self, sign: &str) -> Option<usize> {
        self.tokens.iter().enumerate().position(|(index, token)| token.is(sign) && self.open[index] == 0)
    }

    /// The token at which the grammar failed, or the one behind it, is one that the language does not have.
    fn foreign_sign(&self) -> Option<Diagnostic> {
        (self.bad.saturating_sub(1)..self.tokens.len().min(self.bad + 2)).find_map(|index| self.foreign_at(index))
    }

    fn foreign_at(&self, index: usize) -> Option<Diagnostic> {
        let token = self.tokens.get(index).copied()?;
        let span = self.of(&token);
        let next = self.tokens.get(index + 1);
        let instead = |message: &str, label: &str, replacement: &str| {
            Some(error(message).at(span, label).fix(format!("write `{replacement}`"), span, replacement))
        };
        match token.kind {
            Kind::Number => self.bad_number(index),
            Kind::Word if token.text.starts_with('_') && token.text.len() > 1 => {
                let plain = token.text.trim_start_matches('_');
                let diagnostic = error(format!("the name `{}` begins with `_`", shorten(token.text)))
                    .at(span, "a name begins with a letter; `_` alone discards a value");
                Some(if plain.starts_with(|first: char| first.is_ascii_alphabetic()) {
                    diagnostic.fix(format!("write `{}`", shorten(plain)), span, plain)
                } else {
                    diagnostic
                })
            }
            Kind::Word | Kind::Text => None,
            Kind::Sign => match token.text {
                "&&" => instead("`&&` is written `and`", "not a sign of this language", "and"),
                "||" => instead("`||` is written `or`", "not a sign of this language", "or"),
                "&" => instead("`&` is written `and`", "not a sign of this language", "and"),
                "|" => instead("`|` is written `or`", "not a sign of this language", "or"),
                "!" => instead("`!` is written `not`", "not a sign of this language", "not "),
                "**" => instead("`**` is written `^`", "the sign of powers is `^`", "^"),
                ":=" => instead("`:=` is written `=`", "not a sign of this language", "="),
                "===" => instead("`===` is written `==`", "not a sign of this language", "=="),
                "<>" | "~=" => {
                    instead(&format!("`{}` is written `!=`", token.text), "not a sign of this language", "!=")
                }
                "=>" | "|>" => instead(&format!("`{}` is written `->`", token.text), "the arrow is `->`", "->"),
                "<-" if self.place == Place::Assignment => {
                    instead("`<-` is written `=`", "a name is given with `=`; `->` leads through patterns", "=")
                }
                "+=" | "-=" | "*=" | "/=" => {
                    let operator = &token.text[..1];
                    let target = self.text[self.start..token.start].trim();
                    let diagnostic =
                        error(format!("there is no `{}`", token.text)).at(span, "not a sign of this language");
                    Some({
                        let short = shorten(target);
                        let title = format!("write `{short} = {short} {operator} ..`");
                        diagnostic.fix(title, span, format!("= {target} {operator}"))
                    })
                }
                ">" if index > 0 && self.tokens[index - 1].is("-") => {
                    let place = self.of(&self.tokens[index - 1]).to(span);
                    Some(error("an arrow is written without a blank").at(place, "expected `->`").fix(
                        "write `->`",
                        place,
                        "->",
                    ))
                }
                "++" | "--" => {
                    Some(error(format!("there is no `{}`", token.text)).at(span, "not a sign of this language"))
                }
                ";" => Some(
                    error("`;` does not separate anything here")
                        .at(span, "a line ends where it ends")
                        .help(if next.is_some() { "put what follows on a line of its own" } else { "leave it away" })
                        .fix("remove it", span, ""),
                ),
                "'" => Some(
                    error("`'` does not begin a text")
                        .at(span, "a text stands in double quotation marks")
                        .help("words such as `same` are written without quotation marks"),
                ),
                "\\" => Some(
                    error("`\\` does not continue a line")
                        .at(span, "not needed")
                        .help("a line goes on inside of brackets, and where the next one begins with `->`")
                        .fix("remove it", span, ""),
                ),
                "@" => Some(error("`@` means nothing here").at(span, "not a sign of this language")),
                "$" | "`" | "?" if self.place != Place::Pattern => {
                    Some(error(format!("`{}` means nothing here", token.text)).at(span, "not a sign of this language"))
                }
                sign => {
                    let letter = sign.chars().next().filter(|letter| !letter.is_ascii() || letter.is_control())?;
                    Some(self.foreign_letter(index, letter))
                }
            },
        }
    }

    /// A letter that the language does not have.
    fn foreign_letter(&self, index: usize, letter: char) -> Diagnostic {
        let token = self.tokens[index];
        let span = self.of(&token);
        let replacement = match letter {
            '→' | '⟶' | '⇒' | '➔' | '➜' | '↦' => "->",
            '−' | '–' | '—' => "-",
            '×' | '✕' | '✖' => "x",
            '·' | '∙' | '⋅' => "*",
            '÷' => "/",
            '≤' | '⩽' => "<=",
            '≥' | '⩾' => ">=",
            '≠' => "!=",
            '≈' | '∼' => "~",
            '“' | '”' | '„' | '«' | '»' => "\"",
            '‘' | '’' => "\"",
            '…' => "...",
            '（' => "(",
            '）' => ")",
            '，' => ",",
            '：' => ":",
            '＝' => "=",
            '\u{a0}' | '\u{2002}' | '\u{2003}' | '\u{2009}' | '\u{202f}' | '\u{3000}' => " ",
            _ => "",
        };
        if replacement == " " {
            return error(format!("this blank is the character U+{:04X}, not a blank", u32::from(letter)))
                .at(span, "often copied from a PDF or a web page")
                .fix("write a plain blank", span, " ");
        }
        if matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            return error(format!("an invisible character stands here, U+{:04X}", u32::from(letter)))
                .at(span, "often copied from a web page")
                .fix("remove it", span, "");
        }
        if !replacement.is_empty() {
            return error(format!("`{letter}` is written `{replacement}`"))
                .at(span, "not a character of this language")
                .fix(format!("write `{replacement}`"), span, replacement);
        }
        if letter.is_control() {
            return error(format!("the control character U+{:04X} stands here", u32::from(letter)))
                .at(span, "not a character of this language")
                .fix("remove it", span, "");
        }
        if letter.is_alphanumeric() {
            // The whole name around it.
            let start = self.tokens[..index]
                .iter()
                .rev()
                .scan(token.start, |edge, before| {
                    let joined = before.end == *edge && (before.kind == Kind::Word || !before.text.is_ascii());
                    *edge = before.start;
                    joined.then_some(before.start)
                })
                .last()
                .unwrap_or(token.start);
            let length =
                self.text[start..self.end].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.end - start);
            let name = &self.text[start..start + length];
            return error(format!("`{}` holds a letter that names cannot have", shorten(name)))
                .at(span, format!("`{letter}` is not one of a-z and A-Z"))
                .help("names become Python names in every column: ASCII letters, digits and `_` alone (comments are free)");
        }
        error(format!("the character `{letter}` means nothing here")).at(span, "not a character of this language")
    }

    /// A number of another language.
    fn bad_number(&self, index: usize) -> Option<Diagnostic> {
        let token = self.tokens.get(index)?;
        let span = self.of(token);
        let text = token.text;
        let short = shorten(text);
        let plain = |replacement: String, message: String, label: &str| {
            Some(error(message).at(span, label).fix(format!("write {}", shorten(&replacement)), span, replacement))
        };
        if text.starts_with('.') {
            return plain(
                format!("0{text}"),
                format!("the number {short} begins with a point"),
                "a digit stands before the point",
            );
        }
        if text.ends_with('.') && text[..text.len() - 1].bytes().all(|byte| byte.is_ascii_digit()) {
            return plain(
                format!("{text}0"),
                format!("the number {short} ends with a point"),
                "a digit stands behind the point",
            );
        }
        if text.contains('_') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
            let digits = text.replace('_', "");
            return plain(
                digits,
                format!("the number {short} has an underline"),
                "digits are written without separators",
            );
        }
        if text.contains('X') && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'X' | b'x')) {
            return plain(text.replace('X', "x"), format!("the size {short} has a capital X"), "a size has a small x");
        }
        if text.contains('E') && text.replace('E', "e").parse::<f64>().is_ok() {
            return plain(
                text.replace('E', "e"),
                format!("the number {short} has a capital E"),
                "an exponent has a small e",
            );
        }
        let figure = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let suffix = &text[figure.len()..];
        let is_figure = !figure.is_empty() && figure.parse::<f64>().is_ok();
        let unit = matches!(suffix, "k" | "M" | "G" | "K" | "B" | "T") || self.place == Place::Claim;
        if is_figure && unit && matches!(suffix, "k" | "M" | "G" | "K" | "B" | "m" | "g" | "T" | "b") {
            if self.place == Place::Claim {
                let known = match suffix {
                    "K" => "k",
                    "m" => "M",
                    _ => "G",
                };
                if matches!(suffix, "k" | "M" | "G") {
                    return None;
                }
                return Some(
                    error(format!("the unit `{suffix}` is not known"))
                        .at(span, "a figure ends with k (thousand), M (million) or G (billion)")
                        .fix(format!("write {figure}{known}"), span, format!("{figure}{known}")),
                );
            }
            return Some(
                error(format!("the unit `{suffix}` stands in a number outside of a claim"))
                    .at(span, "only the figure of a `claim` has a unit")
                    .help("write the number out, without commas"),
            );
        }
        if text.starts_with("0x") || text.starts_with("0b") {
            return (text[2..].bytes().any(|byte| !byte.is_ascii_digit()))
                .then(|| error(format!("{short} is not a number of this language")).at(span, "numbers are decimal"));
        }
        if text.bytes().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'x' | b'e'))
            || text.matches('.').count() > 1
        {
            // `3a[256, 28, 28] = ..`, as the rows of a paper's table are called.
            if index == 0 && self.place == Place::Assignment && text.bytes().all(is_word) {
                return Some(
                    error(format!("the name `{short}` begins with a digit"))
                        .at(span, "a name begins with a letter")
                        .help(format!("put a word before it, such as `row_{short}`")),
                );
            }
            return Some(
                error(format!("`{short}` is neither a number nor a name"))
                    .at(span, "a name begins with a letter; between a number and a name stands an operator"),
            );
        }
        None
    }

    /// Mistakes that belong to one kind of line.
    fn by_place(&self) -> Option<Diagnostic> {
        match self.place {
            Place::Assignment => self.assignment(),
            Place::If | Place::Repeat | Place::Require | Place::Ask => self.condition(),
            Place::Model | Place::Block | Place::Pattern => self.header(),
            Place::Claim => self.claim(),
            Place::Import => self.import(),
            Place::Shared => self.shared(),
            Place::Defaults => {
                let rest = self.tokens.get(1)?;
                Some(
                    error("`defaults` has neither a name nor parameters")
                        .at(self.span(rest.start, self.end), "unexpected")
                        .help("write `defaults {`, then one pattern a line: `batch_norm(eps=1e-3)`"),
                )
            }
            Place::DefaultsEntry => {
                if self.has("(") && self.tokens.first().is_some_and(|first| first.kind == Kind::Word) {
                    return None;
                }
                Some(
                    error("an entry of `defaults` names a pattern and its parameters")
                        .at(self.span(self.start, self.end), "not of that form")
                        .help("for example `batch_norm(eps=1e-3)`, each pattern on a line of its own"),
                )
            }
            _ => None,
        }
    }

    fn keyword_as_name(&self, token: &Token) -> Option<Diagnostic> {
        let word = token.text;
        if token.kind != Kind::Word {
            return None;
        }
        if RESERVED_WORDS.contains(&word) {
            return Some(super::build::reserved(word, self.of(token)));
        }
        let known = [ITEM_WORDS, LINE_WORDS, OTHER_WORDS].iter().any(|words| words.contains(&word));
        known.then(|| {
            error(format!("`{word}` is a word of the language and cannot be a name"))
                .at(self.of(token), "used as a name here")
                .fix("choose another name, such as this", self.of(token), format!("{word}_"))
        })
    }

    fn assignment(&self) -> Option<Diagnostic> {
        let first = self.tokens.first()?;
        let whole = self.span(self.start, self.end);
        if let Some(diagnostic) = foreign(first.text, self.text, whole) {
            return Some(diagnostic);
        }
        let equals = self.outer("=");
        if equals == Some(1)
            && let Some(diagnostic) = self.keyword_as_name(first)
        {
            return Some(diagnostic);
        }
        if first.is("->") {
            return Some(
                error("this line begins with an arrow, but nothing above leads here")
                    .at(self.of(first), "no pipeline to go on with")
                    .help("a pipeline that is broken over several lines begins with `name = source`"),
            );
        }
        let Some(equals) = equals else {
            return self.no_equals(first, whole);
        };
        let target = &self.tokens[..equals];
        // Several targets without parentheses.
        if let Some(comma) = self.outer(",").filter(|comma| *comma < equals) {
            let names = self.text[self.start..target.last().map_or(self.start, |last| last.end)].trim();
            let place = self.span(self.start, self.start + names.len());
            return Some(
                error("several targets stand in parentheses")
                    .at(place, "parentheses are missing")
                    .because(self.of(&self.tokens[comma]), "several, since here is a comma")
                    .fix("add the parentheses", place, format!("({names})")),
            );
        }
        if self.bad < equals || (self.bad == equals && target.iter().any(|token| token.is("."))) {
            let place = self.span(self.start, target.last().map_or(self.start, |last| last.end));
            if target.get(1).is_some_and(|token| token.is(":")) {
                return Some(
                    error("a name has no type here")
                        .at(place, "unexpected `:`")
                        .help("a shape is claimed in brackets: `name[64, 56, 56] = ..`"),
                );
            }
            if target.iter().any(|token| {
                matches!(token.text, "->" | "+" | "-" | "*" | "/" | "." | "^") || token.kind == Kind::Number
            }) && !target.iter().any(|token| token.is("["))
                || target.first().is_some_and(|token| token.kind == Kind::Number)
            {
                return Some(
                    error("only a name can stand before `=`")
                        .at(place, "this is not a name")
                        .help("write `name = ..`, `name[shape] = ..` or `(a, b) = ..`"),
                );
            }
            return None;
        }
        // Behind the `=`.
        let found = self.found();
        if self.bad == equals + 1
            && let Some(token) = found
        {
            if token.is("=") || token.is("==") {
                return Some(error("one `=` is enough").at(self.of(&token), "unexpected").fix(
                    "remove it",
                    self.of(&token),
                    "",
                ));
            }
            if token.is("->") {
                return Some(
                    error("this pipeline has no source")
                        .at(self.of(&token), "what flows in stands before the first arrow")
                        .help("write `y = x -> relu`"),
                );
            }
        }
        if let Some(token) = found.filter(|_| self.open[self.bad] == 0) {
            if token.is("=") || token.is("==") && self.before().is_some_and(|before| before.is("=")) {
                return Some(
                    error("a line gives one value")
                        .at(self.of(&token), "a second `=`")
                        .because(self.of(&self.tokens[equals]), "the first one")
                        .help("write two lines; for a comparison write `==`"),
                );
            }
            if token.is(",") {
                return Some(self.stray_comma(&token, equals));
            }
            if token.is(":") {
                return Some(error("`:` means nothing here").at(self.of(&token), "unexpected"));
            }
        }
        None
    }

    /// A comma outside of brackets, behind the `=` of an assignment.
    fn stray_comma(&self, comma: &Token, equals: usize) -> Diagnostic {
        if let Some(diagnostic) = self.thousands(comma) {
            return diagnostic;
        }
        // Up to the first arrow.
        let from = self.tokens.get(equals + 1).map_or(comma.start, |token| token.start);
        let arrow = self.tokens[equals..].iter().find(|token| token.is("->")).map_or(self.end, |token| token.start);
        let diagnostic = error("several tensors stand in parentheses");
        if arrow < comma.start {
            return diagnostic
                .at(self.of(comma), "unexpected `,`")
                .help("several tensors enter as `(a, b) -> concat`; each has its own line before");
        }
        let written = self.text[from..arrow].trim();
        let place = self.span(from, from + written.len());
        diagnostic.at(place, "parentheses are missing").fix("add the parentheses", place, format!("({written})"))
    }

    /// `1,000` outside of a claim.
    fn thousands(&self, comma: &Token) -> Option<Diagnostic> {
        let index = self.tokens.iter().position(|token| token.start == comma.start)?;
        let before = self.tokens.get(index.checked_sub(1)?)?;
        let after = self.tokens.get(index + 1)?;
        let grouped = before.kind == Kind::Number
            && after.kind == Kind::Number
            && before.end == comma.start
            && comma.end == after.start
            && before.text.len() <= 3
            && after.text.len() == 3;
        grouped.then(|| {
            let place = self.span(before.start, after.end);
            let digits = format!("{}{}", before.text, after.text);
            error("a comma does not group the digits of a number here")
                .at(place, "only the figure of a `claim` has commas")
                .fix(format!("write {digits}"), place, digits)
        })
    }

    /// A line of a body without `=`.
    fn no_equals(&self, first: &Token, whole: Span) -> Option<Diagnostic> {
        if let Some(double) = self.outer("==") {
            let place = self.of(&self.tokens[double]);
            return Some(error("`==` compares, and does not give a name").at(place, "a value is named with `=`").fix(
                "write `=`",
                place,
                "=",
            ));
        }
        if self.outer("->").is_some() {
            if self.bad < self.tokens.len() && self.tokens[self.bad].is("->") || self.bad > 0 {
                return Some(
                    error("the result of this pipeline has no name")
                        .at(whole, "expected `name = ..`")
                        .help("each line names what it computes: `y = x -> relu`")
                        .fix("name it", self.span(self.start, self.start), "y = "),
                );
            }
            return None;
        }
        if let Some(colon) = self.outer(":") {
            return Some(
                error("`:` means nothing here")
                    .at(self.of(&self.tokens[colon]), "unexpected")
                    .help("a value is named with `=`, a body stands in braces"),
            );
        }
        if first.kind == Kind::Word && self.tokens.get(1).is_none_or(|second| second.is("(")) {
            let name = first.text;
            if matches!(name, "defaults" | "model" | "block" | "pattern" | "import") {
                return None;
            }
            return Some(
                error(format!("`{}` alone is not a line", shorten(name)))
                    .at(whole, "nothing flows into it, and its result has no name")
                    .help(format!(
                        "as a further stage of the line above, write `-> {0}`; else `y = x -> {0}`",
                        shorten(name)
                    )),
            );
        }
        let words = LINE_WORDS.iter().chain(&["if", "else"]).copied();
        if first.kind == Kind::Word
            && self.tokens.get(1).is_some_and(|second| matches!(second.kind, Kind::Word | Kind::Number))
            && let Some(meant) = similar_names(first.text, words).first()
        {
            return Some(
                error(format!("`{}` begins no line", shorten(first.text)))
                    .at(self.of(first), format!("did you mean `{meant}`?"))
                    .fix(format!("write `{meant}`"), self.of(first), *meant),
            );
        }
        Some(
            error("this is not a line of the language")
                .at(whole, "expected `name = ..`")
                .help("a line names a value (`y = x -> relu`), or begins with repeat, if, require, claim or shared"),
        )
    }

    fn condition(&self) -> Option<Diagnostic> {
        let word = self.tokens.first()?;
        if let Some(equals) = self.outer("=")
            && self.bad <= equals + 1
        {
            let place = self.of(&self.tokens[equals]);
            return Some(error("`=` stands in a condition").at(place, "a comparison is written `==`").fix(
                "write `==`",
                place,
                "==",
            ));
        }
        let last = self.tokens.last()?;
        if last.is(":") && matches!(self.place, Place::If | Place::Repeat) {
            let place = self.of(last);
            return Some(
                error(format!("the body of `{}` stands in braces", word.text))
                    .at(place, "expected `{`")
                    .help("there is no `:` here; the body ends with a `}` on a line of its own")
                    .fix("write `{`", place, " {"),
            );
        }
        if self.tokens.len() == 1 {
            let what = if self.place == Place::Repeat { "the number of rounds" } else { "its condition" };
            return Some(
                error(format!("`{}` lacks {what}", word.text))
                    .at(self.span(last.end, last.end), "the line ends here")
                    .help(format!("for example `{}`", self.place.example())),
            );
        }
        if self.place == Place::Repeat {
            return self.repeat();
        }
        if matches!(self.place, Place::Require | Place::Ask)
            && let Some(found) = self.found()
            && found.kind == Kind::Text
            && self.before().is_some_and(|before| !before.is(":"))
        {
            let place = self.span(self.before()?.end, self.before()?.end);
            return Some(
                error("the message stands behind a `:`")
                    .at(self.of(&found), "`:` is missing before it")
                    .fix("add it", place, ":"),
            );
        }
        if self.place == Place::Require
            && let Some(found) = self.found()
            && found.is(",")
        {
            return Some(
                error("the message of a requirement stands behind a `:`").at(self.of(&found), "expected `:`").fix(
                    "write `:`",
                    self.of(&found),
                    ":",
                ),
            );
        }
        None
    }

    fn repeat(&self) -> Option<Diagnostic> {
        let example = "each round's values are grouped under a name: `repeat 4 as stage {`";
        let end = self.span(self.end, self.end);
        if let Some(inside) = self.outer("in") {
            return Some(
                error("`repeat` counts, and has no `in`")
                    .at(self.of(&self.tokens[inside]), "unexpected")
                    .help("write `repeat layers as layer[i] {`; `i` counts the rounds from 0"),
            );
        }
        match self.outer("as") {
            None => Some(error("this `repeat` has no name").at(end, "expected `as name`").help(example).fix(
                "name it",
                end,
                " as stage",
            )),
            Some(word) if word + 1 == self.tokens.len() => {
                Some(error("this `repeat` has no name").at(end, "expected a name behind `as`").help(example))
            }
            Some(word) if word == 1 => Some(
                error("this `repeat` does not say how often")
                    .at(self.of(&self.tokens[word]), "expected a number before `as`")
                    .help(example),
            ),
            Some(word) => {
                let name = self.tokens.get(word + 1)?;
                self.keyword_as_name(name)
            }
        }
    }

    fn header(&self) -> Option<Diagnostic> {
        let word = self.tokens.first()?.text;
        let word = if word.len() > 2 { word } else { "block" };
        let Some(name) = self.tokens.get(1).filter(|name| name.kind == Kind::Word) else {
            let end = self.tokens[0].end;
            let end = self.span(end, end);
            return Some(
                error(format!("this `{word}` has no name"))
                    .at(end, "expected a name")
                    .help(format!("for example `{}`", self.place.example())),
            );
        };
        if let Some(diagnostic) = self.keyword_as_name(name) {
            return Some(diagnostic);
        }
        let help = format!("for example `{}`", self.place.example());
        let colon = self.outer(":");
        let arrow = self.outer("->");
        match (colon, arrow) {
            (None, None) => Some(
                error(format!("this `{word}` does not say what flows in and out"))
                    .at(self.span(self.end, self.end), "expected `: inputs -> outputs`")
                    .help(help),
            ),
            (None, Some(arrow)) => {
                // Behind the name or its parameters.
                let close = if self.tokens.get(2).is_some_and(|token| token.is("(")) {
                    (3..arrow).find(|index| self.open[*index] == 3 && self.tokens[*index].is(")")).unwrap_or(1)
                } else {
                    1
                };
                let at = self.tokens[close].end;
                let place = self.span(at, at);
                let inputs = close + 1 < arrow;
                let diagnostic = error(format!("a `:` is missing in the header of this `{word}`"));
                Some(if inputs {
                    diagnostic.at(place, "expected `:` before the inputs").help(help).fix("add it", place, ":")
                } else {
                    diagnostic.at(place, "expected `:` and the inputs").help(help)
                })
            }
            (Some(colon), None) => {
                if colon + 1 == self.tokens.len() {
                    return Some(
                        error(format!("this `{word}` does not say what flows in and out"))
                            .at(self.of(&self.tokens[colon]), "expected `inputs -> outputs` behind it")
                            .help(help),
                    );
                }
                Some(
                    error(format!("this `{word}` does not say what flows out"))
                        .at(self.span(self.end, self.end), "expected `-> outputs`")
                        .help(help),
                )
            }
            (Some(colon), Some(arrow)) => {
                if arrow == colon + 1 {
                    return Some(
                        error(format!("this `{word}` has no input"))
                            .at(self.of(&self.tokens[arrow]), "expected the inputs before `->`")
                            .help(help),
                    );
                }
                if arrow + 1 == self.tokens.len() {
                    return Some(
                        error(format!("this `{word}` has no output"))
                            .at(self.of(&self.tokens[arrow]), "expected the outputs behind it")
                            .help(help),
                    );
                }
                let comma = self.tokens.iter().enumerate().find(|(index, token)| {
                    token.is(",") && self.open[*index] == 0 && *index > colon && *index >= self.bad
                });
                if let Some((index, comma)) = comma {
                    let (what, from, to) = if index < arrow {
                        ("inputs", self.tokens[colon + 1].start, self.tokens[arrow - 1].end)
                    } else {
                        ("outputs", self.tokens[arrow + 1].start, self.end)
                    };
                    let place = self.span(from, to);
                    let written = self.text[from..to].trim_end();
                    return Some(
                        error(format!("several {what} stand in parentheses"))
                            .at(place, "parentheses are missing")
                            .because(self.of(comma), "several, since here is a comma")
                            .fix("add the parentheses", place, format!("({written})")),
                    );
                }
                if self.bad > arrow
                    && self.place != Place::Pattern
                    && let Some(found) = self.found()
                {
                    if found.is("[") {
                        let close = self.tokens.last().map_or(found.end, |last| last.end);
                        return Some(
                            error("the outputs of a header have no shape")
                                .at(self.of(&found), "unexpected")
                                .because(self.span(found.start, close), "the shape")
                                .help("claim it in the line that computes the output: `scores[classes] = ..`"),
                        );
                    }
                    if found.is(":") {
                        let place = self.of(&found);
                        return Some(
                            error(format!("the body of this `{word}` stands in braces")).at(place, "expected `{`").fix(
                                "write `{`",
                                place,
                                " {",
                            ),
                        );
                    }
                }
                None
            }
        }
    }

    fn claim(&self) -> Option<Diagnostic> {
        let help = "for example `claim params = 11,689,512` or `claim macs ~ 1.8G`";
        if self.tokens.len() < 2 {
            return Some(
                error("this claim claims nothing").at(self.span(self.end, self.end), "the line ends here").help(help),
            );
        }
        // Behind `params`, or behind `params(row)`.
        let row = self.tokens.get(2).is_some_and(|open| open.is("("));
        let named = self.tokens.get(3).is_some_and(|name| name.kind == Kind::Word)
            && self.tokens.get(4).is_some_and(|close| close.is(")"));
        let elsewhere = self.found().is_some_and(|found| matches!(found.text, "[" | "." | "of" | "in" | "for"));
        if row && !named || self.bad == 2 && elsewhere {
            return Some(
                error("a row's figure is claimed by the row's name")
                    .at(self.of(self.tokens.get(2)?), "expected `=`, `~`, or one name in parentheses")
                    .help("for example `claim params(conv1) = 9,472`"),
            );
        }
        let sign = self.tokens.get(if row { 5 } else { 2 });
        match sign {
            Some(sign) if matches!(sign.text, "==" | ":" | "<" | ">" | "<=" | ">=" | "≈" | "->") => Some(
                error(format!("a claim has `=` or `~`, not `{}`", sign.text))
                    .at(self.of(sign), "expected `=` (as precise as it is written) or `~` (within 2 %)")
                    .fix("write `=`", self.of(sign), "="),
            ),
            None => Some(
                error("this claim has no figure").at(self.span(self.end, self.end), "expected `= figure`").help(help),
            ),
            _ => {
                let found = self.found()?;
                let before = self.before()?;
                if found.kind == Kind::Word && before.kind == Kind::Number && matches!(found.text, "k" | "M" | "G") {
                    let place = self.span(before.end, found.start);
                    return Some(
                        error(format!("a blank stands before the unit `{}`", found.text))
                            .at(self.of(&found), "the unit stands directly behind the figure")
                            .fix("remove the blank", place, ""),
                    );
                }
                if found.is(",") {
                    return Some(
                        error("these commas do not group thousands")
                            .at(self.of(&found), "three digits stand between two commas")
                            .help(help),
                    );
                }
                None
            }
        }
    }

    fn import(&self) -> Option<Diagnostic> {
        let help = "write `import a, b from \"file.arch\"` or `import \"file.arch\"`";
        let last = self.tokens.last()?;
        let path = self.tokens.iter().find(|token| token.kind == Kind::Text);
        if path.is_none() {
            return Some(
                error("this import does not say from which file")
                    .at(
                        self.span(self.tokens[1.min(self.tokens.len() - 1)].start, last.end),
                        "expected a path in quotation marks",
                    )
                    .help(help),
            );
        }
        if !self.has("from") && self.tokens.get(1).is_some_and(|token| token.kind == Kind::Word) {
            return Some(
                error("`from` is missing in this import")
                    .at(self.of(&self.found().unwrap_or(*last)), "expected `from`")
                    .help(help),
            );
        }
        Some(error("this import cannot be read").at(self.of(&self.found().unwrap_or(*last)), "unexpected").help(help))
    }

    fn shared(&self) -> Option<Diagnostic> {
        let help = "for example `shared tower = conv(64, 3x3) -> relu`, then `a = left -> tower`";
        let name = self.tokens.get(1)?;
        if let Some(diagnostic) = self.keyword_as_name(name) {
            return Some(diagnostic);
        }
        if self.outer("=").is_none() {
            return Some(
                error("this shared instance does not say what it is made of")
                    .at(self.span(self.end, self.end), "expected `= pattern(..)`")
                    .help(help),
            );
        }
        None
    }

    /// Mistakes that show in what stands side by side.
    fn by_neighbours(&self) -> Option<Diagnostic> {
        let bracket = self.bracket(self.bad);
        let before = self.before();
        let Some(found) = self.found() else {
            return self.at_end(before);
        };
        let span = self.of(&found);
        if let Some(before) = before
            && found.is(",")
            && (before.is(",") || before.is("(") || before.is("["))
        {
            return Some(
                error("nothing stands before this comma")
                    .at(span, "a value is missing, or the comma is one too many")
                    .fix("remove it", span, ""),
            );
        }
        if let Some(diagnostic) = self.habits(&found) {
            return Some(diagnostic);
        }
        // x -> (conv(64, 3x3) -> relu)
        let group = (1..self.bad).find(|at| self.tokens[*at].is("(") && self.tokens[*at - 1].is("->"));
        if let Some(group) = group.filter(|_| self.place == Place::Assignment && !self.has("if")) {
            return Some(
                error("stages stand in a row, without parentheses")
                    .at(self.of(&self.tokens[group]), "not needed")
                    .help("write `x -> conv(64, 3x3) -> relu`; parentheses hold a choice, `(relu if deep else prelu)`"),
            );
        }
        let operator = found.kind == Kind::Word && !found.ends_value();
        if operator && !before.is_some_and(|before| before.ends_value()) {
            return Some(
                error(format!("`{}` stands in the place of a value", found.text))
                    .at(span, "expected a value before it")
                    .help(format!("for example `{}`", self.place.example())),
            );
        }
        let starts_value =
            matches!(found.kind, Kind::Word | Kind::Number | Kind::Text) || found.is("(") || found.is("[");
        let after_value = before.is_some_and(|before| before.ends_value());
        if let Some(bracket) = bracket {
            if found.is("->") {
                return Some(
                    error("a pipeline cannot stand inside of brackets")
                        .at(span, "unexpected `->`")
                        .because(self.of(&bracket), "inside of this")
                        .help("give the pipeline a name on a line of its own, and use the name here"),
                );
            }
            if starts_value && after_value {
                let before = before?;
                if before.kind == Kind::Number && found.kind == Kind::Word && found.text == "x" {
                    return Some(self.spaced_size(&before, span));
                }
                if found.is("[") && before.kind == Kind::Word && before.end == found.start {
                    return Some(
                        error(format!("`{}` cannot be indexed or sliced", shorten(before.text)))
                            .at(span, "unexpected `[`")
                            .help("write a hyperparameter for each value that is needed alone"),
                    );
                }
                if self.has("if") && !self.has("else") {
                    return Some(self.no_else(span));
                }
                if matches!(found.text, "else" | "if" | "and" | "or" | "as" | "from") {
                    return None;
                }
                if self.text[before.end..found.start].is_empty() && before.is(")") && found.is("(") {
                    return None;
                }
                let place = self.span(before.end, before.end);
                return Some(
                    error(format!("a comma is missing before `{}`", shorten(found.text)))
                        .at(span, "the next value begins here")
                        .fix("add a comma", place, ","),
                );
            }
            if found.is("=") {
                let before = before?;
                if let Some(diagnostic) = self.call(self.open[self.bad]) {
                    return Some(diagnostic);
                }
                return Some(
                    error("only the name of a parameter stands before `=`")
                        .at(self.of(&before), "this is not a name")
                        .because(span, "unexpected `=`")
                        .help("write `name=value`; for a comparison write `==`"),
                );
            }
            if found.is(":") && !matches!(self.place, Place::Pattern | Place::Model | Place::Block) {
                return Some(error("`:` stands between a name and its value").at(span, "expected `=`").fix(
                    "write `=`",
                    span,
                    "=",
                ));
            }
            // x + (n, n, n) -> multi_head_attention(8)
            if found.is(",")
                && self.place == Place::Assignment
                && bracket.is("(")
                && self.open[self.bad]
                    .checked_sub(2)
                    .is_some_and(|at| matches!(self.tokens[at].text, "+" | "-" | "*" | "/"))
            {
                return Some(
                    error("several tensors are no part of a sum or product")
                        .at(self.of(&bracket), "unexpected, since a pipeline begins here")
                        .help("give the pipeline a name on a line of its own, `z = (a, b) -> concat`, and use the name here"),
                );
            }
            if (found.is(")") || found.is("]"))
                && before.is_some_and(|before| !before.ends_value() && before.start != bracket.start)
            {
                let before = before?;
                if before.is(",") {
                    return Some(
                        error(format!("a value is missing between `,` and `{}`", found.text))
                            .at(self.of(&before), "nothing follows this comma")
                            .help("several tensors are at least two: `(a, b)`; one alone needs no parentheses"),
                    );
                }
                return Some(
                    error(format!("a value is missing behind `{}`", before.text))
                        .at(span, format!("expected a value before `{}`", found.text))
                        .because(self.of(&before), "behind this"),
                );
            }
            if (found.is(")") || found.is("]")) && self.has("if") && !self.has("else") {
                return Some(self.no_else(span));
            }
            if found.is(")") && before.is_some_and(|before| before.is("(")) {
                return Some(
                    error("these parentheses are empty")
                        .at(self.of(&before?).to(span), "expected a value")
                        .help("a function has at least one value, as in `max(a, b)`"),
                );
            }
            return None;
        }
        if self.place == Place::Assignment
            && matches!(found.text, "+" | "-" | "*" | "/")
            && self.tokens[..self.bad].iter().any(|token| token.is("->"))
        {
            return Some(
                error("arithmetic stands before the first arrow")
                    .at(span, format!("unexpected `{}`", found.text))
                    .help("give each pipeline a name on a line of its own, then write `y = a * b`"),
            );
        }
        if starts_value && after_value && matches!(self.place, Place::Assignment | Place::Shared) {
            let before = before?;
            if before.kind == Kind::Number && found.kind == Kind::Word && found.text == "x" {
                return Some(self.spaced_size(&before, span));
            }
            if found.kind == Kind::Word && matches!(found.text, "for" | "in" | "as" | "from") {
                return None;
            }
            let in_stages = self.tokens[..self.bad].iter().any(|token| token.is("->"));
            if found.is("[") {
                return Some(
                    error("a tensor cannot be indexed or sliced")
                        .at(span, "unexpected `[`")
                        .help("a shape is claimed on the left: `name[64, 8, 8] = ..`"),
                );
            }
            if found.is("(") && !in_stages {
                return None;
            }
            let place = self.span(found.start, found.start);
            return Some(
                error(format!("an arrow is missing before `{}`", shorten(found.text)))
                    .at(span, "expected `->`, an operator, or the end of the line")
                    .fix("add an arrow", place, "-> "),
            );
        }
        if before.is_some_and(|before| before.is("->")) && (found.is("->") || found.is("=")) {
            return Some(
                error(format!("a pattern is missing between `->` and `{}`", found.text))
                    .at(span, "expected the name of a pattern or block")
                    .help("for example `x -> relu`"),
            );
        }
        None
    }

    /// What Python's frameworks write otherwise.
    fn habits(&self, found: &Token) -> Option<Diagnostic> {
        let before = self.before()?;
        // kernel=(3, 3)
        if found.is(",")
            && let Some(open) = self.open[self.bad].checked_sub(1)
            && self.tokens[open].is("(")
            && let Some(close) =
                (self.bad..self.tokens.len()).find(|at| self.tokens[*at].is(")") && self.open[*at] == open + 1)
            && self.open[open] != 0
        {
            let values: Vec<&Token> = self.tokens[open + 1..close].iter().filter(|token| !token.is(",")).collect();
            let simple =
                values.iter().all(|value| value.kind == Kind::Number && value.text.bytes().all(|b| b.is_ascii_digit()));
            let place = self.of(&self.tokens[open]).to(self.of(&self.tokens[close]));
            let inner = self.text[self.tokens[open].end..self.tokens[close].start].trim().trim_end_matches(',');
            let texts: Vec<&str> = values.iter().map(|value| value.text).collect();
            let written = if simple { texts.join("x") } else { format!("[{inner}]") };
            return Some(
                error("several values stand in brackets, not in parentheses")
                    .at(place, "a size such as `3x3`, or a list such as `[3, n]`")
                    .fix(format!("write `{}`", shorten(&written)), place, written),
            );
        }
        if !matches!(self.place, Place::Assignment | Place::Shared) {
            return None;
        }
        let arrow = self.tokens[..self.bad].iter().rposition(|token| token.is("->"));
        // x -> nn.Conv2d(..)
        if found.is(".")
            && let Some(arrow) = arrow
            && arrow + 2 == self.bad
        {
            let mut last = self.bad;
            while self.tokens.get(last + 1).is_some_and(|token| token.kind == Kind::Word || token.is(".")) {
                last += 1;
            }
            let place = self.of(&before).to(self.of(&self.tokens[last]));
            return Some(error("the name of a pattern has no points").at(place, "a name of one framework?").help(
                "patterns have one name for all frameworks: `hexapla patterns NAME` finds it by that of any of them",
            ));
        }
        // y = x.relu()
        if let [.., tensor, point, name] = &self.tokens[..self.bad]
            && found.is("(")
            && arrow.is_none()
            && point.is(".")
            && self.bad >= 4
            && self.tokens[self.bad - 4].is("=")
            && !MODULES.contains(&tensor.text)
            && self.tokens.last().is_some_and(|last| last.is(")") && self.open[self.tokens.len() - 1] == self.bad + 1)
        {
            let place = self.span(tensor.start, self.end);
            let arguments = &self.text[found.end..self.end];
            let arguments = arguments.trim_end().trim_end_matches(')').trim();
            let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
            let written = format!("{} -> {}{arguments}", tensor.text, name.text);
            return Some(
                error("a tensor goes through a pattern by an arrow, not by a call")
                    .at(place, "called like a method")
                    .help("behind the point of a tensor stands one of its sizes, such as `x.channels`")
                    .fix("write it behind an arrow", place, written),
            );
        }
        // y = Conv2D(..)(x), y = nn.Conv2d(..)
        if found.is("(") && arrow.is_none() && before.ends_value() && self.open[self.bad] == 0 {
            return Some(
                error("a tensor goes through a pattern by an arrow, not by a call")
                    .at(self.of(found), "unexpected `(`")
                    .help("write `y = x -> conv(64, 3x3) -> relu`"),
            );
        }
        None
    }

    /// `y = max_pool(x, 3x3, stride=2)`: the bracket, by its index plus one, belongs to a call.
    fn call(&self, open: usize) -> Option<Diagnostic> {
        let open = open.checked_sub(1)?;
        let callee = self.tokens.get(open.checked_sub(1)?).filter(|callee| callee.kind == Kind::Word)?;
        let first = self.tokens.get(open + 1)?;
        if self.place != Place::Assignment
            || self.tokens[..open].iter().any(|token| token.is("->"))
            || !self.tokens.get(open.checked_sub(2)?)?.is("=")
        {
            return None;
        }
        let diagnostic = error("a tensor goes through a pattern by an arrow, not by a call");
        let (tensor, rest) = (first.kind == Kind::Word, self.tokens.get(open + 2));
        let close = (open + 1..self.tokens.len()).find(|at| self.open[*at] == open + 1 && self.tokens[*at].is(")"));
        let (true, Some(rest), Some(close)) = (tensor && rest.is_some_and(|rest| rest.is(",")), rest, close) else {
            return Some(
                diagnostic
                    .at(self.of(callee), "applied like a function")
                    .help(format!("write `y = x -> {}(..)`", shorten(callee.text))),
            );
        };
        let place = self.of(callee).to(self.of(&self.tokens[close]));
        let arguments = self.text[rest.end..self.tokens[close].start].trim();
        let written = format!("{} -> {}({arguments})", first.text, callee.text);
        Some(diagnostic.at(place, "applied like a function").fix("write it behind an arrow", place, written))
    }

    fn spaced_size(&self, before: &Token, span: Span) -> Diagnostic {
        error("a size is written without blanks")
            .at(self.of(before).to(span), "blanks inside of a size")
            .help("write `3x3`")
    }

    fn no_else(&self, span: Span) -> Diagnostic {
        error("this choice has an `if` but no `else`")
            .at(span, "expected `else`")
            .help("write `(relu if decoder else prelu)`; a stage that may be left out needs an `if` line of its own")
    }

    /// The line ends too early.
    fn at_end(&self, before: Option<Token<'a>>) -> Option<Diagnostic> {
        let before = before?;
        let place = self.span(self.end, self.end);
        if before.is("->") {
            return Some(
                error("this line ends with `->`")
                    .at(self.of(&before), "expected the name of a pattern or block behind it")
                    .help("a pipeline is broken before an arrow: put this `->` at the beginning of the next line"),
            );
        }
        if before.is("=") && self.place == Place::Assignment {
            return Some(
                error("nothing stands behind this `=`")
                    .at(self.of(&before), "expected a value or a pipeline")
                    .help("a line may be broken inside of brackets and before `->` only"),
            );
        }
        if !before.ends_value() {
            return Some(
                error(format!("this line ends with `{}`", before.text))
                    .at(place, "expected a value")
                    .because(self.of(&before), "behind this")
                    .help("a line may be broken inside of brackets and before `->` only"),
            );
        }
        if self.has("if") && !self.has("else") && self.place == Place::Assignment {
            return Some(self.no_else(place));
        }
        None
    }

    /// What was found, and what the grammar would have taken.
    fn generic(&self, rules: &[Rule]) -> Diagnostic {
        let mut expected: Vec<&str> = Vec::new();
        let mut add = |word: &'static str| {
            if !expected.contains(&word) {
                expected.push(word);
            }
        };
        let after_value = self.before().is_some_and(|before| before.ends_value());
        for rule in rules {
            match rule {
                Rule::name | Rule::input | Rule::parameter | Rule::pattern_output | Rule::discard => add("a name"),
                Rule::input_default | Rule::attribute => add("a name"),
                Rule::kind => {}
                Rule::expr | Rule::value | Rule::number | Rule::list | Rule::group | Rule::prefix | Rule::element => {
                    add("a value")
                }
                Rule::dim | Rule::condition | Rule::tuple | Rule::figures | Rule::size => add("a value"),
                Rule::quantity | Rule::thousands => add("a figure"),
                Rule::infix | Rule::sum => add("an operator"),
                Rule::stage | Rule::choice => add("a pattern or block"),
                Rule::string => add("a text in quotation marks"),
                Rule::relation => add("`=` or `~`"),
                Rule::shape => add("a shape in brackets"),
                Rule::arguments | Rule::parameters => add("`(`"),
                Rule::EOI => add("the end of the line"),
                _ => {}
            }
        }
        if let Some(bracket) = self.bracket(self.bad)
            && after_value
        {
            if !self.found().is_some_and(|found| found.is(",")) {
                add("`,`");
            }
            add(if bracket.is("(") { "`)`" } else { "`]`" });
        }
        let expected = match expected.as_slice() {
            [] => String::new(),
            [one] => format!("expected {one}"),
            [head @ .., last] => format!("expected {} or {last}", head.join(", ")),
        };
        let label = if expected.is_empty() { "unexpected".to_string() } else { expected };
        let diagnostic = match (self.found(), self.before()) {
            (Some(found), _) => {
                let what = match found.kind {
                    Kind::Text => "a text".to_string(),
                    _ => format!("`{}`", shorten(found.text)),
                };
                error(format!("{what} cannot stand here in {}", self.place.what())).at(self.of(&found), label)
            }
            (None, before) => {
                let diagnostic =
                    error(format!("{} ends too early", self.place.what())).at(self.span(self.end, self.end), label);
                match before {
                    Some(before) if before.start > self.start => diagnostic.because(self.of(&before), "behind this"),
                    _ => diagnostic,
                }
            }
        };
        diagnostic.help(format!("for example `{}`", self.place.example()))
    }
}

/// Not too much of a word.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_string();
    }
    text.chars().take(37).chain("...".chars()).collect()
}

/// A line that begins with a word of another language.
pub(super) fn foreign(word: &str, text: &str, line: Span) -> Option<Diagnostic> {
    let written = text.get(line.range())?;
    let rest = written[word.len()..].trim_start();
    // As a name it may well be assigned to.
    if word.is_empty() || rest.starts_with('=') && !rest.starts_with("==") || rest.starts_with(['[', ',']) {
        return None;
    }
    let span = Span { end: line.start + word.len() as u32, ..line };
    let (message, help) = match word {
        "for" => (
            "a loop is written `repeat`",
            "write `repeat 4 as stage { .. }`, with `as stage[i]` if the round's number is needed; over the steps of a sequence, `x -> scan(step)`",
        ),
        "while" | "scan" => (
            "a loop with carried tensors is a stage behind an arrow",
            "write `shared step = BLOCK`, and then `y = (x, h) -> scan(step)` or `y = h -> while(step, limit=10)`",
        ),
        "def" | "fn" | "function" | "func" | "class" | "struct" | "module" | "layer" | "network" => (
            "a part of a network is written `block`, the whole `model`",
            "write `block NAME(parameters): inputs -> outputs { .. }`",
        ),
        "return" | "yield" => (
            "there is no `return`: what a block gives is named in its header",
            "give the result the name that stands behind `->` in the header",
        ),
        "let" | "var" | "const" | "val" | "auto" => ("a name needs no declaration", "write `name = ..`"),
        "elif" | "elsif" | "elseif" => ("a second condition is written `else if`", "write `} else if condition {`"),
        "assert" => ("a requirement is written `require`", "write `require H % 8 == 0`"),
        "use" | "include" | "using" | "require_once" => {
            ("another file is read with `import`", "write `import block from \"file.arch\"`")
        }
        "from" => ("an import begins with `import`", "write `import a, b from \"file.arch\"`"),
        "pass" | "print" | "del" | "global" | "with" | "try" => {
            ("this is Python; a spec says what a network is, not what a program does", "leave it away")
        }
        _ => return None,
    };
    Some(error(message).at(span, format!("`{word}` is not a word of this language")).help(help))
}

/// `mid = channels // 4`: a comment where Python has the quotient rounded down.
pub(super) fn hidden_division(text: &str, line: &Line, place: Place) -> Option<Diagnostic> {
    let comment = line.trailing.as_ref()?;
    let numeric = matches!(place, Place::Assignment | Place::Require | Place::Macs | Place::Let | Place::Weight);
    let (start, end) = (comment.span.start as usize, comment.span.end as usize);
    let gap = start - line.end;
    let written = text.get(start..end)?.strip_prefix("//")?;
    let operand = written.trim();
    let blanks = written.len() - written.trim_start().len();
    if !numeric || gap > 1 || blanks > 1 || operand.is_empty() || operand.len() > 80 {
        return None;
    }
    let value = text.get(line.start..line.end)?;
    if value.contains("->") || !value.as_bytes().last().is_some_and(|last| is_word(*last) || matches!(last, b')')) {
        return None;
    }
    // One operand, or several with operators between them: no two words side by side.
    let tokens = tokens(operand, 0, operand.len());
    let mut value_before = false;
    for token in &tokens {
        let is_value = matches!(token.kind, Kind::Word | Kind::Number);
        let allowed = is_value || matches!(token.text, "+" | "-" | "*" | "/" | "%" | "^" | "." | "(" | ")");
        if !allowed || is_value && value_before || token.kind == Kind::Number && super::bad_number(token.text) {
            return None;
        }
        value_before = is_value;
    }
    if !tokens.last()?.ends_value() || tokens.first().is_some_and(|first| first.kind == Kind::Sign && !first.is("(")) {
        return None;
    }
    let divisor = tokens.first()?;
    let whole = Span { end: comment.span.start + 2, ..comment.span };
    Some(
        error("is this a comment, or a division?")
            .at(whole, "`//` begins a comment: what follows is not computed")
            .because(Span::new(comment.span.file, line.end, line.end), "the value ends here")
            .help(format!(
                "the quotient rounded down is written `floor(.. / {})`, the exact one `/`",
                shorten(divisor.text)
            ))
            .help("before a comment, write two blanks")
            .fix("make it a comment that cannot be mistaken", Span { end: comment.span.start, ..comment.span }, " "),
    )
}
