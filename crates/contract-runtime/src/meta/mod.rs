//! The document of a contract, derived from the constants that generated code consists of.
//!
//! Three hands write it, each only what the one before cannot hold. Poem-openapi's registry is told all that it has a place for
//! (`registry`, `schema`) and writes it down. What the constants say beyond that, such as `const` or `patternProperties`, is
//! completed from the same constants (`said`, [`complete`]): one node documents and enforces, so whatever is enforced cannot be documented
//! otherwise. What no constant holds, such as examples and `x-` extensions, is in the [`Overlay`].

mod complete;
mod registry;
mod said;
mod schema;

use poem_openapi::{ContactObject, LicenseObject, OpenApi, OpenApiService, ServerObject};
use serde_json::{Map, Value};

use crate::{Api, Overlay, OverlayError};
use complete::complete;

/// Why there is no document: generated code that is not of one contract.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Poem-openapi's document is no JSON.
    #[error("the derived document cannot be read: {0}")]
    Derived(#[from] serde_json::Error),
    /// The overlay does not fit.
    #[error("the overlay does not fit the derived document: {0}")]
    Overlay(#[from] OverlayError),
}

impl Api {
    /// The document of this contract: what poem-openapi derives of `api`, completed.
    pub fn document<A: OpenApi>(&self, api: A, overlay: &Overlay) -> Result<Value, DocumentError> {
        let mut document: Value = serde_json::from_str(&self.service(api).spec())?;
        complete(&mut document, self.said(overlay.schemas));
        leave_out_empty_components(&mut document);
        overlay.apply(&mut document)?;
        Ok(document)
    }

    /// Poem-openapi's service of `api`, with this contract's `info` and servers.
    pub fn service<A: OpenApi>(&self, api: A) -> OpenApiService<A, ()> {
        let info = &self.info;
        let mut service = OpenApiService::new(api, info.title, info.version);
        if let Some(description) = info.description {
            service = service.description(description);
        }
        if let Some((name, url)) = info.contact {
            let mut contact = ContactObject::new();
            if let Some(name) = name {
                contact = contact.name(name);
            }
            if let Some(url) = url {
                contact = contact.url(url);
            }
            service = service.contact(contact);
        }
        if let Some(license) = &info.license {
            let mut object = LicenseObject::new(license.name);
            if let Some(url) = license.url {
                object = object.url(url);
            }
            service = service.license(object);
        }
        for server in self.servers {
            let mut object = ServerObject::new(server.url);
            if let Some(description) = server.description {
                object = object.description(description);
            }
            service = service.server(object);
        }
        service
    }
}

/// Poem-openapi writes an empty list of schemas where there are none.
fn leave_out_empty_components(document: &mut Value) {
    if let Some(members) = document.as_object_mut()
        && members
            .get("components")
            .and_then(Value::as_object)
            .is_some_and(Map::is_empty)
    {
        members.shift_remove("components");
    }
}
