//! `cargo xtask release-schemas`: freezes what is served under a version that is not released yet; and what `cargo xtask check` says of
//! those that are.

use std::fs;

use contract_codegen::{ReleasedSchema, compatibility_breaks};
use serde_json::{Map, Value};

use crate::check::{served, served_events};
use crate::error::TaskError;
use crate::generate::{self, released};
use crate::workspace::Workspace;

const FREEZE: &str = "freeze it with `cargo xtask release-schemas`";

/// Writes the schema of each message whose current version is not released, and embeds it. What is released stays as it is.
pub(crate) fn run(workspace: &Workspace) -> Result<(), TaskError> {
    // The service must build to be asked, which it does not while the generated code embeds a file that is gone.
    generate::run(workspace, false)?;
    let known = released(workspace.root())?;
    let events = served_events(&served(workspace)?);
    for schema in unreleased(&known, &events) {
        let path = workspace
            .root()
            .join("contracts/released")
            .join(schema.path.trim_start_matches('/'));
        let failed = |source| TaskError::File {
            path: path.clone(),
            source,
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(&path, &schema.text).map_err(failed)?;
        println!("wrote {}", path.display());
    }
    generate::run(workspace, false)
}

/// The current versions that have no file, as their files would be.
fn unreleased(released: &[ReleasedSchema], events: &Map<String, Value>) -> Vec<ReleasedSchema> {
    let current = events.values().map(|schemas| ReleasedSchema {
        path: path(schemas).to_owned(),
        text: format!("{:#}\n", published(schemas)),
    });
    current
        .filter(|schema| released.iter().all(|known| known.path != schema.path))
        .collect()
}

/// What is wrong with the released schemas, given the messages of the service: each current version must be among them and equal, each
/// of them must be a version of a message, and each version must be compatible with the current one.
pub(crate) fn released_findings(released: &[ReleasedSchema], events: &Map<String, Value>) -> Vec<String> {
    let mut findings: Vec<String> = unreleased(released, events)
        .iter()
        .map(|schema| format!("{} is served and not released; {FREEZE}", schema.path))
        .collect();
    for schema in released {
        let name = format!("contracts/released{}", schema.path);
        let message = events
            .iter()
            .find(|(_, schemas)| is_version(&schema.path) && folder(path(schemas)) == folder(&schema.path));
        match (message, serde_json::from_str(&schema.text)) {
            (None, _) => findings.push(format!("{name} is no version of any message of the service")),
            (_, Err(error)) => findings.push(format!("{name} is no JSON: {error}")),
            (Some((key, schemas)), Ok(text)) => {
                compare(&mut findings, key, schemas, &name, &schema.path, &text);
            }
        }
    }
    findings
}

fn compare(
    findings: &mut Vec<String>,
    key: &str,
    schemas: &Value,
    name: &str,
    released_path: &str,
    released: &Value,
) {
    let current = published(schemas);
    if path(schemas) == released_path && released != current {
        findings.push(format!(
            "{key}: {name} is released and must not change; raise x-schema-version"
        ));
    }
    let breaks = compatibility_breaks(released, current);
    findings.extend(breaks.iter().map(|found| format!("{key} against {name} {found}")));
}

fn path(schemas: &Value) -> &str {
    schemas.get("path").and_then(Value::as_str).unwrap_or_default()
}

fn published(schemas: &Value) -> &Value {
    schemas.get("published").unwrap_or(&Value::Null)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a file is named `1.0.0.json`, with any numbers.
fn is_version(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    file.strip_suffix(".json").is_some_and(|version| {
        let numbers: Vec<&str> = version.split('.').collect();
        numbers.len() == 3 && numbers.iter().all(|number| number.parse::<u32>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    const MADE: &str = "/schemas/things.v1/ThingMade";

    /// A repository that released some versions of a thing's making.
    fn repository(versions: &[(&str, &Value)]) -> TempDir {
        let root = TempDir::new().unwrap();
        for (version, schema) in versions {
            write(
                root.path(),
                &format!("{MADE}/{version}.json"),
                &schema.to_string(),
            );
        }
        root
    }

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join("contracts/released").join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn schema() -> Value {
        json!({ "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } })
    }

    /// With one more member, which is optional.
    fn wider() -> Value {
        let mut wider = schema();
        wider["properties"]["note"] = json!({ "type": "string" });
        wider
    }

    fn events(version: &str, published: &Value) -> Map<String, Value> {
        let schemas = json!({ "path": format!("{MADE}/{version}.json"), "published": published });
        Map::from_iter([("ThingMade".to_owned(), schemas)])
    }

    fn findings(root: &TempDir, events: &Map<String, Value>) -> Vec<String> {
        released_findings(&released(root.path()).unwrap(), events)
    }

    #[track_caller]
    fn assert_only(findings: &[String], parts: &[&str]) {
        assert_eq!(findings.len(), 1, "{findings:#?}");
        for part in parts {
            assert!(findings[0].contains(part), "{part}: {findings:#?}");
        }
    }

    #[test]
    fn versions_that_fit_are_no_findings() {
        let root = repository(&[("1.0.0", &schema()), ("1.1.0", &wider())]);
        assert_eq!(findings(&root, &events("1.1.0", &wider())), Vec::<String>::new());
    }

    #[test]
    fn a_deleted_file_of_the_current_version_is_found() {
        let root = repository(&[("1.0.0", &schema())]);
        fs::remove_dir_all(root.path().join("contracts")).unwrap();
        let found = findings(&root, &events("1.0.0", &schema()));
        assert_only(&found, &["ThingMade/1.0.0.json", "release-schemas"]);
    }

    #[test]
    fn a_raised_version_must_be_frozen_and_then_is_no_finding() {
        let root = repository(&[("1.0.0", &schema())]);
        let events = events("1.1.0", &wider());
        assert_only(
            &findings(&root, &events),
            &["ThingMade/1.1.0.json", "release-schemas"],
        );
        for schema in unreleased(&released(root.path()).unwrap(), &events) {
            write(root.path(), &schema.path, &schema.text);
        }
        assert_eq!(findings(&root, &events), Vec::<String>::new());
    }

    #[test]
    fn a_change_under_a_released_version_is_found() {
        let root = repository(&[("1.0.0", &schema())]);
        assert_only(&findings(&root, &events("1.0.0", &wider())), &["must not change"]);
    }

    #[test]
    fn a_version_that_breaks_an_older_one_is_found() {
        let mut broken = schema();
        broken["properties"]["name"]["type"] = json!("integer");
        let root = repository(&[("1.0.0", &schema()), ("1.1.0", &broken)]);
        let found = findings(&root, &events("1.1.0", &broken));
        assert!(!found.is_empty());
        assert!(found.iter().all(|one| one.contains("1.0.0.json")), "{found:#?}");
    }

    #[test]
    fn a_file_of_no_message_is_found() {
        let strangers = [
            "/schemas/things.v1/ThingLost/1.0.0.json".to_owned(),
            format!("{MADE}/latest.json"),
            format!("{MADE}/1.0.json"),
        ];
        for stranger in strangers {
            let root = repository(&[("1.0.0", &schema())]);
            write(root.path(), &stranger, "{}");
            let found = findings(&root, &events("1.0.0", &schema()));
            assert_only(&found, &[&stranger, "no version of any message"]);
        }
        let root = repository(&[("1.0.0", &schema())]);
        assert_only(&findings(&root, &Map::new()), &["no version of any message"]);
    }

    #[test]
    fn a_file_that_is_no_json_is_found() {
        let root = repository(&[("1.0.0", &schema())]);
        write(root.path(), &format!("{MADE}/0.9.0.json"), "{");
        assert_only(
            &findings(&root, &events("1.0.0", &schema())),
            &["0.9.0.json is no JSON"],
        );
    }
}
