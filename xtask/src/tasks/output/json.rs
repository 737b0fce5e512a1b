//! The list as data.

use serde_json::{Value, json};

use crate::tasks::checklist::Point;
use crate::tasks::model::{Category, Feature, Gate, Origin, TaskList};

fn origin(origin: &Origin) -> Value {
    json!({ "document": origin.document, "line": origin.line, "pointer": origin.pointer })
}

/// Writes the list.
pub(crate) fn write(feature: &Feature, list: &TaskList, points: &[Point]) -> String {
    let id = |key: &str| list.of_key(key).map(|task| task.id.clone());
    let tasks: Vec<Value> = list
        .tasks
        .iter()
        .map(|task| {
            json!({
                "id": task.id,
                "key": task.key,
                "phase": task.category.name(),
                "gate": task.gate.map(Gate::name),
                "parallel": task.parallel,
                "done": task.done,
                "description": task.description(),
                "files": task.files,
                "needs": task.needs.iter().filter_map(|key| id(key)).collect::<Vec<_>>(),
                "from": task.origins.iter().map(origin).collect::<Vec<_>>(),
            })
        })
        .collect();
    let edges: Vec<Value> = list
        .tasks
        .iter()
        .flat_map(|task| {
            task.needs
                .iter()
                .filter_map(|key| id(key))
                .map(|before| json!({ "before": before, "after": task.id }))
                .collect::<Vec<_>>()
        })
        .collect();
    let groups: Vec<Vec<&str>> = list
        .groups
        .iter()
        .map(|group| {
            group
                .iter()
                .filter_map(|index| list.tasks.get(*index))
                .filter(|task| task.parallel)
                .map(|task| task.id.as_str())
                .collect()
        })
        .collect();
    let plan = &feature.plan;
    let document = json!({
        "feature": plan.title,
        "folder": feature.folder,
        "plan": {
            "language": plan.language_text,
            "dependencies": plan.dependencies.as_ref().map(|stated| stated.text.clone()),
            "storage": plan.storage.as_ref().map(|stated| stated.text.clone()),
            "testing": plan.testing.as_ref().map(|stated| stated.text.clone()),
            "structure": plan.structure.title(),
            "files": plan.tree.iter().map(|entry| entry.path.clone()).collect::<Vec<_>>(),
        },
        "documents": feature.documents,
        "contracts": feature.contracts.iter().map(|contract| json!({
            "path": contract.path,
            "format": contract.format,
            "endpoints": contract.endpoints.len(),
            "events": contract.events.len(),
            "valid": !contract.broken,
        })).collect::<Vec<_>>(),
        "entities": feature.entities.iter().map(|entity| json!({
            "name": entity.name,
            "fields": entity.fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>(),
            "states": entity.states,
            "transitions": entity.transitions,
            "relations": entity.relations.iter().map(|relation| relation.target.clone()).collect::<Vec<_>>(),
            "from": origin(&entity.origin),
        })).collect::<Vec<_>>(),
        "phases": Category::ALL.map(Category::name),
        "tasks": tasks,
        "graph": edges,
        "parallel": groups,
        "gates": Gate::ALL.map(|gate| json!({
            "gate": gate.name(),
            "tasks": list.tasks.iter().filter(|task| task.gate == Some(gate)).map(|task| task.id.clone()).collect::<Vec<_>>(),
        })),
        "checklist": points.iter().map(|point| json!({ "point": point.title, "holds": point.failures.is_empty(), "failures": point.failures })).collect::<Vec<_>>(),
        "problems": feature.problems.iter().map(|problem| json!({ "file": problem.origin.document, "line": problem.origin.line, "reason": problem.reason })).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}
