//! Texts with holes, rendered once for all the places that differ only in what stands in the holes.
//!
//! To a template, tensors and layers are opaque: it gets a mark for each, and what they are called is put in behind it. All that a
//! template can learn of them is how many there are, which ones are needed, and whether one can stand next to an operator as it is.

use super::operator::Wiring;
use super::python::{self, Strength};

/// The marks: for inputs, for outputs, for the layer.
const INPUTS: u32 = 0xE300;
const OUTPUTS: u32 = 0xEB00;
const LAYER: char = '\u{F300}';

/// What a template can learn of a wiring.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// How strongly each input holds together, and whether it begins with a sign.
    inputs: Vec<(Strength, bool)>,
    /// Whether each output is needed.
    outputs: Vec<bool>,
    layer: bool,
    activation: Option<String>,
}

impl Form {
    /// That of a wiring; nothing for one with more tensors than there are marks.
    pub fn of(wiring: &Wiring<'_>) -> Option<Self> {
        let most = (OUTPUTS - INPUTS) as usize;
        (wiring.inputs.len() <= most && wiring.outputs.len() <= most).then(|| Self {
            inputs: wiring.inputs.iter().map(|input| hold(input)).collect(),
            outputs: wiring.outputs.iter().map(Option::is_some).collect(),
            layer: wiring.layer.is_some(),
            activation: wiring.activation.map(str::to_owned),
        })
    }

    /// The marks of the inputs. One that is no atom is twice the mark, with an operator between that holds as weakly; one that begins
    /// with a sign still does.
    pub fn inputs(&self) -> Vec<String> {
        let mark = |(at, (strength, signed)): (usize, &(Strength, bool))| {
            let (mark, sign) = (mark(INPUTS, at), if *signed { "-" } else { "" });
            match between(*strength) {
                "" => format!("{sign}{mark}"),
                operator => format!("{sign}{mark}{operator}{mark}"),
            }
        };
        self.inputs.iter().enumerate().map(mark).collect()
    }

    /// The marks of the outputs.
    pub fn outputs(&self) -> Vec<Option<String>> {
        self.outputs.iter().enumerate().map(|(at, needed)| needed.then(|| mark(OUTPUTS, at).to_string())).collect()
    }

    /// The mark of the layer.
    pub fn layer(&self) -> Option<String> {
        self.layer.then(|| LAYER.to_string())
    }
}

/// What a template can learn of an input.
fn hold(input: &str) -> (Strength, bool) {
    (python::strength(input), input.starts_with('-'))
}

/// An operator that holds so strongly, between two marks.
fn between(strength: Strength) -> &'static str {
    match strength {
        Strength::Choice => " if ",
        Strength::Or => " or ",
        Strength::And | Strength::Not => " and ",
        Strength::Compare => " == ",
        Strength::Sum => " + ",
        Strength::Product => " * ",
        Strength::Power => "**",
        Strength::Sign | Strength::Atom => "",
    }
}

fn mark(first: u32, at: usize) -> char {
    u32::try_from(at).ok().and_then(|at| char::from_u32(first + at)).unwrap_or(LAYER)
}

/// A text with holes.
#[derive(Clone, Debug, PartialEq)]
pub struct Text(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Plain(String),
    Input(usize),
    Output(usize),
    Layer,
}

impl Text {
    /// Finds the marks of a form in what a template gave.
    pub fn new(rendered: &str, form: &Form) -> Self {
        let mut pieces = Vec::new();
        let (mut plain, mut rest) = (String::new(), rendered);
        while let Some(next) = rest.chars().next() {
            rest = &rest[next.len_utf8()..];
            let hole = match u32::from(next) {
                _ if next == LAYER => Piece::Layer,
                code @ INPUTS..OUTPUTS => Piece::Input((code - INPUTS) as usize),
                code @ OUTPUTS..0xF300 => Piece::Output((code - OUTPUTS) as usize),
                _ => {
                    plain.push(next);
                    continue;
                }
            };
            if let Piece::Input(at) = hole
                && let Some((strength, signed)) = form.inputs.get(at)
            {
                if *signed {
                    plain.pop();
                }
                let operator = between(*strength);
                let twice = rest.strip_prefix(operator).and_then(|rest| rest.strip_prefix(next));
                if let (Some(behind), false) = (twice, operator.is_empty()) {
                    rest = behind;
                }
            }
            if !plain.is_empty() {
                pieces.push(Piece::Plain(std::mem::take(&mut plain)));
            }
            pieces.push(hole);
        }
        if !plain.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        Self(pieces)
    }

    /// The text with its holes filled.
    pub fn filled(&self, wiring: &Wiring<'_>) -> String {
        let part = |piece| match piece {
            &Piece::Input(at) => wiring.inputs.get(at).map_or("", String::as_str),
            &Piece::Output(at) => wiring.outputs.get(at).and_then(Option::as_deref).unwrap_or("_"),
            Piece::Layer => wiring.layer.unwrap_or_default(),
            Piece::Plain(text) => text,
        };
        let mut text = String::with_capacity(self.0.iter().map(|piece| part(piece).len()).sum());
        self.0.iter().for_each(|piece| text.push_str(part(piece)));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_found_and_filled() {
        let inputs = ["a".to_owned(), "b + c".to_owned()];
        let outputs = [Some("y".to_owned()), None];
        let wiring = Wiring { inputs: &inputs, outputs: &outputs, layer: Some("self.l"), activation: None };
        let form = Form::of(&wiring).expect("few tensors");
        let marks = form.inputs();
        assert!(python::is_atomic(&marks[0]) && !python::is_atomic(&marks[1]));
        let rendered = format!(
            "{} = {}({}, {}) * {} {}",
            form.outputs()[0].as_deref().unwrap_or_default(),
            form.layer().unwrap_or_default(),
            marks[0],
            marks[1],
            python::operand(&marks[1]),
            marks[1],
        );
        let text = Text::new(&rendered, &form);
        assert_eq!(text.filled(&wiring), "y = self.l(a, b + c) * (b + c) b + c");
        let other = ["x1".to_owned(), "x2 - x3".to_owned()];
        let wiring = Wiring { inputs: &other, ..wiring };
        assert_eq!(Form::of(&wiring), Some(form.clone()));
        assert_eq!(text.filled(&wiring), "y = self.l(x1, x2 - x3) * (x2 - x3) x2 - x3");
        let others = ["x1".to_owned(), "x2 * x3".to_owned()];
        assert_ne!(Form::of(&Wiring { inputs: &others, ..wiring }), Some(form));
    }

    #[test]
    fn marks_hold_as_what_they_stand_for() {
        for input in ["a", "-a", "a + b", "-a * b", "a**2", "a == b", "a and b", "a or b", "a if b else c"] {
            let inputs = [input.to_owned()];
            let wiring = Wiring { inputs: &inputs, ..Wiring::default() };
            let form = Form::of(&wiring).expect("one tensor");
            let mark = &form.inputs()[0];
            assert_eq!(python::strength(mark), python::strength(input), "{input}");
            for around in ["f(?)", "1 - ?", "? + ?"] {
                let text = Text::new(&around.replace('?', mark), &form);
                assert_eq!(text.filled(&wiring), around.replace('?', input));
            }
        }
    }
}
