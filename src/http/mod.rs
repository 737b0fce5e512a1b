//! The HTTP server around the contract's endpoint: accept loop, limits, identity, authentication, problems, pages.
//!
//! Nothing here knows an operation. [`assemble`] takes the contract's endpoint and the texts that are to be shown, and
//! gives the endpoint that [`server::Server`] serves.

pub mod auth;
pub mod limits;
pub mod middleware;
pub mod pages;
pub mod problem;
pub mod server;

use poem::http::Method;
use poem::{Endpoint, Request, Response};

use crate::environment::SharedEnvironment;
use middleware::{Frame, OwnHosts, RouteTable};
use pages::{Pages, PagesData};
use problem::ProblemCatalogue;

/// The contract's endpoint and the pages beside it.
pub struct Site<E> {
    api: E,
    pages: Pages,
}

impl<E: Endpoint<Output = Response>> Endpoint for Site<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if self.pages.serves(request.uri().path()) {
            self.pages.call(request).await
        } else {
            self.api.call(request).await
        }
    }
}

/// Everything that the service answers: `api` for its `api_routes` (templates like `/api/v1/tenants/{tenantId}` with their
/// methods), the pages of `data`, problems for the rest; `concurrent_requests` at a time, and where there are `own_hosts`, only under
/// those.
pub fn assemble<E: Endpoint<Output = Response>>(
    api: E,
    api_routes: &[(&str, Vec<Method>)],
    data: &PagesData,
    problems: ProblemCatalogue,
    environment: SharedEnvironment,
    concurrent_requests: usize,
    own_hosts: Option<OwnHosts>,
) -> Frame<Site<E>> {
    let pages = pages::routes(data);
    let api_routes = api_routes
        .iter()
        .map(|(template, methods)| ((*template).to_owned(), methods.clone()));
    let routes = RouteTable::new(api_routes.chain(pages.templates()));
    Frame::new(
        Site { api, pages },
        routes,
        problems,
        environment,
        concurrent_requests,
    )
    .only_for(own_hosts)
}
