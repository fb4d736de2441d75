//! What all reports with findings have in common, whatever they are written as.

use lessmq::compat::{Bump, Severity};
use lessmq::contract::{MethodKind, Role};

use crate::commands::Exit;
use crate::commands::check::Problem;
use crate::comparison::{Finding, Step, Verdict};
use crate::judgement::Issue;
use crate::settings::{Allowance, FILE};
use crate::sources::Place;

/// One comparison and what it came to.
#[derive(Debug)]
pub(crate) struct Section {
    pub(super) service: String,
    /// What was compared: `user 1.2.0`.
    pub(super) subject: String,
    /// With what: `contracts/user/contract.json (1.1.0)`.
    pub(super) against: String,
    pub(super) verdict: String,
    /// What the change asks of the version, without colours.
    pub(super) version: String,
    pub(super) exit: Exit,
    /// From the top of the repository to where the paths of files begin: `inner/`, or nothing.
    pub(super) prefix: String,
    /// The file that stands for the service where a remark has no place of its own.
    pub(super) file: String,
    pub(super) remarks: Vec<Remark>,
}

/// Something to look at.
#[derive(Clone, Debug)]
pub(super) struct Remark {
    /// What it makes of the whole. Fine is what is allowed, or told by the version.
    pub(super) exit: Exit,
    /// The word before it: error, warning, note, allowed.
    pub(super) word: &'static str,
    pub(super) rule: &'static str,
    pub(super) message: String,
    /// The method and its message: "call `get`, reply".
    pub(super) part: String,
    pub(super) place: Option<Place>,
    /// One, or those of several findings that are told together.
    pub(super) fingerprints: Vec<String>,
    pub(super) explanation: String,
    pub(super) remedy: String,
    /// Labels and texts: the counter-example, and more. A text may have several lines.
    pub(super) details: Vec<(String, String)>,
    /// The same for the places in the two schemas, which say little where the line in the source is known.
    pub(super) pointers: Vec<(String, String)>,
    /// What lessmq.toml says of it, in force or expired.
    pub(super) allowance: Option<Allowance>,
    /// Other reasons for which the same message is refused, and their rules.
    others: Vec<String>,
}

impl Section {
    /// The file of a remark, from the top of the repository.
    pub(super) fn file_of(&self, remark: &Remark) -> String {
        let file = remark.place.as_ref().map_or(&self.file, |place| &place.file);
        format!("{}{file}", self.prefix)
    }

    /// Whether consumers break, rather than that something else is to be mended.
    pub(super) fn breaks(&self) -> bool {
        self.exit == Exit::Findings && self.verdict == Verdict::Incompatible.as_str()
    }

    /// One word for how it went.
    pub(super) fn word(&self) -> &'static str {
        match self.exit {
            Exit::Fine => "fine",
            Exit::Findings if self.breaks() => "breaks",
            Exit::Findings => "refused",
            Exit::NoAnswer => "no answer",
        }
    }
}

impl Remark {
    /// A finding of a comparison whose version is judged by `step`; `None` for what breaks nobody.
    pub(super) fn of_issue(issue: &Issue, step: &Step) -> Option<Self> {
        let mut remark = Self::of_finding(&issue.finding, step)?;
        remark.place.clone_from(&issue.place);
        remark.allowance.clone_from(&issue.allowance);
        if let Some(allowance) = &issue.allowance {
            let Allowance { reason, expires, expired } = allowance;
            if *expired {
                remark.detail(
                    "was allowed",
                    &format!("until {expires}, which has passed, by {FILE}: {reason}"),
                );
            } else {
                (remark.exit, remark.word) = (Exit::Fine, "allowed");
                remark.detail("allowed", &format!("until {expires} by {FILE}: {reason}"));
            }
        }
        Some(remark)
    }

    pub(super) fn of_finding(finding: &Finding, step: &Step) -> Option<Self> {
        let (exit, word) = match finding.severity {
            Severity::Error if step.version_suffices => (Exit::Fine, "note"),
            Severity::Error => (Exit::Findings, "error"),
            Severity::Warning => (Exit::NoAnswer, "warning"),
            _ => return None,
        };
        let part = match finding.direction {
            Some(part) if finding.kind == MethodKind::Call => format!(", {part}"),
            _ => String::new(),
        };
        let mut remark = Self {
            exit,
            word,
            rule: finding.rule,
            message: finding.message.clone(),
            part: format!("{} `{}`{part}", finding.kind, finding.method),
            place: None,
            fingerprints: vec![finding.fingerprint.clone()],
            explanation: finding.explanation.to_owned(),
            remedy: finding.remedy.to_owned(),
            details: Vec::new(),
            pointers: Vec::new(),
            allowance: None,
            others: Vec::new(),
        };
        if let Some(example) = &finding.counterexample {
            remark.detail("for example", &example.to_string());
        }
        if finding.paths.len() > 1 {
            remark.detail("used by", &finding.path_tree.join("\n"));
        }
        if exit == Exit::Fine {
            remark.detail("version", "high enough to tell consumers of it");
        }
        let (writer, reader) = sides(finding.direction);
        remark.pointer(&format!("{writer} sends"), &finding.writer_pointer);
        remark.pointer(&format!("{reader} accepts"), &finding.reader_pointer);
        Some(remark)
    }

