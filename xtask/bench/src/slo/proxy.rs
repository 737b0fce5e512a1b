//! A proxy that holds up every answer, to see the gate fail.
//!
//! The delay sits here and not in a hook of the service, so that the product has no switch that makes it slow.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::error::BenchError;
use crate::load::Target;

const CHUNK: usize = 64 * 1024;

/// A proxy in front of one server; it ends with this value.
#[derive(Debug)]
pub(super) struct SlowProxy {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl SlowProxy {
    /// Holds each answer of `target` up by `delay`.
    pub(super) async fn start(target: Target, delay: Duration) -> Result<Self, BenchError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(BenchError::io("a socket for the proxy"))?;
        let address = listener
            .local_addr()
            .map_err(BenchError::io("the address of the proxy"))?;
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, target.address, delay));
            }
        });
        Ok(Self { address, accepting })
    }

    pub(super) fn target(&self) -> Target {
        Target {
            address: self.address,
        }
    }
}

impl Drop for SlowProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(client: TcpStream, server: SocketAddr, delay: Duration) -> std::io::Result<()> {
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    tokio::select! {
        outcome = copy(&mut from_client, &mut to_server) => outcome.map(|_| ()),
        outcome = copy_slowly(from_server, to_client, delay) => outcome,
    }
}

/// One request is under way on a connection at a time, so what comes in one piece is one answer, or the rest of a long one.
async fn copy_slowly(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    delay: Duration,
) -> std::io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        tokio::time::sleep(delay).await;
        to.write_all(chunk.get(..length).unwrap_or_default()).await?;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn every_answer_is_held_up_and_arrives_whole() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut word = [0; 4];
            while stream.read_exact(&mut word).await.is_ok() {
                stream.write_all(&word).await.unwrap();
            }
        });
        let delay = Duration::from_millis(40);
        let proxy = SlowProxy::start(Target { address }, delay).await.unwrap();
        let mut stream = TcpStream::connect(proxy.target().address).await.unwrap();
        for word in [*b"ping", *b"pong"] {
            let start = Instant::now();
            stream.write_all(&word).await.unwrap();
            let mut answer = [0; 4];
            stream.read_exact(&mut answer).await.unwrap();
            assert_eq!(answer, word);
            assert!(start.elapsed() >= delay);
        }
    }
}
