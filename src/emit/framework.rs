//! A column: what its folder says.
//!
//! Everything that is known of a framework stands in `templates/<column>/`; this module reads it. Operators are read when they are first
//! used: a file of three hundred costs nothing until then.
//!
//! Architecture Invariant: no framework's name stands in Rust, here or elsewhere. The texts are handed over; no file is read.

use super::render::Renderer;
use crate::hash::{HashMap, HashSet, IndexMap, IndexSet};
use crate::ops::{Layout, Pattern};
use crate::syntax::ast::FactKind;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The files of a folder, by their path inside it.
pub type Files = BTreeMap<Cow<'static, str>, Cow<'static, str>>;

/// The folder of a built-in column. Its tables were made JSON when the program was built, as that is read ten times as fast as TOML.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// The folder's name.
    pub id: &'static str,
    /// `framework.toml`, as JSON.
    pub settings: &'static str,
    /// The entries of `ops.toml`, by their operators, each as JSON.
    pub operators: &'static [(&'static str, &'static str)],
    /// All files, by their path inside the folder.
    pub files: &'static [(&'static str, &'static str)],
}

/// What is wrong with a framework's folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameworkError {
    /// A file is not there.
    #[error("templates/{column}/{file} is missing")]
    Missing {
        /// The folder.
        column: String,
        /// The file.
        file: String,
    },
    /// A file can't be read as what it should be.
    #[error("templates/{column}/{file}: {reason}")]
    Invalid {
        /// The folder.
        column: String,
        /// The file.
        file: String,
        /// What the parser said.
        reason: String,
    },
}

/// `framework.toml`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The name that people know: shown in tables and in the head of a file.
    pub name: String,
    /// The version that its code is verified with.
    pub version: String,
    /// The package that is installed.
    pub package: String,
    /// What a block becomes.
    pub form: Form,
    /// Whether layers are told the sizes of what enters them.
    pub shapes: Shapes,
    /// Where the channels of a map stand.
    pub layout: MapLayout,
    /// The name of a generated file, as a template: `{{ model }}.py`.
    pub file: String,
    /// What reads a size that is known while the network is built: `{{ x }}.shape[{{ axis }}]`.
    pub dim: String,
    /// What reads a size that may be known only while it runs; `dim` if not given.
    pub free_dim: Option<String>,
    /// What reads neighbouring free sizes at once: `{{ x }}.shape[{{ axes }}]`, where the axes are `2:` or `1:3`; one by one if not given.
    pub free_dims: Option<String>,
    /// How many spatial axes a map may have here; any number if not given.
    #[serde(default)]
    pub spatial_axes: Vec<usize>,
    /// The precision of the verification, `float64` or `float32`.
    pub precision: String,
    /// Whether it is the definition: a verification compares the other columns with it.
    #[serde(default)]
    pub oracle: bool,
    /// Free sizes are read from tensors, or become keyword parameters of the model, perhaps only where one is read.
    #[serde(default)]
    pub free_sizes: FreeSizes,
    /// The type of integer inputs.
    #[serde(default)]
    pub index: String,
    /// Checks a requirement on sizes: lines with `condition`, `negation`, `message` (a literal with values), `text` (without) and `input`. None: not checked.
    #[serde(default)]
    pub require: Option<String>,
    /// How comparisons of sizes, `and`, `or` and `not` are written where Python's operators don't build a graph: the operator with `left`
    /// and `right`.
    #[serde(default)]
    pub comparisons: BTreeMap<String, String>,
    /// How a layer or block is applied: `layer`, `inputs`, `mode`, `training`.
    #[serde(default = "plain_call")]
    pub call: String,
    /// The flag that says whether this is training, where code needs one.
    #[serde(default = "training")]
    pub training: String,
    /// Arguments that every function of a block takes first, as in `net`.
    #[serde(default)]
    pub leading: Vec<String>,
    /// A decorator that makes a nested function share its weights between calls (function form).
    #[serde(default)]
    pub shared: Option<String>,
    /// The skeleton of the model ends it itself, with its outputs.
    #[serde(default)]
    pub model_ends: bool,
    /// Functions at the ends of a chain of layers stand in the call, not in the container.
    #[serde(default)]
    pub trim_functions: bool,
    /// Names that a spec's names must not hide.
    #[serde(default)]
    pub reserved: HashSet<String>,
    /// Attributes that a layer must not hide (class form).
    #[serde(default)]
    pub reserved_attributes: Vec<String>,
    /// Lines to import, by the name whose use asks for them, in order.
    #[serde(default)]
    pub imports: IndexMap<String, String>,
    /// What groups layers (class form).
    #[serde(default)]
    pub containers: Containers,
    /// What a first verification fetches.
    #[serde(default)]
    pub download: Download,
    /// Anything else that the runner or the skeletons of this column need.
    #[serde(default)]
    pub extra: BTreeMap<String, toml::Value>,
}

