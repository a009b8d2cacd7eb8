//! Generated specs for measurements: chains of as many lines as wanted, of the kinds of lines that papers have.
//!
//! Shared by the benchmarks and by the test that asserts that these specs are fine.

use std::fmt::Write;

/// How a chain names its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// One name, again and again: `x = x -> ..`.
    Rebound,
    /// A name for each line: `x12 = x11 -> ..`.
    Distinct,
    /// One name, in groups with loops, branches and a block of its own.
    Structured,
}

impl Names {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rebound, Self::Distinct, Self::Structured];

    /// A word for tables and file names.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rebound => "rebound",
            Self::Distinct => "distinct",
            Self::Structured => "structured",
        }
    }
}

/// A spec whose model has a body of `lines` lines of text, at least a dozen.
pub fn chain(lines: usize, names: Names) -> String {
    let parameters = if names == Names::Structured { "classes = 10, deep = true" } else { "classes = 10" };
    let mut text =
        format!("/// A chain of {lines} lines.\nmodel Chain({parameters}): image[16, 32, 32] -> logits {{\n");
    let body = lines.saturating_sub(1);
    match names {
        Names::Structured => groups(&mut text, body),
        _ => rows(&mut text, body, names == Names::Distinct),
    }
    text
}

/// Groups of ten lines, each of another kind; the rest are plain ones.
fn rows(text: &mut String, count: usize, distinct: bool) {
    let (mut current, mut skip) = ("image".to_owned(), "image".to_owned());
    for at in 0..count {
        let (group, kind) = (at / 10, if at < count / 10 * 10 { at % 10 } else { 0 });
        let channels = [16, 24, 32, 48][group % 4];
        let side = matches!(kind, 1 | 5);
        let value = match (distinct, side) {
            (true, _) => format!("x{at}"),
            (false, true) => "skip".to_owned(),
            (false, false) => "x".to_owned(),
        };
        let stages = match kind {
            0 => format!("-> conv({channels}, 3x3, padding=1, bias=false) -> batch_norm -> relu"),
            1 => format!("-> conv({channels}, 1x1) -> batch_norm"),
            2 => format!("-> conv({}, 3x3, padding=2, dilation=2) -> batch_norm(eps=1e-3) -> relu", 2 * channels),
            3 => format!("-> conv({channels}, [1, 5], bias=false) -> batch_norm -> prelu"),
            5 => format!("-> conv({channels}, 3x3, groups=4) -> batch_norm"),
            6 => format!("-> max_pool(3x3, stride=1, padding=1) -> conv({channels}, 1x1)"),
            7 => format!("-> conv({channels}, 3x3, padding=1) -> batch_norm -> leaky_relu(0.1)"),
            9 => format!("-> dropout(0.{})", group % 4 + 1),
            _ => format!("+ {skip} -> relu"),
        };
        let _ = writeln!(text, "    {value} = {current} {stages}");
        if side { skip = value } else { current = value }
    }
    let _ = writeln!(text, "    logits = {current} -> global_avg_pool -> dense(classes)\n}}");
}

/// Groups of ten lines: a loop, a branch, a hyperparameter, and calls of a block.
fn groups(text: &mut String, count: usize) {
    let _ = writeln!(text, "    x = image -> relu");
    let mut left = count.saturating_sub(1);
    let mut at = 0;
    while left >= 10 {
        let channels = [16, 24, 32, 48][at % 4];
        let _ = write!(
            text,
            "    width{at} = {channels} * {}
    x = x -> conv(width{at}, 3x3, padding=1) -> batch_norm -> relu
    repeat 2 as group{at} {{
        x = x -> residual(dilation={})
    }}
    if deep {{
        x = x -> conv(width{at}, 3x3) -> batch_norm -> relu
    }} else {{
        x = x -> conv(width{at}, 1x1) -> batch_norm
    }}
",
            at % 3 + 1,
            at % 4 + 1,
        );
        left -= 10;
        at += 1;
    }
    for _ in 0..left {
        let _ = writeln!(text, "    x = x -> residual");
    }
    let _ = write!(
        text,
        "    logits = x -> global_avg_pool -> dense(classes)
}}

/// Two convolutions beside a shortcut.
block residual(dilation = 1): x -> y {{
    main = x -> conv(x.channels, 3x3, dilation=dilation, bias=false) -> batch_norm -> relu
             -> conv(x.channels, 3x3, bias=false) -> batch_norm
    y    = x + main -> relu
}}
"
    );
}
