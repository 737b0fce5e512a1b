//! One document, in a process of its own.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use contract_codegen::{Difference, EventContract, ReadEvents, Source, differences, normal_openapi};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{CorpusError, at};
use super::{CorpusOptions, Document, features, process};
use crate::generation::{ContractFiles, GenerationError, Unsupported};
use crate::project::{ProjectError, ProjectOptions, scaffold};

/// The contract as one document, beside the project that was made of it.
pub(super) const CONTRACT: &str = "contract.json";

/// So much memory may a document take; one that needs more is a failure, not the end of the run.
const MEMORY_MAX: u64 = 8 << 30;

/// What the generator says of a document.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Made {
    /// Why there is no project; empty where there is one.
    pub(super) refusals: Vec<String>,
    /// Why that is no answer, where it is none.
    pub(super) fault: Option<String>,
    pub(super) warnings: Vec<String>,
    pub(super) left_out: Vec<String>,
    pub(super) features: Vec<String>,
    pub(super) operations: u64,
    pub(super) reading_us: u64,
    pub(super) writing_us: u64,
    pub(super) generated_bytes: u64,
    pub(super) peak_kib: u64,
}

/// Has a process of its own make the project of a document.
pub(super) fn make(document: &Document, folder: &Path, options: &CorpusOptions) -> Result<Made, CorpusError> {
    let mut command = itself()?;
    command
        .arg("one")
        .arg(&document.path)
        .arg(folder)
        .arg(&document.slug)
        .arg(&options.checkout);
    if options.partial {
        command.arg("--partial");
    }
    let ended = process::run(&mut command, &options.out, options.seconds_max)?;
    if !ended.is_success() {
        return Ok(Made {
            fault: Some(ended.complaint()),
            ..Made::default()
        });
    }
    serde_json::from_str(&ended.output).map_err(|source| CorpusError::Json {
        what: format!("the result for {}", document.name),
        source,
    })
}

/// Has a process of its own compare the derived document with the contract. Gives the first differences, if there are any.
pub(super) fn judge(folder: &Path, options: &CorpusOptions) -> Result<Option<String>, CorpusError> {
    let mut command = itself()?;
    command
        .arg("judge")
        .arg(folder.join(CONTRACT))
        .arg(folder.join(super::runner::DERIVED));
    let ended = process::run(&mut command, &options.out, options.seconds_max)?;
    match ended.is_success() {
        true if ended.output.trim().is_empty() => Ok(None),
        true => Ok(Some(ended.output)),
        false => Ok(Some(ended.complaint())),
    }
}

fn itself() -> Result<Command, CorpusError> {
    let program = std::env::current_exe().map_err(at(Path::new("the program itself")))?;
    Ok(Command::new(program))
}

/// Makes the project of a document in this process, and prints what is to be said of it.
pub fn make_one(
    contract: &Path,
    folder: &Path,
    name: &str,
    checkout: &Path,
    partial: bool,
) -> Result<(), CorpusError> {
    let limit = Rlimit {
        current: Some(MEMORY_MAX),
        maximum: Some(MEMORY_MAX),
    };
    setrlimit(Resource::As, limit).map_err(|error| at(Path::new("RLIMIT_AS"))(error.into()))?;
    let contracts = contract_files(contract)?;
    let options = ProjectOptions {
        checkout: checkout.to_owned(),
        name: Some(name.to_owned()),
        unsupported: if partial {
            Unsupported::LeaveOut
        } else {
            Unsupported::Refuse
        },
        standalone: false,
    };
    let mut made = match scaffold(folder, &contracts, &options) {
        Ok(project) => {
            let generation = project.generation;
            let document = generation.document.or(generation.events).unwrap_or_default();
            fs::write(folder.join(CONTRACT), document.to_string()).map_err(at(folder))?;
            Made {
                warnings: generation.warnings.iter().map(ToString::to_string).collect(),
                left_out: generation.left_out,
                reading_us: microseconds(generation.reading),
                writing_us: microseconds(generation.writing),
                generated_bytes: generation.files.iter().map(|file| file.text.len() as u64).sum(),
                ..Made::default()
            }
        }
        Err(ProjectError::Generation(GenerationError::Refused(refusals))) => Made {
            fault: refusals
                .0
                .iter()
                .find(|refusal| refusal.line == 0)
                .map(|refusal| format!("a refusal without a place: {refusal}")),
            refusals: refusals
                .0
                .iter()
                .map(|refusal| in_file(&refusal.to_string(), contract))
                .collect(),
            ..Made::default()
        },
        Err(error) => Made {
            fault: Some(error.to_string()),
            ..Made::default()
        },
    };
    let text = fs::read(contract).map_err(at(contract))?;
    (made.features, made.operations) = features::of(&String::from_utf8_lossy(&text));
    made.peak_kib = peak_kib();
    let line = serde_json::to_string(&made).map_err(|source| CorpusError::Json {
        what: "the result".to_owned(),
        source,
    })?;
    println!("{line}");
    Ok(())
}

/// A refusal with the file's name alone: where a corpus lies does not matter.
fn in_file(refusal: &str, contract: &Path) -> String {
    let name = contract.file_name().unwrap_or_default().to_string_lossy();
    refusal.replace(&*contract.to_string_lossy(), &name)
}

/// A document is an event contract if it says so.
fn contract_files(path: &Path) -> Result<ContractFiles, CorpusError> {
    let text = fs::read(path).map_err(at(path))?;
    let text = String::from_utf8_lossy(&text);
    let is_asyncapi = if let Ok(document) = serde_json::from_str::<Value>(&text) {
        document.get("asyncapi").is_some() && document.get("openapi").is_none()
    } else {
        let says = |name: &str| text.lines().any(|line| line.starts_with(name));
        says("asyncapi") && !says("openapi:")
    };
    let path = Some(path.to_owned());
    Ok(if is_asyncapi {
        ContractFiles {
            openapi: None,
            asyncapi: path,
        }
    } else {
        ContractFiles {
            openapi: path,
            asyncapi: None,
        }
    })
}

/// Compares a derived document with a contract in this process, and prints the first differences.
pub fn judge_one(contract: &Path, derived: &Path) -> Result<(), CorpusError> {
    let read = |path: &Path| -> Result<Value, CorpusError> {
        let text = fs::read_to_string(path).map_err(at(path))?;
        serde_json::from_str(&text).map_err(|source| CorpusError::Json {
            what: path.display().to_string(),
            source,
        })
    };
    let (contract, derived) = (read(contract)?, read(derived)?);
    let found = if contract.get("asyncapi").is_some() {
        event_differences(&contract, &derived)?
    } else {
        differences(&normal_openapi(&contract), &normal_openapi(&derived))
    };
    for difference in found.iter().take(5) {
        let text: String = difference.to_string().chars().take(400).collect();
        println!("{text}");
    }
    if found.len() > 5 {
        println!("and {} more", found.len() - 5);
    }
    Ok(())
}

/// Where the derived schemas of an event contract, or the document that its project has, are not the contract.
fn event_differences(contract: &Value, derived: &Value) -> Result<Vec<Difference>, CorpusError> {
    let source = Source::parse("contract.json", &contract.to_string()).map_err(CorpusError::Contract)?;
    let events = EventContract::read(&source).map_err(CorpusError::Contract)?;
    let nothing = Value::Null;
    let part = |index: usize| derived.get(index).unwrap_or(&nothing);
    let mut found = events.differences(part(0));
    found.extend(ReadEvents::document_differences(&source, part(1)));
    Ok(found)
}

/// The most memory that this process ever had (proc(5)); 0 where the machine does not say.
pub(crate) fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
