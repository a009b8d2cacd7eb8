//! The Python environments that the columns run in: where they live, how they are made, what `doctor` says of them.
//!
//! An environment is a folder `environments/<column>-<hash>` in Hexapla's cache. The hash is taken over everything
//! that decides what is installed, so that a changed requirement gets a new folder and an old one is never patched.
//! A marker file is written last: a folder without it is a half-made environment, which is thrown away and made anew.
//! A lock file keeps two processes from making the same one at once.
//!
//! Architecture Invariant: packages are installed by `uv` alone, from the requirements that the column's folder pins.
//! Nothing is ever installed into, or run from, a Python environment of the user's.

use std::collections::VecDeque;
use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::children::{self, Group};
use super::draw::fnv;
use super::signals::Unfinished;
use crate::failure::Failure;
use crate::{input, limits, output};

/// The variable that moves Hexapla's cache.
pub const CACHE_VARIABLE: &str = "HEXAPLA_CACHE";

/// The variable that sets how long one call of uv may take, in seconds.
pub const TIMEOUT_VARIABLE: &str = "HEXAPLA_UV_TIMEOUT";

/// Written last into a finished environment.
const MARKER: &str = ".hexapla-complete";

/// How many lines of a failed installation are shown.
const TAIL: usize = 12;

/// What a column needs to run: data of its folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirements {
    /// The column's id, the name of its folder.
    pub column: String,
    /// The Python version, such as `3.11`.
    pub python: String,
    /// The text of `requirements.txt`: every package pinned.
    pub packages: String,
    /// Further arguments for `uv pip install`, such as the choice of a smaller build.
    pub arguments: Vec<String>,
    /// What the first run fetches, in words; empty if not known.
    pub download: String,
}

impl Requirements {
    /// The environment's folder name: the column and a hash of what is installed, comments and blank lines left out.
    pub fn folder_name(&self) -> String {
        let lines = (self.packages.lines())
            .map(|line| line.split(" #").next().unwrap_or_default().trim())
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut text = format!("python {}\n", self.python);
        for line in lines.chain(self.arguments.iter().map(String::as_str)) {
            text.push_str(line);
            text.push('\n');
        }
        format!("{}-{:016x}", self.column, fnv(text.as_bytes()))
    }
}

/// Why there is no environment.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `uv` is not on the path.
    #[error("`uv` makes the Python environments, and it was not found; `{INSTALL_UV}` installs it")]
    UvMissing,
    /// `uv` is there and does not start.
    #[error("`uv --version` failed: {0}")]
    UvBroken(String),
    /// `uv` did not end.
    #[error(
        "`{call}` did not end within {seconds} s, and was ended{}; {TIMEOUT_VARIABLE}=SECONDS sets another limit",
        last_words(.output)
    )]
    UvHung {
        /// What was called, and what for.
        call: String,
        /// The limit.
        seconds: u64,
        /// The last lines of uv's output.
        output: String,
    },
    /// There is no place for a cache.
    #[error("no cache folder is known on this system; set {CACHE_VARIABLE} to a folder")]
    NoCache,
    /// The Python version is neither installed nor to be had.
    #[error("Python {version} is not to be had for {column}; `uv python install {version}` fetches it\n{output}")]
    PythonMissing {
        /// The column.
        column: String,
        /// The version asked for.
        version: String,
        /// The last lines of uv's output.
        output: String,
    },
    /// The packages could not be fetched.
    #[error("the packages of {column} could not be fetched: is there a network?\n{output}")]
    NoNetwork {
        /// The column.
        column: String,
        /// The last lines of uv's output.
        output: String,
    },
    /// The disk is full.
    #[error("there is no room left on the disk for the packages of {column}{}", needs(.download))]
    DiskFull {
        /// The column.
        column: String,
        /// What it fetches, in words.
        download: String,
    },
    /// Anything else that uv reports.
    #[error("the environment of {column} could not be made; uv says:\n{output}")]
    InstallFailed {
        /// The column.
        column: String,
        /// The last lines of uv's output.
        output: String,
    },
    /// A file that is not written.
    #[error("{0}")]
    Refused(Failure),
    /// A file operation failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
}

/// The command that installs uv.
pub const INSTALL_UV: &str = "python3 -m pip install uv";

