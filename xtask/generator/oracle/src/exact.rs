//! What the library says of numbers, digit by digit: it takes what 64 bits do not hold for the nearest float.
//!
//! A number is a whole number times a power of ten, and is compared by the arithmetic of `num-bigint`.

use std::cmp::Ordering;

use jsonschema::{Keyword, ValidationError, ValidationOptions};
use num_bigint::{BigInt, BigUint};
use serde_json::{Number, Value};

/// Powers of ten that are further apart are not written out.
const SHIFT_MAX: u64 = 20_000;

/// `value` × 10^`power`.
#[derive(Debug, Clone)]
pub(crate) struct Exact {
    value: BigInt,
    power: i64,
}

impl Exact {
    pub(crate) fn of(number: &Number) -> Option<Self> {
        let text = number.to_string();
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let power: i64 = power.parse().ok()?;
        Some(Self {
            value: format!("{whole}{fraction}").parse().ok()?,
            power: power.checked_sub(i64::try_from(fraction.len()).ok()?)?,
        })
    }

    fn is_zero(&self) -> bool {
        self.value == BigInt::ZERO
    }

    /// Both as multiples of one power of ten; none where these would be too long.
    fn aligned(&self, other: &Self) -> Option<(BigInt, BigInt)> {
        let power = self.power.min(other.power);
        let raised = |number: &Self| {
            let shift = u64::try_from(number.power.checked_sub(power)?).ok()?;
            let shift = u32::try_from(shift).ok().filter(|_| shift <= SHIFT_MAX)?;
            Some(&number.value * BigInt::from(10).pow(shift))
        };
        Some((raised(self)?, raised(other)?))
    }

    /// The greatest power of ten that is not above it, for its digits.
    fn magnitude(&self) -> i64 {
        let digits = self.value.magnitude().to_string().len();
        self.power
            .saturating_add(i64::try_from(digits).unwrap_or(i64::MAX))
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        if let Some((one, other)) = self.aligned(other) {
            return one.cmp(&other);
        }
        let signs = self.value.sign().cmp(&other.value.sign());
        let (one, other) = if self.is_zero() || other.is_zero() {
            (0, 0)
        } else {
            (self.magnitude(), other.magnitude())
        };
        let magnitudes = one.cmp(&other);
        signs.then(if self.value < BigInt::ZERO {
            magnitudes.reverse()
        } else {
            magnitudes
        })
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.is_multiple_of(&Self {
            value: BigInt::from(1),
            power: 0,
        })
    }

    pub(crate) fn is_multiple_of(&self, step: &Self) -> bool {
        if self.is_zero() || step.is_zero() {
            return !step.is_zero();
        }
        if let Some((number, step)) = self.aligned(step) {
            return number % step == BigInt::ZERO;
        }
        let step_value = step.value.magnitude();
        match u64::try_from(self.power.saturating_sub(step.power)) {
            Ok(shift) => {
                let power = BigUint::from(10_u8).modpow(&BigUint::from(shift), step_value);
                self.value.magnitude() * power % step_value == BigUint::ZERO
            }
            // So many zeros would have to stand at its end.
            Err(_) => false,
        }
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (Exact::of(one), Exact::of(other)) {
            (Some(one), Some(other)) => one.compare(&other).is_eq(),
            _ => one == other,
        },
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, member)| other.get(name).is_some_and(|other| is_same(member, other)))
        }
        _ => one == other,
    }
}

fn has_type(value: &Value, kind: &str) -> bool {
    match value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::String(_) => kind == "string",
        Value::Array(_) => kind == "array",
        Value::Object(_) => kind == "object",
        Value::Number(number) => {
            kind == "number"
                || (kind == "integer" && Exact::of(number).is_some_and(|number| number.is_whole()))
        }
    }
}

/// A keyword, and whether a value is what it says.
struct Said<F>(F);

