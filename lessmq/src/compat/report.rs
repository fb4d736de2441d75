//! What the comparison of two contracts found.

use std::fmt;

use semver::Version;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Rule, Severity, Verdict, rules};

/// What the comparison of two contracts found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The answer over all methods.
    pub verdict: Verdict,
    /// What is different, the worst first.
    pub findings: Vec<Finding>,
    /// The step in version that the difference asks for.
    pub bump: Bump,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The kind of difference.
    #[serde(serialize_with = "rules::serialize_id")]
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// The service.
    pub service: String,
    /// The method's name.
    pub method: String,
    /// The method's kind.
    pub kind: MethodKind,
    /// Which of the method's messages; `None` for the method as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// A JSON pointer into the writer's schema of that message.
    pub writer_pointer: String,
    /// A JSON pointer into the reader's schema of that message.
    pub reader_pointer: String,
    /// The difference in one sentence.
    pub message: String,
    /// A message that the writer may send and the reader refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<Value>,
}

/// The kinds of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodKind {
    /// Request and reply.
    Call,
    /// One way, to one consumer.
    Command,
    /// One way, to every subscribed group.
    Event,
}

/// The messages of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the consumer to the provider, of a call or a command.
    Request,
    /// From the provider to the consumer, of a call.
    Reply,
    /// From the provider to the consumer, of a call that was refused.
    Error,
    /// From the publisher to its subscribers, of an event.
    Payload,
}

/// A step from one version to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bump {
    /// Nothing that the wire sees has changed.
    Patch,
    /// Changed, and compatible.
    Minor,
    /// Incompatible, or not known to be compatible.
    Major,
}

impl Bump {
    /// The least version after `version` that this step asks for, as Cargo understands versions: before 1.0.0 the
    /// minor number counts as the major one, and before 0.1.0 every version is incompatible with every other.
    #[must_use]
    pub fn next(self, version: &Version) -> Version {
        let Version { major, minor, patch, .. } = *version;
        match (self, major, minor) {
            (Self::Major, 1.., _) => Version::new(major + 1, 0, 0),
            (Self::Major, 0, 1..) => Version::new(0, minor + 1, 0),
            (Self::Minor, 1.., _) => Version::new(major, minor + 1, 0),
            _ => Version::new(major, minor, patch + 1),
        }
    }

    /// Whether going from `old` to `new` is this step at least. A step of patch size may be none, and a pre-release
    /// counts as the version that it prepares.
    #[must_use]
    pub fn is_made(self, old: &Version, new: &Version) -> bool {
        match self {
            Self::Patch => new >= old,
            _ => Version::new(new.major, new.minor, new.patch) >= self.next(old),
        }
    }
}

impl Report {
    pub(super) fn new(mut findings: Vec<Finding>) -> Self {
        findings
            .sort_by(|a, b| (a.severity, &a.method, a.direction).cmp(&(b.severity, &b.method, b.direction)));
        let verdict = match findings.first().map(|worst| worst.severity) {
            None => Verdict::Identical,
            Some(Severity::Error) => Verdict::Incompatible,
            Some(Severity::Warning) => Verdict::Undecided,
            Some(Severity::Info) => Verdict::Compatible,
        };
        let bump = match verdict {
            Verdict::Identical => Bump::Patch,
            Verdict::Compatible => Bump::Minor,
            Verdict::Incompatible | Verdict::Undecided => Bump::Major,
        };
        Self { verdict, findings, bump }
    }
}

impl Finding {
    /// Names the finding: the same in every commit in which it stands, whatever else has changed.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let direction = self.direction.map_or("", Direction::as_str);
        let parts = [
            self.rule.id,
            &self.service,
            &self.method,
            direction,
            &self.writer_pointer,
            &self.reader_pointer,
        ];
        let digest = Sha256::digest(parts.join("\n"));
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl MethodKind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Command => "command",
            Self::Event => "event",
        }
    }
}

impl Direction {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Reply => "reply",
            Self::Error => "error",
            Self::Payload => "payload",
        }
    }
}

impl fmt::Display for MethodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

/// A line or a few for each finding, without colours.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.findings.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}.{}`", self.kind, self.service, self.method)?;
        if let Some(direction) = self.direction.filter(|_| self.kind == MethodKind::Call) {
            write!(f, ", {direction}")?;
        }
        write!(f, ": {} [{}]", self.message, self.rule.id)?;
        if let Some(example) = &self.counterexample {
            write!(f, "\n  for example: {example}")?;
        }
        Ok(())
    }
}
