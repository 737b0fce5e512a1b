//! What a reader must know of the machine to judge a figure.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Serialize;

use crate::arguments::repository;
use crate::error::BenchError;
use crate::process::output;

/// The machine, and what ran on it.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    /// When the run began, UTC.
    pub started: String,
    /// The commit that was measured; with `+` if files differ from it.
    pub revision: String,
    /// Processors that the run may use.
    pub processors: usize,
    /// What they are.
    pub processor_model: String,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// The kernel.
    pub kernel: String,
    /// The file system that the databases lie on.
    pub file_system: String,
    /// How many processes wanted a processor in the minute before the run: above a few tenths somebody else is at work.
    pub load_before: f64,
    /// Versions and settings of what ran, by name.
    pub versions: Vec<(String, String)>,
}

impl Facts {
    /// Looks around; `folder` is where the databases will lie.
    pub fn gather(binary: &Path, folder: Option<&Path>) -> Result<Self, BenchError> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        let load = read("/proc/loadavg");
        let version = output(Command::new(binary).arg("--version"))?;
        Ok(Self {
            started: output(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M"]))?
                .trim()
                .to_owned(),
            revision: revision(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            processor_model: after(&read("/proc/cpuinfo"), "model name"),
            memory_mib: after(&read("/proc/meminfo"), "MemTotal")
                .split_whitespace()
                .next()
                .and_then(|kib| kib.parse::<u64>().ok())
                .unwrap_or(0)
                / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            file_system: file_system(&read("/proc/mounts"), &folder),
            load_before: load
                .split_whitespace()
                .next()
                .and_then(|load| load.parse().ok())
                .unwrap_or(0.0),
            versions: vec![("rollcall".to_owned(), version.trim().to_owned())],
        })
    }

    /// Adds what else ran.
    pub fn add(&mut self, name: &str, version: impl Into<String>) {
        self.versions.push((name.to_owned(), version.into()));
    }

    /// As a list in Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut lines = vec![
            format!("- measured {} UTC at revision {}", self.started, self.revision),
            format!(
                "- {} processors ({}), {} MiB of memory, Linux {}, databases on {}",
                self.processors, self.processor_model, self.memory_mib, self.kernel, self.file_system
            ),
            format!("- load average before the run: {:.2}", self.load_before),
        ];
        for (name, version) in &self.versions {
            lines.push(format!("- {name}: {version}"));
        }
        lines.join("\n")
    }
}

fn revision() -> String {
    let git = |arguments: &[&str]| {
        output(Command::new("git").arg("-C").arg(repository()).args(arguments)).unwrap_or_default()
    };
    let changed = !git(&["status", "--porcelain", "--untracked-files=no"])
        .trim()
        .is_empty();
    format!(
        "{}{}",
        git(&["rev-parse", "--short=10", "HEAD"]).trim(),
        if changed { "+" } else { "" }
    )
}

/// The text after `name` and a colon.
fn after(text: &str, name: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line
        .and_then(|line| line.split_once(':'))
        .map_or("unknown", |(_, value)| value);
    value.trim().to_owned()
}

/// The type of the file system with the longest mount point above `folder`.
fn file_system(mounts: &str, folder: &Path) -> String {
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        Some((fields.next()?, fields.next()?))
    });
    mounts
        .filter(|(point, _)| folder.starts_with(point))
        // Of several on one point the last one mounted is seen, and `max_by_key` gives the last of equals.
        .max_by_key(|(point, _)| point.len())
        .map_or("unknown", |(_, kind)| kind)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_system_is_that_of_the_nearest_mount() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/x xfs rw 0 0\n";
        let kind = |path: &str| file_system(mounts, Path::new(path));
        assert_eq!(kind("/home"), "ext4");
        assert_eq!(kind("/tmp/y"), "tmpfs");
        assert_eq!(kind("/tmp/x/y"), "xfs");
        assert_eq!(kind("/tmpfiles"), "ext4");
    }

    #[test]
    fn values_stand_behind_a_colon() {
        assert_eq!(after("a: 1\nmodel name\t: Fast CPU\n", "model name"), "Fast CPU");
        assert_eq!(after("", "model name"), "unknown");
    }
}
