//! A listener with a hard pool: a connection beyond it is answered 503 and closed, whatever it asks for.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::book::Book;

const REFUSAL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// How long one that is refused may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

const AFTER_FAILURE: Duration = Duration::from_millis(10);

/// The listener.
pub struct Pool {
    listener: TcpListener,
    connections: usize,
    book: Arc<Book>,
}

impl Pool {
    /// Accepts from `listener` what fits among so many connections.
    pub fn new(listener: TcpListener, connections: usize, book: Arc<Book>) -> Self {
        Self {
            listener,
            connections,
            book,
        }
    }
}

impl Listener for Pool {
    type Io = Pooled;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Pooled, SocketAddr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else {
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            };
            if self.book.open(self.connections) {
                let book = Arc::clone(&self.book);
                return (Pooled { stream, book }, address);
            }
            tokio::spawn(refuse(stream));
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Reads what is asked, or closing would reset the connection and take the answer with it.
async fn refuse(mut stream: TcpStream) {
    let mut asked = [0; 4_096];
    let refused = async {
        if stream.read(&mut asked).await? > 0 {
            stream.write_all(REFUSAL).await?;
        }
        stream.shutdown().await
    };
    // Whether it heard the refusal or not, it was refused.
    let _: Result<io::Result<()>, _> = tokio::time::timeout(PATIENCE, refused).await;
}

/// A connection of the pool; its place is free again when it is dropped.
pub struct Pooled {
    stream: TcpStream,
    book: Arc<Book>,
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.book.close();
    }
}

impl AsyncRead for Pooled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Pooled {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
