//! What stops the generation: each row changes one text of the base, and names the pointer that is refused, the text that stands at the
//! refusal's line and column, and a part of the reason.

use crate::contract::{ASYNCAPI, OPENAPI, read, text_at};

struct Change {
    from: &'static str,
    to: &'static str,
}

struct Expected {
    pointer: &'static str,
    at: &'static str,
    reason: &'static str,
}

fn check(base: &str, change: &Change, expected: &Expected) {
    let Change { from, to } = change;
    assert!(base.contains(from), "the base has no {from:?}");
    let changed = base.replacen(from, to, 1);
    let is_openapi = base == OPENAPI;
    let refusals = if is_openapi {
        read(&changed, ASYNCAPI)
    } else {
        read(OPENAPI, &changed)
    };
    let refusals = refusals
        .err()
        .unwrap_or_else(|| panic!("{from:?} -> {to:?} is taken over"));
    let found = refusals.0.iter().find(|refusal| {
        let file = if refusal.file == "asyncapi.yaml" {
            is_openapi
        } else {
            !is_openapi
        };
        let text = match (file, is_openapi) {
            (false, _) => &changed,
            (true, true) => ASYNCAPI,
            (true, false) => OPENAPI,
        };
        refusal.pointer == expected.pointer
            && refusal.reason.contains(expected.reason)
            && text_at(text, refusal).starts_with(expected.at)
    });
    assert!(
        found.is_some(),
        "{from:?} -> {to:?}: no refusal of {} at {:?} because {:?} in\n{refusals}",
        expected.pointer,
        expected.at,
        expected.reason
    );
}

/// Rows of `from => to, pointer, at, reason`.
macro_rules! refusals {
    ($base:expr, $($name:ident: $from:literal => $to:literal, $pointer:literal, $at:literal, $reason:literal;)*) => {
        $(
            #[test]
            fn $name() {
                check(
                    $base,
                    &Change { from: $from, to: $to },
                    &Expected { pointer: $pointer, at: $at, reason: $reason },
                );
            }
        )*
    };
}

mod text {
    use super::*;

    refusals! { OPENAPI,
        a_key_twice: "  version: 1.0.0" => "  version: 1.0.0\n  version: 1.0.0",
            "/info/version", "version", "duplicate";
        no_yaml: "info:" => "info: [", "/info/0", ": 1.0.0", "is not YAML";
        swagger_2: "openapi: 3.0.3" => "swagger: '2.0'", "/openapi", "swagger", "must be OpenAPI 3.0";
        openapi_3_1: "openapi: 3.0.3" => "openapi: 3.1.0", "/openapi", "3.1.0", "it says `3.1.0`";
        a_scalar_for_an_object: "info:\n  title: Things\n  version: 1.0.0\n  contact:\n    name: Keepers\n  license:\n    name: MIT" => "info: Things",
            "/info", "Things", "must be an object";
        a_text_for_a_number: "minLength: 1" => "minLength: one",
            "/components/schemas/Thing/properties/name/minLength", "one", "whole number";
        a_list_of_types: "type: boolean" => "type: [boolean]",
            "/paths/~1health/get/parameters/0/schema/type", "[boolean]", "must be a text";
        a_flag_as_text: "required: true" => "required: 'true'",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/responses/201/headers/Location/required", "'true'", "true or false";
        an_enum_value_twice: "        - dark-blue" => "        - dark-blue\n        - red",
            "/components/schemas/Colour/enum/2", "red", "twice";
    }
}

mod references {
    use super::*;

