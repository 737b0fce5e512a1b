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
    let methods = api_routes.iter().map(|(template, operations)| {
        let methods = operations.iter().map(|(method, _)| method.clone());
        ((*template).to_owned(), methods.collect())
    });
    let mut routes = RouteTable::new(methods.chain(pages.templates()));
    for (template, operations) in api_routes {
        for (method, operation) in operations {
            routes = routes.naming(template, method.clone(), operation);
        }
    }
    Frame::new(
        Site { api, pages },
        routes,
        problems,
        environment,
        concurrent_requests,
    )
    .only_for(own_hosts)
}
