//! `CHANGELOG.md` of a contract crate: what each release changed for those who depend on it.
//!
//! The form is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/). Only the section of the version at hand
//! is written; what stands there of other releases stays as it is.

mod entries;

use lessmq::contract::Contract;
use semver::Version;

/// The changelog with a section for `new`, which follows `old`. `date` is of the form 2026-01-31; a section that is
/// there already keeps its own.
pub(crate) fn update(existing: Option<&str>, old: Option<&Contract>, new: &Contract, date: &str) -> String {
    let head = head(new);
    let (head, sections) = existing.map_or((head.as_str(), Vec::new()), split);
    let mut sections: Vec<(Option<Version>, String)> =
        sections.into_iter().map(|section| (version(section), section.trim_end().to_owned())).collect();
    let mine = sections.iter().position(|(version, _)| version.as_ref() == Some(&new.version));
    let date = mine.and_then(|mine| section_date(&sections[mine].1)).unwrap_or(date).to_owned();
    let section = format!("## [{}] - {date}\n{}", new.version, entries::of(old, new));
    let section = (Some(new.version.clone()), section.trim_end().to_owned());
    match mine {
        Some(mine) => sections[mine] = section,
        None => {
            let lower = |(version, _): &(Option<Version>, String)| {
                version.as_ref().is_some_and(|version| *version < new.version)
            };
            let place = sections.iter().position(lower).unwrap_or(sections.len());
            sections.insert(place, section);
        }
    }
    let sections: Vec<String> = sections.into_iter().map(|(_, text)| text).collect();
    format!("{}\n\n{}\n", head.trim_end(), sections.join("\n\n"))
}

/// Whether there is a section of this version.
pub(crate) fn tells_of(existing: &str, wanted: &Version) -> bool {
    split(existing).1.into_iter().any(|section| version(section).as_ref() == Some(wanted))
}

fn head(contract: &Contract) -> String {
    let service = &contract.service;
    format!(
        "# Changelog\n\nWhat changed for consumers of the service `{service}`, written by `lessmq-cli publish` in the \
         form of [Keep a\nChangelog](https://keepachangelog.com/en/1.1.0/). Versions are [semantic](https://semver.org/).\n"
    )
}

/// What stands before the first section, and the sections.
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
