//! Who uses the versions of a method that is served in several versions, so that one knows when to remove an old one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use metrics::Counter;
use tokio::time::Instant;

use crate::discovery::OlderVersionUse;
use crate::envelope::Text;
use crate::telemetry;

/// How many senders of the messages of one method are told apart.
const MAX_CALLERS: usize = 64;
/// The name for all further senders.
const OTHERS: &str = "(others)";
/// The name for senders that do not say who they are.
const UNKNOWN: &str = "(unknown)";

/// The senders of the messages of one version of a method.
pub(crate) struct Callers {
    service: String,
    method: &'static str,
    /// The newest version of the method, if this is an older one.
    newer: Option<&'static str>,
    seen: Mutex<HashMap<Text, Caller>>,
}

struct Caller {
    messages: u64,
    last: Instant,
    counter: Counter,
}

impl Callers {
    pub(super) fn new(service: &str, method: &'static str, newer: Option<&'static str>) -> Self {
        Self { service: service.to_owned(), method, newer, seen: Mutex::default() }
    }

    /// Counts a message of `source`. Logs the first one of an older version.
    pub(super) fn count(&self, source: &Text) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let source = if source.is_empty() { &Text::from(UNKNOWN) } else { source };
        let now = Instant::now();
        let is_known = seen.contains_key(source);
        let name = if is_known || seen.len() < MAX_CALLERS { source } else { &Text::from(OTHERS) };
        let caller = seen.entry(name.clone()).or_insert_with(|| {
            let counter = telemetry::caller_counter(&self.service, self.method, name);
            Caller { messages: 0, last: now, counter }
        });
        caller.messages += 1;
        caller.last = now;
        caller.counter.increment(1);
        let is_first = caller.messages == 1;
        drop(seen);
        if let Some(newer) = self.newer.filter(|_| is_first) {
            let (service, method) = (&self.service, self.method);
            tracing::info!(
                "`{}` uses `{service}.{method}`, an older version of `{service}.{newer}`",
                name.escape_debug()
            );
        }
    }

    /// The uses so far, if this is an older version.
    pub(crate) fn older_uses(&self) -> Vec<OlderVersionUse> {
        let Some(newer) = self.newer else { return Vec::new() };
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let one = |(name, caller): (&Text, &Caller)| OlderVersionUse {
            service: self.service.clone(),
            method: self.method.to_owned(),
            newer: newer.to_owned(),
            caller: name.to_string(),
            messages: caller.messages,
            last_seconds_ago: caller.last.elapsed().as_secs(),
        };
        let mut uses: Vec<OlderVersionUse> = seen.iter().map(one).collect();
        uses.sort_by(|a, b| a.caller.cmp(&b.caller));
        uses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(callers: &Callers, names: impl IntoIterator<Item = String>) {
        names.into_iter().for_each(|name| callers.count(&Text::from(name.as_str())));
    }

    #[test]
    fn messages_are_counted_by_sender() {
        let callers = Callers::new("user", "get", Some("get@2"));
        count(&callers, ["web", "billing", "web", ""].map(str::to_owned));
        let uses = callers.older_uses();
        let found: Vec<_> = uses.iter().map(|found| (found.caller.as_str(), found.messages)).collect();
        assert_eq!(found, [("(unknown)", 1), ("billing", 1), ("web", 2)]);
        assert_eq!((uses[0].method.as_str(), uses[0].newer.as_str()), ("get", "get@2"));
        let newest = Callers::new("user", "get@2", None);
        count(&newest, ["web".to_owned()]);
        assert_eq!(newest.older_uses(), []);
    }

    #[test]
    fn the_number_of_senders_is_limited() {
        let callers = Callers::new("user", "get", Some("get@2"));
        count(&callers, (0..1000).map(|number| format!("copy-{number}")));
        count(&callers, ["copy-7".to_owned()]);
        let uses = callers.older_uses();
        assert_eq!(uses.len(), MAX_CALLERS + 1);
        let others = uses.iter().find(|found| found.caller == OTHERS).map(|found| found.messages);
        assert_eq!(others, Some(1000 - MAX_CALLERS as u64));
        assert_eq!(uses.iter().map(|found| found.messages).sum::<u64>(), 1001);
    }
}
