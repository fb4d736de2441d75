//! Control messages between processes: they list the processes on the bus and cancel calls.
//!
//! Each process has one control subscription, which is opened once. It uses broadcast topics of the reserved service
//! `lessmq`: [`INSTANCES`] for requests to every process, [`ANSWERS`] for the answers, and one topic for each service
//! to cancel its calls.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::discovery::{Instance, OlderVersionUse, RESERVED_SERVICE};
use crate::envelope::{Envelope, MessageId, Text};
use crate::error::Result;
use crate::name::{MethodName, Name};
use crate::payload;
use crate::refusals::Refusals;
use crate::time::in_future;
use crate::transport::{
    ConsumeOptions, Consumer, Delivery, Group, Outgoing, Settlement, Subscription, Topic, Transport,
};

const INSTANCES: &str = "instances";
const ANSWERS: &str = "answers";
const PREFETCH: u16 = 64;

/// A process that answers requests of other processes on the bus.
pub(crate) struct Member {
    pub(crate) instance: Instance,
    pub(crate) refusals: Refusals,
    /// Who uses older versions of its methods.
    pub(crate) older_uses: Box<dyn Fn() -> Vec<OlderVersionUse> + Send + Sync>,
    /// Cancels the handler of a message.
    pub(crate) cancel: Box<dyn Fn(MessageId) + Send + Sync>,
}

/// The control subscription of one process.
pub(crate) struct Control {
    transport: Arc<dyn Transport>,
    source: Text,
    /// The requests that wait for answers, by id.
    questions: Mutex<HashMap<String, mpsc::UnboundedSender<Instance>>>,
    /// Set if the process serves something.
    member: OnceLock<Member>,
    /// Whether [`Control::run`] has ended: answers no longer arrive.
    ended: AtomicBool,
}

/// Records that the subscription is no longer served when this is dropped.
struct Serving(Arc<Control>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "control", rename_all = "kebab-case")]
enum Message {
    /// Asks every process on the bus to answer.
    Instances { answer_to: String },
    /// The answer of a process.
    Answer { to: String, instance: Box<Instance> },
    /// The caller no longer waits: drop the handler of this message.
    Cancel { message: String },
}

impl Control {
    /// Subscribes. With `services`, also to the cancellation of their calls.
    ///
    /// # Errors
    /// As [`Transport::consume`].
    pub(crate) async fn open(
        transport: &Arc<dyn Transport>,
        source: &Text,
        services: &[Name],
    ) -> Result<(Arc<Self>, Consumer)> {
        let mut topics = vec![topic(INSTANCES)?, topic(ANSWERS)?];
        for service in services {
            topics.push(topic(&cancel_topic(service.as_str()))?);
        }
        let subscription = Subscription::new(reserved_service()?, topics, Group::Broadcast);
        let consumer = transport.consume(&subscription.into(), ConsumeOptions::new(PREFETCH)).await?;
        let control = Self {
            transport: Arc::clone(transport),
            source: source.clone(),
            questions: Mutex::default(),
            member: OnceLock::new(),
            ended: AtomicBool::new(false),
        };
        Ok((Arc::new(control), consumer))
    }

    /// From now on, answers requests as `member`.
    pub(crate) fn join(&self, member: Member) {
        // A process joins once: `App::start` opens the subscription itself.
        let _ = self.member.set(member);
    }

    /// Handles control messages until the bus is closed.
    ///
    /// # Errors
    /// If the subscription ended with an error.
    pub(crate) fn run(self: Arc<Self>, consumer: Consumer) -> impl Future<Output = Result<()>> + Send {
        // Created here, so that it is dropped even if the future is never polled.
        let serving = Serving(self);
        async move { serving.0.serve(consumer).await }
    }

