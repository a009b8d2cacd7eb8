//! Signals while a verification runs, and programs that don't answer.

use super::*;
use rustix::process::test_kill_process;
use std::os::unix::fs::PermissionsExt;

/// A uv whose environments have a Python that starts a child of its own and then waits, and notes both.
fn slow(place: &Place) {
    place.write(
        "bin/python",
        "#!/bin/sh\nsleep 1000 &\necho $$ $! > \"$NOTES/$$.new\"\nmv \"$NOTES/$$.new\" \"$NOTES/$$\"\nwait\n",
    );
    place.write(
        "bin/uv",
        "#!/bin/sh\ncase \"$*\" in\n--version) echo 'uv 1.2.3 (abc)';;\n*venv*) for last; do :; done\n\
         mkdir -p \"$last/bin\"; cp \"$NOTES/../bin/python\" \"$last/bin/python\";;\n*) ;;\nesac\n",
    );
    fs::create_dir_all(place.path("notes")).expect("made");
    fs::create_dir_all(place.path("tmp")).expect("made");
    executable(place);
}

fn executable(place: &Place) {
    for entry in fs::read_dir(place.path("bin")).expect("a folder") {
        let path = entry.expect("it can be read").path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permitted");
    }
}

fn verify(place: &Place) -> Command {
    let mut command = place.command(&["verify", "net.arch", "--columns", "numpy,keras"]);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", place.path("bin").display()));
    command.env("NOTES", place.path("notes")).env("TMPDIR", place.path("tmp"));
    command
}

/// The processes that were noted, once there are `count`.
fn noted(place: &Place, count: usize) -> Vec<Pid> {
    let since = Instant::now();
    loop {
        let notes =
            fs::read_dir(place.path("notes")).expect("a folder").map(|entry| entry.expect("it can be read").path());
        let notes: Vec<PathBuf> = notes.filter(|note| note.extension().is_none()).collect();
        if notes.len() >= count {
            let text: String = notes.iter().map(|note| fs::read_to_string(note).expect("a note")).collect();
            return text.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect();
        }
        assert!(since.elapsed() < PATIENCE, "only {notes:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process has ended; a zombie has, though nobody has asked for its status yet.
fn gone(pid: Pid) -> bool {
    let zombie =
        || fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).is_ok_and(|stat| stat.contains(") Z "));
    test_kill_process(pid).is_err() || zombie()
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().expect("a small number")).expect("not zero")
}

fn empty(place: &Place, folder: &str) {
    let left: Vec<_> =
        fs::read_dir(place.path(folder)).expect("a folder").flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_signal_ends_everything_that_was_started() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let place = Place::new();
        slow(&place);
        let child = verify(&place).spawn().expect("it starts");
        // Each of the two runners, with its child.
        let started = noted(&place, 2);
        assert_eq!(started.len(), 4);
        kill_process(pid(&child), signal).expect("it runs");
        let ran = finish(child);
        assert_eq!((ran.status, ran.out.as_str()), (Some(status), ""), "{ran:?}");
        let since = Instant::now();
        while !started.iter().all(|pid| gone(*pid)) {
            assert!(since.elapsed() < PATIENCE, "{started:?}");
            thread::sleep(Duration::from_millis(10));
        }
        empty(&place, "tmp");
        // The environments were made before: they stay, and there is no word of a result that there was not.
        assert!(!place.path("cache/verified").exists());
    }
}

#[test]
fn a_signal_leaves_no_half_made_environment() {
    let place = Place::new();
    slow(&place);
    let uv = place.read("bin/uv").replace("*) ;;", "*) exec \"$NOTES/../bin/python\";;");
    place.write("bin/uv", &uv);
    executable(&place);
    let child = verify(&place).spawn().expect("it starts");
    let started = noted(&place, 1);
    kill_process(pid(&child), Signal::TERM).expect("it runs");
    let ran = finish(child);
    assert_eq!(ran.status, Some(143), "{ran:?}");
    let since = Instant::now();
    while !started.iter().all(|pid| gone(*pid)) {
        assert!(since.elapsed() < PATIENCE, "{started:?}");
        thread::sleep(Duration::from_millis(10));
    }
    let environments = fs::read_dir(place.path("cache/environments")).expect("a folder").flatten();
    let folders: Vec<_> = environments.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    assert!(folders.is_empty(), "{folders:?}");
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let place = Place::new();
    slow(&place);
    let child = verify(&place).spawn().expect("it starts");
    let started = noted(&place, 2);
    for _ in 0..2 {
        // The second may come too late, which is as well.
        let _ = kill_process(pid(&child), Signal::INT);
    }
    assert_eq!(finish(child).status, Some(130));
    for pid in started {
        let _ = kill_process(pid, Signal::KILL);
    }
}

#[test]
fn under_nohup_a_closed_terminal_changes_nothing() {
    let place = Place::new();
    slow(&place);
    let hexapla = verify(&place);
    let mut command = Command::new("nohup");
    command.arg(hexapla.get_program()).args(hexapla.get_args()).current_dir(place.0.path());
    command.envs(hexapla.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("nohup is there");
    noted(&place, 2);
    if cfg!(target_os = "linux") {
        kill_process(pid(&child), Signal::HUP).expect("it runs");
        thread::sleep(Duration::from_millis(300));
        assert!(!gone(pid(&child)));
    }
    kill_process(pid(&child), Signal::TERM).expect("it runs");
    assert_eq!(finish(child).status, Some(143));
}

#[test]
fn a_uv_that_hangs_is_ended_and_named() {
    let place = Place::new();
    slow(&place);
    let hangs = |uv: &str| {
        place.write("bin/uv", uv);
        executable(&place);
        let mut command = verify(&place);
        command.env("HEXAPLA_UV_TIMEOUT", "1");
        finish(command.spawn().expect("it starts"))
    };
    let whole = place.read("bin/uv");
    let ran = hangs("#!/bin/sh\nsleep 1000\n");
    assert!(ran.status == Some(2) && ran.out.contains("`uv --version` did not end within 1 s"), "{ran:?}");
    let ran = hangs(&whole.replace("*) ;;", "*) echo Resolving >&2; sleep 1000;;"));
    assert!(
        ran.status == Some(2)
            && ran.out.contains("`uv pip install` for `numpy` did not end within 1 s")
            && ran.out.contains("HEXAPLA_UV_TIMEOUT"),
        "{ran:?}"
    );
}

/// A folder of templates is code that runs: asked for as `extern` lines are.
#[test]
fn columns_of_the_users_own_run_with_consent() {
    let place = Place::new();
    slow(&place);
    place.write("columns/keras/helpers/relu.py", "def relu(x):\n    return x\n");
    let verify = |arguments: &[&str]| {
        place.write("bin/uv", "#!/bin/sh\nexit 1\n");
        executable(&place);
        let mut command = verify(&place);
        finish(command.args(["--templates", "columns"]).args(arguments).spawn().expect("it starts"))
    };
    let ran = verify(&[]);
    assert!(
        ran.status == Some(2) && ran.err.contains("`columns` brings code of its own along, for the column `keras`"),
        "{ran:?}"
    );
    assert!(ran.err.contains("--allow-templates") && !place.path("cache").exists(), "{ran:?}");
    // With consent it goes on, to a uv that fails here; so does a verification of other columns.
    let ran = verify(&["--allow-templates"]);
    assert!(ran.status == Some(2) && ran.out.contains("uv"), "{ran:?}");
    fs::rename(place.path("columns/keras"), place.path("columns/theano")).expect("moved");
    let ran = verify(&[]);
    assert!(ran.status == Some(2) && ran.out.contains("uv"), "{ran:?}");
}
