//! The commands as users meet them: `tests/cli/*.trycmd` are transcripts, beside the folders that they run in.
//!
//! `TRYCMD=overwrite cargo test --test cli` rewrites them. Columns of their own (`columns/alpha`, `columns/beta`) keep them from changing
//! with the templates of the real ones.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

#[test]
fn transcripts() {
    trycmd::TestCases::new()
        .case("tests/cli/*.trycmd")
        .env("COLUMNS", "100")
        .env("HEXAPLA_CACHE", "/nonexistent/hexapla");
}

fn hexapla() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hexapla"));
    for variable in ["COLUMNS", "NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR"] {
        command.env_remove(variable);
    }
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn run(arguments: &[&str]) -> Output {
    hexapla().args(arguments).output().expect("the program starts")
}

/// A spec on standard input.
fn feed(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = hexapla()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It may well end before it has read everything.
    let _ = child.stdin.take().expect("it was piped").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_closed_output_is_no_reason_to_complain() {
    for arguments in [
        &["ir", "zoo/enet.arch"][..],
        &["--help"],
        &["completions", "zsh"],
        &["emit", "zoo/enet.arch", "--to", "pytorch"],
    ] {
        let mut child = hexapla()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let status = child.wait().expect("it ends");
        let mut said = String::new();
        child.stderr.take().expect("it was piped").read_to_string(&mut said).expect("it is text");
        assert_eq!((said.as_str(), status.code()), ("", Some(0)), "{arguments:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has one");
    let output = hexapla().args(["columns"]).stdout(full).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("the disk is full"), "{}", text(&output.stderr));
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let colored = |output: &Output| output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b);
    let wrong = ["check", "tests/cli/check.in/wrong.arch", "tests/cli/check.in/net.arch"];
    assert!(!colored(&run(&wrong)));
    for arguments in
        [&wrong[..], &["diff", "zoo/lenet5.arch"], &["summary", "zoo/lenet5.arch"], &["explain", "E0402"], &["doctor"]]
    {
        assert!(colored(&run(&[arguments, &["--color", "always"]].concat())), "{arguments:?}");
        assert!(!colored(&run(&[arguments, &["--color", "never"]].concat())), "{arguments:?}");
    }
}

#[test]
fn a_spec_can_come_from_standard_input() {
    let spec = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("zoo/lenet5.arch")).expect("it is there");
    let output = feed(&["check", "-"], &spec);
    assert_eq!(text(&output.stdout).lines().count(), 1, "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("<stdin>: LeNet5, 61,706 parameters"));
    let formatted = feed(&["fmt", "-"], b"model  M: x[8]->y {\n y = x->relu\n}");
    assert_eq!(text(&formatted.stdout), "model M: x[8] -> y {\n    y = x -> relu\n}\n");
    let code = feed(&["emit", "-", "--to", "pytorch"], &spec);
    assert!(text(&code.stdout).contains("class LeNet5(nn.Module):"), "{}", text(&code.stderr));
}

/// Nothing that is fed to it makes it panic (status 101) or end by a signal.
#[test]
fn hostile_input_is_refused_in_words() {
    let deep = format!("model M: x[8] -> y {{\n y = x -> dense({}8{})\n}}\n", "(".repeat(100_000), ")".repeat(100_000));
    let nested = "model M: x[8] -> y {\n".to_owned() + &"repeat 2 as a {\n".repeat(20_000);
    let long = format!("model M: x[8] -> y {{ y = x -> relu // {}\n}}\n", "é".repeat(1 << 20));
    let name = "model \u{1b}[31mM\u{202e}: x[8] -> y {\n y = x -> relu\n}\n";
    let huge = "model M: x[9223372036854775807, 9223372036854775807] -> y {\n y = x -> flatten -> dense(9223372036854775807)\n}\n";
    let inputs: [&[u8]; 11] = [
        b"",
        b"\n",
        b"\0\0\0",
        b"\xff\xfe",
        b"\xef\xbb\xbfmodel M: x[8] -> y {\r\n    y = x -> relu\r\n}\r\n",
        b"model",
        deep.as_bytes(),
        nested.as_bytes(),
        long.as_bytes(),
        name.as_bytes(),
        huge.as_bytes(),
    ];
    for input in inputs {
        for arguments in [
            &["check", "-"][..],
            &["check", "-", "--format", "json"],
            &["fmt", "-"],
            &["emit", "-", "--to", "keras"],
            &["ir", "-"],
        ] {
            let output = feed(arguments, input);
            let start = text(&input[..input.len().min(40)]);
            assert!(
                matches!(output.status.code(), Some(0..=2)),
                "{arguments:?} {start:?}: {:?}\n{}",
                output.status,
                text(&output.stderr)
            );
            assert!(!text(&output.stderr).contains("panicked"), "{arguments:?} {start:?}\n{}", text(&output.stderr));
            assert!(!output.stderr.contains(&0x1b), "{arguments:?} {start:?} commands the terminal");
        }
    }
}

