//! The count after the run: what was promised, and what is there.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rollcall_servers::process::is_clean;
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use uuid::Uuid;

use super::ChaosArguments;
use super::backlog::{Backlog, statement};
use super::consumer::{Consumer, Handled};
use super::report::at;
use super::stage::Stage;
use super::writers::{Writers, Written};

/// How many findings of one check are shown.
const SHOWN: usize = 10;

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

/// What the database holds.
struct Logged {
    /// The schools whose creation was logged under a correlation id.
    schools: HashMap<Uuid, Vec<Uuid>>,
    /// The ids of the events of each partition, in order.
    order: BTreeMap<usize, Vec<String>>,
    key_faults: Vec<String>,
}

impl Logged {
    async fn read(database: &DatabaseConnection) -> Self {
        let sql = "SELECT \"partition\"::int AS \"partition\", event_id::text AS id, event_type AS type,
                   envelope::jsonb->>'correlationid' AS correlation, envelope::jsonb->>'subject' AS subject
                   FROM event_log ORDER BY event_log.\"partition\", event_log.seq";
        let rows = database
            .query_all_raw(statement(sql))
            .await
            .expect("read the log");
        let (mut schools, mut order) = (HashMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for row in &rows {
            let text = |name: &str| row.try_get::<String>("", name).expect("a text");
            let partition: i32 = row.try_get("", "partition").expect("a number");
            order
                .entry(usize::try_from(partition).unwrap_or(0))
                .or_default()
                .push(text("id"));
            if text("type") == "lms.roster.v1.SchoolCreated" {
                let id = |text: &str| Uuid::parse_str(text).expect("an id");
                let subject = text("subject");
                let school = id(subject.trim_start_matches("schools/"));
                schools.entry(id(&text("correlation"))).or_default().push(school);
            }
        }
        Self {
            schools,
            order,
            key_faults: key_faults(database).await,
        }
    }
}

/// Schools, keys with their answer, and audit records are as many as there are events, and each key leads to its own school.
async fn key_faults(database: &DatabaseConnection) -> Vec<String> {
    let counts = [
        ("schools", "schools"),
        ("events", "event_log WHERE event_type = 'lms.roster.v1.SchoolCreated'"),
        (
            "keys",
            "idempotency_records WHERE operation = 'createSchool' AND response_status = 201",
        ),
        (
            "different schools in the answers of keys",
            "(SELECT DISTINCT convert_from(response_body, 'UTF8')::jsonb->>'schoolId' FROM idempotency_records
              WHERE operation = 'createSchool' AND response_status = 201) AS answers",
        ),
        (
            "audit records",
            "audit_records WHERE action = 'school.create' AND outcome = 'succeeded'",
        ),
    ];
    let mut found = Vec::new();
    for (name, of) in counts {
        let sql = format!("SELECT count(*) AS count FROM {of}");
        let row = database.query_one_raw(statement(&sql)).await.expect("count");
        let count: i64 = row.expect("a count").try_get("", "count").expect("a count");
        found.push((name, count));
    }
    if found.iter().all(|(_, count)| *count == found[0].1) {
        return Vec::new();
    }
    vec![format!("{found:?}")]
}

/// What was answered is logged once, as it was answered; what was given up at most once; and nothing else is there.
fn of_schools(written: &Written, logged: &Logged) -> Vec<String> {
    let mut findings = Vec::new();
    let mut known = 0;
    for creation in &written.creations {
        let found = logged
            .schools
            .get(&creation.correlation)
            .map_or(&[][..], Vec::as_slice);
        known += found.len();
        let is_well = match creation.school {
            Some(school) => *found == [school],
            None => found.len() <= 1,
        };
        if !is_well {
            findings.push(format!("{creation:?} is in the log as {found:?}"));
        }
    }
    let all: usize = logged.schools.values().map(Vec::len).sum();
    if all != known {
        findings.push(format!("{} events of schools that nobody created", all - known));
    }
    findings
}

