//! Types of single values.

use contract_scalars::Decimal;
use serde_json::Value;

use super::model::Core;
use crate::{Language, SchemaAt};

fn has_format(parts: &[SchemaAt<'_>], format: &str) -> bool {
    parts.iter().any(|part| part.text("format") == Some(format))
}

/// A text, or what its format says that it is.
pub(super) fn string(parts: &[SchemaAt<'_>], language: Language) -> Core {
    let formats = [
        ("uuid", Core::Uuid),
        ("date-time", Core::DateTime),
        ("date", Core::Date),
        ("byte", Core::Base64),
    ];
    let known = formats.into_iter().find(|(name, _)| has_format(parts, name));
    match (known, language) {
        (Some((_, Core::Date | Core::Base64)), Language::Service) | (None, _) => Core::String,
        (Some((_, core)), _) => core,
    }
}

/// A number.
pub(super) fn number(parts: &[SchemaAt<'_>], language: Language) -> Core {
    let float = has_format(parts, "double") || has_format(parts, "float");
    if float || language == Language::Service {
        return Core::F64;
    }
    Core::Number
}

/// A whole number. Where the bounds keep it in 64 bits, so does the type.
pub(super) fn integer(parts: &[SchemaAt<'_>], language: Language) -> Core {
    if has_format(parts, "int32") {
        return Core::I32;
    }
    if has_format(parts, "int64") || language == Language::Service {
        return Core::I64;
    }
    let lower = bounds(parts, ["minimum", "exclusiveMinimum"]).max();
    let upper = bounds(parts, ["maximum", "exclusiveMaximum"]).min();
    let (Some(lower), Some(upper)) = (lower, upper) else {
        return Core::Integer;
    };
    if lower >= i128::from(i64::MIN) && upper <= i128::from(i64::MAX) {
        return Core::I64;
    }
    if lower >= 0 && upper <= i128::from(u64::MAX) {
        return Core::U64;
    }
    Core::Integer
}

/// The bounds that are numbers, rounded away from what they admit.
fn bounds(parts: &[SchemaAt<'_>], keywords: [&'static str; 2]) -> impl Iterator<Item = i128> {
    let is_lower = keywords.contains(&"minimum");
    parts
        .iter()
        .flat_map(move |part| keywords.map(|keyword| part.keyword(keyword)))
        .filter_map(move |value| whole(value?, is_lower))
}

fn whole(value: &Value, is_lower: bool) -> Option<i128> {
    let bound = Decimal::of(value.as_number()?)?;
    if is_lower { bound.floor() } else { bound.ceil() }
}
