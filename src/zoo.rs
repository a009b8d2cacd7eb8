//! The zoo: the specs of papers that come with the program, and what each published variant of them is.
//!
//! Architecture Invariant: everything is read off the specs and `zoo/zoo.toml`, which only names variants.

use crate::embedded;
use crate::emit::lines_of_code;
use crate::hash::{IndexMap, IndexSet};
use crate::ir::Program;
use crate::ir::analyse::{Summary, summarise};
use crate::ir::infer::Configuration;
use crate::ops::Value;
use crate::project::Spec;
use serde::Serialize;
use std::path::Path;

/// A network of a paper, as the paper has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variant {
    /// Its name: `resnet34`.
    pub name: String,
    /// The file that it is a variant of, without `.arch`: `resnet`.
    pub spec: String,
    /// What is set in that file's model; nothing for the file as it stands.
    pub set: IndexMap<String, i64>,
    /// The title of the paper.
    pub paper: String,
    /// Who wrote it.
    pub authors: String,
    /// When it came out.
    pub year: u16,
    /// Where it can be found: `arXiv:1512.03385`, a journal, a conference.
    pub published: String,
    /// Trainable parameters.
    pub params: i64,
    /// Multiply-accumulates of one sample at the paper's sizes, without biases and normalisation; none if a size is open.
    pub macs: Option<i64>,
    /// Lines of the spec, without comments and blank ones.
    pub lines: usize,
    /// The patterns that it is made of, in the order of their first use.
    pub patterns: Vec<String>,
}

/// Where a paper was published: what stands above a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The title.
    pub paper: String,
    /// The authors.
    pub authors: String,
    /// The year.
    pub year: u16,
    /// Where it can be found.
    pub published: String,
}

/// Reads the citation off a model's documentation: the title, then `authors, year. where`, up to the first empty line.
#[must_use]
pub fn citation(doc: &[String]) -> Option<Citation> {
    let (title, rest) = doc.split_first()?;
    let cited: Vec<&str> = rest.iter().map(|line| line.trim()).take_while(|line| !line.is_empty()).collect();
    let cited = cited.join(" ");
    // The first number of four digits that ends a sentence.
    let (at, year) = cited.match_indices(". ").find_map(|(at, _)| {
        let year = cited.get(at.checked_sub(4)?..at)?.parse().ok()?;
        Some((at, year))
    })?;
    Some(Citation {
        paper: title.trim_end_matches('.').to_owned(),
        authors: cited[..at - 4].trim_end_matches([',', ' ']).to_owned(),
        year,
        published: cited[at + 2..].trim().to_owned(),
    })
}

/// What `zoo/zoo.toml` says: for each file the names of its variants with what is set.
type Families = IndexMap<String, IndexMap<String, IndexMap<String, i64>>>;

/// The names of the files and variants that can be asked for, with the file and what is set there.
///
/// # Panics
/// Never: a test reads the embedded file.
#[must_use]
pub fn names() -> Vec<(String, &'static str, IndexMap<String, i64>)> {
    let families: Families = toml::from_str(embedded::variants()).expect("a test reads it");
    let mut found = Vec::new();
    for (file, _) in embedded::zoo() {
        match families.get(file) {
            None => found.push((file.to_owned(), file, IndexMap::default())),
            Some(variants) => found.extend(variants.iter().map(|(name, set)| (name.clone(), file, set.clone()))),
        }
    }
    found
}

/// The text of a spec, by the name of the file or of a variant, and what the variant sets.
#[must_use]
pub fn text(name: &str) -> Option<(&'static str, IndexMap<String, i64>)> {
    let name = name.trim_end_matches(".arch");
    let of_file = |wanted: &str| embedded::zoo().find(|(file, _)| *file == wanted).map(|(_, text)| text);
    if let Some(text) = of_file(name) {
        return Some((text, IndexMap::default()));
    }
    let (_, file, set) = names().into_iter().find(|(variant, _, _)| variant == name)?;
    Some((of_file(file)?, set))
}

/// All variants, in the order of their files.
///
/// # Panics
/// Never: a test reads and checks every spec.
#[must_use]
pub fn variants() -> Vec<Variant> {
    let all = names().into_iter();
    all.map(|(name, file, set)| variant(name, file, set).unwrap_or_else(|| panic!("a test checks {file}"))).collect()
}

/// One variant; none if its spec is not in order.
fn variant(name: String, file: &str, set: IndexMap<String, i64>) -> Option<Variant> {
    let (text, _) = text(file)?;
    let spec = Spec::from_text(Path::new(&format!("{file}.arch")), text.to_owned());
    let program = spec.program.as_ref()?;
    let settings = set.iter().map(|(name, value)| (name.clone(), Value::int(*value))).collect();
    let configuration = Configuration { set: settings, ..Configuration::default() };
    let Summary { params, macs, .. } = summarise(program, &configuration).ok()?;
    let Citation { paper, authors, year, published } = citation(&program.model().doc)?;
    Some(Variant {
        name,
        spec: file.to_owned(),
        set,
        paper,
        authors,
        year,
        published,
        params,
        macs: macs.constant(),
        lines: lines_of_code(text),
        patterns: patterns(program),
    })
}

/// The patterns that a program is made of, in the order of their first use, callees first.
fn patterns(program: &Program) -> Vec<String> {
    let mut names = IndexSet::default();
    program.each_pattern(&mut |_, pattern| {
        names.insert(pattern.name.clone());
    });
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_is_read_off_the_documentation() {
        let doc = ["A Title.", "One, Two,", "Three, 2015. arXiv:1512.03385", "", "Table 1, 2016. And so on."];
        let found = citation(&doc.map(str::to_owned)).expect("there is one");
        assert_eq!((found.paper.as_str(), found.authors.as_str()), ("A Title", "One, Two, Three"));
        assert_eq!((found.year, found.published.as_str()), (2015, "arXiv:1512.03385"));
        assert_eq!(citation(&["A title.".to_owned()]), None);
    }

    #[test]
    fn every_spec_is_in_order_and_short() {
        let all = variants();
        assert_eq!(all.len(), names().len());
        for variant in &all {
            assert!(variant.lines <= 120, "{} has {} lines", variant.name, variant.lines);
            assert!((1980..2030).contains(&variant.year) && !variant.published.is_empty(), "{variant:?}");
        }
        let families: Families = toml::from_str(embedded::variants()).expect("it is TOML of this form");
        for file in families.keys() {
            assert!(embedded::zoo().any(|(name, _)| name == file), "zoo.toml: there is no {file}.arch");
        }
        let mut seen = IndexSet::default();
        assert!(all.iter().all(|variant| seen.insert(&variant.name)), "two have one name");
    }

    #[test]
    fn published_figures_are_met() {
        // Counted on the models of torchvision 0.29 and transformers 5.24, built without weights.
        let published = [
            ("resnet34", 21_797_672),
            ("resnet101", 44_549_160),
            ("resnet152", 60_192_808),
            ("bert_large", 335_141_888),
            ("gpt2_medium", 354_823_168),
            ("gpt2_large", 774_030_080),
            ("gpt2_xl", 1_557_611_200),
            ("vit_large_16", 304_326_632),
        ];
        let all = variants();
        for (name, params) in published {
            let found = all.iter().find(|variant| variant.name == name).map(|variant| variant.params);
            assert_eq!(found, Some(params), "{name}");
        }
    }
}
