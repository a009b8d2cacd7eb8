//! The words of Python: enough of its lexer to tell what is code, what is a comment and what is a string.

/// A word of Python with its line, which counts from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text; of strings and comments what stands within their marks, as it is written.
    pub text: String,
    /// The line on which it begins.
    pub line: usize,
}

/// The kinds of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Name,
    Number,
    /// A string; what stands in the braces of an f-string follows as words of its own.
    String {
        /// Whether three quotes enclose it.
        triple: bool,
    },
    Comment,
    Sign,
}

/// The words of a file, in order.
///
/// # Errors
/// What no Python file has: a string or bracket that is not closed, a character that is none of Python's, a tab.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut reader = Reader { text, at: 0, line: 1, tokens: Vec::new(), open: Vec::new() };
    while reader.at < text.len() {
        reader.token()?;
    }
    match reader.open.last() {
        Some((bracket, line)) => Err(format!("line {line}: `{bracket}` is not closed")),
        None => Ok(reader.tokens),
    }
}

/// A file without its comments and docstrings, and without its layout: equal for two files that do the same.
///
/// What the lexer does not know is left as it is.
pub fn bare(text: &str) -> String {
    let Ok(tokens) = tokens(text) else { return text.to_owned() };
    let indents: Vec<usize> = text.lines().map(|line| line.len() - line.trim_start().len()).collect();
    let mut bare = String::with_capacity(text.len());
    let (mut depth, mut last) = (0usize, 0);
    for token in tokens.iter().filter(|token| token.kind != Kind::Comment) {
        let begins = depth == 0 && token.line != last;
        last =
            token.line + if matches!(token.kind, Kind::String { .. }) { token.text.matches('\n').count() } else { 0 };
        match (token.kind, token.text.as_str()) {
            // A statement that is a string.
            (Kind::String { triple: true }, _) if begins => continue,
            (Kind::Sign, "(" | "[" | "{") => depth += 1,
            (Kind::Sign, ")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ => {}
        }
        if begins {
            let indent = indents.get(token.line - 1).copied().unwrap_or_default();
            bare.push_str(&format!("\n{indent} "));
        }
        match token.kind {
            Kind::String { .. } => bare.push_str(&format!("{:?} ", token.text)),
            _ => bare.push_str(&format!("{} ", token.text)),
        }
    }
    bare
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
    open: Vec<(char, usize)>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, text: &str, line: usize) {
        self.tokens.push(Token { kind, text: text.to_owned(), line });
    }

    fn token(&mut self) -> Result<(), String> {
        let line = self.line;
        let Some(first) = self.rest().chars().next() else { return Ok(()) };
        let text = self.text;
        let start = self.at;
        match first {
            '\n' => {
                self.line += 1;
                self.at += 1;
            }
            ' ' => self.at += 1,
            '#' => {
                let end = self.rest().find('\n').map_or(text.len(), |end| start + end);
                self.at = end;
                harmless(&text[start..end], line)?;
                self.push(Kind::Comment, text[start + 1..end].trim(), line);
            }
            '"' | '\'' => self.string(false)?,
            'f' | 'r' | 'b' if text[start + 1..].starts_with(['"', '\'']) => {
                self.at += 1;
                self.string(first == 'f')?;
            }
            _ if first.is_ascii_alphabetic() || first == '_' => {
                let end = self.rest().find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                self.at = end.map_or(text.len(), |end| start + end);
                self.push(Kind::Name, &text[start..self.at], line);
            }
            _ if first.is_ascii_digit() => {
                let bytes = text.as_bytes();
                while self.at < bytes.len()
                    && (bytes[self.at].is_ascii_alphanumeric()
                        || matches!(bytes[self.at], b'.' | b'_')
                        || (matches!(bytes[self.at], b'+' | b'-') && matches!(bytes[self.at - 1], b'e' | b'E')))
                {
                    self.at += 1;
                }
                let number = &text[start..self.at];
                if number.replace('_', "").parse::<f64>().is_err() {
                    return Err(format!("line {line}: `{number}` is no number"));
                }
                self.push(Kind::Number, number, line);
            }
            '(' | '[' | '{' => {
                self.open.push((first, line));
                self.sign(first);
            }
            ')' | ']' | '}' => {
                let matching = match first {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                match self.open.pop() {
                    Some((open, _)) if open == matching => self.sign(first),
                    _ => return Err(format!("line {line}: `{first}` closes nothing")),
                }
            }
            _ if "+-*/%=<>!.,:@|&~^;".contains(first) => self.sign(first),
            _ => return Err(format!("line {line}: {first:?} is no word of Python")),
        }
        Ok(())
    }

    fn sign(&mut self, sign: char) {
        self.push(Kind::Sign, &sign.to_string(), self.line);
        self.at += 1;
    }

    fn string(&mut self, formatted: bool) -> Result<(), String> {
        let (text, line) = (self.text, self.line);
        let quote = &text[self.at..=self.at];
        let triple = self.rest().starts_with(&quote.repeat(3));
        let mark = if triple { quote.repeat(3) } else { quote.to_owned() };
        let start = self.at + mark.len();
        let mut at = start;
        loop {
            let rest = &text[at..];
            let Some(next) = rest.chars().next() else { return Err(format!("line {line}: a string is not closed")) };
            if rest.starts_with(&mark) {
                break;
            }
            match next {
                '\\' => at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                '\n' if !triple => return Err(format!("line {line}: a string is not closed")),
                _ => at += next.len_utf8(),
            }
            self.line += usize::from(next == '\n');
        }
        let content = &text[start..at];
        harmless(content, line)?;
        self.at = at + mark.len();
        self.push(Kind::String { triple }, content, line);
        if formatted {
            let holes = content.replace("{{", "").replace("}}", "");
            for hole in holes.split('{').skip(1) {
                let (code, _) = hole.split_once('}').ok_or_else(|| format!("line {line}: a brace is not closed"))?;
                let inner = tokens(code)?;
                self.tokens.extend(inner.into_iter().map(|token| Token { line, ..token }));
            }
        }
        Ok(())
    }
}

/// No characters but printed ones, and line ends where they may be.
fn harmless(text: &str, line: usize) -> Result<(), String> {
    match text.chars().find(|c| c.is_control() && *c != '\n') {
        Some(c) => Err(format!("line {line}: {c:?} stands in a string or comment")),
        None => Ok(()),
    }
}

#[test]
fn bare_code_keeps_what_runs() {
    let code = "\"\"\"Head.\n\nMore.\n\"\"\"\n\ndef f(x):  # why\n    \"\"\"Docs.\"\"\"\n    # here\n    return g(\n        x, 'a # b'\n    )\n";
    assert_eq!(bare(code), bare("def f(x):\n    return g(x, 'a # b')\n"));
    for other in [
        "def f(x):\n    return g(x, 'a # c')\n",
        "def f(x):\n  return g(x, 'a # b')\n",
        "def f(x):\n    return g('a # b', x)\n",
        "def f(x):\n    x\n    return g(x, 'a # b')\n",
        "def f(x):\n    y = \"\"\"Docs.\"\"\"\n    return g(x, 'a # b')\n",
    ] {
        assert_ne!(bare(code), bare(other), "{other}");
    }
    // A statement that moves into a branch is another program.
    assert_ne!(bare("if a:\n    b()\n    c()\n"), bare("if a:\n    b()\nc()\n"));
}

#[test]
fn every_runner_is_read() {
    // What can't be read counts with its comments: a change of one would run everything again.
    let folder = std::path::Path::new("templates");
    let runners: Vec<_> = super::everything(&std::path::Path::new(super::ROOT).join(folder))
        .into_iter()
        .filter(|path| path.ends_with("run.py") || path.ends_with("harness.py"))
        .collect();
    assert!(runners.len() > 6, "{runners:?}");
    for path in runners {
        let text = std::fs::read_to_string(&path).expect("a runner is a text");
        assert!(tokens(&text).is_ok(), "{}: {:?}", path.display(), tokens(&text).err());
    }
}
