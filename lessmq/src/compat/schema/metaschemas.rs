//! The meta-schemas of all drafts, which schemas may refer to.

use std::sync::OnceLock;

use serde_json::Value;

use crate::compat::options::Draft;

/// The texts of the meta-schemas of one draft, the main one first.
fn texts(draft: Draft) -> &'static [&'static str] {
    match draft {
        Draft::Draft4 => &[include_str!("metaschemas/draft-04.json")],
        Draft::Draft6 => &[include_str!("metaschemas/draft-06.json")],
        Draft::Draft7 => &[include_str!("metaschemas/draft-07.json")],
        Draft::Draft201909 => &[
            include_str!("metaschemas/2019-09/schema.json"),
            include_str!("metaschemas/2019-09/applicator.json"),
            include_str!("metaschemas/2019-09/content.json"),
            include_str!("metaschemas/2019-09/core.json"),
            include_str!("metaschemas/2019-09/format.json"),
            include_str!("metaschemas/2019-09/meta-data.json"),
            include_str!("metaschemas/2019-09/validation.json"),
        ],
        Draft::Draft202012 => &[
            include_str!("metaschemas/2020-12/schema.json"),
            include_str!("metaschemas/2020-12/applicator.json"),
            include_str!("metaschemas/2020-12/content.json"),
            include_str!("metaschemas/2020-12/core.json"),
            include_str!("metaschemas/2020-12/format-annotation.json"),
            include_str!("metaschemas/2020-12/meta-data.json"),
            include_str!("metaschemas/2020-12/unevaluated.json"),
            include_str!("metaschemas/2020-12/validation.json"),
        ],
    }
}

/// The draft whose meta-schemas have this URI.
pub(super) fn draft_of(uri: &str) -> Option<Draft> {
    let path = uri.strip_prefix("http").map(|rest| rest.strip_prefix('s').unwrap_or(rest))?;
    let path = path.strip_prefix("://json-schema.org/")?;
    let drafts = [
        ("draft-04/", Draft::Draft4),
        ("draft-06/", Draft::Draft6),
        ("draft-07/", Draft::Draft7),
        ("draft/2019-09/", Draft::Draft201909),
        ("draft/2020-12/", Draft::Draft202012),
    ];
    drafts.into_iter().find_map(|(prefix, draft)| path.starts_with(prefix).then_some(draft))
}

/// The meta-schemas of one draft, the main one first.
pub(super) fn schemas(draft: Draft) -> &'static [Value] {
    static SCHEMAS: [OnceLock<Vec<Value>>; 5] = [const { OnceLock::new() }; 5];
    let parse = |text: &&str| serde_json::from_str(text).expect("the meta-schemas are JSON");
    SCHEMAS[draft as usize].get_or_init(|| texts(draft).iter().map(parse).collect())
}
