//! LessMQ.

pub mod compat;
