//! Many contracts at once: what becomes of each.
//!
//! A document is *accepted* when a project is made of it, the project compiles with warnings denied, and the document that the
//! running code derives equals the contract; of AsyncAPI these are the schemas of its messages. It is *refused* when the generator says so, with the place and the reason. Everything else is a
//! *failure* of the generator: it ends without an answer, writes what does not compile, or derives another document.
//!
//! Each document is generated in a process of its own, so that one that takes all memory or never ends is a failure of its own
//! too. Then a batch of projects becomes the members of one workspace, which share all that they depend on.

mod batch;
mod build;
mod error;
mod features;
mod find;
mod one;
mod process;
mod record;
mod report;
mod runner;
mod speed;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub use error::CorpusError;
pub use find::{Document, Selection, find};
pub use one::{judge_one, make_one};
pub use record::{Answers, Asked, Outcome, Record, Stage, Summary};
pub use report::{failures, record_in_docs, table, write_results};
pub use speed::speed;

use error::at;
use record::Store;

/// How a corpus is run.
#[derive(Debug, Clone)]
pub struct CorpusOptions {
    /// Which documents.
    pub selection: Selection,
    /// How many documents are built together.
    pub batch: usize,
    /// Where projects, artefacts and results are kept; a run that was stopped goes on there.
    pub out: PathBuf,
    /// The checkout whose crates the projects depend on.
    pub checkout: PathBuf,
    /// After how many seconds the generator is taken to never end.
    pub seconds_max: u64,
    /// How many requests are sent to the API of each document.
    pub requests: u64,
    /// About how many responses the API of each document is asked.
    pub responses: u64,
    /// Whether operations that cannot be taken over are left out.
    pub partial: bool,
}

/// Runs the whole corpus below `folder`; tells on the way what becomes of each document.
pub fn run(folder: &Path, options: &CorpusOptions) -> Result<Summary, CorpusError> {
    let begun = Instant::now();
    fs::create_dir_all(&options.out).map_err(at(&options.out))?;
    let found = find(folder, &options.selection)?;
    let mut store = Store::open(options)?;
    let mut records: Vec<Record> = Vec::new();
    let mut open: Vec<&Document> = Vec::new();
    for document in &found {
        match store.known(document) {
            Some(record) => records.push(record),
            None => open.push(document),
        }
    }
    if !records.is_empty() {
        println!(
            "{} of {} documents are known from before",
            records.len(),
            found.len()
        );
    }
    for chunk in open.chunks(options.batch.max(1)) {
        for record in batch::run(chunk, options, &store)? {
            println!("{record}");
            store.add(&record)?;
            records.push(record);
        }
    }
    records.sort_by(|one, other| one.document.cmp(&other.document));
    Ok(Summary {
        records,
        seconds: begun.elapsed().as_secs(),
    })
}