fn needs(download: &str) -> String {
    if download.is_empty() { String::new() } else { format!(" ({download})") }
}

fn last_words(output: &str) -> String {
    output.lines().last().map_or_else(String::new, |line| format!(" (it said last: {line})"))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { path, source }
}

/// The installed `uv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uv {
    program: PathBuf,
    /// Its version, such as `0.9.3`.
    pub version: String,
    /// How long a call may take.
    limit: Duration,
}

impl Uv {
    /// Find `uv` on the path.
    pub fn find() -> Result<Self, Error> {
        let set = env::var(TIMEOUT_VARIABLE).ok().and_then(|seconds| seconds.trim().parse().ok());
        Self::at(PathBuf::from("uv"), Duration::from_secs(set.unwrap_or(limits::UV_SECONDS)))
    }

    /// The `uv` of this path.
    pub fn at(program: PathBuf, limit: Duration) -> Result<Self, Error> {
        let soon = limit.min(Duration::from_secs(limits::ANSWER_SECONDS));
        let answer = match children::answer(Command::new(&program).arg("--version"), soon) {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                let call = "uv --version".to_owned();
                return Err(Error::UvHung { call, seconds: soon.as_secs(), output: String::new() });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::UvMissing),
            Err(error) => return Err(Error::UvBroken(error.to_string())),
        };
        match answer.stdout.split_whitespace().nth(1) {
            Some(version) if answer.status.success() => Ok(Self { program, version: version.to_owned(), limit }),
            _ => {
                let last = answer.stderr.lines().last().unwrap_or("it says nothing").to_owned();
                Err(Error::UvBroken(last))
            }
        }
    }
}

/// Hexapla's cache: the folder named by `HEXAPLA_CACHE`, else `hexapla` in the platform's cache folder.
pub fn cache_folder() -> Result<PathBuf, Error> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set(CACHE_VARIABLE) {
        return std::path::absolute(&folder).map_err(at(&folder));
    }
    let platform = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        env::home_dir().map(|home| home.join("Library/Caches"))
    } else {
        // The XDG specification: a relative path is to be ignored.
        (set("XDG_CACHE_HOME").filter(|path| path.is_absolute()))
            .or_else(|| env::home_dir().map(|home| home.join(".cache")))
    };
    platform.map(|folder| folder.join("hexapla")).ok_or(Error::NoCache)
}

/// A column's environment, made or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    folder: PathBuf,
    requirements: Requirements,
}

/// What `doctor` shows of an environment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// The column.
    pub column: String,
    /// Whether a run can start at once.
    pub ready: bool,
    /// Where it lives or will live.
    pub folder: PathBuf,
    /// The Python version: the one installed if it is ready, else the one asked for.
    pub python: String,
    /// What the first run fetches, in words; none if it is ready or not known.
    pub to_fetch: Option<String>,
}

impl Environment {
    /// The environment of a column within a cache folder (see [`cache_folder`]). Touches nothing.
    pub fn new(cache: &Path, requirements: Requirements) -> Self {
        let folder = cache.join("environments").join(requirements.folder_name());
        Self { folder, requirements }
    }

    /// The environment's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its Python.
    pub fn python(&self) -> PathBuf {
        self.folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
    }

    /// A folder beside the environment that outlives a run, for code that a framework compiles.
    pub fn scratch(&self) -> PathBuf {
        self.folder.join("hexapla-scratch")
    }

    /// Whether it was made to the end. (The Python may have been removed since: it often is a link.)
    pub fn is_ready(&self) -> bool {
        self.folder.join(MARKER).is_file() && self.python().exists()
    }

    /// Its size in bytes, as far as it can be read; files that it shares with other environments are counted.
    pub fn size(&self) -> u64 {
        fn below(folder: &Path) -> u64 {
            let Ok(entries) = fs::read_dir(folder) else { return 0 };
            let size = |entry: fs::DirEntry| match entry.metadata() {
                Ok(found) if found.is_dir() => below(&entry.path()),
                Ok(found) if found.is_file() => found.len(),
                _ => 0,
            };
            entries.flatten().map(size).sum()
        }
        below(&self.folder)
    }

