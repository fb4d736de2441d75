//! The report of a comparison of two contracts.

use std::fmt;

use semver::Version;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Rule, Severity, Verdict, places};
use crate::contract::{MethodKind, Role};

/// The result of a comparison of two contracts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The verdict over all methods.
    pub verdict: Verdict,
    /// The differences, the worst first.
    pub findings: Vec<Finding>,
    /// The version step that the differences require.
    pub bump: Bump,
}

/// A difference. Its JSON also has its fingerprint and the explanation of its rule.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The kind of difference.
    pub rule: &'static Rule,
    /// The severity.
    pub severity: Severity,
    /// The service.
    pub service: String,
    /// The name of the method.
    pub method: String,
    /// The kind of the method.
    pub kind: MethodKind,
    /// The message of the method. `None` if the finding is about the whole method.
    pub direction: Option<Role>,
    /// A JSON pointer into the writer's schema of that message.
    pub writer_pointer: String,
    /// A JSON pointer into the reader's schema of that message.
    pub reader_pointer: String,
    /// The difference in one sentence.
    pub message: String,
    /// How to make the change compatibly at this place. Usually the remedy of the rule.
    pub remedy: &'static str,
    /// Every path to the type in question: the message (`reply of call get`), then the fields. `posts[]` stands for the
    /// items of a list, `names{}` for the values of a map.
    pub paths: Vec<Vec<String>>,
    /// A message that the writer may send and the reader rejects.
    pub counterexample: Option<Value>,
    /// The place in the reader's schema by stable names, and the field or value that is missing or unknown there.
    pub(super) place: [String; 2],
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("rule", self.rule.id)?;
        out.serialize_entry("severity", &self.severity)?;
        out.serialize_entry("service", &self.service)?;
        out.serialize_entry("method", &self.method)?;
        out.serialize_entry("kind", &self.kind)?;
        if let Some(direction) = &self.direction {
            out.serialize_entry("direction", direction)?;
        }
        out.serialize_entry("writer_pointer", &self.writer_pointer)?;
        out.serialize_entry("reader_pointer", &self.reader_pointer)?;
        out.serialize_entry("message", &self.message)?;
        if !self.paths.is_empty() {
            out.serialize_entry("paths", &self.paths)?;
        }
        if let Some(example) = &self.counterexample {
            out.serialize_entry("counterexample", example)?;
        }
        out.serialize_entry("explanation", self.rule.explanation)?;
        out.serialize_entry("remedy", self.remedy)?;
        out.serialize_entry("fingerprint", &self.fingerprint())?;
        out.end()
    }
}

/// A version step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bump {
    /// No promise changed.
    Patch,
    /// A compatible change.
    Minor,
    /// An incompatible or undecided change.
    Major,
}

impl Bump {
    /// The lowest version after `version` that makes this step, by the rules of Cargo: before 1.0.0 the minor number counts
    /// as the major number, and before 0.1.0 every version is incompatible with every other version.
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

    /// Whether the versions `old` and `new` differ by at least this step. `Patch` allows equal versions. A pre-release
    /// counts as the version that it prepares. From a pre-release to a later pre-release or release of the same version is
    /// any step, because a pre-release promises nothing (SemVer 2.0.0, item 9).
    #[must_use]
    pub fn is_made(self, old: &Version, new: &Version) -> bool {
        let prepared = |version: &Version| (version.major, version.minor, version.patch);
        match self {
            Self::Patch => new >= old,
            _ if !old.pre.is_empty() && prepared(old) == prepared(new) => new > old,
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
    /// Identifies the finding across commits, independent of other changes.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let direction = self.direction.map_or("", Role::as_str);
        let [place, subject] = &self.place;
        let parts = [self.rule.id, &self.service, &self.method, direction, place, subject];
        let digest = Sha256::digest(parts.join("\n"));
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The paths to the type in question, as lines of a tree.
    #[must_use]
    pub fn path_tree(&self) -> Vec<String> {
        places::tree(&self.paths)
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

/// One or more lines for each finding, without colours.
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
