//! Symbolic sizes: exact integer arithmetic on dimensions and hyperparameters.
//!
//! A [`Dim`] is a polynomial with integer coefficients over symbols (`H`, `growth`, the channels of a block's input) and over
//! the few operations that polynomials can't express (rounded division, powers, maxima), kept in a canonical form, so that two
//! equal sizes are equal as data wherever polynomial arithmetic can prove it. A known number is just a constant.
//!
//! Architecture Invariant: arithmetic never wraps. An operation whose result leaves 63 bits returns `None`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// An exact, possibly symbolic, integer.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dim {
    /// A known number.
    Constant(i64),
    /// Anything else; never holds a bare constant.
    Symbolic(Arc<Polynomial>),
}

/// Marks the symbols that are not sizes, see [`Dim::parameter`].
pub const PARAMETER: char = '#';

/// A sum of terms, sorted, without zero coefficients.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Polynomial {
    terms: Vec<(Monomial, i64)>,
    /// How many symbols, numbers and operations it is written with.
    weight: u32,
}

/// The largest formula. Those of papers have a weight of some dozens; without a bound, a formula that holds another one twice, and
/// that one another, would double from line to line.
const WEIGHT: u32 = 512;
/// The largest exponent.
const EXPONENT: u32 = 64;

impl Polynomial {
    fn new(terms: Vec<(Monomial, i64)>) -> Self {
        let of_atom = |atom: &Atom| match atom {
            Atom::Symbol { .. } | Atom::Unknown(_) => 1,
            Atom::Floor(a, b)
            | Atom::Quotient(a, b)
            | Atom::Power(a, b)
            | Atom::Max(a, b)
            | Atom::Min(a, b)
            | Atom::Remainder(a, b) => a.weight().saturating_add(b.weight()).saturating_add(1),
        };
        let weight = terms.iter().fold(0_u32, |sum, (monomial, _)| {
            monomial.iter().fold(sum.saturating_add(1), |sum, (atom, _)| sum.saturating_add(of_atom(atom)))
        });
        Self { terms, weight }
    }
}

/// A product of atoms with their exponents, sorted; empty for the constant term.
pub type Monomial = Vec<(Atom, u32)>;

/// What a polynomial can't take apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Atom {
    /// A symbol less a number, divided exactly by another: `H % 16 == 12` lets `H` be written as `16 * ((H - 12) / 16) + 12`.
    Symbol {
        /// Its name.
        name: Arc<str>,
        /// What it is divided by; 1 for the symbol itself.
        divisor: i64,
        /// What is taken away before; not negative, and less than the divisor.
        remainder: i64,
    },
    /// Division that rounds down.
    Floor(Dim, Dim),
    /// Division that is known (or required) to be exact.
    Quotient(Dim, Dim),
    /// A power with a symbolic exponent.
    Power(Dim, Dim),
    /// The larger of two.
    Max(Dim, Dim),
    /// The smaller of two.
    Min(Dim, Dim),
    /// The remainder of a division, with the sign of the divisor.
    Remainder(Dim, Dim),
    /// A size nothing is known of.
    Unknown(u32),
}

impl Dim {
    /// Zero.
    pub const ZERO: Self = Self::Constant(0);
    /// One.
    pub const ONE: Self = Self::Constant(1);

    /// A free symbol.
    #[must_use]
    pub fn symbol(name: &str) -> Self {
        Self::congruent(name, 1, 0)
    }

    /// The symbol of a hyperparameter or a counter, which unlike a size may be zero.
    #[must_use]
    pub fn parameter(name: &str) -> Self {
        Self::symbol(&format!("{PARAMETER}{name}"))
    }

    /// A free symbol that is known to leave `remainder` when it is divided by `divisor`.
    #[must_use]
    pub fn congruent(name: &str, divisor: i64, remainder: i64) -> Self {
        let atom = Atom::Symbol { name: name.into(), divisor, remainder };
        Self::from_map([(vec![(atom, 1)], divisor), (Vec::new(), remainder)].into())
    }

    /// A size nothing is known of; equal only to itself.
    #[must_use]
    pub fn unknown(id: u32) -> Self {
        Self::atom(Atom::Unknown(id))
    }

    fn atom(atom: Atom) -> Self {
        Self::Symbolic(Arc::new(Polynomial::new(vec![(vec![(atom, 1)], 1)])))
    }

