//! The schemas that were released: files that must be served for ever, because events that were published point to them.

use std::path::Path;
use std::{fs, io};

/// A file below `contracts/released/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleasedSchema {
    /// Under which path it is served, which is also where it is below `contracts/released/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl ReleasedSchema {
    /// All files of the repository at `root`, by path. A repository without the folder has released nothing.
    pub fn all(root: &Path) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        let folder = root.join("contracts/released");
        if folder.exists() {
            collect(&folder, "", &mut found)?;
        }
        // The order of a folder's entries is the file system's business; what is generated must be the same everywhere.
        found.sort();
        Ok(found)
    }
}

fn collect(folder: &Path, path: &str, found: &mut Vec<ReleasedSchema>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{path}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, found)?;
        } else {
            let text = fs::read_to_string(entry.path())?;
            found.push(ReleasedSchema { path, text });
        }
    }
    Ok(())
}
