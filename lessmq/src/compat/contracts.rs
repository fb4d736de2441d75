//! Compares two contracts, method by method.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::places::{self, Places};
use super::report::{Finding, Report};
use super::rules::{self, Rule};
use super::schemas::{self, Rejected, can_be_visited};
use super::{Draft, Options, SchemaComparison, SchemaFinding, Verdict, compare_schemas};
use crate::contract::{
    Call, Contract, Message, Method, MethodKind, Role, canonical_message, request_title, schema,
};

/// Whether a consumer that was built against `consumer` can use a provider that serves `provider`.
///
/// The provider must have every method that the consumer knows. It must accept the requests of the consumer, and the
/// consumer must accept the replies, errors and events of the provider. Other methods of the provider are ignored.
#[must_use]
pub fn check_consumer(consumer: &Contract, provider: &Contract) -> Report {
    let comparison = Comparison { excuses_unreadable: false, ..Comparison::new(consumer, provider) };
    Report::new(comparison.findings())
}

/// What changed from one version of a contract to the next, and the version step that the change requires.
///
/// Checks for each method whether a consumer that was built against `old` can use a provider of `new`. This also covers
/// commands that are still queued when the provider is upgraded.
///
/// A message of `old` that its own receiver cannot read is not reported again for `new`: see [`unreadable`].
#[must_use]
pub fn check_evolution(old: &Contract, new: &Contract) -> Report {
    let comparison = Comparison::new(old, new);
    let mut findings = comparison.findings();
    let added = new.methods_by_kind().filter(|(name, _)| !old.methods.contains_key(*name));
    findings.extend(added.map(|(name, method)| {
        let kind = method.kind();
        let message = match new.older_version(name) {
            Some(older) => format!("the {kind} was added, as a later version next to `{older}`"),
            None => format!("the {kind} was added"),
        };
        comparison.method_finding(&rules::METHOD_ADDED, name, kind, message)
    }));
    Report::new(findings)
}

/// The types of `contract` that cannot read what they write, each reported once.
///
/// The contracts of consumers and providers that are built from the same types are equal, so no other comparison finds this.
#[must_use]
pub fn unreadable(contract: &Contract) -> Vec<Finding> {
    let comparison = Comparison::new(contract, contract);
    let mut known = HashSet::new();
    let mut findings = Vec::new();
    for sent in contract.messages() {
        let Message { writes, reads } = sent.message;
        if writes == reads || !can_be_visited(sent.message) {
            continue;
        }
        let Some(Rejected { findings: found, .. }) = schemas::rejected(writes, reads, &options()) else {
            continue;
        };
        for finding in found {
            let parts = Parts { kind: sent.kind, direction: sent.role, writer: writes, reader: reads };
            let cause = cause(&parts, sent.method, &finding);
            if known.insert(cause) {
                findings.push(comparison.unreadable(sent.method, &parts, finding));
            }
        }
    }
    findings
}

/// What identifies the cause of a finding: the type that rejects the message, the place in the type, and the field or value.
fn cause(parts: &Parts<'_>, method: &str, finding: &SchemaFinding) -> [String; 3] {
    let pointer = &finding.reader_pointer;
    let definition = pointer.rsplit_once("/$defs/").and_then(|(_, rest)| rest.split_once('/'));
    let title = parts.reader.get("title").and_then(serde_json::Value::as_str);
    let (name, place) = match (definition, title) {
        (Some((name, place)), _) => (name.to_owned(), place.to_owned()),
        (None, Some(title)) => (title.to_owned(), pointer.trim_start_matches('/').to_owned()),
        (None, None) => (format!("{method} {}", parts.direction), pointer.clone()),
    };
    [name, place, finding.subject.clone().unwrap_or_default()]
}

/// The options for the messages of contracts, whose schemas are of the latest draft.
fn options() -> Options {
    Options { draft: Some(Draft::default()), ..Options::default() }
}

/// A message, as one side sends it and as the other side accepts it.
struct Parts<'a> {
    kind: MethodKind,
    direction: Role,
    writer: &'a serde_json::Value,
    reader: &'a serde_json::Value,
}

