//! `lessmq-cli ps`: the processes on a bus.

use std::collections::{BTreeMap, BTreeSet};

use lessmq::contract::Fingerprint;
use lessmq::discovery::{Instance, Provision};
use lessmq::name::newer_version;
use semver::Version;

use super::query::Query;
use crate::live::on_bus;
use crate::report::{
    Fit, InstanceReport, LiveContract, LiveService, OlderUse, PsReport, Reporter, Requirement, Result,
};

/// Shows the processes on a bus: what they provide, in which version, and what they require.
///
/// Copies of one service with different contracts, and methods that a process refuses to call, are findings (exit code 1).
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) query: Query,
}

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<PsReport> {
    let Query { options, .. } = &arguments.query;
    let (url, wait) = (arguments.query.url()?, options.access.wait());
    let broker = options.access.connection.broker(&url, reporter);
    let instances = on_bus(broker, wait, |bus| async move { bus.instances(wait).await })?;
    Ok(report(instances, options.access.wait_ms))
}

fn report(instances: Vec<Instance>, waited_ms: u64) -> PsReport {
    let mut provided: BTreeMap<String, Vec<(String, Provision)>> = BTreeMap::new();
    for instance in &instances {
        for provision in &instance.provides {
            let copies = provided.entry(provision.service.clone()).or_default();
            copies.push((instance.id.clone(), provision.clone()));
        }
    }
    let requirement =
        |required: Provision| Requirement { fit: fit(&required, &provided), provision: required };
    let older_uses = older_uses(&instances, &provided);
    let instances = instances
        .into_iter()
        .map(|instance| InstanceReport {
            name: instance.name,
            id: instance.id,
            provides: instance.provides,
            requires: instance.requires.into_iter().map(requirement).collect(),
            refuses: instance.refuses,
        })
        .collect();
    let services = provided.iter().map(|(service, copies)| live_service(service, copies)).collect();
    PsReport { waited_ms, services, instances, older_uses }
}

/// A service, and the processes that provide it.
fn live_service(service: &str, copies: &[(String, Provision)]) -> LiveService {
    let mut contracts: BTreeMap<(&Version, &Fingerprint), Vec<String>> = BTreeMap::new();
    for (instance, provision) in copies {
        let instances = contracts.entry((&provision.version, &provision.fingerprint)).or_default();
        instances.push(instance.clone());
    }
    let contract = |((version, fingerprint), instances): ((&Version, &Fingerprint), Vec<String>)| {
        LiveContract { version: version.clone(), fingerprint: fingerprint.clone(), instances }
    };
    let contracts = contracts.into_iter().map(contract).collect();
    LiveService { service: service.to_owned(), drift: has_drift(copies), contracts }
}

/// Who uses older versions of methods: what the providers have counted, and the processes that were built against an older
/// version only.
fn older_uses(
    instances: &[Instance],
    provided: &BTreeMap<String, Vec<(String, Provision)>>,
) -> Vec<OlderUse> {
    let mut uses: BTreeMap<[String; 3], OlderUse> = BTreeMap::new();
    for found in instances.iter().flat_map(|instance| &instance.older_uses) {
        let key = [&found.service, &found.method, &found.caller].map(String::clone);
        let newest = OlderUse::new(&found.service, &found.method, &found.newer, &found.caller);
        let known = uses.entry(key).or_insert(newest);
        known.messages += found.messages;
        let last = known.last_seconds_ago.unwrap_or(u64::MAX).min(found.last_seconds_ago);
        known.last_seconds_ago = Some(last);
    }
    for instance in instances {
        for required in &instance.requires {
            let copies = provided.get(&required.service).into_iter().flatten();
            let live: BTreeSet<&str> =
                copies.flat_map(|(_, provision)| provision.methods.keys().map(String::as_str)).collect();
            let own = || required.methods.keys().map(String::as_str);
            let is_newest = |method: &&str| newer_version(method, own()).is_none();
            for method in own().filter(|method| live.contains(method)).filter(is_newest) {
                let Some(newer) = newer_version(method, live.iter().copied()) else { continue };
                let key = [required.service.clone(), method.to_owned(), instance.name.clone()];
                uses.entry(key).or_insert(OlderUse::new(&required.service, method, newer, &instance.name));
            }
        }
    }
    uses.into_values().collect()
}

impl OlderUse {
    fn new(service: &str, method: &str, newer: &str, caller: &str) -> Self {
        let [service, method, newer, caller] = [service, method, newer, caller].map(str::to_owned);
        Self { service, method, newer, caller, messages: 0, last_seconds_ago: None }
    }
}

/// Whether two processes provide a common method by different contracts.
fn has_drift(copies: &[(String, Provision)]) -> bool {
    let differ = |one: &Provision, other: &Provision| {
        one.fingerprint != other.fingerprint
            && one.methods.keys().any(|name| other.methods.contains_key(name))
    };
    let differs = |(index, (_, one)): (usize, &(String, Provision))| {
        copies[..index].iter().any(|(_, other)| differ(one, other))
    };
    copies.iter().enumerate().any(differs)
}

fn fit(required: &Provision, provided: &BTreeMap<String, Vec<(String, Provision)>>) -> Fit {
    let Some(copies) = provided.get(&required.service) else { return Fit::Absent };
    let is_same = |(name, fingerprint): (&String, &Fingerprint)| {
        let mut live = copies.iter().filter_map(|(_, provision)| provision.methods.get(name)).peekable();
        live.peek().is_some() && live.all(|live| live == fingerprint)
    };
    if required.methods.iter().all(is_same) { Fit::Same } else { Fit::Different }
}