    fn weight(&self) -> u32 {
        match self {
            Self::Constant(_) => 1,
            Self::Symbolic(polynomial) => polynomial.weight,
        }
    }

    /// The size, unless its formula has grown beyond all bounds.
    fn bounded(self) -> Option<Self> {
        (self.weight() <= WEIGHT).then_some(self)
    }

    fn from_map(terms: BTreeMap<Monomial, i64>) -> Self {
        let terms: Vec<_> = terms.into_iter().filter(|(_, coefficient)| *coefficient != 0).collect();
        match terms.as_slice() {
            [] => Self::ZERO,
            [(monomial, coefficient)] if monomial.is_empty() => Self::Constant(*coefficient),
            _ => Self::Symbolic(Arc::new(Polynomial::new(terms))),
        }
    }

    /// The terms with their coefficients; the constant term has an empty monomial.
    #[must_use]
    pub fn terms(&self) -> Vec<(Monomial, i64)> {
        match self {
            Self::Constant(0) => Vec::new(),
            Self::Constant(value) => vec![(Vec::new(), *value)],
            Self::Symbolic(polynomial) => polynomial.terms.clone(),
        }
    }

    /// The number, if it is known.
    #[must_use]
    pub fn constant(&self) -> Option<i64> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Symbolic(_) => None,
        }
    }

    /// Whether a size in it is not known at all.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.any_atom(&|atom| matches!(atom, Atom::Unknown(_)))
    }

    /// Whether `test` holds for an atom, at any depth.
    pub fn any_atom(&self, test: &dyn Fn(&Atom) -> bool) -> bool {
        let Self::Symbolic(polynomial) = self else { return false };
        polynomial.terms.iter().flat_map(|(monomial, _)| monomial).any(|(atom, _)| {
            test(atom)
                || match atom {
                    Atom::Symbol { .. } | Atom::Unknown(_) => false,
                    Atom::Floor(a, b)
                    | Atom::Quotient(a, b)
                    | Atom::Power(a, b)
                    | Atom::Max(a, b)
                    | Atom::Min(a, b)
                    | Atom::Remainder(a, b) => a.any_atom(test) || b.any_atom(test),
                }
        })
    }

    /// Whether the symbol occurs in it.
    #[must_use]
    pub fn mentions(&self, symbol: &str) -> bool {
        self.any_atom(&|atom| matches!(atom, Atom::Symbol { name, .. } if &**name == symbol))
    }

    /// The sum; `None` on overflow.
    #[must_use]
    pub fn add(&self, other: &Self) -> Option<Self> {
        if let (Self::Constant(a), Self::Constant(b)) = (self, other) {
            return a.checked_add(*b).map(Self::Constant);
        }
        let mut terms: BTreeMap<Monomial, i64> = self.terms().into_iter().collect();
        for (monomial, coefficient) in other.terms() {
            let slot = terms.entry(monomial).or_default();
            *slot = slot.checked_add(coefficient)?;
        }
        Self::from_map(terms).bounded()
    }

    /// The negation.
    #[must_use]
    pub fn negate(&self) -> Option<Self> {
        self.multiply(&Self::Constant(-1))
    }

    /// The difference.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Option<Self> {
        if let (Self::Constant(a), Self::Constant(b)) = (self, other) {
            return a.checked_sub(*b).map(Self::Constant);
        }
        self.add(&other.negate()?)
    }

    /// The product.
    #[must_use]
    pub fn multiply(&self, other: &Self) -> Option<Self> {
        if let (Self::Constant(a), Self::Constant(b)) = (self, other) {
            return a.checked_mul(*b).map(Self::Constant);
        }
        let (left, right) = (self.terms(), other.terms());
        if left.len().saturating_mul(right.len()) > WEIGHT as usize {
            return None;
        }
        let mut terms: BTreeMap<Monomial, i64> = BTreeMap::new();
        for (left_monomial, left_coefficient) in &left {
            for (right_monomial, right_coefficient) in &right {
                let mut product: BTreeMap<Atom, u32> = left_monomial.iter().cloned().collect();
                for (atom, exponent) in right_monomial {
                    let slot = product.entry(atom.clone()).or_default();
                    *slot = slot.checked_add(*exponent).filter(|exponent| *exponent <= EXPONENT)?;
                }
                let slot = terms.entry(product.into_iter().collect()).or_default();
                *slot = slot.checked_add(left_coefficient.checked_mul(*right_coefficient)?)?;
            }
        }
        Self::from_map(terms).bounded()
    }

    /// Division rounded down; `None` for a zero divisor.
    #[must_use]
    pub fn floor_divide(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (_, Self::Constant(0)) => None,
            (_, Self::Constant(1)) => Some(self.clone()),
            (Self::Constant(a), Self::Constant(b)) => a.checked_div_euclid(*b).map(|quotient| {
                // Euclidean and floored division differ for negative divisors only.
                Self::Constant(if *b < 0 && a.rem_euclid(*b) != 0 { quotient - 1 } else { quotient })
            }),
            (_, Self::Constant(b)) if *b > 0 => {
                // What divides evenly leaves the brackets; the rest stays rounded.
                let (mut whole, mut rest) = (BTreeMap::new(), BTreeMap::new());
                for (monomial, coefficient) in self.terms() {
                    let (quotient, remainder) = (coefficient.div_euclid(*b), coefficient.rem_euclid(*b));
                    if remainder == 0 || monomial.is_empty() {
                        whole.insert(monomial.clone(), quotient);
                        rest.insert(monomial, remainder);
                    } else {
                        rest.insert(monomial, coefficient);
                    }
                }
                let (whole, rest) = (Self::from_map(whole), Self::from_map(rest));
                if let Some((inner, by)) = rest.rounded() {
                    return whole.add(&inner.floor_divide(&Self::Constant(by.checked_mul(*b)?))?);
                }
                match rest {
                    // The remainder of the constant lies in 0..b.
                    Self::Constant(_) => Some(whole),
                    rest => whole.add(&Self::atom(Atom::Floor(rest, other.clone())).bounded()?),
                }
            }
            _ if self == other => Some(Self::ONE),
            _ => self
                .divided_exactly(other)
                .unwrap_or_else(|| Self::atom(Atom::Floor(self.clone(), other.clone())))
                .bounded(),
        }
    }

    /// What is divided by what, where this is one quotient rounded down and a number: `floor(H / 2) + 3` is `H + 6` by 2. Dividing on,
    /// only the last rounding counts.
    fn rounded(&self) -> Option<(Self, i64)> {
        let terms = self.terms();
        let (number, quotient) = match terms.as_slice() {
            [quotient] => (0, quotient),
            [(none, number), quotient] if none.is_empty() => (*number, quotient),
            _ => return None,
        };
        match quotient {
            (monomial, 1) => match monomial.as_slice() {
                [(Atom::Floor(inner, Self::Constant(by)), 1)] if *by > 0 => {
                    Some((inner.add(&Self::Constant(number.checked_mul(*by)?))?, *by))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Division that must leave no remainder: `Ok(None)` for a zero divisor or overflow, `Err(remainder)` if it is known to be inexact.
    pub fn divide(&self, other: &Self) -> Result<Option<Self>, i64> {
        match (self, other) {
            (_, Self::Constant(0)) => Ok(None),
            (_, Self::Constant(1)) => Ok(Some(self.clone())),
            (Self::Constant(a), Self::Constant(b)) => match a.checked_rem(*b) {
                Some(0) => Ok(a.checked_div(*b).map(Self::Constant)),
                Some(remainder) => Err(remainder),
                None => Ok(None),
            },
            _ => {
                let quotient = || Self::atom(Atom::Quotient(self.clone(), other.clone()));
                Ok(self.divided_exactly(other).unwrap_or_else(quotient).bounded())
            }
        }
    }

    /// The quotient where every term of `self` is visibly a multiple of the single term `other`.
    fn divided_exactly(&self, other: &Self) -> Option<Self> {
        let divisor = other.terms();
        let [(divisor_monomial, divisor_coefficient)] = divisor.as_slice() else { return None };
        let mut terms = BTreeMap::new();
        for (monomial, coefficient) in self.terms() {
            if coefficient.checked_rem(*divisor_coefficient)? != 0 {
                return None;
            }
            let mut powers: BTreeMap<Atom, u32> = monomial.into_iter().collect();
            for (atom, exponent) in divisor_monomial {
                let slot = powers.get_mut(atom).filter(|have| **have >= *exponent)?;
                *slot -= exponent;
            }
            powers.retain(|_, exponent| *exponent > 0);
            terms.insert(powers.into_iter().collect(), coefficient / divisor_coefficient);
        }
        Some(Self::from_map(terms))
    }

    /// The remainder, with the sign of the divisor.
    #[must_use]
    pub fn remainder(&self, other: &Self) -> Option<Self> {
        let quotient = self.floor_divide(other)?;
        if quotient.any_atom(&|atom| matches!(atom, Atom::Floor(..))) && self.constant().is_none() {
            return Self::atom(Atom::Remainder(self.clone(), other.clone())).bounded();
        }
        self.subtract(&quotient.multiply(other)?)
    }

    /// The power; `None` for a negative exponent or overflow.
    #[must_use]
    pub fn power(&self, exponent: &Self) -> Option<Self> {
        match (self, exponent) {
            (Self::Constant(base), Self::Constant(exponent)) => {
                base.checked_pow(u32::try_from(*exponent).ok()?).map(Self::Constant)
            }
            (base, Self::Constant(exponent)) if (0..=16).contains(exponent) => {
                (0..*exponent).try_fold(Self::ONE, |product, _| product.multiply(base))
            }
            (Self::Constant(_), _) => {
                // `2 ^ (i + 1)` is `2 * 2 ^ i`, and only one of them may be written.
                let offset =
                    exponent.terms().iter().find(|(monomial, _)| monomial.is_empty()).map_or(0, |(_, offset)| *offset);
                if offset <= 0 {
                    return Self::atom(Atom::Power(self.clone(), exponent.clone())).bounded();
                }
                let offset = Self::Constant(offset);
                let rest = Self::atom(Atom::Power(self.clone(), exponent.subtract(&offset)?));
                self.power(&offset)?.multiply(&rest)
            }
            _ => Self::atom(Atom::Power(self.clone(), exponent.clone())).bounded(),
        }
    }

    /// The larger.
    #[must_use]
    pub fn larger(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => Self::Constant(*a.max(b)),
            _ if self == other => self.clone(),
            _ => {
                Self::atom(Atom::Max(self.clone(), other.clone())).bounded().unwrap_or_else(|| Self::unknown(u32::MAX))
            }
        }
    }

    /// The smaller.
    #[must_use]
    pub fn smaller(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => Self::Constant(*a.min(b)),
            _ if self == other => self.clone(),
            _ => {
                Self::atom(Atom::Min(self.clone(), other.clone())).bounded().unwrap_or_else(|| Self::unknown(u32::MAX))
            }
        }
    }

    /// Rewrites every symbol; symbols for which `value` gives nothing stay. `None` on overflow or a division by zero.
    pub fn substitute(&self, value: &dyn Fn(&str) -> Option<Self>) -> Option<Self> {
        let Self::Symbolic(polynomial) = self else { return Some(self.clone()) };
        let mut sum = Self::ZERO;
        for (monomial, coefficient) in &polynomial.terms {
            let mut product = Self::Constant(*coefficient);
            let mut divisors = Self::ONE;
            for (atom, exponent) in monomial {
                let factor = match atom {
                    Atom::Symbol { name, divisor, remainder } => match value(name) {
                        Some(dim) => {
                            for _ in 0..*exponent {
                                divisors = divisors.multiply(&Self::Constant(*divisor))?;
                            }
                            dim.subtract(&Self::Constant(*remainder))?
                        }
                        None => Self::atom(atom.clone()),
                    },
                    Atom::Unknown(_) => Self::atom(atom.clone()),
                    Atom::Floor(a, b) => a.substitute(value)?.floor_divide(&b.substitute(value)?)?,
                    Atom::Quotient(a, b) => a.substitute(value)?.divide(&b.substitute(value)?).ok()??,
                    Atom::Power(a, b) => a.substitute(value)?.power(&b.substitute(value)?)?,
                    Atom::Max(a, b) => a.substitute(value)?.larger(&b.substitute(value)?),
                    Atom::Min(a, b) => a.substitute(value)?.smaller(&b.substitute(value)?),
                    Atom::Remainder(a, b) => a.substitute(value)?.remainder(&b.substitute(value)?)?,
                };
                for _ in 0..*exponent {
                    product = product.multiply(&factor)?;
                }
            }
            sum = sum.add(&product.divide(&divisors).ok()??)?;
        }
        Some(sum)
    }

    /// Whether the two can't be equal for any sizes of at least one.
    #[must_use]
    pub fn surely_differs(&self, other: &Self) -> bool {
        let Some(difference) = self.subtract(other) else { return false };
        let terms = difference.terms();
        let simple = |monomial: &Monomial| monomial.iter().all(|(atom, _)| matches!(atom, Atom::Symbol { .. }));
        let positive = |monomial: &Monomial| {
            monomial.iter().all(|(atom, _)| {
                !matches!(atom, Atom::Symbol { name, remainder, .. } if name.starts_with(PARAMETER) || *remainder > 0)
            })
        };
        // Hyperparameters, and sizes less a remainder, may be zero (not negative), so something else has to be left.
        terms.iter().any(|(monomial, _)| positive(monomial))
            && terms.iter().all(|(monomial, _)| simple(monomial))
            && (terms.iter().all(|(_, coefficient)| *coefficient > 0)
                || terms.iter().all(|(_, coefficient)| *coefficient < 0))
    }
}

impl From<i64> for Dim {
    fn from(value: i64) -> Self {
        Self::Constant(value)
    }
}

impl fmt::Debug for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.print(&Notation::SPEC))
    }
}