    refusals! { OPENAPI,
        dangling: "$ref: '#/components/schemas/Colour'" => "$ref: '#/components/schemas/Color'",
            "/components/schemas/Thing/properties/colour/$ref", "'#/components/schemas/Color'", "leads nowhere";
        to_another_file: "$ref: '#/components/schemas/Colour'" => "$ref: 'other.yaml#/Colour'",
            "/components/schemas/Thing/properties/colour/$ref", "'other.yaml#/Colour'", "leads nowhere";
        with_siblings: "$ref: '#/components/schemas/Colour'" => "$ref: '#/components/schemas/Colour'\n          description: x",
            "/components/schemas/Thing/properties/colour/$ref", "'#/components", "must stand alone";
        to_another_kind: "$ref: '#/components/schemas/Colour'" => "$ref: '#/components/parameters/TenantId'",
            "/components/schemas/Thing/properties/colour/$ref", "'#/components", "#/components/schemas";
        into_a_component: "$ref: '#/components/schemas/Colour'" => "$ref: '#/components/schemas/Thing/properties/name'",
            "/components/schemas/Thing/properties/colour/$ref", "'#/components", "#/components/schemas";
        to_a_reference: "    Colour:\n" => "    Color:\n      $ref: '#/components/schemas/Thing'\n    Colour:\n      x: 1\n",
            "/components/schemas/Colour/x", "1", "no field";
        of_a_path: "paths:\n" => "paths:\n  /other:\n    $ref: '#/paths/~1api~1v1~1tenants~1{tenantId}~1things'\n",
            "/paths/~1other/$ref", "'#/paths", "no reference can stand here";
        to_itself: "        colour:\n          $ref: '#/components/schemas/Colour'" => "        colour:\n          $ref: '#/components/schemas/Colour'\n        parent:\n          $ref: '#/components/schemas/Thing'",
            "/components/schemas/Thing/properties/parent", "$ref", "contains itself";
        unused_schema: "    Colour:\n" => "    Unused:\n      type: string\n    Colour:\n",
            "/components/schemas/Unused", "type: string", "no operation uses";
        used_by_a_header_only: "              schema:\n                type: string\n            X-Correlation-Id" => "              schema:\n                $ref: '#/components/schemas/Link'\n            X-Correlation-Id",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/responses/201/headers/Location/schema/$ref", "'#/components/schemas/Link'", "leads nowhere";
        unused_parameter: "    TenantHeader:\n" => "    Unused:\n      name: x\n      in: query\n      schema: { type: string }\n    TenantHeader:\n",
            "/components/parameters/Unused", "name: x", "nothing refers";
    }

    /// A chain of references would lose its middle name.
    #[test]
    fn a_component_that_is_a_reference() {
        let changed = OPENAPI.replacen(
            "$ref: '#/components/schemas/Colour'",
            "$ref: '#/components/schemas/Alias'",
            1,
        );
        let changed = changed.replacen(
            "    Colour:\n",
            "    Alias:\n      $ref: '#/components/schemas/Colour'\n    Colour:\n",
            1,
        );
        let refusals = read(&changed, ASYNCAPI).unwrap_err();
        assert!(
            refusals
                .to_string()
                .contains("properties/colour/$ref: leads to another reference"),
            "{refusals}"
        );
    }

    /// The registry leaves out a schema that only response headers use, so it would be served dangling.
    #[test]
    fn a_schema_that_only_a_response_header_uses() {
        let changed = OPENAPI.replacen(
            "              required: true\n              schema:\n                type: string",
            "              required: true\n              schema:\n                $ref: '#/components/schemas/Link'",
            1,
        );
        let changed = changed.replacen("    Colour:\n", "    Link:\n      type: string\n    Colour:\n", 1);
        let refusals = read(&changed, ASYNCAPI).unwrap_err();
        let text = refusals.to_string();
        assert!(
            text.contains("/components/schemas/Link: no operation uses this schema"),
            "{text}"
        );
    }
}

mod operations {
    use super::*;

    refusals! { OPENAPI,
        without_an_id: "      operationId: getHealth\n" => "", "/paths/~1health/get", "security", "operationId";
        with_the_id_of_another: "operationId: getHealth" => "operationId: createThing",
            "/paths/~1health/get/operationId", "createThing", "is taken";
        path_parameter_not_declared: "        - $ref: '#/components/parameters/TenantId'\n" => "",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post", "operationId", "`tenantId`";
        path_parameter_not_in_the_path: "/health:" => "/health/{probe}:",
            "/paths/~1health~1{probe}/get", "operationId", "`probe`";
        path_parameter_within_a_part: "/health:" => "/health/{probe}.json:",
            "/paths/~1health~1{probe}.json", "get", "between slashes";
        two_paths_that_are_one: "  /health:" => "  /api/v1/tenants/{id}/things:",
            "/paths/~1api~1v1~1tenants~1{id}~1things", "get", "the same path";
        optional_path_parameter: "      in: path\n      required: true" => "      in: path\n      required: false",
            "/components/parameters/TenantId", "name", "required: true";
        cookie_parameter: "in: query" => "in: cookie",
            "/paths/~1health/get/parameters/0/in", "cookie", "not taken over";
        array_parameter: "            type: boolean\n            default: false" => "            type: array\n            items:\n              type: string",
            "/paths/~1health/get/parameters/0/schema", "type: array", "single value";
        parameter_problem_of_another_status: "x-problem: tenant-header-invalid" => "x-problem: forbidden",
            "/components/parameters/TenantHeader", "name", "not a problem type of status 400";
        optional_body: "    Thing:\n      required: true" => "    Thing:\n      required: false",
            "/components/requestBodies/Thing", "required", "optional request body";
        body_that_is_no_json: "  requestBodies:\n    Thing:\n      required: true\n      content:\n        application/json:" => "  requestBodies:\n    Thing:\n      required: true\n      content:\n        text/plain:",
            "/components/requestBodies/Thing/content/text~1plain", "schema", "only JSON";
        body_without_a_limit: "      x-body-limit: 1KiB\n" => "",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post", "operationId", "x-body-limit";
        body_with_a_malformed_limit: "x-body-limit: 1KiB" => "x-body-limit: 1 kilobyte",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/x-body-limit", "1 kilobyte", "64KiB";
        limit_without_a_body: "      security: []\n" => "      security: []\n      x-body-limit: 1KiB\n",
            "/paths/~1health/get/x-body-limit", "1KiB", "nothing to limit";
        unknown_security_scheme: "  - token: []" => "  - key: []", "/security/0/key", "[]", "no security scheme `key`";
        two_schemes_at_once: "  - token: []" => "  - {}", "/security/0", "{}", "exactly one";
        scheme_with_scopes: "  - token: []" => "  - token: [a]", "/security/0/token", "[a]", "x-scope";
        scheme_that_is_not_http: "      type: http" => "      type: openIdConnect",
            "/components/securitySchemes/token/type", "openIdConnect", "`http`";
        scope_without_security: "      security: []\n" => "      security: []\n      x-scope: a\n",
            "/paths/~1health/get", "operationId", "belong together";
    }
}

