//! The requests, with the faults of the script.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::time::{Instant, sleep, sleep_until};

use super::Scripted;
use super::script::{Fault, Operation};
use super::state::State;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Status;
use crate::transport::kit::LeaseState;
use crate::transport::leased::{
    BrokerLimits, LeasedBroker, LeasedMessage, LeasedQueue, Receipt, Received, Target,
};

impl Scripted {
    /// Starts a request, and returns its fault. Waits if the request is slow.
    async fn begin(&self, operation: Operation) -> Fault {
        let fault = {
            let mut script = self.shared.script();
            script.count(operation);
            script.next(operation)
        };
        // A request always yields before its response.
        tokio::task::yield_now().await;
        if let Fault::Slow(time) = fault {
            sleep(time).await;
        }
        fault
    }

    /// A request that is carried out completely or not at all.
    async fn simple<T: Default>(
        &self,
        operation: Operation,
        work: impl FnOnce(&mut State) -> Result<T>,
    ) -> Result<T> {
        match self.begin(operation).await {
            Fault::Throttle => Err(throttled_error()),
            Fault::Pretend => Ok(T::default()),
            Fault::LoseAnswer => {
                let done = work(&mut self.shared.state());
                self.shared.changed.notify_waiters();
                done.and_then(|_| Err(no_answer_error()))
            }
            _ => {
                let done = work(&mut self.shared.state());
                self.shared.changed.notify_waiters();
                done
            }
        }
    }

    /// A request with a batch. `pretended` is the result of items that are reported as successful although they were
    /// not carried out.
    async fn batch<T, R>(
        &self,
        operation: Operation,
        items: &[T],
        pretended: impl Fn() -> R,
        work: impl Fn(&mut State, &T) -> Result<R>,
    ) -> Vec<Result<R>> {
        let fault = self.begin(operation).await;
        let results = {
            let mut state = self.shared.state();
            let carry_out = |(index, item)| match &fault {
                Fault::Throttle => Err(throttled_error()),
                Fault::Part(refused) if refused.contains(&index) => Err(throttled_error()),
                Fault::Pretend => Ok(pretended()),
                Fault::LoseAnswer => work(&mut state, item).and_then(|_| Err(no_answer_error())),
                _ => work(&mut state, item),
            };
            items.iter().enumerate().map(carry_out).collect()
        };
        self.shared.changed.notify_waiters();
        results
    }

    /// Leases the visible messages. If there are none, returns when there may be one.
    fn lease(
        &self,
        queue: &LeasedQueue,
        max: usize,
        length: Duration,
    ) -> Result<Result<Vec<Received>, Option<Instant>>> {
        let now = Instant::now();
        let mut state = self.shared.state();
        let queue = state.queue(&queue.name)?;
        let received = queue.lease(max, length, now);
        Ok(if received.is_empty() { Err(queue.next_visible(now)) } else { Ok(received) })
    }
}

#[async_trait]
impl LeasedBroker for Scripted {
    fn limits(&self) -> &BrokerLimits {
        &self.limits
    }

    async fn ensure(&self, target: &Target) -> Result<()> {
        self.simple(Operation::Ensure, |state| state.ensure(target)).await
    }

    async fn send(&self, target: &Target, messages: &[Arc<LeasedMessage>]) -> Vec<Result<()>> {
        let now = Instant::now();
        self.batch(Operation::Send, messages, || (), |state, message| state.send(target, message, now)).await
    }

    async fn receive(&self, queue: &LeasedQueue, max: usize, wait: Duration) -> Result<Vec<Received>> {
        let until = Instant::now() + wait;
        self.shared.script().count(Operation::Receive);
        tokio::task::yield_now().await;
        loop {
            let changed = self.shared.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            let length = self.limits.lease;
            let next = match self.lease(queue, max, length)? {
                Ok(received) => return self.received(queue, received).await,
                Err(_) if Instant::now() >= until => return Ok(Vec::new()),
                Err(next) => next.unwrap_or(until).min(until),
            };
            tokio::select! {
                () = changed => {}
                () = sleep_until(next) => {}
            }
        }
    }

    async fn delete(&self, queue: &LeasedQueue, receipts: &[Receipt]) -> Vec<Result<LeaseState>> {
        let delete = |state: &mut State, receipt: &Receipt| {
            state.queue(&queue.name)?.delete(receipt, Instant::now());
            Ok(LeaseState::Held)
        };
        self.batch(Operation::Delete, receipts, || LeaseState::Held, delete).await
    }

    async fn extend(&self, queue: &LeasedQueue, leases: &[(Receipt, Duration)]) -> Vec<Result<LeaseState>> {
        let extend = |state: &mut State, (receipt, after): &(Receipt, Duration)| {
            let (now, queue) = (Instant::now(), state.queue(&queue.name)?);
            if !queue.is_leased(receipt, now) {
                return Ok(LeaseState::Lost);
            }
            queue.extend(receipt, now + *after, now);
            Ok(LeaseState::Held)
        };
        self.batch(Operation::Extend, leases, || LeaseState::Held, extend).await
    }

    async fn status(&self, queue: &LeasedQueue) -> Result<Status> {
        self.simple(Operation::Status, |state| Ok(state.queue(&queue.name)?.status(Instant::now()))).await
    }

    async fn remove(&self, queue: &LeasedQueue) -> Result<()> {
        self.simple(Operation::Remove, |state| {
            state.remove_queue(&queue.name);
            Ok(())
        })
        .await
    }

    async fn tagged(&self, prefix: &str) -> Result<Vec<LeasedQueue>> {
        self.simple(Operation::Tagged, |state| Ok(state.tagged(prefix))).await
    }

    fn now(&self) -> SystemTime {
        self.shared.state().time(Instant::now())
    }
}

impl Scripted {
    /// Applies a fault to messages that were just leased.
    async fn received(&self, queue: &LeasedQueue, mut received: Vec<Received>) -> Result<Vec<Received>> {
        let fault = self.shared.script().next(Operation::Receive);
        let now = Instant::now();
        let end_at = match fault {
            Fault::Throttle | Fault::Duplicate => Some(now),
            Fault::ShortLease(length) => Some(now + length),
            _ => None,
        };
        if let Some(end_at) = end_at {
            let mut state = self.shared.state();
            let queue = state.queue(&queue.name)?;
            received.iter().for_each(|message| queue.extend(&message.receipt, end_at, now));
        }
        self.shared.changed.notify_waiters();
        match fault {
            Fault::Throttle => return Err(throttled_error()),
            Fault::LoseAnswer => return Err(no_answer_error()),
            Fault::Slow(time) => sleep(time).await,
            Fault::Reorder => received.reverse(),
            _ => {}
        }
        Ok(received)
    }
}

fn throttled_error() -> Error {
    Error::new(ErrorKind::Connection, "too many requests")
}

fn no_answer_error() -> Error {
    Error::new(ErrorKind::Connection, "the connection broke before the answer arrived")
}
