//! What a process takes of the machine, from `/proc` (proc(5)).

use std::fs;
use std::time::Duration;

/// `/proc` counts processor time in hundredths of a second on every architecture that Linux runs on (`USER_HZ`).
const TICK_MS: u64 = 10;

/// What a process, or a family of them, takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory in bytes. Pages that processes share count for each of them.
    pub resident_bytes: u64,
    /// Processor time so far, user and system.
    pub cpu_time: Duration,
}

/// The processor time of this process, with that of threads that have ended.
#[must_use]
pub fn own_cpu_time() -> Duration {
    of_process(std::process::id()).map_or(Duration::ZERO, |usage| usage.cpu_time)
}

/// What one process takes; nothing where it has ended.
#[must_use]
pub fn of_process(process: u32) -> Option<Usage> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(Usage {
        resident_bytes: status_kib(&status, "VmRSS:").unwrap_or(0) * 1024,
        cpu_time: cpu_time(&stat)?,
    })
}

/// What a process and all of its descendants take.
#[must_use]
pub fn of_family(process: u32) -> Usage {
    let mut total = Usage::default();
    let mut open = vec![process];
    while let Some(process) = open.pop() {
        if let Some(usage) = of_process(process) {
            total.resident_bytes += usage.resident_bytes;
            total.cpu_time += usage.cpu_time;
        }
        open.extend(children_of(process));
    }
    total
}

/// The most resident memory that a process ever had, in bytes.
#[must_use]
pub fn peak_resident_bytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    Some(status_kib(&status, "VmHWM:")? * 1024)
}

/// The processes that a process has started.
pub(crate) fn children_of(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let listings = threads
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let ids = |listing: String| -> Vec<u32> {
        listing
            .split_whitespace()
            .filter_map(|id| id.parse().ok())
            .collect()
    };
    listings.flat_map(ids).collect()
}

fn status_kib(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Fields 14 and 15; the second, a name in brackets, may itself hold blanks and brackets.
fn cpu_time(stat: &str) -> Option<Duration> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * TICK_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_a_name_with_blanks_and_brackets() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 1 0 100 1000 200";
        assert_eq!(cpu_time(stat), Some(Duration::from_secs(2)));
        assert_eq!(cpu_time("42"), None);
    }

    #[test]
    fn memory_is_read_in_kibibytes() {
        let status = "VmPeak:\t  9 kB\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n";
        assert_eq!(status_kib(status, "VmRSS:"), Some(1024));
        assert_eq!(status_kib(status, "VmHWM:"), Some(2048));
        assert_eq!(status_kib(status, "VmSwap:"), None);
    }

    #[test]
    fn this_process_takes_something() {
        let own = of_process(std::process::id()).unwrap();
        assert!(own.resident_bytes > 100_000);
        assert!(peak_resident_bytes(std::process::id()).unwrap() >= own.resident_bytes);
        let before = own_cpu_time();
        while own_cpu_time() == before {
            std::hint::spin_loop();
        }
        assert!(of_family(std::process::id()).resident_bytes > 100_000);
    }
}
