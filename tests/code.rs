//! Generated code as a tree: what the printer writes, the parser reads, and the other way round.
//!
//! The code of every spec in every column is read and printed to the same text, and somebody else's parser reads it as well.

mod support;

use hexapla::code::{
    self, BinaryOperator, BooleanOperator, Clause, Comments, Comparison, Constant, Expr, ExprKind, Item, Key, Layout,
    Origins, Parameter, Part, UnaryOperator, parse,
};
use hexapla::emit::framework::Framework;
use hexapla::emit::{Emitted, Options, emit, prepare};
use hexapla::ir::infer::Configuration;
use hexapla::ir::{Program, transform};
use hexapla::project::Spec;
use proptest::prelude::*;
use std::rc::Rc;

/// A file without its helpers, which are printed as they are written.
fn without_helpers(code: &Emitted) -> String {
    let own = |at: &usize| !code.helpers.iter().any(|helper| helper.lines.contains(at));
    (0..code.lines.len()).filter(own).map(|at| format!("{}\n", code.lines[at].text)).collect()
}

/// What is printed differs from what was read.
fn differences(name: &str, text: &str) -> Option<String> {
    let tree = match parse::statements(text) {
        Ok(tree) => tree,
        Err(error) => {
            let line = text[..error.at].lines().count();
            let shown = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            return Some(format!("{name}: {error}: `{shown}`"));
        }
    };
    let lines: Vec<String> = code::print::statements(&tree, 0).into_iter().map(|line| line.text).collect();
    let printed = lines.join("\n") + "\n";
    // The blank lines around what was taken out are not the printer's.
    let wanted = text.trim_end().to_owned() + "\n";
    (printed != wanted).then(|| {
        let difference = similar::TextDiff::from_lines(&wanted, &printed);
        format!("{name}:\n{}", difference.unified_diff().context_radius(1))
    })
}

fn each_file(spec: &Spec, program: &Program, line_refs: bool, visit: &mut dyn FnMut(&Framework, &Emitted)) {
    let configuration = Configuration::default();
    let prepared = prepare(program, &configuration).expect("the spec is right");
    let options = Options { spec: spec.file_name(), line_refs };
    for column in &support::columns().frameworks {
        if let Ok(code) = emit(&prepared, column, &spec.sources, &options) {
            visit(column, &code);
        }
    }
}

