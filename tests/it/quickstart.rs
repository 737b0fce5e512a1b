//! The quickstart of each feature, run as it stands against a running service.
//!
//! The blocks marked `sh` go through one bash, in order, as if a person pasted them; the block marked `text` below one of
//! them is what it must print, with `…` for what differs from run to run.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{RedisServer, Service, repository, wait};

/// Ends the output of a block: a character that nothing else prints.
const END: char = '\u{1e}';

#[tokio::test(flavor = "multi_thread")]
async fn the_quickstart_of_the_school_roster_does_what_it_says() {
    let page = repository().join("docs/features/001-school-roster/quickstart.md");
    let page = std::fs::read_to_string(page).expect("the quickstart");
    let steps = steps(&page);
    assert!(steps.len() >= 8, "the page has more blocks than {}", steps.len());

    let redis = RedisServer::start();
    let service = Service::builder().redis(&redis).start().await;
    let output = run(&steps, &service, &redis).await;
    let printed = String::from_utf8_lossy(&output.stdout);
    let mut outputs = printed.split(END);
    for step in &steps {
        let errors = String::from_utf8_lossy(&output.stderr);
        let found = outputs.next().unwrap_or_default();
        assert!(
            matches(step.expected.trim_matches('\n'), found.trim_matches('\n')),
            "line {} of the quickstart prints\n{found}\nand not\n{}\n{errors}",
            step.line,
            step.expected
        );
    }
    assert!(output.status.success(), "bash ended with {}", output.status);
}

/// Runs the blocks in one bash, in the folder of the service, with its binary on the path. It stops at the first
/// command that fails: then the outputs of the blocks behind it are missing.
async fn run(steps: &[Step], service: &Service, redis: &RedisServer) -> Output {
    let mut script = String::from("set -eu -o pipefail\n");
    for step in steps {
        script.push_str(&step.script);
        script.push_str("printf '\\036'\n");
    }
    let programs = Path::new(env!("CARGO_BIN_EXE_rollcall"))
        .parent()
        .expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command
        .args(["-c", &script])
        .current_dir(service.folder())
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("NO_PROXY", "*")
        .env("URL", service.base_url())
        .env("REDIS_URL", redis.url());
    let run = tokio::task::spawn_blocking(move || command.output().expect("run bash"));
    let output = tokio::time::timeout(wait::PATIENCE, run).await;
    output.expect("in time").expect("no panic")
}

/// A block that is run, and what it must print.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    line: usize,
    script: String,
    expected: String,
}

/// The blocks of a page, in order.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let block = lines.by_ref().map(|(_, line)| line);
        let block: Vec<&str> = block.take_while(|line| *line != "```").collect();
        let text = format!("{}\n", block.join("\n"));
        match language {
            "sh" => steps.push(Step {
                line: at + 1,
                script: text,
                expected: String::new(),
            }),
            "text" => {
                let step = steps.last_mut().expect("an output stands below its block");
                assert_eq!(step.expected, "", "line {}: a second output", at + 1);
                step.expected = text;
            }
            _ => {}
        }
    }
    steps
}

/// Whether an output is the expected one, line by line; `…` stands for anything within a line, but not for nothing.
fn matches(expected: &str, found: &str) -> bool {
    let mut found = found.lines();
    expected
        .lines()
        .all(|line| found.next().is_some_and(|found| line_matches(line, found)))
        && found.next().is_none()
}

fn line_matches(expected: &str, found: &str) -> bool {
    let Some((start, rest)) = expected.split_once('…') else {
        return expected == found;
    };
    let Some(found) = found.strip_prefix(start) else {
        return false;
    };
    // What stands for something takes at least one character; what follows may begin after any.
    let ends = found
        .char_indices()
        .skip(1)
        .map(|(at, _)| at)
        .chain([found.len()]);
    !found.is_empty() && ends.into_iter().any(|at| line_matches(rest, &found[at..]))
}

#[test]
fn an_ellipsis_stands_for_anything_but_nothing() {
    let check = |expected: &str, found: &str, matching: bool| {
        assert_eq!(matches(expected, found), matching, "{expected} and {found}");
    };
    check("one", "one", true);
    check("one", "one\ntwo", false);
    check("one\ntwo", "one", false);
    check("", "one", false);
    check("a…c", "abc", true);
    check("a…c", "ac", false);
    check("a…c", "a…cd", false);
    check("…", "ä", true);
    check("{…\"b\":2,…}", "{\"a\":1,\"b\":2,\"c\":3}", true);
    check("{…\"b\":3,…}", "{\"a\":1,\"b\":2,\"c\":3}", false);
    check("…ab", "abab", true);
}

#[test]
fn a_step_is_a_block_with_the_output_below_it() {
    let page =
        "# Page\n```console\n$ no\n```\n```sh\nA=1\n```\ntext\n```sh\necho $A\n```\n\n```text\n1\n```\n";
    let step = |line, script: &str, expected: &str| Step {
        line,
        script: script.to_owned(),
        expected: expected.to_owned(),
    };
    assert_eq!(steps(page), [step(5, "A=1\n", ""), step(9, "echo $A\n", "1\n")]);
}
