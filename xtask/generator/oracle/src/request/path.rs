//! Paths with their parameters filled in, and whose they are.

use super::operation::Operation;
use super::wire;
use crate::translate::percent_decoded;

/// A path with the text of one parameter in its place.
pub(super) fn filled(path: &str, name: &str, text: &str) -> String {
    path.replacen(&format!("{{{name}}}"), text, 1)
}

/// A filled path without what its query leaves to parameters: those that are declared are sent by themselves, others nobody reads.
pub(super) fn without_parameters(filled: &str, declared: &[&str]) -> String {
    let (path, query) = filled.split_once('?').unwrap_or((filled, ""));
    let is_fixed = |pair: &&str| {
        let (name, _) = wire::pair(pair);
        !pair.contains('{') && !declared.contains(&wire::decoded(name, "query").as_str())
    };
    let pairs: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .filter(is_fixed)
        .collect();
    let glue = if pairs.is_empty() { "" } else { "?" };
    format!("{path}{glue}{}", pairs.join("&"))
}

/// Whether a request is this operation's for sure, by its filled path and its query: that no other operation with its method may mean
/// the path, but where the other's is less concrete (OpenAPI 3.0.3 §4.7.8.1), and that its own parameters can be told apart in it.
pub(super) fn is_own(filled: &str, query: &[String], operation: &Operation<'_>) -> bool {
    let own = Template::of(operation.path);
    let sent = Template::of(filled);
    let texts = &sent.segments;
    // What stands in the query of a template is no part of the path.
    if texts.iter().any(|text| text.contains('{')) {
        return false;
    }
    let is_told_apart =
        |(text, template): (&&str, &&str)| !is_partial(template) || is_word_between(text, template);
    let query = query.iter().map(String::as_str);
    let pairs: Vec<&str> = query.chain(sent.pairs.iter().copied()).collect();
    let is_first = |other: &Template<'_>| own.has_its_pairs(&pairs) && own.is_before(other);
    let may_mean = |other: &&str| {
        let other = Template::of(other);
        other.may_mean(texts) && other.has_its_pairs(&pairs) && !is_first(&other)
    };
    texts.iter().zip(&own.segments).all(is_told_apart) && !operation.others.iter().any(may_mean)
}

/// A path of a contract, or one that was filled.
struct Template<'t> {
    segments: Vec<&'t str>,
    /// What stands behind `?`.
    pairs: Vec<&'t str>,
}

impl<'t> Template<'t> {
    fn of(text: &'t str) -> Self {
        let text = text.split('#').next().unwrap_or_default();
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        Self {
            segments: path.split('/').collect(),
            pairs: query.split('&').filter(|pair| !pair.is_empty()).collect(),
        }
    }

    /// The pairs of its query that must be there.
    fn fixed(&self) -> impl Iterator<Item = &'t str> {
        self.pairs.iter().copied().filter(|pair| !pair.contains('{'))
    }

    /// Whether they are among those of a request.
    fn has_its_pairs(&self, sent: &[&str]) -> bool {
        self.fixed().all(|pair| sent.contains(&pair))
    }

    /// Whether it may mean a filled path.
    fn may_mean(&self, texts: &[&str]) -> bool {
        let is_meant = |(template, text): (&&str, &&str)| {
            has_literals_of(&percent_decoded(text), &percent_decoded(template))
        };
        self.segments.len() == texts.len() && self.segments.iter().zip(texts).all(is_meant)
    }

    /// Whether it is more concrete than another: what it means the other means too, and more.
    fn is_before(&self, other: &Self) -> bool {
        let all = |one: &Self, other: &Self| {
            let mut segments = one.segments.iter().zip(&other.segments);
            segments.all(|(one, other)| has_literals_of(&with_anything(one), &percent_decoded(other)))
        };
        all(self, other) && (!all(other, self) || self.fixed().count() > other.fixed().count())
    }
}

/// A segment with something in the place of its parameters that stands in no other.
fn with_anything(segment: &str) -> String {
    let mut texts = segment.split('{');
    let mut filled = percent_decoded(texts.next().unwrap_or_default());
    for text in texts {
        let (_, literal) = text.split_once('}').unwrap_or_default();
        filled.push('\u{1}');
        filled.push_str(&percent_decoded(literal));
    }
    filled
}

fn is_partial(segment: &str) -> bool {
    segment.contains('{') && (!segment.starts_with('{') || segment.find('}') != Some(segment.len() - 1))
}