    /// What `doctor` shows.
    pub fn status(&self) -> Status {
        let ready = self.is_ready();
        let installed = || {
            let text = input::text(&self.folder.join("pyvenv.cfg"), limits::CACHE_BYTES).ok()?;
            let value = |line: &str| Some(line.strip_prefix("version_info")?.trim_start_matches([' ', '=']).to_owned());
            text.lines().find_map(value)
        };
        let fetch = Some(self.requirements.download.clone());
        Status {
            column: self.requirements.column.clone(),
            ready,
            folder: self.folder.clone(),
            python: installed().filter(|_| ready).unwrap_or_else(|| self.requirements.python.clone()),
            to_fetch: fetch.filter(|text| !ready && !text.is_empty()),
        }
    }

    /// Make it if it is not ready. `progress` gets a line of words now and then: what uv says, its warnings left out.
    pub fn ensure(&self, uv: &Uv, progress: &dyn Fn(&str)) -> Result<(), Error> {
        if self.is_ready() {
            return Ok(());
        }
        // The folder was joined from at least two parts in `new`.
        let parent = self.folder.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(at(parent))?;
        let lock_path = self.folder.with_extension("lock");
        output::admit(parent, &lock_path).map_err(Error::Refused)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path).map_err(at(&lock_path))?;
        if lock.try_lock().is_err() {
            progress("another process is making it");
            lock.lock().map_err(at(&lock_path))?;
        }
        // Whoever held the lock may have made it meanwhile.
        if self.is_ready() {
            return Ok(());
        }
        self.make(uv, parent, progress)
        // The lock ends with its file. The file stays: removing it would let a third process lock another one.
    }

    fn make(&self, uv: &Uv, parent: &Path, progress: &dyn Fn(&str)) -> Result<(), Error> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(at(&self.folder))?;
        }
        // What is half made when a signal comes is removed: it would be made anew in any case.
        let _unfinished = Unfinished::new(&self.folder);
        let python = &self.requirements.python;
        progress(&format!("making an environment with Python {python}"));
        let mut venv = self.uv(uv, parent);
        venv.args(["venv", "--python", python]).arg(&self.folder);
        self.finish(venv, "venv", uv.limit, progress)?;

        let list = self.folder.join("requirements.txt");
        output::write(&self.folder, &list, self.requirements.packages.as_str()).map_err(Error::Refused)?;
        match self.requirements.download.as_str() {
            "" => progress("installing packages"),
            size => progress(&format!("installing packages ({size})")),
        }
        let mut install = self.uv(uv, parent);
        install.args(["pip", "install", "--python"]).arg(self.python()).arg("-r").arg(&list);
        install.args(&self.requirements.arguments);
        self.finish(install, "pip install", uv.limit, progress)?;

        let marker = self.folder.join(MARKER);
        output::write(&self.folder, &marker, format!("made by uv {}\n", uv.version)).map_err(Error::Refused)?;
        Ok(())
    }

    /// A call of uv that no project or environment around us can sway.
    fn uv(&self, uv: &Uv, folder: &Path) -> Command {
        let mut command = Command::new(&uv.program);
        command.current_dir(folder).env_remove("VIRTUAL_ENV").env_remove("CONDA_PREFIX");
        command.args(["--color", "never", "--no-progress"]);
        command
    }

    fn finish(&self, mut command: Command, step: &str, limit: Duration, progress: &dyn Fn(&str)) -> Result<(), Error> {
        let program = PathBuf::from(command.get_program());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut group = Group::start(&mut command).map_err(at(&program))?;
        let (sender, lines) = mpsc::channel();
        if let Some(stderr) = group.stderr() {
            thread::spawn(move || {
                let lines = BufReader::new(stderr).split(b'\n').map_while(Result::ok);
                lines.map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
            });
        }
        let since = Instant::now();
        let (mut tail, mut warnings) = (VecDeque::new(), Warnings::default());
        let mut take = |line: Vec<u8>| {
            let line = String::from_utf8_lossy(&line);
            if let Some(line) = warnings.leave_out(&line) {
                progress(line);
                if tail.len() == TAIL {
                    tail.pop_front();
                }
                tail.push_back(line.to_owned());
            }
        };
        let status = loop {
            match lines.recv_timeout(GLANCE) {
                Ok(line) => take(line),
                // It may have closed its output and go on.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(GLANCE),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = group.ended().map_err(at(&program))? {
                break Some(status);
            }
            if since.elapsed() >= limit {
                break None;
            }
        };
        group.end().map_err(at(&program))?;
        // Its last words may still be on their way; a process that left the group may hold the pipe open.
        while let Ok(line) = lines.recv_timeout(Duration::from_secs(1)) {
            take(line);
        }
        let output = Vec::from(tail).join("\n");
        match status {
            None => {
                let call = format!("uv {step}` for `{}", self.requirements.column);
                Err(Error::UvHung { call, seconds: limit.as_secs(), output })
            }
            Some(status) if status.success() => Ok(()),
            Some(status) if output.is_empty() => {
                Err(self.explain(step, format!("nothing, but it ended with {status}")))
            }
            Some(_) => Err(self.explain(step, output)),
        }
    }

    /// What uv's last words mean to the user.
    fn explain(&self, step: &str, output: String) -> Error {
        const NETWORK: [&str; 8] = [
            "dns error",
            "error sending request",
            "failed to fetch",
            "failed to download",
            "could not connect",
            "connection refused",
            "network connectivity is disabled",
            "operation timed out",
        ];
        let column = self.requirements.column.clone();
        let lower = output.to_lowercase();
        if lower.contains("no space left") || lower.contains("not enough space") {
            return Error::DiskFull { column, download: self.requirements.download.clone() };
        }
        let offline = NETWORK.iter().any(|sign| lower.contains(sign));
        if step == "venv" && (offline || lower.contains("no interpreter found")) {
            return Error::PythonMissing { column, version: self.requirements.python.clone(), output };
        }
        if offline {
            return Error::NoNetwork { column, output };
        }
        Error::InstallFailed { column, output }
    }
}

