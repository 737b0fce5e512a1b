#[path = "additional_properties/mod.rs"]
pub(crate) mod additional_properties;
#[path = "additional_properties_false/mod.rs"]
pub(crate) mod additional_properties_false;
#[path = "all_of/mod.rs"]
pub(crate) mod all_of;
#[path = "allow_empty_value/mod.rs"]
pub(crate) mod allow_empty_value;
#[path = "allow_reserved/mod.rs"]
pub(crate) mod allow_reserved;
#[path = "any_of/mod.rs"]
pub(crate) mod any_of;
#[path = "callbacks/mod.rs"]
pub(crate) mod callbacks;
#[path = "conditions/mod.rs"]
pub(crate) mod conditions;
#[path = "const/mod.rs"]
pub(crate) mod r#const;
#[path = "content_parameters/mod.rs"]
pub(crate) mod content_parameters;
#[path = "deep_object/mod.rs"]
pub(crate) mod deep_object;
#[path = "defaults/mod.rs"]
pub(crate) mod defaults;
#[path = "discriminator/mod.rs"]
pub(crate) mod discriminator;
#[path = "dynamic_references/mod.rs"]
pub(crate) mod dynamic_references;
#[path = "encoding/mod.rs"]
pub(crate) mod encoding;
#[path = "enums/mod.rs"]
pub(crate) mod enums;
#[path = "exact_numbers/mod.rs"]
pub(crate) mod exact_numbers;
#[path = "examples/mod.rs"]
pub(crate) mod examples;
#[path = "explode_false/mod.rs"]
pub(crate) mod explode_false;
#[path = "explode_true/mod.rs"]
pub(crate) mod explode_true;
#[path = "form_urlencoded/mod.rs"]
pub(crate) mod form_urlencoded;
#[path = "formats/mod.rs"]
pub(crate) mod formats;
#[path = "header_parameters/mod.rs"]
pub(crate) mod header_parameters;
#[path = "label_matrix/mod.rs"]
pub(crate) mod label_matrix;
#[path = "links/mod.rs"]
pub(crate) mod links;
#[path = "multipart/mod.rs"]
pub(crate) mod multipart;
#[path = "naming/mod.rs"]
pub(crate) mod naming;
#[path = "no_operation_id/mod.rs"]
pub(crate) mod no_operation_id;
#[path = "not/mod.rs"]
pub(crate) mod not;
#[path = "nullable/mod.rs"]
pub(crate) mod nullable;
#[path = "numbers/mod.rs"]
pub(crate) mod numbers;
#[path = "one_of/mod.rs"]
pub(crate) mod one_of;
#[path = "optional_body/mod.rs"]
pub(crate) mod optional_body;
#[path = "optional_security/mod.rs"]
pub(crate) mod optional_security;
#[path = "other_media_types/mod.rs"]
pub(crate) mod other_media_types;
#[path = "partial_segments/mod.rs"]
pub(crate) mod partial_segments;
#[path = "path_parameters/mod.rs"]
pub(crate) mod path_parameters;
#[path = "pattern/mod.rs"]
pub(crate) mod pattern;
#[path = "pattern_properties/mod.rs"]
pub(crate) mod pattern_properties;
#[path = "pipe_delimited/mod.rs"]
pub(crate) mod pipe_delimited;
#[path = "prefix_items/mod.rs"]
pub(crate) mod prefix_items;
#[path = "query_in_path/mod.rs"]
pub(crate) mod query_in_path;
#[path = "read_only_write_only/mod.rs"]
pub(crate) mod read_only_write_only;
#[path = "recursion/mod.rs"]
pub(crate) mod recursion;
#[path = "ref_siblings/mod.rs"]
pub(crate) mod ref_siblings;
#[path = "ref_siblings_31/mod.rs"]
pub(crate) mod ref_siblings_31;
#[path = "response_headers/mod.rs"]
pub(crate) mod response_headers;
#[path = "schema_resources/mod.rs"]
pub(crate) mod schema_resources;
#[path = "security_and/mod.rs"]
pub(crate) mod security_and;
#[path = "servers/mod.rs"]
pub(crate) mod servers;
#[path = "several_media_types/mod.rs"]
pub(crate) mod several_media_types;
#[path = "space_delimited/mod.rs"]
pub(crate) mod space_delimited;
#[path = "status_ranges/mod.rs"]
pub(crate) mod status_ranges;
#[path = "trailing_slash/mod.rs"]
pub(crate) mod trailing_slash;
#[path = "type_arrays/mod.rs"]
pub(crate) mod type_arrays;
#[path = "unevaluated/mod.rs"]
pub(crate) mod unevaluated;
#[path = "untyped/mod.rs"]
pub(crate) mod untyped;
#[path = "webhooks/mod.rs"]
pub(crate) mod webhooks;
#[path = "webhooks_alone/mod.rs"]
pub(crate) mod webhooks_alone;
#[path = "xml/mod.rs"]
pub(crate) mod xml;