impl serde::Serialize for Dim {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(value) => serializer.serialize_i64(*value),
            Self::Symbolic(_) => serializer.serialize_str(&self.to_string()),
        }
    }
}

/// How sizes are written in a language.
pub struct Notation<'a> {
    /// The text of a symbol.
    pub symbol: &'a dyn Fn(&str) -> String,
    /// Division that rounds down (or is exact).
    pub divide: &'a str,
    /// A power.
    pub power: &'a dyn Fn(&str, &str) -> String,
}

impl Notation<'_> {
    /// As in a spec.
    pub const SPEC: Notation<'static> = Notation {
        symbol: &|name| name.trim_start_matches(PARAMETER).to_owned(),
        divide: "/",
        power: &|base, exponent| format!("{base}^{exponent}"),
    };
}

/// Binding strengths while printing.
const SUM: u8 = 0;
const PRODUCT: u8 = 1;
const POWER: u8 = 2;
const ATOM: u8 = 3;

impl Dim {
    /// The size as text.
    #[must_use]
    pub fn print(&self, notation: &Notation<'_>) -> String {
        self.print_bound(notation).0
    }

    fn print_at_least(&self, notation: &Notation<'_>, strength: u8) -> String {
        let (text, bound) = self.print_bound(notation);
        if bound < strength { format!("({text})") } else { text }
    }

