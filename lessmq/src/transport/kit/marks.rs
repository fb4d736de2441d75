//! Attributes that a driver adds to an envelope: the attempt, and why the message is dead.

use jiff::Timestamp;

use crate::transport::{DeadLetter, DeadLetterReason};

/// The number of the attempt of the message's next delivery.
const ATTEMPT: &str = "lessmq-attempt";
/// On dead letters: [`DeadLetter::reason`].
const REASON: &str = "lessmq-dead-reason";
/// On dead letters: [`DeadLetter::detail`].
const DETAIL: &str = "lessmq-dead-detail";
/// On dead letters: [`DeadLetter::attempts`].
const ATTEMPTS: &str = "lessmq-dead-attempts";
/// On dead letters: the queue that they come from.
const QUEUE: &str = "lessmq-dead-queue";
/// On dead letters: when they became dead letters.
const TIME: &str = "lessmq-dead-time";

/// The longest [`DeadLetter::detail`] that is stored: brokers limit the size of attributes.
const MAX_DETAIL_BYTES: usize = 8 * 1024;

/// Attempts and dead-letter reasons as attributes of a stored message. The names are the same on every broker. They
/// contain a hyphen, which names of CloudEvents attributes cannot contain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Marks {
    /// The number of the attempt of the next delivery, on brokers that do not count deliveries.
    pub attempt: Option<u32>,
    /// On dead letters: the reason.
    pub reason: Option<DeadLetterReason>,
    /// On dead letters: what happened, for people.
    pub detail: Option<String>,
    /// On dead letters: how many times handling was attempted.
    pub attempts: Option<u32>,
    /// On dead letters: the broker's name of the queue that they come from.
    pub queue: Option<String>,
    /// On dead letters: when they became dead letters.
    pub time: Option<Timestamp>,
}

impl Marks {
    /// The marks of a message whose next delivery is this attempt.
    #[must_use]
    pub fn attempt(attempt: u32) -> Self {
        Self { attempt: Some(attempt), ..Self::default() }
    }

    /// The marks of a message from `queue` that becomes a dead letter now. A detail that is too long is cut.
    #[must_use]
    pub fn dead(letter: &DeadLetter, queue: &str) -> Self {
        let detail = &letter.detail[..letter.detail.floor_char_boundary(MAX_DETAIL_BYTES)];
        Self {
            attempt: None,
            reason: Some(letter.reason),
            detail: Some(detail.to_owned()),
            attempts: Some(letter.attempts),
            queue: Some(queue.to_owned()),
            time: Some(Timestamp::now()),
        }
    }

    /// Whether an attribute of this name is a mark.
    #[must_use]
    pub fn is_mark(name: &str) -> bool {
        [ATTEMPT, REASON, DETAIL, ATTEMPTS, QUEUE, TIME].contains(&name)
    }

    /// Reads one attribute, and returns whether it was a mark. Invalid values are ignored.
    pub fn read(&mut self, name: &str, value: &str) -> bool {
        match name {
            ATTEMPT => self.attempt = value.parse().ok(),
            REASON => self.reason = Some(DeadLetterReason::from_name(value)),
            DETAIL => self.detail = Some(value.to_owned()),
            ATTEMPTS => self.attempts = value.parse().ok(),
            QUEUE => self.queue = Some(value.to_owned()),
            TIME => self.time = value.parse().ok(),
            _ => return false,
        }
        true
    }

    /// The marks that are set, as attributes.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            (ATTEMPT, self.attempt.map(|attempt| attempt.to_string())),
            (REASON, self.reason.map(|reason| reason.as_str().to_owned())),
            (DETAIL, self.detail.clone()),
            (ATTEMPTS, self.attempts.map(|attempts| attempts.to_string())),
            (QUEUE, self.queue.clone()),
            (TIME, self.time.map(|time| time.to_string())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// Why the message is dead, if it is. `attempt` is the number of attempts if the marks have none.
    #[must_use]
    pub fn into_dead_letter(self, attempt: u32) -> Option<DeadLetter> {
        let attempts = self.attempts.unwrap_or(attempt);
        Some(DeadLetter { reason: self.reason?, detail: self.detail.unwrap_or_default(), attempts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(detail: &str) -> DeadLetter {
        DeadLetter { reason: DeadLetterReason::AttemptsExhausted, detail: detail.to_owned(), attempts: 5 }
    }

    fn over_the_wire(sent: &Marks) -> Marks {
        let mut received = Marks::default();
        for (name, value) in sent.attributes() {
            assert!(name.contains('-') && Marks::is_mark(name) && received.read(name, &value), "{name}");
        }
        received
    }

    #[test]
    fn marks_survive_the_wire() {
        for sent in
            [Marks::default(), Marks::attempt(3), Marks::dead(&letter("no – 帳簿"), "shop.user.commands")]
        {
            assert_eq!(over_the_wire(&sent), sent);
        }
    }

    #[test]
    fn a_dead_letter_has_the_reason_and_the_queue() {
        let sent = letter("the ledger is closed");
        assert_eq!(over_the_wire(&Marks::dead(&sent, "q")).into_dead_letter(1), Some(sent));
        assert_eq!(Marks::attempt(3).into_dead_letter(3), None);
    }

    #[test]
    fn the_attempts_of_a_dead_letter_default_to_the_delivery() {
        let mut marks = Marks::default();
        assert!(marks.read(REASON, "terminal") && marks.read(ATTEMPTS, "many"));
        let dead_letter = marks.into_dead_letter(4);
        assert_eq!(dead_letter.map(|letter| letter.attempts), Some(4));
    }

    #[test]
    fn a_long_detail_is_cut_between_characters() {
        let marks = Marks::dead(&letter(&"é".repeat(MAX_DETAIL_BYTES)), "q");
        let detail = marks.detail.unwrap_or_default();
        assert!(detail.len() <= MAX_DETAIL_BYTES && detail.chars().all(|c| c == 'é'));
    }

    #[test]
    fn other_attributes_are_not_marks() {
        assert!(!Marks::is_mark("traceparent") && !Marks::default().read("traceparent", "00"));
    }
}
