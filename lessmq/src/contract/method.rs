//! The methods of a contract and their messages.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Message, schema};
use crate::name::in_code;

/// One method of a service.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Method {
    /// Request and reply.
    Call(Call),
    /// One way, to one consumer.
    Command(Command),
    /// One way, to every subscribed group.
    Event(Event),
}

/// The kinds of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodKind {
    /// Request and reply.
    Call,
    /// One way, to one consumer.
    Command,
    /// One way, to every subscribed group.
    Event,
}

/// Documentation of a method. It does not change the fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Docs {
    /// What the method does, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Why the method is deprecated and what to use instead; may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
}

/// A request that is answered by a reply or a typed error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Documentation.
    #[serde(flatten)]
    pub docs: Docs,
    /// Whether handling the call twice has the same effect as once, so that a client may repeat it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idempotent: bool,
    /// What the consumer sends.
    pub request: Message,
    /// What the provider answers.
    pub reply: Message,
    /// The provider's typed error; absent if the call cannot fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Message>,
}

/// A request that one consumer handles later, without a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Documentation.
    #[serde(flatten)]
    pub docs: Docs,
    /// Whether messages are handled in the order in which they were sent. Ordered messages travel through a separate
    /// queue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ordered: bool,
    /// What the consumer of the contract sends.
    pub request: Message,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Documentation.
    #[serde(flatten)]
    pub docs: Docs,
    /// Whether each group handles messages in the order in which they were published. Ordered messages travel through
    /// separate queues.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ordered: bool,
    /// What the provider publishes.
    pub payload: Message,
}

/// The role of a message in its method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// From the consumer to the provider, of a call or a command.
    Request,
    /// From the provider to the consumer, of a call.
    Reply,
    /// From the provider to the consumer, of a call that failed.
    Error,
    /// From the publisher to its subscribers, of an event.
    Payload,
}

/// A message of a contract, with the method that it belongs to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MethodMessage<'c> {
    /// The name of the method.
    pub method: &'c str,
    /// The kind of the method.
    pub kind: MethodKind,
    /// The role of the message in the method.
    pub role: Role,
    /// The message.
    pub message: &'c Message,
}

impl Method {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> MethodKind {
        match self {
            Self::Call(_) => MethodKind::Call,
            Self::Command(_) => MethodKind::Command,
            Self::Event(_) => MethodKind::Event,
        }
    }

    /// The documentation.
    #[must_use]
    pub fn docs(&self) -> &Docs {
        match self {
            Self::Call(call) => &call.docs,
            Self::Command(command) => &command.docs,
            Self::Event(event) => &event.docs,
        }
    }

    /// Whether handling the message twice has the same effect as once; false for commands and events, which are
    /// redelivered in any case.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        matches!(self, Self::Call(Call { idempotent: true, .. }))
    }

    /// Whether messages are handled in the order in which they were sent; false for calls.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        match self {
            Self::Call(_) => false,
            Self::Command(command) => command.ordered,
            Self::Event(event) => event.ordered,
        }
    }

    /// The messages: request, reply and error of a call, the request of a command, the payload of an event.
    pub fn messages(&self) -> impl Iterator<Item = (Role, &Message)> {
        let messages = match self {
            Self::Call(call) => [
                Some((Role::Request, &call.request)),
                Some((Role::Reply, &call.reply)),
                call.error.as_ref().map(|error| (Role::Error, error)),
            ],
            Self::Command(command) => [Some((Role::Request, &command.request)), None, None],
            Self::Event(event) => [Some((Role::Payload, &event.payload)), None, None],
        };
        messages.into_iter().flatten()
    }

    /// The same [messages](Self::messages), to change them.
    pub fn messages_mut(&mut self) -> impl Iterator<Item = (Role, &mut Message)> {
        let messages = match self {
            Self::Call(call) => [
                Some((Role::Request, &mut call.request)),
                Some((Role::Reply, &mut call.reply)),
                call.error.as_mut().map(|error| (Role::Error, error)),
            ],
            Self::Command(command) => [Some((Role::Request, &mut command.request)), None, None],
            Self::Event(event) => [Some((Role::Payload, &mut event.payload)), None, None],
        };
        messages.into_iter().flatten()
    }

    /// The message in this role, if the method has one.
    #[must_use]
    pub fn message(&self, role: Role) -> Option<&Message> {
        self.messages().find_map(|(known, message)| (known == role).then_some(message))
    }
}

impl From<Call> for Method {
    fn from(call: Call) -> Self {
        Self::Call(call)
    }
}

impl From<Command> for Method {
    fn from(command: Command) -> Self {
        Self::Command(command)
    }
}

impl From<Event> for Method {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}

impl MethodKind {
    /// The name of the kind: `call`, `command` or `event`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Command => "command",
            Self::Event => "event",
        }
    }
}

impl fmt::Display for MethodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Role {
    /// The name of the role: `request`, `reply`, `error` or `payload`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Reply => "reply",
            Self::Error => "error",
            Self::Payload => "payload",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The title of the schema of a request that is made of the arguments of `method`: `GetRequest` for `get`, and
/// `GetV2Request` for `get@2`.
///
/// Different methods have different titles: an underscore is kept if no lower-case letter follows.
#[must_use]
pub fn request_title(method: &str) -> String {
    let mut title = String::new();
    let method = in_code(method);
    let mut name = method.chars().peekable();
    let mut raise = true;
    while let Some(c) = name.next() {
        if c == '_' && name.peek().is_some_and(char::is_ascii_lowercase) {
            raise = true;
        } else {
            title.push(if raise { c.to_ascii_uppercase() } else { c });
            raise = false;
        }
    }
    title + "Request"
}

impl MethodMessage<'_> {
    /// The JSON pointer to the message in the contract's document, such as `/methods/get/request`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("{}/{}", schema::join("/methods", self.method), self.role)
    }
}