fn plain_call() -> String {
    "{{ layer }}({{ inputs | join(sep=\", \") }})".into()
}

fn training() -> String {
    "training".into()
}

/// What a block becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A class: layers in its constructor, their use in a call.
    Class,
    /// A function of its tensors.
    Function,
}

/// Whether layers are told the sizes of what enters them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shapes {
    /// They are.
    Explicit,
    /// They look at the tensor.
    Inferred,
}

/// Where the channels of a map stand, the batch being first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapLayout {
    /// `[B, C, H, W]`.
    ChannelsFirst,
    /// `[B, H, W, C]`.
    ChannelsLast,
}

/// What becomes of free sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeSizes {
    /// They are read from tensors.
    #[default]
    Tensors,
    /// They are keyword parameters of the model.
    Parameters,
    /// They are keyword parameters of a model that must know one while it is built, and nothing otherwise.
    ParametersIfRead,
}

impl FreeSizes {
    /// Whether they are keyword parameters of a model; `read` says whether one of them decides how it is built.
    #[must_use]
    pub fn are_parameters(self, read: bool) -> bool {
        match self {
            Self::Tensors => false,
            Self::Parameters => true,
            Self::ParametersIfRead => read,
        }
    }
}

/// What groups layers.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub struct Containers {
    /// Several layers in a row.
    #[serde(default)]
    pub sequential: String,
    /// The layers of a loop; empty for a plain list.
    #[serde(default)]
    pub list: String,
    /// The layers of one round; empty for a plain dict.
    #[serde(default)]
    pub dict: String,
    /// A layer that passes its input on.
    #[serde(default)]
    pub identity: String,
    /// What a function is wrapped in where a layer is needed.
    #[serde(default)]
    pub function: String,
}

/// What a first verification fetches.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub struct Download {
    /// For people: `about 350 MB`.
    #[serde(default)]
    pub size: String,
    /// The version of Python.
    #[serde(default = "python_version")]
    pub python: String,
    /// Further arguments for the installation.
    #[serde(default)]
    pub arguments: Vec<String>,
}

fn python_version() -> String {
    "3.11".into()
}

impl Settings {
    /// The axis of a tensor in this column, with the batch first; `axis` is counted without it, channels first.
    #[must_use]
    pub fn native_axis(&self, axis: usize, rank: usize, layout: Layout) -> usize {
        match (self.layout, layout) {
            (MapLayout::ChannelsLast, Layout::Map) if axis == 0 => rank,
            (MapLayout::ChannelsLast, Layout::Map) => axis,
            _ => axis + 1,
        }
    }
}

/// How an operator is written in a column.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// Whether the framework has it.
    #[serde(default)]
    pub status: Status,
    /// Why it can't be written.
    pub unsupported: Option<String>,
    /// What constructs it: one layer or several in a row (class form).
    #[serde(default, deserialize_with = "one_or_many")]
    pub layer: Vec<String>,
    /// What applies it.
    pub expr: Option<String>,
    /// What applies it in several steps, each an expression of the one before (its `x`); an empty one is left out (function form).
    #[serde(default)]
    pub stages: Vec<String>,
    /// As an activation, what it is called by layers that apply one themselves.
    pub fuse: Option<String>,
    /// Whether its layer applies an activation itself, given as `activation`.
    #[serde(default)]
    pub fusable: bool,
    /// What applies it where an output beyond the first is needed, or one expression is not enough.
    #[serde(default)]
    pub lines: Vec<String>,
    /// The canonical weights in the order in which the framework makes its variables.
    #[serde(default)]
    pub weights: Vec<String>,
    /// The attribute's name where the spec gives none.
    pub attribute: Option<String>,
    /// Whether it may wrap the expression before it.
    #[serde(default)]
    pub nest: bool,
    /// Whether it may wrap the arithmetic that a line begins with, though nothing else (function form).
    #[serde(default)]
    pub wraps: bool,
    /// Whether it depends on the training mode.
    #[serde(default)]
    pub mode: bool,
    /// What differs silently from other columns.
    pub note: Option<String>,
    /// Where the framework says so.
    pub source: Option<String>,
}

