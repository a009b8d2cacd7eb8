//! Pages of documentation on a terminal: Markdown, as far as they use it.

use super::table::{Align, Table};
use super::text::{DIM, PLACE, STRONG, paint, wrap_words};

/// The title of a page: its first heading, without the code before the colon.
#[must_use]
pub fn title(page: &str) -> &str {
    let heading = page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("");
    heading.split_once(": ").map_or(heading, |(_, title)| title)
}

/// Draws a page: headings strong, code indented, prose broken at `wide` columns.
#[must_use]
pub fn render(page: &str, wide: usize, color: bool) -> String {
    let mut text = String::new();
    let mut prose = String::new();
    let mut code = false;
    for line in page.lines() {
        let fence = line.starts_with("```");
        let heading = line.trim_start_matches('#');
        let heading = (!code && heading.len() < line.len()).then(|| heading.trim());
        if !code && !fence && heading.is_none() && !line.trim().is_empty() {
            prose.push_str(line);
            prose.push(' ');
            continue;
        }
        text.push_str(&paragraph(&mut prose, wide, color));
        let line = match heading {
            _ if fence => {
                code = !code;
                continue;
            }
            Some(heading) => paint(heading, STRONG, color),
            None if line.is_empty() => String::new(),
            None => format!("    {line}"),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str(&paragraph(&mut prose, wide, color));
    text
}

/// The lines of a paragraph, which is then empty.
fn paragraph(prose: &mut String, wide: usize, color: bool) -> String {
    let prose = std::mem::take(prose);
    if prose.is_empty() {
        return prose;
    }
    // Painted as a whole: what stands in backquotes may be broken over two lines.
    inline(&(wrap_words(&prose, wide).join("\n") + "\n"), color)
}

/// Paints what stands in backquotes; without colour they stay.
fn inline(prose: &str, color: bool) -> String {
    if !color || prose.matches('`').count() % 2 == 1 {
        return prose.to_owned();
    }
    let parts = prose.split('`').enumerate();
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

    const PAGE: &str =
        "# E0402: A claim that fails\n\nUse `check` before\nyou emit.\n\n## Wrong\n\n```arch\nmodel M\n\n```\n";

    #[test]
    fn code_is_indented_and_headings_are_plain() {
        assert_eq!(title(PAGE), "A claim that fails");
        assert_eq!(
            render(PAGE, 20, false),
            "E0402: A claim that fails\n\nUse `check` before\nyou emit.\n\nWrong\n\n    model M\n\n"
        );
        assert_eq!(
            anstream::adapter::strip_str(&render(PAGE, 80, true)).to_string(),
            render(PAGE, 80, false).replace('`', "")
        );
    }
}
