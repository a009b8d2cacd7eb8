//! Pages of documentation on a terminal: Markdown, as far as they use it.

use super::table::{Align, Table};
use super::text::{DIM, PLACE, STRONG, paint};

/// The title of a page: its first heading, without the code before the colon.
#[must_use]
pub fn title(page: &str) -> &str {
    let heading = page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("");
    heading.split_once(": ").map_or(heading, |(_, title)| title)
}

/// Draws a page: headings strong, code indented.
#[must_use]
pub fn render(page: &str, color: bool) -> String {
    let mut text = String::new();
    let mut code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            code = !code;
            continue;
        }
        let line = match line.trim_start_matches('#') {
            _ if code && line.is_empty() => String::new(),
            _ if code => format!("    {line}"),
            heading if heading.len() < line.len() => paint(heading.trim(), STRONG, color),
            _ => inline(line, color),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Paints what stands in backquotes; without colour they stay.
fn inline(line: &str, color: bool) -> String {
    if !color || line.matches('`').count() % 2 == 1 {
        return line.to_owned();
    }
    let parts = line.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { paint(part, PLACE, color) } else { part.to_owned() }).collect()
}

/// The list of pages, with their titles.
#[must_use]
pub fn list(pages: &[(&str, &str)], color: bool) -> String {
    let mut table = Table::new(&[("code", Align::Left), ("meaning", Align::Left)]);
    for (code, title) in pages {
        table.row([*code, *title]);
    }
    let hint = paint("`hexapla explain CODE` shows a page with examples", DIM, color);
    format!("{}\n{hint}\n", table.render(color))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# E0402: A claim that fails\n\nUse `check`.\n\n## Wrong\n\n```arch\nmodel M\n\n```\n";

    #[test]
    fn code_is_indented_and_headings_are_plain() {
        assert_eq!(title(PAGE), "A claim that fails");
        assert_eq!(render(PAGE, false), "E0402: A claim that fails\n\nUse `check`.\n\nWrong\n\n    model M\n\n");
        assert_eq!(anstream::adapter::strip_str(&render(PAGE, true)).to_string(), render(PAGE, false).replace('`', ""));
    }
}
