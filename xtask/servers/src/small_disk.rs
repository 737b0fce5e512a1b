//! A disk that can be full: a small tmpfs in a mount namespace of the process that writes to it.
//!
//! Nobody else sees the mount, nothing has to be unmounted, and no right is needed but that to make user namespaces.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounts the disk on the folder `$1` of size `$2`, then becomes the program that follows.
const MOUNT: &str = r#"mkdir -p "$1" && mount -t tmpfs -o "size=$2,mode=700" tmpfs "$1" || {
    echo "cannot mount a small disk: this test needs user namespaces (unshare --map-root-user --mount)" >&2; exit 1; }
shift 2; exec "$@""#;

/// `command`, which starts in its folder with a disk of `size` (such as `4m`) on the folder `name` below.
pub fn with_small_disk(command: &Command, name: &str, size: &str) -> Command {
    let mut wrapped = Command::new("unshare");
    wrapped.args([
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        MOUNT,
        "small-disk",
        name,
        size,
    ]);
    wrapped.arg(command.get_program()).args(command.get_args());
    for (variable, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(variable, value),
            None => wrapped.env_remove(variable),
        };
    }
    wrapped.current_dir(command.get_current_dir().expect("a folder to start in"));
    wrapped
}

/// The disk of a running process.
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// The disk that the process `id` has at `path`, seen from outside.
    pub fn of(id: u32, path: &Path) -> Self {
        let below = path.strip_prefix("/").expect("a whole path");
        Self {
            folder: Path::new(&format!("/proc/{id}/root")).join(below),
        }
    }

    /// Takes what room is left.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("a file on the disk");
        // Ever smaller pieces, so that not even a page is left.
        for piece in [64 * 1024, 4096, 1] {
            loop {
                match filler.write_all(&vec![0; piece]) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("filling the disk: {error}"),
                }
            }
        }
    }

    /// Gives it back.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).expect("remove the file");
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}
