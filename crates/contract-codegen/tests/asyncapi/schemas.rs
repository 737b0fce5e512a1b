//! What schemars derives of the types of messages equals the contract, and every difference is noticed.

use contract_codegen::child;
use serde_json::{Value, json};

use crate::features::{FEATURES, read};

#[test]
fn the_derived_schemas_equal_the_contract() {
    for (feature, api) in FEATURES {
        let differences = read(feature).differences(&api.derived_schemas());
        assert!(differences.is_empty(), "{feature}: {differences:#?}");
    }
}

/// Every place of a value at which a change would be one of meaning.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let at = child(pointer, name);
                if name != "definitions" {
                    found.push(at.clone());
                }
                places(member, &at, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &child(pointer, index), found);
            }
        }
        _ => {}
    }
}

/// Replaces what stands at a place, or removes it.
fn change(value: &Value, pointer: &str, new: Option<Value>) -> Value {
    let mut changed = value.clone();
    let (parent, token) = pointer.rsplit_once('/').unwrap();
    let token = token.replace("~1", "/").replace("~0", "~");
    match (changed.pointer_mut(parent).unwrap(), new) {
        (Value::Object(members), Some(new)) => {
            members.insert(token, new);
        }
        (Value::Object(members), None) => {
            members.shift_remove(&token);
        }
        (Value::Array(items), Some(new)) => items[token.parse::<usize>().unwrap()] = new,
        _ => unreachable!("only members are removed"),
    }
    changed
}

#[test]
fn every_change_of_a_derived_schema_is_noticed() {
    let mut count = 0;
    for (feature, api) in FEATURES {
        let (contract, derived) = (read(feature), api.derived_schemas());
        let mut found = Vec::new();
        places(&derived, "", &mut found);
        for pointer in found {
            for new in [None, Some(json!("something else"))] {
                let changed = change(&derived, &pointer, new.clone());
                let differences = contract.differences(&changed);
                // The reference leads to `true`, which says as much as no reference.
                let leads_to_true = ["Always/payload/$ref", "anything/payload/$ref"];
                let means_the_same =
                    new.is_none() && leads_to_true.iter().any(|place| pointer.ends_with(place));
                assert_eq!(
                    differences.is_empty(),
                    means_the_same,
                    "{feature} {pointer} {new:?} is not noticed"
                );
                count += 1;
            }
        }
    }
    assert!(count > 500, "{count} changes are too few to show anything");
}

/// A definition that another type brought along is not overwritten.
#[test]
fn definitions_of_other_types_are_left_alone() {
    use crate::features::recursion::models::Tree;
    let mut generator = schemars::SchemaGenerator::default();
    let stranger = json!({ "type": "string" });
    generator
        .definitions_mut()
        .insert("Tree".to_owned(), stranger.clone());
    let schema =
        contract_runtime::schema_of_constant(crate::features::recursion::schemas::SHAPE, &mut generator);
    assert!(schema.get("oneOf").is_some());
    let schema = <Tree as schemars::JsonSchema>::json_schema(&mut generator);
    assert_eq!(generator.definitions()["Tree"], stranger);
    assert_eq!(
        schema.pointer("/properties/children/items/$ref"),
        Some(&json!("#/$defs/Tree2"))
    );
    assert!(generator.definitions().contains_key("Tree2"));
}

/// The words of the draft that is asked for.
#[test]
fn tuples_and_dependencies_are_written_in_the_words_of_the_draft() {
    use crate::features::draft_07::models::Keywords;
    let new = schemars::schema_for!(Keywords).to_value();
    let old = contract_runtime::derived_schema::<Keywords>();
    let old = &old["definitions"]["Keywords"];
    assert_eq!(
        old["properties"]["tuple"]["additionalItems"],
        json!({"type": "boolean"})
    );
    assert_eq!(new["properties"]["tuple"]["items"], json!({"type": "boolean"}));
    assert_eq!(
        new["properties"]["tuple"]["prefixItems"],
        old["properties"]["tuple"]["items"]
    );
    assert_eq!(new["dependentRequired"], json!({"limit": ["open"]}));
    assert_eq!(old["dependencies"]["limit"], json!(["open"]));
}