/// Whether a text has all that stands outside of the braces of a template, in its order and at its ends.
fn has_literals_of(text: &str, template: &str) -> bool {
    let mut literals = template.split('{');
    let first = literals.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut literals: Vec<&str> = literals
        .map(|part| part.split_once('}').map_or("", |(_, literal)| literal))
        .collect();
    let Some(last) = literals.pop() else {
        return rest.is_empty();
    };
    for literal in literals {
        match rest.split_once(literal) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether only letters and digits were put between the letters of a template.
fn is_word_between(text: &str, template: &str) -> bool {
    let fixed = |letter: char| !letter.is_ascii_alphanumeric();
    let literal: String = outside_braces(template);
    text.chars()
        .filter(|letter| fixed(*letter))
        .eq(literal.chars().filter(|letter| fixed(*letter)))
}

fn outside_braces(template: &str) -> String {
    let mut depth = 0_u32;
    let mut text = String::new();
    for letter in template.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => text.push(letter),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, filled: &str, others: &[&str], expected: bool) {
        let (sent, query) = filled.split_once('&').unwrap_or((filled, ""));
        let query: Vec<String> = query.split('&').map(str::to_owned).collect();
        let operation = Operation {
            method: "GET",
            path,
            pointer: String::new(),
            parameters: Vec::new(),
            body: None,
            security: None,
            others: others.to_vec(),
        };
        assert_eq!(
            is_own(sent, &query, &operation),
            expected,
            "{path} {filled} {others:?}"
        );
    }

    #[test]
    fn a_path_that_another_operation_may_mean_is_not_sure() {
        check("/a/{b}", "/a/x", &["/a/c"], true);
        check("/a/{b}", "/a/c", &["/a/c"], false);
        check("/a/{b}", "/a/c%20d", &["/a/c d"], false);
        check("/a/{b}", "/a/{b}", &[], false);
        check("/a/{b}", "/a/x", &["/a/{c}"], false);
        check("/f/{n}.{e}", "/f/a.b", &[], true);
        check("/f/{n}.{e}", "/f/a.b.c", &[], false);
    }

    #[test]
    fn what_is_more_concrete_comes_first() {
        check("/a/c", "/a/c", &["/a/{b}", "/{a}/{b}"], true);
        check("/{a}/b", "/x/b", &["/{c}/{d}"], true);
        check("/{a}/b", "/x/b", &["/x/{d}"], false);
        check("/{a}/b", "/y/b", &["/x/{d}"], true);
        check("/f/{n}.{e}", "/f/a.b", &["/f/{x}"], true);
        check("/f/{x}", "/f/a.b", &["/f/{n}.{e}"], false);
    }

    #[test]
    fn the_texts_around_parameters_tell_segments_apart() {
        check("/f/{x}:read", "/f/a:read", &["/f/{x}:write"], true);
        check("/f/{x}.a", "/f/b.a", &["/f/s-{x}.a"], true);
        check("/f/{x}.a", "/f/s-b.a", &["/f/s-{x}.a"], false);
        check("/f/s-{x}.a", "/f/s-b.a", &["/f/{x}.a"], true);
        check("/f/{x}.{y}", "/f/a.b", &["/f/{y}.{x}"], false);
        check("/f/{x}-{y}", "/f/a-b", &["/f/{x}-{y}-{z}"], true);
        check("/f/{x}-{y}-{z}", "/f/a-b-c", &["/f/{x}-{y}"], true);
        check("/f/{x}", "/f/a", &["/f/{x}{y}"], false);
    }

    #[test]
    fn what_a_path_leaves_to_parameters_is_sent_once() {
        for (filled, declared, expected) in [
            ("/a?x=1&y={y}", vec!["y"], "/a?x=1"),
            ("/a?x=1&y={y}", vec!["x", "y"], "/a"),
            ("/a?y={z}", vec![], "/a"),
            ("/a?x=1&b%20c=2", vec!["b c"], "/a?x=1"),
            ("/a", vec!["x"], "/a"),
        ] {
            assert_eq!(without_parameters(filled, &declared), expected, "{filled}");
        }
    }

    #[test]
    fn what_stands_behind_a_path_tells_it_apart() {
        check("/a?x=1", "/a&x=1", &["/a"], true);
        check("/a?x=1", "/a&x=2", &["/a"], false);
        check("/a?x=1", "/a&x=2", &["/b"], true);
        check("/a?x=1", "/a?x=1", &["/a?x=2"], true);
        check("/a?x=1", "/a?x=1&x=2", &["/a?x=2"], false);
        check("/a?x=1", "/a?x=1", &["/a"], true);
        check("/a", "/a&y=1", &["/a?x=1"], true);
        check("/a", "/a&x=1", &["/a?x=1"], false);
        check("/a#b", "/a#b", &["/a#c"], false);
    }
}
