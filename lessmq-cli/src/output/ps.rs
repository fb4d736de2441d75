//! Rendering the report of `ps`.

use anstyle::Style;
use lessmq::discovery::{Provision, Refusal};

use super::Render;
use super::style::{DIM, ERROR, GOOD, STRONG, WARNING, paint, plain};
use super::table::Table;
use crate::report::{Fit, InstanceReport, LiveService, OlderUse, PsReport};

impl Render for PsReport {
    fn human(&self) -> String {
        if self.instances.is_empty() {
            return format!("no process answered within {} ms\n", self.waited_ms);
        }
        let services = services(&self.services);
        let uses = older_uses(&self.older_uses);
        let parts = [services, instances(&self.instances), uses, refusals(&self.instances)];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("\n")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

fn services(services: &[LiveService]) -> String {
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

fn instances(instances: &[InstanceReport]) -> String {
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
        for requirement in &instance.requires {
            let style = match requirement.fit {
                Fit::Same => GOOD,
                Fit::Different => WARNING,
                Fit::Absent => ERROR,
            };
            row("requires", Some(&requirement.provision), (style, requirement.fit.as_str().to_owned()));
        }
        if instance.provides.is_empty() && instance.requires.is_empty() {
            row("provides nothing", None, (Style::new(), String::new()));
        }
    }
    table.render("")
}

/// Who still uses older versions of methods.
fn older_uses(uses: &[OlderUse]) -> String {
    if uses.is_empty() {
        return String::new();
    }
    let mut table = Table::titled(&["OLDER VERSION", "NEWEST", "USED BY", "MESSAGES", "LAST"]);
    for found in uses {
        let last = found.last_seconds_ago.map_or_else(|| "none so far".to_owned(), ago);
        table.row(vec![
            (STRONG, plain(&format!("{}.{}", found.service, found.method))),
            (Style::new(), plain(&format!("{}.{}", found.service, found.newer))),
            (Style::new(), plain(&found.caller)),
            (Style::new(), found.messages.to_string()),
            (Style::new(), last),
        ]);
    }
    table.render("")
}

/// A time in the past, in its largest unit.
fn ago(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..60 => (seconds, "s"),
        60..3_600 => (seconds / 60, "min"),
        3_600..86_400 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    format!("{number} {unit} ago")
}

/// The methods that processes refuse to call, with the reason.
fn refusals(instances: &[InstanceReport]) -> String {
    let mut text = String::new();
    for instance in instances {
        for refusal in &instance.refuses {
            let Refusal { service, method, provider, reason, .. } = refusal;
            let refused =
                plain(&format!("{} {} refuses {service}.{method} of {provider}", instance.name, instance.id));
            text.push_str(&format!("{}\n", paint(ERROR, &refused)));
            for line in reason.lines() {
                text.push_str(&format!("  {}\n", plain(line)));
            }
        }
    }
    text
}
