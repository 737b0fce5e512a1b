//! What the database holds after a run, and what is wrong with it.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use uuid::Uuid;

use super::backlog::statement;
use super::consumer::Handled;
use super::writers::Written;

/// What the database holds.
pub(super) struct Logged {
    /// The schools whose creation was logged under a correlation id.
    pub(super) schools: HashMap<Uuid, Vec<Uuid>>,
    /// The ids of the events of each partition, in order.
    pub(super) order: BTreeMap<usize, Vec<String>>,
    /// What is not as many as it should be.
    pub(super) key_faults: Vec<String>,
    /// What only a fault of an event, or an operator, may lead to.
    pub(super) interventions: Vec<String>,
}

impl Logged {
    pub(super) async fn read(database: &DatabaseConnection) -> Self {
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
            interventions: interventions(database).await,
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
        found.push((name, count(database, of).await));
    }
    if found.iter().all(|(_, count)| *count == found[0].1) {
        return Vec::new();
    }
    vec![format!("{found:?}")]
}

/// Nothing is wrong with any event: none is withheld, and no stream begins anew.
async fn interventions(database: &DatabaseConnection) -> Vec<String> {
    let mut found = Vec::new();
    for (name, of) in [
        ("events were withheld", "withheld_events"),
        ("epochs were begun", "event_partition_epochs"),
    ] {
        match count(database, of).await {
            0 => {}
            count => found.push(format!("{count} {name}")),
        }
    }
    found
}

async fn count(database: &DatabaseConnection, of: &str) -> i64 {
    let sql = format!("SELECT count(*) AS count FROM {of}");
    let row = database.query_one_raw(statement(&sql)).await.expect("count");
    row.expect("a count").try_get("", "count").expect("a count")
}

/// What was answered is logged once, as it was answered; what was given up at most once; and nothing else is there.
pub(super) fn of_schools(written: &Written, logged: &Logged) -> Vec<String> {
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

/// Each partition was handled once and in the order of the log.
pub(super) fn of_consumer(handled: &Handled, logged: &Logged) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::super::writers::Creation;
    use super::*;

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
            interventions: Vec::new(),
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
}