struct Comparison<'a> {
    old: &'a Contract,
    new: &'a Contract,
    /// The paths to the types of `new`, made when the first finding needs them.
    places: OnceCell<Places<'a>>,
    /// Whether a message that was never readable is not reported.
    excuses_unreadable: bool,
}

impl<'a> Comparison<'a> {
    fn new(old: &'a Contract, new: &'a Contract) -> Self {
        Self { old, new, places: OnceCell::new(), excuses_unreadable: true }
    }

    /// The differences for consumers that know `old`.
    fn findings(&self) -> Vec<Finding> {
        self.old.methods_by_kind().flat_map(|(name, method)| self.method(name, method)).collect()
    }

    fn method(&self, name: &str, old: &Method) -> Vec<Finding> {
        let kind = old.kind();
        let Some(new) = self.new.methods.get(name) else { return vec![self.removed(name, kind)] };
        let mut findings = match (old, new) {
            (Method::Call(old), Method::Call(new)) => self.call(name, old, new),
            (Method::Command(old), Method::Command(new)) => {
                self.message(name, kind, Role::Request, &old.request, &new.request)
            }
            (Method::Event(old), Method::Event(new)) => {
                self.message(name, kind, Role::Payload, &old.payload, &new.payload)
            }
            (_, other) => {
                let message = format!("the {kind} is now a {}", other.kind());
                return vec![self.method_finding(&rules::KIND_CHANGED, name, kind, message)];
            }
        };
        if old.is_ordered() != new.is_ordered() {
            let message = if new.is_ordered() {
                format!("the {kind} is now ordered")
            } else {
                format!("the {kind} is no longer ordered")
            };
            findings.push(self.method_finding(&rules::ORDERING_CHANGED, name, kind, message));
        }
        findings
    }

    fn call(&self, name: &str, old: &Call, new: &Call) -> Vec<Finding> {
        let kind = MethodKind::Call;
        let mut findings = self.message(name, kind, Role::Request, &old.request, &new.request);
        findings.extend(self.message(name, kind, Role::Reply, &old.reply, &new.reply));
        match (&old.error, &new.error) {
            (Some(old), Some(new)) => findings.extend(self.message(name, kind, Role::Error, old, new)),
            (None, Some(_)) => {
                let message = rules::CALL_ERROR_ADDED.summary.to_owned();
                findings.push(self.method_finding(&rules::CALL_ERROR_ADDED, name, kind, message));
            }
            (Some(_), None) => {
                let message = "the call no longer has a typed error".to_owned();
                findings.push(self.method_finding(&rules::MESSAGE_CHANGED, name, kind, message));
            }
            (None, None) => {}
        }
        let repetition = match (old.idempotent, new.idempotent) {
            (true, false) => Some(&rules::IDEMPOTENCE_LOST),
            (false, true) => Some(&rules::IDEMPOTENCE_GAINED),
            _ => None,
        };
        findings
            .extend(repetition.map(|rule| self.method_finding(rule, name, kind, rule.summary.to_owned())));
        findings
    }

    /// Compares what the sender of a message writes with what the other side reads.
    fn message(
        &self,
        name: &str,
        kind: MethodKind,
        direction: Role,
        old: &Message,
        new: &Message,
    ) -> Vec<Finding> {
        let can_be_visited = can_be_visited(old) && can_be_visited(new);
        if can_be_visited && canonical_message(old) == canonical_message(new) {
            return Vec::new();
        }
        let (writer, reader) = match direction {
            Role::Request => (&old.writes, &new.reads),
            Role::Reply | Role::Error | Role::Payload => (&new.writes, &old.reads),
        };
        let mut comparison = compare_schemas(writer, reader, &options());
        if comparison.verdict == Verdict::Incompatible && self.excuses_unreadable {
            comparison = without_unreadable(comparison, direction, old, new);
        }
        let in_direction = |finding| Finding { direction: Some(direction), ..finding };
        match comparison.verdict {
            Verdict::Incompatible => {
                let found = comparison.findings.into_iter();
                let parts = Parts { kind, direction, writer, reader };
                found.map(|finding| self.schema_finding(name, &parts, finding)).collect()
            }
            Verdict::Undecided => {
                let reason = comparison.undecided.unwrap_or_default();
                let message = format!("{}: {reason}", rules::UNDECIDED.summary);
                vec![in_direction(self.method_finding(&rules::UNDECIDED, name, kind, message))]
            }
            Verdict::Identical | Verdict::Compatible => {
                let message = format!("the {direction} changed compatibly");
                vec![in_direction(self.method_finding(&rules::MESSAGE_CHANGED, name, kind, message))]
            }
        }
    }

