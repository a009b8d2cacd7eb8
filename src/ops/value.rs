//! What hyperparameters and tensors are, as far as shapes go.

use crate::dim::Dim;
use crate::syntax::ast;
use serde::Serialize;
use serde::ser::SerializeStructVariant;
use std::fmt;

/// The value of a hyperparameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An integer or a size, perhaps symbolic.
    Int(Dim),
    /// A real number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// A word such as `same` or `tanh`.
    Word(String),
    /// `[1, n]`, `3x3`, or the shape of a tensor.
    List(Vec<Value>),
    /// A value that is only known for an instance, while a block is looked at on its own.
    Unknown,
}

impl Value {
    /// A known integer.
    #[must_use]
    pub fn int(value: i64) -> Self {
        Self::Int(Dim::Constant(value))
    }

    /// The sizes of a shape as a list.
    #[must_use]
    pub fn shape(dims: &[Dim]) -> Self {
        Self::List(dims.iter().cloned().map(Self::Int).collect())
    }

    /// The integer, if it is one.
    #[must_use]
    pub fn as_dim(&self) -> Option<&Dim> {
        match self {
            Self::Int(dim) => Some(dim),
            _ => None,
        }
    }

    /// The known integer, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        self.as_dim().and_then(Dim::constant)
    }

    /// The known number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(dim) => dim.constant().map(|value| value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number with a fraction",
            Self::Bool(_) => "true or false",
            Self::Word(_) => "a word",
            Self::List(_) => "a list",
            Self::Unknown => "a value",
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(dim) => write!(f, "{dim}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Word(word) => f.write_str(word),
            Self::List(values) => {
                f.write_str("[")?;
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{value}")?;
                }
                f.write_str("]")
            }
            Self::Unknown => f.write_str("?"),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Int(dim) => dim.serialize(serializer),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Word(word) => serializer.serialize_str(word),
            Self::List(values) => serializer.collect_seq(values),
            Self::Unknown => serializer.serialize_none(),
        }
    }
}

/// What the axes of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Channels first, then space: `[C, H, W]`. Each column keeps it in its native layout.
    Map,
    /// Anything else: `[T, D]`, `[D]`. The same in every column.
    Plain,
}

impl Layout {
    /// The word of the language.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Plain => "plain",
        }
    }
}

/// What the elements of a tensor are.
#[derive(Clone, Debug, PartialEq)]
pub enum DataType {
    /// Real numbers.
    Float,
    /// Integers, such as tokens.
    Int {
        /// What they are below, where that is known.
        bound: Option<Dim>,
    },
    /// Where maxima were found.
    Indices {
        /// The size of the pooling's windows.
        window: Vec<Value>,
        /// The size of the map that was pooled.
        plane: Vec<Value>,
    },
}

impl DataType {
    /// Whether the elements are integers.
    #[must_use]
    pub fn is_int(&self) -> bool {
        matches!(self, Self::Int { .. })
    }
}

impl Serialize for DataType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Float => serializer.serialize_str("float"),
            Self::Int { .. } => serializer.serialize_str("int"),
            Self::Indices { window, plane } => {
                let mut variant = serializer.serialize_struct_variant("DataType", 2, "indices", 2)?;
                variant.serialize_field("window", window)?;
                variant.serialize_field("plane", plane)?;
                variant.end()
            }
        }
    }
}

/// The type of a tensor: its shape without the batch, in canonical order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tensor {
    /// The sizes, channels first.
    #[serde(rename = "shape")]
    pub dims: Vec<Dim>,
    /// What the axes are.
    pub layout: Layout,
    /// What the elements are.
    #[serde(rename = "type")]
    pub data: DataType,
}

impl Tensor {
    /// A tensor of real numbers.
    #[must_use]
    pub fn float(dims: Vec<Dim>, layout: Layout) -> Self {
        Self { dims, layout, data: DataType::Float }
    }

    /// The axis of a named dimension: `channels`, `depth`, `height`, `width` and `length` of a map, `length` and `features` of a plain
    /// tensor.
    #[must_use]
    pub fn axis(&self, attribute: &str) -> Option<usize> {
        let rank = self.dims.len();
        match (self.layout, attribute) {
            (Layout::Map, "channels") => Some(0),
            (Layout::Map, "width") if rank >= 3 => Some(rank - 1),
            (Layout::Map, "height") if rank >= 3 => Some(rank - 2),
            (Layout::Map, "depth") if rank >= 4 => Some(rank - 3),
            (Layout::Map, "length") if rank == 2 => Some(1),
            (Layout::Plain, "features") if rank >= 1 => Some(rank - 1),
            (Layout::Plain, "length") if rank >= 2 => Some(rank - 2),
            _ => None,
        }
    }

    /// The name of an axis, the inverse of [`Tensor::axis`].
    #[must_use]
    pub fn axis_name(&self, axis: usize) -> Option<&'static str> {
        ["channels", "features", "height", "width", "depth", "length"]
            .into_iter()
            .find(|attribute| self.axis(attribute) == Some(axis))
    }
}

/// A shape as it is written: `[64, H / 2, W / 2]`.
#[must_use]
pub fn shape_text(dims: &[Dim]) -> String {
    let sizes: Vec<String> = dims.iter().map(ToString::to_string).collect();
    format!("[{}]", sizes.join(", "))
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shape_text(&self.dims))
    }
}

