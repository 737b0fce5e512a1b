use std::sync::{Arc, Mutex};

use contract_runtime::{Call, Credentials, Plain, PlainEndpoint, Problem, Secret};

use super::request::{contract, get};

contract!("../golden/served/security/mod.rs");
use contract::api::{SecurityApi, endpoint};
use contract::operations::*;

/// Keeps what was shown.
#[derive(Default)]
struct Door(Mutex<Option<Credentials>>);

impl Plain for Door {
    type Caller = Credentials;

    async fn authorize(&self, call: &Call, credentials: Credentials) -> Result<Credentials, Problem> {
        assert!(call.operation.path.starts_with('/'));
        if credentials
            .of("token")
            .is_some_and(|token| token.secret == Secret::Bearer("stolen".to_owned()))
        {
            return Err(Problem::of_status(403, "It was stolen."));
        }
        Ok(credentials)
    }
}

macro_rules! keep {
    ($($method:ident($input:ty) -> $response:ident;)*) => {
        impl SecurityApi for Door {
            $(
                async fn $method(&self, caller: Credentials, _input: $input) -> Result<$response, Problem> {
                    *self.0.lock().unwrap() = Some(caller);
                    Ok($response::NoContent {})
                }
            )*
        }
    };
}

keep! {
    get_default(GetDefaultInput) -> GetDefaultResponse;
    get_open(GetOpenInput) -> GetOpenResponse;
    get_optional(GetOptionalInput) -> GetOptionalResponse;
    get_either(GetEitherInput) -> GetEitherResponse;
    get_scoped(GetScopedInput) -> GetScopedResponse;
    get_cookie(GetCookieInput) -> GetCookieResponse;
}

/// The schemes and secrets that a handler gets, or the challenge of a refusal.
async fn shown(uri: &str, headers: &[(&str, &str)]) -> Result<Vec<(&'static str, Secret)>, String> {
    let door = Arc::new(Door::default());
    let endpoint: PlainEndpoint<Door> = endpoint(Arc::clone(&door));
    let answer = get(&endpoint, uri, headers).await;
    if answer.status == 401 {
        answer.problem();
        return Err(answer.header("www-authenticate").to_owned());
    }
    assert_eq!(answer.status, 204, "{answer:?}");
    let credentials = door.0.lock().unwrap().take().unwrap();
    Ok(credentials
        .0
        .into_iter()
        .map(|one| (one.scheme.name, one.secret))
        .collect())
}

fn bearer(token: &str) -> Secret {
    Secret::Bearer(token.to_owned())
}

#[tokio::test]
async fn the_security_of_the_document_is_that_of_operations_without_their_own() {
    let token = &[("authorization", "Bearer abc")];
    assert_eq!(shown("/default", token).await, Ok(vec![("token", bearer("abc"))]));
    let challenge = "Bearer realm=\"token\"".to_owned();
    for headers in [
        &[][..],
        &[("authorization", "abc")],
        &[("authorization", "Basic YTpi")],
        &[("authorization", "Bearer ")],
        &[("authorization", "Bearer a"), ("authorization", "Bearer b")],
    ] {
        assert_eq!(
            shown("/default", headers).await,
            Err(challenge.clone()),
            "{headers:?}"
        );
    }
    assert_eq!(shown("/open", &[]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_caller_may_stay_unknown_where_the_contract_lets_them() {
    assert_eq!(shown("/optional", &[]).await, Ok(Vec::new()));
    let token = &[("authorization", "bearer abc")];
    assert_eq!(
        shown("/optional", token).await,
        Ok(vec![("token", bearer("abc"))])
    );
}

#[tokio::test]
async fn one_of_several_requirements_is_enough_and_all_of_its_schemes_are_needed() {
    let basic = Secret::Basic {
        user: "a".to_owned(),
        password: "b:c".to_owned(),
    };
    let header = &[("authorization", "Basic YTpiOmM=")];
    assert_eq!(shown("/either", header).await, Ok(vec![("basic", basic)]));
    let key = |text: &str| Secret::ApiKey(text.to_owned());
    let both = shown("/either?place=here", &[("x-api-key", "k")]).await;
    assert_eq!(both, Ok(vec![("key", key("k")), ("place", key("here"))]));
    let challenge = "Basic realm=\"basic\", ApiKey realm=\"key\", name=\"X-Api-Key\", ApiKey realm=\"place\", name=\"place\"";
    assert_eq!(
        shown("/either", &[("x-api-key", "k")]).await,
        Err(challenge.to_owned())
    );
    assert_eq!(shown("/either?place=here", &[]).await, Err(challenge.to_owned()));
    assert_eq!(
        shown("/either", &[("authorization", "Basic %%%")]).await,
        Err(challenge.to_owned())
    );
}

#[tokio::test]
async fn scopes_are_told() {
    let challenge = "Bearer realm=\"oauth\", scope=\"things:read things:write\"";
    assert_eq!(shown("/scoped", &[]).await, Err(challenge.to_owned()));
    let token = &[("authorization", "Bearer abc")];
    assert_eq!(shown("/scoped", token).await, Ok(vec![("oauth", bearer("abc"))]));
    let cookie = &[("cookie", "session=s")];
    assert_eq!(
        shown("/cookie", cookie).await,
        Ok(vec![("cookie", Secret::ApiKey("s".to_owned()))])
    );
}

#[tokio::test]
async fn the_service_decides_whom_to_believe() {
    let endpoint: PlainEndpoint<Door> = endpoint(Arc::default());
    let answer = get(&endpoint, "/default", &[("authorization", "Bearer stolen")]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail().as_str()),
        (403, "It was stolen.")
    );
}

#[test]
fn secrets_are_not_shown() {
    assert_eq!(format!("{:?}", bearer("abc")), "Bearer");
}
