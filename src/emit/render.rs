//! Templates of one column, compiled when they are first used.

use super::python;
use crate::code::parse;
use crate::hash::{HashMap, IndexSet};
use std::collections::BTreeSet;
use std::sync::Arc;
use tera::{Context, Kwargs, State, Tera, Value};

/// A compiled template with the variables that it reads.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Its number.
    pub id: usize,
    name: Arc<str>,
    /// The variables of its context, in an order that never changes: sizes become parameters in the order in which they are met.
    pub variables: Arc<BTreeSet<String>>,
}

/// Renders the templates of one column.
#[derive(Debug)]
pub struct Renderer {
    tera: Tera,
    compiled: HashMap<String, Compiled>,
    /// How many names were given to templates.
    count: usize,
}

impl Renderer {
    /// A renderer with the filters of the templates: `pair`, `tuple`, `list`, `operand`, `complement`.
    #[must_use]
    pub fn new() -> Self {
        let mut tera = Tera::default();
        tera.register_filter("pair", pair);
        tera.register_filter("tuple", tuple);
        tera.register_filter("list", list);
        tera.register_filter("operand", operand);
        tera.register_filter("complement", complement);
        Self { tera, compiled: HashMap::default(), count: 0 }
    }

    /// Compiles templates that will be wanted, at once: Tera looks at all that it has whenever one is added. One that can't be
    /// compiled is left to who wants it, and so are the others then.
    pub fn prepare<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        let mut fresh: IndexSet<&str> = texts.into_iter().collect();
        fresh.retain(|text| !self.compiled.contains_key(*text));
        let first = self.count;
        self.count += fresh.len();
        let named = fresh.iter().enumerate().map(|(at, text)| (format!("t{}", first + at), *text));
        if self.tera.add_raw_templates(named).is_ok() {
            for (at, text) in fresh.into_iter().enumerate() {
                let _ = self.known(first + at, text);
            }
        }
    }

    /// Compiles a template, once for each text.
    ///
    /// # Errors
    /// What Tera says of the text.
    pub fn compile(&mut self, text: &str) -> Result<Compiled, String> {
        if let Some(compiled) = self.compiled.get(text) {
            return Ok(compiled.clone());
        }
        let id = self.count;
        self.count += 1;
        self.tera.add_raw_template(&format!("t{id}"), text).map_err(|error| describe(&error))?;
        self.known(id, text)
    }

    /// Notes a template that Tera has.
    fn known(&mut self, id: usize, text: &str) -> Result<Compiled, String> {
        let name = format!("t{id}");
        let variables = self.tera.get_template_variables(&name).map_err(|error| describe(&error))?;
        let variables = Arc::new(variables.into_iter().map(str::to_owned).collect());
        let compiled = Compiled { id, name: name.into(), variables };
        self.compiled.insert(text.to_owned(), compiled.clone());
        Ok(compiled)
    }

    /// Renders a template; leading and trailing blanks are dropped.
    ///
    /// # Errors
    /// What Tera says of the context.
    pub fn render(&self, template: &Compiled, context: &Context) -> Result<String, String> {
        self.tera.render(&template.name, context).map(|text| text.trim().to_owned()).map_err(|error| describe(&error))
    }

    /// Renders a template as it is.
    ///
    /// # Errors
    /// What Tera says of the context.
    pub fn render_exactly(&self, template: &Compiled, context: &Context) -> Result<String, String> {
        self.tera.render(&template.name, context).map_err(|error| describe(&error))
    }
}

impl Default for Renderer {
    fn default() -> Self {
        Self::new()
    }
}

/// An error of Tera with its causes, on one line.
fn describe(error: &tera::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The place in the template is of no use to who wrote a spec.
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    text.split(" --> ").next().unwrap_or(text).to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    match value.as_array() {
        Some(items) => items.iter().map(text).collect(),
        None => vec![text(value)],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn parenthesised(items: &[String]) -> String {
    match items {
        [single] => format!("({single},)"),
        items => format!("({})", items.join(", ")),
    }
}

/// `["2", "2"]` as `2`, `["1", "5"]` as `(1, 5)`.
fn pair(value: &Value, _: Kwargs, _: &State) -> String {
    let items = texts(value);
    match items.split_first() {
        Some((first, rest)) if rest.iter().all(|item| item == first) => first.clone(),
        _ => parenthesised(&items),
    }
}

/// `["2", "2"]` as `(2, 2)`.
fn tuple(value: &Value, _: Kwargs, _: &State) -> String {
    parenthesised(&texts(value))
}

/// `["2", "2"]` as `[2, 2]`.
fn list(value: &Value, _: Kwargs, _: &State) -> String {
    format!("[{}]", texts(value).join(", "))
}

/// The expression with parentheses, unless it can stand where it is put: `operand(left_of="-")`, `operand(right_of="-")`, or without
/// an operator next to anything. What fills a hole gets those that it needs in any case: without an operator, it keeps those around
/// it where it is more than an atom.
fn operand(value: &Value, arguments: Kwargs, _: &State) -> tera::TeraResult<String> {
    let text = text(value);
    if parse::as_hole(&text).is_some() {
        let beside = arguments.get::<&str>("left_of")?.or(arguments.get::<&str>("right_of")?);
        return Ok(if beside.is_some() { text } else { format!("({text})") });
    }
    let side = |operator: &str, right| python::side(&text, python::strength(&format!("a {operator} b")), right);
    Ok(match (arguments.get::<&str>("left_of")?, arguments.get::<&str>("right_of")?) {
        (Some(operator), _) => side(operator, false),
        (None, Some(operator)) => side(operator, true),
        (None, None) => python::operand(&text),
    })
}

/// `0.9` as `0.1`, `decay` as `1 - decay`.
fn complement(value: &Value, _: Kwargs, _: &State) -> String {
    python::complement(&text(value))
}
