//! What became of each document, kept so that a run that was stopped can go on.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::error::{CorpusError, at};
use super::{CorpusOptions, Document};

/// Where a document failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// The generator ended without an answer, or named no place.
    Generate,
    /// The generated code does not compile.
    Compile,
    /// The program ended without a document.
    Run,
    /// The derived document is not the contract.
    Loop,
    /// The program ended while requests were sent to it.
    Requests,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It compiles, and the loop is closed.
    Accepted,
    /// The generator says what it cannot take over, and where: `file:line:column: pointer: reason`.
    Refused(Vec<String>),
    /// The generator is at fault.
    Failed(Stage, String),
}

/// What the API of a document says of messages, and what the oracle says of that.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Valid ones that were accepted: requests that reached a handler, responses that are declared.
    pub accepted: u64,
    /// Others, which were refused.
    pub refused: u64,
    /// How many the two judge differently.
    pub disagreed: u64,
    /// The first of these.
    pub disagreements: Vec<Value>,
    /// Those of which the oracle cannot say what the contract says.
    pub undecided: u64,
    /// Why some could not be made, and how often.
    pub skipped: BTreeMap<String, u64>,
}

/// What the API of a document was asked about; nothing where it was not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Requests that were sent to it.
    pub requests: Option<Asked>,
    /// Responses that it might have given.
    pub responses: Option<Asked>,
}

impl Answers {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Asked> {
        self.requests.iter().chain(&self.responses)
    }
}

/// What became of a document, and what it took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Its path below the corpus.
    pub document: String,
    /// What the result depends on.
    pub key: String,
    /// How large it is.
    pub bytes: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// How long it took to read it.
    pub reading_us: u64,
    /// How long it took to make code of it.
    pub writing_us: u64,
    /// The most memory that the generator had for it.
    pub peak_kib: u64,
    /// How large the generated code is.
    pub generated_bytes: u64,
    /// How many operations it has.
    pub operations: u64,
    /// What is shown although a reader would expect that it is enforced.
    pub warnings: Vec<String>,
    /// The operations that were left out, and why.
    pub left_out: Vec<String>,
    /// What it uses of its format.
    pub features: Vec<String>,
    /// What its API was asked about.
    pub answers: Answers,
}

impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        match &self.outcome {
            Outcome::Accepted => write!(formatter, "accepted  {}", self.document),
            Outcome::Refused(reasons) => {
                let reason = reasons.first().map_or(String::new(), |reason| first(reason));
                write!(formatter, "refused   {}: {reason}", self.document)
            }
            Outcome::Failed(stage, error) => {
                write!(
                    formatter,
                    "failed    {} ({stage:?}): {}",
                    self.document,
                    first(error)
                )
            }
        }
    }
}

/// What became of a corpus.
#[derive(Debug)]
pub struct Summary {
    /// Each document.
    pub records: Vec<Record>,
    /// How long the run took, without what was known before.
    pub seconds: u64,
}

impl Summary {
    /// How many requests and responses the oracle judges differently.
    #[must_use]
    pub fn disagreements(&self) -> u64 {
        let asked = self.records.iter().flat_map(|record| record.answers.all());
        asked.map(|asked| asked.disagreed).sum()
    }

    /// How many were accepted, refused, and failed.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |wanted: fn(&Outcome) -> bool| {
            self.records
                .iter()
                .filter(|record| wanted(&record.outcome))
                .count()
        };
        (
            count(|outcome| matches!(outcome, Outcome::Accepted)),
            count(|outcome| matches!(outcome, Outcome::Refused(_))),
            count(|outcome| matches!(outcome, Outcome::Failed(..))),
        )
    }
}

/// The results so far, a line each.
pub(super) struct Store {
    file: File,
    known: HashMap<String, Record>,
    /// What every result depends on beside its document.
    version: Vec<u8>,
}

impl Store {
    pub(super) fn open(options: &CorpusOptions) -> Result<Self, CorpusError> {
        let path = options.out.join("records.jsonl");
        let mut known = HashMap::new();
        for line in fs::read_to_string(&path).unwrap_or_default().lines() {
            // The last line of a run that was stopped may be half a line.
            if let Ok(record) = serde_json::from_str::<Record>(line) {
                known.insert(record.key.clone(), record);
            }
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(at(&path))?;
        Ok(Self {
            file,
            known,
            version: version(options)?,
        })
    }

    pub(super) fn known(&self, document: &Document) -> Option<Record> {
        self.known.get(&self.key(document).ok()?).cloned()
    }

    pub(super) fn add(&mut self, record: &Record) -> Result<(), CorpusError> {
        let line = serde_json::to_string(record).map_err(|source| CorpusError::Json {
            what: record.document.clone(),
            source,
        })?;
        writeln!(self.file, "{line}").map_err(at(Path::new("records.jsonl")))
    }

    /// What the result for a document depends on, as a digest.
    pub(super) fn key(&self, document: &Document) -> Result<String, CorpusError> {
        let text = fs::read(&document.path).map_err(at(&document.path))?;
        let mut digest = Sha256::new();
        digest.update(&self.version);
        digest.update(&document.name);
        digest.update(text);
        Ok(format!("{:x}", digest.finalize()))
    }
}

/// The generator itself and the crate that generated code calls.
fn version(options: &CorpusOptions) -> Result<Vec<u8>, CorpusError> {
    let mut digest = Sha256::new();
    let program = std::env::current_exe().map_err(at(Path::new("the program itself")))?;
    digest.update(fs::read(&program).map_err(at(&program))?);
    digest.update([u8::from(options.partial)]);
    digest.update(options.requests.to_le_bytes());
    digest.update(options.responses.to_le_bytes());
    let used = [
        "crates/contract-runtime/src",
        "crates/contract-scalars/src",
        "xtask/generator/oracle/src",
    ];
    let mut open: Vec<_> = used.iter().map(|folder| options.checkout.join(folder)).collect();
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry.map_err(at(&folder))?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    for path in files {
        digest.update(fs::read(&path).map_err(at(&path))?);
    }
    Ok(digest.finalize().to_vec())
}
