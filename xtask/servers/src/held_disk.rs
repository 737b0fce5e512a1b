//! A small disk that outlives the process that writes to it, and that can be full for a while.
//!
//! [`SmallDisk`](crate::SmallDisk) goes with its process, which is too soon for a server that is killed and started again
//! over its data. This one is a tmpfs in a mount namespace that a sleeping process holds; whoever shall write to it is
//! started inside. It is made full by making it smaller, so that no room has to be filled.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{Process, wait};

/// Mounts the disk, says so by a file on it, and keeps the namespace until it is ended.
const HOLD: &str = r#"mkdir -p disk && mount -t tmpfs -o "size=$1,mode=777" tmpfs disk || {
    echo "cannot mount a small disk: this needs user namespaces (unshare --map-root-user --mount)" >&2; exit 1; }
: > disk/.mounted
exec sleep 2147483647"#;

/// What is added to what a disk holds when it becomes full: less than a page stays free.
const PAGE: u64 = 4096;

/// The disk; it goes with this value.
pub struct HeldDisk {
    folder: TempDir,
    holder: Process,
    mebibytes: u32,
}

impl HeldDisk {
    /// A disk with room for so many mebibytes.
    pub fn start(mebibytes: u32) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rollcall-disk-")
            .tempdir()
            .expect("make a folder");
        let mut command = Command::new("unshare");
        command
            .current_dir(folder.path())
            .args(["--map-root-user", "--mount", "sh", "-c", HOLD, "disk"])
            .arg(format!("{mebibytes}m"));
        let holder = Process::spawn("disk", command, folder.path());
        let mut disk = Self {
            folder,
            holder,
            mebibytes,
        };
        wait::until_blocking("the disk is mounted", || {
            assert!(disk.holder.exit_status().is_none(), "{}", disk.holder.tail());
            disk.path().join(".mounted").is_file().then_some(())
        });
        disk
    }

    /// The disk as this process sees it.
    pub fn path(&self) -> PathBuf {
        let below = self.folder.path().strip_prefix("/").expect("a whole path");
        Path::new(&format!("/proc/{}/root", self.holder.id()))
            .join(below)
            .join("disk")
    }

    /// The folder of the disk, which is not on it: for what a process writes beside its data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `program` as it is started where the disk is seen, in its folder; the disk is `disk` there.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--target={}", self.holder.id()))
            .args(["--user", "--mount", "--preserve-credentials"])
            // A folder that is entered before the namespace is that of the world outside.
            .args(["sh", "-c", r#"cd "$0" && exec "$@""#])
            .arg(self.folder.path())
            .arg(program)
            .current_dir(self.folder.path());
        command
    }

    /// Makes it full, but for `room` bytes.
    pub fn fill(&self, room: u64) {
        let mut used = self.command("stat");
        let output = used
            .args(["--file-system", "--format=%b %f %S", "disk"])
            .output()
            .expect("run stat");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let numbers: Vec<u64> = text.split_whitespace().flat_map(str::parse).collect();
        let [blocks, free, size] = numbers[..] else {
            panic!("cannot read how full the disk is: {text}");
        };
        // A disk of no size would be one without a limit.
        self.resize(&((blocks - free) * size + room).max(PAGE).to_string());
    }

    /// Gives the room back.
    pub fn free(&self) {
        self.resize(&format!("{}m", self.mebibytes));
    }

    fn resize(&self, size: &str) {
        // Between asking and resizing something may be written, and no disk becomes smaller than what is on it.
        wait::until_blocking("the disk takes its new size", || {
            let mut mount = self.command("mount");
            mount.args(["-o", &format!("remount,size={size}"), "disk"]);
            mount.output().expect("run mount").status.success().then_some(())
        });
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Write as _};

    use super::*;

    #[test]
    fn a_disk_is_full_and_has_room_again() {
        let disk = HeldDisk::start(4);
        let path = disk.path().join("file");
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(&[1; 8192]).unwrap();
        disk.fill(PAGE);
        let full = file.write_all(&[2; 16384]).unwrap_err();
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        disk.free();
        file.write_all(&[3; 16384]).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() >= 8192 + 16384);
    }
}
