//! Inputs that are no contract, or a hostile one: each is refused with its place, within bounds that are counts.

use std::fmt::Write as _;
use std::fs::{self, File};

use contract_codegen::{Language, Ledger, Limits, Refusals, Source};
use tempfile::TempDir;

/// What is told of a file with these bytes, without the folder in which it stands.
fn told(bytes: impl AsRef<[u8]>, limits: &Limits) -> String {
    load(bytes, limits).map_or_else(|told| told, |source| panic!("taken over: {}", source.root()))
}

fn load(bytes: impl AsRef<[u8]>, limits: &Limits) -> Result<Source, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.yaml");
    fs::write(&path, bytes).unwrap();
    let tell = |refusals: Refusals| {
        refusals
            .to_string()
            .replace(&path.display().to_string(), "a.yaml")
    };
    Source::load(&path, limits).map_err(tell)
}

fn check(bytes: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(told(bytes, &Limits::default()), expected);
}

/// A contract that says nothing but this in an extension.
fn holding(value: &str) -> String {
    format!("openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\nx-a: {value}\n")
}

#[test]
fn what_is_no_contract() {
    const READ: &str = "OpenAPI 3.0 and 3.1 and AsyncAPI 3.0 and 3.1 are read";
    check("", "a.yaml:1:1: : the file is empty");
    check("\n# nothing\n", "a.yaml:1:1: : the file is empty");
    check("{", "a.yaml:1:1: : is not YAML: unclosed bracket '{'");
    check(
        "a: b: c",
        "a.yaml:1:5: : is not YAML: mapping values are not allowed in this context",
    );
    check(
        "a:\n\tb: c\n",
        "a.yaml:2:2: /a: is not YAML: tabs disallowed within this context (block indentation)",
    );
    check(
        "just a text",
        &format!("a.yaml:1:1: : the contract must be an object; {READ}"),
    );
    check(
        "a: 1",
        &format!("a.yaml:1:1: : there is neither `openapi` nor `asyncapi` at the root; {READ}"),
    );
    check(
        "swagger: '2.0'",
        &format!("a.yaml:1:10: /swagger: Swagger 2.0 is not read: {READ}"),
    );
    check(
        "asyncapi: 2.6.0",
        &format!("a.yaml:1:11: /asyncapi: AsyncAPI 2.6.0 is not read: {READ}"),
    );
    check(
        "openapi: 3.0.3\n---\nopenapi: 3.0.3",
        "a.yaml:2:1: : a second document begins here; a contract is one",
    );
}

#[test]
fn what_is_no_text() {
    check(
        b"\x7fELF\x02\x01\xff\xfe",
        "a.yaml:1:7: : is not UTF-8, so it is no text",
    );
    check(
        b"openapi: 3.0.3\ninfo: \xff",
        "a.yaml:2:7: : is not UTF-8, so it is no text",
    );
    check(
        b"\xff\xfe\x61\0",
        "a.yaml:1:1: : is UTF-16; a contract must be UTF-8",
    );
    check(
        "a: \0",
        "a.yaml:1:4: /a: is not YAML: unexpected character: `\\u{0}'",
    );
}

