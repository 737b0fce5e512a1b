//! `cargo xtask tasks`: from the design documents of a feature to a numbered, ordered, checked list of tasks.
//!
//! The flow is that of the template. Load `plan.md` and whatever else is there ([`input`]); make tasks of it, a room for
//! each category and each gate of the constitution ([`rules`]); order and number them ([`order`]); check the result
//! ([`checklist`]); write it ([`output`]). There is no model, network or clock in it: the same folder gives the same
//! bytes. What a document says wrongly is named and left out, and the others go on: people's documents are what they are.

mod check;
mod checklist;
mod input;
mod language;
mod layout;
mod model;
mod names;
mod order;
mod output;
#[cfg(test)]
mod own_features;
mod rules;
mod stable_ids;
mod task;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::error::TaskError;
use checklist::Point;
use model::{Feature, TaskList};
use stable_ids::Previous;

/// What `cargo xtask tasks` takes.
#[derive(Args)]
pub(crate) struct TasksArguments {
    /// The folder of the feature: plan.md, and what there is of data-model.md, contracts/, research.md, quickstart.md, spec.md
    feature: PathBuf,
    /// markdown writes tasks.md into the folder; json and mermaid go to standard output and write nothing
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
    /// Write nothing; say what of the existing tasks.md is missing, stale or wrongly parallel
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Markdown,
    Json,
    Mermaid,
}

const FAILED: u8 = 1;
const NO_PLAN: u8 = 2;
const PARTIAL: u8 = 3;

/// Runs the flow.
pub(crate) fn run(arguments: &TasksArguments) -> Result<ExitCode, TaskError> {
    let folder = &arguments.feature;
    let Some(feature) = input::load(folder) else {
        eprintln!("ERROR \"No implementation plan found\"");
        return Ok(ExitCode::from(NO_PLAN));
    };
    for problem in &feature.problems {
        eprintln!("{}/{problem}", folder.display());
    }
    let path = folder.join("tasks.md");
    let existing = fs::read(&path)
        .ok()
        .map(|bytes| input::folder::Text::of(&bytes).content);
    let previous = existing.as_deref().map(Previous::parse).unwrap_or_default();
    let list = order::order(rules::tasks(&feature), &previous);
    let points = checklist::check(&feature, &list);
    if arguments.check {
        return Ok(report_check(
            &feature,
            &list,
            existing.is_some().then_some(&previous),
        ));
    }
    match arguments.format {
        Format::Json => show(&output::json::write(&feature, &list, &points)),
        Format::Mermaid => show(&output::mermaid::write(&list)),
        Format::Markdown => {
            if existing.is_some() && !previous.generated {
                let kept = keep(&path, folder)?;
                eprintln!(
                    "{} was not generated; it is kept as {}",
                    path.display(),
                    kept.display()
                );
            }
            let text = output::markdown::write(&feature, &list, &points);
            fs::write(&path, text).map_err(|source| TaskError::File {
                path: path.clone(),
                source,
            })?;
        }
    }
    Ok(report(&feature, &list, &points, arguments.format))
}

/// A list that a person wrote is never lost.
fn keep(path: &Path, folder: &Path) -> Result<PathBuf, TaskError> {
    let names = std::iter::once("tasks.previous.md".to_owned())
        .chain((2..1000).map(|number| format!("tasks.previous-{number}.md")));
    let kept = names.map(|name| folder.join(name)).find(|path| !path.exists());
    let kept = kept.ok_or_else(|| {
        TaskError::Unexpected(format!("{} is full of lists that were kept", folder.display()))
    })?;
    fs::rename(path, &kept).map_err(|source| TaskError::File {
        path: kept.clone(),
        source,
    })?;
    Ok(kept)
}

fn report(feature: &Feature, list: &TaskList, points: &[Point], format: Format) -> ExitCode {
    let failures: Vec<String> = points
        .iter()
        .flat_map(|point| {
            point
                .failures
                .iter()
                .map(move |failure| format!("{}: {failure}", point.title))
        })
        .collect();
    for failure in &failures {
        eprintln!("FAILED {failure}");
    }
    if !failures.is_empty() {
        return ExitCode::from(FAILED);
    }
    if format == Format::Markdown {
        let partial = if feature.problems.is_empty() {
            "SUCCESS"
        } else {
            "PARTIAL"
        };
        let parallel = list.tasks.iter().filter(|task| task.parallel).count();
        let count = list.tasks.len();
        show(&format!(
            "{partial} ({count} tasks ready for execution, {parallel} of them parallel)\n"
        ));
    }
    ending(feature)
}

/// Writes to standard output. A reader that has seen enough, such as `head`, is no failure.
fn show(text: &str) {
    _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn report_check(feature: &Feature, list: &TaskList, previous: Option<&Previous>) -> ExitCode {
    let findings = previous.map_or_else(
        || vec!["missing: there is no tasks.md".to_owned()],
        |previous| check::check(feature, list, previous),
    );
    for finding in &findings {
        show(&format!("{finding}\n"));
    }
    if !findings.is_empty() {
        return ExitCode::from(FAILED);
    }
    show("tasks.md agrees with its documents\n");
    ending(feature)
}

fn ending(feature: &Feature) -> ExitCode {
    if feature.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(PARTIAL)
    }
}
