//! What comes from strangers: files and links, texts, imports, signals, sizes. Each test meets the program as a user would.
//!
//! Nothing here needs Python; uv and the runners are scripts. Nodes are made in folders of their own.

#![cfg(unix)]

#[path = "untrusted/imports.rs"]
mod imports;
#[path = "untrusted/limits.rs"]
mod limits;
#[path = "untrusted/outputs.rs"]
mod outputs;
#[path = "untrusted/signals.rs"]
mod signals;
#[path = "untrusted/text.rs"]
mod text;

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const SPEC: &str = "model Net: x[8] -> y {\n    y = x -> dense(4) -> relu\n}\n";

/// A folder with a spec in it, `net.arch`.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a temporary folder"));
        place.write("net.arch", SPEC);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn link(&self, to: impl AsRef<Path>, name: &str) {
        std::os::unix::fs::symlink(to, self.path(name)).expect("a link can be made");
    }

    /// A pipe that has no other end.
    fn pipe(&self, name: &str) {
        let made = Command::new("mkfifo").arg(self.path(name)).status().expect("mkfifo is there");
        assert!(made.success());
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hexapla"));
        for variable in ["COLUMNS", "NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "HEXAPLA_UV_TIMEOUT"] {
            command.env_remove(variable);
        }
        command.current_dir(self.0.path()).args(arguments).env("HEXAPLA_CACHE", self.path("cache"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.command(arguments).spawn().expect("the program starts"))
    }
}

/// What a run said.
#[derive(Debug)]
struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { status: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// How long a run may take that waits for nothing: a hang is none of milliseconds.
const PATIENCE: Duration = Duration::from_secs(600);

fn finish(child: Child) -> Ran {
    let pid = Pid::from_raw(child.id().try_into().expect("a small number")).expect("not zero");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let _ = kill_process(pid, Signal::KILL);
        let ran = receiver.recv().expect("it was killed").map(Ran::from);
        panic!("it hangs: {ran:?}")
    });
    output.expect("it has ended").into()
}
