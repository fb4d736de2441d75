//! A connection that comes back: connects, watches, and connects again.
//!
//! lapin can recover a connection by itself. We do not use that: it gives up after a number of attempts or when one
//! declaration fails on the way, and it replays a fixed topology, where a broker that lost a queue, or a broadcast
//! consumer whose queue died with the connection, need a fresh one. Here every connection is a new [`Session`], and
//! whoever uses one prepares on it what is needed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use lapin::{Connection, ConnectionProperties, Event};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::endpoint::Endpoint;
use super::failure::{self, closed, fatal};
use super::session::Session;
use crate::error::{Error, ErrorKind, Result};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long the broker may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);
/// lapin tells of nearly every way in which a connection ends.
const STATUS_CHECK: Duration = Duration::from_secs(5);

/// How to reach the broker, and as whom.
#[derive(Clone)]
pub(super) struct Dialer {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) client_name: String,
}

/// One connection to the broker, restored for as long as `closing` is not cancelled.
pub(super) struct Link {
    state: watch::Receiver<State>,
    endpoint: Arc<Endpoint>,
}

#[derive(Clone)]
enum State {
    Up(Arc<Session>),
    /// With the reason, as far as it is known.
    Down(Arc<str>),
    Closed,
}

impl Link {
    /// Connects, for as long as it takes, and keeps the connection until `closing`.
    ///
    /// # Errors
    /// `Connection` when the broker refuses the credentials or the virtual host; `Closed`.
    pub(super) async fn connect(dialer: Dialer, closing: CancellationToken) -> Result<Self> {
        let connecting = dial_until_connected(&dialer, |error| fatal(&dialer.endpoint, error));
        let connection = tokio::select! {
            connection = connecting => connection?,
            () = closing.cancelled() => return Err(closed()),
        };
        let (sender, state) = watch::channel(State::Up(Arc::new(Session::new(connection))));
        let endpoint = Arc::clone(&dialer.endpoint);
        tokio::spawn(keep(dialer, sender, closing));
        Ok(Self { state, endpoint })
    }

    /// The session, if there is one now.
    pub(super) fn current(&self) -> Option<Arc<Session>> {
        match &*self.state.borrow() {
            State::Up(session) if session.is_alive() => Some(Arc::clone(session)),
            _ => None,
        }
    }

    /// The session, waiting for one until `give_up`.
    pub(super) async fn session(&self, give_up: Instant) -> Result<Arc<Session>> {
        match self.current() {
            Some(session) => Ok(session),
            None => timeout_at(give_up, self.next_session()).await.unwrap_or_else(|_| Err(self.away())),
        }
    }

    /// The session, however long it takes.
    pub(super) async fn next_session(&self) -> Result<Arc<Session>> {
        let mut state = self.state.clone();
        let usable =
            |state: &State| matches!(state, State::Closed) || matches!(state, State::Up(s) if s.is_alive());
        match state.wait_for(usable).await.as_deref() {
            Ok(State::Up(session)) => Ok(Arc::clone(session)),
            _ => Err(closed()),
        }
    }

    /// Waits until the connection was told goodbye.
    pub(super) async fn ended(&self) {
        // An error means that the sender is gone, which it is only after that.
        let _ = self.state.clone().wait_for(|state| matches!(state, State::Closed)).await;
    }

    pub(super) fn away(&self) -> Error {
        let reason = match &*self.state.borrow() {
            State::Down(reason) => Arc::clone(reason),
            _ => "the connection broke".into(),
        };
        Error::new(ErrorKind::Connection, format!("the broker at {} is away", self.endpoint))
            .with_source(&*reason)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connected = self.current().is_some();
        f.debug_struct("Link").field("endpoint", &self.endpoint).field("connected", &connected).finish()
    }
}

/// Keeps the connection in `state` alive until `closing`.
async fn keep(dialer: Dialer, state: watch::Sender<State>, closing: CancellationToken) {
    loop {
        let State::Up(session) = state.borrow().clone() else { break };
        tokio::select! {
            reason = lost(&session.connection) => {
                tracing::warn!(broker = %dialer.endpoint, %reason, "the connection to the broker broke; reconnecting");
                state.send_replace(State::Down(reason.into()));
            }
            () = closing.cancelled() => {
                say_goodbye(&session.connection).await;
                break;
            }
        }
        drop(session);
        // What is fatal at first may pass here: a broker that starts lets nobody in for a while.
        let still_down = |error: &lapin::Error| {
            state.send_replace(State::Down(failure::reason(error).into()));
            None
        };
        let connection = tokio::select! {
            connection = dial_until_connected(&dialer, still_down) => connection,
            () = closing.cancelled() => break,
        };
        if let Ok(connection) = connection {
            tracing::info!(broker = %dialer.endpoint, "connected to the broker again");
            state.send_replace(State::Up(Arc::new(Session::new(connection))));
        }
    }
    state.send_replace(State::Closed);
}

/// Waits until the connection has broken, and says why.
async fn lost(connection: &Connection) -> String {
    let mut events = connection.events_listener();
    let mut reason = "the connection ended".to_owned();
    while connection.status().connected() {
        match timeout(STATUS_CHECK, events.next()).await {
            // Errors of single channels come here, too.
            Ok(Some(Event::Error(error))) => reason = failure::reason(&error),
            Ok(Some(Event::ConnectionBlocked(why))) => {
                tracing::warn!(
                    reason = why,
                    "the broker is short of resources and takes no messages for now"
                );
            }
            Ok(Some(Event::ConnectionUnblocked)) => tracing::info!("the broker takes messages again"),
            Ok(Some(_)) | Err(_) => {}
            Ok(None) => break,
        }
    }
    reason
}

async fn say_goodbye(connection: &Connection) {
    // The broker forgets us in any case when the socket closes.
    let _ = timeout(FAREWELL, connection.close(200, "closed by the application".into())).await;
}

/// Tries until there is a connection, or `is_final` says that there will be none.
async fn dial_until_connected(
    dialer: &Dialer,
    is_final: impl Fn(&lapin::Error) -> Option<Error>,
) -> Result<Connection> {
    let mut pause = FIRST_PAUSE;
    let mut told = false;
    loop {
        let error = match dial(dialer).await {
            Ok(connection) => {
                if told {
                    tracing::info!(broker = %dialer.endpoint, "connected to the broker");
                }
                return Ok(connection);
            }
            Err(error) => error,
        };
        if let Some(error) = is_final(&error) {
            return Err(error);
        }
        if !told {
            let broker = &dialer.endpoint;
            let reason = failure::reason(&error);
            tracing::warn!(%broker, reason, "the broker cannot be reached; trying until it can");
            told = true;
        }
        sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn dial(dialer: &Dialer) -> lapin::Result<Connection> {
    let endpoint = &dialer.endpoint;
    let properties = ConnectionProperties::default()
        .with_connection_name(dialer.client_name.as_str().into())
        .with_client_property("product".into(), "LessMQ".into())
        .with_client_property("version".into(), env!("CARGO_PKG_VERSION").into());
    let runtime = lapin::runtime::default_runtime()?;
    let uri = endpoint.uri.clone();
    let connecting = Connection::connect_uri_with_config(uri, properties, endpoint.tls.clone(), runtime);
    timeout(endpoint.connection_timeout, connecting)
        .await
        .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
}

/// Half of `pause` to all of it, so that those who lost the same broker do not come back as one.
fn jittered(pause: Duration) -> Duration {
    let random = uuid::Uuid::now_v7().as_bytes()[15];
    pause.mul_f64(0.5 + f64::from(random) / 510.0)
}
