//! Numbers as they are written, in base ten: `0.3` is a multiple of `0.1` there, and is none as a float.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigUint;
use serde_json::{Number, Value};

/// A number: `digits` × 10^`exponent`. No digits are zero; otherwise the first and the last one are not, so that equal numbers
/// are equal here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

/// The most digits of a whole number that 64 bits hold.
const INTEGER_DIGIT_COUNT_MAX: i64 = 20;

/// The most digits of a whole number that 128 bits hold.
const WIDE_INTEGER_DIGIT_COUNT_MAX: i64 = 39;

/// As many digits as 64 bits hold in any case.
const REMAINDER_DIGIT_COUNT: usize = 19;

impl Decimal {
    /// A number of JSON.
    #[must_use]
    pub fn of(number: &Number) -> Option<Self> {
        Self::parse(&number.to_string())
    }

    /// Reads a number of JSON (RFC 8259 §6); nothing if the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let magnitude = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_end_matches('0');
        let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
        let fraction_length = i64::try_from(fraction.len()).ok()?;
        let significant = significant.trim_start_matches('0').to_owned();
        let is_zero = significant.is_empty();
        Some(Self {
            is_negative: text.starts_with('-') && !is_zero,
            exponent: if is_zero {
                0
            } else {
                parse_exponent(exponent)?
                    .saturating_sub(fraction_length)
                    .saturating_add(zeros)
            },
            digits: significant,
        })
    }

    /// Whether it has no fraction; `1.0` has none.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    /// The whole number, if 64 bits hold it.
    #[must_use]
    pub fn to_integer(&self) -> Option<Value> {
        if !self.is_whole() || self.magnitude() > INTEGER_DIGIT_COUNT_MAX {
            return None;
        }
        let zeros = "0".repeat(usize::try_from(self.exponent).ok()?);
        let sign = if self.is_negative { "-" } else { "" };
        let digits = if self.digits.is_empty() { "0" } else { &self.digits };
        let text = format!("{sign}{digits}{zeros}");
        let signed = text.parse::<i64>().map(Value::from);
        signed.or_else(|_| text.parse::<u64>().map(Value::from)).ok()
    }

    /// The greatest whole number that is not above this one, if 128 bits hold it.
    #[must_use]
    pub fn floor(&self) -> Option<i128> {
        let whole = self.truncated()?;
        whole.checked_sub((self.is_negative && !self.is_whole()).into())
    }

    /// The least whole number that is not below this one, if 128 bits hold it.
    #[must_use]
    pub fn ceil(&self) -> Option<i128> {
        let whole = self.truncated()?;
        whole.checked_add((!self.is_negative && !self.is_whole()).into())
    }

    /// What stands before the point.
    fn truncated(&self) -> Option<i128> {
        let length = self.magnitude();
        if length <= 0 {
            return Some(0);
        }
        if length > WIDE_INTEGER_DIGIT_COUNT_MAX {
            return None;
        }
        let length = usize::try_from(length).ok()?;
        let sign = if self.is_negative { "-" } else { "" };
        let digits = self.digits.get(..length).unwrap_or(&self.digits);
        let zeros = "0".repeat(length - digits.len());
        format!("{sign}{digits}{zeros}").parse().ok()
    }

    /// Whether this is a whole multiple of `step`, exactly. Nothing is a multiple of zero.
    #[must_use]
    pub fn is_multiple_of(&self, step: &Self) -> bool {
        if self.digits.is_empty() || step.digits.is_empty() {
            return !step.digits.is_empty();
        }
        // Neither has a zero at its end, so a step of a higher power of ten cannot divide.
        let Ok(shift) = u64::try_from(self.exponent.saturating_sub(step.exponent)) else {
            return false;
        };
        let Ok(step) = step.digits.parse::<BigUint>() else {
            return false;
        };
        // Only the remainder is carried on: 1e308 has more digits than anybody wants to multiply.
        let power = BigUint::from(10_u8).modpow(&BigUint::from(shift), &step);
        self.remainder(&step) * power % &step == BigUint::ZERO
    }

    /// What is left of the digits by `step`, some digits at a time: as one number a client's two million would take a time that grows with
    /// the square of their count.
    fn remainder(&self, step: &BigUint) -> BigUint {
        let digits = self.digits.as_bytes().chunks(REMAINDER_DIGIT_COUNT);
        digits.fold(BigUint::ZERO, |remainder, digits| {
            let value = digits
                .iter()
                .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
            let power = digits.iter().fold(1_u64, |power, _| power * 10);
            (remainder * power + value) % step
        })
    }

    /// How many digits stand before the point; negative for zeros behind it.
    fn magnitude(&self) -> i64 {
        i64::try_from(self.digits.len())
            .unwrap_or(i64::MAX)
            .saturating_add(self.exponent)
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self
                .magnitude()
                .cmp(&other.magnitude())
                .then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

/// An exponent beyond what 64 bits hold is as good as the largest one: no text is long enough to make up for it.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse::<i64>().unwrap_or(i64::MAX);
    Some(if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_magnitude(other),
            (true, true) => other.compare_magnitude(self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let digits = if self.digits.is_empty() { "0" } else { &self.digits };
        write!(formatter, "{sign}{digits}e{}", self.exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn a_fraction_lies_between_two_whole_numbers() {
        for (text, floor, ceil) in [
            ("0", 0, 0),
            ("10.5", 10, 11),
            ("-10.5", -11, -10),
            ("0.0001", 0, 1),
            ("-1e-400", -1, 0),
            ("1.20e1", 12, 12),
            ("9007199254740993.5", 9_007_199_254_740_993, 9_007_199_254_740_994),
            ("170141183460469231731687303715884105727", i128::MAX, i128::MAX),
        ] {
            let number = decimal(text);
            assert_eq!(
                (number.floor(), number.ceil()),
                (Some(floor), Some(ceil)),
                "{text}"
            );
        }
        for text in ["170141183460469231731687303715884105728", "1e39", "-1e400"] {
            assert_eq!(decimal(text).floor(), None, "{text}");
        }
    }

    fn assert_multiple(number: &str, step: &str, expected: bool) {
        let found = decimal(number).is_multiple_of(&decimal(step));
        assert_eq!(found, expected, "{number} of {step}");
    }

    #[test]
    fn a_multiple_is_one_of_what_is_written() {
        for (number, step) in [
            ("0.3", "0.1"),
            ("0.7", "0.1"),
            ("-0.3", "0.1"),
            ("1.1", "0.1"),
            ("4.35", "0.01"),
            ("19.99", "0.01"),
            ("1", "0.1"),
            ("0", "0.1"),
            ("-0.0", "7.0"),
            ("12", "12.0"),
            ("-24", "12.0"),
            ("1.5", "0.5"),
            ("7.5", "2.5"),
            ("1e2", "25.0"),
            ("1e300", "1e-300"),
            ("1e300", "1e299"),
            ("1.7976931348623157e308", "1.0"),
            ("5e-324", "5e-324"),
            ("18446744073709551615", "5.0"),
            ("9007199254740993", "3.0"),
            ("-9223372036854775808", "2.0"),
        ] {
            assert_multiple(number, step, true);
        }
    }

    #[test]
    fn what_is_beside_a_multiple_is_none() {
        for (number, step) in [
            ("0.35", "0.1"),
            ("0.30000000000000004", "0.1"),
            ("0.1", "0.3"),
            ("19.999", "0.01"),
            ("13", "12.0"),
            ("1", "12.0"),
            ("1", "1e30"),
            ("1e-300", "1e300"),
            ("1e300", "7.0"),
            ("18446744073709551615", "2.0"),
            ("9007199254740993", "2.0"),
            ("1", "0.0"),
        ] {
            assert_multiple(number, step, false);
        }
    }

    /// As one number, its digits would be multiplied with each other for minutes.
    #[test]
    fn the_digits_of_a_long_number_are_gone_through_once() {
        let long = "7".repeat(10_000_000);
        assert_multiple(&long, "7", true);
        assert_multiple(&format!("{long}1"), "7", false);
        assert_multiple(&format!("{long}.5"), "0.5", true);
    }

    #[test]
    fn a_remainder_goes_on_from_one_part_to_the_next() {
        // The first digits alone are a multiple, all of them are none, and the other way round.
        assert_multiple("70000000000000000001", "7", false);
        assert_multiple("10000000000000000000000000000000000000002", "3", true);
        assert_multiple(
            "123456789012345678901234567890123456789",
            "123456789012345678901234567890123456789",
            true,
        );
        assert_multiple(
            "123456789012345678901234567890123456788",
            "123456789012345678901234567890123456789",
            false,
        );
    }
}
