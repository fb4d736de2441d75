//! Contracts of live providers.

use std::collections::BTreeMap;
use std::time::Duration;

use lessmq::Bus;
use lessmq::contract::Contract;
use lessmq::discovery::Provision;

use super::{Answer, Baseline, BusAccess};
use crate::error::Result;
use crate::judgement::Standing;
use crate::live::{on_bus, origin};

/// Copies of a service that provide the same contract.
#[derive(Debug)]
pub(crate) struct Copies {
    pub(crate) contract: Contract,
    /// Their names and ids.
    pub(crate) instances: Vec<String>,
}

/// Everything that is provided of the `services`, and the bus's name for people.
pub(super) fn ask(
    url: &str,
    access: &BusAccess,
    services: &[String],
) -> Result<(String, BTreeMap<String, Vec<Copies>>)> {
    let patience = Duration::from_millis(access.wait);
    // Once to see who is there, once for what they provide.
    let live = on_bus(url, &access.connection, patience * 2, |bus| async move {
        let mut provided: BTreeMap<Provision, Vec<String>> = BTreeMap::new();
        for instance in bus.instances(patience).await? {
            for provision in instance.provides {
                if services.contains(&provision.service) {
                    let copy = format!("{} {}", instance.name, instance.id);
                    provided.entry(provision).or_default().push(copy);
                }
            }
        }
        describe(&bus, provided, patience).await
    })?;
    Ok((origin(url)?, live))
}

async fn describe(
    bus: &Bus,
    provided: BTreeMap<Provision, Vec<String>>,
    patience: Duration,
) -> lessmq::Result<BTreeMap<String, Vec<Copies>>> {
    let mut live: BTreeMap<String, Vec<Copies>> = BTreeMap::new();
    for (provision, mut instances) in provided {
        let copies = live.entry(provision.service.clone()).or_default();
        let same = copies.iter_mut().find(|copies| copies.contract.fingerprint() == provision.fingerprint);
        if let Some(same) = same {
            same.instances.append(&mut instances);
            continue;
        }
        let contract = bus.describe_provision(&provision, patience).await?.contract;
        copies.push(Copies { contract, instances });
    }
    Ok(live)
}

pub(super) fn answer(address: &str, copies: Option<&Vec<Copies>>) -> Answer {
    let baseline = |copies: &Copies| {
        let count = copies.instances.len();
        let copies_word = if count == 1 { "copy" } else { "copies" };
        let origin = format!("{count} {copies_word} on {address}");
        Baseline { origin, standing: Standing::Live, contract: copies.contract.clone() }
    };
    let baselines = copies.into_iter().flatten().map(baseline).collect();
    Answer { place: address.to_owned(), is_live: true, baselines }
}
