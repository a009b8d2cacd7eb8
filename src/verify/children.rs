//! Processes that the program starts, each with those that it starts itself.
//!
//! A child is the leader of a process group of its own. When it ends, is given up or the program is told to end, the whole group is ended.
//! (A process that leaves its group on purpose is not found again; on Windows there are no groups, and the child alone is ended.)
//!
//! Architecture Invariant: `verify` and `doctor` start nothing in any other way. No child is started any more once [`end_all`] was called.

use std::io::{self, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often a child is looked after that is waited for.
const GLANCE: Duration = Duration::from_millis(10);

/// How much of a short answer is read.
const ANSWER_BYTES: u64 = 64 << 10;

/// The groups that are running.
struct Running {
    leaders: Vec<u32>,
    /// Whether no further one may be started.
    ending: bool,
}

static RUNNING: Mutex<Running> = Mutex::new(Running { leaders: Vec::new(), ending: false });

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The groups that are running, for a thread that works with one. Once the program is about to end it does not return: that a child has
/// ended would be told as the child's failure.
fn going_on() -> MutexGuard<'static, Running> {
    let running = running();
    if running.ending {
        drop(running);
        loop {
            thread::park();
        }
    }
    running
}

/// Ends all children with all that they started, and lets no new one start.
pub fn end_all() {
    let mut running = running();
    running.ending = true;
    running.leaders.iter().for_each(|leader| kill(*leader));
}

#[cfg(unix)]
fn kill(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // It fails only if all of the group has ended already.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill(_: u32) {}

/// A running child with its group, which ends when this is dropped.
#[derive(Debug)]
pub struct Group {
    child: Child,
    status: Option<ExitStatus>,
}

impl Group {
    /// Starts a child.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        // Started and noted at once: between the two no signal would find it.
        let mut running = going_on();
        let child = command.spawn()?;
        running.leaders.push(child.id());
        Ok(Self { child, status: None })
    }

    /// Its standard output, once, if it is piped.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Its standard error, once, if it is piped.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// How the child ended, if it has. What it left running is ended then.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() && self.has_ended()? {
            self.end()?;
        }
        Ok(self.status)
    }

    /// Whether the child has ended. It is not reaped: as long as its number is taken, its group can't be mistaken.
    #[cfg(unix)]
    fn has_ended(&mut self) -> io::Result<bool> {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let Some(leader) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else { return Ok(true) };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(leader), options)?.is_some())
    }

    #[cfg(not(unix))]
    fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Waits until the child has ended, but no longer than that.
    pub fn wait(&mut self, most: Duration) -> io::Result<Option<ExitStatus>> {
        let since = Instant::now();
        loop {
            let ended = self.ended()?;
            if ended.is_some() || since.elapsed() >= most {
                return Ok(ended);
            }
            thread::sleep(GLANCE.min(most));
        }
    }

    /// Ends the group.
    pub fn end(&mut self) -> io::Result<()> {
        if self.status.is_some() {
            return Ok(());
        }
        let leader = self.child.id();
        // The lock is held so that nobody ends a group whose number is free again.
        let mut running = going_on();
        kill(leader);
        // It fails only if it has ended already.
        let _ = self.child.kill();
        self.status = Some(self.child.wait()?);
        running.leaders.retain(|other| *other != leader);
        Ok(())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// What a child said and how it ended.
#[derive(Debug)]
pub struct Answer {
    /// How it ended.
    pub status: ExitStatus,
    /// The beginning of its standard output.
    pub stdout: String,
    /// The beginning of its standard error.
    pub stderr: String,
}

/// Asks a program something that it answers soon. `None` if it did not end in time.
pub fn answer(command: &mut Command, most: Duration) -> io::Result<Option<Answer>> {
    let mut group = Group::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let stdout = group.stdout().map(listen);
    let stderr = group.stderr().map(listen);
    let Some(status) = group.wait(most)? else { return Ok(None) };
    // Nobody of the group is left to hold the pipes open.
    let said =
        |listener: Option<JoinHandle<String>>| listener.and_then(|thread| thread.join().ok()).unwrap_or_default();
    Ok(Some(Answer { status, stdout: said(stdout), stderr: said(stderr) }))
}

fn listen(pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut said = Vec::new();
        // What came before an error is an answer as well.
        let _ = pipe.take(ANSWER_BYTES).read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn an_answer_has_a_time_limit() -> io::Result<()> {
        let answer = |script: &str, most| super::answer(&mut shell(script), most);
        let fine = answer("echo yes; echo no >&2; exit 3", Duration::from_secs(60))?.expect("it ends at once");
        assert_eq!((fine.stdout.as_str(), fine.stderr.as_str(), fine.status.code()), ("yes\n", "no\n", Some(3)));
        assert!(answer("sleep 100", Duration::from_millis(50))?.is_none());
        // A grandchild that holds the pipe open does not hold the answer up.
        let since = Instant::now();
        let fine = answer("sleep 100 & echo yes", Duration::from_secs(60))?.expect("it ends at once");
        assert_eq!(fine.stdout, "yes\n");
        assert!(since.elapsed() < Duration::from_secs(50));
        Ok(())
    }

    #[test]
    fn a_group_ends_with_its_grandchildren() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let note = folder.path().join("pid");
        let script = format!("sleep 100 & echo $! > '{0}.new'; mv '{0}.new' '{0}'; wait", note.display());
        let mut group = Group::start(&mut shell(&script))?;
        let pid = loop {
            match std::fs::read_to_string(&note) {
                Ok(pid) => break pid.trim().parse::<i32>().map_err(io::Error::other)?,
                Err(_) => thread::sleep(GLANCE),
            }
        };
        group.end()?;
        let pid = rustix::process::Pid::from_raw(pid).expect("a number");
        // It may stay a zombie until its new parent has seen it.
        let gone = || {
            rustix::process::test_kill_process(pid).is_err()
                || std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
                    .is_ok_and(|stat| stat.contains(") Z "))
        };
        let since = Instant::now();
        while !gone() && since.elapsed() < Duration::from_secs(60) {
            thread::sleep(GLANCE);
        }
        assert!(gone());
        Ok(())
    }
}
