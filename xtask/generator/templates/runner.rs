//! The projects of a batch: prints the document of one of them, or asks it about requests and responses.

use contract_oracle::{Response, Survey};
use poem::endpoint::BoxEndpoint;
use serde_json::{Value, json};

/// What a project has that serves an API.
struct Api {
    endpoint: fn() -> BoxEndpoint<'static>,
    check: fn((&str, &str), u16, &[(String, String)], &[u8]) -> Result<(), String>,
}

fn project(name: &str) -> (fn() -> Value, Option<Api>) {
    match name {
        // the projects
        _ => panic!("there is no project {name}"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, rest @ ..] = arguments.as_slice() else { panic!("no project is named") };
    let (document, api) = project(name);
    let [contract, requests, responses, seed] = rest else {
        println!("{}", document());
        return;
    };
    let api = api.expect("the project has an API");
    let contract = std::fs::read_to_string(contract).expect("the contract can be read");
    let contract: Value = serde_json::from_str(&contract).expect("the contract is JSON");
    let seed = seed.parse().expect("the seed is a number");
    let count = |text: &str| Some(text.parse().expect("the count is a number")).filter(|count| *count > 0);
    let requests = count(requests).map(|count| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(contract_oracle::survey(&contract, (api.endpoint)(), count, seed))
    });
    let responses = count(responses).map(|count| {
        let check = |response: &Response| {
            let operation = (response.method, response.path.as_str());
            (api.check)(operation, response.status, &response.headers, &response.body)
        };
        contract_oracle::survey_responses(&contract, check, count, seed)
    });
    let told = |survey: Option<Result<Survey, String>>| {
        survey.map(|survey| survey.expect("the contract can be judged").to_value())
    };
    println!("{}", json!({"requests": told(requests), "responses": told(responses)}));
}
