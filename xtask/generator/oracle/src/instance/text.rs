//! Texts: of a format, of a pattern, of a length.

use fastrand::Rng;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::Value;

use super::make::limit;

/// A star repeats at most so often.
const REPEAT_MAX: u32 = 4;

/// No text is longer, whatever its schema asks for.
const LENGTH_MAX: usize = 20_000;

/// A text that is meant to be valid.
pub(super) fn make(random: &mut Rng, schema: &Value) -> String {
    let least = limit(schema, "minLength").unwrap_or(0).min(LENGTH_MAX);
    let most = limit(schema, "maxLength").unwrap_or(usize::MAX).max(least);
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        let candidates: Vec<String> = (0..8).filter_map(|_| matching(random, pattern)).collect();
        let fits = |text: &&String| (least..=most).contains(&text.chars().count());
        return candidates
            .iter()
            .find(fits)
            .or(candidates.first())
            .cloned()
            .unwrap_or_default();
    }
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    if let Some(samples) = samples(format) {
        let samples: Vec<&str> = samples
            .iter()
            .copied()
            .filter(|text| (least..=most).contains(&text.chars().count()))
            .collect();
        return random.choice(samples).unwrap_or_default().to_owned();
    }
    let room = most.saturating_sub(least).min(12);
    let length = match random.u8(..5) {
        0 => least,
        1 => most.min(least + 40),
        _ => least + random.usize(..=room),
    };
    words(random, length)
}

/// Letters of which some take more than one byte, and one more than one UTF-16 unit.
fn words(random: &mut Rng, length: usize) -> String {
    const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    const ODD: &str = "ä߀𝄞,;&=+%/?#[]\"' \\.~";
    let is_odd = random.u8(..4) == 0;
    let letters: Vec<char> = if is_odd {
        PLAIN.chars().chain(ODD.chars()).collect()
    } else {
        PLAIN.chars().collect()
    };
    (0..length)
        .map(|_| random.choice(&letters).copied().unwrap_or('a'))
        .collect()
}

/// Texts of a format.
fn samples(format: &str) -> Option<&'static [&'static str]> {
    Some(match format {
        "uuid" => &[
            "018f4c2e-7d1a-7c3b-9f00-2b6f0a1c9d3e",
            "00000000-0000-0000-0000-000000000000",
        ],
        "date-time" => &[
            "2026-01-31T08:30:00Z",
            "1999-12-31T23:59:59.999+02:00",
            "2024-02-29T00:00:00.123456789Z",
        ],
        "date" => &["2026-01-31", "2024-02-29"],
        "time" => &["08:30:00Z", "23:59:59.5+01:00"],
        "duration" => &["P1D", "PT5M", "P3Y6M4DT12H30M5S"],
        "email" => &["ada@example.com", "a.b+c@example.org"],
        "hostname" => &["example.com", "a-b.example"],
        "ipv4" => &["192.0.2.1", "0.0.0.0"],
        "ipv6" => &["2001:db8::1", "::"],
        "uri" | "url" => &["https://example.com/a?b=c#d", "urn:isbn:0451450523"],
        "uri-reference" => &["/a/b?c", "https://example.com/"],
        "byte" => &["aGVsbG8=", "", "AA=="],
        "json-pointer" => &["/a/b~0c", ""],
        "regex" => &["^a+$", "[0-9]{3}"],
        "uri-template" => &["/a/{b}"],
        _ => return None,
    })
}

/// A text that matches a pattern; none where the pattern is not understood.
pub(super) fn matching(random: &mut Rng, pattern: &str) -> Option<String> {
    let parsed = regex_syntax::Parser::new().parse(pattern).ok()?;
    let mut text = String::new();
    push(random, &parsed, &mut text);
    Some(text)
}

fn push(random: &mut Rng, part: &Hir, text: &mut String) {
    match part.kind() {
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            // Plain letters where there are some, so that the text can go into a header or a path.
            let plain: Vec<char> = (' '..='~')
                .filter(|letter| {
                    class
                        .ranges()
                        .iter()
                        .any(|range| (range.start()..=range.end()).contains(letter))
                })
                .collect();
            let first = class
                .ranges()
                .first()
                .map(regex_syntax::hir::ClassUnicodeRange::start);
            text.extend(random.choice(plain).or(first));
        }
        HirKind::Repetition(repetition) => {
            let most = repetition
                .max
                .unwrap_or(repetition.min + REPEAT_MAX)
                .min(repetition.min + REPEAT_MAX);
            let times = random.u32(repetition.min..=most.max(repetition.min)).min(2000);
            (0..times).for_each(|_| push(random, &repetition.sub, text));
        }
        HirKind::Capture(capture) => push(random, &capture.sub, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| push(random, part, text)),
        HirKind::Alternation(parts) => {
            if let Some(part) = random.choice(parts) {
                push(random, part, text);
            }
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => {}
    }
}

/// Whether a pattern matches, as far as it can be told without the runtime's engine.
pub(super) fn is_match(pattern: &str, text: &str) -> bool {
    let schema = serde_json::json!({ "pattern": pattern });
    jsonschema::validator_for(&schema).is_ok_and(|validator| validator.is_valid(&Value::from(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_a_pattern_matches_it() {
        let mut random = Rng::with_seed(1);
        for pattern in [
            "^[a-z]{3,5}-(x|y)+$",
            "^\\d{4}-\\d{2}$",
            "a|b",
            "^\\S+@\\S+$",
            "^[^/]*$",
            "",
        ] {
            for _ in 0..50 {
                let text = matching(&mut random, pattern).unwrap();
                assert!(is_match(pattern, &text), "{pattern} {text:?}");
            }
        }
        assert!(matching(&mut random, "(?=x)").is_none());
    }

    #[test]
    fn a_text_has_the_length_that_is_asked_for() {
        let mut random = Rng::with_seed(1);
        let schema = serde_json::json!({"minLength": 2, "maxLength": 4});
        let lengths: std::collections::BTreeSet<usize> = (0..200)
            .map(|_| make(&mut random, &schema).chars().count())
            .collect();
        assert_eq!(lengths, [2, 3, 4].into());
    }
}