fn of_consumer(handled: &Handled, logged: &Logged) -> Vec<String> {
    let mut findings = handled.faults.clone();
    for (partition, events) in handled.events.iter().enumerate() {
        let log = logged.order.get(&partition).map_or(&[][..], Vec::as_slice);
        if events != log {
            let same = events
                .iter()
                .zip(log)
                .take_while(|(one, other)| one == other)
                .count();
            findings.push(format!(
                "partition {partition}: {} handled, {} in the log, the first {same} are the same",
                events.len(),
                log.len()
            ));
        }
    }
    findings
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

/// The exit code and the report of `rollcall verify`, past every bad network.
fn verify(stage: &Stage, binary: &Path) -> (Option<i32>, String) {
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
fn totals(report: &str) -> BTreeMap<&'static str, u64> {
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

fn verdict(code: Option<i32>, totals: &BTreeMap<&str, u64>, report: &str) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::super::writers::Creation;
    use super::*;

    const REPORT: &str = "    partition          log       stream         lost    duplicate out of order   mismatched      pending
            3           10           10            0            0            0            0            0
        total           11           12            1            2            3            4            5
partition 3: rows 1 to 1 of the log are not in the stream
";

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    /// Schools 1 and 2 were answered to keys 1 and 2, and key 3 was given up.
    fn written() -> Written {
        let creation = |key, school: Option<u128>| Creation {
            tenant: id(0),
            key: id(key),
            correlation: id(key),
            school: school.map(id),
        };
        Written {
            creations: vec![creation(1, Some(1)), creation(2, Some(2)), creation(3, None)],
            surprises: BTreeMap::new(),
            retries: 0,
        }
    }

    fn logged(schools: &[(u128, &[u128])], order: &[&str]) -> Logged {
        let ids = |schools: &[u128]| schools.iter().copied().map(id).collect();
        Logged {
            schools: schools
                .iter()
                .map(|(key, schools)| (id(*key), ids(schools)))
                .collect(),
            order: BTreeMap::from([(0, order.iter().map(ToString::to_string).collect())]),
            key_faults: Vec::new(),
        }
    }

    #[test]
    fn what_is_lost_repeated_or_unknown_is_found() {
        let check = |schools: &[(u128, &[u128])], findings: usize| {
            let found = of_schools(&written(), &logged(schools, &[]));
            assert_eq!(found.len(), findings, "{schools:?}: {found:?}");
        };
        check(&[(1, &[1]), (2, &[2])], 0);
        check(&[(1, &[1]), (2, &[2]), (3, &[3])], 0);
        check(&[(1, &[1])], 1);
        check(&[(1, &[1]), (2, &[9])], 1);
        check(&[(1, &[1]), (2, &[2, 2])], 1);
        check(&[(1, &[1]), (2, &[2]), (3, &[3, 4])], 1);
        check(&[(1, &[1]), (2, &[2]), (8, &[8])], 1);
    }

    #[test]
    fn a_consumer_that_missed_something_is_found() {
        let check = |events: &[&str], findings: usize| {
            let handled = Handled {
                events: vec![events.iter().map(ToString::to_string).collect()],
                ..Handled::default()
            };
            let found = of_consumer(&handled, &logged(&[], &["a", "b", "c"]));
            assert_eq!(found.len(), findings, "{events:?}: {found:?}");
        };
        check(&["a", "b", "c"], 0);
        for events in [
            &["a", "b"][..],
            &["a", "c"],
            &["a", "c", "b"],
            &["a", "a", "b", "c"],
        ] {
            check(events, 1);
        }
    }

    #[test]
    fn totals_are_read_by_their_headings() {
        let totals = totals(REPORT);
        assert_eq!(COUNTS.map(|name| totals[name]), [11, 12, 1, 2, 3, 4, 5]);
    }
}