#[test]
fn a_failed_emission_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let spec = "tests/cli/emit.in/pooled.arch";
    let arguments = ["emit", spec, "--templates", "tests/cli/emit.in/columns", "--to", "alpha,beta", "--out"];
    let output = hexapla().args(arguments).arg(&out).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(!out.exists());
    // A file where the folder should be: told, and left alone.
    fs::write(&out, "mine").expect("it can be written");
    let arguments = ["emit", "zoo/lenet5.arch", "--to", "keras,pytorch", "--out"];
    let output = hexapla().args(arguments).arg(&out).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(&out).expect("it is there"), "mine");
}

/// Every example in a command's help is a command line that parses.
#[test]
fn the_examples_of_the_help_parse() {
    let help = text(&run(&["--help"]).stdout);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()))
        .collect();
    assert!(commands.len() >= 14, "{commands:?}");
    let mut examples = 0;
    for command in commands {
        let help = text(&run(&[command, "--help"]).stdout);
        for line in
            help.lines().skip_while(|line| !line.starts_with("Examples:")).skip(1).take_while(|line| !line.is_empty())
        {
            let Some(example) = line.strip_prefix("  hexapla ") else { continue };
            let example = example.split("  ").next().unwrap_or(example);
            let example = example.split([' ', '\t']).take_while(|word| !["|", ">", "<"].contains(word));
            let example: Vec<&str> = example.map(|word| word.trim_matches('\'')).collect();
            let mut arguments = vec!["hexapla"];
            arguments.extend(&example);
            let parsed = <hexapla::cli::Cli as clap::Parser>::try_parse_from(&arguments);
            assert!(
                parsed.is_ok(),
                "{command}: {line}\n{}",
                parsed.err().map_or_else(String::new, |error| error.to_string())
            );
            examples += 1;
        }
    }
    assert!(examples >= 25, "{examples}");
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success() && text(&output.stdout).contains("line-refs"), "{shell}");
    }
}

/// Without uv and with an empty cache nothing can run: told by `doctor`, and not run by `verify`, with status 2 for both.
#[test]
fn without_an_environment_nothing_passes() {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let poor = |arguments: &[&str]| {
        let mut command = hexapla();
        command.args(arguments).env("PATH", cache.path()).env("HEXAPLA_CACHE", cache.path());
        let output = command.output().expect("the program starts");
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), value, text(&output.stderr))
    };
    let (status, doctor, _) = poor(&["doctor", "--format", "json"]);
    assert_eq!((status, &doctor["uv"]["ok"]), (Some(2), &serde_json::json!(false)));
    let columns = doctor["columns"].as_array().expect("a list");
    assert!(columns.len() >= 5 && columns.iter().all(|column| column["ready"] == serde_json::json!(false)), "{doctor}");
    let (status, report, said) = poor(&["verify", "zoo/lenet5.arch", "--columns", "keras,pytorch", "--format", "json"]);
    assert_eq!((status, &report["exit"]), (Some(2), &serde_json::json!(2)), "{said}");
    let columns = report["specs"][0]["columns"].as_object().expect("an object");
    assert_eq!(columns.len(), 2);
    for (name, column) in columns {
        assert_eq!(
            (column["status"].as_str(), column["cause"].as_str()),
            (Some("not-run"), Some("environment")),
            "{name}"
        );
    }
}
