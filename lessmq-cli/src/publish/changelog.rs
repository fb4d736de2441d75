//! `CHANGELOG.md` of a contract crate: what each release changes for consumers.
//!
//! The format is [Keep a Changelog](https://keepachangelog.com/en/1.1.0/). Only the section of the current version is
//! written; the other sections are kept.

mod entries;

use lessmq::contract::Contract;
use semver::Version;

use crate::generate::rust::CodeChange;

/// A release of a contract.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReleasedChange<'a> {
    /// The contract of the release before.
    pub(crate) old: Option<&'a Contract>,
    pub(crate) new: &'a Contract,
    /// The code that consumers have to change.
    pub(crate) code_changes: &'a [CodeChange],
}

/// The changelog with a section for a release. The date, such as 2026-01-31, is used for a new section only.
pub(crate) fn update(existing: Option<&str>, release: ReleasedChange<'_>, date: &str) -> String {
    let new = release.new;
    let head = head(new);
    let (head, sections) = existing.map_or((head.as_str(), Vec::new()), split);
    let mut sections: Vec<(Option<Version>, String)> =
        sections.into_iter().map(|section| (version(section), section.trim_end().to_owned())).collect();
    let existing = sections.iter().position(|(version, _)| version.as_ref() == Some(&new.version));
    let date = existing.and_then(|index| section_date(&sections[index].1)).unwrap_or(date).to_owned();
    let section = format!("## [{}] - {date}\n{}", new.version, entries::entries(release));
    let section = (Some(new.version.clone()), section.trim_end().to_owned());
    match existing {
        Some(index) => sections[index] = section,
        None => {
            let is_lower = |(version, _): &(Option<Version>, String)| {
                version.as_ref().is_some_and(|version| *version < new.version)
            };
            let index = sections.iter().position(is_lower).unwrap_or(sections.len());
            sections.insert(index, section);
        }
    }
    let sections: Vec<String> = sections.into_iter().map(|(_, text)| text).collect();
    format!("{}\n\n{}\n", head.trim_end(), sections.join("\n\n"))
}

/// Whether there is a section for this version.
pub(crate) fn has_section(existing: &str, wanted: &Version) -> bool {
    split(existing).1.into_iter().any(|section| version(section).as_ref() == Some(wanted))
}

fn head(contract: &Contract) -> String {
    let service = &contract.service;
    format!(
        "# Changelog\n\nChanges for consumers of service `{service}`. `lessmq-cli publish` writes this file in the format of\n\
         [Keep a Changelog](https://keepachangelog.com/en/1.1.0/). Versions are [semantic](https://semver.org/).\n"
    )
}

/// The text before the first section, and the sections.
fn split(text: &str) -> (&str, Vec<&str>) {
    let mut starts: Vec<usize> = text.match_indices("\n## ").map(|(at, _)| at + 1).collect();
    if text.starts_with("## ") {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let sections = starts.iter().zip(ends).map(|(&start, end)| &text[start..end]).collect();
    (&text[..starts.first().copied().unwrap_or(text.len())], sections)
}

/// The version in `## [1.2.0] - 2026-01-31`.
fn version(section: &str) -> Option<Version> {
    let title = section.lines().next()?.strip_prefix("## ")?;
    let name = title.split(" - ").next()?.trim().trim_start_matches('[').trim_end_matches(']');
    name.parse().ok()
}

fn section_date(section: &str) -> Option<&str> {
    section.lines().next()?.split_once(" - ").map(|(_, date)| date.trim())
}

#[cfg(test)]
mod tests;
