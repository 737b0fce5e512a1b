//! The lines of a file that another process appends to.

use std::io::{self, SeekFrom};
use std::path::PathBuf;

use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

/// Reads what was added since it was last asked.
#[derive(Debug)]
pub(super) struct FileLines {
    path: PathBuf,
    read: u64,
}

impl FileLines {
    /// Of a file that need not be there yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, read: 0 }
    }

    /// The whole lines that were added; what has no line break yet comes when it has one.
    pub(super) async fn added(&mut self) -> io::Result<Vec<String>> {
        let mut file = match File::open(&self.path).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(self.read)).await?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).await?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        bytes.truncate(whole);
        self.read += u64::try_from(whole).unwrap_or(u64::MAX);
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn half_a_line_waits_for_its_other_half() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let mut lines = FileLines::new(path.clone());
        assert!(lines.added().await.unwrap().is_empty());
        std::fs::write(&path, "one\ntw").unwrap();
        assert_eq!(lines.added().await.unwrap(), ["one"]);
        std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
        assert_eq!(lines.added().await.unwrap(), ["two", "three"]);
        assert!(lines.added().await.unwrap().is_empty());
    }
}
