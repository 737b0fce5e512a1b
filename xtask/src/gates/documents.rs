//! Documents: headings, invariants, and whether a service level is declared.

use std::collections::BTreeMap;

/// A Markdown document, its fenced blocks left out: what stands there is an example or a program.
#[derive(Clone)]
pub(super) struct Document {
    lines: Vec<String>,
}

impl Document {
    pub(super) fn parse(text: &str) -> Self {
        let mut fence: Option<&str> = None;
        let mut lines = Vec::new();
        for line in text.lines() {
            let start = line.trim_start();
            match fence {
                Some(mark) if start.starts_with(mark) => fence = None,
                Some(_) => {}
                None => match ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark)) {
                    Some(mark) => fence = Some(mark),
                    None => lines.push(line.to_owned()),
                },
            }
        }
        Self { lines }
    }

    /// The texts of its headings.
    pub(super) fn headings(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| heading(line))
    }

    /// The first line that declares a service level: a heading that says so, or a latency by its percentile.
    pub(super) fn service_level(&self) -> Option<&str> {
        let declares =
            |line: &&String| has_percentile(line) || heading(line).is_some_and(names_a_service_level);
        self.lines.iter().find(declares).map(String::as_str)
    }
}

/// Whether a text speaks of a latency by its percentile, such as `p95`.
pub(super) fn has_percentile(text: &str) -> bool {
    words(text).any(|word| ["p50", "p90", "p95", "p99", "p999"].contains(&word.as_str()))
}

/// Whether a name or a heading says that it declares a service level.
pub(super) fn names_a_service_level(text: &str) -> bool {
    let words: Vec<String> = words(text).collect();
    let is_pair = |pair: &[String]| matches!(pair, [first, second] if first == "service" && second.starts_with("level"));
    words.windows(2).any(is_pair) || words.iter().any(|word| word == "slo" || word == "slos")
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .map(str::to_lowercase)
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    (rest.len() < line.len() && rest.starts_with(' ')).then(|| rest.trim())
}

/// An invariant of `docs/ARCHITECTURE.md`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Invariant {
    /// Its first sentence.
    pub(super) statement: String,
    /// The tests that it says hold it.
    pub(super) tests: Vec<String>,
}

/// The paragraphs that begin with a number such as `**I7**`.
pub(super) fn invariants(document: &Document) -> BTreeMap<u16, Invariant> {
    let mut found = BTreeMap::new();
    let mut current: Option<(u16, Invariant)> = None;
    for line in document.lines.iter().map(String::as_str).chain([""]) {
        if let Some((number, statement)) = numbered(line) {
            let statement = statement.to_owned();
            found.extend(current.replace((
                number,
                Invariant {
                    statement,
                    tests: Vec::new(),
                },
            )));
        } else if line.trim().is_empty() {
            found.extend(current.take());
        } else if let Some((_, invariant)) = &mut current {
            let quoted = line.split('`').skip(1).step_by(2);
            let tests = quoted.filter(|quoted| quoted.contains(".rs::"));
            invariant.tests.extend(tests.map(str::to_owned));
        }
    }
    found
}

fn numbered(line: &str) -> Option<(u16, &str)> {
    let (number, statement) = line.strip_prefix("**I")?.split_once("**")?;
    Some((number.parse().ok()?, statement.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_those_outside_of_fences() {
        let document = Document::parse("# One\ntext\n```sh\n# no heading\n```\n## Two words\n#none\n");
        assert_eq!(document.headings().collect::<Vec<_>>(), ["One", "Two words"]);
    }

    #[test]
    fn an_invariant_has_a_number_a_statement_and_tests() {
        let document = Document::parse(
            "**I7** Nothing is dropped.\nIt says more.\nHeld by `a/b.rs::one` and `c.rs::two`, not `three`.\n\nHeld by `d.rs::four`.\n",
        );
        let expected = Invariant {
            statement: "Nothing is dropped.".to_owned(),
            tests: vec!["a/b.rs::one".to_owned(), "c.rs::two".to_owned()],
        };
        assert_eq!(invariants(&document), BTreeMap::from([(7, expected)]));
    }

    #[test]
    fn a_service_level_is_a_percentile_or_a_heading() {
        let declares = |text: &str| Document::parse(text).service_level().is_some();
        assert!(declares("Reads answer within 300 ms (p95)."));
        assert!(declares("## Service levels\n"));
        assert!(declares("### SLOs\n"));
        assert!(!declares("No service level is declared yet.\n"));
        assert!(!declares("```\np95 < 5 s\n```\n"));
        assert!(!declares("## A slow client\n"));
    }
}
