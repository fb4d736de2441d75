//! Answers the questions of others: who is there, what is provided, has a caller left.

use crate::bus::Bus;
use crate::contract::{Contract, Fingerprint};
use crate::discovery::{self, Answer, Instance, Query};
use crate::error::Result;
use crate::payload;
use crate::server::InFlight;
use crate::transport::{Consumer, Settlement};

/// The part of a process that is asked.
pub(super) struct Control {
    pub(super) bus: Bus,
    pub(super) instance: Instance,
    pub(super) provided: Vec<Contract>,
    /// The interfaces that what is provided is made of, which replies name.
    pub(super) interfaces: Vec<Fingerprint>,
    pub(super) in_flight: InFlight,
}

impl Control {
    /// Starts to listen: what is asked from now on is answered.
    pub(super) async fn listen(&self) -> Result<Consumer> {
        let services = self.provided.iter().map(|contract| contract.service.as_str());
        let events: Vec<&str> = services.chain([discovery::EVERYONE]).collect();
        discovery::listen(&self.bus, &events).await
    }

    /// Answers until the bus is closed.
    pub(super) async fn answer_all(self, mut questions: Consumer) -> Result<()> {
        while let Some(delivery) = questions.next().await {
            let delivery = delivery?;
            match payload::decode::<Query>(&delivery.envelope.data) {
                Ok(query) => self.answer(query).await,
                Err(error) => tracing::debug!("a question on the bus cannot be read: {error:#}"),
            }
            delivery.settle(Settlement::Acknowledge).await.unwrap_or_else(|error| {
                tracing::debug!("a question was not settled: {error:#}");
            });
        }
        Ok(())
    }

    async fn answer(&self, query: Query) {
        let (to, contract) = match query {
            Query::Cancel { message } => return self.in_flight.cancel(message.as_str().into()),
            Query::Instances { answer_to } => (answer_to, None),
            Query::Describe { answer_to, service, fingerprint } => {
                let provided = self.provided.iter().find(|contract| contract.service == service);
                let wanted = |contract: &&Contract| {
                    let exactly =
                        |f: &Fingerprint| *f == contract.fingerprint() || self.interfaces.contains(f);
                    fingerprint.as_ref().is_none_or(exactly)
                };
                let Some(contract) = provided.filter(wanted) else { return };
                (answer_to, Some(contract.clone()))
            }
        };
        let answer = Answer { to, instance: self.instance.clone(), contract };
        if let Err(error) = discovery::answer(&self.bus, &answer).await {
            tracing::warn!("a question on the bus could not be answered: {error:#}");
        }
    }
}
