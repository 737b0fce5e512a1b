//! `contracts/`: one contract a file, whatever its format.

mod asyncapi;
mod events;
mod listing;
mod markdown;
mod openapi;

use contract_codegen::Source;
use serde_json::Value;

use super::folder::Text;
use crate::tasks::model::{Contract, Event, Origin, Problem, Stated};

/// Reads a contract file.
pub(crate) fn read(path: &str, text: &Text, problems: &mut Vec<Problem>) -> Option<Contract> {
    let ending = path
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase())
        .unwrap_or_default();
    let mut contract = Contract {
        path: path.to_owned(),
        format: "contract",
        broken: false,
        endpoints: Vec::new(),
        events: Vec::new(),
        objectives: Vec::new(),
    };
    problems.extend(text.problem(path));
    if text.content.trim().is_empty() {
        problems.push(Problem {
            origin: Origin::line(path, 1),
            reason: "the file is empty".to_owned(),
        });
        contract.broken = true;
        return Some(contract);
    }
    match ending.as_str() {
        "yaml" | "yml" | "json" | "avsc" => structured(&mut contract, &text.content, problems),
        "md" | "markdown" | "mdx" => {
            contract.format = "Markdown";
            markdown::read(&mut contract, &text.content);
            let name = path.rsplit('/').next().unwrap_or_default().to_lowercase();
            let tells = ["readme", "index.", "overview", "changelog"]
                .iter()
                .any(|start| name.starts_with(start));
            if tells && contract.endpoints.is_empty() && contract.events.is_empty() {
                return None;
            }
        }
        "graphql" | "graphqls" | "gql" => {
            contract.format = "GraphQL";
            listing::graphql(&mut contract, &text.content, 1);
        }
        "proto" => {
            contract.format = "Protocol Buffers";
            listing::proto(&mut contract, &text.content);
        }
        "http" | "rest" => {
            contract.format = "HTTP";
            markdown::read(&mut contract, &format!("```http\n{}\n```", text.content));
        }
        "ts" | "py" | "rs" | "go" | "java" | "kt" | "cs" | "swift" | "dart" | "js" => {
            contract.format = "interface";
        }
        "sql" => contract.format = "SQL",
        _ => {}
    }
    Some(contract)
}

fn structured(contract: &mut Contract, text: &str, problems: &mut Vec<Problem>) {
    let source = match Source::parse(&contract.path, text) {
        Ok(source) => source,
        Err(refusals) => {
            contract.broken = true;
            contract.format = format_of_text(text);
            problems.extend(refusals.0.into_iter().map(|refusal| Problem {
                origin: Origin::line(&refusal.file, refusal.line),
                reason: plain_reason(&refusal.reason),
            }));
            return;
        }
    };
    let root = source.root();
    let has = |member: &str| root.get(member).is_some();
    if has("openapi") || has("swagger") || (has("paths") && root.get("paths").is_some_and(Value::is_object)) {
        contract.format = "OpenAPI";
        openapi::read(contract, &source);
    } else if has("asyncapi") || has("channels") {
        contract.format = "AsyncAPI";
        asyncapi::read(contract, &source);
    } else if [
        "$schema",
        "properties",
        "$defs",
        "definitions",
        "$id",
        "allOf",
        "oneOf",
    ]
    .iter()
    .any(|member| has(member))
    {
        contract.format = "JSON Schema";
        schema_event(contract, &source);
    } else if root.get("type").and_then(Value::as_str) == Some("record") {
        contract.format = "Avro";
    } else if !root.is_object() && !root.is_array() {
        contract.broken = true;
        problems.push(Problem {
            origin: Origin::line(&contract.path, 1),
            reason: "the file holds no object".to_owned(),
        });
    } else {
        contract.format = "data";
    }
    contract.objectives = objectives(&source);
}

/// The parser's message without its own position and its advice to programmers.
fn plain_reason(reason: &str) -> String {
    let told = reason.strip_prefix("error: ").unwrap_or(reason);
    let told = match told.split_once(": ") {
        Some((position, told)) if position.starts_with("line ") => told,
        _ => told,
    };
    told.split(", set ").next().unwrap_or(told).to_owned()
}

