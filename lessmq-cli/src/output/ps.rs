//! The report of `ps`.

use anstyle::Style;
use lessmq::discovery::Provision;

use super::Report;
use super::style::{DIM, ERROR, GOOD, STRONG, WARNING, plain};
use super::table::Table;
use crate::commands::Exit;
use crate::commands::ps::{Fit, Presence, Present, Service};

impl Report for Presence {
    fn human(&self) -> String {
        if self.instances.is_empty() {
            return format!("nobody answered within {} ms\n", self.waited_ms);
        }
        let services = services(&self.services);
        let instances = instances(&self.instances);
        if services.is_empty() { instances } else { format!("{services}\n{instances}") }
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    fn hints(&self) -> Vec<String> {
        if self.instances.is_empty() {
            return vec!["are the services on this broker, and in this --namespace?".to_owned()];
        }
        let drifting: Vec<String> = self
            .services
            .iter()
            .filter(|service| service.drift)
            .map(|service| format!("`{}`", plain(&service.service)))
            .collect();
        let mut hints = Vec::new();
        if !drifting.is_empty() {
            let drifting = drifting.join(", ");
            hints.push(format!(
                "copies of {drifting} provide different contracts: finish the roll-out, or undo it"
            ));
        }
        let needs = || self.instances.iter().flat_map(|instance| &instance.requires);
        if needs().any(|need| need.fit == Fit::Different) {
            hints.push("compare with `lessmq-cli describe URL SERVICE | lessmq-cli diff OLD -`".to_owned());
        }
        hints
    }

    fn exit(&self) -> Exit {
        if self.services.iter().any(|service| service.drift) { Exit::Findings } else { Exit::Fine }
    }
}

fn services(services: &[Service]) -> String {
    if services.is_empty() {
        return String::new();
    }
    let mut table = Table::titled(&["SERVICE", "VERSION", "CONTRACT", "COPIES"]);
    for service in services {
        for live in &service.contracts {
            let drift = if service.drift { "drift" } else { "" };
            table.row(vec![
                (STRONG, plain(&service.service)),
                (Style::new(), live.version.to_string()),
                (Style::new(), plain(live.fingerprint.short())),
                (Style::new(), live.instances.len().to_string()),
                (ERROR, drift.to_owned()),
            ]);
        }
    }
    table.render("")
}

fn instances(instances: &[Present]) -> String {
    let mut table = Table::titled(&["INSTANCE", "", "SERVICE", "VERSION", "CONTRACT"]);
    for instance in instances {
        let mut name = plain(&format!("{} {}", instance.name, instance.id));
        let mut row = |verb: &str, provision: Option<&Provision>, fit: (Style, String)| {
            let mut cells = vec![(STRONG, std::mem::take(&mut name)), (DIM, verb.to_owned())];
            if let Some(provision) = provision {
                cells.push((Style::new(), plain(&provision.service)));
                cells.push((Style::new(), provision.version.to_string()));
                cells.push((Style::new(), plain(provision.fingerprint.short())));
                cells.push(fit);
            }
            table.row(cells);
        };
        for provision in &instance.provides {
            row("provides", Some(provision), (Style::new(), String::new()));
        }
        for need in &instance.requires {
            let style = match need.fit {
                Fit::Same => GOOD,
                Fit::Different => WARNING,
                Fit::Absent => ERROR,
            };
            row("requires", Some(&need.provision), (style, need.fit.as_str().to_owned()));
        }
        if instance.provides.is_empty() && instance.requires.is_empty() {
            row("provides nothing", None, (Style::new(), String::new()));
        }
    }
    table.render("")
}
