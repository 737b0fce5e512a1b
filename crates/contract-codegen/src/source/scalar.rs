//! What a scalar of YAML is in JSON: the core schema of YAML 1.2.2 (§10.3.2), under which dates and `yes` are texts.
//!
//! Numbers stay as they are written, digit by digit, however many they are.

use serde_json::{Number, Value};

/// The value of a scalar that stands without quotation marks and without a tag.
pub(super) fn plain(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Ok(Value::from(text));
    }
    if is_not_finite(text) {
        return Err(format!(
            "`{text}` is no number that JSON has; a text needs quotation marks"
        ));
    }
    let digits = match in_other_base(text)? {
        Some(digits) => Some(digits),
        None => digits(text),
    };
    match digits {
        Some(digits) => number(&digits).map(Value::Number),
        None => Ok(Value::from(text)),
    }
}

/// The value of a scalar that has one of the tags of the core schema, such as `!!str`.
pub(super) fn tagged(text: &str, suffix: &str) -> Result<Value, String> {
    let value = if suffix == "str" {
        Value::from(text)
    } else {
        plain(text)?
    };
    let fits = match suffix {
        "str" => true,
        "null" => value.is_null(),
        "bool" => value.is_boolean(),
        "int" => value
            .as_number()
            .is_some_and(|number| is_integer(&number.to_string())),
        "float" => value.is_number(),
        _ => false,
    };
    fits.then_some(value)
        .ok_or_else(|| format!("`{text}` is no `!!{suffix}`"))
}

fn is_integer(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn is_not_finite(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

/// The most digits of an exponent: beyond, nobody could compute with it.
const EXPONENT_DIGIT_COUNT_MAX: usize = 18;

/// The number of a JSON text, digit by digit.
fn number(json: &str) -> Result<Number, String> {
    let exponent = json.split_once('e').map_or("", |(_, exponent)| exponent);
    let digits = exponent.trim_start_matches(['+', '-']).trim_start_matches('0');
    if digits.len() > EXPONENT_DIGIT_COUNT_MAX {
        return Err("the exponent of the number is beyond all bounds".to_owned());
    }
    json.parse().map_err(|error| format!("is no number: {error}"))
}

/// A number in base sixteen or eight as JSON writes it, if the text is one.
fn in_other_base(text: &str) -> Result<Option<String>, String> {
    // The core schema gives these no sign.
    let bases = [("0x", 16), ("0o", 8)];
    let prefixed = bases
        .into_iter()
        .find_map(|(prefix, radix)| Some((text.strip_prefix(prefix)?, radix)));
    let Some((digits, radix)) = prefixed else {
        return Ok(None);
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Ok(None);
    }
    match u128::from_str_radix(digits, radix) {
        Ok(value) => Ok(Some(value.to_string())),
        Err(_) => Err(format!("`{text}` needs more than 128 bits: write it in base ten")),
    }
}

/// A number of YAML in base ten as JSON writes it; `None` if the text is none.
fn digits(text: &str) -> Option<String> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_digits = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    let is_number = all_digits(whole)
        && fraction.is_none_or(all_digits)
        && exponent_digits.is_none_or(|digits| !digits.is_empty() && all_digits(digits))
        && !(whole.is_empty() && fraction.unwrap_or_default().is_empty());
    if !is_number {
        return None;
    }
    let mut json = String::with_capacity(text.len() + 2);
    json.push_str(sign);
    let significant = whole.trim_start_matches('0');
    json.push_str(if significant.is_empty() { "0" } else { significant });
    if let Some(fraction) = fraction {
        json.push('.');
        json.push_str(if fraction.is_empty() { "0" } else { fraction });
    }
    if let Some(exponent) = exponent {
        json.push('e');
        json.push_str(exponent);
    }
    Some(json)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_looks_like_yaml_1_1_only_is_a_text() {
        for text in [
            "yes",
            "no",
            "on",
            "off",
            "2024-01-31",
            "12:30:45",
            "1_000",
            "0b1",
            "3.0.3",
            "1.2.3",
            "-",
            "+",
            ".",
            "0x",
            "0o9",
            "e3",
            "1e",
            "-0x1",
        ] {
            assert_eq!(plain(text), Ok(json!(text)), "{text}");
        }
    }

    #[test]
    fn numbers_of_every_notation_keep_their_value() {
        let same = |text: &str, json: &str| assert_eq!(plain(text).unwrap().to_string(), json, "{text}");
        same("12", "12");
        same("-12", "-12");
        same("+12", "12");
        same("012", "12");
        same("0x1F", "31");
        same("0o17", "15");
        same("0.1", "0.1");
        same("1.50", "1.50");
        same(".5", "0.5");
        same("1E3", "1e+3");
        same("18446744073709551615", "18446744073709551615");
        same(
            "0xffffffffffffffffffffffffffffffff",
            "340282366920938463463374607431768211455",
        );
        assert_eq!(plain(".5").unwrap().as_f64(), Some(0.5));
        assert_eq!(plain("1.").unwrap().as_f64(), Some(1.0));
        assert_eq!(plain("1e3").unwrap().as_f64(), Some(1000.0));
    }

    #[test]
    fn no_number_is_rounded() {
        for (text, json) in [
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("0.1234567890123456789012345", "0.1234567890123456789012345"),
            (
                "0.1000000000000000055511151231257827",
                "0.1000000000000000055511151231257827",
            ),
            ("1e400", "1e+400"),
            ("-1e-400", "-1e-400"),
            ("1e-0000000000000000000005", "1e-0000000000000000000005"),
        ] {
            assert_eq!(plain(text).unwrap().to_string(), json);
        }
    }

    #[test]
    fn what_nobody_could_compute_with_is_refused() {
        for (text, reason) in [
            ("1e1000000000000000000", "beyond all bounds"),
            ("1e-1000000000000000000", "beyond all bounds"),
            ("0x100000000000000000000000000000000", "in base ten"),
        ] {
            assert!(plain(text).unwrap_err().contains(reason), "{text}");
        }
    }

    #[test]
    fn what_json_has_no_number_for_is_refused() {
        for text in [".inf", "-.INF", "+.Inf", ".nan"] {
            assert!(plain(text).unwrap_err().contains("quotation marks"), "{text}");
        }
    }

    #[test]
    fn tags_of_the_core_schema_decide() {
        assert_eq!(tagged("200", "str"), Ok(json!("200")));
        assert_eq!(tagged("200", "int"), Ok(json!(200)));
        assert_eq!(tagged("", "null"), Ok(json!(null)));
        assert!(tagged("x", "int").is_err());
        assert!(tagged("1.5", "int").is_err());
        assert!(tagged("x", "binary").is_err());
    }
}
