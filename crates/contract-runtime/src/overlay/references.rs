//! Puts back the references that the registry has resolved, and what stands once for many operations.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value, json};

use super::{OverlayError, below, missing, push, tokens};

/// A copy that was taken from its place.
struct Taken {
    pointer: String,
    target: String,
    value: Value,
    /// Whether it is a reference that was put in its place; otherwise nothing was.
    is_reference: bool,
}

/// Walks down the tree; then down the parts of it that are about what the copies turned out to be.
pub(super) fn restore(document: &mut Value, tree: &Value) -> Result<(), OverlayError> {
    let mut targets = Vec::new();
    find_targets(tree, &mut targets);
    let mut known: HashMap<String, Value> = HashMap::new();
    for target in &targets {
        if let Some(value) = document.pointer(target) {
            known.insert(target.clone(), value.clone());
        }
    }
    let mut taken = VecDeque::new();
    take(document, tree, &mut String::new(), &mut taken);
    // What waits for its surroundings, which are a copy themselves, is looked at again after them.
    let mut patience = 0;
    while let Some(copy) = taken.pop_front() {
        if let Some(first) = known.get(&copy.target) {
            if *first != copy.value {
                return Err(OverlayError::Unequal {
                    pointer: copy.pointer,
                    target: copy.target,
                });
            }
            continue;
        }
        if !has_room(document, &copy) {
            patience += 1;
            // Of what nothing else is derived, the overlay has the whole.
            if patience <= taken.len() + 1 {
                taken.push_back(copy);
            }
            continue;
        }
        patience = 0;
        for target in &targets {
            let inner = target
                .strip_prefix(&copy.target)
                .filter(|rest| rest.starts_with('/'));
            if let Some(value) = inner.and_then(|rest| copy.value.pointer(rest)) {
                known.insert(target.clone(), value.clone());
            }
        }
        known.insert(copy.target.clone(), copy.value.clone());
        let mut pointer = copy.target.clone();
        let place = put(document, copy)?;
        if let Some(node) = node_at(tree, &pointer) {
            take(place, node, &mut pointer, &mut taken);
        }
    }
    Ok(())
}

fn find_targets(node: &Value, found: &mut Vec<String>) {
    for (key, member) in node.as_object().into_iter().flatten() {
        if key.starts_with('/') {
            found.extend(target_of(member));
            find_targets(member, found);
        }
    }
}

/// Where what stands at a node belongs.
fn target_of(node: &Value) -> Option<String> {
    let text = |key| node.get(key).and_then(Value::as_str);
    text("^")
        .or_else(|| text("@"))
        .or_else(|| text("$ref").and_then(|reference| reference.strip_prefix('#')))
        .map(str::to_owned)
}

/// Takes what stands in a place, or the copies within it. What belongs elsewhere leaves `null`, so that the places of its
/// neighbours stay what they are until [`close`].
fn take(place: &mut Value, node: &Value, pointer: &mut String, taken: &mut VecDeque<Taken>) {
    if let Some(target) = target_of(node) {
        let reference = node.get("$ref").map(|text| json!({ "$ref": text }));
        taken.push_back(Taken {
            pointer: pointer.clone(),
            target,
            is_reference: reference.is_some(),
            value: std::mem::replace(place, reference.unwrap_or_default()),
        });
        return;
    }
    for (key, node) in node.as_object().into_iter().flatten() {
        let Some(name) = key.strip_prefix('/') else {
            continue;
        };
        if let Some(child) = below(place, name) {
            let length = pointer.len();
            push(pointer, name);
            take(child, node, pointer, taken);
            pointer.truncate(length);
        }
    }
}

/// Closes the gaps that [`take`] left in what a node is about. Nothing is left of a list whose items all stand elsewhere.
pub(super) fn close(place: &mut Value, node: &Value) {
    let members = node.as_object().into_iter().flatten();
    let children = members.filter_map(|(key, node)| Some((key.strip_prefix('/')?, node)));
    let mut moved: Vec<&str> = Vec::new();
    for (name, node) in children {
        let Some(child) = below(place, name) else { continue };
        close(child, node);
        if node.get("^").is_some() || (is_moved(node) && child.as_array().is_some_and(Vec::is_empty)) {
            moved.push(name);
        }
    }
    match place {
        Value::Object(members) if !moved.is_empty() => {
            members.retain(|name, _| !moved.contains(&name.as_str()));
        }
        Value::Array(items) if !moved.is_empty() => {
            let mut index = 0;
            items.retain(|_| {
                index += 1;
                !moved.contains(&(index - 1).to_string().as_str())
            });
        }
        _ => {}
    }
}

/// Whether items of the list that a node is about stand elsewhere, and the contract has no list here without them.
fn is_moved(node: &Value) -> bool {
    if node.get("[]").is_some() {
        return false;
    }
    let members = node.as_object().into_iter().flatten();
    members.into_iter().any(|(_, member)| member.get("^").is_some())
}

/// Whether there is something to which a copy can be added: components and what stands once for many operations bring their own.
fn has_room(document: &Value, copy: &Taken) -> bool {
    let is_component = copy.target.starts_with("/components/") && copy.target.matches('/').count() == 3;
    !copy.is_reference || is_component || {
        let parent = copy.target.rsplit_once('/').map(|(parent, _)| parent);
        parent
            .and_then(|parent| document.pointer(parent))
            .is_some_and(Value::is_object)
    }
}

/// Puts a value where it belongs. What stands once for many operations is an item of a list, which grows until it has the item.
fn put(document: &mut Value, copy: Taken) -> Result<&mut Value, OverlayError> {
    let mut place = document;
    let mut path = tokens(&copy.target).peekable();
    while let Some(token) = path.next() {
        let holds_the_last = path.peek().is_some_and(|next| next.parse::<usize>().is_ok());
        let new = if copy.is_reference || !holds_the_last {
            Value::Object(Map::new())
        } else {
            Value::Array(Vec::new())
        };
        place = match place {
            Value::Object(members) => members.entry(token).or_insert(new),
            Value::Array(items) => {
                let index: usize = token.parse().map_err(|_| missing(&copy.target))?;
                if items.len() <= index {
                    items.resize(index.saturating_add(1), Value::Null);
                }
                items.get_mut(index).ok_or_else(|| missing(&copy.target))?
            }
            _ => return Err(missing(&copy.target)),
        };
    }
    *place = copy.value;
    Ok(place)
}

fn node_at<'a>(tree: &'a Value, pointer: &str) -> Option<&'a Value> {
    tokens(pointer).try_fold(tree, |node, token| node.get(format!("/{token}")))
}
