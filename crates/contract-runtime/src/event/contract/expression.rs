//! Runtime expressions.

use serde_json::Value;

/// The part of a message that an expression looks into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagePart {
    /// Its headers.
    Headers,
    /// Its payload.
    Payload,
}

/// Where in a message a value is: a runtime expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expression {
    /// The part of the message.
    pub part: MessagePart,
    /// The JSON pointer into it.
    pub pointer: &'static str,
    /// What the contract says of the value.
    pub description: Option<&'static str>,
}

impl Expression {
    /// The value in a message.
    #[must_use]
    pub fn evaluate<'a>(&self, headers: &'a Value, payload: &'a Value) -> Option<&'a Value> {
        let part = match self.part {
            MessagePart::Headers => headers,
            MessagePart::Payload => payload,
        };
        part.pointer(self.pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_expression_leads_into_its_part() {
        let expression = Expression {
            part: MessagePart::Headers,
            pointer: "/a/b",
            description: None,
        };
        let (headers, payload) = (json!({"a": {"b": 1}}), json!({"a": {"b": 2}}));
        assert_eq!(expression.evaluate(&headers, &payload), Some(&json!(1)));
        let other = Expression {
            part: MessagePart::Payload,
            ..expression
        };
        assert_eq!(other.evaluate(&headers, &payload), Some(&json!(2)));
        assert_eq!(expression.evaluate(&json!({}), &payload), None);
    }
}
