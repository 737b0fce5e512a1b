//! A change of what a message's schemas say shows in the schemas that are derived of its types.

use contract_codegen::grammar::Grammar;
use contract_codegen::mutate::{event_survivors, mutants};
use contract_codegen::{Language, child};

use crate::features::{FEATURES, read, source};

#[test]
fn no_mutant_of_a_schema_survives() {
    for (feature, api) in FEATURES {
        let contract = source(feature);
        let mutants = mutants(contract.root(), Grammar::of(&contract, Language::Plain));
        let found = event_survivors(&mutants, &read(feature), &api.derived_schemas());
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
    let survivors = event_survivors(&here, &events, &derived);
    let survivors: Vec<String> = survivors.iter().map(ToString::to_string).collect();
    assert_eq!(survivors, [format!("{place}: dropped")]);
    assert_eq!(event_survivors(&here, &events, &api.derived_schemas()).len(), 0);
    assert!(here.len() > 2, "{}", here.len());
}
