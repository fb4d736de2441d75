//! Guides for common tasks. This module exists in the documentation only.

#[doc = include_str!("docs/guide/layout.md")]
pub mod layout {}

#[doc = include_str!("docs/guide/web.md")]
pub mod web {}

#[doc = include_str!("docs/guide/rollout.md")]
pub mod rollout {}
