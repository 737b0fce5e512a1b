//! What stands between two processes: a TCP proxy that can be a bad network.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const CHUNK: usize = 16 * 1024;

/// How a network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Everything passes.
    Sound,
    /// Everything passes, each piece so much later.
    Slow(Duration),
    /// Connections are reset, and new ones too.
    Down,
    /// Connections stay open and nothing comes through, neither way and not even their end. Those that were open, or were
    /// opened meanwhile, never come back to life; the server is rid of them when the network changes.
    HalfOpen,
    /// Each connection is reset within its answers: after a number of bytes of them below this one, drawn anew for each.
    CutInReplies(u64),
}

/// A proxy before one server at a time; it ends with this value, and so do its connections.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    target: AtomicU16,
    network: watch::Sender<Network>,
    connections: AtomicU64,
}

impl Proxy {
    /// One before the server at this port of 127.0.0.1, which need not be there yet.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, crate::free_port()))
            .await
            .expect("a socket for the proxy");
        let port = listener.local_addr().expect("its address").port();
        let shared = Arc::new(Shared {
            target: AtomicU16::new(target),
            network: watch::Sender::new(Network::Sound),
            connections: AtomicU64::new(0),
        });
        let connections = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            // They end with this task, which ends with the proxy.
            let mut serving = tokio::task::JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        if let Ok((client, _)) = accepted {
                            serving.spawn(serve(client, Arc::clone(&connections)));
                        }
                    }
                    Some(_) = serving.join_next() => {}
                }
            }
        });
        Self {
            port,
            shared,
            accepting,
        }
    }

    /// Its port, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on the network is so, for connections that are open too.
    pub fn set(&self, network: Network) {
        self.shared.network.send_replace(network);
    }

    /// New connections go to this port of 127.0.0.1, as when a name or an address moves to another machine.
    pub fn aim(&self, target: u16) {
        self.shared.target.store(target, Ordering::Release);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut client: TcpStream, shared: Arc<Shared>) {
    let number = shared.connections.fetch_add(1, Ordering::Relaxed);
    let mut network = shared.network.subscribe();
    let now = *network.borrow_and_update();
    if now == Network::Down {
        return reset(&client);
    }
    if now == Network::HalfOpen {
        return swallow(&mut client).await;
    }
    let target = shared.target.load(Ordering::Acquire);
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else {
        return reset(&client);
    };
    // Neither has anything to say to a test where it fails: the two processes see the end of their connection.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    match carry(&mut client, &mut server, &mut network, number).await {
        End::Closed => {}
        End::Reset => {
            reset(&client);
            reset(&server);
        }
        End::Dead => {
            // The server believes in this connection, and keeps what it holds for it, until it learns better.
            let end = async {
                let _ = network.changed().await;
                drop(server);
            };
            tokio::join!(end, swallow(&mut client));
        }
    }
}

/// How a connection is left.
enum End {
    Closed,
    Reset,
    Dead,
}

async fn carry(
    client: &mut TcpStream,
    server: &mut TcpStream,
    network: &mut watch::Receiver<Network>,
    number: u64,
) -> End {
    let (mut requests, mut replies) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut passed_on = 0;
    let mut now = *network.borrow();
    loop {
        let (written, is_reply) = tokio::select! {
            changed = network.changed() => {
                if changed.is_err() {
                    return End::Closed;
                }
                now = *network.borrow_and_update();
                passed_on = 0;
                match now {
                    Network::Down => return End::Reset,
                    Network::HalfOpen => return End::Dead,
                    Network::Sound | Network::Slow(_) | Network::CutInReplies(_) => continue,
                }
            }
            read = client.read(&mut requests) => (read, false),
            read = server.read(&mut replies) => (read, true),
        };
        let Ok(length @ 1..) = written else {
            return End::Closed;
        };
        if let Network::Slow(delay) = now {
            tokio::time::sleep(delay).await;
        }
        if !is_reply {
            if server.write_all(&requests[..length]).await.is_err() {
                return End::Closed;
            }
            continue;
        }
        let end = match now {
            Network::CutInReplies(below) => cut_after(number, below),
            _ => u64::MAX,
        };
        let left = usize::try_from(end.saturating_sub(passed_on)).unwrap_or(usize::MAX);
        if client.write_all(&replies[..length.min(left)]).await.is_err() {
            return End::Closed;
        }
        if length > left {
            // What was passed on shall arrive: a reset would take it back out of the client's buffers.
            let _ = client.shutdown().await;
            return End::Closed;
        }
        passed_on += length as u64;
    }
}

