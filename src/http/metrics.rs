//! The page `/metrics`, as Prometheus scrapes it.
//!
//! It is no operation of the contract, and whoever may ask for it needs no token; so it is served where only those can ask who may (see
//! `docs/decisions/0012-metrics-have-a-place-of-their-own.md`).

use poem::http::{HeaderValue, Method, header};
use poem::{Endpoint, Request, Response};

use super::middleware::{Frame, RouteTable};
use super::problem::ProblemCatalogue;
use crate::environment::SharedEnvironment;
use crate::telemetry::metrics::HttpMetrics;
use crate::telemetry::prometheus::{PrometheusText, TEXT_MEDIA_TYPE};

/// Where it is.
pub(super) const METRICS_PATH: &str = "/metrics";

/// How many may ask at once; a second Prometheus is common, a hundredth is none.
const CONCURRENT_REQUESTS: usize = 8;

/// The endpoint of the page.
#[derive(Clone, Debug)]
pub struct MetricsPage {
    text: PrometheusText,
}

impl MetricsPage {
    /// A page of what `text` reads.
    #[must_use]
    pub fn new(text: PrometheusText) -> Self {
        Self { text }
    }

    /// Everything that is answered where nothing but metrics is served; requests for it are counted in `metrics`.
    #[must_use]
    pub fn alone(
        self,
        problems: ProblemCatalogue,
        environment: SharedEnvironment,
        metrics: HttpMetrics,
    ) -> Frame<Self> {
        let routes = RouteTable::new([(METRICS_PATH.to_owned(), vec![Method::GET])]);
        Frame::new(self, routes, problems, environment, CONCURRENT_REQUESTS).measured(metrics)
    }
}

impl Endpoint for MetricsPage {
    type Output = Response;

    async fn call(&self, _: Request) -> poem::Result<Response> {
        // Reading asks the operating system for every open file, which must not hold up requests.
        let text = self.text.clone();
        let text = tokio::task::spawn_blocking(move || text.read())
            .await
            .map_err(poem::error::InternalServerError)?
            .map_err(poem::error::InternalServerError)?;
        let mut response = Response::builder().body(text);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(TEXT_MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}