impl<'i, F: Fn(&Value) -> bool + Send + Sync> Keyword<'i> for Said<F> {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if (self.0)(instance) {
            Ok(())
        } else {
            Err(ValidationError::custom("is not what the keyword says"))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        (self.0)(instance)
    }
}

type Boxed = Box<dyn for<'i> Keyword<'i>>;

/// The keyword that holds for numbers alone.
fn bound(value: &Value, holds: fn(&Exact, &Exact) -> bool) -> Boxed {
    let bound = value.as_number().and_then(Exact::of);
    Box::new(Said(move |instance: &Value| {
        match (instance.as_number().and_then(Exact::of), &bound) {
            (Some(number), Some(bound)) => holds(&number, bound),
            _ => true,
        }
    }))
}

/// The keywords that speak of numbers, digit by digit.
pub(crate) fn exactly(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    options
        .with_keyword("minimum", |_, value, _| {
            Ok(bound(value, |number, bound| number.compare(bound).is_ge()))
        })
        .with_keyword("maximum", |_, value, _| {
            Ok(bound(value, |number, bound| number.compare(bound).is_le()))
        })
        .with_keyword("exclusiveMinimum", |_, value, _| {
            Ok(bound(value, |number, bound| number.compare(bound).is_gt()))
        })
        .with_keyword("exclusiveMaximum", |_, value, _| {
            Ok(bound(value, |number, bound| number.compare(bound).is_lt()))
        })
        .with_keyword("multipleOf", |_, value, _| {
            Ok(bound(value, Exact::is_multiple_of))
        })
        .with_keyword("const", |_, value, _| {
            let constant = value.clone();
            Ok(Box::new(Said(move |instance: &Value| is_same(instance, &constant))) as Boxed)
        })
        .with_keyword("enum", |_, value, _| {
            let listed = value.as_array().cloned().unwrap_or_default();
            Ok(Box::new(Said(move |instance: &Value| {
                listed.iter().any(|one| is_same(instance, one))
            })) as Boxed)
        })
        .with_keyword("type", |_, value, _| {
            let kinds: Vec<String> = match value {
                Value::Array(kinds) => kinds
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
                kind => kind.as_str().map(str::to_owned).into_iter().collect(),
            };
            Ok(Box::new(Said(move |instance: &Value| {
                kinds.iter().any(|kind| has_type(instance, kind))
            })) as Boxed)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::of(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn numbers_are_compared_digit_by_digit() {
        for (less, more) in [
            ("18446744073709551615", "18446744073709551616"),
            ("0.1", "0.1000000000000000055511151231257827"),
            ("-18446744073709551617", "-18446744073709551616"),
            ("1e400", "1.1e400"),
            ("-1e400", "-1e399"),
            ("1e-100000", "1e100000"),
            ("-1e100000", "-1e-100000"),
            ("-1e100000", "0"),
            ("0", "1e-100000"),
        ] {
            assert_eq!(exact(less).compare(&exact(more)), Ordering::Less, "{less} {more}");
            assert_eq!(
                exact(more).compare(&exact(less)),
                Ordering::Greater,
                "{less} {more}"
            );
        }
        for (one, other) in [("1.0", "1"), ("1e2", "100"), ("-0.0", "0"), ("0e100000", "0")] {
            assert_eq!(
                exact(one).compare(&exact(other)),
                Ordering::Equal,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn multiples_are_told_digit_by_digit() {
        for (number, step, expected) in [
            ("0.3", "0.1", true),
            ("12.0000000000000000001", "1e-19", true),
            ("12.00000000000000000001", "1e-19", false),
            ("1e100000", "7", false),
            ("7e100000", "7", true),
            ("1e-100000", "7", false),
            ("18446744073709551616.5", "1", false),
            ("0", "7", true),
        ] {
            assert_eq!(
                exact(number).is_multiple_of(&exact(step)),
                expected,
                "{number} {step}"
            );
        }
    }
}
