//! What a client accepts (RFC 9110 §12.5.1).

use poem::http::{HeaderMap, header};

use super::name::{Name, parameters, parts};

/// The offered media type that the client wants most; the first offered where it has no preference, or where nothing is
/// offered at all (`""`).
///
/// A range with parameters is for media types that have them. Where the client would get nothing so, those are left aside that an offer
/// says nothing of: many clients ask for parameters that a contract does not know.
pub(crate) fn negotiate(headers: &HeaderMap, offered: &[&'static str]) -> Option<&'static str> {
    let accepted: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let ranges: Vec<Range> = accepted
        .iter()
        .flat_map(|value| parts(value, ','))
        .filter_map(Range::parse)
        .collect();
    if ranges.is_empty() || offered.is_empty() {
        return Some(offered.first().copied().unwrap_or_default());
    }
    let names: Vec<(Name, &'static str)> = offered.iter().map(|name| (Name::of(name), *name)).collect();
    most_wanted(&ranges, &names, Range::matches)
        .or_else(|| most_wanted(&ranges, &names, Range::contradicts_not))
}

fn most_wanted(
    ranges: &[Range],
    offered: &[(Name, &'static str)],
    matches: fn(&Range, &Name) -> bool,
) -> Option<&'static str> {
    let mut best: Option<(&'static str, f32)> = None;
    for (name, text) in offered {
        // The most specific matching range gives the quality.
        let matching = ranges.iter().filter(|range| matches(range, name));
        let quality = matching
            .max_by_key(|range| range.specificity())
            .map_or(0.0, |range| range.quality);
        if quality > 0.0 && best.is_none_or(|(_, most)| quality > most) {
            best = Some((text, quality));
        }
    }
    best.map(|(name, _)| name)
}

struct Range {
    name: Name,
    quality: f32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let quality = parameters(text).find(|(key, _)| key == "q");
        let name = Name::of(text);
        name.essence.contains('/').then(|| Self {
            name,
            quality: quality.map_or(1.0, |(_, quality)| quality.parse().unwrap_or(1.0)),
        })
    }

    fn matches(&self, name: &Name) -> bool {
        self.meets(name) && name.has_all_of(&self.name)
    }

    /// Whether the two have no parameter with different values.
    fn contradicts_not(&self, name: &Name) -> bool {
        let mut parameters = name.parameters.iter();
        let contradicts = |(key, value): &(String, String)| {
            let mut wanted = self.name.parameters.iter();
            wanted.any(|(other, wanted)| other == key && wanted != value)
        };
        self.meets(name) && !parameters.any(contradicts)
    }

    /// Whether it has media types in common with `name`, which may be a range as well.
    fn meets(&self, name: &Name) -> bool {
        let (kind, subtype) = self.name.essence.split_once('/').unwrap_or_default();
        let (other_kind, other_subtype) = name.essence.split_once('/').unwrap_or((&name.essence, ""));
        let meet = |one: &str, other: &str| one == "*" || other.starts_with('*') || one == other;
        meet(kind, other_kind) && meet(subtype, other_subtype)
    }

    fn specificity(&self) -> (usize, usize) {
        let halves = self.name.essence.split('/').filter(|half| *half != "*");
        (halves.count(), self.name.parameters.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accept: &str, expected: Option<&str>) {
        check_offered(accept, &["application/json", "text/event-stream"], expected);
    }

    fn check_offered(accept: &str, offered: &[&'static str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        assert_eq!(negotiate(&headers, offered), expected, "{accept}");
    }

    #[test]
    fn the_most_specific_range_decides() {
        check("*/*", Some("application/json"));
        check("text/*", Some("text/event-stream"));
        check("text/event-stream, */*;q=0.1", Some("text/event-stream"));
        check("application/json;q=0, */*", Some("text/event-stream"));
        check(
            "application/*;q=0.5, text/event-stream;q=0.4",
            Some("application/json"),
        );
        check("application/xml", None);
    }

    #[test]
    fn a_range_with_parameters_is_for_what_has_them() {
        const FIRST: &str = "application/json; v=1";
        const SECOND: &str = "application/json; v=\"2\"; charset=utf-8";
        const ANY: &str = "application/json";
        for (accept, offered, expected) in [
            ("application/json;v=2", &[FIRST, SECOND][..], Some(SECOND)),
            ("application/json; V=\"1\"", &[SECOND, FIRST], Some(FIRST)),
            ("application/json", &[SECOND, FIRST], Some(SECOND)),
            ("application/json;v=3", &[FIRST, SECOND], None),
            ("application/json;v=1;q=0, */*", &[FIRST, SECOND], Some(SECOND)),
            (
                "application/json;q=0.5, application/json;v=2",
                &[FIRST, SECOND],
                Some(SECOND),
            ),
            (
                "application/json;v=2;q=0.1, application/json",
                &[SECOND, FIRST],
                Some(FIRST),
            ),
            ("application/json;v=2", &[ANY, SECOND], Some(SECOND)),
            ("application/json; charset=utf-8", &[ANY], Some(ANY)),
            // What the contract does not know is left aside where nothing else is left.
            ("application/json;indent=4", &[ANY, SECOND], Some(ANY)),
            ("application/json;v=1;indent=4", &[SECOND, FIRST], Some(FIRST)),
            ("text/html;level=1", &[ANY], None),
            (
                "application/json;a=\"x\\\", application/json;v=1, b\", */*;q=0.1",
                &[SECOND, FIRST],
                Some(SECOND),
            ),
        ] {
            check_offered(accept, offered, expected);
        }
    }
}
