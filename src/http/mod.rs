//! The HTTP server around the contract's endpoint: accept loop, limits, identity, authentication, problems, pages.
//!
//! Nothing here knows an operation. [`assemble`] takes the contract's endpoint and the texts that are to be shown, and
//! gives the endpoint that [`server::Server`] serves.

pub mod auth;
pub mod limits;
pub mod metrics;
pub mod middleware;
pub mod pages;
pub mod problem;
pub mod server;

use poem::http::Method;
use poem::{Endpoint, Request, Response};

use crate::environment::SharedEnvironment;
use metrics::{METRICS_PATH, MetricsPage};
use middleware::{Frame, OwnHosts, RouteTable};
use pages::{Pages, PagesData};
use problem::ProblemCatalogue;

/// The contract's endpoint and the pages beside it.
pub struct Site<E> {
    api: E,
    pages: Pages,
    metrics: Option<MetricsPage>,
}

impl<E: Endpoint<Output = Response>> Endpoint for Site<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path();
        match &self.metrics {
            Some(metrics) if path == METRICS_PATH => metrics.call(request).await,
            _ if self.pages.serves(path) => self.pages.call(request).await,
            _ => self.api.call(request).await,
        }
    }
}

/// The paths of the contract, templates like `/api/v1/tenants/{tenantId}`, with the methods of each and what the contract calls them.
pub type ApiRoutes = Vec<(&'static str, Vec<(Method, &'static str)>)>;

/// Everything that the service answers: `api` for its `api_routes`, the pages of `data`, problems for the rest; `concurrent_requests` at a time, and where there are `own_hosts`, only under
/// those.
pub fn assemble<E: Endpoint<Output = Response>>(
    api: E,
    api_routes: &ApiRoutes,
    data: &PagesData,
    problems: ProblemCatalogue,
    environment: SharedEnvironment,
    concurrent_requests: usize,
    own_hosts: Option<OwnHosts>,
) -> Frame<Site<E>> {
    let pages = pages::routes(data);
    let metrics = data.metrics.clone();
    let metrics_route = metrics
        .iter()
        .map(|_| (METRICS_PATH.to_owned(), vec![Method::GET]));
    let methods = api_routes.iter().map(|(template, operations)| {
        let methods = operations.iter().map(|(method, _)| method.clone());
        ((*template).to_owned(), methods.collect())
    });
    let mut routes = RouteTable::new(methods.chain(pages.templates()).chain(metrics_route));
    for (template, operations) in api_routes {
        for (method, operation) in operations {
            routes = routes.naming(template, method.clone(), operation);
        }
    }
    Frame::new(
        Site { api, pages, metrics },
        routes,
        problems,
        environment,
        concurrent_requests,
    )
    .only_for(own_hosts)
}
