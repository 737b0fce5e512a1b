//! What is matched, and within which bounds.

use super::*;

/// Poem-openapi compiles its patterns anew at each check.
#[test]
fn a_pattern_is_compiled_once() {
    static WORD: Pattern = Pattern::new("^[a-z]+$");
    assert!(WORD.compiled.get().is_none(), "not before it is needed");
    assert!(WORD.matches("abc"));
    let compiled: *const _ = WORD.compiled.get().unwrap();
    assert!(!WORD.matches("ABC"));
    assert!(std::ptr::eq(compiled, WORD.compiled.get().unwrap()));
}

#[test]
fn a_pattern_is_of_ecma_262_and_matches_anywhere() {
    for (pattern, text, expected) in [
        ("b", "abc", true),
        ("^\\p{Lu}", "Äpfel", true),
        ("^.$", "\u{1F600}", true),
        ("(?<=a)b", "ab", true),
        ("(", "(", false),
        ("^\\@\\_$", "@_", true),
    ] {
        assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} {text}");
    }
}

#[test]
fn a_pattern_that_explodes_is_bounded() {
    let hostile = format!("{}!", "a".repeat(50_000));
    for pattern in [
        "^(a+)+$",
        "^(a|a)*$",
        "^(?=(a+)+$)a",
        "^(?!b)(a|aa)+$",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "^(?i:(a+)+)$",
        "^([\\uD83D]|(a+)+)$",
        "^(a+)+(b)\\2$",
        "^((a|aa)+)\\1!b$",
    ] {
        let regex = Regex::new(pattern).unwrap();
        assert!(!regex.occurs_in(&hostile).unwrap_or_default(), "{pattern}");
        assert!(!regex.is_unlimited(), "{pattern}");
    }
}

/// Where the flag `u` allows no such escape, it is a slip of the author; letters may mean something one day.
#[test]
fn what_is_no_regular_expression_is_told() {
    let alternatives = |count: usize| vec!["a"; count].join("|");
    for (pattern, expected) in [
        ("^\\@\\_$", true),
        ("(", false),
        ("a**", false),
        ("\\a", false),
        ("\\", false),
        (&alternatives(4097), true),
        (&alternatives(4098), false),
    ] {
        let told = pattern.get(..20).unwrap_or(pattern);
        assert_eq!(Regex::new(pattern).is_some(), expected, "{told}");
    }
}

#[test]
fn what_has_no_translation_gets_short_texts_only() {
    let regex = Regex::new("^(?:(a)|b)+\\1$").unwrap();
    assert!(regex.is_unlimited());
    assert_eq!(regex.occurs_in("baa"), Some(true));
    assert_eq!(regex.occurs_in(&"a".repeat(UNLIMITED_LENGTH_MAX + 1)), None);
    for pattern in [
        "(?i:\\W)",
        "(?i:[\\W_])",
        "(?i:\\P{Lu})",
        "(?:(a)\\1|b\\1)+",
        "(?=\\2)(a)(b)",
    ] {
        assert!(Regex::new(pattern).unwrap().is_unlimited(), "{pattern}");
    }
}

/// On the stack of a test, which is that of a server's thread.
#[test]
fn what_a_client_sends_as_a_pattern_is_read_within_bounds() {
    assert!(is_regex(&"|".repeat(PATTERN_TEXT_LENGTH_MAX)));
    assert!(!is_regex(&"|".repeat(2_000_000)));
    // Thousands of times all letters in both cases.
    for _ in 0..10 {
        assert!(is_regex(&"(?i:\\p{L})".repeat(300)));
    }
}

/// On the stack of a test, too.
#[test]
fn groups_lie_as_deep_in_each_other_as_engines_bear() {
    for open in ["(", "(?:", "(?=", "(?!", "(?<=", "(?i:", "(?<=(?!"] {
        let of_depth = |count: usize| {
            let depth = count / open.matches('(').count();
            format!("{}a{}", open.repeat(depth), ")".repeat(count))
        };
        let regex = Regex::new(&of_depth(50)).unwrap();
        assert!(regex.occurs_in(&"a".repeat(200)).is_some(), "{open}");
        for depth in [52, 200, 4096] {
            assert!(Regex::new(&of_depth(depth)).is_none(), "{open} {depth}");
        }
    }
    assert!(is_pattern(&"(a)[(]\\(".repeat(51)));
}

#[test]
fn modifiers_of_what_a_client_sends_are_looked_at() {
    for (text, expected) in [
        ("(?i:a)", true),
        ("(?i-ms:a)", true),
        ("(?-i:a)", true),
        ("\\(?i:", true),
        ("[(?i]", true),
        ("(?-:a)", false),
        ("(?ii:a)", false),
        ("(?i-i:a)", false),
        ("(?i--m:a)", false),
        ("(?x:a)", false),
        ("(?i", false),
        ("(?i:a", false),
        ("(?<i>a)(?=i)(?:i)", true),
    ] {
        assert_eq!(is_regex(text), expected, "{text}");
        assert_eq!(of_ecma(text).is_some(), expected, "{text}");
    }
}

/// What refers back to a group that is not closed yet or may hold something of an earlier turn, and what leaves something out while it
/// ignores case.
#[test]
fn what_nobody_can_bound_is_told() {
    for (pattern, expected) in [
        ("^(?:(?<x>a)|b)*\\k<x>$", true),
        ("(a\\1)", true),
        ("\\2(a)(b)", true),
        ("(?<x>a)\\k<y>(?<y>b)", true),
        ("(?i:(a)\\1)", true),
        ("(?<=(a))\\1", true),
        ("^(['\"])[^'\"]*\\1$", false),
        ("^(\\d)(?!\\1+$)\\d{10}$", false),
        ("(?<x>a|b)\\k<x>", false),
        ("(?i:abc)\\w+", false),
        ("\\W\\P{Lu}", false),
        ("[(\\1]", false),
        ("^(a+)+(b)\\2$", false),
    ] {
        assert_eq!(
            Regex::new(pattern).is_some_and(|regex| regex.is_unlimited()),
            expected,
            "{pattern}"
        );
    }
}
