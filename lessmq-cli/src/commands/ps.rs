//! `lessmq-cli ps`: who is on the bus.

use std::collections::BTreeMap;
use std::time::Duration;

use lessmq::contract::Fingerprint;
use lessmq::discovery::{Instance, Provision};
use semver::Version;
use serde::Serialize;

use crate::error::Result;
use crate::live::{Connection, on_bus};
use crate::output::Format;

/// Shows who is on the bus: services, their versions and copies, and who requires what.
///
/// Copies of one service with different contracts are a finding (exit code 1).
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The broker's address
    #[arg(env = "LESSMQ_URL", hide_env_values = true)]
    url: String,
    #[command(flatten)]
    connection: Connection,
    /// How long to wait for answers, in milliseconds
    #[arg(long, value_name = "MS", default_value = "1000")]
    wait: u64,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Everyone on a bus.
#[derive(Debug, Serialize)]
pub(crate) struct Presence {
    /// How long answers were awaited, in milliseconds.
    pub(crate) waited_ms: u64,
    pub(crate) services: Vec<Service>,
    pub(crate) instances: Vec<Present>,
}

/// A service that somebody provides.
#[derive(Debug, Serialize)]
pub(crate) struct Service {
    pub(crate) service: String,
    /// Whether its copies have different contracts.
    pub(crate) drift: bool,
    pub(crate) contracts: Vec<Live>,
}

/// A contract that somebody provides.
#[derive(Debug, Serialize)]
pub(crate) struct Live {
    pub(crate) version: Version,
    pub(crate) fingerprint: Fingerprint,
    /// The ids of those who provide it.
    pub(crate) instances: Vec<String>,
}

/// A process.
#[derive(Debug, Serialize)]
pub(crate) struct Present {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) provides: Vec<Provision>,
    pub(crate) requires: Vec<Need>,
}

/// What a process was built against.
#[derive(Debug, Serialize)]
pub(crate) struct Need {
    #[serde(flatten)]
    pub(crate) provision: Provision,
    pub(crate) fit: Fit,
}

/// How a required contract stands to those that are provided, judged by fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fit {
    /// All copies provide the same.
    Same,
    /// Some copy provides another: it may be compatible, and may not.
    Different,
    /// Nobody provides the service.
    Absent,
}

impl Fit {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Absent => "absent",
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Presence> {
    let patience = Duration::from_millis(arguments.wait);
    let instances = on_bus(&arguments.url, &arguments.connection, patience, |bus| async move {
        bus.instances(patience).await
    })?;
    Ok(presence(instances, arguments.wait))
}

fn presence(instances: Vec<Instance>, waited_ms: u64) -> Presence {
    let services = services(&instances);
    let need = |provision: Provision| Need { fit: fit(&provision, &services), provision };
    let instances = instances
        .into_iter()
        .map(|instance| Present {
            name: instance.name,
            id: instance.id,
            provides: instance.provides,
            requires: instance.requires.into_iter().map(need).collect(),
        })
        .collect();
    Presence { waited_ms, services, instances }
}

fn services(instances: &[Instance]) -> Vec<Service> {
    let mut found: BTreeMap<&str, BTreeMap<(&Version, &Fingerprint), Vec<String>>> = BTreeMap::new();
    for instance in instances {
        for provision in &instance.provides {
            let contracts = found.entry(&provision.service).or_default();
            let holders = contracts.entry((&provision.version, &provision.fingerprint)).or_default();
            holders.push(instance.id.clone());
        }
    }
    let live = |((version, fingerprint), instances): ((&Version, &Fingerprint), Vec<String>)| Live {
        version: version.clone(),
        fingerprint: fingerprint.clone(),
        instances,
    };
    let service = |(service, contracts): (&str, BTreeMap<_, _>)| {
        let contracts: Vec<Live> = contracts.into_iter().map(live).collect();
        let drift = contracts.windows(2).any(|pair| pair[0].fingerprint != pair[1].fingerprint);
        Service { service: service.to_owned(), drift, contracts }
    };
    found.into_iter().map(service).collect()
}

fn fit(needed: &Provision, services: &[Service]) -> Fit {
    match services.iter().find(|service| service.service == needed.service) {
        None => Fit::Absent,
        Some(service) if service.contracts.iter().all(|live| live.fingerprint == needed.fingerprint) => {
            Fit::Same
        }
        Some(_) => Fit::Different,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn provision(service: &str, version: &str, fingerprint: &str) -> Value {
        json!({"service": service, "version": version, "fingerprint": fingerprint})
    }

    fn found(provides: &[Value], requires: &[Value]) -> Presence {
        let instance = |(id, provides): (usize, &Value)| json!({"id": id.to_string(), "name": "copy", "provides": [provides], "requires": requires});
        let instances = provides.iter().enumerate().map(instance).collect::<Vec<_>>();
        presence(serde_json::from_value(instances.into()).expect("they are instances"), 0)
    }

    #[test]
    fn another_version_of_the_same_promises_is_no_drift() {
        let copies = [provision("user", "1.0.0", "aa"), provision("user", "1.0.1", "aa")];
        let found = found(&copies, &[provision("user", "0.9.0", "aa")]);
        assert_eq!((found.services.len(), found.services[0].contracts.len()), (1, 2));
        assert!(!found.services[0].drift);
        assert_eq!(found.instances[0].requires[0].fit, Fit::Same);
    }

    #[test]
    fn one_copy_with_other_promises_is_drift_and_does_not_fit() {
        let copies = ["aa", "aa", "bb"].map(|fingerprint| provision("user", "1.0.0", fingerprint));
        let found = found(&copies, &[provision("user", "1.0.0", "aa"), provision("mailer", "1.0.0", "aa")]);
        assert!(found.services[0].drift);
        let fits: Vec<Fit> = found.instances[0].requires.iter().map(|need| need.fit).collect();
        assert_eq!(fits, [Fit::Different, Fit::Absent]);
    }
}
