//! Languages of strings: terms with intersection and complement, and their derivatives.
//!
//! Inclusion of two patterns is emptiness of `A ∧ ¬B`, decided by walking derivatives (Brzozowski 1964; Owens, Reppy
//! and Turon 2009). Intersection and complement being terms, look-around needs no machinery of its own.

mod convert;
mod parse;
mod search;
mod terms;

pub(crate) use search::Found;
pub(crate) use terms::{TermId, Terms};