#[cfg(test)]
mod tests {
    use lessmq::contract::{Contract, ContractBuilder, MethodMeta};
    use lessmq::discovery::{OlderVersionUse, Refusal};

    use super::*;
    use crate::report::{ExitStatus, Report};

    /// A contract of `user` with these calls, whose argument is a number.
    fn users(version: &str, calls: &[&'static str]) -> Contract {
        let add = |builder: ContractBuilder, name: &&'static str| {
            builder.call::<u64, u64, lessmq::Never>(MethodMeta::new(name))
        };
        calls.iter().fold(ContractBuilder::new("user", version), add).build()
    }

    /// The same with a text as the argument of `get`.
    fn changed(version: &str) -> Contract {
        ContractBuilder::new("user", version)
            .call::<String, u64, lessmq::Never>(MethodMeta::new("get"))
            .build()
    }

    /// The report on instances that each provide one of `provides`, and all require the same.
    fn report_on(provides: &[Contract], requires: &[Contract]) -> PsReport {
        let instance = |(id, provides): (usize, &Contract)| {
            let mut instance = Instance::new(id.to_string(), "copy");
            instance.provides = vec![provides.into()];
            instance.requires = requires.iter().map(Into::into).collect();
            instance
        };
        report(provides.iter().enumerate().map(instance).collect(), 0)
    }

    fn fits(report: &PsReport) -> Vec<Fit> {
        report.instances[0].requires.iter().map(|required| required.fit).collect()
    }

    #[test]
    fn a_refused_method_is_a_finding() {
        let mut instance = Instance::new("1", "web");
        let version = Version::new(2, 0, 0);
        instance.refuses = vec![Refusal::new("user", "get", version, "call `user.get`, reply: it changed")];
        let found = report(vec![instance], 0);
        assert_eq!(found.status(), ExitStatus::Findings);
    }

    #[test]
    fn consumers_of_older_versions_are_listed() {
        let both = users("1.1.0", &["get", "get@2", "find"]);
        let copy = |id: &str, messages, last_seconds_ago| {
            let mut instance = Instance::new(id, "user");
            instance.provides = vec![(&both).into()];
            let mut counted = OlderVersionUse::new("user", "get", "get@2", "billing");
            (counted.messages, counted.last_seconds_ago) = (messages, last_seconds_ago);
            instance.older_uses = vec![counted];
            instance
        };
        let consumer = |name: &str, calls: &[&'static str]| {
            let mut instance = Instance::new(name, name);
            instance.requires = vec![(&users("1.0.0", calls)).into()];
            instance
        };
        let consumers = [
            consumer("billing", &["get"]),
            consumer("report", &["get", "find"]),
            consumer("web", &["get", "get@2"]),
            consumer("chat", &["get@2", "find"]),
        ];
        let found = report([copy("1", 7, 60), copy("2", 5, 3)].into_iter().chain(consumers).collect(), 0);
        let uses: Vec<_> = found
            .older_uses
            .iter()
            .map(|found| {
                (found.method.as_str(), found.caller.as_str(), found.messages, found.last_seconds_ago)
            })
            .collect();
        assert_eq!(uses, [("get", "billing", 12, Some(3)), ("get", "report", 0, None)]);
        assert_eq!((found.older_uses[0].newer.as_str(), found.status()), ("get@2", ExitStatus::Success));
    }

    #[test]
    fn versions_with_one_fingerprint_are_no_drift() {
        let found =
            report_on(&[users("1.0.0", &["get"]), users("1.0.1", &["get"])], &[users("0.9.0", &["get"])]);
        assert_eq!((found.services.len(), found.services[0].contracts.len()), (1, 2));
        assert!(!found.services[0].drift);
        assert_eq!(fits(&found), [Fit::Same]);
    }

    #[test]
    fn a_copy_with_another_contract_is_drift_and_does_not_fit() {
        let copies = [users("1.0.0", &["get"]), users("1.0.0", &["get"]), changed("1.0.0")];
        let mailer = Contract { service: "mailer".to_owned(), ..users("1.0.0", &["send"]) };
        let found = report_on(&copies, &[users("1.0.0", &["get"]), mailer]);
        assert!(found.services[0].drift);
        assert_eq!(fits(&found), [Fit::Different, Fit::Absent]);
    }

    #[test]
    fn a_part_of_the_provided_contract_is_the_same() {
        let found = report_on(
            &[users("1.0.0", &["get", "find", "block"])],
            &[users("1.0.0", &["get"]), users("1.0.0", &["block", "find"]), users("1.0.0", &["get", "lost"])],
        );
        assert_eq!(fits(&found), [Fit::Same, Fit::Same, Fit::Different]);
    }

    #[test]
    fn processes_that_provide_parts_of_a_service_are_no_drift() {
        let parts = [users("1.0.0", &["get", "find"]), users("1.0.0", &["block"])];
        let found = report_on(&parts, &[users("1.0.0", &["get", "block"])]);
        assert!(!found.services[0].drift);
        assert_eq!(fits(&found), [Fit::Same]);
    }

    #[test]
    fn a_copy_with_an_added_method_is_drift_and_fits_consumers_of_the_others() {
        let copies = [users("1.0.0", &["get"]), users("1.1.0", &["get", "find"])];
        let found = report_on(&copies, &[users("1.0.0", &["get"])]);
        assert!(found.services[0].drift);
        assert_eq!(fits(&found), [Fit::Same]);
    }
}