use crate::Values;

pub(crate) fn run(feature: &str, values: &mut Values<'_>) {
    match feature {
        "additional_properties" => {
            values.survive::<additional_properties::models::Counts>("Counts", &additional_properties::schemas::COUNTS);
            values.survive::<additional_properties::models::Free>("Free", &additional_properties::schemas::FREE);
            values.survive::<Option<additional_properties::models::Anything>>("Anything", &additional_properties::schemas::ANYTHING);
            values.survive::<additional_properties::models::Open>("Open", &additional_properties::schemas::OPEN);
            values.survive::<additional_properties::models::Closed>("Closed", &additional_properties::schemas::CLOSED);
            values.survive::<additional_properties::models::Typed>("Typed", &additional_properties::schemas::TYPED);
            values.survive::<additional_properties::models::Nested>("Nested", &additional_properties::schemas::NESTED);
        }
        "additional_properties_false" => {
            values.survive::<additional_properties_false::models::Closed>("Closed", &additional_properties_false::schemas::CLOSED);
            values.survive::<additional_properties_false::models::Open>("Open", &additional_properties_false::schemas::OPEN);
        }
        "all_of" => {
            values.survive::<all_of::models::Base>("Base", &all_of::schemas::BASE);
            values.survive::<all_of::models::Derived>("Derived", &all_of::schemas::DERIVED);
            values.survive::<all_of::models::Twice>("Twice", &all_of::schemas::TWICE);
            values.survive::<all_of::models::Described>("Described", &all_of::schemas::DESCRIBED);
            values.survive::<all_of::models::Composed>("Composed", &all_of::schemas::COMPOSED);
            values.survive::<all_of::models::Narrow>("Narrow", &all_of::schemas::NARROW);
            values.survive::<all_of::models::Impossible>("Impossible", &all_of::schemas::IMPOSSIBLE);
        }
        "allow_empty_value" => {
        }
        "allow_reserved" => {
        }
        "any_of" => {
            values.survive::<any_of::models::Mail>("Mail", &any_of::schemas::MAIL);
            values.survive::<any_of::models::Phone>("Phone", &any_of::schemas::PHONE);
            values.survive::<any_of::models::Contact>("Contact", &any_of::schemas::CONTACT);
            values.survive::<any_of::models::Size>("Size", &any_of::schemas::SIZE);
        }
        "callbacks" => {
            values.survive::<callbacks::models::Result2>("Result", &callbacks::schemas::RESULT);
        }
        "conditions" => {
            values.survive::<conditions::models::Address>("Address", &conditions::schemas::ADDRESS);
        }
        "const" => {
            values.survive::<r#const::models::Event>("Event", &r#const::schemas::EVENT);
        }
        "content_parameters" => {
        }
        "deep_object" => {
        }
        "defaults" => {
            values.survive::<defaults::models::Settings>("Settings", &defaults::schemas::SETTINGS);
            values.survive::<defaults::models::Colour>("Colour", &defaults::schemas::COLOUR);
        }
        "discriminator" => {
            values.survive::<discriminator::models::Shape>("Shape", &discriminator::schemas::SHAPE);
            values.survive::<discriminator::models::Circle>("Circle", &discriminator::schemas::CIRCLE);
            values.survive::<discriminator::models::Square>("Square", &discriminator::schemas::SQUARE);
        }
        "dynamic_references" => {
            values.survive::<dynamic_references::models::Tree>("Tree", &dynamic_references::schemas::TREE);
            values.survive::<dynamic_references::models::StrictTree>("StrictTree", &dynamic_references::schemas::STRICT_TREE);
            values.survive::<dynamic_references::models::Never>("Never", &dynamic_references::schemas::NEVER);
            values.survive::<dynamic_references::models::Anything>("Anything", &dynamic_references::schemas::ANYTHING);
        }
        "encoding" => {
        }
        "enums" => {
            values.survive::<enums::models::Status>("Status", &enums::schemas::STATUS);
            values.survive::<enums::models::Colour>("Colour", &enums::schemas::COLOUR);
            values.survive::<enums::models::Size>("Size", &enums::schemas::SIZE);
            values.survive::<enums::models::Priority>("Priority", &enums::schemas::PRIORITY);
            values.survive::<Option<enums::models::Mixed>>("Mixed", &enums::schemas::MIXED);
            values.survive::<enums::models::Always>("Always", &enums::schemas::ALWAYS);
            values.survive::<enums::models::Thing>("Thing", &enums::schemas::THING);
        }
        "exact_numbers" => {
            values.survive::<exact_numbers::models::Entry>("Entry", &exact_numbers::schemas::ENTRY);
            values.survive::<exact_numbers::models::Level>("Level", &exact_numbers::schemas::LEVEL);
        }
        "examples" => {
            values.survive::<examples::models::Book>("Book", &examples::schemas::BOOK);
        }
        "explode_false" => {
        }
        "explode_true" => {
        }
        "form_urlencoded" => {
        }
        "formats" => {
            values.survive::<formats::models::Formats>("Formats", &formats::schemas::FORMATS);
        }
        "header_parameters" => {
        }
        "label_matrix" => {
        }
        "links" => {
        }
        "multipart" => {
        }
        "naming" => {
            values.survive::<naming::models::PetOwner2>("pet-owner", &naming::schemas::PET_OWNER);
            values.survive::<naming::models::PetOwner>("PetOwner", &naming::schemas::PET_OWNER_2);
            values.survive::<naming::models::Option2>("Option", &naming::schemas::OPTION);
            values.survive::<naming::models::日本>("日本", &naming::schemas::日本);
            values.survive::<naming::models::Reactions>("Reactions", &naming::schemas::REACTIONS);
            values.survive::<naming::models::Sign>("Sign", &naming::schemas::SIGN);
        }
        "no_operation_id" => {
        }
        "not" => {
            values.survive::<not::models::Name>("Name", &not::schemas::NAME);
            values.survive::<not::models::Port>("Port", &not::schemas::PORT);
        }
        "nullable" => {
            values.survive::<nullable::models::Person>("Person", &nullable::schemas::PERSON);
            values.survive::<Option<nullable::models::Address>>("Address", &nullable::schemas::ADDRESS);
        }
        "numbers" => {
            values.survive::<numbers::models::Numbers>("Numbers", &numbers::schemas::NUMBERS);
        }
        "one_of" => {
            values.survive::<one_of::models::Cat>("Cat", &one_of::schemas::CAT);
            values.survive::<one_of::models::Dog>("Dog", &one_of::schemas::DOG);
            values.survive::<one_of::models::Pet>("Pet", &one_of::schemas::PET);
            values.survive::<one_of::models::Any>("Any", &one_of::schemas::ANY);
            values.survive::<one_of::models::Identifier>("Identifier", &one_of::schemas::IDENTIFIER);
            values.survive::<Option<one_of::models::Several>>("Several", &one_of::schemas::SEVERAL);
            values.survive::<one_of::models::Shape>("Shape", &one_of::schemas::SHAPE);
            values.survive::<one_of::models::Circle>("Circle", &one_of::schemas::CIRCLE);
            values.survive::<one_of::models::Square>("Square", &one_of::schemas::SQUARE);
            values.survive::<Option<one_of::models::Optional>>("Optional", &one_of::schemas::OPTIONAL);
            values.survive::<one_of::models::Amount>("Amount", &one_of::schemas::AMOUNT);
            values.survive::<one_of::models::Bag>("Bag", &one_of::schemas::BAG);
        }
        "optional_body" => {
        }
        "optional_security" => {
        }
        "other_media_types" => {
        }
        "partial_segments" => {
        }
        "path_parameters" => {
        }
        "pattern" => {
            values.survive::<pattern::models::Sku>("Sku", &pattern::schemas::SKU);
            values.survive::<pattern::models::Product>("Product", &pattern::schemas::PRODUCT);
        }
        "pattern_properties" => {
            values.survive::<pattern_properties::models::Labels>("Labels", &pattern_properties::schemas::LABELS);
            values.survive::<pattern_properties::models::Keyed>("Keyed", &pattern_properties::schemas::KEYED);
        }
        "pipe_delimited" => {
        }
        "prefix_items" => {
            values.survive::<prefix_items::models::Point>("Point", &prefix_items::schemas::POINT);
            values.survive::<prefix_items::models::Entry>("Entry", &prefix_items::schemas::ENTRY);
            values.survive::<prefix_items::models::Loose>("Loose", &prefix_items::schemas::LOOSE);
            values.survive::<prefix_items::models::Labels>("Labels", &prefix_items::schemas::LABELS);
            values.survive::<prefix_items::models::Keyed>("Keyed", &prefix_items::schemas::KEYED);
        }
        "query_in_path" => {
        }
        "read_only_write_only" => {
            values.survive::<read_only_write_only::models::Account>("Account", &read_only_write_only::schemas::ACCOUNT);
            values.survive::<read_only_write_only::models::Owner>("Owner", &read_only_write_only::schemas::OWNER);
            values.survive::<read_only_write_only::models::Person>("Person", &read_only_write_only::schemas::PERSON);
            values.survive::<read_only_write_only::models::Company>("Company", &read_only_write_only::schemas::COMPANY);
        }
        "recursion" => {
            values.survive::<recursion::models::Node>("Node", &recursion::schemas::NODE);
            values.survive::<recursion::models::Left>("Left", &recursion::schemas::LEFT);
            values.survive::<recursion::models::Right>("Right", &recursion::schemas::RIGHT);
            values.survive::<recursion::models::Tree>("Tree", &recursion::schemas::TREE);
            values.survive::<recursion::models::List>("List", &recursion::schemas::LIST);
            values.survive::<recursion::models::Again>("Again", &recursion::schemas::AGAIN);
            values.survive::<recursion::models::Nest>("Nest", &recursion::schemas::NEST);
        }
        "ref_siblings" => {
            values.survive::<ref_siblings::models::Name>("Name", &ref_siblings::schemas::NAME);
            values.survive::<ref_siblings::models::Document>("Document", &ref_siblings::schemas::DOCUMENT);
        }
        "ref_siblings_31" => {
            values.survive::<ref_siblings_31::models::Name>("Name", &ref_siblings_31::schemas::NAME);
            values.survive::<ref_siblings_31::models::Document>("Document", &ref_siblings_31::schemas::DOCUMENT);
        }
        "response_headers" => {
        }
        "schema_resources" => {
            values.survive::<schema_resources::models::Customer>("Customer", &schema_resources::schemas::CUSTOMER);
            values.survive::<schema_resources::models::Address>("Address", &schema_resources::schemas::ADDRESS);
            values.survive::<schema_resources::models::Page>("Page", &schema_resources::schemas::PAGE);
            values.survive::<schema_resources::models::CustomerPage>("CustomerPage", &schema_resources::schemas::CUSTOMER_PAGE);
        }
        "security_and" => {
        }
        "servers" => {
        }
        "several_media_types" => {
            values.survive::<several_media_types::models::Report>("Report", &several_media_types::schemas::REPORT);
        }
        "space_delimited" => {
        }
        "status_ranges" => {
            values.survive::<status_ranges::models::Fault>("Fault", &status_ranges::schemas::FAULT);
        }
        "trailing_slash" => {
        }
        "type_arrays" => {
            values.survive::<type_arrays::models::Either>("Either", &type_arrays::schemas::EITHER);
            values.survive::<type_arrays::models::Person>("Person", &type_arrays::schemas::PERSON);
        }
        "unevaluated" => {
            values.survive::<unevaluated::models::Base>("Base", &unevaluated::schemas::BASE);
            values.survive::<unevaluated::models::Derived>("Derived", &unevaluated::schemas::DERIVED);
        }
        "untyped" => {
            values.survive::<contract_runtime::ObjectOr<untyped::models::Untyped>>("Untyped", &untyped::schemas::UNTYPED);
            values.survive::<untyped::models::Uses>("Uses", &untyped::schemas::USES);
            values.survive::<untyped::models::Typed>("Typed", &untyped::schemas::TYPED);
        }
        "webhooks" => {
            values.survive::<webhooks::models::Thing>("Thing", &webhooks::schemas::THING);
        }
        "webhooks_alone" => {
            values.survive::<webhooks_alone::models::Thing>("Thing", &webhooks_alone::schemas::THING);
        }
        "xml" => {
            values.survive::<xml::models::Note>("Note", &xml::schemas::NOTE);
        }
        _ => {}
    }
}