    pub(super) fn of_problem(problem: &Problem, package: &str) -> Self {
        Self {
            exit: problem.exit,
            word: "error",
            rule: problem.rule.id,
            message: problem.message.clone(),
            part: format!("package `{package}`"),
            place: None,
            fingerprints: Vec::new(),
            explanation: problem.rule.explanation.to_owned(),
            remedy: problem.remedy.clone(),
            details: Vec::new(),
            pointers: Vec::new(),
            allowance: None,
            others: Vec::new(),
        }
    }

    pub(super) fn detail(&mut self, label: &str, text: &str) {
        if !text.is_empty() {
            self.details.push((label.to_owned(), text.to_owned()));
        }
    }

    fn pointer(&mut self, label: &str, text: &str) {
        if !text.is_empty() {
            self.pointers.push((label.to_owned(), text.to_owned()));
        }
    }

    /// The details, and the pointers where there is nothing better.
    pub(super) fn shown(&self) -> impl Iterator<Item = &(String, String)> {
        let pointers = if self.place.is_some() { &[] } else { self.pointers.as_slice() };
        self.details.iter().chain(pointers)
    }

    /// A name that is the same in every commit.
    pub(super) fn identity(&self, service: &str) -> String {
        self.fingerprints.first().cloned().unwrap_or_else(|| format!("{}:{service}", self.rule))
    }

    /// What allows it, if something does today.
    pub(super) fn allowed(&self) -> Option<&Allowance> {
        self.allowance.as_ref().filter(|allowance| !allowance.expired)
    }

    /// Tells of another remark as well, with the shorter example of the two.
    pub(super) fn add(&mut self, other: &Self) {
        let size = |remark: &Self| remark.details.iter().map(|(_, text)| text.len()).sum::<usize>();
        if self.part != other.part {
            if size(other) < size(self) {
                self.details.clone_from(&other.details);
                self.message.clone_from(&other.message);
            }
            self.part = format!("{}; {}", self.part, other.part);
        }
        if self.rule != other.rule {
            self.others.push(format!("{} ({})", other.message, other.rule));
        }
        self.fingerprints.extend(other.fingerprints.iter().cloned());
    }

    /// Makes a detail of what else is wrong.
    pub(super) fn tell_others(&mut self) {
        let others = std::mem::take(&mut self.others).join("\n");
        self.detail("and", &others);
    }

    /// Everything that is known, one thing a line, for formats without a layout of their own.
    pub(super) fn lines(&self) -> String {
        let mut lines = vec![format!("{}: {}", self.part, self.message)];
        lines.extend(self.shown().map(|(label, text)| format!("{label}: {}", in_one_line(text))));
        for (label, text) in [("why", &self.explanation), ("help", &self.remedy)] {
            if !text.is_empty() {
                lines.push(format!("{label}: {text}"));
            }
        }
        if self.allowed().is_none() && !self.fingerprints.is_empty() {
            lines.push(format!("finding: {}", self.fingerprints.join(", ")));
        }
        lines.join("\n")
    }
}

/// A text of several lines, where there is room for one.
pub(super) fn in_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("; ")
}

/// Who sends a message and who accepts it.
fn sides(direction: Option<Role>) -> (&'static str, &'static str) {
    match direction {
        Some(Role::Request) => ("consumer", "provider"),
        _ => ("provider", "consumer"),
    }
}

/// What the change asks of the version. A compatible change may wait for its release.
pub(super) fn version(new: &semver::Version, verdict: Verdict, step: &Step) -> String {
    let Step { bump, least_version, version_suffices } = step;
    let bump = words(*bump, least_version);
    match (verdict, version_suffices) {
        (Verdict::Identical, _) => new.to_string(),
        (_, true) => format!("{new} is high enough for this change ({bump})"),
        (Verdict::Compatible, false) => format!("{new}; to be released as {least_version} or later ({bump})"),
        (_, false) => format!("{new} is too low for this change: {least_version} or later ({bump})"),
    }
}

/// The same of a version that something speaks against.
pub(super) fn too_low(new: &semver::Version, step: &Step) -> String {
    let Step { bump, least_version, .. } = step;
    match bump {
        Bump::Patch => format!("{new} is too low: {least_version} or later"),
        bump => format!("{new} is too low: {least_version} or later ({})", words(*bump, least_version)),
    }
}

fn words(bump: Bump, least_version: &semver::Version) -> String {
    match bump {
        Bump::Major if least_version.major == 0 => "major: before 1.0.0 the middle number counts".to_owned(),
        bump => bump.to_string(),
    }
}
