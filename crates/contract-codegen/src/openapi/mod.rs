//! An OpenAPI contract, read into a model. The grammar has seen to it that only known fields are here.

mod conditions;
mod content_form;
mod document;
mod expressible;
mod model;
mod paths;
mod read;
mod rules;
mod rust_names;
mod shown;
pub(crate) mod template;
pub(crate) mod twins;
mod used;

pub use conditions::Condition;
pub use content_form::ContentForm;
pub use document::*;
pub use model::*;

use crate::source::child;
use crate::{AsyncApi, Language, Ledger, Refusals, Source, Warning};

impl OpenApi {
    /// Reads a contract of Rollcall's language and holds it against the rules that link it to `events`, which were read from
    /// `events_source`.
    ///
    /// Refuses, all at once: fields that the grammar does not list, what cannot be read, what breaks a rule.
    pub fn read_service(
        source: &Source,
        events: &AsyncApi,
        events_source: &Source,
    ) -> Result<Self, Refusals> {
        check_version(source, "openapi", "OpenAPI 3.0", "3.0.")?;
        let ledger = Ledger::of(source, Language::Service);
        if !ledger.refusals.is_empty() {
            return Err(Refusals(ledger.refusals));
        }
        let (api, mut refusals) = read::read(source);
        refusals.extend(ledger.unused);
        refusals.extend(rules::check(source, &api, events, events_source));
        refusals.extend(expressible::check(source, &api));
        refusals.extend(rust_names::check(source, &api));
        let refusals = Refusals::unique(refusals);
        if refusals.0.is_empty() {
            Ok(api)
        } else {
            Err(refusals)
        }
    }
}

impl OpenApi {
    /// Reads any contract, and says what is shown only though a reader may expect more of it.
    ///
    /// Refuses, all at once: what cannot be read, and what cannot be served as it stands there.
    pub fn read_plain(source: &Source) -> Result<(Self, Vec<Warning>), Refusals> {
        source.said_dialect().map_err(|refusal| Refusals(vec![refusal]))?;
        let ledger = Ledger::of(source, Language::Plain);
        let (mut refusals, mut warnings) = (ledger.refusals, ledger.warnings);
        let (api, unread) = read::read(source);
        let (unserved, found) = paths::check(source, &api);
        refusals.extend(unread);
        refusals.extend(unserved);
        warnings.extend(found);
        warnings.extend(twins::check(source, &api));
        warnings.extend(shown::check(source, &api));
        let refusals = Refusals::unique(refusals);
        if refusals.0.is_empty() {
            Ok((api, warnings))
        } else {
            Err(refusals)
        }
    }
}

/// Another version has another grammar, under which every other refusal would mislead.
pub(crate) fn check_version(
    source: &Source,
    field: &str,
    format: &str,
    prefix: &str,
) -> Result<(), Refusals> {
    let version = source.root().get(field).and_then(serde_json::Value::as_str);
    if version.is_some_and(|version| version.starts_with(prefix)) {
        return Ok(());
    }
    let found = version.map_or_else(
        || format!("there is no `{field}`"),
        |version| format!("it says `{version}`"),
    );
    let refusal = source.refuse(
        &child("", field),
        format!("the contract must be {format}, but {found}"),
    );
    Err(Refusals(vec![refusal]))
}
