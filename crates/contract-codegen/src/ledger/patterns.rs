//! Patterns that the runtime cannot bound: what they cost grows exponentially with the text in the worst case, so they get short texts only.

use std::collections::HashSet;

pub(super) const UNLIMITED: &str = "refers back, or ignores case, in a way that only an engine without a limit knows; a text of more than \
                                    256 bytes is refused";

/// Whether a pattern may be such a one. It is when it refers back to a group that is not closed yet or may hold something of an earlier
/// turn, when it leaves something out while it ignores case, and when it refers back while either does.
pub(super) fn may_be_unlimited(pattern: &str) -> bool {
    let mut scan = Scan::default();
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        rest = scan.token(next, rest.get(next.len_utf8()..).unwrap_or_default());
    }
    (scan.refers_back && (scan.repeats || scan.looks_behind || scan.is_modified || scan.refers_ahead))
        || (scan.is_modified && scan.leaves_out)
}

#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something that a pattern has or not"
)]
struct Scan {
    is_in_class: bool,
    /// The names of the groups that are open; of those that capture nothing, none.
    open: Vec<Vec<String>>,
    captured_count: usize,
    closed: HashSet<String>,
    refers_back: bool,
    refers_ahead: bool,
    repeats: bool,
    looks_behind: bool,
    is_modified: bool,
    leaves_out: bool,
}

impl Scan {
    /// What is left of `rest` behind the token that begins with `next`.
    fn token<'a>(&mut self, next: char, rest: &'a str) -> &'a str {
        match next {
            '\\' => return self.escape(rest),
            '[' => self.is_in_class = true,
            ']' => self.is_in_class = false,
            '(' if !self.is_in_class => self.group(rest),
            ')' if !self.is_in_class => {
                self.closed.extend(self.open.pop().unwrap_or_default());
                // Only a group around another one holds something of an earlier turn, but the two are rarely told apart by hand.
                self.repeats |= rest.starts_with(['*', '+', '{']);
            }
            _ => {}
        }
        rest
    }

    fn group(&mut self, rest: &str) {
        let mut names = Vec::new();
        let special = rest.strip_prefix('?');
        let is_look = |text: &str| text.starts_with("<=") || text.starts_with("<!");
        self.looks_behind |= special.is_some_and(is_look);
        self.is_modified |= special.is_some_and(|text| text.starts_with(['i', 'm', 's', '-']));
        let name = special
            .filter(|text| !is_look(text))
            .and_then(|text| text.strip_prefix('<')?.split_once('>'));
        if special.is_none() || name.is_some() {
            self.captured_count += 1;
            names.push(self.captured_count.to_string());
        }
        names.extend(name.map(|(name, _)| name.to_owned()));
        self.open.push(names);
    }

    fn escape<'a>(&mut self, rest: &'a str) -> &'a str {
        let mut characters = rest.chars();
        let Some(next) = characters.next() else { return "" };
        let behind = characters.as_str();
        self.leaves_out |= matches!(next, 'W' | 'P');
        let name = match next {
            _ if self.is_in_class => None,
            'k' => behind.strip_prefix('<').and_then(|text| text.split_once('>')),
            '1'..='9' => {
                let end = rest
                    .find(|next: char| !next.is_ascii_digit())
                    .unwrap_or(rest.len());
                rest.split_at_checked(end)
            }
            _ => None,
        };
        let Some((name, behind)) = name else { return behind };
        self.refers_back = true;
        self.refers_ahead |= !self.closed.contains(name);
        behind
    }
}

#[cfg(test)]
mod tests {
    use contract_runtime::Pattern;

    use super::may_be_unlimited;

    /// What the runtime cannot bound is told; the last of them are told although it can.
    #[test]
    fn what_the_runtime_cannot_bound_is_told() {
        for (pattern, is_told, is_unlimited) in [
            ("^(?:(a)|b)+\\1$", true, true),
            ("^(?:(?<x>a)|b)*\\k<x>$", true, true),
            ("(a\\1)", true, true),
            ("\\2(a)(b)", true, true),
            ("(?<x>a)\\k<y>(?<y>b)", true, true),
            ("(?i:(a)\\1)", true, true),
            ("(?i:\\W)", true, true),
            ("(?i:[\\P{Lu}])", true, true),
            ("(?<=(a))\\1", true, true),
            ("^(['\"])[^'\"]*\\1$", false, false),
            ("^(\\d)(?!\\1+$)\\d{10}$", false, false),
            ("(?<x>a|b)\\k<x>", false, false),
            ("(?i:abc)\\w+", false, false),
            ("\\W\\P{Lu}", false, false),
            ("[(\\1]", false, false),
            ("^(a+)+$", false, false),
            ("^(a+)+(b)\\2$", true, false),
        ] {
            assert_eq!(may_be_unlimited(pattern), is_told, "{pattern}");
            assert_eq!(Pattern::new(pattern).is_unlimited(), is_unlimited, "{pattern}");
        }
    }
}