#[test]
fn every_generated_file_is_read_and_printed_to_the_same_text() {
    let (mut wrong, mut files, mut lines) = (Vec::new(), 0, 0);
    for path in support::specs() {
        let spec = support::open(&path);
        let program = support::program(&spec);
        let tapped = transform::with_taps(program, &spec.sources);
        for (program, line_refs, what) in
            [(program, false, ""), (program, true, " with places"), (&tapped, false, " tapped")]
        {
            each_file(&spec, program, line_refs, &mut |column, code| {
                let place = format!("{} in {}{what}", path.display(), column.settings.name);
                if let Err(error) = ruff_python_parser::parse_module(&code.text()) {
                    wrong.push(format!("{place}: {error}"));
                }
                let text = without_helpers(code);
                files += 1;
                lines += text.lines().count();
                wrong.extend(differences(&place, &text));
            });
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {files} files, {lines} lines:\n{}",
        wrong.len(),
        wrong.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n")
    );
}

// ------------------------------------------------------------------------------------------------------- random trees

fn boxed(expr: Expr) -> Rc<Expr> {
    Rc::new(expr)
}

fn name() -> impl Strategy<Value = Rc<str>> {
    "[a-z_][a-z0-9_]{0,5}".prop_filter("a keyword", |name| parse::expression(name).is_ok()).prop_map(Rc::from)
}

fn atom() -> impl Strategy<Value = Expr> {
    let constants = [Constant::True, Constant::False, Constant::None, Constant::Ellipsis];
    let text = "[a-z \\\\\"'{}\n\t\u{1}é]{0,6}";
    prop_oneof![
        4 => name().prop_map(Expr::name),
        2 => "0|[1-9][0-9]{0,2}|[0-9]\\.[0-9]{1,2}|[1-9]e-[0-9]|0x[0-9a-f]{2}"
            .prop_map(|text| ExprKind::Number(text.into()).into()),
        1 => text.prop_map(|text| ExprKind::Str(text.into()).into()),
        1 => proptest::sample::select(constants.to_vec()).prop_map(|constant| ExprKind::Constant(constant).into()),
        1 => (text, name(), text).prop_map(|(before, name, behind)| {
            let parts = [Part::Text(before.into()), Part::Value(Expr::name(name), "".into()), Part::Text(behind.into())];
            let said = parts.into_iter().filter(|part| !matches!(part, Part::Text(text) if text.is_empty()));
            ExprKind::Formatted(said.collect()).into()
        }),
    ]
}

/// A slice, or a value, for an index.
fn index(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Expr> {
    let part = || proptest::option::of(inner.clone().prop_map(boxed));
    let slice = (part(), part(), part()).prop_map(|(start, stop, step)| ExprKind::Slice { start, stop, step }.into());
    prop_oneof![slice, inner.clone()]
}

fn comprehension(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Expr> {
    let clause = (name(), inner.clone(), proptest::collection::vec(inner.clone(), 0..2)).prop_map(
        |(target, iterable, conditions)| Clause {
            target: Expr::name(target),
            iterable,
            conditions,
            comments: Comments::default(),
            origins: Origins::None,
        },
    );
    (proptest::sample::select(vec!['(', '[', '{']), inner, proptest::collection::vec(clause, 1..3)).prop_map(
        |(bracket, element, clauses)| {
            let element = Rc::new(Item::from(element));
            ExprKind::Comprehension { bracket, element, clauses: clauses.into() }.into()
        },
    )
}

fn call(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Expr> {
    let keywords = proptest::collection::btree_map("[a-z]{1,3}_", inner.clone(), 0..3);
    (inner.clone(), proptest::collection::vec((any::<bool>(), inner), 0..3), keywords).prop_map(
        |(function, items, keywords)| {
            let mut arguments: Vec<Item> = items.into_iter().map(|(star, value)| starred(star, value)).collect();
            arguments.extend(
                keywords.into_iter().map(|(name, value)| Item { key: Key::Keyword(name.into()), ..value.into() }),
            );
            ExprKind::Call { function: boxed(function), arguments: arguments.into(), layout: Layout::Fit }.into()
        },
    )
}

fn starred(star: bool, value: Expr) -> Item {
    Item { key: if star { Key::Star } else { Key::None }, ..value.into() }
}

fn composed(inner: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    use BinaryOperator as B;
    use Comparison as C;
    let binary = proptest::sample::select(vec![
        B::Add,
        B::Subtract,
        B::Multiply,
        B::Divide,
        B::FloorDivide,
        B::Remainder,
        B::MatrixMultiply,
        B::Power,
        B::BitAnd,
        B::BitOr,
        B::BitXor,
        B::ShiftLeft,
        B::ShiftRight,
    ]);
    let comparison = proptest::sample::select(vec![
        C::Equal,
        C::NotEqual,
        C::Less,
        C::LessEqual,
        C::Greater,
        C::GreaterEqual,
        C::Is,
        C::IsNot,
        C::In,
        C::NotIn,
    ]);
    let unary = proptest::sample::select(vec![
        UnaryOperator::Negate,
        UnaryOperator::Plus,
        UnaryOperator::Invert,
        UnaryOperator::Not,
    ]);
    let boolean = proptest::sample::select(vec![BooleanOperator::And, BooleanOperator::Or]);
    let list = |least| proptest::collection::vec((any::<bool>(), inner.clone()), least..4);
    let items = |items: Vec<(bool, Expr)>| items.into_iter().map(|(star, value)| starred(star, value)).collect();
    let entries = proptest::collection::vec((proptest::option::of(inner.clone()), inner.clone()), 0..3);
    let parameters = proptest::collection::btree_map("[a-z]{1,3}_", inner.clone(), 0..3);
    let indices = proptest::collection::vec(index(inner.clone()), 1..4);
    prop_oneof![
        (inner.clone(), name()).prop_map(|(value, name)| ExprKind::Attribute(boxed(value), name).into()),
        (inner.clone(), index(inner.clone())).prop_map(|(value, index)| ExprKind::Subscript(
            boxed(value),
            boxed(index)
        )
        .into()),
        (inner.clone(), indices).prop_map(|(value, indices)| {
            let items = indices.into_iter().map(Item::from).collect();
            let index = ExprKind::Tuple { items, layout: Layout::Fit, bare: true }.into();
            ExprKind::Subscript(boxed(value), boxed(index)).into()
        }),
        call(inner.clone()),
        comprehension(inner.clone()),
        (unary, inner.clone()).prop_map(|(operator, value)| ExprKind::Unary(operator, boxed(value)).into()),
        (inner.clone(), binary, inner.clone()).prop_map(|(left, operator, right)| ExprKind::Binary(
            boxed(left),
            operator,
            boxed(right)
        )
        .into()),
        (inner.clone(), proptest::collection::vec((comparison, inner.clone()), 1..3))
            .prop_map(|(first, rest)| ExprKind::Compare(boxed(first), rest.into()).into()),
        (boolean, proptest::collection::vec(inner.clone(), 2..4)).prop_map(|(operator, operands)| ExprKind::Boolean(
            operator,
            operands.into()
        )
        .into()),
        (inner.clone(), inner.clone(), inner.clone()).prop_map(|(value, condition, otherwise)| {
            ExprKind::Conditional { value: boxed(value), condition: boxed(condition), otherwise: boxed(otherwise) }
                .into()
        }),
        (parameters, inner.clone()).prop_map(|(parameters, body)| {
            let parameter = |(name, default): (String, Expr)| Parameter { name: name.into(), default: Some(default) };
            ExprKind::Lambda(parameters.into_iter().map(parameter).collect(), boxed(body)).into()
        }),
        list(0).prop_map(move |list| ExprKind::Tuple { items: items(list), layout: Layout::Fit, bare: false }.into()),
        list(0).prop_map(move |list| ExprKind::List(items(list), Layout::Fit).into()),
        list(1).prop_map(move |list| ExprKind::Set(items(list), Layout::Fit).into()),
        entries.prop_map(|entries| {
            let entry = |(key, value): (Option<Expr>, Expr)| Item {
                key: key.map_or(Key::DoubleStar, |key| Key::Entry(boxed(key))),
                ..value.into()
            };
            ExprKind::Dict(entries.into_iter().map(entry).collect(), Layout::Fit).into()
        }),
    ]
    .boxed()
}

fn expression() -> impl Strategy<Value = Expr> {
    atom().prop_recursive(5, 40, 4, |inner| composed(inner.boxed()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_as_the_same_tree(expr in expression()) {
        let text = code::print::flat(&expr);
        let read = parse::expression(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(&read, &expr, "{}", text);
        if let Err(error) = ruff_python_parser::parse_expression(&text) {
            return Err(TestCaseError::fail(format!("{text}: {error}")));
        }
        // Broken over lines, it says the same.
        let statement = code::Statement::from(code::StatementKind::Expression(expr));
        let lines = code::print::statements(std::slice::from_ref(&statement), 20);
        let broken: Vec<&str> = lines.iter().map(|line| line.text.get(80..).unwrap_or("")).collect();
        let broken = broken.join("\n");
        let read = parse::statements(&broken).map_err(|error| TestCaseError::fail(format!("{broken}: {error}")))?;
        let printed = code::print::statements(&read, 20);
        prop_assert_eq!(printed, lines, "{}", broken);
        if let Err(error) = ruff_python_parser::parse_module(&broken) {
            return Err(TestCaseError::fail(format!("{broken}: {error}")));
        }
    }

    #[test]
    fn the_parser_never_panics(text in "([a-z(){}\\[\\],:.=*+\"' \n#@\\\\0-9-]|for|in|if|else|lambda|not|def|class|f\"|é){0,40}") {
        let _ = parse::expression(&text);
        let _ = parse::statements(&text);
    }
}

#[test]
fn a_comment_is_read_once() {
    for text in [
        "f(a  # one\n)",
        "f(\"a\"  # one\n)",
        "f(\n    # one\n    a,\n)",
        "[\n    a  # one\n    for a in b\n]",
        "f(  # one\n    a\n)",
    ] {
        let read = parse::statements(text).expect("it is in the subset");
        let printed: String = code::print::statements(&read, 0).iter().map(|line| format!("{}\n", line.text)).collect();
        assert_eq!(printed.matches("one").count(), 1, "{printed}");
    }
}

#[test]
fn every_statement_with_an_operator_is_read() {
    for operator in ["+", "-", "*", "/", "//", "%", "@", "**", "&", "|", "^", "<<", ">>"] {
        let text = format!("a {operator}= b");
        let read = parse::statements(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(code::print::statements(&read, 0)[0].text, text);
    }
}

#[test]
fn what_stands_too_deep_is_an_error() {
    for text in ["(", "[", "{", "-", "not ", "f(", "a[", "lambda: ", "a**", "a + (", "{1: "] {
        assert!(parse::expression(&text.repeat(100_000)).is_err(), "{text}");
    }
    let nested: String = (0..1000).map(|level| format!("{}if a:\n", " ".repeat(level))).collect();
    assert!(parse::statements(&nested).is_err());
}

#[test]
fn what_is_outside_of_the_subset_is_an_error() {
    for text in [
        "await a",
        "a := 1",
        "yield",
        "f(a=1, b)",
        "f(*a for a in b)",
        "{1: 2, 3}",
        "b'a'",
        "r'a'",
        "'a' 'b'",
        "1a",
        "a b",
        "*a",
        "a = 1",
        "f'{a'",
        "f'}'",
        "'\\q'",
        "0x",
        "1e",
        "a.1",
        "(*a)",
        "x[*a]",
        "a if b",
        "[a for a]",
        "a is is b",
    ] {
        assert!(parse::expression(text).is_err(), "{text}");
    }
    for text in [
        "try:\n    a\n",
        "a; b",
        "f(a) = 1",
        "1 += 1",
        "a: int = 1",
        "assert a",
        "del a",
        "if a: b",
        "if a:\nb",
        "  a",
        "async def f():\n    a",
        "for f() in a:\n    b",
        "else:\n    a",
        "\\\n",
        "class A(b for b in c):\n    a",
        "def f(a, a b):\n    c",
        "match a:\n    b",
        "a = yield b",
    ] {
        assert!(parse::statements(text).is_err(), "{text}");
    }
}
