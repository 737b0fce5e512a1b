//! `cargo xtask new` as people run it, with what is no contract, or a hostile one: each ends soon and in little memory, with what is
//! wrong and where, and leaves nothing behind.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails; clippy's own exception stops at helpers outside #[test] functions"
)]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const TOO_LONG: &str = "the contract with all its files is longer than 16777216 bytes, the most that is read";

/// Runs the command under limits: half a minute of the processor, and a gigabyte.
fn new(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", "ulimit -t 30 && ulimit -v 1048576 && exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_xtask"))
        .arg("new")
        .arg(folder.join("project"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

/// What is told of the contract `a.yaml` in a folder, without the folder's path.
fn refusal(folder: &TempDir) -> String {
    let contract = folder.path().join("a.yaml");
    let output = new(folder.path(), &["--openapi", contract.to_str().unwrap()]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with(".new-") || name == "project"
        })
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    told.replace(&format!("{}/", folder.path().display()), "")
}

fn refusal_of(bytes: impl AsRef<[u8]>) -> String {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.yaml"), bytes).unwrap();
    refusal(&folder)
}

/// What is told first.
fn check_bytes(bytes: impl AsRef<[u8]>, expected: &str) {
    let told = refusal_of(bytes);
    let first = told.lines().next().unwrap_or_default();
    assert_eq!(first.trim_end(), format!("error: {expected}"), "{told}");
}

/// A contract with this beside its version.
fn contract(rest: &str) -> String {
    format!("openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\n{rest}")
}

#[test]
fn what_is_no_contract_is_refused() {
    const READ: &str = "OpenAPI 3.0 and 3.1 and AsyncAPI 3.0 and 3.1 are read";
    check_bytes("", "a.yaml:1:1: : the file is empty");
    check_bytes("\u{feff}", "a.yaml:1:1: : the file is empty");
    check_bytes(
        "openapi: [",
        "a.yaml:1:10: /openapi/0: is not YAML: unclosed bracket '['",
    );
    check_bytes(
        "%PDF-1.7\n\u{0}",
        "a.yaml:2:1: : is not YAML: unexpected character: `\\u{0}'",
    );
    check_bytes(
        b"openapi: 3.0.3\ninfo: \xff",
        "a.yaml:2:7: : is not UTF-8, so it is no text",
    );
    check_bytes(
        "swagger: '2.0'\n",
        &format!("a.yaml:1:10: /swagger: Swagger 2.0 is not read: {READ}"),
    );
    check_bytes(
        "openapi: 3.0.3\r\ninfo: {}\r\ninfo: {}\r\n",
        "a.yaml:3:1: /info: duplicate key `info`",
    );
    check_bytes(
        r#"{"openapi": "3.0.3", "openapi": "3.0.3"}"#,
        "a.yaml:1:22: /openapi: duplicate key `openapi`",
    );
}

#[test]
fn operations_that_cannot_be_served_are_refused() {
    let done = "responses: {'204': {description: D}}";
    check_bytes(
        contract(&format!(
            "paths:\n  /a:\n    get: {{operationId: x, {done}}}\n    put: {{operationId: x, {done}}}\n"
        )),
        "a.yaml:6:24: /paths/~1a/put/operationId: the id `x` is taken by /paths/~1a/get",
    );
    check_bytes(
        contract(&format!("paths:\n  /a/{{id}}:\n    get: {{{done}}}\n")),
        "a.yaml:5:10: /paths/~1a~1{id}/get: the path has a parameter `id` that is not declared",
    );
    check_bytes(
        contract(&format!(
            "paths:\n  /a:\n    get: {{parameters: [{{name: id, in: path, required: true, schema: {{}}}}], {done}}}\n"
        )),
        "a.yaml:5:24: /paths/~1a/get/parameters/0: the path `/a` has no parameter `id`",
    );
}

#[test]
fn references_that_lead_nowhere_or_elsewhere_are_refused() {
    let schemas = |schemas: &str| contract(&format!("paths: {{}}\ncomponents:\n  schemas:\n{schemas}\n"));
    check_bytes(
        schemas("    A: {$ref: '#/components/schemas/B'}"),
        r##"a.yaml:6:15: /components/schemas/A/$ref: leads nowhere in this document: "#/components/schemas/B""##,
    );
    check_bytes(
        schemas("    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}"),
        "a.yaml:6:15: /components/schemas/A/$ref: the references lead in a circle, or nowhere in the end",
    );
    let elsewhere = |reference: &str, reason: &str| {
        check_bytes(
            schemas(&format!("    A: {{$ref: '{reference}'}}")),
            &format!("a.yaml:6:15: /components/schemas/A/$ref: `{reference}`{reason}"),
        );
    };
    elsewhere(
        "https://example.com/a.yaml",
        " leads to another host; references can only lead to local files",
    );
    for path in ["/etc/passwd", "/dev/zero"] {
        elsewhere(
            path,
            " is a path from the root of this machine; references lead to files beside the contract, by relative paths",
        );
    }
    elsewhere(".", ": cannot be read: is no regular file");
    elsewhere(
        "none.yaml",
        ": cannot be read: No such file or directory (os error 2)",
    );
}

#[test]
fn hostile_sizes_are_refused() {
    let folder = TempDir::new().unwrap();
    File::create(folder.path().join("a.yaml"))
        .unwrap()
        .set_len(50_000_000)
        .unwrap();
    assert_eq!(refusal(&folder).trim_end(), format!("error: a.yaml: {TOO_LONG}"));
    let too_deep = |text: String, place: &str| {
        let told = refusal_of(text);
        assert!(told.starts_with(&format!("error: a.yaml:{place}: ")), "{told}");
        let reason = ": objects and lists stand in each other more than 100 deep, the most that is read\n";
        assert!(told.ends_with(reason) && told.lines().count() == 1, "{told}");
    };
    let deep = 10_000;
    let nested = |open: &str, close: &str| format!("x-a: {}1{}", open.repeat(deep), close.repeat(deep));
    too_deep(contract(&nested("[", "]")), "3:106");
    too_deep(contract(&nested("{a: ", "}")), "3:402");
    too_deep(
        format!("{}1{}", r#"{"a":"#.repeat(deep), "}".repeat(deep)),
        "1:501",
    );
    too_deep("- ".repeat(deep), "1:201");
    let block = (0..deep / 4)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect::<Vec<_>>()
        .concat();
    too_deep(block, "101:101");

    let line = |level: usize| {
        format!(
            "x-{level}: &l{level} [{}]\n",
            format!("*l{}, ", level - 1).repeat(9)
        )
    };
    let laughs = (1..=9).map(line).collect::<Vec<_>>().concat();
    check_bytes(
        contract(&format!("paths: {{}}\nx-0: &l0 [lol]\n{laughs}")),
        "a.yaml:10:56: /x-6: the contract holds more than 2000000 values, the most that is read (an alias or a reference counts what it repeats)",
    );
}

/// A pattern is no program that the generator runs, and what it costs later is bounded as well.
#[test]
fn patterns_that_explode_cost_nothing() {
    let patterns = [
        "(a+)+$",
        "(a|a)*b",
        "((a{1000}){1000}){1000}",
        "(?=(a*)*)*b",
        "(((a?){99}){99}){99}",
    ];
    let schemas = patterns
        .iter()
        .enumerate()
        .map(|(number, pattern)| format!("    P{number}: {{type: string, pattern: '{pattern}'}}\n"))
        .collect::<Vec<_>>()
        .concat();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.yaml");
    fs::write(
        &path,
        contract(&format!("paths: {{}}\ncomponents:\n  schemas:\n{schemas}")),
    )
    .unwrap();
    let output = new(folder.path(), &["--openapi", path.to_str().unwrap()]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    let generated = fs::read_to_string(folder.path().join("project/src/contract/patterns.rs")).unwrap();
    for pattern in patterns {
        assert!(
            generated.contains(&format!("{pattern:?}")),
            "{pattern}: {generated}"
        );
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let check = |make: &dyn Fn(&Path), expected: &str| {
        let folder = TempDir::new().unwrap();
        make(&folder.path().join("a.yaml"));
        assert_eq!(refusal(&folder).trim_end(), format!("error: a.yaml: {expected}"));
    };
    check(&|_| (), "cannot be read: No such file or directory (os error 2)");
    check(
        &|path| fs::create_dir(path).unwrap(),
        "cannot be read: is no regular file",
    );
    check(
        &|path| symlink("a.yaml", path).unwrap(),
        "cannot be read: Too many levels of symbolic links (os error 40)",
    );
    // Whoever opened it would wait for somebody who writes.
    let pipe = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    check(&pipe, "cannot be read: is no regular file");
    check(
        &|path| symlink("/dev/zero", path).unwrap(),
        "cannot be read: is no regular file",
    );
}