    fn print_bound(&self, notation: &Notation<'_>) -> (String, u8) {
        let Self::Symbolic(polynomial) = self else {
            let value = self.constant().unwrap_or_default();
            return (value.to_string(), if value < 0 { SUM } else { ATOM });
        };
        // Positive terms first and the constant last where it is a plain offset: `i * growth + 16` reads as `16 + i * growth`.
        let mut terms = without_remainders(&polynomial.terms);
        terms.sort_by_key(|(monomial, coefficient)| (*coefficient < 0, !monomial.is_empty(), monomial.len()));
        let mut text = String::new();
        let mut bound = ATOM;
        for (at, (monomial, coefficient)) in terms.iter().enumerate() {
            let (term, strength) = print_term(monomial, coefficient.unsigned_abs() as i64, notation);
            match (at, *coefficient < 0) {
                (0, false) => (text, bound) = (term, strength),
                (0, true) => (text, bound) = (format!("-{term}"), SUM),
                (_, negative) => {
                    text.push_str(if negative { " - " } else { " + " });
                    text.push_str(&term);
                    bound = SUM;
                }
            }
        }
        (text, bound)
    }
}

/// The terms as people write them: `16 * ((H - 12) / 16) + 8` is `H - 4`.
fn without_remainders(terms: &[(Monomial, i64)]) -> Vec<(Monomial, i64)> {
    let mut number = 0;
    let mut written: Vec<(Monomial, i64)> = Vec::with_capacity(terms.len());
    for (monomial, coefficient) in terms {
        match monomial.as_slice() {
            [] => number += i128::from(*coefficient),
            [(Atom::Symbol { name, divisor, remainder }, 1)] => {
                let taken = i128::from(*coefficient) * i128::from(*remainder);
                let exact = taken % i128::from(*divisor) == 0;
                number -= if exact { taken / i128::from(*divisor) } else { 0 };
                let remainder = if exact { 0 } else { *remainder };
                let atom = Atom::Symbol { name: Arc::clone(name), divisor: *divisor, remainder };
                written.push((vec![(atom, 1)], *coefficient));
            }
            _ => written.push((monomial.clone(), *coefficient)),
        }
    }
    match i64::try_from(number) {
        Ok(0) => {}
        Ok(number) => written.push((Vec::new(), number)),
        Err(_) => return terms.to_vec(),
    }
    written
}