#[test]
fn keys_are_texts_and_stand_once() {
    check("a: 1\nb: {c: 1, c: 2}", "a.yaml:2:11: /b/c: duplicate key `c`");
    check(r#"{"a": 1, "a": 1}"#, "a.yaml:1:10: /a: duplicate key `a`");
    check("200: 1\n'200': 1", "a.yaml:2:1: /200: duplicate key `200`");
    check(
        "? [a]\n: 1",
        "a.yaml:1:3: : a key must be a text, not an object or a list",
    );
    let source = load(
        holding("{200: a, true: b, null: c, 1.0: d, 2024-01-31: e}"),
        &Limits::default(),
    )
    .unwrap();
    let keys: Vec<_> = source.root()["x-a"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["200", "true", "null", "1.0", "2024-01-31"]);
}

#[test]
fn values_that_json_has_not_are_refused() {
    check(
        holding(".inf"),
        "a.yaml:4:6: /x-a: `.inf` is no number that JSON has; a text needs quotation marks",
    );
    check(
        holding("!!binary aGk="),
        "a.yaml:4:15: /x-a: the tag `!!binary` says nothing that JSON can hold",
    );
    check(
        holding("!own {}"),
        "a.yaml:4:11: /x-a: the tag `!own` says nothing that JSON can hold",
    );
    check(holding("!!int x"), "a.yaml:4:12: /x-a: `x` is no `!!int`");
}

#[test]
fn anchors_aliases_and_merge_keys_are_read() {
    let text = holding("{b: &b {c: 1, d: 2}, e: *b, f: {<<: *b, d: 3}, g: {<<: [{c: 4}, *b]}, h: {'<<': 5}}");
    let source = load(text, &Limits::default()).unwrap();
    assert_eq!(
        source.root()["x-a"].to_string(),
        r#"{"b":{"c":1,"d":2},"e":{"c":1,"d":2},"f":{"d":3,"c":1},"g":{"c":4,"d":2},"h":{"<<":5}}"#
    );
    check(
        holding("*b"),
        "a.yaml:4:6: /x-a: is not YAML: while parsing node, found unknown anchor",
    );
    check(
        holding("&b [*b]"),
        "a.yaml:4:10: /x-a/0: an alias cannot stand in what it refers to",
    );
    check(
        holding("{<<: 1}"),
        "a.yaml:4:11: /x-a: `<<` takes over the members of an object, or of a list of objects",
    );
}

/// Nine lists of nine aliases each would be 9^9 values.
#[test]
fn a_billion_laughs_are_counted_before_they_are_copied() {
    let laughs = |levels: usize| {
        let mut text = "openapi: 3.0.3\nx-a: &l0 [lol]\n".to_owned();
        for level in 1..=levels {
            let below = format!("*l{}, ", level - 1).repeat(9);
            // The copy that is kept for an anchor counts for itself; the last has none.
            let anchor = if level < levels {
                format!("&l{level} ")
            } else {
                String::new()
            };
            writeln!(text, "x-l{level}: {anchor}[{below}]").unwrap();
        }
        text
    };
    let few = Limits {
        nodes: 1000,
        ..Limits::default()
    };
    for (levels, limits) in [(3, few), (9, Limits::default())] {
        let told = told(laughs(levels), &limits);
        let reason = format!(
            "the contract holds more than {} values, the most that is read (an alias or a reference counts what it repeats)",
            limits.nodes
        );
        assert!(told.contains(&reason), "{told}");
        assert!(told.starts_with("a.yaml:"), "{told}");
    }
}

#[test]
fn a_file_that_is_too_long_is_refused_before_it_is_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.yaml");
    // 50 MB of nothing, which take no room on the disk; they are no YAML either, which is not noticed.
    File::create(&path).unwrap().set_len(50_000_000).unwrap();
    let refusals = Source::load(&path, &Limits::default()).unwrap_err();
    assert!(
        refusals.to_string().contains("longer than 16777216 bytes"),
        "{refusals}"
    );
}

/// All files together count, however short each is.
#[test]
fn the_files_of_a_contract_count_together() {
    let folder = TempDir::new().unwrap();
    let mut schemas = String::new();
    for number in 0..10 {
        writeln!(schemas, "    S{number}: {{$ref: '{number}.yaml'}}").unwrap();
    }
    let entry = format!("openapi: 3.0.3\ninfo: {{}}\ncomponents:\n  schemas:\n{schemas}");
    for number in 0..10 {
        let text = format!("description: '{}'", "x".repeat(1000));
        fs::write(folder.path().join(format!("{number}.yaml")), text).unwrap();
    }
    let path = folder.path().join("a.yaml");
    fs::write(&path, entry).unwrap();
    let limits = |bytes| Limits {
        bytes,
        ..Limits::default()
    };
    let refusals = Source::load(&path, &limits(5000)).unwrap_err();
    assert!(
        refusals.to_string().contains("longer than 5000 bytes"),
        "{refusals}"
    );
    assert!(Source::load(&path, &limits(20_000)).is_ok());
}

#[test]
fn nesting_is_bounded_in_every_notation() {
    let deep = 10_000;
    let flow = |open: &str, close: &str| holding(&format!("{}{}", open.repeat(deep), close.repeat(deep)));
    let mut block = "x-a:\n".to_owned();
    for level in 1..=deep.min(2000) {
        writeln!(block, "{}a:", " ".repeat(level)).unwrap();
    }
    let json = format!(r#"{{"x-a": {}{}}}"#, r#"{"a":"#.repeat(deep), "}".repeat(deep));
    for text in [flow("[", "]"), flow("{a: ", "}"), block, "- ".repeat(deep), json] {
        let told = told(text, &Limits::default());
        let reason = "objects and lists stand in each other more than 100 deep";
        assert!(told.contains(reason), "{told}");
        assert!(told.starts_with("a.yaml:"), "{told}");
    }
    let allowed = format!("{}{}", "[".repeat(99), "]".repeat(99));
    assert!(load(holding(&allowed), &Limits::default()).is_ok());
    let refused = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert!(told(holding(&refused), &Limits::default()).contains("more than 100 deep"));
    let nearly = format!("{}{}", "[".repeat(97), "]".repeat(97));
    let through_alias = format!("{{b: &b {nearly}, c: [[*b]]}}");
    let at_the_alias = "a.yaml:4:214: /x-a/c/0/0: objects and lists stand in each other";
    let told = told(holding(&through_alias), &Limits::default());
    assert!(told.starts_with(at_the_alias), "{told}");
}

/// The pointers of all values together could be far longer than the document.
#[test]
fn long_keys_that_stand_deep_are_bounded() {
    let key = "k".repeat(1000);
    let nested = format!("{}1{}", format!("{{{key}: ").repeat(50), "}".repeat(50));
    let limits = Limits {
        pointer_bytes: 1_000_000,
        ..Limits::default()
    };
    let told = told(holding(&nested), &limits);
    assert!(
        told.contains("the keys are too long for how deep they stand in each other"),
        "{told}"
    );
    assert!(told.len() < 4096, "a refusal is short: {}", told.len());
    assert!(load(holding(&nested), &Limits::default()).is_ok());
}

fn ledger(schemas: &str) -> Ledger {
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}"
    );
    Ledger::of(&load(text, &Limits::default()).unwrap(), Language::Plain)
}

