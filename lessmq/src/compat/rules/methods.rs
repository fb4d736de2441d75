//! Findings about a method as a whole. Their examples are the methods of a contract.

use super::{Example, Rule, Severity};

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident, $summary:literal, $explanation:literal, $remedy:literal,
        $before:literal, $after:literal, $mended:literal;)*) => {
        $(pub(in crate::compat) static $name: Rule = Rule {
            id: $id,
            severity: Severity::$severity,
            summary: $summary,
            explanation: $explanation,
            remedy: $remedy,
            example: Example { before: $before, after: $after, mended: $mended },
        };)*

        pub(super) static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    CALL_REMOVED "call-removed" Error,
        "the provider does not serve the call any more",
        "Consumers that make the call are refused with `unknown-method`.",
        "Keep the call, mark it `#[deprecated]`, wait until nobody makes it, and remove it in a major version.",
        r#"{"calls": {"get": {"request": {"schema": true}, "reply": {"schema": true}}}}"#,
        r#"{}"#,
        r#"{"calls": {"get": {"deprecated": "Use `find`.", "request": {"schema": true}, "reply": {"schema": true}}}}"#;
    COMMAND_REMOVED "command-removed" Error,
        "the provider does not serve the command any more",
        "Commands that consumers still send end in the dead-letter queue.",
        "Keep the command, mark it `#[deprecated]`, wait until nobody sends it, and remove it in a major version.",
        r#"{"commands": {"store": {"request": {"schema": true}}}}"#,
        r#"{}"#,
        r#"{"commands": {"store": {"deprecated": "Use `put`.", "request": {"schema": true}}}}"#;
    EVENT_REMOVED "event-removed" Error,
        "the provider does not declare that it publishes the event any more",
        "Subscribers wait for something that does not come.",
        "Go on publishing the event, mark it `#[deprecated]`, and remove it in a major version.",
        r#"{"events": {"stored": {"payload": {"schema": true}}}}"#,
        r#"{}"#,
        r#"{"events": {"stored": {"deprecated": "Use `saved`.", "payload": {"schema": true}}}}"#;
    KIND_CHANGED "method-kind-changed" Error,
        "the method is of another kind than it was",
        "A call is answered, a command is not, an event goes to everybody: peers use the wrong queue.",
        "Keep the method, and add one of the new kind under another name.",
        r#"{"commands": {"store": {"request": {"schema": true}}}}"#,
        r#"{"calls": {"store": {"request": {"schema": true}, "reply": {"schema": true}}}}"#,
        r#"{"commands": {"store": {"request": {"schema": true}}}, "calls": {"put": {"request": {"schema": true}, "reply": {"schema": true}}}}"#;
    CALL_ERROR_ADDED "call-error-added" Error,
        "the call may now be refused with a typed error that its consumers do not know",
        "Consumers were built for a call without errors of its own, and cannot decode one.",
        "Keep the call, and add one under another name that returns a `Result`.",
        r#"{"calls": {"get": {"request": {"schema": true}, "reply": {"schema": true}}}}"#,
        r#"{"calls": {"get": {"request": {"schema": true}, "reply": {"schema": true}, "error": {"schema": {"type": "string"}}}}}"#,
        r#"{"calls": {"get": {"request": {"schema": true}, "reply": {"schema": true}}, "try_get": {"request": {"schema": true}, "reply": {"schema": true}, "error": {"schema": {"type": "string"}}}}}"#;
    IDEMPOTENCE_LOST "idempotence-lost" Error,
        "the call may not be repeated any more, and its consumers may still repeat it",
        "Clients repeat a call that is marked `#[idempotent]` when the connection breaks.",
        "Keep handling a repeated call like one, or add a call under another name.",
        r#"{"calls": {"get": {"idempotent": true, "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        r#"{"calls": {"get": {"request": {"schema": true}, "reply": {"schema": true}}}}"#,
        r#"{"calls": {"get": {"idempotent": true, "request": {"schema": true}, "reply": {"schema": true}}}}"#;
    UNDECIDED "undecided" Warning,
        "whether every message is accepted could not be decided",
        "The schemas use something that the engine cannot follow, so nothing is promised.",
        "Compare by hand, or write the type in a simpler way.",
        r#"{"commands": {"store": {"request": {"schema": {"type": "string"}}}}}"#,
        r#"{"commands": {"store": {"request": {"schema": {"type": "string", "format": "flavour"}}}}}"#,
        r#"{"commands": {"store": {"request": {"schema": {"type": "string", "minLength": 0}}}}}"#;
    IDEMPOTENCE_GAINED "idempotence-gained" Info,
        "the call may now be repeated",
        "Clients that are built against the new contract repeat the call when the connection breaks.",
        "Nothing is to be done.",
        r#"{"calls": {"get": {"request": {"schema": true}, "reply": {"schema": true}}}}"#,
        r#"{"calls": {"get": {"idempotent": true, "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        r#"{"calls": {"get": {"idempotent": true, "request": {"schema": true}, "reply": {"schema": true}}}}"#;
    METHOD_ADDED "method-added" Info,
        "a method was added",
        "Nobody uses it yet.",
        "Nothing is to be done.",
        r#"{}"#,
        r#"{"commands": {"store": {"request": {"schema": true}}}}"#,
        r#"{"commands": {"store": {"request": {"schema": true}}}}"#;
    MESSAGE_CHANGED "message-changed" Info,
        "the message has another shape than it had, and is accepted all the same",
        "Every message that is sent is still accepted by the other side.",
        "Nothing is to be done.",
        r#"{"commands": {"store": {"request": {"schema": {"type": "integer"}}}}}"#,
        r#"{"commands": {"store": {"request": {"schema": {"type": "number"}}}}}"#,
        r#"{"commands": {"store": {"request": {"schema": {"type": "number"}}}}}"#;
}
