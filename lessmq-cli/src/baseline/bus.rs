//! The contracts of live providers.

use std::collections::BTreeMap;
use std::time::Duration;

use lessmq::Bus;
use lessmq::contract::Contract;
use lessmq::discovery::Provision;

use super::{Baseline, Found};
use crate::live::{BusAccess, on_bus, origin};
use crate::report::{BaselineKind, Reporter, Result};

/// The copies of a service that provide the same contract.
#[derive(Debug)]
pub(crate) struct LiveCopies {
    pub(crate) contract: Contract,
    /// The names and ids of the processes.
    pub(crate) instances: Vec<String>,
}

impl LiveCopies {
    /// Whether two of these contracts of one service have a method in common. Otherwise, they are parts of the service.
    pub(crate) fn differ(live: &[Self]) -> bool {
        let overlap = |one: &Self, other: &Self| {
            one.contract.methods.keys().any(|name| other.contract.methods.contains_key(name))
        };
        live.iter().enumerate().any(|(index, one)| live[..index].iter().any(|other| overlap(one, other)))
    }
}

/// How to query a bus, and for which services.
pub(crate) struct LiveQuery<'a> {
    pub(crate) access: &'a BusAccess,
    pub(crate) services: &'a [String],
    pub(crate) reporter: &'a dyn Reporter,
}

/// The live contracts of the services, and the address of the bus for people.
pub(super) fn query(url: &str, query: &LiveQuery<'_>) -> Result<(String, BTreeMap<String, Vec<LiveCopies>>)> {
    let LiveQuery { access, services, reporter } = *query;
    let wait = access.wait();
    // One wait for the instances and one for their contracts.
    let live = on_bus(access.connection.broker(url, reporter), wait * 2, |bus| async move {
        let mut provided: BTreeMap<Provision, Vec<String>> = BTreeMap::new();
        for instance in bus.instances(wait).await? {
            for provision in instance.provides {
                if services.contains(&provision.service) {
                    let copy = format!("{} {}", instance.name, instance.id);
                    provided.entry(provision).or_default().push(copy);
                }
            }
        }
        describe(&bus, provided, wait).await
    })?;
    Ok((origin(url)?, live))
}

async fn describe(
    bus: &Bus,
    provided: BTreeMap<Provision, Vec<String>>,
    wait: Duration,
) -> lessmq::Result<BTreeMap<String, Vec<LiveCopies>>> {
    let mut live: BTreeMap<String, Vec<LiveCopies>> = BTreeMap::new();
    for (provision, mut instances) in provided {
        let copies = live.entry(provision.service.clone()).or_default();
        let same = copies.iter_mut().find(|copies| copies.contract.fingerprint() == provision.fingerprint);
        if let Some(same) = same {
            same.instances.append(&mut instances);
            continue;
        }
        let contract = bus.describe_provision(&provision, wait).await?.contract;
        copies.push(LiveCopies { contract, instances });
    }
    Ok(live)
}

/// The baselines of one service.
pub(super) fn baselines(address: &str, copies: Option<&Vec<LiveCopies>>) -> Found {
    let baseline = |copies: &LiveCopies| {
        let count = copies.instances.len();
        let noun = if count == 1 { "copy" } else { "copies" };
        let origin = format!("{count} {noun} on {address}");
        Baseline { origin, kind: BaselineKind::Live, contract: copies.contract.clone() }
    };
    let baselines = copies.into_iter().flatten().map(baseline).collect();
    Found { place: address.to_owned(), is_live: true, baselines }
}
