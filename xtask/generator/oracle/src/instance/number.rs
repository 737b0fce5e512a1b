//! Numbers, at their bounds more often than elsewhere.

use fastrand::Rng;
use serde_json::{Number, Value};

/// A number that is meant to be valid.
pub(super) fn make(random: &mut Rng, schema: &Value, is_whole: bool) -> Option<Value> {
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    // What is a multiple of a whole number is whole, whatever its type is called.
    let is_whole = is_whole || step.is_some_and(|step| step.fract() == 0.0);
    let unit = step.unwrap_or(if is_whole { 1.0 } else { 0.5 });
    let narrow: f64 = if schema.get("format").and_then(Value::as_str) == Some("int32") {
        2_147_483_647.0
    } else {
        1e12
    };
    let least = bound("minimum").or_else(|| Some(bound("exclusiveMinimum")? + unit));
    let most = bound("maximum").or_else(|| Some(bound("exclusiveMaximum")? - unit));
    let (low, high) = match (least, most) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, (low + 1000.0).min(narrow.max(low))),
        (None, Some(high)) => (high - 1000.0, high),
        (None, None) => (-3.0, 1000.0),
    };
    let value = match random.u8(..6) {
        0 => low,
        1 => high,
        _ => low + (high - low) * random.f64(),
    };
    let stepped = if is_whole || step.is_some() {
        (value / unit).floor() * unit
    } else {
        (value * 4.0).round() / 4.0
    };
    let stepped = if stepped < low {
        (low / unit).ceil() * unit
    } else {
        stepped
    };
    number(stepped, is_whole)
}

/// A number, without a fraction where it has none; none where the judge could not tell it from its neighbours.
pub(super) fn number(value: f64, is_whole: bool) -> Option<Value> {
    // Beyond 2^53 a float does not stand for one number any more; the bounds of 64 bits are meant where they are met.
    let is_exact = value.fract() == 0.0 && value.abs() < 9e15;
    if is_exact || (is_whole && value.abs() < 1e19) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole, and a bound of 64 bits is kept"
        )]
        return Some(Value::from(value as i64));
    }
    let is_told_apart = value.abs() < 9e15;
    Number::from_f64(value)
        .filter(|_| is_told_apart)
        .map(Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn there_is_a_number_of_64_bits_whatever_its_type() {
        let mut random = Rng::with_seed(1);
        let schema = json!({"minimum": i64::MIN, "maximum": i64::MAX, "multipleOf": 1});
        for is_whole in [true, false] {
            let made = (0..100).map(|_| make(&mut random, &schema, is_whole));
            assert!(made.flatten().filter(Value::is_i64).count() == 100, "{is_whole}");
        }
    }
}
