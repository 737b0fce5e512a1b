//! What the documents of a feature say.

use std::fmt;

pub(crate) use super::task::{Category, Gate, Task, TaskList};

/// Where something was read: the document, and the line or the JSON pointer in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The document, relative to the feature's folder.
    pub(crate) document: String,
    /// The line, from 1; 0 where it is not known.
    pub(crate) line: u64,
    /// The JSON pointer, where the document has such.
    pub(crate) pointer: Option<String>,
}

impl Origin {
    /// A line of a document.
    pub(crate) fn line(document: &str, line: u64) -> Self {
        Self {
            document: document.to_owned(),
            line,
            pointer: None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.document)?;
        if self.line > 0 {
            write!(formatter, ":{}", self.line)?;
        }
        if let Some(pointer) = &self.pointer {
            write!(formatter, "#{pointer}")?;
        }
        Ok(())
    }
}

/// A document that could not be taken over, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The document and the line.
    pub(crate) origin: Origin,
    /// Why.
    pub(crate) reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.origin, self.reason)
    }
}

/// A text with the place it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stated {
    /// The text, on one line.
    pub(crate) text: String,
    /// Where.
    pub(crate) origin: Origin,
}

/// A field of an entity.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: String,
    /// Whatever else is said of it: type, rules.
    pub(crate) says: String,
}

/// A relationship between two entities.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// The name of the other entity.
    pub(crate) target: String,
    /// Where it is said.
    pub(crate) origin: Origin,
}

/// An entity of the data model.
#[derive(Debug, Clone)]
pub(crate) struct Entity {
    /// Its name as a type would have it.
    pub(crate) name: String,
    /// Where it is described.
    pub(crate) origin: Origin,
    /// Whether it only enumerates values.
    pub(crate) enumeration: bool,
    /// Its fields.
    pub(crate) fields: Vec<Field>,
    /// The values of its status.
    pub(crate) states: Vec<String>,
    /// From which state to which.
    pub(crate) transitions: Vec<(String, String)>,
    /// What it is related to.
    pub(crate) relations: Vec<Relation>,
}

/// An operation that a contract describes.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// The HTTP method, or `QUERY`, `MUTATION`, `RPC` for other interfaces.
    pub(crate) method: String,
    /// The path, or the name of the operation.
    pub(crate) path: String,
    /// Where it is described.
    pub(crate) origin: Origin,
    /// The headers that it takes.
    pub(crate) headers: Vec<String>,
    /// The parameter that names the tenant.
    pub(crate) tenant: Option<String>,
}

impl Endpoint {
    /// How it is called in a task.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it changes something.
    pub(crate) fn writes(&self) -> bool {
        matches!(
            self.method.as_str(),
            "POST" | "PUT" | "PATCH" | "DELETE" | "MUTATION"
        )
    }
}

/// An event that a contract describes.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Its type.
    pub(crate) name: String,
    /// Where it is described.
    pub(crate) origin: Origin,
    /// The member or header that names the tenant.
    pub(crate) tenant: Option<String>,
}

/// A file of `contracts/`.
#[derive(Debug, Clone)]
pub(crate) struct Contract {
    /// The file, relative to the feature's folder.
    pub(crate) path: String,
    /// What it is: `OpenAPI`, `AsyncAPI`, `JSON Schema`, `Markdown`, …
    pub(crate) format: &'static str,
    /// Why it could not be read, if so.
    pub(crate) broken: bool,
    /// Its operations.
    pub(crate) endpoints: Vec<Endpoint>,
    /// Its events.
    pub(crate) events: Vec<Event>,
    /// What it promises of latency and availability.
    pub(crate) objectives: Vec<Stated>,
}

/// A user story.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    /// `US1`.
    pub(crate) label: String,
    /// What the user wants.
    pub(crate) title: String,
    /// Where it is told.
    pub(crate) origin: Origin,
}

/// Everything that was read from the folder of a feature.
#[derive(Debug)]
pub(crate) struct Feature {
    /// The folder as the tasks name it: `specs/001-roster`.
    pub(crate) folder: String,
    /// What the plan says.
    pub(crate) plan: super::input::plan::Plan,
    /// The documents that are there.
    pub(crate) documents: Vec<String>,
    /// The entities.
    pub(crate) entities: Vec<Entity>,
    /// The contract files.
    pub(crate) contracts: Vec<Contract>,
    /// The decisions of the research.
    pub(crate) decisions: Vec<Stated>,
    /// The scenarios of the quickstart.
    pub(crate) scenarios: Vec<Stated>,
    /// The user stories.
    pub(crate) stories: Vec<Story>,
    /// What plan, specification and contracts demand of latency and availability.
    pub(crate) objectives: Vec<Stated>,
    /// Where documents other than contracts speak of a gate's subject.
    pub(crate) mentions: Vec<(Gate, Origin)>,
    /// What could not be taken over.
    pub(crate) problems: Vec<Problem>,
}

impl Feature {
    /// The endpoints of all contracts, each once.
    pub(crate) fn endpoints(&self) -> Vec<&Endpoint> {
        let mut unique: Vec<&Endpoint> = Vec::new();
        for endpoint in self.contracts.iter().flat_map(|contract| &contract.endpoints) {
            if !unique.iter().any(|known| known.title() == endpoint.title()) {
                unique.push(endpoint);
            }
        }
        unique
    }

    /// The events of all contracts, each once.
    pub(crate) fn events(&self) -> Vec<&Event> {
        let mut unique: Vec<&Event> = Vec::new();
        for event in self.contracts.iter().flat_map(|contract| &contract.events) {
            if !unique.iter().any(|known| known.name == event.name) {
                unique.push(event);
            }
        }
        unique
    }

    /// Where the documents mention the subject of a gate.
    pub(crate) fn mentioned(&self, gate: Gate) -> Vec<Origin> {
        let of_gate = self.mentions.iter().filter(|(about, _)| *about == gate);
        of_gate.map(|(_, origin)| origin.clone()).collect()
    }
}
