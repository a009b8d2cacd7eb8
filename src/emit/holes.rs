//! What a template gives: a tree with holes, rendered and read once for all the places that differ only in what is put into them.
//!
//! To a template, tensors and layers are opaque: it gets a name for each, and the nodes take their places in what was read. All that a
//! template can learn of them is how many there are, and which ones are needed.
//!
//! Architecture Invariant: no template sees the code of a tensor or layer, and no text is put into code after it was read.

use super::operator::Wiring;
use crate::code::{Expr, Hole, Statement, parse, print};

/// The numbers of the holes: of inputs, of outputs, of the layer, and of the instances that parameters stand for.
const OUTPUTS: u32 = 1 << 16;
const LAYER: u32 = 2 << 16;
const INSTANCES: u32 = 3 << 16;

/// What a template can learn of a wiring.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    inputs: usize,
    /// Whether each output is needed.
    outputs: Vec<bool>,
    layer: bool,
    activation: Option<String>,
}

/// The names by which a template has the holes.
#[derive(Clone, Debug)]
pub struct Marks {
    /// The tensors that enter.
    pub inputs: Vec<String>,
    /// The variables to assign; `None` where one is not needed.
    pub outputs: Vec<Option<String>>,
    /// The layer.
    pub layer: Option<String>,
    /// The activation that its layer applies, as text.
    pub activation: Option<String>,
}

impl Form {
    /// That of a wiring.
    pub fn of(wiring: &Wiring<'_>) -> Self {
        Self {
            inputs: wiring.inputs.len(),
            outputs: wiring.outputs.iter().map(Option::is_some).collect(),
            layer: wiring.layer.is_some(),
            activation: wiring.activation.map(str::to_owned),
        }
    }

    /// The names of its holes.
    pub fn marks(&self) -> Marks {
        let output = |(at, needed): (usize, &bool)| needed.then(|| parse::hole(OUTPUTS + number(at)));
        Marks {
            inputs: (0..self.inputs).map(|at| parse::hole(number(at))).collect(),
            outputs: self.outputs.iter().enumerate().map(output).collect(),
            layer: self.layer.then(|| parse::hole(LAYER)),
            activation: self.activation.clone(),
        }
    }
}

/// The name of the instance that a parameter stands for.
pub fn instance(parameter: usize) -> String {
    parse::hole(INSTANCES + number(parameter))
}

/// Positions are limited by the sizes of specs, far below the distance of the numbers.
fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What is put into the holes.
pub struct Filling<'w> {
    /// Tensors and the layer.
    pub wiring: &'w Wiring<'w>,
    /// The instances that parameters stand for, by the positions of those.
    pub instances: Vec<(usize, Expr)>,
}

impl Filling<'_> {
    fn fill(&self, hole: Hole) -> Option<Expr> {
        let at = (hole.number & (OUTPUTS - 1)) as usize;
        match hole.number & !(OUTPUTS - 1) {
            0 => self.wiring.inputs.get(at).cloned(),
            OUTPUTS => Some(Expr::name(self.wiring.outputs.get(at)?.as_deref().unwrap_or("_"))),
            LAYER => self.wiring.layer.cloned(),
            _ => self.instances.iter().find(|(parameter, _)| *parameter == at).map(|(_, expr)| expr.clone()),
        }
    }

    /// A message in which holes are called what they are filled with.
    pub fn message(&self, text: &str) -> String {
        let mut said = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, number, behind)) = parse::next_hole(rest) {
            said.push_str(before);
            let filler = self.fill(Hole { number, width: 0 });
            said.push_str(&filler.map_or_else(|| "?".to_owned(), |expr| print::flat(&expr)));
            rest = behind;
        }
        said + rest
    }
}

/// What a template gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Rendered {
    /// Nothing: what it stands for is left out.
    Nothing,
    /// An expression.
    Expr(Expr),
    /// Statements.
    Statements(Vec<Statement>),
}

