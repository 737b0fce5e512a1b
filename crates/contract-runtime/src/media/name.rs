//! The names of media types, and their parameters.

/// A media type without its parameters, in lower case.
pub(super) fn essence(text: &str) -> String {
    let name = text.split(';').next().unwrap_or_default();
    name.trim().to_ascii_lowercase()
}

/// A media type or a range of them, in lower case, with the parameters that tell it from others of its name. How a text is coded, how a
/// form is delimited and how much a range is wanted are none of these.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) essence: String,
    pub(super) parameters: Vec<(String, String)>,
}

impl Name {
    pub(super) fn of(text: &str) -> Self {
        let is_own = |key: &str| !matches!(key, "charset" | "boundary" | "q");
        Self {
            essence: essence(text),
            parameters: parameters(text).filter(|(key, _)| is_own(key)).collect(),
        }
    }

    /// Whether it has all parameters of `other`.
    pub(super) fn has_all_of(&self, other: &Self) -> bool {
        let mut others = other.parameters.iter();
        others.all(|parameter| self.parameters.contains(parameter))
    }
}

/// The parameters of a media type (RFC 9110 §5.6.6), in lower case and without quotes.
pub(super) fn parameters(text: &str) -> impl Iterator<Item = (String, String)> {
    let parameters = parts(text, ';').into_iter().skip(1);
    parameters.filter_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim();
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let value = quoted.map_or_else(|| value.to_owned(), |text| text.replace('\\', ""));
        Some((key.trim().to_ascii_lowercase(), value.to_ascii_lowercase()))
    })
}

/// The parts of a text between separators that do not stand in quotes (RFC 9110 §5.6.4).
pub(super) fn parts(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let separates = |found: char| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && !was_escaped && found == '\\';
        if found == '"' && !was_escaped {
            is_quoted = !is_quoted;
        }
        found == separator && !is_quoted
    };
    text.split(separates).collect()
}
