//! What the tests of goldens have in common.

use std::fs;
use std::path::Path;

/// Holds a text against a golden file. `UPDATE_GOLDEN=1` writes the file anew.
pub(crate) fn check(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, text).unwrap();
    }
    let golden = fs::read_to_string(path).unwrap_or_default();
    let difference = text.lines().zip(golden.lines()).find(|(new, old)| new != old);
    assert!(
        text == golden,
        "{} is not what is generated; the first line that differs: {difference:?}. UPDATE_GOLDEN=1 writes it anew",
        path.display()
    );
}
