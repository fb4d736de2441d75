//! Making calls, and reading their replies.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::InterfaceClient;
use super::outgoing::Unsent;
use crate::context::Context;
use crate::control;
use crate::envelope::{Envelope, Fault, Frame, MessageId, Outcome};
use crate::error::{CallError, ErrorKind, Result, deadline_exceeded_error};
use crate::payload;
use crate::telemetry::{Ending, Since, spans};
use crate::time::in_future;
use crate::transport::kit::Backoff;

/// The maximum number of times that an idempotent call is sent.
const MAX_SENDS: u32 = 3;
/// The delays before an idempotent call is sent again.
const RESEND_DELAYS: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));

/// A call that is made when it is awaited.
///
/// It is delivered at most once, and it has a result or an error by its deadline. Dropping it while it waits cancels
/// the handler. A call to a method that is marked `#[idempotent]` is repeated when the connection breaks, and
/// delivered to another provider when its provider dies.
///
/// # Errors
/// Awaiting it fails with [`CallError::Rejected`], the provider's typed error, or [`CallError::Failed`]:
/// `DeadlineExceeded`, `Unavailable` if the service has no provider, `ContractMismatch` when the live provider's
/// contract is incompatible with this client's, `Handler` when the provider's handler panicked, `Encode`, `Decode`,
/// `TooLarge`, `Connection`, `Closed`.
#[must_use = "a call is made when it is awaited"]
pub struct Call<T, E> {
    unsent: Unsent,
    timeout: Option<Duration>,
    result: PhantomData<fn() -> (T, E)>,
}

impl<T, E> Call<T, E> {
    pub(super) fn new(unsent: Unsent) -> Self {
        Self { unsent, timeout: None, result: PhantomData }
    }

    /// Sets how long the call waits for its reply, instead of the bus's [call timeout](crate::Bus::with_call_timeout).
    /// Within a handler, it never waits longer than the handler's caller.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Adds a CloudEvents extension attribute, which the handler finds in [`Context::metadata`].
    pub fn metadata(mut self, name: &str, value: &str) -> Self {
        self.unsent.add_metadata(name, value);
        self
    }

    fn deadline(&self, started: Instant, context: Option<&Context>) -> Instant {
        let timeout = self.timeout.unwrap_or_else(|| self.unsent.client.0.bus.call_timeout());
        let own = started.checked_add(timeout).unwrap_or_else(|| in_future(timeout));
        context.and_then(Context::deadline).map_or(own, |inherited| inherited.min(own))
    }
}

impl<T: DeserializeOwned, E: DeserializeOwned> Call<T, E> {
    async fn make(mut self) -> Result<T, CallError<E>> {
        let started = Instant::now();
        let context = Context::current();
        let deadline = self.deadline(started, context.as_ref());
        let span = spans::call(&self.unsent.method().kind);
        let result = self.exchange(context.as_ref(), started, deadline, &span).instrument(span.clone()).await;
        match &result {
            Ok(_) => {}
            Err(CallError::Rejected(_)) => spans::was_rejected(&span),
            Err(CallError::Failed(error)) => spans::failed(&span, error.kind().as_str()),
        }
        let metrics = self.unsent.method().metrics();
        metrics.duration.record(Since(started));
        metrics.endings.count(match &result {
            Ok(_) => Ending::Ok,
            Err(CallError::Rejected(_)) => Ending::Rejected,
            Err(CallError::Failed(_)) => Ending::Failed,
        });
        result
    }

    /// Rare paths are boxed, to keep the future of a call small.
    async fn exchange(
        &mut self,
        context: Option<&Context>,
        mut now: Instant,
        deadline: Instant,
        span: &Span,
    ) -> Result<T, CallError<E>> {
        let name = &self.unsent.method().name;
        if self.unsent.client.0.peer.refuses(name) {
            self.before_deadline(deadline, self.unsent.client.check_before_call(name, deadline)).await?;
            now = Instant::now();
        }
        let envelope = Arc::new(self.unsent.envelope(now, context, span)?);
        let (client, method) = (&self.unsent.client, self.unsent.method());
        let reply = if method.idempotent {
            Box::pin(client.request_again(envelope, deadline)).await
        } else {
            client.request(envelope, now, deadline).await
        };
        let (reply, message) = reply.map_err(|error| match (error.kind(), error.message_id()) {
            (ErrorKind::DeadlineExceeded, Some(id)) => deadline_exceeded_error(&method.kind).of_message(id),
            _ => self.unsent.explain(error),
        })?;
        if let Some(provider) = reply.data_schema.as_ref().filter(|id| !client.0.peer.accepts(id)) {
            self.before_deadline(deadline, client.check_changed(provider, &method.name, deadline)).await?;
        }
        let error = match reply.outcome {
            Outcome::Ok => match payload::decode(&reply.data) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            },
            Outcome::Rejected => match payload::decode(&reply.data) {
                Ok(error) => return Err(CallError::Rejected(error)),
                Err(error) => error,
            },
            Outcome::Fault => Fault::read_error(&reply.data, &method.kind),
        };
        Err(error.of_message(&message.to_string()).into())
    }
}

