//! Diagnostics with the same cause, shown as one.
//!
//! One line of code can break three methods that use its type, and one message can be rejected for two reasons.

use lessmq::contract::Role;

use super::style::one_line;
use crate::report::{Diagnostic, Subject};

/// One diagnostic, or several that are shown as one.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    /// The diagnostic with the shortest details.
    pub(super) shown: &'a Diagnostic,
    /// The subjects of all diagnostics.
    pub(super) subject: String,
    /// The fingerprints of all diagnostics.
    pub(super) fingerprints: Vec<&'a str>,
    /// The messages of further rules, with these rules.
    other_reasons: Vec<String>,
}

impl<'a> Group<'a> {
    pub(super) fn single(diagnostic: &'a Diagnostic) -> Self {
        Self {
            shown: diagnostic,
            subject: diagnostic.subject.to_string(),
            fingerprints: diagnostic.fingerprint().into_iter().collect(),
            other_reasons: Vec::new(),
        }
    }

    /// The diagnostics, with those of one cause in one group.
    pub(super) fn by_cause(diagnostics: &'a [Diagnostic]) -> Vec<Self> {
        let single: Vec<Self> = diagnostics.iter().map(Self::single).collect();
        let by_line = merged(single, |known, other| known.shown.rule == other.shown.rule);
        merged(by_line, |known, other| {
            known.subject == other.subject && first_detail(known.shown) == first_detail(other.shown)
        })
    }

    fn add(&mut self, other: &Self) {
        if self.subject != other.subject {
            if size(other.shown) < size(self.shown) {
                self.shown = other.shown;
            }
            self.subject = format!("{}; {}", self.subject, other.subject);
        }
        if self.shown.rule != other.shown.rule {
            self.other_reasons.push(format!("{} ({})", other.shown.message, other.shown.rule));
        }
        self.fingerprints.extend(&other.fingerprints);
    }

    /// Further facts, each under its label. A text may have several lines.
    pub(super) fn details(&self) -> Vec<(String, String)> {
        let mut details = details(self.shown);
        if !self.other_reasons.is_empty() {
            details.push(("and".to_owned(), self.other_reasons.join("\n")));
        }
        // A line of source code says more than pointers into schemas.
        if self.shown.location.is_none() {
            details.extend(pointers(self.shown));
        }
        details
    }

    /// Explanation and help, as far as there are any.
    pub(super) fn advice(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let advice = [("why", self.shown.explanation), ("help", self.shown.help.as_str())];
        advice.into_iter().filter(|(_, text)| !text.is_empty())
    }

    /// The fingerprints with which the settings file can allow the group, unless it does.
    pub(super) fn open_fingerprints(&self) -> Option<String> {
        let is_open = !self.shown.is_accepted() && !self.fingerprints.is_empty();
        is_open.then(|| self.fingerprints.join(", "))
    }

    /// All facts, one per line, for formats without their own layout.
    pub(super) fn lines(&self) -> String {
        let mut lines = vec![format!("{}: {}", self.subject, self.shown.message)];
        lines.extend(self.details().iter().map(|(label, text)| format!("{label}: {}", one_line(text))));
        lines.extend(self.advice().map(|(label, text)| format!("{label}: {text}")));
        lines.extend(self.open_fingerprints().map(|fingerprints| format!("finding: {fingerprints}")));
        lines.join("\n")
    }
}

/// Adds each group to the first one before it at the same location that has the `same` cause.
fn merged<'a>(groups: Vec<Group<'a>>, same: impl Fn(&Group<'a>, &Group<'a>) -> bool) -> Vec<Group<'a>> {
    let mut merged: Vec<Group<'a>> = Vec::new();
    for group in groups {
        let is_alike = |known: &&mut Group<'a>| {
            let (known_one, one) = (known.shown, group.shown);
            known_one.location.is_some()
                && (known_one.level(), &known_one.location, &known_one.allowance)
                    == (one.level(), &one.location, &one.allowance)
                && same(known, &group)
        };
        match merged.iter_mut().find(is_alike) {
            Some(known) => known.add(&group),
            None => merged.push(group),
        }
    }
    merged
}

fn size(diagnostic: &Diagnostic) -> usize {
    details(diagnostic).iter().map(|(_, text)| text.len()).sum()
}

fn first_detail(diagnostic: &Diagnostic) -> Option<(String, String)> {
    details(diagnostic).into_iter().next()
}

fn details(diagnostic: &Diagnostic) -> Vec<(String, String)> {
    let mut details = Vec::new();
    let mut add = |label: &str, text: String| details.push((label.to_owned(), text));
    if let Some(evidence) = &diagnostic.evidence {
        if let Some(example) = &evidence.counterexample {
            add("for example", example.to_string());
        }
        if evidence.paths.len() > 1 {
            add("used by", evidence.path_tree.join("\n"));
        }
    }
    for note in &diagnostic.notes {
        add(note.label, note.text.clone());
    }
    details
}

/// The places in the two schemas.
fn pointers(diagnostic: &Diagnostic) -> Vec<(String, String)> {
    let Some(evidence) = &diagnostic.evidence else { return Vec::new() };
    let (sender, receiver) = match &diagnostic.subject {
        Subject::Method { direction: Some(Role::Request), .. } => ("consumer", "provider"),
        Subject::Method { .. } => ("provider", "consumer"),
        Subject::Schemas { sent, .. } => return vec![("sent as".to_owned(), sent.clone())],
        Subject::Package { .. } => return Vec::new(),
    };
    let pointers = [
        (format!("{sender} sends"), evidence.writer_pointer.clone()),
        (format!("{receiver} accepts"), evidence.reader_pointer.clone()),
    ];
    pointers.into_iter().filter(|(_, pointer)| !pointer.is_empty()).collect()
}