    async fn serve(self: &Arc<Self>, mut consumer: Consumer) -> Result<()> {
        // No message waits for the answer to another one. The prefetch limits how many answers are in flight.
        let mut in_flight = JoinSet::new();
        while let Some(delivery) = consumer.next().await {
            let delivery = delivery?;
            let answer = match payload::decode::<Message>(&delivery.envelope.data) {
                Ok(message) => self.handle(message),
                Err(error) => {
                    tracing::debug!("cannot read a control message: {error:#}");
                    None
                }
            };
            in_flight.spawn(Arc::clone(self).finish(delivery, answer));
            while in_flight.try_join_next().is_some() {}
        }
        Ok(())
    }

    async fn finish(self: Arc<Self>, delivery: Delivery, answer: Option<Message>) {
        if let Some(answer) = answer
            && let Err(error) = publish(&*self.transport, &self.source, ANSWERS, &answer).await
        {
            tracing::warn!("cannot answer a request for the processes on the bus: {error:#}");
        }
        if let Err(error) = delivery.settle(Settlement::Acknowledge).await {
            tracing::debug!("cannot acknowledge a control message: {error:#}");
        }
    }

    /// Whether the subscription is no longer served.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Handles a message, and returns the answer to it.
    fn handle(&self, message: Message) -> Option<Message> {
        match message {
            Message::Answer { to, instance } => {
                if let Some(question) = self.questions().get(&to) {
                    // The process that asked may have stopped waiting just now.
                    let _ = question.send(*instance);
                }
            }
            Message::Cancel { message } => {
                if let Some(member) = self.member.get() {
                    (member.cancel)(message.as_str().into());
                }
            }
            Message::Instances { answer_to } => {
                let member = self.member.get()?;
                let instance = Instance {
                    refuses: member.refusals.list(),
                    older_uses: (member.older_uses)(),
                    ..member.instance.clone()
                };
                let instance = Box::new(instance);
                return Some(Message::Answer { to: answer_to, instance });
            }
        }
        None
    }

    /// Lists every process on the bus that answers within `timeout`, sorted by name and id.
    ///
    /// # Errors
    /// As [`Transport::publish`].
    pub(crate) async fn instances(&self, timeout: Duration) -> Result<Vec<Instance>> {
        let until = in_future(timeout);
        let id = MessageId::new().to_string();
        let (sender, mut answers) = mpsc::unbounded_channel();
        self.questions().insert(id.clone(), sender);
        let question = Question { control: self, id: &id };
        let message = Message::Instances { answer_to: id.clone() };
        publish(&*self.transport, &self.source, INSTANCES, &message).await?;
        let mut instances: Vec<Instance> = Vec::new();
        while let Ok(Some(instance)) = timeout_at(until, answers.recv()).await {
            if !instances.iter().any(|known| known.id == instance.id) {
                instances.push(instance);
            }
        }
        drop(question);
        instances.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(instances)
    }

    fn questions(&self) -> MutexGuard<'_, HashMap<String, mpsc::UnboundedSender<Instance>>> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that receives answers until this is dropped.
struct Question<'a> {
    control: &'a Control,
    id: &'a str,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.control.questions().remove(self.id);
    }
}

/// Cancels a call at the providers of `service`, because its caller no longer waits.
///
/// # Errors
/// As [`Transport::publish`].
pub(crate) async fn cancel(
    transport: &dyn Transport,
    source: &Text,
    service: &str,
    message: &MessageId,
) -> Result<()> {
    let message = Message::Cancel { message: message.to_string() };
    publish(transport, source, &cancel_topic(service), &message).await
}

/// Names of services may contain hyphens. Names of events contain underscores instead.
fn cancel_topic(service: &str) -> String {
    format!("cancel_{}", service.replace('-', "_"))
}

fn reserved_service() -> Result<Name> {
    Name::parse("service", RESERVED_SERVICE)
}

fn topic(event: &str) -> Result<Topic> {
    let event = MethodName::parse("event", event)?;
    Ok(Topic::Event { service: reserved_service()?, event, ordered: false })
}

async fn publish(transport: &dyn Transport, source: &Text, event: &str, body: &Message) -> Result<()> {
    let kind = format!("{RESERVED_SERVICE}.{event}");
    let envelope = Envelope::new(source.clone(), kind, payload::encode(body)?);
    transport.publish_one(Outgoing::new(topic(event)?, envelope)).await
}
