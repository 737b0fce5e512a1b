//! Runtime expressions: where in a message a value is (AsyncAPI 3.0.0, Runtime Expression).

/// The part of a message that an expression looks into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its headers.
    Headers,
    /// Its payload.
    Payload,
}

/// A runtime expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The part of the message.
    pub part: Part,
    /// The JSON pointer into it; empty for all of it.
    pub pointer: String,
    /// What the contract says of the value.
    pub description: Option<String>,
}

impl Expression {
    /// Reads `$message.header#/…` or `$message.payload#/…`; the pointer may be left out.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("$message.")?;
        let (part, pointer) = rest.split_once('#').unwrap_or((rest, ""));
        let part = match part {
            "header" => Part::Headers,
            "payload" => Part::Payload,
            _ => return None,
        };
        let is_pointer = pointer.is_empty() || pointer.starts_with('/');
        (is_pointer && !has_bad_escape(pointer)).then(|| Self {
            part,
            pointer: pointer.to_owned(),
            description: None,
        })
    }
}

/// A `~` that is neither `~0` nor `~1` (RFC 6901 §3).
fn has_bad_escape(pointer: &str) -> bool {
    let mut rest = pointer.split('~').skip(1);
    rest.any(|after| !after.starts_with(['0', '1']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(Part, String)> {
        Expression::parse(text).map(|expression| (expression.part, expression.pointer))
    }

    #[test]
    fn an_expression_names_a_part_and_a_place_in_it() {
        let some = |part, pointer: &str| Some((part, pointer.to_owned()));
        assert_eq!(
            parsed("$message.header#/MQMD/CorrelId"),
            some(Part::Headers, "/MQMD/CorrelId")
        );
        assert_eq!(parsed("$message.payload#/a~1b"), some(Part::Payload, "/a~1b"));
        assert_eq!(parsed("$message.payload"), some(Part::Payload, ""));
        for wrong in [
            "message.header#/a",
            "$message.body#/a",
            "$message.header#a",
            "$message.header#/~2",
            "",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