/// Make several environments, one after the other (uv itself works in parallel); the results in the same order.
pub fn ensure_all(environments: &[Environment], uv: &Uv, progress: &dyn Fn(&str, &str)) -> Vec<Result<(), Error>> {
    let one = |environment: &Environment| {
        let column = environment.requirements.column.as_str();
        environment.ensure(uv, &|line| progress(column, line))
    };
    environments.iter().map(one).collect()
}

/// How often it is looked whether uv has ended.
const GLANCE: Duration = Duration::from_millis(50);

/// Leaves out uv's warnings, which may run over several lines: they tell of Python shims that it could not look into, and of file systems
/// without hard links, and are of no use to someone who verifies.
#[derive(Default)]
struct Warnings {
    within: bool,
}

impl Warnings {
    /// The line, if it is worth showing.
    fn leave_out<'l>(&mut self, line: &'l str) -> Option<&'l str> {
        let line = line.trim_end();
        let continued =
            line.starts_with([' ', '\t']) && !line.trim_start().starts_with(['+', '-', '~', '×', '╰', '├', '│']);
        self.within = line.starts_with("warning:") || (self.within && continued);
        // How to activate it is of no use either.
        (!self.within && !line.is_empty() && !line.starts_with("Activate with")).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    const MINUTE: Duration = Duration::from_secs(60);

    fn requirements() -> Requirements {
        Requirements {
            column: "column".to_owned(),
            python: "3.11".to_owned(),
            packages: "# made by uv\nalpha==1.0\n\nbeta==2.0  # via alpha\n".to_owned(),
            arguments: vec![],
            download: "12 MB".to_owned(),
        }
    }

    #[test]
    fn the_folder_follows_what_is_installed() {
        let first = requirements().folder_name();
        assert_eq!(first, "column-aa6ae70a745c4c41");
        let mut same = requirements();
        same.packages = "alpha==1.0\nbeta==2.0".to_owned();
        same.download = "1 GB".to_owned();
        assert_eq!(same.folder_name(), first);
        for change in [
            |r: &mut Requirements| r.python = "3.12".to_owned(),
            |r: &mut Requirements| r.packages.push_str("gamma==3\n"),
            |r: &mut Requirements| r.arguments.push("--small".to_owned()),
            |r: &mut Requirements| r.column = "other".to_owned(),
        ] {
            let mut other = requirements();
            change(&mut other);
            assert_ne!(other.folder_name(), first);
        }
    }

    #[test]
    fn warnings_stay_out_of_sight() {
        let text = "warning: Failed to inspect Python\n  caused by: a shim\nUsing CPython 3.11\n\n + alpha==1.0\n";
        let mut warnings = Warnings::default();
        let lines: Vec<&str> = text.lines().filter_map(|line| warnings.leave_out(line)).collect();
        assert_eq!(lines, ["Using CPython 3.11", " + alpha==1.0"]);
    }

    #[test]
    fn a_missing_uv_says_how_to_install_it() {
        let error = Uv::at(PathBuf::from("no-such-program-as-this"), MINUTE).unwrap_err();
        assert!(matches!(error, Error::UvMissing));
        assert!(error.to_string().contains("python3 -m pip install uv"));
    }

    #[test]
    fn uv_errors_are_told_apart() {
        let environment = Environment::new(Path::new("cache"), requirements());
        let explain = |step, text: &str| environment.explain(step, text.to_owned());
        assert!(matches!(explain("venv", "error: No interpreter found for Python 3.11"), Error::PythonMissing { .. }));
        assert!(matches!(explain("install", "  Caused by: dns error: failed"), Error::NoNetwork { .. }));
        assert!(matches!(explain("install", "No space left on device"), Error::DiskFull { .. }));
        let other = explain("install", "× No solution found");
        assert_eq!(other.to_string(), "the environment of column could not be made; uv says:\n× No solution found");
    }

    /// A stand-in for uv: makes the folder, and fails at the packages if told to.
    #[cfg(unix)]
    fn fake_uv(folder: &Path, install: &str) -> io::Result<Uv> {
        use std::os::unix::fs::PermissionsExt;
        let program = folder.join("uv");
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in\n--version) echo 'uv 1.2.3 (abc)';;\n*venv*) for last; do :; done\n\
             mkdir -p \"$last/bin\"; : > \"$last/bin/python\"\nprintf 'version_info = 3.11.9\\n' > \"$last/pyvenv.cfg\"\n\
             echo 'warning: a shim' >&2; echo 'Using CPython' >&2;;\n*) {install};;\nesac\n"
        );
        fs::write(&program, script)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        Uv::at(program, MINUTE).map_err(io::Error::other)
    }

    #[cfg(unix)]
    #[test]
    fn a_half_made_environment_is_made_anew() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let environment = Environment::new(folder.path(), requirements());
        let broken = fake_uv(folder.path(), "echo 'error: broken wheel' >&2; exit 1")?;
        assert_eq!(broken.version, "1.2.3");
        let error = environment.ensure(&broken, &|_| ()).unwrap_err();
        assert!(error.to_string().ends_with("error: broken wheel"), "{error}");
        // One that hangs is ended, with what it started.
        let hanging = fake_uv(folder.path(), "echo 'Resolving' >&2; sleep 100")?;
        let error = environment.ensure(&Uv { limit: Duration::from_secs(1), ..hanging }, &|_| ()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`uv pip install` for `column` did not end within 1 s, and was ended (it said last: Resolving); \
             HEXAPLA_UV_TIMEOUT=SECONDS sets another limit"
        );
        assert!(environment.folder().exists() && !environment.is_ready());
        let before = environment.status();
        assert_eq!((before.ready, before.to_fetch.as_deref()), (false, Some("12 MB")));

        fs::write(environment.folder().join("left-over"), "")?;
        let whole = fake_uv(folder.path(), "echo ' + alpha==1.0' >&2")?;
        let lines = RefCell::new(vec![]);
        environment.ensure(&whole, &|line| lines.borrow_mut().push(line.to_owned()))?;
        assert!(environment.is_ready() && !environment.folder().join("left-over").exists());
        assert_eq!(
            lines.into_inner(),
            ["making an environment with Python 3.11", "Using CPython", "installing packages (12 MB)", " + alpha==1.0"]
        );
        let after = environment.status();
        assert_eq!((after.ready, after.python.as_str(), after.to_fetch), (true, "3.11.9", None));
        // Ready: uv is not asked again.
        let broken = fake_uv(folder.path(), "exit 1")?;
        environment.ensure(&broken, &|_| ())?;
        Ok(())
    }
}
