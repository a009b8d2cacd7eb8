//! What a text becomes, and what is said of a wrong one.

use super::*;
use crate::report::diagnostics::render;
use crate::span::Sources;
use crate::syntax::print::expression;

fn parsed(text: &str) -> (File, Vec<Diagnostic>) {
    parse(FileId(0), text)
}

/// The body of a block that holds these lines, which must be right.
fn body(lines: &str) -> Vec<Statement> {
    let (file, findings) = parsed(&format!("block b: x -> x {{\n{lines}\n}}\n"));
    assert_eq!(findings, [], "{lines}");
    match file.items.into_iter().next().map(|item| item.kind) {
        Some(ItemKind::Definition(definition)) => definition.body,
        other => panic!("{other:?}"),
    }
}

/// The first line of these, written as an expression tree in prefix form.
fn tree(line: &str) -> String {
    fn show(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Binary(op, left, right) => format!("({op:?} {} {})", show(left), show(right)),
            ExprKind::Unary(op, inner) => format!("({op:?} {})", show(inner)),
            ExprKind::Choice { condition, then, otherwise } => {
                format!("(Choice {} {} {})", show(condition), show(then), show(otherwise))
            }
            _ => expression(expr),
        }
    }
    match body(&format!("n = {line}")).remove(0).kind {
        StatementKind::Assign(Assign { value: Pipeline { source: Source::Expr(expr), .. }, .. }) => show(&expr),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_if_begins_with_its_first_arm() {
    let lines = "if a {\n    x = x -> relu\n} else if b {\n    x = x -> tanh\n} else {\n    x = x -> sigmoid\n}";
    let text = format!("block b: x -> x {{\n{lines}\n}}\n");
    let span = body(lines)[0].span;
    assert_eq!(&text[span.start as usize..span.end as usize], lines);
}

/// The messages for a text.
fn messages(text: &str) -> Vec<String> {
    parsed(text).1.into_iter().map(|finding| finding.message).collect()
}

/// The messages for lines of a block.
fn complaints(lines: &str) -> Vec<String> {
    messages(&format!("block b: x -> x {{\n{lines}\n}}\n"))
}

/// The findings for a text as the terminal shows them.
fn shown(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add("a.arch", text);
    render(&parse(id, text).1, &sources, false)
}

#[test]
fn operators_bind_as_documented() {
    let cases = [
        ("a + b * c", "(Add a (Multiply b c))"),
        ("a - b - c", "(Subtract (Subtract a b) c)"),
        ("(a + b) * c", "(Multiply (Add a b) c)"),
        ("-a ^ 2", "(Negate (Power a 2))"),
        ("a ^ b ^ c", "(Power a (Power b c))"),
        ("2 ^ -1", "(Power 2 (Negate 1))"),
        ("a--b", "(Subtract a (Negate b))"),
        ("not a == b and c", "(And (Not (Equal a b)) c)"),
        ("a or b and not c", "(Or a (And b (Not c)))"),
        ("a if b else c if d else e", "(Choice b a (Choice d c e))"),
        ("(a if b else c) if d else e", "(Choice d (Choice b a c) e)"),
        ("1e-3 - 1 + 2e3", "(Add (Subtract 1e-3 1) 2e3)"),
        ("floor(a / b)", "(FloorDivide a b)"),
        ("floor(a)", "floor(a)"),
        ("max(a, b,)", "max(a, b)"),
        ("x.channels / 4", "(Divide x.channels 4)"),
        ("[1, [n], 3x3]", "[1, [n], 3x3]"),
        ("true", "true"),
    ];
    for (line, expected) in cases {
        assert_eq!(tree(line), expected, "{line}");
    }
}

#[test]
fn figures_of_claims() {
    let figure = |text: &str| match body(&format!("claim params = {text}")).remove(0).kind {
        StatementKind::Claim(claim) => claim.value.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(figure("11,689,512"), ExprKind::Int(11_689_512));
    let text = "11.69M".to_string();
    assert_eq!(figure("11.69M"), ExprKind::Quantity { value: 11_690_000.0, unit: 10_000.0, text });
    let text = "1.8G".to_string();
    assert_eq!(figure("1.8G"), ExprKind::Quantity { value: 1.8e9, unit: 1e8, text });
    assert!(matches!(figure("layers * 3,152,384"), ExprKind::Binary(BinaryOp::Multiply, ..)));
    assert!(matches!(figure("max(1,200)"), ExprKind::Call(_, arguments) if arguments.len() == 2));
}

#[test]
fn spans_lead_back_to_the_text() {
    let text =
        "block b: x -> x {\n    y[ 64 , H/2 ] =  x\n  -> conv ( 64, // c\n   stride = (a+1) )  -> relu // d\n}\n";
    let (file, findings) = parsed(text);
    assert_eq!(findings, []);
    let ItemKind::Definition(definition) = &file.items[0].kind else { panic!() };
    let at = |span: Span| &text[span.range()];
    assert_eq!(at(definition.header), "block b: x -> x");
    assert_eq!(at(file.items[0].span), text.trim_end());
    let statement = &definition.body[0];
    assert!(at(statement.span).starts_with("y[") && at(statement.span).ends_with("-> relu"));
    let StatementKind::Assign(assign) = &statement.kind else { panic!() };
    assert_eq!(at(assign.targets[0].shape.as_ref().unwrap().span), "[ 64 , H/2 ]");
    let stage = &assign.value.stages[0];
    assert!(stage.new_line && !assign.value.stages[1].new_line);
    assert!(at(stage.span).starts_with("conv (") && at(stage.span).ends_with(" )"));
    let StageKind::Call(call) = &stage.kind else { panic!() };
    assert_eq!(at(call.arguments[1].value.span), "(a+1)");
    assert_eq!(statement.trailing.as_ref().unwrap().text, "d");
    assert_eq!(statement.leading.len(), 1, "the comment inside of the arguments stands above");
}

#[test]
fn comments_are_kept_where_they_stand() {
    let lines = "// above\n\nx = a // source\n -> b // stage\n // more\n -> c // end\nrepeat 2 as r { // open\n y = x\n // last\n} // close";
    let body = body(lines);
    let texts = |leading: &[Leading]| -> Vec<String> {
        leading
            .iter()
            .map(|lead| match lead {
                Leading::Comment(comment) => comment.text.clone(),
                Leading::Blank => String::new(),
            })
            .collect()
    };
    assert_eq!(texts(&body[0].leading), ["above", "", "source", "more"]);
    let StatementKind::Assign(assign) = &body[0].kind else { panic!() };
    assert_eq!(assign.value.stages[0].trailing.as_ref().unwrap().text, "stage");
    assert_eq!(body[0].trailing.as_ref().unwrap().text, "end");
    assert_eq!(body[1].trailing.as_ref().unwrap().text, "open");
    let StatementKind::Repeat(repeat) = &body[1].kind else { panic!() };
    assert_eq!(texts(&repeat.end), ["last", "close"]);
}

#[test]
fn one_run_reports_every_error_and_keeps_the_rest() {
    let text = "\
model A(classes = 19): image[3, H = 512, W] -> y {
    x = image -> conv(64, 3x3 -> relu
    ok1 = image -> relu
    y = x conv(64)
    if x = 3 {
        ok2 = x
    }
    repaet 2 as r {
        ok3 = x
    }
    ok4 = x -> conv(64, bias=True)
}
modle B: x -> y {
    ok5 = x
}
block C: x -> y {
    y = café
    ok6 = x
}
";
    let (file, findings) = parsed(text);
    let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "this `(` is never closed",
            "an arrow is missing before `conv`",
            "`=` stands in a condition",
            "`repaet` begins no line",
            "`True` is Python; here it is `true`",
            "`modle` begins no item",
            "`café` holds a letter that names cannot have",
        ]
    );
    let written = crate::syntax::print::print(&file);
    for name in ["ok1", "ok2", "ok3", "ok4", "ok5", "ok6", "model A", "model B", "block C"] {
        assert!(written.contains(name), "{name} is missing in\n{written}");
    }
}

