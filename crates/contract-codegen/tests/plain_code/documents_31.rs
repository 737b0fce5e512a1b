//! The loop is closed for OpenAPI 3.1.

use super::documents::check;
use super::request::contract;

contract!("../golden/served/documents_31/mod.rs");

#[test]
fn what_only_openapi_3_1_has_is_derived() {
    check(
        include_str!("../golden/served/documents_31/openapi.yaml"),
        &contract::api::document(),
    );
}
