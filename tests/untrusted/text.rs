//! Characters that command a terminal, turn the direction of writing or hide.

use super::*;
use hexapla::foreign::hides;

/// One of each kind; the first would be a colour like those of the program's own.
const HOSTILE: &str =
    "\u{1b}[31mred\u{1b}[8m\u{1b}]0;title\u{7}\u{9b}32m\u{202e}txet\u{2066}\u{200b}\u{e0041}\u{7f}\u{feff}";

fn hostile(place: &Place) {
    place.write(
        "hostile.arch",
        &format!(
            "/// Title {HOSTILE}\n/// More {HOSTILE}\nmodel Net(\n    /// doc {HOSTILE}\n    n = 4,\n): x[8] -> y {{\n    // above {HOSTILE}\n    require n > 1: \"say {HOSTILE}\"\n    \
             a = x -> dense(n)  // behind {HOSTILE}\n    y = a -> relu\n    // below {HOSTILE}\n}}\n"
        ),
    );
    place.write("wrong.arch", &format!("model Net: x[8] -> y {{\n    y = x -> dense(4, {HOSTILE}) // {HOSTILE}\n}}\n"));
    place.write(
        "said.arch",
        &format!(
            "model Net(n = 0): x[8] -> y {{\n    require n > 1: \"say {HOSTILE}\"\n    y = x -> relu // {HOSTILE}\n}}\n"
        ),
    );
    place.write(
        "own.arch",
        &format!("/// {HOSTILE}\npattern mine: x -> y {{\n    macs = 0\n    extern keras = \"{{{{ x }}}} + '{HOSTILE}'\"\n}}\n\nmodel Net: x[8] -> y {{\n    y = x -> mine\n}}\n"),
    );
    place.write(&format!("{HOSTILE}.arch"), SPEC);
}

/// The program's own colours, taken out.
fn without_colours(text: &str) -> String {
    let mut plain = text.to_owned();
    for code in (0..=107).map(|n| n.to_string()).chain((0..256).map(|n| format!("38;5;{n}"))).chain([String::new()]) {
        plain = plain.replace(&format!("\u{1b}[{code}m"), "");
    }
    plain
}

fn named() -> String {
    format!("{HOSTILE}.arch")
}

#[test]
fn no_command_reaches_the_terminal() {
    let place = Place::new();
    hostile(&place);
    let named = named();
    let views: Vec<Vec<&str>> = vec![
        vec!["check", "hostile.arch"],
        vec!["check", "wrong.arch"],
        vec!["check", "said.arch"],
        vec!["check", &named],
        vec!["check", "nothing\u{1b}[31m\u{202e}.arch"],
        vec!["summary", "hostile.arch"],
        vec!["diff", "hostile.arch", "keras", "pytorch"],
        vec!["diff", "own.arch", "keras"],
        vec!["compare", "hostile.arch"],
        vec!["emit", "wrong.arch", "--to", "keras"],
        vec!["emit", &named, "--to", "keras", "--out", "out"],
        vec!["snapshot", &named],
        vec!["test", &named],
        vec!["test", "hostile.arch"],
        vec!["fmt", "hostile.arch", "--check"],
        vec!["fmt", &named, "--check"],
        vec!["patterns", HOSTILE],
        vec!["explain", HOSTILE],
        vec!["zoo", HOSTILE],
        vec!["new", HOSTILE],
        vec!["new", "x", "--from", HOSTILE],
        vec!["columns", "--templates", HOSTILE],
        vec![HOSTILE],
        vec!["check", "--\u{1b}[31m\u{202e}"],
    ];
    for arguments in views {
        for color in ["always", "never"] {
            let ran = place.run(&[&arguments[..], &["--color", color]].concat());
            for said in [&ran.out, &ran.err] {
                let plain = if color == "always" { without_colours(said) } else { said.clone() };
                let found: Vec<char> = plain.chars().filter(|c| hides(*c)).collect();
                assert!(found.is_empty(), "{arguments:?} {color}: {found:?}\n{plain:?}");
                // The colour that the text itself brings is none of ours.
                assert!(!said.contains("\u{1b}[31mred"), "{arguments:?} {color}: {said:?}");
            }
        }
    }
}

#[test]
fn what_is_generated_holds_none_of_them() {
    let place = Place::new();
    hostile(&place);
    let named = named();
    for spec in ["hostile.arch", "own.arch", &named] {
        let to = if spec == "own.arch" { "keras" } else { "all" };
        let ran = place.run(&["emit", spec, "--to", to, "--out", "out", "--line-refs"]);
        assert_eq!(ran.status, Some(0), "{spec:?} {ran:?}");
        let ran = place.run(&["snapshot", spec, "--keep-going"]);
        assert!(ran.status.is_some_and(|status| status < 2), "{spec:?} {ran:?}");
    }
    assert_eq!(place.run(&["patterns", "--html", "site"]).status, Some(0));
    let mut files = 0;
    for folder in ["out", "snapshots", "site"] {
        for entry in fs::read_dir(place.path(folder)).expect("a folder") {
            let path = entry.expect("it can be read").path();
            let text = fs::read_to_string(&path).expect("text");
            let found: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| hides(*c)).collect();
            assert!(found.is_empty(), "{}: {found:?}\n{text}", path.display());
            files += 1;
        }
    }
    assert!(files > 20, "{files}");
    assert!(place.read("out/hostile_keras.py").contains("<U+202E>"));
    // JSON says the same in its own escapes.
    let ran = place.run(&["ir", "hostile.arch"]);
    assert!(!ran.out.contains(hides) && ran.out.contains("\\u202e"), "{ran:?}");
    let value: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert!(value.to_string().contains('\u{202e}'));
    for arguments in [
        &["check", "wrong.arch", "--format", "json"][..],
        &["summary", "hostile.arch", "--format", "json"],
        &["ir", "hostile.arch", "--compact"],
    ] {
        let ran = place.run(arguments);
        assert!(!ran.out.contains(hides), "{arguments:?} {ran:?}");
        serde_json::from_str::<serde_json::Value>(&ran.out).expect("JSON");
    }
}

/// Content that goes through a pipe is the content.
#[test]
fn content_is_unchanged() {
    let place = Place::new();
    let spec = format!("model Net: x[8] -> y {{\n    // {HOSTILE}\n    y = x -> relu\n}}\n");
    place.write("content.arch", &spec);
    let mut command = place.command(&["fmt", "-"]);
    command.stdin(fs::File::open(place.path("content.arch")).expect("it is there"));
    let ran = finish(command.spawn().expect("it starts"));
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), spec.as_str()));
    assert_eq!(place.run(&["fmt", "content.arch"]).status, Some(0));
    assert_eq!(place.read("content.arch"), spec);
}
