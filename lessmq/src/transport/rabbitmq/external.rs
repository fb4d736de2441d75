//! The names of external topics.

use lapin::types::ShortString;

use super::failure::short;
use crate::error::{Error, ErrorKind, Result};
use crate::name::ExternalName;

/// An external topic: an exchange and a routing key, written `exchange/routing.key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExternalTopic {
    pub(super) exchange: ShortString,
    pub(super) routing_key: ShortString,
}

impl ExternalTopic {
    /// Splits the name at the first `/`. Without a `/` the routing key is empty.
    ///
    /// # Errors
    /// `Config` if the exchange is empty or a part is longer than AMQP allows. A hint shows the valid form.
    pub(super) fn parse(name: &ExternalName) -> Result<Self> {
        const FORM: &str = "write `exchange/routing.key`, or `exchange` for an empty routing key";
        let (exchange, routing_key) = name.as_str().split_once('/').unwrap_or((name.as_str(), ""));
        if exchange.is_empty() {
            let context = format!("invalid external topic `{name}`: the name of the exchange is empty");
            return Err(Error::new(ErrorKind::Config, context).with_hint(FORM));
        }
        let part = |what: &str, text: &str| short(what, text).map_err(|error| error.with_hint(FORM));
        Ok(Self { exchange: part("exchange", exchange)?, routing_key: part("routing key", routing_key)? })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;

    fn parse(name: &str) -> Result<(String, String)> {
        let topic = ExternalTopic::parse(&name.parse().unwrap())?;
        Ok((topic.exchange.to_string(), topic.routing_key.to_string()))
    }

    #[test]
    fn a_topic_is_an_exchange_and_a_routing_key() {
        for (name, exchange, routing_key) in [
            ("orders/order.created", "orders", "order.created"),
            ("orders", "orders", ""),
            ("orders/", "orders", ""),
            ("amq.topic/eu/order.*", "amq.topic", "eu/order.*"),
        ] {
            assert_eq!(parse(name).unwrap(), (exchange.to_owned(), routing_key.to_owned()), "{name}");
        }
    }

    #[test]
    fn an_error_shows_the_form() {
        for name in ["/order.created".to_owned(), "e".repeat(300), format!("orders/{}", "k".repeat(300))] {
            let error = parse(&name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{name}");
            assert!(error.hint().unwrap().contains("exchange/routing.key"), "{error:#}");
        }
    }
}