fn print_term(monomial: &Monomial, coefficient: i64, notation: &Notation<'_>) -> (String, u8) {
    let mut factors: Vec<(String, u8)> = Vec::new();
    let mut divisor = 1i64;
    for (atom, exponent) in monomial {
        let (text, strength) = match atom {
            Atom::Symbol { name, divisor: by, remainder } => {
                for _ in 0..*exponent {
                    divisor = divisor.saturating_mul(*by);
                }
                let symbol = (notation.symbol)(name);
                (if *remainder == 0 { symbol } else { format!("({symbol} - {remainder})") }, ATOM)
            }
            Atom::Unknown(_) => ("?".to_owned(), ATOM),
            // Where division is exact, rounding down has a word of its own.
            Atom::Floor(a, b) if notation.divide == Notation::SPEC.divide => {
                let (a, b) = (a.print_at_least(notation, PRODUCT), b.print_at_least(notation, POWER));
                (format!("floor({a} {} {b})", notation.divide), ATOM)
            }
            Atom::Floor(a, b) | Atom::Quotient(a, b) => {
                let text = format!(
                    "{} {} {}",
                    a.print_at_least(notation, PRODUCT),
                    notation.divide,
                    b.print_at_least(notation, POWER)
                );
                (text, PRODUCT)
            }
            Atom::Remainder(a, b) => {
                (format!("{} % {}", a.print_at_least(notation, PRODUCT), b.print_at_least(notation, POWER)), PRODUCT)
            }
            Atom::Power(a, b) => {
                ((notation.power)(&a.print_at_least(notation, ATOM), &b.print_at_least(notation, ATOM)), POWER)
            }
            Atom::Max(a, b) => (format!("max({}, {})", a.print(notation), b.print(notation)), ATOM),
            Atom::Min(a, b) => (format!("min({}, {})", a.print(notation), b.print(notation)), ATOM),
        };
        let (text, strength) = if *exponent > 1 {
            let base = if strength < ATOM { format!("({text})") } else { text };
            ((notation.power)(&base, &exponent.to_string()), POWER)
        } else {
            (text, strength)
        };
        factors.push((text, strength));
    }
    let common = gcd(coefficient, divisor);
    let (coefficient, divisor) = (coefficient / common, divisor / common);
    let alone = factors.len() == 1 && coefficient == 1 && divisor == 1;
    match factors.pop() {
        None => (coefficient.to_string(), ATOM),
        Some(only) if alone => only,
        Some(last) => {
            factors.push(last);
            let number = (coefficient != 1).then(|| coefficient.to_string());
            // A rounded division among factors keeps its brackets: rounding does not commute.
            let factors = factors
                .into_iter()
                .map(|(text, strength)| if strength <= PRODUCT { format!("({text})") } else { text });
            let mut text = number.into_iter().chain(factors).collect::<Vec<_>>().join(" * ");
            if divisor != 1 {
                text = format!("{text} {} {divisor}", notation.divide);
            }
            (text, PRODUCT)
        }
    }
}

