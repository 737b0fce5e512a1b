//! Files that appear at once or not at all.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use super::error::{ProjectError, at};

/// Whether nothing is in the folder, or it is not there.
pub(super) fn is_vacant(folder: &Path) -> Result<bool, ProjectError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(at(folder)(error)),
    }
}

/// Writes a file with the folders that lead to it.
pub(super) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), ProjectError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(at(parent))?;
    }
    fs::write(path, text).map_err(at(path))
}

/// Makes `link` lead to `file`, by the way from one to the other, so that both can be moved together.
pub(super) fn link(link: &Path, file: &Path) -> Result<(), ProjectError> {
    let folder = link.parent().unwrap_or(link);
    fs::create_dir_all(folder).map_err(at(folder))?;
    symlink(&way(folder, file), file, link).map_err(at(link))
}

#[cfg(unix)]
fn symlink(way: &Path, _file: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(way, link)
}

/// Not everybody may make links there.
#[cfg(not(unix))]
fn symlink(_way: &Path, file: &Path, link: &Path) -> std::io::Result<()> {
    fs::copy(file, link).map(|_| ())
}

/// How one gets from a folder to a file.
fn way(folder: &Path, file: &Path) -> PathBuf {
    let both = folder.components().zip(file.components());
    let common = both.take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(common).map(|_| Component::ParentDir);
    up.chain(file.components().skip(common)).collect()
}

/// A folder beside another, which it is to become; it goes where that does not happen.
#[derive(Debug)]
pub(super) struct Beside {
    folder: TempDir,
    target: PathBuf,
}

impl Beside {
    /// An empty folder beside `target`, on the same file system, so that it can be renamed.
    pub(super) fn new(target: &Path) -> Result<Self, ProjectError> {
        let target = std::path::absolute(target).map_err(at(target))?;
        let parent = target.parent().unwrap_or(&target);
        fs::create_dir_all(parent).map_err(at(parent))?;
        let folder = tempfile::Builder::new()
            .prefix(".new-")
            .tempdir_in(parent)
            .map_err(at(parent))?;
        Ok(Self { folder, target })
    }

    /// Where to write.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes the target's place.
    pub(super) fn replace(self) -> Result<(), ProjectError> {
        let new = self.folder.keep();
        open_to_all(&new)?;
        replace(&new, &self.target)
    }
}

/// Puts the folder `new` in the place of `target`, and removes what was there.
fn replace(new: &Path, target: &Path) -> Result<(), ProjectError> {
    let old = new.with_extension("old");
    let had_one = match fs::rename(target, &old) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(at(target)(error)),
    };
    if let Err(error) = fs::rename(new, target) {
        if had_one {
            fs::rename(&old, target).map_err(at(target))?;
        }
        return Err(at(target)(error));
    }
    if had_one {
        fs::remove_dir_all(&old).map_err(at(&old))?;
    }
    Ok(())
}

/// A temporary folder is its owner's alone; a project is like any other folder of theirs.
#[cfg(unix)]
fn open_to_all(folder: &Path) -> Result<(), ProjectError> {
    use std::os::unix::fs::PermissionsExt as _;
    let probe = folder.join(".mode");
    fs::create_dir(&probe).map_err(at(&probe))?;
    let mode = fs::metadata(&probe).map_err(at(&probe))?.permissions().mode();
    fs::remove_dir(&probe).map_err(at(&probe))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).map_err(at(folder))
}

#[cfg(not(unix))]
fn open_to_all(_folder: &Path) -> Result<(), ProjectError> {
    Ok(())
}
