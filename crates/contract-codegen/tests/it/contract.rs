//! The contract that the refusals start from: it is taken over as it stands.

use contract_codegen::{Contracts, Language, Refusal, Refusals, Source};

pub(crate) const OPENAPI: &str = include_str!("../base/openapi.yaml");
pub(crate) const ASYNCAPI: &str = include_str!("../base/asyncapi.yaml");

pub(crate) fn read(openapi: &str, asyncapi: &str) -> Result<Contracts, Refusals> {
    let openapi = Source::parse("openapi.yaml", openapi)?;
    Contracts::read(
        openapi,
        Source::parse("asyncapi.yaml", asyncapi)?,
        Language::Service,
    )
}

/// The text that stands where a refusal points.
pub(crate) fn text_at<'a>(text: &'a str, refusal: &Refusal) -> &'a str {
    assert!(
        refusal.line > 0 && refusal.column > 0,
        "{refusal} has no position"
    );
    let line = text.lines().nth(usize::try_from(refusal.line).unwrap() - 1);
    let column = usize::try_from(refusal.column).unwrap() - 1;
    &line.unwrap_or_default()[column..]
}

#[test]
fn the_base_is_taken_over() {
    let contracts = read(OPENAPI, ASYNCAPI).unwrap();
    assert!(contract_codegen::generate(&contracts, &[]).is_ok());
}
