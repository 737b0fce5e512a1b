//! Which paths exist, and with which methods.

use std::collections::HashMap;
use std::sync::Arc;

use poem::http::Method;

use super::super::metrics::METRICS_PATH;

/// The routes of the service. Poem answers 404 and 405 as plain text, and 405 without `Allow`; so the paths are looked up
/// here first, and only what exists reaches an endpoint.
#[derive(Debug, Default)]
pub struct RouteTable {
    routes: Vec<Route>,
    literal: HashMap<String, usize>,
    templated: Vec<usize>,
}

/// A path and its methods.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The path, with `{name}` for a segment that varies.
    pub(super) template: String,
    /// The same for metrics, which keep it.
    pub(super) label: Arc<str>,
    methods: Vec<Method>,
    /// What the contract calls each of its methods here; pages have none.
    operations: Vec<(Method, &'static str)>,
}

impl RouteTable {
    /// The table of `routes`: templates like `/api/v1/tenants/{tenantId}`. A template that comes twice has the methods of
    /// both.
    pub fn new(routes: impl IntoIterator<Item = (String, Vec<Method>)>) -> Self {
        let mut table = Self::default();
        for (template, methods) in routes {
            if let Some(known) = table.routes.iter_mut().find(|route| route.template == template) {
                known.methods.extend(methods);
                continue;
            }
            let index = table.routes.len();
            if template.contains('{') {
                table.templated.push(index);
            } else {
                table.literal.insert(template.clone(), index);
            }
            table.routes.push(Route {
                label: template.as_str().into(),
                template,
                methods,
                operations: Vec::new(),
            });
        }
        // Of two templates that match, the one whose varying segment comes later is the more concrete.
        let varies = |index: &usize| {
            let template = table
                .routes
                .get(*index)
                .map_or("", |route| route.template.as_str());
            template
                .split('/')
                .map(|segment| segment.starts_with('{'))
                .collect::<Vec<_>>()
        };
        table.templated.sort_by_key(varies);
        table
    }

    /// The same, which knows that `method` of `template` is an operation of the contract.
    #[must_use]
    pub fn naming(mut self, template: &str, method: Method, operation: &'static str) -> Self {
        if let Some(route) = self.routes.iter_mut().find(|route| route.template == template) {
            route.operations.push((method, operation));
        }
        self
    }

    /// The route of `path`; one without varying segments goes before one with (OpenAPI 3.0.3, Paths Object).
    pub(super) fn find(&self, path: &str) -> Option<&Route> {
        let index = self
            .literal
            .get(path)
            .or_else(|| self.templated.iter().find(|index| self.is_match(**index, path)))?;
        self.routes.get(*index)
    }

    fn is_match(&self, index: usize, path: &str) -> bool {
        let Some(route) = self.routes.get(index) else {
            return false;
        };
        let mut given = path.split('/');
        let fits = |segment: &str| {
            given.next().is_some_and(|given| {
                if segment.starts_with('{') {
                    !given.is_empty()
                } else {
                    given == segment
                }
            })
        };
        route.template.split('/').all(fits) && given.next().is_none()
    }
}

impl Route {
    /// Whether it answers `method`. What answers GET answers HEAD (RFC 9110 §9.3.2).
    pub(super) fn allows(&self, method: &Method) -> bool {
        self.methods.contains(method) || (method == Method::HEAD && self.methods.contains(&Method::GET))
    }

    /// The operation that `method` is here, if the contract has one; HEAD is what GET is.
    pub(super) fn operation(&self, method: &Method) -> Option<&'static str> {
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let mut operations = self.operations.iter();
        operations
            .find(|(known, _)| known == method)
            .map(|(_, operation)| *operation)
    }

    /// Whether it is an operation's, or several operations', and not one that only asks how the service is.
    pub(super) fn is_work(&self) -> bool {
        !self.operations.is_empty() && !self.is_probe()
    }

    /// Whether it asks how the service is: every second, and by programs that restart what does not answer.
    pub(super) fn is_probe(&self) -> bool {
        self.template.starts_with("/health/") || self.template == METRICS_PATH
    }

    /// The value of the `Allow` header.
    pub(super) fn allow_header(&self) -> String {
        let mut methods: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        if self.methods.contains(&Method::GET) {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        methods.dedup();
        methods.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> RouteTable {
        RouteTable::new(
            [
                ("/", vec![Method::GET]),
                ("/tenants", vec![Method::POST]),
                ("/tenants/{tenantId}", vec![Method::GET]),
                ("/tenants/{tenantId}/{kind}", vec![Method::GET]),
                ("/tenants/{tenantId}/schools", vec![Method::POST]),
                ("/tenants/{tenantId}/schools", vec![Method::GET]),
                ("/tenants/mine", vec![Method::PUT]),
            ]
            .map(|(template, methods)| (template.to_owned(), methods)),
        )
    }

    #[track_caller]
    fn check(path: &str, expected: Option<&str>) {
        assert_eq!(
            table().find(path).map(|route| route.template.as_str()),
            expected,
            "{path}"
        );
    }

    #[test]
    fn a_segment_that_varies_takes_any_one_segment() {
        check("/", Some("/"));
        check("/tenants/7", Some("/tenants/{tenantId}"));
        check("/tenants/a%2Fb", Some("/tenants/{tenantId}"));
        check("/tenants/mine", Some("/tenants/mine"));
        check("/tenants/7/schools", Some("/tenants/{tenantId}/schools"));
        check("/tenants/7/terms", Some("/tenants/{tenantId}/{kind}"));
        for path in [
            "",
            "*",
            "//",
            "/tenants/",
            "/tenants/7/",
            "/tenants//schools",
            "/tenants/7/schools/8",
            "/Tenants",
        ] {
            check(path, None);
        }
    }

    #[test]
    fn operations_are_known_by_route_and_method() {
        let table = table()
            .naming("/tenants/{tenantId}", Method::GET, "getTenant")
            .naming("/nowhere", Method::GET, "none");
        let route = table.find("/tenants/7").unwrap();
        assert_eq!(route.operation(&Method::GET), Some("getTenant"));
        assert_eq!(route.operation(&Method::HEAD), Some("getTenant"));
        assert_eq!(route.operation(&Method::POST), None);
        assert!(route.is_work() && !table.find("/").unwrap().is_work());
    }

    #[test]
    fn the_methods_of_a_path_are_told_together() {
        let table = table();
        let route = table.find("/tenants/7/schools").unwrap();
        assert_eq!(route.allow_header(), "GET, HEAD, POST");
        assert!(route.allows(&Method::HEAD) && !route.allows(&Method::DELETE));
        assert!(!table.find("/tenants").unwrap().allows(&Method::HEAD));
    }
}
