//! Texts with holes, rendered once for all the places that differ only in what stands in the holes.
//!
//! To a template, tensors and layers are opaque: it gets a mark for each, and what they are called is put in behind it. All that a
//! template can learn of them is how many there are, which ones are needed, and whether one can stand next to an operator as it is.

use super::operator::Wiring;
use super::python;

/// The marks: for inputs, for outputs, for the layer.
const INPUTS: u32 = 0xE300;
const OUTPUTS: u32 = 0xEB00;
const LAYER: char = '\u{F300}';

/// What a template can learn of a wiring.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Whether each input can stand next to an operator.
    inputs: Vec<bool>,
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
            inputs: wiring.inputs.iter().map(|input| python::is_atomic(input)).collect(),
            outputs: wiring.outputs.iter().map(Option::is_some).collect(),
            layer: wiring.layer.is_some(),
            activation: wiring.activation.map(str::to_owned),
        })
    }

    /// Whether a wiring has this form.
    pub fn fits(&self, wiring: &Wiring<'_>) -> bool {
        self.layer == wiring.layer.is_some()
            && self.activation.as_deref() == wiring.activation
            && self.outputs.iter().copied().eq(wiring.outputs.iter().map(Option::is_some))
            && self.inputs.iter().copied().eq(wiring.inputs.iter().map(|input| python::is_atomic(input)))
    }

    /// The marks of the inputs. One that can't stand next to an operator is twice the mark, with a blank between.
    pub fn inputs(&self) -> Vec<String> {
        let mark = |(at, atomic): (usize, &bool)| {
            let mark = mark(INPUTS, at);
            if *atomic { mark.to_string() } else { format!("{mark} {mark}") }
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
                && form.inputs.get(at) == Some(&false)
            {
                rest = rest.strip_prefix(' ').and_then(|rest| rest.strip_prefix(next)).unwrap_or(rest);
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
        assert!(form.fits(&wiring));
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
        let other = ["x1".to_owned(), "-x2".to_owned()];
        let wiring = Wiring { inputs: &other, ..wiring };
        assert!(form.fits(&wiring));
        assert_eq!(text.filled(&wiring), "y = self.l(x1, -x2) * (-x2) -x2");
    }
}
