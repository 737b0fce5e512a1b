//! What a scalar of YAML is in JSON: the core schema of YAML 1.2.2 (§10.3.2), under which dates and `yes` are texts.
//!
//! Numbers stay as they are written, digit by digit; one that cannot be held so is refused, never rounded.

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
    match digits(text) {
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

/// The number of a JSON text, exactly.
fn number(digits: &str) -> Result<Number, String> {
    let number: Option<Number> = digits.parse().ok();
    number
        .filter(|number| decimal(&number.to_string()) == decimal(digits))
        .ok_or_else(|| {
            format!("the number {digits} cannot be held exactly: write it with fewer digits, or as a text")
        })
}

/// A number of YAML as JSON writes it; `None` if the text is none.
fn digits(text: &str) -> Option<String> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        // The core schema gives these no sign.
        if let Some(digits) = text.strip_prefix(prefix) {
            let value = u128::from_str_radix(digits, radix)
                .ok()
                .filter(|_| !digits.starts_with('+'));
            return value.map(|value| value.to_string());
        }
    }
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

/// A JSON number as its sign, its digits without zeros around them, and the power of ten of the last one.
fn decimal(json: &str) -> Option<(bool, String, i64)> {
    let (is_negative, unsigned) = match json.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, json),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = all.len() - all.trim_end_matches('0').len();
    let power = exponent.parse::<i64>().ok()?;
    let last = power
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(i64::try_from(zeros).ok()?)?;
    Some((is_negative, significant.to_owned(), last))
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
        same("1.50", plain("1.50").unwrap().to_string().as_str());
        same("18446744073709551615", "18446744073709551615");
        assert_eq!(decimal("1.50"), decimal("15e-1"));
        assert_eq!(decimal(".5"), decimal("0.5"));
        assert_eq!(plain(".5").unwrap().as_f64(), Some(0.5));
        assert_eq!(plain("1.").unwrap().as_f64(), Some(1.0));
        assert_eq!(plain("1e3").unwrap().as_f64(), Some(1000.0));
    }

    /// Whether it is held or refused depends on how `serde_json` holds numbers; rounded it is in no case.
    #[test]
    fn no_number_is_rounded() {
        for text in [
            "123456789012345678901234567890",
            "0.1234567890123456789012345",
            "1e400",
            "-1e-400",
        ] {
            match plain(text) {
                Ok(value) => assert_eq!(decimal(&value.to_string()), decimal(text), "{text}"),
                Err(reason) => assert!(reason.contains("exactly"), "{reason}"),
            }
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
