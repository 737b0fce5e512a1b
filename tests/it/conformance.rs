//! The conformance kit: the consumers of `docs/EVENTS.md` pass it, and each of their wrong siblings fails the scenario
//! that was made for it.
//!
//! A wrong sibling is the Python or the Node consumer with a line or two changed, so that it is wrong in one way alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::{RedisServer, repository, tools};

/// Runs the kit with `arguments` over the consumer `command`.
fn judge(redis: &RedisServer, arguments: &[&str], command: &[PathBuf]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(["conformance", "--redis-url", &redis.url(), "--log-level", "warn"])
        .args(arguments)
        .arg("--")
        .args(command)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("run the kit")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn key_count(redis: &RedisServer) -> u64 {
    let client = redis::Client::open(redis.url()).expect("a Redis URL");
    let mut connection = client.get_connection().expect("connect to Redis");
    redis::cmd("DBSIZE").query(&mut connection).expect("DBSIZE")
}

/// A folder in which a script in `language` finds its packages.
fn folder(language: Language) -> TempDir {
    match language {
        Language::Python => TempDir::new().expect("make a folder"),
        // Node looks for packages next to the script.
        Language::Node => TempDir::new_in(tools::node_consumer()).expect("make a folder"),
    }
}

#[derive(Debug, Clone, Copy)]
enum Language {
    Python,
    Node,
}

impl Language {
    fn consumer(self) -> String {
        let path = match self {
            Self::Python => "tests/consumers/python/consumer.py",
            Self::Node => "tests/consumers/node/consumer.mjs",
        };
        std::fs::read_to_string(repository().join(path)).expect(path)
    }

    fn command(self, folder: &Path, source: &str) -> Vec<PathBuf> {
        let (program, name) = match self {
            Self::Python => (tools::python("python"), "consumer.py"),
            Self::Node => (PathBuf::from("node"), "consumer.mjs"),
        };
        let script = folder.join(name);
        std::fs::write(&script, source).expect("write the consumer");
        vec![program, script]
    }
}

fn check_example(language: Language) {
    let redis = RedisServer::start();
    let folder = folder(language);
    let command = language.command(folder.path(), &language.consumer());
    let output = judge(&redis, &["--jobs", "2"], &command);
    let table = text(&output.stdout);
    assert!(output.status.success(), "{table}\n{}", text(&output.stderr));
    let passed = table.lines().filter(|line| line.contains(" passed ")).count();
    assert_eq!(passed, 14, "{table}");
    assert_eq!(key_count(&redis), 0, "the kit clears away what it wrote");
}

#[test]
fn the_python_consumer_passes_every_scenario() {
    check_example(Language::Python);
}

#[test]
fn the_node_consumer_passes_every_scenario() {
    check_example(Language::Node);
}

#[test]
fn one_that_only_chatters_is_not_waited_for() {
    let redis = RedisServer::start();
    let command = [
        "sh",
        "-c",
        "trap '' TERM; while :; do echo alive; sleep 0.05; done",
    ]
    .map(PathBuf::from);
    let output = judge(
        &redis,
        &["--scenario", "in-order", "--patience", "500ms"],
        &command,
    );
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{table}\n{}", text(&output.stderr));
    assert!(table.contains("said nothing more for 0.5 s"), "{table}");
}

/// A consumer that is wrong in one way.
struct Wrong {
    /// In which.
    how: &'static str,
    language: Language,
    /// What is changed in the right one, and into what.
    changes: &'static [(&'static str, &'static str)],
    /// The scenario that it fails.
    scenario: &'static str,
    /// What the kit says of it there.
    got: &'static str,
}

fn check(wrong: &[Wrong]) {
    let redis = RedisServer::start();
    for wrong in wrong {
        let mut source = wrong.language.consumer();
        for (from, to) in wrong.changes {
            assert_eq!(source.matches(from).count(), 1, "{}: {from}", wrong.how);
            source = source.replace(from, to);
        }
        let folder = folder(wrong.language);
        let command = wrong.language.command(folder.path(), &source);
        let arguments = ["--scenario", wrong.scenario, "--patience", "10s"];
        let output = judge(&redis, &arguments, &command);
        let table = text(&output.stdout);
        let told = format!("{}\n{table}\n{}", wrong.how, text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(table.contains("FAILED"), "{told}");
        assert!(table.contains(wrong.got), "{told}");
    }
}

const POSITION: (&str, &str) = ("return epoch > known_epoch or sequence > position", "return True");
const EVENT_ID: (&str, &str) = ("if not state.was_handled(event[\"id\"]):", "if True:");
const GAP: (&str, &str) = ("if sequence > position + 1:", "if False:");

#[test]
fn consumers_that_take_deliveries_wrongly_fail() {
    check(&[
        Wrong {
            how: "takes a batch backwards",
            language: Language::Python,
            changes: &[
                POSITION,
                GAP,
                (
                    "for entry, fields in entries:",
                    "for entry, fields in reversed(entries):",
                ),
            ],
            scenario: "in-order",
            got: "handled 19-0 after 20-0",
        },
        Wrong {
            how: "acknowledges before it works, and works slowly",
            language: Language::Python,
            changes: &[
                GAP,
                ("count=100, block=1000", "count=100, block=1000, noack=True"),
                (
                    "        keys = (\"id\"",
                    "        __import__(\"time\").sleep(0.02)\n        keys = (\"id\"",
                ),
            ],
            scenario: "killed",
            got: "missed",
        },
        Wrong {
            how: "does not compare positions, nor ids",
            language: Language::Python,
            changes: &[POSITION, EVENT_ID],
            scenario: "redelivered",
            got: "handled 1-0 twice",
        },
        Wrong {
            how: "remembers what it handled only while it runs",
            language: Language::Python,
            changes: &[("sqlite3.connect(path)", "sqlite3.connect(\":memory:\")")],
            scenario: "broker-rolled-back",
            got: "handled 7-0 twice",
        },
        Wrong {
            how: "does not make its group again",
            language: Language::Node,
            changes: &[("GROUP, '0', 'MKSTREAM'", "GROUP, '$', 'MKSTREAM'")],
            scenario: "broker-emptied",
            got: "missed",
        },
        Wrong {
            how: "goes on behind a gap",
            language: Language::Python,
            changes: &[GAP],
            scenario: "trimmed-unread",
            got: "handled 16-0, which stands behind events that it never saw",
        },
    ]);
}

#[test]
fn consumers_that_take_epochs_wrongly_fail() {
    check(&[
        Wrong {
            how: "knows no epochs",
            language: Language::Python,
            changes: &[("int(fields.get(\"epoch\", 1))", "1")],
            scenario: "new-epoch",
            got: "missed 9-0, 10-0",
        },
        Wrong {
            how: "takes a new epoch for a new stream",
            language: Language::Python,
            changes: &[EVENT_ID],
            scenario: "new-epoch",
            got: "handled 7-0 twice",
        },
        Wrong {
            how: "does not remember the epoch",
            language: Language::Node,
            changes: &[("`${epoch}`, `${sequence}`, id]", "'1', `${sequence}`, id]")],
            scenario: "stale-epoch",
            got: "which is of a life of the stream that had ended",
        },
        Wrong {
            how: "believes an epoch that has ended",
            language: Language::Python,
            changes: &[("if epoch < known_epoch:", "if False:")],
            scenario: "stale-epoch",
            got: "handled 15-0, which is of a life of the stream that had ended",
        },
        Wrong {
            how: "sees no gap between two epochs",
            language: Language::Python,
            changes: &[(
                "if sequence > position + 1:",
                "if epoch == known_epoch and sequence > position + 1:",
            )],
            scenario: "new-epoch-with-gap",
            got: "handled 20-0, which stands behind events that it never saw",
        },
    ]);
}

#[test]
fn consumers_that_take_content_wrongly_fail() {
    const KNOWN: &str =
        "if event[\"type\"] in (\"lms.roster.v1.SchoolCreated\", \"lms.roster.v1.TenantProvisioned\"):";
    const ONLY_KNOWN: &str = "if {\"lms.roster.v1.SchoolCreated\": True, \"lms.roster.v1.TenantProvisioned\": True}[event[\"type\"]]:";
    check(&[
        Wrong {
            how: "has no place for other types",
            language: Language::Python,
            changes: &[(KNOWN, ONLY_KNOWN)],
            scenario: "unknown-type",
            got: "ended by itself",
        },
        Wrong {
            how: "has no place for a tombstone",
            language: Language::Python,
            changes: &[(KNOWN, ONLY_KNOWN)],
            scenario: "withheld",
            got: "ended by itself",
        },
        Wrong {
            how: "insists on the fields that it knows",
            language: Language::Python,
            changes: &[(
                "    flat = {name: fields.get(name)",
                "    if set(fields) - {\"ce\", \"id\", \"type\", \"tenantid\", \"traceparent\", \"epoch\"}:\n        raise ValueError(entry)\n    flat = {name: fields.get(name)",
            )],
            scenario: "unknown-members",
            got: "ended by itself",
        },
        Wrong {
            how: "counts in floating point",
            language: Language::Node,
            changes: &[(
                "BigInt(entry.split('-')[0])]",
                "BigInt(Number(entry.split('-')[0]))]",
            )],
            scenario: "large-sequence",
            got: "ended by itself",
        },
        Wrong {
            how: "passes over an event that breaks its schema",
            language: Language::Python,
            changes: &[(
                "            event = check(entry, sequence, fields)\n",
                "            try:\n                event = check(entry, sequence, fields)\n            except Exception:\n                event = json.loads(fields[\"ce\"]) | {\"type\": \"lms.roster.v1.Broken\"}\n",
            )],
            scenario: "invalid",
            got: "which stands behind one that breaks its schema",
        },
        Wrong {
            how: "hides that it stopped",
            language: Language::Python,
            changes: &[(
                "        sys.exit(f\"{type(error).__name__}: {error}\")",
                "        sys.exit(0)",
            )],
            scenario: "invalid",
            got: "as if nothing were wrong",
        },
    ]);
}

#[test]
fn a_redis_that_is_in_use_is_refused() {
    let redis = RedisServer::start();
    let client = redis::Client::open(redis.url()).expect("a Redis URL");
    let mut connection = client.get_connection().expect("connect to Redis");
    let _: () = redis::cmd("SET")
        .arg("precious")
        .arg(1)
        .query(&mut connection)
        .expect("SET");
    let consumer = [PathBuf::from("true")];
    let output = judge(&redis, &["--scenario", "in-order"], &consumer);
    let told = text(&output.stderr);
    assert!(told.contains("holds 1 keys, such as precious"), "{told}");

    // Told to, it goes there; a stream that is in the way it leaves alone all the same.
    let arguments = ["--scenario", "in-order", "--among-other-keys"];
    let output = judge(&redis, &arguments, &consumer);
    assert!(
        text(&output.stdout).contains("ended by itself"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(key_count(&redis), 1);
    let _: String = redis::cmd("XADD")
        .arg("lms.roster.v1:{0}")
        .arg("1-0")
        .arg("a")
        .arg("b")
        .query(&mut connection)
        .expect("XADD");
    let output = judge(&redis, &arguments, &consumer);
    let told = text(&output.stderr);
    assert!(told.contains("holds the key lms.roster.v1:{0} already"), "{told}");
    assert_eq!(key_count(&redis), 2);
}

#[test]
fn the_scenarios_are_listed() {
    let output = Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .args(["conformance", "--list"])
        .output()
        .expect("run the kit");
    let list = text(&output.stdout);
    assert!(output.status.success() && list.contains("stale-epoch"), "{list}");
    let document = std::fs::read_to_string(repository().join("docs/EVENTS.md")).expect("docs/EVENTS.md");
    for name in list.lines().filter(|line| !line.starts_with(' ')) {
        let name = name.split(' ').next().expect("a name");
        assert!(
            document.contains(&format!("| `{name}` |")),
            "docs/EVENTS.md does not explain {name}"
        );
    }
}
