//! The progress of a run on the terminal: a bar for each column.
//!
//! Architecture Invariant: what is drawn here goes to stderr, and only if that is a terminal. Nothing waits for it.

use crate::foreign::visible;
use crate::hash::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::run::Event;

/// A bar for each column.
pub struct Bars {
    bars: HashMap<String, ProgressBar>,
    failures: Mutex<HashMap<String, usize>>,
}

impl Bars {
    /// Bars for these columns: id, shown name and number of cases each.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, &'a str, usize)>) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let columns: Vec<_> = columns.into_iter().collect();
        let width = columns.iter().map(|(_, name, _)| name.chars().count()).max().unwrap_or(0);
        let bar = |&(id, name, cases): &(&str, &str, usize)| {
            let bar = all.add(ProgressBar::new(cases as u64).with_style(style()));
            bar.set_prefix(format!("{:width$}", visible(name)));
            bar.set_message("waiting");
            bar.tick();
            (id.to_owned(), bar)
        };
        Self { bars: columns.iter().map(bar).collect(), failures: Mutex::default() }
    }

    /// Show words at a column's bar: what its environment is doing, say.
    pub fn say(&self, column: &str, words: &str) {
        if let Some(bar) = self.bars.get(column) {
            bar.enable_steady_tick(Duration::from_millis(120));
            bar.set_message(visible(words.trim()).into_owned());
        }
    }

    /// Show an event of the run.
    pub fn event(&self, event: Event<'_>) {
        match event {
            Event::Starting { column, .. } => self.say(column, "starting"),
            Event::Started { column, version } => self.say(column, version),
            Event::Begun { column, case } => self.say(column, case),
            Event::Done { column, failure, .. } => {
                if failure.is_some() {
                    let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
                    *failures.entry(column.to_owned()).or_default() += 1;
                }
                if let Some(bar) = self.bars.get(column) {
                    bar.inc(1);
                }
            }
            Event::Finished { column } => {
                let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(bar) = self.bars.get(column) {
                    match failures.get(column) {
                        None => bar.finish_with_message("done"),
                        Some(count) => bar.finish_with_message(format!("done, {count} could not be run")),
                    }
                }
            }
        }
    }

    /// Take the bars off the screen: the report follows.
    pub fn clear(&self) {
        for bar in self.bars.values() {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    // Invariant: the template is a constant that indicatif accepts; a test draws it.
    ProgressStyle::with_template("{prefix} {bar:24} {pos:>3}/{len:<3} {elapsed:>4} {wide_msg}")
        .expect("a valid template")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::run::Failure;

    #[test]
    fn a_run_from_end_to_end() {
        let bars = Bars::new([("a", "Alpha", 2), ("b", "Beta", 1)]);
        let failure = Failure::NotStarted { how: "it is away".to_owned(), output: String::new() };
        bars.say("a", " + numpy==1.0");
        bars.event(Event::Starting { column: "a", cases: 2 });
        bars.event(Event::Started { column: "a", version: "1.0" });
        bars.event(Event::Begun { column: "a", case: "one" });
        bars.event(Event::Done { column: "a", case: "one", failure: None });
        bars.event(Event::Done { column: "a", case: "two", failure: Some(&failure) });
        bars.event(Event::Finished { column: "a" });
        bars.event(Event::Finished { column: "a column without a bar" });
        assert_eq!(bars.bars["a"].message(), "done, 1 could not be run");
        assert_eq!(bars.bars["a"].position(), 2);
        bars.clear();
    }
}
