//! What `verify` needs and what of it is there.

use crate::foreign::visible;
use crate::report::table::{Align, Table};
use crate::report::text::{BAD, GOOD, WARN, paint};
use crate::verify::environment::Status;
use serde_json::{Value, json};

/// What was found.
#[derive(Clone, Debug)]
pub struct Examination {
    /// Hexapla's version.
    pub version: String,
    /// The version of uv, or why there is none.
    pub uv: Result<String, String>,
    /// The version of the Python on the path.
    pub python: Option<String>,
    /// The cache folder, or why there is none.
    pub cache: Result<String, String>,
    /// Whether the user chose it.
    pub moved: bool,
    /// The columns' environments.
    pub columns: Vec<Status>,
}

impl Examination {
    /// Whether some column can be run, now or after its environment was made.
    #[must_use]
    pub fn can_verify(&self) -> bool {
        self.cache.is_ok() && (self.uv.is_ok() || self.columns.iter().any(|column| column.ready))
    }
}

/// As a list and a table.
#[must_use]
pub fn render(found: &Examination, color: bool) -> String {
    let mut text = String::new();
    let mut item = |name: &str, value: &str| text.push_str(&format!("{name:<8} {value}\n"));
    // What other programs said, and the names of folders.
    let shown = |text: &str| visible(text).into_owned();
    item("hexapla", &found.version);
    match &found.uv {
        Ok(version) => item("uv", &visible(version)),
        Err(reason) => item("uv", &paint(&shown(reason), BAD, color)),
    }
    match &found.python {
        Some(version) => {
            item("python", &format!("{} on the path (uv finds or fetches what a column needs)", shown(version)))
        }
        None => item("python", "none on the path (uv finds or fetches what a column needs)"),
    }
    match &found.cache {
        Ok(folder) if found.moved => item("cache", &format!("{} (HEXAPLA_CACHE)", shown(folder))),
        Ok(folder) => item("cache", &shown(folder)),
        Err(reason) => item("cache", &paint(&shown(reason), BAD, color)),
    }
    if found.columns.is_empty() {
        return text;
    }
    let mut table = Table::new(&[("column", Align::Left), ("python", Align::Left), ("state", Align::Left)]);
    for column in &found.columns {
        let state = match (&column.to_fetch, column.ready) {
            (_, true) => paint("ready", GOOD, color),
            (Some(size), false) => {
                paint(&format!("the first `verify` fetches its packages: {}", shown(size)), WARN, color)
            }
            (None, false) => paint("the first `verify` fetches its packages", WARN, color),
        };
        table.row([shown(&column.column), shown(&column.python), state]);
    }
    text.push('\n');
    text.push_str(&table.render(color));
    text
}

/// The same as data.
#[must_use]
pub fn to_json(found: &Examination) -> Value {
    let tool = |found: &Result<String, String>, key: &str| match found {
        Ok(value) => json!({ "ok": true, key: value }),
        Err(reason) => json!({ "ok": false, "reason": reason }),
    };
    json!({
        "hexapla": found.version,
        "uv": tool(&found.uv, "version"),
        "python": found.python,
        "cache": tool(&found.cache, "folder"),
        "columns": found.columns,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examination() -> Examination {
        let column = |name: &str, ready, to_fetch: Option<&str>| Status {
            column: name.into(),
            ready,
            folder: "/cache/x".into(),
            python: "3.11".into(),
            to_fetch: to_fetch.map(Into::into),
        };
        Examination {
            version: "1.0.0".into(),
            uv: Err("`uv` was not found".into()),
            python: None,
            cache: Ok("/cache".into()),
            moved: true,
            columns: vec![column("a", true, None), column("b", false, Some("about 3 MB")), column("c", false, None)],
        }
    }

    #[test]
    fn what_is_there_and_what_is_not() {
        insta::assert_snapshot!(render(&examination(), false), @r#"
            hexapla  1.0.0
            uv       `uv` was not found
            python   none on the path (uv finds or fetches what a column needs)
            cache    /cache (HEXAPLA_CACHE)

            column  python  state
            a       3.11    ready
            b       3.11    the first `verify` fetches its packages: about 3 MB
            c       3.11    the first `verify` fetches its packages
        "#);
    }

    #[test]
    fn one_ready_column_is_enough() {
        let mut found = examination();
        assert!(found.can_verify());
        found.columns.remove(0);
        assert!(!found.can_verify());
        found.uv = Ok("0.9".into());
        assert!(found.can_verify());
        assert_eq!(to_json(&found)["columns"][0]["to_fetch"], json!("about 3 MB"));
    }
}
