//! Spans of statements, by the semantic conventions for database clients (stable).

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use opentelemetry_semantic_conventions::attribute::{
    DB_COLLECTION_NAME, DB_NAMESPACE, DB_OPERATION_NAME, DB_QUERY_SUMMARY, DB_RESPONSE_STATUS_CODE,
    DB_SYSTEM_NAME, SERVER_ADDRESS, SERVER_PORT,
};

use super::Span;

/// A span for a statement of this program's own text: what it does to which tables is read from that text, its values are nowhere.
#[must_use]
pub fn statement(sql: &str) -> Span {
    Span::child(SpanKind::Client, |origin| {
        let steps = steps(sql);
        let summary = summary(&steps);
        let mut attributes = origin.database.clone();
        // One operation and one table are named only where there is no second (conventions, `db.operation.name`).
        if let [(operation, collection)] = steps.as_slice() {
            attributes.push(KeyValue::new(DB_OPERATION_NAME, *operation));
            if !collection.is_empty() {
                attributes.push(KeyValue::new(DB_COLLECTION_NAME, (*collection).to_owned()));
            }
        }
        attributes.push(KeyValue::new(DB_QUERY_SUMMARY, summary.clone()));
        (summary.into(), attributes)
    })
}

impl Span {
    /// Says that the database refused the statement, with its code where there is one, or how else it failed.
    pub fn refused(&mut self, code: Option<String>, otherwise: &'static str) {
        match code {
            Some(code) => {
                self.set(DB_RESPONSE_STATUS_CODE, code.clone());
                self.fail(code);
            }
            None => self.fail(otherwise),
        }
    }
}

/// What a database URL tells of where statements go.
pub(super) fn target_attributes(url: &str) -> Vec<KeyValue> {
    let Some(rest) = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
    else {
        return vec![KeyValue::new(DB_SYSTEM_NAME, "sqlite")];
    };
    let mut attributes = vec![KeyValue::new(DB_SYSTEM_NAME, "postgresql")];
    let (place, _) = rest.split_once(['?', '#']).unwrap_or((rest, ""));
    let (authority, namespace) = place.split_once('/').unwrap_or((place, ""));
    let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
    let (address, port) = match server.rsplit_once(':') {
        Some((address, port)) if !port.contains(']') => (address, port),
        _ => (server, "5432"),
    };
    if let Ok(port) = port.parse::<u16>()
        && !address.is_empty()
    {
        attributes.push(KeyValue::new(
            SERVER_ADDRESS,
            address.trim_matches(['[', ']']).to_owned(),
        ));
        attributes.push(KeyValue::new(SERVER_PORT, i64::from(port)));
    }
    // What is beyond doubt the name of a database: a password that lacks its percent signs must not pass for one.
    if !namespace.is_empty() && !namespace.contains(['@', '/', ':']) {
        attributes.push(KeyValue::new(DB_NAMESPACE, namespace.to_owned()));
    }
    attributes
}

/// What a statement does, one after the other: operation and table. What only reads on the way to a write is left out.
fn steps(sql: &str) -> Vec<(&'static str, &str)> {
    let words: Vec<&str> = sql
        .split(|character: char| character.is_whitespace() || "(),;".contains(character))
        .filter(|word| !word.is_empty())
        .collect();
    let is = |index: usize, word: &str| {
        words
            .get(index)
            .is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    let table = |index: usize| words.get(index).copied().unwrap_or_default();
    let mut steps = Vec::new();
    for index in 0..words.len() {
        if is(index, "insert") && is(index + 1, "into") {
            steps.push(("INSERT", table(index + 2)));
        } else if is(index, "delete") && is(index + 1, "from") {
            steps.push(("DELETE", table(index + 2)));
        } else if is(index, "update") && is(index + 2, "set") {
            steps.push(("UPDATE", table(index + 1)));
        }
    }
    if !steps.is_empty() {
        return steps;
    }
    if !is(0, "select") && !is(0, "with") {
        return vec![(command(table(0)), "")];
    }
    let from = (0..words.len()).find(|index| is(*index, "from"));
    vec![("SELECT", from.map_or("", |from| table(from + 1)))]
}

/// A command that reads and writes no table.
fn command(word: &str) -> &'static str {
    ["BEGIN", "COMMIT", "ROLLBACK", "SET"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(word))
        .unwrap_or("CALL")
}

fn summary(steps: &[(&'static str, &str)]) -> String {
    let mut summary = String::new();
    for (operation, collection) in steps {
        for word in [operation, collection] {
            if !summary.is_empty() && !word.is_empty() {
                summary.push(' ');
            }
            summary.push_str(word);
        }
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        assert_eq!(summary(&steps(sql)), expected, "{sql}");
    }

    #[test]
    fn a_statement_is_summed_up_by_what_it_does() {
        check("SELECT a, b FROM tenants WHERE tenant_id = $1", "SELECT tenants");
        check(
            "select * from (select seq from event_log) as batch",
            "SELECT select",
        );
        check(
            "INSERT INTO schools (tenant_id) VALUES ($1) ON CONFLICT (a, b) DO NOTHING",
            "INSERT schools",
        );
        check(
            "INSERT INTO a (x) VALUES ($1) ON CONFLICT (x) DO UPDATE SET x = 1",
            "INSERT a",
        );
        check(
            "UPDATE event_partition_heads SET seq = seq + 1 RETURNING seq",
            "UPDATE event_partition_heads",
        );
        check("SELECT x FROM a WHERE y = 1 FOR UPDATE", "SELECT a");
        check("SELECT set_config('app.tenant_id', $1, true)", "SELECT");
        check("SELECT code FROM write_units($1, $2)", "SELECT write_units");
        check("BEGIN", "BEGIN");
        check("commit", "COMMIT");
        check(
            "SET TRANSACTION READ ONLY; SET LOCAL app.tenant_id = 'an id'",
            "SET",
        );
        check("", "CALL");
    }

    #[test]
    fn a_statement_that_does_much_names_all_of_it() {
        check(
            "WITH response AS (UPDATE idempotency_records\n SET a = $1), audit AS (INSERT INTO audit_records (x) VALUES ($2)),
             head AS (UPDATE event_partition_heads SET seq = seq + $3 RETURNING seq)
             INSERT INTO event_log (y) SELECT x FROM head CROSS JOIN (VALUES ($4)) AS draft RETURNING seq",
            "UPDATE idempotency_records INSERT audit_records UPDATE event_partition_heads INSERT event_log",
        );
    }

    #[test]
    fn of_a_url_no_credentials_are_told() {
        let told = |url: &str| {
            target_attributes(url)
                .iter()
                .map(|attribute| format!("{}={}", attribute.key, attribute.value))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            told("sqlite://./data/rollcall.db?mode=rwc"),
            "db.system.name=sqlite"
        );
        assert_eq!(
            told("postgres://app:pass@db.example.org:6543/rollcall?sslmode=require"),
            "db.system.name=postgresql server.address=db.example.org server.port=6543 db.namespace=rollcall"
        );
        assert_eq!(
            told("postgresql://[::1]/rollcall"),
            "db.system.name=postgresql server.address=::1 server.port=5432 db.namespace=rollcall"
        );
        for url in [
            "postgres://app:se/cret@db/x",
            "postgres://app:se?cret@db/x",
            "postgres://app:cret",
        ] {
            assert!(!told(url).contains("cret"), "{}", told(url));
        }
    }
}
