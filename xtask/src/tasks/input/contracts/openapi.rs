//! OpenAPI 3.0 and 3.1 (and what Swagger 2.0 shares with them).

use contract_codegen::{Source, child};
use serde_json::Value;

use super::{at, names_tenant, tenant_member, tenant_of_path};
use crate::tasks::model::{Contract, Endpoint, Event};

const METHODS: [&str; 8] = [
    "get", "post", "put", "patch", "delete", "head", "options", "trace",
];

/// Reads paths as endpoints, webhooks and callbacks as events.
pub(super) fn read(contract: &mut Contract, source: &Source) {
    for (path, item) in members(source, "/paths") {
        let pointer = child("/paths", &path);
        let (pointer, item) = follow(source, pointer, item);
        let shared = parameters(source, item);
        for method in METHODS {
            let Some(operation) = item.get(method).filter(|operation| operation.is_object()) else {
                continue;
            };
            let mut names = shared.clone();
            names.extend(parameters(source, operation));
            let tenant = tenant_of_path(&path).or_else(|| {
                names
                    .iter()
                    .map(|(_, name)| name)
                    .find(|name| names_tenant(name))
                    .cloned()
            });
            let headers = names
                .iter()
                .filter(|(place, _)| place == "header")
                .map(|(_, name)| name.clone())
                .collect();
            let pointer = child(&pointer, method);
            callbacks(contract, source, &pointer, operation);
            contract.endpoints.push(Endpoint {
                method: method.to_uppercase(),
                path: path.clone(),
                origin: at(&contract.path, source, &pointer),
                headers,
                tenant,
            });
        }
    }
    for (name, item) in members(source, "/webhooks") {
        let pointer = child("/webhooks", &name);
        let payload = item
            .pointer("/post/requestBody/content/application~1json/schema")
            .unwrap_or(&Value::Null);
        let tenant = tenant_member(resolve(source, payload));
        contract.events.push(Event {
            name,
            origin: at(&contract.path, source, &pointer),
            tenant,
        });
    }
}

fn callbacks(contract: &mut Contract, source: &Source, pointer: &str, operation: &Value) {
    let Some(callbacks) = operation.get("callbacks").and_then(Value::as_object) else {
        return;
    };
    for name in callbacks.keys() {
        let pointer = child(&child(pointer, "callbacks"), name);
        contract.events.push(Event {
            name: name.clone(),
            origin: at(&contract.path, source, &pointer),
            tenant: None,
        });
    }
}

fn members<'a>(source: &'a Source, pointer: &str) -> Vec<(String, &'a Value)> {
    let members = source.at(pointer).and_then(Value::as_object);
    members
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value))
        .collect()
}

/// Where a local reference leads; whatever leads elsewhere stays.
fn follow<'a>(source: &'a Source, pointer: String, value: &'a Value) -> (String, &'a Value) {
    let reference = value.get("$ref").and_then(Value::as_str);
    match reference.and_then(|reference| source.follow(reference)) {
        Some((pointer, value)) => (pointer.to_owned(), value),
        None => (pointer, value),
    }
}

fn resolve<'a>(source: &'a Source, value: &'a Value) -> &'a Value {
    follow(source, String::new(), value).1
}

fn parameters(source: &Source, value: &Value) -> Vec<(String, String)> {
    let parameters = value.get("parameters").and_then(Value::as_array);
    let text = |parameter: &Value, member: &str| {
        parameter
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    parameters
        .into_iter()
        .flatten()
        .map(|parameter| resolve(source, parameter))
        .map(|parameter| (text(parameter, "in"), text(parameter, "name")))
        .collect()
}
