use std::sync::Arc;

use contract_runtime::{PlainEndpoint, Problem};
use poem::http::Method;

use super::request::{anonymous, contract, send};

contract!("../golden/served/paths/mod.rs");
use contract::api::{PathsApi, PathsServer, endpoint};
use contract::operations::*;

struct Named;

anonymous!(Named);

/// Each handler tells its name and its parameters in a problem.
macro_rules! named {
    ($($method:ident($input:ty) -> $response:ty $(, $field:ident)*;)*) => {
        impl PathsApi for Named {
            $(
                async fn $method(&self, (): (), input: $input) -> Result<$response, Problem> {
                    let _ = &input;
                    let fields: Vec<String> = vec![stringify!($method).to_owned() $(, input.$field.clone())*];
                    Err(Problem::of_status(501, fields.join(" ")))
                }
            )*
        }
    };
}

named! {
    get_root(GetRootInput) -> GetRootResponse;
    get_file(GetFileInput) -> GetFileResponse, name, extension;
    search_file(SearchFileInput) -> SearchFileResponse, name;
    get_latest(GetLatestInput) -> GetLatestResponse;
    get_latest_2(GetLatest2Input) -> GetLatest2Response;
    list_bucket(ListBucketInput) -> ListBucketResponse, bucket;
    delete_bucket(DeleteBucketInput) -> DeleteBucketResponse, bucket;
    get_bucket_acl(GetBucketAclInput) -> GetBucketAclResponse, bucket;
    start(StartInput) -> StartResponse;
    stop(StopInput) -> StopResponse;
}

async fn check(method: Method, uri: &str, expected: &str) {
    let endpoint: PlainEndpoint<Named> = endpoint(Arc::new(Named));
    let answer = send(&endpoint, (method.clone(), uri), &[], poem::Body::empty()).await;
    assert_eq!(answer.status, 501, "{method} {uri}: {answer:?}");
    assert_eq!(answer.detail(), expected, "{method} {uri}");
}

#[tokio::test]
async fn requests_find_their_operations() {
    for (method, uri, expected) in [
        (Method::GET, "/", "get_root"),
        (Method::GET, "/files/a.txt", "get_file a txt"),
        (Method::GET, "/files/a%2Fb%2E.txt", "get_file a/b. txt"),
        (Method::POST, "/files/a.txt:search", "search_file a.txt"),
        (Method::GET, "/files/latest", "get_latest"),
        (Method::GET, "/files/", "get_latest_2"),
        (Method::GET, "/buckets/b", "list_bucket b"),
        (Method::GET, "/buckets/b?acl", "get_bucket_acl b"),
        (Method::DELETE, "/buckets/b?acl", "delete_bucket b"),
        (Method::POST, "/actions?Action=Start", "start"),
        (Method::POST, "/actions?Action=Stop", "stop"),
    ] {
        check(method, uri, expected).await;
    }
}

#[tokio::test]
async fn what_is_not_served_is_a_problem() {
    let endpoint = endpoint(Arc::new(Named));
    let send = async |method, uri| send(&endpoint, (method, uri), &[], poem::Body::empty()).await;
    let answer = send(Method::GET, "/files").await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail().as_str()),
        (404, "Nothing is served at this path.")
    );
    let answer = send(Method::PUT, "/buckets/b").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("allow")),
        (405, "DELETE, GET, HEAD, OPTIONS")
    );
    answer.problem();
    let answer = send(Method::GET, "/files/a.longer").await;
    assert_eq!(answer.status, 400);
    let answer = send(Method::POST, "/actions?Action=Dance").await;
    assert_eq!(
        answer.detail(),
        "The query parameter Action must be one of \"Stop\"."
    );
}

/// RFC 9110 §9.3.2, §9.3.7: where the contract does not declare them.
#[tokio::test]
async fn head_and_options_are_answered() {
    let endpoint = endpoint(Arc::new(Named));
    let answer = send(
        &endpoint,
        (Method::HEAD, "/files/a.txt"),
        &[],
        poem::Body::empty(),
    )
    .await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (501, ""));
    let answer = send(
        &endpoint,
        (Method::OPTIONS, "/buckets/b"),
        &[],
        poem::Body::empty(),
    )
    .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("allow")),
        (204, "DELETE, GET, HEAD, OPTIONS")
    );
}

/// As poem-openapi serves it, and below another path.
#[tokio::test]
async fn poem_openapi_serves_the_same() {
    use poem::{Endpoint as _, Route};
    let service = poem_openapi::OpenApiService::new(PathsServer(Arc::new(Named)), "Paths", "1");
    let route = Route::new().nest("/api", service);
    for (uri, status) in [
        ("/api/files/a.txt", 501),
        ("/api/files/", 501),
        ("/api/", 501),
        ("/api/none", 404),
        ("/files/a.txt", 404),
    ] {
        let request = poem::Request::builder().uri_str(uri).finish();
        let response = route.get_response(request).await;
        assert_eq!(response.status(), status, "{uri}");
    }
}