impl Rendered {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is no expression of the subset.
    pub fn expression(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::Nothing);
        }
        parse::expression(text).map(Self::Expr).map_err(|error| unread(text, &error))
    }

    /// Reads statements.
    ///
    /// # Errors
    /// What are no statements of the subset.
    pub fn statements(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::Nothing);
        }
        let mut statements = parse::statements(text).map_err(|error| unread(text, &error))?;
        statements.iter_mut().for_each(close_up);
        Ok(Self::Statements(statements))
    }

    /// With its holes filled.
    pub fn filled(&self, filling: &Filling<'_>) -> Self {
        let fill = |hole| filling.fill(hole);
        match self {
            Self::Nothing => Self::Nothing,
            Self::Expr(expr) => Self::Expr(expr.filled(&fill)),
            Self::Statements(statements) => {
                let mut statements = statements.clone();
                statements.iter_mut().for_each(|statement| statement.fill(&fill));
                Self::Statements(statements)
            }
        }
    }
}

/// The blank lines of a template are for those who read it.
fn close_up(statement: &mut Statement) {
    statement.blank_lines = 0;
    statement.bodies_mut().flatten().for_each(close_up);
}

fn unread(text: &str, error: &parse::Error) -> String {
    format!("what it gives cannot be read: {error}: `{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expr(text: &str) -> Expr {
        parse::expression(text).expect("it is in the subset")
    }

    fn filled(template: &str, wiring: &Wiring<'_>) -> String {
        let read = Rendered::expression(template).expect("it is in the subset");
        match read.filled(&Filling { wiring, instances: vec![(1, expr("self.body"))] }) {
            Rendered::Expr(expr) => print::flat(&expr),
            other => panic!("no expression: {other:?}"),
        }
    }

    #[test]
    fn holes_are_found_and_filled() {
        let inputs = [expr("a"), expr("b + c")];
        let outputs = [Some("y".to_owned()), None];
        let layer = expr("self.l");
        let wiring = Wiring { inputs: &inputs, outputs: &outputs, layer: Some(&layer), activation: None };
        let marks = Form::of(&wiring).marks();
        let [a, sum] = [&marks.inputs[0], &marks.inputs[1]];
        let layer = marks.layer.as_deref().unwrap_or_default();
        assert_eq!(filled(&format!("{layer}({a}, {sum}) * {sum}"), &wiring), "self.l(a, b + c) * (b + c)");
        assert_eq!(filled(&format!("{sum} + {sum}.T"), &wiring), "b + c + (b + c).T");
        assert_eq!(filled(&format!("({sum}) + ({a})"), &wiring), "(b + c) + a");
        assert_eq!(filled(&format!("lambda x: {}(x)", instance(1)), &wiring), "lambda x: self.body(x)");
        let text = format!("{} = {a}", marks.outputs[0].as_deref().unwrap_or_default());
        let read = Rendered::statements(&text).expect("it is in the subset");
        let Rendered::Statements(read) = read.filled(&Filling { wiring: &wiring, instances: Vec::new() }) else {
            panic!("no statements")
        };
        assert_eq!(print::statements(&read, 0)[0].text, "y = a");
        assert_eq!(Filling { wiring: &wiring, instances: Vec::new() }.message(&format!("no {sum}!")), "no b + c!");
    }

    #[test]
    fn a_sign_behind_an_operator_stands_in_parentheses() {
        let inputs = [expr("-a"), expr("-a * b"), expr("a * -b")];
        let wiring = Wiring { inputs: &inputs, ..Wiring::default() };
        let marks = Form::of(&wiring).marks();
        let behind = |at: usize| filled(&format!("x + {}", marks.inputs[at]), &wiring);
        assert_eq!([0, 1, 2].map(behind), ["x + (-a)", "x + (-a * b)", "x + a * -b"]);
        assert_eq!(filled(&format!("{} + x", marks.inputs[1]), &wiring), "-a * b + x");
    }

    #[test]
    fn a_hole_in_a_string_or_joined_to_letters_is_an_error() {
        let mark = parse::hole(1);
        for text in [format!("f(\"{mark}\")"), format!("x{mark}"), format!("{mark}x"), format!("f\"{mark}\"")] {
            assert!(Rendered::expression(&text).is_err(), "{text}");
        }
    }
}
