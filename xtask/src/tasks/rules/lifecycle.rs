//! The gate of lifecycle integrity cascades: where an entity has states.

use super::Rules;
use crate::tasks::layout::Role;
use crate::tasks::model::{Category, Entity, Gate, Task};
use crate::tasks::names::{sameness, words};

pub(super) fn add(rules: &mut Rules<'_>) {
    let feature = rules.feature;
    for entity in feature
        .entities
        .iter()
        .filter(|entity| entity.states.len() > 1 && !entity.enumeration)
    {
        let same = sameness(&entity.name);
        let mut subject = words(&entity.name);
        subject.push("lifecycle".to_owned());
        let dependants: Vec<&str> = feature
            .entities
            .iter()
            .filter(|other| {
                is_related(other, entity) && !holds(entity, other) && sameness(&other.name) != same
            })
            .map(|other| other.name.as_str())
            .collect();
        let test = Task::new(
            format!("test:lifecycle:{same}"),
            Category::Tests,
            format!(
                "Lifecycle test of {}: {}, and nothing else",
                entity.name,
                course(entity)
            ),
            rules.layout.file(Role::IntegrationTest, &subject),
        );
        rules.push(
            test.from([entity.origin.clone()])
                .after(["setup:project".to_owned()])
                .of(Gate::Lifecycle),
        );
        let cascades = if dependants.is_empty() {
            String::new()
        } else {
            format!(", with cascades to {}", dependants.join(", "))
        };
        let models: Vec<String> = std::iter::once(same.clone())
            .chain(dependants.iter().map(|name| sameness(name)))
            .map(|same| format!("core:model:{same}"))
            .collect();
        let task = Task::new(
            format!("core:lifecycle:{same}"),
            Category::Core,
            format!(
                "State transitions of {} ({}){cascades}",
                entity.name,
                entity.states.join(", ")
            ),
            rules.layout.file(Role::Service, &subject),
        );
        rules.push(
            task.from([entity.origin.clone()])
                .after([format!("test:lifecycle:{same}")])
                .after(models)
                .of(Gate::Lifecycle),
        );
    }
}

/// Whether either names the other.
fn is_related(one: &Entity, other: &Entity) -> bool {
    let names = |one: &Entity, other: &Entity| {
        let same = sameness(&other.name);
        one.relations
            .iter()
            .any(|relation| sameness(&relation.target) == same)
    };
    names(one, other) || names(other, one)
}

/// Whether an entity has the key of another, and so depends on it.
fn holds(one: &Entity, other: &Entity) -> bool {
    let same = sameness(&other.name);
    one.fields.iter().any(|field| {
        let stem = ["Id", "_id", "ID"]
            .iter()
            .find_map(|end| field.name.strip_suffix(end));
        stem.is_some_and(|stem| sameness(stem) == same)
    })
}

fn course(entity: &Entity) -> String {
    if entity.transitions.is_empty() {
        return format!(
            "transitions between {} as the data model allows",
            entity.states.join(", ")
        );
    }
    let shown: Vec<String> = entity
        .transitions
        .iter()
        .take(6)
        .map(|(from, to)| format!("{from} → {to}"))
        .collect();
    let more = entity.transitions.len().saturating_sub(shown.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}
