//! A version that is written as a number: `version: 1.0`, without quotation marks, is what many contracts have, and nobody means a
//! number by it.

use serde_json::Value;

use super::node::{Content, Node};

impl Node {
    /// Takes the version of a document for a text, digit by digit, where it is a number; whether it was one.
    pub(super) fn take_version_for_text(&mut self) -> bool {
        let info = self.mapping_mut().and_then(|members| members.get_mut("info"));
        let version = info
            .and_then(Self::mapping_mut)
            .and_then(|members| members.get_mut("version"));
        if let Some(version) = version
            && let Content::Scalar(Value::Number(number)) = &version.content
        {
            version.content = Content::Scalar(Value::String(number.to_string()));
            return true;
        }
        false
    }
}
