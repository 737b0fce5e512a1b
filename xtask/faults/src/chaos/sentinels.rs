//! Three sentinels over the two servers of the stage.
//!
//! They replace a primary only while a fault wants it: a server that is killed and comes back within seconds shall come back
//! as what it was, or a schedule would mean something else each time.

use std::process::Command;

use rollcall_servers::{Process, free_port, wait};
use tempfile::TempDir;

use super::broker::{info, surely};

/// What the sentinels call the two servers.
const SERVICE: &str = "chaos";
const SENTINEL_COUNT: usize = 3;
/// After so many milliseconds of silence a primary counts as gone: while that shall happen, and otherwise.
const SOON: u32 = 300;
const NEVER: u32 = 600_000;

/// The sentinels; they end with this value.
pub(super) struct Sentinels {
    ports: Vec<u16>,
    // The processes before the folder that they write into.
    _processes: Vec<Process>,
    _folder: TempDir,
}

impl Sentinels {
    /// Starts them and waits until each knows the replica and the others.
    pub(super) async fn start(primary: u16) -> Self {
        let folder = tempfile::tempdir().expect("make a folder");
        let ports: Vec<u16> = (0..SENTINEL_COUNT).map(|_| free_port()).collect();
        let processes = ports
            .iter()
            .map(|port| start_one(&folder, *port, primary))
            .collect();
        for port in &ports {
            wait::until("a sentinel knows the others", async || {
                let text = info(*port, "master0").await?;
                (text.contains("slaves=1") && text.contains("sentinels=3")).then_some(())
            })
            .await;
        }
        Self {
            ports,
            _processes: processes,
            _folder: folder,
        }
    }

    /// How the service is told of them.
    pub(super) fn url(&self) -> String {
        let hosts: Vec<String> = self
            .ports
            .iter()
            .map(|port| format!("127.0.0.1:{port}"))
            .collect();
        format!("redis+sentinel://{}/{SERVICE}", hosts.join(","))
    }

    /// Where they are reached.
    pub(super) fn ports(&self) -> Vec<u16> {
        self.ports.clone()
    }
}

/// From now on a primary that is silent is replaced, or not.
pub(super) async fn set_watchful(ports: &[u16], is_watchful: bool) {
    let after = if is_watchful { SOON } else { NEVER };
    for port in ports {
        surely(
            *port,
            &format!("SENTINEL SET {SERVICE} down-after-milliseconds {after}"),
        )
        .await;
    }
}

/// Waits until this replica was promoted and the sentinels name it.
pub(super) async fn until_promoted(ports: &[u16], replica: u16) {
    wait::until("the sentinels promote the replica", async || {
        if info(replica, "role").await? != "master" {
            return None;
        }
        for port in ports {
            let text = info(*port, "master0").await?;
            if !text.contains(&format!(":{replica},")) {
                return None;
            }
        }
        Some(())
    })
    .await;
}

fn start_one(folder: &TempDir, port: u16, primary: u16) -> Process {
    let file = folder.path().join(format!("{port}.conf"));
    let settings = format!(
        "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor {SERVICE} 127.0.0.1 {primary} 2\n\
         sentinel down-after-milliseconds {SERVICE} {NEVER}\nsentinel failover-timeout {SERVICE} 2000\n",
        folder.path().display(),
    );
    std::fs::write(&file, settings).expect("write the settings of a sentinel");
    let mut command = Command::new("redis-sentinel");
    command.arg(&file);
    Process::spawn(&format!("sentinel-{port}"), command, folder.path())
}
