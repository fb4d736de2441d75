//! Making calls, and reading their replies.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{self, Poll, ready};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Instrument;

use super::InterfaceClient;
use super::outgoing::Unsent;
use crate::context::Context;
use crate::control;
use crate::envelope::{Envelope, Fault, Frame, MessageId, Outcome};
use crate::error::{CallError, ErrorKind, Result, deadline_exceeded_error};
use crate::payload;
use crate::telemetry::{Ending, Since, spans};
use crate::time::in_future;
use crate::transport::OnlyReply;
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
/// `DeadlineExceeded`, also if the service is not running; `Unavailable` if the service never ran on this broker;
/// `ContractMismatch` when the live provider's contract is incompatible with this client's; `Handler` when the
/// provider's handler panicked; `Encode`, `Decode`, `TooLarge`, `Connection`, `Closed`.
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
    #[expect(clippy::manual_async_fn, reason = "the future of an `async fn` would contain the call twice")]
    fn make(mut self) -> impl Future<Output = Result<T, CallError<E>>> {
        async move {
            let started = Instant::now();
            let context = Context::current();
            let deadline = self.deadline(started, context.as_ref());
            let span = spans::call(&self.unsent.method().kind);
            let envelope = self.unsent.envelope(started, Some(deadline), context.as_ref(), &span);
            let mut exchange = pin!(self.unsent.exchange(envelope, deadline).instrument(span));
            let result = match exchange.as_mut().await {
                Ok((frame, call)) => read_reply(&frame, &call.id, &self.unsent.method().kind),
                Err(error) => Err(CallError::Failed(error)),
            };
            let ending = match &result {
                Ok(_) => Ending::Ok,
                Err(CallError::Rejected(_)) => {
                    spans::was_rejected(exchange.span());
                    Ending::Rejected
                }
                Err(CallError::Failed(error)) => {
                    spans::failed(exchange.span(), error.kind().as_str());
                    Ending::Failed
                }
            };
            let metrics = self.unsent.method().metrics();
            metrics.duration.record(Since(started));
            metrics.endings.count(ending);
            result
        }
    }
}

/// The result in a reply to the call `message` of the method `kind`.
fn read_reply<T: DeserializeOwned, E: DeserializeOwned>(
    reply: &Frame,
    message: &MessageId,
    kind: &str,
) -> Result<T, CallError<E>> {
    let error = match reply.outcome {
        Outcome::Ok => match payload::decode(&reply.data) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        },
        Outcome::Rejected => match payload::decode(&reply.data) {
            Ok(error) => return Err(CallError::Rejected(error)),
            Err(error) => error,
        },
        Outcome::Fault => Fault::read_error(&reply.data, kind),
    };
    Err(error.of_message(&message.to_string()).into())
}

impl Unsent {
    /// Sends a call, and returns its reply from a compatible provider with the call. Rare paths are boxed, to keep the
    /// future of a call small.
    async fn exchange(
        &self,
        envelope: Result<Arc<Envelope>>,
        deadline: Instant,
    ) -> Result<(Frame, Arc<Envelope>)> {
        let mut envelope = envelope?;
        let (client, method) = (&self.client, self.method());
        if client.0.peer.refuses(&method.name) {
            self.before_deadline(deadline, client.check_before_call(&method.name, deadline)).await?;
            set_time_left(&mut envelope, deadline);
        }
        let reply = if method.idempotent {
            Box::pin(client.request_again(envelope, deadline)).await
        } else {
            client.request(envelope, deadline).await
        };
        let (reply, call) = reply.map_err(|error| match (error.kind(), error.message_id()) {
            (ErrorKind::DeadlineExceeded, Some(id)) => deadline_exceeded_error(&method.kind).of_message(id),
            _ => self.explain(error),
        })?;
        if let Some(provider) = reply.data_schema.as_ref().filter(|id| !client.accepts(id)) {
            self.before_deadline(deadline, client.check_changed(provider, &method.name, deadline)).await?;
        }
        Ok((reply, call))
    }

    /// Runs a check of the provider, limited by the deadline of the call.
    fn before_deadline<'a>(
        &'a self,
        deadline: Instant,
        check: impl Future<Output = Result<()>> + Send + 'a,
    ) -> BoxFuture<'a, Result<()>> {
        let late = || deadline_exceeded_error(&self.method().kind);
        Box::pin(
            tokio::time::timeout_at(deadline, check).map(move |ended| ended.unwrap_or_else(|_| Err(late()))),
        )
    }
}

/// Sets the time left of a call that is sent later than it was made.
fn set_time_left(envelope: &mut Arc<Envelope>, deadline: Instant) {
    Arc::make_mut(envelope).expires_in = Some(deadline.saturating_duration_since(Instant::now()));
}

impl InterfaceClient {
    fn request(&self, envelope: Arc<Envelope>, deadline: Instant) -> SentCall<'_> {
        let waiting = Some((self, Arc::clone(&envelope)));
        let reply = self.0.bus.transport().call(&self.0.calls, envelope, deadline).only();
        SentCall { waiting, deadline, reply }
    }

    /// Sends a call that may be handled twice, each time as a new message.
    async fn request_again(
        &self,
        mut envelope: Arc<Envelope>,
        deadline: Instant,
    ) -> Result<(Frame, Arc<Envelope>)> {
        let mut sends = 1;
        loop {
            match self.request(Arc::clone(&envelope), deadline).await {
                Err(error) if error.is_retryable() && sends < MAX_SENDS && Instant::now() < deadline => {
                    tracing::debug!(error = %format_args!("{error:#}"), sends, "calling again");
                    tokio::time::sleep(RESEND_DELAYS.delay(sends)).await;
                    sends += 1;
                    Arc::make_mut(&mut envelope).id = MessageId::new();
                    set_time_left(&mut envelope, deadline);
                }
                other => return other,
            }
        }
    }
}

/// Waits for the reply to a call. Cancels the call at the provider if it is dropped before the reply has arrived and
/// before the deadline.
struct SentCall<'a> {
    /// The client and the message, until the call has ended. In process, the caller thus frees the message that it
    /// allocated, which is cheaper than freeing it on the thread of the provider.
    waiting: Option<(&'a InterfaceClient, Arc<Envelope>)>,
    deadline: Instant,
    reply: OnlyReply<'a>,
}

impl Future for SentCall<'_> {
    type Output = Result<(Frame, Arc<Envelope>)>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Self::Output> {
        let reply = ready!(Pin::new(&mut self.reply).poll(context));
        let (_, call) = self.waiting.take().expect("a call ends once");
        Poll::Ready(match reply {
            Ok(frame) => Ok((frame, call)),
            Err(error) => Err(error.of_message(&call.id.to_string())),
        })
    }
}

impl Drop for SentCall<'_> {
    fn drop(&mut self) {
        let Some((client, call)) = self.waiting.take() else { return };
        let (Ok(runtime), true) = (tokio::runtime::Handle::try_current(), Instant::now() < self.deadline)
        else {
            return;
        };
        let (bus, service) = (client.0.bus.clone(), client.0.contract.service.as_str());
        runtime.spawn(async move {
            let cancelling = control::cancel(bus.transport().as_ref(), bus.source(), service, &call.id);
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