mod links {
    use super::*;

    refusals! { OPENAPI,
        unknown_message: "        - ThingMade" => "        - ThingMad",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/x-emits", "- ThingMad", "no message `ThingMad`";
        message_that_nobody_emits: "      x-emits:\n        - ThingMade\n" => "",
            "/components/messages/ThingMade", "name", "no operation emits";
        message_twice: "        - ThingMade" => "        - ThingMade\n        - ThingMade",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/x-emits/1", "ThingMade", "twice";
        write_without_audit: "      x-audit: thing.create\n" => "",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post", "operationId", "x-audit";
        write_without_idempotency: "      x-idempotency: required\n" => "",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post", "operationId", "x-idempotency";
        another_word_for_idempotency: "x-idempotency: required" => "x-idempotency: optional",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/x-idempotency", "optional", "can only be `required`";
        read_that_emits: "      security: []\n" => "      security: []\n      x-emits: [ThingMade]\n",
            "/paths/~1health/get/x-emits", "[ThingMade]", "only reads";
        below_a_tenant_without_x_tenant: "      x-tenant: tenantId\n" => "",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post", "operationId", "x-tenant";
        tenant_of_another_name: "x-tenant: tenantId" => "x-tenant: tenant",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/x-tenant", "tenant", "no path parameter `tenant`";
        tenant_without_its_header: "        - $ref: '#/components/parameters/TenantHeader'\n" => "",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post", "operationId", "X-Tenant-Id";
        tenant_header_that_is_optional: "      in: header\n      required: true\n      x-problem: tenant" => "      in: header\n      required: false\n      x-problem: tenant",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post", "operationId", "X-Tenant-Id";
        tenant_that_is_no_uuid: "        format: uuid\n    TenantHeader" => "        format: date-time\n    TenantHeader",
            "/components/parameters/TenantId/schema", "type", "format: uuid";
        key_that_is_optional: "      in: header\n      required: true\n      x-problem: idem" => "      in: header\n      required: false\n      x-problem: idem",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post", "operationId", "Idempotency-Key";
        key_that_is_no_text: "        maxLength: 255" => "        maxLength: 255\n        format: uuid",
            "/components/parameters/IdempotencyKey/schema", "type", "without `format`";
        header_from_nowhere: "x-source: runtime" => "x-source: handler",
            "/components/headers/CorrelationId/x-source", "handler", "can only be `runtime`";
    }
}

mod responses {
    use super::*;

