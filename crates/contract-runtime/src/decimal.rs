//! Numbers as they are written, in base ten: `0.3` is a multiple of `0.1` there, and is none as a float.

use serde_json::Number;

/// A number without its sign: `digits` × 10^`exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal {
    digits: u128,
    exponent: i32,
}

/// The most digits that a number has: those of `u64::MAX`. A float has at most 17.
const DIGIT_COUNT_MAX: u32 = 20;

/// Whether `number` is a whole multiple of `step`, exactly. Nothing is a multiple of zero.
pub(crate) fn is_multiple(number: &Number, step: f64) -> bool {
    let (Some(number), Some(step)) = (Decimal::of(number), Decimal::of_float(step)) else {
        return false;
    };
    number.is_multiple_of(step)
}

impl Decimal {
    fn of(number: &Number) -> Option<Self> {
        let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
        if let Some(whole) = whole {
            return Some(Self {
                digits: whole.into(),
                exponent: 0,
            });
        }
        Self::of_float(number.as_f64()?)
    }

    /// The shortest digits that are read as this float again, which are those that somebody wrote.
    fn of_float(float: f64) -> Option<Self> {
        let text = format!("{:e}", float.abs());
        let (digits, exponent) = text.split_once('e')?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction_length = i32::try_from(fraction.len()).ok()?;
        Some(Self {
            digits: format!("{whole}{fraction}").parse().ok()?,
            exponent: exponent.parse::<i32>().ok()?.checked_sub(fraction_length)?,
        })
    }

    fn is_multiple_of(self, step: Self) -> bool {
        if self.digits == 0 || step.digits == 0 {
            return step.digits != 0;
        }
        let difference = self.exponent - step.exponent;
        let shift = difference.unsigned_abs();
        if difference >= 0 {
            // Only the remainder is carried on: 1e308 has more digits than any integer here.
            let ten = |remainder: u128, _| remainder * 10 % step.digits;
            return (0..shift).fold(self.digits % step.digits, ten) == 0;
        }
        // The step has more zeros at its end than the number has digits.
        shift <= DIGIT_COUNT_MAX && self.digits.is_multiple_of(step.digits * 10_u128.pow(shift))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn assert_multiple(number: &str, step: f64, expected: bool) {
        let value: Value = serde_json::from_str(number).unwrap();
        let found = is_multiple(value.as_number().unwrap(), step);
        assert_eq!(found, expected, "{number} of {step}");
    }

    #[test]
    fn a_multiple_is_one_of_what_is_written() {
        for (number, step) in [
            ("0.3", 0.1),
            ("0.7", 0.1),
            ("-0.3", 0.1),
            ("1.1", 0.1),
            ("4.35", 0.01),
            ("19.99", 0.01),
            ("1", 0.1),
            ("0", 0.1),
            ("-0.0", 7.0),
            ("12", 12.0),
            ("-24", 12.0),
            ("1.5", 0.5),
            ("7.5", 2.5),
            ("1e2", 25.0),
            ("1e300", 1e-300),
            ("1e300", 1e299),
            ("1.7976931348623157e308", 1.0),
            ("5e-324", 5e-324),
            ("18446744073709551615", 5.0),
            ("9007199254740993", 3.0),
            ("-9223372036854775808", 2.0),
        ] {
            assert_multiple(number, step, true);
        }
    }

    #[test]
    fn what_is_beside_a_multiple_is_none() {
        for (number, step) in [
            ("0.35", 0.1),
            ("0.30000000000000004", 0.1),
            ("0.1", 0.3),
            ("19.999", 0.01),
            ("13", 12.0),
            ("1", 12.0),
            ("1", 1e30),
            ("1e-300", 1e300),
            ("1e300", 7.0),
            ("18446744073709551615", 2.0),
            ("9007199254740993", 2.0),
            ("1", 0.0),
        ] {
            assert_multiple(number, step, false);
        }
    }
}