fn format_of_text(text: &str) -> &'static str {
    let start = |word: &str| {
        text.lines()
            .any(|line| line.trim_start_matches(['{', '"', ' ']).starts_with(word))
    };
    if start("openapi") || start("swagger") {
        "OpenAPI"
    } else if start("asyncapi") {
        "AsyncAPI"
    } else {
        "contract"
    }
}

/// A schema that describes an event says so in its name.
fn schema_event(contract: &mut Contract, source: &Source) {
    let root = source.root();
    let file = contract.path.rsplit('/').next().unwrap_or_default();
    let title = root.get("title").and_then(Value::as_str);
    let stem = file.split('.').next().unwrap_or(file);
    let is_event = contract.path.to_lowercase().contains("event")
        || title.is_some_and(|title| title.ends_with("Event") || title.ends_with("Created"));
    let constant = root.pointer("/properties/type/const").and_then(Value::as_str);
    if is_event || constant.is_some_and(|constant| constant.contains('.')) {
        let name = constant
            .or(title.filter(|title| !title.contains(' ')))
            .unwrap_or(stem)
            .to_owned();
        contract.events.push(Event {
            name,
            origin: at(&contract.path, source, ""),
            tenant: tenant_member(root),
        });
    }
}

/// `x-slo` and its like, and latencies that descriptions of operations promise.
fn objectives(source: &Source) -> Vec<Stated> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), source.root())];
    while let Some((pointer, value)) = open.pop() {
        let Some(members) = value.as_object() else {
            continue;
        };
        for (name, member) in members.iter().rev() {
            let below = contract_codegen::child(&pointer, name);
            let lower = name.to_lowercase();
            if lower.starts_with("x-slo") || lower.starts_with("x-sla") || lower.starts_with("x-latency") {
                let origin = at("", source, &below);
                found.push(Stated {
                    text: format!("{name}: {member}").replace(['"', '{', '}'], ""),
                    origin,
                });
            } else if member.is_object() {
                open.push((below, member));
            }
        }
    }
    found
}

/// A place in a contract.
fn at(path: &str, source: &Source, pointer: &str) -> Origin {
    let refusal = source.refuse(pointer, "");
    Origin {
        document: if path.is_empty() {
            refusal.file
        } else {
            path.to_owned()
        },
        line: refusal.line,
        pointer: (!pointer.is_empty()).then(|| pointer.to_owned()),
    }
}

/// Whether a parameter, header or member names the tenant.
pub(crate) fn names_tenant(name: &str) -> bool {
    let words = crate::tasks::names::words(name);
    let has = |word: &str| words.iter().any(|other| other == word);
    has("tenant")
        || has("tenantid")
        || has("tenants")
        || (["organization", "organisation", "org", "workspace"]
            .iter()
            .any(|word| has(word))
            && has("id"))
}

/// The parameter of a path that names the tenant.
fn tenant_of_path(path: &str) -> Option<String> {
    let mut parts = path.split('/');
    let parameters = parts
        .by_ref()
        .filter(|part| part.starts_with(['{', ':', '<', '[']));
    parameters
        .map(|part| part.trim_matches(['{', '}', ':', '<', '>', '[', ']']).to_owned())
        .find(|name| names_tenant(name))
}

/// The member of an event, or of its data, that names the tenant.
fn tenant_member(payload: &Value) -> Option<String> {
    let members = |value: &Value| -> Vec<String> {
        let all = value
            .get("allOf")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let parts = std::iter::once(value).chain(&all);
        parts
            .filter_map(|part| part.get("properties").and_then(Value::as_object))
            .flat_map(|members| members.keys().cloned())
            .collect()
    };
    let data = payload.pointer("/properties/data").cloned().unwrap_or_default();
    members(payload)
        .into_iter()
        .chain(members(&data))
        .find(|name| names_tenant(name))
}