impl<T, E> Call<T, E> {
    /// Runs a check of the provider, limited by the deadline of the call.
    fn before_deadline<'a>(
        &'a self,
        deadline: Instant,
        check: impl Future<Output = Result<()>> + Send + 'a,
    ) -> BoxFuture<'a, Result<()>> {
        let late = || deadline_exceeded_error(&self.unsent.method().kind);
        Box::pin(
            tokio::time::timeout_at(deadline, check).map(move |ended| ended.unwrap_or_else(|_| Err(late()))),
        )
    }
}

impl InterfaceClient {
    /// Not an `async fn`, whose future would contain the arguments in addition to the driver's future.
    fn request(
        &self,
        mut envelope: Arc<Envelope>,
        now: Instant,
        deadline: Instant,
    ) -> impl Future<Output = Result<(Frame, MessageId)>> + Send {
        Arc::make_mut(&mut envelope).expires_in = Some(deadline.saturating_duration_since(now));
        let guard = CancelOnDrop { client: Some(self), message: envelope.id.clone(), deadline };
        let reply = self.0.bus.transport().call(&self.0.calls, envelope, deadline).only();
        async move {
            let reply = reply.await;
            let message = guard.disarm();
            match reply {
                Ok(frame) => Ok((frame, message)),
                Err(error) => Err(error.of_message(&message.to_string())),
            }
        }
    }

    /// Sends a call that may be handled twice, each time as a new message.
    async fn request_again(
        &self,
        mut envelope: Arc<Envelope>,
        deadline: Instant,
    ) -> Result<(Frame, MessageId)> {
        let mut sends = 1;
        loop {
            match self.request(Arc::clone(&envelope), Instant::now(), deadline).await {
                Err(error) if error.is_retryable() && sends < MAX_SENDS && Instant::now() < deadline => {
                    tracing::debug!(error = %format_args!("{error:#}"), sends, "calling again");
                    tokio::time::sleep(RESEND_DELAYS.delay(sends)).await;
                    sends += 1;
                    Arc::make_mut(&mut envelope).id = MessageId::new();
                }
                other => return other,
            }
        }
    }
}

/// Cancels the call at the provider if the caller drops it before its reply has arrived and before its deadline.
struct CancelOnDrop<'a> {
    client: Option<&'a InterfaceClient>,
    message: MessageId,
    deadline: Instant,
}

impl CancelOnDrop<'_> {
    /// The call has ended. Returns the id of its message.
    fn disarm(mut self) -> MessageId {
        self.client = None;
        std::mem::replace(&mut self.message, MessageId::none())
    }
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        let Some(client) = self.client else { return };
        let (Ok(runtime), true) = (tokio::runtime::Handle::try_current(), Instant::now() < self.deadline)
        else {
            return;
        };
        let (bus, service) = (client.0.bus.clone(), client.0.contract.service.as_str());
        let message = self.message.clone();
        runtime.spawn(async move {
            let cancelling = control::cancel(bus.transport().as_ref(), bus.source(), service, &message);
            if let Err(error) = cancelling.await {
                tracing::debug!("cannot cancel a call: {error:#}");
            }
        });
    }
}

impl<T, E> IntoFuture for Call<T, E>
where
    T: DeserializeOwned + Send + 'static,
    E: DeserializeOwned + Send + 'static,
{
    type Output = Result<T, CallError<E>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make())
    }
}

impl<T, E> fmt::Debug for Call<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.unsent.method().kind).finish()
    }
}
