//! A batch of documents, from the contracts to the verdicts.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::build::Workspace;
use super::error::{CorpusError, at};
use super::one::{self, Made};
use super::record::Store;
use super::{Answers, CorpusOptions, Document, Outcome, Record, Stage, runner};

/// Makes, builds and runs the projects of a batch.
pub(super) fn run(
    documents: &[&Document],
    options: &CorpusOptions,
    store: &Store,
) -> Result<Vec<Record>, CorpusError> {
    let workspace = Workspace::new(options)?;
    let made = on_all_cores(documents, |document| make(document, &workspace, options))?;
    let mut records = Vec::new();
    for (document, made) in documents.iter().zip(made) {
        records.push((*document, record(document, made, store.key(document)?)));
    }
    let open = accepted(&records);
    if !open.is_empty() {
        let built = workspace.build(&open)?;
        for (document, record) in &mut records {
            if let Some(Some(error)) = built.verdicts.get(&document.slug) {
                record.outcome = Outcome::Failed(Stage::Compile, error.clone());
            }
        }
        close_loops(&mut records, &workspace, options)?;
        workspace.sweep(&open);
    }
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

/// What a project that runs is like.
struct Judged {
    answers: Answers,
    fault: Option<(Stage, String)>,
}

/// Runs what compiles, and compares what it derives with the contracts.
fn close_loops(
    records: &mut [(&Document, Record)],
    workspace: &Workspace,
    options: &CorpusOptions,
) -> Result<(), CorpusError> {
    let open = accepted(records);
    if open.is_empty() {
        return Ok(());
    }
    let program = workspace.build_runner(&open, options)?;
    let verdicts = on_all_cores(&open, |slug| {
        let folder = workspace.project(slug);
        if let Some(error) = runner::derive(&program, slug, &folder, options)? {
            return Ok(Judged {
                answers: Answers::default(),
                fault: Some((Stage::Run, error)),
            });
        }
        let opened = one::judge(&folder, options)?.map(|found| (Stage::Loop, found));
        if options.requests + options.responses == 0 || !folder.join(runner::HANDLERS).exists() {
            return Ok(Judged {
                answers: Answers::default(),
                fault: opened,
            });
        }
        // What it answers is worth knowing even where the loop is open.
        Ok(match runner::ask(&program, slug, &folder, options)? {
            Ok(answers) => Judged {
                answers,
                fault: opened,
            },
            Err(error) => Judged {
                answers: Answers::default(),
                fault: opened.or(Some((Stage::Requests, error))),
            },
        })
    })?;
    let slugs: Vec<String> = open.iter().map(|slug| (*slug).to_owned()).collect();
    for (slug, verdict) in slugs.iter().zip(verdicts) {
        let Some((_, record)) = records.iter_mut().find(|(document, _)| document.slug == *slug) else {
            continue;
        };
        record.answers = verdict.answers;
        if let Some((stage, error)) = verdict.fault {
            record.outcome = Outcome::Failed(stage, error);
        }
    }
    Ok(())
}

fn accepted<'a>(records: &[(&'a Document, Record)]) -> Vec<&'a str> {
    let is_accepted = |record: &Record| record.outcome == Outcome::Accepted;
    records
        .iter()
        .filter(|(_, record)| is_accepted(record))
        .map(|(document, _)| document.slug.as_str())
        .collect()
}

fn make(document: &Document, workspace: &Workspace, options: &CorpusOptions) -> Result<Made, CorpusError> {
    let folder = workspace.project(&document.slug);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(at(&folder))?;
    }
    let made = one::make(document, &folder, options)?;
    if folder.join("src/lib.rs").exists() {
        // The program of a project is the same for all, and what it is made of is built anyway.
        let library = folder.join("src/lib.rs");
        let has_http = folder.join(runner::HANDLERS).exists();
        let text = if has_http {
            runner::LIBRARY
        } else {
            runner::EVENT_LIBRARY
        };
        fs::write(&library, text).map_err(at(&library))?;
        if has_http {
            let_callers_in(&folder.join(runner::HANDLERS))?;
        }
        let _ = fs::remove_file(folder.join("src/main.rs"));
        let _ = fs::remove_dir_all(folder.join("tests"));
    }
    Ok(made)
}

/// The handlers of a new project let nobody in; here they are to be reached, so that what is refused before them shows.
fn let_callers_in(handlers: &Path) -> Result<(), CorpusError> {
    let text = fs::read_to_string(handlers).map_err(at(handlers))?;
    // `authorize` is the first of them. An operation may be called so too, and its answer is not this one.
    let text = text.replacen(NOBODY, "Ok(())", 1);
    fs::write(handlers, text).map_err(at(handlers))
}

/// What the stub of `authorize` answers.
const NOBODY: &str = "Err(Problem::of_status(501, \"authorize is not implemented yet.\"))";

fn record(document: &Document, made: Made, key: String) -> Record {
    let outcome = match (made.fault, made.refusals) {
        (Some(fault), _) => Outcome::Failed(Stage::Generate, fault),
        (None, refusals) if !refusals.is_empty() => Outcome::Refused(refusals),
        _ => Outcome::Accepted,
    };
    Record {
        document: document.name.clone(),
        key,
        bytes: document.bytes,
        outcome,
        reading_us: made.reading_us,
        writing_us: made.writing_us,
        peak_kib: made.peak_kib,
        generated_bytes: made.generated_bytes,
        operations: made.operations,
        warnings: made.warnings,
        left_out: made.left_out,
        features: made.features,
        answers: Answers::default(),
    }
}

/// Does something with each item, on as many threads as there are cores, and gives the results in the items' order.
fn on_all_cores<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, CorpusError> + Sync,
) -> Result<Vec<R>, CorpusError> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, item)) = take(&next, items) {
                    let result = work(item);
                    if let Ok(mut done) = done.lock() {
                        done.push((index, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, items.get(index)?))
}