pub(crate) fn document(feature: &str) -> serde_json::Value {
    match feature {
        "allow_empty_value" => allow_empty_value::api::document(),
        "allow_reserved" => allow_reserved::api::document(),
        "callbacks" => callbacks::api::document(),
        "content_parameters" => content_parameters::api::document(),
        "deep_object" => deep_object::api::document(),
        "dynamic_references" => dynamic_references::api::document(),
        "encoding" => encoding::api::document(),
        "exact_numbers" => exact_numbers::api::document(),
        "examples" => examples::api::document(),
        "explode_false" => explode_false::api::document(),
        "explode_true" => explode_true::api::document(),
        "form_urlencoded" => form_urlencoded::api::document(),
        "header_parameters" => header_parameters::api::document(),
        "label_matrix" => label_matrix::api::document(),
        "links" => links::api::document(),
        "multipart" => multipart::api::document(),
        "no_operation_id" => no_operation_id::api::document(),
        "optional_body" => optional_body::api::document(),
        "optional_security" => optional_security::api::document(),
        "other_media_types" => other_media_types::api::document(),
        "partial_segments" => partial_segments::api::document(),
        "path_parameters" => path_parameters::api::document(),
        "pipe_delimited" => pipe_delimited::api::document(),
        "query_in_path" => query_in_path::api::document(),
        "read_only_write_only" => read_only_write_only::api::document(),
        "response_headers" => response_headers::api::document(),
        "security_and" => security_and::api::document(),
        "servers" => servers::api::document(),
        "several_media_types" => several_media_types::api::document(),
        "space_delimited" => space_delimited::api::document(),
        "status_ranges" => status_ranges::api::document(),
        "trailing_slash" => trailing_slash::api::document(),
        "webhooks" => webhooks::api::document(),
        "xml" => xml::api::document(),
        _ => serde_json::Value::Null,
    }
}