    /// A message that its own receiver cannot read.
    fn unreadable(&self, method: &str, parts: &Parts<'_>, finding: SchemaFinding) -> Finding {
        let found = self.schema_finding(method, parts, finding);
        let rule = &rules::TYPE_UNREADABLE;
        let detail = found.message.split_once(": ").map_or("", |(_, detail)| detail);
        let name = places::type_at(parts.reader, &found.reader_pointer);
        let subject = name.map_or_else(|| "the type".to_owned(), |name| format!("`{name}`"));
        let message = format!("{subject} cannot read what it writes: {detail}");
        Finding { rule, severity: rule.severity, remedy: rule.remedy, message, ..found }
    }

    fn removed(&self, name: &str, kind: MethodKind) -> Finding {
        if let Some(newer) = self.new.newer_version(name) {
            let message = format!("{}: `{newer}` remains", rules::VERSION_RETIRED.summary);
            return self.method_finding(&rules::VERSION_RETIRED, name, kind, message);
        }
        let rule = match kind {
            MethodKind::Call => &rules::CALL_REMOVED,
            MethodKind::Command => &rules::COMMAND_REMOVED,
            MethodKind::Event => &rules::EVENT_REMOVED,
        };
        self.method_finding(rule, name, kind, rule.summary.to_owned())
    }

    fn method_finding(
        &self,
        rule: &'static Rule,
        method: &str,
        kind: MethodKind,
        message: String,
    ) -> Finding {
        Finding {
            rule,
            severity: rule.severity,
            service: self.old.service.clone(),
            method: method.to_owned(),
            kind,
            direction: None,
            writer_pointer: String::new(),
            reader_pointer: String::new(),
            message,
            remedy: rule.remedy,
            paths: Vec::new(),
            counterexample: None,
            place: Default::default(),
        }
    }

    fn schema_finding(&self, method: &str, parts: &Parts<'_>, finding: SchemaFinding) -> Finding {
        let rule = rules::in_direction(finding.rule, parts.direction);
        let message = format!("{}: {}", rule.summary, finding.detail);
        // The paths are those of the new contract, which its authors are working on.
        let (schema, pointer) = match parts.direction {
            Role::Request => (parts.reader, &finding.reader_pointer),
            _ => (parts.writer, &finding.writer_pointer),
        };
        let name = places::type_at(schema, pointer);
        let places = || self.places.get_or_init(|| Places::new(self.new));
        let paths = name.map(|name| places().paths(name, parts.direction)).unwrap_or_default();
        let place = places::stable_pointer(parts.reader, &finding.reader_pointer);
        let is_argument = parts.direction == Role::Request && is_argument(method, parts.reader, pointer);
        let lacks_argument = is_argument && finding.rule.id == rules::FIELD_REQUIRED.plain.id;
        let remedy = if lacks_argument { rules::ARGUMENT_REQUIRED_REMEDY } else { rule.remedy };
        Finding {
            remedy,
            direction: Some(parts.direction),
            place: [place, finding.subject.unwrap_or_default()],
            paths,
            writer_pointer: finding.writer_pointer,
            reader_pointer: finding.reader_pointer,
            counterexample: finding.counterexample,
            ..self.method_finding(rule, method, parts.kind, message)
        }
    }
}

/// The comparison of what one side sends with what the other reads, without what was never readable: what the reader's side
/// rejects of its own messages, if the other contract's messages have the same fault.
fn without_unreadable(
    comparison: SchemaComparison,
    direction: Role,
    old: &Message,
    new: &Message,
) -> SchemaComparison {
    let (writer, side) = match direction {
        Role::Request => (&old.writes, new),
        Role::Reply | Role::Error | Role::Payload => (&new.writes, old),
    };
    let own = |message: &Message| schemas::rejected(&message.writes, &message.reads, &options());
    let Some(Rejected { findings, relaxed: Some(relaxed) }) = own(side) else { return comparison };
    if direction == Role::Request {
        let before = own(old).map(|rejected| rejected.findings).unwrap_or_default();
        let is_known = |finding: &SchemaFinding| {
            before.iter().any(|known| {
                (known.rule.id, &known.reader_pointer, &known.subject)
                    == (finding.rule.id, &finding.reader_pointer, &finding.subject)
            })
        };
        if !findings.iter().all(is_known) {
            return comparison;
        }
    }
    schemas::compare_with_relaxed(writer, (&side.reads, &relaxed), &options())
}

