//! How the generator's time and memory grow with a document.

use std::fmt::Write as _;
use std::path::Path;

use super::error::{CorpusError, at};
use super::{CorpusOptions, Document, find, one};

/// The sizes that are looked for, in bytes: the document nearest to each is taken.
const SIZES: [u64; 7] = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000];

/// Each document is generated so often; the fastest is told, since whatever makes one slower is not the generator.
const ROUNDS: usize = 5;

/// Times the generator on documents of growing size; gives a table.
pub fn speed(folder: &Path, options: &CorpusOptions) -> Result<String, CorpusError> {
    std::fs::create_dir_all(&options.out).map_err(at(&options.out))?;
    let found = find(folder, &options.selection)?;
    let mut text = String::from(
        "| document | size | reading | writing | together | for each MB | peak memory | generated |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut last = None;
    for size in SIZES {
        // One that is refused says nothing of how long a document takes.
        let mut nearest: Vec<&Document> = found
            .iter()
            .filter(|document| document.bytes.abs_diff(size) < size / 2)
            .collect();
        nearest.sort_by_key(|document| document.bytes.abs_diff(size));
        for document in nearest.into_iter().take(10) {
            if last.as_ref() != Some(&document.slug)
                && let Some(row) = row(document, options)?
            {
                let _ = writeln!(text, "{row}");
                last = Some(document.slug.clone());
                break;
            }
        }
    }
    Ok(text)
}

fn row(document: &Document, options: &CorpusOptions) -> Result<Option<String>, CorpusError> {
    let mut fastest: Option<one::Made> = None;
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir_in(&options.out).map_err(at(&options.out))?;
        let made = one::make(document, &folder.path().join("project"), options)?;
        if made.fault.is_some() || !made.refusals.is_empty() {
            return Ok(None);
        }
        let time = |made: &one::Made| made.reading_us + made.writing_us;
        if fastest.as_ref().is_none_or(|fastest| time(&made) < time(fastest)) {
            fastest = Some(made);
        }
    }
    Ok(fastest.map(|made| {
        let together = made.reading_us + made.writing_us;
        format!(
            "| {} | {} KB | {} ms | {} ms | {} ms | {} ms | {} MiB | {} KB |",
            document.name,
            document.bytes / 1000,
            made.reading_us / 1000,
            made.writing_us / 1000,
            together / 1000,
            together * 1000 / document.bytes.max(1),
            made.peak_kib / 1024,
            made.generated_bytes / 1000,
        )
    }))
}
