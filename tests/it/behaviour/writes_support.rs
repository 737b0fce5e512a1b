//! What the tests of writes know of the database: its key, and how to spoil a commit.

use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use super::World;
use crate::support::unique_id;

/// The key of the instance's cursors and fingerprints.
pub(super) async fn cursor_key(world: &World) -> Vec<u8> {
    let rows = world
        .sql
        .rows("SELECT value FROM service_metadata WHERE key = 'cursor_key'")
        .await;
    let text = rows[0][0].as_bytes().chunks(2);
    text.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal"))
        .collect()
}

/// The fingerprint of a body as the documentation says it is made: HMAC-SHA-256 over the canonical text, members sorted.
pub(super) fn fingerprint(key: &[u8], body: &Value) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(b"audit payload\0");
    mac.update(contract_runtime::canonical(body).as_bytes());
    let bytes = mac.finalize().into_bytes();
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// A trigger that makes the last insertion of one request fail, so that everything before it must go back too.
pub(super) struct Spoiler {
    name: String,
}

impl Spoiler {
    pub(super) async fn of_event_log(world: &World, correlation: &str) -> Self {
        let name = format!("spoiler_{}", unique_id().simple());
        let sql = if world.sql.is_postgres() {
            format!(
                "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS
                     $$ BEGIN RAISE EXCEPTION 'spoilt by the test'; END $$;
                 CREATE TRIGGER {name} BEFORE INSERT ON event_log FOR EACH ROW
                 WHEN (NEW.envelope LIKE '%{correlation}%') EXECUTE FUNCTION {name}()"
            )
        } else {
            format!(
                "CREATE TRIGGER {name} BEFORE INSERT ON event_log WHEN NEW.envelope LIKE '%{correlation}%'
                 BEGIN SELECT RAISE(ABORT, 'spoilt by the test'); END"
            )
        };
        world.sql.execute(&sql).await;
        Self { name }
    }

    pub(super) async fn undo(self, world: &World) {
        let name = &self.name;
        let sql = if world.sql.is_postgres() {
            format!("DROP FUNCTION {name}() CASCADE")
        } else {
            format!("DROP TRIGGER {name}")
        };
        world.sql.execute(&sql).await;
    }
}
