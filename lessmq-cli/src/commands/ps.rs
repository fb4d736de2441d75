//! `lessmq-cli ps`: the processes on a bus.

use std::collections::BTreeMap;
use std::time::Duration;

use lessmq::contract::Fingerprint;
use lessmq::discovery::{Instance, Provision};
use semver::Version;

use crate::live::{Connection, on_bus};
use crate::report::{Fit, Format, InstanceReport, LiveContract, LiveService, PsReport, Requirement, Result};

/// Shows the processes on a bus: what they provide, in which version, and what they require.
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
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<PsReport> {
    let wait = Duration::from_millis(arguments.wait);
    let instances =
        on_bus(&arguments.url, &arguments.connection, wait, |bus| async move { bus.instances(wait).await })?;
    Ok(report(instances, arguments.wait))
}

fn report(instances: Vec<Instance>, waited_ms: u64) -> PsReport {
    let services = services(&instances);
    let requirement = |provision: Provision| Requirement { fit: fit(&provision, &services), provision };
    let instances = instances
        .into_iter()
        .map(|instance| InstanceReport {
            name: instance.name,
            id: instance.id,
            provides: instance.provides,
            requires: instance.requires.into_iter().map(requirement).collect(),
        })
        .collect();
    PsReport { waited_ms, services, instances }
}

fn services(instances: &[Instance]) -> Vec<LiveService> {
    let mut found: BTreeMap<&str, BTreeMap<(&Version, &Fingerprint), Vec<String>>> = BTreeMap::new();
    for instance in instances {
        for provision in &instance.provides {
            let contracts = found.entry(&provision.service).or_default();
            let providers = contracts.entry((&provision.version, &provision.fingerprint)).or_default();
            providers.push(instance.id.clone());
        }
    }
    let contract = |((version, fingerprint), instances): ((&Version, &Fingerprint), Vec<String>)| {
        LiveContract { version: version.clone(), fingerprint: fingerprint.clone(), instances }
    };
    let service = |(service, contracts): (&str, BTreeMap<_, _>)| {
        let contracts: Vec<LiveContract> = contracts.into_iter().map(contract).collect();
        let drift = contracts.windows(2).any(|pair| pair[0].fingerprint != pair[1].fingerprint);
        LiveService { service: service.to_owned(), drift, contracts }
    };
    found.into_iter().map(service).collect()
}

fn fit(required: &Provision, services: &[LiveService]) -> Fit {
    let Some(service) = services.iter().find(|service| service.service == required.service) else {
        return Fit::Absent;
    };
    let is_same = |live: &LiveContract| live.fingerprint == required.fingerprint;
    if service.contracts.iter().all(is_same) { Fit::Same } else { Fit::Different }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn provision(service: &str, version: &str, fingerprint: &str) -> Value {
        json!({"service": service, "version": version, "fingerprint": fingerprint})
    }

    /// The report on instances that each provide one of `provides`, and all require the same.
    fn report_on(provides: &[Value], requires: &[Value]) -> PsReport {
        let instance = |(id, provides): (usize, &Value)| json!({"id": id.to_string(), "name": "copy", "provides": [provides], "requires": requires});
        let instances = provides.iter().enumerate().map(instance).collect::<Vec<_>>();
        report(serde_json::from_value(instances.into()).expect("they are instances"), 0)
    }

    #[test]
    fn versions_with_one_fingerprint_are_no_drift() {
        let copies = [provision("user", "1.0.0", "aa"), provision("user", "1.0.1", "aa")];
        let found = report_on(&copies, &[provision("user", "0.9.0", "aa")]);
        assert_eq!((found.services.len(), found.services[0].contracts.len()), (1, 2));
        assert!(!found.services[0].drift);
        assert_eq!(found.instances[0].requires[0].fit, Fit::Same);
    }

    #[test]
    fn a_copy_with_another_fingerprint_is_drift_and_does_not_fit() {
        let copies = ["aa", "aa", "bb"].map(|fingerprint| provision("user", "1.0.0", fingerprint));
        let required = [provision("user", "1.0.0", "aa"), provision("mailer", "1.0.0", "aa")];
        let found = report_on(&copies, &required);
        assert!(found.services[0].drift);
        let fits: Vec<Fit> = found.instances[0].requires.iter().map(|required| required.fit).collect();
        assert_eq!(fits, [Fit::Different, Fit::Absent]);
    }
}
