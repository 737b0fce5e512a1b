//! Asks our validation and an independent one about the same values.

use contract_codegen::Source;
use contract_oracle::{Dialect, Direction, Judges, instances, translated};
use serde_json::{Map, Value};

use crate::late;

/// How many values were asked about, how many of them both accept, and where the two do not agree.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) asked: usize,
    pub(crate) accepted: usize,
    pub(crate) disagreements: Vec<String>,
}

impl Outcome {
    pub(crate) fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.accepted += other.accepted;
        self.disagreements.extend(other.disagreements);
    }
}

/// Asks about so many values of each component schema of a document.
pub(crate) fn of_components(source: &Source, seed: u64, count: usize) -> Outcome {
    let document = source.root();
    let mut outcome = Outcome::default();
    let Some(dialect) = Dialect::of(document) else {
        return outcome;
    };
    let translated = translated(document, dialect, Direction::Either);
    let Ok(judges) = Judges::new(&translated, dialect) else {
        return outcome;
    };
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    for name in schemas.map(Map::keys).into_iter().flatten() {
        let pointer = format!("/components/schemas/{}", contract_codegen::escape(name));
        let Ok(judge) = judges.of(&pointer) else {
            continue;
        };
        let ours = late::schema(source, &pointer);
        for instance in instances(&translated, &pointer, seed, count) {
            let value = instance.value;
            if holds_rounded_integer(&value) {
                continue;
            }
            outcome.asked += 1;
            let expected = judge.accepts(&value);
            outcome.accepted += usize::from(expected);
            let found = ours.accepts(&value);
            let told = ours.check(&mut value.clone());
            if found != expected || told.is_empty() != found {
                let reason = judge.reason(&value).unwrap_or_default();
                let said = told.first().map(|one| format!("{one:?}")).unwrap_or_default();
                outcome.disagreements.push(format!(
                    "{pointer}: {value} is accepted: {expected} there, {found} here; {reason}; {said}"
                ));
            }
        }
    }
    outcome
}

/// Beyond 2^53 a float's shortest text is another number than the float: ours reads the text, as it was sent, and the other one the
/// float. Neither verdict says anything about the schema.
fn holds_rounded_integer(value: &Value) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => number.is_f64() && number.as_f64().is_some_and(|float| float.abs() > EXACT),
        Value::Array(items) => items.iter().any(holds_rounded_integer),
        Value::Object(members) => members.values().any(holds_rounded_integer),
        _ => false,
    }
}
