//! The projects of a batch: prints the document of one of them, or sends requests to it.

use poem::endpoint::BoxEndpoint;
use serde_json::Value;

type Project = (fn() -> Value, Option<fn() -> BoxEndpoint<'static>>);

fn project(name: &str) -> Project {
    match name {
        // the projects
        _ => panic!("there is no project {name}"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, rest @ ..] = arguments.as_slice() else { panic!("no project is named") };
    let (document, endpoint) = project(name);
    let [contract, count, seed] = rest else {
        println!("{}", document());
        return;
    };
    let endpoint = endpoint.expect("the project has an API");
    let contract = std::fs::read_to_string(contract).expect("the contract can be read");
    let contract: Value = serde_json::from_str(&contract).expect("the contract is JSON");
    let count = count.parse().expect("the count is a number");
    let seed = seed.parse().expect("the seed is a number");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let survey = runtime.block_on(contract_oracle::survey(&contract, endpoint(), count, seed));
    println!("{}", survey.expect("the contract can be judged").to_value());
}
