//! What happens when the program is told to end while frameworks run: INT (Ctrl-C), TERM and HUP.
//!
//! The children and what they started are ended, a file that is being written is finished, the folders that were only for this run are
//! removed, and the exit status is 128 and the number of the signal: 130, 143, 129. A second INT ends the program at once. HUP stays
//! ignored where it was, as under `nohup`. On Windows the console ends all of its processes, and nothing is tidied up.
//!
//! Architecture Invariant: nothing of this runs within a signal's handler, which only takes note; a thread waits for the note.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Folders that are removed if a signal comes.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// How often it is tried to remove a folder in which a process that is being ended may still write.
const TRIES: u32 = 50;

/// A folder that does not outlive a signal, until this is dropped.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Takes note of a folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).push(folder.to_owned());
        Self(folder.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).retain(|folder| *folder != self.0);
    }
}

fn remove(folder: &Path) {
    for _ in 0..TRIES {
        if fs::remove_dir_all(folder).is_ok() || !folder.exists() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Watches for signals from now on, once for the process. Where that can't be done they end the program as ever.
#[cfg(unix)]
pub fn watch() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;
    use signal_hook::iterator::Signals;
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Once};

    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut wanted = vec![SIGINT, SIGTERM];
        if !ignored(SIGHUP) {
            wanted.push(SIGHUP);
        }
        let ending = Arc::new(AtomicBool::new(false));
        // In this order: the first signal raises the flag, and an INT that finds it raised ends the program. (A terminal that is closed
        // sends HUP twice, and who stops a service may send TERM and HUP: those may come as often as they like.)
        let second = flag::register_conditional_shutdown(SIGINT, 128 + SIGINT, Arc::clone(&ending));
        let first =
            wanted.iter().map(|signal| flag::register(*signal, Arc::clone(&ending))).collect::<Result<Vec<_>, _>>();
        let (Ok(_), Ok(_), Ok(mut signals)) = (second, first, Signals::new(&wanted)) else { return };
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                end(signal);
            }
        });
    });
}

/// Watches for nothing: the console ends all of its processes.
#[cfg(not(unix))]
pub fn watch() {}

#[cfg(unix)]
fn end(signal: i32) -> ! {
    super::children::end_all();
    crate::output::stop();
    let folders = std::mem::take(&mut *FOLDERS.lock().unwrap_or_else(PoisonError::into_inner));
    folders.iter().for_each(|folder| remove(folder));
    signal_hook::low_level::exit(128 + signal)
}

/// Whether a signal was ignored when the program started, as far as the system tells.
#[cfg(unix)]
fn ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
