//! Checks one service after the other.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;

use lessmq::contract::{Contract, Message, Role};
use serde_json::Value;

use super::diagnostics;
use crate::baseline::{self, Baseline, Baselines, LiveCopies};
use crate::extract::{Extracted, Extraction};
use crate::judgement::Judge;
use crate::publish::{self, code_changes, fingerprint};
use crate::report::{
    BaselineKind, BaselineReport, CheckReport, CommittedContract, Diagnostic, ExitStatus, Freshness,
    Location, Reporter, Result, ServiceReport, Subject, Verdict,
};
use crate::repository::Repository;
use crate::sources::{SchemaPoint, Sources, Target};
use crate::{comparison, document};

pub(super) struct Checker<'a> {
    pub(super) extraction: &'a Extraction,
    pub(super) baselines: &'a Baselines,
    pub(super) judge: Judge<'a>,
    pub(super) deny_stale: bool,
    pub(super) require_baseline: bool,
}

/// The source code of a package, which is read for the first finding.
type LazySources = OnceCell<Sources>;

impl Checker<'_> {
    pub(super) fn check_all(&self, reporter: &dyn Reporter) -> Result<CheckReport> {
        let progress = reporter.progress("checking", self.extraction.contracts.len());
        let mut services = Vec::new();
        for found in &self.extraction.contracts {
            progress.start(&found.contract.service);
            services.push(self.check(found)?);
        }
        for service in self.extraction.undeclared_services()? {
            services.push(self.undeclared(service)?);
        }
        Ok(CheckReport {
            status: ExitStatus::worst(services.iter().map(|service| service.status)),
            unused_allowances: self.unused_allowances(&services),
            unused_types: self.extraction.unused_types(&self.judge.settings.replacements),
            services,
            prefix: Repository::prefix_of(&self.extraction.root),
        })
    }

    /// The allowed fingerprints that no finding has. Unknown if only some contracts were checked.
    fn unused_allowances(&self, services: &[ServiceReport]) -> Vec<String> {
        if !self.extraction.is_complete {
            return Vec::new();
        }
        let found: BTreeSet<&str> = services
            .iter()
            .flat_map(|service| {
                let compared = service.baselines.iter().flat_map(|baseline| &baseline.judgement.findings);
                compared.chain(&service.diagnostics)
            })
            .filter_map(Diagnostic::fingerprint)
            .collect();
        let allowed = self.judge.settings.allowed();
        allowed.filter(|fingerprint| !found.contains(fingerprint)).map(str::to_owned).collect()
    }

    fn check(&self, found: &Extracted) -> Result<ServiceReport> {
        let contract = &found.contract;
        let committed = self.committed(found)?;
        let baselines = self.baselines.find(contract)?;
        let sources = LazySources::new();
        let reports: Vec<BaselineReport> =
            baselines.baselines.iter().map(|baseline| self.compare(baseline, found, &sources)).collect();
        let mut diagnostics = Vec::new();
        let is_new = self.baselines.may_lack_services() && committed.state != Freshness::Missing;
        if reports.is_empty() && !is_new {
            let is_required = self.require_baseline || baselines.is_live;
            let report = if is_required { diagnostics::no_baseline } else { diagnostics::not_published };
            diagnostics.push(report(found, &committed, &baselines));
        }
        let is_stale = match committed.state {
            Freshness::Fresh => false,
            Freshness::Stale => true,
            Freshness::Missing => !reports.is_empty(),
        };
        if self.deny_stale && is_stale {
            diagnostics.push(diagnostics::stale(found, &committed));
        }
        diagnostics.extend(self.unreadable(found, &sources));
        diagnostics.extend(self.drift(found)?);
        diagnostics.extend(found.type_doubts.warnings.iter().cloned());
        // A document alone has no code.
        let has_crate = |baseline: &Baseline| committed.is_crate || baseline.kind == BaselineKind::Released;
        if let (Some(newest), Some(report)) = (baselines.baselines.first(), reports.first())
            && has_crate(newest)
        {
            diagnostics.extend(self.code_changes(newest, report, found, &sources));
        }
        let statuses = reports.iter().map(|report| report.judgement.status);
        let status = ExitStatus::worst(statuses.chain(diagnostics.iter().map(|found| found.status)));
        Ok(ServiceReport {
            service: contract.service.clone(),
            package: found.package.clone(),
            version: contract.version.clone(),
            fingerprint: contract.fingerprint().to_string(),
            status,
            committed,
            against: baselines.place,
            baselines: reports,
            diagnostics,
        })
    }

    /// The report on a service with a committed contract that no package declares.
    fn undeclared(&self, service: String) -> Result<ServiceReport> {
        let path = self.extraction.committed_path(&service);
        let contract = document::read(&path)?;
        let path = self.extraction.relative(&path).display().to_string();
        let diagnostic = diagnostics::undeclared(&service, &path);
        let state = Freshness::Stale;
        Ok(ServiceReport {
            package: "none".to_owned(),
            fingerprint: contract.fingerprint().to_string(),
            version: contract.version,
            status: diagnostic.status,
            against: path.clone(),
            committed: CommittedContract { path, is_crate: false, state, uncommitted: false },
            baselines: Vec::new(),
            diagnostics: vec![diagnostic],
            service,
        })
    }

    /// Whether the sources in a contract crate are up to date.
    fn is_fresh(&self, directory: &Path, found: &Extracted) -> Result<bool> {
        let replacements = &self.judge.settings.replacements;
        fingerprint::is_fresh(directory, &found.contract, &found.traits, replacements)
    }

    /// The state of the committed document and of the generated sources next to it.
    fn committed(&self, found: &Extracted) -> Result<CommittedContract> {
        let contract = &found.contract;
        let path = self.extraction.committed_path(&contract.service);
        let directory = path.parent().unwrap_or(&path);
        let is_crate = |directory: &Path| directory.join("Cargo.toml").is_file();
        let state = match path.exists() {
            false => Freshness::Missing,
            true if document::read(&path)? != *contract => Freshness::Stale,
            true if is_crate(directory) && !self.is_fresh(directory, found)? => Freshness::Stale,
            true => Freshness::Fresh,
        };
        let uncommitted = state != Freshness::Missing && self.baselines.is_uncommitted(&path)?;
        let is_crate = match state {
            // It is written as the other contracts of the workspace are.
            Freshness::Missing => self.extraction.contract_directories()?.iter().any(|other| is_crate(other)),
            Freshness::Fresh | Freshness::Stale => is_crate(directory),
        };
        let path = self.extraction.relative(&path).display().to_string();
        Ok(CommittedContract { path, is_crate, state, uncommitted })
    }

    fn compare(&self, baseline: &Baseline, found: &Extracted, sources: &LazySources) -> BaselineReport {
        let old = &baseline.contract;
        let mut judgement = self.judge.judge(old, &found.contract, baseline.kind, &found.package);
        for finding in judgement.findings.iter_mut().filter(|finding| finding.is_shown()) {
            finding.location = self.locate(finding, old, found, sources);
        }
        BaselineReport {
            origin: baseline.origin.clone(),
            fingerprint: old.fingerprint().to_string(),
            kind: baseline.kind,
            judgement,
        }
    }

    /// The types that cannot read what they write.
    fn unreadable(&self, found: &Extracted, sources: &LazySources) -> Vec<Diagnostic> {
        let mut diagnostics = comparison::unreadable(&found.contract);
        for diagnostic in &mut diagnostics {
            self.judge.allow(diagnostic);
            diagnostic.location = self.locate(diagnostic, &found.contract, found, sources);
        }
        diagnostics
    }

    /// Warnings about code that consumers of a contract crate have to change although the change is compatible.
    fn code_changes(
        &self,
        baseline: &Baseline,
        report: &BaselineReport,
        found: &Extracted,
        sources: &LazySources,
    ) -> Vec<Diagnostic> {
        let is_compatible = matches!(report.judgement.verdict, Verdict::Identical | Verdict::Compatible);
        // The contract of a live provider names no types of other crates.
        if !is_compatible || baseline.kind == BaselineKind::Live {
            return Vec::new();
        }
        let (old, new) = (&baseline.contract, &found.contract);
        let replacements = &self.judge.settings.replacements;
        let changes = publish::sources::code_changes(old, new, &found.traits, replacements);
        let mut warnings = code_changes::warnings(&changes, new, &found.package);
        for warning in &mut warnings {
            if let Subject::Method { kind, method, .. } = &warning.subject {
                let sources = self.sources(found, sources);
                warning.location = sources.locate(&Target {
                    service: &new.service,
                    method,
                    kind: *kind,
                    direction: None,
                    new: None,
                    old: None,
                    example: None,
                });
            }
        }
        warnings
    }

    /// The source code, which is read once.
    fn sources<'s>(&self, found: &Extracted, sources: &'s LazySources) -> &'s Sources {
        sources
            .get_or_init(|| Sources::read(self.extraction.libraries(&found.package), &self.extraction.root))
    }

    /// The line of source code that declares what a finding is about.
    fn locate<'c>(
        &self,
        finding: &Diagnostic,
        old: &'c Contract,
        found: &'c Extracted,
        sources: &LazySources,
    ) -> Option<Location> {
        let Subject::Method { kind, method, direction } = &finding.subject else { return None };
        let evidence = finding.evidence.as_ref()?;
        let sources = self.sources(found, sources);
        let message = |contract: &'c Contract| contract.methods.get(method)?.message((*direction)?);
        let writes: fn(&Message) -> &Value = |message| &message.writes;
        let reads: fn(&Message) -> &Value = |message| &message.reads;
        let (new, old) = (message(&found.contract), message(old));
        // The code is the provider's: it reads requests and writes the other messages.
        let (new, old, pointers) = match direction {
            Some(Role::Request) => {
                (new.map(reads), old.map(writes), (&evidence.reader_pointer, &evidence.writer_pointer))
            }
            _ => (new.map(writes), old.map(reads), (&evidence.writer_pointer, &evidence.reader_pointer)),
        };
        sources.locate(&Target {
            service: &found.contract.service,
            method,
            kind: *kind,
            direction: *direction,
            new: new.map(|schema| SchemaPoint { schema, pointer: pointers.0 }),
            old: old.map(|schema| SchemaPoint { schema, pointer: pointers.1 }),
            example: evidence.counterexample.as_ref(),
        })
    }

    /// Problems of the live copies of a service, apart from incompatible changes.
    fn drift(&self, found: &Extracted) -> Result<Vec<Diagnostic>> {
        let live = self.baselines.live_copies(&found.contract.service);
        let mut diagnostics = Vec::new();
        if LiveCopies::differ(live) {
            diagnostics.push(diagnostics::copies_differ(found, live));
        }
        for copies in live {
            if !baseline::was_committed(&self.extraction.root, &copies.contract)? {
                diagnostics.push(diagnostics::never_committed(found, copies));
            }
        }
        Ok(diagnostics)
    }
}
