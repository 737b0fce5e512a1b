//! The count after the run: what was promised, and what is there.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rollcall_servers::process::is_clean;

use super::ChaosArguments;
use super::backlog::Backlog;
use super::consumer::{Consumer, Handled};
use super::logged::{Logged, of_consumer, of_schools};
use super::report::at;
use super::stage::Stage;
use super::verify::{totals, verdict, verify};
use super::writers::{Writers, Written};

/// How many findings of one check are shown.
const SHOWN: usize = 10;

/// What came of a run.
pub(super) struct Outcome {
    /// Each check with what it found; nothing where all is well.
    checks: Vec<(&'static str, Vec<String>)>,
    /// The totals of `rollcall verify`, by their headings.
    totals: BTreeMap<&'static str, u64>,
    facts: Vec<String>,
}

/// Ends the load, waits until all is carried, and counts.
pub(super) async fn outcome(
    stage: &Stage,
    writers: Writers,
    consumer: Consumer,
    stuck: Option<String>,
    (binary, arguments): (&Path, &ChaosArguments),
) -> Outcome {
    let written = writers.stop().await;
    let mut late: Vec<String> = stuck.into_iter().collect();
    let mut behind = Vec::new();
    if late.is_empty() {
        let emptied = Backlog::new(stage, arguments.control).await.until_empty().await;
        late.extend(emptied.err());
    }
    let logged = Logged::read(&stage.database().await).await;
    if !arguments.control && late.is_empty() {
        let all = logged.order.values().map(Vec::len).sum::<usize>();
        let all_handled = tokio::time::timeout(Duration::from_secs(30), async {
            while consumer.count() < all {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        if all_handled.await.is_err() {
            behind.push(format!(
                "the consumer handled {} of {all} events",
                consumer.count()
            ));
        }
    }
    let handled = consumer.stop().await;
    let (code, report) = verify(stage, binary);
    let totals = totals(&report);
    let mut checks = vec![
        ("the backlog empties after each round", late),
        (
            "each answered school has its event exactly once",
            of_schools(&written, &logged),
        ),
        ("each key was used exactly once", logged.key_faults.clone()),
        (
            "no event is withheld, no stream begins anew",
            logged.interventions.clone(),
        ),
        (
            "writers meet no answer that no fault explains",
            lines(&written.surprises),
        ),
        ("no process ends by itself or panics", ends(stage)),
    ];
    if !arguments.control {
        checks.push((
            "the streams are the log (rollcall verify)",
            verdict(code, &totals, &report),
        ));
        checks.push((
            "the consumer handled each event once and in order",
            [behind, of_consumer(&handled, &logged)].concat(),
        ));
    }
    checks.push(("every process drains and ends well", stop(stage)));
    if checks.iter().any(|(_, findings)| !findings.is_empty()) {
        keep_logs(stage, arguments.seed);
    }
    Outcome {
        facts: facts(&written, &handled, &logged, stage),
        checks,
        totals,
    }
}

impl Outcome {
    /// Prints everything, the last line as cargo prints the outcome of its tests.
    pub(super) fn print(&self, faulted_for: Duration) {
        println!("\nFaults were caused for {:.0} s.", faulted_for.as_secs_f64());
        self.facts.iter().for_each(|fact| println!("{fact}"));
        println!("verify: {:?}\n", self.totals);
        for (name, findings) in &self.checks {
            println!(
                "check {name} ... {}",
                if findings.is_empty() { "ok" } else { "FAILED" }
            );
            for finding in findings.iter().take(SHOWN) {
                println!("    {finding}");
            }
            if findings.len() > SHOWN {
                println!("    and {} more", findings.len() - SHOWN);
            }
        }
    }

    /// Whether all is as it should be; of the control, whether it lost or repeated something. Prints the tally.
    pub(super) fn is_well(&self, is_control: bool) -> bool {
        let mut failed = self
            .checks
            .iter()
            .filter(|(_, findings)| !findings.is_empty())
            .count();
        let mut count = self.checks.len();
        if is_control {
            let found = ["lost", "duplicate"].map(|name| self.totals.get(name).copied().unwrap_or(0));
            let is_found = found.iter().any(|count| *count > 0);
            println!(
                "check the control loses or repeats something ... {} ({} lost, {} twice)",
                if is_found { "ok" } else { "FAILED" },
                found[0],
                found[1]
            );
            count += 1;
            failed += usize::from(!is_found);
        }
        println!(
            "test result: {}. {} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out",
            if failed == 0 { "ok" } else { "FAILED" },
            count - failed
        );
        failed == 0
    }
}

fn lines(counts: &BTreeMap<String, u64>) -> Vec<String> {
    counts
        .iter()
        .map(|(text, count)| format!("{count} times {text}"))
        .collect()
}

fn ends(stage: &Stage) -> Vec<String> {
    let mut findings = stage.unexpected_exits();
    for number in 0..stage.members.len() {
        let member = stage.member(number);
        let log = member.log();
        let panics = log.lines().filter(|line| line.contains("panicked"));
        findings.extend(panics.map(|line| format!("{}: {line}", member.name)));
    }
    findings
}

fn stop(stage: &Stage) -> Vec<String> {
    let mut findings = Vec::new();
    for number in 0..stage.members.len() {
        let mut member = stage.member(number);
        match tokio::task::block_in_place(|| member.stop()) {
            Some(status) if is_clean(status) => {}
            status => findings.push(format!("{} ended with {status:?}", member.name)),
        }
    }
    findings
}

fn facts(written: &Written, handled: &Handled, logged: &Logged, stage: &Stage) -> Vec<String> {
    let answered = written
        .creations
        .iter()
        .filter(|creation| creation.school.is_some());
    let ages = &handled.ages;
    vec![
        format!(
            "Writers: {} schools answered with 201, {} given up, {} requests sent again.",
            answered.count(),
            written
                .creations
                .iter()
                .filter(|creation| creation.school.is_none())
                .count(),
            written.retries
        ),
        format!(
            "Log: {} events. Consumer: {} handled, {} came again and were told by their position.",
            logged.order.values().map(Vec::len).sum::<usize>(),
            handled.events.iter().map(Vec::len).sum::<usize>(),
            handled.repeated
        ),
        format!(
            "In quiet, from the event's time to its handling (commit, relay and consumer): p50 {} ms, p99 {} ms, max {} ms of {}.",
            at(ages, 0.5),
            at(ages, 0.99),
            at(ages, 1.0),
            ages.len()
        ),
        format!(
            "Starts that failed because a server was away: {}.",
            stage.failed_starts()
        ),
    ]
}

/// Keeps what the processes said, for whoever looks for the reason.
fn keep_logs(stage: &Stage, seed: u64) {
    let folder = std::env::temp_dir().join(format!("rollcall-chaos-seed-{seed}"));
    if std::fs::create_dir_all(&folder).is_err() {
        return;
    }
    for number in 0..stage.members.len() {
        let member = stage.member(number);
        let _ = std::fs::write(folder.join(format!("{}.log", member.name)), member.log());
    }
    let _ = std::fs::write(folder.join("redis.log"), stage.broker().tail());
    println!("\nwhat the processes said is in {}", folder.display());
}