    refusals! { OPENAPI,
        problem_not_listed: "        - tenant-not-found" => "        - tenant-lost",
            "/components/responses/NotFound", "description", "`tenant-lost` is not listed";
        problem_of_another_status: "        - tenant-not-found" => "        - tenant-not-found\n        - forbidden",
            "/components/responses/NotFound", "description", "`forbidden` has status 403, not 404";
        runtime_problem_not_declared: "        '406':\n          $ref: '#/components/responses/NotAcceptable'\n        '409'" => "        '409'",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post", "operationId", "406 `not-acceptable`";
        problem_without_types: "      x-problem-types:\n        - not-acceptable\n" => "",
            "/components/responses/NotAcceptable", "description", "needs `x-problem-types`";
        status_503_without_retry_after: "        - unavailable\n      headers:\n        X-Correlation-Id:\n          $ref: '#/components/headers/CorrelationId'\n        Retry-After:\n          $ref: '#/components/headers/RetryAfter'\n" => "        - unavailable\n      headers:\n        X-Correlation-Id:\n          $ref: '#/components/headers/CorrelationId'\n",
            "/components/responses/Unavailable", "description", "`Retry-After`";
        without_correlation_id: "            X-Correlation-Id:\n              $ref: '#/components/headers/CorrelationId'\n          content" => "          content",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/responses/201", "description", "X-Correlation-Id";
        status_range: "'201':" => "2XX:",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/responses/2XX", "description", "no ranges";
        default_response: "'201':" => "default:",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/responses/default", "description", "no default";
        without_description: "          description: It lives.\n" => "",
            "/paths/~1health/get/responses/204", "headers", "needs `description`";
        media_type_that_is_not_written: "            application/json:" => "            text/csv:",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/responses/201/content/text~1csv", "schema", "only JSON";
        header_with_a_named_schema: "              schema:\n                type: string" => "              schema:\n                $ref: '#/components/schemas/Colour'",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/responses/201/headers/Location", "required", "single value";
        two_media_types_of_one_name: "            application/json:\n              schema:\n                $ref: '#/components/schemas/Thing'" => "            application/json:\n              schema:\n                $ref: '#/components/schemas/Thing'\n            text+json/json+json:\n              schema:\n                $ref: '#/components/schemas/Thing'\n            x/json+json:\n              schema:\n                $ref: '#/components/schemas/Thing'",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/responses/201/content/x~1json+json", "schema", "`CreatedJsonJson`";
    }
}

mod schemas {
    use super::*;

    refusals! { OPENAPI,
        unknown_type: "type: boolean" => "type: bool",
            "/paths/~1health/get/parameters/0/schema/type", "bool", "no type `bool`";
        bound_beyond_floats: "maximum: 9007199254740991" => "maximum: 9007199254740993",
            "/components/schemas/Thing/properties/weight/maximum", "9007199254740993", "2^53";
        bound_beyond_signed_integers: "maximum: 9007199254740991" => "maximum: 18446744073709551615",
            "/components/schemas/Thing/properties/weight/maximum", "18446744073709551615", "2^53";
        pattern_that_does_not_compile: "pattern: '^[a-z]+$'" => "pattern: '^[a-z+$'",
            "/components/schemas/Thing/properties/name/pattern", "'^[a-z+$'", "ECMA 262";
        key_pattern_that_does_not_compile: "x-key-pattern: '^[a-z]$'" => "x-key-pattern: '('",
            "/components/schemas/Labels/x-key-pattern", "'('", "ECMA 262";
        object_in_place: "        weight:\n          type: integer\n          format: int64\n          minimum: 0\n          maximum: 9007199254740991" => "        weight:\n          type: object\n          properties:\n            grams:\n              type: integer",
            "/components/schemas/Thing/properties/weight", "type: object", "needs a name";
        properties_and_others: "      additionalProperties: false" => "      additionalProperties:\n        type: string",
            "/components/schemas/Thing/additionalProperties", "type: string", "either";
        enum_of_another_type: "        - red" => "        - 1",
            "/components/schemas/Colour/enum/0", "1", "must be a text";
        default_of_a_property: "          minLength: 1" => "          minLength: 1\n          default: a",
            "/components/schemas/Thing/properties/name/default", "a", "parameters only";
        default_of_a_required_parameter: "        maxLength: 255" => "        maxLength: 255\n        default: a",
            "/components/parameters/IdempotencyKey/schema/default", "a", "no use for a default";
    }
}

mod names {
    use super::*;

