//! The catalogue as one page of HTML that needs nothing else: every pattern beside its code in every column, with a search.
//!
//! Without JavaScript everything is shown; the script only hides what is not looked for.

use super::patterns::{facts, families, title};
use crate::catalogue::{Cell, Entry};
use crate::foreign::written;
use crate::ops::gotchas::{Gotcha, Severity};
use std::fmt::Write as _;

const STYLE: &str = include_str!("catalogue.css");
const SCRIPT: &str = include_str!("catalogue.js");

/// Text as it stands in HTML, in an attribute as well.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Prose with what stands in backquotes as code.
fn prose(text: &str) -> String {
    let parts: Vec<String> = text.split('`').map(escaped).collect();
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let marked = parts.into_iter().enumerate();
    marked.map(|(at, part)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part }).collect()
}

/// The page.
#[must_use]
pub fn html(entries: &[&Entry]) -> String {
    let columns: Vec<(&String, &Cell)> = entries.first().map_or_else(Vec::new, |entry| entry.columns.iter().collect());
    let families = families(entries);
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    let names: Vec<&str> = columns.iter().map(|(_, cell)| cell.framework.as_str()).collect();
    let heading = format!("Patterns of neural networks in {}", super::text::listed(&names));
    let _ = write!(
        page,
        "<title>{0}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{0}</h1>\n",
        escaped(&heading)
    );
    page.push_str("<div class=\"controls\">\n<input type=\"search\" id=\"query\" aria-label=\"Search\" ");
    page.push_str("placeholder=\"conv, BatchNorm2d, conv2d_transpose ..\" autocomplete=\"off\">\n");
    page.push_str("<select id=\"family\" aria-label=\"Family\"><option value=\"\">all families</option>");
    for (family, _) in &families {
        let _ = write!(page, "<option value=\"{}\">{}</option>", escaped(family), escaped(&title(family)));
    }
    let _ = write!(
        page,
        "</select>\n<span id=\"count\">{} patterns</span>\n</div>\n<div class=\"columns\">\n",
        entries.len()
    );
    for (id, cell) in &columns {
        let _ = writeln!(
            page,
            "<label><input type=\"checkbox\" value=\"{}\" checked>{}</label>",
            escaped(id),
            escaped(&cell.framework)
        );
    }
    page.push_str(
        "</div>\n</header>\n<main>\n<p id=\"nothing\" hidden>No pattern is called so, here or in a framework.</p>\n",
    );
    for (family, of_it) in families {
        let _ = writeln!(page, "<section>\n<h2 id=\"family-{0}\">{1}</h2>", escaped(family), escaped(&title(family)));
        of_it.iter().for_each(|entry| article(&mut page, entry));
        page.push_str("</section>\n");
    }
    let _ = write!(page, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    // Columns of the user's own have names and notes of their own.
    written(&page).into_owned()
}

fn article(page: &mut String, entry: &Entry) {
    let name = escaped(&entry.name);
    let names: Vec<&str> =
        std::iter::once(entry.name.as_str()).chain(entry.elsewhere.iter().map(String::as_str)).collect();
    let _ = writeln!(
        page,
        "<article id=\"{name}\" data-family=\"{}\" data-names=\"{}\">",
        escaped(&entry.family),
        escaped(&names.join(" "))
    );
    let rest = entry.signature.strip_prefix(&entry.name).unwrap_or_default();
    let _ = writeln!(
        page,
        "<h3><a href=\"#{name}\">{name}</a><span class=\"parameters\">{}</span></h3>\n<code class=\"shapes\">{}</code>",
        escaped(rest),
        escaped(&entry.shapes)
    );
    let _ = writeln!(page, "<p class=\"doc\">{}</p>", prose(&entry.doc.replace('\n', " ")));
    more(page, entry);
    let _ =
        writeln!(page, "<pre class=\"example\">{}</pre>\n<div class=\"cells\">", escaped(&entry.example.join("\n")));
    for (id, cell) in &entry.columns {
        let verified = cell.verified.as_ref().map_or_else(String::new, |found| {
            format!(
                "<span title=\"{}\">verified, error {:.0e}</span>",
                escaped(&format!("{}, {}, {}", found.version, found.precision, found.modes.join(", "))),
                found.max_error
            )
        });
        let status = cell.status.word();
        let class = status.replace('-', "");
        let _ = writeln!(
            page,
            "<div class=\"cell\" data-column=\"{}\"><div class=\"head\"><strong>{}</strong><span class=\"{class}\">{status}</span>{verified}</div>",
            escaped(id),
            escaped(&cell.framework)
        );
        if !cell.code.is_empty() {
            let _ = writeln!(page, "<pre>{}</pre>", escaped(&cell.code));
        }
        for said in cell.reason.iter().chain(&cell.note) {
            let source = cell
                .source
                .as_ref()
                .filter(|source| source.starts_with("https://"))
                .map_or_else(String::new, |source| format!(" <a href=\"{}\">source</a>", escaped(source)));
            let _ = writeln!(page, "<p class=\"note\">{}{source}</p>", prose(said));
        }
        page.push_str("</div>\n");
    }
    page.push_str("</div>\n</article>\n");
}

/// What frameworks do differently without telling: how much there is, and all of it behind a click.
fn traps(page: &mut String, gotchas: &[&Gotcha]) {
    if gotchas.is_empty() {
        return;
    }
    let count = if gotchas.len() == 1 { "1 trap".to_owned() } else { format!("{} traps", gotchas.len()) };
    let severe = gotchas.iter().filter(|gotcha| gotcha.severity == Severity::Severe).count();
    let severe = if severe == 0 { String::new() } else { format!(", {severe} severe") };
    let _ = writeln!(page, "<details><summary>{count}{severe}</summary>");
    for gotcha in gotchas {
        let _ = writeln!(
            page,
            "<div class=\"gotcha {}\"><strong>{}</strong>: {} {} {}</div>",
            gotcha.severity.word(),
            escaped(&gotcha.id),
            prose(&gotcha.says),
            prose(&gotcha.ignored),
            prose(&gotcha.emitted)
        );
    }
    page.push_str("</details>\n");
}

/// Parameters and facts, which are looked up more often than they are read.
fn more(page: &mut String, entry: &Entry) {
    let facts = facts(entry);
    traps(page, &entry.gotchas);
    if entry.parameters.is_empty() && facts.is_empty() && entry.elsewhere.is_empty() {
        return;
    }
    page.push_str("<details><summary>Parameters, weights, other names</summary>\n");
    if !entry.parameters.is_empty() {
        page.push_str(
            "<div class=\"wide\"><table>\n<tr><th>parameter</th><th>takes</th><th>default</th><th></th></tr>\n",
        );
        for parameter in &entry.parameters {
            let default = parameter.default.as_ref().map_or_else(|| "required".into(), |value| format!("`{value}`"));
            let _ = writeln!(
                page,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
                escaped(&parameter.name),
                prose(&parameter.takes),
                prose(&default),
                prose(&parameter.doc)
            );
        }
        page.push_str("</table></div>\n");
    }
    for fact in facts {
        let _ = writeln!(page, "<p class=\"note\">{}</p>", prose(&fact));
    }
    if !entry.elsewhere.is_empty() {
        let _ = writeln!(page, "<p class=\"note\">Elsewhere: {}.</p>", escaped(&entry.elsewhere.join(", ")));
    }
    page.push_str("</details>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(escaped("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
        assert_eq!(prose("a `b < c` d"), "a <code>b &lt; c</code> d");
        assert_eq!(prose("one ` alone"), "one ` alone");
    }
}