#[test]
fn braces_that_do_not_match() {
    assert_eq!(
        messages("block a: x -> y {\n    y = x\n\nblock b: x -> y {\n    y = x\n}\n"),
        ["this `{` is never closed"]
    );
    let inner = "block a: x -> y {\n    repeat 2 as r {\n        y = x\n    y = x\n}\n";
    let findings = parsed(inner).1;
    assert_eq!(findings.len(), 1);
    let before = &inner[..findings[0].labels[0].span.end as usize];
    assert!(before.ends_with("as r {"), "the indentation shows which one: {before}");
    assert_eq!(messages("block a: x -> y {\n    y = x\n    }\n}\n"), ["this `}` closes nothing"]);
    // The lines behind a brace too many are one error, not many.
    let text = "block a: x -> y {\n    a = x\n}\n    b = x\n    c = x\n}\n";
    assert_eq!(messages(text), ["this line stands outside of any `model` or `block`"]);
    assert_eq!(messages("block a: x -> y\n    y = x\n}\n"), ["the body of this `block` is missing"]);
    assert_eq!(messages("block a: x -> y {\n"), ["this `{` is never closed"]);
    assert_eq!(messages("}\n}\n"), ["this `}` closes nothing"]);
}

#[test]
fn mistakes_of_strangers() {
    let cases = [
        ("y = x ->", "this line ends with `->`"),
        ("y = x ->\n  relu", "this line ends with `->`"),
        ("y = a +\n  b", "this line ends with `+`"),
        ("y = x)", "this `)` closes nothing"),
        ("y = [1, 2)", "`[` is closed by `)`"),
        ("y = x relu", "an arrow is missing before `relu`"),
        ("relu", "`relu` alone is not a line"),
        ("x -> relu", "the result of this pipeline has no name"),
        ("y = x → relu", "`→` is written `->`"),
        ("y = x - > relu", "an arrow is written without a blank"),
        ("y = x => relu", "`=>` is written `->`"),
        ("if a && b {\n}", "`&&` is written `and`"),
        ("if a || b {\n}", "`||` is written `or`"),
        ("if !a {\n}", "`!` is written `not`"),
        ("if a == 1:\n    y = x", "the body of `if` stands in braces"),
        ("repeat 4:\n    y = x", "the body of `repeat` stands in braces"),
        ("repeat 4 {\n}", "this `repeat` has no name"),
        ("repeat i in layers as l {\n}", "`repeat` counts, and has no `in`"),
        ("if a > 1\n    y = x", "the body of this `if` is missing"),
        ("} else {", "this line stands outside of any `model` or `block`"),
        ("else {\n}", "this `else` belongs to no `if`"),
        ("elif a {\n}", "a second condition is written `else if`"),
        ("for i in range(3):", "a loop is written `repeat`"),
        ("def f(x):", "a part of a network is written `block`, the whole `model`"),
        ("return y", "there is no `return`: what a block gives is named in its header"),
        ("let y = x", "a name needs no declaration"),
        ("y = x -> conv(bias=true, 3)", "a value without a name stands behind one with a name"),
        ("y = x -> conv(1,, 2)", "nothing stands before this comma"),
        ("y = x -> conv(, 2)", "nothing stands before this comma"),
        ("y = x -> conv(64 3x3)", "a comma is missing before `3x3`"),
        ("y = x -> conv(stride: 2)", "`:` stands between a name and its value"),
        ("y = x -> conv(x.y=2)", "only the name of a parameter stands before `=`"),
        ("y = x -> conv(stride=)", "a value is missing behind `=`"),
        ("y = (x -> relu) + z", "a pipeline cannot stand inside of brackets"),
        ("y = x -> (relu if a)", "this choice has an `if` but no `else`"),
        ("y = x -> conv(16, (3, n))", "several values stand in brackets, not in parentheses"),
        ("y = x -> nn.Conv2d(16)", "the name of a pattern has no points"),
        ("y = Conv2D(16)(x)", "a tensor goes through a pattern by an arrow, not by a call"),
        ("y = x.relu()", "a tensor goes through a pattern by an arrow, not by a call"),
        ("y = max()", "these parentheses are empty"),
        ("y = x -> -> relu", "a pattern is missing between `->` and `->`"),
        ("y = -> relu", "this pipeline has no source"),
        ("y = a, b -> concat", "several tensors stand in parentheses"),
        ("a, b = x -> lstm(3)", "several targets stand in parentheses"),
        ("x.channels = 3", "only a name can stand before `=`"),
        ("y = x = 3", "a line gives one value"),
        ("y == x", "`==` compares, and does not give a name"),
        ("y: int = 3", "a name has no type here"),
        ("y += 1", "there is no `+=`"),
        ("y = x;", "`;` does not separate anything here"),
        ("y = x \\\n -> relu", "`\\` does not continue a line"),
        ("y = x[3]", "a tensor cannot be indexed or sliced"),
        ("y = 'same'", "`'` does not begin a text"),
        ("y = \"same", "this text is not closed by `\"` on its line"),
        ("y = 1,000", "a comma does not group the digits of a number here"),
        ("y = f(1,000)", "the number 000 begins with a zero"),
        ("y = 1_000", "the number 1_000 has an underline"),
        ("y = .5", "the number .5 begins with a point"),
        ("y = 5.", "the number 5. ends with a point"),
        ("y = 5M", "the unit `M` stands in a number outside of a claim"),
        ("y = 3 x 3", "a size is written without blanks"),
        ("y = 3X3", "the size 3X3 has a capital X"),
        ("y = 1e3x3", "`1e3x3` is not a number"),
        ("y = 99999999999999999999", "99999999999999999999 is too large for an integer"),
        ("y = 1e999", "1e999 is too large for a number"),
        ("y = a < b < c", "comparisons cannot be chained"),
        ("y = a + not b", "`not` binds less tightly than the operator before it"),
        ("y = a ** 2", "`**` is written `^`"),
        ("y = (a, )", "a value is missing between `,` and `)`"),
        ("y = ()", "these parentheses are empty"),
        ("café = x", "`café` holds a letter that names cannot have"),
        ("_y = x", "the name `_y` begins with `_`"),
        ("if = 3", "`if` is a word of the language and cannot be a name"),
        ("y = model", "`model` is a word of the language and cannot be a name"),
        ("y = x -> block", "`block` is a word of the language and cannot be a name"),
        ("y = and", "`and` stands in the place of a value"),
        ("mid = x.channels // 4", "is this a comment, or a division?"),
        ("y = x -> conv(c // 4)", "this `(` is never closed"),
        ("# comment", "a comment begins with `//`, not with `#`"),
        ("require H % 8 = 0", "`=` stands in a condition"),
        ("require H % 8 == 0, \"even\"", "the message of a requirement stands behind a `:`"),
        ("require H % 8 == 0 \"even\"", "the message stands behind a `:`"),
        ("require", "`require` lacks its condition"),
        ("claim params == 5", "a claim has `=` or `~`, not `==`"),
        ("claim params = 5 M", "a blank stands before the unit `M`"),
        ("claim params = 5B", "the unit `B` is not known"),
        ("claim params = 11,68,9", "these commas do not group thousands"),
        ("claim params", "this claim has no figure"),
        ("shared conv(64)", "this shared instance does not say what it is made of"),
        ("model B: x -> y {\n}", "a `model` cannot stand inside of a body"),
        ("y = x -> conv(64,\n  3x3", "this `(` is never closed"),
    ];
    let mut wrong = Vec::new();
    for (lines, expected) in cases {
        let found = complaints(&format!("    {}", lines.replace('\n', "\n    ")));
        if found.first().map(String::as_str) != Some(expected) {
            wrong.push((lines, expected, found));
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn mistakes_in_headers_and_items() {
    let cases = [
        ("block b {\n}", "this `block` does not say what flows in and out"),
        ("block {\n}", "this `block` has no name"),
        ("block b x -> y {\n}", "a `:` is missing in the header of this `block`"),
        ("block b(n) x -> y {\n}", "a `:` is missing in the header of this `block`"),
        ("block b: -> y {\n}", "this `block` has no input"),
        ("block b: x {\n}", "this `block` does not say what flows out"),
        ("block b: x -> {\n}", "this `block` has no output"),
        ("block b: a, b -> y {\n}", "several inputs stand in parentheses"),
        ("block b: a -> y, z {\n}", "several outputs stand in parentheses"),
        ("block b: a -> y[3] {\n}", "the outputs of a header have no shape"),
        ("block b(n: a -> y {\n}", "this `(` is never closed"),
        ("block b: a[3, H = 5 -> y {\n}", "this `[` is never closed"),
        ("block b: a[H + 1 = 5] -> y {\n}", "only a name can be given a size in a shape"),
        ("block b(n,, m): a -> y {\n}", "nothing stands before this comma"),
        ("block if: a -> y {\n}", "`if` is a word of the language and cannot be a name"),
        ("block train: a -> y {\n}", "`train` is kept for a coming version of the language"),
        ("train {\n    loss = mse\n}", "`train` is kept for a coming version of the language"),
        ("import a", "this import does not say from which file"),
        ("import a \"b\"", "`from` is missing in this import"),
        ("import a from \"b\\c\"", "`\\c` means nothing in a text"),
        ("from a import b", "an import begins with `import`"),
        ("defaults x {\n}", "`defaults` has neither a name nor parameters"),
        ("defaults {\n    batch_norm\n}", "an entry of `defaults` names a pattern and its parameters"),
        ("defaults {\n    batch_norm(1e-3)\n}", "a default is given by name"),
        ("class A(nn.Module):", "a part of a network is written `block`, the whole `model`"),
        ("x = 3", "this line stands outside of any `model` or `block`"),
        ("pattern p: x -> y {\n    weight w\n}", "the declaration of a weight ends too early"),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = messages(text);
        if found != [expected] {
            wrong.push((text, expected, found));
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn words_that_are_kept_for_later() {
    let (_, findings) =
        parsed("block b: x -> y {\n    train x {\n        y = = x\n    }\n    train = 3\n    y = train\n}\n");
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [codes::RESERVED; 3]);
}

#[test]
fn lenient_where_nothing_is_unclear() {
    let text =
        "\u{feff}block b(n,): (x,) -> (y,)\r\n{\r\n\ty = x\r\n\r\n\t-> relu\r\n\tif n { z = x } else { z = y }\r\n}";
    let (file, findings) = parsed(text);
    assert_eq!(findings, []);
    assert_eq!(file.items.len(), 1);
    assert_eq!(parsed(""), (File::default(), Vec::new()));
    // What is a comment, and what only looks like a division.
    assert_eq!(complaints("y = x  // 4"), [""; 0]);
    assert_eq!(complaints("y = x // Table 1, row 4"), [""; 0]);
    assert_eq!(complaints("y = x -> relu // 4"), [""; 0]);
}

#[test]
fn limits_are_errors() {
    let block = |line: &str| format!("block b: x -> x {{\n    y = {line}\n}}\n");
    let nested = |depth: usize| block(&format!("{}1{}", "(".repeat(depth), ")".repeat(depth)));
    assert_eq!(messages(&nested(limits::NESTING)), [""; 0]);
    assert_eq!(messages(&nested(limits::NESTING + 1)), ["brackets are nested more than 64 deep"]);
    assert_eq!(messages(&block(&format!("a{}", " + a".repeat(200)))), [""; 0]);
    let high = ["this expression is more than 256 operators high"];
    for part in [" + a", "^a", "^-a", " if a else b"] {
        assert_eq!(messages(&block(&format!("a{}", part.repeat(400)))), high, "{part}");
    }
    for part in ["-", "not "] {
        assert_eq!(messages(&block(&format!("{}a", part.repeat(400)))), high, "{part}");
    }
    let bodies =
        |depth: usize| format!("block b: x -> x {{\n{}{}}}\n", "repeat 2 as r {\n".repeat(depth), "}\n".repeat(depth));
    assert_eq!(messages(&bodies(limits::NESTING - 1)), [""; 0]);
    assert_eq!(messages(&bodies(limits::NESTING)), ["bodies are nested more than 64 deep"]);
    assert_eq!(messages(&bodies(20_000)), ["bodies are nested more than 64 deep"]);
    let many = messages(&format!("block b: x -> x {{\n{}}}\n", "y = = x\n".repeat(limits::ERRORS + 10)));
    assert_eq!(many.len(), limits::ERRORS + 1);
    assert_eq!(many[limits::ERRORS], "there are more than 1000 errors; the others are not shown");
    let large = parsed(&" ".repeat(limits::SOURCE_BYTES + 1)).1;
    assert_eq!(large[0].code, codes::TOO_LARGE);
    assert_eq!(messages(&"\n".repeat(limits::SOURCE_LINES)), [""; 0]);
    assert_eq!(messages(&"\n".repeat(limits::SOURCE_LINES + 1)), ["the file has more than 50,000 lines"]);
    let long = |length: usize| format!("// a\n//{}\n", "é".repeat((length - 2) / 2));
    assert_eq!(messages(&long(limits::LINE_BYTES)), [""; 0]);
    assert_eq!(messages(&long(limits::LINE_BYTES + 2)), ["a line has more than 10,000 bytes"]);
}

/// Each of these would take minutes if anything were looked at again and again.
#[test]
fn hostile_texts_take_linear_time() {
    let n = 20_000;
    // On one line.
    let long = limits::LINE_BYTES - 20;
    let body = |lines: String| format!("block b: x -> x {{\n{lines}\n}}\n");
    let texts = [
        body("x = conv(64\n".repeat(n)),
        body(format!("x = conv({}", "64,\n".repeat(n))),
        body(")\n".repeat(n)),
        "{".repeat(long),
        "}".repeat(long),
        body(format!("x = a{} -> b", "\n".repeat(n))),
        body(format!("x = a{}\n -> b", "\n// c".repeat(n))),
        body(format!("x = (\n{}", "-> a ".repeat(long / 5))),
        body("x = a ->\n".repeat(n)),
        body(format!("x = a +\n{}", "b +\n".repeat(n))),
        body(format!("x = a{}", " -> b // c\n// d\n".repeat(n / 4))),
        body("if a:\n".repeat(n)),
        body("\"".repeat(long)),
        body(format!("x = f({})", ",".repeat(long))),
        "model A: x -> y {\n".repeat(n / 4),
    ];
    for text in texts {
        let (file, _) = parsed(&text);
        assert!(crate::syntax::print::print(&file).len() < 100 + 12 * text.len());
    }
}

#[test]
fn a_finding_as_it_is_shown() {
    let text = "model A: image[3, 8, 8] -> y {\n    y = image -> conv(8, 3x3 -> relu\n}\nblock b: x -> y {\n    if x == 3:\n        y = x\n}\n";
    insta::assert_snapshot!(shown(text), @r#"
    error[E0101]: this `(` is never closed
     --> a.arch:2:22
      |
    2 |     y = image -> conv(8, 3x3 -> relu
      |                      ^ `)` is missing
      |
    help: close it with `)`
      |
    2 |     y = image -> conv(8, 3x3 -> relu)
      |                                     +

    error[E0101]: the body of `if` stands in braces
     --> a.arch:5:14
      |
    5 |     if x == 3:
      |              ^ expected `{`
      |
      = help: there is no `:` here; the body ends with a `}` on a line of its own
    help: write `{`
      |
    5 -     if x == 3:
    5 +     if x == 3 {
      |
    "#);
}

#[test]
fn patterns_are_read() {
    let text = "\
/// Convolution.
pattern conv(
    /// how many
    /// channels
    filters: int,
    kernel: window, approximate: choice(none, tanh) = none,
):
        (x[C, S...] map, key[T2, D] = x, ...xs) -> (y[filters, convolved(S, kernel)...] map, indices?[C] indices) {
    // local
    half = C / 2
    require C % 2 == 0: \"the {C} channels\"
    ask any(kernel > 1) and not given(padding): \"how?\" {
        \"padding=1\" = \"so\"
        \"padding=same\" = \"or so\"
    }
    weight kernel[kernel..., C / 2] // trailing
    weight bias[filters] = 0 if bias
    state mean[C] = 0
    macs = product(S) * C
    random rate
    training
}
";
    let (file, findings) = parsed(text);
    assert_eq!(findings, []);
    let ItemKind::Pattern(pattern) = &file.items[0].kind else { panic!() };
    assert_eq!(pattern.doc, ["Convolution."]);
    assert_eq!(pattern.parameters[0].doc.as_deref(), Some("how many\nchannels"));
    assert_eq!(pattern.parameters[2].ty.as_ref().unwrap().alternatives.len(), 2);
    assert!(pattern.inputs[0].shape.as_ref().unwrap().dims[1].splat && pattern.inputs[2].variadic);
    assert_eq!(pattern.inputs[1].default.as_ref().unwrap().text, "x");
    assert!(pattern.outputs[1].optional && !pattern.outputs[0].optional);
    let kinds: Vec<bool> = pattern.facts.iter().map(|fact| matches!(fact.kind, FactKind::Weight { .. })).collect();
    assert_eq!(kinds, [false, false, false, true, true, true, false, false, false]);
    assert!(matches!(&pattern.facts[2].kind, FactKind::Ask { choices, .. } if choices.len() == 2));
    assert!(matches!(&pattern.facts[5].kind, FactKind::Weight { trainable: false, .. }));
}

/// Every rule of the grammar has examples, and matches them.
#[test]
fn the_grammar_shows_examples() {
    let mut examples: Vec<&str> = Vec::new();
    let mut rules = 0;
    for line in include_str!("../../../grammar/arch.pest").lines() {
        if let Some(comment) = line.strip_prefix("// ") {
            examples.push(comment.split("     ").next().unwrap_or(comment));
        } else if let Some((name, _)) = line.split_once('=').filter(|_| line.starts_with(char::is_alphabetic)) {
            let name = name.trim();
            assert!(!examples.is_empty(), "{name} has no example");
            let rule = Rule::all_rules().iter().find(|rule| format!("{rule:?}") == name).expect("all rules are listed");
            for example in examples.drain(..) {
                let mut scanner = Scanner::new(FileId(0), example);
                let normal = match name {
                    "doc" => format!("{example}\n"),
                    _ => {
                        let line = scanner.line();
                        assert!(!line.broken && line.end == example.len(), "{name}: {example}");
                        scanner.normal(line.range).to_string()
                    }
                };
                // Operators have their blanks.
                let forms = [normal.clone(), format!(" {normal} "), format!("{normal} ")];
                let whole = forms.iter().any(|form| {
                    Grammar::parse(*rule, form).is_ok_and(|mut pairs| {
                        // Silent rules leave no pair of their own.
                        let pair = pairs.next().filter(|pair| pair.as_rule() == *rule);
                        pair.is_none_or(|pair| pair.as_str() == form)
                    })
                });
                assert!(whole, "{name} does not match {example}");
            }
            rules += 1;
        } else if line.is_empty() {
            examples.clear();
        }
    }
    assert_eq!(rules, Rule::all_rules().len());
}
