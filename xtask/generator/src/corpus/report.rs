//! What became of a corpus, as a table for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::error::{CorpusError, at};
use super::{Asked, Outcome, Record, Summary};

/// Between these lines a document keeps its own text.
const BEGIN: &str = "<!-- corpus: begin -->";
const END: &str = "<!-- corpus: end -->";

/// The whole result as Markdown.
#[must_use]
pub fn table(summary: &Summary) -> String {
    let (accepted, refused, failed) = summary.counts();
    let all = summary.records.len().max(1);
    let share = |count: usize| format!("{:.1} %", 100.0 * part(count, all));
    let mut text = String::from("| outcome | documents | share |\n|---|--:|--:|\n");
    let rows = [
        ("accepted: compiles, and the loop is closed", accepted),
        ("refused, with the place and the reason", refused),
        ("failed", failed),
    ];
    for (name, count) in rows {
        let _ = writeln!(text, "| {name} | {count} | {} |", share(count));
    }
    text.push_str(&costs(&summary.records));
    text.push_str(&answers(&summary.records));
    text.push_str(&reasons("refused", &summary.records, |record| {
        match &record.outcome {
            Outcome::Refused(reasons) => reasons.iter().map(|reason| general(reason)).collect(),
            _ => Vec::new(),
        }
    }));
    text.push_str(&reasons("failed", &summary.records, |record| {
        match &record.outcome {
            Outcome::Failed(stage, error) => vec![format!("{stage:?}: {}", first_line(error))],
            _ => Vec::new(),
        }
    }));
    text.push_str(&reasons("warned of", &summary.records, |record| {
        record.warnings.iter().map(|warning| general(warning)).collect()
    }));
    text.push_str(&features(&summary.records));
    text
}

/// Time and memory; the largest documents are what they depend on.
fn costs(records: &[Record]) -> String {
    let megabytes = |bytes: u64| part(usize::try_from(bytes).unwrap_or(usize::MAX), 1_000_000);
    let sum = |of: fn(&Record) -> u64| records.iter().map(of).sum::<u64>();
    let most = |of: fn(&Record) -> u64| records.iter().map(of).max().unwrap_or_default();
    format!(
        "\n{:.1} MB of contracts with {} operations became {:.1} MB of Rust.\nReading took {:.1} s, writing {:.1} s; the \
         slowest document took {} ms, and the most memory was {} MiB.\n",
        megabytes(sum(|record| record.bytes)),
        sum(|record| record.operations),
        megabytes(sum(|record| record.generated_bytes)),
        seconds(sum(|record| record.reading_us)),
        seconds(sum(|record| record.writing_us)),
        most(|record| record.reading_us + record.writing_us) / 1000,
        most(|record| record.peak_kib) / 1024,
    )
}

/// What the APIs were asked about, and what the oracle says of their answers.
fn answers(records: &[Record]) -> String {
    let requests: Vec<&Asked> = records
        .iter()
        .filter_map(|one| one.answers.requests.as_ref())
        .collect();
    let responses: Vec<&Asked> = records
        .iter()
        .filter_map(|one| one.answers.responses.as_ref())
        .collect();
    let mut text = String::new();
    for (name, asked) in [
        ("requests were sent to", &requests),
        ("responses were held against", &responses),
    ] {
        text.push_str(&agreement(name, asked));
    }
    for (name, asked) in [("no request", requests), ("no response", responses)] {
        text.push_str(&skipped(name, &asked));
    }
    text
}

fn agreement(name: &str, asked: &[&Asked]) -> String {
    if asked.is_empty() {
        return String::new();
    }
    let sum = |of: fn(&Asked) -> u64| asked.iter().map(|one| of(one)).sum::<u64>();
    let (accepted, refused, disagreed) = (
        sum(|asked| asked.accepted),
        sum(|asked| asked.refused),
        sum(|asked| asked.disagreed),
    );
    format!(
        "\n{} {name} {} APIs: {accepted} valid ones were accepted and {refused} others refused.\n\
         The oracle judges {disagreed} of them differently.\n\
         {} more were left out, because they have more readings than it looks at.\n",
        accepted + refused + disagreed,
        asked.len(),
        sum(|asked| asked.undecided),
    )
}

/// Why some were not made.
fn skipped(name: &str, asked: &[&Asked]) -> String {
    let mut skipped: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, count) in asked.iter().flat_map(|asked| &asked.skipped) {
        *skipped.entry(reason).or_default() += count;
    }
    let mut skipped: Vec<(&str, u64)> = skipped.into_iter().collect();
    skipped.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut text = String::new();
    if !skipped.is_empty() {
        let _ = write!(text, "\n| {name}: why | how often |\n|---|--:|\n");
    }
    for (reason, count) in skipped.iter().take(10) {
        let reason: String = first_line(reason).replace('|', "\\|").chars().take(120).collect();
        let _ = writeln!(text, "| {reason} | {count} |");
    }
    text
}

