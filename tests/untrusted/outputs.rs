//! Where files are written, and over what.

use super::*;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};

const EMIT: [&str; 6] = ["emit", "net.arch", "--to", "pytorch,keras", "--out", "out"];

#[test]
fn a_link_to_elsewhere_is_refused_and_named() {
    let (place, other) = (Place::new(), Place::new());
    other.write("precious", "mine");
    fs::create_dir(place.path("out")).expect("made");
    place.link(other.path("precious"), "out/net_keras.py");
    let ran = place.run(&EMIT);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("`out/net_keras.py`: it is a link to `") && ran.err.contains("precious`"), "{ran:?}");
    assert!(!place.path("out/net_pytorch.py").exists(), "all places are looked at before the first is written");
    // A link to nothing, which writing would make.
    fs::remove_file(place.path("out/net_keras.py")).expect("removed");
    place.link(other.path("new"), "out/net_keras.py");
    let ran = place.run(&EMIT);
    assert!(ran.status == Some(2) && ran.err.contains("new`"), "{ran:?}");
    assert!(!other.path("new").exists());
    // The folder of the golden files is as good a link.
    place.link(other.path("."), "snapshots");
    for arguments in [&["snapshot", "net.arch"][..], &["test", "net.arch", "--accept"], &["test", "net.arch"]] {
        let ran = place.run(arguments);
        assert!(ran.status == Some(2) && ran.err.contains("`snapshots`: it is a link to"), "{arguments:?} {ran:?}");
    }
    assert_eq!(fs::read_dir(other.0.path()).expect("a folder").count(), 2);
    // What a golden file leads to is not shown either.
    fs::remove_file(place.path("snapshots")).expect("removed");
    fs::create_dir(place.path("snapshots")).expect("made");
    place.link(other.path("precious"), "snapshots/net.keras.py");
    let ran = place.run(&["test", "net.arch"]);
    assert!(ran.status == Some(2) && !ran.out.contains("mine"), "{ran:?}");
    for arguments in [&["snapshot", "net.arch"][..], &["test", "net.arch", "--accept"]] {
        let ran = place.run(arguments);
        assert_eq!(ran.status, Some(2), "{arguments:?} {ran:?}");
        assert_eq!(fs::read_dir(place.path("snapshots")).expect("a folder").count(), 1);
    }
    // `new`, `fmt`, the page of the catalogue.
    place.link(other.path("new.arch"), "mine.arch");
    assert_eq!(place.run(&["new", "mine"]).status, Some(2));
    other.write("untidy.arch", "model M: x[8]->y { y = x->relu }\n");
    place.link(other.path("untidy.arch"), "untidy.arch");
    let ran = place.run(&["fmt", "untidy.arch"]);
    assert!(ran.status == Some(2) && ran.err.contains("`untidy.arch`: it is a link to"), "{ran:?}");
    fs::create_dir(place.path("site")).expect("made");
    place.link(other.path("precious"), "site/index.html");
    assert_eq!(place.run(&["patterns", "--html", "site"]).status, Some(2));
    assert_eq!(other.read("precious"), "mine");
    assert!(!other.path("new.arch").exists());
}

#[test]
fn a_link_within_the_folder_stays_one() {
    let place = Place::new();
    place.write("out/real.py", "");
    place.link("real.py", "out/net_keras.py");
    let ran = place.run(&EMIT);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(fs::symlink_metadata(place.path("out/net_keras.py")).expect("it is there").is_symlink());
    assert!(place.read("out/real.py").contains("import keras"));
    // The folder that was named may be a link itself.
    place.link("out", "also");
    assert_eq!(place.run(&["emit", "net.arch", "--to", "keras", "--out", "also"]).status, Some(0));
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let place = Place::new();
    fs::create_dir(place.path("out")).expect("made");
    place.pipe("out/net_keras.py");
    let ran = place.run(&EMIT);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("`out/net_keras.py`: it is a pipe, not a file") && ran.err.contains("`-`"), "{ran:?}");
    assert!(!place.path("out/net_pytorch.py").exists());
    // To a device of the test's own, directly and through a link, if one may be made here.
    let device = place.path("device");
    let made = Command::new("mknod").arg(&device).args(["c", "1", "3"]).stderr(Stdio::null()).status();
    if made.is_ok_and(|made| made.success()) {
        place.link("device", "net.py");
        for out in ["device", "net.py"] {
            let name = format!("{out}.py");
            let out = if out == "device" {
                fs::rename(&device, place.path(&name)).map(|()| name.as_str()).expect("moved")
            } else {
                out
            };
            let ran = place.run(&["emit", "net.arch", "--to", "keras", "--out", out]);
            assert!(ran.status == Some(2) && ran.err.contains("it is a device"), "{ran:?}");
            if out != "net.py" {
                fs::rename(place.path(out), &device).expect("moved");
            }
            assert!(fs::metadata(&device).expect("it is there").file_type().is_char_device());
        }
    }
    // `-` is what pipes are for.
    let ran = place.run(&["emit", "net.arch", "--to", "keras", "--out", "-"]);
    assert!(ran.status == Some(0) && ran.out.contains("import keras"), "{ran:?}");
}