impl Operator {
    /// What a declaration says of a column in its `extern` lines, if it does.
    fn external(pattern: &Pattern, column: &str) -> Option<Self> {
        let mut own: Option<Self> = None;
        for fact in &pattern.facts {
            let FactKind::Extern { column: of, key, text } = &fact.kind else { continue };
            if of.text != column {
                continue;
            }
            let operator = own.get_or_insert_with(|| Self { status: Status::Composed, ..Self::default() });
            match key.as_ref().map(|key| key.text.as_str()) {
                Some("layer") => operator.layer.push(text.clone()),
                Some("weights") => operator.weights = text.split(", ").map(str::to_owned).collect(),
                Some("attribute") => operator.attribute = Some(text.clone()),
                _ => operator.expr = Some(text.clone()),
            }
        }
        own
    }
}

/// Whether a framework has an operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It has.
    #[default]
    Builtin,
    /// It is made of others.
    Composed,
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

/// A function or class that is printed into files that use it.
#[derive(Clone, Debug)]
pub struct Helper {
    /// Its file's name, without the ending.
    pub name: String,
    /// The names that it defines.
    pub names: Vec<String>,
    /// Its text.
    pub text: Cow<'static, str>,
    /// The identifiers in it, looked for when they are first asked for.
    uses: OnceLock<IndexSet<String>>,
}

impl Helper {
    /// The identifiers in its text, each once.
    pub fn uses(&self) -> &IndexSet<String> {
        self.uses.get_or_init(|| super::python::names_in(&self.text))
    }
}

/// A column.
#[derive(Debug)]
pub struct Framework {
    /// The folder's name: what `--to` takes.
    pub id: String,
    /// `framework.toml`.
    pub settings: Settings,
    /// What may be printed into a file, in the order of the files' names.
    pub helpers: Vec<Helper>,
    /// The names that the helpers define, each with the helper's place in the list; of two, the first.
    pub defined: HashMap<String, usize>,
    files: Files,
    /// The text of each operator's entry, in TOML or in the JSON that was made of it.
    entries: HashMap<Cow<'static, str>, Cow<'static, str>>,
    read: Mutex<HashMap<String, Arc<Operator>>>,
    renderers: Mutex<Vec<Renderer>>,
}

impl Framework {
    /// Reads a folder.
    ///
    /// # Errors
    /// A missing file or one that can't be read as what it should be.
    pub fn new(id: &str, files: Files) -> Result<Self, FrameworkError> {
        let settings = read(text(id, &files, "framework.toml")?);
        let entries = sections(text(id, &files, "ops.toml")?)
            .into_iter()
            .map(|(name, entry)| (Cow::from(name.to_owned()), Cow::from(entry.to_owned())))
            .collect();
        Self::assembled(id, settings, entries, files)
    }

    /// Takes the folder of a built-in column.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn built_in(folder: &BuiltIn) -> Result<Self, FrameworkError> {
        let entries = folder.operators.iter().map(|(name, entry)| (Cow::from(*name), Cow::from(*entry))).collect();
        let files = folder.files.iter().map(|(path, text)| (Cow::from(*path), Cow::from(*text))).collect();
        Self::assembled(folder.id, read(folder.settings), entries, files)
    }

    fn assembled(
        id: &str,
        settings: Result<Settings, String>,
        entries: HashMap<Cow<'static, str>, Cow<'static, str>>,
        files: Files,
    ) -> Result<Self, FrameworkError> {
        let settings = settings.map_err(|reason| FrameworkError::Invalid {
            column: id.to_owned(),
            file: "framework.toml".into(),
            reason,
        })?;
        for skeleton in ["file.tera", "block.tera", "model.tera"] {
            text(id, &files, skeleton)?;
        }
        let helpers: Vec<Helper> = files
            .iter()
            .filter_map(|(path, text)| {
                let name = path.strip_prefix("helpers/")?.strip_suffix(".py")?;
                Some(helper(name, text.clone()))
            })
            .collect();
        let mut defined = HashMap::default();
        for (at, helper) in helpers.iter().enumerate() {
            for name in &helper.names {
                defined.entry(name.clone()).or_insert(at);
            }
        }
        Ok(Self {
            id: id.to_owned(),
            settings,
            helpers,
            defined,
            files,
            entries,
            read: Mutex::default(),
            renderers: Mutex::default(),
        })
    }

    /// Whether generated files have a name for themselves: reserved, imported, or a helper's.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        self.settings.reserved.contains(name)
            || self.settings.imports.contains_key(name)
            || self.defined.contains_key(name)
    }

    /// What renders its templates: one that knows some of them already, if there is one.
    #[must_use]
    pub fn renderer(&self) -> Renderer {
        self.renderers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps a renderer for whoever wants the next one.
    pub fn keep(&self, renderer: Renderer) {
        self.renderers.lock().unwrap_or_else(PoisonError::into_inner).push(renderer);
    }

    /// A file of the folder.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|text| text.as_ref())
    }

    /// The operators that have an entry.
    pub fn operators(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(AsRef::as_ref)
    }

    /// How a pattern is written here: by its own declaration's `extern` lines, or by the column's entry.
    ///
    /// # Errors
    /// An entry that can't be read.
    pub fn entry(&self, pattern: &Pattern) -> Result<Option<Arc<Operator>>, FrameworkError> {
        match Operator::external(pattern, &self.id) {
            Some(own) => Ok(Some(Arc::new(own))),
            None => self.operator(&pattern.name),
        }
    }

    /// The entry of an operator, if there is one.
    ///
    /// # Errors
    /// An entry that can't be read.
    pub fn operator(&self, name: &str) -> Result<Option<Arc<Operator>>, FrameworkError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(operator) = read.get(name) {
            return Ok(Some(Arc::clone(operator)));
        }
        let Some(entry) = self.entries.get(name) else { return Ok(None) };
        let operator: Arc<Operator> = Arc::new(self::read(entry).map_err(|reason| FrameworkError::Invalid {
            column: self.id.clone(),
            file: "ops.toml".into(),
            reason: format!("[{name}]: {reason}"),
        })?);
        read.insert(name.to_owned(), Arc::clone(&operator));
        Ok(Some(operator))
    }
}

