//! Tables of a run in `docs/benchmarks.md`: they stand between two markers, and only a run replaces them, so that the document
//! cannot say anything else than what was measured.

use std::path::Path;

use crate::error::BenchError;

/// Replaces what stands between `<!-- bench:{name}:begin -->` and `<!-- bench:{name}:end -->` in a Markdown file.
pub fn replace_section(path: &Path, name: &str, text: &str) -> Result<(), BenchError> {
    let io = || BenchError::io(path.display().to_string());
    let document = std::fs::read_to_string(path).map_err(io())?;
    let replaced = replaced(&document, name, text).ok_or_else(|| BenchError::Document {
        path: path.to_owned(),
        reason: format!(
            "has no markers bench:{name}:begin and bench:{name}:end, each once and in this order"
        ),
    })?;
    std::fs::write(path, replaced).map_err(io())
}

fn replaced(document: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (
        format!("<!-- bench:{name}:begin -->\n"),
        format!("<!-- bench:{name}:end -->"),
    );
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    if rest.contains(&begin) || after.contains(&end) {
        return None;
    }
    Some(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "a\n<!-- bench:x:begin -->\n\nold\n\n<!-- bench:x:end -->\nb\n";

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let new = replaced(DOCUMENT, "x", "new\n").unwrap();
        assert_eq!(new, DOCUMENT.replace("old", "new"));
        assert_eq!(
            replaced(&new, "x", "new").unwrap(),
            new,
            "it can be replaced again"
        );
    }

    #[test]
    fn markers_must_be_there_once_and_in_order() {
        assert_eq!(replaced(DOCUMENT, "y", "new"), None);
        assert_eq!(replaced(&DOCUMENT.repeat(2), "x", "new"), None);
        assert_eq!(
            replaced(&DOCUMENT.replace("begin", "?").replace("end", "begin"), "x", ""),
            None
        );
    }

    #[test]
    fn the_document_has_the_markers_of_every_benchmark() {
        let path = crate::arguments::repository().join("docs/benchmarks.md");
        let document = std::fs::read_to_string(path).unwrap();
        for name in ["http", "telemetry", "slo", "relay"] {
            assert!(replaced(&document, name, "x").is_some(), "{name}");
        }
    }
}
