//! A field that the grammar does not list is refused in every kind of object, where it stands.

use contract_codegen::Source;
use contract_codegen::grammar::Shape;
use serde_json::{Value, json};

use crate::contract::{ASYNCAPI, OPENAPI, read, text_at};

const WRITE: &str = "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post";

/// Where the base has an object of each shape.
fn places() -> Vec<(Shape, String)> {
    let below = |rest: &str| format!("{WRITE}{rest}");
    let fixed = |place: &str| place.to_owned();
    vec![
        (Shape::OpenApi, fixed("")),
        (Shape::Info, fixed("/info")),
        (Shape::Contact, fixed("/info/contact")),
        (Shape::License, fixed("/info/license")),
        (Shape::Server, fixed("/servers/0")),
        (Shape::Tag, fixed("/tags/0")),
        (Shape::PathItem, fixed("/paths/~1health")),
        (Shape::Operation, below("")),
        (Shape::Parameter, fixed("/components/parameters/TenantId")),
        (Shape::RequestBody, fixed("/components/requestBodies/Thing")),
        (
            Shape::MediaType,
            below("/responses/201/content/application~1json"),
        ),
        (Shape::Response, below("/responses/201")),
        (Shape::Header, below("/responses/201/headers/Location")),
        (Shape::Schema, fixed("/components/schemas/Thing/properties/name")),
        (Shape::Components, fixed("/components")),
        (Shape::SecurityScheme, fixed("/components/securitySchemes/token")),
        (Shape::SecurityRequirement, fixed("/security/0")),
        (Shape::ProblemType, fixed("/x-problems/forbidden")),
        (Shape::AsyncApi, fixed("")),
        (Shape::AsyncInfo, fixed("/info")),
        (Shape::AsyncServer, fixed("/servers/redis")),
        (Shape::Channel, fixed("/channels/things")),
        (
            Shape::ChannelParameter,
            fixed("/channels/things/parameters/partition"),
        ),
        (Shape::AsyncOperation, fixed("/operations/publish")),
        (Shape::Message, fixed("/components/messages/ThingMade")),
        (Shape::AsyncComponents, fixed("/components")),
        (Shape::CorrelationId, fixed("/components/correlationIds/request")),
        (
            Shape::Schema,
            fixed("/components/schemas/ThingMade/properties/id"),
        ),
    ]
}

#[test]
fn an_unknown_field_is_refused_in_every_kind_of_object() {
    let places = places();
    let first_of_asyncapi = places
        .iter()
        .position(|(shape, _)| *shape == Shape::AsyncApi)
        .unwrap();
    for (index, (shape, place)) in places.iter().enumerate() {
        let is_openapi = index < first_of_asyncapi;
        let base = if is_openapi { OPENAPI } else { ASYNCAPI };
        let mut document: Value = Source::parse("base.yaml", base).unwrap().root().clone();
        document.pointer_mut(place).unwrap()["x-unknown"] = json!("stranger");
        let changed = serde_json::to_string_pretty(&document).unwrap();
        let refusals = if is_openapi {
            read(&changed, ASYNCAPI)
        } else {
            read(OPENAPI, &changed)
        }
        .unwrap_err();
        let pointer = format!("{place}/x-unknown");
        let refusal = refusals.0.iter().find(|refusal| refusal.pointer == pointer);
        let refusal = refusal.unwrap_or_else(|| panic!("{shape:?} takes an unknown field: {refusals}"));
        assert!(
            text_at(&changed, refusal).starts_with("\"stranger\""),
            "{refusal}"
        );
    }
}
