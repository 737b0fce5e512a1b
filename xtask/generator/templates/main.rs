//! Serves the API, the document that describes it at `/openapi.json`, and a console to try it at `/docs`.
//!
//! The address is the first argument, or `LISTEN`, or 127.0.0.1:8080.

use std::sync::Arc;

use contract_runtime::Console;
use poem::Server;
use poem::listener::TcpListener;

use {crate}::handlers::Handlers;

#[tokio::main]
async fn main() -> Result<(), std::io::Error> {
    let address = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("LISTEN").ok())
        .unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let service = {crate}::contract::api::endpoint(Arc::new(Handlers));
    let console = Console::new(&{crate}::contract::api::document());
    println!("http://{address}{}", console.path());
    let until = async {
        // Without a signal to wait for, the program runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    Server::new(TcpListener::bind(&address))
        .run_with_graceful_shutdown(console.over(service), until, None)
        .await
}