/// Whether the place in a request is an argument of the method: a field of the object that is made of them.
fn is_argument(method: &str, request: &serde_json::Value, pointer: &str) -> bool {
    let has_title = request.get("title").and_then(serde_json::Value::as_str) == Some(&request_title(method));
    has_title && schema::steps(pointer).next().is_none_or(|keyword| keyword == "required")
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde_json::json;

    use super::super::report::Bump;
    use super::*;
    use crate::contract::{ContractBuilder, MethodMeta};

    #[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
    struct User {
        name: String,
    }

    fn users() -> Contract {
        ContractBuilder::new("user", "1.0.0")
            .call::<u32, User, String>(MethodMeta::new("get"))
            .call::<u32, User, crate::Never>(MethodMeta { idempotent: true, ..MethodMeta::new("find") })
            .command::<User>(MethodMeta::new("store"))
            .event::<User>(MethodMeta::new("registered"))
            .build()
    }

    /// The verdict and the rules of the change that `edit` makes.
    fn change(edit: impl FnOnce(&mut Contract)) -> (Verdict, Vec<&'static str>) {
        let mut new = users();
        edit(&mut new);
        let report = check_evolution(&users(), &new);
        (report.verdict, report.findings.iter().map(|finding| finding.rule.id).collect())
    }

    fn requires_age(schema: &mut serde_json::Value) {
        schema["properties"]["age"] = json!({"type": "integer"});
        schema["required"] = json!(["name", "age"]);
    }

    #[test]
    fn the_same_contract_with_another_version_is_identical() {
        let (verdict, rules) = change(|new| new.version = "7.0.0".parse().unwrap());
        assert_eq!((verdict, rules), (Verdict::Identical, vec![]));
    }

    #[test]
    fn a_removed_method_or_a_changed_kind_is_incompatible() {
        let removed = |edit: fn(&mut Contract)| change(edit).1;
        assert_eq!(removed(|new| drop(new.methods.remove("get"))), ["call-removed"]);
        assert_eq!(removed(|new| drop(new.methods.remove("store"))), ["command-removed"]);
        assert_eq!(removed(|new| drop(new.methods.remove("registered"))), ["event-removed"]);
        let (verdict, rules) = change(|new| {
            let Some(Method::Command(command)) = new.methods.remove("store") else { panic!("not a command") };
            let event =
                crate::contract::Event { docs: command.docs, ordered: false, payload: command.request };
            new.methods.insert("store".to_owned(), event.into());
        });
        assert_eq!((verdict, rules), (Verdict::Incompatible, vec!["method-kind-changed"]));
    }

    #[test]
    fn a_later_version_is_an_addition_and_the_removal_of_an_older_one_is_incompatible() {
        let second = || {
            ContractBuilder::new("user", "1.0.0")
                .call::<String, u32, String>(MethodMeta::new("get@2"))
                .build()
        };
        let mut both = users();
        both.merge(&second()).unwrap();
        let added = check_evolution(&users(), &both);
        assert_eq!((added.verdict, added.findings.len()), (Verdict::Compatible, 1));
        assert_eq!(added.findings[0].message, "the call was added, as a later version next to `get`");
        assert_eq!(check_consumer(&users(), &both).verdict, Verdict::Identical);

        let mut only_new = both.clone();
        only_new.methods.remove("get");
        for report in [check_evolution(&both, &only_new), check_consumer(&users(), &only_new)] {
            assert_eq!((report.verdict, report.findings.len()), (Verdict::Incompatible, 1));
            let retired = &report.findings[0];
            assert_eq!((retired.rule.id, retired.method.as_str()), ("version-retired", "get"));
            assert!(retired.message.ends_with(": `get@2` remains"), "{}", retired.message);
        }
        assert_eq!(check_consumer(&second(), &only_new).verdict, Verdict::Identical);
        // The newest version has no successor.
        let report = check_evolution(&both, &users());
        assert_eq!(report.findings[0].rule.id, "call-removed");
    }

    #[test]
    fn the_new_side_reads_requests_and_the_old_side_reads_replies() {
        let request = change(|new| requires_age(&mut new.command_mut("store").unwrap().request.reads));
        assert_eq!(request, (Verdict::Incompatible, vec!["request-field-now-required"]));
        let event = change(|new| requires_age(&mut new.event_mut("registered").unwrap().payload.writes));
        assert_eq!(event, (Verdict::Compatible, vec!["message-changed"]));
    }

    #[test]
    fn an_incompatibility_has_a_counter_example() {
        let mut new = users();
        requires_age(&mut new.command_mut("store").unwrap().request.reads);
        let report = check_evolution(&users(), &new);
        let example = report.findings[0].counterexample.clone().unwrap();
        assert!(example["name"].is_string() && example.get("age").is_none(), "{example}");
        assert!(report.to_string().starts_with("command `user.store`: "), "{report}");
    }

    #[test]
    fn changes_of_errors_and_idempotence_are_reported() {
        let (_, rules) = change(|new| new.call_mut("find").unwrap().error = Some(Message::of::<String>()));
        assert_eq!(rules, ["call-error-added"]);
        let (_, rules) = change(|new| new.call_mut("find").unwrap().idempotent = false);
        assert_eq!(rules, ["idempotence-lost"]);
        let (verdict, rules) = change(|new| new.call_mut("get").unwrap().idempotent = true);
        assert_eq!((verdict, rules), (Verdict::Compatible, vec!["idempotence-gained"]));
    }

    #[test]
    fn a_change_of_ordering_is_incompatible_in_both_directions() {
        let ordered = {
            let mut contract = users();
            contract.command_mut("store").unwrap().ordered = true;
            contract.event_mut("registered").unwrap().ordered = true;
            contract
        };
        for (old, new) in [(&users(), &ordered), (&ordered, &users())] {
            let rules: Vec<_> =
                check_evolution(old, new).findings.iter().map(|finding| finding.rule.id).collect();
            assert_eq!(rules, ["ordering-changed", "ordering-changed"]);
            assert_eq!(check_consumer(old, new).verdict, Verdict::Incompatible);
        }
    }

    #[test]
    fn methods_that_the_consumer_does_not_know_are_ignored() {
        let mut consumer = users();
        consumer.methods.remove("get");
        assert_eq!(check_consumer(&consumer, &users()).verdict, Verdict::Identical);
        assert_eq!(check_evolution(&consumer, &users()).verdict, Verdict::Compatible);
    }

    #[test]
    fn version_steps_follow_the_rules_of_cargo() {
        for (bump, from, to) in [
            (Bump::Major, "1.2.3", "2.0.0"),
            (Bump::Minor, "1.2.3", "1.3.0"),
            (Bump::Patch, "1.2.3", "1.2.4"),
            (Bump::Major, "0.2.3", "0.3.0"),
            (Bump::Minor, "0.2.3", "0.2.4"),
            (Bump::Major, "0.0.3", "0.0.4"),
        ] {
            assert_eq!(bump.next(&from.parse().unwrap()).to_string(), to, "{bump} from {from}");
        }
        let version = |text: &str| text.parse().unwrap();
        assert!(Bump::Patch.is_made(&version("1.0.0"), &version("1.0.0")));
        assert!(!Bump::Minor.is_made(&version("1.0.0"), &version("1.0.1")));
        assert!(Bump::Minor.is_made(&version("1.0.0"), &version("2.0.0")));
        assert!(Bump::Major.is_made(&version("1.0.0"), &version("2.0.0-rc.1")));
    }

    #[test]
    fn a_finding_keeps_its_fingerprint_when_other_findings_change() {
        let mut new = users();
        new.methods.remove("get");
        let alone = check_evolution(&users(), &new).findings[0].fingerprint();
        new.methods.remove("registered");
        let findings = check_evolution(&users(), &new).findings;
        assert!(findings.iter().any(|finding| finding.fingerprint() == alone));
        assert_ne!(findings[0].fingerprint(), findings[1].fingerprint());
    }
}
