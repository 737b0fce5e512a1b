//! The API console under `/docs`: Swagger UI, taken out of the page that poem-openapi ships.
//!
//! That page is one document of 1.6 MB with the specification inside. Taken apart, script and style are cached by the
//! browser, the console reads `/openapi.json` like everybody else, and the page needs no inline script, so that its policy
//! can forbid them. The parts are copied at the first request: most processes never get one.

use std::sync::OnceLock;

use poem_openapi::OpenApiService;

use super::asset::{Asset, Caching};
use super::html;

const PAGE: &str = "/docs";
const STYLE: &str = "/docs/swagger-ui.css";
const SCRIPT: &str = "/docs/swagger-ui-bundle.js";
const START_SCRIPT: &str = "/docs/start.js";
const THEME: &str = "/docs/theme.css";

/// The paths that the console is made of.
pub(super) const PATHS: [&str; 6] = [PAGE, "/docs/", STYLE, SCRIPT, START_SCRIPT, THEME];

/// Swagger UI writes style attributes and its icons are data URLs; it talks to this service only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The console.
#[derive(Debug)]
pub(super) struct Docs {
    page: Asset,
    parts: OnceLock<Parts>,
}

#[derive(Debug)]
struct Parts {
    style: Asset,
    script: Asset,
    start_script: Asset,
    theme: Asset,
}

impl Docs {
    /// A console that fills in `tenant`, where there is one to try.
    pub(super) fn new(tenant: Option<&str>) -> Self {
        let tenant = html::escape(tenant.unwrap_or_default());
        let page = html::render(include_str!("docs.html"), &[("tenant", &tenant)]);
        Self {
            page: Asset::page(page, POLICY),
            parts: OnceLock::new(),
        }
    }

    pub(super) fn asset(&self, path: &str) -> Option<&Asset> {
        let parts = || self.parts.get_or_init(Parts::new);
        match path {
            PAGE | "/docs/" => Some(&self.page),
            STYLE => Some(&parts().style),
            SCRIPT => Some(&parts().script),
            START_SCRIPT => Some(&parts().start_script),
            THEME => Some(&parts().theme),
            _ => None,
        }
    }
}

impl Parts {
    fn new() -> Self {
        let shipped = OpenApiService::new((), "", "").swagger_ui_html();
        let part = |open, close| between(&shipped, open, close).unwrap_or_default().to_owned();
        let style = part("<style charset=\"UTF-8\">", "</style>");
        let script = part("<script charset=\"UTF-8\">", "</script>");
        let asset = |media_type, text| Asset::new(media_type, text, Caching::Revalidate);
        Self {
            style: asset("text/css; charset=utf-8", style),
            script: asset("text/javascript; charset=utf-8", script),
            start_script: asset(
                "text/javascript; charset=utf-8",
                include_str!("docs.js").to_owned(),
            ),
            theme: asset("text/css; charset=utf-8", include_str!("docs.css").to_owned()),
        }
    }
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    Some(text.split_once(open)?.1.split_once(close)?.0)
}
