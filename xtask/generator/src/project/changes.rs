//! Changes of a project that is there: all of them happen, or none.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::{ProjectError, at};
use super::files;

/// Files and folders that are to take their places in a project. Whatever may fail for want of room or rights is done beside it first;
/// then they are renamed, one after the other, and back again if one cannot be.
#[derive(Debug)]
pub(super) struct Changes {
    /// Below the project, so that everything is on one file system.
    beside: TempDir,
    folder: PathBuf,
    /// Below the project.
    targets: Vec<PathBuf>,
}

impl Changes {
    /// None yet, of the project in `folder`.
    pub(super) fn of(folder: &Path) -> Result<Self, ProjectError> {
        let beside = tempfile::Builder::new()
            .prefix(".new-")
            .tempdir_in(folder)
            .map_err(at(folder))?;
        Ok(Self {
            beside,
            folder: folder.to_owned(),
            targets: Vec::new(),
        })
    }

    /// Where what is to come is written, each at its place below the project.
    pub(super) fn path(&self) -> PathBuf {
        self.beside.path().join("new")
    }

    /// A file is to say this.
    pub(super) fn write(&mut self, target: &Path, text: &str) -> Result<(), ProjectError> {
        files::write(&self.path().join(target), text)?;
        self.replace(target);
        Ok(())
    }

    /// What was written at `target` is to take its place, and a folder with everything that is in it.
    pub(super) fn replace(&mut self, target: &Path) {
        self.targets.push(target.to_owned());
    }

    /// Lets everything take its place.
    pub(super) fn apply(self) -> Result<(), ProjectError> {
        let mut done = Vec::new();
        for target in &self.targets {
            match self.swap(target) {
                Ok(had_one) => done.push((target, had_one)),
                Err(error) => {
                    let is_undone = done
                        .iter()
                        .rev()
                        .all(|(target, had_one)| self.undo(target, *had_one));
                    if !is_undone {
                        // What was there is in it.
                        let _kept = self.beside.keep();
                    }
                    return Err(at(&self.folder.join(target))(error));
                }
            }
        }
        Ok(())
    }

    /// Puts one in its place; whether something was there.
    fn swap(&self, target: &Path) -> Result<bool, Error> {
        let (here, old) = (self.folder.join(target), self.old(target));
        for path in [&here, &old] {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
        }
        let had_one = match fs::rename(&here, &old) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        let moved = fs::rename(self.path().join(target), &here);
        if moved.is_err() && had_one {
            fs::rename(&old, &here)?;
        }
        moved.map(|()| had_one)
    }

    /// Puts back what was there; whether it is there again.
    fn undo(&self, target: &Path, had_one: bool) -> bool {
        let here = self.folder.join(target);
        fs::rename(&here, self.path().join(target)).is_ok()
            && (!had_one || fs::rename(self.old(target), here).is_ok())
    }

    fn old(&self, target: &Path) -> PathBuf {
        self.beside.path().join("old").join(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_changes_happen_or_none() {
        let project = tempfile::tempdir().unwrap();
        let path = |name: &str| project.path().join(name);
        for (name, text) in [
            ("a", "old"),
            ("code/x.rs", "old"),
            ("code/y.rs", "old"),
            ("file", "old"),
        ] {
            files::write(&path(name), text).unwrap();
        }
        let prepared = || {
            let mut changes = Changes::of(project.path()).unwrap();
            for name in ["a", "b"] {
                changes.write(Path::new(name), "new").unwrap();
            }
            files::write(&changes.path().join("code/x.rs"), "new").unwrap();
            changes.replace(Path::new("code"));
            changes
        };
        let text = |name: &str| fs::read_to_string(path(name)).ok();
        let names = || fs::read_dir(project.path()).unwrap().count();

        let mut changes = prepared();
        changes.write(Path::new("file/c"), "new").unwrap();
        assert!(changes.apply().is_err());
        for name in ["a", "code/x.rs", "code/y.rs", "file"] {
            assert_eq!(text(name).as_deref(), Some("old"), "{name}");
        }
        assert_eq!((text("b"), names()), (None, 3));

        prepared().apply().unwrap();
        for name in ["a", "b", "code/x.rs"] {
            assert_eq!(text(name).as_deref(), Some("new"), "{name}");
        }
        assert_eq!((text("code/y.rs"), names()), (None, 4));
    }
}
