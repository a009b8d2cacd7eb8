use super::*;
use std::fmt::Write;

fn lowered(text: &str) -> (Option<Program>, Vec<String>) {
    let mut sources = Sources::default();
    let main = sources.add("m.arch", text);
    let (program, findings) = lower(main, &mut sources, &mut |_, _| Err("there is no such file".into()));
    (program, findings.into_iter().map(|finding| finding.message).collect())
}

fn messages(text: &str) -> Vec<String> {
    lowered(text).1
}

fn model(body: &str) -> String {
    format!("model M(d = true): (x[8], z[8]) -> y {{\n{body}}}\n")
}

/// The tensors that the first `if` or `repeat` of a body hands on.
fn handed_on(body: &str) -> Vec<String> {
    let (program, findings) = lowered(&model(body));
    let program = program.unwrap_or_else(|| panic!("{findings:?}"));
    let found = program.model().body.iter().find_map(|node| match &node.kind {
        NodeKind::If { joined, .. } => Some(joined.clone()),
        NodeKind::Repeat { carried, .. } => Some(carried.clone()),
        _ => None,
    });
    found.expect("there is one")
}

#[test]
fn an_if_hands_on_what_is_used_behind_it() {
    let both = "if d {\n a = x -> relu\n b = z -> relu\n} else {\n b = z -> tanh\n a = x -> tanh\n}\n";
    assert_eq!(handed_on(&format!("{both}y = a + b\n")), ["a", "b"]);
    // One that is reassigned in an arm alone is handed on as well, through any number of `if`s.
    let again = "if d {\n x = x -> relu\n}\nif d {\n x = z -> relu\n}\n";
    assert_eq!(handed_on(&format!("{again}y = x + z\n")), ["x"]);
    // What only an arm uses ends there.
    let inner = "if d {\n a = x -> relu\n y = a + z\n} else {\n y = x + z\n}\n";
    assert_eq!(handed_on(inner), ["y"]);
}

#[test]
fn a_loop_hands_on_what_it_reassigns_in_the_order_of_the_spec() {
    assert_eq!(
        handed_on("require d\nb = z -> relu\nrepeat 2 as r {\n b = b -> relu\n x = x + b\n}\ny = x + b\n"),
        ["x", "b"]
    );
    assert_eq!(
        handed_on(
            "require d\nb = z -> relu\nx = x -> relu\nrepeat 2 as r {\n x = x + b\n b = b -> relu\n}\ny = x + b\n"
        ),
        ["b", "x"]
    );
}

#[test]
fn a_value_that_one_arm_loses_is_of_use_to_the_other() {
    let kept = "a = x -> relu\nif d {\n a = z -> relu\n} else {\n a = a + z\n}\ny = a + x\n";
    assert_eq!(messages(&model(kept)), [""; 0]);
    let lost = "a = x -> relu\nif d {\n a = z -> relu\n} else {\n a = z -> tanh\n}\ny = a + x\n";
    assert_eq!(messages(&model(lost)), ["this value of `a` is never used"]);
}

#[test]
fn errors_and_headers_have_an_end() {
    let mut body = String::new();
    for line in 0..limits::ERRORS + 10 {
        let _ = writeln!(body, "v{line} = q{line} -> relu");
    }
    let found = messages(&model(&format!("{body}y = x + z\n")));
    assert_eq!(found.len(), limits::ERRORS + 1);
    assert_eq!(found[limits::ERRORS], "there are more than 1000 errors; the others are not shown");
    let wide = |count: usize| {
        let parameters: Vec<String> = (0..count).map(|at| format!("p{at} = 1")).collect();
        let sum: Vec<String> = (0..count).map(|at| format!("p{at}")).collect();
        let sums = sum.chunks(200).map(|part| format!("x = x * ({})\n", part.join(" + "))).collect::<String>();
        messages(&format!("model M({}): x[8] -> x {{\n{sums}}}\n", parameters.join(", ")))
    };
    assert_eq!(wide(limits::HEADER), [""; 0]);
    assert_eq!(wide(limits::HEADER + 1), ["`M` has more than 1000 hyperparameters"]);
}

#[test]
fn blocks_of_one_name_are_told_once_each() {
    let block = "block b: x -> y {\n y = x -> relu\n}\n";
    let found = messages(&format!("model M: x[8] -> y {{\n y = x -> b\n}}\n{}", block.repeat(3)));
    assert_eq!(found, ["`b` is defined twice"; 2]);
}