    refusals! { OPENAPI,
        two_schemas: "    Colour:\n" => "    colour:\n      type: string\n    Colour:\n",
            "/components/schemas/Colour", "type", "`Colour` of `Colour` is taken by /components/schemas/colour";
        two_properties: "        colour:\n" => "        Name:\n          type: string\n        colour:\n",
            "/components/schemas/Thing/properties/Name", "type", "`name` of `Name` is taken";
        two_enum_values: "        - dark-blue" => "        - dark-blue\n        - darkBlue",
            "/components/schemas/Colour/enum/2", "darkBlue", "`DarkBlue` of `darkBlue` is taken";
        two_parameters: "        - name: verbose\n" => "        - name: Verbose\n          in: query\n          schema:\n            type: string\n        - name: verbose\n",
            "/paths/~1health/get/parameters/1", "name: verbose", "`verbose` of `verbose` is taken";
        two_headers: "            Location:\n" => "            LOCATION:\n              schema:\n                type: string\n            Location:\n",
            "/paths/~1api~1v1~1tenants~1{tenantId}~1things/post/responses/201/headers/Location", "required", "taken";
        two_problems: "x-problems:\n" => "x-problems:\n  forBidden: { status: 403, title: F, description: F }\n  for-bidden: { status: 403, title: F, description: F }\n",
            "/x-problems/for-bidden", "{", "`FOR_BIDDEN` of `for-bidden` is taken";
        schema_named_as_a_prelude_type: "    Colour:\n" => "    String:\n      type: string\n    Colour:\n",
            "/components/schemas/String", "type", "used by the generated code itself";
        parameter_named_as_a_variable: "        - name: verbose" => "        - name: service",
            "/paths/~1health/get/parameters/0", "name: service", "used by the generated code itself";
    }
}

mod events {
    use super::*;

    refusals! { ASYNCAPI,
        message_of_two_emitters: "      name: things.v1.ThingMade" => "      x-emitted-by: relay\n      name: things.v1.ThingMade",
            "/components/messages/ThingMade", "x-emitted-by", "contradict each other";
        asyncapi_2: "asyncapi: 3.0.0" => "asyncapi: 2.6.0", "/asyncapi", "2.6.0", "must be AsyncAPI 3.0";
        dangling_link: "      - $ref: '#/servers/redis'" => "      - $ref: '#/servers/valkey'",
            "/channels/things/servers/0/$ref", "'#/servers/valkey'", "leads nowhere";
        operation_of_no_channel: "      $ref: '#/channels/things'" => "      $ref: '#/channels/thing'",
            "/operations/publish/channel/$ref", "'#/channels/thing'", "leads nowhere";
        without_version: "      x-schema-version: 1.0.0\n" => "",
            "/components/messages/ThingMade", "name", "needs `x-schema-version`";
        type_of_another_name: "name: things.v1.ThingMade" => "name: things.v1.Made",
            "/components/messages/ThingMade/name", "things.v1.Made", "must be the message's `name`";
        payload_in_place: "        $ref: '#/components/schemas/ThingMade'" => "        type: object",
            "/components/messages/ThingMade/payload", "type: object", "must be a reference";
        payload_of_another_name: "        $ref: '#/components/schemas/ThingMade'" => "        $ref: '#/components/schemas/ThingMadeData'",
            "/components/messages/ThingMade/payload", "$ref", "the schema `ThingMade`";
        without_subject: "        subject:\n          type: string\n" => "",
            "/components/messages/ThingMade", "name", "it has no `subject`";
        attribute_of_nobody: "        causationid:" => "        weather:",
            "/components/schemas/ThingMade/properties/weather", "type", "nobody gives a value";
        attribute_that_may_be_missing: "        - subject\n" => "        - subject\n        - causationid\n",
            "/components/schemas/ThingMade/properties/causationid", "type", "cannot be required";
        attribute_that_is_always_there: "        - source\n" => "",
            "/components/schemas/ThingMade/properties/source", "type", "must be required";
        attribute_of_another_type: "        id:\n          type: string\n          format: uuid" => "        id:\n          type: string",
            "/components/schemas/ThingMade/properties/id", "type", "`format: uuid`";
        constant_that_is_none: "          const: '1.0'" => "          maxLength: 3",
            "/components/schemas/ThingMade/properties/specversion", "type", "must be a `const`";
        two_constants_of_one_name: "          const: '1.0'" => "          const: things-v1-thing-made",
            "/components/schemas/ThingMade/properties/type/const", "things.v1.ThingMade", "taken";
        data_in_place: "          $ref: '#/components/schemas/ThingMadeData'" => "          type: object",
            "/components/schemas/ThingMade/properties/data", "type: object", "must be a reference";
        closed_event: "    ThingMade:\n      type: object\n" => "    ThingMade:\n      type: object\n      additionalProperties:\n        type: string\n",
            "/components/schemas/ThingMade/additionalProperties", "type", "open";
        wrong_pattern: "          maxLength: 40" => "          maxLength: 40\n          pattern: '('",
            "/components/schemas/ThingMadeData/properties/name/pattern", "'('", "ECMA 262";
        unused_schema: "    ThingMadeData:" => "    Unused:\n      type: string\n    ThingMadeData:",
            "/components/schemas/Unused", "type", "nothing refers";
    }
}
