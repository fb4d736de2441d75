//! The macros accept valid input. Each module is what a program would contain.

#![deny(future_incompatible, non_ascii_idents)]

pub mod kinds;
pub mod lints;
pub mod main_with_result;
pub mod main_without_result;
pub mod names;
pub mod reads;
