//! A connection that is restored: connects, watches, and connects again.
//!
//! lapin can restore a connection by itself. We do not use that: lapin stops after a number of attempts or when a
//! declaration fails, and it restores a fixed topology. That is wrong if the broker has lost a queue, and for broadcast
//! consumers, whose queue was deleted with the connection. Here every connection is a new [`Session`], and each user of
//! a session declares what it needs.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use lapin::Event;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::capabilities::CAPABILITIES;
use super::dial::Dialer;
use super::endpoint::Endpoint;
use super::failure::{self, fatal_error};
use super::session::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::kit::ConnectionMonitor;
use crate::transport::{ConnectionStatus, closed_error};

/// How often the state of a connection is checked: lapin does not report the end of a connection in all cases.
const STATUS_CHECK: Duration = Duration::from_secs(5);

/// One connection to the broker, restored until `closing` is cancelled.
pub(super) struct Link {
    state: watch::Receiver<State>,
    endpoint: Arc<Endpoint>,
    monitor: Arc<ConnectionMonitor>,
}

#[derive(Clone)]
enum State {
    Up(Arc<Session>),
    /// There is no connection, for this reason.
    Down(Arc<str>),
    Closed,
}

impl State {
    fn usable_session(&self) -> Option<&Arc<Session>> {
        match self {
            Self::Up(session) if session.is_usable() => Some(session),
            _ => None,
        }
    }
}

impl Link {
    /// Connects, for as long as it takes, and keeps the connection until `closing`. `name` distinguishes it from others.
    ///
    /// # Errors
    /// `Connection` when the broker rejects the credentials or the virtual host; `Closed`.
    pub(super) async fn connect(
        dialer: Dialer,
        closing: CancellationToken,
        name: &'static str,
    ) -> Result<Self> {
        let connection = tokio::select! {
            connection = dialer.connect(|error| fatal_error(&dialer.endpoint, error)) => connection?,
            () = closing.cancelled() => return Err(closed_error()),
        };
        let endpoint = Arc::clone(&dialer.endpoint);
        let session = Arc::new(Session::new(connection));
        let (sender, state) = watch::channel(State::Up(Arc::clone(&session)));
        let monitor = Arc::new(ConnectionMonitor::new(CAPABILITIES.driver, name));
        let keeper = Keeper { dialer, state: sender, monitor: Arc::clone(&monitor), closing };
        tokio::spawn(keeper.keep(session));
        Ok(Self { state, endpoint, monitor })
    }

    pub(super) fn status(&self) -> ConnectionStatus {
        self.monitor.status()
    }

    /// The session, if there is one now.
    pub(super) fn current(&self) -> Option<Arc<Session>> {
        self.state.borrow().usable_session().cloned()
    }

    /// The session, waiting for one until `deadline`.
    pub(super) async fn session(&self, deadline: Instant) -> Result<Arc<Session>> {
        match self.current() {
            Some(session) => Ok(session),
            None => timeout_at(deadline, self.next_session())
                .await
                .unwrap_or_else(|_| Err(self.unreachable_error())),
        }
    }

    /// The session, waiting for one as long as it takes.
    pub(super) async fn next_session(&self) -> Result<Arc<Session>> {
        let mut state = self.state.clone();
        let ready = |state: &State| matches!(state, State::Closed) || state.usable_session().is_some();
        match state.wait_for(ready).await.as_deref() {
            Ok(State::Up(session)) => Ok(Arc::clone(session)),
            _ => Err(closed_error()),
        }
    }

    /// Waits until the connection was closed by [`keep`].
    pub(super) async fn closed(&self) {
        // An error means that the sender was dropped, which happens only after that.
        let _ = self.state.clone().wait_for(|state| matches!(state, State::Closed)).await;
    }

    pub(super) fn unreachable_error(&self) -> Error {
        let reason = match &*self.state.borrow() {
            State::Down(reason) => Arc::clone(reason),
            _ => "the connection broke".into(),
        };
        Error::new(ErrorKind::Connection, format!("broker `{}` is unreachable", self.endpoint))
            .with_source(&*reason)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connected = self.current().is_some();
        f.debug_struct("Link").field("endpoint", &self.endpoint).field("connected", &connected).finish()
    }
}

/// Restores a connection.
struct Keeper {
    dialer: Dialer,
    state: watch::Sender<State>,
    monitor: Arc<ConnectionMonitor>,
    closing: CancellationToken,
}

impl Keeper {
    /// Restores the connection until `closing`, and closes it then.
    async fn keep(self, mut session: Arc<Session>) {
        // Replaced sessions that may still be in use, because consumers keep their session.
        let mut retired: Vec<Weak<Session>> = Vec::new();
        loop {
            tokio::select! {
                end = watch_session(&session) => match end {
                    End::Broken(reason) => {
                        let broker = &self.dialer.endpoint;
                        tracing::warn!(%broker, %reason, "the connection to the broker broke; reconnecting");
                        self.set_down(&reason);
                    }
                    End::WornOut => {
                        let broker = &self.dialer.endpoint;
                        tracing::debug!(%broker, "replacing a connection with too few channels left");
                        session.retire().await;
                    }
                },
                () = self.closing.cancelled() => break,
            }
            retired.retain(|session| session.strong_count() > 0);
            retired.push(Arc::downgrade(&session));
            // Errors that are fatal for the first connection are not fatal here: a starting broker rejects all users for a
            // while.
            let still_down = |error: &lapin::Error| {
                self.set_down(&failure::reason(error));
                None
            };
            let connection = tokio::select! {
                connection = self.dialer.connect(still_down) => connection,
                () = self.closing.cancelled() => break,
            };
            let Ok(connection) = connection else { continue };
            session = Arc::new(Session::new(connection));
            self.monitor.set_connected();
            if let State::Down(_) = self.state.send_replace(State::Up(Arc::clone(&session))) {
                tracing::info!(broker = %self.dialer.endpoint, "connected to the broker again");
            }
        }
        let retired = retired.iter().filter_map(Weak::upgrade);
        let open = retired.chain([session]).filter(|session| session.is_alive());
        join_all(open.map(|session| async move { session.close().await })).await;
        self.monitor.set_disconnected("closed");
        self.state.send_replace(State::Closed);
    }

    fn set_down(&self, reason: &str) {
        self.monitor.set_disconnected(reason);
        self.state.send_replace(State::Down(reason.into()));
    }
}

/// Why a session is no longer used.
enum End {
    Broken(String),
    WornOut,
}

/// Waits until the session has to be replaced.
async fn watch_session(session: &Session) -> End {
    let mut events = session.connection().events_listener();
    let mut reason = "the connection ended".to_owned();
    while session.is_alive() {
        match timeout(STATUS_CHECK, events.next()).await {
            Ok(Some(Event::Error(error))) if failure::closes_channel(&error) => {
                session.count_lost_channel();
                if session.is_worn_out() {
                    return End::WornOut;
                }
            }
            Ok(Some(Event::Error(error))) => reason = failure::reason(&error),
            Ok(Some(Event::ConnectionBlocked(why))) => {
                tracing::warn!(
                    reason = why,
                    "the broker is low on resources and does not accept messages at the moment"
                );
            }
            Ok(Some(Event::ConnectionUnblocked)) => tracing::info!("the broker accepts messages again"),
            Ok(Some(_)) | Err(_) => {}
            Ok(None) => break,
        }
    }
    End::Broken(reason)
}