/// The reasons that most documents have, with how many have them.
fn reasons(title: &str, records: &[Record], of: impl Fn(&Record) -> Vec<String>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for record in records {
        let mut reasons = of(record);
        reasons.sort();
        reasons.dedup();
        for reason in reasons {
            *counts.entry(reason).or_default() += 1;
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut text = String::new();
    if !counts.is_empty() {
        let _ = writeln!(
            text,
            "\n| {title}: most frequent reasons | documents |\n|---|--:|"
        );
    }
    for (reason, count) in counts.iter().take(20) {
        let reason: String = reason.replace('|', "\\|").chars().take(160).collect();
        let _ = writeln!(text, "| {reason} | {count} |");
    }
    text
}

/// A refusal without its place and without what stands in quotes: what many have in common.
fn general(refusal: &str) -> String {
    let reason = refusal.splitn(3, ": ").nth(2).unwrap_or(refusal);
    let mut text = String::new();
    for (index, part) in first_line(reason).split('`').enumerate() {
        text.push_str(if index % 2 == 0 { part } else { "`…`" });
    }
    text
}

fn features(records: &[Record]) -> String {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for record in records {
        for feature in &record.features {
            let (all, accepted) = counts.entry(feature).or_default();
            *all += 1;
            *accepted += usize::from(record.outcome == Outcome::Accepted);
        }
    }
    let mut counts: Vec<(&str, (usize, usize))> = counts.into_iter().collect();
    counts.sort_by_key(|(_, (all, _))| std::cmp::Reverse(*all));
    let mut text = String::from("\n| what documents use | documents | accepted |\n|---|--:|--:|\n");
    for (feature, (all, accepted)) in counts {
        let _ = writeln!(text, "| {feature} | {all} | {accepted} |");
    }
    text
}

/// Every document that is not accepted, a line each.
#[must_use]
pub fn failures(summary: &Summary) -> String {
    let mut text = String::from("| document | stage | first error |\n|---|---|---|\n");
    for record in &summary.records {
        let (stage, error) = match &record.outcome {
            Outcome::Accepted => continue,
            Outcome::Refused(reasons) => ("refused".to_owned(), reasons.first().cloned().unwrap_or_default()),
            Outcome::Failed(stage, error) => (format!("{stage:?}").to_lowercase(), error.clone()),
        };
        let error: String = first_line(&error).replace('|', "\\|").chars().take(300).collect();
        let _ = writeln!(text, "| {} | {stage} | {error} |", record.document);
    }
    text
}

/// Puts a text into a document, between the two lines that are there for it.
pub fn record_in_docs(path: &Path, text: &str) -> Result<(), CorpusError> {
    let before = fs::read_to_string(path).map_err(at(path))?;
    let missing = || std::io::Error::other(format!("it lacks `{BEGIN}` or `{END}`"));
    let (head, rest) = before.split_once(BEGIN).ok_or_else(missing).map_err(at(path))?;
    let (_, tail) = rest.split_once(END).ok_or_else(missing).map_err(at(path))?;
    fs::write(path, format!("{head}{BEGIN}\n\n{}\n{END}{tail}", text.trim_end())).map_err(at(path))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of documents and bytes, for a figure with one decimal"
)]
fn part(count: usize, of: usize) -> f64 {
    count as f64 / of as f64
}

fn seconds(microseconds: u64) -> f64 {
    part(usize::try_from(microseconds).unwrap_or(usize::MAX), 1_000_000)
}

/// Writes the table and the list of what is not accepted into the folder of results.
pub fn write_results(out: &Path, summary: &Summary) -> Result<(), CorpusError> {
    let texts = [
        ("table.md", table(summary)),
        ("failures.md", failures(summary)),
        ("disagreements.md", disagreements(summary)),
    ];
    for (name, text) in texts {
        let path = out.join(name);
        fs::write(&path, text).map_err(at(&path))?;
    }
    Ok(())
}

/// Every request and every response that the API and the oracle judge differently.
fn disagreements(summary: &Summary) -> String {
    let mut text = String::new();
    for record in &summary.records {
        for one in record.answers.all().flat_map(|asked| &asked.disagreements) {
            let show = |name: &str| {
                one.get(name).map_or(String::new(), |value| match value.as_str() {
                    Some(text) => text.to_owned(),
                    None => value.to_string(),
                })
            };
            let _ = writeln!(
                text,
                "## {}: {}\n\nThe oracle {} what was answered {}.\n\n```\n{}\n```\n\n```\n{}\n```\n\n{}\n",
                record.document,
                show("operation"),
                show("oracle"),
                show("status"),
                show("request"),
                show("answer"),
                show("parts"),
            );
        }
    }
    text
}
