//! `rollcall verify`, and what it says.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::stage::Stage;

/// What `rollcall verify` counts; all but the first two must be nothing.
const COUNTS: [&str; 7] = [
    "log",
    "stream",
    "lost",
    "duplicate",
    "out of order",
    "mismatched",
    "pending",
];

/// The exit code and the report of `rollcall verify`, past every bad network.
pub(super) fn verify(stage: &Stage, binary: &Path) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("make a folder");
    let port = stage.broker().port();
    let run = || {
        let mut command = Command::new(binary);
        command
            .current_dir(folder.path())
            .arg("verify")
            .env("ROLLCALL_DATABASE_URL", stage.database_url())
            .env("ROLLCALL_REDIS_URL", format!("redis://127.0.0.1:{port}"));
        command.output().expect("run rollcall verify")
    };
    let output = tokio::task::block_in_place(run);
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.code(), text)
}

/// The counts of the line of totals, by the headings above them: both end at the end of their column.
pub(super) fn totals(report: &str) -> BTreeMap<&'static str, u64> {
    let line = |name: &str| report.lines().find(|line| line.trim_start().starts_with(name));
    let (Some(heading), Some(total)) = (line("partition"), line("total")) else {
        return BTreeMap::new();
    };
    let count = |name: &str| -> Option<u64> {
        let end = heading.find(name)? + name.len();
        total.get(..end)?.split_whitespace().next_back()?.parse().ok()
    };
    COUNTS
        .into_iter()
        .filter_map(|name| Some((name, count(name)?)))
        .collect()
}

/// What is wrong with it.
pub(super) fn verdict(code: Option<i32>, totals: &BTreeMap<&str, u64>, report: &str) -> Vec<String> {
    let is_zero = |name: &&str| totals.get(*name) == Some(&0);
    let is_whole = totals.get("log") == totals.get("stream") && totals.get("log") > Some(&0);
    if code == Some(0) && COUNTS[2..].iter().all(is_zero) && is_whole {
        return Vec::new();
    }
    let mut findings = vec![format!("exit code {code:?}, {totals:?}")];
    findings.extend(
        report
            .lines()
            .filter(|line| line.contains(": "))
            .map(str::to_owned),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "    partition          log       stream         lost    duplicate out of order   mismatched      pending
            3           10           10            0            0            0            0            0
        total           11           12            1            2            3            4            5
partition 3: rows 1 to 1 of the log are not in the stream
";

    #[test]
    fn totals_are_read_by_their_headings() {
        let totals = totals(REPORT);
        assert_eq!(COUNTS.map(|name| totals[name]), [11, 12, 1, 2, 3, 4, 5]);
    }
}