#[test]
fn an_edited_file_is_not_overwritten() {
    let place = Place::new();
    assert_eq!(place.run(&EMIT).status, Some(0));
    let whole = place.read("out/net_keras.py");
    assert!(whole.starts_with("# hexapla: the hash of the lines below is "), "{whole}");
    // A checkout may change the ends of lines: that is no edit.
    place.write("out/net_keras.py", &whole.replace('\n', "\r\n"));
    assert_eq!(place.run(&EMIT).status, Some(0));
    assert_eq!(place.read("out/net_keras.py"), whole);
    // Another spec: what was not edited is overwritten.
    place.write("net.arch", &SPEC.replace("relu", "tanh"));
    assert_eq!(place.run(&EMIT).status, Some(0));
    let whole = place.read("out/net_keras.py");
    place.write("out/net_keras.py", &whole.replace("tanh", "gelu"));
    place.write("net.arch", SPEC);
    let old = place.read("out/net_pytorch.py");
    let ran = place.run(&EMIT);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.err.contains("`out/net_keras.py` was edited after being generated: nothing was written"), "{ran:?}");
    assert!(ran.err.contains("`--force`"), "{ran:?}");
    let changed = |sign: &str, word: &str| ran.out.lines().any(|line| line.starts_with(sign) && line.contains(word));
    assert!(changed("-", "gelu") && changed("+", "relu"), "{ran:?}");
    assert_eq!(place.read("out/net_pytorch.py"), old);
    assert_eq!(place.run(&[&EMIT[..], &["--force"]].concat()).status, Some(0));
    assert!(place.read("out/net_keras.py").contains("relu"));
    // What is not ours is left as well; an empty file, and the same code from standard output, are nothing to lose.
    place.write("mine.py", "print(1)\n");
    let to = |out: &'static str| ["emit", "net.arch", "--to", "keras", "--out", out];
    let ran = place.run(&to("mine.py"));
    assert!(ran.status == Some(1) && ran.err.contains("was not generated"), "{ran:?}");
    assert_eq!(place.read("mine.py"), "print(1)\n");
    place.write("empty.py", "");
    assert_eq!(place.run(&to("empty.py")).status, Some(0));
    let code = place.run(&["emit", "net.arch", "--to", "keras"]).out;
    place.write("redirected.py", &code);
    assert_eq!(place.run(&to("redirected.py")).status, Some(0));
    assert_eq!(place.read("redirected.py").split_once('\n').expect("a line").1, code);
    // The page of the catalogue.
    place.write("site/index.html", "<p>mine</p>\n");
    assert_eq!(place.run(&["patterns", "--html", "site"]).status, Some(1));
    assert_eq!(place.run(&["patterns", "--html", "site", "--force"]).status, Some(0));
    assert_eq!(place.run(&["patterns", "--html", "site"]).status, Some(0));
}