#[test]
fn references_in_circles_are_refused_where_they_stand() {
    let refused = |schemas: &str| -> Vec<String> {
        let refusals = ledger(schemas).refusals.into_iter();
        refusals
            .map(|one| format!("{}:{} {}: {}", one.line, one.column, one.pointer, one.reason))
            .collect()
    };
    let circle = "the references lead in a circle, or nowhere in the end";
    assert_eq!(
        refused("    A: {$ref: '#/components/schemas/A'}\n"),
        [format!("6:15 /components/schemas/A/$ref: {circle}")]
    );
    assert_eq!(
        refused("    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n"),
        [
            format!("6:15 /components/schemas/A/$ref: {circle}"),
            format!("7:15 /components/schemas/B/$ref: {circle}"),
        ]
    );
    assert_eq!(
        refused("    A: {$ref: '#/components/schemas/C'}\n"),
        [r##"6:15 /components/schemas/A/$ref: leads nowhere in this document: "#/components/schemas/C""##]
    );
    assert_eq!(
        refused("    A: {properties: {a: {$ref: '#/components/schemas/A'}}}\n"),
        [""; 0]
    );
}

/// Each component refers to the next: whoever followed each chain to its end would take 200 million steps, and whoever counted
/// through the components for each would too.
#[test]
fn long_chains_of_references_are_bounded() {
    let chain = |count: usize| {
        let mut schemas = String::new();
        for number in 0..count {
            writeln!(
                schemas,
                "    S{number}: {{$ref: '#/components/schemas/S{}'}}",
                number + 1
            )
            .unwrap();
        }
        writeln!(schemas, "    S{count}: {{type: string}}").unwrap();
        ledger(&schemas)
    };
    assert_eq!(chain(101).refusals, []);
    let refusals = chain(102).refusals;
    assert_eq!(refusals.len(), 1);
    assert_eq!(
        refusals[0].reason,
        "more than 100 references lie between this and what it leads to"
    );
    assert_eq!(refusals[0].pointer, "/components/schemas/S0/$ref");
    assert_eq!(chain(20_000).counts().2, 20_000 - 101);
}

/// Nobody reads a million refusals.
#[test]
fn only_the_first_refusals_and_warnings_are_told_one_by_one() {
    let mut many = String::new();
    for number in 0..3000 {
        writeln!(many, "    S{number}: {{minLength: x, stranger: 1}}").unwrap();
    }
    let ledger = ledger(&many);
    assert_eq!((ledger.refusals.len(), ledger.warnings.len()), (1001, 1001));
    assert_eq!(ledger.refusals[1000].reason, "2000 more places are refused");
    assert_eq!(ledger.warnings[1000].reason, "there are 2000 more warnings");
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_before_it_is_opened() {
    let folder = TempDir::new().unwrap();
    let socket = folder.path().join("socket.yaml");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.yaml")).unwrap();
    for reference in ["socket.yaml", "zero.yaml"] {
        let refusals = Source::load(&folder.path().join(reference), &Limits::default()).unwrap_err();
        assert_eq!(
            refusals.0[0].reason, "cannot be read: is no regular file",
            "{reference}"
        );
        let entry = folder.path().join("openapi.yaml");
        let text = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/a: {$ref: REFERENCE}}\n";
        fs::write(&entry, text.replace("REFERENCE", reference)).unwrap();
        let refusals = Source::load(&entry, &Limits::default()).unwrap_err();
        assert_eq!(
            refusals.to_string(),
            format!(
                "{}:3:20: /paths/~1a/$ref: `{reference}`: cannot be read: is no regular file",
                entry.display()
            )
        );
    }
}