/// How a loop goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loop {
    /// For each step of sequences.
    Each,
    /// A number of times.
    Times,
    /// While the data say so, up to a limit.
    While,
}

impl Loop {
    /// The loop that a declaration means by `loop each`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "each" => Self::Each,
            "times" => Self::Times,
            "while" => Self::While,
            _ => return None,
        })
    }
}

/// The type of a pattern's parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// `true` or `false`.
    Bool,
    /// One number for each spatial axis; a single number stands for all.
    Window,
    /// `same`, numbers for each spatial axis, or `[[before, after], ..]`.
    Padding,
    /// An axis of the input, counted from 0 without the batch; negative from the end.
    Axis,
    /// A list of axes.
    Axes,
    /// A list of sizes.
    Shape,
    /// A text in quotes, which the declaration reads: an equation of indices.
    Text,
    /// The name of a shared instance: what a loop applies. One of a certain pattern alone stands for the list of that pattern's
    /// hyperparameters.
    Instance(Option<String>),
    /// One of these words.
    Choice(Vec<String>),
}

impl ParameterType {
    /// The type as declared; `None` if there is no such type.
    #[must_use]
    pub fn from_ast(ty: &ast::ParameterType) -> Option<Self> {
        Some(match ty.name.text.as_str() {
            "int" => Self::Int,
            "float" => Self::Float,
            "bool" => Self::Bool,
            "window" => Self::Window,
            "padding" => Self::Padding,
            "axis" => Self::Axis,
            "axes" => Self::Axes,
            "shape" => Self::Shape,
            "text" => Self::Text,
            "instance" => Self::Instance(ty.alternatives.first().map(|name| name.text.clone())),
            "choice" => Self::Choice(ty.alternatives.iter().map(|name| name.text.clone()).collect()),
            _ => return None,
        })
    }

    /// What is accepted, for messages.
    #[must_use]
    pub fn expects(&self) -> String {
        match self {
            Self::Int => "a whole number".into(),
            Self::Float => "a number".into(),
            Self::Bool => "`true` or `false`".into(),
            Self::Window => "a whole number or one for each axis, such as `3` or `3x3` or `[1, 5]`".into(),
            Self::Padding => "`same`, a number, one for each axis, or `[[before, after], ..]`".into(),
            Self::Axis => "the number of an axis".into(),
            Self::Axes => "a list of axes, such as `[1, 0]`".into(),
            Self::Shape => "a list of sizes, such as `[4, 16]`".into(),
            Self::Text => "a text in quotes".into(),
            Self::Instance(None) => "the name of a `shared` instance".into(),
            Self::Instance(Some(pattern)) => format!("the name of a `shared` instance of `{pattern}`"),
            Self::Choice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                quoted.join(" or ")
            }
        }
    }

    /// The words that a value of this type can be.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::Choice(words) => words.iter().map(String::as_str).collect(),
            Self::Padding => vec!["same"],
            _ => Vec::new(),
        }
    }

    /// Brings a value into the form that the type prescribes, for a tensor with `spatial` spatial axes and `rank` axes in all.
    /// `None` if it is of another type.
    #[must_use]
    pub fn coerce(&self, value: &Value, spatial: usize, rank: usize) -> Option<Value> {
        let int = |value: &Value| matches!(value, Value::Int(_) | Value::Unknown);
        match (self, value) {
            (_, Value::Unknown) => Some(match self {
                Self::Window | Self::Padding => Value::List(vec![Value::Unknown; spatial]),
                _ => Value::Unknown,
            }),
            (Self::Int, Value::Int(_)) | (Self::Bool, Value::Bool(_)) => Some(value.clone()),
            (Self::Float, Value::Int(_) | Value::Float(_)) => Some(value.clone()),
            (Self::Window, Value::Int(_)) => Some(Value::List(vec![value.clone(); spatial])),
            (Self::Window, Value::List(values)) => {
                (values.len() == spatial && values.iter().all(int)).then(|| value.clone())
            }
            (Self::Padding, Value::Word(word)) if word == "same" => Some(value.clone()),
            (Self::Padding, Value::Int(_)) => Some(Value::List(vec![value.clone(); spatial])),
            (Self::Padding, Value::List(values)) => {
                let pair = |value: &Value| match value {
                    Value::List(pair) => pair.len() == 2 && pair.iter().all(int),
                    _ => false,
                };
                let fits = values.len() == spatial && (values.iter().all(int) || values.iter().all(pair));
                fits.then(|| value.clone())
            }
            (Self::Axis, Value::Int(dim)) => normal_axis(dim, rank).map(Value::int),
            (Self::Axes, Value::List(values)) => values
                .iter()
                .map(|value| normal_axis(value.as_dim()?, rank).map(Value::int))
                .collect::<Option<Vec<_>>>()
                .map(Value::List),
            (Self::Shape, Value::List(values)) => values.iter().all(int).then(|| value.clone()),
            (Self::Text, Value::Word(_))
            | (Self::Instance(None), Value::Word(_))
            | (Self::Instance(Some(_)), Value::List(_)) => Some(value.clone()),
            (Self::Choice(words), Value::Word(word)) => words.contains(word).then(|| value.clone()),
            _ => None,
        }
    }
}

/// An axis counted from 0.
fn normal_axis(axis: &Dim, rank: usize) -> Option<i64> {
    let (axis, rank) = (axis.constant()?, rank as i64);
    let axis = if axis < 0 { axis + rank } else { axis };
    (0..rank).contains(&axis).then_some(axis)
}
