//! The page under `/`.

use super::asset::Asset;
use super::{PagesData, html};

pub(super) fn page(data: &PagesData) -> Asset {
    let values = [
        ("version", html::escape(&data.version)),
        ("first_call", html::escape(data.first_call.trim())),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    html::page("Rollcall", &html::render(include_str!("landing.html"), &values))
}