#[test]
fn a_large_file_is_not_read() {
    let place = Place::new();
    place.write("big.py", "");
    let file = fs::OpenOptions::new().write(true).open(place.path("big.py")).expect("it is there");
    file.set_len(1 << 40).expect("a hole takes no room");
    let ran = place.run(&["emit", "net.arch", "--to", "keras", "--out", "big.py"]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    place.write("snapshots/net.keras.py", "");
    fs::rename(place.path("big.py"), place.path("snapshots/net.keras.py")).expect("moved");
    let ran = place.run(&["test", "net.arch"]);
    assert!(ran.status == Some(2) && ran.err.contains("MiB"), "{ran:?}");
}

#[test]
fn formatting_keeps_mode_and_links_and_refuses_what_is_read_only() {
    let place = Place::new();
    let untidy = "model M: x[8]->y { y = x->relu }\n";
    place.write("a.arch", untidy);
    let path = place.path("a.arch");
    fs::hard_link(&path, place.path("b.arch")).expect("linked");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("permitted");
    let before = fs::metadata(&path).expect("it is there");
    assert_eq!(place.run(&["fmt", "a.arch"]).status, Some(0));
    let after = fs::metadata(&path).expect("it is there");
    assert_eq!((before.ino(), before.mode(), after.nlink()), (after.ino(), after.mode(), 2));
    assert_eq!(place.read("b.arch"), place.read("a.arch"));
    assert_ne!(place.read("a.arch"), untidy);
    assert_eq!(fs::read_dir(place.0.path()).expect("a folder").count(), 3, "nothing is left beside it");
    // As the superuser too.
    place.write("c.arch", untidy);
    fs::set_permissions(place.path("c.arch"), fs::Permissions::from_mode(0o444)).expect("permitted");
    let ran = place.run(&["fmt", "c.arch"]);
    assert!(ran.status == Some(2) && ran.err.contains("`c.arch`: it is read-only"), "{ran:?}");
    assert_eq!(place.read("c.arch"), untidy);
}

#[test]
#[cfg(target_os = "linux")]
fn formatting_keeps_the_owner() {
    let place = Place::new();
    place.write("a.arch", "model M: x[8]->y { y = x->relu }\n");
    // Only the superuser can give a file away.
    if std::os::unix::fs::chown(place.path("a.arch"), Some(12345), Some(12345)).is_err() {
        return;
    }
    assert_eq!(place.run(&["fmt", "a.arch"]).status, Some(0));
    let after = fs::metadata(place.path("a.arch")).expect("it is there");
    assert_eq!((after.uid(), after.gid()), (12345, 12345));
}

#[test]
fn a_writing_that_fails_midway_says_what_was_written() {
    let place = Place::new();
    let lines: String = (1..200).map(|i| format!("    a{i} = a{} -> dense({i}) -> relu\n", i - 1)).collect();
    place.write("big.arch", &format!("model Net: a0[8] -> y {{\n{lines}    y = a199 -> relu\n}}\n"));
    place.write("out/big_keras.py", "");
    // No file may have more than a block: that is as full as a test can make a disk.
    let ran = finish(
        Command::new("sh")
            .args(["-c", "ulimit -f 1; trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_hexapla")])
            .args(["emit", "big.arch", "--to", "numpy,keras", "--out", "out"])
            .current_dir(place.0.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh is there"),
    );
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("cannot write `out/big_") && ran.err.contains("not written: `out/big_"), "{ran:?}");
    assert_eq!(place.read("out/big_keras.py"), "", "a file is there as a whole or not at all");
}

#[test]
fn a_kept_run_stays_in_its_folder() {
    let (place, other) = (Place::new(), Place::new());
    other.write("precious", "mine");
    fake_environments(&place);
    for name in
        ["run/numpy/case_0.py", "run/numpy/run.py", "run/data-0.npz", "run/numpy/result-0.npz", "run/numpy/job.json"]
    {
        let _ = fs::remove_dir_all(place.path("run"));
        fs::create_dir_all(place.path("run/numpy")).expect("made");
        place.link(other.path("precious"), name);
        let ran = place.run(&["verify", "net.arch", "--columns", "numpy,keras", "--keep", "run"]);
        assert_eq!(ran.status, Some(2), "{name} {ran:?}");
        assert!([&ran.err, &ran.out].iter().any(|said| said.contains("it is a link to")), "{name} {ran:?}");
        assert_eq!(other.read("precious"), "mine", "{name}");
    }
}

/// Environments that are ready, whose Python is a program that ends at once.
fn fake_environments(place: &Place) {
    let doctor = place.run(&["doctor", "--format", "json"]);
    let doctor: serde_json::Value = serde_json::from_str(&doctor.out).expect("JSON");
    for column in doctor["columns"].as_array().expect("a list") {
        let folder = PathBuf::from(column["folder"].as_str().expect("a text"));
        fs::create_dir_all(folder.join("bin")).expect("made");
        fs::write(folder.join("bin/python"), "#!/bin/sh\nexit 1\n").expect("written");
        fs::set_permissions(folder.join("bin/python"), fs::Permissions::from_mode(0o755)).expect("permitted");
        fs::write(folder.join(".hexapla-complete"), "").expect("written");
    }
}