/// The same for the same connection of a proxy, and spread over all that is below.
fn cut_after(number: u64, below: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % below.max(1)
}

/// Takes what comes and answers nothing, until the other side gives up.
async fn swallow(client: &mut TcpStream) {
    let mut chunk = vec![0; CHUNK];
    while matches!(client.read(&mut chunk).await, Ok(1..)) {}
}

/// Lets a connection end with RST once it is dropped.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait;

    /// A server that answers each byte with a thousand.
    async fn server() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut byte = [0];
                    while stream.read_exact(&mut byte).await.is_ok() {
                        if stream.write_all(&[byte[0]; 1000]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        port
    }

    async fn connect(proxy: &Proxy) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port()))
            .await
            .unwrap()
    }

    /// How much of the answer comes before the connection ends.
    async fn ask(stream: &mut TcpStream) -> usize {
        let mut answer = vec![0; 1000];
        let mut length = 0;
        if stream.write_all(&[7]).await.is_err() {
            return 0;
        }
        while length < 1000 {
            match stream.read(&mut answer[length..]).await {
                Ok(more @ 1..) => length += more,
                _ => return length,
            }
        }
        length
    }

    #[tokio::test]
    async fn everything_passes_a_sound_network_and_later_a_slow_one() {
        let proxy = Proxy::start(server().await).await;
        let mut stream = connect(&proxy).await;
        assert_eq!(ask(&mut stream).await, 1000);
        proxy.set(Network::Slow(Duration::from_millis(1)));
        assert_eq!(ask(&mut stream).await, 1000);
    }

    #[tokio::test]
    async fn nothing_passes_a_network_that_is_down_and_all_does_again() {
        let proxy = Proxy::start(server().await).await;
        let mut stream = connect(&proxy).await;
        assert_eq!(ask(&mut stream).await, 1000);
        proxy.set(Network::Down);
        assert_eq!(ask(&mut stream).await, 0);
        assert_eq!(ask(&mut connect(&proxy).await).await, 0);
        proxy.set(Network::Sound);
        assert_eq!(ask(&mut connect(&proxy).await).await, 1000);
    }

    #[tokio::test]
    async fn replies_are_cut_in_their_middle() {
        let proxy = Proxy::start(server().await).await;
        proxy.set(Network::CutInReplies(900));
        let mut lengths = Vec::new();
        for _ in 0..8 {
            lengths.push(ask(&mut connect(&proxy).await).await);
        }
        assert!(lengths.iter().all(|length| *length < 900), "{lengths:?}");
        assert!(
            lengths.iter().filter(|length| **length > 0).count() >= 6,
            "{lengths:?}"
        );
        lengths.dedup();
        assert!(lengths.len() >= 6, "{lengths:?}");
    }

    #[tokio::test]
    async fn a_half_open_connection_neither_answers_nor_ends() {
        let proxy = Proxy::start(server().await).await;
        let mut stream = connect(&proxy).await;
        assert_eq!(ask(&mut stream).await, 1000);
        proxy.set(Network::HalfOpen);
        // Another one is taken and says nothing either.
        let mut late = connect(&proxy).await;
        for stream in [&mut stream, &mut late] {
            let silent = tokio::time::timeout(Duration::from_millis(50), ask(stream)).await;
            assert!(silent.is_err(), "{silent:?}");
        }
        proxy.set(Network::Sound);
        let silent = tokio::time::timeout(Duration::from_millis(50), ask(&mut stream)).await;
        assert!(silent.is_err(), "what was half open stays so: {silent:?}");
        assert_eq!(ask(&mut connect(&proxy).await).await, 1000);
    }

    #[tokio::test]
    async fn a_proxy_can_be_aimed_at_another_server() {
        let proxy = Proxy::start(crate::free_port()).await;
        assert_eq!(ask(&mut connect(&proxy).await).await, 0);
        proxy.aim(server().await);
        wait::until("the other server answers", async || {
            (ask(&mut connect(&proxy).await).await == 1000).then_some(())
        })
        .await;
    }
}
