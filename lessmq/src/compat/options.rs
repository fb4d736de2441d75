//! How schemas are compared.

use serde::{Deserialize, Serialize};

/// How schemas are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reading {
    /// The writer is closed: it sends only the properties that it declares, except in maps (`additionalProperties`,
    /// `patternProperties`). The reader is as open as its schema.
    #[default]
    Typed,
    /// Plain inclusion of the two schemas.
    Strict,
}

/// The meaning of `format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Formats {
    /// A known format is a type: a Rust peer rejects values that it cannot parse.
    #[default]
    Assert,
    /// A format has no effect.
    Annotate,
}

/// A version of JSON Schema. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Draft {
    /// Draft-04.
    #[serde(rename = "draft-04")]
    Draft4,
    /// Draft-06.
    #[serde(rename = "draft-06")]
    Draft6,
    /// Draft-07.
    #[serde(rename = "draft-07")]
    Draft7,
    /// Draft 2019-09.
    #[serde(rename = "2019-09")]
    Draft201909,
    /// Draft 2020-12, which schemars generates.
    #[default]
    #[serde(rename = "2020-12")]
    Draft202012,
}

impl Draft {
    /// The name that people use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft4 => "draft-04",
            Self::Draft6 => "draft-06",
            Self::Draft7 => "draft-07",
            Self::Draft201909 => "draft 2019-09",
            Self::Draft202012 => "draft 2020-12",
        }
    }

    /// The draft with the meta-schema `uri`.
    pub(crate) fn named(uri: &str) -> Option<Self> {
        let uri = uri.strip_suffix('#').unwrap_or(uri);
        let address = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
        match address.strip_prefix("json-schema.org/")? {
            "draft-04/schema" => Some(Self::Draft4),
            "draft-06/schema" => Some(Self::Draft6),
            "draft-07/schema" => Some(Self::Draft7),
            "draft/2019-09/schema" => Some(Self::Draft201909),
            "draft/2020-12/schema" => Some(Self::Draft202012),
            _ => None,
        }
    }

    /// Whether `keyword` has a meaning in this draft, if it has one in any.
    pub(crate) fn has(self, keyword: &str) -> bool {
        let (first, last) = match keyword {
            "id" => (Self::Draft4, Self::Draft4),
            "$id" | "const" | "contains" | "examples" | "propertyNames" => (Self::Draft6, Self::Draft202012),
            "$comment" | "else" | "if" | "readOnly" | "then" | "writeOnly" => {
                (Self::Draft7, Self::Draft202012)
            }
            "$anchor"
            | "$defs"
            | "contentSchema"
            | "dependentRequired"
            | "dependentSchemas"
            | "deprecated"
            | "maxContains"
            | "minContains"
            | "unevaluatedItems"
            | "unevaluatedProperties" => (Self::Draft201909, Self::Draft202012),
            "$recursiveAnchor" | "$recursiveRef" => (Self::Draft201909, Self::Draft201909),
            "$dynamicAnchor" | "$dynamicRef" | "prefixItems" => (Self::Draft202012, Self::Draft202012),
            "additionalItems" => (Self::Draft4, Self::Draft201909),
            "dependencies" => (Self::Draft4, Self::Draft7),
            _ => (Self::Draft4, Self::Draft202012),
        };
        (first..=last).contains(&self)
    }

    /// Whether the keywords next to `$ref` have no effect.
    pub(crate) fn has_ref_alone(self) -> bool {
        self <= Self::Draft7
    }

    /// The keyword with the schemas of the first items.
    pub(crate) fn first_items(self) -> &'static str {
        if self.has("prefixItems") { "prefixItems" } else { "items" }
    }

    /// Whether `exclusiveMinimum` and `exclusiveMaximum` say how `minimum` and `maximum` are meant.
    pub(crate) fn has_exclusive_flags(self) -> bool {
        self == Self::Draft4
    }
}

/// Options of [`compare_schemas`](super::compare_schemas).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How schemas are read.
    pub reading: Reading,
    /// The meaning of `format`.
    pub formats: Formats,
    /// The draft of schemas without `$schema`. `None` if the form of their keywords is to tell it.
    pub draft: Option<Draft>,
    /// The limit of search steps, after which the verdict is [`Verdict::Undecided`](super::Verdict::Undecided). A step takes microseconds.
    pub budget: u32,
    /// The limit of findings. Each finding needs another search.
    pub max_findings: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reading: Reading::default(),
            formats: Formats::default(),
            draft: None,
            budget: 200_000,
            max_findings: 8,
        }
    }
}
