//! Rollcall's project commands.

mod generate;

use std::path::Path;

/// Why a command failed, for a person.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    if let Err(Failure(text)) = generate::run(root) { eprintln!("{text}"); std::process::exit(1) }
}
