//! One attempt to open a connection.
//!
//! lapin runs each connection in a thread, which does not end before the socket is closed. So an attempt that is given up
//! shuts its socket down.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lapin::tcp::AsyncTcpStream;
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Connection, ConnectionProperties};
use tokio_util::sync::CancellationToken;

use super::endpoint::Endpoint;

/// An attempt to open a connection. Dropping it ends the attempt.
#[derive(Default)]
pub(super) struct Attempt(Arc<Progress>);

#[derive(Default)]
struct Progress {
    given_up: CancellationToken,
    /// The socket, from when it is open until the connection is.
    socket: Mutex<Option<TcpStream>>,
}

impl Attempt {
    pub(super) async fn connect(
        &self,
        endpoint: &Endpoint,
        properties: ConnectionProperties,
    ) -> lapin::Result<Connection> {
        let (progress, tls) = (Arc::clone(&self.0), endpoint.tls.clone());
        let runtime = lapin::runtime::default_runtime()?;
        let connecting = Connection::connector(
            endpoint.uri.clone(),
            runtime,
            async move |uri: AMQPUri, runtime| {
                let opening = async {
                    // On the thread that lapin starts for the connection. lapin would look the host up in the blocking
                    // pool of the runtime, and panic if the runtime ended first.
                    let host = uri.authority.host.as_str();
                    let addresses: Vec<SocketAddr> = (host, uri.authority.port).to_socket_addrs()?.collect();
                    let stream = AsyncTcpStream::connect(&runtime, addresses).await?;
                    #[allow(irrefutable_let_patterns, reason = "the other variants exist with TLS only")]
                    if let AsyncTcpStream::Plain(stream) = &stream {
                        progress.opened(duplicate(stream.get_ref())?)?;
                    }
                    match uri.scheme {
                        AMQPScheme::AMQP => Ok(stream),
                        AMQPScheme::AMQPS => stream.into_tls(host, tls.as_ref()).await,
                    }
                };
                let opened = progress.given_up.run_until_cancelled(opening).await;
                Ok(opened.unwrap_or_else(|| Err(io::ErrorKind::ConnectionAborted.into()))?)
            },
            properties,
        );
        let connection = connecting.await?;
        self.0.socket().take();
        Ok(connection)
    }

    /// What the attempt waits for.
    pub(super) fn waits_for(&self) -> &'static str {
        match *self.0.socket() {
            Some(_) => "the server accepts connections, but does not complete an AMQP handshake",
            None => "the server does not accept a connection",
        }
    }

    /// The error of an attempt that took too long.
    pub(super) fn timeout_error(&self, limit: Duration) -> lapin::Error {
        let text = format!("{}: no answer within {limit:?}", self.waits_for());
        io::Error::new(io::ErrorKind::TimedOut, text).into()
    }
}

impl Progress {
    fn socket(&self) -> MutexGuard<'_, Option<TcpStream>> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the socket. Fails if the attempt was given up.
    fn opened(&self, socket: TcpStream) -> io::Result<()> {
        let mut kept = self.socket();
        if self.given_up.is_cancelled() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        *kept = Some(socket);
        Ok(())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.0.given_up.cancel();
        if let Some(socket) = self.0.socket().take() {
            // It fails if the server has closed the connection.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

/// Another handle of the same socket.
#[cfg(unix)]
fn duplicate(stream: &tokio::net::TcpStream) -> io::Result<TcpStream> {
    use std::os::fd::AsFd;
    Ok(stream.as_fd().try_clone_to_owned()?.into())
}

/// Another handle of the same socket.
#[cfg(windows)]
fn duplicate(stream: &tokio::net::TcpStream) -> io::Result<TcpStream> {
    use std::os::windows::io::AsSocket;
    Ok(stream.as_socket().try_clone_to_owned()?.into())
}
