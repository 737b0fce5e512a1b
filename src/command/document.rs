//! `rollcall document`: the documents that the code derives, as JSON, for `cargo xtask check` and for whoever wants them without a
//! running service.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::{CommandError, banner};
use crate::contract::events;
use crate::contract::overlay::OVERLAY;
use crate::document;

pub(super) fn run() -> Result<ExitCode, CommandError> {
    let messages: Map<String, Value> = events::ALL
        .iter()
        .map(|message| {
            let schemas = json!({
                "path": message.data_schema_path,
                "payload": (message.payload_schema)(),
                "data": (message.data_schema)(),
                "published": document::published_schema(message),
            });
            (message.key.to_owned(), schemas)
        })
        .collect();
    let (values, bytes) = OVERLAY.size();
    let document = json!({
        "openapi": document::openapi()?,
        "events": messages,
        "overlay": { "values": values, "bytes": bytes },
    });
    banner::print(&format!("{document:#}"));
    Ok(ExitCode::SUCCESS)
}
