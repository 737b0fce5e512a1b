//! A change of what a message's schemas say shows in the schemas that are derived of its types.

use contract_codegen::grammar::Grammar;
use contract_codegen::mutate::{event_survivors, mutants};
use contract_codegen::{Language, child};
use serde_json::Value;

use crate::features::{FEATURES, read, source};

#[test]
fn no_mutant_of_a_schema_survives() {
    for (feature, api) in FEATURES {
        let contract = source(feature);
        let mutants = mutants(contract.root(), Grammar::of(&contract, Language::Plain));
        let found = event_survivors(&mutants, &contract, &read(feature), &api.derived_schemas());
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{feature}: {found:#?}");
    }
}

/// A type that forgets a keyword does not notice that the contract loses it.
#[test]
fn what_a_type_forgets_is_told() {
    let (contract, events) = (source("keywords"), read("keywords"));
    let message = events.contract.messages.iter().find(|one| one.key == "tuple");
    let message = message.unwrap();
    let api = FEATURES
        .iter()
        .find(|(feature, _)| *feature == "keywords")
        .unwrap()
        .1;
    let mut derived = api.derived_schemas();
    let schema = format!("{}/payload/definitions/TuplePayload", child("", &message.pointer));
    let schema = derived.pointer_mut(&schema).unwrap().as_object_mut();
    schema.unwrap().shift_remove("minItems").unwrap();
    let place = format!("{}/minItems", message.payload.as_ref().unwrap());
    let mutants = mutants(contract.root(), Grammar::of(&contract, Language::Plain));
    let here: Vec<_> = mutants
        .into_iter()
        .filter(|mutant| mutant.pointer == place)
        .collect();
    let survivors = event_survivors(&here, &contract, &events, &derived);
    let survivors: Vec<String> = survivors.iter().map(ToString::to_string).collect();
    assert_eq!(survivors, [format!("{place}: dropped")]);
    assert_eq!(
        event_survivors(&here, &contract, &events, &api.derived_schemas()).len(),
        0
    );
    assert!(here.len() > 2, "{}", here.len());
}

/// Headers that several traits have a part of are derived as one; a change of a part shows in it.
#[test]
fn what_a_trait_says_of_merged_headers_is_looked_for() {
    let (contract, events) = (source("traits"), read("traits"));
    let (_, api) = FEATURES.iter().find(|(feature, _)| *feature == "traits").unwrap();
    let place = "/components/messageTraits/sourced/headers/properties/source/maxLength";
    let mutants = mutants(contract.root(), Grammar::of(&contract, Language::Plain));
    let here: Vec<_> = mutants
        .into_iter()
        .filter(|mutant| mutant.pointer == place)
        .collect();
    let survivors = |derived: &Value| -> Vec<String> {
        let survivors = event_survivors(&here, &contract, &events, derived);
        survivors.iter().map(ToString::to_string).collect()
    };
    let mut derived = api.derived_schemas();
    assert_eq!(survivors(&derived), Vec::<String>::new());
    let headers = derived
        .pointer_mut("/~1components~1messages~1OrderPaid/headers")
        .unwrap();
    forget(headers, "maxLength");
    assert_eq!(survivors(&derived), [format!("{place}: dropped")]);
}

/// Takes a keyword out of a schema, wherever it stands.
fn forget(value: &mut Value, keyword: &str) {
    match value {
        Value::Object(members) => {
            members.shift_remove(keyword);
            members.values_mut().for_each(|member| forget(member, keyword));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| forget(item, keyword)),
        _ => {}
    }
}
