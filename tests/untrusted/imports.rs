//! What a spec may read.

use super::*;

fn importing(place: &Place, path: &str) -> Ran {
    let text = format!("import unit from \"{path}\"\nmodel Net: x[8] -> y {{\n    y = x -> unit\n}}\n");
    place.write("specs/main.arch", &text);
    place.run(&["check", "specs/main.arch"])
}

const UNIT: &str = "block unit: x -> y {\n    y = x -> dense(8)\n}\n";
const SECRET: &str = "root:x:0:0:secret";

#[test]
fn imports_stay_in_the_folder_of_the_spec() {
    let place = Place::new();
    place.write("specs/parts/unit.arch", UNIT);
    place.write("elsewhere/unit.arch", UNIT);
    place.write("secret", SECRET);
    place.write("specs/secret", SECRET);
    assert_eq!(importing(&place, "parts/unit.arch").status, Some(0));
    assert_eq!(importing(&place, "../specs/parts/unit.arch").status, Some(0));
    let inside = place.path("specs/parts/unit.arch");
    assert_eq!(importing(&place, &inside.display().to_string()).status, Some(0));
    for outside in ["../elsewhere/unit.arch", "../elsewhere/nothing.arch", "../secret", "/proc/self/environ"] {
        let ran = importing(&place, outside);
        assert_eq!(ran.status, Some(1), "{outside}: {ran:?}");
        assert!(
            ran.err.contains("lies outside of `specs`") && ran.err.contains("--allow-imports"),
            "{outside}: {ran:?}"
        );
        assert!(!ran.err.contains("root:"), "{ran:?}");
    }
    // After links are followed.
    place.link("../../elsewhere/unit.arch", "specs/parts/out.arch");
    place.link("../elsewhere", "specs/folder");
    for outside in ["parts/out.arch", "folder/unit.arch"] {
        let ran = importing(&place, outside);
        assert!(ran.status == Some(1) && ran.err.contains("lies outside of `specs`"), "{outside}: {ran:?}");
        let ran = place.run(&["check", "specs/main.arch", "--allow-imports", "elsewhere"]);
        assert_eq!(ran.status, Some(0), "{outside}: {ran:?}");
    }
    // A block that is imported imports from the same place, not from its own.
    place.write(
        "elsewhere/second.arch",
        "import unit from \"../specs/secret\"\nblock b: x -> y {\n    y = x -> unit\n}\n",
    );
    let ran = importing(&place, "../elsewhere/second.arch");
    assert_eq!(ran.status, Some(1), "{ran:?}");
}

#[test]
fn nothing_is_shown_of_a_file_that_is_no_spec() {
    let place = Place::new();
    place.write("specs/secret", SECRET);
    place.write("secret", SECRET);
    place.link("secret", "specs/named.arch");
    place.link("secret", "linked.arch");
    place.pipe("specs/pipe.arch");
    let shows = |ran: &Ran| [&ran.out, &ran.err].iter().any(|said| said.contains("root:"));
    for path in ["secret", "named.arch"] {
        let ran = importing(&place, path);
        assert!(ran.status == Some(1) && !shows(&ran) && ran.err.contains("not called `.arch`"), "{path}: {ran:?}");
    }
    for command in ["check", "summary", "ir", "diff", "compare", "snapshot", "test", "fmt"] {
        for path in ["secret", "linked.arch", "specs/named.arch"] {
            let ran = place.run(&[command, path]);
            assert!(
                ran.status == Some(2) && !shows(&ran) && ran.err.contains("not called `.arch`"),
                "{command} {path}: {ran:?}"
            );
        }
        let ran = place.run(&[command, "specs/pipe.arch"]);
        assert!(
            ran.status == Some(2) && ran.err.contains("it is a pipe") && ran.err.contains("`-`"),
            "{command}: {ran:?}"
        );
    }
    let ran = importing(&place, "pipe.arch");
    assert!(ran.status == Some(1) && ran.err.contains("it is a pipe"), "{ran:?}");
}

#[test]
fn templates_are_read_from_their_folder_alone() {
    let place = Place::new();
    place.write("columns/mine/framework.toml", "");
    fs::remove_file(place.path("columns/mine/framework.toml")).expect("removed");
    place.write("secret", SECRET);
    place.link("../../secret", "columns/mine/framework.toml");
    let ran = place.run(&["columns", "--templates", "columns"]);
    assert!(ran.status == Some(2) && !ran.err.contains("root:") && ran.err.contains("it is a link to"), "{ran:?}");
    fs::remove_file(place.path("columns/mine/framework.toml")).expect("removed");
    place.pipe("columns/mine/framework.toml");
    let ran = place.run(&["columns", "--templates", "columns"]);
    assert!(ran.status == Some(2) && ran.err.contains("it is a pipe"), "{ran:?}");
}
