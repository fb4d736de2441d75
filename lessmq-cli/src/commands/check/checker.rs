//! One service after the other against its baselines.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use lessmq::compat::Severity;
use lessmq::contract::{Contract, Message, Role};

use serde_json::Value;

use super::model::{Checked, Committed, Compared, Document, Problem, Service};
use super::problems;
use crate::baseline::{self, Baseline, Baselines};
use crate::commands::Exit;
use crate::comparison::Finding;
use crate::error::Result;
use crate::extract::{Extracted, Extraction};
use crate::judgement::{Judge, Judgement};
use crate::output::Talk;
use crate::publish::sources;
use crate::sources::{Lead, Place, Side, Sources};
use crate::{changes, document};

pub(super) struct Checker<'a> {
    pub(super) extraction: &'a Extraction,
    pub(super) baselines: &'a Baselines,
    pub(super) judge: Judge<'a>,
    pub(super) deny_stale: bool,
}

/// The source of a package, which is read when the first finding asks for a place.
type LazySources = OnceCell<Sources>;

impl Checker<'_> {
    pub(super) fn all(&self, talk: &Talk) -> Result<Checked> {
        let progress = talk.progress("checking", self.extraction.contracts.len());
        let mut services = Vec::new();
        for found in &self.extraction.contracts {
            progress.next(&found.contract.service);
            services.push(self.service(found)?);
        }
        for service in self.extraction.undeclared()? {
            services.push(self.undeclared(service)?);
        }
        let outcome = services.iter().map(|service| service.outcome).max().unwrap_or(Exit::Fine);
        let prefix = baseline::path_in_repository(&self.extraction.root);
        Ok(Checked { outcome, services, unused_allowances: Vec::new(), prefix })
    }

    /// What is allowed and was not found.
    pub(super) fn unused(&self, services: &[Service]) -> Vec<String> {
        let found: BTreeSet<&str> = services
            .iter()
            .flat_map(|service| &service.baselines)
            .flat_map(|compared| &compared.findings)
            .map(|issue| issue.finding.fingerprint.as_str())
            .collect();
        self.judge.settings.allowed().filter(|finding| !found.contains(finding)).map(str::to_owned).collect()
    }

    fn service(&self, found: &Extracted) -> Result<Service> {
        let contract = &found.contract;
        let committed = self.committed(found)?;
        let answer = self.baselines.of(contract)?;
        let sources = LazySources::new();
        let compared: Vec<Compared> =
            answer.baselines.iter().map(|baseline| self.compare(baseline, found, &sources)).collect();
        let mut problems = Vec::new();
        if compared.is_empty() && !(self.baselines.may_lack() && committed.state != Document::Missing) {
            problems.push(problems::no_baseline(found, &committed, &answer));
        }
        if self.deny_stale && committed.state != Document::Fresh {
            problems.push(problems::stale(found, &committed));
        }
        problems.extend(self.drift(&contract.service)?);
        let outcomes = compared.iter().map(|compared| compared.outcome);
        let outcome = outcomes.chain(problems.iter().map(|problem| problem.exit)).max();
        Ok(Service {
            service: contract.service.clone(),
            package: found.package.clone(),
            version: contract.version.clone(),
            fingerprint: contract.fingerprint().to_string(),
            outcome: outcome.unwrap_or(Exit::Fine),
            committed,
            against: answer.place,
            baselines: compared,
            problems,
        })
    }

    /// A service whose contract is committed and which nothing declares any more.
    fn undeclared(&self, service: String) -> Result<Service> {
        let path = self.extraction.baseline(&service);
        let contract = document::read(&path)?;
        let shown = self.extraction.relative(&path).display().to_string();
        let problem = problems::undeclared(&service, &shown);
        Ok(Service {
            package: "none".to_owned(),
            fingerprint: contract.fingerprint().to_string(),
            version: contract.version,
            outcome: problem.exit,
            against: shown.clone(),
            committed: Committed { path: shown, is_crate: false, state: Document::Stale, uncommitted: false },
            baselines: Vec::new(),
            problems: vec![problem],
            service,
        })
    }

    /// The document and, where there is one, the crate around it, as far as it is generated from the contract.
    fn committed(&self, found: &Extracted) -> Result<Committed> {
        let contract = &found.contract;
        let path = self.extraction.baseline(&contract.service);
        let shown = self.extraction.relative(&path).display().to_string();
        let directory = path.parent().unwrap_or(&path);
        let is_crate = directory.join("Cargo.toml").is_file();
        let state = match path.exists() {
            false => Document::Missing,
            true if document::read(&path)? != *contract => Document::Stale,
            true if is_crate && sources::differ(directory, &sources::rust(contract, &found.traits)?) => {
                Document::Stale
            }
            true => Document::Fresh,
        };
        let uncommitted = state != Document::Missing && self.baselines.is_uncommitted(&path)?;
        Ok(Committed { path: shown, is_crate, state, uncommitted })
    }

    fn compare(&self, baseline: &Baseline, found: &Extracted, sources: &LazySources) -> Compared {
        let (old, new) = (&baseline.contract, &found.contract);
        let mut judgement = self.judge.judge(old, new, baseline.standing);
        for issue in &mut judgement.findings {
            let is_told = issue.finding.severity < Severity::Info;
            issue.place = if is_told { self.place(&issue.finding, old, found, sources) } else { None };
        }
        let problem = problems::of_version(found, &old.version, &judgement);
        let Judgement { verdict, findings, step, outcome, .. } = judgement;
        Compared {
            origin: baseline.origin.clone(),
            version: old.version.clone(),
            fingerprint: old.fingerprint().to_string(),
            standing: baseline.standing,
            outcome,
            verdict,
            findings,
            step,
            problems: problem.into_iter().collect(),
            changes: changes::between(old, new),
        }
    }

    fn place<'c>(
        &self,
        finding: &Finding,
        old: &'c Contract,
        found: &'c Extracted,
        sources: &LazySources,
    ) -> Option<Place> {
        let sources = sources.get_or_init(|| self.extraction.sources(&found.package));
        let message =
            |contract: &'c Contract| contract.methods.get(&finding.method)?.message(finding.direction?);
        let writer: fn(&Message) -> &Value = |message| &message.writes;
        let reader: fn(&Message) -> &Value = |message| &message.reads;
        let (new, old) = (message(&found.contract), message(old));
        // Here is the provider: it reads requests and writes all else.
        let (new, old, pointers) = match finding.direction {
            Some(Role::Request) => {
                (new.map(reader), old.map(writer), (&finding.reader_pointer, &finding.writer_pointer))
            }
            _ => (new.map(writer), old.map(reader), (&finding.writer_pointer, &finding.reader_pointer)),
        };
        sources.place(&Lead {
            service: &found.contract.service,
            method: &finding.method,
            kind: finding.kind,
            direction: finding.direction,
            new: new.map(|schema| Side { schema, pointer: pointers.0 }),
            old: old.map(|schema| Side { schema, pointer: pointers.1 }),
            example: finding.counterexample.as_ref(),
        })
    }

    /// What is wrong with the live copies of a service, as copies of one service.
    fn drift(&self, service: &str) -> Result<Vec<Problem>> {
        let live = self.baselines.live(service);
        let mut problems: Vec<Problem> =
            (live.len() > 1).then(|| problems::copies_differ(service, live)).into_iter().collect();
        for copies in live {
            if !baseline::was_committed(&self.extraction.root, service, &copies.contract.fingerprint())? {
                problems.push(problems::never_committed(service, copies));
            }
        }
        Ok(problems)
    }
}
