//! Free TCP ports that stay free until their server has started, and while it restarts.
//!
//! Binding port 0 and letting go of it would hand out ephemeral ports, which any outgoing connection of this machine
//! may take before the server gets there. These lie below the ephemeral range (32768 and up on Linux).

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u32 = 15_000;
const COUNT: u32 = 17_000;

/// A port on 127.0.0.1 that nobody listens on, and that this process gives out once.
pub fn free_port() -> u16 {
    // Test processes that run side by side begin at different places.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(61);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + start.wrapping_add(step) % COUNT).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}
