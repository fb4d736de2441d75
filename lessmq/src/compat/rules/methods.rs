//! Rules about a method as a whole. Their examples are the methods of a contract.

use super::{Example, Rule, Severity};

macro_rules! rules {
    ($($name:ident {
        id: $id:literal,
        severity: $severity:ident,
        summary: $summary:literal,
        explanation: $explanation:literal,
        remedy: $remedy:literal,
        before: $before:literal,
        after: $after:literal,
        compatible: $compatible:literal,
    })*) => {
        $(pub(in crate::compat) static $name: Rule = Rule {
            id: $id,
            severity: Severity::$severity,
            summary: $summary,
            explanation: $explanation,
            remedy: $remedy,
            example: Example { before: $before, after: $after, compatible: $compatible },
        };)*

        pub(super) static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    CALL_REMOVED {
        id: "call-removed",
        severity: Error,
        summary: "the provider no longer serves the call",
        explanation: "Consumers that make the call get the error `unknown-method`.",
        remedy: "Keep the call and mark it `#[deprecated]`. Remove it in a major version, when no consumer makes it.",
        before: r#"{"methods": {"get": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        after: r#"{"methods": {}}"#,
        compatible: r#"{"methods": {"get": {"kind": "call", "deprecated": "Use `find`.", "request": {"schema": true}, "reply": {"schema": true}}}}"#,
    }
    COMMAND_REMOVED {
        id: "command-removed",
        severity: Error,
        summary: "the provider no longer serves the command",
        explanation: "Commands that consumers still send go to the dead-letter queue.",
        remedy: "Keep the command and mark it `#[deprecated]`. Remove it in a major version, when no consumer sends it.",
        before: r#"{"methods": {"store": {"kind": "command", "request": {"schema": true}}}}"#,
        after: r#"{"methods": {}}"#,
        compatible: r#"{"methods": {"store": {"kind": "command", "deprecated": "Use `put`.", "request": {"schema": true}}}}"#,
    }
    EVENT_REMOVED {
        id: "event-removed",
        severity: Error,
        summary: "the provider no longer publishes the event",
        explanation: "Subscribers wait for an event that never arrives.",
        remedy: "Keep publishing the event and mark it `#[deprecated]`. Remove it in a major version.",
        before: r#"{"methods": {"stored": {"kind": "event", "payload": {"schema": true}}}}"#,
        after: r#"{"methods": {}}"#,
        compatible: r#"{"methods": {"stored": {"kind": "event", "deprecated": "Use `saved`.", "payload": {"schema": true}}}}"#,
    }
    VERSION_RETIRED {
        id: "version-retired",
        severity: Error,
        summary: "the provider no longer serves an older version of the method",
        explanation: "Consumers that still use the older version fail: calls get the error `unknown-method`, commands go to the dead-letter queue, and events never arrive.",
        remedy: "Keep the older version while `lessmq-cli ps` shows that a process uses it. When no one does, release its removal with `--allow-retired`, or with a major version.",
        before: r#"{"methods": {"get": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}, "get@2": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        after: r#"{"methods": {"get@2": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        compatible: r#"{"methods": {"get": {"kind": "call", "deprecated": "Use version 2.", "request": {"schema": true}, "reply": {"schema": true}}, "get@2": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}}}"#,
    }
    KIND_CHANGED {
        id: "method-kind-changed",
        severity: Error,
        summary: "the method has a different kind",
        explanation: "Calls, commands and events use different queues, so consumers send to or read from the wrong one.",
        remedy: "Keep the method, and add one of the new kind under a new name.",
        before: r#"{"methods": {"store": {"kind": "command", "request": {"schema": true}}}}"#,
        after: r#"{"methods": {"store": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        compatible: r#"{"methods": {"put": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}, "store": {"kind": "command", "request": {"schema": true}}}}"#,
    }
    CALL_ERROR_ADDED {
        id: "call-error-added",
        severity: Error,
        summary: "the call may now return a typed error that its consumers do not know",
        explanation: "Consumers were built for a call without a typed error and cannot decode one.",
        remedy: "Keep the call, and add one under a new name that returns a `Result`.",
        before: r#"{"methods": {"get": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        after: r#"{"methods": {"get": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}, "error": {"schema": {"type": "string"}}}}}"#,
        compatible: r#"{"methods": {"get": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}, "try_get": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}, "error": {"schema": {"type": "string"}}}}}"#,
    }
    IDEMPOTENCE_LOST {
        id: "idempotence-lost",
        severity: Error,
        summary: "the call is no longer idempotent, but its consumers may repeat it",
        explanation: "Clients repeat a call marked `#[idempotent]` when the connection breaks.",
        remedy: "Keep the call idempotent, or add a call under a new name.",
        before: r#"{"methods": {"get": {"kind": "call", "idempotent": true, "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        after: r#"{"methods": {"get": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        compatible: r#"{"methods": {"get": {"kind": "call", "idempotent": true, "request": {"schema": true}, "reply": {"schema": true}}}}"#,
    }
    ORDERING_CHANGED {
        id: "ordering-changed",
        severity: Error,
        summary: "the method became ordered or unordered",
        explanation: "Ordered and unordered messages travel through different queues, so consumers send to or read from the wrong one.",
        remedy: "Keep the method as it is, and add an ordered or unordered one under a new name.",
        before: r#"{"methods": {"store": {"kind": "command", "request": {"schema": true}}}}"#,
        after: r#"{"methods": {"store": {"kind": "command", "ordered": true, "request": {"schema": true}}}}"#,
        compatible: r#"{"methods": {"store": {"kind": "command", "request": {"schema": true}}, "store_in_order": {"kind": "command", "ordered": true, "request": {"schema": true}}}}"#,
    }
    TYPE_UNREADABLE {
        id: "type-unreadable",
        severity: Error,
        summary: "a type cannot read what it writes",
        explanation: "Its serde attributes differ between writing and reading, so a consumer that is built from the same types does not decode the messages of the provider, or the provider those of its consumers.",
        remedy: "Give the field or variant the same form in both directions: `rename` instead of `rename(serialize = …, deserialize = …)`, `default` for a field that is not always written, and `#[serde(alias)]` with `#[lessmq::reads]` for a second name. Use a type for each direction if they must differ.",
        before: r#"{"methods": {"store": {"kind": "command", "request": {"schema": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}}}}}"#,
        after: r#"{"methods": {"store": {"kind": "command", "request": {"writes": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}, "reads": {"type": "object", "properties": {"key": {"type": "integer"}}, "required": ["key"]}}}}}"#,
        compatible: r#"{"methods": {"store": {"kind": "command", "request": {"schema": {"type": "object", "properties": {"id": {"type": "integer"}, "key": {"type": "integer"}}, "required": ["id"]}}}}}"#,
    }
    UNDECIDED {
        id: "undecided",
        severity: Warning,
        summary: "could not decide whether every message is accepted",
        explanation: "The schemas use a feature that the engine does not support, so compatibility is unknown.",
        remedy: "Compare the schemas by hand, or simplify the type.",
        before: r#"{"methods": {"store": {"kind": "command", "request": {"schema": {"type": "string"}}}}}"#,
        after: r#"{"methods": {"store": {"kind": "command", "request": {"schema": {"type": "string", "format": "flavour"}}}}}"#,
        compatible: r#"{"methods": {"store": {"kind": "command", "request": {"schema": {"type": "string", "minLength": 0}}}}}"#,
    }
    IDEMPOTENCE_GAINED {
        id: "idempotence-gained",
        severity: Info,
        summary: "the call is now idempotent",
        explanation: "Clients built against the new contract repeat the call when the connection breaks.",
        remedy: "Nothing to do.",
        before: r#"{"methods": {"get": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        after: r#"{"methods": {"get": {"kind": "call", "idempotent": true, "request": {"schema": true}, "reply": {"schema": true}}}}"#,
        compatible: r#"{"methods": {"get": {"kind": "call", "idempotent": true, "request": {"schema": true}, "reply": {"schema": true}}}}"#,
    }
    METHOD_ADDED {
        id: "method-added",
        severity: Info,
        summary: "a method was added",
        explanation: "No consumer uses it yet.",
        remedy: "Nothing to do.",
        before: r#"{"methods": {}}"#,
        after: r#"{"methods": {"store": {"kind": "command", "request": {"schema": true}}}}"#,
        compatible: r#"{"methods": {"store": {"kind": "command", "request": {"schema": true}}}}"#,
    }
    MESSAGE_CHANGED {
        id: "message-changed",
        severity: Info,
        summary: "the message changed compatibly",
        explanation: "The receiver still accepts every message that may be sent.",
        remedy: "Nothing to do.",
        before: r#"{"methods": {"store": {"kind": "command", "request": {"schema": {"type": "integer"}}}}}"#,
        after: r#"{"methods": {"store": {"kind": "command", "request": {"schema": {"type": "number"}}}}}"#,
        compatible: r#"{"methods": {"store": {"kind": "command", "request": {"schema": {"type": "number"}}}}}"#,
    }
}
