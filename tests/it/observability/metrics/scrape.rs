//! `/metrics` as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::wait;

/// A name and its labels.
pub(super) type Series = (String, BTreeMap<String, String>);

/// What stood on the page at one moment.
pub(super) struct Scrape {
    pub(super) text: String,
    samples: BTreeMap<Series, f64>,
    /// The kind of each metric, by its name.
    pub(super) kinds: BTreeMap<String, String>,
}

impl Scrape {
    /// Reads the page of the service at `base_url`.
    pub(super) async fn of(base_url: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let response = client
            .get(format!("{base_url}/metrics"))
            .timeout(wait::PATIENCE)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(
            response.headers()["content-type"],
            "text/plain; version=0.0.4; charset=utf-8"
        );
        Self::parse(response.text().await.expect("a text"))
    }

    fn parse(text: String) -> Self {
        let mut samples = BTreeMap::new();
        let mut kinds = BTreeMap::new();
        for line in text.lines() {
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a name and a kind");
                kinds.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') {
                let (series, value) = sample(line);
                let before = samples.insert(series, value);
                assert_eq!(before, None, "twice: {line}");
            }
        }
        Self { text, samples, kinds }
    }

    /// The sum of the series of `name` that have these labels, among others.
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.samples
            .iter()
            .filter(|((known, has), _)| {
                known == name
                    && labels
                        .iter()
                        .all(|(label, value)| has.get(*label).is_some_and(|is| is == value))
            })
            .map(|(_, value)| value)
            .sum()
    }

    /// Whether there is a series of `name` at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.samples.keys().any(|(known, _)| known == name)
    }

    /// Every series.
    pub(super) fn series(&self) -> BTreeSet<Series> {
        self.samples.keys().cloned().collect()
    }

    /// The labels of `name` on any of its series, the parts of a histogram among them, but for a bucket's bound.
    pub(super) fn labels(&self, name: &str) -> BTreeSet<String> {
        let parts = ["", "_bucket", "_sum", "_count"].map(|part| format!("{name}{part}"));
        self.samples
            .keys()
            .filter(|(known, _)| parts.contains(known))
            .flat_map(|(_, labels)| labels.keys())
            .filter(|label| *label != "le")
            .cloned()
            .collect()
    }
}

/// Reads on until what stands on the page is as `is_so` wants it.
pub(super) async fn until(base_url: &str, what: &str, is_so: impl Fn(&Scrape) -> bool) -> Scrape {
    wait::until(what, async || {
        let scrape = Scrape::of(base_url).await;
        is_so(&scrape).then_some(scrape)
    })
    .await
}

fn sample(line: &str) -> (Series, f64) {
    let end = line.find(['{', ' ']).expect("a name");
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (label, after) = rest.split_once("=\"").expect("a label");
            let (value, after) = quoted(after);
            labels.insert(label.trim_start_matches(',').to_owned(), value);
            rest = after;
        }
        rest = &rest[1..];
    }
    ((name.to_owned(), labels), rest.trim().parse().expect("a number"))
}

/// A value up to its closing quote, and what comes after it.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' => match characters.next().expect("what is escaped").1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    panic!("no closing quote: {text}")
}

#[test]
fn a_sample_is_read_with_what_is_escaped_in_it() {
    let (series, value) = sample(r#"a_b{x="{t}",y="q\"\\\n"} 2.5"#);
    let labels = [("x", "{t}"), ("y", "q\"\\\n")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(series, ("a_b".to_owned(), BTreeMap::from(labels)));
    assert!((value - 2.5).abs() < f64::EPSILON);
}