/// The greatest common divisor of two positive numbers.
#[must_use]
pub fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(value: i64) -> Dim {
        Dim::Constant(value)
    }

    /// The size of a convolution's output.
    fn convolved(size: &Dim, kernel: i64, stride: i64, padding: i64) -> Dim {
        size.add(&n(2 * padding - kernel)).unwrap().floor_divide(&n(stride)).unwrap().add(&n(1)).unwrap()
    }

    #[test]
    fn multiples_stay_exact_through_strides() {
        let height = Dim::congruent("H", 8, 0);
        let half = convolved(&height, 3, 2, 1);
        assert_eq!(half.to_string(), "H / 2");
        assert_eq!(convolved(&half, 2, 2, 0).to_string(), "H / 4");
        assert_eq!(convolved(&height, 3, 1, 1), height);
        assert_eq!(half.multiply(&n(2)).unwrap(), height);
    }

    #[test]
    fn equal_sizes_are_equal_data_even_if_rounded() {
        let size = Dim::symbol("H");
        assert_eq!(convolved(&size, 3, 2, 1), convolved(&size, 1, 2, 0));
        assert_ne!(convolved(&size, 3, 2, 1), convolved(&size, 2, 2, 0));
        assert_eq!(convolved(&size, 2, 2, 0).to_string(), "floor(H / 2)");
        assert_eq!(convolved(&size, 3, 2, 1).to_string(), "floor((1 + H) / 2)");
        let eight = convolved(&size, 3, 2, 1).multiply(&n(8)).unwrap();
        assert_eq!(eight.to_string(), "8 * floor((1 + H) / 2)");
    }

    #[test]
    fn remainders_stay_exact_through_strides() {
        // The U-Net: what is left of H by two convolutions and a pooling must be even four times.
        let mut height = Dim::congruent("H", 16, 12);
        let mut printed = Vec::new();
        for _ in 0..4 {
            height = convolved(&height, 2, 2, 0).subtract(&n(4)).unwrap();
            printed.push(height.to_string());
        }
        assert_eq!(printed, ["H / 2 - 4", "H / 4 - 6", "(H - 12) / 8 - 6", "(H - 12) / 16 - 7"]);
        assert_eq!(height.multiply(&n(16)).unwrap().to_string(), "H - 124");
        assert_eq!(height.substitute(&|_| Some(n(572))).unwrap(), n(28));
        assert!(!Dim::congruent("H", 16, 12).surely_differs(&n(12)));
        assert!(Dim::congruent("H", 16, 12).surely_differs(&n(8)));
    }

    #[test]
    fn only_the_last_rounding_counts() {
        let size = Dim::symbol("H");
        let quarter = convolved(&convolved(&size, 2, 2, 0), 2, 2, 0);
        assert_eq!(quarter.to_string(), "floor(H / 4)");
        assert_eq!(quarter, size.floor_divide(&n(4)).unwrap());
        let odd = convolved(&convolved(&size, 3, 2, 1), 3, 2, 0);
        for at in 3..40 {
            let half = (at + 1) / 2;
            assert_eq!(odd.substitute(&|_| Some(n(at))).unwrap(), n((half - 3_i64).div_euclid(2) + 1), "{odd} at {at}");
        }
    }

    #[test]
    fn sums_print_as_people_write_them() {
        let channels = n(16).add(&Dim::symbol("i").multiply(&Dim::symbol("growth")).unwrap()).unwrap();
        assert_eq!(channels.to_string(), "16 + growth * i");
        let mid = Dim::symbol("channels").divide(&n(4)).unwrap().unwrap();
        assert_eq!(mid.to_string(), "channels / 4");
        assert_eq!(mid.multiply(&n(2)).unwrap().to_string(), "2 * (channels / 4)");
    }

    #[test]
    fn substitution_evaluates() {
        let size = convolved(&Dim::congruent("H", 8, 0), 3, 2, 1);
        let at = |value: i64| size.substitute(&|_| Some(n(value))).unwrap();
        assert_eq!(at(512), n(256));
        assert_eq!(at(24), n(12));
    }

    #[test]
    fn only_certain_differences_are_claimed() {
        let (a, b) = (Dim::symbol("a"), Dim::symbol("b"));
        assert!(n(13).surely_differs(&n(16)));
        assert!(a.surely_differs(&a.multiply(&n(2)).unwrap()));
        assert!(!a.surely_differs(&b));
        assert!(!a.surely_differs(&a));
    }

    #[test]
    fn formulas_do_not_grow_without_bounds() {
        let mut size = Dim::symbol("H");
        for _ in 0..100 {
            size = size.larger(&size.add(&n(1)).unwrap_or(Dim::ONE));
        }
        assert!(size.to_string().len() < 4096);
        let mut power = Dim::symbol("H");
        assert!((0..10).any(|_| match power.power(&n(16)) {
            Some(next) => {
                power = next;
                false
            }
            None => true,
        }));
    }

    #[test]
    fn overflow_is_noticed() {
        assert_eq!(n(i64::MAX).add(&n(1)), None);
        assert_eq!(n(i64::MAX).multiply(&n(2)), None);
        assert_eq!(n(2).power(&n(64)), None);
        assert_eq!(n(1).floor_divide(&n(0)), None);
    }

    #[test]
    fn inexact_divisions_name_the_remainder() {
        assert_eq!(n(10).divide(&n(4)), Err(2));
        assert_eq!(n(12).divide(&n(4)), Ok(Some(n(3))));
    }
}
