//! The tools in other languages that some tests run; `cargo xtask test` puts them under `target/tools`.

use std::path::{Path, PathBuf};

const ABSENT: &str =
    "is missing: run `cargo xtask test --only tools` once, it installs the pinned tools of the tests";

/// A program of the Python environment, such as `python` or `schemathesis`.
pub fn python(program: &str) -> PathBuf {
    let path = folder().join("python/bin").join(program);
    assert!(path.is_file(), "{} {ABSENT}", path.display());
    path
}

/// The folder of the Node consumer's installed packages.
pub fn node_consumer() -> PathBuf {
    let path = folder().join("consumer-node");
    assert!(path.join("node_modules").is_dir(), "{} {ABSENT}", path.display());
    path
}

/// `target/tools`: this binary is `target/{profile}/deps/it-…`.
fn folder() -> PathBuf {
    let binary = std::env::current_exe().expect("the path of this test binary");
    binary
        .ancestors()
        .nth(3)
        .map(|target: &Path| target.join("tools"))
        .expect("a target folder")
}
