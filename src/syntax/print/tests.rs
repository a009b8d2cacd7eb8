//! The formatter keeps the tree and the comments, and changes nothing that it has printed.

use super::*;
use crate::span::{FileId, Span};
use crate::syntax::parse::parse;
use proptest::prelude::*;

const ZOO: &[(&str, &str)] = &[
    ("densenet_small", include_str!("../../../zoo/densenet_small.arch")),
    ("enet", include_str!("../../../zoo/enet.arch")),
    ("googlenet", include_str!("../../../zoo/googlenet.arch")),
    ("lenet5", include_str!("../../../zoo/lenet5.arch")),
    ("lstm_sentiment", include_str!("../../../zoo/lstm_sentiment.arch")),
    ("resnet18", include_str!("../../../zoo/resnet18.arch")),
    ("transformer_encoder", include_str!("../../../zoo/transformer_encoder.arch")),
    ("unet", include_str!("../../../zoo/unet.arch")),
];

/// Everything at odd places: comments, breaks, long lines, trees that need parentheses.
const NASTY: &str = include_str!("nasty.arch");

fn read(text: &str) -> File {
    let (file, findings) = parse(FileId(0), text);
    assert_eq!(findings, [], "{text}");
    file
}

/// What a tree says, without spans, blank lines and where pipelines are broken.
fn bare(file: &File) -> String {
    let mut text = String::new();
    for line in format!("{file:#?}").lines().map(str::trim) {
        let place = ["span: ", "path_span: ", "header: ", "new_line: "].iter().any(|name| line.starts_with(name));
        if !place && line != "Blank," {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.replace("[\n]", "[]")
}

/// The words of all comments and doc comments, sorted.
fn comments(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_once("//").map(|(_, comment)| comment.trim_start_matches('/').trim().to_string()))
        .collect();
    found.sort();
    found
}

fn round(text: &str) -> String {
    let file = read(text);
    let printed = print(&file);
    let again = read(&printed);
    assert_eq!(bare(&file), bare(&again), "{printed}");
    assert_eq!(print(&again), printed, "not settled");
    assert_eq!(comments(text), comments(&printed), "{printed}");
    printed
}

#[test]
fn the_zoo_is_formatted() {
    for (name, text) in ZOO {
        assert_eq!(round(text), *text, "{name}");
    }
}

#[test]
fn nasty_files_survive() {
    let printed = round(NASTY);
    assert!(printed.lines().all(|line| line.chars().count() <= WIDTH), "{printed}");
    round(&NASTY.replace('\n', "\r\n"));
    // With as few blanks as the language allows.
    round(&NASTY.replace("    ", " ").replace(", ", ","));
}

#[test]
fn the_canonical_style() {
    let text = "\
block b(n=1,m): (x,y) -> (a,c) {
  repeat n as r[i] { // rounds
    x[64,8,8] = x->conv(64,3x3,stride=2)
    // why
    longer = x
  }
  a = (x,y)
    -> concat  // join
    -> relu



  short = 1
  if n>1 { c = a } else { much_longer = a
c = much_longer }
  claim params=1234567
  claim macs~1.5G // paper
}
";
    insta::assert_snapshot!(round(text), @r#"
    block b(n = 1, m): (x, y) -> (a, c) {
        repeat n as r[i] {           // rounds
            x[64, 8, 8] = x -> conv(64, 3x3, stride=2)
            // why
            longer      = x
        }
        a               = (x, y)
                          -> concat  // join
                          -> relu

        short = 1
        if n > 1 {
            c = a
        } else {
            much_longer = a
            c           = much_longer
        }
        claim params = 1,234,567
        claim macs   ~ 1.5G          // paper
    }
    "#);
}

#[test]
fn wide_lines_are_broken() {
    let long = "a_rather_long_name_of_a_pattern(first_parameter=1000, second_parameter=2000)";
    let text = format!(
        "block b: x -> y {{\n    y = x -> {long} -> {long} -> {long}\n    z = x -> f({})\n}}\n",
        (0..12).map(|index| format!("parameter_number_{index}={index}")).collect::<Vec<_>>().join(",")
    );
    insta::assert_snapshot!(round(&text), @r#"
    block b: x -> y {
        y = x -> a_rather_long_name_of_a_pattern(first_parameter=1000, second_parameter=2000)
              -> a_rather_long_name_of_a_pattern(first_parameter=1000, second_parameter=2000)
              -> a_rather_long_name_of_a_pattern(first_parameter=1000, second_parameter=2000)
        z = x -> f(parameter_number_0=0, parameter_number_1=1, parameter_number_2=2, parameter_number_3=3,
                   parameter_number_4=4, parameter_number_5=5, parameter_number_6=6, parameter_number_7=7,
                   parameter_number_8=8, parameter_number_9=9, parameter_number_10=10, parameter_number_11=11)
    }
    "#);
}

/// Expressions as the parser makes them.
fn expressions() -> impl Strategy<Value = Expr> {
    let expr = |kind| Expr { kind, span: Span::default() };
    let name = |text: &str| Name { text: text.into(), span: Span::default() };
    let leaf = prop_oneof![
        (0..10_000i64).prop_map(ExprKind::Int),
        Just(ExprKind::Float { value: 0.001, text: "1e-3".into() }),
        any::<bool>().prop_map(ExprKind::Bool),
        Just(ExprKind::Size(vec![3, 3])),
        "[a-z]x[0-9]".prop_map(ExprKind::Name),
        Just(ExprKind::Attribute { tensor: name("x"), attribute: name("channels") }),
        "[ -~]{0,6}".prop_map(ExprKind::Str),
    ];
    leaf.prop_map(expr).prop_recursive(5, 40, 4, move |inner| {
        use BinaryOp::*;
        let ops = [Add, Subtract, Multiply, Divide, FloorDivide, Remainder, Power, Equal, NotEqual, Less, LessEqual];
        let more = [Greater, GreaterEqual, And, Or];
        let op = proptest::sample::select([&ops[..], &more[..]].concat());
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            4 => (op, boxed.clone(), boxed.clone()).prop_map(|(op, left, right)| ExprKind::Binary(op, left, right)),
            1 => (any::<bool>(), boxed.clone()).prop_map(|(not, inner)| {
                ExprKind::Unary(if not { UnaryOp::Not } else { UnaryOp::Negate }, inner)
            }),
            1 => (boxed.clone(), boxed.clone(), boxed.clone())
                .prop_map(|(condition, then, otherwise)| ExprKind::Choice { condition, then, otherwise }),
            1 => proptest::collection::vec(inner.clone(), 1..3)
                .prop_map(move |arguments| ExprKind::Call(name("max"), arguments)),
            1 => proptest::collection::vec(inner, 0..3).prop_map(ExprKind::List),
        ]
        .prop_map(expr)
    })
}

proptest! {
    #[test]
    fn expressions_survive(expr in expressions()) {
        let text = format!("block b: x -> y {{\n    y = {}\n}}\n", expression(&expr));
        let file = read(&text);
        let ItemKind::Definition(definition) = &file.items[0].kind else { panic!("{text}") };
        let StatementKind::Assign(assign) = &definition.body[0].kind else { panic!("{text}") };
        let Source::Expr(again) = &assign.value.source else { panic!("{text}") };
        let plain = |expr: &Expr| {
            let value = Pipeline { source: Source::Expr(expr.clone()), stages: Vec::new() };
            let kind = StatementKind::Assign(Assign { targets: Vec::new(), tuple: false, value });
            let statement = Statement { leading: Vec::new(), kind, trailing: None, span: Span::default() };
            let mut definition = definition.clone();
            definition.body = vec![statement];
            let item = Item { leading: Vec::new(), kind: ItemKind::Definition(definition), span: Span::default() };
            bare(&File { items: vec![item], end: Vec::new() })
        };
        prop_assert_eq!(plain(&expr), plain(again), "{}", text);
        round(&text);
    }

    #[test]
    fn cut_and_spliced_files_do_no_harm(
        which in 0..ZOO.len() + 1,
        cut in any::<prop::sample::Index>(),
        length in 0..80usize,
        insert in "[-(){}\\[\\]=>,:\"/a-z0-9 \n.é→#!&]{0,6}",
    ) {
        let text = ZOO.get(which).map_or(NASTY, |(_, text)| text);
        let mut letters: Vec<char> = text.chars().collect();
        let at = cut.index(letters.len());
        letters.splice(at..(at + length).min(letters.len()), insert.chars());
        let text: String = letters.into_iter().collect();
        let (file, findings) = parse(FileId(0), &text);
        for finding in &findings {
            let fixes = finding.fixes.iter().map(|fix| fix.span);
            for span in finding.labels.iter().map(|label| label.span).chain(fixes) {
                prop_assert!(text.get(span.range()).is_some(), "{:?} in\n{}", finding, text);
            }
        }
        let printed = print(&file);
        if findings.is_empty() {
            round(&text);
        } else {
            // What could be read can be read again; some findings leave their line in the tree.
            let (again, more) = parse(FileId(0), &printed);
            let known = |message: &str| findings.iter().any(|finding| finding.message == message);
            prop_assert!(more.iter().all(|finding| known(&finding.message)), "{:?}\n{}", more, printed);
            prop_assert_eq!(print(&again), printed);
        }
    }
}
