//! Pages, documents, schemas.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Answer, Fault, Smoke};

/// What to do about a page that is not there.
const ADVICE: &str = "something between here and the service answers in its place, or it is another version";

impl Smoke<'_> {
    pub(super) fn pages(&mut self) {
        for (name, path) in [("the landing page", "/"), ("the API console", "/docs")] {
            let verdict = self.caller.get(path).send().and_then(|answer| is_page(&answer));
            self.report.check(name, ADVICE, verdict);
        }
        for (name, path, start) in [
            ("OpenAPI as YAML", "/openapi.yaml", "openapi:"),
            ("AsyncAPI as YAML", "/asyncapi.yaml", "asyncapi:"),
        ] {
            let verdict = self.caller.get(path).send().and_then(|answer| {
                answer.has_status(200)?;
                let is_one = answer.text().lines().any(|line| line.starts_with(start));
                if is_one {
                    Ok(())
                } else {
                    Err(answer.fault(format!("a document with {start}")))
                }
            });
            self.report.check(name, ADVICE, verdict);
        }
        let openapi = self.document("/openapi.json", "/openapi", "3.0.", "/paths");
        self.report.check("OpenAPI as JSON", ADVICE, openapi);
        let asyncapi = self.document("/asyncapi.json", "/asyncapi", "3.0.", "/channels");
        if let Some(document) = self.report.check("AsyncAPI as JSON", ADVICE, asyncapi) {
            let verdict = self.schemas(&document);
            self.report.check(
                "the schema of every event",
                "consumers validate by them; they never change",
                verdict,
            );
        }
        let verdict = self.problems();
        self.report.check(
            "a page for every problem",
            "the `type` of a problem leads there",
            verdict,
        );
        let verdict = self.caller.get("/").send().and_then(|answer| {
            answer.has_header("x-content-type-options", "nosniff")?;
            answer.header_starts("x-correlation-id", "")
        });
        self.report.check(
            "the headers of every answer",
            "does a proxy take headers away?",
            verdict,
        );
    }

    /// A document as JSON, of this version and with something at `content`.
    fn document(&self, path: &str, version: &str, start: &str, content: &str) -> Result<Value, Fault> {
        let answer = self.caller.get(path).send()?;
        answer.has_status(200)?;
        answer.header_starts("content-type", "application/json")?;
        if !answer.text_at(version)?.starts_with(start) {
            return Err(answer.fault(format!("{start} at {version}")));
        }
        let document = answer.json();
        match document.pointer(content).and_then(Value::as_object) {
            Some(members) if !members.is_empty() => Ok(document),
            _ => Err(answer.fault(format!("something at {content}"))),
        }
    }

    fn schemas(&self, asyncapi: &Value) -> Result<(), Fault> {
        let mut paths = BTreeSet::new();
        schema_paths(asyncapi, &mut paths);
        if paths.is_empty() {
            let expected = "addresses of schemas in the AsyncAPI document".to_owned();
            return Err(Fault {
                expected,
                got: "none".to_owned(),
            });
        }
        for path in paths {
            let answer = self.caller.get(&path).send()?;
            answer.has_status(200)?;
            answer.text_at("/$schema")?;
        }
        Ok(())
    }

    fn problems(&self) -> Result<(), Fault> {
        let index = self
            .caller
            .get("/problems")
            .header("Accept", "application/json")
            .send()?;
        index.has_status(200)?;
        let types = index.json().as_array().cloned().unwrap_or_default();
        if types.is_empty() {
            return Err(index.fault("a list of problems"));
        }
        for problem in &types {
            let path = problem.get("type").and_then(Value::as_str).unwrap_or_default();
            is_page(&self.caller.get(path).header("Accept", "text/html").send()?)?;
        }
        Ok(())
    }
}

fn is_page(answer: &Answer) -> Result<(), Fault> {
    answer.has_status(200)?;
    answer.header_starts("content-type", "text/html")?;
    answer.header_starts("content-security-policy", "default-src 'none'")
}

/// Every path of a schema in the document; patterns of such paths are none.
fn schema_paths(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let path = text.find("/schemas/").and_then(|start| text.get(start..));
            let is_path = |path: &&str| {
                path.strip_suffix(".json").is_some_and(|path| {
                    path.chars()
                        .all(|character| character.is_ascii_alphanumeric() || "/.-_".contains(character))
                })
            };
            found.extend(path.filter(is_path).map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| schema_paths(item, found)),
        Value::Object(members) => members.values().for_each(|member| schema_paths(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