/// A file that must be there.
fn text<'f>(column: &str, files: &'f Files, file: &str) -> Result<&'f str, FrameworkError> {
    let missing = || FrameworkError::Missing { column: column.to_owned(), file: file.to_owned() };
    files.get(file).map(AsRef::as_ref).ok_or_else(missing)
}

/// A table in TOML, or in the JSON that was made of it.
fn read<T: DeserializeOwned>(table: &str) -> Result<T, String> {
    if table.starts_with('{') {
        serde_json::from_str(table).map_err(|error| error.to_string())
    } else {
        toml::from_str(table).map_err(|error| error.to_string())
    }
}

/// The tables of a TOML file by their names, each from behind its header to the next; of two of one name, the last counts.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let mut headers: Vec<(&str, usize, usize)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Some(name) = name.filter(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        }) {
            headers.push((name, at, at + line.len()));
        }
        at += line.len();
    }
    let ends = headers.iter().skip(1).map(|(_, start, _)| *start).chain([text.len()]);
    headers.iter().zip(ends).map(|((name, _, start), end)| (*name, &text[*start..end])).collect()
}

fn helper(name: &str, text: Cow<'static, str>) -> Helper {
    let mut names = Vec::new();
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1));
    // Most lines are indented: they are not looked at.
    for line in starts
        .map(|start| &text[start..])
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
    {
        let line = line.lines().next().unwrap_or_default();
        if let Some(rest) = line.strip_prefix("def ").or_else(|| line.strip_prefix("class ")) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            names.push(rest[..end].to_owned());
        } else if let Some((name, _)) = line.split_once(" = ")
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            names.push(name.to_owned());
        }
    }
    let text = match text {
        Cow::Borrowed(text) => text.trim().into(),
        Cow::Owned(text) => text.trim().to_owned().into(),
    };
    Helper { name: name.to_owned(), names, text, uses: OnceLock::new() }
}

/// The columns, in the order of their names.
#[derive(Debug, Default)]
pub struct Columns {
    /// All of them.
    pub frameworks: Vec<Framework>,
}

impl Columns {
    /// Reads columns from files whose paths start with the column's name: `pytorch/ops.toml`.
    ///
    /// # Errors
    /// The first folder that can't be read.
    pub fn new(files: Files) -> Result<Self, FrameworkError> {
        let mut folders: BTreeMap<String, Files> = BTreeMap::new();
        for (path, text) in files {
            if let Some((column, rest)) = path.split_once('/') {
                folders.entry(column.to_owned()).or_default().insert(rest.to_owned().into(), text);
            }
        }
        let frameworks = folders.into_iter().map(|(id, files)| Framework::new(&id, files)).collect::<Result<_, _>>()?;
        Ok(Self { frameworks })
    }

    /// Takes the built-in columns.
    ///
    /// # Errors
    /// The first folder that can't be read.
    pub fn built_in(folders: &[BuiltIn]) -> Result<Self, FrameworkError> {
        Ok(Self { frameworks: folders.iter().map(Framework::built_in).collect::<Result<_, _>>()? })
    }

    /// The column of this name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Framework> {
        self.frameworks.iter().find(|framework| framework.id == id)
    }

    /// The names of all columns.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.frameworks.iter().map(|framework| framework.id.as_str()).collect()
    }
}
